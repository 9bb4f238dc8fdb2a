// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ordered trees of ranges: find the range, or all ranges that overlap one.
 *
 * A treap: ordered by (lower, upper) from left to right, and by random
 * priorities from top to bottom, which keeps it shallow whatever is put in.
 * Each node knows the greatest upper end below it, so that an overlapping range
 * is found without trying those that end before.
 *
 * Who changes a tree holds its owner's lock. Who reads may do so without, under
 * the RCU read lock, and then asks the owner's sequence count whether what it
 * found may be believed. It may meet a half-changed tree, but never a loop: a
 * pointer to a child is only ever written in a node of higher priority than the
 * child's, and a pointer to a parent the other way round; priorities are made
 * different by the ranges, which are unique. So every walk in one direction
 * ends.
 */
#include "itree.h"

static u64 key(const struct tipc_inode *node)
{
	return (u64)node->lower << 32 | node->upper;
}

/* Is @a to stand above @b? */
static bool above(const struct tipc_inode *a, const struct tipc_inode *b)
{
	if (a->prio != b->prio)
		return a->prio > b->prio;
	return key(a) > key(b);
}

static u32 max_of(const struct tipc_inode *node)
{
	u32 m = node->upper;

	if (node->left)
		m = max(m, node->left->max);
	if (node->right)
		m = max(m, node->right->max);
	return m;
}

/* From @node upwards. */
static void update_max(struct tipc_inode *node)
{
	for (; node; node = node->parent)
		WRITE_ONCE(node->max, max_of(node));
}

/* Hangs @child, or nothing, where @hook is, which belongs to @parent. */
static void hang(struct tipc_inode **hook, struct tipc_inode *child,
		 struct tipc_inode *parent)
{
	if (child)
		WRITE_ONCE(child->parent, parent);
	WRITE_ONCE(*hook, child);
}

/*
 * Hangs below @node, on its two sides, what stood at its place in the tree.
 * Each step moves one subtree; nodes on the way stay where they are.
 */
static void split(struct tipc_inode *node, struct tipc_inode *old)
{
	struct tipc_inode **lhook = &node->left, **rhook = &node->right;
	struct tipc_inode *lowner = node, *rowner = node;

	while (old) {
		if (key(old) < key(node)) {
			hang(lhook, old, lowner);
			lowner = old;
			lhook = &old->right;
			old = old->right;
		} else {
			hang(rhook, old, rowner);
			rowner = old;
			rhook = &old->left;
			old = old->left;
		}
	}
	hang(lhook, NULL, lowner);
	hang(rhook, NULL, rowner);
	update_max(lowner);
	update_max(rowner);
}

/**
 * tipc_itree_insert() - put a range into a tree
 * @tree: the tree; it has no such range
 * @node: the range, with @lower and @upper set
 *
 * Context: Any. The lock of the owner is held.
 */
void tipc_itree_insert(struct tipc_itree *tree, struct tipc_inode *node)
{
	struct tipc_inode **hook = &tree->root, *parent = NULL;

	node->prio = get_random_u32();
	node->max = node->upper;
	node->parent = NULL;
	node->left = NULL;
	node->right = NULL;
	while (*hook && above(*hook, node)) {
		parent = *hook;
		hook = key(node) < key(parent) ? &parent->left : &parent->right;
	}
	split(node, *hook);
	node->parent = parent;
	/* A reader that finds the node finds what it says. */
	smp_store_release(hook, node);
	update_max(parent);
}

/**
 * tipc_itree_remove() - take a range out of a tree
 * @tree: the tree
 * @node: the range; readers may be at it until an RCU grace period is over
 *
 * Context: Any. The lock of the owner is held.
 */
void tipc_itree_remove(struct tipc_itree *tree, struct tipc_inode *node)
{
	struct tipc_inode *parent = node->parent, *owner = parent;
	struct tipc_inode *l = node->left, *r = node->right;
	struct tipc_inode **hook = &tree->root;

	if (parent)
		hook = parent->left == node ? &parent->left : &parent->right;
	while (l && r) {
		if (above(l, r)) {
			hang(hook, l, owner);
			owner = l;
			hook = &l->right;
			l = l->right;
		} else {
			hang(hook, r, owner);
			owner = r;
			hook = &r->left;
			r = r->left;
		}
	}
	hang(hook, l ? l : r, owner);
	update_max(owner);
}

