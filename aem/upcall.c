// SPDX-License-Identifier: GPL-2.0-only
/*
 * The upcall: a thread that runs continues in its library's code, without a
 * signal.
 *
 * A task work runs in the thread on its way back to user space and changes where
 * it goes: the address and the flags are pushed below the red zone, as a call
 * would, and the library saves and restores everything else. What a signal
 * would have done for the thread is done here, or the signal is sent instead:
 *
 * - A system call that was interrupted is restarted or ends with EINTR as it
 *   would for a handler with SA_RESTART; after that the kernel must not look at
 *   it again, so there is none any more (orig_ax).
 * - In an rseq section, when single-stepping, and where user space runs with a
 *   shadow stack, which our return would not match: the signal.
 * - In the library's own code behind the point where it has armed again: the
 *   thread is sent back to the beginning of that code, so that upcalls never
 *   pile up on the stack. See struct aem_notify.
 * - While hdr->masked: hdr->deferred is set.
 *
 * Nothing here can do to a thread what it could not do itself: addresses are
 * checked to be user space's, the frame is written as put_user() writes, and flags
 * are only cleared.
 *
 * task_work_add() is exported by Debian and not by every kernel, so it is
 * looked up; without it there are signals only. A task work cannot be taken
 * back, so it holds the target, which holds the context. The module's exit waits
 * for those that are queued: until their threads next return to user space or
 * exit; and then until nobody is in their last instructions any more.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/static_call.h>
#include <linux/task_work.h>
#include <linux/uaccess.h>

#include "aem.h"

static int upcall_no_work(struct task_struct *task, struct callback_head *work,
			  enum task_work_notify_mode how)
{
	return -EOPNOTSUPP;
}

DEFINE_STATIC_CALL(aem_upcall_add, upcall_no_work);

static bool upcall_can;
/* Task works that are queued or running. */
static atomic_t upcall_pending = ATOMIC_INIT(0);

#ifdef CONFIG_X86_64

#include <asm/prctl.h>
#include <asm/processor-flags.h>
#include <asm/ptrace.h>
#include <asm/syscall.h>

#define UPCALL_RED_ZONE		128

/* What the kernel pushes; the library knows it from <linux/aem.h>. */
struct upcall_frame {
	u64 flags;
	u64 ip;
};

static bool upcall_shadow_stack(struct task_struct *task)
{
#ifdef CONFIG_X86_USER_SHADOW_STACK
	return task->thread.features & ARCH_SHSTK_SHSTK;
#else
	return false;
#endif
}

static bool upcall_in_rseq(void)
{
#ifdef CONFIG_RSEQ
	u64 __user *at;
	u64 section;

	if (!current->rseq)
		return false;
	at = (u64 __user *)&current->rseq->rseq_cs;
	if (!user_read_access_begin(at, sizeof(*at)))
		return true;
	unsafe_get_user(section, at, fault);
	user_read_access_end();
	return section;
fault:
	user_read_access_end();
	return true;
#else
	return false;
#endif
}

/* As for a signal whose handler has SA_RESTART. */
static void upcall_end_syscall(struct pt_regs *regs)
{
	if (syscall_get_nr(current, regs) == -1)
		return;
	switch (syscall_get_error(current, regs)) {
	case -ERESTART_RESTARTBLOCK:
	case -ERESTARTNOHAND:
		regs->ax = -EINTR;
		break;
	case -ERESTARTSYS:
	case -ERESTARTNOINTR:
		regs->ax = regs->orig_ax;
		regs->ip -= 2;
		break;
	}
	regs->orig_ax = -1;
}

static bool upcall_push(struct pt_regs *regs)
{
	struct upcall_frame __user *frame;
	u64 sp = regs->sp - UPCALL_RED_ZONE - sizeof(*frame);

	frame = u64_to_user_ptr(sp);
	if (!user_write_access_begin(frame, sizeof(*frame)))
		return false;
	unsafe_put_user(regs->flags, &frame->flags, fault);
	unsafe_put_user(regs->ip, &frame->ip, fault);
	user_write_access_end();
	regs->sp = sp;
	return true;
fault:
	user_write_access_end();
	return false;
}

/* Sends the current thread to the library. False: a signal has to do. */
static bool upcall_redirect(const struct aem_notify *how)
{
	struct pt_regs *regs = task_pt_regs(current);
	unsigned long ax = regs->ax, orig_ax = regs->orig_ax, ip = regs->ip;

	if (!user_64bit_mode(regs) || upcall_shadow_stack(current) ||
	    test_thread_flag(TIF_SINGLESTEP) || upcall_in_rseq())
		return false;
	if (ip >= how->zone && ip < how->popf) {
		regs->ip = how->redo;
		return true;
	}
	upcall_end_syscall(regs);
	if (regs->ip == how->popf) {
		/* The frame is where the stack pointer is. */
	} else if (regs->ip == how->popf + 1) {
		regs->sp -= sizeof(u64);
	} else if (!upcall_push(regs)) {
		regs->ax = ax;
		regs->orig_ax = orig_ax;
		regs->ip = ip;
		return false;
	}
	regs->ip = how->entry;
	regs->flags &= ~(X86_EFLAGS_DF | X86_EFLAGS_RF | X86_EFLAGS_TF);
	return true;
}

