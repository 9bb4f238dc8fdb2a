/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the unit tests share: random numbers that can be had again, and copies
 * whose every end is watched.
 */
#ifndef _TESTS_UNIT_H
#define _TESTS_UNIT_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t unit_seed;

/* Before main(), so that all tests of a program have the same seed. */
__attribute__((constructor))
static void unit_seed_choose(void)
{
	const char *seed = getenv("SEED");
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	unit_seed = seed ? strtoull(seed, NULL, 0) :
			   (uint64_t)now.tv_sec * 1000000007 + now.tv_nsec;
}

/*
 * Called at the start of each test that uses random_below() or random_fill().
 * Flushed, because the harness ends a test's process by _exit().
 */
static inline void random_start(void)
{
	printf("# SEED=%#llx\n", (unsigned long long)unit_seed);
	fflush(stdout);
}

/* xorshift64*: Marsaglia 2003, Vigna 2016. */
static inline uint64_t random_next(void)
{
	static uint64_t state;

	if (!state)
		state = unit_seed | 1;
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dULL;
}

/* 0 to @limit - 1. */
static inline uint32_t random_below(uint32_t limit)
{
	return (random_next() >> 32) % limit;
}

static inline void random_fill(void *to, size_t len)
{
	uint8_t *p = to;

	while (len--)
		*p++ = random_next() >> 56;
}

/*
 * A copy at an odd address that ends where its allocation ends: the address
 * sanitizer sees a read of one byte too many. For exact_free().
 */
static inline void *exact_copy(const void *data, size_t len)
{
	uint8_t *p = malloc(len + 1);

	if (!p)
		abort();
	if (len)
		memcpy(p + 1, data, len);
	return p + 1;
}

static inline void exact_free(void *copy)
{
	free((uint8_t *)copy - 1);
}

#endif /* _TESTS_UNIT_H */
