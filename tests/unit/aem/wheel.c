// SPDX-License-Identifier: GPL-2.0-only
/*
 * The wheel against a plain list that is searched for the earliest time.
 */
#include "kselftest_harness.h"

#include "aem/wheel.h"
#include "tests/unit/unit.h"

#define TIMERS	200

static struct aem_wheel wheel;
static struct aem_due due[TIMERS];

static u64 earliest(void)
{
	u64 min = AEM_WHEEL_NEVER;
	int i;

	for (i = 0; i < TIMERS; i++)
		if (aem_due_queued(&due[i]) && due[i].hard < min)
			min = due[i].hard;
	return min;
}

static void put_in(int i, u64 now, unsigned int bits)
{
	due[i].soft = now + (random_next() >> (64 - bits));
	due[i].hard = due[i].soft;
	if (random_below(4) == 0)
		due[i].hard += random_below(1u << (bits < 20 ? bits : 20));
	aem_wheel_add(&wheel, &due[i]);
}

static void begin(u64 now)
{
	memset(due, 0, sizeof(due));
	aem_wheel_init(&wheel, now);
}

TEST(empty)
{
	begin(0);
	EXPECT_EQ(AEM_WHEEL_NEVER, aem_wheel_next(&wheel));
	EXPECT_EQ(NULL, aem_wheel_expire(&wheel, AEM_WHEEL_NEVER - 1));
}

TEST(a_timer_in_the_past_fires_at_once)
{
	begin(1000);
	due[0].soft = 10;
	due[0].hard = 10;
	aem_wheel_add(&wheel, &due[0]);
	EXPECT_GE(1000, aem_wheel_next(&wheel));
	EXPECT_EQ(&due[0], aem_wheel_expire(&wheel, 1000));
	EXPECT_FALSE(aem_due_queued(&due[0]));
}

TEST(not_before_its_time)
{
	begin(0);
	due[0].soft = 1 << 20;
	due[0].hard = 1 << 20;
	aem_wheel_add(&wheel, &due[0]);
	EXPECT_EQ(NULL, aem_wheel_expire(&wheel, (1 << 20) - 1));
	EXPECT_EQ(&due[0], aem_wheel_expire(&wheel, 1 << 20));
}

TEST(the_end_of_time)
{
	begin(5);
	due[0].soft = AEM_WHEEL_NEVER - 1;
	due[0].hard = AEM_WHEEL_NEVER - 1;
	aem_wheel_add(&wheel, &due[0]);
	EXPECT_EQ(AEM_WHEEL_NEVER - 1, aem_wheel_next(&wheel));
	EXPECT_EQ(&due[0], aem_wheel_expire(&wheel, AEM_WHEEL_NEVER - 1));
}

/* All that fire, and how: never early, never late, nothing forgotten. */
TEST(random_timers)
{
	u64 now, next, before;
	struct aem_due *d;
	int round, i, left;
	unsigned int bits;

	random_start();
	for (round = 0; round < 300; round++) {
		bits = 1 + random_below(50);
		now = random_next() >> (4 + random_below(40));
		begin(now);
		for (left = 20000; left; left--) {
			i = random_below(TIMERS);
			if (aem_due_queued(&due[i]) && random_below(2))
				aem_wheel_del(&wheel, &due[i]);
			else if (!aem_due_queued(&due[i]))
				put_in(i, now, bits);
			if (random_below(3))
				continue;
			next = aem_wheel_next(&wheel);
			ASSERT_LE(next, earliest());
			before = now;
			now += random_next() >> (64 - bits) >> random_below(12);
			if (random_below(2) && next > before &&
			    next != AEM_WHEEL_NEVER)
				now = next;
			while ((d = aem_wheel_expire(&wheel, now))) {
				ASSERT_LE(d->soft, now);
				ASSERT_FALSE(aem_due_queued(d));
				/* Periodic ones come back from here. */
				if (random_below(4) == 0) {
					d->soft = now + 1 + random_below(1000);
					d->hard = d->soft;
					aem_wheel_add(&wheel, d);
				}
			}
			ASSERT_LT(now, earliest());
		}
	}
}

/* With no slack timers come in the order of their times. */
TEST(in_order)
{
	u64 now = 12345, last = 0;
	struct aem_due *d;
	int i, n = 0;

	random_start();
	begin(now);
	for (i = 0; i < TIMERS; i++) {
		due[i].soft = now + random_below(1u << 30);
		due[i].hard = due[i].soft;
		aem_wheel_add(&wheel, &due[i]);
	}
	while (wheel.used) {
		now = aem_wheel_next(&wheel);
		while ((d = aem_wheel_expire(&wheel, now))) {
			EXPECT_LE(last, d->hard);
			last = d->hard;
			n++;
		}
	}
	EXPECT_EQ(TIMERS, n);
}

TEST_HARNESS_MAIN
