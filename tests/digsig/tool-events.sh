#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm: root=digsig timeout=300 kernels="6.12"
#
# digsig check, denied, monitor, and sign --from-log: each sees the same refusal.
# On one kernel, as control-events.py is on both.
# shellcheck disable=SC2317 # functions are called by ok and wait_for
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/digsig-tool.sh

"$digsig" key add k.pem /root/keys/test.pem >/dev/null
id=$(field 'd[0]["key_id"]' key list)
cp good bad
printf 'X' | dd of=bad bs=1 seek=200 conv=notrunc status=none
refused '^plain: not signed, and in no catalog$' 'check refuses' \
	"$digsig" check plain
is 'and allows' "$("$digsig" check good)" "good: verified key $id"
refused 'bad: changed after it was signed' 'or sees a change' \
	"$digsig" check good bad
is 'the good one is in the list, too' "$(head -n 1 <<< "$out")" \
	"good: verified key $id"
is 'names in JSON' "$(field '" ".join(d[0])' check good)" \
	'path verified reason reason_text key_id digest flags sid'
is 'values in JSON' \
	"$(field '[(v["path"], v["verified"], v["reason"]) for v in d]' \
	check good bad plain)" \
	"[('good', True, 'none'), ('bad', False, 'bad-signature'), ('plain', False, 'unsigned')]"
cp good flagged
"$digsig" sign --key k.key --flags jit,debugger --sid 77 flagged >/dev/null
is 'signed attributes are shown' "$("$digsig" check flagged)" \
	"flagged: verified key $id flags jit,debugger sid 77"
refused 'No such file' 'a file that is not there' "$digsig" check none

listening() { [ -n "$(awk '$2 == 16 && $4 != "00000000"' /proc/net/netlink)" ]; }
mine() { grep -F "$work/plain" "$1"; }
"$digsig" monitor >text &
text=$!
"$digsig" -j monitor >json &
json=$!
wait_for 30 listening
sleep 1		# the second of the two
"$digsig" mode log
ok 'in log mode an unsigned program runs' ./plain
ok 'the text of the event' wait_for 30 mine text
ok 'the event as JSON' wait_for 30 mine json
kill $text $json
wait $text $json 2>/dev/null
is 'the change of the mode is first' "$(head -n 1 text | cut -d ' ' -f 3-4)" \
	'mode log'
mine text | head -n 1 >line
is 'what the line says' "$(cut -d ' ' -f 3- line | sed 's/pid [0-9]*/pid N/')" \
	"reported exec $work/plain: not signed, and in no catalog pid N uid 0 comm $(
	sed -n 's/.* comm \([^ ]*\).*/\1/p' line)"
is 'every line is a JSON object of the same names' "$(/usr/bin/python3 -c '
import json, sys
print({" ".join(json.loads(line)) for line in sys.stdin})' <json)" \
	"{'time event mode op path reason reason_text pid uid comm key_id digest lost'}"

seen="[(e['reason'], e['denied']) for e in d if e['path'] == '$work/plain']"
is 'denied has it' "$(field "$seen" denied)" "[('unsigned', False)]"
is 'names in JSON' "$(field '" ".join(d[0])' denied)" \
	'path reason reason_text denied op count pid uid comm time key_id digest'
count() { field "[e['count'] for e in d if e['path'] == '$work/plain'][0]" denied; }
before=$(count)
./plain
ok 'counts go up' test "$(count)" -gt "$before"
is 'one event and out' "$(timeout 30 "$digsig" monitor --count 1 | wc -l &
	for _ in {1..50}; do sleep 0.2; ./plain; done; wait)" 1

./bad
"$digsig" mode off
ok 'what was reported is signed' "$digsig" sign --from-log --key k.key
ok 'then it is verified' "$digsig" check plain
refused 'changed after' 'what was changed is not signed again' \
	"$digsig" check bad
tap_end
