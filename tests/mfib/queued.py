#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
#
# vm: timeout=90
"""
The module goes while packets that it forwards wait for the word of a program.

A rule of nft queues what is forwarded for this program, which says nothing; then
mfib is unloaded, and the program lets the packets go on. They must be gone: where
they would go on is no more.
"""
import errno
import os
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.environ["TESTLIB"])
import tap  # noqa: E402

TOP = os.environ["TOP"]
PACKET, VERDICT, CONFIG = 0x300, 0x301, 0x302
QUEUE = 7


def sh(script):
    """Runs a script that has the lab; returns whether it succeeded."""
    return subprocess.run(
        ["bash", "-c", f'. "{TOP}/tests/lib/tap.sh"; trap - EXIT; '
         f'. "{TOP}/tests/mfib/lab.sh"; {script}'], check=False).returncode == 0


def attr(kind, data):
    return struct.pack("HH", 4 + len(data), kind) + data + \
        b"\0" * (-len(data) % 4)


class Queue:
    """A queue of packets in the namespace that this process is in."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
        self.sock.bind((0, 0))
        self.sock.settimeout(30)
        # Bind, and copy whole packets.
        for data in (attr(1, struct.pack(">BBH", 1, 0, socket.AF_INET)),
                     attr(2, struct.pack(">IB", 0xffff, 2))):
            assert self.ask(CONFIG, data) == 0

    def send(self, kind, data, flags):
        head = struct.pack("BB", socket.AF_INET, 0) + struct.pack(">H", QUEUE)
        self.sock.send(struct.pack("IHHII", 20 + len(data), kind, flags, 1, 0)
                       + head + data)

    def ask(self, kind, data):
        """The errno that it ends with; what else comes is passed over."""
        self.send(kind, data, 5)
        while True:
            text = self.sock.recv(65536)
            if struct.unpack_from("H", text, 4)[0] == 2:
                return -struct.unpack_from("i", text, 16)[0]

    def packet(self):
        """The number of a packet that waits."""
        while True:
            text = self.sock.recv(65536)
            if struct.unpack_from("H", text, 4)[0] != PACKET:
                continue
            at = 20
            while at < len(text):
                size, kind = struct.unpack_from("HH", text, at)
                if kind == 1:
                    return struct.unpack_from(">I", text, at + 4)[0]
                at += (size + 3) & ~3

    def accept(self, number):
        return self.ask(VERDICT, attr(2, struct.pack(">II", 1, number)))


subprocess.run(["modprobe", "mfib"], check=True)
try:
    if not sh("lab_up && reaches c10 192.168.1.2"):
        tap.skip_all("the lab is not there")
    with open("/run/netns/r", encoding="ascii") as ns:
        assert __import__("ctypes").CDLL(None).setns(ns.fileno(), 0) == 0
    queue = Queue()
    if not sh("r nft 'table ip q { chain f { type filter hook forward "
              f"priority 0; queue num {QUEUE}; }}; }}'"):
        tap.skip_all("nft cannot queue here")
    with subprocess.Popen(["ip", "netns", "exec", "c10", "ping", "-q", "-c",
                           "600", "-i", "0.05", "192.168.1.2"],
                          stdout=subprocess.DEVNULL) as ping:
        tap.ok(queue.accept(queue.packet()) == 0,
               "a packet that is queued goes on")
        number = queue.packet()
        sh("rmmod mfib")
        ping.kill()
    tap.ok(not os.path.exists("/sys/module/mfib"),
           "the module goes while packets are queued")
    got = queue.accept(number)
    tap.ok(got == errno.ENOENT, "which nobody can let go on any more",
           f"got {got}")
finally:
    with open("/proc/1/ns/net", encoding="ascii") as ns:
        __import__("ctypes").CDLL(None).setns(ns.fileno(), 0)
    sh("lab_down")
tap.end()
