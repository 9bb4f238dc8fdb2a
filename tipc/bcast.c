// SPDX-License-Identifier: GPL-2.0-only
/*
 * Broadcasts: packets from one node to all others, in order, each once.
 *
 * A node numbers its broadcasts and keeps each until every peer has it. A peer
 * that comes up is told the number of the last one by the first packet of its
 * link (SYNC), and takes part from then on. Acknowledgements ride on whatever
 * the peer sends over its link: every packet says which broadcast came last in
 * order, and STATE messages name a gap as well. What a peer misses is sent again
 * to that peer alone.
 *
 * A peer learns of a lost last broadcast from the next STATE message, which says
 * what the last one was; while somebody has not acknowledged, links ask as they
 * do for a lost tail of their own.
 *
 * Pure: see pkt.h. Locking: what is sent has a lock of its own, which may be
 * taken under the lock of a node; what is received is under the node's.
 */
#include "bcast.h"
#include "link.h"

#define ACK_EVERY	16
#define SYNC_MSG	0
#define AGAIN_MIN_US	1000u
#define NACK_MIN_US	4000u
#define GAP_MAX		0x3ff

/* Fields of the header of STATE and SYNC messages. */
#define W4_LAST_SHIFT	16
#define W5_NO_ACK	(1u << 14)

/** struct cb - what is known of a packet that was sent, in skb->cb */
struct cb {
	/** @missing: peers that have not acknowledged it */
	u32 missing;
};

static struct cb *cb_of(struct sk_buff *skb)
{
	return (struct cb *)skb->cb;
}

static bool before(u16 a, u16 b)
{
	return (s16)(u16)(a - b) < 0;
}

static u16 seq_of(const struct sk_buff *skb)
{
	return tipc_msg_link_seq(tipc_pkt_msg(skb));
}

/* ---- sending --------------------------------------------------------------- */

/**
 * tipc_bcast_init() - nothing was broadcast yet
 * @b: where
 *
 * Context: Any.
 */
void tipc_bcast_init(struct tipc_bcast *b)
{
	memset(b, 0, sizeof(*b));
	spin_lock_init(&b->lock);
	b->snd_nxt = 1;
	__skb_queue_head_init(&b->sent);
	__skb_queue_head_init(&b->backlog);
	__skb_queue_head_init(&b->xmitq);
}

static void purge(struct tipc_bcast *b)
{
	__skb_queue_purge(&b->sent);
	__skb_queue_purge(&b->backlog);
	__skb_queue_purge(&b->xmitq);
}

/**
 * tipc_bcast_exit() - free what is kept
 * @b: nobody uses it any more
 *
 * Context: Any.
 */
void tipc_bcast_exit(struct tipc_bcast *b)
{
	purge(b);
}

/* Gives numbers to what waits, as far as the window goes. */
static void advance(struct tipc_bcast *b)
{
	struct sk_buff *skb, *copy;
	struct tipc_msg *m;

	while (skb_queue_len(&b->sent) < TIPC_BCAST_WINDOW &&
	       (skb = __skb_dequeue(&b->backlog))) {
		m = tipc_pkt_msg(skb);
		tipc_msg_set_flag(m, TIPC_MSG_F_NON_SEQ, true);
		tipc_msg_set_bcast_ack(m, 0);
		tipc_msg_set_link_ack(m, 0);
		tipc_msg_set_link_seq(m, b->snd_nxt++);
		tipc_msg_set_prev_node(m, b->own);
		tipc_msg_set_word(m, 5, b->net_id);
		cb_of(skb)->missing = b->npeers;
		copy = tipc_pkt_clone(skb);
		if (copy)	/* else as if it were lost */
			__skb_queue_tail(&b->xmitq, copy);
		__skb_queue_tail(&b->sent, skb);
		b->stats.tx_pkts++;
	}
	b->stats.max_queue = max_t(u32, b->stats.max_queue,
				   skb_queue_len(&b->sent) +
				   skb_queue_len(&b->backlog));
}

