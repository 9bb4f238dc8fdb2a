#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=240
"""
An unprivileged process tries to shed its label or to send another one.

Each way is tried as uid 1000 with the SID "stranger" against a peer that gets
labels, while a tap looks at the wire: whatever the way, no packet leaves without
the label of "stranger". What is allowed is tried beside it.
"""
import array
import ctypes
import errno
import os
import socket
import struct
import subprocess
import tempfile
import threading
import time

import heads
import lab
import ring
import tap
import wire

A, B = lab.ADDR["a"], lab.ADDR["b"]
UID = 1000
WEB_LABEL = wire.label(lab.WEB, lab.ME)
OWN = wire.label(lab.STRANGER, lab.ME)
IP = socket.IPPROTO_IP
IP_OPTIONS, IP_RETOPTS, IP_HDRINCL = 4, 7, 3
MSG_FASTOPEN = 0x20000000
SCTP = 132
NOPS = b"\x01\x01\x01\x01"
PLAIN = "10.8.0.1"      # on the same wire, for the plain prefix 10.8.0.0/24
HEAD = lab.HEAD + "peer 10.8.0.0/24 plain sid db;\n"
libc = ctypes.CDLL(None, use_errno=True)


def is_reset(packet):
    """The kernel's own answer to what comes for a socket that is closed."""
    return packet.proto == 6 and packet.payload[13] & 4 and \
        packet.options == wire.label(lab.SYSTEM, lab.ME)


def tried(text, func, *args, wants=0, label=OWN, sid=lab.STRANGER, sends=None):
    """
    func() as that process. @wants: 0, or the errno that has to come. @sends:
    whether packets have to be seen; if None, only if there was no error.
    """
    with wire.Tap("b") as tapped:
        try:
            got = lab.run("a", sid, lab.error_of, func, *args, uid=UID)
        except Exception as error:  # pylint: disable=broad-except
            got = repr(error)
        tapped.settle()
    seen = [p for p in tapped.packets if p.dst == B and
            p.proto not in (1, 2) and not is_reset(p)]
    tap.ok(got == wants and all(p.options == label for p in seen) and
           (sends is None or bool(seen) == sends),
           f"{text}: " + (errno.errorcode[wants] if wants else "labelled"),
           got, *seen)


def udp(**how):
    """A UDP socket."""
    return socket.socket(how.get("family", socket.AF_INET), socket.SOCK_DGRAM)


# ---- options of its own -----------------------------------------------------

def set_options(value):
    s = udp()
    s.setsockopt(IP, IP_OPTIONS, value)
    s.sendto(b"x", (B, 9))


def set_options_tcp(value):
    s = socket.socket()
    s.settimeout(1)
    try:
        s.connect((B, 9))
    except OSError:
        pass
    s.setsockopt(IP, IP_OPTIONS, value)


def retopts(value, family=socket.AF_INET, before=()):
    s = udp(family=family)
    to = (B, 9) if family == socket.AF_INET else ("::ffff:" + B, 9)
    s.sendmsg([b"x"], [*before, (IP, IP_RETOPTS, value)], 0, to)


def by_ring(value, flags):
    s, memory = udp(), heads.Memory()
    ring.sendmsg(s, memory.at(memory.head((B, 9), value)), flags)


def several(value, family=socket.AF_INET):
    heads.several((B, 9), value, family)


def options():
    forged = WEB_LABEL
    tried("a datagram", lambda: udp().sendto(b"x", (B, 9)), sends=True)
    for text, value in (("NOPs", NOPS), ("none", b""), ("a label", forged)):
        tried(f"IP_OPTIONS, {text}", set_options, value, wants=errno.EACCES)
        tried(f"IP_OPTIONS on TCP, {text}", set_options_tcp, value,
              wants=errno.EACCES)
        tried(f"IP_RETOPTS, {text}", retopts, value, wants=errno.EACCES)
    tried("IP_RETOPTS on an IPv6 socket", retopts, NOPS, socket.AF_INET6,
          wants=errno.EACCES)
    tried("IP_RETOPTS behind another control message", retopts, NOPS,
          socket.AF_INET, [(IP, 1, struct.pack("i", 16))], wants=errno.EACCES)
    for text, value in (("NOPs", NOPS), ("a label", forged)):
        tried(f"sendmmsg() and IP_RETOPTS, {text}", several, value, sends=True)
    tried("sendmmsg() on an IPv6 socket", several, NOPS, socket.AF_INET6,
          sends=True)
    try:
        lab.run("a", None, by_ring, b"", 0)
    except ring.NotAllowed:
        tap.note("io_uring is turned off")
    else:
        for text, flags in (("io_uring", 0), ("a thread of io_uring",
                                              ring.ASYNC)):
            tried(text, by_ring, b"", flags, sends=True)
            tried(f"{text}, IP_RETOPTS", by_ring, NOPS, flags,
                  wants=errno.EACCES)
    tried("other control messages are allowed", lambda: udp().sendmsg(
        [b"x"], [(IP, 2, struct.pack("i", 7))], 0, (B, 9)), sends=True)


