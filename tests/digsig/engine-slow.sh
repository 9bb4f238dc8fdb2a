#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=120
#
# Verifications that wait for a slow disk: unloading the module waits for them,
# and so does a change of mode; the program then runs, and nothing is left.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/digsig-tool.sh
DELAY_MS=200

slow_disk() {
	local sectors
	modprobe loop && modprobe dm-delay && truncate -s 64M disk &&
	loop=$(losetup -f --show disk) && mkfs.ext4 -q "$loop" &&
	sectors=$(blockdev --getsz "$loop") &&
	dmsetup create --noudevsync digsig-slow --table \
		"0 $sectors delay $loop 0 $DELAY_MS $loop 0 0" &&
	dmsetup mknodes digsig-slow &&
	mkdir slow && mount -o noatime /dev/mapper/digsig-slow slow
}
slow_away() {
	umount slow
	dmsetup remove --noudevsync --retry digsig-slow
	losetup -d "$loop"
}
cold() { sync; echo 3 > /proc/sys/vm/drop_caches; }

# Runs slow/good, which takes seconds to read.
start() { cold; slow/good & pid=$!; }
# The task is inside the module, waiting for the disk.
in_digsig() { wait_for 30 grep -q digsig "/proc/$pid/stack"; }
# ended TEXT: a point: the task ran and ended well.
ended() {
	local status
	wait "$pid"
	status=$?
	is "$1" $status 0
}

slow_disk >/dev/null || { modprobe -n dm-delay || skip_all 'no dm-delay here'; exit 1; }
at_exit slow_away
cp good slow/good
"$digsig" key add k.pem >/dev/null
"$digsig" mode log >/dev/null

start
ok 'a task waits for the disk inside a verification' in_digsig
ok 'meanwhile others are verified' "$digsig" check good
ok 'and the mode is changed' "$digsig" mode off
ended 'the task runs'

"$digsig" mode log >/dev/null
start
ok 'again' in_digsig
ok 'the key it needs is retired' "$digsig" key del \
	"$(field 'd[0]["key_id"]' key list)"
ended 'in log mode it runs'
refused 'key' 'the verdict is that of now' "$digsig" check slow/good

"$digsig" key add k.pem >/dev/null
start
ok 'once more' in_digsig
"$digsig" mode off
ok 'the module is unloaded' modprobe -r digsig_lsm
# An address of a module that has gone has no name.
is 'it has waited for the task' \
	"$(grep -E 'digsig|> 0x' "/proc/$pid/stack" 2>/dev/null)" ''
ended 'the task runs'
modprobe digsig_lsm
tap_end
