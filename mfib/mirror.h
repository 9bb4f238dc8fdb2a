/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mirror of the kernel's tables, between the two files that have it:
 * mirror_told.c queues what the kernel tells, mirror.c takes it over.
 *
 * Locking: see mirror.c.
 */
#ifndef _MFIB_MIRROR_H
#define _MFIB_MIRROR_H

#include <linux/list.h>
#include <linux/notifier.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "fib.h"

#define RESYNC_DELAY	(HZ / 10)
#define RETRY_DELAY	HZ
/* After a resync there is none for so many times what it took, up to a limit. */
#define RESYNC_REST	4
#define RESYNC_REST_MAX	(10 * HZ)

/** struct mfib_way - one next hop of a route */
struct mfib_way {
	u32		ifindex;
	u32		weight;
	u8		gw_family;
	u8		has_gw;
	u8		onlink;
	struct mfib_key	gw;
};

/**
 * struct mfib_item - a change that waits
 * @list: m->queue
 * @prefix: of the route
 * @fib: number of the FIB
 * @metric: of the route
 * @mtu: of the route, or 0
 * @family: MFIB_V4 or MFIB_V6
 * @type: enum mfib_nh_type
 * @protocol: RTPROT_*
 * @event: enum fib_event_type
 * @single: only this way of the route is removed
 * @nways: how many ways
 * @ways: to where
 */
struct mfib_item {
	struct list_head	list;
	struct mfib_prefix	prefix;
	u32			fib;
	u32			metric;
	u32			mtu;
	u8			family;
	u8			type;
	u8			protocol;
	u8			event;
	bool			single;
	u16			nways;
	struct mfib_way		ways[];
};

/**
 * struct mfib_mirror - of one namespace
 * @mnet: the namespace
 * @fib_nb: told of routes
 * @nh_nb: told of next-hop objects
 * @lock: protects the queue
 * @queue: changes that wait
 * @queued: how many. Under @lock
 * @dumping: the kernel is telling everything; there is no limit then
 * @stale: something was lost
 * @skipped: routes that cannot be mirrored
 * @work: takes over what is queued
 * @resync: reads everything anew
 * @took: jiffies that the last resync took
 * @gone: removes routes by devices that are no more
 */
struct mfib_mirror {
	struct mfib_net		*mnet;
	struct notifier_block	fib_nb;
	struct notifier_block	nh_nb;
	spinlock_t		lock;
	struct list_head	queue;
	unsigned int		queued;
	bool			dumping;
	bool			stale;
	atomic_t		skipped;
	struct work_struct	work;
	struct delayed_work	resync;
	unsigned long		took;
	struct work_struct	gone;
};

void mfib_mirror_lost(struct mfib_mirror *m, unsigned long delay);
int mfib_mirror_fib_event(struct notifier_block *nb, unsigned long event,
			  void *ptr);
int mfib_mirror_nh_event(struct notifier_block *nb, unsigned long event,
			 void *ptr);

#endif /* _MFIB_MIRROR_H */
