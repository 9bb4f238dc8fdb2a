#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=150
"""
TIPC_BIND_VISIBLE: a bind that returns when the other node, a namespace, knows
the name. The wire is slow, is cut, and comes back.
"""
import errno
import socket
import struct
import subprocess
import threading

import tap
from lab import (CLUSTER, NODE, RANGE, SOL_TIPC, load, names, run, says, sock,
                 until)

VISIBLE = 194
RDM, SEQ = socket.SOCK_RDM, socket.SOCK_SEQPACKET
FINDER = """
import socket, sys
s = socket.socket(30, socket.SOCK_RDM)
for line in sys.stdin:
    try:
        s.sendto(b"x", (2, int(line), 1, 0))
        print(0, flush=True)
    except OSError as e:
        print(e.errno, flush=True)
"""


def wire(what):
    """What becomes of packets both ways."""
    for at in "tc", "tc -n n1":
        run(f"{at} qdisc replace dev e0 root netem {what}")


def visible(kind, seconds=0.0):
    """A socket whose binds wait, so long at most."""
    s = sock(kind)
    s.setblocking(True)
    s.setsockopt(SOL_TIPC, VISIBLE, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO,
                 struct.pack("ll", int(seconds), int(seconds % 1 * 1e6)))
    return s


def bind(s, kind, scope=CLUSTER):
    """The errno of a bind, 0 if it works."""
    try:
        s.bind((RANGE, kind, 1, 1, scope))
    except OSError as e:
        return e.errno
    return 0


def later(s, kind):
    """A bind that goes on in a thread, and where its result comes."""
    result = []
    thread = threading.Thread(target=lambda: result.append(bind(s, kind)))
    thread.start()
    return thread, result


load()
run("ip netns add n1; ip link add e0 type veth peer name e0 netns n1; "
    "ip link set e0 up; ip -n n1 link set e0 up; tipc node set identity n0; "
    "ip netns exec n1 tipc node set identity n1")
for at in "", "ip netns exec n1 ":
    run(at + "tipc bearer enable media eth device e0")
tap.ok(until(lambda: run("tipc link list").count(": up") == 2), "a link",
       says("tipc link list"))
for at in "", "ip netns exec n1 ":
    link = [line.split(": ")[0] for line in says(at + "tipc link list")[:-1]
            if "broadcast" not in line][0]
    run(f"{at}tipc link set tolerance 30000 link {link}")
with subprocess.Popen(["ip", "netns", "exec", "n1", "/usr/bin/python3", "-c",
                       FINDER], stdin=subprocess.PIPE, text=True,
                      stdout=subprocess.PIPE) as finder:
    def found(kind):
        """The errno of a send to the name from the other node."""
        finder.stdin.write(f"{kind}\n")
        finder.stdin.flush()
        return int(finder.stdout.readline())

    wire("delay 20ms")
    socks = [visible(kind) for kind in (RDM, SEQ) for _ in range(15)]
    tap.equal([(bind(s, 60000 + i), found(60000 + i))
               for i, s in enumerate(socks)], [(0, 0)] * 30,
              "who has bound is found at once from there")
    tap.equal([s.getsockopt(SOL_TIPC, VISIBLE) for s in socks], [1] * 30,
              "the option can be read")
    socks[0].setblocking(False)
    tap.equal(socks[0].recv(9), b"x", "the user reads what was sent")
    tap.refused(errno.EAGAIN, "and nothing of the questions", socks[0].recv, 9)

    wire("loss 100%")
    s = sock()
    s.bind((RANGE, 61000, 1, 1, CLUSTER))
    tap.equal(found(61000), errno.EHOSTUNREACH,
              "without the option a name is not there when bind() returns")
    s = visible(RDM, 0.3)
    tap.equal(bind(s, 61001), errno.EAGAIN, "with it there is a limit")
    tap.equal([n for n in names() if n["type"] == 61001], [],
              "after which nothing is bound")
    tap.equal(bind(s, 61002, NODE), 0, "node scope is nobody else's business")
    s = visible(SEQ)
    thread, result = later(s, 61003)
    tap.ok(until(lambda: any(n["type"] == 61003 for n in names())),
           "the own node knows it meanwhile")
    tap.equal((result, found(61003)), ([], errno.EHOSTUNREACH), "it waits")
    wire("delay 1ms")
    thread.join()
    tap.equal((result, found(61003)), ([0], 0), "until the wire is back")

    wire("loss 100%")
    s = visible(RDM)
    thread, result = later(s, 61004)
    tap.ok(until(lambda: any(n["type"] == 61004 for n in names())),
           "once more the wire is cut")
    tap.equal(result, [], "and it waits")
    run("tipc bearer disable media eth device e0")
    thread.join()
    tap.equal(result, [0], "not for a node that is gone")
    finder.stdin.close()
tap.refused(errno.EINVAL, "0 and 1 are the values", s.setsockopt, SOL_TIPC,
            VISIBLE, 2)
for s in socks:
    s.close()
run("ip netns del n1")
tap.end()
