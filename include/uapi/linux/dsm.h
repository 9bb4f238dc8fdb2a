/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * dsm: labels of processes and nodes, on the wire, for programs, and over
 * generic netlink.
 *
 * A label is a pair of numbers: the security ID (SID) of a process and the node
 * ID (NID) of the machine it runs on. Both are written in host byte order
 * everywhere but in the IPv4 option.
 *
 * ---- Asking for the peer ----
 *
 * TCP, and any socket that has received from one peer:
 *
 *	struct dsm_peer peer;
 *	socklen_t len = sizeof(peer);
 *
 *	getsockopt(fd, IPPROTO_IP, DSM_SO_PEER, &peer, &len);
 *
 * for an IPv6 socket IPPROTO_IPV6 in place of IPPROTO_IP. ENODATA: nothing that
 * was judged has arrived yet. ENOPROTOOPT: dsm is not loaded.
 *
 * For each datagram: switch IP_RECVOPTS on. A labelled datagram then comes with
 * a control message of level IPPROTO_IP and type IP_RECVOPTS that holds the
 * option; dsm_option_label() reads it. A datagram without that message was not
 * labelled and has been accepted by the peer table's default.
 *
 * ---- Generic netlink: family "dsm", version 1, multicast group "events" ----
 *
 * Every command but STATUS_GET, CHECK and PEER_GET needs CAP_MAC_ADMIN in the
 * initial user namespace (-EPERM). Attributes are checked strictly: unknown
 * ones, wrong lengths and values out of range are -EINVAL or -ERANGE, with the
 * attribute and a sentence in the extended ack.
 *
 * command          attributes in (* required)  answer           errors besides the above
 * STATUS_GET       -                           NID SERIAL RULES
 *                                              PEERS HASH PERMISSIVE
 *                                              GENERATION RECEIVE
 *                                              VALIDATE REPLIES GUARD
 *                                              PREPARED STATS
 *                                              SID (initial) KEYS
 *                                              EPOCH (in use)
 * NODE_SET         NID*                        -                -EBUSY a policy is loaded and has
 *                                                               no such node
 * POLICY_LOAD      FD*, FORCE                  SERIAL           -EBADF, -EFBIG, -EBADMSG not a
 *                                                               policy image, -EKEYREJECTED bad
 *                                                               signature, -ENOKEY unknown key, or
 *                                                               labels are to be authenticated and
 *                                                               no epoch is in use, -ESTALE serial
 *                                                               not higher (unless FORCE), -EBUSY
 *                                                               see the sentence
 * POLICY_PREPARE   FD*, FORCE                  SERIAL           the same; holds it for COMMIT
 * POLICY_COMMIT    SERIAL*                     -                -ENOENT not the prepared one,
 *                                                               -ESTALE
 * POLICY_ABORT     SERIAL                      -                -ENOENT nothing prepared
 * POLICY_UNLOAD    -                           -                -ENOENT no policy
 * TASK_GET (dump)  -                           PID SID COMM, one task a message
 * TASK_SET         PID* SID*                   -                -ESRCH
 * EXEC_SET         SID*                        -                the caller's next exec gets this
 *                                                               SID; 0 takes it back
 * CHECK            CLASS* PERMS* SSID* SNID*   VERDICT, LINE    -ENOENT no policy
 *                  TSID*
 * PEER_GET         ADDR4* or ADDR6*            MODE SID NID     -ENOENT no policy
 * KEY_ADD          NID* EPOCH* KEY*            -                -EEXIST that node has a key of that
 *                                                               epoch, -ENOSPC
 * KEY_DEL          NID* EPOCH*                 -                -ENOENT, -EBUSY it is in use
 * KEY_USE          EPOCH*                      -                -ENOENT no key of this node
 * KEY_GET (dump)   -                           NID EPOCH, one key a message; keys
 *                                              themselves are never given out
 * TRUST_ADD        DER*                        -                -EBADMSG, -ENOPKG, -EPERM with the
 *                                                               parameter "anchor"
 * EVENT (notification only) EVENT
 *
 * PID of TASK_SET is that of the initial pid namespace. FD is a descriptor of
 * the caller, a regular file open for reading.
 *
 * Keys. A label that this node sends is authenticated, if the policy says so, by
 * the key that the node has of the epoch in use (KEY_USE); one that arrives is
 * checked with the keys that its node has, of whichever epoch. A change of keys
 * is therefore to add the new ones everywhere, then to use the new epoch
 * everywhere, then to delete the old ones everywhere. A node has at most
 * DSM_EPOCHS_MAX keys. They stay when a policy is unloaded. NODE_SET forgets
 * which epoch is in use.
 */
