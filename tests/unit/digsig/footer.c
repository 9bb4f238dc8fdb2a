// SPDX-License-Identifier: GPL-2.0-only
/*
 * Footers: what is written is read, and nothing else is.
 */
#include <kselftest_harness.h>

#include "../unit.h"
#include "digsig/footer.h"

/* A signed file of 4096 covered bytes, 640 of them wrapping. */
static const struct digsig_info sample = {
	.type = DIGSIG_TYPE_FILE,
	.alg = DIGSIG_ALG_RSA,
	.flags = DIGSIG_FLAG_JIT,
	.sid = 0x01020304,
	.generation = 7,
	.sig_off = 4096,
	.sig_len = 256,
	.wrap_len = 640,
	.key_id = "0123456789abcde",
};

#define SAMPLE_LEN	(4096 + 256 + 64)

static struct digsig_footer sample_footer(void)
{
	struct digsig_footer f;

	if (digsig_footer_write((u8 *)&f, &sample))
		abort();
	return f;
}

static enum digsig_reason parse(const struct digsig_footer *f, u64 file_len,
				struct digsig_info *info)
{
	u8 *tail = exact_copy(f, sizeof(*f));
	enum digsig_reason reason = digsig_footer_parse(tail, file_len, info);

	exact_free(tail);
	return reason;
}

/*
 * The same rules, told another way: from the numbers up, in arithmetic that
 * cannot overflow.
 */
static bool reference_valid(const struct digsig_footer *f, u64 file_len)
{
	unsigned __int128 sum = (unsigned __int128)f->sig_off + f->sig_len + 64;
	bool file = f->type == 0;
	bool len_ok =
		(f->alg == 1 && f->sig_len % 128 == 0 && f->sig_len >= 256 &&
		 f->sig_len <= 512) ||
		(f->alg == 2 && f->sig_len - 8ULL <= 64) ||
		(f->alg == 3 && f->sig_len - 8ULL <= 96);
	bool wrap_ok = !f->wrap_len ||
		       (f->wrap_len >= 16 && f->wrap_len <= f->sig_off);

	return !memcmp(f->magic, "\x8f" "DGS\r\n\x1a\n", 8) &&
	       f->version == 1 && f->type < 3 && f->hash == 1 && len_ok &&
	       sum == file_len && f->file_len == file_len && wrap_ok &&
	       f->flags < 8 &&
	       (file || !(f->flags | f->sid | f->generation | f->wrap_len));
}

TEST(what_is_written_is_read)
{
	struct digsig_footer f = sample_footer();
	struct digsig_info info;

	ASSERT_EQ(DIGSIG_REASON_NONE, parse(&f, SAMPLE_LEN, &info));
	EXPECT_EQ(0, memcmp(&info, &sample, sizeof(info)));
	EXPECT_EQ(NULL, digsig_footer_error((u8 *)&f, SAMPLE_LEN));
}

TEST(numbers_are_little_endian_at_fixed_places)
{
	static const u8 want[64] =
		"\x8f" "DGS\r\n\x1a\n" "\1\0\1\1" "\1\0\0\0"
		"0123456789abcde\0" "\x40\x11\0\0\0\0\0\0"
		"\0\x10\0\0\0\0\0\0" "\0\1\0\0" "\4\3\2\1" "\7\0\0\0"
		"\x80\2\0";
	struct digsig_footer f = sample_footer();

	EXPECT_EQ(0, memcmp(&f, want, sizeof(want)));
}

TEST(without_magic_a_file_is_unsigned)
{
	struct digsig_info info;
	int i;

	for (i = 0; i < DIGSIG_MAGIC_LEN; i++) {
		struct digsig_footer f = sample_footer();

		f.magic[i] ^= 0x20;
		EXPECT_EQ(DIGSIG_REASON_UNSIGNED, parse(&f, SAMPLE_LEN, &info));
		EXPECT_STREQ("there is no footer",
			     digsig_footer_error((u8 *)&f, SAMPLE_LEN));
	}
}

TEST(a_file_without_room_for_a_footer_is_unsigned)
{
	struct digsig_info info;
	u64 len;

	for (len = 0; len < DIGSIG_FOOTER_LEN; len++) {
		EXPECT_EQ(DIGSIG_REASON_UNSIGNED,
			  digsig_footer_parse(NULL, len, &info));
		EXPECT_NE(NULL, digsig_footer_error(NULL, len));
	}
}

/* One field is wrong, and the footer is right in all others. */
FIXTURE(wrong) {
	struct digsig_footer f;
};

FIXTURE_SETUP(wrong)
{
	self->f = sample_footer();
}

FIXTURE_TEARDOWN(wrong)
{
}

FIXTURE_VARIANT(wrong) {
	size_t at;
	size_t size;
	u64 value;
	const char *error;
};

