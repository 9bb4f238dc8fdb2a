/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ordered trees of ranges: see itree.c.
 */
#ifndef _TIPC_ITREE_H
#define _TIPC_ITREE_H

#include "locks.h"

/**
 * struct tipc_inode - a range in a tree, part of a larger struct
 * @left: ranges before this one
 * @right: ranges after this one
 * @parent: NULL for the root
 * @lower: first number of the range
 * @upper: last number of the range
 * @max: greatest @upper here and below
 * @prio: random; none below has a greater one
 *
 * Written under the lock of the tree's owner. Readers hold the RCU read lock
 * and find out by the owner's sequence count whether they were disturbed.
 */
struct tipc_inode {
	struct tipc_inode	*left;
	struct tipc_inode	*right;
	struct tipc_inode	*parent;
	u32			lower;
	u32			upper;
	u32			max;
	u32			prio;
};

/**
 * struct tipc_itree - a tree
 * @root: NULL when it is empty
 */
struct tipc_itree {
	struct tipc_inode	*root;
};

void tipc_itree_insert(struct tipc_itree *tree, struct tipc_inode *node);
void tipc_itree_remove(struct tipc_itree *tree, struct tipc_inode *node);
struct tipc_inode *tipc_itree_find(const struct tipc_itree *tree, u32 lower,
				   u32 upper);
struct tipc_inode *tipc_itree_first(const struct tipc_itree *tree, u32 lower,
				    u32 upper);
struct tipc_inode *tipc_itree_next(const struct tipc_inode *node, u32 lower,
				   u32 upper);
struct tipc_inode *tipc_itree_from(const struct tipc_itree *tree, u32 lower,
				   u32 upper);

#endif /* _TIPC_ITREE_H */
