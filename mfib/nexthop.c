// SPDX-License-Identifier: GPL-2.0-only
/*
 * Next hops: making, sharing, changing and letting go of them.
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

#include "nexthop.h"

#define SLOTS_MIN	16u
#define SLOTS_MAX	(1u << 26)

/**
 * struct mfib_nh_index - what only writers of a set look at
 * @bucket: slots of the first object by hash; as many as there are slots
 * @free: slots that may be used again, a stack
 * @nfree: how many
 * @fresh: first slot that was never used
 * @gone: objects that no reader has any more
 */
struct mfib_nh_index {
	u32			*bucket;
	u32			*free;
	u32			nfree;
	u32			fresh;
#ifdef __KERNEL__
	struct llist_head	gone;
#endif
};

#ifdef __KERNEL__
static void *zalloc(size_t size)
{
	return kvzalloc(size, GFP_KERNEL | __GFP_NOWARN);
}

static void release(const void *p)
{
	kvfree(p);
}
#else
static void *zalloc(size_t size)
{
	void *p = NULL;

	if (posix_memalign(&p, 64, size))
		return NULL;
	return memset(p, 0, size);
}

static void release(const void *p)
{
	free((void *)p);
}
#endif

static struct mfib_nh_slots *slots_of(const struct mfib_nexthops *set)
{
	return rcu_dereference_protected(set->slots,
					 lockdep_is_held(&set->lock));
}

static struct mfib_nh *nh_at(const struct mfib_nexthops *set, u32 slot)
{
	return rcu_dereference_protected(slots_of(set)->nh[slot],
					 lockdep_is_held(&set->lock));
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
	return &set->index->bucket[hash & (slots_of(set)->count - 1)];
}

static void index_add(struct mfib_nexthops *set, struct mfib_nh *nh)
{
	u32 *bucket = bucket_of(set, nh_hash(nh));

	nh->hash_next = *bucket;
	*bucket = nh->slot;
}

static void index_remove(struct mfib_nexthops *set, const struct mfib_nh *nh)
{
	u32 *link = bucket_of(set, nh_hash(nh));

	while (*link != nh->slot)
		link = &nh_at(set, *link)->hash_next;
	*link = nh->hash_next;
}

static struct mfib_nh *find_id(const struct mfib_nexthops *set, u32 id)
{
	const struct mfib_nh_spec spec = { .id = id };
	u32 slot = *bucket_of(set, hash_of(&spec, NULL, 0));

	while (slot && nh_at(set, slot)->spec.id != id)
		slot = nh_at(set, slot)->hash_next;
	return slot ? nh_at(set, slot) : NULL;
}

static bool nh_equal(const struct mfib_nh *nh, const struct mfib_nh_spec *spec,
		     const struct mfib_member *members, unsigned int nmembers)
{
	unsigned int i;

	if (nh->nmembers != nmembers || memcmp(&nh->spec, spec, sizeof(*spec)))
		return false;
	for (i = 0; i < nmembers; i++)
		if (!member_equal(&nh->members[i], &members[i]))
			return false;
	return true;
}

static struct mfib_nh *find_equal(const struct mfib_nexthops *set,
				  const struct mfib_nh_spec *spec,
				  const struct mfib_member *members,
				  unsigned int nmembers)
{
	u32 slot = *bucket_of(set, hash_of(spec, members, nmembers));

	while (slot && !nh_equal(nh_at(set, slot), spec, members, nmembers))
		slot = nh_at(set, slot)->hash_next;
	return slot ? nh_at(set, slot) : NULL;
}

/* ---- slots --------------------------------------------------------------- */

