#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=40 append="lsm=landlock,yama,apparmor"
#
# Booted with a list of LSMs that lacks "bpf": refused, with a line in the log
# that can be typed as it is.
# shellcheck source=tests/lsmhook/case.sh
. "$TOP/tests/lsmhook/case.sh"

grep -qw bpf /sys/kernel/security/lsm && skip_all "the BPF LSM is active"

# What the kernel itself lists, less "capability", which is always there.
want="lsm=$(sed 's/capability,//' /sys/kernel/security/lsm),bpf"
for backend in any table ftrace; do
	mark_log
	refused "Operation not supported" "$backend: is refused" \
		load a backend=$backend
	ok "$backend: the log names the boot parameter" log_has \
		"lsmhook_test_a: the LSM \"bpf\" is not active, hooks cannot be attached: boot with $want"
	ok "$backend: the caller is told" log_has "failed=- why=the LSM"
done
tap_end
