// SPDX-License-Identifier: GPL-2.0-only
/*
 * Output: one description, as text and as JSON.
 */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>

#include <kselftest_harness.h>

#include "../unit.h"
#include "out.h"
#include "out_escape.h"

static char *rendered;

/* What a description gives; valid until the next call. */
static const char *render(void (*describe)(struct out *o), struct out how)
{
	size_t len;

	free(rendered);
	how.file = open_memstream(&rendered, &len);
	describe(&how);
	out_finish(&how);
	fclose(how.file);
	return rendered;
}

#define TEXT	((struct out){})
#define COLORS	((struct out){ .colors = true })
#define JSON	((struct out){ .json = true })
#define PRETTY	((struct out){ .json = true, .pretty = true })

static void block(struct out *o)
{
	out_object_begin(o, NULL, OUT_BLOCK);
	out_text(o, "mode", "mode", "log");
	out_bool(o, "strict", "strict", false);
	out_number(o, "min_generation", "minimum generation", UINT64_MAX);
	out_number(o, "hidden", OUT_JSON_ONLY, 1);
	out_text(o, "driver", "driver", NULL);
	out_object_end(o);
}

TEST(block_is_a_line_per_field)
{
	EXPECT_STREQ("mode:                 log\n"
		     "strict:               no\n"
		     "minimum generation:   18446744073709551615\n",
		     render(block, TEXT));
}

TEST(block_as_json)
{
	EXPECT_STREQ("{\"mode\":\"log\",\"strict\":false,"
		     "\"min_generation\":18446744073709551615,"
		     "\"hidden\":1,\"driver\":null}\n", render(block, JSON));
}

static void lines(struct out *o)
{
	int i;

	out_list_begin(o, NULL);
	for (i = 0; i < 2; i++) {
		out_object_begin(o, NULL, OUT_LINE);
		out_hex(o, "id", OUT_BARE, "\x00\xff\x1a", 3);
		out_number(o, "files", "files", i);
		out_bool(o, "revoked", "revoked", i);
		out_hex(o, "digest", "digest", NULL, 32);
		out_object_end(o);
	}
	out_list_end(o);
}

TEST(line_has_labels_and_true_words_only)
{
	EXPECT_STREQ("00ff1a files 0\n00ff1a files 1 revoked\n",
		     render(lines, TEXT));
}

TEST(lines_as_json)
{
	EXPECT_STREQ("[{\"id\":\"00ff1a\",\"files\":0,\"revoked\":false,"
		     "\"digest\":null},{\"id\":\"00ff1a\",\"files\":1,"
		     "\"revoked\":true,\"digest\":null}]\n",
		     render(lines, JSON));
}

static void nested(struct out *o)
{
	out_object_begin(o, NULL, OUT_BLOCK);
	out_list_begin(o, "flags");
	out_text(o, NULL, OUT_BARE, "jit");
	out_text(o, NULL, OUT_BARE, "debugger");
	out_list_end(o);
	out_list_begin(o, "empty");
	out_list_end(o);
	out_list_begin(o, "keys");
	out_object_begin(o, NULL, OUT_LINE);
	out_text(o, "name", OUT_BARE, "a");
	out_list_begin(o, "flags");
	out_text(o, NULL, OUT_BARE, "x");
	out_text(o, NULL, OUT_BARE, "y");
	out_list_end(o);
	out_object_end(o);
	out_list_end(o);
	out_object_begin(o, "statistics", OUT_BLOCK);
	out_number(o, "checks", "checks", 5);
	out_object_end(o);
	out_object_end(o);
}

TEST(nested_text)
{
	EXPECT_STREQ("flags:                jit, debugger\n"
		     "empty:                -\n"
		     "keys:\n"
		     "  a flags x,y\n"
		     "statistics:\n"
		     "  checks:             5\n", render(nested, TEXT));
}

TEST(nested_pretty)
{
	EXPECT_STREQ("{\n"
		     "  \"flags\": [\n    \"jit\",\n    \"debugger\"\n  ],\n"
		     "  \"empty\": [],\n"
		     "  \"keys\": [\n    {\n      \"name\": \"a\",\n"
		     "      \"flags\": [\n        \"x\",\n        \"y\"\n"
		     "      ]\n    }\n  ],\n"
		     "  \"statistics\": {\n    \"checks\": 5\n  }\n}\n",
		     render(nested, PRETTY));
}

static void nothing(struct out *o)
{
	out_list_begin(o, NULL);
	out_list_end(o);
}

TEST(empty_list)
{
	EXPECT_STREQ("[]\n", render(nothing, JSON));
	EXPECT_STREQ("", render(nothing, TEXT));
}

static void failed_early(struct out *o)
{
	out_list_begin(o, NULL);
}

static void failed_midway(struct out *o)
{
	out_object_begin(o, NULL, OUT_BLOCK);
	out_list_begin(o, "keys");
	out_object_begin(o, NULL, OUT_LINE);
	out_number(o, "n", "n", 1);
}

TEST(failure_before_the_first_field_prints_nothing)
{
	EXPECT_STREQ("", render(failed_early, JSON));
}

TEST(failure_midway_is_valid_json)
{
	EXPECT_STREQ("{\"keys\":[{\"n\":1}]}\n", render(failed_midway, JSON));
}

static void said_meanwhile(struct out *o)
{
	out_object_begin(o, NULL, OUT_BLOCK);
	out_list_begin(o, "keys");
	fputs("Error: x\n", o->file);
	out_object_begin(o, NULL, OUT_LINE);
	out_number(o, "n", "n", 1);
	out_object_end(o);
	out_list_end(o);
	out_list_begin(o, "catalogs");
	fputs("Error: y\n", o->file);
	out_list_end(o);
	out_object_end(o);
}

