# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the tests of lsmhook share: the test modules' parameters, and programs
# that their hooks take for theirs because their names begin with "lsmhook".

# shellcheck source=tests/lib/tap.sh
. "$TESTLIB/tap.sh"

work=$(mktemp -d)
at_exit rm -rf "$work"

# Refused by a hook, and not for another reason; for use within conditions.
not_permitted() {
	local said
	said=$("$@" 2>&1) && { echo "not refused: $*"; return 1; }
	[[ $said == *"Operation not permitted"* ]] || { echo "$said"; return 1; }
}

# load a|b [PARAM=VALUE...], unload a|b, loaded a|b
# set_param a|b NAME VALUE, get_param a|b NAME
load() { local m=$1; shift; insmod "$MODDIR/lsmhook_test_$m.ko" "$@"; }
unload() { rmmod "lsmhook_test_$1"; }
loaded() { [ -d "/sys/module/lsmhook_test_$1/parameters" ]; }
set_param() { echo "$3" > "/sys/module/lsmhook_test_$1/parameters/$2"; }
get_param() { cat "/sys/module/lsmhook_test_$1/parameters/$2"; }

# hook_way a|b HOOK: how it is attached; hook_calls a|b HOOK: how often called.
hook_way() { get_param "$1" hooks | awk -v h="$2" '$1 == h { print $2; exit }'; }
hook_calls() { get_param "$1" hooks | awk -v h="$2" '$1 == h { print $3; exit }'; }

# A static program that the hooks mean: opens one file, or execs another
# program. When it execs, the task carries its name until the new program runs.
cp "$(command -v busybox)" "$work/lsmhook_task"
echo hello > "$work/file"
cp "$work/lsmhook_task" "$work/busybox"
task() { (exec -a busybox "$work/lsmhook_task" "$@"); }
task_opens() { task cat "$work/file"; }
task_execs() { task env "$work/busybox" true; }

# In the log since mark_log.
mark_log() { echo "lsmhook test mark" > /dev/kmsg; }
log_has() { dmesg | tac | sed '/lsmhook test mark/q' | grep -F -e "$1"; }

# What the kernel's own table is: static calls, or lists.
table_way() {
	if grep -qw static_calls_table /proc/kallsyms; then
		echo slot
	else
		echo list
	fi
}

# start_load N: that many tasks exec and open without end. stop_load ends them.
start_load() {
	local i
	load_pids=()
	for ((i = 0; i < $1; i++)); do
		( while :; do
			/bin/true
			read -r _ < /etc/passwd
		done ) &
		load_pids+=($!)
	done
}

stop_load() {
	kill "${load_pids[@]}"
	wait "${load_pids[@]}" 2>/dev/null
	load_pids=()
}