#ifndef _UAPI_LINUX_DSM_H
#define _UAPI_LINUX_DSM_H

#include <linux/types.h>

/* ---- labels --------------------------------------------------------------- */

#define DSM_SID_NONE	0	/* no label; never on the wire */
#define DSM_NID_NONE	0	/* no node; never on the wire */

/*
 * The SID of processes that nothing else was said about, and of what the kernel
 * itself sends (ICMP, RST ...), until the first policy names its initial SID.
 */
#define DSM_SID_DEFAULT	2

/** struct dsm_label - who */
struct dsm_label {
	__u32 sid;
	__u32 nid;
};

/* ---- the option on the wire ------------------------------------------------ */

#define DSM_OPT_TYPE	0x86		/* IPOPT_CIPSO */
#define DSM_OPT_LEN	20		/* SID and NID alone */
#define DSM_OPT_MAX	36		/* with serial and code */
#define DSM_OPT_DOI	0x10001000
#define DSM_OPT_TAG	7		/* free form */
#define DSM_PARAM_SERIAL 2
#define DSM_PARAM_SID	3
#define DSM_PARAM_NID	6
#define DSM_PARAM_CODE	8

/*
 * The authentication code is SipHash-2-4, 64 bits, first octet first as its
 * authors write it, over these 25 octets, numbers in network byte order:
 *
 *	source address (4), destination address (4), SID (4), NID (4),
 *	policy serial (4; 0 if the option has none), epoch (4), IP protocol (1)
 */
#define DSM_CODE_LEN	8
#define DSM_KEY_LEN	16
#define DSM_EPOCHS_MAX	4		/* keys of one node at a time */
#define DSM_KEYS_MAX	(1 << 18)	/* keys of all nodes */

/**
 * dsm_option_label() - read the label in an IP_RECVOPTS control message
 * @data: CMSG_DATA() of the message
 * @len: bytes of it
 * @label: where to put the label
 *
 * Return: 0, or -1 if there is no label of dsm in it. What arrives in a
 * datagram was checked by dsm; this only finds the numbers.
 */
static inline int dsm_option_label(const void *data, unsigned long len,
				   struct dsm_label *label)
{
	const __u8 *p = (const __u8 *)data;
	unsigned long i, end;

	label->sid = DSM_SID_NONE;
	label->nid = DSM_NID_NONE;
	if (len < DSM_OPT_LEN || p[0] != DSM_OPT_TYPE || p[1] > len ||
	    p[1] < DSM_OPT_LEN || p[2] != 0x10 || p[3] || p[4] != 0x10 ||
	    p[5] || p[6] != DSM_OPT_TAG)
		return -1;
	end = p[1];
	for (i = 8; i + 2 <= end && p[i + 1] >= 2; i += p[i + 1]) {
		__u32 n;

		if (i + 6 > end || p[i + 1] != 6)
			continue;
		n = (__u32)p[i + 2] << 24 | (__u32)p[i + 3] << 16 |
		    (__u32)p[i + 4] << 8 | p[i + 5];
		if (p[i] == DSM_PARAM_SID)
			label->sid = n;
		else if (p[i] == DSM_PARAM_NID)
			label->nid = n;
	}
	return label->sid && label->nid ? 0 : -1;
}

/* ---- getsockopt ------------------------------------------------------------ */

#define DSM_SO_PEER	0x6470	/* struct dsm_peer; level IPPROTO_IP, IPPROTO_IPV6 */
#define DSM_SO_SELF	0x6471	/* struct dsm_peer: the socket's own label */

#define DSM_PEER_LABELLED 0x1	/* the label came with the packet, else from the table */
#define DSM_PEER_CODED	0x2	/* and was authenticated */

/**
 * struct dsm_peer - the peer of a socket
 * @label: SID and NID; the NID may be 0 if the peer sends no labels
 * @flags: DSM_PEER_*
 * @serial: policy serial in its last packet, or 0
 */
struct dsm_peer {
	struct dsm_label label;
	__u32 flags;
	__u32 serial;
};

