#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=120
"""
Packets made by hand: every malformed option is dropped for its own reason,
labels that a peer may not use are, and fragments that do not belong together.
What is right arrives next to each of them.
"""
import os
import select
import socket
import struct

import lab
import tap
import wire

A, B = lab.ADDR["a"], lab.ADDR["b"]
RULES = """
allow client -> web : tcp { receive }, udp { receive };
allow any@other -> web : raw { receive };
"""
GOOD = wire.label(lab.CLIENT, lab.ME)
SERIAL = struct.pack("!BBI", 2, 6, 5)


def option(*params, doi=0x10001000, tag=7, length=None, tag_length=None):
    """An option of any parameters and lengths."""
    body = b"".join(params)
    total = 8 + len(body) if length is None else length
    return struct.pack("!BBIBB", 0x86, total, doi, tag,
                       2 + len(body) if tag_length is None else tag_length) \
        + body


SID = struct.pack("!BBI", 3, 6, lab.CLIENT)
NID = struct.pack("!BBI", 6, 6, lab.ME)
MALFORMED = {
    "short": option(SID),
    "length": option(SID, NID, bytes(20), length=40),
    "tag": option(SID, NID, tag=1),
    "tag_length": option(SID, NID, tag_length=12),
    "param_length": option(b"\x03\x05" + SID[2:], NID),
    "param_unknown": option(SID, NID, struct.pack("!BBI", 5, 6, 1)),
    "param_twice": option(SID, SID),
    "sid_missing": option(NID, SERIAL),
    "nid_missing": option(SID, SERIAL),
    "sid_zero": wire.label(0, lab.ME),
    "nid_zero": wire.label(lab.CLIENT, 0),
}


def listener(up):
    """Says every datagram that arrives, UDP or of protocol 253."""
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    u.bind((B, 53))
    r = socket.socket(socket.AF_INET, socket.SOCK_RAW, 253)
    up.say("listening")
    while True:
        for s in select.select([u, r, up.sock], [], [])[0]:
            if s is up.sock:
                up.hear()
                up.say(None)
            else:
                up.say(s.recv(65536)[-5000:])


server = None


def arrives(*packets):
    """Injects, then a good one: was anything before that?"""
    got = []
    end = os.urandom(4).hex().encode()
    wire.inject("a", *packets,
                wire.packet(A, B, 17, wire.udp(1, 53, end), GOOD, ident=9))
    while True:
        data = server.read()
        if data == end:
            return got
        got.append(data)


def datagram(options, data=b"in", **how):
    """A UDP datagram for the listener."""
    return wire.packet(how.pop("src", A), B, 17, wire.udp(1, 53, data),
                       options, **how)


def malformed():
    """One reason for each kind, and nothing arrives."""
    tap.equal(arrives(datagram(GOOD)), [b"in"], "a good option arrives")
    for reason, opts in MALFORMED.items():
        with lab.Counted("refused." + reason) as counted:
            got = arrives(datagram(opts), datagram(b"\x01\x01\x01\x01" + opts)
                          if len(opts) < 36 else datagram(opts))
            tap.ok(got == [] and counted() == 2,
                   f"{reason}: dropped and counted", got, counted())
    with lab.Counted("refused.option_twice") as counted:
        tap.equal(arrives(datagram(GOOD + GOOD)), [], "two labels are dropped")
        tap.ok(counted() <= 1, "for that, or by the kernel before")
    tap.equal(arrives(datagram(option(NID, SID)),
                      datagram(option(SERIAL, NID, SID)),
                      datagram(b"\x01" + option(SID, NID))),
              [b"in"] * 3, "any order, a serial, and padding before it arrive")
    before = refusals()
    tap.equal(arrives(datagram(option(SID, NID, doi=5))), [],
              "another DOI is left to the kernel, which drops it")
    tap.equal(refusals(), before, "and we count nothing")
    bad = bytearray(datagram(GOOD))
    bad[10] ^= 1
    tap.equal(arrives(bytes(bad)), [], "a wrong checksum is not repaired")
    tap.equal(arrives(datagram(GOOD)[:37]), [], "a cut header is dropped")


