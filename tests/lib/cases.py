# SPDX-License-Identifier: GPL-2.0-only
"""
Which tests there are, what each asks for, and what its output counts.

Kinds:
  unit   build/tests/unit/MODULE/NAME, a program
  host   a script with a "host:" line among its first, run on this machine;
         those of tests/tools need no such line
  vm     a script or a .c file with a "vm:" line among its first, run in a guest

The line holds what the test asks for, as a shell would write it:
  # vm: kernels="6.1 6.12" timeout=60 root=digsig alone
Known words are the fields of Case. Nothing in this file runs a test.
"""
import dataclasses
import glob
import os
import re
import shlex

import machine

TESTS = f"{machine.TOP}/tests"
BUILT = f"{machine.BUILD}/tests"
NOT_MODULES = {"unit", "fuzz", "lib", "vm", "tools"}


@dataclasses.dataclass
class Case:
    """One test on one kernel (host tests: on none, unless they ask)."""
    name: str
    kind: str
    path: str
    source: str = ""
    kernel: str = ""
    kernels: str = ""
    timeout: int = 60
    cpus: int = 2
    mem: int = 1024
    root: str = ""
    append: str = ""
    cflags: str = ""
    allow_report: str = ""
    allow_taint: str = ""
    leftovers_ok: bool = False
    alone: bool = False
    quiet: bool = False
    debug: str = "yes"

    @property
    def title(self):
        """What people call it."""
        return self.name + (f"@{self.kernel}" if self.kernel else "")

    @property
    def boot(self):
        """Tests with the same value of this can share a guest."""
        own = (self.name,) if self.alone or self.leftovers_ok else ()
        return (self.kernel, self.root, self.cpus, self.mem, self.append,
                self.allow_report, self.allow_taint, self.quiet) + own


def directives(path):
    """(kind, words) of the test in the file @path, or None."""
    with open(path, encoding="utf-8", errors="replace") as text:
        for line in (next(text, "") for _ in range(25)):
            # The line may end a comment that began on it.
            found = re.match(r"\W*\b(vm|host):\s*(.*?)\s*(\*/)?$", line)
            if found:
                return found[1], shlex.split(found[2])
    return None


def fill(case, words):
    """Sets the fields that @words name."""
    types = {f.name: f.type for f in dataclasses.fields(Case)}
    for word in words:
        key, given, value = word.partition("=")
        key = key.replace("-", "_")
        kind = types.get(key)
        if kind is None or (kind is not bool and not given):
            raise machine.Error(f"{case.source}: unknown word {word}")
        if kind is bool:
            setattr(case, key, value != "no")
        else:
            setattr(case, key, int(value) if kind is int else value)
    return case


def scripts():
    """(name, path) of every file that may be a test."""
    for folder in sorted(os.listdir(TESTS)):
        if folder in NOT_MODULES and folder != "tools":
            continue
        for path in sorted(glob.glob(f"{TESTS}/{folder}/*.*")):
            stem, dot = os.path.splitext(os.path.basename(path))
            if dot in (".sh", ".py", ".c"):
                yield f"{folder}/{stem}", path
    for path in sorted(glob.glob(f"{TESTS}/vm/selftest/*")):
        stem, dot = os.path.splitext(os.path.basename(path))
        if dot in (".sh", ".py"):
            yield f"harness/{stem}", path


def discover(series):
    """Every test, once for each of the kernels @series it is made for."""
    cases = []
    for path in sorted(glob.glob(f"{BUILT}/unit/*/*")):
        if os.path.isfile(path) and os.access(path, os.X_OK):
            name = "unit/" + os.path.relpath(path, f"{BUILT}/unit")
            cases.append(Case(name, "unit", path, timeout=120))
    for name, path in scripts():
        found = directives(path)
        if not found and name.startswith("tools/") and path.endswith(".sh"):
            found = ("host", [])
        if not found:
            continue
        kind, words = found
        case = fill(Case(name, kind, path, source=path), words)
        if path.endswith(".c"):
            case.path = f"{BUILT}/vm/{name}"
        cases += per_kernel(case, series)
    if series == ["debug"]:
        # What needs no kernel has nothing to gain from this one.
        cases = [c for c in cases if c.kernel]
    return cases


def per_kernel(case, series):
    """@case for each kernel it is made for."""
    if case.kind == "host" and not case.kernels:
        return [case]
    made_for = case.kernels.split() or ["6.1", "6.12"]
    wanted = [k for k in series if k in made_for]
    if "debug" in series and case.debug != "no" and "6.1" in made_for:
        wanted.append("debug")
    return [dataclasses.replace(case, kernel=k) for k in wanted]


# ---- TAP -----------------------------------------------------------------------

@dataclasses.dataclass
class Count:
    """Points of one test, or of many."""
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    why: str = ""

    def add(self, other):
        """Adds the numbers of @other."""
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


def tap(text, status):
    """
    Counts the points in a test's output. Whatever is wrong about the output
    as a whole (a missing plan, a crash) is one failed point more, and @why
    says what it is.
    """
    count, planned, last = Count(), None, ""
    for line in text.splitlines():
        point = re.match(r"(not )?ok( +\d+)\b(.*)$", line)
        plan = re.match(r"1\.\.(\d+)(.*)$", line)
        if plan:
            planned = int(plan[1])
            last = plan[2].partition("SKIP")[2].strip() or last
        elif point and re.search(r"#\s*(SKIP|TODO)\b", point[3], re.I):
            count.skipped += 1
            last = point[3].partition("SKIP")[2].strip() or last
        elif point and point[1]:
            count.failed += 1
        elif point:
            count.passed += 1
    seen = count.passed + count.failed + count.skipped
    if status == 4 and not count.failed and not count.passed:
        count.skipped = max(count.skipped, 1)
        count.why = last or "no reason given"
        return count
    if status in (124, 137):
        count.why = "time limit"
    elif status < 0 or status > 128:
        count.why = f"signal {abs(status) & 127}"
    elif status not in (0, 4) and not count.failed:
        count.why = f"status {status}"
    elif planned is None:
        count.why = "no plan"
    elif planned != seen:
        count.why = f"{planned} points planned, {seen} seen"
    elif seen == 0:
        count.why = "no point"
    elif status == 0 and count.failed:
        count.why = "status 0 in spite of failed points"
    count.failed += bool(count.why)
    return count
