// SPDX-License-Identifier: GPL-2.0-only
/*
 * A trunk: all links between two nodes, over different bearers.
 *
 * Of the links that are up those with the greatest priority carry messages: one,
 * or two that share them. All messages of a socket go over the same link, so
 * they stay in order; names go before all that is sent after them.
 *
 * Whenever a link begins to carry what another has carried, it sends nothing new
 * until the other was acknowledged: so nothing is overtaken. When a link goes
 * down and another is up, that one takes over all that was not acknowledged, see
 * trunk_takeover.c; when none is up, contact is lost, and a new one begins only
 * after the peer has said that it has lost it, too.
 *
 * Pure: see pkt.h. Locking: the caller's, one lock for the trunk.
 */
#include "trunk.h"

#define NO_LINK		(-1)
#define MTU_USUAL	1500

/**
 * tipc_trunk_init() - make a trunk without links
 * @t: where
 *
 * Context: Any.
 */
void tipc_trunk_init(struct tipc_trunk *t)
{
	unsigned int i;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < TIPC_TRUNK_LINKS; i++) {
		__skb_queue_head_init(&t->xmitq[i]);
		__skb_queue_head_init(&t->over[i].deferred);
		tipc_link_init(&t->links[i], 0, 0, 0, "", i, 0);
		tipc_link_exit(&t->links[i]);
	}
	t->active[0] = NO_LINK;
	t->active[1] = NO_LINK;
}

/**
 * tipc_trunk_exit() - end all links
 * @t: the trunk
 *
 * Context: Any.
 */
void tipc_trunk_exit(struct tipc_trunk *t)
{
	unsigned int i;

	for (i = 0; i < TIPC_TRUNK_LINKS; i++) {
		__skb_queue_purge(&t->xmitq[i]);
		tipc_trunk_taken_over(t, i);
		tipc_link_exit(&t->links[i]);
	}
	t->nup = 0;
}

/* ---- order between links --------------------------------------------------- */

/* Number of the last packet that is acknowledged, with all before it. */
static u16 acked_up_to(const struct tipc_link *l)
{
	const struct sk_buff *first = skb_peek(&l->sent);

	return (first ? tipc_pkt_seq(first) : l->snd_nxt) - 1;
}

static bool any_held(const struct tipc_trunk *t)
{
	unsigned int i;

	for (i = 0; i < TIPC_TRUNK_LINKS; i++)
		if (t->links[i].held)
			return true;
	return false;
}

/* From now on link @i waits for all that link @j has to send. */
static void wait_for(struct tipc_trunk *t, unsigned int i, unsigned int j,
		     u64 now_us)
{
	struct tipc_link *l = &t->links[i], *other = &t->links[j];

	if (i == j || !tipc_link_up(other) ||
	    (skb_queue_empty(&other->sent) && skb_queue_empty(&other->backlog)))
		return;
	t->barrier[i].on[j] = true;
	t->barrier[i].up_to[j] = other->snd_nxt +
				 skb_queue_len(&other->backlog) - 1;
	if (l->held)
		return;
	l->unheld = skb_queue_len(&l->backlog);
	l->held = true;
	/* The answer tells soonest. */
	tipc_link_tell_state(other, true, now_us, &t->xmitq[j]);
}

/* Lets go what waits no longer. */
static void release(struct tipc_trunk *t, u64 now_us)
{
	struct tipc_link *l;
	unsigned int i, j;
	bool held;

	for (i = 0; i < TIPC_TRUNK_LINKS; i++) {
		l = &t->links[i];
		if (!l->held)
			continue;
		for (held = false, j = 0; j < TIPC_TRUNK_LINKS; j++) {
			if (!t->barrier[i].on[j])
				continue;
			t->barrier[i].on[j] = tipc_link_up(&t->links[j]) &&
				tipc_seq_before(acked_up_to(&t->links[j]),
						t->barrier[i].up_to[j]);
			held |= t->barrier[i].on[j];
		}
		l->held = held;
		if (!held)
			tipc_link_advance(l, now_us, &t->xmitq[i]);
	}
}

/* Takes in what waited for another link that is far enough now. */
static void synched(struct tipc_trunk *t, u64 now_us,
		    struct sk_buff_head *inq)
{
	const struct tipc_link *with;
	struct tipc_link *l;
	unsigned int i;

	for (i = 0; i < TIPC_TRUNK_LINKS; i++) {
		l = &t->links[i];
		if (!l->synching)
			continue;
		with = &t->links[l->sync_with];
		if (tipc_link_up(with) &&
		    tipc_seq_before(with->rcv_nxt - 1, l->syncpt))
			continue;
		l->synching = false;
		tipc_link_drain(l, now_us, &t->xmitq[i], inq);
	}
}

