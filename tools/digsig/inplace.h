/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changing a file where it is, instead of replacing it.
 */
#ifndef _DIGSIG_INPLACE_H
#define _DIGSIG_INPLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "elfwrap.h"
#include "image.h"

#define INPLACE_CAPS_MAX	64

/** enum inplace_state - how far a change came */
enum inplace_state {
	INPLACE_UNTOUCHED,	/* the file is as it was, or is so again */
	INPLACE_BEGUN,		/* it has the old contents and more behind */
	INPLACE_DONE,
};

/**
 * struct inplace - a change that waits
 * @path: for messages; borrowed
 * @dirfd: directory of the file; borrowed
 * @name: its name there; borrowed
 * @strip: a signature is cut off; else one is appended
 * @anew: the signature that is there has another shape, and is cut off first
 * @alone: only if nobody else can have the file open
 * @st: the file as it was read
 * @plain_len: bytes of it without what signing appends
 * @head: its new first bytes
 * @old_head: its first bytes as they are
 * @plain_head: its first bytes without a signature
 * @head_len: how many
 * @tail: what is appended; NULL for stripping
 * @tail_len: bytes of it
 * @end_at: where in @tail that begins by which stripping knows what to do
 * @old_tail: what is there now behind @plain_len
 * @old_tail_len: bytes of it
 * @caps: security.capability, which writing clears
 * @caps_len: bytes of it, not positive for none
 * @fd: open for writing during the change
 * @state: how far it came
 * @err: 0, or the negative error that stopped it
 */
struct inplace {
	const char *path;
	int dirfd;
	const char *name;
	bool strip;
	bool anew;
	bool alone;
	struct stat st;
	uint64_t plain_len;
	uint8_t head[IMAGE_HEAD_LEN];
	uint8_t old_head[IMAGE_HEAD_LEN];
	uint8_t plain_head[IMAGE_HEAD_LEN];
	uint32_t head_len;
	uint8_t *tail;
	size_t tail_len;
	size_t end_at;
	uint8_t *old_tail;
	size_t old_tail_len;
	uint8_t caps[INPLACE_CAPS_MAX];
	ssize_t caps_len;
	int fd;
	enum inplace_state state;
	int err;
};

bool inplace_wise(void);
bool inplace_suits(const struct image *img, int dirfd, const char *name);
int inplace_begin_sign(struct inplace *c, struct image *img, int dirfd,
		       const char *name, const struct elfwrap *wrap,
		       const uint8_t *seal, size_t seal_len);
int inplace_begin_strip(struct inplace *c, struct image *img, int dirfd,
			const char *name);
void inplace_carry_out(struct inplace *list, unsigned int n, bool sync);
void inplace_report(const struct inplace *c);
void inplace_end(struct inplace *c);

#endif /* _DIGSIG_INPLACE_H */
