// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compiled policies as files: reading, checking the digest, writing.
 *
 * A file is written beside the old one, flushed, and renamed over it, so that a
 * power cut leaves the old or the new one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/evp.h>

#include "cmd.h"
#include "image.h"

/**
 * image_digest() - compute what the digest of an image has to be
 * @image: an image, whose header is good
 * @digest: filled in
 */
void image_digest(const void *image, uint8_t digest[DSM_IMAGE_DIGEST_LEN])
{
	const struct dsm_image_header *head = image;
	size_t len = le32_to_cpu(head->image_len) - DSM_IMAGE_SIGNED_LEN;

	if (EVP_Digest((const uint8_t *)image + DSM_IMAGE_SIGNED_LEN, len,
		       digest, NULL, EVP_sha256(), NULL))
		return;
	cmd_error("OpenSSL has no SHA-256");
	exit(CMD_FAILED);
}

/**
 * image_seal() - put the digest into an image
 * @image: an image that is right in all else
 */
void image_seal(void *image)
{
	struct dsm_image_header *head = image;

	image_digest(image, head->digest);
}

/**
 * image_check() - is this a policy, and undamaged
 * @image: @data and @len are set; @policy is filled in
 *
 * Return: NULL, or a sentence that says what is wrong.
 */
const char *image_check(struct image *image)
{
	uint8_t digest[DSM_IMAGE_DIGEST_LEN];
	const char *error;

	error = dsm_policy_parse(&image->policy, image->data, image->len);
	if (error)
		return error;
	image_digest(image->data, digest);
	if (memcmp(digest, image->policy.digest, sizeof(digest)))
		return "damaged: the digest does not match";
	return NULL;
}

static int read_file(struct image *image, int fd)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > DSM_IMAGE_MAX)
		return -EFBIG;
	image->data = malloc(st.st_size + 1);
	if (!image->data)
		return -ENOMEM;
	while (image->len < (size_t)st.st_size) {
		n = read(fd, (char *)image->data + image->len,
			 st.st_size - image->len);
		if (n < 0)
			return -errno;
		if (!n)
			break;
		image->len += n;
	}
	return 0;
}

/**
 * image_open() - read a compiled policy
 * @image: filled in; image_close() gives it back, not on errors
 * @path: the file
 *
 * Return: 0, or a negative error after saying why.
 */
int image_open(struct image *image, const char *path)
{
	const char *error;
	int fd, err;

	memset(image, 0, sizeof(*image));
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	err = fd < 0 ? -errno : read_file(image, fd);
	if (fd >= 0)
		close(fd);
	if (err) {
		cmd_error("%s: %s", path, strerror(-err));
		image_close(image);
		return err;
	}
	error = image_check(image);
	if (error) {
		cmd_error("%s: %s", path, error);
		image_close(image);
		return -EBADMSG;
	}
	return 0;
}

/**
 * image_close() - give an image's memory back
 * @image: as image_open() left it
 */
void image_close(struct image *image)
{
	free(image->data);
	memset(image, 0, sizeof(*image));
}

static int write_file(const char *path, const void *data, size_t len,
		      mode_t mode)
{
	const char *at = data;
	ssize_t n = 0;
	int fd, err;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	for (; len; at += n, len -= n) {
		n = write(fd, at, len);
		if (n < 0)
			break;
	}
	/* A pipe or a terminal cannot be flushed. */
	err = n < 0 || (fsync(fd) && errno != EINVAL) ? -errno : 0;
	close(fd);
	return err;
}

/* The name itself has to be on the disk, too. */
static int sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[4096];
	int fd, err;

	snprintf(folder, sizeof(folder), "%.*s", slash ?
		 (int)(slash - path + 1) : 1, slash ? path : ".");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = fsync(fd) && errno != EINVAL ? -errno : 0;
	close(fd);
	return err;
}

static int save(const char *path, const void *data, size_t len, mode_t mode)
{
	char beside[4096];
	struct stat st;
	int err;

	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return write_file(path, data, len, mode);
	if (snprintf(beside, sizeof(beside), "%s.new", path) >=
	    (int)sizeof(beside))
		return -ENAMETOOLONG;
	/* One that was left by a power cut may have another mode. */
	unlink(beside);
	err = write_file(beside, data, len, mode);
	if (!err && rename(beside, path))
		err = -errno;
	if (err)
		unlink(beside);
	return err ? err : sync_folder(path);
}

/**
 * image_save() - write a file, or leave the one that is there
 * @path: its name; what is no regular file is written to directly
 * @data: what to write
 * @len: bytes of it
 *
 * Return: 0, or a negative error after saying why.
 */
int image_save(const char *path, const void *data, size_t len)
{
	int err = save(path, data, len, 0644);

	if (err)
		cmd_error("%s: %s", path, strerror(-err));
	return err;
}

/**
 * image_save_private() - the same, for what only the owner may read
 * @path: its name
 * @data: what to write
 * @len: bytes of it
 *
 * Return: 0, or a negative error after saying why.
 */
int image_save_private(const char *path, const void *data, size_t len)
{
	int err = save(path, data, len, 0600);

	if (err)
		cmd_error("%s: %s", path, strerror(-err));
	return err;
}
