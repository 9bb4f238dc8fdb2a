// SPDX-License-Identifier: GPL-2.0-only
/*
 * One node that broadcasts and three that listen, over wires that lose, double
 * and delay each packet on its own, in simulated time: every message arrives at
 * every node that took part when it was sent, in order, once.
 */
#include <kselftest_harness.h>

#include "../unit.h"
#include "tipc/bcast.h"
#include "tipc/link.h"

#define PEERS	3
#define MTU	1500
#define NET_ID	4711

struct flying {
	struct flying *next;
	struct sk_buff *skb;
	u64 at;
	int peer;
	bool back;
};

/* One way from node 0 to a peer and back. */
static struct side {
	struct tipc_link link;
	struct tipc_bcast out;
	struct tipc_bcast_peer bc;
	u64 tick;
} here[PEERS], there[PEERS];

static struct tipc_bcast ours;
static struct flying *first;
static unsigned int loss, twice, late, cut;
static u64 now = 1000000;
static u32 sent, got[PEERS], joined[PEERS];
static bool good = true;

static void fly(struct sk_buff *skb, int peer, bool back)
{
	struct flying *f = malloc(sizeof(*f)), **at = &first;

	*f = (struct flying) { NULL, skb, now + 100, peer, back };
	if (late && random_below(1000) < late)
		f->at += random_below(2000);
	while (*at && (*at)->at <= f->at)
		at = &(*at)->next;
	f->next = *at;
	*at = f;
}

static void put(struct sk_buff *skb, int peer, bool back)
{
	if (cut & 1u << peer || random_below(1000) < loss) {
		kfree_skb(skb);
		return;
	}
	if (random_below(1000) < twice)
		fly(tipc_pkt_copy(skb), peer, back);
	fly(skb, peer, back);
}

/* What was broadcast goes to each peer. */
static void flush(void)
{
	struct sk_buff *skb;
	int i;

	while ((skb = __skb_dequeue(&ours.xmitq))) {
		for (i = 0; i < PEERS; i++)
			put(tipc_pkt_copy(skb), i, false);
		kfree_skb(skb);
	}
}

static void put_all(struct sk_buff_head *q, int peer, bool back)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(q)))
		put(skb, peer, back);
	flush();
}

/* What node_news.c does when a link comes up. */
static void up(struct side *s, int peer, bool back)
{
	struct sk_buff *skb = tipc_bcast_join(&s->bc, s->link.peer);
	struct sk_buff_head q;

	__skb_queue_head_init(&q);
	tipc_link_send(&s->link, skb, now, &q);
	put_all(&q, peer, back);
	if (!back)
		joined[peer] = sent;
}

static void happened(struct side *s, int peer, bool back, unsigned int ev)
{
	if (ev & TIPC_LINK_EV_DOWN) {
		tipc_bcast_peer_reset(&s->bc);
		tipc_bcast_leave(&s->bc);
	}
	if (ev & TIPC_LINK_EV_UP)
		up(s, peer, back);
}

static u8 byte_of(u32 n, unsigned int i)
{
	return n * 7 + i * 13 + (i >> 8);
}

/* Is it the next one, and whole? The first may be any after it joined. */
static void check(struct sk_buff *skb, int peer)
{
	u32 n = tipc_msg_orig_port(tipc_pkt_msg(skb));
	unsigned int i;

	good &= n == got[peer] || (got[peer] < joined[peer] &&
				   n >= joined[peer]);
	got[peer] = n + 1;
	for (i = TIPC_HSIZE_MCAST; i < skb->len; i++)
		good &= skb->data[i] == byte_of(n, i);
}

/* The peer began anew. */
static void end(struct side *s, struct flying *f, struct sk_buff_head *xmitq,
		struct sk_buff_head *inq)
{
	tipc_link_reset(&s->link);
	happened(s, f->peer, !f->back, TIPC_LINK_EV_DOWN);
	tipc_link_receive(&s->link, f->skb, now, xmitq, inq);
}

