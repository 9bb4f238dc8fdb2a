// SPDX-License-Identifier: GPL-2.0-only
/*
 * lsmhook: attaching and detaching LSM hooks from a loadable module.
 *
 * The kernel offers no call for this, but its BPF LSM, which stock kernels have
 * active, has a function for every hook. Where the kernel keeps that function
 * for a hook it also has room for ours: this file goes from hook to hook, each
 * back end finds the room. Nothing is changed but that: no page protection, no
 * code.
 *
 * This file is included, with all it includes, by one file of each module that
 * attaches hooks. Each module has its own copy, and copies may be at work at
 * the same time: what they share is the kernel's table, and lsmhook_slot.c and
 * lsmhook_list.c say how they agree about it.
 *
 * Attaching: take a place for each hook, with a stub that does nothing; prove
 * that the kernel comes by; then put the owner's function there. So the owner's
 * functions never see a call made for the proof.
 *
 * Detaching, and what each wait waits for, is told at lsmhook_detach().
 *
 * Locking: a set belongs to the module's load and unload functions, which the
 * kernel does not run at the same time. Hook functions touch set->count only.
 */
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "lsmhook.h"
#include "lsmhook_place.h"

#include "lsmhook_symbol.c"
#ifdef MAX_LSM_COUNT
#include "lsmhook_slot.c"
#else
#include "lsmhook_list.c"
#endif
#include "lsmhook_ftrace.c"
#include "lsmhook_probe.c"

/* Which stubs were called. Only ever set to true but by prove(). */
static bool lsmhook_called[LSMHOOK_IDS];

/**
 * lsmhook_note() - a stub was called
 * @id: of its hook
 *
 * Context: Any.
 */
void lsmhook_note(enum lsmhook_id id)
{
	WRITE_ONCE(lsmhook_called[id], true);
}

/*
 * The kernel asks the first LSM that has one of these, and no other: a function
 * behind the BPF LSM's is never called.
 */
static const enum lsmhook_id lsmhook_asked_once[] = {
	LSMHOOK_ID_getprocattr,
	LSMHOOK_ID_setprocattr,
#ifdef CONFIG_SECURITY_NETWORK_XFRM
	LSMHOOK_ID_xfrm_state_pol_flow_match,
#endif
};

static bool lsmhook_reachable(const struct lsmhook *hook)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(lsmhook_asked_once); i++)
		if (hook->id == lsmhook_asked_once[i])
			return false;
	return true;
}

/* ---- is the BPF LSM there? ----------------------------------------------- */

/* "lockdown,capability,landlock,...", or NULL if it was not found. */
static const char *lsmhook_active_lsms(void)
{
	char **names = lsmhook_symbol("lsm_names");

	return names ? READ_ONCE(*names) : NULL;
}

static bool lsmhook_listed(const char *list, const char *name)
{
	size_t len = strlen(name);
	const char *p;

	for (p = list; (p = strstr(p, name)); p += len)
		if ((p == list || p[-1] == ',') &&
		    (p[len] == ',' || p[len] == '\0'))
			return true;
	return false;
}

/*
 * Tells the person who reads the log what to boot with. "capability" is always
 * there and not a thing to name.
 */
static int lsmhook_refuse_without_bpf(struct lsmhook_set *set,
				      const char *active)
{
	const char *cap = strstr(active, "capability,");
	int before = cap ? cap - active : 0;

	pr_err("%s: the LSM \"bpf\" is not active, hooks cannot be attached: boot with lsm=%.*s%s,bpf\n",
	       set->owner, before, active,
	       cap ? cap + strlen("capability,") : active);
	set->why = "the LSM \"bpf\" is not active: add it to the boot parameter lsm=";
	return -EOPNOTSUPP;
}

/* ---- one hook ------------------------------------------------------------ */

static int lsmhook_try(struct lsmhook_place *place,
		       const struct lsmhook_way *way)
{
	int err;

	place->why = NULL;
	err = way->open(place);
	if (!err)
		err = way->claim(place);
	if (!err)
		place->way = way;
	return err;
}

static int lsmhook_place_take(struct lsmhook_place *place,
			      enum lsmhook_backend backend)
{
	int err;

	if (!lsmhook_reachable(place->hook)) {
		place->why = "the kernel asks only the first LSM that has the hook";
		return -EOPNOTSUPP;
	}
	switch (backend) {
	case LSMHOOK_FTRACE:
		return lsmhook_try(place, &lsmhook_ftrace);
	case LSMHOOK_FTRACE_REGS:
		return lsmhook_try(place, &lsmhook_ftrace_regs);
	case LSMHOOK_TABLE:
		return lsmhook_try(place, &lsmhook_table);
	default:
		err = lsmhook_try(place, &lsmhook_table);
		return err ? lsmhook_try(place, &lsmhook_ftrace) : err;
	}
}

