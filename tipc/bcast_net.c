// SPDX-License-Identifier: GPL-2.0-only
/*
 * Broadcasts of a node: who takes part, over which bearers they go, and who
 * waits until there is room for more.
 *
 * Numbers, acknowledgements and sending again are in bcast.c. A node takes part
 * when it can say what it misses (TIPC_BCAST_CAPS); all others, and all that
 * goes to few, gets copies over links.
 *
 * Locking: b->bcast.lock guards all of it; bcast.c takes it under the lock of a
 * node. Packets are put on the wire without it, in order, by one at a time: who
 * finds nobody doing it does it.
 */
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "bcast_net.h"
#include "bearer.h"
#include "core.h"
#include "name_table.h"
#include "nodes.h"
#include "socket.h"

/* To fewer nodes than this each gets a copy of its own. */
#define NODES_MIN	3
#define PERCENT_USUAL	10

/**
 * struct tipc_bcast_net - broadcasts of a namespace
 * @bcast: what is broadcast
 * @waiting: sockets that wait for room
 * @sending: somebody puts packets on the wire
 * @mode: enum tipc_bcast_mode; read without the lock, as @percent
 * @percent: TIPC_BCAST_AUTO: of the nodes that are linked to
 */
struct tipc_bcast_net {
	struct tipc_bcast	bcast;
	struct tipc_dests	waiting;
	bool			sending;
	u8			mode;
	u8			percent;
};

/**
 * tipc_bcast_of() - what a node broadcasts
 * @net: its namespace
 *
 * Context: Any.
 * Return: that; it lives as long as @net is a node.
 */
struct tipc_bcast *tipc_bcast_of(struct net *net)
{
	return &tipc_net(net)->bcast->bcast;
}

/**
 * tipc_bcast_net_init() - nothing is broadcast yet
 * @net: namespace
 *
 * Context: Process context. May sleep.
 * Return: 0, or -ENOMEM.
 */
int tipc_bcast_net_init(struct net *net)
{
	struct tipc_bcast_net *b = kzalloc(sizeof(*b), GFP_KERNEL);

	if (!b)
		return -ENOMEM;
	tipc_bcast_init(&b->bcast);
	tipc_dests_init(&b->waiting);
	b->mode = TIPC_BCAST_AUTO;
	b->percent = PERCENT_USUAL;
	tipc_net(net)->bcast = b;
	return 0;
}

/**
 * tipc_bcast_net_exit() - undo tipc_bcast_net_init()
 * @net: namespace; its nodes are gone
 *
 * Nodes are freed after a grace period, which uses what they broadcast no more.
 *
 * Context: Process context.
 */
void tipc_bcast_net_exit(struct net *net)
{
	struct tipc_bcast_net *b = tipc_net(net)->bcast;

	tipc_bcast_exit(&b->bcast);
	tipc_dests_free(&b->waiting);
	kfree(b);
}

/**
 * tipc_bcast_node_up() - a node is up: it takes part, if it can
 * @n: the node
 *
 * Context: Any but hard interrupts, in an RCU read-side section; by who runs
 * the node.
 */
void tipc_bcast_node_up(struct tipc_node *n)
{
	struct tipc_bcast *b = tipc_bcast_of(n->net);
	struct sk_buff *skb;

	if ((READ_ONCE(n->caps) & TIPC_BCAST_CAPS) != TIPC_BCAST_CAPS)
		return;
	spin_lock_bh(&b->lock);
	b->own = tipc_own_addr(n->net);
	b->net_id = READ_ONCE(tipc_net(n->net)->net_id);
	spin_unlock_bh(&b->lock);
	skb = tipc_bcast_join(&n->bcast, n->addr);
	if (skb && tipc_nodes_xmit(n, skb, 0))
		tipc_bcast_leave(&n->bcast);
}

/**
 * tipc_bcast_node_down() - a node is down: nobody waits for it
 * @n: the node
 *
 * Context: Any but hard interrupts, in an RCU read-side section; by who runs
 * the node.
 */
void tipc_bcast_node_down(struct tipc_node *n)
{
	tipc_bcast_leave(&n->bcast);
	tipc_bcast_flush(n->net);
}

