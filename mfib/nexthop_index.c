// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where next hops are: slots for readers, an index for writers.
 *
 * Writers find next hops by a hash: those with an id by the id, the others by
 * all that they are, so that a million routes by one gateway share one object.
 * Readers never look there. An object that was let go of stays in its slot until
 * no reader can have its number from a table; then index->gone has it, and the
 * next writer takes the slot and the memory back. Locking: see nexthop.h.
 */
#ifdef __KERNEL__
#include <linux/mm.h>
#include <linux/slab.h>
#else
#include <stdlib.h>
#endif

#include "nexthop_index.h"

#define SLOTS_MIN	16u
#define SLOTS_MAX	(1u << 26)
/* Objects that are taken back where one is made. */
#define HARVEST_MAX	16

/* ---- memory -------------------------------------------------------------- */

/**
 * mfib_nh_zalloc() - memory of next hops, zeroed
 * @size: bytes; aligned to 64
 *
 * Context: Process context. May sleep.
 * Return: the memory, for mfib_nh_free(), or NULL.
 */
void *mfib_nh_zalloc(size_t size)
{
#ifdef __KERNEL__
	return kvzalloc(size, GFP_KERNEL | __GFP_NOWARN);
#else
	void *p = NULL;

	if (posix_memalign(&p, 64, size))
		return NULL;
	return memset(p, 0, size);
#endif
}

/**
 * mfib_nh_free() - give it back
 * @p: from mfib_nh_zalloc(), or NULL
 */
void mfib_nh_free(const void *p)
{
#ifdef __KERNEL__
	kvfree(p);
#else
	free((void *)p);
#endif
}

/* ---- the index ----------------------------------------------------------- */

static u64 mix(u64 h, u64 x)
{
	h = (h ^ x) * 0x9e3779b97f4a7c15ULL;
	return h ^ h >> 29;
}

static bool member_equal(const struct mfib_member *a,
			 const struct mfib_member *b)
{
	return a->slot == b->slot && a->weight == b->weight;
}

static u32 hash_of(const struct mfib_nh_spec *s,
		   const struct mfib_member *members, unsigned int nmembers)
{
	unsigned int i;
	u64 h;

	if (s->id)
		return mix(1, s->id);
	h = mix(2, (u64)s->ifindex << 32 | s->table);
	h = mix(mix(h, s->gw.hi), s->gw.lo);
	h = mix(mix(h, s->src.hi), s->src.lo);
	h = mix(h, (u64)s->fib << 32 | s->type << 16 | s->flags);
	for (i = 0; i < nmembers; i++)
		h = mix(h, (u64)members[i].slot << 32 | members[i].weight);
	return h;
}

static u32 nh_hash(const struct mfib_nh *nh)
{
	return hash_of(&nh->spec, nh->members, nh->nmembers);
}

static u32 *bucket_of(const struct mfib_nexthops *set, u32 hash)
{
	return &set->index->bucket[hash & (mfib_nh_slots_of(set)->count - 1)];
}

/**
 * mfib_nh_index_add() - let writers find a next hop
 * @set: the set
 * @nh: the next hop, in its slot
 */
void mfib_nh_index_add(struct mfib_nexthops *set, struct mfib_nh *nh)
{
	u32 *bucket = bucket_of(set, nh_hash(nh));

	nh->hash_next = *bucket;
	*bucket = nh->slot;
}

/**
 * mfib_nh_index_remove() - let writers find a next hop no more
 * @set: the set
 * @nh: the next hop, which is in the index
 */
void mfib_nh_index_remove(struct mfib_nexthops *set, const struct mfib_nh *nh)
{
	u32 *link = bucket_of(set, nh_hash(nh));

	if (set->index->last == nh->slot)
		set->index->last = 0;
	while (*link != nh->slot)
		link = &mfib_nh_at(set, *link)->hash_next;
	*link = nh->hash_next;
}

/**
 * mfib_nh_find_id() - a next hop by its id
 * @set: the set
 * @id: the id, not 0
 *
 * Return: the next hop, or NULL.
 */
struct mfib_nh *mfib_nh_find_id(const struct mfib_nexthops *set, u32 id)
{
	const struct mfib_nh_spec spec = { .id = id };
	u32 slot = *bucket_of(set, hash_of(&spec, NULL, 0));

	while (slot && mfib_nh_at(set, slot)->spec.id != id)
		slot = mfib_nh_at(set, slot)->hash_next;
	return slot ? mfib_nh_at(set, slot) : NULL;
}

