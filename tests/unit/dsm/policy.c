// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies: what a built image answers, against the rules read one by one.
 */
#include "policy_made.h"

/* ---- the rules told another way ------------------------------------------------- */

static bool fits(const struct model_rule *r, u32 class, u32 perm, u32 sid,
		 u32 nid, u32 tsid)
{
	return r->class == class && r->decides & perm &&
	       (!r->sid || r->sid == sid) && (!r->nid || r->nid == nid) &&
	       (!r->tsid || r->tsid == tsid);
}

static int weight(const struct model_rule *r)
{
	return (r->tsid ? 100 : 0) + (r->sid ? 10 : 0) + (r->nid ? 1 : 0);
}

static const struct model_rule *slow_rule(const struct model *m, u32 class,
					  u32 perm, u32 sid, u32 nid, u32 tsid)
{
	const struct model_rule *best = NULL;
	u32 i;

	for (i = 0; i < m->rules.count; i++) {
		const struct model_rule *r = &m->rules.entry[i];

		if (fits(r, class, perm, sid, nid, tsid) &&
		    (!best || weight(r) > weight(best)))
			best = r;
	}
	return best;
}

static bool slow_permissive(const struct model *m, u32 sid, u32 tsid)
{
	u32 i;

	if (m->flags & DSM_POLICY_PERMISSIVE)
		return true;
	for (i = 0; i < m->sids.count; i++)
		if ((m->sids.entry[i].id == sid ||
		     m->sids.entry[i].id == tsid) &&
		    m->sids.entry[i].flags & DSM_SID_PERMISSIVE)
			return true;
	return false;
}

static u32 slow_denied(const struct model *m, u32 flags, u32 sid, u32 tsid)
{
	u32 answer = flags & DSM_RULE_QUIET ? 0 : DSM_AUDIT;

	if (slow_permissive(m, sid, tsid))
		return answer | DSM_ALLOW | DSM_PERMITTED;
	return answer | (flags & DSM_RULE_ANSWER ? DSM_ANSWER : 0);
}

/* One permission only: what decides several of them is one after the other. */
static u32 slow_check(const struct model *m, u32 class, u32 perm, u32 sid,
		      u32 nid, u32 tsid)
{
	const struct model_rule *r = slow_rule(m, class, perm, sid, nid, tsid);
	bool nobody = !sid || !nid || !tsid;
	u32 allow = r ? r->allow : m->standard[class].allow;
	u32 flags = r ? r->flags : m->standard[class].flags;

	if (nobody || !(allow & perm))
		return slow_denied(m, nobody ? 0 : flags, sid, tsid);
	return DSM_ALLOW | (flags & DSM_RULE_AUDIT ? DSM_AUDIT : 0);
}

static u32 random_perm(u32 class)
{
	u32 perm;

	do
		perm = 1 << random_below(10);
	while (!(dsm_class_perms(class) & perm));
	return perm;
}

static void random_rules(struct model *m, u32 count, u32 ids, u32 any_of)
{
	u32 class, decides;

	while (count--) {
		class = 1 + random_below(__DSM_CLASS_MAX - 1);
		decides = dsm_class_perms(class);
		if (random_below(2))
			decides &= random_perm(class) | random_perm(class);
		add_rule(m, class,
			 random_below(any_of) ? 1 + random_below(ids) : 0,
			 random_below(any_of) ? 1 + random_below(ids) : 0,
			 random_below(any_of) ? 1 + random_below(ids) : 0,
			 decides, random_next() >> 32,
			 random_below(DSM_RULE_FLAGS_KNOWN + 1));
	}
}

static void random_defaults(struct model *m)
{
	u32 class;

	for (class = 1; class < __DSM_CLASS_MAX; class++) {
		m->standard[class].allow = dsm_class_perms(class) &
					   random_below(0x400);
		m->standard[class].flags = random_below(8);
	}
}

