#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# host: timeout=120
#
# Policies as files: what the compiler understands and what it complains about,
# show, diff, explain, and signatures.
#
# The program is build/tools/dsm, or $DSM.
#
# Functions are called through tap.sh:
# shellcheck disable=SC2317
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh

dsm=$(realpath "${DSM:-build/tools/dsm}")
digsig=$(realpath build/tools/digsig)
[ -x "$dsm" ] || skip_all "$dsm is not built"
mkdir -p build/tests
work=$(mktemp -d "$PWD/build/tests/policy.XXXXXX")
at_exit rm -rf "$work"
cd "$work" || exit 1

json() { "$dsm" -j "$@" | /usr/bin/python3 -c \
	'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$expr"; }
check() { printf '%s\n' "$1" | "$dsm" policy check -; }
# complains TEXT WHERE-AND-WHY POLICY
complains() { refused "^stdin:$2" "$1" check "$3"; }

head='sid web = 10; sid db = 11; nid alpha = 1;'

# ---- what is understood -----------------------------------------------------------
cat > all.pol <<'EOP'
# Every statement there is.
policy everything;
serial 4000000000;
permissive;
wire serial send; wire code require;
sid web = 10; sid db = 0x0b permissive; sid guest = 12;
sid system = 2;			# may be said once more
nid alpha = 1; nid beta = 4294967295;
group servers = { web, db };
initial guest;
default allow signal ptrace { read };
default allow tcp { create bind connect listen setopt } audit;
default deny udp quiet answer;
allow web@alpha -> db : tcp;
allow {web guest}@{alpha, 7} -> servers : udp { send receive }, icmp audit;
deny any -> web : raw;
allow servers -> self : unix_stream;
allow any@beta -> any : tipc { receive };
allow 77 -> 78 : fd;
peer 10.0.0.0/24 require nid alpha code;
peer 10.0.1.7 label sid guest;
peer 0.0.0.0/0 plain sid guest;
peer fe80::/10 deny;
transition any exec /usr/sbin/nginx to web;
transition {web db} exec "/opt/my app/" owner any to guest;
transition system exec /bin/x owner 1000 to db;
transition any digsig;
transition web digsig db to guest;
EOP
ok "every statement is understood" "$dsm" policy compile -q -o all.img all.pol
is "nothing is said about it with -q" "$("$dsm" policy check -q all.pol 2>&1 >/dev/null)" ""
expr='d[0]["rules"], d[0]["peers"], d[0]["transitions"], d[0]["serial"]'
is "and counted" "$(json policy check -q all.img)" "(22, 6, 6, 4000000000)"

"$dsm" policy show all.img > shown.pol
ok "what is shown can be compiled" "$dsm" policy compile -q -o again.img shown.pol
is "to the same policy" "$("$dsm" policy diff all.img again.img)" ""
is "and is shown the same" "$("$dsm" policy show again.img | tail -n +2)" \
	"$(tail -n +2 shown.pol)"
expr='[(p["prefix"], p["action"]) for p in d["peers"]][-2:]'
is "loopback is labelled without a word" "$(json policy show all.img)" \
	"[('127.0.0.0/8', 'label'), ('::1', 'label')]"
export SOURCE_DATE_EPOCH=5
"$dsm" policy compile -q -o one.img all.pol >&2
"$dsm" policy compile -q -o two.img all.pol >&2
ok "the same text gives the same bytes" cmp one.img two.img

# ---- what is complained about -------------------------------------------------------
complains "an unknown SID" '1:49: no SID is called "dbx"; did you mean "db"' \
	"$head allow dbx -> web : tcp;"
complains "an unknown NID" '1:52: no NID is called "beta"' \
	"$head allow db@beta -> web : tcp;"
complains "an unknown class" '1:61: there is no class "tpc"' \
	"$head allow db -> web : tpc;"
complains "an unknown permission" '1:67: there is no permission "hear"' \
	"$head allow db -> web : tcp { hear };"
complains "a permission of another class" '1:67: class tcp has no permission "use"' \
	"$head allow db -> web : tcp { use };"
complains "an unknown statement" '1:1: "permit" begins no statement' 'permit;'
complains "a missing semicolon" '2:1: expected ";" and not "sid"' $'sid a = 10\nsid b = 11;'
complains "a text that ends" '2:1: the text ends where ";" is expected' 'sid a = 10'
complains "a number for two SIDs" '1:[0-9]*: "web" has the same number, on line 1' \
	"$head sid other = 10;"
complains "a name for two SIDs" '1:[0-9]*: "web" is defined on line 1' \
	"$head sid web = 12;"
complains "SID 0" '1:9: a SID cannot be 0' 'sid a = 0;'
complains "a SID of 33 bits" '1:9: 4294967296 is greater' 'sid a = 4294967296;'
complains "a name of the language" '1:5: "any" is a word of the language' 'sid any = 5;'
complains "another number for the kernel" '1:5: "kernel" is 1 in every policy' 'sid kernel = 5;'
complains "two rules that contradict" '2:6: deny tcp { receive } contradicts line 1' \
	"$head allow web -> db : tcp;"$'\ndeny web -> db : tcp { receive };'
complains "any and itself" '1:[0-9]*: "any" has no self' "$head allow any -> self : tcp;"
complains "a flag that has no sense" '1:[0-9]*: quiet and answer are for "deny"' \
	"$head allow web -> db : tcp quiet;"
complains "a prefix with host bits" '1:6: 10.0.0.1 has bits set after the first 24' \
	'peer 10.0.0.1/24 plain;'
complains "a prefix that is too long" '1:6: "33" is not a length' 'peer 10.0.0.0/33 plain;'
complains "no address" '1:6: "10.0.0" is not an address' 'peer 10.0.0 plain;'
complains "an unknown action" '1:15: expected one of label' 'peer 10.0.0.1 trust;'
complains "a SID that cannot be used" '1:[0-9]*: "sid" is for what arrives unlabelled' \
	"$head peer 10.0.0.1 require sid web;"
complains "a relative path" '1:[0-9]*: expected an absolute path' \
	"$head transition any exec nginx to web;"
complains "a path with .." '1:[0-9]*: a path without' \
	"$head transition any exec /usr/../nginx to web;"
complains "two transitions of a program" '2:[0-9]*: line 1 is about the same program' \
	"$head transition any exec /x to web;"$'\ntransition any exec /x to db;'
complains "quotes that are not closed" '1:[0-9]*: the quotes are not closed' \
	"$head transition any exec \"/x to web;"
complains "a byte that is no letter" '1:[0-9]*: unexpected byte 0x01' $'sid a\x01 = 5;'
refused "lines 1 and 2 are about the same prefix" "a prefix twice" \
	check $'peer 10.0.0.0/8 plain;\npeer 10.0.0.0/8 deny;'
refused "did you mean \"db\"(.|\n)*no NID" "all errors are shown at once" \
	bash -c 'printf "%s\n" "sid db = 9;" "allow dn -> db : tcp;" "allow db@x -> db : tcp;" |
		"$0" policy check - 2>&1 | tr "\n" " "; exit 1' "$dsm"
printf 'sid a = 10;\n\tallow  a -> b : tcp;\n' > mark.pol
is "a mark stands below the word" "$("$dsm" policy check mark.pol 2>&1 | tail -n 1)" \
	$'    \t            ^'
refused "not a text" "an image is no text" "$dsm" policy compile -o x.img all.img
refused "No such file" "a file that is not there" "$dsm" policy check nothing
refused "option -n: cannot be 0" "serial 0" "$dsm" policy compile -n 0 -o x.img all.pol
ok "names that are not used are warned about" bash -c \
	'echo "sid a = 9;" | "$0" policy check - 2>&1 | grep -q "1:5: warning: SID \"a\" is not used"' "$dsm"
ok "and rules that say it again" bash -c 'printf "%s\n" "sid a = 9;" "allow a -> a : tcp;" \
	"allow a -> a : tcp { bind };" | "$0" policy check - 2>&1 |
	grep -q "3:7: warning: says again what line 2 says"' "$dsm"

# ---- damaged images -----------------------------------------------------------------
for at in 0 20 50 300; do
	cp all.img bad.img
	printf '\xa5' | dd of=bad.img bs=1 seek=$at conv=notrunc status=none
	refused "not a text|not a compiled|damaged|bad.img" "byte $at changed" \
		"$dsm" policy show bad.img
done
head -c 1000 all.img > bad.img
refused "cut off" "an image that was cut" "$dsm" policy show bad.img

# ---- diff -----------------------------------------------------------------------------
sed 's/^allow 77 -> 78 : fd;/allow 77 -> 79 : fd;/' all.pol > other.pol
expr='sorted((c["change"], c["statement"]) for c in d)'
is "diff shows what changes" "$(json policy diff all.pol other.pol)" \
	"[('+', 'allow 77 -> 79 : fd;'), ('-', 'allow 77 -> 78 : fd;')]"

# ---- explain --------------------------------------------------------------------------
cat > why.pol <<'EOP'
sid web = 10; sid db = 11; sid guest = 12 permissive; nid alpha = 1; nid beta = 2;
default allow signal;
allow web -> db : tcp { receive };
deny web@beta -> db : tcp { receive } answer;
deny any -> db : udp;
EOP
explain() { "$dsm" -j policy explain -f why.pol "$@" | /usr/bin/python3 -c \
	'import json,sys; d=json.load(sys.stdin)[0]; print(eval(sys.argv[1]))' "$expr"; }
expr='d["verdict"], d["line"], d["source"]'
is "a rule that allows" "$(explain web@alpha db tcp receive)" \
	"('allowed', 3, 'allow web -> db : tcp { receive };')"
is "a more specific one that denies" "$(explain web@beta db tcp receive)" \
	"('denied', 4, 'deny web@beta -> db : tcp { receive } answer;')"
expr='d["verdict"], d["default"], d["remedy"]'
is "a default that denies, and what would allow" \
	"$(explain web@alpha web tcp receive)" \
	"('denied', True, 'allow web@alpha -> web : tcp { receive };')"
expr='d["verdict"], d["default"]'
is "a default that allows" "$(explain web@alpha web signal)" "('allowed', True)"
is "a permissive SID" "$(explain guest@alpha db udp send)" "('permissive', False)"
is "a record of the kernel's log" "$(explain -r \
	'dsm: refused: op=receive cause=rule denied=1 class=tcp ssid=10 snid=2 tsid=11 serial=1 saddr=10.0.0.1')" \
	"('denied', False)"
is "a record of the monitor" "$(echo '{"op":"receive","denied":true,"class":"udp","perms":["receive"],"ssid":10,"snid":1,"tsid":11,"reason":"rule","serial":1}' |
	explain -r -)" "('denied', False)"
