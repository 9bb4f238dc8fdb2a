// SPDX-License-Identifier: GPL-2.0-only
/*
 * The routes of a table, many at a time: dumps, flushes, resyncs, and the
 * sessions that replace all of them at once.
 *
 * Walks give the lock up every few routes and find their place again by the
 * prefix they were at, so that a long one keeps nobody waiting. Locking: see
 * rib.h.
 */
#include "rib_table.h"

/* Routes that are looked at before the lock is given up. */
#define BATCH	64

static struct mfib_table *now_of(const struct mfib_rib *rib)
{
	return rcu_dereference_protected(rib->now, lockdep_is_held(&rib->lock));
}

static void prefix_of(const struct mfib_table *t, u32 ref,
		      struct mfib_prefix *prefix)
{
	const struct mfib_pnode *n = mfib_pnode(&t->patricia, ref);

	prefix->key = mfib_pnode_key(&t->patricia, n);
	prefix->len = n->len;
}

/* ---- looking ------------------------------------------------------------- */

/**
 * mfib_rib_exact() - the best route of a prefix
 * @rib: the table
 * @prefix: the prefix
 * @source: enum mfib_source, or MFIB_SOURCE_ANY
 * @route: filled in, with a reference to its next hop, which is the caller's
 *
 * Context: Process context. May sleep. Takes rib->lock.
 * Return: false if there is none.
 */
bool mfib_rib_exact(struct mfib_rib *rib, const struct mfib_prefix *prefix,
		    u8 source, struct mfib_route *route)
{
	struct mfib_table *t;
	u32 ref;

	mutex_lock(&rib->lock);
	t = now_of(rib);
	ref = mfib_patricia_find(&t->patricia, prefix);
	while (ref) {
		mfib_table_read(t, ref, route);
		if (source == MFIB_SOURCE_ANY || route->source == source)
			break;
		ref = mfib_pdata(&t->patricia,
				 mfib_pnode(&t->patricia, ref))->next;
	}
	if (ref)
		mfib_nexthop_hold(rib->set, route->slot);
	mutex_unlock(&rib->lock);
	return ref;
}

/**
 * mfib_rib_match() - the route that a lookup finds, with its prefix
 * @rib: the table
 * @key: the address
 * @prefix: filled in
 * @route: filled in, with a reference to its next hop, which is the caller's
 *
 * For people who ask; packets take mfib_rib_lookup4() and its like.
 *
 * Context: Process context. May sleep. Takes rib->lock.
 * Return: false if there is none.
 */
bool mfib_rib_match(struct mfib_rib *rib, const struct mfib_key *key,
		    struct mfib_prefix *prefix, struct mfib_route *route)
{
	const struct mfib_prefix host = { .key = *key,
					  .len = mfib_bits(rib->family) };
	struct mfib_table *t;
	u32 ref;

	mutex_lock(&rib->lock);
	t = now_of(rib);
	ref = mfib_patricia_cover(&t->patricia, &host, 0, host.len);
	if (ref) {
		prefix_of(t, ref, prefix);
		mfib_table_read(t, ref, route);
		mfib_nexthop_hold(rib->set, route->slot);
	}
	mutex_unlock(&rib->lock);
	return ref;
}

/* Route number @nth of a prefix. */
static u32 route_nth(const struct mfib_table *t, u32 ref, unsigned int nth)
{
	while (ref && nth--)
		ref = mfib_pdata(&t->patricia,
				 mfib_pnode(&t->patricia, ref))->next;
	return ref;
}

/* The step of mfib_rib_next(): a reference to the route, or 0. */
static u32 step(const struct mfib_table *t, struct mfib_prefix *at,
		unsigned int *nth)
{
	u32 ref = route_nth(t, mfib_patricia_find(&t->patricia, at), *nth);

	if (!ref) {
		ref = mfib_patricia_after(&t->patricia, at);
		if (!ref)
			return 0;
		prefix_of(t, ref, at);
		*nth = 0;
	}
	++*nth;
	return ref;
}

/**
 * mfib_rib_next() - walk over all routes in the order of their prefixes
 * @rib: the table, locked by the caller: rib->lock
 * @at: the prefix that the walk is at; all zero to begin
 * @nth: how many routes of it were seen; 0 to begin
 * @route: filled in
 *
 * The lock may be given up between calls: routes that stay are seen once.
 *
 * Return: false at the end.
 */
bool mfib_rib_next(struct mfib_rib *rib, struct mfib_prefix *at,
		   unsigned int *nth, struct mfib_route *route)
{
	const struct mfib_table *t = now_of(rib);
	u32 ref;

	lockdep_assert_held(&rib->lock);
	ref = step(t, at, nth);
	if (ref)
		mfib_table_read(t, ref, route);
	return ref;
}

