// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of sources: adding, starting, stopping and deleting them, one or
 * ten thousand in a call.
 *
 * What a kind of source does is in its own file, behind struct aem_kind_ops;
 * this file knows their names only. All of it runs under ctx->lock.
 *
 * The place of a deleted source is given to another only when the consumer has
 * taken the last event of the old one: until then a slot of a ring may hold its
 * number. If the consumer lies about that, its ring holds a source twice and its
 * own events overwrite each other.
 */
#include <linux/inotify.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "trace.h"

/* How many places with an old event still in the ring are passed over. */
#define SOURCE_TRIES	256
/* How many descriptors or ids are copied at once. */
#define SOURCE_BATCH	16

/*
 * With what a source costs elsewhere, which doc/aem.md sums up, at most 256 bytes.
 */
static_assert(offsetof(struct aem_src, fd) + sizeof(struct aem_fd) <= 104);

static struct kmem_cache *source_fd_cache;
static struct kmem_cache *source_cache;

#define SOURCE_COMMON	(AEM_F_START | AEM_F_ONESHOT | AEM_F_ASYNC | \
			 AEM_F_STAMP | AEM_F_BOOST | AEM_F_KEEPALIVE)

/*
 * What each kind is, which flags and events it takes, whether it has records,
 * and whether what others do has to walk past it.
 */
static const struct source_kind {
	const struct aem_kind_ops *ops;
	u32 flags;
	u32 events;
	bool records;
	bool listens;
} source_kinds[__AEM_KIND_MAX] = {
	[AEM_KIND_FD] = {
		.ops	= &aem_fd_ops,
		.flags	= AEM_F_LEVEL | AEM_F_EXCLUSIVE,
		.events	= (__force u32)(EPOLLIN | EPOLLPRI | EPOLLOUT |
					EPOLLERR | EPOLLHUP | EPOLLRDNORM |
					EPOLLRDBAND | EPOLLWRNORM |
					EPOLLWRBAND | EPOLLMSG | EPOLLRDHUP),
	},
	[AEM_KIND_TIMER] = {
		.ops	= &aem_timer_ops,
		.flags	= AEM_F_RELATIVE,
	},
	[AEM_KIND_USER] = {
		.ops	= &aem_user_ops,
	},
	[AEM_KIND_PROC] = {
		.ops	= &aem_process_ops,
		.flags	= AEM_F_FOLLOW,
		.events	= AEM_PROC_FORK | AEM_PROC_EXEC | AEM_PROC_EXIT,
		.records = true,
		.listens = true,
	},
	[AEM_KIND_FILE] = {
		.ops	= &aem_file_ops,
		.flags	= AEM_F_CHILDREN,
		.events	= IN_ALL_EVENTS,
		.records = true,
		.listens = true,
	},
	[AEM_KIND_NET] = {
		.ops	= &aem_network_ops,
		.events	= AEM_NET_LINK | AEM_NET_ADDR | AEM_NET_NEIGH |
			  AEM_NET_ROUTE,
		.records = true,
		.listens = true,
	},
	[AEM_KIND_MEM] = {
		.ops	= &aem_memory_ops,
		.events	= AEM_MEM_RECLAIM | AEM_MEM_OOM,
		.listens = true,
	},
	[AEM_KIND_ACCEPT] = {
		.ops	= &aem_data_ops,
		.records = true,
	},
	[AEM_KIND_RECV] = {
		.ops	= &aem_data_ops,
		.records = true,
	},
	[AEM_KIND_PUB] = {
		.ops	= &aem_publish_ops,
		.events	= 0x7fff,
		.records = true,
		.listens = true,
	},
};

/* ---- one source ---------------------------------------------------------- */

static struct kmem_cache *source_cache_of(const struct aem_src *src)
{
	return aem_src_plain(src->kind, src->flags) ? source_fd_cache :
						      source_cache;
}

static struct aem_src *source_at(struct aem_ctx *ctx, u32 index)
{
	return rcu_dereference_protected(ctx->table[index],
					 lockdep_is_held(&ctx->lock));
}

static u64 source_id(const struct aem_src *src)
{
	return (u64)src->gen << 32 | src->index;
}

/**
 * aem_source_find() - the source of an id
 * @ctx: where to look
 * @id: as AEM_IOC_ADD gave it
 *
 * Context: Under ctx->lock or in an RCU read-side section.
 * Return: the source, or NULL.
 */
struct aem_src *aem_source_find(struct aem_ctx *ctx, u64 id)
{
	u32 index = id;
	struct aem_src *src;

	if (index >= ctx->nsources)
		return NULL;
	src = rcu_dereference_check(ctx->table[index],
				    lockdep_is_held(&ctx->lock));
	return src && src->gen == id >> 32 ? src : NULL;
}

