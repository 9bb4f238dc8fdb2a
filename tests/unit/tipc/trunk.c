// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two and three links between two nodes, in simulated time: messages of a socket
 * stay in order and arrive once whatever becomes of the links, as long as one of
 * them is up; and what a peer says that it must not say changes nothing.
 */
#include <kselftest_harness.h>

#include "wire.h"

#define TOLERANCE	200

static void all_clean(void)
{
	memset(wires, 0, sizeof(wires));
	wires[0].delay = 100;
	wires[1].delay = 150;
	wires[2].delay = 50;
}

static bool up(unsigned int w)
{
	return tipc_link_up(&ends[0].links[w]) &&
	       tipc_link_up(&ends[1].links[w]);
}

static bool comes_up(unsigned int w)
{
	u64 end = now + 20000000;

	while (!up(w) && now < end)
		step();
	return up(w);
}

static void two_links(unsigned int n)
{
	unsigned int w;

	random_start();
	nwires = n;
	all_clean();
	start(TOLERANCE);
	for (w = 0; w < n; w++)
		if (!comes_up(w))
			abort();
	run_for(100000);
}

static unsigned int data_over(unsigned int w)
{
	return wires[w].kinds[TIPC_LOW_IMPORTANCE] +
	       wires[w].kinds[TIPC_USER_FRAGMENT] +
	       wires[w].kinds[TIPC_USER_BUNDLE];
}

TEST(two_links_share)
{
	two_links(2);
	EXPECT_TRUE(traffic(1000, 60000000));
	EXPECT_GT(data_over(0), 1000);
	EXPECT_GT(data_over(1), 1000);
	EXPECT_EQ(0, downs[0] + downs[1]);
	EXPECT_EQ(1, ups[0]);
	EXPECT_EQ(0, LINK(0)->stats.retransmitted);
	/* The second began by saying after what. */
	EXPECT_EQ(2, wires[0].kinds[TIPC_USER_TUNNEL] +
		     wires[1].kinds[TIPC_USER_TUNNEL]);
	finish();
}

TEST(the_greater_priority_carries)
{
	random_start();
	nwires = 2;
	all_clean();
	start(TOLERANCE);
	ends[0].links[1].priority = 20;
	ASSERT_TRUE(comes_up(0) && comes_up(1));
	run_for(100000);
	EXPECT_EQ(20, ends[1].links[1].priority);
	EXPECT_TRUE(traffic(300, 60000000));
	EXPECT_EQ(0, data_over(0));
	EXPECT_GT(data_over(1), 300);
	/* Changed while in use: told to the peer, and nothing is overtaken. */
	ends[1].links[0].priority = 25;
	tipc_link_tell_state(&ends[1].links[0], true, now, &ends[1].xmitq[0]);
	tipc_trunk_select(&ends[1], now);
	put(1);
	EXPECT_TRUE(traffic(300, 60000000));
	EXPECT_EQ(25, ends[0].links[0].priority);
	EXPECT_GT(data_over(0), 300);
	finish();
}

/* Pulls cables while messages go both ways. @rounds times, one at a time. */
static bool pulled(unsigned int rounds)
{
	unsigned int i, w;
	bool good = true;

	for (i = 0; i < rounds && good; i++) {
		w = i % nwires;
		good = traffic(50 + random_below(100), 60000000);
		/* More than the window, so that much is on its way. */
		send_one(0, 60000);
		send_one(1, 30000);
		send_one(0, 10);
		if (random_below(2))
			run_for(random_below(500));
		wires[w].cut = true;
		good &= traffic(50, 60000000);
		while (up(w))
			step();
		wires[w].cut = false;
		good &= comes_up(w) && traffic(50, 60000000);
		if (!good)
			printf("# round %u, wire %u: %u of %u, %u of %u\n", i,
			       w, got_no[1], sent_no[0], got_no[0],
			       sent_no[1]);
	}
	return good && !downs[0] && !downs[1];
}

