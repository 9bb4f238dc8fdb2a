// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registering: what the program says, translated into sources of the kernel.
 *
 * Each function fills in a job and a struct aem_source under the lock and lets
 * register_source() hand both over. What an event delivers is in deliver.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

#define FD_CHUNK	64
#define BACKLOG_RECV	1
#define BACKLOG_ACCEPT	16
#define BACKLOG_OTHER	64

static uint32_t source_flags(const struct aem_job *job)
{
	uint32_t flags = 0;

	if (job->by == BY_INTERRUPT)
		flags |= AEM_F_ASYNC;
	if (job->flags & AEM_ONESHOT)
		flags |= AEM_F_ONESHOT;
	if (job->flags & AEM_BOOST)
		flags |= AEM_F_BOOST;
	if (job->flags & AEM_KEEPALIVE)
		flags |= AEM_F_KEEPALIVE;
	return flags;
}

/* What every source of a job says. */
static struct aem_source source_of(const struct aem_job *job, uint32_t kind)
{
	return (struct aem_source){
		.cookie = (uintptr_t)job, .kind = kind, .prio = job->e.prio,
		.flags = source_flags(job), .fd = job->e.fd,
	};
}

/* The kernel knows the source now. */
static void source_added(struct aem_job *job, const struct aem_source *s)
{
	job->id = s->id;
	if (job->slow & SLOW_DATA)
		job->stream = s->stream;
}

/*
 * Hands a job over and unlocks its context. It is added stopped and started
 * after, so that no event is taken before the job is complete.
 */
static aem_ev register_source(struct aem_job *job, struct aem_source *s,
			      const struct aem_opt *opt)
{
	struct aem *a = job->a;
	int err;

	job->flags &= ~AEM_STARTED;
	err = queue_add(job_queue(job), s, 1);
	if (err >= 0)
		err = s->error;
	if (err)
		goto err_free;
	source_added(job, s);
	err = process_begin(job, opt);
	if (err)
		goto err_del;
	if (opt && (opt->flags & AEM_STARTED)) {
		job_set_started(job, true);
		err = queue_ctl(job_queue(job), AEM_OP_START, job->id, 0);
	}
	if (err)
		goto err_del;
	context_unlock(a);
	return job;

err_del:
	job_delete(job);
	context_unlock(a);
	errno = -err;
	return NULL;
err_free:
	job_resources_close(job);
	job_free(job);
	context_unlock(a);
	errno = -err;
	return NULL;
}

/* Locks the context and makes a job; NULL and unlocked on error. */
static struct aem_job *begin(struct aem *a, enum aem_type type, aem_fn fn,
			     void *arg, const struct aem_opt *opt)
{
	struct aem_job *job;

	if (context_check(a))
		return NULL;
	context_lock(a);
	job = job_new(a, opt);
	if (!job) {
		context_unlock(a);
		return NULL;
	}
	job->e.type = type;
	job->e.arg = arg;
	job->fn = fn;
	if (!fn)
		job->slow |= SLOW_OWN;
	if (fn || !(job->flags & (AEM_ASYNC | AEM_THREAD | AEM_FORK |
				  AEM_CAPSULE)))
		return job;
	job_free(job);
	context_unlock(a);
	errno = EINVAL;
	return NULL;
}

/* A kind with data: how many records it may have. */
static void with_stream(struct aem_job *job, struct aem_source *s,
			const struct aem_opt *opt, uint32_t backlog)
{
	job->slow |= SLOW_DATA;
	s->records = opt && opt->backlog ? opt->backlog : backlog;
}

static uint32_t fd_flags(uint32_t events)
{
	return (events & AEM_LEVEL ? AEM_F_LEVEL : 0) |
	       (events & AEM_EXCLUSIVE ? AEM_F_EXCLUSIVE : 0);
}

/**
 * aem_fd() - a descriptor becomes ready
 * @a: the context
 * @fd: the descriptor
 * @events: POLL* bits, AEM_LEVEL, AEM_EXCLUSIVE
 * @fn: handler, or NULL if it is taken by aem_wait()
 * @arg: for the handler
 * @opt: how it is handled, or NULL
 *
 * Return: the event, stopped unless AEM_STARTED, or NULL with errno set; see
 * aem_fd(3).
 */
