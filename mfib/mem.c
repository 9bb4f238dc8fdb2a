// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of tables: where it comes from, and when it goes back.
 *
 * Arrays of nodes are whole cache lines, those of leaves some words. They come from
 * caches of their own, in sizes close enough that little is lost, and what is
 * counted is what they take. What readers may still see is noted in a block, and a
 * full block goes to RCU as one, so that a change of a table pays for a small part
 * of a callback only.
 *
 * When the readers of a block are gone it is only put on a list: callbacks come
 * many at a time, and what they did would delay whoever runs then. A writer
 * takes a block from there and frees two pieces of it for each that it retires.
 * What nobody has taken after a second is freed by a work item, some at a time.
 * A large table keeps a few pieces of each size, and takes its next ones there.
 *
 * The page allocator keeps pages that are freed, and the more are freed without
 * one being allocated, the more of them it sorts in at once, up to two thousand
 * with interrupts off. So one is allocated now and then.
 *
 * Locking: blocks are put on the list without a lock, and taken from it under
 * ready_lock, in process context.
 */
#include "mem.h"

#ifdef __KERNEL__
#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "compat.h"
#else
#include <stdlib.h>
#endif

#define LINE		64
/* Longest piece that comes from a cache, and by how much sizes differ at least. */
#define CACHED_MAX	4096
#define STEP		16
#define RETIRED_MAX	61
/* A block that holds more than this part of the table does not wait. */
#define RETIRED_PART	16
#define RETIRED_BYTES	2048
/* Pieces that are freed where one is retired. */
#define SPEND_MAX	2
/* Bytes of a table from which on it keeps pieces, and how many of a size. */
#define STASH_AT	(2u << 20)
#define STASH_MAX	8
#define STASH_MAX_LONG	2
#define STASH_LONG	1024		/* bytes */
/* Pieces between two looks at the page allocator. */
#define CALM_EVERY	16
/* Blocks that the work item frees in a tick. */
#define DRAIN_MAX	4

/**
 * struct mfib_retired - memory that waits for readers
 * @rcu: for call_rcu()
 * @ready: in the list of blocks without readers
 * @count: entries in use; when there are no readers, those not yet freed
 * @bytes: of all that it had
 * @entry: what is to be freed
 */
struct mfib_retired {
#ifdef __KERNEL__
	union {
		struct rcu_head		rcu;
		struct llist_node	ready;
	};
#endif
	u32		count;
	u32		bytes;
	struct {
		void	*p;
		size_t	size;
	} entry[RETIRED_MAX];
};

unsigned long mfib_mem_limit = ULONG_MAX;

#ifdef __KERNEL__

/* What the caches are for: whole cache lines, and some sizes for leaves. */
static const u16 sizes[] = {
	32, 48, 64, 96, 128, 192, 256, 320, 384, 448, 512, 576, 640, 768, 896,
	1024, 1280, 1536, 1792, 2048, 2560, 3072, 3584, CACHED_MAX
};

#define CLASSES		ARRAY_SIZE(sizes)

/* What names of caches begin with; a copy of this file has another word. */
#ifndef MFIB_CACHES
#define MFIB_CACHES	"mfib"
#endif

static struct kmem_cache *caches[CLASSES];
static char names[CLASSES][20];
static u8 class_by_step[CACHED_MAX / STEP + 1];
static atomic_long_t total;

/* The cache of a size; CLASSES for one that has none. */
static unsigned int class_of(size_t size)
{
	return size > CACHED_MAX ? CLASSES :
	       class_by_step[(size + STEP - 1) / STEP];
}

/*
 * Pages that are given back one by one gather, and go to the buddy allocator by
 * the thousand in one go with interrupts off. What almost fills a power of two
 * of them is allocated as that, and goes back as one.
 */
static bool whole_order(size_t size)
{
	return get_order(size) <= PAGE_ALLOC_COSTLY_ORDER &&
	       (PAGE_SIZE << get_order(size)) - size <= size / 7;
}

static size_t pages_size(size_t size)
{
	return whole_order(size) ? PAGE_SIZE << get_order(size) :
				   PAGE_ALIGN(size);
}

static size_t real_size(size_t size)
{
	unsigned int c = class_of(size);

	return c < CLASSES ? sizes[c] : pages_size(size);
}

static void *take_pages(size_t size)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;
	void *p;

	if (whole_order(size))
		p = (void *)__get_free_pages(gfp | __GFP_NORETRY,
					     get_order(size));
	else
		p = alloc_pages_exact(size, gfp | __GFP_NORETRY);
	return p ? p : __vmalloc(size, gfp);
}

