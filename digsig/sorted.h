/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of records of one size that ascend by the bytes they start with.
 */
#ifndef _DIGSIG_SORTED_H
#define _DIGSIG_SORTED_H

#include "pure.h"

/**
 * struct digsig_sorted - a table inside somebody else's bytes
 * @base: first record
 * @count: number of records
 * @size: bytes of a record
 * @key_len: how many of them, from the first, are the key; not 0
 */
struct digsig_sorted {
	const u8 *base;
	u32	  count;
	u32	  size;
	u32	  key_len;
};

bool digsig_sorted_valid(const struct digsig_sorted *table);
const u8 *digsig_sorted_find(const struct digsig_sorted *table, const u8 *key);

#endif /* _DIGSIG_SORTED_H */
