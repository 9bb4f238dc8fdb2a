#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=200 kernels="6.12"
"""
Neighbours on an Ethernet: addresses that others want or have, and those who
forge, repeat, restart and flood. On one kernel: what judges them is the same code
on both, and asks nothing of the kernel.
"""
import random
import socket
import struct
import subprocess

import tap
from cable import AT, SIZES, counters, echoes, enable, linked, set_up
from lab import ADDR, load, run, says, sock, until

ETH = 0x88ca
NETID = 4711


# ---- addresses -------------------------------------------------------------------

def discovery(kind, node, ident, mac, netid=NETID, caps=0x29, domain=0,
              rand=77, media=1):
    """The bytes of a discovery message, in a frame."""
    words = [2 << 29 | 13 << 25 | 15 << 21 | 1 << 20 | 76,
             kind << 29 | caps << 15 | rand, domain, node, netid]
    body = struct.pack(">5I", *words) + bytes([0, 0, 0, media]) + mac + \
        bytes(22) + struct.pack(">2I", 99, 0)
    return body + ident.ljust(16, b"\0")


def frame(mac, body, dst=b"\xff" * 6):
    """A frame of ours."""
    return dst + mac + struct.pack(">H", ETH) + body


class Neighbour:
    """Somebody on the cable, at its far end."""

    def __init__(self):
        # The socket is made by a process in the other namespace.
        code = ("import socket, sys, struct\n"
                "s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)\n"
                "s.bind(('v1', 0))\n"
                "i = sys.stdin.buffer\n"
                "while True:\n"
                "    h = i.read(2)\n"
                "    if len(h) < 2: break\n"
                "    d = i.read(struct.unpack('>H', h)[0])\n"
                "    try: s.send(d)\n"
                "    except OSError: pass\n")
        self.proc = subprocess.Popen(AT.split() + ["/usr/bin/python3", "-c",
                                                   code],
                                     stdin=subprocess.PIPE)

    def send(self, data):
        """One frame."""
        self.proc.stdin.write(struct.pack(">H", len(data)) + data)

    def flush(self):
        """All that was sent is on the cable."""
        self.proc.stdin.flush()

    def close(self):
        """Waits until all is sent."""
        self.proc.stdin.close()
        self.proc.wait()


def duplicates(own):
    """Somebody else has our address, or our identity."""
    before = counters()
    n = Neighbour()
    mac = b"\x02\0\0\0\0\x11"
    n.send(frame(mac, discovery(0, own, b"someone", mac)))
    n.send(frame(mac, discovery(0, 0x1234, b"near", mac)))
    n.send(frame(mac, discovery(0, 0x1234, b"other", mac, netid=5)))
    n.close()
    tap.ok(until(lambda: counters()["duplicate_address"] >
                 before["duplicate_address"] and
                 counters()["duplicate_identity"] >
                 before["duplicate_identity"] and
                 counters()["other_net"] > before["other_net"]),
           "who has our address or identity is counted", counters())

    def logged():
        """Lines are limited in number, so it may take another time."""
        n = Neighbour()
        n.send(frame(mac, discovery(0, own, b"someone", mac)))
        n.send(frame(mac, discovery(0, 0x1234, b"near", mac)))
        n.close()
        log = run("dmesg")
        return ("02:00:00:00:00:11 has our address" in log and
                "02:00:00:00:00:11 has our identity" in log)
    tap.ok(until(logged), "and logged")
    tap.ok(linked("v0", "v1"), "the link does not mind")


def trial():
    """A node whose address is taken gets another, and is linked."""
    run("ip netns add third")
    run("ip link add t0 type veth peer name t1 netns third")
    run("ip link set t0 up; ip -n third link set t1 up")
    run("tipc bearer enable media eth device t0")
    # Another identity with the same hash: 32 bits, by exclusive or.
    run("ip netns exec third tipc node set identity "
        "000000000000000000000000" + b"near".hex())
    run("ip netns exec third tipc bearer enable media eth device t1")
    tap.ok(until(lambda: "t0" in run("tipc link list") and any(
        "t0" in line and line.endswith("up")
        for line in says("tipc link list")[:-1])),
           "who wants our address is linked", says("tipc link list"))
    addr = says("ip netns exec third tipc node get address")[0]
    own = says("tipc node get address")[0]
    tap.ok(addr != own and addr != "00000000", "with another address", addr,
           own)
    run("tipc bearer disable media eth device t0; ip netns del third")


# ---- bad neighbours --------------------------------------------------------------

def flood():
    """Forged discovery, and anything else."""
    rng = random.Random(7)
    before = counters()
    n = Neighbour()
    for i in range(800):
        mac = b"\x02\x77" + struct.pack(">I", i)
        n.send(frame(mac, discovery(i & 1, 0x70000000 + i, b"x%d" % i, mac)))
    good = discovery(0, 0x7f000000, b"bad", b"\x02\0\0\0\0\x22")
    for i in range(600):
        body = bytearray(good[:rng.randrange(len(good) + 1)])
        for _ in range(rng.randrange(4)):
            if body:
                body[rng.randrange(len(body))] = rng.randrange(256)
        n.send(frame(b"\x02\0\0\0\0\x22", bytes(body)))
    # As the far node would send them: protocol, fragments, slices, bundles.
    mac = bytes.fromhex(run(AT + "cat /sys/class/net/v1/address").strip()
                        .replace(":", ""))
    far = int(says(AT + "tipc node get address")[0], 16)
    for i in range(600):
        user = rng.choice((5, 6, 7, 10, 11, 12, 12, 12))
        size = rng.randrange(40, 200)
        words = [2 << 29 | user << 25 | 10 << 21 | size,
                 rng.randrange(8) << 29 | rng.randrange(1 << 16),
                 rng.getrandbits(32), far] + \
            [rng.getrandbits(32) for _ in range(6)]
        n.send(frame(mac, struct.pack(">10I", *words) +
                     rng.randbytes(size - 40)))
    n.close()
    now = counters()
    tap.ok(now["too_many_strangers"] > before["too_many_strangers"],
           "of forged nodes few are looked at", now)
    tap.ok(now["bad"] > before["bad"], "what is no message is counted")
    tap.ok(until(lambda: linked("v0", "v1")), "the true neighbour is linked")
    tap.ok(until(lambda: "23000" in run("tipc nametable show")), "with names")
    tap.equal(echoes(SIZES), [], "and answers")
    lines = len([line for line in run("dmesg").splitlines()
                 if "tipc" in line])
    tap.ok(lines < 400, "the log is not full of it", lines)


