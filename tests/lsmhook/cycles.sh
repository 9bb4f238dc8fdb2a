#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=400
#
# Attached and detached again and again while programs run and files are opened,
# by one module and by two at a time on different CPUs.
# shellcheck source=tests/lsmhook/case.sh
. "$TOP/tests/lsmhook/case.sh"

# $CYCLES times, and half as many with two modules.
alone=${CYCLES:-6} traced=2
each=$((alone / 2))

# cycle MODULE COUNT CPU PARAM...: each time the hook is seen to refuse, and
# then not to.
cycle() {
	local m=$1 n=$2 cpu=$3 i; shift 3
	taskset -p -c "$cpu" "$BASHPID" >/dev/null
	for ((i = 0; i < n; i++)); do
		load "$m" "$@" || return 1
		set_param "$m" deny_open 1
		not_permitted task_opens || return 1
		unload "$m" || return 1
	done
}

both() {
	local one other
	cycle a "$1" 0 & one=$!
	cycle b "$1" $(($(nproc) - 1)) & other=$!
	wait $one; one=$?
	wait $other && [ $one -eq 0 ]
}

start_load 2
ok "$alone times under load" cycle a $alone 0
ok "not refused after that" task_opens
ok "$each times, two modules at a time" both $each
ok "not refused after that" task_opens
ok "$traced times by ftrace" cycle a $traced 0 backend=ftrace
ok "not refused after that" task_opens
stop_load

ok "loads" load a
ok "every hook is there" [ "$(hook_way a ptrace_traceme)" = "$(table_way)" ]
ok "unloads" unload a
tap_end
