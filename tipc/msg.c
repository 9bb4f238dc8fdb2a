// SPDX-License-Identifier: GPL-2.0-only
/*
 * The header of a message: is this one, what is the beginning of one, and how
 * is one returned to its sender.
 *
 * tipc_msg_check() is the only judge of bytes from outside. It looks at nothing
 * but the header, and what it accepts can be read by every accessor of msg.h
 * that belongs to its user and type. Pure: no lock, no allocation, no state.
 */
#include "msg.h"

/**
 * tipc_msg_user_name() - a user as people read it
 * @user: number of the user
 *
 * Return: a constant string, "unknown" for numbers that are not in use.
 */
const char *tipc_msg_user_name(unsigned int user)
{
	static const char * const names[] = {
		[TIPC_LOW_IMPORTANCE] = "low",
		[TIPC_MEDIUM_IMPORTANCE] = "medium",
		[TIPC_HIGH_IMPORTANCE] = "high",
		[TIPC_CRITICAL_IMPORTANCE] = "critical",
		[TIPC_USER_BCAST_PROTOCOL] = "broadcast-protocol",
		[TIPC_USER_BUNDLE] = "bundle",
		[TIPC_USER_LINK_PROTOCOL] = "link-protocol",
		[TIPC_USER_CONN_MANAGER] = "connection",
		[TIPC_USER_GROUP_PROTOCOL] = "group",
		[TIPC_USER_TUNNEL] = "tunnel",
		[TIPC_USER_NAME_DISTRIBUTOR] = "names",
		[TIPC_USER_FRAGMENT] = "fragment",
		[TIPC_USER_DISCOVERY] = "discovery",
		[TIPC_USER_CRYPTO] = "crypto",
	};

	if (user >= ARRAY_SIZE(names) || !names[user])
		return "unknown";
	return names[user];
}

/* The least header of a user and type; 0 when there is no such thing. */
static unsigned int hsize_min(unsigned int user, unsigned int type)
{
	switch (user) {
	case TIPC_LOW_IMPORTANCE:
	case TIPC_MEDIUM_IMPORTANCE:
	case TIPC_HIGH_IMPORTANCE:
	case TIPC_CRITICAL_IMPORTANCE:
		break;
	case TIPC_USER_BCAST_PROTOCOL:
	case TIPC_USER_BUNDLE:
	case TIPC_USER_LINK_PROTOCOL:
	case TIPC_USER_CONN_MANAGER:
	case TIPC_USER_GROUP_PROTOCOL:
	case TIPC_USER_TUNNEL:
	case TIPC_USER_NAME_DISTRIBUTOR:
	case TIPC_USER_FRAGMENT:
	case TIPC_USER_CRYPTO:
		return TIPC_HSIZE_INTERNAL;
	case TIPC_USER_DISCOVERY:
		return TIPC_HSIZE_DISCOVERY;
	default:
		return 0;
	}
	switch (type) {
	case TIPC_TYPE_CONN:
		return TIPC_HSIZE_CONN;
	case TIPC_TYPE_DIRECT:
		return TIPC_HSIZE_DIRECT;
	case TIPC_TYPE_NAMED:
		return TIPC_HSIZE_NAMED;
	case TIPC_TYPE_GRP_EVENT:
		return 0;
	default:
		return TIPC_HSIZE_MCAST;
	}
}

/**
 * tipc_msg_check() - are these bytes a message?
 * @buf: where the message begins
 * @linear: bytes that may be read at @buf
 * @total: bytes of the packet from @buf on
 *
 * A packet may be longer than its message: Ethernet pads.
 *
 * Return: bytes of the message with its header, or a negative error:
 *
 * * -EPROTONOSUPPORT - another version of the protocol
 * * -EBADMSG - too short, no such user or type, or sizes that contradict
 * * -EMSGSIZE - more data than any message carries
 */
int tipc_msg_check(const void *buf, size_t linear, size_t total)
{
	const struct tipc_msg *m = buf;
	unsigned int hsize, size, least;

	if (linear < TIPC_HSIZE_CONN || linear > total)
		return -EBADMSG;
	if (tipc_msg_version(m) != TIPC_MSG_VERSION)
		return -EPROTONOSUPPORT;
	hsize = tipc_msg_hsize(m);
	size = tipc_msg_size(m);
	least = hsize_min(tipc_msg_user(m), tipc_msg_type(m));
	if (!least || hsize < least || hsize > linear)
		return -EBADMSG;
	/* A header is short, or has both nodes: nothing between. */
	if (hsize > TIPC_HSIZE_CONN && hsize < TIPC_HSIZE_DIRECT)
		return -EBADMSG;
	if (size < hsize || size > total)
		return -EBADMSG;
	if (size - hsize > TIPC_MSG_DATA_MAX)
		return -EMSGSIZE;
	if (tipc_msg_is_data(m) && size - hsize > TIPC_MAX_USER_MSG_SIZE)
		return -EMSGSIZE;
	return size;
}

/**
 * tipc_msg_init() - begin a header
 * @m: header; @hsize bytes of it are written
 * @user: its user
 * @type: its type
 * @hsize: bytes of the header; also the size of the message as yet
 * @own_node: node that sends it
 */
void tipc_msg_init(struct tipc_msg *m, unsigned int user, unsigned int type,
		   unsigned int hsize, u32 own_node)
{
	memset(m, 0, hsize);
	tipc_msg_set_word(m, 0, TIPC_MSG_VERSION << 29 | user << 25 |
				(hsize / 4) << 21 | hsize);
	tipc_msg_set_word(m, 1, type << 29);
	tipc_msg_set_prev_node(m, own_node);
	if (hsize > TIPC_HSIZE_CONN)
		tipc_msg_set_orig_node_word(m, own_node);
}

/**
 * tipc_msg_reverse() - the header that returns a message to its sender
 * @m: header to write; has room for TIPC_HSIZE_MAX bytes, may be @from
 * @from: header of the message that could not be delivered
 * @own_node: the node that says so
 * @err: why, one of TIPC_ERR_* or TIPC_CONN_SHUTDOWN
 *
 * The size is that of @from. A short header is returned as a long one, since
 * the receiver may need to know from where.
 */
void tipc_msg_reverse(struct tipc_msg *m, const struct tipc_msg *from,
		      u32 own_node, unsigned int err)
{
	u32 orig_port = tipc_msg_orig_port(from);
	u32 dest_port = tipc_msg_dest_port(from);
	u32 orig_node = tipc_msg_orig_node(from);
	u32 dest_node = tipc_msg_is_short(from) ? own_node :
						  tipc_msg_dest_node(from);
	unsigned int hsize = tipc_msg_hsize(from);
	unsigned int data = tipc_msg_data_size(from);

	if (m != from)
		memcpy(m, from, hsize);
	if (hsize < TIPC_HSIZE_DIRECT) {
		hsize = TIPC_HSIZE_DIRECT;
		tipc_msg_set_hdr_words(m, hsize / 4);
		tipc_msg_set_size(m, hsize + data);
	}
	tipc_msg_set_error(m, err);
	tipc_msg_set_flag(m, TIPC_MSG_F_SYN | TIPC_MSG_F_NON_SEQ, false);
	tipc_msg_set_prev_node(m, own_node);
	tipc_msg_set_orig_port(m, dest_port);
	tipc_msg_set_dest_port(m, orig_port);
	tipc_msg_set_orig_node_word(m, dest_node ? dest_node : own_node);
	tipc_msg_set_dest_node(m, orig_node);
}
