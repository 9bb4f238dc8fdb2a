#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=150
"""
Datagrams that go together: what is on the cable with each part of the offload
turned off, and that all messages arrive whatever it is.
"""
import json
import socket
import struct
import subprocess
import sys

import cable
import tap
import xdp
from cable import AT, burst, counters, echoes
from lab import load, run, says, until

SIZES = (1, 1432, 1433, 9000, 33000, 65000, 66000)
PORT = 6118

# ---- what is on the cable ------------------------------------------------------


def summed(data):
    """The sum of the Internet's protocols over bytes."""
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def look(frame, seen):
    """Adds a frame to what was seen, if it is a datagram of ours."""
    ip, later = frame[14:], False
    if ip[0] >> 4 == 4 and ip[9] == 17:
        length, = struct.unpack_from(">H", ip, 2)
        udp, addresses = ip[20:length], ip[12:20]
        piece, = struct.unpack_from(">H", ip, 6)
        seen["fragments"] += bool(piece & 0x3fff)
        later = piece & 0x1fff
        seen["bad"] += summed(ip[:20]) != 0xffff
    elif ip[0] >> 4 == 6 and ip[6] == 17:
        length = 40 + struct.unpack_from(">H", ip, 4)[0]
        udp, addresses = ip[40:length], ip[8:40]
    else:
        return
    seen["longest"] = max(seen["longest"], len(frame))
    if later:
        return
    _, port, length, check = struct.unpack_from(">4H", udp)
    if port != PORT:
        return
    seen["datagrams"] += 1
    seen["bad"] += length != len(udp)
    seen["together"] += \
        struct.unpack_from(">I", udp, 8)[0] & 0x1ffff != length - 8
    seen["unsummed"] += not check or summed(
        addresses + struct.pack(">HH", 17, length) + udp) != 0xffff


def watch(name):
    """In the far namespace: says at each line what was seen since the last."""
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.bind((name, 3))
    s.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)
    print("ready", flush=True)
    for _ in sys.stdin:
        seen = dict.fromkeys(("datagrams", "longest", "bad", "fragments",
                              "together", "unsummed"), 0)
        try:
            while True:
                frame, at = s.recvfrom(70000, socket.MSG_DONTWAIT)
                if at[2] != socket.PACKET_OUTGOING:
                    look(frame, seen)
        except BlockingIOError:
            print(json.dumps(seen), flush=True)


