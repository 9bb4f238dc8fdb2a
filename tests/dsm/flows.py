#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=150
"""
Labelled flows between two nodes: allowed and denied next to each other, who the
peer is, what is on the wire, and a policy that changes under them.
"""
import errno
import os
import socket

import lab
import tap
import wire

A, B = lab.ADDR["a"], lab.ADDR["b"]
RULES = """
allow client -> web : tcp { receive }, udp { receive };
allow web -> client : tcp { receive }, udp { receive };
"""
LABEL = {sid: bytes.fromhex("8614100010000" + "70e0306%08x0606%08x" % (sid, 1))
         for sid in (lab.SYSTEM, lab.WEB, lab.CLIENT, lab.STRANGER)}


def tcp():
    """Connections: both ends know the other, strangers get nothing."""
    server = lab.start("b", lab.WEB, lab.tcp_server, B)
    server.read()
    with wire.Tap("b") as tapped:
        data, who = lab.run("a", lab.CLIENT, lab.tcp_ask, B)
    tap.equal(data, b"HELLO", "tcp: what is allowed arrives")
    tap.equal(who[:2], (lab.WEB, lab.ME), "the client knows the server")
    got, first, later = server.read()
    tap.equal(first[:2], (lab.CLIENT, lab.ME),
              "the server knows the client before it has sent anything")
    tap.equal(later[:2], (lab.CLIENT, lab.ME), "and afterwards")
    sent = [p for p in tapped.packets if p.proto == 6 and p.src == A]
    answers = [p for p in tapped.packets if p.proto == 6 and p.src == B]
    tap.ok(sent and all(p.options == LABEL[lab.CLIENT] for p in sent),
           "every segment of the client has its label", *sent)
    tap.ok(answers and all(p.options == LABEL[lab.WEB] for p in answers),
           "every segment of the server, SYN-ACK too", *answers)
    with lab.Counted("refused.rule") as refused:
        tap.equal(lab.run("a", lab.STRANGER, lab.error_of, lab.tcp_ask, B),
                  errno.EIO, "tcp: a stranger does not get through")
        tap.ok(refused() > 0, "and that is counted")
    server.kill()


def udp():
    """Datagrams, connected or not, with the label in a control message."""
    server = lab.start("b", lab.WEB, lab.udp_server, B)
    server.read()
    for connect in (False, True):
        tap.equal(lab.run("a", lab.CLIENT, lab.udp_ask, B, b"x", 53, 3,
                          connect), b"X", f"udp: allowed, connect={connect}")
        tap.equal(server.read()[3][:2], (lab.CLIENT, lab.ME),
                  "getsockopt has the sender of the last datagram")
        tap.ok(lab.run("a", lab.STRANGER, lab.error_of, lab.udp_ask, B, b"x",
                       53, 2, connect), f"udp: denied, connect={connect}")
    server.kill()
    server = lab.start("b", lab.WEB, lab.udp_server, B, 53, True)
    server.read()
    lab.run("a", lab.CLIENT, lab.udp_ask, B)
    control = server.read()[2]
    tap.equal([(c[0], c[1], bytes(c[2])) for c in control],
              [(socket.IPPROTO_IP, 6, LABEL[lab.CLIENT])],
              "IP_RECVOPTS has the option of each datagram")
    server.kill()


def fragments():
    """What is larger than a frame has its label in each fragment."""
    server = lab.start("b", lab.WEB, lab.udp_server, B)
    server.read()
    data = b"a" * 5000
    with wire.Tap("b") as tapped:
        tap.ok(lab.run("a", lab.CLIENT, lab.udp_ask, B, data) == b"A" * 5000,
               "udp: 5000 octets and back")
    server.kill()
    parts = [p for p in tapped.packets if p.proto == 17 and p.src == A]
    tap.ok(len(parts) > 2 and all(p.options == LABEL[lab.CLIENT]
                                  for p in parts),
           "every fragment has the label", *parts)


def mapped():
    """An IPv6 socket that speaks IPv4."""
    server = lab.start("b", lab.WEB, lab.tcp_server, B)
    server.read()

    def ask():
        with socket.socket(socket.AF_INET6) as s:
            s.settimeout(5)
            s.connect(("::ffff:" + B, 80))
            s.sendall(b"six")
            return s.recv(100), lab.peer(s, level=socket.IPPROTO_IPV6)
    data, who = lab.run("a", lab.CLIENT, ask)
    tap.equal(data, b"SIX", "a v4-mapped socket is labelled, too")
    tap.equal(who[:2], (lab.WEB, lab.ME), "and is told its peer")
    tap.ok(lab.run("a", lab.STRANGER, lab.error_of, ask),
           "a stranger's is not let through")
    server.kill()


