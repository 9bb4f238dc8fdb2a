#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# host: timeout=120
"""
What others can make a dsmd keep, and for how long: connections that drip, that
are too many, that announce more than they may ask for.
"""
import concurrent.futures
import os
import random
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import time

import tap

TOP = os.environ.get("TOP") or os.getcwd()
DSMD = f"{TOP}/build/tools/dsmd"
LIMIT_S = 60
YES, NO, STATUS, PUSH, PREPARE = 1, 2, 3, 4, 5
BODY_MAX = 64 << 20
PLACES = 64


def openssl(*words):
    """Runs openssl."""
    subprocess.run(("openssl",) + words, check=True, capture_output=True,
                   timeout=LIMIT_S)


def certificates(folder):
    """An authority; a node, an operator, and somebody else."""
    ec = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *ec, "-keyout", f"{folder}/ca.key", "-out",
            f"{folder}/ca.pem", "-subj", "/CN=ca", "-days", "2")
    for name in ("a", "op", "stranger"):
        openssl("req", *ec, "-keyout", f"{folder}/{name}.key", "-out",
                f"{folder}/{name}.csr", "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", f"{folder}/{name}.csr", "-CA",
                f"{folder}/ca.pem", "-CAkey", f"{folder}/ca.key",
                "-CAcreateserial", "-out", f"{folder}/{name}.pem", "-days",
                "2")


class Daemon:
    """A dsmd alone."""

    def __init__(self, folder):
        self.folder = folder
        self.port = random.randrange(20000, 30000)
        with open(f"{folder}/conf", "w", encoding="ascii") as f:
            f.write(f"name a\nca {folder}/ca.pem\ncert {folder}/a.pem\n"
                    f"key {folder}/a.key\nstate {folder}/state\n"
                    "enforce none\ntimeout 1.5\noperator op\n"
                    f"node a 127.0.0.1:{self.port}\n")
        with open(f"{folder}/log", "w", encoding="ascii") as log:
            self.process = subprocess.Popen([DSMD, "-c", f"{folder}/conf"],
                                            stderr=log)
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            try:
                self.connect().close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("dsmd did not start")

    def connect(self, source="127.0.0.1"):
        """A connection that says nothing yet."""
        s = socket.create_connection(("127.0.0.1", self.port), LIMIT_S,
                                     (source, 0))
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s

    def speak(self, name, source="127.0.0.1"):
        """A connection with a certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(f"{self.folder}/ca.pem")
        context.load_cert_chain(f"{self.folder}/{name}.pem",
                                f"{self.folder}/{name}.key")
        return context.wrap_socket(self.connect(source))

    def most_memory_kib(self):
        """The most that it ever had in memory."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            return next(int(l.split()[1]) for l in f if "VmHWM" in l)

    def stop(self):
        """Ends it."""
        self.process.kill()
        self.process.wait()


def head(kind, body_len=0):
    """The head of a message."""
    return struct.pack(">IHHIIII48x", 0x44534d44, 1, kind, 0, body_len, 0, 0)


def receive(s):
    """An answer: type and body; None if there is none."""
    data = b""
    while len(data) < 72:
        more = s.recv(72 - len(data))
        if not more:
            return None
        data += more
    kind, body_len = struct.unpack(">6xH4xI56x", data)
    body = b""
    while len(body) < body_len:
        body += s.recv(body_len - len(body))
    return kind, body


def is_closed(s):
    """Does the other side close it, sooner or later?"""
    try:
        while s.recv(4096):
            pass
        return True
    except TimeoutError:
        return False
    except OSError:
        return True


def dripped(s, data):
    """Sends a byte every now and then; was it cut off before the end?"""
    end = time.monotonic() + LIMIT_S
    try:
        for byte in data:
            s.sendall(bytes([byte]))
            time.sleep(0.05)
            if time.monotonic() > end:
                return False
    except OSError:
        return True
    return False


