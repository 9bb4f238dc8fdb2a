// SPDX-License-Identifier: GPL-2.0-only
/*
 * The record in a STATE message of the neighbours that its sender looks after.
 *
 * It follows the record of gaps, if there is one, and goes up to the end of the
 * message. All numbers are big-endian:
 *
 *	length:16  generation:16  acknowledged generation:16  members:16
 *	which of them are up:64
 *	address:32		once for each member
 *
 * A record without members says that nothing has changed since the receiver
 * acknowledged that generation.
 *
 * Pure: bytes come in, an answer comes out. It locks nothing and keeps nothing.
 */
#include "domain.h"

static u16 get16(const u8 *at)
{
	return at[0] << 8 | at[1];
}

static u32 get32(const u8 *at)
{
	return (u32)get16(at) << 16 | get16(at + 2);
}

static void put16(u8 *at, u16 value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static void put32(u8 *at, u32 value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

/* Members follow their node around the ring, and none comes twice. */
static bool in_order(const struct tipc_domain *d, u32 from)
{
	u32 last = 0;
	unsigned int i;

	for (i = 0; i < d->n; i++) {
		if (!d->members[i] || d->members[i] - from <= last)
			return false;
		last = d->members[i] - from;
	}
	return true;
}

/**
 * tipc_domain_read() - read a record
 * @d: where to put it
 * @from: address of the node that sent it
 * @data: the record
 * @len: bytes of it, up to the end of the message
 *
 * Context: Any.
 * Return: 0; or -EBADMSG, and then @d may be anything: it is cut off or too
 * long, contradicts itself, or has members where no ring has them.
 */
int tipc_domain_read(struct tipc_domain *d, u32 from, const u8 *data,
		     unsigned int len)
{
	unsigned int i;

	if (len < TIPC_DOMAIN_HEAD)
		return -EBADMSG;
	d->gen = get16(data + 2);
	d->ack = get16(data + 4);
	d->n = get16(data + 6);
	if (d->n > TIPC_DOMAIN_MAX || get16(data) != len ||
	    len != TIPC_DOMAIN_SIZE(d->n))
		return -EBADMSG;
	d->up = (u64)get32(data + 8) << 32 | get32(data + 12);
	/* Who has had more members may not have cleared their bits. */
	if (d->n < TIPC_DOMAIN_MAX)
		d->up &= (1ull << d->n) - 1;
	for (i = 0; i < d->n; i++)
		d->members[i] = get32(data + TIPC_DOMAIN_SIZE(i));
	return in_order(d, from) ? 0 : -EBADMSG;
}

/**
 * tipc_domain_write() - write a record
 * @d: the record
 * @n: how many of its members: all, or 0
 * @to: where, room for TIPC_DOMAIN_SIZE() of them
 *
 * Context: Any.
 * Return: bytes that were written.
 */
unsigned int tipc_domain_write(const struct tipc_domain *d, unsigned int n,
			       u8 *to)
{
	u64 up = n ? d->up : 0;
	unsigned int i;

	put16(to, TIPC_DOMAIN_SIZE(n));
	put16(to + 2, d->gen);
	put16(to + 4, d->ack);
	put16(to + 6, n);
	put32(to + 8, up >> 32);
	put32(to + 12, up);
	for (i = 0; i < n; i++)
		put32(to + TIPC_DOMAIN_SIZE(i), d->members[i]);
	return TIPC_DOMAIN_SIZE(n);
}
