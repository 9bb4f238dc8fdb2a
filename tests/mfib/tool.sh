#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=150 kernels="6.12"
#
# The commands of mfib, as text and as JSON: what they do, what they refuse and
# in which words.
. tests/lib/tap.sh

mfib=$(realpath build/tools/mfib)
[ -x "$mfib" ] || skip_all 'build/tools/mfib is not built'
modprobe mfib || exit 1
at_exit modprobe -r mfib
cd "$tap_dir" || exit 1

# field EXPRESSION COMMAND...: a value of what "mfib -j COMMAND..." prints.
field() {
	local expression=$1; shift
	"$mfib" -j "$@" | /usr/bin/python3 -c '
import json, sys
d = json.load(sys.stdin)
print(eval(sys.argv[1]))' "$expression"
}

# Devices go down and up when they join or leave a FIB.
sysctl -qw net.ipv6.conf.all.keep_addr_on_down=1
at_exit sysctl -qw net.ipv6.conf.all.keep_addr_on_down=0

links() {
	ip link add e0 type dummy && ip link add e1 type dummy &&
	"$mfib" link set e0 fib 10 && ip addr add 10.1.0.1/24 dev e0 &&
	ip -6 addr add 2001:db8:1::1/64 dev e0 nodad && ip link set e0 up &&
	ip link set e1 up
}
at_exit ip link del e1
at_exit ip link del e0
at_exit "$mfib" fib del 20 --force
at_exit "$mfib" fib del 10 --force

# ---- FIBs
ok 'fib add' "$mfib" fib add 10
ok 'fib add with a name' "$mfib" fib add 20 --name customer
refused 'a FIB of this number' 'fib add twice' "$mfib" fib add 10
refused 'number' 'fib add of no number' "$mfib" fib add ten
is 'fib show lists both' "$(field '[(f["fib"], f["dev"]) for f in d]' fib show)" \
	"[(10, 'mfib10'), (20, 'customer')]"
refused 'no such FIB' 'fib show of one that is not there' "$mfib" fib show 30
ip link set mfib10 up; ip link set customer up
ok 'devices join a FIB' links
is 'link show' "$(field '[(l["dev"], l["fib"]) for l in d]' link)" "[('e0', 10)]"
wait_for 10 grep -q 10.1.0.0 <("$mfib" route show fib 10)
ok 'the route of the link is mirrored' grep -q '^10.1.0.0/24 dev e0 .*mirrored' \
	<("$mfib" route show fib 10)

# ---- routes
ok 'route add by a gateway finds the device' \
	"$mfib" route add 192.0.2.0/24 via 10.1.0.2 fib 10
is 'route get' "$("$mfib" route get 192.0.2.77 fib 10)" \
	'192.0.2.0/24 via 10.1.0.2 dev e0 proto static fib 10'
refused 'such a route' 'route add twice' \
	"$mfib" route add 192.0.2.0/24 via 10.1.0.3 fib 10
ok 'route replace' "$mfib" route replace 192.0.2.0/24 via 10.1.0.3 fib 10
is 'the gateway is another' \
	"$(field 'd["gateway"]' route get 192.0.2.77 fib 10)" 10.1.0.3
refused 'no such route' 'route change of none' \
	"$mfib" route change 192.0.3.0/24 via 10.1.0.3 fib 10
refused 'bits behind' 'a prefix with host bits' \
	"$mfib" route add 192.0.2.1/24 via 10.1.0.2 fib 10
refused 'not on the link' 'a gateway that is not on the link' \
	"$mfib" route add 192.0.4.0/24 via 10.9.0.2 fib 10
for gateway in 0.0.0.0 224.0.0.1 255.255.255.255 ff02::1; do
	refused 'not the address of one host' "the gateway $gateway" \
		"$mfib" route add default via $gateway dev e0 onlink fib 10
done
refused 'Cannot find device' 'a device that is not there' \
	"$mfib" route add 192.0.4.0/24 dev nosuch fib 10
refused 'another family' 'an IPv6 route by an IPv4 gateway' \
	"$mfib" route add 2001:db8:9::/48 via 10.1.0.2 fib 10
refused 'no such FIB' 'a FIB that is not there' \
	"$mfib" route add 192.0.4.0/24 dev e0 fib 30
refused 'own table' 'a route into its own table' \
	"$mfib" route add 192.0.4.0/24 lookup 10 fib 10