/* Takes back what no reader has any more. */
static void harvest(struct mfib_nexthops *set)
{
#ifdef __KERNEL__
	struct llist_node *list;
	struct mfib_nh *nh, *next;

	if (llist_empty(&set->index->gone))
		return;
	list = llist_del_all(&set->index->gone);
	llist_for_each_entry_safe(nh, next, list, gone) {
		if (!nh->replaced) {
			RCU_INIT_POINTER(slots_of(set)->nh[nh->slot], NULL);
			set->index->free[set->index->nfree++] = nh->slot;
		}
		/* Who had the number from elsewhere than a table may be here. */
		kvfree_rcu(nh, rcu);
	}
#else
	(void)set;
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

static void nh_retire(struct mfib_nh *nh)
{
	call_rcu(&nh->rcu, nh_gone);
}
#else
static void slots_retire(struct mfib_nh_slots *slots)
{
	release(slots);
}

static void nh_retire(struct mfib_nh *nh)
{
	struct mfib_nexthops *set = nh->set;

	if (set->ops && set->ops->destroy)
		set->ops->destroy(nh);
	if (!nh->replaced) {
		RCU_INIT_POINTER(slots_of(set)->nh[nh->slot], NULL);
		set->index->free[set->index->nfree++] = nh->slot;
	}
	release(nh);
}
#endif

static void index_fill(struct mfib_nexthops *set)
{
	struct mfib_nh *nh;
	u32 slot;

	for (slot = 1; slot < set->index->fresh; slot++) {
		nh = nh_at(set, slot);
		if (nh && (nh->refs || nh->user))
			index_add(set, nh);
	}
}

static int slots_grow(struct mfib_nexthops *set)
{
	struct mfib_nh_slots *old = slots_of(set), *slots;
	u32 count = old ? 2 * old->count : SLOTS_MIN;
	u32 *bucket, *free;

	if (count > SLOTS_MAX)
		return -ENOSPC;
	slots = zalloc(sizeof(*slots) + count * sizeof(slots->nh[0]));
	bucket = zalloc(count * sizeof(*bucket));
	free = zalloc(count * sizeof(*free));
	if (!slots || !bucket || !free) {
		release(slots);
		release(bucket);
		release(free);
		return -ENOMEM;
	}
	slots->count = count;
	if (old)
		memcpy(slots->nh, old->nh, old->count * sizeof(slots->nh[0]));
	if (set->index->nfree)
		memcpy(free, set->index->free,
		       set->index->nfree * sizeof(*free));
	rcu_assign_pointer(set->slots, slots);
	release(set->index->bucket);
	release(set->index->free);
	set->index->bucket = bucket;
	set->index->free = free;
	if (old) {
		index_fill(set);
		slots_retire(old);
	}
	return 0;
}

/* A slot that is free, or a negative error. */
static int slot_get(struct mfib_nexthops *set, u32 *slot, const char **why)
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
	if (set->index->fresh == slots_of(set)->count) {
		err = slots_grow(set);
		if (err)
			return err;
	}
	*slot = set->index->fresh++;
	return 0;
}

static void slot_put(struct mfib_nexthops *set, u32 slot)
{
	set->index->free[set->index->nfree++] = slot;
}

/* ---- objects ------------------------------------------------------------- */

/* Shares of the hash in proportion to the weights; the last ends at its end. */
static void weigh(struct mfib_nh *nh)
{
	u64 sum = 0, upto = 0;
	unsigned int i;

	for (i = 0; i < nh->nmembers; i++)
		sum += nh->members[i].weight;
	for (i = 0; i < nh->nmembers; i++) {
		upto += nh->members[i].weight;
		/* At most 2^32 * 64 * 256: no overflow, and no division of 0. */
		nh->members[i].upper = (upto << 32) / sum - 1;
	}
}

static struct mfib_nh *nh_make(struct mfib_nexthops *set, u32 slot,
			       const struct mfib_nh_spec *spec,
			       const struct mfib_member *members,
			       unsigned int nmembers, const char **why, int *err)
{
	size_t priv = set->ops ? set->ops->priv_size : 0;
	struct mfib_nh *nh;
	size_t size;

	size = (sizeof(*nh) + nmembers * sizeof(*members) + 63) & ~63ul;
	nh = zalloc(size + priv);
	*err = -ENOMEM;
	if (!nh)
		return NULL;
	nh->spec = *spec;
	nh->set = set;
	nh->slot = slot;
	nh->nmembers = nmembers;
	if (nmembers) {
		memcpy(nh->members, members, nmembers * sizeof(*members));
		weigh(nh);
	}
	nh->priv = priv ? (char *)nh + size : NULL;
	*err = set->ops && set->ops->setup ? set->ops->setup(nh, why) : 0;
	if (!*err)
		return nh;
	release(nh);
	return NULL;
}

static void nh_release(struct mfib_nexthops *set, struct mfib_nh *nh);

static void members_put(struct mfib_nexthops *set,
			const struct mfib_member *members,
			unsigned int nmembers)
{
	struct mfib_nh *nh;
	unsigned int i;

	for (i = 0; i < nmembers; i++) {
		nh = nh_at(set, members[i].slot);
		if (!--nh->refs && !nh->user)
			nh_release(set, nh);
	}
}