/*
 * Is the hook live? Either the kernel was made to call it, or its code and data
 * were followed up to our function, or both; -ENOENT from check() means that
 * this could not be done.
 */
static int lsmhook_place_prove(struct lsmhook_place *place)
{
	const struct lsmhook *hook = place->hook;
	int err;

	err = place->way->check(place);
	if (err && !(err == -ENOENT && hook->probe))
		return err;
	if (!hook->probe)
		return 0;

	WRITE_ONCE(lsmhook_called[hook->id], false);
	err = hook->probe();
	if (err) {
		place->why = "what should make the kernel call it failed";
		return err;
	}
	if (!READ_ONCE(lsmhook_called[hook->id])) {
		place->why = "the kernel did not call it";
		return -ENXIO;
	}
	return 0;
}

static int lsmhook_place_arm(struct lsmhook_place *place)
{
	int err = place->way->aim(place, lsmhook_pointer(&place->hook->func));

	if (!err)
		err = place->way->check(place);
	/* It was called before, so only the address to look at is unknown. */
	return err == -ENOENT ? 0 : err;
}

/* ---- all of them --------------------------------------------------------- */

static int lsmhook_fail(struct lsmhook_set *set,
			const struct lsmhook_place *place, int err)
{
	set->failed = place->hook->name;
	set->why = place->why ?: "no reason known";
	pr_err("%s: cannot attach %s: %s (%d)\n", set->owner, set->failed,
	       set->why, err);
	return err;
}

static int lsmhook_attach_all(struct lsmhook_set *set,
			      enum lsmhook_backend backend)
{
	struct lsmhook_place *place, *end = set->places + set->nhooks;
	int err;

	for (place = set->places; place < end; place++) {
		place->hook = &set->hooks[place - set->places];
		place->owner = set->owner;
		err = lsmhook_place_take(place, backend);
		if (err)
			return lsmhook_fail(set, place, err);
	}
	for (place = set->places; place < end; place++) {
		err = lsmhook_place_prove(place);
		if (err)
			return lsmhook_fail(set, place, err);
	}
	for (place = set->places; place < end; place++) {
		err = lsmhook_place_arm(place);
		if (err)
			return lsmhook_fail(set, place, err);
	}
	return 0;
}

/**
 * lsmhook_attach() - have the kernel call the functions of a set
 * @set: made by LSMHOOK_SET(); it and the table live as long as the module
 * @backend: %LSMHOOK_ANY, or one of the others for tests and measurements
 *
 * The hooks go live one after the other, in the order of the table, and all are
 * when this returns 0. Before that each was proved: in the kernel's code and
 * data the way to the function was followed, and the probe, if the table has
 * one, made the kernel call it. On any error nothing stays attached, the reason
 * is in @set->failed and @set->why, both for netlink's extack, and in the log.
 *
 * Costs some milliseconds a hook, and when it fails those of lsmhook_detach().
 *
 * Context: Process context of a user task, usually the module's init function.
 * May sleep. Takes the kernel's locks for text patching, CPU hotplug and
 * ftrace.
 * Return: 0, or a negative error:
 *
 * * -EOPNOTSUPP - the BPF LSM is not active (the log names the boot parameter),
 *   or the kernel would never call a function in this place
 * * -EBUSY - no place is free in the kernel's table, and another user redirects
 *   the BPF LSM's function, or ftrace is disabled
 * * -ENXIO - the hook is not live, or the kernel's table is not as expected
 * * -ENOENT - the kernel's table was not found
 * * -ENOMEM - no memory
 * * what a probe returned
 */
int lsmhook_attach(struct lsmhook_set *set, enum lsmhook_backend backend)
{
	const char *active;
	int err;

	set->failed = NULL;
	set->why = "no memory";
	lsmhook_symbol_init();
	active = lsmhook_active_lsms();
	if (active && !lsmhook_listed(active, "bpf"))
		return lsmhook_refuse_without_bpf(set, active);

	set->count = alloc_percpu(struct lsmhook_count);
	if (!set->count)
		return -ENOMEM;
	set->places = kcalloc(set->nhooks, sizeof(*set->places), GFP_KERNEL);
	if (!set->places) {
		free_percpu(set->count);
		set->count = NULL;
		return -ENOMEM;
	}
	err = lsmhook_attach_all(set, backend);
	if (err)
		lsmhook_detach(set);
	else
		set->why = NULL;
	return err;
}

