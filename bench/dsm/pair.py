# SPDX-License-Identifier: GPL-2.0-only
"""
Two network namespaces, "a" and "b", in one measured guest: what goes into it,
what it does, and what it said. bench/dsm/net.c asks the questions.

A state is a pair of shell lines, how it begins and how it ends. Every question is
asked ROUNDS times in each state, the states in turns, so that what the guest's
age does to the counts is in all of them.
"""
import os
import re
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "..", "lib"))
import quiet  # noqa: E402  pylint: disable=wrong-import-position

TOP = quiet.TOP
ROUNDS = 3
ADDR = "10.9.0.2"

UNITS = {
    "udp": "instructions a round trip of 64 octets",
    "rr": "instructions a round trip of 64 octets",
    "connect": "instructions a connection with one message",
    "bulk": "instructions a KiB",
    "exec": "instructions a fork, exec, exit and wait",
}

SETUP = f"""\
insmod /veth.ko || exit 1
mkdir -p /run/netns
for ns in a b; do /iproute2/ip netns add $ns || exit 1; done
/iproute2/ip link add va netns a address 02:00:00:00:00:01 type veth \
    peer vb netns b address 02:00:00:00:00:02 || exit 1
/iproute2/ip -n a addr add 10.9.0.1/24 dev va
/iproute2/ip -n b addr add {ADDR}/24 dev vb
for ns in a b; do /iproute2/ip -n $ns link set lo up; /iproute2/ip -n $ns link set v$ns up; done
# What ARP has found out gets old, and a packet is then sent another way.
/iproute2/ip -n a neigh replace {ADDR} dev va lladdr 02:00:00:00:00:02 nud permanent || exit 1
/iproute2/ip -n b neigh replace 10.9.0.1 dev vb lladdr 02:00:00:00:00:01 nud permanent || exit 1
sleep 20
"""
GRO_ON = """\
/iproute2/ip netns exec a /ethtool va tso off gso off || exit 1
/iproute2/ip netns exec b /ethtool vb gro on || exit 1
/iproute2/ip netns exec a /ethtool va gro on || exit 1
"""
GRO_OFF = """\
/iproute2/ip netns exec a /ethtool va tso on gso on gro off || exit 1
/iproute2/ip netns exec b /ethtool vb gro off || exit 1
"""


def arrives(option):
    """A shell line: a datagram arrives with an option that begins so."""
    return (f'o=$(/net option {ADDR}) || exit 1\n'
            f'case $o in "{option}"*) ;; *) echo "arrived: $o"; exit 1 ;; esac\n')


def with_libraries(path):
    """A program of the host and the libraries it needs, by name in the guest."""
    files = {}
    shared = subprocess.run(["ldd", path], capture_output=True, text=True,
                            check=True).stdout
    for lib in re.findall(r"(/\S+) \(0x", shared):
        files[lib.lstrip("/")] = os.path.realpath(lib)
    return files


def programs(kernel, folder):
    """What runs in the guest of a kernel, by name there."""
    files = {}
    pure = [os.path.join(TOP, "dsm", f) for f in
            ("policy.c", "policy_parse.c", "classes.c")]
    for name, more in (("net", pure), ("ethtool", [])):
        path = os.path.join(folder, name)
        subprocess.run(["gcc", "-O2", "-static", "-I" + TOP,
                        f"-I{TOP}/include/uapi", "-o", path,
                        os.path.join(TOP, "bench", "dsm", name + ".c"), *more],
                       check=True)
        files[name] = path
    files["iproute2/ip"] = "/usr/sbin/ip"
    files.update(with_libraries("/usr/sbin/ip"))
    files["veth.ko"] = [p for p in kernel.with_dependencies(["veth"])
                        if "/veth.ko" in p][0]
    return files


def ask(state, question):
    """One question in one state."""
    words = question.split()
    gro = "gro" in words
    lines = [GRO_ON] if gro else []
    lines += [f"echo asked {state} {question}",
              f"/net {words[0]} {words[1]} {ADDR} || exit 1"]
    return lines + ([GRO_OFF] if gro else [])


def script(wanted, states):
    """What the guest does, for questions by figure, and states by name."""
    lines = [SETUP]
    names = sorted({s for _, ours, peer in wanted.values()
                    for s in (ours, peer)}, reverse=True)
    for _ in range(ROUNDS):
        for state in names:
            before, after = states[state]
            lines += [before, "sleep 5"]
            for question in sorted({q for q, ours, peer in wanted.values()
                                    if state in (ours, peer)}):
                lines += ask(state, question)
            lines += [after, "sleep 2"]
    return "\n".join(lines)


def read(said):
    """Medians by (state, question)."""
    found, key = {}, None
    for line in said:
        if line.startswith("asked "):
            _, state, question = line.split(None, 2)
            key = (state, question)
        elif line.startswith("count ") and key and \
                (line.split()[1] != "load" or
                 key[1].startswith(("load", "commit"))):
            found.setdefault(key, []).append(int(line.split()[3]))
    return found


def out_folder():
    """Where logs go."""
    folder = os.environ.get("BENCH_DIR", f"{TOP}/build/bench/dsm")
    os.makedirs(folder, exist_ok=True)
    return folder


def row(figure, question, ours, peer, peer_name):
    """A row of the table."""
    return {"figure": figure, "unit": UNITS[question.split()[0]],
            "ours": statistics.median(ours) if ours else None,
            "peer": statistics.median(peer) if peer else None,
            "peer_name": peer_name,
            "samples": {"ours": ours or [], "peer": peer or []}}
