/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy that a command is given: a text or an image, whichever it is.
 */
#ifndef DSM_SOURCE_H
#define DSM_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "image.h"

/**
 * struct source_opts - how a text is compiled
 * @serial: instead of the one in the text, or 0
 * @quiet: warn about nothing
 */
struct source_opts {
	uint32_t	serial;
	bool		quiet;
};

int source_compile(const char *file, const struct source_opts *opts,
		   struct image *image);
int source_open(const char *file, const struct source_opts *opts,
		struct image *image);
bool source_is_image(const char *file);
int source_sign(const char *file, struct image *image, const char *key,
		const char *cert);

/* One line of a file, to be freed; NULL if it has no such line. */
char *source_line(const char *file, uint32_t line);

#endif /* DSM_SOURCE_H */
