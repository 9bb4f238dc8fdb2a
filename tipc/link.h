/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A link: packets between two nodes, in order, each once. See link.c; all links
 * to one node together are a trunk, see trunk.h.
 */
#ifndef _TIPC_LINK_H
#define _TIPC_LINK_H

#include "bcast.h"
#include "pkt.h"
#include "ring.h"

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
/*
 * What may wait to be under way before senders of low importance have to wait; of
 * the next level twice as much, and so on.
 */
#define TIPC_LINK_BACKLOG	512
#define TIPC_LINK_BACKLOG_BYTES	(1u << 20)

/*
 * Nothing that begins to wait for the timer has its turn sooner: what is missing,
 * and what is only not acknowledged yet.
 */
#define TIPC_LINK_WAIT_MIN_US	1000
#define TIPC_LINK_TAIL_MIN_US	2000

#define TIPC_CAP_SYN		0x001
#define TIPC_CAP_BCAST_SYNC	0x002
#define TIPC_CAP_BCAST_NACK	0x004
#define TIPC_CAP_BLOCK_FLOW	0x008
#define TIPC_CAP_REPLICAST	0x010
#define TIPC_CAP_NODE_ID128	0x020
#define TIPC_CAP_STATE_SEQ	0x040
#define TIPC_CAP_GAP_ACK	0x100
#define TIPC_CAP_TUNNEL		0x200
#define TIPC_CAP_SLICES		0x1000	/* ours: packets larger than the
					 * wire's, labels in headers
					 */

enum tipc_link_state {
	TIPC_LINK_UNUSED,	/* there is no way to the peer */
	TIPC_LINK_RESETTING,	/* tells the peer to begin anew */
	TIPC_LINK_ACTIVATING,	/* the peer did, and is told so */
	TIPC_LINK_ESTABLISHED,
};

/* What happened, as bits. */
#define TIPC_LINK_EV_UP		0x1
#define TIPC_LINK_EV_DOWN	0x2
#define TIPC_LINK_EV_ROOM	0x4	/* fewer packets wait: senders may go on */
#define TIPC_LINK_EV_PRIO	0x8	/* the priority is another */

/** struct tipc_link_stats - counters of a link; reset on request only */
struct tipc_link_stats {
	u32 rx_pkts, rx_fragments, rx_fragmented, rx_bundles, rx_bundled;
	u32 tx_pkts, tx_fragments, tx_fragmented, tx_bundles, tx_bundled;
	u32 rx_states, rx_probes, rx_nacks, rx_deferred, rx_duplicates;
	u32 tx_states, tx_probes, tx_nacks, tx_acks, retransmitted;
	u32 congestions, max_queue;
	u32 spurious;		/* sent again although the first had come */
	u32 bad;		/* packets that could not be understood */
	u32 outside;		/* packets whose number nobody can have sent */
	u32 stale;		/* protocol messages of before, or forged */
	u32 len_count, len_total, len_profile[7];
};

struct tipc_trunk;
struct tipc_slices;

