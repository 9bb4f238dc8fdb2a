// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changing a file where it is, instead of replacing it.
 *
 * Signing appends: the contents of the file are not written again. What makes
 * that as safe as a new file:
 *
 * - The file is ours alone. A lease is given only if nobody has the file open
 *   or mapped, and whoever opens it then waits until we have closed it. So
 *   nobody sees anything between the old file and the new one.
 * - The order makes every moment harmless. What is appended is on the disk
 *   before the ELF header points at it, and the header changes by one write
 *   within one sector. The end of what is appended is written first: from then
 *   on "digsig strip" knows what was there before. A file that is left between
 *   the two by a power failure runs as the old one, the kernel refuses it as
 *   it refused the old one, and stripping or signing it again puts it right.
 * - A signer that is killed leaves no such file either: the changes are made
 *   by a process of its own, which finishes what it has begun. See
 *   inplace_carry_out().
 *
 * inplace_suits() names the files for which this is not enough.
 *
 * Context: one thread per struct inplace. Between inplace_carry_out() and the
 * end of perform() nothing is called but the kernel: the process that does it
 * shares its memory with threads that may die at any moment with locks held.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "inplace.h"
#include "report.h"

#define STACK_LEN	(64 * 1024)
#define NAMES_LEN	1024
#define MODULE_FOLDER	"/sys/module/digsig_lsm"
#define MODE_FILE	"/sys/kernel/security/digsig/mode"

/* ---- may it be done? ----------------------------------------------------------- */

/**
 * inplace_wise() - may files of this machine be changed where they are?
 *
 * While the module enforces, a power failure within a change would leave a file
 * that does not run, and it might be one that did: because it was signed, or by
 * a catalog.
 *
 * Return: false if the module enforces, or does not say whether it does.
 */
bool inplace_wise(void)
{
	char mode[16] = "";
	ssize_t n;
	int fd;

	if (access(MODULE_FOLDER, F_OK))
		return true;
	fd = open(MODE_FILE, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, mode, sizeof(mode) - 1);
	close(fd);
	return n > 0 && (!strncmp(mode, "off", 3) || !strncmp(mode, "log", 3));
}

/*
 * Writing takes capabilities away, and they are given back afterwards: who dies
 * in between has lost them. What IMA and EVM say of a file would become wrong;
 * a new file does not have it.
 */
static bool attribute_in_the_way(const char *name)
{
	return !strcmp(name, "security.capability") ||
	       !strcmp(name, "security.ima") || !strcmp(name, "security.evm");
}

static bool attributes_in_the_way(int fd)
{
	char list[NAMES_LEN];
	const char *name;
	ssize_t len;

	len = flistxattr(fd, list, sizeof(list));
	if (len < 0)
		return errno != EOPNOTSUPP;
	for (name = list; name < list + len; name += strlen(name) + 1)
		if (attribute_in_the_way(name))
			return true;
	return false;
}

/**
 * inplace_suits() - can a file be changed where it is and nothing be lost?
 * @img: the file
 * @dirfd: its directory
 * @name: its name there
 *
 * Not if it is a program that gives its user or group, or capabilities, to who
 * runs it; not if somebody else has it open, runs it, or if that cannot be
 * known; not if it must not be written to.
 *
 * Return: true if it can; it is looked at again when it is done.
 */
bool inplace_suits(const struct image *img, int dirfd, const char *name)
{
	if (img->st.st_mode & (S_ISUID | S_ISGID) ||
	    attributes_in_the_way(img->fd) ||
	    faccessat(dirfd, name, W_OK, AT_EACCESS) ||
	    fcntl(img->fd, F_SETLEASE, F_WRLCK))
		return false;
	return !fcntl(img->fd, F_SETLEASE, F_UNLCK);
}

/* ---- one change ------------------------------------------------------------------ */

static int begin(struct inplace *c, struct image *img, int dirfd,
		 const char *name)
{
	int err;

	memset(c, 0, sizeof(*c));
	c->path = img->path;
	c->dirfd = dirfd;
	c->name = name;
	c->st = img->st;
	c->plain_len = img->plain_len;
	c->head_len = img->head_len;
	memcpy(c->plain_head, img->head, c->head_len);
	c->fd = -1;
	c->caps_len = fgetxattr(img->fd, "security.capability", c->caps,
				sizeof(c->caps));
	c->old_tail_len = img->st.st_size - img->plain_len;
	c->old_tail = malloc(c->old_tail_len + 1);
	err = c->old_tail ? image_read(img, c->old_head, c->head_len, 0) :
			    -ENOMEM;
	if (!err)
		err = image_read(img, c->old_tail, c->old_tail_len,
				 c->plain_len);
	return err;
}

