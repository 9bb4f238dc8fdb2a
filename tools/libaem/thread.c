// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dispatcher thread: calls the handlers of AEM_THREAD events.
 *
 * Handlers that use malloc() or stdio, or wait, must not interrupt anything, and
 * the thread of the program may be busy for long: such handlers run here. The
 * thread has a queue of its own, is started with the first such event, and
 * blocks all signals.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>

#include "internal.h"

static void *thread_main(void *arg)
{
	struct aem *a = arg;
	struct consumer *c = &a->consumer[BY_THREAD];

	a->thread_self = &thread_self;
	pthread_setname_np(pthread_self(), "aem");
	while (!a->ending) {
		c->inside = true;
		deliver(a, c, NULL, INT_MAX);
		c->inside = false;
		if (c->limbo != NO_JOB)
			job_limbo_end(c, a);
		if (!a->ending)
			deliver_wait(a, c, -1);
	}
	return NULL;
}

static int thread_start(struct aem *a)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&a->thread, NULL, thread_main, a);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	a->has_thread = !err;
	return -err;
}

/**
 * thread_begin() - have the thread
 * @a: the context, locked
 *
 * Return: 0, or a negative errno.
 */
int thread_begin(struct aem *a)
{
	struct queue *q = &a->queue[QUEUE_THREAD];
	struct aem_setup setup = setup_of(a, 0);
	int err;

	if (a->has_thread)
		return 0;
	/* Starting a thread allocates, which a handler may have interrupted. */
	if (a->owner == &thread_self && a->consumer[BY_INTERRUPT].inside)
		return -EAGAIN;
	err = queue_open(q, &setup);
	if (err)
		return err;
	err = consumer_open(a, BY_THREAD, q);
	if (!err)
		err = source_wake(a, BY_THREAD);
	if (!err)
		err = thread_start(a);
	if (!err)
		return 0;
	if (a->wake[BY_THREAD])
		job_free(a->wake[BY_THREAD]);
	a->wake[BY_THREAD] = NULL;
	consumer_close(&a->consumer[BY_THREAD]);
	queue_close(q);
	return err;
}

/**
 * thread_end() - end the thread, after the handler that it runs
 * @a: the context, not locked
 */
void thread_end(struct aem *a)
{
	if (!a->has_thread)
		return;
	a->ending = true;
	queue_fire(a->queue[QUEUE_THREAD].fd, a->wake[BY_THREAD]->id, 0);
	pthread_join(a->thread, NULL);
	a->has_thread = false;
}
