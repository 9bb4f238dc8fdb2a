// SPDX-License-Identifier: GPL-2.0-only
/*
 * The links to another node at work: packets for it and from it, time, and
 * interfaces that come and go.
 *
 * Packets are given to the node's links; what comes out of them is told by
 * node_news.c. Putting packets on the wire must happen in the order in which
 * the links decided it, although several processors may use them: it is a queue
 * that is filled under the node's lock and emptied without it by one at a time.
 * Who finds nobody doing it does it.
 *
 * Locking: the node's lock guards its links.
 *
 * Lifetime: whoever uses a node is in an RCU read-side section. One that is
 * forgotten is marked dead under its lock, so that its timer is not started
 * again.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/skbuff.h>
#include <net/net_namespace.h>

#include "bcast_net.h"
#include "bearer.h"
#include "core.h"
#include "nodes.h"
#include "slice.h"
#include "socket.h"

static_assert(TIPC_TRUNK_LINKS == TIPC_MAX_BEARERS);

/* Under the lock of the node, or what it remembers may be later. */
static u64 now_us(void)
{
	return ktime_get_ns() / NSEC_PER_USEC;
}

/* The bearer of a node that is a namespace of this host, if that may be used. */
static struct tipc_bearer *near_of(struct tipc_node *n, struct tipc_path *path,
				   struct tipc_bearer *b)
{
	int when;

	if (likely(!READ_ONCE(tipc_net(n->net)->short_cut)))
		return NULL;
	when = tipc_bearer_changes();
	if (path->near_when != when) {
		path->near = tipc_bearer_near(b, &path->at, n->id, n->random);
		path->near_when = when;
	}
	return path->near && tipc_bearer_is_near(b, path->near) ? path->near :
								   NULL;
}

/* Gives packets away, without the lock: one, or those that are in @q. */
static void put_on_wire(struct tipc_bearer *b, struct tipc_bearer *near,
			struct sk_buff *one, struct sk_buff_head *q,
			const struct tipc_maddr *to)
{
	if (likely(b && one && !near)) {
		tipc_bearer_xmit_one(b, one, to);
		return;
	}
	if (one)
		__skb_queue_tail(q, one);
	if (unlikely(!b))
		__skb_queue_purge(q);
	else if (near)
		tipc_bearer_hand_over(b, near, q);
	else
		tipc_bearer_xmit(b, q, to);
}

/*
 * Puts packets of a link on the wire, in order, by one at a time. The lock is
 * released meanwhile; softirqs stay off.
 */
static void send_path(struct tipc_node *n, unsigned int i)
	__must_hold(&n->lock)
{
	struct tipc_path *path = &n->paths[i];
	struct tipc_bearer *b, *near;
	struct sk_buff *one = NULL;
	struct sk_buff_head q;
	struct tipc_maddr at;

	if (path->sending)
		return;
	path->sending = true;
	do {
		__skb_queue_head_init(&q);
		if (likely(skb_queue_len(&n->trunk.xmitq[i]) == 1))
			one = __skb_dequeue(&n->trunk.xmitq[i]);
		else
			skb_queue_splice_init(&n->trunk.xmitq[i], &q);
		b = rcu_dereference(path->bearer);
		at = path->at;
		near = b ? near_of(n, path, b) : NULL;
		spin_unlock(&n->lock);
		put_on_wire(b, near, one, &q, &at);
		one = NULL;
		spin_lock(&n->lock);
	} while (!skb_queue_empty(&n->trunk.xmitq[i]));
	path->sending = false;
}

/* The lock is released meanwhile. */
static void send(struct tipc_node *n)
	__must_hold(&n->lock)
{
	unsigned int i;

	lockdep_assert_held(&n->lock);
	for (i = 0; i < TIPC_TRUNK_LINKS; i++)
		if (!skb_queue_empty(&n->trunk.xmitq[i]))
			send_path(n, i);
}

/* After whatever the links did. The lock is released meanwhile. */
static void finish(struct tipc_node *n)
	__must_hold(&n->lock)
{
	send(n);
	tipc_node_tell(n);
}

/* ---- links ----------------------------------------------------------------- */

