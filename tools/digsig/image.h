/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file as signing sees it: what it was before, and what it carries.
 */
#ifndef _DIGSIG_IMAGE_H
#define _DIGSIG_IMAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "digsig/footer.h"

#define IMAGE_HEAD_LEN	64	/* holds an ELF header of either class */

/** enum image_kind - what the first bytes say */
enum image_kind {
	IMAGE_OTHER,
	IMAGE_ELF_PROGRAM,	/* what can be executed or mapped to run */
	IMAGE_ELF_OTHER,	/* objects, kernel modules, core dumps */
};

/**
 * struct image - an open file
 * @fd: open for reading
 * @path: for messages; borrowed
 * @st: as fstat() had it at the start
 * @kind: what it is
 * @state: DIGSIG_REASON_NONE if it ends with a footer that is right,
 *	DIGSIG_REASON_UNSIGNED if with none, DIGSIG_REASON_MALFORMED otherwise
 * @info: what the footer says
 * @footer: as it stands in the file
 * @error: what is malformed, or why the wrapping cannot be undone, which only
 *	matters to those who want the file as it was; NULL if nothing is wrong
 * @plain_len: bytes of the file as it was before it was signed
 * @head: the first @head_len bytes of the file as it was before it was signed
 * @head_len: IMAGE_HEAD_LEN, or less when the file is shorter
 */
struct image {
	int fd;
	const char *path;
	struct stat st;
	enum image_kind kind;
	enum digsig_reason state;
	struct digsig_info info;
	uint8_t footer[DIGSIG_FOOTER_LEN];
	const char *error;
	uint64_t plain_len;
	uint8_t head[IMAGE_HEAD_LEN];
	uint32_t head_len;
};

int image_open_quietly(int dirfd, const char *name);
int image_open(struct image *img, int dirfd, const char *name,
	       const char *path);
void image_close(struct image *img);
int image_read(const struct image *img, void *buf, size_t len, uint64_t off);
int image_signature(const struct image *img, uint8_t *sig);
bool image_changed(const struct image *img);
const char *image_truncated(const struct image *img);
enum image_kind image_kind_of(const uint8_t *head, size_t len);
bool stat_differs(const struct stat *a, const struct stat *b);

#endif /* _DIGSIG_IMAGE_H */
