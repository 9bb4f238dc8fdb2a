// SPDX-License-Identifier: GPL-2.0-only
/*
 * Real-time priority for the consumer while an event with AEM_F_BOOST waits.
 *
 * Who posts may be an interrupt and cannot change a thread's scheduling, so a
 * work of the system's high-priority queue does. The thread is the one that
 * added the first such source; it is given back what it had when it comes to
 * AEM_IOC_WAIT with nothing ready, or when its context ends.
 *
 * boost->lock protects all of struct aem_boost but @wanted.
 */
#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/sched/deadline.h>
#include <linux/sched/prio.h>
#include <linux/sched/rt.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <uapi/linux/sched/types.h>

#include "aem.h"

/* Above what runs without a deadline, below what chose a priority. */
#define BOOST_PRIORITY	1

/**
 * struct aem_boost - a thread that can be boosted
 * @lock: see above
 * @work: boosts
 * @task: the thread
 * @before: what it had
 * @active: it is boosted
 * @wanted: an event waits
 */
struct aem_boost {
	struct mutex lock;
	struct work_struct work;
	struct task_struct *task;
	struct sched_attr before;
	bool active;
	bool wanted;
};

static void boost_work(struct work_struct *work)
{
	struct aem_boost *boost = container_of(work, struct aem_boost, work);
	struct sched_attr attr = {
		.size		= sizeof(attr),
		.sched_policy	= SCHED_FIFO,
		.sched_priority	= BOOST_PRIORITY,
	};
	struct task_struct *task = boost->task;

	mutex_lock(&boost->lock);
	/* A thread that has a real-time policy already keeps it. */
	if (READ_ONCE(boost->wanted) && !boost->active &&
	    !rt_task(task) && !dl_task(task)) {
		boost->before.size = sizeof(boost->before);
		boost->before.sched_policy = task->policy;
		boost->before.sched_nice = task_nice(task);
		boost->active = !sched_setattr_nocheck(task, &attr);
	}
	mutex_unlock(&boost->lock);
}

static void boost_end(struct aem_boost *boost)
{
	mutex_lock(&boost->lock);
	WRITE_ONCE(boost->wanted, false);
	/* Unless somebody else has changed it meanwhile. */
	if (boost->active && boost->task->policy == SCHED_FIFO &&
	    boost->task->rt_priority == BOOST_PRIORITY)
		sched_setattr_nocheck(boost->task, &boost->before);
	boost->active = false;
	mutex_unlock(&boost->lock);
}

/**
 * aem_boost_add() - a source with AEM_F_BOOST is added
 * @ctx: by whose thread
 *
 * Context: Process context, under ctx->lock. May sleep.
 * Return: 0, -EPERM or -ENOMEM.
 */
int aem_boost_add(struct aem_ctx *ctx)
{
	struct aem_boost *boost;

	if (!capable(CAP_SYS_NICE))
		return -EPERM;
	if (ctx->boost)
		return 0;
	boost = kzalloc(sizeof(*boost), GFP_KERNEL_ACCOUNT);
	if (!boost)
		return -ENOMEM;
	mutex_init(&boost->lock);
	INIT_WORK(&boost->work, boost_work);
	boost->task = get_task_struct(current);
	/* Pairs with aem_boost_want() and aem_boost_done(). */
	smp_store_release(&ctx->boost, boost);
	return 0;
}

/**
 * aem_boost_want() - an event with AEM_F_BOOST was queued
 * @ctx: where
 *
 * Context: Any but NMI.
 */
void aem_boost_want(struct aem_ctx *ctx)
{
	struct aem_boost *boost;

	/* Pairs with the release in aem_boost_add(). */
	boost = smp_load_acquire(&ctx->boost);
	/* Who waits is woken, and boosted while it works. */
	if (!boost || READ_ONCE(boost->wanted))
		return;
	WRITE_ONCE(boost->wanted, true);
	queue_work(system_highpri_wq, &boost->work);
}

/**
 * aem_boost_done() - the consumer has nothing to do
 * @ctx: whose
 *
 * Context: Process context. May sleep.
 */
void aem_boost_done(struct aem_ctx *ctx)
{
	struct aem_boost *boost;

	/* Pairs with the release in aem_boost_add(). */
	boost = smp_load_acquire(&ctx->boost);
	if (boost && READ_ONCE(boost->wanted))
		boost_end(boost);
}

/**
 * aem_boost_free() - the context ends
 * @ctx: the context; nothing posts any more
 *
 * Context: Process context, under ctx->lock. May sleep.
 */
void aem_boost_free(struct aem_ctx *ctx)
{
	struct aem_boost *boost = ctx->boost;

	if (!boost)
		return;
	cancel_work_sync(&boost->work);
	boost_end(boost);
}

/**
 * aem_boost_exit() - the memory of the context goes
 * @ctx: the context
 *
 * Context: Process context.
 */
void aem_boost_exit(struct aem_ctx *ctx)
{
	if (!ctx->boost)
		return;
	put_task_struct(ctx->boost->task);
	kfree(ctx->boost);
}
