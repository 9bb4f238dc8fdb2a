#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm: root=digsig timeout=400 kernels="6.1"
#
# The module is loaded, enforces and is unloaded over and over, while tasks run
# signed and unsigned programs all the time. Nothing hangs, nothing grows.
#
# usage: load-cycles.sh [MODE [CYCLES]]; 10 cycles in make check
#
# Each load reads all that runs before it enforces, so as little as possible
# runs: execload loads and unloads. A load that finds the unsigned program
# running is refused, as it has to be, and is tried again.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/lib/tap.sh
. "$here/../lib/tap.sh"
dir=/opt/load
cycles=${2-10}
[ "$VM_DEBUG" = 1 ] && cycles=5
mode=${1-enforce}
EKEYREJECTED=129

start_load() {
	$dir/execload run /run/signed 2 0 $dir/good $dir/victim-0 &
	signed=$!
	$dir/execload run /run/unsigned 1 20000 $dir/unsigned &
	unsigned=$!
	at_exit kill $signed $unsigned
}

# stat FILE N: the Nth number of execload's statistics.
stat_of() { od -An -t u8 -w8 -v "$1" | sed -n "$2s/ //gp"; }

# What modules hold, in kB and pages: it must not grow with the cycles.
slab_kb() {
	echo 3 > /proc/sys/vm/drop_caches
	sed -n 's/^SUnreclaim: *\([0-9]*\) kB/\1/p' /proc/meminfo
}

# Loading is refused as long as something unsigned is seen running.
enforce() {
	local tries status
	for ((tries = 0; tries < 20; tries++)); do
		$dir/execload load "$MODDIR/digsig_lsm.ko" \
			"anchor=/etc/digsig/keys.d/test.der mode=$mode"
		status=$?
		[ $status -eq $EKEYREJECTED ] || return $status
		refusals=$((refusals + 1))
	done
	return $status
}

# The module is in force: one file runs, the other does not.
in_force() { $dir/good && ! $dir/unsigned 2>/dev/null; }

cycle() {
	local at=${EPOCHREALTIME/./}
	enforce || { note "loading: errno $?"; return 1; }
	loading=$((loading + ${EPOCHREALTIME/./} - at))
	in_force || { note "not in force"; return 1; }
	at=${EPOCHREALTIME/./}
	$dir/execload unload digsig_lsm || { note "unloading: errno $?"; return 1; }
	unloading=$((unloading + ${EPOCHREALTIME/./} - at))
	$dir/unsigned || { note "still in force"; return 1; }
}

refusals=0 good=0 loading=0 unloading=0
start_load
ok "the first cycle" cycle
before=$(slab_kb)
began=${EPOCHREALTIME/./}
for ((i = 0; i < cycles; i++)); do
	cycle || break
	good=$((good + 1))
done
is "$cycles cycles of loading, enforcing and unloading" "$good" "$cycles"
note "$(((${EPOCHREALTIME/./} - began) / 1000 / cycles)) ms each, loading" \
	"$((loading / 1000 / cycles)), unloading $((unloading / 1000 / cycles));" \
	"$refusals loads refused for an unsigned program that ran"
after=$(slab_kb)
note "unreclaimable slab: $before kB before, $after kB after"
is "slab has not grown by 20 kB for each cycle" \
	$((after - before < 20 * cycles)) 1

is "no signed program was refused" \
	"$(stat_of /run/signed 2) $(stat_of /run/signed 6)" "0 0"
is "no signed program ended otherwise" \
	"$(stat_of /run/signed 3) $(stat_of /run/signed 7)" "0 0"
is "they ran all the time" $(($(stat_of /run/signed 1) > 2 * cycles)) 1
is "unsigned ones ran and were refused" \
	$(($(stat_of /run/unsigned 1) > 0 && $(stat_of /run/unsigned 2) > 0)) 1
tap_end
