// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nodes of the lookup form: how a change of one prefix changes them.
 *
 * A change makes a node anew, in a copy of the array that it stands in, and one
 * pointer puts the copy in the place of the array. All memory is there before
 * that; afterwards nothing can fail. Locking: see trie.h.
 */
#include "trie_node.h"

static unsigned int slot_of(const struct mfib_key *k, unsigned int offset,
			    bool wide)
{
	return mfib_slot(k->hi, k->lo, offset, wide);
}

static unsigned int children_of(const struct mfib_node *n)
{
	return hweight64(n->child);
}

/* How many children stand before the one of a slot. */
static unsigned int child_index(const struct mfib_node *n, unsigned int slot)
{
	return hweight64(n->child & ((1ULL << slot) - 1));
}

/**
 * mfib_node_key() - the bits that all keys below a node begin with
 * @n: the node
 * @wide: keys have 128 bits
 *
 * Return: the bits, as a key that is zero from @n->offset on.
 */
struct mfib_key mfib_node_key(const struct mfib_node *n, bool wide)
{
	struct mfib_key k = {};

	if (wide) {
		k.hi = (u64)n->data[4] << 32 | n->data[5];
		k.lo = (u64)n->data[6] << 32 | n->data[7];
	} else {
		k.hi = (u64)n->data[7] << 32;
	}
	return k;
}

static void node_init(struct mfib_node *n, const struct mfib_key *key,
		      unsigned int offset, bool wide)
{
	struct mfib_key k = mfib_key_cut(*key, offset);

	memset(n, 0, sizeof(*n));
	n->offset = offset;
	n->run = 1;
	n->nleaf = 1;
	if (wide) {
		n->data[4] = k.hi >> 32;
		n->data[5] = k.hi;
		n->data[6] = k.lo >> 32;
		n->data[7] = k.lo;
	} else {
		n->data[7] = k.hi >> 32;
	}
}

/* ---- leaves -------------------------------------------------------------- */

static bool has_far(const struct mfib_trie *t, const struct mfib_node *n)
{
	return n->nleaf > MFIB_NEAR(t->wide);
}

static size_t far_size(const struct mfib_node *n)
{
	return n->nleaf * sizeof(u32);
}

/**
 * mfib_node_retire_far() - let go of the leaves that a node keeps elsewhere
 * @t: the trie
 * @n: a node that is out of use
 */
void mfib_node_retire_far(struct mfib_trie *t, const struct mfib_node *n)
{
	if (has_far(t, n))
		mfib_mem_retire(t->mem, n->far, far_size(n));
}

static void free_far(struct mfib_trie *t, const struct mfib_node *n)
{
	if (has_far(t, n))
		mfib_mem_free(t->mem, n->far, far_size(n));
}

/*
 * Room for leaves, of which each run has one. What @n had of them before is not
 * freed. NULL when there is no memory.
 */
static u32 *leaves_room(struct mfib_trie *t, struct mfib_node *n, u64 run)
{
	n->run = run;
	n->nleaf = hweight64(run);
	if (!has_far(t, n))
		return n->data;
	n->far = mfib_mem_alloc(t->mem, far_size(n));
	return n->far;
}

/* The slots of a prefix in its node that no longer prefix of the node has. */
static u64 slots_shown(const struct mfib_trie *t,
		       const struct mfib_prefix *prefix, unsigned int offset)
{
	u64 slots = mfib_node_range(prefix, offset, t->wide);
	const struct mfib_pnode *n;
	struct mfib_prefix p;
	struct mfib_walk w __uninitialized;
	u32 ref;

	if (prefix->len == offset + MFIB_STRIDE)
		return slots;
	mfib_patricia_walk(t->patricia, &w, prefix, offset + MFIB_STRIDE);
	while ((ref = mfib_patricia_step(t->patricia, &w))) {
		n = mfib_pnode(t->patricia, ref);
		if (n->len == prefix->len)
			continue;
		p.key = mfib_pnode_key(t->patricia, n);
		p.len = n->len;
		slots &= ~mfib_node_range(&p, offset, t->wide);
	}
	return slots;
}

