#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm: root=digsig timeout=300 kernels="6.1"
#
# digsig catalog, digsig revoke, digsig load.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/digsig-tool.sh

"$digsig" catalog create --key k.key --output c.cat --name tools plain >/dev/null
for n in 4 5; do
	"$digsig" revoke create --key k.key --output "r$n" --number $n \
		--file good --min-generation 0 >/dev/null
done

refused '^Error: c.cat: .*key' 'a catalog of an unknown key' \
	"$digsig" catalog load c.cat
ok 'the key is trusted' "$digsig" key add k.pem
id=$(field 'd[0]["key_id"]' key list)
refused 'not signed' 'before the catalog is loaded' "$digsig" check plain
ok 'the catalog is loaded' "$digsig" catalog load c.cat
is 'and shown' "$out" "tools entries 1 generation 0 files 0 key $id"
is 'its file is verified' "$("$digsig" check plain)" "plain: verified key $id"
is 'names and values in JSON' "$(field 'd[0]' catalog list)" \
	"{'name': 'tools', 'entries': 1, 'generation': 0, 'files': 1, 'key_id': '$id'}"
is 'text of the list' "$("$digsig" catalog)" \
	"tools entries 1 generation 0 files 1 key $id"
is 'its name is completed' "$("$digsig" --complete catalog unload '')" \
	$'words\ntools'
refused '^Error: plain: ' 'a program is no catalog' "$digsig" catalog load plain
refused 'No such file' 'no file is no catalog' "$digsig" catalog load none
mkfifo fifo
refused '^Error: fifo: ' 'a FIFO does not block' \
	timeout 20 "$digsig" catalog load fifo
ok 'unloaded by its name' "$digsig" catalog unload tools
refused '^Error: tools: ' 'once only' "$digsig" catalog unload tools
refused 'not signed' 'its file is judged again' "$digsig" check plain

is 'no revocation list' "$(field 'd' revoke status)" \
	"{'number': 0, 'min_generation': 0}"
ok 'good is good' "$digsig" check good
ok 'a list is loaded' "$digsig" revoke load r5
is 'its number is shown' "$out" 'number 5 generation 0'
refused 'good: revoked' 'good is revoked' "$digsig" check good
refused '^Error: r4: ' 'an older list is refused' "$digsig" revoke load r4
refused '^Error: r5: ' 'and the same one' "$digsig" revoke load r5
is 'status has the number' "$(field 'd["revocation_list"]' status)" 5

unload
modprobe digsig_lsm
mkdir -p etc/keys.d etc/catalogs.d
cp k.der etc/keys.d; cp k.key etc/keys.d/.hidden; cp c.cat etc/catalogs.d
cp plain etc/catalogs.d/c.cat~; cp r4 etc/revocations
ok 'all of a folder is loaded' "$digsig" load etc
want="(['k'], 4, ['tools'])"
all='([k["subject"] for k in d["keys"]], d["revocations"]["number"],
[c["name"] for c in d["catalogs"]])'
is 'the kernel has it' "$(field 'd["keys"], d["revocation_list"], d["catalogs"]' \
	status)" '(1, 4, 1)'
ok 'a second time it is no error' "$digsig" load etc
cp r5 etc/revocations
ok 'a newer list is taken' "$digsig" load etc
is 'by its number' "$(field 'd["number"]' revoke status)" 5
cp r4 etc/revocations; cp plain etc/catalogs.d/a
refused 'Error: etc/revocations: ' 'an older list is an error' "$digsig" load etc
is 'and so is a bad catalog' \
	"$(grep -c '^Error: etc/catalogs.d/a: ' <<< "$out")" 1
is 'the rest is loaded' "$(grep -c '^  tools entries' <<< "$out")" 1
unload
modprobe digsig_lsm
rm etc/catalogs.d/a
is 'JSON has the same' "$(field "$all" load etc)" "$want"
refused 'No such file' 'a folder that is not there' "$digsig" load none
tap_end