/* memcmp() of the kernel takes twice as many instructions. */
static bool spec_equal(const struct mfib_nh_spec *a,
		       const struct mfib_nh_spec *b)
{
	u64 x, y, other = 0;
	size_t at;

	static_assert(sizeof(*a) % sizeof(x) == 0, "looked at as words");
	for (at = 0; at < sizeof(*a); at += sizeof(x)) {
		memcpy(&x, (const u8 *)a + at, sizeof(x));
		memcpy(&y, (const u8 *)b + at, sizeof(y));
		other |= x ^ y;
	}
	return !other;
}

static bool nh_equal(const struct mfib_nh *nh, const struct mfib_nh_spec *spec,
		     const struct mfib_member *members, unsigned int nmembers)
{
	unsigned int i;

	if (nh->gone_device || nh->nmembers != nmembers ||
	    !spec_equal(&nh->spec, spec))
		return false;
	for (i = 0; i < nmembers; i++)
		if (!member_equal(&nh->members[i], &members[i]))
			return false;
	return true;
}

/**
 * mfib_nh_find_equal() - a next hop by all that it is
 * @set: the set
 * @spec: what it is; unused members are zero
 * @members: of a group
 * @nmembers: how many
 *
 * One whose device is no more is as good as none: a device that has its number
 * now is another one.
 *
 * Return: the next hop, or NULL.
 */
struct mfib_nh *mfib_nh_find_equal(const struct mfib_nexthops *set,
				   const struct mfib_nh_spec *spec,
				   const struct mfib_member *members,
				   unsigned int nmembers)
{
	u32 slot = set->index->last;
	struct mfib_nh *nh = slot ? mfib_nh_at(set, slot) : NULL;

	if (nh && nh_equal(nh, spec, members, nmembers))
		return nh;
	slot = *bucket_of(set, hash_of(spec, members, nmembers));
	for (; slot; slot = nh->hash_next) {
		nh = mfib_nh_at(set, slot);
		if (nh_equal(nh, spec, members, nmembers)) {
			set->index->last = slot;
			return nh;
		}
	}
	return NULL;
}

/* ---- slots --------------------------------------------------------------- */

/* The slot of an object without readers, unless another has it now. */
static void slot_free(struct mfib_nexthops *set, const struct mfib_nh *nh)
{
	if (nh->replaced)
		return;
	RCU_INIT_POINTER(mfib_nh_slots_of(set)->nh[nh->slot], NULL);
	set->index->free[set->index->nfree++] = nh->slot;
}

/*
 * Takes back some of what no reader has any more. Returns true if there is more:
 * a million next hops may have gone at once, and one writer is not to pay for all.
 */
static bool harvest(struct mfib_nexthops *set)
{
#ifdef __KERNEL__
	struct mfib_nh_index *index = set->index;
	struct mfib_nh *nh;
	unsigned int n;

	if (!index->ripe && !llist_empty(&index->gone))
		index->ripe = llist_del_all(&index->gone);
	for (n = 0; index->ripe && n < HARVEST_MAX; n++) {
		nh = llist_entry(index->ripe, struct mfib_nh, gone);
		index->ripe = nh->gone.next;
		slot_free(set, nh);
		/* Who had the number from elsewhere than a table may be here. */
		kvfree_rcu(nh, rcu);
	}
	return index->ripe;
#else
	(void)set;
	return false;
#endif
}

#ifdef __KERNEL__
static void nh_gone(struct rcu_head *rcu)
{
	struct mfib_nh *nh = container_of(rcu, struct mfib_nh, rcu);
	const struct mfib_nh_ops *ops = nh->set->ops;

	if (ops && ops->destroy)
		ops->destroy(nh);
	llist_add(&nh->gone, &nh->set->index->gone);
}

/**
 * struct old_slots - slots that only readers may still have
 * @rcu: for call_rcu()
 * @slots: the slots
 */
struct old_slots {
	struct rcu_head		rcu;
	struct mfib_nh_slots	*slots;
};

static void slots_gone(struct rcu_head *rcu)
{
	struct old_slots *old = container_of(rcu, struct old_slots, rcu);

	kvfree(old->slots);
	kfree(old);
}

static void slots_retire(struct mfib_nh_slots *slots)
{
	struct old_slots *old = kmalloc(sizeof(*old), GFP_KERNEL);

	if (!old) {
		synchronize_rcu();
		kvfree(slots);
		return;
	}
	old->slots = slots;
	call_rcu(&old->rcu, slots_gone);
}

static void nh_send(struct mfib_nh *nh)
{
	call_rcu(&nh->rcu, nh_gone);
}
#else
static void slots_retire(struct mfib_nh_slots *slots)
{
	mfib_nh_free(slots);
}

