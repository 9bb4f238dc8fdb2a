#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# host: timeout=60
#
# The command line of dsm and dsmd against their help, completion, manual pages
# and units, for every command of the program's own table.
#
# Functions are called through tap.sh:
# shellcheck disable=SC2317
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh

dsm=$PWD/build/tools/dsm dsmd=$PWD/build/tools/dsmd
[ -x "$dsm" ] && [ -x "$dsmd" ] || skip_all "not built"
err=$tap_dir/err

# "path|--option --option" for each command.
table() { "$dsm" -j -h | /usr/bin/python3 -c '
import json, sys
for c in json.load(sys.stdin)["commands"]:
    own = [o["name"] for o in c.get("options", [])]
    print(c["command"] + "|" + " ".join("--" + o for o in own))'; }

help_of() {
	local -a words
	read -r -a words <<< "$1"
	"$dsm" "${words[@]}" -h > "$err" && grep -q "dsm $1" "$err"
}

# Hyphens are escaped in the source.
sed 's/\\//g' man/dsm.8 > "$tap_dir/man"
in_man_page() { grep -q "^\.SS dsm $1\b" "$tap_dir/man"; }

has_example() { sed -n '/^\.SH EXAMPLES/,$p' "$tap_dir/man" | grep -q "^# dsm $1\b"; }

options_in_man_page() { # OPTION...
	local o
	for o; do
		grep -q -- "$o\b" "$tap_dir/man" || {
			echo "# $o"
			return 1
		}
	done
}

completed() {
	local -a words
	read -r -a words <<< "$1"
	COMP_WORDS=("$dsm" "${words[@]}")
	COMP_CWORD=${#words[@]}
	_dsm "$dsm"
	grep -qx -- "${words[-1]}" < <(printf '%s\n' "${COMPREPLY[@]}")
}

clean() {
	LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 \
		man --warnings -E UTF-8 -l -Tutf8 -Z "$1" 2>"$err" >/dev/null
	sed 's/^/# /' "$err"
	[ ! -s "$err" ]
}

units_are_sound() {
	local unit
	command -v systemd-analyze >/dev/null || return 4
	for unit in dsm dsmd; do
		# The programs need not be installed where the test runs.
		sed 's,ExecStart=/[a-z/]*,ExecStart=/bin/true,' \
			systemd/$unit.service > "$tap_dir/$unit.service"
	done
	systemd-analyze verify --man=no "$tap_dir"/*.service 2>&1 |
		grep "$tap_dir\|dsm" | sed 's/^/# /' > "$err"
	cat "$err"
	[ ! -s "$err" ]
}

examples_compile() {
	sed -n '/^\.EX/,/^\.EE/p' man/dsm-policy.5 | grep -v '^\.E' |
		sed 's/\\-/-/g' | "$dsm" policy check - > "$err" 2>&1 && return
	sed 's/^/# /' "$err"
	return 1
}

settings_are_all_described() {
	local word
	for word in $(sed -n 's/.*!strcmp(word, "\([a-z]*\)").*/\1/p' \
			tools/dsmd/conf.c); do
		grep -q "^\.B[IR]* \"*$word\b\|^\.TQ" man/dsmd.8 || {
			echo "# $word"
			return 1
		}
	done
}

# shellcheck source=completion/dsm
. completion/dsm
while IFS='|' read -r path options; do
	tap_named "help of $path" help_of "$path"
	tap_named "completion of $path" completed "$path"
	tap_named "man page has $path" in_man_page "$path"
	tap_named "and an example of it" has_example "$path"
	# shellcheck disable=SC2086
	tap_named "and its options" options_in_man_page $options
done < <(table)
is "the table is large" "$(($(table | wc -l) > 20))" 1
for page in man/dsm.8 man/dsm-policy.5 man/dsmd.8; do
	tap_named "$page is clean" clean $page
done
tap examples_compile settings_are_all_described units_are_sound
ok "dsmd has a version" "$dsmd" --version
ok "and help" "$dsmd" --help
refused "Usage" "and takes no operands" "$dsmd" now
refused "unrecognized option" "and no other options" "$dsmd" --now
refused "No such file" "and says that it has no configuration" "$dsmd" -c /nothing
refused "module dsm is not loaded" "dsm says that there is no module" "$dsm" ps
tap_end