static void arrive(struct flying *f)
{
	struct side *s = f->back ? &here[f->peer] : &there[f->peer];
	struct sk_buff_head xmitq, inq;
	struct sk_buff *skb = f->skb;

	__skb_queue_head_init(&xmitq);
	__skb_queue_head_init(&inq);
	if (tipc_msg_flag(tipc_pkt_msg(skb), TIPC_MSG_F_NON_SEQ))
		tipc_bcast_receive(&s->link, skb, now, &xmitq, &inq);
	else if (tipc_link_ends(&s->link, tipc_pkt_msg(skb)))
		end(s, f, &xmitq, &inq);
	else
		happened(s, f->peer, !f->back,
			 tipc_link_receive(&s->link, skb, now, &xmitq, &inq));
	while ((skb = __skb_dequeue(&inq))) {
		if (!f->back)
			check(skb, f->peer);
		kfree_skb(skb);
	}
	put_all(&xmitq, f->peer, !f->back);
	s->tick = min(s->tick, now + tipc_link_next_tick_us(&s->link, now));
}

static void tick(struct side *s, int peer, bool back)
{
	struct sk_buff_head q;
	unsigned int ev;

	if (s->tick > now)
		return;
	__skb_queue_head_init(&q);
	ev = tipc_link_tick(&s->link, now, &q);
	if (ev & TIPC_LINK_EV_DOWN)
		tipc_link_reset(&s->link);
	happened(s, peer, back, ev);
	put_all(&q, peer, back);
	s->tick = now + tipc_link_next_tick_us(&s->link, now);
}

static void run_for(u64 us)
{
	struct flying *f;
	u64 end = now + us;
	int i;

	for (; now < end; now += 50) {
		while ((f = first) && f->at <= now) {
			first = f->next;
			arrive(f);
			free(f);
		}
		for (i = 0; i < PEERS; i++) {
			tick(&here[i], i, false);
			tick(&there[i], i, true);
		}
	}
}

static int say(unsigned int len)
{
	struct sk_buff *skb = tipc_pkt_alloc(TIPC_HSIZE_MCAST + len);
	struct tipc_msg *m = tipc_pkt_msg(skb);
	unsigned int i;
	int err;

	memset(skb->data, 0, TIPC_HSIZE_MCAST);
	tipc_msg_init(m, TIPC_LOW_IMPORTANCE, TIPC_TYPE_MCAST,
		      TIPC_HSIZE_MCAST, ours.own);
	tipc_msg_set_size(m, skb->len);
	tipc_msg_set_orig_port(m, sent);
	for (i = TIPC_HSIZE_MCAST; i < skb->len; i++)
		skb->data[i] = byte_of(sent, i);
	sent++;
	err = tipc_bcast_send(&ours, skb, MTU);
	flush();
	for (i = 0; i < PEERS; i++)
		here[i].tick = min(here[i].tick, now + 25000);
	return err;
}

static void side_init(struct side *s, u32 own, u32 peer,
		      struct tipc_bcast *out)
{
	tipc_link_init(&s->link, own, peer, random_below(65536), "eth0", 0,
		       MTU);
	tipc_bcast_peer_init(&s->bc, out);
	s->link.bc = &s->bc;
	s->tick = now;
}

static void start(void)
{
	int i;

	random_start();
	tipc_bcast_init(&ours);
	ours.own = 0x1000;
	ours.net_id = NET_ID;
	ours.snd_nxt = 0xfff0;
	for (i = 0; i < PEERS; i++) {
		side_init(&here[i], 0x1000, 0x1001 + i, &ours);
		tipc_bcast_init(&there[i].out);
		there[i].out.own = 0x1001 + i;
		there[i].out.net_id = NET_ID;
		side_init(&there[i], 0x1001 + i, 0x1000, &there[i].out);
	}
	run_for(500000);
}

static bool all_linked(void)
{
	int i;

	for (i = 0; i < PEERS; i++)
		if (!tipc_link_up(&here[i].link) || !there[i].bc.synced)
			return false;
	return true;
}

