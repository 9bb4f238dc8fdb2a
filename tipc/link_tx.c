// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a link sends, and sends again.
 *
 * A packet gets its number when the window lets it go, and is kept until the
 * peer has it: because it acknowledged all up to it, or because it named it in a
 * block behind a gap. What is acknowledged by a block no longer counts against
 * the window, so one lost packet does not stop the others.
 *
 * Sending again: the peer names what is missing; it may only be late. A packet
 * counts as lost when it was named and so much time has gone by since it was
 * sent that it should have come: a round trip, and as long as packets were seen
 * to be overtaken. If a packet is acknowledged sooner after it was sent again
 * than the way there and back takes, the first had come, and that time grows.
 *
 * The window begins at what is configured, grows while senders have more to send
 * and nothing is lost, and shrinks with losses, never below where it began.
 *
 * While packets have to wait, small messages that come are put into one packet.
 *
 * Pure: see pkt.h. Locking: the caller's.
 */
#include "link.h"
#include "link_gap.h"

#define TAIL_PROBE_MIN_US	2000u
#define TAIL_PROBE_MAX_US	200000u
#define TAIL_PROBE_FIRST_US	25000u
#define REORDER_MIN_US		1000u
#define REORDER_MAX_US		32000u
#define RTT_WINDOW_US		1000000u
/* How much the window may grow, and how far what is not acknowledged reaches. */
#define CWND_GROWTH		32
#define SPAN_MAX		(TIPC_LINK_WIN_MAX / 2)
/* Packets larger than this are few: there are never more of them. */
#define GROWS_MAX		9216
/* Messages up to this length are put together, to a packet of up to that. */
#define BUNDLED_MAX		600
#define BUNDLE_MAX		1400
#define BUNDLE_COUNT_SHIFT	16	/* in word 9 */

/* ---- the round trip -------------------------------------------------------- */

/**
 * tipc_link_rtt_sample() - a round trip was measured
 * @l: the link
 * @rtt_us: how long it took
 * @now_us: the time
 *
 * The least of the present and the last second counts: what is greater contains
 * the time until somebody found it worth an answer.
 *
 * Context: Any.
 */
void tipc_link_rtt_sample(struct tipc_link *l, u64 rtt_us, u64 now_us)
{
	u32 rtt = max_t(u32, min_t(u64, rtt_us, 1000000), 1);

	if (now_us - l->rtt_since_us > RTT_WINDOW_US) {
		l->rtt_us = l->rtt_next_us ? l->rtt_next_us : rtt;
		l->rtt_next_us = 0;
		l->rtt_since_us = now_us;
		if (l->reorder_us > REORDER_MIN_US)
			l->reorder_us -= (l->reorder_us - REORDER_MIN_US) / 8;
	}
	if (!l->rtt_next_us || rtt < l->rtt_next_us)
		l->rtt_next_us = rtt;
	if (!l->rtt_us || rtt < l->rtt_us)
		l->rtt_us = rtt;
}

/**
 * tipc_link_tail_wait_us() - how long to wait for an acknowledgement
 * @l: the link
 *
 * Context: Any.
 * Return: microseconds after which the peer is asked.
 */
u32 tipc_link_tail_wait_us(const struct tipc_link *l)
{
	u32 wait = l->rtt_us ? 2 * l->rtt_us : TAIL_PROBE_FIRST_US;

	wait = min_t(u32, max_t(u32, wait, TAIL_PROBE_MIN_US),
		     TAIL_PROBE_MAX_US);
	return wait << min_t(u8, l->tail_probes, 5);
}

/**
 * tipc_link_late_us() - when is a packet that is missing lost?
 * @l: the link
 *
 * Context: Any.
 * Return: microseconds after it was sent.
 */
u32 tipc_link_late_us(const struct tipc_link *l)
{
	return l->rtt_us + l->rtt_us / 4 +
	       max_t(u32, l->reorder_us, REORDER_MIN_US);
}

/* ---- sending --------------------------------------------------------------- */

