// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slices: whatever order they come in, doubled, lost and sent again, the packet
 * is the one that was cut; and what does not belong together is not joined.
 */
#include <kselftest_harness.h>

#include "../unit.h"
#include "tipc/slice.h"

static struct tipc_slices *slices;

/* A message on a connection, of @len bytes with its header. */
static struct sk_buff *message(u16 seq, unsigned int len)
{
	struct sk_buff *skb = tipc_pkt_alloc(len);
	struct tipc_msg *m = tipc_pkt_msg(skb);

	random_fill(skb->data, len);
	memset(m, 0, TIPC_HSIZE_CONN);
	tipc_msg_init(m, TIPC_LOW_IMPORTANCE, TIPC_TYPE_CONN, TIPC_HSIZE_CONN,
		      77);
	tipc_msg_set_size(m, len);
	tipc_msg_set_link_seq(m, seq);
	return skb;
}

/* The slices of @skb in an array. */
static unsigned int cut(struct sk_buff *skb, unsigned int mtu,
			struct sk_buff **to)
{
	struct sk_buff_head q;
	unsigned int n = 0;

	__skb_queue_head_init(&q);
	if (tipc_slice(skb, mtu, &q))
		return 0;
	while ((to[n] = __skb_dequeue(&q)))
		n++;
	return n;
}

static void shuffle(struct sk_buff **v, unsigned int n)
{
	unsigned int i, j;
	struct sk_buff *t;

	for (i = 0; i < n; i++) {
		j = random_below(n);
		t = v[i];
		v[i] = v[j];
		v[j] = t;
	}
}

static bool same(const struct sk_buff *a, const struct sk_buff *b)
{
	return a && a->len == b->len && !memcmp(a->data, b->data, a->len);
}

static void end(void)
{
	tipc_slices_purge(slices);
	slices = NULL;
}

TEST(in_any_order_the_packet_is_the_one_that_was_cut)
{
	struct sk_buff *v[100], *skb, *got = NULL;
	unsigned int i, j, n, len, mtu;

	random_start();
	for (i = 0; i < 300; i++) {
		len = 2000 + random_below(TIPC_SLICED_MAX - 2000);
		mtu = 1000 + random_below(900);
		skb = message(i, len);
		n = cut(skb, mtu, v);
		ASSERT_EQ((len + mtu - 41) / (mtu - 40), n);
		shuffle(v, n);
		for (j = 0; j < n; j++) {
			ASSERT_LE(v[j]->len, mtu);
			ASSERT_EQ((int)v[j]->len,
				  tipc_msg_check(v[j]->data, v[j]->len,
						 v[j]->len));
			ASSERT_TRUE(tipc_is_slice(tipc_pkt_msg(v[j])));
			got = tipc_slices_add(&slices, v[j]);
			ASSERT_EQ(j + 1 == n, !!got);
		}
		ASSERT_TRUE(same(got, skb));
		kfree_skb(got);
		kfree_skb(skb);
	}
	end();
}

TEST(what_was_lost_is_all_that_has_to_come_again)
{
	struct sk_buff *v[100], *w[100], *skb, *got = NULL;
	unsigned int i, n;

	random_start();
	skb = message(5, 40000);
	n = cut(skb, 1500, v);
	ASSERT_EQ(n, cut(skb, 1500, w));
	for (i = 0; i < n; i++) {
		if (i % 7 == 3)
			kfree_skb(v[i]);
		else
			ASSERT_EQ(NULL, tipc_slices_add(&slices, v[i]));
	}
	for (i = 0; i < n && !got; i++)
		got = tipc_slices_add(&slices, w[i]);
	/* The last that was lost is enough, what follows is late. */
	EXPECT_EQ(3, (i - 1) % 7);
	ASSERT_TRUE(same(got, skb));
	for (; i < n; i++)
		EXPECT_EQ(NULL, tipc_slices_add(&slices, w[i]));
	kfree_skb(got);
	kfree_skb(skb);
	end();
}

