#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=150 kernels="6.1" alone
#
# The commands of dsm that speak with the kernel.
#
# Functions are called through tap.sh:
# shellcheck disable=SC2317
set -u -o pipefail
# shellcheck source=tests/lib/tap.sh
. "$TESTLIB/tap.sh"

dsm=$TOP/build/tools/dsm digsig=$TOP/build/tools/digsig
[ -x "$dsm" ] || skip_all "$dsm is not built"
cd "$(mktemp -d)" || exit 1

json() { "$dsm" -j "$@" | /usr/bin/python3 -c \
	'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$expr"; }

refused "kernel module dsm is not loaded" "without the module" "$dsm" status
modprobe dsm || skip_all "the module does not load"
expr='d["policy"], d["nid"]'
is "no policy at first" "$(json status)" "(False, 0)"
ok "the node gets its number" "$dsm" node set 1

cat > a.pol <<'EOP'
policy a; serial 3;
sid web = 10; sid db = 11; nid one = 1;
default allow tcp { create bind connect listen send setopt },
	udp { create bind connect send setopt },
	unix_stream, unix_dgram, fd, signal, ptrace, packet, raw, icmp;
allow system -> any : all;
deny web -> db : udp { receive };
peer 10.0.0.0/8 require;
transition any exec /tmp/dsm-tool/sleep to db;
EOP
"$dsm" policy compile -q -o a.img a.pol
ok "a policy is loaded" "$dsm" policy load a.img
expr='d["serial"], d["rules"], d["peers"], d["node"], d["initial"]'
is "and in force, names are known" "$(json status)" "(3, 13, 3, 'one', 'system')"
refused "serial is not higher" "not twice" "$dsm" policy load a.img
ok "but by force" "$dsm" policy load --force a.img
head -c 1000 a.img > cut.img
refused "cut off" "not half of it" "$dsm" policy load cut.img
cp a.img bad.img; printf '\xa5' | dd of=bad.img bs=1 seek=60 conv=notrunc status=none
refused "digest|damaged" "not a damaged one" "$dsm" policy load --force bad.img

expr='[(p["action"], p["sid"]) for p in d]'
is "addresses are looked up" "$(json peers 10.1.2.3 127.0.0.1 8.8.8.8 fe80::1)" \
	"[('require', 'any'), ('label', 'any'), ('deny', 'any'), ('deny', 'any')]"
expr='[p["address"] for p in d]'
is "and all prefixes listed" "$(json peers)" "['10.0.0.0/8', '127.0.0.0/8', '::1']"
refused "not an address" "what is no address is refused" "$dsm" peers ten

# ---- processes ------------------------------------------------------------------
sid_of() { expr="next((t['name'] for t in d if t['pid'] == $1), None)"; json ps; }
sleep 60 & p=$!
at_exit kill $p
is "a process has the initial SID" "$(sid_of $p)" system
ok "it is given another" "$dsm" task set $p web
is "and has it" "$(sid_of $p)" web
refused "no SID is called" "an unknown SID is refused" "$dsm" task set $p wob
refused "No such process|no such" "an unknown process, too" "$dsm" task set 4194300 web
"$dsm" exec --sid db -- sleep 60 & p=$!
at_exit kill $p
is_db() { [ "$(sid_of $p)" = db ]; }
ok "a program is started with a SID" wait_for 30 is_db
refused "such file" "one that is not there is not" "$dsm" exec --sid db -- /nothing
mkdir -p /tmp/dsm-tool && cp "$(command -v sleep)" /tmp/dsm-tool/
/tmp/dsm-tool/sleep 60 & p=$!
at_exit kill $p
ok "a transition changes it at exec" wait_for 30 is_db
refused "not permitted|CAP_MAC_ADMIN|EPERM" "an ordinary user may not" \
	setpriv --reuid 65534 --clear-groups "$dsm" exec --sid web -- true

# ---- denials --------------------------------------------------------------------
cat > server.py <<'EOP'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 999))
open("ready", "w").close()
s.settimeout(60)
print(s.recv(10).decode(), flush=True)
EOP
cat > client.py <<'EOP'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(sys.argv[1].encode(), ("127.0.0.1", 999))
EOP
"$dsm" exec --sid db -- /usr/bin/python3 server.py > got & server=$!
ok "a server is there" wait_for 30 test -e ready
timeout 120 "$dsm" -j monitor > events & monitor=$!
at_exit kill $monitor
# The monitor is there when it has seen one.
again() { "$dsm" exec --sid web -- /usr/bin/python3 client.py denied; [ -s events ]; }
ok "a datagram is refused, and seen" wait_for 60 again
is "and not received" "$(cat got)" ""
"$dsm" exec --sid system -- /usr/bin/python3 client.py allowed
wait $server
is "another is received" "$(cat got)" allowed
head -n 1 events > event
is "the event says who and why" "$(/usr/bin/python3 -c 'import json
e = json.load(open("event"))
print(e["sender"], e["node"], e["receiver"], e["class"], e["perms"], e["reason"])')" \
	"web one db udp ['receive'] rule"
