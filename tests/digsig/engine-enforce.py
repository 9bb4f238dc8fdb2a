#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: root=digsig timeout=240
"""
What runs in enforce mode, and what does not: each refusal beside the same
thing with a file that is verified.
"""
import errno
import fcntl
import os
import shutil
import socket
import struct
import threading

import lab
import tap

E = errno


def made_wrong():
    """Damaged copies of a signed program, each with the errno it gets."""
    good = lab.signed("good")
    size = os.path.getsize(good)

    def damaged(name, change):
        shutil.copy(good, name)
        with open(name, "r+b") as file:
            change(file)
        return os.path.abspath(name)

    def poke(offset):
        def change(file):
            file.seek(offset)
            old = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([old ^ 1]))
        return change

    def append(file):
        file.seek(0, os.SEEK_END)
        file.write(b"x")

    def longer_in_footer(file):
        file.seek(size - 64 + 32)
        file.write(b"\xff")

    return {
        "changed in the code": (damaged("w1", poke(0x1200)), E.EKEYREJECTED),
        "changed in the header": (damaged("w2", poke(0x10)), E.EKEYREJECTED),
        "changed in the signature":
            (damaged("w3", poke(size - 100)), E.EKEYREJECTED),
        "changed in the signed flags":
            (damaged("w4", poke(size - 64 + 12)), E.EKEYREJECTED),
        "with another length in the footer":
            (damaged("w5", longer_in_footer), E.EKEYREJECTED),
        "with a byte appended": (damaged("w6", append), E.EPERM),
        "without its last byte":
            (damaged("w7", lambda f: f.truncate(size - 1)), E.EPERM),
        "that is a catalog":
            (os.path.abspath(shutil.copy("lab.cat", "w8")), E.EKEYREJECTED),
        "never signed": (lab.copy("w9"), E.EPERM),
        "signed by a key nobody trusts":
            (lab.signed("w10", key="other"), E.ENOKEY),
        "that is empty": (os.path.abspath("w11"), E.EPERM),
    }


def files(wrong):
    """Every way to run a file, with good files and with wrong ones."""
    ways = {
        "exec": lab.execute,
        "mmap": lab.map_once,
        "mprotect": lab.protect_once,
    }
    for name, way in ways.items():
        tap.ok(way("/tmp/lab/good") is not False, f"{name}: a signed file")
        for text, (path, number) in wrong.items():
            if text == "that is empty" and name == "exec":
                continue
            tap.refused(number, f"{name}: a file {text}", way, path)
        tap.refused(wrong["never signed"][1],
                    f"{name}: refused from the cache as well", way,
                    wrong["never signed"][0])


def exec_on_ext4():
    """A disk of its own: read from it, forgotten with it, read again."""
    lab.run("truncate", "-s", "24M", "disk.img")
    lab.run("mkfs.ext4", "-q", "disk.img")
    os.makedirs("disk", exist_ok=True)
    lab.run("mount", "-o", "loop", "disk.img", "disk")
    shutil.copy("good", "disk/good")
    shutil.copy("w9", "disk/unsigned")
    os.sync()
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as drop:
        drop.write("3")
    before = lab.counter("verified")
    lab.map_once("disk/good")
    lab.map_once("disk/good")
    tap.equal(lab.counter("verified") - before, 1,
              "ext4: a file is verified once")
    lab.execute("disk/good")
    tap.refused(E.EPERM, "ext4: an unsigned file", lab.execute,
                "disk/unsigned")
    lab.run("umount", "disk")
    lab.run("mount", "-o", "loop", "disk.img", "disk")
    tap.refused(E.EPERM, "ext4: an unsigned file after mounting again",
                lab.execute, "disk/unsigned")
    before = lab.counter("verified")
    lab.map_once("disk/good")
    tap.equal(lab.counter("verified") - before, 1,
              "ext4: a new inode is verified anew")
    lab.run("umount", "disk")


