// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contexts: from open() to the last reference, and the memory that is shared.
 *
 * A context belongs to the address space that set it up. The mapping says when
 * that ends: it is not inherited by fork(), and exec(), exit and munmap() close
 * it, whoever else may still hold the descriptor. The sources end then, in a
 * work, because mmap_lock is held where the kernel tells; or when the file is
 * released, if that is first.
 *
 * The pages are allocated one by one, so that the cgroup is charged for them,
 * and mapped twice: into the kernel for the time the context lives, and into
 * the process. Each mapping holds the pages, so neither outlives them.
 */
#include <linux/cred.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "aem.h"

#define CTX_MIN_SOURCES		64
#define CTX_MAX_SOURCES		(1u << 22)
#define CTX_MAX_RECORDS		(1u << 22)
#define CTX_MAX_BUFS		(1u << 16)
#define CTX_MAX_BUF_SIZE	(1u << 16)

/* One queue for the work of all contexts, drained when the module goes. */
struct workqueue_struct *aem_workqueue;

/* All contexts, by id. Written under ctx_list_lock, read under RCU. */
LIST_HEAD(aem_ctx_list);
static DEFINE_SPINLOCK(ctx_list_lock);
static u32 ctx_last_id;

static_assert(sizeof(struct aem_header) <= 4096);
static_assert(sizeof(struct aem_state) == 32);
static_assert(sizeof(struct aem_record) == 64);
static_assert(sizeof(struct aem_stream) == sizeof(struct aem_record));
static_assert(sizeof(struct aem_source) == 72);

static void ctx_shutdown_work(struct work_struct *work);
static void ctx_free_work(struct work_struct *work);

/**
 * aem_ctx_new() - a context without memory or sources
 *
 * Context: Process context. May sleep.
 * Return: the context, with one reference, or an error pointer.
 */
struct aem_ctx *aem_ctx_new(void)
{
	struct aem_ctx *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);
	int err;

	if (!ctx)
		return ERR_PTR(-ENOMEM);
	err = aem_limits_context(ctx);
	if (err) {
		kfree(ctx);
		return ERR_PTR(err);
	}
	kref_init(&ctx->ref);
	mutex_init(&ctx->lock);
	spin_lock_init(&ctx->post_lock);
	init_llist_head(&ctx->work);
	INIT_LIST_HEAD(&ctx->relook);
	INIT_WORK(&ctx->shutdown_work, ctx_shutdown_work);
	INIT_RCU_WORK(&ctx->free_work, ctx_free_work);
	INIT_DELAYED_WORK(&ctx->reaper, aem_fd_reap);
	ctx->gen = 1;
	aem_bell_init(ctx);
	aem_timer_init(ctx);
	spin_lock_irq(&ctx_list_lock);
	ctx->id = ++ctx_last_id;
	list_add_tail_rcu(&ctx->link, &aem_ctx_list);
	spin_unlock_irq(&ctx_list_lock);
	return ctx;
}

/* ---- the shared memory --------------------------------------------------- */

/* Sums of sizes cannot overflow: all limits together are below 2^40. */
static u64 ctx_layout(const struct aem_setup *setup, struct aem_header *h)
{
	u64 at = PAGE_SIZE;

	h->magic = AEM_MAGIC;
	h->version = AEM_VERSION;
	h->slots = roundup_pow_of_two(setup->sources);
	h->rings = setup->flags & AEM_SETUP_ASYNC ? AEM_RINGS : AEM_PRIOS;
	h->slot_off = at;
	at += (u64)h->slots * h->rings * sizeof(u32);
	h->state_off = at;
	at += (u64)setup->sources * sizeof(struct aem_state);
	at = ALIGN(at, sizeof(struct aem_record));
	h->record_off = at;
	h->records = setup->records;
	at += (u64)h->records * sizeof(struct aem_record);
	h->bufid_off = at;
	h->bufs = setup->bufs;
	h->buf_size = setup->buf_size;
	at += (u64)h->bufs * sizeof(u32);
	at = PAGE_ALIGN(at);
	h->buf_off = at;
	at += (u64)h->bufs * h->buf_size;
	h->map_size = PAGE_ALIGN(at);
	return h->map_size;
}

static int ctx_check_setup(struct aem_setup *setup)
{
	if (setup->flags & ~(AEM_SETUP_ASYNC | AEM_SETUP_STAMP) || setup->pad)
		return -EINVAL;
	if (!setup->sources || setup->sources > CTX_MAX_SOURCES ||
	    setup->records > CTX_MAX_RECORDS || setup->bufs > CTX_MAX_BUFS)
		return -EINVAL;
	if (!setup->bufs != !setup->buf_size || setup->buf_size % 64 ||
	    setup->buf_size > CTX_MAX_BUF_SIZE)
		return -EINVAL;
	setup->sources = max_t(u32, ALIGN(setup->sources, 64), CTX_MIN_SOURCES);
	/* The first record is none: 0 stands for no stream. */
	setup->records += !!setup->records;
	if (setup->bufs)
		setup->bufs = roundup_pow_of_two(setup->bufs);
	return 0;
}

