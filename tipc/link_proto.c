// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the ends of a link tell each other: RESET, ACTIVATE and STATE messages.
 *
 * RESET: "I begin anew, this is my session". ACTIVATE: "I know yours, this is
 * mine". STATE: what has come, what is missing, what was sent; it may ask for an
 * answer. A RESET counts on a link that is up only if its session is newer, and
 * a STATE message only if its session is the present one and it is newer than
 * the last, so that what was recorded and is played again changes nothing.
 *
 * Pure: see pkt.h. Locking: the caller's.
 */
#include "link.h"
#include "link_gap.h"
#include "trunk.h"

#define GAP_MAX			0x1fff
#define NO_PEER_SEQ		0x7fff	/* RESET: any number but the next */
#define MTU_MIN			576
#define RENACK_MIN_US		1000u

/* Fields of the header of link protocol messages. */
#define W0_KEEPALIVE		(1u << 19)
#define W1_GAP_SHIFT		16
#define W1_SESSION_VALID	(1u << 16)
#define W5_PROBE		0x1u
#define W5_PRIO_SHIFT		4
#define W5_PRIO_MASK		0x1f
#define W5_BEARER_SHIFT		9
#define W5_BEARER_MASK		0x7
#define W5_REDUNDANT		(1u << 12)
#define W5_STOPPING		(1u << 13)
#define W5_NO_BCAST_ACK		(1u << 14)
#define W5_SESSION_SHIFT	16
#define W9_MTU_SHIFT		16

static u16 session_of(const struct tipc_msg *m)
{
	return tipc_msg_word(m, 5) >> W5_SESSION_SHIFT;
}

/* ---- told ------------------------------------------------------------------ */

/* What is missing before the first packet that waits, or that was announced. */
static u16 gap_of(const struct tipc_link *l, u16 peer_next)
{
	const struct sk_buff *first = skb_peek(&l->deferred);
	u16 gap = 0;

	if (l->synching)
		return 0;
	if (first)
		gap = tipc_pkt_seq(first) - l->rcv_nxt;
	else if (tipc_seq_before(l->rcv_nxt, peer_next))
		gap = peer_next - l->rcv_nxt;
	return min_t(u16, gap, GAP_MAX);
}

/* What RESET and ACTIVATE messages say. */
static void write_beginning(struct tipc_link *l, struct tipc_msg *m,
			    unsigned int type)
{
	if (type == TIPC_LINK_ACTIVATE_MSG)
		tipc_msg_set_word(m, 1, tipc_msg_word(m, 1) |
				  W1_SESSION_VALID | l->peer_session);
	tipc_msg_set_word(m, 2, (u16)(l->snd_nxt + NO_PEER_SEQ));
	tipc_msg_set_word(m, 5, tipc_msg_word(m, 5) | W5_NO_BCAST_ACK);
	tipc_msg_set_word(m, 9, (u32)(l->own_mtu / 4) << W9_MTU_SHIFT |
			  l->tolerance_ms);
	memcpy((u8 *)m + TIPC_HSIZE_INTERNAL, l->if_name, TIPC_MAX_IF_NAME);
}

static void write_state(struct tipc_link *l, struct tipc_msg *m, u16 gap,
			bool probe)
{
	u32 w5 = 0, w1 = (u32)gap << W1_GAP_SHIFT;
	u16 seq = l->snd_nxt + NO_PEER_SEQ;

	if (l->caps & TIPC_CAP_STATE_SEQ)
		seq = l->snd_state++;
	if (probe) {
		w5 |= W5_PROBE;
		tipc_msg_set_word(m, 0, tipc_msg_word(m, 0) | W0_KEEPALIVE);
	}
	tipc_msg_set_word(m, 1, tipc_msg_word(m, 1) | w1);
	tipc_msg_set_word(m, 2, (u32)(u16)(l->rcv_nxt - 1) << 16 | seq);
	tipc_msg_set_word(m, 5, tipc_msg_word(m, 5) | w5);
	tipc_bcast_tell_state(l->bc, m);
	if (l->tell_tolerance) {
		tipc_msg_set_word(m, 9, l->tolerance_ms);
		l->tell_tolerance--;
	}
}

