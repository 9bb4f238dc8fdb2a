/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A lock of one word that sleeps in the kernel.
 *
 * 0 is free, 1 is taken, 2 is taken and somebody sleeps. It is not recursive
 * and knows nothing of signals: who can be interrupted by a handler masks its
 * context before (context_lock()).
 */
#ifndef LIBAEM_LOCK_H
#define LIBAEM_LOCK_H

#include <linux/futex.h>
#include <stdint.h>

#include "call.h"

struct lock {
	uint32_t	word;
};

static inline void lock_take(struct lock *l)
{
	uint32_t free_word = 0;

	if (__atomic_compare_exchange_n(&l->word, &free_word, 1, 0,
					__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	while (__atomic_exchange_n(&l->word, 2, __ATOMIC_ACQUIRE))
		system_call(SYS_futex, (long)&l->word, FUTEX_WAIT_PRIVATE, 2, 0);
}

static inline void lock_drop(struct lock *l)
{
	if (__atomic_exchange_n(&l->word, 0, __ATOMIC_RELEASE) == 2)
		system_call(SYS_futex, (long)&l->word, FUTEX_WAKE_PRIVATE, 1, 0);
}

#endif /* LIBAEM_LOCK_H */