/* To every bearer: who gets it twice drops one. */
static void put_on_wire(struct net *net, struct sk_buff_head *q)
{
	struct sk_buff *skb, *copy;
	struct sk_buff_head copies;
	struct tipc_bearer *b;
	unsigned int i;

	for (i = 0; i < TIPC_MAX_BEARERS; i++) {
		b = tipc_bearer_get(net, i);
		if (!b)
			continue;
		__skb_queue_head_init(&copies);
		skb_queue_walk(q, skb) {
			copy = tipc_pkt_copy(skb);
			if (copy)
				__skb_queue_tail(&copies, copy);
		}
		tipc_bearer_xmit(b, &copies, NULL);
	}
	__skb_queue_purge(q);
}

static void wake(struct net *net, struct tipc_dests *ports)
{
	u32 i;

	for (i = 0; i < ports->n; i++)
		tipc_sk_link_ready(net, ports->v[i]);
	tipc_dests_free(ports);
}

static bool has_work(const struct tipc_bcast_net *b)
{
	return !skb_queue_empty_lockless(&b->bcast.xmitq) ||
	       (READ_ONCE(b->waiting.n) && !READ_ONCE(b->bcast.congested));
}

/* Not part of its caller, who seldom needs it. */
static noinline void flush(struct net *net, struct tipc_bcast_net *b)
{
	struct tipc_dests ready;
	struct sk_buff_head q;
	bool sent = false;

	tipc_dests_init(&ready);
	spin_lock_bh(&b->bcast.lock);
	if (!b->bcast.congested && b->waiting.n)
		tipc_dests_move(&ready, &b->waiting);
	if (!b->sending) {
		b->sending = true;
		while (!skb_queue_empty(&b->bcast.xmitq)) {
			__skb_queue_head_init(&q);
			skb_queue_splice_init(&b->bcast.xmitq, &q);
			spin_unlock_bh(&b->bcast.lock);
			put_on_wire(net, &q);
			sent = true;
			spin_lock_bh(&b->bcast.lock);
		}
		b->sending = false;
	}
	spin_unlock_bh(&b->bcast.lock);
	if (sent)
		tipc_nodes_bcast_sent(net);
	wake(net, &ready);
}

/**
 * tipc_bcast_flush() - put on the wire what is to be broadcast
 * @net: namespace
 *
 * To be called when what bcast.c did may have changed the queue.
 *
 * Context: Any but hard interrupts, in an RCU read-side section, without the
 * lock of a node.
 */
void tipc_bcast_flush(struct net *net)
{
	struct tipc_bcast_net *b = tipc_net(net)->bcast;

	if (unlikely(has_work(b)))
		flush(net, b);
}

/* ---- when ------------------------------------------------------------------ */

/**
 * tipc_bcast_wanted() - is one packet for all better than a copy for each?
 * @net: namespace
 * @nnodes: how many nodes a multicast is for
 *
 * Context: Any.
 * Return: whether it is.
 */
bool tipc_bcast_wanted(struct net *net, u32 nnodes)
{
	const struct tipc_bcast_net *b = tipc_net(net)->bcast;
	u32 mode = READ_ONCE(b->mode);

	if (mode != TIPC_BCAST_AUTO)
		return mode == TIPC_BCAST_ALWAYS;
	return nnodes >= NODES_MIN &&
	       nnodes * 100 >= tipc_nodes_up(net) * READ_ONCE(b->percent);
}

/**
 * tipc_bcast_set_mode() - say when multicasts are broadcast
 * @net: namespace
 * @mode: enum tipc_bcast_mode, or 0 to keep what it is
 * @percent: TIPC_BCAST_AUTO: of all nodes so many, or 0 to keep what it is
 * @extack: where to say in words what is wrong
 *
 * Who is sending notices when it pauses, so that nothing is overtaken.
 *
 * Context: Any.
 * Return: 0, or -EINVAL.
 */
int tipc_bcast_set_mode(struct net *net, u32 mode, u32 percent,
			struct netlink_ext_ack *extack)
{
	struct tipc_bcast_net *b = tipc_net(net)->bcast;

	if (mode && mode != TIPC_BCAST_ALWAYS && mode != TIPC_BCAST_NEVER &&
	    mode != TIPC_BCAST_AUTO) {
		NL_SET_ERR_MSG(extack, "BROADCAST, REPLICAST or AUTOSELECT");
		return -EINVAL;
	}
	if (percent > 100 || (!mode && !percent)) {
		NL_SET_ERR_MSG(extack, "a ratio is 1 to 100 percent");
		return -EINVAL;
	}
	if (mode)
		WRITE_ONCE(b->mode, mode);
	if (percent)
		WRITE_ONCE(b->percent, percent);
	return 0;
}

