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
#include <linux/file.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "aem.h"

static struct hlist_bl_head *watched_hash;
static unsigned int watched_bits;
static struct kmem_cache *watched_cache;

static struct hlist_bl_head *watched_bucket(const struct file *file)
{
	return &watched_hash[hash_ptr(file, watched_bits)];
}

static struct aem_watched *watched_find(struct hlist_bl_head *head,
					const struct file *file)
{
	struct hlist_bl_node *pos;
	struct aem_watched *w;

	hlist_bl_for_each_entry(w, pos, head, node) {
		if (w->file == file)
			return w;
	}
	return NULL;
}

/**
 * aem_watched_get() - watch a file
 * @file: the file; the caller keeps the reference that it has
 * @src: who watches it
 *
 * Context: Process context. May sleep.
 * Return: for aem_watched_put(), or NULL if there is no memory.
 */
struct aem_watched *aem_watched_get(struct file *file, struct aem_src *src)
{
	struct hlist_bl_head *head = watched_bucket(file);
	struct aem_watched *new, *w;

	new = kmem_cache_alloc(watched_cache, GFP_KERNEL);
	if (!new)
		return NULL;
	hlist_bl_lock(head);
	w = watched_find(head, file);
	if (w) {
		w->users++;
	} else {
		w = new;
		new = NULL;
		w->file = get_file(file);
		w->users = 1;
		hlist_bl_add_head(&w->node, head);
	}
	w->src = src;
	hlist_bl_unlock(head);
	if (new)
		kmem_cache_free(watched_cache, new);
	return w;
}

/**
 * aem_watched_put() - a source lets go of its file
 * @watched: the file
 * @src: the source, which is in none of its queues any more
 *
 * Context: Process context.
 */
void aem_watched_put(struct aem_watched *watched, struct aem_src *src)
{
	struct hlist_bl_head *head = watched_bucket(watched->file);
	bool last;

	hlist_bl_lock(head);
	last = !--watched->users;
	if (watched->src == src)
		watched->src = NULL;
	if (last)
		hlist_bl_del(&watched->node);
	hlist_bl_unlock(head);
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
	struct hlist_bl_head *head = watched_bucket(file);
	struct aem_watched *w;

	if (hlist_bl_empty(head))
		return;
	hlist_bl_lock(head);
	w = watched_find(head, file);
	if (w && w->src)
		aem_fd_closing(w->src);
	hlist_bl_unlock(head);
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
