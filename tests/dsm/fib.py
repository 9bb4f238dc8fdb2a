#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=90 kernels="6.12"
"""
A policy gives a SID a FIB of mfib: a router forwards what it sends by that FIB, and
what others send as before, for as long as the policy says so.
"""
import atexit
import socket

import lab
import tap
import wire

B, D = lab.ADDR["b"], "10.9.2.2"
HEAD = lab.HEAD + "peer 10.9.2.0/24 require nid me;\n"
MFIB = lab.DSM.replace("tools/dsm", "tools/mfib")
FIB = HEAD.replace("sid client = 11;", "sid client = 11 fib 5;")


def send(data):
    """One datagram to the far end."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(data, (D, 9))


def arrives(sid):
    """Does what this SID sends arrive? Something that does follows it."""
    with wire.Tap("d") as tapped:
        lab.run("a", sid, send, b"%d" % sid)
        lab.run("a", lab.DB, send, b"end")
        lab.wait(lambda: any(p.payload[8:] == b"end" for p in tapped.packets),
                 "the end")
    return any(p.payload[8:] == b"%d" % sid for p in tapped.packets)


def mfib(*words):
    """The program, in the router."""
    return lab.sh("ip", "netns", "exec", "b", MFIB, *words)


lab.begin()
lab.sh("ip", "netns", "add", "d")
atexit.register(lab.sh, "ip", "netns", "del", "d", check=False)
lab.cable("d", D, "b", "10.9.2.1")
lab.forward("b")
lab.ip("a", "route", "add", "10.9.2.0/24", "via", B)
lab.wait(lambda: "state UP" in lab.ip("d", "link", "show", "vd"), "link")
lab.policy("", FIB + lab.OPEN)
tap.ok(arrives(lab.CLIENT), "without mfib all goes as ever")
lab.sh("modprobe", "mfib")
lab.ip("b", "link", "add", "mfib5", "type", "mfib")
lab.ip("b", "link", "set", "mfib5", "up")
lab.policy("", FIB + lab.OPEN)
tap.ok(not arrives(lab.CLIENT),
       "a FIB without a route is that of the SID that the policy says")
tap.ok(arrives(lab.WEB), "and of no other")
try:
    lab.sh("rmmod", "mfib")
    tap.ok(False, "mfib stays while dsm is asked by it")
except RuntimeError:
    tap.ok(True, "mfib stays while dsm is asked by it")
mfib("route", "add", "10.9.2.0/24", "dev", "rd", "fib", "5")
tap.ok(arrives(lab.CLIENT), "with a route in it that SID is forwarded by it")
mfib("route", "del", "10.9.2.0/24", "fib", "5")
lab.policy("", HEAD + lab.OPEN)
tap.ok(arrives(lab.CLIENT), "a policy that names no FIB takes it back")
lab.policy("", FIB + lab.OPEN)
tap.ok(not arrives(lab.CLIENT), "and another one gives it again")
lab.ask("POLICY_UNLOAD")
lab.ip("b", "link", "del", "mfib5")
lab.sh("rmmod", "mfib")
tap.ok("mfib " not in lab.sh("lsmod"), "without a policy mfib goes")
tap.end()
