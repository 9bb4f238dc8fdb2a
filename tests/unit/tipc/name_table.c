// SPDX-License-Identifier: GPL-2.0-only
/*
 * The name table, compared with a plain list under random changes, and what it
 * promises of turns, scopes, order and exclusiveness.
 */
#include <kselftest_harness.h>

#include "../unit.h"
#include "tipc/name_table.h"

#define OWN	0x1001
#define TYPES	3
#define MAXP	400
#define MAXS	12

/* ---- the plain list -------------------------------------------------------- */

struct entry {
	struct tipc_publ *publ;		/* NULL if remote */
	struct tipc_service_range sr;
	struct tipc_socket_addr at;
	u32 key;
	u8 scope;
	u64 id;
};

struct event {
	struct tipc_sub *sub;
	u32 event, lower, upper, port;
};

struct events {
	struct event e[200000];
	unsigned int n;
};

struct watcher {
	struct tipc_sub sub;
	bool on;
	u64 since;
};

static struct entry list[MAXP];
static unsigned int nlist;
static struct watcher watchers[MAXS];
static struct events seen, wanted;
static struct tipc_nametbl nt;
static struct list_head nodes[4];
static u64 ids;

static void note(struct events *to, struct tipc_sub *sub, u32 event, u32 lower,
		 u32 upper, u32 port)
{
	to->e[to->n++] = (struct event) { sub, event, lower, upper, port };
}

static void report(struct tipc_sub *sub, u32 event, const struct tipc_publ *p)
{
	note(&seen, sub, event, p->lower, p->upper, p->port);
}

static bool same_range(const struct tipc_service_range *a,
		       const struct tipc_service_range *b)
{
	return a->type == b->type && a->lower == b->lower &&
	       a->upper == b->upper;
}

static bool overlap(const struct tipc_service_range *a,
		    const struct tipc_service_range *b)
{
	return a->type == b->type && a->lower <= b->upper &&
	       b->lower <= a->upper;
}

static unsigned int count_range(const struct tipc_service_range *sr)
{
	unsigned int i, n = 0;

	for (i = 0; i < nlist; i++)
		n += same_range(&list[i].sr, sr);
	return n;
}

static void want_report(struct watcher *w, const struct entry *e, u32 event,
			bool edge)
{
	struct tipc_service_range range = {
		w->sub.type, w->sub.lower, w->sub.upper
	};

	if (overlap(&range, &e->sr) && (edge || w->sub.filter & TIPC_SUB_PORTS))
		note(&wanted, &w->sub, event, e->sr.lower, e->sr.upper,
		     e->at.ref);
}

/* The newest subscription is told first. */
static void want_all(const struct entry *e, u32 event, bool edge)
{
	u64 below = ~0ull;
	int i;

	for (;;) {
		struct watcher *next = NULL;

		for (i = 0; i < MAXS; i++)
			if (watchers[i].on && watchers[i].since < below &&
			    (!next || watchers[i].since > next->since))
				next = &watchers[i];
		if (!next)
			return;
		want_report(next, e, event, edge);
		below = next->since;
	}
}

static void list_in(struct entry e)
{
	e.id = ids++;
	list[nlist++] = e;
	want_all(&e, TIPC_PUBLISHED, count_range(&e.sr) == 1);
}

static void list_out(unsigned int i)
{
	struct entry e = list[i];

	list[i] = list[--nlist];
	want_all(&e, TIPC_WITHDRAWN, !count_range(&e.sr));
}

/* ---- random changes -------------------------------------------------------- */

static struct tipc_service_range random_range(void)
{
	u32 a = random_below(20), b = random_below(20);

	if (random_below(3) == 0)
		b = a;
	if (random_below(20) == 0)
		return (struct tipc_service_range) {
			random_below(TYPES), 0, ~0u
		};
	return (struct tipc_service_range) {
		random_below(TYPES), min(a, b), max(a, b)
	};
}

