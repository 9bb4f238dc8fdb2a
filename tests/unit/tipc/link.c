// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two ends of a link and a bad wire between them, in simulated time: every
 * message arrives, in order, once, whatever is lost, doubled, late or damaged;
 * and what ends and begins anew does so without mixing the two.
 */
#include <kselftest_harness.h>

#include "../unit.h"
#include "tipc/link.h"

#define MTU	1500
#define NODES	2

/* ---- the wire -------------------------------------------------------------- */

struct flying {
	struct flying *next;
	struct sk_buff *skb;
	u64 at;
	int to;
};

struct wire {
	unsigned int loss, dup, reorder, damage;	/* per 1,000 */
	u64 delay;
	bool cut;
	struct flying *first;
	unsigned int sent, kinds[16];
};

static struct tipc_link ends[NODES];
static struct wire wire;
static u64 now = 1000000;
static u64 tick_at[NODES];
static unsigned int ups[NODES], downs[NODES];
static struct sk_buff_head got[NODES];

static void fly(struct sk_buff *skb, int to, u64 at)
{
	struct flying *f = malloc(sizeof(*f)), **p = &wire.first;

	*f = (struct flying) { NULL, skb, at, to };
	while (*p && (*p)->at <= at)
		p = &(*p)->next;
	f->next = *p;
	*p = f;
}

static void put(struct sk_buff_head *xmitq, int from)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(xmitq))) {
		u64 at = now + wire.delay;

		wire.sent++;
		wire.kinds[tipc_msg_user(tipc_pkt_msg(skb))]++;
		if (wire.cut || random_below(1000) < wire.loss) {
			kfree_skb(skb);
			continue;
		}
		if (random_below(1000) < wire.reorder)
			at += random_below(4 * wire.delay + 1000);
		if (random_below(1000) < wire.dup)
			fly(tipc_pkt_copy(skb), !from, at + random_below(5000));
		if (random_below(1000) < wire.damage)
			skb->data[random_below(skb->len)] ^=
				1 << random_below(8);
		fly(skb, !from, at);
	}
}

static void happened(int i, unsigned int ev)
{
	downs[i] += !!(ev & TIPC_LINK_EV_DOWN);
	ups[i] += !!(ev & TIPC_LINK_EV_UP);
}

/* What node.c does with a packet. */
static void arrive(int i, struct sk_buff *skb)
{
	struct sk_buff_head xmitq;
	int size;

	__skb_queue_head_init(&xmitq);
	size = tipc_msg_check(skb->data, skb->len, skb->len);
	if (size < 0) {
		kfree_skb(skb);
		return;
	}
	skb->len = size;
	happened(i, tipc_link_receive(&ends[i], skb, now, &xmitq, &got[i]));
	put(&xmitq, i);
	tick_at[i] = min(tick_at[i], now + tipc_link_next_tick_us(&ends[i]));
}

/* Time goes on until the next thing happens. */
static void step(void)
{
	struct flying *f = wire.first;
	struct sk_buff_head xmitq;
	int i = tick_at[1] < tick_at[0];

	__skb_queue_head_init(&xmitq);
	if (f && f->at <= tick_at[i]) {
		now = max(now, f->at);
		wire.first = f->next;
		arrive(f->to, f->skb);
		free(f);
		return;
	}
	now = max(now, tick_at[i]);
	happened(i, tipc_link_tick(&ends[i], now, &xmitq));
	put(&xmitq, i);
	tick_at[i] = now + tipc_link_next_tick_us(&ends[i]);
}

static void run_for(u64 us)
{
	u64 end = now + us;

	while (now < end)
		step();
}

static void start(unsigned int tolerance_ms)
{
	int i;

	for (i = 0; i < NODES; i++) {
		tipc_link_init(&ends[i], 0x1001 + i, 0x1002 - i,
			       random_below(65536), i ? "eth1" : "eth0", i,
			       MTU);
		ends[i].tolerance_ms = tolerance_ms;
		__skb_queue_head_init(&got[i]);
		tick_at[i] = now + random_below(1000);
	}
}

static void finish(void)
{
	struct flying *f;
	int i;

	while ((f = wire.first)) {
		wire.first = f->next;
		kfree_skb(f->skb);
		free(f);
	}
	for (i = 0; i < NODES; i++) {
		__skb_queue_purge(&got[i]);
		tipc_link_exit(&ends[i]);
	}
}

