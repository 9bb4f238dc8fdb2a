#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# host: timeout=240
#
# make install puts everything where a node looks for it, and make uninstall
# leaves nothing.
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
root=$(mktemp -d)
at_exit rm -rf "$root"
release=$(scripts/kernels release 6.1)

run_make() { make --no-print-directory KVER="$release" DESTDIR="$root" "$@"; }

ok "make install" run_make install
module=$root/lib/modules/$release/updates/cgl/digsig_lsm.ko
for field in description author license version parm; do
	ok "modinfo has $field" grep -q . <(modinfo -F "$field" "$module")
done
is "the module is for this kernel" \
	"$(modinfo -F vermagic "$module" | cut -d ' ' -f 1)" "$release"
ok "the program runs" "$root/usr/sbin/digsig" -V
for file in usr/sbin/digsig-bsign usr/share/man/man8/digsig.8 \
	usr/share/man/man8/digsig-sign.8 lib/systemd/system/digsig.service \
	usr/share/bash-completion/completions/digsig etc/default/digsig \
	usr/include/linux/digsig_lsm.h usr/include/aem.h \
	usr/share/man/man3/aem_wait.3 usr/share/man/man7/aem.7 \
	usr/share/man/man8/aem.8 usr/sbin/aem \
	usr/share/bash-completion/completions/aem; do
	ok "$file is there" test -e "$root/$file"
done
cat > "$root/hello.c" <<'END'
#include <aem.h>
#include <linux/aem.h>
int main(void) { return !!aem_open(0, 1u << 20); }
END
pc=$(find "$root" -name aem.pc)
flags() {
	PKG_CONFIG_PATH=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$root \
		pkg-config "$@" aem
}
ok "a program finds the shared library" bash -c "gcc -Wall -Werror -o $root/hello \
	$root/hello.c $(flags --cflags --libs | tr '\n' ' ') &&
	LD_LIBRARY_PATH=${pc%/pkgconfig/*} $root/hello"
ok "and the static one" bash -c "gcc -static -o $root/hello $root/hello.c \
	$(flags --static --cflags --libs | tr '\n' ' ') && $root/hello"
rm -f "$root/hello" "$root/hello.c"
# tipc.ko would take the place of the kernel's: only when it is asked for.
modules=$(sed -n 's/^obj-m *+= *\(.*\)\.o$/\1.ko/p' ./*/Kbuild | sort)
is "all modules but tipc are installed, and none of the tests" \
	"$(find "$root/lib/modules" -name '*.ko' -printf '%f\n' | sort)" \
	"$(grep -v '^tipc\.ko$' <<< "$modules")"
is "DKMS installs the same" \
	"$(sed -n 's/^BUILT_MODULE_NAME.*="\(.*\)"/\1.ko/p' dkms.conf | sort)" \
	"$(grep -v '^tipc\.ko$' <<< "$modules")"
ok "make uninstall" run_make uninstall
is "what is left is configuration" \
	"$(find "$root" -type f -printf '%P\n' | sort)" \
	"$(cd systemd && printf 'etc/default/%s\n' *.default | sed 's/\.default$//')"

# What the DKMS packages bring: every file of the tree that a module was made of,
# as its build has noted, and the scripts that build. tipc is a package of its own.
ok "sources for DKMS" run_make install-dkms-source install-dkms-source-tipc
version=$(make -s print-version)
sources_missing() {
	local package=$1 file; shift
	for m; do find "build/$release/mod/$m" -name '.*.o.cmd'; done |
		xargs sed -n -e 's|^source_.* := ||p' \
			-e 's|^ *\(/[^ ]*/mod/[^ ]*\) .*|\1|p' | sort -u |
		xargs realpath -q --relative-to . | sort -u | grep -v '^build/' |
		while read -r file; do
			[ -e "$root/usr/src/$package-$version/$file" ] || echo "$file"
		done
}
mapfile -t dkms < <(sed -n 's|^BUILT_MODULE_LOCATION.*/mod/\(.*\)"|\1|p' dkms.conf)
is "no source is missing" "$(sources_missing cgl "${dkms[@]}")" ""
is "nor one of tipc" "$(sources_missing cgl-tipc tipc)" ""
is "its Makefile works without the rest of the tree" \
	"$(make -s -C "$root/usr/src/cgl-$version" print-version)" "$version"
tap_end
