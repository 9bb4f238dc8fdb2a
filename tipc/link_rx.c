// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a link receives: packets in order, each once, opened to messages.
 *
 * A packet that comes before its turn is kept. What is missing is reported when
 * the third has come (before that it may only be late), then with every eighth,
 * and by tipc_link_tick() when nothing comes at all.
 *
 * Everything that comes from the peer is checked here before it is believed:
 * packets have passed tipc_msg_check(), no more.
 *
 * Pure: see pkt.h. Locking: the caller's.
 */
#include "link.h"
#include "trunk.h"

#define ACK_EVERY	16
#define DEFERRED_MAX	TIPC_LINK_WIN_MAX
#define REPORT_FIRST	3
#define REPORT_EVERY	8
#define NAP_MIN_US	1000u
#define NAP_MAX_SHIFT	6

/**
 * tipc_link_bad() - drop what could not be understood
 * @l: the link
 * @skb: packet; freed
 *
 * Context: Any.
 */
void tipc_link_bad(struct tipc_link *l, struct sk_buff *skb)
{
	l->stats.bad++;
	kfree_skb(skb);
}

/* A message is complete. */
static void deliver(struct tipc_link *l, struct sk_buff *skb,
		    struct sk_buff_head *inq)
{
	unsigned int user = tipc_msg_user(tipc_pkt_msg(skb));

	/* What only a link may contain does not come out of one. */
	if (user == TIPC_USER_LINK_PROTOCOL || user == TIPC_USER_FRAGMENT ||
	    user == TIPC_USER_BUNDLE || user == TIPC_USER_DISCOVERY ||
	    user == TIPC_USER_TUNNEL) {
		tipc_link_bad(l, skb);
		return;
	}
	__skb_queue_tail(inq, skb);
}

/* ---- opening packets ------------------------------------------------------- */

/**
 * tipc_link_drop_whole() - give up a message that is not complete
 * @whole: what fragments were put together to, or NULL; becomes NULL
 *
 * Context: Any.
 */
void tipc_link_drop_whole(struct sk_buff **whole)
{
	kfree_skb(*whole);
	*whole = NULL;
}

/* Length of the message that fragments are put together to. */
static unsigned int whole_size(const struct sk_buff *whole)
{
	return tipc_msg_size(tipc_pkt_msg(whole));
}

static void fragment_received(struct tipc_link *l, struct sk_buff **whole,
			      struct sk_buff *skb, struct sk_buff_head *inq)
{
	unsigned int type = tipc_msg_type(tipc_pkt_msg(skb));

	l->stats.rx_fragments++;
	skb = tipc_pkt_strip(skb, tipc_msg_hsize(tipc_pkt_msg(skb)));
	if (!skb)
		goto err;
	if (type == TIPC_FRAGMENT_FIRST) {
		tipc_link_drop_whole(whole);
		*whole = skb;
		/* The header that counts is in the first. */
		if (skb->len < TIPC_HSIZE_CONN ||
		    whole_size(*whole) > TIPC_MSG_DATA_MAX ||
		    whole_size(*whole) <= skb->len)
			goto err_whole;
		return;
	}
	if (!*whole || skb->len > whole_size(*whole) - (*whole)->len) {
		kfree_skb(skb);
		goto err_whole;
	}
	if (tipc_pkt_append(*whole, skb))
		goto err_whole;
	if (type != TIPC_FRAGMENT_LAST)
		return;
	skb = *whole;
	if (skb->len != whole_size(*whole) ||
	    tipc_msg_check(skb->data, tipc_pkt_linear(skb), skb->len) < 0)
		goto err_whole;
	*whole = NULL;
	l->stats.rx_fragmented++;
	deliver(l, skb, inq);
	return;

err_whole:
	tipc_link_drop_whole(whole);
err:
	l->stats.bad++;
}

static void bundle_received(struct tipc_link *l, struct sk_buff *skb,
			    struct sk_buff_head *inq)
{
	unsigned int off = tipc_msg_hsize(tipc_pkt_msg(skb)), len;
	struct sk_buff *part;
	struct tipc_msg m;

