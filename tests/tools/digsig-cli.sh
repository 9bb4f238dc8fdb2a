#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# digsig without a kernel module: usage, exit statuses, help, JSON, completion and
# the man page, for every command of the program's own table.
#
# The program is build/tools/digsig, or $DIGSIG.
# shellcheck disable=SC2317 # tests are called by tap
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh

digsig=$(realpath "${DIGSIG:-build/tools/digsig}")
[ -x "$digsig" ] || tap_skip_all "$digsig is not built"
python=/usr/bin/python3
out=$tap_dir/out
err=$tap_dir/err

# run STATUS ARG...: the program exits with this status; fills $out and $err.
run() {
	local want=$1 got
	shift
	"$digsig" "$@" >"$out" 2>"$err"
	got=$?
	[ "$got" -eq "$want" ] && return 0
	echo "# digsig $*: exit $got, want $want"
	sed 's/^/# /' "$err"
	return 1
}

says() { grep -qF -- "$1" "$err" || { sed 's/^/# stderr: /' "$err"; return 1; }; }
silent() { [ ! -s "$1" ] || { sed 's/^/# unexpected: /' "$1"; return 1; }; }
json() { "$python" -m json.tool <"$out" >/dev/null; }

# Commands and their options, one per line: "key add|--json --pretty ...".
"$digsig" -jh | "$python" -c '
import json, sys
table = json.load(sys.stdin)
for c in table["commands"]:
    options = c["options"] + table["options"]
    print(c["command"], " ".join("--" + o["name"] for o in options), sep="|")
' >"$tap_dir/table" || exit 1
mapfile -t commands < <(cut -d '|' -f 1 "$tap_dir/table")
options_of() { sed -n "s/^$1|//p" "$tap_dir/table"; }

usage_of_nothing() { run 2 && silent "$out" && says "Usage: digsig"; }
unknown_word() { run 2 statsu && says 'did you mean "status"?'; }
unknown_command_of_object() { run 2 key lsit && says 'did you mean "list"?'; }
unknown_option() { run 2 monitor --cuont 1 && says 'did you mean --count?'; }
far_off_word() { run 2 xyzzy && ! grep -q 'did you mean' "$err"; }
unclear_abbreviation() { run 2 ca l x && says 'list, load'; }
clear_abbreviation() { run 0 stat -h && grep -q '^Usage: digsig status' "$out"; }
option_before_and_after() {
	run 0 -j help && cp "$out" "$out.2" && run 0 help --json &&
	cmp "$out" "$out.2"
}
operand_missing() { run 2 key add && says 'FILE... is missing'; }
operand_too_many() { run 2 status now && says '"now" is too much'; }
value_missing() { run 2 monitor --count && says 'needs a value'; }
value_wrong() {
	run 2 monitor --count=1x && says 'not a number' &&
	run 2 monitor --count=4294967296 && says 'above 4294967295'
}
value_unwanted() { run 2 status --json=1 && says 'takes no value'; }
mode_unknown() { run 2 mode enforec && says 'no such mode'; }
mode_twice() { run 2 mode log enforce && says 'one too many'; }
version() { run 0 -V && grep -Eq '^digsig \(CGL Modules\) [0-9]+\.' "$out"; }
version_json() { run 0 -jV && json; }
help_json() { run 0 -ph && json; }
escapes_errors() {
	run 2 $'\e[31mred' && ! grep -q $'\e' "$err" && says '\x1b[31mred'
}
full_disk() { "$digsig" -h >/dev/full 2>"$err"; [ $? -eq 1 ] && says 'No space'; }
closed_pipe() { { "$digsig" -h 2>"$err" || true; } | true; silent "$err"; }
table_is_large() { [ "${#commands[@]}" -ge 20 ]; }

without_module() {
	local c
	[ -d /sys/module/digsig_lsm ] && return 4
	for c in status mode enforce denied monitor 'key list' 'key anchor' \
		'catalog list' 'revoke status' 'check /bin/true' \
		'key del 00' 'catalog unload x' 'load /'; do
		# shellcheck disable=SC2086 # words
		run 1 -j $c && silent "$out" && says 'digsig_lsm is not loaded' &&
			says 'modprobe digsig_lsm' || return 1
	done
}

help_of() {
	# shellcheck disable=SC2086 # words
	run 0 $1 -h && grep -q "^Usage: digsig $1" "$out" && silent "$err" || return 1
	awk -v c="$1" 'length > 79 { print "# " c ": " length ": " $0; bad = 1 }
		END { exit bad }' "$out"
}

# The words of a command are completed one after the other, as bash calls it.
completed() {
	local want word
	local -a before=()
	read -r -a want <<< "$1"
	for word in "${want[@]}"; do
		# shellcheck disable=SC2034 # what bash sets for a completion
		COMP_WORDS=("$digsig" "${before[@]}" "${word:0:1}")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_digsig "$digsig"
		grep -qx -- "$word" < <(printf '%s\n' "${COMPREPLY[@]}") || {
			echo "# after '${before[*]}' not '$word': ${COMPREPLY[*]}"
			return 1
		}
		before+=("$word")
	done
}

options_completed() {
	read -r -a COMP_WORDS <<< "$digsig $1 --"
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_digsig "$digsig"
	[ "${COMPREPLY[*]}" = "$(options_of "$1")" ]
}

in_man_page() {
	grep -q "^\.SS \"*digsig $1\b" man/digsig.8 ||
	grep -q "^\.BI* \"*digsig $1\b" man/digsig.8
}

options_in_man_page() {
	local o missing=0
	for o in $(options_of "$1"); do
		grep -q -- "$o" "$tap_dir/man" ||
			{ echo "# $1: $o"; missing=1; }
	done
	return "$missing"
}

man_page_is_clean() {
	LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 \
		man --warnings -E UTF-8 -l -Tutf8 -Z man/digsig.8 2>"$err" >/dev/null
	silent "$err"
}

units_are_sound() {
	command -v systemd-analyze >/dev/null || return 4
	# The program need not be installed where the test runs.
	sed "s|/usr/sbin/digsig|/bin/true|" systemd/digsig.service \
		>"$tap_dir/digsig.service"
	sed "s|/usr/sbin/digsig|/bin/true|" systemd/digsig-lock.service \
		>"$tap_dir/digsig-lock.service"
	systemd-analyze verify --man=no "$tap_dir"/*.service 2>"$err"
	grep "$tap_dir\|digsig" "$err" | sed 's/^/# /' >"$out"
	silent "$out"
}

. completion/digsig
# Hyphens are escaped in the source.
sed "s/\\\\//g" man/digsig.8 >"$tap_dir/man"

tap usage_of_nothing unknown_word unknown_command_of_object unknown_option \
	far_off_word unclear_abbreviation clear_abbreviation \
	option_before_and_after operand_missing operand_too_many \
	value_missing value_wrong value_unwanted mode_unknown mode_twice \
	version version_json help_json escapes_errors full_disk closed_pipe \
	table_is_large without_module man_page_is_clean units_are_sound
for c in "${commands[@]}"; do
	tap_named "help of $c" help_of "$c"
	tap_named "completion of $c" completed "$c"
	tap_named "options of $c are completed" options_completed "$c"
	tap_named "man page has $c" in_man_page "$c"
	tap_named "man page has the options of $c" options_in_man_page "$c"
done
tap_done
