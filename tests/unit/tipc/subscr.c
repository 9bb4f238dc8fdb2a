// SPDX-License-Identifier: GPL-2.0-only
/*
 * Subscriptions and events in both byte orders.
 */
#include <kselftest_harness.h>

#include "../unit.h"
#include "tipc/locks.h"
#include "tipc/subscr.h"

static u32 order(u32 v, bool swap)
{
	return swap ? swab32(v) : v;
}

static struct tipc_subscr make(u32 type, u32 lower, u32 upper, u32 timeout,
			       u32 filter, bool swap)
{
	struct tipc_subscr s = {
		.seq = { order(type, swap), order(lower, swap),
			 order(upper, swap) },
		.timeout = order(timeout, swap),
		.filter = order(filter, swap),
		.usr_handle = "handle1",
	};

	return s;
}

TEST(both_orders_say_the_same)
{
	struct tipc_subscr_req req;
	struct tipc_subscr s;
	int swap;

	for (swap = 0; swap < 2; swap++) {
		s = make(18888, 1, 100, 5000, TIPC_SUB_PORTS | 0x100, swap);
		ASSERT_EQ(0, tipc_subscr_read(&s, sizeof(s), &req));
		EXPECT_EQ(18888, req.type);
		EXPECT_EQ(1, req.lower);
		EXPECT_EQ(100, req.upper);
		EXPECT_EQ(5000, req.timeout);
		EXPECT_EQ(TIPC_SUB_PORTS | 0x100, req.filter);
		EXPECT_FALSE(req.cancel);
		EXPECT_EQ(swap, req.swap);
		EXPECT_EQ(0, memcmp(&req.raw, &s, sizeof(s)));
	}
}

TEST(an_event_answers_in_the_order_of_its_subscription)
{
	struct tipc_socket_addr port = { 77, 0x01001001 };
	struct tipc_subscr_req req;
	struct tipc_event e;
	struct tipc_subscr s;
	int swap;

	for (swap = 0; swap < 2; swap++) {
		s = make(18888, 1, 100, 5000, TIPC_SUB_SERVICE, swap);
		ASSERT_EQ(0, tipc_subscr_read(&s, sizeof(s), &req));
		tipc_subscr_event(&req, TIPC_PUBLISHED, 5, 6, &port, &e);
		EXPECT_EQ(TIPC_PUBLISHED, order(e.event, swap));
		EXPECT_EQ(5, order(e.found_lower, swap));
		EXPECT_EQ(6, order(e.found_upper, swap));
		EXPECT_EQ(77, order(e.port.ref, swap));
		EXPECT_EQ(0x01001001, order(e.port.node, swap));
		EXPECT_EQ(0, memcmp(&e.s, &s, sizeof(s)));
		tipc_subscr_timeout(&req, &e);
		EXPECT_EQ(TIPC_SUBSCR_TIMEOUT, order(e.event, swap));
		EXPECT_EQ(1, e.found_lower);
		EXPECT_EQ(100, e.found_upper);
		EXPECT_EQ(0, e.port.ref);
		EXPECT_EQ(0, memcmp(&e.s, &s, sizeof(s)));
	}
}

TEST(the_end_of_one_is_the_same_but_for_a_bit)
{
	struct tipc_subscr_req a, b;
	struct tipc_subscr s;
	int swap;

	for (swap = 0; swap < 2; swap++) {
		s = make(18888, 1, 100, 5000, TIPC_SUB_PORTS, swap);
		ASSERT_EQ(0, tipc_subscr_read(&s, sizeof(s), &a));
		s.filter |= order(TIPC_SUB_CANCEL, swap);
		ASSERT_EQ(0, tipc_subscr_read(&s, sizeof(s), &b));
		EXPECT_TRUE(b.cancel);
		EXPECT_TRUE(tipc_subscr_same(&a, &b));
		s.usr_handle[0]++;
		ASSERT_EQ(0, tipc_subscr_read(&s, sizeof(s), &b));
		EXPECT_FALSE(tipc_subscr_same(&a, &b));
	}
}

TEST(what_is_none)
{
	struct tipc_subscr_req req;
	struct tipc_subscr s = make(1, 5, 4, 0, TIPC_SUB_PORTS, true);

	EXPECT_EQ(-EINVAL, tipc_subscr_read(&s, sizeof(s), &req));
	EXPECT_EQ(-EINVAL, tipc_subscr_read(&s, sizeof(s) - 1, &req));
	s = make(1, 4, 5, 0, TIPC_SUB_PORTS | TIPC_SUB_SERVICE, false);
	EXPECT_EQ(-EINVAL, tipc_subscr_read(&s, sizeof(s), &req));
	s = make(1, 4, 5, 0, 0, false);
	EXPECT_EQ(0, tipc_subscr_read(&s, sizeof(s), &req));
	EXPECT_TRUE(req.swap);
}

TEST_HARNESS_MAIN
