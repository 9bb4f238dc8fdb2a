// SPDX-License-Identifier: GPL-2.0-only
/*
 * Discovery messages, as nodes with the kernel's own TIPC sent them, and what
 * must not be taken for one.
 */
#include <kselftest_harness.h>

#include "../unit.h"
#include "tipc/disc.h"

static void unhex(const char *hex, u8 *to)
{
	size_t n = 0;
	unsigned int byte;

	while (sscanf(hex + 2 * n, "%2x", &byte) == 1)
		to[n++] = byte;
}

TEST(a_caught_request_is_understood)
{
	static const u8 mac[] = { 0x42, 0x1e, 0x1d, 0xfb, 0x81, 0xa6 };
	u8 buf[128];
	struct tipc_disc d;

	memset(buf, 0, sizeof(buf));
	/* Of <2.1.293>, identity "golden-A"; the gap between is zeros. */
	unhex("5bf0004c07ff8d7c00000000020141250000126700000001421e1dfb81a60000",
	      buf);
	unhex("d26e321900000000676f6c64656e2d410000000000000000", buf + 52);
	ASSERT_EQ(0, tipc_disc_read(buf, TIPC_DISC_SIZE, &d));
	EXPECT_EQ(TIPC_DISC_REQUEST, d.type);
	EXPECT_EQ(0x02014125, d.node);
	EXPECT_EQ(0, d.domain);
	EXPECT_EQ(4711, d.net_id);
	EXPECT_EQ(0xfff, d.caps);
	EXPECT_EQ(0x0d7c, d.random);
	EXPECT_EQ(0xd26e3219, d.hash);
	EXPECT_EQ(0, memcmp(d.mac, mac, sizeof(mac)));
	EXPECT_EQ(0, strcmp((char *)d.id, "golden-A"));
}

TEST(what_is_written_is_read)
{
	struct tipc_disc d, e;
	u8 buf[TIPC_DISC_SIZE];
	int i;

	random_start();
	for (i = 0; i < 1000; i++) {
		memset(&d, 0, sizeof(d));
		random_fill(&d, sizeof(d));
		d.type &= 3;
		d.caps = (d.caps & 0x1fff) | 0x20;
		d.random &= 0x7fff;
		d.mac[0] &= ~1;
		d.node |= 1;
		memset(&e, 0xff, sizeof(e));
		tipc_disc_write(&d, buf);
		ASSERT_EQ(TIPC_DISC_SIZE,
			  tipc_msg_check(buf, sizeof(buf), sizeof(buf)));
		ASSERT_EQ(0, tipc_disc_read(buf, sizeof(buf), &e));
		EXPECT_EQ(d.type, e.type);
		EXPECT_EQ(d.node, e.node);
		EXPECT_EQ(d.domain, e.domain);
		EXPECT_EQ(d.net_id, e.net_id);
		EXPECT_EQ(d.random, e.random);
		EXPECT_EQ(d.caps, e.caps);
		EXPECT_EQ(d.hash, e.hash);
		EXPECT_EQ(d.suggested, e.suggested);
		EXPECT_EQ(0, memcmp(d.mac, e.mac, sizeof(d.mac)));
		EXPECT_EQ(0, memcmp(d.id, e.id, sizeof(d.id)));
	}
}

TEST(without_an_identity_the_address_is_one)
{
	struct tipc_disc d = { .node = 0x01001001, .net_id = 4711 }, e;
	u8 buf[TIPC_DISC_SIZE];

	tipc_disc_write(&d, buf);
	ASSERT_EQ(0, tipc_disc_read(buf, TIPC_HSIZE_DISCOVERY, &e));
	EXPECT_EQ(0, strcmp((char *)e.id, "1001001"));
}

TEST(nobody_has_no_address_or_a_multicast_one)
{
	struct tipc_disc d = { .node = 5 }, e;
	u8 buf[TIPC_DISC_SIZE];

	tipc_disc_write(&d, buf);
	EXPECT_EQ(0, tipc_disc_read(buf, sizeof(buf), &e));
	buf[23] = 3;
	EXPECT_EQ(-EINVAL, tipc_disc_read(buf, sizeof(buf), &e));
	d.mac[0] = 1;
	tipc_disc_write(&d, buf);
	EXPECT_EQ(-EINVAL, tipc_disc_read(buf, sizeof(buf), &e));
	d.mac[0] = 0;
	d.node = 0;
	tipc_disc_write(&d, buf);
	EXPECT_EQ(-EINVAL, tipc_disc_read(buf, sizeof(buf), &e));
}

TEST_HARNESS_MAIN
