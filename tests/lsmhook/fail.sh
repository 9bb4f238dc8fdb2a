#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=120
#
# What cannot be attached is refused with the name of the hook and a reason, and
# what was attached before it is undone.
# shellcheck source=tests/lsmhook/case.sh
. "$TOP/tests/lsmhook/case.sh"

# fails ERRNO TEXT PARAM...: load is refused so, and the log has the text.
fails() {
	local errno=$1 text=$2; shift 2
	mark_log
	load a "$@" 2>"$work/err" && { unload a; return 1; }
	grep -F "$errno" "$work/err" && log_has "$text" && return
	cat "$work/err"
	dmesg | tail -n 5
	return 1
}

fits() { load a backend=table crowd="$1" 2>/dev/null && unload a; }

# The slots of file_open that are free: 0 where there is no limit.
free_slots() {
	local free=0 taken=16 n
	fits $taken && { echo 0; return; }
	while n=$(((free + taken) / 2)); [ $n -gt $free ]; do
		if fits $n; then free=$n; else taken=$n; fi
	done
	echo $free
}

# Are there as many free slots as before?
slots_are() { fits "$1" && ! fits $(($1 + 1)); }

ways() { get_param a hooks | awk '{ printf "%s ", $2 }'; }
last_way_is() { [ "$(ways | awk '{ print $NF }')" = "$1" ] || { ways; return 1; }; }

# Each open is one call of each place.
calls_per_open_are() {
	local before calls
	before=$(hook_calls a file_open)
	task_opens || return 1
	calls=$(($(hook_calls a file_open) - before))
	[ $calls -gt 0 ] && [ $((calls % $1)) -eq 0 ]
}

ok "a hook the kernel would not call" fails "Operation not supported" \
	"lsmhook_test_a: failed=setprocattr why=the kernel asks only the first" \
	break_hook=once
ok "a probe that fails" fails "Input/output error" \
	"failed=file_open why=what should make the kernel call it failed" \
	break_hook=fail
for backend in table ftrace; do
	ok "$backend: a hook that is not called" \
		fails "No such device or address" \
		"failed=file_open why=the kernel did not call it" \
		break_hook=probe backend=$backend
done
ok "attaches after that" load a
ok "unloads" unload a

free=$(free_slots)
if [ "$free" -gt 0 ]; then
	note "$free slots of file_open are free"
	ok "more than the free slots" fails "Device or resource busy" \
		"failed=file_open why=all slots of the hook are taken" \
		backend=table crowd=$((free + 1))
	ok "all slots are free again" slots_are "$free"
	ok "one more than the slots is attached" \
		load a crowd=$((free + 1))
	ok "by ftrace" last_way_is ftrace
	ok "all of them are called" calls_per_open_are $((free + 1))
	set_param a deny_open 1
	refused "not permitted" "and refuse" task_opens
	ok "unloads" unload a
	ok "no place is left" fails "Device or resource busy" \
		"failed=file_open why=somebody else redirects" \
		crowd=$((free + 2))
	ok "all slots are free again" slots_are "$free"
fi

ok "ftrace: one module" load a backend=ftrace
mark_log
refused "resource busy" "ftrace: a second one is refused" \
	load b backend=ftrace
ok "ftrace: it says why" log_has \
	"lsmhook_test_b: failed=bprm_check_security why=somebody else redirects"
ok "the second one takes another way" load b
ok "unloads" unload a
ok "unloads" unload b
tap_end
