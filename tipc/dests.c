// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers found by a lookup, ports or nodes, each once, in the order in which
 * they were found. Pure. Locking: the caller's.
 */
#include "name_table.h"

/* Behind more than a few numbers stands a hash of them, twice as large. */
static u32 *dests_hash(const struct tipc_dests *d)
{
	return d->v + d->max;
}

/* The place of @value in the hash, or where it belongs. */
static u32 *dests_slot(const struct tipc_dests *d, u32 value)
{
	u32 mask = d->max * 2 - 1, i = value * 0x9e3779b1u;

	for (i ^= i >> 15;; i++) {
		u32 *slot = &dests_hash(d)[i & mask];

		if (!*slot || *slot == value)
			return slot;
	}
}

/**
 * tipc_dests_reserve() - have room for numbers
 * @d: the numbers
 * @max: how many there will be
 *
 * Context: Any.
 * Return: 0, or -ENOMEM.
 */
int tipc_dests_reserve(struct tipc_dests *d, u32 max)
{
	struct tipc_dests old = *d;
	u32 i;

	if (max <= d->max)
		return 0;
	max = roundup_pow_of_two(max);
	d->v = kzalloc((size_t)max * 3 * sizeof(u32), GFP_ATOMIC | __GFP_NOWARN);
	if (!d->v) {
		*d = old;
		return -ENOMEM;
	}
	d->max = max;
	memcpy(d->v, old.v, d->n * sizeof(u32));
	for (i = 0; i < d->n; i++)
		*dests_slot(d, d->v[i]) = d->v[i];
	if (old.max > ARRAY_SIZE(old.few))
		kvfree(old.v);
	return 0;
}

/**
 * tipc_dests_clear() - forget the numbers, and keep the room
 * @d: the numbers
 *
 * Context: Any.
 */
void tipc_dests_clear(struct tipc_dests *d)
{
	d->n = 0;
	if (d->v != d->few)
		memset(dests_hash(d), 0, d->max * 2 * sizeof(u32));
}

/**
 * tipc_dests_add() - add a number if it is not there
 * @d: the numbers
 * @value: not 0
 *
 * Context: Any.
 * Return: 0, or -ENOMEM.
 */
int tipc_dests_add(struct tipc_dests *d, u32 value)
{
	u32 *slot, i;

	if (d->v == d->few) {
		for (i = 0; i < d->n; i++)
			if (d->v[i] == value)
				return 0;
	}
	if (d->n == d->max && tipc_dests_reserve(d, d->max * 2))
		return -ENOMEM;
	if (d->v != d->few) {
		slot = dests_slot(d, value);
		if (*slot)
			return 0;
		*slot = value;
	}
	d->v[d->n++] = value;
	return 0;
}
