// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timers: all of a context on one hrtimer.
 *
 * ctx->timer_lock protects the wheel, the hrtimer and struct aem_tick. The
 * hrtimer runs as an interrupt; it posts under the lock, so a timer that was
 * taken out of the wheel under the lock does not post any more, and rings after
 * it has let go of it.
 *
 * A timer that comes late by several periods counts them. The hrtimer is never
 * set to less than TIMER_FLOOR_NS from now by its own function, and fires at
 * most TIMER_BUDGET sources at a time, so that a context with many short periods
 * cannot fill a CPU with interrupts.
 */
#include <linux/ktime.h>
#include <linux/math64.h>

#include "aem.h"

#define TIMER_FLOOR_NS	20000
#define TIMER_BUDGET	1024

static struct aem_src *timer_src(struct aem_due *due)
{
	return container_of(due, struct aem_src, tick.due);
}

static void timer_put_in(struct aem_src *src, u64 soft)
{
	struct aem_tick *tick = &src->tick;

	tick->due.soft = min_t(u64, soft, AEM_WHEEL_NEVER - 1);
	tick->due.hard = min_t(u64, tick->due.soft + tick->slack_ns,
			       AEM_WHEEL_NEVER - 1);
	aem_wheel_add(&src->ctx->wheel, &tick->due);
}

/* One timer fires. Returns what to ring for. */
static u32 timer_fire(struct aem_src *src, u64 now)
{
	struct aem_tick *tick = &src->tick;
	u64 soft = tick->due.soft;
	u64 n = 1;

	WRITE_ONCE(aem_state(src)->value, soft);
	if (!tick->period_ns || src->flags & AEM_F_ONESHOT) {
		WRITE_ONCE(src->on, 0);
	} else {
		if (unlikely(now - soft >= tick->period_ns))
			n += div64_u64(now - soft, tick->period_ns);
		timer_put_in(src, soft + n * tick->period_ns);
	}
	return aem_post_quiet(src, 1, n) ? src->arm : 0;
}

static enum hrtimer_restart timer_expired(struct hrtimer *timer)
{
	struct aem_ctx *ctx = container_of(timer, struct aem_ctx, timer);
	enum hrtimer_restart again = HRTIMER_NORESTART;
	u64 next, now = ktime_to_ns(hrtimer_cb_get_time(timer));
	unsigned int budget = TIMER_BUDGET;
	struct aem_due *due;
	unsigned long flags;
	u32 arm = 0;

	spin_lock_irqsave(&ctx->timer_lock, flags);
	while (budget-- && (due = aem_wheel_expire(&ctx->wheel, now)))
		arm |= timer_fire(timer_src(due), now);
	next = aem_wheel_next(&ctx->wheel);
	ctx->armed_ns = next;
	if (next != AEM_WHEEL_NEVER) {
		next = max_t(u64, next, now + TIMER_FLOOR_NS);
		hrtimer_set_expires(timer, ns_to_ktime(next));
		again = HRTIMER_RESTART;
	}
	spin_unlock_irqrestore(&ctx->timer_lock, flags);
	if (READ_ONCE(ctx->hdr->armed) & arm)
		aem_bell(ctx, arm);
	return again;
}

/* Sets the hrtimer to what the wheel has first, if that is earlier. */
static void timer_arm(struct aem_ctx *ctx)
{
	u64 next = aem_wheel_next(&ctx->wheel);

	lockdep_assert_held(&ctx->timer_lock);
	if (next >= ctx->armed_ns)
		return;
	ctx->armed_ns = next;
	hrtimer_start(&ctx->timer, ns_to_ktime(next), HRTIMER_MODE_ABS);
}

static int timer_check(u64 first, u64 period, u64 slack)
{
	if (first > KTIME_MAX || period > KTIME_MAX || slack > KTIME_MAX)
		return -EINVAL;
	return period && !aem_limits_period(period) ? -EPERM : 0;
}

static int timer_add(struct aem_src *src, struct aem_source *desc)
{
	src->tick.first_ns = desc->timer.first_ns;
	src->tick.period_ns = desc->timer.period_ns;
	src->tick.slack_ns = desc->timer.slack_ns;
	return timer_check(desc->timer.first_ns, desc->timer.period_ns,
			   desc->timer.slack_ns);
}

static int timer_start(struct aem_src *src)
{
	struct aem_ctx *ctx = src->ctx;
	u64 first = src->tick.first_ns;

	if (src->flags & AEM_F_RELATIVE)
		first += ktime_get_ns();
	spin_lock_irq(&ctx->timer_lock);
	if (!aem_due_queued(&src->tick.due)) {
		timer_put_in(src, first);
		timer_arm(ctx);
	}
	spin_unlock_irq(&ctx->timer_lock);
	return 0;
}

static void timer_stop(struct aem_src *src)
{
	struct aem_ctx *ctx = src->ctx;

	spin_lock_irq(&ctx->timer_lock);
	if (aem_due_queued(&src->tick.due))
		aem_wheel_del(&ctx->wheel, &src->tick.due);
	spin_unlock_irq(&ctx->timer_lock);
}

static void timer_del(struct aem_src *src)
{
}

const struct aem_kind_ops aem_timer_ops = {
	.add	= timer_add,
	.start	= timer_start,
	.stop	= timer_stop,
	.del	= timer_del,
};

/**
 * aem_timer_set() - AEM_IOC_TIMER
 * @ctx: where
 * @timer: which, and when
 *
 * Context: Process context. Takes and releases ctx->lock. May sleep.
 * Return: 0, or a negative error.
 */
long aem_timer_set(struct aem_ctx *ctx, const struct aem_timer *timer)
{
	struct aem_src *src;
	long err;

	if (timer->flags & ~AEM_F_RELATIVE || timer->pad)
		return -EINVAL;
	err = timer_check(timer->first_ns, timer->period_ns, timer->slack_ns);
	if (err)
		return err;
	mutex_lock(&ctx->lock);
	src = aem_source_find(ctx, timer->id);
	if (!src || src->kind != AEM_KIND_TIMER) {
		err = src ? -EINVAL : -ENOENT;
		goto out;
	}
	timer_stop(src);
	src->tick.first_ns = timer->first_ns;
	src->tick.period_ns = timer->period_ns;
	src->tick.slack_ns = timer->slack_ns;
	src->flags = (src->flags & ~AEM_F_RELATIVE) | timer->flags;
	WRITE_ONCE(src->on, 1);
	timer_start(src);
out:
	mutex_unlock(&ctx->lock);
	return err;
}

/**
 * aem_timer_init() - the part of a new context
 * @ctx: the context
 */
void aem_timer_init(struct aem_ctx *ctx)
{
	spin_lock_init(&ctx->timer_lock);
	hrtimer_init(&ctx->timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	ctx->timer.function = timer_expired;
	aem_wheel_init(&ctx->wheel, ktime_get_ns());
	ctx->armed_ns = AEM_WHEEL_NEVER;
}

/**
 * aem_timer_exit() - no timer runs any more
 * @ctx: the context, without sources
 *
 * Context: Process context. May sleep: for the function of the hrtimer.
 */
void aem_timer_exit(struct aem_ctx *ctx)
{
	hrtimer_cancel(&ctx->timer);
}