/* ---- which links carry ----------------------------------------------------- */

static void choose(const struct tipc_trunk *t, s8 *active)
{
	int i, best = -1;

	active[0] = NO_LINK;
	active[1] = NO_LINK;
	for (i = 0; i < TIPC_TRUNK_LINKS; i++) {
		if (!tipc_link_up(&t->links[i]) ||
		    t->links[i].priority < best)
			continue;
		if (t->links[i].priority > best) {
			best = t->links[i].priority;
			active[0] = i;
		}
		active[1] = i;
	}
}

/**
 * tipc_trunk_select() - choose the links that carry messages
 * @t: the trunk
 * @now_us: the time
 *
 * While a link waits for another, the choice stays as long as it can.
 *
 * Context: Any.
 * Return: TIPC_LINK_EV_ROOM if senders may have waited for another link.
 */
unsigned int tipc_trunk_select(struct tipc_trunk *t, u64 now_us)
{
	bool stays = t->active[0] != NO_LINK &&
		     tipc_link_up(&t->links[t->active[0]]) &&
		     tipc_link_up(&t->links[t->active[1]]);
	bool held = any_held(t);
	s8 to[2];
	int i, j;

	choose(t, to);
	if (!memcmp(to, t->active, sizeof(to)) || (stays && held))
		return 0;
	/* All at the same moment: so none waits for what waits for it. */
	for (i = 0; i < TIPC_TRUNK_LINKS && !held; i++) {
		if (i != to[0] && i != to[1])
			continue;
		for (j = 0; j < TIPC_TRUNK_LINKS; j++)
			if (tipc_trunk_is_active(t, j))
				wait_for(t, i, j, now_us);
	}
	memcpy(t->active, to, sizeof(to));
	return TIPC_LINK_EV_ROOM;
}

/* ---- up and down ----------------------------------------------------------- */

static unsigned int came_up(struct tipc_trunk *t, unsigned int i, u64 now_us)
{
	struct tipc_link *l = &t->links[i];

	t->ups[i]++;
	t->changes++;
	if (!t->nup++) {
		choose(t, t->active);
		return TIPC_LINK_EV_UP;
	}
	tipc_trunk_synch(t, l, &t->links[t->active[0]], now_us);
	return tipc_trunk_select(t, now_us);
}

/* The last link has gone. */
static unsigned int contact_lost(struct tipc_trunk *t)
{
	unsigned int i;

	t->active[0] = NO_LINK;
	t->active[1] = NO_LINK;
	t->leaving = true;
	for (i = 0; i < TIPC_TRUNK_LINKS; i++)
		tipc_trunk_taken_over(t, i);
	memset(t->barrier, 0, sizeof(t->barrier));
	return TIPC_LINK_EV_DOWN;
}

/* All links that are up are given up: what one carried cannot be saved. */
static unsigned int all_down(struct tipc_trunk *t)
{
	unsigned int i;

	for (i = 0; i < TIPC_TRUNK_LINKS; i++)
		if (tipc_link_up(&t->links[i]))
			tipc_link_reset(&t->links[i]);
	t->nup = 0;
	t->changes++;
	return contact_lost(t);
}

/* A link that is up goes down. */
static unsigned int went_down(struct tipc_trunk *t, unsigned int i, u64 now_us,
			      struct sk_buff_head *inq)
{
	struct tipc_link *l = &t->links[i];
	unsigned int ev;
	s8 to[2];

	t->nup--;
	t->changes++;
	l->state = TIPC_LINK_RESETTING;
	if (!t->nup) {
		tipc_link_reset(l);
		return contact_lost(t);
	}
	choose(t, to);
	if (!tipc_trunk_hand_over(t, l, &t->links[to[0]], now_us)) {
		tipc_link_reset(l);
		return all_down(t);
	}
	tipc_link_reset(l);
	l->blocked = true;
	t->failovers++;
	memset(&t->barrier[i], 0, sizeof(t->barrier[i]));
	release(t, now_us);
	ev = tipc_trunk_select(t, now_us);
	synched(t, now_us, inq);
	return ev;
}

/**
 * tipc_trunk_give_up() - a link goes down that is not the only one
 * @t: the trunk; another link is up
 * @i: which link
 * @now_us: the time
 * @inq: messages whose turn comes by it are appended
 *
 * Context: Any.
 */
void tipc_trunk_give_up(struct tipc_trunk *t, unsigned int i, u64 now_us,
			struct sk_buff_head *inq)
{
	t->events |= went_down(t, i, now_us, inq);
}

