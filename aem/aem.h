/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of aem share: contexts and sources.
 *
 * Locking, from the outside in:
 *
 * - ctx->lock, a mutex: the table of sources, and everything that adds,
 *   starts, stops and deletes them. Process context.
 * - the lock of a watched wait queue: held by who calls aem_fd_wake(), taken by
 *   the kernel when a wait entry is added or removed.
 * - ctx->timer_lock: the wheel. Interrupts off.
 * - ctx->post_lock: sources that happen in contexts of no order (processes,
 *   network, publishers, fire): holding it, a source that is on can be posted
 *   and will not be deleted. Interrupts off.
 * - ctx->pollq.lock: held while epoll and io_uring are told. Taken with none of
 *   ours held, and never inside itself: see bell.c.
 *
 * Posting (aem_post()) takes no lock at all. Who posts must hold off the
 * deletion of the source: by one of the locks above.
 *
 * Lifetime: a context is freed when the last reference is put (the file has
 * one, its target, and its shutdown), a grace period of RCU later. Its sources
 * end before that: when the file is released or the mapping ends, whichever is
 * first. A source is freed a grace period after it left the table.
 */
#ifndef _AEM_AEM_H
#define _AEM_AEM_H

#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/kref.h>
#include <linux/llist.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/tracepoint-defs.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/aem.h>

#include "ring.h"
#include "wheel.h"

struct aem_boost;
struct aem_mark;
struct aem_publisher;
struct aem_user;

/*
 * Bits beside AEM_ARM_*. AEM_ARM_LATE: who posts may hold a lock that ringing
 * needs. AEM_ARM_POLL: ctx->pollq is to be told, whatever is armed.
 */
#define AEM_ARM_LATE	(1u << 6)
#define AEM_ARM_POLL	(1u << 7)

struct aem_target;

/**
 * struct aem_ctx - one open of /dev/aem
 * @hdr: first page of the mapping, as the kernel sees it; NULL before setup
 * @states: in the mapping
 * @records: in the mapping
 * @bufids: in the mapping: the ring of free buffers
 * @bufs: in the mapping
 * @sleeper: thread in AEM_IOC_WAIT; see aem_wait()
 * @stamping: every event is to have its time
 * @stamp_always: as was asked for at setup
 * @dead: no source will be added or started any more
 * @stamp_until: jiffies; see procfs.c
 * @ring: kernel's view of the rings
 * @work: sources that need something done in process context
 * @pollq: who polls the descriptor
 * @target: thread that is interrupted for AEM_F_ASYNC. RCU; written under @lock
 * @late: AEM_ARM_* to ring for in @late_work
 * @late_work: rings where it could not be done at once
 * @lock: see above
 * @post_lock: see above
 * @table: by index. Written under @lock, read under RCU too
 * @used: bit i: index i is taken
 * @records_used: bit i: record i is taken
 * @nrecords: entries of @records
 * @nbufs: entries of @bufids, a power of two
 * @buf_size: of each buffer
 * @buf_head: free buffers taken; under @lock
 * @nsources: entries of @table
 * @count: sources that exist
 * @cursor: where to look for a free index
 * @gen: of the next source; never 0
 * @relook: sources to poll again, or with data still to fetch; under @lock
 * @timer_lock: see above
 * @timer: for the first timer in @wheel
 * @wheel: timers that run
 * @armed_ns: time that @timer is set to; AEM_WHEEL_NEVER
 * @reaper: looks for descriptors that were closed
 * @reap_cursor: how far it came
 * @reap_at: jiffies of its next round
 * @closing: bit i: the file of source i may have been closed
 * @closing_soon: the reaper comes in a tick
 * @closing_tries: how often it came for the same
 * @nfds: sources that hold a file
 * @mm: address space that set the context up; held by mmgrab()
 * @mappings: number of areas that map the pages
 * @ref: see above
 * @boost: for AEM_F_BOOST; NULL before the first. Written under @lock
 * @user: who is charged
 * @pages: of the mapping
 * @npages: how many
 * @id: of this context, for /proc/aem
 * @pid: process that set it up
 * @comm: its name then
 * @waits: calls of AEM_IOC_WAIT that slept
 * @bells: doorbells rung
 * @shutdown_work: ends the sources when the mapping has gone
 * @free_work: frees the context
 * @link: in aem_ctx_list; RCU
 */
