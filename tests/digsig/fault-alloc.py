#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: root=digsig timeout=400 kernels="debug"
"""
Memory that runs out, and copies from user space that fail, at any one place of
what the module does.

The kernel is told to fail the Nth allocation (or copy) of a task, for N from 1 on
until there is no Nth any more: of an exec, of mappings, of commands, of a switch
to enforce mode, of loading and unloading. Whatever fails, nothing unsigned runs,
what is refused is refused and leaves no trace, and the same thing works afterwards.

usage: fault-alloc.py [STRIDE]: every STRIDEth N, beginning at a random one, and
more of what takes little time; 20 by default, and 1 takes every one.
"""
import contextlib
import ctypes
import os
import random
import sys
import time

import lab
import nl
import tap

FAULTS = "/sys/kernel/debug"
STRIDE = int(sys.argv[1]) if len(sys.argv) > 1 else 20
# Of what takes little time.
CHEAP = max(1, STRIDE // 5)
SEED = int(os.environ.get("SEED", "0")) or random.randrange(1, 1 << 30)
rng = random.Random(SEED)
UNSIGNED = "/opt/load/unsigned"
LOADS = 12
SYS_FINIT_MODULE, SYS_DELETE_MODULE = 313, 176
NONBLOCK = 0o4000
# How many allocations and copies an act may have before something is wrong.
MOST = 20000
# What the child says when exec fails, and when anything else does.
EXEC_FAILED, CHILD_FAILED = 98, 99


def set_up():
    """Faults that may sleep and hit any page; they say nothing in the log."""
    if not os.path.isdir(f"{FAULTS}/failslab"):
        lab.run("mount", "-t", "debugfs", "none", FAULTS)
    if not os.path.isdir(f"{FAULTS}/failslab"):
        tap.skip_all("this kernel injects no faults")
    for kind in ("failslab", "fail_page_alloc", "fail_usercopy"):
        for name, value in (("verbose", 0), ("ignore-gfp-wait", "N"),
                            ("ignore-gfp-highmem", "N"), ("min-order", 0)):
            path = f"{FAULTS}/{kind}/{name}"
            if os.path.exists(path):
                with open(path, "w", encoding="ascii") as file:
                    file.write(str(value))


class Fault:
    """The Nth allocation or copy of this task that fails."""

    def __init__(self):
        self.fd = os.open("/proc/thread-self/fail-nth", os.O_RDWR)

    def arm(self, number):
        """From the next one on, the first is number 1."""
        os.pwrite(self.fd, b"%d" % number, 0)

    def left(self):
        """How many did not happen: 0 if the fault came. Disarms."""
        try:
            left = int(os.pread(self.fd, 20, 0).split(b"\0")[0])
        except OSError:
            # The read itself was the Nth.
            left = 1
        os.pwrite(self.fd, b"0", 0)
        return left


fault = Fault()


def numbers(stride=STRIDE):
    """1 and so on, or every STRIDEth, until told that there are no more."""
    n = rng.randrange(1, stride + 1)
    while n < MOST:
        yield n
        n += stride


def faulty(act, stride=STRIDE):
    """
    Calls @act with each fault: (N, what it returned, what it raised). The last
    call is one that no fault met.
    """
    for n in numbers(stride):
        got = failed = None
        fault.arm(n)
        try:
            got = act()
        except (OSError, MemoryError) as error:
            failed = error
        left = fault.left()
        yield n, got, failed
        if left:
            return
    tap.ok(False, "there are not so many faults")


# ---- running programs -----------------------------------------------------------

def child(path, n):
    """In a child: execs, with fault @n."""
    own = -1
    try:
        own = os.open("/proc/thread-self/fail-nth", os.O_RDWR)
        os.write(own, b"%d" % n)
        os.execv(path, [path])
    except OSError:
        os._exit(EXEC_FAILED)
    except BaseException:  # pylint: disable=broad-except
        os._exit(CHILD_FAILED)


def execute(path, n):
    """(status of a child that execs @path with fault @n, did the fault come)."""
    pid = os.fork()
    if not pid:
        child(path, n)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    with open(f"/proc/{pid}/task/{pid}/fail-nth", encoding="ascii") as file:
        left = int(file.read().strip("\0\n"))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), not left


def forget(path):
    """Has the next use of a file verify it again."""
    os.close(os.open(path, os.O_RDWR))


