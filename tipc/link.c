// SPDX-License-Identifier: GPL-2.0-only
/*
 * A link: packets between two nodes, in order, each once.
 *
 * What is sent gets a number and is kept until it is acknowledged; every packet
 * and every STATE message acknowledges what has come in order. A packet that
 * comes before its turn is kept, and the gap is reported at once. Who has sent
 * and hears nothing asks after about two round trips, so that a lost tail costs
 * little; who hears nothing for the tolerance gives the peer up.
 *
 * A link begins by RESET: "I begin anew, this is my session". Who receives one
 * answers ACTIVATE: "I know yours, this is mine", and who receives that is up;
 * the other is with the next packet. A session that is over is never taken up
 * again: a RESET counts on a link that is up only if its session is newer.
 *
 * Everything that comes from the peer is checked here before it is believed:
 * messages have passed tipc_msg_check(), no more.
 *
 * Packets are numbered modulo 65536, and fewer than half of that are ever under
 * way, so comparing is a subtraction. Times are microseconds that the caller
 * says: nothing here reads a clock or sleeps, and tests run hours in seconds.
 *
 * Pure: see pkt.h. Locking: the caller's.
 */
#include "link.h"

#define ACK_EVERY		16
#define TELL_PEER_US		50000u	/* between RESET or ACTIVATE messages */
#define TAIL_PROBE_MIN_US	4000u
#define TAIL_PROBE_MAX_US	200000u
#define DEFERRED_MAX		TIPC_LINK_WIN_MAX
#define GAP_MAX			0x1fff
#define NO_PEER_SEQ		0x7fff	/* RESET: any number but the next */

/* Fields of the header of link protocol messages. */
#define W1_GAP_SHIFT		16
#define W1_SESSION_VALID	(1u << 16)
#define W5_PROBE		0x1u
#define W5_PRIO_SHIFT		4
#define W5_BEARER_SHIFT		9
#define W5_NO_BCAST_ACK		(1u << 14)
#define W5_SESSION_SHIFT	16
#define W9_MTU_SHIFT		16

/* Is @a before @b? */
static bool before(u16 a, u16 b)
{
	return (s16)(u16)(a - b) < 0;
}

static u16 pkt_seq(const struct sk_buff *skb)
{
	return tipc_msg_link_seq(tipc_pkt_msg(skb));
}

static u64 tolerance_us(const struct tipc_link *l)
{
	return (u64)l->tolerance_ms * 1000;
}

/* ---- beginning and end ----------------------------------------------------- */

/* Forgets everything of the session. */
static void forget(struct tipc_link *l)
{
	__skb_queue_purge(&l->sent);
	__skb_queue_purge(&l->backlog);
	__skb_queue_purge(&l->deferred);
	kfree_skb(l->whole);
	l->whole = NULL;
	kfree_skb(l->bc_whole);
	l->bc_whole = NULL;
	l->bc_synced = false;
	l->bc_unacked = 0;
	l->congested = false;
	l->snd_nxt = 1;
	l->rcv_nxt = 1;
	l->unacked = 0;
	l->probed_us = 0;
	l->nacked_us = 0;
	l->retried_us = 0;
	l->told_us = 0;
	l->srtt_us = 0;
	l->tail_probes = 0;
	l->mtu = l->own_mtu;
	l->knows_peer = false;
	l->attempts = 0;
	l->state = TIPC_LINK_RESETTING;
}

/**
 * tipc_link_init() - make a link that is not up
 * @l: where
 * @own: address of this node
 * @peer: address of the other
 * @session: a random number
 * @if_name: name of the interface, for the peer
 * @bearer_id: which bearer
 * @mtu: greatest packet
 *
 * Context: Any.
 */