/* The records of a STATE message, those of gaps and of neighbours. */
struct records {
	struct tipc_gap_block	gaps[TIPC_GAP_BLOCKS_MAX];
	unsigned int		ngaps;
	unsigned int		gaps_len;
	u8			domain[TIPC_DOMAIN_SIZE(TIPC_DOMAIN_MAX)];
	unsigned int		domain_len;
};

static unsigned int make_records(struct tipc_link *l, u16 gap, u16 peer_next,
				 struct records *r)
{
	r->ngaps = 0;
	r->gaps_len = 0;
	if (l->caps & TIPC_CAP_GAP_ACK) {
		if (gap)
			r->ngaps = tipc_gap_blocks(&l->deferred, peer_next,
						   r->gaps);
		r->gaps_len = TIPC_GAP_SIZE(r->ngaps);
	}
	r->domain_len = tipc_ring_tell(l->ring, r->domain);
	return r->gaps_len + r->domain_len;
}

static void write_records(const struct records *r, u8 *to)
{
	if (r->gaps_len)
		tipc_gap_write(to, r->gaps, r->ngaps, NULL, 0);
	memcpy(to + r->gaps_len, r->domain, r->domain_len);
}

/**
 * tipc_link_tell() - send a protocol message
 * @l: the link
 * @type: TIPC_LINK_*_MSG
 * @peer_next: STATE: number of the packet that the peer sends next, if it said
 *	so and what is missing should be reported up to there; else @l->rcv_nxt
 * @probe: STATE: the peer has to answer
 * @now_us: the time
 * @xmitq: the message is appended
 *
 * Context: Any.
 */
void tipc_link_tell(struct tipc_link *l, unsigned int type, u16 peer_next,
		    bool probe, u64 now_us, struct sk_buff_head *xmitq)
{
	bool state = type == TIPC_LINK_STATE_MSG;
	u16 gap = state ? gap_of(l, peer_next) : 0;
	unsigned int len = TIPC_MAX_IF_NAME;
	struct records records;
	struct sk_buff *skb;
	struct tipc_msg *m;

	if (state)
		len = make_records(l, gap, peer_next, &records);
	skb = tipc_pkt_alloc(TIPC_HSIZE_INTERNAL + len);
	if (!skb)
		return;
	m = tipc_pkt_msg(skb);
	memset(skb->data, 0, skb->len);
	tipc_msg_init(m, TIPC_USER_LINK_PROTOCOL, type, TIPC_HSIZE_INTERNAL,
		      l->own);
	tipc_msg_set_size(m, skb->len);
	tipc_msg_set_word(m, 4, l->snd_nxt);
	tipc_msg_set_word(m, 5, (u32)l->session << W5_SESSION_SHIFT |
			  (u32)l->bearer_id << W5_BEARER_SHIFT |
			  (u32)l->priority << W5_PRIO_SHIFT |
			  (tipc_trunk_up(l->trunk) ? W5_REDUNDANT : 0));
	tipc_msg_set_word(m, 7, l->peer);
	if (!state) {
		write_beginning(l, m, type);
	} else {
		write_state(l, m, gap, probe);
		write_records(&records, skb->data + TIPC_HSIZE_INTERNAL);
		l->unacked = 0;
		l->stats.tx_states++;
		l->stats.tx_probes += probe;
		l->stats.tx_nacks += !!gap;
		if (probe && !l->probed_us)
			l->probed_us = now_us;
	}
	l->told_us = now_us;
	__skb_queue_tail(xmitq, skb);
}

/**
 * tipc_link_tell_state() - send a STATE message
 * @l: the link
 * @probe: the peer has to answer
 * @now_us: the time
 * @xmitq: the message is appended
 *
 * Context: Any.
 */