/**
 * tipc_bcast_mode() - when are multicasts broadcast?
 * @net: namespace
 * @percent: TIPC_BCAST_AUTO: from how many percent of all nodes on
 *
 * Context: Any.
 * Return: enum tipc_bcast_mode.
 */
u32 tipc_bcast_mode(struct net *net, u32 *percent)
{
	const struct tipc_bcast_net *b = tipc_net(net)->bcast;

	*percent = READ_ONCE(b->percent);
	return READ_ONCE(b->mode);
}

/**
 * tipc_bcast_reaches() - do broadcasts reach these nodes?
 * @net: namespace
 * @nodes: their addresses
 *
 * Context: In an RCU read-side section.
 * Return: whether they reach all of them.
 */
bool tipc_bcast_reaches(struct net *net, const struct tipc_dests *nodes)
{
	struct tipc_node *n;
	u32 i;

	for (i = 0; i < nodes->n; i++) {
		n = tipc_nodes_find(net, nodes->v[i]);
		if (!n || !READ_ONCE(n->bcast.member))
			return false;
	}
	return true;
}

/* Greatest packet that every bearer takes. */
static unsigned int least_mtu(struct net *net)
{
	unsigned int mtu = 1500, i;
	struct tipc_bearer *b;

	for (i = 0; i < TIPC_MAX_BEARERS; i++) {
		b = tipc_bearer_get(net, i);
		if (b)
			mtu = min_t(unsigned int, mtu, READ_ONCE(b->mtu));
	}
	return mtu;
}

/**
 * tipc_bcast_net_xmit() - send a message to all nodes that take part
 * @net: namespace
 * @skb: complete message; taken over
 * @port: socket that sends it; it is told to wait when it should
 *
 * Context: Any but hard interrupts, in an RCU read-side section.
 * Return: 0, or -ENOMEM: the message is freed then.
 */
int tipc_bcast_net_xmit(struct net *net, struct sk_buff *skb, u32 port)
{
	struct tipc_bcast_net *b = tipc_net(net)->bcast;
	int err = tipc_bcast_send(&b->bcast, skb, least_mtu(net));

	if (err > 0) {
		spin_lock_bh(&b->bcast.lock);
		if (b->bcast.congested && !tipc_dests_add(&b->waiting, port))
			tipc_sk_link_congested(net, port);
		spin_unlock_bh(&b->bcast.lock);
	}
	tipc_bcast_flush(net);
	return min(err, 0);
}

/**
 * tipc_bcast_stats() - counters of what was broadcast and of what came
 * @net: namespace
 * @stats: filled in
 *
 * Context: Any but hard interrupts.
 */
void tipc_bcast_stats(struct net *net, struct tipc_bcast_stats *stats)
{
	struct tipc_bcast *b = tipc_bcast_of(net);
	struct tipc_node *n;
	u32 at = 0;

	spin_lock_bh(&b->lock);
	*stats = b->stats;
	spin_unlock_bh(&b->lock);
	rcu_read_lock();
	while ((n = tipc_nodes_from(net, &at))) {
		stats->rx_pkts += READ_ONCE(n->bcast.stats.rx_pkts);
		stats->rx_duplicates +=
			READ_ONCE(n->bcast.stats.rx_duplicates);
		stats->rx_deferred += READ_ONCE(n->bcast.stats.rx_deferred);
		stats->tx_nacks += READ_ONCE(n->bcast.stats.tx_nacks);
		if (!++at)
			break;
	}
	rcu_read_unlock();
}

static void reset_stats(struct tipc_node *n, void *unused)
{
	spin_lock_bh(&n->lock);
	memset(&n->bcast.stats, 0, sizeof(n->bcast.stats));
	spin_unlock_bh(&n->lock);
}

/**
 * tipc_bcast_stats_reset() - let the counters begin anew
 * @net: namespace
 *
 * Context: Any but hard interrupts.
 */
void tipc_bcast_stats_reset(struct net *net)
{
	struct tipc_bcast *b = tipc_bcast_of(net);

	spin_lock_bh(&b->lock);
	memset(&b->stats, 0, sizeof(b->stats));
	spin_unlock_bh(&b->lock);
	rcu_read_lock();
	tipc_nodes_each(net, reset_stats, NULL);
	rcu_read_unlock();
}
