#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""
A service that moves: one process serves, another stands by on another node and
takes over when the name is withdrawn, however that came about. The caller knows
nothing but the name.

    moving.py serve TYPE            serve at once
    moving.py standby TYPE          serve when nobody else does
    moving.py call TYPE COUNT       call until COUNT answers have come; says who
                                    answered whenever it is another, and how long
                                    there was no answer
"""
import os
import socket
import struct
import sys
import time

FOREVER = 0xffffffff


def serve(kind):
    """Answers each message with the name of this node."""
    s = socket.socket(socket.AF_TIPC, socket.SOCK_RDM)
    s.bind((socket.TIPC_ADDR_NAMESEQ, kind, 0, 0,
            socket.TIPC_CLUSTER_SCOPE))
    print(f"{os.uname().nodename} serves", flush=True)
    while True:
        _, addr = s.recvfrom(100)
        s.sendto(os.uname().nodename.encode(), addr)


def standby(kind):
    """Asks to be told who is bound, and waits until nobody is."""
    s = socket.socket(socket.AF_TIPC, socket.SOCK_SEQPACKET)
    s.connect((socket.TIPC_ADDR_NAME, socket.TIPC_TOP_SRV,
               socket.TIPC_TOP_SRV, 0))
    s.send(struct.pack("=5I8s", kind, 0, 0, FOREVER,
                       socket.TIPC_SUB_SERVICE, b""))
    while struct.unpack("=I", s.recv(100)[:4])[0] != socket.TIPC_WITHDRAWN:
        print("somebody serves", flush=True)
    print("nobody serves any more", flush=True)
    serve(kind)


def call(kind, count):
    """Calls by name, again and again."""
    s = socket.socket(socket.AF_TIPC, socket.SOCK_RDM)
    s.settimeout(0.5)
    last, since, answers, failed = None, time.monotonic(), 0, 0
    while answers < count:
        try:
            s.sendto(b"who?", (socket.TIPC_ADDR_NAME, kind, 0, 0))
            who = s.recv(100).decode()
        except OSError:
            failed += 1
            time.sleep(0.02)
            continue
        if who and who != last:
            print(f"answered by {who}, after {time.monotonic() - since:.1f} s "
                  f"and {failed} calls without an answer", flush=True)
            last = who
        if who:
            answers += 1
            failed = 0
            since = time.monotonic()
        time.sleep(0.02)
    print(f"{answers} answers", flush=True)


def main(verb, kind, *args):
    """What the command line says."""
    {"serve": serve, "standby": standby, "call": call}[verb](
        int(kind), *map(int, args))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
