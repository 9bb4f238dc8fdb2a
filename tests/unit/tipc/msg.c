// SPDX-License-Identifier: GPL-2.0-only
/*
 * The header of a message: what Linux 6.1 puts on the wire is read as it was
 * meant, what is damaged is refused, what is returned can be delivered.
 */
#include <errno.h>

#include "kselftest_harness.h"
#include "tests/unit/unit.h"
#include "tipc/msg.h"

/* A capture between two nodes with the kernel's own tipc. */
FIXTURE(golden)
{
	u8 *bytes;
	struct tipc_msg *m;
};

FIXTURE_VARIANT(golden)
{
	u32 w[15];
	unsigned int size, hsize, user, type, error;
};

FIXTURE_SETUP(golden)
{
	unsigned int i;

	self->bytes = calloc(1, variant->size);
	for (i = 0; i < variant->hsize / 4; i++)
		((__be32 *)self->bytes)[i] = cpu_to_be32(variant->w[i]);
	self->m = (struct tipc_msg *)self->bytes;
}

FIXTURE_TEARDOWN(golden)
{
	free(self->bytes);
}

FIXTURE_VARIANT_ADD(golden, discovery) {
	.w = { 0x5bf0004c, 0x47ff8d7c, 0, 0x02014125, 0x1267, 1 },
	.size = 76, .hsize = 60, .user = TIPC_USER_DISCOVERY,
	.type = TIPC_DISC_TRIAL, .error = 3,
};

FIXTURE_VARIANT_ADD(golden, publication) {
	.w = { 0x5740003c, 0x1c000000, 2, 0x02014125, 1, 0x4000, 0x02014125,
	       0x02014126 },
	.size = 60, .hsize = 40, .user = TIPC_USER_NAME_DISTRIBUTOR,
	.type = TIPC_NAME_PUBLISH, .error = 14,
};

FIXTURE_VARIANT_ADD(golden, named) {
	.w = { 0x41480034, 0x40100001, 0x00020003, 0x02014126, 0xa6a914f2,
	       0x91624d38, 0x02014126, 0x02014125, 18888, 17 },
	.size = 52, .hsize = 40, .user = 0, .type = TIPC_TYPE_NAMED,
};

FIXTURE_VARIANT_ADD(golden, direct) {
	.w = { 0x41080025, 0x60000000, 0x00030003, 0x02014125, 0x91624d38,
	       0xa6a914f2, 0x02014125, 0x02014126 },
	.size = 37, .hsize = 32, .user = 0, .type = TIPC_TYPE_DIRECT,
};

FIXTURE_VARIANT_ADD(golden, request) {
	.w = { 0x41420028, 0x40100003, 0x00030004, 0x02014126, 0xc1e30692,
	       0xa243c581, 0x02014126, 0x02014125, 18888, 17 },
	.size = 40, .hsize = 40, .user = 0, .type = TIPC_TYPE_NAMED,
};

FIXTURE_VARIANT_ADD(golden, connection) {
	.w = { 0x40c00024, 3, 0x00040005, 0x02014126, 0xc1e30692, 0x54a38953 },
	.size = 36, .hsize = 24, .user = 0, .type = TIPC_TYPE_CONN,
};

FIXTURE_VARIANT_ADD(golden, shutdown) {
	.w = { 0x46c00018, 0x0a000003, 0x00050006, 0x02014126, 0xc1e30692,
	       0x54a38953 },
	.size = 24, .hsize = 24, .user = 3, .type = TIPC_TYPE_CONN,
	.error = TIPC_CONN_SHUTDOWN,
};

FIXTURE_VARIANT_ADD(golden, multicast) {
	.w = { 0x416e0046, 0x20100008, 0x0008000b, 0x02014126, 0x7cd73468, 0,
	       0x02014126, 0x02014125, 18888, 99, 100 },
	.size = 70, .hsize = 44, .user = 0, .type = TIPC_TYPE_MCAST,
};

FIXTURE_VARIANT_ADD(golden, ack) {
	.w = { 0x51440028, 0x40000001, 0x00230018, 0x02014125, 0xd469e56f,
	       0xfb7dbe89, 0x02014125, 0x02014126, 0, 0x00030200 },
	.size = 40, .hsize = 40, .user = TIPC_USER_CONN_MANAGER,
	.type = TIPC_CONN_ACK,
};

FIXTURE_VARIANT_ADD(golden, group_advertises) {
	.w = { 0x53480028, 0x40000002, 0x00600020, 0x02014125, 0x7212eed8,
	       0x2201de39, 0x02014125, 0x02014126, 0, 0x000002cc },
	.size = 40, .hsize = 40, .user = TIPC_USER_GROUP_PROTOCOL,
	.type = TIPC_GRP_ADV,
};

