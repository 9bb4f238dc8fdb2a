// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a table gets a root of its own, a little with each change; and how all of
 * a trie is freed.
 *
 * A new root has the old tree as its top, and all its entries say so. One entry
 * of the directory after the other is moved: the nodes that begin behind the
 * part are copied to it, some with each change, with what hangs below them, and
 * when all are there they belong to it. Before a change among them the rest of
 * them is moved, so that changes to one entry alone do not hold it up. What stays
 * behind is no longer looked at by new readers, and by old ones for a grace
 * period at most, in which nothing of it is freed. When the last entry is moved,
 * the upper levels of the old tree, which is all that still belongs to it, are
 * freed array by array.
 *
 * Locking: under the lock of the table.
 */
#include "trie_node.h"

/* Nodes that are moved at once, and empty entries that count as much. */
#define NODES_MAX	16
#define EMPTY_MAX	32
/* Arrays of the old tree that are freed in the place of one entry. */
#define PRUNE_MAX	4

static size_t root_size(const struct mfib_root *root)
{
	return sizeof(*root) +
	       (root->large ? MFIB_DIRS * sizeof(root->dir[0]) : 0);
}

/* ---- freeing nodes ------------------------------------------------------- */

/**
 * struct mfib_stack - arrays of nodes that are being freed, from the top down
 * @array: the arrays
 * @count: their lengths
 * @at: the next node of each
 * @depth: how many
 */
struct mfib_stack {
	struct mfib_node	*array[MFIB_STEPS_V6 + 1];
	u8			count[MFIB_STEPS_V6 + 1];
	u8			at[MFIB_STEPS_V6 + 1];
	unsigned int		depth;
};

static void stack_push(struct mfib_stack *s, struct mfib_node *array,
		       unsigned int count)
{
	s->array[s->depth] = array;
	s->count[s->depth] = count;
	s->at[s->depth++] = 0;
}

/* A node of the old tree that is only what a move has left behind. */
static bool left_behind(const struct mfib_trie *t, const struct mfib_node *n,
			bool old)
{
	struct mfib_key key;

	if (!old || n->offset < MFIB_ROOT_BITS)
		return false;
	key = mfib_node_key(n, t->wide);
	return key.hi >> (64 - MFIB_DIR_BITS) < t->moved;
}

/* Frees a tree from its first node on; @old if a root was to take its place. */
static void tree_free(struct mfib_trie *t, struct mfib_node *top, bool old)
{
	struct mfib_stack s;
	struct mfib_node *n;
	unsigned int i;

	s.depth = 0;
	stack_push(&s, top, 1);
	while (s.depth) {
		i = s.depth - 1;
		if (s.at[i] == s.count[i]) {
			mfib_mem_retire(t->mem, s.array[i],
					mfib_nodes_size(s.count[i]));
			s.depth--;
			cond_resched();
			continue;
		}
		n = &s.array[i][s.at[i]++];
		if (left_behind(t, n, old))
			continue;
		mfib_node_retire_far(t, n);
		if (n->child)
			stack_push(&s, mfib_node_children(n),
				   hweight64(n->child));
	}
}

/* ---- the old tree -------------------------------------------------------- */

static void prune_push(struct mfib_prune *s, struct mfib_node *array,
		       unsigned int count)
{
	s->array[s->depth] = array;
	s->count[s->depth] = count;
	s->at[s->depth++] = 0;
}

/* Frees one array of the levels that were not moved. */
static void prune_one(struct mfib_trie *t)
{
	struct mfib_prune *s = &t->prune;
	struct mfib_node *n;
	unsigned int i;

	for (;;) {
		i = s->depth - 1;
		if (s->at[i] == s->count[i])
			break;
		n = &s->array[i][s->at[i]++];
		if (n->offset >= MFIB_ROOT_BITS)
			continue;
		mfib_node_retire_far(t, n);
		if (n->child)
			prune_push(s, mfib_node_children(n),
				   hweight64(n->child));
	}
	s->depth--;
	mfib_mem_retire(t->mem, s->array[i], mfib_nodes_size(s->count[i]));
}

/* ---- moving -------------------------------------------------------------- */

