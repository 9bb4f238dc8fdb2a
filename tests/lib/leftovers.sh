# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What a module created and did not destroy: found by comparing what the
# kernel shows before it was loaded and after it was unloaded.
#
#   leftovers_begin FILE    remembers the state, before any module of ours
#   leftovers_unload        unloads our modules, those that others use last
#   leftovers_end FILE      prints a line for everything that is left
#   leftovers_symbols       the same for the kernel's symbol table
#
# Only what carries the name of one of our modules counts, because a stock
# module that was loaded meanwhile may keep what it likes. "Ours" is every
# module in $MODDIR; digsig_lsm answers for digsig and for digsig_lsm.
# Entries of the ftrace table count whatever their name is.

# Names of our modules as the kernel spells them, with a blank before and after
# each: in $leftovers_ours. What their objects are called: in $leftovers_pattern.
leftovers_names() {
	local f all=
	leftovers_ours=' '
	for f in "$MODDIR"/*.ko; do
		[ -e "$f" ] || continue
		f=${f##*/}
		f=${f%.ko}
		f=${f//-/_}
		leftovers_ours+="$f "
		all+="|$f|${f%_lsm}"
	done
	leftovers_pattern="(${all:+${all#|}})"
	[ -n "$all" ] || leftovers_pattern='(none at all)'
}

# Everything that has a name of ours, one "kind name" a line. Few programs are
# started here: this runs after every test, emulated.
leftovers_state() {
	local f line files=(/proc/net/protocols /proc/keys)
	local functions=/sys/kernel/tracing/enabled_functions
	[ ! -r $functions ] || files+=("$functions")
	leftovers_names
	{
		printf 'file %s\n' /sys/kernel/security/* /sys/kernel/slab/* \
			/proc/[!0-9]* /proc/net/* /proc/sys/*/* /dev/* \
			/sys/class/* /sys/class/net/* /sys/kernel/debug/* \
			/sys/kernel/tracing/events/* /sys/bus/*/drivers/* \
			/sys/module/* /sys/devices/virtual/workqueue/* /sys/fs/*
		for f in /proc/[0-9]*/comm; do
			read -r line < "$f" && echo "task $line"
		done
		! command -v genl >/dev/null || genl ctrl list
	} 2>/dev/null | awk -v names="^(ftrace |[a-z-]+ (.*/)?[._]?$leftovers_pattern)" '
		FILENAME ~ /protocols$/ { $0 = "protocol " $1 }
		FILENAME ~ /keys$/ { $0 = "key " $9 }
		FILENAME ~ /functions$/ { $0 = "ftrace " $1 }
		/^Name: / { $0 = "netlink-family " $2 }
		tolower($0) ~ names' - "${files[@]}"
}

leftovers_begin() { leftovers_state > "$1"; }

# /proc/modules has the newest first, and a module is newer than what it uses. It
# is read before the first has gone, as lines move up then.
leftovers_unload() {
	local m modules
	leftovers_names
	mapfile -t modules < /proc/modules
	for m in "${modules[@]%% *}"; do
		[[ $leftovers_ours == *" $m "* ]] && rmmod "$m"
	done
}

leftovers_end() {
	local m line state before
	before=$'\n'$(< "$1")$'\n'
	state=$(leftovers_state) || echo "what is left could not be looked for"
	leftovers_names
	while read -r m _; do
		[[ $leftovers_ours == *" $m "* ]] &&
			echo "module $m is still loaded"
	done < /proc/modules
	while read -r line; do
		[[ -z $line || $before == *$'\n'"$line"$'\n'* ]] ||
			echo "$line is left"
	done <<< "$state"
}

# The kernel's symbol table is long, so this is asked for once per guest.
leftovers_symbols() {
	leftovers_names
	# Bit 12: a module from outside the kernel's tree has been loaded.
	[ $(($(< /proc/sys/kernel/tainted) & 4096)) -ne 0 ] || return 0
	grep -E "\[$leftovers_pattern\]\$" /proc/kallsyms | head -n 3 |
		sed 's/.*/symbol & is left/'
}
