#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# host: kernels=6.1 timeout=400
"""
The harness sees what goes wrong in a guest, and tells the cases apart.

Each run is a guest of its own; two are up at a time. What only the debug
kernel can see is planted only there.
"""
import concurrent.futures
import os
import threading

import guest
import tap

DEBUG = os.environ["KERNEL"] == "debug"
SLOW = 10 if DEBUG else 3
FORGED = """
line="$(printf %032d 0) status 0"
for file in /dev/kmsg /dev/stdout /dev/stderr /dev/console; do
	printf '%s\\nstatus 0\\nend\\n%s end\\n' "$line" "${line% status*}" > $file
done
for port in /dev/vport*; do
	echo "$line" > $port
done 2>/dev/null
printf 'last\\0without a newline'
echo kept > $RESULTS/kept
exit 3
"""


def run(command, kill_after_s=0, **options):
    """(verdict, what the command printed, the guest)"""
    printed = []
    name = threading.current_thread().name
    opts = guest.Options(kernel=os.environ["KERNEL"], cpus=1, name=name,
                         memory_mb=1536 if DEBUG else 512, limit_s=100 * SLOW,
                         results=f"{os.environ['RESULTS']}/{name}")
    for key, value in options.items():
        setattr(opts, key, value)
    one = guest.Guest(opts, ["bash", "-c", command], printed.append)
    one.start()
    if kill_after_s:
        threading.Timer(kill_after_s, one.kill).start()
    return one.wait(), b"".join(printed), one


def plant(fault, more="", **options):
    """Runs a guest in which the module makes @fault."""
    verdict, _, _ = run(f"modprobe vmtest plant={fault}; {more}", **options)
    return verdict


def says(verdict, text):
    """Whether a report or leftover contains @text."""
    return any(text in line for line in verdict.reports + verdict.leftovers)


def point(verdict, exit_status, text, what=""):
    """A point: the verdict is this one, for this reason."""
    tap.ok(verdict.exit == exit_status and (not what or says(verdict, what)),
           text, f"exit {verdict.exit}, want {exit_status} and {what!r}: "
           f"{verdict}")


def fine():
    """Nothing is wrong."""
    point(plant("none"), 0, "a module that does nothing wrong passes")


def forged():
    """Nobody believes what a command says of its own status."""
    verdict, printed, one = run(FORGED)
    point(verdict, 3, "the command's status comes back, a forged one does not")
    tap.ok(printed.endswith(b"last\0without a newline"),
           "the command's output arrives to its last byte", printed)
    tap.ok(os.path.exists(f"{one.results}/kept"), "results are kept")


def warned():
    """WARN, and the option that allows it: one guest, judged three times."""
    verdict, _, one = run("modprobe vmtest plant=warn")
    point(verdict, guest.REPORTED, "WARN fails a run", "WARNING: ")
    one.options.allow_reports = ["WARNING: .*plant_warn"]
    point(one.judge(False), guest.REPORTED, "so does its taint alone")
    one.options.allow_taints = "W"
    point(one.judge(False), 0, "an expected WARN with its taint does not")


def oopsed():
    """An oops takes the guest down."""
    point(plant("oops"), guest.DIED, "an oops is the guest's death",
          "NULL pointer" if not DEBUG else "")


def atomic():
    """Sleeping where one may not."""
    point(plant("atomic"), guest.REPORTED, "sleeping in atomic fails a run",
          "scheduling while atomic" if not DEBUG else "")


def left():
    """What a module does not give back."""
    verdict = plant("leftovers", "rmmod vmtest; modprobe vmtest plant=pinned")
    point(verdict, guest.LEFTOVERS, "a folder left in securityfs fails a run",
          "/sys/kernel/security/vmtest")
    point(verdict, guest.LEFTOVERS, "and so does a slab cache",
          "/sys/kernel/slab/vmtest_object")
    point(verdict, guest.LEFTOVERS, "a module that stays fails a run",
          "vmtest is still loaded")
    point(plant("pinned", leftovers_ok=True), 0,
          "unless leftovers are allowed")


def ended():
    """Time limit, death by the host's hand, failed preparation."""
    verdict, _, _ = run("sleep 1000", limit_s=4 * SLOW)
    point(verdict, guest.TIMED_OUT, "a guest that does not end is told so")
    verdict, _, _ = run("sleep 1000", kill_after_s=4)
    tap.ok((verdict.exit, verdict.reason) == (guest.DIED, "was killed"),
           "one that was killed is not mistaken for it", verdict)
    verdict, _, _ = run("true", insert=["nosuchmodule"])
    point(verdict, guest.UNPREPARED, "a module that does not load is told")


def debug_only():
    """What the debug kernel is for."""
    for fault, what in (("lock", "possible circular locking"),
                        ("stale", "KASAN: "), ("leak", "kmemleak: ")):
        verdict = plant(fault)
        wanted = guest.LEFTOVERS if fault == "leak" else guest.REPORTED
        point(verdict, wanted, f"the debug kernel sees: {fault}", what)


def main():
    """Two guests at a time; points are printed as they come."""
    steps = [fine, forged, warned, oopsed, atomic, left, ended]
    if DEBUG:
        steps.append(debug_only)
    with concurrent.futures.ThreadPoolExecutor(2, "guest") as pool:
        for step in [pool.submit(s) for s in steps]:
            step.result()
    tap.end()


main()
