// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables of records that begin with a digest or a key id, on their way into a
 * catalog or a revocation list, where they ascend and occur once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "digests.h"

/**
 * digests_add() - add a record
 * @d: the table; its @size and @key_len are set
 * @record: copied
 *
 * Return: 0 or -ENOMEM.
 */
int digests_add(struct digests *d, const void *record)
{
	size_t room = d->room ? 2 * d->room : 64;
	uint8_t *grown;

	if (d->count == d->room) {
		grown = reallocarray(d->base, room, d->size);
		if (!grown)
			return -ENOMEM;
		d->base = grown;
		d->room = room;
	}
	memcpy(d->base + d->count++ * d->size, record, d->size);
	return 0;
}

static int by_key(const void *a, const void *b, void *key_len)
{
	return memcmp(a, b, *(size_t *)key_len);
}

/**
 * digests_sort() - put the records in order, and keep one of each key
 * @d: the table
 */
void digests_sort(struct digests *d)
{
	size_t i, kept = 0;

	if (!d->count)
		return;
	qsort_r(d->base, d->count, d->size, by_key, &d->key_len);
	for (i = 1; i < d->count; i++)
		if (memcmp(d->base + kept * d->size, d->base + i * d->size,
			   d->key_len))
			memmove(d->base + ++kept * d->size,
				d->base + i * d->size, d->size);
	d->count = kept + 1;
}

/**
 * digests_free() - give back a table
 * @d: empty afterwards; sizes stay
 */
void digests_free(struct digests *d)
{
	free(d->base);
	d->base = NULL;
	d->count = 0;
	d->room = 0;
}
