// SPDX-License-Identifier: GPL-2.0-only
/*
 * mfib's trie beside DPDK's libraries, in one process, on one core.
 *
 * usage: native FAMILY(4|6) ROUTES
 *
 * prints "NAME VALUE" lines: million lookups a second, thousand changes a second,
 * nanoseconds, bytes. Ours and the peers take turns, so that what else the
 * machine does meets all of them, and the best turn of each counts. Next hops
 * are numbers, as in DPDK; what is looked up is the number.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include <rte_eal.h>
#include <rte_fib.h>
#include <rte_fib6.h>
#include <rte_lpm.h>
#include <rte_memory.h>
#include <rte_rib.h>

#include "mfib/rib.h"
#include "table.h"

#define ADDRESSES	(1u << 20)
#define FLOWS		16384
#define TURNS		5
#define SEED		20261121

static unsigned int family, count;
static struct line *lines;
static struct mfib_key *keys;
static u32 *addrs;
static uint8_t (*addrs6)[16];
static u64 state = SEED;

static struct mfib_nexthops set;
static struct mfib_rib rib;
static u32 slots[256];
static struct rte_fib *fib;
static struct rte_fib6 *fib6;
static struct rte_lpm *lpm;
static struct rte_rib *rrib;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

/* ---- DPDK ---------------------------------------------------------------- */

static int huge(const struct rte_memseg_list *msl, void *arg)
{
	(void)arg;
	madvise(msl->base_va, msl->len, MADV_HUGEPAGE);
	return 0;
}

/*
 * Huge pages without a mount: memory that is not shared, and madvise(). Where
 * files cannot grow, DPDK does not take a shared file.
 */
static void dpdk_begin(void)
{
	char *argv[] = { "native", "--no-huge", "-m", "1800", "--no-pci", "-l",
			 "0", "--no-telemetry", "--log-level=3", "--no-shconf",
			 NULL };
	struct rlimit old, none;

	getrlimit(RLIMIT_FSIZE, &old);
	none = old;
	none.rlim_cur = 0;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &none);
	if (rte_eal_init(10, argv) < 0) {
		fprintf(stderr, "rte_eal_init failed\n");
		exit(1);
	}
	setrlimit(RLIMIT_FSIZE, &old);
	rte_memseg_list_walk(huge, NULL);
}

static void dpdk_make(void)
{
	struct rte_fib_conf c4 = {
		.type = RTE_FIB_DIR24_8, .max_routes = 1 << 21,
		.dir24_8 = { .nh_sz = RTE_FIB_DIR24_8_4B, .num_tbl8 = 1 << 15 },
	};
	struct rte_fib6_conf c6 = {
		.type = RTE_FIB6_TRIE, .max_routes = 1 << 20,
		.trie = { .nh_sz = RTE_FIB6_TRIE_4B, .num_tbl8 = 300000 },
	};
	struct rte_lpm_config cl = { .max_rules = 1 << 20,
				     .number_tbl8s = 1 << 14 };
	struct rte_rib_conf cr = { .max_nodes = 1 << 21 };

	if (family == MFIB_V6) {
		fib6 = rte_fib6_create("fib6", -1, &c6);
		if (!fib6)
			exit(1);
		rte_fib6_select_lookup(fib6, RTE_FIB6_LOOKUP_TRIE_SCALAR);
		return;
	}
	fib = rte_fib_create("fib", -1, &c4);
	lpm = rte_lpm_create("lpm", -1, &cl);
	rrib = rte_rib_create("rib", -1, &cr);
	if (!fib || !lpm || !rrib)
		exit(1);
	rte_fib_select_lookup(fib, RTE_FIB_LOOKUP_DIR24_8_SCALAR_MACRO);
}

static int fib_change(const struct line *l, bool add)
{
	uint8_t ip[16];

	mfib_key_bytes(family, &l->prefix.key, ip);
	if (family == MFIB_V6)
		return add ? rte_fib6_add(fib6, ip, l->prefix.len, l->hop) :
			     rte_fib6_delete(fib6, ip, l->prefix.len);
	return add ? rte_fib_add(fib, l->prefix.key.hi >> 32, l->prefix.len,
				 l->hop) :
		     rte_fib_delete(fib, l->prefix.key.hi >> 32, l->prefix.len);
}

/* ---- ours ---------------------------------------------------------------- */

static void ours_begin(void)
{
	struct mfib_nh_spec spec = {};
	const char *why;
	unsigned int i;

	if (mfib_nexthops_init(&set, 1000, NULL, NULL))
		exit(1);
	for (i = 1; i < 256; i++) {
		spec.ifindex = i;
		if (mfib_nexthop_take(&set, &spec, NULL, 0, &slots[i], &why))
			exit(1);
	}
}