/*
 * Nobody needs it any more. A member of a group is not a group, so that this
 * calls itself once at most.
 */
static void nh_release(struct mfib_nexthops *set, struct mfib_nh *nh)
{
	if (set->ops && set->ops->release)
		set->ops->release(nh);
	index_remove(set, nh);
	set->count--;
	set->seq++;
	members_put(set, nh->members, nh->nmembers);
	nh_retire(nh);
}

static int members_check(struct mfib_nexthops *set,
			 const struct mfib_nh_spec *spec,
			 const struct mfib_member *members,
			 unsigned int nmembers, const char **why)
{
	unsigned int i;

	if ((spec->type == MFIB_NH_GROUP) != (nmembers > 0) ||
	    nmembers > MFIB_MEMBERS_MAX) {
		*why = "a group has 1 to 64 next hops, and nothing else has any";
		return -EINVAL;
	}
	for (i = 0; i < nmembers; i++) {
		if (!members[i].weight || members[i].weight > 256) {
			*why = "a weight is 1 to 256";
			return -EINVAL;
		}
		if (nh_at(set, members[i].slot)->spec.type == MFIB_NH_GROUP) {
			*why = "a group cannot be in a group";
			return -EINVAL;
		}
	}
	return 0;
}

static int nh_new(struct mfib_nexthops *set, const struct mfib_nh_spec *spec,
		  const struct mfib_member *members, unsigned int nmembers,
		  struct mfib_nh **made, const char **why)
{
	struct mfib_nh *nh;
	u32 slot;
	int err;

	err = members_check(set, spec, members, nmembers, why);
	if (!err)
		err = slot_get(set, &slot, why);
	if (err)
		return err;
	nh = nh_make(set, slot, spec, members, nmembers, why, &err);
	if (!nh) {
		slot_put(set, slot);
		return err;
	}
	rcu_assign_pointer(slots_of(set)->nh[slot], nh);
	index_add(set, nh);
	set->count++;
	set->seq++;
	*made = nh;
	return 0;
}

static int nh_replace(struct mfib_nexthops *set, struct mfib_nh *old,
		      const struct mfib_nh_spec *spec,
		      const struct mfib_member *members, unsigned int nmembers,
		      const char **why)
{
	struct mfib_nh *nh;
	int err;

	if ((old->spec.type == MFIB_NH_GROUP) !=
	    (spec->type == MFIB_NH_GROUP)) {
		*why = "a next hop cannot become a group, nor a group one";
		return -EINVAL;
	}
	err = members_check(set, spec, members, nmembers, why);
	if (err)
		return err;
	nh = nh_make(set, old->slot, spec, members, nmembers, why, &err);
	if (!nh)
		return err;
	nh->refs = old->refs;
	nh->user = old->user;
	nh->hash_next = old->hash_next;
	if (set->ops && set->ops->release)
		set->ops->release(old);
	old->replaced = true;
	rcu_assign_pointer(slots_of(set)->nh[old->slot], nh);
	members_put(set, old->members, old->nmembers);
	nh_retire(old);
	set->seq++;
	return 0;
}

/* ---- what others call ---------------------------------------------------- */

/**
 * mfib_nh_select_member() - the way that a flow takes through a group
 * @nh: the group
 * @hash: of the flow; all 32 bits count
 *
 * At most seven comparisons. A flow whose member is dead takes the next one
 * that lives; other flows keep theirs.
 *
 * Context: RCU read-side section.
 * Return: a next hop, or NULL when all are dead.
 */
struct mfib_nh *mfib_nh_select_member(const struct mfib_nh *nh, u32 hash)
{
	unsigned int low = 0, high = nh->nmembers - 1, mid, i;
	struct mfib_nh *way;

	while (low < high) {
		mid = (low + high) / 2;
		if (hash <= nh->members[mid].upper)
			high = mid;
		else
			low = mid + 1;
	}
	for (i = 0; i < nh->nmembers; i++) {
		way = mfib_nh_get(nh->set, nh->members[low].slot);
		if (way && !READ_ONCE(way->dead))
			return way;
		low = low + 1 == nh->nmembers ? 0 : low + 1;
	}
	return NULL;
}

/**
 * mfib_nexthops_init() - an empty set of next hops
 * @set: the set
 * @max: how many there may be
 * @ops: of the data path, or NULL
 * @owner: for the data path
 *
 * Context: Process context. May sleep.
 * Return: 0 or -ENOMEM.
 */
