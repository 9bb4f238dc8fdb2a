#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=120
"""
Management: the tipc program of iproute2, ss, and who may change something, in
namespaces that are a node each.
"""
import errno
import os
import re
import socket
import subprocess

import tap
from lab import (ADDR, CLUSTER, ID, NODE, SOL_TIPC, STOCK, bound, load, names,
                 port, run, says, sock, until)

RDM = socket.SOCK_RDM


def fresh_node():
    """A node without identity and address."""
    tap.equal(says("tipc node get address"), ["00000000", 0],
              "there is no address")
    tap.equal(says("tipc node get identity")[1:],
              [" " * 33 + "00000000", 0], "nor an identity")
    tap.equal(says("tipc node get netid"), ["4711", 0], "the cluster is 4711")
    tap.equal(says("tipc node list"), ["Node Identity                    "
                                       "Hash     State", 0],
              "no other node is known")
    tap.equal(says("tipc link list"), ["broadcast-link: up", 0],
              "one link is always there")
    tap.equal(says("tipc bearer list"), [0], "there are no bearers")
    table = names()
    tap.equal([(n["type"], n["lower"], n["upper"], n["scope"], n["node"])
               for n in table], [(1, 1, 1, "node", "")],
              "the table has the topology service")
    tap.equal(says("tipc socket list"),
              [f"socket {table[0]['port']}", "  bound to {1,1,1}", 0],
              "so has the list of sockets")


def lists_of_sockets():
    """What is said of sockets."""
    a = bound(RDM, (18888, 10, 20, CLUSTER), (64, 1, 1, NODE))
    server = bound(socket.SOCK_SEQPACKET, (19000, 1, 1, CLUSTER))
    server.listen(3)
    client = sock(socket.SOCK_SEQPACKET)
    client.setblocking(False)
    try:
        client.connect((ADDR, 19000, 1, 0))
    except BlockingIOError:
        pass
    conn, _ = server.accept()
    lines = says("tipc socket list")
    i = lines.index(f"socket {port(a)}")
    tap.equal(lines[i + 1:i + 3],
              ["  bound to {18888,10,20}", "  bound to {64,1,1}"][
                  ::1 if "18888" in lines[i + 1] else -1],
              "bindings are listed")
    i = lines.index(f"socket {port(client)}")
    tap.equal(lines[i + 1], f"  connected to 0:{port(conn)} via {{19000,1}}",
              "a connection is listed, with its name")
    i = lines.index(f"socket {port(server)}")
    tap.equal(lines[i + 1], "  bound to {19000,1,1}", "so is who listens")
    conn.send(b"x" * 10)
    text = run("ss --tipc -ae")
    tap.ok(re.search(rf"ESTAB +1 .* 0:{port(client)} .*0:{port(conn)} .*ino:",
                     text), "ss has the connection and what waits", text)
    tap.ok(re.search(rf"LISTEN .*:{port(server)} ", text), "and who listens")
    text = run("ss --tipc -l")
    tap.ok(f":{port(server)}" in text and f":{port(client)}" not in text,
           "ss -l has who listens, and others not", text)
    text = run("ss --tipc -ap")
    tap.ok(re.search(rf":{port(server)} .*pid={os.getpid()},"
                     rf"fd={server.fileno()}", text), "ss -p finds the process")
    table = {(n["type"], n["lower"]): n for n in names()}
    tap.equal((table[18888, 10]["scope"], table[18888, 10]["port"],
               table[64, 1]["scope"]), ("cluster", port(a), "node"),
              "the name table has scopes and sockets")
    tap.equal([n["type"] for n in names()],
              sorted(n["type"] for n in names()), "it is sorted by type")
    if not STOCK:
        owners(server, client, conn)
    for s in a, server, client, conn:
        s.close()
    tap.ok(until(lambda: len(names()) == 1), "all is gone afterwards")


def rows(path):
    """The rows of a file with a heading."""
    with open(path, encoding="ascii") as text:
        head = text.readline().split()
        return [dict(zip(head, line.split())) for line in text]


def owners(server, client, conn):
    """What no program shows yet."""
    table = {int(r["port"]): r for r in rows("/proc/net/tipc/sockets")}
    for s in server, client, conn:
        r = table[port(s)]
        tap.equal((int(r["pid"]), int(r["uid"]), r["type"]),
                  (os.getpid(), 0, "seqpacket"),
                  "a socket has its process and its user")
    tap.equal([int(table[port(conn)][k]) for k in ("tx_msgs", "tx_bytes")],
              [1, 10], "what it sent is counted")
    tap.equal([int(table[port(client)][k]) for k in ("rx_msgs", "rx_bytes")],
              [1, 10], "and what it got")