TEST(one_takes_over_and_gives_back)
{
	two_links(2);
	EXPECT_TRUE(pulled(20));
	EXPECT_GE(ends[0].failovers, 20);
	finish();
}

TEST(of_three_each_takes_over)
{
	two_links(3);
	EXPECT_TRUE(pulled(30));
	finish();
}

TEST(over_bad_wires)
{
	unsigned int w;

	two_links(3);
	for (w = 0; w < 3; w++) {
		wires[w].loss = 20;
		wires[w].dup = 20;
		wires[w].reorder = 100;
	}
	EXPECT_TRUE(pulled(12));
	finish();
}

TEST(the_second_follows_the_first)
{
	unsigned int i;

	two_links(3);
	for (i = 0; i < 20; i++) {
		send_one(0, 60000);
		send_one(1, 60000);
		wires[i % 3].cut = true;
		run_for(random_below(2 * TOLERANCE * 1000));
		send_one(0, 5000);
		wires[(i + 1) % 3].cut = true;
		ASSERT_TRUE(traffic(20, 60000000));
		wires[0].cut = wires[1].cut = wires[2].cut = false;
		ASSERT_TRUE(comes_up(0) && comes_up(1) && comes_up(2));
		ASSERT_TRUE(traffic(20, 60000000));
	}
	EXPECT_EQ(0, downs[0] + downs[1]);
	finish();
}

TEST(one_reset_by_an_end)
{
	unsigned int i;

	two_links(2);
	for (i = 0; i < 20; i++) {
		send_one(i & 1, 60000);
		send_one(!(i & 1), 60000);
		if (i % 3)
			run_for(random_below(300));
		happened(i & 1, tipc_trunk_restart(&ends[i & 1], i / 2 % 2,
						   MTU, now, &got[i & 1]));
		put(i & 1);
		ASSERT_TRUE(traffic(20, 60000000));
		ASSERT_TRUE(comes_up(0) && comes_up(1));
		ASSERT_TRUE(traffic(20, 60000000));
	}
	EXPECT_EQ(0, downs[0] + downs[1]);
	finish();
}

TEST(a_farewell_is_not_waited_for)
{
	u64 begun;

	two_links(2);
	begun = now;
	happened(0, tipc_trunk_detach(&ends[0], 0, now, &got[0]));
	put(0);
	while (tipc_link_up(&ends[1].links[0]))
		step();
	EXPECT_LT(now - begun, 1000);
	EXPECT_TRUE(traffic(100, 60000000));
	EXPECT_EQ(0, downs[0] + downs[1]);
	finish();
}

TEST(the_gap_is_the_tolerance)
{
	unsigned int tolerance, i;
	u64 cut, worst;

	random_start();
	nwires = 2;
	for (tolerance = 10; tolerance <= 1500; tolerance *= 5) {
		for (worst = 0, i = 0; i < 10; i++) {
			all_clean();
			start(tolerance);
			ASSERT_TRUE(comes_up(0) && comes_up(1));
			ASSERT_TRUE(traffic(20, 10000000));
			run_for(random_below(tolerance * 1000));
			wires[i % 2].cut = true;
			cut = now;
			ASSERT_TRUE(traffic(20, 10000000));
			worst = max(worst, now - cut);
			finish();
		}
		EXPECT_LE(worst, tolerance * 1100 + 3000);
	}
	EXPECT_EQ(0, downs[0] + downs[1]);
}

TEST(to_a_smaller_packet)
{
	unsigned int i;

	random_start();
	nwires = 2;
	mtus[0] = 9000;
	all_clean();
	start(TOLERANCE);
	ASSERT_TRUE(comes_up(0) && comes_up(1));
	for (i = 0; i < 10; i++) {
		send_one(0, 66000);
		send_one(0, 8000);
		send_one(1, 66000);
		send_one(1, 2960);
		run_for(random_below(200));
		wires[0].cut = true;
		ASSERT_TRUE(traffic(20, 60000000));
		wires[0].cut = false;
		ASSERT_TRUE(comes_up(0));
	}
	EXPECT_EQ(0, downs[0] + downs[1]);
	finish();
}

