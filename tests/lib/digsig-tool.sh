# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the tests of digsig's commands share. To be sourced from the top of the
# tree, in a guest; sources tap.sh.
#
# The module is loaded, fresh. There is a work folder, left at the end, and in
# it a key (k.key, k.der, k.pem) and a signed program (good), and a program
# that is not signed (plain). The work folder is on tmpfs, so the files are
# judged by their content wherever the machine's own files come from.
. tests/lib/tap.sh

# "NAME=VALUE..." for modprobe; a test may set it before.
declare -a module_parameters

digsig=$(realpath build/tools/digsig)
[ -x "$digsig" ] || skip_all 'build/tools/digsig is not built'
work=$(mktemp -d /dev/shm/digsig.XXXXXX)
at_exit rm -rf "$work"
cd "$work" || exit 1

# field EXPRESSION COMMAND...: a value of what "digsig -j COMMAND..." prints,
# where d is the parsed JSON.
field() {
	local expression=$1; shift
	"$digsig" -j "$@" | /usr/bin/python3 -c '
import json, sys
d = json.load(sys.stdin)
print(eval(sys.argv[1]))' "$expression"
}

unload() { "$digsig" mode off; modprobe -r digsig_lsm; }

{
	"$digsig" keygen --alg rsa2048 k && cp /usr/bin/true good &&
	cp /usr/bin/true plain && "$digsig" sign --key k.key good
} >/dev/null || exit 1
lsmod | grep -q '^digsig_lsm ' && unload
modprobe digsig_lsm "${module_parameters[@]}" || exit 1
at_exit unload
