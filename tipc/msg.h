/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The header of a message, as it is on the wire.
 *
 * A message begins with 6 to 15 words in network byte order. This file names
 * the words and the fields in them and reads and writes them; msg.c decides
 * whether bytes from outside are a message at all. Only after
 * tipc_msg_check() may the accessors be used on what a link received, and then
 * only for words below tipc_msg_hsize().
 *
 * Messages between sockets of one node carry the same header. What a header
 * costs to write is little, and so there is one format, one rejection, and
 * nothing to convert when the receiver is on another node.
 *
 *	word	all messages
 *	0	version:3 user:4 hsize/4:4 flags:4 size:17
 *	1	type:3 error:4 reroutes:4 lookup:2 ... broadcast ack:16
 *	2	link ack:16 link sequence:16
 *	3	previous node
 *	4, 5	origin port, destination port
 *	6, 7	origin node, destination node
 *	8, 9	service type, instance (named, group) or lower bound (multicast)
 *	10	upper bound (multicast), group sequence
 *
 * Nothing here locks or allocates; unit tests and fuzzers build both files.
 */
#ifndef _TIPC_MSG_H
#define _TIPC_MSG_H

#include <linux/tipc.h>

#include "pure.h"

#define TIPC_MSG_VERSION	2

/* User of a message. The importance levels of data come first: 0 to 3. */
#define TIPC_USER_BCAST_PROTOCOL	5
#define TIPC_USER_BUNDLE		6
#define TIPC_USER_LINK_PROTOCOL		7
#define TIPC_USER_CONN_MANAGER		8
#define TIPC_USER_GROUP_PROTOCOL	9
#define TIPC_USER_TUNNEL		10
#define TIPC_USER_NAME_DISTRIBUTOR	11
#define TIPC_USER_FRAGMENT		12
#define TIPC_USER_DISCOVERY		13
#define TIPC_USER_CRYPTO		14

/* Type of a data message. */
#define TIPC_TYPE_CONN		0
#define TIPC_TYPE_MCAST		1
#define TIPC_TYPE_NAMED		2
#define TIPC_TYPE_DIRECT	3
#define TIPC_TYPE_GRP_EVENT	4	/* never on the wire */
#define TIPC_TYPE_GRP_BCAST	5
#define TIPC_TYPE_GRP_MCAST	6
#define TIPC_TYPE_GRP_UCAST	7

/* Type of a TIPC_USER_CONN_MANAGER message. */
#define TIPC_CONN_PROBE		0
#define TIPC_CONN_PROBE_REPLY	1
#define TIPC_CONN_ACK		2

/* Type of a TIPC_USER_GROUP_PROTOCOL message. */
#define TIPC_GRP_JOIN		0
#define TIPC_GRP_LEAVE		1
#define TIPC_GRP_ADV		2
#define TIPC_GRP_ACK		3
#define TIPC_GRP_RECLAIM	4
#define TIPC_GRP_REMIT		5

/* Type of a TIPC_USER_LINK_PROTOCOL message. */
#define TIPC_LINK_STATE_MSG	0
#define TIPC_LINK_RESET_MSG	1
#define TIPC_LINK_ACTIVATE_MSG	2

/* Type of a TIPC_USER_NAME_DISTRIBUTOR message. */
#define TIPC_NAME_PUBLISH	0
#define TIPC_NAME_WITHDRAW	1

/* Type of a TIPC_USER_DISCOVERY message. */
#define TIPC_DISC_REQUEST	0
#define TIPC_DISC_RESPONSE	1
#define TIPC_DISC_TRIAL		2
#define TIPC_DISC_TRIAL_FAIL	3

/* Type of a TIPC_USER_FRAGMENT message. */
#define TIPC_FRAGMENT_FIRST	0
#define TIPC_FRAGMENT_NEXT	1
#define TIPC_FRAGMENT_LAST	2

/* Header sizes. */
#define TIPC_HSIZE_CONN		24	/* connection between two nodes */
#define TIPC_HSIZE_DIRECT	32
#define TIPC_HSIZE_NAMED	40
#define TIPC_HSIZE_INTERNAL	40	/* users above the importance levels */
#define TIPC_HSIZE_MCAST	44	/* multicast and groups */
#define TIPC_HSIZE_DISCOVERY	60
#define TIPC_HSIZE_MAX		60