TEST(names_come_before_what_mentions_them)
{
	unsigned int i, names = 0, last = 0;
	struct sk_buff *skb;

	two_links(2);
	wires[0].delay = 2000;
	for (i = 0; i < 200; i++) {
		send_user(0, TIPC_USER_NAME_DISTRIBUTOR, 0, 100);
		send_user(0, TIPC_LOW_IMPORTANCE, 1, 100);
		if (random_below(2))
			step();
		run_for(random_below(2000));
	}
	run_for(1000000);
	while ((skb = __skb_dequeue(&got[1]))) {
		if (tipc_msg_user(tipc_pkt_msg(skb)) ==
		    TIPC_USER_NAME_DISTRIBUTOR)
			names++;
		else
			ASSERT_GT(names, last++);
		kfree_skb(skb);
	}
	EXPECT_EQ(200, names);
	EXPECT_EQ(200, last);
	EXPECT_GT(data_over(1), 0);
	finish();
}

TEST(contact_ends_with_the_last_link_on_both_sides)
{
	unsigned int i;

	two_links(2);
	for (i = 1; i <= 10; i++) {
		wires[0].cut = wires[1].cut = true;
		run_for(TOLERANCE * 1000 * 3);
		EXPECT_EQ(i, downs[0]);
		EXPECT_EQ(i, downs[1]);
		forget_messages();
		wires[random_below(2)].cut = false;
		run_for(3000000);
		wires[0].cut = wires[1].cut = false;
		ASSERT_TRUE(comes_up(0) && comes_up(1));
		EXPECT_EQ(i + 1, ups[0]);
		EXPECT_EQ(i + 1, ups[1]);
		ASSERT_TRUE(traffic(50, 10000000));
	}
	finish();
}

TEST(who_lost_contact_alone_waits_for_the_other)
{
	two_links(2);
	/* One end sees both links go, the other none. */
	happened(0, tipc_trunk_restart(&ends[0], 0, MTU, now, &got[0]));
	happened(0, tipc_trunk_restart(&ends[0], 1, MTU, now, &got[0]));
	EXPECT_EQ(1, downs[0]);
	put(0);
	ASSERT_TRUE(comes_up(0) && comes_up(1));
	EXPECT_EQ(1, downs[1]);
	EXPECT_EQ(2, ups[0]);
	EXPECT_EQ(2, ups[1]);
	finish();
}

TEST(paused_and_resumed)
{
	struct flying *f;
	u64 until;

	two_links(2);
	send_one(0, 60000);
	/* One end sleeps: what comes for it lies there, its time stands still. */
	until = now + 5 * TOLERANCE * 1000;
	tick_at[1] = until;
	for (f = flying; f; f = f->next)
		if (f->to == 1)
			f->at = until;
	wires[0].cut = wires[1].cut = true;
	while (now < until)
		step();
	wires[0].cut = wires[1].cut = false;
	ASSERT_TRUE(comes_up(0) && comes_up(1));
	EXPECT_EQ(downs[0], downs[1]);
	__skb_queue_purge(&got[0]);
	__skb_queue_purge(&got[1]);
	forget_messages();
	EXPECT_TRUE(traffic(50, 10000000));
	finish();
}

/* ---- what nobody may say ----------------------------------------------------- */

static struct sk_buff *tunnel_of(unsigned int type, unsigned int about,
				 unsigned int len, u16 seq)
{
	struct sk_buff *skb = tipc_pkt_alloc(TIPC_HSIZE_INTERNAL + len);
	struct tipc_msg *m = tipc_pkt_msg(skb);

	memset(skb->data, 0, skb->len);
	tipc_msg_init(m, TIPC_USER_TUNNEL, type, TIPC_HSIZE_INTERNAL, 0x1001);
	tipc_msg_set_size(m, skb->len);
	tipc_msg_set_word(m, 5, about << 9);
	tipc_msg_set_link_seq(m, seq);
	tipc_msg_set_link_ack(m, ends[1].links[0].snd_nxt - 1);
	return skb;
}