void tipc_link_init(struct tipc_link *l, u32 own, u32 peer, u16 session,
		    const char *if_name, u8 bearer_id, u16 mtu)
{
	memset(l, 0, sizeof(*l));
	l->own = own;
	l->peer = peer;
	l->session = session;
	strncpy(l->if_name, if_name, sizeof(l->if_name) - 1);
	l->bearer_id = bearer_id;
	l->own_mtu = mtu;
	l->tolerance_ms = TIPC_TOL_DEFAULT_MS;
	l->priority = TIPC_LINK_PRIO_DEFAULT;
	l->window = TIPC_LINK_WIN_DEFAULT;
	__skb_queue_head_init(&l->sent);
	__skb_queue_head_init(&l->backlog);
	__skb_queue_head_init(&l->deferred);
	forget(l);
}

/**
 * tipc_link_exit() - end a link
 * @l: the link
 *
 * Context: Any.
 */
void tipc_link_exit(struct tipc_link *l)
{
	forget(l);
}

/**
 * tipc_link_reset() - begin anew, with a new session
 * @l: the link; what was to be sent or put together is freed
 *
 * Context: Any.
 */
void tipc_link_reset(struct tipc_link *l)
{
	forget(l);
	l->session++;
}

/* ---- protocol messages ----------------------------------------------------- */

/* What is missing before the first packet that waits, or that was announced. */
static u16 gap_of(const struct tipc_link *l, u16 peer_next)
{
	const struct sk_buff *first = skb_peek(&l->deferred);
	u16 gap = 0;

	if (first)
		gap = pkt_seq(first) - l->rcv_nxt;
	else if (before(l->rcv_nxt, peer_next))
		gap = peer_next - l->rcv_nxt;
	return min_t(u16, gap, GAP_MAX);
}

static void tell(struct tipc_link *l, unsigned int type, u16 gap, bool probe,
		 u64 now_us, struct sk_buff_head *xmitq)
{
	bool named = type != TIPC_LINK_STATE_MSG;
	unsigned int len = TIPC_HSIZE_INTERNAL +
			   (named ? TIPC_MAX_IF_NAME : 0);
	struct sk_buff *skb = tipc_pkt_alloc(len);
	struct tipc_msg *m;
	u32 w1 = type << 29, w5;

	if (!skb)
		return;
	m = tipc_pkt_msg(skb);
	memset(skb->data, 0, len);
	tipc_msg_init(m, TIPC_USER_LINK_PROTOCOL, type, TIPC_HSIZE_INTERNAL,
		      l->own);
	tipc_msg_set_size(m, len);
	w5 = (u32)l->session << W5_SESSION_SHIFT | W5_NO_BCAST_ACK |
	     (u32)l->bearer_id << W5_BEARER_SHIFT |
	     (u32)l->priority << W5_PRIO_SHIFT;
	if (named) {
		if (type == TIPC_LINK_ACTIVATE_MSG)
			w1 |= W1_SESSION_VALID | l->peer_session;
		tipc_msg_set_word(m, 2, (u16)(l->snd_nxt + NO_PEER_SEQ));
		tipc_msg_set_word(m, 9,
				  (u32)(l->own_mtu / 4) << W9_MTU_SHIFT |
				  l->tolerance_ms);
		memcpy(skb->data + TIPC_HSIZE_INTERNAL, l->if_name,
		       TIPC_MAX_IF_NAME);
	} else {
		w1 |= (u32)gap << W1_GAP_SHIFT;
		if (l->bc_synced) {
			w1 |= (u16)(l->bc_nxt - 1);
			w5 &= ~W5_NO_BCAST_ACK;
			l->bc_unacked = 0;
		}
		w5 |= probe ? W5_PROBE : 0;
		tipc_msg_set_word(m, 2, (u32)(u16)(l->rcv_nxt - 1) << 16);
		if (l->tell_tolerance) {
			tipc_msg_set_word(m, 9, l->tolerance_ms);
			l->tell_tolerance--;
		}
		l->unacked = 0;
		l->stats.tx_states++;
		l->stats.tx_probes += probe;
		l->stats.tx_nacks += !!gap;
		if (probe && !l->probed_us)
			l->probed_us = now_us;
	}
	tipc_msg_set_word(m, 1, w1);
	tipc_msg_set_word(m, 4, l->snd_nxt);
	tipc_msg_set_word(m, 5, w5);
	tipc_msg_set_word(m, 6, l->own);
	tipc_msg_set_word(m, 7, l->peer);
	l->told_us = now_us;
	__skb_queue_tail(xmitq, skb);
}

