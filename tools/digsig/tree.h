/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files to work on: found below the paths of a command line.
 */
#ifndef _DIGSIG_TREE_H
#define _DIGSIG_TREE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/**
 * struct tree_dir - a directory that holds files we found
 * @start: descriptor of the directory the walk began in; owned by the tree
 * @below: path from there, without symbolic links; "" for @start itself
 * @dev: device
 * @ino: inode number
 * @lock: protects @fd and @users
 * @fd: open while @users is not 0
 * @users: how many hold @fd
 * @next: for the tree, which frees it
 */
struct tree_dir {
	int start;
	char *below;
	dev_t dev;
	ino_t ino;
	pthread_mutex_t lock;
	int fd;
	unsigned int users;
	struct tree_dir *next;
};

/**
 * struct tree_name - one name of a file
 * @dir: the directory
 * @base: the name in it; points into @path
 * @path: for messages
 */
struct tree_name {
	struct tree_dir *dir;
	const char *base;
	char *path;
};

/**
 * struct tree_file - one file, by all the names we found
 * @names: its names, sorted by path
 * @nnames: how many; at least 1
 * @nlink: how many it has
 * @size: bytes, when it was found
 * @dev: device
 * @ino: inode number
 */
struct tree_file {
	struct tree_name *names;
	unsigned int nnames;
	unsigned int nlink;
	uint64_t size;
	dev_t dev;
	ino_t ino;
};

/** enum tree_want - which files */
enum tree_want {
	TREE_PROGRAMS,	/* below directories: programs. Named files: all */
	TREE_REGULAR,	/* all regular files */
};

/**
 * struct tree - what was found
 * @files: sorted by path
 * @nfiles: how many
 * @bytes: of all of them
 * @errors: how many paths could not be looked at; each was reported
 * @walked: a directory was among the paths
 */
struct tree {
	struct tree_file *files;
	size_t nfiles;
	uint64_t bytes;
	unsigned int errors;
	bool walked;

	/* private: what the walk needs */
	enum tree_want want;
	size_t room;
	struct tree_dir *dirs;
	int *starts;
	size_t nstarts;
};

int tree_find(struct tree *t, char *const *paths, size_t npaths,
	      enum tree_want want);
void tree_free(struct tree *t);
int tree_dir_get(struct tree_dir *dir);
void tree_dir_put(struct tree_dir *dir);

#define TEMPORARY_PREFIX	".digsig-tmp."

#endif /* _DIGSIG_TREE_H */
