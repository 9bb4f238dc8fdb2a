# SPDX-License-Identifier: GPL-2.0-only
"""
A place to try the module in: keys, signed files, and enforce mode, in a guest
with root=digsig.

What runs there is signed by a key of the image (tests/digsig/root), which is
trusted beside the one that the tests sign with. What is tried lies on a tmpfs
of its own, or on an ext4 image in it.
"""
import atexit
import contextlib
import ctypes
import glob
import mmap
import os
import shutil
import subprocess
import time

# Before _release(), so that its last words come after ours.
import tap
import nl

TOOL = "/usr/sbin/digsig"
KEYS = "/root/keys"
UNSIGNED = "/opt/unsigned"
HOME = "/tmp/lab"
PROT_R, PROT_W, PROT_X = 1, 2, 4
MAP_SHARED, MAP_PRIVATE, MAP_ANONYMOUS = 1, 2, 0x20
MFD_ALLOW_SEALING = 2

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int,
                      ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]


def check(result, bad=-1):
    """Raises OSError if a call of the C library failed."""
    if result == bad:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def run(*command, **how):
    """Runs a program that has to succeed; its output."""
    done = subprocess.run(command, check=False, text=True,
                          capture_output=True, **how)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout


def tool(*words):
    """Runs the tool."""
    return run(TOOL, *words)


def counter(name):
    """A counter of the module. No program runs for it, to be counted too."""
    return nl.status(nl.Family()).get(name, 0)


def load(*params):
    """Loads the module; the key "lab" is trusted, then that of the image."""
    os.makedirs(HOME, exist_ok=True)
    run("mount", "-t", "tmpfs", "lab", HOME)
    os.chdir(HOME)
    for name in glob.glob(f"{KEYS}/lab.*"):
        shutil.copy(name, HOME)
    run("modprobe", "digsig_lsm", *params)
    tool("key", "add", "lab.der", f"{KEYS}/test.der")


@atexit.register
def _release():
    """A test that fails lets the guest run on, and says what was refused."""
    if not os.path.isdir("/sys/module/digsig_lsm"):
        return
    fam = nl.Family()
    if nl.status(fam)["mode"] == "enforce":
        for refusal in nl.denied(fam):
            tap.note("refused:", refusal.get("path"), refusal.get("reason"))
        nl.mode_set(fam, "off")


def end():
    """Leaves the kernel as it was before load()."""
    tool("mode", "off")
    os.chdir("/")
    run("modprobe", "-r", "digsig_lsm")
    run("umount", "-l", HOME)


def copy(name, source="true"):
    """An unsigned copy of one of the image's unsigned programs."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name)
    shutil.copy(f"{UNSIGNED}/{source}", name)
    return os.path.abspath(name)


def signed(name, *words, source="true", key="lab"):
    """A signed copy; @key is one of the image."""
    copy(name, source)
    tool("sign", "--no-sync", "--key", f"{KEYS}/{key}.key", *words, name)
    return os.path.abspath(name)


def execute(path, *args):
    """Runs a program; OSError is what exec said."""
    return subprocess.run([path, *args], check=True, capture_output=True)


class Mapping:
    """A page of a file, mapped."""

    def __init__(self, path, prot=PROT_R | PROT_X, flags=MAP_PRIVATE, fd=None):
        own = fd is None
        if own:
            both = os.O_RDWR if flags == MAP_SHARED and prot & PROT_W else 0
            fd = os.open(path, both)
        try:
            self.at = check(libc.mmap(None, mmap.PAGESIZE, prot, flags, fd, 0),
                            ctypes.c_void_p(-1).value)
        finally:
            if own:
                os.close(fd)

    def protect(self, prot):
        """mprotect()"""
        check(libc.mprotect(self.at, mmap.PAGESIZE, prot))

    def unmap(self):
        """munmap()"""
        check(libc.munmap(self.at, mmap.PAGESIZE))

    def bytes(self, count=16):
        """The first bytes."""
        return ctypes.string_at(self.at, count)


def map_once(*args, **how):
    """Maps and unmaps."""
    Mapping(*args, **how).unmap()


def protect_once(path, prot=PROT_R | PROT_X):
    """Maps readable, makes it executable, unmaps."""
    mapping = Mapping(path, PROT_R)
    try:
        mapping.protect(prot)
    finally:
        mapping.unmap()


def write_byte(path, offset, value):
    """Changes one byte of a file in place."""
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(bytes([value]))


def wait_for(condition, seconds=20):
    """Waits until something is true."""
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            return False
        time.sleep(0.05)
    return True
