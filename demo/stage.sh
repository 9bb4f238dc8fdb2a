# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# How a chapter of the tour speaks: sourced by the scripts of demo/, on the host
# and in guests.
#
# Every command is shown as it is typed and then really run, and every one of
# them is also a test: a command that fails where it should not, or succeeds
# where it should be refused, ends the tour with an error.

if [ -t 1 ] || [ -n "${DEMO_COLOUR-}" ]; then
	_bold=$'\e[1m' _blue=$'\e[34m' _green=$'\e[32m' _red=$'\e[31m' _off=$'\e[0m'
else
	_bold='' _blue='' _green='' _red='' _off=''
fi

chapter() { printf '\n%s== %s ==%s\n' "$_bold$_blue" "$*" "$_off"; }

# Prose, one paragraph an argument, wrapped at the width of a plain terminal.
say() {
	local paragraph
	echo
	for paragraph; do
		fold -s -w 76 <<< "${paragraph//$'\n'/ }" | sed 's/ *$//'
	done
}

_fail() {
	printf '%sThe tour stops: %s%s\n' "$_red" "$*" "$_off"
	exit 1
}

# Shows a command line, runs it, shows what it prints; sets $_status, $_output.
_run() {
	printf '%s# %s%s\n' "$_bold" "$1" "$_off"
	_output=$(bash -c "$1" 2>&1)
	_status=$?
	[ -z "$_output" ] || printf '%s\n' "$_output"
}

# A command that works.
works() {
	_run "$1"
	[ "$_status" -eq 0 ] || _fail "this should have worked (exit status $_status)"
}

# A command that is refused; what it printed above is what its user sees.
refused() {
	_run "$1"
	[ "$_status" -ne 0 ] || _fail "this should have been refused"
	printf '%s(refused, exit status %d)%s\n' "$_green" "$_status" "$_off"
}

# A command that works, and says something on the way.
shows() {
	works "$2"
	grep -q -- "$1" <<< "$_output" || _fail "this should have said: $1"
}
