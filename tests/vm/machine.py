# SPDX-License-Identifier: GPL-2.0-only
"""
What a guest is made of, prepared on the host: a kernel's image, the modules
it needs before it has a root, the module tree with our modules in it, and the
answer to "does KVM work here".

Everything made here is kept below build/ and made again only when what it was
made from has changed. Several processes may ask at the same time: each thing
is made under a lock and renamed into place, so that a reader sees all of it
or none.
"""
import contextlib
import fcntl
import hashlib
import json
import lzma
import os
import re
import shutil
import stat
import subprocess
import tempfile

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.path.join(TOP, "build")
CACHE = os.path.join(BUILD, "cache", "vm")
BUSYBOX = "/bin/busybox"

# Modules a guest may need before it can load any from its root.
EARLY = {
    "base": ["virtio_pci", "virtio_console", "virtio_rng"],
    "9p": ["9pnet_virtio", "9p"],
    "host": ["overlay"],
    "disk": ["virtio_blk", "ext4"],
    "net": ["virtio_net"],
}


class Error(Exception):
    """What the person who started the guest has to put right."""


@contextlib.contextmanager
def locked(path):
    """Holds the lock file @path; makes its folder."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(*argv):
    """Standard output of a program of the host; Error when it fails."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Error(f"{' '.join(argv)}: {done.stderr.strip()}")
    return done.stdout


def newer(path, *sources):
    """True when @path exists and is no older than every one of @sources."""
    try:
        made = os.stat(path).st_mtime
        return all(os.stat(s).st_mtime <= made for s in sources)
    except FileNotFoundError:
        return False


# ---- cpio --------------------------------------------------------------------

def cpio_entry(name, mode, data=b""):
    """One file of a newc archive, as the kernel unpacks it."""
    raw = name.encode() + b"\0"
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(raw), 0)
    head = b"070701" + b"".join(b"%08x" % f for f in fields) + raw
    head += b"\0" * (-len(head) % 4)
    return head + data + b"\0" * (-len(data) % 4)


def cpio(entries):
    """An archive of (name, mode, bytes); ends so that another may follow."""
    body = b"".join(cpio_entry(*e) for e in entries)
    body += cpio_entry("TRAILER!!!", 0)
    return body + b"\0" * (-len(body) % 512)


# ---- kernel ------------------------------------------------------------------

class Kernel:
    """One unpacked kernel, named by release, series or the word debug."""

    def __init__(self, name):
        self.release = find_release(name)
        self.root = run(f"{TOP}/scripts/kernels", "root", self.release).strip()
        self.modules = f"{self.root}/lib/modules/{self.release}"
        self.bzimage = f"{self.root}/boot/vmlinuz-{self.release}"
        self.cache = f"{CACHE}/{self.release}"
        self.debug = self.release.endswith("-dbg")
        config = f"{self.root}/boot/config-{self.release}"
        with open(config, encoding="ascii") as text:
            self.kasan = "CONFIG_KASAN=y" in text.read()

    def image(self):
        """
        Path of what QEMU boots. The unpacked ELF file spares the guest two
        seconds of unpacking itself. A KASAN kernel does not start that way.
        """
        if self.kasan:
            return self.bzimage
        elf = f"{self.cache}/vmlinux"
        with locked(f"{self.cache}/.lock"):
            if not newer(elf, self.bzimage):
                unpack_image(self.bzimage, elf)
        return elf

    def early(self):
        """
        The archive of the first modules and busybox, and for each purpose in
        EARLY the modules to load, dependencies first.
        """
        archive, table = f"{self.cache}/early.cpio", f"{self.cache}/early.json"
        wanted = hashlib.sha256(json.dumps(EARLY).encode()).hexdigest()
        with locked(f"{self.cache}/.lock"):
            if newer(archive, self.bzimage, BUSYBOX) and newer(table, archive):
                with open(table, encoding="ascii") as text:
                    made = json.load(text)
                if made["wanted"] == wanted:
                    return archive, made["load"]
            load = self.make_early(archive)
            with open(table, "w", encoding="ascii") as text:
                json.dump({"wanted": wanted, "load": load}, text)
        return archive, load

    def make_early(self, archive):
        """Writes @archive and returns what early() calls load."""
        load, files = {}, {}
        for purpose, names in EARLY.items():
            load[purpose] = []
            for path in self.with_dependencies(names):
                name = re.sub(r"\.ko(\.xz)?$", "", os.path.basename(path))
                if name not in load[purpose]:
                    load[purpose].append(name)
                files[name] = path
        folders = ["bin", "m", "proc", "sys", "dev", "n", "host", "rw"]
        entries = [(d, stat.S_IFDIR | 0o755) for d in folders]
        entries.append(("bin/busybox", stat.S_IFREG | 0o755, slurp(BUSYBOX)))
        entries.append(("bin/sh", stat.S_IFLNK | 0o777, b"busybox"))
        for name, path in files.items():
            entries.append((f"m/{name}.ko", stat.S_IFREG | 0o644, slurp(path)))
        with open(archive + ".new", "wb") as out:
            out.write(cpio(entries))
        os.rename(archive + ".new", archive)
        return load

    def with_dependencies(self, names):
        """Paths of the modules @names and what they need; no built-in ones."""
        paths = []
        for name in names:
            shown = run("/sbin/modprobe", "-d", self.root, "-S", self.release,
                        "--show-depends", name)
            paths += re.findall(r"^insmod (\S+)", shown, re.M)
        return paths


