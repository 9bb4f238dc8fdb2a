#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# host: timeout=120
#
# Certificates, catalogs, revocation lists, keys in a token, and the command
# line of bsign: what digsig makes, and what it refuses to believe.
#
# The program is build/tools/digsig, or $DIGSIG.
#
# Functions are called through tap.sh, and printf is given bytes in hexadecimal:
# shellcheck disable=SC2016,SC2059,SC2317
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh

digsig=$(realpath "${DIGSIG:-build/tools/digsig}")
[ -x "$digsig" ] || skip_all "$digsig is not built"
scripts/deps build test >/dev/null || skip_all "packages are missing"
mkdir -p build/tests
work=$(mktemp -d "$PWD/build/tests/lists.XXXXXX")
at_exit rm -rf "$work"
cd "$work" || exit 1

verify() { "$digsig" verify -k site.der "$@"; }
sign() { "$digsig" sign --no-sync -k site.key "$@"; }
json() { "$digsig" -j "$@" | /usr/bin/python3 -c \
	'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$expr"; }

# ---- keys and certificates ---------------------------------------------------------
"$digsig" keygen site --alg rsa2048 >/dev/null || skip_all "no key"
"$digsig" keygen late --alg p256 >/dev/null
ok "an anchor" "$digsig" keygen anchor --ca --alg rsa4096
ok "a key below it" "$digsig" keygen node --alg rsa2048 --issuer anchor.key \
	--name "node 7"
ok "openssl follows the chain" openssl verify -CAfile anchor.pem node.pem
is "it is found by key identifiers" \
	"$(openssl x509 -in node.pem -noout -ext authorityKeyIdentifier | tail -1 |
		tr -d ' ')" \
	"$(openssl x509 -in anchor.pem -noout -ext subjectKeyIdentifier | tail -1 |
		tr -d ' ')"
ok "a key may sign code" sh -c 'openssl x509 -in node.pem -noout -text |
	grep -A1 "Extended Key" | grep -q "Code Signing"'
ok "and nothing else" sh -c 'openssl x509 -in node.pem -noout -text |
	grep -A1 "X509v3 Key Usage: critical" | grep -q "^ *Digital Signature *$"'
refused "may not sign certificates" "a key is no anchor" \
	"$digsig" keygen below --issuer site.key
is "only the owner may read a key" "$(stat -c %a site.key)" 600
refused "is there already" "nothing is overwritten" "$digsig" keygen site
printf 'open sesame\n' > pass
ok "a key with a passphrase" "$digsig" keygen locked --alg rsa2048 \
	--passphrase file:pass
cp /bin/ls l
refused "no passphrase was given" "is nothing without it" \
	"$digsig" sign --no-sync -k locked.key l
ok "and signs with it" "$digsig" sign --no-sync -k locked.key \
	--passphrase file:pass l
ok "which verifies" "$digsig" verify -k locked.pem l
openssl genpkey -algorithm ed25519 -out ed.key 2>/dev/null
refused "neither an RSA nor an ECDSA" "other kinds of keys are refused" \
	"$digsig" sign -k ed.key l
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out small.key 2>/dev/null
refused "1024 bits is not supported" "so are short ones" "$digsig" sign -k small.key l
mkdir keys; cp site.der late.pem keys/; cp site.key keys/
cp /bin/cat c1; cp /bin/cat c2; sign c1 >/dev/null
"$digsig" sign --no-sync -k late.key c2 >/dev/null
ok "a directory of keys" "$digsig" verify -k keys c1 c2

# ---- catalogs ---------------------------------------------------------------------------
mkdir -p tree/a; printf '#!/bin/sh\necho a\n' > tree/a/one
printf '#!/bin/sh\necho b\n' > tree/two; cp tree/two tree/a/same
ok "a catalog" "$digsig" catalog create -k site.key -o s.dgc --name scripts \
	-f interpreter --sid 5 -g 4 tree
is "has each content once" "$out" "catalog s.dgc name scripts files 3 entries 2"
ok "its files verify" verify -a -C s.dgc tree
expr='[(f["catalog"], f["flags"], f["sid"], f["generation"]) for f in d["files"]]'
is "with its attributes" "$(json verify -k site.der -C s.dgc tree/two)" \
	"[('scripts', 'interpreter', 5, 4)]"
