#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm: root=digsig timeout=300 kernels="6.12"
#
# digsig key: what is added is listed, in text and JSON, and what is not a key is
# refused with a sentence.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/digsig-tool.sh

is 'no keys at first' "$(field 'd' key list)" '[]'
ok 'a certificate as PEM is added' "$digsig" key add k.pem
id=$(field 'd[0]["key_id"]' key list)
is 'the key that was added is shown' "$out" "$id rsa 2048 files 0 subject k"
is 'its id is 16 bytes' "${#id}" 32
is 'text of the list' "$("$digsig" key)" "$id rsa 2048 files 0 subject k"
is 'names in JSON' "$(field '" ".join(d[0])' key list)" \
	'key_id algorithm bits files anchored system revoked subject'
refused '^Error: k.der: ' 'the same key as DER is there already' \
	"$digsig" key add k.der
refused 'PRIVATE KEY' 'a private key is not sent' "$digsig" key add k.key
refused 'not a key: 0 bytes' 'an empty file' "$digsig" key add /dev/null
head -c 16385 /dev/zero >long
refused 'not a key: 16385 bytes' 'a file that is too long' "$digsig" key add long
refused '^Error: plain: ' 'a program' "$digsig" key add plain
sed 's/^MII/MIJ/' k.pem >damaged.pem
refused '^Error: damaged.pem: ' 'a damaged certificate' \
	"$digsig" key add damaged.pem
head -n 3 k.pem >cut.pem
refused 'damaged PEM' 'half a certificate' "$digsig" key add cut.pem
refused 'No such file' 'a file that is not there' "$digsig" key add none.pem

openssl x509 -in k.pem -noout -pubkey >public.pem
ok 'the key is taken away by the start of its id' "$digsig" key del "${id:0:6}"
is 'none is left' "$(field 'len(d)' key list)" 0
ok 'a public key is added' "$digsig" key add public.pem
is 'it has the same id' "$(field 'd[0]["key_id"]' key list)" "$id"
ok 'taken away by the whole id' "$digsig" key del "$id"
refused 'there is no such key' 'once only' "$digsig" key del "$id"
refused 'not the id of a key' 'not an id' "$digsig" key del xyz

cat k.pem /root/keys/lab.pem >both.pem
ok 'two keys in one file' "$digsig" key add both.pem
is 'both are listed' "$(field 'sorted(k["subject"] for k in d)' key list)" \
	"['k', 'lab']"
is 'ids are completed' "$("$digsig" --complete key del '' | wc -l)" 3
is 'no anchor' "$(field 'd' key anchor)" "{'anchored': False, 'keys': []}"
ok 'several ids at once' "$digsig" key del \
	"$(field 'd[0]["key_id"]' key list)" "$(field 'd[1]["key_id"]' key list)"

unload
ok 'loaded with an anchor' modprobe digsig_lsm anchor="$work/k.der"
is 'the anchor is shown' \
	"$(field '(d["anchored"], [k["subject"] for k in d["keys"]])' key anchor)" \
	"(True, ['k'])"
is 'it is a key like others, marked' \
	"$(field '[k["anchored"] for k in d]' key list)" '[True]'
tap_end
