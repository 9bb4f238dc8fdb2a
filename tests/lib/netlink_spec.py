# SPDX-License-Identifier: GPL-2.0-only
"""
Compares a YAML specification in doc/netlink with the header it is about.

The YAML is read by its indentation, as far as names go: a list of attributes
begins at 1 and a list of enumerators at 0, and both are in the header's order.
"""
import os
import re

import tap

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")


def read_enums(*headers):
    """Every enumerator of headers in include/uapi/linux, and its number."""
    numbers = {}
    for header in headers:
        with open(f"{TOP}/include/uapi/linux/{header}",
                  encoding="ascii") as file:
            text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
        for body in re.findall(r"enum\s+\w+\s*\{(.*?)\}", text, re.S):
            value = -1
            for item in filter(None, (i.strip() for i in body.split(","))):
                name, _, given = (p.strip() for p in item.partition("="))
                value = int(given, 0) if given else value + 1
                numbers[name] = value
    return numbers


def section(text, name):
    """The lines of one section at the left margin."""
    return re.search(rf"^{name}:\n(.*?)(?=^\S|\Z)", text, re.M | re.S)[1]


def blocks(text):
    """Name and text of each item of a section's list."""
    for item in re.split(r"^  -\n", text, flags=re.M)[1:]:
        yield re.search(r"^    name: (\S+)", item, re.M)[1], item


class Spec:
    """A specification and its headers."""

    def __init__(self, module, *headers):
        with open(f"{TOP}/doc/netlink/{module}.yaml",
                  encoding="utf-8") as file:
            self.text = file.read()
        self.numbers = read_enums(*headers)

    def header(self, prefix, first):
        """The header's names from number @first on, in order."""
        found = {v: k[len(prefix):].lower().replace("_", "-")
                 for k, v in self.numbers.items() if k.startswith(prefix)}
        return [found[n] for n in range(first, max(found) + 1)]

    def sets(self, prefixes):
        """A point for each attribute set, by the prefix in the header."""
        found = {name: re.findall(r"^        name: (\S+)", item, re.M)
                 for name, item in blocks(section(self.text,
                                                  "attribute-sets"))}
        for name, prefix in prefixes.items():
            tap.equal(found.get(name), self.header(prefix, 1),
                      f"attribute set {name} is {prefix}*")
        tap.equal(sorted(found), sorted(prefixes), "there are no other sets")

    def enums(self, prefixes):
        """A point for each enum."""
        found = {name: [e.strip('"') for e in
                        re.findall(r"^      - (\S+)$", item, re.M)]
                 for name, item in blocks(section(self.text, "definitions"))}
        for name, prefix in prefixes.items():
            tap.equal(found.get(name), self.header(prefix, 0),
                      f"enum {name} is {prefix}*")
        tap.equal(sorted(found), sorted(prefixes), "there are no other enums")

    def commands(self, prefix):
        """A point about the commands, and what they name."""
        part = section(self.text, "operations")
        tap.equal(re.findall(r"^      name: (\S+)", part, re.M),
                  self.header(prefix, 1), f"commands are {prefix}*")
        sets = section(self.text, "attribute-sets")
        known = set(re.findall(r"^        name: (\S+)", sets, re.M))
        named = set(re.findall(r"^            - (\S+)", part, re.M))
        tap.ok(named and named <= known, "they name attributes there are",
               named - known)
