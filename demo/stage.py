# SPDX-License-Identifier: GPL-2.0-only
"""
What chapters on several nodes share: each command is shown with the node it is
typed on, really run there, and has to do what the text says.
"""
import os
import re
import sys
import textwrap
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [f"{TOP}/tests/vm", f"{TOP}/tests/lib"]

import nodes  # noqa: E402  pylint: disable=wrong-import-position

COLOUR = sys.stdout.isatty() or os.environ.get("DEMO_COLOUR")
BOLD, GREEN, RED, OFF = (("\33[1m", "\33[32m", "\33[31m", "\33[0m") if COLOUR
                         else ("",) * 4)
LIMIT_S = 300


def say(*paragraphs):
    """Prose."""
    print()
    for text in paragraphs:
        print(textwrap.fill(" ".join(text.split()), 76), flush=True)


def stop(why):
    """The tour has failed."""
    raise SystemExit(f"{RED}The tour stops: {why}{OFF}")


def cluster(*args, **words):
    """The nodes; see tests/vm/nodes.py."""
    return nodes.Cluster(*args, **words)


class Stage:
    """The nodes, what comes before each command, and what is done."""

    def __init__(self, all_nodes, first):
        self.nodes = all_nodes
        self.first = first

    def quiet(self, number, command):
        """Runs a command and shows nothing; (status, output)."""
        return self.nodes[number].run(f"{self.first}; {command}", LIMIT_S)

    def run(self, number, command):
        """Shows and runs a command; (status, output)."""
        print(f"{BOLD}n{number}# {command}{OFF}", flush=True)
        status, text = self.quiet(number, command)
        if text.strip():
            print(text.rstrip(), flush=True)
        return status, text

    def works(self, number, command, shows=""):
        """A command that works, and says something."""
        status, text = self.run(number, command)
        if status:
            stop(f"this should have worked (exit status {status})")
        if not re.search(shows, text, re.S):
            stop(f"this should have said: {shows}")
        return text

    def refused(self, number, command):
        """A command that is refused."""
        status, _ = self.run(number, command)
        if not status:
            stop("this should have been refused")
        print(f"{GREEN}(refused, exit status {status}){OFF}", flush=True)

    def stays(self, number, command, log):
        """Shows a command and starts it beside all else."""
        print(f"{BOLD}n{number}# {command} &{OFF}", flush=True)
        status, text = self.quiet(number, f"setsid {command} > {log} 2>&1 "
                                  "< /dev/null &")
        if status:
            stop(text)

    def wait(self, number, command):
        """Waits until a command works; shows nothing."""
        end = time.monotonic() + LIMIT_S
        while self.quiet(number, command)[0]:
            if time.monotonic() > end:
                stop(f"waited in vain for: {command}")
            time.sleep(0.4)