int mfib_nexthops_init(struct mfib_nexthops *set, u32 max,
		       const struct mfib_nh_ops *ops, void *owner)
{
	int err;

	memset(set, 0, sizeof(*set));
	mutex_init(&set->lock);
	set->ops = ops;
	set->owner = owner;
	set->max = max;
	set->index = zalloc(sizeof(*set->index));
	if (!set->index)
		return -ENOMEM;
	set->index->fresh = 1;
	mutex_lock(&set->lock);
	err = slots_grow(set);
	mutex_unlock(&set->lock);
	if (err)
		release(set->index);
	return err;
}

/**
 * mfib_nexthops_destroy() - remove all next hops and the set
 * @set: the set; no table refers to it any more, and there are no readers
 *
 * Context: Process context. Sleeps until RCU callbacks are done.
 */
void mfib_nexthops_destroy(struct mfib_nexthops *set)
{
	struct mfib_nh *nh;
	u32 slot;

	mutex_lock(&set->lock);
	/* Groups first: they hold the others. */
	for (slot = 1; slot < set->index->fresh; slot++) {
		nh = nh_at(set, slot);
		if (nh && nh->user && nh->nmembers) {
			nh->user = false;
			nh_release(set, nh);
		}
	}
	for (slot = 1; slot < set->index->fresh; slot++) {
		nh = nh_at(set, slot);
		if (nh && nh->user) {
			nh->user = false;
			nh_release(set, nh);
		}
	}
	mutex_unlock(&set->lock);
#ifdef __KERNEL__
	rcu_barrier();
#endif
	mutex_lock(&set->lock);
	harvest(set);
	mutex_unlock(&set->lock);
	release(slots_of(set));
	release(set->index->bucket);
	release(set->index->free);
	release(set->index);
	mutex_destroy(&set->lock);
}

/**
 * mfib_nexthop_add() - make or change a next hop with an id
 * @set: the set
 * @spec: what it is to be, with @spec->id
 * @members: of a group: slots, with a reference to each, and weights
 * @nmembers: how many
 * @create: it may be new
 * @replace: it may be there
 * @why: where to put a sentence about an error
 *
 * On success the references belong to the group; on an error they are still the
 * caller's. All routes that lead to a next hop that is changed lead to what it
 * is now: that is one write.
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error and nothing has changed: -EEXIST, -ENOENT,
 * -EINVAL, -ENOSPC, -ENOMEM, or what the data path says.
 */
int mfib_nexthop_add(struct mfib_nexthops *set, const struct mfib_nh_spec *spec,
		     const struct mfib_member *members, unsigned int nmembers,
		     bool create, bool replace, const char **why)
{
	struct mfib_nh *nh;
	int err;

	mutex_lock(&set->lock);
	nh = find_id(set, spec->id);
	if (nh && nh->user) {
		*why = "there is a next hop with this id";
		err = !replace ? -EEXIST :
		      nh_replace(set, nh, spec, members, nmembers, why);
	} else if (!create) {
		*why = "there is no next hop with this id";
		err = -ENOENT;
	} else {
		err = nh_new(set, spec, members, nmembers, &nh, why);
		if (!err)
			nh->user = true;
	}
	mutex_unlock(&set->lock);
	return err;
}

/**
 * mfib_nexthop_del() - remove a next hop with an id
 * @set: the set
 * @id: its id
 * @why: where to put a sentence about an error
 *
 * Context: Process context. May sleep.
 * Return: 0, -ENOENT, or -EBUSY when routes or groups use it.
 */
int mfib_nexthop_del(struct mfib_nexthops *set, u32 id, const char **why)
{
	struct mfib_nh *nh;
	int err = 0;

	mutex_lock(&set->lock);
	nh = id ? find_id(set, id) : NULL;
	if (!nh) {
		*why = "there is no next hop with this id";
		err = -ENOENT;
	} else if (nh->refs) {
		*why = "routes or groups use this next hop";
		err = -EBUSY;
	} else {
		nh->user = false;
		nh_release(set, nh);
	}
	mutex_unlock(&set->lock);
	return err;
}

/**
 * mfib_nexthop_take() - a reference to a next hop without an id
 * @set: the set
 * @spec: what it is; unused members are zero
 * @members: of a group: slots, with a reference to each, and weights
 * @nmembers: how many
 * @slot: where to put its slot
 * @why: where to put a sentence about an error
 *
 * Makes it if there is none like it. On success the references of @members are
 * no longer the caller's.
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error as mfib_nexthop_add().
 */
