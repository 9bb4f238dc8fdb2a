#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck source=demo/stage.sh
#
# The mfib chapter, guest side. usage: guest.sh ROUTES
. demo/stage.sh
export DEMO_COLOUR=1 PATH=$PWD/build/tools:$PATH
routes=${1:-50000}
top=$PWD
work=$(mktemp -d)
cd "$work" || exit

# A customer's machine, connected to the router. Not shown: it is not the point.
customer() {
	ip netns add "$1"
	ip link add eth0 netns "$1" type veth peer name "$2" netns router
	ip -n "$1" addr add 10.0.0.2/24 dev eth0
	ip -n "$1" link set lo up
	ip -n "$1" link set eth0 up
	ip -n "$1" route add default via 10.0.0.1
}
ip netns add router
ip -n router link set lo up
customer red red0
customer blue blue0
ip link add eth1 netns red type veth peer name red1 netns router
ip -n red link set eth1 up

works 'uname -r; modprobe mfib'
say 'From here on we type on the router. A FIB is a device; an interface that is
put into it belongs to it, with its addresses.'

# The tour's commands run in the router.
_run_here=$(declare -f _run)
eval "${_run_here/bash -c/ip netns exec router bash -c}"

works 'sysctl -w net.ipv4.ip_forward=1'
works 'mfib fib add 10 && mfib fib add 20'
works 'mfib link set red0 fib 10 && mfib link set blue0 fib 20'
works 'ip link set red0 up && ip link set blue0 up'
works 'ip addr add 10.0.0.1/24 dev red0 && ip addr add 10.0.0.1/24 dev blue0'
works 'mfib fib show'

say 'The service address 192.168.1.1 is on the device of each FIB. Two web
servers, the same address, the same port:'
works 'ip addr add 192.168.1.1/32 dev mfib10 && ip addr add 192.168.1.1/32 dev mfib20'
works 'mkdir red blue && echo "welcome, red" > red/index.html && echo "welcome, blue" > blue/index.html'
server='python3 -m http.server 80 --bind 192.168.1.1'
works "mfib exec 10 -- $server -d red >/dev/null 2>&1 & sleep 1"
works "mfib exec 20 -- $server -d blue >/dev/null 2>&1 & sleep 1"
works 'for i in 1 2 3 4 5 6 7 8 9 10; do [ $(ss -tln | grep -c 192.168.1.1) -eq 2 ] && break; sleep 1; done; ss -tln'

say 'Each customer asks the same URL, and gets an answer of its own.'
shows 'welcome, red' 'nsenter --net=/run/netns/red curl -s http://192.168.1.1/'
shows 'welcome, blue' 'nsenter --net=/run/netns/blue curl -s http://192.168.1.1/'
say 'Who is in no FIB finds nobody, and the neighbours of the two networks are
two, though their addresses are one.'
refused 'curl -s --max-time 3 http://192.168.1.1/'
works 'mfib neigh show fib 10; mfib neigh show fib 20'

say "A full table for each. The Internet's own is not ours to ship, so this one
is made: $routes prefixes, their lengths distributed as in a table of a tier-1
router."
works "python3 $top/demo/mfib/table.py $routes 192.168.2.2 > table && wc -l table"
works 'ip link set red1 up && mfib link set red1 fib 10 && ip addr add 192.168.2.1/24 dev red1'
works 'time mfib -batch table'
works 'ip link add up0 type dummy && mfib link set up0 fib 20 && ip link set up0 up && ip addr add 192.168.2.1/24 dev up0'
works 'sed "s/fib 10/fib 20/" table | mfib -batch -'
works 'mfib -s fib show'
works 'mfib route show root 8.0.0.0/8 fib 10 | head -n 3'

if command -v bird >/dev/null; then
	say 'The red customer has a routing daemon. It knows nothing of mfib: it puts
routes into table 10 of the kernel, and the FIB has them.'
	cat > bird.conf <<-CONF
		router id 10.0.0.1;
		ipv4 table t10;
		protocol device { scan time 2; }
		protocol kernel { vrf "mfib10"; kernel table 10; ipv4 { table t10; export all; }; }
		protocol static { vrf "mfib10"; ipv4 { table t10; }; route 203.0.113.0/24 via 10.0.0.2; }
	CONF
	works 'cat bird.conf; bird -c bird.conf -s bird.ctl -P bird.pid'
	shows '203.0.113.0/24' 'for i in $(seq 30); do mfib route show exact 203.0.113.0/24 fib 10 | grep . && break; sleep 1; done'
	works 'kill $(cat bird.pid)'
fi

say 'What goes nowhere is dropped, for a reason that can be read.'
works 'mfib route add prohibit 198.51.100.0/24 fib 10'
refused 'nsenter --net=/run/netns/red ping -c 1 -W 2 198.51.100.1'
works 'mfib -s fib show 10'

say 'When the FIBs go, all goes with them; the rules of the kernel are as before.'
works 'ip netns pids router | while read -r p; do [ "$(cat /proc/$p/comm 2>/dev/null)" != python3 ] || kill "$p"; done'
works 'mfib fib del --force 10 && mfib fib del --force 20 && ip rule'
cd / && rm -rf "$work"
ip netns del red; ip netns del blue; ip netns del router
rmmod mfib
