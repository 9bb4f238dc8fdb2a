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
#define TIPC_ETH_ALEN		6

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
 * @mac: the sender's address on the medium
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
	u8	mac[TIPC_ETH_ALEN];
	u8	id[TIPC_NODEID_LEN];
};

void tipc_disc_write(const struct tipc_disc *d, void *buf);
int tipc_disc_read(const void *buf, size_t len, struct tipc_disc *d);

#endif /* _TIPC_DISC_H */
