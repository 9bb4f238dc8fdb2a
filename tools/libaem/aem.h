/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libaem: one event queue, and handlers that run when the event happens.
 *
 *	static void on_request(const struct aem_event *e)
 *	{
 *		answer(e->fd, e->recv.data, e->recv.len);
 *	}
 *
 *	struct aem *a = aem_open(0, 0);
 *	aem_ev ev = aem_recv(a, fd, on_request, NULL, NULL);
 *
 *	aem_start(ev);
 *	aem_run(a);
 *
 * Events begin disabled. aem_start() enables one. By default its handler is
 * called by aem_dispatch() and aem_run(), or the event is returned by
 * aem_wait(). With AEM_ASYNC in struct aem_opt the handler interrupts whatever
 * the thread does, as a signal handler would; with AEM_THREAD a thread of the
 * library calls it; with AEM_FORK or AEM_CAPSULE another process does.
 *
 * Errors: calls that return int return -1, calls that return a pointer return
 * NULL, and errno says why.
 *
 * Threads: a context belongs to the thread that opened it. aem_wait(),
 * aem_dispatch(), aem_run(), aem_mask(), aem_unmask() and aem_close() are for
 * this thread (EPERM for others). All other calls may be made by any thread at
 * any time. Two contexts share nothing.
 *
 * Processes: a context does not survive fork(): in the child every call but
 * aem_fire() fails with EOWNERDEAD. exec() closes it.
 *
 * Every call may be used in a handler, AEM_ASYNC ones too, but aem_wait(),
 * aem_dispatch(), aem_run() and aem_close(), which are refused there (EDEADLK).
 * An AEM_ASYNC handler itself may call only what a signal handler may, and this
 * library: no malloc(), no printf(). AEM_THREAD handlers may call anything.
 */
#ifndef AEM_H
#define AEM_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/** struct aem - a context: one queue and the thread that it belongs to */
struct aem;

/** aem_ev - a registered event, valid until aem_del() or aem_close() */
typedef struct aem_job *aem_ev;

/* ---- kinds of events ------------------------------------------------------ */

/** enum aem_type - what kind of event it is, in struct aem_event */
enum aem_type {
	AEM_FD = 1,		/* a descriptor became ready */
	AEM_ACCEPT,		/* a connection was accepted */
	AEM_RECV,		/* bytes or a datagram arrived */
	AEM_TIMER,		/* time has come */
	AEM_PROC,		/* a process forked, executed or ended */
	AEM_FILE,		/* a file or a folder changed */
	AEM_NET,		/* a link, an address or a neighbour changed */
	AEM_MEM,		/* memory is short, or tasks waited for it */
	AEM_USER,		/* aem_fire() */
	AEM_MODULE,		/* another kernel module has something to say */
};

/* What may be added to the POLL* bits of aem_fd(). Without AEM_LEVEL an event
 * is reported when the descriptor becomes ready, once ("edge").
 */
#define AEM_LEVEL	(1U << 30)	/* again while it is ready */
#define AEM_EXCLUSIVE	(1U << 28)	/* one of all that watch it so */

/* aem_timer(): @first is a time of CLOCK_MONOTONIC, not a distance. */
#define AEM_ABSTIME	(1U << 0)

/* aem_proc(), and what happened in struct aem_event. */
#define AEM_PROC_FORK	0x0001
#define AEM_PROC_EXEC	0x0002
#define AEM_PROC_EXIT	0x0004
/* aem_proc(): and what it forks from now on. */
#define AEM_PROC_FOLLOW	(1U << 30)

/* aem_net(), and what happened in struct aem_event. */
#define AEM_NET_LINK	0x0001
#define AEM_NET_ADDR	0x0002
#define AEM_NET_NEIGH	0x0004
#define AEM_NET_ROUTE	0x0008

/* aem_mem(), and what happened in struct aem_event. */
#define AEM_MEM_RECLAIM	0x0001	/* the kernel looks for memory to free */
#define AEM_MEM_OOM	0x0002	/* it is about to kill */

/* Of any kind, in struct aem_event: some were lost; @count says how many. */
#define AEM_LOST	0x8000

