// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmtest: faults for the test harness to find.
 *
 * Each value of the parameter "plant" is one fault, done once at load; the
 * tests in tests/vm/selftest load the module and expect the run to fail. With
 * "none" the module does nothing wrong. What is left behind on purpose stays
 * valid after the module has gone, so that finding it is all that happens.
 *
 * Locking: first_lock and second_lock protect nothing. "lock" takes them in
 * both orders, one after the other, which cannot hang and is wrong.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/security.h>
#include <linux/slab.h>

static char *plant = "none";
module_param(plant, charp, 0444);
MODULE_PARM_DESC(plant, "which fault to make, see vmtest.c (default: none)");

static DEFINE_MUTEX(first_lock);
static DEFINE_MUTEX(second_lock);

static void plant_warn(void)
{
	WARN(1, "vmtest: planted\n");
}

static void plant_oops(void)
{
	int *volatile nothing = NULL;

	WRITE_ONCE(*nothing, 1);
}

/* Preemption is counted on all our kernels, so stock ones see this too. */
static void plant_atomic(void)
{
	preempt_disable();
	msleep(20);
	preempt_enable();
}

/* Only lockdep sees it. */
static void plant_lock(void)
{
	mutex_lock(&first_lock);
	mutex_lock(&second_lock);
	mutex_unlock(&second_lock);
	mutex_unlock(&first_lock);

	mutex_lock(&second_lock);
	mutex_lock(&first_lock);
	mutex_unlock(&first_lock);
	mutex_unlock(&second_lock);
}

/* Only KASAN sees it. */
static void plant_stale(void)
{
	char *volatile p = kmalloc(32, GFP_KERNEL);

	if (!p)
		return;
	kfree(p);
	READ_ONCE(*p);
}

/* Only kmemleak sees it. */
static void plant_leak(void)
{
	static const size_t sizes[] = { 40, 72, 520 };
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		char *volatile p = kmalloc(sizes[i], GFP_KERNEL);

		if (p)
			p[0] = 0;
	}
}

/* A folder of securityfs and a slab cache, never given back. */
static void plant_leftovers(void)
{
	struct dentry *dir = securityfs_create_dir("vmtest", NULL);
	struct kmem_cache *cache;

	cache = kmem_cache_create("vmtest_object", 136, 0, SLAB_POISON, NULL);
	pr_info("left behind: %s %s\n", IS_ERR(dir) ? "nothing" : "folder",
		cache ? "cache" : "nothing");
}

/* The module stays: nobody holds a reference that could be dropped. */
static void plant_pinned(void)
{
	__module_get(THIS_MODULE);
}

static const struct {
	const char *name;
	void (*make)(void);
} faults[] = {
	{ "warn", plant_warn },
	{ "oops", plant_oops },
	{ "atomic", plant_atomic },
	{ "lock", plant_lock },
	{ "stale", plant_stale },
	{ "leak", plant_leak },
	{ "leftovers", plant_leftovers },
	{ "pinned", plant_pinned },
};

static int __init vmtest_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (!strcmp(plant, faults[i].name)) {
			faults[i].make();
			return 0;
		}
	}
	return strcmp(plant, "none") ? -EINVAL : 0;
}
module_init(vmtest_init);

static void __exit vmtest_exit(void)
{
}
module_exit(vmtest_exit);

MODULE_DESCRIPTION("Faults for the test harness to find");
MODULE_AUTHOR("CGL Modules");
MODULE_LICENSE("GPL");
MODULE_VERSION(CGL_VERSION);
