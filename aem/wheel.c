// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timers in the order in which they are due.
 *
 * A radix heap: time does not go back, so timers can be kept in buckets by the
 * highest bit in which their time differs from a time that has passed. Bucket 0
 * is due; every time in bucket b is earlier than every time in a higher one. A
 * timer is put in and taken out in a few instructions. Only when the lowest
 * bucket in use has become due are its timers spread over the buckets below it,
 * so that a timer moves at most once for each bit of its delay, and timers of
 * one time move together to the end. Times are exact: there is no tick.
 *
 * Of each bucket the earliest time is remembered. When that timer is taken out
 * the memory stays, and the one consequence is that the owner wakes up for it
 * once in vain.
 *
 * The caller locks. Nothing here knows what a timer is for.
 */
#include "wheel.h"

/* Where a time belongs, counted from wheel->last. */
static u32 wheel_bucket(const struct aem_wheel *wheel, u64 time)
{
	return time <= wheel->last ? 0 : aem_fls(time ^ wheel->last);
}

/* The head of a bucket as an element of its list; only the links are touched. */
static struct aem_due *wheel_head(struct aem_wheel *wheel, u32 bucket)
{
	return (struct aem_due *)&wheel->bucket[bucket];
}

/**
 * aem_wheel_init() - begin with no timer
 * @wheel: all of it is written
 * @now: the present
 */
void aem_wheel_init(struct aem_wheel *wheel, u64 now)
{
	u32 i;

	wheel->last = now;
	wheel->used = 0;
	for (i = 0; i < AEM_WHEEL_BUCKETS; i++) {
		wheel->bucket[i].next = wheel_head(wheel, i);
		wheel->bucket[i].prev = wheel_head(wheel, i);
	}
}

/**
 * aem_wheel_add() - put a timer in
 * @wheel: where
 * @due: the timer, in no wheel; soft and hard are set
 */
void aem_wheel_add(struct aem_wheel *wheel, struct aem_due *due)
{
	u32 b = wheel_bucket(wheel, due->hard);
	struct aem_due *head = wheel_head(wheel, b);

	if (!(wheel->used & 1ULL << b) || due->hard < wheel->min[b])
		wheel->min[b] = due->hard;
	wheel->used |= 1ULL << b;
	due->bucket = b;
	due->next = head;
	due->prev = head->prev;
	head->prev->next = due;
	head->prev = due;
}

/**
 * aem_wheel_del() - take a timer out
 * @wheel: where it is
 * @due: the timer
 */
void aem_wheel_del(struct aem_wheel *wheel, struct aem_due *due)
{
	due->next->prev = due->prev;
	due->prev->next = due->next;
	if (due->next == due->prev && due->next == wheel_head(wheel, due->bucket))
		wheel->used &= ~(1ULL << due->bucket);
	due->prev = NULL;
}

/**
 * aem_wheel_next() - when to call aem_wheel_expire()
 * @wheel: the timers
 *
 * Return: not later than the hard time of any timer, AEM_WHEEL_NEVER if there
 * is none.
 */
u64 aem_wheel_next(const struct aem_wheel *wheel)
{
	if (!wheel->used)
		return AEM_WHEEL_NEVER;
	return wheel->min[aem_ffs(wheel->used)];
}

/* Time reached bucket @b: its timers are spread over the lower ones. */
static void wheel_spread(struct aem_wheel *wheel, u32 b)
{
	struct aem_due *head = wheel_head(wheel, b);
	struct aem_due *due = head->next, *next;

	head->next = head;
	head->prev = head;
	wheel->used &= ~(1ULL << b);
	wheel->last = wheel->min[b];
	for (; due != head; due = next) {
		next = due->next;
		aem_wheel_add(wheel, due);
	}
}

/**
 * aem_wheel_expire() - take out a timer that has to fire
 * @wheel: the timers
 * @now: the present; not before that of any call before
 *
 * To be called until there is none. Timers come in the order of their hard
 * times, but for those that may fire already although they need not yet: what
 * has come up with the others goes with them.
 *
 * Return: a timer whose soft time is not after @now, or NULL.
 */
struct aem_due *aem_wheel_expire(struct aem_wheel *wheel, u64 now)
{
	struct aem_due *due;
	u32 b;

	while (wheel->used) {
		b = aem_ffs(wheel->used);
		due = wheel->bucket[b].next;
		if (b && wheel->min[b] > now) {
			if (due->soft > now)
				return NULL;
			aem_wheel_del(wheel, due);
			return due;
		}
		if (!b) {
			aem_wheel_del(wheel, due);
			return due;
		}
		wheel_spread(wheel, b);
	}
	return NULL;
}
