# SPDX-License-Identifier: GPL-2.0-only
"""
Messages as the kernel is given them, struct msghdr, for what Python's sockets do
not do.

    memory = heads.Memory()
    memory.at(memory.head((addr, port), options))       its address
    heads.several((addr, port), options)                by one sendmmsg()
"""
import ctypes
import socket
import struct

IP_RETOPTS = 7
_libc = ctypes.CDLL(None, use_errno=True)


class Memory:
    """Octets that the kernel is given the address of."""

    def __init__(self):
        self.kept = []

    def at(self, octets):
        """Their address; 0 for none."""
        if not octets:
            return 0
        self.kept.append(ctypes.create_string_buffer(octets, len(octets)))
        return ctypes.addressof(self.kept[-1])

    def head(self, where, value=b"", family=socket.AF_INET):
        """A struct msghdr: one octet to @where, with these IP options or none."""
        addr, port = socket.inet_aton(where[0]), socket.htons(where[1])
        to = struct.pack("=HH4s8x", socket.AF_INET, port, addr)
        if family == socket.AF_INET6:
            to = struct.pack("=HHI10s2s4sI", family, port, 0, bytes(10),
                             b"\xff\xff", addr, 0)
        options = struct.pack("Nii", 16 + len(value), socket.IPPROTO_IP,
                              IP_RETOPTS) + value + bytes(-len(value) % 8) \
            if value else b""
        vectors = struct.pack("PN", self.at(b"x"), 1)
        return struct.pack("PI4xPNPNi4x", self.at(to), len(to),
                           self.at(vectors), 1, self.at(options),
                           len(options), 0)


def several(where, value, family=socket.AF_INET):
    """
    Three datagrams by one sendmmsg(), the second with IP options of its own. Of
    messages to one address the kernel has an LSM look at the first only. Raises
    if any but the first is sent.
    """
    memory = Memory()
    three = b"".join(memory.head(where, v, family) + bytes(8)
                     for v in (b"", value, b""))
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        sent = _libc.sendmmsg(s.fileno(), ctypes.c_void_p(memory.at(three)), 3,
                              0)
    if sent < 0:
        raise OSError(ctypes.get_errno(), "sendmmsg")
    if sent != 1:
        raise RuntimeError(f"{sent} of 3 messages were sent")
