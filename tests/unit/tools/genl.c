// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink: extended acks and attributes from bytes, and the machine's
 * own kernel as the other side, whose family "nlctrl" everybody may ask.
 */
#include <errno.h>
#include <unistd.h>

#include <kselftest_harness.h>

#include "../unit.h"
#include "cmd.h"
#include "genl.h"

static const char *const names[] = { NULL, "mode", "strict" };

static const struct genl_family family = {
	.name = "test", .module = "test_module", .version = 1,
	.attrs = names, .attr_count = 3,
};

/* ---- extended acks from bytes -------------------------------------------------- */

FIXTURE(ack) {
	struct genl g;
	struct nlmsghdr *nlh;
	struct genl_extack extack;
	char bytes[8192];
};

FIXTURE_SETUP(ack)
{
	self->g.family = &family;
	genl_request(&self->g, 1, 0);
	genl_put_u32(&self->g, 1, 7);
	genl_put_u8(&self->g, 2, 1);
}

FIXTURE_TEARDOWN(ack)
{
}

/* An NLMSG_ERROR for the request, capped as we ask for it, or in full. */
static void begin(struct _test_data_ack *self, int error, bool capped)
{
	struct nlmsgerr *e;
	size_t more = capped ? 0 : self->g.head.nlmsg_len - MNL_NLMSG_HDRLEN;

	memset(self->bytes, 0, sizeof(self->bytes));
	self->nlh = mnl_nlmsg_put_header(self->bytes);
	self->nlh->nlmsg_type = NLMSG_ERROR;
	self->nlh->nlmsg_flags = NLM_F_ACK_TLVS | (capped ? NLM_F_CAPPED : 0);
	e = mnl_nlmsg_put_extra_header(self->nlh, sizeof(*e) + more);
	e->error = error;
	memcpy(&e->msg, &self->g.head, sizeof(e->msg) + more);
}

static void parse(struct _test_data_ack *self)
{
	struct nlmsghdr *copy;

	/* Of its length, and what libmnl wants: aligned at both ends. */
	copy = calloc(1, MNL_ALIGN(self->nlh->nlmsg_len));
	memcpy(copy, self->nlh, self->nlh->nlmsg_len);
	genl_extack_parse(copy, &self->g.head, &self->extack);
	free(copy);
}

TEST_F(ack, errno_alone)
{
	begin(self, -EBUSY, true);
	self->nlh->nlmsg_flags = NLM_F_CAPPED;
	parse(self);
	EXPECT_EQ(-EBUSY, self->extack.error);
	EXPECT_STREQ("", self->extack.text);
}

TEST_F(ack, sentence)
{
	begin(self, -EPERM, true);
	mnl_attr_put_strz(self->nlh, NLMSGERR_ATTR_MSG, "locked");
	parse(self);
	EXPECT_EQ(-EPERM, self->extack.error);
	EXPECT_STREQ("locked", self->extack.text);
	EXPECT_EQ(0, self->extack.attr);
}

TEST_F(ack, sentence_behind_the_whole_request)
{
	begin(self, -EPERM, false);
	mnl_attr_put_strz(self->nlh, NLMSGERR_ATTR_MSG, "locked");
	parse(self);
	EXPECT_STREQ("locked", self->extack.text);
}

TEST_F(ack, long_sentence_is_cut)
{
	char text[600];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	begin(self, -EPERM, true);
	mnl_attr_put_strz(self->nlh, NLMSGERR_ATTR_MSG, text);
	parse(self);
	EXPECT_EQ(GENL_EXTACK_TEXT - 1, strlen(self->extack.text));
}

TEST_F(ack, offset_names_the_attribute)
{
	uint32_t first = MNL_NLMSG_HDRLEN + GENL_HDRLEN;

	begin(self, -EINVAL, true);
	mnl_attr_put_u32(self->nlh, NLMSGERR_ATTR_OFFS, first);
	parse(self);
	EXPECT_EQ(1, self->extack.attr);
	begin(self, -EINVAL, true);
	mnl_attr_put_u32(self->nlh, NLMSGERR_ATTR_OFFS, first + 8);
	parse(self);
	EXPECT_EQ(2, self->extack.attr);
}

