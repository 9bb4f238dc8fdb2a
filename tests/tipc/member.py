# SPDX-License-Identifier: GPL-2.0-only
"""
A member of a communication group as a program, for tests with several nodes:
    member.py GROUP INSTANCE
It counts what all get and answers what it alone gets: "count" with the number
of messages to all and of those that were not the next, which begin anew then;
"seen" with the same, and they do not; "sleep" not at all for
two seconds, "say N" with N messages to all, "leave" by leaving, other data with
the same data.
"""
import socket
import struct
import sys
import time

group, instance = int(sys.argv[1]), int(sys.argv[2])
s = socket.socket(30, socket.SOCK_RDM)
s.setsockopt(271, 135, struct.pack("4I", group, instance, 2, 2))
print("ready", flush=True)
want = bad = mine = 0
while True:
    data, _, flags, addr = s.recvmsg(70000)
    if flags & socket.MSG_OOB:
        print("left" if flags & socket.MSG_EOR else "joined", flush=True)
        continue
    if data[:1] == b"#":
        n = int.from_bytes(data[1:5], "big")
        bad += n != want or data[5:] != bytes([n & 255]) * (len(data) - 5)
        want = n + 1
        continue
    if data == b"count":
        s.sendto(b"%d %d" % (want, bad), addr)
        want = bad = 0
    elif data == b"seen":
        s.sendto(b"%d %d" % (want, bad), addr)
    elif data == b"sleep":
        time.sleep(2)
    elif data[:4] == b"say ":
        for i in range(int(data[4:])):
            s.send(b"#" + mine.to_bytes(4, "big") +
                   bytes([mine & 255]) * (mine * 37 % 3000))
            mine += 1
    elif data == b"leave":
        s.setsockopt(271, 136, None, 0)
        print("gone", flush=True)
        sys.stdin.read()
    else:
        s.sendto(data, addr)