struct aem_ctx {
	struct aem_header *hdr;
	struct aem_state *states;
	struct aem_record *records;
	u32 *bufids;
	void *bufs;
	struct task_struct *sleeper;
	bool stamping;
	bool stamp_always;
	bool dead;
	unsigned long stamp_until;
	struct aem_ring ring[AEM_RINGS];
	struct llist_head work;
	wait_queue_head_t pollq;
	struct aem_target __rcu *target;
	atomic_t late;
	struct irq_work late_work;

	struct mutex lock;
	spinlock_t post_lock;
	struct aem_src __rcu **table;
	unsigned long *used;
	unsigned long *records_used;
	u32 nrecords;
	u32 nbufs;
	u32 buf_size;
	u32 buf_head;
	u32 nsources;
	u32 count;
	u32 cursor;
	u32 gen;
	struct list_head relook;

	spinlock_t timer_lock;
	struct hrtimer timer;
	struct aem_wheel wheel;
	u64 armed_ns;

	struct delayed_work reaper;
	u32 reap_cursor;
	unsigned long reap_at;
	unsigned long *closing;
	u32 closing_soon;
	u32 closing_tries;
	u32 nfds;

	struct mm_struct *mm;
	atomic_t mappings;
	struct kref ref;
	struct aem_boost *boost;
	struct aem_user *user;
	struct page **pages;
	unsigned long npages;
	u32 id;
	struct pid *pid;
	char comm[TASK_COMM_LEN];
	atomic_long_t waits;
	atomic_long_t bells;
	struct work_struct shutdown_work;
	struct rcu_work free_work;
	struct list_head link;
};

/**
 * struct aem_wait - an entry in a wait queue of a watched file
 * @entry: the kernel's part; what is private in it is the next of the file's
 *	struct aem_more, or NULL
 * @head: the queue; NULL before and after, and when it went away (POLLFREE)
 */
struct aem_wait {
	wait_queue_entry_t entry;
	wait_queue_head_t *head;
};

/**
 * struct aem_more - entries of a file that has several wait queues
 * @wait: the entry
 * @src: whose
 */
struct aem_more {
	struct aem_wait wait;
	struct aem_src *src;
};

/**
 * struct aem_fd - what a source of AEM_KIND_FD has besides
 * @wait: in the file's first wait queue
 * @watched: the file
 */
struct aem_fd {
	struct aem_wait wait;
	struct aem_watched *watched;
};

/**
 * struct aem_watched - a file that is watched, once however many watch it
 * @next: in its bucket of watched.c
 * @file: the file; one reference
 * @src: one of the sources, by which closing.c finds the others: one that is in
 *	the file's first queue, if there is one. Written under the lock of the bucket
 * @users: number of sources. Under the lock of the bucket
 */
struct aem_watched {
	struct aem_watched *next;
	struct file *file;
	struct aem_src *src;
	unsigned int users;
};

/**
 * aem_watched_closed() - does nobody but us hold the file?
 * @watched: held by the caller
 */
static inline bool aem_watched_closed(const struct aem_watched *watched)
{
	return file_count(watched->file) == 1;
}

/**
 * struct aem_tick - what a timer has besides
 * @due: in the wheel while it runs
 * @first_ns: as given
 * @period_ns: 0: once
 * @slack_ns: how much later it may come
 */
struct aem_tick {
	struct aem_due due;
	u64 first_ns;
	u64 period_ns;
	u64 slack_ns;
};

/**
 * struct aem_log - the records of a source
 * @at: index of its struct aem_stream; 0: none
 * @mask: number of records - 1
 * @tail: records written. Under ctx->post_lock or, see data.c, ctx->lock
 * @lost: what could not be written. Under ctx->post_lock
 */
struct aem_log {
	u32 at;
	u32 mask;
	u32 tail;
	u64 lost;
};

/**
 * struct aem_proc - what AEM_KIND_PROC has besides; see process.c
 * @links: to the processes
 * @nlinks: how many
 * @gone: no more links
 * @ns: in which process ids are told
 * @user_ns: in which user ids are told
 */
struct aem_proc {
	struct hlist_head links;
	u32 nlinks;
	bool gone;
	struct pid_namespace *ns;
	struct user_namespace *user_ns;
};

/**
 * struct aem_net - what AEM_KIND_NET has besides; see network.c
 * @node: in the list of them
 * @net: the namespace; a reference
 * @ifindex: interface, 0: all
 * @routes: for AEM_NET_ROUTE
 */
struct aem_net {
	struct list_head node;
	struct net *net;
	int ifindex;
	struct notifier_block routes;
};

/**
 * struct aem_listen - what AEM_KIND_PUB has besides; see publish.c
 * @node: in the list of the publisher's listeners
 * @publisher: whose
 */
struct aem_listen {
	struct list_head node;
	struct aem_publisher *publisher;
};

