// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handlers that run in other processes: AEM_FORK and AEM_CAPSULE.
 *
 * For AEM_FORK a process is made when the event is there. Capsules are made
 * before: each sleeps on a word in memory that it shares with us, its slot.
 * The event and its data are copied to the slot, a descriptor that belongs to
 * the event is sent through a socket, and the word is changed. When the
 * handler has returned, the capsule is ready for the next; one that ended is
 * replaced.
 *
 * A job for which no process is ready is held (SLOW_HELD): what comes for it is
 * counted, or stays in its stream, and comes when a process is ready. For a
 * source of accept or recv kind this reaches back to the kernel, which takes
 * nothing more from the socket.
 *
 * A process_set is used by the consumer of its job, and under the lock by
 * others.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal.h"

#define CAPSULES_DEFAULT	4

/* The word of a slot. */
#define SLOT_IDLE	0
#define SLOT_WORK	1
#define SLOT_END	2

/* How often a sleeping capsule looks for its parent, where no signal tells. */
#define PARENT_CHECK_S	5

/**
 * struct slot - what a capsule shares with its parent
 * @word: SLOT_*
 * @e: the event
 * @h: its happening
 * @data: received bytes
 */
struct slot {
	uint32_t		word;
	struct aem_event	e;
	struct happening	h;
	char			data[] __attribute__((aligned(64)));
};

/**
 * struct shared - what all capsules of a job share with their parent
 * @wanted: the parent waits for one to become idle
 */
struct shared {
	uint32_t	wanted;
};

/**
 * struct capsule - one of them
 * @pid: its process, or 0
 * @watch: job that tells when it ends
 * @socket: for descriptors, or -1
 */
struct capsule {
	pid_t		pid;
	struct aem_job	*watch;
	int		socket;
};

/**
 * struct process_set - the processes of one job
 * @shared: memory shared with capsules, the slots behind the first page
 * @slot_size: of one slot
 * @count: how many capsules there should be; 0 for AEM_FORK
 * @next: the capsule that was last seen idle
 * @idle_fd: eventfd: a capsule has become idle
 * @idle: job that watches it
 * @held_events: of events that are held
 * @held_count: of events that are held
 * @unwatched: a child whose end nothing tells, or 0
 * @stashed: @stash is an event for which a process could not be made
 * @stash_buffer: its buffer, or UINT32_MAX
 * @stash: the event
 * @stash_h: its happening
 * @bytes: of this
 * @capsule: the capsules
 */
struct process_set {
	struct shared		*shared;
	size_t			slot_size;
	uint32_t		count;
	uint32_t		next;
	int			idle_fd;
	struct aem_job		*idle;
	uint32_t		held_events;
	uint64_t		held_count;
	pid_t			unwatched;
	bool			stashed;
	uint32_t		stash_buffer;
	struct aem_event	stash;
	struct happening	stash_h;
	size_t			bytes;
	struct capsule		capsule[];
};

static struct slot *slot_at(const struct process_set *ps, uint32_t i)
{
	return (struct slot *)((char *)ps->shared + 4096 + i * ps->slot_size);
}

static long futex(uint32_t *word, int op, uint32_t value,
		  const struct timespec *limit)
{
	return system_call(SYS_futex, (long)word, op, value, (long)limit);
}

/* The pointers of an event, into a copy of its happening and of its data. */
static void event_repoint(struct aem_event *e, const struct happening *h,
			  const char *data)
{
	switch (e->type) {
	case AEM_ACCEPT:
		e->accept.addr = (const struct sockaddr *)h->accept.addr;
		break;
	case AEM_RECV:
		e->recv.data = data;
		break;
	case AEM_PROC:
		e->proc.comm = h->proc.comm;
		break;
	case AEM_FILE:
		e->file.name = h->file.name;
		break;
	case AEM_NET:
		e->net.addr = h->net.addr;
		e->net.ifname = h->net.ifname;
		break;
	case AEM_MODULE:
		e->module.data = h->pub.data;
		break;
	}
}

/* ---- children that end --------------------------------------------------------------- */

static void on_child_end(const struct aem_event *e)
{
	struct aem *a = e->ev->a;
	siginfo_t info;

	waitid(P_PIDFD, e->fd, &info, WEXITED | WNOHANG);
	context_lock(a);
	job_delete(e->ev);
	context_unlock(a);
}

