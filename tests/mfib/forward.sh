#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck source=tests/lib/tap.sh
#
# vm: timeout=120
#
# What a router owes to packets, in each of two FIBs with the same addresses.
. "$TESTLIB/tap.sh"
# shellcheck source=tests/mfib/lab.sh
. "$TOP/tests/mfib/lab.sh"

modprobe mfib || exit
at_exit lab_down
lab_up
drops_watch

# ---- forwarding --------------------------------------------------------------
for n in 10 20; do
	ok "customer $n reaches its host, IPv4" reaches c$n 192.168.1.2
	ok "customer $n reaches its host, IPv6" reaches c$n fd00:2::2
	ok "customer $n reaches the router's far address" reaches c$n 192.168.1.1
	serve s$n TCP4-LISTEN:80,fork,reuseaddr "host $n"
	serve s$n TCP6-LISTEN:81,fork,reuseaddr,ipv6only=1 "host $n"
done
for n in 10 20; do
	ok "customer $n gets its own host's answer by TCP, IPv4" \
		wait_for 30 answers c$n TCP4:192.168.1.2:80 "host $n"
	ok "customer $n gets its own host's answer by TCP, IPv6" \
		wait_for 30 answers c$n 'TCP6:[fd00:2::2]:81' "host $n"
done
head -c 3000000 /dev/urandom > "$tap_dir/big"
s10 socat -u "FILE:$tap_dir/big" TCP4-LISTEN:90,reuseaddr &
wait_for 20 sh -c "ip netns exec s10 ss -ltn | grep -q :90" || sleep 1
c10 timeout 60 socat -u TCP4:192.168.1.2:90 "CREATE:$tap_dir/got"
ok "three megabytes come through unchanged" cmp "$tap_dir/big" "$tap_dir/got"

# ---- routes of the kernel's table --------------------------------------------
s10 ip addr add 172.16.0.1/32 dev lo
s10 ip -6 addr add fd00:16::1/128 dev lo nodad
ip -n r route add 172.16.0.0/16 via 192.168.1.2 table 10
ip -n r -6 route add fd00:16::/64 via fd00:2::2 table 10
ok "a route in FIB 10 carries, IPv4" reaches c10 172.16.0.1
ok "a route in FIB 10 carries, IPv6" reaches c10 fd00:16::1
refused "Net Unreachable" "and is not there in FIB 20, IPv4" \
	c20 ping -c 1 -W 5 172.16.0.1
refused "No route" "and is not there in FIB 20, IPv6" \
	c20 ping -c 1 -W 5 fd00:16::1
ip -n r route add blackhole 172.17.0.0/24 table 10
ip -n r route add unreachable 172.17.1.0/24 table 10
ip -n r route add prohibit 172.17.2.0/24 table 10
ip -n r -6 route add unreachable fd00:17:1::/64 table 10
ip -n r -6 route add prohibit fd00:17:2::/64 table 10
unreachable_by() { c10 ping -c 1 -W 5 "$2" 2>&1 | grep -q "$1"; }
ok "unreachable says so" wait_for 20 unreachable_by "Host Unreachable" 172.17.1.1
ok "prohibit says so" wait_for 20 unreachable_by "filtered" 172.17.2.1
ok "unreachable says so, IPv6" \
	wait_for 20 unreachable_by "Address unreachable" fd00:17:1::1
ok "prohibit says so, IPv6" \
	wait_for 20 unreachable_by "Administratively prohibited" fd00:17:2::1
refused "100% packet loss" "blackhole says nothing" \
	c10 ping -c 1 -W 1 172.17.0.1
is "and counts why" "$(drops 10 blackhole)" 1

# ---- hop count, size -----------------------------------------------------------
for n in 10 20; do
	refused "From 10.0.0.1 .*Time to live" \
		"the hop count ends in FIB $n, IPv4" \
		c$n ping -c 1 -W 5 -t 1 192.168.1.2
	refused "From fd00:1::1 .*Hop limit" "the hop count ends in FIB $n, IPv6" \
		c$n ping -c 1 -W 5 -t 1 fd00:2::2