/*
 * The slots are neighbours: what is before them and behind them is copied as it
 * is.
 */
static bool paint_range(struct mfib_trie *t, const struct mfib_node *n,
			u64 slots, u32 leaf, struct mfib_node *fresh)
{
	const u32 *old = has_far(t, n) ? n->far : n->data;
	const u64 first = slots & -slots, after = slots << 1 & ~slots;
	unsigned int before = hweight64(n->run & (first - 1));
	unsigned int upto = hweight64(n->run & (after | (after - 1)));
	u64 run = n->run & ~(slots | after);
	u32 *to;

	/* The slot before has the last leaf before them, the one behind them its own. */
	if (!before || old[before - 1] != leaf)
		run |= first;
	if (after && old[upto - 1] != leaf)
		run |= after;
	to = leaves_room(t, fresh, run);
	if (!to)
		return false;
	memcpy(to, old, before * sizeof(*to));
	to += before;
	if (run & first)
		*to++ = leaf;
	if (run & after)
		*to++ = old[upto - 1];
	memcpy(to, old + upto, (n->nleaf - upto) * sizeof(*to));
	return true;
}

/*
 * Any slots. Runs can only begin where they did, and where the slots begin or
 * have ended. @n has a run that begins at slot 0, so there is a leaf before any is
 * looked at.
 */
static bool paint_slots(struct mfib_trie *t, const struct mfib_node *n,
			u64 slots, u32 leaf, struct mfib_node *fresh)
{
	u64 at = n->run | (slots ^ slots << 1), run = 0, slot;
	const u32 *old = has_far(t, n) ? n->far : n->data;
	u32 packed[SLOTS] __uninitialized;
	u32 here, last = 0, *to;
	unsigned int count = 0;

	for (; at; at &= at - 1) {
		slot = at & -at;
		if (n->run & slot)
			last = *old++;
		here = slots & slot ? leaf : last;
		if (count && packed[count - 1] == here)
			continue;
		packed[count++] = here;
		run |= slot;
	}
	to = leaves_room(t, fresh, run);
	if (to)
		memcpy(to, packed, count * sizeof(*to));
	return to;
}

/* A copy of @n in which the slots where @prefix shows have @leaf. */
static bool node_paint(struct mfib_trie *t, const struct mfib_node *n,
		       const struct mfib_prefix *prefix, u32 leaf,
		       struct mfib_node *fresh)
{
	u64 slots = slots_shown(t, prefix, n->offset);
	u64 firsts = slots & ~(slots << 1);

	*fresh = *n;
	/* Neighbours have one that is first. */
	if (firsts && !(firsts & (firsts - 1)))
		return paint_range(t, n, slots, leaf, fresh);
	return paint_slots(t, n, slots, leaf, fresh);
}

/* A node for nothing but one prefix, which no longer one is below of. */
static void node_single(struct mfib_trie *t, struct mfib_node *n,
			const struct mfib_prefix *prefix, u32 leaf)
{
	unsigned int offset = mfib_offset_for(prefix->len);
	u64 slots = mfib_node_range(prefix, offset, t->wide);
	u64 after = slots & (1ULL << 63) ? 0 : (slots << 1) & ~slots;

	node_init(n, &prefix->key, offset, t->wide);
	n->nleaf = 0;
	if (!(slots & 1))
		n->data[n->nleaf++] = 0;
	n->data[n->nleaf++] = leaf;
	if (after)
		n->data[n->nleaf++] = 0;
	n->run = 1 | (slots & ~(slots << 1)) | after;
}

/* ---- putting nodes into place -------------------------------------------- */

/**
 * mfib_place_top() - the first node of a tree
 * @at: where the tree hangs
 *
 * Return: the node, or NULL.
 */
struct mfib_node *mfib_place_top(const struct mfib_place *at)
{
	if (!at->entry)
		return rcu_dereference_protected(at->root->top, true);
	if (*at->entry & MFIB_ENTRY_TAGS)
		return NULL;
	return (struct mfib_node *)*at->entry;
}

static u32 place_leaf(const struct mfib_place *at)
{
	if (!at->entry || !(*at->entry & MFIB_ENTRY_LEAF))
		return 0;
	return *at->entry >> 2;
}

