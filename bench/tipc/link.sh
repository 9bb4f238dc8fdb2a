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
# is - or what the cable does, with commas for blanks. Before each question one
# line is printed: "question WHO KEY".
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
		netem "$what" || exit 1
		echo "question $who $key"
		# shellcheck disable=SC2086
		"$program" $arguments || echo "note failed: $arguments"
	done
done
no_nodes
echo end
