/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lsmhook: LSM hooks of a loadable module, on a stock kernel.
 *
 * A module that wants hooks has a three-line file that includes lib/lsmhook.c
 * and so gets its own copy, a table
 *
 *	static const struct lsmhook hooks[] = {
 *		LSMHOOK(file_open, my_file_open),
 *		LSMHOOK_PROBE(mmap_file, my_mmap_file, lsmhook_probe_mmap_file),
 *	};
 *	static struct lsmhook_set my_set = LSMHOOK_SET("my", hooks);
 *
 * and calls lsmhook_attach() last when it loads, lsmhook_detach() first when it
 * unloads. The table is typed by <linux/lsm_hook_defs.h>: a function whose
 * prototype is not that of its hook in the kernel built for does not compile.
 *
 * A hook function is called as the functions of the built-in LSMs are, after
 * them, and only if none of them refused. The first call may come before
 * lsmhook_attach() returns, the last one before lsmhook_detach() returns. A
 * hook may sleep where the kernel allows it, but only between lsmhook_enter()
 * and lsmhook_exit().
 *
 * How it is done, and why it holds: lsmhook.c and doc/lsmhook.md.
 */
#ifndef _LSMHOOK_H
#define _LSMHOOK_H

#include <linux/build_bug.h>
#include <linux/lsm_hooks.h>
#include <linux/percpu.h>
#include <linux/types.h>

/* One number for each hook that this kernel has. */
enum lsmhook_id {
#define LSM_HOOK(RET, DEFAULT, NAME, ...) LSMHOOK_ID_##NAME,
#include <linux/lsm_hook_defs.h>
#undef LSM_HOOK
	LSMHOOK_IDS
};

void lsmhook_note(enum lsmhook_id id);

/*
 * One stub for each hook. It stands in for the owner's function while the hook
 * is proved live, and on 6.1 again while it goes: it says that it was called,
 * touches no argument and returns what a hook returns that does not care. Only
 * those named in a table are compiled.
 */
