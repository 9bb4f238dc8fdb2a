/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * aem: one event queue for every source. The interface of /dev/aem.
 *
 * Each open() of /dev/aem is a context: sources, and a ring in memory shared
 * with the kernel. The steps are: open, AEM_IOC_SETUP, mmap() of map_size bytes
 * at offset 0 (PROT_READ | PROT_WRITE, MAP_SHARED, once), AEM_IOC_ADD, take.
 *
 * ioctl           argument              does                        errors
 * AEM_IOC_SETUP   struct aem_setup *    sizes and binds the         EBUSY done before, EINVAL,
 *                                       context to this process     ENOMEM, EUSERS limit of the
 *                                                                   user
 * AEM_IOC_NOTIFY  struct aem_notify *   signal or upcall for        EOPNOTSUPP no upcall here,
 *                                       AEM_F_ASYNC sources         ESRCH no such thread, EINVAL
 * AEM_IOC_ADD     struct aem_add *      adds sources                EINVAL, EFAULT; else each
 *                                                                   source has its own error
 * AEM_IOC_CTL     struct aem_ctl *      start, stop, delete, set    EINVAL, ENOENT (the rest was
 *                                       priority; some or all       done)
 * AEM_IOC_TIMER   struct aem_timer *    sets a timer anew           ENOENT, EINVAL
 * AEM_IOC_WAIT    nanoseconds, by value waits until something is    EINTR, EBUSY another thread
 *                 (-1: for ever,        ready; returns a bitmap     waits
 *                 0: only do the work)  of rings, or 0 at the end
 *                                       of the time
 * AEM_IOC_FIRE    struct aem_fire *     fires an AEM_KIND_USER      ENOENT, EINVAL not of that
 *                                       source; the one call that   kind, ESHUTDOWN stopped
 *                                       any process may make that
 *                                       holds the descriptor
 *
 * All but AEM_IOC_FIRE: EPERM if the caller's address space is not the one that
 * set the context up (so in a child after fork()), ENXIO before AEM_IOC_SETUP
 * or, where the ring is needed, before mmap(), ESHUTDOWN after munmap().
 * poll() on the descriptor says EPOLLIN while a ring is ready; it works in epoll
 * and io_uring.
 *
 * fork(): the child has the descriptor unless it is close-on-exec, but not the
 * mapping; it can fire and poll. exec() and exit end the mapping, and with it
 * the context, even if another process still holds the descriptor.
 *
 * How events are taken, without a system call
 * -------------------------------------------
 * There are 8 rings of priorities (0 lowest, 7 highest), and 8 more for
 * AEM_F_ASYNC sources if AEM_SETUP_ASYNC was given: ring r = priority, or
 * 8 + priority. A ring is an array of @slots 32-bit numbers; what is in a slot is
 * a source's index + 1, or 0. A source is in a ring once, however often it
 * happens, so a ring that has as many slots as there can be sources cannot
 * overflow. One consumer at a time:
 *
 *	i = head[r] & (slots - 1);
 *	v = load_acquire(&slot[r][i]);
 *	if (!v) {
 *		fetch_and(&header->ready, ~(1 << r));	// full barrier
 *		if (load(&slot[r][i]))
 *			fetch_or(&header->ready, 1 << r);
 *		return nothing;
 *	}
 *	store(&slot[r][i], 0);
 *	head[r]++;
 *	w = xchg(&state[v - 1].word, 0);		// full barrier
 *	count = w & AEM_COUNT_MASK; events = w >> AEM_EVENTS_SHIFT;
 *
 * A count of 0, or a cookie of 0, is a source that was deleted after it was
 * queued: skip it. Where head[] is kept is the consumer's business; it starts
 * with 0.
 *
 * To be woken or interrupted the consumer arms: xchg AEM_ARM_* bits into
 * header->armed, then look at header->ready and header->work again. The kernel
 * takes the bits back and rings once: one doorbell for each time that the
 * consumer armed. AEM_IOC_WAIT and poll() arm for themselves.
 *
 * header->work is not 0 when the kernel has something to do in the consumer's
 * context before more events can be taken (sources of level kind that were
 * taken are polled again, data are received): when the rings are empty, or before
 * a new round, call AEM_IOC_WAIT, with 0 if there is nothing to wait for. It may
 * stay set afterwards: while there are sources of level kind that are ready.
 *
 * Nothing that is written into the mapping is trusted: a process that scribbles
 * there loses its own events and nothing else.
 */
