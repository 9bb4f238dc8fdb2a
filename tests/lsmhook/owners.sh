#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# host: timeout=20
#
# An LSM hook has one owner in the tree. Two modules on one hook work, but who
# reads one of them has to know about the other: such hooks are listed here,
# each with its reason.
#
# shellcheck source=tests/lib/tap.sh
. "$TESTLIB/tap.sh"

# Hooks that may have several owners: "HOOK OWNER,OWNER".
# ptrace: digsig's strict mode keeps debuggers out, dsm keeps SIDs apart; each is
# asked after the other.
shared='ptrace_access_check digsig,dsm
ptrace_traceme digsig,dsm'

# owners DIR: "HOOK MODULE", once for each, from the tables of the modules in
# DIR.
owners() {
	(cd "$1" && grep -HoE '\bLSMHOOK(_PROBE)?\([a-z0-9_]+,' ./*/*.c) |
		sed -E 's,^\./([^/]+)/[^:]*:LSMHOOK(_PROBE)?\(([a-z0-9_]+)\,,\3 \1,' |
		grep -vE ' (lib|tests|bench)$' | sort -u
}

# two_owners DIR: hooks with several owners that are not listed.
two_owners() {
	owners "$1" | awk '
		{ of[$1] = of[$1] ? of[$1] "," $2 : $2 }
		END { for (hook in of) if (of[hook] ~ /,/) print hook, of[hook] }' |
		grep -vxF -e "${shared:-none}"
}

# Does the test see what it is for?
mkdir -p "$RESULTS/tree/one" "$RESULTS/tree/two"
printf '\tLSMHOOK(file_open, one_file_open),\n' > "$RESULTS/tree/one/hooks.c"
cat > "$RESULTS/tree/two/hooks.c" <<'END'
	LSMHOOK(mmap_file, two_mmap_file),
	LSMHOOK_PROBE(file_open, two_file_open,
		      lsmhook_probe_file_open),
END
is "a hook with two owners is seen" "$(two_owners "$RESULTS/tree")" \
	"file_open one,two"
is "a hook with one owner is not" "$(owners "$RESULTS/tree" | grep -c mmap)" 1

is "no hook of the tree has two owners" "$(two_owners "$TOP")" ""
owners "$TOP" > "$RESULTS/owners"
note "$(wc -l < "$RESULTS/owners") hooks have an owner"
tap_end