/**
 * struct aem_event - one event, as a handler or aem_wait() gets it
 * @ev: the registration
 * @arg: what was given when it was registered
 * @type: which kind, enum aem_type; says which member of the union is meant
 * @prio: its priority
 * @events: what happened: POLL* bits, AEM_PROC_*, AEM_NET_*, the IN_* bits of
 *	<sys/inotify.h>
 * @count: how often since it was last delivered; never 0. For a timer the
 *	number of expirations. Kinds with data deliver one event for each that
 *	happened, with a count of 1
 * @fd: the descriptor that is watched, or -1
 * @accept: AEM_ACCEPT: the new descriptor, which is now yours, or -1 and the
 *	error; the peer's address
 * @recv: AEM_RECV: what was received. @data NULL is the end: of a stream, or
 *	with @error an errno value. EMSGSIZE with data is a datagram that was
 *	larger than a buffer. @data is valid until the handler returns or, with
 *	aem_wait(), until the next call of it
 * @timer: AEM_TIMER: when the last of the expirations was due, CLOCK_MONOTONIC
 * @proc: AEM_PROC: @pid is the process; after AEM_PROC_FORK @other is its new
 *	child; after AEM_PROC_EXIT @status is what waitpid() would say. 0 is a
 *	process that is not visible in this pid namespace
 * @file: AEM_FILE: the name in the folder that is watched, or ""; @cookie joins
 *	the two halves of a rename
 * @net: AEM_NET: the interface. For AEM_NET_LINK @event is NETDEV_* of the
 *	kernel and @flags IFF_*; for an address or a route @event is 1 for new
 *	and 0 for gone; for a neighbour it is the NUD_* state. @family, @prefix
 *	and @addr but for links
 * @user: AEM_USER: the value of the last aem_fire()
 * @module: AEM_MODULE: number of the module's event, and its data
 *
 * Pointers in it are valid as long as @recv.data is.
 */
struct aem_event {
	aem_ev			ev;
	void			*arg;
	uint16_t		type;
	uint16_t		prio;
	uint32_t		events;
	uint64_t		count;
	int			fd;
	int			reserved;
	union {
		struct {
			int			fd;
			int			error;
			const struct sockaddr	*addr;
			socklen_t		addrlen;
		} accept;
		struct {
			const void		*data;
			size_t			len;
			int			error;
		} recv;
		struct {
			uint64_t		due_ns;
		} timer;
		struct {
			pid_t			pid;
			pid_t			other;
			int			status;
			uid_t			uid;
			const char		*comm;
		} proc;
		struct {
			const char		*name;
			uint64_t		ino;
			uint32_t		cookie;
		} file;
		struct {
			int			ifindex;
			uint32_t		event;
			uint32_t		flags;
			uint16_t		family;
			uint16_t		prefix;
			const void		*addr;
			const char		*ifname;
		} net;
		struct {
			uint64_t		value;
		} user;
		struct {
			const void		*data;
			size_t			len;
			uint32_t		event;
		} module;
		uint64_t			room[6];
	};
};

/** aem_fn - a handler */
typedef void (*aem_fn)(const struct aem_event *e);

/* ---- options of a registration ---------------------------------------------- */

#define AEM_PRIO_MIN	0
#define AEM_PRIO_MAX	7	/* runs first */

/* Where the handler runs: at most one of ASYNC and THREAD, and at most one of
 * FORK and CAPSULE.
 */
#define AEM_ASYNC	(1U << 0)	/* interrupts the thread */
#define AEM_THREAD	(1U << 1)	/* in a thread of the library */
#define AEM_FORK	(1U << 2)	/* in a process made for it */
#define AEM_CAPSULE	(1U << 3)	/* in a process that is ready for it */
#define AEM_NOCLDWAIT	(1U << 4)	/* the library waits for that process */
/* How long it lives. */
#define AEM_ONESHOT	(1U << 5)	/* stopped when delivered */
#define AEM_KEEPALIVE	(1U << 6)	/* aem_run() goes on while it is started */
#define AEM_STARTED	(1U << 7)	/* started when registered */
/* The thread is raised to real-time priority while it is pending. */
#define AEM_BOOST	(1U << 8)

/**
 * struct aem_opt - how an event is handled; NULL is all zero
 * @flags: AEM_ASYNC and so on
 * @prio: 0 to 7; 7 runs first
 * @capsules: AEM_CAPSULE: how many processes are kept ready; 0 means 4
 * @backlog: kinds with data: how many may wait to be delivered; a power of two,
 *	0 means 1 for aem_recv(), 16 for aem_accept() and 64 for others
 * @reserved: must be 0
 */
struct aem_opt {
	uint32_t	flags;
	uint32_t	prio;
	uint32_t	capsules;
	uint32_t	backlog;
	uint32_t	reserved[4];
};

/* ---- contexts ------------------------------------------------------------------ */

/* aem_open(): AEM_ASYNC handlers are called by the kernel without a signal,
 * where that is possible; experimental, see aem(7).
 */
#define AEM_UPCALL	(1U << 0)
/* aem_open(): there will be no AEM_ASYNC event. Saves 32 bytes an event. */
#define AEM_SYNC_ONLY	(1U << 1)

/**
 * struct aem_size - how large a context is
 * @events: how many there can be; 0 means 1024
 * @backlog: sum of the backlogs of its events, each rounded up to a power of
 *	two plus one, 64 bytes each
 * @buffers: how many buffers for aem_recv(), shared by all of its events
 * @buffer_size: size of a buffer, a multiple of 64 up to 65536: the most that
 *	one event of aem_recv() brings
 * @reserved: must be 0
 */
