// SPDX-License-Identifier: GPL-2.0-only
/*
 * A table of routes under any sequence of changes: each four bytes are one. The
 * lookup form has to agree with the patricia trie after each of them.
 */
#include "../fuzz.h"
#include "mfib/rib.h"

#define SLOTS	8

/** struct target - what the changes are done to */
struct target {
	struct mfib_nexthops	set;
	struct mfib_rib		rib;
	u32			slot[SLOTS];
};

static void target_make(struct target *t, unsigned int family, bool large)
{
	struct mfib_nh_spec spec = {};
	const char *why;
	unsigned int i;

	must(!mfib_nexthops_init(&t->set, 100, NULL, NULL));
	must(!mfib_rib_init(&t->rib, family, &t->set));
	t->rib.now->trie.grow_at = large ? 3 : ~0u;
	t->rib.now->patricia.cut_at = large ? 3 : ~0u;
	for (i = 0; i < SLOTS; i++) {
		spec.ifindex = i + 1;
		must(!mfib_nexthop_take(&t->set, &spec, NULL, 0, &t->slot[i],
					&why));
	}
}

/* Two bytes make a prefix: few bits differ, at places all over the address. */
static struct mfib_prefix prefix_of(unsigned int family, u8 a, u8 b)
{
	struct mfib_prefix p;

	p.len = a % (mfib_bits(family) + 1);
	p.key.hi = (b * 0x0101010101010101ULL) & 0xc3003f0f81018107ULL;
	p.key.lo = (b * 0x0101010101010101ULL) & 0x8001800180018001ULL;
	p.key = mfib_key_cut(p.key, p.len);
	return p;
}

static void check(struct target *t, const struct mfib_key *key)
{
	struct mfib_prefix found;
	struct mfib_route route;
	u32 slot = t->rib.family == MFIB_V4 ?
		   mfib_rib_slot4(&t->rib, key->hi >> 32) :
		   mfib_rib_slot6(&t->rib, key);

	if (mfib_rib_match(&t->rib, key, &found, &route)) {
		must(slot == route.slot);
		mfib_nexthop_put(&t->set, slot);
	} else {
		must(!slot);
	}
}

static void change(struct target *t, const u8 *bytes)
{
	struct mfib_prefix p = prefix_of(t->rib.family, bytes[0], bytes[1]);
	struct mfib_route r = { .slot = t->slot[bytes[2] % SLOTS],
				.metric = bytes[2] >> 6 };
	struct mfib_key key = p.key;
	const char *why;

	if (bytes[3] & 1) {
		mfib_rib_remove(&t->rib, &p, MFIB_SOURCE_ANY, r.metric, &why);
	} else {
		mfib_nexthop_hold(&t->set, r.slot);
		if (mfib_rib_insert(&t->rib, &p, &r, 1 + bytes[3] / 2 % 3,
				    &why))
			mfib_nexthop_put(&t->set, r.slot);
	}
	check(t, &key);
	key.hi ^= 1ULL << (32 + bytes[3] % 32);
	check(t, &key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct target t = {};
	unsigned int i;

	if (!len)
		return 0;
	target_make(&t, data[0] & 1 ? MFIB_V6 : MFIB_V4, data[0] & 2);
	for (i = 1; i + 4 <= len; i += 4)
		change(&t, data + i);
	for (i = 0; i < SLOTS; i++)
		mfib_nexthop_put(&t.set, t.slot[i]);
	mfib_rib_destroy(&t.rib);
	must(!t.set.count);
	mfib_nexthops_destroy(&t.set);
	must(!mfib_mem_total());
	return 0;
}
