#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=120
"""
The netlink family refuses what is not exactly right, and says so in words.

Each command is sent with every attribute that it does not take, with its own
attributes too short, too long, out of range and twice, without what it needs,
and with random bytes; each of these has to be refused with a sentence or at
least with the place of the attribute, and none may do anything.
"""
import errno
import os
import random
import subprocess
import sys
import tempfile

import nl
import tap

N = nl.N
CMDS = {k[len("DIGSIG_CMD_"):]: v for k, v in N.items()
        if k.startswith("DIGSIG_CMD_")
        and k not in ("DIGSIG_CMD_UNSPEC", "DIGSIG_CMD_EVENT")}
DUMPS = {"KEY_GET", "CATALOG_GET", "DENIED_GET"}
TAKES = {
    "MODE_SET": {"MODE": 4, "STRICT": 1},
    "KEY_ADD": {"DER": 16384}, "KEY_DEL": {"KEY_ID": 16},
    "CATALOG_ADD": {"FD": 4}, "CATALOG_DEL": {"NAME": 16},
    "REVOKE": {"FD": 4}, "CHECK": {"FD": 4},
}
NEEDS = {"MODE_SET": "MODE", "KEY_ADD": "DER", "KEY_DEL": "KEY_ID",
         "CATALOG_ADD": "FD", "CATALOG_DEL": "NAME", "REVOKE": "FD",
         "CHECK": "FD"}
# This kernel does not carry the sentence of a dump that does not begin.
MUTE_DUMPS = os.uname().release.startswith("6.1.")
ATTRS = {k[len("DIGSIG_A_"):]: v for k, v in N.items()
         if k.startswith("DIGSIG_A_")}


def answer(fam, cmd, payload=b"", **how):
    """What the kernel says: None, or what it raised."""
    try:
        fam.request(CMDS[cmd], payload, dump=cmd in DUMPS, **how)
    except nl.Refused as refused:
        return refused
    return None


def explained(got, *wanted):
    """Is @got a refusal with one of these numbers, and explained?"""
    return (got is not None and got.errno in wanted and
            bool(got.sentence or got.offset is not None
                 or got.missing is not None))


def strange_attributes(fam):
    """No command takes another's attributes, nor one that there is not."""
    for cmd in CMDS:
        wrong = []
        for name, kind in list(ATTRS.items()) + [("none such", 200)]:
            if name in TAKES.get(cmd, {}) or name == "UNSPEC":
                continue
            got = answer(fam, cmd, nl.attr_u32(kind, 0))
            if not explained(got, errno.EINVAL):
                wrong.append("%s: %s" % (name, got))
        tap.ok(not wrong, f"{cmd} takes no attribute but its own", *wrong)


def missing_attributes(fam):
    """A required attribute that is missing is named."""
    for cmd, name in NEEDS.items():
        got = answer(fam, cmd)
        tap.ok(got and got.errno == errno.EINVAL and
               got.missing == ATTRS[name] and got.sentence,
               f"{cmd} without {name} names the attribute", got)


def wrong_lengths(fam):
    """Lengths that are not those of the type."""
    for cmd, takes in TAKES.items():
        for name, size in takes.items():
            kind, wrong = ATTRS[name], []
            for length in {0, size - 1, size + 1, 3 * size}:
                if name == "DER" and length == size - 1:
                    continue
                data = b"A" * length
                got = answer(fam, cmd, nl.attr(kind, data))
                if not explained(got, errno.EINVAL, errno.ERANGE):
                    wrong.append("%d bytes: %s" % (length, got))
            tap.ok(not wrong, f"{cmd} refuses {name} of a wrong length",
                   *wrong)


def wrong_values(fam):
    """Values out of range, and files that are none."""
    u32, u8 = nl.attr_u32, nl.attr_u8
    mode = u32(ATTRS["MODE"], 0)
    for text, cmd, payload in [
            ("mode 4", "MODE_SET", u32(ATTRS["MODE"], 4)),
            ("mode 2^32-1", "MODE_SET", u32(ATTRS["MODE"], 0xffffffff)),
            ("strict 2", "MODE_SET", mode + u8(ATTRS["STRICT"], 2)),
            ("a negative descriptor", "CHECK", u32(ATTRS["FD"], -1))]:
        got = answer(fam, cmd, payload)
        tap.ok(explained(got, errno.ERANGE, errno.EINVAL),
               f"{text} is out of range", got)
    got = answer(fam, "CATALOG_DEL", nl.attr(ATTRS["NAME"], b"abc"))
    tap.ok(explained(got, errno.EINVAL), "a name has to end with NUL", got)


def wrong_files(fam):
    """FD of what is not a regular file open for reading."""
    pipe, _ = os.pipe()
    path = tempfile.NamedTemporaryFile()
    for text, fd in [
            ("a closed descriptor", 999), ("a pipe", pipe),
            ("a folder", os.open("/", os.O_RDONLY)),
            ("a device", os.open("/dev/null", os.O_RDONLY)),
            ("a file open for writing only",
             os.open(path.name, os.O_WRONLY)),
            ("a file open as a path only", os.open(path.name, os.O_PATH))]:
        for cmd in ("CHECK", "CATALOG_ADD", "REVOKE"):
            got = answer(fam, cmd, nl.attr_u32(ATTRS["FD"], fd))
            tap.ok(got and got.errno == errno.EBADF and got.sentence
                   and got.offset is not None, f"{cmd} refuses {text}", got)


