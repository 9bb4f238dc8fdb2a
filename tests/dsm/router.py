#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# host: kernels="6.12" timeout=200
"""
A router between two labelled namespaces, which is another guest: with the module,
be there no policy, labelled packets pass it; without, the kernel of the router
drops them for an option that it does not know, and what is plain passes.
"""
import os
import sys

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)),
                             "../vm")]
import nodes
import tap

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
# Both ends are in guest 1, on the wire to guest 2 by a macvlan each.
ENDS = r'''
set -e
dev=$(ip -o addr show to 10.77.0.1 | awk '{ print $2 }')
for n in 1 2; do
    ip netns add e$n
    ip link add link "$dev" name m$n netns e$n type macvlan mode private
    ip -n e$n addr add 10.9.$n.2/24 dev m$n
    ip -n e$n link set m$n up
    ip -n e$n link set lo up
    ip -n e$n route add default via 10.9.$n.1
done
modprobe dsm nid=1
cat > /run/p.pol << END
policy router;
nid me = 1;
default allow tcp, udp, raw, icmp;
allow system -> any : all;
peer 10.9.0.0/16 require nid me;
END
cd /run && TOP/build/tools/dsm policy compile -q -o p.img p.pol
TOP/build/tools/dsm policy load p.img
'''.replace("TOP", TOP)
ROUTER = r'''
set -e
dev=$(ip -o addr show to 10.77.0.2 | awk '{ print $2 }')
ip addr add 10.9.1.1/24 dev "$dev"
ip addr add 10.9.2.1/24 dev "$dev"
sysctl -q -w net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 \
    "net.ipv4.conf.$dev.send_redirects=0"
'''
PING = "ip netns exec e1 ping -c 3 -i 0.3 -W {} 10.9.2.2"
ERRORS = "awk '/^Ip: [0-9]/ { print $5 }' /proc/net/snmp"


def answers(c, wait_s):
    """How many of three requests are answered."""
    text = c[1].run(PING.format(wait_s))[1]
    return int(text.split(" received")[0].split()[-1])


def main():
    """The points."""
    with nodes.Cluster(2, [os.environ.get("KERNEL", "6.12")]) as c:
        c[2].sh(ROUTER)
        c[1].sh(ENDS)
        errors = int(c[2].sh(ERRORS))
        tap.equal(answers(c, 2), 0,
                  "a router without the module lets nothing labelled through")
        tap.ok(int(c[2].sh(ERRORS)) >= errors + 3,
               "and counts it as an error of the header")
        c[2].sh("modprobe dsm")
        tap.equal(answers(c, 30), 3,
                  "with the module, and without a policy, all is let through")
        c[2].sh("modprobe -r dsm")
        c[1].sh(f"sed -i 's/require nid me/plain sid system/' /run/p.pol && "
                f"cd /run && {TOP}/build/tools/dsm policy compile -q -n 2 -o "
                f"p.img p.pol && {TOP}/build/tools/dsm policy load p.img")
        tap.equal(answers(c, 30), 3, "what is plain passes any router")
        c[1].sh(f"{TOP}/build/tools/dsm policy unload && ip netns del e1 && "
                "ip netns del e2 && modprobe -r dsm")
    tap.end()


main()
