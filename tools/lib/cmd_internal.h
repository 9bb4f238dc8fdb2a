/* SPDX-License-Identifier: GPL-2.0-only */
/* What the cmd_*.c files tell each other; see cmd.h for what tools use. */
#ifndef CMD_INTERNAL_H
#define CMD_INTERNAL_H

#include "cmd.h"

#define CMD_PATH_MAX	64	/* the words of a command */
#define CMD_LIST_MAX	256	/* words that a shorter one may stand for */

/** enum cmd_match - what the words so far amount to */
enum cmd_match {
	CMD_MATCH_NONE,		/* no command begins like this */
	CMD_MATCH_MANY,		/* an abbreviation of several words */
	CMD_MATCH_OBJECT,	/* an object: a command must follow */
	CMD_MATCH_COMMAND,
};

/**
 * struct cmd_globals - the options that every command has
 * @json: -j
 * @pretty: -p
 * @stats: -s
 * @color: -c
 * @version: -V
 * @help: -h
 */
struct cmd_globals {
	bool	json;
	bool	pretty;
	bool	stats;
	bool	color;
	bool	version;
	bool	help;
};

extern const struct cmd_opt cmd_global_options[];

/* Calls fn for every command of a program, in the order of its tables. */
#define cmd_for_each(prog, group, cmd)					\
	for (group = (prog)->groups; group->title; group++)		\
		for (cmd = group->commands; cmd->path; cmd++)

/* cmd_find.c */
bool cmd_path_below(const char *path, const char *object, const char **word,
		    size_t *len);
enum cmd_match cmd_match_word(const struct cmd_program *prog, char *path,
			      const char *word, const struct cmd **found);
const struct cmd *cmd_default(const struct cmd_program *prog, const char *path);
const char *cmd_closest(const struct cmd_program *prog, const char *path,
			const char *word, char *buf);
bool cmd_word_seen(const struct cmd_program *prog, const char *path,
		   const struct cmd *until, const char *word, size_t len);
const char *cmd_candidates(const struct cmd_program *prog, const char *path,
			   const char *word, char *buf);
unsigned int cmd_distance(const char *a, const char *b);

/* cmd_opt.c */
int cmd_option_take(const struct cmd_opt *const tables[], void *const values[],
		    char **argv, unsigned int *taken, const char **why);
const struct cmd_opt *cmd_option_closest(const struct cmd_opt *const tables[],
					 const char *word);

/* cmd_help.c */
void cmd_help_program(const struct cmd_program *prog, const char *object,
		      FILE *file);
void cmd_help_command(const struct cmd_program *prog, const struct cmd *cmd,
		      FILE *file);
void cmd_help_usage(const struct cmd_program *prog, const struct cmd *cmd,
		    FILE *file);
void cmd_help_json(const struct cmd_program *prog, struct out *o);

/* cmd_complete.c */
int cmd_complete(const struct cmd_program *prog, int argc, char **argv);

#endif /* CMD_INTERNAL_H */
