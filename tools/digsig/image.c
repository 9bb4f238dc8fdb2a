// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file as signing sees it: what it was before, and what it carries.
 *
 * A signed file is looked at as if it had not been signed: its length is that
 * of the content, and its first bytes are those that wrapping changed. So
 * signing again needs no stripping first. Files are read with pread(), never
 * mapped: a file that shrinks meanwhile is an error here and not a signal.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <gelf.h>

#include "elfwrap.h"
#include "image.h"
#include "report.h"
#include "stream.h"

#define LEASE_WAIT_MS	60000	/* more than fs.lease-break-time allows */
#define LEASE_POLL_MS	5

/**
 * image_read() - read a part of a file
 * @img: the file
 * @buf: filled
 * @len: bytes
 * @off: from where
 *
 * Return: 0, -EIO when the file ends before, or another negative error.
 */
int image_read(const struct image *img, void *buf, size_t len, uint64_t off)
{
	ssize_t n;

	while (len) {
		n = pread(img->fd, buf, len, off);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		buf = (char *)buf + n;
		len -= n;
		off += n;
	}
	return 0;
}

/**
 * image_kind_of() - tell what can run from what cannot
 * @head: first bytes of a file
 * @len: how many
 *
 * Return: the kind.
 */
enum image_kind image_kind_of(const uint8_t *head, size_t len)
{
	GElf_Ehdr ehdr;

	if (elf_header_read(head, len, &ehdr))
		return IMAGE_OTHER;
	if (ehdr.e_type == ET_EXEC || ehdr.e_type == ET_DYN)
		return IMAGE_ELF_PROGRAM;
	return IMAGE_ELF_OTHER;
}

static int undo_wrapping(struct image *img)
{
	uint8_t unwrap[DIGSIG_UNWRAP_LEN];
	int err;

	err = image_read(img, unwrap, sizeof(unwrap),
			 img->info.sig_off - sizeof(unwrap));
	if (err)
		return err;
	if (img->head_len < IMAGE_HEAD_LEN ||
	    elfwrap_undo(img->head, unwrap))
		img->error = "the wrapping cannot be undone";
	return 0;
}

static int read_footer(struct image *img)
{
	uint64_t len = img->st.st_size;
	int err;

	img->state = DIGSIG_REASON_UNSIGNED;
	img->plain_len = len;
	if (len < DIGSIG_FOOTER_LEN)
		return 0;
	err = image_read(img, img->footer, DIGSIG_FOOTER_LEN,
			 len - DIGSIG_FOOTER_LEN);
	if (err)
		return err;
	img->state = digsig_footer_parse(img->footer, len, &img->info);
	if (img->state == DIGSIG_REASON_MALFORMED)
		img->error = digsig_footer_error(img->footer, len);
	if (img->state != DIGSIG_REASON_NONE)
		return 0;
	img->plain_len = img->info.sig_off - img->info.wrap_len;
	return img->info.wrap_len ? undo_wrapping(img) : 0;
}

static int look_at(struct image *img)
{
	int err;

	img->head_len = img->st.st_size < IMAGE_HEAD_LEN ?
			(uint32_t)img->st.st_size : IMAGE_HEAD_LEN;
	err = image_read(img, img->head, img->head_len, 0);
	if (!err)
		err = read_footer(img);
	if (err)
		return err;
	if (img->plain_len < img->head_len)
		img->head_len = img->plain_len;
	img->kind = image_kind_of(img->head, img->head_len);
	return 0;
}

/**
 * image_open_quietly() - open for reading what may be anything
 * @dirfd: directory, or AT_FDCWD
 * @name: in that directory; the last component must not be a symbolic link
 *
 * Waits for no writer of a FIFO, but for a signer that has a lease on the file
 * and will soon be done: as long as the kernel would wait.
 *
 * Return: a descriptor, or -1 with errno.
 */
int image_open_quietly(int dirfd, const char *name)
{
	const struct timespec pause = { .tv_nsec = LEASE_POLL_MS * 1000000 };
	int fd, left = LEASE_WAIT_MS / LEASE_POLL_MS;

	do {
		fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
			    O_CLOEXEC);
	} while (fd < 0 && errno == EAGAIN && left-- && !interrupted() &&
		 (nanosleep(&pause, NULL), true));
	return fd;
}

/**
 * image_open() - open a file and see what it is
 * @img: filled; image_close() gives it back
 * @dirfd: directory, or AT_FDCWD
 * @name: in that directory; the last component must not be a symbolic link
 * @path: for messages; must outlive @img
 *
 * Return: 0, or a negative error after reporting it.
 */