#ifndef _UAPI_LINUX_AEM_H
#define _UAPI_LINUX_AEM_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define AEM_DEVICE		"/dev/aem"
#define AEM_VERSION		1
#define AEM_MAGIC		0x4d454131	/* "1AEM" */

#define AEM_PRIOS		8
#define AEM_RINGS		16

/* ---- the mapping --------------------------------------------------------- */

/* Bits of aem_header.armed: what the kernel may ring for. */
#define AEM_ARM_WAIT	(1u << 0)	/* poll() and AEM_IOC_WAIT */
#define AEM_ARM_ASYNC	(1u << 1)	/* the signal or upcall */

#define AEM_HIST	32

/*
 * struct aem_usage - what the consumer tells about itself
 * @handled: events handled, by priority
 * @latency: histogram: bucket b counts events whose handler began
 *	2^b <= ns < 2^(b + 1) after @stamp of the state; only with AEM_F_STAMP
 * @run: histogram of the time that handlers took, in the same buckets
 *
 * Written by the consumer if it likes, shown in /proc/aem, otherwise ignored.
 */
struct aem_usage {
	__u64 handled[AEM_PRIOS];
	__u64 latency[AEM_HIST];
	__u64 run[AEM_HIST];
};

/*
 * struct aem_header - the first page of the mapping
 *
 * The first part is written at AEM_IOC_SETUP and never read by the kernel again.
 * @ready: bit r: ring r may have something. Kernel sets, consumer clears
 * @armed: AEM_ARM_*. Consumer sets, kernel clears
 * @work: not 0: AEM_IOC_WAIT has something to do. Kernel only
 * @masked: not 0: critical section, no upcall (and the consumer's signal handler
 *	returns at once). Consumer only
 * @deferred: not 0: something came while @masked. Set by the kernel for an
 *	upcall, by the consumer's signal handler for a signal; cleared by the
 *	consumer when it unmasks
 * @buf_tail: number of buffers that the consumer ever gave back; see bufs
 * @stamping: not 0: someone looks at /proc/aem: stamps are wanted. Kernel only
 * @head: free for the consumer's private place in each ring
 * @usage: see struct aem_usage
 */
struct aem_header {
	__u32 magic;
	__u32 version;
	__u32 slots;		/* in each ring; a power of two */
	__u32 rings;		/* 8 or 16 */
	__u32 slot_off;		/* bytes from the start to the slots of ring 0 */
	__u32 state_off;	/* to struct aem_state[slots] */
	__u32 record_off;	/* to struct aem_record[records] */
	__u32 records;
	__u32 bufid_off;	/* to __u32[bufs]: the ring of free buffers */
	__u32 bufs;		/* a power of two, or 0 */
	__u32 buf_size;
	__u32 pad0;
	__u64 buf_off;		/* to the buffers */
	__u64 map_size;

	__u32 ready __attribute__((aligned(64)));
	__u32 armed;
	__u32 work;
	__u32 masked;
	__u32 deferred;
	__u32 buf_tail;
	__u32 stamping;
	__u32 pad1;

	__u32 head[AEM_RINGS] __attribute__((aligned(64)));
	struct aem_usage usage __attribute__((aligned(64)));
};

#define AEM_COUNT_MASK		((1ULL << 48) - 1)
#define AEM_EVENTS_SHIFT	48

/*
 * struct aem_state - a source as the consumer sees it; index as in its id
 * @word: how often it happened since it was last taken (48 bits), and what
 *	(16 bits: EPOLL* bits, or AEM_*_ of its kind). Taken by xchg with 0
 * @cookie: from struct aem_source; 0 after deletion
 * @value: the last value (AEM_KIND_USER: of aem_fire; AEM_KIND_TIMER: when it
 *	was due, CLOCK_MONOTONIC ns)
 * @stamp: CLOCK_MONOTONIC ns when it was queued; only with AEM_F_STAMP or while
 *	header->stamping
 */
struct aem_state {
	__u64 word;
	__u64 cookie;
	__u64 value;
	__u64 stamp;
};

/* Further bits among the 16 of what happened. */
#define AEM_EV_CLOSED	0x0020	/* FD, ACCEPT, RECV: the descriptor was closed;
				 * the source has ended
				 */
#define AEM_EV_LOST	0x8000	/* records were lost: see aem_stream.lost */