static void *take(size_t size)
{
	unsigned int c = class_of(size);

	return c < CLASSES ?
	       kmem_cache_alloc(caches[c], GFP_KERNEL | __GFP_NOWARN) :
	       take_pages(size);
}

static void give(void *p, size_t size)
{
	unsigned int c = class_of(size);

	if (c < CLASSES)
		kmem_cache_free(caches[c], p);
	else if (is_vmalloc_addr(p))
		vfree(p);
	else if (whole_order(size))
		free_pages((unsigned long)p, get_order(size));
	else
		free_pages_exact(p, size);
}

/* See at the top. */
static void pages_calm(void)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_NOWARN);

	if (page)
		__free_page(page);
}

static bool total_add(size_t size, bool unlimited)
{
	unsigned long now = atomic_long_add_return(size, &total);

	if (unlimited || now <= READ_ONCE(mfib_mem_limit))
		return true;
	atomic_long_sub(size, &total);
	return false;
}

static void total_sub(size_t size)
{
	atomic_long_sub(size, &total);
}

/**
 * struct mfib_stash - pieces of a table that are free
 * @piece: the first of each size; the next is in its first word
 * @count: how many there are
 */
struct mfib_stash {
	void	*piece[CLASSES];
	u8	count[CLASSES];
};

/* KASAN sees what is used after it was freed only where it is freed. */
static bool stash_wanted(const struct mfib_mem *m)
{
	return !IS_ENABLED(CONFIG_KASAN) && m->bytes >= STASH_AT;
}

static bool stash_put(struct mfib_mem *m, void *p, size_t size)
{
	struct mfib_stash *s = m ? m->stash : NULL;
	unsigned int c = class_of(size);

	if (!s || c == CLASSES)
		return false;
	if (s->count[c] >= (size > STASH_LONG ? STASH_MAX_LONG : STASH_MAX))
		return false;
	s->count[c]++;
	*(void **)p = s->piece[c];
	s->piece[c] = p;
	return true;
}

static void *stash_get(struct mfib_mem *m, size_t size)
{
	unsigned int c = class_of(size);
	struct mfib_stash *s = m->stash;
	void *p;

	if (!s || c == CLASSES)
		return NULL;
	p = s->piece[c];
	if (!p)
		return NULL;
	s->count[c]--;
	s->piece[c] = *(void **)p;
	return p;
}

static void stash_end(struct mfib_mem *m)
{
	struct mfib_stash *s = m->stash;
	unsigned int c;
	void *p;

	m->stash = NULL;
	for (c = 0; s && c < CLASSES; c++)
		while ((p = s->piece[c])) {
			s->piece[c] = *(void **)p;
			kmem_cache_free(caches[c], p);
		}
	kfree(s);
}

static LLIST_HEAD(ready);
static DEFINE_SPINLOCK(ready_lock);
static void ready_drain(struct work_struct *work);
static DECLARE_DELAYED_WORK(ready_work, ready_drain);

static void ready_put(struct mfib_retired *r)
{
	if (llist_add(&r->ready, &ready))
		schedule_delayed_work(&ready_work, HZ);
}

/* A block without readers, or NULL. */
static struct mfib_retired *ready_get(void)
{
	struct llist_node *node = NULL;

	if (llist_empty(&ready))
		return NULL;
	spin_lock(&ready_lock);
	node = llist_del_first(&ready);
	spin_unlock(&ready_lock);
	return node ? llist_entry(node, struct mfib_retired, ready) : NULL;
}

/*
 * Frees some pieces of a block, or gives them to the table @m. True when that was
 * the last, and it is gone.
 */
static bool ready_free(struct mfib_retired *r, u32 pieces, struct mfib_mem *m)
{
	while (r->count && pieces--) {
		r->count--;
		if (!stash_put(m, r->entry[r->count].p,
			       r->entry[r->count].size))
			give(r->entry[r->count].p, r->entry[r->count].size);
		if (!(r->count % CALM_EVERY))
			pages_calm();
	}
	if (r->count)
		return false;
	total_sub(r->bytes);
	give(r, sizeof(*r));
	return true;
}

static void ready_drain(struct work_struct *work)
{
	struct mfib_retired *r;
	unsigned int n;

	for (n = 0; n < DRAIN_MAX; n++) {
		r = ready_get();
		if (!r)
			return;
		ready_free(r, RETIRED_MAX, NULL);
		cond_resched();
	}
	schedule_delayed_work(&ready_work, 1);
}