/* Has @fn called when process @pid ends. NULL if that cannot be. */
static struct aem_job *watch(struct aem_job *job, pid_t pid, aem_fn fn,
			     void *arg)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);
	struct aem_job *w;

	if (fd < 0)
		return NULL;
	w = source_internal(job->a, job->by, fd, fn, arg);
	if (w)
		w->own_fd = true;
	else
		close(fd);
	return w;
}

/* ---- held jobs ------------------------------------------------------------------------- */

static void hold(struct aem_job *job, bool starved)
{
	if (!(job->slow & SLOW_HELD)) {
		job->slow |= SLOW_HELD;
		if (starved)
			__atomic_fetch_add(&job->a->starved, 1,
					   __ATOMIC_RELAXED);
	}
}

static void unhold(struct aem_job *job)
{
	if (!(job->slow & SLOW_HELD) || job->process->stashed ||
	    job->process->unwatched)
		return;
	job->slow &= ~SLOW_HELD;
	if (job->parked)
		job_inject(job);
}

/**
 * process_hold() - keep what happened until a process is ready
 * @job: the job
 * @events: what
 * @count: how often; 0 for what is in its stream
 */
void process_hold(struct aem_job *job, uint32_t events, uint64_t count)
{
	context_lock(job->a);
	if (!(job->slow & SLOW_DATA)) {
		job->process->held_events |= events;
		job->process->held_count += count;
	}
	job->parked = true;
	/* Ready by now: nothing else would tell. */
	if (!(job->slow & SLOW_HELD))
		job_inject(job);
	context_unlock(job->a);
}

/**
 * process_held() - take what was kept
 * @job: the job, its context locked
 * @events: filled in
 * @count: filled in
 *
 * Return: true if there was something beside what is in its stream.
 */
bool process_held(struct aem_job *job, uint32_t *events, uint64_t *count)
{
	if (!job->process || !job->process->held_count)
		return false;
	*events = job->process->held_events;
	*count = job->process->held_count;
	job->process->held_events = 0;
	job->process->held_count = 0;
	return true;
}

/* ---- in the child ------------------------------------------------------------------------ */

/* Returns whether the end of the parent will be told by a signal. */
static bool child_begin(pid_t parent)
{
	int nr = async_signal();
	sigset_t set;

	async_forget();
	if (nr > 0) {
		sigemptyset(&set);
		sigaddset(&set, nr);
		pthread_sigmask(SIG_UNBLOCK, &set, NULL);
		prctl(PR_SET_PDEATHSIG, nr);
	}
	if (getppid() != parent)
		_exit(0);
	return nr > 0;
}

static int receive_fd(int socket)
{
	union {
		char		room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr	align;
	} control;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(socket, &msg, MSG_CMSG_CLOEXEC) != 1 ||
	    !CMSG_FIRSTHDR(&msg))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

/* Sleeps until there is work; ends with the parent. */
static void capsule_sleep(struct slot *slot, pid_t parent, bool told)
{
	static const struct timespec limit = { PARENT_CHECK_S, 0 };
	uint32_t word;

	/* The signal's handler looks at the parent from here on. */
	async_end_with(parent);
	for (;;) {
		word = __atomic_load_n(&slot->word, __ATOMIC_ACQUIRE);
		if (word == SLOT_WORK)
			break;
		if (word == SLOT_END || getppid() != parent)
			_exit(0);
		futex(&slot->word, FUTEX_WAIT, SLOT_IDLE,
		      told ? NULL : &limit);
	}
	async_end_with(0);
}

static void __attribute__((noreturn))
capsule_main(struct aem_job *job, uint32_t i, int socket, pid_t parent)
{
	struct process_set *ps = job->process;
	struct slot *slot = slot_at(ps, i);
	const uint64_t one = 1;
	struct aem_event e;
	uint32_t word;
	bool told;

	told = child_begin(parent);
	for (;;) {
		capsule_sleep(slot, parent, told);
		e = slot->e;
		event_repoint(&e, &slot->h, slot->data);
		if (e.type == AEM_ACCEPT && e.accept.fd >= 0)
			e.accept.fd = receive_fd(socket);
		job->fn(&e);
		word = SLOT_WORK;
		if (!__atomic_compare_exchange_n(&slot->word, &word, SLOT_IDLE,
						 false, __ATOMIC_SEQ_CST,
						 __ATOMIC_SEQ_CST))
			_exit(0);
		if (__atomic_exchange_n(&ps->shared->wanted, 0,
					__ATOMIC_SEQ_CST) &&
		    write(ps->idle_fd, &one, sizeof(one)) < 0)
			_exit(1);
	}
}

