/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The other nodes of the cluster and the links to them: nodes.c has the table of
 * them, node_links.c their links, node_news.c what is told of them.
 */
#ifndef _TIPC_NODES_H
#define _TIPC_NODES_H

#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "bearer.h"
#include "disc.h"
#include "trunk.h"
#include "name_table.h"

/*
 * What other nodes are told that this one can do. What is not here they do not
 * use with us; above all, without broadcast names they send us their names one
 * by one, in order with what mentions them.
 */
#define TIPC_OWN_CAPS	(TIPC_CAP_SYN | TIPC_CAP_BCAST_SYNC | \
			 TIPC_CAP_BCAST_NACK | TIPC_CAP_BLOCK_FLOW | \
			 TIPC_CAP_REPLICAST | TIPC_CAP_NODE_ID128 | \
			 TIPC_CAP_STATE_SEQ | TIPC_CAP_GAP_ACK | \
			 TIPC_CAP_TUNNEL | TIPC_CAP_SLICES)

/* Who has all of these can be sent broadcasts. */
#define TIPC_BCAST_CAPS	(TIPC_CAP_BCAST_SYNC | TIPC_CAP_BCAST_NACK)

#define TIPC_MAX_NODES	4096

struct tipc_publ;

/**
 * struct tipc_path - where another node is on one of our bearers
 * @bearer: over which it was found, NULL while there is none
 * @at: where it is there
 * @near: its bearer, if it is a namespace of this host; only while @near_when is
 *	what tipc_bearer_changes() says
 * @near_when: see @near
 * @sending: somebody puts packets on the wire
 * @told_up: the rest of the module knows the link to be up; the runner's
 * @told_ups: the link came up as often when it was told; the runner's
 * @link_state: publication of the link; the runner's
 */
struct tipc_path {
	struct tipc_bearer __rcu *bearer;
	struct tipc_maddr	at;
	struct tipc_bearer	*near;
	int			near_when;
	bool			sending;
	bool			told_up;
	u32			told_ups;
	struct tipc_publ	*link_state;
};

/**
 * struct tipc_node - another node
 * @net: namespace
 * @addr: its address
 * @id: its identity
 * @random: tells it from another with its address
 * @caps: what it can do, TIPC_CAP_*
 * @bcast: broadcasts from and to it
 * @of_net: in the table of nodes
 * @lock: guards what follows, up to @publs
 * @paths: where it is, by number of the bearer
 * @trunk: the links to it
 * @dead: it is being forgotten
 * @up: what has been told to the rest of the module; the runner's
 * @went_down: contact was lost, since the runner looked
 * @came_up: contact began, since the runner looked
 * @told_changes: @trunk had changed so often when it was told; the runner's
 * @names: it gets our names; also under the name table's lock
 * @running: somebody tells the rest of the module what happens here
 * @inq: messages that came, for the runner
 * @waiting: sockets that wait for a link
 * @timer: the trunk's
 * @timer_us: when @timer will run; 0 if it will not
 * @lost: ends connections with the node after contact was lost
 * @publs: what is published there; under the name table's lock
 * @npubls: how many; the runner's
 * @found: when it last said where it is, in jiffies
 * @was_up: there was contact with it
 * @rcu: readers see it for a while after it was forgotten
 * @rings: its place among the nodes on each bearer; under @lock, then the ring's
 */
struct tipc_node {
	struct net		*net;
	u32			addr;
	u8			id[TIPC_NODEID_LEN];
	u16			random;
	u16			caps;
	struct tipc_bcast_peer	bcast;
	struct hlist_node	of_net;
	spinlock_t		lock;
	struct tipc_path	paths[TIPC_TRUNK_LINKS];
	struct tipc_trunk	trunk;
	bool			dead;
	bool			up;
	bool			went_down;
	bool			came_up;
	u32			told_changes;
	bool			names;
	bool			running;
	struct sk_buff_head	inq;
	struct tipc_dests	waiting;
	struct hrtimer		timer;
	u64			timer_us;
	struct work_struct	lost;
	struct list_head	publs;
	u32			npubls;
	unsigned long		found;
	bool			was_up;
	struct rcu_head		rcu;
	struct tipc_ring_peer	rings[TIPC_TRUNK_LINKS];
};

/* nodes.c */
int tipc_nodes_net_init(struct net *net);
void tipc_nodes_net_exit(struct net *net);
struct tipc_node *tipc_nodes_find(struct net *net, u32 addr);
struct tipc_node *tipc_nodes_from(struct net *net, u32 *addr);
int tipc_nodes_remove(struct net *net, u32 addr, const u8 *id);
struct tipc_node *tipc_nodes_get(struct net *net, const struct tipc_disc *d);
void tipc_nodes_each(struct net *net,
		     void (*what)(struct tipc_node *n, void *arg), void *arg);
void tipc_nodes_count_up(struct net *net, int by);
bool tipc_nodes_forget_strangers(struct net *net);
u32 tipc_nodes_up(struct net *net);
u32 tipc_nodes_trial(struct net *net);
void tipc_nodes_set_trial(struct net *net, u32 addr);
u32 tipc_nodes_free_addr(struct net *net, u32 from);
void tipc_node_link_str(const struct tipc_node *n, unsigned int i, char *name,
			size_t len);

/* node_links.c */
int tipc_nodes_xmit(struct tipc_node *n, struct sk_buff *skb, u32 port);
void tipc_nodes_rcv(struct net *net, struct tipc_bearer *b, u32 addr,
		    struct sk_buff_head *q, const struct tipc_maddr *from);
bool tipc_nodes_found(struct net *net, struct tipc_bearer *b,
		      const struct tipc_disc *d);
void tipc_nodes_bearer_reset(struct net *net, struct tipc_bearer *b);
void tipc_nodes_bearer_gone(struct net *net, struct tipc_bearer *b);
void tipc_nodes_set_link(struct tipc_node *n, unsigned int i,
			 const struct tipc_bearer_props *props);
void tipc_nodes_bcast_sent(struct net *net);
void tipc_nodes_tell_state(struct tipc_node *n, unsigned int i);
enum hrtimer_restart tipc_node_timer(struct hrtimer *timer);

/* node_news.c */
void tipc_node_tell(struct tipc_node *n);
void tipc_node_lost(struct work_struct *work);

/* publish.c */
void tipc_publish_node(const struct tipc_node *n, bool up);

/* dist.c */
extern const struct tipc_nametbl_ops tipc_dist_ops;
void tipc_dist_begin(struct tipc_node *n);
void tipc_dist_end(struct tipc_node *n);
void tipc_dist_rcv(struct tipc_node *n, struct sk_buff *skb);

#endif /* _TIPC_NODES_H */
