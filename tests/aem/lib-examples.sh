#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The examples do what they say. On one kernel, as what they call is tested on
# both.
#
# vm: timeout=90 kernels="6.12"
# shellcheck source=tests/lib/tap.sh
. "$TESTLIB/tap.sh"
modprobe aem || skip_all "aem does not load"
examples=$TOP/build/examples
ip link set lo up

# Ends what is still there.
finish() { kill "$1" 2>/dev/null || true; }

ask() { timeout 20 /usr/bin/python3 - "$@" <<'END'
import socket, sys
c = socket.create_connection(("localhost", int(sys.argv[1])), 10)
c.settimeout(15)
c.sendall(sys.argv[2].encode().decode("unicode_escape").encode())
c.shutdown(socket.SHUT_WR)
data = b""
while True:
    more = c.recv(65536)
    if not more:
        break
    data += more
sys.stdout.write(data.decode())
END
}
listens() { grep -q ":$(printf %04X "$1") .* 0A " /proc/net/tcp /proc/net/tcp6; }

"$examples/httpd" -p 8081 > "$RESULTS/httpd" 2>&1 &
at_exit finish $!
ok "httpd listens" wait_for 20 listens 8081
ok "a request is answered" ask 8081 'GET / HTTP/1.1\r\n\r\n'
ok "with a page" grep -q "Hello from libaem" <<< "$out"
ok "two requests in one write" ask 8081 'GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n'
is "are two answers" "$(grep -c "200 OK" <<< "$out")" 2
ok "the timer interrupts" ask 8081 'GET /latency HTTP/1.1\r\n\r\n'
ok "and is counted" grep -qE '"ticks":[1-9]' <<< "$out"

# Requests in all sizes of pieces, many at once, and a reader that is slow.
ok "a client that does not read is waited for" timeout 60 /usr/bin/python3 - <<'END'
import socket
one = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
many = [socket.create_connection(("localhost", 8081), 10) for _ in range(50)]
for c in many:
    c.settimeout(30)
for i in range(0, len(one), 7):
    for c in many:
        c.sendall(one[i:i + 7])
for c in many:
    assert b"Hello" in c.recv(4096)
    c.close()
c = socket.create_connection(("localhost", 8081), 10)
c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
c.settimeout(0.5)
c.sendall(one)
size = len(c.recv(4096))
sent = 0
try:
    while sent < 8000 * len(one):
        sent += c.send(one * 8)
except socket.timeout:
    pass
c.settimeout(20)
left = sent // len(one) * size
while left > 0:
    data = c.recv(65536)
    assert data
    left -= len(data)
END

ok "10,000 call timers" timeout 60 "$examples/calls" -t 2
note "$out"
ok "none is early" grep -q "early 0 " <<< "$out"

"$examples/supervisor" 8082 > "$RESULTS/supervisor" 2>&1 &
pid=$!
at_exit finish $pid
ok "the supervisor listens" wait_for 20 listens 8082
ok "a capsule answers" ask 8082 'echo hello\n'
ok "what was said" grep -q hello <<< "$out"
is "and is another process" "$([ "${out%% *}" != $pid ] && echo yes)" yes
for _ in 1 2 3 4 5 6; do ask 8082 'crash\n' >/dev/null 2>&1; done
ok "six capsules crash, and the next answers" ask 8082 'echo again\n'
ask 8082 'exit\n' >/dev/null 2>&1
ok "the supervisor ends when it is told" wait_for 20 test ! -e /proc/$pid/fd/0
ok "and its capsules with it" wait_for 20 \
	bash -c "! pgrep -f '[e]xamples/supervisor'"
tap_end
