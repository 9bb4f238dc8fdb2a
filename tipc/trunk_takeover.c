// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a link takes over from another, and how a new one joins in.
 *
 * When a link goes down, all of its packets that were not acknowledged are sent
 * over another, each in a tunnel: with a header around it that says whose it is
 * and how many there are (FAILOVER). There is always one at least, an empty
 * message, so the peer knows when that was all. The peer goes on where its end
 * of the link had stopped: it opens what has its turn there and drops what had
 * come. Until it has all, the link stays down.
 *
 * A link that comes up while another is up begins by saying which packet of the
 * other comes before its own (SYNCH); the peer takes in nothing before that.
 *
 * Pure: see pkt.h. Locking: the caller's.
 */
#include "trunk.h"

#define SYNCH_MSG		0
#define FAILOVER_MSG		1
#define W5_BEARER_SHIFT		9
#define W5_BEARER_MASK		0x7
#define W9_COUNT_SHIFT		16
#define FRAGMENTS_MASK		0xffff
/* Beyond twice the tolerance nobody sends what is missing. */
#define WAIT_MORE_US		1000000u

/* ---- sending --------------------------------------------------------------- */

static void tunnel_header(struct sk_buff *skb, const struct tipc_link *l,
			  const struct tipc_link *about, unsigned int type)
{
	struct tipc_msg *m = tipc_pkt_msg(skb);

	tipc_msg_init(m, TIPC_USER_TUNNEL, type, TIPC_HSIZE_INTERNAL, l->own);
	tipc_msg_set_size(m, skb->len);
	tipc_msg_set_word(m, 5,
			  (u32)about->peer_bearer_id << W5_BEARER_SHIFT);
	tipc_msg_set_word(m, 7, l->peer);
}

static struct sk_buff *tunnel_new(const struct tipc_link *l,
				  const struct tipc_link *about,
				  unsigned int type, unsigned int len)
{
	struct sk_buff *skb = tipc_pkt_alloc(TIPC_HSIZE_INTERNAL + len);

	if (skb)
		tunnel_header(skb, l, about, type);
	return skb;
}

/* A packet of @from that is too long for one tunnel goes in several. */
static bool tunnel_parts(const struct tipc_link *from,
			 const struct tipc_link *to, const struct sk_buff *skb,
			 struct sk_buff_head *q)
{
	unsigned int room = to->mtu - TIPC_HSIZE_INTERNAL, n, of, len;
	unsigned int off = 0;
	struct sk_buff *part;

	if (!(to->caps & TIPC_CAP_TUNNEL))
		return false;
	of = (skb->len + room - 1) / room;
	for (n = 1; off < skb->len; n++) {
		len = min_t(unsigned int, room, skb->len - off);
		part = tunnel_new(to, from, FAILOVER_MSG, len);
		if (!part || skb_copy_bits(skb, off, part->data +
					   TIPC_HSIZE_INTERNAL, len)) {
			kfree_skb(part);
			return false;
		}
		tipc_msg_set_word(tipc_pkt_msg(part), 4, n << 16 | of);
		__skb_queue_tail(q, part);
		off += len;
	}
	return true;
}

/* Appends a packet of @from to what goes over @to. */
static bool tunnel(const struct tipc_link *from, const struct tipc_link *to,
		   struct sk_buff *skb, struct sk_buff_head *q)
{
	struct sk_buff *wrapped;

	if (skb->len + TIPC_HSIZE_INTERNAL > to->mtu)
		return tunnel_parts(from, to, skb, q);
	wrapped = tipc_pkt_wrap(skb, TIPC_HSIZE_INTERNAL);
	if (!wrapped)
		return false;
	tunnel_header(wrapped, to, from, FAILOVER_MSG);
	__skb_queue_tail(q, wrapped);
	return true;
}

/* A message that nobody gets. */
static struct sk_buff *dummy_new(const struct tipc_link *l)
{
	struct sk_buff *skb = tipc_pkt_alloc(TIPC_HSIZE_DIRECT);
	struct tipc_msg *m;

	if (!skb)
		return NULL;
	m = tipc_pkt_msg(skb);
	tipc_msg_init(m, TIPC_LOW_IMPORTANCE, TIPC_TYPE_DIRECT,
		      TIPC_HSIZE_DIRECT, l->own);
	tipc_msg_set_error(m, TIPC_ERR_NO_PORT);
	tipc_msg_set_dest_node(m, l->peer);
	return skb;
}