API aem_ev aem_fd(struct aem *a, int fd, uint32_t events, aem_fn fn, void *arg,
		  const struct aem_opt *opt)
{
	struct aem_job *job = begin(a, AEM_FD, fn, arg, opt);
	struct aem_source s;

	if (!job)
		return NULL;
	job->e.fd = fd;
	s = source_of(job, AEM_KIND_FD);
	s.flags |= fd_flags(events);
	s.events = events & ~(AEM_LEVEL | AEM_EXCLUSIVE);
	return register_source(job, &s, opt);
}

/* A further job like @proto, which is new; NULL with errno set. */
static struct aem_job *fd_job(struct aem *a, const struct aem_job *proto,
			      const struct aem_fd_spec *spec)
{
	struct aem_job *job = job_take(a);
	uint32_t generation;

	if (!job)
		return NULL;
	generation = job->generation + 1;
	*job = *proto;
	job->generation = generation;
	job->e.ev = job;
	job->e.arg = spec->arg;
	job->e.fd = spec->fd;
	job->fn = spec->fn;
	if (!spec->fn)
		job->slow |= SLOW_OWN;
	return job;
}

/*
 * Registers up to FD_CHUNK descriptors by one call of the kernel. Returns how
 * many came before the first that was refused.
 */
static int fd_chunk(struct aem *a, const struct aem_fd_spec *spec,
		    unsigned int n, aem_ev *ev, const struct aem_opt *opt)
{
	struct aem_job *first = job_new(a, opt), *job[FD_CHUNK], proto;
	struct aem_source s[FD_CHUNK], source;
	unsigned int i, done;
	int err = 0;

	if (!first)
		return 0;
	proto = *first;
	proto.e.type = AEM_FD;
	job_free(first);
	source = source_of(&proto, AEM_KIND_FD);
	/* Complete but for the number, which no event needs: start at once. */
	if (proto.flags & AEM_STARTED)
		source.flags |= AEM_F_START;
	for (i = 0; i < n; i++) {
		job[i] = fd_job(a, &proto, &spec[i]);
		if (!job[i]) {
			err = -errno;
			break;
		}
		s[i] = source;
		s[i].cookie = (uintptr_t)job[i];
		s[i].fd = spec[i].fd;
		s[i].flags |= fd_flags(spec[i].events);
		s[i].events = spec[i].events & ~(AEM_LEVEL | AEM_EXCLUSIVE);
		if (proto.flags & AEM_STARTED)
			job_set_started(job[i], true);
	}
	n = i;
	if (n && queue_add(job_queue(job[0]), s, n) < 0)
		for (i = 0; i < n; i++)
			s[i].error = -EFAULT;
	for (done = 0; done < n && !s[done].error; done++) {
		source_added(job[done], &s[done]);
		if (ev)
			ev[done] = job[done];
	}
	for (i = done; i < n; i++) {
		err = i == done ? s[i].error : err;
		job_set_started(job[i], false);
		if (!s[i].error)
			queue_ctl(job_queue(job[i]), AEM_OP_DEL, s[i].id, 0);
		job_free(job[i]);
	}
	errno = err ? -err : errno;
	return done;
}

/**
 * aem_fd_many() - many descriptors at once
 * @a: the context
 * @spec: the descriptors and their handlers
 * @n: how many
 * @ev: where the events go, or NULL
 * @opt: how they are handled, or NULL; not AEM_FORK, not AEM_CAPSULE
 *
 * Return: how many were registered; when fewer than @n, errno says what was
 * wrong with the next. -1 with errno set when nothing was tried.
 */
API int aem_fd_many(struct aem *a, const struct aem_fd_spec *spec,
		    unsigned int n, aem_ev *ev, const struct aem_opt *opt)
{
	unsigned int done = 0, chunk;
	int ret;

	if (context_check(a))
		return -1;
	if (opt && (opt->flags & (AEM_FORK | AEM_CAPSULE))) {
		errno = EINVAL;
		return -1;
	}
	while (done < n) {
		chunk = n - done < FD_CHUNK ? n - done : FD_CHUNK;
		context_lock(a);
		ret = fd_chunk(a, spec + done, chunk, ev ? ev + done : NULL,
			       opt);
		context_unlock(a);
		done += ret;
		if (ret < (int)chunk)
			break;
	}
	return done;
}