static void retired_ready(struct rcu_head *rcu)
{
	ready_put(container_of(rcu, struct mfib_retired, rcu));
}

/* For each piece that is retired some are freed that have no readers. */
static void spend(struct mfib_mem *m)
{
	if (unlikely(!m->stash) && stash_wanted(m))
		m->stash = kzalloc(sizeof(*m->stash), GFP_KERNEL);
	if (!m->spent)
		m->spent = ready_get();
	if (m->spent && ready_free(m->spent, SPEND_MAX, m))
		m->spent = NULL;
}

static void spend_end(struct mfib_mem *m)
{
	if (m->spent)
		ready_put(m->spent);
	m->spent = NULL;
	stash_end(m);
}

static void retired_send(struct mfib_retired *r)
{
	call_rcu(&r->rcu, retired_ready);
}

static void retire_at_once(void *p, size_t size)
{
	synchronize_rcu();
	give(p, size);
	total_sub(real_size(size));
}

#else	/* !__KERNEL__ */

void (*mfib_mem_defer)(void *p, size_t size);
unsigned long mfib_mem_fail;

static unsigned long total;

static void spend(struct mfib_mem *m)
{
	(void)m;
}

static bool stash_put(struct mfib_mem *m, void *p, size_t size)
{
	(void)m;
	(void)p;
	(void)size;
	return false;
}

static void *stash_get(struct mfib_mem *m, size_t size)
{
	(void)m;
	(void)size;
	return NULL;
}

static void spend_end(struct mfib_mem *m)
{
	(void)m;
}

static size_t real_size(size_t size)
{
	return size;
}

#ifdef MFIB_PURE_POOL
/*
 * For benchmarks, where malloc() would be what is measured: pieces of big
 * blocks, by size, that are used again and never given back.
 */
#include <sys/mman.h>

#define POOL_BLOCK	(32ul << 20)
#define POOL_MAX	4096

static void *pool[POOL_MAX / 16 + 1];
static char *pool_at, *pool_end;