/* Puts the numbers of now into a packet and a copy of it on its way. */
static void put_on_wire(struct tipc_link *l, struct sk_buff *skb, bool again,
			u64 now_us, struct sk_buff_head *xmitq)
{
	struct tipc_pkt_cb *cb = tipc_pkt_cb(skb);
	struct sk_buff *copy;

	cb->sent_us = now_us;
	cb->tries++;
	cb->missing = false;
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

/* A packet waits for its turn, the last of all. */
static void enqueue(struct tipc_link *l, struct sk_buff *skb)
{
	__skb_queue_tail(&l->backlog, skb);
	l->backlog_bytes += skb->len;
}

/* The first packet that waits, or NULL. */
static struct sk_buff *dequeue(struct tipc_link *l)
{
	struct sk_buff *skb = __skb_dequeue(&l->backlog);

	if (skb)
		l->backlog_bytes -= skb->len;
	return skb;
}

/* Packets from the first that is not acknowledged to the last. */
static u16 span(const struct tipc_link *l)
{
	const struct sk_buff *first = skb_peek(&l->sent);

	return first ? l->snd_nxt - tipc_pkt_seq(first) : 0;
}

/* May a packet more be under way? */
static bool may_go(const struct tipc_link *l)
{
	return skb_queue_len(&l->sent) < l->cwnd && span(l) < SPAN_MAX &&
	       (!l->held || l->unheld);
}

/* A packet gets its number and goes. */
static void go(struct tipc_link *l, struct sk_buff *skb, u64 now_us,
	       struct sk_buff_head *xmitq)
{
	struct tipc_msg *m = tipc_pkt_msg(skb);

	l->unheld -= l->held;
	tipc_msg_set_link_seq(m, l->snd_nxt++);
	tipc_msg_set_link_ack(m, (u16)(l->rcv_nxt - 1));
	tipc_msg_set_bcast_ack(m, tipc_bcast_rcv_ack(l->bc));
	if (skb_queue_empty(&l->sent)) {
		l->acked_us = now_us;
		l->tail_probes = 0;
	}
	memset(tipc_pkt_cb(skb), 0, sizeof(struct tipc_pkt_cb));
	__skb_queue_tail(&l->sent, skb);
	put_on_wire(l, skb, false, now_us, xmitq);
	l->stats.tx_pkts++;
}

static void note_length(struct tipc_link *l)
{
	u32 n = skb_queue_len(&l->sent) + skb_queue_len(&l->backlog);

	if (unlikely(l->stats.max_queue < n))
		l->stats.max_queue = n;
}

/**
 * tipc_link_advance() - give numbers to what waits, as far as the window goes
 * @l: the link
 * @now_us: the time
 * @xmitq: what has to be put on the wire is appended
 *
 * Context: Any.
 */
void tipc_link_advance(struct tipc_link *l, u64 now_us,
		       struct sk_buff_head *xmitq)
{
	struct sk_buff *skb;

	while (may_go(l) && (skb = dequeue(l)))
		go(l, skb, now_us, xmitq);
	note_length(l);
}

/**
 * tipc_link_send_packets() - send packets before all that waits
 * @l: link that is up
 * @packets: complete packets without numbers, in order; empty on return
 * @now_us: the time
 * @xmitq: what has to be put on the wire is appended
 *
 * Context: Any.
 */
void tipc_link_send_packets(struct tipc_link *l, struct sk_buff_head *packets,
			    u64 now_us, struct sk_buff_head *xmitq)
{
	struct sk_buff_head waiting;
	struct sk_buff *skb;

	__skb_queue_head_init(&waiting);
	l->unheld += skb_queue_len(packets);
	while ((skb = dequeue(l)))
		__skb_queue_tail(&waiting, skb);
	while ((skb = __skb_dequeue(packets)))
		enqueue(l, skb);
	while ((skb = __skb_dequeue(&waiting)))
		enqueue(l, skb);
	tipc_link_advance(l, now_us, xmitq);
}

static void internal_header(struct tipc_link *l, struct sk_buff *skb,
			    unsigned int user, unsigned int type)
{
	struct tipc_msg *m = tipc_pkt_msg(skb);

	tipc_msg_init(m, user, type, TIPC_HSIZE_INTERNAL, l->own);
	tipc_msg_set_size(m, skb->len);
	tipc_msg_set_word(m, 7, l->peer);
}

/* Cuts a message into fragments, each a packet. */
static int fragment(struct tipc_link *l, struct sk_buff *skb)
{
	unsigned int room = tipc_link_mss(l) - TIPC_HSIZE_INTERNAL;
	unsigned int off = 0, n = 0, type, len;
	struct sk_buff_head parts;
	struct sk_buff *part;

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
		internal_header(l, part, TIPC_USER_FRAGMENT, type);
		tipc_msg_set_fragment_number(tipc_pkt_msg(part), ++n);
		__skb_queue_tail(&parts, part);
		off += len;
	}
	l->stats.tx_fragmented++;
	l->stats.tx_fragments += n;
	while ((part = __skb_dequeue(&parts)))
		enqueue(l, part);
	kfree_skb(skb);
	return 0;
}

