// SPDX-License-Identifier: GPL-2.0-only
/*
 * One link and a bad wire, in simulated time: every message arrives, in order,
 * once, whatever is lost, doubled, late or damaged; and what ends and begins
 * anew does so without mixing the two.
 */
#include <kselftest_harness.h>

#include "wire.h"

TEST(comes_up_quickly_and_stays)
{
	random_start();
	start(1500);
	wires[0].delay = 100;
	run_for(200000);
	EXPECT_TRUE(tipc_link_up(LINK(0)) && tipc_link_up(LINK(1)));
	run_for(60000000);
	EXPECT_EQ(1, ups[0]);
	EXPECT_EQ(1, ups[1]);
	EXPECT_EQ(0, downs[0] + downs[1]);
	EXPECT_EQ(0, strcmp(LINK(0)->peer_if_name, "eth1"));
	/* An idle link: two probes and answers a tolerance and end, or so. */
	EXPECT_LT(wires[0].sent, 2 * 60 * 1000 / 1500 * 12);
	finish();
}

TEST(nothing_is_sent_twice_on_a_clean_wire)
{
	random_start();
	start(1500);
	wires[0].delay = 100;
	run_for(200000);
	EXPECT_TRUE(traffic(3000, 600000000));
	EXPECT_EQ(0, LINK(0)->stats.retransmitted + LINK(1)->stats.retransmitted);
	EXPECT_EQ(0, LINK(0)->stats.tx_nacks + LINK(1)->stats.tx_nacks);
	finish();
}

static bool bad_wire(unsigned int loss, unsigned int dup, unsigned int reorder,
		     unsigned int n)
{
	bool good;

	start(1500);
	wires[0].delay = 200;
	wires[0].loss = loss;
	wires[0].dup = dup;
	wires[0].reorder = reorder;
	while (!tipc_link_up(LINK(0)) || !tipc_link_up(LINK(1)))
		step();
	good = traffic(n, 600000000) && !downs[0] && !downs[1];
	if (!good)
		printf("# loss %u dup %u reorder %u: %u of %u, %u of %u\n",
		       loss, dup, reorder, got_no[1], sent_no[0], got_no[0],
		       sent_no[1]);
	finish();
	return good;
}

TEST(loses_nothing_at_1_percent)
{
	random_start();
	EXPECT_TRUE(bad_wire(10, 0, 0, 1000));
}

TEST(loses_nothing_at_20_percent)
{
	random_start();
	EXPECT_TRUE(bad_wire(200, 0, 0, 300));
}

TEST(loses_nothing_with_reordering)
{
	random_start();
	EXPECT_TRUE(bad_wire(0, 0, 250, 1000));
}

TEST(doubles_nothing)
{
	random_start();
	EXPECT_TRUE(bad_wire(0, 300, 0, 1000));
}

TEST(all_at_once)
{
	random_start();
	EXPECT_TRUE(bad_wire(50, 50, 100, 500));
}

TEST(a_lost_tail_costs_little)
{
	u64 begun, worst = 0;
	int i;

	random_start();
	start(1500);
	wires[0].delay = 500;
	run_for(500000);
	for (i = 0; i < 200; i++) {
		begun = now;
		wires[0].loss = 1000;
		send_one(0, 100);
		wires[0].loss = 0;
		while (got_no[1] != sent_no[0]) {
			step();
			ASSERT_TRUE(check(1));
		}
		worst = max(worst, now - begun);
	}
	/* 375 ms where nothing asks before the timer of the link. */
	EXPECT_LT(worst, 40000);
	finish();
}

TEST(silence_ends_a_link_within_the_tolerance)
{
	unsigned int tolerance;
	u64 cut;

	random_start();
	for (tolerance = 10; tolerance <= 1500; tolerance *= 5) {
		memset(downs, 0, sizeof(downs));
		start(tolerance);
		wires[0].delay = 100;
		wires[0].cut = false;
		run_for(500000);
		ASSERT_TRUE(tipc_link_up(LINK(0)));
		wires[0].cut = true;
		cut = now;
		while (!downs[0] || !downs[1])
			step();
		EXPECT_LE(now - cut, tolerance * 1250 + 1000);
		EXPECT_GE(now - cut, tolerance * 700);
		finish();
	}
}

TEST(begins_anew_and_forgets)
{
	int i;

	random_start();
	start(100);
	wires[0].delay = 100;
	for (i = 0; i < 50; i++) {
		wires[0].cut = false;
		while (!tipc_link_up(LINK(0)) || !tipc_link_up(LINK(1)))
			step();
		ASSERT_TRUE(traffic(20, 10000000));
		/* One that was on its way belongs to the session that ends. */
		wires[0].cut = true;
		send_one(0, 50000);
		if (i % 2) {
			run_for(50000);
			tipc_trunk_restart(&ends[i % 4 / 2], 0, MTU, now,
					   &got[i % 4 / 2]);
		} else {
			run_for(400000);
		}
		wires[0].cut = false;
		run_for(300000);
		ASSERT_TRUE(tipc_link_up(LINK(0)) && tipc_link_up(LINK(1)));
		ASSERT_TRUE(check(0) && check(1));
		forget_messages();
	}
	finish();
}

