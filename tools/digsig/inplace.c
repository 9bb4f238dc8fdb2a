// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changing a file where it is, for those that cannot be replaced.
 *
 * A file with names elsewhere, on a full disk, or in an image that is being
 * built can be signed by appending. The order makes every moment harmless: the
 * appended bytes are on the disk before the ELF header points at them, and the
 * header changes by one write within one sector. A signer that is killed in
 * between leaves a file that runs as before, that the kernel refuses as it
 * refused the unsigned one, and that "digsig strip" or signing again puts
 * right. Where the file system has leases, nobody else has the file open or
 * mapped meanwhile: who has it keeps us from starting, who comes waits.
 *
 * Context: one thread per file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "inplace.h"
#include "report.h"

#define CAPS_MAX	64

/**
 * struct tail - the end of a file, as it was
 * @bytes: what is there
 * @len: how much
 */
struct tail {
	uint8_t *bytes;
	size_t len;
};

static int write_at(int fd, const void *bytes, size_t len, uint64_t off)
{
	ssize_t n;

	while (len) {
		n = pwrite(fd, bytes, len, off);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ENOSPC;
		bytes = (const char *)bytes + n;
		len -= n;
		off += n;
	}
	return 0;
}

/*
 * From here on the file is ours alone, and what was read of it still holds. Our
 * own reading descriptor would keep us from getting the lease.
 */
static int open_for_writing(struct image *img, int dirfd, const char *name)
{
	struct stat now;

	image_close(img);
	img->fd = openat(dirfd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (img->fd < 0)
		return -errno;
	if (fcntl(img->fd, F_SETLEASE, F_WRLCK) && errno == EAGAIN)
		return -EBUSY;
	if (fstat(img->fd, &now))
		return -errno;
	return stat_differs(&img->st, &now) ? -ESTALE : 0;
}

static const char *error_text(int err)
{
	switch (err) {
	case -ESTALE:
		return "changed while it was read";
	case -EBUSY:
		return "is in use; do it without --in-place";
	default:
		return strerror(-err);
	}
}

static int remember_tail(struct tail *tail, const struct image *img)
{
	int err;

	tail->len = img->st.st_size - img->plain_len;
	tail->bytes = malloc(tail->len + 1);
	if (!tail->bytes)
		return -ENOMEM;
	err = image_read(img, tail->bytes, tail->len, img->plain_len);
	if (err)
		free(tail->bytes);
	return err;
}

/* Writing clears capabilities, and the set-user-ID bit for some. */
static int restore_inode(const struct image *img, const void *caps,
			 ssize_t caps_len)
{
	struct timespec times[2] = { img->st.st_atim, img->st.st_mtim };

	if (fchmod(img->fd, img->st.st_mode & 07777))
		return -errno;
	if (caps_len > 0 &&
	    fsetxattr(img->fd, "security.capability", caps, caps_len, 0))
		return -errno;
	return futimens(img->fd, times) ? -errno : 0;
}

static int append(const struct image *img, const struct elfwrap *wrap,
		  const uint8_t *seal, size_t seal_len)
{
	uint64_t sig_off = img->plain_len + wrap->tail_len;
	uint64_t end = sig_off + seal_len;
	int err;

	/* Room for all of it, before anything that is there changes. */
	if (fallocate(img->fd, FALLOC_FL_KEEP_SIZE, img->plain_len,
		      end - img->plain_len) && errno == ENOSPC)
		return -ENOSPC;
	err = write_at(img->fd, wrap->tail, wrap->tail_len, img->plain_len);
	if (!err)
		err = write_at(img->fd, seal, seal_len, sig_off);
	if (!err && ftruncate(img->fd, end))
		err = -errno;
	return err;
}

static void put_back(const struct image *img, const struct tail *tail)
{
	if (write_at(img->fd, tail->bytes, tail->len, img->plain_len) ||
	    ftruncate(img->fd, img->st.st_size))
		report_error("%s: the end of the file could not be put back; \"digsig strip\" may help",
			     img->path);
}

static int change(const struct image *img, const struct elfwrap *wrap,
		  const uint8_t *seal, size_t seal_len, bool sync)
{
	struct tail tail;
	int err;

	err = remember_tail(&tail, img);
	if (err)
		return err;
	err = append(img, wrap, seal, seal_len);
	if (!err && sync && fdatasync(img->fd))
		err = -errno;
	if (err)
		put_back(img, &tail);
	free(tail.bytes);
	if (!err)
		err = write_at(img->fd, wrap->head, img->head_len, 0);
	return err;
}

/**
 * inplace_sign() - append a signature to a file
 * @img: the file; its descriptor is exchanged
 * @dirfd: its directory
 * @name: its name there
 * @wrap: from elfwrap_build()
 * @seal: signature and footer
 * @seal_len: bytes of both
 * @sync: bring it to the disk, in the order that survives a crash
 *
 * Return: 0, or a negative error after reporting it.
 */
int inplace_sign(struct image *img, int dirfd, const char *name,
		 const struct elfwrap *wrap, const uint8_t *seal,
		 size_t seal_len, bool sync)
{
	uint8_t caps[CAPS_MAX];
	ssize_t caps_len;
	int err;

	caps_len = fgetxattr(img->fd, "security.capability", caps, sizeof(caps));
	err = open_for_writing(img, dirfd, name);
	if (!err)
		err = change(img, wrap, seal, seal_len, sync);
	if (!err)
		err = restore_inode(img, caps, caps_len);
	if (!err && sync && fsync(img->fd))
		err = -errno;
	if (err)
		report_error("%s: %s", img->path, error_text(err));
	return err;
}

/**
 * inplace_strip() - cut the signature off a file
 * @img: the file; its @state is DIGSIG_REASON_NONE; its descriptor is exchanged
 * @dirfd: its directory
 * @name: its name there
 * @sync: bring it to the disk
 *
 * The header goes back first: what is cut off afterwards is no longer named.
 *
 * Return: 0, or a negative error after reporting it.
 */
int inplace_strip(struct image *img, int dirfd, const char *name,
		  bool sync)
{
	uint8_t caps[CAPS_MAX];
	ssize_t caps_len;
	int err;

	caps_len = fgetxattr(img->fd, "security.capability", caps, sizeof(caps));
	err = open_for_writing(img, dirfd, name);
	if (!err)
		err = write_at(img->fd, img->head, img->head_len, 0);
	if (!err && sync && fdatasync(img->fd))
		err = -errno;
	if (!err && ftruncate(img->fd, img->plain_len))
		err = -errno;
	if (!err)
		err = restore_inode(img, caps, caps_len);
	if (!err && sync && fsync(img->fd))
		err = -errno;
	if (err)
		report_error("%s: %s", img->path, error_text(err));
	return err;
}
