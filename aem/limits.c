// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much one user may have, whatever cgroup pays for the memory.
 *
 * Users are counted by their real user id in the initial namespace, so the
 * same person in a container is the same user. CAP_SYS_RESOURCE in the initial
 * namespace lifts the limits. The list of users is short (those who have a
 * context open) and is searched only at open().
 *
 * Who forks, opens a file, frees memory or publishes walks past every source
 * that listens to that, whoever it belongs to. So of these kinds a user can
 * have fewer than of those that wait in queues of their own.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/list.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/time64.h>

#include "aem.h"

static unsigned int max_contexts = 1024;
module_param(max_contexts, uint, 0644);
MODULE_PARM_DESC(max_contexts, "Contexts that one user may have open (default 1024)");

static unsigned int max_sources = 1 << 20;
module_param(max_sources, uint, 0644);
MODULE_PARM_DESC(max_sources, "Sources that one user may have (default 1048576)");

static unsigned int max_listeners = 1024;
module_param(max_listeners, uint, 0644);
MODULE_PARM_DESC(max_listeners, "Sources of processes, files, networks, memory and modules that one user may have (default 1024)");

static unsigned int min_period_us = 50;
module_param(min_period_us, uint, 0644);
MODULE_PARM_DESC(min_period_us, "Shortest period of a timer, in microseconds (default 50)");

/**
 * struct aem_user - somebody who has contexts open
 * @uid: who
 * @contexts: how many. Under limits_lock
 * @sources: in all of them
 * @listeners: those that cost time where the event comes from
 * @link: in limits_users
 */
struct aem_user {
	kuid_t uid;
	unsigned int contexts;
	atomic_t sources;
	atomic_t listeners;
	struct list_head link;
};

static DEFINE_MUTEX(limits_lock);
static LIST_HEAD(limits_users);

static struct aem_user *limits_user(kuid_t uid)
{
	struct aem_user *user;

	list_for_each_entry(user, &limits_users, link) {
		if (uid_eq(user->uid, uid))
			return user;
	}
	user = kzalloc(sizeof(*user), GFP_KERNEL_ACCOUNT);
	if (!user)
		return NULL;
	user->uid = uid;
	list_add(&user->link, &limits_users);
	return user;
}

static void limits_drop(struct aem_user *user)
{
	if (user->contexts)
		return;
	list_del(&user->link);
	kfree(user);
}

/**
 * aem_limits_context() - a context is opened
 * @ctx: the context; its user is set
 *
 * Context: Process context. May sleep.
 * Return: 0, -EUSERS or -ENOMEM.
 */
int aem_limits_context(struct aem_ctx *ctx)
{
	struct aem_user *user;
	int err = 0;

	mutex_lock(&limits_lock);
	user = limits_user(current_uid());
	if (!user) {
		err = -ENOMEM;
	} else if (user->contexts >= READ_ONCE(max_contexts) &&
		   !capable(CAP_SYS_RESOURCE)) {
		err = -EUSERS;
		limits_drop(user);
	} else {
		user->contexts++;
		ctx->user = user;
	}
	mutex_unlock(&limits_lock);
	return err;
}

static int limits_one_more(atomic_t *count, unsigned int max)
{
	if (atomic_inc_return(count) <= max || capable(CAP_SYS_RESOURCE))
		return 0;
	atomic_dec(count);
	return -EUSERS;
}

/**
 * aem_limits_source() - a source is added
 * @ctx: where
 * @listens: what others do has to walk past it
 *
 * Context: Process context.
 * Return: 0 or -EUSERS.
 */
int aem_limits_source(struct aem_ctx *ctx, bool listens)
{
	struct aem_user *user = ctx->user;
	int err = limits_one_more(&user->sources, READ_ONCE(max_sources));

	if (err || !listens)
		return err;
	err = limits_one_more(&user->listeners, READ_ONCE(max_listeners));
	if (err)
		atomic_dec(&user->sources);
	return err;
}

/**
 * aem_limits_source_put() - a source is deleted
 * @ctx: where it was
 * @listens: as when it was added
 */
void aem_limits_source_put(struct aem_ctx *ctx, bool listens)
{
	atomic_dec(&ctx->user->sources);
	if (listens)
		atomic_dec(&ctx->user->listeners);
}

/**
 * aem_limits_put() - a context is freed
 * @ctx: the context
 *
 * Context: Process context. May sleep.
 */
void aem_limits_put(struct aem_ctx *ctx)
{
	mutex_lock(&limits_lock);
	ctx->user->contexts--;
	limits_drop(ctx->user);
	mutex_unlock(&limits_lock);
}

/**
 * aem_limits_period() - may a timer have this period?
 * @period_ns: more than 0
 *
 * Context: Process context.
 */
bool aem_limits_period(u64 period_ns)
{
	return period_ns >= (u64)READ_ONCE(min_period_us) * NSEC_PER_USEC ||
	       capable(CAP_SYS_RESOURCE);
}

/**
 * aem_limits_uid() - whose context is it?
 * @ctx: the context
 *
 * Context: Any; the context is held, by a reference or by RCU.
 */
kuid_t aem_limits_uid(const struct aem_ctx *ctx)
{
	return ctx->user->uid;
}
