#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# host: timeout=180
#
# dsmd: three nodes on loopback, without the kernel. Who may speak, what is in
# force where, who was away. dsmd-crash.py kills them.
#
# Functions are called through tap.sh:
# shellcheck disable=SC2317
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh

dsm=$(realpath build/tools/dsm) dsmd=$(realpath build/tools/dsmd)
digsig=$(realpath build/tools/digsig)
[ -x "$dsm" ] && [ -x "$dsmd" ] && [ -x "$digsig" ] || skip_all "not built"
scripts/deps build test >/dev/null || skip_all "packages are missing"
mkdir -p build/tests
work=$(mktemp -d "$PWD/build/tests/push.XXXXXX")
at_exit rm -rf "$work"
cd "$work" || exit 1

# ---- certificates, configurations ---------------------------------------------------
ec='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'
authority() { # NAME
	# shellcheck disable=SC2086
	openssl req -x509 $ec -keyout "$1.key" -out "$1.pem" -subj "/CN=$1" 2>&1
}
certificate() { # AUTHORITY NAME [FILE]
	local file=${3:-$2}
	# shellcheck disable=SC2086
	openssl req $ec -keyout "$file.key" -out "$file.csr" -subj "/CN=$2" 2>&1
	openssl x509 -req -in "$file.csr" -CA "$1.pem" -CAkey "$1.key" \
		-CAcreateserial -out "$file.pem" -days 2 2>&1
}
authority ca > log; authority otherca > log
for n in a b c op stranger; do certificate ca $n > log; done
certificate otherca a fake > log
"$digsig" keygen signer --alg rsa2048 > log || skip_all "no key"
"$digsig" keygen other --alg rsa2048 > log

port=$((20000 + RANDOM % 10000))
configure() { # NAME CERTIFICATE
	cat <<-EOF2
	name $1
	ca $work/ca.pem
	cert $work/$2.pem	# of this node
	key $work/$2.key
	state $work/$1.state
	trust $work/signer.pem
	enforce none
	timeout 5
	interval 0.3
	operator op
	node a 127.0.0.1:$port nid 1
	node b 127.0.0.1:$((port + 1)) nid 2
	node c 127.0.0.1:$((port + 2)) nid 3
	EOF2
}
for n in a b c op; do configure $n $n > $n.conf; done

declare -A pid
start() { "$dsmd" -c "$1.conf" 2>> "$1.log" & pid[$1]=$!; }
stop() { kill -9 "${pid[$1]}" && wait "${pid[$1]}" 2>> log; unset "pid[$1]"; }
stop_all() { local n; for n in "${!pid[@]}"; do stop "$n"; done; }
at_exit stop_all

image() { # SERIAL [SIGNER]
	echo "serial $1;" | "$dsm" policy compile -o "$1.img" - > log
	"$dsm" policy sign -k "${2:-signer}.key" "$1.img"
}
push() { "$dsm" policy push -f op.conf "$@"; }
nodes() { "$dsm" -j nodes -f op.conf 2>> log | /usr/bin/python3 -c \
	'import json,sys; print(*(n.get(sys.argv[1], "-") for n in json.load(sys.stdin)))' \
	"${1:-serial}"; }
nodes_are() { [ "$(nodes "${2:-serial}")" = "$1" ]; }
states() { "$dsm" -j policy push -f op.conf "$@" 2>> log | /usr/bin/python3 -c \
	'import json,sys; d=json.load(sys.stdin); print(*sorted(n["node"]+":"+n["state"] for n in d["nodes"]))'; }
for s in 1 2 3 4 5; do image $s; done

# ---- configurations -----------------------------------------------------------------
ok "a configuration is tested" "$dsmd" -t -c a.conf
while IFS='|' read -r line why text; do
	{ cat a.conf; echo "$line"; } > bad.conf
	refused "bad.conf:14: \"${line%% *}\" $why" "$text" "$dsmd" -t -c bad.conf
