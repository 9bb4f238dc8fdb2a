// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaching to the list of the hook (kernels before 6.12).
 *
 * For each hook the kernel has a list of entries, one for each LSM, and
 * security_<hook>() walks it and calls what the entries point to. Our entry
 * is inserted behind that of the BPF LSM.
 *
 * Locking
 *
 * Writers are the copies of lsmhook and nobody else: the kernel does not change
 * the lists after its initialization. They take the kernel's text_mutex, which
 * is the lock of those who change read-only memory of the kernel, and which all
 * copies can find by its name. Only "next" is written, one word at a time: in
 * the BPF LSM's entry, which is read-only, through an alias; in an entry of
 * another copy, which is in ordinary memory, as it is. "pprev" stays unused.
 *
 * Readers take no lock and no RCU and may sleep in any function they call,
 * still holding the entry whose function it is. So an entry may be unlinked
 * only when nobody sleeps in its function: else its "next" would go on naming
 * an entry that another module has freed meanwhile. Hence the order: the
 * function is replaced by the stub, which does not sleep; the caller waits
 * until nobody is in the function; the entry is unlinked; the caller waits for
 * readers who were between two entries or in the stub, none of whom sleeps; the
 * entry is freed.
 */
#include <linux/mutex.h>
#include <linux/rculist.h>
#include "lsmhook_place.h"

/* No kernel has as many LSMs: a longer walk means that it is not a list. */
#define LSMHOOK_LIST_MAX	64

static struct mutex *lsmhook_list_lock(void)
{
	return lsmhook_symbol("text_mutex");
}

static struct security_hook_list *lsmhook_list_entry(struct hlist_node *node)
{
	return hlist_entry_safe(node, struct security_hook_list, list);
}

/* The entry that points to @func, or NULL. Reads what may not be a list. */
static struct security_hook_list *
lsmhook_list_find(const struct hlist_head *head, const void *func)
{
	struct hlist_node *node = lsmhook_peek(&head->first);
	struct security_hook_list *entry;
	int i;

	for (i = 0; node && i < LSMHOOK_LIST_MAX; i++) {
		entry = lsmhook_list_entry(node);
		if (lsmhook_peek(&entry->hook) == func &&
		    lsmhook_peek(&entry->head) == head)
			return entry;
		node = lsmhook_peek(&node->next);
	}
	return NULL;
}

/*
 * The BPF LSM has a function for every hook. Finding it where this file
 * believes that the hook's list is proves that it is there and looks as the
 * headers say.
 */
static int lsmhook_list_open(struct lsmhook_place *place)
{
	void *heads = lsmhook_symbol("security_hook_heads");
	void *func = lsmhook_symbol(place->hook->anchor);

	if (!heads || !func || !lsmhook_list_lock()) {
		place->why = "the kernel's lists of hooks were not found";
		return -ENOENT;
	}
	place->head = heads + place->hook->offset;
	place->anchor = lsmhook_list_find(place->head, func);
	if (!place->anchor) {
		place->why = "the BPF LSM's function is not in the hook's list";
		return -ENXIO;
	}
	return 0;
}

static int lsmhook_list_claim(struct lsmhook_place *place)
{
	struct hlist_node *node = &place->entry.list;
	struct hlist_node *anchor = &place->anchor->list;
	void **next;
	void *map;

	map = lsmhook_alias_map(&anchor->next, &next);
	if (!map) {
		place->why = "no memory for a mapping";
		return -ENOMEM;
	}
	place->target = lsmhook_pointer(&place->hook->stub);
	lsmhook_set_pointer(&place->entry.hook, place->target);
	place->entry.head = place->head;
	place->entry.lsm = place->owner;

	mutex_lock(lsmhook_list_lock());
	node->next = READ_ONCE(anchor->next);
	/* Pairs with the data dependency of the walk in security_<hook>(). */
	smp_store_release(next, (void *)node);
	mutex_unlock(lsmhook_list_lock());
	vunmap(map);
	return 0;
}

/* The walk of security_<hook>() comes to our entry and finds our function. */
static int lsmhook_list_check(struct lsmhook_place *place)
{
	struct security_hook_list *entry;
	bool found = false;

	mutex_lock(lsmhook_list_lock());
	hlist_for_each_entry(entry, place->head, list)
		if (entry == &place->entry)
			found = lsmhook_pointer(&entry->hook) == place->target;
	mutex_unlock(lsmhook_list_lock());
	if (!found)
		place->why = "the kernel's list does not lead to the function";
	return found ? 0 : -ENXIO;
}

static int lsmhook_list_aim(struct lsmhook_place *place, void *func)
{
	place->target = func;
	lsmhook_set_pointer(&place->entry.hook, func);
	return 0;
}

static void lsmhook_list_stop(struct lsmhook_place *place)
{
	lsmhook_list_aim(place, lsmhook_pointer(&place->hook->stub));
}

static void lsmhook_list_leave(struct lsmhook_place *place)
{
	struct hlist_node *node = &place->entry.list;
	struct hlist_node *prev = &place->anchor->list;
	void **first;
	void *map;

	/* There is no way on without it: the entry is about to be freed. */
	while (!(map = lsmhook_alias_map(&prev->next, &first)))
		schedule_timeout_uninterruptible(HZ / 10);

	mutex_lock(lsmhook_list_lock());
	if (prev->next == node) {
		WRITE_ONCE(*first, node->next);
	} else {
		while (prev->next != node)
			prev = prev->next;
		WRITE_ONCE(prev->next, node->next);
	}
	mutex_unlock(lsmhook_list_lock());
	vunmap(map);
}

static const struct lsmhook_way lsmhook_table = {
	.name	= "list",
	.open	= lsmhook_list_open,
	.claim	= lsmhook_list_claim,
	.check	= lsmhook_list_check,
	.aim	= lsmhook_list_aim,
	.stop	= lsmhook_list_stop,
	.leave	= lsmhook_list_leave,
	.linked	= true,
};
