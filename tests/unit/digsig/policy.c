// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy: every answer there is, against the rules told another way.
 */
#include <kselftest_harness.h>

#include <ctype.h>

#include "digsig/policy.h"

/* A file that nothing speaks against. */
static const struct digsig_evidence good = {
	.signature = DIGSIG_SIGNATURE_GOOD,
	.key_trusted = true,
	.generation = 3,
	.min_generation = 3,
};

TEST(a_good_file_is_verified)
{
	EXPECT_EQ(DIGSIG_REASON_NONE, digsig_policy_judge(&good));
}

TEST(no_evidence_is_no_signature)
{
	struct digsig_evidence none = {};

	EXPECT_EQ(DIGSIG_REASON_UNSIGNED, digsig_policy_judge(&none));
}

/* One thing speaks against a file that is good in all else. */
TEST(each_thing_alone_speaks_against_a_file)
{
	struct digsig_evidence e;

	e = good;
	e.signature = DIGSIG_SIGNATURE_NONE;
	EXPECT_EQ(DIGSIG_REASON_UNSIGNED, digsig_policy_judge(&e));
	e = good;
	e.signature = DIGSIG_SIGNATURE_BAD;
	EXPECT_EQ(DIGSIG_REASON_BAD_SIGNATURE, digsig_policy_judge(&e));
	e = good;
	e.signature = DIGSIG_SIGNATURE_NO_ALGORITHM;
	EXPECT_EQ(DIGSIG_REASON_ALGORITHM, digsig_policy_judge(&e));
	e = good;
	e.signature = DIGSIG_SIGNATURE_NO_ALGORITHM + 1;
	EXPECT_EQ(DIGSIG_REASON_BAD_SIGNATURE, digsig_policy_judge(&e));
	e = good;
	e.key_trusted = false;
	EXPECT_EQ(DIGSIG_REASON_UNKNOWN_KEY, digsig_policy_judge(&e));
	e = good;
	e.key_revoked = true;
	EXPECT_EQ(DIGSIG_REASON_REVOKED_KEY, digsig_policy_judge(&e));
	e = good;
	e.digest_revoked = true;
	EXPECT_EQ(DIGSIG_REASON_REVOKED_FILE, digsig_policy_judge(&e));
	e = good;
	e.generation = 2;
	EXPECT_EQ(DIGSIG_REASON_GENERATION, digsig_policy_judge(&e));
	e = good;
	e.obstacle = DIGSIG_REASON_WRITER;
	EXPECT_EQ(DIGSIG_REASON_WRITER, digsig_policy_judge(&e));
}

TEST(verified_is_only_what_nothing_speaks_against)
{
	unsigned int bits, verified = 0;

	for (bits = 0; bits < 512; bits++) {
		struct digsig_evidence e = {
			.signature = bits & 3,
			.key_trusted = bits & 4,
			.key_revoked = bits & 8,
			.digest_revoked = bits & 16,
			.generation = 1 + (bits >> 5 & 1),
			.min_generation = 1 + (bits >> 6 & 1),
			.obstacle = bits >> 7 ? DIGSIG_REASON_MALFORMED +
						(bits >> 7) : 0,
		};
		bool want = (bits & 0x1f) == (4 | DIGSIG_SIGNATURE_GOOD) &&
			    (bits >> 5 & 3) != 2 && bits < 128;

		EXPECT_EQ(want, digsig_policy_judge(&e) == DIGSIG_REASON_NONE);
		verified += want;
	}
	EXPECT_EQ(3, verified);
}

/* What strict mode adds, and who may all the same. */
static bool strict_only(u32 reason)
{
	return reason == DIGSIG_REASON_ANONYMOUS ||
	       reason == DIGSIG_REASON_PTRACE ||
	       reason == DIGSIG_REASON_PROC_MEM ||
	       reason == DIGSIG_REASON_RAW_DISK ||
	       reason == DIGSIG_REASON_SCRIPT ||
	       reason == DIGSIG_REASON_IDENTITY;
}

static bool excused(u32 reason, u32 flags)
{
	switch (reason) {
	case DIGSIG_REASON_ANONYMOUS:
		return flags & DIGSIG_FLAG_JIT;
	case DIGSIG_REASON_PTRACE:
	case DIGSIG_REASON_PROC_MEM:
	case DIGSIG_REASON_RAW_DISK:
	case DIGSIG_REASON_IDENTITY:
		return flags & DIGSIG_FLAG_DEBUGGER;
	case DIGSIG_REASON_SCRIPT:
		return !(flags & DIGSIG_FLAG_INTERPRETER);
	default:
		return false;
	}
}

static enum digsig_action want(const struct digsig_question *q)
{
	bool against = q->reason && (q->strict || !strict_only(q->reason)) &&
		       !excused(q->reason, q->flags);

	if (!against)
		return DIGSIG_ALLOW;
	if (q->op == DIGSIG_OP_CHECK || q->op == DIGSIG_OP_PREFLIGHT)
		return DIGSIG_REFUSE;
	switch (q->mode) {
	case DIGSIG_MODE_OFF:
		return DIGSIG_ALLOW;
	case DIGSIG_MODE_LOG:
		return DIGSIG_REPORT;
	default:
		return DIGSIG_REFUSE;
	}
}

