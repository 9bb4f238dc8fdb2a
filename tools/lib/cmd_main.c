// SPDX-License-Identifier: GPL-2.0-only
/*
 * One run of a tool: read the command line, call the command, say what failed.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd_internal.h"
#include "out_escape.h"

#ifndef CGL_VERSION
#error "CGL_VERSION is not defined: build with make tools"
#endif

const struct cmd_opt cmd_global_options[] = {
	CMD_SWITCH(struct cmd_globals, json, "json", 'j',
		   "print JSON"),
	CMD_SWITCH(struct cmd_globals, pretty, "pretty", 'p',
		   "print JSON with line breaks"),
	CMD_SWITCH(struct cmd_globals, stats, "statistics", 's',
		   "print counters, too"),
	CMD_SWITCH(struct cmd_globals, color, "color", 'c',
		   "print text in colour"),
	CMD_SWITCH(struct cmd_globals, version, "version", 'V',
		   "print the version"),
	CMD_SWITCH(struct cmd_globals, help, "help", 'h',
		   "explain the program, an object or a command"),
	{}
};

/**
 * struct parse - a command line while it is read
 * @prog: the program
 * @path: command words so far, in full
 * @match: what they amount to
 * @cmd: the command, once @match is CMD_MATCH_COMMAND
 * @opts: its option struct
 * @globals: options of every command
 * @argv: operands
 * @argc: how many
 * @options_over: "--" was seen, or the first operand of a CMD_EXEC command
 */
struct parse {
	const struct cmd_program	*prog;
	char				path[CMD_PATH_MAX];
	enum cmd_match			match;
	const struct cmd		*cmd;
	void				*opts;
	struct cmd_globals		globals;
	char				**argv;
	int				argc;
	bool				options_over;
};

/* For cmd_usage(), which commands call with nothing but their call. */
static const struct cmd_program *current;

/* Names of files are part of what is said: nothing reaches the terminal raw. */
static void say(const char *what, const char *fmt, va_list ap)
{
	char *text;

	fflush(stdout);
	fputs(what, stderr);
	if (vasprintf(&text, fmt, ap) >= 0) {
		out_escape_text(stderr, text);
		free(text);
	}
	putc('\n', stderr);
}

/**
 * cmd_error() - say why a command fails
 * @fmt: a sentence without a full stop, and no line break
 *
 * Return: CMD_FAILED, for the caller to return.
 */
int cmd_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("Error: ", fmt, ap);
	va_end(ap);
	return CMD_FAILED;
}

/**
 * cmd_warning() - say what is wrong without failing
 * @fmt: a sentence without a full stop
 */
void cmd_warning(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("Warning: ", fmt, ap);
	va_end(ap);
}

/**
 * cmd_hint() - say what to do about an error
 * @fmt: a sentence without a full stop
 */
void cmd_hint(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("Hint: ", fmt, ap);
	va_end(ap);
}

/**
 * cmd_usage() - say what is wrong with the command line, and what is right
 * @call: the call
 * @fmt: a sentence without a full stop
 *
 * Return: CMD_USAGE, for the caller to return.
 */
int cmd_usage(const struct cmd_call *call, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("Error: ", fmt, ap);
	va_end(ap);
	cmd_help_usage(current, call->cmd, stderr);
	return CMD_USAGE;
}

static int word_unknown(const struct parse *p, const char *word, bool many)
{
	char buf[CMD_LIST_MAX];
	const char *close;

	if (many)
		cmd_error("\"%s\" could be %s", word,
			  cmd_candidates(p->prog, p->path, word, buf));
	else if (*p->path)
		cmd_error("%s has no command \"%s\"", p->path, word);
	else
		cmd_error("there is no command \"%s\"", word);
	close = many ? NULL : cmd_closest(p->prog, p->path, word, buf);
	if (close)
		cmd_hint("did you mean \"%s\"?", close);
	fprintf(stderr, "Try \"%s %s%s-h\".\n", p->prog->name, p->path,
		*p->path ? " " : "");
	return CMD_USAGE;
}

static int take_command(struct parse *p, const struct cmd *cmd)
{
	p->cmd = cmd;
	p->match = CMD_MATCH_COMMAND;
	snprintf(p->path, sizeof(p->path), "%s", cmd->path);
	if (!cmd->opts_size)
		return CMD_OK;
	p->opts = calloc(1, cmd->opts_size);
	return p->opts ? CMD_OK : cmd_error("out of memory");
}

static int take_word(struct parse *p, char *word)
{
	const struct cmd *cmd;

	if (p->match == CMD_MATCH_COMMAND) {
		p->argv[p->argc++] = word;
		if (p->cmd->flags & CMD_EXEC)
			p->options_over = true;
		return CMD_OK;
	}
	/* "help key add" is "key add -h". */
	if (!*p->path && !strcmp(word, "help")) {
		p->globals.help = true;
		return CMD_OK;
	}
	p->match = cmd_match_word(p->prog, p->path, word, &cmd);
	switch (p->match) {
	case CMD_MATCH_COMMAND:
		return take_command(p, cmd);
	case CMD_MATCH_OBJECT:
		return CMD_OK;
	default:
		return word_unknown(p, word, p->match == CMD_MATCH_MANY);
	}
}