/**
 * tipc_itree_find() - find exactly this range
 * @tree: where
 * @lower: its first number
 * @upper: its last
 *
 * Context: Any. The RCU read lock or the lock of the owner is held.
 * Return: the range, or NULL.
 */
struct tipc_inode *tipc_itree_find(const struct tipc_itree *tree, u32 lower,
				   u32 upper)
{
	struct tipc_inode *node = READ_ONCE(tree->root);
	u64 wanted = (u64)lower << 32 | upper;

	while (node && key(node) != wanted)
		node = wanted < key(node) ? READ_ONCE(node->left) :
					    READ_ONCE(node->right);
	return node;
}

/* The first below @node, in order, that overlaps; @node reaches @lower. */
static struct tipc_inode *leftmost(struct tipc_inode *node, u32 lower,
				   u32 upper)
{
	while (node) {
		struct tipc_inode *left = READ_ONCE(node->left);

		if (left && READ_ONCE(left->max) >= lower) {
			node = left;
			continue;
		}
		/* Of those on the left none reaches @lower. */
		if (node->lower > upper)
			return NULL;
		if (node->upper >= lower)
			return node;
		node = READ_ONCE(node->right);
		if (node && READ_ONCE(node->max) < lower)
			return NULL;
	}
	return NULL;
}

/**
 * tipc_itree_first() - the first range that overlaps another
 * @tree: where
 * @lower: first number of the other
 * @upper: last number of the other
 *
 * Context: Any. The RCU read lock or the lock of the owner is held.
 * Return: of those that overlap, that with the least lower end; or NULL.
 */
struct tipc_inode *tipc_itree_first(const struct tipc_itree *tree, u32 lower,
				    u32 upper)
{
	struct tipc_inode *root = READ_ONCE(tree->root);

	if (!root || READ_ONCE(root->max) < lower)
		return NULL;
	return leftmost(root, lower, upper);
}

/**
 * tipc_itree_next() - the next range that overlaps another
 * @node: one that does
 * @lower: first number of the other
 * @upper: last number of the other
 *
 * A reader without the lock asks after each step whether it was disturbed:
 * every step ends, but in a tree that changes there may be many.
 *
 * Context: Any. The RCU read lock or the lock of the owner is held.
 * Return: the next in order, or NULL.
 */
struct tipc_inode *tipc_itree_next(const struct tipc_inode *node, u32 lower,
				   u32 upper)
{
	struct tipc_inode *right = READ_ONCE(node->right);

	if (right && READ_ONCE(right->max) >= lower)
		return leftmost(right, lower, upper);
	for (;;) {
		struct tipc_inode *parent = READ_ONCE(node->parent);

		if (!parent)
			return NULL;
		if (READ_ONCE(parent->right) == node) {
			node = parent;
			continue;
		}
		/* Came from the left: this one is next in order. */
		if (parent->lower > upper)
			return NULL;
		if (parent->upper >= lower)
			return parent;
		right = READ_ONCE(parent->right);
		if (right && READ_ONCE(right->max) >= lower)
			return leftmost(right, lower, upper);
		node = parent;
	}
}

/**
 * tipc_itree_from() - the first range that is not before another
 * @tree: where
 * @lower: first number of the other
 * @upper: last number of the other
 *
 * Context: Any. The lock of the owner is held.
 * Return: the range that is the other, or follows it in order; or NULL.
 */
struct tipc_inode *tipc_itree_from(const struct tipc_itree *tree, u32 lower,
				   u32 upper)
{
	struct tipc_inode *node = tree->root, *best = NULL;
	u64 wanted = (u64)lower << 32 | upper;

	while (node) {
		if (key(node) >= wanted) {
			best = node;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return best;
}
