// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lookup form of a table: its root, and what a change of one prefix means
 * there; trie_node.c has the nodes, trie_grow.c how a root comes to be.
 *
 * A prefix belongs to one place: no bits, root->deflt; inside the directory, its
 * entries; inside a part, the entries of that; behind them, the tree of nodes
 * of one entry. While entries are still to be moved, what concerns those is
 * done in the tree from before, too. Locking: see trie.h.
 */
#include "trie_node.h"

#define WORD	64

/**
 * mfib_trie_init() - an empty lookup form
 * @t: the trie
 * @family: MFIB_V4 or MFIB_V6
 * @p: the table that it is derived from
 * @mem: who pays
 *
 * Return: 0 or -ENOMEM.
 */
int mfib_trie_init(struct mfib_trie *t, unsigned int family,
		   const struct mfib_patricia *p, struct mfib_mem *mem)
{
	struct mfib_root *root;

	memset(t, 0, sizeof(*t));
	t->mem = mem;
	t->patricia = p;
	t->wide = family == MFIB_V6;
	t->grow_at = MFIB_GROW_AT;
	root = mfib_mem_alloc(mem, sizeof(*root));
	if (!root)
		return -ENOMEM;
	memset(root, 0, sizeof(*root));
	RCU_INIT_POINTER(t->root, root);
	return 0;
}

/* ---- entries ------------------------------------------------------------- */

static unsigned long leaf_entry(u32 leaf)
{
	return leaf ? (unsigned long)leaf << 2 | MFIB_ENTRY_LEAF : 0;
}

/* What ends inside the directory stands in a part if there is one. */
static void dir_set_leaf(unsigned long *entry, u32 leaf)
{
	if (*entry == MFIB_ENTRY_OLD)
		return;
	if (!*entry || *entry & MFIB_ENTRY_LEAF)
		WRITE_ONCE(*entry, leaf_entry(leaf));
	else
		WRITE_ONCE(((struct mfib_part *)*entry)->leaf, leaf);
}

static void part_set_leaf(unsigned long *entry, u32 leaf)
{
	if (!*entry || *entry & MFIB_ENTRY_LEAF)
		WRITE_ONCE(*entry, leaf_entry(leaf));
	else
		WRITE_ONCE(((struct mfib_node *)*entry)->deflt, leaf);
}

static unsigned int dir_index(const struct mfib_prefix *p)
{
	return p->key.hi >> (64 - MFIB_DIR_BITS);
}

static unsigned int part_index(const struct mfib_prefix *p)
{
	return (p->key.hi >> (64 - MFIB_ROOT_BITS)) & (MFIB_PARTS - 1);
}

static struct mfib_part *part_of(unsigned long entry)
{
	return entry & MFIB_ENTRY_TAGS ? NULL : (struct mfib_part *)entry;
}

/* A part of its own for an entry of the directory. */
static struct mfib_part *part_make(struct mfib_trie *t, unsigned long *entry)
{
	struct mfib_part *part = part_of(*entry);

	if (part)
		return part;
	part = mfib_mem_alloc(t->mem, sizeof(*part));
	if (!part)
		return NULL;
	memset(part, 0, sizeof(*part));
	part->leaf = *entry >> 2;
	/* Pairs with READ_ONCE() of the entry in mfib_root_lookup(). */
	smp_store_release(entry, (unsigned long)part);
	return part;
}

/* A part in which nothing is left goes. */
static void part_check(struct mfib_trie *t, unsigned long *entry)
{
	struct mfib_part *part = part_of(*entry);
	unsigned int i;

	if (!part)
		return;
	for (i = 0; i < MFIB_PARTS; i++)
		if (part->entry[i])
			return;
	/* As in part_make(); who reads the part still has a grace period. */
	smp_store_release(entry, leaf_entry(part->leaf));
	mfib_mem_retire(t->mem, part, sizeof(*part));
}

/* ---- short prefixes ------------------------------------------------------ */

/*
 * Marks what longer prefixes have of the entries of one, of those that end
 * before bit @bits. Entry 0 is the first of the prefix.
 */
