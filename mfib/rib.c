// SPDX-License-Identifier: GPL-2.0-only
/*
 * The routes of a table: put in, taken out, and which of a prefix is best.
 *
 * The best route of a prefix stands in its node of the patricia trie, the others
 * in a list behind it, in the order in which they would be best. The lookup form
 * knows the best one only, and only its next hop.
 *
 * Locking: see rib.h. Functions on a struct mfib_table are called under
 * rib->lock, or when nobody else knows the table.
 */
#include "rib_table.h"

/* ---- tables -------------------------------------------------------------- */

/**
 * mfib_table_make() - an empty table
 * @rib: whose it will be
 *
 * Context: Process context. May sleep.
 * Return: the table, or NULL.
 */
struct mfib_table *mfib_table_make(const struct mfib_rib *rib)
{
	struct mfib_mem mem;
	struct mfib_table *t;

	mfib_mem_init(&mem, rib->max_bytes);
	t = mfib_mem_alloc(&mem, sizeof(*t));
	if (!t)
		return NULL;
	memset(t, 0, sizeof(*t));
	t->mem = mem;
	mfib_patricia_init(&t->patricia, rib->family, &t->mem);
	if (!mfib_trie_init(&t->trie, rib->family, &t->patricia, &t->mem))
		return t;
	mfib_mem_free(&mem, t, sizeof(*t));
	return NULL;
}

/* Gives back the next hops of all routes. */
static void table_put_slots(struct mfib_rib *rib, struct mfib_table *t)
{
	const struct mfib_prefix all = {};
	struct mfib_pdata *d;
	struct mfib_walk w;
	u32 ref;

	mfib_patricia_walk(&t->patricia, &w, &all, 128);
	while ((ref = mfib_patricia_step(&t->patricia, &w))) {
		for (; ref; ref = d->next) {
			d = mfib_pdata(&t->patricia,
				       mfib_pnode(&t->patricia, ref));
			mfib_nexthop_put(rib->set, d->slot);
		}
		cond_resched();
	}
}

/**
 * mfib_table_release() - free a table that new readers do not find
 * @rib: whose it was
 * @t: the table, or NULL
 *
 * Context: Process context. Gives the processor up often.
 */
void mfib_table_release(struct mfib_rib *rib, struct mfib_table *t)
{
	struct mfib_mem mem;

	if (!t)
		return;
	table_put_slots(rib, t);
	mfib_trie_release(&t->trie);
	while (!mfib_patricia_release(&t->patricia))
		cond_resched();
	/* The account is part of what it pays for. */
	mem = t->mem;
	mfib_mem_retire(&mem, t, sizeof(*t));
	mfib_mem_flush(&mem);
}

/* ---- routes of a prefix -------------------------------------------------- */

static bool better(u8 source, u32 metric, const struct mfib_pnode *n,
		   const struct mfib_pdata *d)
{
	return source != n->source ? source < n->source : metric < d->metric;
}

static struct mfib_pdata *data_of(const struct mfib_table *t, u32 ref)
{
	return mfib_pdata(&t->patricia, mfib_pnode(&t->patricia, ref));
}

/**
 * mfib_table_read() - a route of a table
 * @t: the table
 * @ref: reference to a route
 * @route: filled in
 */
void mfib_table_read(const struct mfib_table *t, u32 ref,
		     struct mfib_route *route)
{
	const struct mfib_pnode *n = mfib_pnode(&t->patricia, ref);
	const struct mfib_pdata *d = data_of(t, ref);

	*route = (struct mfib_route){
		.slot = d->slot,
		.metric = d->metric,
		.source = n->source,
		.protocol = n->protocol,
		.flags = n->flags,
	};
}

static void route_write(struct mfib_table *t, u32 ref,
			const struct mfib_route *route, u32 next)
{
	struct mfib_pnode *n = mfib_pnode(&t->patricia, ref);
	struct mfib_pdata *d = mfib_pdata(&t->patricia, n);

	n->source = route->source;
	n->protocol = route->protocol;
	n->flags = route->flags;
	d->slot = route->slot;
	d->metric = route->metric;
	d->next = next;
}

/*
 * The first route of a prefix with this source and metric, either of which may
 * be any; *@before is the one before it in the list, or 0.
 */
