// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jobs: the table of registrations, and what is done with one or with all.
 *
 * A job's address is the cookie that the kernel returns with an event, and none
 * any more once the source is deleted. A deleted job's place is used again, but
 * not before the handler has returned that deleted it: what the handler got may
 * lie in it.
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

#define OPT_FLAGS	(AEM_ASYNC | AEM_THREAD | AEM_FORK | AEM_CAPSULE | \
			 AEM_NOCLDWAIT | AEM_ONESHOT | AEM_KEEPALIVE | \
			 AEM_STARTED | AEM_BOOST)
#define CAPSULES_MAX	64

/**
 * job_queue() - the queue that a job's source is in
 * @job: the job
 *
 * Return: the queue.
 */
struct queue *job_queue(const struct aem_job *job)
{
	return &job->a->queue[job->by == BY_THREAD ? QUEUE_THREAD :
						     QUEUE_OWNER];
}

static int opt_check(const struct aem *a, const struct aem_opt *opt)
{
	uint32_t f = opt->flags;

	for (unsigned int i = 0; i < 4; i++)
		if (opt->reserved[i])
			return -EINVAL;
	if ((f & ~OPT_FLAGS) || opt->prio > AEM_PRIO_MAX ||
	    opt->capsules > CAPSULES_MAX ||
	    (f & (AEM_ASYNC | AEM_THREAD)) == (AEM_ASYNC | AEM_THREAD) ||
	    (f & (AEM_FORK | AEM_CAPSULE)) == (AEM_FORK | AEM_CAPSULE))
		return -EINVAL;
	if ((f & AEM_NOCLDWAIT) && !(f & (AEM_FORK | AEM_CAPSULE)))
		return -EINVAL;
	/* A handler in a process would run in the middle of a call of fork(). */
	if ((f & AEM_ASYNC) && ((f & (AEM_FORK | AEM_CAPSULE)) ||
				(a->flags & AEM_SYNC_ONLY)))
		return -EINVAL;
	return 0;
}

/**
 * job_take() - a free place in the table, as it was left
 * @a: the context, locked
 *
 * Return: the place, or NULL with errno set. Its generation is to be kept; a
 * place that was never used is zero.
 */
struct aem_job *job_take(struct aem *a)
{
	struct aem_job *job;

	if (a->job_free != NO_JOB) {
		job = &a->job[a->job_free];
		a->job_free = job->next;
		return job;
	}
	if (a->job_used == a->job_max) {
		errno = ENOSPC;
		return NULL;
	}
	return &a->job[a->job_used++];
}

/**
 * job_new() - a place in the table
 * @a: the context, locked
 * @opt: as the program gave it, or NULL
 *
 * Return: a job of no type yet, or NULL with errno set.
 */
struct aem_job *job_new(struct aem *a, const struct aem_opt *opt)
{
	static const struct aem_opt none;
	unsigned int by = BY_OWNER;
	struct aem_job *job;
	uint32_t generation;
	int err;

	opt = opt ? opt : &none;
	err = opt_check(a, opt);
	if (opt->flags & (AEM_ASYNC | AEM_THREAD))
		by = opt->flags & AEM_ASYNC ? BY_INTERRUPT : BY_THREAD;
	if (!err && by == BY_THREAD)
		err = thread_begin(a);
	if (err) {
		errno = -err;
		return NULL;
	}
	job = job_take(a);
	if (!job)
		return NULL;
	generation = job->generation + 1;
	memset(job, 0, sizeof(*job));
	job->generation = generation;
	job->a = a;
	job->e.ev = job;
	job->e.fd = -1;
	job->e.prio = opt->prio;
	job->by = by;
	job->flags = opt->flags;
	job->slow = SLOW_STOPPED;
	if (opt->flags & AEM_ONESHOT)
		job->slow |= SLOW_ONESHOT;
	if (opt->flags & AEM_KEEPALIVE)
		job->slow |= SLOW_OWN;
	return job;
}

static void job_uninject(struct aem_job *job)
{
	struct consumer *c = &job->a->consumer[job->by];
	uint32_t index = job - job->a->job;
	uint32_t *at = &c->inject[job->e.prio];

	while (*at != NO_JOB && *at != index)
		at = &job->a->job[*at].next;
	if (*at == index)
		*at = job->next;
	job->injected = false;
}

