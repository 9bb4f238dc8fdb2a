#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
#
# vm: timeout=90
"""
A FIB for a socket: the option and the ioctl, their errors, what is inherited,
who may, two servers on one address and port, groups, and SO_BINDTODEVICE.
"""
import errno
import fcntl
import os
import socket
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.environ["TESTLIB"])
import tap  # noqa: E402

MFIB_SO_FIB = 19782
IOC_SET, IOC_GET = 0x40084d60, 0xc0084d61
TOP = os.environ["TOP"]


def sh(script):
    """Runs a script that has the lab; returns whether it succeeded."""
    return subprocess.run(
        ["bash", "-c", f'. "{TOP}/tests/lib/tap.sh"; trap - EXIT; '
         f'. "{TOP}/tests/mfib/lab.sh"; {script}'], check=False).returncode == 0


def enter(path):
    """This process goes into a network namespace."""
    with open(path, encoding="ascii") as ns:
        assert libc.setns(ns.fileno(), 0) == 0


def fib_set(sock, fib):
    level = socket.SOL_IP if sock.family == socket.AF_INET else 41
    sock.setsockopt(level, MFIB_SO_FIB, struct.pack("I", fib))


def fib_get(sock):
    level = socket.SOL_IP if sock.family == socket.AF_INET else 41
    return struct.unpack("I", sock.getsockopt(level, MFIB_SO_FIB, 4))[0]


def new(family=socket.AF_INET, kind=socket.SOCK_STREAM, proto=0):
    sock = socket.socket(family, kind, proto)
    sock.settimeout(20)
    return sock


def listener(fib, family=socket.AF_INET, address="192.168.1.1", port=80):
    """A listening socket in a FIB."""
    sock = new(family)
    fib_set(sock, fib)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    sock.listen(5)
    return sock


def ask(client, address):
    """What a server answers to a client in a namespace."""
    return subprocess.run(
        ["ip", "netns", "exec", client, "socat", "-T", "15", "-u", address,
         "-"], capture_output=True, timeout=30, check=False).stdout.decode()


def serve(sock, text, seen):
    """Answers one connection, and notes in which FIB it is."""
    conn, _ = sock.accept()
    seen.append(fib_get(conn))
    conn.sendall(text.encode())
    conn.close()


def as_nobody(call):
    """The errno, or 0, that @call ends with in a process without rights."""
    pid = os.fork()
    if not pid:
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            call()
        except OSError as error:
            os._exit(error.errno or 255)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def options():
    """The value comes back, and what is wrong is refused."""
    for family, name in (socket.AF_INET, "IPv4"), (socket.AF_INET6, "IPv6"):
        for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
            s = new(family, kind)
            tap.equal(fib_get(s), 0, f"a new socket has no FIB, {name}")
            fib_set(s, 10)
            tap.equal(fib_get(s), 10, f"a socket is in FIB 10, {name}")
            fib_set(s, 20)
            tap.equal(fib_get(s), 20, f"and changes to FIB 20, {name}")
            fib_set(s, 0)
            tap.equal(fib_get(s), 0, f"and leaves it, {name}")
    s = new(kind=socket.SOCK_RAW, proto=socket.IPPROTO_ICMP)
    fib_set(s, 10)
    tap.equal(fib_get(s), 10, "a raw socket, too")
    s = new()
    tap.refused(errno.ENOENT, "a FIB that is not there", fib_set, s, 4711)
    tap.refused(errno.EINVAL, "a value of the wrong size", s.setsockopt,
                socket.SOL_IP, MFIB_SO_FIB, b"\x0a\x00")
    tap.refused(errno.EINVAL, "a buffer that is too small", s.getsockopt,
                socket.SOL_IP, MFIB_SO_FIB, 2)


def ioctls():
    """The same by /dev/mfib."""
    dev = os.open("/dev/mfib", os.O_RDWR)
    s = new()

    def ioctl(cmd, fd, fib):
        buf = bytearray(struct.pack("iI", fd, fib))
        fcntl.ioctl(dev, cmd, buf)
        return struct.unpack("iI", buf)[1]

    ioctl(IOC_SET, s.fileno(), 20)
    tap.equal(fib_get(s), 20, "the ioctl sets")
    tap.equal(ioctl(IOC_GET, s.fileno(), 0), 20, "and gets")
    tap.refused(errno.EBADF, "no such descriptor", ioctl, IOC_SET, 999, 10)
    tap.refused(errno.ENOTSOCK, "not a socket", ioctl, IOC_SET, dev, 10)
    tap.refused(errno.ENOENT, "no such FIB", ioctl, IOC_SET, s.fileno(), 9)
    tap.refused(errno.ENOTTY, "no such ioctl", ioctl, 0x4d99, s.fileno(), 9)
    try:
        m = new(proto=262)                      # IPPROTO_MPTCP
        tap.refused(errno.EOPNOTSUPP, "a multipath socket", ioctl, IOC_SET,
                    m.fileno(), 10)
    except OSError as error:
        tap.skip("a multipath socket", error.strerror)
    u = socket.socket(socket.AF_UNIX)
    tap.refused(errno.EAFNOSUPPORT, "a socket of another family", ioctl,
                IOC_SET, u.fileno(), 10)
    os.close(dev)