/* ---- putting small messages together --------------------------------------- */

/* May it be part of a packet with others? */
static bool bundles(const struct sk_buff *skb)
{
	const struct tipc_msg *m = tipc_pkt_msg(skb);

	return skb->len <= BUNDLED_MAX &&
	       (tipc_msg_is_data(m) ||
		tipc_msg_user(m) == TIPC_USER_CONN_MANAGER ||
		tipc_msg_user(m) == TIPC_USER_GROUP_PROTOCOL);
}

static unsigned int padded(unsigned int len)
{
	return (len + 3) & ~3u;
}

/* Appends a message to a bundle that has room. Takes it over. */
static void bundle_add(struct tipc_link *l, struct sk_buff *to,
		       struct sk_buff *skb)
{
	unsigned int pad = padded(to->len) - to->len;
	struct tipc_msg *m = tipc_pkt_msg(to);
	u8 *tail = tipc_pkt_extend(to, pad + skb->len);

	memset(tail, 0, pad);
	skb_copy_bits(skb, 0, tail + pad, skb->len);
	tipc_msg_set_size(m, to->len);
	tipc_msg_set_word(m, 9, tipc_msg_word(m, 9) +
				(1u << BUNDLE_COUNT_SHIFT));
	l->stats.tx_bundled++;
	kfree_skb(skb);
}

