// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text of a policy, as words.
 *
 * One token is at hand; text_next() goes to the next. A word is made of letters,
 * digits, '_', '-' and '.'; a path begins with '/' and goes on to the next blank,
 * comma or semicolon, unless it stands in quotes; '#' begins a comment. Addresses
 * contain colons, which separate elsewhere, so who expects an address asks for
 * one.
 *
 * A complaint names file, line and column, and shows the line with a mark below
 * it.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"
#include "text.h"

#define FILE_MAX_MB	256
#define SHOWN_ERRORS	20

static int read_all(FILE *f, struct text *t)
{
	size_t room = 65536, n;

	t->data = malloc(room);
	while (t->data) {
		n = fread(t->data + t->len, 1, room - t->len - 1, f);
		t->len += n;
		if (!n)
			break;
		if (t->len > (size_t)FILE_MAX_MB << 20)
			return -EFBIG;
		if (room - t->len > 1)
			continue;
		room *= 2;
		t->data = realloc(t->data, room);
	}
	if (!t->data)
		return -ENOMEM;
	t->data[t->len] = '\0';
	return ferror(f) ? -errno : 0;
}

/**
 * text_open() - read a file
 * @t: filled in; text_close() gives it back, on errors too
 * @file: its name; "-" is standard input
 *
 * The first token is at hand afterwards.
 *
 * Return: 0, or a negative error after saying why.
 */
int text_open(struct text *t, const char *file)
{
	bool input = !strcmp(file, "-");
	FILE *f = input ? stdin : fopen(file, "re");
	int err;

	memset(t, 0, sizeof(*t));
	t->file = input ? "stdin" : file;
	if (!f) {
		err = -errno;
		cmd_error("%s: %s", file, strerror(-err));
		return err;
	}
	err = read_all(f, t);
	if (!input)
		fclose(f);
	if (err) {
		cmd_error("%s: %s", t->file, strerror(-err));
		return err;
	}
	if (memchr(t->data, '\0', t->len)) {
		cmd_error("%s: not a text; \"dsm policy show\" reads images",
			  t->file);
		return -EINVAL;
	}
	t->line = 1;
	text_next(t);
	return 0;
}

/**
 * text_close() - give a file's memory back
 * @t: as text_open() left it
 */
void text_close(struct text *t)
{
	free(t->data);
	t->data = NULL;
}

/* ---- tokens ------------------------------------------------------------------- */

static void skip_blanks(struct text *t)
{
	char c;

	while ((c = t->data[t->pos])) {
		if (c == '#') {
			t->pos += strcspn(t->data + t->pos, "\n");
		} else if (c == '\n') {
			t->pos++;
			t->line++;
			t->line_start = t->pos;
		} else if (isspace((unsigned char)c)) {
			t->pos++;
		} else {
			break;
		}
	}
}

static bool word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

static bool address_char(char c)
{
	return isalnum((unsigned char)c) || c == ':' || c == '.' || c == '/' ||
	       c == '%';
}

static bool path_char(char c)
{
	return c && !isspace((unsigned char)c) && c != ';' && c != ',' &&
	       c != '{' && c != '}' && c != '"';
}

/* "web->db": the arrow ends the word. */
static bool arrow(const struct text *t, size_t pos)
{
	return t->data[pos] == '-' && t->data[pos + 1] == '>';
}

static void take(struct text *t, enum text_kind kind, bool (*part)(char c))
{
	size_t len = 0;

	while (part(t->data[t->pos + len]) && !arrow(t, t->pos + len))
		len++;
	t->kind = kind;
	if (len >= sizeof(t->token)) {
		text_error(t, "this word is too long");
		t->kind = TEXT_BAD;
		t->token[0] = '\0';
	} else {
		memcpy(t->token, t->data + t->pos, len);
		t->token[len] = '\0';
	}
	t->pos += len;
}

static void take_quoted(struct text *t)
{
	size_t len = strcspn(t->data + t->pos + 1, "\"\n");

	t->kind = TEXT_PATH;
	if (t->data[t->pos + 1 + len] != '"' || len >= sizeof(t->token)) {
		text_error(t, "the quotes are not closed on this line");
		t->kind = TEXT_BAD;
		t->pos += 1 + len;
		return;
	}
	memcpy(t->token, t->data + t->pos + 1, len);
	t->token[len] = '\0';
	t->pos += len + 2;
}

static void take_sign(struct text *t)
{
	size_t len = arrow(t, t->pos) ? 2 : 1;

	t->kind = TEXT_SIGN;
	memcpy(t->token, t->data + t->pos, len);
	t->token[len] = '\0';
	t->pos += len;
	if (len == 1 && !strchr("{},;:@=", t->token[0])) {
		if (isprint((unsigned char)t->token[0]))
			text_error(t, "unexpected \"%s\"", t->token);
		else
			text_error(t, "unexpected byte 0x%02x",
				   (unsigned char)t->token[0]);
		t->kind = TEXT_BAD;
	}
}

