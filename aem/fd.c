// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sources that are descriptors: any file that can be polled.
 *
 * The file's poll function tells its wait queues, and an entry of ours is put
 * into each. What wakes the queue calls aem_fd_wake() with what happened, and
 * that posts. So an event is an edge, and the count says how many there were.
 * A source of level kind is polled again after it was taken, by aem_work_run();
 * so is one whose waker does not say what happened.
 *
 * The entry in the first queue is part of the source, because nearly all files
 * have one queue.
 *
 * A file is held (watched.c), so its queues stay, with one exception: a queue
 * may belong to something that goes earlier (signalfd: the process). Who frees
 * it then wakes it with POLLFREE and frees it a grace period later. aem_fd_wake()
 * takes the entry out and clears @head, with release, as the last it does
 * with the source; fd_unhook() loads @head with acquire in an RCU read-side
 * section, so that it finds either NULL or a queue that still exists.
 *
 * A file that is held is not closed by close(). closing.c says when a descriptor
 * is being closed, aem_fd_closing(), and all files of a context are looked at from
 * time to time besides, because others may hold a file for a while: a system call
 * that is under way, a message in a socket. Where nobody else holds it any more
 * the source says AEM_EV_CLOSED and lets go of it.
 */
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/jiffies.h>
#include <linux/magic.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "aem.h"

/* Each round of the reaper looks at a part of the table, at least at so many. */
#define FD_REAP_MS	250
#define FD_RETRY_MS	20
/* Ticks that a descriptor may take from being closed to having been closed. */
#define FD_CLOSE_TRIES	32
#define FD_REAP_PART	8
#define FD_REAP_MIN	1024

/* ---- what wakes ---------------------------------------------------------- */

/* A source of level kind or one that happens once. */
static noinline int fd_happened_special(struct aem_src *src, __poll_t what)
{
	if (src->flags & AEM_F_ONESHOT && !xchg(&src->on, 0))
		return 0;
	if (src->flags & AEM_F_LEVEL)
		aem_todo_queue(src);
	return aem_post(src, (__force u64)what, 1);
}

/* Of an exclusive wake-up: taken only by who did not have one yet. */
static __always_inline int fd_happened(struct aem_src *src, __poll_t what)
{
	if (unlikely(src->flags & (AEM_F_ONESHOT | AEM_F_LEVEL)))
		return fd_happened_special(src, what);
	return aem_post(src, (__force u64)what, 1);
}

/* The waker did not say what happened, or said it for data to be fetched. */
static noinline int fd_look_later(struct aem_src *src)
{
	aem_todo_queue(src);
	aem_bell_check(src);
	return 1;
}

static noinline int fd_gone(struct aem_wait *wait)
{
	list_del_init(&wait->entry.entry);
	/* Pairs with fd_unhook(): the source may be freed from here on. */
	smp_store_release(&wait->head, NULL);
	return 1;
}

static __always_inline int fd_wake(struct aem_src *src, struct aem_wait *wait,
				   void *key)
{
	__poll_t mine, what = key_to_poll(key);

	if (unlikely(what & POLLFREE))
		return fd_gone(wait);
	if (!READ_ONCE(src->on))
		return 0;
	mine = what & (__force __poll_t)src->events;
	if (unlikely(!mine))
		return what ? 0 : fd_look_later(src);
	if (unlikely(src->kind != AEM_KIND_FD))
		return fd_look_later(src);
	return fd_happened(src, mine);
}

static int aem_fd_wake(wait_queue_entry_t *entry, unsigned int mode, int flags,
		       void *key)
{
	struct aem_src *src = container_of(entry, struct aem_src,
					   fd.wait.entry);

	return fd_wake(src, &src->fd.wait, key);
}

static int aem_fd_wake_more(wait_queue_entry_t *entry, unsigned int mode,
			    int flags, void *key)
{
	struct aem_more *more = container_of(entry, struct aem_more,
					     wait.entry);

	return fd_wake(more->src, &more->wait, key);
}

/* ---- into the queues and out --------------------------------------------- */

/**
 * struct fd_table - a poll table that hooks a source
 * @pt: the kernel's part
 * @src: the source
 * @err: there was no memory for a further queue
 */
struct fd_table {
	poll_table pt;
	struct aem_src *src;
	int err;
};

/*
 * What is private in an entry is for who made it; no file of those that are
 * watched looks at it.
 */
static void fd_hook_entry(struct aem_src *src, struct aem_wait *wait,
			  wait_queue_head_t *head, wait_queue_func_t func)
{
	init_waitqueue_func_entry(&wait->entry, func);
	wait->head = head;
	if (src->flags & AEM_F_EXCLUSIVE)
		add_wait_queue_exclusive(head, &wait->entry);
	else
		add_wait_queue(head, &wait->entry);
}