/**
 * aem_accept() - a connection arrives, and is accepted
 * @a: the context
 * @fd: a listening socket
 * @flags: SOCK_NONBLOCK; SOCK_CLOEXEC is always so
 * @fn: handler, or NULL if it is taken by aem_wait()
 * @arg: for the handler
 * @opt: how it is handled, or NULL
 *
 * Return: the event, stopped unless AEM_STARTED, or NULL with errno set; see
 * aem_accept(3).
 */
API aem_ev aem_accept(struct aem *a, int fd, int flags, aem_fn fn, void *arg,
		      const struct aem_opt *opt)
{
	struct aem_job *job;
	struct aem_source s;

	if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) {
		errno = EINVAL;
		return NULL;
	}
	job = begin(a, AEM_ACCEPT, fn, arg, opt);
	if (!job)
		return NULL;
	job->e.fd = fd;
	s = source_of(job, AEM_KIND_ACCEPT);
	job->blocking = !(flags & SOCK_NONBLOCK);
	with_stream(job, &s, opt, BACKLOG_ACCEPT);
	return register_source(job, &s, opt);
}

/**
 * aem_recv() - bytes or a datagram arrive, and are received
 * @a: the context
 * @fd: a socket
 * @fn: handler, or NULL if it is taken by aem_wait()
 * @arg: for the handler
 * @opt: how it is handled, or NULL
 *
 * Return: the event, stopped unless AEM_STARTED, or NULL with errno set; see
 * aem_accept(3).
 */
API aem_ev aem_recv(struct aem *a, int fd, aem_fn fn, void *arg,
		    const struct aem_opt *opt)
{
	struct aem_job *job = begin(a, AEM_RECV, fn, arg, opt);
	struct aem_source s;

	if (!job)
		return NULL;
	job->e.fd = fd;
	s = source_of(job, AEM_KIND_RECV);
	with_stream(job, &s, opt, BACKLOG_RECV);
	return register_source(job, &s, opt);
}

/**
 * aem_timer() - time comes
 * @a: the context
 * @first_ns: when it expires first
 * @period_ns: from then on; 0 is once
 * @slack_ns: how much later it may come
 * @flags: AEM_ABSTIME, or 0: @first_ns counts from the start
 * @fn: handler, or NULL if it is taken by aem_wait()
 * @arg: for the handler
 * @opt: how it is handled, or NULL
 *
 * Return: the event, stopped unless AEM_STARTED, or NULL with errno set; see
 * aem_timer(3).
 */
API aem_ev aem_timer(struct aem *a, uint64_t first_ns, uint64_t period_ns,
		     uint64_t slack_ns, unsigned int flags, aem_fn fn,
		     void *arg, const struct aem_opt *opt)
{
	struct aem_job *job;
	struct aem_source s;

	if (flags & ~AEM_ABSTIME) {
		errno = EINVAL;
		return NULL;
	}
	job = begin(a, AEM_TIMER, fn, arg, opt);
	if (!job)
		return NULL;
	job->slow |= SLOW_VALUE;
	job->slack_ns = slack_ns;
	job->periodic = period_ns;
	s = source_of(job, AEM_KIND_TIMER);
	if (!(flags & AEM_ABSTIME))
		s.flags |= AEM_F_RELATIVE;
	s.timer.first_ns = first_ns;
	s.timer.period_ns = period_ns;
	s.timer.slack_ns = slack_ns;
	return register_source(job, &s, opt);
}

/**
 * aem_proc() - a process forks, executes or ends
 * @a: the context
 * @pid: the process, or 0 for all
 * @what: AEM_PROC_*
 * @fn: handler, or NULL if it is taken by aem_wait()
 * @arg: for the handler
 * @opt: how it is handled, or NULL
 *
 * Return: the event, stopped unless AEM_STARTED, or NULL with errno set; see
 * aem_proc(3).
 */
