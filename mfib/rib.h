/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The routes of one family of one FIB: what was put in, by whom, and what of it
 * is used.
 *
 * A prefix may have several routes. The best one is looked up: our own before
 * those mirrored from the kernel's table, then the lowest metric. A route is
 * known by prefix, source and metric, as the kernel knows them by prefix and
 * metric.
 *
 *	rcu_read_lock();
 *	nh = mfib_rib_lookup(rib, &key);	NULL: no route
 *	if (nh)
 *		nh = mfib_nh_select(nh, hash);	NULL: every way is dead
 *
 * Locking: writers take rib->lock themselves, and may sleep. Readers are in an
 * RCU read-side section. set->lock of the next hops is taken inside.
 */
#ifndef _MFIB_RIB_H
#define _MFIB_RIB_H

#include "nexthop.h"
#include "patricia.h"
#include "trie.h"

/** enum mfib_source - who a route is from; the lower wins */
enum mfib_source {
	MFIB_SOURCE_OWN,	/* the tool, netlink */
	MFIB_SOURCE_KERNEL,	/* the kernel's table of the same number */
	__MFIB_SOURCE_MAX
};

#define MFIB_SOURCE_ANY		0xff
#define MFIB_METRIC_ANY		0xffffffffu

#define MFIB_ROUTE_STALE	0x1	/* a resync has not seen it again yet */

/**
 * struct mfib_route - a route, without its prefix
 * @slot: of the next hop, a reference to which it holds
 * @metric: 0 to 0xfffffffe
 * @source: enum mfib_source
 * @protocol: RTPROT_*
 * @flags: MFIB_ROUTE_*
 */
struct mfib_route {
	u32	slot;
	u32	metric;
	u8	source;
	u8	protocol;
	u8	flags;
};

/* How mfib_rib_insert() takes what is there. */
#define MFIB_INSERT_CREATE	0x1	/* -ENOENT without, when it is not there */
#define MFIB_INSERT_REPLACE	0x2	/* -EEXIST without, when it is there */

/** enum mfib_change - what rib->changed is told */
enum mfib_change {
	MFIB_CHANGE_ADDED,
	MFIB_CHANGE_REPLACED,
	MFIB_CHANGE_REMOVED,
	MFIB_CHANGE_FLUSHED,		/* no prefix: many went at once */
	MFIB_CHANGE_SWAPPED,		/* no prefix: all were replaced */
};

struct mfib_rib;

/**
 * struct mfib_table - routes, with what they are found by
 * @mem: memory of both forms
 * @patricia: the authoritative form
 * @trie: the lookup form
 * @routes: by source
 * @stale: routes with MFIB_ROUTE_STALE
 */
struct mfib_table {
	struct mfib_mem		mem;
	struct mfib_patricia	patricia;
	struct mfib_trie	trie;
	u32			routes[__MFIB_SOURCE_MAX];
	u32			stale;
};

/**
 * struct mfib_rib - the routes of a family of a FIB
 * @now: what packets are looked up in; RCU
 * @next: what a session builds to take its place, or NULL
 * @next_broken: @next lacks something that @now has
 * @set: next hops
 * @lock: of writers
 * @family: MFIB_V4 or MFIB_V6
 * @max_routes: limit of routes of all sources
 * @max_bytes: limit of their memory
 * @seq: grows with each change, for dumps
 * @owner: whose it is, for @changed; not looked at here
 * @changed: told of each change under @lock, or NULL
 */
struct mfib_rib {
	struct mfib_table __rcu	*now;
	struct mfib_table	*next;
	bool			next_broken;
	struct mfib_nexthops	*set;
	struct mutex		lock;
	u8			family;
	u32			max_routes;
	u64			max_bytes;
	u32			seq;
	void			*owner;
	void			(*changed)(struct mfib_rib *rib,
					   enum mfib_change what,
					   const struct mfib_prefix *prefix,
					   const struct mfib_route *route);
};

/**
 * struct mfib_rib_stats - numbers of a table
 * @routes: by source
 * @bytes: memory, what waits for readers included
 * @seq: rib->seq
 * @large: it has a root of its own
 * @growing: it is getting one
 */
struct mfib_rib_stats {
	u32	routes[__MFIB_SOURCE_MAX];
	u64	bytes;
	u32	seq;
	bool	large;
	bool	growing;
};

/* Slot of the next hop of the longest prefix, 0 for none. RCU read side. */
static __always_inline u32 mfib_rib_slot4(const struct mfib_rib *rib, u32 addr)
{
	const struct mfib_table *t = rcu_dereference(rib->now);
	struct mfib_key key = mfib_key4(addr);

	return mfib_trie_lookup(&t->trie, &key, false);
}

static __always_inline u32 mfib_rib_slot6(const struct mfib_rib *rib,
					  const struct mfib_key *key)
{
	const struct mfib_table *t = rcu_dereference(rib->now);

	return mfib_trie_lookup(&t->trie, key, true);
}

/* The next hop, or NULL. RCU read side. */
static inline struct mfib_nh *mfib_rib_lookup4(const struct mfib_rib *rib,
					       u32 addr)
{
	u32 slot = mfib_rib_slot4(rib, addr);

	return slot ? mfib_nh_get(rib->set, slot) : NULL;
}

static inline struct mfib_nh *mfib_rib_lookup6(const struct mfib_rib *rib,
					       const struct mfib_key *key)
{
	u32 slot = mfib_rib_slot6(rib, key);

	return slot ? mfib_nh_get(rib->set, slot) : NULL;
}

int mfib_rib_init(struct mfib_rib *rib, unsigned int family,
		  struct mfib_nexthops *set);
void mfib_rib_destroy(struct mfib_rib *rib);
int mfib_rib_insert(struct mfib_rib *rib, const struct mfib_prefix *prefix,
		    const struct mfib_route *route, unsigned int how,
		    const char **why);
int mfib_rib_remove(struct mfib_rib *rib, const struct mfib_prefix *prefix,
		    u8 source, u32 metric, const char **why);
bool mfib_rib_exact(struct mfib_rib *rib, const struct mfib_prefix *prefix,
		    u8 source, struct mfib_route *route);
bool mfib_rib_match(struct mfib_rib *rib, const struct mfib_key *key,
		    struct mfib_prefix *prefix, struct mfib_route *route);
bool mfib_rib_next(struct mfib_rib *rib, struct mfib_prefix *at,
		   unsigned int *nth, struct mfib_route *route);
unsigned int mfib_rib_flush(struct mfib_rib *rib, u8 source);
unsigned int mfib_rib_flush_gone(struct mfib_rib *rib);
void mfib_rib_mark_stale(struct mfib_rib *rib, u8 source);
unsigned int mfib_rib_sweep_stale(struct mfib_rib *rib, u8 source);
int mfib_rib_begin(struct mfib_rib *rib, const char **why);
int mfib_rib_insert_next(struct mfib_rib *rib,
			 const struct mfib_prefix *prefix,
			 const struct mfib_route *route, unsigned int how,
			 const char **why);
int mfib_rib_commit(struct mfib_rib *rib, const char **why);
void mfib_rib_abort(struct mfib_rib *rib);
void mfib_rib_settle(struct mfib_rib *rib);
void mfib_rib_limit(struct mfib_rib *rib, u32 max_routes, u64 max_bytes);
void mfib_rib_stats(struct mfib_rib *rib, struct mfib_rib_stats *st);

#endif /* _MFIB_RIB_H */
