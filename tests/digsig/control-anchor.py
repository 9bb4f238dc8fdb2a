#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: root=digsig timeout=90 alone leftovers-ok
"""
Locked with an anchor: keys come in if they chain to it, and no others.
"""
import errno
import subprocess

import nl
import tap

KEYS = "/root/keys"


def load(floor):
    """Loads the module with the anchor of the image, locked at once."""
    subprocess.run(["modprobe", "digsig_lsm", f"anchor={KEYS}/ca.der",
                    f"revoked_floor={floor}"], check=True)


def revocation(number):
    """A list without entries that matter, signed by a key that is trusted."""
    path = f"/run/list{number}"
    subprocess.run(["digsig", "revoke", "create", "--key", f"{KEYS}/test.key",
                    "--output", path, "--number", str(number),
                    "--key-id", "0" * 32], check=True,
                   stdout=subprocess.DEVNULL)
    return path


def main():
    """The test."""
    lists = {number: revocation(number) for number in (4, 5)}
    load(5)
    fam = nl.Family()
    nl.key_add(fam, "/etc/digsig/keys.d/test.der")
    nl.mode_set(fam, "locked")
    tap.equal((nl.status(fam)["mode"]), "locked", "locked, with an anchor")
    tap.refused(errno.EKEYREJECTED, "a key that nobody vouches for",
                nl.key_add, fam, f"{KEYS}/other.der")
    with open(f"{KEYS}/spki.der", "wb") as to:
        subprocess.run(["openssl", "x509", "-in", f"{KEYS}/issued.pem",
                        "-noout", "-pubkey"], check=True, stdout=to)
    subprocess.run(["openssl", "pkey", "-pubin", "-in", f"{KEYS}/spki.der",
                    "-outform", "DER", "-out", f"{KEYS}/raw.der"], check=True)
    tap.refused(errno.EPERM, "a key without its certificate", nl.key_add, fam,
                f"{KEYS}/raw.der")
    issued = nl.key_add(fam, f"{KEYS}/issued.der")["id"]
    tap.ok(issued, "a certificate that chains to the anchor comes in")
    subprocess.run(["cp", "/usr/bin/true", "/run/by-issued"], check=True)
    subprocess.run(["digsig", "strip", "/run/by-issued"], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run(["digsig", "sign", "--key", f"{KEYS}/issued.key",
                    "/run/by-issued"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["/run/by-issued"], check=True)
    tap.ok(True, "and what it signed runs")
    done = subprocess.run(["digsig", "revoke", "load", lists[4]], text=True,
                          capture_output=True, check=False)
    tap.ok(done.returncode == 1 and "revoked_floor" in done.stderr,
           "a list below revoked_floor is refused", done.stderr)
    subprocess.run(["digsig", "revoke", "load", lists[5]], check=True,
                   stdout=subprocess.DEVNULL)
    tap.ok(True, "the list at the floor is taken")
    subprocess.run(["/usr/bin/true"], check=True)
    tap.end()


if __name__ == "__main__":
    main()