/* ---- capsules ------------------------------------------------------------------------------- */

static void on_capsule_end(const struct aem_event *e);

/* Makes capsule @i. Its context is locked. */
static int capsule_make(struct aem_job *job, uint32_t i)
{
	struct process_set *ps = job->process;
	struct capsule *k = &ps->capsule[i];
	int pair[2] = { -1, -1 };
	pid_t parent = getpid();

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	__atomic_store_n(&slot_at(ps, i)->word, SLOT_IDLE, __ATOMIC_RELEASE);
	k->pid = fork();
	if (!k->pid)
		capsule_main(job, i, pair[1], parent);
	close(pair[1]);
	if (k->pid > 0)
		k->watch = watch(job, k->pid, on_capsule_end, job);
	if (k->pid > 0 && k->watch) {
		k->socket = pair[0];
		return 0;
	}
	if (k->pid > 0) {
		kill(k->pid, SIGKILL);
		waitpid(k->pid, NULL, 0);
	}
	close(pair[0]);
	k->pid = 0;
	k->watch = NULL;
	k->socket = -1;
	return -EAGAIN;
}

/* A capsule ended, by itself or by a signal: there is to be a new one. */
static void on_capsule_end(const struct aem_event *e)
{
	struct aem_job *job = e->arg;
	struct aem *a = job->a;
	struct process_set *ps;
	siginfo_t info;

	waitid(P_PIDFD, e->fd, &info, WEXITED | WNOHANG);
	context_lock(a);
	ps = job->process;
	for (uint32_t i = 0; ps && i < ps->count; i++) {
		if (ps->capsule[i].watch != e->ev)
			continue;
		close(ps->capsule[i].socket);
		ps->capsule[i] = (struct capsule){ .socket = -1 };
		if (capsule_make(job, i))
			__atomic_fetch_add(&a->starved, 1, __ATOMIC_RELAXED);
		else
			unhold(job);
	}
	job_delete(e->ev);
	context_unlock(a);
}

static void on_capsule_idle(const struct aem_event *e)
{
	struct aem_job *job = e->arg;
	uint64_t value;

	if (read(e->fd, &value, sizeof(value)) < 0)
		return;
	context_lock(job->a);
	unhold(job);
	context_unlock(job->a);
}

static bool capsule_is_idle(const struct process_set *ps, uint32_t i)
{
	return ps->capsule[i].pid &&
	       __atomic_load_n(&slot_at(ps, i)->word,
			       __ATOMIC_SEQ_CST) == SLOT_IDLE;
}

/* Is there an idle one? It is @next then. */
static bool capsule_find(struct process_set *ps)
{
	for (uint32_t i = 0; i < ps->count; i++) {
		if (capsule_is_idle(ps, i)) {
			ps->next = i;
			return true;
		}
	}
	return false;
}

static int send_fd(int socket, int fd)
{
	union {
		char		room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr	align;
	} control;
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;

	memset(&control, 0, sizeof(control));
	c = CMSG_FIRSTHDR(&msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(socket, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 ? 0 : -1;
}

static int capsule_hand(struct aem_job *job, const struct aem_event *e)
{
	struct process_set *ps = job->process;
	struct consumer *c = &job->a->consumer[job->by];
	struct slot *slot;

	/* It was idle when process_ready() found it, and may have ended. */
	if (!capsule_is_idle(ps, ps->next) && !capsule_find(ps))
		return -EAGAIN;
	slot = slot_at(ps, ps->next);
	slot->e = *e;
	if (job->slow & SLOW_DATA)
		slot->h = *c->current;
	if (e->type == AEM_RECV && e->recv.len)
		memcpy(slot->data, e->recv.data, e->recv.len);
	if (e->type == AEM_ACCEPT && e->accept.fd >= 0) {
		if (send_fd(ps->capsule[ps->next].socket, e->accept.fd))
			return -EAGAIN;
		close(e->accept.fd);
	}
	__atomic_store_n(&slot->word, SLOT_WORK, __ATOMIC_RELEASE);
	futex(&slot->word, FUTEX_WAKE, 1, NULL);
	return 0;
}

/* ---- a process for each event ------------------------------------------------------------------ */

static int fork_hand(struct aem_job *job, const struct aem_event *e)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid) {
		child_begin(parent);
		job->fn(e);
		_exit(0);
	}
	if (e->type == AEM_ACCEPT && e->accept.fd >= 0)
		close(e->accept.fd);
	if ((job->flags & AEM_NOCLDWAIT) &&
	    !watch(job, pid, on_child_end, NULL)) {
		job->process->unwatched = pid;
		hold(job, true);
	}
	return 0;
}

