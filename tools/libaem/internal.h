/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of libaem tell each other; <aem.h> is what programs use.
 *
 * A context has two queues of the kernel: that of the owner thread, whose two
 * halves hold the synchronous events and those that interrupt, and that of the
 * library's thread, which is opened with its first event. Each half that is
 * used has a consumer. A job is one registration; jobs lie in one table that
 * never moves, so a handle is a pointer.
 *
 * Locking: context_lock() guards the table of jobs, and what a job is. The
 * owner thread is also interrupted by handlers: it masks them first, so that
 * none runs while it holds the lock, and a handler may take the lock itself. A
 * consumer is one thread (or one handler that interrupts it), which reads its
 * rings and its jobs without the lock: what it reads of a job is written before
 * the job is known to the kernel, or is a flag that may be seen late.
 */
#ifndef LIBAEM_INTERNAL_H
#define LIBAEM_INTERNAL_H

#include <linux/aem.h>
#include <pthread.h>
#include <stdbool.h>

#include "aem.h"
#include "lock.h"
#include "queue.h"

#define API	__attribute__((visibility("default")))

/* Consumers, and the queue that each reads. */
#define BY_OWNER	0	/* synchronous events */
#define BY_INTERRUPT	1	/* AEM_ASYNC */
#define BY_THREAD	2	/* AEM_THREAD */
#define CONSUMERS	3

#define QUEUE_OWNER	0
#define QUEUE_THREAD	1
#define QUEUES		2

/* Why a job is not simply handed to its handler; 0 is the common case. */
#define SLOW_DATA	0x01	/* it has a stream */
#define SLOW_VALUE	0x02	/* the value of its state is delivered */
#define SLOW_ONESHOT	0x04
#define SLOW_STOPPED	0x08
#define SLOW_PROCESS	0x10	/* its handler runs elsewhere */
#define SLOW_HELD	0x20	/* no process is ready for it */

struct process_set;

/**
 * struct aem_job - one registration
 * @fn: its handler
 * @arg: for the handler
 * @slow: SLOW_*
 * @type: enum aem_type; 0 is a free job
 * @prio: 0 to 7
 * @by: which consumer
 * @fd: descriptor that is watched, or -1
 * @generation: grows when the job is deleted; tells stale events
 * @stream: index of its stream, SLOW_DATA
 * @delivered: deliveries; written by its consumer alone
 * @counted: sum of their counts; likewise
 * @a: its context
 * @id: of its source in the kernel's queue
 * @process: children and capsules, or NULL
 * @first_ns: AEM_TIMER: when it expires first; what is earlier is stale
 * @lost: things that were lost and told of, SLOW_DATA
 * @slack_ns: AEM_TIMER: how much later it may come
 * @flags: of its struct aem_opt
 * @kind_flags: AEM_F_* that its source was added with
 * @next: index of the next job of a list: free ones, injected ones
 * @own_fd: @fd was opened by the library
 * @parked: something waits in its stream, or in @process, for it to be started
 *	or for a process
 * @injected: it is in its consumer's list
 * @internal: a registration of the library's own
 * @alive: it keeps aem_run() going: AEM_KEEPALIVE, and started
 * @periodic: AEM_TIMER: it has a period
 */
struct aem_job {
	aem_fn			fn;
	void			*arg;
	uint8_t			slow;
	uint8_t			type;
	uint8_t			prio;
	uint8_t			by;
	int			fd;
	uint32_t		generation;
	uint32_t		stream;
	uint64_t		delivered;
	uint64_t		counted;
	struct aem		*a;
	uint64_t		id;
	struct process_set	*process;
	uint64_t		first_ns;
	union {
		uint64_t	lost;
		uint64_t	slack_ns;
	};
	uint32_t		flags;
	uint32_t		kind_flags;
	uint32_t		next;
	bool			own_fd;
	bool			parked;
	bool			injected;
	bool			internal;
	bool			alive;
	bool			periodic;
};

#define NO_JOB	UINT32_MAX

/**
 * struct reading - a stream that is being read
 * @job: whose
 * @generation: of the job
 * @events: AEM_LOST, if that is to be told
 * @place: how far
 */
struct reading {
	struct aem_job		*job;
	uint32_t		generation;
	uint32_t		events;
	struct stream_place	place;
};

/* Happenings that one aem_wait() can return. */
#define ARENA	64

/**
 * struct consumer - who takes events from one half of a queue
 * @q: the queue
 * @rings: which half
 * @extra: priorities with a stream that is not read to its end, or with jobs in
 *	@inject. Bits are set and cleared by atomic operations
 * @inject: lists of jobs by priority, which the library itself made ready.
 *	Changed under the lock
 * @reading: by priority, the stream that is being read
 * @held: buffers that are given back when the next event is taken
 * @nheld: how many
 * @arena: happenings that events point into
 * @narena: how many are used
 * @current: the happening that is delivered
 * @inside: it runs handlers
 */
