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
#include <fcntl.h>
#include <string.h>

#include "internal.h"

/* Events between two looks at whether the kernel has work to be done. */
#define WORK_EVERY	128

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
	memcpy(e, &job->e, sizeof(job->e));
	e->prio = p;
	e->events = events;
	e->count = count;
}

/**
 * deliver_give_back() - the buffers of what was handed over are free again
 * @a: the context
 * @c: its consumer that this thread is; it holds some
 */
void deliver_give_back(struct aem *a, struct consumer *c)
{
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
	return !v && !job->internal;
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
	if (job->e.type == AEM_TIMER) {
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
	struct aem_job *job = e->ev;
	int fd = h->accept.fd;

	e->accept.fd = fd < 0 ? -1 : fd;
	e->accept.error = fd < 0 ? -fd : 0;
	e->accept.addr = (const struct sockaddr *)h->accept.addr;
	e->accept.addrlen = h->accept.addr_len;
	/* It comes non-blocking. */
	if (fd >= 0 && job->blocking)
		fcntl(fd, F_SETFL, 0);
	if (fd < 0 && fd != -ECONNABORTED)
		stopped_itself(job->a, job);
}

static void event_recv(struct aem_event *e, struct happening *h,
		       struct consumer *c)
{
	struct ring *g = &c->q->ring;
	int len = h->recv.len;

	e->recv.data = ring_buffer(g, h->recv.buf);
	e->recv.len = len > 0 ? len : 0;
	e->recv.error = len < 0 ? -len : 0;
	if (!e->recv.data) {
		e->recv.len = 0;
		stopped_itself(e->ev->a, e->ev);
		return;
	}
	c->held[c->nheld++] = h->recv.buf;
	/* The rest of a datagram that is larger is gone. */
	if (e->recv.len > g->buf_size) {
		e->recv.len = g->buf_size;
		e->recv.error = EMSGSIZE;
	}
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
	__atomic_fetch_or(&c->q->ring.header->ready, 1u << (c->extra + p),
			  __ATOMIC_RELAXED);
}

static void reading_begin(struct consumer *c, struct aem_job *job,
			  unsigned int p, uint32_t events)
{
	c->reading[p] = (struct reading){
		.job = job, .generation = job->generation,
		.events = events & (AEM_EV_LOST | AEM_EV_CLOSED),
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

/* What is said of a source with data without any: some were lost, it ended. */
static int deliver_state(struct aem *a, struct consumer *c,
			 struct aem_job *job, unsigned int p, uint32_t events,
			 struct aem_event *v)
{
	uint64_t lost = stream_lost(&c->q->ring, job->stream) - job->lost;
	struct aem_event e;

	if (!lost)
		events &= ~AEM_EV_LOST;
	if (!events)
		return 0;
	memset(&e, 0, sizeof(e));
	event_init(&e, job, p, events, lost ? lost : 1);
	job->lost += lost;
	if (job->e.type == AEM_ACCEPT)
		e.accept.fd = -1;
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
	if (((job->slow & SLOW_STOPPED) &&
	     !(reading->events & AEM_EV_CLOSED)) ||
	    ((job->slow & SLOW_PROCESS) && !process_ready(job))) {
		reading_park(a, c, p);
		return 0;
	}
	if (!stream_next(&c->q->ring, &reading->place, h)) {
		reading->job = NULL;
		return reading->events ? deliver_state(a, c, job, p,
						       reading->events, v) : 0;
	}
	c->current = h;
	event_init(&e, job, p, 0, 1);
	event_data(&e, h, c);
	if (v && job->e.type != AEM_RECV)
		c->narena++;
	if (job->slow & SLOW_ONESHOT)
		stopped_itself(a, job);
	return hand(a, c, job, &e, v);
}

/* ---- everything but the common case --------------------------------------------------- */

/* Takes off what was forgotten; is there anything else? */
static bool fresh(struct aem *a, struct aem_job *job, struct taken *t)
{
	context_lock(a);
	t->count -= job->stale < t->count ? job->stale : t->count;
	job->slow &= ~SLOW_STALE;
	context_unlock(a);
	return t->count;
}

static int deliver_slow(struct aem *a, struct consumer *c, struct aem_job *job,
			unsigned int p, struct taken *t, struct aem_event *v)
{
	struct aem_event e;

	if ((job->slow & SLOW_STALE) && !fresh(a, job, t))
		return 0;
	/* The kernel ended the source: its descriptor was closed. */
	if (t->events & AEM_EV_CLOSED)
		stopped_itself(a, job);
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
	if ((job->slow & SLOW_STOPPED) && !(t->events & AEM_EV_CLOSED))
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
		__atomic_fetch_and(&c->q->ring.header->ready, ~(1u << (c->extra + p)),
				   __ATOMIC_RELAXED);
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
	held = job->e.type && process_held(job, &t.events, &t.count);
	job->parked = false;
	context_unlock(a);
	if (!job->e.type || (!held && !(job->slow & SLOW_DATA)))
		return 0;
	t.index = job->id;
	return deliver_slow(a, c, job, p, &t, v);
}

/*
 * The one message that a socket received, where there is nothing else to be said
 * of it and SLOW_DATA is all that is special. False: nothing was done.
 */
static __attribute__((noinline)) bool
call_received(struct aem *a, struct consumer *c, struct ring *g,
	      struct aem_job *job, unsigned int p, uint32_t events)
{
	struct aem_stream *stream = (struct aem_stream *)&g->record[job->stream];
	uint32_t head = stream->head;
	struct aem_rec_recv rec;
	struct aem_event e;

	if (job->e.type != AEM_RECV || c->reading[p].job ||
	    (events & (AEM_EV_LOST | AEM_EV_CLOSED)) ||
	    __atomic_load_n(&stream->tail, __ATOMIC_ACQUIRE) != head + 1)
		return false;
	memcpy(&rec, g->record[stream->first + (head & stream->mask)].data,
	       sizeof(rec));
	if (rec.buf >= g->bufs || rec.len <= 0 ||
	    (uint32_t)rec.len > g->buf_size)
		return false;
	__atomic_store_n(&stream->head, head + 1, __ATOMIC_RELEASE);
	memcpy(&e, &job->e, sizeof(job->e));
	e.prio = p;
	e.events = 0;
	e.count = 1;
	e.recv.data = g->buf + (size_t)rec.buf * g->buf_size;
	e.recv.len = rec.len;
	e.recv.error = 0;
	job->delivered++;
	job->fn(&e);
	/* As give_back(); most contexts have nothing that interrupts. */
	if (c == &a->consumer[BY_OWNER] && a->delivery) {
		interrupts_hold(a);
		ring_give(g, rec.buf);
		interrupts_release(a);
	} else {
		ring_give(g, rec.buf);
	}
	return true;
}

/*
 * Calls handlers of ring @r until something higher is ready, the ring is empty,
 * or @n were called. Only what needs no more than its handler is called here, and
 * what a socket received: another is left in @t and its job returned.
 *
 * This is ring_pop() and ring_take() once more, with everything that does not
 * change kept in registers, because this is where most events pass.
 */
static __attribute__((noinline)) struct aem_job *
call_simple(struct aem *a, struct consumer *c, unsigned int p, int *n,
	    struct taken *t)
{
	const uint32_t higher = (0xfeu << p & 0xff) << c->first |
				(0xffu << p & 0xff) << c->extra;
	struct ring *g = &c->q->ring;
	const uint32_t r = c->first + p;
	uint32_t *slot = &g->slot[(size_t)r << g->slot_bits], *at;
	const uint32_t *ready = &g->header->ready;
	uint32_t head = g->head[r], v;
	const uint32_t mask = g->mask;
	char *state = (char *)(g->state - 1);
	struct aem_state *s;
	struct aem_job *job;
	uint64_t word;
	int left = *n;

	/* Or the compiler computes them anew from their parts each time. */
	__asm__("" : "+r"(slot), "+r"(state), "+r"(ready));
	do {
		at = &slot[head & mask];
		v = __atomic_load_n(at, __ATOMIC_ACQUIRE);
		if (__builtin_expect(!v, 0)) {
			g->head[r] = head;
			ring_emptied(g, r);
			break;
		}
		*at = 0;
		head++;
		s = (struct aem_state *)(state + v * sizeof(*s));
		word = __atomic_exchange_n(&s->word, 0, __ATOMIC_SEQ_CST);
		job = (struct aem_job *)(uintptr_t)s->cookie;
		if (__builtin_expect(!job, 0))
			continue;
		if (__builtin_expect(job->slow, 0)) {
			if (job->slow == SLOW_DATA &&
			    call_received(a, c, g, job, p,
					  word >> AEM_EVENTS_SHIFT)) {
				if (!--left)
					break;
				continue;
			}
			t->index = s - g->state;
			t->events = word >> AEM_EVENTS_SHIFT;
			t->count = word & AEM_COUNT_MASK;
			g->head[r] = head;
			*n = left;
			return job;
		}
		job->e.events = word >> AEM_EVENTS_SHIFT;
		job->e.count = word & AEM_COUNT_MASK;
		job->delivered++;
		job->fn((const struct aem_event *)&job->e);
		if (!--left)
			break;
	} while (!(__atomic_load_n(ready, __ATOMIC_ACQUIRE) & higher));
	g->head[r] = head;
	*n = left;
	return NULL;
}

/* One event of ring @r, whatever it is. */
static struct aem_job *take_any(struct ring *g, unsigned int r,
				struct taken *t)
{
	uint32_t index;

	if (ring_pop(g, r, &index) && ring_take(g, index, t))
		return (struct aem_job *)(uintptr_t)t->cookie;
	return NULL;
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
	const unsigned int first = c->first, extra = c->extra;
	bool simple = !v && !g->header->stamping;
	struct aem_job *job;
	int done = 0, left, before;
	uint32_t ready, p;
	struct taken t;

	if (__builtin_expect(ring_work(g), 0))
		queue_wait(c->q, 0);
	while (done < n) {
		ready = ring_ready(g);
		p = (ready >> extra | ready >> first) & 0xff;
		if (!p)
			break;
		p = 31 - __builtin_clz(p);
		if (__builtin_expect(ready >> extra >> p & 1, 0)) {
			if (v && c->narena == ARENA)
				break;
			done += deliver_extra(a, c, p, v ? v + done : NULL);
		} else if (simple) {
			left = n - done < WORK_EVERY ? n - done : WORK_EVERY;
			before = left;
			job = call_simple(a, c, p, &left, &t);
			done += before - left;
			g->header->usage.handled[p] += before - left;
			if (job) {
				done += deliver_slow(a, c, job, p, &t, NULL);
				/* Most often it was alone. */
				if (!*ring_next(g, first + p))
					ring_emptied(g, first + p);
			}
		} else {
			job = take_any(g, first + p, &t);
			if (job)
				done += deliver_slow(a, c, job, p, &t,
						     v ? v + done : NULL);
		}
		/* In a batch for aem_wait() what is level would come twice. */
		if (!v && __builtin_expect(ring_work(g), 0) &&
		    !(done % WORK_EVERY))
			queue_wait(c->q, 0);
	}
	return done;
}
