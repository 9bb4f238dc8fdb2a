// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files to work on: found below the paths of a command line.
 *
 * A path that the user names may lead through symbolic links; below it none is
 * followed, neither while looking nor later, when a directory is opened again
 * to replace a file in it. So whoever may write into the tree cannot lead a
 * signer that runs as root out of it.
 *
 * Names of one inode are brought together, because a replaced file has to
 * appear under all its names.
 *
 * Locking: the tree is built by one thread and read by many. Only the
 * descriptor of a directory is shared and changes, under tree_dir.lock.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "image.h"
#include "report.h"
#include "tree.h"

#define DIR_FLAGS	(O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define DEPTH_MAX	256

/* ---- directories ------------------------------------------------------------- */

/* Opens "a/b/c" below a directory, one step at a time, through no link. */
static int open_below(int start, const char *below)
{
	char step[NAME_MAX + 1];
	int fd, next;
	size_t len;

	fd = fcntl(start, F_DUPFD_CLOEXEC, 0);
	while (fd >= 0 && *below) {
		len = strcspn(below, "/");
		if (len > NAME_MAX) {
			close(fd);
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(step, below, len);
		step[len] = '\0';
		below += len + (below[len] == '/');
		next = openat(fd, step, DIR_FLAGS);
		close(fd);
		fd = next;
	}
	return fd;
}

/**
 * tree_dir_get() - open the directory of a file
 * @dir: the directory
 *
 * Context: any thread.
 * Return: a descriptor that stays open until tree_dir_put(), or a negative
 * error.
 */
int tree_dir_get(struct tree_dir *dir)
{
	int fd;

	pthread_mutex_lock(&dir->lock);
	if (!dir->users) {
		dir->fd = open_below(dir->start, dir->below);
		if (dir->fd < 0)
			dir->fd = -errno;
	}
	fd = dir->fd;
	if (fd >= 0)
		dir->users++;
	pthread_mutex_unlock(&dir->lock);
	return fd;
}

/**
 * tree_dir_put() - no longer need the directory of a file
 * @dir: the directory, from a successful tree_dir_get()
 *
 * Context: any thread.
 */
void tree_dir_put(struct tree_dir *dir)
{
	pthread_mutex_lock(&dir->lock);
	if (!--dir->users)
		close(dir->fd);
	pthread_mutex_unlock(&dir->lock);
}

static struct tree_dir *add_dir(struct tree *t, int start, const char *below,
				int fd)
{
	struct tree_dir *dir = calloc(1, sizeof(*dir));
	struct stat st;

	if (!dir)
		return NULL;
	dir->below = strdup(below);
	if (!dir->below || fstat(fd, &st)) {
		free(dir->below);
		free(dir);
		return NULL;
	}
	dir->start = start;
	dir->dev = st.st_dev;
	dir->ino = st.st_ino;
	pthread_mutex_init(&dir->lock, NULL);
	dir->next = t->dirs;
	t->dirs = dir;
	return dir;
}

/* ---- finding -------------------------------------------------------------------- */

static int add_file(struct tree *t, struct tree_dir *dir, const char *path,
		    const struct stat *st)
{
	struct tree_file *f, *grown;
	const char *slash;

	if (t->nfiles == t->room) {
		t->room = t->room ? t->room * 2 : 256;
		grown = reallocarray(t->files, t->room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		t->files = grown;
	}
	f = &t->files[t->nfiles];
	memset(f, 0, sizeof(*f));
	f->names = calloc(1, sizeof(*f->names));
	if (!f->names)
		return -ENOMEM;
	f->names->path = strdup(path);
	if (!f->names->path) {
		free(f->names);
		return -ENOMEM;
	}
	slash = strrchr(f->names->path, '/');
	f->names->base = slash ? slash + 1 : f->names->path;
	f->names->dir = dir;
	f->nnames = 1;
	f->nlink = st->st_nlink;
	f->size = st->st_size;
	f->dev = st->st_dev;
	f->ino = st->st_ino;
	t->nfiles++;
	return 0;
}

static bool program(int fd)
{
	uint8_t head[IMAGE_HEAD_LEN];
	ssize_t n;

	n = pread(fd, head, sizeof(head), 0);
	return n > 0 && image_kind_of(head, n) == IMAGE_ELF_PROGRAM;
}

static int consider(struct tree *t, struct tree_dir *dir, int dirfd,
		    const char *name, const char *path)
{
	struct stat st;
	int fd, err = 0;

	fd = image_open_quietly(dirfd, name);
	if (fd < 0) {
		/* Gone or exchanged since the directory was read. */
		if (errno != ENOENT && errno != ELOOP && errno != ENXIO) {
			report_error("%s: %s", path, strerror(errno));
			t->errors++;
		}
		return 0;
	}
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) &&
	    (t->want == TREE_REGULAR || program(fd)))
		err = add_file(t, dir, path, &st);
	close(fd);
	return err;
}