void tipc_link_tell_state(struct tipc_link *l, bool probe, u64 now_us,
			  struct sk_buff_head *xmitq)
{
	tipc_link_tell(l, TIPC_LINK_STATE_MSG, l->rcv_nxt, probe, now_us,
		       xmitq);
}

/**
 * tipc_link_tell_stop() - send a RESET that begins nothing
 * @l: link that was just reset and will not be used for now
 * @now_us: the time
 * @xmitq: the message is appended
 *
 * Context: Any.
 */
void tipc_link_tell_stop(struct tipc_link *l, u64 now_us,
			 struct sk_buff_head *xmitq)
{
	struct tipc_msg *m;

	tipc_link_tell(l, TIPC_LINK_RESET_MSG, 0, false, now_us, xmitq);
	if (skb_queue_empty(xmitq))
		return;
	m = tipc_pkt_msg(skb_peek_tail(xmitq));
	if (tipc_msg_user(m) == TIPC_USER_LINK_PROTOCOL)
		tipc_msg_set_word(m, 5, tipc_msg_word(m, 5) | W5_STOPPING);
}

/* ---- heard ----------------------------------------------------------------- */

/* The answer to a probe. */
static void measure(struct tipc_link *l, u64 now_us)
{
	if (!l->probed_us)
		return;
	tipc_link_rtt_sample(l, now_us - l->probed_us, now_us);
	l->probed_us = 0;
}

/**
 * tipc_link_establish() - something came that only comes over a link
 * @l: link that knows its peer
 * @now_us: the time
 * @xmitq: what has to be put on the wire is appended
 *
 * Context: Any.
 * Return: TIPC_LINK_EV_UP if it was not up, else 0.
 */
unsigned int tipc_link_establish(struct tipc_link *l, u64 now_us,
				 struct sk_buff_head *xmitq)
{
	if (tipc_link_up(l))
		return 0;
	l->state = TIPC_LINK_ESTABLISHED;
	l->cwnd = l->window;
	l->acked_us = now_us;
	tipc_ring_up(l->ring);
	/* Tells the peer that is still activating. */
	tipc_link_tell_state(l, true, now_us, xmitq);
	return TIPC_LINK_EV_UP;
}

/* What RESET and ACTIVATE say of the peer. */
static void learn_peer(struct tipc_link *l, const struct sk_buff *skb)
{
	const struct tipc_msg *m = tipc_pkt_msg(skb);
	u32 w9 = tipc_msg_word(m, 9), mtu = (w9 >> W9_MTU_SHIFT) * 4;
	u32 w5 = tipc_msg_word(m, 5), tolerance = w9 & 0xffff;
	u32 prio = w5 >> W5_PRIO_SHIFT & W5_PRIO_MASK;

	l->peer_session = session_of(m);
	l->peer_bearer_id = w5 >> W5_BEARER_SHIFT & W5_BEARER_MASK;
	l->knows_peer = true;
	l->rcv_state = 1;
	if (skb->len >= TIPC_HSIZE_INTERNAL + TIPC_MAX_IF_NAME)
		skb_copy_bits(skb, TIPC_HSIZE_INTERNAL, l->peer_if_name,
			      TIPC_MAX_IF_NAME);
	l->peer_if_name[TIPC_MAX_IF_NAME - 1] = '\0';
	l->mtu = l->own_mtu;
	if (mtu >= MTU_MIN && mtu < l->mtu)
		l->mtu = mtu;
	if (tolerance > l->tolerance_ms && tolerance <= TIPC_TOL_MAX_MS)
		l->tolerance_ms = tolerance;
	if (prio > l->priority)
		l->priority = prio;
}

/* Is it of this session, and newer than the last? */
static bool state_is_news(struct tipc_link *l, const struct tipc_msg *m)
{
	u16 seq = tipc_msg_link_seq(m);

	if (!l->knows_peer || session_of(m) != l->peer_session)
		return false;
	if (!(l->caps & TIPC_CAP_STATE_SEQ))
		return true;
	if (tipc_seq_before(seq, l->rcv_state))
		return false;
	l->rcv_state = seq + 1;
	return true;
}

