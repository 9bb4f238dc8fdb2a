#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=90
"""
The topology service {1,1}: events byte by byte, in both byte orders, their
order, timeouts, cancelling, and what it does not take.
"""
import socket
import struct
import threading

import tap
from lab import (CANCEL, CLUSTER, FOREVER, NODE, PORTS, PUBLISHED, SERVICE,
                 TIMEOUT, WITHDRAWN, Subscriber, bound, load, port, run,
                 sock)

RDM = socket.SOCK_RDM
T = 18888


def events(order, name):
    """What a subscriber of all in a range is told."""
    top = Subscriber(order)
    a = bound(RDM, (T, 10, 20, NODE))
    sub = top.subscribe(T, 15, 100, PORTS)
    tap.equal(top.get(), [top.event(PUBLISHED, 10, 20, port(a), 0, sub)],
              f"{name}: what exists is reported, with its whole range")
    b = bound(RDM, (T, 100, 200, CLUSTER), (T, 0, 14, NODE),
              (T, 101, 101, NODE), (T, 15, 15, NODE))
    tap.equal(top.get(2),
              [top.event(PUBLISHED, 100, 200, port(b), 0, sub),
               top.event(PUBLISHED, 15, 15, port(b), 0, sub)],
              f"{name}: what overlaps is reported, what is beside is not")
    pb = port(b)
    b.close()
    tap.equal(top.get(2),
              [top.event(WITHDRAWN, 15, 15, pb, 0, sub),
               top.event(WITHDRAWN, 100, 200, pb, 0, sub)],
              f"{name}: a closed socket withdraws, the newest first")
    a.close()
    top.get()
    tap.equal(top.barrier(), [], f"{name}: nothing else was reported")


def services(order, name):
    """What a subscriber of services is told."""
    top = Subscriber(order)
    a = bound(RDM, (T, 10, 20, NODE))
    b = bound(RDM, (T, 10, 20, NODE), (T, 30, 40, NODE))
    sub = top.subscribe(T, 0, FOREVER, SERVICE)
    tap.equal(top.get(2),
              [top.event(PUBLISHED, 10, 20, port(a), 0, sub),
               top.event(PUBLISHED, 30, 40, port(b), 0, sub)],
              f"{name}: the first of each range is reported")
    pb = port(b)
    a.close()
    tap.equal(top.barrier(), [], f"{name}: not that one of two goes")
    b.close()
    tap.equal(top.get(2),
              [top.event(WITHDRAWN, 30, 40, pb, 0, sub),
               top.event(WITHDRAWN, 10, 20, pb, 0, sub)],
              f"{name}: but the last")


def timeouts(order, name):
    """Subscriptions that end."""
    top = Subscriber(order)
    a = bound(RDM, (T, 1, 1, NODE))
    sub = top.subscribe(T, 1, 100, PORTS, timeout=200)
    top.get()
    # The range of a timeout is in the order of the machine.
    want = struct.pack(top.order + "I", TIMEOUT) + \
        struct.pack("=2I", 1, 100) + bytes(8) + sub
    tap.equal(top.get(), [want], f"{name}: it is over, with no socket")
    a.close()
    tap.equal(top.barrier(), [], f"{name}: nothing is reported afterwards")
    sub = top.subscribe(T, 7, 7, SERVICE, timeout=0)
    want = struct.pack(top.order + "I", TIMEOUT) + \
        struct.pack("=2I", 7, 7) + bytes(8) + sub
    tap.equal(top.get(), [want], f"{name}: 0 ms are over at once")


def cancels(order, name):
    """Subscriptions that are ended."""
    top = Subscriber(order)
    top.subscribe(T, 15, 100, PORTS)
    other = top.subscribe(T, 16, 100, PORTS)
    top.subscribe(T, 15, 100, PORTS | CANCEL)
    top.subscribe(T, 16, 100, CANCEL)		# ends another, not there
    top.subscribe(T, 17, 100, PORTS | CANCEL)	# nor this one
    top.barrier()
    a = bound(RDM, (T, 10, 20, NODE))
    tap.equal(top.get(), [top.event(PUBLISHED, 10, 20, port(a), 0, other)],
              f"{name}: cancelled is the one that is the same")
    a.close()
    top.get()
    top.subscribe(T, 16, 100, PORTS | CANCEL)
    top.barrier()
    a = bound(RDM, (T, 10, 20, NODE))
    a.close()
    tap.equal(top.barrier(), [], f"{name}: and then none is left")
    top.subscribe(T, 1, 1, PORTS, timeout=300)
    top.subscribe(T, 1, 1, PORTS | CANCEL, timeout=300)
    top.subscribe(T, 2, 2, PORTS, timeout=600, handle=b"later...")
    tap.equal([e[-8:] for e in top.get()], [b"later..."],
              f"{name}: cancelled before it times out")