/* ---- netlink ---------------------------------------------------------------- */

#define DSM_GENL_NAME		"dsm"
#define DSM_GENL_VERSION	1
#define DSM_GENL_MCGRP		"events"

enum dsm_cmd {
	DSM_CMD_UNSPEC,
	DSM_CMD_STATUS_GET,
	DSM_CMD_NODE_SET,
	DSM_CMD_POLICY_LOAD,
	DSM_CMD_POLICY_PREPARE,
	DSM_CMD_POLICY_COMMIT,
	DSM_CMD_POLICY_ABORT,
	DSM_CMD_POLICY_UNLOAD,
	DSM_CMD_TASK_GET,
	DSM_CMD_TASK_SET,
	DSM_CMD_EXEC_SET,
	DSM_CMD_CHECK,
	DSM_CMD_PEER_GET,
	DSM_CMD_KEY_ADD,
	DSM_CMD_KEY_DEL,
	DSM_CMD_KEY_USE,
	DSM_CMD_TRUST_ADD,
	DSM_CMD_EVENT,
	DSM_CMD_KEY_GET,
	__DSM_CMD_MAX,
};
#define DSM_CMD_MAX (__DSM_CMD_MAX - 1)

/** enum dsm_reason - why something was refused */
enum dsm_reason {
	DSM_REASON_NONE,
	/* The option; also what the codec says. */
	DSM_REASON_SHORT,	/* shorter than the smallest option */
	DSM_REASON_LENGTH,	/* the option's length is wrong or leaves the header */
	DSM_REASON_TAG,		/* another tag type than 7 */
	DSM_REASON_TAG_LENGTH,	/* not the option's length less 6 */
	DSM_REASON_PARAM_LENGTH, /* a parameter's length is not that of its type */
	DSM_REASON_PARAM_UNKNOWN,
	DSM_REASON_PARAM_TWICE,
	DSM_REASON_SID_MISSING,
	DSM_REASON_NID_MISSING,
	DSM_REASON_SID_ZERO,
	DSM_REASON_NID_ZERO,
	DSM_REASON_OPTION_TWICE, /* two labels in one header */
	/* What was judged. */
	DSM_REASON_RULE,	/* the policy does not allow it */
	DSM_REASON_UNLABELLED,	/* the peer has to label and did not */
	DSM_REASON_PLAIN_PEER,	/* a label from a peer that is not to send any */
	DSM_REASON_NID_SPOOFED,	/* not the NID of that address */
	DSM_REASON_PEER_DENIED,	/* the peer table denies this peer */
	DSM_REASON_NO_SOCKET_LABEL, /* the receiving socket is not known */
	DSM_REASON_FRAGMENTS_MIXED, /* fragments of one packet, several labels */
	DSM_REASON_FRAGMENTS_FULL, /* too many incomplete packets */
	DSM_REASON_SERIAL_OLD,	/* the peer's policy is outdated */
	DSM_REASON_CODE_MISSING, /* authentication required, no code */
	DSM_REASON_CODE_WRONG,
	DSM_REASON_CODE_EPOCH,	/* no key of that node */
	DSM_REASON_NO_MEMORY,
	/* What was not sent. */
	DSM_REASON_IP_OPTIONS,	/* setsockopt(IP_OPTIONS) */
	DSM_REASON_RETOPTS,	/* an IP_RETOPTS control message */
	DSM_REASON_HEADER,	/* a header of the process's own making */
	DSM_REASON_PACKET_SOCKET,
	DSM_REASON_IPV6,	/* IPv6 to a peer that wants labels */
	DSM_REASON_NOT_LABELLED, /* leaving without the label it needs */
	DSM_REASON_DESCRIPTOR,	/* a socket of another SID was passed or kept */
	DSM_REASON_PROTOCOL,	/* a protocol that cannot be labelled */
	DSM_REASON_TRANSITION,	/* exec into that SID is not allowed */
	__DSM_REASON_MAX,
};
#define DSM_REASON_MAX (__DSM_REASON_MAX - 1)

/** enum dsm_op - what was asked for */
enum dsm_op {
	DSM_OP_NONE,
	DSM_OP_RECEIVE,
	DSM_OP_SEND,
	DSM_OP_CONNECT,
	DSM_OP_CREATE,
	DSM_OP_SETSOCKOPT,
	DSM_OP_UNIX_CONNECT,
	DSM_OP_UNIX_SEND,
	DSM_OP_DESCRIPTOR,
	DSM_OP_SIGNAL,
	DSM_OP_PTRACE,
	DSM_OP_EXEC,
	DSM_OP_TIPC,
	__DSM_OP_MAX,
};
#define DSM_OP_MAX (__DSM_OP_MAX - 1)

