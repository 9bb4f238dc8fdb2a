/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * mfib: many forwarding tables (FIBs), by generic netlink, setsockopt() and
 * ioctl().
 *
 * A FIB is a device: RTM_NEWLINK with IFLA_INFO_KIND "mfib" and IFLA_MFIB_TABLE
 * in IFLA_INFO_DATA makes one, RTM_DELLINK removes it, and interfaces that are
 * enslaved to it receive and send by it. All else is the generic netlink
 * family "mfib", version 1, multicast group "events", which is per network
 * namespace. Commands that change something need CAP_NET_ADMIN in the user
 * namespace of the network namespace (-EPERM). Attributes are checked strictly:
 * unknown ones, wrong lengths and values out of range are -EINVAL or -ERANGE,
 * with the attribute and a sentence in the extended ack.
 *
 * command            attributes in (* required)    answer    errors besides the above
 * FIB_SET            FIB*, MAX_ROUTES4 MAX_ROUTES6 -         -ENOENT
 *                    MAX_BYTES NEIGH_QUOTA
 * FIB_GET            FIB (all if dump)             FIB ...   -ENOENT
 * ROUTE_NEW          FIB*, ROUTE* (nests, any      DONE      -ENOENT no such FIB, next hop or
 *                    number), SESSION              on error  device; -EEXIST; -ENOSPC table
 *                                                            full; -EINVAL; -ENETUNREACH gateway
 *                    NLM_F_CREATE, NLM_F_REPLACE and NLM_F_EXCL as in rtnetlink
 * ROUTE_DEL          FIB*, ROUTE* (nests)          DONE      -ESRCH no such route
 * ROUTE_GET          FIB*, ADDRESS*, HASH          ROUTE     -ENETUNREACH no route
 * ROUTE_GET (dump)   FIB*, FAMILY                  ROUTE ... one message for many
 * ROUTE_FLUSH        FIB*, FAMILY, SOURCE          DONE
 * SESSION_BEGIN      FIB*, FAMILY*                 -         -EBUSY another session
 *                    the routes of ROUTE_NEW with SESSION are kept aside
 * SESSION_COMMIT     FIB*, FAMILY*                 -         -EINVAL no session
 *                    they take the place of all own routes, at once
 * SESSION_ABORT      FIB*, FAMILY*                 -         -EINVAL; also when the socket of
 *                                                            the session is closed
 * NEXTHOP_NEW        NEXTHOP*                      -         -EEXIST, -ENOENT, -ENODEV, -EINVAL
 * NEXTHOP_DEL        NH_ID*                        -         -ENOENT, -EBUSY routes use it
 * NEXTHOP_GET (dump) -                             NEXTHOP ...
 * RULE_NEW           RULE*                         -         -EEXIST, -ENOENT, -EINVAL
 * RULE_DEL           RULE* (with RULE_PRIORITY)    -         -ENOENT
 * RULE_GET (dump)    -                             RULE ...
 * GRANT_SET          FIB*, UID*, GRANTED*          -         -ENOENT, -ENOSPC
 * GRANT_GET (dump)   FIB                           FIB UID
 * NEIGH_GET (dump)   FIB                           NEIGH ...
 * EVENT (notification only): FIB, EVENT, ROUTE or NEXTHOP or RULE
 *
 * Of a message with several routes, those before the first that is refused are
 * in the table; the error names the route by the offset of its nest, and DONE
 * how many there were.
 */
#ifndef _UAPI_LINUX_MFIB_H
#define _UAPI_LINUX_MFIB_H

#include <linux/ioctl.h>
#include <linux/mfib_link.h>
#include <linux/types.h>

#define MFIB_GENL_NAME		"mfib"
#define MFIB_GENL_VERSION	1
#define MFIB_GENL_MCGRP		"events"
#define MFIB_LINK_KIND		"mfib"

/*
 * Which FIB a socket uses: setsockopt(fd, SOL_IP or SOL_IPV6, MFIB_SO_FIB, &id,
 * sizeof(__u32)), before or after bind(); 0 is none. getsockopt() tells it.
 * -ENOENT no such FIB, -EPERM neither CAP_NET_RAW nor a grant.
 */
