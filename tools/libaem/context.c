// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contexts: opening and closing them, whose they are, and their lock.
 *
 * A context and its table of jobs are one anonymous mapping, so that opening
 * one and registering take nothing from malloc(), which a handler may have
 * interrupted. Pages of the table that are not used take no memory.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "internal.h"

#define EVENTS_DEFAULT	1024
#define EVENTS_MAX	(1u << 22)
/* What the library registers for itself. */
#define EVENTS_INTERNAL	128
#define BUFFERS_DEFAULT	64
#define BUFFER_SIZE	4096

__thread char thread_self __attribute__((tls_model("initial-exec")));

static void *pages(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/**
 * context_check() - may this process use a context?
 * @a: the context
 *
 * Return: 0, or -1 with errno EINVAL or, in a child after fork(), EOWNERDEAD.
 */
int context_check(const struct aem *a)
{
	if (a && *a->here)
		return 0;
	errno = a ? EOWNERDEAD : EINVAL;
	return -1;
}

/**
 * context_check_slow() - why may this thread not take events?
 * @a: the context, for which context_check_owner() did not hold
 *
 * Return: -1 with errno set.
 */
int context_check_slow(const struct aem *a)
{
	if (context_check(a))
		return -1;
	errno = EDEADLK;
	if (a->owner != &thread_self && a->thread_self != &thread_self)
		errno = EPERM;
	return -1;
}

/**
 * context_lock() - take the lock of a context
 * @a: the context
 *
 * Any thread, and in a handler.
 */
void context_lock(struct aem *a)
{
	if (a->owner == &thread_self)
		interrupts_hold(a);
	lock_take(&a->lock);
}

/**
 * context_unlock() - drop the lock of a context
 * @a: the context
 *
 * Handlers that would have interrupted meanwhile run now.
 */
void context_unlock(struct aem *a)
{
	lock_drop(&a->lock);
	if (a->owner == &thread_self)
		interrupts_release(a);
}

/**
 * setup_of() - the sizes of a queue
 * @a: the context it is for
 * @flags: AEM_SETUP_*
 *
 * Return: what AEM_IOC_SETUP takes.
 */
struct aem_setup setup_of(const struct aem *a, uint32_t flags)
{
	return (struct aem_setup){
		.flags = flags,
		.sources = a->size.events + EVENTS_INTERNAL,
		.records = a->size.backlog,
		.bufs = a->size.buffers,
		.buf_size = a->size.buffers ? a->size.buffer_size : 0,
	};
}

/**
 * consumer_open() - make a consumer
 * @a: its context
 * @by: BY_*
 * @q: the queue it reads, open
 *
 * Return: 0, or a negative errno.
 */
int consumer_open(struct aem *a, unsigned int by, struct queue *q)
{
	struct consumer *c = &a->consumer[by];
	size_t arena = ARENA * sizeof(*c->arena);

	c->arena = pages(arena + (q->ring.bufs + 1) * sizeof(*c->held));
	if (!c->arena)
		return -ENOMEM;
	c->held = (void *)((char *)c->arena + arena);
	for (unsigned int i = 0; i < AEM_PRIOS; i++)
		c->inject[i] = NO_JOB;
	c->first = by == BY_INTERRUPT ? AEM_PRIOS : 0;
	c->extra = c->first + AEM_RINGS;
	c->limbo = NO_JOB;
	c->q = q;
	return 0;
}

/**
 * consumer_close() - undo consumer_open()
 * @c: the consumer; nothing happens if it is not open
 */
void consumer_close(struct consumer *c)
{
	if (c->arena)
		munmap(c->arena, ARENA * sizeof(*c->arena) +
		       (c->q->ring.bufs + 1) * sizeof(*c->held));
	c->arena = NULL;
}

static int size_check(const struct aem_size *size)
{
	for (unsigned int i = 0; i < 4; i++)
		if (size->reserved[i])
			return -EINVAL;
	if (size->events > EVENTS_MAX)
		return -EINVAL;
	if (size->buffers && (!size->buffer_size || size->buffer_size % 64))
		return -EINVAL;
	return 0;
}

static int context_init(struct aem *a)
{
	bool interrupts = !(a->flags & AEM_SYNC_ONLY);
	struct aem_setup setup =
		setup_of(a, interrupts ? AEM_SETUP_ASYNC : 0);
	struct queue *q = &a->queue[QUEUE_OWNER];
	int err;

	a->here = pages(4096);
	if (!a->here)
		return -ENOMEM;
	if (madvise((void *)a->here, 4096, MADV_WIPEONFORK))
		return -errno;
	*a->here = 1;
	err = queue_open(q, &setup);
	if (!err)
		err = consumer_open(a, BY_OWNER, q);
	if (!err)
		err = source_wake(a, BY_OWNER);
	if (!err && interrupts)
		err = consumer_open(a, BY_INTERRUPT, q);
	if (!err && interrupts)
		err = async_begin(a);
	return err;
}

static void context_destroy(struct aem *a)
{
	async_end(a);
	for (unsigned int i = 0; i < CONSUMERS; i++)
		consumer_close(&a->consumer[i]);
	for (unsigned int i = 0; i < QUEUES; i++)
		queue_close(&a->queue[i]);
	if (a->here)
		munmap((void *)a->here, 4096);
	munmap(a, a->bytes);
}

/**
 * aem_open_sized() - open a context of given sizes
 * @size: the sizes
 * @flags: AEM_UPCALL, AEM_SYNC_ONLY
 *
 * Return: the context, or NULL with errno set; see aem_open(3).
 */
API struct aem *aem_open_sized(const struct aem_size *size, unsigned int flags)
{
	struct aem_size s = *size;
	struct aem *a;
	size_t bytes;
	int err;

	err = size_check(&s);
	if (err || (flags & ~(AEM_UPCALL | AEM_SYNC_ONLY)) ||
	    flags == (AEM_UPCALL | AEM_SYNC_ONLY)) {
		errno = EINVAL;
		return NULL;
	}
	s.events = s.events ? s.events : EVENTS_DEFAULT;
	bytes = sizeof(*a) + (s.events + EVENTS_INTERNAL) * sizeof(*a->job);
	a = pages(bytes);
	if (!a)
		return NULL;
	a->size = s;
	a->bytes = bytes;
	a->flags = flags;
	a->owner = &thread_self;
	a->job = (struct aem_job *)(a + 1);
	a->job_max = s.events + EVENTS_INTERNAL;
	a->job_free = NO_JOB;
	for (unsigned int i = 0; i < QUEUES; i++)
		a->queue[i].fd = -1;
	err = context_init(a);
	if (!err)
		return a;
	context_destroy(a);
	errno = -err;
	return NULL;
}

/**
 * aem_open() - open a context
 * @max_events: how many events there can be; 0 means 1024
 * @flags: AEM_UPCALL, AEM_SYNC_ONLY
 *
 * There is room for data for each of the events, and 64 buffers of 4096 bytes.
 *
 * Return: the context, or NULL with errno set; see aem_open(3).
 */
API struct aem *aem_open(unsigned int max_events, unsigned int flags)
{
	struct aem_size size = {
		.events = max_events ? max_events : EVENTS_DEFAULT,
		.buffers = BUFFERS_DEFAULT, .buffer_size = BUFFER_SIZE,
	};

	size.backlog = 2 * size.events + 1024;
	return aem_open_sized(&size, flags);
}

/**
 * aem_close() - close a context
 * @a: the context; invalid from here on, and so are its events
 *
 * Return: 0, or -1 with errno set; see aem_open(3).
 */
API int aem_close(struct aem *a)
{
	if (context_check_owner(a))
		return -1;
	thread_end(a);
	for (uint32_t i = 0; i < a->job_used; i++)
		if (a->job[i].e.type)
			job_resources_close(&a->job[i]);
	context_destroy(a);
	return 0;
}

/**
 * aem_pollfd() - a descriptor that is readable while events are ready
 * @a: the context
 *
 * Return: the descriptor, which stays the context's, or -1.
 */
API int aem_pollfd(struct aem *a)
{
	return context_check(a) ? -1 : a->queue[QUEUE_OWNER].fd;
}

/**
 * aem_delivery() - how AEM_ASYNC events arrive
 * @a: the context
 *
 * Return: AEM_BY_SIGNAL or AEM_BY_UPCALL, 0 before there is such an event, or
 * -1.
 */
API int aem_delivery(struct aem *a)
{
	return context_check(a) ? -1 : a->delivery;
}

/**
 * aem_mask() - no AEM_ASYNC handler runs from here on
 * @a: the context
 *
 * Nests. Costs no system call.
 *
 * Return: 0, or -1 with errno set; see aem_mask(3).
 */
API int aem_mask(struct aem *a)
{
	if (a->owner != &thread_self || !*a->here) {
		errno = *a->here ? EPERM : EOWNERDEAD;
		return -1;
	}
	a->user_masked++;
	interrupts_hold(a);
	return 0;
}

/**
 * aem_unmask() - AEM_ASYNC handlers run again
 * @a: the context
 *
 * Those that waited run before this returns.
 *
 * Return: 0, or -1 with errno set; see aem_mask(3).
 */
API int aem_unmask(struct aem *a)
{
	if (a->owner != &thread_self || !*a->here || !a->user_masked) {
		errno = !*a->here ? EOWNERDEAD :
			a->user_masked ? EPERM : EINVAL;
		return -1;
	}
	a->user_masked--;
	interrupts_release(a);
	return 0;
}