static bool is_dummy(const struct tipc_msg *m)
{
	return tipc_msg_is_data(m) && !tipc_msg_is_short(m) &&
	       tipc_msg_error(m) == TIPC_ERR_NO_PORT &&
	       !tipc_msg_dest_port(m);
}

/* Everything of @from that was not acknowledged, and one message more. */
static bool wrap(struct tipc_link *from, struct tipc_link *to,
		 struct sk_buff_head *q)
{
	struct sk_buff *skb = dummy_new(from);

	if (!skb)
		return false;
	__skb_queue_tail(&from->backlog, skb);
	skb_queue_walk(&from->sent, skb)
		if (!tunnel(from, to, skb, q))
			return false;
	skb_queue_walk(&from->backlog, skb) {
		tipc_msg_set_link_seq(tipc_pkt_msg(skb), from->snd_nxt++);
		if (!tunnel(from, to, skb, q))
			return false;
	}
	return true;
}

static void send_counted(struct tipc_trunk *t, struct tipc_link *to,
			 struct sk_buff_head *q, u64 now_us)
{
	u32 count = (u32)skb_queue_len(q) << W9_COUNT_SHIFT;
	struct sk_buff *skb;

	skb_queue_walk(q, skb)
		tipc_msg_set_word(tipc_pkt_msg(skb), 9, count);
	tipc_link_send_packets(to, q, now_us, &t->xmitq[to->index]);
}

static void expect(struct tipc_trunk *t, unsigned int i,
		   const struct tipc_link *to, u16 rcv_nxt, u64 now_us)
{
	struct tipc_takeover *over = &t->over[i];

	tipc_trunk_taken_over(t, i);
	over->active = true;
	over->rcv_nxt = rcv_nxt;
	over->until_us = now_us + 2 * tipc_link_tolerance_us(to) +
			 WAIT_MORE_US;
}

/**
 * tipc_trunk_hand_over() - a link goes down, another takes over
 * @t: the trunk
 * @from: the link that goes down; has to be reset then
 * @to: the link that takes over; it is up
 * @now_us: the time
 *
 * Context: Any.
 * Return: whether it worked; if not, there is no memory, or @to cannot carry
 * what is as long as this.
 */
bool tipc_trunk_hand_over(struct tipc_trunk *t, struct tipc_link *from,
			  struct tipc_link *to, u64 now_us)
{
	struct tipc_takeover *over = &t->over[from->index];
	struct sk_buff_head q;
	struct sk_buff *skb;

	__skb_queue_head_init(&q);
	if (!wrap(from, to, &q)) {
		__skb_queue_purge(&q);
		return false;
	}
	expect(t, from->index, to, from->rcv_nxt, now_us);
	over->whole = from->whole;
	from->whole = NULL;
	while ((skb = __skb_dequeue(&from->deferred)))
		__skb_queue_tail(&over->deferred, skb);
	send_counted(t, to, &q, now_us);
	return true;
}

/* The peer hands over a link that was never up here: there is nothing of it. */
static void hand_over_nothing(struct tipc_trunk *t, struct tipc_link *from,
			      struct tipc_link *to, u64 now_us)
{
	struct sk_buff *inner = dummy_new(to), *skb;
	struct sk_buff_head q;

	expect(t, from->index, to, 1, now_us);
	from->blocked = from->state != TIPC_LINK_UNUSED;
	if (!inner)
		return;
	skb = tunnel_new(to, from, FAILOVER_MSG, TIPC_HSIZE_DIRECT);
	if (skb) {
		memcpy(skb->data + TIPC_HSIZE_INTERNAL, inner->data,
		       TIPC_HSIZE_DIRECT);
		__skb_queue_head_init(&q);
		__skb_queue_tail(&q, skb);
		send_counted(t, to, &q, now_us);
	}
	kfree_skb(inner);
}

/**
 * tipc_trunk_synch() - say after what a new link begins
 * @t: the trunk
 * @l: the new link; it has just come up and has sent nothing
 * @with: a link that was up before
 * @now_us: the time
 *
 * A peer that does not know the short form reads the number in a message inside.
 *
 * Context: Any.
 */