def link_counters():
    """The counters of the link over v0."""
    for line in run("cat /proc/net/tipc/links").splitlines():
        words = line.split()
        if words[0] == "near:v0-far:v1":
            return dict(zip(words[1::2], map(int, words[2::2])))
    return {}


def duplicates_of_link():
    """Packets that the link over v0 got once more."""
    text = run("tipc link stat show link near:v0-far:v1")
    return int(text.split("dups:")[1].split()[0])


def record(count):
    """Frames of the far node while messages go there and back, and the socket
    that got the answers."""
    s = sock()
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as tap_:
        tap_.bind(("v0", ETH))
        tap_.settimeout(1)
        for i in range(count):
            s.sendto(b"%d" % i, (ADDR, 23000, 5, 0))
            if s.recv(100) != b"%d" % i:
                tap.ok(False, "answers come in turn")
        frames = []
        try:
            while len(frames) < 3 * count:
                data, at = tap_.recvfrom(70000)
                if at[2] != socket.PACKET_OUTGOING:
                    frames.append(data)
        except OSError:
            pass
    return s, frames


def replay():
    """What the far node has said is said again, later, and changed."""
    s, frames = record(60)
    tap.ok(len(frames) >= 60, "packets of the neighbour are recorded",
           len(frames))
    links, dups = link_counters(), duplicates_of_link()
    n = Neighbour()
    for data in frames:
        n.send(data)
    # Numbers that nobody can have sent yet; acknowledged what was not sent.
    for data in frames[:20]:
        words = list(struct.unpack(">4I", data[14:30]))
        if words[0] >> 25 & 15 > 3:
            continue
        acked, number = words[2] >> 16, words[2] & 0xffff
        for words[2] in (acked << 16 | (number + 9000) & 0xffff,
                         (acked + 2000 & 0xffff) << 16 | number):
            n.send(data[:14] + struct.pack(">4I", *words) + data[30:])
    n.close()
    tap.ok(until(lambda: duplicates_of_link() > dups), "what is played again "
           "is counted")
    tap.ok(until(lambda: link_counters()["outside"] > links["outside"]),
           "and numbers out of range", link_counters())
    tap.ok(linked("v0", "v1"), "the link stays up")
    s.setblocking(False)
    try:
        tap.ok(False, "nothing came twice", s.recv(100))
    except BlockingIOError:
        tap.ok(True, "nothing came twice")
    tap.equal(echoes(SIZES), [], "and it goes on")


def restarts():
    """A neighbour that goes and comes, many times in a second."""
    again = AT + "sh -ec 'for i in 1 2 3 4 5 6 7 8; do %s; done'"
    run(again % ("tipc bearer disable media eth device v1; "
                 "tipc bearer enable media eth device v1"))
    run(again % "ip link set v1 down; ip link set v1 up")
    tap.ok(until(lambda: linked("v0", "v1")), "who restarts often is linked")
    tap.ok(until(lambda: "23000" in run("tipc nametable show")), "with names")
    tap.equal(echoes(SIZES), [], "and answers")


def another():
    """A node goes, and another is there with its address and its interface."""
    addrs = set()
    # Their hashes are the same: 32 bits, by exclusive or.
    zeros = "0" * 24
    for ident, name in (("one", "one"), (zeros + b"one\0".hex(),
                                         zeros + b"one".hex())):
        run("ip netns add other")
        run("ip link add t0 type veth peer name t1 address 02:00:00:00:00:33 "
            "netns other")
        run("ip link set t0 up; ip -n other link set t1 up")
        run(f"ip netns exec other tipc node set identity {ident}")
        run("tipc bearer enable media eth device t0")
        run("ip netns exec other tipc bearer enable media eth device t1")
        tap.ok(until(lambda: f"t0-{name}:t1: up" in run("tipc link list")),
               f"{name} is linked", run("tipc link list"))
        addrs.add(says("ip netns exec other tipc node get address")[0])
        run("ip netns exec other tipc bearer disable media eth device t1; "
            "ip netns del other")
        run("tipc bearer disable media eth device t0; ip link del t0",
            check=False)
    tap.equal(len(addrs), 1, "both have one address")


load()
with set_up() as services:
    services.stdout.readline()
    enable("v0", "v1")
    tap.ok(until(lambda: linked("v0", "v1")), "a link comes up")
    tap.ok(until(lambda: "23000" in run("tipc nametable show")), "with names")
    address = int(says("tipc node get address")[0], 16)
    duplicates(address)
    trial()
    another()
    replay()
    restarts()
    flood()
    services.stdin.close()
run("ip netns del far")
tap.end()
