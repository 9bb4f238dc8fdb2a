/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of one table: counted, limited, and freed when no reader is left.
 *
 * Protected by the lock of the table's writers. Allocating sleeps.
 */
#ifndef _MFIB_MEM_H
#define _MFIB_MEM_H

#include "pure.h"

struct mfib_retired;
struct mfib_stash;

/**
 * struct mfib_mem - what a table has allocated
 * @bytes: now, without what only waits for the last reader
 * @limit: how much there may be
 * @unlimited: the limit is not looked at: what is done makes the table smaller
 * @over: an allocation failed for a limit and not for want of memory
 * @retired: what was taken out of the table and not yet handed to RCU
 * @spent: what has no readers any more and is being freed
 * @stash: pieces of a large table that are free, to be used next; or NULL
 */
struct mfib_mem {
	u64			bytes;
	u64			limit;
	bool			unlimited;
	bool			over;
	struct mfib_retired	*retired;
	struct mfib_retired	*spent;
	struct mfib_stash	*stash;
};

/* What all tables together may use; a module parameter in the kernel. */
extern unsigned long mfib_mem_limit;

void mfib_mem_init(struct mfib_mem *m, u64 limit);
void *mfib_mem_alloc(struct mfib_mem *m, size_t size);
void mfib_mem_free(struct mfib_mem *m, void *p, size_t size);
void mfib_mem_retire(struct mfib_mem *m, void *p, size_t size);
void mfib_mem_flush(struct mfib_mem *m);
unsigned long mfib_mem_total(void);
int mfib_mem_setup(void);
void mfib_mem_exit(void);

#ifndef __KERNEL__
/* Who frees what readers may still see; NULL when there are none. */
extern void (*mfib_mem_defer)(void *p, size_t size);
/* The allocation that fails, counted from the next; 0 for none. */
extern unsigned long mfib_mem_fail;
#endif

#endif /* _MFIB_MEM_H */
