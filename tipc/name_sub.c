// SPDX-License-Identifier: GPL-2.0-only
/*
 * Subscriptions of a name table: who is told what, and what there is already.
 *
 * Pure. Locking: nt->lock, under which subscribers are told.
 */
#include "name_table.h"
#include "service.h"

/**
 * tipc_sub_report() - tell a subscriber of a change, if it asked for it
 * @sub: who
 * @p: the publication
 * @event: TIPC_PUBLISHED or TIPC_WITHDRAWN
 * @edge: it is the first of its range, or the last one that goes
 *
 * Context: Any. nt->lock is held.
 */
void tipc_sub_report(struct tipc_sub *sub, const struct tipc_publ *p,
		     u32 event, bool edge)
{
	if (p->upper < sub->lower || p->lower > sub->upper)
		return;
	if (!edge && !(sub->filter & TIPC_SUB_PORTS))
		return;
	if (sub->filter & TIPC_SUB_NODE_SCOPE && p->scope != TIPC_NODE_SCOPE)
		return;
	if (sub->filter & TIPC_SUB_CLUSTER_SCOPE &&
	    p->scope == TIPC_NODE_SCOPE)
		return;
	sub->report(sub, event, p);
}

/* Two lists in the order of publication become one. */
static struct tipc_publ *merge(struct tipc_publ *a, struct tipc_publ *b)
{
	struct tipc_publ *first = NULL, **end = &first;

	while (a && b) {
		struct tipc_publ **less = a->id < b->id ? &a : &b;

		*end = *less;
		end = &(*less)->sorted;
		*less = *end;
	}
	*end = a ? a : b;
	return first;
}

/* Sorted lists of 1, 2, 4 ... publications, as a binary number is counted up. */
struct pile {
	struct tipc_publ *list[32];
};

static void pile_add(struct pile *pile, struct tipc_publ *p)
{
	unsigned int i;

	p->sorted = NULL;
	for (i = 0; i < ARRAY_SIZE(pile->list) - 1 && pile->list[i]; i++) {
		p = merge(pile->list[i], p);
		pile->list[i] = NULL;
	}
	pile->list[i] = merge(pile->list[i], p);
}

static struct tipc_publ *pile_sorted(struct pile *pile)
{
	struct tipc_publ *all = NULL;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pile->list); i++)
		all = merge(all, pile->list[i]);
	return all;
}

/* All of a range, or the oldest. */
static void range_pile(struct tipc_range *range, bool all, struct pile *pile)
{
	struct tipc_publ *p, *oldest = NULL;
	u32 i;

	for (i = 0; i < range->n; i++) {
		p = *tipc_range_slot(range, i);
		if (all)
			pile_add(pile, p);
		else if (!oldest || p->id < oldest->id)
			oldest = p;
	}
	if (oldest)
		pile_add(pile, oldest);
}

/* Tells a new subscription what there is, in the order in which it came. */
static void report_existing(struct tipc_service *service, struct tipc_sub *sub)
{
	struct pile pile = { };
	struct tipc_inode *node;
	struct tipc_publ *p;

	for (node = tipc_itree_first(&service->ranges, sub->lower, sub->upper);
	     node; node = tipc_itree_next(node, sub->lower, sub->upper))
		range_pile(inode_range(node), sub->filter & TIPC_SUB_PORTS,
			   &pile);
	for (p = pile_sorted(&pile); p; p = p->sorted)
		tipc_sub_report(sub, p, TIPC_PUBLISHED, true);
}

/**
 * tipc_nametbl_subscribe() - tell somebody of changes in a range
 * @nt: table
 * @sub: who, and of what; not copied
 *
 * Unless the filter says otherwise, @sub is told at once of what there is.
 *
 * Context: Any but hard interrupts. Takes and releases nt->lock.
 * Return: 0, or -ENOMEM.
 */
int tipc_nametbl_subscribe(struct tipc_nametbl *nt, struct tipc_sub *sub)
{
	struct tipc_service *service;
	int err = -ENOMEM;

	spin_lock_bh(&nt->lock);
	service = tipc_service_get(nt, sub->type);
	if (service) {
		list_add(&sub->of_service, &service->subs);
		service->nsub++;
		nt->nsub++;
		if (!(sub->filter & TIPC_SUB_NO_STATUS))
			report_existing(service, sub);
		err = 0;
	}
	spin_unlock_bh(&nt->lock);
	return err;
}

/**
 * tipc_nametbl_unsubscribe() - do not tell any more
 * @nt: table
 * @sub: what tipc_nametbl_subscribe() was given; the caller's again
 *
 * Context: Any but hard interrupts. Takes and releases nt->lock.
 */
void tipc_nametbl_unsubscribe(struct tipc_nametbl *nt, struct tipc_sub *sub)
{
	struct tipc_service *service;

	spin_lock_bh(&nt->lock);
	service = tipc_service_of(nt, sub->type);
	list_del_init(&sub->of_service);
	service->nsub--;
	nt->nsub--;
	tipc_service_put(nt, service);
	spin_unlock_bh(&nt->lock);
}
