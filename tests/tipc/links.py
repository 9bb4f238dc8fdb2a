#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=150
"""
Links between two nodes, which are namespaces with a cable between them: names,
messages of every size, connections, node and link state, a pulled cable.
"""
import errno
import json
import os
import socket
import struct
import subprocess
import threading

import tap
from lab import (ADDR, CLUSTER, FOREVER, ID, NODE, PORTS, PUBLISHED, RANGE,
                 WITHDRAWN, Subscriber, bound, load, names, run, says, sock,
                 until)

RDM, SEQ, STREAM = socket.SOCK_RDM, socket.SOCK_SEQPACKET, socket.SOCK_STREAM
AT = "ip netns exec far "

FAR = r'''
import os, socket, sys, threading
R = socket.SOCK_RDM
def rdm():
    s = socket.socket(30, R); s.bind((1, 21000, 1, 9, 2))
    while True:
        d, a = s.recvfrom(70000); s.sendto(d, a)
def many():
    s = socket.socket(30, R); s.bind((1, 21001, 0, 99, 2))
    while True:
        d, a = s.recvfrom(70000); s.sendto(b"m" + d[:20], a)
def serve(c):
    try:
        while True:
            d = c.recv(70000)
            if not d: break
            c.sendall(d)
    except ConnectionError: pass
def conn(kind, inst):
    s = socket.socket(30, kind); s.bind((2, 21002, inst, inst, 2)); s.listen(5)
    while True:
        c, _ = s.accept()
        threading.Thread(target=serve, args=(c,), daemon=True).start()
for f, a in ((rdm, ()), (many, ()), (conn, (socket.SOCK_SEQPACKET, 1)),
             (conn, (socket.SOCK_STREAM, 2))):
    threading.Thread(target=f, args=a, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
os._exit(0)
'''


def far_names():
    """What the far node knows."""
    return {(n["type"], n["lower"]) for n in names(AT)}