# ---- where to, said in other ways ------------------------------------------

def unspec_address():
    """sendto() with an address whose family is 0."""
    s = udp()
    raw = struct.pack("=HH4s8x", 0, socket.htons(9), socket.inet_aton(B))
    if libc.sendto(s.fileno(), b"x", 1, 0, raw, len(raw)) < 0:
        raise OSError(ctypes.get_errno(), "sendto")


def plain_then_named():
    s = udp()
    s.connect((PLAIN, 9))
    s.send(b"x")
    s.sendto(b"x", (B, 9))


def reconnect():
    s = udp()
    for addr in (PLAIN, B, PLAIN, B):
        s.connect((addr, 9))
        s.send(b"x")
        raw = struct.pack("=H14x", 0)
        libc.connect(s.fileno(), raw, 16)


def race(connects):
    """One thread turns the socket to a plain peer, one sends to the other."""
    s = udp()
    end = threading.Event()

    def turn():
        while not end.is_set():
            try:
                s.connect((PLAIN, 9))
                if connects:
                    s.connect((B, 9))
            except OSError:
                pass
    t = threading.Thread(target=turn)
    t.start()
    sent, until = 0, time.monotonic() + 2
    while time.monotonic() < until or not sent:
        try:
            if connects:
                s.send(b"x")
                sent += s.getpeername()[0] == B
            else:
                sent += s.sendto(b"x", (B, 9))
        except OSError:
            pass
    end.set()
    t.join()


def race_tcp():
    """Two threads connect one TCP socket."""
    for _ in range(30):
        s = socket.socket()
        s.settimeout(0.01)

        def go(addr, sock=s):
            try:
                sock.connect((addr, 9))
            except OSError:
                pass
        t = threading.Thread(target=go, args=(PLAIN,))
        t.start()
        go(B)
        t.join()
        s.close()


def addrform():
    """An IPv6 socket becomes an IPv4 one."""
    s = udp(family=socket.AF_INET6)
    s.connect(("::ffff:" + B, 9))
    s.setsockopt(socket.IPPROTO_IPV6, 1, socket.AF_INET)
    s.send(b"x")


def tcp_mapped():
    with socket.socket(socket.AF_INET6) as s:
        s.settimeout(20)
        s.connect(("::ffff:" + B, 80))
        s.send(b"x")


def destinations():
    tried("an address without a family", unspec_address, sends=True)
    tried("connected to a plain peer, then sent to another", plain_then_named,
          sends=True)
    tried("connected in turns", reconnect, sends=True)
    tried("a race of connect() and sendto()", race, False, sends=True)
    tried("a race of connect() and send()", race, True, sends=True)
    tried("a race of two TCP connects", race_tcp)
    tried("IPV6_ADDRFORM", addrform, sends=True)
    tried("TCP to a v4-mapped address", tcp_mapped, sends=True)
    tried("v4-mapped", lambda: udp(family=socket.AF_INET6).sendto(
        b"x", ("::ffff:" + B, 9)), sends=True)
    tried("IPv6 to a peer that wants labels", lambda: udp(
        family=socket.AF_INET6).sendto(b"x", ("fd00::2", 9)),
        wants=errno.EACCES)
    tried("a peer in no prefix", lambda: udp().sendto(
        b"x", ("198.51.100.1", 9)), wants=errno.EACCES)


# ---- other ways to send --------------------------------------------------------

def connected():
    s = socket.socket()
    s.settimeout(20)
    s.connect((B, 80))
    return s


def by_sendfile():
    with tempfile.TemporaryFile() as f:
        f.write(b"x" * 20000)
        f.flush()
        with connected() as s:
            os.sendfile(s.fileno(), f.fileno(), 0, 20000)


