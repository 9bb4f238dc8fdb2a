#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=120
"""
Requests that are not well-formed, or not for everybody, are refused and change
nothing; and beside NetLabel's own mappings dsm does not work.
"""
import errno
import os
import random
import socket
import struct
import time

import lab
import nl
import tap

N = lab.N
FD, FLAG, NUMBER, ONE = "fd", "flag", "number", "not 0"
# What each command takes; the length of what is neither of the above.
TAKES = {
    "STATUS_GET": {}, "NODE_SET": {"NID": ONE},
    "POLICY_LOAD": {"FD": FD, "FORCE": FLAG},
    "POLICY_PREPARE": {"FD": FD, "FORCE": FLAG},
    "POLICY_COMMIT": {"SERIAL": ONE}, "POLICY_ABORT": {"SERIAL": ONE},
    "POLICY_UNLOAD": {}, "TASK_GET": {}, "KEY_GET": {},
    "TASK_SET": {"PID": ONE, "SID": ONE}, "EXEC_SET": {"SID": NUMBER},
    "CHECK": {"CLASS": ONE, "PERMS": ONE, "SSID": ONE, "SNID": NUMBER,
              "TSID": ONE},
    "PEER_GET": {"ADDR4": 4, "ADDR6": 16},
    "KEY_ADD": {"NID": ONE, "EPOCH": ONE, "KEY": 16},
    "KEY_DEL": {"NID": ONE, "EPOCH": ONE}, "KEY_USE": {"EPOCH": ONE},
    "TRUST_ADD": {"DER": 16384},
}
DUMPS = ("TASK_GET", "KEY_GET")
NEEDS_NOTHING = ("STATUS_GET", "POLICY_ABORT", "POLICY_UNLOAD") + DUMPS
EVERYBODYS = ("STATUS_GET", "CHECK", "PEER_GET")
ATTRS = {k[len("DSM_A_"):]: v for k, v in N.items()
         if k.startswith("DSM_A_")}
MUTE_DUMPS = os.uname().release.startswith("6.1.")


def value(kind, of=1):
    """A value of an attribute that is taken."""
    if kind in (FD, NUMBER, ONE):
        return struct.pack("=I", of)
    return b"" if kind == FLAG else bytes(kind)


def whole(cmd, without=None):
    """All attributes of a command but one."""
    return b"".join(nl.attr(ATTRS[a], value(kind))
                    for a, kind in TAKES[cmd].items() if a != without)


def wrongs(cmd):
    """(what is wrong, a payload) for a command."""
    for name, number in ATTRS.items():
        if name not in TAKES[cmd]:
            yield "takes " + name, whole(cmd) + nl.attr(number, bytes(4))
    yield "takes what there is not", whole(cmd) + nl.attr(999, bytes(4))
    yield "takes octets behind the attributes", whole(cmd) + b"\1\2\3"
    yield "takes an attribute that is cut", \
        whole(cmd) + struct.pack("=HH", 400, 1) + b"x"
    yield "takes an attribute shorter than itself", \
        whole(cmd) + struct.pack("=HH", 3, 1)
    yield "takes 60,000 octets of nothing known", \
        whole(cmd) + nl.attr(998, os.urandom(60000))
    for name, kind in TAKES[cmd].items():
        rest, number = whole(cmd, name), ATTRS[name]
        good = value(kind)
        if name not in ("FORCE", "SERIAL", "ADDR4", "ADDR6") or \
                cmd == "POLICY_COMMIT":
            yield "does without " + name, rest
        bad = {"long": good + b"x", "nest": nl.attr(1, nl.attr(2, b"xyz"))}
        if kind == "DER" or name == "DER":
            bad = {"long": bytes(16385), "empty": b""}
        if kind in (FD, NUMBER, ONE):
            bad.update(short=good[:3], empty=b"", wide=good + bytes(4))
        if kind in (ONE, FD):
            bad["out of range"] = value(kind, -1 & 0xffffffff
                                        if kind == FD else 0)
        if isinstance(kind, int) and name != "DER":
            bad["short"] = good[:-1]
        for what, data in bad.items():
            yield f"takes {name}, {what}", rest + nl.attr(number, data)
        if kind != FLAG:
            yield f"takes {name} as a nest", \
                rest + nl.attr(number | nl.NLA_F_NESTED, good)


def answer(fam, cmd, payload):
    """What the kernel said, or None."""
    try:
        fam.request(N["DSM_CMD_" + cmd], payload, dump=cmd in DUMPS)
    except nl.Refused as refused:
        return refused
    return None