/**
 * struct aem_src - a source
 * @ctx: where it belongs
 * @index: in the table
 * @ring: number of the ring
 * @kind: enum aem_kind
 * @on: started. Cleared by who posts a oneshot
 * @arm: AEM_ARM_* that it rings for
 * @events: what the consumer asked for
 * @flags: AEM_F_*
 * @gen: upper half of the id
 * @posted: how often it happened
 * @queued: it is in ctx->work
 * @attached: the wait entries are in their queues. Under ctx->lock
 * @closed: the descriptor was closed, all is detached. Under ctx->lock
 * @work: in ctx->work
 * @rcu: once it is out of the table
 * @fd: AEM_KIND_FD, ACCEPT, RECV
 * @relook: in ctx->relook
 * @log: kinds with records
 * @tick: AEM_KIND_TIMER
 * @proc: AEM_KIND_PROC
 * @mark: AEM_KIND_FILE
 * @net: AEM_KIND_NET
 * @memory: AEM_KIND_MEM: in the list of them
 * @listen: AEM_KIND_PUB
 *
 * For a plain AEM_KIND_FD the part up to @fd is all that is allocated: see
 * aem_src_plain(). Its size counts: at most 256 bytes a source with all that
 * belongs to it.
 */
struct aem_src {
	struct aem_ctx *ctx;
	u32 index;
	u8 ring;
	u8 kind;
	u8 on;
	u8 arm;
	u32 events;
	u32 flags;
	u64 posted;
	u32 gen;
	u8 queued;
	u8 attached;
	u8 closed;
	struct llist_node work;
	union {
		struct rcu_head rcu;
		struct aem_fd fd;
	};
	/* From here on: not of a plain AEM_KIND_FD. */
	struct list_head relook;
	struct aem_log log;
	union {
		struct aem_tick tick;
		struct aem_proc proc;
		struct aem_mark *mark;
		struct aem_net net;
		struct list_head memory;
		struct aem_listen listen;
	};
};

/**
 * enum aem_target_use - who needs a target
 * @AEM_TARGET_IDLE: its context
 * @AEM_TARGET_QUEUED: its context, and a task work that is queued or runs
 * @AEM_TARGET_GONE: not its context any more; the task work, if there is one,
 *	frees it
 */
enum aem_target_use {
	AEM_TARGET_IDLE,
	AEM_TARGET_QUEUED,
	AEM_TARGET_GONE,
};

/**
 * struct aem_target - a thread to be interrupted for AEM_F_ASYNC
 * @task: the thread
 * @how: as asked for
 * @ctx: for which context; a reference
 * @use: enum aem_target_use
 * @work: the task work
 * @rcu: frees it
 */
struct aem_target {
	struct task_struct *task;
	struct aem_notify how;
	struct aem_ctx *ctx;
	u32 use;
	struct callback_head work;
	struct rcu_head rcu;
};

/**
 * struct aem_kind_ops - what a kind of source does
 * @add: checks and takes over what the consumer asked for; on error leaves
 *	nothing behind
 * @start: lets it happen; @src->on is set. May be called when it runs already
 * @stop: @src->on is cleared: nothing is posted any more
 * @del: undoes @add; afterwards nothing posts
 * @free: a grace period later, in a softirq; also when @add had failed
 *
 * All others are called with ctx->lock held and may sleep. Only @add and @del
 * must be there.
 */
struct aem_kind_ops {
	int (*add)(struct aem_src *src, struct aem_source *desc);
	int (*start)(struct aem_src *src);
	void (*stop)(struct aem_src *src);
	void (*del)(struct aem_src *src);
	void (*free)(struct aem_src *src);
};

extern const struct aem_kind_ops aem_fd_ops;
extern const struct aem_kind_ops aem_timer_ops;
extern const struct aem_kind_ops aem_user_ops;
extern const struct aem_kind_ops aem_process_ops;
extern const struct aem_kind_ops aem_file_ops;
extern const struct aem_kind_ops aem_network_ops;
extern const struct aem_kind_ops aem_memory_ops;
extern const struct aem_kind_ops aem_publish_ops;
extern const struct aem_kind_ops aem_data_ops;

/* context.c */
extern struct workqueue_struct *aem_workqueue;
extern struct list_head aem_ctx_list;
struct aem_ctx *aem_ctx_new(void);
void aem_ctx_put(struct aem_ctx *ctx);
int aem_ctx_setup(struct aem_ctx *ctx, struct aem_setup *setup);
int aem_ctx_map(struct aem_ctx *ctx, struct vm_area_struct *vma);
void aem_ctx_shutdown(struct aem_ctx *ctx);
int aem_ctx_init(void);
void aem_ctx_exit(void);

