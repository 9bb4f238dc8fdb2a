// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables of routes, compared with a plain list that is searched from one end to
 * the other.
 *
 * OPS=N says how many changes each comparison makes; by default few enough for
 * every build.
 */
#include <kselftest_harness.h>

#include "../unit.h"
#include "mfib/rib.h"

#define LIST_MAX	3000

static unsigned long ops(unsigned long usual)
{
	const char *text = getenv("OPS");

	return text ? strtoul(text, NULL, 0) : usual;
}

/* ---- the plain list ------------------------------------------------------ */

struct entry {
	struct mfib_prefix prefix;
	struct mfib_route route;
};

struct list {
	struct entry entry[LIST_MAX];
	unsigned int count;
};

static bool entry_better(const struct entry *a, const struct entry *b)
{
	if (a->prefix.len != b->prefix.len)
		return a->prefix.len > b->prefix.len;
	if (a->route.source != b->route.source)
		return a->route.source < b->route.source;
	return a->route.metric < b->route.metric;
}

static struct entry *list_find(struct list *l, const struct mfib_prefix *p,
			       u8 source, u32 metric)
{
	struct entry *best = NULL, *e;

	for (e = l->entry; e < l->entry + l->count; e++) {
		if (mfib_prefix_compare(&e->prefix, p) ||
		    (source != MFIB_SOURCE_ANY && e->route.source != source) ||
		    (metric != MFIB_METRIC_ANY && e->route.metric != metric))
			continue;
		if (!best || entry_better(e, best))
			best = e;
	}
	return best;
}

static u32 list_lookup(struct list *l, const struct mfib_key *key)
{
	struct entry *best = NULL, *e;

	for (e = l->entry; e < l->entry + l->count; e++)
		if (mfib_prefix_has(&e->prefix, key) &&
		    (!best || entry_better(e, best)))
			best = e;
	return best ? best->route.slot : 0;
}

static void list_remove(struct list *l, struct entry *e)
{
	*e = l->entry[--l->count];
}

/* ---- random prefixes ----------------------------------------------------- */

/* From few values at each place, so that prefixes meet and cover each other. */
static struct mfib_key random_key(unsigned int family, unsigned int variety)
{
	struct mfib_key k = {};
	unsigned int i;

	for (i = 0; i < 16; i++) {
		k.lo <<= 4;
		k.hi <<= 4;
		k.hi |= "\x0\x1\x7\x8\xe\xf"[random_below(variety)];
		k.lo |= "\x0\x1\x7\x8\xe\xf"[random_below(variety)];
	}
	return mfib_key_cut(k, mfib_bits(family));
}

static struct mfib_prefix random_prefix(unsigned int family,
					unsigned int variety)
{
	unsigned int bits = mfib_bits(family);
	struct mfib_prefix p;

	switch (random_below(4)) {
	case 0:
		p.len = random_below(bits + 1);
		break;
	case 1:
		p.len = random_below(24);
		break;
	case 2:
		p.len = bits;
		break;
	default:
		p.len = family == MFIB_V4 ? 16 + random_below(9) :
			29 + random_below(36);
	}
	p.key = mfib_key_cut(random_key(family, variety), p.len);
	return p;
}

/* An address at the edge of a prefix, where mistakes are. */
static struct mfib_key edge_of(const struct mfib_prefix *p, unsigned int family)
{
	struct mfib_key ones = { ~0ULL, ~0ULL }, low = mfib_key_cut(ones, p->len);
	struct mfib_key k = p->key;

	switch (random_below(4)) {
	case 0:		/* the first */
		break;
	case 1:		/* the last */
		k.hi |= ~low.hi;
		k.lo |= ~low.lo;
		break;
	case 2:		/* the one before */
		k.hi -= !k.lo;
		k.lo--;
		if (family == MFIB_V4) {
			k = p->key;
			k.hi -= 1ULL << 32;
		}
		break;
	default:
		k.hi |= ~low.hi & random_next();
		k.lo |= ~low.lo & random_next();
	}
	return mfib_key_cut(k, mfib_bits(family));
}

static u32 slot_of(const struct mfib_rib *rib, const struct mfib_key *key)
{
	return rib->family == MFIB_V4 ? mfib_rib_slot4(rib, key->hi >> 32) :
					mfib_rib_slot6(rib, key);
}

/* ---- the comparison ------------------------------------------------------ */

FIXTURE(rib) {
	struct mfib_nexthops set;
	struct mfib_rib rib;
	struct list *list;
	u32 slots[12];
	const char *why;
};

