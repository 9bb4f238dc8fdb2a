#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=150
"""
Authenticated labels: what is sent has the code that a hash of our own computes,
what is forged, of another node or of an epoch that is over is dropped for its
reason, and keys change under a connection.
"""
import errno
import os
import select
import socket

import lab
import nl
import tap
import wire

A, B, OTHER = lab.ADDR["a"], lab.ADDR["b"], "10.9.0.3"
RULES = """
allow client -> web : tcp { receive }, udp { receive };
allow web -> client : tcp { receive }, udp { receive };
allow web -> web : tcp { receive }, udp { receive };
"""
KEY = {(nid, epoch): bytes([nid * 16 + epoch + i for i in range(16)])
       for nid in (lab.ME, lab.OTHER) for epoch in range(1, 7)}
PEER_CODED = 2


def key(command, nid, epoch, octets=None, uid=None):
    """One of the commands of keys; its errno."""
    attrs = [lab.u32("NID", nid)] if nid is not None else []
    attrs.append(lab.u32("EPOCH", epoch))
    if octets is not None:
        attrs.append(nl.attr(lab.N["DSM_A_KEY"], octets))
    return lab.run("a", None, lab.error_of, lab.ask, "KEY_" + command,
                   *attrs, uid=uid)


def add(nid, epoch):
    """A key that the tables of this test have."""
    return key("ADD", nid, epoch, KEY[nid, epoch])


def listed():
    """(NID, epoch) of all keys."""
    names = lab.N["DSM_A_NID"], lab.N["DSM_A_EPOCH"]
    return sorted(tuple(int.from_bytes(got[n], "little") for n in names)
                  for got in lab.ask("KEY_GET", dump=True))


def commands():
    """Each command does its work, and each refusal has its error."""
    def load():
        lab.policy("wire code require;" + RULES)
    tap.equal(lab.error_of(load), errno.ENOKEY,
              "a policy that wants codes is refused while no key is in use")
    tap.equal(key("USE", None, 1), errno.ENOENT, "nor is there one to use")
    tap.equal(add(lab.ME, 1), 0, "a key is added")
    tap.equal(add(lab.ME, 1), errno.EEXIST, "but not twice")
    tap.equal([add(lab.ME, e) for e in (2, 3, 4, 5)],
              [0, 0, 0, errno.ENOSPC], "a node has keys of four epochs")
    tap.equal(key("ADD", lab.OTHER, 1, b"x" * 15), errno.ERANGE,
              "a key of 15 octets is refused")
    tap.equal(key("ADD", lab.OTHER, 1), errno.EINVAL, "and so is none")
    tap.equal(key("ADD", lab.OTHER, 0, b"x" * 16), errno.ERANGE,
              "and epoch 0")
    for command in ("ADD", "DEL", "USE"):
        nid = None if command == "USE" else lab.ME
        octets = KEY[lab.ME, 6] if command == "ADD" else None
        tap.equal(key(command, nid, 1, octets, uid=1000), errno.EPERM,
                  f"KEY_{command} is for the privileged")
    tap.equal(key("USE", None, 6), errno.ENOENT, "an epoch without a key")
    tap.equal(key("USE", None, 1), 0, "an epoch is used")
    tap.equal(lab.status()["epoch"], "1", "and status says so")
    tap.equal(key("DEL", lab.ME, 1), errno.EBUSY,
              "the key in use is not deleted")
    tap.equal([key("DEL", lab.ME, e) for e in (2, 3, 4, 4)],
              [0, 0, 0, errno.ENOENT], "others are, once")
    add(lab.OTHER, 1)
    tap.equal(listed(), [(lab.ME, 1), (lab.OTHER, 1)], "what is left is listed")
    lab.policy("wire code require;" + RULES)
    tap.ok(lab.status()["guard"] == "1", "the policy is loaded, the guard there")


def want(src, dst, proto, sid, epoch=1, serial=None):
    """What this node has to send."""
    return wire.coded(KEY[lab.ME, epoch], epoch, src, dst, proto, sid, lab.ME,
                      serial)


def all_coded(packets, epoch=1, serial=None, a=lab.CLIENT, b=lab.WEB):
    """Has each packet between the two the right code?"""
    return bool(packets) and all(
        p.options == want(p.src, p.dst, p.proto, {A: a, B: b}[p.src], epoch,
                          serial) and p.sum == 0
        for p in packets if p.src in (A, B))