printf x >> tree/two
refused "in no catalog" "a changed file does not" verify -C s.dgc tree/two
printf '#!/bin/sh\necho b\n' > tree/two
refused "not trusted here" "a catalog of an unknown key is not believed" \
	"$digsig" verify -k late.der -C s.dgc tree/two
cp s.dgc bad.dgc; printf x | dd of=bad.dgc bs=1 seek=40 conv=notrunc 2>/dev/null
refused "does not match|bad" "a changed catalog is not believed" \
	verify -C bad.dgc tree/two
cp tree/two signed; sign --any signed >/dev/null
refused "is not a catalog" "a signed file is no catalog" verify -C signed tree/two
"$digsig" catalog create -k site.key -o t.dgc --name scripts -g 4 \
	-f interpreter --sid 5 tree >/dev/null
ok "a catalog is the same each time" cmp s.dgc t.dgc
refused "1 to 15" "a long name is refused" "$digsig" catalog create -k site.key \
	-o x.dgc --name 0123456789abcdef tree
refused "No such file" "so is a file that is not there" \
	"$digsig" catalog create -k site.key -o x.dgc --name x tree nothing
is "and nothing is written then" "$(ls x.dgc* 2>/dev/null)" ""

# Signed by hand, with what the program would not sign.
cat > forge.py <<'PY'
"""forge.py OUT TYPE KEY CERT: signs stdin as a list of TYPE (1 or 2)."""
import hashlib
import struct
import subprocess
import sys
out, kind, key, cert = sys.argv[1:]
covered = sys.stdin.buffer.read()
pub = subprocess.run(["openssl", "x509", "-in", cert, "-noout", "-pubkey"],
                     capture_output=True, check=True).stdout
spki = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"],
                      input=pub, capture_output=True, check=True).stdout
footer = (b"\x8fDGS\r\n\x1a\n" + bytes([1, int(kind), 1, 1]) + bytes(4) +
          hashlib.sha256(spki).digest()[:16] +
          struct.pack("<QQIIII", len(covered) + 256 + 64, len(covered), 256,
                      0, 0, 0))
tbs = footer + hashlib.sha256(covered).digest()
sig = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=tbs,
                     capture_output=True, check=True).stdout
open(out, "wb").write(covered + sig + footer)
PY
forge() { /usr/bin/python3 forge.py "$1" "$2" site.key site.pem; }
head_of() { printf "DGSCAT\r\n\\x$(printf %02x "$1")\0\0\0\0\0\0\0"; printf '%-16s' hand |
	tr ' ' '\0'; }
entry() { printf "$1%.0s" $(seq 32); printf '\0\0\0\0\0\0\0\0'; }
{ head_of 2; entry a; entry b; } | forge good.dgc 1
ok "a catalog made by hand is shown" "$digsig" show good.dgc
ok "and believed" verify -C good.dgc c1
{ head_of 2; entry b; entry a; } | forge order.dgc 1
refused "do not ascend" "entries out of order are refused" verify -C order.dgc c1
{ head_of 2; entry a; entry a; } | forge twice.dgc 1
refused "do not ascend" "so are entries that occur twice" verify -C twice.dgc c1
{ head_of 3; entry a; entry b; } | forge short.dgc 1
refused "longer or shorter" "so is a wrong count" verify -C short.dgc c1
{ head_of 0; } | forge none.dgc 1
refused "out of range" "so is an empty one" verify -C none.dgc c1
refused "ascend" "show says so, too" "$digsig" show order.dgc
{ head_of 2; entry a; entry b; } | forge type.dgc 2
refused "not a catalog" "a list of another type is refused" verify -C type.dgc c1

# ---- revocation lists -----------------------------------------------------------------
cp /bin/ls r1; sign r1 >/dev/null; cp /bin/ls r2
"$digsig" sign --no-sync -k late.key r2 >/dev/null
ok "a revocation list" "$digsig" revoke -k site.key -o 1.dgr -n 10 -F r1
refused "revoked" "refuses the file" verify -r 1.dgr r1
refused "revoked" "and the same file with another signature" \
	"$digsig" verify -k late.der -k site.der -r 1.dgr r2
