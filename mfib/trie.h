/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lookup form of a table, derived from its patricia trie.
 *
 * A node decides six bits and is one cache line. Bits that all routes below a
 * node share are skipped, so that a node says at which bit it begins (a multiple
 * of six) and what stands before it. A prefix is spread over the slots of its
 * own node and nowhere else; nodes below know nothing of it. Therefore a change
 * rebuilds one node and copies the array it stands in, and one pointer makes
 * it visible: a reader sees all of it or nothing of it.
 *
 * A large table has a root that decides the first bits at once: a directory by
 * the first bits, and in each of its entries a part with one word for each
 * value of the bits that follow. Prefixes that end inside the directory are
 * stored there, those that end inside a part are stored in it, so that a short
 * prefix writes few words. A table grows such a root entry by entry, some with
 * each change. Until all is moved, readers go where they are sent:
 * MFIB_ENTRY_OLD means that the nodes from before still know.
 *
 * A lookup takes at most MFIB_STEPS_V4 or MFIB_STEPS_V6 steps.
 *
 * Locking: readers are in an RCU read-side section. Writers hold the lock of the
 * table. What a reader may still see is freed by mfib_mem_retire().
 */
#ifndef _MFIB_TRIE_H
#define _MFIB_TRIE_H

#include "patricia.h"

#define MFIB_STRIDE	6
/*
 * Steps of the longest lookup: nodes that begin at bit 0, 6, 12 ... 30 or 126,
 * and the entry that says that they still count. With a root it is directory,
 * part, and nodes from bit 18 on: one step less.
 */
#define MFIB_STEPS_V4	7
#define MFIB_STEPS_V6	23

/* Bits that the root decides: by its directory, and together with a part. */
#define MFIB_DIR_BITS	12
#define MFIB_ROOT_BITS	18
#define MFIB_DIRS	(1u << MFIB_DIR_BITS)
#define MFIB_PARTS	(1u << (MFIB_ROOT_BITS - MFIB_DIR_BITS))

/* Routes from which on a table has a root. */
#define MFIB_GROW_AT	20000

/**
 * struct mfib_node - six bits of a lookup
 * @child: slots that have a node below
 * @run: slots whose leaf is another than that of the slot before; bit 0 is set
 * @children: those nodes, without gaps
 * @offset: first bit that the node decides
 * @skips: bits before @offset must be compared
 * @nleaf: number of runs; those that do not fit into @data are in an array
 * @pad: 0
 * @deflt: leaf for slots without one; only where the node is an entry of a
 *	root, else 0. The only member that changes in place
 * @data: leaves or the pointer to them, and the bits before @offset
 */
struct mfib_node {
	u64			child;
	u64			run;
	struct mfib_node __rcu	*children;
	u8			offset;
	u8			skips;
	u8			nleaf;
	u8			pad;
	u32			deflt;
	union {
		u32		data[8];
		u32		*far;
	};
} __aligned(64);

/* Leaves that fit into a node beside its key. */
#define MFIB_NEAR(wide)	((wide) ? 4 : 7)

/*
 * An entry of the directory or of a part: 0, a pointer to a part or a node, or
 * one of these.
 */
#define MFIB_ENTRY_LEAF	1ul	/* the leaf is in the other bits, shifted by 2 */
#define MFIB_ENTRY_OLD	2ul	/* not moved yet: look in root->top */
#define MFIB_ENTRY_TAGS	3ul

/**
 * struct mfib_part - what an entry of the directory may point to
 * @entry: by the bits that follow those of the directory
 * @leaf: of the longest prefix that ends inside the directory, or 0
 */
struct mfib_part {
	unsigned long	entry[MFIB_PARTS];
	u32		leaf;
} __aligned(64);

/**
 * struct mfib_root - where a lookup begins
 * @top: first node, or NULL
 * @deflt: leaf of the prefix of no bits, or 0
 * @large: there is a directory
 * @dir: MFIB_DIRS entries, or nothing
 */
struct mfib_root {
	struct mfib_node __rcu	*top;
	u32			deflt;
	bool			large;
	unsigned long		dir[];
};

/* Levels of nodes above those that a root points to. */
#define MFIB_OLD_LEVELS	(MFIB_ROOT_BITS / MFIB_STRIDE + 1)

/**
 * struct mfib_prune - nodes out of use that are being freed
 * @array: arrays of nodes from the top down
 * @count: their lengths
 * @at: the next node of each
 * @depth: how many
 */
struct mfib_prune {
	struct mfib_node	*array[MFIB_OLD_LEVELS];
	u8			count[MFIB_OLD_LEVELS];
	u8			at[MFIB_OLD_LEVELS];
	u8			depth;
};

/**
 * struct mfib_trie - the lookup form of a table
 * @root: what readers see; RCU
 * @mem: who pays
 * @patricia: what it is derived from
 * @prune: old nodes that are left to be freed after growing
 * @moved: entries of the directory that are moved, while there is root->top
 * @part: what is being made for the next of them, or NULL
 * @filled: entries of @part that are done
 * @grow_at: prefixes from which on it has a root
 * @wide: keys have 128 bits
 */
struct mfib_trie {
	struct mfib_root __rcu		*root;
	struct mfib_mem			*mem;
	const struct mfib_patricia	*patricia;
	struct mfib_prune		prune;
	u32				moved;
	struct mfib_part		*part;
	u32				filled;
	u32				grow_at;
	bool				wide;
};