def counters():
    """Counters of services and of local traffic."""
    def service(kind):
        return {int(r["type"]): r for r in
                rows("/proc/net/tipc/services")}.get(kind)

    def traffic():
        with open("/proc/net/tipc/traffic", encoding="ascii") as text:
            return {k: int(v) for k, v in (line.split() for line in text)}

    a, b = bound(RDM, (18800, 1, 1, NODE)), sock()
    before = traffic()
    for _ in range(5):
        b.sendto(b"12345678", (ADDR, 18800, 1, 0))
    b.sendto(b"1", (1, 18800, 0, 9))
    r = service(18800)
    tap.equal([r[k] for k in ("bindings", "msgs", "multicasts")],
              ["1", "5", "1"], "a service counts messages and multicasts")
    after = traffic()
    tap.equal((after["messages"] - before["messages"],
               after["bytes"] - before["bytes"],
               after["multicasts"] - before["multicasts"]), (6, 41, 1),
              "the node counts what went between its sockets")
    gone = sock()
    dead = port(gone)
    gone.close()
    b.setsockopt(SOL_TIPC, 129, 0)	# TIPC_DEST_DROPPABLE
    b.sendto(b"1", (ID, 0, dead, 0))
    b.recvmsg(10, 100)
    tap.ok(traffic()["rejected_no_port"] > before["rejected_no_port"],
           "and what came back")
    tap.refused(errno.EHOSTUNREACH, "nobody has another instance", b.sendto,
                b"1", (ADDR, 18800, 2, 0))
    tap.equal(service(18800)["misses"], "1", "and that is counted")
    a.close()
    b.close()
    tap.ok(until(lambda: service(18800) is None),
           "a service without bindings is forgotten")


def identities():
    """How identities and addresses are set and shown, each in a namespace."""
    def node(name):
        run(f"ip netns add {name}")
        return f"ip netns exec {name} "

    at = node("ida")
    tap.equal(says(at + "tipc node set identity node1"), [0],
              "an identity is set")
    tap.equal(says(at + "tipc node get identity")[1:],
              ["node1".ljust(33) + "00000000", 0],
              "it is shown; an address comes with other nodes")
    tap.equal(names(at)[0]["node"], "node1", "names are of the node")
    tap.equal(says(at + "tipc node set netid 4712"), [0],
              "the cluster can still be chosen")
    tap.equal(says(at + "tipc node get netid"), ["4712", 0], "and is")
    tap.equal(says(at + "tipc node set netid 10000")[-1], 255,
              "10000 is no cluster")
    at = node("idb")
    tap.equal(says(at + "tipc node set address 1.1.1"), [0],
              "an address is set")
    tap.equal(says(at + "tipc node get address"), ["01001001", 0],
              "it is shown")
    tap.equal(says(at + "tipc node get identity")[1:],
              ["1001001".ljust(33) + "01001001", 0],
              "and is the identity, too")
    tap.equal([(n["type"], n["lower"], n["scope"], n["port"], n["node"])
               for n in names(at)][0],
              (0, 0x01001001, "cluster", 0, "1001001"),
              "the node is in the table")
    for what in ("address 1.1.2", "identity other", "netid 4712"):
        tap.equal(says(at + "tipc node set " + what)[-1], 255,
                  f"{what} is refused once there is an address")
    at = node("idc")
    tap.equal(says(at + "tipc node set identity "
                   "00112233445566778899aabbccddeeff"), [0],
              "an identity may be 32 hex digits")
    tap.equal(says(at + "tipc node get identity")[1].split()[0],
              "00112233445566778899aabbccddeeff", "and is shown as such")
    tap.equal(says("tipc node get address"), ["00000000", 0],
              "this namespace is another node")
    for name in "ida", "idb", "idc":
        run(f"ip netns del {name}")