def no_such_things(fam):
    """What is asked for is not there, or is not what it should be."""
    for text, cmd, payload, number in [
            ("a key that is not there", "KEY_DEL",
             nl.attr(ATTRS["KEY_ID"], bytes(16)), errno.ENOKEY),
            ("a catalog that is not there", "CATALOG_DEL",
             nl.attr_string(ATTRS["NAME"], "nosuch"), errno.ENOENT),
            ("a key that is not one", "KEY_ADD",
             nl.attr(ATTRS["DER"], b"no key" * 50), errno.EBADMSG)]:
        got = answer(fam, cmd, payload)
        tap.ok(got and got.errno == number and got.sentence,
               f"{text}: {errno.errorcode[number]} and a sentence", got)
    with tempfile.NamedTemporaryFile() as empty:
        for size in (0, 63, 64, 5000):
            os.truncate(empty.name, size)
            for cmd in ("CATALOG_ADD", "REVOKE"):
                got = answer(fam, cmd, nl.attr_u32(ATTRS["FD"],
                                                   empty.fileno()))
                tap.ok(got and got.errno == errno.EBADMSG and got.sentence,
                       f"{cmd} of {size} zero bytes: EBADMSG and a sentence",
                       got)


def headers(fam):
    """What is around the attributes is checked as well."""
    got = answer(fam, "STATUS_GET", reserved=1)
    tap.ok(got and got.errno == errno.EINVAL,
           "a reserved field that is not zero is refused", got)
    got = answer(fam, "STATUS_GET", b"\x01\x02\x03")
    tap.ok(got and got.errno == errno.EINVAL, "bytes that are no attribute", got)
    for cmd in (0, N["DIGSIG_CMD_EVENT"], 99):
        tap.refused(errno.EOPNOTSUPP, f"command {cmd} is not one",
                    fam.request, cmd)
    nested = nl.attr(ATTRS["MODE"] | nl.NLA_F_NESTED, bytes(4))
    got = answer(fam, "MODE_SET", nested)
    tap.ok(got and got.errno == errno.EINVAL,
           "a number that says it is a nest is refused", got)


def random_requests(fam, seed):
    """Random bytes change nothing and report nothing."""
    rng = random.Random(seed)
    before = {k: v for k, v in nl.status(fam).items()
              if k in ("mode", "strict", "number", "anchored")}
    took = 0
    for _ in range(3000):
        cmd = rng.choice([c for c in CMDS if c != "MODE_SET"])
        payload = b"".join(
            nl.attr(rng.randrange(0, 24), rng.randbytes(rng.choice(
                (0, 1, 4, 4, 8, 16, 16, 40))))
            for _ in range(rng.randrange(4)))
        payload += rng.randbytes(rng.choice((0, 0, 0, 1, 2, 5)))
        took += answer(fam, cmd, payload) is None
    after = {k: v for k, v in nl.status(fam).items() if k in before}
    tap.equal(after, before, f"3000 random requests change nothing ({seed})")
    tap.ok(took < 3000, "most of them were refused", took)
    tap.equal(nl.keys(fam), [], "and added no key")


def as_stranger():
    """Run as nobody: everything is EPERM."""
    fam = nl.Family()
    for cmd, kind in sorted(CMDS.items()):
        payload = b""
        if cmd in NEEDS:
            name = NEEDS[cmd]
            size = TAKES[cmd][name]
            payload = nl.attr(ATTRS[name], b"a\0" if name == "NAME" else
                              bytes(min(size, 64)))
        try:
            fam.request(kind, payload, dump=cmd in DUMPS)
            print(cmd, "was allowed")
        except nl.Refused as refused:
            if refused.errno != errno.EPERM or not (
                    refused.sentence or (cmd in DUMPS and MUTE_DUMPS)):
                print(cmd, refused)
    try:
        fam.listen()
        print("listening was allowed")
    except PermissionError:
        pass


def strangers():
    """Without CAP_MAC_ADMIN in the initial user namespace."""
    me = [sys.executable, "-B", os.path.abspath(__file__), "--stranger"]
    for text, before in [
            ("nobody", ["setpriv", "--reuid=65534", "--regid=65534",
                        "--clear-groups"]),
            ("root of a user namespace", ["unshare", "-Ur"]),
            ("root without CAP_MAC_ADMIN and CAP_SYS_ADMIN",
             ["setpriv", "--bounding-set=-mac_admin,-sys_admin",
              "--inh-caps=-mac_admin,-sys_admin"])]:
        done = subprocess.run(before + me, capture_output=True, text=True,
                              check=False)
        tap.ok(done.returncode == 0 and not done.stdout,
               f"{text} may do nothing", done.stdout, done.stderr[-500:])


def main():
    """The test."""
    if sys.argv[1:] == ["--stranger"]:
        as_stranger()
        sys.stdout.flush()
        os._exit(0)
    subprocess.run(["modprobe", "digsig_lsm"], check=True)
    fam = nl.Family()
    tap.equal(nl.status(fam)["mode"], "off", "the family answers; mode is off")
    strange_attributes(fam)
    missing_attributes(fam)
    wrong_lengths(fam)
    wrong_values(fam)
    wrong_files(fam)
    no_such_things(fam)
    headers(fam)
    random_requests(fam, int(os.environ.get("SEED", random.randrange(1 << 32))))
    strangers()
    subprocess.run(["rmmod", "digsig_lsm"], check=True)
    tap.end()


if __name__ == "__main__":
    main()
