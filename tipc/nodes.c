// SPDX-License-Identifier: GPL-2.0-only
/*
 * The other nodes of the cluster and the links to them.
 *
 * A node is known from its first discovery message on, until it is removed by
 * hand or the namespace goes. Packets are given to its links; what comes out of
 * them is given to the rest of the module: names to dist.c, all else to
 * sockets.
 *
 * Two things must happen in the order in which the links decided them, although
 * several processors may use them: putting packets on the wire, and telling the
 * rest of the module. Both are queues that are filled under the node's lock and
 * emptied without it by one at a time: who finds nobody doing it does it.
 *
 * Locking: nodes->lock guards the table, which is read under RCU. A node's lock
 * may be taken under the name table's lock, never the other way round.
 *
 * Lifetime: whoever uses a node is in an RCU read-side section. A node that is
 * forgotten is marked dead under its lock, so that its timer is not started
 * again, and freed after a grace period.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "bcast_net.h"
#include "bearer.h"
#include "core.h"
#include "name_table.h"
#include "nodes.h"
#include "slice.h"
#include "socket.h"

#define NODE_HASH_BITS	8
/* How long a node is kept that never was linked to. */
#define STRANGER_S	30

/**
 * struct tipc_nodes - the nodes that are known in a namespace
 * @lock: guards the table
 * @hash: by address
 * @n: how many
 * @nup: how many have a link that is up
 * @trial: the address that this node would like, while it has none
 */
struct tipc_nodes {
	spinlock_t		lock;
	struct hlist_head	hash[1 << NODE_HASH_BITS];
	unsigned int		n;
	atomic_t		nup;
	u32			trial;
};

static_assert(TIPC_TRUNK_LINKS == TIPC_MAX_BEARERS);

static struct hlist_head *bucket(struct tipc_nodes *nodes, u32 addr)
{
	return &nodes->hash[hash_32(addr, NODE_HASH_BITS)];
}

static u64 now_us(void)
{
	return ktime_get_ns() / NSEC_PER_USEC;
}

/**
 * tipc_nodes_find() - a node by its address
 * @net: namespace
 * @addr: the address
 *
 * Context: In an RCU read-side section.
 * Return: the node, or NULL.
 */
struct tipc_node *tipc_nodes_find(struct net *net, u32 addr)
{
	struct tipc_nodes *nodes = tipc_net(net)->nodes;
	struct tipc_node *n;

	hlist_for_each_entry_rcu(n, bucket(nodes, addr), of_net)
		if (n->addr == addr)
			return n;
	return NULL;
}

/**
 * tipc_nodes_from() - the node with the least address from one on
 * @net: namespace
 * @addr: from which on; on return the address of the node
 *
 * Context: In an RCU read-side section.
 * Return: the node, or NULL.
 */
struct tipc_node *tipc_nodes_from(struct net *net, u32 *addr)
{
	struct tipc_nodes *nodes = tipc_net(net)->nodes;
	struct tipc_node *n, *best = NULL;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nodes->hash); i++)
		hlist_for_each_entry_rcu(n, &nodes->hash[i], of_net)
			if (n->addr >= *addr &&
			    (!best || n->addr < best->addr))
				best = n;
	if (best)
		*addr = best->addr;
	return best;
}

/**
 * tipc_node_link_str() - the name of a link to a node
 * @n: the node
 * @i: number of the bearer
 * @name: where to write it: own identity and interface, then the peer's
 * @len: room for it, at best TIPC_MAX_LINK_NAME
 *
 * Context: Any.
 */
void tipc_node_link_str(const struct tipc_node *n, unsigned int i, char *name,
			size_t len)
{
	const struct tipc_link *l = &n->trunk.links[i];
	char peer[TIPC_NODE_ID_STR];

	tipc_node_id_to_str(n->id, peer);
	snprintf(name, len, "%s:%s-%s:%s", tipc_net(n->net)->node_id_str,
		 l->if_name, peer,
		 l->peer_if_name[0] ? l->peer_if_name : "unknown");
}

/* ---- telling the rest of the module ---------------------------------------- */

