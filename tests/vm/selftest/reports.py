#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# host: timeout=20
"""
Which lines of a kernel's log are reports, and which taints are expected.
"""
import report
import tap

BAD = """\
WARNING: CPU: 0 PID: 1 at kernel/fork.c:1 copy_process+0x1/0x2
BUG: unable to handle page fault for address: ffffffffc0000000
BUG: kernel NULL pointer dereference, address: 0000000000000000
BUG: scheduling while atomic: insmod/1/0x00000002
BUG: sleeping function called from invalid context at mm/slab.h:1
BUG: KASAN: slab-use-after-free in f+0x1/0x2 [m]
BUG: KFENCE: out-of-bounds read in f+0x1/0x2 [m]
BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 31s!
BUG kmalloc-32 (Tainted: G    B      O): Poison overwritten
UBSAN: array-index-out-of-bounds in a.c:1:2
watchdog: BUG: soft lockup - CPU#0 stuck for 23s! [insmod:1]
rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
rcu: INFO: rcu_preempt self-detected stall on CPU
INFO: task insmod:1 blocked for more than 120 seconds.
WARNING: possible circular locking dependency detected
WARNING: inconsistent lock state
WARNING: suspicious RCU usage
WARNING: bad unlock balance detected!
general protection fault, probably for non-canonical address 0xdead: 0000 [#1]
Oops: 0002 [#1] PREEMPT SMP NOPTI
Kernel panic - not syncing: Fatal exception
refcount_t: underflow; use-after-free.
ODEBUG: free active (active state 0) object: 1 object type: timer_list
list_add corruption. prev->next should be next (1), but was 2.
kmem_cache_destroy digsig_entry: Slab cache still has objects
kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
unregister_netdevice: waiting for lo to become free. Usage count = 2
sysfs: cannot create duplicate filename '/kernel/x'
insmod: page allocation failure: order:10, mode:0xcc0(GFP_KERNEL)
EXT4-fs error (device vda): ext4_lookup:1: inode #1: comm ls: iget: bad
Out of memory: Killed process 1 (python3) total-vm:1kB
Call Trace:
""".splitlines()

FINE = """\
Kernel command line: rcupdate.rcu_cpu_stall_timeout=120 oops=panic
RCU CPU stall warnings timeout set to 120 (rcu_cpu_stall_timeout).
digsig_lsm: loading out-of-tree module taints kernel.
digsig_lsm: module verification failed: signature and/or required key missing
kmemleak: Kernel memory leak detector initialized (mem pool available: 15843)
Unstable clock detected, switching default tracing clock to "global"
debug: initialized; watchdog: NMI watchdog disabled
workqueue: round-robin CPU selection forced
audit: type=1400 msg=DENIED reason=unsigned
""".splitlines()


def main():
    """Every sample by itself, then together."""
    for line in BAD:
        tap.equal(report.reports(f"[    1.5] {line}\n"), [line],
                  f"seen: {line[:50]}")
    for line in FINE:
        tap.equal(report.reports(f"[    1.5] {line}\n"), [],
                  f"harmless: {line[:50]}")
    whole = ("[ 1.0] WARNING: at a.c\n[ 1.0] Modules linked in: m\n"
             "[ 1.0][ T1] Call Trace:\n" + "quiet\n" * 200 +
             "[ 9.0] WARNING: at b.c\n")
    tap.equal(report.reports(whole), ["WARNING: at a.c", "WARNING: at b.c"],
              "a trace belongs to the report above it")
    tap.equal(report.reports(whole, [r"at a\.c"]), ["WARNING: at b.c"],
              "an allowed report goes with its trace")
    tap.equal(report.unexpected_taints(1 << 12 | 1 << 13), "",
              "our modules' own taints are expected")
    tap.equal(report.unexpected_taints(1 << 12 | 1 << 9 | 1 << 7), "DW",
              "others are named")
    tap.equal(report.unexpected_taints(1 << 9, "W"), "", "unless allowed")
    tap.end()


main()