/**
 * lsmhook_attached_by() - how a hook is attached
 * @set: an attached set
 * @n: index into its table
 *
 * Return: "slot", "list", "ftrace" or "ftrace_regs"; for people.
 */
const char *lsmhook_attached_by(const struct lsmhook_set *set, unsigned int n)
{
	return set->places[n].way->name;
}

/* ---- leaving ------------------------------------------------------------- */

/*
 * Waits for every task that was in a function, or on the way into it or back,
 * and that does not sleep there. A hook in a task: until the task has scheduled
 * by itself or is in user space. A hook in a softirq, which may have
 * interrupted an idle CPU: until that is over.
 */
static void lsmhook_wait_awake(void)
{
	synchronize_rcu_tasks();
	synchronize_rcu();
}

static unsigned long lsmhook_entered(const struct lsmhook_set *set)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(set->count, cpu)->entered);
	return sum;
}

static unsigned long lsmhook_left(const struct lsmhook_set *set)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(set->count, cpu)->left);
	return sum;
}

/*
 * Waits until nobody is in a sleeping section, and returns how often they were
 * entered. The sum of "left" is read first: whatever it holds was entered
 * before, so if the sums are equal, then at the moment between the two readings
 * everybody had left.
 */
static unsigned long lsmhook_wait_asleep(struct lsmhook_set *set)
{
	unsigned long left, entered, told = jiffies;

	for (;;) {
		left = lsmhook_left(set);
		/* Order of the two sums, see above. */
		smp_mb();
		entered = lsmhook_entered(set);
		if (left == entered)
			return entered;
		if (time_after(jiffies, told + 30 * HZ)) {
			pr_notice("%s: %lu tasks still sleep in hooks, waiting for them\n",
				  set->owner, entered - left);
			told = jiffies;
		}
		schedule_timeout_uninterruptible(HZ / 50 ?: 1);
	}
}

/*
 * Waits until nobody is in a function of the owner; no new call begins.
 *
 * At one moment nobody was in a sleeping section. Who was in a function then is
 * out of it after the wait, unless a section was entered on the way, to sleep
 * there; then it has to be tried again.
 */
static void lsmhook_drain(struct lsmhook_set *set)
{
	unsigned long entered;

	do {
		entered = lsmhook_wait_asleep(set);
		lsmhook_wait_awake();
	} while (entered != lsmhook_entered(set));
}

/* Give the places back; true if somebody may be walking over one of them. */
static bool lsmhook_leave_all(struct lsmhook_set *set)
{
	struct lsmhook_place *place, *end = set->places + set->nhooks;
	bool linked = false;

	for (place = set->places; place < end; place++) {
		if (!place->way)
			continue;
		place->way->leave(place);
		linked |= place->way->linked;
	}
	return linked;
}

/**
 * lsmhook_detach() - have the kernel stop calling the functions of a set
 * @set: attached, or not
 *
 * When this returns nobody is in a function of the set, and nobody will be: the
 * module may go. Other attachments to the same hooks, of other modules, of BPF
 * programs, of tracers, are as they were. Does nothing if @set is not attached.
 *
 * In this order: (1) no new call begins: the slot's static key is disabled, the
 * list's entry points to the stub, ftrace lets go. (2) Wait for a moment in which
 * nobody sleeps in a function, by the count of lsmhook_enter() and
 * lsmhook_exit(). (3) Wait for those who are awake in one, and if one of them has
 * gone to sleep meanwhile, again from (2). (4) Give the place back: the static
 * call gets no target (not before: a task between the key and the call would
 * find none and take what is in a register for an answer), the entry is unlinked
 * (not before: a task that slept in it would go on to an entry that has gone
 * meanwhile). (5) For entries of a list, wait as in (3) for those who walk past
 * the unlinked entry, or are in the stub.
 *
 * Takes as long as the longest sleep in a hook, and some tenths of a second more
 * for each of the two waits.
 *
 * Context: Process context, usually the module's exit function. May sleep.
 */
void lsmhook_detach(struct lsmhook_set *set)
{
	struct lsmhook_place *place, *end;

	if (!set->places)
		return;
	end = set->places + set->nhooks;
	for (place = set->places; place < end; place++)
		if (place->way)
			place->way->stop(place);
	lsmhook_drain(set);
	if (lsmhook_leave_all(set))
		lsmhook_wait_awake();

	kfree(set->places);
	set->places = NULL;
	free_percpu(set->count);
	set->count = NULL;
}
