/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the next hops of a set are: the slots, and the index by which writers
 * find them; see nexthop_index.c. For nexthop.c alone.
 *
 * Locking: all under set->lock.
 */
#ifndef _MFIB_NEXTHOP_INDEX_H
#define _MFIB_NEXTHOP_INDEX_H

#ifdef __KERNEL__
#include <linux/llist.h>
#endif

#include "nexthop.h"

/**
 * struct mfib_nh_index - what only writers of a set look at
 * @bucket: slots of the first object by hash; as many as there are slots
 * @free: slots that may be used again, a stack
 * @nfree: how many
 * @fresh: first slot that was never used
 * @last: slot of the last that mfib_nh_find_equal() found, or 0; in the index
 * @gone: objects that no reader has any more
 * @ripe: those of them that are being taken back, some at a time
 */
struct mfib_nh_index {
	u32			*bucket;
	u32			*free;
	u32			nfree;
	u32			fresh;
	u32			last;
#ifdef __KERNEL__
	struct llist_head	gone;
	struct llist_node	*ripe;
#endif
};

static inline struct mfib_nh_slots *
mfib_nh_slots_of(const struct mfib_nexthops *set)
{
	return rcu_dereference_protected(set->slots,
					 lockdep_is_held(&set->lock));
}

static inline struct mfib_nh *mfib_nh_at(const struct mfib_nexthops *set,
					 u32 slot)
{
	return rcu_dereference_protected(mfib_nh_slots_of(set)->nh[slot],
					 lockdep_is_held(&set->lock));
}

void *mfib_nh_zalloc(size_t size);
void mfib_nh_free(const void *p);
int mfib_nh_index_init(struct mfib_nexthops *set);
void mfib_nh_index_destroy(struct mfib_nexthops *set);
void mfib_nh_index_add(struct mfib_nexthops *set, struct mfib_nh *nh);
void mfib_nh_index_remove(struct mfib_nexthops *set, const struct mfib_nh *nh);
struct mfib_nh *mfib_nh_find_id(const struct mfib_nexthops *set, u32 id);
struct mfib_nh *mfib_nh_find_equal(const struct mfib_nexthops *set,
				   const struct mfib_nh_spec *spec,
				   const struct mfib_member *members,
				   unsigned int nmembers);
int mfib_nh_slot_get(struct mfib_nexthops *set, u32 *slot, const char **why);
void mfib_nh_slot_put(struct mfib_nexthops *set, u32 slot);
void mfib_nh_retire(struct mfib_nh *nh);

#endif /* _MFIB_NEXTHOP_INDEX_H */