static void fd_hook(struct file *file, wait_queue_head_t *head, poll_table *pt)
{
	struct fd_table *table = container_of(pt, struct fd_table, pt);
	struct aem_src *src = table->src;
	struct aem_more *more;

	if (!head)
		return;
	if (!src->attached) {
		src->attached = true;
		fd_hook_entry(src, &src->fd.wait, head, aem_fd_wake);
		return;
	}
	more = kmalloc(sizeof(*more), GFP_KERNEL_ACCOUNT);
	if (!more) {
		table->err = -ENOMEM;
		return;
	}
	more->src = src;
	fd_hook_entry(src, &more->wait, head, aem_fd_wake_more);
	more->wait.entry.private = src->fd.wait.entry.private;
	src->fd.wait.entry.private = more;
}

static void fd_unhook(struct aem_wait *wait)
{
	wait_queue_head_t *head;

	rcu_read_lock();
	/* Pairs with the release in fd_gone(). */
	head = smp_load_acquire(&wait->head);
	if (head)
		remove_wait_queue(head, &wait->entry);
	/* Or fd_mark_all() would find a queue that nobody says farewell from. */
	WRITE_ONCE(wait->head, NULL);
	rcu_read_unlock();
}

/* Another source of the same file in a queue, or NULL. */
static struct aem_src *fd_other(wait_queue_head_t *head,
				const struct aem_src *src)
{
	struct aem_src *other, *found = NULL;
	wait_queue_entry_t *entry;
	unsigned long flags;

	spin_lock_irqsave(&head->lock, flags);
	list_for_each_entry(entry, &head->head, entry) {
		if (entry->func != aem_fd_wake)
			continue;
		other = container_of(entry, struct aem_src, fd.wait.entry);
		if (other != src && other->fd.watched == src->fd.watched) {
			found = other;
			break;
		}
	}
	spin_unlock_irqrestore(&head->lock, flags);
	return found;
}

/**
 * aem_fd_leave() - take a source out of its file's first queue
 * @src: the source
 * @look: look for another source of the same file
 *
 * Context: Process context; under the lock of the file's bucket, so that the other
 * does not leave meanwhile.
 * Return: the other source, or NULL.
 */
struct aem_src *aem_fd_leave(struct aem_src *src, bool look)
{
	struct aem_src *other = NULL;
	wait_queue_head_t *head;

	if (!src->attached)
		return NULL;
	rcu_read_lock();
	/* Pairs with the release in fd_gone(). */
	head = smp_load_acquire(&src->fd.wait.head);
	if (head && look)
		other = fd_other(head, src);
	fd_unhook(&src->fd.wait);
	rcu_read_unlock();
	src->attached = false;
	return other;
}

/* Lets go of the file; nothing posts any more. */
static void fd_detach(struct aem_src *src)
{
	struct aem_more *more;

	while ((more = src->fd.wait.entry.private)) {
		src->fd.wait.entry.private = more->wait.entry.private;
		fd_unhook(&more->wait);
		kfree(more);
	}
	if (src->fd.watched) {
		aem_watched_put(src->fd.watched, src);
		src->ctx->nfds--;
	}
	src->fd.watched = NULL;
}

static __poll_t fd_poll(struct aem_src *src)
{
	struct fd_table table = { .src = src };
	__poll_t what;

	/* A second start finds the entries where they are. */
	init_poll_funcptr(&table.pt, src->attached ? NULL : fd_hook);
	table.pt._key = (__force __poll_t)src->events;
	what = vfs_poll(src->fd.watched->file, &table.pt);
	if (table.err)
		return EPOLLNVAL;
	return what & (__force __poll_t)src->events;
}

/* ---- the kind ------------------------------------------------------------ */

static __always_inline bool fd_is_anonymous(const struct file *file,
					    const char *name)
{
	const struct dentry *dentry = file->f_path.dentry;

	/* The length first: this is asked of every file that is added. */
	return dentry->d_name.len == strlen(name) &&
	       dentry->d_sb->s_magic == ANON_INODE_FS_MAGIC &&
	       !memcmp(dentry->d_name.name, name, strlen(name));
}

/*
 * Event queues that are watched by event queues can be made into a ring, and
 * wake each other for ever under each other's locks. Ours and epoll are
 * refused; epoll has no name that a module could ask for but this.
 */
static bool fd_is_event_queue(const struct file *file)
{
	return file->f_op == &aem_device_fops ||
	       fd_is_anonymous(file, "[eventpoll]");
}

/**
 * aem_fd_add() - watch the file of a descriptor
 * @src: a new source; its events are set
 * @desc: which descriptor
 *
 * Context: Process context, under ctx->lock. May sleep.
 * Return: 0, or a negative error.
 */
