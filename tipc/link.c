// SPDX-License-Identifier: GPL-2.0-only
/*
 * A link: packets between two nodes, in order, each once.
 *
 * What is sent gets a number and is kept until it is acknowledged; every packet
 * and every STATE message acknowledges what has come in order, and STATE
 * messages name what came behind a gap. Who has sent and hears nothing asks
 * after about two round trips, so that a lost tail costs little; who misses a
 * packet says so; who hears nothing for the tolerance gives the peer up.
 *
 * Here is how a link begins and ends, and what it does as time goes by.
 * link_tx.c sends, link_rx.c receives, link_proto.c has the messages by which
 * the two ends agree, link_gap.c what is said in them of gaps.
 *
 * Packets are numbered modulo 65536, and fewer than half of that are ever under
 * way, so comparing is a subtraction. Times are microseconds that the caller
 * says: nothing here reads a clock or sleeps, and tests run hours in seconds.
 *
 * Pure: see pkt.h. Locking: the caller's.
 */
#include "link.h"
#include "slice.h"

#define TELL_PEER_US	50000u	/* between RESET or ACTIVATE messages */
#define TICK_MIN_US	500u
/* Who is looked after by others is asked now and then all the same. */
#define EXCUSED_MAX	16	/* tolerances */

/* ---- beginning and end ----------------------------------------------------- */

