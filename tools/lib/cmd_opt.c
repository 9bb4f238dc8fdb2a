// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options: -x, -xy, -x VALUE, -xVALUE, --name, --name VALUE, --name=VALUE.
 *
 * getopt_long() wants its table before the first word and one string per
 * command; here a table belongs to a command that is known only after its
 * words, and options may stand anywhere.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_internal.h"

/**
 * cmd_parse_switch() - the option is there
 * @text: ignored
 * @value: bool
 *
 * Return: NULL.
 */
const char *cmd_parse_switch(const char *text, void *value)
{
	(void)text;
	*(bool *)value = true;
	return NULL;
}

/**
 * cmd_parse_text() - the text itself
 * @text: the text; lives as long as the command line
 * @value: const char *
 *
 * Return: NULL.
 */
const char *cmd_parse_text(const char *text, void *value)
{
	*(const char **)value = text;
	return NULL;
}

/**
 * cmd_parse_number() - a number, decimal or hexadecimal
 * @text: the text
 * @value: uint32_t
 *
 * Return: NULL, or what is wrong.
 */
const char *cmd_parse_number(const char *text, void *value)
{
	unsigned long number;
	const char *digits;
	char *end;
	int base;

	base = !strncmp(text, "0x", 2) ? 16 : 10;
	digits = base == 16 ? "0123456789abcdefABCDEF" : "0123456789";
	if (base == 16)
		text += 2;
	if (!*text || text[strspn(text, digits)])
		return "not a number";
	errno = 0;
	number = strtoul(text, &end, base);
	if (errno || number > UINT32_MAX)
		return "above 4294967295";
	*(uint32_t *)value = number;
	return NULL;
}

/* One table after the other; *i becomes the number of the table. */
static const struct cmd_opt *find_long(const struct cmd_opt *const tables[],
				       const char *name, size_t len,
				       unsigned int *i)
{
	const struct cmd_opt *opt;

	for (*i = 0; *i < 2; (*i)++)
		for (opt = tables[*i]; opt && opt->name; opt++)
			if (strlen(opt->name) == len &&
			    !strncmp(opt->name, name, len))
				return opt;
	return NULL;
}

static const struct cmd_opt *find_letter(const struct cmd_opt *const tables[],
					 char letter, unsigned int *i)
{
	const struct cmd_opt *opt;

	for (*i = 0; *i < 2; (*i)++)
		for (opt = tables[*i]; opt && opt->name; opt++)
			if (opt->letter && opt->letter == letter)
				return opt;
	return NULL;
}

static int store(const struct cmd_opt *opt, void *values, const char *text,
		 const char **why)
{
	*why = opt->parse(text, (char *)values + opt->offset);
	return *why ? -EINVAL : 0;
}

static int take_long(const struct cmd_opt *const tables[], void *const values[],
		     char **argv, unsigned int *taken, const char **why)
{
	const char *name = argv[0] + 2;
	size_t len = strcspn(name, "=");
	const struct cmd_opt *opt;
	const char *text = NULL;
	unsigned int i;

	opt = find_long(tables, name, len, &i);
	if (!opt)
		return -ENOENT;
	if (name[len]) {
		text = name + len + 1;
		*why = "takes no value";
		if (!opt->arg)
			return -EINVAL;
	} else if (opt->arg) {
		text = argv[1];
		*taken = 2;
		*why = "needs a value";
		if (!text)
			return -EINVAL;
	}
	return store(opt, values[i], text, why);
}

static int take_letters(const struct cmd_opt *const tables[],
			void *const values[], char **argv, unsigned int *taken,
			const char **why)
{
	const struct cmd_opt *opt;
	const char *p, *text;
	unsigned int i;
	int err;

	for (p = argv[0] + 1; *p; p++) {
		opt = find_letter(tables, *p, &i);
		if (!opt)
			return -ENOENT;
		if (opt->arg) {
			text = p[1] ? p + 1 : argv[1];
			*taken = p[1] ? 1 : 2;
			*why = "needs a value";
			return text ? store(opt, values[i], text, why) :
				      -EINVAL;
		}
		err = store(opt, values[i], NULL, why);
		if (err)
			return err;
	}
	return 0;
}

/**
 * cmd_option_take() - take the option at the front of a command line
 * @tables: two tables, either may be NULL; the first wins
 * @values: the struct that each table's options are stored in
 * @argv: the rest of the command line; argv[0] begins with "-"
 * @taken: set to the number of words the option took, 1 or 2
 * @why: set to what is wrong with it, on -EINVAL
 *
 * Return: 0, -ENOENT if there is no such option, -EINVAL for a bad value.
 */
int cmd_option_take(const struct cmd_opt *const tables[], void *const values[],
		    char **argv, unsigned int *taken, const char **why)
{
	*taken = 1;
	if (argv[0][1] == '-')
		return take_long(tables, values, argv, taken, why);
	return take_letters(tables, values, argv, taken, why);
}

/**
 * cmd_option_closest() - the option that was probably meant
 * @tables: two tables, either may be NULL
 * @word: the unknown option, with its dashes
 *
 * Return: the option, or NULL if none is close.
 */
const struct cmd_opt *cmd_option_closest(const struct cmd_opt *const tables[],
					 const char *word)
{
	const struct cmd_opt *opt, *found = NULL;
	unsigned int i, d, best = 3;

	word += strspn(word, "-");
	if (strlen(word) < 3)
		return NULL;
	for (i = 0; i < 2; i++) {
		for (opt = tables[i]; opt && opt->name; opt++) {
			d = cmd_distance(word, opt->name);
			if (d < best) {
				best = d;
				found = opt;
			}
		}
	}
	return found;
}
