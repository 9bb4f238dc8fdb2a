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
forwarded() {
	r "$TOP/build/tools/mfib" -j -s fib show 10 |
		grep -oE '"forwarded": ?[0-9]+' | grep -oE '[0-9]+$'
}
before=$(forwarded)
c10 timeout 60 socat -u TCP4:192.168.1.2:90 "CREATE:$tap_dir/got"
ok "three megabytes come through unchanged" cmp "$tap_dir/big" "$tap_dir/got"
packets=$(($(forwarded) - before))
ok "as large packets, not cut on the way: $packets with acknowledgements" \
	[ "$packets" -lt 1500 ]

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
	c10 ping -c 1 -W 0.5 172.17.0.1
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
	c10 ping -c 1 -W 0.5 -I 192.168.1.1 192.168.1.2
ok "and counted as a martian" [ "$(drops 10 martian-source)" -ge 1 ]
c10 ip addr del 192.168.1.1/32 dev lo
mac=$(r cat /sys/class/net/l10/address)
# A packet of UDP to port 9 of any address, to the router's Ethernet address.
throw() {
	c10 python3 - "$mac" "$1" <<- 'END'
		import socket, struct, sys
		def addr(text):
		    return socket.inet_aton(text)
		head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28, 0, 0, 64, 17, 0,
		                   addr("10.0.0.2"), addr(sys.argv[2]))
		total = sum(struct.unpack("!10H", head))
		total = (total & 0xffff) + (total >> 16)
		total += total >> 16
		head = head[:10] + struct.pack("!H", ~total & 0xffff) + head[12:]
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind(("eth0", 0))
		s.send(bytes.fromhex(sys.argv[1].replace(":", "")) +
		       s.getsockname()[4] + b"\x08\0" + head +
		       struct.pack("!HHHH", 9, 9, 8, 0))
	END
}
unheard() { s10 awk '/^Udp:/ { n = $3 } END { print n }' /proc/net/snmp; }
before=$(unheard)
more() { [ "$(unheard)" -gt "$before" ]; }
throw 192.168.1.2
ok "a packet to a host that has no such port gets there" wait_for 20 more
throw 127.0.0.1
throw 0.0.0.0
dropped() { [ "$(drops 10 martian-destination)" -ge "$1" ]; }
ok "one to an address that no wire may carry is counted as a martian" \
	wait_for 20 dropped 2
r sysctl -qw net.ipv4.conf.l10.rp_filter=1 net.ipv4.conf.all.rp_filter=1
refused "100% packet loss" "a strict reverse path is kept" \
	c10 ping -c 1 -W 0.5 -I 192.168.1.77 192.168.1.1
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
	c10 ping -c 1 -W 0.5 192.168.1.2
ok "and it is counted" [ "$(drops 10 forwarding-off)" -ge 1 ]
r sysctl -qw net.ipv4.conf.l10.forwarding=1

# ---- a path's MTU, of what the router sends itself ---------------------------------------
for n in 10 20; do
	s$n ip addr add 172.20.0.1/32 dev lo
	ip -n r route add 172.20.0.0/24 via 192.168.1.2 table $n
done
s10 ip link add d0 type dummy
s10 ip link set d0 mtu 1300 up
s10 ip addr add 172.20.0.9/24 dev d0
s10 sysctl -qw net.ipv4.ip_forward=1
mtu_of() { ip -n r route get 172.20.0.77 oif "mfib$1" | grep -o 'mtu [0-9]*'; }
learns() {
	r ping -c 1 -W 0.5 -M "do" -s 1340 -I mfib10 172.20.0.77
	[ "$(mtu_of 10)" = "mtu 1300" ]
}
ok "FIB 10 learns the MTU of a path" wait_for 20 learns
is "which FIB 20 with the same destination does not" "$(mtu_of 20)" ""
s10 ip link del d0

# ---- IPsec ---------------------------------------------------------------------------------
# sa NAMESPACE: what both ends of 192.168.1.1 and .2 have
sa() {
	local spi=1 from to
	for from in 1 2; do
		to=$((3 - from))
		ip -n "$1" xfrm state add src 192.168.1.$from dst 192.168.1.$to \
			proto esp spi $spi mode transport \
			auth 'hmac(sha1)' 0x0123456789abcdef0123456789abcdef01234567 \
			enc 'ecb(cipher_null)' '' || return
		spi=2
	done
}
protect() { # NAMESPACE OWN-ADDRESS PEER
	ip -n "$1" xfrm policy add src "$2" dst "$3" dir out \
		tmpl proto esp mode transport
	ip -n "$1" xfrm policy add src "$3" dst "$2" dir in \
		tmpl proto esp mode transport
}
if modprobe esp4 2>/dev/null && sa s10 && sa r; then
	protect r 192.168.1.1 192.168.1.2
	protect s10 192.168.1.2 192.168.1.1
	ok "what a policy wants encrypted is" \
		wait_for 20 r ping -c 1 -W 2 -I mfib10 192.168.1.2
	ok "and passes as ESP" sh -c \
		"ip -n s10 -s xfrm state list dst 192.168.1.2 | grep -qE '[1-9][0-9]*\(packets\)'"
	ok "the other FIB has no such peer: nothing comes back in the clear" \
		sh -c "! ip netns exec r ping -c 1 -W 0.5 -I mfib20 192.168.1.2"
	r ip xfrm policy flush; r ip xfrm state flush
	s10 ip xfrm policy flush; s10 ip xfrm state flush
else
	skip "what a policy wants encrypted is" "no ESP here"
	skip "and passes as ESP" "no ESP here"
	skip "the other FIB has no such peer" "no ESP here"
fi
if ip -n r xfrm policy add src 10.0.0.2 dst 192.168.1.2 dir fwd action block
then
	refused "100% packet loss" "what a policy forbids is not forwarded" \
		c10 ping -c 1 -W 0.5 192.168.1.2
	ok "and is counted" [ "$(drops 10 xfrm-policy)" -ge 1 ]
	r ip xfrm policy flush
	ok "and is without the policy" reaches c10 192.168.1.2
else
	skip "what a policy forbids is not forwarded" "no policies here"
	skip "and is counted" "no policies here"
	skip "and is without the policy" "no policies here"
fi

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