ok 'blackhole' "$mfib" route add blackhole 198.51.100.0/24 fib 10
ok 'unreachable' "$mfib" route add unreachable 198.51.101.0/24 fib 10
ok 'prohibit' "$mfib" route add prohibit 198.51.102.0/24 metric 7 fib 10
ok 'a route into another table' "$mfib" route add 203.0.113.0/24 lookup 20 fib 10
ok 'a route of two ways' "$mfib" route add 192.0.5.0/24 \
	nexthop via 10.1.0.2 weight 3 nexthop via 10.1.0.3 fib 10
is 'its weights' "$(field '[w["weight"] for w in d[0]["nexthops"]]' \
	route show exact 192.0.5.0/24 fib 10)" '[3, 1]'
is 'a hash chooses a way' "$(for h in 0 0xffffffff; do
	field 'd["gateway"]' route get 192.0.5.1 hash $h fib 10; done | xargs)" \
	'10.1.0.2 10.1.0.3'
ok 'an IPv6 route' "$mfib" route add 2001:db8:2::/48 via 2001:db8:1::2 fib 10
ok 'default of IPv6' "$mfib" -6 route add default via 2001:db8:1::9 fib 10
is 'route get of IPv6' "$(field 'd["gateway"]' route get 2001:db8:2::5 fib 10)" \
	2001:db8:1::2
is '-6 lists IPv6 only' "$(field '[r["dst"] for r in d if r["source"] == "own"]' \
	-6 route show fib 10)" "['::/0', '2001:db8:2::/48']"
refused 'no route' 'route get of an address without one' \
	"$mfib" route get 8.8.8.8 fib 10
ok 'a better metric' "$mfib" route add 192.0.2.0/24 via 10.1.0.4 metric 5 fib 10
is 'the lowest metric is used' \
	"$(field 'd["gateway"]' route get 192.0.2.77 fib 10)" 10.1.0.3
ok 'route del' "$mfib" route del 192.0.2.0/24 fib 10
is 'then the next one is' \
	"$(field 'd["gateway"]' route get 192.0.2.77 fib 10)" 10.1.0.4
refused 'no such route' 'route del of none' \
	"$mfib" route del 192.0.9.0/24 fib 10
ok 'the graph' grep -q '"192.0.2.0/24"' <("$mfib" route dump --dot fib 10)

# ---- own and mirrored
ip route add 192.0.6.0/24 via 10.1.0.8 table 10
wait_for 10 grep -q 192.0.6.0 <("$mfib" route show fib 10)
is 'a kernel route is mirrored' \
	"$(field 'd["source"]' route get 192.0.6.1 fib 10)" mirrored
ok 'an own one of its prefix' \
	"$mfib" route add 192.0.6.0/24 via 10.1.0.7 fib 10
is 'goes before it' "$(field 'd["gateway"]' route get 192.0.6.1 fib 10)" \
	10.1.0.7

# ---- next hops
ok 'nexthop add' "$mfib" nexthop add id 5 via 10.1.0.2 dev e0
refused 'this id' 'nexthop add twice' "$mfib" nexthop add id 5 dev e0
ok 'a route by it' "$mfib" route add 192.0.7.0/24 nhid 5 fib 10
ok 'another one' "$mfib" route add 192.0.8.0/24 nhid 5 fib 10
ok 'nexthop replace' "$mfib" nexthop replace id 5 via 10.1.0.66 dev e0
is 'changes all of its routes' "$(for a in 7 8; do
	field 'd["gateway"]' route get 192.0.$a.1 fib 10; done | xargs)" \
	'10.1.0.66 10.1.0.66'
refused 'use this' 'nexthop del of one in use' "$mfib" nexthop del id 5
refused 'no next hop' 'a route by an unknown one' \
	"$mfib" route add 192.0.9.0/24 nhid 77 fib 10
ok 'a second next hop' "$mfib" nexthop add id 6 via 10.1.0.3 dev e0
ok 'a group' "$mfib" nexthop add id 100 group 5,2/6
refused 'in a group' 'a group in a group' "$mfib" nexthop add id 101 group 100
is 'nexthop show' "$("$mfib" nexthop show | xargs -d '\n' -n 1 echo | tail -1)" \
	'id 100 group 5,2/6,1 users 0'

# ---- limits
ok 'a limit of routes' "$mfib" fib set 20 max-routes4 2
ok 'the first route' "$mfib" route add blackhole 10.0.0.0/8 fib 20
ok 'the second' "$mfib" route add blackhole 11.0.0.0/8 fib 20
refused 'as many routes' 'the third is refused' \
	"$mfib" route add blackhole 12.0.0.0/8 fib 20
"$mfib" fib set 20 max-routes4 none

