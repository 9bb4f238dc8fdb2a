// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several threads that take work off one list.
 *
 * Locking: an item is taken by one atomic addition; what the work writes
 * belongs to the item or is the work's own concern.
 */
#include <pthread.h>
#include <sched.h>

#include "pool.h"
#include "stream.h"

#define THREADS_MAX	256

/**
 * pool_next() - take an item
 * @pool: the pool
 * @item: its number; set if there is one
 *
 * Context: a thread of the pool.
 * Return: false if all are taken, or the program was told to stop.
 */
bool pool_next(struct pool *pool, size_t *item)
{
	if (interrupted())
		return false;
	*item = atomic_fetch_add(&pool->next, 1);
	return *item < pool->count;
}

static void *thread(void *arg)
{
	struct pool *pool = arg;

	pool->work(pool);
	return NULL;
}

/**
 * pool_run() - do the work
 * @pool: the pool; its @count, @work and @arg are set
 * @threads: how many, 1 to 256; one of them is the caller
 *
 * Returns when all items are done. When a thread cannot be started the others
 * do its share.
 */
void pool_run(struct pool *pool, unsigned int threads)
{
	pthread_t ids[THREADS_MAX];
	unsigned int started = 0;

	if (threads > THREADS_MAX)
		threads = THREADS_MAX;
	if (threads > pool->count)
		threads = pool->count;
	atomic_init(&pool->next, 0);
	while (started + 1 < threads &&
	       !pthread_create(&ids[started], NULL, thread, pool))
		started++;
	pool->work(pool);
	while (started)
		pthread_join(ids[--started], NULL);
}

/**
 * pool_processors() - how many processors may we use?
 *
 * Return: at least 1.
 */
unsigned int pool_processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	return CPU_COUNT(&set) > 0 ? CPU_COUNT(&set) : 1;
}
