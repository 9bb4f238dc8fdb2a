// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line: words, options and operands, from a table to a call.
 */
#include <unistd.h>

#include <kselftest_harness.h>

#include "../unit.h"
#include "cmd_internal.h"

struct add_opts {
	bool		force;
	const char	*file;
	uint32_t	count;
	int		own;
};

/* What the last call of a command was. */
static struct {
	const char	*path;
	int		argc;
	char		*argv[16];
	struct add_opts	opts;
	bool		stats;
	bool		json;
} called;

static int record(const struct cmd_call *call)
{
	int i;

	called.path = call->cmd->path;
	called.argc = call->argc;
	for (i = 0; i < call->argc && i < 16; i++)
		called.argv[i] = call->argv[i];
	if (call->opts)
		called.opts = *(const struct add_opts *)call->opts;
	called.stats = call->stats;
	called.json = call->out->json;
	return CMD_OK;
}

static int refuse(const struct cmd_call *call)
{
	out_list_begin(call->out, NULL);
	return cmd_error("%s", call->argc ? call->argv[0] : "no");
}

static const char *parse_own(const char *text, void *value)
{
	*(int *)value += strlen(text);
	return strcmp(text, "bad") ? NULL : "of no use";
}

static const struct cmd_opt options[] = {
	CMD_SWITCH(struct add_opts, force, "force", 'f', "replace it"),
	CMD_TEXT(struct add_opts, file, "file", 'F', "FILE", "read FILE"),
	CMD_NUMBER(struct add_opts, count, "count", 'n', "N", "so often"),
	CMD_VALUE(struct add_opts, own, int, parse_own, "own", 0, "X", "own"),
	{}
};

static const struct cmd first[] = {
	{ .path = "key add", .args = "FILE...", .brief = "add", .run = record,
	  .min_args = 1, .max_args = CMD_MANY, .options = options,
	  .opts_size = sizeof(struct add_opts) },
	{ .path = "status", .brief = "show", .run = record },
	{ .path = "start", .brief = "start", .run = record },
	{ .path = "exec", .args = "PROGRAM...", .brief = "run", .run = record,
	  .max_args = CMD_MANY, .flags = CMD_EXEC },
	{}
};

static const struct cmd second[] = {
	{ .path = "key list", .brief = "list", .run = record,
	  .flags = CMD_DEFAULT },
	{ .path = "key lists", .brief = "longer", .run = record },
	{ .path = "refuse", .args = "[WHY]", .brief = "fail", .run = refuse,
	  .max_args = 1 },
	{}
};

static const struct cmd_group groups[] = {
	{ "First", first }, { "Second", second }, {}
};

static const struct cmd_program program = {
	.name = "tool", .brief = "A tool.", .groups = groups,
};

static char captured[2][16384];

/* Runs a line; words are separated by one space. */
static int run(const char *line)
{
	char *copy = strdup(line), *words[32], *word, *rest = copy;
	int argc = 0, saved[2], i, ret;
	FILE *file[2] = { tmpfile(), tmpfile() };

	memset(&called, 0, sizeof(called));
	for (word = strsep(&rest, " "); word; word = strsep(&rest, " "))
		words[argc++] = word;
	words[argc] = NULL;
	fflush(NULL);
	for (i = 0; i < 2; i++) {
		saved[i] = dup(1 + i);
		dup2(fileno(file[i]), 1 + i);
	}
	ret = cmd_main(&program, argc, words);
	fflush(NULL);
	for (i = 0; i < 2; i++) {
		dup2(saved[i], 1 + i);
		close(saved[i]);
		rewind(file[i]);
		captured[i][fread(captured[i], 1, sizeof(captured[i]) - 1,
				  file[i])] = '\0';
		fclose(file[i]);
	}
	/* Operands point into it: it lives until the next test. */
	return ret;
}

/* Two strings, either may be missing. */
static const char *shown(const char *s)
{
	return s ? s : "(none)";
}

#define out_has(text)	(strstr(captured[0], text) != NULL)
#define err_has(text)	(strstr(captured[1], text) != NULL)

FIXTURE(words) {};
FIXTURE_SETUP(words) {}
FIXTURE_TEARDOWN(words) {}

FIXTURE_VARIANT(words) {
	const char *line;
	const char *path;	/* NULL: wrong usage */
	const char *err;
};

#define WORDS(name, line, path, err) \
	FIXTURE_VARIANT_ADD(words, name) { line, path, err }