/* What the peer wants the link to be like. */
static unsigned int properties(struct tipc_link *l, const struct tipc_msg *m)
{
	u32 tolerance = tipc_msg_word(m, 9) & 0xffff;
	u32 prio = tipc_msg_word(m, 5) >> W5_PRIO_SHIFT & W5_PRIO_MASK;

	if (tolerance >= TIPC_TOL_MIN_MS && tolerance <= TIPC_TOL_MAX_MS)
		l->tolerance_ms = tolerance;
	if (!prio || prio == l->priority)
		return 0;
	l->priority = prio;
	return TIPC_LINK_EV_PRIO;
}

/* Answers what the peer said that it has sent. */
static void answer(struct tipc_link *l, bool probe, u16 peer_next, u64 now_us,
		   struct sk_buff_head *xmitq)
{
	u16 missing = peer_next - l->rcv_nxt;

	/* More than a window ahead is no announcement that may be believed. */
	if (missing > TIPC_LINK_WIN_MAX || l->synching)
		missing = 0;
	if (!probe && (!missing || now_us - l->nacked_us <=
				   max_t(u32, l->rtt_us, RENACK_MIN_US)))
		return;
	if (missing)
		l->nacked_us = now_us;
	tipc_link_tell(l, TIPC_LINK_STATE_MSG, missing ? peer_next : l->rcv_nxt,
		       false, now_us, xmitq);
}

/* What the peer says of its neighbours, behind what it says of gaps. */
static void hear_record(struct tipc_link *l, const struct sk_buff *skb)
{
	/* One byte more, by which one that is too long is known. */
	u8 data[TIPC_DOMAIN_SIZE(TIPC_DOMAIN_MAX) + 1];
	unsigned int off = TIPC_HSIZE_INTERNAL, len;
	struct tipc_gap_record gaps;

	if (!l->ring)
		return;
	if (l->caps & TIPC_CAP_GAP_ACK) {
		if (tipc_gap_read(&gaps, skb, off))
			return;
		off += gaps.len;
	}
	len = min_t(unsigned int, skb->len - off, sizeof(data));
	if (skb_copy_bits(skb, off, data, len) ||
	    !tipc_ring_hear(l->ring, data, len))
		l->stats.bad++;
}

static unsigned int state_received(struct tipc_link *l, struct sk_buff *skb,
				   u64 now_us, struct sk_buff_head *xmitq)
{
	const struct tipc_msg *m = tipc_pkt_msg(skb);
	u16 ack = tipc_msg_link_ack(m), gap = tipc_msg_word(m, 1) >>
					      W1_GAP_SHIFT & GAP_MAX;
	bool probe = tipc_msg_word(m, 5) & W5_PROBE, nack;
	unsigned int ev;

	if (!state_is_news(l, m)) {
		l->stats.stale++;
		return 0;
	}
	ev = tipc_link_establish(l, now_us, xmitq);
	l->heard_us = now_us;
	l->stats.rx_states++;
	l->stats.rx_probes += probe;
	l->stats.rx_nacks += !!gap;
	ev |= properties(l, m);
	hear_record(l, skb);
	nack = tipc_bcast_hear_state(l->bc, m, l->rtt_us, now_us, xmitq);
	tipc_link_acked(l, ack, now_us);
	if (gap)
		tipc_link_gaps(l, skb, ack, gap, now_us);
	if (!probe)
		measure(l, now_us);
	tipc_link_retransmit(l, now_us, xmitq);
	tipc_link_advance(l, now_us, xmitq);
	ev |= tipc_link_room(l);
	answer(l, probe || nack, tipc_msg_word(m, 4), now_us, xmitq);
	return ev;
}

