# SPDX-License-Identifier: GPL-2.0-only
"""
One guest: the command line that starts it, the channels to it, and the
verdict on it. tests/vm/run starts one of these, tests/vm/cluster several.

Channels, one virtio port or serial line each:
  console   the kernel's, into a file of the results folder
  output    what the command prints; ends with a NUL and the run's token
  status    what stage2 says; only lines that begin with the token count
  control   both ways, for the agent of a cluster (nodes.py)
  terminal  an interactive shell: this program's, or a socket (cluster)
  qmp       QEMU's own, to pull a network cable
The token is random for each run and the ports are separate, so whatever is
printed in the guest, to the console or by the command, is never a status.
"""
import contextlib
import dataclasses
import json
import os
import secrets
import select
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
import zlib

import machine
import report

# Exit statuses that are the harness's; all others are the command's own.
UNPREPARED = 240
TIMED_OUT = 241
DIED = 242
REPORTED = 243
LEFTOVERS = 244

HERE = os.path.dirname(os.path.abspath(__file__))
ARGS = ("console=ttyS0 loglevel=6 panic=-1 oops=panic mitigations=off "
        "watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120 "
        "workqueue.watchdog_thresh=120 random.trust_cpu=on "
        "printk.devkmsg=on")
# Without a steady clock the kernel must neither test nor trust the counters.
ARGS_EMULATED = "no_timer_check tsc=unstable"


@dataclasses.dataclass
class Options:
    """What can be chosen about a guest. Times in seconds, sizes in MB."""
    kernel: str = "6.12"
    cpus: int = 2
    memory_mb: int = 1024
    limit_s: float = 300
    results: str = ""
    kernel_args: str = ""
    root: str = ""
    root_flags: str = "rw"
    disks: list = dataclasses.field(default_factory=list)
    icount: bool = False
    accel: str = ""
    net: str = ""
    node: int = 1
    name: str = "vm"
    insert: list = dataclasses.field(default_factory=list)
    terminal: str = ""
    control: bool = False
    allow_reports: list = dataclasses.field(default_factory=list)
    allow_taints: str = ""
    leftovers_ok: bool = False
    qemu_args: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Verdict:
    """How a run ended. @exit is 0 only when everything was right."""
    exit: int = DIED
    status: int | None = None
    reason: str = ""
    reports: list = dataclasses.field(default_factory=list)
    taints: str = ""
    leftovers: list = dataclasses.field(default_factory=list)
    seconds: float = 0.0


