# SPDX-License-Identifier: GPL-2.0-only
"""
A guest that measures and does nothing else.

Test guests (tests/vm/guest.py) have the host's root below them, and a shell,
its pipes and a file server beside what is tested. A measured guest is smaller: busybox
runs one script from the initial RAM disk, and nothing else is running. Its
kernel, its modules and its archive come from tests/vm/machine.py.

With icount=True a nanosecond of guest time is one instruction, and the counts
stay the same whatever else the host does. Several CPUs then take turns, a slice
of guest time each: a lock that is held across the end of a slice is waited for
by the others as it would be, but nothing runs at the same instant.
"""
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "vm"))
sys.dont_write_bytecode = True
import guest  # noqa: E402  pylint: disable=wrong-import-position
import machine  # noqa: E402  pylint: disable=wrong-import-position

# virtio_pci and the disk; the rest of what a measured guest needs is built in.
MODULES = ["virtio_pci", "virtio_blk", "ext4", "sha256-ssse3"]

# Lines of the console that say that the kernel is not well.
REPORT = re.compile(r"BUG:|WARNING:|Oops|Kernel panic|general protection|"
                    r"rcu.*stall|soft lockup|unable to handle|Call Trace")

# norandmaps: a mapping costs the same each time. The rest makes a guest
# without hardware clocks boot without complaint.
KERNEL_ARGS = ("console=ttyS0 loglevel=4 panic=-1 oops=panic norandmaps "
               "tsc=unstable no_timer_check watchdog_thresh=60 rdinit=/init")

# Without fast string operations a copy counts by its size.
ICOUNT_CPU = "max,la57=off,-erms,-fsrm"


class Failed(Exception):
    """The guest did not end as it should have; the text says how."""


class QuietGuest:
    """
    What goes into a guest: files of the RAM disk by name, a disk, a script.

    @files maps a name below / to a path of the host; programs keep their mode.
    """

    def __init__(self, kernel, steps, files=None, disk=None):
        self.kernel = kernel
        self.steps = steps
        self.files = dict(files or {})
        self.disk = disk

    def archive(self):
        """Bytes of the initial RAM disk."""
        folders = {"bin", "m", "proc", "sys", "dev", "run", "t", "tmp"}
        entries = []
        for name in self.files:
            parts = name.strip("/").split("/")[:-1]
            folders |= {"/".join(parts[:i + 1]) for i in range(len(parts))}
        entries += [(d, stat.S_IFDIR | 0o755) for d in sorted(folders)]
        for name, path in self.files.items():
            mode = 0o755 if os.access(path, os.X_OK) else 0o644
            entries.append((name.strip("/"), stat.S_IFREG | mode,
                            machine.slurp(path)))
        entries += self.busybox_links()
        order = []
        for path in self.kernel.with_dependencies(MODULES):
            name = re.sub(r"\.ko(\.xz)?$", "", os.path.basename(path))
            if name not in order:
                order.append(name)
                entries.append((f"m/{name}.ko", stat.S_IFREG | 0o644,
                                machine.slurp(path)))
        text = "".join(f"{name}\n" for name in order)
        entries.append(("m/order", stat.S_IFREG | 0o644, text.encode()))
        entries.append(("steps", stat.S_IFREG | 0o644, self.steps.encode()))
        init = machine.slurp(os.path.join(TOP, "bench", "lib", "init"))
        entries.append(("init", stat.S_IFREG | 0o755, init))
        return machine.cpio(entries)

    def busybox_links(self):
        """The commands of busybox; a caller may have put a signed one there."""
        entries = []
        if "bin/busybox" not in self.files:
            entries.append(("bin/busybox", stat.S_IFREG | 0o755,
                            machine.slurp(machine.BUSYBOX)))
        names = machine.run(machine.BUSYBOX, "--list").split()
        entries += [(f"bin/{n}", stat.S_IFLNK | 0o777, b"busybox")
                    for n in names
                    if n != "busybox" and f"bin/{n}" not in self.files]
        return entries

    def command(self, folder, icount, cpus, memory, extra):
        """The command line of QEMU for a guest with its files in @folder."""
        words = ["qemu-system-x86_64", "-nodefaults", "-no-user-config",
                 "-no-reboot", "-display", "none", "-M", "q35",
                 "-m", str(memory), "-smp", str(cpus),
                 "-kernel", self.kernel.image(),
                 "-initrd", f"{folder}/initrd",
                 "-append", f"{KERNEL_ARGS} {extra}",
                 "-chardev", f"file,id=console,path={folder}/console",
                 "-serial", "chardev:console",
                 "-chardev", f"file,id=said,path={folder}/said",
                 "-serial", "chardev:said"]
        if icount:
            # With CPUs that take turns, a kernel was seen to die of a flags
            # register that no program can have written, one instruction
            # behind a cmpxchg16b (QEMU 7.2). Without it the kernel uses
            # other means.
            cpu = ICOUNT_CPU + (",-cx16" if cpus > 1 else "")
            words += ["-accel", "tcg,tb-size=256", "-cpu", cpu,
                      "-icount", "shift=0,sleep=off"]
        elif machine.kvm_usable(guest.probe_kvm):
            words += ["-accel", "kvm", "-cpu", "host"]
        else:
            words += ["-accel", "tcg,thread=multi,tb-size=256",
                      "-cpu", "max,la57=off"]
        if self.disk:
            words += ["-drive", f"file={folder}/disk,if=none,id=d,format=raw",
                      "-device", "virtio-blk-pci,drive=d"]
        return words

    def run(self, icount=True, cpus=1, memory=1024, limit=900, extra="",
            keep=None):
        """
        Boots the guest and returns the lines it said, without the last.

        @limit: seconds it may take
        @keep: where its console and what it said are copied
        """
        base = os.path.join(TOP, "build", "bench")
        os.makedirs(base, exist_ok=True)
        folder = tempfile.mkdtemp(prefix="guest-", dir=base)
        try:
            with open(f"{folder}/initrd", "wb") as out:
                out.write(self.archive())
            if self.disk:
                shutil.copyfile(self.disk, f"{folder}/disk")
            words = self.command(folder, icount, cpus, memory, extra)
            self.boot(words, limit)
            return self.verdict(folder)
        finally:
            if keep:
                os.makedirs(keep, exist_ok=True)
                for name in ("console", "said"):
                    if os.path.exists(f"{folder}/{name}"):
                        shutil.copyfile(f"{folder}/{name}", f"{keep}/{name}")
            shutil.rmtree(folder, ignore_errors=True)

    @staticmethod
    def boot(words, limit):
        """Runs QEMU to its end, or for @limit seconds."""
        try:
            done = subprocess.run(words, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True,
                                  timeout=limit, check=False)
        except subprocess.TimeoutExpired:
            raise Failed(f"the guest did not end within {limit} s") from None
        if done.returncode:
            raise Failed(f"qemu: {done.stderr.strip()}")

    @staticmethod
    def verdict(folder):
        """The lines that were said; Failed unless all went well."""
        with open(f"{folder}/said", encoding="utf-8", errors="replace") as text:
            said = text.read().splitlines()
        with open(f"{folder}/console", encoding="utf-8",
                  errors="replace") as text:
            console = text.read().splitlines()
        bad = [line for line in console if REPORT.search(line)]
        if bad:
            raise Failed(f"kernel report: {bad[0]}")
        if not said or said[-1] != "end 0":
            last = (said or console or ["nothing"])[-1]
            raise Failed(f"the guest ended early; its last words: {last}")
        return said[:-1]
