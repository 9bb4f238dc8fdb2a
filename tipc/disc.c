// SPDX-License-Identifier: GPL-2.0-only
/*
 * Discovery messages, by which nodes find each other: writing and reading them.
 *
 * A node asks all on a medium, with its address, its identity and where it
 * can be reached; who hears it answers. Before it has an address it says which
 * one it would like, and whoever has that already objects.
 *
 * Pure: see pure.h.
 */
#include "disc.h"

#define W1_RANDOM_MASK		0x7fff
#define W1_CAPS_SHIFT		15
#define W1_CAPS_MASK		0x1fff
#define MEDIA_OFFSET		20	/* of the media address, 32 bytes */
#define MEDIA_TYPE_OFFSET	3
#define MEDIA_ADDR_OFFSET	4
#define UDP_PORT_OFFSET		2	/* in a UDP address, behind the family */
#define UDP_IP_OFFSET		4
#define CAP_NODE_ID128		0x020

static void put_u16(u8 *to, u16 v)
{
	to[0] = v >> 8;
	to[1] = v;
}

static u16 get_u16(const u8 *from)
{
	return (u16)(from[0] << 8 | from[1]);
}

static void write_maddr(const struct tipc_maddr *at, u8 *media)
{
	u8 *to = media + MEDIA_ADDR_OFFSET;

	media[MEDIA_TYPE_OFFSET] = at->media;
	if (at->media == TIPC_MEDIA_ETH) {
		memcpy(to, at->bytes, TIPC_ETH_ALEN);
		return;
	}
	put_u16(to, at->family);
	put_u16(to + UDP_PORT_OFFSET, at->port);
	memcpy(to + UDP_IP_OFFSET, at->bytes, sizeof(at->bytes));
}

/* Is this an address that one host may have? */
static bool unicast(const struct tipc_maddr *at)
{
	if (at->media == TIPC_MEDIA_ETH)
		return !(at->bytes[0] & 1);
	if (!at->port)
		return false;
	if (at->family == TIPC_UDP_IPV4)
		return at->bytes[0] && at->bytes[0] < 224;
	return at->family == TIPC_UDP_IPV6 && at->bytes[0] != 0xff;
}

static void read_maddr(const u8 *media, struct tipc_maddr *at)
{
	const u8 *from = media + MEDIA_ADDR_OFFSET;

	memset(at, 0, sizeof(*at));
	at->media = media[MEDIA_TYPE_OFFSET];
	if (at->media == TIPC_MEDIA_ETH) {
		memcpy(at->bytes, from, TIPC_ETH_ALEN);
	} else if (at->media == TIPC_MEDIA_UDP) {
		at->family = get_u16(from);
		at->port = get_u16(from + UDP_PORT_OFFSET);
		memcpy(at->bytes, from + UDP_IP_OFFSET,
		       at->family == TIPC_UDP_IPV4 ? 4 : sizeof(at->bytes));
	} else {
		at->media = 0;
	}
}

/**
 * tipc_disc_write() - write a discovery message
 * @d: what it says
 * @buf: where to write it, TIPC_DISC_SIZE bytes
 *
 * Context: Any.
 */
void tipc_disc_write(const struct tipc_disc *d, void *buf)
{
	struct tipc_msg *m = buf;

	memset(buf, 0, TIPC_DISC_SIZE);
	tipc_msg_init(m, TIPC_USER_DISCOVERY, d->type, TIPC_HSIZE_DISCOVERY,
		      d->node);
	tipc_msg_set_size(m, TIPC_DISC_SIZE);
	tipc_msg_set_flag(m, TIPC_MSG_F_NON_SEQ, true);
	tipc_msg_set_word(m, 1, (u32)d->type << 29 |
			  (u32)(d->caps & W1_CAPS_MASK) << W1_CAPS_SHIFT |
			  (d->random & W1_RANDOM_MASK));
	tipc_msg_set_word(m, 2, d->domain);
	tipc_msg_set_word(m, 3, d->node);
	tipc_msg_set_word(m, 4, d->net_id);
	write_maddr(&d->at, (u8 *)buf + MEDIA_OFFSET);
	tipc_msg_set_word(m, 13, d->hash);
	tipc_msg_set_word(m, 14, d->suggested);
	memcpy((u8 *)buf + TIPC_HSIZE_DISCOVERY, d->id, TIPC_NODEID_LEN);
}

/* Who has no identity in its message has its address as one, in hex digits. */
static void id_of_addr(u32 node, u8 *id)
{
	static const char digits[] = "0123456789abcdef";
	unsigned int i, n = 0;

	memset(id, 0, TIPC_NODEID_LEN);
	for (i = 0; i < 8; i++) {
		u32 digit = node >> (28 - 4 * i) & 0xf;

		if (digit || n)
			id[n++] = digits[digit];
	}
}

/**
 * tipc_disc_read() - read a discovery message
 * @buf: message that passed tipc_msg_check()
 * @len: bytes of it
 * @d: where to put what it says
 *
 * Context: Any.
 * Return: 0, or -EINVAL: it is none, or nobody can have sent it.
 */
int tipc_disc_read(const void *buf, size_t len, struct tipc_disc *d)
{
	const struct tipc_msg *m = buf;

	if (len < TIPC_HSIZE_DISCOVERY ||
	    tipc_msg_user(m) != TIPC_USER_DISCOVERY ||
	    tipc_msg_hsize(m) != TIPC_HSIZE_DISCOVERY ||
	    tipc_msg_type(m) > TIPC_DISC_TRIAL_FAIL)
		return -EINVAL;
	d->type = tipc_msg_type(m);
	d->random = tipc_msg_word(m, 1) & W1_RANDOM_MASK;
	d->caps = tipc_msg_word(m, 1) >> W1_CAPS_SHIFT & W1_CAPS_MASK;
	d->domain = tipc_msg_word(m, 2);
	d->node = tipc_msg_word(m, 3);
	d->net_id = tipc_msg_word(m, 4);
	d->hash = tipc_msg_word(m, 13);
	d->suggested = tipc_msg_word(m, 14);
	read_maddr((const u8 *)buf + MEDIA_OFFSET, &d->at);
	if (d->caps & CAP_NODE_ID128 && len >= TIPC_DISC_SIZE)
		memcpy(d->id, (const u8 *)buf + TIPC_HSIZE_DISCOVERY,
		       TIPC_NODEID_LEN);
	else
		id_of_addr(d->node, d->id);
	return d->node && d->at.media && unicast(&d->at) ? 0 : -EINVAL;
}