#define MFIB_SO_FIB		19782

/* The same by ioctl() on /dev/mfib. */
struct mfib_socket {
	__s32 fd;
	__u32 fib;
};

#define MFIB_IOC_SOCKET_SET	_IOW(0xf1, 1, struct mfib_socket)
#define MFIB_IOC_SOCKET_GET	_IOWR(0xf1, 2, struct mfib_socket)

enum mfib_cmd {
	MFIB_CMD_UNSPEC,
	MFIB_CMD_FIB_SET,
	MFIB_CMD_FIB_GET,
	MFIB_CMD_ROUTE_NEW,
	MFIB_CMD_ROUTE_DEL,
	MFIB_CMD_ROUTE_GET,
	MFIB_CMD_ROUTE_FLUSH,
	MFIB_CMD_SESSION_BEGIN,
	MFIB_CMD_SESSION_COMMIT,
	MFIB_CMD_SESSION_ABORT,
	MFIB_CMD_NEXTHOP_NEW,
	MFIB_CMD_NEXTHOP_DEL,
	MFIB_CMD_NEXTHOP_GET,
	MFIB_CMD_RULE_NEW,
	MFIB_CMD_RULE_DEL,
	MFIB_CMD_RULE_GET,
	MFIB_CMD_GRANT_SET,
	MFIB_CMD_GRANT_GET,
	MFIB_CMD_NEIGH_GET,
	MFIB_CMD_EVENT,
	__MFIB_CMD_MAX,
};
#define MFIB_CMD_MAX (__MFIB_CMD_MAX - 1)

enum mfib_attr {
	MFIB_A_UNSPEC,
	MFIB_A_PAD,
	MFIB_A_FIB,		/* u32: number of a FIB, 1 or more */
	MFIB_A_FAMILY,		/* u8: AF_INET or AF_INET6 */
	MFIB_A_ROUTE,		/* nest, repeated: MFIB_RT_* */
	MFIB_A_ADDRESS,		/* binary, 4 or 16 */
	MFIB_A_HASH,		/* u32: of a flow, to choose among several ways */
	MFIB_A_SOURCE,		/* u8 MFIB_SRC_* */
	MFIB_A_SESSION,		/* flag */
	MFIB_A_DONE,		/* u32: routes that were taken */
	MFIB_A_NEXTHOP,		/* nest: MFIB_NH_A_* */
	MFIB_A_NH_ID,		/* u32 */
	MFIB_A_RULE,		/* nest: MFIB_RU_* */
	MFIB_A_UID,		/* u32: of a user in the caller's user namespace */
	MFIB_A_GRANTED,		/* u8: 0 or 1 */
	MFIB_A_NEIGH,		/* nest: MFIB_NE_* */
	MFIB_A_EVENT,		/* u8 enum mfib_event */
	MFIB_A_STATS,		/* nest: MFIB_ST_* */
	MFIB_A_MAX_ROUTES4,	/* u32 */
	MFIB_A_MAX_ROUTES6,	/* u32 */
	MFIB_A_MAX_BYTES,	/* u64: memory of the routes of each family */
	MFIB_A_NEIGH_QUOTA,	/* u32: neighbours, 0 for no limit */
	MFIB_A_NEIGHS,		/* u32: neighbours now */
	MFIB_A_IFINDEX,		/* u32: the device of a FIB */
	MFIB_A_NAME,		/* string: its name */
	__MFIB_A_MAX,
};
#define MFIB_A_MAX (__MFIB_A_MAX - 1)

#define MFIB_SRC_OWN		0	/* put in by this family */
#define MFIB_SRC_KERNEL		1	/* mirrored from the kernel's table */

