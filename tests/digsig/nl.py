#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""
A generic netlink client for the tests of digsig: what the tool would not send.

It knows nothing of the tool's code and takes the numbers from the header, so
that the two check each other. As a module: Family(), request(), attr_*().
As a program it does one thing and prints what came back, one fact per line:

  nl.py status                       mode, strict, counters ...
  nl.py mode MODE [0|1]              set the mode, and strict mode
  nl.py key-add FILE | key-del HEX | keys
  nl.py catalog-add FILE | catalog-del NAME | catalogs
  nl.py revoke FILE | check FILE | denied
  nl.py monitor SECONDS [RCVBUF]     print events

exit status: 0, 1 (the kernel refused; its errno and sentence are printed) or 2
"""
import errno
import os
import re
import select
import socket
import struct
import sys
import time

HEADER = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "../../include/uapi/linux/digsig_lsm.h")

NETLINK_GENERIC = 16
SOL_NETLINK = 270
NETLINK_ADD_MEMBERSHIP = 1
NETLINK_BROADCAST_ERROR = 4
NETLINK_CAP_ACK = 10
NETLINK_EXT_ACK = 11
NETLINK_GET_STRICT_CHK = 12

NLM_F_REQUEST, NLM_F_MULTI, NLM_F_ACK = 1, 2, 4
NLM_F_DUMP_INTR, NLM_F_DUMP = 0x10, 0x300
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200
NLMSG_ERROR, NLMSG_DONE, NLMSG_MIN_TYPE = 2, 3, 16
NLA_F_NESTED, NLA_TYPE_MASK = 0x8000, 0x3fff

GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 16, 3
CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME, CTRL_ATTR_MCAST_GROUPS = 1, 2, 7
CTRL_ATTR_MCAST_GRP_NAME, CTRL_ATTR_MCAST_GRP_ID = 1, 2

NLMSGERR_ATTR_MSG, NLMSGERR_ATTR_OFFS, NLMSGERR_ATTR_MISS_TYPE = 1, 2, 5


def read_enums(path=HEADER):
    """Every enumerator of the header and its number."""
    with open(path, encoding="ascii") as header:
        text = re.sub(r"/\*.*?\*/", "", header.read(), flags=re.S)
    numbers = {}
    for body in re.findall(r"enum\s+\w+\s*\{(.*?)\}", text, re.S):
        value = -1
        for item in filter(None, (i.strip() for i in body.split(","))):
            name, _, given = (p.strip() for p in item.partition("="))
            value = int(given, 0) if given else value + 1
            numbers[name] = value
    return numbers


N = read_enums()


def names(prefix):
    """Number to name, for one enum."""
    return {v: k[len(prefix):].lower().replace("_", "-")
            for k, v in N.items() if k.startswith(prefix)}


MODES, REASONS = names("DIGSIG_MODE_"), names("DIGSIG_REASON_")
OPS, STATS = names("DIGSIG_OP_"), names("DIGSIG_ST_")


def attr(kind, data=b""):
    """One attribute, padded."""
    length = 4 + len(data)
    return struct.pack("=HH", length, kind) + data + bytes(-length % 4)


def attr_u8(kind, value):
    """An attribute of a byte."""
    return attr(kind, struct.pack("=B", value))


def attr_u32(kind, value):
    """An attribute of an unsigned number."""
    return attr(kind, struct.pack("=I", value & 0xffffffff))


def attr_string(kind, value):
    """An attribute of a string that ends with NUL."""
    return attr(kind, value.encode() + b"\0")


def attrs(data):
    """The attributes in @data: a list of (type, bytes)."""
    found = []
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4 or length > len(data):
            raise ValueError("attribute of %d bytes in %d" % (length, len(data)))
        found.append((kind & NLA_TYPE_MASK, data[4:length]))
        data = data[(length + 3) & ~3:]
    return found


def number(data):
    """An unsigned number of 1, 2, 4 or 8 bytes."""
    return int.from_bytes(data, sys.byteorder)


def text(data):
    """A string that ends with NUL."""
    return data.rstrip(b"\0").decode("utf-8", "backslashreplace")


class Refused(OSError):
    """The kernel's error: .errno, .sentence, .offset, .missing, .messages."""

    def __init__(self, error, sentence="", offset=None, missing=None):
        super().__init__(error, sentence)
        self.sentence = sentence
        self.offset, self.missing = offset, missing
        self.messages = []

    def __str__(self):
        return "%s: %s" % (errno.errorcode.get(self.errno, self.errno),
                           self.sentence)