/* ---- flushing ------------------------------------------------------------ */

/* Puts an empty table in the place of one; returns that, or NULL. */
static struct mfib_table *empty_out(struct mfib_rib *rib)
{
	struct mfib_table *t = now_of(rib), *fresh = mfib_table_make(rib);

	if (!fresh)
		return NULL;
	rcu_assign_pointer(rib->now, fresh);
	rib->seq++;
	if (rib->changed)
		rib->changed(rib, MFIB_CHANGE_FLUSHED, NULL, NULL);
	return t;
}

static bool only(const struct mfib_table *t, u8 source)
{
	unsigned int i;

	for (i = 0; i < __MFIB_SOURCE_MAX; i++)
		if (i != source && t->routes[i])
			return false;
	return true;
}

/*
 * Removes routes that @goes says yes to, one by one. The walk stands before the
 * route that it has just removed, so that the next of the prefix is not missed.
 */
static unsigned int remove_some(struct mfib_rib *rib,
				bool (*goes)(const struct mfib_rib *rib,
					     const struct mfib_route *route,
					     u8 source), u8 source)
{
	unsigned int nth = 0, gone = 0, i;
	struct mfib_prefix at = {};
	struct mfib_route route;
	const char *ignored;
	bool more;

	do {
		mutex_lock(&rib->lock);
		for (i = 0; i < BATCH; i++) {
			more = mfib_rib_next(rib, &at, &nth, &route);
			if (!more || goes(rib, &route, source))
				break;
		}
		mutex_unlock(&rib->lock);
		if (more && i < BATCH &&
		    !mfib_rib_remove(rib, &at, route.source, route.metric,
				     &ignored)) {
			nth--;
			gone++;
		}
		cond_resched();
	} while (more);
	return gone;
}

static bool is_from(const struct mfib_rib *rib, const struct mfib_route *route,
		    u8 source)
{
	(void)rib;
	return source == MFIB_SOURCE_ANY || route->source == source;
}

/**
 * mfib_rib_flush() - remove all routes, or all of one source
 * @rib: the table
 * @source: enum mfib_source, or MFIB_SOURCE_ANY
 *
 * All at once when nothing else is in the table, else one by one.
 *
 * Context: Process context. Gives the processor up often.
 * Return: how many there were.
 */
unsigned int mfib_rib_flush(struct mfib_rib *rib, u8 source)
{
	struct mfib_table *old = NULL;
	unsigned int count = 0, i;

	mutex_lock(&rib->lock);
	/* What a session builds has the kernel's routes, too: keep them equal. */
	if (!rib->next &&
	    (source == MFIB_SOURCE_ANY || only(now_of(rib), source)))
		old = empty_out(rib);
	mutex_unlock(&rib->lock);
	if (!old)
		return remove_some(rib, is_from, source);
	for (i = 0; i < __MFIB_SOURCE_MAX; i++)
		count += old->routes[i];
	mfib_table_release(rib, old);
	return count;
}

static bool is_gone(const struct mfib_rib *rib, const struct mfib_route *route,
		    u8 ignored)
{
	struct mfib_nh *nh;
	bool gone;

	(void)ignored;
	mutex_lock(&rib->set->lock);
	nh = rcu_dereference_protected(rcu_dereference_protected(
			rib->set->slots, true)->nh[route->slot], true);
	gone = nh->gone_device && route->source == MFIB_SOURCE_OWN;
	mutex_unlock(&rib->set->lock);
	return gone;
}

/**
 * mfib_rib_flush_gone() - remove own routes by devices that are no more
 * @rib: the table
 *
 * Context: Process context. Gives the processor up often.
 * Return: how many there were.
 */
unsigned int mfib_rib_flush_gone(struct mfib_rib *rib)
{
	return remove_some(rib, is_gone, 0);
}

/* ---- resync -------------------------------------------------------------- */

/**
 * mfib_rib_mark_stale() - a resync begins
 * @rib: the table
 * @source: enum mfib_source
 *
 * Marks all routes of the source; those that are inserted again lose the mark.
 * Nobody inserts routes of the source meanwhile.
 *
 * Context: Process context. Takes rib->lock for short times.
 */
void mfib_rib_mark_stale(struct mfib_rib *rib, u8 source)
{
	struct mfib_prefix at = {};
	struct mfib_table *t;
	struct mfib_pnode *n;
	unsigned int nth = 0, i;
	u32 ref = 0;

	do {
		mutex_lock(&rib->lock);
		t = now_of(rib);
		for (i = 0; i < BATCH && t->routes[source]; i++) {
			ref = step(t, &at, &nth);
			if (!ref)
				break;
			n = mfib_pnode(&t->patricia, ref);
			if (n->source != source || n->flags & MFIB_ROUTE_STALE)
				continue;
			n->flags |= MFIB_ROUTE_STALE;
			t->stale++;
		}
		if (!t->routes[source])
			ref = 0;
		mutex_unlock(&rib->lock);
		cond_resched();
	} while (ref);
}

