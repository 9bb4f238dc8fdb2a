/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * mfib: a FIB for one socket, and the names of what a FIB counts.
 *
 * A socket (TCP, UDP, raw, of either family) is put into a FIB by
 *
 *	__u32 fib = 10;
 *	setsockopt(fd, SOL_IP, MFIB_SO_FIB, &fib, sizeof(fib));	 // AF_INET
 *	setsockopt(fd, SOL_IPV6, MFIB_SO_FIB, &fib, sizeof(fib)); // AF_INET6
 *
 * or, for a socket of another program's that was passed as a descriptor, by
 * ioctl(open("/dev/mfib"), MFIB_IOC_SOCKET_SET, &request). It may be done before
 * bind() and after it; an accepted socket is in the FIB of its listener, and a
 * child inherits descriptors as they are. FIB 0 takes a socket out of its FIB.
 *
 * errors
 *	ENOENT		this network namespace has no such FIB
 *	EACCES		the FIB has not been granted to this user, or the socket
 *			is in a FIB that may not be left without CAP_NET_RAW
 *	EINVAL		the value is not of four bytes
 *	EBADF, ENOTSOCK	of the ioctl: no such descriptor, not a socket
 *	EAFNOSUPPORT	of the ioctl: not a socket of IPv4 or IPv6
 *	EOPNOTSUPP	a socket of MPTCP, which has others inside
 *	EADDRINUSE	the socket is bound to a port that another one has in that FIB
 *	EISCONN		the socket is connected: its packets have a route
 */
#ifndef _UAPI_LINUX_MFIB_SOCKET_H
#define _UAPI_LINUX_MFIB_SOCKET_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Option of SOL_IP and of SOL_IPV6; the value is a __u32, the number of a FIB. */
#define MFIB_SO_FIB		19782

/**
 * struct mfib_socket - argument of the two ioctls
 * @fd: the socket
 * @fib: its FIB, or 0 for none
 */
struct mfib_socket {
	__s32 fd;
	__u32 fib;
};

#define MFIB_IOC_SOCKET_SET	_IOW('M', 0x60, struct mfib_socket)
#define MFIB_IOC_SOCKET_GET	_IOWR('M', 0x61, struct mfib_socket)

/**
 * enum mfib_count - what a FIB counts
 * @MFIB_C_LOOKUPS: lookups of destinations; sources are not counted
 * @MFIB_C_MISSES: lookups without a route
 * @MFIB_C_FORWARDED: packets sent on
 * @MFIB_C_DELIVERED: packets to this host
 * @MFIB_C_SENT: packets of this host
 * @MFIB_C_KERNEL: packets left to the kernel's own path
 * @MFIB_C_DROPS: the first of the reasons
 * @MFIB_C_NOROUTE: no route
 * @MFIB_C_BLACKHOLE: a route of type blackhole
 * @MFIB_C_UNREACHABLE: a route of type unreachable
 * @MFIB_C_PROHIBIT: a route of type prohibit
 * @MFIB_C_DEAD: the device of the next hop is down or gone
 * @MFIB_C_LOOP: routes lead from FIB to FIB without an end
 * @MFIB_C_TTL: the time to live, or the hop limit, is over
 * @MFIB_C_MTU: larger than the way takes, and not to be fragmented
 * @MFIB_C_MARTIAN_SRC: a source that no packet from outside may have
 * @MFIB_C_MARTIAN_DST: a destination that no packet from outside may have
 * @MFIB_C_RPFILTER: the source is not reached by the device it came from
 * @MFIB_C_FORWARD_OFF: forwarding is off on the device
 * @MFIB_C_XFRM: a policy of IPsec said so
 * @MFIB_C_NEIGH_QUOTA: no neighbour entry: the FIB has its share
 * @MFIB_C_GRANT: the FIB is not granted to the socket's owner
 * @MFIB_C_HEADER: not an IP packet, or cut short
 * @MFIB_C_NOMEM: no memory
 * @__MFIB_C_MAX: number of counters
 *
 * From MFIB_C_DROPS on each is a reason for which packets were dropped.
 */
enum mfib_count {
	MFIB_C_LOOKUPS,
	MFIB_C_MISSES,
	MFIB_C_FORWARDED,
	MFIB_C_DELIVERED,
	MFIB_C_SENT,
	MFIB_C_KERNEL,
	MFIB_C_DROPS,
	MFIB_C_NOROUTE = MFIB_C_DROPS,
	MFIB_C_BLACKHOLE,
	MFIB_C_UNREACHABLE,
	MFIB_C_PROHIBIT,
	MFIB_C_DEAD,
	MFIB_C_LOOP,
	MFIB_C_TTL,
	MFIB_C_MTU,
	MFIB_C_MARTIAN_SRC,
	MFIB_C_MARTIAN_DST,
	MFIB_C_RPFILTER,
	MFIB_C_FORWARD_OFF,
	MFIB_C_XFRM,
	MFIB_C_NEIGH_QUOTA,
	MFIB_C_GRANT,
	MFIB_C_HEADER,
	MFIB_C_NOMEM,
	__MFIB_C_MAX
};

#endif /* _UAPI_LINUX_MFIB_SOCKET_H */