#define LSM_HOOK(RET, DEFAULT, NAME, ...)				\
static inline RET lsmhook_stub_##NAME(__VA_ARGS__)			\
{									\
	lsmhook_note(LSMHOOK_ID_##NAME);				\
	return DEFAULT;							\
}
#include <linux/lsm_hook_defs.h>
#undef LSM_HOOK

/*
 * Where a hook's own part of the kernel's table begins. Since 6.12 a hook has
 * MAX_LSM_COUNT static calls, before it had a list.
 */
#ifdef MAX_LSM_COUNT
#define lsmhook_offset(NAME) offsetof(struct lsm_static_calls_table, NAME)
#else
#define lsmhook_offset(NAME) offsetof(struct security_hook_heads, NAME)
#endif

/**
 * struct lsmhook - a hook and the function that is to be called
 * @name: the hook, as in <linux/lsm_hook_defs.h>
 * @anchor: the BPF LSM's function for the hook
 * @offset: of the hook's part in the kernel's table
 * @id: of the hook
 * @func: the owner's function
 * @stub: the function of the same prototype that does nothing
 * @probe: makes the kernel call the hook, or %NULL; see LSMHOOK_PROBE()
 *
 * Made by LSMHOOK() and LSMHOOK_PROBE() only.
 */
struct lsmhook {
	const char *name;
	const char *anchor;
	size_t offset;
	enum lsmhook_id id;
	union security_list_options func;
	union security_list_options stub;
	int (*probe)(void);
};

/**
 * LSMHOOK_PROBE() - a table entry, with a way to make the kernel call the hook
 * @NAME: of the hook, as in <linux/lsm_hook_defs.h>
 * @FUNC: the function; its prototype is that of the hook, or it does not
 *	compile
 * @PROBE: int (*)(void): does something harmless that makes the kernel call the
 *	hook in this task before it returns. Process context, may sleep. Returns 0,
 *	or a negative error if it could not do it: then the attachment fails.
 *
 * While the probe runs a stub takes the place of @FUNC.
 */
#define LSMHOOK_PROBE(NAME, FUNC, PROBE)				\
	{								\
		.name = #NAME,						\
		.anchor = "bpf_lsm_" #NAME,				\
		.offset = lsmhook_offset(NAME) + BUILD_BUG_ON_ZERO(	\
			!__same_type(&(FUNC),				\
				((union security_list_options *)0)->NAME)), \
		.id = LSMHOOK_ID_##NAME,				\
		.func = { .NAME = (FUNC) },				\
		.stub = { .NAME = lsmhook_stub_##NAME },		\
		.probe = (PROBE),					\
	}

/**
 * LSMHOOK() - a table entry
 * @NAME: of the hook, as in <linux/lsm_hook_defs.h>
 * @FUNC: the function; its prototype is that of the hook, or it does not
 *	compile
 */
#define LSMHOOK(NAME, FUNC) LSMHOOK_PROBE(NAME, FUNC, NULL)

/**
 * enum lsmhook_backend - the ways to attach
 * @LSMHOOK_ANY: the cheapest that works, hook by hook: this is what owners take
 * @LSMHOOK_TABLE: the kernel's own table: a spare static call (6.12), an entry
 *	in the hook's list (6.1)
 * @LSMHOOK_FTRACE: ftrace moves calls of bpf_lsm_<hook> to the function
 * @LSMHOOK_FTRACE_REGS: the same, saving all registers; for measurement
 */
enum lsmhook_backend {
	LSMHOOK_ANY,
	LSMHOOK_TABLE,
	LSMHOOK_FTRACE,
	LSMHOOK_FTRACE_REGS,
};

/**
 * struct lsmhook_count - how often sleeping sections were entered and left
 * @entered: by lsmhook_enter() on this CPU
 * @left: by lsmhook_exit() on this CPU
 *
 * A task may enter on one CPU and leave on another: only the sums over all CPUs
 * mean something. Both only grow.
 */
struct lsmhook_count {
	unsigned long entered;
	unsigned long left;
};

struct lsmhook_place;

/**
 * struct lsmhook_set - hooks that come and go together
 * @owner: name of the module, for the log and as the name of the LSM
 * @hooks: the table
 * @nhooks: number of entries in @hooks
 * @failed: after an error the name of the hook that could not be attached, or
 *	%NULL if the reason is not in a hook
 * @why: after an error the reason in words, a constant
 *
 * Private are where each hook is attached, and who is in a sleeping section.
 */
struct lsmhook_set {
	const char *owner;
	const struct lsmhook *hooks;
	unsigned int nhooks;
	const char *failed;
	const char *why;
	/* private: */
	struct lsmhook_place *places;
	struct lsmhook_count __percpu *count;
};

/**
 * LSMHOOK_SET() - initialize a struct lsmhook_set
 * @OWNER: name of the module
 * @HOOKS: array of struct lsmhook
 */
#define LSMHOOK_SET(OWNER, HOOKS)					\
	{								\
		.owner = (OWNER),					\
		.hooks = (HOOKS),					\
		.nhooks = ARRAY_SIZE(HOOKS),				\
	}

int lsmhook_attach(struct lsmhook_set *set, enum lsmhook_backend backend);
void lsmhook_detach(struct lsmhook_set *set);
const char *lsmhook_attached_by(const struct lsmhook_set *set, unsigned int n);

/* Probes for LSMHOOK_PROBE(), for the hooks that can be called harmlessly. */
int lsmhook_probe_mmap_file(void);
int lsmhook_probe_file_open(void);
int lsmhook_probe_path_truncate(void);
int lsmhook_probe_inode_free_security(void);

/**
 * lsmhook_enter() - a hook function begins a part in which it may sleep
 * @set: the set that the hook belongs to
 *
 * Parts may nest. What comes before the first lsmhook_enter() and after the
 * last lsmhook_exit() must not sleep; being preempted there is harmless, and so
 * are spinlocks. Costs an increment of a per-CPU counter, so the ways through a
 * hook that do not sleep had better not pass here.
 *
 * Context: Any context in which a hook function runs.
 */
static inline void lsmhook_enter(struct lsmhook_set *set)
{
	this_cpu_inc(set->count->entered);
}

/**
 * lsmhook_exit() - a hook function ends a part in which it may sleep
 * @set: the set given to lsmhook_enter()
 *
 * Context: The task that called lsmhook_enter().
 */
static inline void lsmhook_exit(struct lsmhook_set *set)
{
	this_cpu_inc(set->count->left);
}

#endif /* _LSMHOOK_H */