WORDS(whole, "tool status", "status", NULL);
WORDS(two, "tool key add x", "key add", NULL);
WORDS(other_group, "tool key list", "key list", NULL);
WORDS(shortened, "tool stat", "status", NULL);
WORDS(shortened_twice, "tool k a x", "key add", NULL);
WORDS(object_alone, "tool key", "key list", NULL);
WORDS(object_alone_option, "tool key -s", "key list", NULL);
WORDS(whole_beats_longer, "tool key list", "key list", NULL);
WORDS(longer, "tool key lists", "key lists", NULL);
WORDS(unclear, "tool sta", NULL, "could be status, start");
WORDS(unclear_in_object, "tool key l", NULL, "could be list, lists");
WORDS(unknown, "tool frob", NULL, "no command \"frob\"");
WORDS(swapped, "tool tsatus", NULL, "did you mean \"status\"?");
WORDS(missing_letter, "tool key ad x", "key add", NULL);
WORDS(wrong_letter, "tool key adx", NULL, "did you mean \"add\"?");
WORDS(too_long, "tool statusx", NULL, "did you mean \"status\"?");
WORDS(empty, "tool ", NULL, "could be key, status, start, exec, refuse");
WORDS(nothing, "tool", NULL, "Usage: tool");
WORDS(too_few, "tool key add", NULL, "FILE... is missing");
WORDS(too_many, "tool status now", NULL, "\"now\" is too much");

TEST_F(words, become_a_command)
{
	EXPECT_EQ(variant->path ? CMD_OK : CMD_USAGE, run(variant->line));
	EXPECT_STREQ(shown(variant->path), shown(called.path));
	EXPECT_TRUE(!variant->err || err_has(variant->err)) {
		TH_LOG("stderr: %s", captured[1]);
	}
	EXPECT_STREQ("", captured[0]);
}

TEST(options_in_every_form)
{
	ASSERT_EQ(CMD_OK, run("tool key add -f -n 3 -Fone a --own=x b --own yy"));
	EXPECT_TRUE(called.opts.force);
	EXPECT_EQ(3, called.opts.count);
	EXPECT_STREQ("one", called.opts.file);
	EXPECT_EQ(3, called.opts.own);
	ASSERT_EQ(2, called.argc);
	EXPECT_STREQ("a", called.argv[0]);
	EXPECT_STREQ("b", called.argv[1]);
}

TEST(letters_may_be_joined)
{
	ASSERT_EQ(CMD_OK, run("tool key add -fn0x10 a"));
	EXPECT_TRUE(called.opts.force);
	EXPECT_EQ(16, called.opts.count);
}

TEST(options_start_at_zero_in_each_call)
{
	ASSERT_EQ(CMD_OK, run("tool key add -f -n 3 a"));
	ASSERT_EQ(CMD_OK, run("tool key add a"));
	EXPECT_FALSE(called.opts.force);
	EXPECT_EQ(0, called.opts.count);
}

TEST(global_options_stand_anywhere)
{
	ASSERT_EQ(CMD_OK, run("tool -s status"));
	EXPECT_TRUE(called.stats);
	ASSERT_EQ(CMD_OK, run("tool status -js"));
	EXPECT_TRUE(called.stats && called.json);
	ASSERT_EQ(CMD_OK, run("tool key --pretty add x"));
	EXPECT_TRUE(called.json);
}

TEST(two_dashes_end_options)
{
	ASSERT_EQ(CMD_OK, run("tool key add -- -f --own"));
	EXPECT_FALSE(called.opts.force);
	ASSERT_EQ(2, called.argc);
	EXPECT_STREQ("-f", called.argv[0]);
}

TEST(one_dash_is_an_operand)
{
	ASSERT_EQ(CMD_OK, run("tool key add -"));
	EXPECT_STREQ("-", called.argv[0]);
}

TEST(exec_takes_options_of_its_program)
{
	ASSERT_EQ(CMD_OK, run("tool exec -s ls -s --all"));
	EXPECT_TRUE(called.stats);
	ASSERT_EQ(3, called.argc);
	EXPECT_STREQ("-s", called.argv[1]);
}

