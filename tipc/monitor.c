// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring of a bearer at work: what is new in it is told, and who may have gone
 * is asked.
 *
 * A ring is changed by links, under the locks of their nodes: a record that one
 * node sends may make it necessary to ask another. So it is done by work, which
 * comes after them: it sends a STATE message to each node that is due. The first
 * news go at once, others not before some time is over: in a cluster that comes
 * up much is new, and all of it goes in one message.
 *
 * Nodes that were down for five minutes leave the ring; the kernel's own module
 * takes them out after the same time.
 *
 * Locking: the ring's lock is taken under those of nodes. The work takes nodes'
 * locks, one at a time, in an RCU read-side section.
 *
 * Lifetime: a bearer ends its work after all nodes have left its ring, and with
 * nobody in it nothing is new.
 */
#include <linux/jiffies.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

#include "bearer.h"
#include "core.h"
#include "nodes.h"

/* Between news. */
#define NEWS_MS		50
/* How often those who are down are counted, and how often they are kept. */
#define AGE_S		60
#define AGE_TURNS	5

static void tell_due(struct tipc_node *n, void *bearer)
{
	const struct tipc_bearer *b = bearer;

	if (rcu_access_pointer(n->paths[b->id].bearer) == b &&
	    tipc_ring_due(&n->rings[b->id]))
		tipc_nodes_tell_state(n, b->id);
}

/* Counts once a minute. Is somebody down? */
static bool age(struct tipc_bearer *b)
{
	bool over = time_after_eq(jiffies, b->aged + AGE_S * HZ);

	if (over)
		b->aged = jiffies;
	return tipc_ring_age(&b->ring, over ? AGE_TURNS : 0);
}

static void monitor_work(struct work_struct *work)
{
	struct tipc_bearer *b = container_of(to_delayed_work(work),
					     struct tipc_bearer, monitor);

	WRITE_ONCE(b->monitored, jiffies);
	rcu_read_lock();
	tipc_nodes_each(b->net, tell_due, b);
	rcu_read_unlock();
	if (age(b))
		queue_delayed_work(system_wq, &b->monitor, AGE_S * HZ);
}

/* With the lock of the ring. */
static void monitor_news(struct tipc_ring *ring)
{
	struct tipc_bearer *b = container_of(ring, struct tipc_bearer, ring);
	unsigned long at = READ_ONCE(b->monitored) +
			   msecs_to_jiffies(NEWS_MS);
	unsigned long now = jiffies;

	mod_delayed_work(system_wq, &b->monitor,
			 time_after(at, now) ? at - now : 0);
}

/**
 * tipc_monitor_init() - a bearer has a ring from now on
 * @b: the bearer
 *
 * Context: Process context.
 */
void tipc_monitor_init(struct tipc_bearer *b)
{
	INIT_DELAYED_WORK(&b->monitor, monitor_work);
	b->monitored = jiffies - HZ;
	b->aged = jiffies;
	tipc_ring_init(&b->ring, READ_ONCE(tipc_net(b->net)->mon_threshold),
		       monitor_news);
}

/**
 * tipc_monitor_exit() - nothing is told of the ring of a bearer any more
 * @b: the bearer; no node is in its ring
 *
 * Context: Process context. May sleep.
 */
void tipc_monitor_exit(struct tipc_bearer *b)
{
	cancel_delayed_work_sync(&b->monitor);
}

/**
 * tipc_monitor_set_threshold() - from how many nodes on rings are used
 * @net: namespace
 * @threshold: with more than so many
 *
 * Context: Process context, RTNL is held: no bearer comes or goes.
 */
void tipc_monitor_set_threshold(struct net *net, u32 threshold)
{
	struct tipc_bearer *b;
	unsigned int i;

	WRITE_ONCE(tipc_net(net)->mon_threshold, threshold);
	for (i = 0; i < TIPC_MAX_BEARERS; i++) {
		b = tipc_bearer_get(net, i);
		if (b)
			tipc_ring_set_threshold(&b->ring, threshold);
	}
}