/* Sum of what waits, counted anew. */
static u32 waiting_bytes(const struct tipc_link *l)
{
	struct sk_buff *skb;
	u32 sum = 0;

	skb_queue_walk(&l->backlog, skb)
		sum += skb->len;
	return sum;
}

TEST(senders_wait_for_packets_and_for_bytes)
{
	static const struct {
		unsigned int len, most;
	} runs[] = {
		{ 40000, TIPC_LINK_BACKLOG_BYTES },
		{ 1400, TIPC_LINK_BACKLOG * MTU },
		{ 10, TIPC_LINK_BACKLOG_BYTES },
	};
	unsigned int i, n;

	start(1500);
	run_for(1000000);
	for (i = 0; i < ARRAY_SIZE(runs); i++) {
		/* Nothing is acknowledged meanwhile: time stands still. */
		for (n = 0; !send_one(0, runs[i].len) && n < 100000; n++)
			EXPECT_EQ(waiting_bytes(LINK(0)),
				  LINK(0)->backlog_bytes);
		EXPECT_TRUE(LINK(0)->congested);
		EXPECT_GE(runs[i].most + 66000, LINK(0)->backlog_bytes);
		EXPECT_GE(TIPC_LINK_BACKLOG + 45,
			  skb_queue_len(&LINK(0)->backlog));
		run_for(10000000);
		EXPECT_FALSE(LINK(0)->congested);
		EXPECT_EQ(0, LINK(0)->backlog_bytes);
		EXPECT_TRUE(check(1));
	}
	EXPECT_EQ(sent_no[0], got_no[1]);
	finish();
}

/* Packets of up to 65 KB, as between two of our nodes: 512 were 33 MB. */
TEST(large_packets_wait_up_to_a_megabyte)
{
	unsigned int n;

	mtus[0] = 65500;
	start(1500);
	run_for(1000000);
	for (n = 0; !send_one(0, 65000) && n < 1000; n++)
		;
	EXPECT_TRUE(LINK(0)->congested);
	EXPECT_GE(TIPC_LINK_BACKLOG_BYTES + 65500, LINK(0)->backlog_bytes);
	run_for(10000000);
	EXPECT_FALSE(LINK(0)->congested);
	EXPECT_TRUE(check(1));
	EXPECT_EQ(sent_no[0], got_no[1]);
	finish();
	mtus[0] = MTU;
}

/* Whoever fills the queue leaves room for those that matter more. */
TEST(importance_has_room_behind_a_full_queue)
{
	unsigned int level, n;
	u32 before = 0;

	mtus[0] = 65500;
	start(1500);
	run_for(1000000);
	for (level = TIPC_LOW_IMPORTANCE; level <= TIPC_CRITICAL_IMPORTANCE;
	     level++) {
		for (n = 0; !send_user(0, level, 0, 65000) && n < 1000; n++)
			;
		/* Only the first finds a window to fill before the queue. */
		EXPECT_LE(15, n);
		EXPECT_LT(before, LINK(0)->backlog_bytes);
		EXPECT_LE((level + 1) * TIPC_LINK_BACKLOG_BYTES,
			  LINK(0)->backlog_bytes);
		EXPECT_GE((level + 1) * TIPC_LINK_BACKLOG_BYTES + 65500,
			  LINK(0)->backlog_bytes);
		EXPECT_TRUE(LINK(0)->congested);
		before = LINK(0)->backlog_bytes;
	}
	/* Who matters less waits, each after a message more. */
	EXPECT_EQ(1, send_user(0, TIPC_HIGH_IMPORTANCE, 0, 65000));
	run_for(20000000);
	EXPECT_FALSE(LINK(0)->congested);
	EXPECT_TRUE(check(1));
	EXPECT_EQ(sent_no[0], got_no[1]);
	finish();
	mtus[0] = MTU;
}

TEST(damage_does_no_harm)
{
	unsigned int i;

	random_start();
	start(300);
	wires[0].delay = 100;
	wires[0].damage = 300;
	/* There is no checksum here: only memory and the end count. */
	for (i = 0; i < 20000; i++) {
		if (tipc_link_up(LINK(i & 1)) && !LINK(i & 1)->congested)
			send_one(i & 1, random_len());
		step();
		__skb_queue_purge(&got[0]);
		__skb_queue_purge(&got[1]);
	}
	wires[0].damage = 0;
	run_for(3000000);
	EXPECT_TRUE(tipc_link_up(LINK(0)) && tipc_link_up(LINK(1)));
	finish();
}

TEST_HARNESS_MAIN