/* source.c */
int aem_source_init(void);
void aem_source_exit(void);
long aem_source_add(struct aem_ctx *ctx, struct aem_add __user *arg);
long aem_source_ctl(struct aem_ctx *ctx, struct aem_ctl __user *arg);
void aem_source_del_all(struct aem_ctx *ctx);
struct aem_src *aem_source_find(struct aem_ctx *ctx, u64 id);
void aem_work_run(struct aem_ctx *ctx);

/* bell.c */
void aem_bell(struct aem_ctx *ctx, u32 arm);
void aem_bell_init(struct aem_ctx *ctx);
void aem_bell_end(struct aem_ctx *ctx);
void aem_bell_free(struct aem_ctx *ctx);
int aem_bell_notify(struct aem_ctx *ctx, const struct aem_notify *notify);
void aem_bell_signal(const struct aem_target *target);
void aem_target_free(struct aem_target *target);
long aem_wait(struct aem_ctx *ctx, unsigned long ns);
__poll_t aem_bell_poll(struct aem_ctx *ctx, struct file *file,
		       poll_table *table);

/* boost.c */
int aem_boost_add(struct aem_ctx *ctx);
void aem_boost_want(struct aem_ctx *ctx);
void aem_boost_done(struct aem_ctx *ctx);
void aem_boost_free(struct aem_ctx *ctx);
void aem_boost_exit(struct aem_ctx *ctx);

/* upcall.c */
bool aem_upcall_queue(struct aem_target *target);
int aem_upcall_check(struct aem_target *target);
int aem_upcall_init(void);
void aem_upcall_exit(void);

/* data.c */
bool aem_data_fetch(struct aem_src *src, u64 now);
int aem_data_init(void);

/* fd.c */
int aem_fd_add(struct aem_src *src, struct aem_source *desc);
int aem_fd_start(struct aem_src *src);
void aem_fd_del(struct aem_src *src);
void aem_fd_fetch(struct aem_src *src, u64 now);
void aem_fd_look(struct aem_src *src, u64 now);
void aem_fd_reap(struct work_struct *work);
void aem_fd_closing(struct aem_src *src);
struct aem_src *aem_fd_leave(struct aem_src *src, bool look);

/* watched.c */
struct aem_watched *aem_watched_get(struct file *file, struct aem_src *src);
void aem_watched_hooked(struct aem_watched *watched, struct aem_src *src);
void aem_watched_put(struct aem_watched *watched, struct aem_src *src);
void aem_watched_closing(struct file *file);
int aem_watched_init(void);
void aem_watched_exit(void);

/* closing.c */
int aem_closing_init(void);
void aem_closing_exit(void);

/* timer.c */
void aem_timer_init(struct aem_ctx *ctx);
void aem_timer_exit(struct aem_ctx *ctx);
long aem_timer_set(struct aem_ctx *ctx, const struct aem_timer *timer);

/* user.c */
long aem_user_fire(struct aem_ctx *ctx, const struct aem_fire *fire);

/* stream.c */
int aem_stream_add(struct aem_src *src, struct aem_source *desc);
void aem_stream_del(struct aem_src *src);
bool aem_stream_put(struct aem_src *src, const void *head, size_t head_len,
		    const void *data, size_t len);
void aem_happen(struct aem_src *src, u64 events, const void *head,
		size_t head_len, const void *data, size_t len);
void aem_happen_stop(struct aem_src *src);

/* process.c, file.c, network.c, memory.c, publish.c */
void aem_process_exit(void);
int aem_file_init(void);
void aem_file_exit(void);
int aem_network_init(void);
void aem_network_exit(void);
int aem_memory_init(void);
void aem_memory_exit(void);

/* limits.c */
int aem_limits_context(struct aem_ctx *ctx);
int aem_limits_source(struct aem_ctx *ctx, bool listens);
void aem_limits_source_put(struct aem_ctx *ctx, bool listens);
void aem_limits_put(struct aem_ctx *ctx);
bool aem_limits_period(u64 period_ns);
kuid_t aem_limits_uid(const struct aem_ctx *ctx);

/* procfs.c */
int aem_procfs_init(void);
void aem_procfs_exit(void);

/* device.c */
extern const struct file_operations aem_device_fops;
int aem_device_init(void);
void aem_device_exit(void);

/**
 * aem_src_plain() - is the source allocated up to @fd only?
 * @kind: enum aem_kind
 * @flags: AEM_F_*
 *
 * All others have what ctx->relook needs, and the part of their kind.
 */
