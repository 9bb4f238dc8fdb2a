// SPDX-License-Identifier: GPL-2.0-only
/*
 * The authoritative table: insert, remove, find, and walk in order.
 *
 * Nothing here recurses: ways down are loops, and a walk keeps its stack, which
 * is as deep as a prefix is long, in a struct of the caller.
 */
#include "patricia.h"

/**
 * mfib_patricia_init() - an empty table
 * @p: the table
 * @family: MFIB_V4 or MFIB_V6
 * @mem: who pays
 */
void mfib_patricia_init(struct mfib_patricia *p, unsigned int family,
			struct mfib_mem *mem)
{
	bool wide = family != MFIB_V4;

	p->words = wide ? 4 : 1;
	p->top = 0;
	p->latest = 0;
	p->cut_at = MFIB_CUT_AT;
	p->cut = NULL;
	mfib_arena_init(&p->forks, mem, MFIB_FORK_SIZE(wide));
	mfib_arena_init(&p->prefixes, mem, MFIB_PREFIX_SIZE(wide));
}

/* How many bits the node and the prefix have in common. */
static unsigned int agree(const struct mfib_patricia *p,
			  const struct mfib_pnode *n,
			  const struct mfib_prefix *prefix)
{
	unsigned int most = min(n->len, prefix->len);
	struct mfib_key key = mfib_pnode_key(p, n);
	unsigned int common = mfib_key_common(&key, &prefix->key);

	return min(common, most);
}

static void fill(const struct mfib_patricia *p, struct mfib_pnode *n,
		 const struct mfib_key *key, unsigned int len)
{
	n->child[0] = 0;
	n->child[1] = 0;
	n->len = len;
	n->source = 0;
	n->protocol = 0;
	n->flags = 0;
	n->word[0] = key->hi >> 32;
	if (p->words > 1) {
		n->word[1] = key->hi;
		n->word[2] = key->lo >> 32;
		n->word[3] = key->lo;
	}
}

static u32 *link_of(const struct mfib_patricia *p, u32 parent,
		    struct mfib_patricia *writable, unsigned int bit)
{
	return parent ? &mfib_pnode(p, parent)->child[bit] : &writable->top;
}

/* Puts the new node where the way down ends. */
static bool put(struct mfib_patricia *p, u32 fresh,
		const struct mfib_spot *spot, const struct mfib_prefix *prefix)
{
	u32 *link = link_of(p, spot->parent, p, spot->side);
	unsigned int common = spot->common;
	struct mfib_pnode *f = mfib_pnode(p, fresh);
	const struct mfib_pnode *n;
	struct mfib_key key;
	u32 fork;

	if (!spot->ref) {
		*link = fresh;
		return true;
	}
	n = mfib_pnode(p, spot->ref);
	key = mfib_pnode_key(p, n);
	if (common == prefix->len) {
		/* Above what is there; a fork of this length takes its place. */
		if (n->len == common) {
			memcpy(f->child, n->child, sizeof(f->child));
			mfib_arena_put(&p->forks, spot->ref & ~MFIB_FORK);
		} else {
			f->child[mfib_key_bit(&key, common)] = spot->ref;
		}
		*link = fresh;
		return true;
	}
	fork = mfib_arena_get(&p->forks);
	if (!fork)
		return false;
	fork |= MFIB_FORK;
	f = mfib_pnode(p, fork);
	key = mfib_key_cut(key, common);
	fill(p, f, &key, common);
	f->child[mfib_key_bit(&prefix->key, common)] = fresh;
	f->child[!mfib_key_bit(&prefix->key, common)] = spot->ref;
	/* The forks may have moved. */
	*link_of(p, spot->parent, p, spot->side) = fork;
	return true;
}

/* Has a node other bits than the prefix? Those behind the node do not count. */
static __always_inline bool differs(const struct mfib_pnode *n,
				    const struct mfib_key *key, bool wide)
{
	unsigned int len = n->len;
	u64 x;

	if (!wide)
		return (u64)(n->word[0] ^ (u32)(key->hi >> 32)) >> (32 - len);
	x = ((u64)n->word[0] << 32 | n->word[1]) ^ key->hi;
	if (len <= 64)
		return len && x >> (64 - len);
	return x || (((u64)n->word[2] << 32 | n->word[3]) ^ key->lo) >>
		    (128 - len);
}

#define CUT_SIZE	(sizeof(u32) << MFIB_CUT_BITS)

/*
 * A node of @len bits comes or goes: what was noted for what is below it may be
 * another node now.
 */