def drips(daemon):
    """Bytes that come one by one do not buy time."""
    # The beginning of a handshake: a record of 16,000 bytes is announced.
    hello = b"\x16\x03\x01\x3e\x80\x01\x00\x3e\x7c\x03\x03" + bytes(16000)
    body, silent = daemon.speak("op"), daemon.speak("op")
    body.sendall(head(PUSH, 4096))
    with daemon.connect() as s, body, silent:
        with concurrent.futures.ThreadPoolExecutor() as pool:
            tries = [pool.submit(dripped, s, hello),
                     pool.submit(dripped, body, bytes(4096)),
                     pool.submit(is_closed, silent)]
        tap.ok(tries[0].result(), "a handshake that drips is cut off")
        tap.ok(tries[1].result(), "a body that drips is cut off")
        tap.ok(tries[2].result(), "who says nothing is not kept")


def bodies(daemon):
    """What somebody may not ask for is not kept."""
    with daemon.speak("stranger") as s:
        s.sendall(head(PREPARE, BODY_MAX))
        for _ in range(BODY_MAX >> 16):
            s.sendall(bytes(1 << 16))
        answer = receive(s)
        tap.ok(answer is not None and answer[0] == NO and
               b"not yours" in answer[1],
               "a stranger's 64 MB are answered with a refusal")
        tap.ok(is_closed(s), "and nothing more")
    most = daemon.most_memory_kib()
    tap.ok(most < 40 << 10, "and were not kept", f"{most} KiB")
    for what, data in (("more than an image may have",
                        head(PUSH, BODY_MAX + 1)),
                       ("a body where none belongs", head(STATUS, 1)),
                       ("an unknown type", head(99)),
                       ("another version",
                        head(STATUS).replace(b"\0\1", b"\0\2", 1)),
                       ("other magic", b"x" + head(STATUS)[1:])):
        with daemon.speak("op") as s:
            s.sendall(data)
            tap.ok(is_closed(s), f"{what} ends the connection")
    with daemon.speak("op") as s:
        s.sendall(head(YES, 5) + b"hello" + head(STATUS))
        first, second = receive(s), receive(s)
        tap.ok(first and first[0] == NO and second and second[0] == YES,
               "an answer is no question, and the next one is heard")


def crowds(daemon):
    """One address does not take all places."""
    crowd = [daemon.connect("127.0.0.2") for _ in range(PLACES + 8)]
    tap.ok(sum(is_gone(s) for s in crowd) >= 8,
           "of many connections from one address some are turned away")
    with daemon.speak("op", "127.0.0.3") as s:
        s.sendall(head(STATUS))
        answer = receive(s)
        tap.ok(answer is not None and answer[0] == YES,
               "while others are answered")
    tap.ok(all(is_closed(s) for s in crowd), "the rest goes, too")
    for s in crowd:
        s.close()
    tap.ok(heard(daemon, "127.0.0.2"), "and that address is heard again")


def heard(daemon, source):
    """Is somebody from there answered, sooner or later?"""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        try:
            with daemon.speak("op", source) as s:
                s.sendall(head(STATUS))
                return receive(s) is not None
        except OSError:
            time.sleep(0.1)
    return False


def is_gone(s):
    """Has the other side closed it by now, or in a moment?"""
    s.settimeout(0.02)
    try:
        return s.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True
    finally:
        s.settimeout(LIMIT_S)


def main():
    """All points, with one daemon."""
    if not os.path.exists(DSMD):
        tap.skip_all(f"{DSMD} is not built")
    folder = tempfile.mkdtemp(prefix="dsmd-limits.")
    daemon = None
    try:
        certificates(folder)
        daemon = Daemon(folder)
        drips(daemon)
        bodies(daemon)
        crowds(daemon)
        tap.ok(daemon.process.poll() is None, "the daemon is alive")
    finally:
        if daemon:
            daemon.stop()
        shutil.rmtree(folder, ignore_errors=True)
    tap.end()


main()