TEST(errors_do_not_split_a_line)
{
	EXPECT_STREQ("Error: x\nkeys:\n  n 1\n"
		     "Error: y\ncatalogs:             -\n",
		     render(said_meanwhile, TEXT));
}

static void phrase(struct out *o)
{
	out_object_begin(o, NULL, OUT_LINE);
	out_text(o, "path", OUT_JSON_ONLY, "/a");
	out_phrase(o, "%s: %s", "/a", "not\nsigned");
	out_number(o, "pid", "pid", 1);
	out_object_end(o);
}

TEST(phrase_is_for_text)
{
	EXPECT_STREQ("/a: not\\nsigned pid 1\n", render(phrase, TEXT));
	EXPECT_STREQ("{\"path\":\"/a\",\"pid\":1}\n", render(phrase, JSON));
}

static void colored(struct out *o)
{
	out_object_begin(o, NULL, OUT_LINE);
	out_color(o, OUT_BAD);
	out_text(o, "a", OUT_BARE, "red");
	out_color(o, OUT_BAD);
	out_text(o, "b", OUT_JSON_ONLY, "hidden");
	out_text(o, "c", OUT_BARE, "plain");
	out_object_end(o);
}

TEST(colour_holds_for_one_value)
{
	EXPECT_STREQ("\033[1;31mred\033[0m plain\n", render(colored, COLORS));
	EXPECT_STREQ("red plain\n", render(colored, TEXT));
	EXPECT_STREQ("{\"a\":\"red\",\"b\":\"hidden\",\"c\":\"plain\"}\n",
		     render(colored, JSON));
}

static void moment(struct out *o)
{
	out_object_begin(o, NULL, OUT_LINE);
	out_time(o, "time", OUT_BARE, 1700000000123456789);
	out_object_end(o);
}

TEST(time_is_utc_in_json_and_local_in_text)
{
	setenv("TZ", "XXX-1", 1);
	tzset();
	EXPECT_STREQ("{\"time\":\"2023-11-14T22:13:20.123456789Z\"}\n",
		     render(moment, JSON));
	EXPECT_STREQ("2023-11-14 23:13:20.123\n", render(moment, TEXT));
}

TEST(full_disk_is_an_error)
{
	struct out o = { .file = fopen("/dev/full", "w"), .json = true };

	ASSERT_NE(NULL, o.file);
	block(&o);
	EXPECT_EQ(-ENOSPC, out_finish(&o));
	fclose(o.file);
}

/* A mistake of the program must not become output that looks right. */
static bool aborts(void (*describe)(struct out *o))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		render(describe, JSON);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void too_deep(struct out *o)
{
	int i;

	for (i = 0; i <= OUT_DEPTH_MAX; i++)
		out_list_begin(o, NULL);
}

TEST(nesting_too_deep_is_a_mistake)
{
	EXPECT_TRUE(aborts(too_deep));
}

static void crossed(struct out *o)
{
	out_list_begin(o, NULL);
	out_object_end(o);
}

TEST(closing_what_is_not_open_is_a_mistake)
{
	EXPECT_TRUE(aborts(crossed));
}

static void unnamed(struct out *o)
{
	out_object_begin(o, NULL, OUT_LINE);
	out_number(o, NULL, OUT_BARE, 1);
}

TEST(field_without_a_name_is_a_mistake)
{
	EXPECT_TRUE(aborts(unnamed));
}

static const char *escaped(void (*escape)(FILE *, const char *), const char *s)
{
	size_t len;
	FILE *file;

	free(rendered);
	file = open_memstream(&rendered, &len);
	escape(file, s);
	fclose(file);
	return rendered;
}

TEST(control_characters_reach_no_terminal)
{
	EXPECT_STREQ("a\\x1b[31m\\n\\\\\\x7f",
		     escaped(out_escape_text, "a\033[31m\n\\\177"));
}

TEST(c1_controls_reach_no_terminal)
{
	/* U+009B is what ESC [ is to some terminals; alone it is no UTF-8. */
	EXPECT_STREQ("\\xc2\\x9b31m \\x9b",
		     escaped(out_escape_text, "\xc2\x9b" "31m \x9b"));
	EXPECT_STREQ("\\u009b31m \\ufffd",
		     escaped(out_escape_json, "\xc2\x9b" "31m \x9b"));
}

TEST(json_escapes)
{
	EXPECT_STREQ("\\\"\\\\\\n\\t\\u0001\\u007f\xe2\x82\xac/",
		     escaped(out_escape_json, "\"\\\n\t\001\177\xe2\x82\xac/"));
}

/*
 * The C library knows UTF-8, too. It and we must agree on random bytes. Bytes
 * of interest are drawn more often than others.
 */
TEST(utf8_is_what_the_c_library_says)
{
	static const uint8_t likely[] = {
		0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2,
		0xdf, 0xe0, 0xed, 0xee, 0xef, 0xf0, 0xf3, 0xf4, 0xf5, 0xff,
	};
	unsigned char text[5] = "";
	int i, j;

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		SKIP(return, "no locale C.UTF-8");
	random_start();
	for (i = 0; i < 1000000; i++) {
		mbstate_t state = {};
		wchar_t wide;
		size_t want;

		for (j = 0; j < 4; j++)
			text[j] = random_below(4) ?
				  likely[random_below(sizeof(likely))] :
				  1 + random_below(255);
		want = mbrtowc(&wide, (char *)text, 4, &state);
		/* The library goes beyond Unicode. */
		if (want > 4 || wide > 0x10ffff)
			want = 0;
		ASSERT_EQ(want, out_utf8_len(text)) {
			TH_LOG("%02x %02x %02x %02x", text[0], text[1],
			       text[2], text[3]);
		}
	}
}

TEST_HARNESS_MAIN
