#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=180
"""
The name table from outside: turns, overlapping ranges, domains, limits, and
that closing a socket with very many bindings keeps nobody waiting.
"""
import ctypes
import errno
import os
import socket
import struct
import threading

import tap
from lab import (ADDR, CLUSTER, NODE, RANGE, ZONE, bound, load, names, run,
                 sock, until)

RDM = socket.SOCK_RDM


def drain(s):
    """The messages that wait at a socket."""
    got = []
    s.setblocking(False)
    try:
        while True:
            got.append(s.recv(100))
    except BlockingIOError:
        return got


def turns():
    """Messages to one name go to its sockets in turn."""
    servers = [bound(RDM, (20000, 5, 9, NODE)) for _ in range(7)]
    client = sock()
    for _ in range(7 * 30):
        client.sendto(b"x", (ADDR, 20000, 7, 0))
    tap.equal([len(drain(s)) for s in servers], [30] * 7,
              "seven sockets get the same share")
    servers[3].close()
    for _ in range(6 * 30):
        client.sendto(b"x", (ADDR, 20000, 9, 0))
    tap.equal([len(drain(s)) for s in servers[:3] + servers[4:]], [30] * 6,
              "so do six when one has gone")


def ranges():
    """Overlapping ranges, and several bindings of one socket."""
    wide = bound(RDM, (20001, 0, 0xffffffff, NODE))
    some = bound(RDM, (20001, 10, 20, NODE), (20001, 30, 40, CLUSTER))
    client = sock()
    reached = {}
    for instance in (0, 10, 15, 20, 25, 30, 0xffffffff):
        client.sendto(b"x", (ADDR, 20001, instance, 0))
        reached[instance] = (len(drain(wide)), len(drain(some)))
    tap.ok(all(sum(v) == 1 for v in reached.values()),
           "each instance is one socket's", reached)
    tap.equal((reached[0], reached[25], reached[0xffffffff]), ((1, 0),) * 3,
              "outside of narrow ranges the wide one counts")
    client.sendto(b"m", (RANGE, 20001, 12, 35))
    tap.equal((drain(wide), drain(some)), ([b"m"], [b"m"]),
              "a multicast reaches a socket once, however often it matches")
    client.sendto(b"m", (RANGE, 20001, 21, 29))
    tap.equal((drain(wide), drain(some)), ([b"m"], []),
              "and only those that match")
    wide.close()
    tap.refused(errno.EHOSTUNREACH, "nobody is nobody", client.sendto, b"m",
                (ADDR, 20001, 25, 0))
    tap.equal(drain(some), [], "and not somebody else")


def scopes():
    """Scopes of bindings as clients write them."""
    s = sock()
    for scope, shown in ((ZONE, "cluster"), (CLUSTER, "cluster"),
                         (NODE, "node"), (0, "cluster"), (4, "cluster"),
                         (100, "cluster")):
        s.bind((RANGE, 20002, scope, scope, scope))
        table = {n["lower"]: n["scope"] for n in names() if n["type"] == 20002}
        tap.equal(table.get(scope), shown, f"scope {scope} means {shown}")
    s.bind((RANGE, 20002, 1, 1, -1))
    tap.ok(all((n["type"], n["lower"]) != (20002, 1) for n in names()),
           "a negative scope takes a binding away")
    tap.refused(errno.EINVAL, "but not one that is not there", s.bind,
                (RANGE, 20002, 99, 99, -1))
    tap.refused(errno.EINVAL, "a range does not end before it begins", s.bind,
                (RANGE, 20002, 5, 1, NODE))
    for kind in (0, 1, 2, 63):
        tap.refused(errno.EACCES, f"type {kind} is reserved", s.bind,
                    (RANGE, kind, 7, 7, NODE))
    s.bind((ADDR, 20003, 7, 7, NODE))
    tap.equal([(n["lower"], n["upper"]) for n in names()
               if n["type"] == 20003], [(7, 7)],
              "a service address binds one instance")
    s.close()
    tap.equal([n for n in names() if n["type"] in (20002, 20003)], [],
              "closing takes all away")


def send_to(s, kind, instance, domain):
    """sendto() with a lookup domain, which Python does not pass on."""
    libc = ctypes.CDLL(None, use_errno=True)
    addr = struct.pack("=HBbIII", 30, ADDR, 0, kind, instance, domain)
    if libc.sendto(s.fileno(), b"x", 1, 0, addr, len(addr)) < 0:
        raise OSError(ctypes.get_errno(), "sendto")


def domains():
    """Lookup domains."""
    s, client = bound(RDM, (20004, 1, 1, NODE)), sock()
    run("tipc node set address 1.1.9")
    for domain in (0, 0x01001009, 0x01001000, 0x01000000):
        send_to(client, 20004, 1, domain)
        tap.equal(drain(s), [b"x"], f"domain {domain:x} has the socket")
    tap.refused(errno.EHOSTUNREACH, "the domain of another node has not",
                send_to, client, 20004, 1, 0x01001007)
    tap.equal(drain(s), [], "really")


def many():
    """60,000 bindings and more."""
    big = sock()
    for i in range(60000):
        big.bind((RANGE, 20005, i, i, NODE))
    tap.ok(True, "one socket has 60,000 bindings")
    client = sock()
    client.sendto(b"x", (ADDR, 20005, 59999, 0))
    tap.equal(drain(big), [b"x"], "the last is found")
    more, made, error = sock(), 0, 0
    try:
        for i in range(10000):
            more.bind((RANGE, 20006, i, i, NODE))
            made += 1
    except OSError as refusal:
        error = refusal.errno
    tap.ok(5000 < made <= 5535 and error, "at some 65,535 it is over",
           made, error)
    tap.equal(error, errno.EINVAL, "and said so")
    more.close()
    progress = [0]
    closing = threading.Event()
    done = threading.Event()

    def others():
        """Binds, sends and receives; one round is one step."""
        s, c = sock(), sock()
        while not done.is_set():
            s.bind((RANGE, 20007, 1, 1, NODE))
            c.sendto(b"x", (ADDR, 20007, 1, 0))
            s.recv(10)
            s.bind((RANGE, 20007, 1, 1, -NODE))
            if closing.is_set():
                progress[0] += 1

    os.sched_setaffinity(0, {0})
    child = threading.Thread(target=others)
    child.start()
    closing.set()
    # close() in another process, so that Python's lock keeps nobody waiting.
    fd = big.detach()
    pid = os.fork()
    if not pid:
        os.close(fd)
        os._exit(0)
    os.close(fd)
    gone = until(lambda: not any(n["type"] == 20005 for n in names()), 120)
    done.set()
    child.join()
    os.waitpid(pid, 0)
    tap.ok(gone, "closing takes 60,000 bindings away")
    tap.ok(progress[0] > 0, "others bind and send meanwhile", progress)


load()
turns()
ranges()
scopes()
domains()
many()
tap.end()
