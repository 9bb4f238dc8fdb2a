#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=120
"""
Sockets of all kinds on one node, as programs see them: results, errno, poll
bits, control data. TIPC=stock asks the kernel's own module the same.
"""
import errno
import os
import select
import socket
import struct
import threading

import tap
from lab import (ADDR, AF_TIPC, ID, NODE, RANGE, SOL_TIPC, STOCK, bound, load,
                 run, sock)

RDM, DGRAM = socket.SOCK_RDM, socket.SOCK_DGRAM
SEQ, STREAM = socket.SOCK_SEQPACKET, socket.SOCK_STREAM
IMPORTANCE, SRC_DROPPABLE, DEST_DROPPABLE, TIMEOUT = 127, 128, 129, 130
DEPTH, USED = 132, 137
ERRINFO, RETDATA, DESTNAME = 1, 2, 3
NO_PORT, OVERLOAD, SHUTDOWN = 2, 4, 5
IN, OUT, HUP = 0x41, 0x4, 0x10

_types = iter(range(30000, 40000))


def bits(s):
    """What poll() says now."""
    p = select.poll()
    p.register(s, 0xffff)
    got = p.poll(0)
    return got[0][1] if got else 0


def control(s, size=70000, flags=0):
    """Data and control data of a message; numbers unpacked."""
    data, anc, got, _ = s.recvmsg(size, 4096, flags)
    out = {}
    for _, kind, raw in anc:
        out[kind] = raw if kind == RETDATA else struct.unpack(
            f"{len(raw) // 4}I", raw)
    return data, out, got


def error(call, *args):
    """The errno of a call, 0 if it works."""
    try:
        call(*args)
    except OSError as e:
        return e.errno
    return 0


def connected(kind):
    """Listener, client, server and the service type."""
    service = next(_types)
    listener = bound(kind, (service, 1, 1, NODE))
    listener.listen(1)
    got = []
    thread = threading.Thread(target=lambda: got.append(listener.accept()))
    thread.start()
    client = sock(kind)
    client.connect((ADDR, service, 1, 0))
    thread.join()
    server = got[0][0]
    server.settimeout(10)
    return listener, client, server, service


def defaults():
    """What a new socket says of itself."""
    for kind, src, dest in ((RDM, 0, 1), (DGRAM, 1, 1), (SEQ, 0, 0),
                            (STREAM, 0, 0)):
        s = sock(kind)
        tap.equal([s.getsockopt(SOL_TIPC, o) for o in (
            IMPORTANCE, SRC_DROPPABLE, DEST_DROPPABLE, TIMEOUT)],
            [0, src, dest, 8000], f"options of {kind!r}")
        tap.equal((s.getsockname()[0], s.getsockname()[2] > 0), (ID, True),
                  "it has an address before it is bound")
        tap.equal(bits(s), OUT, "and can be written to")
    tap.equal([error(socket.socket, AF_TIPC, t) for t in (3, 6, 10)],
              [errno.EPROTOTYPE] * 3, "other types are refused")
    tap.refused(errno.EPROTONOSUPPORT, "other protocols too", socket.socket,
                AF_TIPC, RDM, 1)


def options():
    """Options that are refused."""
    s = sock(RDM)
    for name, value, want in ((IMPORTANCE, 4, errno.EINVAL),
                              (DEPTH, 1, errno.EINVAL),
                              (IMPORTANCE, b"\1", errno.EINVAL),
                              (1, 1, errno.EINVAL)):
        tap.equal(error(s.setsockopt, SOL_TIPC, name, value), want,
                  f"option {name} = {value}")
    tap.refused(errno.ENOPROTOOPT, "another level", s.setsockopt, 6, 1, 1)
    tap.refused(errno.ENOPROTOOPT, "a stream loses nothing at the source",
                sock(STREAM).setsockopt, SOL_TIPC, SRC_DROPPABLE, 1)


def binding():
    """bind() and what it refuses."""
    s = sock(RDM)
    for addr, want in (((RANGE, 63, 1, 1), errno.EACCES),
                       ((RANGE, 64, 1, 1), 0),
                       ((RANGE, 20001, 9, 5), errno.EINVAL),
                       ((ID, 20001, 9, 5), errno.EAFNOSUPPORT),
                       ((ADDR, 20001, 1, 55), 0),
                       ((RANGE, 20001, 1, 1, 1), 0),
                       ((RANGE, 20001, 1, 1, -NODE), errno.EINVAL),
                       ((RANGE, 20001, 1, 1, -1), 0)):
        tap.equal(error(s.bind, addr), want, f"bind({addr})")
    ends = connected(SEQ)
    tap.refused(errno.EINVAL, "a connected socket is not bound", ends[1].bind,
                (ADDR, 20002, 1, 0))