def order_of_all():
    """Several subscriptions and subscribers see changes in their order."""
    one, two = Subscriber(">"), Subscriber("<")
    a = bound(RDM, (T, 50, 60, NODE), (T, 10, 20, NODE), (T, 1, 2, NODE))
    for top in one, two:
        for i in range(3):
            top.subscribe(T, 0, 100, PORTS, handle=b"sub%05d" % i)
    want = [(lower, b"sub%05d" % i) for i in range(3) for lower in (50, 10, 1)]
    for top in one, two:
        got = [(struct.unpack(top.order + "5I", e[:20])[1], e[-8:])
               for e in top.get(9)]
        tap.equal(got, want,
                  "what exists is reported in the order of its publication")
        top.barrier()
    a.close()
    want = [(lower, b"sub%05d" % i) for lower in (1, 10, 50)
            for i in (2, 1, 0)]
    for top in one, two:
        got = [(struct.unpack(top.order + "5I", e[:20])[1], e[-8:])
               for e in top.get(9)]
        tap.equal(got, want, "the newest subscription hears of it first")


def not_taken():
    """What ends a connection."""
    for what, data in (
            ("ports and services at once",
             Subscriber().pack(T, 1, 5, PORTS | SERVICE)),
            ("a range that ends before it begins",
             Subscriber().pack(T, 5, 1, PORTS)),
            ("less than a subscription", b"abc")):
        top = Subscriber()
        top.sock.send(data)
        tap.ok(top.closed(), f"{what} ends the connection")
    top = Subscriber()
    top.sock.send(top.pack(T, 1, 5, SERVICE, 0) + b"more")
    tap.equal(len(top.get()[0]), 48, "what follows a subscription is ignored")
    top = Subscriber()
    sub = top.subscribe(T, 1, 5, PORTS | 0x100, 0)
    tap.equal(top.get()[0][-28:], sub, "unknown filters come back as they were")
    top = Subscriber()
    sub = top.subscribe(1, 0, FOREVER, PORTS)
    e = struct.unpack(">5I", top.get()[0][:20])
    tap.ok(e[:3] == (PUBLISHED, 1, 1) and e[3], "the service knows itself")


def node_state():
    """The node tells when it has an address."""
    top = Subscriber()
    sub = top.subscribe(0, 0, FOREVER, PORTS)
    links = top.subscribe(2, 0, FOREVER, PORTS)
    tap.equal(top.barrier(), [], "no node is up while there is no address")
    run("tipc node set address 1.1.1")
    addr = 0x01001001
    tap.equal(top.get(), [top.event(PUBLISHED, addr, addr, 0, addr, sub)],
              "this node is up")
    a = bound(RDM, (T, 1, 1, NODE))
    mine = top.subscribe(T, 1, 1, PORTS)
    tap.equal(top.get(), [top.event(PUBLISHED, 1, 1, port(a), addr, mine)],
              "events carry its address")
    tap.equal(top.barrier(), [], f"no link is up ({len(links)} bytes asked)")


def many_at_once():
    """50 subscribers of 64 bindings miss nothing and see them in order."""
    tops = [Subscriber("<" if i % 2 else ">") for i in range(50)]
    for top in tops:
        top.subscribe(T + 1, 0, FOREVER, PORTS)
        top.barrier()
    s = sock()
    for i in range(64):
        s.bind((1, T + 1, i, i, NODE))
    good = 0
    for top in tops:
        got = [struct.unpack(top.order + "5I", e[:20])[1]
               for e in top.get(64)]
        good += got == list(range(64))
    tap.equal(good, 50, "50 subscribers see 64 events in order")


def churn():
    """Connections and subscriptions come and go while names change."""
    stop = threading.Event()

    def names():
        while not stop.is_set():
            s = bound(RDM, (T + 2, 1, 9, NODE), (T + 2, 5, 5, NODE))
            s.close()

    threads = [threading.Thread(target=names) for _ in range(2)]
    for t in threads:
        t.start()
    good = 0
    for i in range(60):
        top = Subscriber("<>"[i % 2])
        top.subscribe(T + 2, 0, 9, PORTS, timeout=i % 7)
        top.subscribe(T + 2, 0, 9, PORTS)
        last = {}
        for e in top.barrier() + top.get(6):
            n = struct.unpack(top.order + "5I", e[:20])
            if n[0] == TIMEOUT or \
                    struct.unpack(top.order + "I", e[32:36])[0] != FOREVER:
                continue
            key = n[1:4]
            good += last.get(key, WITHDRAWN) != n[0]
            if last.get(key, WITHDRAWN) == n[0]:
                tap.note("twice", n)
                good = -10 ** 6
            last[key] = n[0]
        top.sock.close()
    stop.set()
    for t in threads:
        t.join()
    tap.ok(good > 0, "published and withdrawn alternate", good)


load()
for byte_order, text in ((">", "network order"), ("<", "host order")):
    events(byte_order, text)
    services(byte_order, text)
    timeouts(byte_order, text)
    cancels(byte_order, text)
order_of_all()
not_taken()
many_at_once()
churn()
node_state()
tap.end()