def namespaces():
    """Names and sockets of one node are not seen from another."""
    run("ip netns add far")
    code = ("import socket,sys;s=socket.socket(30,socket.SOCK_RDM);"
            "s.bind((1,18900,1,1,2));print(s.getsockname()[2],flush=True);"
            "sys.stdin.read()")
    with subprocess.Popen(["ip", "netns", "exec", "far", "/usr/bin/python3",
                           "-c", code], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as far:
        number = int(far.stdout.readline())
        tap.equal([n["type"] for n in names("ip netns exec far ")],
                  [1, 18900], "a name is in the table of its node")
        tap.equal([n["type"] for n in names()], [1], "and not in this one's")
        tap.ok(f"socket {number}" not in run("tipc socket list"),
               "nor is its socket listed")
        s = sock()
        tap.refused(errno.EHOSTUNREACH, "what is bound there is not found",
                    s.sendto, b"x", (ADDR, 18900, 1, 0))
        run("ip netns del far")
        tap.equal(far.poll(), None, "a node lives as long as its processes")
        far.stdin.close()
    for _ in range(10):
        run("ip netns add gone; ip netns exec gone tipc node set address 1.1.5;"
            " ip netns exec gone tipc nametable show; ip netns del gone")
    tap.ok(True, "nodes come and go")


def refused():
    """What is not there, and who may not."""
    for what in ("bearer disable media eth device lo",
                 "bearer enable media eth device nosuch",
                 "link get tolerance link nosuch",
                 "link set tolerance 800 link nosuch",
                 "peer remove address 1.1.1", "peer remove identity 1"):
        tap.equal(says("tipc " + what)[-1], 255, f"refused: {what}")
    done = subprocess.run(["tipc", "node", "set", "netid", "4713"], check=False,
                          user=65534, group=65534, extra_groups=[],
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL)
    if not STOCK:
        tap.equal(done.returncode, 255, "an ordinary user changes nothing")
        tap.equal(says("tipc node get netid"), ["4711", 0], "really")
    done = subprocess.run(["tipc", "nametable", "show"], check=False,
                          user=65534, group=65534, extra_groups=[],
                          stdout=subprocess.DEVNULL)
    tap.equal(done.returncode, 0, "but may look")


def sysctls():
    """/proc/sys/net/tipc."""
    path = "/proc/sys/net/tipc/tipc_rmem"
    with open(path, encoding="ascii") as text:
        tap.equal(text.read().split(), ["524288", "2097152", "16777216"],
                  "tipc_rmem has its usual values")
    s = sock()
    tap.equal(s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF), 2097152,
              "a socket has the usual buffer")
    run(f"echo 600000 1000000 2000000 > {path}")
    s = sock()
    tap.equal(s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF), 1000000,
              "of when it was created")
    run(f"echo 524288 2097152 16777216 > {path}")


def media():
    """The usual properties of media."""
    tap.equal([says(f"tipc media get {what} media {medium}") for medium, what in
               (("eth", "tolerance"), ("udp", "priority"), ("udp", "window"))],
              [["1500", 0], ["10", 0], ["50", 0]], "what is usual")
    tap.equal(says("tipc media get mtu media udp"), ["0", 0],
              "the greatest packet over UDP is what the interface takes")


def monitor():
    """tipc link monitor: every neighbour is supervised by its own link."""
    tap.equal(says("tipc link monitor get threshold"), ["32", 0],
              "the threshold of the monitor is 32")
    tap.equal(says("tipc link monitor set threshold 10"), [0], "it can be set")
    tap.equal(says("tipc link monitor get threshold"), ["10", 0], "and read")
    run("ip netns add m1; ip link add me0 type veth peer name e0 netns m1; "
        "ip link set me0 up; ip -n m1 link set e0 up; "
        "ip netns exec m1 tipc node set address 1.1.2; "
        "tipc node set address 1.1.1; "
        "tipc bearer enable media eth device me0; "
        "ip netns exec m1 tipc bearer enable media eth device e0")
    tap.ok(until(lambda: " up" in run("tipc node list")), "a neighbour")
    tap.equal(says("ip netns exec m1 tipc link monitor get threshold"),
              ["32", 0], "of another node the threshold is another")
    text = run("tipc link monitor summary")
    tap.ok(re.search(r"bearer eth:me0\n.*cluster_size 2\n.*full-mesh", text,
                     re.S), "the summary of a bearer", text)
    text = run("tipc link monitor list media eth device me0")
    tap.ok(re.search(r"^1.1.1 +up +direct.*\n1.1.2 +up +direct", text, re.M),
           "this node and its neighbour", text)
    run("ip netns del m1; tipc bearer disable media eth device me0; "
        "ip link del me0", check=False)


def traces():
    """Tracepoints."""
    events = "/sys/kernel/tracing/events/tipc/enable"
    run("mount -t tracefs none /sys/kernel/tracing", check=False)
    run(f"echo 1 > {events}")
    a, b = socket.socketpair(30, socket.SOCK_SEQPACKET)
    c = bound(RDM, (18801, 1, 2, NODE))
    c.sendto(b"x", (ID, 0, 12345, 0))
    a.setblocking(False)
    try:
        while a.send(bytes(1000)):
            pass
    except BlockingIOError:
        pass
    for s in a, b, c:
        s.close()
    run(f"echo 0 > {events}")
    with open("/sys/kernel/tracing/trace", encoding="ascii") as text:
        seen = text.read()
    for want in (r"tipc_binding: .* bound name=\{18801,1,2\} scope=3",
                 r"tipc_binding: .* withdrawn name=\{18801,1,2\}",
                 r"tipc_connection: .* begins peer=",
                 r"tipc_connection: .* ends peer=",
                 r"tipc_stall: .* waits for a reader",
                 r"tipc_refused: .*reason=no port .* to=12345"):
        tap.ok(re.search(want, seen), "traced: " + want)


load()
fresh_node()
lists_of_sockets()
identities()
namespaces()
refused()
sysctls()
if not STOCK:
    counters()
    traces()
    media()
    monitor()
tap.end()
