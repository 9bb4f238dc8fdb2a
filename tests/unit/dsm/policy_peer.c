// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies: which prefix an address is in, and what a program makes of its process,
 * against plain searches.
 */
#include <arpa/inet.h>

#include "policy_made.h"

/* ---- peers ----------------------------------------------------------------------- */

static u32 slow_peer(const struct model *m, u32 family, const u8 *addr)
{
	int longest = -1;
	u32 i, bit, line = 0;

	for (i = 0; i < m->peers; i++) {
		const struct model_peer *peer = &m->peer[i];

		if (peer->family != family || peer->len <= longest)
			continue;
		for (bit = 0; bit < peer->len; bit++)
			if ((peer->addr[bit / 8] ^ addr[bit / 8]) &
			    0x80 >> bit % 8)
				break;
		if (bit == peer->len) {
			longest = peer->len;
			line = peer->line;
		}
	}
	return line;
}

static void random_address(u8 addr[16], u32 family)
{
	u32 i, bytes = family == 4 ? 4 : 16;

	/* Few different bytes, so that prefixes meet. */
	for (i = 0; i < bytes; i++)
		addr[i] = random_below(3) ? random_below(3) * 0x7f :
					    random_below(256);
}

TEST(the_longest_prefix_is_found)
{
	u8 addr[16] = {};
	u32 round, i;

	random_start();
	for (round = 0; round < 150; round++) {
		struct made d = {};
		u32 count = random_below(60);

		model_init(&d.m);
		for (i = 0; i < count; i++) {
			u32 family = random_below(2) ? 4 : 6;

			random_address(addr, family);
			add_peer(&d.m, family, addr,
				 random_below(family == 4 ? 33 : 129));
		}
		make(&d);
		ASSERT_EQ(NULL, d.error) TH_LOG("%s", d.error);
		for (i = 0; i < 1000; i++) {
			const struct dsm_image_peer *peer;
			__be32 four;

			random_address(addr, 4);
			memcpy(&four, addr, 4);
			peer = dsm_policy_peer4(&d.p, four);
			ASSERT_EQ(slow_peer(&d.m, 4, addr),
				  peer ? le32_to_cpu(peer->line) : 0);
			random_address(addr, 6);
			peer = dsm_policy_peer6(&d.p, addr);
			ASSERT_EQ(slow_peer(&d.m, 6, addr),
				  peer ? le32_to_cpu(peer->line) : 0);
		}
		unmake(&d);
	}
}

TEST(prefixes_of_all_lengths_nest)
{
	u8 ones[16], addr[16];
	struct made d = {};
	u32 len;

	memset(ones, 0xff, sizeof(ones));
	model_init(&d.m);
	for (len = 0; len <= 128; len++) {
		if (len <= 32)
			add_peer(&d.m, 4, ones, len);
		add_peer(&d.m, 6, ones, len);
	}
	make(&d);
	ASSERT_EQ(NULL, d.error);
	for (len = 0; len <= 128; len++) {
		memset(addr, 0xff, sizeof(addr));
		if (len < 128)
			addr[len / 8] ^= 0x80 >> len % 8;
		EXPECT_EQ(len, dsm_policy_peer6(&d.p, addr)->len);
		if (len > 32)
			continue;
		EXPECT_EQ(len, dsm_policy_peer4(&d.p, len < 32 ?
				htonl(~(1u << (31 - len))) : ~0u)->len);
	}
	unmake(&d);
}

TEST(the_same_prefix_twice_is_refused)
{
	u8 addr[16] = { 10 };
	struct made d = {};

	model_init(&d.m);
	add_peer(&d.m, 4, addr, 8);
	d.m.peer = model_grow(d.m.peer, d.m.peers, &d.m.peers_room,
			      sizeof(*d.m.peer));
	d.m.peer[1] = d.m.peer[0];
	d.m.peer[1].line = 9;
	d.m.peers = 2;
	make(&d);
	ASSERT_NE(NULL, d.error);
	EXPECT_NE(NULL, strstr(d.error, "9"));
	unmake(&d);
}

/* ---- transitions ------------------------------------------------------------------- */

static u32 run(const struct made *d, u32 from, const char *path, u32 owner,
	       u32 file_sid)
{
	struct dsm_program prog = {
		.path = path, .path_len = path ? strlen(path) : 0,
		.owner = owner, .file_sid = file_sid,
	};

	return dsm_policy_transition(&d->p, from, &prog);
}

TEST(the_more_specific_transition_applies)
{
	struct made d = {};

	model_init(&d.m);
	add_transition(&d.m, DSM_TRANSITION_PATH, 0, 10, "/bin/a", 0, 0);
	add_transition(&d.m, DSM_TRANSITION_PATH, 5, 11, "/bin/a", 0, 0);
	add_transition(&d.m, DSM_TRANSITION_PATH, 5, 12, "/bin/a",
		       DSM_OWNER_ANY, 0);
	add_transition(&d.m, DSM_TRANSITION_TREE, 0, 20, "/opt/",
		       DSM_OWNER_ANY, 0);
	add_transition(&d.m, DSM_TRANSITION_TREE, 0, 21, "/opt/in/",
		       DSM_OWNER_ANY, 0);
	add_transition(&d.m, DSM_TRANSITION_PATH, 7, 22, "/opt/in/p", 0, 0);
	add_transition(&d.m, DSM_TRANSITION_DIGSIG, 0, 0, "", DSM_OWNER_ANY, 0);
	add_transition(&d.m, DSM_TRANSITION_DIGSIG, 0, 31, "", DSM_OWNER_ANY, 9);
	add_transition(&d.m, DSM_TRANSITION_DIGSIG, 6, 32, "", DSM_OWNER_ANY, 9);
	make(&d);
	ASSERT_EQ(NULL, d.error) TH_LOG("%s", d.error);

	EXPECT_EQ(10, run(&d, 4, "/bin/a", 0, 0));
	EXPECT_EQ(4, run(&d, 4, "/bin/a", 1000, 0));
	EXPECT_EQ(11, run(&d, 5, "/bin/a", 0, 0));
	EXPECT_EQ(12, run(&d, 5, "/bin/a", 1000, 0));
	EXPECT_EQ(4, run(&d, 4, "/bin/ab", 0, 0));
	EXPECT_EQ(4, run(&d, 4, "/bin/", 0, 0));
	EXPECT_EQ(20, run(&d, 4, "/opt/x", 3, 0));
	EXPECT_EQ(20, run(&d, 4, "/opt/inn/x", 3, 0));
	EXPECT_EQ(21, run(&d, 4, "/opt/in/x/y/z", 3, 0));
	EXPECT_EQ(22, run(&d, 7, "/opt/in/p", 0, 0));
	EXPECT_EQ(21, run(&d, 7, "/opt/in/p", 3, 0));
	EXPECT_EQ(4, run(&d, 4, "/op", 3, 0));
	EXPECT_EQ(4, run(&d, 4, "", 3, 0));
	EXPECT_EQ(4, run(&d, 4, NULL, 3, 0));
	EXPECT_EQ(8, run(&d, 4, "/bin/a", 0, 8));
	EXPECT_EQ(31, run(&d, 4, "/bin/a", 0, 9));
	EXPECT_EQ(32, run(&d, 6, NULL, 0, 9));
	unmake(&d);
}

TEST_HARNESS_MAIN
