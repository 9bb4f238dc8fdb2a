// SPDX-License-Identifier: GPL-2.0-only
/*
 * The authentication code: the hash's own vector, the same answers as a naive
 * hash of the 25 octets, and that nothing which it is made over can be changed.
 */
#include "kselftest_harness.h"

#include <arpa/inet.h>

#include "../unit.h"
#include "dsm/code.h"

/* Linked with what builds policies, which says with it that memory is out. */
int cmd_error(const char *fmt, ...);
int cmd_error(const char *fmt, ...)
{
	fputs(fmt, stderr);
	return 1;
}

#define ROUNDS	(200 * 1000)
#define OCTETS	25

/* Key 00 to 0f, message 00 to 18: "openssl mac ... SIPHASH" says the same. */
static const u8 known[8] = {
	0xea, 0xb8, 0x85, 0x8a, 0xde, 0x92, 0xe1, 0xbc,
};

static u64 turn(u64 x, int by)
{
	return x << by | x >> (64 - by);
}

static void mix(u64 v[4], int times)
{
	while (times--) {
		v[0] += v[1], v[1] = turn(v[1], 13), v[1] ^= v[0];
		v[0] = turn(v[0], 32);
		v[2] += v[3], v[3] = turn(v[3], 16), v[3] ^= v[2];
		v[0] += v[3], v[3] = turn(v[3], 21), v[3] ^= v[0];
		v[2] += v[1], v[1] = turn(v[1], 17), v[1] ^= v[2];
		v[2] = turn(v[2], 32);
	}
}

/* As its authors describe it: octets of any number, padded to words. */
static void naive_hash(const u8 key[16], const u8 *text, size_t len, u8 out[8])
{
	u64 v[4] = { 0x736f6d6570736575, 0x646f72616e646f6d,
		     0x6c7967656e657261, 0x7465646279746573 };
	u8 padded[64] = "";
	size_t whole = len / 8 * 8 + 8, i, j;
	u64 word;

	memcpy(padded, text, len);
	padded[whole - 1] = len;
	for (i = 0; i < 4; i++)
		for (j = 0; j < 8; j++)
			v[i] ^= (u64)key[i % 2 * 8 + j] << (8 * j);
	for (i = 0; i < whole; i += 8) {
		for (word = 0, j = 0; j < 8; j++)
			word |= (u64)padded[i + j] << (8 * j);
		v[3] ^= word;
		mix(v, 2);
		v[0] ^= word;
	}
	v[2] ^= 0xff;
	mix(v, 4);
	for (j = 0; j < 8; j++)
		out[j] = (v[0] ^ v[1] ^ v[2] ^ v[3]) >> (8 * j);
}

static u32 number(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

/* The 25 octets, taken apart as <linux/dsm.h> says. */
static void make(const u8 key[16], const u8 text[OCTETS], u8 code[8])
{
	struct dsm_key k = dsm_key_read(key);
	struct dsm_coded coded = {
		.saddr = htonl(number(text)), .daddr = htonl(number(text + 4)),
		.label = { number(text + 8), number(text + 12) },
		.serial = number(text + 16), .protocol = text[24],
	};

	dsm_code_make(&k, number(text + 20), &coded, code);
}

TEST(the_vector_of_the_hash)
{
	u8 key[16], text[OCTETS], code[8];
	u8 i;

	for (i = 0; i < 16; i++)
		key[i] = i;
	for (i = 0; i < OCTETS; i++)
		text[i] = i;
	make(key, text, code);
	EXPECT_EQ(0, memcmp(code, known, 8));
}

TEST(as_the_naive_hash)
{
	u8 key[16], text[OCTETS], code[8], want[8];
	int i;

	random_start();
	for (i = 0; i < ROUNDS; i++) {
		random_fill(key, sizeof(key));
		random_fill(text, sizeof(text));
		make(key, text, code);
		naive_hash(key, text, OCTETS, want);
		ASSERT_EQ(0, memcmp(code, want, 8));
	}
}

TEST(every_bit_counts)
{
	u8 key[16], text[OCTETS], code[8], other[8];
	unsigned int bit;

	random_start();
	random_fill(key, sizeof(key));
	random_fill(text, sizeof(text));
	make(key, text, code);
	for (bit = 0; bit < 8 * OCTETS; bit++) {
		text[bit / 8] ^= 1 << bit % 8;
		make(key, text, other);
		EXPECT_FALSE(dsm_code_same(code, other));
		text[bit / 8] ^= 1 << bit % 8;
	}
	for (bit = 0; bit < 8 * sizeof(key); bit++) {
		key[bit / 8] ^= 1 << bit % 8;
		make(key, text, other);
		EXPECT_FALSE(dsm_code_same(code, other));
		key[bit / 8] ^= 1 << bit % 8;
	}
	make(key, text, other);
	EXPECT_TRUE(dsm_code_same(code, other));
}

TEST_HARNESS_MAIN
