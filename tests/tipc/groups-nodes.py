#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=150
"""
Communication groups over three nodes, which are namespaces: who gets what, in
which order, what a member does to the others that does not read, and what is
heard of who leaves and who dies.
"""
import atexit
import errno
import os
import socket
import struct
import subprocess

import tap
from lab import ADDR, ID, RANGE, SOL_TIPC, load, run, says, sock, until

JOIN, LAG, SKIP = 135, 193, 1
GROUP = 45000
HERE = os.path.dirname(os.path.abspath(__file__))
started = []


def member(node, instance):
    """A member on another node, as a process that said that it is there."""
    p = subprocess.Popen(["ip", "netns", "exec", node, "/usr/bin/python3",
                          HERE + "/member.py", str(GROUP), str(instance)],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    started.append(p)
    p.stdout.readline()
    return p


def set_up():
    """This node in the middle, one on each side."""
    run("ip link add br0 type bridge; ip link set br0 up; "
        "tipc node set identity root")
    for name in "n1", "n2":
        run(f"ip netns add {name}; ip link add v{name} type veth peer name e0 "
            f"netns {name}; ip link set v{name} master br0 up; "
            f"ip -n {name} link set e0 up; "
            f"ip netns exec {name} tipc node set identity {name}; "
            f"ip netns exec {name} tipc bearer enable media eth device e0")
    run("tipc bearer enable media eth device br0")
    tap.ok(until(lambda: run("tipc link list").count(": up") == 3),
           "two links", says("tipc link list"))


def join(instance, lag=None):
    """A member here, with events."""
    s = sock()
    s.settimeout(40)
    if lag is not None:
        s.setsockopt(SOL_TIPC, LAG, lag)
    s.setsockopt(SOL_TIPC, JOIN, struct.pack("4I", GROUP, instance, 2, 2))
    return s


def event(s):
    """The next event and the instance it is about."""
    data, _, flags, addr = s.recvmsg(70000)
    if not flags & socket.MSG_OOB:
        return data
    return "left" if flags & socket.MSG_EOR else \
        "lags" if flags & socket.MSG_ERRQUEUE else "joined"


def ask(s, what, to):
    """Asks one member and returns its answer."""
    s.sendto(what, to)
    return s.recv(70000)


def all_get(s, count, first=0):
    """Messages of many sizes to all."""
    for n in range(first, first + count):
        s.send(b"#" + n.to_bytes(4, "big") +
               bytes([n & 255]) * (20000 if n % 40 == 0 else n % 300))


load()
set_up()
atexit.register(lambda: [p.kill() for p in started])
m1, m2 = member("n1", 1), member("n2", 2)
s = join(3)
tap.equal([event(s), event(s)], ["joined", "joined"], "both are seen")
tap.equal([m1.stdout.readline(), m1.stdout.readline()], [b"joined\n"] * 2,
          "they see the others")
for i in 1, 2:
    tap.equal(ask(s, b"to %d" % i, (ADDR, GROUP, i, 0)), b"to %d" % i,
              f"an anycast to {i} and its answer")
s.sendto(b"big" * 22000, (ADDR, GROUP, 1, 0))
data, _, _, addr = s.recvmsg(70000)
tap.equal(data, b"big" * 22000, "66,000 bytes there and back")
tap.equal(ask(s, b"you", addr), b"you", "to a member's socket")
s.sendto(b"those", (RANGE, GROUP, 2, 2))
tap.equal(s.recv(100), b"those", "a multicast to one instance")
tap.refused(113, "nobody has instance 9", s.sendto, b"x", (ADDR, GROUP, 9, 0))

all_get(s, 300)
for i in 1, 2:
    tap.equal(ask(s, b"count", (ADDR, GROUP, i, 0)), b"300 0",
              f"{i} has all that all get, in order, before what it alone gets")
for name in "n1", "n2":
    run(f"tc qdisc add dev v{name} root netem loss 3% reorder 10% delay 1ms")
all_get(s, 200)
for i in 1, 2:
    tap.equal(ask(s, b"count", (ADDR, GROUP, i, 0)), b"200 0",
              f"{i}: also over a bad wire")
for name in "n1", "n2":
    run(f"tc qdisc del dev v{name} root")

# More than the windows hold: the sender waits for who sleeps.
s.sendto(b"sleep", (ADDR, GROUP, 1, 0))
all_get(s, 1200)
for i in 1, 2:
    tap.equal(ask(s, b"count", (ADDR, GROUP, i, 0)), b"1200 0",
              f"{i}: nothing is lost when one of them is slow")

s.sendto(b"say 300", (ADDR, GROUP, 1, 0))
want, bad = 0, 0
for _ in range(300):
    data = s.recv(70000)
    bad += data[1:5] != want.to_bytes(4, "big")
    want += 1
tap.equal(bad, 0, "300 from another node, in order")
# What the one says may come there later than what we ask.
until(lambda: ask(s, b"seen", (ADDR, GROUP, 2, 0)).startswith(b"300 "))
tap.equal(ask(s, b"count", (ADDR, GROUP, 2, 0)), b"300 0", "and there")


# Somebody is bound to the name and no member: nobody waits for him.
bound = subprocess.Popen(
    ["ip", "netns", "exec", "n1", "/usr/bin/python3", "-c",
     "import socket, sys; s = socket.socket(30, socket.SOCK_RDM); "
     f"s.bind((1, {GROUP}, 77, 77, 2)); print('ready', flush=True); "
     "sys.stdin.read()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
started.append(bound)
bound.stdout.readline()
tap.ok(until(lambda: " 77 " in run("tipc nametable show")),
       "a name of the group without a member")
all_get(s, 300)
tap.equal(ask(s, b"count", (ADDR, GROUP, 2, 0)), b"300 0",
          "keeps nobody waiting")
bound.stdin.close()
bound.wait()

fast = join(4, SKIP)
tap.equal([event(fast) for _ in range(3)], ["joined"] * 3, "one who will not "
          "wait joins")
tap.equal(event(s), "joined", "and is seen")
fast.sendto(b"sleep", (ADDR, GROUP, 1, 0))
for n in range(40):
    try:
        fast.sendto(b"x" * 60000, (RANGE, GROUP, 1, 1))
    except OSError as e:
        # It was the only one with this instance.
        tap.equal(e.errno, errno.EHOSTUNREACH, "it is parted with")
        break
tap.equal(event(fast), "lags", "a member on another node that lags is reported")
tap.equal(ask(fast, b"still", (ADDR, GROUP, 2, 0)), b"still",
          "and the others are served")
fast.close()
tap.equal(event(s), "left", "who closes has left")

s.sendto(b"leave", (ADDR, GROUP, 1, 0))
tap.equal(event(s), "left", "who leaves is reported")
m2.kill()
m2.wait()
tap.equal(event(s), "left", "who dies, too")
tap.equal(s.send(b"nobody"), 6, "a message to nobody")
tap.refused(113, "and to who has left", s.sendto, b"x", addr)
m3 = member("n2", 5)
tap.equal(event(s), "joined", "a new one")
run("tipc link set tolerance 300 link " +
    [line.split(": ")[0] for line in says("tipc link list")
     if isinstance(line, str) and "n2" in line][0])
run("ip link set vn2 down")
tap.equal(event(s), "left", "has left when its node is gone")
run("ip link set vn2 up")
tap.equal(event(s), "joined", "and is back with it")
tap.equal(ask(s, b"again", (ADDR, GROUP, 5, 0)), b"again", "with window")
for p in started:
    p.kill()
    p.wait()
s.close()
for name in "n1", "n2":
    run(f"ip netns del {name}")
run("tipc bearer disable media eth device br0; ip link del br0")
tap.end()