/* What CHECK answers. */
#define DSM_VERDICT_ALLOW	0x0001
#define DSM_VERDICT_AUDIT	0x0002	/* and reported */
#define DSM_VERDICT_ANSWER	0x0004	/* denied, and answered by ICMP */
#define DSM_VERDICT_PERMITTED	0x0008	/* allowed by permissive mode only */

/** enum dsm_attach - how a point of the kernel is attached */
enum dsm_attach {
	DSM_ATTACH_NONE,	/* not at all */
	DSM_ATTACH_POINTER,	/* the protocol's own function pointer */
	DSM_ATTACH_FTRACE,
	DSM_ATTACH_NETFILTER,
	__DSM_ATTACH_MAX,
};

enum dsm_attr {
	DSM_A_UNSPEC,
	DSM_A_PAD,
	DSM_A_FD,		/* s32 */
	DSM_A_FORCE,		/* flag: load an older serial */
	DSM_A_SERIAL,		/* u32 */
	DSM_A_NID,		/* u32, not 0; in STATUS_GET 0 if not set */
	DSM_A_SID,		/* u32 */
	DSM_A_PID,		/* u32 */
	DSM_A_COMM,		/* string */
	DSM_A_CLASS,		/* u32 enum dsm_class of <linux/dsm_policy.h> */
	DSM_A_PERMS,		/* u32 DSM_PERM_*, all of which are asked for */
	DSM_A_SSID,		/* u32 sender */
	DSM_A_SNID,		/* u32 its node */
	DSM_A_TSID,		/* u32 receiver */
	DSM_A_VERDICT,		/* u32 DSM_VERDICT_* */
	DSM_A_LINE,		/* u32 line of the rule that decided, absent if none */
	DSM_A_ADDR4,		/* binary, 4, network byte order */
	DSM_A_ADDR6,		/* binary, 16 */
	DSM_A_MODE,		/* u32 enum dsm_peer_action */
	DSM_A_RULES,		/* u32 */
	DSM_A_PEERS,		/* u32 */
	DSM_A_HASH,		/* binary, 32: SHA-256 of the image */
	DSM_A_PERMISSIVE,	/* u8 0 or 1 */
	DSM_A_GENERATION,	/* u32 number of changes of policy since load */
	DSM_A_RECEIVE,		/* u32 enum dsm_attach: where packets are looked at */
	DSM_A_VALIDATE,		/* u32 enum dsm_attach: the kernel's CIPSO check */
	DSM_A_REPLIES,		/* u32 enum dsm_attach: what the kernel answers */
	DSM_A_GUARD,		/* u8: 1 every outgoing packet is looked at */
	DSM_A_PREPARED,		/* u32 serial of the prepared policy, absent if none */
	DSM_A_STATS,		/* nest: DSM_ST_* */
	DSM_A_EVENT,		/* nest: DSM_EV_* */
	DSM_A_EPOCH,		/* u32, not 0; in STATUS_GET absent if none is in use */
	DSM_A_KEY,		/* binary, 16 */
	DSM_A_DER,		/* binary, at most 16384: a certificate */
	DSM_A_KEY_ID,		/* binary, 16; not used yet */
	DSM_A_KEYS,		/* u32 number of keys */
	__DSM_A_MAX,
};
#define DSM_A_MAX (__DSM_A_MAX - 1)

