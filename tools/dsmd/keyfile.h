/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys of labels as dsmd keeps them on the disk.
 */
#ifndef DSMD_KEYFILE_H
#define DSMD_KEYFILE_H

#include <stdint.h>

#include "frame.h"

/* More keys than all epochs of a cluster can have, and what FRAME_KEYS takes. */
#define KEYFILE_MAX	(FRAME_KEYS_MAX / sizeof(struct frame_key))

/**
 * struct keyfile - keys of labels
 * @epoch: the one that is used
 * @key: all that are known, in host byte order
 * @count: how many
 */
struct keyfile {
	uint32_t		epoch;
	struct frame_key	*key;
	uint32_t		count;
};

int keyfile_read(const char *path, struct keyfile *keys);
int keyfile_write(const char *path, const struct keyfile *keys);
void keyfile_free(struct keyfile *keys);

#endif /* DSMD_KEYFILE_H */