static struct sk_buff *fragment(struct tipc_bcast *b, struct sk_buff *skb,
				unsigned int off, unsigned int len)
{
	struct sk_buff *part = tipc_pkt_alloc(TIPC_HSIZE_INTERNAL + len);
	unsigned int type = !off ? TIPC_FRAGMENT_FIRST :
			    off + len < skb->len ? TIPC_FRAGMENT_NEXT :
						   TIPC_FRAGMENT_LAST;
	struct tipc_msg *m;

	if (!part)
		return NULL;
	if (skb_copy_bits(skb, off, part->data + TIPC_HSIZE_INTERNAL, len)) {
		kfree_skb(part);
		return NULL;
	}
	m = tipc_pkt_msg(part);
	memset(m, 0, TIPC_HSIZE_INTERNAL);
	tipc_msg_init(m, TIPC_USER_FRAGMENT, type, TIPC_HSIZE_INTERNAL,
		      b->own);
	tipc_msg_set_size(m, TIPC_HSIZE_INTERNAL + len);
	return part;
}

/* Cuts a message into packets of at most @mtu. */
static int cut(struct tipc_bcast *b, struct sk_buff *skb, unsigned int mtu,
	       struct sk_buff_head *parts)
{
	unsigned int room = mtu - TIPC_HSIZE_INTERNAL, off, len, n = 0;
	struct sk_buff *part;

	if (skb->len <= mtu) {
		__skb_queue_tail(parts, skb);
		return 0;
	}
	for (off = 0; off < skb->len; off += len) {
		len = min_t(unsigned int, room, skb->len - off);
		part = fragment(b, skb, off, len);
		if (!part) {
			__skb_queue_purge(parts);
			kfree_skb(skb);
			return -ENOMEM;
		}
		tipc_msg_set_fragment_number(tipc_pkt_msg(part), ++n);
		__skb_queue_tail(parts, part);
	}
	b->stats.tx_fragmented++;
	b->stats.tx_fragments += n;
	kfree_skb(skb);
	return 0;
}

/**
 * tipc_bcast_send() - send a message to all peers
 * @b: what this node broadcasts
 * @skb: complete message; taken over
 * @mtu: greatest packet that all can take
 *
 * What has to be put on the wire is appended to b->xmitq.
 *
 * Context: Any but hard interrupts. Takes and releases b->lock.
 * Return: 0; 1 if it was taken but senders should wait; or -ENOMEM, and the
 * message is freed. With no peers it is freed, and the result is 0.
 */
int tipc_bcast_send(struct tipc_bcast *b, struct sk_buff *skb,
		    unsigned int mtu)
{
	struct sk_buff_head parts;
	struct sk_buff *part;
	int err;

	__skb_queue_head_init(&parts);
	spin_lock_bh(&b->lock);
	err = cut(b, skb, mtu, &parts);
	if (err || !b->npeers) {
		__skb_queue_purge(&parts);
		goto out;
	}
	while ((part = __skb_dequeue(&parts)))
		__skb_queue_tail(&b->backlog, part);
	advance(b);
	if (skb_queue_len(&b->backlog) >= TIPC_BCAST_BACKLOG) {
		b->stats.congestions += !b->congested;
		b->congested = true;
		err = 1;
	}
out:
	spin_unlock_bh(&b->lock);
	return err;
}

/* The peer has everything up to @ack. The lock is held. */
static void acked(struct tipc_bcast_peer *p, u16 ack)
{
	struct tipc_bcast *b = p->out;
	struct sk_buff *skb;

	/* Nobody can have what was not sent. */
	if (!p->member || !before(p->acked, ack) || !before(ack, b->snd_nxt))
		return;
	skb_queue_walk(&b->sent, skb) {
		if (before(ack, seq_of(skb)))
			break;
		if (before(p->acked, seq_of(skb)))
			cb_of(skb)->missing--;
	}
	p->acked = ack;
	p->retried_us = 0;
	while ((skb = skb_peek(&b->sent)) && !cb_of(skb)->missing) {
		__skb_unlink(skb, &b->sent);
		kfree_skb(skb);
	}
	advance(b);
	if (b->congested &&
	    skb_queue_len(&b->backlog) <= TIPC_BCAST_BACKLOG / 2)
		b->congested = false;
}

/* Sends again what one peer misses: @gap packets after @ack. */
static void again(struct tipc_bcast_peer *p, u16 ack, u16 gap, u64 now_us,
		  struct sk_buff_head *xmitq)
{
	struct tipc_bcast *b = p->out;
	struct sk_buff *skb, *copy;

