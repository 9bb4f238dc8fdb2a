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

# Names of our modules as the kernel spells them.
leftovers_modules() {
	local f
	for f in "$MODDIR"/*.ko; do
		[ -e "$f" ] || continue
		f=${f##*/}
		f=${f%.ko}
		echo "${f//-/_}"
	done
}

# The names, and what their objects are called, as one pattern.
leftovers_pattern() {
	local m all=
	while read -r m; do
		all+="|$m|${m%_lsm}"
	done < <(leftovers_modules)
	[ -n "$all" ] && echo "(${all#|})"
}

# Everything with a name that a module may make, one "kind name" a line.
# Few programs are started here: this runs after every test, emulated.
leftovers_state() {
	printf 'file %s\n' /sys/kernel/security/* /sys/kernel/slab/* \
		/proc/[!0-9]* /proc/net/* /proc/sys/*/* /dev/* /sys/class/* \
		/sys/class/net/* /sys/kernel/debug/* \
		/sys/kernel/tracing/events/* /sys/bus/*/drivers/* \
		/sys/module/* /sys/devices/virtual/workqueue/* /sys/fs/*
	cat /proc/[0-9]*/comm 2>/dev/null | sed 's/^/task /'
	if command -v genl >/dev/null; then
		genl ctrl list | sed -n 's/^Name: *\(\S*\).*/netlink-family \1/p'
	fi
	sed 's/^\(\S*\).*/protocol \1/' /proc/net/protocols
	sed 's/.* \([^ :]*:\) *\([^ :]*\).*/key \1\2/' /proc/keys
	sed 's/^\(\S*\).*/ftrace \1/' /sys/kernel/tracing/enabled_functions
}

leftovers_begin() { leftovers_state | sort -u > "$1"; }

# /proc/modules has the newest first, and a module is newer than what it uses. It
# is read before the first has gone, as lines move up then.
leftovers_unload() {
	local m ours modules
	ours=" $(leftovers_modules | tr '\n' ' ') "
	mapfile -t modules < /proc/modules
	for m in "${modules[@]%% *}"; do
		[[ $ours == *" $m "* ]] && rmmod "$m"
	done
}

leftovers_end() {
	local m pattern ours
	pattern=$(leftovers_pattern)
	ours=" $(leftovers_modules | tr '\n' ' ') "
	while read -r m _; do
		[[ $ours == *" $m "* ]] && echo "module $m is still loaded"
	done < /proc/modules
	leftovers_state | sort -u | comm -13 "$1" - |
		grep -iE "^(ftrace |[a-z-]+ (.*/)?[._]?${pattern:-none at all})" |
		sed 's/$/ is left/'
}

# The kernel's symbol table is long, so this is asked for once per guest.
leftovers_symbols() {
	local pattern
	pattern=$(leftovers_pattern) || return 0
	# Bit 12: a module from outside the kernel's tree has been loaded.
	[ $(($(< /proc/sys/kernel/tainted) & 4096)) -ne 0 ] || return 0
	grep -E "\[$pattern\]\$" /proc/kallsyms | head -n 3 |
		sed 's/.*/symbol & is left/'
}