/*
 * struct aem_record - one thing that happened, with its data
 * @kind: AEM_KIND_* of the source
 * @flags: AEM_REC_MORE: the data go on in the next record
 * @len: of the data, in this record and those that follow
 * @time_ns: CLOCK_MONOTONIC
 * @data: struct aem_rec_*
 */
struct aem_record {
	__u16 kind;
	__u16 flags;
	__u32 len;
	__u64 time_ns;
	__u8 data[48];
};

#define AEM_REC_MORE	(1u << 0)

/*
 * struct aem_stream - the records of one source
 * @head: records taken. Consumer only; starts with 0
 * @tail: records written. Kernel only; load_acquire
 * @mask: number of records - 1: record n is first[n & mask]
 * @first: index of the first record, in the array at header->record_off
 * @lost: things that happened while there was no free record. Kinds that can
 *	wait (accept, recv) wait instead; see AEM_EV_LOST
 *
 * It lies in the array of records too, at the index that AEM_IOC_ADD tells.
 */
struct aem_stream {
	__u32 head;
	__u32 tail;
	__u32 mask;
	__u32 first;
	__u64 lost;
	__u8 pad[40];
};

/*
 * Buffers for received data are shared by the AEM_KIND_RECV sources of a
 * context. All are the kernel's at first. To give one back the consumer writes
 * its number to bufid[buf_tail & (bufs - 1)] and then increments
 * header->buf_tail (store_release). Sources that found none wait, and
 * header->work is set, until AEM_IOC_WAIT is called with some given back.
 */

/* ---- AEM_IOC_SETUP ------------------------------------------------------- */

/* struct aem_setup.flags */
#define AEM_SETUP_ASYNC	(1u << 0)	/* 16 rings: there will be AEM_F_ASYNC */
#define AEM_SETUP_STAMP	(1u << 1)	/* AEM_F_STAMP for all */

/*
 * struct aem_setup - sizes of a context
 * @flags: AEM_SETUP_*
 * @sources: how many there can be; rounded up to a power of two from 64
 * @records: how many records (64 bytes each) there are for sources with data; a
 *	source takes one more than it asks for
 * @bufs: how many buffers, rounded up to a power of two; may be 0
 * @buf_size: of each; a multiple of 64, 64 to 65536; 0 if @bufs is 0
 * @pad: 0
 * @map_size: answer: how much to map
 */
struct aem_setup {
	__u32 flags;
	__u32 sources;
	__u32 records;
	__u32 bufs;
	__u32 buf_size;
	__u32 pad;
	__u64 map_size;
};

/* ---- AEM_IOC_NOTIFY ------------------------------------------------------ */

enum aem_notify_mode {
	AEM_NOTIFY_NONE,	/* as it is at first */
	AEM_NOTIFY_SIGNAL,
	AEM_NOTIFY_UPCALL,
};

/*
 * struct aem_notify - how AEM_F_ASYNC sources reach a running thread
 * @mode: enum aem_notify_mode
 * @signo: signal; for AEM_NOTIFY_UPCALL the one used where no upcall is possible
 *	(in an rseq section, while single-stepping)
 * @tid: the thread, of this process; 0 is the caller
 * @flags: 0
 * @value: si_value of the signal; si_code is SI_MESGQ
 * @entry: AEM_NOTIFY_UPCALL: where the thread continues. The kernel has pushed
 *	below the 128-byte red zone: the interrupted address, and below it, at
 *	the stack pointer, the flags. "popfq; ret $128" goes back; every other
 *	register has to be as it was
 * @zone: from here up to @popf the code arms, looks again and restores
 *	registers, and may be begun again: interrupted there, the thread
 *	continues at @redo, with the stack pointer as it is
 * @redo: see @zone
 * @popf: address of the "popfq" (one byte, 0x9d) that "ret $128" follows:
 *	interrupted at either of them, the thread goes back to the frame and to
 *	@entry, so that upcalls do not pile up
 *
 * The signal is sent once for each time the consumer armed with AEM_ARM_ASYNC.
 * If the limit of queued signals is reached it comes without @value (SI_KERNEL).
 */
struct aem_notify {
	__u32 mode;
	__u32 signo;
	__u32 tid;
	__u32 flags;
	__u64 value;
	__u64 entry;
	__u64 zone;
	__u64 redo;
	__u64 popf;
};

/* ---- AEM_IOC_ADD --------------------------------------------------------- */

