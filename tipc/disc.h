/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Discovery messages, by which nodes find each other: see disc.c.
 */
#ifndef _TIPC_DISC_H
#define _TIPC_DISC_H

#include <linux/tipc.h>

#include "msg.h"
#include "pure.h"

#define TIPC_DISC_SIZE		(TIPC_HSIZE_DISCOVERY + TIPC_NODEID_LEN)
#define TIPC_MEDIA_ETH		1
#define TIPC_MEDIA_UDP		3
#define TIPC_ETH_ALEN		6
/* Families of TIPC_MEDIA_UDP: Ethernet protocols, as messages have them. */
#define TIPC_UDP_IPV4		0x0800
#define TIPC_UDP_IPV6		0x86dd

/**
 * struct tipc_maddr - where a node is on a medium
 * @media: TIPC_MEDIA_*; 0 for nowhere
 * @family: TIPC_MEDIA_UDP: TIPC_UDP_IPV4 or TIPC_UDP_IPV6, else 0
 * @port: TIPC_MEDIA_UDP: the port, else 0
 * @zero: so that what follows is aligned
 * @bytes: MAC, IPv4 or IPv6 address in the order of the wire, and then zeros
 */
struct tipc_maddr {
	u16	media;
	u16	family;
	u16	port;
	u16	zero;
	u8	bytes[16];
};

/* No gaps: addresses are compared as bytes. */
static_assert(sizeof(struct tipc_maddr) == 24, "no gaps");

/**
 * struct tipc_disc - what a discovery message says
 * @type: TIPC_DISC_*
 * @node: the sender's address, or the one it wants
 * @domain: who is meant: 0 for all, an address, or <Z.C.0> or <Z.0.0>
 * @net_id: number of the cluster
 * @random: 15 bits that tell senders with one address apart
 * @caps: what the sender can do
 * @hash: of the sender's namespace
 * @suggested: TIPC_DISC_TRIAL_FAIL: an address that is free
 * @at: where the sender is
 * @id: the sender's identity
 */
struct tipc_disc {
	u8	type;
	u32	node;
	u32	domain;
	u32	net_id;
	u16	random;
	u16	caps;
	u32	hash;
	u32	suggested;
	struct tipc_maddr at;
	u8	id[TIPC_NODEID_LEN];
};

static inline bool tipc_maddr_equal(const struct tipc_maddr *a,
				    const struct tipc_maddr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* Is @from the host of @at? Ports may differ: some send from any. */
static inline bool tipc_maddr_same_host(const struct tipc_maddr *at,
					const struct tipc_maddr *from)
{
	return at->media == from->media && at->family == from->family &&
	       /* In halves, which need no call. */
	       !memcmp(at->bytes, from->bytes, 8) &&
	       !memcmp(at->bytes + 8, from->bytes + 8, 8);
}

void tipc_disc_write(const struct tipc_disc *d, void *buf);
int tipc_disc_read(const void *buf, size_t len, struct tipc_disc *d);

#endif /* _TIPC_DISC_H */
