// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/aem: contexts, their sources and how fast they are, as text.
 *
 * contexts	a line for each context
 * sources	a line for each source of each context
 * latency	two lines for each context: how long events waited and how long
 *		their handlers ran, as the consumer counts them
 *
 * One sees the contexts of processes that are visible in the pid namespace of
 * this /proc and belong to oneself; all of them with CAP_SYS_PTRACE. What the
 * consumer writes (handled, latency, run) is his word and is shown as such.
 *
 * Latency needs the time at which an event was queued. That is noted for
 * PROCFS_STAMP_MS after somebody has looked at the file.
 *
 * Everything is read under RCU: contexts are freed a grace period after they
 * left the list, sources after they left the table. The position in a file is
 * the context's id in the upper half, and what comes next in the lower.
 */
#include <linux/cred.h>
#include <linux/jiffies.h>
#include <linux/pid.h>
#include <linux/proc_fs.h>
#include <linux/rculist.h>
#include <linux/seq_file.h>
#include <linux/user_namespace.h>
#include <linux/workqueue.h>

#include "aem.h"

#define PROCFS_STAMP_MS	10000

static void procfs_unstamp(struct work_struct *work);
static DECLARE_DELAYED_WORK(procfs_unstamp_work, procfs_unstamp);

/* ---- walking ------------------------------------------------------------- */

static pid_t procfs_pid(struct seq_file *m, const struct aem_ctx *ctx)
{
	return pid_nr_ns(ctx->pid, proc_pid_ns(file_inode(m->file)->i_sb));
}

static bool procfs_may_see(struct seq_file *m, const struct aem_ctx *ctx)
{
	/* Pairs with the release in aem_ctx_setup(). */
	if (!smp_load_acquire(&ctx->hdr) || !procfs_pid(m, ctx))
		return false;
	return uid_eq(aem_limits_uid(ctx), m->file->f_cred->fsuid) ||
	       file_ns_capable(m->file, &init_user_ns, CAP_SYS_PTRACE);
}

/* The context at *@pos or the next one after it. */
static struct aem_ctx *procfs_ctx(struct seq_file *m, loff_t *pos)
{
	u32 id = *pos >> 32;
	struct aem_ctx *ctx;

	list_for_each_entry_rcu(ctx, &aem_ctx_list, link) {
		if (ctx->id < id || !procfs_may_see(m, ctx))
			continue;
		if (ctx->id > id)
			*pos = (loff_t)ctx->id << 32;
		return ctx;
	}
	return NULL;
}

static void *procfs_start(struct seq_file *m, loff_t *pos)
	__acquires(RCU)
{
	rcu_read_lock();
	return *pos ? procfs_ctx(m, pos) : SEQ_START_TOKEN;
}

static void *procfs_next(struct seq_file *m, void *v, loff_t *pos)
{
	*pos = ((*pos >> 32) + 1) << 32;
	return procfs_ctx(m, pos);
}

static void procfs_stop(struct seq_file *m, void *v)
	__releases(RCU)
{
	rcu_read_unlock();
}

/* ---- contexts ------------------------------------------------------------ */

static const char * const procfs_modes[] = { "none", "signal", "upcall" };

static int procfs_contexts_show(struct seq_file *m, void *v)
{
	struct aem_target *target;
	struct aem_ctx *ctx = v;
	u64 handled = 0;
	u32 queued = 0;
	unsigned int i;

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, "# id pid uid sources capacity ready queued handled waits bells notify state comm\n");
		return 0;
	}
	for (i = 0; i < AEM_RINGS; i++)
		queued += READ_ONCE(ctx->ring[i].tail);
	for (i = 0; i < AEM_PRIOS; i++)
		handled += READ_ONCE(ctx->hdr->usage.handled[i]);
	target = rcu_dereference(ctx->target);
	seq_printf(m, "%u %d %u %u %u 0x%x %u %llu %ld %ld %s %s ", ctx->id,
		   procfs_pid(m, ctx),
		   from_kuid_munged(seq_user_ns(m), aem_limits_uid(ctx)),
		   READ_ONCE(ctx->count), ctx->nsources,
		   READ_ONCE(ctx->hdr->ready), queued, handled,
		   atomic_long_read(&ctx->waits), atomic_long_read(&ctx->bells),
		   procfs_modes[target ? target->how.mode : 0],
		   READ_ONCE(ctx->dead) ? "dead" : "open");
	seq_escape(m, ctx->comm, " \t\n\\");
	seq_putc(m, '\n');
	return 0;
}

static const struct seq_operations procfs_contexts_ops = {
	.start	= procfs_start,
	.next	= procfs_next,
	.stop	= procfs_stop,
	.show	= procfs_contexts_show,
};

/* ---- latency ------------------------------------------------------------- */

static void procfs_stamp(struct aem_ctx *ctx)
{
	WRITE_ONCE(ctx->stamp_until,
		   jiffies + msecs_to_jiffies(PROCFS_STAMP_MS));
	if (!READ_ONCE(ctx->stamping)) {
		WRITE_ONCE(ctx->stamping, true);
		WRITE_ONCE(ctx->hdr->stamping, 1);
	}
	queue_delayed_work(aem_workqueue, &procfs_unstamp_work,
			   msecs_to_jiffies(PROCFS_STAMP_MS));
}

