// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many objects of one size, named by 32-bit numbers.
 *
 * Chunks are only added at the end. Numbers that were freed are used again
 * before new ones. When the last object goes the memory does, unless it is so
 * much that it would take a while: then the owner gives it back, little by little.
 */
#include "arena.h"

#define FIRST_MIN	8u
#define SLOTS_MIN	4u
/* Chunks that an arena gives back at once when its last object goes. */
#define AT_ONCE_MAX	8
/* One bit of a number is left to the caller. */
#define CHUNKS_MAX	(1u << (31 - MFIB_ARENA_SHIFT))

static size_t chunk_bytes(const struct mfib_arena *a)
{
	return (size_t)MFIB_ARENA_CHUNK * a->size;
}

/**
 * mfib_arena_init() - an empty arena; costs no memory
 * @a: the arena
 * @mem: who pays
 * @size: bytes of an object, a multiple of 4
 */
void mfib_arena_init(struct mfib_arena *a, struct mfib_mem *mem, u32 size)
{
	*a = (struct mfib_arena){ .mem = mem, .size = size, .fresh = 1 };
}

/* Moves the only chunk into one of twice the size. */
static bool grow_first(struct mfib_arena *a)
{
	u32 room = a->first ? min(2 * a->first, MFIB_ARENA_CHUNK) : FIRST_MIN;
	u8 *p = mfib_mem_alloc(a->mem, (size_t)room * a->size);

	if (!p)
		return false;
	if (a->first) {
		memcpy(p, a->chunk[0], (size_t)a->first * a->size);
		mfib_mem_free(a->mem, a->chunk[0], (size_t)a->first * a->size);
	}
	a->chunk[0] = p;
	a->nchunks = 1;
	a->first = room;
	return true;
}

static bool grow_slots(struct mfib_arena *a)
{
	u32 room = a->nslots ? 2 * a->nslots : SLOTS_MIN;
	u8 **p = mfib_mem_alloc(a->mem, room * sizeof(*p));

	if (!p)
		return false;
	if (a->nslots) {
		memcpy(p, a->chunk, a->nslots * sizeof(*p));
		mfib_mem_free(a->mem, a->chunk, a->nslots * sizeof(*p));
	}
	a->chunk = p;
	a->nslots = room;
	return true;
}

static bool grow(struct mfib_arena *a)
{
	u8 *p;

	if (a->nchunks == a->nslots &&
	    (a->nchunks == CHUNKS_MAX || !grow_slots(a)))
		return false;
	if (a->first < MFIB_ARENA_CHUNK)
		return grow_first(a);
	p = mfib_mem_alloc(a->mem, chunk_bytes(a));
	if (!p)
		return false;
	a->chunk[a->nchunks++] = p;
	return true;
}

static bool full(const struct mfib_arena *a)
{
	return a->fresh >= (a->nchunks > 1 ? a->nchunks << MFIB_ARENA_SHIFT :
			    a->first);
}

/**
 * mfib_arena_reserve() - see to it that the next get needs no memory
 * @a: the arena; objects may move
 *
 * Return: false if there is no memory.
 */
bool mfib_arena_reserve(struct mfib_arena *a)
{
	return a->free || !full(a) || grow(a);
}

/**
 * mfib_arena_get() - a new object
 * @a: the arena
 *
 * Objects may move: pointers from mfib_arena_at() are void afterwards.
 *
 * Return: its number, less than 2^31; its contents are undefined. 0 when there
 * is no memory.
 */
u32 mfib_arena_get(struct mfib_arena *a)
{
	u32 number = a->free;

	if (number) {
		memcpy(&a->free, mfib_arena_at(a, number), sizeof(a->free));
	} else {
		if (full(a) && !grow(a))
			return 0;
		number = a->fresh++;
	}
	a->count++;
	return number;
}

/**
 * mfib_arena_put() - an object is no longer used
 * @a: the arena
 * @number: of the object
 */
void mfib_arena_put(struct mfib_arena *a, u32 number)
{
	memcpy(mfib_arena_at(a, number), &a->free, sizeof(a->free));
	a->free = number;
	if (--a->count)
		return;
	if (a->nchunks <= AT_ONCE_MAX) {
		mfib_arena_release(a, AT_ONCE_MAX);
	} else {
		a->fresh = 1;
		a->free = 0;
	}
}

/**
 * mfib_arena_release() - give memory back, whatever is in it
 * @a: the arena; afterwards its objects are gone
 * @chunks: how many to give back at most in this call
 *
 * Return: true when all is given back and the arena is empty.
 */
bool mfib_arena_release(struct mfib_arena *a, unsigned int chunks)
{
	while (a->nchunks > 1 && chunks--)
		mfib_mem_free(a->mem, a->chunk[--a->nchunks], chunk_bytes(a));
	if (a->nchunks > 1)
		return false;
	if (a->first)
		mfib_mem_free(a->mem, a->chunk[0], (size_t)a->first * a->size);
	mfib_mem_free(a->mem, a->chunk, a->nslots * sizeof(*a->chunk));
	mfib_arena_init(a, a->mem, a->size);
	return true;
}
