// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the words of a command line to a command.
 *
 * Words may be abbreviated as long as one word alone begins like that. A whole
 * word always means itself, also when a longer one begins with it.
 */
#include <stdio.h>
#include <string.h>

#include "cmd_internal.h"

/**
 * cmd_path_below() - the word of a path that follows an object
 * @path: path of a command, "key add"
 * @object: the words before, "key"; "" for none
 * @word: set to where the next word begins in @path
 * @len: set to its length
 *
 * Return: true if @path begins with @object and has one more word.
 */
bool cmd_path_below(const char *path, const char *object, const char **word,
		    size_t *len)
{
	size_t skip = strlen(object);

	if (strncmp(path, object, skip))
		return false;
	if (skip && path[skip] != ' ')
		return false;
	*word = path + skip + (skip ? 1 : 0);
	*len = strcspn(*word, " ");
	return *len > 0;
}

static void path_append(char *path, const char *word, size_t len)
{
	size_t have = strlen(path);

	if (have + 1 + len + 1 > CMD_PATH_MAX)
		return;
	if (have)
		path[have++] = ' ';
	memcpy(path + have, word, len);
	path[have + len] = '\0';
}

/**
 * cmd_match_word() - take one more word
 * @prog: the program
 * @path: the words so far, in full; CMD_PATH_MAX bytes. The word is appended,
 *	in full, if it is an object or a command
 * @word: the word as it was typed
 * @found: set to the command, on CMD_MATCH_COMMAND
 *
 * Return: what the words are now.
 */
enum cmd_match cmd_match_word(const struct cmd_program *prog, char *path,
			      const char *word, const struct cmd **found)
{
	const struct cmd_group *group;
	const char *next, *best = NULL;
	size_t len, best_len = 0;
	const struct cmd *cmd;
	bool exact = false;
	bool many = false;

	cmd_for_each(prog, group, cmd) {
		if (!cmd_path_below(cmd->path, path, &next, &len) ||
		    strlen(word) > len || strncmp(next, word, strlen(word)))
			continue;
		if (best && best_len == len && !strncmp(best, next, len))
			continue;	/* another command of that object */
		if (strlen(word) == len) {
			exact = true;
			best = NULL;
		}
		if (exact && strlen(word) != len)
			continue;
		many = best != NULL;
		best = next;
		best_len = len;
		*found = cmd;
	}
	if (!best)
		return CMD_MATCH_NONE;
	if (many && !exact)
		return CMD_MATCH_MANY;
	path_append(path, best, best_len);
	return best[best_len] ? CMD_MATCH_OBJECT : CMD_MATCH_COMMAND;
}

/**
 * cmd_word_seen() - had an earlier command the same word in the same place?
 * @prog: the program
 * @path: the words before it, in full
 * @until: the command that the word is of
 * @word: the word
 * @len: its length
 *
 * Return: true if a list of words has it already.
 */
bool cmd_word_seen(const struct cmd_program *prog, const char *path,
		   const struct cmd *until, const char *word, size_t len)
{
	const struct cmd_group *group;
	const struct cmd *cmd;
	const char *other;
	size_t other_len;

	cmd_for_each(prog, group, cmd) {
		if (cmd == until)
			return false;
		if (cmd_path_below(cmd->path, path, &other, &other_len) &&
		    other_len == len && !strncmp(other, word, len))
			return true;
	}
	return false;
}

/**
 * cmd_candidates() - what an abbreviation may stand for
 * @prog: the program
 * @path: the words before it, in full
 * @word: the abbreviation
 * @buf: CMD_LIST_MAX bytes for the answer
 *
 * Return: @buf: the words, separated by commas, as many as fit.
 */
const char *cmd_candidates(const struct cmd_program *prog, const char *path,
			   const char *word, char *buf)
{
	const struct cmd_group *group;
	const struct cmd *cmd;
	const char *next;
	size_t used = 0;
	size_t len;

	buf[0] = '\0';
	cmd_for_each(prog, group, cmd) {
		if (!cmd_path_below(cmd->path, path, &next, &len) ||
		    strncmp(next, word, strlen(word)) ||
		    cmd_word_seen(prog, path, cmd, next, len) ||
		    used + len + 3 > CMD_LIST_MAX)
			continue;
		used += sprintf(buf + used, "%s%.*s", used ? ", " : "",
				(int)len, next);
	}
	return buf;
}

/**
 * cmd_default() - the command that an object stands for alone
 * @prog: the program
 * @path: the object
 *
 * Return: the command, or NULL if it has none.
 */
const struct cmd *cmd_default(const struct cmd_program *prog, const char *path)
{
	const struct cmd_group *group;
	const struct cmd *cmd;
	const char *next;
	size_t len;

	cmd_for_each(prog, group, cmd)
		if ((cmd->flags & CMD_DEFAULT) &&
		    cmd_path_below(cmd->path, path, &next, &len))
			return cmd;
	return NULL;
}

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
	if (b < a)
		a = b;
	return c < a ? c : a;
}

/**
 * cmd_distance() - how many letters two words differ by
 * @a: a word
 * @b: another
 *
 * Letters changed, added, left out, or swapped with their neighbour (optimal
 * string alignment).
 *
 * Return: the number, or UINT_MAX if a word is longer than any of ours.
 */
unsigned int cmd_distance(const char *a, const char *b)
{
	unsigned int row[3][32], *before = row[0], *last = row[1],
		     *now = row[2], *spare;
	size_t n = strlen(a), m = strlen(b), i, j;

	if (n > 31 || m > 31)
		return UINT_MAX;
	for (j = 0; j <= m; j++)
		now[j] = j;
	for (i = 1; i <= n; i++) {
		spare = before;
		before = last;
		last = now;
		now = spare;
		now[0] = i;
		for (j = 1; j <= m; j++) {
			now[j] = min3(last[j] + 1, now[j - 1] + 1,
				      last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
	}
	return now[m];
}

/**
 * cmd_closest() - the word that was probably meant
 * @prog: the program
 * @path: the words before it, in full
 * @word: the unknown word
 * @buf: CMD_PATH_MAX bytes for the answer
 *
 * Return: @buf, or NULL if no word is close: a third of it must be right.
 */
const char *cmd_closest(const struct cmd_program *prog, const char *path,
			const char *word, char *buf)
{
	unsigned int limit = strlen(word) < 3 ? 1 : strlen(word) / 3 + 1;
	unsigned int best = limit + 1, d;
	const struct cmd_group *group;
	char candidate[CMD_PATH_MAX];
	const struct cmd *cmd;
	const char *next;
	size_t len;

	cmd_for_each(prog, group, cmd) {
		if (!cmd_path_below(cmd->path, path, &next, &len))
			continue;
		candidate[0] = '\0';
		path_append(candidate, next, len);
		d = cmd_distance(word, candidate);
		if (d >= best)
			continue;
		best = d;
		strcpy(buf, candidate);
	}
	return best <= limit ? buf : NULL;
}