/**
 * tipc_trunk_attach() - there is a way to the peer
 * @t: the trunk
 * @i: number of the bearer; its link is not up
 * @own: address of this node
 * @peer: address of the other
 * @session: a random number; used if the link is new
 * @if_name: name of the interface, for the peer
 * @mtu: greatest packet of the bearer
 * @caps: what the peer can do, TIPC_CAP_*
 *
 * Properties of the link are to be set afterwards.
 *
 * Context: Any.
 */
void tipc_trunk_attach(struct tipc_trunk *t, unsigned int i, u32 own, u32 peer,
		       u16 session, const char *if_name, u16 mtu, u16 caps)
{
	struct tipc_link *l = &t->links[i];

	if (l->session)
		session = l->session + 1;
	tipc_link_exit(l);
	tipc_link_init(l, own, peer, session, if_name, i, mtu);
	l->trunk = t;
	l->bc = t->bc;
	l->index = i;
	l->caps = caps;
	l->blocked = t->over[i].active;
}

/**
 * tipc_trunk_detach() - there is no way to the peer any more
 * @t: the trunk
 * @i: number of the bearer
 * @now_us: the time
 * @inq: messages whose turn comes by it are appended
 *
 * What is to be put on the wire contains the farewell.
 *
 * Context: Any.
 * Return: TIPC_LINK_EV_* bits.
 */
unsigned int tipc_trunk_detach(struct tipc_trunk *t, unsigned int i,
			       u64 now_us, struct sk_buff_head *inq)
{
	struct tipc_link *l = &t->links[i];
	bool was_up = tipc_link_up(l);
	unsigned int ev = 0;

	if (l->state == TIPC_LINK_UNUSED)
		return 0;
	if (was_up)
		ev = went_down(t, i, now_us, inq);
	__skb_queue_purge(&t->xmitq[i]);
	if (was_up)
		tipc_link_tell_stop(l, now_us, &t->xmitq[i]);
	tipc_link_exit(l);
	return ev;
}

/**
 * tipc_trunk_restart() - a link has to begin anew
 * @t: the trunk
 * @i: number of the bearer
 * @mtu: its greatest packet from now on
 * @now_us: the time
 * @inq: messages whose turn comes by it are appended
 *
 * Context: Any.
 * Return: TIPC_LINK_EV_* bits.
 */
unsigned int tipc_trunk_restart(struct tipc_trunk *t, unsigned int i, u16 mtu,
				u64 now_us, struct sk_buff_head *inq)
{
	struct tipc_link *l = &t->links[i];
	unsigned int ev = 0;

	if (l->state == TIPC_LINK_UNUSED)
		return 0;
	if (tipc_link_up(l))
		ev = went_down(t, i, now_us, inq);
	else
		tipc_link_reset(l);
	l->own_mtu = mtu;
	l->mtu = mtu;
	return ev;
}

/* ---- messages -------------------------------------------------------------- */

/* Messages of a socket have the same answer. */
static unsigned int slot_of(const struct tipc_msg *m)
{
	unsigned int user = tipc_msg_user(m);

	if (tipc_msg_is_data(m) || user == TIPC_USER_CONN_MANAGER ||
	    user == TIPC_USER_GROUP_PROTOCOL)
		return tipc_msg_orig_port(m) & 1;
	return 0;
}

/**
 * tipc_trunk_send() - send a message
 * @t: the trunk
 * @skb: complete message; taken over
 * @now_us: the time
 *
 * Context: Any.
 * Return: as tipc_link_send().
 */
int tipc_trunk_send(struct tipc_trunk *t, struct sk_buff *skb, u64 now_us)
{
	const struct tipc_msg *m = tipc_pkt_msg(skb);
	bool names = tipc_msg_user(m) == TIPC_USER_NAME_DISTRIBUTOR;
	int i = t->active[slot_of(m)], err;

	if (i == NO_LINK) {
		kfree_skb(skb);
		return -EHOSTUNREACH;
	}
	err = tipc_link_send(&t->links[i], skb, now_us, &t->xmitq[i]);
	/* What mentions a name comes after it, whichever way it goes. */
	if (names && err >= 0)
		wait_for(t, t->active[1], t->active[0], now_us);
	return err;
}

/* May a message of a link come in? */
static bool welcome(struct tipc_trunk *t, struct tipc_link *l,
		    const struct tipc_msg *m)
{
	bool protocol = tipc_msg_user(m) == TIPC_USER_LINK_PROTOCOL;

	if (l->state == TIPC_LINK_UNUSED)
		return false;
	if (l->blocked)
		return false;
	if (!t->leaving)
		return true;
	if (!protocol || !tipc_link_says_alone(m))
		return false;
	t->leaving = false;
	return true;
}

