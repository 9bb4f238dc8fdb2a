// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was denied, or would have been: one entry per path and reason, for
 * DENIED_GET, for the file "denied" in securityfs, and so for signing what log
 * mode saw.
 *
 * Entries have consecutive numbers and lie in a ring; a reader goes on from the
 * number it stopped at. At DENIED_MAX entries, or DENIED_BYTES of paths, the
 * oldest ones make room and are counted, so that whoever makes up file names
 * costs a bounded amount of memory.
 *
 * Locking: denied_lock guards everything here. It is taken below mmap_lock, and
 * nothing but the allocator's locks is taken below it: readers copy an entry
 * out and look at user memory after they have let go.
 */
#include <linux/hashtable.h>
#include <linux/jhash.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "control.h"

#define DENIED_MAX	4096		/* a power of two */
#define DENIED_BYTES	(2 * 1024 * 1024)

/**
 * struct denied - one file and reason
 * @node: in denied_hash
 * @ev: the last time it happened; @ev.count says how often it did
 * @path: of the file, NUL-terminated
 */
struct denied {
	struct hlist_node	node;
	struct digsig_event	ev;
	char			path[];
};

static DEFINE_MUTEX(denied_lock);
static DEFINE_HASHTABLE(denied_hash, 10);
static struct denied *denied_ring[DENIED_MAX];
/* Entries have the numbers denied_first to denied_end - 1. */
static u64 denied_first;
static u64 denied_end;
static size_t denied_bytes;

static struct denied **denied_slot(u64 seq)
{
	return &denied_ring[seq & (DENIED_MAX - 1)];
}

static u32 denied_key(const char *path, u32 reason)
{
	return jhash(path, strlen(path), reason);
}

static struct denied *denied_find(const char *path, u32 reason, u32 key)
{
	struct denied *d;

	hash_for_each_possible(denied_hash, d, node, key)
		if (d->ev.verdict.reason == reason && !strcmp(d->path, path))
			return d;
	return NULL;
}

static void denied_drop_first(void)
{
	struct denied **slot = denied_slot(denied_first);
	struct denied *d = *slot;

	lockdep_assert_held(&denied_lock);
	hash_del(&d->node);
	denied_bytes -= strlen(d->path) + 1;
	kfree(d);
	*slot = NULL;
	denied_first++;
}

static struct denied *denied_add(const char *path, u32 key)
{
	size_t len = strlen(path) + 1;
	struct denied *d;

	lockdep_assert_held(&denied_lock);
	d = kmalloc(struct_size(d, path, len), GFP_KERNEL);
	if (!d)
		return NULL;
	while (denied_end - denied_first == DENIED_MAX ||
	       (denied_bytes + len > DENIED_BYTES && denied_end > denied_first))
		denied_drop_first();

	memcpy(d->path, path, len);
	d->ev.count = 0;
	hash_add(denied_hash, &d->node, key);
	*denied_slot(denied_end++) = d;
	denied_bytes += len;
	return d;
}

/**
 * digsig_denied_record() - remember a refusal
 * @ev: the event; without a path there is nothing to remember. Copied
 *
 * A path and reason that are known already count one more and take the time,
 * the task and the outcome of @ev. Without memory the entry is left out and
 * counted in DIGSIG_ST_EVENTS_LOST.
 *
 * Context: Process context, may be called under mmap_lock. May sleep.
 */
void digsig_denied_record(const struct digsig_event *ev)
{
	struct denied *d;
	u64 count;
	u32 key;

	if (!ev->path)
		return;
	key = denied_key(ev->path, ev->verdict.reason);

	mutex_lock(&denied_lock);
	d = denied_find(ev->path, ev->verdict.reason, key);
	if (!d)
		d = denied_add(ev->path, key);
	if (d) {
		count = d->ev.count + 1;
		d->ev = *ev;
		d->ev.count = count;
		d->ev.path = NULL;
	} else {
		digsig_stat_add(DIGSIG_ST_EVENTS_LOST, 1);
	}
	mutex_unlock(&denied_lock);
}

/**
 * digsig_denied_next() - copy out the next entry
 * @seq: number to begin at, 0 at first; moved past the entry that is returned
 * @ev: filled in; @ev->lost is the number of entries that the list has dropped
 * @path: of PATH_MAX bytes, for the path; @ev->path points to it
 *
 * Context: Process context. Takes and releases denied_lock.
 * Return: false at the end of the list.
 */
bool digsig_denied_next(u64 *seq, struct digsig_event *ev, char *path)
{
	struct denied *d = NULL;

	mutex_lock(&denied_lock);
	if (*seq < denied_first)
		*seq = denied_first;
	if (*seq < denied_end) {
		d = *denied_slot((*seq)++);
		*ev = d->ev;
		ev->lost = denied_first;
		strscpy(path, d->path, PATH_MAX);
		ev->path = path;
	}
	mutex_unlock(&denied_lock);
	return d;
}

/**
 * digsig_denied_exit() - forget all entries
 *
 * Context: Process context, after everything that records or reads is gone.
 */
void digsig_denied_exit(void)
{
	mutex_lock(&denied_lock);
	while (denied_first < denied_end)
		denied_drop_first();
	mutex_unlock(&denied_lock);
}