expr='d["reason"], d["reason_text"]'
is "a reason that is no rule" "$(explain -r 'op=receive cause=nid_spoofed class=none ssid=10 snid=2 tsid=11')" \
	"('nid_spoofed', 'that address has another NID')"
expr='d["source"], d["destination"]'
is "says between whom" "$(explain -r 'op=receive cause=nid_spoofed class=none ssid=10 snid=2 tsid=11 saddr=10.0.0.1 daddr=10.0.0.2')" \
	"('10.0.0.1', '10.0.0.2')"
expr='d["verdict"], d["remedy"]'
is "a record of a peer that has no NID" "$(explain -r 'op=receive cause=rule class=udp ssid=10 snid=0 tsid=12')" \
	"('permissive', 'allow web@any -> guest : udp { receive };')"
refused '"0" is no SID, which is' "SID 0" explain 0@alpha db tcp
refused '"4294967296" is no NID' "a NID of 33 bits" explain web@4294967296 db tcp
refused "no SID is called" "an unknown SID" explain webb@alpha db tcp
refused "has no \"@NODE\"" "a sender without a node" explain web db tcp
refused "no class" "an unknown class" explain web@alpha db tpc
refused "no record" "a line that is no record" explain -r 'hello'
refused "not enough is known" "a record with a SID of 37 bits" \
	explain -r 'op=receive cause=rule class=tcp ssid=99999999999 snid=1 tsid=11'
