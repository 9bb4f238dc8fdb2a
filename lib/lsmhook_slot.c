// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaching to a spare static call of the hook (kernels from 6.12).
 *
 * For each hook the kernel has an array of MAX_LSM_COUNT slots, each a static
 * call behind a static key; security_<hook>() is straight code that passes all
 * of them. The LSMs that booted took the first slots. A slot is in use if its
 * "hl" is set: the kernel looks at it so when it hands out slots, and there is
 * no other mark.
 *
 * Two copies of lsmhook agree on a slot by this same word: it is claimed with
 * one compare-and-exchange from NULL, so that a slot has one owner whatever the
 * other CPUs do, and is set to NULL again last of all. Everything else about a
 * slot belongs to the owner. Static calls and static keys have their locks in
 * the kernel.
 *
 * The target of the static call is set before the key is enabled and cleared
 * long after it was disabled. A static call without target is a no-op that
 * leaves whatever is in the register of the return value: nobody may pass then.
 */
#include <linux/jump_label.h>
#include <linux/static_call.h>
#include "lsmhook_place.h"

static struct lsm_static_call *lsmhook_slot_row(const struct lsmhook *hook)
{
	void *table = lsmhook_symbol("static_calls_table");

	return table ? table + hook->offset : NULL;
}

/* True if @slot, of the row @row, is what the BPF LSM took for this hook. */
static bool lsmhook_slot_is_bpf(const struct lsm_static_call *slot,
				const struct lsm_static_call *row, void *func)
{
	const struct security_hook_list *hl = lsmhook_peek(&slot->hl);
	const struct static_call_key *key = lsmhook_peek(&slot->key);

	return hl && key && lsmhook_peek(&hl->scalls) == row &&
		lsmhook_peek(&hl->hook) == func &&
		lsmhook_peek(&key->func) == func;
}

/*
 * The BPF LSM has a function for every hook. Finding it where this file
 * believes that the hook's slots are proves that they are there and look as the
 * headers say.
 */
static int lsmhook_slot_open(struct lsmhook_place *place)
{
	const struct lsm_static_call *row = lsmhook_slot_row(place->hook);
	void *func = lsmhook_symbol(place->hook->anchor);
	int i;

	if (!row || !func) {
		place->why = "the kernel's table of static calls was not found";
		return -ENOENT;
	}
	for (i = 0; i < MAX_LSM_COUNT; i++)
		if (lsmhook_slot_is_bpf(&row[i], row, func))
			return 0;
	place->why = "the BPF LSM's function is not in the hook's slots";
	return -ENXIO;
}

/* Writes @slot->hl, which is read-only, if it is @old. */
static int lsmhook_slot_swap(struct lsm_static_call *slot,
			     struct security_hook_list *old,
			     struct security_hook_list *new)
{
	void **alias;
	void *map = lsmhook_alias_map(&slot->hl, &alias);
	bool won;

	if (!map)
		return -ENOMEM;
	won = cmpxchg(alias, (void *)old, (void *)new) == old;
	vunmap(map);
	return won ? 0 : -EBUSY;
}

static int lsmhook_slot_claim(struct lsmhook_place *place)
{
	struct lsm_static_call *row = lsmhook_slot_row(place->hook);
	int i, err = -EBUSY;

	place->lsmid.name = place->owner;
	place->lsmid.id = LSM_ID_UNDEF;
	place->entry.scalls = row;
	place->entry.lsmid = &place->lsmid;
	lsmhook_set_pointer(&place->entry.hook,
			    lsmhook_pointer(&place->hook->stub));

	for (i = 0; i < MAX_LSM_COUNT && err == -EBUSY; i++)
		if (!READ_ONCE(row[i].hl))
			err = lsmhook_slot_swap(&row[i], NULL, &place->entry);
	if (err) {
		place->why = err == -EBUSY ? "all slots of the hook are taken" :
			"no memory for a mapping";
		return err;
	}
	place->slot = &row[i - 1];
	place->target = lsmhook_pointer(&place->hook->stub);
	__static_call_update(place->slot->key, place->slot->trampoline,
			     place->target);
	static_key_enable(&place->slot->active->key);
	return 0;
}

