/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of lsmhook tell each other: the place where one hook is
 * attached, and what a way of attaching has to be able to do.
 *
 * Included by lib/lsmhook*.c only, which are compiled as one file.
 */
#ifndef _LSMHOOK_PLACE_H
#define _LSMHOOK_PLACE_H

#include <linux/ftrace.h>
#include <linux/lsm_hooks.h>
#include <linux/types.h>
#include "lsmhook.h"

struct lsmhook_place;

/**
 * struct lsmhook_way - a way to attach
 * @name: for people
 * @open: before anything else; 0 if this way exists on this kernel
 * @claim: take a place of the hook and have the kernel call the stub from
 *	there. Undoes what it did if it fails
 * @check: 0 if the kernel's own code was seen to lead to the function
 * @aim: from now on the kernel calls the function
 * @stop: from now on no call of the owner's function begins. Calls that have
 *	begun go on
 * @leave: give the place back. Comes after the caller waited for what @stop
 *	left running
 * @linked: the kernel walks over the place itself, also after @stop: another
 *	wait comes after @leave, before memory goes away
 *
 * All of it in process context, may sleep. Those that can fail set place->why.
 */
struct lsmhook_way {
	const char *name;
	int (*open)(struct lsmhook_place *place);
	int (*claim)(struct lsmhook_place *place);
	int (*check)(struct lsmhook_place *place);
	int (*aim)(struct lsmhook_place *place, void *func);
	void (*stop)(struct lsmhook_place *place);
	void (*leave)(struct lsmhook_place *place);
	bool linked;
};

/**
 * struct lsmhook_place - where one hook is attached
 * @hook: the hook and its function
 * @owner: name of the owner
 * @way: how it is attached, or %NULL if it is not
 * @why: after an error the reason in words, a constant
 * @target: the function that the kernel calls from here, stub or owner's
 * @entry: what the kernel knows about the function, as for a built-in LSM
 * @lsmid: the name in @entry (6.12)
 * @slot: the static call (6.12)
 * @head: the hook's list (6.1)
 * @anchor: the BPF LSM's entry in that list (6.1)
 * @ops: what ftrace knows about the function
 *
 * Lives in memory from kzalloc(), so that every copy of lsmhook may write the
 * @entry of every other: see lsmhook_list.c.
 */
struct lsmhook_place {
	const struct lsmhook *hook;
	const char *owner;
	const struct lsmhook_way *way;
	const char *why;
	void *target;
	struct security_hook_list entry;
#ifdef MAX_LSM_COUNT
	struct lsm_id lsmid;
	struct lsm_static_call *slot;
#else
	struct hlist_head *head;
	struct security_hook_list *anchor;
#endif
	struct ftrace_ops ops;
};

/* All members of the union are pointers to functions. */
static inline void *lsmhook_pointer(const union security_list_options *func)
{
	static_assert(sizeof(*func) == sizeof(void *));
	return *(void *const *)func;
}

static inline void lsmhook_set_pointer(union security_list_options *func,
				       void *value)
{
	WRITE_ONCE(*(void **)func, value);
}

#endif /* _LSMHOOK_PLACE_H */
