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
	p->age = 1;
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

/**
 * mfib_patricia_cover() - the longest prefix in the table that has another
 * @p: the table
 * @prefix: the other; its @len does not matter, only its bits do
 * @max_len: longest prefix that may be found
 *
 * Return: a reference, or 0.
 */
u32 mfib_patricia_cover(const struct mfib_patricia *p,
			const struct mfib_prefix *prefix, unsigned int max_len)
{
	u32 ref = p->top, best = 0;

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

/*
 * Goes down from @from by the bits of the prefix alone. Returns the first node
 * that is as long as the prefix or longer, or 0; *@depth is how many are in @above.
 */
static __always_inline u32 down(const struct mfib_patricia *p,
				const struct mfib_prefix *prefix, u32 from,
				bool wide, u32 *above, unsigned int *depth)
{
	const struct mfib_key key = prefix->key;
	unsigned int len = prefix->len, n = 0;
	const struct mfib_pnode *node;
	u32 ref = from;

	while (ref) {
		node = mfib_pnode_at(p, ref, wide);
		if (node->len >= len)
			break;
		above[n++] = ref;
		ref = node->child[wide ? mfib_key_bit(&key, node->len) :
				  key.hi << node->len >> 63];
	}
	*depth = n;
	return ref;
}

/* All that was noted before is of another age, also when ages begin anew. */
static void cuts_forget(struct mfib_patricia *p)
{
	if (++p->age)
		return;
	p->age = 1;
	if (p->cut)
		memset(p->cut, 0, sizeof(*p->cut) << MFIB_CUT_BITS);
}

static struct mfib_cut *cut_of(const struct mfib_patricia *p,
			       const struct mfib_prefix *prefix)
{
	if (!p->cut || prefix->len < MFIB_CUT_BITS)
		return NULL;
	return &p->cut[prefix->key.hi >> (64 - MFIB_CUT_BITS)];
}

/* The way down from the top was @above: notes where it can be taken up. */
static void cut_note(const struct mfib_patricia *p, struct mfib_cut *cut,
		     const u32 *above, unsigned int depth)
{
	unsigned int n;

	for (n = 0; n < depth; n++)
		if (mfib_pnode(p, above[n])->len >= MFIB_CUT_BITS)
			break;
	if (!n)
		return;
	cut->age = p->age;
	cut->ref = above[n - 1];
}

/* False when the prefix leaves the tree above @from. */
static bool seek_from(const struct mfib_patricia *p,
		      const struct mfib_prefix *prefix, u32 from,
		      struct mfib_cut *note, struct mfib_spot *spot)
{
	u32 above[MFIB_DEPTH_MAX], last;
	const struct mfib_pnode *n;
	unsigned int depth;

	spot->ref = p->words > 1 ? down(p, prefix, from, true, above, &depth) :
				   down(p, prefix, from, false, above, &depth);
	if (note)
		cut_note(p, note, above, depth);
	spot->end = spot->ref;
	last = spot->ref || !depth ? spot->ref : above[depth - 1];
	spot->common = last ? agree(p, mfib_pnode(p, last), prefix) : 0;
	spot->parent = 0;
	while (depth) {
		n = mfib_pnode(p, above[--depth]);
		if (n->len <= spot->common) {
			spot->parent = above[depth];
			spot->side = mfib_key_bit(&prefix->key, n->len);
			return true;
		}
		spot->ref = above[depth];
	}
	return from == p->top;
}

/**
 * mfib_patricia_seek() - where a prefix is, or would be
 * @p: the table
 * @prefix: the prefix
 * @spot: filled in
 *
 * Goes down by the bits of the prefix without looking at others, and compares
 * once, at the end: all nodes on the way agree with the last of them. Which
 * nodes of fewer than MFIB_CUT_BITS bits are on the way, those bits say; so in
 * a large table the way begins with the last of them that was seen.
 *
 * Return: a reference, 0 if the table has no route for the prefix.
 */
u32 mfib_patricia_seek(const struct mfib_patricia *p,
		       const struct mfib_prefix *prefix,
		       struct mfib_spot *spot)
{
	struct mfib_cut *cut = cut_of(p, prefix);
	u32 ref;

	if (!cut || cut->age != p->age ||
	    !seek_from(p, prefix, cut->ref, NULL, spot))
		seek_from(p, prefix, p->top, cut, spot);
	ref = spot->end;
	if (!ref || ref != spot->ref || ref & MFIB_FORK ||
	    spot->common < prefix->len)
		return 0;
	return mfib_pnode(p, ref)->len == prefix->len ? ref : 0;
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
	if (prefix->len < MFIB_CUT_BITS || spot->common < MFIB_CUT_BITS)
		cuts_forget(p);
	if (put(p, fresh, spot, prefix))
		return fresh;
	mfib_arena_put(&p->prefixes, fresh);
	return 0;
}

/* Short cuts save work and are not needed: without memory there are none yet. */
static void cuts_make(struct mfib_patricia *p)
{
	const size_t size = sizeof(*p->cut) << MFIB_CUT_BITS;

	p->cut = mfib_mem_alloc(p->prefixes.mem, size);
	if (p->cut)
		memset(p->cut, 0, size);
}

/**
 * mfib_patricia_release() - give memory back, whatever is in it
 * @p: the table; afterwards it is to be initialised anew
 *
 * Return: false if there is more to give back: a call gives back a little.
 */
bool mfib_patricia_release(struct mfib_patricia *p)
{
	mfib_mem_free(p->prefixes.mem, p->cut,
		      sizeof(*p->cut) << MFIB_CUT_BITS);
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
 * mfib_patricia_remove() - take the node of a prefix away
 * @p: the table, for which mfib_patricia_reserve() was true
 * @prefix: the prefix, which has a node
 *
 * Looks at the node, the one above and the one above that. Does not fail.
 */
void mfib_patricia_remove(struct mfib_patricia *p,
			  const struct mfib_prefix *prefix)
{
	u32 *link = &p->top, *above = NULL;
	struct mfib_pnode *n = NULL;
	u32 ref = *link, only;

	while (ref) {
		n = mfib_pnode(p, ref);
		if (n->len >= prefix->len)
			break;
		above = link;
		link = &n->child[mfib_key_bit(&prefix->key, n->len)];
		ref = *link;
	}
	if (!ref || ref & MFIB_FORK)
		return;
	if (prefix->len < MFIB_CUT_BITS)
		cuts_forget(p);
	if (n->child[0] && n->child[1]) {
		remove_above(p, link);
		return;
	}
	only = n->child[0] ? n->child[0] : n->child[1];
	*link = only;
	/* A fork with one child is none. */
	if (!only && above && *above & MFIB_FORK) {
		u32 fork = *above;

		n = mfib_pnode(p, fork);
		if (n->len < MFIB_CUT_BITS)
			cuts_forget(p);
		*above = n->child[0] ? n->child[0] : n->child[1];
		mfib_arena_put(&p->forks, fork & ~MFIB_FORK);
	}
	/* Last: it may give the memory back that link and above point into. */
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
	u32 ref = p->top;

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
