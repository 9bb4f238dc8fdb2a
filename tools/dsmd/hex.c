// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes as hexadecimal digits, in files.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hex.h"

/**
 * hex_print() - write bytes
 * @f: where
 * @bytes: what
 * @len: how many
 */
void hex_print(FILE *f, const uint8_t *bytes, size_t len)
{
	while (len--)
		fprintf(f, "%02x", *bytes++);
}

/**
 * hex_scan() - read bytes
 * @text: exactly as many digits as there have to be
 * @bytes: where to put them
 * @len: how many
 *
 * Return: 0, or -EINVAL.
 */
int hex_scan(const char *text, uint8_t *bytes, size_t len)
{
	char pair[3] = "";
	size_t i;

	if (strlen(text) != 2 * len)
		return -EINVAL;
	for (i = 0; i < 2 * len; i++)
		if (!isxdigit((unsigned char)text[i]))
			return -EINVAL;
	for (i = 0; i < len; i++) {
		memcpy(pair, text + 2 * i, 2);
		bytes[i] = strtoul(pair, NULL, 16);
	}
	return 0;
}
