// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rings of 3 to 200 nodes: how many links a node watches, how soon everybody
 * notices who has gone, what a node can do that says what is not true.
 */
#include <kselftest_harness.h>

#include "cluster.h"

/* Who watches notices, and says so; the others ask and wait in turn. */
#define SOON_US	(TOLERANCE_US * 11 / 4)

static int root(int n)
{
	int i = 0;

	while (i * i < n)
		i++;
	return i;
}

/* Members of its own, and the heads behind them. */
static int bound(int n)
{
	return min(n - 1, 2 * root(n));
}

FIXTURE(of)
{
};

FIXTURE_VARIANT(of)
{
	int nodes;
};

FIXTURE_SETUP(of)
{
	start(variant->nodes, 2);
}

FIXTURE_TEARDOWN(of)
{
	finish();
}

FIXTURE_VARIANT_ADD(of, three) { 3 };
FIXTURE_VARIANT_ADD(of, four) { 4 };
FIXTURE_VARIANT_ADD(of, ten) { 10 };
FIXTURE_VARIANT_ADD(of, thirty_three) { 33 };

/* Everybody is linked, and has all records. */
static bool settle(void)
{
	if (until_all_see(10000000) >= 10000000)
		return false;
	run_for(2000000);
	return all_see();
}

TEST_F(of, a_node_watches_few)
{
	u64 before;
	int most;

	ASSERT_TRUE(settle());
	most = most_watched();
	TH_LOG("%d nodes: at most %d links watched, of %d", count, most,
	       count - 1);
	EXPECT_LE(most, bound(count));
	before = probes();
	run_for(15000000);
	EXPECT_TRUE(all_see());
	EXPECT_EQ(most, most_watched());
	/* Four in a tolerance, and one in 16 for those not watched. */
	EXPECT_LE(probes() - before, count * (most * 48 + count));
}

TEST_F(of, all_notice_who_has_gone)
{
	u64 took, most = 0;
	int i;

	ASSERT_TRUE(settle());
	for (i = 0; i < 4 && i < count - 2; i++) {
		nodes[random_below(count)].dead = true;
		took = until_all_see(10 * TOLERANCE_US);
		most = max(most, took);
		run_for(random_below(3000000));
		ASSERT_TRUE(all_see());
	}
	TH_LOG("%d nodes: the last notices after %llu ms", count,
	       (unsigned long long)most / 1000);
	EXPECT_LE(most, SOON_US);
}

TEST_F(of, all_notice_when_a_third_has_gone)
{
	u64 took;
	int i;

	ASSERT_TRUE(settle());
	for (i = 0; i < count / 3; i++)
		nodes[random_below(count)].dead = true;
	took = until_all_see(10 * TOLERANCE_US);
	TH_LOG("%d nodes: the last notices after %llu ms", count,
	       (unsigned long long)took / 1000);
	EXPECT_LE(took, SOON_US);
}

TEST_F(of, who_follows_in_the_ring_goes_together)
{
	int i, at;

	ASSERT_TRUE(settle());
	at = random_below(count);
	for (i = 0; i < root(count); i++)
		nodes[(at + i) % count].dead = true;
	EXPECT_LE(until_all_see(10 * TOLERANCE_US), SOON_US);
}

TEST_F(of, parts_find_each_other_again)
{
	int i;

	ASSERT_TRUE(settle());
	for (i = 0; i < count; i++)
		nodes[i].group = random_below(2);
	EXPECT_LE(until_all_see(10 * TOLERANCE_US), SOON_US);
	run_for(5000000);
	EXPECT_TRUE(all_see());
	for (i = 0; i < count; i++)
		nodes[i].group = 0;
	ASSERT_TRUE(settle());
	EXPECT_LE(most_watched(), bound(count));
}

/* All but one of three are away at first. */
TEST_F(of, the_ring_grows)
{
	int i;

	for (i = 0; i < count; i++)
		nodes[i].group = i % 3 ? i : 0;
	ASSERT_TRUE(settle());
	EXPECT_LE(most_watched(), bound(count));
	for (i = 0; i < count; i++) {
		if (!nodes[i].group)
			continue;
		nodes[i].group = 0;
		if (random_below(count) < 10)
			run_for(200000);
	}
	ASSERT_TRUE(settle());
	EXPECT_LE(most_watched(), bound(count));
}

