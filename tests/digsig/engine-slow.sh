#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm: root=digsig timeout=120
#
# Verifications that wait for a slow disk: unloading the module waits for them,
# a change of mode does not; the program then runs, and nothing is left.
#
# The disk is as slow as it gets: it is suspended while somebody reads from it.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/digsig-tool.sh
name=digsig_slow

slow_disk() {
	modprobe loop && modprobe dm-mod && truncate -s 64M disk &&
	loop=$(losetup -f --show disk) && mkfs.ext4 -q "$loop" &&
	dmsetup create --noudevsync $name --table \
		"0 $(blockdev --getsz "$loop") linear $loop 0" &&
	dmsetup mknodes $name && blockdev --setra 0 /dev/mapper/$name &&
	mkdir slow && mount -o noatime /dev/mapper/$name slow
}
slow_away() {
	umount slow
	dmsetup remove --noudevsync --retry $name
	losetup -d "$loop"
}
# Neither waits for a device manager.
stop() { dmsetup suspend --noudevsync --nolockfs --noflush $name; }
go_on() { dmsetup resume --noudevsync $name; }

# Runs slow/good, of which nothing but the first page is in memory: that is read by
# execve() itself. Opening it for writing ends the verdict on it.
start() {
	: >> slow/good
	sync
	echo 1 > /proc/sys/vm/drop_caches
	read -r -N 1 < slow/good
	stop
	slow/good & pid=$!
}
# The task is inside the module, waiting for the disk.
in_digsig() { wait_for 30 grep -q digsig "/proc/$pid/stack"; }
# ended TEXT: a point: the task ran and ended well.
ended() {
	local status
	wait "$pid"
	status=$?
	is "$1" $status 0
}

slow_disk >/dev/null || { modprobe -n dm-mod || skip_all 'no dm-mod here'; exit 1; }
at_exit slow_away
at_exit go_on
cp good slow/good
"$digsig" key add k.pem /root/keys/test.pem >/dev/null
"$digsig" mode log >/dev/null

start
ok 'a task waits for the disk inside a verification' in_digsig
ok 'meanwhile others are verified' "$digsig" check good
ok 'and the mode is changed' "$digsig" mode off
ok 'it still waits' in_digsig
go_on
ended 'the task runs'

"$digsig" mode log >/dev/null
start
ok 'again' in_digsig
ok 'the key it needs is retired' "$digsig" key del \
	"$(field 'd[0]["key_id"]' key list)"
go_on
ended 'in log mode it runs'
refused 'key' 'the verdict is that of now' "$digsig" check slow/good

"$digsig" key add k.pem >/dev/null
start
ok 'once more' in_digsig
"$digsig" mode off
rmmod digsig_lsm & unloading=$!
unloads() { [ "$(cat /sys/module/digsig_lsm/initstate)" = going ]; }
ok 'the module is being unloaded' wait_for 30 unloads
ok 'and waits for the task' in_digsig
go_on
wait $unloading
is 'it is unloaded' "$?" 0
ended 'the task runs'
modprobe digsig_lsm
tap_end