	/* What was just sent again may still be on its way. */
	if (p->retried_us &&
	    now_us - p->retried_us < max_t(u32, p->rtt_us, AGAIN_MIN_US))
		return;
	b->stats.rx_nacks++;
	skb_queue_walk(&b->sent, skb) {
		if (before((u16)(ack + gap), seq_of(skb)))
			break;
		if (!before(ack, seq_of(skb)))
			continue;
		copy = tipc_pkt_clone(skb);
		if (!copy)
			break;
		__skb_queue_tail(xmitq, copy);
		p->retried_us = now_us;
		b->stats.retransmitted++;
	}
}

/* ---- who takes part -------------------------------------------------------- */

/**
 * tipc_bcast_peer_init() - a node that is not linked to
 * @p: where
 * @out: what this node broadcasts
 *
 * Context: Any.
 */
void tipc_bcast_peer_init(struct tipc_bcast_peer *p, struct tipc_bcast *out)
{
	memset(p, 0, sizeof(*p));
	p->out = out;
	__skb_queue_head_init(&p->deferred);
}

/**
 * tipc_bcast_peer_reset() - forget what came from a peer
 * @p: the peer, which is not linked to any more
 *
 * Context: Any.
 */
void tipc_bcast_peer_reset(struct tipc_bcast_peer *p)
{
	__skb_queue_purge(&p->deferred);
	kfree_skb(p->whole);
	p->whole = NULL;
	p->synced = false;
	p->heard = false;
	p->unacked = 0;
	p->nacked_us = 0;
}

/**
 * tipc_bcast_join() - a peer gets what is broadcast from now on
 * @p: the peer
 * @peer: its address
 *
 * Context: Any but hard interrupts. Takes and releases the lock.
 * Return: the message that the peer has to be sent over its link, in front of
 * all else; NULL if there is no memory, and then it does not take part.
 */
struct sk_buff *tipc_bcast_join(struct tipc_bcast_peer *p, u32 peer)
{
	struct sk_buff *skb = tipc_pkt_alloc(TIPC_HSIZE_INTERNAL);
	struct tipc_bcast *b = p->out;
	struct tipc_msg *m;

	if (!skb)
		return NULL;
	m = tipc_pkt_msg(skb);
	memset(m, 0, TIPC_HSIZE_INTERNAL);
	tipc_msg_init(m, TIPC_USER_BCAST_PROTOCOL, SYNC_MSG,
		      TIPC_HSIZE_INTERNAL, b->own);
	tipc_msg_set_size(m, TIPC_HSIZE_INTERNAL);
	tipc_msg_set_word(m, 5, W5_NO_ACK);
	tipc_msg_set_word(m, 6, b->own);
	tipc_msg_set_word(m, 7, peer);
	spin_lock_bh(&b->lock);
	if (!p->member)
		b->npeers++;
	p->member = true;
	p->acked = b->snd_nxt - 1;
	p->retried_us = 0;
	tipc_msg_set_word(m, 4, (u32)p->acked << W4_LAST_SHIFT);
	spin_unlock_bh(&b->lock);
	return skb;
}

/**
 * tipc_bcast_leave() - nobody waits for a peer any more
 * @p: the peer
 *
 * Context: Any but hard interrupts. Takes and releases the lock.
 */
void tipc_bcast_leave(struct tipc_bcast_peer *p)
{
	struct tipc_bcast *b = p->out;

	spin_lock_bh(&b->lock);
	if (p->member) {
		b->npeers--;
		acked(p, b->snd_nxt - 1);
		p->member = false;
		if (!b->npeers) {
			purge(b);
			b->congested = false;
		}
	}
	spin_unlock_bh(&b->lock);
}

/* ---- for links ------------------------------------------------------------- */

/**
 * tipc_bcast_sync() - a peer says which broadcast was its last
 * @p: the peer
 * @m: its SYNC message, the first over its link
 *
 * Context: Any, under the lock of the node.
 */
void tipc_bcast_sync(struct tipc_bcast_peer *p, const struct tipc_msg *m)
{
	if (!p || p->synced || tipc_msg_type(m) != SYNC_MSG ||
	    tipc_msg_hsize(m) < TIPC_HSIZE_INTERNAL)
		return;
	p->synced = true;
	p->told = tipc_msg_word(m, 4) >> W4_LAST_SHIFT;
	p->rcv_nxt = p->told + 1;
}

/**
 * tipc_bcast_rcv_ack() - the acknowledgement that packets to a peer carry
 * @p: the peer
 *
 * Context: Any, under the lock of the node.
 * Return: number of the last broadcast that came in order.
 */