TEST_F(ack, offset_beyond_the_request)
{
	begin(self, -EINVAL, true);
	mnl_attr_put_u32(self->nlh, NLMSGERR_ATTR_OFFS, UINT32_MAX);
	parse(self);
	EXPECT_EQ(0, self->extack.attr);
}

TEST_F(ack, missing_attribute)
{
	begin(self, -EINVAL, true);
	mnl_attr_put_u32(self->nlh, NLMSGERR_ATTR_MISS_TYPE, 2);
	parse(self);
	EXPECT_TRUE(self->extack.missing);
	EXPECT_EQ(2, self->extack.attr);
}

TEST_F(ack, range)
{
	struct nlattr *nest;

	begin(self, -ERANGE, true);
	nest = mnl_attr_nest_start(self->nlh, NLMSGERR_ATTR_POLICY);
	mnl_attr_put_u64(self->nlh, NL_POLICY_TYPE_ATTR_MIN_VALUE_U, 1);
	mnl_attr_put_u64(self->nlh, NL_POLICY_TYPE_ATTR_MAX_VALUE_U, 9);
	mnl_attr_nest_end(self->nlh, nest);
	parse(self);
	EXPECT_TRUE(self->extack.ranged);
	EXPECT_EQ(1, self->extack.min);
	EXPECT_EQ(9, self->extack.max);
}

/* Whatever bytes come, nothing outside of them is read. */
TEST_F(ack, random_bytes)
{
	size_t at;
	int i;

	random_start();
	for (i = 0; i < 100000; i++) {
		begin(self, -EINVAL, random_below(2));
		at = self->nlh->nlmsg_len;
		random_fill(self->bytes + at, 64);
		if (random_below(2))
			self->bytes[at] = random_below(32);
		self->bytes[at + 1] = 0;
		self->bytes[at + 2] = random_below(8);
		self->bytes[at + 3] = 0;
		if (!random_below(4))
			random_fill(self->bytes + MNL_NLMSG_HDRLEN,
				    at - MNL_NLMSG_HDRLEN);
		self->nlh->nlmsg_len = MNL_NLMSG_HDRLEN + 4 +
			random_below(at + 60 - MNL_NLMSG_HDRLEN);
		if (!random_below(4))
			self->nlh->nlmsg_type = NLMSG_DONE;
		parse(self);
	}
}

/* ---- what is told ---------------------------------------------------------------- */

static char told[1024];
static FILE *told_file;
static int told_saved;

static void told_begin(void)
{
	told_file = tmpfile();
	told_saved = dup(2);
	fflush(stderr);
	dup2(fileno(told_file), 2);
}

static void told_end(void)
{
	fflush(stderr);
	dup2(told_saved, 2);
	close(told_saved);
	rewind(told_file);
	told[fread(told, 1, sizeof(told) - 1, told_file)] = '\0';
	fclose(told_file);
}

static void report(struct genl *g, const struct genl_extack *extack)
{
	told_begin();
	genl_extack_report(g, extack);
	told_end();
}

TEST(reports)
{
	struct genl g = { .family = &family, .subject = "a.der" };
	struct genl_extack extack = { .error = -EINVAL, .attr = 1 };

	report(&g, &extack);
	EXPECT_STREQ("Error: a.der: Invalid argument (mode)\n", told);
	strcpy(extack.text, "no such mode");
	report(&g, &extack);
	EXPECT_STREQ("Error: a.der: no such mode\n", told);
	strcpy(extack.text, "too high");
	extack.ranged = true;
	extack.max = 3;
	report(&g, &extack);
	EXPECT_STREQ("Error: a.der: too high (mode), allowed: 0 to 3\n", told);
	extack = (struct genl_extack){
		.error = -EINVAL, .attr = 2, .missing = true,
	};
	g.subject = NULL;
	report(&g, &extack);
	EXPECT_STREQ("Error: Invalid argument (strict is missing)\n", told);
	extack = (struct genl_extack){ .text = "soon obsolete" };
	report(&g, &extack);
	EXPECT_STREQ("Warning: soon obsolete\n", told);
	extack.text[0] = '\0';
	report(&g, &extack);
	EXPECT_STREQ("", told);
}

