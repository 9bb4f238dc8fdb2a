/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a name table is made of, for its own files: name_table.c, which changes
 * it, name_lookup.c, name_sub.c and name_dump.c. Locking: see name_table.c.
 */
#ifndef _TIPC_SERVICE_H
#define _TIPC_SERVICE_H

#include "name_table.h"

/**
 * struct publ_vec - publications of a range that has had more than one
 * @max: for how many there is room
 * @rcu: readers see it for a while after it was replaced
 * @v: the publications, those of this node first
 */
struct publ_vec {
	u32			max;
	struct rcu_head		rcu;
	struct tipc_publ	*v[];
};

/**
 * struct tipc_service - a service type
 * @inode: in the tree of services; @lower and @upper are the type
 * @ranges: the ranges that somebody is bound to
 * @seq: odd while anything of @ranges or in them changes
 * @subs: subscriptions, the newest first
 * @npubl: publications
 * @nsub: subscriptions
 * @nexclusive: of the publications, those that allow no other
 * @stats: counters
 * @rcu: readers see it for a while after it was removed
 */
struct tipc_service {
	struct tipc_inode			inode;
	struct tipc_itree			ranges;
	seqcount_spinlock_t			seq;
	struct list_head			subs;
	u32					npubl;
	u32					nsub;
	u32					nexclusive;
	struct tipc_service_stats __percpu	*stats;
	struct rcu_head				rcu;
};

/**
 * struct tipc_range - a range that somebody is bound to
 * @inode: in the tree of ranges
 * @service: the service
 * @one: its publication, while @vec is NULL
 * @vec: its publications
 * @n: how many
 * @nlocal: how many of them are of this node
 * @turn: whose turn it is, among all
 * @local_turn: whose turn it is, among those of this node
 * @rcu: readers see it for a while after it was removed
 */
struct tipc_range {
	struct tipc_inode	inode;
	struct tipc_service	*service;
	struct tipc_publ	*one;
	struct publ_vec		*vec;
	u32			n;
	u32			nlocal;
	atomic_t		turn;
	atomic_t		local_turn;
	struct rcu_head		rcu;
};

#define inode_service(node)	container_of(node, struct tipc_service, inode)
#define inode_range(node)	container_of(node, struct tipc_range, inode)

static inline struct tipc_publ **tipc_range_slot(struct tipc_range *range,
						 u32 i)
{
	return range->vec ? &range->vec->v[i] : &range->one;
}

/*
 * Publication @i of a range, for readers without the lock: NULL if the range
 * was changed meanwhile, which the sequence count tells, too.
 */
static inline struct tipc_publ *
tipc_range_peek(const struct tipc_range *range, u32 i)
{
	struct publ_vec *vec = READ_ONCE(range->vec);

	if (!vec)
		return i ? NULL : READ_ONCE(range->one);
	return i < vec->max ? READ_ONCE(vec->v[i]) : NULL;
}

/* Under the lock, or within a section of nt->seq. */
static inline struct tipc_service *tipc_service_of(struct tipc_nametbl *nt,
						   u32 type)
{
	struct tipc_inode *node = tipc_itree_find(&nt->services, type, type);

	return node ? inode_service(node) : NULL;
}

/* name_table.c */
struct tipc_service *tipc_service_get(struct tipc_nametbl *nt, u32 type);
void tipc_service_put(struct tipc_nametbl *nt, struct tipc_service *service);

/* name_sub.c */
void tipc_sub_report(struct tipc_sub *sub, const struct tipc_publ *p,
		     u32 event, bool edge);

#endif /* _TIPC_SERVICE_H */