API aem_ev aem_proc(struct aem *a, pid_t pid, uint32_t what, aem_fn fn,
		    void *arg, const struct aem_opt *opt)
{
	struct aem_job *job = begin(a, AEM_PROC, fn, arg, opt);
	struct aem_source s;

	if (!job)
		return NULL;
	s = source_of(job, AEM_KIND_PROC);
	s.fd = pid;
	s.events = what & ~AEM_PROC_FOLLOW;
	if (what & AEM_PROC_FOLLOW)
		s.flags |= AEM_F_FOLLOW;
	with_stream(job, &s, opt, BACKLOG_OTHER);
	return register_source(job, &s, opt);
}

/**
 * aem_file() - a file or a folder changes
 * @a: the context
 * @path: the file, or a folder with what is in it
 * @mask: IN_* of <sys/inotify.h>
 * @fn: handler, or NULL if it is taken by aem_wait()
 * @arg: for the handler
 * @opt: how it is handled, or NULL
 *
 * Return: the event, stopped unless AEM_STARTED, or NULL with errno set; see
 * aem_file(3).
 */
API aem_ev aem_file(struct aem *a, const char *path, uint32_t mask, aem_fn fn,
		    void *arg, const struct aem_opt *opt)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	struct aem_job *job;
	struct aem_source s;
	struct stat st;
	aem_ev ev;

	if (fd < 0)
		return NULL;
	job = fstat(fd, &st) ? NULL : begin(a, AEM_FILE, fn, arg, opt);
	if (!job)
		goto out;
	s = source_of(job, AEM_KIND_FILE);
	s.fd = fd;
	s.events = mask;
	if (S_ISDIR(st.st_mode))
		s.flags |= AEM_F_CHILDREN;
	with_stream(job, &s, opt, BACKLOG_OTHER);
	ev = register_source(job, &s, opt);
	close(fd);
	return ev;
out:
	close(fd);
	return NULL;
}

/**
 * aem_net() - a link, an address, a neighbour or a route changes
 * @a: the context
 * @what: AEM_NET_*
 * @ifindex: of one interface, or 0 for all
 * @fn: handler, or NULL if it is taken by aem_wait()
 * @arg: for the handler
 * @opt: how it is handled, or NULL
 *
 * Return: the event, stopped unless AEM_STARTED, or NULL with errno set; see
 * aem_net(3).
 */
API aem_ev aem_net(struct aem *a, uint32_t what, int ifindex, aem_fn fn,
		   void *arg, const struct aem_opt *opt)
{
	struct aem_job *job = begin(a, AEM_NET, fn, arg, opt);
	struct aem_source s;

	if (!job)
		return NULL;
	s = source_of(job, AEM_KIND_NET);
	s.fd = ifindex;
	s.events = what;
	with_stream(job, &s, opt, BACKLOG_OTHER);
	return register_source(job, &s, opt);
}

/**
 * aem_mem() - the kernel runs out of memory
 * @a: the context
 * @what: AEM_MEM_*
 * @fn: handler, or NULL if it is taken by aem_wait()
 * @arg: for the handler
 * @opt: how it is handled, or NULL
 *
 * Return: the event, stopped unless AEM_STARTED, or NULL with errno set; see
 * aem_mem(3).
 */
API aem_ev aem_mem(struct aem *a, uint32_t what, aem_fn fn, void *arg,
		   const struct aem_opt *opt)
{
	struct aem_job *job = begin(a, AEM_MEM, fn, arg, opt);
	struct aem_source s;

	if (!job)
		return NULL;
	s = source_of(job, AEM_KIND_MEM);
	s.events = what;
	return register_source(job, &s, opt);
}

