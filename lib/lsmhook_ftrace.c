// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaching with ftrace to the BPF LSM's function of the hook.
 *
 * bpf_lsm_<hook>() has the prototype of the hook, returns the hook's default
 * and exists to be attached to. ftrace calls us at its entry, and we let it
 * return into the owner's function. This takes more instructions than the
 * kernel's own table, and a BPF program on the same hook that refuses goes
 * before us; it is for kernels whose table cannot be found, or is full.
 *
 * IPMODIFY: only one such user for a function, a second one gets -EBUSY.
 * PERMANENT: sysctl kernel.ftrace_enabled=0 fails with EBUSY while it is there.
 * RECURSION: the callback may be called from within itself, there is no need
 * for ftrace to guard it (and to skip it when the guard says so).
 *
 * place->target is what the callback reads; nothing else is shared.
 */
#include <linux/ftrace.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "compat.h"
#include "lsmhook_place.h"

static const char lsmhook_ftrace_busy[] =
	"somebody else redirects the BPF LSM's function, or ftrace is disabled";

static void notrace lsmhook_ftrace_call(unsigned long ip, unsigned long parent,
					struct ftrace_ops *ops,
					struct ftrace_regs *fregs)
{
	struct lsmhook_place *place;

	place = container_of(ops, struct lsmhook_place, ops);
	ftrace_regs_set_instruction_pointer(fregs,
					(unsigned long)READ_ONCE(place->target));
}

/*
 * That the kernel calls bpf_lsm_<hook>() follows from the BPF LSM being active,
 * which is the caller's business.
 */
static int lsmhook_ftrace_open(struct lsmhook_place *place)
{
	return 0;
}

static int lsmhook_ftrace_claim_flags(struct lsmhook_place *place,
				      unsigned long flags)
{
	unsigned char *name;
	int err;

	name = kstrdup(place->hook->anchor, GFP_KERNEL);
	if (!name) {
		place->why = "no memory";
		return -ENOMEM;
	}
	place->target = lsmhook_pointer(&place->hook->stub);
	place->ops.func = lsmhook_ftrace_call;
	place->ops.flags = FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT |
		FTRACE_OPS_FL_RECURSION | flags;
	err = ftrace_set_filter(&place->ops, name, strlen(name), 1);
	if (err)
		place->why = "the BPF LSM's function cannot be traced";
	else
		err = register_ftrace_function(&place->ops);
	if (err) {
		ftrace_free_filter(&place->ops);
		if (err == -EBUSY)
			place->why = lsmhook_ftrace_busy;
		else if (!place->why)
			place->why = "ftrace refuses";
	}
	kfree(name);
	return err;
}

static int lsmhook_ftrace_claim(struct lsmhook_place *place)
{
	return lsmhook_ftrace_claim_flags(place, 0);
}

static int lsmhook_ftrace_claim_regs(struct lsmhook_place *place)
{
	return lsmhook_ftrace_claim_flags(place, FTRACE_OPS_FL_SAVE_REGS);
}

/* At the entry of bpf_lsm_<hook>() there is a call where there was a no-op. */
static int lsmhook_ftrace_check(struct lsmhook_place *place)
{
	u8 *func = lsmhook_symbol(place->hook->anchor);

	/* Without the address there is the probe, or nothing: see prove(). */
	if (!func)
		return -ENOENT;
	if (lsmhook_branch_target(func) ||
	    lsmhook_branch_target(func + 4 /* ENDBR */))
		return 0;
	place->why = "the BPF LSM's function is not redirected";
	return -ENXIO;
}

static int lsmhook_ftrace_aim(struct lsmhook_place *place, void *func)
{
	WRITE_ONCE(place->target, func);
	return 0;
}

static void lsmhook_ftrace_stop(struct lsmhook_place *place)
{
	WARN_ON_ONCE(unregister_ftrace_function(&place->ops));
}

static void lsmhook_ftrace_leave(struct lsmhook_place *place)
{
	ftrace_free_filter(&place->ops);
}

static const struct lsmhook_way lsmhook_ftrace = {
	.name	= "ftrace",
	.open	= lsmhook_ftrace_open,
	.claim	= lsmhook_ftrace_claim,
	.check	= lsmhook_ftrace_check,
	.aim	= lsmhook_ftrace_aim,
	.stop	= lsmhook_ftrace_stop,
	.leave	= lsmhook_ftrace_leave,
};

static const struct lsmhook_way lsmhook_ftrace_regs = {
	.name	= "ftrace_regs",
	.open	= lsmhook_ftrace_open,
	.claim	= lsmhook_ftrace_claim_regs,
	.check	= lsmhook_ftrace_check,
	.aim	= lsmhook_ftrace_aim,
	.stop	= lsmhook_ftrace_stop,
	.leave	= lsmhook_ftrace_leave,
};