/* Keeps an event that could not be handed over. */
static void stash(struct aem_job *job, const struct aem_event *e)
{
	struct process_set *ps = job->process;
	struct consumer *c = &job->a->consumer[job->by];
	const char *data = e->type == AEM_RECV ? e->recv.data : NULL;

	ps->stash = *e;
	ps->stash_buffer = UINT32_MAX;
	if (job->slow & SLOW_DATA)
		ps->stash_h = *c->current;
	if (data && c->nheld)
		ps->stash_buffer = c->held[--c->nheld];
	event_repoint(&ps->stash, &ps->stash_h, data);
	ps->stashed = true;
}

static void unstash(struct aem_job *job)
{
	struct process_set *ps = job->process;
	struct consumer *c = &job->a->consumer[job->by];

	if (ps->count)
		c->current = &ps->stash_h;
	if (ps->count ? capsule_hand(job, &ps->stash) :
			fork_hand(job, &ps->stash))
		return;
	ps->stashed = false;
	if (ps->stash_buffer != UINT32_MAX)
		c->held[c->nheld++] = ps->stash_buffer;
}

/* ---- for delivery --------------------------------------------------------------------------------- */

/**
 * process_ready() - can an event be handed over?
 * @job: the job
 *
 * Return: false when not; then the job is held, and will be ready later.
 */
bool process_ready(struct aem_job *job)
{
	struct process_set *ps = job->process;
	bool ready;

	if (!(job->slow & SLOW_HELD) && (!ps->count || capsule_find(ps)))
		return true;
	context_lock(job->a);
	ready = !(job->slow & SLOW_HELD);
	if (ready && ps->count) {
		__atomic_store_n(&ps->shared->wanted, 1, __ATOMIC_SEQ_CST);
		ready = capsule_find(ps);
	}
	if (!ready)
		hold(job, false);
	context_unlock(job->a);
	return ready;
}

/**
 * process_hand() - hand an event over to a process
 * @job: the job, which is ready
 * @e: the event; a descriptor that it brings is not ours any more
 *
 * Return: 0, or -EAGAIN when no process could be made; then the event is kept
 * and comes later.
 */
int process_hand(struct aem_job *job, const struct aem_event *e)
{
	int err;

	context_lock(job->a);
	err = job->process->count ? capsule_hand(job, e) : fork_hand(job, e);
	if (err) {
		stash(job, e);
		hold(job, true);
		err = -EAGAIN;
	}
	context_unlock(job->a);
	return err;
}

static void retry(struct aem_job *job)
{
	struct process_set *ps = job->process;

	if (ps->unwatched && waitpid(ps->unwatched, NULL, WNOHANG))
		ps->unwatched = 0;
	for (uint32_t i = 0; i < ps->count; i++)
		if (!ps->capsule[i].pid && capsule_make(job, i))
			__atomic_fetch_add(&job->a->starved, 1,
					   __ATOMIC_RELAXED);
	if (ps->stashed)
		unstash(job);
	if (ps->stashed || ps->unwatched)
		__atomic_fetch_add(&job->a->starved, 1, __ATOMIC_RELAXED);
	else
		unhold(job);
}

/**
 * process_retry() - make what processes could not be made
 * @a: the context
 *
 * Called by a consumer, for the jobs that are its own.
 */
void process_retry(struct aem *a)
{
	unsigned int by = a->owner == &thread_self ? BY_OWNER : BY_THREAD;

	context_lock(a);
	__atomic_store_n(&a->starved, 0, __ATOMIC_RELAXED);
	for (uint32_t i = 0; i < a->job_used; i++) {
		struct aem_job *job = &a->job[i];

		if (!job->e.type || !job->process)
			continue;
		if (job->by == by)
			retry(job);
		else if (job->slow & SLOW_HELD)
			__atomic_fetch_add(&a->starved, 1, __ATOMIC_RELAXED);
	}
	context_unlock(a);
}