static void *pool_piece(size_t size)
{
	char *p;

	size = (size + 15) & ~15ul;
	if (!(size % LINE))
		pool_at = (char *)(((uintptr_t)pool_at + LINE - 1) &
				   ~(uintptr_t)(LINE - 1));
	if (!pool_at || pool_at + size > pool_end) {
		pool_at = mmap(NULL, POOL_BLOCK * 2, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (pool_at == MAP_FAILED)
			abort();
		pool_end = pool_at + POOL_BLOCK * 2;
		pool_at = (char *)(((uintptr_t)pool_at + (2 << 20) - 1) &
				   ~(uintptr_t)((2 << 20) - 1));
		madvise(pool_at, pool_end - pool_at, MADV_HUGEPAGE);
	}
	p = pool_at;
	pool_at += size;
	return p;
}

static void *take(size_t size)
{
	void **list = &pool[(size + 15) / 16], *p = NULL;

	if (size > POOL_MAX) {
		if (posix_memalign(&p, size < 2 << 20 ? 4096 : 2 << 20, size))
			return NULL;
		if (size >= 2 << 20)
			madvise(p, size, MADV_HUGEPAGE);
		return p;
	}
	p = *list;
	if (!p)
		return pool_piece(size);
	*list = *(void **)p;
	return p;
}

static void give(void *p, size_t size)
{
	void **list = &pool[(size + 15) / 16];

	if (size > POOL_MAX) {
		free(p);
		return;
	}
	*(void **)p = *list;
	*list = p;
}
#else
static void *take(size_t size)
{
	void *p;

	if (mfib_mem_fail && !--mfib_mem_fail)
		return NULL;
	if (size % LINE)
		return malloc(size);
	return posix_memalign(&p, LINE, size) ? NULL : p;
}

static void give(void *p, size_t size)
{
	(void)size;
	free(p);
}
#endif

static bool total_add(size_t size, bool unlimited)
{
	if (!unlimited && total + size > mfib_mem_limit)
		return false;
	total += size;
	return true;
}

static void total_sub(size_t size)
{
	total -= size;
}

static void retired_send(struct mfib_retired *r)
{
	u32 i;

	for (i = 0; i < r->count; i++) {
		if (mfib_mem_defer)
			mfib_mem_defer(r->entry[i].p, r->entry[i].size);
		else
			give(r->entry[i].p, r->entry[i].size);
	}
	total_sub(r->bytes);
	give(r, sizeof(*r));
}

static void retire_at_once(void *p, size_t size)
{
	if (mfib_mem_defer)
		mfib_mem_defer(p, size);
	else
		give(p, size);
	total_sub(size);
}
#endif

/**
 * mfib_mem_init() - begin to count for a table
 * @m: the account
 * @limit: how many bytes the table may use
 */
void mfib_mem_init(struct mfib_mem *m, u64 limit)
{
	*m = (struct mfib_mem){ .limit = limit };
}

/**
 * mfib_mem_alloc() - memory for a table
 * @m: its account
 * @size: bytes; a multiple of 64 is aligned to 64
 *
 * Context: Process context. May sleep.
 * Return: memory that is not zeroed, or NULL: @m->over says whether it was a
 * limit.
 */
void *mfib_mem_alloc(struct mfib_mem *m, size_t size)
{
	size_t real = real_size(size);
	void *p;

	m->over = !m->unlimited && m->bytes + real > m->limit;
	if (m->over)
		return NULL;
	m->over = !total_add(real, m->unlimited);
	if (m->over)
		return NULL;
	p = stash_get(m, size);
	if (!p)
		p = take(size);
	if (p)
		m->bytes += real;
	else
		total_sub(real);
	return p;
}

/**
 * mfib_mem_free() - give back what no reader has seen
 * @m: the account
 * @p: from mfib_mem_alloc(), or NULL
 * @size: what was asked for
 */
void mfib_mem_free(struct mfib_mem *m, void *p, size_t size)
{
	size_t real = real_size(size);

	if (!p)
		return;
	if (!stash_put(m, p, size))
		give(p, size);
	total_sub(real);
	m->bytes -= real;
}

/**
 * mfib_mem_retire() - give back what readers may still see
 * @m: the account
 * @p: from mfib_mem_alloc(), no longer reachable for new readers; or NULL
 * @size: what was asked for
 *
 * Context: Process context. May sleep.
 */
void mfib_mem_retire(struct mfib_mem *m, void *p, size_t size)
{
	struct mfib_retired *r = m->retired;
	size_t real = real_size(size);

	if (!p)
		return;
	m->bytes -= real;
	spend(m);
	if (!r) {
		r = take(sizeof(*r));
		if (!r) {
			retire_at_once(p, size);
			return;
		}
		r->count = 0;
		r->bytes = 0;
		m->retired = r;
	}
	r->entry[r->count].p = p;
	r->entry[r->count++].size = size;
	r->bytes += real;
	if (r->count == RETIRED_MAX ||
	    r->bytes > RETIRED_BYTES + m->bytes / RETIRED_PART) {
		m->retired = NULL;
		retired_send(r);
	}
}

/**
 * mfib_mem_flush() - hand what was retired to RCU now
 * @m: the account
 *
 * To be called when a table is idle or goes.
 */
void mfib_mem_flush(struct mfib_mem *m)
{
	struct mfib_retired *r = m->retired;

	m->retired = NULL;
	spend_end(m);
	if (r)
		retired_send(r);
}

/**
 * mfib_mem_total() - memory of all tables, with what waits for readers
 *
 * Return: bytes.
 */
unsigned long mfib_mem_total(void)
{
#ifdef __KERNEL__
	return atomic_long_read(&total);
#else
	return total;
#endif
}

/**
 * mfib_mem_setup() - make the caches
 *
 * Context: Process context. May sleep.
 * Return: 0 or -ENOMEM.
 */
int mfib_mem_setup(void)
{
#ifdef __KERNEL__
	unsigned int i, n = 0, align;

	for (i = 0; i < CLASSES; i++) {
		align = sizes[i] % LINE ? sizeof(void *) : LINE;
		snprintf(names[i], sizeof(names[i]), MFIB_CACHES "_%u",
			 sizes[i]);
		caches[i] = cgl_cache_create(names[i], sizes[i], align);
		if (!caches[i]) {
			mfib_mem_exit();
			return -ENOMEM;
		}
		for (; n <= sizes[i] / STEP; n++)
			class_by_step[n] = i;
	}
#endif
	return 0;
}

/**
 * mfib_mem_exit() - remove the caches
 *
 * All tables are gone. Waits for what they have handed to RCU, and frees it.
 *
 * Context: Process context. Sleeps.
 */
void mfib_mem_exit(void)
{
#ifdef __KERNEL__
	struct mfib_retired *r;
	unsigned int i;

	rcu_barrier();
	cancel_delayed_work_sync(&ready_work);
	while ((r = ready_get())) {
		ready_free(r, RETIRED_MAX, NULL);
		cond_resched();
	}
	for (i = 0; i < CLASSES; i++) {
		kmem_cache_destroy(caches[i]);
		caches[i] = NULL;
	}
#endif
}