/* Addresses that user space could jump to. */
static bool upcall_addresses(const struct aem_notify *how)
{
	return how->entry < TASK_SIZE_MAX && how->zone < TASK_SIZE_MAX &&
	       how->redo < TASK_SIZE_MAX && how->popf < TASK_SIZE_MAX &&
	       how->zone <= how->popf;
}

static int upcall_check(const struct aem_notify *how, struct task_struct *task)
{
	if (!user_64bit_mode(task_pt_regs(task)) || upcall_shadow_stack(task))
		return -EOPNOTSUPP;
	return upcall_addresses(how) ? 0 : -EINVAL;
}

#else

static bool upcall_redirect(const struct aem_notify *how)
{
	return false;
}

static int upcall_check(const struct aem_notify *how, struct task_struct *task)
{
	return -EOPNOTSUPP;
}

#endif

static void upcall_run(struct callback_head *work)
{
	struct aem_target *target = container_of(work, struct aem_target,
						 work);
	struct aem_ctx *ctx = target->ctx;

	if (current->flags & PF_EXITING || current->mm != ctx->mm ||
	    READ_ONCE(ctx->dead))
		goto out;
	if (READ_ONCE(ctx->hdr->masked))
		WRITE_ONCE(ctx->hdr->deferred, 1);
	else if (!upcall_redirect(&target->how))
		aem_bell_signal(target);
out:
	/*
	 * From here on it can be queued again. Who rang meanwhile rang for what is
	 * found when the thread goes on, or when it ends its critical section.
	 */
	if (unlikely(cmpxchg(&target->use, AEM_TARGET_QUEUED,
			     AEM_TARGET_IDLE) == AEM_TARGET_GONE))
		aem_target_free(target);
	/* The last: see aem_upcall_exit(). */
	atomic_dec(&upcall_pending);
}

/*
 * A thread that is interrupted here and now need not be woken or kicked: it
 * looks at its flags on its way back to user space, and before it sleeps.
 */
static int upcall_add_work(struct aem_target *target)
{
	int err;

	if (target->task != current)
		return static_call(aem_upcall_add)(target->task, &target->work,
						   TWA_SIGNAL);
	err = static_call(aem_upcall_add)(current, &target->work, TWA_NONE);
	if (!err)
		set_thread_flag(TIF_NOTIFY_SIGNAL);
	return err;
}

/**
 * aem_upcall_queue() - send a thread to its library
 * @target: the thread
 *
 * Context: Any but NMI. In an RCU read-side section.
 * Return: false if it could not be done: send the signal.
 */
bool aem_upcall_queue(struct aem_target *target)
{
	if (cmpxchg(&target->use, AEM_TARGET_IDLE, AEM_TARGET_QUEUED) !=
	    AEM_TARGET_IDLE)
		return true;
	atomic_inc(&upcall_pending);
	if (likely(!upcall_add_work(target)))
		return true;
	/* The thread is exiting. */
	atomic_dec(&upcall_pending);
	if (cmpxchg(&target->use, AEM_TARGET_QUEUED, AEM_TARGET_IDLE) ==
	    AEM_TARGET_GONE)
		aem_target_free(target);
	return false;
}

/**
 * aem_upcall_check() - can this thread have upcalls?
 * @target: the thread, and what its process asked for
 *
 * Context: Process context.
 * Return: 0, -EOPNOTSUPP or -EINVAL.
 */
int aem_upcall_check(struct aem_target *target)
{
	if (!upcall_can)
		return -EOPNOTSUPP;
	init_task_work(&target->work, upcall_run);
	return upcall_check(&target->how, target->task);
}

/**
 * aem_upcall_init() - look for what not every kernel has
 *
 * Context: Process context. May sleep.
 * Return: 0.
 */
int aem_upcall_init(void)
{
	void *add = symbol_get(task_work_add);

	if (add)
		static_call_update(aem_upcall_add, add);
	upcall_can = add;
	return 0;
}

/**
 * aem_upcall_exit() - wait for task works that are queued or still returning
 *
 * Context: Process context. May sleep: for threads that were interrupted just
 * before their context was closed. All contexts are closed.
 */
void aem_upcall_exit(void)
{
	if (!upcall_can)
		return;
	/* Contexts that are being shut down may still ring. */
	flush_workqueue(aem_workqueue);
	while (atomic_read(&upcall_pending))
		msleep(20);
	synchronize_rcu_tasks();
	symbol_put(task_work_add);
}
