// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line of bsign, for people and scripts that know it.
 *
 * bsign's -s and -V are options of every command of digsig that mean something
 * else, so the short form has a name of its own, digsig-bsign, a link to
 * digsig. It puts together a command line of digsig and runs that; what bsign
 * does and digsig does not is refused with the reason. The key is named by
 * DIGSIG_KEY, as bsign leaves it to gpg.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bsign.h"
#include "report.h"

static const char usage[] =
"Usage: digsig-bsign COMMAND [-f LIST] FILE...\n"
"  -s, --sign        sign (\"digsig sign\"); DIGSIG_KEY names the key\n"
"  -V, --verify      verify (\"digsig verify\") with /etc/digsig/keys.d\n"
"  -f, --files LIST  take names of files from LIST, \"-\" for stdin\n"
"  -q, --quiet       print no results\n"
"  -h, --help        print this; --version prints the version\n";

/**
 * struct words - a command line that is being made
 * @list: the words
 * @count: how many
 */
struct words {
	char **list;
	int count;
};

static int add_word(struct words *w, const char *text)
{
	char **grown = reallocarray(w->list, w->count + 2, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	w->list = grown;
	w->list[w->count] = strdup(text);
	if (!w->list[w->count])
		return -ENOMEM;
	w->list[++w->count] = NULL;
	return 0;
}

static int add_list(struct words *w, const char *path)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	int err = 0;

	if (!f) {
		report_error("%s: %s", path, strerror(errno));
		return -ENOENT;
	}
	while (!err && (n = getline(&line, &size, f)) >= 0) {
		if (n && line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (line[0])
			err = add_word(w, line);
	}
	free(line);
	if (f != stdin)
		fclose(f);
	return err;
}

static bool is(const char *arg, const char *letter, const char *name)
{
	return !strcmp(arg, letter) || !strcmp(arg, name);
}

static int refuse(const char *arg)
{
	if (is(arg, "-c", "--checkhash") || is(arg, "-H", "--hash"))
		report_error("%s: there is no hash without a signature; use -s and -V",
			     arg);
	else
		report_error("%s: is not among what digsig-bsign has of bsign",
			     arg);
	fputs(usage, stderr);
	return CMD_USAGE;
}

/* Return: -1 to go on, or the exit status. */
static int take(struct words *files, const char **command, bool *quiet,
		char **argv, int *i)
{
	const char *arg = argv[*i];

	if (is(arg, "-s", "--sign"))
		*command = "sign";
	else if (is(arg, "-V", "--verify"))
		*command = "verify";
	else if (is(arg, "-q", "--quiet"))
		*quiet = true;
	else if (is(arg, "-f", "--files") && argv[*i + 1])
		return add_list(files, argv[++*i]) ? CMD_FAILED : -1;
	else if (arg[0] == '-')
		return refuse(arg);
	else
		return add_word(files, arg) ? CMD_FAILED : -1;
	return -1;
}

static int run(const struct cmd_program *prog, const struct words *files,
	       const char *command)
{
	struct words line = {};
	int i, ret, err;

	err = add_word(&line, prog->name);
	if (!err)
		err = add_word(&line, command);
	if (!err)
		err = add_word(&line, "--");
	for (i = 0; i < files->count && !err; i++)
		err = add_word(&line, files->list[i]);
	ret = err ? CMD_FAILED : cmd_main(prog, line.count, line.list);
	for (i = 0; i < line.count; i++)
		free(line.list[i]);
	free(line.list);
	return ret;
}

/**
 * bsign_main() - main() under the name BSIGN_NAME
 * @prog: digsig
 * @argc: as main() has it
 * @argv: as main() has it
 *
 * Return: the exit status.
 */
int bsign_main(const struct cmd_program *prog, int argc, char **argv)
{
	struct words files = {};
	const char *command = NULL;
	bool quiet = false;
	int i, ret = -1;

	if (argc == 2 && is(argv[1], "-h", "--help"))
		return fputs(usage, stdout) < 0;
	if (argc == 2 && !strcmp(argv[1], "--version"))
		return cmd_main(prog, 2, (char *[]){ argv[0], "-V", NULL });
	for (i = 1; i < argc && ret < 0; i++)
		ret = take(&files, &command, &quiet, argv, &i);
	if (ret < 0 && (!command || !files.count)) {
		fputs(usage, stderr);
		ret = CMD_USAGE;
	}
	if (ret < 0 && quiet && !freopen("/dev/null", "w", stdout))
		ret = CMD_FAILED;
	if (ret < 0)
		ret = run(prog, &files, command);
	for (i = 0; i < files.count; i++)
		free(files.list[i]);
	free(files.list);
	return ret;
}