def set_up():
    """Two nodes and a cable; the far one has services."""
    run("ip netns add far")
    run("ip link add v0 type veth peer name v1 netns far")
    run("ip link set v0 up; ip -n far link set v1 up; ip -n far link set lo up")
    run("tipc node set identity near; " + AT + "tipc node set identity far")
    run(AT + "tipc bearer enable media eth device v1")
    return subprocess.Popen(AT.split() + ["/usr/bin/python3", "-c", FAR],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def comes_up(top, subs):
    """The link, what is said of it, and names."""
    near = bound(RDM, (21100, 1, 1, CLUSTER), (21100, 2, 2, NODE))
    run("tipc bearer enable media eth device v0")
    tap.equal(says("tipc bearer list"), ["eth:v0", 0], "a bearer is enabled")
    tap.ok(until(lambda: "near:v0-far:v1: up" in says("tipc link list")),
           "the link comes up", says("tipc link list"))
    far = sorted(n["lower"] for n in names() if n["type"] == 0)
    tap.equal(len(far), 2, "both nodes are in the table")
    own = int(says("tipc node get address")[0], 16)
    peer = [a for a in far if a != own][0]
    tap.equal(own, 0x6e656172, "an address follows from the identity")
    got = top.get(3)
    tap.ok(top.event(PUBLISHED, own, own, 0, own, subs[0]) in got and
           top.event(PUBLISHED, peer, peer, 0, own, subs[1]) in got and
           top.event(PUBLISHED, peer, peer, 0, peer, subs[0]) in got,
           "subscribers hear of this node, the other and the link", got)
    tap.ok(until(lambda: (21002, 2) in {(n["type"], n["lower"])
                                        for n in names()}),
           "names of the other node come")
    tap.ok(until(lambda: (21100, 1) in far_names()), "and ours go there")
    tap.ok((21100, 2) not in far_names(), "but not those of this node only")
    tap.equal(says("tipc node list")[1].split(), ["far", f"{peer:08x}", "up"],
              "the node is listed")
    tap.ok("near:v0-far:v1" in run("tipc link stat show"), "so is its link")
    name = socket.socket(30, RDM)
    near.close()
    name.close()
    tap.ok(until(lambda: (21100, 1) not in far_names()),
           "a name that goes here goes there")
    return own, peer


def messages(peer):
    """Messages of every kind and size there and back."""
    s = sock()
    bad = []
    for size in (1, 100, 1400, 1428, 1460, 1461, 1500, 4000, 20000, 66000):
        data = os.urandom(size)
        s.sendto(data, (ADDR, 21000, 5, 0))
        got, addr = s.recvfrom(70000)
        if got != data:
            bad.append(size)
    tap.equal(bad, [], "messages to a name come back, 1 to 66,000 bytes")
    data = os.urandom(30000)
    s.sendto(data, addr)
    tap.equal(s.recv(70000), data, "so do those to a socket")
    s.sendto(b"all", (RANGE, 21001, 5, 20))
    tap.equal(s.recv(100), b"mall", "and a multicast")
    s.setsockopt(271, 129, 0)
    s.sendto(b"nobody", (ID, peer, 1, 0))
    data, anc, _, _ = s.recvmsg(100, 200)
    tap.equal((data, struct.unpack("=II", anc[0][2])[0] if anc else 0),
              (b"", 2), "what no socket there takes comes back")
    for kind, inst, name in ((SEQ, 1, "SEQPACKET"), (STREAM, 2, "STREAM")):
        c = sock(kind)
        c.connect((ADDR, 21002, inst, 0))
        data = os.urandom(30000)
        got = b""
        for i in range(50):
            c.sendall(data)
            got = b""
            while len(got) < len(data):
                part = c.recv(70000)
                if not part:
                    break
                got += part
            if got != data:
                break
        tap.ok(got == data, f"50 times 30,000 bytes over {name}", i, len(got))
        c.close()


def flood():
    """More than a link takes at once."""
    s = sock(STREAM)
    s.connect((ADDR, 21002, 2, 0))
    # Python counts it for all that sendall() sends.
    s.settimeout(300)
    total = 20_000_000
    got = [0]

    def reader():
        while got[0] < total:
            part = s.recv(200000)
            if not part:
                break
            got[0] += len(part)

    t = threading.Thread(target=reader)
    t.start()
    s.sendall(bytes(total))
    t.join(120)
    tap.equal(got[0], total, "20 MB there and back")
    s.close()
    text = run("tipc -j link stat show")
    link = [v for v in json.loads(text) if "near" in json.dumps(v)][0]
    tap.note(json.dumps(link))


def cable(own, peer, top, subs):
    """The cable is pulled and put in again."""
    c = sock(SEQ)
    c.connect((ADDR, 21002, 1, 0))
    top.barrier()
    run("tipc link set tolerance 200 link near:v0-far:v1")
    run("ip link set v0 down")
    tap.ok(until(lambda: "near:v0-far:v1: down" in says("tipc link list")),
           "a pulled cable ends the link")
    got = top.get(2)
    tap.ok(top.event(WITHDRAWN, peer, peer, 0, own, subs[1]) in got and
           top.event(WITHDRAWN, peer, peer, 0, peer, subs[0]) in got,
           "subscribers hear that link and node are gone", got)
    tap.ok(not any(n["type"] == 21000 for n in names()),
           "its names are gone")
    tap.equal(says("tipc node list")[1].split()[-1], "down",
              "the node is listed as down")
    try:
        data = c.recv(10)
    except ConnectionError:
        data = b""
    tap.equal(data, b"", "connections are over")
    s = sock()
    tap.refused(errno.EHOSTUNREACH, "nothing is sent there", s.sendto, b"x",
                (ID, peer, 1, 0))
    run("ip link set v0 up")
    tap.ok(until(lambda: "near:v0-far:v1: up" in says("tipc link list")),
           "and with the cable it comes back")
    tap.ok(until(lambda: any(n["type"] == 21000 for n in names())),
           "with its names")
    s.sendto(b"again", (ADDR, 21000, 5, 0))
    tap.equal(s.recv(10), b"again", "and messages")


def loss():
    """A wire that loses, doubles and reorders."""
    if says("tc qdisc add dev v0 root netem loss 2% duplicate 2% delay 1ms "
            "reorder 20%")[-1]:
        tap.skip("a bad wire", "no netem here")
        return
    s = sock()
    bad = 0
    for i in range(300):
        data = bytes([i & 255]) * (i * 100 + 1)
        s.sendto(data, (ADDR, 21000, 5, 0))
        bad += s.recv(70000) != data
    tap.equal(bad, 0, "300 messages over a bad wire come back")
    run("tc qdisc del dev v0 root")


load()
subscriber = Subscriber()
asked = [subscriber.subscribe(0, 0, FOREVER, PORTS),
         subscriber.subscribe(2, 0, FOREVER, PORTS)]
with set_up() as services:
    services.stdout.readline()
    ours, theirs = comes_up(subscriber, asked)
    messages(theirs)
    flood()
    loss()
    cable(ours, theirs, subscriber, asked)
    tap.equal(says("tipc bearer disable media eth device v0"), [0],
              "a bearer is disabled")
    tap.ok(until(lambda: says("tipc node list")[1].split()[-1] == "down"),
           "which ends the link")
    tap.equal(says("tipc peer remove identity far"), [0], "a node is forgotten")
    tap.equal(len(says("tipc node list")), 2, "really")
    tap.equal(says("tipc bearer enable media eth device v0")[-1], 0,
              "and found again")
    tap.ok(until(lambda: "near:v0-far:v1: up" in says("tipc link list")),
           "and linked to")
    run("ip link del v0")
    tap.equal(says("tipc bearer list"), [0], "an interface that goes takes its"
              " bearer along")
    services.stdin.close()
run("ip netns del far")
tap.end()
