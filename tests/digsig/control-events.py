#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=180
"""
Who is told of a refusal, in log mode, where anything may be tried.

Mapping an unsigned file executable is the refusal; files lie on tmpfs, where
verdicts are cached, so thousands of them take a moment.
"""
import errno
import mmap
import os
import socket
import struct
import subprocess
import time

import nl
import tap

FOLDER = "/tmp/control"
SECURITYFS = "/sys/kernel/security/digsig"
TRACING = "/sys/kernel/tracing"
AUDIT_SET = 1001


def map_exec(path):
    """Maps a file executable, once."""
    fd = os.open(path, os.O_RDONLY)
    try:
        mmap.mmap(fd, 4096, flags=mmap.MAP_PRIVATE,
                  prot=mmap.PROT_READ | mmap.PROT_EXEC).close()
    finally:
        os.close(fd)


def make(name, data=b"\x7fELF unsigned"):
    """A file that is not signed."""
    path = f"{FOLDER}/{name}"
    with open(path, "wb") as file:
        file.write(data.ljust(4096, b"\0"))
    return path


def dmesg():
    """The kernel log."""
    return subprocess.run(["dmesg"], capture_output=True, check=True,
                          text=True, errors="replace").stdout


def text_file(name):
    """A file of securityfs."""
    with open(f"{SECURITYFS}/{name}", encoding="utf-8") as file:
        return file.read()


def all_are_told(fam):
    """Counter, listener, list, trace, log: one refusal, told by each."""
    path = make("plain")
    listener = nl.Family()
    listener.listen()
    with open(f"{TRACING}/events/digsig/enable", "w", encoding="ascii") as on:
        on.write("1")
    before = nl.status(fam)["refused.unsigned"]
    start = time.time_ns()
    map_exec(path)
    tap.equal(nl.status(fam)["refused.unsigned"], before + 1,
              "the reason is counted")
    seen = [nl.event(dict(m)[nl.N["DIGSIG_A_EVENT"]])
            for m in listener.events(2)]
    mine = [e for e in seen if e.get("path") == path]
    tap.equal(len(mine), 1, "a listener gets one event")
    event = mine[0] if mine else {}
    tap.equal({k: event.get(k) for k in ("op", "reason", "denied", "pid",
                                         "uid", "comm")},
              {"op": "mmap", "reason": "unsigned", "denied": 0,
               "pid": os.getpid(), "uid": 0, "comm": "python3"},
              "it says what, why, and who")
    tap.ok(start <= event.get("time", 0) <= time.time_ns(),
           "its time is now", event)
    tap.equal([d["count"] for d in nl.denied(fam) if d["path"] == path], [1],
              "it is in the list of denied files")
    map_exec(path)
    tap.equal([d["count"] for d in nl.denied(fam) if d["path"] == path], [2],
              "where a second time counts")
    with open(f"{TRACING}/trace", encoding="ascii") as trace:
        lines = trace.read()
    tap.ok(f"digsig_refuse: op=mmap reason=unsigned denied=0 pid={os.getpid()}"
           f" path={path}" in lines, "it is traced", lines[-500:])
    tap.ok(f"ino={os.stat(path).st_ino} size=4096 reason=unsigned" in lines,
           "and so is that the file was read and judged", lines[-500:])
    with open(f"{TRACING}/events/digsig/enable", "w", encoding="ascii") as off:
        off.write("0")
    tap.ok(f'"{path}" would be refused' in dmesg(),
           "without audit the kernel log has a sentence")


def audit_on():
    """Switches audit on, as auditctl -e 1 does; records go to the log."""
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9)
    # struct audit_status: mask, enabled, and what is not set here
    body = struct.pack("=II", 1, 1) + bytes(32)
    sock.send(struct.pack("=IHHII", 16 + len(body), AUDIT_SET, 5, 1, 0) + body)
    sock.recv(8192)