static void tell_link_up(struct tipc_node *n, unsigned int i)
{
	struct tipc_service_range sr = { TIPC_LINK_STATE, n->addr, n->addr };
	struct tipc_path *path = &n->paths[i];
	char name[TIPC_MAX_LINK_NAME];
	struct tipc_publ *p;

	path->told_up = true;
	tipc_node_link_str(n, i, name, sizeof(name));
	net_info_ratelimited("link %s is up\n", name);
	/* Both bearers, so that each link has its own number. */
	p = tipc_nametbl_publish_atomic(&tipc_net(n->net)->names, &sr,
					TIPC_NODE_SCOPE,
					n->trunk.links[i].peer_bearer_id << 16 |
					i, i);
	path->link_state = IS_ERR(p) ? NULL : p;
}

static void tell_link_down(struct tipc_node *n, unsigned int i)
{
	struct tipc_path *path = &n->paths[i];
	char name[TIPC_MAX_LINK_NAME];

	path->told_up = false;
	tipc_node_link_str(n, i, name, sizeof(name));
	net_info_ratelimited("link %s is down\n", name);
	if (path->link_state)
		tipc_nametbl_withdraw(&tipc_net(n->net)->names,
				      path->link_state);
	path->link_state = NULL;
}

static void tell_up(struct tipc_node *n)
{
	n->up = true;
	WRITE_ONCE(n->was_up, true);
	atomic_inc(&tipc_net(n->net)->nodes->nup);
	tipc_bcast_node_up(n);
	tipc_dist_begin(n);
}

static void tell_down(struct tipc_node *n)
{
	if (!n->up)
		return;
	n->up = false;
	atomic_dec(&tipc_net(n->net)->nodes->nup);
	tipc_dist_end(n);
	tipc_bcast_node_down(n);
	tipc_nametbl_purge(&tipc_net(n->net)->names, &n->publs);
	n->npubls = 0;
	queue_work(system_wq, &n->lost);
}

/* Sockets are walked through by who may sleep. */
static void node_lost(struct work_struct *work)
{
	struct tipc_node *n = container_of(work, struct tipc_node, lost);

	tipc_sk_node_lost(n->net, n->addr);
}

static void tell_message(struct tipc_node *n, struct sk_buff *skb)
{
	struct tipc_msg *m = tipc_pkt_msg(skb);
	u32 dest = tipc_msg_is_short(m) ? 0 : tipc_msg_dest_node(m);

	if (tipc_msg_user(m) == TIPC_USER_NAME_DISTRIBUTOR) {
		tipc_dist_rcv(n, skb);
	} else if (!tipc_in_own_node(n->net, dest)) {
		/* There are no routes: what is for others is a mistake. */
		kfree_skb(skb);
	} else if (!tipc_msg_is_short(m) && tipc_msg_orig_node(m) != n->addr) {
		/* Nobody speaks for another node. */
		kfree_skb(skb);
	} else if (tipc_msg_is_data(m) && tipc_msg_is_many(m)) {
		tipc_sk_rcv_mcast(n->net, skb);
	} else {
		tipc_sk_rcv(n->net, skb);
	}
}

static void tell_room(struct tipc_node *n, struct tipc_dests *ports)
{
	u32 i;

	for (i = 0; i < ports->n; i++)
		tipc_sk_link_ready(n->net, ports->v[i]);
	tipc_dests_free(ports);
}

/* Sockets that may go on now. The list becomes empty. */
static void take_waiting(struct tipc_node *n, struct tipc_dests *to)
{
	tipc_dests_init(to);
	if (tipc_trunk_congested(&n->trunk) || !n->waiting.n)
		return;
	tipc_dests_move(to, &n->waiting);
}

/* Which links went down or came up since it was told: bits. Locked. */
static unsigned int take_changes(struct tipc_node *n, unsigned int *up)
{
	unsigned int i, down = 0;

	*up = 0;
	for (i = 0; i < TIPC_TRUNK_LINKS; i++) {
		bool is_up = tipc_link_up(&n->trunk.links[i]);
		struct tipc_path *path = &n->paths[i];
		bool again = path->told_ups != n->trunk.ups[i];

		if (path->told_up && (!is_up || again))
			down |= 1 << i;
		if (is_up && (!path->told_up || again))
			*up |= 1 << i;
		path->told_ups = n->trunk.ups[i];
	}
	return down;
}

