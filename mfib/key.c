// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys: addresses in network byte order, to and from numbers.
 *
 * This is the only file that knows how addresses lie in packets and messages.
 */
#include "key.h"

static u64 load(const u8 *bytes)
{
	__be32 x;

	memcpy(&x, bytes, sizeof(x));
	return be32_to_cpu(x);
}

static void store(u8 *bytes, unsigned int count, u64 x)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		bytes[i] = x >> 8 * (count - 1 - i);
}

/**
 * mfib_key_init() - the key of an address
 * @family: MFIB_V4 or MFIB_V6
 * @bytes: 4 or 16 bytes in network byte order, at any address
 *
 * Return: the key.
 */
struct mfib_key mfib_key_init(unsigned int family, const void *bytes)
{
	struct mfib_key k = {};

	k.hi = load(bytes) << 32;
	if (family != MFIB_V4) {
		k.hi |= load((const u8 *)bytes + 4);
		k.lo = load((const u8 *)bytes + 8) << 32 |
		       load((const u8 *)bytes + 12);
	}
	return k;
}

/**
 * mfib_key_bytes() - the address of a key
 * @family: MFIB_V4 or MFIB_V6
 * @key: the key
 * @bytes: where to write 4 or 16 bytes
 */
void mfib_key_bytes(unsigned int family, const struct mfib_key *key,
		    void *bytes)
{
	if (family == MFIB_V4) {
		store(bytes, 4, key->hi >> 32);
	} else {
		store(bytes, 8, key->hi);
		store((u8 *)bytes + 8, 8, key->lo);
	}
}

/**
 * mfib_prefix_init() - a prefix, if it is one
 * @p: filled in, with host bits cut off, also when they make it invalid
 * @family: MFIB_V4 or MFIB_V6
 * @bytes: 4 or 16 bytes
 * @len: length of the prefix
 *
 * Return: false if @len is too long or there are bits behind it.
 */
bool mfib_prefix_init(struct mfib_prefix *p, unsigned int family,
		      const void *bytes, unsigned int len)
{
	struct mfib_key k = mfib_key_init(family, bytes);

	p->len = min(len, mfib_bits(family));
	p->key = mfib_key_cut(k, p->len);
	return p->len == len && mfib_key_equal(&k, &p->key);
}

/**
 * mfib_prefix_compare() - the order of dumps: by address, the shorter first
 * @a: one
 * @b: the other
 *
 * Return: less than, equal to or greater than 0, as @a stands to @b.
 */
int mfib_prefix_compare(const struct mfib_prefix *a,
			const struct mfib_prefix *b)
{
	if (a->key.hi != b->key.hi)
		return a->key.hi < b->key.hi ? -1 : 1;
	if (a->key.lo != b->key.lo)
		return a->key.lo < b->key.lo ? -1 : 1;
	return (int)a->len - (int)b->len;
}
