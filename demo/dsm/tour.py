#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""
The dsm chapter, on two nodes: each command is shown with the node it is typed
on, really run there, and has to do what the text says.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, f"{TOP}/demo")

from stage import (  # noqa: E402  pylint: disable=wrong-import-position
    Stage, cluster, say)

OUT, KERNEL = sys.argv[1:3]


def begin(stage):
    """Modules, daemons, the first push."""
    for number in 1, 2:
        stage.works(number, "modprobe dsm && dsm trust add signer.pem && "
                    "dsm status | head -n 3")
        stage.works(number, f"dsmd -c n{number}.conf 2> /run/dsmd.log & "
                    "echo started")
    stage.wait(1, "dsm nodes -f admin.conf")
    say("From n1 the policy goes to both nodes. Either both switch to it, or "
        "neither does.")
    stage.works(1, "dsm policy push -f admin.conf 1.img", "n2 committed")
    stage.wait(1, "dsm nodes -f admin.conf")
    stage.works(1, "dsm nodes -f admin.conf", "n2 ok serial 1")
    stage.works(2, "dsm status | head -n 4", "serial: +1")


def flows(stage):
    """What is allowed, what is not, and what is on the wire."""
    say("A web server runs on n1 as web. curl is a client by its path: the "
        "policy says so.")
    stage.works(1, "cd /usr/share/common-licenses && (dsm exec --sid web -- "
                "python3 -m http.server 80 >/run/http.log 2>&1 &)")
    stage.wait(1, "ss -ltn | grep -q :80")
    stage.works(1, "dsm ps | grep 'sid 1[0-9]'", "web")
    stage.works(2, "curl -sS --max-time 60 http://10.77.0.1/BSD | head -n 1",
                "Copyright")
    say("A guest on the same node gets no answer, and cannot even see that "
        "the port is open.")
    stage.refused(2, "dsm exec --sid guest -- nc -z -w 4 10.77.0.1 80")
    say("The same with ping: a client may, a guest may not.")
    stage.works(2, "dsm exec --sid client -- ping -c 1 -W 30 10.77.0.1",
                " 0% packet loss")
    stage.refused(2, "dsm exec --sid guest -- ping -c 1 -W 4 10.77.0.1")
    say("This is what travels: 20 bytes of options in the IP header. Behind "
        "8610 or 8614, the type, and the domain 10001000 stand the SID "
        "(0306, here 0000000b, client) and the NID (0606, here 00000002).")
    stage.works(1, "(tcpdump -c 1 -n -v -x -i any src 10.77.0.2 and tcp port "
                "80 2>/dev/null > /run/seen &) ; sleep 3")
    stage.works(2, "curl -sS --max-time 60 -o /dev/null http://10.77.0.1/BSD")
    stage.wait(1, "grep -q 0x0020 /run/seen")
    stage.works(1, "head -n 6 /run/seen", "8614 1000 1000")


def why(stage):
    """A denial, explained; a change, pushed."""
    say("Why was the guest refused? The node where the packet arrived knows.")
    stage.works(1, "dsm denied | grep tcp | tail -n 1", "guest@n2")
    stage.works(1, "dsm policy explain guest@n2 web tcp receive", "denied")
    say("Guests are to be let in after all. What changes is shown first; then "
        "it is pushed.")
    stage.works(1, "sed 's/^serial 1;/serial 2;/; "
                "s/^deny \\(guest -> web : tcp.*\\)/allow \\1 "
                f"allow web -> guest : tcp {{ receive }};/' {HERE}/demo.pol > /run/2.pol")
    stage.works(1, f"dsm policy diff {HERE}/demo.pol /run/2.pol", "guest")
    stage.works(1, "dsm policy compile -q -o /run/2.img /run/2.pol && "
                "dsm policy sign -k signer.key /run/2.img")
    stage.works(1, "dsm policy push -f admin.conf /run/2.img", "n2 committed")
    stage.works(2, "dsm exec --sid guest -- nc -z -w 60 10.77.0.1 80 && "
                "echo open", "open")
    say("The older policy is not taken back by accident, and one that nobody "
        "signed is not taken at all.")
    stage.refused(1, "dsm policy push -f admin.conf 1.img")
    stage.refused(1, "dsm policy compile -q -n 9 -o /run/9.img /run/2.pol && "
                  "dsm policy push -f admin.conf /run/9.img")
    stage.works(1, "dsm -s status | tail -n 12")


def codes(stage):
    """Labels that nobody can forge."""
    say("Root on n2, or whoever else is on this wire, could still send packets "
        "with any label. So labels are to be authenticated: each node gets a "
        "key, and a policy that wants a code in each label.")
    stage.works(1, "dsm keys rotate -f admin.conf", "n2")
    stage.works(1, "(sed 's/^serial 2;/serial 3;/' /run/2.pol; "
                "echo 'wire code require;') > /run/3.pol && "
                "dsm policy compile -q -o /run/3.img /run/3.pol && "
                "dsm policy sign -k signer.key /run/3.img && "
                "dsm policy push -f admin.conf /run/3.img", "n2 committed")
    stage.works(2, "dsm exec --sid client -- ping -c 1 -W 60 10.77.0.1",
                " 0% packet loss")
    say("n2 has the key. Now a packet that claims to be from a client, its code "
        "a guess.")
    stage.works(2, f"dev=$(ip -o route get 10.77.0.1 | sed 's/.* dev //; s/ .*//'); "
                f"{HERE}/forge $dev 10.77.0.2 10.77.0.1 11 2")
    stage.wait(1, "dsm denied | grep -q code")
    stage.works(1, "dsm denied | grep code | tail -n 1", "client@n2")


def end(stage):
    """Everything goes as it came."""
    for number in 1, 2:
        stage.wait(number, "pkill dsmd; pkill -f http.serve[r]; dsm policy "
                   "unload; sleep 1; modprobe -r dsm")


def main():
    """The tour."""
    say(f"Both nodes boot Debian's kernel {KERNEL}.")
    with cluster(2, [KERNEL], results=f"{OUT}/results") as both:
        stage = Stage(both, f"export PATH={TOP}/build/tools:$PATH; cd {OUT}")
        begin(stage)
        flows(stage)
        why(stage)
        codes(stage)
        end(stage)


main()
