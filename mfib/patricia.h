/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The authoritative table: a path-compressed binary trie of prefixes.
 *
 * Each prefix has a node, and where two parts of the table separate without a
 * prefix there is a fork. A node's children are longer and agree with it in all
 * its bits. Only writers look at it, and dumps, all under the lock of the
 * table; packets are looked up in what trie.h derives from it.
 */
#ifndef _MFIB_PATRICIA_H
#define _MFIB_PATRICIA_H

#include "arena.h"
#include "key.h"

#define MFIB_FORK	0x80000000u	/* in a reference: it is a fork */
#define MFIB_DEPTH_MAX	129		/* nodes from the top to the longest */

/**
 * struct mfib_pnode - a node
 * @child: references to what has a 0 or a 1 behind the prefix, or 0
 * @len: bits of the prefix
 * @source: enum mfib_source, of the best route
 * @protocol: who put it here, RTPROT_*
 * @flags: MFIB_ROUTE_*
 * @word: the prefix, one word or four; then struct mfib_pdata unless a fork
 */
struct mfib_pnode {
	u32 child[2];
	u8 len;
	u8 source;
	u8 protocol;
	u8 flags;
	u32 word[];
};

/**
 * struct mfib_pdata - what a prefix has besides
 * @slot: its next hop
 * @metric: the lower, the better
 * @next: reference to the next best route of the prefix, or 0
 */
struct mfib_pdata {
	u32 slot;
	u32 metric;
	u32 next;
};

/* Bits that a short cut decides, and prefixes from which on there are any. */
#define MFIB_CUT_BITS		16
#define MFIB_CUT_AT		65536

/**
 * struct mfib_patricia - a table
 * @prefixes: nodes with a route
 * @forks: the others
 * @top: reference to the first node, or 0
 * @latest: the node that was made last, if it is still there, or 0
 * @cut_at: prefixes from which on there are short cuts
 * @cut: past the first nodes of the way down: by the first bits of a prefix a
 *	reference to the last node of fewer than MFIB_CUT_BITS bits, or 0 when
 *	that has not been looked for; or NULL
 * @words: length of a key in words of 32 bits
 */
struct mfib_patricia {
	struct mfib_arena	prefixes;
	struct mfib_arena	forks;
	u32			top;
	u32			latest;
	u32			cut_at;
	u32			*cut;
	u8			words;
};

/**
 * struct mfib_walk - a place in the order of a walk
 * @stack: what is still to be visited
 * @depth: how much of it is used
 * @max_len: no longer prefixes than this
 */
struct mfib_walk {
	u32 stack[MFIB_DEPTH_MAX + 2];
	unsigned int depth;
	unsigned int max_len;
};

/**
 * struct mfib_spot - where a prefix is, or would be
 * @ref: node whose place it would take, or 0
 * @parent: node above, or 0
 * @common: bits that the prefix and @ref have in common; all if that is 0
 * @side: bit of the prefix by which it is below @parent
 */
struct mfib_spot {
	u32	ref;
	u32	parent;
	u8	common;
	u8	side;
};

/* Bytes of a node, and of one with a route. */
#define MFIB_FORK_SIZE(wide)	(sizeof(struct mfib_pnode) + \
				 ((wide) ? 4 : 1) * sizeof(u32))
#define MFIB_PREFIX_SIZE(wide)	(MFIB_FORK_SIZE(wide) + \
				 sizeof(struct mfib_pdata))

/* As mfib_pnode(), with @wide a constant, and so the sizes. */
static __always_inline const struct mfib_pnode *
mfib_pnode_at(const struct mfib_patricia *p, u32 ref, bool wide)
{
	u32 n = ref & ~MFIB_FORK, i = n & (MFIB_ARENA_CHUNK - 1);

	if (ref & MFIB_FORK)
		return (const void *)(p->forks.chunk[n >> MFIB_ARENA_SHIFT] +
				      i * MFIB_FORK_SIZE(wide));
	return (const void *)(p->prefixes.chunk[n >> MFIB_ARENA_SHIFT] +
			      i * MFIB_PREFIX_SIZE(wide));
}

static inline struct mfib_pnode *mfib_pnode(const struct mfib_patricia *p,
					    u32 ref)
{
	return mfib_arena_at(ref & MFIB_FORK ? &p->forks : &p->prefixes,
			     ref & ~MFIB_FORK);
}

static inline struct mfib_pdata *mfib_pdata(const struct mfib_patricia *p,
					    struct mfib_pnode *n)
{
	return (struct mfib_pdata *)&n->word[p->words];
}

static inline struct mfib_key mfib_pnode_key(const struct mfib_patricia *p,
					     const struct mfib_pnode *n)
{
	struct mfib_key k = { .hi = (u64)n->word[0] << 32 };

	if (p->words > 1) {
		k.hi |= n->word[1];
		k.lo = (u64)n->word[2] << 32 | n->word[3];
	}
	return k;
}

void mfib_patricia_init(struct mfib_patricia *p, unsigned int family,
			struct mfib_mem *mem);
bool mfib_patricia_release(struct mfib_patricia *p);
u32 mfib_patricia_find(const struct mfib_patricia *p,
		       const struct mfib_prefix *prefix);
u32 mfib_patricia_cover(const struct mfib_patricia *p,
			const struct mfib_prefix *prefix,
			unsigned int min_len, unsigned int max_len);
u32 mfib_patricia_seek(const struct mfib_patricia *p,
		       const struct mfib_prefix *prefix,
		       struct mfib_spot *spot);
u32 mfib_patricia_insert(struct mfib_patricia *p,
			 const struct mfib_prefix *prefix,
			 const struct mfib_spot *spot);
bool mfib_patricia_reserve(struct mfib_patricia *p);
void mfib_patricia_remove(struct mfib_patricia *p,
			  const struct mfib_prefix *prefix);
u32 mfib_patricia_after(const struct mfib_patricia *p,
			const struct mfib_prefix *prefix);
void mfib_patricia_walk(const struct mfib_patricia *p, struct mfib_walk *w,
			const struct mfib_prefix *below, unsigned int max_len);
u32 mfib_patricia_step(const struct mfib_patricia *p, struct mfib_walk *w);

#endif /* _MFIB_PATRICIA_H */
