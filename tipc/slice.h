/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Slices: a packet of a link on a wire whose packets are smaller. See slice.c.
 */
#ifndef _TIPC_SLICE_H
#define _TIPC_SLICE_H

#include "pkt.h"

/* Greatest packet that is sliced: what fits into one chain of eth.c. */
#define TIPC_SLICED_MAX		65500
/* Slices of one packet, and packets that are put together at a time. */
#define TIPC_SLICES_MAX		72
#define TIPC_SLICE_SLOTS	16
/* Word 5 of a fragment is 0 for everybody else. */
#define TIPC_SLICE_MARK		(1u << 31)

/**
 * struct tipc_slice_slot - a packet that is being put together
 * @seq: its number on the link
 * @total: slices that it has, 0 if the slot is free
 * @have: slices that are here
 * @age: the greater, the younger
 * @part: the slices, each with its header
 */
struct tipc_slice_slot {
	u16		seq;
	u16		total;
	u16		have;
	u32		age;
	struct sk_buff	*part[TIPC_SLICES_MAX];
};

/**
 * struct tipc_slices - packets of one link that are being put together
 * @age: of the youngest
 * @slot: the packets
 */
struct tipc_slices {
	u32			age;
	struct tipc_slice_slot	slot[TIPC_SLICE_SLOTS];
};

/* Only for messages that passed tipc_msg_check(). */
static inline bool tipc_is_slice(const struct tipc_msg *m)
{
	return tipc_msg_user(m) == TIPC_USER_FRAGMENT &&
	       tipc_msg_word(m, 5) & TIPC_SLICE_MARK;
}

int tipc_slice(struct sk_buff *skb, unsigned int mtu, struct sk_buff_head *q);
struct sk_buff *tipc_slices_add(struct tipc_slices **slices,
				struct sk_buff *skb);
void tipc_slices_purge(struct tipc_slices *slices);

#endif /* _TIPC_SLICE_H */