static void place_set(struct mfib_place *at, struct mfib_node *n, u32 leaf)
{
	unsigned long entry = (unsigned long)n;

	if (!at->entry) {
		rcu_assign_pointer(at->root->top, n);
		return;
	}
	if (!n)
		entry = leaf ? (unsigned long)leaf << 2 | MFIB_ENTRY_LEAF : 0;
	/* Pairs with READ_ONCE() of the entry in mfib_root_lookup(). */
	smp_store_release(at->entry, entry);
}

/* The first bit that a node at this depth could decide. */
static unsigned int begins_at(const struct mfib_place *at,
			      const struct mfib_trail *trail, unsigned int depth)
{
	if (depth)
		return trail->node[depth - 1]->offset + MFIB_STRIDE;
	return at->entry ? MFIB_ROOT_BITS : 0;
}

/* Puts @fresh in the place of a node; readers see the one or the other. */
static bool node_replace(struct mfib_trie *t, struct mfib_place *at,
			 const struct mfib_trail *trail, unsigned int depth,
			 struct mfib_node *fresh)
{
	struct mfib_node *n = trail->node[depth], *parent, *old, *copy;
	unsigned int count;

	fresh->skips = fresh->offset > begins_at(at, trail, depth);
	parent = depth ? trail->node[depth - 1] : NULL;
	count = parent ? children_of(parent) : 1;
	copy = mfib_mem_alloc(t->mem, mfib_nodes_size(count));
	if (!copy)
		return false;
	if (!parent) {
		fresh->deflt = n->deflt;
		*copy = *fresh;
		place_set(at, copy, 0);
		mfib_mem_retire(t->mem, n, mfib_nodes_size(1));
		return true;
	}
	fresh->deflt = 0;
	old = mfib_node_children(parent);
	memcpy(copy, old, mfib_nodes_size(count));
	copy[n - old] = *fresh;
	rcu_assign_pointer(parent->children, copy);
	mfib_mem_retire(t->mem, old, mfib_nodes_size(count));
	return true;
}

/* The first node of a tree. */
static bool node_first(struct mfib_trie *t, struct mfib_place *at,
		       const struct mfib_prefix *prefix, u32 leaf)
{
	struct mfib_node *n = mfib_mem_alloc(t->mem, mfib_nodes_size(1));

	if (!n)
		return false;
	node_single(t, n, prefix, leaf);
	n->skips = n->offset > (at->entry ? MFIB_ROOT_BITS : 0);
	n->deflt = place_leaf(at);
	place_set(at, n, 0);
	return true;
}

/* A node without children gets one more. */
static bool node_add(struct mfib_trie *t, struct mfib_place *at,
		     const struct mfib_trail *trail,
		     const struct mfib_prefix *prefix, u32 leaf)
{
	struct mfib_node *n = trail->node[trail->depth - 1];
	unsigned int slot = slot_of(&prefix->key, n->offset, t->wide);
	unsigned int count = children_of(n), i = child_index(n, slot);
	struct mfib_node *old = mfib_node_children(n), *array;
	struct mfib_node fresh = *n;

	array = mfib_mem_alloc(t->mem, mfib_nodes_size(count + 1));
	if (!array)
		return false;
	if (i)
		memcpy(array, old, mfib_nodes_size(i));
	node_single(t, &array[i], prefix, leaf);
	array[i].skips = array[i].offset > n->offset + MFIB_STRIDE;
	if (count > i)
		memcpy(array + i + 1, old + i, mfib_nodes_size(count - i));
	fresh.child |= 1ULL << slot;
	RCU_INIT_POINTER(fresh.children, array);
	if (!node_replace(t, at, trail, trail->depth - 1, &fresh)) {
		mfib_mem_free(t->mem, array, mfib_nodes_size(count + 1));
		return false;
	}
	mfib_mem_retire(t->mem, old, mfib_nodes_size(count));
	return true;
}

/*
 * The prefix leaves the way to a node before that begins, or ends there: a new
 * node above it, with the prefix in it or in a node of its own beside it.
 */