enum mfib_route_attr {
	MFIB_RT_UNSPEC,
	MFIB_RT_DST,		/* binary, 4 or 16; its length is the family */
	MFIB_RT_LEN,		/* u8: length of the prefix */
	MFIB_RT_METRIC,		/* u32, 0 if absent; absent in ROUTE_DEL: the best */
	MFIB_RT_PROTOCOL,	/* u8: RTPROT_*, RTPROT_STATIC if absent */
	MFIB_RT_NH_ID,		/* u32: a next hop made before; or: */
	MFIB_RT_TYPE,		/* u8 enum mfib_type, unicast if absent */
	MFIB_RT_GATEWAY,	/* binary, 4 or 16 */
	MFIB_RT_OIF,		/* u32 */
	MFIB_RT_TABLE,		/* u32: the FIB in which MFIB_TYPE_TABLE looks */
	MFIB_RT_PREFSRC,	/* binary, 4 or 16 */
	MFIB_RT_FLAGS,		/* u32 MFIB_F_* */
	MFIB_RT_MTU,		/* u32 */
	MFIB_RT_WAYS,		/* nest of nests MFIB_WAY_* */
	MFIB_RT_SOURCE,		/* u8 MFIB_SRC_*, in answers */
	MFIB_RT_BEST,		/* flag, in answers: this one is used */
	__MFIB_RT_MAX,
};
#define MFIB_RT_MAX (__MFIB_RT_MAX - 1)

/** enum mfib_type - what becomes of a packet */
enum mfib_type {
	MFIB_TYPE_UNICAST,
	MFIB_TYPE_LOCAL,	/* only mirrored */
	MFIB_TYPE_BROADCAST,	/* only mirrored */
	MFIB_TYPE_MULTICAST,	/* only mirrored */
	MFIB_TYPE_BLACKHOLE,
	MFIB_TYPE_UNREACHABLE,
	MFIB_TYPE_PROHIBIT,
	MFIB_TYPE_TABLE,	/* looked up in another FIB */
	MFIB_TYPE_GROUP,	/* of next hops; only in answers */
	__MFIB_TYPE_MAX,
};
#define MFIB_TYPE_MAX (__MFIB_TYPE_MAX - 1)

#define MFIB_F_ONLINK		0x1
#define MFIB_F_DEAD		0x2	/* in answers: its device is down or gone */

enum mfib_way_attr {
	MFIB_WAY_UNSPEC,
	MFIB_WAY,		/* nest of the following, in MFIB_RT_WAYS */
	MFIB_WAY_NH_ID,		/* u32 */
	MFIB_WAY_GATEWAY,	/* binary, 4 or 16 */
	MFIB_WAY_OIF,		/* u32 */
	MFIB_WAY_WEIGHT,	/* u32: 1 to 256 */
	MFIB_WAY_FLAGS,		/* u32 MFIB_F_* */
	__MFIB_WAY_MAX,
};
#define MFIB_WAY_MAX (__MFIB_WAY_MAX - 1)

enum mfib_nexthop_attr {
	MFIB_NH_A_UNSPEC,
	MFIB_NH_A_ID,		/* u32, 1 or more */
	MFIB_NH_A_TYPE,		/* u8 enum mfib_type */
	MFIB_NH_A_GATEWAY,	/* binary, 4 or 16 */
	MFIB_NH_A_OIF,		/* u32 */
	MFIB_NH_A_TABLE,	/* u32 */
	MFIB_NH_A_FLAGS,	/* u32 MFIB_F_* */
	MFIB_NH_A_WAYS,		/* nest of nests MFIB_WAY, each with an id: a group */
	MFIB_NH_A_REFS,		/* u32, in answers: routes and groups that use it */
	MFIB_NH_A_MTU,		/* u32 */
	__MFIB_NH_A_MAX,
};
#define MFIB_NH_A_MAX (__MFIB_NH_A_MAX - 1)

enum mfib_rule_attr {
	MFIB_RU_UNSPEC,
	MFIB_RU_PRIORITY,	/* u32: the lowest that matches decides */
	MFIB_RU_FIB,		/* u32: where to */
	MFIB_RU_IIF,		/* u32: device it came by */
	MFIB_RU_VLAN,		/* u16: VLAN id in the packet */
	MFIB_RU_SRC,		/* binary, 4 or 16 */
	MFIB_RU_SRC_LEN,	/* u8 */
	MFIB_RU_MARK,		/* u32 */
	MFIB_RU_MARK_MASK,	/* u32, ~0 if absent */
	MFIB_RU_SID,		/* u32: label of dsm */
	MFIB_RU_HITS,		/* u64, in answers */
	__MFIB_RU_MAX,
};
#define MFIB_RU_MAX (__MFIB_RU_MAX - 1)