u16 tipc_bcast_rcv_ack(struct tipc_bcast_peer *p)
{
	return p && p->synced ? p->rcv_nxt - 1 : 0;
}

/* What is missing before the first that waits, or that was announced. */
static u16 gap_of(const struct tipc_bcast_peer *p)
{
	const struct sk_buff *first = skb_peek(&p->deferred);
	u16 gap = 0;

	if (first)
		gap = seq_of(first) - p->rcv_nxt;
	else if (!before(p->told, p->rcv_nxt))
		gap = p->told + 1 - p->rcv_nxt;
	return min_t(u16, gap, GAP_MAX);
}

/**
 * tipc_bcast_tell_state() - write what a STATE message says of broadcasts
 * @p: the peer
 * @m: the message; the words in question have no such fields yet
 *
 * Context: Any, under the lock of the node.
 */
void tipc_bcast_tell_state(struct tipc_bcast_peer *p, struct tipc_msg *m)
{
	u32 w4 = tipc_msg_word(m, 4) & 0xffff, w5 = tipc_msg_word(m, 5);
	u16 gap;

	if (!p || !p->synced) {
		tipc_msg_set_word(m, 5, w5 | W5_NO_ACK);
		return;
	}
	tipc_msg_set_word(m, 5, w5 & ~W5_NO_ACK);
	tipc_msg_set_bcast_ack(m, p->rcv_nxt - 1);
	gap = gap_of(p);
	tipc_msg_set_word(m, 8, gap);
	p->stats.tx_nacks += !!gap;
	tipc_msg_set_word(m, 4, w4 | (u32)(u16)(READ_ONCE(p->out->snd_nxt) - 1)
			  << W4_LAST_SHIFT);
	p->unacked = 0;
}

/**
 * tipc_bcast_hear_state() - read what a STATE message says of broadcasts
 * @p: the peer
 * @m: the message, its header complete
 * @rtt_us: round trip
 * @now_us: the time
 * @xmitq: what has to be sent to this peer is appended
 *
 * Context: Any but hard interrupts, under the lock of the node.
 * Return: whether a gap should be reported at once.
 */
bool tipc_bcast_hear_state(struct tipc_bcast_peer *p, const struct tipc_msg *m,
			   u32 rtt_us, u64 now_us,
			   struct sk_buff_head *xmitq)
{
	u16 last = tipc_msg_word(m, 4) >> W4_LAST_SHIFT;
	u16 ack = tipc_msg_bcast_ack(m), gap = tipc_msg_word(m, 8) & GAP_MAX;

	if (!p || tipc_msg_word(m, 5) & W5_NO_ACK)
		return false;
	p->rtt_us = rtt_us;
	p->heard = true;
	spin_lock_bh(&p->out->lock);
	acked(p, ack);
	if (gap && p->member && p->acked == ack)
		again(p, ack, gap, now_us, xmitq);
	spin_unlock_bh(&p->out->lock);
	/* More than a window ahead is no announcement that may be believed. */
	if (!p->synced || (u16)(last + 1 - p->rcv_nxt) > TIPC_LINK_WIN_MAX)
		return false;
	p->told = last;
	if (!gap_of(p) ||
	    now_us - p->nacked_us < max_t(u32, rtt_us, NACK_MIN_US))
		return false;
	p->nacked_us = now_us;
	return true;
}

/**
 * tipc_bcast_acked() - a packet of a peer acknowledges broadcasts
 * @p: the peer
 * @m: the packet; STATE messages are for tipc_bcast_hear_state()
 *
 * What comes before the peer knows where our broadcasts begin says nothing.
 *
 * Context: Any but hard interrupts, under the lock of the node.
 */
void tipc_bcast_acked(struct tipc_bcast_peer *p, const struct tipc_msg *m)
{
	u16 ack = tipc_msg_bcast_ack(m);

	/* Usually it is no news. */
	if (!p || !p->heard || READ_ONCE(p->acked) == ack)
		return;
	spin_lock_bh(&p->out->lock);
	acked(p, ack);
	spin_unlock_bh(&p->out->lock);
}

/**
 * tipc_bcast_pending() - is there something that a peer has not acknowledged?
 * @p: the peer
 *
 * Context: Any.
 * Return: whether there is.
 */