void tipc_trunk_synch(struct tipc_trunk *t, struct tipc_link *l,
		      const struct tipc_link *with, u64 now_us)
{
	u16 last = with->snd_nxt + skb_queue_len(&with->backlog) - 1;
	bool known = l->caps & TIPC_CAP_TUNNEL;
	struct sk_buff *skb, *inner;
	struct sk_buff_head q;

	skb = tunnel_new(l, with, SYNCH_MSG, known ? 0 : TIPC_HSIZE_DIRECT);
	if (!skb)
		return;
	if (!known) {
		inner = dummy_new(l);
		if (inner) {
			tipc_msg_set_link_seq(tipc_pkt_msg(inner), last);
			memcpy(skb->data + TIPC_HSIZE_INTERNAL, inner->data,
			       TIPC_HSIZE_DIRECT);
		}
		kfree_skb(inner);
		last = 1;
	}
	tipc_msg_set_word(tipc_pkt_msg(skb), 9, (u32)last << W9_COUNT_SHIFT);
	__skb_queue_head_init(&q);
	__skb_queue_tail(&q, skb);
	tipc_link_send_packets(l, &q, now_us, &t->xmitq[l->index]);
}

/* ---- receiving ------------------------------------------------------------- */

/**
 * tipc_trunk_taken_over() - all of a link has come, or never will
 * @t: the trunk
 * @i: which link
 *
 * Context: Any.
 */
void tipc_trunk_taken_over(struct tipc_trunk *t, unsigned int i)
{
	struct tipc_takeover *over = &t->over[i];

	__skb_queue_purge(&over->deferred);
	tipc_link_drop_whole(&over->whole);
	tipc_link_drop_whole(&over->part);
	over->active = false;
	over->counted = false;
	t->links[i].blocked = false;
}

static void synch_received(struct tipc_trunk *t, struct tipc_link *l,
			   const struct sk_buff *skb, unsigned int about)
{
	u16 last = tipc_msg_word(tipc_pkt_msg(skb), 9) >> W9_COUNT_SHIFT;
	const struct tipc_link *with = &t->links[about];
	struct tipc_msg inner;

	if (tipc_pkt_seq(skb) != 1 || !tipc_link_up(with) || with == l)
		return;
	if (!(l->caps & TIPC_CAP_TUNNEL)) {
		if (skb_copy_bits(skb, TIPC_HSIZE_INTERNAL, &inner,
				  TIPC_HSIZE_CONN))
			return;
		last += tipc_msg_link_seq(&inner) - 1;
	}
	if (!tipc_seq_before(with->rcv_nxt - 1, last) ||
	    (u16)(last - with->rcv_nxt) > TIPC_LINK_WIN_MAX)
		return;
	l->synching = true;
	l->syncpt = last;
	l->sync_with = about;
}

/* Puts a packet together that was too long for one tunnel. NULL: not whole. */
static struct sk_buff *assemble(struct tipc_link *l, struct sk_buff **whole,
				struct sk_buff *skb, u32 w4)
{
	unsigned int n = w4 >> 16, of = w4 & FRAGMENTS_MASK;
	struct sk_buff *done;

	if (n == 1) {
		tipc_link_drop_whole(whole);
		*whole = skb;
		return NULL;
	}
	if (!*whole || (skb && (*whole)->len + skb->len > TIPC_MSG_DATA_MAX)) {
		tipc_link_drop_whole(whole);
		tipc_link_bad(l, skb);
		return NULL;
	}
	/* The last may be empty. */
	if (skb && tipc_pkt_append(*whole, skb)) {
		tipc_link_drop_whole(whole);
		l->stats.bad++;
		return NULL;
	}
	if (n < of)
		return NULL;
	done = *whole;
	*whole = NULL;
	return done;
}

