// SPDX-License-Identifier: GPL-2.0-only
/*
 * lsmhook_bench: what one attached, empty hook adds to a call, by each way to
 * attach.
 *
 * Calls security_binder_set_context_mgr(), which is exported and on stock
 * kernels passes nothing but the BPF LSM's function, many times with interrupts
 * off: once with the hook attached and once without. Under QEMU's icount a
 * nanosecond is an instruction. The smallest of several turns is taken.
 *
 * All is done while the module is loaded; what was found is read in
 * /sys/module/lsmhook_bench/parameters/results, a line for each way:
 *	WAY INSTRUCTIONS
 * and "base INSTRUCTIONS", the call itself with its loop.
 */
#include <linux/cred.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/security.h>
#include "lsmhook.h"

#define CALLS	10000
#define TURNS	5

static int empty_hook(const struct cred *mgr)
{
	return 0;
}

static const struct lsmhook hooks[] = {
	LSMHOOK(binder_set_context_mgr, empty_hook),
};

static struct lsmhook_set set = LSMHOOK_SET("lsmhook_bench", hooks);

static struct {
	const char *name;
	enum lsmhook_backend backend;
	u64 with;
	u64 without;
} ways[] = {
	{ "table", LSMHOOK_TABLE },
	{ "ftrace", LSMHOOK_FTRACE },
	{ "ftrace_regs", LSMHOOK_FTRACE_REGS },
};

static int results_get(char *buf, const struct kernel_param *kp)
{
	int i, len;

	len = sysfs_emit(buf, "base %llu\n",
			 DIV_ROUND_CLOSEST_ULL(ways[0].without, CALLS));
	for (i = 0; i < ARRAY_SIZE(ways); i++)
		len += sysfs_emit_at(buf, len, "%s %lld\n", ways[i].name,
			DIV_ROUND_CLOSEST((s64)(ways[i].with - ways[i].without),
					  CALLS));
	return len;
}

static const struct kernel_param_ops results_ops = { .get = results_get };
module_param_cb(results, &results_ops, NULL, 0444);

static noinline u64 turn(void)
{
	const struct cred *cred = current_cred();
	unsigned long flags;
	u64 began, ended;
	int i;

	local_irq_save(flags);
	began = ktime_get_ns();
	for (i = 0; i < CALLS; i++)
		security_binder_set_context_mgr(cred);
	ended = ktime_get_ns();
	local_irq_restore(flags);
	return ended - began;
}

static u64 least_of_turns(void)
{
	u64 least = U64_MAX;
	int i;

	for (i = 0; i < TURNS; i++)
		least = min(least, turn());
	return least;
}

static int __init bench_init(void)
{
	int i, err;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		ways[i].without = least_of_turns();
		err = lsmhook_attach(&set, ways[i].backend);
		if (err)
			return err;
		ways[i].with = least_of_turns();
		lsmhook_detach(&set);
	}
	return 0;
}
module_init(bench_init);

static void __exit bench_exit(void)
{
}
module_exit(bench_exit);

MODULE_DESCRIPTION("Measures the call of an LSM hook attached by lsmhook");
MODULE_AUTHOR("CGL Modules");
MODULE_LICENSE("GPL");
MODULE_VERSION(CGL_VERSION);