static u32 route_find(const struct mfib_table *t, u32 ref, u8 source,
		      u32 metric, u32 *before)
{
	const struct mfib_pnode *n;
	const struct mfib_pdata *d;

	*before = 0;
	for (; ref; ref = d->next) {
		n = mfib_pnode(&t->patricia, ref);
		d = data_of(t, ref);
		if ((source == MFIB_SOURCE_ANY || n->source == source) &&
		    (metric == MFIB_METRIC_ANY || d->metric == metric))
			return ref;
		*before = ref;
	}
	return 0;
}

static int no_memory(const struct mfib_table *t, const char **why)
{
	if (!t->mem.over)
		return -ENOMEM;
	*why = "the memory that the table may use is used up";
	return -ENOSPC;
}

/* ---- insert -------------------------------------------------------------- */

/* The first route of a prefix. */
static int insert_first(struct mfib_table *t, const struct mfib_prefix *prefix,
			const struct mfib_spot *spot,
			const struct mfib_route *route, const char **why)
{
	u32 ref;

	if (!mfib_patricia_reserve(&t->patricia))
		return no_memory(t, why);
	ref = mfib_patricia_insert(&t->patricia, prefix, spot);
	if (!ref)
		return no_memory(t, why);
	route_write(t, ref, route, 0);
	if (!mfib_trie_set(&t->trie, prefix, route->slot))
		return 0;
	mfib_patricia_remove(&t->patricia, prefix);
	return no_memory(t, why);
}

/* A route better than the best: it takes the node, the other goes behind. */
static int insert_best(struct mfib_table *t, const struct mfib_prefix *prefix,
		       u32 ref, const struct mfib_route *route,
		       const char **why)
{
	u32 behind = mfib_arena_get(&t->patricia.prefixes), next;
	struct mfib_route old;

	if (!behind)
		return no_memory(t, why);
	mfib_table_read(t, ref, &old);
	next = data_of(t, ref)->next;
	route_write(t, behind, &old, next);
	route_write(t, ref, route, behind);
	if (old.slot == route->slot ||
	    !mfib_trie_set(&t->trie, prefix, route->slot))
		return 0;
	route_write(t, ref, &old, next);
	mfib_arena_put(&t->patricia.prefixes, behind);
	return no_memory(t, why);
}

static int insert_behind(struct mfib_table *t, u32 ref,
			 const struct mfib_route *route, const char **why)
{
	u32 fresh = mfib_arena_get(&t->patricia.prefixes), next;

	if (!fresh)
		return no_memory(t, why);
	for (;; ref = next) {
		next = data_of(t, ref)->next;
		if (!next || better(route->source, route->metric,
				    mfib_pnode(&t->patricia, next),
				    data_of(t, next)))
			break;
	}
	route_write(t, fresh, route, next);
	data_of(t, ref)->next = fresh;
	return 0;
}

/* Another next hop for a route that is there; the old one is left to the caller. */
static int insert_over(struct mfib_table *t, const struct mfib_prefix *prefix,
		       u32 ref, bool best, const struct mfib_route *route,
		       const char **why)
{
	struct mfib_route old;
	u32 next = data_of(t, ref)->next;

	mfib_table_read(t, ref, &old);
	route_write(t, ref, route, next);
	if (!best || old.slot == route->slot ||
	    !mfib_trie_set(&t->trie, prefix, route->slot))
		return 0;
	route_write(t, ref, &old, next);
	return no_memory(t, why);
}

/**
 * struct inserted - what became of an insert
 * @replaced: a route was there
 * @old: it
 */
struct inserted {
	bool			replaced;
	struct mfib_route	old;
};

static int insert_replacing(struct mfib_table *t,
			    const struct mfib_prefix *prefix, u32 ref,
			    bool best, const struct mfib_route *route,
			    struct mfib_route *old, const char **why)
{
	int err;

	mfib_table_read(t, ref, old);
	err = insert_over(t, prefix, ref, best, route, why);
	if (!err && old->flags & MFIB_ROUTE_STALE)
		t->stale--;
	return err;
}

static int table_insert(struct mfib_rib *rib, struct mfib_table *t,
			const struct mfib_prefix *prefix,
			const struct mfib_route *route, unsigned int how,
			struct inserted *in, const char **why)
{
	struct mfib_spot spot;
	u32 ref = mfib_patricia_seek(&t->patricia, prefix, &spot), same, before;
	int err;