FIXTURE_VARIANT_ADD(golden, group_broadcast) {
	.w = { 0x416c00f4, 0xa0100011, 0x003e175f, 0x02014126, 0x2201de39, 0,
	       0x02014126, 0x02014125, 4711, 0, 0x170f0000 },
	.size = 244, .hsize = 44, .user = 0, .type = TIPC_TYPE_GRP_BCAST,
};

TEST_F(golden, is_accepted)
{
	EXPECT_EQ((int)variant->size,
		  tipc_msg_check(self->m, variant->hsize, variant->size));
	EXPECT_EQ((int)variant->size,
		  tipc_msg_check(self->m, variant->hsize, variant->size + 20));
	EXPECT_EQ(variant->user, tipc_msg_user(self->m));
	EXPECT_EQ(variant->type, tipc_msg_type(self->m));
	EXPECT_EQ(variant->error, tipc_msg_error(self->m));
	EXPECT_EQ(variant->hsize, tipc_msg_hsize(self->m));
	EXPECT_STRNE("unknown", tipc_msg_user_name(variant->user));
}

TEST_F(golden, truncated_is_refused)
{
	unsigned int n;

	for (n = 0; n < variant->size; n++)
		EXPECT_EQ(-EBADMSG, tipc_msg_check(self->m, n < variant->hsize ?
						   n : variant->hsize, n));
	for (n = 0; n < variant->hsize; n++)
		EXPECT_EQ(-EBADMSG, tipc_msg_check(self->m, n, variant->size));
}

TEST_F(golden, other_versions_are_refused)
{
	unsigned int v;

	for (v = 0; v < 8; v++) {
		tipc_msg_set_version(self->m, v);
		EXPECT_EQ(v == 2 ? (int)variant->size : -EPROTONOSUPPORT,
			  tipc_msg_check(self->m, variant->hsize,
					 variant->size));
	}
}

TEST_F(golden, a_shorter_header_is_refused)
{
	unsigned int words;

	for (words = 0; words < variant->hsize / 4; words++) {
		tipc_msg_set_hdr_words(self->m, words);
		EXPECT_EQ(-EBADMSG, tipc_msg_check(self->m, variant->hsize,
						   variant->size));
	}
}

TEST(unused_users_are_refused)
{
	struct tipc_msg m;
	unsigned int user;

	for (user = 0; user < 16; user++) {
		tipc_msg_init(&m, user, 0, TIPC_HSIZE_MAX, 1);
		EXPECT_EQ(user == 4 || user == 15 ? -EBADMSG : 60,
			  tipc_msg_check(&m, 60, 60));
	}
}

TEST(membership_events_do_not_come_from_outside)
{
	struct tipc_msg m;

	tipc_msg_init(&m, 0, TIPC_TYPE_GRP_EVENT, TIPC_HSIZE_MCAST, 1);
	EXPECT_EQ(-EBADMSG, tipc_msg_check(&m, 44, 44));
}

TEST(a_header_is_short_or_has_both_nodes)
{
	struct tipc_msg m;
	unsigned int words;

	tipc_msg_init(&m, 0, TIPC_TYPE_CONN, TIPC_HSIZE_MAX, 1);
	for (words = TIPC_HSIZE_CONN / 4; words <= TIPC_HSIZE_MAX / 4; words++) {
		tipc_msg_set_hdr_words(&m, words);
		EXPECT_EQ(words == 7 ? -EBADMSG : 60,
			  tipc_msg_check(&m, 60, 60));
	}
}

TEST(most_data_of_a_user)
{
	struct tipc_msg m;

	tipc_msg_init(&m, 0, TIPC_TYPE_DIRECT, TIPC_HSIZE_DIRECT, 1);
	tipc_msg_set_size(&m, 32 + 66000);
	EXPECT_EQ(66032, tipc_msg_check(&m, 32, 66032));
	tipc_msg_set_size(&m, 32 + 66001);
	EXPECT_EQ(-EMSGSIZE, tipc_msg_check(&m, 32, 66033));
}

