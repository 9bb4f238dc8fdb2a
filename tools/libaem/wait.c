// SPDX-License-Identifier: GPL-2.0-only
/*
 * The synchronous calls: handlers are called, or events taken, when the program
 * says so.
 *
 * All of them are for the owner of the context, outside of handlers, but for
 * aem_quit().
 */
#include <errno.h>
#include <time.h>

#include "internal.h"

/* How long to sleep when processes could not be made, before trying again. */
#define RETRY_NS	50000000

/**
 * deliver_wait() - sleep until there is something
 * @a: the context
 * @c: its consumer that this thread is
 * @timeout_ns: how long, -1 for ever
 *
 * Return: 0 when there may be something or a signal came, or a negative errno.
 */
int deliver_wait(struct aem *a, struct consumer *c, int64_t timeout_ns)
{
	int ret;

	if (__atomic_load_n(&a->starved, __ATOMIC_RELAXED)) {
		process_retry(a);
		if (timeout_ns < 0 || timeout_ns > RETRY_NS)
			timeout_ns = RETRY_NS;
	}
	if (deliver_ready(c))
		return 0;
	ret = queue_wait(c->q, timeout_ns);
	return ret < 0 && ret != -EINTR ? ret : 0;
}

/* AEM_ASYNC handlers that the doorbell has not reached yet. */
static void interrupts_first(struct aem *a)
{
	if (a->delivery && deliver_ready(&a->consumer[BY_INTERRUPT]))
		async_drain(a);
}

/**
 * aem_dispatch() - call the handlers of what has happened
 * @a: the context
 *
 * Return: how many were called, or -1 with errno set; see aem_wait(3).
 */
API int aem_dispatch(struct aem *a)
{
	struct consumer *c;
	int done;

	if (context_check_owner(a))
		return -1;
	c = &a->consumer[BY_OWNER];
	give_back(a, c);
	c->narena = 0;
	c->inside = true;
	done = deliver(a, c, NULL, 4 * a->job_max);
	c->inside = false;
	if (__builtin_expect(c->limbo != NO_JOB, 0))
		job_limbo_end(c, a);
	if (__builtin_expect(a->starved, 0))
		process_retry(a);
	return done;
}

/**
 * aem_run() - call handlers as things happen
 * @a: the context
 *
 * Return: 0 after aem_quit(), or when no AEM_KEEPALIVE event is left and there
 * was one; -1 with errno set; see aem_wait(3).
 */
API int aem_run(struct aem *a)
{
	struct consumer *c;
	int err = 0;

	if (context_check_owner(a))
		return -1;
	if (a->user_masked) {
		errno = EDEADLK;
		return -1;
	}
	c = &a->consumer[BY_OWNER];
	while (!err && !a->quit && (a->alive || !a->had_alive)) {
		interrupts_first(a);
		aem_dispatch(a);
		/* Does not wait if something has become ready meanwhile. */
		if (!a->quit && (a->alive || !a->had_alive))
			err = deliver_wait(a, c, -1);
	}
	a->quit = false;
	errno = err ? -err : errno;
	return err ? -1 : 0;
}

/**
 * aem_quit() - have aem_run() return
 * @a: the context
 *
 * The handlers that are ready run before. Any thread, any handler.
 *
 * Return: 0, or -1 with errno set; see aem_wait(3).
 */
API int aem_quit(struct aem *a)
{
	if (context_check(a))
		return -1;
	a->quit = true;
	if (a->owner != &thread_self || a->consumer[BY_INTERRUPT].inside)
		queue_fire(a->queue[QUEUE_OWNER].fd, a->wake[BY_OWNER]->id, 0);
	return 0;
}

static int64_t to_ns(const struct timespec *ts)
{
	if (!ts)
		return -1;
	if (ts->tv_sec > 4000000000)
		return INT64_MAX;
	return ts->tv_sec * 1000000000LL + ts->tv_nsec;
}

/**
 * aem_wait() - take events
 * @a: the context
 * @v: where they go
 * @n: how many at most
 * @timeout: how long to wait for the first, or NULL for ever
 *
 * Return: how many, 0 at the end of the time, or -1 with errno set; see
 * aem_wait(3).
 */
API int aem_wait(struct aem *a, struct aem_event *v, int n,
		 const struct timespec *timeout)
{
	int64_t limit = to_ns(timeout), left = limit;
	struct consumer *c;
	uint64_t began = 0;
	int done, err;

	if (context_check_owner(a))
		return -1;
	if (a->user_masked || !v || n < 1 || limit < -1) {
		errno = a->user_masked ? EDEADLK : EINVAL;
		return -1;
	}
	c = &a->consumer[BY_OWNER];
	give_back(a, c);
	c->narena = 0;
	for (;;) {
		interrupts_first(a);
		done = deliver(a, c, v, n);
		if (done || !left)
			return done;
		if (limit > 0 && !began)
			began = now_ns();
		err = deliver_wait(a, c, left);
		if (err) {
			errno = -err;
			return -1;
		}
		if (limit > 0) {
			left = limit - (int64_t)(now_ns() - began);
			left = left > 0 ? left : 0;
		}
	}
}
