#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=150 kernels="6.1"
"""
The module is unloaded, and a node that is a namespace ends, in the middle of
traffic of every kind between two nodes: messages, multicasts, a group, a
connection, bindings that come and go with a subscriber to them. What holds the
module says so; what was under way when its sockets went leaves nothing.
"""
import atexit
import os
import signal
import subprocess

import tap
from cable import AT, linked
from lab import load, names, run, until

# usage: OWN OTHER; prints "flows" when each kind came from the other node.
BUSY = r'''
import os, select, socket, struct, sys
own, other = int(sys.argv[1]), int(sys.argv[2])

def sock(kind=socket.SOCK_RDM, *binds):
    s = socket.socket(30, kind)
    for b in binds:
        s.bind((1,) + b)
    s.setblocking(False)
    return s

def attempt(call, *args):
    try:
        return call(*args)
    except OSError:
        return False

def connected():
    s = sock(socket.SOCK_SEQPACKET)
    s.settimeout(1)
    if attempt(s.connect, (2, 24003, other, 0)) is False:
        s.close()
        return None
    s.setblocking(False)
    return s

one = sock(socket.SOCK_RDM, (24000, own, own, 2))
many = sock(socket.SOCK_RDM, (24001, 0, 9, 2))
group = sock()
group.setsockopt(271, 135, struct.pack("4I", 24002, own, 2, 2))
listener = sock(socket.SOCK_SEQPACKET, (24003, own, own, 2))
listener.listen(5)
top = sock(socket.SOCK_SEQPACKET)
top.setblocking(True)
top.connect((2, 1, 1, 0))
top.send(struct.pack(">5I8s", 24004, 0, 99, 0xffffffff, 1, b"unload.."))
top.setblocking(False)
readers = {one: "one", many: "many", group: "group", listener: "listener",
           top: "top"}
missing = {"one", "many", "group", "connection", "top"}

def came(what, r):
    """Takes what is there; is it from the other node, and is there more?"""
    if what == "listener":
        c = attempt(r.accept)
        if c:
            c[0].setblocking(False)
            readers[c[0]] = "connection"
        return False
    got = attempt(r.recv, 70000)
    if got is False or (what == "connection" and not got):
        if what == "connection" and not attempt(r.getpeername):
            del readers[r]
            r.close()
        return False
    if what == "top":
        if struct.unpack(">I", got[4:8])[0] == other * 10:
            missing.discard(what)
    elif got[:1] == bytes([other]):
        missing.discard(what)
    return True

talk, told, n = None, False, 0
print("ready", flush=True)
while True:
    n += 1
    data = bytes([own]) * (60000 if n % 40 == 0 else n * 37 % 3000 + 1)
    attempt(one.sendto, data, (2, 24000, other, 0))
    attempt(many.sendto, data[:5000], (1, 24001, 0, 9))
    attempt(group.send, data[:5000])
    if not talk and n % 20 == 1:
        talk = connected()
    if talk and attempt(talk.send, data) is False and \
            not attempt(talk.getpeername):
        talk.close()
        talk = None
    if n % 5 == 0:
        sock(socket.SOCK_RDM, (24004, own * 10, own * 10, 2)).close()
    for r in select.select(list(readers), [], [], 0.01)[0]:
        for _ in range(20):
            if not came(readers[r], r):
                break
    if not missing and not told:
        told = True
        print("flows", flush=True)
'''


def busy(own, other, prefix=""):
    """Starts a program that has sockets of all kinds."""
    p = subprocess.Popen(prefix.split() + ["/usr/bin/python3", "-c", BUSY,
                                           str(own), str(other)],
                         stdout=subprocess.PIPE)
    atexit.register(p.kill)
    p.stdout.readline()
    return p


def far_begins():
    """The other node, as far as its interface."""
    run("ip netns add far; ip link add v0 type veth peer name v1 netns far; "
        "ip link set v0 up; ip -n far link set v1 up; "
        "ip addr add 10.9.0.1/24 dev v0; ip -n far addr add 10.9.0.2/24 dev v1")
    run(AT + "tipc node set identity far")


ETH = ("tipc bearer enable media eth device v0",
       "tipc bearer enable media eth device v1")
UDP = ("tipc bearer enable media udp name u localip 10.9.0.1",
       "tipc bearer enable media udp name u localip 10.9.0.2")


def flow(bearers, near=None):
    """Both nodes talk to each other; returns their programs."""
    if not near:
        run(bearers[0])
        near = busy(1, 2)
    run(AT + bearers[1])
    far = busy(2, 1, AT)
    tap.equal(far.stdout.readline(), b"flows\n", "traffic of every kind")
    return near, far


def kill(*programs):
    """Ends them without a word, all before one is waited for."""
    for p in programs:
        os.kill(p.pid, signal.SIGKILL)
    for p in programs:
        p.wait()


def node_ends():
    """The other node is gone while this one sends to it, twice."""
    far_begins()
    near, far = flow(ETH)
    tap.equal(near.stdout.readline(), b"flows\n", "in both directions")
    for again in True, False:
        kill(far)
        run("ip netns del far")
        tap.ok(until(lambda: not linked("v0", "v1")), "the node is gone")
        tap.ok(until(lambda: (24000, 2) not in
                     [(n["type"], n["lower"]) for n in names()]),
               "and its names")
        tap.equal(near.poll(), None, "who talked to it goes on")
        if again:
            run("tipc bearer disable media eth device v0", check=False)
            run("ip link del v0", check=False)
            far_begins()
            run(ETH[0])
            far = flow(ETH, near)[1]
    return near


def unloads(programs, what):
    """Programs end, and the module with all that they left under way."""
    tap.ok("in use" in run("rmmod tipc", check=False),
           f"{what}: not while sockets are open")
    kill(*programs)
    tap.ok(until(lambda: not run("rmmod tipc", check=False)),
           f"{what}: unloaded with bearers, links and packets")


def main():
    """All of it."""
    load()
    run("ip link set lo up; tipc node set identity near")
    near = node_ends()
    kill(near)
    run("tipc bearer disable media eth device v0; ip link del v0", check=False)
    for bearers, what in (ETH, "Ethernet"), (UDP, "UDP"):
        far_begins()
        if bearers == UDP:
            # Cut when they leave, and held a while to be chained as they come.
            for at, name in ("", "v0"), (AT, "v1"):
                run(at + f"ethtool -K {name} tx-gso-list off tso off gro on")
        unloads(flow(bearers), what)
        run("ip netns del far")
        tap.ok(until(lambda: "v0" not in run("ip -o link")), "interfaces go")
        load()
        run("tipc node set identity near")
    tap.end()


main()
