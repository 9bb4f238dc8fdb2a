#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""
A service that is found by its name, a client of it, and who watches it.

    service.py serve TYPE LOWER UPPER     answers for a range of instances
    service.py ask TYPE INSTANCE TEXT     asks whoever has that instance
    service.py tell TYPE LOWER UPPER N TEXT   tells everybody in a range,
                                          and prints N answers
    service.py watch TYPE EVENTS          tells of what comes and goes

Python knows AF_TIPC by itself. service.c is the same in C.
"""
import os
import socket
import struct
import sys

# The names that Python has none for, from <linux/tipc.h>.
ERRINFO, RETDATA, DESTNAME = 1, 2, 3
DEST_DROPPABLE = socket.TIPC_DEST_DROPPABLE
REASONS = ("", "no such name", "no such port", "no such node", "overload",
           "connection was shut down")


def serve(kind, lower, upper):
    """Answers for ever."""
    sock = socket.socket(socket.AF_TIPC, socket.SOCK_RDM)
    sock.bind((socket.TIPC_ADDR_NAMESEQ, kind, lower, upper,
               socket.TIPC_CLUSTER_SCOPE))
    while True:
        text, control, _, sender = sock.recvmsg(1000, 256)
        instance = {t: d for _, t, d in control}.get(DESTNAME, bytes(12))
        reply = (f"Python, process {os.getpid()}, for "
                 f"{struct.unpack('=3I', instance)[1]}: {text.decode()}")
        sock.sendto(reply.encode(), sender)


def ask(kind, instance, text):
    """Asks one; what cannot be delivered is to come back."""
    sock = socket.socket(socket.AF_TIPC, socket.SOCK_RDM)
    sock.setsockopt(socket.SOL_TIPC, DEST_DROPPABLE, 0)
    sock.sendto(text.encode(), (socket.TIPC_ADDR_NAME, kind, instance, 0))
    reply, control, _, _ = sock.recvmsg(1200, 2000)
    if reply:
        print(reply.decode())
        return 0
    info = {t: d for level, t, d in control if level == socket.SOL_TIPC}
    code = struct.unpack("=2I", info[ERRINFO])[0]
    print(f"returned, error {code}: {REASONS[code]}")
    print(f"returned, data: {info[RETDATA].decode()}")
    return 1


def tell(kind, lower, upper, count, text):
    """One message to everybody in a range; prints that many answers."""
    sock = socket.socket(socket.AF_TIPC, socket.SOCK_RDM)
    sock.sendto(text.encode(), (socket.TIPC_ADDR_NAMESEQ, kind, lower, upper))
    for _ in range(count):
        print(sock.recv(1200).decode())
    return 0


def watch(kind, count):
    """Prints that many events of the topology service."""
    sock = socket.socket(socket.AF_TIPC, socket.SOCK_SEQPACKET)
    sock.connect((socket.TIPC_ADDR_NAME, socket.TIPC_TOP_SRV,
                  socket.TIPC_TOP_SRV, 0))
    sock.send(struct.pack("=5I8s", kind, 0, 0xffffffff, 0xffffffff,
                          socket.TIPC_SUB_PORTS, b"anything"))
    for _ in range(count):
        event, lower, upper, port, _ = struct.unpack("=5I28x", sock.recv(48))
        what = {socket.TIPC_PUBLISHED: "published",
                socket.TIPC_WITHDRAWN: "withdrawn"}[event]
        print(f"Python: {lower} to {upper} {what}, port {port}", flush=True)
    return 0


VERBS = {"serve": (serve, (int, int, int)), "ask": (ask, (int, int, str)),
         "tell": (tell, (int, int, int, int, str)), "watch": (watch, (int, int))}


def main(verb="", *args):
    """Does what the command line says."""
    function, kinds = VERBS.get(verb, (None, ()))
    if not function or len(args) != len(kinds):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        return function(*(kind(arg) for kind, arg in zip(kinds, args)))
    except OSError as error:
        print(f"{verb}: {error.strerror}", file=sys.stderr)
        return 1


sys.exit(main(*sys.argv[1:]))
