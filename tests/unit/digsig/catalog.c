// SPDX-License-Identifier: GPL-2.0-only
/*
 * Catalogs: which are refused, and what is found in the others.
 */
#include <kselftest_harness.h>

#include "../unit.h"
#include "digsig/catalog.h"

#define COUNT_MAX	64

struct sample {
	struct digsig_catalog_header head;
	struct digsig_catalog_entry entries[COUNT_MAX];
};

static size_t sample_len(const struct sample *s)
{
	return sizeof(s->head) + s->head.count * sizeof(s->entries[0]);
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, DIGSIG_DIGEST_LEN);
}

static void sample_make(struct sample *s, u32 count)
{
	u32 i;

	memset(s, 0, sizeof(*s));
	memcpy(s->head.magic, "DGSCAT\r\n", 8);
	s->head.count = count;
	s->head.generation = 5;
	strcpy((char *)s->head.name, "scripts");
	for (i = 0; i < count; i++) {
		random_fill(s->entries[i].digest, DIGSIG_DIGEST_LEN);
		s->entries[i].flags = random_below(8);
		s->entries[i].sid = random_next();
	}
	qsort(s->entries, count, sizeof(s->entries[0]), compare);
}

static const char *parse_len(const struct sample *s, size_t len)
{
	struct digsig_catalog catalog, zero = {};
	void *copy = exact_copy(s, len);
	const char *error = digsig_catalog_parse(copy, len, &catalog);

	/* What is refused leaves an empty catalog. */
	if (error && memcmp(&catalog, &zero, sizeof(zero)))
		abort();
	exact_free(copy);
	return error;
}

static const char *parse(const struct sample *s)
{
	return parse_len(s, sample_len(s));
}

FIXTURE(catalog) {
	struct sample s;
};

FIXTURE_SETUP(catalog)
{
	random_start();
	sample_make(&self->s, 20);
	ASSERT_EQ(NULL, parse(&self->s));
}

FIXTURE_TEARDOWN(catalog)
{
}

TEST_F(catalog, is_read)
{
	struct digsig_catalog catalog;

	ASSERT_EQ(NULL, digsig_catalog_parse(&self->s, sample_len(&self->s),
					     &catalog));
	EXPECT_STREQ("scripts", catalog.name);
	EXPECT_EQ(5, catalog.generation);
	EXPECT_EQ(20, catalog.entries.count);
}

TEST_F(catalog, cut_anywhere_is_refused)
{
	size_t len;

	for (len = 0; len < sample_len(&self->s); len++)
		EXPECT_NE(NULL, parse_len(&self->s, len));
	EXPECT_STREQ("the catalog is shorter than its header",
		     parse_len(&self->s, 31));
	EXPECT_STREQ("the catalog is longer or shorter than its entries",
		     parse_len(&self->s, 32));
}

TEST_F(catalog, with_more_bytes_is_refused)
{
	size_t len = sample_len(&self->s);

	EXPECT_STREQ("the catalog is longer or shorter than its entries",
		     parse_len(&self->s, len + 1));
	EXPECT_STREQ("the catalog is longer or shorter than its entries",
		     parse_len(&self->s, len + 40));
}

TEST_F(catalog, magic_counts)
{
	int i;

	for (i = 0; i < 8; i++) {
		self->s.head.magic[i] ^= 1;
		EXPECT_STREQ("this is not a catalog", parse(&self->s));
		self->s.head.magic[i] ^= 1;
	}
}

TEST_F(catalog, count_0_is_refused)
{
	self->s.head.count = 0;
	EXPECT_STREQ("the number of entries of the catalog is out of range",
		     parse(&self->s));
}

/* Refused before a single entry is read: there are none behind the header. */
TEST_F(catalog, count_above_the_limit_is_refused)
{
	struct digsig_catalog catalog;
	u64 count = DIGSIG_CATALOG_MAX + 1;
	void *copy;

	self->s.head.count = count;
	copy = exact_copy(&self->s, sizeof(self->s.head));
	EXPECT_STREQ("the number of entries of the catalog is out of range",
		     digsig_catalog_parse(copy, 32 + count * 40, &catalog));
	exact_free(copy);
}

/* 40 * 0x66666667 is 24 modulo 2^32. */
TEST_F(catalog, the_length_does_not_wrap)
{
	self->s.head.count = 0x66666667;
	EXPECT_NE(NULL, parse_len(&self->s, 32 + 24));
}

TEST_F(catalog, count_of_the_other_endian_is_refused)
{
	self->s.head.count = __builtin_bswap32(20);
	EXPECT_NE(NULL, parse_len(&self->s, 32 + 20 * 40));
}