static void ctx_free_pages(struct aem_ctx *ctx)
{
	unsigned long i;

	if (ctx->hdr)
		vunmap(ctx->hdr);
	for (i = 0; i < ctx->npages; i++)
		__free_page(ctx->pages[i]);
	kvfree(ctx->pages);
	kvfree(ctx->table);
	kvfree(ctx->used);
	kvfree(ctx->closing);
	kvfree(ctx->records_used);
}

/* On an error what is there is freed with the context. */
static int ctx_alloc_pages(struct aem_ctx *ctx, unsigned long npages)
{
	const gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_ZERO;

	ctx->pages = kvcalloc(npages, sizeof(*ctx->pages), GFP_KERNEL_ACCOUNT);
	if (!ctx->pages)
		return -ENOMEM;
	while (ctx->npages < npages) {
		struct page *page = alloc_page(gfp);

		if (!page || fatal_signal_pending(current)) {
			if (page)
				__free_page(page);
			return -ENOMEM;
		}
		ctx->pages[ctx->npages++] = page;
		cond_resched();
	}
	return 0;
}

/* The header, or an error pointer: then ctx_free_pages() undoes all. */
static struct aem_header *ctx_alloc(struct aem_ctx *ctx,
				    const struct aem_setup *setup,
				    const struct aem_header *layout)
{
	struct aem_header *hdr;
	unsigned int i;
	void *map;
	int err;

	ctx->table = kvcalloc(setup->sources, sizeof(*ctx->table),
			      GFP_KERNEL_ACCOUNT);
	ctx->used = kvcalloc(BITS_TO_LONGS(setup->sources), sizeof(long),
			     GFP_KERNEL_ACCOUNT);
	ctx->closing = kvcalloc(BITS_TO_LONGS(setup->sources), sizeof(long),
				GFP_KERNEL_ACCOUNT);
	ctx->records_used = kvcalloc(BITS_TO_LONGS(setup->records),
				     sizeof(long), GFP_KERNEL_ACCOUNT);
	if (!ctx->table || !ctx->used || !ctx->closing || !ctx->records_used)
		return ERR_PTR(-ENOMEM);
	err = ctx_alloc_pages(ctx, layout->map_size >> PAGE_SHIFT);
	if (err)
		return ERR_PTR(err);
	map = vmap(ctx->pages, ctx->npages, VM_MAP, PAGE_KERNEL);
	if (!map)
		return ERR_PTR(-ENOMEM);
	hdr = map;
	*hdr = *layout;
	ctx->nsources = setup->sources;
	ctx->states = map + layout->state_off;
	ctx->records = map + layout->record_off;
	ctx->nrecords = layout->records;
	ctx->bufids = map + layout->bufid_off;
	ctx->bufs = map + layout->buf_off;
	ctx->nbufs = layout->bufs;
	ctx->buf_size = layout->buf_size;
	hdr->buf_tail = ctx->nbufs;
	for (i = 0; i < ctx->nbufs; i++)
		ctx->bufids[i] = i;
	ctx->stamp_always = setup->flags & AEM_SETUP_STAMP;
	ctx->stamping = ctx->stamp_always;
	hdr->stamping = ctx->stamping;
	for (i = 0; i < layout->rings; i++) {
		ctx->ring[i].mask = layout->slots - 1;
		ctx->ring[i].slots = map + layout->slot_off +
				     (u64)i * layout->slots * sizeof(u32);
	}
	return hdr;
}

/**
 * aem_ctx_setup() - give a context its sizes, and bind it to this process
 * @ctx: the context
 * @setup: what is wanted; the answer is written to it
 *
 * Context: Process context. Takes and releases ctx->lock. May sleep.
 * Return: 0, or a negative error; after an error it can be tried again.
 */
int aem_ctx_setup(struct aem_ctx *ctx, struct aem_setup *setup)
{
	struct aem_header layout = {}, *hdr;
	int err;

	err = ctx_check_setup(setup);
	if (err)
		return err;
	setup->map_size = ctx_layout(setup, &layout);
	/* Offsets below the buffers are 32 bits. */
	if (layout.buf_off > U32_MAX)
		return -EINVAL;

	mutex_lock(&ctx->lock);
	if (ctx->hdr || ctx->dead) {
		err = -EBUSY;
		goto out;
	}
	hdr = ctx_alloc(ctx, setup, &layout);
	if (IS_ERR(hdr)) {
		err = PTR_ERR(hdr);
		ctx_free_pages(ctx);
		ctx->table = NULL;
		ctx->used = NULL;
		ctx->closing = NULL;
		ctx->records_used = NULL;
		ctx->pages = NULL;
		ctx->npages = 0;
		goto out;
	}
	mmgrab(current->mm);
	ctx->mm = current->mm;
	ctx->pid = get_pid(task_tgid(current));
	get_task_comm(ctx->comm, current->group_leader);
	/* Who sees the header sees all that has been set here. */
	smp_store_release(&ctx->hdr, hdr);
out:
	mutex_unlock(&ctx->lock);
	return err;
}

/* ---- the mapping --------------------------------------------------------- */

