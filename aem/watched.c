// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files that are watched, each held once however many sources watch it.
 *
 * The one reference per file is what makes it possible to see that a
 * descriptor was closed: nobody else holds the file then. It also undoes circles
 * of files that hold each other through us (a context whose own descriptor is
 * under way in a socket that it watches).
 *
 * Files are found by their address in a hash table. Each bucket has its bit
 * lock, taken in process context only; a struct aem_watched is freed by who takes
 * its last user away, under that lock. Taken below it: the lock of a wait queue.
 */
/* Of what <linux/bit_spinlock.h> uses and does not include. */
#include <linux/processor.h>
#include <linux/bit_spinlock.h>
#include <linux/file.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "aem.h"

/* Of each bucket the first file, and in bit 0 its lock. */
static unsigned long *watched_hash;
static unsigned int watched_bits;
static struct kmem_cache *watched_cache;

static unsigned long *watched_bucket(const struct file *file)
{
	return &watched_hash[hash_ptr(file, watched_bits)];
}

static void watched_lock(unsigned long *bucket)
	__acquires(bitlock)
{
	bit_spin_lock(0, bucket);
}

static void watched_unlock(unsigned long *bucket)
	__releases(bitlock)
{
	__bit_spin_unlock(0, bucket);
}

static struct aem_watched *watched_first(const unsigned long *bucket)
{
	return (struct aem_watched *)(READ_ONCE(*bucket) & ~1UL);
}

static void watched_set_first(unsigned long *bucket, struct aem_watched *first)
{
	WRITE_ONCE(*bucket, (unsigned long)first | 1);
}

static struct aem_watched *watched_find(const unsigned long *bucket,
					const struct file *file)
{
	struct aem_watched *w = watched_first(bucket);

	while (w && w->file != file)
		w = w->next;
	return w;
}

static void watched_remove(unsigned long *bucket, struct aem_watched *watched)
{
	struct aem_watched *w = watched_first(bucket);

	if (w == watched) {
		watched_set_first(bucket, watched->next);
		return;
	}
	while (w->next != watched)
		w = w->next;
	w->next = watched->next;
}

/**
 * aem_watched_get() - watch a file
 * @file: the file; the caller keeps the reference that it has
 * @src: who watches it, and is in none of its queues yet
 *
 * Context: Process context. May sleep.
 * Return: for aem_watched_put(), or NULL if there is no memory.
 */
struct aem_watched *aem_watched_get(struct file *file, struct aem_src *src)
{
	unsigned long *bucket = watched_bucket(file);
	struct aem_watched *new, *w;

	new = kmem_cache_alloc(watched_cache, GFP_KERNEL);
	if (!new)
		return NULL;
	watched_lock(bucket);
	w = watched_find(bucket, file);
	if (w) {
		w->users++;
	} else {
		w = new;
		new = NULL;
		w->file = get_file(file);
		w->users = 1;
		w->src = src;
		w->next = watched_first(bucket);
		watched_set_first(bucket, w);
	}
	watched_unlock(bucket);
	if (new)
		kmem_cache_free(watched_cache, new);
	return w;
}

/**
 * aem_watched_hooked() - a source is in the queues of its file
 * @watched: the file
 * @src: the source
 *
 * Context: Process context, under the lock of the source's context.
 */
void aem_watched_hooked(struct aem_watched *watched, struct aem_src *src)
{
	unsigned long *bucket;

	if (READ_ONCE(watched->src) == src)
		return;
	bucket = watched_bucket(watched->file);
	watched_lock(bucket);
	WRITE_ONCE(watched->src, src);
	watched_unlock(bucket);
}

/**
 * aem_watched_put() - a source lets go of its file
 * @watched: the file
 * @src: the source; here it leaves the file's first queue, if it is in there
 *
 * Context: Process context.
 */
void aem_watched_put(struct aem_watched *watched, struct aem_src *src)
{
	unsigned long *bucket = watched_bucket(watched->file);
	struct aem_src *other;
	bool last;

	watched_lock(bucket);
	last = !--watched->users;
	/* Whoever is found in the queue comes here too, and then is replaced. */
	other = aem_fd_leave(src, !last && watched->src == src);
	if (watched->src == src)
		WRITE_ONCE(watched->src, other);
	if (last)
		watched_remove(bucket, watched);
	watched_unlock(bucket);
	if (!last)
		return;
	fput(watched->file);
	kmem_cache_free(watched_cache, watched);
}

/**
 * aem_watched_closing() - a descriptor is being closed
 * @file: its file; of any kind, watched or not
 *
 * Context: Process context; called by ftrace, with preemption off.
 */
void aem_watched_closing(struct file *file)
{
	unsigned long *bucket = watched_bucket(file);
	struct aem_watched *w;

	if (!watched_first(bucket))
		return;
	watched_lock(bucket);
	w = watched_find(bucket, file);
	if (w && w->src)
		aem_fd_closing(w->src);
	watched_unlock(bucket);
}

/**
 * aem_watched_init() - make the table: 16 buckets for each megabyte of memory
 *
 * Context: Process context. May sleep.
 * Return: 0, or -ENOMEM.
 */
int aem_watched_init(void)
{
	unsigned long n = totalram_pages() >> (20 - PAGE_SHIFT) << 4;

	watched_bits = clamp(ilog2(n | 1), 10, 20);
	watched_hash = kvcalloc(1UL << watched_bits, sizeof(*watched_hash),
				GFP_KERNEL);
	/* Not merged with another cache: see source_cache_new(). */
	watched_cache = kmem_cache_create_usercopy("aem_watched",
						   sizeof(struct aem_watched),
						   0, SLAB_ACCOUNT, 0,
						   sizeof(void *), NULL);
	BUILD_BUG_ON(sizeof(struct aem_watched) > 32);
	if (watched_hash && watched_cache)
		return 0;
	kmem_cache_destroy(watched_cache);
	kvfree(watched_hash);
	return -ENOMEM;
}

/**
 * aem_watched_exit() - free the table
 *
 * Context: Process context. May sleep. There are no sources.
 */
void aem_watched_exit(void)
{
	kmem_cache_destroy(watched_cache);
	kvfree(watched_hash);
}