class Watcher:
    """What arrives at the far end of the cable."""

    def __init__(self):
        self.program = subprocess.Popen(
            AT.split() + [sys.executable, __file__, "watch", "v1"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.program.stdout.readline()

    def seen(self):
        """Since it was asked last."""
        self.program.stdin.write("\n")
        self.program.stdin.flush()
        return json.loads(self.program.stdout.readline())

    def end(self):
        """Looks no longer."""
        self.program.stdin.close()
        self.program.wait()


# ---- offload ------------------------------------------------------------------


def ethtool(near, far):
    """Sets an offload at both ends; "" for nothing."""
    for at, name, what in (("", "v0", near), (AT, "v1", far)):
        for way in filter(None, what.split(",")):
            tap.note(at, way, says(at + f"ethtool -K {name} {way}"))


def whole(seen):
    """Of chains and large packets: they came as they are."""
    return seen["longest"] > 60000


def cut(seen):
    """Right datagrams, none larger than the wire's, none in pieces."""
    return 1000 < seen["longest"] <= 1514 and seen["datagrams"] > 90 and \
        not seen["together"] and not seen["fragments"] and not seen["bad"]


def joined(seen):
    """Datagrams of the wire that were put together before they were seen."""
    return seen["longest"] > 9000 and seen["together"] and \
        not seen["fragments"] and not seen["bad"]


def right(seen):
    """The same, with sums."""
    return cut(seen) and not seen["unsummed"]


def ways(what, watcher, name):
    """Every kind of sender and receiver."""
    for why, near, far, wanted in (
            ("as they are", "", "", whole),
            ("cut by the kernel", "tx-gso-list off", "", cut),
            ("with its sums", "tx off", "", right),
            ("and received together", "", "gro on", joined),
            # This kind of cable asks whether TCP is cut, too.
            ("sums by the interface", "tx on,tx-gso-list off,tso off", "",
             joined),
            ("cut at once, received together", "gso off", "", joined),
            ("cut at once", "", "gro off,gso off", cut),
            ("as they are again", "gso on,tx-gso-list on,tso on",
             "gso on,gro off", whole)):
        ethtool(near, far)
        watcher.seen()
        before = counters(f"udp:{name}", AT)
        tap.equal(echoes(SIZES), [], f"{what}, {why}: all sizes come back")
        seen = watcher.seen()
        tap.ok(wanted(seen), f"{what}, {why}: what is on the cable", seen)
        after = counters(f"udp:{name}", AT)
        if wanted is joined:
            tap.ok(after["rx_batches"] - before["rx_batches"] <
                   (after["rx_packets"] - before["rx_packets"]) // 2,
                   f"{what}, {why}: many at a time", before, after)


def generic_xdp(what, name):
    """A program at the far end that is given chains linear."""
    with xdp.on("v1", AT) as program:
        tap.ok(program, f"{what}: a program of the generic XDP")
        tap.equal(echoes(SIZES), [], f"{what}: all sizes come back")
        good, sent, again = burst(name, name)
        tap.ok(good and again < sent, f"{what}: no chain loses packets",
               good, sent, again)


def in_pieces(watcher):
    """Who wants larger datagrams than the wire has them in pieces, each right."""
    set_mtu = "tipc bearer set mtu 9000 media udp name A"
    run(set_mtu + ";" + AT + set_mtu)
    watcher.seen()
    tap.equal(echoes(SIZES), [], "datagrams of 9,000 bytes: all sizes come back")
    seen = watcher.seen()
    tap.ok(seen["fragments"] > 90 and seen["longest"] <= 1514,
           "in pieces", seen)


def stranger(watcher):
    """A socket that knows nothing of chains gets single datagrams."""
    run(AT + "tipc bearer disable media udp name A")
    code = ("import socket, sys\n"
            "s = socket.socket(2, 2); s.bind(('10.9.0.2', 6118))\n"
            "s.settimeout(20)\n"
            "print('ready', flush=True)\n"
            "print(all(s.recv(70000)[0] >> 5 == 2 for _ in range(3)))\n")
    with subprocess.Popen(AT.split() + [sys.executable, "-c", code],
                          stdout=subprocess.PIPE, text=True) as far:
        far.stdout.readline()
        tap.equal(far.stdout.readline(), "True\n",
                  "another program at the far end gets messages one by one")
    watcher.seen()


def bearer(name, near, far):
    """A link over a list of peers."""
    enable = "tipc bearer enable media udp name "
    run(enable + f"{name} localip {near} remoteip {far}")
    run(AT + enable + f"{name} localip {far} remoteip {near}")
    tap.ok(until(lambda: cable.linked(name, name)), f"{near}: a link",
           says("tipc link list"))
    tap.ok(until(lambda: "23000" in run("tipc nametable show")),
           f"{near}: with names")


def main():
    """All of it."""
    load()
    with cable.set_up() as services:
        services.stdout.readline()
        run("ip addr add 10.9.0.1/24 dev v0; "
            "ip -n far addr add 10.9.0.2/24 dev v1")
        run("ip addr add fd09::1/64 dev v0 nodad; "
            "ip -n far addr add fd09::2/64 dev v1 nodad")
        watcher = Watcher()
        for name, near, far in (("B", "fd09::1", "fd09::2"),
                                ("A", "10.9.0.1", "10.9.0.2")):
            bearer(name, near, far)
            ways(near, watcher, name)
            generic_xdp(near, name)
            if name == "A":
                in_pieces(watcher)
                stranger(watcher)
            for at in "", AT:
                run(at + f"tipc bearer disable media udp name {name}",
                    check=False)
            tap.ok(until(lambda at=name: not cable.linked(at, at)),
                   f"{near}: disabled")
        watcher.end()
        services.stdin.close()
    run("ip netns del far")
    tap.end()


if sys.argv[1:2] == ["watch"]:
    watch(sys.argv[2])
else:
    main()
