#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=60
"""
/sys/kernel/security/digsig says in text what the netlink family says.
"""
import errno
import os
import stat
import subprocess

import nl
import tap

FOLDER = "/sys/kernel/security/digsig"
FILES = {"mode": 0o444, "status": 0o444, "stats": 0o444, "keys": 0o444,
         "catalogs": 0o444, "revocation": 0o444, "denied": 0o400}


def read(name):
    """A file as text."""
    with open(f"{FOLDER}/{name}", encoding="utf-8") as file:
        return file.read()


def table(name):
    """Lines of a word and a value."""
    return dict(line.split(" ", 1) for line in read(name).splitlines())


def main():
    """The test."""
    subprocess.run(["modprobe", "digsig_lsm"], check=True)
    fam = nl.Family()
    tap.equal({n: stat.S_IMODE(os.stat(f"{FOLDER}/{n}").st_mode)
               for n in os.listdir(FOLDER)}, FILES, "the files, and their modes")
    for name in FILES:
        tap.refused(errno.EINVAL, f"nothing can be written to {name}",
                    lambda n=name: open(f"{FOLDER}/{n}", "r+b",
                                        buffering=0).write(b"off"))
    for mode, strict in (("log", 0), ("log", 1), ("off", 0)):
        nl.mode_set(fam, mode, strict)
        tap.equal(read("mode"), mode + (" strict" if strict else "") + "\n",
                  f"mode says {mode}, strict {strict}")
    status, stats, said = table("status"), table("stats"), nl.status(fam)
    tap.equal([status[k] for k in ("mode", "strict", "remote", "anchored",
                                   "revocation", "min_generation", "hash")],
              [str(said[k]) for k in ("mode", "strict", "remote", "anchored",
                                      "number", "min-generation",
                                      "hash-driver")],
              "status is that of netlink")
    tap.equal({k for k in stats if k.startswith("refused.")},
              {k for k in said if k.startswith("refused.")},
              "stats has every reason")
    tap.equal(read("denied").count("\n"), 1, "denied has a line of headings")
    tap.equal((read("keys"), read("catalogs")), ("", ""), "no key, no catalog")
    with open(f"{FOLDER}/status", encoding="utf-8"):
        done = subprocess.run(["rmmod", "digsig_lsm"], capture_output=True,
                              check=False)
        tap.ok(done.returncode, "an open file holds the module")
    subprocess.run(["rmmod", "digsig_lsm"], check=True)
    tap.ok(not os.path.exists(FOLDER), "unloading removes the folder")
    tap.end()


if __name__ == "__main__":
    main()
