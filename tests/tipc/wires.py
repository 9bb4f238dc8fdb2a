#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=150
"""
Two nodes, which are namespaces, with two cables between them: messages are
neither lost nor doubled nor overtaken on wires that lose, double and reorder,
nor while links go and come back; and contact ends when all links are gone.
LONG=1 in the environment: more of each, and worse wires.
"""
import errno
import json
import os
import re
import socket
import subprocess
import threading

import tap
from lab import ADDR, STOCK, load, names, run, says, sock, until

RDM, STREAM = socket.SOCK_RDM, socket.SOCK_STREAM
AT = "ip netns exec far "
WIRES = (("v0", "v1"), ("w0", "w1"))
MESSAGES = 40
NETEM = ("loss 1%", "loss 5%", "duplicate 10%", "delay 1ms reorder 25%")
if os.environ.get("LONG"):
    MESSAGES = 2000
    NETEM += ("loss 0.1%", "loss 20%", "loss 5% duplicate 5% delay 5ms 5ms")

# Says of each sender's numbered messages which one did not come in its turn.
FAR = r'''
import os, socket, sys, threading
s = socket.socket(30, socket.SOCK_RDM); s.bind((1, 22000, 1, 9, 2))
s.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)
t = socket.socket(30, socket.SOCK_STREAM); t.bind((2, 22001, 1, 1, 2))
t.listen(5)
def echo(c):
    try:
        while d := c.recv(70000): c.sendall(d)
    except ConnectionError: pass
def accept():
    while True:
        c, _ = t.accept()
        threading.Thread(target=echo, args=(c,), daemon=True).start()
def count():
    wanted, wrong = {}, {}
    while True:
        d, a = s.recvfrom(70000)
        n = int(d[:8])
        w = wanted.get(a, 0)
        if d == b"00000000?":
            s.sendto(b"%d %s" % (w, wrong.pop(a, b"-")), a)
            wanted.pop(a, None)
            continue
        if n != w or d[8:] != bytes([n % 251]) * (len(d) - 8):
            wrong.setdefault(a, b"%d,wanted:%d" % (n, w))
        wanted[a] = n + 1
for f in accept, count:
    threading.Thread(target=f, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
os._exit(0)
'''


def both_ends(command):
    """Runs a command for all ends of all cables; {} is the interface."""
    for near, far in WIRES:
        run(command.format(near))
        run(AT + command.format(far))