TEST(nothing_is_said_about_what_was_expected)
{
	struct genl g = { .family = &family, .expected = -EEXIST };
	struct genl_extack extack = { .error = -EEXIST, .text = "is there" };

	report(&g, &extack);
	EXPECT_STREQ("", told);
	extack.error = -EPERM;
	report(&g, &extack);
	EXPECT_NE(NULL, strstr(told, "is there"));
}

/* ---- attributes ------------------------------------------------------------------ */

static const struct genl_rule rules[4] = {
	[1] = { MNL_TYPE_U32, 0 },
	[2] = { MNL_TYPE_NUL_STRING, 0 },
	[3] = { MNL_TYPE_BINARY, 16 },
};

FIXTURE(shape) {};
FIXTURE_SETUP(shape) {}
FIXTURE_TEARDOWN(shape) {}
FIXTURE_VARIANT(shape) {
	unsigned int type;
	size_t len;
	const char *bytes;
	int err;
};
#define SHAPE(name, type, len, bytes, err) \
	FIXTURE_VARIANT_ADD(shape, name) { type, len, bytes, err }

SHAPE(number, 1, 4, "\1\0\0\0", 0);
SHAPE(number_short, 1, 3, "\1\0\0", -EBADMSG);
SHAPE(number_long, 1, 8, "\1\0\0\0\0\0\0\0", -EBADMSG);
SHAPE(number_empty, 1, 0, "", -EBADMSG);
SHAPE(text, 2, 3, "ab", 0);
SHAPE(text_unended, 2, 2, "ab", -EBADMSG);
SHAPE(text_empty, 2, 0, "", -EBADMSG);
SHAPE(bytes, 3, 16, "0123456789abcdef", 0);
SHAPE(bytes_short, 3, 15, "0123456789abcdef", -EBADMSG);
SHAPE(bytes_long, 3, 17, "0123456789abcdef", -EBADMSG);
SHAPE(unknown, 4, 1, "?", 0);

TEST_F(shape, is_checked)
{
	const struct nlattr *tb[4];
	struct genl g = { .family = &family };
	int err;

	genl_request(&g, 1, 0);
	genl_put(&g, variant->type, variant->bytes, variant->len);
	ASSERT_FALSE(g.overflow);
	told_begin();
	err = genl_parse(&g.head, rules, 3, tb);
	told_end();
	EXPECT_EQ(variant->err, err);
	EXPECT_EQ(!err, !strstr(told, "malformed"));
	if (!variant->err && variant->type < 4)
		EXPECT_NE(NULL, tb[variant->type]);
}

TEST(numbers_of_every_width)
{
	struct genl g = { .family = &family };
	const struct nlattr *attr;
	uint64_t wide = 0x0123456789abcdef;
	uint16_t narrow = 0xfedc;

	genl_request(&g, 1, 0);
	genl_put(&g, 1, &wide, 8);
	genl_put(&g, 2, &narrow, 2);
	genl_put_u8(&g, 3, 200);
	genl_put_u32(&g, 4, 0xffffffff);
	mnl_attr_for_each(attr, &g.head, GENL_HDRLEN) {
		static const uint64_t want[] = {
			0, 0x0123456789abcdef, 0xfedc, 200, 0xffffffff,
		};
		EXPECT_EQ(want[mnl_attr_get_type(attr)],
			  genl_get_number(attr));
	}
	EXPECT_EQ(0, genl_get_number(NULL));
	EXPECT_EQ(NULL, genl_get_text(NULL));
}

