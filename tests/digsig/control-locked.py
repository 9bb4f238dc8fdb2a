#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: root=digsig timeout=90 alone leftovers-ok
"""
Locked mode: nothing of it can be taken back before the next boot.
"""
import errno
import os
import subprocess

import nl
import tap


def rmmod(*options):
    """Tries to unload; raises OSError as a refused call does."""
    done = subprocess.run(["rmmod", *options, "digsig_lsm"],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(errno.EBUSY, done.stderr)


def run_unsigned():
    """Runs what has lost its signature."""
    subprocess.run(["cp", "/usr/bin/true", "/tmp/unsigned"], check=True)
    subprocess.run(["digsig", "strip", "/tmp/unsigned"], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run(["/tmp/unsigned"], check=True)


def main():
    """The test."""
    subprocess.run(["modprobe", "digsig_lsm"], check=True)
    fam = nl.Family()
    key = nl.key_add(fam, "/root/keys/test.der")["id"]
    nl.mode_set(fam, "locked")
    tap.equal(nl.status(fam)["mode"], "locked", "locked from off, at once")
    tap.refused(errno.EPERM, "an unsigned program is refused", run_unsigned)
    for mode in ("off", "log", "enforce"):
        tap.refused(errno.EPERM, f"back to {mode} is refused", nl.mode_set,
                    fam, mode)
    tap.refused(errno.EBUSY, "the module cannot be unloaded", rmmod)
    tap.refused(errno.EBUSY, "nor by force", rmmod, "-f")
    tap.refused(errno.EPERM, "nor its folder of securityfs emptied", os.unlink,
                "/sys/kernel/security/digsig/mode")
    tap.refused(errno.EBUSY, "the last key cannot be removed", nl.key_del,
                fam, key)
    try:
        nl.key_add(fam, "/root/keys/other.der")
        tap.ok(False, "a key without the anchor was accepted")
    except nl.Refused as refused:
        tap.ok(refused.errno in (errno.EPERM, errno.EKEYREJECTED)
               and refused.sentence, "a key without the anchor is refused",
               refused)
    nl.mode_set(fam, "locked", 1)
    tap.equal(nl.status(fam)["strict"], 1, "strict mode can be switched on")
    tap.refused(errno.EPERM, "and not off", nl.mode_set, fam, "locked", 0)
    tap.equal((nl.status(fam)["mode"], nl.status(fam)["strict"]),
              ("locked", 1), "nothing of this changed anything")
    subprocess.run(["/usr/bin/true"], check=True)
    tap.ok(True, "a signed program runs")
    tap.end()


if __name__ == "__main__":
    main()
