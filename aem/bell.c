// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doorbell: waking who waits, and interrupting who runs.
 *
 * Nobody is rung for unless the consumer armed, and arming is used up by
 * ringing. The bits are in shared memory, so a process can have itself rung
 * for at every event; that is the same as if it had armed each time.
 *
 * Three can be told. A thread in AEM_IOC_WAIT is woken; nothing else is needed
 * then, because it looks at the rings before it returns. Who polls the
 * descriptor (epoll, io_uring) is told through ctx->pollq. A thread that runs
 * is interrupted by a signal, or by an upcall (upcall.c).
 *
 * Recursion: telling epoll or io_uring can make another file ready that another
 * context watches, and so on. So no pollq is woken from inside another one's
 * lock on the same CPU: then it is done by an irq_work as soon as interrupts
 * are on. The same way is taken where the waker holds the lock that a signal
 * needs (a watched signalfd).
 *
 * What protects ctx->sleeper: the waiter clears it before it looks at the rings
 * for the last time, who rings has filled a ring before it reads it, and both
 * have a full barrier between. The task itself is protected by RCU.
 */
#include <linux/percpu.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "trace.h"

static DEFINE_PER_CPU(int, bell_nested);

/**
 * aem_post_extra() - a source that wants more than to be queued
 * @src: the source
 *
 * Context: Any but NMI.
 */
void aem_post_extra(struct aem_src *src)
{
	if (READ_ONCE(src->ctx->stamping) || src->flags & AEM_F_STAMP)
		WRITE_ONCE(aem_state(src)->stamp, ktime_get_mono_fast_ns());
	if (src->flags & AEM_F_BOOST)
		aem_boost_want(src->ctx);
}

/* ---- ringing ------------------------------------------------------------- */

/**
 * aem_bell_signal() - interrupt a thread by a signal
 * @target: the thread, and which signal
 *
 * Context: Any but NMI, not under the thread's siglock.
 */
void aem_bell_signal(const struct aem_target *target)
{
	struct kernel_siginfo info;

	clear_siginfo(&info);
	info.si_signo = target->how.signo;
	info.si_code = SI_MESGQ;
	info.si_value.sival_ptr = u64_to_user_ptr(target->how.value);
	/* With no room for another queued signal, at least the bare one. */
	if (send_sig_info(target->how.signo, &info, target->task) == -EAGAIN)
		send_sig_info(target->how.signo, SEND_SIG_PRIV, target->task);
}

static void bell_late(struct aem_ctx *ctx, u32 arm)
{
	atomic_or(arm, &ctx->late);
	irq_work_queue(&ctx->late_work);
}

/*
 * Who is told nothing of what happened polls, and so arms: io_uring's multishot
 * poll would be told of one event and no more.
 */
static void bell_poll_wake(struct aem_ctx *ctx)
{
	preempt_disable();
	if (this_cpu_inc_return(bell_nested) == 1)
		wake_up(&ctx->pollq);
	else
		bell_late(ctx, AEM_ARM_POLL);
	this_cpu_dec(bell_nested);
	preempt_enable();
}

static __always_inline void bell_async(struct aem_ctx *ctx,
				       struct task_struct *sleeper)
{
	struct aem_target *target = rcu_dereference_sched(ctx->target);

	/* Who sleeps in AEM_IOC_WAIT takes the events when it returns. */
	if (!target || target->task == sleeper ||
	    !aem_fetch_clear(&ctx->hdr->armed, AEM_ARM_ASYNC))
		return;
	atomic_long_inc(&ctx->bells);
	trace_aem_bell(ctx, target);
	if (target->how.mode != AEM_NOTIFY_UPCALL || !aem_upcall_queue(target))
		aem_bell_signal(target);
}

static noinline void bell_waiters(struct aem_ctx *ctx,
				  struct task_struct *sleeper)
{
	if (!aem_fetch_clear(&ctx->hdr->armed, AEM_ARM_WAIT))
		return;
	if (sleeper)
		wake_up_process(sleeper);
	/*
	 * Who polls is in the queue before it arms, and the fetch above is a full
	 * barrier: it pairs with aem_or() in aem_bell_poll().
	 */
	if (waitqueue_active(&ctx->pollq))
		bell_poll_wake(ctx);
}

/*
 * Who arms after this look finds what was queued before it. Without preemption
 * it is in an RCU read-side section.
 */
static __always_inline void bell_now(struct aem_ctx *ctx, u32 arm)
{
	struct task_struct *sleeper;

	arm &= READ_ONCE(ctx->hdr->armed);
	preempt_disable();
	/* Before he is woken: then he is none any more. */
	sleeper = READ_ONCE(ctx->sleeper);
	if (arm & AEM_ARM_WAIT)
		bell_waiters(ctx, sleeper);
	if (arm & AEM_ARM_ASYNC)
		bell_async(ctx, sleeper);
	preempt_enable();
}

