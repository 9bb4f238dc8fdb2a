#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm: root=digsig timeout=300
#
# Which certificates chain to the anchor; mkchain has made them. The list of keys
# says so in any mode; that a locked module takes no others is shown by
# control-anchor.py.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/digsig-tool.sh

# anchored CERTIFICATE: whether it chains, as the list says; or the refusal.
anchored() {
	local said
	said=$("$digsig" key add "$1" 2>&1) || { echo "$said"; return; }
	said=$(field 'd[-1]["key_id"] + " " + str(d[-1]["anchored"])' key list)
	"$digsig" key del "${said% *}"
	echo "${said#* }"
}

cp /root/keys/chain/* .
unload
ok 'loaded with an anchor' modprobe digsig_lsm anchor="$work/root.der"
root=$(field 'd[0]["key_id"]' key list)
is 'signed by the anchor' "$(anchored leaf.pem)" True
is 'signed by nobody else' "$(anchored k.pem)" False
is 'signed by one that is not here' "$(anchored leaf-inter.pem)" False

"$digsig" key add inter.pem >/dev/null
inter=$(field 'd[-1]["key_id"]' key list)
is 'an authority below the anchor' "$(field 'd[-1]["anchored"]' key list)" True
is 'and what it signed' "$(anchored leaf-inter.pem)" True
is 'an authority at the end of pathlen:0 is a key' "$(anchored sub.pem)" True
"$digsig" key add sub.pem >/dev/null
is 'but not an authority' "$(anchored leaf-sub.pem)" False
"$digsig" key del "$inter"
is 'a retired authority vouches for nobody' "$(anchored leaf-inter.pem)" False
"$digsig" key del "$(field 'd[-1]["key_id"]' key list)"

"$digsig" key add inter-any.pem >/dev/null
"$digsig" key add sub.pem >/dev/null
is 'without pathlen there may be another below' "$(anchored leaf-sub.pem)" True
"$digsig" key add k.pem >/dev/null
is 'a key that is no authority vouches for nobody' "$(anchored leaf-k.pem)" False
"$digsig" revoke create --key k.key --output revoked --number 1 \
	--key-id "$inter" >/dev/null
ok 'an authority is revoked' "$digsig" revoke load revoked
is 'it vouches for nobody' "$(anchored leaf-inter.pem)" False
is 'nor does the authority below it' "$(anchored leaf-sub.pem)" False
is 'the anchor still does' "$(anchored leaf.pem)" True
"$digsig" key del "$inter"
refused 'revocation list' 'the revoked authority does not come back' \
	"$digsig" key add inter.pem

is 'signed over SHA-384' "$(anchored leaf-sha384.pem)" True
is 'signed over SHA-512' "$(anchored leaf-sha512.pem)" True
is 'not over SHA-1' "$(anchored leaf-sha1.pem)" False
is 'when it expires does not matter' "$(anchored expired.pem)" True
refused 'critical extension' 'a critical extension that is not known' \
	"$digsig" key add critical.pem
refused '^Error: damaged.pem: ' 'a certificate with other bytes' \
	"$digsig" key add damaged.pem

ok 'the anchor is retired' "$digsig" key del "$root"
is 'and vouches for nobody' "$(anchored leaf.pem)" False

unload
ok 'an authority without the usage is no authority' \
	modprobe digsig_lsm anchor="$work/root.der"
"$digsig" key add inter-usage.pem >/dev/null
is 'it is a key' "$(field 'd[-1]["anchored"]' key list)" True
is 'and vouches for nobody' "$(anchored leaf-inter.pem)" False

unload
ok 'an anchor that is no authority' modprobe digsig_lsm anchor="$work/k.der"
is 'vouches for itself' "$(field 'd[0]["anchored"]' key list)" True
is 'and for nobody else' "$(anchored leaf-k.pem)" False

unload
ok 'the keyrings of the kernel as anchors' modprobe digsig_lsm system_keys=1
is 'do not know our certificates' \
	"$("$digsig" key add root.pem >/dev/null; field 'd[0]["system"]' key list)" \
	False

# The curves that digsig has: 6.12 has them too, Debian's 6.1 says that it lacks them.
for curve in p256 p384; do
	if grep -q 'ecdsa' "/lib/modules/$(uname -r)/modules.builtin" ||
	   modprobe ecdsa_generic 2>/dev/null; then
		ok "$curve: the key is added" "$digsig" key add $curve.pem
		ok "$curve: a program is verified" "$digsig" check by-$curve
	else
		refused 'built without ECDSA: use an RSA key' \
			"$curve: is refused in words" "$digsig" key add $curve.pem
		refused 'not|unknown' "$curve: nor is a program verified" \
			"$digsig" check by-$curve
	fi
done
tap_end