/* Everybody believes that everybody is there, whatever happens. */
TEST_F(of, liars_do_not_hide_it_for_long)
{
	u64 took;
	int i, k, victim;

	ASSERT_TRUE(settle());
	victim = random_below(count);
	for (i = 0; i < count; i++)
		for (k = 0; k < count; k++)
			nodes[i].peers[k].synced = false;
	nodes[victim].dead = true;
	for (took = 0; !all_see() && took < 20 * TOLERANCE_US;
	     took += STEP_US) {
		step();
		for (i = 0; i < count; i++) {
			nodes[i].ring.domain.up = ~0ull;
			nodes[i].news = false;
			for (k = 0; k < count; k++) {
				nodes[i].peers[k].suspect = false;
				nodes[i].peers[k].acked =
					nodes[i].ring.domain.gen;
			}
		}
	}
	EXPECT_LE(took, 18 * TOLERANCE_US);
}

TEST_F(of, who_takes_no_part_is_watched_by_all)
{
	int i, odd = random_below(count);

	tipc_ring_set_threshold(&nodes[odd].ring, 1000);
	ASSERT_TRUE(settle());
	for (i = 0; i < count; i++) {
		if (i == odd)
			continue;
		/* It answers who relies on it all the same. */
		EXPECT_TRUE(nodes[i].peers[odd].synced);
		EXPECT_TRUE(nodes[odd].peers[i].synced);
	}
	EXPECT_EQ(count - 1, watched(odd));
	nodes[odd].dead = true;
	EXPECT_LE(until_all_see(10 * TOLERANCE_US), SOON_US);
}

TEST_F(of, below_the_threshold_there_is_no_ring)
{
	int i;

	for (i = 0; i < count; i++)
		tipc_ring_set_threshold(&nodes[i].ring, count);
	ASSERT_TRUE(settle());
	EXPECT_FALSE(nodes[0].ring.active);
	EXPECT_EQ(count - 1, most_watched());
	for (i = 0; i < count; i++)
		EXPECT_EQ(0, nodes[0].peers[i].synced);
	for (i = 0; i < count; i++)
		tipc_ring_set_threshold(&nodes[i].ring, count - 1);
	run_for(2000000);
	EXPECT_TRUE(nodes[0].ring.active);
	EXPECT_LE(most_watched(), bound(count));
}

TEST(two_hundred)
{
	u64 before, took;
	int i, most;

	start(200, 32);
	ASSERT_TRUE(settle());
	most = most_watched();
	before = probes();
	run_for(6000000);
	EXPECT_LE(most, bound(count));
	EXPECT_LE(probes() - before, count * (most * 20 + count));
	TH_LOG("%d nodes: at most %d links watched, %llu probes a second and node",
	       count, most,
	       (unsigned long long)(probes() - before) / count / 6);
	for (i = 0; i < 20; i++)
		nodes[random_below(count)].dead = true;
	took = until_all_see(10 * TOLERANCE_US);
	EXPECT_LE(took, SOON_US);
	TH_LOG("the last notices 20 losses after %llu ms",
	       (unsigned long long)took / 1000);
	for (i = 0; i < count; i++)
		nodes[i].group = random_below(2);
	EXPECT_LE(until_all_see(10 * TOLERANCE_US), SOON_US);
	finish();
}

/* ---- one ring, by hand ----------------------------------------------------- */

#define OWN	100
#define PEERS	15

static struct tipc_ring ring;
static struct tipc_ring_peer peers[PEERS];
static unsigned int news;

static void count_news(struct tipc_ring *r)
{
	(void)r;
	news++;
}

/* Own node 100, others 110, 120, ... 250, all up. */
static void by_hand(void)
{
	int i;

	tipc_ring_init(&ring, 2, count_news);
	for (i = 0; i < PEERS; i++) {
		tipc_ring_attach(&ring, OWN, &peers[i], OWN + 10 * (i + 1));
		tipc_ring_up(&peers[i]);
	}
}