#define WRONG(name, field, wrong_value, what)				\
FIXTURE_VARIANT_ADD(wrong, name) {					\
	.at = offsetof(struct digsig_footer, field),			\
	.size = sizeof(((struct digsig_footer *)0)->field),		\
	.value = (wrong_value),						\
	.error = what,							\
}

WRONG(version_0, version, 0, "the footer has an unknown version");
WRONG(version_2, version, 2, "the footer has an unknown version");
WRONG(type_3, type, 3, "the footer has an unknown type");
WRONG(alg_0, alg, 0, "the footer has an unknown signature algorithm");
WRONG(alg_4, alg, 4, "the footer has an unknown signature algorithm");
WRONG(alg_of_other_length, alg, DIGSIG_ALG_ECDSA_P384,
      "no signature of this algorithm has this length");
WRONG(hash_0, hash, 0, "the footer has an unknown hash algorithm");
WRONG(hash_2, hash, 2, "the footer has an unknown hash algorithm");
WRONG(flag_8, flags, 8, "the footer has an unknown flag");
WRONG(flag_top, flags, 0x80000000, "the footer has an unknown flag");
WRONG(file_len_less, file_len, SAMPLE_LEN - 1,
      "the footer is for a file of another length");
WRONG(file_len_more, file_len, SAMPLE_LEN + 1,
      "the footer is for a file of another length");
WRONG(file_len_wrong_endian, file_len, __builtin_bswap64(SAMPLE_LEN),
      "the footer is for a file of another length");
WRONG(sig_off_less, sig_off, 4095,
      "the signature does not end where the footer starts");
WRONG(sig_off_more, sig_off, 4097,
      "the signature does not end where the footer starts");
WRONG(sig_off_huge, sig_off, ~0ULL,
      "the signature does not end where the footer starts");
WRONG(sig_off_wrong_endian, sig_off, __builtin_bswap64(4096),
      "the signature does not end where the footer starts");
WRONG(sig_len_0, sig_len, 0, "no signature of this algorithm has this length");
WRONG(sig_len_odd, sig_len, 257,
      "no signature of this algorithm has this length");
WRONG(sig_len_huge, sig_len, 0xffffffff,
      "no signature of this algorithm has this length");
WRONG(sig_len_of_another_key, sig_len, 384,
      "the signature does not end where the footer starts");
WRONG(wrap_len_short, wrap_len, 15, "the wrapping is too short to be undone");
WRONG(wrap_len_long, wrap_len, 4097,
      "the wrapping is longer than the covered bytes");
WRONG(catalog_with_attributes, type, DIGSIG_TYPE_CATALOG,
      "a catalog or revocation list has attributes of a file");
WRONG(list_with_attributes, type, DIGSIG_TYPE_REVOCATION,
      "a catalog or revocation list has attributes of a file");

TEST_F(wrong, is_malformed)
{
	struct digsig_info info, zero = {};

	memset(&info, 0xff, sizeof(info));
	memcpy((u8 *)&self->f + variant->at, &variant->value, variant->size);
	EXPECT_EQ(DIGSIG_REASON_MALFORMED, parse(&self->f, SAMPLE_LEN, &info));
	EXPECT_STREQ(variant->error,
		     digsig_footer_error((u8 *)&self->f, SAMPLE_LEN));
	EXPECT_EQ(0, memcmp(&info, &zero, sizeof(info)));
}

/* A list has none of the attributes of a file, and each is noticed alone. */
TEST(a_catalog_has_no_attributes_of_a_file)
{
	struct digsig_info bare = { .type = DIGSIG_TYPE_CATALOG,
				    .alg = DIGSIG_ALG_RSA,
				    .sig_off = 72, .sig_len = 256 };
	struct digsig_info with[] = { bare, bare, bare, bare };
	u8 tail[DIGSIG_FOOTER_LEN];
	size_t i;

	EXPECT_EQ(NULL, digsig_footer_write(tail, &bare));
	with[0].flags = DIGSIG_FLAG_JIT;
	with[1].sid = 1;
	with[2].generation = 1;
	with[3].wrap_len = 16;
	for (i = 0; i < ARRAY_SIZE(with); i++)
		EXPECT_STREQ("a catalog or revocation list has attributes of a file",
			     digsig_footer_write(tail, &with[i]));
}

TEST(a_signature_is_as_long_as_its_algorithm_makes_them)
{
	struct digsig_info info = sample;
	u8 tail[DIGSIG_FOOTER_LEN];

	for (info.alg = 0; info.alg < 5; info.alg++) {
		for (info.sig_len = 0; info.sig_len < 9000; info.sig_len++) {
			u32 len = info.sig_len;
			bool want = (info.alg == DIGSIG_ALG_RSA &&
				     (len == 256 || len == 384 || len == 512)) ||
				    (info.alg == DIGSIG_ALG_ECDSA_P256 &&
				     len >= 8 && len <= 72) ||
				    (info.alg == DIGSIG_ALG_ECDSA_P384 &&
				     len >= 8 && len <= 104);

			ASSERT_EQ(want, !digsig_footer_write(tail, &info));
		}
	}
}