/**
 * aem_bell() - ring
 * @ctx: whose bell
 * @arm: AEM_ARM_* of the source that was queued
 *
 * Context: Any but NMI. Whoever is called from here may take locks: no lock of
 * ours may be held but that of a watched wait queue.
 */
void aem_bell(struct aem_ctx *ctx, u32 arm)
{
	if (unlikely(arm & AEM_ARM_LATE))
		bell_late(ctx, arm & ~AEM_ARM_LATE);
	else
		bell_now(ctx, arm);
}

static void bell_late_work(struct irq_work *work)
{
	struct aem_ctx *ctx = container_of(work, struct aem_ctx, late_work);
	u32 arm = atomic_xchg(&ctx->late, 0);

	if (arm & AEM_ARM_POLL) {
		/* Interrupts were on: no pollq.lock is held on this CPU. */
		this_cpu_inc(bell_nested);
		wake_up(&ctx->pollq);
		this_cpu_dec(bell_nested);
	}
	bell_now(ctx, arm);
}

/* ---- waiting ------------------------------------------------------------- */

static u32 bell_ready(struct aem_ctx *ctx)
{
	return READ_ONCE(ctx->hdr->ready) & ((1u << AEM_RINGS) - 1);
}

static bool bell_work(struct aem_ctx *ctx)
{
	return !llist_empty(&ctx->work) || !list_empty(&ctx->relook);
}

/* Sleeps until something is queued. 0, -ETIME or -EINTR. */
static int bell_sleep(struct aem_ctx *ctx, ktime_t *until)
{
	int err = 0;

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		aem_or(&ctx->hdr->armed, AEM_ARM_WAIT);
		if (bell_ready(ctx) || !llist_empty(&ctx->work) ||
		    READ_ONCE(ctx->dead))
			break;
		if (signal_pending(current)) {
			err = -EINTR;
			break;
		}
		if (!until)
			schedule();
		else if (!schedule_hrtimeout_range(until, 0, HRTIMER_MODE_ABS))
			err = -ETIME;
		if (err)
			break;
	}
	__set_current_state(TASK_RUNNING);
	return err;
}

/**
 * aem_wait() - AEM_IOC_WAIT
 * @ctx: what to wait for
 * @ns: how long; 0 not at all, -1 for ever
 *
 * Context: Process context. May sleep.
 * Return: bitmap of the rings that are ready, 0 if the time is over, or a
 * negative error.
 */
long aem_wait(struct aem_ctx *ctx, unsigned long ns)
{
	ktime_t until = 0;
	int err = 0;

	if (unlikely(bell_work(ctx)))
		aem_work_run(ctx);
	if (bell_ready(ctx) || !ns)
		return bell_ready(ctx);
	aem_boost_done(ctx);
	if (cmpxchg(&ctx->sleeper, NULL, current))
		return -EBUSY;
	atomic_long_inc(&ctx->waits);
	if (ns != -1UL)
		until = ktime_add_safe(ktime_get(), min_t(u64, ns, KTIME_MAX));
	do {
		err = bell_sleep(ctx, ns == -1UL ? NULL : &until);
		if (bell_work(ctx))
			aem_work_run(ctx);
	} while (!err && !bell_ready(ctx) && !READ_ONCE(ctx->dead));
	/* A full barrier: see the top of the file. */
	smp_store_mb(ctx->sleeper, NULL);
	if (bell_ready(ctx))
		return bell_ready(ctx);
	if (READ_ONCE(ctx->dead))
		return -ESHUTDOWN;
	return err == -ETIME ? 0 : err;
}

/**
 * aem_bell_poll() - is there something to take?
 * @ctx: where
 * @file: its file
 * @table: who asks
 *
 * Context: Process context.
 * Return: EPOLLIN and EPOLLRDNORM, EPOLLHUP if nothing will ever come, or 0.
 */
__poll_t aem_bell_poll(struct aem_ctx *ctx, struct file *file,
		       poll_table *table)
{
	poll_wait(file, &ctx->pollq, table);
	if (READ_ONCE(ctx->dead))
		return EPOLLHUP | EPOLLERR;
	/* Pairs with the release in aem_ctx_setup(). */
	if (!smp_load_acquire(&ctx->hdr))
		return 0;
	aem_or(&ctx->hdr->armed, AEM_ARM_WAIT);
	if (bell_ready(ctx) || bell_work(ctx))
		return EPOLLIN | EPOLLRDNORM;
	return 0;
}

/* ---- who is interrupted -------------------------------------------------- */

static void bell_target_free(struct rcu_head *rcu)
{
	struct aem_target *target = container_of(rcu, struct aem_target, rcu);

	put_task_struct(target->task);
	aem_ctx_put(target->ctx);
	kfree(target);
}