refused "not enough is known" "a record with a SID that is none" \
	explain -r 'op=receive cause=rule class=tcp ssid=7up snid=1 tsid=11'

# ---- signatures -------------------------------------------------------------------------
if [ -x "$digsig" ]; then
	for alg in rsa2048 p256; do
		"$digsig" keygen $alg --alg $alg >&2
		cp all.img $alg.img
		ok "an image is signed with $alg" "$dsm" policy sign -k $alg.key $alg.img
		ok "and verified" "$dsm" policy verify -C $alg.pem $alg.img
		ok "and still an image" "$dsm" policy check -q $alg.img
	done
	refused "not that of anyone who is trusted" "by another it is not" \
		"$dsm" policy verify -C p256.pem rsa2048.img
	refused "not signed" "an image without a signature" \
		"$dsm" policy verify -C p256.pem all.img
	ok "it is signed again by another" "$dsm" policy sign -k p256.key rsa2048.img
	ok "who is the signer then" "$dsm" policy verify -C p256.pem rsa2048.img
	cat rsa2048.img /dev/null > grown.img; echo >> grown.img
	refused "length of the signature" "bytes behind a signature" \
		"$dsm" policy check -q grown.img
	head -c 40 p256.img > signed
	len=$(/usr/bin/python3 -c 'import struct; print(struct.unpack("<I",
		open("p256.img", "rb").read()[52:56])[0])')
	tail -c +$((len + 17)) p256.img > p256.der
	ok "openssl says so, too" openssl cms -verify -binary -inform DER -in p256.der \
		-content signed -certfile p256.pem -noverify -out /dev/null
	ok "compiling and signing is one command" "$dsm" policy compile -q -k p256.key \
		-o p256.img all.pol
	ok "verified as well" "$dsm" policy verify -C p256.pem p256.img
	cp p256.img before.img
	refused "certificate is not that of the key" "a key of another certificate" \
		"$dsm" policy compile -q -k p256.key -C rsa2048.pem -o p256.img all.pol
	ok "leaves the image that was there" cmp before.img p256.img
	refused "goes with a key" "a certificate alone" \
		"$dsm" policy compile -q -C p256.pem -o p256.img all.pol
	refused "certificate of the key cannot be read" "a key without a certificate" \
		"$dsm" policy sign -k p256.key -C nothing all.img
	refused "not that of the key" "a certificate of another key" \
		"$dsm" policy sign -k p256.key -C rsa2048.pem all.img
