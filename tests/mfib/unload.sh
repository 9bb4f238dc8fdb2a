#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck source=tests/lib/tap.sh
#
# vm: timeout=120
#
# Devices, FIBs, namespaces and the module go while packets are under way, with
# connections tracked. What the kernel has to say about it is the test.
. "$TESTLIB/tap.sh"
# shellcheck source=tests/mfib/lab.sh
. "$TOP/tests/mfib/lab.sh"

modprobe nf_conntrack
modprobe mfib || exit
at_exit lab_down
# shellcheck disable=SC2317	# at_exit
stop() { [ ${#loads[@]} -eq 0 ] || kill "${loads[@]}" 2>/dev/null; wait; loads=(); }
at_exit stop
loads=()

# Packets of both families through each FIB, from its customer and from itself.
start() {
	local n
	stop
	for n in 10 20; do
		c$n ping -q -i 0.01 192.168.1.2 >/dev/null 2>&1 & loads+=($!)
		[ $n = 20 ] || c$n ping -q -i 0.01 fd00:2::2 >/dev/null 2>&1 &
		loads+=($!)
		r ping -q -i 0.01 -I "mfib$n" 192.168.1.2 >/dev/null 2>&1 &
		loads+=($!)
	done
}

lab_up
command -v nft >/dev/null &&
	r nft 'table inet t { chain f { type filter hook forward priority 0; ct state new counter; }; chain o { type filter hook output priority 0; ct state new counter; }; }'
ok "packets pass" reaches c10 192.168.1.2
start

sleep 0.5
ip -n r link del e10
ok "a device that carries is removed" wait_for 10 sh -c "! ip -n r link show e10"
ok "the other FIB does not notice" reaches c20 192.168.1.2

ip -n r link set l20 nomaster
ip -n r link set l20 master mfib20
ip -n r -6 addr replace fd00:1::1/64 dev l20 nodad
ok "a device that left its FIB and came back carries" reaches c20 192.168.1.2

ip -n r link set e20 netns s20 name back
ip -n s20 link set back netns r name e20
lab_link e20 20 192.168.1.1/24 fd00:2::1/64
ip -n r link set e20 up
ok "a device that was in another namespace carries again" \
	reaches c20 192.168.1.2

ip -n r link set mfib20 down
refused "packet loss|nreachable" "a FIB that is down carries nothing from itself" \
	r ping -c 1 -W 2 -I mfib20 192.168.1.2
ip -n r link set mfib20 up
ok "and does when it is up again" wait_for 20 r ping -c 1 -W 2 -I mfib20 192.168.1.2

ip -n r link del mfib10
is "a FIB is removed under traffic" "$(ip -n r -br link show mfib10 2>/dev/null)" ""
lab_fib 10
ok "and comes again" ip -n r link show mfib10
ip -n r link set l10 master mfib10

ip netns del r
ok "the namespace is removed under traffic" sh -c "! ip netns | grep -qw r"
lab_down
stop

lab_up
start
sleep 0.5
ok "the module is unloaded under traffic" rmmod mfib
is "the rules of the kernel are as they were" \
	"$(ip -n r rule | awk '{ print $1, $5 }' | tr '\n' ' ')" \
	"0: local 32766: main 32767: default "
ok "and comes again" modprobe mfib
for _ in 1 2 3; do
	lab_fib 40
	ip -n r link set e10 master mfib40
	rmmod mfib
	modprobe mfib
done
ok "over and over" ip -n r link add mfib50 type mfib
stop
tap_end
