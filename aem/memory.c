// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sources that say that memory is short.
 *
 * A shrinker that has nothing to free is asked each time the kernel looks for
 * memory, and the OOM notifier is called before a process is killed. Both tell
 * every source in memory_list, which memory_lock protects and which is read
 * under RCU. Nothing is allocated on the way.
 *
 * How long processes had to wait for memory is told by /proc/pressure/memory,
 * which can be watched as a descriptor.
 */
#include <linux/oom.h>
#include <linux/rculist.h>
#include <linux/shrinker.h>

#include "compat.h"
#include "aem.h"

static DEFINE_SPINLOCK(memory_lock);
static LIST_HEAD(memory_list);
static struct shrinker *memory_shrinker;

static void memory_tell(u32 what)
{
	struct aem_src *src;

	rcu_read_lock();
	list_for_each_entry_rcu(src, &memory_list, memory) {
		if (src->events & what)
			aem_happen(src, what, NULL, 0, NULL, 0);
	}
	rcu_read_unlock();
}

static unsigned long memory_count(struct shrinker *shrinker,
				  struct shrink_control *sc)
{
	memory_tell(AEM_MEM_RECLAIM);
	return SHRINK_EMPTY;
}

static unsigned long memory_scan(struct shrinker *shrinker,
				 struct shrink_control *sc)
{
	return SHRINK_STOP;
}

static int memory_oom(struct notifier_block *nb, unsigned long unused,
		      void *freed)
{
	memory_tell(AEM_MEM_OOM);
	return NOTIFY_OK;
}

static struct notifier_block memory_oom_nb = {
	.notifier_call = memory_oom,
};

static int memory_add(struct aem_src *src, struct aem_source *desc)
{
	spin_lock(&memory_lock);
	list_add_tail_rcu(&src->memory, &memory_list);
	spin_unlock(&memory_lock);
	return 0;
}

static void memory_del(struct aem_src *src)
{
	spin_lock(&memory_lock);
	list_del_rcu(&src->memory);
	spin_unlock(&memory_lock);
	aem_happen_stop(src);
}

const struct aem_kind_ops aem_memory_ops = {
	.add	= memory_add,
	.stop	= aem_happen_stop,
	.del	= memory_del,
};

/**
 * aem_memory_init() - listen
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 */
int aem_memory_init(void)
{
	int err;

	memory_shrinker = shrinker_alloc(0, "aem");
	if (!memory_shrinker)
		return -ENOMEM;
	memory_shrinker->count_objects = memory_count;
	memory_shrinker->scan_objects = memory_scan;
	memory_shrinker->seeks = DEFAULT_SEEKS;
	shrinker_register(memory_shrinker);
	err = register_oom_notifier(&memory_oom_nb);
	if (err)
		shrinker_free(memory_shrinker);
	return err;
}

/**
 * aem_memory_exit() - listen no more
 *
 * Context: Process context. May sleep.
 */
void aem_memory_exit(void)
{
	unregister_oom_notifier(&memory_oom_nb);
	shrinker_free(memory_shrinker);
}
