/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The name table: which sockets are bound to which service ranges, in the
 * whole cluster, and who wants to be told of changes. See name_table.c.
 */
#ifndef _TIPC_NAME_TABLE_H
#define _TIPC_NAME_TABLE_H

#include <linux/tipc.h>

#include "itree.h"
#include "locks.h"

#define TIPC_MAX_PUBL		65535
#define TIPC_MAX_REMOTE_PUBL	(16 * 65536)

/* A lookup for which a binding of either scope will do. */
#define TIPC_ANY_SCOPE		10

/* More filters of a subscription, for use inside the module only. */
#define TIPC_SUB_CLUSTER_SCOPE	0x20	/* not bindings of node scope */
#define TIPC_SUB_NODE_SCOPE	0x40	/* only bindings of node scope */
#define TIPC_SUB_NO_STATUS	0x80	/* changes only, not what exists */

/* Flags of tipc_nametbl_publish(). */
#define TIPC_PUBL_EXCLUSIVE	0x1	/* nobody else in this range */

struct tipc_range;
struct tipc_nametbl;

/**
 * struct tipc_publ - a publication: one binding of one socket
 * @type: service type
 * @lower: first instance
 * @upper: last instance
 * @port: the socket
 * @node: the socket's node; rewritten once, when the own node gets its address
 * @key: tells the bindings of a socket apart; unique per node and port
 * @scope: TIPC_CLUSTER_SCOPE or TIPC_NODE_SCOPE
 * @local: the socket is on this node
 * @exclusive: nobody else may bind in this range
 * @pos: its place among the publications of its range
 * @id: when it was published, as a number that only grows
 * @range: what it is one of
 * @of_node: among those of its node, or the own node's of its scope
 * @of_sock: for the socket's own list; the table does not look at it
 * @hash: by node, port and key, if remote
 * @sorted: the next of those that are reported to a new subscription
 * @rcu: readers see it for a while after it is withdrawn
 *
 * All but @node and @of_sock are constant, or written under the table's lock.
 */
struct tipc_publ {
	u32			type;
	u32			lower;
	u32			upper;
	u32			port;
	u32			node;
	u32			key;
	u8			scope;
	bool			local;
	bool			exclusive;
	u32			pos;
	u64			id;
	struct tipc_range	*range;
	struct list_head	of_node;
	struct list_head	of_sock;
	struct hlist_node	hash;
	struct tipc_publ	*sorted;
	struct rcu_head		rcu;
};

/**
 * struct tipc_sub - a subscription: who is told of changes in a range
 * @type: service type
 * @lower: first instance of interest
 * @upper: last instance of interest
 * @filter: TIPC_SUB_*
 * @report: called for each event, TIPC_PUBLISHED or TIPC_WITHDRAWN, in the
 *	order in which they happen, with the table's lock held: it must not
 *	sleep and not call the table
 * @of_service: among those of a type; written under the table's lock
 */
struct tipc_sub {
	u32			type;
	u32			lower;
	u32			upper;
	u32			filter;
	void			(*report)(struct tipc_sub *sub, u32 event,
					  const struct tipc_publ *publ);
	struct list_head	of_service;
};

/**
 * struct tipc_nametbl_ops - whom the table tells of the own node's changes
 * @published: a publication of cluster scope was made on this node
 * @withdrawn: it is about to go
 *
 * Called with the table's lock held, in order.
 */
struct tipc_nametbl_ops {
	void	(*published)(struct tipc_nametbl *nt,
			     const struct tipc_publ *publ);
	void	(*withdrawn)(struct tipc_nametbl *nt,
			     const struct tipc_publ *publ);
};

/**
 * struct tipc_nametbl - the names of a cluster, as one node knows them
 * @lock: taken by who writes
 * @seq: odd while @services changes
 * @services: by type
 * @own: address of this node, 0 while it has none
 * @legacy: addresses are <Z.C.N>, the closest binding comes first
 * @npubl: publications, local and remote
 * @nlocal: publications of this node
 * @nsub: subscriptions
 * @next_id: of the next publication
 * @changes: publications and withdrawals so far
 * @local_cluster: own publications that other nodes learn of
 * @local_node: own publications of node scope
 * @remote: remote publications by node, port and key
 * @ops: whom to tell; NULL if nobody
 */
struct tipc_nametbl {
	spinlock_t			lock;
	seqcount_spinlock_t		seq;
	struct tipc_itree		services;
	u32				own;
	bool				legacy;
	u32				npubl;
	u32				nlocal;
	u32				nsub;
	u64				next_id;
	u32				changes;
	struct list_head		local_cluster;
	struct list_head		local_node;
	struct hlist_head		*remote;
	const struct tipc_nametbl_ops	*ops;
};