static void covered_mark(const struct mfib_trie *t,
			 const struct mfib_prefix *prefix, unsigned int bits,
			 u64 *covered)
{
	u64 first = prefix->key.hi >> (64 - bits), at;
	struct mfib_walk w __uninitialized;
	const struct mfib_pnode *n;
	struct mfib_key key;
	u64 end;
	u32 ref;

	memset(covered, 0, max(1u, (1u << (bits - prefix->len)) / WORD) *
	       sizeof(*covered));
	mfib_patricia_walk(t->patricia, &w, prefix, bits);
	while ((ref = mfib_patricia_step(t->patricia, &w))) {
		n = mfib_pnode(t->patricia, ref);
		if (n->len == prefix->len)
			continue;
		key = mfib_pnode_key(t->patricia, n);
		at = (key.hi >> (64 - bits)) - first;
		end = at + (1u << (bits - n->len));
		for (; at < end; at++)
			covered[at / WORD] |= 1ULL << (at % WORD);
	}
}

/*
 * A prefix that ends inside the directory. At most half of its entries are
 * written, each by itself: a lookup reads one.
 */
static void dir_paint(struct mfib_trie *t, struct mfib_root *root,
		      const struct mfib_prefix *prefix, u32 leaf)
{
	unsigned int count = 1u << (MFIB_DIR_BITS - prefix->len), i;
	unsigned long *entry = &root->dir[dir_index(prefix)];
	u64 covered[MFIB_DIRS / 2 / WORD] __uninitialized;

	covered_mark(t, prefix, MFIB_DIR_BITS, covered);
	for (i = 0; i < count; i++)
		if (!(covered[i / WORD] >> (i % WORD) & 1))
			dir_set_leaf(&entry[i], leaf);
}

static bool part_paint(struct mfib_trie *t, struct mfib_root *root,
		       const struct mfib_prefix *prefix, u32 leaf)
{
	unsigned int count = 1u << (MFIB_ROOT_BITS - prefix->len), i;
	unsigned long *entry = &root->dir[dir_index(prefix)];
	unsigned int first = part_index(prefix);
	struct mfib_part *part;
	u64 covered;

	part = leaf ? part_make(t, entry) : part_of(*entry);
	if (!part)
		return !leaf;
	covered_mark(t, prefix, MFIB_ROOT_BITS, &covered);
	for (i = 0; i < count; i++)
		if (!(covered >> i & 1))
			part_set_leaf(&part->entry[first + i], leaf);
	if (!leaf)
		part_check(t, entry);
	return true;
}

/* ---- any prefix ---------------------------------------------------------- */

/* Does the entry of the directory still wait to be moved? */
static bool is_old(const struct mfib_root *root, unsigned int dir)
{
	return root->dir[dir] == MFIB_ENTRY_OLD;
}

/* The leaf that shows through where a prefix of a place is taken away. */
static u32 leaf_below(const struct mfib_trie *t,
		      const struct mfib_prefix *prefix, unsigned int from)
{
	const struct mfib_pnode *n;
	u32 ref;

	if (prefix->len <= from + 1)
		return 0;
	ref = mfib_patricia_cover(t->patricia, prefix, from, prefix->len - 1);
	if (!ref)
		return 0;
	n = mfib_pnode(t->patricia, ref);
	return n->len > from ? mfib_pdata(t->patricia,
					  (struct mfib_pnode *)n)->slot : 0;
}

/* A prefix in the tree of nodes at root->top. */
static int top_change(struct mfib_trie *t, struct mfib_root *root,
		      const struct mfib_prefix *prefix, u32 leaf)
{
	struct mfib_place at = { .root = root };

	if (leaf)
		return mfib_nodes_set(t, &at, prefix, leaf);
	return mfib_nodes_clear(t, &at, prefix,
				leaf_below(t, prefix,
					   mfib_offset_for(prefix->len)));
}

/* A prefix that ends inside the directory. */
static int short_change(struct mfib_trie *t, struct mfib_root *root,
			const struct mfib_prefix *prefix, u32 leaf)
{
	unsigned int last = dir_index(prefix) +
			    (1u << (MFIB_DIR_BITS - prefix->len)) - 1;
	int err;

	/* First what may fail. Entries are moved in order. */
	if (is_old(root, last)) {
		err = top_change(t, root, prefix, leaf);
		if (err)
			return err;
	}
	dir_paint(t, root, prefix, leaf ? leaf : leaf_below(t, prefix, 0));
	return 0;
}

/* A prefix that ends inside a part, which is moved. */
static int middle_change(struct mfib_trie *t, struct mfib_root *root,
			 const struct mfib_prefix *prefix, u32 leaf)
{
	if (!leaf)
		leaf = leaf_below(t, prefix, MFIB_DIR_BITS);
	return part_paint(t, root, prefix, leaf) ? 0 : -ENOMEM;
}