FIXTURE_VARIANT(rib) {
	unsigned int family;
	unsigned int grow_at;
	unsigned int variety;
	unsigned int most;
};

FIXTURE_VARIANT_ADD(rib, v4_small) { MFIB_V4, ~0u, 3, 400 };
FIXTURE_VARIANT_ADD(rib, v6_small) { MFIB_V6, ~0u, 3, 400 };
FIXTURE_VARIANT_ADD(rib, v4_large) { MFIB_V4, 30, 3, 400 };
FIXTURE_VARIANT_ADD(rib, v6_large) { MFIB_V6, 30, 3, 400 };
FIXTURE_VARIANT_ADD(rib, v4_wide) { MFIB_V4, 300, 6, 2500 };
FIXTURE_VARIANT_ADD(rib, v6_wide) { MFIB_V6, 300, 6, 2500 };

static struct mfib_table *now(struct mfib_rib *rib)
{
	return rib->now;
}

FIXTURE_SETUP(rib)
{
	struct mfib_nh_spec spec = {};
	unsigned int i;

	random_start();
	ASSERT_EQ(0, mfib_nexthops_init(&self->set, 1000, NULL, NULL));
	ASSERT_EQ(0, mfib_rib_init(&self->rib, variant->family, &self->set));
	now(&self->rib)->trie.grow_at = variant->grow_at;
	now(&self->rib)->patricia.cut_at = variant->grow_at;
	for (i = 0; i < ARRAY_SIZE(self->slots); i++) {
		spec.ifindex = 1 + i;
		ASSERT_EQ(0, mfib_nexthop_take(&self->set, &spec, NULL, 0,
					       &self->slots[i], &self->why));
	}
	self->list = calloc(1, sizeof(*self->list));
}

FIXTURE_TEARDOWN(rib)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(self->slots); i++)
		mfib_nexthop_put(&self->set, self->slots[i]);
	mfib_rib_destroy(&self->rib);
	EXPECT_EQ(0, self->set.count);
	mfib_nexthops_destroy(&self->set);
	EXPECT_EQ(0, mfib_mem_total());
	free(self->list);
}

static int do_insert(FIXTURE_DATA(rib) *self,
		     const struct mfib_prefix *p, const struct mfib_route *r,
		     unsigned int how)
{
	int err;

	mfib_nexthop_hold(&self->set, r->slot);
	err = mfib_rib_insert(&self->rib, p, r, how, &self->why);
	if (err)
		mfib_nexthop_put(&self->set, r->slot);
	return err;
}

static void random_insert(struct __test_metadata *_metadata,
			  FIXTURE_DATA(rib) *self,
			  const FIXTURE_VARIANT(rib) *variant)
{
	struct mfib_prefix p = random_prefix(variant->family, variant->variety);
	struct mfib_route r = {
		.slot = self->slots[random_below(ARRAY_SIZE(self->slots))],
		.metric = random_below(3),
		.source = random_below(8) ? MFIB_SOURCE_OWN :
					    MFIB_SOURCE_KERNEL,
	};
	struct entry *e = list_find(self->list, &p, r.source, r.metric);
	unsigned int how = 1 + random_below(3);
	int err = do_insert(self, &p, &r, how);

	if (e && how & MFIB_INSERT_REPLACE) {
		ASSERT_EQ(0, err);
		e->route = r;
	} else if (e) {
		ASSERT_EQ(-EEXIST, err);
	} else if (how & MFIB_INSERT_CREATE) {
		ASSERT_EQ(0, err);
		e = &self->list->entry[self->list->count++];
		e->prefix = p;
		e->route = r;
	} else {
		ASSERT_EQ(-ENOENT, err);
	}
}

static void random_remove(struct __test_metadata *_metadata,
			  FIXTURE_DATA(rib) *self,
			  const FIXTURE_VARIANT(rib) *variant)
{
	u8 source = random_below(2) ? MFIB_SOURCE_ANY : MFIB_SOURCE_OWN;
	u32 metric = random_below(2) ? MFIB_METRIC_ANY : random_below(3);
	struct mfib_prefix p;
	struct entry *e;

	if (self->list->count && random_below(8))
		p = self->list->entry[random_below(self->list->count)].prefix;
	else
		p = random_prefix(variant->family, variant->variety);
	e = list_find(self->list, &p, source, metric);
	ASSERT_EQ(e ? 0 : -ESRCH, mfib_rib_remove(&self->rib, &p, source,
						  metric, &self->why));
	if (e)
		list_remove(self->list, e);
}