class Guest:
    """
    A guest and its QEMU. start(), then wait() exactly once; kill() may be
    called between the two, from any thread. @output receives what the command
    prints, in pieces of bytes.
    """

    def __init__(self, options, command, output=None):
        self.options = options
        self.command = command
        self.output = output or (lambda data: None)
        self.token = secrets.token_hex(16)
        self.kernel = machine.Kernel(options.kernel)
        self.scratch = machine.scratch("run.")
        self.results = os.path.abspath(options.results or
                                       f"{self.scratch}/results")
        self.killed = False
        self.said = {"leftover": []}
        self.ended = False
        self.drained = False
        self.qemu = None
        self.ports = {}
        self.began = 0.0

    # ---- starting ----

    def start(self):
        """Boots the guest; returns at once."""
        os.makedirs(self.results, exist_ok=True)
        for name in ("console.log", "dmesg.txt", "kmemleak.txt", "vm.json"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{self.results}/{name}")
        self.write_initrd()
        inner = [self.open_port(name) for name in ("status", "output")]
        stdio = self.options.terminal == "stdio"
        with open(f"{self.scratch}/qemu.log", "wb") as log:
            self.qemu = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL"] + self.qemu_command(inner),
                stdin=None if stdio else subprocess.DEVNULL,
                stdout=None if stdio else log, stderr=log, pass_fds=inner)
        for fd in inner:
            os.close(fd)
        self.began = time.monotonic()

    def open_port(self, name):
        """A pipe for port @name; returns the end that QEMU writes to."""
        ours, theirs = os.pipe()
        self.ports[name] = ours
        return theirs

    def write_initrd(self):
        """The kernel's early archive, and one with what is of this run."""
        archive, load = self.kernel.early()
        entries = [("init", stat.S_IFREG | 0o755, machine.slurp(f"{HERE}/init"))]
        files = {"stage2": f"{HERE}/stage2",
                 "leftovers": f"{machine.TOP}/tests/lib/leftovers.sh"}
        for name, path in files.items():
            entries.append((name, stat.S_IFREG | 0o644, machine.slurp(path)))
        entries.append(("job", stat.S_IFREG | 0o644, self.job(load).encode()))
        initrd = f"{self.scratch}/initrd"
        shutil.copyfile(archive, initrd)
        with open(initrd, "ab") as out:
            out.write(machine.cpio(entries))

    def job(self, load):
        """The shell variables that init and stage2 read."""
        opts = self.options
        purposes = ["base", "9p", "disk" if opts.root else "host"]
        if opts.disks and not opts.root:
            purposes.append("disk")
        if opts.net:
            purposes.append("net")
        early = list(dict.fromkeys(m for p in purposes for m in load[p]))
        tree = machine.module_tree(self.kernel)
        columns, rows = (a or b for a, b in
                         zip(shutil.get_terminal_size(), (80, 24)))
        scalars = {
            "VM_TOKEN": self.token, "VM_NAME": opts.name,
            "VM_KERNEL": self.kernel.release, "VM_MODTREE": tree,
            "VM_LOAD": " ".join(early), "VM_CWD": os.getcwd(),
            "VM_ROOT": "disk" if opts.root else "host",
            "VM_ROOT_FLAGS": opts.root_flags,
            "VM_HOST": "/host" if opts.root else "",
            "VM_NODE": str(opts.node) if opts.net else "",
            "VM_DEBUG": "1" if self.kernel.debug else "",
            "VM_TERMINAL": opts.terminal,
            "VM_TERM": os.environ.get("TERM", "") if opts.terminal else "",
            "VM_ROWS": str(rows), "VM_COLUMNS": str(columns),
            "VM_LEFTOVERS_OK": "1" if opts.leftovers_ok else "",
        }
        lines = [f"{k}={shlex.quote(v)}" for k, v in scalars.items()]
        # busybox reads this too and has no arrays: only stage2 comes here.
        for key, words in (("VM_COMMAND", self.command),
                           ("VM_INSERT", opts.insert)):
            quoted = " ".join(map(shlex.quote, words))
            lines.append(f'[ -z "$BASH_VERSION" ] || eval {key}='
                         f"{shlex.quote('(' + quoted + ')')}")
        return "\n".join(lines) + "\n"

    def accelerator(self):
        """kvm or tcg: KVM only where it was seen to work."""
        opts = self.options
        if opts.accel:
            return opts.accel
        if opts.icount:
            return "tcg"
        return "kvm" if machine.kvm_usable(probe_kvm) else "tcg"

    def qemu_command(self, ports):
        """The whole command line of QEMU."""
        opts = self.options
        accel = self.accelerator()
        args = ["/usr/bin/qemu-system-x86_64", "-nodefaults",
                "-no-user-config", "-no-reboot", "-display", "none",
                "-M", "q35", "-m", str(opts.memory_mb), "-name", opts.name]
        if accel == "kvm":
            args += ["-accel", "kvm", "-cpu", "host"]
        elif opts.icount:
            args += ["-accel", "tcg,thread=single,tb-size=256",
                     "-icount", "shift=0,sleep=off",
                     "-cpu", "max,la57=off,-erms,-fsrm"]
        else:
            # One thread for all processors of a guest. With a thread each,
            # QEMU 7.2 now and then runs an instruction that another processor
            # has just patched, as it was: a stale int3 ("Oops: int3") while
            # static keys are switched, which no real processor shows.
            args += ["-accel", "tcg,thread=single,tb-size=256",
                     "-cpu", "max,la57=off,-erms,-fsrm"]
        args += ["-smp", "1" if opts.icount else str(opts.cpus)]
        args += ["-kernel", self.kernel.image(),
                 "-initrd", f"{self.scratch}/initrd", "-append",
                 " ".join(filter(None, (
                     ARGS, ARGS_EMULATED if accel == "tcg" else "",
                     opts.kernel_args)))]
        args += self.channel_devices(ports)
        args += share_device("hostroot", "/", True)
        args += share_device("results", self.results, False)
        args += self.disk_devices() + self.net_devices()
        return args + opts.qemu_args

    def channel_devices(self, ports):
        """Console, ports, terminal, monitor and a source of randomness."""
        args = ["-chardev", f"file,id=con,path={self.results}/console.log",
                "-serial", "chardev:con", "-device", "virtio-rng-pci",
                "-device", "virtio-serial-pci"]
        for name, fd in zip(("status", "output"), ports):
            args += ["-chardev", f"file,id={name},path=/dev/fd/{fd}",
                     "-device", f"virtserialport,chardev={name},name=vm.{name}"]
        if self.options.control:
            args += ["-chardev", f"socket,id=ctl,path={self.scratch}/control,"
                     "server=on,wait=off",
                     "-device", "virtserialport,chardev=ctl,name=vm.control"]
        if self.options.terminal:
            tty = "stdio,id=tty,signal=off"
            if self.options.terminal != "stdio":
                tty = (f"socket,id=tty,path={self.scratch}/tty,"
                       "server=on,wait=off")
            args += ["-chardev", tty, "-device", "virtconsole,chardev=tty"]
        return args + ["-qmp", f"unix:{self.scratch}/qmp,server=on,wait=off"]

    def disk_devices(self):
        """The root, thrown away afterwards, and the extra disks, kept."""
        opts, args = self.options, []
        if opts.root:
            args += ["-drive", f"if=virtio,format=raw,snapshot=on,"
                     f"file={os.path.abspath(opts.root)}"]
        for disk in opts.disks:
            args += ["-drive", f"if=virtio,format=raw,cache=unsafe,"
                     f"file={os.path.abspath(disk)}"]
        return args

    def net_devices(self):
        """
        A multicast group of the loopback device is the Ethernet. Its address
        comes from the name, so guests of one name meet and others do not.
        """
        opts = self.options
        if not opts.net:
            return []
        number = zlib.crc32(f"{machine.TOP} {opts.net}".encode())
        group = f"239.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        port = 20000 + (number >> 24) * 32
        return ["-netdev", f"socket,id=net,mcast={group}:{port},"
                "localaddr=127.0.0.1", "-device",
                f"virtio-net-pci,id=nic,netdev=net,mac=52:54:00:77:00:"
                f"{opts.node:02x}"]

    # ---- running ----

    def kill(self):
        """Power cut: the guest is gone at once, nothing is written back."""
        self.killed = True
        self.qemu.kill()

    def link(self, up):
        """Plugs the network cable in or pulls it."""
        self.monitor("set_link", name="nic", up=up)

    def monitor(self, command, **arguments):
        """One command of QEMU's monitor."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(f"{self.scratch}/qmp")
            stream = sock.makefile("rw")
            stream.readline()
            for execute, words in (("qmp_capabilities", {}),
                                   (command, arguments)):
                json.dump({"execute": execute, "arguments": words}, stream)
                stream.flush()
                answer = json.loads(stream.readline())
                while "event" in answer:
                    answer = json.loads(stream.readline())
        if "error" in answer:
            raise machine.Error(f"{command}: {answer['error']['desc']}")

    def wait(self):
        """Waits for the guest and judges it. Returns the Verdict."""
        try:
            timed_out = self.pump()
            self.qemu.kill()
            self.qemu.wait()
            verdict = self.judge(timed_out)
        finally:
            if self.qemu.poll() is None:
                self.qemu.kill()
                self.qemu.wait()
            for fd in self.ports.values():
                os.close(fd)
            self.keep_evidence()
        with open(f"{self.results}/vm.json", "w", encoding="utf-8") as out:
            json.dump(dataclasses.asdict(verdict), out, indent=1)
            out.write("\n")
        return verdict

    def keep_evidence(self):
        """Removes the scratch folder; results given by the caller stay."""
        log = f"{self.scratch}/qemu.log"
        if self.results.startswith(self.scratch):
            self.results = f"{machine.BUILD}/vm/last"
            with machine.locked(f"{machine.BUILD}/vm/.lock"):
                shutil.rmtree(self.results, ignore_errors=True)
                os.rename(f"{self.scratch}/results", self.results)
        shutil.copyfile(log, f"{self.results}/qemu.log")
        shutil.rmtree(self.scratch, ignore_errors=True)

    def pump(self):
        """Moves data until the guest has ended; True when time ran out."""
        deadline = self.began + self.options.limit_s
        rest = {fd: b"" for fd in self.ports.values()}
        poller = select.poll()
        for fd in rest:
            poller.register(fd, select.POLLIN)
        while rest and not (self.ended and self.drained):
            left = deadline - time.monotonic()
            if left <= 0:
                return True
            for fd, _ in poller.poll(min(left, 10) * 1000):
                data = os.read(fd, 65536)
                if not data:
                    poller.unregister(fd)
                    del rest[fd]
                elif fd == self.ports["status"]:
                    rest[fd] = self.take_status(rest[fd] + data)
                else:
                    rest[fd] = self.take_output(rest[fd] + data)
        return False

    def take_status(self, data):
        """Takes whole lines of the status port; returns what is not one."""
        *lines, rest = data.split(b"\n")
        for line in lines:
            token, _, said = line.decode(errors="replace").partition(" ")
            if token != self.token:
                continue
            key, _, value = said.partition(" ")
            if key == "leftover":
                self.said[key].append(value)
            else:
                self.said[key] = value
            if key == "end":
                self.ended = True
                self.drained |= bool(self.options.terminal)
        return rest

    def take_output(self, data):
        """Passes output on, except what may be the mark of its end."""
        mark = b"\0" + self.token.encode() + b"\n"
        at = data.find(mark)
        if at >= 0:
            self.output(data[:at])
            self.drained = True
            return b""
        keep = data.rfind(b"\0")
        if keep < 0 or len(data) - keep >= len(mark):
            keep = len(data)
        self.output(data[:keep])
        return data[keep:]

    # ---- judging ----

    def judge(self, timed_out):
        """The Verdict, the gravest reason first."""
        v = Verdict(seconds=round(time.monotonic() - self.began, 1))
        log = ""
        for name in ("console.log", "dmesg.txt"):
            with contextlib.suppress(FileNotFoundError):
                with open(f"{self.results}/{name}", encoding="utf-8",
                          errors="replace") as text:
                    log += text.read() + "\n" * report.REACH
        v.reports = report.reports(log, self.options.allow_reports)
        v.taints = report.unexpected_taints(int(self.said.get("taint", 0)),
                                            self.options.allow_taints)
        v.leftovers = self.said["leftover"]
        if "status" in self.said:
            v.status = int(self.said["status"])
        if timed_out:
            v.exit = TIMED_OUT
            v.reason = f"no end after {self.options.limit_s:g} s"
        elif "unprepared" in self.said:
            v.exit, v.reason = UNPREPARED, "a module or the network failed"
        elif v.status is None or not self.ended:
            v.exit = DIED
            v.reason = "was killed" if self.killed else "died"
        elif v.reports or v.taints:
            v.exit = REPORTED
            v.reason = "the kernel reported something"
            if v.taints:
                v.reason += f", taint {v.taints}"
        elif v.leftovers:
            v.exit, v.reason = LEFTOVERS, "something was left at unload"
        else:
            v.exit = v.status
        return v


def share_device(tag, path, readonly):
    """A folder of the host as a 9p file system."""
    mode = "readonly=on,multidevs=remap" if readonly else "multidevs=remap"
    return ["-fsdev", f"local,id={tag},path={path},security_model=none,{mode}",
            "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"]


def explain(verdict, guest, out=sys.stderr):
    """Says in words why a run failed; nothing when it did not."""
    if not verdict.reason:
        return
    name = guest.options.name
    print(f"{name}: {verdict.reason} ({guest.kernel.release}, "
          f"{verdict.seconds:g} s, log: {guest.results}/console.log)", file=out)
    for line in verdict.reports + verdict.leftovers:
        print(f"{name}:   {line}", file=out)
    if verdict.exit in (DIED, TIMED_OUT) and not verdict.reports:
        show_tail(f"{guest.results}/console.log", out)
        show_tail(f"{guest.results}/qemu.log", out)


def show_tail(path, out, lines=8):
    """The last lines of a log, set off."""
    with contextlib.suppress(FileNotFoundError):
        with open(path, encoding="utf-8", errors="replace") as text:
            for line in text.read().splitlines()[-lines:]:
                print("    | " + line, file=out)


def probe_kvm():
    """Whether a guest under KVM comes up in the time an emulated one needs."""
    opts = Options(accel="kvm", limit_s=30, cpus=2, memory_mb=512, name="probe")
    opts.kernel = machine.run(f"{machine.TOP}/scripts/kernels",
                              "list").split()[-1]
    guest = Guest(opts, ["true"])
    guest.start()
    return guest.wait().exit == 0


def end_on_signals():
    """SIGTERM and SIGHUP end this program as Ctrl-C does: with clean-up."""
    def stop(number, _):
        raise SystemExit(128 + number)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
