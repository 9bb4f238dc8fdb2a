// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many commands in one run: a line each, as in ip -batch.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "dialect.h"
#include "kernel.h"

#define WORDS_MAX	512
#define OPTIONS_MAX	16

/**
 * batch_split() - split a line into words
 * @line: the line; it is changed
 * @words: filled in, and ended by NULL
 * @max: room in @words besides that
 *
 * Words are between blanks, or in quotes. A # begins a comment.
 *
 * Return: how many.
 */
int batch_split(char *line, char **words, unsigned int max)
{
	unsigned int count = 0;

	while (count < max) {
		line += strspn(line, " \t\r\n");
		if (!*line || *line == '#')
			break;
		if (*line == '"') {
			words[count++] = ++line;
			line += strcspn(line, "\"");
		} else {
			words[count++] = line;
			line += strcspn(line, " \t\r\n");
		}
		if (*line)
			*line++ = '\0';
	}
	words[count] = NULL;
	return (int)count;
}

/**
 * batch_line() - run the command on a line
 * @prog: this program
 * @before: options that stand before each line, NULL-terminated, or NULL
 * @line: the line; it is changed
 *
 * Return: enum cmd_exit.
 */
int batch_line(const struct cmd_program *prog, char *const *before, char *line)
{
	char *words[OPTIONS_MAX + WORDS_MAX + 2];
	int count = 1, more;

	words[0] = (char *)prog->name;
	while (before && *before && count <= OPTIONS_MAX)
		words[count++] = *before++;
	more = batch_split(line, words + count, WORDS_MAX);
	dialect_translate(words + 1);
	return more ? cmd_main(prog, count + more, words) : CMD_OK;
}

/**
 * batch_run() - run the commands of a file
 * @prog: this program
 * @before: options that stand before each line, NULL-terminated
 * @path: the file, "-" for standard input
 * @force: go on after a command that failed
 *
 * Return: enum cmd_exit: that of the first that failed.
 */
int batch_run(const struct cmd_program *prog, char *const *before,
	      const char *path, bool force)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	unsigned long number = 0;
	int ret = CMD_OK, err;
	char *line = NULL;
	size_t size = 0;

	if (!file)
		return cmd_error("%s: %s", path, strerror(errno));
	while (getline(&line, &size, file) > 0) {
		number++;
		err = batch_line(prog, before, line);
		if (!err)
			continue;
		fprintf(stderr, "Command failed %s:%lu\n", path, number);
		ret = ret ? ret : err;
		if (!force)
			break;
	}
	free(line);
	if (file != stdin)
		fclose(file);
	return ret;
}