/* What the kernel makes up holds no files to sign, and has no end. */
static bool made_up(int fd)
{
	static const unsigned long types[] = {
		PROC_SUPER_MAGIC, SYSFS_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC,
		SECURITYFS_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
		DEVPTS_SUPER_MAGIC, BPF_FS_MAGIC, SELINUX_MAGIC, PSTOREFS_MAGIC,
		EFIVARFS_MAGIC,
	};
	struct statfs fs;
	size_t i;

	if (fstatfs(fd, &fs))
		return false;
	for (i = 0; i < ARRAY_SIZE(types); i++)
		if ((unsigned long)fs.f_type == types[i])
			return true;
	return false;
}

static int walk(struct tree *t, int start, int fd, const char *below,
		const char *path, unsigned int depth);

static char *join(const char *dir, const char *name)
{
	size_t len = strlen(dir);
	char *path = NULL;

	if (!len)
		return strdup(name);
	if (asprintf(&path, "%s%s%s", dir, dir[len - 1] == '/' ? "" : "/",
		     name) < 0)
		return NULL;
	return path;
}

static int descend(struct tree *t, int start, int dirfd, const char *name,
		   const char *below, const char *path, unsigned int depth)
{
	int fd, err;

	fd = openat(dirfd, name, DIR_FLAGS);
	if (fd < 0) {
		if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) {
			report_error("%s: %s", path, strerror(errno));
			t->errors++;
		}
		return 0;
	}
	if (depth >= DEPTH_MAX) {
		report_error("%s: more than %d directories deep", path,
			     DEPTH_MAX);
		t->errors++;
		close(fd);
		return 0;
	}
	err = walk(t, start, fd, below, path, depth + 1);
	return err;
}

static int visit(struct tree *t, struct tree_dir *dir, DIR *d,
		 const struct dirent *de, const char *path, unsigned int depth)
{
	char *sub = join(path, de->d_name), *below = NULL;
	unsigned char type = de->d_type;
	struct stat st;
	int err = 0;

	if (!sub)
		return -ENOMEM;
	if (type == DT_UNKNOWN &&
	    !fstatat(dirfd(d), de->d_name, &st, AT_SYMLINK_NOFOLLOW))
		type = S_ISREG(st.st_mode) ? DT_REG :
		       S_ISDIR(st.st_mode) ? DT_DIR : DT_UNKNOWN;
	if (type == DT_REG) {
		if (strncmp(de->d_name, TEMPORARY_PREFIX,
			    strlen(TEMPORARY_PREFIX)))
			err = consider(t, dir, dirfd(d), de->d_name, sub);
		else
			report_note("%s: skipped: left by a signer that was killed",
				    sub);
	} else if (type == DT_DIR) {
		below = join(dir->below, de->d_name);
		err = !below ? -ENOMEM :
		      descend(t, dir->start, dirfd(d), de->d_name, below, sub,
			      depth);
	}
	free(below);
	free(sub);
	return err;
}

/* Takes over fd. */
static int walk(struct tree *t, int start, int fd, const char *below,
		const char *path, unsigned int depth)
{
	struct tree_dir *dir;
	struct dirent *de;
	int err = 0;
	DIR *d;

	if (made_up(fd)) {
		close(fd);
		return 0;
	}
	dir = add_dir(t, start, below, fd);
	d = dir ? fdopendir(fd) : NULL;
	if (!d) {
		close(fd);
		return -ENOMEM;
	}
	for (errno = 0; !err && (de = readdir(d)); errno = 0)
		if (strcmp(de->d_name, ".") && strcmp(de->d_name, ".."))
			err = visit(t, dir, d, de, path, depth);
	if (!err && errno) {
		report_error("%s: %s", path, strerror(errno));
		t->errors++;
	}
	closedir(d);
	return err;
}

static int add_start(struct tree *t, int fd)
{
	int *grown = reallocarray(t->starts, t->nstarts + 1, sizeof(*grown));

	if (!grown) {
		close(fd);
		return -ENOMEM;
	}
	t->starts = grown;
	t->starts[t->nstarts++] = fd;
	return 0;
}

static int named_directory(struct tree *t, const char *path)
{
	int fd, again, err;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = add_start(t, fd);
	if (err)
		return err;
	again = open_below(fd, "");
	if (again < 0)
		return -errno;
	t->walked = true;
	return walk(t, fd, again, "", path, 0);
}

