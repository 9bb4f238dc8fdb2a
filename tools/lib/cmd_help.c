// SPDX-License-Identifier: GPL-2.0-only
/*
 * Help, printed from the tables of commands.
 */
#include <string.h>

#include "cmd_internal.h"

#define WIDTH		79
#define BRIEF_COLUMN	34

/* "  -n, --count N" into text; returns its length. */
static int option_text(const struct cmd_opt *opt, char *text, size_t size)
{
	char letter[8] = "    ";

	if (opt->letter)
		snprintf(letter, sizeof(letter), "-%c, ", opt->letter);
	return snprintf(text, size, "  %s--%s%s%s", letter, opt->name,
			opt->arg ? " " : "", opt->arg ? opt->arg : "");
}

/* Text that starts at a column and is broken between words to stay there. */
static void print_wrapped(const char *text, int column, FILE *file)
{
	int used = column;
	int len;

	for (; *text; text += len + strspn(text + len, " ")) {
		len = (int)strcspn(text, " ");
		if (used > column && used + 1 + len > WIDTH)
			used = fprintf(file, "\n%*s", column, "") - 1;
		else if (used > column)
			used += fprintf(file, " ");
		used += fprintf(file, "%.*s", len, text);
	}
	putc('\n', file);
}

static void print_options(const struct cmd_opt *options, const char *title,
			  FILE *file)
{
	const struct cmd_opt *opt;
	int len, column = 0;
	char text[80];

	if (!options)
		return;
	for (opt = options; opt->name; opt++) {
		len = option_text(opt, text, sizeof(text));
		if (len > column)
			column = len;
	}
	fprintf(file, "\n%s:\n", title);
	for (opt = options; opt->name; opt++) {
		option_text(opt, text, sizeof(text));
		fprintf(file, "%-*s  ", column, text);
		print_wrapped(opt->brief, column + 2, file);
	}
}

/* Does help list the command below this object? */
static bool listed(const struct cmd *cmd, const char *object)
{
	const char *word;
	size_t len;

	return cmd_path_below(cmd->path, object, &word, &len);
}

static void print_command(const struct cmd *cmd, FILE *file)
{
	int used = fprintf(file, "  %s%s%s", cmd->path, cmd->args ? " " : "",
			   cmd->args ? cmd->args : "");

	if (used + 2 > BRIEF_COLUMN) {
		putc('\n', file);
		used = 0;
	}
	fprintf(file, "%*s", BRIEF_COLUMN - used, "");
	print_wrapped(cmd->brief, BRIEF_COLUMN, file);
}

/**
 * cmd_help_program() - list the commands of a program, or of one object
 * @prog: the program
 * @object: words of the object in full, or "" for all
 * @file: where to
 */
void cmd_help_program(const struct cmd_program *prog, const char *object,
		      FILE *file)
{
	const struct cmd_group *group;
	const char *title = "";
	const struct cmd *cmd;

	fprintf(file, "Usage: %s [OPTIONS] %s%sCOMMAND ...\n", prog->name,
		object, *object ? " " : "");
	if (!*object)
		fprintf(file, "%s\n", prog->brief);
	for (group = prog->groups; group->title; group++) {
		for (cmd = group->commands; cmd->path; cmd++) {
			if (!listed(cmd, object))
				continue;
			if (strcmp(title, group->title))
				fprintf(file, "\n%s:\n", group->title);
			title = group->title;
			print_command(cmd, file);
		}
	}
	print_options(cmd_global_options, "Options", file);
	fprintf(file, "\n\"%s COMMAND -h\" explains a command.\n", prog->name);
}

/**
 * cmd_help_usage() - the line that says how a command is called
 * @prog: the program
 * @cmd: the command
 * @file: where to
 *
 * Long lines are broken between options and continued below the first one.
 */
void cmd_help_usage(const struct cmd_program *prog, const struct cmd *cmd,
		    FILE *file)
{
	const struct cmd_opt *opt;
	int indent, used, len;
	char text[128];

	used = fprintf(file, "Usage: %s %s", prog->name, cmd->path);
	indent = used + 1;
	for (opt = cmd->options; opt && opt->name; opt++) {
		len = snprintf(text, sizeof(text), "[--%s%s%s]", opt->name,
			       opt->arg ? " " : "", opt->arg ? opt->arg : "");
		if (used + 1 + len > WIDTH)
			used = fprintf(file, "\n%*s", indent - 1, "") - 1;
		used += fprintf(file, " %s", text);
	}
	if (cmd->args && used + 1 + strlen(cmd->args) > WIDTH)
		fprintf(file, "\n%*s", indent - 1, "");
	fprintf(file, "%s%s\n", cmd->args ? " " : "",
		cmd->args ? cmd->args : "");
}

/**
 * cmd_help_command() - explain one command
 * @prog: the program
 * @cmd: the command
 * @file: where to
 */
void cmd_help_command(const struct cmd_program *prog, const struct cmd *cmd,
		      FILE *file)
{
	cmd_help_usage(prog, cmd, file);
	fprintf(file, "%s %s: %s.\n", prog->name, cmd->path, cmd->brief);
	if (cmd->details)
		fprintf(file, "\n%s\n", cmd->details);
	print_options(cmd->options, "Options of this command", file);
	print_options(cmd_global_options, "Options", file);
}

static void json_options(const struct cmd_opt *opt, struct out *o)
{
	char letter[2] = "";

	out_list_begin(o, "options");
	for (; opt && opt->name; opt++) {
		letter[0] = opt->letter;
		out_object_begin(o, NULL, OUT_LINE);
		out_text(o, "name", OUT_BARE, opt->name);
		out_text(o, "letter", OUT_BARE, opt->letter ? letter : NULL);
		out_text(o, "value", OUT_BARE, opt->arg);
		out_text(o, "brief", OUT_BARE, opt->brief);
		out_object_end(o);
	}
	out_list_end(o);
}

/**
 * cmd_help_json() - the tables of a program, for programs
 * @prog: the program
 * @o: where to
 */
void cmd_help_json(const struct cmd_program *prog, struct out *o)
{
	const struct cmd_group *group;
	const struct cmd *cmd;

	out_object_begin(o, NULL, OUT_BLOCK);
	out_text(o, "program", OUT_BARE, prog->name);
	out_text(o, "brief", OUT_BARE, prog->brief);
	json_options(cmd_global_options, o);
	out_list_begin(o, "commands");
	cmd_for_each(prog, group, cmd) {
		out_object_begin(o, NULL, OUT_BLOCK);
		out_text(o, "command", OUT_BARE, cmd->path);
		out_text(o, "arguments", OUT_BARE, cmd->args);
		out_text(o, "group", OUT_BARE, group->title);
		out_text(o, "brief", OUT_BARE, cmd->brief);
		json_options(cmd->options, o);
		out_object_end(o);
	}
	out_list_end(o);
	out_object_end(o);
}