static void begin(struct text *t)
{
	skip_blanks(t);
	t->at = t->pos;
	t->token_line = t->line;
	t->token_start = t->line_start;
	t->token[0] = '\0';
	t->kind = TEXT_END;
}

/**
 * text_next() - go to the next token
 * @t: the text
 */
void text_next(struct text *t)
{
	char c;

	begin(t);
	c = t->data[t->pos];
	if (!c)
		return;
	if (c == '"')
		take_quoted(t);
	else if (c == '/')
		take(t, TEXT_PATH, path_char);
	else if (word_char(c) && !arrow(t, t->pos))
		take(t, TEXT_WORD, word_char);
	else
		take_sign(t);
}

/**
 * text_next_address() - go to the next token, which is an address or a prefix
 * @t: the text
 */
void text_next_address(struct text *t)
{
	begin(t);
	if (address_char(t->data[t->pos]))
		take(t, TEXT_WORD, address_char);
	else if (t->data[t->pos])
		take_sign(t);
}

/**
 * text_is() - is this the token at hand
 * @t: the text
 * @token: a word or a sign
 *
 * Return: true if it is.
 */
bool text_is(const struct text *t, const char *token)
{
	return (t->kind == TEXT_WORD || t->kind == TEXT_SIGN) &&
	       !strcmp(t->token, token);
}

/* ---- places and complaints ------------------------------------------------------ */

/**
 * text_here() - where the token at hand stands
 * @t: the text
 *
 * Return: the place.
 */
struct text_place text_here(const struct text *t)
{
	return (struct text_place){ t->at, t->token_start, t->token_line };
}

/**
 * text_column() - the column of a place
 * @place: the place
 *
 * Return: the column, from 1, in bytes.
 */
uint32_t text_column(const struct text_place *place)
{
	return place->at - place->start + 1;
}

/**
 * text_place_of() - the place with a line and a column
 * @t: the text
 * @line: from 1
 * @column: from 1
 * @place: filled in
 */
void text_place_of(const struct text *t, uint32_t line, uint32_t column,
		   struct text_place *place)
{
	const char *at = t->data, *end;
	uint32_t i;

	for (i = 1; i < line; i++) {
		end = strchr(at, '\n');
		if (!end)
			break;
		at = end + 1;
	}
	place->line = line;
	place->start = at - t->data;
	place->at = place->start + column - 1;
}

/* The line, and a mark below the place. Tabs stay tabs, so that they match. */
static void show_line(const struct text *t, const struct text_place *place)
{
	int len = strcspn(t->data + place->start, "\n");
	size_t i;

	if (len > 200)
		return;
	fprintf(stderr, "    ");
	for (i = place->start; i < place->start + len; i++) {
		unsigned char c = t->data[i];

		fputc(c == '\t' || (c >= ' ' && c != 0x7f) ? c : '?', stderr);
	}
	fprintf(stderr, "\n    ");
	for (i = place->start; i < place->at; i++)
		fputc(t->data[i] == '\t' ? '\t' : ' ', stderr);
	fprintf(stderr, "^\n");
}

static void complain(struct text *t, const struct text_place *place,
		     const char *kind, const char *fmt, va_list args)
{
	fprintf(stderr, "%s:%u:%u: %s", t->file, place->line,
		text_column(place), kind);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	show_line(t, place);
}

static void complain_error(struct text *t, const struct text_place *place,
			   const char *fmt, va_list args)
{
	t->errors++;
	if (t->errors <= SHOWN_ERRORS)
		complain(t, place, "", fmt, args);
	else if (t->errors == SHOWN_ERRORS + 1)
		fprintf(stderr, "%s: more errors are not shown\n", t->file);
}

/**
 * text_error() - complain about the token at hand
 * @t: the text
 * @fmt: what is wrong, without a full stop
 */
void text_error(struct text *t, const char *fmt, ...)
{
	struct text_place here = text_here(t);
	va_list args;

	va_start(args, fmt);
	complain_error(t, &here, fmt, args);
	va_end(args);
}

/**
 * text_error_at() - complain about something that was read before
 * @t: the text
 * @place: where it stands
 * @fmt: what is wrong, without a full stop
 */
void text_error_at(struct text *t, const struct text_place *place,
		   const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	complain_error(t, place, fmt, args);
	va_end(args);
}

/**
 * text_warning_at() - say what may not be meant
 * @t: the text
 * @place: where it stands
 * @fmt: what is odd, without a full stop
 */
void text_warning_at(struct text *t, const struct text_place *place,
		     const char *fmt, ...)
{
	va_list args;

	t->warnings++;
	if (t->quiet || t->warnings > SHOWN_ERRORS)
		return;
	va_start(args, fmt);
	complain(t, place, "warning: ", fmt, args);
	va_end(args);
}