static struct tipc_ring_peer *peer(u32 addr)
{
	return &peers[(addr - OWN) / 10 - 1];
}

/* A node says who follows it: @n of them, those in @up are there. */
static bool says(u32 from, u16 gen, unsigned int n, u64 up)
{
	u8 data[TIPC_DOMAIN_SIZE(TIPC_DOMAIN_MAX)];
	struct tipc_domain d = { gen, ring.domain.gen, n, up, { } };
	unsigned int i;

	for (i = 0; i < n; i++)
		d.members[i] = from + 10 * (i + 1) <= 250 ?
			       from + 10 * (i + 1) :
			       from + 10 * (i + 1) - 160;
	return tipc_ring_hear(peer(from), data,
			      tipc_domain_write(&d, n, data));
}

static bool all_say(u16 gen)
{
	bool good = true;
	int i;

	for (i = 0; i < PEERS; i++)
		good &= says(OWN + 10 * (i + 1), gen, 3, 7);
	return good;
}

TEST(roles)
{
	by_hand();
	EXPECT_EQ(3, ring.domain.n);
	EXPECT_EQ(7, ring.domain.up);
	EXPECT_TRUE(all_say(1));
	EXPECT_TRUE(peer(110)->local && peer(120)->local && peer(130)->local);
	EXPECT_TRUE(peer(140)->head && peer(180)->head && peer(220)->head);
	EXPECT_EQ(0, tipc_ring_duty(peer(150)));
	EXPECT_EQ(0, tipc_ring_duty(peer(170)));
	EXPECT_EQ(TIPC_RING_WATCH, tipc_ring_duty(peer(110)));
	EXPECT_EQ(TIPC_RING_WATCH, tipc_ring_duty(peer(180)));
	EXPECT_EQ(3, peer(250)->applied);
}

TEST(a_member_that_is_lost_is_asked)
{
	by_hand();
	all_say(1);
	news = 0;
	EXPECT_TRUE(says(140, 2, 3, 5));
	EXPECT_EQ(1, news);
	/* It is watched from now on, by us, and asked at once. */
	EXPECT_TRUE(tipc_ring_due(peer(160)));
	EXPECT_EQ(TIPC_RING_WATCH | TIPC_RING_ASK, tipc_ring_duty(peer(160)));
	EXPECT_TRUE(says(150, 2, 3, 6) && says(130, 2, 3, 3) &&
		    says(140, 3, 3, 1));
	/* It answers: it is there. */
	EXPECT_TRUE(says(160, 1, 0, 0));
	EXPECT_EQ(TIPC_RING_WATCH, tipc_ring_duty(peer(160)));
	EXPECT_TRUE(says(140, 4, 3, 7));
	EXPECT_EQ(0, tipc_ring_duty(peer(160)));
}

TEST(many_reports_make_haste)
{
	by_hand();
	EXPECT_TRUE(says(130, 1, 5, 31) && says(140, 1, 4, 15) &&
		    says(150, 1, 3, 7) && says(160, 1, 2, 3));
	EXPECT_TRUE(says(130, 2, 5, 31 & ~8) && says(140, 2, 4, 15 & ~4) &&
		    says(150, 2, 3, 7 & ~2));
	EXPECT_FALSE(tipc_ring_duty(peer(170)) & TIPC_RING_HASTE);
	/* One node cannot make them alone. */
	EXPECT_TRUE(says(150, 3, 3, 7) && says(150, 4, 3, 5));
	EXPECT_FALSE(tipc_ring_duty(peer(170)) & TIPC_RING_HASTE);
	EXPECT_TRUE(says(160, 2, 2, 2));
	EXPECT_TRUE(tipc_ring_duty(peer(170)) & TIPC_RING_HASTE);
}

TEST(a_head_that_dies_leaves_members_to_be_asked)
{
	by_hand();
	all_say(1);
	tipc_ring_down(peer(140));
	EXPECT_EQ(0, peer(140)->applied);
	EXPECT_TRUE(peer(150)->head);
	EXPECT_EQ(TIPC_RING_WATCH | TIPC_RING_ASK, tipc_ring_duty(peer(150)));
	EXPECT_EQ(TIPC_RING_ASK, tipc_ring_duty(peer(160)));
	EXPECT_EQ(TIPC_RING_ASK, tipc_ring_duty(peer(170)));
}

