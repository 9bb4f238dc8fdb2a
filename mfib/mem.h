/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of one table: counted, limited, and freed when no reader is left.
 *
 * Protected by the lock of the table's writers, but for mfib_mem_total(), which
 * anybody may ask.
 */
#ifndef _MFIB_MEM_H
#define _MFIB_MEM_H

#include "pure.h"

struct mfib_retired;

/**
 * struct mfib_mem - what a table has allocated
 * @bytes: now, waiting for readers included
 * @limit: how much an insert may use; a delete may go over it
 * @over: an allocation failed for the limit and not for want of memory
 * @retired: what was taken out of the table and not yet handed to RCU
 */
struct mfib_mem {
	u64			bytes;
	u64			limit;
	bool			over;
	struct mfib_retired	*retired;
};

void mfib_mem_init(struct mfib_mem *m, u64 limit);
void *mfib_mem_alloc(struct mfib_mem *m, size_t size);
void *mfib_mem_grow(struct mfib_mem *m, void *p, size_t from, size_t to);
void mfib_mem_free(struct mfib_mem *m, void *p, size_t size);
void mfib_mem_retire(struct mfib_mem *m, void *p, size_t size);
void mfib_mem_flush(struct mfib_mem *m);
u64 mfib_mem_total(void);
int mfib_mem_setup(void);
void mfib_mem_exit(void);

#endif /* _MFIB_MEM_H */
