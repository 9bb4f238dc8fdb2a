#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: root=digsig timeout=180
"""
Strict mode: each thing is tried by a program without flags, which is refused
and counted in enforce, counted and allowed in log; and by a program with the
flag, to which nothing happens.
"""
import errno
import subprocess

import nl
import tap

PLAIN, FLAGGED = "/usr/bin/python3", "/usr/bin/python3-flags"

PRELUDE = """
import ctypes, mmap, os, signal, subprocess, sys, time
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *args):
    if libc[name](*[ctypes.c_long(a) for a in args]) < 0:
        e = ctypes.get_errno()
        raise OSError(e, os.strerror(e))
def victim():
    p = subprocess.Popen(["/usr/bin/sleep", "100"],
                         stdout=subprocess.DEVNULL)
    while os.readlink("/proc/%d/exe" % p.pid) != "/usr/bin/sleep":
        time.sleep(0.01)
    return p
"""

# What is tried: reason, code. Its errors are printed, and matter.
TRIED = {
    "anonymous": "mmap.mmap(-1, 4096, flags=0x22, prot=7)",
    "anonymous and shared": "mmap.mmap(-1, 4096, prot=7)",
    "anonymous by mprotect": """
m = mmap.mmap(-1, 4096)
call("mprotect", ctypes.addressof(ctypes.c_char.from_buffer(m)), 4096, 5)""",
    "proc-mem": "os.open('/proc/self/mem', os.O_RDWR)",
    "proc-mem of a thread":
        "os.open('/proc/thread-self/mem', os.O_WRONLY)",
    "ptrace": """
p = victim()
try: call("ptrace", 16, p.pid, 0, 0)
finally: p.kill()""",
    "ptrace by process_vm_writev": """
p = victim()
byte = ctypes.create_string_buffer(1)
here = (ctypes.c_long * 2)(ctypes.addressof(byte), 1)
there = (ctypes.c_long * 2)(4096, 1)
try:
    call("process_vm_writev", p.pid, ctypes.addressof(here), 1,
         ctypes.addressof(there), 1, 0)
except OSError as e:
    if e.errno != 14: raise
finally: p.kill()""",
    "ptrace by traceme": "call('ptrace', 0, 0, 0, 0)",
    "raw-disk": "os.open('/dev/vda', os.O_WRONLY)",
    "identity": """
fd = os.open('/usr/bin/sleep', os.O_RDONLY)
try: call("prctl", 35, 13, fd, 0, 0)
except OSError as e:
    if e.errno != 16: raise""",
}

# What looks alike and is nobody's business, whoever does it.
HARMLESS = {
    "reading one's own memory": "os.open('/proc/self/mem', os.O_RDONLY)",
    "reading a disk": "os.open('/dev/vda', os.O_RDONLY)",
    "writing to a disk below nothing": "os.open('/dev/loop0', os.O_WRONLY)",
    "anonymous memory": "mmap.mmap(-1, 4096)",
}


# Tries what it is told, in a child of its own, and says what came of it.
SERVER = PRELUDE + """
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        try:
            exec(eval(line))
        except OSError as e:
            os._exit(e.errno)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""
SERVERS = {}


def attempt(python, code):
    """Runs @code; None, or the errno it failed with."""
    if python not in SERVERS:
        SERVERS[python] = subprocess.Popen(
            [python, "-c", SERVER], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
    server = SERVERS[python]
    print(repr(code.strip()), file=server.stdin, flush=True)
    return int(server.stdout.readline()) or None


def counted(fam, reason, python, code):
    """(what came of it, how often @reason was counted)"""
    before = nl.status(fam)["refused." + reason]
    got = attempt(python, code)
    return got, nl.status(fam)["refused." + reason] - before


def strange_things(fam, mode):
    """Everything in TRIED, in @mode."""
    wanted = errno.EPERM if mode == "enforce" else None
    for what, code in TRIED.items():
        reason = what.split()[0]
        got, times = counted(fam, reason, PLAIN, code)
        tap.ok(got == wanted and times >= 1,
               f"{mode}: {what} without a flag is "
               f"{'refused' if wanted else 'counted and allowed'}",
               got, times)
        got, times = counted(fam, reason, FLAGGED, code)
        tap.ok(got is None and times == 0, f"{mode}: {what} with the flag",
               got, times)


def main():
    """The test."""
    subprocess.run(["modprobe", "digsig_lsm"], check=True)
    subprocess.run(["modprobe", "loop"], check=False)
    fam = nl.Family()
    nl.key_add(fam, "/root/keys/test.der")
    nl.mode_set(fam, "log")
    tap.equal(counted(fam, "anonymous", PLAIN, TRIED["anonymous"]), (None, 0),
              "without strict mode nothing of this is counted")
    nl.mode_set(fam, "log", 1)
    strange_things(fam, "log")
    nl.mode_set(fam, "enforce", 1)
    strange_things(fam, "enforce")
    for what, code in HARMLESS.items():
        tap.equal(attempt(PLAIN, code), None, f"{what} is allowed")
    for server in SERVERS.values():
        server.stdin.close()
        server.wait()
    nl.mode_set(fam, "off", 0)
    subprocess.run(["rmmod", "digsig_lsm"], check=True)
    tap.end()


if __name__ == "__main__":
    main()
