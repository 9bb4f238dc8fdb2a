/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * mfib: many forwarding tables (FIBs), by generic netlink. Sockets choose
 * theirs by <linux/mfib_socket.h>, links are in <linux/mfib_link.h>.
 *
 * A FIB is a device: FIB_NEW makes one, or RTM_NEWLINK with IFLA_INFO_KIND
 * "mfib" and IFLA_MFIB_TABLE in IFLA_INFO_DATA; FIB_DEL or RTM_DELLINK removes
 * it; interfaces that are enslaved to it receive and send by it. The generic
 * netlink family is "mfib", version 1, multicast group "events"; what it shows
 * and does is that of the socket's network namespace. Commands that change
 * something need CAP_NET_ADMIN in the user namespace of the network namespace
 * (-EPERM). Attributes are checked strictly: unknown ones, wrong lengths and
 * values out of range are -EINVAL or -ERANGE, with the attribute and a sentence
 * in the extended ack.
 *
 * command            attributes in (* required)    answer    errors besides the above
 * FIB_NEW            FIB*, NAME                    -         -EEXIST, -ENOSPC as many as there
 *                                                            may be
 * FIB_DEL            FIB*, FORCE                   -         -ENOENT, -EBUSY devices are in it
 * FIB_SET            FIB*, MAX_ROUTES4 MAX_ROUTES6 -         -ENOENT
 *                    MAX_BYTES NEIGH_QUOTA
 * FIB_GET            FIB                           FIB ...   -ENOENT
 * FIB_GET (dump)     -                             FIB ...
 * LINK_SET           FIB* (0: none), IFINDEX*      -         -ENOENT, -ENODEV, -EBUSY in another
 *                                                            master
 * ROUTE_NEW          FIB*, ROUTE* (nests, any      -         -ENOENT no such FIB, next hop or
 *                    number), SESSION                        route; -EEXIST; -ENOSPC table full;
 *                                                            -ENODEV; -ENETDOWN; -ENETUNREACH
 *                                                            gateway not on the link; -ELOOP
 *                    HOW
 * ROUTE_DEL          FIB*, ROUTE* (nests)          -         -ESRCH no such route
 * ROUTE_GET          FIB*, ADDRESS*, HASH          FIB ROUTE -ENETUNREACH no route
 * ROUTE_GET (dump)   FIB*, FAMILY                  FIB ROUTE ... many in a message
 * ROUTE_FLUSH        FIB*, FAMILY, SOURCE          DONE
 * SESSION_BEGIN      FIB*, FAMILY*                 -         -EBUSY another session
 *                    the routes of ROUTE_NEW with SESSION are kept aside
 * SESSION_COMMIT     FIB*, FAMILY*                 -         -EINVAL no session of this socket
 *                    they take the place of all own routes, at once
 * SESSION_ABORT      FIB*, FAMILY*                 -         -EINVAL; happens by itself when the
 *                                                            socket is closed
 * NEXTHOP_NEW        NEXTHOP*, HOW                 -         -EEXIST, -ENOENT, -ENODEV, -EINVAL
 * NEXTHOP_DEL        NH_ID*                        -         -ENOENT, -EBUSY routes use it
 * NEXTHOP_GET (dump) -                             NEXTHOP ...
 * RULE_NEW           RULE*, HOW                    -         -EEXIST, -ENOENT, -ENOSPC, -EINVAL
 * RULE_DEL           RULE* (with PRIORITY)         -         -ENOENT
 * RULE_GET (dump)    -                             RULE ...
 * GRANT_SET          FIB*, UID or GID*, GRANTED*   -         -ENOENT, -EEXIST, -ENOSPC
 * GRANT_GET (dump)   FIB*                          FIB, UID or GID
 * RESYNC             -                             -         -EAGAIN something was lost again
 * EVENT (notification only): EVENT, FIB, and ROUTE, or FAMILY, or NEXTHOP
 *
 * Of a message with several routes, those before the first that is refused are
 * in the table; the extended ack names that one by the offset of its nest.
 */
#ifndef _UAPI_LINUX_MFIB_H
#define _UAPI_LINUX_MFIB_H

#include <linux/mfib_link.h>
#include <linux/types.h>

#define MFIB_GENL_NAME		"mfib"
#define MFIB_GENL_VERSION	1
#define MFIB_GENL_MCGRP		"events"
#define MFIB_LINK_KIND		"mfib"