static void nh_send(struct mfib_nh *nh)
{
	struct mfib_nexthops *set = nh->set;

	if (set->ops && set->ops->destroy)
		set->ops->destroy(nh);
	slot_free(set, nh);
	mfib_nh_free(nh);
}
#endif

/**
 * mfib_nh_retire() - a next hop that new readers do not find
 * @nh: the next hop; it, and unless it was replaced its slot, are taken back
 *	when no reader is left
 *
 * Context: Any.
 */
void mfib_nh_retire(struct mfib_nh *nh)
{
	nh_send(nh);
}

static void index_fill(struct mfib_nexthops *set)
{
	struct mfib_nh *nh;
	u32 slot;

	for (slot = 1; slot < set->index->fresh; slot++) {
		nh = mfib_nh_at(set, slot);
		if (nh && (nh->refs || nh->user))
			mfib_nh_index_add(set, nh);
		cond_resched();
	}
}

static int slots_grow(struct mfib_nexthops *set)
{
	struct mfib_nh_slots *old = mfib_nh_slots_of(set), *slots;
	u32 count = old ? 2 * old->count : SLOTS_MIN;
	u32 *bucket, *free;

	if (count > SLOTS_MAX)
		return -ENOSPC;
	slots = mfib_nh_zalloc(sizeof(*slots) + count * sizeof(slots->nh[0]));
	bucket = mfib_nh_zalloc(count * sizeof(*bucket));
	free = mfib_nh_zalloc(count * sizeof(*free));
	if (!slots || !bucket || !free) {
		mfib_nh_free(slots);
		mfib_nh_free(bucket);
		mfib_nh_free(free);
		return -ENOMEM;
	}
	slots->count = count;
	if (old)
		memcpy(slots->nh, old->nh, old->count * sizeof(slots->nh[0]));
	if (set->index->nfree)
		memcpy(free, set->index->free,
		       set->index->nfree * sizeof(*free));
	rcu_assign_pointer(set->slots, slots);
	mfib_nh_free(set->index->bucket);
	mfib_nh_free(set->index->free);
	set->index->bucket = bucket;
	set->index->free = free;
	if (old) {
		index_fill(set);
		slots_retire(old);
	}
	return 0;
}

/**
 * mfib_nh_slot_get() - a slot for a new next hop
 * @set: the set
 * @slot: set to its number
 * @why: where to put a sentence about an error
 *
 * Takes back some of what no reader has any more, and makes room if there is none.
 *
 * Context: Process context. May sleep.
 * Return: 0, -ENOSPC or -ENOMEM.
 */
int mfib_nh_slot_get(struct mfib_nexthops *set, u32 *slot, const char **why)
{
	int err;

	harvest(set);
	if (set->count >= set->max) {
		*why = "there are as many next hops as there may be";
		return -ENOSPC;
	}
	if (set->index->nfree) {
		*slot = set->index->free[--set->index->nfree];
		return 0;
	}
	if (set->index->fresh == mfib_nh_slots_of(set)->count) {
		err = slots_grow(set);
		if (err)
			return err;
	}
	*slot = set->index->fresh++;
	return 0;
}

/**
 * mfib_nh_slot_put() - a slot that was not used after all
 * @set: the set
 * @slot: its number, that no reader has seen
 */
void mfib_nh_slot_put(struct mfib_nexthops *set, u32 slot)
{
	set->index->free[set->index->nfree++] = slot;
}

/**
 * mfib_nh_index_init() - a set without next hops
 * @set: the set; its lock is initialised
 *
 * Context: Process context. May sleep. Takes set->lock.
 * Return: 0 or -ENOMEM.
 */
int mfib_nh_index_init(struct mfib_nexthops *set)
{
	int err;

	set->index = mfib_nh_zalloc(sizeof(*set->index));
	if (!set->index)
		return -ENOMEM;
	set->index->fresh = 1;
	mutex_lock(&set->lock);
	err = slots_grow(set);
	mutex_unlock(&set->lock);
	if (err)
		mfib_nh_free(set->index);
	return err;
}

/**
 * mfib_nh_index_destroy() - free all that finds next hops
 * @set: the set; its next hops are retired, and nobody else knows it
 *
 * Context: Process context. Sleeps until RCU callbacks are done.
 */
void mfib_nh_index_destroy(struct mfib_nexthops *set)
{
#ifdef __KERNEL__
	rcu_barrier();
#endif
	mutex_lock(&set->lock);
	while (harvest(set))
		cond_resched();
	mutex_unlock(&set->lock);
	mfib_nh_free(rcu_dereference_protected(set->slots, true));
	mfib_nh_free(set->index->bucket);
	mfib_nh_free(set->index->free);
	mfib_nh_free(set->index);
}