	same = route_find(t, ref, route->source, route->metric, &before);
	in->replaced = same;
	if (same) {
		if (how & MFIB_INSERT_REPLACE)
			return insert_replacing(t, prefix, same, same == ref,
						route, &in->old, why);
		*why = "there is such a route";
		return -EEXIST;
	}
	if (!(how & MFIB_INSERT_CREATE)) {
		*why = "there is no such route";
		return -ENOENT;
	}
	if (t->routes[MFIB_SOURCE_OWN] + t->routes[MFIB_SOURCE_KERNEL] >=
	    rib->max_routes) {
		*why = "the table holds as many routes as it may";
		return -ENOSPC;
	}
	if (!ref)
		err = insert_first(t, prefix, &spot, route, why);
	else if (better(route->source, route->metric,
			mfib_pnode(&t->patricia, ref), data_of(t, ref)))
		err = insert_best(t, prefix, ref, route, why);
	else
		err = insert_behind(t, ref, route, why);
	if (err)
		return err;
	t->routes[route->source]++;
	if (route->flags & MFIB_ROUTE_STALE)
		t->stale++;
	return 0;
}

/**
 * mfib_table_add() - add a route to a table that nobody else knows
 * @rib: whose it is
 * @t: the table
 * @prefix: where to
 * @route: the route, as for mfib_rib_insert()
 * @why: where to put a sentence about an error
 *
 * Return: as mfib_rib_insert().
 */
int mfib_table_add(struct mfib_rib *rib, struct mfib_table *t,
		   const struct mfib_prefix *prefix,
		   const struct mfib_route *route, const char **why)
{
	struct inserted in;

	return table_insert(rib, t, prefix, route, MFIB_INSERT_CREATE, &in,
			    why);
}

static void tell(struct mfib_rib *rib, enum mfib_change what,
		 const struct mfib_prefix *prefix,
		 const struct mfib_route *route)
{
	rib->seq++;
	if (rib->changed)
		rib->changed(rib, what, prefix, route);
}

static struct mfib_table *now_of(const struct mfib_rib *rib)
{
	return rcu_dereference_protected(rib->now, lockdep_is_held(&rib->lock));
}

/*
 * While a session builds the next table, what the kernel's table does is done
 * there, too. If that fails the session does.
 */
static void mirror_insert(struct mfib_rib *rib, const struct mfib_prefix *prefix,
			  const struct mfib_route *route)
{
	const char *why;
	struct inserted in;

	if (!rib->next || route->source != MFIB_SOURCE_KERNEL)
		return;
	mfib_nexthop_hold(rib->set, route->slot);
	if (table_insert(rib, rib->next, prefix, route,
			 MFIB_INSERT_CREATE | MFIB_INSERT_REPLACE, &in, &why)) {
		mfib_nexthop_put(rib->set, route->slot);
		rib->next_broken = true;
	} else if (in.replaced) {
		mfib_nexthop_put(rib->set, in.old.slot);
	}
}

/**
 * mfib_rib_insert() - add or replace a route
 * @rib: the table
 * @prefix: where to; valid
 * @route: the route, with a reference to its next hop, which belongs to the
 *	table on success and stays the caller's on an error
 * @how: MFIB_INSERT_*
 * @why: where to put a sentence about an error
 *
 * A reader sees the table before the change or after it.
 *
 * Context: Process context. May sleep. Takes rib->lock.
 * Return: 0, or a negative error and nothing has changed:
 *
 * * -EEXIST - there is such a route, and not MFIB_INSERT_REPLACE
 * * -ENOENT - there is not, and not MFIB_INSERT_CREATE
 * * -ENOSPC - a limit of routes or memory
 * * -ENOMEM - no memory
 */
int mfib_rib_insert(struct mfib_rib *rib, const struct mfib_prefix *prefix,
		    const struct mfib_route *route, unsigned int how,
		    const char **why)
{
	struct inserted in;
	int err;

	mutex_lock(&rib->lock);
	err = table_insert(rib, now_of(rib), prefix, route, how, &in, why);
	if (!err) {
		mirror_insert(rib, prefix, route);
		tell(rib, in.replaced ? MFIB_CHANGE_REPLACED :
		     MFIB_CHANGE_ADDED, prefix, route);
	}
	mutex_unlock(&rib->lock);
	if (!err && in.replaced)
		mfib_nexthop_put(rib->set, in.old.slot);
	return err;
}

/**
 * mfib_rib_insert_next() - add a route to the table that a session builds
 * @rib: the table
 * @prefix: where to
 * @route: the route, as for mfib_rib_insert()
 * @how: MFIB_INSERT_*
 * @why: where to put a sentence about an error
 *
 * Context: Process context. May sleep. Takes rib->lock.
 * Return: as mfib_rib_insert(); -EINVAL without a session.
 */
