#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# host: kernels="6.12" timeout=250
"""
A node with our module and one with the kernel's own, on one Ethernet: each
uses services of the other. Then the same over UDP.
"""
import os
import sys

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)),
                             "../vm")]
import nodes
import tap

SERVER = r'''
import os, socket, sys, threading
R, Q, S = socket.SOCK_RDM, socket.SOCK_SEQPACKET, socket.SOCK_STREAM
def rdm():
    s = socket.socket(30, R); s.bind((1, 21000, 1, 9, 2))
    while True:
        d, a = s.recvfrom(70000); s.sendto(d, a)
def many():
    s = socket.socket(30, R); s.bind((1, 21001, 0, 99, 2))
    while True:
        d, a = s.recvfrom(70000); s.sendto(b"m" + d, a)
def serve(c):
    try:
        while d := c.recv(70000): c.sendall(d)
    except ConnectionError: pass
def conn(kind, inst):
    s = socket.socket(30, kind); s.bind((2, 21002, inst, inst, 2)); s.listen(5)
    while True:
        c, _ = s.accept()
        threading.Thread(target=serve, args=(c,), daemon=True).start()
for f, a in ((rdm, ()), (many, ()), (conn, (Q, 1)), (conn, (S, 2))):
    threading.Thread(target=f, args=a, daemon=True).start()
threading.Event().wait()
'''

CLIENT = r'''
import os, socket
R, Q, S = socket.SOCK_RDM, socket.SOCK_SEQPACKET, socket.SOCK_STREAM
s = socket.socket(30, R); s.settimeout(20)
for size in (1, 100, 1400, 1428, 1460, 1461, 1500, 4000, 20000, 66000):
    d = os.urandom(size); s.sendto(d, (2, 21000, 5, 0))
    print("rdm", s.recvfrom(70000)[0] == d, size)
for i in range(60):
    s.sendto(b"%d" % i, (1, 21001, 5, 20))
    print("mcast", s.recv(100) == b"m%d" % i)
for kind, inst in ((Q, 1), (S, 2)):
    c = socket.socket(30, kind); c.settimeout(20)
    c.connect((2, 21002, inst, 0))
    d = os.urandom(30000); n = 0
    for i in range(30):
        c.sendall(d); g = b""
        while len(g) < len(d):
            p = c.recv(70000)
            if not p: break
            g += p
        n += g == d
    print("conn%d" % inst, n == 30); c.close()
'''


# Says of the numbered messages of each connection how many came, how often one
# came twice, how often one came after a later one, and which the first were.
COUNTER = r'''
import socket, threading
l = socket.socket(30, socket.SOCK_SEQPACKET); l.bind((2, 22000, HERE, HERE, 2))
l.listen(9)
def serve(c):
    came, twice, late, last = set(), 0, [], -1
    while d := c.recv(70000):
        if d == b"00000000?":
            c.send(b"%d %d %d %s" % (len(came), twice, len(late),
                                     str(late[:3]).encode()))
            continue
        n = int(d[:8])
        twice += n in came
        came.add(n)
        if n < last: late.append((n, last))
        last = max(n, last)
while True:
    threading.Thread(target=serve, args=(l.accept()[0],), daemon=True).start()
'''

# Sends them over four connections until the file /tmp/over is there; prints how
# many it sent, and what is said of them.
SENDER = r'''
import os, socket, time
socks = [socket.socket(30, socket.SOCK_SEQPACKET) for _ in range(4)]
for s in socks: s.connect((2, 22000, THERE, 0))
n = 0
while not os.path.exists("/tmp/over"):
    for i, s in enumerate(socks):
        s.send(b"%08d" % n + bytes((100, 3000, 20000, 1)[(n + i) % 4]))
    n += 1
    time.sleep(0.005)
for s in socks:
    s.settimeout(30)
    s.send(b"00000000?")
    print(n, s.recv(100).decode(), flush=True)
'''


def start(node, own):
    """Loads a module, ours or the kernel's, and looks for the other node."""
    if own:
        node.sh("modprobe tipc")
    else:
        node.sh("modprobe -a udp_tunnel ip6_udp_tunnel; "
                "insmod /lib/modules/$(uname -r)/kernel/net/tipc/tipc.ko*")
    node.sh(f"tipc node set identity {'ours' if own else 'other'}; "
            "tipc bearer enable media eth device eth0")


def wait_for(node, what):
    """Waits until a command's output has it."""
    node.sh(f"for i in $(seq 300); do {what} && exit 0; sleep 0.2; done; "
            f"exit 1")


def use(server, client, name):
    """Services on one node, a client on the other."""
    server.sh(f"cat > /tmp/server.py <<'E'\n{SERVER}\nE\n"
              "setsid /usr/bin/python3 /tmp/server.py > /tmp/server.log 2>&1 "
              "< /dev/null & echo $! > /tmp/server.pid")
    wait_for(client, "[ $(tipc nametable show | grep -c '^2100') = 4 ]")
    tap.ok(True, f"{name}: names come")
    lines = client.sh(f"cat > /tmp/client.py <<'E'\n{CLIENT}\nE\n"
                      "timeout 100 /usr/bin/python3 /tmp/client.py 2>&1; true")
    got = [line.split() for line in lines.splitlines()]
    for kind, count in (("rdm", 10), ("mcast", 60), ("conn1", 1),
                        ("conn2", 1)):
        good = sum(g[:2] == [kind, "True"] for g in got if g)
        tap.ok(good == count, f"{name}: {kind}", good, lines)
    server.sh("kill $(cat /tmp/server.pid)")
    wait_for(client, "! tipc nametable show | grep -q '^2100'")
    tap.ok(True, f"{name}: names go")