static void tell_state(struct tipc_link *l, bool probe, u64 now_us,
		       struct sk_buff_head *xmitq)
{
	tell(l, TIPC_LINK_STATE_MSG, gap_of(l, l->rcv_nxt), probe, now_us,
	     xmitq);
}

/* ---- sending --------------------------------------------------------------- */

/* Puts the numbers of now into a packet and a copy of it on its way. */
static void put_on_wire(struct tipc_link *l, struct sk_buff *skb, bool again,
			struct sk_buff_head *xmitq)
{
	struct sk_buff *copy;

	/* Whoever still has the first copy must not see the header change. */
	copy = again ? tipc_pkt_copy(skb) : tipc_pkt_clone(skb);
	if (!copy)
		return;		/* as if it were lost */
	if (again)
		tipc_msg_set_link_ack(tipc_pkt_msg(copy),
				      (u16)(l->rcv_nxt - 1));
	__skb_queue_tail(xmitq, copy);
	l->unacked = 0;
}

/* Gives numbers to what waits, as far as the window goes. */
static void advance(struct tipc_link *l, u64 now_us,
		    struct sk_buff_head *xmitq)
{
	struct sk_buff *skb;
	struct tipc_msg *m;

	while (skb_queue_len(&l->sent) < l->window &&
	       (skb = __skb_dequeue(&l->backlog))) {
		m = tipc_pkt_msg(skb);
		tipc_msg_set_link_seq(m, l->snd_nxt++);
		tipc_msg_set_link_ack(m, (u16)(l->rcv_nxt - 1));
		tipc_msg_set_bcast_ack(m, l->bc_synced ? l->bc_nxt - 1 : 0);
		if (skb_queue_empty(&l->sent)) {
			l->acked_us = now_us;
			l->tail_probes = 0;
		}
		__skb_queue_tail(&l->sent, skb);
		put_on_wire(l, skb, false, xmitq);
		l->stats.tx_pkts++;
	}
	l->stats.max_queue = max_t(u32, l->stats.max_queue,
				   skb_queue_len(&l->sent) +
				   skb_queue_len(&l->backlog));
}

/* Cuts a message into fragments, each a packet. */
static int fragment(struct tipc_link *l, struct sk_buff *skb)
{
	unsigned int room = l->mtu - TIPC_HSIZE_INTERNAL, off = 0, n = 0;
	struct sk_buff_head parts;
	struct sk_buff *part;
	struct tipc_msg *m;
	unsigned int type, len;

	__skb_queue_head_init(&parts);
	while (off < skb->len) {
		len = min_t(unsigned int, room, skb->len - off);
		part = tipc_pkt_alloc(TIPC_HSIZE_INTERNAL + len);
		if (!part || skb_copy_bits(skb, off, part->data +
					   TIPC_HSIZE_INTERNAL, len)) {
			kfree_skb(part);
			__skb_queue_purge(&parts);
			return -ENOMEM;
		}
		type = !off ? TIPC_FRAGMENT_FIRST :
		       off + len < skb->len ? TIPC_FRAGMENT_NEXT :
					      TIPC_FRAGMENT_LAST;
		m = tipc_pkt_msg(part);
		memset(m, 0, TIPC_HSIZE_INTERNAL);
		tipc_msg_init(m, TIPC_USER_FRAGMENT, type,
			      TIPC_HSIZE_INTERNAL, l->own);
		tipc_msg_set_size(m, TIPC_HSIZE_INTERNAL + len);
		tipc_msg_set_fragment_number(m, ++n);
		tipc_msg_set_word(m, 6, l->own);
		tipc_msg_set_word(m, 7, l->peer);
		__skb_queue_tail(&parts, part);
		off += len;
	}
	l->stats.tx_fragmented++;
	l->stats.tx_fragments += n;
	while ((part = __skb_dequeue(&parts)))
		__skb_queue_tail(&l->backlog, part);
	kfree_skb(skb);
	return 0;
}