bool tipc_bcast_pending(const struct tipc_bcast_peer *p)
{
	return p && READ_ONCE(p->member) &&
	       READ_ONCE(p->acked) != (u16)(READ_ONCE(p->out->snd_nxt) - 1);
}

/**
 * tipc_bcast_ask() - should a peer be asked to acknowledge?
 * @p: the peer
 * @wait_us: how long to wait for it
 * @now_us: the time
 *
 * Context: Any, under the lock of the node.
 * Return: whether it is to be sent a probe now.
 */
bool tipc_bcast_ask(struct tipc_bcast_peer *p, u32 wait_us, u64 now_us)
{
	if (!tipc_bcast_pending(p) || now_us - p->asked_us < wait_us)
		return false;
	p->asked_us = now_us;
	return true;
}

/* Keeps a packet that came before its turn, in its place, once. */
static void defer(struct tipc_bcast_peer *p, struct sk_buff *skb)
{
	struct sk_buff *other;

	skb_queue_walk(&p->deferred, other) {
		if (seq_of(other) == seq_of(skb)) {
			p->stats.rx_duplicates++;
			kfree_skb(skb);
			return;
		}
		if (before(seq_of(skb), seq_of(other)))
			break;
	}
	p->stats.rx_deferred++;
	__skb_queue_before(&p->deferred, other, skb);
}

static void in_order(struct tipc_link *l, struct sk_buff *skb, u64 now_us,
		     struct sk_buff_head *inq)
{
	l->bc->rcv_nxt++;
	l->bc->unacked++;
	l->bc->stats.rx_pkts++;
	tipc_link_open(l, &l->bc->whole, skb, now_us, inq);
}

/* Over the link on which it came, unless only another is up. */
static void tell_state(struct tipc_link *l, u64 now_us,
		       struct sk_buff_head *xmitq)
{
	if (tipc_link_up(l))
		tipc_link_tell_state(l, false, now_us, xmitq);
}

static void before_its_turn(struct tipc_link *l, struct sk_buff *skb, u64 now_us,
			    struct sk_buff_head *xmitq)
{
	struct tipc_bcast_peer *p = l->bc;

	if ((u16)(seq_of(skb) - p->rcv_nxt) > TIPC_LINK_WIN_MAX ||
	    skb_queue_len(&p->deferred) >= TIPC_LINK_WIN_MAX) {
		l->stats.bad++;
		kfree_skb(skb);
		return;
	}
	defer(p, skb);
	if (now_us - p->nacked_us < max_t(u32, 2 * p->rtt_us, NACK_MIN_US))
		return;
	p->nacked_us = now_us;
	tell_state(l, now_us, xmitq);
}

/**
 * tipc_bcast_receive() - a broadcast came from the peer of a link
 * @l: the link
 * @skb: packet that passed tipc_msg_check(); taken over
 * @now_us: the time
 * @xmitq: what has to be put on the wire is appended
 * @inq: messages that are complete and in their turn are appended
 *
 * Context: Any, under the lock of the node.
 */
void tipc_bcast_receive(struct tipc_link *l, struct sk_buff *skb, u64 now_us,
			struct sk_buff_head *xmitq, struct sk_buff_head *inq)
{
	struct tipc_bcast_peer *p = l->bc;
	unsigned int user = tipc_msg_user(tipc_pkt_msg(skb));
	u16 seq = seq_of(skb);

	if (!p || !p->synced || user == TIPC_USER_LINK_PROTOCOL ||
	    user == TIPC_USER_BCAST_PROTOCOL || user == TIPC_USER_TUNNEL ||
	    tipc_msg_word(tipc_pkt_msg(skb), 5) != p->out->net_id) {
		kfree_skb(skb);
		return;
	}
	if (before(p->rcv_nxt, seq)) {
		before_its_turn(l, skb, now_us, xmitq);
		return;
	}
	if (seq != p->rcv_nxt) {
		p->stats.rx_duplicates++;
		kfree_skb(skb);
	} else {
		in_order(l, skb, now_us, inq);
		while ((skb = skb_peek(&p->deferred)) &&
		       seq_of(skb) == p->rcv_nxt) {
			__skb_unlink(skb, &p->deferred);
			in_order(l, skb, now_us, inq);
		}
	}
	if (p->unacked >= ACK_EVERY)
		tell_state(l, now_us, xmitq);
}