def datagrams(kind):
    """Messages to addresses."""
    service = next(_types)
    a, b = sock(kind), bound(kind, (service, 1, 10, NODE))
    tap.refused(errno.EDESTADDRREQ, "no address", a.send, b"x")
    tap.refused(errno.EHOSTUNREACH, "no such service", a.sendto, b"x",
                (ADDR, service, 99, 0))
    tap.refused(errno.EMSGSIZE, "too long", a.sendto, bytes(66001),
                b.getsockname())
    a.sendto(b"named", (ADDR, service, 7, 0))
    tap.equal(control(b), (b"named", {DESTNAME: (service, 7, 7)}, 0),
              "the receiver learns the name that was used")
    for size in (1, 64, 191, 192, 1000, 3000, 4000, 30000, 32768, 65536,
                 66000):
        data = os.urandom(size)
        a.sendto(data, b.getsockname())
        got, sender = b.recvfrom(70000)
        tap.ok(got == data and sender == a.getsockname(),
               f"{size} bytes arrive as they were")
    a.sendto(b"0123456789", b.getsockname())
    tap.equal([b.recv(4, socket.MSG_PEEK), b.recvmsg(4)[::2]],
              [b"0123", (b"0123", socket.MSG_TRUNC)],
              "a message is cut to the buffer, and that is said")
    a.sendto(b"", b.getsockname())
    a.sendto(b"x", b.getsockname())
    tap.equal(b.recv(10), b"x", "a message of no bytes is nothing to read")
    a.connect((ADDR, service, 3, 0))
    a.send(b"to the default")
    tap.equal(b.recv(99), b"to the default", "connect() gives a default")
    tap.equal([error(b.listen, 1), error(b.shutdown, socket.SHUT_RDWR)],
              [errno.EOPNOTSUPP, errno.ENOTCONN], "no connections here")


def returned():
    """Messages that cannot be delivered come back, if they are wanted."""
    service = next(_types)
    a = sock(RDM)
    a.sendto(b"x", (ID, 0, 12345, 0))
    tap.equal(bits(a), OUT, "a droppable message is dropped")
    a.setsockopt(SOL_TIPC, DEST_DROPPABLE, 0)
    a.sendto(bytes(range(256)) * 8, (ID, 0, 12345, 0))
    data, anc, _ = control(a)
    tap.equal((data, anc[ERRINFO], anc[RETDATA]),
              (b"", (NO_PORT, 1024), bytes(range(256)) * 4),
              "another comes back: reason and first 1024 bytes")
    b = bound(RDM, (service, 1, 1, NODE))
    a.sendto(b"unread", (ADDR, service, 1, 0))
    b.close()
    tap.equal(control(a)[1], {ERRINFO: (NO_PORT, 6), RETDATA: b"unread",
                              DESTNAME: (service, 1, 1)},
              "what was not read when the receiver closes comes back")
    for importance in range(4):
        b = bound(RDM, (service, 1, 1, NODE))
        b.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        a.setsockopt(SOL_TIPC, IMPORTANCE, importance)
        sent = 0
        while bits(a) == OUT:
            a.sendto(bytes(8000), (ADDR, service, 1, 0))
            sent += 1
        tap.equal(control(a)[1][ERRINFO], (OVERLOAD, 1024),
                  f"importance {importance}: overload after {sent}")
        tap.ok(8 << importance <= sent <= 18 << importance,
               "the limit doubles with the importance", sent)
        b.setsockopt(SOL_TIPC, DEST_DROPPABLE, 1)
        b.close()
        while bits(a) & IN:
            a.recv(1)


def multicast():
    """One message to many."""
    service = next(_types)
    wide, both = sock(RDM), sock(RDM)
    wide.bind((RANGE, service, 0, 100))
    both.bind((RANGE, service, 5, 15))
    both.bind((RANGE, service, 7, 9, NODE))
    a = sock(RDM)
    for lower, upper, want in ((0, 4, [1, 0]), (5, 5, [1, 1]),
                               (0, 200, [1, 1]), (8, 8, [1, 1])):
        a.sendto(b"m", (RANGE, service, lower, upper))
        tap.equal([int(bits(s) & IN == IN) for s in (wide, both)], want,
                  f"{lower} to {upper}: each once")
        for s in (wide, both):
            while bits(s) & IN:
                tap.ok(s.recv(9) == b"m", "it is the message")
    tap.refused(errno.EHOSTUNREACH, "nobody in the range", a.sendto, b"m",
                (RANGE, service, 101, 200))
    big = os.urandom(66000)
    a.sendto(big, (RANGE, service, 0, 200))
    tap.ok(wide.recv(70000) == big and both.recv(70000) == big,
           "66,000 bytes for all")