static void count_length(struct tipc_link *l, unsigned int len)
{
	static const u32 limits[] = { 64, 256, 1024, 4096, 16384, 32768 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(limits) && len > limits[i]; i++)
		;
	l->stats.len_profile[i]++;
	l->stats.len_count++;
	l->stats.len_total += len;
}

/**
 * tipc_link_send() - send a message
 * @l: the link
 * @skb: complete message; taken over
 * @now_us: the time
 * @xmitq: what has to be put on the wire is appended
 *
 * Context: Any.
 * Return: 0; 1 if it was taken but senders should wait for TIPC_LINK_EV_ROOM;
 * or a negative error, and the message is freed.
 *
 * * -EHOSTUNREACH - the link is not up
 * * -ENOMEM - no memory for fragments
 */
int tipc_link_send(struct tipc_link *l, struct sk_buff *skb, u64 now_us,
		   struct sk_buff_head *xmitq)
{
	int err = -EHOSTUNREACH;

	if (!tipc_link_up(l))
		goto err_free;
	count_length(l, skb->len);
	if (skb->len > l->mtu) {
		err = fragment(l, skb);
		if (err)
			goto err_free;
	} else {
		__skb_queue_tail(&l->backlog, skb);
	}
	advance(l, now_us, xmitq);
	if (skb_queue_len(&l->backlog) < TIPC_LINK_BACKLOG)
		return 0;
	l->stats.congestions += !l->congested;
	l->congested = true;
	return 1;

err_free:
	kfree_skb(skb);
	return err;
}

/* How long to wait for an acknowledgement before asking. */
static u32 tail_wait_us(const struct tipc_link *l)
{
	u32 wait = l->srtt_us ? 2 * l->srtt_us : TAIL_PROBE_MAX_US / 8;

	wait = min_t(u32, max_t(u32, wait, TAIL_PROBE_MIN_US),
		     TAIL_PROBE_MAX_US);
	return wait << min_t(u8, l->tail_probes, 5);
}

/* Sends again what the peer misses: @gap packets after @ack. */
static void retransmit(struct tipc_link *l, u16 ack, u16 gap, u64 now_us,
		       struct sk_buff_head *xmitq)
{
	u16 last = ack + gap;
	struct sk_buff *skb;

	/* What was just sent again may still be on its way. */
	if (l->retried_us &&
	    now_us - l->retried_us < max_t(u32, l->srtt_us, 1000))
		return;
	skb_queue_walk(&l->sent, skb) {
		if (before(last, pkt_seq(skb)))
			break;
		if (before(ack, pkt_seq(skb))) {
			put_on_wire(l, skb, true, xmitq);
			l->stats.retransmitted++;
			l->retried_us = now_us;
		}
	}
}

/* The peer has everything up to @ack. Returns whether that is news. */
static bool acknowledged(struct tipc_link *l, u16 ack, u64 now_us)
{
	struct sk_buff *skb;
	bool news = false;

	/* Nobody can have what was not sent. */
	if (!before(ack, l->snd_nxt))
		return false;
	while ((skb = skb_peek(&l->sent)) && !before(ack, pkt_seq(skb))) {
		__skb_unlink(skb, &l->sent);
		kfree_skb(skb);
		news = true;
	}
	if (news) {
		l->acked_us = now_us;
		l->tail_probes = 0;
		l->retried_us = 0;
	}
	return news;
}

static unsigned int room(struct tipc_link *l)
{
	if (!l->congested ||
	    skb_queue_len(&l->backlog) > TIPC_LINK_BACKLOG / 2)
		return 0;
	l->congested = false;
	return TIPC_LINK_EV_ROOM;
}

/* ---- receiving ------------------------------------------------------------- */

