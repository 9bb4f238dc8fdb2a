/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line of a tool, as tables: TOOL OBJECT COMMAND ARGUMENTS.
 *
 * A tool is a list of groups, a group is a table of commands, and everything
 * that is said about a command is said once, in its entry: the parser, the
 * help, the completion and the tests all read it from there. Commands of one
 * object may stand in different groups and files ("catalog create" in one,
 * "catalog load" in another).
 *
 *	struct add_opts { bool force; };
 *
 *	static const struct cmd_opt add_options[] = {
 *		CMD_SWITCH(struct add_opts, force, "force", 'f',
 *			   "replace what is there"),
 *		{}
 *	};
 *
 *	const struct cmd key_commands[] = {
 *		{
 *			.path = "key add", .args = "FILE...",
 *			.brief = "trust the keys in FILEs",
 *			.min_args = 1, .max_args = CMD_MANY,
 *			.options = add_options,
 *			.opts_size = sizeof(struct add_opts),
 *			.run = key_add,
 *		},
 *		{}
 *	};
 *
 * Results go to call->out (out.h), everything else to stderr by the cmd_error()
 * family. A program runs one command and is one thread as far as this file is
 * concerned; commands may start their own.
 */
#ifndef CMD_H
#define CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <limits.h>

#include "out.h"

/** enum cmd_exit - what a command returns and the program exits with */
enum cmd_exit {
	CMD_OK = 0,
	CMD_FAILED = 1,		/* refused; the reason is on stderr */
	CMD_USAGE = 2,		/* the command line makes no sense */
};

#define CMD_MANY	UINT_MAX

struct cmd;

/**
 * struct cmd_call - one call of one command
 * @cmd: the command
 * @argc: number of operands, between @cmd->min_args and @cmd->max_args
 * @argv: the operands, without command words and options; NULL-terminated
 * @opts: the command's own option struct: zeroed, then filled from the command
 *	line. NULL if the command has none
 * @out: where results go
 * @stats: -s was given
 */
struct cmd_call {
	const struct cmd	*cmd;
	int			argc;
	char			**argv;
	const void		*opts;
	struct out		*out;
	bool			stats;
};

/**
 * struct cmd_opt - one option of one command
 * @name: after the two dashes. NULL ends the table
 * @letter: after one dash, or 0. The letters j p s c V h belong to every command
 * @arg: what help calls the value, or NULL for a switch
 * @brief: what it does; a phrase, no capital, no full stop
 * @parse: stores @text (NULL for a switch) in *@value. Returns NULL, or what is
 *	wrong with the text, to stand after a colon: "not a number"
 * @offset: of the value in the command's option struct
 *
 * Written with the CMD_ macros below, which check the type of the member.
 */
struct cmd_opt {
	const char	*name;
	char		letter;
	const char	*arg;
	const char	*brief;
	const char	*(*parse)(const char *text, void *value);
	size_t		offset;
};

const char *cmd_parse_switch(const char *text, void *value);
const char *cmd_parse_text(const char *text, void *value);
const char *cmd_parse_number(const char *text, void *value);

/* The offset of a member; does not compile unless the member is a ctype. */
#define CMD_MEMBER(type, member, ctype)					\
	(offsetof(type, member) + 0 * sizeof(char[			\
		__builtin_types_compatible_p(				\
			__typeof__(((type *)0)->member), ctype) ? 1 : -1]))

/** CMD_SWITCH() - an option without a value; the member is a bool */
#define CMD_SWITCH(type, member, name, letter, brief)			\
	{ name, letter, NULL, brief, cmd_parse_switch,			\
	  CMD_MEMBER(type, member, bool) }

/** CMD_TEXT() - an option with a value; the member is a const char * */
#define CMD_TEXT(type, member, name, letter, arg, brief)		\
	{ name, letter, arg, brief, cmd_parse_text,			\
	  CMD_MEMBER(type, member, const char *) }

/** CMD_NUMBER() - an option with a number, also 0x...; the member is a uint32_t */
#define CMD_NUMBER(type, member, name, letter, arg, brief)		\
	{ name, letter, arg, brief, cmd_parse_number,			\
	  CMD_MEMBER(type, member, uint32_t) }

/** CMD_VALUE() - an option with a value of the command's own kind */
#define CMD_VALUE(type, member, ctype, parse, name, letter, arg, brief)	\
	{ name, letter, arg, brief, parse, CMD_MEMBER(type, member, ctype) }

/* The command its object stands for alone: "key" is "key list". */
#define CMD_DEFAULT	0x1
/* Options end at the first operand: for commands that start programs. */
#define CMD_EXEC	0x2

/**
 * struct cmd - one command
 * @path: its words, separated by one space: "status", "key add". A word that is
 *	a command is never an object as well. NULL ends the table
 * @args: operands as help prints them, or NULL for none
 * @brief: what it does, for lists; a phrase, no capital, no full stop
 * @details: what else to know, for "-h"; lines up to 76 characters, or NULL
 * @min_args: fewest operands
 * @max_args: most operands, CMD_MANY for any number
 * @flags: CMD_DEFAULT, CMD_EXEC
 * @options: its own options, or NULL
 * @opts_size: size of its option struct
 * @run: does it; returns enum cmd_exit
 * @complete: prints one line per word that could be the next operand, or NULL,
 *	which means names of files. Must print no error
 */
struct cmd {
	const char		*path;
	const char		*args;
	const char		*brief;
	const char		*details;
	unsigned int		min_args;
	unsigned int		max_args;
	unsigned int		flags;
	const struct cmd_opt	*options;
	size_t			opts_size;
	int			(*run)(const struct cmd_call *call);
	void			(*complete)(void);
};

/**
 * struct cmd_group - commands that help lists under one title
 * @title: the title; groups of one title that follow each other are listed as
 *	one. NULL ends the list of groups
 * @commands: table that ends with an empty entry
 */
struct cmd_group {
	const char		*title;
	const struct cmd	*commands;
};

/**
 * struct cmd_program - one tool
 * @name: what it is called
 * @brief: what it is for, one line
 * @groups: its commands, ending with an empty entry
 */
struct cmd_program {
	const char		*name;
	const char		*brief;
	const struct cmd_group	*groups;
};

int cmd_main(const struct cmd_program *prog, int argc, char **argv);

int cmd_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void cmd_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void cmd_hint(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int cmd_usage(const struct cmd_call *call, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* CMD_H */
