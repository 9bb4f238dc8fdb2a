# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# TAP for tests that are shell scripts. Source it first, call tap_end last.
#
#   ok TEXT CMD...            a point: CMD succeeds
#   refused WHY TEXT CMD...   a point: CMD fails and says WHY (a pattern of
#                             grep -E) on its standard output or error
#   is TEXT GOT WANT          a point: the two are equal
#   skip TEXT WHY             a point that cannot be tried here
#   skip_all WHY              ends the test: nothing of it can be tried here
#   wait_for SECONDS CMD...   tries CMD until it succeeds, at least once
#   at_exit CMD...            runs CMD when the test ends, newest first
#   note TEXT...              a remark in the log
#   tap_end                   the plan, and the end of the test
#
# A point may also be a function that prints comments (lines with "#") and
# returns 0 (good), 4 (skipped) or anything else (bad); $tap_dir is a folder
# that goes when the test ends:
#
#   tap FUNCTION...           points that are called as their functions are
#   tap_named TEXT CMD...     a point with a text of its own
#   tap_skip_all WHY          skip_all
#   tap_done                  tap_end
#
# A script that ends in any other way, by exit or by an error of its own, has
# failed. Exit status: 0 all points good, 1 not, 4 nothing could be tried.
tap_points=0 tap_bad=0 tap_skipped=0 tap_ended='' tap_exits=()
# What the last command of ok and refused printed.
out=''

tap_point() {
	local good=$1; shift
	tap_points=$((tap_points + 1))
	[ "$good" = ok ] || tap_bad=$((tap_bad + 1))
	echo "$good $tap_points - $*"
}

note() { printf '%s\n' "$*" | sed 's/^/# /'; }

ok() {
	local text=$1 status; shift
	out=$("$@" 2>&1) && { tap_point ok "$text"; return 0; }
	status=$?
	tap_point 'not ok' "$text"
	note "status $status: $*"
	note "$out"
	return 1
}

refused() {
	local why=$1 text=$2; shift 2
	if out=$("$@" 2>&1); then
		tap_point 'not ok' "$text"
		note "was not refused: $*"
	elif ! grep -qE -- "$why" <<< "$out"; then
		tap_point 'not ok' "$text"
		note "refused, but not by \"$why\": $*"
	else
		tap_point ok "$text"
		return 0
	fi
	note "$out"
	return 1
}

is() {
	[ "$2" = "$3" ] && { tap_point ok "$1"; return 0; }
	tap_point 'not ok' "$1"
	note "got:  $2"
	note "want: $3"
	return 1
}

skip() {
	tap_skipped=$((tap_skipped + 1))
	tap_point ok "$1 # SKIP $2"
}

skip_all() {
	tap_ended=1
	echo "1..0 # SKIP $*"
	exit 4
}

wait_for() {
	local end=$((SECONDS + $1)); shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

at_exit() { tap_exits=("$(printf '%q ' "$@")" "${tap_exits[@]}"); }

tap_end() {
	tap_ended=1
	echo "1..$tap_points"
	[ $tap_bad -eq 0 ] || exit 1
	[ $tap_points -gt $tap_skipped ] || exit 4
	exit 0
}

tap_finish() {
	local status=$? cmd
	# A subshell that a signal hits early still has its parent's trap.
	[ "$BASHPID" = $$ ] || return
	for cmd in "${tap_exits[@]}"; do eval "$cmd"; done
	[ -n "$tap_ended" ] && exit $status
	tap_point 'not ok' "the script ended before its end, status $status"
	echo "1..$tap_points"
	exit 1
}
trap tap_finish EXIT

# ---- points that are functions ----------------------------------------------------
tap_dir=$(mktemp -d)
at_exit rm -rf "$tap_dir"

tap_named() {
	local text=$1; shift
	"$@"
	case $? in
	0) tap_point ok "$text" ;;
	4) skip "$text" "it says so" ;;
	*) tap_point 'not ok' "$text" ;;
	esac
}

tap() {
	local function
	for function; do
		tap_named "${function//_/ }" "$function"
	done
}

tap_skip_all() { skip_all "$@"; }
tap_done() { tap_end; }
