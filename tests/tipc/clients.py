#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: kernels="6.12" timeout=120
"""
Clients that others wrote: the tests of AF_TIPC that come with CPython, and
ZeroMQ over "tipc://". TIPC=stock asks the kernel's own module the same.
"""
import re

import zmq

import tap
from lab import STOCK, load, run

LIMIT_MS = 20000
TESTS = "test.test_socket.TIPCTest test.test_socket.TIPCThreadableTest"


def ends(context, kinds, bind, to=None):
    """A socket that is bound and one that is connected to it."""
    there, here = (context.socket(kind) for kind in kinds)
    for s in there, here:
        s.setsockopt(zmq.RCVTIMEO, LIMIT_MS)
        s.setsockopt(zmq.SNDTIMEO, LIMIT_MS)
        s.setsockopt(zmq.LINGER, 0)
    there.bind(bind)
    here.connect(to or there.getsockopt_string(zmq.LAST_ENDPOINT))
    return there, here


def request(context):
    """Requests of many sizes, and their answers."""
    rep, req = ends(context, (zmq.REP, zmq.REQ), "tipc://{7000,1,10}",
                    "tipc://{7000,5}")
    for size in 0, 1, 1000, 66000, 100000, 1000000:
        data = bytes(range(250)) * (size // 250) + bytes(size % 250)
        req.send(data)
        got = rep.recv()
        rep.send(got + b"!")
        tap.ok(got == data and req.recv() == data + b"!",
               f"a request of {size} bytes and its answer")
    rep.close()
    req.close()


def work(context):
    """Many small messages, in order."""
    pull, push = ends(context, (zmq.PULL, zmq.PUSH), "tipc://{7001,0,0}",
                      "tipc://{7001,0}")
    bad = 0
    for n in range(0, 3000, 100):
        for i in range(n, n + 100):
            push.send(b"%d" % i)
        for i in range(n, n + 100):
            bad += pull.recv() != b"%d" % i
    tap.equal(bad, 0, "3,000 pieces of work, in order")
    pull.close()
    push.close()


def subscribe(context):
    """A subscriber hears of its topic alone."""
    pub, sub = ends(context, (zmq.PUB, zmq.SUB), "tipc://{7002,0,0}",
                    "tipc://{7002,0}")
    sub.subscribe(b"b")
    for _ in range(600):
        pub.send(b"a thing")
        pub.send(b"b thing")
        if sub.poll(50):
            break
    tap.equal(sub.recv(), b"b thing", "what was subscribed to")
    pub.close()
    sub.close()


def by_socket(context):
    """A socket that is found by its number and not by a name."""
    router, dealer = ends(context, (zmq.ROUTER, zmq.DEALER), "tipc://<*>")
    dealer.send(b"question")
    who, text = router.recv_multipart()
    router.send_multipart([who, text + b" answered"])
    tap.equal(dealer.recv(), b"question answered", "a socket by its number")
    router.close()
    dealer.close()


load()
said = run(f"/usr/bin/python3 -m unittest -v {TESTS} 2>&1", check=False)
for name in re.findall(r"^(test\w+) ", said, re.M):
    tap.ok(re.search(rf"^{name} .*\.\.\. ok$", said, re.M),
           f"CPython: {name}", said)
tap.ok(re.search(r"^Ran 2 tests .*\n\nOK$", said, re.M), "CPython: both", said)
tap.ok(zmq.has("tipc"), "this ZeroMQ knows tipc")
# It asks for a node of the form <Z.C.N>.
run("tipc node set address 1.1.1")
zmq_context = zmq.Context()
request(zmq_context)
work(zmq_context)
subscribe(zmq_context)
by_socket(zmq_context)
zmq_context.term()
if not STOCK:
    tap.equal(run("cat /proc/net/tipc/sockets | wc -l").strip(), "2",
              "nothing is left open")
tap.end()
