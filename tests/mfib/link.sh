#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck source=tests/lib/tap.sh
#
# vm: timeout=60
#
# The device of a FIB: how it is made and named, what is refused, what it does to
# the kernel's rules, and that it leaves nothing.
. "$TESTLIB/tap.sh"

modprobe mfib || exit
rules() { ip "$1" rule | awk '{ print $1, $NF }' | tr '\n' ' '; }
before4=$(rules -4) before6=$(rules -6)

ok "a FIB takes its number from the name" ip link add mfib10 type mfib
ok "also from another name" ip link add customer20 type mfib
export IP_LIB_DIR=$TOP/build/tools/ip
ok "ip takes a table" ip link add customer type mfib table 77 neigh-quota 5
ok "and shows it" sh -c \
	"ip -d link show customer | grep -q 'mfib table 77 neigh-quota 5'"
ok "and changes what may be changed" \
	ip link set customer type mfib neigh-quota 6
refused "cannot be changed" "which the number may not" \
	ip link set customer type mfib table 78
ip link del customer
refused "number of the FIB is missing" "a name without a number" \
	ip link add nonumber type mfib
refused "belongs to a table of the kernel" "the table main" \
	ip link add mfib254 type mfib
refused "there is a FIB of this number" "a number twice" \
	ip link add other10 type mfib
is "nothing is left of those" "$(ip -br link show type mfib | wc -l)" 2

is "the rules are changed, IPv4" "$(rules -4)" \
	"1000: [l3mdev-table] 1001: unreachable 32765: local 32766: main 32767: default "
is "the rules are changed, IPv6" "$(rules -6)" \
	"1000: [l3mdev-table] 1001: unreachable 32765: local 32766: main "
ip link set customer20 name other
ok "the device of a FIB gets another name" \
	grep -qw 'dev other' <("$TOP/build/tools/mfib" fib show 20)
ip link set other name customer20
ip link set mfib10 up
ok "the kernel's table leads to the device" \
	wait_for 20 sh -c "ip route show table 10 | grep -q 'default dev mfib10'"

ip link add d0 type dummy
ok "a device joins" ip link set d0 master mfib10
refused "loopback" "the loopback device does not" ip link set lo master mfib10
refused "has a master|is one itself" "nor does a FIB join a FIB" \
	ip link set customer20 master mfib10
ip link set d0 mtu 1300
is "the MTU is that of the device" \
	"$(ip -o link show mfib10 | grep -o 'mtu [0-9]*')" "mtu 1300"
ip link set d0 nomaster
is "and is its own again" \
	"$(ip -o link show mfib10 | grep -o 'mtu [0-9]*')" "mtu 1500"
ip link set d0 master mfib10
ok "a device that is gone leaves" ip link del d0
ok "a VLAN joins" sh -c "ip link add d1 type dummy && \
	ip link add d1.7 link d1 type vlan id 7 && \
	ip link set d1.7 master customer20"
ok "a FIB goes with devices in it" ip link del customer20
is "which stay" "$(ip -br link show d1.7 | wc -l)" 1
refused "." "a FIB stays in its namespace" sh -c \
	"ip netns add x; ip link set mfib10 netns x; s=\$?; ip netns del x; \
	 echo \$s; exit \$s"
ip link del mfib10
is "the last FIB puts the rules back, IPv4" "$(rules -4)" "$before4"
is "the last FIB puts the rules back, IPv6" "$(rules -6)" "$before6"

# A stock VRF may live without a default route: it must go on as it did.
if ip link add vrf7 type vrf table 7 2>/dev/null; then
	ip link add mfib10 type mfib
	is "beside a VRF, what a VRF does not find is asked further on" \
		"$(rules -4)" \
		"1000: [l3mdev-table] 32765: local 32766: main 32767: default "
	ip link del mfib10
	is "whose rule stays" "$(rules -4)" \
		"0: local 1000: [l3mdev-table] 32766: main 32767: default "
	ip link del vrf7
	ip rule del pref 1000
	ip -6 rule del pref 1000
else
	skip "beside a VRF" "this kernel has none"
fi

for i in $(seq 300 363); do echo "link add mfib$i type mfib"; done |
	ip -batch - && made=$(ip -br link show type mfib | wc -l)
is "64 FIBs at once" "$made" 64
ok "go with the module" rmmod mfib
is "all of them" "$(ip -br link | grep -c mfib)" 0
is "and their rules" "$(rules -4)" "$before4"
tap_end