struct aem_size {
	uint32_t	events;
	uint32_t	backlog;
	uint32_t	buffers;
	uint32_t	buffer_size;
	uint32_t	reserved[4];
};

struct aem *aem_open(unsigned int max_events, unsigned int flags);
struct aem *aem_open_sized(const struct aem_size *size, unsigned int flags);
int aem_close(struct aem *a);
int aem_pollfd(struct aem *a);
int aem_delivery(struct aem *a);

/* What aem_delivery() returns: how AEM_ASYNC events of a context arrive. */
#define AEM_BY_SIGNAL	1
#define AEM_BY_UPCALL	2

/* ---- registering ------------------------------------------------------------------ */

aem_ev aem_fd(struct aem *a, int fd, uint32_t events, aem_fn fn, void *arg,
	      const struct aem_opt *opt);
aem_ev aem_accept(struct aem *a, int fd, int flags, aem_fn fn, void *arg,
		  const struct aem_opt *opt);
aem_ev aem_recv(struct aem *a, int fd, aem_fn fn, void *arg,
		const struct aem_opt *opt);
aem_ev aem_timer(struct aem *a, uint64_t first_ns, uint64_t period_ns,
		 uint64_t slack_ns, unsigned int flags, aem_fn fn, void *arg,
		 const struct aem_opt *opt);
aem_ev aem_proc(struct aem *a, pid_t pid, uint32_t what, aem_fn fn, void *arg,
		const struct aem_opt *opt);
aem_ev aem_file(struct aem *a, const char *path, uint32_t mask, aem_fn fn,
		void *arg, const struct aem_opt *opt);
aem_ev aem_net(struct aem *a, uint32_t what, int ifindex, aem_fn fn, void *arg,
	       const struct aem_opt *opt);
aem_ev aem_mem(struct aem *a, uint32_t what, aem_fn fn, void *arg,
	       const struct aem_opt *opt);
aem_ev aem_pressure(struct aem *a, unsigned int stall_us,
		    unsigned int window_us, aem_fn fn, void *arg,
		    const struct aem_opt *opt);
aem_ev aem_user(struct aem *a, aem_fn fn, void *arg, const struct aem_opt *opt);
aem_ev aem_module(struct aem *a, const char *source, uint32_t events, aem_fn fn,
		  void *arg, const struct aem_opt *opt);

/**
 * struct aem_fd_spec - one of many descriptors for aem_fd_many()
 * @fd: the descriptor
 * @events: as for aem_fd()
 * @fn: its handler
 * @arg: for the handler
 */
struct aem_fd_spec {
	int		fd;
	uint32_t	events;
	aem_fn		fn;
	void		*arg;
};

int aem_fd_many(struct aem *a, const struct aem_fd_spec *spec, unsigned int n,
		aem_ev *ev, const struct aem_opt *opt);

/* ---- jobs -------------------------------------------------------------------------- */

int aem_start(aem_ev ev);
int aem_stop(aem_ev ev);
int aem_del(aem_ev ev);
int aem_set_prio(aem_ev ev, unsigned int prio);
int aem_set_timer(aem_ev ev, uint64_t first_ns, uint64_t period_ns,
		  unsigned int flags);
int aem_start_all(struct aem *a);
int aem_stop_all(struct aem *a);
int aem_del_all(struct aem *a);
int aem_set_prio_all(struct aem *a, unsigned int prio);

/**
 * struct aem_info - what became of an event so far
 * @type: which kind
 * @flags: of its struct aem_opt
 * @prio: its priority
 * @started: it is started
 * @delivered: times its handler was called or aem_wait() returned it
 * @capsules: processes ready, AEM_CAPSULE
 * @waiting: deliveries that wait for a process
 * @reserved: 0
 */
struct aem_info {
	uint32_t	type;
	uint32_t	flags;
	uint32_t	prio;
	uint32_t	started;
	uint64_t	delivered;
	uint32_t	capsules;
	uint32_t	waiting;
	uint64_t	reserved[3];
};

int aem_info(aem_ev ev, struct aem_info *info);

/* ---- user events --------------------------------------------------------------------- */

int aem_fire(aem_ev ev, uint64_t value);
int aem_user_fd(aem_ev ev);
uint64_t aem_user_id(aem_ev ev);
int aem_fire_fd(int fd, uint64_t id, uint64_t value);

/* ---- delivery -------------------------------------------------------------------------- */

int aem_wait(struct aem *a, struct aem_event *v, int n,
	     const struct timespec *timeout);
int aem_dispatch(struct aem *a);
int aem_run(struct aem *a);
int aem_quit(struct aem *a);
int aem_mask(struct aem *a);
int aem_unmask(struct aem *a);

#ifdef __cplusplus
}
#endif

#endif /* AEM_H */