/**
 * struct news - what the runner has to tell
 * @links_down: links that went down, bits
 * @links_up: links that came up afterwards, bits
 * @down: contact was lost
 * @up: contact began afterwards
 * @inq: messages
 * @ready: sockets that may go on
 */
struct news {
	unsigned int		links_down;
	unsigned int		links_up;
	bool			down;
	bool			up;
	struct sk_buff_head	inq;
	struct tipc_dests	ready;
};

/* Returns whether there are any. The lock is held. */
static bool take_news(struct tipc_node *n, struct news *news)
{
	news->links_down = take_changes(n, &news->links_up);
	news->down = n->went_down;
	news->up = n->came_up;
	n->went_down = false;
	n->came_up = false;
	__skb_queue_head_init(&news->inq);
	skb_queue_splice_init(&n->inq, &news->inq);
	take_waiting(n, &news->ready);
	return news->links_down || news->links_up || news->down || news->up ||
	       !skb_queue_empty(&news->inq) || news->ready.n;
}

static void tell_news(struct tipc_node *n, struct news *news)
{
	struct sk_buff *skb;
	unsigned int i;

	for (i = 0; i < TIPC_TRUNK_LINKS && news->links_down; i++)
		if (news->links_down & 1 << i)
			tell_link_down(n, i);
	if (news->down)
		tell_down(n);
	for (i = 0; i < TIPC_TRUNK_LINKS && news->links_up; i++)
		if (news->links_up & 1 << i)
			tell_link_up(n, i);
	if (news->up)
		tell_up(n);
	while ((skb = __skb_dequeue(&news->inq)))
		tell_message(n, skb);
	tell_room(n, &news->ready);
}