static void bad(struct tipc_link *l, struct sk_buff *skb)
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
	    user == TIPC_USER_BUNDLE || user == TIPC_USER_DISCOVERY) {
		bad(l, skb);
		return;
	}
	__skb_queue_tail(inq, skb);
}

static void drop_whole(struct sk_buff **whole)
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
		drop_whole(whole);
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
	drop_whole(whole);
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

/* A packet whose turn it is. */
static void open_packet(struct tipc_link *l, struct sk_buff **whole,
			struct sk_buff *skb, struct sk_buff_head *inq)
{
	l->stats.rx_pkts++;
	switch (tipc_msg_user(tipc_pkt_msg(skb))) {
	case TIPC_USER_FRAGMENT:
		fragment_received(l, whole, skb, inq);
		break;
	case TIPC_USER_BUNDLE:
		bundle_received(l, skb, inq);
		break;
	case TIPC_USER_BCAST_PROTOCOL:
	case TIPC_USER_TUNNEL:
	case TIPC_USER_CRYPTO:
		/* For what this link never offered. */
		kfree_skb(skb);
		break;
	default:
		deliver(l, skb, inq);
	}
}

static void in_order(struct tipc_link *l, struct sk_buff *skb,
		     struct sk_buff_head *inq)
{
	l->rcv_nxt++;
	l->unacked++;
	open_packet(l, &l->whole, skb, inq);
}

/* Keeps a packet that came before its turn, in its place, once. */
static void defer(struct tipc_link *l, struct sk_buff *skb)
{
	struct sk_buff *other;

	skb_queue_walk(&l->deferred, other) {
		if (pkt_seq(other) == pkt_seq(skb)) {
			l->stats.rx_duplicates++;
			kfree_skb(skb);
			return;
		}
		if (before(pkt_seq(skb), pkt_seq(other)))
			break;
	}
	l->stats.rx_deferred++;
	__skb_queue_before(&l->deferred, other, skb);
}

/* Fast for the usual case: behind all that wait. */
static void defer_quick(struct tipc_link *l, struct sk_buff *skb)
{
	struct sk_buff *last = skb_peek_tail(&l->deferred);

	if (skb_queue_len(&l->deferred) >= DEFERRED_MAX) {
		kfree_skb(skb);
		return;
	}
	if (last && !before(pkt_seq(last), pkt_seq(skb))) {
		defer(l, skb);
		return;
	}
	l->stats.rx_deferred++;
	__skb_queue_tail(&l->deferred, skb);
}

static void sequenced(struct tipc_link *l, struct sk_buff *skb, u64 now_us,
		      struct sk_buff_head *xmitq, struct sk_buff_head *inq)
{
	u16 seq = pkt_seq(skb);

	if (before(seq, l->rcv_nxt)) {
		/* Perhaps our acknowledgement was lost. */
		l->stats.rx_duplicates++;
		l->unacked++;
		kfree_skb(skb);
	} else if (seq != l->rcv_nxt) {
		bool first = skb_queue_empty(&l->deferred);

		if ((u16)(seq - l->rcv_nxt) > TIPC_LINK_WIN_MAX) {
			bad(l, skb);
			return;
		}
		defer_quick(l, skb);
		/* Once at once, then as often as an answer may take. */
		if (first || now_us - l->nacked_us >
			     max_t(u32, 2 * l->srtt_us, 4000)) {
			l->nacked_us = now_us;
			tell_state(l, false, now_us, xmitq);
		}
		return;
	} else {
		in_order(l, skb, inq);
		while ((skb = skb_peek(&l->deferred)) &&
		       pkt_seq(skb) == l->rcv_nxt) {
			__skb_unlink(skb, &l->deferred);
			in_order(l, skb, inq);
		}
		/* Another gap: ask for that one, too. */
		if (skb) {
			l->nacked_us = now_us;
			tell_state(l, false, now_us, xmitq);
		}
	}
	if (l->unacked >= ACK_EVERY) {
		l->stats.tx_acks++;
		tell_state(l, false, now_us, xmitq);
	}
}