TEST(request_that_does_not_fit)
{
	struct genl g = { .family = &family, .quiet = true };
	static char much[GENL_REQUEST_MAX];

	genl_request(&g, 1, 0);
	genl_put(&g, 1, much, 16384);
	EXPECT_FALSE(g.overflow);
	genl_put(&g, 2, much, 16384);
	EXPECT_TRUE(g.overflow);
	EXPECT_EQ(-EMSGSIZE, genl_call(&g, NULL, NULL));
}

/* ---- the kernel ------------------------------------------------------------------ */

static const struct genl_family ctrl = {
	.name = "nlctrl", .module = "none", .group = "notify",
	.attrs = names, .attr_count = 3, .version = 2,
};

static const struct genl_family absent = {
	.name = "no-such-family", .module = "none", .version = 1,
};

static int count(const struct nlmsghdr *nlh, void *data)
{
	if (nlh->nlmsg_type != GENL_ID_CTRL)
		return -EPROTO;
	++*(unsigned int *)data;
	return 0;
}

static int call(struct genl *g)
{
	int err;

	told_begin();
	err = genl_call(g, NULL, NULL);
	told_end();
	return err;
}

static int stop_at_second(const struct nlmsghdr *nlh, void *data)
{
	(void)nlh;
	return ++*(unsigned int *)data == 2 ? 42 : 0;
}

TEST(absent_family_is_named)
{
	struct genl g = { .quiet = true };

	EXPECT_EQ(-ENOENT, genl_open(&g, &absent));
	EXPECT_EQ(NULL, g.answer);
}

TEST(list_of_the_kernel)
{
	unsigned int families = 0, again = 0;
	struct genl g = {};

	ASSERT_EQ(0, genl_open(&g, &ctrl));
	EXPECT_EQ(GENL_ID_CTRL, g.id);
	EXPECT_NE(0, g.group);
	genl_request(&g, CTRL_CMD_GETFAMILY, NLM_F_DUMP);
	EXPECT_EQ(0, genl_dump(&g, count, &families));
	EXPECT_LE(1, families);
	genl_request(&g, CTRL_CMD_GETFAMILY, NLM_F_DUMP);
	EXPECT_EQ(0, genl_dump(&g, count, &again));
	EXPECT_EQ(families, again);
	genl_close(&g);
}

TEST(handler_ends_a_list)
{
	unsigned int calls = 0;
	struct genl g = {};

	ASSERT_EQ(0, genl_open(&g, &ctrl));
	genl_request(&g, CTRL_CMD_GETPOLICY, NLM_F_DUMP);
	genl_put(&g, CTRL_ATTR_FAMILY_ID, &g.id, 2);
	EXPECT_EQ(42, genl_dump(&g, stop_at_second, &calls));
	EXPECT_EQ(2, calls);
	/* The rest of that answer does not disturb the next call. */
	calls = 0;
	genl_request(&g, CTRL_CMD_GETFAMILY, 0);
	genl_put(&g, CTRL_ATTR_FAMILY_ID, &g.id, 2);
	EXPECT_EQ(0, genl_call(&g, count, &calls));
	EXPECT_EQ(1, calls);
	genl_close(&g);
}

TEST(kernel_names_the_attribute_that_it_refuses)
{
	struct genl g = {};

	ASSERT_EQ(0, genl_open(&g, &ctrl));
	genl_request(&g, CTRL_CMD_GETFAMILY, 0);
	genl_put(&g, CTRL_ATTR_FAMILY_ID, "x", 1);	/* wants two bytes */
	EXPECT_EQ(-ERANGE, call(&g));
	EXPECT_NE(NULL, strstr(told, "(mode)"));
	genl_close(&g);
}

TEST_HARNESS_MAIN
