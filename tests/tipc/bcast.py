#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=150
"""
Multicast to four nodes, namespaces on one bridge, by broadcast and by copies,
over wires that lose and reorder: each listener gets each message once and in
order, and who goes away keeps nobody waiting.
"""
import atexit
import re
import socket
import subprocess

import tap
from lab import RANGE, load, names, run, says, sock, until

RDM = socket.SOCK_RDM
NODES = ["n1", "n2", "n3", "n4"]
MANY = 600
BROADCAST, REPLICAST = 133, 134

LISTENER = r'''
import socket, sys
s = socket.socket(30, socket.SOCK_RDM)
s.setsockopt(271, 127, 3)
s.bind((1, 23000, 0, 9, 2))
out = socket.socket(30, socket.SOCK_RDM)
want, bad = 0, 0
print("ready", flush=True)
while True:
    d, a = s.recvfrom(70000)
    if d == b"end":
        s.sendto(b"%d %d" % (want, bad), a)
        want, bad = 0, 0
        continue
    n = int.from_bytes(d[:4], "big")
    if n != want or d[4:] != bytes([n & 255]) * (len(d) - 4):
        bad += 1
    want = n + 1
'''


def set_up():
    """A bridge, and four namespaces with a listener each."""
    run("ip link add br0 type bridge; ip link set br0 up")
    run("tipc node set identity root")
    there = []
    for name in NODES:
        run(f"ip netns add {name}; ip link add v{name} type veth peer name e0 "
            f"netns {name}; ip link set v{name} master br0 up; "
            f"ip -n {name} link set e0 up; "
            f"ip netns exec {name} tipc node set identity {name}; "
            f"ip netns exec {name} tipc bearer enable media eth device e0")
        proc = subprocess.Popen(["ip", "netns", "exec", name,
                                 "/usr/bin/python3", "-c", LISTENER],
                                stdout=subprocess.PIPE)
        proc.stdout.readline()
        there.append(proc)
    run("tipc bearer enable media eth device br0")
    tap.ok(until(lambda: sum(n["type"] == 23000 for n in names()) == 4),
           "four nodes with listeners", names())
    return there


def traffic():
    """The counters of the node."""
    with open("/proc/net/tipc/traffic", encoding="ascii") as f:
        return {k: int(v) for k, v in (line.split() for line in f)}


def link_sent():
    """What iproute2 says that the broadcast link has sent."""
    text = "\n".join(map(str, says("tipc link stat show link broadcast-link")))
    found = re.search(r"TX packets:(\d+)", text)
    return int(found[1]) if found else text


def send(option, what, count=4):
    """Many messages of many sizes; what the listeners say of them."""
    s = sock()
    s.settimeout(60)
    if option:
        s.setsockopt(271, option, None, 0)
    s.setsockopt(271, 127, 3)
    before = traffic()
    for n in range(MANY):
        size = 9000 if n % 50 == 0 else n % 200
        s.sendto(n.to_bytes(4, "big") + bytes([n & 255]) * size,
                 (RANGE, 23000, 0, 9))
    s.sendto(b"end", (RANGE, 23000, 0, 9))
    got = [s.recv(100) for _ in range(count)]
    tap.equal(got, [b"%d 0" % MANY] * count, f"{what}: all, once, in order")
    after = traffic()
    return after["broadcasts"] - before["broadcasts"]


def gone():
    """A node goes without a word while there is a lot to say to it."""
    run("tipc link set tolerance 300 link " +
        [line.split(": ")[0] for line in says("tipc link list")
         if isinstance(line, str) and "n4" in line][0])
    run("ip link set vn4 down")
    sent = send(BROADCAST, "while a node dies", 3)
    tap.ok(sent > MANY, "by broadcast, and none is waited for", sent)
    tap.ok(until(lambda: sum(n["type"] == 23000 for n in names()) == 3),
           "its name is gone")
    run("ip link set vn4 up")
    tap.ok(until(lambda: sum(n["type"] == 23000 for n in names()) == 4),
           "and back")


load()
listeners = set_up()
atexit.register(lambda: [p.kill() for p in listeners])
sent = send(0, "to four nodes")
tap.ok(sent > MANY, "many get a broadcast", sent)
sent = send(REPLICAST, "as copies")
tap.equal(sent, 0, "no broadcast where copies are asked for")
run("tipc link set broadcast REPLICAST")
sent = send(0, "as copies, as the node is told")
tap.equal(sent, 0, "no broadcast where the node is told so")
tap.equal(says("tipc link get broadcast"), ["REPLICAST", 0], "it says so")
run("tipc link set broadcast AUTOSELECT ratio 50")
tap.equal(says("tipc link get broadcast"), ["AUTOSELECT ratio:50", 0],
          "and is told to choose")
tap.ok(says("tipc link set broadcast AUTOSELECT ratio 101")[-1],
       "more than all nodes are refused")
tap.equal(link_sent(), traffic()["broadcasts"],
          "tipc link stat counts them")
run("tipc link stat reset link broadcast-link")
tap.equal(link_sent(), 0, "until that is asked to begin anew")
bad = "loss 3% reorder 10% delay 1ms"
if says(f"tc qdisc add dev vn1 root netem {bad}")[-1]:
    tap.skip("a bad wire", "no netem here")
else:
    for name in NODES[1:]:
        run(f"tc qdisc add dev v{name} root netem {bad}")
    before = traffic()
    sent = send(BROADCAST, "over a bad wire")
    tap.ok(sent > MANY, "by broadcast", sent)
    again = traffic()["broadcasts_again"] - before["broadcasts_again"]
    tap.ok(again > 0, "what was lost was sent again", again)
    for name in NODES:
        run(f"tc qdisc del dev v{name} root")
gone()
for p in listeners:
    p.kill()
    p.wait()
for name in NODES:
    run(f"ip netns del {name}")
run("tipc bearer disable media eth device br0; ip link del br0")
tap.end()
