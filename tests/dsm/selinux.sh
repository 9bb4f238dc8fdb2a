#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck source=tests/lib/tap.sh
# shellcheck disable=SC2317 # functions are called by ok
#
# vm: timeout=60 kernels="6.12" append="security=selinux selinux=1"
#
# SELinux labels peers by itself and reads skb->secmark: dsm is not loaded beside it.
. "$TESTLIB/tap.sh"
active() { grep -qw selinux /sys/kernel/security/lsm; }
said() { dmesg | grep -q 'dsm: not loaded: SELinux is active'; }
gone() { ! grep -q '^dsm ' /proc/modules; }
mountpoint -q /sys/kernel/security || mount -t securityfs none /sys/kernel/security
ok "SELinux is active" active
refused "busy" "the module is not loaded beside it" modprobe dsm
ok "and the log says why" said
ok "nothing of it is left" gone
tap_end