static int source_check(struct aem_ctx *ctx, const struct aem_source *desc)
{
	const struct source_kind *kind;

	if (desc->kind >= __AEM_KIND_MAX || !source_kinds[desc->kind].ops)
		return -EINVAL;
	kind = &source_kinds[desc->kind];
	if (desc->flags & ~(SOURCE_COMMON | kind->flags) ||
	    desc->events & ~kind->events || !desc->events != !kind->events)
		return -EINVAL;
	if (!desc->cookie || desc->prio >= AEM_PRIOS ||
	    !desc->records != !kind->records)
		return -EINVAL;
	if (desc->flags & AEM_F_ASYNC && !ctx->ring[AEM_PRIOS].slots)
		return -EINVAL;
	return desc->flags & AEM_F_BOOST ? aem_boost_add(ctx) : 0;
}

/* A free place that no slot refers to any more, or -ENOSPC. */
static int source_place(struct aem_ctx *ctx)
{
	u32 tries, i = ctx->cursor;

	if (ctx->count == ctx->nsources)
		return -ENOSPC;
	for (tries = 0; tries < SOURCE_TRIES; tries++, i++) {
		i = find_next_zero_bit(ctx->used, ctx->nsources, i);
		if (i >= ctx->nsources)
			i = find_first_zero_bit(ctx->used, ctx->nsources);
		if (likely(!(READ_ONCE(ctx->states[i].word) & AEM_COUNT_MASK))) {
			ctx->cursor = i + 1;
			return i;
		}
	}
	return -ENOSPC;
}

static void source_set_prio(struct aem_src *src, u32 prio)
{
	WRITE_ONCE(src->ring, prio + (src->flags & AEM_F_ASYNC ? AEM_PRIOS : 0));
}

static struct aem_src *source_new(struct aem_ctx *ctx, u32 index,
				  const struct aem_source *desc)
{
	bool plain = aem_src_plain(desc->kind, desc->flags);
	struct aem_src *src;

	src = kmem_cache_zalloc(plain ? source_fd_cache : source_cache,
				GFP_KERNEL);
	if (!src)
		return NULL;
	src->ctx = ctx;
	src->index = index;
	src->kind = desc->kind;
	src->flags = desc->flags;
	src->events = desc->events;
	src->arm = AEM_ARM_WAIT;
	if (desc->flags & AEM_F_ASYNC)
		src->arm |= AEM_ARM_ASYNC;
	source_set_prio(src, desc->prio);
	src->gen = ctx->gen++;
	if (!ctx->gen)
		ctx->gen = 1;
	if (!plain)
		INIT_LIST_HEAD(&src->relook);
	return src;
}

static int source_start(struct aem_src *src)
{
	const struct aem_kind_ops *ops = source_kinds[src->kind].ops;

	WRITE_ONCE(src->on, 1);
	return ops->start ? ops->start(src) : 0;
}

static void source_stop(struct aem_src *src)
{
	const struct aem_kind_ops *ops = source_kinds[src->kind].ops;

	WRITE_ONCE(src->on, 0);
	if (ops->stop)
		ops->stop(src);
}

static void source_free_rcu(struct rcu_head *rcu)
{
	struct aem_src *src = container_of(rcu, struct aem_src, rcu);

	if (source_kinds[src->kind].ops->free)
		source_kinds[src->kind].ops->free(src);
	kmem_cache_free(source_cache_of(src), src);
}

static void source_collect(struct aem_ctx *ctx, u64 now);

static void source_del(struct aem_src *src)
{
	struct aem_ctx *ctx = src->ctx;

	trace_aem_del(src);
	source_stop(src);
	source_kinds[src->kind].ops->del(src);
	if (src->queued)
		source_collect(ctx, ktime_get_ns());
	if (!aem_src_plain(src->kind, src->flags))
		list_del_init(&src->relook);
	WRITE_ONCE(aem_state(src)->cookie, 0);
	RCU_INIT_POINTER(ctx->table[src->index], NULL);
	__clear_bit(src->index, ctx->used);
	ctx->count--;
	aem_limits_source_put(ctx, source_kinds[src->kind].listens);
	call_rcu(&src->rcu, source_free_rcu);
}

