// SPDX-License-Identifier: GPL-2.0-only
/*
 * Next hops: sharing, changing, groups, and that nothing is left behind.
 */
#include <kselftest_harness.h>

#include "../unit.h"
#include "mfib/nexthop.h"

FIXTURE(nexthop) {
	struct mfib_nexthops set;
	const char *why;
};

FIXTURE_SETUP(nexthop)
{
	ASSERT_EQ(0, mfib_nexthops_init(&self->set, 200, NULL, NULL));
}

FIXTURE_TEARDOWN(nexthop)
{
	mfib_nexthops_destroy(&self->set);
}

static int add(FIXTURE_DATA(nexthop) *self, u32 id, u32 ifindex, bool replace)
{
	struct mfib_nh_spec spec = { .id = id, .ifindex = ifindex };

	return mfib_nexthop_add(&self->set, &spec, NULL, 0, true, replace,
				&self->why);
}

static u32 take(FIXTURE_DATA(nexthop) *self, u32 ifindex)
{
	struct mfib_nh_spec spec = { .ifindex = ifindex };
	u32 slot = 0;

	mfib_nexthop_take(&self->set, &spec, NULL, 0, &slot, &self->why);
	return slot;
}

TEST_F(nexthop, equal_ones_without_id_are_one)
{
	u32 a = take(self, 7), b = take(self, 7), c = take(self, 8);

	EXPECT_EQ(a, b);
	EXPECT_NE(a, c);
	EXPECT_EQ(2, self->set.count);
	mfib_nexthop_put(&self->set, a);
	mfib_nexthop_put(&self->set, b);
	EXPECT_EQ(1, self->set.count);
	mfib_nexthop_put(&self->set, c);
	EXPECT_EQ(0, self->set.count);
}

TEST_F(nexthop, a_change_keeps_the_slot)
{
	u32 slot = 0;

	ASSERT_EQ(0, add(self, 5, 1, false));
	EXPECT_EQ(-EEXIST, add(self, 5, 2, false));
	ASSERT_EQ(0, mfib_nexthop_take_id(&self->set, 5, &slot, &self->why));
	ASSERT_EQ(0, add(self, 5, 2, true));
	EXPECT_EQ(2, mfib_nh_get(&self->set, slot)->spec.ifindex);
	EXPECT_EQ(-EBUSY, mfib_nexthop_del(&self->set, 5, &self->why));
	mfib_nexthop_put(&self->set, slot);
	EXPECT_EQ(0, mfib_nexthop_del(&self->set, 5, &self->why));
	EXPECT_EQ(-ENOENT, mfib_nexthop_del(&self->set, 5, &self->why));
}

/* A device may get the number of one that is gone. */
TEST_F(nexthop, one_whose_device_is_gone_is_not_used_again)
{
	u32 gone = take(self, 7), now;

	EXPECT_EQ(1, mfib_nexthops_gone(&self->set, 7));
	now = take(self, 7);
	EXPECT_NE(gone, now);
	EXPECT_TRUE(mfib_nh_get(&self->set, gone)->dead);
	EXPECT_FALSE(mfib_nh_get(&self->set, now)->dead);
	EXPECT_EQ(now, take(self, 7));
	mfib_nexthop_put(&self->set, gone);
	mfib_nexthop_put(&self->set, now);
	mfib_nexthop_put(&self->set, now);
	EXPECT_EQ(0, self->set.count);
}

TEST_F(nexthop, there_are_not_more_than_there_may_be)
{
	u32 id;

	for (id = 1; id <= 200; id++)
		ASSERT_EQ(0, add(self, id, id, false));
	EXPECT_EQ(-ENOSPC, add(self, 201, 1, false));
	EXPECT_EQ(0, mfib_nexthop_del(&self->set, 100, &self->why));
	EXPECT_EQ(0, add(self, 201, 1, false));
	for (id = 1; id <= 201; id++)
		if (id != 100)
			ASSERT_EQ(0, mfib_nexthop_del(&self->set, id,
						      &self->why));
	EXPECT_EQ(0, self->set.count);
}

static int group(FIXTURE_DATA(nexthop) *self, u32 id,
		 struct mfib_member *members, unsigned int count)
{
	struct mfib_nh_spec spec = { .id = id, .type = MFIB_NH_GROUP };

	return mfib_nexthop_add(&self->set, &spec, members, count, true, false,
				&self->why);
}

TEST_F(nexthop, flows_are_shared_by_weight)
{
	struct mfib_member m[3] = {};
	unsigned int i, got[4] = { 0 };
	struct mfib_nh *nh;
	u32 slot = 0;

	random_start();
	for (i = 0; i < 3; i++) {
		m[i].slot = take(self, i + 1);
		m[i].weight = i + 1;
	}
	ASSERT_EQ(0, group(self, 9, m, 3));
	ASSERT_EQ(0, mfib_nexthop_take_id(&self->set, 9, &slot, &self->why));
	nh = mfib_nh_get(&self->set, slot);
	for (i = 0; i < 60000; i++)
		got[mfib_nh_select(nh, random_next() >> 32)->spec.ifindex]++;
	for (i = 1; i <= 3; i++) {
		EXPECT_GT(got[i], i * 9500);
		EXPECT_LT(got[i], i * 10500);
	}
	EXPECT_EQ(1, mfib_nh_select(nh, 0)->spec.ifindex);
	EXPECT_EQ(3, mfib_nh_select(nh, ~0u)->spec.ifindex);
	mfib_nexthops_device(&self->set, 3, true);
	EXPECT_EQ(1, mfib_nh_select(nh, ~0u)->spec.ifindex);
	mfib_nexthops_device(&self->set, 1, true);
	mfib_nexthops_device(&self->set, 2, true);
	EXPECT_EQ(NULL, mfib_nh_select(nh, ~0u));
	mfib_nexthop_put(&self->set, slot);
	EXPECT_EQ(0, mfib_nexthop_del(&self->set, 9, &self->why));
	EXPECT_EQ(0, self->set.count);
}

TEST_F(nexthop, a_group_is_made_of_what_it_may_be)
{
	struct mfib_member m = { .slot = take(self, 1), .weight = 1 };
	struct mfib_member inner = { .weight = 1 };

	EXPECT_EQ(-EINVAL, group(self, 8, &m, 0));
	m.weight = 0;
	EXPECT_EQ(-EINVAL, group(self, 8, &m, 1));
	m.weight = 257;
	EXPECT_EQ(-EINVAL, group(self, 8, &m, 1));
	m.weight = 256;
	EXPECT_EQ(0, group(self, 8, &m, 1));
	ASSERT_EQ(0, mfib_nexthop_take_id(&self->set, 8, &inner.slot,
					  &self->why));
	EXPECT_EQ(-EINVAL, group(self, 10, &inner, 1));
	mfib_nexthop_put(&self->set, inner.slot);
	EXPECT_EQ(-EINVAL, add(self, 8, 1, true));
	EXPECT_EQ(0, mfib_nexthop_del(&self->set, 8, &self->why));
}

TEST_HARNESS_MAIN
