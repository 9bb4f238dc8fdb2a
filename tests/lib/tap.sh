# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# TAP for tests in shell. To be sourced.
#
# A test is a function that returns 0 (passed), 4 (skipped) or anything else,
# and may print comments that begin with "#". The plan comes last. $tap_dir is
# a folder that is removed at the end.

tap_count=0
tap_failed=0
tap_skipped=0
tap_dir=$(mktemp -d)
trap 'rm -rf "$tap_dir"' EXIT

echo 'TAP version 13'

# tap_named NAME FUNCTION ARG...: one test
tap_named() {
	local name=$1 status
	shift
	tap_count=$((tap_count + 1))
	"$@"
	status=$?
	case $status in
	0) echo "ok $tap_count $name" ;;
	4) echo "ok $tap_count $name # SKIP"
	   tap_skipped=$((tap_skipped + 1)) ;;
	*) echo "not ok $tap_count $name"
	   tap_failed=$((tap_failed + 1)) ;;
	esac
}

# tap FUNCTION...: each is a test and its name
tap() {
	local function
	for function; do
		tap_named "${function//_/ }" "$function"
	done
}

# tap_skip_all REASON: nothing can be tested here
tap_skip_all() {
	echo "1..0 # SKIP $1"
	exit 4
}

# tap_done: print the plan, exit with 0, 1 or 4
tap_done() {
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ] || exit 1
	[ "$tap_count" -gt "$tap_skipped" ] || exit 4
	exit 0
}