/* ---- messages -------------------------------------------------------------- */

static u32 sent_no[NODES], got_no[NODES];

static u8 byte_of(u32 n, unsigned int i)
{
	return n * 7 + i * 13 + (i >> 8);
}

/* Message number @n of a node; what it contains follows from the number. */
static int send_one(int i, unsigned int len)
{
	unsigned int total = TIPC_HSIZE_DIRECT + len, k;
	struct sk_buff *skb = tipc_pkt_alloc(total);
	struct tipc_msg *m = tipc_pkt_msg(skb);
	struct sk_buff_head xmitq;
	int err;

	__skb_queue_head_init(&xmitq);
	memset(skb->data, 0, TIPC_HSIZE_DIRECT);
	tipc_msg_init(m, TIPC_LOW_IMPORTANCE, TIPC_TYPE_DIRECT,
		      TIPC_HSIZE_DIRECT, ends[i].own);
	tipc_msg_set_size(m, total);
	tipc_msg_set_orig_port(m, sent_no[i]);
	for (k = 0; k < len; k++)
		skb->data[TIPC_HSIZE_DIRECT + k] = byte_of(sent_no[i], k);
	err = tipc_link_send(&ends[i], skb, now, &xmitq);
	if (err >= 0)
		sent_no[i]++;
	put(&xmitq, i);
	tick_at[i] = min(tick_at[i], now + tipc_link_next_tick_us(&ends[i]));
	return err;
}

/* Are those that came the next, and whole? */
static bool check(int i)
{
	struct sk_buff *skb;
	bool good = true;
	unsigned int k;

	while ((skb = __skb_dequeue(&got[i]))) {
		struct tipc_msg *m = tipc_pkt_msg(skb);

		good &= tipc_msg_orig_port(m) == got_no[i] &&
			tipc_msg_size(m) == skb->len;
		for (k = TIPC_HSIZE_DIRECT; k < skb->len; k++)
			good &= skb->data[k] ==
				byte_of(got_no[i], k - TIPC_HSIZE_DIRECT);
		got_no[i]++;
		kfree_skb(skb);
	}
	return good;
}

static unsigned int random_len(void)
{
	switch (random_below(8)) {
	case 0:
		return random_below(TIPC_MAX_USER_MSG_SIZE + 1);
	case 1:
		return MTU - TIPC_HSIZE_DIRECT - 1 + random_below(3);
	default:
		return random_below(200);
	}
}

/* Both ends send @n messages as fast as they may. */
static bool traffic(unsigned int n, u64 limit_us)
{
	u64 end = now + limit_us;
	u32 want[NODES] = { sent_no[0] + n, sent_no[1] + n };
	bool good = true;
	int i;

	while (good && now < end &&
	       (got_no[1] != want[0] || got_no[0] != want[1])) {
		for (i = 0; i < NODES; i++)
			while (sent_no[i] != want[i] && !ends[i].congested &&
			       tipc_link_up(&ends[i]))
				if (send_one(i, random_len()) < 0)
					break;
		step();
		good = check(0) && check(1);
	}
	return good && got_no[1] == want[0] && got_no[0] == want[1];
}

TEST(comes_up_quickly_and_stays)
{
	random_start();
	start(1500);
	wire.delay = 100;
	run_for(200000);
	EXPECT_TRUE(tipc_link_up(&ends[0]) && tipc_link_up(&ends[1]));
	run_for(60000000);
	EXPECT_EQ(1, ups[0]);
	EXPECT_EQ(1, ups[1]);
	EXPECT_EQ(0, downs[0] + downs[1]);
	EXPECT_EQ(0, strcmp(ends[0].peer_if_name, "eth1"));
	/* An idle link: two probes and answers a tolerance and end, or so. */
	EXPECT_LT(wire.sent, 2 * 60 * 1000 / 1500 * 12);
	finish();
}

TEST(nothing_is_sent_twice_on_a_clean_wire)
{
	random_start();
	start(1500);
	wire.delay = 100;
	run_for(200000);
	EXPECT_TRUE(traffic(3000, 600000000));
	EXPECT_EQ(0, ends[0].stats.retransmitted + ends[1].stats.retransmitted);
	EXPECT_EQ(0, ends[0].stats.tx_nacks + ends[1].stats.tx_nacks);
	finish();
}

