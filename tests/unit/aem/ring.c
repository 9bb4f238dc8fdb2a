// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring: several producers in threads and one consumer, every event counted;
 * and what a consumer that lies can do to the producer, which is nothing.
 */
#include <pthread.h>

#include "kselftest_harness.h"

#include "aem/ring.h"
#include "tests/unit/unit.h"

#define SOURCES		64
#define PRODUCERS	4
#define EACH		200000

static struct aem_header hdr;
static struct aem_state states[SOURCES];
static u32 slots[2][SOURCES];
static struct aem_ring rings[2] = {
	{ .slots = slots[0], .mask = SOURCES - 1 },
	{ .slots = slots[1], .mask = SOURCES - 1 },
};
static u32 head[2];
static u64 posted[PRODUCERS][SOURCES];

static void post(u32 index, u64 events)
{
	unsigned int ring = index & 1;

	if (aem_state_add(&states[index], events << AEM_EVENTS_SHIFT, 1))
		aem_ring_push(&rings[ring], ring, &hdr, index);
}

/* As <linux/aem.h> has it. */
static int take(unsigned int r, u32 *index, u64 *word)
{
	u32 *slot = &slots[r][head[r] & (SOURCES - 1)];
	u32 v = __atomic_load_n(slot, __ATOMIC_ACQUIRE);

	if (!v) {
		__atomic_fetch_and(&hdr.ready, ~(1u << r), __ATOMIC_SEQ_CST);
		if (__atomic_load_n(slot, __ATOMIC_SEQ_CST))
			__atomic_fetch_or(&hdr.ready, 1u << r,
					  __ATOMIC_SEQ_CST);
		return 0;
	}
	__atomic_store_n(slot, 0, __ATOMIC_RELAXED);
	head[r]++;
	*index = v - 1;
	*word = __atomic_exchange_n(&states[v - 1].word, 0, __ATOMIC_SEQ_CST);
	return 1;
}

static void *producer(void *arg)
{
	u64 x = (uintptr_t)arg * 0x9e3779b97f4a7c15ULL + unit_seed;
	u64 *mine = posted[(uintptr_t)arg];
	u32 index;
	int i;

	for (i = 0; i < EACH; i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		index = (x >> 33) % SOURCES;
		post(index, 1 << (x >> 60 & 3));
		mine[index]++;
	}
	return NULL;
}

TEST(one_event)
{
	u64 word;
	u32 index;

	EXPECT_FALSE(take(0, &index, &word));
	post(6, 5);
	post(6, 2);
	EXPECT_EQ(1, hdr.ready);
	ASSERT_TRUE(take(0, &index, &word));
	EXPECT_EQ(6, index);
	EXPECT_EQ(2, word & AEM_COUNT_MASK);
	EXPECT_EQ(7, word >> AEM_EVENTS_SHIFT);
	EXPECT_FALSE(take(0, &index, &word));
	EXPECT_EQ(0, hdr.ready);
}

TEST(nothing_is_lost_and_nothing_comes_twice)
{
	u64 got[SOURCES] = {}, sum = 0, word;
	pthread_t threads[PRODUCERS];
	uintptr_t i, s;
	u32 index, r;

	random_start();
	for (i = 0; i < PRODUCERS; i++)
		pthread_create(&threads[i], NULL, producer, (void *)i);
	while (sum < (u64)PRODUCERS * EACH) {
		if (!__atomic_load_n(&hdr.ready, __ATOMIC_SEQ_CST))
			continue;
		for (r = 0; r < 2; r++) {
			while (take(r, &index, &word)) {
				ASSERT_LT(index, SOURCES);
				ASSERT_EQ(r, index & 1);
				/* A source is in the ring once. */
				ASSERT_NE(0, word & AEM_COUNT_MASK);
				got[index] += word & AEM_COUNT_MASK;
				sum += word & AEM_COUNT_MASK;
			}
		}
	}
	for (i = 0; i < PRODUCERS; i++)
		pthread_join(threads[i], NULL);
	for (s = 0; s < SOURCES; s++) {
		u64 want = 0;

		for (i = 0; i < PRODUCERS; i++)
			want += posted[i][s];
		EXPECT_EQ(want, got[s]);
	}
}

/* Writes stay inside of what the address sanitizer watches. */
TEST(a_consumer_that_scribbles_harms_nobody_else)
{
	int i;

	random_start();
	for (i = 0; i < 1000000; i++) {
		switch (random_below(4)) {
		case 0:
			states[random_below(SOURCES)].word = random_next();
			break;
		case 1:
			slots[random_below(2)][random_below(SOURCES)] =
				random_next();
			break;
		case 2:
			random_fill(&hdr, sizeof(hdr));
			break;
		}
		post(random_below(SOURCES), random_below(1 << 16));
	}
}

TEST_HARNESS_MAIN
