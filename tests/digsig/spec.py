#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# host: timeout=20
"""
doc/netlink/digsig.yaml and <linux/digsig_lsm.h> say the same.

The YAML is read by its indentation, as far as names go: a list of attributes
begins at 1 and a list of enumerators at 0, and both are in the header's order.
"""
import os
import re
import sys

sys.path.append(os.environ.get("TESTLIB", os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../lib")))

# pylint: disable=wrong-import-position
import nl
import tap

SPEC = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                    "../../doc/netlink/digsig.yaml")
PREFIXES = {"digsig": "DIGSIG_A_", "key": "DIGSIG_KEY_",
            "catalog": "DIGSIG_CAT_", "event": "DIGSIG_EV_",
            "stats": "DIGSIG_ST_", "reasons": "DIGSIG_REASON_"}
ENUMS = {"mode": "DIGSIG_MODE_", "reason": "DIGSIG_REASON_",
         "op": "DIGSIG_OP_"}


def section(text, name):
    """The lines of one section at the left margin."""
    return re.search(rf"^{name}:\n(.*?)(?=^\S|\Z)", text, re.M | re.S)[1]


def blocks(text):
    """Name and text of each item of a section's list."""
    for item in re.split(r"^  -\n", text, flags=re.M)[1:]:
        yield re.search(r"^    name: (\S+)", item, re.M)[1], item


def header(prefix, first):
    """The header's names from number @first on, in order."""
    found = nl.names(prefix)
    return [found[n] for n in range(first, max(found) + 1)]


def main():
    """The test."""
    with open(SPEC, encoding="utf-8") as file:
        text = file.read()
    sets = {name: re.findall(r"^        name: (\S+)", item, re.M)
            for name, item in blocks(section(text, "attribute-sets"))}
    for name, prefix in PREFIXES.items():
        tap.equal(sets.get(name), header(prefix, 1),
                  f"attribute set {name} is {prefix}*")
    enums = {name: [e.strip('"') for e in
                    re.findall(r"^      - (\S+)$", item, re.M)]
             for name, item in blocks(section(text, "definitions"))}
    for name, prefix in ENUMS.items():
        tap.equal(enums.get(name), header(prefix, 0),
                  f"enum {name} is {prefix}*")
    commands = re.findall(r"^      name: (\S+)", section(text, "operations"),
                          re.M)
    tap.equal(commands, header("DIGSIG_CMD_", 1), "commands are DIGSIG_CMD_*")
    tap.end()


if __name__ == "__main__":
    main()