/**
 * struct tipc_link - one end of a link
 * @trunk: what it is part of, NULL if it is alone
 * @index: which link of it
 * @state: enum tipc_link_state
 * @blocked: it was up and another link has taken over; until all of that has
 *	come, it is silent and deaf
 * @own: address of this node
 * @peer: address of the other
 * @caps: what the peer can do, TIPC_CAP_*
 * @if_name: what the peer is told of the interface
 * @peer_if_name: what it told us
 * @bearer_id: which bearer, told to the peer
 * @peer_bearer_id: which bearer of the peer's
 * @session: number of the attempt, new with each
 * @peer_session: the peer's
 * @knows_peer: @peer_session is known
 * @attempts: RESET and ACTIVATE messages since the link is not up
 * @own_mtu: greatest packet of the bearer, header included
 * @mtu: greatest that both can take
 * @tolerance_ms: of silence
 * @tell_tolerance: in how many messages the peer will be told of it
 * @priority: which of two links is used
 * @window: packets that may be under way at first, and after losses
 *
 * @snd_nxt: number of the next new packet
 * @sent: packets that are not acknowledged, in order; see struct tipc_pkt_cb
 * @backlog: packets without a number, in order
 * @backlog_bytes: in them
 * @congested: senders were told to wait
 * @held: nothing new is sent until other links have been acknowledged
 * @unheld: how many of @backlog may still go
 * @cwnd: packets that may be under way now
 * @cut_at: the window shrinks once for all that was sent before this number
 * @nmissing: packets in @sent that the peer said are missing
 *
 * @rcv_nxt: number of the packet that is next in order
 * @deferred: packets that came before their turn, in order
 * @untold: how many came into @deferred since the gap was last reported
 * @naps: how often it was reported without anything coming of it
 * @synching: nothing is taken from @deferred until another link is as far as
 *	@syncpt
 * @syncpt: see @synching
 * @sync_with: index of that link
 * @unacked: packets received since something was sent
 * @whole: the message that fragments are put together to
 * @slices: packets that slices are put together to, NULL while there are none
 *
 * @snd_state: number of the next STATE message
 * @rcv_state: least number of the peer's next
 *
 * @bc: broadcasts from and to the peer, NULL if there are none
 *
 * @heard_us: when anything came from the peer
 * @acked_us: when a packet was last acknowledged, or the first was sent
 * @nacked_us: when a gap was last reported
 * @probed_us: when a probe was sent that is not answered; 0 if none
 * @told_us: when a protocol message was last sent
 * @rtt_us: least round trip of late, 0 while it is not known
 * @rtt_next_us: least of the present second
 * @rtt_since_us: when that second began
 * @reorder_us: how late a packet may come because others overtook it
 * @tail_probes: probes since something was acknowledged
 * @stats: counters
 * @ring: who else looks after the peer, NULL if nobody does
 * @excused_us: when @heard_us was last set although nothing came, because others
 *	look after the peer
 * @last_us: when something came before that
 *
 * All under the lock of the owner.
 */
struct tipc_link {
	struct tipc_trunk	*trunk;
	u8			index;
	u8			state;
	bool			blocked;
	u32			own;
	u32			peer;
	u16			caps;
	char			if_name[TIPC_MAX_IF_NAME];
	char			peer_if_name[TIPC_MAX_IF_NAME];
	u8			bearer_id;
	u8			peer_bearer_id;
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
	u32			backlog_bytes;
	bool			congested;
	bool			held;
	u32			unheld;
	u16			cwnd;
	u16			cut_at;
	u16			nmissing;

	u16			rcv_nxt;
	struct sk_buff_head	deferred;
	u16			untold;
	u8			naps;
	bool			synching;
	u16			syncpt;
	u8			sync_with;
	u16			unacked;
	struct sk_buff		*whole;
	struct tipc_slices	*slices;

	u16			snd_state;
	u16			rcv_state;

	struct tipc_bcast_peer	*bc;

	u64			heard_us;
	u64			acked_us;
	u64			nacked_us;
	u64			probed_us;
	u64			told_us;
	u32			rtt_us;
	u32			rtt_next_us;
	u64			rtt_since_us;
	u32			reorder_us;
	u8			tail_probes;
	struct tipc_link_stats	stats;

	struct tipc_ring_peer	*ring;
	u64			excused_us;
	u64			last_us;
};

/**
 * struct tipc_pkt_cb - what is known of a packet in @sent of a link
 * @sent_us: when it was last put on the wire
 * @tries: how often it was
 * @missing: the peer said since then that it has not come
 */
struct tipc_pkt_cb {
	u64	sent_us;
	u16	tries;
	bool	missing;
};

static inline struct tipc_pkt_cb *tipc_pkt_cb(struct sk_buff *skb)
{
	return (struct tipc_pkt_cb *)skb->cb;
}

/* Is @a before @b? Numbers are modulo 65536, and fewer than half are in use. */
static inline bool tipc_seq_before(u16 a, u16 b)
{
	return (s16)(u16)(a - b) < 0;
}

static inline u16 tipc_pkt_seq(const struct sk_buff *skb)
{
	return tipc_msg_link_seq(tipc_pkt_msg(skb));
}

