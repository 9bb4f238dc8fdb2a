// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handlers that interrupt the thread: by a real-time signal, or by an upcall.
 *
 * Either is only a doorbell; what happened is in the rings, and everything that
 * is in them is handled before the doorbell is armed again. header->masked is
 * not 0 while handlers run and while the library or the program is in a
 * critical section; a doorbell that comes then leaves header->deferred, and who
 * ends the section looks at it. Both are written by the owner thread only (and
 * @deferred by the kernel for an upcall), so they need no atomic operation, and
 * the compiler is kept in order by fences.
 *
 * The signal is the highest real-time signal that has no handler, one for the
 * process. Contexts of one thread share it. The upcall is one context's of a
 * thread: the code that returns from it (upcall.S) arms for this context.
 */
#include <cpuid.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal.h"
#include "upcall.h"

#define INITIAL_EXEC	__attribute__((tls_model("initial-exec")))

static __thread struct aem *interrupted INITIAL_EXEC;
static __thread struct aem *upcalled INITIAL_EXEC;
__thread struct aem_header *upcall_header INITIAL_EXEC;

static struct lock signal_lock;
static int signal_number;

/* In a process that waits for its parent to need it: the parent. */
static volatile pid_t waiting_for;

/* ---- the signal ------------------------------------------------------------------ */

static void on_signal(int nr, siginfo_t *info, void *context)
{
	int before = errno;

	(void)nr;
	(void)info;
	(void)context;
	if (waiting_for && getppid() != waiting_for)
		_exit(0);
	for (struct aem *a = interrupted; a; a = a->next)
		if (*a->here)
			async_drain(a);
	errno = before;
}

/* The process's signal, installed; a negative errno if all are in use. */
static int signal_get(void)
{
	struct sigaction sa = {
		.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART,
	}, old;
	int nr;

	if (signal_number)
		return signal_number;
	sigemptyset(&sa.sa_mask);
	for (nr = SIGRTMAX; nr >= SIGRTMIN; nr--) {
		if (sigaction(nr, NULL, &old))
			return -errno;
		if ((old.sa_flags & SA_SIGINFO) || old.sa_handler != SIG_DFL)
			continue;
		if (sigaction(nr, &sa, NULL))
			return -errno;
		signal_number = nr;
		return nr;
	}
	return -EBUSY;
}

/**
 * async_signal() - the signal that this library has a handler for
 *
 * Return: its number, or a negative errno.
 */
int async_signal(void)
{
	int nr;

	lock_take(&signal_lock);
	nr = signal_get();
	lock_drop(&signal_lock);
	return nr;
}

/**
 * async_end_with() - end when a process ends that is waited for
 * @parent: the parent, whose end is told by the library's signal, or 0: no more
 */
void async_end_with(pid_t parent)
{
	waiting_for = parent;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/**
 * async_forget() - in a child after fork(): the signal does nothing
 */
void async_forget(void)
{
	interrupted = NULL;
	upcalled = NULL;
}

/*
 * Calls the handlers that interrupt: the same as deliver(), but short for one
 * event that is not special, as an interrupt seldom finds more. In line, because
 * the way to the handler is what an interrupt costs.
 */
static inline __attribute__((always_inline)) void
deliver_interrupt(struct aem *a, struct consumer *c)
{
	const uint32_t mine = 0xffu << AEM_PRIOS, extra = mine << AEM_RINGS;
	struct ring *g = &c->q->ring;
	struct aem_header *h = g->header;
	uint32_t bit = ring_ready(g) & (mine | extra);
	uint32_t r, v, head, *slots;
	struct aem_state *state;
	struct aem_job *job;
	uint64_t word;

	/* No more than one bit, and nothing that the kernel does not know. */
	if (!bit || (bit & (bit - 1)) || bit > mine || ring_work(g) ||
	    h->stamping)
		goto any;
	/* ring_pop(), ring_take() and ring_emptied(), as in call_simple(). */
	r = __builtin_ctz(bit);
	slots = &g->slot[(size_t)r << g->slot_bits];
	head = g->head[r];
	v = __atomic_load_n(&slots[head & g->mask], __ATOMIC_ACQUIRE);
	if (!v)
		goto any;
	state = &g->state[(v - 1) & g->mask];
	job = (struct aem_job *)(uintptr_t)state->cookie;
	if (!job || job->slow)
		goto any;
	slots[head & g->mask] = 0;
	g->head[r] = ++head;
	word = __atomic_exchange_n(&state->word, 0, __ATOMIC_SEQ_CST);
	/* Deleted meanwhile, by another thread. */
	if (__builtin_expect(state->cookie != (uintptr_t)job, 0))
		goto any;
	job->e.events = word >> AEM_EVENTS_SHIFT;
	job->e.count = word & AEM_COUNT_MASK;
	job->delivered++;
	h->usage.handled[r - AEM_PRIOS]++;
	job->fn((const struct aem_event *)&job->e);
	__atomic_fetch_and(&h->ready, ~bit, __ATOMIC_SEQ_CST);
	if (__builtin_expect(!__atomic_load_n(&slots[head & g->mask],
					      __ATOMIC_SEQ_CST), 1)) {
		if (!(ring_ready(g) & (mine | extra)))
			return;
	} else {
		__atomic_fetch_or(&h->ready, bit, __ATOMIC_SEQ_CST);
	}
any:
	deliver(a, c, NULL, INT_MAX);
}

/**
 * async_drain() - run the handlers that interrupt, and arm
 * @a: the context
 *
 * Owner thread, also in the signal handler. In a critical section it only notes
 * that it was called.
 */
void async_drain(struct aem *a)
{
	struct consumer *c = &a->consumer[BY_INTERRUPT];
	struct aem_header *h = c->q->ring.header;

	if (h->masked) {
		h->deferred = 1;
		return;
	}
	do {
		h->masked = 1;
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		h->deferred = 0;
		c->inside = true;
		deliver_interrupt(a, c);
		c->inside = false;
		if (__builtin_expect(c->limbo != NO_JOB, 0))
			job_limbo_end(c, a);
		ring_arm(&c->q->ring, AEM_ARM_ASYNC);
		if (__builtin_expect(ring_work(&c->q->ring), 0))
			queue_wait(c->q, 0);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		h->masked = 0;
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
	} while (h->deferred || deliver_ready(c));
}

/* ---- the upcall ------------------------------------------------------------------ */

#ifdef UPCALL

/* How much XSAVE writes for what is switched on, with its header. */
static uint32_t xsave_size(void)
{
	uint32_t a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) ||
	    !__get_cpuid_count(0xd, 0, &a, &b, &c, &d))
		return 0;
	return b;
}