fi

# ---- keys: what is seen before the kernel is asked -------------------------------------
digits=00112233445566778899aabbccddeeff
key() { printf '%s\n' "$1" | "$dsm" keys add 1 1 -; }
refused "32 hexadecimal digits, and nothing else" "a key that is too short" key "${digits%f}"
refused "32 hexadecimal digits, and nothing else" "one that is too long" key "${digits}0"
refused "32 hexadecimal digits, and nothing else" "letters that are no digits" key "${digits%ff}0x"
refused "32 hexadecimal digits, and nothing else" "two keys" key "$digits"$'\n'"$digits"
refused '"0" is not an epoch' "epoch 0" "$dsm" keys use 0
refused '"4294967296" is not an epoch' "an epoch of 33 bits" "$dsm" keys use 4294967296
refused '"-1" is not an epoch' "a negative one" "$dsm" keys use -- -1
refused "No such file" "keys that are not there" "$dsm" keys load nothing
keyfile() { printf '%b' "$1" > keys; "$dsm" keys load keys; }
refused "not as dsmd writes it" "a file of other contents" keyfile 'hello\n'
refused "not as dsmd writes it" "a file that was cut" \
	keyfile "keys 1\nepoch 1\ncount 2\nnid 1 epoch 1 key $digits\nend\n"
refused "not as dsmd writes it" "a NID of 0" \
	keyfile "keys 1\nepoch 1\ncount 1\nnid 0 epoch 1 key $digits\nend\n"
refused "not as dsmd writes it" "too many keys" keyfile "keys 1\nepoch 1\ncount 4000000000\n"
refused "module dsm is not loaded|not permitted" "good keys go to the kernel" \
	keyfile "keys 1\nepoch 1\ncount 1\nnid 1 epoch 1 key $digits\nend\n"

# ---- FIBs ---------------------------------------------------------------------------------
compile_fib() { echo "policy f; sid web = 10 permissive fib $1;" | "$dsm" policy compile -q -o fib.img -; }
ok "a SID may have a FIB" compile_fib 65535
is "which is shown" "$("$dsm" policy show fib.img | grep '^sid web')" \
	"sid web = 10 permissive fib 65535;"
refused "from 1 to 65535" "one of many" compile_fib 65536
refused "from 1 to 65535" "and not the one that is none" compile_fib 0

# ---- many rules ---------------------------------------------------------------------------
{
	for i in $(seq 1000); do echo "sid s$i = $((i + 9));"; done
	echo "group g = { $(seq -f s%g -s ' ' 1000) };"
	for i in $(seq 100); do echo "allow g -> s$i : tcp { receive };"; done
} > many.pol
ok "100,000 rules are compiled" "$dsm" policy compile -q -o many.img many.pol
expr='d[0]["rules"]'
is "all of them" "$(json policy check many.img)" 100000
expr='[r["verdict"] for r in d]'
is "and found" "$(json policy explain -f many.img s77@5 s100 tcp receive)" "['allowed']"
is "no more than they" "$(json policy explain -f many.img s77@5 s101 tcp receive)" "['denied']"
refused "more than 1048576 rules" "a million is the limit" bash -c \
	'{ cat many.pol; echo "allow g -> g : tcp, udp;"; } | "$0" policy check -q -' "$dsm"
tap_end
