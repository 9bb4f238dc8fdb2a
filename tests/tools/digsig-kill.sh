#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# host: timeout=300
#
# digsig sign and strip, killed at every step (digsig-kill.c says what a step is).
#
# When the signer is killed, every file is the old one or the new one for
# whoever opens it. When all of it is killed, as a power failure would, a file
# that was changed in place may be neither: then it runs, and stripping it gives
# back every byte, and so does signing it again.
#
# Functions are called through tap.sh:
# shellcheck disable=SC2317
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh

digsig=$(realpath "${DIGSIG:-build/tools/digsig}")
[ -x "$digsig" ] || skip_all "$digsig is not built"
source=$PWD/tests/tools/digsig-kill.c
# Not below /tmp: that may be a file system without attributes.
mkdir -p build/tests
work=$(mktemp -d -p "$PWD/build/tests")
at_exit rm -rf "$work"
cd "$work" || exit 1
gcc -shared -fPIC -O1 -o kill.so "$source" || skip_all "no compiler"

for k in "site rsa2048" "big rsa4096" "p256 p256"; do
	"$digsig" keygen "${k% *}" --alg "${k#* }" >/dev/null || exit 1
done
cp /bin/echo plain
cp plain site; "$digsig" sign -k site.key site >/dev/null || exit 1
cp plain big; "$digsig" sign -k big.key big >/dev/null || exit 1
# Without wrapping, and with a header shorter than that of ELF.
printf '#!/bin/sh\necho "$@"\n' > script.plain; chmod 755 script.plain
cp script.plain script.site
"$digsig" sign --any -k site.key script.site >/dev/null || exit 1

# run_killed N WHO WORDS...: digsig WORDS, killed at step N; false when it was
# done before.
run_killed() {
	local n=$1 who=$2 status; shift 2
	# The message of the shell about the kill is no result.
	{ DIGSIG_KILL_AT=$n DIGSIG_KILL_WHO=$who LD_PRELOAD=$work/kill.so \
		"$digsig" "$@" > said; } 2> err
	status=$?
	[ "$status" -eq 137 ] && return 0
	[ "$status" -eq 0 ] || { echo "step $n: status $status"; cat said err; }
	return 1
}
runs() { [ "$(./file ok 2>err | tail -n 1)" = ok ] || { cat err; false; }; }
# one_of FILE...: file is one of these, for whoever opens it.
one_of() {
	local f
	for f; do cmp -s file "$f" && return 0; done
	echo "is none of $*"; return 1
}
same_inode() { [ "$(stat -c '%a %u %g %Y' file)" = "$(stat -c '%a %u %g %Y' "$1")" ] ||
	{ echo "mode, owner or time differ"; false; }; }
# mended PLAIN SIGNED: what is left runs, and is put right.
mended() {
	local how
	runs || return 1
	cp -a file left
	for how in strip sign; do
		cp -a left file
		if [ "$how" = strip ]; then
			"$digsig" strip --no-sync file > said || return 1
			cmp file "$1" || { cat said; return 1; }
		else
			"$digsig" sign --any --no-sync -k site.key file > said ||
				return 1
			cmp file "$2" || return 1
		fi
	done
}
# every_step FROM WHO CHECK... -- WORDS...: for a copy of FROM at each step
every_step() {
	local from=$1 who=$2 n=0 check=(); shift 2
	while [ "$1" != -- ]; do check+=("$1"); shift; done
	shift
	while :; do
		n=$((n + 1))
		rm -f file; cp -a "$from" file
		run_killed "$n" "$who" "$@" file || break
		"${check[@]}" || { echo "killed at step $n"; return 1; }
	done
	note "$n steps"
	rm -f .digsig-tmp.*
	[ "$n" -gt 8 ] && ! [ -s err ]
}

ok "the signer is killed: the file is the old or the new one" \
	every_step plain signer one_of plain site -- sign -k site.key
ok "and when it is stripped" \
	every_step site signer one_of plain site -- strip
ok "with --copy" \
	every_step plain signer one_of plain site -- sign --copy -k site.key
ok "with --in-place, signed again with a longer key" every_step site signer \
	one_of site big -- sign --in-place -k big.key

ok "all is killed: what is left runs and is put right" \
	every_step plain all mended plain site -- sign -k site.key
ok "when it is stripped" every_step site all mended plain site -- strip
ok "signed again with a longer key, in place" every_step site all \
	mended plain site -- sign --in-place -k big.key
ok "with a shorter one" every_step big all \
	mended plain site -- sign --in-place -k p256.key
ok "with another shape" every_step site all \
	mended plain site -- sign --in-place --no-wrap -g 2 -k p256.key
ok "with --copy" every_step plain all one_of plain site -- \
	sign --copy -k site.key
ok "by default a signed file is replaced" every_step site all one_of site big \
	-- sign -k big.key
ok "a file that is no program" every_step script.plain all \
	mended script.plain script.site -- sign --any -k site.key
ok "when it is stripped, too" every_step script.site all \
	mended script.plain script.site -- strip

# What writing would take away is never missing: such files are replaced.
with_rights() { one_of plain.rights site.rights && same_inode plain.rights; }
cp -a plain plain.rights; chmod 4755 plain.rights
cp -a plain.rights site.rights
"$digsig" sign -k site.key site.rights >/dev/null
ok "a set-user-ID program keeps that" every_step plain.rights all with_rights \
	-- sign -k site.key
ok "also when it is stripped" every_step site.rights all with_rights -- strip
with_caps() { one_of plain.caps site.caps &&
	[ "$(getcap file | cut -d' ' -f2)" = cap_net_raw=ep ]; }
cp -a plain plain.caps
if setcap cap_net_raw+ep plain.caps 2>/dev/null; then
	cp -a plain.caps site.caps
	"$digsig" sign -k site.key site.caps >/dev/null
	ok "a program with capabilities keeps them" every_step plain.caps all \
		with_caps -- sign -k site.key
else
	skip "a program with capabilities keeps them" "cannot give any"
fi
tap_end