int aem_fd_add(struct aem_src *src, struct aem_source *desc)
{
	struct aem_ctx *ctx = src->ctx;
	struct file *file;
	int err = 0;

	if (desc->flags & AEM_F_EXCLUSIVE && desc->flags & AEM_F_ONESHOT)
		return -EINVAL;
	file = fget(desc->fd);
	if (!file)
		return -EBADF;
	if (!file_can_poll(file))
		err = -EPERM;
	else if (fd_is_event_queue(file))
		err = -ELOOP;
	else
		src->fd.watched = aem_watched_get(file, src);
	if (!err && !src->fd.watched)
		err = -ENOMEM;
	/* It wakes under the lock that sending a signal takes. */
	if (fd_is_anonymous(file, "[signalfd]"))
		src->arm |= AEM_ARM_LATE;
	fput(file);
	if (err)
		return err;
	src->events |= (__force u32)(EPOLLERR | EPOLLHUP);
	if (!ctx->nfds++)
		queue_delayed_work(aem_workqueue, &ctx->reaper,
				   msecs_to_jiffies(FD_REAP_MS));
	return 0;
}

/**
 * aem_fd_start() - let it happen, and if it is ready have it happen now
 * @src: the source
 *
 * Context: Process context, under ctx->lock. May sleep.
 * Return: 0, -EBADF if the descriptor was closed, or -ENOMEM.
 */
int aem_fd_start(struct aem_src *src)
{
	__poll_t what;

	if (src->closed)
		return -EBADF;
	what = fd_poll(src);
	if (src->attached)
		aem_watched_hooked(src->fd.watched, src);
	if (what & EPOLLNVAL) {
		WRITE_ONCE(src->on, 0);
		fd_detach(src);
		src->closed = true;
		return -ENOMEM;
	}
	if (!what)
		return 0;
	if (src->kind == AEM_KIND_FD)
		fd_happened(src, what);
	else
		fd_look_later(src);
	return 0;
}

/**
 * aem_fd_del() - watch the file no longer
 * @src: the source
 *
 * Context: Process context, under ctx->lock. May sleep.
 */
void aem_fd_del(struct aem_src *src)
{
	fd_detach(src);
}

const struct aem_kind_ops aem_fd_ops = {
	.add	= aem_fd_add,
	.start	= aem_fd_start,
	.del	= aem_fd_del,
};

/* ---- in process context -------------------------------------------------- */

static void fd_close(struct aem_src *src)
{
	WRITE_ONCE(src->on, 0);
	fd_detach(src);
	src->closed = true;
	aem_post(src, AEM_EV_CLOSED, 1);
}

/**
 * aem_fd_fetch() - take the data of a source
 * @src: the source, of a kind with data
 * @now: CLOCK_MONOTONIC
 *
 * It enters ctx->relook when there may be more to take, and leaves it otherwise.
 *
 * Context: Process context of the consumer, under ctx->lock. May sleep.
 */
void aem_fd_fetch(struct aem_src *src, u64 now)
{
	if (unlikely(!READ_ONCE(src->on) || src->closed ||
		     aem_watched_closed(src->fd.watched))) {
		aem_fd_look(src, now);
		return;
	}
	if (likely(aem_data_fetch(src, now) != list_empty(&src->relook)))
		return;
	if (list_empty(&src->relook))
		list_add_tail(&src->relook, &src->ctx->relook);
	else
		list_del_init(&src->relook);
}

/**
 * aem_fd_look() - poll a source again
 * @src: the source; one with data only if it is off or its file was closed
 * @now: CLOCK_MONOTONIC
 *
 * One of level kind is in ctx->relook, and leaves it when there is nothing more to
 * look for.
 *
 * Context: Process context, under ctx->lock. May sleep.
 */
void aem_fd_look(struct aem_src *src, u64 now)
{
	bool relooks = !aem_src_plain(src->kind, src->flags);
	__poll_t what;

	if (!READ_ONCE(src->on) || src->closed) {
		if (relooks)
			list_del_init(&src->relook);
		return;
	}
	if (src->kind == AEM_KIND_FD && relooks &&
	    READ_ONCE(aem_state(src)->word) & AEM_COUNT_MASK)
		return;
	if (aem_watched_closed(src->fd.watched)) {
		if (relooks)
			list_del_init(&src->relook);
		fd_close(src);
		return;
	}
	what = vfs_poll(src->fd.watched->file, NULL) &
	       (__force __poll_t)src->events;
	if (!what) {
		if (relooks)
			list_del_init(&src->relook);
		return;
	}
	if (src->flags & AEM_F_ONESHOT && !xchg(&src->on, 0))
		return;
	aem_post(src, (__force u64)what, 1);
}