/* A trigger of pressure stall information, as a descriptor. */
static int pressure_open(unsigned int stall_us, unsigned int window_us)
{
	int fd = open("/proc/pressure/memory", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	char text[64];
	int len, err;

	if (fd < 0)
		return -1;
	len = snprintf(text, sizeof(text), "some %u %u", stall_us, window_us);
	if (write(fd, text, len + 1) == len + 1)
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

/**
 * aem_pressure() - tasks had to wait for memory
 * @a: the context
 * @stall_us: for so long,
 * @window_us: within this time
 * @fn: handler, or NULL if it is taken by aem_wait()
 * @arg: for the handler
 * @opt: how it is handled, or NULL
 *
 * Return: the event, stopped unless AEM_STARTED, or NULL with errno set; see
 * aem_mem(3).
 */
API aem_ev aem_pressure(struct aem *a, unsigned int stall_us,
			unsigned int window_us, aem_fn fn, void *arg,
			const struct aem_opt *opt)
{
	int fd = pressure_open(stall_us, window_us), err;
	struct aem_job *job;
	struct aem_source s;

	if (fd < 0)
		return NULL;
	job = begin(a, AEM_MEM, fn, arg, opt);
	if (!job) {
		err = errno;
		close(fd);
		errno = err;
		return NULL;
	}
	job->e.fd = fd;
	job->own_fd = true;
	s = source_of(job, AEM_KIND_FD);
	s.events = POLLPRI;
	return register_source(job, &s, opt);
}

/**
 * aem_user() - somebody fires it
 * @a: the context
 * @fn: handler, or NULL if it is taken by aem_wait()
 * @arg: for the handler
 * @opt: how it is handled, or NULL
 *
 * Return: the event, stopped unless AEM_STARTED, or NULL with errno set; see
 * aem_user(3).
 */
API aem_ev aem_user(struct aem *a, aem_fn fn, void *arg,
		    const struct aem_opt *opt)
{
	struct aem_job *job = begin(a, AEM_USER, fn, arg, opt);
	struct aem_source s;

	if (!job)
		return NULL;
	job->slow |= SLOW_VALUE;
	s = source_of(job, AEM_KIND_USER);
	return register_source(job, &s, opt);
}

/**
 * aem_module() - a kernel module has something to say
 * @a: the context
 * @source: what it is called: "digsig"
 * @events: bit n for its event n
 * @fn: handler, or NULL if it is taken by aem_wait()
 * @arg: for the handler
 * @opt: how it is handled, or NULL
 *
 * Return: the event, stopped unless AEM_STARTED, or NULL with errno set; see
 * aem_module(3).
 */
API aem_ev aem_module(struct aem *a, const char *source, uint32_t events,
		      aem_fn fn, void *arg, const struct aem_opt *opt)
{
	struct aem_job *job;
	struct aem_source s;

	if (strlen(source) >= sizeof(s.pub)) {
		errno = ENOENT;
		return NULL;
	}
	job = begin(a, AEM_MODULE, fn, arg, opt);
	if (!job)
		return NULL;
	s = source_of(job, AEM_KIND_PUB);
	s.events = events;
	strcpy(s.pub, source);
	with_stream(job, &s, opt, BACKLOG_OTHER);
	return register_source(job, &s, opt);
}

/* ---- the library's own ----------------------------------------------------------- */

/**
 * source_internal() - watch a descriptor for the library
 * @a: the context, locked
 * @by: whose handler it is, BY_OWNER or BY_THREAD
 * @fd: the descriptor, or -1 for a user event
 * @fn: handler
 * @arg: for the handler
 *
 * Return: a started job that the program's calls do not reach, or NULL with
 * errno set.
 */
struct aem_job *source_internal(struct aem *a, unsigned int by, int fd,
				aem_fn fn, void *arg)
{
	struct aem_job *job = job_new(a, NULL);
	struct aem_source s;
	int err;

	if (!job)
		return NULL;
	job->e.type = fd < 0 ? AEM_USER : AEM_FD;
	job->e.arg = arg;
	job->e.fd = fd;
	job->e.prio = AEM_PRIO_MAX;
	job->by = by;
	job->fn = fn;
	job->internal = true;
	job->slow |= SLOW_OWN;
	job_set_started(job, true);
	s = source_of(job, fd < 0 ? AEM_KIND_USER : AEM_KIND_FD);
	s.flags |= AEM_F_START;
	s.events = fd < 0 ? 0 : POLLIN;
	err = queue_add(job_queue(job), &s, 1);
	if (err >= 0)
		err = s.error;
	if (!err) {
		source_added(job, &s);
		return job;
	}
	job_free(job);
	errno = -err;
	return NULL;
}

static void nothing(const struct aem_event *e)
{
	(void)e;
}

/**
 * source_wake() - make an event that has a consumer look around
 * @a: the context, locked
 * @by: which consumer
 *
 * Return: 0, or a negative errno.
 */
int source_wake(struct aem *a, unsigned int by)
{
	a->wake[by] = source_internal(a, by, -1, nothing, NULL);
	return a->wake[by] ? 0 : -errno;
}