/* One past the end of each included: a number that is none is refused. */
TEST(every_question_has_the_answer_of_the_rules)
{
	struct digsig_question q = {};

	for (q.op = 0; q.op <= __DIGSIG_OP_MAX; q.op++)
	for (q.mode = 0; q.mode <= __DIGSIG_MODE_MAX; q.mode++)
	for (q.reason = 0; q.reason <= __DIGSIG_REASON_MAX; q.reason++)
	for (q.flags = 0; q.flags <= DIGSIG_FLAGS_KNOWN; q.flags++) {
		q.strict = false;
		ASSERT_EQ(want(&q), digsig_policy_decide(&q));
		q.strict = true;
		ASSERT_EQ(want(&q), digsig_policy_decide(&q));
	}
}

TEST(an_unsigned_program_by_mode)
{
	struct digsig_question q = { .op = DIGSIG_OP_EXEC,
				     .reason = DIGSIG_REASON_UNSIGNED };

	q.mode = DIGSIG_MODE_OFF;
	EXPECT_EQ(DIGSIG_ALLOW, digsig_policy_decide(&q));
	q.mode = DIGSIG_MODE_LOG;
	EXPECT_EQ(DIGSIG_REPORT, digsig_policy_decide(&q));
	q.mode = DIGSIG_MODE_ENFORCE;
	EXPECT_EQ(DIGSIG_REFUSE, digsig_policy_decide(&q));
	q.mode = DIGSIG_MODE_LOCKED;
	EXPECT_EQ(DIGSIG_REFUSE, digsig_policy_decide(&q));
}

TEST(errors_are_those_a_user_understands)
{
	static const int want_errno[] = {
		[DIGSIG_REASON_NONE] = 0,
		[DIGSIG_REASON_UNSIGNED] = EPERM,
		[DIGSIG_REASON_MALFORMED] = EKEYREJECTED,
		[DIGSIG_REASON_UNKNOWN_KEY] = ENOKEY,
		[DIGSIG_REASON_BAD_SIGNATURE] = EKEYREJECTED,
		[DIGSIG_REASON_ALGORITHM] = EOPNOTSUPP,
		[DIGSIG_REASON_REVOKED_FILE] = EKEYREVOKED,
		[DIGSIG_REASON_REVOKED_KEY] = EKEYREVOKED,
		[DIGSIG_REASON_GENERATION] = EKEYEXPIRED,
		[DIGSIG_REASON_WRITER] = ETXTBSY,
		[DIGSIG_REASON_CHANGED] = ETXTBSY,
		[DIGSIG_REASON_FILESYSTEM] = EPERM,
		[DIGSIG_REASON_NOT_REGULAR] = EPERM,
		[DIGSIG_REASON_ANONYMOUS] = EPERM,
		[DIGSIG_REASON_PTRACE] = EPERM,
		[DIGSIG_REASON_PROC_MEM] = EPERM,
		[DIGSIG_REASON_RAW_DISK] = EPERM,
		[DIGSIG_REASON_SCRIPT] = EPERM,
		[DIGSIG_REASON_BUSY] = ETXTBSY,
		[DIGSIG_REASON_IO] = EIO,
		[DIGSIG_REASON_NO_MEMORY] = ENOMEM,
		[DIGSIG_REASON_IDENTITY] = EPERM,
		[DIGSIG_REASON_TAIL] = EKEYREJECTED,
	};
	u32 i;

	ASSERT_EQ(__DIGSIG_REASON_MAX, ARRAY_SIZE(want_errno));
	for (i = 0; i < __DIGSIG_REASON_MAX; i++)
		EXPECT_EQ(-want_errno[i], digsig_reason_errno(i));
	EXPECT_EQ(-EPERM, digsig_reason_errno(__DIGSIG_REASON_MAX));
	EXPECT_EQ(-EPERM, digsig_reason_errno(0xffffffff));
}

static bool is_word(const char *name)
{
	if (!name || !*name)
		return false;
	for (; *name; name++)
		if (!islower(*name) && *name != '-')
			return false;
	return true;
}

/* Each number below @max has a word of its own, and none after it has one. */
static bool names_good(const char *(*name)(u32), u32 max)
{
	u32 i, j;

	for (i = 0; i < max; i++) {
		if (!is_word(name(i)) || !strcmp(name(i), "unknown"))
			return false;
		for (j = 0; j < i; j++)
			if (!strcmp(name(i), name(j)))
				return false;
	}
	return !strcmp(name(max), "unknown") &&
	       !strcmp(name(0xffffffff), "unknown");
}

TEST(everything_has_a_name_of_its_own)
{
	EXPECT_TRUE(names_good(digsig_reason_name, __DIGSIG_REASON_MAX));
	EXPECT_TRUE(names_good(digsig_op_name, __DIGSIG_OP_MAX));
	EXPECT_TRUE(names_good(digsig_mode_name, __DIGSIG_MODE_MAX));
}

TEST(every_reason_is_said_in_words)
{
	u32 i;

	for (i = 0; i <= __DIGSIG_REASON_MAX; i++) {
		const char *text = digsig_reason_text(i);

		ASSERT_NE(NULL, text);
		EXPECT_GT(strlen(text), 6);
		EXPECT_NE('.', text[strlen(text) - 1]);
	}
}

TEST_HARNESS_MAIN
