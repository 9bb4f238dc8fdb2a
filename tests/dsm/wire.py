# SPDX-License-Identifier: GPL-2.0-only
"""
What is on the wire: a tap in a namespace, IPv4 packets taken apart, and packets
made by hand and sent past everything that would label them.

    with wire.Tap("b") as tapped:
        ...
        tapped.settle()     what was sent so far has been seen
    tapped.packets          list of Packet, in order

    wire.inject("a", wire.packet(src, dst, 17, wire.udp(1, 53, b"x"),
                                 options=wire.label(10, 1)))
"""
import os
import select
import socket
import struct
import threading

import lab

ETH_P_IP = 0x800
MARK = b"\x88\xb5"       # a type of frame that is for experiments


class Packet:
    """An IPv4 packet that was seen."""

    def __init__(self, frame):
        p = frame[14:]
        ihl = (p[0] & 15) * 4
        self.ihl, self.proto = ihl, p[9]
        self.src, self.dst = (socket.inet_ntoa(p[i:i + 4]) for i in (12, 16))
        self.options = bytes(p[20:ihl])
        self.fragment = struct.unpack_from("!H", p, 6)[0] & 0x3fff
        self.payload = bytes(p[ihl:struct.unpack_from("!H", p, 2)[0]])
        self.sum = checksum(p[:ihl])

    def __repr__(self):
        return (f"{self.src}>{self.dst} proto={self.proto} "
                f"options={self.options.hex()} frag={self.fragment:#x} "
                f"{self.payload[:32].hex()}")


_senders = {}


def sender(name):
    """A packet socket at a namespace's veth."""
    made = []

    def make():
        lab.enter(name)         # this thread only
        made.append(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))
        made[0].bind(("v" + name, 0))
    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    return made[0]


class Tap:
    """Sees every IPv4 packet of a namespace's veth while it is open."""

    def __init__(self, name):
        self.name, self.packets = name, []

    def __enter__(self):
        ready = threading.Event()
        self.stop_r, self.stop_w = os.pipe()
        self.marked = threading.Event()
        self.thread = threading.Thread(target=self._look, args=(ready,))
        self.thread.start()
        if not ready.wait(lab.LIMIT):
            raise TimeoutError("tap")
        return self

    def _look(self, ready):
        lab.enter(self.name)        # this thread only
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                           socket.htons(3)) as s:
            s.bind(("v" + self.name, 3))
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            ready.set()
            while True:
                readable = select.select([s, self.stop_r], [], [])[0]
                if s in readable:
                    frame = s.recv(1 << 16)
                    if frame[12:14] == b"\x08\x00":
                        self.packets.append(Packet(frame))
                    elif frame[12:14] == MARK:
                        self.marked.set()
                elif readable:
                    return

    def settle(self):
        """A frame from the other end, behind what was sent there before."""
        other = "b" if self.name == "a" else "a"
        if other not in _senders:
            _senders[other] = sender(other)
        _senders[other].send(b"\xff" * 6 + bytes(6) + MARK + bytes(46))
        if not self.marked.wait(lab.LIMIT):
            raise TimeoutError("the mark")

    def __exit__(self, *_):
        os.write(self.stop_w, b"x")
        self.thread.join()
        os.close(self.stop_r)
        os.close(self.stop_w)
        return False


def checksum(data):
    """RFC 1071; 0 for a header whose checksum is right."""
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def label(sid, nid):
    """The twenty octets."""
    return struct.pack("!BBIBBBBIBBI", 0x86, 20, 0x10001000, 7, 14, 3, 6, sid,
                       6, 6, nid)


def _sip(key, text):
    """SipHash-2-4, as its authors describe it."""
    word = 0xffffffffffffffff
    k = struct.unpack("<QQ", key)
    v = [k[0] ^ 0x736f6d6570736575, k[1] ^ 0x646f72616e646f6d,
         k[0] ^ 0x6c7967656e657261, k[1] ^ 0x7465646279746573]

    def turn(x, by):
        return (x << by | x >> (64 - by)) & word

    def mix(times):
        for _ in range(times):
            for a, b, c, d, by, by2 in ((0, 1, 2, 3, 13, 16),
                                        (2, 1, 0, 3, 17, 21)):
                v[a] = (v[a] + v[b]) & word
                v[b] = turn(v[b], by) ^ v[a]
                v[a] = turn(v[a], 32)
                v[c] = (v[c] + v[d]) & word
                v[d] = turn(v[d], by2) ^ v[c]

    padded = text + bytes(-(len(text) + 1) % 8) + bytes([len(text) & 255])
    for one in struct.unpack(f"<{len(padded) // 8}Q", padded):
        v[3] ^= one
        mix(2)
        v[0] ^= one
    v[2] ^= 0xff
    mix(4)
    return struct.pack("<Q", v[0] ^ v[1] ^ v[2] ^ v[3])


def coded(key, epoch, src, dst, proto, sid, nid, serial=None):
    """The octets of a label with its authentication code."""
    code = _sip(key, struct.pack("!4s4sIIIIB", socket.inet_aton(src),
                                 socket.inet_aton(dst), sid, nid, serial or 0,
                                 epoch, proto))
    body = struct.pack("!BBIBBI", 3, 6, sid, 6, 6, nid)
    if serial:
        body += struct.pack("!BBI", 2, 6, serial)
    body += b"\x08\x0a" + code
    option = struct.pack("!BBIBB", 0x86, 8 + len(body), 0x10001000, 7,
                         2 + len(body)) + body
    return option + bytes(-len(option) % 4)


def udp(sport, dport, data):
    """A UDP datagram without checksum."""
    return struct.pack("!HHHH", sport, dport, 8 + len(data), 0) + data


def icmp_echo(ident=7, data=b"ping"):
    """An echo request."""
    body = struct.pack("!BBHHH", 8, 0, 0, ident, 1) + data
    return body[:2] + struct.pack("!H", checksum(body)) + body[4:]


def tcp_syn(sport, dport, src, dst):
    """A SYN."""
    head = struct.pack("!HHIIBBHHH", sport, dport, 1, 0, 5 << 4, 2, 1000, 0, 0)
    pseudo = socket.inet_aton(src) + socket.inet_aton(dst) + \
        struct.pack("!BBH", 0, 6, len(head))
    return head[:16] + struct.pack("!H", checksum(pseudo + head)) + head[18:]


def packet(src, dst, proto, payload, options=b"", ident=1, frag=0, ttl=64):
    """An IPv4 packet; @options are padded."""
    options += bytes(-len(options) % 4)
    ihl = 5 + len(options) // 4
    head = struct.pack("!BBHHHBBH4s4s", 4 << 4 | ihl, 0,
                       ihl * 4 + len(payload), ident, frag, ttl, proto, 0,
                       socket.inet_aton(src), socket.inet_aton(dst)) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def hardware(name):
    """The hardware address of a namespace's veth."""
    words = lab.ip(name, "-o", "link", "show", "v" + name).split()
    return bytes.fromhex(words[words.index("link/ether") + 1].replace(":", ""))


def inject(name, *packets):
    """Sends packets from a namespace's veth to the other one, as they are."""
    other = "b" if name == "a" else "a"
    head = hardware(other) + hardware(name) + b"\x08\x00"

    def send():
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
            s.bind(("v" + name, ETH_P_IP))
            for one in packets:
                s.send(head + one)
    lab.run(name, None, send)
