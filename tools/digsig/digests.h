/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of records that begin with a digest or a key id, on their way into a
 * catalog or a revocation list.
 */
#ifndef _DIGSIG_DIGESTS_H
#define _DIGSIG_DIGESTS_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct digests - a table that grows
 * @base: first record
 * @count: number of records
 * @room: number of records that fit
 * @size: bytes of a record
 * @key_len: how many of them, from the first, are the key
 */
struct digests {
	uint8_t *base;
	size_t count;
	size_t room;
	size_t size;
	size_t key_len;
};

int digests_add(struct digests *d, const void *record);
void digests_sort(struct digests *d);
void digests_free(struct digests *d);

#endif /* _DIGSIG_DIGESTS_H */
