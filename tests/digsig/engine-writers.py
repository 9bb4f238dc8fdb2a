#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: root=digsig timeout=300
"""
A verified file does not change while it is mapped executable, and is not
mapped executable while it can change.
"""
import errno
import multiprocessing
import os
import random
import shutil
import time

import lab
import nl
import tap

E = errno
# The race goes on until both had so many turns, or this time is up.
MAPPED, WROTE, RACE_S = 300, 12, 60


def busy():
    """Who has it mapped executable keeps writers out, however they come."""
    path = lab.signed("busy")
    unsigned = lab.copy("unsigned")
    ways = {
        "open for writing": lambda p: os.close(os.open(p, os.O_WRONLY)),
        "open and truncate":
            lambda p: os.close(os.open(p, os.O_RDWR | os.O_TRUNC)),
        "truncate": lambda p: os.truncate(p, 10),
        "open to append":
            lambda p: os.close(os.open(p, os.O_WRONLY | os.O_APPEND)),
    }
    held = lab.Mapping(path)
    data = lab.Mapping(unsigned, lab.PROT_R)
    for text, way in ways.items():
        tap.refused(E.ETXTBSY, f"{text}: a mapped, verified file", way, path)
        tap.refused(E.ETXTBSY, f"{text}: again", way, path)
    os.rename(shutil.copy(path, "new"), path)
    tap.equal(held.bytes(4), b"\x7fELF", "replacing it by rename is allowed")
    held.unmap()
    for text, way in list(ways.items()):
        way(unsigned)
        way(path)
        tap.ok(True, f"{text}: allowed when it is not mapped executable")
        shutil.copy("good", path)
    data.unmap()


def writer_first():
    """Who has it open for writing keeps it from being mapped executable."""
    path = lab.signed("written")
    fd = os.open(path, os.O_RDWR)
    tap.refused(E.ETXTBSY, "open for writing: not mapped", lab.map_once, path)
    tap.refused(E.ETXTBSY, "open for writing: not executable by mprotect",
                lab.protect_once, path)
    shared = lab.Mapping(path, lab.PROT_R | lab.PROT_W, lab.MAP_SHARED)
    os.close(fd)
    tap.refused(E.ETXTBSY, "mapped shared and writable: not mapped",
                lab.map_once, path)
    shared.unmap()
    lab.map_once(path)
    tap.ok(True, "neither: mapped")


def mapper(path, stop, good, bad, seed):
    """Maps the file over and over; what is mapped has to be the signed file."""
    pick = random.Random(seed)
    while not stop.is_set():
        try:
            if pick.random() < 0.5:
                held = lab.Mapping(path)
            else:
                held = lab.Mapping(path, lab.PROT_R)
                try:
                    held.protect(lab.PROT_R | lab.PROT_X)
                except OSError:
                    held.unmap()
                    continue
        except OSError:
            continue
        good.value += 1
        for _ in range(pick.randrange(20)):
            if held.bytes(16)[8] != 0:
                bad.value += 1
            time.sleep(0)
        held.unmap()


def writer(path, stop, wrote):
    """Changes a byte, changes it back."""
    while not stop.is_set():
        try:
            fd = os.open(path, os.O_RDWR)
        except OSError:
            continue
        os.pwrite(fd, b"\xee", 8)
        time.sleep(0)
        os.pwrite(fd, b"\x00", 8)
        os.close(fd)
        wrote.value += 1
        time.sleep(0.002)


def race(seed):
    """Both at once, until both had their turns."""
    path = lab.signed("raced")
    with open(path, "rb") as file:
        tap.equal(file.read(9)[8], 0, "the byte that is changed is 0")
    stop = multiprocessing.Event()
    good, bad, wrote = (multiprocessing.Value("l") for _ in range(3))
    tasks = [multiprocessing.Process(
        target=mapper, args=(path, stop, good, bad, seed + i))
        for i in range(3)]
    tasks.append(multiprocessing.Process(target=writer,
                                         args=(path, stop, wrote)))
    for task in tasks:
        task.start()
    end = time.monotonic() + RACE_S
    while time.monotonic() < end and (good.value < MAPPED or
                                      wrote.value < WROTE):
        time.sleep(0.1)
    stop.set()
    for task in tasks:
        task.join()
    tap.note(f"seed {seed}: mapped {good.value} times, written {wrote.value}")
    tap.ok(good.value > 0 and wrote.value > 0, "both came to their turn")
    tap.equal(bad.value, 0, "no mapper ever saw the changed byte")


def main():
    """In enforce mode."""
    lab.load()
    lab.signed("good")
    fam = nl.Family()
    nl.mode_set(fam, "enforce")
    busy()
    writer_first()
    race(int(os.environ.get("SEED", time.time())))
    lab.end()
    tap.end()


main()
