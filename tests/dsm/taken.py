#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=120
"""
Where dsm attaches, somebody else is already: status says so, netfilter does
instead what the receiver did, and what needs the kernel's own check is dropped
and not let through.
"""
import heads
import lab
import tap
import wire

A, B = lab.ADDR["a"], lab.ADDR["b"]
RULES = """
allow client -> web : tcp { receive }, udp { receive };
allow web -> client : tcp { receive }, udp { receive };
"""


def flows():
    """TCP and UDP between labelled processes, and nobody else."""
    server = lab.start("b", lab.WEB, lab.tcp_server, B)
    server.read()
    data, who = lab.run("a", lab.CLIENT, lab.tcp_ask, B)
    tap.equal((data, who[:2]), (b"HELLO", (lab.WEB, lab.ME)),
              "tcp: both ends know each other")
    tap.ok(lab.run("a", lab.STRANGER, lab.error_of, lab.tcp_ask, B),
           "a stranger does not get through")
    server.kill()
    server = lab.start("b", lab.WEB, lab.udp_server, B)
    server.read()
    tap.equal(lab.run("a", lab.CLIENT, lab.udp_ask, B), b"HELLO",
              "udp: what is allowed arrives")
    with wire.Tap("b") as tapped:
        tap.ok(lab.run("a", lab.CLIENT, lab.error_of, lab.udp_ask, B,
                       b"x" * 3000, 53, 2),
               "a fragmented datagram does not: the kernel drops it")
    tap.ok({p.options for p in tapped.packets if p.src == A and
            p.proto == 17} == {wire.label(lab.CLIENT, lab.ME)},
           "though it was labelled", *tapped.packets)
    server.kill()


def options():
    """Those of a later message of sendmmsg(), which only the guard sees."""
    with wire.Tap("b") as tapped, \
            lab.Counted("refused.not_labelled") as counted:
        lab.run("a", lab.CLIENT, heads.several, (B, 53), b"\1\1\1\1")
        tapped.settle()
        tap.equal([p.options for p in tapped.packets if p.proto == 17],
                  [wire.label(lab.CLIENT, lab.ME)],
                  "sendmmsg() with IP options: what was labelled leaves")
        tap.equal(counted(), 1, "and what was not is counted")


lab.sh("modprobe", "dsm_taken_test")
lab.begin()
got = {k: lab.status()[k] for k in ("receive", "validate", "replies")}
tap.equal(got, {"receive": "netfilter", "validate": "none", "replies": "none"},
          "status says what is attached how")
tap.equal(lab.status()["guard"], "0", "without a policy nothing is guarded")
lab.policy(RULES)
tap.equal(lab.status()["guard"], "1",
          "with one all that leaves is looked at, for nobody refuses IP options")
flows()
options()
lab.sh("rmmod", "dsm")
lab.sh("rmmod", "dsm_taken_test")
lab.sh("modprobe", "dsm", f"nid={lab.ME}")
got = {k: lab.status()[k] for k in ("receive", "validate", "replies")}
tap.equal(got, {"receive": "pointer", "validate": "ftrace",
                "replies": "ftrace"}, "and when they are free again")
tap.end()