/*
 * A call may lead to the padding in front of the function, where some
 * processors count calls.
 */
static bool lsmhook_slot_leads_to(const void *target, const void *func)
{
	return target && target <= func && target + 16 >= func;
}

/*
 * In security_<hook>() the call of our slot has our function as its target, and
 * the jump that decides about it has been written.
 */
static bool lsmhook_slot_call_leads(const struct static_call_key *key,
				    const void *func)
{
	struct static_call_site site;
	unsigned long at = key->type & ~1UL;

	if (!(key->type & 1) ||
	    copy_from_kernel_nofault(&site, (void *)at, sizeof(site)))
		return false;
	at += offsetof(struct static_call_site, addr) + site.addr;
	return lsmhook_slot_leads_to(lsmhook_branch_target((u8 *)at), func);
}

static bool lsmhook_slot_jump_written(const struct static_key *key)
{
	unsigned long at = key->type & ~JUMP_TYPE_MASK;
	struct jump_entry jump;
	u8 opcode;

	if (!static_key_enabled(key) || (key->type & JUMP_TYPE_LINKED) ||
	    copy_from_kernel_nofault(&jump, (void *)at, sizeof(jump)))
		return false;
	at += offsetof(struct jump_entry, code) + jump.code;
	/* Two bytes where that is enough, else five. */
	return !copy_from_kernel_nofault(&opcode, (void *)at, 1) &&
		(opcode == 0xeb || opcode == 0xe9);
}

/*
 * A hook whose answers security_<hook>() combines in a way of its own, such as
 * task_prctl, has no static calls: the kernel goes over the slots that are
 * active, and calls the function in each slot's entry.
 */
static bool lsmhook_slot_entry_leads(const struct lsmhook_place *place)
{
	const struct lsm_static_call *slot = place->slot;

	return !(READ_ONCE(slot->key->type) & ~1UL) &&
	       static_key_enabled(&slot->active->key) &&
	       READ_ONCE(slot->hl) == &place->entry &&
	       lsmhook_pointer(&place->entry.hook) == place->target;
}

/*
 * In security_<hook>() the call of our slot has our function as its target, and
 * the jump that decides about it has been written.
 */
static int lsmhook_slot_check(struct lsmhook_place *place)
{
	if (lsmhook_slot_entry_leads(place))
		return 0;
	if (lsmhook_slot_call_leads(place->slot->key, place->target) &&
	    lsmhook_slot_jump_written(&place->slot->active->key))
		return 0;
	place->why = "the kernel's code does not lead to the function";
	return -ENXIO;
}

static int lsmhook_slot_aim(struct lsmhook_place *place, void *func)
{
	/* Some hooks are called through the entry. */
	lsmhook_set_pointer(&place->entry.hook, func);
	place->target = func;
	__static_call_update(place->slot->key, place->slot->trampoline, func);
	return 0;
}

static void lsmhook_slot_stop(struct lsmhook_place *place)
{
	static_key_disable(&place->slot->active->key);
}

static void lsmhook_slot_leave(struct lsmhook_place *place)
{
	__static_call_update(place->slot->key, place->slot->trampoline, NULL);
	/*
	 * Without memory for the mapping the slot stays marked as taken, by an
	 * entry that nobody reads because the key is off.
	 */
	if (lsmhook_slot_swap(place->slot, &place->entry, NULL))
		pr_err("%s: one slot of %s is lost until reboot\n",
		       place->owner, place->hook->name);
}

static const struct lsmhook_way lsmhook_table = {
	.name	= "slot",
	.open	= lsmhook_slot_open,
	.claim	= lsmhook_slot_claim,
	.check	= lsmhook_slot_check,
	.aim	= lsmhook_slot_aim,
	.stop	= lsmhook_slot_stop,
	.leave	= lsmhook_slot_leave,
};