class Family:
    """A socket, and the generic netlink family it talks to."""

    def __init__(self, name="digsig", strict=True, rcvbuf=0):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                                  NETLINK_GENERIC)
        if rcvbuf:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        self.sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.sock.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)
        if strict:
            self.sock.setsockopt(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1)
        self.sock.bind((0, 0))
        self.seq = int(time.time()) & 0xffffff
        self.interrupted = False
        self.groups, self.ident = {}, GENL_ID_CTRL
        self._find(name)

    def _find(self, name):
        found = self.request(CTRL_CMD_GETFAMILY,
                             attr_string(CTRL_ATTR_FAMILY_NAME, name))
        for kind, data in found[0]:
            if kind == CTRL_ATTR_FAMILY_ID:
                self.ident = number(data)
            elif kind == CTRL_ATTR_MCAST_GROUPS:
                for _, group in attrs(data):
                    group = dict(attrs(group))
                    self.groups[text(group[CTRL_ATTR_MCAST_GRP_NAME])] = \
                        number(group[CTRL_ATTR_MCAST_GRP_ID])

    def send(self, cmd, payload=b"", flags=NLM_F_ACK, version=1, reserved=0):
        """Sends one request; its answer is read by answers()."""
        self.seq += 1
        body = struct.pack("=BBH", cmd, version, reserved) + payload
        self.sock.send(struct.pack("=IHHII", 16 + len(body), self.ident,
                                   NLM_F_REQUEST | flags, self.seq, 0) + body)

    def _messages(self):
        data = self.sock.recv(1 << 17)
        while len(data) >= 16:
            length, kind, flags, seq, _ = struct.unpack_from("=IHHII", data)
            yield kind, flags, seq, data[16:length]
            data = data[(length + 3) & ~3:]

    def request(self, cmd, payload=b"", dump=False, **how):
        """
        Sends, and returns the answers: a list of attribute lists.
        A refusal is raised, with the answers that came before it.
        """
        answers = []
        self.interrupted = False
        self.send(cmd, payload, NLM_F_DUMP if dump else NLM_F_ACK, **how)
        while True:
            for kind, flags, seq, body in self._messages():
                if seq != self.seq:
                    continue
                if flags & NLM_F_DUMP_INTR:
                    self.interrupted = True
                if kind == NLMSG_ERROR or kind == NLMSG_DONE:
                    error = -struct.unpack_from("=i", body)[0]
                    if error:
                        raise_refused(error, flags, kind, body, answers)
                    return answers
                answers.append(attrs(body[4:]))

    def listen(self, group="events", report_errors=False):
        """Joins a multicast group."""
        self.sock.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
                             self.groups[group])
        if report_errors:
            self.sock.setsockopt(SOL_NETLINK, NETLINK_BROADCAST_ERROR, 1)

    def events(self, seconds):
        """Events as they come, for so long. ENOBUFS is raised as OSError."""
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                return
            for kind, _, _, body in self._messages():
                if kind >= NLMSG_MIN_TYPE:
                    yield attrs(body[4:])


def raise_refused(error, flags, kind, body, answers):
    """Raises what an error message says."""
    said = {}
    if flags & NLM_F_ACK_TLVS:
        skip = 4 if kind == NLMSG_DONE else 20
        said = dict(attrs(body[skip:]))
    refused = Refused(error, text(said.get(NLMSGERR_ATTR_MSG, b"")),
                      number(said[NLMSGERR_ATTR_OFFS])
                      if NLMSGERR_ATTR_OFFS in said else None,
                      number(said[NLMSGERR_ATTR_MISS_TYPE])
                      if NLMSGERR_ATTR_MISS_TYPE in said else None)
    refused.messages = answers
    raise refused


# ---- what comes back, as words --------------------------------------------------

EVENT = {
    "REASON": lambda d: REASONS.get(number(d), "?"),
    "OP": lambda d: OPS.get(number(d), "?"),
    "MODE": lambda d: MODES.get(number(d), "?"),
    "PATH": text, "COMM": text,
    "KEY_ID": bytes.hex, "DIGEST": bytes.hex,
}


def event(data):
    """A nest of DIGSIG_EV_* as a dict."""
    kinds = names("DIGSIG_EV_")
    found = {}
    for kind, value in attrs(data):
        name = kinds[kind]
        found[name] = EVENT.get(name.upper().replace("-", "_"), number)(value)
    return found


def nest(data, prefix, strings=(), binaries=()):
    """A nest of numbers, strings and binaries as a dict."""
    kinds = names(prefix)
    found = {}
    for kind, value in attrs(data):
        name = kinds[kind]
        found[name] = (text if name in strings else
                       bytes.hex if name in binaries else number)(value)
    return found


def key(data):
    """A nest of DIGSIG_KEY_*."""
    return nest(data, "DIGSIG_KEY_", ("subject",), ("id",))


def catalog(data):
    """A nest of DIGSIG_CAT_*."""
    return nest(data, "DIGSIG_CAT_", ("name",), ("key-id",))


def status(fam):
    """The answer of STATUS_GET; "refused.REASON" and counters among it."""
    found = {"anchored": 0}
    kinds = names("DIGSIG_A_")
    for kind, value in fam.request(N["DIGSIG_CMD_STATUS_GET"])[0]:
        if kind == N["DIGSIG_A_STATS"]:
            for stat, count in attrs(value):
                if stat == N["DIGSIG_ST_REASON"]:
                    for reason, n in attrs(count):
                        found["refused." + REASONS[reason]] = number(n)
                else:
                    found[STATS[stat]] = number(count)
        elif kind == N["DIGSIG_A_HASH_DRIVER"]:
            found["hash-driver"] = text(value)
        elif kind == N["DIGSIG_A_ANCHORED"]:
            found["anchored"] = 1
        else:
            found[kinds[kind]] = number(value)
    found["mode"] = MODES[found["mode"]]
    return found