TEST(many_packets_at_a_time)
{
	struct sk_buff *v[TIPC_SLICE_SLOTS * 8], *skb[TIPC_SLICE_SLOTS], *got;
	unsigned int i, n = 0, whole = 0;
	u16 seq;

	random_start();
	for (i = 0; i < TIPC_SLICE_SLOTS; i++) {
		skb[i] = message(i, 5000 + i);
		n += cut(skb[i], 1000, v + n);
	}
	shuffle(v, n);
	for (i = 0; i < n; i++) {
		got = tipc_slices_add(&slices, v[i]);
		if (!got)
			continue;
		seq = tipc_msg_link_seq(tipc_pkt_msg(got));
		ASSERT_TRUE(same(got, skb[seq]));
		whole++;
		kfree_skb(got);
	}
	EXPECT_EQ(TIPC_SLICE_SLOTS, whole);
	for (i = 0; i < TIPC_SLICE_SLOTS; i++)
		kfree_skb(skb[i]);
	end();
}

TEST(the_oldest_makes_room)
{
	struct sk_buff *v[8], *old[8], *skb = message(1000, 1500), *got;
	unsigned int i;

	ASSERT_EQ(2, cut(skb, 1000, old));
	EXPECT_EQ(NULL, tipc_slices_add(&slices, old[0]));
	for (i = 0; i < TIPC_SLICE_SLOTS; i++) {
		struct sk_buff *other = message(i, 1500);

		ASSERT_EQ(2, cut(other, 1000, v));
		EXPECT_EQ(NULL, tipc_slices_add(&slices, v[0]));
		kfree_skb(v[1]);
		kfree_skb(other);
	}
	/* Its first half is gone: only both make it whole. */
	EXPECT_EQ(NULL, tipc_slices_add(&slices, old[1]));
	ASSERT_EQ(2, cut(skb, 1000, old));
	got = tipc_slices_add(&slices, old[0]);
	EXPECT_TRUE(same(got, skb));
	kfree_skb(got);
	kfree_skb(old[1]);
	kfree_skb(skb);
	end();
}

TEST(what_does_not_belong_together_is_not_joined)
{
	struct sk_buff *a[8], *b[8], *x = message(3, 2500), *y = message(3, 2500);
	struct sk_buff *got;

	random_start();
	/* Another size of slices, the same number: the first are forgotten. */
	ASSERT_EQ(3, cut(x, 1000, a));
	ASSERT_EQ(2, cut(y, 1500, b));
	EXPECT_EQ(NULL, tipc_slices_add(&slices, a[0]));
	EXPECT_EQ(NULL, tipc_slices_add(&slices, b[0]));
	got = tipc_slices_add(&slices, b[1]);
	EXPECT_TRUE(same(got, y));
	kfree_skb(got);
	EXPECT_EQ(NULL, tipc_slices_add(&slices, a[1]));
	EXPECT_EQ(NULL, tipc_slices_add(&slices, a[2]));
	/* Of another node, by what is inside. */
	end();
	ASSERT_EQ(2, cut(x, 1500, a));
	tipc_msg_set_word(tipc_pkt_msg(a[0]), 3, 78);
	tipc_msg_set_word(tipc_pkt_msg(a[1]), 3, 78);
	EXPECT_EQ(NULL, tipc_slices_add(&slices, a[0]));
	EXPECT_EQ(NULL, tipc_slices_add(&slices, a[1]));
	kfree_skb(x);
	kfree_skb(y);
	end();
}

TEST(numbers_that_nobody_sends_are_refused)
{
	static const struct {
		u32 number, total;
	} tries[] = { { 0, 2 }, { 3, 2 }, { 1, 1 }, { 1, 0 }, { 1, 0xffff },
		      { 1, TIPC_SLICES_MAX + 1 }, { 0xffff, 2 } };
	struct sk_buff *v[8], *skb = message(3, 1500), *none[1];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tries); i++) {
		ASSERT_EQ(2, cut(skb, 1000, v));
		tipc_msg_set_word(tipc_pkt_msg(v[0]), 4,
				  tries[i].number << 16);
		tipc_msg_set_word(tipc_pkt_msg(v[0]), 5,
				  TIPC_SLICE_MARK | tries[i].total);
		EXPECT_EQ(NULL, tipc_slices_add(&slices, v[0]));
		EXPECT_EQ(NULL, slices);
		kfree_skb(v[1]);
	}
	/* Too many, or no room for any. */
	EXPECT_EQ(0, cut(skb, 41, none));
	EXPECT_EQ(0, cut(skb, 40, none));
	kfree_skb(skb);
}

TEST_HARNESS_MAIN
