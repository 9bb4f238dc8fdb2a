// SPDX-License-Identifier: GPL-2.0-only
/*
 * The other nodes of the cluster.
 *
 * A node is known from its first discovery message on, until it is removed by
 * hand or the namespace goes. What its links do is in node_links.c.
 *
 * Locking: nodes->lock guards the table, which is read under RCU. A node's lock
 * may be taken under the name table's lock, never the other way round.
 *
 * Lifetime: whoever uses a node is in an RCU read-side section. A node that is
 * forgotten is marked dead under its lock, so that its timer is not started
 * again, and freed after a grace period.
 */
#include <linux/hash.h>
#include <linux/hrtimer.h>
#include <linux/rculist.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "bcast_net.h"
#include "core.h"
#include "nodes.h"

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

static struct hlist_head *bucket(struct tipc_nodes *nodes, u32 addr)
{
	return &nodes->hash[hash_32(addr, NODE_HASH_BITS)];
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
	n->timer.function = tipc_node_timer;
	INIT_WORK(&n->lost, tipc_node_lost);
	tipc_trunk_init(&n->trunk);
	tipc_bcast_peer_init(&n->bcast, tipc_bcast_of(net));
	n->trunk.bc = &n->bcast;
	return n;
}

/**
 * tipc_nodes_get() - a node, that is known from now on if it was not
 * @net: namespace
 * @d: what it says of itself
 *
 * Context: Softirq, in an RCU read-side section.
 * Return: the node, or NULL: there are TIPC_MAX_NODES, or there is no memory.
 */
struct tipc_node *tipc_nodes_get(struct net *net, const struct tipc_disc *d)
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
	unsigned int i;
	bool killed;

	spin_lock_bh(&n->lock);
	killed = !n->dead && !n->running && !n->up &&
		 !tipc_trunk_up(&n->trunk) && !n->came_up && !n->went_down;
	if (killed)
		n->dead = true;
	/* Its bearers may go as soon as nobody finds it. */
	for (i = 0; killed && i < TIPC_TRUNK_LINKS; i++)
		tipc_ring_detach(&n->rings[i]);
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
 * tipc_nodes_each() - do something with every node
 * @net: namespace
 * @what: what to do
 * @arg: for it
 *
 * Nodes that come or go meanwhile may be missed.
 *
 * Context: In an RCU read-side section.
 */
void tipc_nodes_each(struct net *net,
		     void (*what)(struct tipc_node *n, void *arg), void *arg)
{
	struct tipc_nodes *nodes = tipc_net(net)->nodes;
	struct tipc_node *n;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nodes->hash); i++)
		hlist_for_each_entry_rcu(n, &nodes->hash[i], of_net)
			what(n, arg);
}

/**
 * tipc_nodes_count_up() - contact with a node begins or ends
 * @net: namespace
 * @by: 1 or -1
 *
 * Context: Any.
 */
void tipc_nodes_count_up(struct net *net, int by)
{
	atomic_add(by, &tipc_net(net)->nodes->nup);
}

/**
 * tipc_nodes_up() - how many other nodes are linked to?
 * @net: namespace
 *
 * Context: Any.
 * Return: how many.
 */
u32 tipc_nodes_up(struct net *net)
{
	return atomic_read(&tipc_net(net)->nodes->nup);
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
