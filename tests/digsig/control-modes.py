#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: root=digsig timeout=180
"""
Modes: what each transition asks for, and what pre-flight finds.

The root is signed, but for what is in /opt/unsigned.
"""
import errno
import os
import shutil
import subprocess
import time

import nl
import tap

N = nl.N
KEY = "/root/keys/test.der"


def unsigned(name):
    """A copy of sleep that nobody signed."""
    return shutil.copy("/opt/unsigned/sleep", f"/tmp/{name}")


def wait_mapped(proc, path):
    """Popen returns while the program is not mapped yet."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with open(f"/proc/{proc.pid}/maps", encoding="utf-8") as maps:
            if any("x" in line.split()[1] and path in line for line in maps):
                return
        time.sleep(0.01)
    raise TimeoutError(path)


def runs(path):
    """Does a program run? None, or the errno."""
    try:
        subprocess.run([path, "0"], check=True)
    except OSError as error:
        return error.errno
    return None


def refusal(fam, mode, strict=None):
    """What setting a mode raises, or None."""
    try:
        nl.mode_set(fam, mode, strict)
    except nl.Refused as refused:
        return refused
    return None


def state(fam):
    """Mode and strict mode."""
    now = nl.status(fam)
    return now["mode"], now["strict"]


def without_key(fam):
    """Nothing could run without a key."""
    for mode in ("enforce", "locked"):
        got = refusal(fam, mode)
        tap.ok(got and got.errno == errno.ENOKEY and "key" in got.sentence,
               f"{mode} without a key: ENOKEY and a sentence", got)
    tap.equal(state(fam), ("off", 0), "and the mode stays off")
    nl.mode_set(fam, "log")
    tap.equal(state(fam), ("log", 0), "log mode needs none")


def preflight_lists(fam):
    """What runs unsigned is listed, 64 of it; the rest is in the list."""
    procs, paths = [], [unsigned(f"unsigned{i}") for i in range(70)]
    for path in paths:
        procs.append(subprocess.Popen([path, "1000"]))
        wait_mapped(procs[-1], path)
    got = refusal(fam, "enforce")
    tap.ok(got and got.errno == errno.EKEYREJECTED and got.sentence,
           "unsigned programs keep enforce from beginning", got)
    total, listed = nl.failures(got.messages if got else [])
    tap.equal(total, 70, "all 70 are counted")
    tap.equal(len(listed), 64, "64 are listed")
    tap.ok(all(f["path"] in paths and f["reason"] == "unsigned" and
               f["op"] == "preflight" and
               f["pid"] == procs[paths.index(f["path"])].pid
               for f in listed), "with path, reason and process", listed[:3])
    found = {d["path"] for d in nl.denied(fam) if d["op"] == "preflight"}
    tap.equal(sorted(found), sorted(paths),
              "all 70 are in the list of denied files")
    tap.equal(state(fam), ("log", 0), "the mode stays log")
    for proc in procs:
        proc.kill()
        proc.wait()


def changed_file_is_found(fam):
    """A library that is mapped, and unlinked, and damaged."""
    path = "/tmp/damaged"
    subprocess.run(["cp", "/usr/bin/sleep", path], check=True)
    with open(path, "r+b") as file:
        # Padding of e_ident: signed, and read by nobody.
        file.seek(15)
        file.write(b"x")
    with subprocess.Popen([path, "1000"]) as proc:
        wait_mapped(proc, path)
        os.unlink(path)
        got = refusal(fam, "enforce")
        _, listed = nl.failures(got.messages if got else [])
        tap.equal([(f["path"], f["reason"]) for f in listed],
                  [(path + " (deleted)", "bad-signature")],
                  "a deleted program with a bad signature is found")
        proc.kill()


def enforcing(fam):
    """Enforce refuses, log does not."""
    plain = unsigned("plain")
    tap.equal(runs(plain), None, "log: an unsigned program runs")
    nl.mode_set(fam, "enforce")
    tap.equal(state(fam), ("enforce", 0), "enforce begins")
    tap.equal(runs("/usr/bin/sleep"), None, "enforce: a signed program runs")
    tap.equal(runs(plain), errno.EPERM, "an unsigned one: EPERM")
    key = nl.keys(fam)[0]["id"]
    tap.refused(errno.EBUSY, "the last key cannot be removed", nl.key_del,
                fam, key)
    other = nl.key_add(fam, "/root/keys/other.der")["id"]
    nl.key_del(fam, other)
    tap.equal([k["id"] for k in nl.keys(fam)], [key], "another one can")
    nl.mode_set(fam, "log")
    tap.equal(runs(plain), None, "log again: it runs")


def strict_preflight(fam):
    """Executable anonymous memory, with the JIT flag and without."""
    code = ("import mmap,sys\n"
            "m = mmap.mmap(-1, 4096, flags=0x22, prot=7)\n"
            "n = mmap.mmap(-1, 4096, prot=7)\n"
            "print('ready', flush=True); sys.stdin.read()")
    for python, wanted in (("/usr/bin/python3-flags", None),
                           ("/usr/bin/python3", errno.EKEYREJECTED)):
        with subprocess.Popen([python, "-c", code], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as proc:
            proc.stdout.readline()
            got = refusal(fam, "enforce", 1)
            tap.equal(got and got.errno, wanted,
                      f"strict with executable memory of {python}")
            listed = nl.failures(got.messages)[1] if got else []
            tap.equal([f["reason"] for f in listed],
                      ["anonymous"] if wanted else [],
                      "is listed if it has no JIT flag")
            nl.mode_set(fam, "log", 0)


def while_programs_start(fam):
    """Once enforce has begun, nothing unsigned runs."""
    path, began = unsigned("racer"), 0
    loop = f"while :; do {path} 0.05 & done 2>/dev/null"
    for _ in range(15):
        with subprocess.Popen(["bash", "-c", loop], start_new_session=True,
                              stderr=subprocess.DEVNULL) as proc:
            got = refusal(fam, "enforce")
            if got is None:
                began += 1
                left = [p for p in os.listdir("/proc") if p.isdigit()
                        and program(p) == path]
                if left:
                    tap.ok(False, "nothing unsigned runs after the switch",
                           left)
            os.killpg(proc.pid, 9)
        nl.mode_set(fam, "log")
        subprocess.run(["pkill", "-9", "racer"], check=False)
    tap.ok(True, f"15 switches while unsigned programs start: {began} began")


def program(pid):
    """The program of a process."""
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return None


def events_of_modes(fam):
    """Each change is told; setting what is set is not."""
    listener = nl.Family()
    listener.listen()
    for mode in ("log", "enforce", "enforce", "log", "off"):
        nl.mode_set(fam, mode)
    told = [e["mode"] for e in
            (nl.event(dict(m)[N["DIGSIG_A_EVENT"]])
             for m in listener.events(2)) if "mode" in e]
    tap.equal(told, ["enforce", "log", "off"], "changes of mode are told")


def main():
    """The test."""
    subprocess.run(["modprobe", "digsig_lsm"], check=True)
    fam = nl.Family()
    without_key(fam)
    nl.key_add(fam, KEY)
    preflight_lists(fam)
    changed_file_is_found(fam)
    enforcing(fam)
    strict_preflight(fam)
    while_programs_start(fam)
    events_of_modes(fam)
    nl.mode_set(fam, "enforce")
    tap.equal(subprocess.run(["rmmod", "digsig_lsm"], check=False).returncode,
              0, "enforce can be unloaded")
    tap.equal(runs(unsigned("after")), None, "and unsigned programs run again")
    tap.end()


if __name__ == "__main__":
    main()