def kernel_answers():
    """Ping, port unreachable, RST: with the initial SID."""
    with wire.Tap("b") as tapped:
        lab.sh("ip", "netns", "exec", "a", "ping", "-c", "1", "-W", "20", B)
        tap.equal(lab.run("a", lab.SYSTEM, lab.error_of, lab.tcp_ask, B,
                          b"", 81), errno.ECONNREFUSED,
                  "a closed TCP port refuses")
        tap.equal(lab.run("a", lab.SYSTEM, lab.error_of, lab.udp_ask, B,
                          b"", 81, 5, True), errno.ECONNREFUSED,
                  "a closed UDP port refuses")
    for text, proto in (("echo reply and port unreachable", 1), ("RST", 6)):
        seen = [p for p in tapped.packets if p.proto == proto and p.src == B]
        tap.ok(seen and all(p.options == LABEL[lab.SYSTEM] for p in seen),
               f"{text}: labelled with the initial SID", *seen)


def swap():
    """A change of policy reaches connections that are open."""
    server = lab.start("b", lab.WEB, lab.udp_server, B)
    server.read()

    def client(up):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(2)
        s.connect((B, 53))
        while True:
            up.hear()
            try:
                s.send(b"now")
                up.say(s.recv(10))
            except OSError as error:
                up.say(type(error).__name__)
    c = lab.start("a", lab.CLIENT, client)

    def ask():
        c.tell()
        return c.read()
    tap.equal(ask(), b"NOW", "allowed by the first policy")
    lab.policy("")
    tap.equal(ask(), "TimeoutError", "not by the second, on the same sockets")
    lab.policy("permissive;\n")
    with lab.Counted("permissive") as permissive:
        tap.equal(ask(), b"NOW", "a permissive one lets it through")
        tap.ok(permissive() >= 2, "and counts it")
    lab.policy(RULES)
    tap.equal(ask(), b"NOW", "allowed again")
    c.kill()
    server.kill()


def peers():
    """Plain peers get no label, denied ones nothing."""
    head = lab.HEAD.replace("peer 10.9.0.0/24 require nid me;",
                            "peer 10.9.0.0/24 plain sid stranger;")
    lab.policy("allow stranger -> web : udp { receive };"
               "allow client -> stranger : udp { send };"
               "deny web -> stranger : udp { send };"
               "allow stranger -> client : udp { receive };",
               head + lab.OPEN.replace("setopt send }", "setopt }"))
    server = lab.start("b", lab.WEB, lab.udp_server, B)
    server.read()
    with wire.Tap("b") as tapped:
        lab.run("a", lab.CLIENT, lab.error_of, lab.udp_ask, B, b"x", 53, 2)
        got = server.read()
    tap.equal(got[3][:2], (lab.STRANGER, lab.NONE),
              "what arrives bare has the default SID of its peer")
    tap.ok(all(not p.options for p in tapped.packets if p.proto == 17) and
           len(tapped.packets) > 0, "nothing is labelled", *tapped.packets)
    try:
        server.join()
        tap.ok(False, "sending to a plain peer is asked for")
    except OSError as error:
        tap.equal(error.errno, errno.EACCES,
                  "sending to a plain peer is asked for")
    lab.policy("", lab.HEAD.replace("10.9.0.0/24 require nid me",
                                    "10.9.0.0/24 deny") + lab.OPEN)
    tap.equal(lab.run("a", lab.CLIENT, lab.error_of, lab.udp_ask, B),
              errno.EACCES, "a denied peer cannot be sent to")
    lab.policy(RULES)


def loads():
    """Two-phase, serials, what is refused."""
    image = lab.compile_text(lab.HEAD + lab.OPEN + RULES, 1000)
    lab.load(image, "POLICY_PREPARE")
    tap.equal(lab.status()["prepared"], "1000", "a policy is prepared")
    tap.ok(int(lab.status()["serial"]) < 1000, "and not in force")
    tap.refused(errno.ENOENT, "another serial is not committed", lab.ask,
                "POLICY_COMMIT", lab.u32("SERIAL", 999))
    lab.ask("POLICY_COMMIT", lab.u32("SERIAL", 1000))
    tap.equal(lab.status()["serial"], "1000", "committed")
    tap.refused(errno.ESTALE, "the same serial is old", lab.load, image)
    os.truncate(image, os.path.getsize(image) - 1)
    tap.refused(errno.EBADMSG, "a cut image is refused", lab.load, image)
    with open(lab.compile_text(lab.HEAD + lab.OPEN + RULES, 1001), "rb") as f:
        data = f.read()
    with open("/sys/kernel/security/dsm/load", "wb", buffering=0) as f:
        f.write(data)
    tap.equal(lab.status()["serial"], "1001", "one write loads a policy")
    bad = data[:300] + bytes([data[300] ^ 1]) + data[301:]
    with open("/sys/kernel/security/dsm/load", "wb", buffering=0) as f:
        tap.refused(errno.EBADMSG, "a changed bit is seen", f.write, bad)
    with open("/sys/kernel/security/dsm/load", encoding="ascii") as f:
        tap.ok(len(f.read()) > 10, "and load says what was wrong")
    tap.refused(errno.EBUSY, "the node ID stays while a policy is in force",
                lab.ask, "NODE_SET", lab.u32("NID", 7))


lab.begin()
lab.policy(RULES)
for test in (tcp, udp, fragments, mapped, kernel_answers, swap, peers, loads):
    test()
tap.end()
