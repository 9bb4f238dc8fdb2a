# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A router with two customers who use the same addresses, in network namespaces:
#
#	client c10 -- l10 | router r, FIB 10 | e10 -- host s10
#	client c20 -- l20 |    and   FIB 20 | e20 -- host s20
#
#	c10, c20: 10.0.0.2/24 fd00:1::2/64	l10, l20: 10.0.0.1 fd00:1::1
#	s10, s20: 192.168.1.2/24 fd00:2::2/64	e10, e20: 192.168.1.1 fd00:2::1
#
#	lab_up		makes it all; the FIBs know their links and nothing else
#	lab_down	removes it
#	r CMD...	runs CMD in the router; c10, c20, s10, s20 likewise
#	count FIB NAME	what a FIB has counted
#
# Addresses are set with nodad, so that they are there at once.
shopt -s expand_aliases

r() { ip netns exec r "$@"; }
c10() { ip netns exec c10 "$@"; }
c20() { ip netns exec c20 "$@"; }
s10() { ip netns exec s10 "$@"; }
s20() { ip netns exec s20 "$@"; }

# lab_host NAME DEVICE-IN-R ADDRESS4 ADDRESS6 GATEWAY4 GATEWAY6
lab_host() {
	ip netns add "$1"
	ip -n "$1" link set lo up
	ip link add eth0 netns "$1" type veth peer name "$2" netns r
	ip -n "$1" addr add "$3" dev eth0
	ip -n "$1" addr add "$4" dev eth0 nodad
	ip -n "$1" link set eth0 up
	ip -n r link set "$2" up
	ip -n "$1" route add default via "$5"
	ip -n "$1" route add default via "$6"
}

# lab_link DEVICE FIB ADDRESS4 ADDRESS6
lab_link() {
	ip -n r link set "$1" master "mfib$2"
	ip -n r addr add "$3" dev "$1"
	ip -n r addr add "$4" dev "$1" nodad
}

lab_fib() {
	ip -n r link add "mfib$1" type mfib
	ip -n r link set "mfib$1" up
}

# Until the default routes of kernel.c are there and the mirror has caught up.
lab_settled() {
	local fib=$1
	wait_for 30 sh -c "ip -n r route show table $fib | grep -q 'default dev mfib$fib'"
	wait_for 30 sh -c "ip -n r -6 route show table $fib | grep -q 'default via fe80::1 dev mfib$fib'"
}

lab_up() {
	local n
	ip netns add r
	ip -n r link set lo up
	r sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	for n in 10 20; do
		lab_host "c$n" "l$n" 10.0.0.2/24 fd00:1::2/64 10.0.0.1 fd00:1::1
		lab_host "s$n" "e$n" 192.168.1.2/24 fd00:2::2/64 \
			192.168.1.1 fd00:2::1
		lab_fib "$n"
		lab_link "l$n" "$n" 10.0.0.1/24 fd00:1::1/64
		lab_link "e$n" "$n" 192.168.1.1/24 fd00:2::1/64
		lab_settled "$n"
	done
}

lab_down() {
	local ns
	for ns in c10 c20 s10 s20 r; do
		ip netns pids "$ns" 2>/dev/null | xargs -r kill 2>/dev/null
		ip netns del "$ns" 2>/dev/null
	done
}

# Two answers in two tries, each within a time that a busy machine may need.
reaches() {
	local ns=$1 to=$2
	wait_for 20 ip netns exec "$ns" ping -c 1 -W 2 "$to"
}

# How many packets were dropped in FIB $1 for reason $2 since "drops_watch".
drops_watch() {
	echo > /sys/kernel/tracing/trace
	echo 1 > /sys/kernel/tracing/events/mfib/mfib_drop/enable
}
drops() { grep -c "mfib_drop: fib=$1 why=$2 " /sys/kernel/tracing/trace; }

# serve NAMESPACE SOCAT-ADDRESS TEXT: answers each connection with TEXT
serve() {
	ip netns exec "$1" socat "$2" "SYSTEM:echo $3" >/dev/null 2>&1 &
	lab_pids+=($!)
}
lab_pids=()

# ask NAMESPACE SOCAT-ADDRESS: prints what is answered
ask() { timeout 20 ip netns exec "$1" socat -T 15 -u "$2" - 2>&1; }

# answers NAMESPACE SOCAT-ADDRESS TEXT
answers() { [ "$(ask "$1" "$2")" = "$3" ]; }
