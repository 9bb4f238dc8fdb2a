// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delivery: from the rings to handlers, or to the caller of aem_wait().
 *
 * deliver() is the one place where events are taken. It looks for the highest
 * priority before each of them, so that a high event waits for at most one
 * handler. The common case, a descriptor or the like that has a handler in this
 * process, is done in it; everything else (job->slow) in the functions before
 * it.
 *
 * A consumer's part is not locked: see internal.h.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#include "internal.h"

/* Events between two looks at whether the kernel has work to be done. */
#define WORK_EVERY	32
/* How long to sleep when processes could not be made, before trying again. */
#define RETRY_NS	50000000

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* ---- handing over ---------------------------------------------------------------- */

static void histogram(__u64 *bucket, uint64_t ns)
{
	unsigned int bit = ns ? 63 - __builtin_clzll(ns) : 0;

	bucket[bit < AEM_HIST ? bit : AEM_HIST - 1]++;
}

/* Somebody looks at /proc/aem: measure. */
static void call_measured(struct consumer *c, uint32_t index, aem_fn fn,
			  const struct aem_event *e)
{
	struct aem_usage *usage = &c->q->ring.header->usage;
	uint64_t stamp = c->q->ring.state[index & c->q->ring.mask].stamp;
	uint64_t began = now_ns();

	if (stamp && stamp <= began)
		histogram(usage->latency, began - stamp);
	fn(e);
	histogram(usage->run, now_ns() - began);
}

static void call(struct consumer *c, uint32_t index, aem_fn fn,
		 const struct aem_event *e)
{
	if (__builtin_expect(c->q->ring.header->stamping, 0))
		call_measured(c, index, fn, e);
	else
		fn(e);
}

static void event_init(struct aem_event *e, struct aem_job *job, unsigned int p,
		       uint32_t events, uint64_t count)
{
	e->ev = job;
	e->arg = job->arg;
	e->type = job->type;
	e->prio = p;
	e->events = events;
	e->count = count;
	e->fd = job->fd;
	e->reserved = 0;
}

static void give_back(struct aem *a, struct consumer *c)
{
	if (!c->nheld)
		return;
	/* A handler that interrupts gives back to the same ring. */
	if (c == &a->consumer[BY_OWNER])
		interrupts_hold(a);
	while (c->nheld)
		ring_give(&c->q->ring, c->held[--c->nheld]);
	if (c == &a->consumer[BY_OWNER])
		interrupts_release(a);
}

/*
 * One event, complete but for its receiver. Returns 1 when the program got it
 * and 0 when it is kept until a process is ready.
 */
static int hand(struct aem *a, struct consumer *c, struct aem_job *job,
		const struct aem_event *e, struct aem_event *v)
{
	uint32_t index = job->id;

	if ((job->slow & SLOW_PROCESS) && process_hand(job, e))
		return 0;
	job->delivered++;
	job->counted += e->count;
	if (job->slow & SLOW_PROCESS) {
		give_back(a, c);
		return !v;
	}
	c->q->ring.header->usage.handled[e->prio]++;
	if (v && !job->internal) {
		*v = *e;
		return 1;
	}
	if (job->fn)
		call(c, index, job->fn, e);
	give_back(a, c);
	return v ? 0 : 1;
}

static void stopped_itself(struct aem *a, struct aem_job *job)
{
	context_lock(a);
	job_set_started(job, false);
	context_unlock(a);
}

/* ---- kinds without data, but not simple --------------------------------------------- */

static int deliver_value(struct aem *a, struct consumer *c, struct aem_job *job,
			 unsigned int p, struct taken *t, struct aem_event *v)
{
	struct aem_event e;
	uint64_t value = c->q->ring.state[t->index & c->q->ring.mask].value;

	event_init(&e, job, p, t->events, t->count);
	if (job->type == AEM_TIMER) {
		/* It was set anew after it had expired. */
		if (value < job->first_ns)
			return 0;
		e.timer.due_ns = value;
		if (!job->periodic)
			e.count = 1;
		if (!job->periodic || (job->slow & SLOW_ONESHOT))
			stopped_itself(a, job);
	} else {
		e.user.value = value;
		if (job->slow & SLOW_ONESHOT)
			stopped_itself(a, job);
	}
	return hand(a, c, job, &e, v);
}

/* ---- kinds with data ------------------------------------------------------------------ */

static void event_accept(struct aem_event *e, struct happening *h)
{
	int fd = h->accept.fd;

	e->accept.fd = fd < 0 ? -1 : fd;
	e->accept.error = fd < 0 ? -fd : 0;
	e->accept.addr = (const struct sockaddr *)h->accept.addr;
	e->accept.addrlen = h->accept.addr_len;
}