def sent(serial=None):
    """TCP, UDP and what the kernel answers, on the wire."""
    server = lab.start("b", lab.WEB, lab.tcp_server, B)
    server.read()
    with wire.Tap("b") as tapped:
        data, who = lab.run("a", lab.CLIENT, lab.tcp_ask, B)
    tap.ok(data == b"HELLO" and who[:3] == (lab.WEB, lab.ME, 1 | PEER_CODED),
           "tcp: arrives, and is said to be authenticated", data, who)
    tcp = [p for p in tapped.packets if p.proto == 6]
    tap.ok(all_coded(tcp, serial=serial), "every segment has the right code",
           *tcp)
    tap.equal(server.read()[1][:3], (lab.CLIENT, lab.ME, 1 | PEER_CODED),
              "the server is told before anything was sent")
    server.kill()
    server = lab.start("b", lab.WEB, lab.udp_server, B)
    server.read()
    for connect, size in ((False, 5), (True, 5), (False, 5000)):
        with wire.Tap("b") as tapped:
            got = lab.run("a", lab.CLIENT, lab.udp_ask, B, b"x" * size, 53, 3,
                          connect)
        tap.ok(len(got) == size and
               server.read()[3][:3] == (lab.CLIENT, lab.ME, 1 | PEER_CODED) and
               all_coded([p for p in tapped.packets if p.proto == 17],
                         serial=serial),
               f"udp: {size} octets, connect={connect}", *tapped.packets)
    server.kill()
    with wire.Tap("b") as tapped:
        tap.equal(lab.run("a", lab.SYSTEM, lab.error_of, lab.tcp_ask, B, b"",
                          81), errno.ECONNREFUSED, "a closed port refuses")
        tap.equal(lab.run("a", lab.SYSTEM, lab.error_of, lab.udp_ask, B, b"x",
                          81, 5, True), errno.ECONNREFUSED, "and one of UDP")
    tap.ok(all_coded(tapped.packets, serial=serial, a=lab.SYSTEM,
                     b=lab.SYSTEM), "RST and ICMP have codes, too",
           *tapped.packets)


def segments():
    """Longer headers leave less room: nothing is sent that does not fit."""
    def server(up):
        s = lab.listening(B)
        up.say()
        c, _ = s.accept()
        left = 300000
        while left:
            left -= len(c.recv(min(left, 65536)))
        c.send(b"all")

    def client():
        with socket.socket() as s:
            s.settimeout(lab.LIMIT)
            s.connect((B, 80))
            s.sendall(bytes(300000))
            return s.recv(10), s.getsockopt(socket.IPPROTO_TCP,
                                            socket.TCP_MAXSEG)
    lab.ip("a", "link", "set", "va", "gso_max_segs", "1")
    there = lab.start("b", lab.WEB, server)
    there.read()
    with wire.Tap("b") as tapped:
        got, mss = lab.run("a", lab.CLIENT, client)
    there.join()
    data = [p for p in tapped.packets if p.src == A and len(p.payload) > 100]
    sizes = {p.ihl + len(p.payload) for p in data}
    tap.ok(got == b"all" and max(sizes) == 1500 and
           not any(p.fragment & 0x3fff for p in data),
           "a bulk transfer fills frames and is not fragmented", sizes, mss)
    tap.ok(all_coded(tapped.packets), "with the code in each of its packets")


server = None


def listener(up):
    """Says every datagram that arrives."""
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    u.bind((B, 53))
    up.say("listening")
    while True:
        for s in select.select([u, up.sock], [], [])[0]:
            if s is up.sock:
                up.hear()
            else:
                up.say(s.recv(65536))


def arrives(*packets, epoch=1):
    """Injects, then a good one: was anything before that?"""
    got = []
    end = os.urandom(4)
    wire.inject("a", *packets, datagram(want(A, B, 17, lab.CLIENT, epoch), end))
    while True:
        data = server.read()
        if data == end:
            return got
        got.append(data)


def datagram(options, data=b"in", src=A):
    """A UDP datagram for the listener."""
    return wire.packet(src, B, 17, wire.udp(1, 53, data), options, ident=9)


def forged():
    """What nobody with the key has made."""
    good = want(A, B, 17, lab.CLIENT)
    of_other = wire.coded(KEY[lab.OTHER, 1], 1, OTHER, B, 17, lab.CLIENT,
                          lab.OTHER)
    tap.equal(arrives(datagram(good)), [b"in"], "a good label arrives")
    tap.equal(arrives(datagram(of_other, src=OTHER)), [b"in"],
              "and another node's, with its key")
    flipped = bytearray(good)
    flipped[29] ^= 1
    mine = KEY[lab.ME, 1]
    for text, reason, one in (
            ("without a code", "code_missing",
             datagram(wire.label(lab.CLIENT, lab.ME))),
            ("with one bit changed", "code_wrong", datagram(bytes(flipped))),
            ("of another SID", "code_wrong",
             datagram(good[:10] + b"\0\0\0\x0a" + good[14:])),
            ("of another protocol", "code_wrong",
             datagram(want(A, B, 6, lab.CLIENT))),
            ("for another receiver", "code_wrong",
             datagram(want(A, OTHER, 17, lab.CLIENT))),
            ("from another address", "code_wrong",
             datagram(of_other[:22] + wire.coded(
                 mine, 1, A, B, 17, lab.CLIENT, lab.OTHER)[22:], src=OTHER)),
            ("with another node's key", "code_wrong",
             datagram(wire.coded(mine, 1, OTHER, B, 17, lab.CLIENT, lab.OTHER),
                      src=OTHER)),
            ("of an epoch without a key", "code_wrong",
             datagram(want(A, B, 17, lab.CLIENT, 2))),
            ("with a serial put in", "code_wrong",
             datagram(wire.coded(mine, 1, A, B, 17, lab.CLIENT, lab.ME, 9)[:26]
                      + good[20:30])),
            ("that claims another NID", "nid_spoofed", datagram(of_other))):
        with lab.Counted("refused." + reason) as counted:
            tap.ok(arrives(one) == [] and counted() == 1,
                   f"a label {text} is dropped: {reason}", counted())
    key("DEL", lab.OTHER, 1)
    with lab.Counted("refused.code_epoch") as counted:
        tap.ok(arrives(datagram(of_other, src=OTHER)) == [] and counted() == 1,
               "a label of a node without keys is dropped: code_epoch")
    add(lab.OTHER, 1)
    tap.equal(arrives(datagram(good), datagram(good)), [b"in", b"in"],
              "who heard a label can send it again: that is not stopped")