int image_open(struct image *img, int dirfd, const char *name, const char *path)
{
	int err = 0;

	memset(img, 0, sizeof(*img));
	img->path = path;
	img->fd = image_open_quietly(dirfd, name);
	if (img->fd < 0) {
		err = -errno;
		report_error("%s: %s", path, err == -ELOOP ?
			     "is a symbolic link; name the file it points to" :
			     strerror(-err));
		return err;
	}
	if (fstat(img->fd, &img->st))
		err = -errno;
	else if (!S_ISREG(img->st.st_mode))
		err = -EINVAL;
	if (!err)
		err = look_at(img);
	if (err) {
		report_error("%s: %s", path, err == -EINVAL ?
			     "is not a regular file" : strerror(-err));
		image_close(img);
	}
	return err;
}

/**
 * image_close() - close a file
 * @img: no longer usable
 */
void image_close(struct image *img)
{
	if (img->fd >= 0)
		close(img->fd);
	img->fd = -1;
}

/**
 * image_signature() - read the signature of a file
 * @img: its @state is DIGSIG_REASON_NONE
 * @sig: DIGSIG_SIG_MAX bytes
 *
 * Return: 0 or a negative error.
 */
int image_signature(const struct image *img, uint8_t *sig)
{
	return image_read(img, sig, img->info.sig_len, img->info.sig_off);
}

static bool time_differs(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec || a->tv_nsec != b->tv_nsec;
}

/**
 * stat_differs() - has a file changed between two looks at it?
 * @a: first
 * @b: second
 *
 * Return: true if it is another file, or was written or changed.
 */
bool stat_differs(const struct stat *a, const struct stat *b)
{
	return a->st_dev != b->st_dev || a->st_ino != b->st_ino ||
	       a->st_size != b->st_size ||
	       time_differs(&a->st_mtim, &b->st_mtim) ||
	       time_differs(&a->st_ctim, &b->st_ctim);
}

/**
 * image_changed() - has the file changed since it was opened?
 * @img: the file
 *
 * Return: true if it has.
 */
bool image_changed(const struct image *img)
{
	struct stat now;

	return fstat(img->fd, &now) || stat_differs(&img->st, &now);
}

static bool beyond(const struct image *img, uint64_t off, uint64_t len)
{
	return off > img->plain_len || len > img->plain_len - off;
}

/* The program headers of either class, as far as their contents lie. */
static bool segments_beyond(const struct image *img, const GElf_Ehdr *ehdr)
{
	uint8_t raw[sizeof(Elf64_Phdr)];
	GElf_Phdr ph;
	unsigned int i;

	for (i = 0; i < ehdr->e_phnum; i++) {
		if (image_read(img, raw, ehdr->e_phentsize,
			       ehdr->e_phoff + (uint64_t)i * ehdr->e_phentsize) ||
		    elf_segment_read(img->head, raw, &ph))
			return true;
		if (ph.p_type == PT_LOAD &&
		    beyond(img, ph.p_offset, ph.p_filesz))
			return true;
	}
	return false;
}

/**
 * image_truncated() - does an ELF file lack what its headers name?
 * @img: of kind IMAGE_ELF_PROGRAM
 *
 * Return: half a sentence about what is missing, or NULL.
 */
const char *image_truncated(const struct image *img)
{
	GElf_Ehdr ehdr;
	size_t want;

	if (elf_header_read(img->head, img->head_len, &ehdr))
		return "it ends in its ELF header";
	want = ehdr.e_ident[EI_CLASS] == ELFCLASS32 ? sizeof(Elf32_Phdr) :
						      sizeof(Elf64_Phdr);
	if (ehdr.e_phnum && ehdr.e_phentsize != want)
		return "its program headers have a wrong size";
	if (beyond(img, ehdr.e_phoff, (uint64_t)ehdr.e_phnum * want))
		return "it ends before its program headers do";
	if (segments_beyond(img, &ehdr))
		return "it ends before its segments do";
	want = ehdr.e_ident[EI_CLASS] == ELFCLASS32 ? sizeof(Elf32_Shdr) :
						      sizeof(Elf64_Shdr);
	if (ehdr.e_shoff &&
	    beyond(img, ehdr.e_shoff, (uint64_t)ehdr.e_shnum * want))
		return "it ends before its section headers do";
	return NULL;
}
