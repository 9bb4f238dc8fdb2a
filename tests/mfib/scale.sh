#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck source=tests/lib/tap.sh
#
# vm: timeout=120 kernels="6.1"
#
# Many FIBs by the tool: made in a batch, filled at once, shown, saved, taken away.
#
# FIBS=N of them, the first FILLED=N with ROUTES4=N and ROUTES6=N routes; few by
# default. LARGE=F puts the routes of F ("ADDRESS/LENGTH ..." in each line) into one
# more. What it took and what it costs are remarks.
. "$TESTLIB/tap.sh"

mfib=$TOP/build/tools/mfib
fibs=${FIBS:-64} filled=${FILLED:-16}
routes4=${ROUTES4:-50} routes6=${ROUTES6:-10}
first=1000 last=$((first + fibs - 1))

modprobe mfib || exit
cd "$tap_dir" || exit
ip link add e0 type dummy
ip link set e0 up
at_exit ip link del e0

# free_kb: memory that nobody has, when what is being freed is free.
free_kb() {
	sleep 1
	echo 3 > /proc/sys/vm/drop_caches
	awk '/^MemFree/ { print $2 }' /proc/meminfo
}
# took TEXT CMD...: runs CMD and notes how long it took.
took() {
	local text=$1 from=$EPOCHREALTIME status; shift
	"$@"
	status=$?
	note "$text: $(((${EPOCHREALTIME/./} - ${from/./}) / 1000)) ms"
	return $status
}
# count EXPRESSION: of "mfib -j fib show".
count() {
	"$mfib" -j fib show | /usr/bin/python3 -c '
import json, sys
d = json.load(sys.stdin)
print(eval(sys.argv[1]))' "$1"
}
listed() { "$mfib" fib show | grep -c "^fib"; }

# In each FIB other networks: 10.N.0.0/15 and 2001:db8:N::/48 of FIB N.
/usr/bin/python3 - "$first" "$fibs" "$filled" "$routes4" "$routes6" <<'PY'
import sys
first, fibs, filled, routes4, routes6 = map(int, sys.argv[1:])
with open("add", "w") as add, open("del", "w") as gone:
    for fib in range(first, first + fibs):
        add.write(f"fib add {fib}\n")
        gone.write(f"fib del {fib} --force\n")
with open("routes", "w") as out:
    for fib in range(first, first + filled):
        for n in range(routes4):
            a = 10 << 24 | fib % 128 << 17 | n << 6
            out.write(f"route add {a >> 24}.{a >> 16 & 255}.{a >> 8 & 255}."
                      f"{a & 255}/26 dev e0 metric {fib} fib {fib}\n")
        for n in range(routes6):
            out.write(f"route add 2001:db8:{fib:x}:{n:x}::/64 dev e0 "
                      f"fib {fib}\n")
PY

# ---- made and filled -------------------------------------------------------------
before=$(free_kb)
head -n $((fibs / 8)) add > add.1
sed "1,$((fibs / 8))d" add | head -n -$((fibs / 8)) > add.2
tail -n $((fibs / 8)) add > add.3
ok "FIBs are made in a batch" took "the first $((fibs / 8))" "$mfib" -batch add.1
note "$out"
ok "many of them" "$mfib" -batch add.2
ok "and the last" took "the last $((fibs / 8))" "$mfib" -batch add.3
note "$out"
empty=$(free_kb)
note "of a FIB with its device: $(((before - empty) * 1024 / fibs)) bytes"
is "all are shown" "$(took 'fib show' listed | grep -v '^#')" "$fibs"
is "in the order of their numbers" \
	"$(count '[f["fib"] for f in d] == list(range(d[0]["fib"], d[-1]["fib"] + 1))')" \
	True
refused "there is a FIB" "one that is there is refused" "$mfib" fib add "$last"
ok "all tables are filled at once" took restore "$mfib" restore routes
note "$out"
full=$(free_kb)
note "of a route: $(((empty - full) * 1024 / (filled * (routes4 + routes6)))) bytes"
is "each has its routes" \
	"$(count "[(f['ipv4']['routes'], f['ipv6']['routes']) for f in d] == [($routes4, $routes6)] * $filled + [(0, 0)] * ($fibs - $filled)")" \
	True
own() { "$mfib" route get "10.$((($1 % 128) * 2)).0.1" fib "$2"; }
for n in "$first" $((first + filled / 2)) $((first + filled - 1)); do
	is "FIB $n finds its own" "$(own "$n" "$n")" \
		"10.$(((n % 128) * 2)).0.0/26 dev e0 proto static metric $n fib $n"
	refused "no route" "and not those of the next" own $((n + 1)) "$n"
done
is "a list of one" "$("$mfib" route show fib "$first" | wc -l)" \
	$((routes4 + routes6))

# ---- saved and restored ------------------------------------------------------------
ok "all is saved" took save sh -c "$mfib save > saved"
note "$out"
ok "and restored over what is there" took restore "$mfib" restore saved
note "$out"
ok "which changes nothing" sh -c "$mfib save | cmp - saved"

# ---- one large one -------------------------------------------------------------------
if [ -n "${LARGE:-}" ]; then
	"$mfib" fib add 10
	sed 's/^\([^ ]*\).*/route add \1 dev e0 fib 10/' "$LARGE" > large
	lines=$(wc -l < large)
	before=$(free_kb)
	ok "a large table" took "restore of $lines" "$mfib" restore large
	note "$out"
	after=$(free_kb)
	note "of a route: $(((before - after) * 1024 / lines)) bytes"
	is "is shown" "$("$mfib" route show fib 10 | wc -l)" "$lines"
	ok "flushed" took flush "$mfib" route flush fib 10
	note "$out"
	"$mfib" fib del 10
fi

# ---- and gone ------------------------------------------------------------------------
head -n $((fibs / 8)) del > del.1
ok "FIBs are removed" took "the first $((fibs / 8))" "$mfib" -batch del.1
note "$out"
is "the others stay" "$(listed)" $((fibs - fibs / 8))
ok "the module goes with what is left" took rmmod rmmod mfib
note "$out"
is "there is no device of it" "$(ip -o link show type mfib 2>/dev/null | wc -l)" 0
note "memory that did not come back: $((before - $(free_kb))) kB"
tap_end
