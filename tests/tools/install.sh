#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
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
	usr/include/linux/digsig_lsm.h; do
	ok "$file is there" test -e "$root/$file"
done
# tipc.ko would take the place of the kernel's: only when it is asked for.
modules=$(sed -n 's/^obj-m *+= *\(.*\)\.o$/\1.ko/p' ./*/Kbuild | sort)
is "all modules but tipc are installed, and none of the tests" \
	"$(find "$root/lib/modules" -name '*.ko' -printf '%f\n' | sort)" \
	"$(grep -v '^tipc\.ko$' <<< "$modules")"
is "DKMS installs the same" \
	"$(sed -n 's/^BUILT_MODULE_NAME.*="\(.*\)"/\1.ko/p' dkms.conf | sort)" \
	"$(grep -v '^tipc\.ko$' <<< "$modules")"
ok "make uninstall" run_make uninstall
is "what is left is configuration" "$(find "$root" -type f -printf '%P\n')" \
	etc/default/digsig

# What the DKMS package brings is enough to build the modules.
ok "sources for DKMS" run_make install-dkms-source
source=$root/usr/src/cgl-$(make -s print-version)
ok "no source is missing" make --no-print-directory -C "$source" modules \
	KVER="$release" KDIR="$(scripts/kernels kdir "$release")"
ok "they build" test -e "$source/build/$release/mod/digsig/digsig_lsm.ko"
tap_end
