#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=150
"""
Links over UDP: lists of peers and groups, IPv4 and IPv6; peers that come and
go; what is refused; an interface that goes.
"""
import errno
import os
import socket

import cable
import tap
from cable import AT
from lab import ADDR, load, run, says, sock, until

ENABLE = "tipc bearer enable media udp name "


def set_up():
    """Two nodes, a cable, addresses."""
    far = cable.set_up()
    run("ip addr add 10.9.0.1/24 dev v0; ip -n far addr add 10.9.0.2/24 dev v1")
    run("ip addr add fd09::1/64 dev v0 nodad; "
        "ip -n far addr add fd09::2/64 dev v1 nodad")
    return far


def linked(name):
    """Is the link up?"""
    return cable.linked(name, name)


def carries(name, what):
    """A link comes up and messages of every size come back."""
    tap.ok(until(lambda: linked(name)), f"{what}: the link comes up",
           says("tipc link list"))
    tap.ok(until(lambda: "23000" in run("tipc nametable show")),
           f"{what}: names come")
    s = sock()
    bad = []
    for size in (1, 1000, 1432, 1472, 1500, 9000, 33000, 66000):
        data = os.urandom(size)
        s.sendto(data, (ADDR, 23000, 5, 0))
        if s.recv(70000) != data:
            bad.append(size)
    tap.equal(bad, [], f"{what}: 1 to 66,000 bytes come back")
    s.close()


def down(name):
    """Disables on both nodes, and waits."""
    run(f"tipc bearer disable media udp name {name}")
    run(AT + f"tipc bearer disable media udp name {name}")
    tap.ok(until(lambda: not linked(name)), "disabled, it is down")


def peers(name="A"):
    """The list of peers, as iproute2 shows it."""
    return sorted(line for line in
                  says(f"tipc bearer get media udp name {name} remoteip")
                  if isinstance(line, str) and line.strip())


def lists():
    """Peers by name, by themselves, and gone."""
    run(ENABLE + "A localip 10.9.0.1 remoteip 10.9.0.2")
    run(AT + ENABLE + "A localip 10.9.0.2 remoteip 10.9.0.77")
    carries("A", "a list of peers")
    tap.ok(any("10.9.0.2" in p for p in peers()), "the list is shown", peers())
    far = run(AT + "tipc bearer get media udp name A remoteip")
    tap.ok("10.9.0.1" in far and "10.9.0.77" in far,
           "who looked for us is on the list, too", far)
    tap.equal(says("tipc bearer add media udp name A remoteip 10.9.0.3"), [0],
              "a peer is added")
    tap.ok(any("10.9.0.3" in p for p in peers()), "and shown", peers())
    tap.equal(says("tipc bearer add media udp name A remoteip 10.9.0.3 "
                   "remoteport 0"), [0], "with port 0 it is taken off")
    tap.ok(not any("10.9.0.3" in p for p in peers()), "really", peers())
    tap.ok(says("tipc bearer add media udp name A remoteip 10.9.0.3 "
                "remoteport 0")[-1] != 0, "but not twice")
    tap.ok(says("tipc bearer add media udp name A remoteip fd09::2")[-1] != 0,
           "a peer of another family is refused")
    tap.ok(says("tipc bearer add media udp name A remoteip 228.0.0.1")[-1] != 0,
           "so is a group")
    shown = run("tipc bearer get media udp name A localip")
    tap.ok("10.9.0.1" in shown, "the local address is shown", shown)
    tap.ok(linked("A"), "none of that ended the link")
    down("A")


def packets():
    """The greatest packet."""
    run(ENABLE + "B localip 10.9.0.1 remoteip 10.9.0.2")
    run(AT + ENABLE + "B localip 10.9.0.2 remoteip 10.9.0.1")
    tap.equal(says("tipc bearer get mtu media udp name B"), ["1472", 0],
              "it follows from that of the interface")
    tap.ok(until(lambda: linked("B")), "a link with it")
    tap.equal(says("tipc bearer set mtu 1200 media udp name B"), [0],
              "it is set")
    carries("B", "after that")
    tap.equal(says("tipc bearer get mtu media udp name B"), ["1200", 0],
              "and shown")
    tap.ok(says("tipc bearer set mtu 70000 media udp name B")[-1] != 0,
           "what no datagram carries is refused")
    run("ip link set v0 mtu 1400; ip -n far link set v1 mtu 1400")
    tap.equal(run(AT + "tipc bearer get mtu media udp name B").strip(), "1372",
              "else it goes with the interface")
    carries("B", "with smaller packets")
    run("ip link set v0 mtu 1500; ip -n far link set v1 mtu 1500")
    run("ip link set v0 down")
    tap.ok(until(lambda: not linked("B")), "an interface that is down")
    run("ip link set v0 up")
    run("ip addr replace fd09::1/64 dev v0 nodad")
    tap.ok(until(lambda: linked("B")), "and up again")
    down("B")


def refusals():
    """What is no bearer."""
    for what, why in (
            ("C localip 10.9.0.99 remoteip 10.9.0.2", "an address of others"),
            ("C localip 10.9.0.1 remoteip fd09::2", "two families"),
            ("C localip 228.0.0.1 remoteip 10.9.0.2", "a local group")):
        tap.ok(says(ENABLE + what)[-1] != 0, f"{why}: refused")
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("10.9.0.1", 6118))
    got = says(ENABLE + "C localip 10.9.0.1 remoteip 10.9.0.2")
    tap.ok(got[-1] != 0, "a port that is in use: refused", got)
    s.close()
    tap.equal(says("tipc bearer list"), [0], "nothing is left of that")
    tap.ok("udp" in run("tipc media list"), "UDP is a medium")
    run("tipc media set tolerance 900 media udp")
    tap.equal(says("tipc media get tolerance media udp"), ["900", 0],
              "its usual tolerance is set")
    run("tipc media set tolerance 1500 media udp")


def disappears():
    """An interface goes while it is used."""
    run(ENABLE + "D localip 10.9.0.1")
    run(AT + ENABLE + "D localip 10.9.0.2")
    tap.ok(until(lambda: linked("D")), "linked once more")
    s = sock()
    s.setblocking(False)
    for _ in range(200):
        try:
            s.sendto(bytes(20000), (ADDR, 23000, 5, 0))
        except OSError as e:
            if e.errno not in (errno.EAGAIN, errno.EHOSTUNREACH):
                raise
    run("ip link del v0")
    tap.ok(until(lambda: says("tipc bearer list") == [0]),
           "an interface that goes takes its bearer along",
           says("tipc bearer list"))
    tap.ok(until(lambda: says(AT + "tipc bearer list") == [0]),
           "at both ends")


load()
with set_up() as services:
    services.stdout.readline()
    lists()
    for name, local, far in (("G", "10.9.0.1", "10.9.0.2"),
                             ("H", "fd09::1", "fd09::2")):
        run(ENABLE + f"{name} localip {local}")
        run(AT + ENABLE + f"{name} localip {far}")
        carries(name, f"a group, {local}")
        down(name)
    run(ENABLE + "I localip fd09::1 remoteip fd09::2")
    run(AT + ENABLE + "I localip fd09::2 remoteip fd09::1")
    carries("I", "a list, IPv6")
    down("I")
    packets()
    refusals()
    disappears()
    services.stdin.close()
run("ip netns del far")
tap.end()
