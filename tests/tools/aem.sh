#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The program aem, on files that say what the module would.
# shellcheck source=tests/lib/tap.sh
. "$TESTLIB/tap.sh"
aem=$TOP/build/tools/aem
export AEM_PROC=$tap_dir/proc
json() { "$aem" -j "$@" | /usr/bin/python3 -c "import json, sys
d = json.load(sys.stdin)
print($expr)"; }

refused "modprobe aem" "without the module the hint says what to do" "$aem" show
mkdir "$AEM_PROC"
contexts() {
	printf '# a heading\n7 50 0 3 64 0x1 9 %d 5 2 signal open one\n' "$1"
	printf '8 51 1000 1 64 0x0 0 4 0 0 upcall open t%swo\n' '\040'
}
contexts 100 > "$AEM_PROC/contexts"
buckets() {
	local i
	printf '%s' "$1"
	for i in {0..31}; do printf ' %d' $((i == $2 ? $3 : 0)); done
	echo
}
{ buckets "7 latency" 11 99; buckets "7 run" 5 1
  buckets "8 latency" 0 0; buckets "8 run" 0 0; } > "$AEM_PROC/latency"
printf '7 50 0 fd 3 sync on 0x1 0x2 10 1 0 0x1\n8 51 0 timer 7 async off 0x0 0x2 5 0 2 0x2\n' \
	> "$AEM_PROC/sources"

expr='[c["pid"] for c in d]'
is "show has every context" "$(json show)" "[50, 51]"
expr='d[0]["comm"], len(d), d[0]["list"][0]["how"], d[0]["list"][0]["lost"]'
is "show PID has its sources alone" "$(json show 51)" \
	't\040wo 1 async 2'
expr='d[0]["latency"]'
is "and its histogram" "$(json show 50)" "[{'from_ns': 2048, 'count': 99}]"
refused "has no event queue" "a process without one" "$aem" show 99
refused "not a process id" "what is no number" "$aem" show x

"$aem" -j top -d 3000 > "$tap_dir/top" &
sleep 0.5
contexts 400 > "$AEM_PROC/contexts"
wait $!
ok "top is JSON" /usr/bin/python3 -c "import json, sys
d = json.load(open('$tap_dir/top'))
assert [c['pid'] for c in d] == [50, 51] and d[1]['rate'] == 0
assert d[0]['handled'] == 400 and 0 < d[0]['rate'] <= 300, d"
refused "one look" "JSON is one look" "$aem" -j top -n 2

echo '7 50 0 3 64' > "$AEM_PROC/contexts"
refused "does not understand" "a line of another version" "$aem" show
tap_end
