/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables to measure with: real ones where they are, made ones elsewhere, and
 * addresses to look up in them.
 */
#ifndef BENCH_MFIB_TABLE_H
#define BENCH_MFIB_TABLE_H

#include "mfib/key.h"

/** struct line - a route of a table */
struct line {
	struct mfib_prefix prefix;
	u32 hop;		/* 1 to 254 */
};

struct line *table_load(unsigned int family, unsigned int count, u64 seed,
			bool *real);
u64 table_random(u64 *state);
void table_shuffle(struct line *lines, unsigned int count, u64 *state);

#endif /* BENCH_MFIB_TABLE_H */