int mfib_nexthop_take(struct mfib_nexthops *set,
		      const struct mfib_nh_spec *spec,
		      const struct mfib_member *members, unsigned int nmembers,
		      u32 *slot, const char **why)
{
	struct mfib_nh *nh;
	int err = 0;

	mutex_lock(&set->lock);
	nh = find_equal(set, spec, members, nmembers);
	if (nh)
		members_put(set, members, nmembers);
	else
		err = nh_new(set, spec, members, nmembers, &nh, why);
	if (!err) {
		nh->refs++;
		*slot = nh->slot;
	}
	mutex_unlock(&set->lock);
	return err;
}

/**
 * mfib_nexthop_take_id() - a reference to a next hop with an id
 * @set: the set
 * @id: its id
 * @slot: where to put its slot
 * @why: where to put a sentence about an error
 *
 * Context: Process context. May sleep.
 * Return: 0 or -ENOENT.
 */
int mfib_nexthop_take_id(struct mfib_nexthops *set, u32 id, u32 *slot,
			 const char **why)
{
	struct mfib_nh *nh;

	mutex_lock(&set->lock);
	nh = id ? find_id(set, id) : NULL;
	if (nh) {
		nh->refs++;
		*slot = nh->slot;
	} else {
		*why = "there is no next hop with this id";
	}
	mutex_unlock(&set->lock);
	return nh ? 0 : -ENOENT;
}

/**
 * mfib_nexthop_hold() - one more reference
 * @set: the set
 * @slot: of a next hop to which the caller has one
 *
 * Context: Process context. May sleep.
 */
void mfib_nexthop_hold(struct mfib_nexthops *set, u32 slot)
{
	mutex_lock(&set->lock);
	nh_at(set, slot)->refs++;
	mutex_unlock(&set->lock);
}

/**
 * mfib_nexthop_put() - give a reference back
 * @set: the set
 * @slot: of the next hop
 *
 * Context: Process context. May sleep.
 */
void mfib_nexthop_put(struct mfib_nexthops *set, u32 slot)
{
	const struct mfib_member m = { .slot = slot };

	mutex_lock(&set->lock);
	members_put(set, &m, 1);
	mutex_unlock(&set->lock);
}

/**
 * mfib_nexthop_next() - walk over all next hops
 * @set: the set, locked by the caller
 * @slot: the last that was seen, 0 to begin
 *
 * Return: the next one, or NULL at the end.
 */
struct mfib_nh *mfib_nexthop_next(struct mfib_nexthops *set, u32 *slot)
{
	struct mfib_nh *nh;

	lockdep_assert_held(&set->lock);
	while (++*slot < set->index->fresh) {
		nh = nh_at(set, *slot);
		if (nh && (nh->refs || nh->user))
			return nh;
	}
	return NULL;
}

static unsigned int device(struct mfib_nexthops *set, u32 ifindex, bool dead,
			   bool gone)
{
	unsigned int count = 0;
	struct mfib_nh *nh;
	u32 slot = 0;

	mutex_lock(&set->lock);
	while ((nh = mfib_nexthop_next(set, &slot))) {
		if (nh->spec.ifindex != ifindex || nh->gone_device)
			continue;
		WRITE_ONCE(nh->dead, dead);
		nh->gone_device = gone;
		count++;
	}
	if (count)
		set->seq++;
	mutex_unlock(&set->lock);
	return count;
}

/**
 * mfib_nexthops_device() - a device went down or came up
 * @set: the set
 * @ifindex: the device
 * @dead: it went down
 *
 * Context: Process context. May sleep.
 * Return: how many next hops are on it.
 */
unsigned int mfib_nexthops_device(struct mfib_nexthops *set, u32 ifindex,
				  bool dead)
{
	return device(set, ifindex, dead, false);
}

/**
 * mfib_nexthops_gone() - a device is no more
 * @set: the set
 * @ifindex: the device
 *
 * Its next hops are dead for good, and mfib_rib_flush_gone() removes the routes
 * that were by them.
 *
 * Context: Process context. May sleep.
 * Return: how many next hops were on it.
 */
unsigned int mfib_nexthops_gone(struct mfib_nexthops *set, u32 ifindex)
{
	return device(set, ifindex, true, true);
}