TEST(own_members_tell_the_others)
{
	u8 data[TIPC_DOMAIN_SIZE(TIPC_DOMAIN_MAX)];
	struct tipc_domain d;
	u16 gen;

	by_hand();
	all_say(1);
	/* All have it: nothing but who has what. */
	EXPECT_EQ(TIPC_DOMAIN_HEAD, tipc_ring_tell(peer(200), data));
	gen = ring.domain.gen;
	tipc_ring_down(peer(120));
	EXPECT_TRUE(tipc_ring_due(peer(200)));
	EXPECT_EQ(TIPC_DOMAIN_SIZE(3), tipc_ring_tell(peer(200), data));
	EXPECT_FALSE(tipc_ring_due(peer(200)));
	ASSERT_EQ(0, tipc_domain_read(&d, OWN, data, TIPC_DOMAIN_SIZE(3)));
	EXPECT_EQ(gen + 1, d.gen);
	EXPECT_EQ(1, d.ack);
	EXPECT_EQ(5, d.up);
	EXPECT_EQ(120, d.members[1]);
	/* Until it has it, it is asked. */
	EXPECT_EQ(TIPC_RING_ASK, tipc_ring_duty(peer(200)));
	EXPECT_TRUE(says(200, 1, 0, 0));
	EXPECT_EQ(0, tipc_ring_duty(peer(200)));
}

TEST(nobody_speaks_for_nodes_elsewhere)
{
	u8 data[TIPC_DOMAIN_SIZE(TIPC_DOMAIN_MAX)];
	struct tipc_domain d = { 2, 0, 3, 0, { 190, 200, 210 } };

	by_hand();
	all_say(1);
	/* 140 says of 190 to 210, who do not follow it, that they have gone. */
	EXPECT_TRUE(tipc_ring_hear(peer(140), data,
				   tipc_domain_write(&d, 3, data)));
	EXPECT_EQ(0, peer(140)->applied);
	EXPECT_FALSE(peer(190)->suspect || peer(200)->suspect ||
		     peer(210)->suspect);
	/* Its own members have to be asked: nobody watches them. */
	EXPECT_TRUE(peer(150)->suspect);
}

TEST(a_node_that_nobody_knows_ends_what_counts)
{
	static struct tipc_ring_peer odd;

	by_hand();
	all_say(1);
	tipc_ring_attach(&ring, OWN, &odd, 155);
	tipc_ring_up(&odd);
	EXPECT_EQ(1, peer(140)->applied);
	EXPECT_TRUE(odd.head);
	EXPECT_TRUE(tipc_ring_duty(peer(160)) & TIPC_RING_WATCH);
	tipc_ring_down(&odd);
	EXPECT_EQ(1, peer(140)->applied);
	/* Five turns later it is out. */
	EXPECT_TRUE(tipc_ring_age(&ring, 5) && tipc_ring_age(&ring, 0) &&
		    tipc_ring_age(&ring, 5) && tipc_ring_age(&ring, 5) &&
		    tipc_ring_age(&ring, 5));
	EXPECT_TRUE(odd.in);
	EXPECT_FALSE(tipc_ring_age(&ring, 5));
	EXPECT_FALSE(odd.in);
	EXPECT_EQ(3, peer(140)->applied);
	EXPECT_FALSE(tipc_ring_duty(peer(160)) & TIPC_RING_WATCH);
	tipc_ring_detach(&odd);
}

