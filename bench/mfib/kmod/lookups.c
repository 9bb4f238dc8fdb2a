// SPDX-License-Identifier: GPL-2.0-only
/*
 * mfib_bench: instructions of a lookup in the kernel, ours and the kernel's.
 *
 * Reads routes (struct feed_route of feed.h) from the file routes=, puts them
 * into a table of its own copy of mfib's trie, and looks up addresses inside of
 * them with interrupts off, one at a time; then the same addresses in the
 * kernel's table kernel_table=, which another program has filled. Under QEMU's icount a
 * nanosecond is an instruction. What the clock costs is taken off.
 *
 * What was found is read in /sys/module/mfib_bench/parameters/results:
 *	NAME AVERAGE P50 P99 P999
 * and "NAME_bytes BYTES", of a route.
 */
#include <linux/fs.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>
#include <net/ip6_fib.h>
#include <net/ip_fib.h>
#include <net/ip6_route.h>

#include "rib.h"
#include "feed.h"

#define LOOKUPS		20000

static char *routes = "/routes4";
module_param(routes, charp, 0444);
MODULE_PARM_DESC(routes, "File with the routes");

static unsigned int family = 4;
module_param(family, uint, 0444);
MODULE_PARM_DESC(family, "4 or 6");

static unsigned int kernel_table;
module_param(kernel_table, uint, 0444);
MODULE_PARM_DESC(kernel_table, "The kernel's table with the same routes, or 0");

static char results[512];
module_param_string(results, results, sizeof(results), 0444);

static struct mfib_nexthops set;
static struct mfib_rib rib;
static u32 slots[256];
static struct feed_route *table;
static unsigned int count;
static u32 *took;
static u64 state = 20261121;
static u32 sum;

static u64 next_random(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dULL;
}

static int load(void)
{
	struct file *f = filp_open(routes, O_RDONLY, 0);
	loff_t at = 0;
	ssize_t got;

	if (IS_ERR(f))
		return PTR_ERR(f);
	count = i_size_read(file_inode(f)) / sizeof(*table);
	table = vmalloc(count * sizeof(*table));
	got = table ? kernel_read(f, table, count * sizeof(*table), &at) :
	      -ENOMEM;
	filp_close(f, NULL);
	return got < 0 ? got : 0;
}

static int fill(unsigned int fam)
{
	struct mfib_nh_spec spec = {};
	const char *why;
	unsigned int i;
	int err;

	err = mfib_nexthops_init(&set, 1000, NULL, NULL);
	if (err)
		return err;
	err = mfib_rib_init(&rib, fam, &set);
	for (i = 1; !err && i < 256; i++) {
		spec.ifindex = i;
		err = mfib_nexthop_take(&set, &spec, NULL, 0, &slots[i], &why);
	}
	for (i = 0; !err && i < count; i++) {
		struct mfib_route r = { .slot = slots[table[i].hop] };
		struct mfib_prefix p;

		if (!mfib_prefix_init(&p, fam, table[i].addr, table[i].len))
			return -EINVAL;
		mfib_nexthop_hold(&set, r.slot);
		err = mfib_rib_insert(&rib, &p, &r, MFIB_INSERT_CREATE, &why);
		cond_resched();
	}
	mfib_rib_settle(&rib);
	return err;
}

/* An address inside of a route. */
static struct mfib_key address(unsigned int fam)
{
	const struct feed_route *r = &table[next_random() % count];
	struct mfib_key k = mfib_key_init(fam, r->addr);
	struct mfib_key mask = mfib_key_cut((struct mfib_key){ ~0ULL, ~0ULL },
					    r->len);

	k.hi |= next_random() & ~mask.hi;
	k.lo |= next_random() & ~mask.lo;
	return mfib_key_cut(k, mfib_bits(fam));
}

static noinline void nothing(const struct mfib_key *k)
{
	barrier();
}

static noinline void ours4(const struct mfib_key *k)
{
	sum += mfib_rib_slot4(&rib, k->hi >> 32);
}

