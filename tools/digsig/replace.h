/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Replacing a file: the new one beside the old one, then in its place.
 */
#ifndef _DIGSIG_REPLACE_H
#define _DIGSIG_REPLACE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "tree.h"

#define REPLACE_NAME_LEN	32

/**
 * struct replacement - a new file that waits to take the place of an old one
 * @file: the old one, by all its names; its first directory is held open
 * @dirfd: that directory
 * @fd: the new one
 * @name: temporary name in @dirfd; empty as long as it has none
 * @old: the old one as it was read
 */
struct replacement {
	const struct tree_file *file;
	int dirfd;
	int fd;
	char name[REPLACE_NAME_LEN];
	struct stat old;
};

int replacement_begin(struct replacement *r, const struct tree_file *file,
		      int dirfd);
int replacement_finish(struct replacement *r, int old_fd,
		       const struct stat *old);
int replacement_commit(struct replacement *r);
void replacement_abort(struct replacement *r);

#endif /* _DIGSIG_REPLACE_H */
