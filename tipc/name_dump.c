// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists of what is in a name table, in pieces.
 *
 * Pure. Locking: nt->lock, for a piece.
 */
#include "name_table.h"
#include "service.h"

/* From @at on; false when @fn wants no more. */
static bool range_dump(struct tipc_range *range,
		       struct tipc_nametbl_cursor *at,
		       int (*fn)(const struct tipc_publ *publ, void *arg),
		       void *arg)
{
	if (range->inode.lower != at->lower || range->inode.upper != at->upper)
		at->pos = 0;
	at->lower = range->inode.lower;
	at->upper = range->inode.upper;
	for (; at->pos < range->n; at->pos++)
		if (fn(*tipc_range_slot(range, at->pos), arg))
			return false;
	return true;
}

static bool service_dump(struct tipc_service *service,
			 struct tipc_nametbl_cursor *at,
			 int (*fn)(const struct tipc_publ *publ, void *arg),
			 void *arg)
{
	struct tipc_inode *node;

	if (service->inode.lower != at->type) {
		at->type = service->inode.lower;
		at->lower = 0;
		at->upper = 0;
		at->pos = 0;
	}
	for (node = tipc_itree_from(&service->ranges, at->lower, at->upper);
	     node; node = tipc_itree_next(node, 0, ~0u))
		if (!range_dump(inode_range(node), at, fn, arg))
			return false;
	return true;
}

/**
 * tipc_nametbl_dump() - show the table, in pieces
 * @nt: table
 * @at: where to begin, and on return where to go on; all 0 at first
 * @fn: called for each publication, with the lock held. Not 0 means: no more
 *	for now, and not yet this one
 * @arg: for @fn
 *
 * Services are sorted by type, ranges by their lower, then their upper end.
 * nt->changes tells whether the table changed between two pieces.
 *
 * Context: Any but hard interrupts. Takes and releases nt->lock.
 */
void tipc_nametbl_dump(struct tipc_nametbl *nt,
		       struct tipc_nametbl_cursor *at,
		       int (*fn)(const struct tipc_publ *publ, void *arg),
		       void *arg)
{
	struct tipc_inode *node;

	spin_lock_bh(&nt->lock);
	node = tipc_itree_from(&nt->services, at->type, at->type);
	while (node && service_dump(inode_service(node), at, fn, arg))
		node = tipc_itree_next(node, 0, ~0u);
	at->done = !node;
	spin_unlock_bh(&nt->lock);
}

/**
 * tipc_nametbl_service_from() - the first service from a type on
 * @nt: table
 * @type: the type; on return that of the service
 * @npubl: its publications
 * @nsub: its subscriptions
 * @stats: its counters
 *
 * Context: Any but hard interrupts. Takes and releases nt->lock.
 * Return: whether there is one.
 */
bool tipc_nametbl_service_from(struct tipc_nametbl *nt, u32 *type, u32 *npubl,
			       u32 *nsub, struct tipc_service_stats *stats)
{
	const struct tipc_service_stats *part;
	struct tipc_service *service;
	struct tipc_inode *node;
	int cpu;

	spin_lock_bh(&nt->lock);
	node = tipc_itree_from(&nt->services, *type, *type);
	if (node) {
		service = inode_service(node);
		*type = node->lower;
		*npubl = service->npubl;
		*nsub = service->nsub;
		memset(stats, 0, sizeof(*stats));
		for_each_possible_cpu(cpu) {
			part = per_cpu_ptr(service->stats, cpu);
			stats->msgs += READ_ONCE(part->msgs);
			stats->mcasts += READ_ONCE(part->mcasts);
			stats->misses += READ_ONCE(part->misses);
		}
	}
	spin_unlock_bh(&nt->lock);
	return node;
}