static void change_publish(void)
{
	struct entry e = {
		.sr = random_range(),
		.at = { 1 + random_below(10), OWN },
		.key = random_next(),
		.scope = random_below(2) ? TIPC_NODE_SCOPE : TIPC_CLUSTER_SCOPE,
	};

	if (nlist == MAXP)
		return;
	e.publ = tipc_nametbl_publish(&nt, &e.sr, e.scope, e.at.ref, e.key, 0);
	if (IS_ERR(e.publ))
		abort();
	list_in(e);
}

static void change_insert(void)
{
	u32 node = random_below(4);
	struct entry e = {
		.sr = random_range(),
		.at = { 1 + random_below(10), 0x2000 + node },
		.key = random_below(50),
		.scope = TIPC_CLUSTER_SCOPE,
	};
	unsigned int i;
	int err;

	if (nlist == MAXP)
		return;
	err = tipc_nametbl_insert(&nt, &e.sr, e.scope, &e.at, e.key,
				  &nodes[node]);
	for (i = 0; i < nlist; i++)
		if (!list[i].publ && same_range(&list[i].sr, &e.sr) &&
		    list[i].key == e.key && list[i].at.ref == e.at.ref &&
		    list[i].at.node == e.at.node)
			break;
	if (err != (i < nlist ? -EEXIST : 0))
		abort();
	if (!err)
		list_in(e);
}

static void change_remove(void)
{
	unsigned int i;
	struct entry e;

	if (!nlist)
		return;
	i = random_below(nlist);
	e = list[i];
	if (e.publ) {
		tipc_nametbl_withdraw(&nt, e.publ);
	} else {
		if (!tipc_nametbl_remove(&nt, &e.sr, &e.at, e.key))
			abort();
		if (tipc_nametbl_remove(&nt, &e.sr, &e.at, e.key))
			abort();
	}
	list_out(i);
}

static void change_purge(void)
{
	u32 node = random_below(4), n = 0;
	unsigned int i;

	if (random_below(40))
		return;
	/* In the order in which they came. */
	for (;;) {
		unsigned int best = nlist;

		for (i = 0; i < nlist; i++)
			if (list[i].at.node == 0x2000 + node &&
			    (best == nlist || list[i].id < list[best].id))
				best = i;
		if (best == nlist)
			break;
		list_out(best);
		n++;
	}
	if (tipc_nametbl_purge(&nt, &nodes[node]) != n)
		abort();
}

static void existing(struct watcher *w)
{
	struct tipc_service_range range = {
		w->sub.type, w->sub.lower, w->sub.upper
	};
	u64 done = 0;
	unsigned int i, k;

	for (;;) {
		struct entry *next = NULL;

		for (i = 0; i < nlist; i++) {
			struct entry *e = &list[i];
			bool first = true;

			if (!overlap(&range, &e->sr) || e->id < done)
				continue;
			for (k = 0; k < nlist; k++)
				if (same_range(&list[k].sr, &e->sr) &&
				    list[k].id < e->id)
					first = false;
			if (!first && !(w->sub.filter & TIPC_SUB_PORTS))
				continue;
			if (!next || e->id < next->id)
				next = e;
		}
		if (!next)
			return;
		note(&wanted, &w->sub, TIPC_PUBLISHED, next->sr.lower,
		     next->sr.upper, next->at.ref);
		done = next->id + 1;
	}
}

static void change_subscription(void)
{
	struct watcher *w = &watchers[random_below(MAXS)];
	struct tipc_service_range sr = random_range();

	if (w->on) {
		tipc_nametbl_unsubscribe(&nt, &w->sub);
		w->on = false;
		return;
	}
	w->sub = (struct tipc_sub) {
		.type = sr.type, .lower = sr.lower, .upper = sr.upper,
		.filter = 1 + random_below(2), .report = report,
	};
	w->since = ids++;
	if (tipc_nametbl_subscribe(&nt, &w->sub))
		abort();
	existing(w);
	w->on = true;
}