def dump(fam, cmd, kind, parse):
    """A dump as a list of dicts."""
    return [parse(dict(message)[N[kind]])
            for message in fam.request(N[cmd], dump=True)]


def denied(fam):
    """The list of what was denied."""
    return dump(fam, "DIGSIG_CMD_DENIED_GET", "DIGSIG_A_EVENT", event)


def keys(fam):
    """The keys."""
    return dump(fam, "DIGSIG_CMD_KEY_GET", "DIGSIG_A_KEY", key)


def catalogs(fam):
    """The catalogs."""
    return dump(fam, "DIGSIG_CMD_CATALOG_GET", "DIGSIG_A_CATALOG", catalog)


def mode_set(fam, mode, strict=None):
    """Sets the mode, a name or a number."""
    if isinstance(mode, str) and not mode.isdigit():
        mode = N["DIGSIG_MODE_" + mode.upper()]
    payload = attr_u32(N["DIGSIG_A_MODE"], int(mode))
    if strict is not None:
        payload += attr_u8(N["DIGSIG_A_STRICT"], int(strict))
    return fam.request(N["DIGSIG_CMD_MODE_SET"], payload)


def with_fd(fam, cmd, path, kind, parse):
    """A command that takes a file; its answer."""
    fd = os.open(path, os.O_RDONLY)
    try:
        answer = fam.request(N[cmd], attr_u32(N["DIGSIG_A_FD"], fd))
    finally:
        os.close(fd)
    return parse(dict(answer[0])[N[kind]])


def check(fam, path):
    """The verdict of a file."""
    return with_fd(fam, "DIGSIG_CMD_CHECK", path, "DIGSIG_A_VERDICT", event)


def catalog_add(fam, path):
    """Loads a catalog."""
    return with_fd(fam, "DIGSIG_CMD_CATALOG_ADD", path, "DIGSIG_A_CATALOG",
                   catalog)


def revoke(fam, path):
    """Loads a revocation list; its number."""
    return with_fd(fam, "DIGSIG_CMD_REVOKE", path, "DIGSIG_A_NUMBER", number)


def key_add(fam, path):
    """Adds a key from a DER file."""
    with open(path, "rb") as der:
        answer = fam.request(N["DIGSIG_CMD_KEY_ADD"],
                             attr(N["DIGSIG_A_DER"], der.read()))
    return key(dict(answer[0])[N["DIGSIG_A_KEY"]])


def key_del(fam, ident):
    """Removes a key by its id in hex."""
    fam.request(N["DIGSIG_CMD_KEY_DEL"],
                attr(N["DIGSIG_A_KEY_ID"], bytes.fromhex(ident)))


def catalog_del(fam, name):
    """Removes a catalog."""
    fam.request(N["DIGSIG_CMD_CATALOG_DEL"],
                attr_string(N["DIGSIG_A_NAME"], name))


def failures(messages):
    """What pre-flight listed: how many in all, and the list."""
    total, listed = 0, []
    for message in messages:
        for kind, data in message:
            if kind == N["DIGSIG_A_FAILURES"]:
                total = number(data)
            elif kind == N["DIGSIG_A_FAILURE"]:
                listed.append(event(data))
    return total, listed


# ---- as a program ---------------------------------------------------------------

def show(what):
    """Prints a dict on one line, a list of them on several."""
    for item in what if isinstance(what, list) else [what]:
        if isinstance(item, dict):
            item = " ".join("%s=%s" % pair for pair in item.items())
        print(item, flush=True)


def run(argv):
    """One command; returns what to print."""
    cmd, args = argv[0], argv[1:]
    if cmd == "monitor":
        fam = Family(rcvbuf=int(args[1]) if len(args) > 1 else 0)
        fam.listen()
        print("listening", flush=True)
        for message in fam.events(float(args[0])):
            show(event(dict(message)[N["DIGSIG_A_EVENT"]]))
        return []
    fam = Family()
    if cmd == "mode":
        return mode_set(fam, args[0], args[1] if len(args) > 1 else None)
    simple = {"status": status, "denied": denied, "keys": keys,
              "catalogs": catalogs}
    if cmd in simple:
        found = simple[cmd](fam)
        if cmd == "status":
            return ["%s %s" % pair for pair in found.items()]
        return found
    return {"key-add": key_add, "key-del": key_del, "check": check,
            "catalog-add": catalog_add, "catalog-del": catalog_del,
            "revoke": revoke}[cmd](fam, *args) or []


def main():
    """The program."""
    try:
        show(run(sys.argv[1:]))
    except Refused as refused:
        show([dict(f, failed="preflight")
              for f in failures(refused.messages)[1]])
        print(refused, file=sys.stderr)
        sys.exit(1)
    except (IndexError, KeyError):
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
