// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replacing a file: the new one beside the old one, then in its place.
 *
 * Nobody ever sees a half-written file: the new one is written without a name
 * (O_TMPFILE), so that nothing remains of it when the signer is killed, gets
 * owner, mode, times and extended attributes of the old one, goes to the disk,
 * and then takes over the name by rename(). A program that runs from the old
 * file keeps it. Where the file system has no O_TMPFILE the new file has a
 * temporary name from the start.
 *
 * Context: one thread per struct replacement.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "image.h"
#include "replace.h"
#include "report.h"

#define NAME_TRIES	16

static void make_name(char *name)
{
	unsigned long long r = 0;

	if (getrandom(&r, sizeof(r), 0) != sizeof(r))
		r = (unsigned long long)getpid() << 32 ^ (uintptr_t)name;
	snprintf(name, REPLACE_NAME_LEN, TEMPORARY_PREFIX "%016llx", r);
}

static int open_named(struct replacement *r)
{
	int i, fd = -1;

	for (i = 0; i < NAME_TRIES && fd < 0; i++) {
		make_name(r->name);
		fd = openat(r->dirfd, r->name,
			    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0600);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	if (fd < 0)
		r->name[0] = '\0';
	return fd;
}

/**
 * replacement_begin() - make an empty new file
 * @r: filled; ends in replacement_commit() or replacement_abort()
 * @file: what is to be replaced
 * @dirfd: directory of its first name, from tree_dir_get()
 *
 * Takes a reference to the directory of its own.
 *
 * Return: 0, or a negative error after reporting it.
 */
int replacement_begin(struct replacement *r, const struct tree_file *file,
		      int dirfd)
{
	int err;

	memset(r, 0, sizeof(*r));
	r->file = file;
	r->dirfd = dirfd;
	r->fd = openat(dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (r->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR ||
			  errno == ENOENT || errno == EINVAL))
		r->fd = open_named(r);
	if (r->fd < 0) {
		err = -errno;
		report_error("%s: cannot write a new file beside it: %s",
			     file->names->path, strerror(errno));
		return err;
	}
	tree_dir_get(file->names->dir);
	return 0;
}

/* Signatures of other kinds over contents that are not these any more. */
static bool stale_attribute(const char *name)
{
	return !strcmp(name, "security.ima") || !strcmp(name, "security.evm");
}

static int copy_attribute(int to, int from, const char *name)
{
	ssize_t len = fgetxattr(from, name, NULL, 0);
	char *value;
	int err = 0;

	if (len < 0)
		return errno == ENODATA ? 0 : -errno;
	value = malloc(len + 1);
	if (!value)
		return -ENOMEM;
	len = fgetxattr(from, name, value, len);
	if (len < 0 || fsetxattr(to, name, value, len, 0))
		err = -errno;
	free(value);
	return err;
}

/* Access lists and capabilities are extended attributes like others. */
static int copy_attributes(int to, int from, const char **which)
{
	static __thread char failed[256];
	ssize_t len = flistxattr(from, NULL, 0);
	char *list, *name;
	int err = 0;

	*which = "extended attributes";
	if (len <= 0)
		return len && errno != EOPNOTSUPP ? -errno : 0;
	list = malloc(len);
	if (!list)
		return -ENOMEM;
	len = flistxattr(from, list, len);
	if (len < 0)
		err = -errno;
	for (name = list; !err && name < list + len; name += strlen(name) + 1) {
		if (!stale_attribute(name))
			err = copy_attribute(to, from, name);
		if (err) {
			snprintf(failed, sizeof(failed), "attribute %s", name);
			*which = failed;
		}
	}
	free(list);
	return err;
}

/* Owner before mode and capabilities: changing it clears those. */
static int copy_inode(int to, int from, const struct stat *st,
		      const char **which)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };
	struct stat now;
	int err;

	*which = "owner";
	if (fstat(to, &now))
		return -errno;
	if ((now.st_uid != st->st_uid || now.st_gid != st->st_gid) &&
	    fchown(to, st->st_uid, st->st_gid))
		return -errno;
	err = copy_attributes(to, from, which);
	if (err)
		return err;
	*which = "mode";
	if (fchmod(to, st->st_mode & 07777))
		return -errno;
	*which = "times";
	return futimens(to, times) ? -errno : 0;
}