/* Most that follows a header: a message of a user, or a message in a tunnel. */
#define TIPC_MSG_DATA_MAX	(TIPC_MAX_USER_MSG_SIZE + TIPC_HSIZE_MAX)
/* Bytes of a rejected message that are returned to its sender. */
#define TIPC_MSG_RETURN_MAX	1024U

/* Flags in word 0. The third has two meanings, by type of message. */
#define TIPC_MSG_F_SYN			(1u << 17)
#define TIPC_MSG_F_SRC_DROPPABLE	(1u << 18)
#define TIPC_MSG_F_ACK_REQUIRED		(1u << 18)
#define TIPC_MSG_F_DEST_DROPPABLE	(1u << 19)
#define TIPC_MSG_F_NON_SEQ		(1u << 20)

/* How far a service was looked up: word 1. */
#define TIPC_LOOKUP_NODE	1
#define TIPC_LOOKUP_CLUSTER	2

/** struct tipc_msg - the header of a message */
struct tipc_msg {
	/** @w: its words, in network byte order. */
	__be32 w[TIPC_HSIZE_MAX / 4];
};

int tipc_msg_check(const void *buf, size_t linear, size_t total);
const char *tipc_msg_user_name(unsigned int user);
void tipc_msg_init(struct tipc_msg *m, unsigned int user, unsigned int type,
		   unsigned int hsize, u32 own_node);
void tipc_msg_reverse(struct tipc_msg *m, const struct tipc_msg *from,
		      u32 own_node, unsigned int err);

/* ---- words and fields ------------------------------------------------------ */

static inline u32 tipc_msg_word(const struct tipc_msg *m, unsigned int w)
{
	return be32_to_cpu(m->w[w]);
}

static inline void tipc_msg_set_word(struct tipc_msg *m, unsigned int w,
				     u32 value)
{
	m->w[w] = cpu_to_be32(value);
}

static inline u32 tipc_msg_field(const struct tipc_msg *m, unsigned int w,
				 unsigned int shift, u32 mask)
{
	return (tipc_msg_word(m, w) >> shift) & mask;
}

static inline void tipc_msg_set_field(struct tipc_msg *m, unsigned int w,
				      unsigned int shift, u32 mask, u32 value)
{
	u32 word = tipc_msg_word(m, w);

	word = (word & ~(mask << shift)) | ((value & mask) << shift);
	tipc_msg_set_word(m, w, word);
}

#define TIPC_MSG_FIELD(name, w, shift, mask) \
static inline u32 tipc_msg_##name(const struct tipc_msg *m) \
{ \
	return tipc_msg_field(m, w, shift, mask); \
} \
static inline void tipc_msg_set_##name(struct tipc_msg *m, u32 value) \
{ \
	tipc_msg_set_field(m, w, shift, mask, value); \
}

#define TIPC_MSG_WORD(name, word) \
static inline u32 tipc_msg_##name(const struct tipc_msg *m) \
{ \
	return tipc_msg_word(m, word); \
} \
static inline void tipc_msg_set_##name(struct tipc_msg *m, u32 value) \
{ \
	tipc_msg_set_word(m, word, value); \
}

/* Every message. */
TIPC_MSG_FIELD(version, 0, 29, 0x7)
TIPC_MSG_FIELD(user, 0, 25, 0xf)
TIPC_MSG_FIELD(hdr_words, 0, 21, 0xf)
TIPC_MSG_FIELD(size, 0, 0, 0x1ffff)
TIPC_MSG_FIELD(type, 1, 29, 0x7)
TIPC_MSG_FIELD(error, 1, 25, 0xf)
TIPC_MSG_FIELD(reroutes, 1, 21, 0xf)
TIPC_MSG_FIELD(lookup, 1, 19, 0x3)
TIPC_MSG_FIELD(labelled, 1, 18, 0x1)
TIPC_MSG_FIELD(bcast_ack, 1, 0, 0xffff)
TIPC_MSG_FIELD(link_ack, 2, 16, 0xffff)
TIPC_MSG_FIELD(link_seq, 2, 0, 0xffff)
TIPC_MSG_WORD(prev_node, 3)
TIPC_MSG_WORD(orig_port, 4)
TIPC_MSG_WORD(dest_port, 5)

/* Beyond TIPC_HSIZE_CONN. */
TIPC_MSG_WORD(orig_node_word, 6)
TIPC_MSG_WORD(dest_node, 7)

/* Named messages, and those of groups, where the type is the group's. */
TIPC_MSG_WORD(name_type, 8)
TIPC_MSG_WORD(name_instance, 9)
TIPC_MSG_WORD(name_lower, 9)
TIPC_MSG_WORD(name_upper, 10)