static int source_add(struct aem_ctx *ctx, struct aem_source *desc)
{
	struct aem_src *src;
	int index, err;

	desc->stream = 0;
	err = source_check(ctx, desc);
	if (err)
		return err;
	index = source_place(ctx);
	if (index < 0)
		return index;
	err = aem_limits_source(ctx, source_kinds[desc->kind].listens);
	if (err)
		return err;
	src = source_new(ctx, index, desc);
	if (!src) {
		err = -ENOMEM;
		goto err_limits;
	}
	err = source_kinds[src->kind].ops->add(src, desc);
	if (err) {
		/* Somebody may have found it meanwhile. */
		call_rcu(&src->rcu, source_free_rcu);
		goto err_limits;
	}
	WRITE_ONCE(aem_state(src)->word, 0);
	WRITE_ONCE(aem_state(src)->cookie, desc->cookie);
	__set_bit(index, ctx->used);
	ctx->count++;
	rcu_assign_pointer(ctx->table[index], src);
	desc->id = source_id(src);
	if (desc->flags & AEM_F_START) {
		err = source_start(src);
		if (err)
			source_del(src);
	}
	return err;

err_limits:
	aem_limits_source_put(ctx, source_kinds[desc->kind].listens);
	return err;
}

/* ---- many ---------------------------------------------------------------- */

/* Adds a few; what they became is written back to @user. */
static int source_add_some(struct aem_ctx *ctx, struct aem_source __user *user,
			   u32 n, u32 *added)
{
	struct aem_source desc[SOURCE_BATCH];
	u32 i;

	if (copy_from_user(desc, user, n * sizeof(*desc)))
		return -EFAULT;
	for (i = 0; i < n; i++) {
		desc[i].error = source_add(ctx, &desc[i]);
		if (desc[i].error)
			desc[i].id = 0;
		else
			++*added;
		trace_aem_add(ctx, &desc[i]);
	}
	return copy_to_user(user, desc, n * sizeof(*desc)) ? -EFAULT : 0;
}

/**
 * aem_source_add() - AEM_IOC_ADD
 * @ctx: where
 * @arg: the argument
 *
 * Context: Process context. Takes and releases ctx->lock. May sleep.
 * Return: 0 if every source has its own error or none, else a negative error;
 * then those that have been written back were added.
 */
long aem_source_add(struct aem_ctx *ctx, struct aem_add __user *arg)
{
	struct aem_source __user *user;
	struct aem_add add;
	u32 done = 0, n;
	long err = 0;

	if (copy_from_user(&add, arg, sizeof(add)))
		return -EFAULT;
	user = u64_to_user_ptr(add.sources);
	add.added = 0;
	mutex_lock(&ctx->lock);
	while (done < add.count && !err) {
		n = min_t(u32, add.count - done, SOURCE_BATCH);
		err = ctx->dead ? -ESHUTDOWN :
		      source_add_some(ctx, user + done, n, &add.added);
		done += n;
		cond_resched();
		if (fatal_signal_pending(current))
			err = -EINTR;
	}
	mutex_unlock(&ctx->lock);
	if (put_user(add.added, &arg->added))
		return -EFAULT;
	return err;
}

static int source_do(struct aem_src *src, const struct aem_ctl *ctl)
{
	switch (ctl->op) {
	case AEM_OP_START:
		return source_start(src);
	case AEM_OP_STOP:
		source_stop(src);
		return 0;
	case AEM_OP_DEL:
		source_del(src);
		return 0;
	case AEM_OP_PRIO:
		source_set_prio(src, ctl->prio);
		return 0;
	}
	return -EINVAL;
}

static int source_do_all(struct aem_ctx *ctx, struct aem_ctl *ctl)
{
	struct aem_src *src;
	int err, first = 0;
	u32 i;

	for_each_set_bit(i, ctx->used, ctx->nsources) {
		src = source_at(ctx, i);
		err = source_do(src, ctl);
		if (err && !first)
			first = err;
		ctl->done += !err;
		cond_resched();
	}
	return first;
}

static int source_do_some(struct aem_ctx *ctx, struct aem_ctl *ctl,
			  const u64 __user *user, u32 n)
{
	u64 ids[SOURCE_BATCH];
	struct aem_src *src;
	int err, first = 0;
	u32 i;

	if (copy_from_user(ids, user, n * sizeof(*ids)))
		return -EFAULT;
	for (i = 0; i < n; i++) {
		src = aem_source_find(ctx, ids[i]);
		err = src ? source_do(src, ctl) : -ENOENT;
		if (err && !first)
			first = err;
		ctl->done += !err;
	}
	return first;
}

static int source_do_listed(struct aem_ctx *ctx, struct aem_ctl *ctl)
{
	const u64 __user *user = u64_to_user_ptr(ctl->ids);
	int err, first = 0;
	u32 i, n;

	for (i = 0; i < ctl->count; i += n) {
		n = min_t(u32, ctl->count - i, SOURCE_BATCH);
		err = source_do_some(ctx, ctl, user + i, n);
		if (err && !first)
			first = err;
		if (err == -EFAULT || fatal_signal_pending(current))
			break;
		cond_resched();
	}
	return first;
}