/* The lock is held; tipc_node_tell() follows. */
static void link_event(struct tipc_node *n, unsigned int ev)
{
	lockdep_assert_held(&n->lock);
	if (likely(!ev))
		return;
	if (ev & TIPC_LINK_EV_DOWN) {
		/* What is not told yet belongs to what is over. */
		__skb_queue_purge(&n->inq);
		tipc_bcast_peer_reset(&n->bcast);
		n->came_up = false;
		n->went_down = true;
		n->names = false;
	}
	if (ev & TIPC_LINK_EV_UP)
		n->came_up = true;
}

static bool has_bearer(const struct tipc_node *n)
{
	unsigned int i;

	for (i = 0; i < TIPC_TRUNK_LINKS; i++)
		if (rcu_access_pointer(n->paths[i].bearer))
			return true;
	return false;
}

/*
 * Starting a timer costs; one that runs too early does nothing but start. What
 * began to wait before had its timer; what begins now waits for @least_us.
 */
static void arm_timer(struct tipc_node *n, u64 now, u32 least_us)
{
	u64 at;

	lockdep_assert_held(&n->lock);
	if (n->timer_us && n->timer_us <= now + least_us)
		return;
	if (n->dead || !has_bearer(n))
		return;
	at = now + tipc_trunk_next_tick_us(&n->trunk, now);
	if (n->timer_us && n->timer_us <= at)
		return;
	n->timer_us = at;
	hrtimer_start(&n->timer, ns_to_ktime((at - now) * NSEC_PER_USEC),
		      HRTIMER_MODE_REL_SOFT);
}

/**
 * tipc_node_timer() - time has passed for the links of a node
 * @timer: of the node
 *
 * Context: Softirq.
 * Return: that it is not to run again by itself.
 */
enum hrtimer_restart tipc_node_timer(struct hrtimer *timer)
{
	struct tipc_node *n = container_of(timer, struct tipc_node, timer);
	u64 now;

	rcu_read_lock();
	spin_lock_bh(&n->lock);
	now = now_us();
	n->timer_us = 0;
	if (!n->dead && has_bearer(n))
		link_event(n, tipc_trunk_tick(&n->trunk, now, &n->inq));
	arm_timer(n, now, TIPC_LINK_WAIT_MIN_US);
	finish(n);
	spin_unlock_bh(&n->lock);
	tipc_bcast_flush(n->net);
	rcu_read_unlock();
	return HRTIMER_NORESTART;
}

/**
 * tipc_nodes_xmit() - send a message to another node
 * @n: the node
 * @skb: complete message; taken over
 * @port: socket that sends it, 0 if none; it is told to wait when it should
 *
 * Context: Any but hard interrupts, in an RCU read-side section.
 * Return: 0, or a negative error: the message is freed then.
 */
int tipc_nodes_xmit(struct tipc_node *n, struct sk_buff *skb, u32 port)
{
	u64 now;
	int err;

	spin_lock_bh(&n->lock);
	now = now_us();
	err = tipc_trunk_send(&n->trunk, skb, now);
	/* A list that is full is no reason to wait. */
	if (err > 0 && port && !tipc_dests_add(&n->waiting, port))
		tipc_sk_link_congested(n->net, port);
	if (err >= 0)
		arm_timer(n, now, TIPC_LINK_TAIL_MIN_US);
	send(n);
	spin_unlock_bh(&n->lock);
	return min(err, 0);
}

/* What nobody who is in his right mind would send. */
static u32 nonsense(const struct tipc_link *l)
{
	return l->stats.bad + l->stats.outside;
}

/* The lock is held. */
static void node_rcv(struct tipc_node *n, unsigned int i,
		     struct sk_buff_head *q)
{
	const struct tipc_link *l = &n->trunk.links[i];
	u32 before = nonsense(l);
	u64 now = now_us();
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(q)))
		if (tipc_msg_flag(tipc_pkt_msg(skb), TIPC_MSG_F_NON_SEQ))
			tipc_bcast_receive(&n->trunk.links[i], skb, now,
					   &n->trunk.xmitq[i], &n->inq);
		else
			link_event(n, tipc_trunk_receive(&n->trunk, i, skb,
							 now, &n->inq));
	if (unlikely(nonsense(l) != before))
		net_warn_ratelimited("%08x sends over %s what makes no sense: %u malformed, %u out of range\n",
				     n->addr, l->if_name, l->stats.bad,
				     l->stats.outside);
	arm_timer(n, now, l->nmissing || !skb_queue_empty(&l->deferred) ?
			  TIPC_LINK_WAIT_MIN_US : TIPC_LINK_TAIL_MIN_US);
}