TEST(forged_tunnels_do_no_harm)
{
	unsigned int i, about, type;
	struct sk_buff *skb;
	u32 bad;

	two_links(2);
	bad = ends[1].links[0].stats.bad;
	for (i = 0; i < 2000; i++) {
		about = random_below(8);
		type = random_below(3);
		skb = tunnel_of(type, about, random_below(200),
				ends[1].links[0].rcv_nxt);
		random_fill(skb->data + TIPC_HSIZE_INTERNAL,
			    skb->len - TIPC_HSIZE_INTERNAL);
		tipc_msg_set_word(tipc_pkt_msg(skb), 4,
				  random_below(2) ? 0 : random_next());
		tipc_msg_set_word(tipc_pkt_msg(skb), 9, random_next());
		happened(1, tipc_trunk_receive(&ends[1], 0, skb, now,
					       &got[1]));
		__skb_queue_purge(&got[1]);
		__skb_queue_purge(&ends[1].xmitq[0]);
		__skb_queue_purge(&ends[1].xmitq[1]);
	}
	EXPECT_GT(ends[1].links[0].stats.bad, bad + 100);
	/* Whatever it has led to, it ends, and all is well again. */
	run_for(5000000);
	ASSERT_TRUE(comes_up(0) && comes_up(1));
	finish();
}

TEST(tunnels_in_tunnels_have_an_end)
{
	unsigned int depth = 1000, i;
	struct sk_buff *skb;
	struct tipc_msg *m;

	two_links(3);
	skb = tunnel_of(1, 1, depth * TIPC_HSIZE_INTERNAL,
			ends[1].links[0].rcv_nxt);
	for (i = 0; i <= depth; i++) {
		m = (struct tipc_msg *)(skb->data + i * TIPC_HSIZE_INTERNAL);
		memcpy(m, skb->data, TIPC_HSIZE_INTERNAL);
		tipc_msg_set_size(m, skb->len - i * TIPC_HSIZE_INTERNAL);
		tipc_msg_set_word(m, 5, (1 + i % 2) << 9);
		tipc_msg_set_word(m, 9, 1000u << 16);
		if (i)
			tipc_msg_set_link_seq(m, ends[1].links[1 + (i - 1) % 2]
						 .rcv_nxt);
	}
	happened(1, tipc_trunk_receive(&ends[1], 0, skb, now, &got[1]));
	EXPECT_GT(ends[1].links[0].stats.bad, 0);
	EXPECT_EQ(0, ends[1].nesting);
	run_for(5000000);
	ASSERT_TRUE(comes_up(0) && comes_up(1) && comes_up(2));
	finish();
}

TEST(replayed_messages_change_nothing)
{
	struct sk_buff_head record;
	struct sk_buff *skb;
	u32 stale, dups;

	two_links(2);
	__skb_queue_head_init(&record);
	/* All that comes over a link for a while, once more. */
	tipc_trunk_send(&ends[0], tunnel_of(0, 1, 0, 0), now);
	send_one(0, 5000);
	tipc_link_tell_state(&ends[0].links[0], true, now,
			     &ends[0].xmitq[0]);
	put(0);
	for (struct flying *f = flying; f; f = f->next)
		if (f->to == 1 && !f->wire)
			__skb_queue_tail(&record, tipc_pkt_copy(f->skb));
	ASSERT_TRUE(traffic(50, 10000000));
	stale = ends[1].links[0].stats.stale;
	dups = ends[1].links[0].stats.rx_duplicates;
	ASSERT_GT(skb_queue_len(&record), 1);
	while ((skb = __skb_dequeue(&record)))
		arrive(1, 0, skb);
	EXPECT_TRUE(skb_queue_empty(&got[1]));
	EXPECT_GT(ends[1].links[0].stats.stale, stale);
	EXPECT_GT(ends[1].links[0].stats.rx_duplicates, dups);
	EXPECT_TRUE(traffic(50, 10000000));
	EXPECT_EQ(0, downs[0] + downs[1]);
	finish();
}

TEST_HARNESS_MAIN