static void event_recv(struct aem_event *e, struct happening *h,
		       struct consumer *c)
{
	int len = h->recv.len;

	e->recv.data = ring_buffer(&c->q->ring, h->recv.buf);
	if (e->recv.data)
		c->held[c->nheld++] = h->recv.buf;
	e->recv.len = len > 0 && e->recv.data ? len : 0;
	e->recv.error = len < 0 ? -len : 0;
}

static void event_data(struct aem_event *e, struct happening *h,
		       struct consumer *c)
{
	switch (e->type) {
	case AEM_ACCEPT:
		event_accept(e, h);
		break;
	case AEM_RECV:
		event_recv(e, h, c);
		break;
	case AEM_PROC:
		e->events = h->proc.what;
		e->proc.pid = h->proc.pid;
		e->proc.other = h->proc.other;
		e->proc.status = h->proc.status;
		e->proc.uid = h->proc.uid;
		e->proc.comm = h->proc.comm;
		break;
	case AEM_FILE:
		e->events = h->file.mask;
		e->file.name = h->file.name;
		e->file.ino = h->file.ino;
		e->file.cookie = h->file.rename;
		break;
	case AEM_NET:
		e->events = h->net.what;
		e->net.ifindex = h->net.ifindex;
		e->net.event = h->net.event;
		e->net.flags = h->net.flags;
		e->net.family = h->net.family;
		e->net.prefix = h->net.prefix;
		e->net.addr = h->net.addr;
		e->net.ifname = h->net.ifname;
		break;
	case AEM_MODULE:
		e->module.event = h->pub.event;
		e->module.data = h->pub.data;
		e->module.len = h->len > sizeof(h->pub) ?
				h->len - sizeof(h->pub) : 0;
		break;
	}
}

static void extra_set(struct consumer *c, unsigned int p)
{
	__atomic_fetch_or(&c->extra, 1u << p, __ATOMIC_RELAXED);
}

static void reading_begin(struct consumer *c, struct aem_job *job,
			  unsigned int p, uint32_t events)
{
	c->reading[p] = (struct reading){
		.job = job, .generation = job->generation,
		.events = events & AEM_EV_LOST,
		.place = stream_begin(&c->q->ring, job->stream),
	};
	extra_set(c, p);
}

/* What cannot be delivered now stays in the stream. */
static void reading_park(struct aem *a, struct consumer *c, unsigned int p)
{
	struct aem_job *job = c->reading[p].job;

	context_lock(a);
	c->reading[p].job = NULL;
	if (job->generation == c->reading[p].generation) {
		job->parked = true;
		/* Started again meanwhile: it would wait for ever. */
		if (!(job->slow & (SLOW_STOPPED | SLOW_HELD)))
			job_inject(job);
	}
	context_unlock(a);
}

static int deliver_lost(struct aem *a, struct consumer *c, struct aem_job *job,
			unsigned int p, struct aem_event *v)
{
	uint64_t lost = stream_lost(&c->q->ring, job->stream);
	struct aem_event e;

	if (lost == job->lost)
		return 0;
	memset(&e, 0, sizeof(e));
	event_init(&e, job, p, AEM_LOST, lost - job->lost);
	job->lost = lost;
	return hand(a, c, job, &e, v);
}

/* The next record of the stream that is being read at priority @p. */
static int reading_next(struct aem *a, struct consumer *c, unsigned int p,
			struct aem_event *v)
{
	struct reading *reading = &c->reading[p];
	struct aem_job *job = reading->job;
	struct happening *h = &c->arena[c->narena];
	struct aem_event e;

	if (job->generation != reading->generation) {
		reading->job = NULL;
		return 0;
	}
	if ((job->slow & SLOW_STOPPED) ||
	    ((job->slow & SLOW_PROCESS) && !process_ready(job))) {
		reading_park(a, c, p);
		return 0;
	}
	if (!stream_next(&c->q->ring, &reading->place, h)) {
		reading->job = NULL;
		return reading->events ? deliver_lost(a, c, job, p, v) : 0;
	}
	c->current = h;
	event_init(&e, job, p, 0, 1);
	event_data(&e, h, c);
	if (v && job->type != AEM_RECV)
		c->narena++;
	if (job->slow & SLOW_ONESHOT)
		stopped_itself(a, job);
	return hand(a, c, job, &e, v);
}

/* ---- everything but the common case --------------------------------------------------- */

