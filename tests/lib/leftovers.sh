# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What a module created and did not destroy: found by comparing what the
# kernel shows before it was loaded and after it was unloaded.
#
#   leftovers_begin FILE    remembers the state, before any module of ours
#   leftovers_unload        unloads our modules, those that others use last
#   leftovers_end FILE      prints a line for everything that is left
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
leftovers_state() {
	local p
	for p in /sys/kernel/security/* /sys/kernel/slab/* /proc/* /proc/net/* \
		/proc/sys/*/* /dev/* /sys/class/* /sys/class/net/* \
		/sys/kernel/debug/* /sys/kernel/tracing/events/* \
		/sys/bus/*/drivers/* /sys/module/* \
		/sys/devices/virtual/workqueue/* /sys/fs/*; do
		case $p in
		/proc/[0-9]*) ;;
		*) echo "file $p" ;;
		esac
	done
	for p in /proc/[0-9]*/comm; do
		[ -e "${p%comm}exe" ] && continue
		{ read -r p < "$p"; } 2>/dev/null && echo "thread $p"
	done
	if command -v genl >/dev/null; then
		genl ctrl list 2>/dev/null |
			sed -n 's/^Name: *\(\S*\).*/netlink-family \1/p'
	fi
	sed 1d /proc/net/protocols | sed 's/^\(\S*\).*/protocol \1/'
	sed 's/.* \([^ :]*:\) *\([^ :]*\).*/key \1\2/' /proc/keys
	sed 's/^\(\S*\).*/ftrace \1/' \
		/sys/kernel/tracing/enabled_functions 2>/dev/null
}

leftovers_begin() { leftovers_state | sort -u > "$1"; }

# /proc/modules has the newest first, and a module is newer than what it uses.
leftovers_unload() {
	local m rest ours
	ours=" $(leftovers_modules | tr '\n' ' ') "
	while read -r m rest; do
		[[ $ours == *" $m "* ]] && rmmod "$m"
	done < /proc/modules
	: "$rest"
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
	# Bit 12: a module from outside the kernel's tree has been loaded.
	[ $(($(< /proc/sys/kernel/tainted) & 4096)) -ne 0 ] || return 0
	[ -n "$pattern" ] || return 0
	grep -E "\[$pattern\]\$" /proc/kallsyms | head -n 3 |
		sed 's/.*/symbol & is left/'
}