static int named_file(struct tree *t, const char *path, const struct stat *st)
{
	const char *slash = strrchr(path, '/');
	struct tree_dir *dir;
	char *parent;
	int fd, err;

	parent = slash == path ? strdup("/") :
		 slash ? strndup(path, slash - path) : strdup(".");
	if (!parent)
		return -ENOMEM;
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = -errno;
	free(parent);
	if (fd < 0)
		return err;
	err = add_start(t, fd);
	if (err)
		return err;
	dir = add_dir(t, fd, "", fd);
	return dir ? add_file(t, dir, path, st) : -ENOMEM;
}

static bool leads_to_directory(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static int named(struct tree *t, const char *path)
{
	struct stat st;
	int err;

	if (lstat(path, &st))
		err = -errno;
	else if (S_ISREG(st.st_mode))
		err = named_file(t, path, &st);
	else if (leads_to_directory(path))
		err = named_directory(t, path);
	else
		err = S_ISLNK(st.st_mode) ? -ELOOP : -EINVAL;
	if (!err || err == -ENOMEM)
		return err;
	report_error("%s: %s", path,
		     err == -EINVAL ? "is neither a regular file nor a directory" :
		     err == -ELOOP ? "is a symbolic link; name the file it points to" :
		     strerror(-err));
	t->errors++;
	return 0;
}

/* ---- names of one inode --------------------------------------------------------- */

static int by_inode(const void *a, const void *b)
{
	const struct tree_file *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	if (x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	return strcmp(x->names->path, y->names->path);
}

static int by_path(const void *a, const void *b)
{
	const struct tree_file *x = a, *y = b;

	return strcmp(x->names->path, y->names->path);
}

static bool has_name(const struct tree_file *f, const struct tree_name *name)
{
	unsigned int i;

	for (i = 0; i < f->nnames; i++)
		if (f->names[i].dir->dev == name->dir->dev &&
		    f->names[i].dir->ino == name->dir->ino &&
		    !strcmp(f->names[i].base, name->base))
			return true;
	return false;
}

/* The name moves over to @into, or goes if it is there under another path. */
static int merge(struct tree_file *into, struct tree_file *from)
{
	struct tree_name *grown;

	/* One name, twice in the tree: named twice, or mounted twice. */
	if (from->nlink < 2 || has_name(into, from->names)) {
		free(from->names->path);
		free(from->names);
		return 0;
	}
	grown = reallocarray(into->names, into->nnames + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	into->names = grown;
	into->names[into->nnames++] = from->names[0];
	free(from->names);
	return 0;
}

static int bring_together(struct tree *t)
{
	size_t i, kept = 0;
	int err = 0;

	qsort(t->files, t->nfiles, sizeof(*t->files), by_inode);
	for (i = 0; i < t->nfiles && !err; i++) {
		struct tree_file *last = kept ? &t->files[kept - 1] : NULL;

		if (last && last->dev == t->files[i].dev &&
		    last->ino == t->files[i].ino)
			err = merge(last, &t->files[i]);
		else
			t->files[kept++] = t->files[i];
	}
	if (err)
		return err;
	t->nfiles = kept;
	qsort(t->files, t->nfiles, sizeof(*t->files), by_path);
	for (i = 0; i < t->nfiles; i++)
		t->bytes += t->files[i].size;
	return 0;
}

/**
 * tree_find() - find files
 * @t: filled; tree_free() gives it back, on errors too
 * @paths: files and directories
 * @npaths: how many
 * @want: which files below directories; files that are named are always taken
 *
 * What cannot be looked at is reported and counted in @t->errors.
 *
 * Return: 0 or -ENOMEM.
 */
int tree_find(struct tree *t, char *const *paths, size_t npaths,
	      enum tree_want want)
{
	int err = 0;
	size_t i;

	memset(t, 0, sizeof(*t));
	t->want = want;
	for (i = 0; i < npaths && !err; i++)
		err = named(t, paths[i]);
	if (!err && t->nfiles)
		err = bring_together(t);
	if (err)
		report_error("%s", strerror(-err));
	return err;
}

/**
 * tree_free() - give back what tree_find() took
 * @t: empty afterwards
 */
void tree_free(struct tree *t)
{
	struct tree_dir *dir;
	unsigned int n;
	size_t i;

	for (i = 0; i < t->nfiles; i++) {
		for (n = 0; n < t->files[i].nnames; n++)
			free(t->files[i].names[n].path);
		free(t->files[i].names);
	}
	while ((dir = t->dirs)) {
		t->dirs = dir->next;
		pthread_mutex_destroy(&dir->lock);
		free(dir->below);
		free(dir);
	}
	for (i = 0; i < t->nstarts; i++)
		close(t->starts[i]);
	free(t->starts);
	free(t->files);
	memset(t, 0, sizeof(*t));
}
