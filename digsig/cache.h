/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cache of verdicts: the lookup that every executable mapping passes, inline
 * and as short as it can be. The rest, and the rules, are in cache.c.
 */
#ifndef _DIGSIG_CACHE_H
#define _DIGSIG_CACHE_H

#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/rcupdate.h>

#include "digsig.h"
#include "engine.h"

#define DIGSIG_CACHE_BITS	14

/**
 * struct digsig_entry - what is known about the contents of one inode
 * @next: in the bucket. Changed under the bucket's lock, followed under RCU
 * @inode: only compared; an entry does not hold its inode. It is removed before
 *	the inode is freed, and whoever looks it up holds the inode
 * @size: of the inode when it was read
 * @version: digsig_inode_version() when it was read
 * @good: digsig_generation for which the file was found verified, or 0. Written
 *	under the bucket's lock
 * @dev: device of the file system
 * @facts: what reading the file has shown; they do not change
 * @disk: whole disk of @dev, 0 if there is none
 * @verified: it was found verified once. Written under the bucket's lock
 * @spoiled: the contents may have changed; the facts are history. Set under the
 *	bucket's lock, for good
 * @used: looked up since the clock hand passed; a hint, written without a lock
 * @stacked: digsig_disk_stacked() of its file system
 * @rcu: to free it
 */
struct digsig_entry {
	struct digsig_entry __rcu *next;
	const struct inode	*inode;
	loff_t			 size;
	u64			 version;
	unsigned int		 good;
	u32			 dev;
	struct digsig_facts	 facts;
	u32			 disk;
	bool			 verified;
	bool			 spoiled;
	bool			 used;
	bool			 stacked;
	struct rcu_head		 rcu;
};

static_assert(sizeof(struct digsig_entry) <= 128);

extern struct digsig_entry __rcu *digsig_buckets[1 << DIGSIG_CACHE_BITS];

bool digsig_cache_get(const struct inode *inode,
		      struct digsig_verdict *verdict);
void digsig_cache_put(const struct digsig_source *src,
		      const struct digsig_facts *facts,
		      const struct digsig_verdict *verdict,
		      unsigned int generation);
bool digsig_cache_spoil(const struct inode *inode);
void digsig_cache_forget(const struct inode *inode);
bool digsig_cache_any(bool (*match)(const struct digsig_entry *e, dev_t dev),
		      dev_t dev);

/* Find an inode's entry. The caller is in an RCU read-side section. */
static __always_inline struct digsig_entry *
digsig_cache_find(const struct inode *inode)
{
	struct digsig_entry *e;

	e = rcu_dereference_check(digsig_buckets[hash_ptr(inode,
							  DIGSIG_CACHE_BITS)],
				  rcu_read_lock_sched_held());
	while (e && e->inode != inode)
		e = rcu_dereference_check(e->next, rcu_read_lock_sched_held());
	return e;
}

static __always_inline bool
digsig_entry_unchanged(const struct digsig_entry *e, const struct inode *inode)
{
	return e->size == i_size_read(inode) &&
	       e->version == digsig_inode_version(inode);
}

/**
 * digsig_cache_verified() - is this inode known to be good, right now
 * @inode: held by the caller
 *
 * The answer of the hot path: no lock, no atomic operation, and no write but
 * for the first time after the clock hand passed. A section without preemption
 * is an RCU read-side section, and cheaper than rcu_read_lock() in a module.
 *
 * Context: Any context.
 * Return: true if the file is verified under the keys and lists of this moment;
 * false says nothing.
 */
static __always_inline bool digsig_cache_verified(const struct inode *inode)
{
	struct digsig_entry *e;
	bool good;

	rcu_read_lock_sched();
	e = digsig_cache_find(inode);
	good = e && READ_ONCE(e->good) == READ_ONCE(digsig_generation) &&
	       digsig_entry_unchanged(e, inode);
	if (good && unlikely(!READ_ONCE(e->used)))
		WRITE_ONCE(e->used, true);
	rcu_read_unlock_sched();
	return good;
}

#endif /* _DIGSIG_CACHE_H */