done <<'EOF2'
nonsense 1|is no setting|an unknown setting
timeout soon|needs a number of seconds|a time that is none
node b 127.0.0.1|names a node twice|a node twice
node d 127.0.0.1: nid 4|has a bad address|an address without a port
node d 127.0.0.1 nid x|has a bad NID|a NID that is none
node d 127.0.0.1 nid 4294967297|has a bad NID|a NID of more than 32 bits
enforce some|needs "kernel" or "none"|an unknown way to enforce
trust /nothing|holds no certificate|a certificate that is not there
operator|needs one name|an operator without a name
EOF2
{ cat a.conf; echo "operator b"; } > bad.conf
refused '"b" is a node and an operator' "a node that is an operator" "$dsmd" -t -c bad.conf
{ cat a.conf; printf 'trust %2100s\n' x; } > bad.conf
refused 'bad.conf:14: "trust" is on a line that is too long' "a line without an end" \
	"$dsmd" -t -c bad.conf
grep -v ^ca a.conf > bad.conf
refused 'the setting "ca" is missing' "no authority" "$dsmd" -t -c bad.conf
sed 's,/b.key,/a.key,' b.conf > bad.conf
refused "private key \(key\) cannot be read, or is not" "a key of another" "$dsmd" -t -c bad.conf
cp b.key open.key; chmod 644 open.key
sed 's,/b.key,/open.key,' b.conf > bad.conf
refused "may be read by everybody" "a key that others can read" "$dsmd" -t -c bad.conf
mkdir -m 777 open.state
sed 's,/a.state,/open.state,' a.conf > bad.conf
refused "others may write there" "a folder that others can write to" timeout 20 "$dsmd" -c bad.conf
sed 's/^name a/name d/' a.conf > bad.conf
refused 'no setting "node" is about this node' "a node of no cluster" \
	"$dsmd" -t -c bad.conf

# ---- all there ----------------------------------------------------------------------
for n in a b c; do start $n; done
ok "three nodes answer" wait_for 30 nodes_are "0 0 0"
is "a push reaches all" "$(states 1.img)" "a:committed b:committed c:committed"
is "and is in force on all" "$(nodes)" "1 1 1"
is "by any node" "$(states -n c 2.img)" "a:committed b:committed c:committed"
is "once more is no error" "$(states 2.img)" "a:committed b:committed c:committed"
refused "serial 2 is in force, which is newer" "an older serial is refused" push 1.img
echo 'permissive; serial 2;' | "$dsm" policy compile -q -o 2b.img - > log
"$dsm" policy sign -k signer.key 2b.img
refused "another policy with serial 2" "the same serial with other contents, too" push 2b.img
is "nothing has changed" "$(nodes)" "2 2 2"

# ---- who may ------------------------------------------------------------------------
use() { sed "s,/op\.,/$1.,; s,^name op,name $1," op.conf > "as-$1.conf"; }
use stranger; use a; use fake
refused "not yours to ask" "a stranger with a good certificate" \
	"$dsm" policy push -f as-stranger.conf 3.img
refused "not yours to ask" "a node may not push" "$dsm" policy push -f as-a.conf 3.img
refused "unknown ca" "nor one of another authority" \
	"$dsm" policy push -f as-fake.conf 3.img
refused "protocol version|alert" "TLS 1.2 is not spoken" bash -c \
	"openssl s_client -connect 127.0.0.1:$port -tls1_2 -cert op.pem -key op.key \
	-CAfile ca.pem </dev/null 2>&1; exit 1"
refused "certificate required|alert" "nor without a certificate" bash -c \
	"{ sleep 1; echo; sleep 1; } | openssl s_client -connect 127.0.0.1:$port -CAfile ca.pem \
	2>&1; exit 1"
sed "s/^node a .*/node a 127.0.0.1:$((port + 1))/" op.conf > wrong.conf
refused "calls itself b and not a" "a node that is not the one it should be" \
	"$dsm" policy push -f wrong.conf -n a 3.img
