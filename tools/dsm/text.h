/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The text of a policy: its words, where they stand, and complaints about them.
 */
#ifndef DSM_TEXT_H
#define DSM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** enum text_kind - what a token is */
enum text_kind {
	TEXT_END,
	TEXT_WORD,		/* a name, a keyword or a number */
	TEXT_PATH,		/* starts with '/', or stood in quotes */
	TEXT_SIGN,		/* one of { } , ; : @ = or "->" */
	TEXT_BAD,
};

/* The longest token, its NUL included; a path. */
#define TEXT_TOKEN_MAX	4097

/**
 * struct text - a file that is being read
 * @file: its name, for complaints
 * @data: its contents, with a NUL behind them
 * @len: bytes of @data
 * @pos: where the next token is looked for
 * @line: of @pos, from 1
 * @line_start: offset of that line
 * @kind: of the token at hand
 * @token: the token at hand, without quotes
 * @at: its offset
 * @token_line: its line
 * @token_start: offset of its line
 * @errors: complaints so far
 * @warnings: warnings so far
 * @quiet: warn about nothing
 */
struct text {
	const char	*file;
	char		*data;
	size_t		len;
	size_t		pos;
	uint32_t	line;
	size_t		line_start;
	enum text_kind	kind;
	char		token[TEXT_TOKEN_MAX];
	size_t		at;
	uint32_t	token_line;
	size_t		token_start;
	unsigned int	errors;
	unsigned int	warnings;
	bool		quiet;
};

/** struct text_place - where something stands, to come back to it */
struct text_place {
	size_t		at;
	size_t		start;
	uint32_t	line;
};

int text_open(struct text *t, const char *file);
void text_close(struct text *t);
void text_next(struct text *t);
void text_next_address(struct text *t);
struct text_place text_here(const struct text *t);
uint32_t text_column(const struct text_place *place);
bool text_is(const struct text *t, const char *token);

void text_error(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void text_error_at(struct text *t, const struct text_place *place,
		   const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void text_warning_at(struct text *t, const struct text_place *place,
		     const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void text_place_of(const struct text *t, uint32_t line, uint32_t column,
		   struct text_place *place);

#endif /* DSM_TEXT_H */