static bool is_stale(const struct mfib_rib *rib,
		     const struct mfib_route *route, u8 source)
{
	(void)rib;
	return route->source == source && route->flags & MFIB_ROUTE_STALE;
}

/**
 * mfib_rib_sweep_stale() - a resync ends
 * @rib: the table
 * @source: enum mfib_source
 *
 * Removes the routes of the source that still have the mark.
 *
 * Context: Process context. Gives the processor up often.
 * Return: how many there were.
 */
unsigned int mfib_rib_sweep_stale(struct mfib_rib *rib, u8 source)
{
	u32 stale;

	mutex_lock(&rib->lock);
	stale = now_of(rib)->stale;
	mutex_unlock(&rib->lock);
	if (!stale)
		return 0;
	return remove_some(rib, is_stale, source);
}

/* ---- sessions ------------------------------------------------------------ */

/* The next table begins with what is not the session's to replace. */
static int copy_mirrored(struct mfib_rib *rib, const char **why)
{
	struct mfib_prefix at = {};
	struct mfib_route route;
	unsigned int nth = 0;
	int err;

	if (!now_of(rib)->routes[MFIB_SOURCE_KERNEL])
		return 0;
	while (mfib_rib_next(rib, &at, &nth, &route)) {
		if (route.source != MFIB_SOURCE_KERNEL)
			continue;
		mfib_nexthop_hold(rib->set, route.slot);
		err = mfib_table_add(rib, rib->next, &at, &route, why);
		if (err) {
			mfib_nexthop_put(rib->set, route.slot);
			return err;
		}
		cond_resched();
	}
	return 0;
}

/**
 * mfib_rib_begin() - begin a session: own routes are to be replaced at once
 * @rib: the table
 * @why: where to put a sentence about an error
 *
 * Until mfib_rib_commit(), mfib_rib_insert_next() puts routes aside.
 *
 * Context: Process context. May sleep. Takes rib->lock.
 * Return: 0, -EBUSY there is one, -ENOMEM, -ENOSPC.
 */
int mfib_rib_begin(struct mfib_rib *rib, const char **why)
{
	struct mfib_table *failed = NULL;
	int err = 0;

	mutex_lock(&rib->lock);
	if (rib->next) {
		*why = "a session is open for this table";
		err = -EBUSY;
	} else {
		rib->next = mfib_table_make(rib);
		rib->next_broken = false;
		err = rib->next ? copy_mirrored(rib, why) : -ENOMEM;
		if (err) {
			failed = rib->next;
			rib->next = NULL;
		}
	}
	mutex_unlock(&rib->lock);
	mfib_table_release(rib, failed);
	return err;
}

/**
 * mfib_rib_commit() - the routes of a session take the place of the own ones
 * @rib: the table
 * @why: where to put a sentence about an error
 *
 * Packets see all old routes or all new ones.
 *
 * Context: Process context. May sleep. Takes rib->lock.
 * Return: 0, -EINVAL no session, or -ENOMEM: a route of the kernel's table was
 * lost on the way; the table is as it was, and the session is over.
 */
int mfib_rib_commit(struct mfib_rib *rib, const char **why)
{
	struct mfib_table *old;
	int err = 0;

	mutex_lock(&rib->lock);
	old = rib->next;
	if (!old) {
		*why = "no session is open for this table";
		err = -EINVAL;
	} else if (rib->next_broken) {
		*why = "a change of the kernel's table got lost; begin again";
		err = -ENOMEM;
	} else {
		while (mfib_trie_settle(&old->trie, 16))
			cond_resched();
		old = now_of(rib);
		rcu_assign_pointer(rib->now, rib->next);
		rib->seq++;
		if (rib->changed)
			rib->changed(rib, MFIB_CHANGE_SWAPPED, NULL, NULL);
	}
	rib->next = NULL;
	mutex_unlock(&rib->lock);
	mfib_table_release(rib, old);
	return err;
}

/**
 * mfib_rib_abort() - end a session and forget its routes
 * @rib: the table, with a session or without
 *
 * Context: Process context. May sleep. Takes rib->lock.
 */
void mfib_rib_abort(struct mfib_rib *rib)
{
	struct mfib_table *old;

	mutex_lock(&rib->lock);
	old = rib->next;
	rib->next = NULL;
	mutex_unlock(&rib->lock);
	mfib_table_release(rib, old);
}