# ---- save and restore, and a restore that fails
"$mfib" rule add priority 12 from 10.3.0.0/16 iif e1 fib 20
"$mfib" grant add 10 nobody
"$mfib" grant add 20 %nogroup
"$mfib" save > saved
for line in 'grant add 10 65534' 'grant add 20 %65534' 'link set e0 fib 10' \
	'rule replace priority 12 from 10.3.0.0/16 iif e1 fib 20'; do
	ok "save has: $line" grep -qx "$line" saved
done
ok 'flush' "$mfib" route flush fib 10
refused 'no route' 'after a flush there is none' \
	"$mfib" route get 192.0.2.77 fib 10
ok 'restore' "$mfib" restore saved
ok 'all is as it was' diff saved <("$mfib" save)
"$mfib" rule del priority 12
"$mfib" fib del 10 --force
"$mfib" fib del 20 --force
ok 'restore where nothing is left' "$mfib" restore saved
ok 'has put all back' diff saved <("$mfib" save)
"$mfib" rule del priority 12
"$mfib" grant del 10 nobody
"$mfib" grant del 20 %nogroup
"$mfib" save > saved
{ cat saved; echo 'route add 192.0.9.1/24 dev e0 fib 10'; } > bad
refused 'refused|bits behind' 'a file with a wrong line' "$mfib" restore bad
ok 'has changed nothing' diff saved <("$mfib" save)
grep '^route' saved | sort -R > mixed
ok 'routes of both families in no order' "$mfib" restore mixed
ok 'are what they were' diff saved <("$mfib" save)
ok 'a batch' "$mfib" -batch <(printf '%s\n' '# routes' \
	'route add 172.16.0.0/16 dev e0 fib 10' 'route del 172.16.0.0/16 fib 10')
refused 'Command failed' 'a batch with a mistake' \
	"$mfib" -batch <(echo route add nonsense fib 10)

# ---- rules, grants, neighbours
ok 'rule add' "$mfib" rule add priority 10 from 10.2.0.0/16 iif e1 fib 10
ok 'another' "$mfib" rule add priority 11 mark 0x5/0xf fib 20
is 'rule show' "$("$mfib" rule show)" \
'priority 10 from 10.2.0.0/16 iif e1 fib 10
priority 11 mark 0x5/0xf fib 20'
refused '' 'rule add twice' "$mfib" rule add priority 10 fib 10
ok 'rule replace' "$mfib" rule replace priority 10 iif e0 fib 10
is 'has changed it' "$("$mfib" rule show | head -1)" 'priority 10 iif e0 fib 10'
ok 'rule del' "$mfib" rule del priority 10
ok 'and the other' "$mfib" rule del priority 11
ok 'grant add' "$mfib" grant add 10 nobody
ok 'grant of a group' "$mfib" grant add 10 %nogroup
is 'grant show' "$("$mfib" grant show 10 | xargs)" \
	'fib 10 uid 65534 fib 10 gid 65534'
ok 'grant del' "$mfib" grant del 10 nobody
ok 'neigh add' "$mfib" neigh add 10.1.0.2 lladdr 02:00:00:00:00:02 dev e0 fib 10
is 'neigh show' "$(field '[n["dst"] for n in d]' neigh show fib 10)" "['10.1.0.2']"
is 'not in another FIB' "$(field 'd' neigh show fib 20)" '[]'
refused 'not in this FIB' 'a device of no FIB' \
	"$mfib" neigh add 10.1.0.2 lladdr 02:00:00:00:00:02 dev e1 fib 10
ok 'neigh del' "$mfib" neigh del 10.1.0.2 dev e0 fib 10

# ---- monitor
timeout 60 "$mfib" monitor fib 10 > events &
monitor=$!
noted() {
	"$mfib" route replace 172.17.0.0/16 dev e0 fib 10
	grep -q "fib 10 172.17.0.0" events
}
ok 'monitor tells' wait_for 20 noted
"$mfib" route del 172.17.0.0/16 fib 10
ok 'of a removal, too' wait_for 10 grep -q 'removed fib 10 172.17.0.0/16' events
kill $monitor; wait $monitor

# ---- exec
mkdir -p /sys/fs/cgroup
mountpoint -q /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup
grep -q cgroup2 /proc/mounts || mount -t cgroup2 none /mnt
is 'exec binds sockets' "$("$mfib" exec 10 -- /usr/bin/python3 -c '
import socket
for family in socket.AF_INET, socket.AF_INET6:
    s = socket.socket(family, socket.SOCK_DGRAM)
    print(s.getsockopt(socket.SOL_SOCKET, 25, 16).rstrip(b"\0").decode())
' | xargs)" 'mfib10 mfib10'
refused 'no such FIB' 'exec in no FIB' "$mfib" exec 30 true
tap_end