/* Where jobs go that are deleted in a handler; NULL outside of one. */
static uint32_t *limbo_of(struct aem *a)
{
	static const uint8_t owners[] = { BY_OWNER, BY_INTERRUPT };

	if (a->thread_self == &thread_self)
		return &a->consumer[BY_THREAD].limbo;
	for (unsigned int i = 0; i < 2; i++)
		if (a->owner == &thread_self && a->consumer[owners[i]].inside)
			return &a->consumer[owners[i]].limbo;
	return NULL;
}

/**
 * job_limbo_end() - no handler of a consumer runs: reuse what they deleted
 * @c: the consumer
 * @a: its context
 */
void job_limbo_end(struct consumer *c, struct aem *a)
{
	uint32_t i, next;

	context_lock(a);
	for (i = c->limbo; i != NO_JOB; i = next) {
		next = a->job[i].next;
		a->job[i].next = a->job_free;
		a->job_free = i;
	}
	c->limbo = NO_JOB;
	context_unlock(a);
}

/**
 * job_free() - give a place in the table back
 * @job: the job, which the kernel no longer knows; its context is locked
 */
void job_free(struct aem_job *job)
{
	struct aem *a = job->a;
	uint32_t *list;

	if (job->injected)
		job_uninject(job);
	job->e.type = 0;
	job->generation++;
	list = limbo_of(a);
	list = list ? list : &a->job_free;
	job->next = *list;
	*list = job - a->job;
}

/**
 * job_set_started() - note that a job was started or stopped
 * @job: the job
 * @started: which
 */
void job_set_started(struct aem_job *job, bool started)
{
	struct aem *a = job->a;
	bool alive = started && (job->flags & AEM_KEEPALIVE);

	if (started)
		job->slow &= ~SLOW_STOPPED;
	else
		job->slow |= SLOW_STOPPED;
	if (alive != job->alive) {
		job->alive = alive;
		__atomic_fetch_add(&a->alive, alive ? 1 : -1,
				   __ATOMIC_RELAXED);
		a->had_alive = true;
	}
}

/* Makes a consumer look at its list. */
static void consumer_poke(struct aem *a, unsigned int by)
{
	if (by == BY_INTERRUPT && a->owner == &thread_self) {
		a->queue[QUEUE_OWNER].ring.header->deferred = 1;
		return;
	}
	if (a->wake[by] && (by != BY_OWNER || a->owner != &thread_self))
		queue_fire(job_queue(a->wake[by])->fd, a->wake[by]->id, 0);
}

/**
 * job_inject() - have a job delivered whose event was taken before
 * @job: the job, with something parked; its context is locked
 */
void job_inject(struct aem_job *job)
{
	struct consumer *c = &job->a->consumer[job->by];

	if (job->injected)
		return;
	job->injected = true;
	job->next = c->inject[job->e.prio];
	c->inject[job->e.prio] = job - job->a->job;
	__atomic_fetch_or(&c->q->ring.header->ready, 1u << (c->extra + job->e.prio),
			  __ATOMIC_RELEASE);
	consumer_poke(job->a, job->by);
}

static int job_start(struct aem_job *job)
{
	int err;

	if (!(job->slow & SLOW_STOPPED))
		return 0;
	job_set_started(job, true);
	/*
	 * The kernel looks at a descriptor at the start, and says nothing when
	 * it is in the ring already.
	 */
	if (job->e.type == AEM_FD)
		job->slow &= ~SLOW_STALE;
	err = queue_ctl(job_queue(job), AEM_OP_START, job->id, 0);
	if (err)
		job_set_started(job, false);
	else if (job->parked)
		job_inject(job);
	return err;
}

/*
 * What happened so far is not delivered, but for what is in a stream: that is
 * nowhere else any more.
 */
static void forget(struct aem_job *job)
{
	if (job->slow & (SLOW_DATA | SLOW_HELD))
		return;
	job->stale = ring_untaken(&job_queue(job)->ring, job->id);
	if (job->stale)
		job->slow |= SLOW_STALE;
}

/* Forgets last: what happens until the kernel has stopped it counts, too. */
static int job_stop(struct aem_job *job)
{
	int err;

	if (job->slow & SLOW_STOPPED)
		return 0;
	job_set_started(job, false);
	err = queue_ctl(job_queue(job), AEM_OP_STOP, job->id, 0);
	forget(job);
	return err;
}

/**
 * job_resources_close() - end what a job has beside its source
 * @job: the job
 */