static noinline void ours6(const struct mfib_key *k)
{
	sum += mfib_rib_slot6(&rib, k);
}

static struct fib_table *table4;

static noinline void kernel4(const struct mfib_key *k)
{
	struct flowi4 fl = { .daddr = htonl(k->hi >> 32) };
	struct fib_result res;

	sum += fib_table_lookup(table4, &fl, &res, FIB_LOOKUP_NOREF);
}

static struct fib6_table *table6;

static noinline void kernel6(const struct mfib_key *k)
{
	struct flowi6 fl = { .flowi6_oif = 0 };
	struct rt6_info *rt;

	mfib_key_bytes(MFIB_V6, k, &fl.daddr);
	rt = ip6_pol_route(&init_net, table6, 0, &fl, NULL,
			   RT6_LOOKUP_F_DST_NOREF);
	sum += !!rt;
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* The same addresses each time. */
static u32 turn(unsigned int fam, void (*one)(const struct mfib_key *k))
{
	unsigned long flags;
	struct mfib_key k;
	unsigned int i;
	u64 began;

	state = 20261121;
	for (i = 0; i < LOOKUPS; i++) {
		k = address(fam);
		rcu_read_lock();
		local_irq_save(flags);
		began = ktime_get_ns();
		one(&k);
		took[i] = ktime_get_ns() - began;
		local_irq_restore(flags);
		rcu_read_unlock();
	}
	sort(took, LOOKUPS, sizeof(*took), compare, NULL);
	return took[LOOKUPS / 2];
}

static void measure(unsigned int fam, const char *name,
		    void (*one)(const struct mfib_key *k))
{
	u32 clock = turn(fam, nothing);
	size_t len = strlen(results);
	u64 all = 0;
	unsigned int i;

	turn(fam, one);
	for (i = 0; i < LOOKUPS; i++)
		all += took[i];
	snprintf(results + len, sizeof(results) - len, "%s %lld %d %d %d\n",
		 name, (s64)div_u64(all, LOOKUPS) - clock,
		 (int)(took[LOOKUPS / 2] - clock),
		 (int)(took[LOOKUPS * 99 / 100] - clock),
		 (int)(took[LOOKUPS / 1000 * 999] - clock));
}

static void measure_all(unsigned int fam)
{
	struct mfib_rib_stats st;
	size_t len;

	measure(fam, "ours", fam == MFIB_V4 ? ours4 : ours6);
	mfib_rib_stats(&rib, &st);
	len = strlen(results);
	snprintf(results + len, sizeof(results) - len, "ours_bytes %llu\n",
		 div_u64(st.bytes, count));
	if (!kernel_table)
		return;
	if (fam == MFIB_V4)
		table4 = fib_new_table(&init_net, kernel_table);
	else
		table6 = fib6_get_table(&init_net, kernel_table);
	if (fam == MFIB_V4 ? !!table4 : !!table6)
		measure(fam, "kernel", fam == MFIB_V4 ? kernel4 : kernel6);
}

static void empty(void)
{
	unsigned int i;

	mfib_rib_destroy(&rib);
	for (i = 1; i < 256; i++)
		mfib_nexthop_put(&set, slots[i]);
	mfib_nexthops_destroy(&set);
}

static int __init bench_init(void)
{
	unsigned int fam = family == 4 ? MFIB_V4 : MFIB_V6;
	int err = mfib_mem_setup();

	if (err)
		return err;
	took = vmalloc(LOOKUPS * sizeof(*took));
	err = took ? load() : -ENOMEM;
	if (!err)
		err = fill(fam);
	if (!err) {
		measure_all(fam);
		empty();
	}
	vfree(table);
	vfree(took);
	if (err)
		mfib_mem_exit();
	return err;
}
module_init(bench_init);

static void __exit bench_exit(void)
{
	mfib_mem_exit();
}
module_exit(bench_exit);

MODULE_DESCRIPTION("Measures lookups of mfib beside the kernel's");
MODULE_AUTHOR("CGL Modules");
MODULE_LICENSE("GPL");
MODULE_VERSION(CGL_VERSION);