/* ---- protocol messages received ---------------------------------------------- */

static void measure(struct tipc_link *l, u64 now_us)
{
	u32 rtt;

	if (!l->probed_us)
		return;
	rtt = min_t(u64, now_us - l->probed_us, 1000000);
	rtt = max_t(u32, rtt, 1);
	l->srtt_us = l->srtt_us ? (7 * l->srtt_us + rtt) / 8 : rtt;
	l->probed_us = 0;
}

static unsigned int establish(struct tipc_link *l, u64 now_us,
			      struct sk_buff_head *xmitq)
{
	if (tipc_link_up(l))
		return 0;
	l->state = TIPC_LINK_ESTABLISHED;
	l->acked_us = now_us;
	/* Tells the peer that is still activating. */
	tell_state(l, true, now_us, xmitq);
	return TIPC_LINK_EV_UP;
}

/*
 * The peer says which broadcast was its last. Those of before are not for us;
 * one that did not come until it says so a second time is lost.
 */
static void bcast_announced(struct tipc_link *l, u16 last)
{
	if (!l->bc_synced) {
		l->bc_synced = true;
		l->bc_nxt = last + 1;
	} else if (!before(l->bc_told, l->bc_nxt)) {
		l->stats.bcast_lost += (u16)(l->bc_told + 1 - l->bc_nxt);
		l->bc_nxt = l->bc_told + 1;
		drop_whole(&l->bc_whole);
	}
	l->bc_told = last;
}

/* What RESET and ACTIVATE say of the peer. */
static void learn_peer(struct tipc_link *l, const struct sk_buff *skb)
{
	const struct tipc_msg *m = tipc_pkt_msg(skb);
	u32 w9 = tipc_msg_word(m, 9), mtu = (w9 >> W9_MTU_SHIFT) * 4;
	u32 tolerance = w9 & 0xffff;
	u32 prio = tipc_msg_word(m, 5) >> W5_PRIO_SHIFT & 0x1f;

	l->peer_session = tipc_msg_word(m, 5) >> W5_SESSION_SHIFT;
	l->knows_peer = true;
	if (skb->len >= TIPC_HSIZE_INTERNAL + TIPC_MAX_IF_NAME)
		skb_copy_bits(skb, TIPC_HSIZE_INTERNAL, l->peer_if_name,
			      TIPC_MAX_IF_NAME);
	l->peer_if_name[TIPC_MAX_IF_NAME - 1] = '\0';
	l->mtu = l->own_mtu;
	if (mtu >= 576 && mtu < l->mtu)
		l->mtu = mtu;
	if (tolerance > l->tolerance_ms && tolerance <= TIPC_TOL_MAX_MS)
		l->tolerance_ms = tolerance;
	if (prio > l->priority)
		l->priority = prio;
}

static unsigned int state_received(struct tipc_link *l, struct tipc_msg *m,
				   u64 now_us, struct sk_buff_head *xmitq)
{
	u16 ack = tipc_msg_link_ack(m), gap = tipc_msg_word(m, 1) >>
					      W1_GAP_SHIFT & GAP_MAX;
	bool probe = tipc_msg_word(m, 5) & W5_PROBE;
	u16 peer_next = tipc_msg_word(m, 4), missing;
	u32 tolerance = tipc_msg_word(m, 9) & 0xffff;
	unsigned int ev = 0;

	if (!l->knows_peer ||
	    tipc_msg_word(m, 5) >> W5_SESSION_SHIFT != l->peer_session)
		return 0;
	ev |= establish(l, now_us, xmitq);
	l->heard_us = now_us;
	l->stats.rx_states++;
	l->stats.rx_probes += probe;
	l->stats.rx_nacks += !!gap;
	if (tolerance >= TIPC_TOL_MIN_MS && tolerance <= TIPC_TOL_MAX_MS)
		l->tolerance_ms = tolerance;
	bcast_announced(l, tipc_msg_word(m, 4) >> 16);
	if (!probe)
		measure(l, now_us);
	acknowledged(l, ack, now_us);
	if (gap && before(ack, l->snd_nxt))
		retransmit(l, ack, gap, now_us, xmitq);
	advance(l, now_us, xmitq);
	ev |= room(l);
	/* More than a window ahead is no announcement that may be believed. */
	missing = peer_next - l->rcv_nxt;
	if (missing > TIPC_LINK_WIN_MAX)
		missing = 0;
	if (missing && now_us - l->nacked_us > max_t(u32, l->srtt_us, 1000)) {
		l->nacked_us = now_us;
		tell(l, TIPC_LINK_STATE_MSG, gap_of(l, peer_next), false,
		     now_us, xmitq);
	} else if (probe) {
		tell_state(l, false, now_us, xmitq);
	}
	return ev;
}