enum mfib_neigh_attr {
	MFIB_NE_UNSPEC,
	MFIB_NE_ADDRESS,	/* binary, 4 or 16 */
	MFIB_NE_LLADDR,		/* binary, to 32 */
	MFIB_NE_IFINDEX,	/* u32 */
	MFIB_NE_STATE,		/* u16 NUD_* */
	__MFIB_NE_MAX,
};
#define MFIB_NE_MAX (__MFIB_NE_MAX - 1)

/** enum mfib_event - what happened */
enum mfib_event {
	MFIB_EVENT_NONE,
	MFIB_EVENT_ROUTE_ADDED,
	MFIB_EVENT_ROUTE_REPLACED,
	MFIB_EVENT_ROUTE_REMOVED,
	MFIB_EVENT_FLUSHED,		/* FAMILY: many routes went at once */
	MFIB_EVENT_SWAPPED,		/* FAMILY: all routes were replaced at once */
	MFIB_EVENT_NEXTHOP,		/* made or changed */
	MFIB_EVENT_NEXTHOP_REMOVED,
	MFIB_EVENT_FIB,			/* made or changed */
	MFIB_EVENT_FIB_REMOVED,
	MFIB_EVENT_RESYNC,		/* read anew from the kernel's table */
	__MFIB_EVENT_MAX,
};
#define MFIB_EVENT_MAX (__MFIB_EVENT_MAX - 1)

/** enum mfib_drop - why the module did not forward a packet */
enum mfib_drop {
	MFIB_DROP_NONE,
	MFIB_DROP_NO_ROUTE,
	MFIB_DROP_BLACKHOLE,
	MFIB_DROP_UNREACHABLE,
	MFIB_DROP_PROHIBIT,
	MFIB_DROP_TTL,
	MFIB_DROP_MTU,
	MFIB_DROP_MARTIAN,		/* source that no packet may have */
	MFIB_DROP_RPFILTER,
	MFIB_DROP_DEAD,			/* all next hops are dead */
	MFIB_DROP_NEIGH_QUOTA,
	MFIB_DROP_POLICY,		/* xfrm */
	MFIB_DROP_LOOP,			/* FIBs that lead to each other */
	MFIB_DROP_NO_MEMORY,
	MFIB_DROP_FORWARDING,		/* forwarding is switched off */
	__MFIB_DROP_MAX,
};
#define MFIB_DROP_MAX (__MFIB_DROP_MAX - 1)

/* Numbers of a FIB; u64 but for the nests. Counters are never reset. */
enum mfib_stat {
	MFIB_ST_UNSPEC,
	MFIB_ST_PAD,
	MFIB_ST_LOOKUPS,
	MFIB_ST_MISSES,
	MFIB_ST_FORWARDED,
	MFIB_ST_LOCAL_OUT,
	MFIB_ST_TO_KERNEL,	/* left to the kernel's own path */
	MFIB_ST_DROPS,		/* nest: attribute N counts enum mfib_drop N */
	MFIB_ST_FAMILY4,	/* nest: MFIB_SF_* */
	MFIB_ST_FAMILY6,	/* nest: MFIB_SF_* */
	MFIB_ST_RESYNCS,
	MFIB_ST_MIRROR_ERRORS,
	__MFIB_ST_MAX,
};
#define MFIB_ST_MAX (__MFIB_ST_MAX - 1)

enum mfib_stat_family {
	MFIB_SF_UNSPEC,
	MFIB_SF_PAD,
	MFIB_SF_OWN,		/* routes put in by this family */
	MFIB_SF_KERNEL,		/* routes mirrored */
	MFIB_SF_PREFIXES,
	MFIB_SF_BYTES,		/* memory */
	MFIB_SF_LARGE,		/* 1 when the table has a root of its own */
	MFIB_SF_STEPS_MAX,	/* no lookup takes more nodes than this */
	__MFIB_SF_MAX,
};
#define MFIB_SF_MAX (__MFIB_SF_MAX - 1)

#endif /* _UAPI_LINUX_MFIB_H */