/**
 * aem_target_free() - free a target when nobody looks at it any more
 * @target: the target, which its context does not have any more
 *
 * Context: Any.
 */
void aem_target_free(struct aem_target *target)
{
	call_rcu(&target->rcu, bell_target_free);
}

static void bell_target_drop(struct aem_target *target)
{
	if (xchg(&target->use, AEM_TARGET_GONE) == AEM_TARGET_IDLE)
		aem_target_free(target);
}

static void bell_set_target(struct aem_ctx *ctx, struct aem_target *target)
{
	target = rcu_replace_pointer(ctx->target, target,
				     lockdep_is_held(&ctx->lock));
	if (target)
		bell_target_drop(target);
}

/* The thread @tid of the caller's process, with a reference. */
static struct task_struct *bell_thread(u32 tid)
{
	struct task_struct *task;
	struct pid *pid;

	if (!tid)
		return get_task_struct(current);
	pid = find_get_pid(tid);
	task = get_pid_task(pid, PIDTYPE_PID);
	put_pid(pid);
	if (task && !same_thread_group(task, current)) {
		put_task_struct(task);
		task = NULL;
	}
	return task;
}

static int bell_check(const struct aem_notify *how)
{
	if (how->flags || how->mode > AEM_NOTIFY_UPCALL)
		return -EINVAL;
	if (how->mode == AEM_NOTIFY_NONE)
		return 0;
	if (!how->signo || !valid_signal(how->signo) ||
	    how->signo == SIGKILL || how->signo == SIGSTOP)
		return -EINVAL;
	return 0;
}

static struct aem_target *bell_target_new(struct aem_ctx *ctx,
					  const struct aem_notify *how)
{
	struct aem_target *target;
	int err = -ESRCH;

	target = kzalloc(sizeof(*target), GFP_KERNEL_ACCOUNT);
	if (!target)
		return ERR_PTR(-ENOMEM);
	target->how = *how;
	target->ctx = ctx;
	kref_get(&ctx->ref);
	target->task = bell_thread(how->tid);
	if (!target->task)
		goto err_free;
	if (how->mode == AEM_NOTIFY_UPCALL) {
		err = aem_upcall_check(target);
		if (err)
			goto err_task;
	}
	return target;

err_task:
	put_task_struct(target->task);
err_free:
	aem_ctx_put(ctx);
	kfree(target);
	return ERR_PTR(err);
}

/**
 * aem_bell_notify() - AEM_IOC_NOTIFY
 * @ctx: for whose AEM_F_ASYNC sources
 * @how: whom, and how
 *
 * Context: Process context. Takes and releases ctx->lock. May sleep.
 * Return: 0, or a negative error with all as it was.
 */
int aem_bell_notify(struct aem_ctx *ctx, const struct aem_notify *how)
{
	struct aem_target *target = NULL;
	int err;

	err = bell_check(how);
	if (err)
		return err;
	if (how->mode != AEM_NOTIFY_NONE) {
		target = bell_target_new(ctx, how);
		if (IS_ERR(target))
			return PTR_ERR(target);
	}
	mutex_lock(&ctx->lock);
	if (!ctx->dead) {
		bell_set_target(ctx, target);
	} else {
		err = -ESHUTDOWN;
		if (target)
			bell_target_drop(target);
	}
	mutex_unlock(&ctx->lock);
	return err;
}

/* ---- with the context ---------------------------------------------------- */

/**
 * aem_bell_init() - the part of a new context
 * @ctx: the context
 */
void aem_bell_init(struct aem_ctx *ctx)
{
	init_waitqueue_head(&ctx->pollq);
	init_irq_work(&ctx->late_work, bell_late_work);
}

/**
 * aem_bell_end() - nothing will be posted any more: tell who waits
 * @ctx: the context
 *
 * Context: Process context. Takes and releases ctx->lock. May sleep.
 */
void aem_bell_end(struct aem_ctx *ctx)
{
	struct task_struct *sleeper;

	mutex_lock(&ctx->lock);
	bell_set_target(ctx, NULL);
	mutex_unlock(&ctx->lock);
	rcu_read_lock();
	sleeper = READ_ONCE(ctx->sleeper);
	if (sleeper)
		wake_up_process(sleeper);
	rcu_read_unlock();
	wake_up_poll(&ctx->pollq, EPOLLHUP | EPOLLERR);
	irq_work_sync(&ctx->late_work);
}

/**
 * aem_bell_free() - the last part of a context that goes
 * @ctx: the context, a grace period after its last reference was put
 *
 * Context: Process context. May sleep.
 */
void aem_bell_free(struct aem_ctx *ctx)
{
	irq_work_sync(&ctx->late_work);
}
