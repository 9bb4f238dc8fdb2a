/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers of a context in the order in which they are due: see wheel.c.
 */
#ifndef _AEM_WHEEL_H
#define _AEM_WHEEL_H

#include "pure.h"

#define AEM_WHEEL_BUCKETS	64
#define AEM_WHEEL_NEVER		(~0ULL >> 1)

/**
 * struct aem_due - one timer
 * @next: in its bucket
 * @prev: in its bucket; NULL while it is in none
 * @soft: time from which it may fire
 * @hard: time at which it has to; not before @soft, below AEM_WHEEL_NEVER
 * @bucket: which
 */
struct aem_due {
	struct aem_due *next;
	struct aem_due *prev;
	u64 soft;
	u64 hard;
	u32 bucket;
};

/**
 * struct aem_wheel - many timers
 * @last: time that the buckets are counted from; never after the present
 * @used: bit b: bucket b is not empty
 * @min: of a bucket that is not empty: no @hard in it is earlier
 * @bucket: circular lists; only @next and @prev of the heads are used
 */
struct aem_wheel {
	u64 last;
	u64 used;
	u64 min[AEM_WHEEL_BUCKETS];
	struct {
		struct aem_due *next;
		struct aem_due *prev;
	} bucket[AEM_WHEEL_BUCKETS];
};

void aem_wheel_init(struct aem_wheel *wheel, u64 now);
void aem_wheel_add(struct aem_wheel *wheel, struct aem_due *due);
void aem_wheel_del(struct aem_wheel *wheel, struct aem_due *due);
u64 aem_wheel_next(const struct aem_wheel *wheel);
struct aem_due *aem_wheel_expire(struct aem_wheel *wheel, u64 now);

/**
 * aem_due_queued() - is the timer in a wheel?
 * @due: the timer; all zero before it was ever added
 */
static inline bool aem_due_queued(const struct aem_due *due)
{
	return due->prev;
}

#endif /* _AEM_WHEEL_H */
