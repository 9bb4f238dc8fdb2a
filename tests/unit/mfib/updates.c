// SPDX-License-Identifier: GPL-2.0-only
/*
 * An hour of a real router: routes that are announced and withdrawn, put into a
 * table that holds others, with a lookup after each, compared with a hash of
 * prefixes that is asked for each length.
 *
 * The updates are those of bgp-update-trace.txt.gz, the routes those of
 * routes4.txt.gz, in ../shared/data or $MFIB_DATA; where they are not, as many
 * are made, in bursts about few prefixes as routers send them.
 */
#include <arpa/inet.h>
#include <kselftest_harness.h>

#include "../unit.h"
#include "mfib/rib.h"

#define ROUTES		30000	/* enough to get a root */
#define UPDATES		25000
#define HASH		(1u << 17)
#define HOPS		64

/* ---- the plain table ----------------------------------------------------- */

/** struct entry - a prefix, or a place where one was when @slot is 0 */
struct entry {
	struct mfib_prefix	prefix;
	bool			used;
	u32			slot;
};

static struct entry hash[HASH];

static struct entry *entry_of(const struct mfib_prefix *p)
{
	u64 at = (p->key.hi ^ p->len) * 0x9e3779b97f4a7c15ULL >> 47;

	while (hash[at].used && mfib_prefix_compare(&hash[at].prefix, p))
		at = (at + 1) % HASH;
	hash[at].prefix = *p;
	return &hash[at];
}

static u32 plain_lookup(u32 addr)
{
	struct mfib_prefix p;
	struct entry *e;
	unsigned int len;

	for (len = 33; len-- > 0;) {
		p.len = len;
		p.key = mfib_key_cut(mfib_key4(addr), len);
		e = entry_of(&p);
		if (e->used && e->slot)
			return e->slot;
	}
	return 0;
}

/* ---- where the updates come from ----------------------------------------- */

/** struct update - a line of the trace */
struct update {
	struct mfib_prefix	prefix;
	u32			hop;	/* 0: withdrawn */
};

static FILE *data_open(const char *name)
{
	const char *folder = getenv("MFIB_DATA");
	char command[512];

	snprintf(command, sizeof(command), "zcat %s/%s 2>/dev/null",
		 folder ? folder : "../shared/data", name);
	return popen(command, "r");
}

static bool parse(const char *text, unsigned int len, struct mfib_prefix *p)
{
	u8 bytes[4];

	return inet_pton(AF_INET, text, bytes) == 1 &&
	       mfib_prefix_init(p, MFIB_V4, bytes, len);
}

static unsigned int routes_read(struct update *to, unsigned int max)
{
	FILE *f = data_open("routes4.txt.gz");
	unsigned int count = 0, len, hop;
	char text[48];

	while (f && count < max &&
	       fscanf(f, "%47[^/]/%u %u\n", text, &len, &hop) == 3)
		if (parse(text, len, &to[count].prefix))
			to[count++].hop = 1 + hop % HOPS;
	if (f)
		pclose(f);
	return count;
}

static unsigned int updates_read(struct update *to, unsigned int max)
{
	FILE *f = data_open("bgp-update-trace.txt.gz");
	unsigned int count = 0, len, hop;
	char text[48], what;

	while (f && count < max &&
	       fscanf(f, "%*u %c %47[^/]/%u %*u.%*u.%*u.%u\n", &what, text,
		      &len, &hop) == 4)
		if (parse(text, len, &to[count].prefix))
			to[count++].hop = what == 'a' ? 1 + hop % HOPS : 0;
	if (f)
		pclose(f);
	return count;
}

static void random_prefix(struct mfib_prefix *p)
{
	p->len = random_below(10) ? 16 + random_below(9) : 8 + random_below(25);
	p->key = mfib_key_cut(mfib_key4((1 + random_below(220)) << 24 |
					random_below(1 << 24)), p->len);
}

static unsigned int routes_make(struct update *to, unsigned int max)
{
	unsigned int i;

	for (i = 0; i < max; i++) {
		random_prefix(&to[i].prefix);
		to[i].hop = 1 + random_below(HOPS);
	}
	return max;
}