def servers():
    """Two servers on one address and port, for two customers."""
    seen = []
    for family, addr, to in (
            (socket.AF_INET, "192.168.1.1", "TCP4:192.168.1.1:80"),
            (socket.AF_INET6, "fd00:2::1", "TCP6:[fd00:2::1]:80")):
        socks = {fib: listener(fib, family, addr) for fib in (10, 20)}
        for fib, sock in socks.items():
            seen.clear()
            t = threading.Thread(target=serve, args=(sock, f"srv{fib}", seen))
            t.start()
            tap.equal(ask(f"c{fib}", to), f"srv{fib}",
                      f"customer {fib} gets the server of FIB {fib} at {addr}")
            t.join(30)
            tap.equal(seen, [fib], "whose connection is in that FIB")
        for sock in socks.values():
            sock.close()
    s = new()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("0.0.0.0", 82))
    fib_set(s, 10)
    s.listen(1)
    seen.clear()
    t = threading.Thread(target=serve, args=(s, "late", seen))
    t.start()
    tap.equal(ask("c10", "TCP4:192.168.1.1:82"), "late",
              "a FIB that is chosen after bind()")
    t.join(30)
    tap.equal(seen, [10], "is that of its connections")
    tap.equal(ask("c20", "TCP4:192.168.1.1:82"), "",
              "and a customer of another FIB finds nobody")


def clients():
    """What a socket in a FIB reaches, and who tells of errors."""
    s = new()
    fib_set(s, 10)
    s.connect(("192.168.1.2", 7))
    tap.equal(s.recv(100), b"host 10\n", "a client in FIB 10")
    tap.refused(errno.EISCONN, "a connected socket stays", fib_set, s, 20)
    s = new()
    fib_set(s, 20)
    s.connect(("192.168.1.2", 7))
    tap.equal(s.recv(100), b"host 20\n", "a client in FIB 20")
    s = new()
    tap.refused(errno.ENETUNREACH, "a client in no FIB", s.connect,
                ("192.168.1.2", 7))
    s = new(kind=socket.SOCK_DGRAM)
    fib_set(s, 10)
    s.setsockopt(socket.SOL_IP, 11, 1)          # IP_RECVERR
    s.connect(("203.0.113.1", 7))
    s.send(b"x")
    try:
        s.recv(1)
        got = 0
    except OSError as error:
        got = error.errno
    tap.ok(got in (errno.EHOSTUNREACH, errno.ENETUNREACH),
           "no route is told to the socket", got)
    r, w = os.pipe()
    s = new()
    fib_set(s, 20)
    pid = os.fork()
    if not pid:
        os.set_inheritable(s.fileno(), True)
        os.dup2(w, 1)
        os.execv(sys.executable, [
            sys.executable, "-c",
            "import socket, struct\n"
            f"s = socket.socket(fileno={s.fileno()})\n"
            f"print(struct.unpack('I', s.getsockopt(0, {MFIB_SO_FIB}, 4))[0])"])
    os.waitpid(pid, 0)
    tap.equal(os.read(r, 100), b"20\n", "a program that is started inherits it")


def host_itself():
    """From the host to itself, within one FIB."""
    seen = []
    sock = listener(10, port=83)
    t = threading.Thread(target=serve, args=(sock, "self", seen))
    t.start()
    s = new()
    fib_set(s, 10)
    s.connect(("192.168.1.1", 83))
    tap.equal(s.recv(100), b"self", "a host reaches itself in FIB 10")
    t.join(30)
    s = new()
    fib_set(s, 20)
    tap.refused(errno.ECONNREFUSED, "but in FIB 20 nobody is there", s.connect,
                ("192.168.1.1", 83))


def send(client, address, text):
    """Sends a packet from a namespace."""
    subprocess.run(["ip", "netns", "exec", client, "socat", "-u", "-",
                    address], input=text, timeout=30, check=True)


def group_socket(family, fib, port):
    """A socket in a FIB that waits for packets to a group."""
    s = new(family, socket.SOCK_DGRAM)
    fib_set(s, fib)
    s.bind(("", port))
    return s


