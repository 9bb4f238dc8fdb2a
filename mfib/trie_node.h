/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the lookup form tell each other; see trie.h for what others
 * use.
 */
#ifndef _MFIB_TRIE_NODE_H
#define _MFIB_TRIE_NODE_H

#include "trie.h"

#define SLOTS	64

/**
 * struct mfib_place - what a tree of nodes hangs from
 * @root: the root
 * @entry: of a part, or NULL for root->top
 */
struct mfib_place {
	struct mfib_root	*root;
	unsigned long		*entry;
};

/**
 * struct mfib_trail - the way from the top of a tree to a node
 * @node: the nodes; each but the first is a child of the one before
 * @depth: how many
 */
struct mfib_trail {
	struct mfib_node *node[MFIB_STEPS_V6];
	unsigned int depth;
};

/* Bits of the slots in which a prefix is, in a node that it ends in. */
static inline u64 mfib_node_range(const struct mfib_prefix *p,
				  unsigned int offset, bool wide)
{
	unsigned int slot = mfib_slot(p->key.hi, p->key.lo, offset, wide);
	unsigned int count = 1u << (offset + MFIB_STRIDE - p->len);

	return (count == SLOTS ? ~0ULL : (1ULL << count) - 1) << slot;
}

static inline unsigned int mfib_offset_for(unsigned int len)
{
	return (len - 1) / MFIB_STRIDE * MFIB_STRIDE;
}

static inline size_t mfib_nodes_size(unsigned int count)
{
	return count * sizeof(struct mfib_node);
}

static inline struct mfib_node *mfib_node_children(const struct mfib_node *n)
{
	return rcu_dereference_protected(n->children, true);
}

struct mfib_key mfib_node_key(const struct mfib_node *n, bool wide);
void mfib_node_retire_far(struct mfib_trie *t, const struct mfib_node *n);
void mfib_trie_move_rest(struct mfib_trie *t, struct mfib_root *root);
struct mfib_node *mfib_place_top(const struct mfib_place *at);
int mfib_nodes_set(struct mfib_trie *t, struct mfib_place *at,
		   const struct mfib_prefix *prefix, u32 leaf);
int mfib_nodes_clear(struct mfib_trie *t, struct mfib_place *at,
		     const struct mfib_prefix *prefix, u32 leaf);

#endif /* _MFIB_TRIE_NODE_H */