/* As a feeder does it: a reference to a next hop, and the route. */
static int our_change(const struct line *l, bool add)
{
	struct mfib_route r = { .slot = slots[l->hop] };
	const char *why;

	if (!add)
		return mfib_rib_remove(&rib, &l->prefix, 0, 0, &why);
	mfib_nexthop_hold(&set, r.slot);
	return mfib_rib_insert(&rib, &l->prefix, &r, MFIB_INSERT_CREATE, &why);
}

/* ---- changes ------------------------------------------------------------- */

static double timed(int (*one)(const struct line *, bool), bool add)
{
	double began = now();
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (one(&lines[i], add)) {
			fprintf(stderr, "change %u refused\n", i);
			exit(1);
		}
	}
	return count / (now() - began) / 1e3;
}

static void changes(void)
{
	double best[4] = { 0 }, rate;
	int turn;

	for (turn = 0; turn < 3; turn++) {
		if (mfib_rib_init(&rib, family, &set))
			exit(1);
		rate = timed(our_change, true);
		best[0] = rate > best[0] ? rate : best[0];
		rate = timed(our_change, false);
		best[1] = rate > best[1] ? rate : best[1];
		mfib_rib_destroy(&rib);
		dpdk_make();
		rate = timed(fib_change, true);
		best[2] = rate > best[2] ? rate : best[2];
		rate = timed(fib_change, false);
		best[3] = rate > best[3] ? rate : best[3];
		rte_fib_free(fib);
		rte_fib6_free(fib6);
		rte_lpm_free(lpm);
		rte_rib_free(rrib);
		fib = NULL;
		fib6 = NULL;
		lpm = NULL;
		rrib = NULL;
	}
	printf("insert %.1f\ndelete %.1f\n", best[0], best[1]);
	printf("fib_insert %.1f\nfib_delete %.1f\n", best[2], best[3]);
}

/* The longest of adding or removing a prefix of each length, in nanoseconds. */
static double worst(int (*one)(const struct line *, bool), unsigned int tries)
{
	unsigned int len, i;
	double most = 0, least, began, took;
	struct line l = { .hop = 9 };

	for (len = 1; len <= mfib_bits(family); len++) {
		l.prefix.len = len;
		l.prefix.key.hi = family == MFIB_V4 ? 0x5bc7a31dULL << 32 :
				  0x24008100aabbccddULL;
		l.prefix.key.lo = 0;
		l.prefix.key = mfib_key_cut(l.prefix.key, len);
		for (i = 0, least = 1e9; i < tries; i++) {
			began = now();
			if (one(&l, true))
				break;
			took = now() - began;
			began = now();
			one(&l, false);
			if (now() - began > took)
				took = now() - began;
			least = took < least ? took : least;
		}
		if (least < 1e9 && least > most)
			most = least;
	}
	return most * 1e9;
}

/* ---- lookups ------------------------------------------------------------- */

/* Each returns a sum, so that nothing is left out, and to compare. */
static u64 our_lookup(void)
{
	u64 sum = 0;
	unsigned int i;

	if (family == MFIB_V4)
		for (i = 0; i < ADDRESSES; i++)
			sum += mfib_rib_slot4(&rib, addrs[i]);
	else
		for (i = 0; i < ADDRESSES; i++)
			sum += mfib_rib_slot6(&rib, &keys[i]);
	return sum;
}

/* The next address needs the last answer. */
static u64 our_dependent(void)
{
	u64 sum = 0;
	u32 last = 0;
	unsigned int i;

	for (i = 0; i < ADDRESSES; i++) {
		struct mfib_key k = keys[i];

		k.lo ^= last >> 31;
		last = family == MFIB_V4 ?
		       mfib_rib_slot4(&rib, addrs[i] ^ (last >> 31)) :
		       mfib_rib_slot6(&rib, &k);
		sum += last;
	}
	return sum;
}

static u64 fib_lookup(void)
{
	u64 sum = 0;
	uint64_t hop;
	unsigned int i;

	if (family == MFIB_V6) {
		for (i = 0; i < ADDRESSES; i++) {
			rte_fib6_lookup_bulk(fib6, &addrs6[i], &hop, 1);
			sum += hop;
		}
		return sum;
	}
	for (i = 0; i < ADDRESSES; i++) {
		rte_fib_lookup_bulk(fib, &addrs[i], &hop, 1);
		sum += hop;
	}
	return sum;
}

static u64 fib_bulk(void)
{
	uint64_t hops[32];
	u64 sum = 0;
	unsigned int i, j;

	for (i = 0; i < ADDRESSES; i += 32) {
		if (family == MFIB_V6)
			rte_fib6_lookup_bulk(fib6, &addrs6[i], hops, 32);
		else
			rte_fib_lookup_bulk(fib, &addrs[i], hops, 32);
		for (j = 0; j < 32; j++)
			sum += hops[j];
	}
	return sum;
}

static u64 lpm_lookup(void)
{
	u64 sum = 0;
	unsigned int i;
	uint32_t hop;

	for (i = 0; i < ADDRESSES; i++)
		if (!rte_lpm_lookup(lpm, addrs[i], &hop))
			sum += hop;
	return sum;
}