/**
 * inplace_begin_sign() - prepare to append a signature
 * @c: filled; ends in inplace_end()
 * @img: the file; closed here, because it would keep us from being alone
 * @dirfd: its directory; open until @c ends
 * @name: its name there
 * @wrap: from elfwrap_build(); copied
 * @seal: signature and footer; copied
 * @seal_len: bytes of both
 *
 * Return: 0, or a negative error after reporting it.
 */
int inplace_begin_sign(struct inplace *c, struct image *img, int dirfd,
		       const char *name, const struct elfwrap *wrap,
		       const uint8_t *seal, size_t seal_len)
{
	int err;

	err = begin(c, img, dirfd, name);
	image_close(img);
	c->tail_len = wrap->tail_len + seal_len;
	c->end_at = wrap->tail_len;
	c->anew = c->old_tail_len && img->info.wrap_len != wrap->tail_len;
	if (wrap->tail_len)
		c->end_at -= DIGSIG_UNWRAP_LEN;
	c->tail = malloc(c->tail_len);
	if (!c->tail)
		err = -ENOMEM;
	if (err) {
		report_error("%s: %s", c->path, strerror(-err));
		inplace_end(c);
		return err;
	}
	memcpy(c->head, wrap->head, c->head_len);
	if (wrap->tail_len)
		memcpy(c->tail, wrap->tail, wrap->tail_len);
	memcpy(c->tail + wrap->tail_len, seal, seal_len);
	return 0;
}

/**
 * inplace_begin_strip() - prepare to cut a signature off
 * @c: filled; ends in inplace_end()
 * @img: the file, its @state is DIGSIG_REASON_NONE; closed here
 * @dirfd: its directory; open until @c ends
 * @name: its name there
 *
 * Return: 0, or a negative error after reporting it.
 */
int inplace_begin_strip(struct inplace *c, struct image *img, int dirfd,
			const char *name)
{
	int err;

	err = begin(c, img, dirfd, name);
	image_close(img);
	c->strip = true;
	memcpy(c->head, c->plain_head, c->head_len);
	if (err) {
		report_error("%s: %s", c->path, strerror(-err));
		inplace_end(c);
	}
	return err;
}

/**
 * inplace_end() - forget a change
 * @c: from inplace_begin_sign() or inplace_begin_strip()
 */
void inplace_end(struct inplace *c)
{
	free(c->tail);
	free(c->old_tail);
	c->tail = NULL;
	c->old_tail = NULL;
}

/* ---- from here to perform() nothing but system calls ------------------------------- */

static int write_at(int fd, const uint8_t *bytes, size_t len, uint64_t off)
{
	ssize_t n;

	while (len) {
		n = pwrite(fd, bytes, len, off);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ENOSPC;
		bytes += n;
		len -= n;
		off += n;
	}
	return 0;
}

/* From here on the file is ours alone, and what was read of it still holds. */
static int open_alone(struct inplace *c)
{
	struct stat now;

	c->fd = openat(c->dirfd, c->name,
		       O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (c->fd < 0)
		return errno == EAGAIN ? -EBUSY : -errno;
	if (fcntl(c->fd, F_SETLEASE, F_WRLCK) && (c->alone || errno == EAGAIN))
		return errno == EAGAIN ? -EBUSY : -errno;
	if (fstat(c->fd, &now))
		return -errno;
	return stat_differs(&c->st, &now) ? -ESTALE : 0;
}

/* What the new end says of the header must hold while the old one is there. */
static int cut_off(const struct inplace *c)
{
	int err;

	err = write_at(c->fd, c->plain_head, c->head_len, 0);
	if (!err && (fdatasync(c->fd) || ftruncate(c->fd, c->plain_len)))
		err = -errno;
	return err;
}

static int append(struct inplace *c)
{
	uint64_t end = c->plain_len + c->tail_len;
	int err = 0;

	/* Room for all of it, before anything that is there changes. */
	if (fallocate(c->fd, FALLOC_FL_KEEP_SIZE, c->plain_len, c->tail_len) &&
	    (errno == ENOSPC || errno == EDQUOT || errno == EFBIG))
		return -errno;
	c->state = INPLACE_BEGUN;
	if (c->anew)
		err = cut_off(c);
	if (!err)
		err = write_at(c->fd, c->tail + c->end_at,
			       c->tail_len - c->end_at,
			       c->plain_len + c->end_at);
	if (!err)
		err = write_at(c->fd, c->tail, c->end_at, c->plain_len);
	if (!err && ftruncate(c->fd, end))
		err = -errno;
	return err;
}

/* The header of a stripped file goes first: nothing names the rest then. */
static int first_half(struct inplace *c)
{
	int err;

	err = open_alone(c);
	if (err)
		return err;
	if (!c->strip)
		return append(c);
	c->state = INPLACE_BEGUN;
	return write_at(c->fd, c->head, c->head_len, 0);
}

static int second_half(struct inplace *c)
{
	int err = 0;

	if (!c->strip)
		err = write_at(c->fd, c->head, c->head_len, 0);
	else if (ftruncate(c->fd, c->plain_len))
		err = -errno;
	if (!err)
		c->state = INPLACE_DONE;
	return err;
}

static int restore_times(const struct inplace *c)
{
	struct timespec times[2] = { c->st.st_atim, c->st.st_mtim };

	return futimens(c->fd, times) ? -errno : 0;
}

/* Writing clears capabilities, and the set-user-ID bit for some. */
static int restore_inode(const struct inplace *c)
{
	struct stat now;

	if (fstat(c->fd, &now))
		return -errno;
	if (now.st_mode != c->st.st_mode &&
	    fchmod(c->fd, c->st.st_mode & 07777))
		return -errno;
	if (c->caps_len > 0 &&
	    fsetxattr(c->fd, "security.capability", c->caps, c->caps_len, 0))
		return -errno;
	return restore_times(c);
}

/* After an error: back to what the file was. */
static void put_back(struct inplace *c)
{
	if (c->state != INPLACE_BEGUN ||
	    ((c->strip || c->anew) &&
	     write_at(c->fd, c->old_head, c->head_len, 0)) ||
	    write_at(c->fd, c->old_tail, c->old_tail_len, c->plain_len) ||
	    ftruncate(c->fd, c->st.st_size) || restore_inode(c))
		return;
	c->state = INPLACE_UNTOUCHED;
}

/* All of a batch begin to be written before any is waited for. */
static void wait_for_disk(struct inplace *list, unsigned int n,
			  int (*wait)(int fd))
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!list[i].err)
			sync_file_range(list[i].fd, 0, 0,
					SYNC_FILE_RANGE_WRITE);
	for (i = 0; i < n; i++)
		if (!list[i].err && wait(list[i].fd))
			list[i].err = -errno;
}

