#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
#
# vm: timeout=120 kernels="6.1"
"""
The netlink family against senders who are wrong, not allowed, or dead.

Messages that are cut off, of the wrong type, with attributes that nobody knows or
far too many of them, and bytes at random: each is refused and changes nothing.
Without CAP_NET_ADMIN all changes are refused. A program that dies while it feeds
a session leaves the table as it was; one that commits changes all routes at
once, and who looks meanwhile always finds one.

FUZZ=N sends N random messages (default 1000), SEED=N others.
"""
import errno
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.environ["TESTLIB"])
import tap  # noqa: E402

TOP = os.environ["TOP"]
REQUEST, ACK, DUMP = 1, 4, 0x300
NLMSG_ERROR, NLMSG_DONE, GENL_CTRL = 2, 3, 16
NESTED = 0x8000


def numbers(prefix):
    """The enum of the uapi header whose members begin so."""
    with open(f"{TOP}/include/uapi/linux/mfib.h", encoding="ascii") as text:
        for body in re.findall(r"enum \w+ {(.*?)};", text.read(), re.S):
            names = re.findall(r"^\t(\w+)", body, re.M)
            if names and names[0].startswith(prefix):
                return {n[len(prefix):]: i for i, n in enumerate(names)}
    raise KeyError(prefix)


CMD, A, RT = (numbers(p) for p in ("MFIB_CMD_", "MFIB_A_", "MFIB_RT_"))
WAY = numbers("MFIB_WAY_")


def attr(kind, data, length=None):
    """An attribute; @length lies about it."""
    head = struct.pack("HH", 4 + len(data) if length is None else length, kind)
    return head + data + b"\0" * (-len(data) % 4)


def u32(kind, value):
    return attr(kind, struct.pack("I", value))


def u8(kind, value):
    return attr(kind, struct.pack("B", value))


def route(dst, length, *more, flags=NESTED):
    """A route by the device, or by what @more says."""
    size = socket.AF_INET6 if ":" in dst else socket.AF_INET
    return attr(A["ROUTE"] | flags, attr(RT["DST"], socket.inet_pton(size, dst))
                + u8(RT["LEN"], length)
                + (b"".join(more) or u32(RT["OIF"], DEVICE)))