TEST(fields_do_not_touch_each_other)
{
	struct tipc_msg m;

	tipc_msg_init(&m, TIPC_USER_CONN_MANAGER, TIPC_CONN_ACK,
		      TIPC_HSIZE_INTERNAL, 0x1001001);
	tipc_msg_set_conn_acked(&m, 0x1ffff);
	tipc_msg_set_conn_window(&m, 0x1234);
	EXPECT_EQ(0xffffu, tipc_msg_conn_acked(&m));
	EXPECT_EQ(0x1234u, tipc_msg_conn_window(&m));
	tipc_msg_set_error(&m, 0xff);
	EXPECT_EQ(TIPC_CONN_ACK, (int)tipc_msg_type(&m));
	EXPECT_EQ(0xfu, tipc_msg_error(&m));
	EXPECT_EQ(0u, tipc_msg_reroutes(&m));
	tipc_msg_set_flag(&m, TIPC_MSG_F_SYN, true);
	EXPECT_EQ(40u, tipc_msg_size(&m));
	EXPECT_TRUE(tipc_msg_flag(&m, TIPC_MSG_F_SYN));
	EXPECT_FALSE(tipc_msg_flag(&m, TIPC_MSG_F_DEST_DROPPABLE));
}

/* A message on a connection, whose short header has no nodes. */
TEST(reversing_a_short_header)
{
	struct tipc_msg m, r;

	tipc_msg_init(&m, TIPC_HIGH_IMPORTANCE, TIPC_TYPE_CONN,
		      TIPC_HSIZE_CONN, 0xa);
	tipc_msg_set_orig_port(&m, 1);
	tipc_msg_set_dest_port(&m, 2);
	tipc_msg_set_size(&m, 24 + 100);
	tipc_msg_reverse(&r, &m, 0xb, TIPC_ERR_NO_PORT);
	EXPECT_EQ(32u, tipc_msg_hsize(&r));
	EXPECT_EQ(132u, tipc_msg_size(&r));
	EXPECT_EQ(100u, tipc_msg_data_size(&r));
	EXPECT_EQ(2u, tipc_msg_orig_port(&r));
	EXPECT_EQ(1u, tipc_msg_dest_port(&r));
	EXPECT_EQ(0xbu, tipc_msg_orig_node(&r));
	EXPECT_EQ(0xau, tipc_msg_dest_node(&r));
	EXPECT_EQ(TIPC_ERR_NO_PORT, (int)tipc_msg_error(&r));
	EXPECT_EQ(132, tipc_msg_check(&r, 32, 132));
}

TEST(reversing_keeps_the_name)
{
	struct tipc_msg m;

	tipc_msg_init(&m, 0, TIPC_TYPE_NAMED, TIPC_HSIZE_NAMED, 0xa);
	tipc_msg_set_dest_node(&m, 0xb);
	tipc_msg_set_name_type(&m, 4711);
	tipc_msg_set_name_instance(&m, 17);
	tipc_msg_set_flag(&m, TIPC_MSG_F_SYN, true);
	tipc_msg_reverse(&m, &m, 0xc, TIPC_ERR_NO_NAME);
	EXPECT_EQ(4711u, tipc_msg_name_type(&m));
	EXPECT_EQ(17u, tipc_msg_name_instance(&m));
	EXPECT_EQ(0xcu, tipc_msg_prev_node(&m));
	EXPECT_EQ(0xbu, tipc_msg_orig_node(&m));
	EXPECT_EQ(0xau, tipc_msg_dest_node(&m));
	EXPECT_FALSE(tipc_msg_flag(&m, TIPC_MSG_F_SYN));
}

TEST(blocks_are_begun_kilobytes)
{
	EXPECT_EQ(1u, tipc_msg_blocks(24));
	EXPECT_EQ(1u, tipc_msg_blocks(1023));
	EXPECT_EQ(2u, tipc_msg_blocks(1024));
	EXPECT_EQ(65u, tipc_msg_blocks(66024));
}

/* What is accepted is inside of what was received, whatever it is. */
TEST(random_bytes)
{
	unsigned int i, len, linear, accepted = 0;
	u8 buf[128], *copy;
	int size;

	random_start();
	for (i = 0; i < 200000; i++) {
		len = random_below(sizeof(buf) + 1);
		random_fill(buf, len);
		if (len > 4 && random_below(4)) {
			buf[0] = 0x40 | (buf[0] & 0x1f);
			buf[1] &= 0xfe;
			buf[2] = 0;
		}
		copy = malloc(len ? len : 1);
		memcpy(copy, buf, len);
		linear = random_below(len + 1);
		size = tipc_msg_check(copy, linear, len);
		if (size >= 0) {
			accepted++;
			ASSERT_LE((unsigned int)size, len);
			ASSERT_LE(tipc_msg_hsize((void *)copy), linear);
			ASSERT_LE(tipc_msg_hsize((void *)copy),
				  (unsigned int)size);
		}
		free(copy);
	}
	EXPECT_GT(accepted, 100u);
}

TEST_HARNESS_MAIN
