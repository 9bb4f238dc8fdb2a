#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: root=digsig timeout=240 kernels="6.1"
"""
Keys and revocation lists change 1,000 times while programs are run all the time;
300 times on 6.1, where nothing of this is different.

Tasks run a signed file and one from a catalog whose key stays: neither is ever
refused. After each change the first exec of every file it is about, issued as
soon as the call has returned, has to have the new answer: that is asked for
without any time to settle, and the time it took is printed as a remark.

One change in ten is a revocation list (a list costs an RSA signature, so 100 of
them are in the image), the others add and retire a key. A list whose number is
not higher is refused each time.
"""
import errno
import mmap
import os
import signal
import struct
import subprocess
import sys
import time

import nl
import tap

DIR = "/opt/load"
LISTS, CHANGES = 100, 1000
if os.environ["VM_KERNEL"].startswith("6.1."):
    LISTS, CHANGES = 30, 300
if os.environ.get("VM_DEBUG") == "1":
    LISTS, CHANGES = 10, 100
REFUSED = (errno.EKEYREVOKED, errno.ENOKEY)


class Load:
    """Tasks of execload; .counts() is {file: (ran, refused, odd, errno)}."""

    def __init__(self, stats, tasks, *files):
        self.files = files
        with open(stats, "wb") as out:
            out.truncate(32 * len(files))
        self.child = subprocess.Popen(
            [f"{DIR}/execload", "run", stats, str(tasks), "0"]
            + [f"{DIR}/{f}" for f in files])
        with open(stats, "rb") as shared:
            self.map = mmap.mmap(shared.fileno(), 0, access=mmap.ACCESS_READ)

    def counts(self):
        """What happened so far."""
        return {f: struct.unpack_from("=4Q", self.map, 32 * i)
                for i, f in enumerate(self.files)}

    def stop(self):
        """Ends it; its tasks go with it."""
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()


def runs(path):
    """Does it run? An answer that is neither yes nor refused is raised."""
    try:
        pid = os.posix_spawn(path, [path], {})
    except OSError as error:
        if error.errno in REFUSED:
            return False
        raise
    if os.waitpid(pid, 0)[1]:
        raise OSError(errno.ENOEXEC, "it ran and did not exit with 0")
    return True


class Judge:
    """Compares what files do at once after a change with what they should do."""

    def __init__(self):
        self.wrong, self.slowest_ns, self.count = [], 0, 0
        self.want = {}

    def after(self, what, **want):
        """The change @what has just returned; @want: file to yes or no."""
        for name, good in want.items():
            name = name.replace("_", "-")
            before = time.monotonic_ns()
            if runs(f"{DIR}/{name}") != good:
                self.wrong.append(f"{what}: {name} "
                                  f"{'was refused' if good else 'ran'}")
            elif not good:
                self.slowest_ns = max(self.slowest_ns,
                                      time.monotonic_ns() - before)
            self.count += 1

    def point(self, text):
        """The point: all was as it should be."""
        tap.ok(not self.wrong, text, "\n".join(self.wrong[:10]))
        tap.note(f"{self.count} answers, the slowest refusal was there "
                 f"{self.slowest_ns / 1000:.0f} us after it was asked for")


def list_load(fam, number, judge):
    """Loads a list; returns whether the one before was refused after it."""
    nl.revoke(fam, f"{DIR}/lists/{number}")
    judge.after(f"list {number}", victim_0=number % 2 == 0,
                victim_1=number % 2 == 1)
    try:
        nl.revoke(fam, f"{DIR}/lists/{max(1, number - 1)}")
    except nl.Refused as refused:
        return refused.errno == errno.ESTALE
    return False


def rotate(fam, judge):
    """All changes; returns how many were made and how many stale lists taken."""
    made = taken = number = 0
    ident = None
    revoked = False
    while made < CHANGES:
        if made % (CHANGES // LISTS) == 0:
            number += 1
            if number % 4 == 0 and ident is None:
                # A list of the key that is about to be retired.
                ident = nl.key_add(fam, "/root/keys/other.der")["id"]
            taken += not list_load(fam, number, judge)
            revoked = number % 4 == 0
            judge.after(f"list {number}", changing=bool(ident) and not revoked)
        elif ident is None:
            try:
                ident = nl.key_add(fam, "/root/keys/other.der")["id"]
            except nl.Refused as refused:
                if not revoked or refused.errno != errno.EKEYREJECTED:
                    raise
            judge.after(f"key added, change {made}", changing=not revoked)
        else:
            nl.key_del(fam, ident)
            ident = None
            judge.after(f"key retired, change {made}", changing=False)
        made += 1
    if ident:
        nl.key_del(fam, ident)
    return made, taken


def prepare(mode):
    """Loads the module and what stays."""
    subprocess.run(["modprobe", "digsig_lsm"], check=True)
    fam = nl.Family()
    nl.key_add(fam, "/etc/digsig/keys.d/test.der")
    nl.catalog_add(fam, f"{DIR}/listed.dgc")
    try:
        nl.mode_set(fam, mode)
    except nl.Refused as refused:
        tap.note(nl.failures(refused.messages))
        raise
    return fam


def load_point(load, names, text):
    """The point: none of these was ever refused, and all did run."""
    counts = load.counts()
    tap.ok(all(counts[n][0] and not counts[n][1] and not counts[n][2]
               for n in names), text, counts)
    tap.note("ran, refused, odd, errno:", counts)


def main():
    """The test."""
    fam = prepare(sys.argv[1] if len(sys.argv) > 1 else "enforce")
    valid = Load("/run/valid", 2, "good", "listed")
    other = Load("/run/other", 1, "changing", "victim-0", "victim-1",
                 "unsigned")
    os.nice(-10)
    before = nl.status(fam)
    judge = Judge()
    began = time.monotonic()
    made, taken = rotate(fam, judge)
    tap.note(f"{made} changes in {time.monotonic() - began:.1f} s")
    tap.equal(made, CHANGES, "all changes were made")
    judge.point("every answer is that of the keys and lists of the moment")
    tap.equal(taken, 0, "no list with a number that is not higher was taken")
    tap.ok(other.counts()["unsigned"][1] and not other.counts()["unsigned"][0],
           "what nobody signed was refused all the time", other.counts())
    load_point(valid, valid.files, "no valid file was refused")
    after = nl.status(fam)
    tap.equal(after["verified"] - before["verified"] <= 10, True,
              "hardly a file was read again")
    tap.note("judged anew without reading:",
             after["revalidated"] - before["revalidated"])
    valid.stop()
    other.stop()
    nl.mode_set(fam, "off")
    tap.end()


main()
