/* SPDX-License-Identifier: GPL-2.0-only */
/* Strings from anywhere, made safe for a terminal and for JSON. */
#ifndef OUT_ESCAPE_H
#define OUT_ESCAPE_H

#include <stddef.h>
#include <stdio.h>

size_t out_utf8_len(const unsigned char *s);
void out_escape_text(FILE *file, const char *s);
void out_escape_json(FILE *file, const char *s);

#endif /* OUT_ESCAPE_H */
