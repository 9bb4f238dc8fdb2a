/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trunk: all links between two nodes. See trunk.c.
 */
#ifndef _TIPC_TRUNK_H
#define _TIPC_TRUNK_H

#include "link.h"

/* As many as bearers. */
#define TIPC_TRUNK_LINKS	3

/**
 * struct tipc_takeover - what another link carries on for one that has gone
 * @active: not all of it has come
 * @rcv_nxt: number of the packet of the link that is next in order
 * @deferred: packets of it that came before their turn, in order
 * @whole: the message that its fragments are put together to
 * @part: the packet that fragments in a tunnel are put together to
 * @counted: @left is known
 * @left: messages that have still to come
 * @until_us: when to wait no longer
 */
struct tipc_takeover {
	bool			active;
	u16			rcv_nxt;
	struct sk_buff_head	deferred;
	struct sk_buff		*whole;
	struct sk_buff		*part;
	bool			counted;
	u32			left;
	u64			until_us;
};

/**
 * struct tipc_barrier - a link sends nothing new until another was acknowledged
 * @up_to: up to which number, by index of the other link
 * @on: which of them
 */
struct tipc_barrier {
	u16	up_to[TIPC_TRUNK_LINKS];
	bool	on[TIPC_TRUNK_LINKS];
};

/**
 * struct tipc_trunk - all links to another node
 * @links: by number of the bearer
 * @bc: broadcasts from and to the peer, NULL if there are none; set by the owner
 * @xmitq: what each of them has to put on the wire
 * @barrier: what each of them waits for
 * @over: what others carry on for each of them
 * @active: index of the link that carries messages, by whether the number of
 *	their sender is odd; -1 if none is up
 * @nup: how many links are up
 * @leaving: all links went down, and the peer has not yet said that they did at
 *	its end, too
 * @ups: how often each link came up
 * @changes: how often any of them came up or went down
 * @failovers: how often a link took over from another
 * @events: what happened while a packet was opened, TIPC_LINK_EV_*
 * @nesting: how deep we are in tunnels within tunnels
 *
 * All under the lock of the owner.
 */
struct tipc_trunk {
	struct tipc_link	links[TIPC_TRUNK_LINKS];
	struct tipc_bcast_peer	*bc;
	struct sk_buff_head	xmitq[TIPC_TRUNK_LINKS];
	struct tipc_barrier	barrier[TIPC_TRUNK_LINKS];
	struct tipc_takeover	over[TIPC_TRUNK_LINKS];
	s8			active[2];
	u8			nup;
	bool			leaving;
	u32			ups[TIPC_TRUNK_LINKS];
	u32			changes;
	u32			failovers;
	u32			events;
	u8			nesting;
};

/* Is any link up? */
static inline bool tipc_trunk_up(const struct tipc_trunk *t)
{
	return t && t->nup;
}

/* Does link @i carry messages? */
static inline bool tipc_trunk_is_active(const struct tipc_trunk *t, int i)
{
	return t->active[0] == i || t->active[1] == i;
}

/* trunk.c */
void tipc_trunk_init(struct tipc_trunk *t);
void tipc_trunk_exit(struct tipc_trunk *t);
void tipc_trunk_attach(struct tipc_trunk *t, unsigned int i, u32 own, u32 peer,
		       u16 session, const char *if_name, u16 mtu, u16 caps);
unsigned int tipc_trunk_detach(struct tipc_trunk *t, unsigned int i,
			       u64 now_us, struct sk_buff_head *inq);
unsigned int tipc_trunk_restart(struct tipc_trunk *t, unsigned int i, u16 mtu,
				u64 now_us, struct sk_buff_head *inq);
unsigned int tipc_trunk_select(struct tipc_trunk *t, u64 now_us);
int tipc_trunk_send(struct tipc_trunk *t, struct sk_buff *skb, u64 now_us);
unsigned int tipc_trunk_receive(struct tipc_trunk *t, unsigned int i,
				struct sk_buff *skb, u64 now_us,
				struct sk_buff_head *inq);
unsigned int tipc_trunk_tick(struct tipc_trunk *t, u64 now_us,
			     struct sk_buff_head *inq);
u32 tipc_trunk_next_tick_us(const struct tipc_trunk *t, u64 now_us);
void tipc_trunk_give_up(struct tipc_trunk *t, unsigned int i, u64 now_us,
			struct sk_buff_head *inq);
bool tipc_trunk_congested(const struct tipc_trunk *t);
unsigned int tipc_trunk_mss(const struct tipc_trunk *t);

/* trunk_takeover.c */
bool tipc_trunk_hand_over(struct tipc_trunk *t, struct tipc_link *from,
			  struct tipc_link *to, u64 now_us);
void tipc_trunk_synch(struct tipc_trunk *t, struct tipc_link *l,
		      const struct tipc_link *with, u64 now_us);
void tipc_trunk_tunnelled(struct tipc_trunk *t, struct tipc_link *l,
			  struct sk_buff *skb, u64 now_us,
			  struct sk_buff_head *inq);
void tipc_trunk_taken_over(struct tipc_trunk *t, unsigned int i);

#endif /* _TIPC_TRUNK_H */