void job_resources_close(struct aem_job *job)
{
	if (job->process)
		process_end(job);
	if (job->own_fd)
		close(job->e.fd);
	job->own_fd = false;
}

/**
 * job_delete() - delete a job
 * @job: the job; its context is locked
 *
 * Return: 0, or a negative errno; the job is gone in any case.
 */
int job_delete(struct aem_job *job)
{
	int err = queue_ctl(job_queue(job), AEM_OP_DEL, job->id, 0);

	job_set_started(job, false);
	job_resources_close(job);
	job_free(job);
	return err == -ENOENT ? 0 : err;
}

static int job_set_prio(struct aem_job *job, unsigned int prio)
{
	int err = queue_ctl(job_queue(job), AEM_OP_PRIO, job->id, prio);
	bool injected = job->injected;

	if (err)
		return err;
	if (injected)
		job_uninject(job);
	job->e.prio = prio;
	if (injected)
		job_inject(job);
	return 0;
}

/* ---- one ------------------------------------------------------------------------- */

/* Locks the context of a handle that is one. */
static int job_lock(struct aem_job *job)
{
	if (!job || !job->a || context_check(job->a)) {
		errno = job && job->a ? errno : EINVAL;
		return -1;
	}
	context_lock(job->a);
	if (job->e.type && !job->internal)
		return 0;
	context_unlock(job->a);
	errno = ENOENT;
	return -1;
}

static int job_unlock(struct aem *a, int err)
{
	context_unlock(a);
	if (!err)
		return 0;
	errno = -err;
	return -1;
}

/**
 * aem_start() - from here on it is delivered
 * @ev: the event
 *
 * Return: 0, or -1 with errno set; see aem_start(3).
 */
API int aem_start(aem_ev ev)
{
	return job_lock(ev) ? -1 : job_unlock(ev->a, job_start(ev));
}

/**
 * aem_stop() - from here on it is not delivered
 * @ev: the event
 *
 * Return: 0, or -1 with errno set; see aem_start(3).
 */
API int aem_stop(aem_ev ev)
{
	return job_lock(ev) ? -1 : job_unlock(ev->a, job_stop(ev));
}

/**
 * aem_del() - delete it
 * @ev: the event; invalid from here on
 *
 * Return: 0, or -1 with errno set; see aem_start(3).
 */
API int aem_del(aem_ev ev)
{
	return job_lock(ev) ? -1 : job_unlock(ev->a, job_delete(ev));
}

/**
 * aem_set_prio() - change its priority
 * @ev: the event
 * @prio: 0 to 7; 7 runs first
 *
 * Return: 0, or -1 with errno set; see aem_start(3).
 */
API int aem_set_prio(aem_ev ev, unsigned int prio)
{
	if (job_lock(ev))
		return -1;
	return job_unlock(ev->a, prio > AEM_PRIO_MAX ? -EINVAL :
			  job_set_prio(ev, prio));
}

static bool is_past(uint64_t ns)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec >= ns;
}

/**
 * aem_set_timer() - set a timer anew, and start it
 * @ev: an AEM_TIMER event
 * @first_ns: when it expires first
 * @period_ns: from then on; 0 is once
 * @flags: AEM_ABSTIME, or 0: @first_ns counts from now
 *
 * An expiration of before that was not delivered is forgotten.
 *
 * Return: 0, or -1 with errno set; see aem_timer(3).
 */
API int aem_set_timer(aem_ev ev, uint64_t first_ns, uint64_t period_ns,
		      unsigned int flags)
{
	struct aem_timer timer = { .period_ns = period_ns };
	struct timespec now = { 0, 0 };
	int err;

	if (job_lock(ev))
		return -1;
	if (ev->e.type != AEM_TIMER || (flags & ~AEM_ABSTIME))
		return job_unlock(ev->a, -EINVAL);
	if (!(flags & AEM_ABSTIME))
		clock_gettime(CLOCK_MONOTONIC, &now);
	timer.id = ev->id;
	timer.first_ns = first_ns + now.tv_sec * 1000000000ULL + now.tv_nsec;
	timer.slack_ns = ev->slack_ns;
	ev->periodic = period_ns;
	forget(ev);
	job_set_started(ev, true);
	err = queue_timer(job_queue(ev), &timer);
	if (err)
		job_set_started(ev, false);
	/* It expired once more while it was set: not yet by the new time? */
	else if (ring_untaken(&job_queue(ev)->ring, ev->id) > ev->stale &&
		 !is_past(timer.first_ns))
		forget(ev);
	return job_unlock(ev->a, err);
}

