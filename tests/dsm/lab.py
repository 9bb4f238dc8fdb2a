# SPDX-License-Identifier: GPL-2.0-only
"""
Two nodes in one guest: network namespaces "a" (10.9.0.1) and "b" (10.9.0.2) over
a veth pair, and programs in them with a SID of their own.

    lab.begin()                      namespaces, module, node ID 1
    lab.policy(RULES)                compiles and loads; the serial goes up by 1
    lab.run("a", lab.WEB, func, ...) calls func() as a process of that SID in
                                     that namespace; returns what it returns,
                                     raises what it raises
    lab.start("b", lab.WEB, func)    the same beside us; .join() ends it
    lab.stats()                      counters by name

A function that runs elsewhere is given a Pipe to us as `up` if it is started.
"""
import atexit
import ctypes
import errno
import os
import pickle
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[1:1] = [os.path.join(TOP, "tests", "digsig"),
                 os.path.join(TOP, "tests", "lib")]

import nl  # noqa: E402  pylint: disable=wrong-import-position

N = nl.read_enums(os.path.join(TOP, "include/uapi/linux/dsm.h"))
DSM = os.path.join(TOP, "build/tools/dsm")
SYSTEM, WEB, CLIENT, STRANGER, DB = 2, 10, 11, 12, 13
ME, OTHER, NONE = 1, 2, 0xffffffff
ADDR = {"a": "10.9.0.1", "b": "10.9.0.2"}
LIMIT = 60          # seconds that anything may take on a slow machine
SO_PEER, SO_SELF = 0x6470, 0x6471

HEAD = """\
policy lab;
sid web = 10;
sid client = 11;
sid stranger = 12;
sid db = 13;
nid me = 1;
nid other = 2;
initial system;
peer 10.9.0.3/32 require nid other;
peer 10.9.0.0/24 require nid me;
"""
OPEN = """\
default allow tcp { create bind connect listen setopt send },
              udp { create bind connect setopt send },
              raw { create bind connect setopt send },
              icmp { create bind connect setopt send },
              packet, unix_stream, unix_dgram, fd, signal, ptrace, tipc;
allow system -> any : all;
"""

_libc = ctypes.CDLL(None, use_errno=True)
_serial = 0


def sh(*words, check=True, **how):
    """Runs a program; its output."""
    done = subprocess.run(words, capture_output=True, text=True, check=False,
                          timeout=LIMIT * 3, **how)
    if check and done.returncode:
        raise RuntimeError(f"{words}: {done.stdout}{done.stderr}")
    return done.stdout


def begin(*parameters):
    """Namespaces and module; both go when the test ends."""
    sh("modprobe", "dsm", f"nid={ME}", *parameters)
    for name in ADDR:
        sh("ip", "netns", "add", name)
    sh("ip", "link", "add", "va", "netns", "a", "type", "veth",
       "peer", "vb", "netns", "b")
    for name, addr in ADDR.items():
        ip(name, "addr", "add", addr + "/24", "dev", "v" + name)
        ip(name, "link", "set", "v" + name, "up")
        ip(name, "link", "set", "lo", "up")
    wait(lambda: "state UP" in ip("a", "link", "show", "va"), "link up")
    atexit.register(_end, os.getpid())


def _end(pid):
    if os.getpid() != pid:
        return
    for name in ADDR:
        sh("ip", "netns", "del", name, check=False)


def ip(name, *words):
    """iproute2 in a namespace."""
    return sh("ip", "-n", name, *words)


def wait(condition, what):
    """Waits until @condition() is true, or raises."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    raise TimeoutError(what)


# ---- asking the module -----------------------------------------------------

def ask(command, *attributes, dump=False):
    """One request; the attributes of the answers by name of the number."""
    fam = nl.Family("dsm")
    try:
        return [dict(got) for got in fam.request(
            N["DSM_CMD_" + command], b"".join(attributes), dump=dump)]
    finally:
        fam.sock.close()


def u32(name, value):
    """An attribute that is a number."""
    return nl.attr_u32(N["DSM_A_" + name], value)


def compile_text(text, serial=None, **how):
    """Text to an image; its path."""
    global _serial
    _serial += serial is None
    fd, source = tempfile.mkstemp(suffix=".dsm")
    os.write(fd, text.encode())
    os.close(fd)
    image = source + ".img"
    sh(DSM, "policy", "compile", "-q", "-n", str(serial or _serial), "-o",
       image, source, **how)
    os.unlink(source)
    return image


def load(image, command="POLICY_LOAD", *more):
    """Loads a compiled image."""
    fd = os.open(image, os.O_RDONLY)
    try:
        return ask(command, u32("FD", fd), *more)
    finally:
        os.close(fd)


def policy(rules, head=HEAD + OPEN):
    """Compiles rules after the usual head, and loads them."""
    image = compile_text(head + rules)
    load(image)
    os.unlink(image)


def stats():
    """Counters, those of refusals as "refused.NAME"."""
    with open("/sys/kernel/security/dsm/stats", encoding="ascii") as text:
        return {k: int(v) for k, v in (line.split() for line in text)}


def status():
    """The words of the status file."""
    with open("/sys/kernel/security/dsm/status", encoding="ascii") as text:
        return dict(line.split(None, 1) for line in text.read().splitlines())


class Counted:
    """with Counted("refused.rule") as c: ...; c() is by how much it grew."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.before = stats()[self.name]
        return self

    def __exit__(self, *_):
        return False

    def __call__(self):
        return stats()[self.name] - self.before


def peer(sock, what=SO_PEER, level=socket.IPPROTO_IP):
    """(sid, nid, flags, serial) of the peer of a socket."""
    return struct.unpack("IIII", sock.getsockopt(level, what, 16))


