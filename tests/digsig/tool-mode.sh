#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm: root=digsig timeout=300 kernels="6.1"
#
# digsig status, mode, enforce. What runs unsigned is brought into a catalog until
# pre-flight is content: with the list that it prints. On one kernel, as
# engine-enforce.py is on both.
# shellcheck disable=SC2317 # functions are called by ok and wait_for
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/digsig-tool.sh

is 'names in JSON' "$(field '" ".join(d)' status)" \
	'mode strict keys anchored catalogs revocation_list min_generation remote hash_driver'
is 'counters only with -s' "$(field '"statistics" in d' status)" False
is 'counters with -s' \
	"$(field '(d["statistics"]["checks"], d["statistics"]["reasons"]["unsigned"])' \
	-s status)" '(0, 0)'
is 'text' "$("$digsig" status | head -n 3)" \
	$'mode:                 off\nstrict:               no\nkeys:                 0'
is 'mode alone shows it' "$(field 'd' mode)" "{'mode': 'off', 'strict': False}"
ok 'a mode is set' "$digsig" mode log
is 'and nothing is printed' "$out" ''
ok 'strict alone keeps the mode' "$digsig" mode strict
is 'both are shown' "$(field 'd' mode)" "{'mode': 'log', 'strict': True}"
install /opt/unsigned/true placed
is 'in log mode a file is signed in place' \
	"$(field '(d["in_place"], d["copied"])' sign --key k.key placed)" '(1, 0)'
ok 'both at once, in any order' "$digsig" mode nostrict off
is 'both are shown again' "$("$digsig" mode)" \
	$'mode:                 off\nstrict:               no'
refused 'Error: ' 'nothing is enforced without a key' "$digsig" enforce

as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
refused 'CAP_MAC_ADMIN' 'not for everybody' as_nobody "$digsig" mode log
refused 'run it as root' 'who is told what to do' as_nobody "$digsig" status

"$digsig" key add k.pem /root/keys/test.pem >/dev/null
for name in one two; do
	install /opt/unsigned/sleep $name
	"$work/$name" 1000 &
	at_exit kill $!
done
running() { [ "$(cat /proc/[0-9]*/comm | grep -cxE 'one|two')" -eq 2 ]; }
ok 'two unsigned programs run' wait_for 30 running
refused "$work/one: not signed, and in no catalog pid [0-9]* comm one" \
	'pre-flight names what runs' "$digsig" enforce
is 'and the mode stays' "$(field 'd["mode"]' mode)" off
is 'on stderr there is the sentence' \
	"$("$digsig" -j enforce 2>&1 >/dev/null | head -n 1 | cut -c 1-7)" 'Error: '

# Every file that pre-flight names goes into a catalog.
files=$(field '"\n".join(sorted(f["path"] for f in d))' enforce 2>/dev/null)
is 'pre-flight as JSON has the files' "$files" "$work/one"$'\n'"$work/two"
mapfile -t files <<< "$files"
ok 'a catalog of them' "$digsig" catalog create --key k.key --output c.cat \
	--name running "${files[@]}"
ok 'is loaded' "$digsig" catalog load c.cat
ok 'now the mode is enforce' "$digsig" enforce

mode=$("$digsig" mode)
./good; good=$?
./plain 2>plain.err; plain=$?
install /opt/unsigned/true replaced
ways=$(field '(d["in_place"], d["copied"])' sign --key k.key replaced)
stripped=$(field '(d["in_place"], d["copied"])' strip placed)
verdict=$("$digsig" -s status)
"$digsig" mode off
is 'mode says enforce' "${mode%%$'\n'*}" 'mode:                 enforce'
is 'a signed program runs' "$good" 0
is 'while it is, a new file takes the place of what is signed' "$ways" '(0, 1)'
is 'and of what is stripped' "$stripped" '(0, 1)'
is 'an unsigned program does not' "$plain" 126
ok 'the shell says why' grep -q 'Operation not permitted' plain.err
ok 'the counter says so' grep -q '^    unsigned: *[1-9]' <<< "$verdict"
refused 'no such mode' 'a mode that does not exist' "$digsig" mode enforced
tap_end
