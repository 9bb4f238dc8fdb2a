// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words of a policy that stand alone: keywords, numbers, new names. Each function
 * complains itself about what it finds in the place of what it wants.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "parse.h"
#include "dsm/policy.h"

static const char *const reserved[] = {
	"any", "self", "all", "audit", "quiet", "answer", "to", "nid", "sid",
	"owner", "code", "none",
};

/**
 * parse_expect() - pass over a token that has to be there
 * @p: the compilation
 * @token: the token
 *
 * Return: true if it was; otherwise false after complaining.
 */
bool parse_expect(struct parser *p, const char *token)
{
	if (text_is(p->t, token)) {
		text_next(p->t);
		return true;
	}
	if (p->t->kind == TEXT_BAD)
		return false;
	if (p->t->kind == TEXT_END)
		text_error(p->t, "the text ends where \"%s\" is expected", token);
	else
		text_error(p->t, "expected \"%s\" and not \"%s\"", token,
			   p->t->token);
	return false;
}

/**
 * parse_got() - pass over a token if it is there
 * @p: the compilation
 * @token: the token
 *
 * Return: true if it was.
 */
bool parse_got(struct parser *p, const char *token)
{
	if (!text_is(p->t, token))
		return false;
	text_next(p->t);
	return true;
}

/**
 * parse_is_number() - is a word meant as a number
 * @word: the word
 *
 * Return: true if so; names begin otherwise.
 */
bool parse_is_number(const char *word)
{
	return word[0] >= '0' && word[0] <= '9';
}

/**
 * parse_number() - read a number of 32 bits
 * @p: the compilation
 * @what: what it is for, with its article
 * @value: set to the number
 *
 * Return: true, or false after complaining.
 */
bool parse_number(struct parser *p, const char *what, uint32_t *value)
{
	unsigned long long n;
	char *end;

	if (p->t->kind != TEXT_WORD || !parse_is_number(p->t->token)) {
		if (p->t->kind != TEXT_BAD)
			text_error(p->t, "expected %s, a number", what);
		return false;
	}
	errno = 0;
	n = strtoull(p->t->token, &end, 0);
	if (*end) {
		text_error(p->t, "\"%s\" is not a number", p->t->token);
		return false;
	}
	if (errno || n > UINT32_MAX) {
		text_error(p->t, "%s is greater than 4294967295", p->t->token);
		return false;
	}
	*value = n;
	text_next(p->t);
	return true;
}

/**
 * parse_identity() - read a number of 32 bits that is not 0
 * @p: the compilation
 * @what: what it is for, with its article
 * @value: set to the number
 *
 * Return: true, or false after complaining.
 */
bool parse_identity(struct parser *p, const char *what, uint32_t *value)
{
	struct text_place place = text_here(p->t);

	if (!parse_number(p, what, value))
		return false;
	if (*value)
		return true;
	text_error_at(p->t, &place, "%s cannot be 0", what);
	return false;
}

/**
 * parse_new_name() - read a name that is to be defined
 * @p: the compilation
 * @name: set to it
 *
 * Return: true, or false after complaining; whether it is new is not looked at.
 */
bool parse_new_name(struct parser *p, char name[DSM_NAME_MAX])
{
	const char *word = p->t->token;
	size_t i;

	if (p->t->kind != TEXT_WORD || parse_is_number(word)) {
		if (p->t->kind != TEXT_BAD)
			text_error(p->t, "expected a name");
		return false;
	}
	if (strlen(word) >= DSM_NAME_MAX) {
		text_error(p->t, "a name has at most %d letters",
			   DSM_NAME_MAX - 1);
		return false;
	}
	for (i = 0; i < ARRAY_SIZE(reserved); i++) {
		if (strcmp(word, reserved[i]))
			continue;
		text_error(p->t, "\"%s\" is a word of the language", word);
		return false;
	}
	snprintf(name, DSM_NAME_MAX, "%.*s", DSM_NAME_MAX - 1, word);
	text_next(p->t);
	return true;
}