def refusals():
    """Counters of refusals, but for what another test's connections add: they
    are closed and go on for a while, and their labels went with the module."""
    return {k: v for k, v in lab.stats().items()
            if "refused" in k and "no_socket_label" not in k}


def forged():
    """Labels that are well-formed and not true."""
    for reason, packet in {
            "rule": datagram(wire.label(lab.STRANGER, lab.ME)),
            "unlabelled": datagram(b""),
            "nid_spoofed": datagram(wire.label(lab.CLIENT, lab.OTHER)),
            "peer_denied": datagram(GOOD, src="192.0.2.1")}.items():
        with lab.Counted("refused." + reason) as counted:
            tap.ok(arrives(packet) == [] and counted() == 1,
                   f"{reason}: dropped and counted", counted())
    other = wire.label(lab.CLIENT, lab.OTHER)
    tap.equal(arrives(datagram(other, src="10.9.0.3")), [b"in"],
              "the same label from the node that it is of arrives")
    raw = [wire.packet(src, B, 253, b"raw", wire.label(lab.CLIENT, nid))
           for src, nid in ((A, lab.ME), ("10.9.0.3", lab.OTHER))]
    got = arrives(*raw) + arrives()
    tap.equal(len(got), 1, "a rule may name the node")


def parts(first, second, ident, swap=False):
    """A datagram in two fragments with these options."""
    whole = wire.udp(1, 53, b"f" * 40)
    two = [wire.packet(A, B, 17, whole[:24], first, ident, 0x2000),
           wire.packet(A, B, 17, whole[24:], second, ident, 3)]
    return two[::-1] if swap else two


def fragments():
    """Fragments are put together only with their like."""
    tap.equal(arrives(*parts(GOOD, GOOD, 100)), [b"f" * 40],
              "fragments of one label arrive")
    other = wire.label(lab.STRANGER, lab.ME)
    ident = 101
    for text, a, b in (("two labels", GOOD, other),
                       ("a label and none", GOOD, b""),
                       ("none and a label", b"", GOOD)):
        for swap in (False, True):
            with lab.Counted("refused.fragments_mixed") as counted:
                tap.ok(arrives(*parts(a, b, ident, swap)) == [] and
                       counted() == 1,
                       f"fragments: {text}, swapped={swap}: the second is "
                       "dropped", counted())
            ident += 1


def flood():
    """More incomplete packets than there is room for are dropped."""
    with lab.Counted("refused.fragments_full") as counted:
        wire.inject("a", *[wire.packet(A, B, 17, b"x" * 24, GOOD, i % 65536,
                                       0x2000, 64 - i // 65536)
                           for i in range(12000)])
        lab.wait(lambda: counted() > 0, "full")
    tap.ok(True, "a flood of first fragments ends at the table's size")
    tap.equal(arrives(datagram(GOOD)), [b"in"], "whole packets go on")


def echo():
    """Echo requests are judged too."""
    for options, text, wanted in ((wire.label(lab.SYSTEM, 1), "answered", 1),
                                  (GOOD, "not answered", 0),
                                  (b"", "not answered", 0)):
        with wire.Tap("b") as tapped:
            wire.inject("a", wire.packet(A, B, 1, wire.icmp_echo(), options))
            arrives()
        replies = [p for p in tapped.packets if p.proto == 1 and p.src == B and
                   p.payload[:1] == b"\0"]
        tap.equal(len(replies), wanted,
                  f"an echo request with {options.hex() or 'no label'}: {text}")


lab.begin()
lab.policy(RULES)
server = lab.start("b", lab.WEB, listener)
server.read()
for test in (malformed, forged, fragments, echo, flood):
    test()
server.kill()
tap.end()
