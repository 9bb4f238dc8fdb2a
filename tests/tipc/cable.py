# SPDX-License-Identifier: GPL-2.0-only
"""
Two nodes, near and far, with a cable between them; the far one echoes.
"""
import os
import re
import subprocess

from lab import ADDR, run, says, sock

AT = "ip netns exec far "
SIZES = (1, 1460, 1461, 9000, 30000, 65000, 66000)
ECHO = r'''
import socket, sys, threading
s = socket.socket(30, socket.SOCK_RDM); s.bind((1, 23000, 1, 9, 2))
def serve():
    while True:
        d, a = s.recvfrom(70000)
        try: s.sendto(d, a)
        except OSError: pass
threading.Thread(target=serve, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
'''


def set_up():
    """Two nodes and a cable; the far one has a service."""
    run("ip netns add far")
    run("ip link add v0 type veth peer name v1 netns far")
    run("ip link set lo up; ip -n far link set lo up")
    run("ip link set v0 up; ip -n far link set v1 up")
    run("tipc node set identity near; " + AT + "tipc node set identity far")
    return subprocess.Popen(AT.split() + ["/usr/bin/python3", "-c", ECHO],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def linked(near, far):
    """Is the link between two interfaces up?"""
    return f"near:{near}-far:{far}: up" in says("tipc link list")


def enable(near, far):
    """Bearers at both ends."""
    run(f"tipc bearer enable media eth device {near}")
    run(AT + f"tipc bearer enable media eth device {far}")


def disable(near, far):
    """No bearers."""
    run(f"tipc bearer disable media eth device {near}", check=False)
    run(AT + f"tipc bearer disable media eth device {far}", check=False)


def echoes(sizes):
    """Sizes that did not come back as they went."""
    bad = []
    with sock() as s:
        for size in sizes:
            data = os.urandom(size)
            try:
                s.sendto(data, (ADDR, 23000, 5, 0))
                if s.recv(70000) != data:
                    bad.append(size)
            except OSError as e:
                bad.append((size, str(e)))
    return bad


def link_sent(near, far):
    """Packets that a link sent, and sent again."""
    said = run(f"tipc link stat show link near:{near}-far:{far}")
    return [int(re.search(word + r":(\d+)", said)[1])
            for word in ("TX packets", "retrans")]


def burst(near, far, count=300):
    """
    Sends many messages at once. Acknowledgements are late, so the window of the link
    fills, and what it lets go are chains. True if all come back in order; packets
    sent, and sent again.
    """
    run(AT + "tc qdisc add dev v1 root netem delay 20ms")
    before = link_sent(near, far)
    with sock() as s:
        for n in range(count):
            s.sendto(b"%8d" % n + bytes(2000), (ADDR, 23000, 5, 0))
        try:
            good = all(int(s.recv(70000)[:8]) == n for n in range(count))
        except OSError:
            good = False
    run(AT + "tc qdisc del dev v1 root")
    after = link_sent(near, far)
    return good, after[0] - before[0], after[1] - before[1]


def counters(name="eth:v0", prefix=""):
    """The counters of a bearer."""
    for line in run(prefix + "cat /proc/net/tipc/bearers").splitlines():
        words = line.split()
        if words[0] == name:
            return dict(zip(words[5::2], map(int, words[6::2])))
    return {}
