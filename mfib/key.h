/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys: addresses of both families as 128 bits, left-aligned.
 *
 * Bit 0 is the first bit on the wire. An IPv4 address is the top 32 bits of
 * @hi and all else is zero, so that one code does for both families.
 */
#ifndef _MFIB_KEY_H
#define _MFIB_KEY_H

#include "pure.h"

#define MFIB_V4		0	/* index of a family in arrays */
#define MFIB_V6		1
#define MFIB_FAMILIES	2

/**
 * struct mfib_key - an address
 * @hi: first 64 bits
 * @lo: the others
 */
struct mfib_key {
	u64 hi;
	u64 lo;
};

/**
 * struct mfib_prefix - an address and how many bits of it count
 * @key: the address; bits behind @len are zero in a valid prefix
 * @len: 0 to 32 or to 128
 */
struct mfib_prefix {
	struct mfib_key key;
	u8 len;
};

/* Longest prefix of a family. */
static inline unsigned int mfib_bits(unsigned int family)
{
	return family == MFIB_V4 ? 32 : 128;
}

/* From a number in host order, as ntohl() makes it. */
static inline struct mfib_key mfib_key4(u32 addr)
{
	return (struct mfib_key){ .hi = (u64)addr << 32 };
}

/* The top @bits of a word of 64. */
static inline u64 mfib_mask(unsigned int bits)
{
	return bits ? ~0ULL << (64 - bits) : 0;
}

/* Bit @bit of a key, 0 to 127. */
static inline unsigned int mfib_key_bit(const struct mfib_key *k,
					unsigned int bit)
{
	return (bit < 64 ? k->hi >> (63 - bit) : k->lo >> (127 - bit)) & 1;
}

/* The key without what stands behind its first @bits. */
static inline struct mfib_key mfib_key_cut(struct mfib_key k, unsigned int bits)
{
	if (bits <= 64) {
		k.hi &= mfib_mask(bits);
		k.lo = 0;
	} else {
		k.lo &= mfib_mask(bits - 64);
	}
	return k;
}

/* How many first bits two keys have in common, 0 to 128. */
static inline unsigned int mfib_key_common(const struct mfib_key *a,
					   const struct mfib_key *b)
{
	u64 x = a->hi ^ b->hi;

	if (x)
		return 64 - fls64(x);
	x = a->lo ^ b->lo;
	return 128 - fls64(x);
}

static inline bool mfib_key_equal(const struct mfib_key *a,
				  const struct mfib_key *b)
{
	return a->hi == b->hi && a->lo == b->lo;
}

/* Does the prefix contain the address? */
static inline bool mfib_prefix_has(const struct mfib_prefix *p,
				   const struct mfib_key *k)
{
	return mfib_key_common(&p->key, k) >= p->len;
}

struct mfib_key mfib_key_init(unsigned int family, const void *bytes);
void mfib_key_bytes(unsigned int family, const struct mfib_key *key,
		    void *bytes);
bool mfib_prefix_init(struct mfib_prefix *p, unsigned int family,
		      const void *bytes, unsigned int len);
int mfib_prefix_compare(const struct mfib_prefix *a,
			const struct mfib_prefix *b);

#endif /* _MFIB_KEY_H */
