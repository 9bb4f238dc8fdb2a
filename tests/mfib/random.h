/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers of tests that are repeatable: random ones that a seed decides, and those
 * that the environment gives.
 */
#ifndef _TESTS_MFIB_RANDOM_H
#define _TESTS_MFIB_RANDOM_H

#include <stdlib.h>

/* Not 0; see xorshift64* (Vigna, 2016). */
static unsigned long long state;

static unsigned int below(unsigned int n)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1dULL >> 32) % n;
}

static unsigned long number(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : otherwise;
}

#endif /* _TESTS_MFIB_RANDOM_H */