def by_sendfile_udp():
    s = udp()
    s.connect((B, 9))
    with tempfile.TemporaryFile() as f:
        f.write(b"x" * 100)
        f.flush()
        os.sendfile(s.fileno(), f.fileno(), 0, 100)


def by_splice():
    r, w = os.pipe()
    os.write(w, b"x" * 1000)
    with connected() as s:
        os.splice(r, s.fileno(), 1000)


def by_gso():
    s = udp()
    s.setsockopt(socket.IPPROTO_UDP, 103, 1000)
    s.sendto(b"x" * 5000, (B, 9))


def by_zerocopy():
    s = udp()
    s.setsockopt(socket.SOL_SOCKET, 60, 1)
    s.sendto(b"x" * 1000, 0x4000000, (B, 9))


def by_cork():
    s = udp()
    s.connect((B, 9))
    s.send(b"x", socket.MSG_MORE)
    s.send(b"y")


def by_fastopen():
    s = socket.socket()
    s.sendto(b"x", MSG_FASTOPEN, (B, 80))


def by_fastopen_connect():
    s = socket.socket()
    s.settimeout(5)
    s.setsockopt(socket.IPPROTO_TCP, 30, 1)
    s.connect((B, 80))
    s.send(b"x")


def by_ping():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
    s.sendto(wire.icmp_echo(), (B, 0))


def by_sctp():
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, SCTP)
    s.settimeout(0.5)
    try:
        s.connect((B, 9))
    except (TimeoutError, ConnectionError):
        pass


def by_sctp_connectx():
    """Connects by a socket option."""
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, SCTP)
    s.setblocking(False)
    try:
        s.setsockopt(SCTP, 110, struct.pack("=HH4s8x", 2, socket.htons(9),
                                            socket.inet_aton(B)))
    except OSError as error:
        if error.errno not in (errno.EINPROGRESS, errno.EACCES, errno.EPERM):
            raise


def senders():
    for func in (by_sendfile, by_sendfile_udp, by_splice, by_gso, by_zerocopy,
                 by_cork, by_fastopen_connect):
        tried(func.__name__.replace("by_", ""), func, sends=True)
    tried("fastopen", by_fastopen)
    if lab.sh("sh", "-c", "modprobe sctp && echo there", check=False):
        tried("SCTP", by_sctp, sends=True)
        tried("SCTP, connected by an option", by_sctp_connectx)
    tried("UDP-Lite", lambda: socket.socket(
        socket.AF_INET, socket.SOCK_DGRAM, 136).sendto(b"x", (B, 9)),
        sends=True)
    lab.sh("ip", "netns", "exec", "a", "sysctl", "-q",
           "net.ipv4.ping_group_range=0 65535")
    with wire.Tap("b") as tapped:
        lab.run("a", lab.STRANGER, by_ping, uid=UID)
        tapped.settle()
    seen = [p for p in tapped.packets if p.src == A and p.proto == 1]
    tap.ok(seen and seen[0].options == OWN, "a ping socket: labelled", *seen)
    for text, kind, proto in (("MPTCP", socket.SOCK_STREAM, 262),
                              ("DCCP", 6, 33), ("L2TP", socket.SOCK_DGRAM,
                                                115)):
        tried(f"{text}, which nothing labels", socket.socket, socket.AF_INET,
              kind, proto, wants=errno.EACCES)
    for text, family, kind in (("PPPoE, in frames of its own", 24,
                                socket.SOCK_STREAM),
                               ("KCM, with sockets of IP inside", 41,
                                socket.SOCK_DGRAM),
                               ("CAN", 29, socket.SOCK_RAW),
                               ("vsock", 40, socket.SOCK_STREAM)):
        tried(f"{text}, for the unprivileged", socket.socket, family, kind, 0,
              wants=errno.EACCES)
    for text, family, kind in (("RDS", 21, socket.SOCK_SEQPACKET),
                               ("RxRPC", 33, socket.SOCK_DGRAM),
                               ("SMC", 43, socket.SOCK_STREAM)):
        tried(f"{text}, for which the kernel speaks IP", socket.socket, family,
              kind, 0, wants=errno.EACCES)


# ---- a user namespace of its own --------------------------------------------------

def in_userns(func, *args):
    """func() as root of a new user and network namespace."""
    if libc.unshare(0x10000000 | 0x40000000):
        raise OSError(errno.ENOSYS, "unshare")
    func(*args)


