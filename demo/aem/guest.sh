#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The aem chapter, in the guest.
set -u
. demo/stage.sh
export PATH=$PWD/build/tools:$PWD/build/examples:$PATH
ip link set lo up
ulimit -n 30000
port=8080

# Waits until the server answers.
up() {
	for _ in {1..100}; do
		(: < /dev/tcp/localhost/$port) 2>/dev/null && return
		sleep 0.2
	done
	_fail "the server does not listen"
}

say "The server starts. /proc/aem shows its event queue; the program aem reads it."
httpd -p $port -t 400 &
server=$!
up
works "aem show"

say "Nobody asks for anything yet. How late was the timer?"
sleep 3
works "demo/aem/ask $port"
idle=$_output

say "Now 10,000 connections are opened that stay idle."
/usr/bin/python3 - $port <<'END' &
import resource, signal, socket, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (20000, 20000))
kept = [socket.create_connection(("127.0.0.1", int(sys.argv[1])))
        for _ in range(10000)]
open("/run/idle", "w").close()
signal.pause()
END
crowd=$!
for _ in {1..600}; do [ -e /run/idle ] && break; sleep 0.2; done
[ -e /run/idle ] || _fail "the connections were not made"
sleep 2
shows '"connections":100' "demo/aem/ask $port"

say "And wrk, a client that measures, asks as fast as it can on 20 more."
works "timeout 60 wrk -t 1 -c 20 -d 15s --latency http://127.0.0.1:$port/"
works "timeout 20 aem top -n 1 -d 500 & timeout 20 wrk -t 1 -c 20 -d 3s http://127.0.0.1:$port/ >/dev/null; wait"

say "Meanwhile the timer has interrupted the server thousands of times. Before \
the load, and with it:"
echo "$idle"
works "demo/aem/ask $port"

say "An event of high priority waits for one handler at most, however many wait \
behind it, and the 10,000 idle connections cost nothing: what is not ready is not \
looked at."
kill $crowd $server 2>/dev/null
wait 2>/dev/null
exit 0
