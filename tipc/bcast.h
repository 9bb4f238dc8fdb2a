/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Broadcasts: packets from one node to all others. See bcast.c; what the module
 * does with it is in bcast_net.c.
 */
#ifndef _TIPC_BCAST_H
#define _TIPC_BCAST_H

#include "locks.h"
#include "pkt.h"

/* Broadcasts that may be under way: mainline nodes take no more at once. */
#define TIPC_BCAST_WINDOW	32
/* Packets that may wait to be under way, before senders have to wait. */
#define TIPC_BCAST_BACKLOG	128

struct tipc_link;

/** struct tipc_bcast_stats - counters of broadcasts; reset on request only */
struct tipc_bcast_stats {
	u32 tx_pkts, tx_fragments, tx_fragmented, retransmitted;
	u32 rx_nacks, congestions, max_queue;
	u32 rx_pkts, rx_duplicates, rx_deferred, tx_nacks;
};

/**
 * struct tipc_bcast - what a node broadcasts
 * @lock: guards all of it, and @member and @acked of each peer
 * @own: address of the node
 * @net_id: of the cluster
 * @npeers: who has to acknowledge
 * @snd_nxt: number of the next new packet
 * @sent: packets that not all have acknowledged, in order
 * @backlog: packets without a number, in order
 * @xmitq: packets to be put on the wire, in order
 * @congested: senders were told to wait
 * @stats: counters
 */
struct tipc_bcast {
	spinlock_t		lock;
	u32			own;
	u32			net_id;
	u32			npeers;
	u16			snd_nxt;
	struct sk_buff_head	sent;
	struct sk_buff_head	backlog;
	struct sk_buff_head	xmitq;
	bool			congested;
	struct tipc_bcast_stats	stats;
};

/**
 * struct tipc_bcast_peer - broadcasts from and to one other node
 * @out: what this node broadcasts
 * @member: the peer has to acknowledge that
 * @acked: number of the last packet that it has
 * @retried_us: when packets were last sent to it again
 * @asked_us: when it was asked to acknowledge
 * @rtt_us: round trip, as the link says
 * @heard: the peer knows where our broadcasts begin
 * @synced: @rcv_nxt is known
 * @rcv_nxt: number of the peer's next broadcast
 * @told: the last broadcast that the peer said it had sent
 * @unacked: broadcasts received since the peer was told
 * @nacked_us: when a gap was last reported
 * @deferred: broadcasts that came before their turn, in order
 * @whole: the message that fragments are put together to
 * @stats: counters of what came
 *
 * From @asked_us on under the lock of the node, as its links.
 */
struct tipc_bcast_peer {
	struct tipc_bcast	*out;
	bool			member;
	u16			acked;
	u64			retried_us;
	u64			asked_us;
	u32			rtt_us;
	bool			heard;
	bool			synced;
	u16			rcv_nxt;
	u16			told;
	u16			unacked;
	u64			nacked_us;
	struct sk_buff_head	deferred;
	struct sk_buff		*whole;
	struct tipc_bcast_stats	stats;
};

void tipc_bcast_init(struct tipc_bcast *b);
void tipc_bcast_exit(struct tipc_bcast *b);
int tipc_bcast_send(struct tipc_bcast *b, struct sk_buff *skb,
		    unsigned int mtu);

void tipc_bcast_peer_init(struct tipc_bcast_peer *p, struct tipc_bcast *out);
void tipc_bcast_peer_reset(struct tipc_bcast_peer *p);
struct sk_buff *tipc_bcast_join(struct tipc_bcast_peer *p, u32 peer);
void tipc_bcast_leave(struct tipc_bcast_peer *p);

/* For links. @p may be NULL: then there are no broadcasts. */
void tipc_bcast_sync(struct tipc_bcast_peer *p, const struct tipc_msg *m);
u16 tipc_bcast_rcv_ack(struct tipc_bcast_peer *p);
void tipc_bcast_tell_state(struct tipc_bcast_peer *p, struct tipc_msg *m);
bool tipc_bcast_hear_state(struct tipc_bcast_peer *p, const struct tipc_msg *m,
			   u32 rtt_us, u64 now_us,
			   struct sk_buff_head *xmitq);
void tipc_bcast_acked(struct tipc_bcast_peer *p, const struct tipc_msg *m);
bool tipc_bcast_pending(const struct tipc_bcast_peer *p);
bool tipc_bcast_ask(struct tipc_bcast_peer *p, u32 wait_us, u64 now_us);
void tipc_bcast_receive(struct tipc_link *l, struct sk_buff *skb, u64 now_us,
			struct sk_buff_head *xmitq, struct sk_buff_head *inq);

#endif /* _TIPC_BCAST_H */
