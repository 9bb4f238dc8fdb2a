#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck source=tests/lib/tap.sh
#
# vm: timeout=120
#
# Routes that others put into the kernel's table of a FIB: iproute2, next-hop
# objects, BIRD; and what is lost on the way is read anew.
. "$TESTLIB/tap.sh"
# shellcheck source=tests/mfib/lab.sh
. "$TOP/tests/mfib/lab.sh"

modprobe mfib || exit
at_exit lab_down
lab_up
for n in 10 20; do
	s$n ip addr add 172.16.0.1/16 dev lo
	s$n ip -6 addr add fd00:16::1/64 dev lo nodad
done
reaches c10 192.168.1.2
gone() { ! c10 ping -c 1 -W 0.5 "$1"; }
k() { ip -n r route "$1" table 10 "${@:2}"; }
k6() { ip -n r -6 route "$1" table 10 "${@:2}"; }

# ---- one by one ---------------------------------------------------------------
k add 172.16.0.0/24 via 192.168.1.2
ok "a route that is added carries" reaches c10 172.16.0.1
k replace 172.16.0.0/24 via 192.168.1.99
ok "one that is replaced does so no more" wait_for 20 gone 172.16.0.1
k append 172.16.0.0/24 via 192.168.1.2 metric 5
k del 172.16.0.0/24 metric 0
ok "when the best goes, the next best is used" reaches c10 172.16.0.1
k del 172.16.0.0/24
ok "when the last goes, there is no route" wait_for 20 gone 172.16.0.1
k add 172.16.0.0/24 nexthop via 192.168.1.2 weight 3 nexthop via 192.168.1.2 dev e10 weight 1 onlink
ok "several ways carry, IPv4" reaches c10 172.16.0.1
k flush 172.16.0.0/24
k6 add fd00:16::/96 via fd00:2::2
ok "a route that is added carries, IPv6" reaches c10 fd00:16::1
k6 append fd00:16::/96 via fd00:2::3
k6 del fd00:16::/96 via fd00:2::3
ok "a way that goes leaves the others, IPv6" reaches c10 fd00:16::1
k6 del fd00:16::/96
ok "and the last takes the route away, IPv6" wait_for 20 gone fd00:16::1
k add throw 172.16.0.0/24
unreachable() { c10 ping -c 1 -W 5 172.16.0.1 2>&1 | grep -q "Host Unreachable"; }
ok "throw leads to no other table" wait_for 20 unreachable
k del throw 172.16.0.0/24

# ---- next-hop objects ------------------------------------------------------------
ip -n r nexthop add id 7 via 192.168.1.99 dev e10
k add 172.16.0.0/24 nhid 7
ok "a route by a next-hop object that leads nowhere" wait_for 20 gone 172.16.0.1
ip -n r nexthop replace id 7 via 192.168.1.2 dev e10
ok "carries when the object is changed" reaches c10 172.16.0.1
ip -n r nexthop del id 7
ok "and goes with it" wait_for 20 gone 172.16.0.1
ip -n r nexthop add id 8 blackhole
ip -n r -6 nexthop add id 9 blackhole
k add 172.16.0.0/24 nhid 8
k6 add fd00:16::/96 nhid 9
ok "a next-hop object that drops is a blackhole" wait_for 20 sh -c \
	"ip netns exec r $TOP/build/tools/mfib route show fib 10 | grep -q '^blackhole 172.16.0.0/24'"
ok "also for IPv6" wait_for 20 sh -c \
	"ip netns exec r $TOP/build/tools/mfib route show fib 10 | grep -q '^blackhole fd00:16::/96'"
ip -n r nexthop del id 8
ip -n r -6 nexthop del id 9

# ---- what was there before the FIB -----------------------------------------------
ip -n r route add blackhole 172.31.0.0/16 table 30
ip -n r route add unreachable 172.31.1.0/24 table 30
lab_host c30 l30 10.0.0.2/24 fd00:1::2/64 10.0.0.1 fd00:1::1
at_exit ip netns del c30
lab_fib 30
lab_link l30 30 10.0.0.1/24 fd00:1::1/64
says() { ip netns exec c30 ping -c 1 -W 2 172.31.1.1 2>&1 | grep -q "Host Unr"; }
ok "routes from before the FIB are taken over" wait_for 30 says

# ---- more than may wait --------------------------------------------------------------
echo 4 > /sys/module/mfib/parameters/mirror_queue
python3 -c '
for i in range(3000):
    print(f"route add 172.{18 + i // 1000}.{i // 4 % 250}.{i % 4 * 64}/26 via 192.168.1.2 table 10")
print("route add 172.16.0.0/24 via 192.168.1.2 table 10")' |
	ip -n r -force -batch - 2>/dev/null
ok "a batch that overflows the queue is there in the end" reaches c10 172.16.0.1
echo 1048576 > /sys/module/mfib/parameters/mirror_queue
python3 -c '
for i in range(3000):
    print(f"route del 172.{18 + i // 1000}.{i // 4 % 250}.{i % 4 * 64}/26 table 10")' |
	ip -n r -force -batch - 2>/dev/null
ok "and the rest still works" reaches c10 172.16.0.1

# ---- a routing daemon ---------------------------------------------------------------
if command -v bird >/dev/null; then
	cat > "$tap_dir/bird.conf" <<-CONF
		log "$tap_dir/log" all;
		router id 10.0.0.1;
		ipv4 table t20;
		protocol device { scan time 2; }
		protocol kernel {
			vrf "mfib20";
			kernel table 20;
			ipv4 { table t20; export all; };
		}
		protocol static {
			vrf "mfib20";
			ipv4 { table t20; };
			route 172.16.0.0/16 via 192.168.1.2;
		}
	CONF
	r bird -c "$tap_dir/bird.conf" -s "$tap_dir/ctl" -P "$tap_dir/pid"
	ok "BIRD feeds FIB 20" wait_for 60 c20 ping -c 1 -W 2 172.16.0.1
	sed -i 's/172.16.0.0/172.29.0.0/' "$tap_dir/bird.conf"
	r birdc -s "$tap_dir/ctl" configure >/dev/null
	ok "and takes back" wait_for 60 sh -c \
		"! ip netns exec c20 ping -c 1 -W 1 172.16.0.1"
	kill "$(cat "$tap_dir/pid")"
else
	skip "BIRD feeds FIB 20" "bird is not installed"
fi

# By hand, with FRR=1: FRR is not among the packages that tests need, because where
# it is installed it starts with the machine. It knows stock VRFs only, so its
# routes name table and device.
frr() { # DAEMON
	r "/usr/lib/frr/$1" -d -u frr -g frr -f "$frr/conf" \
		-z "$frr/zserv" -i "$frr/$1.pid" --vty_socket "$frr" \
		--log "file:$frr/$1.log"
}
if [ "${FRR:-0}" = 1 ]; then
	frr=/run/mfib-frr
	install -d -o frr -g frrvty "$frr"
	echo "ip route 172.16.0.0/16 192.168.1.2 e20 onlink table 20" \
		> "$frr/conf"
	chown frr "$frr/conf"
	frr zebra && wait_for 20 test -S "$frr/zserv" && frr staticd
	ok "FRR feeds FIB 20" wait_for 60 c20 ping -c 1 -W 2 172.16.0.1
	kill "$(cat "$frr/staticd.pid")"
	ok "and takes back" wait_for 60 sh -c \
		"! ip netns exec c20 ping -c 1 -W 1 172.16.0.1"
	kill "$(cat "$frr/zebra.pid")"
fi
tap_end