expr='d[0]["verdict"], d[0]["line"]'
is "which is explained" "$(json policy explain -f a.pol -r - < event)" "('denied', 7)"
is "so is the last in the log" "$(json policy explain --last)" "('denied', 7)"
expr='d[-1]["op"], d[-1]["sender"], d[-1]["reason"]'
is "denials are listed" "$(json denied)" "('receive', 'web', 'rule')"
expr='d["refused"]["rule"] > 0'
is "and counted" "$(json status)" True

# ---- IPv6 -----------------------------------------------------------------------
six() { /usr/bin/python3 -c 'import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(("::1", 998))
s.settimeout(30)
s.sendto(b"x", ("::1", 998))
s.recv(1)'; }
refused "Permission denied" "IPv6 carries no labels and is refused, to ::1 as well" six
{ cat a.pol; echo 'peer ::1 plain sid web; allow web -> system : udp { receive };'; } > six.pol
"$dsm" policy compile -q -n 4 -o six.img six.pol && "$dsm" policy load six.img > log
ok "unless the policy says otherwise" six

# ---- signatures -----------------------------------------------------------------
if [ -x "$digsig" ]; then
	"$digsig" keygen site --alg rsa2048 > log
	"$digsig" keygen other --alg p256 > log
	"$dsm" policy compile -q -n 5 -o b.img a.pol
	ok "a certificate is trusted" "$dsm" trust add site.pem
	expr='[("site" in k["signer"] or len(k["signer"]) > 0) for k in d]'
	is "and listed" "$(json trust list)" "[True]"
	refused "has to be signed" "then a policy without a signature is not" \
		"$dsm" policy load b.img
	"$dsm" policy sign -k other.key b.img
	refused "signer of the policy is unknown" "nor one of another signer" \
		"$dsm" policy load b.img
	"$dsm" policy sign -k site.key b.img
	cp b.img spoilt.img
	printf '\xa5' | dd of=spoilt.img bs=1 conv=notrunc status=none \
		seek=$(($(stat -c %s spoilt.img) - 20))
	refused "signature of the policy is not good" "nor a signature that was changed" \
		"$dsm" policy load spoilt.img
	ok "a signed one is loaded" "$dsm" policy load b.img
	refused "no certificate" "what is no certificate is not trusted" \
		"$dsm" trust add a.pol
fi

# ---- many rules -----------------------------------------------------------------
{
	for i in $(seq 1000); do echo "sid s$i = $((i + 9));"; done
	echo "group g = { $(seq -f s%g -s ' ' 1000) };"
	for i in $(seq 100); do echo "allow g -> s$i : tcp { receive };"; done
} > many.pol
"$dsm" policy compile -q -n 100 -o many.img many.pol
[ ! -x "$digsig" ] || "$dsm" policy sign -k site.key many.img
ok "100,000 rules are loaded" "$dsm" policy load many.img
expr='d["rules"], d["serial"]'
is "and in force" "$(json status)" "(100000, 100)"
ok "and taken back" "$dsm" policy unload
refused "no policy" "which can be done once" "$dsm" policy unload
tap_end