static unsigned int updates_make(struct update *to, unsigned int max,
				 const struct update *routes)
{
	struct mfib_prefix some[40];
	unsigned int i, n;

	for (i = 0; i < max; i++) {
		for (n = 0; i % 400 == 0 && n < ARRAY_SIZE(some); n++) {
			some[n] = routes[random_below(ROUTES)].prefix;
			if (random_below(2))
				random_prefix(&some[n]);
		}
		to[i].prefix = some[random_below(ARRAY_SIZE(some))];
		to[i].hop = random_below(3) ? 1 + random_below(HOPS) : 0;
	}
	return max;
}

/* ---- the comparison ------------------------------------------------------ */

FIXTURE(updates) {
	struct mfib_nexthops	set;
	struct mfib_rib		rib;
	u32			slots[HOPS + 1];
	struct update		*routes;
	struct update		*updates;
	unsigned int		nroutes;
	unsigned int		nupdates;
};

FIXTURE_SETUP(updates)
{
	struct mfib_nh_spec spec = {};
	const char *why;
	u32 i;

	random_start();
	ASSERT_EQ(0, mfib_nexthops_init(&self->set, 1000, NULL, NULL));
	ASSERT_EQ(0, mfib_rib_init(&self->rib, MFIB_V4, &self->set));
	for (i = 1; i <= HOPS; i++) {
		spec.ifindex = i;
		ASSERT_EQ(0, mfib_nexthop_take(&self->set, &spec, NULL, 0,
					       &self->slots[i], &why));
	}
	self->routes = calloc(ROUTES, sizeof(*self->routes));
	self->updates = calloc(UPDATES, sizeof(*self->updates));
	ASSERT_NE(NULL, self->routes);
	ASSERT_NE(NULL, self->updates);
	self->nroutes = routes_read(self->routes, ROUTES);
	self->nupdates = updates_read(self->updates, UPDATES);
	TH_LOG("%s updates", self->nupdates ? "real" : "made");
	if (!self->nroutes)
		self->nroutes = routes_make(self->routes, ROUTES);
	if (!self->nupdates)
		self->nupdates = updates_make(self->updates, UPDATES,
					      self->routes);
}

FIXTURE_TEARDOWN(updates)
{
	u32 i;

	mfib_rib_destroy(&self->rib);
	for (i = 1; i <= HOPS; i++)
		mfib_nexthop_put(&self->set, self->slots[i]);
	mfib_nexthops_destroy(&self->set);
	free(self->routes);
	free(self->updates);
}

/* One update in both; what the table answers must be what the hash says. */
static int apply(FIXTURE_DATA(updates) *self, const struct update *u)
{
	const unsigned int how = MFIB_INSERT_CREATE | MFIB_INSERT_REPLACE;
	struct mfib_route r = { .slot = self->slots[u->hop] };
	struct entry *e = entry_of(&u->prefix);
	bool there = e->used && e->slot;
	const char *why;
	int err;

	if (u->hop) {
		mfib_nexthop_hold(&self->set, r.slot);
		err = mfib_rib_insert(&self->rib, &u->prefix, &r, how, &why);
		if (err)
			return err;
	} else {
		err = mfib_rib_remove(&self->rib, &u->prefix, MFIB_SOURCE_OWN,
				      MFIB_METRIC_ANY, &why);
		if (err != (there ? 0 : -ESRCH))
			return err ? err : -EEXIST;
	}
	e->used = true;
	e->slot = u->hop ? r.slot : 0;
	return 0;
}

/* An address inside of a prefix, or right behind its end. */
static u32 address_near(const struct mfib_prefix *p)
{
	u32 first = p->key.hi >> 32, size = p->len ? 1u << (32 - p->len) : 0;

	if (!random_below(8))
		return first + size;
	return first + (size ? random_below(size) : 0);
}

TEST_F(updates, every_lookup_is_as_the_hash_says)
{
	unsigned int i, k;
	u32 addr;

	for (i = 0; i < self->nroutes; i++)
		ASSERT_EQ(0, apply(self, &self->routes[i]));
	for (i = 0; i < self->nupdates; i++) {
		ASSERT_EQ(0, apply(self, &self->updates[i])) {
			TH_LOG("update %u", i + 1);
		}
		for (k = 0; k < 4; k++) {
			addr = address_near(k % 2 ?
				&self->updates[random_below(i + 1)].prefix :
				k ? &self->updates[i].prefix :
				&self->routes[random_below(self->nroutes)].prefix);
			ASSERT_EQ(plain_lookup(addr),
				  mfib_rib_slot4(&self->rib, addr)) {
				TH_LOG("update %u, address 0x%08x", i + 1,
				       addr);
			}
		}
	}
}

TEST_HARNESS_MAIN