/* A prefix that ends behind the parts, in an entry that is moved. */
static int long_change(struct mfib_trie *t, struct mfib_root *root,
		       const struct mfib_prefix *prefix, u32 leaf)
{
	unsigned long *entry = &root->dir[dir_index(prefix)];
	struct mfib_place at = { .root = root };
	struct mfib_part *part;
	int err;

	part = leaf ? part_make(t, entry) : part_of(*entry);
	if (!part)
		return leaf ? -ENOMEM : 0;
	at.entry = &part->entry[part_index(prefix)];
	if (leaf)
		err = mfib_nodes_set(t, &at, prefix, leaf);
	else
		err = mfib_nodes_clear(t, &at, prefix,
				       leaf_below(t, prefix,
						  mfib_offset_for(prefix->len)));
	if (!*at.entry)
		part_check(t, entry);
	return err;
}

static int change(struct mfib_trie *t, const struct mfib_prefix *prefix,
		  u32 leaf)
{
	struct mfib_root *root = rcu_dereference_protected(t->root, true);

	if (!prefix->len) {
		WRITE_ONCE(root->deflt, leaf);
		return 0;
	}
	if (!root->large)
		return top_change(t, root, prefix, leaf);
	if (prefix->len <= MFIB_DIR_BITS)
		return short_change(t, root, prefix, leaf);
	if (t->part && dir_index(prefix) == t->moved)
		mfib_trie_move_rest(t, root);
	if (is_old(root, dir_index(prefix)))
		return top_change(t, root, prefix, leaf);
	if (prefix->len <= MFIB_ROOT_BITS)
		return middle_change(t, root, prefix, leaf);
	return long_change(t, root, prefix, leaf);
}

/**
 * mfib_trie_set() - a prefix has a leaf now
 * @t: the trie, whose patricia trie has the prefix already
 * @prefix: the prefix
 * @leaf: its leaf, 1 to 2^30 - 1
 *
 * Makes one node anew and copies one array of at most 64 nodes; a prefix that
 * ends inside the directory writes at most half of its entries. If the table is
 * growing, a bounded part of that is done, too.
 *
 * Context: Process context, under the lock of the table. May sleep.
 * Return: 0 or -ENOMEM, and nothing has changed for readers.
 */
int mfib_trie_set(struct mfib_trie *t, const struct mfib_prefix *prefix,
		  u32 leaf)
{
	int err = change(t, prefix, leaf);

	if (!err)
		mfib_trie_settle(t, 1);
	return err;
}

/**
 * mfib_trie_clear() - a prefix has a leaf no longer
 * @t: the trie, whose patricia trie still has the prefix
 * @prefix: the prefix
 *
 * Costs what mfib_trie_set() costs.
 *
 * Context: Process context, under the lock of the table. May sleep.
 * Return: 0 or -ENOMEM, and nothing has changed for readers.
 */
int mfib_trie_clear(struct mfib_trie *t, const struct mfib_prefix *prefix)
{
	int err = change(t, prefix, 0);

	if (!err)
		mfib_trie_settle(t, 1);
	return err;
}

static unsigned int count_steps(const struct mfib_node *n,
				const struct mfib_key *key, bool wide)
{
	unsigned int steps = 0, slot;

	while (n) {
		steps++;
		if (n->skips && !mfib_node_has(n, key->hi, key->lo, wide))
			break;
		slot = mfib_slot(key->hi, key->lo, n->offset, wide);
		if (!(n->child >> slot & 1))
			break;
		n = rcu_dereference(n->children) +
		    hweight64(n->child & ((1ULL << slot) - 1));
	}
	return steps;
}

/**
 * mfib_trie_steps() - how many nodes the lookup of an address takes
 * @t: the trie
 * @key: the address
 *
 * Directory and part count as one each.
 *
 * Context: RCU read-side section.
 * Return: the number.
 */
unsigned int mfib_trie_steps(const struct mfib_trie *t,
			     const struct mfib_key *key)
{
	const struct mfib_root *root = rcu_dereference(t->root);
	struct mfib_prefix p = { .key = *key };
	unsigned long entry;

	if (!root->large)
		return count_steps(rcu_dereference(root->top), key, t->wide);
	entry = READ_ONCE(root->dir[dir_index(&p)]);
	if (entry == MFIB_ENTRY_OLD)
		return 1 + count_steps(rcu_dereference(root->top), key,
				       t->wide);
	if (!entry || entry & MFIB_ENTRY_LEAF)
		return 1;
	entry = READ_ONCE(part_of(entry)->entry[part_index(&p)]);
	if (!entry || entry & MFIB_ENTRY_LEAF)
		return 2;
	return 2 + count_steps((const struct mfib_node *)entry, key, t->wide);
}