/* ---- with the job ---------------------------------------------------------------------------------- */

static void *shared_pages(size_t bytes, int flags)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       flags | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static int capsules_begin(struct aem_job *job)
{
	struct process_set *ps = job->process;
	size_t data = job->e.type == AEM_RECV ? job->a->size.buffer_size : 0;
	int err = 0;

	ps->slot_size = (sizeof(struct slot) + data + 63) & ~63UL;
	ps->shared = shared_pages(4096 + ps->count * ps->slot_size, MAP_SHARED);
	ps->idle_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (!ps->shared || ps->idle_fd < 0)
		return -ENOMEM;
	ps->idle = source_internal(job->a, job->by, ps->idle_fd,
				   on_capsule_idle, job);
	if (!ps->idle)
		return -errno;
	for (uint32_t i = 0; i < ps->count && !err; i++)
		err = capsule_make(job, i);
	return err;
}

/**
 * process_begin() - have the processes that an event asks for
 * @job: the job; its context is locked
 * @opt: as the program gave it, or NULL
 *
 * Return: 0, or a negative errno; process_end() is called in both cases.
 */
int process_begin(struct aem_job *job, const struct aem_opt *opt)
{
	struct process_set *ps;
	uint32_t count = 0;
	size_t bytes;

	if (!(job->flags & (AEM_FORK | AEM_CAPSULE)))
		return 0;
	/* fork() allocates, which a handler may have interrupted. */
	if (job->a->owner == &thread_self &&
	    job->a->consumer[BY_INTERRUPT].inside)
		return -EAGAIN;
	if (job->flags & AEM_CAPSULE)
		count = opt->capsules ? opt->capsules : CAPSULES_DEFAULT;
	bytes = sizeof(*ps) + count * sizeof(ps->capsule[0]);
	ps = shared_pages(bytes, MAP_PRIVATE);
	if (!ps)
		return -ENOMEM;
	ps->bytes = bytes;
	ps->count = count;
	ps->idle_fd = -1;
	for (uint32_t i = 0; i < count; i++)
		ps->capsule[i].socket = -1;
	job->process = ps;
	job->slow |= SLOW_PROCESS;
	return count ? capsules_begin(job) : 0;
}

/* An idle capsule ends at once, a busy one when its handler returns. */
static void capsule_end(struct aem_job *job, uint32_t i)
{
	struct process_set *ps = job->process;
	struct capsule *k = &ps->capsule[i];
	struct slot *slot = slot_at(ps, i);
	uint32_t word;

	if (!k->pid)
		return;
	word = __atomic_exchange_n(&slot->word, SLOT_END, __ATOMIC_SEQ_CST);
	futex(&slot->word, FUTEX_WAKE, 1, NULL);
	close(k->socket);
	if (word == SLOT_IDLE) {
		waitpid(k->pid, NULL, 0);
		job_delete(k->watch);
	} else {
		k->watch->fn = on_child_end;
	}
}

/**
 * process_end() - have no processes any more
 * @job: the job; its context is locked, or being closed
 */
void process_end(struct aem_job *job)
{
	struct process_set *ps = job->process;

	if (ps->shared) {
		for (uint32_t i = 0; i < ps->count; i++)
			capsule_end(job, i);
		munmap(ps->shared, 4096 + ps->count * ps->slot_size);
	}
	if (ps->idle)
		job_delete(ps->idle);
	if (ps->idle_fd >= 0)
		close(ps->idle_fd);
	if (ps->stashed && ps->stash.type == AEM_ACCEPT &&
	    ps->stash.accept.fd >= 0)
		close(ps->stash.accept.fd);
	if (ps->stashed && ps->stash_buffer != UINT32_MAX)
		ring_give(&job_queue(job)->ring, ps->stash_buffer);
	job->process = NULL;
	munmap(ps, ps->bytes);
}

/**
 * process_info() - the processes' part of aem_info()
 * @job: the job; its context is locked
 * @info: filled in
 */
void process_info(const struct aem_job *job, struct aem_info *info)
{
	const struct process_set *ps = job->process;

	for (uint32_t i = 0; i < ps->count; i++)
		info->capsules += ps->capsule[i].pid &&
			slot_at(ps, i)->word == SLOT_IDLE;
	info->waiting = ps->held_count + job->parked + ps->stashed;
}
