#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm: root=digsig timeout=240
#
# Many tasks want one new file: it is read once. Many files want a small cache:
# all run, and the cache stays small.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/lib/tap.sh
. "$here/../lib/tap.sh"
dir=/opt/load
files=300 again=100
[ "$VM_DEBUG" = 1 ] && files=150 again=70
mode=${1-enforce}

counter() { digsig -s -j status | sed "s/.*\"$1\": *\([0-9]*\).*/\1/"; }

enforce() {
	modprobe digsig_lsm "$@"
	digsig key add /etc/digsig/keys.d/test.der && digsig mode "$mode"
}

ok "enforce" enforce
mkdir /run/copies
# execload is new to the module, too, and so is what counts: sed may begin
# after digsig has read the counters.
$dir/execload once $dir/good > /dev/null
counter verified > /dev/null
verified=$(counter verified)
checks=$(counter bytes_hashed)
is "8 tasks run one new file" "$($dir/execload once $dir/big{,,,,,,,})" 8
is "it was verified once" $(($(counter verified) - verified)) 1
note "$(($(counter bytes_hashed) - checks)) bytes hashed"
is "and is not read again" \
	"$($dir/execload once $dir/big{,,,,,,,}) $(($(counter verified) - verified))" \
	"8 1"

# The same contents eight times are eight files.
for i in {1..8}; do cp $dir/big /run/copies/big-"$i"; done
verified=$(counter verified)
is "8 tasks run 8 new files" "$($dir/execload once /run/copies/big-*)" 8
is "each was verified" $(($(counter verified) - verified)) 8
rm /run/copies/big-*

digsig mode off
ok "unload" rmmod digsig_lsm
ok "enforce with room for 64 files" enforce cache_max=64
counter verified > /dev/null
mapfile -t copies < <(seq -f /run/copies/%.0f 0 $((files - 1)))
tee "${copies[@]}" < $dir/good > /dev/null
chmod +x "${copies[@]}"
verified=$(counter verified)
most=0 ran=0
# run_copies N: runs the first N, and looks at the cache now and then.
run_copies() {
	local i cached
	for ((i = 0; i < $1; i++)); do
		/run/copies/$i && ran=$((ran + 1))
		[ $((i % 50)) -eq 49 ] || continue
		cached=$(counter cached)
		[ "$cached" -le "$most" ] || most=$cached
	done
}
run_copies $files
is "all of $files files ran" $ran $files
run_copies $again
is "$again of them ran again" $ran $((files + again))
is "after eviction files were verified again" \
	$(($(counter verified) - verified >= files + again / 2)) 1
note "at most $most files in the cache," \
	"$(($(counter verified) - verified)) files verified, $(counter dropped) dropped"
is "the cache held no more than 64, and not nothing" \
	$((most <= 64 && most >= 16)) 1
refused "not permitted|denied" "and an unsigned file is still refused" \
	$dir/unsigned
digsig mode off
tap_end