TEST(hostile_records)
{
	u8 data[TIPC_DOMAIN_SIZE(TIPC_DOMAIN_MAX + 1)] = { };
	struct tipc_domain d = { 5, 0, 3, 7, { 150, 160, 170 } };
	static const u32 forged[][3] = {
		{ 0, 160, 170 }, { 140, 160, 170 }, { 150, 150, 170 },
		{ 160, 150, 170 }, { 150, 160, 140 },
	};
	unsigned int len, i;
	u8 *copy;

	by_hand();
	all_say(5);
	d.gen = 6;
	len = tipc_domain_write(&d, 3, data);
	for (i = 1; i < len; i++) {
		copy = exact_copy(data, i);
		EXPECT_FALSE(tipc_ring_hear(peer(140), copy, i));
		exact_free(copy);
	}
	EXPECT_EQ(len - 1, ring.refused);
	EXPECT_FALSE(tipc_ring_hear(peer(140), data, len + 4));
	data[7] = TIPC_DOMAIN_MAX + 1;
	data[0] = TIPC_DOMAIN_SIZE(TIPC_DOMAIN_MAX + 1) >> 8;
	data[1] = TIPC_DOMAIN_SIZE(TIPC_DOMAIN_MAX + 1) & 255;
	EXPECT_FALSE(tipc_ring_hear(peer(140), data,
				    TIPC_DOMAIN_SIZE(TIPC_DOMAIN_MAX + 1)));
	for (i = 0; i < ARRAY_SIZE(forged); i++) {
		memcpy(d.members, forged[i], sizeof(forged[i]));
		len = tipc_domain_write(&d, 3, data);
		EXPECT_FALSE(tipc_ring_hear(peer(140), data, len));
	}
	EXPECT_EQ(3, peer(140)->applied);
	EXPECT_EQ(5, peer(140)->domain.gen);
	/* A generation that was over is counted, and says nothing. */
	EXPECT_TRUE(says(140, 4, 3, 0));
	EXPECT_TRUE(says(140, 5, 3, 0));
	EXPECT_EQ(1, ring.stale);
	EXPECT_FALSE(peer(150)->suspect);
	/* Nor what is acknowledged that never was said. */
	tipc_ring_down(peer(120));
	d = (struct tipc_domain) { 5, ring.domain.gen + 1, 0, 0, { } };
	EXPECT_TRUE(tipc_ring_hear(peer(200), data,
				   tipc_domain_write(&d, 0, data)));
	EXPECT_EQ(TIPC_RING_ASK, tipc_ring_duty(peer(200)));
}

TEST(no_ring_no_duty)
{
	u8 data[TIPC_DOMAIN_HEAD];

	EXPECT_EQ(TIPC_RING_WATCH, tipc_ring_duty(NULL));
	EXPECT_EQ(0, tipc_ring_tell(NULL, data));
	EXPECT_TRUE(tipc_ring_hear(NULL, data, 16));
	tipc_ring_up(NULL);
	tipc_ring_down(NULL);
}

/* As the kernel's own module writes them: a record, and one without members. */
TEST(records_on_the_wire)
{
	static const u8 full[] = {
		0x00, 0x18, 0x12, 0x34, 0x00, 0x07, 0x00, 0x02,
		0, 0, 0, 0, 0, 0, 0, 2, 0x01, 0, 0x10, 0x02, 0xff, 0, 0, 1,
	};
	struct tipc_domain d;
	u8 out[sizeof(full)];

	ASSERT_EQ(0, tipc_domain_read(&d, 0x01001001, full, sizeof(full)));
	EXPECT_EQ(0x1234, d.gen);
	EXPECT_EQ(7, d.ack);
	EXPECT_EQ(2, d.n);
	EXPECT_EQ(2, d.up);
	EXPECT_EQ(0x01001002, d.members[0]);
	EXPECT_EQ(0xff000001, d.members[1]);
	EXPECT_EQ(sizeof(full), tipc_domain_write(&d, 2, out));
	EXPECT_EQ(0, memcmp(full, out, sizeof(full)));
	EXPECT_EQ(16, tipc_domain_write(&d, 0, out));
	EXPECT_EQ(16, out[1]);
	EXPECT_EQ(0, out[7] | out[15]);
	/* Around the end of all addresses. */
	EXPECT_EQ(0, tipc_domain_read(&d, 0xfe000000, (u8[]){
		0, 24, 0, 1, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3,
		0xff, 0, 0, 0, 0, 0, 0, 1 }, 24));
}

TEST_HARNESS_MAIN
