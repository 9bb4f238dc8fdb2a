/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signed files that wait for the disk together.
 */
#ifndef _DIGSIG_BATCH_H
#define _DIGSIG_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inplace.h"
#include "replace.h"
#include "tree.h"

#define BATCH_FILES	32
#define BATCH_BYTES	(64ULL << 20)

/** enum outcome - what became of a file */
enum outcome {
	OUTCOME_FAILED,		/* the reason was reported */
	OUTCOME_COPIED,		/* signed, by a new file */
	OUTCOME_IN_PLACE,	/* signed, by appending */
	OUTCOME_WOULD_SIGN,	/* in a dry run */
	OUTCOME_UNCHANGED,	/* it has this signature already */
};

/**
 * struct batch - what waits
 * @sync: bring it to the disk
 * @outcome: one per file of the tree; written when it is known
 * @copy: sign a file by a new one, since it cannot be done in place; NULL if
 *	that is not wanted
 * @arg: for @copy
 * @copies: new files that are written
 * @copy_slot: whose they are
 * @ncopies: how many
 * @bytes: how many they hold
 * @changes: changes in place that are ready
 * @change_file: whose they are; their first directories are held open
 * @change_slot: their numbers
 * @nchanges: how many
 */
struct batch {
	bool sync;
	enum outcome *outcome;
	void (*copy)(void *arg, size_t slot);
	void *arg;

	/* private: */
	struct replacement copies[BATCH_FILES];
	size_t copy_slot[BATCH_FILES];
	unsigned int ncopies;
	uint64_t bytes;
	struct inplace changes[BATCH_FILES];
	const struct tree_file *change_file[BATCH_FILES];
	size_t change_slot[BATCH_FILES];
	unsigned int nchanges;
};

void batch_add_copy(struct batch *b, const struct replacement *r, size_t slot);
void batch_add_change(struct batch *b, const struct inplace *c,
		      const struct tree_file *file, size_t slot);
void batch_finish(struct batch *b);

#endif /* _DIGSIG_BATCH_H */