TEST_F(catalog, an_unknown_flag_is_refused_in_every_entry)
{
	int i;

	for (i = 0; i < 20; i++) {
		self->s.entries[i].flags ^= 8;
		EXPECT_STREQ("an entry of the catalog has an unknown flag",
			     parse(&self->s));
		self->s.entries[i].flags ^= 8;
	}
}

TEST_F(catalog, a_duplicate_is_refused_wherever_it_is)
{
	struct digsig_catalog_entry saved;
	int i;

	for (i = 1; i < 20; i++) {
		saved = self->s.entries[i];
		memcpy(self->s.entries[i].digest, self->s.entries[i - 1].digest,
		       DIGSIG_DIGEST_LEN);
		EXPECT_STREQ("the entries of the catalog do not ascend",
			     parse(&self->s));
		self->s.entries[i] = saved;
	}
}

TEST_F(catalog, two_entries_swapped_are_refused)
{
	struct digsig_catalog_entry saved = self->s.entries[7];

	self->s.entries[7] = self->s.entries[8];
	self->s.entries[8] = saved;
	EXPECT_STREQ("the entries of the catalog do not ascend",
		     parse(&self->s));
}

TEST_F(catalog, a_name_that_is_none_is_refused)
{
	memset(self->s.head.name, 0, 16);
	EXPECT_STREQ("the name of the catalog is not 1 to 15 printable characters",
		     parse(&self->s));
}

TEST(a_name_is_1_to_15_printable_characters)
{
	static const char good[][16] = { "a", "123456789012345", "~ !" };
	static const char bad[][16] = {
		"", "1234567890123456", "a\nb", "a\x7f", "\xc3\xa4", "a\0b",
		"\0a",
	};
	char name[16] = "";
	size_t i;
	int c;

	for (i = 0; i < ARRAY_SIZE(good); i++)
		EXPECT_TRUE(digsig_catalog_name_valid(good[i]));
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_FALSE(digsig_catalog_name_valid(bad[i]));
	for (c = 0; c < 256; c++) {
		name[0] = c;
		EXPECT_EQ(c >= 32 && c < 127, digsig_catalog_name_valid(name));
	}
	/* The last byte is NUL, also if it is all that is wrong. */
	strcpy(name, "123456789012345");
	name[15] = 1;
	EXPECT_FALSE(digsig_catalog_name_valid(name));
}

TEST(what_is_in_a_catalog_is_found_and_nothing_else)
{
	struct digsig_catalog catalog;
	struct digsig_listed listed;
	struct sample s;
	u32 count, i;
	void *copy;

	random_start();
	for (count = 1; count <= COUNT_MAX; count++) {
		sample_make(&s, count);
		copy = exact_copy(&s, sample_len(&s));
		ASSERT_EQ(NULL, digsig_catalog_parse(copy, sample_len(&s),
						     &catalog));
		for (i = 0; i < count; i++) {
			u8 *digest = s.entries[i].digest;
			int bit = random_below(256);

			ASSERT_TRUE(digsig_catalog_find(&catalog, digest,
							&listed));
			EXPECT_EQ(s.entries[i].flags, listed.flags);
			EXPECT_EQ(s.entries[i].sid, listed.sid);
			digest[bit / 8] ^= 1 << bit % 8;
			EXPECT_FALSE(digsig_catalog_find(&catalog, digest,
							 &listed));
		}
		exact_free(copy);
	}
}

TEST(the_empty_catalog_lists_nothing)
{
	u8 digest[DIGSIG_DIGEST_LEN] = {};
	struct digsig_catalog catalog = {};
	struct digsig_listed listed;

	EXPECT_FALSE(digsig_catalog_find(&catalog, digest, &listed));
}

/* As many entries as there may be: the first and the last are found. */
TEST(the_largest_catalog)
{
	size_t len = 32 + DIGSIG_CATALOG_MAX * 40ULL;
	struct digsig_catalog catalog;
	struct digsig_listed listed;
	u8 *data = calloc(1, len);
	struct sample s;
	u32 i;

	ASSERT_NE(NULL, data);
	sample_make(&s, 0);
	s.head.count = DIGSIG_CATALOG_MAX;
	memcpy(data, &s.head, sizeof(s.head));
	for (i = 0; i < DIGSIG_CATALOG_MAX; i++) {
		u32 big_endian = __builtin_bswap32(i);

		memcpy(data + 32 + i * 40ULL, &big_endian, 4);
	}
	ASSERT_EQ(NULL, digsig_catalog_parse(data, len, &catalog));
	EXPECT_TRUE(digsig_catalog_find(&catalog, data + 32, &listed));
	EXPECT_TRUE(digsig_catalog_find(&catalog, data + len - 40, &listed));
	free(data);
}

TEST_HARNESS_MAIN