static bool node_split(struct mfib_trie *t, struct mfib_place *at,
		       const struct mfib_trail *trail, unsigned int common,
		       const struct mfib_prefix *prefix, u32 leaf)
{
	struct mfib_node *n = trail->node[trail->depth - 1], *array;
	unsigned int offset = mfib_offset_for(prefix->len);
	struct mfib_key key = mfib_node_key(n, t->wide);
	unsigned int count = common < offset ? 2 : 1;
	struct mfib_node fresh;
	unsigned int old, new;

	array = mfib_mem_alloc(t->mem, mfib_nodes_size(count));
	if (!array)
		return false;
	if (count == 1) {
		node_single(t, &fresh, prefix, leaf);
	} else {
		offset = common / MFIB_STRIDE * MFIB_STRIDE;
		node_init(&fresh, &key, offset, t->wide);
	}
	old = slot_of(&key, offset, t->wide);
	new = slot_of(&prefix->key, offset, t->wide);
	fresh.child = 1ULL << old;
	array[count == 2 && old > new] = *n;
	if (count == 2) {
		fresh.child |= 1ULL << new;
		node_single(t, &array[new > old], prefix, leaf);
		array[new > old].skips =
			array[new > old].offset > offset + MFIB_STRIDE;
	}
	array[count == 2 && old > new].skips = n->offset > offset + MFIB_STRIDE;
	array[count == 2 && old > new].deflt = 0;
	RCU_INIT_POINTER(fresh.children, array);
	if (node_replace(t, at, trail, trail->depth - 1, &fresh))
		return true;
	mfib_mem_free(t->mem, array, mfib_nodes_size(count));
	return false;
}

/* Makes a node anew with other leaves. */
static bool node_repaint(struct mfib_trie *t, struct mfib_place *at,
			 const struct mfib_trail *trail,
			 const struct mfib_prefix *prefix, u32 leaf)
{
	struct mfib_node *n = trail->node[trail->depth - 1], was = *n;
	struct mfib_node fresh __uninitialized;

	if (!node_paint(t, n, prefix, leaf, &fresh))
		return false;
	if (!node_replace(t, at, trail, trail->depth - 1, &fresh)) {
		free_far(t, &fresh);
		return false;
	}
	mfib_node_retire_far(t, &was);
	return true;
}

/*
 * Goes down to the node of a prefix, or to the one where the way ends: that is
 * last in the trail. Returns how many bits the prefix and that node's key have
 * in common.
 */
static unsigned int descend(const struct mfib_trie *t, struct mfib_place *at,
			    const struct mfib_prefix *prefix,
			    struct mfib_trail *trail)
{
	unsigned int offset = mfib_offset_for(prefix->len);
	struct mfib_node *n = mfib_place_top(at);
	unsigned int common = 0, slot;
	struct mfib_key key;

	trail->depth = 0;
	while (n) {
		trail->node[trail->depth++] = n;
		key = mfib_node_key(n, t->wide);
		common = mfib_key_common(&key, &prefix->key);
		if (n->offset >= offset || common < n->offset)
			break;
		slot = slot_of(&prefix->key, n->offset, t->wide);
		if (!(n->child >> slot & 1))
			break;
		n = mfib_node_children(n) + child_index(n, slot);
	}
	return common;
}

/**
 * mfib_nodes_set() - a prefix has a leaf now
 * @t: the trie, whose patricia trie has the prefix already
 * @at: the tree of nodes that it belongs to
 * @prefix: the prefix, not of length 0
 * @leaf: its leaf, not 0
 *
 * Return: 0 or -ENOMEM, and nothing has changed.
 */
int mfib_nodes_set(struct mfib_trie *t, struct mfib_place *at,
		   const struct mfib_prefix *prefix, u32 leaf)
{
	unsigned int offset = mfib_offset_for(prefix->len), common;
	const struct mfib_node *n;
	struct mfib_trail trail __uninitialized;
	bool done;

	common = descend(t, at, prefix, &trail);
	n = trail.depth ? trail.node[trail.depth - 1] : NULL;
	if (!n)
		done = node_first(t, at, prefix, leaf);
	else if (common < min(n->offset, offset) || n->offset > offset)
		done = node_split(t, at, &trail, common, prefix, leaf);
	else if (n->offset == offset)
		done = node_repaint(t, at, &trail, prefix, leaf);
	else
		done = node_add(t, at, &trail, prefix, leaf);
	return done ? 0 : -ENOMEM;
}