int mfib_rib_insert_next(struct mfib_rib *rib,
			 const struct mfib_prefix *prefix,
			 const struct mfib_route *route, unsigned int how,
			 const char **why)
{
	struct inserted in = {};
	int err = -EINVAL;

	mutex_lock(&rib->lock);
	if (rib->next)
		err = table_insert(rib, rib->next, prefix, route, how, &in,
				   why);
	else
		*why = "no session is open for this table";
	mutex_unlock(&rib->lock);
	if (!err && in.replaced)
		mfib_nexthop_put(rib->set, in.old.slot);
	return err;
}

/* ---- remove -------------------------------------------------------------- */

/* The last route of a prefix. */
static int remove_last(struct mfib_table *t, const struct mfib_prefix *prefix,
		       const char **why)
{
	if (!mfib_patricia_reserve(&t->patricia) ||
	    mfib_trie_clear(&t->trie, prefix))
		return no_memory(t, why);
	mfib_patricia_remove(&t->patricia, prefix);
	return 0;
}

/* The best of several: the next one takes the node. */
static int remove_best(struct mfib_table *t, const struct mfib_prefix *prefix,
		       u32 ref, const char **why)
{
	u32 next = data_of(t, ref)->next;
	struct mfib_route old, route;

	mfib_table_read(t, ref, &old);
	mfib_table_read(t, next, &route);
	route_write(t, ref, &route, data_of(t, next)->next);
	if (old.slot != route.slot &&
	    mfib_trie_set(&t->trie, prefix, route.slot)) {
		route_write(t, ref, &old, next);
		return no_memory(t, why);
	}
	mfib_arena_put(&t->patricia.prefixes, next);
	return 0;
}

/**
 * mfib_table_remove() - take a route out of a table
 * @t: the table
 * @prefix: where to
 * @source: enum mfib_source, or MFIB_SOURCE_ANY
 * @metric: its metric, or MFIB_METRIC_ANY; the best of those that match goes
 * @old: the route that went; its reference is the caller's now
 * @why: where to put a sentence about an error
 *
 * Return: 0, -ESRCH, or -ENOMEM and nothing has changed.
 */
int mfib_table_remove(struct mfib_table *t, const struct mfib_prefix *prefix,
		      u8 source, u32 metric, struct mfib_route *old,
		      const char **why)
{
	u32 ref = mfib_patricia_find(&t->patricia, prefix), before;
	u32 gone = route_find(t, ref, source, metric, &before);
	int err = 0;

	if (!gone) {
		*why = "there is no such route";
		return -ESRCH;
	}
	mfib_table_read(t, gone, old);
	t->mem.unlimited = true;
	if (before) {
		data_of(t, before)->next = data_of(t, gone)->next;
		mfib_arena_put(&t->patricia.prefixes, gone);
	} else if (data_of(t, ref)->next) {
		err = remove_best(t, prefix, ref, why);
	} else {
		err = remove_last(t, prefix, why);
	}
	t->mem.unlimited = false;
	if (err)
		return err;
	t->routes[old->source]--;
	if (old->flags & MFIB_ROUTE_STALE)
		t->stale--;
	return 0;
}

/*
 * A table that is empty again starts anew, without a root of its own, and the
 * memory of many routes is given back when nobody waits for the lock.
 */
static struct mfib_table *start_anew(struct mfib_rib *rib)
{
	struct mfib_table *t = now_of(rib), *fresh;

	if (t->patricia.prefixes.count ||
	    (!t->patricia.prefixes.nchunks &&
	     !rcu_dereference_protected(t->trie.root, true)->large))
		return NULL;
	fresh = mfib_table_make(rib);
	if (!fresh)
		return NULL;
	rcu_assign_pointer(rib->now, fresh);
	return t;
}

/**
 * mfib_rib_remove() - remove a route
 * @rib: the table
 * @prefix: where to
 * @source: enum mfib_source, or MFIB_SOURCE_ANY
 * @metric: its metric, or MFIB_METRIC_ANY; the best of those that match goes
 * @why: where to put a sentence about an error
 *
 * Context: Process context. May sleep. Takes rib->lock.
 * Return: 0, -ESRCH no such route, or -ENOMEM and nothing has changed.
 */
