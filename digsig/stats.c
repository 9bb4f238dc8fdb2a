// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters: one set per CPU, written without a lock by digsig_stat_add() and
 * summed here. They start at zero at load and are never reset, so a reader that
 * sees them twice may subtract.
 *
 * A sum is not a snapshot: CPUs go on counting while it is taken. Each counter
 * by itself never goes backwards.
 */
#include <linux/cpumask.h>
#include <linux/percpu.h>

#include "digsig.h"

DEFINE_PER_CPU(struct digsig_counters, digsig_counters);

/**
 * digsig_stat_read() - sum of one counter
 * @stat: enum digsig_stat, except DIGSIG_ST_REASON
 *
 * DIGSIG_ST_CACHED is not counted but asked of the cache, which knows.
 *
 * Context: Any context.
 * Return: the sum over all CPUs; 0 for a @stat that is out of range.
 */
u64 digsig_stat_read(unsigned int stat)
{
	u64 sum = 0;
	int cpu;

	if (stat == DIGSIG_ST_CACHED)
		return digsig_cache_count();
	if (stat > DIGSIG_ST_MAX)
		return 0;
	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(digsig_counters, cpu).stat[stat]);
	return sum;
}

/**
 * digsig_stat_reason() - how many refusals had one reason
 * @reason: enum digsig_reason
 *
 * Counted in log mode as well, where nothing was refused.
 *
 * Context: Any context.
 * Return: the sum over all CPUs; 0 for a @reason that is out of range.
 */
u64 digsig_stat_reason(unsigned int reason)
{
	u64 sum = 0;
	int cpu;

	if (reason > DIGSIG_REASON_MAX)
		return 0;
	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(digsig_counters, cpu).reason[reason]);
	return sum;
}
