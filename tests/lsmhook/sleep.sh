#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=120
#
# A module goes while tasks sleep in its hooks: unloading waits for all of them,
# and for those who sleep twice. Two modules go in either order.
# shellcheck source=tests/lsmhook/case.sh
. "$TOP/tests/lsmhook/case.sh"

N=10
pids=()

start_sleepers() {
	local i
	pids=()
	for ((i = 0; i < N; i++)); do
		task_opens > "$work/out.$i" 2>&1 &
		pids+=($!)
	done
}

asleep() { [ "$(get_param "$1" sleeping)" -eq "$2" ]; }

# Every one has read its file, nothing came between.
sleepers_ended_well() {
	local i
	for ((i = 0; i < N; i++)); do
		wait "${pids[i]}" || return 1
		[ "$(cat "$work/out.$i")" = hello ] || return 1
	done
}

for backend in table ftrace; do
	ok "$backend: loads" load a backend=$backend sleep_ms=2000
	start_sleepers
	ok "$backend: $N tasks sleep in the hook" wait_for 60 asleep a $N
	# The module itself looks, when it goes, whether anybody is inside.
	ok "$backend: unloads" unload a
	sleepers_ended_well
	is "$backend: all tasks went on" "$?" 0
done

# Where hooks are in a list, tasks that sleep in one entry go on to the next.
for order in "a b" "b a"; do
	read -r first second <<< "$order"
	load a backend=table && load b backend=table
	set_param "$first" sleep_ms 2000
	set_param "$second" sleep_ms 10
	start_sleepers
	ok "two: tasks sleep in $first" wait_for 60 asleep "$first" $N
	ok "two: $second unloads meanwhile" unload "$second"
	ok "two: $first unloads" unload "$first"
	sleepers_ended_well
	is "two: all tasks went on" "$?" 0
done

# Both at once: neither may go on to what the other has freed.
load a backend=table sleep_ms=1000 && load b backend=table sleep_ms=1500
start_sleepers
ok "both: tasks sleep" wait_for 60 asleep a $N
unload a & one=$!
unload b & other=$!
wait $one
is "both: a unloads" "$?" 0
wait $other
is "both: b unloads" "$?" 0
sleepers_ended_well
is "both: all tasks went on" "$?" 0
tap_end