/* Sums that come out right only because they wrapped are no sums. */
TEST(lengths_do_not_wrap)
{
	struct digsig_footer f = sample_footer();
	struct digsig_info info = sample;
	u64 len;

	for (len = 64; len < 64 + 256; len++) {
		f.file_len = len;
		f.sig_off = len - 64 - 256;
		EXPECT_EQ(DIGSIG_REASON_MALFORMED, parse(&f, len, &info));
	}
	info = sample;
	for (info.sig_off = -320ULL; info.sig_off; info.sig_off++)
		EXPECT_NE(NULL, digsig_footer_write((u8 *)&f, &info));
	info.sig_off = -321ULL;
	EXPECT_EQ(NULL, digsig_footer_write((u8 *)&f, &info));
	EXPECT_EQ(DIGSIG_REASON_NONE, parse(&f, ~0ULL, &info));
}

TEST(a_flipped_bit_never_means_the_same)
{
	const struct digsig_footer right = sample_footer();
	struct digsig_info info;
	int bit;

	for (bit = 0; bit < 512; bit++) {
		struct digsig_footer f = right;
		u64 claimed;

		((u8 *)&f)[bit / 8] ^= 1 << bit % 8;
		claimed = le64_to_cpu(f.file_len);
		if (parse(&f, SAMPLE_LEN, &info) == DIGSIG_REASON_NONE) {
			EXPECT_NE(0, memcmp(&info, &sample, sizeof(info)));
		}
		/* Nor if the file is as long as the footer now says. */
		if (claimed != SAMPLE_LEN) {
			EXPECT_EQ(DIGSIG_REASON_MALFORMED,
				  parse(&f, claimed, &info));
		}
	}
}

TEST(moved_to_a_file_of_another_length_it_is_malformed)
{
	struct digsig_footer f = sample_footer();
	struct digsig_info info;
	u64 len;

	for (len = DIGSIG_FOOTER_LEN; len < 2 * SAMPLE_LEN; len++)
		EXPECT_EQ(len == SAMPLE_LEN ? DIGSIG_REASON_NONE :
					      DIGSIG_REASON_MALFORMED,
			  parse(&f, len, &info));
}

/* Half right, so that no check hides behind an earlier one. */
static void shuffle(struct digsig_footer *f, u64 *file_len)
{
	static const u32 lens[] = { 0, 7, 8, 15, 16, 72, 73, 104, 105, 255, 256,
				    257, 384, 512, 640, 8192, 0xffffffff };
	u64 sig_len = lens[random_below(ARRAY_SIZE(lens))];

	if (!random_below(4))
		f->alg = random_below(5);
	if (!random_below(4))
		f->type = random_below(4);
	if (!random_below(2)) {
		f->sig_len = sig_len;
		f->sig_off = random_below(2) ? random_below(700) :
					       random_next();
		f->file_len = f->sig_off + f->sig_len + 64;
		*file_len = f->file_len;
	}
	if (!random_below(2))
		f->wrap_len = lens[random_below(ARRAY_SIZE(lens))];
	if (!random_below(2))
		f->flags = f->sid = f->generation = f->wrap_len = 0;
	if (!random_below(3))
		((u8 *)f)[random_below(64)] = random_next() >> 56;
}

TEST(agrees_with_the_reference_on_random_footers)
{
	unsigned int valid = 0, i;

	random_start();
	for (i = 0; i < 300000; i++) {
		struct digsig_footer f = sample_footer();
		struct digsig_info info;
		u64 file_len = SAMPLE_LEN;
		enum digsig_reason reason;
		bool want;

		shuffle(&f, &file_len);
		want = file_len >= 64 && reference_valid(&f, file_len);
		reason = parse(&f, file_len, &info);
		ASSERT_EQ(want, reason == DIGSIG_REASON_NONE);
		ASSERT_EQ(want, !digsig_footer_error((u8 *)&f, file_len));
		valid += want;
		if (want) {
			struct digsig_footer again;

			ASSERT_EQ(NULL, digsig_footer_write((u8 *)&again, &info));
			ASSERT_EQ(0, memcmp(&again, &f, sizeof(f)));
		}
	}
	/* Both sides of the fence were seen. */
	EXPECT_GT(valid, 10000);
	EXPECT_LT(valid, 290000);
}

TEST(what_is_signed_is_the_footer_and_the_digest)
{
	u8 tail[DIGSIG_FOOTER_LEN], digest[DIGSIG_DIGEST_LEN];
	u8 tbs[DIGSIG_TBS_LEN];

	random_start();
	random_fill(tail, sizeof(tail));
	random_fill(digest, sizeof(digest));
	digsig_tbs(tbs, tail, digest);
	EXPECT_EQ(0, memcmp(tbs, tail, 64));
	EXPECT_EQ(0, memcmp(tbs + 64, digest, 32));
}

TEST_HARNESS_MAIN
