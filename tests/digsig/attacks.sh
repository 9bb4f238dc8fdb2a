#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm: root=digsig timeout=900 alone
#
# The attack matrix: every vector of vectors.c in every mode, compared with what
# attacks.expect says must come out; then the allowed twins of strict mode.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/lib/tap.sh
. "$here/../lib/tap.sh"
dir=/opt/vectors

modprobe -a loop dm-mod
mount -o loop,ro /opt/vectors-disk.img $dir/mnt || exit
# The device by the name that vectors.h has.
losetup /dev/loop7 /opt/vectors-mapped.img || exit
dmsetup create --noudevsync vectors --table "0 8192 linear /dev/loop7 0" &&
	dmsetup mknodes vectors &&
	mount -o ro,noload /dev/mapper/vectors $dir/mapped || exit
echo "|/bin/false" > /proc/sys/kernel/core_pattern

declare -A got
# Fills got[MODE NAME] with what PROGRAM says of each vector.
attack() {
	local mode=$1 program=$2 name outcome detail; shift 2
	while read -r name outcome detail; do
		got[$mode $name]=$outcome
		note "$mode: $name $outcome $detail"
	done < <("$program" "$dir" "$@" 2>&1)
}

# One point for each vector of a mode; counts what is blocked of the first 16.
judge() {
	local mode=$1 column=$2 name want line=0
	blocked=0
	# shellcheck disable=SC2034  # one of them is read by its name
	while read -r name off enforce strict; do
		[[ $name != '' && $name != \#* ]] || continue
		line=$((line + 1))
		want=${!column}
		is "$mode: $name $want" "${got[$mode $name]-nothing}" "$want"
		[ "$line" -le 16 ] && [ "${got[$mode $name]-}" = blocked ] &&
			blocked=$((blocked + 1))
	done < "$here/attacks.expect"
}

attack off "$dir/vectors"
judge off off
is "every one of the 16 attacks works without the module" "$blocked" 0

modprobe digsig_lsm
ok "the key is trusted" digsig key add /etc/digsig/keys.d/test.der
ok "the catalog is loaded" digsig catalog load /opt/vectors.dgc
ok "enforce" digsig mode enforce
attack enforce "$dir/vectors"
judge enforce enforce
is "enforce blocks at least 10 of 16" "$((blocked >= 10))" 1

ok "strict" digsig mode enforce strict
attack strict "$dir/vectors"
judge strict strict
is "strict blocks at least 15 of 16" "$((blocked >= 15))" 1

# What strict refuses to others, the signed flags allow.
attack jit "$dir/vectors-jit" anon-mprotect anon-rwx cow-then-exec heap-exec \
	ptrace-poke proc-self-mem
for name in anon-mprotect anon-rwx cow-then-exec heap-exec; do
	is "strict, signed jit: $name runs" "${got[jit $name]}" ran
done
for name in ptrace-poke proc-self-mem; do
	is "strict, signed jit: $name is blocked" "${got[jit $name]}" blocked
done
attack debugger "$dir/vectors-debugger" anon-rwx ptrace-poke ptrace-seize \
	ptrace-traceme proc-self-mem proc-pid-mem
for name in ptrace-poke ptrace-seize ptrace-traceme proc-self-mem proc-pid-mem; do
	is "strict, signed debugger: $name runs" "${got[debugger $name]}" ran
done
is "strict, signed debugger: anon-rwx is blocked" "${got[debugger anon-rwx]}" blocked

ok "off" digsig mode off nostrict
attack again "$dir/vectors" exec-unsigned anon-rwx
is "off again: the unsigned runs" "${got[again exec-unsigned]}" ran
umount $dir/mnt $dir/mapped
dmsetup remove --noudevsync --retry vectors
ok "unload" rmmod digsig_lsm
tap_end
