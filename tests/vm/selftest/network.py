#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# host: kernels=6.12 debug=no timeout=240
"""
Two guests meet on their Ethernet; a third on another one does not meet them.
A cable can be pulled and a power cut, and the cluster knows which guest it was.
"""
import os

import guest
import nodes
import tap

PEER = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 7))
if sys.argv[1] == "serve":
    while True:
        data, peer = s.recvfrom(2000)
        s.sendto(data, peer)
s.connect((sys.argv[1], 7))
s.settimeout(0.5)
for number in range(int(sys.argv[2])):
    try:
        s.send(b"%d" % number + bytes(1000))
        if s.recv(2000).startswith(b"%d" % number):
            sys.exit(0)
    except OSError:
        pass
sys.exit(1)
"""


def reach(node, other, tries):
    """Whether an echo comes back from @other within @tries half seconds."""
    return node.run(f"/usr/bin/python3 -c '{PEER}' {other.address} {tries}")[0]


def main():
    """One cluster of two, and the one guest that is elsewhere."""
    kernel = os.environ["KERNEL"]
    results = os.environ["RESULTS"]
    options = guest.Options(cpus=1, memory_mb=512, limit_s=200)
    with nodes.Cluster(2, [kernel], options, results) as c:
        serving = c[2].start(f"/usr/bin/python3 -c '{PEER}' serve")
        tap.equal(reach(c[1], c[2], 40), 0, "two guests reach each other")
        c[1].link(False)
        tap.equal(reach(c[1], c[2], 4), 1, "not without the cable")
        c[1].link(True)
        tap.equal(reach(c[1], c[2], 40), 0, "and again with it")
        with nodes.Cluster(1, [kernel], options, f"{results}/other") as other:
            tap.equal(reach(other[1], c[2], 4), 1,
                      "another cluster is another Ethernet")
        tap.equal(c[1].run("exit 9"), (9, ""), "an order's status comes back")
        c[2].kill()
        tap.equal(serving.wait()[0], None, "an order dies with its guest")
        tap.equal(reach(c[1], c[2], 4), 1, "and its guest is gone")
    tap.equal(c[2].verdict.reason, "was killed", "the dead guest is known")
    tap.equal(c[1].verdict.exit, 0, "the other one ended well")
    tap.end()


main()
