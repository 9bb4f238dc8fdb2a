#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""
Three guests on one Ethernet, by hand, because it takes a minute or two: n1 and n2
with our module, n3 with the kernel's own. Groups and multicasts over all of
them, and what happens when a node loses its power: names, connections, members
and subscribers hear of it, and a later one finds its place.

    PYTHONPATH=tests/lib tests/tipc/three-nodes.py [OURS [KERNELS]]

OURS and KERNELS are series, 6.12 and 6.1 if nothing else is said.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../vm")]
import nodes
import tap

OURS, KERNELS = (sys.argv[1:] + ["6.12", "6.1"][len(sys.argv) - 1:])[:2]

LISTENER = r'''
import socket
s = socket.socket(30, socket.SOCK_RDM)
s.bind((1, 23000, 0, 9, 2))
out = socket.socket(30, socket.SOCK_RDM)
want, bad = 0, 0
while True:
    d, a = s.recvfrom(70000)
    if d == b"end":
        out.sendto(b"%d %d" % (want, bad), a)
        want, bad = 0, 0
        continue
    bad += int.from_bytes(d[:4], "big") != want
    want += 1
'''

CALLER = r'''
import socket
s = socket.socket(30, socket.SOCK_RDM)
s.settimeout(20)
s.setsockopt(271, 133, None, 0)
for n in range(500):
    s.sendto(n.to_bytes(4, "big") + bytes(n if n % 50 else 9000),
             (1, 23000, 0, 9))
s.sendto(b"end", (1, 23000, 0, 9))
print(sorted(s.recv(100) for _ in range(2)))
'''

GROUP = r'''
import socket, struct
s = socket.socket(30, socket.SOCK_RDM)
s.settimeout(20)
s.setsockopt(271, 135, struct.pack("4I", 45000, INSTANCE, 2, 0))
others = [i for i in (1, 2, 3) if i != INSTANCE]
import time; time.sleep(1)
def ask(what, i):
    s.sendto(what, (2, 45000, i, 0))
    return s.recv(70000)
for i in others:
    print(ask(b"one %d" % i, i) == b"one %d" % i)
    print(ask(b"b" * 66000, i) == b"b" * 66000)
for n in range(400):
    s.send(b"#" + n.to_bytes(4, "big") + bytes([n & 255]) * (n * 17 % 5000))
for i in others:
    print(ask(b"count", i))
s.sendto(b"say 300", (2, 45000, others[0], 0))
bad = 0
for n in range(300):
    bad += s.recv(70000)[1:5] != n.to_bytes(4, "big")
print(bad)
# What the one says may come there later than what we ask.
for n in range(600):
    if ask(b"seen", others[1]).startswith(b"300 "):
        break
    time.sleep(0.1)
print(ask(b"count", others[1]))
s.sendto(b"those", (1, 45000, others[0], others[0]))
print(s.recv(100))
'''

HELD = r'''
import socket, struct, sys
FOREVER = 0xffffffff
t = socket.socket(30, socket.SOCK_SEQPACKET)
t.connect((2, 1, 1, 0))
t.send(struct.pack("=5I8s", 0, 0, FOREVER, FOREVER, 1, b"nodes"))
t.send(struct.pack("=5I8s", 24000, 0, 9, FOREVER, 2, b"name"))
c = socket.socket(30, socket.SOCK_SEQPACKET)
c.connect((2, 24000, 1, 0))
c.send(b"x")
print("up", c.recv(10), flush=True)
gone = set()
t.settimeout(60)
while gone != {0, 24000}:
    e = struct.unpack("=10I8s", t.recv(100))
    if e[0] == 2:
        gone.add(e[5])
print("gone", flush=True)
c.settimeout(60)
try:
    print("data", c.recv(10), flush=True)
except ConnectionError:
    print("reset", flush=True)
'''

SERVER = r'''
import socket
s = socket.socket(30, socket.SOCK_SEQPACKET)
s.bind((2, 24000, 1, 1, 2)); s.listen(9)
held = []
while True:
    c, _ = s.accept(); c.send(c.recv(10)); held.append(c)
'''


def start(node, own):
    """Loads a module, ours or the kernel's, and looks for the others."""
    if own:
        node.sh("modprobe tipc")
    else:
        node.sh("modprobe -a udp_tunnel ip6_udp_tunnel; "
                "insmod /lib/modules/$(uname -r)/kernel/net/tipc/tipc.ko*")
    node.sh("tipc bearer enable media eth device eth0")