def groups():
    """A packet to a group is for the sockets of the FIB it came into."""
    port = 5002
    for family, group, host, join, leave, address in (
            (socket.AF_INET, "239.1.2.3", "10.0.0.1",
             socket.IP_ADD_MEMBERSHIP, socket.IP_DROP_MEMBERSHIP,
             "UDP4-DATAGRAM:239.1.2.3:5002"),
            (socket.AF_INET6, "ff15::3", "[fd00:1::1]",
             socket.IPV6_JOIN_GROUP, socket.IPV6_LEAVE_GROUP,
             "UDP6-DATAGRAM:[ff15::3]:5002")):
        level = socket.SOL_IP if family == socket.AF_INET else 41
        name = "IPv4" if family == socket.AF_INET else "IPv6"
        socks, request = {}, {}
        for fib in 10, 20:
            socks[fib] = group_socket(family, fib, port)
            request[fib] = socket.inet_pton(family, group) + struct.pack(
                "4xI" if family == socket.AF_INET else "I",
                socket.if_nametoindex(f"l{fib}"))
            socks[fib].setsockopt(level, join, request[fib])
        for fib in 10, 20:
            send(f"c{fib}", address, b"of %d" % fib)
            tap.equal(socks[fib].recv(100), b"of %d" % fib,
                      f"a socket in FIB {fib} gets what is for its group "
                      f"and nothing else, {name}")
        socks[10].setblocking(False)
        tap.refused(errno.EAGAIN, f"nor does that of FIB 10, {name}",
                    socks[10].recv, 100)
        socks[10].settimeout(20)
        socks[10].setsockopt(level, leave, request[10])
        send("c10", address, b"late")
        send("c10", f"UDP{name[-1]}:{host}:{port}", b"unicast")
        tap.equal(socks[10].recv(100), b"unicast",
                  f"and nothing of the group when it has left, {name}")
        for s in socks.values():
            s.close()


def by_device(device, kind=socket.SOCK_STREAM):
    s = new(kind=kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    return s


def not_granted():
    """How many packets had a sender without a grant."""
    with open("/sys/kernel/tracing/trace", encoding="ascii") as trace:
        return trace.read().count("why=not-granted")


def devices():
    """SO_BINDTODEVICE on a device that is in a FIB."""
    answer = {}
    for fib in 10, 20:
        s = by_device(f"e{fib}")
        s.connect(("192.168.1.2", 7))
        tap.equal(s.recv(100), b"host %d\n" % fib,
                  f"a socket bound to a device of FIB {fib} is in that FIB")
        answer[fib] = by_device(f"l{fib}", socket.SOCK_DGRAM)
        answer[fib].bind(("", 5001))
    s = by_device("l10")
    s.settimeout(1)
    try:
        s.connect(("192.168.1.2", 7))
        got = s.recv(100)
    except OSError:
        got = None
    tap.equal(got, None, "and leaves by no other device of it")
    for fib, sock in answer.items():
        done = subprocess.Popen(
            ["ip", "netns", "exec", f"c{fib}", "socat", "-t", "20", "-T", "20",
             "-", "UDP4:10.0.0.1:5001"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)
        done.stdin.write(b"from %d" % fib)
        done.stdin.flush()
        text, peer = sock.recvfrom(100)
        tap.equal(text, b"from %d" % fib,
                  f"a customer of FIB {fib} is heard by its device")
        sock.sendto(b"to %d" % fib, peer)
        tap.equal(done.stdout.read(5), b"to %d" % fib, "and gets an answer")
        done.kill()
        done.communicate()
        sock.close()

    def asks():
        s = by_device("e10", socket.SOCK_DGRAM)
        s.settimeout(3)
        s.connect(("192.168.1.2", 9))
        s.send(b"x")
        s.recv(10)

    tap.refused(errno.ECONNREFUSED, "a host answers who may send by a device",
                asks)
    before = not_granted()
    tap.ok(as_nobody(asks) != errno.ECONNREFUSED, "and not who may not")
    tap.ok(not_granted() > before, "for he has no grant")


def rights():
    """Who has neither capability nor grant is kept out."""
    made = new()
    tap.equal(as_nobody(lambda: fib_set(new(), 10)), errno.EACCES,
              "nobody may not choose a FIB")
    fib_set(made, 10)
    tap.equal(as_nobody(lambda: fib_set(made, 20)), errno.EACCES,
              "nor change that of a socket he was given")

    def sends_by_device():
        s = new(kind=socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"mfib10")
        s.settimeout(3)
        s.sendto(b"x", ("192.168.1.2", 9))
        s.recv(10)

    # The host answers what it was sent; silence is a time-out, which has no errno.
    as_nobody(sends_by_device)
    with open("/sys/kernel/tracing/trace", encoding="ascii") as trace:
        tap.ok("why=not-granted" in trace.read(),
               "SO_BINDTODEVICE does not get packets out of a FIB")


import ctypes  # noqa: E402
libc = ctypes.CDLL(None, use_errno=True)

subprocess.run(["modprobe", "mfib"], check=True)
try:
    tap.ok(sh("lab_up && drops_watch; for n in 10 20; do "
              "setsid ip netns exec s$n socat TCP4-LISTEN:7,fork,reuseaddr "
              "\"SYSTEM:echo host $n\" >/dev/null 2>&1 & done; "
              "reaches c10 192.168.1.2; reaches c20 192.168.1.2"),
           "the lab is there")
    enter("/run/netns/r")
    options()
    ioctls()
    servers()
    clients()
    host_itself()
    groups()
    devices()
    rights()
finally:
    # What is in r is killed with it.
    enter("/proc/1/ns/net")
    sh("lab_down")
tap.end()