/* TIPC_USER_CONN_MANAGER: what was received, and the window that is offered. */
TIPC_MSG_FIELD(conn_acked, 9, 16, 0xffff)
TIPC_MSG_FIELD(conn_window, 9, 0, 0xffff)

/* TIPC_USER_GROUP_PROTOCOL. The high half is by type of message. */
TIPC_MSG_FIELD(grp_window, 9, 0, 0xffff)
TIPC_MSG_FIELD(grp_syncpt, 9, 16, 0xffff)
TIPC_MSG_FIELD(grp_acked, 9, 16, 0xffff)
TIPC_MSG_FIELD(grp_remitted, 9, 16, 0xffff)

/* Messages to a group. */
TIPC_MSG_FIELD(grp_seqno, 10, 16, 0xffff)
TIPC_MSG_FIELD(grp_ack_required, 10, 0, 0x1)

/* Fragments. */
TIPC_MSG_FIELD(fragment_number, 4, 16, 0xffff)

/**
 * tipc_msg_hsize() - bytes of the header
 * @m: message
 *
 * Return: 0 to 60; at least the least of its kind after tipc_msg_check().
 */
static inline unsigned int tipc_msg_hsize(const struct tipc_msg *m)
{
	return tipc_msg_hdr_words(m) * 4;
}

/**
 * tipc_msg_data_size() - bytes that follow the header
 * @m: message that passed tipc_msg_check()
 *
 * Return: number of bytes.
 */
static inline unsigned int tipc_msg_data_size(const struct tipc_msg *m)
{
	return tipc_msg_size(m) - tipc_msg_hsize(m);
}

static inline bool tipc_msg_flag(const struct tipc_msg *m, u32 flag)
{
	return m->w[0] & cpu_to_be32(flag);
}

static inline void tipc_msg_set_flag(struct tipc_msg *m, u32 flag, bool on)
{
	if (on)
		m->w[0] |= cpu_to_be32(flag);
	else
		m->w[0] &= cpu_to_be32(~flag);
}

/**
 * tipc_msg_is_data() - does a socket receive it as data?
 * @m: message
 *
 * Return: true for the four importance levels.
 */
static inline bool tipc_msg_is_data(const struct tipc_msg *m)
{
	return tipc_msg_user(m) <= TIPC_CRITICAL_IMPORTANCE;
}

/**
 * tipc_msg_is_short() - is it without origin and destination node?
 * @m: message
 *
 * A message on a connection leaves them out: it goes over one link, whose ends
 * are what is missing.
 */
static inline bool tipc_msg_is_short(const struct tipc_msg *m)
{
	return tipc_msg_hsize(m) == TIPC_HSIZE_CONN;
}

/**
 * tipc_msg_orig_node() - node of the socket that sent it
 * @m: message
 */
static inline u32 tipc_msg_orig_node(const struct tipc_msg *m)
{
	return tipc_msg_is_short(m) ? tipc_msg_prev_node(m) :
				      tipc_msg_orig_node_word(m);
}

/**
 * tipc_msg_has_name() - was the destination a service address?
 * @m: data message
 */
static inline bool tipc_msg_has_name(const struct tipc_msg *m)
{
	unsigned int type = tipc_msg_type(m);

	return type == TIPC_TYPE_NAMED || type == TIPC_TYPE_MCAST;
}

/**
 * tipc_msg_is_group() - is it data to or in a communication group?
 * @m: data message
 */
static inline bool tipc_msg_is_group(const struct tipc_msg *m)
{
	return tipc_msg_type(m) >= TIPC_TYPE_GRP_EVENT;
}

/**
 * tipc_msg_is_many() - is it for all sockets that are bound in a range?
 * @m: data message
 */
static inline bool tipc_msg_is_many(const struct tipc_msg *m)
{
	unsigned int type = tipc_msg_type(m);

	return type == TIPC_TYPE_MCAST || type == TIPC_TYPE_GRP_BCAST ||
	       type == TIPC_TYPE_GRP_MCAST;
}

/**
 * tipc_msg_blocks() - what a message counts for in the window of a connection
 * @size: bytes of the message with its header
 *
 * Return: the number of begun blocks of 1 KB.
 */
static inline unsigned int tipc_msg_blocks(unsigned int size)
{
	return size / 1024 + 1;
}

#endif /* _TIPC_MSG_H */
