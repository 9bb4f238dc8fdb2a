#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=180
"""
The module goes and comes back, policies change, under traffic: no packet that
both policies allow is lost, and the kernel has nothing to say. What was sent
without a label before the first policy came may be. One of the policies has many
rules: 5,000, or as many as PAIRS says.
"""
import os
import socket
import subprocess
import time

import lab
import tap

A, B = lab.ADDR["a"], lab.ADDR["b"]
RULES = """
allow system -> system : tcp { receive }, udp { receive };
allow client -> web : udp { receive };
allow web -> client : udp { receive };
"""
ROUNDS = 2
SWAPS = 12
PAIRS = int(os.environ.get("PAIRS", "5000"))


def echo(up, sid):
    """Answers datagrams, one for each."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((B, 1000 + sid))
    up.say()
    while True:
        data, who = s.recvfrom(100)
        s.sendto(data, who)


def ask_steadily(up, sid, again):
    """
    Numbers, one after the other; how many were asked and answered. What is not
    answered is asked once more, if @again.
    """
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(0.5 if again else 20)
    s.connect((B, 1000 + sid))
    up.say()
    up.sock.setblocking(False)
    count = 0
    while True:
        try:
            up.hear()
            return count
        except BlockingIOError:
            pass
        try:
            s.send(b"%d" % count)
            while int(s.recv(100)) != count:
                if not again:
                    raise RuntimeError("another answer")
        except TimeoutError:
            if again:
                continue
            raise
        count += 1


def many():
    """Rules that nobody here is concerned by."""
    side = 1 + int(PAIRS ** 0.5)
    names = "".join(f"sid s{i} = {1000 + i};" for i in range(side))
    return names + "".join(f"allow s{n // side} -> s{n % side} : tcp;\n"
                           for n in range(PAIRS))


def swaps():
    """Policies that differ in what does not matter."""
    server = lab.start("b", lab.WEB, echo, lab.WEB)
    server.read()
    client = lab.start("a", lab.CLIENT, ask_steadily, lab.WEB, False)
    client.read()
    images = [lab.compile_text(lab.HEAD + lab.OPEN + RULES +
                               (many() if i % 2 else "")) for i in range(2)]
    fd = lab.N["DSM_A_FORCE"]
    for i in range(SWAPS):
        lab.load(images[i % 2], "POLICY_LOAD", lab.nl.attr(fd))
    client.tell()
    count = client.join()
    tap.ok(count > SWAPS and int(lab.status()["rules"]) > PAIRS,
           f"{SWAPS} changes of policy, {count} round trips, none lost",
           lab.status())
    server.kill()


def bulk(up):
    """A TCP stream that does not end; fails when it stands still."""
    listening = socket.socket()
    listening.bind((B, 2000))
    listening.listen()
    up.say()
    c, _ = listening.accept()
    while c.recv(1 << 16):
        pass


def stream(up):
    s = socket.socket()
    s.connect((B, 2000))
    s.settimeout(60)
    up.say()
    up.sock.setblocking(False)
    sent = 0
    while True:
        try:
            up.hear()
            return sent
        except BlockingIOError:
            pass
        sent += s.send(b"x" * 65536)


def unloads():
    """Traffic of TCP and UDP while the module comes and goes."""
    server = lab.start("b", None, echo, 0)
    server.read()
    client = lab.start("a", None, ask_steadily, 0, True)
    client.read()
    sink = lab.start("b", None, bulk)
    sink.read()
    source = lab.start("a", None, stream)
    source.read()
    image = lab.compile_text(lab.HEAD + lab.OPEN + RULES)
    for i in range(ROUNDS):
        lab.sh("rmmod", "dsm")
        lab.sh("modprobe", "dsm", "nid=1")
        # Half of the times it goes with a policy in force.
        if i % 2 == 0:
            lab.load(image)
            seen = lab.stats()["allowed"]
            lab.wait(lambda seen=seen: lab.stats()["allowed"] > seen + 20,
                     "judged traffic")
    client.tell()
    source.tell()
    tap.ok(client.join() > ROUNDS, "datagrams went on")
    tap.ok(source.join() > 0, "a TCP connection went on")
    sink.kill()
    server.kill()


def late(up):
    """Accepts when it is told to, and says what comes."""
    s = lab.listening(B, 2001)
    up.say()
    up.hear()
    c, _ = s.accept()
    up.say(c.recv(10))


def early(up):
    """Connects, and sends when it is told to."""
    with socket.socket() as s:
        s.connect((B, 2001))
        up.say()
        up.hear()
        s.sendall(b"hello")


def accepted_later():
    """A connection that nobody has a descriptor of while the module is loaded."""
    lab.sh("rmmod", "dsm")
    server = lab.start("b", None, late)
    server.read()
    client = lab.start("a", None, early)
    client.read()
    lab.sh("modprobe", "dsm", "nid=1")
    lab.policy(RULES)
    server.tell()
    client.tell()
    tap.equal(server.read(), b"hello",
              "a connection that waited to be accepted at load is known")
    client.join()
    server.join()


lab.begin()
lab.policy(RULES)
swaps()
unloads()
accepted_later()
tap.end()