/**
 * replacement_finish() - give the new file all that the old one has
 * @r: its contents are written
 * @old_fd: the old file
 * @old: as it was when it was opened
 *
 * Return: 0, or a negative error after reporting it.
 */
int replacement_finish(struct replacement *r, int old_fd,
		       const struct stat *old)
{
	const char *which = "";
	int err;

	r->old = *old;
	err = copy_inode(r->fd, old_fd, old, &which);
	if (err)
		report_error("%s: cannot keep its %s: %s", r->file->names->path,
			     which, strerror(-err));
	return err;
}

static int link_fd(int fd, int dirfd, const char *name)
{
	char path[40];

	if (!linkat(fd, "", dirfd, name, AT_EMPTY_PATH))
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, path, dirfd, name, AT_SYMLINK_FOLLOW) ?
	       -errno : 0;
}

static int give_name(struct replacement *r)
{
	int i, err = 0;

	if (r->name[0])
		return 0;
	for (i = 0; i < NAME_TRIES; i++) {
		make_name(r->name);
		err = link_fd(r->fd, r->dirfd, r->name);
		if (err != -EEXIST)
			break;
	}
	if (err)
		r->name[0] = '\0';
	return err;
}

/* Every name must still be the file that was read. */
static int still_there(const struct replacement *r)
{
	const struct tree_name *name;
	struct stat now;
	unsigned int i;
	int fd, err;

	for (i = 0; i < r->file->nnames; i++) {
		name = &r->file->names[i];
		fd = tree_dir_get(name->dir);
		if (fd < 0)
			return fd;
		err = fstatat(fd, name->base, &now, AT_SYMLINK_NOFOLLOW) ?
		      -errno : 0;
		tree_dir_put(name->dir);
		if (err)
			return err;
		if (stat_differs(&r->old, &now))
			return -ESTALE;
	}
	return 0;
}

/* The other names of a file with several: each a link to the new one. */
static int take_other_name(const struct replacement *r,
			   const struct tree_name *name)
{
	char tmp[REPLACE_NAME_LEN];
	int fd, err;

	fd = tree_dir_get(name->dir);
	if (fd < 0)
		return fd;
	make_name(tmp);
	err = linkat(r->dirfd, r->file->names->base, fd, tmp, 0) ? -errno : 0;
	if (!err && renameat(fd, tmp, fd, name->base)) {
		err = -errno;
		unlinkat(fd, tmp, 0);
	}
	tree_dir_put(name->dir);
	return err;
}

static int take_names(struct replacement *r)
{
	const struct tree_name *first = r->file->names;
	unsigned int i;
	int err;

	err = give_name(r);
	if (err)
		return err;
	if (renameat(r->dirfd, r->name, r->dirfd, first->base))
		return -errno;
	r->name[0] = '\0';
	for (i = 1; i < r->file->nnames; i++) {
		err = take_other_name(r, &r->file->names[i]);
		if (err) {
			report_error("%s: still has the old contents, %s has the new ones: %s",
				     r->file->names[i].path, first->path,
				     strerror(-err));
			return -EREMOTEIO;
		}
	}
	return 0;
}

/**
 * replacement_commit() - put the new file in the place of the old one
 * @r: from replacement_finish(); ends here
 *
 * The caller has brought it to the disk if it should survive a crash.
 *
 * Return: 0, or a negative error after reporting it; the old file is untouched
 * then, but see the message about files of several names.
 */
int replacement_commit(struct replacement *r)
{
	int err;

	err = still_there(r);
	if (!err)
		err = take_names(r);
	if (err && err != -EREMOTEIO)
		report_error("%s: %s", r->file->names->path, err == -ESTALE ?
			     "changed while it was read; nothing was replaced" :
			     strerror(-err));
	replacement_abort(r);
	return err;
}

/**
 * replacement_abort() - forget the new file
 * @r: ends here
 */
void replacement_abort(struct replacement *r)
{
	if (r->name[0])
		unlinkat(r->dirfd, r->name, 0);
	close(r->fd);
	tree_dir_put(r->file->names->dir);
}