/* Forgets everything of the session. */
static void forget(struct tipc_link *l)
{
	tipc_ring_down(l->ring);
	__skb_queue_purge(&l->sent);
	__skb_queue_purge(&l->backlog);
	l->backlog_bytes = 0;
	__skb_queue_purge(&l->deferred);
	tipc_link_drop_whole(&l->whole);
	tipc_slices_purge(l->slices);
	l->slices = NULL;
	l->congested = false;
	l->held = false;
	l->unheld = 0;
	l->nmissing = 0;
	l->cwnd = l->window;
	l->snd_nxt = 1;
	l->cut_at = 1;
	l->rcv_nxt = 1;
	l->synching = false;
	l->naps = 0;
	l->untold = 0;
	l->snd_state = 1;
	l->rcv_state = 1;
	l->unacked = 0;
	l->probed_us = 0;
	l->nacked_us = 0;
	l->told_us = 0;
	l->rtt_us = 0;
	l->rtt_next_us = 0;
	l->reorder_us = 0;
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
	l->state = TIPC_LINK_UNUSED;
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

/* ---- receiving ------------------------------------------------------------- */

/**
 * tipc_link_receive() - a packet came from the peer
 * @l: the link
 * @skb: packet that passed tipc_msg_check(); taken over. One by which the link
 *	ends, see tipc_link_ends(), comes after the link was reset
 * @now_us: the time
 * @xmitq: what has to be put on the wire is appended
 * @inq: messages that are complete and in their turn are appended
 *
 * Context: Any.
 * Return: TIPC_LINK_EV_* bits.
 */
unsigned int tipc_link_receive(struct tipc_link *l, struct sk_buff *skb,
			       u64 now_us, struct sk_buff_head *xmitq,
			       struct sk_buff_head *inq)
{
	struct tipc_msg *m = tipc_pkt_msg(skb);
	unsigned int ev = 0;

	if (tipc_msg_user(m) == TIPC_USER_LINK_PROTOCOL)
		return tipc_link_protocol(l, skb, now_us, xmitq);
	if (l->state < TIPC_LINK_ACTIVATING) {
		l->stats.stale++;
		kfree_skb(skb);
		return 0;
	}
	if (tipc_is_slice(m)) {
		l->heard_us = now_us;
		skb = tipc_slices_add(&l->slices, skb);
		if (!skb)
			return 0;
		m = tipc_pkt_msg(skb);
	}
	ev = tipc_link_establish(l, now_us, xmitq);
	l->heard_us = now_us;
	tipc_bcast_acked(l->bc, m);
	if (tipc_link_acked(l, tipc_msg_link_ack(m), now_us)) {
		if (!skb_queue_empty(&l->backlog))
			tipc_link_advance(l, now_us, xmitq);
		ev |= tipc_link_room(l);
	}
	tipc_link_sequenced(l, skb, now_us, xmitq, inq);
	return ev;
}

/* ---- time ------------------------------------------------------------------ */

static u32 until(u64 at_us, u64 now_us)
{
	return at_us > now_us ? min_t(u64, at_us - now_us, 1u << 30) : 0;
}

/**
 * tipc_link_next_tick_us() - how soon to call tipc_link_tick() again
 * @l: the link
 * @now_us: the time
 *
 * Context: Any.
 * Return: microseconds.
 */
u32 tipc_link_next_tick_us(const struct tipc_link *l, u64 now_us)
{
	u32 next = l->tolerance_ms * 1000 / 4;

	/* At once, then slower and slower: who is there speaks, too. */
	if (!tipc_link_up(l))
		return l->attempts ? TELL_PEER_US << min_t(u16, l->attempts / 5,
							   5) : TICK_MIN_US;
	next = min_t(u32, next, until(l->heard_us + tipc_link_tolerance_us(l) +
				      1, now_us));
	if (!skb_queue_empty(&l->sent))
		next = min_t(u32, next, until(l->acked_us +
					tipc_link_tail_wait_us(l), now_us));
	if (tipc_bcast_pending(l->bc))
		next = min_t(u32, next, tipc_link_tail_wait_us(l));
	if (l->nmissing)
		next = min_t(u32, next, tipc_link_late_us(l));
	if (!skb_queue_empty(&l->deferred))
		next = min_t(u32, next, until(l->nacked_us +
					      tipc_link_nap_us(l), now_us));
	return max_t(u32, next, TICK_MIN_US);
}

static void not_up(struct tipc_link *l, u64 now_us, struct sk_buff_head *xmitq)
{
	if (l->attempts < 1000)
		l->attempts++;
	if (l->state == TIPC_LINK_RESETTING)
		tipc_link_tell(l, TIPC_LINK_RESET_MSG, 0, false, now_us, xmitq);
	else if (now_us - l->heard_us > tipc_link_tolerance_us(l))
		tipc_link_reset(l);
	else
		tipc_link_tell(l, TIPC_LINK_ACTIVATE_MSG, 0, false, now_us,
			       xmitq);
}

/*
 * May the peer be silent, as others would say that it has gone? Then the silence
 * begins anew. Not while an answer is awaited: to a question, or to packets.
 */
static bool excused(struct tipc_link *l, unsigned int duty, u64 now_us)
{
	u64 tolerance = tipc_link_tolerance_us(l);

	if (duty || !skb_queue_empty(&l->sent) || tipc_bcast_pending(l->bc))
		return false;
	if (l->heard_us != l->excused_us) {
		if (now_us - l->heard_us > tolerance / 2)
			return false;
		l->last_us = l->heard_us;
	}
	if (now_us - l->last_us > EXCUSED_MAX * tolerance)
		return false;
	l->heard_us = now_us;
	l->excused_us = now_us;
	return true;
}

/* How long the peer may be silent. */
static u64 patience_us(const struct tipc_link *l, unsigned int duty)
{
	u64 tolerance = tipc_link_tolerance_us(l);

	return duty & TIPC_RING_HASTE ? tolerance / 2 : tolerance;
}

/**
 * tipc_link_tick() - some time has passed
 * @l: the link
 * @now_us: the time
 * @xmitq: what has to be put on the wire is appended
 *
 * Context: Any.
 * Return: TIPC_LINK_EV_DOWN if the peer was silent for too long; the link has to
 * be reset then. Else 0.
 */
unsigned int tipc_link_tick(struct tipc_link *l, u64 now_us,
			    struct sk_buff_head *xmitq)
{
	bool probe, report, due, free;
	unsigned int duty;
	u64 quarter;

	if (!tipc_link_up(l)) {
		not_up(l, now_us, xmitq);
		return 0;
	}
	duty = tipc_ring_duty(l->ring);
	free = excused(l, duty, now_us);
	if (now_us - l->heard_us > patience_us(l, duty))
		return TIPC_LINK_EV_DOWN;
	/* Somewhat early: a timer that is a little late must not skip one. */
	quarter = tipc_link_tolerance_us(l) / 4;
	quarter -= quarter / 8;
	due = now_us - l->told_us >= quarter && !free;
	probe = now_us - l->heard_us >= quarter ||
		(due && duty & TIPC_RING_ASK);
	if (!skb_queue_empty(&l->sent) &&
	    now_us - l->acked_us >= tipc_link_tail_wait_us(l)) {
		l->tail_probes += l->tail_probes < 8;
		/* Not again before the answer can be here. */
		l->acked_us = now_us;
		/* An answer that never came says nothing of the way. */
		l->probed_us = 0;
		probe = true;
	}
	if (tipc_bcast_ask(l->bc, tipc_link_tail_wait_us(l), now_us))
		probe = true;
	tipc_link_retransmit(l, now_us, xmitq);
	report = !skb_queue_empty(&l->deferred) && !l->synching &&
		 now_us - l->nacked_us >= tipc_link_nap_us(l);
	if (report) {
		l->naps += l->naps < 8;
		l->nacked_us = now_us;
	}
	if (probe || report || l->unacked || due)
		tipc_link_tell_state(l, probe, now_us, xmitq);
	return 0;
}