static void ctx_vma_open(struct vm_area_struct *vma)
{
	struct aem_ctx *ctx = vma->vm_private_data;

	atomic_inc(&ctx->mappings);
}

static void ctx_vma_close(struct vm_area_struct *vma)
{
	struct aem_ctx *ctx = vma->vm_private_data;

	if (!atomic_dec_and_test(&ctx->mappings))
		return;
	WRITE_ONCE(ctx->dead, true);
	kref_get(&ctx->ref);
	if (!queue_work(aem_workqueue, &ctx->shutdown_work))
		aem_ctx_put(ctx);
}

/* A part of the ring is of no use to anybody. */
static int ctx_vma_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	return -EINVAL;
}

static const struct vm_operations_struct ctx_vm_ops = {
	.open		= ctx_vma_open,
	.close		= ctx_vma_close,
	.may_split	= ctx_vma_may_split,
};

/**
 * aem_ctx_map() - map the shared memory into the process
 * @ctx: the context
 * @vma: as asked for: all of it or nothing
 *
 * Context: Process context, mmap_lock is held.
 * Return: 0, or a negative error.
 */
int aem_ctx_map(struct aem_ctx *ctx, struct vm_area_struct *vma)
{
	int err;

	/* Pairs with the release in aem_ctx_setup(). */
	if (!smp_load_acquire(&ctx->hdr))
		return -ENXIO;
	if (current->mm != ctx->mm)
		return -EPERM;
	if (vma->vm_pgoff || vma_pages(vma) != ctx->npages ||
	    !(vma->vm_flags & VM_SHARED) || vma->vm_flags & VM_EXEC)
		return -EINVAL;
	if (READ_ONCE(ctx->dead))
		return -ESHUTDOWN;
	if (atomic_cmpxchg(&ctx->mappings, 0, 1))
		return -EBUSY;
	vm_flags_set(vma, VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP);
	vm_flags_clear(vma, VM_MAYEXEC);
	vma->vm_private_data = ctx;
	err = vm_map_pages(vma, ctx->pages, ctx->npages);
	if (err) {
		atomic_dec(&ctx->mappings);
		return err;
	}
	vma->vm_ops = &ctx_vm_ops;
	return 0;
}

/* ---- the end ------------------------------------------------------------- */

/**
 * aem_ctx_shutdown() - end all sources, for ever
 * @ctx: the context
 *
 * Afterwards nothing posts and nothing rings. May be called again.
 *
 * Context: Process context. Takes and releases ctx->lock. May sleep.
 */
void aem_ctx_shutdown(struct aem_ctx *ctx)
{
	WRITE_ONCE(ctx->dead, true);
	mutex_lock(&ctx->lock);
	aem_source_del_all(ctx);
	aem_timer_exit(ctx);
	aem_boost_free(ctx);
	mutex_unlock(&ctx->lock);
	cancel_delayed_work_sync(&ctx->reaper);
	aem_bell_end(ctx);
}

static void ctx_shutdown_work(struct work_struct *work)
{
	struct aem_ctx *ctx = container_of(work, struct aem_ctx, shutdown_work);

	aem_ctx_shutdown(ctx);
	aem_ctx_put(ctx);
}

static void ctx_free_work(struct work_struct *work)
{
	struct aem_ctx *ctx = container_of(to_rcu_work(work), struct aem_ctx,
					   free_work);

	aem_bell_free(ctx);
	aem_boost_exit(ctx);
	ctx_free_pages(ctx);
	if (ctx->mm)
		mmdrop(ctx->mm);
	put_pid(ctx->pid);
	aem_limits_put(ctx);
	kfree(ctx);
}

/*
 * A grace period, because publishers and notifiers may still be on their way
 * out of a source of this context; and a work, because vunmap() sleeps.
 */
static void ctx_release(struct kref *ref)
{
	struct aem_ctx *ctx = container_of(ref, struct aem_ctx, ref);
	unsigned long flags;

	spin_lock_irqsave(&ctx_list_lock, flags);
	list_del_rcu(&ctx->link);
	spin_unlock_irqrestore(&ctx_list_lock, flags);
	queue_rcu_work(aem_workqueue, &ctx->free_work);
}

/**
 * aem_ctx_put() - give a reference back
 * @ctx: the context
 *
 * Context: Any but NMI.
 */
void aem_ctx_put(struct aem_ctx *ctx)
{
	kref_put(&ctx->ref, ctx_release);
}

/**
 * aem_ctx_init() - make what contexts share
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 */
int aem_ctx_init(void)
{
	aem_workqueue = alloc_workqueue("aem", WQ_UNBOUND, 0);
	return aem_workqueue ? 0 : -ENOMEM;
}

/**
 * aem_ctx_exit() - wait for the last contexts to be freed
 *
 * Context: Process context. May sleep: for works that end contexts, for the
 * grace periods after them, and for the works that free them.
 */
void aem_ctx_exit(void)
{
	flush_workqueue(aem_workqueue);
	/* Targets are freed in the first, and contexts that they held begin. */
	rcu_barrier();
	rcu_barrier();
	destroy_workqueue(aem_workqueue);
}