static void cuts_forget(struct mfib_patricia *p, const struct mfib_key *key,
			unsigned int len)
{
	struct mfib_key first = mfib_key_cut(*key, len);

	if (p->cut && len < MFIB_CUT_BITS)
		memset(&p->cut[first.hi >> (64 - MFIB_CUT_BITS)], 0,
		       CUT_SIZE >> len);
}

static u32 *cut_of(const struct mfib_patricia *p,
		   const struct mfib_prefix *prefix)
{
	if (!p->cut || prefix->len < MFIB_CUT_BITS)
		return NULL;
	return &p->cut[prefix->key.hi >> (64 - MFIB_CUT_BITS)];
}

/*
 * The node by which the way to a prefix begins: the top, or what is noted. That
 * has fewer bits than MFIB_CUT_BITS and agrees with the prefix in them.
 */
static u32 begin_of(const struct mfib_patricia *p,
		    const struct mfib_prefix *prefix)
{
	const u32 *cut = cut_of(p, prefix);

	return cut && *cut ? *cut : p->top;
}

/**
 * mfib_patricia_cover() - the longest prefix in the table that has another
 * @p: the table
 * @prefix: the other; its @len does not matter, only its bits do
 * @min_len: shorter ones need not be found
 * @max_len: longest prefix that may be found
 *
 * Return: a reference, or 0.
 */
u32 mfib_patricia_cover(const struct mfib_patricia *p,
			const struct mfib_prefix *prefix, unsigned int min_len,
			unsigned int max_len)
{
	u32 ref = min_len >= MFIB_CUT_BITS ? begin_of(p, prefix) : p->top;
	u32 best = 0;

	while (ref) {
		const struct mfib_pnode *n = mfib_pnode(p, ref);

		if (n->len > max_len)
			break;
		if (!(ref & MFIB_FORK)) {
			struct mfib_key key = mfib_pnode_key(p, n);

			if (mfib_key_common(&key, &prefix->key) < n->len)
				break;
			best = ref;
		}
		if (n->len >= max_len)
			break;
		ref = n->child[mfib_key_bit(&prefix->key, n->len)];
	}
	return best;
}

/*
 * Goes down from @from while nodes are shorter than the prefix and agree with it.
 * Returns the last of them that has fewer bits than MFIB_CUT_BITS, or 0.
 */
static __always_inline u32 seek_from(const struct mfib_patricia *p,
				     const struct mfib_prefix *prefix,
				     u32 from, bool wide,
				     struct mfib_spot *spot)
{
	const struct mfib_key key = prefix->key;
	const unsigned int len = prefix->len;
	u32 ref = from, parent = 0, few = 0;
	const struct mfib_pnode *n;
	unsigned int side = 0;

	while (ref) {
		n = mfib_pnode_at(p, ref, wide);
		if (n->len >= len || differs(n, &key, wide))
			break;
		if (n->len < MFIB_CUT_BITS)
			few = ref;
		parent = ref;
		side = wide ? mfib_key_bit(&key, n->len) :
			      key.hi << n->len >> 63;
		ref = n->child[side];
	}
	spot->ref = ref;
	spot->parent = parent;
	spot->side = side;
	return few;
}

/**
 * mfib_patricia_seek() - where a prefix is, or would be
 * @p: the table
 * @prefix: the prefix
 * @spot: filled in
 *
 * Which nodes of fewer than MFIB_CUT_BITS bits are on the way, those bits say; so
 * in a large table the way begins with the last of them that was seen.
 *
 * Return: a reference, 0 if the table has no route for the prefix.
 */
u32 mfib_patricia_seek(const struct mfib_patricia *p,
		       const struct mfib_prefix *prefix,
		       struct mfib_spot *spot)
{
	u32 from = begin_of(p, prefix), few, *cut = cut_of(p, prefix);
	const struct mfib_pnode *n;

	few = p->words > 1 ? seek_from(p, prefix, from, true, spot) :
			     seek_from(p, prefix, from, false, spot);
	if (cut)
		*cut = few;
	spot->common = prefix->len;
	if (!spot->ref)
		return 0;
	n = mfib_pnode(p, spot->ref);
	spot->common = agree(p, n, prefix);
	if (spot->common < prefix->len || n->len != prefix->len)
		return 0;
	return spot->ref & MFIB_FORK ? 0 : spot->ref;
}

/**
 * mfib_patricia_find() - the node of a prefix
 * @p: the table
 * @prefix: the prefix
 *
 * Return: a reference, 0 if the table has no route for the prefix.
 */
