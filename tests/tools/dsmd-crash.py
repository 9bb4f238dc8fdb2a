#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# host: timeout=300
"""
Kills a dsmd at every step of a push and of a rotation of keys, and sees that the
nodes agree afterwards.

Three nodes on loopback have policy 1 in force. Policy 2 is pushed while one of
them, once the coordinator and once a participant, is killed at its Nth step
(dsmd-kill.c says what a step is), for N from 1 on until the push needs no more
steps. Then the node is started again, and all nodes must come to have the same
policy in force, 1 or 2; 2 if the operator was told that it was decided on or
anyone had it in force already.

Then the same with keys of labels: a rotation is interrupted, and the next one must
give all nodes the same keys of one epoch.

STRIDE=1 takes every step, which takes minutes; by default every sixth, beginning
at a random one.
"""
import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time

import tap

TOP = os.environ.get("TOP") or os.getcwd()
DSM = f"{TOP}/build/tools/dsm"
DSMD = f"{TOP}/build/tools/dsmd"
NODES = ("a", "b", "c")
LIMIT_S = 60
STRIDE = int(os.environ.get("STRIDE", "6"))


def sh(*words, check=True, **how):
    """Runs a program; what it has printed."""
    done = subprocess.run(words, capture_output=True, text=True, check=False,
                          timeout=LIMIT_S * 2, **how)
    if check and done.returncode:
        raise RuntimeError(f"{words}: {done.stdout}{done.stderr}")
    return done


def certificates(folder):
    """An authority, and certificates of nodes and an operator."""
    ec = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    sh("openssl", "req", "-x509", *ec, "-keyout", f"{folder}/ca.key", "-out",
       f"{folder}/ca.pem", "-subj", "/CN=ca", "-days", "2")
    for name in NODES + ("op",):
        sh("openssl", "req", *ec, "-keyout", f"{folder}/{name}.key", "-out",
           f"{folder}/{name}.csr", "-subj", f"/CN={name}")
        sh("openssl", "x509", "-req", "-in", f"{folder}/{name}.csr", "-CA",
           f"{folder}/ca.pem", "-CAkey", f"{folder}/ca.key",
           "-CAcreateserial", "-out", f"{folder}/{name}.pem", "-days", "2")


class Cluster:
    """Three nodes, their folders and processes."""

    def __init__(self, folder):
        self.folder = folder
        self.port = random.randrange(20000, 30000)
        self.running = {}
        certificates(folder)
        for name in NODES + ("op",):
            self.configure(name)
        for serial in (1, 2):
            sh(DSM, "policy", "compile", "-o", f"{folder}/{serial}.img", "-",
               input=f"serial {serial};")

    def configure(self, name):
        """
        Writes the configuration of a node, or of the operator, and one for a
        node that asks nobody of its own accord after the start.
        """
        lines = [f"name {name}", "enforce none", "timeout 2",
                 f"ca {self.folder}/ca.pem", f"cert {self.folder}/{name}.pem",
                 f"key {self.folder}/{name}.key", "operator op",
                 f"state {self.folder}/{name}.state"]
        for i, node in enumerate(NODES):
            lines.append(f"node {node} 127.0.0.1:{self.port + i} nid {i + 1}")
        for kind, interval in ("conf", 0.5), ("calm", 3600):
            with open(f"{self.folder}/{name}.{kind}", "w",
                      encoding="ascii") as f:
                f.write("\n".join(lines + [f"interval {interval}"]) + "\n")

    def reset(self):
        """All nodes stopped, with policy 1 in force."""
        for name in list(self.running):
            self.stop(name)
        for name in NODES:
            state = f"{self.folder}/{name}.state"
            shutil.rmtree(state, ignore_errors=True)
            os.mkdir(state)
            shutil.copy(f"{self.folder}/1.img", f"{state}/current")

    def start(self, name, kill_at=None):
        """Starts a node; with @kill_at, one that is killed at that step."""
        env = dict(os.environ)
        if kill_at is not None:
            env.update(LD_PRELOAD=f"{self.folder}/kill.so",
                       DSMD_KILL_AT=str(kill_at),
                       DSMD_KILL_COUNT=f"{self.folder}/count")
        with open(f"{self.folder}/{name}.log", "a", encoding="ascii") as log:
            self.running[name] = subprocess.Popen(
                [DSMD, "-c", f"{self.folder}/{name}." +
                 ("conf" if kill_at is None else "calm")], stderr=log,
                stdin=subprocess.DEVNULL, env=env)

    def stop(self, name):
        """Ends a node."""
        process = self.running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def killed(self, name):
        """Has it been killed at its step?"""
        return self.running[name].poll() is not None

    def serials(self):
        """What is in force on each node; None if it does not answer."""
        done = sh(DSM, "-j", "nodes", "-f", f"{self.folder}/op.conf",
                  check=False)
        try:
            return {n["node"]: n.get("serial") for n in json.loads(done.stdout)}
        except ValueError:
            return {}

    def push(self, via):
        """Pushes policy 2; was the operator told that it was decided on?"""
        done = sh(DSM, "-j", "policy", "push", "-f", f"{self.folder}/op.conf",
                  "-n", via, f"{self.folder}/2.img", check=False)
        try:
            return json.loads(done.stdout)["committed"]
        except (ValueError, KeyError):
            return None

    def rotate(self):
        """Rotates keys by node a; is it said to be done?"""
        done = sh(DSM, "-j", "keys", "rotate", "-f", f"{self.folder}/op.conf",
                  "-n", "a", check=False)
        try:
            return json.loads(done.stdout)["committed"]
        except (ValueError, KeyError):
            return None

    def keys(self):
        """Epoch in use and keys of that epoch, as text, of each node."""
        found = []
        for name in NODES:
            try:
                with open(f"{self.folder}/{name}.state/keys",
                          encoding="ascii") as f:
                    lines = f.read().splitlines()
            except FileNotFoundError:
                return None
            epoch = lines[1]
            found.append((epoch, sorted(l for l in lines[3:]
                                        if f" {epoch} key" in l)))
        return found

    def wait(self, condition, what=None):
        """Waits until the serials fulfil a condition; returns them."""
        end = time.monotonic() + LIMIT_S
        while True:
            now = (what or self.serials)()
            if condition(now) or time.monotonic() > end:
                return now
            time.sleep(0.1)

    def promises(self):
        """Nodes that still keep a promise or a candidate."""
        return [n for n in NODES for f in ("promise", "candidate")
                if os.path.exists(f"{self.folder}/{n}.state/{f}")]