def records_are_safe():
    """Names cannot forge fields of an audit record or lines of the log."""
    name = 'x" res=1 \n\xe9'
    path = make(name)
    plain = make("audited")
    # Without a daemon audit prints its records, and not many of them.
    with open("/proc/sys/kernel/printk_ratelimit", "w",
              encoding="ascii") as limit:
        limit.write("0")
    audit_on()
    map_exec(path)
    map_exec(plain)
    lines = [l for l in dmesg().splitlines() if "lsm=digsig" in l]
    tap.ok(any(os.fsencode(path).hex().upper() in l for l in lines),
           "a strange path is hexadecimal in its record", *lines[-4:])
    tap.ok(any("type=1800" in l and f'name="{plain}"' in l
               and "op=mmap cause=unsigned denied=0" in l
               and 'comm="python3"' in l and f"pid={os.getpid()}" in l
               for l in lines), "a plain one is quoted", *lines[-4:])


def full_listeners(fam):
    """A listener that does not read loses events, and it is counted."""
    path = make("often")
    slow = nl.Family(rcvbuf=1)
    slow.listen(report_errors=True)
    before = nl.status(fam)["events-lost"]
    for _ in range(500):
        map_exec(path)
    lost = nl.status(fam)["events-lost"] - before
    tap.ok(0 < lost < 500, "events without room are counted as lost", lost)
    tap.refused(errno.ENOBUFS, "the listener is told", list, slow.events(1))
    fast = nl.Family()
    fast.listen()
    map_exec(path)
    event = nl.event(dict(next(fast.events(5)))[nl.N["DIGSIG_A_EVENT"]])
    tap.ok(event.get("lost", 0) >= lost,
           "the next event says how many were lost", event)


def long_lists(fam):
    """Dumps of more than a message holds; the bound of the list."""
    path = make("linked")
    for i in range(600):
        os.link(path, f"{FOLDER}/link{i}")
        map_exec(f"{FOLDER}/link{i}")
    mine = [d["path"] for d in nl.denied(fam) if "/link" in d["path"]]
    tap.equal(mine[-600:], [f"{FOLDER}/link{i}" for i in range(600)],
              "600 files are dumped in order, none twice")
    lines = [l.split()[-1] for l in text_file("denied").splitlines()]
    tap.equal([l for l in lines if "/link" in l], mine,
              "the text in securityfs has the same")
    deep = FOLDER
    while len(deep) < 3800:
        deep += "/" + "d" * 200
        os.mkdir(deep)
    os.link(path, deep + "/deep")
    map_exec(deep + "/deep")
    tap.ok(any(d["path"] == deep + "/deep" for d in nl.denied(fam)),
           "a path of 3,800 bytes does not end the dump")
    for i in range(600, 4200):
        os.link(path, f"{FOLDER}/link{i}")
        map_exec(f"{FOLDER}/link{i}")
    now = nl.denied(fam)
    tap.ok(len(now) <= 4096 and now[-1]["path"] == f"{FOLDER}/link4199",
           "the list holds 4,096 files, the newest ones", len(now))
    tap.ok(now[0].get("lost", 0) > 0, "and says how many it dropped", now[0])


def main():
    """The test."""
    subprocess.run(["modprobe", "digsig_lsm"], check=True)
    os.makedirs(FOLDER)
    subprocess.run(["mount", "-t", "tmpfs", "none", FOLDER], check=True)
    fam = nl.Family()
    map_exec(make("early"))
    tap.equal(nl.denied(fam), [], "in mode off nothing is told")
    nl.mode_set(fam, "log")
    tap.equal(text_file("mode"), "log\n", "securityfs says the mode")
    all_are_told(fam)
    records_are_safe()
    full_listeners(fam)
    long_lists(fam)
    nl.mode_set(fam, "off")
    subprocess.run(["umount", FOLDER], check=True)
    subprocess.run(["rmmod", "digsig_lsm"], check=True)
    tap.end()


if __name__ == "__main__":
    main()
