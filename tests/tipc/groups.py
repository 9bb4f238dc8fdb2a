#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=120
"""
Communication groups: who gets what, events, and what a slow member does to the
others. TIPC=stock asks the kernel's own module what it has in common with ours.
"""
import errno
import select
import socket
import struct
import threading

import tap
from lab import ADDR, RANGE, SOL_TIPC, STOCK, load, sock

JOIN, LEAVE, LAG = 135, 136, 193
LOOPBACK, EVENTS = 1, 2
SKIP, EXPEL = 1, 2
RDM = socket.SOCK_RDM

_types = iter(range(40000, 50000))


def request(group, instance, flags=0, scope=2):
    """What TIPC_GROUP_JOIN takes."""
    return struct.pack("4I", group, instance, scope, flags)


def member(group, instance, flags=0, lag=None):
    """A socket in a group."""
    s = sock(RDM)
    if lag is not None:
        s.setsockopt(SOL_TIPC, LAG, lag)
    s.setsockopt(SOL_TIPC, JOIN, request(group, instance, flags))
    return s


def waiting(s):
    """All that can be read: data, or the flags of an event."""
    got = []
    s.setblocking(False)
    while True:
        try:
            data, _, flags, _ = s.recvmsg(70000, 100)
        except BlockingIOError:
            s.settimeout(10)
            return got
        got.append(flags & ~socket.MSG_TRUNC if flags & socket.MSG_OOB else
                   data)


def error(call, *args):
    """The errno of a call, 0 if it works."""
    try:
        call(*args)
    except OSError as e:
        return e.errno
    return 0


def joining():
    """Who may join what."""
    g = next(_types)
    s = sock(RDM)
    for req, want in ((request(63, 1), errno.EACCES),
                      (request(g, 1, scope=9), errno.EINVAL),
                      (b"1234", errno.EINVAL),
                      (request(g, 1), 0), (request(g, 2), errno.EACCES)):
        tap.equal(error(s.setsockopt, SOL_TIPC, JOIN, req), want,
                  f"join {req!r}")
    tap.equal(s.getsockopt(SOL_TIPC, JOIN), g, "the option says which group")
    tap.equal([error(s.bind, (ADDR, g + 1, 1, 0)),
               error(s.connect, (ADDR, g, 1, 0))],
              [errno.EACCES, errno.EINVAL], "a member is not bound otherwise")
    s.setsockopt(SOL_TIPC, LEAVE, None, 0)
    tap.refused(errno.EINVAL, "leaving twice", s.setsockopt, SOL_TIPC, LEAVE,
                None, 0)
    tap.equal(error(s.bind, (ADDR, g, 1, 0)), 0, "it may be bound again")


def events():
    """Members hear of each other."""
    g = next(_types)
    a = member(g, 1, LOOPBACK | EVENTS)
    b = member(g, 2, EVENTS)
    quiet = member(g, 3)
    b.close()
    tap.equal(waiting(a), [1, 1, 1, 129],
              "joined: itself, two others; one left")
    tap.equal(waiting(quiet), [], "who asked for no events has none")


def delivery():
    """Four ways to send."""
    g = next(_types)
    a, b, c = member(g, 1, LOOPBACK), member(g, 2), member(g, 2)
    alien = sock(RDM)
    a.send(b"all")
    tap.equal([waiting(s) for s in (a, b, c)], [[b"all"]] * 3,
              "a broadcast, with its copy for the sender")
    b.send(b"others")
    tap.equal([waiting(s) for s in (a, b, c)], [[b"others"], [], [b"others"]],
              "a broadcast without")
    a.sendto(b"two", (RANGE, g, 2, 2))
    tap.equal([waiting(s) for s in (a, b, c)], [[], [b"two"], [b"two"]],
              "a multicast")
    for _ in range(10):
        a.sendto(b"any", (ADDR, g, 2, 0))
    tap.equal(sorted(len(waiting(s)) for s in (b, c)), [5, 5],
              "anycasts, in turn")
    a.sendto(b"you", c.getsockname())
    tap.equal([waiting(s) for s in (a, b, c)], [[], [], [b"you"]], "a unicast")
    alien.sendto(b"spam", a.getsockname())
    error(alien.sendto, b"spam", (ADDR, g, 2, 0))
    tap.equal([waiting(s) for s in (a, b, c)], [[], [], []],
              "nothing from a stranger")
    tap.equal([error(a.sendto, b"x", to) for to in (
        (ADDR, g, 9, 0), (RANGE, g, 9, 9), alien.getsockname())],
        [errno.EHOSTUNREACH] * 3, "nobody there")
    big = bytes(range(250)) * 264
    a.send(big)
    tap.ok([waiting(s) for s in (a, b, c)] == [[big]] * 3, "66,000 bytes")
    tap.refused(errno.EMSGSIZE, "not more", a.send, bytes(66001))


def slow_member():
    """A sender waits for the slowest, and loses nothing."""
    g = next(_types)
    a, slow = member(g, 1), member(g, 2)
    sent = 0
    a.setblocking(False)
    while not (failed := error(a.send, struct.pack("I", sent) * 5000)):
        sent += 1
    p = select.poll()
    p.register(a, select.POLLOUT)
    tap.equal((failed, p.poll(0)), (errno.EAGAIN, []), f"full after {sent}")
    a.settimeout(None)
    thread = threading.Thread(target=a.send, args=(b"waited for",))
    thread.start()
    for i in range(sent):
        if slow.recv(70000) != struct.pack("I", i) * 5000:
            tap.ok(False, f"message {i} is not the one that was sent")
    tap.equal(slow.recv(99), b"waited for", "in order, and all of them")
    thread.join()
    tap.ok(p.poll(10000), "the sender can send again")


def lag():
    """A slow member does not stop the others, if they say so."""
    if STOCK:
        return
    g = next(_types)
    a, slow, good = member(g, 1, lag=SKIP), member(g, 2), member(g, 3)
    got = 0
    for _ in range(300):
        a.send(bytes(20000))
        got += len(waiting(good))
    tap.equal(got, 300, "skip: the others get everything")
    kept = len(waiting(slow))
    tap.ok(0 < kept < 300, "the slow one gets what it has room for", kept)
    tap.equal(waiting(a), [socket.MSG_OOB | socket.MSG_ERRQUEUE],
              "the sender is told once")
    a.send(b"again")
    tap.equal(waiting(slow), [b"again"], "it is a member as before")
    a.setsockopt(SOL_TIPC, LAG, EXPEL)
    for _ in range(300):
        a.send(bytes(20000))
        waiting(good)
    p = select.poll()
    p.register(slow, select.POLLERR)
    tap.equal([bits for _, bits in p.poll(0)], [select.POLLERR],
              "expel: it can be waited for")
    tap.refused(errno.ENOBUFS, "it learns it", slow.recv, 9)
    tap.equal(p.poll(0), [], "once")
    tap.equal(slow.getsockopt(SOL_TIPC, JOIN), 0, "and is out")
    a.send(b"without")
    tap.equal(waiting(good), [b"without"], "the others go on")
    tap.refused(errno.EINVAL, "there are three ways", a.setsockopt, SOL_TIPC,
                LAG, 3)


def main():
    """All of it."""
    load()
    joining()
    if not STOCK:
        events()
    delivery()
    if not STOCK:
        slow_member()
    lag()
    tap.end()


main()