def execs(good, bad):
    """A signed program whose verdict is known, or is not, and an unsigned one."""
    for path, text, new in ((good, "a signed program, read anew", True),
                            (good, "a signed program that is known", False),
                            (bad, "an unsigned program", False)):
        seen = {}
        for n in numbers():
            if new:
                forget(path)
            status, came = execute(path, n)
            seen[status] = seen.get(status, 0) + 1
            if path == bad and status == 0:
                tap.note("ran with fault", n)
            if not came:
                break
        tap.note(text, "fault", n, "status: times", seen)
        if path == bad:
            tap.ok(0 not in seen, f"{text} never runs")
        else:
            tap.ok(status == 0, f"{text} runs when nothing fails any more")
        tap.ok(in_force(good, bad), f"{text}: then all is as before")


def in_force(good, bad):
    """One runs, the other does not."""
    return execute(good, 0)[0] == 0 and execute(bad, 0)[0] == EXEC_FAILED


# What is mapped; unmapping must not meet the fault.
mapped_now = []


def map_it(path):
    """Maps a page executable at once."""
    mapped_now.append(lab.Mapping(path))


def protect_it(path):
    """Maps a page readable, and makes it executable."""
    mapped_now.append(lab.Mapping(path, lab.PROT_R))
    mapped_now[-1].protect(lab.PROT_R | lab.PROT_X)


def unmap_all():
    """What an act has left."""
    while mapped_now:
        mapped_now.pop().unmap()


def mapped(act, path, new):
    """Calls @act with each fault: the numbers of those with which it worked."""
    worked = []
    for n, _, failed in faulty(lambda: act(path), 1):
        if not failed:
            worked.append(n)
        unmap_all()
        if new:
            forget(path)
    return worked


def mappings(good, bad):
    """The same with libraries; nothing unsigned becomes executable."""
    for act in (map_it, protect_it):
        tap.equal(mapped(act, bad, False), [],
                  f"{act.__name__}: never an unsigned file")
        for new in (True, False):
            worked = mapped(act, good, new)
            act(good)
            unmap_all()
            tap.ok(True, f"{act.__name__}: a signed file after all faults, "
                   f"and with {len(worked)} of them")


# ---- commands ---------------------------------------------------------------------

def family():
    """A connection that does not wait for an answer that was not sent."""
    fam = nl.Family()
    fam.sock.settimeout(20)
    return fam


def command(text, act, undo, state):
    """
    A command with each fault. If it failed, @state() is what it was before; if
    not, @undo() makes it so again.
    """
    before, bad, count = state(), [], 0
    act()
    undo()
    for n, _, failed in faulty(act, CHEAP):
        count += 1
        after = state()
        if failed and after != before:
            # It was done, and only the answer could not be sent.
            undo()
        elif not failed:
            undo()
        if state() != before:
            bad.append((n, failed, before, after))
            break
    tap.equal(bad, [], f"{text}: is done or is not, {count} faults")


def commands(fam):
    """Keys, catalogs, questions."""
    def fresh(act):
        # What an answer of the command before says is not for the next.
        return lambda: act(family())

    def keys():
        return sorted(k["id"] for k in nl.keys(fam))

    known = set(keys())

    def key_gone():
        for one in set(keys()) - known:
            nl.key_del(fam, one)

    command("a key is added",
            fresh(lambda f: nl.key_add(f, f"{lab.KEYS}/other.der")),
            key_gone, keys)
    nl.key_add(fam, f"{lab.KEYS}/other.der")
    extra = (set(keys()) - known).pop()
    command("a key is removed", fresh(lambda f: nl.key_del(f, extra)),
            lambda: extra in keys() or
            nl.key_add(fam, f"{lab.KEYS}/other.der"), keys)
    nl.key_del(fam, extra)

    def catalogs():
        return sorted(c["name"] for c in nl.catalogs(fam))

    def listed():
        return "listed" in catalogs()

    command("a catalog is loaded",
            fresh(lambda f: nl.catalog_add(f, "/opt/load/listed.dgc")),
            lambda: listed() and nl.catalog_del(fam, "listed"), catalogs)
    nl.catalog_add(fam, "/opt/load/listed.dgc")
    command("a catalog is removed",
            fresh(lambda f: nl.catalog_del(f, "listed")),
            lambda: listed() or
            nl.catalog_add(fam, "/opt/load/listed.dgc"), catalogs)
    nl.catalog_del(fam, "listed")
    def nothing():
        return None

    for text, act in (("status", nl.status), ("the list of keys", nl.keys),
                      ("the list of denials", nl.denied),
                      ("a question", lambda f: nl.check(f, UNSIGNED))):
        command(text, fresh(act), nothing, nothing)