uint64_t upcall_xsave_bytes;

/**
 * upcall_drain() - run the handlers that interrupt
 *
 * Called by upcall_entry. header->masked stays set until the code that returns
 * clears it, so that no upcall comes in between.
 */
void upcall_drain(void)
{
	struct aem *a = upcalled;
	struct consumer *c = &a->consumer[BY_INTERRUPT];
	struct aem_header *h = c->q->ring.header;
	int before = errno;

	h->masked = 1;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	h->deferred = 0;
	c->inside = true;
	deliver_interrupt(a, c);
	c->inside = false;
	if (__builtin_expect(c->limbo != NO_JOB, 0))
		job_limbo_end(c, a);
	if (__builtin_expect(ring_work(&c->q->ring), 0)) {
		/* Armed first, or what comes after the look is not rung for. */
		ring_arm(&c->q->ring, AEM_ARM_ASYNC);
		queue_wait(c->q, 0);
	}
	errno = before;
}

static int upcall_begin(struct aem *a, int nr)
{
	struct aem_notify notify = {
		.mode = AEM_NOTIFY_UPCALL, .signo = nr,
		.entry = (uintptr_t)upcall_entry,
		.zone = (uintptr_t)upcall_zone,
		.redo = (uintptr_t)upcall_redo,
		.popf = (uintptr_t)upcall_popf,
	};
	int err;

	upcall_xsave_bytes = xsave_size();
	if (upcalled || !upcall_xsave_bytes)
		return -EOPNOTSUPP;
	upcalled = a;
	upcall_header = a->queue[QUEUE_OWNER].ring.header;
	err = queue_notify(&a->queue[QUEUE_OWNER], &notify);
	if (err) {
		upcalled = NULL;
		upcall_header = NULL;
	}
	return err;
}

static void upcall_end(struct aem *a)
{
	if (upcalled == a) {
		upcalled = NULL;
		upcall_header = NULL;
	}
}

#else

static int upcall_begin(struct aem *a, int nr)
{
	(void)a;
	(void)nr;
	return -EOPNOTSUPP;
}

static void upcall_end(struct aem *a)
{
	(void)a;
}

#endif

/* ---- a context's ------------------------------------------------------------------- */

/**
 * async_begin() - let events of a context interrupt its owner
 * @a: the context; called by the owner, its queue is open
 *
 * Return: 0, or a negative errno.
 */
int async_begin(struct aem *a)
{
	struct aem_notify notify = { .mode = AEM_NOTIFY_SIGNAL };
	int nr = async_signal(), err;

	if (nr < 0)
		return nr;
	a->next = interrupted;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	interrupted = a;
	a->delivery = AEM_BY_UPCALL;
	if (!(a->flags & AEM_UPCALL) || upcall_begin(a, nr)) {
		notify.signo = nr;
		a->delivery = AEM_BY_SIGNAL;
		err = queue_notify(&a->queue[QUEUE_OWNER], &notify);
		if (err)
			return err;
	}
	ring_arm(&a->queue[QUEUE_OWNER].ring, AEM_ARM_ASYNC);
	return source_wake(a, BY_INTERRUPT);
}

/**
 * async_end() - nothing interrupts any more
 * @a: the context; called by the owner. Nothing happens if nothing did
 */
void async_end(struct aem *a)
{
	struct aem_notify notify = { .mode = AEM_NOTIFY_NONE };
	struct aem **at = &interrupted;

	if (!a->delivery)
		return;
	queue_notify(&a->queue[QUEUE_OWNER], &notify);
	while (*at && *at != a)
		at = &(*at)->next;
	if (*at)
		*at = a->next;
	upcall_end(a);
	a->delivery = 0;
}
