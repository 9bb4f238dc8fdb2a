#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=120
#
# Each way to attach: every hook of the table is called by the kernel, refuses
# and allows, cannot be disarmed, and is gone when the module is.
# shellcheck source=tests/lsmhook/case.sh
. "$TOP/tests/lsmhook/case.sh"

tracing=/sys/kernel/tracing

# Does once what each hook is for; all of it is allowed.
use_all_hooks() {
	echo x > "$work/victim" && task_execs && task_opens &&
		/usr/bin/python3 -c '
import ctypes, os, signal, sys
os.truncate(sys.argv[1], 0)
os.unlink(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
PTRACE_TRACEME, PTRACE_ATTACH = 0, 16
child = os.fork()
if child == 0:
    os._exit(libc.ptrace(PTRACE_TRACEME, 0, 0, 0) and 1)
assert os.waitpid(child, 0)[1] == 0, "traceme"
child = os.fork()
if child == 0:
    signal.pause()
assert libc.ptrace(PTRACE_ATTACH, child, 0, 0) == 0, "attach"
os.waitpid(child, 0)
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
PR_GET_DUMPABLE = 3
assert libc.prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1, "prctl"
libc.mmap.restype = ctypes.c_void_p
page = libc.mmap(None, 4096, 3, 0x22, -1, 0)
assert libc.mprotect(ctypes.c_void_p(page), 4096, 1) == 0, "mprotect"
' "$work/victim"
}

all_called() {
	use_all_hooks || return 1
	# Sockets come and go, and so do their inodes.
	wait_for 20 eval '! get_param a hooks | grep -q " 0$"' ||
		{ get_param a hooks; return 1; }
}

sysctl_ftrace() { echo "$1" > /proc/sys/kernel/ftrace_enabled; }

# With the function tracer on the function that all LSMs come by, and on ours.
traced() {
	echo > $tracing/trace
	printf '%s\n' bpf_lsm_file_open on_file_open > $tracing/set_ftrace_filter
	echo function > $tracing/current_tracer || return 1
	not_permitted task_opens || return 1
	grep -q on_file_open $tracing/trace &&
		{ [ "$1" != table ] || grep -q bpf_lsm_file_open $tracing/trace; }
}

untraced() {
	echo nop > $tracing/current_tracer
	echo > $tracing/set_ftrace_filter
	not_permitted task_opens
}

only() { [ "$(get_param a hooks | awk '{ print $2 }' | sort -u)" = "$1" ]; }

for backend in any table ftrace ftrace_regs; do
	case $backend in
	any|table) way=$(table_way) ;;
	*) way=$backend ;;
	esac
	ok "$backend: loads" load a backend=$backend
	loaded a || continue
	ok "$backend: every hook is attached by $way" only "$way"
	ok "$backend: every hook is called" all_called
	ok "$backend: exec is allowed" task_execs
	set_param a deny_exec 1
	refused "not permitted" "$backend: exec is refused" task_execs
	set_param a deny_exec 0
	ok "$backend: open is allowed" task_opens
	set_param a deny_open 1
	refused "not permitted" "$backend: open is refused" task_opens
	case $backend in
	any|table)
		ok "$backend: ftrace can be switched off" sysctl_ftrace 0 ;;
	*)
		refused busy "$backend: ftrace cannot be switched off" \
			sysctl_ftrace 0 ;;
	esac
	refused "not permitted" "$backend: open is refused after that" task_opens
	sysctl_ftrace 1
	ok "$backend: works while traced" traced "$backend"
	ok "$backend: works when no longer traced" untraced
	ok "$backend: unloads" unload a
	ok "$backend: open is allowed after that" task_opens
done
tap_end
