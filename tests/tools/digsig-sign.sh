#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# host: timeout=300
#
# digsig sign, verify, show and strip on programs of this machine: what they
# give back, what ELF tools say, what is kept, what is refused.
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
# Not below /tmp: that may be a file system without attributes.
mkdir -p build/tests
work=$(mktemp -d "$PWD/build/tests/sign.XXXXXX")
at_exit rm -rf "$work"
cd "$work" || exit 1

field() { "$digsig" -j show "$1" | /usr/bin/python3 -c \
	'import json,sys; print(json.load(sys.stdin)[0][sys.argv[1]])' "$2"; }
sum() { sha256sum < "$1"; }
# poke FILE OFFSET: another value for one byte
poke() {
	local byte
	byte=$(dd if="$1" bs=1 skip="$2" count=1 2>/dev/null | od -An -tu1)
	printf "\\x$(printf %02x $((byte ^ 1)))" |
		dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
elf_of() { find -L "$@" -maxdepth 1 -type f -size +8 -size -20000 -exec sh -c \
	'for f; do [ "$(head -c 4 "$f" | tail -c 3)" = ELF ] && echo "$f"; done' \
	- {} + 2>/dev/null | sort; }
sign() { "$digsig" sign --no-sync -k site.key "$@"; }
verify() { "$digsig" verify -k site.der "$@"; }

for k in "site rsa2048" "other rsa3072" "big rsa4096" "p256 p256" "p384 p384"; do
	ok "keygen ${k#* }" "$digsig" keygen "${k% *}" --alg "${k#* }"
done

# ---- round trips over a sample of this machine ----------------------------------
mapfile -t found < <(elf_of /usr/bin /usr/sbin | awk 'NR % 24 == 1'
	elf_of /usr/lib/x86_64-linux-gnu | awk 'NR % 24 == 1'
	echo /lib64/ld-linux-x86-64.so.2)
mkdir plain
for f in "${found[@]}"; do cp -L --preserve=mode,timestamps "$f" plain/; done
count=$(find plain -type f | wc -l)
note "$count programs and libraries, $(du -sh plain | cut -f1)"
cp -a plain signed
ok "a tree is signed" sign signed
is "all of it" "$out" "signed $count unchanged 0 failed 0"
ok "and verifies" verify signed
silent() { [ -z "$(find signed -type f -exec "$@" {} + 2>&1 >/dev/null |
	grep -v '^$' | tee said | head -5)" ] || { head -5 said; false; }; }
# What readelf says of the unsigned file is not ours.
same_warnings() {
	( cd plain && find . -type f | sort | xargs readelf -aW 2>&1 >/dev/null |
		grep -i 'warn\|error' ) > before
	( cd signed && find . -type f | sort | xargs readelf -aW 2>&1 >/dev/null |
		grep -i 'warn\|error' ) > after
	diff before after
}
ok "readelf says nothing that it did not say before" same_warnings
ok "objdump -h reads them" silent objdump -h
ok "eu-readelf -S reads them" silent eu-readelf -S
ok "nm -D reads them" sh -c 'nm -D signed/ld-linux-x86-64.so.2 >/dev/null'
has_section() {
	local f
	for f in signed/*; do
		readelf -SW "$f" | grep -q '\.digsig *PROGBITS *0* ' ||
			{ echo "$f"; return 1; }
	done
}
ok "each has a section .digsig without an address" has_section
one_more() {
	local f a b
	for f in plain/*; do
		a=$(readelf -hW "$f" | awk '/Number of section/ { print $5 }')
		b=$(readelf -hW "signed/${f#plain/}" |
			awk '/Number of section/ { print $5 }')
		[ $((a + 1)) -eq "$b" ] || { echo "$f $a $b"; return 1; }
	done
}
ok "which is one more" one_more
find signed -type f -exec sha256sum {} + | sort > first
ok "signing again is said to change nothing" sign signed
is "nothing is signed again" "$out" "signed 0 unchanged $count failed 0"
find signed -type f -exec sha256sum {} + | sort > second
ok "and it does not" diff first second
rm -rf again; cp -a plain again; sign again >/dev/null
( cd again && find . -type f -exec sha256sum {} + | sed 's, \./, signed/,' |
	sort ) > third
ok "RSA signatures are the same each time" diff first third
ok "strip" "$digsig" strip --no-sync again
ok "gives back every byte" diff -r plain again
ok "signed with another key" "$digsig" sign --no-sync -k other.key signed
ok "verifies with that" "$digsig" verify -k other.der signed
refused "not trusted here" "and with the first no more" verify signed
for k in big p256 p384; do
	ok "and with $k" "$digsig" sign --no-sync -k $k.key signed
	ok "which verifies" "$digsig" verify -k $k.der signed
done
ok "stripped after all of these" "$digsig" strip --no-sync signed
ok "every byte is as before" diff -r plain signed
ways() { "$digsig" -j sign --no-sync -k site.key "$@" | /usr/bin/python3 -c \
	'import json,sys; r = json.load(sys.stdin)
print(r["in_place"], r["copied"], r["failed"])'; }
rm -rf again; cp -a plain again
is "all with --copy" "$(ways --copy again)" "0 $count 0"
( cd again && find . -type f -exec sha256sum {} + | sed 's, \./, signed/,' |
	sort ) > fourth
ok "gives the same bytes" diff first fourth
cp -a plain place
ok "signed in place" sign --in-place place
ok "verifies" verify place
( cd place && find . -type f -exec sha256sum {} + | sed 's, \./, signed/,' |
	sort ) > fourth
ok "in place gives the same bytes" diff first fourth
ok "signed in place with a longer key" "$digsig" sign --in-place --no-sync \
	-k big.key place
ok "and a shorter one" "$digsig" sign --in-place --no-sync -k p256.key place
ok "stripped in place" "$digsig" strip --in-place --no-sync place
ok "gives back every byte too" diff -r plain place

# ---- signed programs run ------------------------------------------------------------
mkdir run
cp /bin/bash /bin/ls /usr/bin/python3.11 /usr/bin/gdb run/ 2>/dev/null
cp /lib64/ld-linux-x86-64.so.2 /lib/x86_64-linux-gnu/libc.so.6 \
	/lib/x86_64-linux-gnu/libtinfo.so.6 run/
sign run >/dev/null
is "bash runs" "$(run/bash -c 'echo $((6 * 7))')" 42
is "ls runs" "$(run/ls -d /)" /
is "python3 runs" "$(run/python3.11 -c 'import json; print(json.dumps(1))')" 1
is "ld.so and libc.so.6 run" \
	"$(run/ld-linux-x86-64.so.2 --library-path run run/ls -d /)" /
is "ldd finds libraries" \
	"$(ldd run/ls | grep -c libc.so.6)" 1
ok "gdb reads one" sh -c 'gdb -batch -ex "info files" run/ls | grep -q Entry'
cp run/ls stripped; strip stripped 2>/dev/null
refused "not signed" "strip of binutils takes the signature's place at the end" \
	verify stripped
ok "what strip left runs" ./stripped -d /
ok "and is signed again" sign stripped
is "with one section .digsig" "$(readelf -SW stripped | grep -c '\.digsig')" 1
ok "and verifies" verify stripped

# ---- tampering -----------------------------------------------------------------------
cp /bin/ls one; sign one >/dev/null
off=$(field one sig_off) len=$(field one file_len) plain_len=$(field one plain_len)
for where in "the ELF header:40" "the text:20000" "the last covered byte:$((off - 1))" \
	"the wrapping:$((plain_len + 100))" "the signature:$off" \
	"the signature's end:$((len - 65))"; do
	cp one bad; poke bad "${where#*:}"
	refused "signature does not match|signature is bad|bad signature|changed" \
		"a changed byte in ${where%:*}" verify bad
done
# Every byte of the footer: no value but one is right.
tampered=0
for i in $(seq 1 64); do
	cp one bad; poke bad $((len - i))
	verify bad >/dev/null 2>&1 || tampered=$((tampered + 1))
done
is "a changed byte anywhere in the footer" $tampered 64
cp one bad; truncate -s -1 bad
refused "not signed" "the last byte missing" verify bad
cp one bad; printf x >> bad
refused "not signed" "a byte too many" verify bad
cp /bin/cat cat; sign cat >/dev/null
head -c "$(field cat sig_off)" cat > moved; tail -c 320 one >> moved
refused "another length|malformed|contradicts" "a signature of another file" \
	verify moved
cp /bin/ls two; sign --flags jit --sid 7 --generation 3 two >/dev/null
is "flags are signed" "$(field two flags)" jit
is "and the SID" "$(field two sid)" 7
is "and the generation" "$(field two generation)" 3
ok "with attributes it verifies" verify two
is "other attributes sign again" \
	"$(sign --flags jit --sid 8 --generation 3 two)" \
	"signed 1 unchanged 0 failed 0"

# ---- what is kept ---------------------------------------------------------------------
cp /bin/ping kept 2>/dev/null || cp /bin/ls kept
chmod 4751 kept; touch -d '2001-02-03 04:05:06.789' kept
before=$(stat -c '%a %u %g %y' kept)
if [ "$(id -u)" -eq 0 ]; then
	chown 12:34 kept; chmod 4751 kept; touch -d '2001-02-03 04:05:06.789' kept
	before=$(stat -c '%a %u %g %y' kept)
	setcap cap_net_raw+ep kept
	setfacl -m u:7:rx kept; before=$(stat -c '%a %u %g %y' kept)
fi
setfattr -n user.origin -v here kept
for how in "" --copy --in-place; do
	cp -a kept now
	ok "signed ${how:-by default}" sign $how now
	is "mode, owner and time ${how:-by default}" \
		"$(stat -c '%a %u %g %y' now)" "$before"
	is "attributes ${how:-by default}" \
		"$(getfattr -d -m - now 2>/dev/null | sed 1d)" \
		"$(getfattr -d -m - kept 2>/dev/null | sed 1d)"
	"$digsig" strip --no-sync $how now >/dev/null
	is "capabilities after strip ${how:-by default}" \
		"$(getcap now | cut -d' ' -f2)" "$(getcap kept | cut -d' ' -f2)"
done
mkdir links links/sub; cp /bin/ls links/a; ln links/a links/b; ln links/a links/sub/c
ok "a file of three names" sign links
is "is one file" "$out" "signed 1 unchanged 0 failed 0"
is "and keeps its names" "$(stat -c '%h %i' links/a links/b links/sub/c |
	sort -u | wc -l) $(stat -c %h links/sub/c)" "1 3"
cp /bin/cat out1; ln out1 out2
refused "has 2 names and only 1" "with --copy names elsewhere are refused" \
	sign --copy out1
refused "not signed" "and nothing is done" verify out1
ok "unless they are given too" sign --copy out1 out2
"$digsig" strip --no-sync --copy out1 out2 >/dev/null
ok "by default such a file is signed in place" sign out1
ok "which the other name shows" verify out2
refused "has 2 names and only 1" "signed by another key it would be replaced" \
	"$digsig" sign --no-sync -k other.key out1
ok "it is stripped in place" "$digsig" strip --no-sync out1
ok "which the other name shows, too" cmp out2 /bin/cat
ok "and signed" sign --in-place out1
in_use() { exec 9< out1; sign --in-place -g 5 out1 9<&-; local r=$?; exec 9<&-
	return "$r"; }
refused "is in use" "in place, not while somebody has it open" in_use
refused "is in use|Text file busy" "nor while it runs" sh -c 'cp /bin/sleep doze
	./doze 5 & p=$!; sleep 0.2
	"$0" sign --in-place -k site.key doze; r=$?; kill $p; exit $r' "$digsig"
ok "afterwards it is" sign --in-place -g 5 out1
# ---- in place or by a new file ----------------------------------------------------
# way TEXT WANT CMD...: how CMD signed the file "file", by what it says and did
way() {
	local text=$1 want=$2 before after; shift 2
	before=$(stat -c %i file)
	ok "$text: signed" "$@"
	grep -o 'in place$\|by a new file$' <<< "$out" > how
	is "$text: $want" "$(cat how)" "$want"
	after=$(stat -c %i file)
	is "$text: which the inode shows" \
		"$([ "$before" = "$after" ] && echo in place || echo by a new file)" \
		"$want"
	ok "$text: it verifies" verify file
}
held() { exec 9< file; sign "$@" 9<&-; local r=$?; exec 9<&-; return "$r"; }
mapped() { /usr/bin/python3 -c 'import mmap, os, subprocess, sys
fd = os.open("file", os.O_RDONLY)
held = mmap.mmap(fd, 4096, prot=mmap.PROT_READ)
os.close(fd)
sys.exit(subprocess.call(sys.argv[1:]))' "$digsig" sign --no-sync -k site.key "$@"; }
running() { ./file 30 & local p=$!
	wait_for 10 sh -c "readlink /proc/$p/exe | grep -q file"
	sign "$@"; local r=$?
	kill "$p"; wait "$p" 2>/dev/null; return "$r"; }
new() { rm -f file; cp /bin/sleep file; }
new; way "a file that nobody uses" "in place" sign -v file
way "one that has a signature" "by a new file" sign -v -g 2 file
new; way "one that somebody has open" "by a new file" held -v file
new; way "one that is mapped" "by a new file" mapped -v file
new; way "one that runs" "by a new file" running -v file
new; way "--copy" "by a new file" sign -v --copy file
new; chmod 2755 file; way "set-group-ID" "by a new file" sign -v file
is "and is so afterwards" "$(stat -c %a file)" 2755
way "with a signature, --in-place" "in place" sign -v --in-place -g 3 file
new
if [ "$(id -u)" -eq 0 ]; then
	setcap cap_net_raw+ep file
	way "capabilities" "by a new file" sign -v file
	is "which it has afterwards" "$(getcap file)" "file cap_net_raw=ep"
	new; setfattr -n security.ima -v 0x0102 file
	way "a hash of IMA" "by a new file" sign -v file
	is "which is gone" "$(getfattr -d -m security.ima file 2>&1)" ""
	new; chattr +i file 2>/dev/null && {
		refused "not permitted" "an immutable file" sign file
		chattr -i file
		refused "not signed" "is left alone" verify file
	}
	# Whoever may replace the file and not write to it.
	mkdir -m 700 own && cp /bin/cat own/file && chmod 555 own/file &&
		cp site.key "$digsig" own/ && chown -R 12345 own &&
		chmod go+x "$work" && before=$(stat -c %i own/file) &&
		ok "a file that its owner may not write to" setpriv --reuid 12345 \
			--clear-groups sh -c \
			'cd own && ./digsig sign -k site.key file' &&
		is "is replaced" "$(test "$before" != "$(stat -c %i own/file)" &&
			stat -c '%a %u' own/file)" "555 12345"
fi
refused "exclude each other" "--copy with --in-place" sign --copy --in-place file
is "is a mistake of the caller" "$("$digsig" sign --copy --in-place -k site.key \
	file 2>/dev/null; echo $?)" 2
refused "exclude each other" "for strip as well" \
	"$digsig" strip --copy --in-place file
new; sign file >/dev/null; before=$(stat -c %i file)
"$digsig" strip --no-sync file >/dev/null
is "stripped in place by default" "$(stat -c %i file)" "$before"
sign file >/dev/null
stripped_held() { exec 9< file; "$digsig" strip --no-sync file 9<&-
	local r=$?; exec 9<&-; return "$r"; }
ok "or, when it is open, by a new file" stripped_held
ok "byte for byte" cmp file /bin/sleep
is "which it is" "$([ "$(stat -c %i file)" = "$before" ] || echo new)" new
ln -s one symlink; mkdir treelink; ln -s ../one treelink/l; cp one treelink/f
refused "is a symbolic link" "a symbolic link is refused by name" sign symlink
before=$(stat -c '%i' one)
sign --generation 9 treelink >/dev/null
is "and skipped in a tree" "$(stat -c '%i' one) $(readlink treelink/l)" \
	"$before ../one"
ok "a running program is replaced" sh -c 'cp /bin/sleep nap; ./nap 5 & p=$!
	"$0" sign --no-sync -k site.key nap; r=$?; kill $p; exit $r' "$digsig"
ok "and the new one verifies" verify nap

# ---- what is no ELF program ---------------------------------------------------------
printf '#!/bin/sh\necho ok\n' > script; chmod +x script
refused "no ELF program" "a script is not signed" sign script
ok "unless --any" sign --any script
ok "and verifies" verify script
is "without wrapping" "$(field script wrap_len)" 0
is "and runs up to its end" "$(./script 2>/dev/null)" ok
"$digsig" strip --no-sync script >/dev/null
is "stripped again" "$(cat script)" "$(printf '#!/bin/sh\necho ok\n')"
cp /bin/ls noshdr
# e_shoff, e_shnum and e_shstrndx are zero in what sstrip leaves.
dd if=/dev/zero of=noshdr bs=1 seek=40 count=8 conv=notrunc 2>/dev/null
dd if=/dev/zero of=noshdr bs=1 seek=60 count=4 conv=notrunc 2>/dev/null
cp noshdr noshdr.plain
ok "an ELF file without section headers" sign noshdr
is "has no wrapping" "$(field noshdr wrap_len)" 0
ok "runs" ./noshdr -d /
ok "verifies" verify noshdr
"$digsig" strip --no-sync noshdr >/dev/null
ok "and is given back" cmp noshdr noshdr.plain

# ---- other classes and byte orders, and many sections ----------------------------------
cat > make_elf.py <<'PY'
"""Writes an ELF file of any class and byte order, with any number of sections."""
import struct
import sys
path, bits, order, count = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
names = b"\0.shstrtab\0.x\0"
big = bits == 64
ehdr = struct.Struct(order + ("HHIQQQIHHHHHH" if big else "HHIIIIIHHHHHH"))
shdr = struct.Struct(order + ("IIQQQQIIQQ" if big else "IIIIIIIIII"))
start = 16 + ehdr.size
shoff = (start + len(names) + 7) & ~7
many = count >= 0xff00
ident = b"\x7fELF" + bytes([2 if big else 1, 1 if order == "<" else 2, 1]) + bytes(9)
strndx = count - 1
head = ehdr.pack(3, 0, 1, 0, 0, shoff, 0, start, 0, 0, shdr.size,
                 0 if many else count, 0xffff if many else strndx)
table = [shdr.pack(0, 0, 0, 0, 0, count if many else 0, strndx if many else 0,
                   0, 0, 0)]
table += [shdr.pack(11, 1, 0, 0, start, 1, 0, 0, 1, 0)] * (count - 2)
table.append(shdr.pack(1, 3, 0, 0, start, len(names), 0, 0, 1, 0))
data = ident + head + names
data += bytes(shoff - len(data)) + b"".join(table)
open(path, "wb").write(data)
PY
for case in "64 > 5" "32 < 5" "32 > 5" "64 < 65279" "64 < 65280" "64 < 70000" \
	"32 > 65279"; do
	read -r bits order n <<< "$case"
	/usr/bin/python3 make_elf.py made "$bits" "$order" "$n"
	cp made made.plain
	ok "$bits bits, $order, $n sections: signed" sign made
	ok "$bits bits, $order, $n sections: verifies" verify made
	is "$bits bits, $order, $n sections: .digsig is the last" \
		"$(readelf -SW made 2>&1 | grep -c '\.digsig')" 1
	refused . "$bits bits, $order, $n sections: no warning" \
		sh -c "readelf -hSW made 2>&1 >/dev/null | grep . && exit 0
			echo none; exit 1"
	"$digsig" strip --no-sync made >/dev/null
	ok "$bits bits, $order, $n sections: given back" cmp made made.plain
done

# ---- jobs, interruptions --------------------------------------------------------------
rm -rf signed; cp -a plain signed
ok "eight threads" sign --jobs 8 signed
( cd signed && find . -type f -exec sha256sum {} + | sed 's, \./, signed/,' |
	sort ) > fifth
ok "sign as one does" diff first fifth
race() {
	rm -rf raced; cp -a plain raced
	"$digsig" sign --no-sync -k site.key raced >/dev/null 2>&1 &
	"$digsig" sign --no-sync -k site.key raced >/dev/null 2>&1
	wait $!
	sign raced >/dev/null && verify raced
}
ok "two signers at once leave good files" race
# Killed at any moment: every file is the old one or the new one.
whole() {
	local f name bad=0
	for f in killed/*; do
		name=${f#killed/}
		cmp -s "$f" "plain/$name" || cmp -s "$f" "signed/$name" ||
			{ echo "$f is neither"; bad=1; }
	done
	return "$bad"
}
litter() { find killed -name '.digsig-tmp.*' | grep . && return 1; return 0; }
for signal in KILL TERM INT; do
	for delay in 0.01 0.03 0.08 --copy; do
		rm -rf killed; cp -a plain killed
		how=''
		[ $delay != --copy ] || how=--copy delay=0.03
		# shellcheck disable=SC2086 # one word or none
		"$digsig" sign $how -k site.key -J 2 killed >/dev/null 2>&1 &
		sleep $delay; kill -$signal $! 2>/dev/null; wait $! 2>/dev/null
		status=$?
		ok "SIG$signal $how after $delay s ($status): all files whole" whole
		[ $signal = KILL ] ||
			ok "SIG$signal $how after $delay s: no litter" litter
	done
done
is "a dry run says what it would do" "$("$digsig" sign -n -k site.key plain)" \
	"to sign $count unchanged 0 failed 0"
refused "not signed" "and does nothing" verify plain

# ---- bad input --------------------------------------------------------------------------
head -c 3000 /bin/ls > trunc
refused "truncated" "a truncated program" sign trunc
printf '\177ELF' > tiny; refused "no ELF program" "four bytes" sign tiny
: > empty; refused "no ELF program" "an empty file" sign empty
cp /bin/ls huge; printf '\xff\xff' | dd of=huge bs=1 seek=60 conv=notrunc 2>/dev/null
refused "truncated" "section headers beyond the end" sign huge
refused "No such file" "no file" sign nothing
refused "neither a regular file" "a device" sign /dev/null
seed=${SEED:-$RANDOM}
note "seed $seed (SEED=$seed repeats it)"
RANDOM=$seed
mkdir bad
openssl enc -aes-128-ctr -nosalt -pass "pass:$seed" -in /dev/zero 2>/dev/null |
	head -c 700000 > noise
for i in $(seq 1 200); do
	{ head -c $((RANDOM % 120)) /bin/ls
	  tail -c +$((i * 3000)) noise | head -c $((RANDOM % 3000 + 64)); } > "bad/$i"
done
find bad -type f -exec sha256sum {} + > bad.sums
sign bad/* >/dev/null 2>bad.err
is "garbage ends in sentences" "$(grep -cv '^Error: ' bad.err)" 0
unchanged_or_signed() {
	"$digsig" strip --no-sync bad/* >/dev/null 2>&1
	sha256sum -c --quiet bad.sums
}
ok "and nothing of it is lost" unchanged_or_signed
ok "no key" sh -c '! "$0" sign -k nothing.key one 2>err && grep -q "No such file" err' "$digsig"
refused "no private key" "a key that is none" "$digsig" sign -k site.der one
refused "is there already" "a key is not overwritten" "$digsig" keygen site
if [ "$(id -u)" -eq 0 ]; then
	mkdir full && mount -t tmpfs -o size=3m none full 2>/dev/null && {
		at_exit umount "$work/full"
		cp plain/* full/ 2>/dev/null
		find full -type f -size -1k -delete
		cp -a /bin/bash full/bash 2>/dev/null || true
		find full -type f -exec sha256sum {} + > full.sums
		dd if=/dev/zero of=full/fill bs=4k 2>/dev/null
		refused "No space left" "a full disk" sign full
		old_or_signed() {
			local sum f
			while read -r sum f; do
				[ "$(sha256sum < "$f")" = "$sum  -" ] ||
					verify "$f" || return 1
			done < full.sums
		}
		ok "loses nothing" old_or_signed
		is "and leaves nothing" "$(find full -name '.digsig*')" ""
	}
fi
# Where files share extents only the ends are written.
for fs in btrfs xfs; do
	if [ "$(id -u)" -ne 0 ] || ! command -v mkfs.$fs >/dev/null; then
		skip "signing on $fs" "needs root and mkfs.$fs"
		continue
	fi
	truncate -s 320M $fs.img; mkdir $fs
	if ! mkfs.$fs $fs.img >/dev/null 2>&1 ||
	   ! mount -o loop $fs.img $fs 2>/dev/null; then
		skip "signing on $fs" "cannot mount it here"
		continue
	fi
	at_exit umount "$work/$fs"
	cp -a plain $fs/plain; cp -a plain $fs/tree
	ok "signing on $fs" sign $fs/tree
	ok "$fs: verifies" verify $fs/tree
	( cd $fs/tree && find . -type f -exec sha256sum {} + |
		sed 's, \./, signed/,' | sort ) > sixth
	ok "$fs: the same bytes" diff first sixth
	ok "$fs: signed with a longer key" "$digsig" sign --no-sync -k big.key $fs/tree
	ok "$fs: and a shorter one" "$digsig" sign --no-sync -k p256.key $fs/tree
	ok "$fs: stripped" "$digsig" strip --no-sync $fs/tree
	ok "$fs: gives back every byte" diff -r plain $fs/tree
done
# Opened for writing, a file of the lower layer becomes another one.
mkdir ov ov/lower ov/upper ov/all
cp plain/* ov/lower/
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs none ov/upper 2>/dev/null &&
   mkdir ov/upper/u ov/upper/w && mount -t overlay none ov/all \
	-o lowerdir=ov/lower,upperdir=ov/upper/u,workdir=ov/upper/w 2>/dev/null; then
	at_exit umount "$work/ov/upper"
	at_exit umount "$work/ov/all"
	ok "signing on an overlay" sign ov/all
	ok "overlay: verifies" verify ov/all
	ok "overlay: below nothing has changed" diff -r plain ov/lower
	ok "overlay: stripped" "$digsig" strip --no-sync ov/all
	ok "overlay: gives back every byte" diff -r plain ov/all
else
	skip "signing on an overlay" "cannot mount one here"
fi
changing() {
	cp plain/ld-linux-x86-64.so.2 moving
	head -c 60000000 /dev/zero >> moving
	( for _ in $(seq 400); do printf x >> moving; sleep 0.001; done ) &
	sleep 0.05
	"$digsig" sign --no-sync -k site.key moving
	local r=$?
	wait
	return "$r"
}
refused "changed while it was read" "a file that changes while it is read" changing
tap_end
