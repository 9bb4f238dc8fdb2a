#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: two nodes, which are namespaces with a cable between them, and
# what bench/tipc/link asks about them.
#
# usage: link.sh PROGRAM ROUNDS SETTLE < QUESTIONS
#
# A question is a line "WHO MODULE NETEM KEY ARGUMENTS...": WHO is mainline,
# ours or other; MODULE the path of tipc.ko, or - to keep what is loaded; NETEM
# is - or what the cable does, with commas for blanks; "two,MS" in its place is a
# second cable with links of that tolerance, each of the cables dead for a second,
# one after the other; "udp" is a link over UDP. Before each question one line is
# printed: "question WHO KEY".
program=$1 rounds=$2 settle=$3
export FAR=/run/netns/b FAR_IP=10.77.0.2

far() { ip netns exec b "$@"; }

cable() {
	modprobe -a veth sch_netem udp_tunnel ip6_udp_tunnel
	ip netns add b
	ip link add v0 type veth peer name v1 netns b
	ip addr add 10.77.0.1/24 dev v0
	ip -n b addr add 10.77.0.2/24 dev v1
	ip link set lo up; ip -n b link set lo up
	ip link set v0 up; ip -n b link set v1 up
}

# nodes MODULE: both are linked when it returns
nodes() {
	insmod "$1" || exit 1
	tipc node set identity near; far tipc node set identity far
	tipc bearer enable media eth device v0
	far tipc bearer enable media eth device v1
	for _ in $(seq 300); do
		! tipc link list | grep -q 'v1: up' || return 0
		sleep 0.1
	done
	echo "note no link"
	exit 1
}

no_nodes() {
	[ -e /sys/module/tipc ] || return 0
	tipc bearer disable media eth device v0
	far tipc bearer disable media eth device v1
	for _ in $(seq 100); do
		rmmod tipc 2>/dev/null && return 0
		sleep 0.1
	done
	echo "note tipc does not go"
	exit 1
}

# netem WHAT: on both ends of the cable
netem() {
	tc qdisc del dev v0 root 2>/dev/null
	far tc qdisc del dev v1 root 2>/dev/null
	[ "$1" != - ] || return 0
	# shellcheck disable=SC2086
	tc qdisc add dev v0 root netem ${1//,/ } limit 10000 &&
		far tc qdisc add dev v1 root netem ${1//,/ } limit 10000
}

links_up() {
	for _ in $(seq 300); do
		[ "$(tipc link list | grep -c '[vw]1: up')" != "$1" ] || return 0
		sleep 0.1
	done
	echo "note not $1 links"
	exit 1
}

# second MS: a second cable and its link, tolerance MS for both
second() {
	if ! ip link show w0 > /dev/null 2>&1; then
		ip link add w0 type veth peer name w1 netns b
		ip link set w0 up; ip -n b link set w1 up
	fi
	tipc bearer enable media eth device w0
	far tipc bearer enable media eth device w1
	links_up 2
	tipc link set tolerance "$1" link near:v0-far:v1
	tipc link set tolerance "$1" link near:w0-far:w1
	sleep 1
}

no_second() {
	tipc bearer disable media eth device w0
	far tipc bearer disable media eth device w1
	tipc link set tolerance 1500 link near:v0-far:v1
	links_up 1
}

# over_udp, over_eth: what the only link goes over
over_udp() {
	tipc bearer disable media eth device v0
	far tipc bearer disable media eth device v1
	tipc bearer enable media udp name u localip 10.77.0.1 remoteip 10.77.0.2
	far tipc bearer enable media udp name u localip 10.77.0.2 \
		remoteip 10.77.0.1
	for _ in $(seq 300); do
		! tipc link list | grep -q 'u: up' || return 0
		sleep 0.1
	done
	echo "note no link over UDP"
	exit 1
}

over_eth() {
	tipc bearer disable media udp name u
	far tipc bearer disable media udp name u
	tipc bearer enable media eth device v0
	far tipc bearer enable media eth device v1
	links_up 1
}

# dead, alive NEAR FAR: what makes a cable dead, and alive again
dead() { echo "tc qdisc add dev $1 root netem loss 100%; $in tc qdisc add dev $2 root netem loss 100%"; }
alive() { echo "tc qdisc del dev $1 root; $in tc qdisc del dev $2 root"; }
in="ip netns exec b"

mapfile -t questions
cable
sleep "$settle"
loaded=
for _ in $(seq "$rounds"); do
	for line in "${questions[@]}"; do
		read -r who module what key arguments <<< "$line"
		if [ "$module" != - ] && [ "$module" != "$loaded" ]; then
			no_nodes
			nodes "$module"
			loaded=$module
		fi
		echo "question $who $key"
		case $what in
		two,*)
			netem -
			second "${what#two,}"
			"$program" gap "$(dead v0 v1)" "$(alive v0 v1)" true \
				"$(dead w0 w1)" "$(alive w0 w1)" ||
				echo "note failed: gap"
			no_second
			continue ;;
		udp)
			netem -
			over_udp
			# shellcheck disable=SC2086
			"$program" $arguments || echo "note failed: $arguments"
			over_eth
			continue ;;
		esac
		netem "$what" || exit 1
		# shellcheck disable=SC2086
		"$program" $arguments || echo "note failed: $arguments"
	done
done
no_nodes
echo end