static unsigned int reset_received(struct tipc_link *l, struct sk_buff *skb,
				   u64 now_us, struct sk_buff_head *xmitq)
{
	u16 session = tipc_msg_word(tipc_pkt_msg(skb), 5) >> W5_SESSION_SHIFT;
	unsigned int ev = 0;

	if (tipc_link_up(l)) {
		if (!before(l->peer_session, session))
			return 0;
		tipc_link_reset(l);
		ev = TIPC_LINK_EV_DOWN;
	}
	l->heard_us = now_us;
	learn_peer(l, skb);
	l->state = TIPC_LINK_ACTIVATING;
	tell(l, TIPC_LINK_ACTIVATE_MSG, 0, false, now_us, xmitq);
	return ev;
}

static unsigned int activate_received(struct tipc_link *l, struct sk_buff *skb,
				      u64 now_us, struct sk_buff_head *xmitq)
{
	u32 w1 = tipc_msg_word(tipc_pkt_msg(skb), 1);
	u16 session = tipc_msg_word(tipc_pkt_msg(skb), 5) >> W5_SESSION_SHIFT;

	/* An answer to what we no longer are. */
	if (w1 & W1_SESSION_VALID && (u16)w1 != l->session)
		return 0;
	if (tipc_link_up(l)) {
		/* It has not heard yet that we are up. */
		if (session == l->peer_session)
			tell_state(l, false, now_us, xmitq);
		return 0;
	}
	l->heard_us = now_us;
	learn_peer(l, skb);
	return establish(l, now_us, xmitq);
}

