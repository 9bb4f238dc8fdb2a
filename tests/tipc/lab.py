# SPDX-License-Identifier: GPL-2.0-only
"""
What the tests of tipc share: loading the module, programs, topology events.

With TIPC=stock in the environment the kernel's own module is loaded instead of
ours, and the tests say what it does. What is ours alone is then left out:

    tests/vm/run -- env TIPC=stock PYTHONPATH=tests/lib \
        /usr/bin/python3 tests/tipc/topology.py
"""
import json
import os
import socket
import struct
import subprocess
import time

import tap

STOCK = os.environ.get("TIPC") == "stock"

AF_TIPC, SOL_TIPC = 30, 271
RANGE, ADDR, ID = 1, 2, 3
ZONE, CLUSTER, NODE = 1, 2, 3
PORTS, SERVICE, CANCEL = 1, 2, 4
PUBLISHED, WITHDRAWN, TIMEOUT = 1, 2, 3
FOREVER = 0xffffffff


def load():
    """Loads the module that is to be tested."""
    name = "tipc"
    if STOCK:
        name = f"/lib/modules/{os.uname().release}/kernel/net/tipc/tipc.ko"
        if not os.path.exists(name):
            name += ".xz"
        run("modprobe -a udp_tunnel ip6_udp_tunnel", check=False)
        run(f"insmod {name}")
        return
    run(f"modprobe {name}")
    tap.note("taint", open("/proc/sys/kernel/tainted",
                           encoding="ascii").read().strip())


def run(command, check=True):
    """A command's output and status."""
    done = subprocess.run(command, shell=True, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if check and done.returncode:
        raise RuntimeError(f"{command}: {done.stdout}")
    return done.stdout


def says(command):
    """A command's lines, and its status as the last."""
    done = subprocess.run(command, shell=True, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return [line.rstrip() for line in done.stdout.splitlines()] + \
        [done.returncode]


def names(prefix=""):
    """The name table, as iproute2 has it, asked anew if it changed meanwhile."""
    for _ in range(20):
        said = run(prefix + "tipc -j nametable show", check=False)
        if "Interrupted system call" not in said:
            break
    return json.loads(said)


def sock(kind=socket.SOCK_RDM):
    """A socket that waits ten seconds at most."""
    s = socket.socket(AF_TIPC, kind)
    s.settimeout(10)
    return s


def bound(kind, *binds):
    """A socket with bindings (type, lower, upper, scope)."""
    s = sock(kind)
    for b in binds:
        s.bind((RANGE,) + b)
    return s


def port(s):
    """Number of a socket."""
    return s.getsockname()[2]


def until(condition, seconds=30):
    """Waits for a condition; False if it does not come."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class Subscriber:
    """A connection to the topology service, in a byte order."""

    def __init__(self, order=">"):
        self.order = order
        self.sock = sock(socket.SOCK_SEQPACKET)
        self.sock.connect((ADDR, 1, 1, 0))

    def pack(self, kind, lower, upper, filt, timeout=FOREVER,
             handle=b"handle12"):
        """The bytes of a subscription."""
        return struct.pack(self.order + "5I8s", kind, lower, upper, timeout,
                           filt, handle)

    def subscribe(self, *args, **words):
        """Sends a subscription and returns its bytes."""
        s = self.pack(*args, **words)
        self.sock.send(s)
        return s

    def barrier(self, kind=4_000_000_000):
        """All that was sent before has been taken in."""
        s = self.pack(kind, 0, 0, SERVICE, 0, b"barrier!")
        self.sock.send(s)
        seen = []
        while True:
            e = self.sock.recv(100)
            if e[-8:] == b"barrier!":
                return seen
            seen.append(e)

    def event(self, event, lower, upper, ref, node, sub):
        """The bytes that an event has."""
        return struct.pack(self.order + "5I", event, lower, upper, ref,
                           node) + sub

    def get(self, count=1):
        """The next events."""
        return [self.sock.recv(100) for _ in range(count)]

    def closed(self):
        """Was the connection ended by the service?"""
        try:
            return self.sock.recv(100) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False
