/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a digest to a signature with its footer, and back.
 */
#ifndef _DIGSIG_SEAL_H
#define _DIGSIG_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digsig/footer.h"
#include "elfwrap.h"
#include "image.h"
#include "sigkey.h"
#include "stream.h"

#define SEAL_MAX	(DIGSIG_SIG_MAX + DIGSIG_FOOTER_LEN)

int seal_make(struct sigkey *key, const struct digsig_info *info,
	      const uint8_t *digest, uint8_t *seal, size_t *len);
int seal_digest(struct stream *s, const struct image *img, uint8_t *digest);
int image_digest(struct stream *s, const struct image *img, uint8_t *digest);
int image_digest_wrapped(struct stream *s, const struct image *img,
			 const struct elfwrap *wrap, uint8_t *digest);
bool seal_matches(const struct sigkey *key, const struct image *img,
		  const uint8_t *digest);
int seal_write_file(struct sigkey *key, enum digsig_type type,
		    const void *covered, size_t len, const char *path);

#endif /* _DIGSIG_SEAL_H */
