# SPDX-License-Identifier: GPL-2.0-only
"""
io_uring, as far as it sends one message.

    ring.sendmsg(sock, message)             as the caller
    ring.sendmsg(sock, message, ring.ASYNC) as a thread that the kernel makes

@message is the address of a struct msghdr. A kernel that does not let this
process have a ring makes it raise NotAllowed.
"""
import ctypes
import errno
import mmap
import os
import struct

ASYNC = 1 << 4
_SETUP, _ENTER = 425, 426
_SENDMSG = 9
_SQES = 0x10000000
_libc = ctypes.CDLL(None, use_errno=True)


class NotAllowed(Exception):
    """By the sysctl kernel.io_uring_disabled."""


def _setup():
    """A ring of one entry: descriptor, rings, entries, offsets."""
    params = ctypes.create_string_buffer(120)
    fd = _libc.syscall(_SETUP, 1, params)
    if fd < 0:
        if ctypes.get_errno() in (errno.EPERM, errno.ENOSYS):
            raise NotAllowed
        raise OSError(ctypes.get_errno(), "io_uring_setup")
    numbers = struct.unpack("10I8IQ8IQ", params.raw)
    sq_tail, sq_array = numbers[11], numbers[16]
    cqes = numbers[24]
    size = max(sq_array + 4, cqes + 16 * numbers[1])
    return (fd, mmap.mmap(fd, size, offset=0),
            mmap.mmap(fd, 64 * numbers[0], offset=_SQES),
            sq_tail, sq_array, cqes)


def sendmsg(sock, message, flags=0):
    """Sends it; how many octets, or OSError."""
    fd, rings, entries, sq_tail, sq_array, cqes = _setup()
    try:
        entries[:64] = struct.pack("BBHiQQIIQQQQ", _SENDMSG, flags, 0,
                                   sock.fileno(), 0, message, 1, 0, 1, 0, 0, 0)
        rings[sq_array:sq_array + 4] = struct.pack("I", 0)
        rings[sq_tail:sq_tail + 4] = struct.pack("I", 1)
        if _libc.syscall(_ENTER, fd, 1, 1, 1, None, 0) < 0:
            raise OSError(ctypes.get_errno(), "io_uring_enter")
        result = struct.unpack_from("Qi", rings, cqes)[1]
    finally:
        rings.close()
        entries.close()
        os.close(fd)
    if result < 0:
        raise OSError(-result, os.strerror(-result))
    return result
