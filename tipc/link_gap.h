/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The record in a STATE message of what came behind gaps. See link_gap.c.
 */
#ifndef _TIPC_LINK_GAP_H
#define _TIPC_LINK_GAP_H

#include "pkt.h"

/* Blocks of one kind that are written. */
#define TIPC_GAP_BLOCKS_MAX	64
#define TIPC_GAP_SIZE(n)	(4 + 4 * (n))

/**
 * struct tipc_gap_record - the beginning of a record
 * @len: bytes of it, with the blocks
 * @nuc: blocks that tell of packets of the link
 * @nbc: blocks before them, that tell of broadcasts
 */
struct tipc_gap_record {
	u16	len;
	u8	nuc;
	u8	nbc;
};

/**
 * struct tipc_gap_block - one block
 * @ack: number of the last packet that came in a row
 * @gap: how many are missing behind it
 */
struct tipc_gap_block {
	u16	ack;
	u16	gap;
};

int tipc_gap_read(struct tipc_gap_record *rec, const struct sk_buff *skb,
		  unsigned int off);
int tipc_gap_get(const struct tipc_gap_record *rec, const struct sk_buff *skb,
		 unsigned int off, unsigned int i, struct tipc_gap_block *b);
unsigned int tipc_gap_blocks(const struct sk_buff_head *deferred,
			     u16 peer_next, struct tipc_gap_block *b);
void tipc_gap_write(u8 *to, const struct tipc_gap_block *uc, unsigned int nuc,
		    const struct tipc_gap_block *bc, unsigned int nbc);

#endif /* _TIPC_LINK_GAP_H */
