// SPDX-License-Identifier: GPL-2.0-only
/*
 * Next hops: making, sharing, changing and letting go of them. Where they are,
 * and how they are found, is in nexthop_index.c. Locking: see nexthop.h.
 */
#include "nexthop_index.h"

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
	nh = mfib_nh_zalloc(size + priv);
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
	mfib_nh_free(nh);
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
		nh = mfib_nh_at(set, members[i].slot);
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
	mfib_nh_index_remove(set, nh);
	set->count--;
	set->seq++;
	members_put(set, nh->members, nh->nmembers);
	mfib_nh_retire(nh);
}

static int members_check(struct mfib_nexthops *set,
			 const struct mfib_nh_spec *spec,
			 const struct mfib_member *members,
			 unsigned int nmembers, const char **why)
{
	const struct mfib_nh *member;
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
		member = mfib_nh_at(set, members[i].slot);
		if (member->spec.type == MFIB_NH_GROUP) {
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
		err = mfib_nh_slot_get(set, &slot, why);
	if (err)
		return err;
	nh = nh_make(set, slot, spec, members, nmembers, why, &err);
	if (!nh) {
		mfib_nh_slot_put(set, slot);
		return err;
	}
	rcu_assign_pointer(mfib_nh_slots_of(set)->nh[slot], nh);
	mfib_nh_index_add(set, nh);
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
	rcu_assign_pointer(mfib_nh_slots_of(set)->nh[old->slot], nh);
	members_put(set, old->members, old->nmembers);
	mfib_nh_retire(old);
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
	memset(set, 0, sizeof(*set));
	mutex_init(&set->lock);
	set->ops = ops;
	set->owner = owner;
	set->max = max;
	return mfib_nh_index_init(set);
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
		nh = mfib_nh_at(set, slot);
		if (nh && nh->user && nh->nmembers) {
			nh->user = false;
			nh_release(set, nh);
		}
		cond_resched();
	}
	for (slot = 1; slot < set->index->fresh; slot++) {
		nh = mfib_nh_at(set, slot);
		if (nh && nh->user) {
			nh->user = false;
			nh_release(set, nh);
		}
		cond_resched();
	}
	mutex_unlock(&set->lock);
	mfib_nh_index_destroy(set);
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
	nh = mfib_nh_find_id(set, spec->id);
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
	nh = id ? mfib_nh_find_id(set, id) : NULL;
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
	nh = mfib_nh_find_equal(set, spec, members, nmembers);
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
 * mfib_nexthop_take_alive() - a reference to a next hop that is in use
 * @set: the set
 * @spec: what it is; unused members are zero
 * @slot: where to put its slot
 *
 * Context: Process context. May sleep.
 * Return: false when there is none like it, or its device is down.
 */
bool mfib_nexthop_take_alive(struct mfib_nexthops *set,
			     const struct mfib_nh_spec *spec, u32 *slot)
{
	struct mfib_nh *nh;

	mutex_lock(&set->lock);
	nh = mfib_nh_find_equal(set, spec, NULL, 0);
	if (nh && nh->dead)
		nh = NULL;
	if (nh) {
		nh->refs++;
		*slot = nh->slot;
	}
	mutex_unlock(&set->lock);
	return nh;
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
	nh = id ? mfib_nh_find_id(set, id) : NULL;
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
	mfib_nh_at(set, slot)->refs++;
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
		nh = mfib_nh_at(set, *slot);
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
		cond_resched();
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