/* ---- questions ------------------------------------------------------------- */

static bool ask_anycast(void)
{
	u32 type = random_below(TYPES), inst = random_below(20), i;
	struct tipc_socket_addr to = { 0, random_below(2) ? OWN : 0 };
	bool local = to.node, found = false, right = false;
	struct tipc_service_range first = { type, ~0u, ~0u };

	/* The first range that has it, by lower and then by upper end. */
	for (i = 0; i < nlist; i++) {
		struct entry *e = &list[i];

		if (e->sr.type != type || e->sr.lower > inst ||
		    e->sr.upper < inst || (local && !e->publ))
			continue;
		if (!found || e->sr.lower < first.lower ||
		    (e->sr.lower == first.lower && e->sr.upper < first.upper))
			first = e->sr;
		found = true;
	}
	if (tipc_nametbl_anycast(&nt, type, inst, &to) != found)
		return false;
	for (i = 0; i < nlist; i++)
		right |= same_range(&list[i].sr, &first) &&
			 list[i].at.ref == to.ref && list[i].at.node == to.node;
	return !found || right;
}

static bool ask_many(bool want_nodes)
{
	struct tipc_service_range sr = random_range();
	u8 scope = (u8[]) { TIPC_ANY_SCOPE, 2, 3 }[random_below(3)];
	bool exact = random_below(2), hit[64] = { }, right = true;
	struct tipc_dests d;
	u32 i, n = 0, v;

	tipc_dests_init(&d);
	if (want_nodes ? tipc_nametbl_mcast_nodes(&nt, &sr, &d) :
	    tipc_nametbl_mcast_ports(&nt, &sr, scope, exact, &d))
		abort();
	for (i = 0; i < nlist; i++) {
		struct entry *e = &list[i];

		if (!overlap(&e->sr, &sr) || !e->publ != want_nodes)
			continue;
		if (!want_nodes && (exact ? e->scope != scope :
					    e->scope > scope))
			continue;
		v = want_nodes ? e->at.node - 0x2000 : e->at.ref;
		n += !hit[v];
		hit[v] = true;
	}
	right = d.n == n;
	for (i = 0; i < d.n && right; i++) {
		v = want_nodes ? d.v[i] - 0x2000 : d.v[i];
		right = v < 64 && hit[v];
		hit[v] = false;
	}
	tipc_dests_free(&d);
	return right;
}

struct dumped {
	const struct tipc_publ *last;
	unsigned int n, room;
	bool sorted;
};

static int dump_one(const struct tipc_publ *p, void *arg)
{
	struct dumped *d = arg;
	const struct tipc_publ *l = d->last;

	if (!d->room--)
		return 1;
	d->n++;
	if (l && (l->type > p->type || (l->type == p->type &&
	    (l->lower > p->lower ||
	     (l->lower == p->lower && l->upper > p->upper)))))
		d->sorted = false;
	d->last = p;
	return 0;
}

static bool ask_dump(void)
{
	struct dumped d = { .sorted = true };
	struct tipc_nametbl_cursor at = { };

	do {
		d.room = 1 + random_below(5);
		tipc_nametbl_dump(&nt, &at, dump_one, &d);
	} while (!at.done);
	return d.n == nlist && d.sorted;
}

static void table_start(void)
{
	unsigned int i;

	if (tipc_nametbl_init(&nt))
		abort();
	tipc_nametbl_set_own(&nt, OWN);
	for (i = 0; i < ARRAY_SIZE(nodes); i++)
		INIT_LIST_HEAD(&nodes[i]);
}

static void table_end(void)
{
	unsigned int i;

	for (i = 0; i < MAXS; i++)
		if (watchers[i].on)
			tipc_nametbl_unsubscribe(&nt, &watchers[i].sub);
	while (nlist)
		change_remove();
	tipc_nametbl_exit(&nt);
}