/* Opens what has its turn at a link that has gone. */
static void take(struct tipc_link *l, struct tipc_takeover *over,
		 struct sk_buff *skb, u64 now_us, struct sk_buff_head *inq)
{
	if (tipc_seq_before(tipc_pkt_seq(skb), over->rcv_nxt)) {
		l->stats.rx_duplicates++;
		kfree_skb(skb);
		return;
	}
	if ((u16)(tipc_pkt_seq(skb) - over->rcv_nxt) > TIPC_LINK_WIN_MAX) {
		l->stats.outside++;
		kfree_skb(skb);
		return;
	}
	tipc_link_defer(&over->deferred, skb);
	while ((skb = skb_peek(&over->deferred)) &&
	       tipc_pkt_seq(skb) == over->rcv_nxt) {
		__skb_unlink(skb, &over->deferred);
		over->rcv_nxt++;
		if (is_dummy(tipc_pkt_msg(skb)))
			kfree_skb(skb);
		else
			tipc_link_open(l, &over->whole, skb, now_us, inq);
	}
}

/* Is it a packet as links carry them? */
static bool good_inside(const struct sk_buff *skb)
{
	unsigned int user;

	if (tipc_msg_check(skb->data, tipc_pkt_linear(skb), skb->len) !=
	    (int)skb->len)
		return false;
	user = tipc_msg_user(tipc_pkt_msg(skb));
	return user != TIPC_USER_LINK_PROTOCOL && user != TIPC_USER_DISCOVERY;
}

static void failover_received(struct tipc_trunk *t, struct tipc_link *l,
			      struct sk_buff *skb, unsigned int i, u64 now_us,
			      struct sk_buff_head *inq)
{
	struct tipc_takeover *over = &t->over[i];
	struct tipc_msg *m = tipc_pkt_msg(skb);
	u32 count = tipc_msg_word(m, 9) >> W9_COUNT_SHIFT;
	u32 w4 = tipc_msg_word(m, 4);

	if (!over->active)
		hand_over_nothing(t, &t->links[i], l, now_us);
	if (!over->counted) {
		over->counted = true;
		over->left = count;
	}
	skb = tipc_pkt_strip(skb, tipc_msg_hsize(m));
	if (w4 & FRAGMENTS_MASK)
		skb = assemble(l, &over->part, skb, w4);
	else if (!skb)
		l->stats.bad++;
	if (skb && good_inside(skb))
		take(l, over, skb, now_us, inq);
	else if (skb)
		tipc_link_bad(l, skb);
	if (over->left <= 1)
		tipc_trunk_taken_over(t, i);
	else
		over->left--;
}

/*
 * Which link is handed over? The kernel's own nodes name the link that carries
 * when the other was never up at their end; then it is the one we wait for.
 */
static unsigned int link_meant(const struct tipc_trunk *t,
			       const struct tipc_link *l,
			       const struct tipc_msg *m)
{
	unsigned int i = tipc_msg_word(m, 5) >> W5_BEARER_SHIFT &
			 W5_BEARER_MASK;

	if (i != l->index || tipc_msg_type(m) != FAILOVER_MSG)
		return i;
	for (i = 0; i < TIPC_TRUNK_LINKS; i++)
		if (t->over[i].active && i != l->index)
			return i;
	return l->index;
}

/**
 * tipc_trunk_tunnelled() - something came in a tunnel
 * @t: the trunk
 * @l: link over which it came, in its turn
 * @skb: packet of TIPC_USER_TUNNEL; taken over
 * @now_us: the time
 * @inq: messages that are complete are appended
 *
 * Context: Any.
 */
void tipc_trunk_tunnelled(struct tipc_trunk *t, struct tipc_link *l,
			  struct sk_buff *skb, u64 now_us,
			  struct sk_buff_head *inq)
{
	const struct tipc_msg *m = tipc_pkt_msg(skb);
	unsigned int i = link_meant(t, l, m);

	if (i >= TIPC_TRUNK_LINKS || i == l->index ||
	    t->nesting >= TIPC_TRUNK_LINKS - 1) {
		tipc_link_bad(l, skb);
		return;
	}
	if (tipc_msg_type(m) != FAILOVER_MSG) {
		synch_received(t, l, skb, i);
		kfree_skb(skb);
		return;
	}
	/* The peer has given up a link that is up here: so do we. */
	if (tipc_link_up(&t->links[i]))
		tipc_trunk_give_up(t, i, now_us, inq);
	if (!tipc_link_up(l)) {
		kfree_skb(skb);
		return;
	}
	t->nesting++;
	failover_received(t, l, skb, i, now_us, inq);
	t->nesting--;
}
