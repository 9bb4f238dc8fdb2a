#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# host: timeout=60
#
# The command line of mfib against its help, completion and manual page, for every
# command of the program's own table; and words that make no sense.
#
# Functions are called through tap.sh:
# shellcheck disable=SC2317
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh

mfib=$PWD/build/tools/mfib
[ -x "$mfib" ] || skip_all "not built"

# Path, arguments and options of each command, apart by 0x1f.
table() { "$mfib" -j -h | /usr/bin/python3 -c '
import json, sys
for c in json.load(sys.stdin)["commands"]:
    own = ["--" + o["name"] for o in c.get("options", [])]
    print(c["command"], c.get("arguments") or "", " ".join(own), sep="\x1f")'; }

# Hyphens are escaped in the source.
sed 's/\\//g' man/mfib.8 > "$tap_dir/man"
section() { sed -n "/^\.SS \"mfib $1\( \|\"\)/,/^\.S[SH] /p" "$tap_dir/man" | sed '$d'; }

with_arguments() { grep -qxF ".SS \"mfib $1${2:+ $2}\"" "$tap_dir/man"; }
with_example() { section "$1" | grep -q "^# mfib\|^# ip\|^# "; }
with_options() { # COMMAND OPTION...
	local command=$1 o; shift
	for o; do
		section "$command" | grep -q -- "$o\b" || {
			echo "# $o"
			return 1
		}
	done
}
help_of() {
	local -a words
	read -r -a words <<< "$1"
	"$mfib" "${words[@]}" -h | grep -qF "mfib $1"
}
completed() { # the last word from those before it
	local -a words
	read -r -a words <<< "$1"
	local last=${words[-1]}
	words[-1]=${last:0:1}
	"$mfib" --complete "${words[@]}" | grep -qxE "$last ?"
}

table > "$tap_dir/table"
ok "the program lists its commands" [ "$(wc -l < "$tap_dir/table")" -gt 25 ]
while IFS=$'\x1f' read -r command arguments options; do
	ok "$command: has help" help_of "$command"
	ok "$command: is completed" completed "$command"
	ok "$command: is in the manual page, as it is called" \
		with_arguments "$command" "$arguments"
	ok "$command: has an example there" with_example "$command"
	# shellcheck disable=SC2086
	[ -z "$options" ] ||
		ok "$command: its options are there" with_options "$command" $options
done < "$tap_dir/table"
known() { # the manual page names no command that there is not
	local name bad=0
	while read -r name; do
		cut -d $'\x1f' -f1,2 "$tap_dir/table" | tr '\037' ' ' | sed 's/ $//' |
			grep -qxF "$name" || { echo "# $name"; bad=1; }
	done < <(sed -n 's/^\.SS "mfib \(.*\)"$/\1/p' "$tap_dir/man")
	return $bad
}
ok "the manual page has no other commands" known
clean() { [ -z "$(man --warnings -E UTF-8 -l -Tutf8 -Z man/mfib.8 2>&1 >/dev/null)" ]; }
ok "the manual page has no mistakes" clean

usage() { "$mfib" "$@" >/dev/null 2>&1; [ $? -eq 2 ]; }
for words in "nonsense" "fib add" "fib add x" "fib add 0" "fib add -1" \
	"fib add 4294967296" "route add fib" "rule add priority" \
	"fib set 10 max-routes4" "exec" "route get" "link set"; do
	# shellcheck disable=SC2086
	ok "mfib $words: is a mistake of the user's" usage $words
done

# What ip calls otherwise is understood: without the module it gets that far.
understood() { ! "$mfib" "$@" 2> "$tap_dir/said" >&2; ! grep -q 'no command\|no option\|not a prefix' "$tap_dir/said"; }
for words in "route list fib 10" "fib delete 10" "-json -pretty fib ls" \
	"route add 10.1/16 dev lo fib 10" "-statistics fib list"; do
	# shellcheck disable=SC2086
	ok "mfib $words: as with ip" understood $words
done
ok "mfib route help: is help" sh -c "$mfib route help | grep -q 'route add'"
is "options before a batch are those of its lines" \
	"$(echo "-h" | "$mfib" -j -batch - | /usr/bin/python3 -c '
import json, sys
print(json.load(sys.stdin)["program"])')" mfib
is "a batch names the line that failed" \
	"$(printf '# one\n\nnonsense\n' | "$mfib" -batch - 2>&1 | tail -1)" \
	"Command failed -:3"
tap_end