done
ip -n r link set e10 mtu 1400
s10 ip link set eth0 mtu 1400
too_big() { "$1" ping -M "do" -c 1 -W 5 -s "$2" "$3" 2>&1 | grep -qi "mtu *= *$4"; }
ok "a packet too big for FIB 10 is refused with its MTU, IPv4" \
	too_big c10 1420 192.168.1.2 1400
ok "a packet too big for FIB 10 is refused with its MTU, IPv6" \
	too_big c10 1420 fd00:2::2 1400
ok "FIB 20 lets packets of that size pass" \
	c20 ping -M "do" -c 1 -W 5 -s 1420 192.168.1.2
ok "what may be cut is cut" c10 ping -M dont -c 1 -W 5 -s 3000 192.168.1.2
ok "the device of the FIB has the smallest MTU of its links" \
	sh -c "ip -n r link show mfib10 | grep -q 'mtu 1400'"

# ---- what a sender may not be ------------------------------------------------------
c10 ip addr add 192.168.1.1/32 dev lo
c10 ip addr add 192.168.1.77/32 dev lo
refused "100% packet loss" "an address of this host is no sender" \
	c10 ping -c 1 -W 1 -I 192.168.1.1 192.168.1.2
ok "and counted as a martian" [ "$(drops 10 martian-source)" -ge 1 ]
c10 ip addr del 192.168.1.1/32 dev lo
r sysctl -qw net.ipv4.conf.l10.rp_filter=1 net.ipv4.conf.all.rp_filter=1
refused "100% packet loss" "a strict reverse path is kept" \
	c10 ping -c 1 -W 1 -I 192.168.1.77 192.168.1.1
ok "and counted" [ "$(drops 10 reverse-path)" -ge 1 ]
ok "by which other packets pass" reaches c10 192.168.1.2
ok "also those to this host" reaches c10 192.168.1.1
r sysctl -qw net.ipv4.conf.l10.rp_filter=0 net.ipv4.conf.all.rp_filter=0

# ---- the kernel's own path -----------------------------------------------------------
ok "record route is answered and filled in" \
	sh -c "ip netns exec c10 ping -R -c 1 -W 5 192.168.1.2 | grep -A9 RR: | grep -q 192.168.1.2"
s10 sysctl -qw net.ipv4.icmp_echo_ignore_broadcasts=0
r sysctl -qw net.ipv4.icmp_echo_ignore_broadcasts=0
ok "a broadcast is answered" c10 ping -b -c 1 -W 5 10.0.0.255
ok "a multicast of all hosts is answered" c10 ping -c 1 -W 5 224.0.0.1
ok "a multicast of all nodes is answered" c10 ping -c 1 -W 5 ff02::1%eth0
ll=$(ip -n r -6 addr show dev l10 scope link |
	awk '/inet6/ { sub("/.*", "", $2); print $2 }')
ok "a link-local address is answered" c10 ping -c 1 -W 5 "$ll%eth0"
r sysctl -qw net.ipv4.conf.l10.forwarding=0
refused "100% packet loss" "a device that shall not forward does not" \
	c10 ping -c 1 -W 1 192.168.1.2
ok "and it is counted" [ "$(drops 10 forwarding-off)" -ge 1 ]
r sysctl -qw net.ipv4.conf.l10.forwarding=1

# ---- no other table ---------------------------------------------------------------------
ip -n r link add d0 type dummy
ip -n r addr add 198.51.100.1/24 dev d0
ip -n r link set d0 up
ok "the router itself reaches its own address" reaches r 198.51.100.1
refused "Net Unreachable" "a route of the main table is not used for FIB 10" \
	c10 ping -c 1 -W 5 198.51.100.9
refused "Unreachable|unreachable" "nor an address of the main table" \
	c10 ping -c 1 -W 5 198.51.100.1
refused "nreachable" "nor by a socket in FIB 10" \
	r ping -c 1 -W 5 -I mfib10 198.51.100.1
ip -n r route flush table 10
refused "nreachable" "nor when its table is empty" \
	r ping -c 1 -W 5 -I mfib10 198.51.100.1

# ---- neighbours ---------------------------------------------------------------------------
is "equal neighbours of two FIBs are two" \
	"$(r ip neigh show 10.0.0.2 | awk '{ print $3 }' | sort | tr '\n' ' ')" "l10 l20 "

kill "${lab_pids[@]}" 2>/dev/null
tap_end