	l->stats.rx_bundles++;
	while (off + TIPC_HSIZE_CONN <= skb->len) {
		if (skb_copy_bits(skb, off, &m, sizeof(m.w[0])))
			break;
		len = tipc_msg_size(&m);
		if (len < TIPC_HSIZE_CONN || len > skb->len - off)
			break;
		part = tipc_pkt_alloc(len);
		if (!part || skb_copy_bits(skb, off, part->data, len) ||
		    tipc_msg_check(part->data, len, len) < 0) {
			kfree_skb(part);
			break;
		}
		l->stats.rx_bundled++;
		deliver(l, part, inq);
		off += (len + 3) & ~3u;
	}
	if (off < skb->len)
		l->stats.bad++;
	kfree_skb(skb);
}

/**
 * tipc_link_open() - a packet whose turn it is
 * @l: link over which it came
 * @whole: the message that its fragments are put together to
 * @skb: the packet; taken over
 * @now_us: the time
 * @inq: messages that are complete are appended
 *
 * Context: Any.
 */
void tipc_link_open(struct tipc_link *l, struct sk_buff **whole,
		    struct sk_buff *skb, u64 now_us,
		    struct sk_buff_head *inq)
{
	l->stats.rx_pkts++;
	switch (tipc_msg_user(tipc_pkt_msg(skb))) {
	case TIPC_USER_FRAGMENT:
		fragment_received(l, whole, skb, inq);
		break;
	case TIPC_USER_BUNDLE:
		bundle_received(l, skb, inq);
		break;
	case TIPC_USER_TUNNEL:
		if (l->trunk)
			tipc_trunk_tunnelled(l->trunk, l, skb, now_us, inq);
		else
			tipc_link_bad(l, skb);
		break;
	case TIPC_USER_BCAST_PROTOCOL:
		tipc_bcast_sync(l->bc, tipc_pkt_msg(skb));
		kfree_skb(skb);
		break;
	case TIPC_USER_CRYPTO:
		/* For what this link never offered. */
		kfree_skb(skb);
		break;
	default:
		deliver(l, skb, inq);
	}
}

/* ---- order ----------------------------------------------------------------- */

/**
 * tipc_link_defer() - keep a packet in its place, once
 * @q: packets that came before their turn, in order
 * @skb: one more; taken over
 *
 * Context: Any.
 * Return: whether it was kept; false if it is there already, or there are as
 * many as there can be.
 */
bool tipc_link_defer(struct sk_buff_head *q, struct sk_buff *skb)
{
	struct sk_buff *last = skb_peek_tail(q), *other;
	u16 seq = tipc_pkt_seq(skb);

	if (skb_queue_len(q) >= DEFERRED_MAX)
		goto drop;
	/* The usual case: behind all that wait. */
	if (!last || tipc_seq_before(tipc_pkt_seq(last), seq)) {
		__skb_queue_tail(q, skb);
		return true;
	}
	skb_queue_walk(q, other) {
		if (tipc_pkt_seq(other) == seq)
			goto drop;
		if (tipc_seq_before(seq, tipc_pkt_seq(other)))
			break;
	}
	__skb_queue_before(q, other, skb);
	return true;

drop:
	kfree_skb(skb);
	return false;
}

static void in_order(struct tipc_link *l, struct sk_buff *skb, u64 now_us,
		     struct sk_buff_head *inq)
{
	l->rcv_nxt++;
	l->unacked++;
	tipc_link_open(l, &l->whole, skb, now_us, inq);
}

/* A link that waits for another takes only what tells it so. */
static bool waits(const struct tipc_link *l, const struct sk_buff *skb)
{
	return l->synching &&
	       tipc_msg_user(tipc_pkt_msg(skb)) != TIPC_USER_TUNNEL;
}

static inline void ack_when_due(struct tipc_link *l, u64 now_us,
				struct sk_buff_head *xmitq)
{
	if (likely(l->unacked < ACK_EVERY))
		return;
	l->stats.tx_acks++;
	tipc_link_tell_state(l, false, now_us, xmitq);
}