/**
 * aem_source_ctl() - AEM_IOC_CTL
 * @ctx: where
 * @arg: the argument
 *
 * Context: Process context. Takes and releases ctx->lock. May sleep.
 * Return: 0, or the first error; the other sources were dealt with.
 */
long aem_source_ctl(struct aem_ctx *ctx, struct aem_ctl __user *arg)
{
	struct aem_ctl ctl;
	long err;

	if (copy_from_user(&ctl, arg, sizeof(ctl)))
		return -EFAULT;
	if (ctl.op > AEM_OP_PRIO || ctl.flags & ~AEM_CTL_ALL || ctl.pad ||
	    ctl.prio >= AEM_PRIOS)
		return -EINVAL;
	ctl.done = 0;
	mutex_lock(&ctx->lock);
	if (ctx->dead)
		err = -ESHUTDOWN;
	else if (ctl.flags & AEM_CTL_ALL)
		err = source_do_all(ctx, &ctl);
	else
		err = source_do_listed(ctx, &ctl);
	mutex_unlock(&ctx->lock);
	if (put_user(ctl.done, &arg->done))
		return -EFAULT;
	return err;
}

/**
 * aem_source_del_all() - the context ends
 * @ctx: the context
 *
 * Context: Process context, under ctx->lock. May sleep.
 */
void aem_source_del_all(struct aem_ctx *ctx)
{
	u32 i;

	lockdep_assert_held(&ctx->lock);
	for_each_set_bit(i, ctx->used, ctx->nsources) {
		source_del(source_at(ctx, i));
		cond_resched();
	}
}

/* ---- what has to be done in process context ------------------------------ */

/*
 * Takes over what was queued by those who could not sleep. A source of level
 * kind, which is looked at again and again, goes to ctx->relook, and so does one
 * with data while others wait there, for a buffer perhaps; another is looked at
 * now.
 */
static void source_collect(struct aem_ctx *ctx, u64 now)
{
	struct llist_node *list = llist_del_all(&ctx->work);
	struct aem_src *src, *next;

	lockdep_assert_held(&ctx->lock);
	list = llist_reverse_order(list);
	llist_for_each_entry_safe(src, next, list, work) {
		/* From here on it can be queued again; then it is looked at. */
		smp_store_mb(src->queued, 0);
		if (!READ_ONCE(src->on))
			continue;
		if (src->kind != AEM_KIND_FD && list_empty(&ctx->relook))
			aem_fd_fetch(src, now);
		else if (aem_src_plain(src->kind, src->flags))
			aem_fd_look(src, now);
		else if (list_empty(&src->relook))
			list_add_tail(&src->relook, &ctx->relook);
	}
}

/**
 * aem_work_run() - look at the sources that need it
 * @ctx: whose
 *
 * Context: Process context. Takes and releases ctx->lock. May sleep.
 */
void aem_work_run(struct aem_ctx *ctx)
{
	struct aem_src *src, *next;
	u64 now = ktime_get_ns();

	mutex_lock(&ctx->lock);
	WRITE_ONCE(ctx->hdr->work, 0);
	source_collect(ctx, now);
	list_for_each_entry_safe(src, next, &ctx->relook, relook) {
		if (src->kind == AEM_KIND_FD)
			aem_fd_look(src, now);
		else
			aem_fd_fetch(src, now);
	}
	if (!list_empty(&ctx->relook))
		WRITE_ONCE(ctx->hdr->work, 1);
	mutex_unlock(&ctx->lock);
}

/*
 * A cache that is merged with another keeps its name in sysfs for ever. One with
 * a part that may be copied to user space is not merged; nothing copies it.
 */
static struct kmem_cache *source_cache_new(const char *name, unsigned int size)
{
	return kmem_cache_create_usercopy(name, size, 0, SLAB_ACCOUNT, 0,
					  sizeof(void *), NULL);
}

/**
 * aem_source_init() - make the caches
 *
 * Context: Process context. May sleep.
 * Return: 0, or -ENOMEM.
 */
int aem_source_init(void)
{
	source_fd_cache = source_cache_new("aem_fd",
					   offsetof(struct aem_src, fd) +
					   sizeof(struct aem_fd));
	source_cache = source_cache_new("aem_source", sizeof(struct aem_src));
	if (source_fd_cache && source_cache)
		return 0;
	kmem_cache_destroy(source_fd_cache);
	kmem_cache_destroy(source_cache);
	return -ENOMEM;
}

/**
 * aem_source_exit() - destroy the caches
 *
 * Context: Process context. May sleep: for the grace period of the last sources
 * that were deleted.
 */
void aem_source_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(source_fd_cache);
	kmem_cache_destroy(source_cache);
}
