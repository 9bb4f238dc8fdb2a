/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changing a file where it is, for those that cannot be replaced.
 */
#ifndef _DIGSIG_INPLACE_H
#define _DIGSIG_INPLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "elfwrap.h"
#include "image.h"

int inplace_sign(struct image *img, int dirfd, const char *name,
		 const struct elfwrap *wrap, const uint8_t *seal,
		 size_t seal_len, bool sync);
int inplace_strip(struct image *img, int dirfd, const char *name,
		  bool sync);

#endif /* _DIGSIG_INPLACE_H */