def memory_files():
    """memfd: by contents, and only when nobody can change them."""
    for name, path, number in (("signed", "good", 0), ("unsigned", "w9", E.EPERM)):
        fd = os.memfd_create(name, os.MFD_ALLOW_SEALING)
        with open(path, "rb") as source:
            os.write(fd, source.read())
        tap.refused(E.ETXTBSY, f"memfd: {name}, not sealed", lab.map_once,
                    None, 5, 2, fd)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE |
                    fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
        if number:
            tap.refused(number, f"memfd: {name} and sealed: mmap",
                        lab.map_once, None, 5, 2, fd)
            tap.refused(number, f"memfd: {name} and sealed: exec",
                        lab.execute, f"/proc/{os.getpid()}/fd/{fd}")
        else:
            lab.map_once(None, 5, 2, fd)
            lab.execute(f"/proc/{os.getpid()}/fd/{fd}")
            tap.ok(True, f"memfd: {name} and sealed: mmap and exec")
        os.close(fd)


def scripts():
    """A script has to be listed, and its shell to be verified."""
    for name in ("listed.sh", "unlisted.sh"):
        with open(name, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\n: {name}\n")
        os.chmod(name, 0o755)
    lab.tool("catalog", "create", "--key", "lab.key", "--name", "scripts",
             "--output", "scripts.cat", "listed.sh")
    lab.tool("catalog", "load", "scripts.cat")
    lab.execute("/tmp/lab/listed.sh")
    tap.ok(True, "script: in a catalog")
    tap.refused(E.EPERM, "script: in none", lab.execute,
                "/tmp/lab/unlisted.sh")
    lab.tool("catalog", "unload", "scripts")
    tap.refused(E.EPERM, "script: catalog unloaded", lab.execute,
                "/tmp/lab/listed.sh")
    with open("listed.sh", "a", encoding="ascii") as file:
        file.write(":\n")
    lab.tool("catalog", "load", "scripts.cat")
    tap.refused(E.EPERM, "script: changed after it was listed", lab.execute,
                "/tmp/lab/listed.sh")


def memory():
    """Memory that is no file's stays allowed without strict mode."""
    mapping = lab.check(lab.libc.mmap(None, 4096, 7, 0x22, -1, 0))
    lab.check(lab.libc.munmap(mapping, 4096))
    with open("/dev/zero", "r+b") as zero:
        lab.map_once(None, 7, 2, zero.fileno())
        lab.map_once(None, 7, 1, zero.fileno())
    mapping = lab.check(lab.libc.mmap(None, 4096, 3, 0x21, -1, 0))
    lab.check(lab.libc.mprotect(mapping, 4096, 5))
    tap.ok(True, "anonymous memory, /dev/zero and shared memory: executable")
    lab.libc.shmat.restype = lab.ctypes.c_void_p
    shm = lab.check(lab.libc.shmget(0, 4096, 0o1600))
    at = lab.check(lab.libc.shmat(shm, None, 0o100000),
                   lab.ctypes.c_void_p(-1).value)
    lab.libc.shmdt(lab.ctypes.c_void_p(at))
    lab.libc.shmctl(shm, 0, None)
    tap.ok(at is not None, "shmat(SHM_EXEC): memory as well")
    if not os.path.exists("/dev/mem"):
        tap.skip("a device is no memory", "this kernel has no /dev/mem")
        return
    with open("/dev/mem", "rb") as device:
        tap.refused(E.EPERM, "a device is no memory", lab.map_once, None, 5, 2,
                    device.fileno())


def overlay():
    """The real file is judged: the one that the descriptor leads to."""
    for name in ("lower", "upper", "work", "merged"):
        os.makedirs(f"ovl/{name}", exist_ok=True)
    shutil.copy("good", "ovl/lower/good")
    shutil.copy("w9", "ovl/lower/evil")
    lab.run("mount", "-t", "overlay", "-o", "lowerdir=ovl/lower,"
            "upperdir=ovl/upper,workdir=ovl/work", "overlay", "ovl/merged")
    lab.execute("ovl/merged/good")
    before = lab.counter("verified")
    lab.map_once("ovl/lower/good")
    tap.equal(lab.counter("verified"), before,
              "overlay: one verdict for the file and the one below it")
    tap.refused(E.EPERM, "overlay: an unsigned lower file", lab.execute,
                "ovl/merged/evil")
    old = os.open("ovl/merged/evil", os.O_RDONLY)
    with open("good", "rb") as source, \
            open("ovl/merged/evil", "r+b") as target:
        target.write(source.read())
        target.truncate()
    lab.execute("ovl/merged/evil")
    tap.ok(True, "overlay: overwritten with a signed one, in the upper layer")
    tap.refused(E.EPERM,
                "overlay: a descriptor from before the copy-up leads to the "
                "lower file", lab.map_once, None, 5, 2, old)
    os.close(old)
    lab.run("umount", "ovl/merged")


class BlockServer:
    """/dev/nbd0, whose contents are a file's as long as this wants it so."""

    SET_SOCK, SET_BLOCK_SIZE, DO_IT, CLEAR_SOCK, SET_BLOCKS, DISCONNECT = (
        0xab00, 0xab01, 0xab03, 0xab04, 0xab07, 0xab08)

    def __init__(self, path):
        self.image = open(path, "rb")
        self.device = os.open("/dev/nbd0", os.O_RDWR)
        self.ours, self.theirs = socket.socketpair()
        size = os.path.getsize(path)
        # Blocks as small as mkfs makes them on so small a disk.
        for command, value in ((self.SET_BLOCK_SIZE, 1024),
                               (self.SET_BLOCKS, size // 1024),
                               (self.SET_SOCK, self.theirs.fileno())):
            fcntl.ioctl(self.device, command, value)
        self.threads = [threading.Thread(target=work, daemon=True) for work in (
            lambda: fcntl.ioctl(self.device, self.DO_IT), self.serve)]
        for thread in self.threads:
            thread.start()
        if not lab.wait_for(lambda: os.path.exists("/sys/block/nbd0/pid")):
            raise TimeoutError("nbd0")

    def serve(self):
        """Answers what the kernel asks: reading, until it disconnects."""
        while True:
            request = self.ours.recv(28, socket.MSG_WAITALL)
            if len(request) < 28:
                return
            _, kind, handle, start, size = struct.unpack(">II8sQI", request)
            if kind == 2:
                # The kernel waits for this end to go.
                self.ours.shutdown(socket.SHUT_RDWR)
                return
            self.image.seek(start)
            self.ours.sendall(struct.pack(">II8s", 0x67446698, 0, handle) +
                              (self.image.read(size) if kind == 0 else b""))

    def close(self):
        """Takes the device down."""
        fcntl.ioctl(self.device, self.DISCONNECT)
        for thread in self.threads:
            thread.join(60)
        os.close(self.device)


def served_disk():
    """A disk whose contents a process makes up is no disk of this machine."""
    server = BlockServer("disk.img")
    lab.run("mount", "-o", "ro,noload", "/dev/nbd0", "disk")
    tap.refused(E.EPERM, "nbd: a signed file on ext4", lab.map_once,
                "disk/good")
    lab.run("umount", "disk")
    server.close()


def remote():
    """Another machine's file system: not without the parameter."""
    path = shutil.copy("good", os.environ["RESULTS"])
    tap.refused(E.EPERM, "9p: a signed file", lab.execute, path)
    lab.tool("mode", "off")
    lab.run("modprobe", "-r", "digsig_lsm")
    lab.run("modprobe", "digsig_lsm", "remote=1")
    lab.tool("key", "add", "lab.der", f"{lab.KEYS}/test.der")
    lab.tool("mode", "enforce")
    before = lab.counter("verified")
    lab.execute(path)
    lab.map_once(path)
    tap.equal(lab.counter("verified") - before, 3,
              "remote=1: it is verified when executed, and mapped, and mapped")
    with open(path, "r+b") as file:
        file.seek(0x1200)
        file.write(b"\xcc")
    tap.refused(E.EKEYREJECTED, "remote=1: changed, it is refused",
                lab.execute, path)
    tap.refused(E.EPERM, "remote=1: an unsigned file", lab.execute,
                shutil.copy("w9", os.environ["RESULTS"]))


def main():
    """Everything, in one go of enforce, and on another file system in a second."""
    lab.run("modprobe", "-a", "loop", "nbd", "ext4", "overlay")
    lab.load()
    lab.tool("catalog", "create", "--key", "lab.key", "--name", "lab",
             "--output", "lab.cat", lab.copy("w9"))
    wrong = made_wrong()
    with open("w11", "wb"):
        pass
    os.chmod("w8", 0o755)
    lab.tool("mode", "enforce")
    files(wrong)
    memory_files()
    scripts()
    memory()
    exec_on_ext4()
    served_disk()
    overlay()
    remote()
    lab.end()
    tap.end()


main()