static int take_option(struct parse *p, char **argv, unsigned int *taken)
{
	const struct cmd_opt *const tables[] = {
		cmd_global_options, p->cmd ? p->cmd->options : NULL,
	};
	void *const values[] = { &p->globals, p->opts };
	const struct cmd_opt *close;
	const struct cmd *alone;
	const char *why = NULL;
	int err;

	err = cmd_option_take(tables, values, argv, taken, &why);
	if (!err)
		return CMD_OK;
	/* An option of the command that its object stands for alone. */
	alone = p->match == CMD_MATCH_OBJECT ?
		cmd_default(p->prog, p->path) : NULL;
	if (err != -EINVAL && alone) {
		err = take_command(p, alone);
		return err == CMD_OK ? take_option(p, argv, taken) : err;
	}
	if (err == -EINVAL) {
		cmd_error("option %s: %s", argv[0], why);
	} else {
		cmd_error("%s has no option %s", p->cmd ? p->path :
			  p->prog->name, argv[0]);
		close = cmd_option_closest(tables, argv[0]);
		if (close)
			cmd_hint("did you mean --%s?", close->name);
	}
	if (p->cmd)
		cmd_help_usage(p->prog, p->cmd, stderr);
	return CMD_USAGE;
}

static int parse_line(struct parse *p, int argc, char **argv)
{
	unsigned int taken;
	int ret, i;

	for (i = 1; i < argc; i += taken) {
		taken = 1;
		if (p->options_over || argv[i][0] != '-' || !argv[i][1])
			ret = take_word(p, argv[i]);
		else if (!strcmp(argv[i], "--"))
			ret = !(p->options_over = true);
		else
			ret = take_option(p, argv + i, &taken);
		if (ret != CMD_OK)
			return ret;
	}
	return CMD_OK;
}

static int show_help(const struct parse *p, struct out *o)
{
	if (o->json)
		cmd_help_json(p->prog, o);
	else if (p->cmd)
		cmd_help_command(p->prog, p->cmd, o->file);
	else
		cmd_help_program(p->prog, p->path, o->file);
	return CMD_OK;
}

static int show_version(const struct parse *p, struct out *o)
{
	if (!o->json) {
		fprintf(o->file, "%s (CGL Modules) " CGL_VERSION "\n",
			p->prog->name);
		return CMD_OK;
	}
	out_object_begin(o, NULL, OUT_BLOCK);
	out_text(o, "program", OUT_BARE, p->prog->name);
	out_text(o, "version", OUT_BARE, CGL_VERSION);
	out_object_end(o);
	return CMD_OK;
}

/* Words ended before there was a command: an object alone, or nothing. */
static int command_missing(struct parse *p)
{
	const struct cmd *cmd = NULL;

	if (*p->path)
		cmd = cmd_default(p->prog, p->path);
	if (cmd)
		return take_command(p, cmd);
	if (*p->path)
		cmd_error("%s: which command?", p->path);
	cmd_help_program(p->prog, p->path, stderr);
	return CMD_USAGE;
}

static int run_command(struct parse *p, struct out *o)
{
	struct cmd_call call = {
		.cmd = p->cmd,
		.argc = p->argc,
		.argv = p->argv,
		.opts = p->opts,
		.out = o,
		.stats = p->globals.stats,
	};

	if ((unsigned int)p->argc < p->cmd->min_args)
		return cmd_usage(&call, "%s: %s is missing", p->cmd->path,
				 p->cmd->args);
	if ((unsigned int)p->argc > p->cmd->max_args)
		return cmd_usage(&call, "%s: \"%s\" is too much", p->cmd->path,
				 p->argv[p->cmd->max_args]);
	return p->cmd->run(&call);
}

static int run_line(struct parse *p, struct out *o, int argc, char **argv)
{
	int ret = parse_line(p, argc, argv);

	if (ret != CMD_OK)
		return ret;
	o->json = p->globals.json || p->globals.pretty;
	o->pretty = p->globals.pretty;
	o->colors = p->globals.color;
	if (p->globals.version)
		return show_version(p, o);
	if (p->globals.help)
		return show_help(p, o);
	if (p->match != CMD_MATCH_COMMAND) {
		ret = command_missing(p);
		if (ret != CMD_OK)
			return ret;
	}
	return run_command(p, o);
}

/**
 * cmd_main() - be a tool
 * @prog: the tool
 * @argc: from main()
 * @argv: from main()
 *
 * Return: what main() returns, enum cmd_exit.
 */
int cmd_main(const struct cmd_program *prog, int argc, char **argv)
{
	struct parse p = { .prog = prog };
	struct out o = { .file = stdout };
	int ret, err;

	current = prog;
	if (argc > 1 && !strcmp(argv[1], "--complete"))
		return cmd_complete(prog, argc - 2, argv + 2);
	p.argv = calloc(argc + 1, sizeof(*p.argv));
	if (!p.argv)
		return cmd_error("out of memory");
	ret = run_line(&p, &o, argc, argv);
	err = out_finish(&o);
	/* Whoever closed a pipe has seen enough: that is no failure to report. */
	if (err == -EPIPE && ret == CMD_OK)
		ret = CMD_FAILED;
	else if (err && ret == CMD_OK)
		ret = cmd_error("writing the result: %s", strerror(-err));
	free(p.opts);
	free(p.argv);
	return ret;
}