def hdrincl():
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 17)
    s.setsockopt(IP, IP_HDRINCL, 1)


def namespaces():
    with open("/proc/sys/kernel/unprivileged_userns_clone", "w",
              encoding="ascii") as f:
        f.write("1")
    for text, func, args in (
            ("a packet socket", socket.socket,
             (socket.AF_PACKET, socket.SOCK_RAW)),
            ("an XDP socket", socket.socket, (44, socket.SOCK_RAW)),
            ("a raw socket of IPPROTO_RAW", socket.socket,
             (socket.AF_INET, socket.SOCK_RAW, 255)),
            ("IP_HDRINCL", hdrincl, ())):
        tried(f"{text} in a user namespace", in_userns, func, *args,
              wants=errno.EACCES)
    tried("a raw socket without", in_userns, socket.socket, socket.AF_INET,
          socket.SOCK_RAW, 17)

    def forge():
        s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 255)
        s.sendto(wire.packet(A, B, 17, wire.udp(1, 9, b"x"), WEB_LABEL),
                 (B, 0))
    tap.equal(lab.run("a", lab.STRANGER, lab.error_of, forge), errno.EINVAL,
              "root's own header to a peer that gets labels: EINVAL")


# ---- becoming somebody else ----------------------------------------------------------

def relabel(command, *attributes):
    lab.ask(command, *attributes)


def identities():
    me = lab.u32("SID", lab.WEB)
    for text, args in (
            ("EXEC_SET", ("EXEC_SET", me)),
            ("TASK_SET", ("TASK_SET", lab.u32("PID", 1), me)),
            ("NODE_SET", ("NODE_SET", lab.u32("NID", 7))),
            ("POLICY_UNLOAD", ("POLICY_UNLOAD",))):
        tried(f"{text} without privilege", relabel, *args, wants=errno.EPERM)
    tried("EXEC_SET as root of a user namespace", in_userns, relabel,
          "EXEC_SET", me, wants=errno.EPERM)
    tried("the load file", open, "/sys/kernel/security/dsm/load", "wb",
          wants=errno.EACCES)
    tried("fork keeps the SID", lambda: subprocess.run(
        ["python3", "-c", "import socket as s;"
         f"s.socket(s.AF_INET, s.SOCK_DGRAM).sendto(b'x', ('{B}', 9))"],
        check=True), sends=True)


def passed_on():
    """A socket of another SID, by SCM_RIGHTS, and by pidfd_getfd()."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    inside = lab.run("a", lab.WEB, lambda: _send_fd(theirs))
    tap.ok(inside is None, "a socket of web is on its way")
    with lab.Counted("refused.rule") as counted:
        got = lab.run("a", lab.STRANGER, _get_fd, ours, uid=UID)
        tap.ok(got == 0 and counted() > 0, "stranger does not get it", got)
    lab.run("a", lab.WEB, lambda: _send_fd(theirs))
    tap.equal(lab.run("a", lab.CLIENT, _get_fd, ours, uid=UID), 1,
              "client does: the policy allows it")


def _send_fd(sock):
    fds = array.array("i", [udp().fileno()])
    s = udp()
    fds = array.array("i", [s.fileno()])
    sock.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])


def _get_fd(sock):
    _, control, _, _ = sock.recvmsg(10, 200)
    return sum(len(c[2]) // 4 for c in control)


def sink(up):
    """Takes datagrams, so that nobody is told that the port is closed."""
    s = udp()
    s.bind(("", 9))
    up.say()
    while True:
        s.recv(65536)


lab.begin()
lab.ip("b", "addr", "add", PLAIN + "/24", "dev", "vb")
lab.ip("a", "addr", "add", "10.8.0.2/24", "dev", "va")
lab.policy("""
default allow sctp { create bind connect setopt send };
allow stranger -> db : udp, tcp;
allow web -> client : fd { use };
allow stranger -> web : tcp { receive };
allow web -> stranger : tcp { receive };
deny any -> stranger : fd { use };
deny stranger -> any : fd { use };
peer fd00::/16 require;
""", HEAD + lab.OPEN)
listening = lab.start("b", lab.WEB, lab.tcp_server, B)
listening.read()
sunk = lab.start("b", lab.DB, sink)
sunk.read()
for test in (options, destinations, senders, namespaces, identities, passed_on):
    test()
listening.kill()
sunk.kill()
tap.end()
