#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck source=tests/lib/tap.sh source=tests/mfib/lab.sh
#
# In the guest: the same router three times, by VRF, by mfib and by nothing but
# the main table. usage: forward.sh PROGRAM RESULT ROUNDS SETTLE
. tests/lib/tap.sh
trap - EXIT
. tests/mfib/lab.sh
program=$1 result=$2 rounds=$3 settle=$4

# router KIND: c10 -- l10 | r | e10 -- s10, for one FIB and IPv4 alone
router() {
	ip netns add r
	r sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.default.rp_filter=0
	lab_host c10 l10 10.0.0.2/24 fd00:1::2/64 10.0.0.1 fd00:1::1
	lab_host s10 e10 192.168.1.2/24 fd00:2::2/64 192.168.1.1 fd00:2::1
	case $1 in
	vrf)
		ip -n r link add mfib10 type vrf table 10
		ip -n r link set mfib10 up ;;
	mfib) lab_fib 10 ;;
	esac
	if [ "$1" = main ]; then
		ip -n r addr add 10.0.0.1/24 dev l10
		ip -n r addr add 192.168.1.1/24 dev e10
	else
		lab_link l10 10 10.0.0.1/24 fd00:1::1/64
		lab_link e10 10 192.168.1.1/24 fd00:2::1/64
	fi
	reaches c10 192.168.1.2 >/dev/null
}

sleep "$settle"
for kind in vrf mfib main; do
	echo "state $kind"
	router "$kind"
	"$program" "$rounds" 64 || echo "failed $kind"
	lab_down
	ip -n r rule del pref 1000 2>/dev/null
done > "$result"
