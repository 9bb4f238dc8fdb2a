#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""
The link monitor in a cluster of four nodes with our module and four with the
kernel's own, in turn around the ring: both say the same of all, rely on each
other's records, and notice each other's dead. By hand:

    KERNEL=6.12 PYTHONPATH=tests/lib /usr/bin/python3 tests/tipc/monitor-mixed.py
"""
import os
import re
import sys
import time

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)),
                             "../vm")]
import nodes
import tap

# Ours are 1.1.1, 1.1.3, ...; the kernel's are between them.
OURS, OTHERS = (1, 3, 5, 7), (2, 4, 6, 8)
ALL = OURS + OTHERS

# Nodes on the guest's cable: namespaces on a bridge with it.
SET_UP = r'''
ip addr flush dev eth0
ip link add br0 type bridge; ip link set eth0 master br0 up; ip link set br0 up
# What this guest sends may come back to it from the cable.
bridge link set dev eth0 learning off
for i in NODES; do
    ip netns add n$i
    ip link add v$i type veth peer name e0 netns n$i
    ip link set v$i master br0 up
    ip -n n$i link set e0 up
    ip netns exec n$i tipc node set address 1.1.$i
    ip netns exec n$i tipc link monitor set threshold 4
    ip netns exec n$i tipc bearer enable media eth device e0
done
'''


class Ring:
    """The eight nodes."""

    def __init__(self, cluster):
        self.cluster = cluster
        for guest, mine in ((cluster[1], OURS), (cluster[2], OTHERS)):
            guest.sh(SET_UP.replace("NODES", " ".join(map(str, mine))))

    def guest(self, i):
        """The guest that a node is in."""
        return self.cluster[1 if i in OURS else 2]

    def all_say(self, command, nodes_asked):
        """What a command prints on each of some nodes."""
        said = {}
        for guest, mine in ((self.cluster[1], OURS), (self.cluster[2], OTHERS)):
            asked = [i for i in mine if i in nodes_asked]
            text = guest.sh(f"for i in {' '.join(map(str, asked))}; do "
                            f"echo ==$i; ip netns exec n$i {command}; done")
            for part in text.split("==")[1:]:
                number, _, rest = part.partition("\n")
                said[int(number)] = rest
        return said

    def monitored(self, nodes_asked=ALL):
        """What nodes say of each: up, direct, applied members, the others."""
        said = self.all_say("tipc link monitor list media eth device e0",
                            nodes_asked)
        return {i: {int(m[1]): (m[2] == "up", m[3] == "direct", m[5])
                    for m in re.finditer(r"^1\.1\.(\d+) +(up|down) +(direct|"
                                         r"indirect) +(\d+) *(\S*)", text,
                                         re.M)}
                for i, text in said.items()}

    def down(self, nodes_asked):
        """Which nodes are down, as others say."""
        said = self.all_say("tipc node list", nodes_asked)
        return {i: sorted(int(m, 16) & 0xfff for m in
                          re.findall(r"(\w{7,8}) +down", text))
                for i, text in said.items()}

    def wait(self, condition, limit_s=100):
        """Waits for a condition; False if it does not come."""
        end = time.monotonic() + limit_s
        while not condition():
            if time.monotonic() > end:
                return False
            time.sleep(0.5)
        return True

    def whole(self):
        """Does everybody see everybody, and has all records?"""
        said = self.monitored()
        return all(len(m) == 8 and all(up and re.fullmatch("U+", applied)
                                       for up, _, applied in m.values())
                   for m in said.values())

    def dies(self, *dead):
        """Nodes die; do all others notice?"""
        for i in dead:
            self.guest(i).sh(f"ip link set v{i} down")
        rest = [i for i in ALL if i not in dead]
        want = sorted(dead)
        tap.ok(self.wait(lambda: all(d == want
                                     for d in self.down(rest).values())),
               f"all notice that {want} died", self.down(rest))
        for i in dead:
            self.guest(i).sh(f"ip link set v{i} up")
        tap.ok(self.wait(self.whole), "the ring is whole again",
               self.monitored())


kernel = os.environ.get("KERNEL", "6.12")
with nodes.Cluster(2, [kernel, kernel]) as cluster:
    cluster[1].sh("modprobe tipc")
    cluster[2].sh("modprobe -a udp_tunnel ip6_udp_tunnel; "
                  "insmod /lib/modules/$(uname -r)/kernel/net/tipc/tipc.ko*")
    ring = Ring(cluster)
    tap.ok(ring.wait(ring.whole),
           "all records are applied, ours there and theirs here",
           ring.monitored())
    said = ring.monitored()
    tap.note(said)
    tap.ok(all(any(not direct for _, direct, _ in said[i].values())
               for i in ALL), "each leaves some to others", said)
    tap.ok(any(not said[i][k][1] for i in OTHERS for k in OURS),
           "the kernel's leave some of ours to others")
    tap.ok(any(not said[i][k][1] for i in OURS for k in OTHERS),
           "ours leave some of the kernel's to others")
    ring.dies(3)
    ring.dies(6)
    ring.dies(4, 5)
    text = cluster[1].sh("for i in 1 3 5 7; do "
                         "ip netns exec n$i cat /proc/net/tipc/bearers; done")
    tap.equal(re.findall(r"records_refused [1-9]\d*", text), [],
              "no record of the kernel's is refused")
    cluster[1].sh("for i in 1 3 5 7; do ip netns del n$i; done; "
                  "ip link del br0; rmmod tipc")
    # What the kernel's own module leaves behind is not looked at.
    cluster[2].kill()
tap.end()