def lists(fam):
    """Revocation lists: each number once."""
    number = [0]
    bad = []

    def current():
        return nl.status(fam).get("number", 0)

    def revoke():
        nl.revoke(family(), f"/opt/load/lists/{number[0]}")

    for n in numbers(CHEAP):
        if number[0] >= 90:
            break
        before = current()
        number[0] += 1
        fault.arm(n)
        failed = None
        try:
            revoke()
        except (OSError, MemoryError) as error:
            failed = error
        left = fault.left()
        if current() not in (before, number[0]) or \
                (not failed and current() != number[0]):
            bad.append((n, failed, before, current()))
        if left:
            break
    tap.equal(bad, [], f"{number[0]} revocation lists come or do not")


def modes(fam, good, bad):
    """Enforce begins, with pre-flight, or does not."""
    wrong = []
    count = 0
    for n, _, failed in faulty(
            lambda: nl.mode_set(family(), "enforce"), STRIDE * 8):
        count += 1
        mode = nl.status(fam)["mode"]
        if mode not in ("log", "enforce") or (not failed and mode == "log"):
            wrong.append((n, failed, mode))
        if mode == "enforce" and not in_force(good, bad):
            wrong.append((n, "not in force"))
        nl.mode_set(fam, "log")
    tap.equal(wrong, [], f"enforce begins or does not, {count} faults")
    nl.mode_set(fam, "enforce")


# ---- loading -----------------------------------------------------------------------

libc = ctypes.CDLL(None, use_errno=True)


def load(path):
    """finit_module(); OSError."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        lab.check(libc.syscall(SYS_FINIT_MODULE, fd, b"", 0))
    finally:
        os.close(fd)


def unload():
    """delete_module(); OSError."""
    lab.check(libc.syscall(SYS_DELETE_MODULE, b"digsig_lsm", NONBLOCK))


def loaded():
    """Is it?"""
    return os.path.isdir("/sys/module/digsig_lsm")


def loads():
    """Loading that fails leaves nothing; it works afterwards."""
    path = f"{os.environ['MODDIR']}/digsig_lsm.ko"
    fault.arm(MOST * 50)
    load(path)
    most = MOST * 50 - fault.left()
    unload()
    count = LOADS * 20 // STRIDE if STRIDE < 20 else LOADS
    wrong = []
    for _ in range(count):
        # Most allocations are those of code that is patched; ours are few.
        n = rng.choice((rng.randrange(1, most + 1),
                        rng.randrange(max(1, most // 4), most + 1)))
        fault.arm(n)
        failed = None
        try:
            load(path)
        except (OSError, MemoryError) as error:
            failed = error
        came = not fault.left()
        if (not failed) != loaded() or (failed and not came):
            wrong.append((n, failed))
        if loaded():
            fault.arm(rng.randrange(1, 200))
            with contextlib.suppress(OSError):
                unload()
            fault.left()
        if loaded():
            unload()
    tap.equal(wrong, [], f"{count} loads with one of {most} faults")


def settled():
    """A module that has just been loaded may be in use for a moment."""
    for _ in range(100):
        if not loaded():
            return True
        with contextlib.suppress(OSError):
            unload()
        time.sleep(0.1)
    return False


def main():
    """The points."""
    set_up()
    tap.note(f"seed {SEED} (SEED={SEED} repeats it), every {STRIDE}th")
    loads()
    tap.ok(settled(), "what was loaded goes")
    lab.load()
    fam = nl.Family()
    bad = lab.copy("bad", "../load/unsigned")
    good = lab.signed("good", source="../load/unsigned")
    nl.mode_set(fam, "log")
    modes(fam, good, bad)
    tap.ok(in_force(good, bad), "in force: one runs, the other does not")
    execs(good, bad)
    mappings(good, bad)
    commands(fam)
    lists(fam)
    tap.ok(in_force(good, bad), "still: one runs, the other does not")
    lab.end()
    tap.end()


main()
