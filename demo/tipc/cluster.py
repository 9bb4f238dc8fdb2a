#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""
The second half of the tipc chapter, on three nodes, one of them with the
kernel's own module: each command is shown with the node it is typed on, really
run there, and has to do what the text says.
"""
import os
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, f"{TOP}/demo")

from stage import (  # noqa: E402  pylint: disable=wrong-import-position
    Stage, cluster, say)

OUT, KERNEL = sys.argv[1:3]
MOVING = "examples/tipc/moving.py"


def begin(stage):
    """Modules and links."""
    for number in 1, 2:
        stage.works(number, "modprobe tipc && tipc bearer enable media eth "
                    "device eth0")
    stage.nodes[3].sh("modprobe -a udp_tunnel ip6_udp_tunnel")
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
    stage.nodes[2].kill()
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
    with cluster(3, [KERNEL], results=f"{OUT}/cluster") as three:
        stage = Stage(three, f"cd {TOP}")
        begin(stage)
        move(stage)
        three[1].sh("tipc bearer disable media eth device eth0; "
                      "rmmod tipc")
        # What the kernel's own module leaves behind is not looked at.
        three[3].kill()


main()
