#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck source=tests/lib/tap.sh
#
# vm: timeout=120
#
# What only mfib knows: own routes that the kernel has not, leaks between FIBs,
# rules, the quota of neighbours, who may use a FIB, programs in a FIB, zones.
. "$TESTLIB/tap.sh"
# shellcheck source=tests/mfib/lab.sh
. "$TOP/tests/mfib/lab.sh"

modprobe mfib || exit
at_exit lab_down
is "mfib does not need nf_conntrack" \
	"$(modinfo -F depends mfib)" ""
lab_up
# What nft asks for, later; FIBs that are there get their zones then.
modprobe nf_conntrack
m() { r "$TOP/build/tools/mfib" "$@"; }
counted() { m -j -s fib show "$1" | grep -oE "\"$2\": ?[0-9]+" | grep -oE '[0-9]+$'; }
drops_watch
for n in 10 20; do
	s$n ip addr add 172.16.0.1/32 dev lo
	serve s$n TCP4-LISTEN:80,fork,reuseaddr "host $n"
	reaches c$n 192.168.1.2
done

# ---- our table alone decides ------------------------------------------------------
ok "an own route" m route add 172.16.0.0/16 via 192.168.1.2 fib 10
is "is not in the kernel's table" "$(ip -n r route show table 10 172.16.0.0/16)" ""
ok "and carries what is forwarded" reaches c10 172.16.0.1
ok "and what the router sends itself" \
	wait_for 20 r ping -c 1 -W 2 -I mfib10 172.16.0.1
ip -n r route add blackhole 172.16.0.0/16 table 10
ok "it stands before one of the kernel" reaches c10 172.16.0.1
ip -n r route del blackhole 172.16.0.0/16 table 10
refused "not on the link|nreachable" "a gateway that is on no link" \
	m route add 172.18.0.0/16 via 7.7.7.7 fib 10
ok "several ways" m route replace 172.16.0.0/16 \
	nexthop via 192.168.1.2 weight 3 nexthop via 192.168.1.2 dev e10 onlink fib 10
ok "carry" reaches c10 172.16.0.1

# ---- from FIB to FIB ------------------------------------------------------------------
c10 ip addr add 10.7.7.7/32 dev lo
ok "a route into another FIB" m route add 10.7.7.7/32 lookup 10 fib 20
m route add 10.7.7.7/32 via 10.0.0.2 fib 10
m route add 172.30.0.1/32 lookup 20 fib 10
m route add 172.30.0.1/32 via 192.168.1.2 fib 20
s20 ip addr add 172.30.0.1/32 dev lo
ok "carries there and back" wait_for 20 c10 ping -c 1 -W 2 -I 10.7.7.7 172.30.0.1
m route add 172.31.0.1/32 lookup 20 fib 10
m route add 172.31.0.1/32 lookup 10 fib 20
refused "packet loss" "routes in a circle end" c10 ping -c 1 -W 1 172.31.0.1
ok "and are counted" [ "$(drops 10 table-loop)" -ge 1 ]

# ---- rules ----------------------------------------------------------------------------------
ip -n r link set l20 nomaster
ip -n r addr replace 10.0.0.1/24 dev l20
r sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.l20.rp_filter=0
m route replace 10.0.0.0/24 dev l20 fib 20
ok "a rule for a device" m rule add priority 5 iif l20 fib 20
ok "puts its packets into a FIB" wait_for 30 answers c20 TCP4:192.168.1.2:80 "host 20"
m rule del priority 5
ok "a rule for a source" m rule add priority 6 from 10.0.0.0/24 iif l20 fib 20
ok "does so, too" wait_for 30 answers c20 TCP4:192.168.1.2:80 "host 20"
refused "." "a rule twice" m rule add priority 6 iif l20 fib 20
m rule del priority 6
r nft 'table ip m { chain p { type filter hook prerouting priority raw; iifname "l20" meta mark set 7; }; }'
ok "a rule for a mark" m rule add priority 7 mark 7 fib 20
ok "does so, too" wait_for 30 answers c20 TCP4:192.168.1.2:80 "host 20"
m rule del priority 7
r nft delete table ip m
ip -n r link set l20 master mfib20
m route del 10.0.0.0/24 fib 20

# ---- zones --------------------------------------------------------------------------------------
r nft 'table ip z { chain f { type filter hook forward priority 0; ct state invalid drop; ct state new accept; }; }'
for n in 10 20; do
	c$n timeout 20 socat -u TCP4:192.168.1.2:80,sourceport=33333,reuseaddr - > "$tap_dir/z$n"
done
is "equal connections of two FIBs, the first" "$(< "$tap_dir/z10")" "host 10"
is "and the second" "$(< "$tap_dir/z20")" "host 20"
is "are two connections, each in the zone of its FIB" \
	"$(r cat /proc/net/nf_conntrack | grep 'sport=33333' | grep -o 'zone=[0-9]*' | sort -u | tr '\n' ' ')" \
	"zone=10 zone=20 "
r nft delete table ip z

# ---- neighbours ------------------------------------------------------------------------------------
ok "a quota of neighbours" m fib set 10 neigh-quota 12
for i in $(seq 50 80); do
	c10 ping -c 1 -W 0.01 "192.168.1.$i" >/dev/null 2>&1
done
has=$(r ip neigh show nud all | grep -cE 'dev (l10|e10) ')
ok "is kept: $has entries" [ "$has" -le 16 ]
ok "and the other FIB has its own" reaches c20 192.168.1.2
m fib set 10 neigh-quota none

# ---- programs ------------------------------------------------------------------------------------------
for n in 10 20; do
	is "a program in FIB $n" \
		"$(m exec $n -- timeout 20 socat -u TCP4:192.168.1.2:80 -)" "host $n"
	is "and what it starts" \
		"$(m exec $n -- sh -c 'sh -c "timeout 20 socat -u TCP4:192.168.1.2:80 -"')" "host $n"
done
is "a program within a program" \
	"$(m exec 10 -- "$TOP/build/tools/mfib" exec 20 -- timeout 20 socat -u TCP4:192.168.1.2:80 -)" "host 20"
refused "." "a FIB that is not there" m exec 4711 -- true

# ---- grants ---------------------------------------------------------------------------------------------------
as_nobody() {
	r setpriv --reuid 65534 --regid 65534 --clear-groups python3 -c "
import socket, struct
s = socket.socket()
s.setsockopt(0, 19782, struct.pack('I', $1))
s.settimeout(10)
s.connect(('192.168.1.2', 80))
print(s.recv(100).decode(), end='')"
}
refused "Permission denied" "without a grant" as_nobody 10
ok "a grant" m grant add 10 65534
is "is good for its FIB" "$(as_nobody 10)" "host 10"
refused "Permission denied" "and for no other" as_nobody 20
ok "that is taken back" m grant del 10 65534
refused "Permission denied" "is no more" as_nobody 10

# ---- devices ---------------------------------------------------------------------------------------------------
ip -n r link set e10 down
refused "nreachable|packet loss" "a next hop by a device that is down" \
	c10 ping -c 1 -W 5 172.16.0.1
ip -n r link set e10 up
ok "lives again with it" wait_for 30 c10 ping -c 1 -W 2 172.16.0.1
m route replace 172.16.0.0/16 via 192.168.1.2 fib 10
ip -n r link del e10
ok "a route by a device that is gone goes" \
	wait_for 20 sh -c "! ip netns exec r $TOP/build/tools/mfib route show fib 10 | grep -q 172.16.0.0"

kill "${lab_pids[@]}" 2>/dev/null
tap_end