/* In order, by one at a time. */
static void run(struct tipc_node *n)
{
	struct news news;

	spin_lock_bh(&n->lock);
	if (n->running)
		goto out;
	n->running = true;
	while (take_news(n, &news)) {
		spin_unlock_bh(&n->lock);
		tell_news(n, &news);
		spin_lock_bh(&n->lock);
	}
	n->running = false;
out:
	spin_unlock_bh(&n->lock);
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

/* Puts packets of a link on the wire, in order, by one at a time. Locked. */
static void send_path(struct tipc_node *n, unsigned int i)
{
	struct tipc_path *path = &n->paths[i];
	struct tipc_bearer *b;
	struct tipc_bearer *near;
	struct sk_buff_head q;
	struct tipc_maddr at;

	lockdep_assert_held(&n->lock);
	if (path->sending)
		return;
	__skb_queue_head_init(&q);
	path->sending = true;
	while (!skb_queue_empty(&n->trunk.xmitq[i])) {
		skb_queue_splice_init(&n->trunk.xmitq[i], &q);
		b = rcu_dereference(path->bearer);
		at = path->at;
		near = b ? near_of(n, path, b) : NULL;
		spin_unlock_bh(&n->lock);
		if (near)
			tipc_bearer_hand_over(b, near, &q);
		else if (b)
			tipc_bearer_xmit(b, &q, &at);
		else
			__skb_queue_purge(&q);
		spin_lock_bh(&n->lock);
	}
	path->sending = false;
}

static void send(struct tipc_node *n)
{
	unsigned int i;

	spin_lock_bh(&n->lock);
	for (i = 0; i < TIPC_TRUNK_LINKS; i++)
		if (!skb_queue_empty(&n->trunk.xmitq[i]))
			send_path(n, i);
	spin_unlock_bh(&n->lock);
}

/* ---- links ----------------------------------------------------------------- */

/* The lock is held; run() follows. */
static void link_event(struct tipc_node *n, unsigned int ev)
{
	lockdep_assert_held(&n->lock);
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

/* Starting a timer costs; one that runs too early does nothing but start. */
static void arm_timer(struct tipc_node *n)
{
	u64 now = now_us(), at;

	lockdep_assert_held(&n->lock);
	if (n->dead || !has_bearer(n))
		return;
	at = now + tipc_trunk_next_tick_us(&n->trunk, now);
	if (n->timer_us && n->timer_us <= at)
		return;
	n->timer_us = at;
	hrtimer_start(&n->timer, ns_to_ktime((at - now) * NSEC_PER_USEC),
		      HRTIMER_MODE_REL_SOFT);
}

static enum hrtimer_restart node_timer(struct hrtimer *timer)
{
	struct tipc_node *n = container_of(timer, struct tipc_node, timer);

	rcu_read_lock();
	spin_lock_bh(&n->lock);
	n->timer_us = 0;
	if (!n->dead && has_bearer(n))
		link_event(n, tipc_trunk_tick(&n->trunk, now_us(), &n->inq));
	arm_timer(n);
	spin_unlock_bh(&n->lock);
	send(n);
	tipc_bcast_flush(n->net);
	run(n);
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
	int err;

	spin_lock_bh(&n->lock);
	err = tipc_trunk_send(&n->trunk, skb, now_us());
	/* A list that is full is no reason to wait. */
	if (err > 0 && port && !tipc_dests_add(&n->waiting, port))
		tipc_sk_link_congested(n->net, port);
	if (err >= 0)
		arm_timer(n);
	spin_unlock_bh(&n->lock);
	send(n);
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
	arm_timer(n);
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
 * Context: Softirq, in an RCU read-side section.
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
	spin_lock_bh(&n->lock);
	/* Who comes another way is not the node it says it is. */
	good = !n->dead &&
	       rcu_access_pointer(n->paths[b->id].bearer) == b &&
	       tipc_maddr_same_host(&n->paths[b->id].at, from);
	if (good)
		node_rcv(n, b->id, q);
	spin_unlock_bh(&n->lock);
	if (!good) {
		__skb_queue_purge(q);
		return;
	}
	send(n);
	tipc_bcast_flush(net);
	run(n);
}

/**
 * tipc_nodes_bcast_sent() - a broadcast was sent: watch for acknowledgements
 * @net: namespace
 *
 * Context: Any but hard interrupts, in an RCU read-side section.
 */
void tipc_nodes_bcast_sent(struct net *net)
{
	struct tipc_nodes *nodes = tipc_net(net)->nodes;
	struct tipc_node *n;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nodes->hash); i++) {
		hlist_for_each_entry_rcu(n, &nodes->hash[i], of_net) {
			if (!tipc_bcast_pending(&n->bcast))
				continue;
			spin_lock_bh(&n->lock);
			arm_timer(n);
			spin_unlock_bh(&n->lock);
		}
	}
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

	spin_lock_bh(&n->lock);
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
		tipc_link_tell_state(l, true, now_us(), &n->trunk.xmitq[i]);
	tipc_trunk_select(&n->trunk, now_us());
	arm_timer(n);
	spin_unlock_bh(&n->lock);
	send(n);
	run(n);
}

/* ---- the table ------------------------------------------------------------- */

static struct tipc_node *node_new(struct net *net, const struct tipc_disc *d)
{
	struct tipc_node *n = kzalloc(sizeof(*n), GFP_ATOMIC);

	if (!n)
		return NULL;
	n->net = net;
	n->addr = d->node;
	memcpy(n->id, d->id, sizeof(n->id));
	n->random = d->random;
	n->found = jiffies;
	spin_lock_init(&n->lock);
	__skb_queue_head_init(&n->inq);
	tipc_dests_init(&n->waiting);
	INIT_LIST_HEAD(&n->publs);
	hrtimer_init(&n->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	n->timer.function = node_timer;
	INIT_WORK(&n->lost, node_lost);
	tipc_trunk_init(&n->trunk);
	tipc_bcast_peer_init(&n->bcast, tipc_bcast_of(net));
	n->trunk.bc = &n->bcast;
	return n;
}

static struct tipc_node *node_get(struct net *net, const struct tipc_disc *d)
{
	struct tipc_nodes *nodes = tipc_net(net)->nodes;
	struct tipc_node *n;

