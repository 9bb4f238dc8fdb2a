# SPDX-License-Identifier: GPL-2.0-only
"""
TAP for tests that are Python programs.

    import tap
    tap.ok(value == 3, "three comes back", f"got {value}")
    tap.refused(errno.EPERM, "a stranger is refused", os.kill, 1, 0)
    tap.skip("raw disk", "no disk here")
    tap.end()

A program that ends without tap.end() has failed. Exit status: 0 all points
good, 1 not, 4 nothing could be tried.
"""
import atexit
import errno
import os
import sys

_points = _bad = _skipped = 0
_ended = False


def note(*words):
    """A remark in the log."""
    for line in " ".join(map(str, words)).splitlines():
        print("#", line, flush=True)


def ok(good, text, *why):
    """A point; @why is printed when it is not @good. Returns @good."""
    global _points, _bad
    _points += 1
    _bad += not good
    print("ok" if good else "not ok", _points, "-", text, flush=True)
    if not good:
        note(*why)
    return bool(good)


def equal(got, want, text):
    """A point: the two are equal."""
    return ok(got == want, text, f"got  {got!r}\nwant {want!r}")


def refused(number, text, call, *args):
    """A point: @call raises an OSError with the errno @number."""
    try:
        got = call(*args)
    except OSError as error:
        name = errno.errorcode.get(error.errno, error.errno)
        return ok(error.errno == number, text,
                  f"got {name}, want {errno.errorcode[number]}")
    return ok(False, text, f"was not refused: {got!r}")


def skip(text, why):
    """A point that cannot be tried here."""
    global _skipped
    _skipped += 1
    ok(True, f"{text} # SKIP {why}")


def skip_all(why):
    """Ends the test: nothing of it can be tried here."""
    global _ended
    _ended = True
    print("1..0 # SKIP", why, flush=True)
    sys.exit(4)


def end():
    """The plan, and the end of the test."""
    global _ended
    _ended = True
    print(f"1..{_points}", flush=True)
    sys.exit(1 if _bad else 4 if _skipped == _points else 0)


@atexit.register
def _unfinished():
    if not _ended:
        ok(False, "the program ended before its end")
        print(f"1..{_points}", flush=True)
        os._exit(1)