enum mfib_cmd {
	MFIB_CMD_UNSPEC,
	MFIB_CMD_FIB_NEW,
	MFIB_CMD_FIB_DEL,
	MFIB_CMD_FIB_SET,
	MFIB_CMD_FIB_GET,
	MFIB_CMD_LINK_SET,
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
	MFIB_CMD_RESYNC,
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
	MFIB_A_DONE,		/* u32: how many routes */
	MFIB_A_NEXTHOP,		/* nest: MFIB_NH_A_* */
	MFIB_A_NH_ID,		/* u32 */
	MFIB_A_RULE,		/* nest: MFIB_RU_* */
	MFIB_A_UID,		/* u32: a user, as the caller's user namespace names him */
	MFIB_A_GID,		/* u32: a group */
	MFIB_A_GRANTED,		/* u8: 0 or 1 */
	MFIB_A_EVENT,		/* u8 enum mfib_event */
	MFIB_A_COUNTS,		/* nest: u64 number N + 1 is that of enum mfib_count N */
	MFIB_A_TABLE4,		/* nest: MFIB_TB_* */
	MFIB_A_TABLE6,		/* nest: MFIB_TB_* */
	MFIB_A_MAX_ROUTES4,	/* u32 */
	MFIB_A_MAX_ROUTES6,	/* u32 */
	MFIB_A_MAX_BYTES,	/* u64: memory of the routes of each family */
	MFIB_A_NEIGH_QUOTA,	/* u32: neighbours, 0 for no limit */
	MFIB_A_NEIGHS,		/* u32: neighbours now */
	MFIB_A_IFINDEX,		/* u32: a device; of a FIB: its own */
	MFIB_A_NAME,		/* string: name of a device, at most 15 */
	MFIB_A_FORCE,		/* flag */
	MFIB_A_HOW,		/* u8 enum mfib_how, MFIB_HOW_ADD if absent */
	MFIB_A_STALE,		/* flag: what is mirrored is being read anew */
	__MFIB_A_MAX,
};
#define MFIB_A_MAX (__MFIB_A_MAX - 1)

/** enum mfib_how - what ROUTE_NEW, NEXTHOP_NEW and RULE_NEW do with what is there */
enum mfib_how {
	MFIB_HOW_ADD,		/* refuse it */
	MFIB_HOW_REPLACE,	/* change it, or make it */
	MFIB_HOW_CHANGE,	/* change it; refuse when it is not there */
	__MFIB_HOW_MAX,
};
#define MFIB_HOW_MAX (__MFIB_HOW_MAX - 1)

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
	MFIB_NH_A_FIB,		/* u32, in requests: where the gateway is looked up */
	__MFIB_NH_A_MAX,
};
#define MFIB_NH_A_MAX (__MFIB_NH_A_MAX - 1)

enum mfib_rule_attr {
	MFIB_RU_UNSPEC,
	MFIB_RU_PRIORITY,	/* u32: the lowest that matches decides; unique */
	MFIB_RU_FIB,		/* u32: where to */
	MFIB_RU_IIF,		/* u32: device it came by */
	MFIB_RU_SRC,		/* binary, 4 or 16 */
	MFIB_RU_SRC_LEN,	/* u8 */
	MFIB_RU_MARK,		/* u32 */
	MFIB_RU_MASK,		/* u32, ~0 if absent */
	__MFIB_RU_MAX,
};
#define MFIB_RU_MAX (__MFIB_RU_MAX - 1)

/** enum mfib_event - what happened */
enum mfib_event {
	MFIB_EVENT_NONE,
	MFIB_EVENT_ROUTE_ADDED,
	MFIB_EVENT_ROUTE_REPLACED,
	MFIB_EVENT_ROUTE_REMOVED,
	MFIB_EVENT_FLUSHED,		/* FAMILY: all routes went at once */
	MFIB_EVENT_SWAPPED,		/* FAMILY: all routes were replaced at once */
	MFIB_EVENT_NEXTHOP,		/* made or changed */
	MFIB_EVENT_NEXTHOP_REMOVED,
	__MFIB_EVENT_MAX,
};
#define MFIB_EVENT_MAX (__MFIB_EVENT_MAX - 1)

/*
 * mfib's source of aem, for aem_module(3) or AEM_KIND_PUB; a listener needs
 * CAP_NET_ADMIN in the initial user namespace. Its events are those of enum
 * mfib_event, the data are struct mfib_aem_event.
 */
#define MFIB_AEM_SOURCE		"mfib"

/**
 * struct mfib_aem_event - what has changed
 * @netns_cookie: of the network namespace, as SO_NETNS_COOKIE says it
 * @fib: number of the FIB; 0 for a next hop
 * @metric: of the route
 * @oif: device of its next hop, or 0
 * @nexthop: id of the next hop, or 0
 * @family: AF_INET or AF_INET6; 0 for a next hop
 * @len: bits of @dst; 0 also when all routes of the family went at once
 * @source: MFIB_SRC_*
 * @protocol: RTPROT_*
 * @type: enum mfib_type
 * @gateway_family: AF_INET or AF_INET6, 0 without a gateway
 * @pad: 0
 * @dst: 4 or 16 bytes of it
 * @gateway: 4 or 16 bytes of it
 */
struct mfib_aem_event {
	__u64 netns_cookie;
	__u32 fib;
	__u32 metric;
	__u32 oif;
	__u32 nexthop;
	__u8 family;
	__u8 len;
	__u8 source;
	__u8 protocol;
	__u8 type;
	__u8 gateway_family;
	__u8 pad[2];
	__u8 dst[16];
	__u8 gateway[16];
};

/* One table of a FIB. */
enum mfib_table_attr {
	MFIB_TB_UNSPEC,
	MFIB_TB_PAD,
	MFIB_TB_OWN,		/* u32: routes put in by this family */
	MFIB_TB_KERNEL,		/* u32: routes mirrored */
	MFIB_TB_BYTES,		/* u64: memory */
	MFIB_TB_LARGE,		/* flag: it has a root of its own */
	MFIB_TB_STEPS_MAX,	/* u32: no lookup takes more steps than this */
	__MFIB_TB_MAX,
};
#define MFIB_TB_MAX (__MFIB_TB_MAX - 1)

#endif /* _UAPI_LINUX_MFIB_H */
