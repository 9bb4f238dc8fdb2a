// SPDX-License-Identifier: GPL-2.0-only
/*
 * What people who know ip write without thinking, in the words of this program:
 * "list" for "show", "delete" for "del", "route help" for "route -h", and the long
 * options with one dash.
 */
#include <string.h>

#include "dialect.h"

/** struct same - a word of ip, and ours */
struct same {
	const char	*theirs;
	char		*ours;
};

static const struct same options[] = {
	{ "-json", "-j" }, { "-pretty", "-p" }, { "-stats", "-s" },
	{ "-statistics", "-s" }, { "-color", "-c" }, { "-help", "-h" },
	{ "-Version", "-V" }, {}
};

static const struct same commands[] = {
	{ "list", "show" }, { "lst", "show" }, { "ls", "show" },
	{ "delete", "del" }, { "help", "-h" }, {}
};

/* Objects that have commands. */
static const char *const objects[] = {
	"fib", "grant", "link", "rule", "route", "nexthop", "neigh", NULL
};

static char *ours(const struct same *table, char *word)
{
	for (; table->theirs; table++)
		if (!strcmp(table->theirs, word))
			return table->ours;
	return word;
}

static int is_object(const char *word)
{
	unsigned int n;

	for (n = 0; objects[n]; n++)
		if (!strncmp(objects[n], word, strlen(word)))
			return 1;
	return 0;
}

/**
 * dialect_translate() - put our words in the place of those of ip
 * @argv: the words behind the program's name, NULL-terminated; changed in place
 *
 * Only options before the object, and the word behind it.
 */
void dialect_translate(char **argv)
{
	for (; *argv && **argv == '-'; argv++)
		*argv = ours(options, *argv);
	if (argv[0] && argv[1] && is_object(argv[0]))
		argv[1] = ours(commands, argv[1]);
}
