/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Several threads that take work off one list.
 */
#ifndef _DIGSIG_POOL_H
#define _DIGSIG_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * struct pool - work to share
 * @count: number of items
 * @next: first item that nobody took
 * @work: called once in each thread; takes items with pool_next() until there
 *	are none
 * @arg: for @work
 */
struct pool {
	size_t count;
	_Atomic size_t next;
	void (*work)(struct pool *pool);
	void *arg;
};

bool pool_next(struct pool *pool, size_t *item);
void pool_run(struct pool *pool, unsigned int threads);
unsigned int pool_processors(void);

#endif /* _DIGSIG_POOL_H */