/* The new root: all of its entries still to be moved. */
static bool grow_begin(struct mfib_trie *t)
{
	struct mfib_root *old = rcu_dereference_protected(t->root, true), *root;
	unsigned int i;

	root = mfib_mem_alloc(t->mem, sizeof(*root) +
			      MFIB_DIRS * sizeof(root->dir[0]));
	if (!root)
		return false;
	RCU_INIT_POINTER(root->top,
			 rcu_dereference_protected(old->top, true));
	root->deflt = old->deflt;
	root->large = true;
	for (i = 0; i < MFIB_DIRS; i++)
		root->dir[i] = MFIB_ENTRY_OLD;
	t->moved = 0;
	rcu_assign_pointer(t->root, root);
	mfib_mem_retire(t->mem, old, root_size(old));
	return true;
}

static void grow_end(struct mfib_trie *t, struct mfib_root *root)
{
	struct mfib_node *top = rcu_dereference_protected(root->top, true);

	rcu_assign_pointer(root->top, NULL);
	t->prune.depth = 0;
	prune_push(&t->prune, top, 1);
}

static u32 leaf_at(const struct mfib_trie *t, const struct mfib_node *n,
		   unsigned int slot)
{
	return mfib_node_leaf(n, slot, t->wide);
}

/*
 * The node of the old tree that is for this entry of the directory, or for some
 * of what is below it; and the leaf that shows on the way to it.
 */
static struct mfib_node *old_node(const struct mfib_trie *t,
				  const struct mfib_root *root,
				  const struct mfib_key *key, u32 *leaf)
{
	struct mfib_node *n = rcu_dereference_protected(root->top, true);
	struct mfib_key own;
	unsigned int slot;
	u32 found;

	*leaf = 0;
	while (n) {
		own = mfib_node_key(n, t->wide);
		if (mfib_key_common(&own, key) <
		    min(n->offset, (u8)MFIB_DIR_BITS))
			return NULL;
		if (n->offset >= MFIB_DIR_BITS)
			return n;
		slot = mfib_slot(key->hi, key->lo, n->offset, t->wide);
		found = leaf_at(t, n, slot);
		if (found)
			*leaf = found;
		if (!(n->child >> slot & 1))
			return NULL;
		n = mfib_node_children(n) +
		    hweight64(n->child & ((1ULL << slot) - 1));
	}
	return NULL;
}

static bool move_node(struct mfib_trie *t, struct mfib_part *part,
		      unsigned int i, const struct mfib_node *n, u32 leaf)
{
	struct mfib_node *copy = mfib_mem_alloc(t->mem, mfib_nodes_size(1));

	if (!copy)
		return false;
	*copy = *n;
	copy->deflt = leaf;
	copy->skips = n->offset > MFIB_ROOT_BITS;
	part->entry[i] = (unsigned long)copy;
	return true;
}

/*
 * Goes on filling the part from a node that decides its bits. False when there is
 * no memory.
 */
static bool move_slots(struct mfib_trie *t, const struct mfib_node *n)
{
	const u64 done = (1ULL << t->filled) - 1;
	const struct mfib_node *children = mfib_node_children(n);
	unsigned int child = hweight64(n->child & done);
	struct mfib_part *part = t->part;
	unsigned int i, nodes = 0;
	u32 leaf;

	for (i = t->filled; i < MFIB_PARTS && nodes < NODES_MAX; i++) {
		leaf = leaf_at(t, n, i);
		if (n->child >> i & 1) {
			if (!move_node(t, part, i, &children[child++],
				       leaf))
				return false;
			nodes++;
		} else if (leaf) {
			part->entry[i] = (unsigned long)leaf << 2 |
					 MFIB_ENTRY_LEAF;
		}
		t->filled = i + 1;
	}
	return true;
}

/* Takes back what is made for the next entry to be moved. */
static void unmove(struct mfib_trie *t)
{
	struct mfib_part *part = t->part;
	unsigned int i;

	if (!part)
		return;
	t->part = NULL;
	for (i = 0; i < MFIB_PARTS; i++)
		if (part->entry[i] && !(part->entry[i] & MFIB_ENTRY_TAGS))
			mfib_mem_free(t->mem, (void *)part->entry[i],
				      mfib_nodes_size(1));
	mfib_mem_free(t->mem, part, sizeof(*part));
}

static bool part_begin(struct mfib_trie *t)
{
	if (t->part)
		return true;
	t->part = mfib_mem_alloc(t->mem, sizeof(*t->part));
	t->filled = 0;
	if (t->part)
		memset(t->part, 0, sizeof(*t->part));
	return t->part;
}

/*
 * Moves one entry, or some nodes of it. Returns how much that was: 0 when there
 * is no memory, which leaves the entry for the next time, and @much for nodes.
 */