cp /bin/ls r3; "$digsig" catalog create -k site.key -o r.dgc -n r r3 >/dev/null
refused "revoked" "and the same file in a catalog" verify -C r.dgc -r 1.dgr r3
ok "others it does not" verify -r 1.dgr c1
ok "a list that revokes a key" "$digsig" revoke -k site.key -o 2.dgr -b 1.dgr \
	-i late.der -m 2
expr='(d[0]["number"], d[0]["key_count"], d[0]["min_generation"], len(d[0]["digests"]))'
is "counts on from its base and keeps it" "$(json show -e 2.dgr)" "(11, 1, 2, 7)"
refused "key.*revoked|revoked" "refuses files of that key" \
	"$digsig" verify -k late.der -k site.der -r 2.dgr c2
refused "generation" "and files of a low generation" verify -r 2.dgr c1
cp c1 c3; sign -g 2 c3 >/dev/null
ok "and not those of the minimum" verify -r 2.dgr c3
refused "number already" "a number that is not higher is refused" \
	"$digsig" revoke -k site.key -o 3.dgr -b 2.dgr -n 11
refused "64 hexadecimal" "so is half a digest" \
	"$digsig" revoke -k site.key -o 3.dgr -n 1 -d abcd
refused "not trusted here" "a list of an unknown key is not obeyed" \
	"$digsig" verify -k late.der -r 1.dgr c2
refused "is not a revocation list" "a catalog is not a list" verify -r s.dgc c1
refused "which has its own" "lists are not signed again" sign --any 1.dgr
refused "without its signature" "nor stripped" "$digsig" strip 1.dgr
cp 1.dgr prog
refused "damaged|not as a program" "a list is not a program" verify prog

# ---- keys in a token -----------------------------------------------------------------------
module=/usr/lib/softhsm/libsofthsm2.so
if [ -e $module ] && command -v pkcs11-tool >/dev/null; then
	mkdir tokens
	printf 'directories.tokendir = %s\nobjectstore.backend = file\n' \
		"$PWD/tokens" > softhsm2.conf
	export SOFTHSM2_CONF=$PWD/softhsm2.conf PKCS11_MODULE_PATH=$module PIN=1234
	softhsm2-util --init-token --free --label site --pin 1234 --so-pin 5678 \
		>/dev/null
	pkcs11-tool --module $module -l -p 1234 --keypairgen --key-type rsa:2048 \
		--id 01 --label r >/dev/null 2>&1
	pkcs11-tool --module $module -l -p 1234 --keypairgen \
		--key-type EC:prime256v1 --id 02 --label e >/dev/null 2>&1
	for k in r e; do
		uri="pkcs11:token=site;object=$k;type=private"
		ok "a certificate for key $k in a token" "$digsig" keygen "tok$k" \
			--for "$uri" --for-passphrase env:PIN
		is "writes no key" "$(ls "tok$k.key" 2>/dev/null)" ""
		rm -rf many; mkdir many
		for i in $(seq 12); do cp /bin/cat many/"$i"; done
		ok "four threads sign with it" "$digsig" sign --no-sync -J 4 \
			-k "$uri" --passphrase env:PIN many
		ok "and it verifies" "$digsig" verify -k "tok$k.der" many
	done
	PIN=wrong refused "PIN incorrect|the token gave no key" "a wrong PIN is refused" \
		"$digsig" sign -k "$uri" --passphrase env:PIN l
	refused "object not found|the token gave no key" "so is a key that is not there" \
		"$digsig" sign -k "pkcs11:token=site;object=x;type=private?pin-value=1234" l
else
	skip "keys in a token" "no softhsm2"
fi

# ---- bsign ------------------------------------------------------------------------------------
ln -s "$digsig" digsig-bsign
cp /bin/ls b1; cp /bin/cat b2; echo b2 > list
export DIGSIG_KEY=$PWD/site.key
ok "digsig-bsign -s signs" ./digsig-bsign -s b1 -f list
ok "and what it signed verifies" verify b1 b2
refused "no hash without a signature" "-H is refused with the reason" \
	./digsig-bsign -H b1
refused "Usage: digsig-bsign" "no command is an error" ./digsig-bsign b1
tap_end
