// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happened on the links to a node, told to the rest of the module: names
 * to dist.c, messages to sockets, nodes and links that come and go to whoever
 * subscribed.
 *
 * That must happen in the order in which the links decided it, although several
 * processors may use them. What is to be told is a queue that is filled under
 * the node's lock and emptied without it, by one at a time, the runner: who
 * finds nobody doing it does it.
 *
 * Locking: the node's lock is taken to see what there is, and released to tell
 * it; what is told may take any other.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/skbuff.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

#include "bcast_net.h"
#include "core.h"
#include "name_table.h"
#include "nodes.h"
#include "socket.h"

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
	tipc_nodes_count_up(n->net, 1);
	tipc_bcast_node_up(n);
	tipc_dist_begin(n);
}

static void tell_down(struct tipc_node *n)
{
	if (!n->up)
		return;
	n->up = false;
	tipc_nodes_count_up(n->net, -1);
	tipc_dist_end(n);
	tipc_bcast_node_down(n);
	tipc_nametbl_purge(&tipc_net(n->net)->names, &n->publs);
	n->npubls = 0;
	queue_work(system_wq, &n->lost);
}

/**
 * tipc_node_lost() - work: end connections with a node that has gone
 * @work: of the node
 *
 * Sockets are walked through by who may sleep.
 *
 * Context: Process context.
 */
void tipc_node_lost(struct work_struct *work)
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

/* Links and contact that came and went. The lock is released meanwhile. */
static void tell_changes(struct tipc_node *n)
	__must_hold(&n->lock)
{
	bool went_down = n->went_down, came_up = n->came_up;
	unsigned int links_up, links_down, i;

	n->told_changes = n->trunk.changes;
	links_down = take_changes(n, &links_up);
	n->went_down = false;
	n->came_up = false;
	spin_unlock(&n->lock);
	for (i = 0; i < TIPC_TRUNK_LINKS && links_down; i++)
		if (links_down & 1 << i)
			tell_link_down(n, i);
	if (went_down)
		tell_down(n);
	for (i = 0; i < TIPC_TRUNK_LINKS && links_up; i++)
		if (links_up & 1 << i)
			tell_link_up(n, i);
	if (came_up)
		tell_up(n);
	spin_lock(&n->lock);
}

/* Messages that came. The lock is released meanwhile. */
static void tell_messages(struct tipc_node *n)
	__must_hold(&n->lock)
{
	struct sk_buff_head q;
	struct sk_buff *skb;

	/* The first is often the only one. */
	skb = __skb_dequeue(&n->inq);
	__skb_queue_head_init(&q);
	if (unlikely(!skb_queue_empty(&n->inq)))
		skb_queue_splice_init(&n->inq, &q);
	spin_unlock(&n->lock);
	do {
		tell_message(n, skb);
	} while ((skb = __skb_dequeue(&q)));
	spin_lock(&n->lock);
}

/* Sockets that may go on now. The lock is released meanwhile. */
static void tell_room(struct tipc_node *n)
	__must_hold(&n->lock)
{
	struct tipc_dests ports;
	u32 i;

	tipc_dests_init(&ports);
	tipc_dests_move(&ports, &n->waiting);
	spin_unlock(&n->lock);
	for (i = 0; i < ports.n; i++)
		tipc_sk_link_ready(n->net, ports.v[i]);
	tipc_dests_free(&ports);
	spin_lock(&n->lock);
}

/**
 * tipc_node_tell() - tell the rest of the module what happened
 * @n: the node
 *
 * In order, by one at a time. What comes meanwhile is told, too: links that go
 * or come before the messages of those that are up.
 *
 * Context: Softirqs are off, in an RCU read-side section, with the lock of the
 * node, which is released meanwhile.
 */
void tipc_node_tell(struct tipc_node *n)
	__must_hold(&n->lock)
{
	lockdep_assert_held(&n->lock);
	if (n->running)
		return;
	n->running = true;
	for (;;) {
		if (unlikely(n->told_changes != n->trunk.changes))
			tell_changes(n);
		else if (!skb_queue_empty(&n->inq))
			tell_messages(n);
		else if (unlikely(n->waiting.n) &&
			 !tipc_trunk_congested(&n->trunk))
			tell_room(n);
		else
			break;
	}
	n->running = false;
}