def find_release(name):
    """The release for what -k was given: a release, a series or debug."""
    have = run(f"{TOP}/scripts/kernels", "list").split()
    if name in have:
        return name
    if name == "debug":
        debug = [r for r in have if r.endswith("-dbg")]
        if not debug:
            raise Error("no debug kernel: scripts/kernels debug builds one")
        return debug[-1]
    return run(f"{TOP}/scripts/kernels", "release", name).strip()


def slurp(path):
    """Content of a file, unpacked when its name ends in .xz."""
    opener = lzma.open if path.endswith(".xz") else open
    with opener(path, "rb") as stream:
        return stream.read()


def unpack_image(bzimage, elf):
    """Finds the compressed kernel in @bzimage and writes it, an ELF file."""
    with open(bzimage, "rb") as stream:
        raw = stream.read()
    packers = ((b"\xfd7zXZ\0", ["xz", "-dc"]),
               (b"\x28\xb5\x2f\xfd", ["zstd", "-dc"]),
               (b"\x02\x21\x4c\x18", ["lz4", "-dc"]))
    for magic, program in packers:
        for at in (m.start() for m in re.finditer(re.escape(magic), raw)):
            # The payload is followed by the rest of the image, which the
            # program complains about after it has written all we want.
            done = subprocess.run(program, input=raw[at:], check=False,
                                  capture_output=True)
            if done.stdout.startswith(b"\x7fELF"):
                with open(elf + ".new", "wb") as out:
                    out.write(done.stdout)
                os.rename(elf + ".new", elf)
                return
    raise Error(f"{bzimage} holds no kernel packed with xz, zstd or lz4")


# ---- our modules ---------------------------------------------------------------

def module_tree(kernel):
    """
    Makes build/<release>/modtree, whose lib/modules/<release> is what the
    guest sees: the kernel's own modules by a link, ours copied to updates/.
    depmod takes seconds, so it runs only when what it reads has changed.
    """
    base = f"{BUILD}/{kernel.release}"
    tree = f"{base}/modtree"
    folder = f"{tree}/lib/modules/{kernel.release}"
    with locked(f"{base}/.modtree.lock"):
        os.makedirs(f"{folder}/updates", exist_ok=True)
        link_kernel_modules(kernel, folder)
        changed = copy_modules(f"{base}/mod", f"{folder}/updates")
        stamp = f"{tree}/.depmod"
        if changed or not os.path.exists(stamp):
            facts = module_facts(f"{folder}/updates")
            if not os.path.exists(stamp) or slurp(stamp).decode() != facts:
                run("/sbin/depmod", "-b", tree, kernel.release)
                with open(stamp, "w", encoding="utf-8") as out:
                    out.write(facts)
    return folder


def link_kernel_modules(kernel, folder):
    """Links are relative: the guest may see the host's root elsewhere."""
    for name in ("kernel", "modules.builtin", "modules.builtin.modinfo",
                 "modules.order"):
        there = os.path.realpath(f"{kernel.modules}/{name}")
        link = f"{folder}/{name}"
        target = os.path.relpath(there, os.path.realpath(folder))
        if os.path.exists(there) and not os.path.islink(link):
            os.symlink(target, link)


def copy_modules(source, updates):
    """Brings @updates to what was built; True when anything changed."""
    built = {}
    for folder, _, names in os.walk(source):
        built.update({n: f"{folder}/{n}" for n in names if n.endswith(".ko")})
    changed = False
    for name in os.listdir(updates):
        if name not in built:
            os.unlink(f"{updates}/{name}")
            changed = True
    for name, path in built.items():
        if not newer(f"{updates}/{name}", path):
            shutil.copyfile(path, f"{updates}/{name}.new")
            os.rename(f"{updates}/{name}.new", f"{updates}/{name}")
            changed = True
    return changed


def module_facts(updates):
    """What depmod reads from our modules, as text to compare."""
    facts = []
    for name in sorted(os.listdir(updates)):
        info = run("/sbin/modinfo", f"{updates}/{name}")
        kept = re.findall(r"^(?:name|alias|depends|softdep|import_ns):.*$",
                          info, re.M)
        exports = re.findall(r"\b__ksymtab_(?!strings)\w+",
                             run("nm", f"{updates}/{name}"))
        facts += [name] + kept + exports
    return "\n".join(facts)


# ---- KVM -------------------------------------------------------------------------

def kvm_usable(probe):
    """
    True when a guest truly runs under KVM. The device may exist and hang
    every guest, so @probe boots one with a time limit and says how it went.
    The answer holds until the machine restarts.
    """
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    boot = slurp("/proc/sys/kernel/random/boot_id").decode().strip()
    answer = f"{CACHE}/kvm"
    with locked(f"{CACHE}/.kvm.lock"):
        with contextlib.suppress(FileNotFoundError, ValueError):
            known, said = slurp(answer).decode().split()
            if known == boot:
                return said == "yes"
        works = probe()
        with open(answer, "w", encoding="ascii") as out:
            out.write(f"{boot} {'yes' if works else 'no'}\n")
    return works


def scratch(prefix):
    """A private folder below build/, which the caller removes."""
    os.makedirs(f"{BUILD}/vm", exist_ok=True)
    return tempfile.mkdtemp(prefix=prefix, dir=f"{BUILD}/vm")