def wait_for(node, what):
    """Waits until a command works."""
    node.sh(f"for i in $(seq 300); do {what} && exit 0; sleep 0.2; done; "
            f"exit 1")


def beside(node, name, text):
    """Starts a program that stays."""
    node.sh(f"cat > /tmp/{name}.py <<'E'\n{text}\nE\n"
            f"setsid /usr/bin/python3 /tmp/{name}.py > /tmp/{name}.log 2>&1 "
            f"< /dev/null & echo $! > /tmp/{name}.pid")


def program(node, text):
    """Runs a program and returns what it says."""
    return node.sh(f"cat > /tmp/p.py <<'E'\n{text}\nE\n"
                   "timeout 100 /usr/bin/python3 /tmp/p.py 2>&1; true")


def multicast(cluster):
    """By broadcast, from each node to the two others."""
    for n in 1, 2, 3:
        beside(cluster[n], "listen", LISTENER)
    for n in 1, 2, 3:
        wait_for(cluster[n],
                 "[ $(tipc nametable show | grep -c '^23000') = 3 ]")
    for n in 1, 3:
        cluster[n].sh("kill $(cat /tmp/listen.pid)")
        for other in 1, 2, 3:
            wait_for(cluster[other],
                     "[ $(tipc nametable show | grep -c '^23000') = 2 ]")
        got = program(cluster[n], CALLER)
        tap.equal(got.strip(), "[b'500 0', b'500 0']",
                  f"n{n}: 500 broadcasts, in order, to two nodes")
        beside(cluster[n], "listen", LISTENER)
        wait_for(cluster[n],
                 "[ $(tipc nametable show | grep -c '^23000') = 3 ]")
    sent = cluster[1].sh("grep '^broadcasts ' /proc/net/tipc/traffic")
    tap.ok(int(sent.split()[1]) > 500, "ours were broadcast", sent)


def groups(cluster):
    """A member on each node."""
    for n in 1, 3:
        for other in {1, 2, 3} - {n}:
            cluster[other].sh(
                f"setsid /usr/bin/python3 {HERE}/member.py 45000 {other} "
                "> /tmp/member.log 2>&1 < /dev/null & "
                "echo $! > /tmp/member.pid")
        wait_for(cluster[n],
                 "[ $(tipc nametable show | grep -c '^45000') = 2 ]")
        got = program(cluster[n], GROUP.replace("INSTANCE", str(n)))
        want = ["True"] * 4 + ["b'400 0'"] * 2 + ["0", "b'300 0'", "b'those'"]
        tap.equal(got.split("\n")[:-1], want, f"n{n}: a group over three nodes")
        for other in {1, 2, 3} - {n}:
            cluster[other].sh("kill $(cat /tmp/member.pid)")
        wait_for(cluster[n], "! tipc nametable show | grep -q '^45000'")


def power(cluster, victim):
    """What the others see of a power cut."""
    beside(cluster[victim], "server", SERVER)
    alive = [n for n in (1, 2, 3) if n != victim and cluster[n].alive]
    for n in alive:
        wait_for(cluster[n], "tipc nametable show | grep -q '^24000'")
        beside(cluster[n], "held", HELD)
        wait_for(cluster[n], "grep -q up /tmp/held.log")
    cluster[victim].kill()
    cluster[victim].alive = False
    for n in alive:
        wait_for(cluster[n], "grep -q 'data\\|reset' /tmp/held.log")
        text = cluster[n].sh("cat /tmp/held.log")
        tap.ok("gone" in text, f"n{n} hears that n{victim} and its name are gone",
               text)
        tap.ok("reset" in text or "data b''" in text,
               f"n{n}: its connection is over", text)
        names = cluster[n].sh("tipc nametable show")
        tap.ok("\n24000 " not in names, f"n{n}: its names are gone", names)


with nodes.Cluster(3, [OURS, OURS, KERNELS]) as three:
    for i in 1, 2, 3:
        three[i].alive = True
        start(three[i], i != 3)
    for i in 1, 2, 3:
        wait_for(three[i], "[ $(tipc link list | grep -c ': up') = 3 ]")
    tap.ok(True, "each has a link to each")
    multicast(three)
    groups(three)
    power(three, 3)
    power(three, 2)
    three[1].sh("pkill -f '^/usr/bin/python3 /tmp/'; "
                "tipc bearer disable media eth device eth0; for i in $(seq 50); do "
                "rmmod tipc && exit 0; sleep 0.2; done; exit 1")
tap.end()