def connection(kind):
    """Set up, used, shut down, broken."""
    name = "stream" if kind == STREAM else "seqpacket"
    tap.refused(errno.ENOTCONN, f"{name}: not connected", sock(kind).send,
                b"x")
    listener, c, s, service = connected(kind)
    tap.equal((c.getpeername(), s.getpeername()),
              (s.getsockname(), c.getsockname()), "the ends know each other")
    tap.equal([error(c.connect, (ADDR, service, 1, 0)), error(c.listen, 1),
               error(listener.connect, (ADDR, service, 1, 0))],
              [errno.EISCONN, errno.EINVAL, errno.EINVAL],
              "no second connection")
    for part in (b"one", b"two"):
        c.send(part)
    want = [b"onetwo"] if kind == STREAM else [b"one", b"two"]
    tap.equal([s.recv(100) for _ in want], want, "borders of messages")
    c.send(b"0123456789")
    got, _, flags, _ = s.recvmsg(4)
    if kind == STREAM:
        tap.equal((got, flags, s.recv(99)), (b"0123", 0, b"456789"),
                  "the rest stays")
    else:
        tap.equal((got, flags, bits(s)), (b"0123", socket.MSG_TRUNC, OUT),
                  "the rest is gone")
    big = os.urandom(66000)
    c.send(big)
    tap.ok(s.recv(70000, socket.MSG_WAITALL) == big, "66,000 bytes")
    tap.refused(errno.EINVAL, "no half shutdown", c.shutdown, socket.SHUT_WR)
    c.send(b"last")
    c.shutdown(socket.SHUT_RDWR)
    tap.equal([bits(c), bits(s)], [IN | HUP] * 2, "both ends hang up")
    tap.equal([s.recv(9), control(s)[1]], [b"last", {ERRINFO: (SHUTDOWN, 0)}],
              "the other reads to the end, and sees it")
    tap.equal([error(c.send, b"x"), error(s.send, b"x")], [errno.EPIPE] * 2,
              "nobody sends any more")
    _, c, s, service = connected(kind)
    c.send(b"unread")
    s.close()
    tap.equal(control(c)[1], {ERRINFO: (NO_PORT, 6), RETDATA: b"unread",
                              DESTNAME: (service, 1, 1)},
              "what the other did not read before it closed comes back")
    _, c, s, _ = connected(kind)
    s.close()
    tap.refused(errno.ECONNRESET, "without control data, a reset", c.recv, 9)


def requests(kind):
    """Connections that do not come about, or with the first message."""
    service = next(_types)
    listener = bound(kind, (service, 1, 1, NODE))
    listener.listen(1)
    c = sock(kind)
    c.setblocking(False)
    tap.equal([error(c.connect, (ADDR, service, 1, 0)) for _ in range(2)],
              [errno.EINPROGRESS, errno.EALREADY], "not waiting")
    tap.equal(bits(listener), IN, "the listener is readable")
    listener.close()
    tap.equal([bits(c), c.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)],
              [IN | HUP, errno.ECONNREFUSED], "refused when it closes")
    c = sock(kind)
    tap.refused(errno.ECONNREFUSED, "no such socket", c.connect,
                (ID, 0, 12345, 0))
    tap.refused(errno.EINVAL, "and no second try", c.connect,
                (ID, 0, 12345, 0))
    listener = bound(kind, (service, 1, 1, NODE))
    listener.listen(1)
    c = socket.socket(AF_TIPC, kind)
    c.setsockopt(SOL_TIPC, TIMEOUT, 100)
    tap.refused(errno.ETIMEDOUT, "nobody accepts", c.connect,
                (ADDR, service, 1, 0))
    listener.accept()[0].close()
    c = sock(kind)
    c.sendto(b"first", (ADDR, service, 1, 0))
    s = listener.accept()[0]
    tap.equal([s.recv(9), s.send(b"reply"), c.recv(9), c.send(b"on")],
              [b"first", 5, b"reply", 2], "the first message is the request")
    tap.refused(errno.EHOSTUNREACH, "no such service", sock(kind).connect,
                (ADDR, service, 2, 0))


def window(kind):
    """A reader that does not read stops its sender, and not for ever."""
    _, c, s, _ = connected(kind)
    c.setblocking(False)
    sent = 0
    while not (failed := error(c.send, bytes(1000))):
        sent += 1
    tap.equal((failed, bits(c)), (errno.EAGAIN, 0), f"stopped after {sent}")
    got = 0
    while got < sent * 1000:
        got += len(s.recv(1000))
    tap.equal((got, bits(c)), (sent * 1000, OUT), "all arrives, it goes on")
    data = os.urandom(3000000 if kind == STREAM else 60000)
    c.settimeout(30)
    thread = threading.Thread(target=c.sendall, args=(data,))
    thread.start()
    read = bytearray()
    while len(read) < len(data):
        read += s.recv(7777 if kind == STREAM else 70000)
    thread.join()
    tap.ok(read == data, "much data goes through unchanged")