static void procfs_unstamp(struct work_struct *work)
{
	struct aem_ctx *ctx;
	bool again = false;

	rcu_read_lock();
	list_for_each_entry_rcu(ctx, &aem_ctx_list, link) {
		if (!READ_ONCE(ctx->stamping) || ctx->stamp_always)
			continue;
		if (time_before(jiffies, READ_ONCE(ctx->stamp_until))) {
			again = true;
			continue;
		}
		WRITE_ONCE(ctx->stamping, false);
		WRITE_ONCE(ctx->hdr->stamping, 0);
	}
	rcu_read_unlock();
	if (again)
		queue_delayed_work(aem_workqueue, &procfs_unstamp_work,
				   msecs_to_jiffies(PROCFS_STAMP_MS));
}

static void procfs_histogram(struct seq_file *m, const struct aem_ctx *ctx,
			     const char *name, const u64 *buckets)
{
	unsigned int i;

	seq_printf(m, "%u %s", ctx->id, name);
	for (i = 0; i < AEM_HIST; i++)
		seq_printf(m, " %llu", READ_ONCE(buckets[i]));
	seq_putc(m, '\n');
}

static int procfs_latency_show(struct seq_file *m, void *v)
{
	struct aem_ctx *ctx = v;

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, "# id what, then 32 counts: of 2^n to 2^(n+1) ns\n");
		return 0;
	}
	if (!READ_ONCE(ctx->dead))
		procfs_stamp(ctx);
	procfs_histogram(m, ctx, "latency", ctx->hdr->usage.latency);
	procfs_histogram(m, ctx, "run", ctx->hdr->usage.run);
	return 0;
}

static const struct seq_operations procfs_latency_ops = {
	.start	= procfs_start,
	.next	= procfs_next,
	.stop	= procfs_stop,
	.show	= procfs_latency_show,
};

/* ---- sources ------------------------------------------------------------- */

/* The source at *@pos or the next one after it, in this context or the next. */
static struct aem_src *procfs_src(struct seq_file *m, loff_t *pos)
{
	struct aem_ctx *ctx;
	struct aem_src *src;
	u32 i;

	while ((ctx = procfs_ctx(m, pos))) {
		i = *pos;
		while ((i = find_next_bit(ctx->used, ctx->nsources, i)) <
		       ctx->nsources) {
			src = rcu_dereference(ctx->table[i]);
			*pos = (loff_t)ctx->id << 32 | i;
			if (src)
				return src;
			i++;
		}
		*pos = ((*pos >> 32) + 1) << 32;
	}
	return NULL;
}

static void *procfs_sources_start(struct seq_file *m, loff_t *pos)
	__acquires(RCU)
{
	rcu_read_lock();
	return *pos ? procfs_src(m, pos) : SEQ_START_TOKEN;
}

static void *procfs_sources_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return procfs_src(m, pos);
}

static const char * const procfs_kinds[__AEM_KIND_MAX] = {
	"none", "fd", "timer", "user", "proc", "file", "net", "mem", "pub",
	"accept", "recv",
};

static int procfs_sources_show(struct seq_file *m, void *v)
{
	struct aem_src *src = v;
	bool plain;
	u32 ring;

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, "# context pid index kind prio how state events flags posted pending lost cookie\n");
		return 0;
	}
	plain = aem_src_plain(src->kind, src->flags);
	ring = READ_ONCE(src->ring);
	seq_printf(m, "%u %d %u %s %u %s %s 0x%x 0x%x %llu %llu %llu 0x%llx\n",
		   src->ctx->id, procfs_pid(m, src->ctx), src->index,
		   procfs_kinds[src->kind], ring % AEM_PRIOS,
		   ring < AEM_PRIOS ? "sync" : "async",
		   src->closed ? "closed" : READ_ONCE(src->on) ? "on" : "off",
		   src->events, src->flags, READ_ONCE(src->posted),
		   READ_ONCE(aem_state(src)->word) & AEM_COUNT_MASK,
		   plain ? 0 : READ_ONCE(src->log.lost),
		   READ_ONCE(aem_state(src)->cookie));
	return 0;
}

static const struct seq_operations procfs_sources_ops = {
	.start	= procfs_sources_start,
	.next	= procfs_sources_next,
	.stop	= procfs_stop,
	.show	= procfs_sources_show,
};

/**
 * aem_procfs_init() - make /proc/aem
 *
 * Context: Process context. May sleep.
 * Return: 0, or -ENOMEM.
 */
int aem_procfs_init(void)
{
	struct proc_dir_entry *dir = proc_mkdir("aem", NULL);

	if (dir && proc_create_seq("contexts", 0444, dir,
				   &procfs_contexts_ops) &&
	    proc_create_seq("sources", 0444, dir, &procfs_sources_ops) &&
	    proc_create_seq("latency", 0444, dir, &procfs_latency_ops))
		return 0;
	proc_remove(dir);
	return -ENOMEM;
}

/**
 * aem_procfs_exit() - remove /proc/aem
 *
 * Context: Process context. May sleep: for who is reading, and for the work.
 */
void aem_procfs_exit(void)
{
	remove_proc_subtree("aem", NULL);
	cancel_delayed_work_sync(&procfs_unstamp_work);
}
