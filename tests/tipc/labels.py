#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=150
"""
Labels of dsm on messages of tipc: allowed and denied next to each other, on one
node and between two, for datagrams, connections and multicasts; the counter, and
what is allowed again when the policy goes.
"""
import errno
import os
import socket
import sys
import threading

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(TOP, "tests", "dsm")]

import lab  # noqa: E402  pylint: disable=wrong-import-position
import tap  # noqa: E402  pylint: disable=wrong-import-position

RDM, SEQ = socket.SOCK_RDM, socket.SOCK_SEQPACKET
HEAD = lab.HEAD + lab.OPEN.replace(
    ", tipc;", ", tipc { create bind connect listen setopt send };")
RULES = """
allow client -> web : tipc;
allow web -> client : tipc;
"""


def accept(c):
    """Answers on connections, one after the other."""
    while True:
        conn, _ = c.accept()
        try:
            while data := conn.recv(70000):
                conn.send(b"conn " + data)
        except ConnectionError:
            pass
        conn.close()


def echo(up):
    """A service: datagrams at 24000, connections at 24001."""
    s = socket.socket(30, RDM)
    s.bind((1, 24000, 0, 9, 2))
    c = socket.socket(30, SEQ)
    c.bind((2, 24001, 1, 1, 2))
    c.listen(5)
    threading.Thread(target=accept, args=(c,), daemon=True).start()
    up.say("ready")
    while True:
        data, addr = s.recvfrom(70000)
        s.sendto(b"echo " + data, addr)


def datagram(size=10):
    """What an answer to a message to the name is like."""
    s = socket.socket(30, RDM)
    s.settimeout(3)
    s.sendto(b"x" * size, (2, 24000, 5, 0))
    data = s.recv(70000)
    return len(data), data[:6]


def multicast():
    """The same to all."""
    s = socket.socket(30, RDM)
    s.settimeout(3)
    s.sendto(b"all", (1, 24000, 5, 5))
    return s.recv(70000)


def connection():
    """The same over a connection."""
    s = socket.socket(30, SEQ)
    s.settimeout(10)
    s.connect((2, 24001, 1, 0))
    for _ in range(20):
        s.send(b"y" * 3000)
        data = s.recv(70000)
    return data


def refused(where, sid, func):
    """Does nothing come through?"""
    try:
        lab.run(where, sid, func)
    except OSError as e:
        return e.errno in (None, errno.ECONNREFUSED, errno.ECONNRESET)
    return False


def check(where):
    """Those who may, and those who may not."""
    tap.equal(lab.run(where, lab.CLIENT, datagram), (15, b"echo x"),
              f"{where}: a client is answered")
    tap.equal(lab.run(where, lab.CLIENT, datagram, 66000 - 5),
              (66000, b"echo x"), f"{where}: also 66,000 bytes")
    tap.equal(lab.run(where, lab.CLIENT, multicast), b"echo all",
              f"{where}: by multicast")
    tap.equal(lab.run(where, lab.CLIENT, connection),
              b"conn " + b"y" * 3000, f"{where}: over a connection")
    before = traffic()
    tap.ok(refused(where, lab.STRANGER, datagram),
           f"{where}: a stranger is not heard")
    tap.ok(refused(where, lab.STRANGER, multicast),
           f"{where}: nor by multicast")
    tap.ok(refused(where, lab.STRANGER, connection),
           f"{where}: nor connected to")
    tap.ok(traffic() > before, f"{where}: which is counted", before)


def traffic():
    """How often a label was refused at the service's node."""
    for line in lab.sh("ip", "netns", "exec", "b", "cat",
                       "/proc/net/tipc/traffic").splitlines():
        if line.startswith("refused_label"):
            return int(line.split()[1])
    return None


def held():
    """How many hold dsm."""
    with open("/sys/module/dsm/refcnt", encoding="ascii") as text:
        return int(text.read())


def closed():
    """Who closes a socket no longer holds dsm."""
    before, during, after = held(), [], []
    for _ in range(20):
        s = socket.socket(30, socket.SOCK_RDM)
        during.append(held())
        s.close()
        after.append(held())
    tap.equal(during, [before + 1] * 20, "an open socket holds dsm")
    tap.equal(after, [before] * 20, "a closed one does not, from then on")


lab.begin()
lab.sh("modprobe", "tipc")
closed()
for n in "a", "b":
    lab.sh("ip", "netns", "exec", n, "tipc", "node", "set", "identity", n)
    lab.sh("ip", "netns", "exec", n, "tipc", "bearer", "enable", "media",
           "eth", "device", "v" + n)
lab.policy(RULES, HEAD)
service = lab.start("b", lab.WEB, echo)
service.read()
lab.wait(lambda: "24001" in lab.sh("ip", "netns", "exec", "a", "tipc",
                                   "nametable", "show"), "the name")
check("b")
check("a")
service.kill()
for n in "a", "b":
    lab.sh("ip", "netns", "exec", n, "tipc", "bearer", "disable", "media",
           "eth", "device", "v" + n)
tap.end()
