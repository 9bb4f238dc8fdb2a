/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compiled policies as files. Functions that return an error have said why.
 */
#ifndef DSM_IMAGE_H
#define DSM_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dsm/policy.h"

/**
 * struct image - a compiled policy that was read and found good
 * @data: its bytes
 * @len: how many, the signature included
 * @policy: to ask it
 */
struct image {
	void			*data;
	size_t			len;
	struct dsm_policy	policy;
};

void image_digest(const void *image, uint8_t digest[DSM_IMAGE_DIGEST_LEN]);
void image_seal(void *image);
const char *image_check(struct image *image);
int image_open(struct image *image, const char *path);
void image_close(struct image *image);
int image_save(const char *path, const void *data, size_t len);
int image_save_private(const char *path, const void *data, size_t len);

#endif /* DSM_IMAGE_H */