	spin_lock_bh(&nodes->lock);
	n = tipc_nodes_find(net, d->node);
	if (!n && nodes->n < TIPC_MAX_NODES) {
		n = node_new(net, d);
		if (n) {
			hlist_add_head_rcu(&n->of_net,
					   bucket(nodes, n->addr));
			nodes->n++;
		}
	}
	spin_unlock_bh(&nodes->lock);
	return n;
}

/* A node that can is sent packets larger than those of the wire. */
static u16 link_mtu(const struct tipc_node *n, const struct tipc_bearer *b)
{
	return n->caps & TIPC_CAP_SLICES ? TIPC_SLICED_MAX : READ_ONCE(b->mtu);
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
	struct tipc_node *n = node_get(net, d);
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
	arm_timer(n);
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

	spin_lock_bh(&n->lock);
	if (rcu_access_pointer(path->bearer) != b) {
		spin_unlock_bh(&n->lock);
		return;
	}
	if (gone)
		link_event(n, tipc_trunk_detach(&n->trunk, b->id, now_us(),
						&n->inq));
	else
		link_event(n, tipc_trunk_restart(&n->trunk, b->id,
						 link_mtu(n, b), now_us(),
						 &n->inq));
	arm_timer(n);
	spin_unlock_bh(&n->lock);
	/* With the farewell. */
	send(n);
	if (gone) {
		spin_lock_bh(&n->lock);
		RCU_INIT_POINTER(path->bearer, NULL);
		__skb_queue_purge(&n->trunk.xmitq[b->id]);
		spin_unlock_bh(&n->lock);
	}
	run(n);
}

static void reset_all(struct net *net, struct tipc_bearer *b, bool gone)
{
	struct tipc_nodes *nodes = tipc_net(net)->nodes;
	struct tipc_node *n;
	unsigned int i;

	rcu_read_lock();
	for (i = 0; i < ARRAY_SIZE(nodes->hash); i++)
		hlist_for_each_entry_rcu(n, &nodes->hash[i], of_net)
			reset(n, b, gone);
	rcu_read_unlock();
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
	reset_all(net, b, false);
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
	reset_all(net, b, true);
}

static void node_free(struct rcu_head *head)
{
	struct tipc_node *n = container_of(head, struct tipc_node, rcu);

	__skb_queue_purge(&n->inq);
	tipc_dests_free(&n->waiting);
	tipc_trunk_exit(&n->trunk);
	tipc_bcast_peer_reset(&n->bcast);
	kfree(n);
}

/* Out of the table, and free when nobody is left. Its links are down. */
static void node_forget(struct tipc_nodes *nodes, struct tipc_node *n)
{
	spin_lock_bh(&nodes->lock);
	hlist_del_rcu(&n->of_net);
	nodes->n--;
	spin_unlock_bh(&nodes->lock);
	hrtimer_cancel(&n->timer);
	cancel_work_sync(&n->lost);
	call_rcu(&n->rcu, node_free);
}

/* Marks a node that is not linked to. */
static bool node_kill(struct tipc_node *n)
{
	bool killed;

	spin_lock_bh(&n->lock);
	killed = !n->dead && !n->running && !n->up &&
		 !tipc_trunk_up(&n->trunk) && !n->came_up && !n->went_down;
	if (killed)
		n->dead = true;
	spin_unlock_bh(&n->lock);
	return killed;
}

/**
 * tipc_nodes_remove() - forget a node that has gone
 * @net: namespace
 * @addr: its address, or
 * @id: its identity, if not NULL
 *
 * Context: Process context. May sleep.
 * Return: 0; -ENXIO if it is not known, or -EBUSY if it has not gone.
 */
int tipc_nodes_remove(struct net *net, u32 addr, const u8 *id)
{
	struct tipc_nodes *nodes = tipc_net(net)->nodes;
	struct tipc_node *n;
	u32 at = addr;
	int err = 0;

	rcu_read_lock();
	if (id)
		for (at = 0; (n = tipc_nodes_from(net, &at)); at++)
			if (!memcmp(n->id, id, TIPC_NODEID_LEN))
				break;
	if (!id)
		n = tipc_nodes_find(net, addr);
	if (!n)
		err = -ENXIO;
	else if (!node_kill(n))
		err = -EBUSY;
	/* Who has killed it is the only one to forget it. */
	rcu_read_unlock();
	if (!err)
		node_forget(nodes, n);
	return err;
}

/* Those of one list that are not heard of any more. */
static unsigned int kill_strangers(struct hlist_head *head,
				   struct tipc_node **dead, unsigned int most,
				   bool *others)
{
	struct tipc_node *n;
	unsigned int k = 0;

	rcu_read_lock();
	hlist_for_each_entry_rcu(n, head, of_net) {
		if (READ_ONCE(n->was_up))
			continue;
		/* Who has killed it is the only one to forget it. */
		if (k < most && time_after(jiffies, READ_ONCE(n->found) +
					   STRANGER_S * HZ) && node_kill(n))
			dead[k++] = n;
		else
			*others = true;
	}
	rcu_read_unlock();
	return k;
}

/**
 * tipc_nodes_forget_strangers() - forget nodes that never were linked to
 * @net: namespace
 *
 * Those that have not said for half a minute where they are: they have gone, or
 * somebody made them up.
 *
 * Context: Process context. May sleep.
 * Return: whether there are others of which nobody knows yet what they are.
 */
bool tipc_nodes_forget_strangers(struct net *net)
{
	struct tipc_nodes *nodes = tipc_net(net)->nodes;
	struct tipc_node *dead[32];
	bool others = false;
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(nodes->hash); i++) {
		k = kill_strangers(&nodes->hash[i], dead, ARRAY_SIZE(dead),
				   &others);
		while (k--)
			node_forget(nodes, dead[k]);
	}
	return others;
}