static bool bad_wire(unsigned int loss, unsigned int dup, unsigned int reorder,
		     unsigned int n)
{
	bool good;

	start(1500);
	wire.delay = 200;
	wire.loss = loss;
	wire.dup = dup;
	wire.reorder = reorder;
	while (!tipc_link_up(&ends[0]) || !tipc_link_up(&ends[1]))
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
	wire.delay = 500;
	run_for(500000);
	for (i = 0; i < 200; i++) {
		begun = now;
		wire.loss = 1000;
		send_one(0, 100);
		wire.loss = 0;
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
		wire.delay = 100;
		wire.cut = false;
		run_for(500000);
		ASSERT_TRUE(tipc_link_up(&ends[0]));
		wire.cut = true;
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
	wire.delay = 100;
	for (i = 0; i < 50; i++) {
		wire.cut = false;
		while (!tipc_link_up(&ends[0]) || !tipc_link_up(&ends[1]))
			step();
		ASSERT_TRUE(traffic(20, 10000000));
		/* One that was on its way belongs to the session that ends. */
		wire.cut = true;
		send_one(0, 50000);
		if (i % 2) {
			run_for(50000);
			tipc_link_reset(&ends[i % 4 / 2]);
		} else {
			run_for(400000);
		}
		wire.cut = false;
		run_for(300000);
		ASSERT_TRUE(tipc_link_up(&ends[0]) && tipc_link_up(&ends[1]));
		ASSERT_TRUE(check(0) && check(1));
		got_no[1] = sent_no[0];
		got_no[0] = sent_no[1];
	}
	finish();
}

/* A broadcast of node 0 with a number, as the kernel's own nodes send them. */
static void broadcast(u16 seq, bool lost)
{
	struct sk_buff *skb = tipc_pkt_alloc(TIPC_HSIZE_DIRECT);
	struct tipc_msg *m = tipc_pkt_msg(skb);
	struct sk_buff_head xmitq;

	__skb_queue_head_init(&xmitq);
	memset(skb->data, 0, skb->len);
	tipc_msg_init(m, TIPC_LOW_IMPORTANCE, TIPC_TYPE_DIRECT,
		      TIPC_HSIZE_DIRECT, ends[0].own);
	tipc_msg_set_size(m, skb->len);
	tipc_msg_set_flag(m, TIPC_MSG_F_NON_SEQ, true);
	tipc_msg_set_link_seq(m, seq);
	tipc_msg_set_orig_port(m, seq);
	if (lost)
		kfree_skb(skb);
	else
		tipc_link_receive_bcast(&ends[1], skb, now, &xmitq, &got[1]);
	put(&xmitq, 1);
}

TEST(broadcasts_come_once_and_in_order)
{
	struct sk_buff *skb;
	u32 last = 0, n = 0;
	u16 seq;

	random_start();
	start(1500);
	wire.delay = 100;
	run_for(500000);
	for (seq = 1; seq < 1000; seq++) {
		broadcast(seq, seq % 10 == 0);
		broadcast(seq - random_below(3), seq % 10 == 0);
		while ((skb = __skb_dequeue(&got[1]))) {
			ASSERT_GT(tipc_msg_orig_port(tipc_pkt_msg(skb)), last);
			last = tipc_msg_orig_port(tipc_pkt_msg(skb));
			n++;
			kfree_skb(skb);
		}
	}
	EXPECT_EQ(900, n);
	EXPECT_EQ(99, ends[1].stats.bcast_lost);
	EXPECT_EQ(1000, ends[1].bc_nxt);
	finish();
}

TEST(damage_does_no_harm)
{
	unsigned int i;

	random_start();
	start(300);
	wire.delay = 100;
	wire.damage = 300;
	/* There is no checksum here: only memory and the end count. */
	for (i = 0; i < 20000; i++) {
		if (tipc_link_up(&ends[i & 1]) && !ends[i & 1].congested)
			send_one(i & 1, random_len());
		step();
		__skb_queue_purge(&got[0]);
		__skb_queue_purge(&got[1]);
	}
	wire.damage = 0;
	run_for(3000000);
	EXPECT_TRUE(tipc_link_up(&ends[0]) && tipc_link_up(&ends[1]));
	finish();
}

TEST_HARNESS_MAIN