static u64 rib_lookup(void)
{
	struct rte_rib_node *n;
	uint64_t hop;
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < ADDRESSES; i++) {
		n = rte_rib_lookup(rrib, addrs[i]);
		if (n) {
			rte_rib_get_nh(n, &hop);
			sum += hop;
		}
	}
	return sum;
}

static struct {
	const char *name;
	u64 (*run)(void);
	bool v6;
	double best;
} ways[] = {
	{ "ours", our_lookup, true, 0 },
	{ "fib", fib_lookup, true, 0 },
	{ "dependent", our_dependent, true, 0 },
	{ "fib_bulk", fib_bulk, true, 0 },
	{ "lpm", lpm_lookup, false, 0 },
	{ "rib", rib_lookup, false, 0 },
};

static struct mfib_key routed(void)
{
	const struct line *l = &lines[table_random(&state) % count];
	struct mfib_key k = l->prefix.key, mask = { ~0ULL, ~0ULL };

	mask = mfib_key_cut(mask, l->prefix.len);
	k.hi |= table_random(&state) & ~mask.hi;
	k.lo |= table_random(&state) & ~mask.lo;
	return mfib_key_cut(k, mfib_bits(family));
}

static void addresses(const char *kind)
{
	struct mfib_key flow[FLOWS];
	unsigned int i;

	for (i = 0; i < FLOWS; i++)
		flow[i] = routed();
	for (i = 0; i < ADDRESSES; i++) {
		if (!strcmp(kind, "random")) {
			keys[i].hi = table_random(&state);
			keys[i].lo = table_random(&state);
			if (family == MFIB_V4)
				keys[i].hi = ((table_random(&state) % 223 + 1)
					      << 56) | keys[i].hi >> 8;
			keys[i] = mfib_key_cut(keys[i], mfib_bits(family));
		} else if (!strcmp(kind, "routes")) {
			keys[i] = routed();
		} else {
			keys[i] = flow[table_random(&state) % FLOWS];
		}
		addrs[i] = keys[i].hi >> 32;
		mfib_key_bytes(MFIB_V6, &keys[i], addrs6[i]);
	}
}

static void lookups(const char *kind)
{
	unsigned int i, turn;
	u64 sums[ARRAY_SIZE(ways)] = { 0 };
	double began, rate;

	addresses(kind);
	for (i = 0; i < ARRAY_SIZE(ways); i++)
		ways[i].best = 0;
	for (turn = 0; turn < TURNS; turn++) {
		for (i = 0; i < ARRAY_SIZE(ways); i++) {
			if (family == MFIB_V6 && !ways[i].v6)
				continue;
			began = now();
			sums[i] = ways[i].run();
			rate = ADDRESSES / (now() - began) / 1e6;
			ways[i].best = rate > ways[i].best ? rate :
				       ways[i].best;
		}
	}
	for (i = 0; i < ARRAY_SIZE(ways); i++)
		if (family == MFIB_V4 || ways[i].v6)
			printf("%s_%s %.2f\n", kind, ways[i].name,
			       ways[i].best);
	/* Slots of next hops are their numbers here: the answers are equal. */
	printf("%s_agree %d\n", kind, sums[0] == sums[1]);
}

int main(int argc, char **argv)
{
	struct mfib_rib_stats st;
	unsigned int i;
	bool real;

	if (argc != 3)
		return 2;
	family = atoi(argv[1]) == 4 ? MFIB_V4 : MFIB_V6;
	count = atoi(argv[2]);
	lines = table_load(family, count, SEED, &real);
	keys = malloc(ADDRESSES * sizeof(*keys));
	addrs = malloc(ADDRESSES * sizeof(*addrs));
	addrs6 = malloc(ADDRESSES * sizeof(*addrs6));
	printf("real %d\nseed %d\n", real, SEED);
	dpdk_begin();
	ours_begin();
	changes();
	dpdk_make();
	if (mfib_rib_init(&rib, family, &set))
		return 1;
	timed(our_change, true);
	timed(fib_change, true);
	for (i = 0; family == MFIB_V4 && i < count; i++) {
		u32 ip = lines[i].prefix.key.hi >> 32;
		struct rte_rib_node *n;

		rte_lpm_add(lpm, ip, lines[i].prefix.len, lines[i].hop);
		n = rte_rib_insert(rrib, ip, lines[i].prefix.len);
		if (n)
			rte_rib_set_nh(n, lines[i].hop);
	}
	mfib_rib_settle(&rib);
	mfib_rib_stats(&rib, &st);
	printf("bytes %.1f\n", (double)st.bytes / count);
	lookups("random");
	lookups("routes");
	lookups("flows");
	printf("worst %.0f\n", worst(our_change, 9));
	printf("fib_worst %.0f\n", worst(fib_change, 3));
	return 0;
}