def on_disk(cluster, name):
    """The serial of the policy in force on a node's disk."""
    done = sh(DSM, "-j", "policy", "check",
              f"{cluster.folder}/{name}.state/current")
    return json.loads(done.stdout)[0]["serial"]


def interrupted(cluster, victim, step, order):
    """
    Starts the nodes, one of them to be killed at that step, and orders; returns
    (have they started, what the operator was told, was it killed).
    """
    cluster.reset()
    for name in NODES:
        cluster.start(name, step if name == victim else None)
    others = [n for n in NODES if n != victim]
    up = cluster.wait(lambda s: all(s.get(n) == 1 for n in others))
    if any(up.get(n) != 1 for n in others):
        tap.note(f"up: {up}")
        return False, None, False
    told = order()
    # A killed process may take a moment to be seen as one.
    if told is None and victim == "a":
        cluster.running[victim].wait(LIMIT_S)
    return True, told, cluster.killed(victim)


def one(cluster, victim, step):
    """One push with a kill; returns (what is wrong or None, was it killed)."""
    up, told, killed = interrupted(cluster, victim, step,
                                   lambda: cluster.push("a"))
    if not up:
        return "the nodes did not start", False
    seen = max(on_disk(cluster, n) for n in NODES)
    # One that has lived through the push is restarted, too: its kill may come
    # with any answer it gives.
    cluster.stop(victim)
    cluster.start(victim)
    want = 2 if told or seen == 2 else None
    end = cluster.wait(lambda s: len(set(s.values())) == 1 and
                       None not in s.values() and
                       (want is None or set(s.values()) == {want}) and
                       not cluster.promises())
    if len(end) != 3 or len(set(end.values())) != 1 or None in end.values():
        return f"step {step}: the nodes do not agree: {end}", killed
    if want and set(end.values()) != {want}:
        return f"step {step}: decided on, and not in force: {end}", killed
    if cluster.promises():
        return f"step {step}: promises are left: {cluster.promises()}", killed
    if told is False and set(end.values()) != {1}:
        return f"step {step}: given up, and in force: {end}", killed
    return None, killed


def one_rotation(cluster, victim, step):
    """The same with keys."""
    up, _, killed = interrupted(cluster, victim, step, cluster.rotate)
    if not up:
        return "the nodes did not start", False
    cluster.stop(victim)
    cluster.start(victim)
    cluster.wait(lambda s: s.get(victim) == 1)
    if not cluster.rotate():
        return f"step {step}: the next rotation fails", killed
    end = cluster.wait(lambda k: k and k[0] == k[1] == k[2], cluster.keys)
    if not end or end[0] != end[1] or end[0] != end[2] or \
            len(end[0][1]) != len(NODES):
        return f"step {step}: other keys: {end}", killed
    return None, killed


def all_steps(cluster, victim, one_step=one):
    """Kills @victim at its steps, from the first to the last."""
    step, tried = random.randrange(1, STRIDE + 1), 0
    while True:
        wrong, killed = one_step(cluster, victim, step)
        if wrong:
            tap.note(wrong)
            for name in NODES:
                with open(f"{cluster.folder}/{name}.log",
                          encoding="ascii") as log:
                    tap.note(f"{name}: " + log.read()[-600:])
            return False
        if not killed:
            tap.note(f"{victim}: killed at {tried} steps, up to "
                     f"{step - STRIDE}")
            return tried >= 12 / STRIDE
        tried += 1
        step += STRIDE


def main():
    """The points."""
    for program in (DSM, DSMD):
        if not os.path.exists(program):
            tap.skip_all(f"{program} is not built")
    folder = tempfile.mkdtemp(prefix="dsmd-crash.")
    cluster = None
    try:
        sh("gcc", "-shared", "-fPIC", "-O1", "-o", f"{folder}/kill.so",
           f"{TOP}/tests/tools/dsmd-kill.c", "-ldl")
        cluster = Cluster(folder)
        tap.ok(all_steps(cluster, "a"),
                  "the coordinator is killed at every step")
        tap.ok(all_steps(cluster, "b"),
                  "a participant is killed at every step")
        tap.ok(all_steps(cluster, "a", one_rotation),
               "so is the coordinator of a rotation")
        tap.ok(all_steps(cluster, "b", one_rotation), "and a participant")
    finally:
        if cluster:
            for name in list(cluster.running):
                cluster.stop(name)
        shutil.rmtree(folder, ignore_errors=True)
    tap.end()


main()
