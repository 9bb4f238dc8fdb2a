// SPDX-License-Identifier: GPL-2.0-only
/*
 * User events: fired by any process that holds the descriptor.
 *
 * ctx->post_lock holds off the deletion while one is posted, and keeps the value
 * and the count of two who fire at once together.
 */
#include "aem.h"

static int user_add(struct aem_src *src, struct aem_source *desc)
{
	return 0;
}

static void user_del(struct aem_src *src)
{
}

const struct aem_kind_ops aem_user_ops = {
	.add	= user_add,
	.stop	= aem_happen_stop,
	.del	= user_del,
};

/**
 * aem_user_fire() - AEM_IOC_FIRE
 * @ctx: where
 * @fire: which source, and the value
 *
 * Context: Process context.
 * Return: 0, or a negative error.
 */
long aem_user_fire(struct aem_ctx *ctx, const struct aem_fire *fire)
{
	struct aem_src *src;
	bool posted = false;
	unsigned long flags;
	long err = 0;

	rcu_read_lock();
	src = aem_source_find(ctx, fire->id);
	if (!src || src->kind != AEM_KIND_USER) {
		err = src ? -EINVAL : -ENOENT;
		goto out;
	}
	spin_lock_irqsave(&ctx->post_lock, flags);
	if (READ_ONCE(src->on)) {
		if (src->flags & AEM_F_ONESHOT)
			WRITE_ONCE(src->on, 0);
		WRITE_ONCE(aem_state(src)->value, fire->value);
		posted = aem_post_quiet(src, 1, 1);
	} else {
		err = -ESHUTDOWN;
	}
	spin_unlock_irqrestore(&ctx->post_lock, flags);
	/* The source may be gone by now, but not its memory: RCU. */
	if (posted)
		aem_bell_check(src);
out:
	rcu_read_unlock();
	return err;
}
