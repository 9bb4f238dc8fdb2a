// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sorted tables, compared with walking from one end to the other.
 */
#include <kselftest_harness.h>

#include "../unit.h"
#include "digsig/sorted.h"

#define COUNT_MAX	40

static bool valid_slowly(const struct digsig_sorted *t)
{
	u32 i, j;

	for (i = 0; i < t->count; i++)
		for (j = i + 1; j < t->count; j++)
			if (memcmp(t->base + i * t->size, t->base + j * t->size,
				   t->key_len) >= 0)
				return false;
	return true;
}

static const u8 *find_slowly(const struct digsig_sorted *t, const u8 *key)
{
	u32 i;

	for (i = 0; i < t->count; i++)
		if (!memcmp(t->base + i * t->size, key, t->key_len))
			return t->base + i * t->size;
	return NULL;
}

static u32 compared;

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, compared);
}

/* Few different bytes, so that keys are often equal, or equal at the start. */
static void fill(u8 *to, size_t len)
{
	while (len--)
		*to++ = "\x00\x01\x7f\x80\xff"[random_below(5)];
}

static struct digsig_sorted random_table(u8 *base)
{
	struct digsig_sorted t = { .base = base,
				   .count = random_below(COUNT_MAX + 1),
				   .key_len = 1 + random_below(4) };

	t.size = t.key_len + random_below(4);
	fill(base, t.count * t.size);
	compared = t.key_len;
	if (t.count && random_below(8))
		qsort(base, t.count, t.size, compare);
	return t;
}

TEST(valid_agrees_with_comparing_all_pairs)
{
	u8 bytes[COUNT_MAX * 8];
	unsigned int valid = 0, i;

	random_start();
	for (i = 0; i < 50000; i++) {
		struct digsig_sorted t = random_table(bytes);
		bool want = valid_slowly(&t);
		u8 *copy = exact_copy(bytes, t.count * t.size);

		t.base = copy;
		ASSERT_EQ(want, digsig_sorted_valid(&t));
		exact_free(copy);
		valid += want;
	}
	EXPECT_GT(valid, 1000);
	EXPECT_LT(valid, 49000);
}

TEST(find_agrees_with_looking_at_all)
{
	u8 bytes[COUNT_MAX * 8], key[4];
	unsigned int hits = 0, i;

	random_start();
	for (i = 0; i < 50000; i++) {
		struct digsig_sorted t = random_table(bytes);
		const u8 *want;
		u8 *copy;

		copy = exact_copy(bytes, t.count * t.size);
		t.base = copy;
		fill(key, sizeof(key));
		if (t.count && random_below(2))
			memcpy(key, copy + random_below(t.count) * t.size,
			       t.key_len);
		want = find_slowly(&t, key);
		if (valid_slowly(&t)) {
			ASSERT_EQ(want, digsig_sorted_find(&t, key));
			hits += !!want;
		} else if (!want) {
			ASSERT_EQ(NULL, digsig_sorted_find(&t, key));
		}
		exact_free(copy);
	}
	EXPECT_GT(hits, 1000);
}

TEST(equal_keys_with_other_contents_are_not_valid)
{
	struct digsig_sorted t = { .base = (const u8 *)"a1a2", .count = 2,
				   .size = 2, .key_len = 1 };

	EXPECT_FALSE(digsig_sorted_valid(&t));
	t.key_len = 2;
	EXPECT_TRUE(digsig_sorted_valid(&t));
}

TEST(bytes_compare_unsigned)
{
	struct digsig_sorted t = { .base = (const u8 *)"\x7f\x80", .count = 2,
				   .size = 1, .key_len = 1 };

	EXPECT_TRUE(digsig_sorted_valid(&t));
	EXPECT_EQ(t.base + 1, digsig_sorted_find(&t, (const u8 *)"\x80"));
}

TEST(a_table_that_is_all_zero_holds_nothing)
{
	struct digsig_sorted t = {};

	EXPECT_TRUE(digsig_sorted_valid(&t));
	EXPECT_EQ(NULL, digsig_sorted_find(&t, (const u8 *)"x"));
}

TEST_HARNESS_MAIN
