// SPDX-License-Identifier: GPL-2.0-only
/*
 * The option: what is written, what is refused and why, and the same answers as
 * a naive reader for millions of headers.
 */
#include "kselftest_harness.h"

#include "../unit.h"
#include "cipso_naive.h"
#include "dsm/cipso.h"

/* Linked with what builds policies, which says with it that memory is out. */
int cmd_error(const char *fmt, ...);
int cmd_error(const char *fmt, ...)
{
	fputs(fmt, stderr);
	return 1;
}

#define ROUNDS	(2 * 1000 * 1000)

/* SID 7, NID 3: the example of the wire format. */
static const u8 example[20] = {
	0x86, 0x14, 0x10, 0x00, 0x10, 0x00, 0x07, 0x0e,
	0x03, 0x06, 0x00, 0x00, 0x00, 0x07,
	0x06, 0x06, 0x00, 0x00, 0x00, 0x03,
};

static enum dsm_reason parse(const u8 *data, size_t len,
			     struct dsm_option *opt)
{
	enum dsm_reason reason;
	u8 *copy = malloc(len ? len : 1);	/* watched at both ends */

	memcpy(copy, data, len);
	reason = dsm_option_parse(copy, len, opt, NULL);
	free(copy);
	return reason;
}

TEST(twenty_octets)
{
	struct dsm_option opt = { .label = { .sid = 7, .nid = 3 } };
	u8 data[DSM_OPT_ROOM(DSM_OPT_MAX)];

	ASSERT_EQ(20, dsm_option_build(&opt, data));
	EXPECT_EQ(0, memcmp(data, example, 20));
	EXPECT_TRUE(dsm_option_ours(data, 20));
}

TEST(any_order)
{
	struct dsm_option opt;
	u8 data[20];

	memcpy(data, example, 8);
	memcpy(data + 8, example + 14, 6);
	memcpy(data + 14, example + 8, 6);
	ASSERT_EQ(DSM_REASON_NONE, parse(data, 20, &opt));
	EXPECT_EQ(7, opt.label.sid);
	EXPECT_EQ(3, opt.label.nid);
}

FIXTURE(refused) {};
FIXTURE_SETUP(refused) {}
FIXTURE_TEARDOWN(refused) {}

FIXTURE_VARIANT(refused) {
	unsigned int at;
	u8 value;
	size_t len;
	enum dsm_reason reason;
};

#define REFUSED(NAME, ...) FIXTURE_VARIANT_ADD(refused, NAME) { __VA_ARGS__ }

REFUSED(header_too_short, 0, 0x86, 7, DSM_REASON_SHORT);
REFUSED(option_too_short, 1, 19, 20, DSM_REASON_SHORT);
REFUSED(leaves_the_header, 1, 21, 20, DSM_REASON_LENGTH);
REFUSED(longer_than_any, 1, 37, 40, DSM_REASON_LENGTH);
REFUSED(other_tag, 6, 1, 20, DSM_REASON_TAG);
REFUSED(length_of_parameters_alone, 7, 12, 20, DSM_REASON_TAG_LENGTH);
REFUSED(tag_too_long, 7, 15, 20, DSM_REASON_TAG_LENGTH);
REFUSED(parameter_too_short, 9, 5, 20, DSM_REASON_PARAM_LENGTH);
REFUSED(parameter_too_long, 15, 7, 20, DSM_REASON_PARAM_LENGTH);
REFUSED(parameter_of_no_length, 9, 0, 20, DSM_REASON_PARAM_LENGTH);
REFUSED(unknown_parameter, 8, 1, 20, DSM_REASON_PARAM_UNKNOWN);
REFUSED(sid_twice, 14, 3, 20, DSM_REASON_PARAM_TWICE);
REFUSED(nid_twice, 8, 6, 20, DSM_REASON_PARAM_TWICE);
REFUSED(no_sid, 8, 2, 20, DSM_REASON_SID_MISSING);
REFUSED(no_nid, 14, 2, 20, DSM_REASON_NID_MISSING);
REFUSED(sid_zero, 13, 0, 20, DSM_REASON_SID_ZERO);
REFUSED(nid_zero, 19, 0, 20, DSM_REASON_NID_ZERO);

TEST_F(refused, says_why)
{
	struct dsm_option opt;
	u8 data[40] = {};

	memcpy(data, example, sizeof(example));
	data[variant->at] = variant->value;
	EXPECT_EQ(variant->reason, parse(data, variant->len, &opt));
}

TEST(other_options_are_not_ours)
{
	u8 data[20];

	memcpy(data, example, 20);
	data[5] = 1;
	EXPECT_FALSE(dsm_option_ours(data, 20));
	data[5] = 0;
	data[0] = 0x85;
	EXPECT_FALSE(dsm_option_ours(data, 20));
	EXPECT_FALSE(dsm_option_ours(example, 5));
}

TEST(found_among_others)
{
	u8 data[40] = { 1, 0x94, 4, 0, 0, 1 };
	const u8 *found;

	memcpy(data + 6, example, 20);
	ASSERT_EQ(DSM_REASON_NONE, dsm_option_find(data, 28, &found));
	EXPECT_EQ(data + 6, found);
	data[0] = 0;				/* the end comes first */
	ASSERT_EQ(DSM_REASON_NONE, dsm_option_find(data, 28, &found));
	EXPECT_EQ(NULL, found);
	memcpy(data, example, 20);
	memcpy(data + 20, example, 20);
	EXPECT_EQ(DSM_REASON_OPTION_TWICE, dsm_option_find(data, 40, &found));
}

