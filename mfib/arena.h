/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many objects of one size, named by 32-bit numbers.
 *
 * Numbers are half as long as pointers and objects lie without gaps, which is
 * what keeps a route small. The first chunk grows with its contents by being
 * moved, so that a table with three routes costs three routes; nobody may keep
 * a pointer over mfib_arena_get(). For what readers walk this is of no use.
 *
 * Protected by the lock of the table's writers.
 */
#ifndef _MFIB_ARENA_H
#define _MFIB_ARENA_H

#include "mem.h"

#define MFIB_ARENA_SHIFT	10
#define MFIB_ARENA_CHUNK	(1u << MFIB_ARENA_SHIFT)

/**
 * struct mfib_arena - an arena
 * @chunk: the chunks
 * @mem: who pays
 * @size: bytes of an object, a multiple of 4
 * @nchunks: chunks there are
 * @nslots: room in @chunk
 * @first: objects that the only chunk has room for, while there is one
 * @fresh: objects that were ever used; the next new number
 * @free: last object that was freed, or 0; the one before is in its first word
 * @count: objects in use
 */
struct mfib_arena {
	u8		**chunk;
	struct mfib_mem	*mem;
	u32		size;
	u32		nchunks;
	u32		nslots;
	u32		first;
	u32		fresh;
	u32		free;
	u32		count;
};

/* The object of a number that mfib_arena_get() gave. */
static inline void *mfib_arena_at(const struct mfib_arena *a, u32 number)
{
	return a->chunk[number >> MFIB_ARENA_SHIFT] +
	       (size_t)(number & (MFIB_ARENA_CHUNK - 1)) * a->size;
}

void mfib_arena_init(struct mfib_arena *a, struct mfib_mem *mem, u32 size);
u32 mfib_arena_get(struct mfib_arena *a);
bool mfib_arena_reserve(struct mfib_arena *a);
void mfib_arena_put(struct mfib_arena *a, u32 number);
bool mfib_arena_release(struct mfib_arena *a, unsigned int chunks);

#endif /* _MFIB_ARENA_H */
