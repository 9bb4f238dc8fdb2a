# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the tests of digsig's commands share. To be sourced from the top of the
# tree, in a guest with root=digsig; sources tap.sh.
#
# The module is loaded, fresh. There is a work folder, left at the end, and in
# it a key of the image (k.key, k.der, k.pem), a program that it signed (good),
# and one that is not signed (plain). The work folder is on tmpfs.
. tests/lib/tap.sh

# "NAME=VALUE..." for modprobe; a test may set it before.
declare -a module_parameters

# shellcheck disable=SC2034 # for those who source this
digsig=/usr/sbin/digsig
work=$(mktemp -d /dev/shm/digsig.XXXXXX)
at_exit rm -rf "$work"
cd "$work" || exit 1

# Evaluates expressions about JSON for field(). One for the whole test, because
# starting it takes longer than what it does.
coproc /usr/bin/python3 -u -c '
import json, sys
for request in iter(lambda: sys.stdin.readline(), ""):
    path, expression = json.loads(request)
    try:
        with open(path, encoding="utf-8") as text:
            answer = str(eval(expression, {"d": json.load(text)}))
    except Exception as error:
        answer = f"{type(error).__name__}: {error}"
    print(answer, end="\0")
'
# Copies of its ends, which subshells have too.
exec {field_in}>&"${COPROC[1]}" {field_out}<&"${COPROC[0]}"

# field EXPRESSION COMMAND...: a value of what "digsig -j COMMAND..." prints,
# where d is the parsed JSON.
field() {
	local expression=$1 answer; shift
	"$digsig" -j "$@" > "$work/.json"
	expression=${expression//\\/\\\\}
	expression=${expression//\"/\\\"}
	printf '["%s", "%s"]\n' "$work/.json" "${expression//$'\n'/\\n}" \
		>&"$field_in"
	read -r -d '' answer <&"$field_out"
	printf '%s\n' "$answer"
}

unload() { "$digsig" mode off; modprobe -r digsig_lsm; }

{
	cp /root/keys/k.* . && cp /opt/unsigned/true good &&
	cp /opt/unsigned/true plain && "$digsig" sign --key k.key good
} >/dev/null || exit 1
lsmod | grep -q '^digsig_lsm ' && unload
modprobe digsig_lsm "${module_parameters[@]}" || exit 1
at_exit unload
