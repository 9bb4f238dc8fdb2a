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
	EXPECT_EQ(0, memcmp(d.at.bytes, mac, sizeof(mac)));
	EXPECT_EQ(0, strcmp((char *)d.id, "golden-A"));
}

static void random_maddr(struct tipc_maddr *at)
{
	unsigned int used = TIPC_ETH_ALEN;
	bool udp = random_below(2);

	random_fill(at, sizeof(*at));
	at->media = udp ? TIPC_MEDIA_UDP : TIPC_MEDIA_ETH;
	at->family = 0;
	at->zero = 0;
	if (udp) {
		at->family = random_below(2) ? TIPC_UDP_IPV4 : TIPC_UDP_IPV6;
		used = at->family == TIPC_UDP_IPV4 ? 4 : 16;
		at->port |= 1;
	} else {
		at->port = 0;
	}
	at->bytes[0] = 0x12;
	memset(at->bytes + used, 0, sizeof(at->bytes) - used);
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
		random_maddr(&d.at);
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
		EXPECT_EQ(0, memcmp(&d.at, &e.at, sizeof(d.at)));
		EXPECT_EQ(0, memcmp(d.id, e.id, sizeof(d.id)));
	}
}

TEST(without_an_identity_the_address_is_one)
{
	struct tipc_disc d = { .node = 0x01001001, .net_id = 4711,
			       .at.media = TIPC_MEDIA_ETH }, e;
	u8 buf[TIPC_DISC_SIZE];

	tipc_disc_write(&d, buf);
	ASSERT_EQ(0, tipc_disc_read(buf, TIPC_HSIZE_DISCOVERY, &e));
	EXPECT_EQ(0, strcmp((char *)e.id, "1001001"));
}

TEST(nobody_has_no_address_or_a_multicast_one)
{
	struct tipc_disc d = { .node = 5, .at.media = TIPC_MEDIA_ETH }, e;
	u8 buf[TIPC_DISC_SIZE];

	tipc_disc_write(&d, buf);
	EXPECT_EQ(0, tipc_disc_read(buf, sizeof(buf), &e));
	buf[23] = 2;
	EXPECT_EQ(-EINVAL, tipc_disc_read(buf, sizeof(buf), &e));
	d.at.bytes[0] = 1;
	tipc_disc_write(&d, buf);
	EXPECT_EQ(-EINVAL, tipc_disc_read(buf, sizeof(buf), &e));
	d.at.bytes[0] = 0;
	d.node = 0;
	tipc_disc_write(&d, buf);
	EXPECT_EQ(-EINVAL, tipc_disc_read(buf, sizeof(buf), &e));
}

TEST(an_address_of_udp_is_that_of_a_host)
{
	static const struct {
		u16 family, port;
		u8 first;
		int want;
	} tries[] = {
		{ TIPC_UDP_IPV4, 6118, 10, 0 },
		{ TIPC_UDP_IPV4, 0, 10, -EINVAL },
		{ TIPC_UDP_IPV4, 6118, 0, -EINVAL },
		{ TIPC_UDP_IPV4, 6118, 224, -EINVAL },
		{ TIPC_UDP_IPV4, 6118, 255, -EINVAL },
		{ TIPC_UDP_IPV6, 6118, 0xfe, 0 },
		{ TIPC_UDP_IPV6, 6118, 0xff, -EINVAL },
		{ 0x0806, 6118, 10, -EINVAL },
	};
	struct tipc_disc d = { .node = 5, .at.media = TIPC_MEDIA_UDP }, e;
	u8 buf[TIPC_DISC_SIZE];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tries); i++) {
		d.at.family = tries[i].family;
		d.at.port = tries[i].port;
		d.at.bytes[0] = tries[i].first;
		tipc_disc_write(&d, buf);
		EXPECT_EQ(tries[i].want, tipc_disc_read(buf, sizeof(buf), &e));
	}
	/* Type, family, port and address, where the kernel's module has them. */
	d.at.family = TIPC_UDP_IPV4;
	d.at.port = 6118;
	tipc_disc_write(&d, buf);
	EXPECT_EQ(3, buf[23]);
	EXPECT_EQ(0x08, buf[24]);
	EXPECT_EQ(0x00, buf[25]);
	EXPECT_EQ(6118 >> 8, buf[26]);
	EXPECT_EQ(6118 & 255, buf[27]);
}

TEST_HARNESS_MAIN