TEST(answers_are_those_of_the_rules_read_one_by_one)
{
	u32 round, i;

	random_start();
	for (round = 0; round < 60; round++) {
		u32 ids = 1 + random_below(12);
		struct dsm_policy bare;
		struct made d = {};

		model_init(&d.m);
		d.m.sids.entry[random_below(2)].flags = random_below(4) ?
			0 : DSM_SID_PERMISSIVE;
		random_rules(&d.m, random_below(400), ids, 1 + random_below(6));
		random_defaults(&d.m);
		make(&d);
		ASSERT_EQ(NULL, d.error) TH_LOG("%s", d.error);
		/* Without a filter. */
		ASSERT_EQ(NULL, dsm_policy_parse(&bare, d.image, d.len));
		for (i = 0; i < 3000; i++) {
			u32 class = 1 + random_below(__DSM_CLASS_MAX - 1);
			u32 perm = random_perm(class);
			u32 sid = random_below(ids + 2);
			u32 nid = random_below(ids + 2);
			u32 tsid = random_below(ids + 2);
			struct dsm_access a = { class, perm, sid, nid, tsid };
			const struct model_rule *r;
			const struct dsm_image_rule *found;
			u32 want;

			want = slow_check(&d.m, class, perm, sid, nid, tsid);
			ASSERT_EQ(want, dsm_policy_check(&d.p, class, perm,
							 sid, nid, tsid));
			ASSERT_EQ(want, dsm_policy_check(&bare, class, perm,
							 sid, nid, tsid));
			if (!sid || !nid || !tsid)
				continue;
			r = slow_rule(&d.m, class, perm, sid, nid, tsid);
			found = dsm_policy_rule(&d.p, &a);
			ASSERT_EQ(!r, !found);
			if (r)
				ASSERT_EQ(weight(r),
					  (found->tsid ? 100 : 0) +
					  (found->sid ? 10 : 0) +
					  (found->nid ? 1 : 0));
		}
		unmake(&d);
	}
}

TEST(a_filter_holds_few_hashes_that_no_rule_has)
{
	struct made d = {};
	u32 i, held = 0;

	random_start();
	model_init(&d.m);
	/* Numbers as people give them, not random ones. */
	for (i = 0; i < 20000; i++)
		add_rule(&d.m, DSM_CLASS_TCP, 100 + i % 200,
			 i % 3 ? 0 : 1 + i % 7, 100 + i / 200,
			 DSM_PERM_RECEIVE, 0, 0);
	make(&d);
	ASSERT_EQ(NULL, d.error);
	EXPECT_GE(128 * 20000, dsm_policy_filter_size(&d.p) * 8);
	for (i = 0; i < 20000; i++) {
		u64 object = 300 + random_below(100) + (1ULL << 32);
		u64 h = (100 + i % 200) * d.p.mul[0] + object * d.p.mul[2];

		held += d.p.filter[h >> d.p.filter_shift] >> (h & 63) & 1;
	}
	EXPECT_LT(held, 20000 / 40);
	unmake(&d);
}

TEST(several_permissions_are_allowed_when_each_is)
{
	struct made d = {};
	u32 i, bit;

	random_start();
	model_init(&d.m);
	random_rules(&d.m, 500, 4, 3);
	random_defaults(&d.m);
	make(&d);
	ASSERT_EQ(NULL, d.error);
	for (i = 0; i < 20000; i++) {
		u32 class = 1 + random_below(__DSM_CLASS_MAX - 1);
		u32 perms = dsm_class_perms(class) & random_below(0x400);
		u32 sid = 1 + random_below(5), nid = 1 + random_below(5);
		u32 tsid = 1 + random_below(5);
		bool want = perms;

		for (bit = 1; bit < 0x400; bit <<= 1)
			if (perms & bit &&
			    !(slow_check(&d.m, class, bit, sid, nid, tsid) &
			      DSM_ALLOW))
				want = false;
		ASSERT_EQ(want, !!(dsm_policy_check(&d.p, class, perms, sid,
						    nid, tsid) & DSM_ALLOW));
	}
	unmake(&d);
}

TEST(a_hundred_thousand_rules_are_all_found)
{
	struct made d = {};
	u32 i;

	random_start();
	model_init(&d.m);
	for (i = 0; i < 100000; i++)
		add_rule(&d.m, DSM_CLASS_TCP, 1 + i % 1000, 1 + i / 1000 % 10,
			 1 + i / 10000, DSM_PERM_RECEIVE,
			 i & 1 ? DSM_PERM_RECEIVE : 0, 0);
	make(&d);
	ASSERT_EQ(NULL, d.error) TH_LOG("%s", d.error);
	EXPECT_EQ(100000, le32_to_cpu(d.p.head->rules));
	EXPECT_LT(d.len, 3000000);
	for (i = 0; i < 100000; i++)
		ASSERT_EQ(i & 1, dsm_policy_check(&d.p, DSM_CLASS_TCP,
						  DSM_PERM_RECEIVE,
						  1 + i % 1000,
						  1 + i / 1000 % 10,
						  1 + i / 10000) & DSM_ALLOW);
	/* And what is near them is not. */
	for (i = 0; i < 100000; i++)
		ASSERT_EQ(DSM_AUDIT,
			  dsm_policy_check(&d.p, DSM_CLASS_TCP,
					   DSM_PERM_RECEIVE,
					   1001 + random_below(1000000),
					   1 + random_below(10),
					   1 + random_below(10)));
	unmake(&d);
}