struct consumer {
	struct queue		*q;
	uint32_t		rings;
	uint32_t		extra;
	uint32_t		inject[AEM_PRIOS];
	struct reading		reading[AEM_PRIOS];
	uint32_t		*held;
	uint32_t		nheld;
	struct happening	*arena;
	uint32_t		narena;
	struct happening	*current;
	bool			inside;
};

/**
 * struct aem - a context
 * @lock: see above
 * @owner: the thread that opened it, by the address of a variable of its own
 * @here: a page that a forked child sees as zero; 1 in the context's process
 * @job: the table
 * @job_max: its length
 * @job_used: jobs that were ever used
 * @job_free: index of the first free one, or NO_JOB
 * @queue: the queues; closed ones have a descriptor of -1
 * @consumer: the consumers
 * @size: as it was opened
 * @flags: of aem_open()
 * @delivery: AEM_BY_*
 * @alive: jobs that keep aem_run() going
 * @had_alive: there was one
 * @quit: aem_quit() was called
 * @starved: jobs that wait for a process, and nothing will tell when to try
 * @user_masked: aem_mask() without aem_unmask()
 * @thread: runs BY_THREAD
 * @thread_self: its @owner
 * @has_thread: there is such a thread
 * @ending: the thread has to end
 * @wake: AEM_USER jobs that make a consumer look, by consumer
 * @bytes: of this and the table
 * @next: contexts of this thread whose handlers interrupt it
 */
struct aem {
	struct lock		lock;
	const void		*owner;
	volatile uint32_t	*here;
	struct aem_job		*job;
	uint32_t		job_max;
	uint32_t		job_used;
	uint32_t		job_free;
	struct queue		queue[QUEUES];
	struct consumer		consumer[CONSUMERS];
	struct aem_size		size;
	unsigned int		flags;
	int			delivery;
	uint32_t		alive;
	bool			had_alive;
	volatile bool		quit;
	uint32_t		starved;
	uint32_t		user_masked;
	pthread_t		thread;
	const void		*thread_self;
	bool			has_thread;
	volatile bool		ending;
	struct aem_job		*wake[CONSUMERS];
	size_t			bytes;
	struct aem		*next;
};

/* context.c */
extern __thread char thread_self __attribute__((tls_model("initial-exec")));
int context_check(const struct aem *a);
int context_check_owner(const struct aem *a);
void context_lock(struct aem *a);
void context_unlock(struct aem *a);
void interrupts_hold(struct aem *a);
void interrupts_release(struct aem *a);
int consumer_open(struct aem *a, unsigned int by, struct queue *q,
		  uint32_t rings);
void consumer_close(struct consumer *c);
struct aem_setup setup_of(const struct aem *a, uint32_t flags);

/* job.c */
struct queue *job_queue(const struct aem_job *job);
struct aem_job *job_new(struct aem *a, const struct aem_opt *opt);
void job_free(struct aem_job *job);
uint64_t job_cookie(const struct aem_job *job);
void job_set_started(struct aem_job *job, bool started);
void job_inject(struct aem_job *job);
void job_resources_close(struct aem_job *job);
int job_delete(struct aem_job *job);

/* The job of a cookie, or NULL when it was deleted. */
static inline struct aem_job *job_of(const struct aem *a, uint64_t cookie)
{
	uint32_t index = cookie;
	struct aem_job *job = &a->job[index];

	return index < a->job_max && job->generation == cookie >> 32 ? job :
								       NULL;
}

/* source.c */
struct aem_job *source_internal(struct aem *a, unsigned int by, int fd,
				aem_fn fn, void *arg);
int source_wake(struct aem *a, unsigned int by);

/* deliver.c */
int deliver(struct aem *a, struct consumer *c, struct aem_event *v, int n);
bool deliver_ready(const struct consumer *c);
int deliver_wait(struct aem *a, struct consumer *c, int64_t timeout_ns);

/* async.c */
int async_begin(struct aem *a);
void async_end(struct aem *a);
int async_signal(void);
void async_forget(void);
void async_drain(struct aem *a);

/* thread.c */
int thread_begin(struct aem *a);
void thread_end(struct aem *a);

/* process.c */
int process_begin(struct aem_job *job, const struct aem_opt *opt);
void process_end(struct aem_job *job);
bool process_ready(struct aem_job *job);
void process_hold(struct aem_job *job, uint32_t events, uint64_t count);
bool process_held(struct aem_job *job, uint32_t *events, uint64_t *count);
int process_hand(struct aem_job *job, const struct aem_event *e);
void process_retry(struct aem *a);
void process_info(const struct aem_job *job, struct aem_info *info);

#endif /* LIBAEM_INTERNAL_H */