/* Did a source's file go? Otherwise, is it about to? */
static bool fd_reap_one(struct aem_ctx *ctx, u32 index)
{
	struct aem_src *src;

	src = rcu_dereference_protected(ctx->table[index],
					lockdep_is_held(&ctx->lock));
	if (!src || !aem_kind_watches(src->kind) || !src->fd.watched)
		return false;
	if (!aem_watched_closed(src->fd.watched))
		return file_count(src->fd.watched->file) == 2;
	fd_close(src);
	return false;
}

/*
 * Those that aem_fd_closing() marked. Who closes may have been interrupted
 * before the descriptor was gone: then once more in a tick, some times.
 */
static bool fd_reap_closing(struct aem_ctx *ctx)
{
	bool again = false;
	u32 i;

	/* From here on who marks has us come again. */
	smp_store_mb(ctx->closing_soon, 0);
	for_each_set_bit(i, ctx->closing, ctx->nsources) {
		clear_bit(i, ctx->closing);
		/* Who marks from here on is not overlooked. */
		smp_mb__after_atomic();
		if (fd_reap_one(ctx, i) && ctx->closing_tries < FD_CLOSE_TRIES) {
			set_bit(i, ctx->closing);
			again = true;
		}
	}
	ctx->closing_tries = again ? ctx->closing_tries + 1 : 0;
	return again;
}

static void fd_reap_round(struct aem_ctx *ctx)
{
	u32 n = max_t(u32, ctx->nsources / FD_REAP_PART, FD_REAP_MIN);

	for (n = min(n, ctx->nsources); n; n--) {
		if (ctx->reap_cursor >= ctx->nsources)
			ctx->reap_cursor = 0;
		fd_reap_one(ctx, ctx->reap_cursor++);
	}
	ctx->reap_at = jiffies + msecs_to_jiffies(FD_REAP_MS);
}

/**
 * aem_fd_reap() - look for descriptors that were closed
 * @work: ctx->reaper
 *
 * Context: Process context. Takes and releases ctx->lock. May sleep.
 */
void aem_fd_reap(struct work_struct *work)
{
	struct aem_ctx *ctx = container_of(to_delayed_work(work),
					   struct aem_ctx, reaper);
	unsigned long delay;
	bool again;

	/*
	 * Who holds it may wait for another process (a file of FUSE that is
	 * polled); the works of other contexts do not wait with him.
	 */
	if (!mutex_trylock(&ctx->lock)) {
		if (!READ_ONCE(ctx->dead))
			queue_delayed_work(aem_workqueue, &ctx->reaper,
					   msecs_to_jiffies(FD_RETRY_MS));
		return;
	}
	again = fd_reap_closing(ctx);
	if (time_after_eq(jiffies, ctx->reap_at))
		fd_reap_round(ctx);
	delay = again ? 1 : max(1L, (long)(ctx->reap_at - jiffies));
	if (ctx->nfds && !ctx->dead)
		queue_delayed_work(aem_workqueue, &ctx->reaper, delay);
	mutex_unlock(&ctx->lock);
}

/* ---- while a descriptor is being closed ---------------------------------- */

static void fd_mark(struct aem_src *src)
{
	struct aem_ctx *ctx = src->ctx;

	if (READ_ONCE(ctx->dead))
		return;
	set_bit(src->index, ctx->closing);
	if (READ_ONCE(src->on))
		aem_todo_queue(src);
	/* Pairs with smp_store_mb() in fd_reap_closing(). */
	if (!xchg(&ctx->closing_soon, 1))
		mod_delayed_work(aem_workqueue, &ctx->reaper, 1);
}

/* All sources in a queue. */
static void fd_mark_all(wait_queue_head_t *head)
{
	wait_queue_entry_t *entry;
	unsigned long flags;

	spin_lock_irqsave(&head->lock, flags);
	list_for_each_entry(entry, &head->head, entry) {
		if (entry->func == aem_fd_wake)
			fd_mark(container_of(entry, struct aem_src,
					     fd.wait.entry));
	}
	spin_unlock_irqrestore(&head->lock, flags);
}

/**
 * aem_fd_closing() - a descriptor of a watched file is being closed
 * @src: one of the sources that watch the file
 *
 * Has all of them looked at, once the descriptor has gone.
 *
 * Context: Process context; preemption off; @src is watching.
 */
void aem_fd_closing(struct aem_src *src)
{
	wait_queue_head_t *head;

	rcu_read_lock();
	/* Pairs with the release in fd_gone(). */
	head = smp_load_acquire(&src->fd.wait.head);
	if (head)
		fd_mark_all(head);
	else
		fd_mark(src);
	rcu_read_unlock();
}
