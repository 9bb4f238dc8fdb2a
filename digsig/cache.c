// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cache of verdicts: what is known about the contents of inodes.
 *
 * An entry says that these facts hold for this inode. It is used only while all
 * of the following is true:
 *
 * - The inode is the same object. An entry goes when its inode is freed, in
 *   digsig_cache_forget(), before the memory can be used again, and whoever
 *   asks holds the inode.
 * - Nobody was let in to write. Opening for writing, truncating and unlinking
 *   spoil an entry first, in digsig_cache_spoil(); a spoiled entry is never good
 *   again, it only remembers that the file was verified, see writers.c.
 *   Facts are put in while writers are denied, so none is under way then.
 * - Size and i_version are those of the time of reading. Nothing should change
 *   them that did not spoil the entry; this is the belt to those braces.
 * - The verdict was made under the present keys, catalogs and lists: @good is
 *   digsig_generation. If it is not, the facts are judged again, without
 *   reading the file, and the entry is renewed in place.
 *
 * The number of entries is bounded. When there are too many, a clock hand goes
 * over the buckets and takes those that were not used since it last passed. That
 * a file was verified must not be lost with its entry, because writers have to
 * be kept away from it all the same; so a bit remains, by a hash of the inode.
 * Bits are never cleared. One that is set for another inode costs a writer of
 * this one a look at what is mapped.
 *
 * Locking: buckets are read under RCU and written under one of the bucket
 * locks, which are innermost: nothing else is taken inside. The hand has a lock
 * of its own, outside of those. Entries are freed by RCU.
 */
#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/blkdev.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "cache.h"
#include "digsig.h"
#include "engine.h"

#define NBUCKETS	(1 << DIGSIG_CACHE_BITS)
#define NLOCKS		256
#define ENTRIES_MIN	64
#define LOST_BITS	20

static unsigned int cache_max = 65536;
module_param(cache_max, uint, 0444);
MODULE_PARM_DESC(cache_max, "Files whose verdict is kept, 128 bytes each (default 65536, at least 64)");

struct digsig_entry __rcu *digsig_buckets[NBUCKETS];

static spinlock_t bucket_locks[NLOCKS];
static atomic_t nentries;

/* Inodes that were verified and have no entry, by hash_ptr(). Atomic bits. */
static DECLARE_BITMAP(lost, 1 << LOST_BITS);

static DEFINE_SPINLOCK(hand_lock);
static unsigned int hand;		/* under hand_lock */

static unsigned int bucket_of(const struct inode *inode)
{
	return hash_ptr(inode, DIGSIG_CACHE_BITS);
}

static spinlock_t *bucket_lock(unsigned int bucket)
{
	return &bucket_locks[bucket % NLOCKS];
}

#define bucket_deref(p, bucket) \
	rcu_dereference_protected(p, lockdep_is_held(bucket_lock(bucket)))

/* The place in a locked bucket that leads to an inode's entry, or to its end. */
static struct digsig_entry __rcu **entry_slot(unsigned int bucket,
					      const struct inode *inode)
{
	struct digsig_entry __rcu **slot = &digsig_buckets[bucket];
	struct digsig_entry *e;

	while ((e = bucket_deref(*slot, bucket)) && e->inode != inode)
		slot = &e->next;
	return slot;
}

/* Take an entry out of its locked bucket. Readers may still look at it. */
static void entry_remove(struct digsig_entry __rcu **slot, unsigned int bucket)
{
	struct digsig_entry *e = bucket_deref(*slot, bucket);

	rcu_assign_pointer(*slot, bucket_deref(e->next, bucket));
	if (!e->spoiled)
		digsig_stat_add(DIGSIG_ST_DROPPED, 1);
	atomic_dec(&nentries);
	kfree_rcu(e, rcu);
}

/* One step of the clock. */
static void bucket_sweep(unsigned int bucket)
{
	struct digsig_entry __rcu **slot = &digsig_buckets[bucket];
	struct digsig_entry *e;

	spin_lock(bucket_lock(bucket));
	while ((e = bucket_deref(*slot, bucket))) {
		if (READ_ONCE(e->used) && !e->spoiled) {
			WRITE_ONCE(e->used, false);
			slot = &e->next;
			continue;
		}
		/* Seen before the entry is gone, by the release in there. */
		if (e->verified)
			set_bit(hash_ptr(e->inode, LOST_BITS), lost);
		entry_remove(slot, bucket);
	}
	spin_unlock(bucket_lock(bucket));
}

/*
 * Make room. Two rounds are enough, because the first clears every @used that is
 * not set again meanwhile. If another task is at it, one entry too many for a
 * moment does not matter.
 */
