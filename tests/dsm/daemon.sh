#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=150 kernels="6.12"
#
# dsmd and the kernel: what was decided reaches it, and comes back to it when the
# module was loaded anew. A cluster of one node; tests/tools/dsm-push.sh has more.
#
# Functions are called through tap.sh:
# shellcheck disable=SC2317
set -u -o pipefail
# shellcheck source=tests/lib/tap.sh
. "$TESTLIB/tap.sh"

dsm=$TOP/build/tools/dsm dsmd=$TOP/build/tools/dsmd
[ -x "$dsm" ] && [ -x "$dsmd" ] || skip_all "not built"
cd "$(mktemp -d)" || exit 1

ec='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
# shellcheck disable=SC2086
openssl req -x509 $ec -keyout ca.key -out ca.pem -subj /CN=ca -days 2 2> log
for n in a op; do
	# shellcheck disable=SC2086
	openssl req $ec -keyout $n.key -out $n.csr -subj /CN=$n 2> log
	openssl x509 -req -in $n.csr -CA ca.pem -CAkey ca.key -CAcreateserial \
		-out $n.pem -days 2 2> log
	cat > $n.conf <<-EOP
	name $n
	ca ca.pem
	cert $n.pem
	key $n.key
	state state
	timeout 30
	interval 0.3
	operator op
	node a 127.0.0.1 nid 7
	EOP
done
rules='nid seven = 7; peer 127.0.0.0/8 label sid system;
	default allow tcp, udp, icmp, raw, unix_stream, unix_dgram, fd, signal, ptrace;
	allow system -> any : all;'
image() { echo "serial $1; $2 $rules" | "$dsm" policy compile -q -o "$1.img" - > log; }
image 1 ''; image 2 'wire code require;'
status() { "$dsm" -j status 2> log | /usr/bin/python3 -c 'import json, sys
d = json.load(sys.stdin)
print(d["nid"], d.get("serial", 0), d.get("keys", 0), d.get("epoch", 0))'; }
status_is() { [ "$(status)" = "$1" ]; }
push() { "$dsm" policy push -f op.conf "$@"; }
epochs() { "$dsm" -j keys list | /usr/bin/python3 -c 'import json, sys
print(*sorted((k["nid"], k["epoch"]) for k in json.load(sys.stdin)))'; }

ip link set lo up
"$dsmd" -c a.conf 2> a.log & daemon=$!
stop() { kill -9 $daemon && wait $daemon; } 2>> log
at_exit stop
answers() { "$dsm" nodes -f op.conf; }
ok "the daemon runs without the module" wait_for 60 answers
refused "module dsm is not loaded" "a policy is not agreed to then" push 1.img
modprobe dsm || skip_all "the module does not load"
ok "a module that is loaded learns the NID" wait_for 60 status_is "7 0 0 0"
ok "a policy reaches the kernel" push 1.img
is "and is in force" "$(status)" "7 1 0 0"
refused "the kernel says: " "one that wants codes is not agreed to without keys" push 2.img
is "and the one before stays" "$(status)" "7 1 0 0"
ok "keys are made" "$dsm" keys rotate -f op.conf
is "and used" "$(status)" "7 1 1 1"
ok "now it is" push 2.img
is "and is in force" "$(status)" "7 2 1 1"
"$dsm" keys rotate -f op.conf > log
ok "keys are changed" "$dsm" keys rotate -f op.conf
is "those of two epochs are known" "$(epochs)" "(7, 2) (7, 3)"
ok "the policy is taken away" "$dsm" policy unload
ok "and comes back" wait_for 60 status_is "7 2 2 3"
refused "another epoch|in use|busy|Busy" "the key in use is not forgotten" "$dsm" keys del 7 3
ok "another is" "$dsm" keys del 7 2
ok "and comes back" wait_for 60 status_is "7 2 2 3"
rmmod dsm && modprobe dsm
ok "a module that is loaded anew has all of it again" wait_for 60 status_is "7 2 2 3"
stop
rmmod dsm && modprobe dsm && "$dsm" node set 7 > log
refused "no epoch|keys|key" "without keys, as at boot, the policy is refused" \
	"$dsm" policy load state/current
ok "keys are loaded first" "$dsm" keys load state/keys
ok "and then it is loaded" "$dsm" policy load state/current
ok "which can be done twice" "$dsm" keys load state/keys
is "all is as it was" "$(status)" "7 2 2 3"
tap_end