/* Built, read, and the same; every combination of what is optional. */
TEST(what_is_written_is_read)
{
	u8 data[DSM_OPT_ROOM(DSM_OPT_MAX)];
	struct dsm_option in, out;
	int i;

	random_start();
	for (i = 0; i < 1000; i++) {
		unsigned int len;

		memset(&in, 0, sizeof(in));
		in.label.sid = 1 + random_below(0xfffffffe);
		in.label.nid = 1 + random_below(0xfffffffe);
		in.has_serial = i & 1;
		in.has_code = i & 2;
		if (in.has_serial)
			in.serial = random_next();
		if (in.has_code)
			random_fill(in.code, sizeof(in.code));
		len = dsm_option_build(&in, data);
		ASSERT_EQ(20 + (i & 1 ? 6 : 0) + (i & 2 ? 10 : 0), len);
		ASSERT_EQ(DSM_REASON_NONE, parse(data, len, &out));
		ASSERT_EQ(0, memcmp(&in, &out, sizeof(in)));
	}
}

/* A header that is often nearly right. */
static size_t random_option(u8 data[40])
{
	static const u8 types[] = { 2, 3, 6, 8, 1, 4 };
	size_t at = 8, len = random_below(41);
	unsigned int i;

	random_fill(data, 40);
	memcpy(data, example, 8);
	for (i = 0; i < 4 && at + 10 <= 40; i++) {
		data[at] = types[random_below(random_below(4) ? 4 : 6)];
		data[at + 1] = data[at] == 8 ? 10 : 6;
		if (!random_below(16))
			data[at + 1] = random_below(12);
		at += data[at + 1] ? data[at + 1] : 1;
		if (i && !random_below(3))
			break;
	}
	data[1] = random_below(8) ? at : random_below(42);
	data[7] = random_below(8) ? data[1] - 6U : random_below(42);
	for (i = random_below(3); i && !random_below(2); i--)
		data[random_below(40)] = random_next();
	return random_below(4) ? 40 : len;
}

TEST(as_the_naive_reader)
{
	struct dsm_option opt;
	struct naive want;
	int i, good = 0;
	u8 data[40];
	size_t len;

	random_start();
	for (i = 0; i < ROUNDS; i++) {
		len = random_option(data);
		if (!dsm_option_ours(data, len))
			continue;
		want = naive_read(data, len);
		ASSERT_EQ(want.good, !dsm_option_parse(data, len, &opt, NULL));
		if (!want.good)
			continue;
		good++;
		ASSERT_EQ(want.sid, opt.label.sid);
		ASSERT_EQ(want.nid, opt.label.nid);
		ASSERT_EQ(want.has_serial, opt.has_serial);
		ASSERT_EQ(want.serial, opt.serial);
		ASSERT_EQ(want.has_code, opt.has_code);
		ASSERT_EQ(0, memcmp(want.code, opt.code, sizeof(want.code)));
	}
	EXPECT_GT(good, ROUNDS / 100);
	EXPECT_LT(good, ROUNDS / 2);
}

/* The short way says yes to nothing else, and says the same. */
TEST(the_short_way)
{
	struct dsm_option slow, fast;
	int i, yes = 0;
	u8 data[40];

	random_start();
	for (i = 0; i < ROUNDS / 4; i++) {
		if (i % 4) {
			memcpy(data, example, sizeof(example));
			data[random_below(20)] ^= random_below(2) << random_below(8);
		} else {
			random_option(data);
		}
		memset(&fast, 0, sizeof(fast));
		if (!dsm_option_parse_short(data, &fast))
			continue;
		yes++;
		ASSERT_EQ(DSM_REASON_NONE, parse(data, 20, &slow));
		ASSERT_EQ(0, memcmp(&slow, &fast, sizeof(slow)));
	}
	EXPECT_GT(yes, ROUNDS / 32);
}

TEST(where_the_code_is)
{
	struct dsm_option opt = { .label = { .sid = 7, .nid = 3 },
				  .serial = 1 };
	u8 data[DSM_OPT_ROOM(DSM_OPT_MAX)];

	memset(opt.code, 0xcc, sizeof(opt.code));
	dsm_option_build(&opt, data);
	EXPECT_EQ(0, dsm_option_code(data));
	opt.has_serial = true;
	dsm_option_build(&opt, data);
	EXPECT_EQ(0, dsm_option_code(data));
	opt.has_code = true;
	dsm_option_build(&opt, data);
	ASSERT_EQ(28, dsm_option_code(data));
	EXPECT_EQ(0, memcmp(data + 28, opt.code, sizeof(opt.code)));
	opt.has_serial = false;
	dsm_option_build(&opt, data);
	ASSERT_EQ(22, dsm_option_code(data));
	EXPECT_EQ(0, memcmp(data + 22, opt.code, sizeof(opt.code)));
}

/* What a program finds in a control message is what the module found. */
TEST(as_the_public_header)
{
	struct dsm_option opt;
	struct dsm_label label;
	u8 data[40];
	int i;

	random_start();
	for (i = 0; i < ROUNDS / 10; i++) {
		random_option(data);
		if (!dsm_option_ours(data, 40) ||
		    dsm_option_parse(data, 40, &opt, NULL))
			continue;
		ASSERT_EQ(0, dsm_option_label(data, 40, &label));
		ASSERT_EQ(opt.label.sid, label.sid);
		ASSERT_EQ(opt.label.nid, label.nid);
	}
}

TEST_HARNESS_MAIN
