#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=240
#
# Beside a BPF LSM program on the same hook: attached before it or after it,
# detached in either order, each refuses by itself and sees every call that the
# other allows.
# shellcheck source=tests/lsmhook/case.sh
. "$TOP/tests/lsmhook/case.sh"

tool=$work/bpf_lsm
ok "the program that loads BPF programs" \
	gcc -Wall -Wextra -O1 -o "$tool" "$TOP/tests/lsmhook/bpf_lsm.c"
[ -x "$tool" ] || tap_end

# The program lives in a process that takes commands on its input.
bpf_attach() {
	coproc BPF { exec "$tool" file_open 2>&1; }
	local line
	read -r -t 60 line <&"${BPF[0]}"
	[ "$line" = attached ] || { note "$line"; return 1; }
}

bpf_say() {
	local line
	echo "$1" >&"${BPF[1]}" && read -r -t 60 line <&"${BPF[0]}" && echo "$line"
}

# A link goes away in the background. Our own way by ftrace looks the same.
program_gone() {
	[ "$backend" = ftrace ] ||
		! grep -q bpf_lsm_file_open /sys/kernel/tracing/enabled_functions
}

bpf_detach() {
	local pid=$BPF_PID
	echo quit >&"${BPF[1]}"
	wait "$pid" && wait_for 20 program_gone
}

bpf_sees_more() {
	local before after
	before=$(bpf_say count)
	"$@"
	after=$(bpf_say count)
	[ "$after" -gt "$before" ] || { echo "$before $after"; return 1; }
}

hook_sees_more() {
	local before after
	before=$(hook_calls a file_open)
	"$@"
	after=$(hook_calls a file_open)
	[ "$after" -gt "$before" ] || { echo "$before $after"; return 1; }
}

both_work() {
	ok "$1: allowed by both" task_opens
	ok "$1: the program sees it" bpf_sees_more task_opens
	ok "$1: the hook sees it" hook_sees_more task_opens
	set_param a deny_open 1
	refused "not permitted" "$1: refused by the hook" task_opens
	ok "$1: the program saw it nevertheless" bpf_sees_more task_opens
	set_param a deny_open 0
	bpf_say "deny 1" >/dev/null
	refused "not permitted" "$1: refused by the program" task_opens
	bpf_say "deny 0" >/dev/null
	ok "$1: allowed again" task_opens
}

hook_works() {
	set_param a deny_open 1
	refused "not permitted" "$1: the hook refuses" task_opens
	set_param a deny_open 0
	ok "$1: the hook allows" task_opens
}

program_works() {
	bpf_say "deny 1" >/dev/null
	refused "not permitted" "$1: the program refuses" task_opens
	bpf_say "deny 0" >/dev/null
	ok "$1: the program allows" task_opens
}

for backend in table ftrace; do
	for first in program hook; do
		for last in program hook; do
			name="$backend, $first first, $last stays"
			if [ $first = program ]; then
				bpf_attach
				is "$name: program" "$?" 0
				ok "$name: hook" load a backend=$backend
			else
				ok "$name: hook" load a backend=$backend
				bpf_attach
				is "$name: program" "$?" 0
			fi
			{ loaded a && [ -n "${BPF_PID-}" ]; } || tap_end
			# What both do does not hang on who will go first.
			[ $last = program ] || both_work "$name"
			if [ $last = hook ]; then
				bpf_detach
				is "$name: program goes" "$?" 0
				hook_works "$name"
				ok "$name: hook goes" unload a
			else
				ok "$name: hook goes" unload a
				program_works "$name"
				bpf_detach
				is "$name: program goes" "$?" 0
			fi
			ok "$name: allowed without both" task_opens
		done
	done
done
tap_end