/**
 * tipc_trunk_receive() - a packet came from the peer
 * @t: the trunk
 * @i: number of the bearer over which it came
 * @skb: packet that passed tipc_msg_check(); taken over
 * @now_us: the time
 * @inq: messages that are complete and in their turn are appended
 *
 * Context: Any.
 * Return: TIPC_LINK_EV_* bits, UP and DOWN of the contact. If both are set, DOWN
 * came first.
 */
unsigned int tipc_trunk_receive(struct tipc_trunk *t, unsigned int i,
				struct sk_buff *skb, u64 now_us,
				struct sk_buff_head *inq)
{
	struct tipc_link *l = &t->links[i];
	unsigned int ev = 0, got;

	if (tipc_link_ends(l, tipc_pkt_msg(skb)))
		ev |= went_down(t, i, now_us, inq);
	if (!welcome(t, l, tipc_pkt_msg(skb))) {
		l->stats.stale++;
		kfree_skb(skb);
		return ev;
	}
	/* Up first: what it contains may be about another link. */
	if (l->state == TIPC_LINK_ACTIVATING &&
	    tipc_msg_user(tipc_pkt_msg(skb)) != TIPC_USER_LINK_PROTOCOL) {
		tipc_link_establish(l, now_us, &t->xmitq[i]);
		ev |= came_up(t, i, now_us);
	}
	got = tipc_link_receive(l, skb, now_us, &t->xmitq[i], inq);
	if (got & TIPC_LINK_EV_UP)
		ev |= came_up(t, i, now_us);
	ev |= (got & TIPC_LINK_EV_ROOM) | t->events;
	t->events = 0;
	if (likely(t->nup < 2))
		return ev;
	synched(t, now_us, inq);
	release(t, now_us);
	return ev | tipc_trunk_select(t, now_us);
}

/* ---- time ------------------------------------------------------------------ */

/**
 * tipc_trunk_tick() - some time has passed
 * @t: the trunk
 * @now_us: the time
 * @inq: messages whose turn comes by it are appended
 *
 * Context: Any.
 * Return: TIPC_LINK_EV_* bits, as tipc_trunk_receive().
 */
unsigned int tipc_trunk_tick(struct tipc_trunk *t, u64 now_us,
			     struct sk_buff_head *inq)
{
	unsigned int ev = 0, i;

	for (i = 0; i < TIPC_TRUNK_LINKS; i++) {
		struct tipc_link *l = &t->links[i];

		if (t->over[i].active && now_us > t->over[i].until_us)
			tipc_trunk_taken_over(t, i);
		if (l->state == TIPC_LINK_UNUSED || l->blocked)
			continue;
		if (tipc_link_tick(l, now_us, &t->xmitq[i]) &
		    TIPC_LINK_EV_DOWN)
			ev |= went_down(t, i, now_us, inq);
	}
	return ev;
}

/**
 * tipc_trunk_next_tick_us() - how soon to call tipc_trunk_tick() again
 * @t: the trunk
 * @now_us: the time
 *
 * Context: Any.
 * Return: microseconds.
 */
u32 tipc_trunk_next_tick_us(const struct tipc_trunk *t, u64 now_us)
{
	u32 next = 2000000;
	unsigned int i;

	for (i = 0; i < TIPC_TRUNK_LINKS; i++) {
		const struct tipc_link *l = &t->links[i];

		if (t->over[i].active)
			next = min_t(u32, next, 100000);
		if (l->state != TIPC_LINK_UNUSED && !l->blocked)
			next = min_t(u32, next,
				     tipc_link_next_tick_us(l, now_us));
	}
	return next;
}

/**
 * tipc_trunk_congested() - do senders have to wait?
 * @t: the trunk
 *
 * Context: Any.
 * Return: whether they do, for any link that carries messages.
 */
bool tipc_trunk_congested(const struct tipc_trunk *t)
{
	return t->active[0] != NO_LINK &&
	       (t->links[t->active[0]].congested ||
		t->links[t->active[1]].congested);
}

/**
 * tipc_trunk_mss() - the greatest packet that is not cut
 * @t: the trunk
 *
 * Context: Any; also without the lock, and then it may be outdated.
 * Return: bytes; something sensible while no link is up.
 */
unsigned int tipc_trunk_mss(const struct tipc_trunk *t)
{
	int i = READ_ONCE(t->active[0]);
	unsigned int mtu = i == NO_LINK ? 0 : READ_ONCE(t->links[i].mtu);

	return (mtu ? mtu : MTU_USUAL) - TIPC_HSIZE_INTERNAL;
}