TEST(agrees_with_a_plain_list)
{
	unsigned int i, limit;

	random_start();
	table_start();
	for (i = 0; i < 20000; i++) {
		limit = i / 2000 % 2 ? 4 : 8;	/* grow, shrink, grow ... */
		switch (random_below(10)) {
		case 0: case 1: case 2:
			if (random_below(10) < limit)
				change_publish();
			break;
		case 3: case 4: case 5:
			if (random_below(10) < limit)
				change_insert();
			break;
		case 6: case 7: case 8:
			change_remove();
			break;
		default:
			change_subscription();
			change_purge();
		}
		seen.n %= 100000;
		ASSERT_TRUE(ask_anycast());
		ASSERT_TRUE(ask_many(false));
		ASSERT_TRUE(ask_many(true));
		if (i % 64 == 0)
			ASSERT_TRUE(ask_dump());
		ASSERT_EQ(seen.n, wanted.n);
		ASSERT_EQ(0, memcmp(seen.e, wanted.e,
				    seen.n * sizeof(seen.e[0])));
		seen.n = 0;
		wanted.n = 0;
		ASSERT_EQ(nt.npubl, nlist);
	}
	table_end();
}

/* ---- promises -------------------------------------------------------------- */

static struct tipc_publ *bind_to(u32 lower, u32 upper, u32 port, u32 flags)
{
	struct tipc_service_range sr = { 100, lower, upper };

	return tipc_nametbl_publish(&nt, &sr, TIPC_CLUSTER_SCOPE, port, port,
				    flags);
}

static u32 ask(u32 instance, u32 domain)
{
	struct tipc_socket_addr to = { 0, domain };

	return tipc_nametbl_anycast(&nt, 100, instance, &to) ? to.ref : 0;
}

TEST(turns_are_exact)
{
	unsigned int count[8] = { }, i;
	struct tipc_publ *p[7];

	table_start();
	for (i = 0; i < 7; i++)
		p[i] = bind_to(5, 9, i + 1, 0);
	for (i = 0; i < 7 * 50; i++)
		count[ask(7, 0)]++;
	for (i = 1; i < 8; i++)
		EXPECT_EQ(50, count[i]);
	EXPECT_EQ(0, ask(10, 0));
	for (i = 0; i < 7; i++)
		tipc_nametbl_withdraw(&nt, p[i]);
	EXPECT_EQ(0, ask(7, 0));
	table_end();
}

TEST(closest_first_with_legacy_addresses)
{
	struct tipc_service_range sr = { 100, 1, 1 };
	struct tipc_socket_addr far = { 77, 0x2001 };
	unsigned int i, local = 0;
	struct tipc_publ *p;

	table_start();
	p = bind_to(1, 1, 5, 0);
	EXPECT_EQ(0, tipc_nametbl_insert(&nt, &sr, 2, &far, 1, &nodes[1]));
	for (i = 0; i < 100; i++)
		local += ask(1, 0) == 5;
	EXPECT_EQ(50, local);
	for (i = 0; i < 100; i++)
		ASSERT_EQ(5, ask(1, OWN));
	nt.legacy = true;
	for (i = 0; i < 100; i++)
		ASSERT_EQ(5, ask(1, 0));
	tipc_nametbl_withdraw(&nt, p);
	EXPECT_EQ(77, ask(1, 0));
	EXPECT_EQ(0, ask(1, OWN));
	tipc_nametbl_purge(&nt, &nodes[1]);
	table_end();
}

TEST(another_domain_is_looked_up_there)
{
	struct tipc_socket_addr to = { 9, 0x2003 };

	table_start();
	EXPECT_TRUE(tipc_nametbl_anycast(&nt, 1, 1, &to));
	EXPECT_EQ(0, to.ref);
	EXPECT_EQ(0x2003, to.node);
	EXPECT_FALSE(tipc_nametbl_in_scope(&nt, 0x01001000, 0x01001001));
	nt.legacy = true;
	EXPECT_TRUE(tipc_nametbl_in_scope(&nt, 0x01001000, 0x01001001));
	EXPECT_TRUE(tipc_nametbl_in_scope(&nt, 0x01000000, 0x01001001));
	EXPECT_FALSE(tipc_nametbl_in_scope(&nt, 0x01002000, 0x01001001));
	table_end();
}