static void finish(struct inplace *c)
{
	if (c->err)
		put_back(c);
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

static void perform(struct inplace *list, unsigned int n, bool sync)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		list[i].err = first_half(&list[i]);
	if (sync)
		wait_for_disk(list, n, fdatasync);
	for (i = 0; i < n; i++)
		if (!list[i].err)
			list[i].err = second_half(&list[i]);
	for (i = 0; i < n; i++)
		if (!list[i].err)
			list[i].err = restore_inode(&list[i]);
	if (sync)
		wait_for_disk(list, n, fsync);
	for (i = 0; i < n; i++)
		finish(&list[i]);
}

/* ---- carrying out ------------------------------------------------------------------ */

/** struct order - what perform() is called with in a process of its own */
struct order {
	struct inplace *list;
	unsigned int n;
	bool sync;
};

static int obey(void *arg)
{
	const struct order *o = arg;

	/* What is sent to the group of the signer is not for us. */
	setpgid(0, 0);
	perform(o->list, o->n, o->sync);
	return 0;
}

/**
 * inplace_carry_out() - change files
 * @list: what to do; @state and @err of each are set
 * @n: how many, at most what the process may have open
 * @sync: bring it to the disk, in the order that survives a power failure
 *
 * This is done by a process that shares memory and descriptors with us, while
 * the calling thread waits. If we are killed meanwhile it lives on with both
 * until it is done, and nobody can open the files before that.
 *
 * Context: any thread.
 */
void inplace_carry_out(struct inplace *list, unsigned int n, bool sync)
{
	_Alignas(16) char stack[STACK_LEN];
	struct order order = { .list = list, .n = n, .sync = sync };
	unsigned int i;
	pid_t pid;

	for (i = 0; i < n; i++)
		list[i].err = -EINTR;
	pid = clone(obey, stack + sizeof(stack),
		    CLONE_VM | CLONE_FILES | CLONE_VFORK | SIGCHLD, &order);
	if (pid < 0)
		perform(list, n, sync);
	else
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	/* Only if somebody killed that process there is something to do. */
	for (i = 0; i < n; i++) {
		if (list[i].fd >= 0)
			close(list[i].fd);
		if (!list[i].err && list[i].state != INPLACE_DONE)
			list[i].err = -EINTR;
	}
}

/**
 * inplace_report() - say why a change was not made
 * @c: its @err is set
 */
void inplace_report(const struct inplace *c)
{
	if (c->state == INPLACE_BEGUN)
		report_error("%s: was changed by half: %s; \"digsig strip\" or signing it again puts it right",
			     c->path, strerror(-c->err));
	else if (c->err == -EBUSY)
		report_error("%s: is in use; do it without --in-place",
			     c->path);
	else
		report_error("%s: %s", c->path, c->err == -ESTALE ?
			     "changed while it was read" : strerror(-c->err));
}