static inline bool tipc_link_up(const struct tipc_link *l)
{
	return l->state == TIPC_LINK_ESTABLISHED;
}

static inline u64 tipc_link_tolerance_us(const struct tipc_link *l)
{
	return (u64)l->tolerance_ms * 1000;
}

/* Greatest packet that still fits when another link has to carry it on. */
static inline unsigned int tipc_link_mss(const struct tipc_link *l)
{
	return l->mtu - TIPC_HSIZE_INTERNAL;
}

/* link.c */
void tipc_link_init(struct tipc_link *l, u32 own, u32 peer, u16 session,
		    const char *if_name, u8 bearer_id, u16 mtu);
void tipc_link_exit(struct tipc_link *l);
void tipc_link_reset(struct tipc_link *l);
unsigned int tipc_link_receive(struct tipc_link *l, struct sk_buff *skb,
			       u64 now_us, struct sk_buff_head *xmitq,
			       struct sk_buff_head *inq);
unsigned int tipc_link_tick(struct tipc_link *l, u64 now_us,
			    struct sk_buff_head *xmitq);
u32 tipc_link_next_tick_us(const struct tipc_link *l, u64 now_us);

/* link_tx.c */
int tipc_link_send(struct tipc_link *l, struct sk_buff *skb, u64 now_us,
		   struct sk_buff_head *xmitq);
void tipc_link_send_packets(struct tipc_link *l, struct sk_buff_head *packets,
			    u64 now_us, struct sk_buff_head *xmitq);
void tipc_link_advance(struct tipc_link *l, u64 now_us,
		       struct sk_buff_head *xmitq);
bool tipc_link_acked(struct tipc_link *l, u16 ack, u64 now_us);
void tipc_link_gaps(struct tipc_link *l, const struct sk_buff *state, u16 ack,
		    u16 gap, u64 now_us);
void tipc_link_retransmit(struct tipc_link *l, u64 now_us,
			  struct sk_buff_head *xmitq);
unsigned int tipc_link_room(struct tipc_link *l);
u32 tipc_link_tail_wait_us(const struct tipc_link *l);
u32 tipc_link_late_us(const struct tipc_link *l);
void tipc_link_rtt_sample(struct tipc_link *l, u64 rtt_us, u64 now_us);

/* link_rx.c */
void tipc_link_bad(struct tipc_link *l, struct sk_buff *skb);
void tipc_link_drop_whole(struct sk_buff **whole);
void tipc_link_open(struct tipc_link *l, struct sk_buff **whole,
		    struct sk_buff *skb, u64 now_us,
		    struct sk_buff_head *inq);
bool tipc_link_defer(struct sk_buff_head *q, struct sk_buff *skb);
void tipc_link_sequenced(struct tipc_link *l, struct sk_buff *skb, u64 now_us,
			 struct sk_buff_head *xmitq, struct sk_buff_head *inq);
void tipc_link_drain(struct tipc_link *l, u64 now_us,
		     struct sk_buff_head *xmitq, struct sk_buff_head *inq);
u32 tipc_link_nap_us(const struct tipc_link *l);

/* link_proto.c */
void tipc_link_tell(struct tipc_link *l, unsigned int type, u16 peer_next,
		    bool probe, u64 now_us, struct sk_buff_head *xmitq);
void tipc_link_tell_state(struct tipc_link *l, bool probe, u64 now_us,
			  struct sk_buff_head *xmitq);
void tipc_link_tell_stop(struct tipc_link *l, u64 now_us,
			 struct sk_buff_head *xmitq);
unsigned int tipc_link_establish(struct tipc_link *l, u64 now_us,
				 struct sk_buff_head *xmitq);
unsigned int tipc_link_protocol(struct tipc_link *l, struct sk_buff *skb,
				u64 now_us, struct sk_buff_head *xmitq);
bool tipc_link_ends(const struct tipc_link *l, const struct tipc_msg *m);
bool tipc_link_says_alone(const struct tipc_msg *m);

#endif /* _TIPC_LINK_H */
