#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""
The second half of the tipc chapter, on three nodes, one of them with the
kernel's own module: each command is shown with the node it is typed on, really
run there, and has to do what the text says.
"""
import os
import re
import sys
import textwrap
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [f"{TOP}/tests/vm", f"{TOP}/tests/lib"]

import nodes  # noqa: E402  pylint: disable=wrong-import-position

OUT, KERNEL = sys.argv[1:3]
COLOUR = sys.stdout.isatty() or os.environ.get("DEMO_COLOUR")
BOLD, RED, OFF = ("\33[1m", "\33[31m", "\33[0m") if COLOUR else ("",) * 3
LIMIT_S = 240
MOVING = "examples/tipc/moving.py"


def say(text):
    """Prose."""
    print()
    print(textwrap.fill(" ".join(text.split()), 76), flush=True)


def stop(why):
    """The tour has failed."""
    raise SystemExit(f"{RED}The tour stops: {why}{OFF}")


class Stage:
    """The nodes, and what is done on them."""

    def __init__(self, cluster):
        self.cluster = cluster

    def works(self, number, command, shows=""):
        """Shows and runs a command that works, and says something."""
        print(f"{BOLD}n{number}# {command}{OFF}", flush=True)
        status, text = self.cluster[number].run(f"cd {TOP}; {command}",
                                                LIMIT_S)
        print(text.rstrip(), flush=True)
        if status:
            stop(f"this should have worked (exit status {status})")
        if not re.search(shows, text, re.S):
            stop(f"this should have said: {shows}")

    def stays(self, number, command, log):
        """Shows a command and starts it beside all else."""
        print(f"{BOLD}n{number}# {command} &{OFF}", flush=True)
        self.cluster[number].sh(f"cd {TOP}; setsid {command} > {log} 2>&1 "
                                "< /dev/null &")

    def wait(self, number, command):
        """Waits until a command works; shows nothing."""
        end = time.monotonic() + LIMIT_S
        while self.cluster[number].run(f"cd {TOP}; {command}", LIMIT_S)[0]:
            if time.monotonic() > end:
                stop(f"waited in vain for: {command}")
            time.sleep(0.3)


def begin(stage):
    """Modules and links."""
    for number in 1, 2:
        stage.works(number, "modprobe tipc && tipc bearer enable media eth "
                    "device eth0")
    stage.cluster[3].sh("modprobe -a udp_tunnel ip6_udp_tunnel")
    stage.works(3, "insmod /lib/modules/$(uname -r)/kernel/net/tipc/tipc.ko* "
                "&& tipc bearer enable media eth device eth0")
    stage.wait(1, "[ $(tipc link list | grep -c ': up') -eq 3 ]")
    stage.works(1, "tipc link list")
    say("A link gives its peer up after 1.5 seconds of silence. For this service "
        "that is long.")
    stage.works(3, "for l in $(tipc link list | grep -o '^[^ ]*:eth0-[^ ]*' | "
                "sed 's/:$//'); do tipc link set tolerance 300 link $l; done")


def move(stage):
    """The service, its stand-by, the caller, and a power cut."""
    stage.stays(2, f"{MOVING} serve 7100", "/tmp/serve")
    stage.wait(3, "tipc nametable show | grep -q '^7100 '")
    stage.stays(3, f"{MOVING} standby 7100", "/tmp/standby")
    stage.wait(3, "grep -q somebody /tmp/standby")
    stage.wait(1, "tipc nametable show | grep -q '^7100 '")
    stage.stays(1, f"{MOVING} call 7100 300", "/tmp/call")
    stage.wait(1, "grep -q 'by n2' /tmp/call")
    say("n1 calls and n2 answers. Now the power of n2 is cut.")
    stage.cluster[2].kill()
    stage.wait(1, "grep -q answers$ /tmp/call")
    stage.works(3, "cat /tmp/standby", "nobody serves any more.*n3 serves")
    stage.works(1, "cat /tmp/call", "by n2.*by n3.*300 answers")
    stage.works(1, "tipc node list", "down")
    say("n3 heard from the topology service that the name was withdrawn and "
        "bound it. The caller has changed nothing and knows nothing of nodes.")


def main():
    """The tour."""
    say(f"""Three nodes on one Ethernet, with Debian's kernel {KERNEL}. n1 and n2
        have our module, n3 the one that comes with the kernel: they form one
        cluster.""")
    with nodes.Cluster(3, [KERNEL], results=f"{OUT}/cluster") as cluster:
        stage = Stage(cluster)
        begin(stage)
        move(stage)
        cluster[1].sh("tipc bearer disable media eth device eth0; "
                      "rmmod tipc")
        # What the kernel's own module leaves behind is not looked at.
        cluster[3].kill()


main()