u32 mfib_patricia_find(const struct mfib_patricia *p,
		       const struct mfib_prefix *prefix)
{
	struct mfib_spot spot;

	return mfib_patricia_seek(p, prefix, &spot);
}

/**
 * mfib_patricia_insert() - give a prefix a node
 * @p: the table
 * @prefix: the prefix, which has none
 * @spot: where it would be; mfib_patricia_seek() has filled it in, and the table
 *	has not changed since
 *
 * Return: a reference to the node, whose struct mfib_pdata the caller fills; 0
 * when there is no memory, and nothing has changed.
 */
u32 mfib_patricia_insert(struct mfib_patricia *p,
			 const struct mfib_prefix *prefix,
			 const struct mfib_spot *spot)
{
	u32 fresh = mfib_arena_get(&p->prefixes);

	if (!fresh)
		return 0;
	fill(p, mfib_pnode(p, fresh), &prefix->key, prefix->len);
	/* A fork that comes has as many bits as they have in common. */
	cuts_forget(p, &prefix->key, spot->common);
	if (put(p, fresh, spot, prefix)) {
		p->latest = fresh;
		return fresh;
	}
	mfib_arena_put(&p->prefixes, fresh);
	return 0;
}

/* Short cuts save work and are not needed: without memory there are none yet. */
static void cuts_make(struct mfib_patricia *p)
{
	p->cut = mfib_mem_alloc(p->prefixes.mem, CUT_SIZE);
	if (p->cut)
		memset(p->cut, 0, CUT_SIZE);
}

/**
 * mfib_patricia_release() - give memory back, whatever is in it
 * @p: the table; afterwards it is to be initialised anew
 *
 * Return: false if there is more to give back: a call gives back a little.
 */
bool mfib_patricia_release(struct mfib_patricia *p)
{
	p->latest = 0;
	mfib_mem_free(p->prefixes.mem, p->cut, CUT_SIZE);
	p->cut = NULL;
	return mfib_arena_release(&p->prefixes, 1) &&
	       mfib_arena_release(&p->forks, 1);
}

/**
 * mfib_patricia_reserve() - see to it that the next remove needs no memory
 * @p: the table
 *
 * Return: false if there is no memory.
 */
bool mfib_patricia_reserve(struct mfib_patricia *p)
{
	if (unlikely(!p->cut && p->prefixes.count >= p->cut_at))
		cuts_make(p);
	return mfib_arena_reserve(&p->forks);
}

/* Turns a node with two children into a fork. */
static void remove_above(struct mfib_patricia *p, u32 *link)
{
	u32 fork = mfib_arena_get(&p->forks) | MFIB_FORK;
	u32 ref = *link;

	memcpy(mfib_pnode(p, fork), mfib_pnode(p, ref), p->forks.size);
	*link = fork;
	mfib_arena_put(&p->prefixes, ref);
}

/**
 * struct links - the way to a node
 * @node: where the reference to the node is
 * @above: where that to the one above it is, or NULL when that is not known
 */
struct links {
	u32	*node;
	u32	*above;
};

/* The way to the first node that is as long as the prefix; @from is shorter. */
static struct links links_of(struct mfib_patricia *p,
			     const struct mfib_prefix *prefix, u32 from)
{
	struct mfib_pnode *n = mfib_pnode(p, from);
	struct links l = {};

	if (from == p->top)
		l.node = &p->top;
	while (from && n->len < prefix->len) {
		l.above = l.node;
		l.node = &n->child[mfib_key_bit(&prefix->key, n->len)];
		from = *l.node;
		if (from)
			n = mfib_pnode(p, from);
	}
	return l;
}

/* Takes a node with one child or none away; @above may be a fork no longer. */
static void unlink_node(struct mfib_patricia *p, const struct links *l)
{
	const struct mfib_pnode *n = mfib_pnode(p, *l->node);
	u32 only = n->child[0] ? n->child[0] : n->child[1], fork;
	struct mfib_key key;

	*l->node = only;
	fork = l->above ? *l->above : 0;
	if (only || !(fork & MFIB_FORK))
		return;
	/* A fork with one child is none. */
	n = mfib_pnode(p, fork);
	key = mfib_pnode_key(p, n);
	cuts_forget(p, &key, n->len);
	*l->above = n->child[0] ? n->child[0] : n->child[1];
	mfib_arena_put(&p->forks, fork & ~MFIB_FORK);
}