enum dsm_event_attr {
	DSM_EV_UNSPEC,
	DSM_EV_PAD,
	DSM_EV_OP,		/* u32 enum dsm_op */
	DSM_EV_REASON,		/* u32 enum dsm_reason */
	DSM_EV_DENIED,		/* u8: 1 refused, 0 permissive: allowed all the same */
	DSM_EV_CLASS,		/* u32 enum dsm_class, if the policy was asked */
	DSM_EV_PERMS,		/* u32 DSM_PERM_*, with CLASS */
	DSM_EV_SSID,		/* u32 */
	DSM_EV_SNID,		/* u32 */
	DSM_EV_TSID,		/* u32 */
	DSM_EV_SERIAL,		/* u32 of the policy that decided */
	DSM_EV_PID,		/* u32, if a process did it */
	DSM_EV_COMM,		/* string, with PID */
	DSM_EV_PROTOCOL,	/* u8 IPPROTO_*, if a packet */
	DSM_EV_SADDR,		/* binary, 4 or 16 */
	DSM_EV_DADDR,		/* binary, 4 or 16 */
	DSM_EV_SPORT,		/* u16, host byte order */
	DSM_EV_DPORT,		/* u16, host byte order */
	DSM_EV_TIME,		/* u64 nanoseconds since the epoch */
	DSM_EV_LOST,		/* u64 events since load that were not sent; absent when 0 */
	__DSM_EV_MAX,
};
#define DSM_EV_MAX (__DSM_EV_MAX - 1)

/* Counters since load, never reset; each u64. */
enum dsm_stat {
	DSM_ST_UNSPEC,
	DSM_ST_PAD,
	DSM_ST_RECEIVED,	/* labelled packets that came in */
	DSM_ST_STRIPPED,	/* of those, label taken off early */
	DSM_ST_STRIPPED_GRO,	/* of those, before packets were merged */
	DSM_ST_ALLOWED,		/* packets judged and let through */
	DSM_ST_PERMISSIVE,	/* let through only because of permissive mode */
	DSM_ST_CACHED,		/* judged by the socket's last verdict */
	DSM_ST_ATTACHED,	/* sockets that got a label to send */
	DSM_ST_REPLIES,		/* answers of the kernel that were labelled */
	DSM_ST_GUARDED,		/* outgoing packets the guard looked at */
	DSM_ST_TAKEN_OFF,	/* labels taken off for peers that are not to get one */
	DSM_ST_ANSWERED,	/* denials answered by ICMP */
	DSM_ST_CODED,		/* outgoing labels that were authenticated */
	DSM_ST_VERIFIED,	/* codes computed and found right */
	DSM_ST_EVENTS_LOST,
	DSM_ST_TASKS,		/* tasks with another label than the default now */
	DSM_ST_SOCKETS,		/* sockets known now */
	DSM_ST_REASON,		/* nest: attribute N is the count of enum dsm_reason N */
	__DSM_ST_MAX,
};
#define DSM_ST_MAX (__DSM_ST_MAX - 1)

/* ---- events in aem ---------------------------------------------------------- */

/*
 * Source "dsm" of aem; a listener needs CAP_AUDIT_READ. Published when aem is
 * loaded and somebody listens.
 */
enum dsm_aem {
	DSM_AEM_REFUSED,	/* struct dsm_aem_refused */
	DSM_AEM_POLICY,		/* struct dsm_aem_policy */
};

/**
 * struct dsm_aem_refused - what EVENT of netlink says, too
 * @time_ns: nanoseconds since the epoch
 * @op: enum dsm_op
 * @reason: enum dsm_reason
 * @class: enum dsm_class, 0 if the policy was not asked
 * @perms: DSM_PERM_*, with @class
 * @ssid: of the sender
 * @snid: its node
 * @tsid: of the receiver
 * @serial: of the policy that decided
 * @pid: of the process that did it, 0 if it was a packet
 * @comm: its name
 * @saddr: of a packet; IPv4 in the first four octets
 * @daddr: of a packet
 * @sport: in host byte order
 * @dport: in host byte order
 * @family: 0, AF_INET or AF_INET6
 * @protocol: IPPROTO_*
 * @denied: 1 refused, 0 permissive: allowed all the same
 * @pad: zero
 */
struct dsm_aem_refused {
	__u64	time_ns;
	__u32	op;
	__u32	reason;
	__u32	class;
	__u32	perms;
	__u32	ssid;
	__u32	snid;
	__u32	tsid;
	__u32	serial;
	__u32	pid;
	__u8	comm[16];
	__u8	saddr[16];
	__u8	daddr[16];
	__u16	sport;
	__u16	dport;
	__u8	family;
	__u8	protocol;
	__u8	denied;
	__u8	pad[5];
};

/**
 * struct dsm_aem_policy - the policy has changed
 * @serial: of the one in force, 0 if there is none now
 * @generation: number of the change
 */
struct dsm_aem_policy {
	__u32	serial;
	__u32	generation;
};

#endif /* _UAPI_LINUX_DSM_H */