class Netlink:
    """A socket of generic netlink, and the family."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.sock.bind((0, 0))
        self.sock.settimeout(30)
        self.seq = 0
        self.family = GENL_CTRL
        answer = self.ask(3, attr(2, b"mfib\0"))[0]
        at = 20
        while at < len(answer):
            size, kind = struct.unpack_from("HH", answer, at)
            if kind == 1:
                self.family = struct.unpack_from("H", answer, at + 4)[0]
            at += (size + 3) & ~3

    def send(self, cmd, payload=b"", flags=REQUEST | ACK, length=None):
        """Sends a message as it is."""
        self.seq += 1
        text = struct.pack("BBH", cmd, 1, 0) + payload
        self.sock.send(struct.pack(
            "IHHII", 16 + len(text) if length is None else length,
            self.family, flags, self.seq, 0) + text)

    def ask(self, cmd, payload=b"", flags=REQUEST | ACK):
        """Messages of the answer; raises OSError."""
        self.send(cmd, payload, flags)
        found = []
        while True:
            text = self.sock.recv(65536)
            while len(text) >= 16:
                size, kind, _, seq, _ = struct.unpack_from("IHHII", text)
                if seq == self.seq and kind == NLMSG_ERROR:
                    err = struct.unpack_from("i", text, 16)[0]
                    if err:
                        raise OSError(-err, os.strerror(-err))
                    return found
                if seq == self.seq and kind == NLMSG_DONE:
                    return found
                if seq == self.seq:
                    found.append(text[:size])
                text = text[(size + 3) & ~3:]

    def error(self, cmd, payload=b"", flags=REQUEST | ACK):
        """The number of the refusal, or 0."""
        try:
            self.ask(cmd, payload, flags)
        except OSError as why:
            return why.errno
        return 0


def mfib(*words):
    return subprocess.run([f"{TOP}/build/tools/mfib", *words], check=True,
                          capture_output=True, text=True).stdout


def table():
    return mfib("route", "show", "fib", "10")


def wrong_messages(nl):
    """One thing wrong in each, all else right."""
    fib, new = u32(A["FIB"], 10), CMD["ROUTE_NEW"]
    good = attr(RT["DST"], b"\x0a\x09\0\0") + u8(RT["LEN"], 16)
    by = u32(RT["OIF"], DEVICE)

    def nest(inner):
        return fib + attr(A["ROUTE"] | NESTED, inner)

    many = b"".join(attr(0 | NESTED, by) for _ in range(65))
    for text, payload in (
            ("no FIB", route("10.9.0.0", 16)),
            ("no route", fib),
            ("a FIB of one byte", u8(A["FIB"], 10) + route("10.9.0.0", 16)),
            ("a FIB of eight bytes", attr(A["FIB"], b"\x0a" + b"\0" * 7)
             + route("10.9.0.0", 16)),
            ("an attribute that nobody knows", fib + u32(200, 1)
             + route("10.9.0.0", 16)),
            ("an attribute of another command", fib + u32(A["UID"], 1)
             + route("10.9.0.0", 16)),
            ("an attribute longer than the message",
             fib + attr(A["ROUTE"] | NESTED, good + by, 4000)),
            ("an attribute shorter than its head",
             fib + struct.pack("HH", 2, A["ROUTE"] | NESTED)),
            ("a nest that is not marked as one", fib
             + route("10.9.0.0", 16, flags=0)),
            ("a nest with an attribute cut off", nest(good + by[:6])),
            ("bytes behind the last attribute of a nest", nest(good + by)
             + b"\1\2\3"),
            ("an unknown attribute in a route", nest(good + by + u32(90, 1))),
            ("a destination of five bytes",
             nest(attr(RT["DST"], b"\x0a\0\0\0\0") + u8(RT["LEN"], 8) + by)),
            ("a destination of 300 bytes",
             nest(attr(RT["DST"], b"\x0a" * 300) + u8(RT["LEN"], 8) + by)),
            ("no destination", nest(u8(RT["LEN"], 8) + by)),
            ("a length of 33", nest(attr(RT["DST"], b"\x0a\0\0\0")
                                    + u8(RT["LEN"], 33) + by)),
            ("host bits", nest(attr(RT["DST"], b"\x0a\0\0\1")
                               + u8(RT["LEN"], 8) + by)),
            ("no next hop", nest(good)),
            ("device 0", nest(good + u32(RT["OIF"], 0))),
            ("a gateway of another family",
             nest(attr(RT["DST"], b"\xfd" + b"\0" * 15) + u8(RT["LEN"], 64)
                  + attr(RT["GATEWAY"], b"\x0a\0\0\2") + by)),
            ("a type that is not there", nest(good + u8(RT["TYPE"], 99))),
            ("a type of the kernel's own", nest(good + u8(RT["TYPE"], 1))),
            ("an MTU of 7", nest(good + by + u32(RT["MTU"], 7))),
            ("65 ways", nest(good + attr(RT["WAYS"] | NESTED, many))),
            ("no ways in ways", nest(good + attr(RT["WAYS"] | NESTED, b""))),
            ("weight 0", nest(good + attr(RT["WAYS"] | NESTED, attr(
                0 | NESTED, by + u32(WAY["WEIGHT"], 0)))))):
        got = nl.error(new, payload)
        tap.ok(got in (errno.EINVAL, errno.ERANGE, errno.EOPNOTSUPP),
               f"{text}: refused", f"got {got}")
    for text, number, payload in (
            ("a FIB that is not there", errno.ENOENT,
             u32(A["FIB"], 4711) + route("10.9.0.0", 16)),
            ("a device that is not there", errno.ENODEV,
             nest(good + u32(RT["OIF"], 0x7fffffff))),
            ("a device with a negative number", errno.ENODEV,
             nest(good + u32(RT["OIF"], 0xfffffff0))),
            ("a next hop that is not there", errno.ENOENT,
             nest(good + u32(RT["NH_ID"], 4711)))):
        got = nl.error(new, payload)
        tap.ok(got == number, f"{text}: refused", f"got {got}")
    got = nl.error(99, fib)
    tap.ok(got == errno.EOPNOTSUPP, "a command that is not there: refused",
           f"got {got}")


def cut_off(nl):
    """A good message at each of its lengths, as the head says or as it is."""
    whole = u32(A["FIB"], 10) + route("10.9.0.0", 16)
    bad = [n for n in range(len(whole)) if n != 8
           and not nl.error(CMD["ROUTE_NEW"], whole[:n])]
    tap.ok(not bad, "a message that is cut off is refused at every length", bad)
    for length in (0, 3, 15, 17, 4096, 0xffffffff):
        nl.send(CMD["ROUTE_NEW"], whole, length=length)
    time.sleep(0.1)
    nl.sock.setblocking(False)
    try:
        while nl.sock.recv(65536):
            pass
    except BlockingIOError:
        pass
    nl.sock.setblocking(True)
    nl.sock.settimeout(30)
    tap.ok(not nl.error(CMD["FIB_GET"], u32(A["FIB"], 10)),
           "and one whose head lies does no harm")


def many_attributes(nl):
    """Thousands of attributes in a message."""
    fib = u32(A["FIB"], 10)
    got = nl.error(CMD["ROUTE_NEW"], fib + u32(A["FIB"], 10) * 4000
                   + route("10.9.0.0", 16) + route("10.9.0.0", 16))
    tap.ok(got == errno.EEXIST, "the same attribute 4,000 times", f"got {got}")
    nl.ask(CMD["ROUTE_DEL"], fib + route("10.9.0.0", 16))
    routes = [route(f"10.10.{n // 256}.{n % 256}", 32) for n in range(1000)]
    nl.ask(CMD["ROUTE_NEW"], fib + b"".join(routes))
    tap.ok(table().count("10.10.") == 1000, "1,000 routes in a message")
    got = nl.error(CMD["ROUTE_NEW"], fib + b"".join(
        [route("10.11.0.0", 24), routes[0], route("10.11.1.0", 24)]))
    tap.ok(got == errno.EEXIST and "10.11.0.0" in table()
           and "10.11.1.0" not in table(),
           "the first that is refused ends a message", f"got {got}")
    nl.ask(CMD["ROUTE_DEL"], fib + b"".join(routes)
           + route("10.11.0.0", 24))


def not_allowed():
    """Each change, by a user without a capability; looking is for all."""
    wrong = []
    child = os.fork()
    if not child:
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
        nl = Netlink()
        fib = u32(A["FIB"], 10)
        for cmd, payload in (
                ("FIB_NEW", u32(A["FIB"], 11)), ("FIB_DEL", fib),
                ("FIB_SET", fib + u32(A["MAX_ROUTES4"], 1)),
                ("LINK_SET", fib + u32(A["IFINDEX"], DEVICE)),
                ("ROUTE_NEW", fib + route("10.9.0.0", 16)),
                ("ROUTE_DEL", fib + route("10.8.0.0", 16)),
                ("ROUTE_FLUSH", fib),
                ("SESSION_BEGIN", fib + u8(A["FAMILY"], socket.AF_INET)),
                ("SESSION_COMMIT", fib + u8(A["FAMILY"], socket.AF_INET)),
                ("NEXTHOP_NEW", attr(A["NEXTHOP"] | NESTED, u32(1, 5))),
                ("NEXTHOP_DEL", u32(A["NH_ID"], 5)),
                ("RULE_NEW", attr(A["RULE"] | NESTED, u32(1, 5))),
                ("RULE_DEL", attr(A["RULE"] | NESTED, u32(1, 5))),
                ("GRANT_SET", fib + u32(A["UID"], 1) + u8(A["GRANTED"], 1)),
                ("RESYNC", b"")):
            if nl.error(CMD[cmd], payload) != errno.EPERM:
                wrong.append(cmd)
        if nl.error(CMD["FIB_GET"], fib):
            wrong.append("FIB_GET")
        if nl.error(CMD["ROUTE_GET"], fib
                    + attr(A["ADDRESS"], b"\x0a\x08\0\1")):
            wrong.append("ROUTE_GET")
        if wrong:
            print(f"# {wrong}", flush=True)
        os._exit(bool(wrong))
    tap.ok(os.waitpid(child, 0)[1] == 0,
           "without the capability nothing is changed, and all is shown")


def session_dies(nl):
    """A program is killed while it feeds."""
    fib = u32(A["FIB"], 10)
    four = fib + u8(A["FAMILY"], socket.AF_INET)
    before = table()
    ready, told = os.pipe()
    child = os.fork()
    if not child:
        other = Netlink()
        other.ask(CMD["SESSION_BEGIN"], four)
        other.ask(CMD["ROUTE_NEW"], fib + attr(A["SESSION"], b"") + b"".join(
            route(f"10.12.{n // 256}.{n % 256}", 32) for n in range(600)))
        os.write(told, b"x")
        signal.pause()
    os.read(ready, 1)
    tap.ok(nl.error(CMD["SESSION_BEGIN"], four) == errno.EBUSY,
           "a second session for a table is refused")
    tap.ok(nl.error(CMD["SESSION_COMMIT"], four) == errno.EINVAL and
           nl.error(CMD["ROUTE_NEW"], fib + attr(A["SESSION"], b"")
                    + route("10.9.0.0", 16)) == errno.EINVAL,
           "nobody else commits a session or feeds it")
    tap.ok(table() == before, "what a session has been fed is not in the table")
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    deadline = time.time() + 30
    while nl.error(CMD["SESSION_BEGIN"], four):
        if time.time() > deadline:
            break
        time.sleep(0.05)
    tap.ok(time.time() <= deadline, "when its program dies a session is over")
    nl.ask(CMD["SESSION_ABORT"], four)
    tap.ok(table() == before, "and the table is as it was")


def replaced_at_once(nl):
    """While tables are replaced, an address always has a route."""
    fib = u32(A["FIB"], 10)
    four = fib + u8(A["FAMILY"], socket.AF_INET)
    addr = attr(A["ADDRESS"], b"\x0a\x0d\x01\x02")
    nl.ask(CMD["ROUTE_NEW"], fib + route("10.13.0.0", 16))
    stop, seen = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        os.close(stop[1])
        os.set_blocking(stop[0], False)
        other, lengths, missed = Netlink(), set(), 0
        while True:
            try:
                if not os.read(stop[0], 1):
                    break
            except BlockingIOError:
                pass
            try:
                text = other.ask(CMD["ROUTE_GET"], fib + addr)[0]
                at = text.find(struct.pack("HH", 5, RT["LEN"]))
                lengths.add(text[at + 4])
            except OSError:
                missed += 1
        os.write(seen[1], bytes([min(missed, 255)]) + bytes(sorted(lengths)))
        os._exit(0)
    os.close(stop[0])
    for turn in range(24):
        length = 16 + turn % 2 * 8
        nl.ask(CMD["SESSION_BEGIN"], four)
        nl.ask(CMD["ROUTE_NEW"], fib + attr(A["SESSION"], b"") + b"".join(
            [route("10.8.0.0", 16)]
            + [route(f"10.13.{n if turn % 2 else 0}.0", length)
               for n in range(200 if turn % 2 else 1)]))
        nl.ask(CMD["SESSION_COMMIT"], four)
    os.close(stop[1])
    os.waitpid(child, 0)
    got = os.read(seen[0], 256)
    tap.ok(got[0] == 0, "who looks while tables are replaced finds a route",
           f"{got[0]} times none")
    tap.ok(set(got[1:]) <= {16, 24}, "of the old table or of the new one",
           list(got[1:]))
    nl.ask(CMD["ROUTE_FLUSH"], four)


def random_bytes(nl):
    """Good messages with some bytes changed, and bytes alone."""
    seed = int(os.environ.get("SEED", time.time_ns() % 2**32))
    count = int(os.environ.get("FUZZ", 1000))
    print(f"# SEED={seed}", flush=True)
    dice = random.Random(seed)
    fib = u32(A["FIB"], 10)
    models = [fib + route("10.9.0.0", 16), fib + attr(A["ADDRESS"], b"\x0a" * 4),
              fib + u8(A["FAMILY"], 2),
              attr(A["NEXTHOP"] | NESTED, u32(1, 5) + u32(4, DEVICE)),
              attr(A["RULE"] | NESTED, u32(1, 5) + u32(2, 10)),
              fib + u32(A["UID"], 5) + u8(A["GRANTED"], 1)]
    # Not what would take the device or the FIB away.
    cmds = [c for n, c in CMD.items() if n not in (
        "UNSPEC", "FIB_NEW", "FIB_DEL", "LINK_SET", "EVENT")
        and not n.startswith("_")]
    for _ in range(count):
        payload = bytearray(dice.choice(models))
        for _ in range(dice.randrange(4)):
            payload[dice.randrange(len(payload))] = dice.randrange(256)
        if not dice.randrange(8):
            payload = bytes(dice.randrange(256)
                            for _ in range(dice.randrange(200)))
        nl.error(dice.choice(cmds), bytes(payload),
                 REQUEST | ACK | dice.choice((0, 0, DUMP)))
    tap.ok(not nl.error(CMD["FIB_GET"], fib),
           f"after {count} random messages the family answers")
    nl.error(CMD["SESSION_ABORT"], fib + u8(A["FAMILY"], socket.AF_INET))
    nl.error(CMD["SESSION_ABORT"], fib + u8(A["FAMILY"], socket.AF_INET6))
    nl.ask(CMD["FIB_SET"], fib + u32(A["MAX_ROUTES4"], 0xffffffff)
           + u32(A["MAX_ROUTES6"], 0xffffffff)
           + attr(A["MAX_BYTES"], struct.pack("Q", 2**63 - 1)))
    nl.ask(CMD["ROUTE_FLUSH"], fib)
    nl.ask(CMD["ROUTE_NEW"], fib + route("10.9.0.0", 16))
    tap.ok("10.9.0.0/16" in mfib("route", "get", "10.9.1.1", "fib", "10"),
           "and the table takes routes and shows them")


def main():
    """All of it, in one FIB."""
    nl = Netlink()
    nl.ask(CMD["ROUTE_NEW"], u32(A["FIB"], 10) + route("10.8.0.0", 16))
    before = table()
    wrong_messages(nl)
    cut_off(nl)
    many_attributes(nl)
    tap.ok(table() == before, "all that has left the table as it was")
    not_allowed()
    tap.ok(table() == before, "and that, too")
    session_dies(nl)
    replaced_at_once(nl)
    random_bytes(nl)
    tap.end()


subprocess.run("modprobe mfib && ip link add d0 type dummy && "
               "ip link set d0 up", shell=True, check=True)
try:
    mfib("fib", "add", "10")
    DEVICE = socket.if_nametoindex("d0")
    main()
finally:
    subprocess.run("ip link del mfib10; ip link del d0; rmmod mfib",
                   shell=True, check=False)