/* Six bits of a key from @offset on; behind its end there are zeros. */
static __always_inline unsigned int mfib_slot(u64 hi, u64 lo,
					      unsigned int offset, bool wide)
{
	if (!wide || offset <= 58)
		return hi << offset >> 58;
	if (offset < 64)
		return (hi << offset | lo >> (64 - offset)) >> 58;
	return lo << (offset - 64) >> 58;
}

/* Does the key agree with what stands before the node? */
static __always_inline bool mfib_node_has(const struct mfib_node *n, u64 hi,
					  u64 lo, bool wide)
{
	u64 x;

	if (!wide)
		return !((u32)((u32)(hi >> 32) ^ n->data[7]) >>
			 (32 - n->offset));
	x = hi ^ ((u64)n->data[4] << 32 | n->data[5]);
	if (n->offset <= 64)
		return !(x >> (64 - n->offset));
	return !(x | (lo ^ ((u64)n->data[6] << 32 | n->data[7])) >>
		     (128 - n->offset));
}

static __always_inline u32 mfib_node_leaf(const struct mfib_node *n,
					  unsigned int slot, bool wide)
{
	unsigned int i = hweight64(n->run << (63 - slot)) - 1;

	return likely(n->nleaf <= MFIB_NEAR(wide)) ? n->data[i] : n->far[i];
}

/* The last leaf on the way of a key from @n down, or @best. */
static __always_inline u32 mfib_node_walk(const struct mfib_node *n, u64 hi,
					  u64 lo, bool wide, u32 best)
{
	unsigned int slot;
	u64 below;
	u32 leaf;

	for (;;) {
		if (n->skips && !mfib_node_has(n, hi, lo, wide))
			return best;
		slot = mfib_slot(hi, lo, n->offset, wide);
		leaf = mfib_node_leaf(n, slot, wide);
		if (leaf)
			best = leaf;
		below = n->child << (63 - slot);
		if (!(below >> 63))
			return best;
		n = rcu_dereference(n->children) + hweight64(below) - 1;
	}
}

/* Where there is no root, or it does not know yet; code for each family. */
static __always_inline u32 mfib_root_walk(const struct mfib_root *r, u64 hi,
					  u64 lo, bool wide)
{
	const struct mfib_node *n = rcu_dereference(r->top);
	u32 best = READ_ONCE(r->deflt);

	return n ? mfib_node_walk(n, hi, lo, wide, best) : best;
}

static noinline __maybe_unused
u32 mfib_root_slowly4(const struct mfib_root *r, u64 hi)
{
	return mfib_root_walk(r, hi, 0, false);
}

static noinline __maybe_unused
u32 mfib_root_slowly6(const struct mfib_root *r, u64 hi, u64 lo)
{
	return mfib_root_walk(r, hi, lo, true);
}

static __always_inline u32 mfib_root_slowly(const struct mfib_root *r, u64 hi,
					    u64 lo, bool wide)
{
	return wide ? mfib_root_slowly6(r, hi, lo) : mfib_root_slowly4(r, hi);
}

static __always_inline u32 mfib_root_lookup(const struct mfib_root *r, u64 hi,
					    u64 lo, bool wide)
{
	const struct mfib_part *part;
	const struct mfib_node *n;
	unsigned long entry;
	u32 best;

	if (unlikely(!r->large))
		return mfib_root_slowly(r, hi, lo, wide);
	entry = READ_ONCE(r->dir[hi >> (64 - MFIB_DIR_BITS)]);
	if (unlikely(entry == MFIB_ENTRY_OLD))
		return mfib_root_slowly(r, hi, lo, wide);
	if (entry & MFIB_ENTRY_LEAF)
		return entry >> 2;
	if (unlikely(!entry))
		return READ_ONCE(r->deflt);
	part = (const struct mfib_part *)entry;
	entry = READ_ONCE(part->entry[(hi >> (64 - MFIB_ROOT_BITS)) &
				      (MFIB_PARTS - 1)]);
	if (entry & MFIB_ENTRY_LEAF)
		return entry >> 2;
	if (likely(entry)) {
		n = (const struct mfib_node *)entry;
		best = mfib_node_walk(n, hi, lo, wide, READ_ONCE(n->deflt));
		if (likely(best))
			return best;
	}
	best = READ_ONCE(part->leaf);
	return best ? best : READ_ONCE(r->deflt);
}

/**
 * mfib_trie_lookup() - the longest prefix that has an address
 * @t: the table
 * @key: the address
 * @wide: of 128 bits; a constant, so that each family has its own code
 *
 * Context: RCU read-side section.
 * Return: the slot of the route's next hop, or 0.
 */
static __always_inline u32 mfib_trie_lookup(const struct mfib_trie *t,
					    const struct mfib_key *key,
					    bool wide)
{
	const struct mfib_root *r = rcu_dereference(t->root);

	return mfib_root_lookup(r, key->hi, key->lo, wide);
}

int mfib_trie_init(struct mfib_trie *t, unsigned int family,
		   const struct mfib_patricia *p, struct mfib_mem *mem);
int mfib_trie_set(struct mfib_trie *t, const struct mfib_prefix *prefix,
		  u32 leaf);
int mfib_trie_clear(struct mfib_trie *t, const struct mfib_prefix *prefix);
bool mfib_trie_settle(struct mfib_trie *t, unsigned int budget);
unsigned int mfib_trie_steps(const struct mfib_trie *t,
			     const struct mfib_key *key);
void mfib_trie_release(struct mfib_trie *t);

#endif /* _MFIB_TRIE_H */