/**
 * mfib_patricia_remove() - take the node of a prefix away
 * @p: the table, for which mfib_patricia_reserve() was true
 * @prefix: the prefix, which has a node
 *
 * Looks at the node, the one above and the one above that. Does not fail.
 */
void mfib_patricia_remove(struct mfib_patricia *p,
			  const struct mfib_prefix *prefix)
{
	u32 from = begin_of(p, prefix), ref;
	const struct mfib_pnode *n;
	struct links l;

	if (!from)
		return;
	l = links_of(p, prefix, from);
	/* The node above is what was noted: what leads to that may change, too. */
	if (!l.above && from != p->top)
		l = links_of(p, prefix, p->top);
	ref = *l.node;
	if (!ref || ref & MFIB_FORK)
		return;
	p->latest = 0;
	cuts_forget(p, &prefix->key, prefix->len);
	n = mfib_pnode(p, ref);
	if (n->child[0] && n->child[1]) {
		remove_above(p, l.node);
		return;
	}
	unlink_node(p, &l);
	/* Last: it may give the memory back that the links point into. */
	mfib_arena_put(&p->prefixes, ref);
}

/* The first prefix at or below a reference; forks have two children. */
static u32 first(const struct mfib_patricia *p, u32 ref)
{
	while (ref & MFIB_FORK)
		ref = mfib_pnode(p, ref)->child[0];
	return ref;
}

/**
 * mfib_patricia_after() - the prefix that follows another in order
 * @p: the table
 * @prefix: the other, which need not be in the table
 *
 * Return: a reference, or 0 at the end.
 */
u32 mfib_patricia_after(const struct mfib_patricia *p,
			const struct mfib_prefix *prefix)
{
	u32 ref = p->top, right = 0;

	while (ref) {
		const struct mfib_pnode *n = mfib_pnode(p, ref);
		struct mfib_prefix at = { .key = mfib_pnode_key(p, n),
					  .len = n->len };
		unsigned int side;

		if (n->len > prefix->len || agree(p, n, prefix) < n->len)
			return mfib_prefix_compare(&at, prefix) > 0 ?
			       first(p, ref) : first(p, right);
		if (n->len == prefix->len)
			return first(p, n->child[0] ? n->child[0] :
				     n->child[1] ? n->child[1] : right);
		side = mfib_key_bit(&prefix->key, n->len);
		if (!side && n->child[1])
			right = n->child[1];
		ref = n->child[side];
	}
	return first(p, right);
}

static bool is_latest(const struct mfib_patricia *p,
		      const struct mfib_prefix *prefix)
{
	const struct mfib_pnode *n;
	struct mfib_key key;

	if (!p->latest)
		return false;
	n = mfib_pnode(p, p->latest);
	key = mfib_pnode_key(p, n);
	return n->len == prefix->len && mfib_key_equal(&key, &prefix->key);
}

/**
 * mfib_patricia_walk() - begin a walk over what is below a prefix
 * @p: the table, which must not change until the walk ends
 * @w: the walk
 * @below: the prefix; it is part of the walk if it is in the table
 * @max_len: longest prefix to be visited
 */
void mfib_patricia_walk(const struct mfib_patricia *p, struct mfib_walk *w,
			const struct mfib_prefix *below, unsigned int max_len)
{
	u32 ref = begin_of(p, below);

	/* A new prefix is painted next: then its node is known. */
	if (is_latest(p, below))
		ref = p->latest;
	w->depth = 0;
	w->max_len = max_len;
	while (ref) {
		const struct mfib_pnode *n = mfib_pnode(p, ref);

		if (n->len >= below->len) {
			if (agree(p, n, below) == below->len)
				w->stack[w->depth++] = ref;
			return;
		}
		ref = n->child[mfib_key_bit(&below->key, n->len)];
	}
}

/**
 * mfib_patricia_step() - the next prefix of a walk
 * @p: the table
 * @w: the walk
 *
 * Return: a reference, or 0 at the end. Shorter prefixes come first.
 */
u32 mfib_patricia_step(const struct mfib_patricia *p, struct mfib_walk *w)
{
	while (w->depth) {
		u32 ref = w->stack[--w->depth];
		const struct mfib_pnode *n = mfib_pnode(p, ref);

		if (n->len > w->max_len)
			continue;
		if (n->child[1])
			w->stack[w->depth++] = n->child[1];
		if (n->child[0])
			w->stack[w->depth++] = n->child[0];
		if (!(ref & MFIB_FORK))
			return ref;
	}
	return 0;
}
