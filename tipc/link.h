/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A link: packets between two nodes, in order, each once. See link.c.
 */
#ifndef _TIPC_LINK_H
#define _TIPC_LINK_H

#include "pkt.h"

/* Tolerance: after so many milliseconds of silence the peer is gone. */
#define TIPC_TOL_MIN_MS		10
#define TIPC_TOL_MAX_MS		30000
#define TIPC_TOL_DEFAULT_MS	1500
#define TIPC_LINK_PRIO_MAX	31
#define TIPC_LINK_PRIO_DEFAULT	10
/* Packets that may be under way. */
#define TIPC_LINK_WIN_MIN	16
#define TIPC_LINK_WIN_MAX	8191
#define TIPC_LINK_WIN_DEFAULT	50
/* Packets that may wait to be under way, before senders have to wait. */
#define TIPC_LINK_BACKLOG	512

#define TIPC_CAP_SYN		0x001
#define TIPC_CAP_BLOCK_FLOW	0x008
#define TIPC_CAP_REPLICAST	0x010
#define TIPC_CAP_NODE_ID128	0x020

enum tipc_link_state {
	TIPC_LINK_RESETTING,	/* tells the peer to begin anew */
	TIPC_LINK_ACTIVATING,	/* the peer did, and is told so */
	TIPC_LINK_ESTABLISHED,
};

/* What happened, as bits. */
#define TIPC_LINK_EV_UP		0x1
#define TIPC_LINK_EV_DOWN	0x2
#define TIPC_LINK_EV_ROOM	0x4	/* fewer packets wait: senders may go on */

/** struct tipc_link_stats - counters of a link; reset on request only */
struct tipc_link_stats {
	u32 rx_pkts, rx_fragments, rx_fragmented, rx_bundles, rx_bundled;
	u32 tx_pkts, tx_fragments, tx_fragmented;
	u32 rx_states, rx_probes, rx_nacks, rx_deferred, rx_duplicates;
	u32 tx_states, tx_probes, tx_nacks, tx_acks, retransmitted;
	u32 congestions, max_queue;
	u32 bcast_lost;		/* broadcasts that never came */
	u32 bad;		/* packets that could not be understood */
	u32 len_count, len_total, len_profile[7];
};

/**
 * struct tipc_link - one end of a link
 * @state: enum tipc_link_state
 * @own: address of this node
 * @peer: address of the other
 * @if_name: what the peer is told of the interface
 * @peer_if_name: what it told us
 * @bearer_id: which bearer, told to the peer
 * @session: number of the attempt, new with each
 * @peer_session: the peer's
 * @knows_peer: @peer_session is known
 * @attempts: RESET and ACTIVATE messages since the link is not up
 * @own_mtu: greatest packet of the bearer, header included
 * @mtu: greatest that both can take
 * @tolerance_ms: of silence
 * @tell_tolerance: in how many messages the peer will be told of it
 * @priority: which of two links is used
 * @window: packets that may be under way
 * @snd_nxt: number of the next new packet
 * @sent: packets that are not acknowledged, in order
 * @backlog: packets without a number, in order
 * @congested: senders were told to wait
 * @rcv_nxt: number of the packet that is next in order
 * @deferred: packets that came before their turn, in order
 * @unacked: packets received since something was sent
 * @whole: the message that fragments are put together to
 * @bc_synced: @bc_nxt is known
 * @bc_nxt: number of the peer's next broadcast
 * @bc_told: the last broadcast that the peer said it had sent
 * @bc_unacked: broadcasts received since the peer was told
 * @bc_whole: the message that broadcast fragments are put together to
 * @heard_us: when anything came from the peer
 * @acked_us: when a packet was last acknowledged, or the first was sent
 * @nacked_us: when a gap was last reported
 * @probed_us: when a probe was sent that is not answered; 0 if none
 * @told_us: when a protocol message was last sent
 * @retried_us: when packets were last sent again
 * @srtt_us: smoothed round trip, 0 while it is not known
 * @tail_probes: probes since something was acknowledged
 * @stats: counters
 *
 * All under the lock of the owner.
 */
struct tipc_link {
	u8			state;
	u32			own;
	u32			peer;
	char			if_name[TIPC_MAX_IF_NAME];
	char			peer_if_name[TIPC_MAX_IF_NAME];
	u8			bearer_id;
	u16			session;
	u16			peer_session;
	bool			knows_peer;
	u16			attempts;
	u16			own_mtu;
	u16			mtu;
	u32			tolerance_ms;
	u8			tell_tolerance;
	u8			priority;
	u16			window;

	u16			snd_nxt;
	struct sk_buff_head	sent;
	struct sk_buff_head	backlog;
	bool			congested;

	u16			rcv_nxt;
	struct sk_buff_head	deferred;
	u16			unacked;
	struct sk_buff		*whole;

	bool			bc_synced;
	u16			bc_nxt;
	u16			bc_told;
	u16			bc_unacked;
	struct sk_buff		*bc_whole;

	u64			heard_us;
	u64			acked_us;
	u64			nacked_us;
	u64			probed_us;
	u64			told_us;
	u64			retried_us;
	u32			srtt_us;
	u8			tail_probes;
	struct tipc_link_stats	stats;
};

void tipc_link_init(struct tipc_link *l, u32 own, u32 peer, u16 session,
		    const char *if_name, u8 bearer_id, u16 mtu);
void tipc_link_exit(struct tipc_link *l);
int tipc_link_send(struct tipc_link *l, struct sk_buff *skb, u64 now_us,
		   struct sk_buff_head *xmitq);
unsigned int tipc_link_receive(struct tipc_link *l, struct sk_buff *skb,
			       u64 now_us, struct sk_buff_head *xmitq,
			       struct sk_buff_head *inq);
void tipc_link_receive_bcast(struct tipc_link *l, struct sk_buff *skb,
			     u64 now_us, struct sk_buff_head *xmitq,
			     struct sk_buff_head *inq);
unsigned int tipc_link_tick(struct tipc_link *l, u64 now_us,
			    struct sk_buff_head *xmitq);
u32 tipc_link_next_tick_us(const struct tipc_link *l);
void tipc_link_reset(struct tipc_link *l);

static inline bool tipc_link_up(const struct tipc_link *l)
{
	return l->state == TIPC_LINK_ESTABLISHED;
}

#endif /* _TIPC_LINK_H */
