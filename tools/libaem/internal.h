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
#include <time.h>

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
#define SLOW_STALE	0x80	/* some of what is in its ring is forgotten */
#define SLOW_OWN	0x40	/* AEM_KEEPALIVE, internal, or without handler */

struct process_set;

/**
 * struct event_head - the part of struct aem_event that every kind has
 *
 * A handler of a kind that has no more gets a pointer to this.
 */
struct event_head {
	aem_ev		ev;
	void		*arg;
	uint16_t	type;
	uint16_t	prio;
	uint32_t	events;
	uint64_t	count;
	int		fd;
	int		reserved;
};

_Static_assert(offsetof(struct event_head, count) ==
	       offsetof(struct aem_event, count) &&
	       sizeof(struct event_head) == offsetof(struct aem_event, room),
	       "the head of an event");

/**
 * struct aem_job - one registration
 * @e: the event as its handler gets it, when no more is to be said than what
 *	happened and how often
 * @fn: its handler
 * @slow: SLOW_*
 * @by: which consumer
 * @own_fd: @e.fd was opened by the library
 * @parked: something waits in its stream, or in @process, for it to be started
 *	or for a process
 * @injected: it is in its consumer's list
 * @internal: a registration of the library's own
 * @alive: it keeps aem_run() going: AEM_KEEPALIVE, and started
 * @periodic: AEM_TIMER: it has a period
 * @blocking: AEM_ACCEPT: what is accepted is to be blocking
 * @generation: grows when the job is deleted
 * @delivered: deliveries; written by its consumer alone
 * @a: its context
 * @stale: how much of what is in its ring is forgotten, SLOW_STALE
 * @id: of its source in the kernel's queue
 * @process: children and capsules, or NULL
 * @lost: SLOW_DATA: things that were lost and told of
 * @stream: SLOW_DATA: index of its stream
 * @slack_ns: AEM_TIMER: how much later it may come
 * @flags: of its struct aem_opt
 * @next: index of the next job of a list: free ones, injected ones
 *
 * A job of type 0 (@e.type) is free.
 */
struct aem_job {
	struct event_head	e;
	aem_fn			fn;
	uint8_t			slow;
	uint8_t			by;
	bool			own_fd : 1;
	bool			parked : 1;
	bool			injected : 1;
	bool			internal : 1;
	bool			alive : 1;
	bool			periodic : 1;
	bool			blocking : 1;
	uint32_t		generation;
	uint64_t		delivered;
	struct aem		*a;
	uint64_t		stale;
	uint64_t		id;
	struct process_set	*process;
	union {
		struct {
			uint64_t	lost;
			uint32_t	stream;
		};
		uint64_t		slack_ns;
	};
	uint32_t		flags;
	uint32_t		next;
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
 * @first: its first bit in header->ready: of the rings of its half
 * @extra: its first bit in header->ready of those of which the kernel knows
 *	nothing, one for each priority: there is a stream that is not read to
 *	its end, or a job in @inject
 * @limbo: list of jobs that were deleted in a handler, and are not used again
 *	before it has returned
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
	uint32_t		first;
	uint32_t		extra;
	uint32_t		limbo;
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
int context_check_slow(const struct aem *a);
void context_lock(struct aem *a);
void context_unlock(struct aem *a);
int consumer_open(struct aem *a, unsigned int by, struct queue *q);
void consumer_close(struct consumer *c);
struct aem_setup setup_of(const struct aem *a, uint32_t flags);

/*
 * May this thread take events, at this point? 0, or -1 with errno EINVAL,
 * EOWNERDEAD, EPERM in another thread than the owner, or EDEADLK in a handler.
 */
static inline int context_check_owner(const struct aem *a)
{
	if (__builtin_expect(a && *a->here && a->owner == &thread_self &&
			     !a->consumer[BY_OWNER].inside &&
			     !a->consumer[BY_INTERRUPT].inside, 1))
		return 0;
	return context_check_slow(a);
}

/* job.c */
struct queue *job_queue(const struct aem_job *job);
struct aem_job *job_take(struct aem *a);
struct aem_job *job_new(struct aem *a, const struct aem_opt *opt);
void job_free(struct aem_job *job);
void job_set_started(struct aem_job *job, bool started);
void job_inject(struct aem_job *job);
void job_resources_close(struct aem_job *job);
int job_delete(struct aem_job *job);

void job_limbo_end(struct consumer *c, struct aem *a);

/* source.c */
struct aem_job *source_internal(struct aem *a, unsigned int by, int fd,
				aem_fn fn, void *arg);
int source_wake(struct aem *a, unsigned int by);

/* deliver.c */
int deliver(struct aem *a, struct consumer *c, struct aem_event *v, int n);
void deliver_give_back(struct aem *a, struct consumer *c);

static inline void give_back(struct aem *a, struct consumer *c)
{
	if (c->nheld)
		deliver_give_back(a, c);
}

/* wait.c */
int deliver_wait(struct aem *a, struct consumer *c, int64_t timeout_ns);

static inline uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* Is there anything to take? */
static inline bool deliver_ready(const struct consumer *c)
{
	uint32_t ready = ring_ready(&c->q->ring);

	return (ready >> c->extra | ready >> c->first) & 0xff;
}

/* async.c */
int async_begin(struct aem *a);
void async_end(struct aem *a);
int async_signal(void);
void async_forget(void);
void async_end_with(pid_t parent);
void async_drain(struct aem *a);

/* AEM_ASYNC handlers do not run from here on. Nests. Owner thread only. */
static inline void interrupts_hold(struct aem *a)
{
	a->queue[QUEUE_OWNER].ring.header->masked++;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/*
 * Undoes interrupts_hold(). Handlers that would have interrupted meanwhile run
 * now. Owner thread only.
 */
static inline void interrupts_release(struct aem *a)
{
	struct aem_header *h = a->queue[QUEUE_OWNER].ring.header;

	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	h->masked--;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (__builtin_expect(!h->masked && h->deferred, 0))
		async_drain(a);
}

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