/* Puts a small message behind the last that waits, into one packet with it. */
static bool bundle(struct tipc_link *l, struct sk_buff *skb)
{
	unsigned int most = min_t(unsigned int, tipc_link_mss(l), BUNDLE_MAX);
	struct sk_buff *last = skb_peek_tail(&l->backlog), *both;

	if (!last || !bundles(skb))
		return false;
	/* What may not go yet does not join what may. */
	if (l->held && skb_queue_len(&l->backlog) <= l->unheld)
		return false;
	if (tipc_msg_user(tipc_pkt_msg(last)) == TIPC_USER_BUNDLE) {
		if (padded(last->len) + skb->len > most)
			return false;
		l->backlog_bytes -= last->len;
		bundle_add(l, last, skb);
		l->backlog_bytes += last->len;
		return true;
	}
	if (!bundles(last) ||
	    TIPC_HSIZE_INTERNAL + padded(last->len) + skb->len > most)
		return false;
	both = tipc_pkt_alloc_room(TIPC_HSIZE_INTERNAL, most);
	if (!both)
		return false;
	internal_header(l, both, TIPC_USER_BUNDLE, 0);
	__skb_unlink(last, &l->backlog);
	l->backlog_bytes -= last->len;
	bundle_add(l, both, last);
	bundle_add(l, both, skb);
	enqueue(l, both);
	l->stats.tx_bundles++;
	return true;
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

/*
 * How many times as much as usual may wait before who sends it has to: messages
 * that matter more find room behind a queue of those that matter less.
 */
static unsigned int share(const struct tipc_msg *m)
{
	return 1 + (tipc_msg_is_data(m) ? tipc_msg_user(m) :
					  TIPC_CRITICAL_IMPORTANCE);
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
	unsigned int times;

	if (!tipc_link_up(l))
		goto err_free;
	count_length(l, skb->len);
	/* The usual case: it need not wait. */
	if (likely(skb_queue_empty(&l->backlog) &&
		   skb->len <= tipc_link_mss(l) && may_go(l))) {
		go(l, skb, now_us, xmitq);
		note_length(l);
		return 0;
	}
	times = share(tipc_pkt_msg(skb));
	if (skb->len > tipc_link_mss(l)) {
		err = fragment(l, skb);
		if (err)
			goto err_free;
	} else if (skb_queue_empty(&l->backlog) || !bundle(l, skb)) {
		enqueue(l, skb);
	}
	tipc_link_advance(l, now_us, xmitq);
	if (likely(skb_queue_len(&l->backlog) < times * TIPC_LINK_BACKLOG &&
		   l->backlog_bytes < times * TIPC_LINK_BACKLOG_BYTES))
		return 0;
	l->stats.congestions += !l->congested;
	l->congested = true;
	return 1;

err_free:
	kfree_skb(skb);
	return err;
}

/**
 * tipc_link_room() - may senders go on that were told to wait?
 * @l: the link
 *
 * Context: Any.
 * Return: TIPC_LINK_EV_ROOM if they may, and had to wait; else 0.
 */
unsigned int tipc_link_room(struct tipc_link *l)
{
	if (!l->congested ||
	    skb_queue_len(&l->backlog) > TIPC_LINK_BACKLOG / 2 ||
	    l->backlog_bytes > TIPC_LINK_BACKLOG_BYTES / 2)
		return 0;
	l->congested = false;
	return TIPC_LINK_EV_ROOM;
}

/* ---- what the peer has ----------------------------------------------------- */

/* The peer has a packet. */
static void delivered(struct tipc_link *l, struct sk_buff *skb, u64 now_us)
{
	const struct tipc_pkt_cb *cb = tipc_pkt_cb(skb);
	u64 ago = now_us - cb->sent_us;

	l->nmissing -= cb->missing;
	if (cb->tries > 1 && l->rtt_us && ago < l->rtt_us / 2) {
		l->stats.spurious++;
		l->reorder_us = min_t(u32, 2 * max_t(u32, l->reorder_us,
						     REORDER_MIN_US),
				      REORDER_MAX_US);
	}
	__skb_unlink(skb, &l->sent);
	tipc_pkt_done(skb);
}

/* The window: one packet more for each that came, while more want to go. */
static void grow(struct tipc_link *l, unsigned int n)
{
	u32 most = min_t(u32, CWND_GROWTH * l->window, SPAN_MAX);

	if (l->mtu > GROWS_MAX)
		return;
	if (!skb_queue_empty(&l->backlog) || l->congested)
		l->cwnd = min_t(u32, l->cwnd + n, max_t(u32, most, l->window));
}

/**
 * tipc_link_acked() - the peer has everything up to a packet
 * @l: the link
 * @ack: its number, as the peer says
 * @now_us: the time
 *
 * Context: Any.
 * Return: whether that is news.
 */
bool tipc_link_acked(struct tipc_link *l, u16 ack, u64 now_us)
{
	struct tipc_pkt_cb last = { };
	struct sk_buff *skb;
	unsigned int n = 0;

	/* Nobody can have what was not sent. */
	if (!tipc_seq_before(ack, l->snd_nxt)) {
		l->stats.outside++;
		return false;
	}
	while ((skb = skb_peek(&l->sent)) &&
	       !tipc_seq_before(ack, tipc_pkt_seq(skb))) {
		last = *tipc_pkt_cb(skb);
		delivered(l, skb, now_us);
		n++;
	}
	if (!n)
		return false;
	/* A probe that is out will tell better: who is slow to answer is asked. */
	if (last.tries == 1 && !l->probed_us)
		tipc_link_rtt_sample(l, now_us - last.sent_us, now_us);
	grow(l, n);
	l->acked_us = now_us;
	l->tail_probes = 0;
	return true;
}

/* The peer has all from @from to before @to; it lacks @gap from there on. */
static void block(struct tipc_link *l, struct sk_buff **at, u16 from, u16 to,
		  u16 gap, u64 now_us)
{
	struct sk_buff *skb = *at, *next;

	while (skb != (struct sk_buff *)&l->sent &&
	       tipc_seq_before(tipc_pkt_seq(skb), to + gap)) {
		u16 seq = tipc_pkt_seq(skb);

		next = skb->next;
		if (tipc_seq_before(seq, from)) {
			;
		} else if (tipc_seq_before(seq, to)) {
			delivered(l, skb, now_us);
			l->acked_us = now_us;
			l->tail_probes = 0;
			grow(l, 1);
		} else if (!tipc_pkt_cb(skb)->missing) {
			tipc_pkt_cb(skb)->missing = true;
			l->nmissing++;
		}
		skb = next;
	}
	*at = skb;
}

/**
 * tipc_link_gaps() - the peer says what it has behind a gap
 * @l: the link
 * @state: its STATE message
 * @ack: what it has in order
 * @gap: how many it lacks behind that, not 0
 * @now_us: the time
 *
 * Context: Any.
 */
void tipc_link_gaps(struct tipc_link *l, const struct sk_buff *state, u16 ack,
		    u16 gap, u64 now_us)
{
	struct sk_buff *at = l->sent.next;
	struct tipc_gap_record rec = { };
	u16 from = ack + 1;
	unsigned int i;

	if (!tipc_seq_before(ack, l->snd_nxt))
		return;
	gap = min_t(u16, gap, l->snd_nxt - from);
	block(l, &at, from, from, gap, now_us);
	if (l->caps & TIPC_CAP_GAP_ACK)
		tipc_gap_read(&rec, state, TIPC_HSIZE_INTERNAL);
	for (i = 0; i < rec.nuc; i++) {
		struct tipc_gap_block b;
		u16 to;

		from += gap;
		if (tipc_gap_get(&rec, state, TIPC_HSIZE_INTERNAL,
				 rec.nbc + i, &b))
			break;
		to = b.ack + 1;
		/* In order, and nothing that was not sent. */
		if (tipc_seq_before(to, from) ||
		    tipc_seq_before(l->snd_nxt, to)) {
			l->stats.outside++;
			break;
		}
		gap = min_t(u16, b.gap, l->snd_nxt - to);
		block(l, &at, from, to, gap, now_us);
		from = to;
	}
}

/* Losses: once for each window, to three quarters. */
static void shrink(struct tipc_link *l, u16 seq)
{
	if (tipc_seq_before(seq, l->cut_at))
		return;
	l->cut_at = l->snd_nxt;
	l->cwnd = max_t(u16, l->cwnd - l->cwnd / 4, l->window);
}

/**
 * tipc_link_retransmit() - send again what is missing and should have come
 * @l: the link
 * @now_us: the time
 * @xmitq: what has to be put on the wire is appended
 *
 * Context: Any.
 */
void tipc_link_retransmit(struct tipc_link *l, u64 now_us,
			  struct sk_buff_head *xmitq)
{
	u32 late = tipc_link_late_us(l), left = l->nmissing;
	struct tipc_pkt_cb *cb;
	struct sk_buff *skb;

	if (!left)
		return;
	skb_queue_walk(&l->sent, skb) {
		cb = tipc_pkt_cb(skb);
		if (!cb->missing)
			continue;
		if (now_us - cb->sent_us >= late) {
			shrink(l, tipc_pkt_seq(skb));
			put_on_wire(l, skb, true, now_us, xmitq);
			l->nmissing--;
			l->stats.retransmitted++;
		}
		if (!--left)
			break;
	}
}
