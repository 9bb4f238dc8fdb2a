#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=180
"""
Labels and the rest of the network: a router between two nodes, multicast, AH,
denials that are answered, connections that are over, packets that are merged.
"""
import atexit
import errno
import socket
import struct

import lab
import tap
import wire

A, B = lab.ADDR["a"], lab.ADDR["b"]
GROUP = "239.1.1.1"
HEAD = lab.HEAD + """
peer 10.9.1.0/24 require nid me;
peer 10.9.2.0/24 require nid me;
peer 239.1.1.0/24 label;
"""
RULES = """
allow client -> web : tcp { receive }, udp { receive };
allow web -> client : tcp { receive }, udp { receive };
deny stranger -> web : udp, tcp answer;
"""
CLIENT = wire.label(lab.CLIENT, lab.ME)
WEB = wire.label(lab.WEB, lab.ME)


def labels(packets, src, proto):
    """The options of the packets of a sender, each once."""
    return {p.options for p in packets if p.src == src and p.proto == proto}


def routed():
    """c - r - d: what r forwards keeps its label, and r is no receiver."""
    for name in "crd":
        lab.sh("ip", "netns", "add", name)
        atexit.register(lab.sh, "ip", "netns", "del", name, check=False)
    lab.cable("c", "10.9.1.2", "r", "10.9.1.1")
    lab.cable("d", "10.9.2.2", "r", "10.9.2.1")
    lab.forward("r")
    lab.ip("c", "route", "add", "10.9.2.0/24", "via", "10.9.1.1")
    lab.ip("d", "route", "add", "10.9.1.0/24", "via", "10.9.2.1")
    lab.wait(lambda: "state UP" in lab.ip("d", "link", "show", "vd"), "link")
    server = lab.start("d", lab.WEB, lab.tcp_server, "10.9.2.2")
    server.read()
    with wire.Tap("d") as tapped:
        data, who = lab.run("c", lab.CLIENT, lab.tcp_ask, "10.9.2.2", b"far",
                            80, 30)
    tap.equal((data, who[:2]), (b"FAR", (lab.WEB, lab.ME)),
              "through a router both ends know each other")
    tap.equal(labels(tapped.packets, "10.9.1.2", 6), {CLIENT},
              "what a router forwards has the label of its sender")
    server.kill()
    with wire.Tap("d") as tapped:
        lab.run("c", lab.CLIENT, send_to, "10.9.2.2", b"x" * 4000)
        lab.wait(lambda: len([p for p in tapped.packets if p.proto == 17]) > 2,
                 "fragments")
    tap.equal(labels(tapped.packets, "10.9.1.2", 17), {CLIENT},
              "fragments, too")
    with wire.Tap("c") as tapped:
        lab.run("c", lab.CLIENT, send_to, "10.9.2.2", b"x", 1)
        lab.wait(lambda: labels(tapped.packets, "10.9.1.1", 1), "ICMP")
    tap.equal(labels(tapped.packets, "10.9.1.1", 1),
              {wire.label(lab.SYSTEM, lab.ME)},
              "and a router's ICMP errors have its own label")