static unsigned int move_entry(struct mfib_trie *t, struct mfib_root *root,
			       unsigned int much)
{
	unsigned long *entry = &root->dir[t->moved];
	struct mfib_key key = {
		.hi = (u64)t->moved << (64 - MFIB_DIR_BITS)
	};
	struct mfib_node *n;
	bool done;
	u32 leaf;

	n = old_node(t, root, &key, &leaf);
	if (!n) {
		WRITE_ONCE(*entry, leaf ? (unsigned long)leaf << 2 |
			   MFIB_ENTRY_LEAF : 0);
		t->moved++;
		return 1;
	}
	if (!part_begin(t))
		return 0;
	if (n->offset == MFIB_DIR_BITS) {
		done = move_slots(t, n);
	} else {
		key = mfib_node_key(n, t->wide);
		done = move_node(t, t->part,
				 (key.hi >> (64 - MFIB_ROOT_BITS)) &
				 (MFIB_PARTS - 1), n, 0);
		t->filled = MFIB_PARTS;
	}
	if (!done) {
		unmove(t);
		return 0;
	}
	if (t->filled < MFIB_PARTS)
		return much;
	t->part->leaf = leaf;
	/* Pairs with READ_ONCE() of the entry in mfib_root_lookup(). */
	smp_store_release(entry, (unsigned long)t->part);
	t->part = NULL;
	t->moved++;
	return much;
}

/**
 * mfib_trie_move_rest() - finish the entry of the directory that is being moved
 * @t: the trie
 * @root: its root
 *
 * Copies at most MFIB_PARTS nodes. Without memory the entry stays where it was.
 */
void mfib_trie_move_rest(struct mfib_trie *t, struct mfib_root *root)
{
	while (t->part)
		move_entry(t, root, EMPTY_MAX);
}

static bool wants_root(const struct mfib_trie *t, const struct mfib_root *root)
{
	return !root->large && t->patricia->prefixes.count >= t->grow_at;
}

static bool growing(const struct mfib_root *root)
{
	return root->large && rcu_dereference_protected(root->top, true);
}

/**
 * mfib_trie_settle() - go on with what a growing table still has to do
 * @t: the trie
 * @budget: how often up to 16 nodes may be moved, or as much of other work
 *
 * A change does this with a budget of one. Who has time calls it until nothing
 * is left, so that lookups take the short way.
 *
 * Context: Process context, under the lock of the table. May sleep.
 * Return: true if there is more to do.
 */
bool mfib_trie_settle(struct mfib_trie *t, unsigned int budget)
{
	struct mfib_root *root = rcu_dereference_protected(t->root, true);
	unsigned int left = budget * EMPTY_MAX, some;

	if (wants_root(t, root)) {
		if (!grow_begin(t))
			return false;
		root = rcu_dereference_protected(t->root, true);
	}
	while (growing(root) && t->moved < MFIB_DIRS && left) {
		some = move_entry(t, root, EMPTY_MAX);
		if (!some)
			return false;
		left -= min(some, left);
	}
	if (growing(root) && t->moved == MFIB_DIRS)
		grow_end(t, root);
	while (t->prune.depth && left) {
		prune_one(t);
		left -= min((unsigned int)EMPTY_MAX / PRUNE_MAX, left);
	}
	return t->prune.depth || growing(root);
}

/* ---- the end ------------------------------------------------------------- */

static void part_free(struct mfib_trie *t, struct mfib_part *part)
{
	unsigned int i;

	for (i = 0; i < MFIB_PARTS; i++)
		if (part->entry[i] && !(part->entry[i] & MFIB_ENTRY_TAGS))
			tree_free(t, (struct mfib_node *)part->entry[i], false);
	mfib_mem_retire(t->mem, part, sizeof(*part));
}

/**
 * mfib_trie_release() - free all of a trie that new readers do not find
 * @t: the trie; unusable afterwards
 *
 * Context: Process context. Sleeps between arrays of nodes.
 */
void mfib_trie_release(struct mfib_trie *t)
{
	struct mfib_root *root = rcu_dereference_protected(t->root, true);
	unsigned int i;

	unmove(t);
	while (t->prune.depth)
		prune_one(t);
	if (rcu_dereference_protected(root->top, true))
		tree_free(t, rcu_dereference_protected(root->top, true),
			  root->large);
	for (i = 0; root->large && i < MFIB_DIRS; i++)
		if (root->dir[i] && !(root->dir[i] & MFIB_ENTRY_TAGS))
			part_free(t, (struct mfib_part *)root->dir[i]);
	mfib_mem_retire(t->mem, root, root_size(root));
	RCU_INIT_POINTER(t->root, NULL);
}