static unsigned int protocol(struct tipc_link *l, struct sk_buff *skb,
			     u64 now_us, struct sk_buff_head *xmitq)
{
	struct tipc_msg *m = tipc_pkt_msg(skb);
	unsigned int ev = 0;

	if (tipc_msg_hsize(m) < TIPC_HSIZE_INTERNAL ||
	    tipc_msg_dest_node(m) != l->own) {
		bad(l, skb);
		return 0;
	}
	switch (tipc_msg_type(m)) {
	case TIPC_LINK_STATE_MSG:
		ev = state_received(l, m, now_us, xmitq);
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
 * tipc_link_receive() - a packet came from the peer
 * @l: the link
 * @skb: packet that passed tipc_msg_check(); taken over
 * @now_us: the time
 * @xmitq: what has to be put on the wire is appended
 * @inq: messages that are complete and in their turn are appended
 *
 * Context: Any.
 * Return: TIPC_LINK_EV_* bits. After DOWN and UP of one packet, DOWN came first.
 */
unsigned int tipc_link_receive(struct tipc_link *l, struct sk_buff *skb,
			       u64 now_us, struct sk_buff_head *xmitq,
			       struct sk_buff_head *inq)
{
	struct tipc_msg *m = tipc_pkt_msg(skb);
	unsigned int ev = 0;

	if (tipc_msg_user(m) == TIPC_USER_LINK_PROTOCOL)
		return protocol(l, skb, now_us, xmitq);
	if (l->state == TIPC_LINK_RESETTING) {
		kfree_skb(skb);
		return 0;
	}
	ev = establish(l, now_us, xmitq);
	l->heard_us = now_us;
	if (acknowledged(l, tipc_msg_link_ack(m), now_us)) {
		advance(l, now_us, xmitq);
		ev |= room(l);
	}
	sequenced(l, skb, now_us, xmitq, inq);
	return ev;
}

/**
 * tipc_link_receive_bcast() - a broadcast came from the peer
 * @l: the link
 * @skb: packet that passed tipc_msg_check(); taken over
 * @now_us: the time
 * @xmitq: what has to be put on the wire is appended
 * @inq: messages that are complete are appended
 *
 * Broadcasts are acknowledged and delivered in their order, each once. One that
 * is lost is not asked for again: messages that must arrive are not broadcast
 * to who does not offer more.
 *
 * Context: Any.
 */
void tipc_link_receive_bcast(struct tipc_link *l, struct sk_buff *skb,
			     u64 now_us, struct sk_buff_head *xmitq,
			     struct sk_buff_head *inq)
{
	u16 ahead = pkt_seq(skb) - l->bc_nxt;

	if (!tipc_link_up(l) || !l->bc_synced || ahead > TIPC_LINK_WIN_MAX ||
	    tipc_msg_user(tipc_pkt_msg(skb)) == TIPC_USER_LINK_PROTOCOL) {
		kfree_skb(skb);
		return;
	}
	if (ahead) {
		l->stats.bcast_lost += ahead;
		drop_whole(&l->bc_whole);
	}
	l->bc_nxt += ahead + 1;
	open_packet(l, &l->bc_whole, skb, inq);
	if (++l->bc_unacked >= ACK_EVERY)
		tell_state(l, false, now_us, xmitq);
}

/* ---- time ------------------------------------------------------------------ */

/**
 * tipc_link_next_tick_us() - how soon to call tipc_link_tick() again
 * @l: the link
 *
 * Context: Any.
 * Return: microseconds.
 */
u32 tipc_link_next_tick_us(const struct tipc_link *l)
{
	u32 next = l->tolerance_ms * 1000 / 4;

	/* Slower and slower, up to 1.6 s: who is there speaks, too. */
	if (!tipc_link_up(l))
		return TELL_PEER_US << min_t(u16, l->attempts / 20, 5);
	if (!skb_queue_empty(&l->sent))
		next = min_t(u32, next, tail_wait_us(l));
	return max_t(u32, next, 1000);
}

/**
 * tipc_link_tick() - some time has passed
 * @l: the link
 * @now_us: the time
 * @xmitq: what has to be put on the wire is appended
 *
 * Context: Any.
 * Return: TIPC_LINK_EV_DOWN if the peer was silent for too long, else 0.
 */
unsigned int tipc_link_tick(struct tipc_link *l, u64 now_us,
			    struct sk_buff_head *xmitq)
{
	u64 silent = now_us - l->heard_us;
	bool probe;

	if (!tipc_link_up(l) && l->attempts < 1000)
		l->attempts++;
	switch (l->state) {
	case TIPC_LINK_ACTIVATING:
		if (silent > tolerance_us(l)) {
			tipc_link_reset(l);
			return 0;
		}
		tell(l, TIPC_LINK_ACTIVATE_MSG, 0, false, now_us, xmitq);
		return 0;
	case TIPC_LINK_RESETTING:
		tell(l, TIPC_LINK_RESET_MSG, 0, false, now_us, xmitq);
		return 0;
	}
	if (silent > tolerance_us(l)) {
		tipc_link_reset(l);
		return TIPC_LINK_EV_DOWN;
	}
	probe = silent >= tolerance_us(l) / 4;
	if (!skb_queue_empty(&l->sent) &&
	    now_us - l->acked_us >= tail_wait_us(l)) {
		l->tail_probes += l->tail_probes < 8;
		/* An answer that never came says nothing of the way. */
		l->probed_us = 0;
		probe = true;
	}
	if (probe || l->unacked ||
	    now_us - l->told_us >= tolerance_us(l) / 4)
		tell_state(l, probe, now_us, xmitq);
	return 0;
}