/**
 * tipc_link_drain() - take what waited and has its turn now
 * @l: the link
 * @now_us: the time
 * @xmitq: what has to be put on the wire is appended
 * @inq: messages that are complete are appended
 *
 * Context: Any.
 */
void tipc_link_drain(struct tipc_link *l, u64 now_us,
		     struct sk_buff_head *xmitq, struct sk_buff_head *inq)
{
	struct sk_buff *skb;

	while ((skb = skb_peek(&l->deferred)) &&
	       tipc_pkt_seq(skb) == l->rcv_nxt && !waits(l, skb)) {
		__skb_unlink(skb, &l->deferred);
		in_order(l, skb, now_us, inq);
	}
	ack_when_due(l, now_us, xmitq);
}

static void report(struct tipc_link *l, u64 now_us,
		   struct sk_buff_head *xmitq)
{
	l->untold = 0;
	l->nacked_us = now_us;
	tipc_link_tell_state(l, false, now_us, xmitq);
}

static void before_its_turn(struct tipc_link *l, struct sk_buff *skb,
			    u64 now_us, struct sk_buff_head *xmitq)
{
	unsigned int n = skb_queue_len(&l->deferred);

	if (!n) {
		l->untold = 0;
		l->naps = 0;
		l->nacked_us = now_us;
	}
	if (!tipc_link_defer(&l->deferred, skb)) {
		l->stats.rx_duplicates++;
		return;
	}
	l->stats.rx_deferred++;
	l->untold++;
	if (l->synching)
		return;
	if (n + 1 == REPORT_FIRST || l->untold >= REPORT_EVERY)
		report(l, now_us, xmitq);
}

/* It was here before. Perhaps our acknowledgement was lost. */
static void once_more(struct tipc_link *l, struct sk_buff *skb, u64 now_us,
		      struct sk_buff_head *xmitq)
{
	l->stats.rx_duplicates++;
	kfree_skb(skb);
	l->unacked++;
	ack_when_due(l, now_us, xmitq);
}

/* And those that waited for it. */
static void in_its_turn(struct tipc_link *l, struct sk_buff *skb, u64 now_us,
			struct sk_buff_head *xmitq, struct sk_buff_head *inq)
{
	in_order(l, skb, now_us, inq);
	if (likely(skb_queue_empty(&l->deferred))) {
		ack_when_due(l, now_us, xmitq);
		return;
	}
	tipc_link_drain(l, now_us, xmitq, inq);
	/* Something came of it. The next gap is as new as this. */
	l->naps = 0;
	l->nacked_us = now_us;
	if (l->untold >= REPORT_FIRST && !skb_queue_empty(&l->deferred) &&
	    !l->synching)
		report(l, now_us, xmitq);
}

/**
 * tipc_link_sequenced() - a packet with a number came
 * @l: link that is up
 * @skb: the packet; taken over
 * @now_us: the time
 * @xmitq: what has to be put on the wire is appended
 * @inq: messages that are complete and in their turn are appended
 *
 * Context: Any.
 */
void tipc_link_sequenced(struct tipc_link *l, struct sk_buff *skb, u64 now_us,
			 struct sk_buff_head *xmitq, struct sk_buff_head *inq)
{
	u16 seq = tipc_pkt_seq(skb);

	if (tipc_seq_before(seq, l->rcv_nxt)) {
		once_more(l, skb, now_us, xmitq);
	} else if ((u16)(seq - l->rcv_nxt) > TIPC_LINK_WIN_MAX) {
		l->stats.outside++;
		kfree_skb(skb);
	} else if (seq != l->rcv_nxt || waits(l, skb)) {
		before_its_turn(l, skb, now_us, xmitq);
	} else {
		in_its_turn(l, skb, now_us, xmitq, inq);
	}
}

/**
 * tipc_link_nap_us() - how long to wait for what is missing
 * @l: link with packets that wait
 *
 * Context: Any.
 * Return: microseconds after the last report until the next.
 */
u32 tipc_link_nap_us(const struct tipc_link *l)
{
	return max_t(u32, NAP_MIN_US, 2 * l->rtt_us) <<
	       min_t(u8, l->naps, NAP_MAX_SHIFT);
}
