// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy that a command is given: a text or an image, whichever it is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source.h"

/**
 * source_is_image() - does a file begin as an image does
 * @file: its name
 *
 * Return: false if not, or if it cannot be read.
 */
bool source_is_image(const char *file)
{
	char magic[DSM_IMAGE_MAGIC_LEN];
	FILE *f = strcmp(file, "-") ? fopen(file, "re") : NULL;
	bool is;

	if (!f)
		return false;
	is = fread(magic, sizeof(magic), 1, f) == 1 &&
	     !memcmp(magic, DSM_IMAGE_MAGIC, sizeof(magic));
	fclose(f);
	return is;
}

/**
 * source_open() - get the image a file has or is the text of
 * @file: its name
 * @opts: how a text is compiled
 * @image: filled in; image_close() gives it back, on errors too
 *
 * Return: 0, or a negative error after saying why.
 */
int source_open(const char *file, const struct source_opts *opts,
		struct image *image)
{
	if (source_is_image(file))
		return image_open(image, file);
	return source_compile(file, opts, image);
}

/**
 * source_line() - one line of a text
 * @file: its name
 * @line: from 1
 *
 * Return: the line without blanks around it, to be freed, or NULL.
 */
char *source_line(const char *file, uint32_t line)
{
	FILE *f = fopen(file, "re");
	char *text = NULL, *start;
	size_t room = 0, len;

	while (f && line && getline(&text, &room, f) >= 0)
		line--;
	if (f)
		fclose(f);
	if (line || !text) {
		free(text);
		return NULL;
	}
	start = text + strspn(text, " \t");
	len = strcspn(start, "\r\n");
	memmove(text, start, len);
	text[len] = '\0';
	return text;
}