TEST(numbers_of_32_bits_are_told_apart)
{
	static const u32 odd[] = { 1, 2, 0x7fffffff, 0x80000000, 0xfffffffe,
				   0xffffffff, 0x10000, 0x1000000 };
	struct made d = {};
	u32 i, j, k;

	model_init(&d.m);
	for (i = 0; i < 8; i++)
	for (j = 0; j < 8; j++)
	for (k = 0; k < 8; k++)
		if ((i + j + k) % 2)
			add_rule(&d.m, DSM_CLASS_UDP, odd[i], odd[j], odd[k],
				 DSM_PERM_SEND, DSM_PERM_SEND, 0);
	make(&d);
	ASSERT_EQ(NULL, d.error);
	for (i = 0; i < 8; i++)
	for (j = 0; j < 8; j++)
	for (k = 0; k < 8; k++)
		ASSERT_EQ((i + j + k) % 2,
			  dsm_policy_check(&d.p, DSM_CLASS_UDP, DSM_PERM_SEND,
					   odd[i], odd[j], odd[k]) & DSM_ALLOW);
	unmake(&d);
}

TEST(nobody_may_nothing)
{
	struct made d = {};
	u32 class;

	model_init(&d.m);
	for (class = 1; class < __DSM_CLASS_MAX; class++) {
		u32 perms = dsm_class_perms(class);

		add_rule(&d.m, class, 0, 0, 0, perms, perms, 0);
	}
	make(&d);
	ASSERT_EQ(NULL, d.error);
	for (class = 1; class < __DSM_CLASS_MAX; class++) {
		u32 perm = random_perm(class), all = dsm_class_perms(class);

		EXPECT_EQ(DSM_ALLOW,
			  dsm_policy_check(&d.p, class, perm, 1, 1, 1));
		EXPECT_EQ(DSM_AUDIT,
			  dsm_policy_check(&d.p, class, perm, 0, 1, 1));
		EXPECT_EQ(DSM_AUDIT,
			  dsm_policy_check(&d.p, class, perm, 1, 0, 1));
		EXPECT_EQ(DSM_AUDIT,
			  dsm_policy_check(&d.p, class, perm, 1, 1, 0));
		EXPECT_EQ(DSM_AUDIT, dsm_policy_check(&d.p, class, 0, 1, 1, 1));
		EXPECT_EQ(DSM_AUDIT,
			  dsm_policy_check(&d.p, class, 0x8000, 1, 1, 1));
		EXPECT_EQ(DSM_AUDIT,
			  dsm_policy_check(&d.p, class, all | 0x8000, 1, 1, 1));
	}
	EXPECT_EQ(DSM_AUDIT, dsm_policy_check(&d.p, 0, 1, 1, 1, 1));
	EXPECT_EQ(DSM_AUDIT, dsm_policy_check(&d.p, __DSM_CLASS_MAX, 1, 1, 1, 1));
	EXPECT_EQ(DSM_AUDIT, dsm_policy_check(&d.p, 16, 1, 1, 1, 1));
	EXPECT_EQ(DSM_AUDIT, dsm_policy_check(&d.p, ~0u, 1, 1, 1, 1));
	unmake(&d);
}

TEST(an_empty_policy_denies_and_a_permissive_one_reports)
{
	struct made d = {};

	model_init(&d.m);
	make(&d);
	ASSERT_EQ(NULL, d.error);
	EXPECT_EQ(DSM_AUDIT, dsm_policy_check(&d.p, DSM_CLASS_TCP,
					      DSM_PERM_RECEIVE, 1, 1, 1));
	unmake(&d);

	memset(&d, 0, sizeof(d));
	model_init(&d.m);
	d.m.flags = DSM_POLICY_PERMISSIVE;
	make(&d);
	ASSERT_EQ(NULL, d.error);
	EXPECT_EQ(DSM_AUDIT | DSM_ALLOW | DSM_PERMITTED,
		  dsm_policy_check(&d.p, DSM_CLASS_TCP, DSM_PERM_RECEIVE,
				   1, 1, 1));
	unmake(&d);
}

TEST(classes_and_permissions_have_names)
{
	u32 class, bit, all = 0;

	EXPECT_EQ(0, dsm_class_perms(0));
	EXPECT_EQ(0, dsm_class_perms(__DSM_CLASS_MAX));
	EXPECT_EQ(NULL, dsm_class_name(__DSM_CLASS_MAX));
	for (class = 1; class < __DSM_CLASS_MAX; class++) {
		EXPECT_NE(NULL, dsm_class_name(class));
		EXPECT_NE(0, dsm_class_perms(class));
		all |= dsm_class_perms(class);
	}
	for (bit = 1; bit; bit <<= 1)
		EXPECT_EQ(!(all & bit), !dsm_perm_name(bit));
	EXPECT_EQ(NULL, dsm_perm_name(3));
}

TEST_HARNESS_MAIN