def malformed():
    """Each is refused, with its place or a sentence."""
    fam = nl.Family("dsm")
    before = unchanged()
    for cmd in TAKES:
        wrong = []
        for what, payload in wrongs(cmd):
            got = answer(fam, cmd, payload)
            if got is None or got.errno not in (errno.EINVAL, errno.ERANGE,
                                                errno.EBADMSG):
                wrong.append((what, str(got)))
            elif not (got.sentence or got.offset is not None or
                      got.missing is not None or
                      MUTE_DUMPS and cmd in DUMPS):
                wrong.append((what, "and no word why"))
        tap.equal(wrong, [], f"{cmd}: what is malformed is refused")
    tap.equal(unchanged(), before, "and nothing has changed")


def unchanged():
    """What must not be."""
    return {k: v for k, v in lab.status().items()
            if k in ("node", "nid", "serial", "prepared", "epoch", "keys",
                     "rules", "initial", "permissive")}


def noise():
    """Octets at random, as whole requests and as attributes."""
    fam = nl.Family("dsm")
    seed = int(os.environ.get("SEED", time.time()))
    tap.note(f"SEED={seed}")
    r = random.Random(seed)
    before = unchanged()
    for _ in range(400):
        cmd = r.choice([c for c in TAKES if c not in ("EXEC_SET", "TASK_SET")])
        payload = b"".join(
            nl.attr(r.choice((r.choice(list(ATTRS.values())),
                              r.randrange(65536))),
                    r.randbytes(r.choice((0, 1, 3, 4, 5, 16, 300))))
            for _ in range(r.randrange(1, 5)))
        if r.random() < 0.5:
            payload = payload[:r.randrange(len(payload) + 1)] + r.randbytes(7)
        if cmd not in ("POLICY_UNLOAD", "POLICY_ABORT") or len(payload) > 8:
            answer(fam, cmd, payload)
    # Not even a header of generic netlink.
    raw = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
    for length in range(0, 24):
        body = r.randbytes(length)
        raw.send(struct.pack("=IHHII", 16 + length, fam.ident, 1, 1, 0) + body)
    tap.equal(unchanged(), before, "400 requests at random change nothing")


def rights():
    """Everybody may ask what there is; nobody else may change it."""
    def try_all():
        fam = nl.Family("dsm")
        got = {}
        for cmd in TAKES:
            payload = b"".join(nl.attr(ATTRS[a], value(k))
                               for a, k in TAKES[cmd].items()
                               if a not in ("FORCE", "ADDR6"))
            refused = answer(fam, cmd, payload)
            got[cmd] = refused.errno if refused else 0
        return got
    tap.equal(lab.run(None, None, try_all, uid=1000),
              {cmd: 0 if cmd in EVERYBODYS else errno.EPERM for cmd in TAKES},
              "each command of the privileged is theirs alone")

    def listen():
        nl.Family("dsm").listen()
    tap.equal(lab.run(None, None, lab.error_of, listen, uid=1000), errno.EPERM,
              "so are events")


def netlabel():
    """NetLabel's mappings are for the same option: one or the other."""
    lab.sh("netlabelctl", "cipsov4", "add", "pass", "doi:8", "tags:1")
    lab.sh("netlabelctl", "map", "add", "domain:dsm_test", "protocol:cipsov4,8")
    try:
        lab.policy("")
        tap.ok(False, "no policy is loaded beside a CIPSO mapping of NetLabel")
    except nl.Refused as refused:
        tap.ok(refused.errno == errno.EBUSY and "NetLabel" in refused.sentence,
               "no policy is loaded beside a CIPSO mapping of NetLabel, and it "
               "is said why", refused)
    lab.sh("rmmod", "dsm")
    try:
        lab.sh("modprobe", "dsm")
        tap.ok(False, "nor is the module")
    except RuntimeError as error:
        tap.ok("busy" in str(error), "nor is the module", error)
    tap.ok("dsm: not loaded: NetLabel has" in lab.sh("dmesg"),
           "the log says why")
    lab.sh("netlabelctl", "map", "del", "domain:dsm_test")
    lab.sh("netlabelctl", "cipsov4", "del", "doi:8")
    lab.sh("modprobe", "dsm", f"nid={lab.ME}")
    lab.policy("")
    tap.ok(lab.status()["serial"] != "none", "without it both are")


lab.begin()
lab.policy("")
for test in (malformed, noise, rights, netlabel):
    test()
tap.end()