FIXTURE(number) {};
FIXTURE_SETUP(number) {}
FIXTURE_TEARDOWN(number) {}
FIXTURE_VARIANT(number) { const char *text; const char *why; uint32_t value; };
FIXTURE_VARIANT_ADD(number, zero) { "0", NULL, 0 };
FIXTURE_VARIANT_ADD(number, largest) { "4294967295", NULL, UINT32_MAX };
FIXTURE_VARIANT_ADD(number, largest_hex) { "0xFFffFFff", NULL, UINT32_MAX };
FIXTURE_VARIANT_ADD(number, too_large) {
	"4294967296", "above 4294967295", 0 };
FIXTURE_VARIANT_ADD(number, far_too_large) {
	"99999999999999999999999", "above 4294967295", 0 };
FIXTURE_VARIANT_ADD(number, negative) { "-1", "not a number", 0 };
FIXTURE_VARIANT_ADD(number, plus) { "+1", "not a number", 0 };
FIXTURE_VARIANT_ADD(number, blank) { " 1", "not a number", 0 };
FIXTURE_VARIANT_ADD(number, empty) { "", "not a number", 0 };
FIXTURE_VARIANT_ADD(number, hex_empty) { "0x", "not a number", 0 };
FIXTURE_VARIANT_ADD(number, trailing) { "1k", "not a number", 0 };

TEST_F(number, is_read)
{
	uint32_t value = 0;

	EXPECT_STREQ(shown(variant->why),
		     shown(cmd_parse_number(variant->text, &value)));
	EXPECT_EQ(variant->value, value);
}

TEST(bad_values_are_usage_errors)
{
	EXPECT_EQ(CMD_USAGE, run("tool key add --own=bad a"));
	EXPECT_TRUE(err_has("option --own=bad: of no use"));
	EXPECT_EQ(CMD_USAGE, run("tool key add a -n"));
	EXPECT_TRUE(err_has("needs a value"));
	EXPECT_EQ(CMD_USAGE, run("tool key add a --force=1"));
	EXPECT_TRUE(err_has("takes no value"));
	EXPECT_EQ(CMD_USAGE, run("tool key add a --fiel x"));
	EXPECT_TRUE(err_has("did you mean --file?"));
	EXPECT_EQ(NULL, called.path);
}

TEST(refusal_is_one_sentence_on_stderr)
{
	EXPECT_EQ(CMD_FAILED, run("tool -j refuse a\033b"));
	EXPECT_STREQ("", captured[0]);
	EXPECT_STREQ("Error: a\\x1bb\n", captured[1]);
}

TEST(help_is_on_stdout)
{
	EXPECT_EQ(CMD_OK, run("tool help"));
	EXPECT_TRUE(out_has("First:\n  key add FILE..."));
	EXPECT_EQ(CMD_OK, run("tool help key"));
	EXPECT_TRUE(out_has("key list") && !out_has("status"));
	EXPECT_EQ(CMD_OK, run("tool key add -h"));
	EXPECT_TRUE(out_has("Usage: tool key add [--force] [--file FILE]"));
	EXPECT_EQ(NULL, called.path);
	EXPECT_STREQ("", captured[1]);
}

static const char *complete(const char *line)
{
	run(line);
	return captured[0];
}

TEST(completion)
{
	EXPECT_STREQ("words\nkey\nstatus\nstart\nexec\nrefuse\nhelp\n",
		     complete("tool --complete "));
	EXPECT_STREQ("words\nstatus\nstart\n", complete("tool --complete sta"));
	EXPECT_STREQ("words\nlist\nlists\n", complete("tool --complete key l"));
	EXPECT_STREQ("words\n--force\n--file\n",
		     complete("tool --complete key add --f"));
	EXPECT_STREQ("files\n", complete("tool --complete key add "));
	EXPECT_STREQ("files\n", complete("tool --complete key add -F "));
	EXPECT_STREQ("words\n", complete("tool --complete key add -n "));
	EXPECT_STREQ("words\n", complete("tool --complete status "));
	EXPECT_STREQ("", complete("tool --complete nonsense x"));
}

TEST(distance)
{
	EXPECT_EQ(0, cmd_distance("key", "key"));
	EXPECT_EQ(1, cmd_distance("key", "kye"));
	EXPECT_EQ(1, cmd_distance("key", "keys"));
	EXPECT_EQ(3, cmd_distance("", "key"));
	EXPECT_EQ(3, cmd_distance("kitten", "sitting"));
	EXPECT_EQ(UINT_MAX, cmd_distance("12345678901234567890123456789012",
					 "key"));
}

TEST_HARNESS_MAIN