static inline bool aem_src_plain(u32 kind, u32 flags)
{
	return kind == AEM_KIND_FD && !(flags & AEM_F_LEVEL);
}

/**
 * aem_kind_watches() - does a source of this kind watch a file?
 * @kind: enum aem_kind
 */
static inline bool aem_kind_watches(u32 kind)
{
	return kind == AEM_KIND_FD || kind == AEM_KIND_ACCEPT ||
	       kind == AEM_KIND_RECV;
}

/**
 * aem_state() - where the consumer finds what happened
 * @src: the source
 */
static __always_inline struct aem_state *aem_state(const struct aem_src *src)
{
	return &src->ctx->states[src->index];
}

/**
 * aem_stream() - where the consumer finds its records
 * @src: a source of a kind that has them
 */
static inline struct aem_stream *aem_stream(const struct aem_src *src)
{
	return (struct aem_stream *)&src->ctx->records[src->log.at];
}

/**
 * aem_stream_room() - how many records are free
 * @src: a source of a kind that has them
 */
static inline u32 aem_stream_room(const struct aem_src *src)
{
	u32 used = src->log.tail - READ_ONCE(aem_stream(src)->head);
	u32 size = src->log.mask + 1;

	return used > size ? 0 : size - used;
}

/**
 * aem_stream_put_one() - write what happened and fits into one record
 * @src: the source; aem_stream_room() has found room
 * @head: what
 * @len: its size
 * @now: CLOCK_MONOTONIC
 *
 * Context: The only one that writes to this stream.
 */
static __always_inline void aem_stream_put_one(struct aem_src *src,
					       const void *head, size_t len,
					       u64 now)
{
	struct aem_record *rec = &src->ctx->records[src->log.at + 1 +
						    (src->log.tail++ &
						     src->log.mask)];

	rec->kind = src->kind;
	rec->flags = 0;
	rec->len = len;
	rec->time_ns = now;
	memcpy(rec->data, head, len);
	/* Pairs with the consumer's acquire. */
	smp_store_release(&aem_stream(src)->tail, src->log.tail);
}

DECLARE_TRACEPOINT(aem_queue);
void aem_trace_queue(const struct aem_src *src);

/* The part of aem_post() for those who want the time, or to be boosted. */
void aem_post_extra(struct aem_src *src);

/**
 * aem_post_quiet() - a source happened; nobody is told yet
 * @src: the source
 * @events: what, 16 bits
 * @count: how often
 *
 * Return: true if it was queued: call aem_bell_check() when it is convenient.
 */
static __always_inline bool aem_post_quiet(struct aem_src *src, u64 events,
					   u64 count)
{
	struct aem_ctx *ctx = src->ctx;

	src->posted += count;
	if (!aem_state_add(aem_state(src), events << AEM_EVENTS_SHIFT, count))
		return false;
	if (unlikely(READ_ONCE(ctx->stamping) ||
		     src->flags & (AEM_F_STAMP | AEM_F_BOOST)))
		aem_post_extra(src);
	aem_ring_push(&ctx->ring[src->ring], src->ring, ctx->hdr, src->index);
	if (tracepoint_enabled(aem_queue))
		aem_trace_queue(src);
	return true;
}

/**
 * aem_bell_check() - ring if the consumer waits for it
 * @src: a source that was queued
 */
static __always_inline void aem_bell_check(struct aem_src *src)
{
	struct aem_ctx *ctx = src->ctx;

	if (unlikely(READ_ONCE(ctx->hdr->armed) & src->arm))
		aem_bell(ctx, src->arm);
}

/**
 * aem_post() - a source happened
 * @src: the source
 * @events: what, 16 bits
 * @count: how often
 *
 * Context: Any but NMI; the deletion of the source is held off.
 * Return: true if it was not queued already.
 */
static __always_inline bool aem_post(struct aem_src *src, u64 events,
				     u64 count)
{
	if (!aem_post_quiet(src, events, count))
		return false;
	aem_bell_check(src);
	return true;
}

/**
 * aem_todo_queue() - have aem_work_run() look at a source
 * @src: the source
 *
 * Context: Any but NMI; the deletion of the source is held off.
 */
static inline void aem_todo_queue(struct aem_src *src)
{
	struct aem_ctx *ctx = src->ctx;

	if (xchg(&src->queued, 1))
		return;
	llist_add(&src->work, &ctx->work);
	WRITE_ONCE(ctx->hdr->work, 1);
}

#endif /* _AEM_AEM_H */