static void evict(void)
{
	unsigned int steps = 2 * NBUCKETS;

	if (!spin_trylock(&hand_lock))
		return;
	while (steps-- && atomic_read(&nentries) > cache_max) {
		hand = (hand + 1) % NBUCKETS;
		bucket_sweep(hand);
	}
	spin_unlock(&hand_lock);
}

/**
 * digsig_cache_put() - remember what was found out about a file
 * @src: the file; still open, so that nobody writes
 * @facts: what reading it has shown
 * @verdict: what was made of them
 * @generation: digsig_generation from before the verdict was made. If it has
 *	changed since, the entry counts as one to be judged again
 *
 * Replaces what was known before. Without memory nothing is remembered, but that
 * it may be mapped.
 *
 * Context: Process context. May sleep.
 */
void digsig_cache_put(const struct digsig_source *src,
		      const struct digsig_facts *facts,
		      const struct digsig_verdict *verdict,
		      unsigned int generation)
{
	const struct super_block *sb = src->inode->i_sb;
	unsigned int bucket = bucket_of(src->inode);
	struct digsig_entry __rcu **slot;
	struct digsig_entry *e;

	e = kzalloc(sizeof(*e), GFP_KERNEL | __GFP_NOWARN);
	if (!e) {
		set_bit(hash_ptr(src->inode, LOST_BITS), lost);
		return;
	}
	e->inode = src->inode;
	e->size = src->size;
	e->version = src->version;
	e->verified = verdict->reason == DIGSIG_REASON_NONE;
	e->good = e->verified ? generation : 0;
	e->facts = *facts;
	e->dev = sb->s_dev;
	e->disk = sb->s_bdev ? disk_devt(sb->s_bdev->bd_disk) : 0;
	e->stacked = digsig_disk_stacked(sb);
	e->used = true;

	spin_lock(bucket_lock(bucket));
	slot = entry_slot(bucket, src->inode);
	if (rcu_access_pointer(*slot))
		entry_remove(slot, bucket);
	RCU_INIT_POINTER(e->next, rcu_access_pointer(digsig_buckets[bucket]));
	rcu_assign_pointer(digsig_buckets[bucket], e);
	spin_unlock(bucket_lock(bucket));

	if (atomic_inc_return(&nentries) > cache_max)
		evict();
}

/* The facts of an inode, if they are still facts. */
static bool facts_get(const struct inode *inode, struct digsig_facts *facts,
		      unsigned int *good)
{
	const struct digsig_entry *e;
	bool found;

	rcu_read_lock_sched();
	e = digsig_cache_find(inode);
	found = e && !READ_ONCE(e->spoiled) && digsig_entry_unchanged(e, inode);
	if (found) {
		*facts = e->facts;
		*good = READ_ONCE(e->good);
	}
	rcu_read_unlock_sched();
	return found;
}

/*
 * The facts of an inode were judged again. If they are no longer those of its
 * entry, the judgement was about other contents and is not noted.
 */
static void entry_renew(const struct inode *inode,
			const struct digsig_facts *facts, bool verified,
			unsigned int generation)
{
	unsigned int bucket = bucket_of(inode);
	struct digsig_entry *e;

	spin_lock(bucket_lock(bucket));
	e = bucket_deref(*entry_slot(bucket, inode), bucket);
	if (e && !e->spoiled && !memcmp(&e->facts, facts, sizeof(*facts))) {
		WRITE_ONCE(e->good, verified ? generation : 0);
		e->verified |= verified;
	}
	spin_unlock(bucket_lock(bucket));
	digsig_stat_add(DIGSIG_ST_REVALIDATED, 1);
}

/**
 * digsig_cache_get() - the verdict on an inode, without reading it
 * @inode: held by the caller
 * @verdict: filled in if true is returned
 *
 * Judges what is known under the keys and lists of this moment.
 *
 * Context: Any context but interrupts.
 * Return: false if nothing is known, or the file has to be read to tell.
 */
bool digsig_cache_get(const struct inode *inode,
		      struct digsig_verdict *verdict)
{
	unsigned int generation = digsig_generation_read();
	struct digsig_facts facts;
	unsigned int good;
	bool verified;

	if (!facts_get(inode, &facts, &good))
		return false;
	if (!digsig_judge(&facts, verdict))
		return false;
	verified = verdict->reason == DIGSIG_REASON_NONE;
	if (good != (verified ? generation : 0))
		entry_renew(inode, &facts, verified, generation);
	return true;
}