enum aem_kind {
	AEM_KIND_NONE,
	AEM_KIND_FD,		/* @fd, @events EPOLL*: a descriptor is ready */
	AEM_KIND_TIMER,		/* @timer */
	AEM_KIND_USER,		/* fired by AEM_IOC_FIRE */
	AEM_KIND_PROC,		/* @fd: process id, 0: all; @events AEM_PROC_FORK
				 * and so on; records
				 */
	AEM_KIND_FILE,		/* @fd: open file or folder (O_PATH too);
				 * @events IN_* of <sys/inotify.h>; records
				 */
	AEM_KIND_NET,		/* @fd: interface, 0: all; @events AEM_NET_LINK
				 * and so on; records
				 */
	AEM_KIND_MEM,		/* @events AEM_MEM_* */
	AEM_KIND_PUB,		/* @pub: published by a module; @events: bit n
				 * for its event n; records
				 */
	AEM_KIND_ACCEPT,	/* @fd: listening socket; records */
	AEM_KIND_RECV,		/* @fd: socket; records and a buffer */
	__AEM_KIND_MAX
};

/* struct aem_source.flags */
#define AEM_F_START	(1u << 0)	/* start it at once */
#define AEM_F_ONESHOT	(1u << 1)	/* stops itself when it happens */
#define AEM_F_LEVEL	(1u << 2)	/* FD: again while it is ready */
#define AEM_F_EXCLUSIVE	(1u << 3)	/* FD: do not wake all that watch it */
#define AEM_F_ASYNC	(1u << 4)	/* rings 8-15 and the doorbell */
#define AEM_F_STAMP	(1u << 5)	/* fill aem_state.stamp */
#define AEM_F_BOOST	(1u << 6)	/* real-time priority for the thread while
					 * it is queued; CAP_SYS_NICE
					 */
#define AEM_F_RELATIVE	(1u << 7)	/* TIMER: first_ns counts from the start */
#define AEM_F_FOLLOW	(1u << 8)	/* PROC: and what it forks from now on */
#define AEM_F_CHILDREN	(1u << 9)	/* FILE: what is in the folder, by name */
#define AEM_F_KEEPALIVE	(1u << 10)	/* kept for the library */

/* PROC: what happened. The source needs the right to signal the process, or
 * CAP_SYS_PTRACE over it; for all processes CAP_SYS_PTRACE.
 */
#define AEM_PROC_FORK	0x0001
#define AEM_PROC_EXEC	0x0002
#define AEM_PROC_EXIT	0x0004	/* a source of one process ends with it */

/* NET: of the network namespace that adds the source. */
#define AEM_NET_LINK	0x0001
#define AEM_NET_ADDR	0x0002
#define AEM_NET_NEIGH	0x0004
#define AEM_NET_ROUTE	0x0008

/* MEM: for pressure by the clock, watch /proc/pressure/memory with KIND_FD. */
#define AEM_MEM_RECLAIM	0x0001	/* the kernel looks for memory to free */
#define AEM_MEM_OOM	0x0002	/* it is about to kill */

#define AEM_PUB_NAME	16

/*
 * struct aem_source - a source to add
 * @cookie: the consumer's name for it; not 0
 * @kind: enum aem_kind
 * @flags: AEM_F_*
 * @prio: 0 to 7
 * @events: of the kind
 * @fd: of the kind
 * @records: kinds with records: how many, a power of two up to 65536; else 0
 * @timer: first_ns: CLOCK_MONOTONIC, or see AEM_F_RELATIVE; period_ns: 0 is once;
 *	slack_ns: how much later it may come
 * @pub: name of the module's source
 * @id: answer: for AEM_IOC_CTL; the lower 32 bits are the index in the states
 * @error: answer: 0, or a negative errno: EBADF, EPERM (the descriptor or the
 *	process cannot be watched), EACCES, ESRCH, ENODEV (no such interface),
 *	ENOENT (no such publisher), ELOOP (an event queue: aem, epoll), ENOSPC
 *	(all @sources or @records are in use, or deleted but still queued),
 *	EUSERS (limit of the user), EINVAL, EOPNOTSUPP
 * @stream: answer: index of the struct aem_stream; 0 if there is none
 */
struct aem_source {
	__u64 cookie;
	__u32 kind;
	__u32 flags;
	__u32 prio;
	__u32 events;
	__s32 fd;
	__u32 records;
	union {
		struct {
			__u64 first_ns;
			__u64 period_ns;
			__u64 slack_ns;
		} timer;
		char pub[AEM_PUB_NAME];
		__u64 pad[3];
	};
	__u64 id;
	__s32 error;
	__u32 stream;
};