/**
 * tipc_nodes_rcv() - packets came over a bearer
 * @net: namespace
 * @b: bearer
 * @addr: node that all of them say they come from
 * @q: packets that passed tipc_msg_check(), their headers linear; empty on
 *	return
 * @from: from where they come
 *
 * Context: Softirq, or softirqs are off, in an RCU read-side section.
 */
void tipc_nodes_rcv(struct net *net, struct tipc_bearer *b, u32 addr,
		    struct sk_buff_head *q, const struct tipc_maddr *from)
{
	struct tipc_node *n = tipc_nodes_find(net, addr);
	bool good;

	if (!n) {
		__skb_queue_purge(q);
		return;
	}
	spin_lock(&n->lock);
	/* Who comes another way is not the node it says it is. */
	good = !n->dead &&
	       rcu_access_pointer(n->paths[b->id].bearer) == b &&
	       tipc_maddr_same_host(&n->paths[b->id].at, from);
	if (likely(good)) {
		node_rcv(n, b->id, q);
		finish(n);
		spin_unlock(&n->lock);
		tipc_bcast_flush(net);
	} else {
		spin_unlock(&n->lock);
		__skb_queue_purge(q);
	}
}

static void watch_bcast(struct tipc_node *n, void *unused)
{
	if (!tipc_bcast_pending(&n->bcast))
		return;
	spin_lock_bh(&n->lock);
	arm_timer(n, now_us(), TIPC_LINK_WAIT_MIN_US);
	spin_unlock_bh(&n->lock);
}

/**
 * tipc_nodes_bcast_sent() - a broadcast was sent: watch for acknowledgements
 * @net: namespace
 *
 * Context: Any but hard interrupts, in an RCU read-side section.
 */
void tipc_nodes_bcast_sent(struct net *net)
{
	tipc_nodes_each(net, watch_bcast, NULL);
}

/**
 * tipc_nodes_set_link() - change properties of a link
 * @n: the node it leads to
 * @i: number of the bearer
 * @props: that passed tipc_bearer_props_check(); the domain does not matter
 *
 * The peer is told of the tolerance and the priority, which both ends need.
 *
 * Context: Any but hard interrupts, in an RCU read-side section.
 */
void tipc_nodes_set_link(struct tipc_node *n, unsigned int i,
			 const struct tipc_bearer_props *props)
{
	struct tipc_link *l = &n->trunk.links[i];
	u64 now;

	spin_lock_bh(&n->lock);
	now = now_us();
	if (props->priority >= 0)
		l->priority = props->priority;
	if (props->tolerance_ms) {
		l->tolerance_ms = props->tolerance_ms;
		l->tell_tolerance = 3;
	}
	if (props->window) {
		l->window = props->window;
		l->cwnd = props->window;
	}
	if (tipc_link_up(l))
		tipc_link_tell_state(l, true, now, &n->trunk.xmitq[i]);
	tipc_trunk_select(&n->trunk, now);
	arm_timer(n, now, TIPC_LINK_WAIT_MIN_US);
	finish(n);
	spin_unlock_bh(&n->lock);
}

/**
 * tipc_nodes_tell_state() - tell a node what is new, and ask it for an answer
 * @n: the node
 * @i: number of the bearer
 *
 * Context: Any but hard interrupts, in an RCU read-side section.
 */
void tipc_nodes_tell_state(struct tipc_node *n, unsigned int i)
{
	u64 now;

	spin_lock_bh(&n->lock);
	now = now_us();
	if (tipc_link_up(&n->trunk.links[i]))
		tipc_link_tell_state(&n->trunk.links[i], true, now,
				     &n->trunk.xmitq[i]);
	arm_timer(n, now, TIPC_LINK_WAIT_MIN_US);
	finish(n);
	spin_unlock_bh(&n->lock);
}

/* A node that can is sent packets larger than those of the wire. */
static u16 link_mtu(const struct tipc_node *n, const struct tipc_bearer *b)
{
	return n->caps & TIPC_CAP_SLICES ? b->media->sliced_max :
					   READ_ONCE(b->mtu);
}