static void compare_some(struct __test_metadata *_metadata,
			 FIXTURE_DATA(rib) *self,
			 const FIXTURE_VARIANT(rib) *variant)
{
	unsigned int most = variant->family == MFIB_V4 ? MFIB_STEPS_V4 :
							 MFIB_STEPS_V6;
	struct mfib_prefix p, found;
	struct mfib_route r;
	struct mfib_key key;
	u32 want;

	if (self->list->count && random_below(4))
		p = self->list->entry[random_below(self->list->count)].prefix;
	else
		p = random_prefix(variant->family, variant->variety);
	key = edge_of(&p, variant->family);
	want = list_lookup(self->list, &key);
	ASSERT_EQ(want, slot_of(&self->rib, &key));
	ASSERT_LE(mfib_trie_steps(&now(&self->rib)->trie, &key), most);
	ASSERT_EQ(!!want, mfib_rib_match(&self->rib, &key, &found, &r));
	if (want) {
		ASSERT_EQ(want, r.slot);
		ASSERT_TRUE(mfib_prefix_has(&found, &key));
		mfib_nexthop_put(&self->set, r.slot);
	}
}

/* The dump has every route once, in order. */
static void compare_dump(struct __test_metadata *_metadata,
			 FIXTURE_DATA(rib) *self)
{
	struct mfib_prefix at = {}, last = {};
	unsigned int nth = 0, count = 0;
	struct mfib_route r;
	struct entry *e;

	mutex_lock(&self->rib.lock);
	while (mfib_rib_next(&self->rib, &at, &nth, &r)) {
		if (count)
			ASSERT_LE(mfib_prefix_compare(&last, &at), 0);
		last = at;
		e = list_find(self->list, &at, r.source, r.metric);
		ASSERT_NE(NULL, e);
		ASSERT_EQ(e->route.slot, r.slot);
		count++;
	}
	mutex_unlock(&self->rib.lock);
	ASSERT_EQ(self->list->count, count);
}

TEST_F_TIMEOUT(rib, agrees_with_a_list, 3600)
{
	unsigned long i, n = ops(20000);
	bool filling = true;

	for (i = 0; i < n; i++) {
		if (self->list->count >= variant->most)
			filling = false;
		if (self->list->count < variant->most / 8)
			filling = true;
		if (random_below(3) ? filling : !filling)
			random_insert(_metadata, self, variant);
		else
			random_remove(_metadata, self, variant);
		compare_some(_metadata, self, variant);
		if (!random_below(3000)) {
			compare_dump(_metadata, self);
			mfib_rib_settle(&self->rib);
		}
	}
	compare_dump(_metadata, self);
	/* And down to nothing. */
	while (self->list->count) {
		struct entry *e = &self->list->entry[
			random_below(self->list->count)];

		ASSERT_EQ(0, mfib_rib_remove(&self->rib, &e->prefix,
					     e->route.source, e->route.metric,
					     &self->why));
		list_remove(self->list, e);
		compare_some(_metadata, self, variant);
	}
}

/* A root is made though all routes, and all changes, are in one of its entries. */
TEST_F(rib, routes_that_are_neighbours_get_a_root)
{
	const unsigned int count = 3000;
	struct mfib_route r = { .slot = self->slots[0] };
	struct mfib_rib_stats st;
	unsigned int i;

	now(&self->rib)->trie.grow_at = count / 2;
	now(&self->rib)->patricia.cut_at = count / 2;
	for (i = 0; i < 4 * count; i++) {
		struct mfib_prefix p = {
			.key = mfib_key4(0x20000000 |
					 (i * 2654435761u >> 12 & 0xffff0)),
			.len = 28,
		};

		r.slot = self->slots[i % 12];
		ASSERT_EQ(0, do_insert(self, &p, &r, MFIB_INSERT_CREATE |
				       MFIB_INSERT_REPLACE));
	}
	mfib_rib_stats(&self->rib, &st);
	EXPECT_TRUE(st.large);
	EXPECT_FALSE(st.growing);
}

