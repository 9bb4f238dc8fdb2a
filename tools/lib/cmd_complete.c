// SPDX-License-Identifier: GPL-2.0-only
/*
 * Completion: "TOOL --complete WORD..." prints, one per line, what the last
 * word (which may be empty) can become. The shell's part (completion/) only
 * passes the words on, so that it never disagrees with the tables.
 *
 * The first line says whether names of files fit as well: "files" or "words".
 */
#include <stdio.h>
#include <string.h>

#include "cmd_internal.h"

static bool begins(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

/* The next words of commands, each once. */
static void complete_command(const struct cmd_program *prog, const char *path,
			     const char *start)
{
	const struct cmd_group *group;
	const struct cmd *cmd;
	const char *word;
	size_t len;

	cmd_for_each(prog, group, cmd)
		if (cmd_path_below(cmd->path, path, &word, &len) &&
		    begins(word, start) &&
		    !cmd_word_seen(prog, path, cmd, word, len))
			printf("%.*s\n", (int)len, word);
	if (!*path && begins("help", start))
		puts("help");
}

static void complete_option(const struct cmd_opt *opt, const char *start)
{
	for (; opt && opt->name; opt++)
		if (begins(opt->name, start))
			printf("--%s\n", opt->name);
}

/* What help calls the value of the option that a word is; NULL if it has none. */
static const char *value_of(const struct cmd *cmd, const char *word)
{
	const struct cmd_opt *opt;

	if (word[0] != '-' || strchr(word, '='))
		return NULL;
	for (opt = cmd ? cmd->options : NULL; opt && opt->name; opt++) {
		if (word[1] == '-' ? !strcmp(word + 2, opt->name) :
		    opt->letter && word[1] == opt->letter && !word[2])
			return opt->arg;
	}
	return NULL;
}

static bool names_file(const char *arg)
{
	return !strcmp(arg, "FILE") || !strcmp(arg, "DIR") ||
	       !strcmp(arg, "PATH") || !strcmp(arg, "KEY");
}

/**
 * cmd_complete() - print what the last word of a command line can become
 * @prog: the program
 * @argc: number of words after the program's name, the last one included
 * @argv: the words
 *
 * Return: CMD_OK.
 */
int cmd_complete(const struct cmd_program *prog, int argc, char **argv)
{
	const char *start = argc ? argv[argc - 1] : "";
	const struct cmd *cmd = NULL, *found;
	char path[CMD_PATH_MAX] = "";
	enum cmd_match match;
	const char *value = NULL;
	int i;

	for (i = 0; i < argc - 1; i++) {
		value = value ? NULL : value_of(cmd, argv[i]);
		if (cmd || argv[i][0] == '-' ||
		    (!*path && !strcmp(argv[i], "help")))
			continue;
		match = cmd_match_word(prog, path, argv[i], &found);
		if (match == CMD_MATCH_COMMAND)
			cmd = found;
		else if (match != CMD_MATCH_OBJECT)
			return CMD_OK;
	}
	if (value ? names_file(value) : cmd && !cmd->complete &&
	    cmd->max_args && start[0] != '-') {
		puts("files");
		return CMD_OK;
	}
	puts("words");
	if (value) {
		;	/* a number or a name that only the user knows */
	} else if (start[0] == '-') {
		start += strspn(start, "-");
		complete_option(cmd ? cmd->options : NULL, start);
		complete_option(cmd_global_options, start);
	} else if (!cmd) {
		complete_command(prog, path, start);
	} else if (cmd->complete) {
		cmd->complete();
	}
	return CMD_OK;
}