/**
 * aem_info() - what became of an event so far
 * @ev: the event
 * @info: filled in
 *
 * Return: 0, or -1 with errno set; see aem_start(3).
 */
API int aem_info(aem_ev ev, struct aem_info *info)
{
	if (job_lock(ev))
		return -1;
	*info = (struct aem_info){
		.type = ev->e.type, .flags = ev->flags, .prio = ev->e.prio,
		.started = !(ev->slow & SLOW_STOPPED),
		.delivered = ev->delivered,
	};
	if (ev->process)
		process_info(ev, info);
	return job_unlock(ev->a, 0);
}

/* ---- all ------------------------------------------------------------------------- */

/* Calls @change for every job; the first error is kept and the rest is done. */
static int for_all(struct aem *a, int (*change)(struct aem_job *job))
{
	int err = 0, ret;

	if (context_check(a))
		return -1;
	context_lock(a);
	for (uint32_t i = 0; i < a->job_used; i++) {
		if (!a->job[i].e.type || a->job[i].internal)
			continue;
		ret = change(&a->job[i]);
		err = err ? err : ret;
	}
	return job_unlock(a, err);
}

/**
 * aem_start_all() - start every event of a context
 * @a: the context
 *
 * Return: 0, or -1 with errno set; the others are started then.
 */
API int aem_start_all(struct aem *a)
{
	return for_all(a, job_start);
}

/**
 * aem_stop_all() - stop every event of a context
 * @a: the context
 *
 * Return: 0, or -1 with errno set; the others are stopped then.
 */
API int aem_stop_all(struct aem *a)
{
	return for_all(a, job_stop);
}

/**
 * aem_del_all() - delete every event of a context
 * @a: the context
 *
 * Return: 0, or -1 with errno set; they are deleted nevertheless.
 */
API int aem_del_all(struct aem *a)
{
	return for_all(a, job_delete);
}

/**
 * aem_set_prio_all() - change the priority of every event of a context
 * @a: the context
 * @prio: 0 to 7; 7 runs first
 *
 * Return: 0, or -1 with errno set; see aem_start(3).
 */
API int aem_set_prio_all(struct aem *a, unsigned int prio)
{
	int err = 0, ret;

	if (context_check(a))
		return -1;
	if (prio > AEM_PRIO_MAX) {
		errno = EINVAL;
		return -1;
	}
	context_lock(a);
	for (uint32_t i = 0; i < a->job_used; i++) {
		if (!a->job[i].e.type || a->job[i].internal)
			continue;
		ret = job_set_prio(&a->job[i], prio);
		err = err ? err : ret;
	}
	return job_unlock(a, err);
}

/* ---- user events ----------------------------------------------------------------- */

/* In a child after fork() too: nothing of the mapping is needed. */
static int user_check(const struct aem_job *job)
{
	if (job && job->e.type == AEM_USER && !job->internal)
		return 0;
	errno = EINVAL;
	return -1;
}

/**
 * aem_fire() - make a user event happen
 * @ev: an AEM_USER event; in a child after fork() too
 * @value: comes with it
 *
 * Return: 0, or -1 with errno set; see aem_user(3).
 */
API int aem_fire(aem_ev ev, uint64_t value)
{
	if (user_check(ev))
		return -1;
	return aem_fire_fd(job_queue(ev)->fd, ev->id, value);
}

/**
 * aem_user_fd() - what another process needs to fire an event: the descriptor
 * @ev: an AEM_USER event
 *
 * Return: the descriptor, which stays the context's, or -1.
 */
API int aem_user_fd(aem_ev ev)
{
	return user_check(ev) ? -1 : job_queue(ev)->fd;
}

/**
 * aem_user_id() - what another process needs to fire an event: its number
 * @ev: an AEM_USER event
 *
 * Return: the number, or 0 with errno set.
 */
API uint64_t aem_user_id(aem_ev ev)
{
	return user_check(ev) ? 0 : ev->id;
}

/**
 * aem_fire_fd() - make an event of another process happen
 * @fd: from its aem_user_fd()
 * @id: from its aem_user_id()
 * @value: comes with it
 *
 * Return: 0, or -1 with errno set; see aem_user(3).
 */
API int aem_fire_fd(int fd, uint64_t id, uint64_t value)
{
	int err = queue_fire(fd, id, value);

	if (!err)
		return 0;
	errno = -err;
	return -1;
}
