// SPDX-License-Identifier: GPL-2.0-only
/*
 * Strings from anywhere, made safe for a terminal and for JSON.
 *
 * Names of files and of tasks may hold any byte. A terminal must not see their
 * control characters, and JSON must be UTF-8. What is printed is one line and
 * cannot be mistaken for another string: in text the backslash is escaped, too.
 */
#include <stdbool.h>

#include "out_escape.h"

static bool continues(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/**
 * out_utf8_len() - length of the UTF-8 character a string begins with
 * @s: NUL-terminated
 *
 * Overlong forms, surrogates and what lies beyond U+10FFFF are no characters
 * (RFC 3629).
 *
 * Return: 1 to 4, or 0 if it does not begin with a character.
 */
size_t out_utf8_len(const unsigned char *s)
{
	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		return continues(s[1]) ? 2 : 0;
	if (s[0] >= 0xe0 && s[0] <= 0xef) {
		if (!continues(s[1]) || !continues(s[2]))
			return 0;
		if (s[0] == 0xe0 && s[1] < 0xa0)
			return 0;
		return s[0] == 0xed && s[1] > 0x9f ? 0 : 3;
	}
	if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		if (!continues(s[1]) || !continues(s[2]) || !continues(s[3]))
			return 0;
		if (s[0] == 0xf0 && s[1] < 0x90)
			return 0;
		return s[0] == 0xf4 && s[1] > 0x8f ? 0 : 4;
	}
	return 0;
}

/* U+0080 to U+009F: terminals obey some of them like ESC sequences. */
static bool c1_control(const unsigned char *s)
{
	return s[0] == 0xc2 && s[1] < 0xa0;
}

static int short_escape(unsigned char c)
{
	switch (c) {
	case '\b': return 'b';
	case '\f': return 'f';
	case '\n': return 'n';
	case '\r': return 'r';
	case '\t': return 't';
	case '\\': return '\\';
	default:   return 0;
	}
}

/**
 * out_escape_text() - print a string for a person
 * @file: where to
 * @s: the string
 *
 * Control characters and bytes that are not UTF-8 become \n, \t, ... or \xHH.
 */
void out_escape_text(FILE *file, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t len;

	for (; *p; p += len) {
		len = out_utf8_len(p);
		if (short_escape(*p)) {
			fprintf(file, "\\%c", short_escape(*p));
		} else if (!len || *p < 0x20 || *p == 0x7f) {
			fprintf(file, "\\x%02x", *p);
			len = 1;
		} else if (c1_control(p)) {
			fprintf(file, "\\x%02x\\x%02x", p[0], p[1]);
		} else {
			fwrite(p, 1, len, file);
		}
	}
}

/**
 * out_escape_json() - print the inside of a JSON string (RFC 8259)
 * @file: where to
 * @s: the string
 *
 * A byte that is not UTF-8 becomes U+FFFD: JSON has no way to say it.
 */
void out_escape_json(FILE *file, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t len;

	for (; *p; p += len) {
		len = out_utf8_len(p);
		if (!len) {
			fputs("\\ufffd", file);
			len = 1;
		} else if (*p == '"') {
			fputs("\\\"", file);
		} else if (short_escape(*p)) {
			fprintf(file, "\\%c", short_escape(*p));
		} else if (*p < 0x20 || *p == 0x7f) {
			fprintf(file, "\\u%04x", *p);
		} else if (c1_control(p)) {
			fprintf(file, "\\u%04x", p[1]);
		} else {
			fwrite(p, 1, len, file);
		}
	}
}