def set_up():
    """Two nodes, two cables; the far one counts."""
    run("ip netns add far")
    for near, far in WIRES:
        run(f"ip link add {near} type veth peer name {far} netns far; "
            f"ip link set {near} up; ip -n far link set {far} up")
    run("tipc node set identity near; " + AT + "tipc node set identity far")
    both_ends("tipc bearer enable media eth device {}")
    return subprocess.Popen(AT.split() + ["/usr/bin/python3", "-c", FAR],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def links_up(count=2):
    """So many links of this node are up."""
    return until(lambda: sum(line.endswith(": up") and "far" in line
                             for line in says("tipc link list")[:-1]) == count)


def stats(wire):
    """Counters of a link."""
    for link in json.loads(run("tipc -j link stat show")):
        text = json.dumps(link)
        if f":{wire}-" in text:
            return link
    return {}


class Sender(threading.Thread):
    """Sends numbered messages until told to stop; says what was counted."""

    def __init__(self, count=None):
        super().__init__(daemon=True)
        self.sock = sock()
        self.sock.settimeout(60)
        self.count = count
        self.sent = 0
        self.over = False
        self.said = "nothing"

    def run(self):
        sizes = (1, 100, 1400, 20, 9000, 300, 1500, 60, 30000, 5)
        try:
            while not self.over and self.sent != self.count:
                n = self.sent
                self.sock.sendto(b"%08d" % n + bytes([n % 251]) *
                                 sizes[n % len(sizes)], (ADDR, 22000, 1, 0))
                self.sent += 1
            self.sock.sendto(b"00000000?", (ADDR, 22000, 1, 0))
            self.said = self.sock.recv(100).decode()
        except OSError as e:
            self.said = f"{self.sent}: {e}"

    def good(self):
        """All came once, in order."""
        self.over = True
        self.join(600)
        return self.said == f"{self.sent} -"


def echoed(times=5):
    """A stream comes back as it went."""
    s = sock(STREAM)
    s.settimeout(60)
    s.connect((ADDR, 22001, 1, 0))
    for _ in range(times):
        data = os.urandom(30000)
        s.sendall(data)
        got = b""
        while len(got) < len(data):
            part = s.recv(70000)
            if not part:
                return False
            got += part
        if got != data:
            return False
    return True


def bad_wire(netem):
    """Messages and a stream over wires with this netem."""
    both_ends("tc qdisc add dev {} root netem " + netem)
    senders = [Sender(MESSAGES), Sender(MESSAGES)]
    for s in senders:
        s.start()
    stream = echoed()
    good = [s.good() for s in senders]
    both_ends("tc qdisc del dev {} root")
    tap.ok(stream and all(good), f"all comes over wires with {netem}",
           stream, [s.said for s in senders])


def while_sending(what, change, back):
    """A link goes and comes back while messages are sent."""
    senders = [Sender(), Sender(), Sender()]
    for s in senders:
        s.start()
    until(lambda: all(s.sent > 5 for s in senders))
    change()
    gone = links_up(1)
    sent = [s.sent for s in senders]
    until(lambda: all(s.sent > n + 5 for s, n in zip(senders, sent)))
    back()
    there = links_up(2)
    sent = [s.sent for s in senders]
    until(lambda: all(s.sent > n + 5 for s, n in zip(senders, sent)))
    good = [s.good() for s in senders]
    tap.ok(gone and there and all(good), f"nothing is lost: {what}",
           gone, there, [s.said for s in senders], says("tipc link list"))


def black_hole(near, far, on):
    """A cable that carries nothing while both ends see a carrier."""
    what = "add" if on else "del"
    run(f"tc qdisc {what} dev {near} root netem loss 100%")
    run(AT + f"tc qdisc {what} dev {far} root netem loss 100%")


# An odd and an even socket, each of which goes over a link of its own.
ODD_AND_EVEN = r'''
import socket
socks, kept = {}, []
while len(socks) < 2:
    kept.append(socket.socket(30, socket.SOCK_RDM))
    socks.setdefault(kept[-1].getsockname()[2] % 2, kept[-1])
for n in range(200):
    for odd in 0, 1:
        socks[odd].sendto(b"%d" % n, (2, 22100 + odd, 0, 0))
'''


def two_processors():
    """Who steers what two cables bring to two processors has it delivered there."""
    readers = [sock(), sock()]
    for n, s in enumerate(readers):
        s.bind((1, 22100 + n, 0, 0, 2))
    ports = {s.getsockname()[2]: n for n, s in enumerate(readers)}
    until(lambda: "22101" in run(AT + "tipc nametable show"))
    for cpus, (near, _) in enumerate(WIRES, 1):
        run(f"echo {cpus} > /sys/class/net/{near}/queues/rx-0/rps_cpus")
    run("mount -t tracefs none /sys/kernel/tracing", check=False)
    run("cd /sys/kernel/tracing && "
        "echo 'p:tipc_test/port tipc_port_find port=%si:u32' > kprobe_events && "
        "echo 1 > events/tipc_test/port/enable")
    run(AT + "/usr/bin/python3 -c '" + ODD_AND_EVEN + "'")
    good = all([int(s.recv(100)) for _ in range(200)] == list(range(200))
               for s in readers)
    run("cd /sys/kernel/tracing && echo 0 > events/tipc_test/port/enable")
    by_cpu = {0: [0, 0], 1: [0, 0]}
    with open("/sys/kernel/tracing/trace", encoding="ascii") as trace:
        for cpu, flags, port in re.findall(
                r"\[(\d+)\] (\S+) .*port=(\d+)$", trace.read(), re.M):
            # What is delivered is delivered in softirqs.
            if int(port) in ports and re.search("[sH]", flags):
                by_cpu[int(cpu)][ports[int(port)]] += 1
    run("cd /sys/kernel/tracing && echo > kprobe_events; echo > trace")
    for near, _ in WIRES:
        run(f"echo 0 > /sys/class/net/{near}/queues/rx-0/rps_cpus")
    tap.ok(good, "what came over two cables to two processors is in order")
    most = [max(by_cpu, key=lambda cpu, n=n: by_cpu[cpu][n]) for n in (0, 1)]
    tap.ok(most[0] != most[1] and
           all(by_cpu[cpu][n] > 100 for n, cpu in enumerate(most)),
           "each of the two sockets has a processor", by_cpu)


def damaged():
    """Bits change on the way: no checksum tells, but it must not last."""
    both_ends("tc qdisc add dev {} root netem corrupt 3%")
    s = sock()
    for n in range(200):
        try:
            s.sendto(b"%08d" % n + bytes(1000), (ADDR, 22000, 1, 0))
        except OSError:
            pass
    both_ends("tc qdisc del dev {} root")
    links_up(2)
    until(lambda: any(n["type"] == 22000 for n in names()))
    sender = Sender(MESSAGES)
    sender.start()
    tap.ok(sender.good(), "after damage all is as before", sender.said)


def all_gone():
    """Both cables are dead, and then one is not."""
    s = sock()
    for near, far in WIRES:
        black_hole(near, far, True)
    tap.ok(until(lambda: says("tipc node list")[1].split()[-1] == "down"),
           "contact ends when both are dead")
    tap.refused(errno.EHOSTUNREACH, "and nothing is sent", s.sendto,
                b"00000000", (ADDR, 22000, 1, 0))
    black_hole("w0", "w1", False)
    tap.ok(until(lambda: any(n["type"] == 22000 for n in names())),
           "it begins anew over one of them")
    sender = Sender(MESSAGES)
    sender.start()
    tap.ok(sender.good(), "and messages pass", sender.said)
    black_hole("v0", "v1", False)
    tap.ok(links_up(2), "the other joins in")


load()
with set_up() as services:
    services.stdout.readline()
    tap.ok(links_up(2), "two links come up", says("tipc link list"))
    tap.ok(until(lambda: any(n["type"] == 22001 for n in names())),
           "names come")
    begun = Sender(MESSAGES), Sender(MESSAGES)
    for one in begun:
        one.start()
    tap.ok(all([one.good() for one in begun]), "messages pass",
           [one.said for one in begun])
    used = [stats(near) for near, _ in WIRES]
    tap.note(json.dumps(used))
    if not STOCK:
        two_processors()
    for netem in NETEM:
        bad_wire(netem)
    for near, far in WIRES:
        run(f"tipc link set tolerance 500 link near:{near}-far:{far}")
    while_sending("a cable is dead", lambda: black_hole("v0", "v1", True),
                  lambda: black_hole("v0", "v1", False))
    while_sending("a cable is pulled", lambda: run("ip link set w0 down"),
                  lambda: run("ip link set w0 up"))
    while_sending("a bearer is disabled",
                  lambda: run("tipc bearer disable media eth device v0"),
                  lambda: run("tipc bearer enable media eth device v0"))
    if not STOCK:
        while_sending("the priority changes too",
                      lambda: (run("tipc link set priority 20 link "
                                   "near:v0-far:v1"),
                               black_hole("w0", "w1", True)),
                      lambda: black_hole("w0", "w1", False))
    all_gone()
    damaged()
    services.stdin.close()
run("ip netns del far")
for near, _ in WIRES:
    until(lambda near=near: not os.path.exists(f"/sys/class/net/{near}"))
tap.end()