/**
 * struct tipc_dests - numbers found by a lookup: ports, or nodes; each once
 * @n: how many
 * @max: for how many there is room
 * @v: the numbers, in the order in which they were found
 * @few: room for the first
 *
 * May live on the stack, between tipc_dests_init() and tipc_dests_free().
 */
struct tipc_dests {
	u32	n;
	u32	max;
	u32	*v;
	u32	few[16];
};

static inline void tipc_dests_init(struct tipc_dests *d)
{
	d->n = 0;
	d->max = ARRAY_SIZE(d->few);
	d->v = d->few;
}

/* Takes over what another found, which becomes empty. */
static inline void tipc_dests_move(struct tipc_dests *to,
				   struct tipc_dests *from)
{
	*to = *from;
	if (from->v == from->few)
		to->v = to->few;
	tipc_dests_init(from);
}

static inline void tipc_dests_free(struct tipc_dests *d)
{
	if (d->v != d->few)
		kvfree(d->v);
}

/**
 * struct tipc_service_stats - counters of a service type
 * @msgs: messages that were sent to one binding of it
 * @mcasts: messages that were sent to all bindings of a range
 * @misses: messages for which nobody was bound
 */
struct tipc_service_stats {
	u64	msgs;
	u64	mcasts;
	u64	misses;
};

int tipc_dests_add(struct tipc_dests *d, u32 value);
int tipc_dests_reserve(struct tipc_dests *d, u32 max);
void tipc_dests_clear(struct tipc_dests *d);

int tipc_nametbl_init(struct tipc_nametbl *nt);
void tipc_nametbl_exit(struct tipc_nametbl *nt);
void tipc_nametbl_set_own(struct tipc_nametbl *nt, u32 addr);

struct tipc_publ *tipc_nametbl_publish(struct tipc_nametbl *nt,
				       const struct tipc_service_range *sr,
				       u8 scope, u32 port, u32 key, u32 flags);
struct tipc_publ *
tipc_nametbl_publish_atomic(struct tipc_nametbl *nt,
			    const struct tipc_service_range *sr, u8 scope,
			    u32 port, u32 key);
void tipc_nametbl_withdraw(struct tipc_nametbl *nt, struct tipc_publ *publ);

int tipc_nametbl_insert(struct tipc_nametbl *nt,
			const struct tipc_service_range *sr, u8 scope,
			const struct tipc_socket_addr *from, u32 key,
			struct list_head *of_node);
bool tipc_nametbl_remove(struct tipc_nametbl *nt,
			 const struct tipc_service_range *sr,
			 const struct tipc_socket_addr *from, u32 key);
u32 tipc_nametbl_purge(struct tipc_nametbl *nt, struct list_head *of_node);

bool tipc_nametbl_in_scope(const struct tipc_nametbl *nt, u32 domain,
			   u32 addr);
bool tipc_nametbl_anycast(struct tipc_nametbl *nt, u32 type, u32 instance,
			  struct tipc_socket_addr *to);
int tipc_nametbl_mcast_ports(struct tipc_nametbl *nt,
			     const struct tipc_service_range *sr, u8 scope,
			     bool exact, struct tipc_dests *ports);
int tipc_nametbl_mcast_nodes(struct tipc_nametbl *nt,
			     const struct tipc_service_range *sr,
			     struct tipc_dests *nodes);
void tipc_nametbl_walk(struct tipc_nametbl *nt,
		       const struct tipc_service_range *sr,
		       void (*fn)(const struct tipc_publ *publ, void *arg),
		       void *arg);

void tipc_nametbl_own_walk(struct tipc_nametbl *nt,
			   void (*fn)(const struct tipc_publ *publ, void *arg),
			   void *arg);

int tipc_nametbl_subscribe(struct tipc_nametbl *nt, struct tipc_sub *sub);
void tipc_nametbl_unsubscribe(struct tipc_nametbl *nt, struct tipc_sub *sub);

/**
 * struct tipc_nametbl_cursor - how far a dump has come
 * @type: service type of the next publication
 * @lower: first instance of its range
 * @upper: last instance of its range
 * @pos: place of the next publication in it
 * @done: there is nothing more
 */
struct tipc_nametbl_cursor {
	u32	type;
	u32	lower;
	u32	upper;
	u32	pos;
	bool	done;
};

void tipc_nametbl_dump(struct tipc_nametbl *nt,
		       struct tipc_nametbl_cursor *at,
		       int (*fn)(const struct tipc_publ *publ, void *arg),
		       void *arg);
bool tipc_nametbl_service_from(struct tipc_nametbl *nt, u32 *type, u32 *npubl,
			       u32 *nsub, struct tipc_service_stats *stats);

#endif /* _TIPC_NAME_TABLE_H */
