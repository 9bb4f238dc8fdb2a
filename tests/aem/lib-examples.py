#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""
The examples do what they say. On one kernel, as what they call is tested on
both; in one program, because starting another takes seconds in a guest.
"""
# vm: timeout=90 kernels="6.12"
import os
import re
import signal
import socket
import subprocess
import sys
import time

import tap

EXAMPLES = os.path.join(os.environ["TOP"], "build", "examples")
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
started = []


def start(*words):
    """An example in the background, which ends with the test."""
    with open(f"{os.environ['RESULTS']}/{words[0]}", "wb") as log:
        started.append(subprocess.Popen([f"{EXAMPLES}/{words[0]}", *words[1:]],
                                        stdout=log, stderr=log))
    return started[-1]


def wait_for(what, limit=30):
    """Does @what become true?"""
    end = time.monotonic() + limit
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def connect(port):
    """A connection to an example."""
    c = socket.create_connection(("localhost", port), 10)
    c.settimeout(30)
    return c


def listens(port):
    """Is there somebody to connect to?"""
    try:
        connect(port).close()
    except OSError:
        return False
    return True


def ask(port, text):
    """All that is answered to @text; "" when there is no answer."""
    data = b""
    try:
        with connect(port) as c:
            c.sendall(text)
            c.shutdown(socket.SHUT_WR)
            while more := c.recv(65536):
                data += more
    except OSError as error:
        tap.note(error)
    return data.decode()


def slow_clients(port):
    """Requests in all sizes of pieces, many at once, and a reader that is slow."""
    many = [connect(port) for _ in range(50)]
    for i in range(0, len(GET), 7):
        for c in many:
            c.sendall(GET[i:i + 7])
    good = all(b"Hello" in c.recv(4096) for c in many)
    tap.ok(good, "requests in pieces are answered")
    for c in many:
        c.close()
    c = connect(port)
    c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    c.sendall(GET)
    size = len(c.recv(4096))
    c.settimeout(0.5)
    sent = 0
    try:
        while sent < 8000 * len(GET):
            sent += c.send(GET * 8)
    except socket.timeout:
        pass
    c.settimeout(30)
    left = sent // len(GET) * size
    while left > 0 and (data := c.recv(65536)):
        left -= len(data)
    tap.ok(left <= 0, "a client that does not read is waited for",
           f"{left} bytes of {sent // len(GET)} answers did not come")


def httpd():
    """examples/httpd.c"""
    start("httpd", "-p", "8081")
    tap.ok(wait_for(lambda: listens(8081)), "httpd listens")
    tap.ok("Hello from libaem" in ask(8081, GET), "a request is answered")
    tap.equal(ask(8081, GET + GET).count("200 OK"), 2,
              "two requests in one write are two answers")
    ticks = re.search(r'"ticks":(\d+)',
                      ask(8081, b"GET /latency HTTP/1.1\r\n\r\n"))
    tap.ok(ticks and int(ticks[1]) > 0, "the timer interrupts and is counted")
    slow_clients(8081)


def calls():
    """examples/calls.c"""
    done = subprocess.run([f"{EXAMPLES}/calls", "-t", "2"], text=True,
                          capture_output=True, timeout=60, check=False)
    tap.note(done.stdout)
    tap.ok(not done.returncode, "10,000 call timers", done.stderr)
    tap.ok("early 0 " in done.stdout, "none is early")


def capsules_of(pid):
    """The children of a process."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as text:
        return [int(word) for word in text.read().split()]


def supervisor():
    """examples/supervisor.c"""
    parent = start("supervisor", "8082")
    tap.ok(wait_for(lambda: listens(8082)), "the supervisor listens")
    said = ask(8082, b"echo hello\n")
    tap.ok("hello" in said, "a capsule answers what was said", said)
    tap.ok(said.split()[:1] not in ([], [str(parent.pid)]),
           "and is another process", said)
    for _ in range(6):
        ask(8082, b"crash\n")
    tap.ok("again" in ask(8082, b"echo again\n"),
           "six capsules crash, and the next answers")
    capsules = capsules_of(parent.pid)
    ask(8082, b"exit\n")
    tap.ok(wait_for(lambda: parent.poll() is not None),
           "the supervisor ends when it is told")
    tap.ok(capsules and wait_for(
        lambda: not any(os.path.exists(f"/proc/{p}") for p in capsules)),
           "and its capsules with it", capsules)


def main():
    """All of them."""
    if subprocess.run(["modprobe", "aem"], check=False).returncode:
        tap.skip_all("aem does not load")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    try:
        httpd()
        calls()
        supervisor()
    finally:
        for program in started:
            if program.poll() is None:
                program.send_signal(signal.SIGKILL)
                program.wait()
    tap.end()


if __name__ == "__main__":
    sys.exit(main())
