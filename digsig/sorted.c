// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables of records that ascend strictly: is one, and what is in it.
 *
 * Catalogs and revocation lists are such tables, searched where they lie.
 */
#include "sorted.h"

static const u8 *record(const struct digsig_sorted *table, u32 index)
{
	return table->base + (size_t)index * table->size;
}

/**
 * digsig_sorted_valid() - does every record have a greater key than the last
 * @table: table to walk
 *
 * Costs one comparison a record. No key is in a valid table twice.
 *
 * Context: In the kernel, process context. May sleep.
 * Return: true if so; an empty table is valid.
 */
bool digsig_sorted_valid(const struct digsig_sorted *table)
{
	u32 i;

	for (i = 1; i < table->count; i++) {
		if (memcmp(record(table, i - 1), record(table, i),
			   table->key_len) >= 0)
			return false;
		digsig_give_way(i);
	}
	return true;
}

/**
 * digsig_sorted_find() - the record with this key
 * @table: table to search; in one that is not valid, a record may be missed
 * @key: @table->key_len bytes
 *
 * Costs at most 33 comparisons, whatever is in the table.
 *
 * Return: the record, inside the table, or NULL.
 */
const u8 *digsig_sorted_find(const struct digsig_sorted *table, const u8 *key)
{
	u32 low = 0, high = table->count;

	while (low < high) {
		u32 mid = low + (high - low) / 2;
		const u8 *found = record(table, mid);
		int order = memcmp(key, found, table->key_len);

		if (!order)
			return found;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}