# ---- processes ----------------------------------------------------------------

def enter(name):
    """This process goes into a network namespace."""
    fd = os.open(f"/run/netns/{name}", os.O_RDONLY)
    if _libc.setns(fd, 0x40000000):
        raise OSError(ctypes.get_errno(), "setns")
    os.close(fd)


def become(sid):
    """This process gets a SID, without exec."""
    ask("TASK_SET", u32("PID", os.getpid()), u32("SID", sid))


class Process:
    """A function in a process of its own, with a pipe up to us."""

    def __init__(self, name, sid, func, args, uid=None):
        self.ours, theirs = socket.socketpair(socket.AF_UNIX,
                                              socket.SOCK_SEQPACKET)
        self.pid = os.fork()
        if self.pid:
            theirs.close()
            return
        self.ours.close()
        signal.alarm(LIMIT * 3)
        try:
            if name:
                enter(name)
            if sid:
                become(sid)
            if uid:
                os.setgroups([])
                os.setresgid(uid, uid, uid)
                os.setresuid(uid, uid, uid)
            result = (True, func(Pipe(theirs), *args))
        except BaseException as error:  # pylint: disable=broad-except
            result = (False, error)
        try:
            theirs.send(b"=" + pickle.dumps(result))
        except Exception:  # pylint: disable=broad-except
            theirs.send(b"=" + pickle.dumps((False, OSError(repr(result)))))
        os._exit(0)

    def read(self):
        """What it said by up.say()."""
        self.ours.settimeout(LIMIT * 3)
        data = self.ours.recv(1 << 16)
        if data[:1] == b"=":
            self._result = data
            raise RuntimeError(f"ended: {pickle.loads(data[1:])}")
        return pickle.loads(data[1:])

    def tell(self, what=None):
        """For its up.hear()."""
        self.ours.send(b"-" + pickle.dumps(what))

    def join(self):
        """Waits for its end; what it returned, or raises what it raised."""
        data = getattr(self, "_result", None)
        while not data or data[:1] != b"=":
            self.ours.settimeout(LIMIT * 3)
            data = self.ours.recv(1 << 16)
            if not data:
                raise RuntimeError("died")
        os.waitpid(self.pid, 0)
        self.ours.close()
        good, value = pickle.loads(data[1:])
        if not good:
            raise value
        return value

    def kill(self):
        """Ends it without an answer."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.ours.close()


class Pipe:
    """The other end of a Process."""

    def __init__(self, sock):
        self.sock = sock

    def say(self, what=None):
        """To the process that started us."""
        self.sock.send(b"-" + pickle.dumps(what))

    def hear(self):
        """From there."""
        data = self.sock.recv(1 << 16)
        if not data:
            os._exit(0)
        return pickle.loads(data[1:])


def start(name, sid, func, *args, uid=None):
    """Begins func(up, *args) as a process of that SID in a namespace."""
    return Process(name, sid, func, args, uid)


def run(name, sid, func, *args, uid=None):
    """The same, and waits: func(*args) without a pipe."""
    return Process(name, sid, lambda up: func(*args), (), uid).join()


def error_of(func, *args):
    """The errno that func() fails with, 0 if it does not."""
    try:
        func(*args)
    except OSError as error:
        return error.errno or errno.EIO
    return 0


# ---- more of a network -----------------------------------------------------------

def forward(name):
    """A namespace becomes a router."""
    def turn_on():
        with open("/proc/sys/net/ipv4/ip_forward", "w", encoding="ascii") as f:
            f.write("1")
    run(name, None, turn_on)


def cable(one, addr, two, other):
    """A veth between two namespaces, "v" and its name at one's end."""
    sh("ip", "link", "add", "v" + one, "netns", one, "type", "veth", "peer",
           "r" + one, "netns", two)
    for name, dev, at in ((one, "v" + one, addr), (two, "r" + one, other)):
        ip(name, "addr", "add", at + "/24", "dev", dev)
        ip(name, "link", "set", dev, "up")


# ---- flows ---------------------------------------------------------------------

def listening(addr, port=80):
    """A listening TCP socket."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((addr, port))
    s.listen(16)
    return s


def tcp_server(up, addr, port=80):
    """Accepts, answers what it got in capitals, says who the peer was."""
    s = listening(addr, port)
    up.say("listening")
    while True:
        c, _ = s.accept()
        c.settimeout(LIMIT)
        first = None
        try:
            first = peer(c)
        except OSError:
            pass
        try:
            data = c.recv(4096)
            up.say((data, first, peer(c)))
            c.sendall(data.upper())
        except OSError as error:
            up.say((repr(error), first, None))
        c.close()


def tcp_ask(addr, data=b"hello", port=80, timeout=3):
    """Connects, sends, and returns the answer and the peer."""
    with socket.socket() as s:
        s.settimeout(timeout)
        s.connect((addr, port))
        s.sendall(data)
        return s.recv(4096), peer(s)


def udp_server(up, addr, port=53, options=False):
    """Says what comes, from whom, with which options; answers it."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if options:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_RECVOPTS, 1)
    s.bind((addr, port))
    up.say("listening")
    while True:
        data, control, _, who = s.recvmsg(65536, 512)
        try:
            whom = peer(s)
        except OSError as error:
            whom = error.errno
        up.say((data, who, control, whom))
        s.sendto(data.upper(), who)


def udp_ask(addr, data=b"hello", port=53, timeout=3, connect=False):
    """Sends a datagram and returns the answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(timeout)
        if connect:
            s.connect((addr, port))
            s.send(data)
        else:
            s.sendto(data, (addr, port))
        return s.recv(65536)