/*
 * struct aem_add - many sources in one call
 * @sources: address of struct aem_source[@count]
 * @count: how many
 * @added: answer: how many have @error 0
 */
struct aem_add {
	__u64 sources;
	__u32 count;
	__u32 added;
};

/* ---- AEM_IOC_CTL, TIMER, FIRE -------------------------------------------- */

enum aem_op {
	AEM_OP_START,	/* and if it is ready already, it happens now */
	AEM_OP_STOP,
	AEM_OP_DEL,
	AEM_OP_PRIO,	/* from its next event on */
};

#define AEM_CTL_ALL	(1u << 0)	/* all sources; @ids is not looked at */

/*
 * struct aem_ctl - do something with sources
 * @op: enum aem_op
 * @flags: AEM_CTL_ALL
 * @ids: address of __u64[@count]
 * @count: how many
 * @prio: for AEM_OP_PRIO
 * @done: answer: for how many it was done
 * @pad: 0
 */
struct aem_ctl {
	__u32 op;
	__u32 flags;
	__u64 ids;
	__u32 count;
	__u32 prio;
	__u32 done;
	__u32 pad;
};

/*
 * struct aem_timer - a timer set anew, and started
 * @id: of the source
 * @flags: AEM_F_RELATIVE
 * @pad: 0
 */
struct aem_timer {
	__u64 id;
	__u32 flags;
	__u32 pad;
	__u64 first_ns;
	__u64 period_ns;
	__u64 slack_ns;
};

/*
 * struct aem_fire - fire a user event
 * @id: of the source
 * @value: becomes aem_state.value; of several that coalesce, the last
 */
struct aem_fire {
	__u64 id;
	__u64 value;
};

#define AEM_IOC_SETUP	_IOWR('Q', 0x80, struct aem_setup)
#define AEM_IOC_NOTIFY	_IOW('Q', 0x81, struct aem_notify)
#define AEM_IOC_ADD	_IOWR('Q', 0x82, struct aem_add)
#define AEM_IOC_CTL	_IOWR('Q', 0x83, struct aem_ctl)
#define AEM_IOC_TIMER	_IOW('Q', 0x84, struct aem_timer)
#define AEM_IOC_WAIT	_IO('Q', 0x85)
#define AEM_IOC_FIRE	_IOW('Q', 0x86, struct aem_fire)

/* ---- data of records ----------------------------------------------------- */

/*
 * PROC. @pid did it (FORK: the parent), in the pid namespace of the consumer (0:
 * not visible there). @other: FORK: the child. @status: EXIT: as of wait(). The
 * record of an exit comes before wait() finds the child.
 */
struct aem_rec_proc {
	__u32 what;
	__u32 pid;
	__u32 other;
	__u32 status;
	__u32 uid;
	char comm[16];
};

/* FILE. @name: without its folder; @len of the record says how long. */
struct aem_rec_file {
	__u32 mask;
	__u32 rename;	/* the same in both halves of a rename */
	__u64 ino;
	char name[];
};

/*
 * NET. @event: NETDEV_* for AEM_NET_LINK; 1 new, 0 gone for ADDR and ROUTE;
 * NUD_* state for NEIGH. @flags: IFF_* of the interface.
 */
struct aem_rec_net {
	__u32 what;
	__u32 event;
	__s32 ifindex;
	__u16 family;
	__u16 prefix;
	__u32 flags;
	__u8 addr[16];
	char ifname[12];
};

/* PUB. What the data mean is the publisher's business. */
struct aem_rec_pub {
	__u32 event;
	__u32 pad;
	__u8 data[];
};

/* ACCEPT. @fd: close-on-exec and non-blocking, or a negative errno; then, unless
 * it is -ECONNABORTED, the source has stopped.
 */
struct aem_rec_accept {
	__s32 fd;
	__u32 addr_len;
	__u8 addr[40];	/* struct sockaddr, cut off */
};

/* RECV. @len: 0 is the end of the stream, negative is an errno; then the source
 * has stopped and there is no buffer (@buf is ~0). Of a datagram that does not
 * fit into a buffer, its length; an empty datagram has a buffer. Descriptors sent
 * along are closed.
 */
struct aem_rec_recv {
	__u32 buf;
	__s32 len;
};

#endif /* _UAPI_LINUX_AEM_H */