int mfib_rib_remove(struct mfib_rib *rib, const struct mfib_prefix *prefix,
		    u8 source, u32 metric, const char **why)
{
	struct mfib_table *empty = NULL;
	struct mfib_route old, other;
	bool mirrored = false;
	const char *ignored;
	int err;

	mutex_lock(&rib->lock);
	err = mfib_table_remove(now_of(rib), prefix, source, metric, &old, why);
	if (!err) {
		if (rib->next && old.source == MFIB_SOURCE_KERNEL)
			mirrored = !mfib_table_remove(rib->next, prefix,
						      old.source, old.metric,
						      &other, &ignored);
		tell(rib, MFIB_CHANGE_REMOVED, prefix, &old);
		empty = start_anew(rib);
	}
	mutex_unlock(&rib->lock);
	if (!err)
		mfib_nexthop_put(rib->set, old.slot);
	if (mirrored)
		mfib_nexthop_put(rib->set, other.slot);
	mfib_table_release(rib, empty);
	return err;
}

/* ---- the table as a whole ------------------------------------------------ */

/**
 * mfib_rib_init() - an empty table
 * @rib: the table
 * @family: MFIB_V4 or MFIB_V6
 * @set: next hops of its routes
 *
 * Context: Process context. May sleep.
 * Return: 0 or -ENOMEM.
 */
int mfib_rib_init(struct mfib_rib *rib, unsigned int family,
		  struct mfib_nexthops *set)
{
	struct mfib_table *t;

	memset(rib, 0, sizeof(*rib));
	rib->family = family;
	rib->set = set;
	rib->max_routes = U32_MAX;
	rib->max_bytes = U64_MAX;
	t = mfib_table_make(rib);
	if (!t)
		return -ENOMEM;
	mutex_init(&rib->lock);
	RCU_INIT_POINTER(rib->now, t);
	return 0;
}

/**
 * mfib_rib_destroy() - free a table
 * @rib: the table; readers may still be in it, but no new ones come
 *
 * Context: Process context. May sleep.
 */
void mfib_rib_destroy(struct mfib_rib *rib)
{
	mfib_table_release(rib, rib->next);
	mfib_table_release(rib, rcu_dereference_protected(rib->now, true));
	mutex_destroy(&rib->lock);
}

/**
 * mfib_rib_limit() - how much a table may hold
 * @rib: the table
 * @max_routes: routes of all sources
 * @max_bytes: bytes
 *
 * What is more than that already stays.
 *
 * Context: Process context. May sleep. Takes rib->lock.
 */
void mfib_rib_limit(struct mfib_rib *rib, u32 max_routes, u64 max_bytes)
{
	mutex_lock(&rib->lock);
	rib->max_routes = max_routes;
	rib->max_bytes = max_bytes;
	now_of(rib)->mem.limit = max_bytes;
	if (rib->next)
		rib->next->mem.limit = max_bytes;
	mutex_unlock(&rib->lock);
}

/**
 * mfib_rib_stats() - numbers of a table
 * @rib: the table
 * @st: filled in
 *
 * Context: Process context. May sleep. Takes rib->lock.
 */
void mfib_rib_stats(struct mfib_rib *rib, struct mfib_rib_stats *st)
{
	const struct mfib_root *root;
	struct mfib_table *t;

	memset(st, 0, sizeof(*st));
	mutex_lock(&rib->lock);
	t = now_of(rib);
	root = rcu_dereference_protected(t->trie.root, true);
	memcpy(st->routes, t->routes, sizeof(st->routes));
	st->bytes = t->mem.bytes;
	if (rib->next)
		st->bytes += rib->next->mem.bytes;
	st->large = root->large;
	st->growing = root->large && rcu_dereference_protected(root->top, true);
	st->seq = rib->seq;
	mutex_unlock(&rib->lock);
}

/**
 * mfib_rib_settle() - finish what changes have left to be done later
 * @rib: the table
 *
 * To be called after many changes, so that lookups take the short way and
 * memory goes back.
 *
 * Context: Process context. May sleep. Takes rib->lock for short times.
 */
void mfib_rib_settle(struct mfib_rib *rib)
{
	bool more;

	do {
		mutex_lock(&rib->lock);
		more = mfib_trie_settle(&now_of(rib)->trie, 16);
		if (!more)
			mfib_mem_flush(&now_of(rib)->mem);
		mutex_unlock(&rib->lock);
		cond_resched();
	} while (more);
}