/**
 * tipc_nodes_alone() - is no other node linked to?
 * @net: namespace
 *
 * Context: Any.
 * Return: whether that is so.
 */
bool tipc_nodes_alone(struct net *net)
{
	return !atomic_read(&tipc_net(net)->nodes->nup);
}

/**
 * tipc_nodes_trial() - the address that this node would like
 * @net: namespace
 *
 * Context: Any.
 * Return: the address; at first it follows from the identity.
 */
u32 tipc_nodes_trial(struct net *net)
{
	struct tipc_nodes *nodes = tipc_net(net)->nodes;

	if (!READ_ONCE(nodes->trial)) {
		u32 addr = tipc_node_id_hash(tipc_net(net)->node_id);

		cmpxchg(&nodes->trial, 0, addr ? addr : 1);
	}
	return READ_ONCE(nodes->trial);
}

/**
 * tipc_nodes_set_trial() - would like another one
 * @net: namespace
 * @addr: the address
 *
 * Context: Any.
 */
void tipc_nodes_set_trial(struct net *net, u32 addr)
{
	WRITE_ONCE(tipc_net(net)->nodes->trial, addr);
}

/**
 * tipc_nodes_free_addr() - an address that nobody is known to have
 * @net: namespace
 * @from: to begin with
 *
 * Context: In an RCU read-side section.
 * Return: the address.
 */
u32 tipc_nodes_free_addr(struct net *net, u32 from)
{
	while (!from || from == tipc_own_addr(net) ||
	       tipc_nodes_find(net, from))
		from++;
	return from;
}

/**
 * tipc_nodes_net_init() - the table of a namespace
 * @net: namespace
 *
 * Context: Process context. May sleep.
 * Return: 0, or -ENOMEM.
 */
int tipc_nodes_net_init(struct net *net)
{
	struct tipc_nodes *nodes = kzalloc(sizeof(*nodes), GFP_KERNEL);

	if (!nodes)
		return -ENOMEM;
	spin_lock_init(&nodes->lock);
	tipc_net(net)->nodes = nodes;
	tipc_net(net)->names.ops = &tipc_dist_ops;
	return 0;
}

/**
 * tipc_nodes_net_exit() - a namespace goes
 * @net: namespace; its bearers have gone
 *
 * Context: Process context. May sleep.
 */
void tipc_nodes_net_exit(struct net *net)
{
	struct tipc_nodes *nodes = tipc_net(net)->nodes;
	struct tipc_node *n;
	u32 at = 0;

	for (;;) {
		rcu_read_lock();
		n = tipc_nodes_from(net, &at);
		rcu_read_unlock();
		if (!n)
			break;
		/* A timer that ran when its bearer went may still be at it. */
		if (node_kill(n))
			node_forget(nodes, n);
		else
			cond_resched();
	}
	kfree(nodes);
}