static unsigned int reset_received(struct tipc_link *l, struct sk_buff *skb,
				   u64 now_us, struct sk_buff_head *xmitq)
{
	/* One that ends the link has ended it: see tipc_link_ends(). */
	if (tipc_link_up(l)) {
		l->stats.stale++;
		return 0;
	}
	l->heard_us = now_us;
	/* Who stops says nothing of a beginning. */
	if (tipc_msg_word(tipc_pkt_msg(skb), 5) & W5_STOPPING) {
		l->state = TIPC_LINK_RESETTING;
		return 0;
	}
	learn_peer(l, skb);
	l->state = TIPC_LINK_ACTIVATING;
	tipc_link_tell(l, TIPC_LINK_ACTIVATE_MSG, 0, false, now_us, xmitq);
	return 0;
}

static unsigned int activate_received(struct tipc_link *l, struct sk_buff *skb,
				      u64 now_us, struct sk_buff_head *xmitq)
{
	const struct tipc_msg *m = tipc_pkt_msg(skb);
	u32 w1 = tipc_msg_word(m, 1);

	/* An answer to what we no longer are. */
	if (w1 & W1_SESSION_VALID && (u16)w1 != l->session) {
		l->stats.stale++;
		return 0;
	}
	if (tipc_link_up(l)) {
		/* It has not heard yet that we are up. */
		if (session_of(m) == l->peer_session)
			tipc_link_tell_state(l, false, now_us, xmitq);
		else
			l->stats.stale++;
		return 0;
	}
	l->heard_us = now_us;
	learn_peer(l, skb);
	return tipc_link_establish(l, now_us, xmitq);
}

/**
 * tipc_link_protocol() - a protocol message came
 * @l: the link
 * @skb: the message; freed
 * @now_us: the time
 * @xmitq: what has to be put on the wire is appended
 *
 * Context: Any.
 * Return: TIPC_LINK_EV_* bits.
 */
unsigned int tipc_link_protocol(struct tipc_link *l, struct sk_buff *skb,
				u64 now_us, struct sk_buff_head *xmitq)
{
	const struct tipc_msg *m = tipc_pkt_msg(skb);
	unsigned int ev = 0;

	if (tipc_msg_dest_node(m) != l->own) {
		tipc_link_bad(l, skb);
		return 0;
	}
	switch (tipc_msg_type(m)) {
	case TIPC_LINK_STATE_MSG:
		ev = state_received(l, skb, now_us, xmitq);
		break;
	case TIPC_LINK_RESET_MSG:
		ev = reset_received(l, skb, now_us, xmitq);
		break;
	case TIPC_LINK_ACTIVATE_MSG:
		ev = activate_received(l, skb, now_us, xmitq);
		break;
	default:
		l->stats.bad++;
	}
	kfree_skb(skb);
	return ev;
}

/**
 * tipc_link_ends() - does a message say that the peer begins anew?
 * @l: the link
 * @m: any message that came over it
 *
 * Context: Any.
 * Return: whether a link that is up ends by it.
 */
bool tipc_link_ends(const struct tipc_link *l, const struct tipc_msg *m)
{
	return tipc_link_up(l) &&
	       tipc_msg_user(m) == TIPC_USER_LINK_PROTOCOL &&
	       tipc_msg_type(m) == TIPC_LINK_RESET_MSG &&
	       tipc_msg_dest_node(m) == l->own &&
	       tipc_seq_before(l->peer_session, session_of(m));
}

/**
 * tipc_link_says_alone() - does the peer say that no other link to us is up?
 * @m: any message
 *
 * Context: Any.
 * Return: whether it does; only who has no link up can say so.
 */
bool tipc_link_says_alone(const struct tipc_msg *m)
{
	return tipc_msg_user(m) == TIPC_USER_LINK_PROTOCOL &&
	       tipc_msg_type(m) != TIPC_LINK_STATE_MSG &&
	       !(tipc_msg_word(m, 5) & W5_REDUNDANT);
}