def fragments():
    """Fragments belong together by code, too."""
    whole = wire.udp(1, 53, b"f" * 40)
    good = want(A, B, 17, lab.CLIENT)
    bad = good[:-4] + b"x" + good[-3:]

    def parts(first, second, ident):
        return (wire.packet(A, B, 17, whole[:24], first, ident, 0x2000),
                wire.packet(A, B, 17, whole[24:], second, ident, 3))
    tap.equal(arrives(*parts(good, good, 100)), [b"f" * 40],
              "fragments with the same code arrive")
    with lab.Counted("refused.fragments_mixed") as counted:
        tap.ok(arrives(*parts(good, bad, 101)) == [] and counted() == 1,
               "one with a forged code does not get in between")


def rollover():
    """Keys change under a connection, and what is over is over."""
    def chatter(up):
        s = lab.listening(B)
        up.say()
        c, _ = s.accept()
        while c.send(c.recv(10)):
            pass

    def talk(up):
        with socket.socket() as s:
            s.settimeout(lab.LIMIT)
            s.connect((B, 80))
            while True:
                s.send(b"x")
                up.say(s.recv(10))
                up.hear()
    there = lab.start("b", lab.WEB, chatter)
    there.read()
    here = lab.start("a", lab.CLIENT, talk)

    def goes_on(text, epoch):
        with wire.Tap("b") as tapped:
            here.tell()
            tap.ok(here.read() == b"x", text)
        tap.ok(all_coded(tapped.packets, epoch), f"{text}: epoch {epoch}",
               *tapped.packets)
    here.read()
    old = datagram(want(A, B, 17, lab.CLIENT, 1))
    tap.equal(arrives(old), [b"in"], "the old epoch is good")
    add(lab.ME, 2)
    goes_on("a key is added", 1)
    tap.equal(arrives(old, datagram(want(A, B, 17, lab.CLIENT, 2))),
              [b"in", b"in"], "both epochs are")
    key("USE", None, 2)
    goes_on("it is used", 2)
    tap.equal(arrives(old), [b"in"], "the old epoch is good still")
    key("DEL", lab.ME, 1)
    goes_on("the old one is deleted", 2)
    with lab.Counted("refused.code_wrong") as counted:
        tap.ok(arrives(old, epoch=2) == [] and counted() == 1,
               "what was let through a moment before is not any more")
    here.kill()
    there.kill()


def per_peer():
    """Codes wanted of one prefix only, and taken where they are there."""
    lab.policy("wire code send;" + RULES, lab.HEAD.replace(
        "require nid other;", "require nid other code;") + lab.OPEN)
    bare = wire.label(lab.CLIENT, lab.ME)
    tap.equal(arrives(datagram(bare), epoch=2), [b"in"],
              "without a code from a peer that need not have one")
    with lab.Counted("refused.code_missing") as counted:
        tap.ok(arrives(datagram(wire.label(lab.CLIENT, lab.OTHER), src=OTHER),
                       epoch=2) == [] and counted() == 1,
               "but not from one that has to")
    with lab.Counted("refused.code_wrong") as counted:
        tap.ok(arrives(datagram(want(A, B, 17, lab.CLIENT, 1)),
                       epoch=2) == [] and counted() == 1,
               "a wrong code is refused where none is needed, too")


lab.begin()
commands()
sent()
segments()
server = lab.start("b", lab.WEB, listener)
server.read()
forged()
fragments()
rollover()
per_peer()
server.kill()
key("ADD", lab.ME, 1, KEY[lab.ME, 1])
key("USE", None, 1)
lab.policy("wire code require; wire serial require;" + RULES)
sent(serial=lab._serial)  # pylint: disable=protected-access
tap.end()