/* ---- taking nodes away --------------------------------------------------- */

/* Nothing is left in the node: its parent loses a child. */
static bool node_drop(struct mfib_trie *t, struct mfib_place *at,
		      const struct mfib_trail *trail)
{
	struct mfib_node *n = trail->node[trail->depth - 1], *parent, *old;
	struct mfib_node fresh, *array = NULL;
	unsigned int count, i;
	struct mfib_key key;

	if (trail->depth == 1) {
		place_set(at, NULL, n->deflt);
		mfib_mem_retire(t->mem, n, mfib_nodes_size(1));
		return true;
	}
	parent = trail->node[trail->depth - 2];
	old = mfib_node_children(parent);
	count = children_of(parent);
	i = n - old;
	if (count == 2 && parent->nleaf == 1 && !parent->data[0]) {
		/* It only told these two apart. */
		fresh = old[!i];
	} else {
		fresh = *parent;
		key = mfib_node_key(n, t->wide);
		fresh.child &= ~(1ULL << slot_of(&key, parent->offset,
						 t->wide));
		if (count > 1) {
			array = mfib_mem_alloc(t->mem,
					       mfib_nodes_size(count - 1));
			if (!array)
				return false;
			memcpy(array, old, mfib_nodes_size(i));
			memcpy(array + i, old + i + 1,
			       mfib_nodes_size(count - 1 - i));
		}
		RCU_INIT_POINTER(fresh.children, array);
	}
	if (!node_replace(t, at, trail, trail->depth - 2, &fresh)) {
		mfib_mem_free(t->mem, array, mfib_nodes_size(count - 1));
		return false;
	}
	mfib_mem_retire(t->mem, old, mfib_nodes_size(count));
	return true;
}

/* Nothing is left in the node but one child, which takes its place. */
static bool node_lift(struct mfib_trie *t, struct mfib_place *at,
		      const struct mfib_trail *trail)
{
	struct mfib_node *n = trail->node[trail->depth - 1];
	struct mfib_node *old = mfib_node_children(n);
	struct mfib_node fresh = *old;

	if (!node_replace(t, at, trail, trail->depth - 1, &fresh))
		return false;
	mfib_mem_retire(t->mem, old, mfib_nodes_size(1));
	return true;
}

/**
 * mfib_nodes_clear() - a prefix has a leaf no longer
 * @t: the trie, whose patricia trie may have the prefix still
 * @at: the tree of nodes that it belongs to
 * @prefix: the prefix, not of length 0
 * @leaf: that of the prefix of the same node that shows through, or 0
 *
 * Return: 0 or -ENOMEM, and nothing has changed.
 */
int mfib_nodes_clear(struct mfib_trie *t, struct mfib_place *at,
		     const struct mfib_prefix *prefix, u32 leaf)
{
	unsigned int offset = mfib_offset_for(prefix->len), common;
	struct mfib_node *n, was, fresh;
	struct mfib_trail trail __uninitialized;
	bool done;

	common = descend(t, at, prefix, &trail);
	n = trail.depth ? trail.node[trail.depth - 1] : NULL;
	if (!n || n->offset != offset || common < offset)
		return 0;
	was = *n;
	if (!node_paint(t, n, prefix, leaf, &fresh))
		return -ENOMEM;
	if (fresh.nleaf > 1 || has_far(t, &fresh) || fresh.data[0] ||
	    children_of(n) > 1)
		done = node_replace(t, at, &trail, trail.depth - 1, &fresh);
	else if (n->child)
		done = node_lift(t, at, &trail);
	else
		done = node_drop(t, at, &trail);
	if (!done) {
		free_far(t, &fresh);
		return -ENOMEM;
	}
	mfib_node_retire_far(t, &was);
	return 0;
}
