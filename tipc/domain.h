/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The record in a STATE message of the neighbours that its sender looks after.
 * See domain.c; what is done with it is in ring.c.
 */
#ifndef _TIPC_DOMAIN_H
#define _TIPC_DOMAIN_H

#include "pure.h"

/* Members that a record can have. */
#define TIPC_DOMAIN_MAX		64
#define TIPC_DOMAIN_HEAD	16u
#define TIPC_DOMAIN_SIZE(n)	(TIPC_DOMAIN_HEAD + 4 * (n))

/**
 * struct tipc_domain - a record
 * @gen: its generation: one more with each change
 * @ack: the generation of the receiver's own record that the sender has
 * @n: how many members there are
 * @up: which of them the sender has a link to, bit 0 for the first
 * @members: their addresses, in the order of the ring, from the sender on
 */
struct tipc_domain {
	u16	gen;
	u16	ack;
	u16	n;
	u64	up;
	u32	members[TIPC_DOMAIN_MAX];
};

int tipc_domain_read(struct tipc_domain *d, u32 from, const u8 *data,
		     unsigned int len);
unsigned int tipc_domain_write(const struct tipc_domain *d, unsigned int n,
			       u8 *to);

#endif /* _TIPC_DOMAIN_H */