/**
 * digsig_verdict_cached() - what a file is known to be
 * @inode: held by the caller; below overlayfs the real one
 * @verdict: filled in if true is returned
 *
 * The entry of a running program may be gone, when a write was tried or many
 * other files were verified since. Where sleeping is allowed digsig_verify()
 * then gives the answer.
 *
 * Context: Any context but interrupts.
 * Return: false if nothing valid is known.
 */
bool digsig_verdict_cached(const struct inode *inode,
			   struct digsig_verdict *verdict)
{
	return digsig_cache_get(inode, verdict);
}

static bool entry_exists(const struct inode *inode)
{
	bool found;

	rcu_read_lock_sched();
	found = digsig_cache_find(inode);
	rcu_read_unlock_sched();
	return found;
}

/* To be asked when there is no entry: the bit is set before that goes. */
static bool was_lost(const struct inode *inode)
{
	/* After looking for the entry. */
	smp_rmb();
	return test_bit(hash_ptr(inode, LOST_BITS), lost);
}

/**
 * digsig_cache_spoil() - an inode's contents are about to change
 * @inode: held by the caller
 *
 * When it returns, nobody finds the inode verified until it was read again. Who
 * found it before may still be on the way to mapping it: writers.c waits.
 *
 * Context: Any context but interrupts.
 * Return: true if the inode was found verified some time ago, or may have been.
 */
bool digsig_cache_spoil(const struct inode *inode)
{
	unsigned int bucket = bucket_of(inode);
	struct digsig_entry *e;
	bool verified = false;

	if (!entry_exists(inode))
		return was_lost(inode);

	spin_lock(bucket_lock(bucket));
	e = bucket_deref(*entry_slot(bucket, inode), bucket);
	if (e) {
		if (!e->spoiled)
			digsig_stat_add(DIGSIG_ST_DROPPED, 1);
		WRITE_ONCE(e->good, 0);
		WRITE_ONCE(e->spoiled, true);
		verified = e->verified;
	}
	spin_unlock(bucket_lock(bucket));
	return verified || was_lost(inode);
}

/**
 * digsig_cache_forget() - an inode is going to be freed
 * @inode: without users
 *
 * Context: Any context in which inodes with contents are freed.
 */
void digsig_cache_forget(const struct inode *inode)
{
	unsigned int bucket = bucket_of(inode);
	struct digsig_entry __rcu **slot;

	if (!entry_exists(inode))
		return;

	spin_lock(bucket_lock(bucket));
	slot = entry_slot(bucket, inode);
	if (rcu_access_pointer(*slot))
		entry_remove(slot, bucket);
	spin_unlock(bucket_lock(bucket));
}

/**
 * digsig_cache_count() - how full the cache is
 *
 * Context: Any.
 * Return: number of files in the cache.
 */
u64 digsig_cache_count(void)
{
	return atomic_read(&nentries);
}

static bool bucket_any(unsigned int bucket,
		       bool (*match)(const struct digsig_entry *e, dev_t dev),
		       dev_t dev)
{
	const struct digsig_entry *e;

	for (e = rcu_dereference_sched(digsig_buckets[bucket]); e;
	     e = rcu_dereference_sched(e->next))
		if (READ_ONCE(e->verified) && match(e, dev))
			return true;
	return false;
}

/**
 * digsig_cache_any() - is there a verified file of which this is true
 * @match: asked about files that are or were found verified; under RCU
 * @dev: passed on
 *
 * Context: Any context. Looks at the whole cache: for rare questions.
 * Return: true if @match said so once.
 */
bool digsig_cache_any(bool (*match)(const struct digsig_entry *e, dev_t dev),
		      dev_t dev)
{
	unsigned int bucket;
	bool found = false;

	for (bucket = 0; bucket < NBUCKETS && !found; bucket++) {
		rcu_read_lock_sched();
		found = bucket_any(bucket, match, dev);
		rcu_read_unlock_sched();
	}
	return found;
}

/**
 * digsig_cache_init() - make the cache ready, empty
 *
 * Return: 0.
 */
int digsig_cache_init(void)
{
	unsigned int i;

	for (i = 0; i < NLOCKS; i++)
		spin_lock_init(&bucket_locks[i]);
	cache_max = clamp(cache_max, ENTRIES_MIN, (unsigned int)INT_MAX);
	return 0;
}

/**
 * digsig_cache_exit() - free all entries
 *
 * Context: At unload, when no hook can be called any more.
 */
void digsig_cache_exit(void)
{
	unsigned int bucket;

	for (bucket = 0; bucket < NBUCKETS; bucket++) {
		spin_lock(bucket_lock(bucket));
		while (rcu_access_pointer(digsig_buckets[bucket]))
			entry_remove(&digsig_buckets[bucket], bucket);
		spin_unlock(bucket_lock(bucket));
	}
}