def small_writes():
    """Writes that are put together are read in order, in any portions."""
    _, c, s, _ = connected(STREAM)
    data = bytes(i * 7 & 255 for i in range(60000))
    sizes = [1, 2, 63, 64, 200, 511, 512, 513]
    at = n = 0
    read = bytearray()
    while at < len(data):
        at += c.send(data[at:at + sizes[n % len(sizes)]])
        n += 1
        if n % 5 == 0:
            read += s.recv(sizes[n // 5 % len(sizes)])
    c.shutdown(socket.SHUT_RDWR)
    while part := s.recv(4096):
        read += part
    tap.equal(len(read), len(data), "as many bytes as were written")
    tap.ok(read == data, "the same bytes")


def pairs():
    """socketpair()."""
    for kind in (RDM, DGRAM, SEQ, STREAM):
        a, b = socket.socketpair(AF_TIPC, kind)
        a.send(b"x")
        b.send(b"y")
        tap.equal((b.recv(9), a.recv(9), a.getpeername()),
                  (b"x", b"y", b.getsockname()), f"a pair of {kind!r}")


def exclusive():
    """A binding that allows no other."""
    if STOCK:
        return
    service = next(_types)
    a, b = sock(RDM), sock(RDM)
    a.setsockopt(SOL_TIPC, 192, 1)
    a.bind((RANGE, service, 10, 20))
    tap.equal([error(b.bind, (RANGE, service, *r)) for r in (
        (1, 9), (5, 10), (12, 13), (20, 30), (21, 30))],
        [0, errno.EADDRINUSE, errno.EADDRINUSE, errno.EADDRINUSE, 0],
        "nobody else binds in the range")
    tap.refused(errno.EADDRINUSE, "nor exclusively where others are", a.bind,
                (RANGE, service, 0, 5))
    tap.equal(error(a.bind, (RANGE, service, 15, 16)), 0, "the owner may")
    a.close()
    tap.equal(error(b.bind, (RANGE, service, 12, 13)), 0, "until it closes")
    tap.refused(errno.EINVAL, "0 and 1 are the values", b.setsockopt, SOL_TIPC,
                192, 2)


def passing():
    """Files and credentials between sockets of the node."""
    if STOCK:
        return
    me = struct.pack("3i", os.getpid(), os.getuid(), os.getgid())
    for kind in (RDM, SEQ, STREAM):
        a, b = socket.socketpair(AF_TIPC, kind)
        r, w = os.pipe()
        socket.send_fds(a, [b"take"], [r])
        os.close(r)
        data, fds, _, _ = socket.recv_fds(b, 100, 4)
        os.write(w, b"through")
        tap.equal((data, os.read(fds[0], 99)), (b"take", b"through"),
                  f"{kind!r}: a file is passed")
        os.close(fds[0])
        b.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        a.send(b"who")
        anc = [x for x in b.recvmsg(100, 4096)[1] if x[0] == 1]
        tap.equal(anc, [(1, 2, me)], "the receiver learns who sent")
        tap.equal(error(a.sendmsg, [b"x"], [(1, 2, me)]), 0,
                  "a sender may say so")
        tap.refused(errno.EPERM, "and no other", a.sendmsg, [b"x"],
                    [(1, 2, struct.pack("3i", 1, 0, 0))])
        for other in (a, socket.socketpair()[0]):
            tap.refused(errno.EOPNOTSUPP, "no sockets that could hold "
                        "themselves", socket.send_fds, a, [b"x"],
                        [other.fileno()])
        tap.refused(errno.EBADF, "no file", socket.send_fds, a, [b"x"], [999])
        b.recv(10)
        socket.send_fds(a, [b"lost"], [w])
        os.close(w)
        r2, w2 = os.pipe()
        socket.send_fds(a, [b"unread"], [w2])
        os.close(w2)
        a.close()
        b.close()
        tap.equal(os.read(r2, 1), b"", "what is not read is closed")
        os.close(r2)


def module():
    """An open socket keeps the module."""
    s = sock(RDM)
    tap.ok("in use" in run("rmmod tipc", check=False),
           "it is not unloaded while a socket is open")
    s.close()


def main():
    """All of it."""
    load()
    defaults()
    options()
    binding()
    for kind in (RDM, DGRAM):
        datagrams(kind)
    returned()
    multicast()
    for kind in (SEQ, STREAM):
        connection(kind)
        requests(kind)
        window(kind)
    small_writes()
    pairs()
    exclusive()
    passing()
    module()
    tap.end()


main()