def send_to(addr, data, ttl=64, port=9):
    """One datagram."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
        s.sendto(data, (addr, port))


def multicast():
    """A group: labelled, and judged for each that listens."""
    def listen(up):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind((GROUP, 9))
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                     socket.inet_aton(GROUP) + socket.inet_aton(B))
        up.say()
        while True:
            up.say((s.recv(10), lab.peer(s)[:2]))

    def send(data):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                         socket.inet_aton(A))
            s.sendto(data, (GROUP, 9))
    there = lab.start("b", lab.WEB, listen)
    there.read()
    with lab.Counted("refused.rule") as refused, wire.Tap("b") as tapped:
        lab.run("a", lab.STRANGER, send, b"no")
        lab.run("a", lab.CLIENT, send, b"yes")
        tap.equal(there.read(), (b"yes", (lab.CLIENT, lab.ME)),
                  "multicast: who may be heard is, who may not is not")
        tap.ok(refused() == 1, "and that is counted", refused())
    tap.equal({p.options for p in tapped.packets if p.dst == GROUP},
              {CLIENT, wire.label(lab.STRANGER, lab.ME)},
              "both were labelled")
    there.kill()


def answered():
    """A rule may say that a denied packet is answered."""
    server = lab.start("b", lab.WEB, lab.udp_server, B)
    server.read()
    with wire.Tap("b") as tapped:
        tap.equal(lab.run("a", lab.STRANGER, lab.error_of, lab.udp_ask, B, b"x",
                          53, 30, True), errno.EHOSTUNREACH,
                  "a denied datagram is answered: prohibited")
    icmp = [p for p in tapped.packets if p.proto == 1]
    tap.ok(len(icmp) == 1 and icmp[0].payload[:2] == b"\3\x0d",
           "by ICMP type 3 code 13", *icmp)
    tap.equal({p.options for p in icmp}, {WEB},
              "with the label of the socket that did not get it")
    server.kill()
    server = lab.start("b", lab.WEB, lab.tcp_server, B)
    server.read()
    tap.equal(lab.run("a", lab.STRANGER, lab.error_of, lab.tcp_ask, B, b"x",
                      80, 30), errno.EHOSTUNREACH,
              "so is a denied connection")
    server.kill()


def over(end, text):
    """What is still answered for a connection that is over has its label."""
    def shut(up):
        s = lab.listening(B)
        up.say()
        c, _ = s.accept()
        end(c)                  # first: TIME_WAIT is here
        up.say()
        up.hear()

    def connect(up):
        with socket.socket() as s:
            s.connect((B, 80))
            up.say(s.getsockname()[1])
            up.hear()
            # Half closed: then an ACK of an ACK, which RST answers.
    there = lab.start("b", lab.WEB, shut)
    there.read()
    here = lab.start("a", lab.CLIENT, connect)
    port = here.read()
    there.read()
    with wire.Tap("b") as tapped:
        here.tell()
        here.join()             # closes: FIN, which TIME_WAIT acknowledges
        lab.wait(lambda: labels(tapped.packets, B, 6), "the last ACK")
        wire.inject("a", wire.packet(A, B, 6, wire.tcp_syn(port, 80, A, B),
                                     CLIENT))
        lab.wait(lambda: len([p for p in tapped.packets if p.src == B]) > 1,
                 "the answer to an old SYN")
    tap.equal(labels(tapped.packets, B, 6), {WEB},
              f"TIME_WAIT answers with the label of the socket{text}")
    with lab.Counted("refused.rule") as refused, wire.Tap("b") as tapped:
        wire.inject("a", wire.packet(A, B, 6, wire.tcp_syn(port, 80, A, B),
                                     wire.label(lab.DB, lab.ME)))
        lab.wait(refused, "a refusal")
    tap.equal(labels(tapped.packets, B, 6), set(),
              "but does not answer whom the socket would not have heard")
    there.kill()


def over_closed():
    """The socket is closed."""
    over(socket.socket.close, "")


def over_open():
    """It is only shut down."""
    over(lambda s: s.shutdown(socket.SHUT_WR), " that is still open")


def ah():
    """AH covers the option, and carries it."""
    key = "0x" + "42" * 32
    lab.sh("modprobe", "-a", "ah4", "xfrm_user", check=False)
    try:
        lab.ip("a", "xfrm", "state")
    except RuntimeError:
        tap.skip("AH", "this kernel has no xfrm")
        return
    for name in "ab":
        for src, dst, spi in ((A, B, "0x100"), (B, A, "0x101")):
            lab.ip(name, "xfrm", "state", "add", "src", src, "dst", dst,
                   "proto", "ah", "spi", spi, "mode", "transport", "auth",
                   "hmac(sha256)", key)
            out = (name == "a") == (src == A)
            lab.ip(name, "xfrm", "policy", "add", "src", src, "dst", dst, "dir",
                   "out" if out else "in", "tmpl", "proto", "ah", "mode",
                   "transport")
    server = lab.start("b", lab.WEB, lab.tcp_server, B)
    server.read()
    with wire.Tap("b") as tapped:
        data, who = lab.run("a", lab.CLIENT, lab.tcp_ask, B, b"ah", 80, 60)
    tap.equal((data, who[:2]), (b"AH", (lab.WEB, lab.ME)),
              "AH over labelled packets: both ends know each other")
    tap.ok(labels(tapped.packets, A, 51) == {CLIENT} and
           labels(tapped.packets, B, 51) == {WEB} and
           not labels(tapped.packets, A, 6), "and it was AH", *tapped.packets)
    with lab.Counted("refused.rule") as refused:
        tap.ok(lab.run("a", lab.STRANGER, lab.error_of, lab.tcp_ask, B, b"no",
                       80, 2) and refused(), "who may not is refused inside AH")
    server.kill()
    for name in "ab":
        lab.ip(name, "xfrm", "policy", "flush")
        lab.ip(name, "xfrm", "state", "flush")


class Sender:
    """A connected TCP socket, for segments that are made by hand."""

    def __init__(self, s):
        self.port = s.getsockname()[1]
        s.setsockopt(socket.IPPROTO_TCP, 19, 1)             # TCP_REPAIR
        self.ack, self.seq = (self._number(s, q) for q in (1, 2))
        s.setsockopt(socket.IPPROTO_TCP, 19, -1)            # no window probe

    @staticmethod
    def _number(s, queue):
        s.setsockopt(socket.IPPROTO_TCP, 20, queue)         # TCP_REPAIR_QUEUE
        return struct.unpack("I", s.getsockopt(socket.IPPROTO_TCP, 21, 4))[0]

    def segment(self, data, options, ahead=0):
        """What comes next, or @ahead octets later; such as are merged."""
        head = struct.pack("!HHIIBBHHH", self.port, 80,
                           (self.seq + ahead) & 0xffffffff, self.ack, 5 << 4,
                           0x10, 500, 0, 0)
        pseudo = socket.inet_aton(A) + socket.inet_aton(B) + \
            struct.pack("!BBH", 0, 6, len(head) + len(data))
        check = struct.pack("!H", wire.checksum(pseudo + head + data))
        return wire.packet(A, B, 6, head[:16] + check + head[18:] + data,
                           options, ident=1, frag=0x4000)


BULK = 300000


def sink(up):
    """Says what arrives on a connection."""
    s = lab.listening(B)
    up.say()
    c, _ = s.accept()
    while True:
        up.say(c.recv(1 << 14))


def source(up):
    """Sends as often as asked, then lets segments be made by hand."""
    with open("/proc/sys/net/ipv4/tcp_timestamps", "w", encoding="ascii") as f:
        f.write("0")
    with socket.socket() as s:
        s.connect((B, 80))
        while up.hear():
            s.sendall(b"a" * BULK)
        up.say(Sender(s))
        up.hear()


def merged(here, there):
    """Sends much; how many labels came, and how many packets were judged."""
    before = lab.stats()
    here.tell(True)
    left = BULK
    while left:
        left -= len(there.read())
    after = lab.stats()
    return [after[k] - before[k] for k in ("stripped_gro", "allowed")]


def gro():
    """Packets are merged, and never those of two labels."""
    for name, words in (("a", "tso off gso off"), ("b", "gro on")):
        lab.sh("ip", "netns", "exec", name, "ethtool", "-K", "v" + name,
               *words.split())
    # What has come waits a moment for more of its kind, however slow it comes.
    lab.sh("ip", "netns", "exec", "b", "sh", "-c",
           "cd /sys/class/net/vb && echo 20000000 > gro_flush_timeout && "
           "echo 1 > napi_defer_hard_irqs")
    there = lab.start("b", lab.WEB, sink)
    there.read()
    here = lab.start("a", lab.CLIENT, source)
    # A packet that has to wait for the next until the clock ticks is not merged.
    for _ in range(10):
        labels, judged = merged(here, there)
        if judged < labels * 9 // 10:
            break
    tap.ok(judged < labels * 9 // 10 and labels > BULK // 1448 // 2,
           "labelled packets are merged, and judged together",
           f"{labels} labels, {judged} packets")
    here.tell(False)
    by_hand = here.read()
    forged, bursts = wire.label(lab.STRANGER, lab.ME), 20
    with lab.Counted("refused.rule") as refused:
        for _ in range(bursts):
            wire.inject("a", by_hand.segment(b"G" * 10, CLIENT),
                        by_hand.segment(b"F" * 10, forged, 10),
                        by_hand.segment(b"f" * 10, forged, 20))
            by_hand.seq += 10
        lab.wait(lambda: refused() >= bursts, "refusals")
    got = b""
    while len(got) < bursts * 10:
        got += there.read()
    tap.equal(got, b"G" * 10 * bursts,
              "and none of another label, in one flow with those that may")
    here.kill()
    there.kill()


lab.begin()
lab.policy(RULES, HEAD + lab.OPEN)
for test in (routed, multicast, answered, over_closed, over_open, ah, gro):
    test()
tap.end()