/* Whatever allocation fails, the change is as if it had not been tried. */
TEST_F_TIMEOUT(rib, without_memory_nothing_changes, 3600)
{
	unsigned long i, n = ops(6000);
	unsigned int failed = 0;

	for (i = 0; i < n; i++) {
		struct mfib_prefix p = random_prefix(variant->family, 2);
		struct mfib_route r = {
			.slot = self->slots[random_below(12)],
		};
		struct entry *e = list_find(self->list, &p, 0, 0);
		int err;

		mfib_mem_fail = 1 + random_below(4);
		if (e && random_below(2)) {
			err = mfib_rib_remove(&self->rib, &p, 0, 0, &self->why);
			if (!err)
				list_remove(self->list, e);
		} else {
			err = do_insert(self, &p, &r, MFIB_INSERT_CREATE |
					MFIB_INSERT_REPLACE);
			if (!err && !e) {
				e = &self->list->entry[self->list->count++];
				e->prefix = p;
			}
			if (!err)
				e->route = r;
		}
		failed += !!err;
		mfib_mem_fail = 0;
		if (err)
			ASSERT_EQ(-ENOMEM, err);
		compare_some(_metadata, self, variant);
		if (self->list->count > variant->most) {
			mfib_rib_flush(&self->rib, MFIB_SOURCE_ANY);
			now(&self->rib)->trie.grow_at = variant->grow_at;
			now(&self->rib)->patricia.cut_at = variant->grow_at;
			self->list->count = 0;
		}
	}
	compare_dump(_metadata, self);
	EXPECT_GT(failed, 100);
}

TEST_F(rib, an_empty_table_costs_little)
{
	struct mfib_rib_stats st;

	mfib_rib_stats(&self->rib, &st);
	EXPECT_LT(st.bytes, 2048);
}

/* The slot of the best route of a prefix, or 0. */
static u32 exact(FIXTURE_DATA(rib) *self, const struct mfib_prefix *p,
		 u8 source)
{
	struct mfib_route r;

	if (!mfib_rib_exact(&self->rib, p, source, &r))
		return 0;
	mfib_nexthop_put(&self->set, r.slot);
	return r.slot;
}

TEST_F(rib, a_session_changes_all_own_routes_at_once)
{
	struct mfib_prefix p = { .key = mfib_key4(0x0a000000), .len = 8 };
	struct mfib_prefix q = { .key = mfib_key4(0x0b000000), .len = 8 };
	struct mfib_route own = { .slot = self->slots[0] };
	struct mfib_route mirrored = { .slot = self->slots[1],
				       .source = MFIB_SOURCE_KERNEL };
	struct mfib_route next = { .slot = self->slots[2] };

	ASSERT_EQ(0, do_insert(self, &p, &own, MFIB_INSERT_CREATE));
	ASSERT_EQ(0, mfib_rib_begin(&self->rib, &self->why));
	EXPECT_EQ(-EBUSY, mfib_rib_begin(&self->rib, &self->why));
	mfib_nexthop_hold(&self->set, next.slot);
	ASSERT_EQ(0, mfib_rib_insert_next(&self->rib, &q, &next,
					  MFIB_INSERT_CREATE, &self->why));
	/* What the kernel does meanwhile is in both. */
	ASSERT_EQ(0, do_insert(self, &q, &mirrored, MFIB_INSERT_CREATE));
	EXPECT_EQ(mirrored.slot, exact(self, &q, MFIB_SOURCE_ANY));
	ASSERT_EQ(0, mfib_rib_commit(&self->rib, &self->why));
	EXPECT_EQ(0, exact(self, &p, MFIB_SOURCE_ANY));
	EXPECT_EQ(mirrored.slot, exact(self, &q, MFIB_SOURCE_KERNEL));
	EXPECT_EQ(next.slot, exact(self, &q, MFIB_SOURCE_ANY));
	EXPECT_EQ(-EINVAL, mfib_rib_commit(&self->rib, &self->why));
}

/* What is inserted again stays, with what has another source. */
TEST_F(rib, a_resync_removes_what_it_has_not_seen)
{
	unsigned int i, gone = 0;
	struct entry *e;

	for (i = 0; i < variant->most / 2; i++)
		random_insert(_metadata, self, variant);
	mfib_rib_mark_stale(&self->rib, MFIB_SOURCE_KERNEL);
	for (i = 0; i < 20; i++)
		random_remove(_metadata, self, variant);
	for (i = 0; i < self->list->count;) {
		e = &self->list->entry[i];
		if (e->route.source == MFIB_SOURCE_KERNEL && random_below(2)) {
			list_remove(self->list, e);
			gone++;
			continue;
		}
		if (e->route.source == MFIB_SOURCE_KERNEL)
			ASSERT_EQ(0, do_insert(self, &e->prefix, &e->route,
					       MFIB_INSERT_REPLACE));
		i++;
	}
	EXPECT_EQ(gone, now(&self->rib)->stale);
	EXPECT_EQ(gone, mfib_rib_sweep_stale(&self->rib, MFIB_SOURCE_KERNEL));
	EXPECT_EQ(0, now(&self->rib)->stale);
	compare_dump(_metadata, self);
}

TEST_HARNESS_MAIN