image 9 other
refused "not that of anyone who is trusted" "a policy of another signer" push 9.img
echo "serial 9;" | "$dsm" policy compile -o 9.img - > log
refused "not signed" "a policy that is not signed" push 9.img
is "nothing has changed by all this" "$(nodes)" "2 2 2"
head -c 100 /dev/urandom | timeout 5 openssl s_client -quiet -connect 127.0.0.1:$port \
	-cert op.pem -key op.key -CAfile ca.pem >> log 2>&1
head -c 100000 /dev/urandom | timeout 5 bash -c "cat > /dev/tcp/127.0.0.1/$port" 2>> log
is "nor by noise" "$(nodes)" "2 2 2"

# A node that looks revoked certificates up, and one operator who is.
cat > ca.conf <<-EOF3
[ca]
default_ca = d
[d]
database = $work/index
default_md = sha256
EOF3
certificate ca thief > log; use thief; : > index
crl() { openssl ca -config ca.conf -cert ca.pem -keyfile ca.key "$@" >> log 2>&1; }
crl -revoke thief.pem; crl -gencrl -crldays 2 -out crl.pem
stop a; { cat a.conf; echo "operator thief"; echo "crl $work/crl.pem"; } > crl.conf
cp a.conf a.conf.plain; cp crl.conf a.conf; start a
ok "a node with a revocation list answers" wait_for 30 nodes_are "2 2 2"
refused "certificate revoked" "an operator whose certificate was revoked is refused" \
	"$dsm" policy push -f as-thief.conf -n a 3.img
{ cat a.conf.plain; echo "crl /nothing"; } > bad.conf
refused "revoked certificates \(crl\) cannot be read" "a list that is not there" \
	"$dsmd" -t -c bad.conf
stop a; cp a.conf.plain a.conf; start a
ok "and without it, as before" wait_for 30 nodes_are "2 2 2"

# ---- away, and back -----------------------------------------------------------------
stop c
is "who is away does not stop the others" "$(states 3.img)" \
	"a:committed b:committed c:away"
is "they have switched" "$(nodes)" "3 3 -"
start c
ok "who is back catches up" wait_for 30 nodes_are "3 3 3"
stop c
refused "nowhere that it was not before" "all can be asked for" push --all 4.img
is "and nobody switches then" "$(nodes)" "3 3 -"
stop b
refused "nowhere that it was not before" "half is not enough" push 4.img
is "nobody switches then" "$(nodes)" "3 - -"
start b; start c
ok "all are there" wait_for 30 nodes_are "3 3 3"
stop a
ok "a push without the first node" push 5.img
start a
ok "which catches up" wait_for 30 nodes_are "5 5 5"
stop_all; for n in a b c; do start $n; done
ok "all remember over a restart" wait_for 30 nodes_are "5 5 5"

# ---- keys of labels -----------------------------------------------------------------
ok "keys are made" "$dsm" keys rotate -f op.conf
ok "and used by all" wait_for 30 nodes_are "1 1 1" epoch
is "each node has those of all" "$(grep -c 'epoch 1 key' b.state/keys)" 3
is "only root may read them" "$(stat -c %a b.state/keys)" 600
is "they are the same" "$(sort -u <(grep "key " a.state/keys) <(grep "key " c.state/keys) | wc -l)" 3
stop b
refused "the keys that were used are used on" "all can be asked for" \
	"$dsm" keys rotate --all -f op.conf
is "and nothing has changed" "$(nodes epoch)" "1 - 1"
ok "an epoch begins while a node is away" "$dsm" keys rotate -f op.conf
start b
ok "which learns it" wait_for 30 nodes_are "3 3 3" epoch
is "what was given up is kept until it is old" "$(grep -c " key " a.state/keys)" 9
"$dsm" keys rotate -f op.conf > log
ok "of the oldest nothing is left" wait_for 30 bash -c \
	'grep -q "epoch 4" a.state/keys && ! grep -q "epoch [12] key" a.state/keys'
refused "not yours to ask" "a node may not make keys" "$dsm" keys rotate -f as-a.conf
tap_end
