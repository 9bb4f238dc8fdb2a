#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck source=demo/stage.sh
#
# The tipc chapter, in the guest. 7000 is the register of subscribers.
# shellcheck disable=SC2016  # what is shown is expanded where it runs
set -u
. demo/stage.sh
export PATH=$PWD/build/examples/tipc:$PWD/examples/tipc:$PATH
work=$(mktemp -d)
cd "$work" || exit

# Starts something that stays. _run would wait for what it prints.
stays() {
	printf '%s# %s &%s\n' "$_bold" "$1" "$_off"
	bash -c "exec $1" > "${2-/dev/null}" 2>&1 &
}

# Waits until a command works.
soon() {
	for _ in {1..600}; do
		bash -c "$1" > /dev/null 2>&1 && return
		sleep 0.2
	done
	_fail "waited in vain for: $1"
}

# The table has so many sockets of the register.
served() { soon "[ \$(tipc nametable show | grep -c '^7000 ') -eq $1 ]"; }

works 'uname -r; modprobe tipc; modinfo -F filename tipc'
shows '01001001' 'tipc node set address 1.1.1 && tipc node get address'

say 'Somebody is interested in services of type 7000, before there is one: two
who watch, one in Python, one in C, each for five events.'
stays 'service.py watch 7000 5' watch.py
stays 'service watch 7000 5' watch.c
soon '[ $(grep -c seqpacket.*connected /proc/net/tipc/sockets) -ge 2 ]'

say 'The register starts. Python has the numbers to 499, C those above.'
stays 'service.py serve 7000 0 499'
served 1
stays 'service serve 7000 500 999'
c=$!
disown
served 2
shows '7000 *500 *999' 'tipc nametable show'
works 'tipc socket list'
shows 'service' 'ss --tipc -ap'
say 'And of which user and process each socket is, and what went through it:'
works 'cut -d " " -f 1-7,10,12 /proc/net/tipc/sockets'

say 'Clients, in both languages. The number finds the server.'
shows 'Python.* 123: hello' 'service ask 7000 123 hello'
shows 'C, .* 765: hello' 'service ask 7000 765 hello'
shows 'C, .* 765: hello' 'service.py ask 7000 765 hello'

say 'A second process for the upper numbers: they take turns. And one message to
everybody.'
stays 'service serve 7000 500 999'
second=$!
disown
served 3
shows "process $second" 'for i in 1 2 3 4; do service ask 7000 500 $i; done'
grep -q "process $c," <<< "$_output" || _fail 'both should have answered'
works 'service.py tell 7000 0 999 3 "are you there?"'

say 'A number that nobody has is refused at once.'
refused 'service ask 7000 1234 hello'
refused 'service.py ask 7000 1234 hello'
say 'Connections are another type of socket, found in the same way. Somebody who
has a name and does not listen refuses them.'
stays 'service serve -c 7001 0 0'
python3 - <<-'END' &
	import signal, socket
	s = socket.socket(socket.AF_TIPC, socket.SOCK_SEQPACKET)
	s.bind((socket.TIPC_ADDR_NAMESEQ, 7001, 1, 1, socket.TIPC_CLUSTER_SCOPE))
	signal.pause()
END
deaf=$!
soon '[ $(tipc nametable show | grep -c "^7001 ") -eq 2 ]'
shows 'C, .*: hello' 'service ask -c 7001 0 hello'
refused 'service ask -c 7001 1 hello'
grep -q refused <<< "$_output" || _fail 'it should have been the connection'

say 'What becomes of a request when its server dies before it has read it? The
server is stopped, so that the request waits, and killed. The message comes back,
with the reason and its text, and nobody has waited for a timeout.'
kill $second
served 2
works "kill -STOP $c"
stays 'service ask 7000 999 "my last will"' will
asker=$!
works "for i in {1..100}; do ss --tipc -ap | grep '^UNCONN *1 .*pid=$c,' && break; sleep 0.2; done"
works "kill -KILL $c"
wait $asker && _fail 'the request should have come back'
shows 'no such port' 'cat will'
grep -q 'my last will' <<< "$_output" || _fail 'its text should be there'

say 'Those who watch were told all of it, in this order:'
soon '[ $(cat watch.py watch.c | wc -l) -ge 10 ]'
shows '500 to 999 withdrawn' 'cat watch.py; cat watch.c'
[ "$(sed 's/^Python/C/' watch.py)" = "$(cat watch.c)" ] ||
	_fail 'both should have seen the same'

say 'What else is refused, with a reason: a name of which somebody wants to be the
only one (TIPC_BIND_EXCLUSIVE, which the system does not know, hence its number),
a second address, somebody who may not, and to unload what is used.'
cat > sole.py <<-'END'
	import socket, sys
	s = socket.socket(socket.AF_TIPC, socket.SOCK_RDM)
	s.setsockopt(socket.SOL_TIPC, 192, 1)
	try:
	    s.bind((socket.TIPC_ADDR_NAMESEQ, 7000, 400, 400))
	except OSError as error:
	    sys.exit(f"bind: {error.strerror}")
END
works 'cat sole.py'
refused 'python3 sole.py'
refused 'tipc node set address 1.1.2'
refused 'setpriv --reuid nobody --clear-groups tipc bearer enable media eth device lo'
refused 'rmmod tipc'

say 'Each service and the node have counters.'
works 'cat /proc/net/tipc/services; head -n 4 /proc/net/tipc/traffic'

say 'When the processes end, their names go, and the module can, too.'
kill $deaf
works 'pkill -x service.py; pkill -x service'
soon '[ $(wc -l < /proc/net/tipc/sockets) -eq 2 ]'
works 'tipc nametable show'
works 'rmmod tipc'
cd / && rm -rf "$work"
exit 0