TEST(exclusive_means_alone)
{
	struct tipc_publ *p, *q;

	table_start();
	p = bind_to(10, 20, 1, TIPC_PUBL_EXCLUSIVE);
	ASSERT_FALSE(IS_ERR(p));
	EXPECT_EQ(-EADDRINUSE, PTR_ERR(bind_to(20, 30, 2, 0)));
	EXPECT_EQ(-EADDRINUSE, PTR_ERR(bind_to(0, 10, 2, 0)));
	EXPECT_EQ(-EADDRINUSE, PTR_ERR(bind_to(12, 12, 2, 0)));
	q = bind_to(21, 30, 2, 0);
	ASSERT_FALSE(IS_ERR(q));
	/* The owner may have more, elsewhere it is not alone. */
	EXPECT_EQ(-EADDRINUSE,
		  PTR_ERR(bind_to(25, 40, 1, TIPC_PUBL_EXCLUSIVE)));
	tipc_nametbl_withdraw(&nt, q);
	q = bind_to(15, 40, 1, 0);
	ASSERT_FALSE(IS_ERR(q));
	tipc_nametbl_withdraw(&nt, q);
	tipc_nametbl_withdraw(&nt, p);
	q = bind_to(12, 12, 2, 0);
	ASSERT_FALSE(IS_ERR(q));
	tipc_nametbl_withdraw(&nt, q);
	table_end();
}

TEST(limits)
{
	static struct tipc_publ *p[TIPC_MAX_PUBL];
	struct tipc_dests d;
	struct tipc_service_range all = { 100, 0, ~0u };
	unsigned int i;

	table_start();
	EXPECT_EQ(-EINVAL, PTR_ERR(bind_to(2, 1, 1, 0)));
	for (i = 0; i < TIPC_MAX_PUBL; i++)
		p[i] = bind_to(i / 2, i / 2, i + 1, 0);
	EXPECT_EQ(-ENOSPC, PTR_ERR(bind_to(1, 1, 1, 0)));
	tipc_dests_init(&d);
	EXPECT_EQ(0, tipc_nametbl_mcast_ports(&nt, &all, TIPC_ANY_SCOPE, false,
					      &d));
	EXPECT_EQ(TIPC_MAX_PUBL, d.n);
	tipc_dests_free(&d);
	for (i = 0; i < TIPC_MAX_PUBL; i++)
		tipc_nametbl_withdraw(&nt, p[i]);
	table_end();
}

TEST(all_in_one_range)
{
	static struct tipc_publ *p[60000];
	unsigned int i;

	table_start();
	for (i = 0; i < 60000; i++)
		p[i] = bind_to(1, 1, i + 1, 0);
	for (i = 0; i < 60000; i++)
		tipc_nametbl_withdraw(&nt, p[(i * 7919u) % 60000]);
	table_end();
}

TEST(a_type_counts_what_is_sent_to_it)
{
	struct tipc_service_stats stats;
	u32 type = 0, npubl, nsub;
	struct tipc_publ *p;

	table_start();
	p = bind_to(1, 1, 5, 0);
	ask(1, 0);
	ask(1, 0);
	ask(2, 0);
	EXPECT_TRUE(tipc_nametbl_service_from(&nt, &type, &npubl, &nsub,
					      &stats));
	EXPECT_EQ(100, type);
	EXPECT_EQ(1, npubl);
	EXPECT_EQ(2, stats.msgs);
	EXPECT_EQ(1, stats.misses);
	type++;
	EXPECT_FALSE(tipc_nametbl_service_from(&nt, &type, &npubl, &nsub,
					       &stats));
	tipc_nametbl_withdraw(&nt, p);
	table_end();
}

TEST_HARNESS_MAIN
