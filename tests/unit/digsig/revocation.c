// SPDX-License-Identifier: GPL-2.0-only
/*
 * Revocation lists: which are refused, and what the others revoke.
 */
#include <kselftest_harness.h>

#include "../unit.h"
#include "digsig/revocation.h"

#define COUNT_MAX	20

struct sample {
	struct digsig_revocation_header head;
	u8 bytes[COUNT_MAX * (DIGSIG_DIGEST_LEN + DIGSIG_KEY_ID_LEN)];
};

static size_t sample_len(const struct sample *s)
{
	return sizeof(s->head) + s->head.digest_count * 32 +
	       s->head.key_count * 16;
}

static u8 *digest(struct sample *s, u32 i)
{
	return s->bytes + i * 32;
}

static u8 *key(struct sample *s, u32 i)
{
	return s->bytes + s->head.digest_count * 32 + i * 16;
}

static int compare_digests(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

static int compare_keys(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

static void sample_make(struct sample *s, u32 digests, u32 keys)
{
	memset(s, 0, sizeof(*s));
	memcpy(s->head.magic, "DGSREV\r\n", 8);
	s->head.number = 0x1122334455667788;
	s->head.digest_count = digests;
	s->head.key_count = keys;
	s->head.min_generation = 9;
	random_fill(s->bytes, digests * 32 + keys * 16);
	qsort(digest(s, 0), digests, 32, compare_digests);
	qsort(key(s, 0), keys, 16, compare_keys);
}

static const char *parse_len(const struct sample *s, size_t len)
{
	struct digsig_revocation list, zero = {};
	void *copy = exact_copy(s, len);
	const char *error = digsig_revocation_parse(copy, len, &list);

	/* What is refused leaves the list that revokes nothing. */
	if (error && memcmp(&list, &zero, sizeof(zero)))
		abort();
	exact_free(copy);
	return error;
}

static const char *parse(const struct sample *s)
{
	return parse_len(s, sample_len(s));
}

FIXTURE(list) {
	struct sample s;
};

FIXTURE_SETUP(list)
{
	random_start();
	sample_make(&self->s, 10, 6);
	ASSERT_EQ(NULL, parse(&self->s));
}

FIXTURE_TEARDOWN(list)
{
}

TEST_F(list, is_read)
{
	struct digsig_revocation list;

	ASSERT_EQ(NULL, digsig_revocation_parse(&self->s, sample_len(&self->s),
						&list));
	EXPECT_EQ(0x1122334455667788, list.number);
	EXPECT_EQ(9, list.min_generation);
	EXPECT_EQ(10, list.digests.count);
	EXPECT_EQ(6, list.keys.count);
}

TEST_F(list, magic_counts)
{
	int i;

	for (i = 0; i < 8; i++) {
		self->s.head.magic[i] ^= 1;
		EXPECT_STREQ("this is not a revocation list", parse(&self->s));
		self->s.head.magic[i] ^= 1;
	}
}

TEST_F(list, number_0_is_refused)
{
	self->s.head.number = 0;
	EXPECT_STREQ("the number of the revocation list is 0", parse(&self->s));
}

TEST_F(list, the_reserved_field_is_refused)
{
	self->s.head.reserved = 1;
	EXPECT_STREQ("the revocation list uses a reserved field",
		     parse(&self->s));
}

TEST_F(list, cut_anywhere_is_refused)
{
	size_t len;

	for (len = 0; len < sample_len(&self->s); len++)
		EXPECT_NE(NULL, parse_len(&self->s, len));
	EXPECT_STREQ("the revocation list is shorter than its header",
		     parse_len(&self->s, 31));
	EXPECT_STREQ("the revocation list is longer or shorter than its entries",
		     parse_len(&self->s, 32));
}

TEST_F(list, with_more_bytes_is_refused)
{
	EXPECT_STREQ("the revocation list is longer or shorter than its entries",
		     parse_len(&self->s, sample_len(&self->s) + 1));
}

/* Refused before an entry is read: there are none behind the header. */
TEST_F(list, too_many_entries_are_refused)
{
	u64 many = DIGSIG_REVOCATION_MAX + 1;
	struct digsig_revocation list;
	void *copy;

	self->s.head.digest_count = many;
	self->s.head.key_count = 0;
	copy = exact_copy(&self->s, sizeof(self->s.head));
	EXPECT_STREQ("the revocation list has too many entries",
		     digsig_revocation_parse(copy, 32 + many * 32, &list));
	exact_free(copy);

	self->s.head.digest_count = 0;
	self->s.head.key_count = many;
	copy = exact_copy(&self->s, sizeof(self->s.head));
	EXPECT_STREQ("the revocation list has too many entries",
		     digsig_revocation_parse(copy, 32 + many * 16, &list));
	exact_free(copy);
}

/* 32 * 0x08000000 and 16 * 0x10000000 are 0 modulo 2^32. */
TEST_F(list, the_length_does_not_wrap)
{
	self->s.head.digest_count = 0x08000000;
	self->s.head.key_count = 0x10000000;
	EXPECT_NE(NULL, parse_len(&self->s, 32));
}

/* A list of the same length with the boundary elsewhere is another list. */
TEST_F(list, digests_taken_for_keys_do_not_ascend)
{
	memset(self->s.bytes, 0, sizeof(self->s.bytes));
	self->s.head.digest_count = 0;
	self->s.head.key_count = 2;
	EXPECT_STREQ("the entries of the revocation list do not ascend",
		     parse(&self->s));
}

TEST_F(list, duplicate_digests_are_refused)
{
	memcpy(digest(&self->s, 5), digest(&self->s, 4), 32);
	EXPECT_STREQ("the entries of the revocation list do not ascend",
		     parse(&self->s));
}

TEST_F(list, unsorted_digests_are_refused)
{
	digest(&self->s, 9)[0] = 0;
	digest(&self->s, 8)[0] = 1;
	EXPECT_STREQ("the entries of the revocation list do not ascend",
		     parse(&self->s));
}

TEST_F(list, duplicate_keys_are_refused)
{
	memcpy(key(&self->s, 5), key(&self->s, 4), 16);
	EXPECT_STREQ("the entries of the revocation list do not ascend",
		     parse(&self->s));
}

TEST_F(list, unsorted_keys_are_refused)
{
	key(&self->s, 5)[0] = 0;
	key(&self->s, 4)[0] = 1;
	EXPECT_STREQ("the entries of the revocation list do not ascend",
		     parse(&self->s));
}

TEST(a_list_without_entries_is_good)
{
	struct sample s;

	sample_make(&s, 0, 0);
	EXPECT_EQ(NULL, parse(&s));
}

TEST(what_is_on_a_list_is_revoked_and_nothing_else)
{
	struct digsig_revocation list;
	struct sample s;
	u32 digests, keys, i;
	void *copy;

	random_start();
	for (digests = 0; digests <= COUNT_MAX; digests++) {
		keys = random_below(COUNT_MAX + 1);
		sample_make(&s, digests, keys);
		copy = exact_copy(&s, sample_len(&s));
		ASSERT_EQ(NULL, digsig_revocation_parse(copy, sample_len(&s),
							&list));
		for (i = 0; i < digests; i++) {
			EXPECT_TRUE(digsig_revocation_has_digest(&list,
								 digest(&s, i)));
			EXPECT_FALSE(digsig_revocation_has_key(&list,
							       digest(&s, i)));
			digest(&s, i)[random_below(32)] ^= 0x10;
			EXPECT_FALSE(digsig_revocation_has_digest(&list,
								  digest(&s, i)));
		}
		for (i = 0; i < keys; i++) {
			EXPECT_TRUE(digsig_revocation_has_key(&list, key(&s, i)));
			key(&s, i)[random_below(16)] ^= 0x10;
			EXPECT_FALSE(digsig_revocation_has_key(&list,
							       key(&s, i)));
		}
		exact_free(copy);
	}
}

TEST(the_list_that_is_all_zero_revokes_nothing)
{
	static const u8 zero[32];
	struct digsig_revocation list = {};

	EXPECT_FALSE(digsig_revocation_has_digest(&list, zero));
	EXPECT_FALSE(digsig_revocation_has_key(&list, zero));
}

TEST_HARNESS_MAIN
