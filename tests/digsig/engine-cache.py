#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: root=digsig timeout=240
"""
Verdicts that are kept: for how long, and what ends them.

In log mode, where a refusal is counted and the program runs; what is looked at
is counted by the kernel, and asked for without running anything.
"""
import errno
import os
import random
import shutil
import threading

import lab
import nl
import tap

FILES = 40


def verdict(fam, path):
    """One word for what the kernel says of a file."""
    return nl.check(fam, path)["reason"]


def hashed(fam):
    """Bytes hashed since load."""
    return nl.status(fam).get("bytes-hashed", 0)


def once(fam):
    """A file is read once; what spoils its verdict has it read again."""
    path = lab.signed("once")
    verdict(fam, path)
    for text, act, again in (
            ("nothing", lambda: None, False),
            ("reading", lambda: open(path, "rb").read(), False),
            ("mapping", lambda: lab.map_once(path), False),
            ("another name", lambda: os.link(path, "other"), False),
            ("losing a name", lambda: os.unlink("other"), False),
            ("opening for writing", lambda: os.close(
                os.open(path, os.O_RDWR)), True),
            ("truncating to its length", lambda: os.truncate(
                path, os.path.getsize(path)), True)):
        act()
        before = hashed(fam)
        good = verdict(fam, path) == "none"
        tap.ok(good and (hashed(fam) > before) == again,
               f"after {text} a file is " +
               ("read again" if again else "known"))
    lab.write_byte(path, 0x1200, 0xcc)
    tap.equal(verdict(fam, path), "bad-signature", "after writing it is bad")


def keys_come_and_go(fam):
    """A key's files go and come with it, and are not read for that."""
    path = lab.signed("keyed")
    verdict(fam, path)
    ident = nl.keys(fam)[0]["id"]
    before = hashed(fam)
    nl.key_del(fam, ident)
    tap.equal(verdict(fam, path), "unknown-key", "key retired")
    nl.key_add(fam, "lab.der")
    tap.equal(verdict(fam, path), "none", "key back")
    tap.equal(hashed(fam), before, "nothing was read for that")


def revoked(fam):
    """A revoked file, a newer list that pardons it, an older list."""
    path = lab.signed("revoked")
    other = lab.signed("pardoned", "--generation", "5", source="false")
    for number, *what in ((7, "--file", path), (8, "--min-generation", "5"),
                          (9, "--file", other)):
        lab.tool("revoke", "create", "--key", "lab.key", "--number",
                 str(number), "--output", f"list{number}", *what)
    words = []
    for number in (7, 8, 9):
        nl.revoke(fam, f"list{number}")
        words.append((verdict(fam, path), verdict(fam, other)))
    tap.equal(words, [("revoked-file", "none"), ("generation", "none"),
                      ("none", "revoked-file")],
              "each list is in force at once, and only the last one")
    tap.refused(errno.ESTALE, "an older list", nl.revoke, fam, "list8")
    tap.refused(errno.ESTALE, "the same list again", nl.revoke, fam, "list9")


def one_reads(fam):
    """Many tasks map a large file at the same time: one of them reads it."""
    path = lab.copy("large")
    with open(path, "ab") as file:
        file.write(random.Random(1).randbytes(16 << 20))
    lab.tool("sign", "--key", "lab.key", "--no-wrap", "large")
    before, checks = hashed(fam), nl.status(fam).get("checks", 0)
    start = threading.Barrier(8)

    def mapper():
        start.wait()
        lab.map_once(path)

    threads = [threading.Thread(target=mapper) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Without the footer and the signature by a key of 2,048 bits.
    covered = os.path.getsize(path) - 64 - 256
    tap.equal(hashed(fam) - before, covered, "eight mappers, one reading")
    tap.ok(nl.status(fam)["checks"] - checks >= 8, "and each was checked")


def bounded(fam):
    """No more verdicts are kept than the parameter says."""
    source = lab.signed("seed")
    others = nl.status(fam).get("cached", 0)
    for i in range(FILES * 4):
        shutil.copy(source, f"many{i}")
        verdict(fam, os.path.abspath(f"many{i}"))
    kept = nl.status(fam).get("cached", 0)
    tap.ok(0 < kept <= 64 + 2, "160 files, room for 64", f"kept {kept}")
    held = lab.Mapping(os.path.abspath("many0"))
    for i in range(FILES * 4):
        verdict(fam, os.path.abspath(f"many{i}"))
    tap.equal(held.bytes(4), b"\x7fELF", "a mapping outlives its verdict")
    held.unmap()
    for i in range(FILES * 4):
        os.unlink(f"many{i}")
    tap.ok(others < kept and lab.wait_for(
        lambda: nl.status(fam).get("cached", 0) <= others),
           "verdicts go with their inodes", f"{others} before, {kept} kept")


def main():
    """Log mode throughout."""
    lab.load("cache_max=64")
    fam = nl.Family()
    nl.mode_set(fam, "log")
    once(fam)
    keys_come_and_go(fam)
    one_reads(fam)
    bounded(fam)
    revoked(fam)
    lab.end()
    tap.end()


main()