static int deliver_slow(struct aem *a, struct consumer *c, struct aem_job *job,
			unsigned int p, struct taken *t, struct aem_event *v)
{
	struct aem_event e;

	if (job->slow & SLOW_PROCESS && !process_ready(job)) {
		process_hold(job, t->events, t->count);
		return 0;
	}
	if (job->slow & SLOW_DATA) {
		if (c->reading[p].job) {
			/* Comes when that one is done. */
			context_lock(a);
			job->parked = true;
			job_inject(job);
			context_unlock(a);
			return 0;
		}
		reading_begin(c, job, p, t->events);
		return 0;
	}
	if (job->slow & SLOW_STOPPED)
		return 0;
	if (job->slow & SLOW_VALUE)
		return deliver_value(a, c, job, p, t, v);
	event_init(&e, job, p, t->events, t->count);
	if (job->slow & SLOW_ONESHOT)
		stopped_itself(a, job);
	return hand(a, c, job, &e, v);
}

/* The first job of a list that the library made ready, or NULL. */
static struct aem_job *injected(struct aem *a, struct consumer *c,
				unsigned int p)
{
	struct aem_job *job = NULL;

	context_lock(a);
	if (c->inject[p] == NO_JOB) {
		__atomic_fetch_and(&c->extra, ~(1u << p), __ATOMIC_RELAXED);
	} else {
		job = &a->job[c->inject[p]];
		c->inject[p] = job->next;
		job->injected = false;
	}
	context_unlock(a);
	return job;
}

static int deliver_extra(struct aem *a, struct consumer *c, unsigned int p,
			 struct aem_event *v)
{
	struct taken t = { .count = 0 };
	struct aem_job *job;
	bool held;

	if (c->reading[p].job)
		return reading_next(a, c, p, v);
	job = injected(a, c, p);
	if (!job)
		return 0;
	context_lock(a);
	held = job->type && process_held(job, &t.events, &t.count);
	job->parked = false;
	context_unlock(a);
	if (!job->type || (!held && !(job->slow & SLOW_DATA)))
		return 0;
	t.index = job->id;
	return deliver_slow(a, c, job, p, &t, v);
}

/* The kernel ended a source: its descriptor was closed. */
static void source_ended(struct aem *a, struct aem_job *job)
{
	context_lock(a);
	job_set_started(job, false);
	context_unlock(a);
}

/**
 * deliver() - take events
 * @a: the context
 * @c: its consumer that this thread is
 * @v: where they go, or NULL to call their handlers
 * @n: how many at most
 *
 * Return: how many events the program got.
 */
int deliver(struct aem *a, struct consumer *c, struct aem_event *v, int n)
{
	struct ring *g = &c->q->ring;
	unsigned int first = c->rings == RINGS_ASYNC ? AEM_PRIOS : 0;
	unsigned int p, turn = 0;
	struct aem_event e;
	struct aem_job *job;
	struct taken t;
	uint32_t ready, index;
	int done = 0;

	e.reserved = 0;
	while (done < n) {
		if (!(turn++ % WORK_EVERY) && ring_work(g))
			queue_wait(c->q, 0);
		ready = (ring_ready(g) & c->rings) >> first | c->extra;
		if (!ready)
			break;
		p = 31 - __builtin_clz(ready);
		if (__builtin_expect(c->extra >> p & 1, 0)) {
			if (v && c->narena == ARENA)
				break;
			done += deliver_extra(a, c, p, v ? v + done : NULL);
			continue;
		}
		if (!ring_pop(g, first + p, &index) ||
		    !ring_take(g, index, &t))
			continue;
		job = job_of(a, t.cookie);
		if (!job)
			continue;
		if (__builtin_expect(t.events & AEM_EV_CLOSED, 0))
			source_ended(a, job);
		else if (__builtin_expect(job->slow, 0)) {
			done += deliver_slow(a, c, job, p, &t,
					     v ? v + done : NULL);
			continue;
		}
		e.ev = job;
		e.arg = job->arg;
		e.type = job->type;
		e.prio = p;
		e.events = t.events;
		e.count = t.count;
		e.fd = job->fd;
		if (v || !job->fn || job->internal) {
			done += hand(a, c, job, &e, v ? v + done : NULL);
			continue;
		}
		job->delivered++;
		job->counted += t.count;
		g->header->usage.handled[p]++;
		call(c, index, job->fn, &e);
		done++;
	}
	return done;
}

/**
 * deliver_ready() - is there anything to take?
 * @c: the consumer
 *
 * Return: true if there is, or may be.
 */
bool deliver_ready(const struct consumer *c)
{
	return (ring_ready(&c->q->ring) & c->rings) || c->extra;
}

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
	if (c->extra)
		return 0;
	ret = queue_wait(c->q, timeout_ns);
	return ret < 0 && ret != -EINTR ? ret : 0;
}

/* ---- the synchronous calls --------------------------------------------------------------- */

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
		if (!aem_dispatch(a) && !a->quit &&
		    (a->alive || !a->had_alive))
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