def background(node, name, text):
    """Starts a program in python3."""
    node.sh(f"cat > /tmp/{name}.py <<'E'\n{text}\nE\n"
            f"setsid /usr/bin/python3 /tmp/{name}.py > /tmp/{name}.log 2>&1 "
            f"< /dev/null & echo $! > /tmp/{name}.pid")


def both(cluster, command):
    """Runs a command on both nodes."""
    for node in 1, 2:
        cluster[node].sh(command)


def takes_over(cluster):
    """Each of two links dies and comes back while both nodes send."""
    both(cluster, "rm -f /tmp/over")
    for node in cluster:
        background(node, "counter", COUNTER.replace("HERE",
                                                    str(node.number)))
    for node in cluster:
        wait_for(node, "[ $(tipc nametable show | grep -c ^22000) = 2 ]")
    for node in cluster:
        background(node, "sender", SENDER.replace("THERE", str(3 -
                                                               node.number)))
    for dev in "eth0.7", "eth0.8":
        both(cluster, f"tc qdisc add dev {dev} root netem loss 100%")
        for node in cluster:
            wait_for(node, f"tipc link list | grep -q '{dev}: down'")
        both(cluster, f"sleep 1; tc qdisc del dev {dev} root")
        for node in cluster:
            wait_for(node, f"tipc link list | grep -q '{dev}: up'")
        both(cluster, "sleep 1")
    both(cluster, "touch /tmp/over")
    for node, name in zip(cluster, ("ours to the kernel's",
                                    "the kernel's to ours")):
        wait_for(node, "! kill -0 $(cat /tmp/sender.pid)")
        said = node.sh("cat /tmp/sender.log")
        tap.note(said)
        four = [line.split() for line in said.splitlines()]
        tap.ok(len(four) == 4 and all(f[0] == f[1] and f[2] == "0"
                                      for f in four),
               f"{name}: nothing is lost or doubled while two links die in "
               "turn", said)
        tap.ok(all(f[3:4] == ["0"] for f in four),
               f"{name}: nor overtaken", said)
    both(cluster, "kill $(cat /tmp/counter.pid)")


def enable(cluster, dev):
    """A bearer on both nodes, and its link: the kernel's module has up to two
    to a node."""
    both(cluster, f"tipc bearer enable media eth device {dev}")
    for node in 1, 2:
        wait_for(cluster[node], f"tipc link list | grep -q '{dev}: up'")


def two_links(cluster):
    """Two cables instead of one: VLANs."""
    both(cluster, "modprobe -a 8021q sch_netem; for i in 7 8; do "
         "ip link add link eth0 name eth0.$i type vlan id $i; "
         "ip link set eth0.$i up; done")
    enable(cluster, "eth0.7")
    both(cluster, "tipc bearer disable media eth device eth0")
    tap.ok("up" in cluster[1].sh("tipc node list"),
           "a second link takes over from the first")
    enable(cluster, "eth0.8")
    takes_over(cluster)
    both(cluster, "tipc bearer disable media eth device eth0.8")
    enable(cluster, "eth0")
    both(cluster, "tipc bearer disable media eth device eth0.7; for i in 7 8; "
         "do ip link del eth0.$i; done")


kernel = os.environ.get("KERNEL", "6.12")
with nodes.Cluster(2, [kernel, kernel]) as cluster:
    start(cluster[1], True)
    start(cluster[2], False)
    for n in 1, 2:
        wait_for(cluster[n], "tipc link list | grep -q 'eth0: up'")
    tap.ok(True, "a link comes up")
    use(cluster[2], cluster[1], "ours uses the kernel's")
    use(cluster[1], cluster[2], "the kernel's uses ours")
    two_links(cluster)
    cluster[2].sh("tipc bearer disable media eth device eth0")
    wait_for(cluster[1], "tipc node list | grep -q down")
    tap.ok(True, "a node that goes is down")
    for n in 1, 2:
        cluster[n].sh(f"ip addr add 10.8.0.{n}/24 dev eth0")
    # Ours knows the other; the other hears of ours by itself.
    cluster[1].sh("tipc bearer disable media eth device eth0; "
                  "tipc bearer enable media udp name U localip 10.8.0.1 "
                  "remoteip 10.8.0.2")
    cluster[2].sh("tipc bearer enable media udp name U localip 10.8.0.2 "
                  "remoteip 10.8.0.9")
    for n in 1, 2:
        wait_for(cluster[n], "tipc link list | grep -q 'U: up'")
    tap.ok(True, "a link over UDP comes up")
    use(cluster[2], cluster[1], "over UDP, ours uses the kernel's")
    use(cluster[1], cluster[2], "over UDP, the kernel's uses ours")
    cluster[2].sh("tipc bearer disable media udp name U")
    wait_for(cluster[1], "tipc node list | grep -q down")
    for n in 1, 2:
        cluster[n].sh("tipc bearer disable media udp name U; "
                      f"tipc bearer enable media udp name G localip 10.8.0.{n}")
    for n in 1, 2:
        wait_for(cluster[n], "tipc link list | grep -q 'G: up'")
    tap.ok(True, "a link over UDP with a group comes up")
    cluster[1].sh("rmmod tipc")
    # What the kernel's own module leaves behind is not looked at.
    cluster[2].kill()
tap.end()