static bool all_got(void)
{
	int i;

	for (i = 0; i < PEERS; i++)
		if (got[i] != sent)
			return false;
	return true;
}

static void finish(void)
{
	struct flying *f;
	int i;

	while ((f = first)) {
		first = f->next;
		kfree_skb(f->skb);
		free(f);
	}
	for (i = 0; i < PEERS; i++) {
		tipc_bcast_peer_reset(&here[i].bc);
		tipc_bcast_peer_reset(&there[i].bc);
		tipc_link_exit(&here[i].link);
		tipc_link_exit(&there[i].link);
		tipc_bcast_exit(&there[i].out);
	}
	tipc_bcast_exit(&ours);
}

static unsigned int random_len(void)
{
	return random_below(4) ? random_below(200) :
				 random_below(TIPC_MAX_USER_MSG_SIZE + 1);
}

static void talk(unsigned int n)
{
	while (n) {
		if (!ours.congested) {
			say(random_len());
			n--;
		}
		run_for(50);
	}
}

TEST(a_good_wire_sends_nothing_twice)
{
	start();
	ASSERT_TRUE(all_linked());
	talk(500);
	run_for(1000000);
	EXPECT_TRUE(good);
	EXPECT_TRUE(all_got());
	EXPECT_EQ(0, ours.stats.retransmitted);
	EXPECT_EQ(0, skb_queue_len(&ours.sent));
	finish();
}

TEST(a_bad_wire_loses_and_doubles_nothing)
{
	loss = 50;
	twice = 50;
	late = 100;
	start();
	run_for(2000000);
	ASSERT_TRUE(all_linked());
	talk(500);
	run_for(5000000);
	EXPECT_TRUE(good);
	EXPECT_TRUE(all_got());
	EXPECT_GT(ours.stats.retransmitted, 0);
	EXPECT_EQ(0, skb_queue_len(&ours.sent));
	finish();
}

TEST(a_lost_last_one_comes_soon)
{
	start();
	ASSERT_TRUE(all_linked());
	cut = 2;
	say(10);
	cut = 0;
	run_for(200000);
	EXPECT_TRUE(all_got());
	EXPECT_EQ(1, ours.stats.retransmitted);
	finish();
}

TEST(who_goes_keeps_nobody_waiting)
{
	start();
	ASSERT_TRUE(all_linked());
	cut = 1;
	talk(100);
	run_for(3000000);
	EXPECT_EQ(2, ours.npeers);
	EXPECT_EQ(sent, got[1]);
	EXPECT_EQ(sent, got[2]);
	EXPECT_EQ(0, skb_queue_len(&ours.sent));
	cut = 0;
	run_for(2000000);
	EXPECT_EQ(3, ours.npeers);
	talk(50);
	run_for(1000000);
	EXPECT_TRUE(good);
	EXPECT_TRUE(all_got());
	finish();
}

TEST(nobody_can_have_what_was_not_sent)
{
	static const int wrong[] = { 5, 0, -7 };
	struct tipc_msg m = { };
	int i;

	start();
	ASSERT_TRUE(all_linked());
	cut = 7;
	say(10);
	for (i = 0; i < 3; i++) {
		tipc_msg_set_bcast_ack(&m, ours.snd_nxt + wrong[i]);
		tipc_bcast_acked(&here[0].bc, &m);
	}
	EXPECT_EQ(1, skb_queue_len(&ours.sent));
	cut = 0;
	run_for(1000000);
	EXPECT_TRUE(all_got());
	finish();
}

TEST(with_nobody_there_nothing_is_kept)
{
	tipc_bcast_init(&ours);
	EXPECT_EQ(0, say(70));
	EXPECT_EQ(0, say(5000));
	EXPECT_EQ(0, skb_queue_len(&ours.sent));
	EXPECT_EQ(0, skb_queue_len(&ours.backlog));
	EXPECT_EQ(1, ours.snd_nxt);
}

TEST_HARNESS_MAIN