/* Takes the link to where the message came from. The lock is held. */
static void attach(struct tipc_node *n, struct tipc_bearer *b,
		   const struct tipc_disc *d)
{
	struct tipc_path *path = &n->paths[b->id];
	struct tipc_link *l = &n->trunk.links[b->id];

	n->random = d->random;
	if (rcu_access_pointer(path->bearer) == b &&
	    tipc_maddr_equal(&path->at, &d->at) && l->caps == d->caps)
		return;
	n->caps = d->caps;
	path->at = d->at;
	path->near_when = 0;
	rcu_assign_pointer(path->bearer, b);
	tipc_trunk_attach(&n->trunk, b->id, tipc_own_addr(n->net), n->addr,
			  get_random_u32(), b->if_name, link_mtu(n, b), d->caps);
	tipc_ring_attach(&b->ring, tipc_own_addr(n->net), &n->rings[b->id],
			 n->addr);
	l->ring = &n->rings[b->id];
	l->tolerance_ms = b->tolerance_ms;
	l->priority = b->priority;
	l->window = b->window;
	l->cwnd = b->window;
}

/**
 * tipc_nodes_found() - a node says where it is
 * @net: namespace
 * @b: bearer over which it said so
 * @d: what it said; the cluster is ours and it is not this node
 *
 * Context: Softirq, in an RCU read-side section.
 * Return: whether to answer.
 */
bool tipc_nodes_found(struct net *net, struct tipc_bearer *b,
		      const struct tipc_disc *d)
{
	struct tipc_node *n = tipc_nodes_get(net, d);
	bool good = false, other;
	char at[TIPC_MADDR_STR];

	if (!n)
		return false;
	spin_lock_bh(&n->lock);
	other = memcmp(n->id, d->id, TIPC_NODEID_LEN);
	WRITE_ONCE(n->found, jiffies);
	if (n->dead || READ_ONCE(b->dead))
		goto out;
	/* Only who is not linked to may have become another. */
	if (tipc_trunk_up(&n->trunk) && other)
		goto out;
	memcpy(n->id, d->id, TIPC_NODEID_LEN);
	other = false;
	good = true;
	if (tipc_link_up(&n->trunk.links[b->id]))
		goto out;
	attach(n, b, d);
	arm_timer(n, now_us(), TIPC_LINK_WAIT_MIN_US);
out:
	spin_unlock_bh(&n->lock);
	if (other) {
		tipc_maddr_to_str(&d->at, at, sizeof(at));
		net_warn_ratelimited("two nodes have the address %08x, one of them at %s\n",
				     d->node, at);
	}
	return good;
}

static void reset(struct tipc_node *n, struct tipc_bearer *b, bool gone)
{
	struct tipc_path *path = &n->paths[b->id];
	u64 now;

	spin_lock_bh(&n->lock);
	now = now_us();
	if (rcu_access_pointer(path->bearer) != b) {
		spin_unlock_bh(&n->lock);
		return;
	}
	if (gone)
		link_event(n, tipc_trunk_detach(&n->trunk, b->id, now,
						&n->inq));
	else
		link_event(n, tipc_trunk_restart(&n->trunk, b->id,
						 link_mtu(n, b), now,
						 &n->inq));
	arm_timer(n, now, TIPC_LINK_WAIT_MIN_US);
	/* With the farewell. */
	send(n);
	if (gone) {
		tipc_ring_detach(&n->rings[b->id]);
		RCU_INIT_POINTER(path->bearer, NULL);
		__skb_queue_purge(&n->trunk.xmitq[b->id]);
	}
	finish(n);
	spin_unlock_bh(&n->lock);
}

static void begin_anew(struct tipc_node *n, void *bearer)
{
	reset(n, bearer, false);
}

static void end(struct tipc_node *n, void *bearer)
{
	reset(n, bearer, true);
}

/**
 * tipc_nodes_bearer_reset() - links over a bearer have to begin anew
 * @net: namespace
 * @b: bearer
 *
 * Context: Any but hard interrupts.
 */
void tipc_nodes_bearer_reset(struct net *net, struct tipc_bearer *b)
{
	rcu_read_lock();
	tipc_nodes_each(net, begin_anew, b);
	rcu_read_unlock();
}

/**
 * tipc_nodes_bearer_gone() - links over a bearer are over
 * @net: namespace
 * @b: bearer; nobody finds it any more
 *
 * Context: Process context.
 */
void tipc_nodes_bearer_gone(struct net *net, struct tipc_bearer *b)
{
	rcu_read_lock();
	tipc_nodes_each(net, end, b);
	rcu_read_unlock();
}
