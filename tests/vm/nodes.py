# SPDX-License-Identifier: GPL-2.0-only
"""
Several guests on one Ethernet, ordered about from the host.

    with nodes.Cluster(3) as c:
        c[1].sh("modprobe tipc")              # waits; Failed unless status 0
        job = c[2].start("sleep 5; exit 3")   # does not wait
        c[3].kill()                           # power cut
        c[1].link(False)                      # pulls the cable
        status, text = job.wait()

Guest N is node N, has the address 10.77.0.N and the name nN. Leaving the
block ends the guests and judges each as tests/vm/run does; a guest that was
killed on purpose is not held against the run, whatever else is wrong raises
Failed. In every guest runs tests/vm/agent, which takes orders from a port of
its own and answers with the status; what an order prints goes to the results.

Each guest has a thread that moves its data. Jobs are kept by number in
Node.jobs: entered before the order is sent, taken by the thread that reads
the answers.
"""
import copy
import os
import secrets
import socket
import threading
import time

import guest
import machine

HERE = os.path.dirname(os.path.abspath(__file__))


class Failed(Exception):
    """An order or a guest did not do what was wanted of it."""


class Job:
    """One order to a guest."""

    def __init__(self, node, number, script):
        self.node = node
        self.number = number
        self.script = script
        self.status = None
        self.done = threading.Event()

    def output(self):
        """What it has printed so far, both streams."""
        path = f"{self.node.guest.results}/order.{self.number}"
        try:
            with open(path, encoding="utf-8", errors="replace") as text:
                return text.read()
        except FileNotFoundError:
            return ""

    def wait(self, limit_s=120):
        """(status, output) once it has ended; status None: the guest died."""
        if not self.done.wait(limit_s):
            raise Failed(f"n{self.node.number}: no end after {limit_s} s: "
                         f"{self.script}\n{self.output()}")
        return self.status, self.output()


class Node:
    """One guest of a cluster."""

    def __init__(self, number, options, command):
        self.number = number
        self.jobs = {}
        self.next_job = 0
        self.verdict = None
        self.socket = None
        self.address = f"10.77.0.{number}"
        self.guest = guest.Guest(options, command, self.print_output)
        self.ready = threading.Event()
        self.lock = threading.Lock()

    def print_output(self, data):
        """The agent prints only when it is in trouble."""
        os.write(2, data)

    def boot(self):
        """Starts the guest and the threads that serve it."""
        self.guest.start()
        threading.Thread(target=self.judge, daemon=True).start()
        threading.Thread(target=self.listen, daemon=True).start()

    def judge(self):
        """Thread: moves the guest's data until it ends."""
        self.verdict = self.guest.wait()
        self.ready.set()
        for job in list(self.jobs.values()):
            job.done.set()

    def listen(self):
        """Thread: reads the agent's answers."""
        path = f"{self.guest.scratch}/control"
        self.socket = socket.socket(socket.AF_UNIX)
        for _ in range(200):
            try:
                self.socket.connect(path)
                break
            except OSError:
                time.sleep(0.05)
        with self.socket.makefile("r", encoding="utf-8") as answers:
            for line in answers:
                if line == "ready\n":
                    self.ready.set()
                    continue
                number, status = map(int, line.split())
                job = self.jobs.pop(number)
                job.status = status
                job.done.set()

    def start(self, script):
        """Gives an order (a bash script) and returns its Job at once."""
        with self.lock:
            self.next_job += 1
            job = Job(self, self.next_job, script)
            if self.verdict:
                job.done.set()
                return job
            self.jobs[job.number] = job
            self.socket.sendall(f"{job.number} {script}\0".encode())
        return job

    def run(self, script, limit_s=120):
        """Gives an order and waits: (status, output)."""
        return self.start(script).wait(limit_s)

    def sh(self, script, limit_s=120):
        """Output of an order that must succeed."""
        status, text = self.run(script, limit_s)
        if status != 0:
            raise Failed(f"n{self.number}: status {status}: {script}\n{text}")
        return text

    def kill(self):
        """Power cut."""
        self.guest.kill()

    def link(self, up):
        """Plugs in or pulls the network cable."""
        self.guest.link(up)


class Cluster:
    """
    @count guests; @kernels are given to them in turn. @options are those of
    every guest (guest.Options), @results a folder with one folder per guest.
    With @command that is run in place of the agent, and only the Guest
    of each Node is of use.
    """

    def __init__(self, count, kernels=("6.12",), options=None, results="",
                 command=None):
        base = options or guest.Options(cpus=1, memory_mb=768)
        self.net = "cluster-" + secrets.token_hex(4)
        results = results or f"{machine.BUILD}/vm/cluster"
        self.control = command is None
        host = "/host" if base.root else ""
        command = command or ["bash", f"{host}{HERE}/agent"]
        self.nodes = []
        for number in range(1, count + 1):
            opts = copy.deepcopy(base)
            opts.kernel = kernels[(number - 1) % len(kernels)]
            opts.net, opts.node = self.net, number
            opts.control = self.control
            opts.name = f"n{number}"
            opts.results = f"{results}/n{number}"
            self.nodes.append(Node(number, opts, command))

    def __getitem__(self, number):
        return self.nodes[number - 1]

    def __iter__(self):
        return iter(self.nodes)

    def __enter__(self):
        for node in self:
            node.boot()
        for node in self:
            node.ready.wait(node.guest.options.limit_s + 10)
            if node.verdict:
                guest.explain(node.verdict, node.guest)
                self.destroy()
                raise Failed(f"n{node.number} did not come up")
        return self

    def __exit__(self, kind, error, trace):
        if kind:
            self.destroy()
            return False
        return self.stop()

    def destroy(self):
        """Ends all guests without asking them."""
        for node in self:
            if node.guest.qemu and not node.verdict:
                node.kill()

    def stop(self):
        """Ends the guests in order and judges them; raises Failed."""
        for node in self:
            if not node.verdict and not node.guest.killed:
                node.socket.sendall(b"0 exit\0")
        bad = []
        for node in self:
            while not node.verdict:
                time.sleep(0.05)
            if node.verdict.exit and not (
                    node.guest.killed and not node.verdict.reports):
                guest.explain(node.verdict, node.guest)
                bad.append(f"n{node.number}: {node.verdict.reason}")
        if bad:
            raise Failed("; ".join(bad))
        return False
