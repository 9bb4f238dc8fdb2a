// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state of the module: digsig status, digsig mode, digsig enforce.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "commands.h"
#include "digsig/policy.h"
#include "kernel.h"

/* ---- digsig status ----------------------------------------------------------- */

static const struct {
	unsigned int	attr;
	const char	*name;
	const char	*label;
} counters[] = {
	{ DIGSIG_ST_CHECKS, "checks", "checks" },
	{ DIGSIG_ST_VERIFIED, "verified", "files verified" },
	{ DIGSIG_ST_BYTES_HASHED, "bytes_hashed", "bytes hashed" },
	{ DIGSIG_ST_CACHED, "cached", "verdicts kept" },
	{ DIGSIG_ST_DROPPED, "dropped", "verdicts dropped" },
	{ DIGSIG_ST_REVALIDATED, "revalidated", "judged again" },
	{ DIGSIG_ST_EVENTS_LOST, "events_lost", "events lost" },
};

static const struct genl_rule stat_rules[DIGSIG_ST_MAX + 1] = {
	[DIGSIG_ST_CHECKS] = { MNL_TYPE_U64, 0 },
	[DIGSIG_ST_VERIFIED] = { MNL_TYPE_U64, 0 },
	[DIGSIG_ST_BYTES_HASHED] = { MNL_TYPE_U64, 0 },
	[DIGSIG_ST_CACHED] = { MNL_TYPE_U64, 0 },
	[DIGSIG_ST_DROPPED] = { MNL_TYPE_U64, 0 },
	[DIGSIG_ST_REVALIDATED] = { MNL_TYPE_U64, 0 },
	[DIGSIG_ST_EVENTS_LOST] = { MNL_TYPE_U64, 0 },
};

static const struct genl_rule reason_rules[DIGSIG_REASON_MAX + 1] = {
	[DIGSIG_REASON_NONE ... DIGSIG_REASON_MAX] = { MNL_TYPE_U64, 0 },
};

/* Text leaves out what never happened; JSON has every reason. */
static int show_reasons(struct out *o, const struct nlattr *nest)
{
	const struct nlattr *tb[DIGSIG_REASON_MAX + 1];
	const char *name;
	unsigned int i;
	uint64_t count;
	int err;

	err = genl_parse_nest(nest, reason_rules, DIGSIG_REASON_MAX, tb);
	if (err)
		return err;
	out_object_begin(o, "reasons", OUT_BLOCK);
	for (i = DIGSIG_REASON_NONE + 1; i <= DIGSIG_REASON_MAX; i++) {
		count = genl_get_number(tb[i]);
		name = digsig_reason_name(i);
		out_number(o, name, count ? name : OUT_JSON_ONLY, count);
	}
	out_object_end(o);
	return 0;
}

static int show_stats(struct out *o, const struct nlattr *nest)
{
	const struct nlattr *tb[DIGSIG_ST_MAX + 1];
	size_t i;
	int err;

	err = genl_parse_nest(nest, stat_rules, DIGSIG_ST_MAX, tb);
	if (err)
		return err;
	out_object_begin(o, "statistics", OUT_BLOCK);
	for (i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		out_number(o, counters[i].name, counters[i].label,
			   genl_get_number(tb[counters[i].attr]));
	if (tb[DIGSIG_ST_REASON])
		err = show_reasons(o, tb[DIGSIG_ST_REASON]);
	out_object_end(o);
	return err;
}

struct status_view {
	const struct cmd_call	*call;
	unsigned int		keys;
	unsigned int		catalogs;
};

static void show_mode(struct out *o, const struct nlattr *const tb[])
{
	uint32_t mode = genl_get_number(tb[DIGSIG_A_MODE]);

	out_color(o, mode >= DIGSIG_MODE_ENFORCE ? OUT_GOOD : OUT_NOTE);
	out_text(o, "mode", "mode", digsig_mode_name(mode));
	out_bool(o, "strict", "strict", genl_get_number(tb[DIGSIG_A_STRICT]));
}

static int show_status(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[DIGSIG_A_MAX + 1];
	const struct status_view *view = data;
	struct out *o = view->call->out;
	bool remote;
	int err;

	err = genl_parse(nlh, kernel_rules, DIGSIG_A_MAX, tb);
	if (err)
		return err;
	remote = genl_get_number(tb[DIGSIG_A_REMOTE]);
	out_object_begin(o, NULL, OUT_BLOCK);
	show_mode(o, tb);
	out_number(o, "keys", "keys", view->keys);
	out_bool(o, "anchored", "anchored", tb[DIGSIG_A_ANCHORED]);
	out_number(o, "catalogs", "catalogs", view->catalogs);
	out_number(o, "revocation_list", "revocation list",
		   genl_get_number(tb[DIGSIG_A_NUMBER]));
	out_number(o, "min_generation", "minimum generation",
		   genl_get_number(tb[DIGSIG_A_MIN_GENERATION]));
	out_bool(o, "remote", OUT_JSON_ONLY, remote);
	if (!o->json)
		out_text(o, "remote", "remote files",
			 remote ? "verified each time" : "refused");
	out_text(o, "hash_driver", "hash driver",
		 genl_get_text(tb[DIGSIG_A_HASH_DRIVER]));
	if (view->call->stats && tb[DIGSIG_A_STATS])
		err = show_stats(o, tb[DIGSIG_A_STATS]);
	out_object_end(o);
	return err;
}

static int status(const struct cmd_call *call)
{
	struct status_view view = { .call = call };

	if (kernel_key_count(&view.keys) || kernel_catalog_count(&view.catalogs))
		return CMD_FAILED;
	return kernel_status(show_status, &view) ? CMD_FAILED : CMD_OK;
}

/* ---- digsig mode --------------------------------------------------------------- */

/**
 * struct mode_change - what is to become of the mode
 * @mode: enum digsig_mode, -1 for as it is
 * @strict: 1 or 0, -1 for as it is
 */
struct mode_change {
	int	mode;
	int	strict;
};

/**
 * struct preflight - what stands in the way of a mode
 * @out: where it goes
 * @shown: files listed
 * @total: files found
 */
struct preflight {
	struct out	*out;
	unsigned int	shown;
	unsigned int	total;
};

static int show_failure(const struct nlattr *nest, struct preflight *preflight)
{
	struct out *o = preflight->out;
	struct kernel_event ev;
	int err;

	err = kernel_event_parse(nest, &ev);
	if (err)
		return err;
	if (!preflight->shown++)
		out_list_begin(o, NULL);
	out_object_begin(o, NULL, OUT_LINE);
	out_text(o, "path", OUT_JSON_ONLY, ev.path);
	out_text(o, "reason", OUT_JSON_ONLY, digsig_reason_name(ev.reason));
	out_text(o, "reason_text", OUT_JSON_ONLY,
		 digsig_reason_text(ev.reason));
	out_phrase(o, "%s: %s", ev.path ? ev.path : "(no file)",
		   digsig_reason_text(ev.reason));
	out_number(o, "pid", ev.pid ? "pid" : OUT_JSON_ONLY, ev.pid);
	out_text(o, "comm", "comm", ev.comm);
	out_object_end(o);
	return 0;
}

static int take_failures(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[DIGSIG_A_MAX + 1], *attr;
	struct preflight *preflight = data;
	int err;

	err = genl_parse(nlh, kernel_rules, DIGSIG_A_MAX, tb);
	if (err)
		return err;
	if (tb[DIGSIG_A_FAILURES])
		preflight->total = genl_get_number(tb[DIGSIG_A_FAILURES]);
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != DIGSIG_A_FAILURE)
			continue;
		err = show_failure(attr, preflight);
		if (err)
			return err;
	}
	return 0;
}

static int end_preflight(struct preflight *preflight)
{
	if (!preflight->shown)
		return CMD_FAILED;
	out_list_end(preflight->out);
	if (preflight->total > preflight->shown)
		cmd_warning("%u more files are not listed",
			    preflight->total - preflight->shown);
	cmd_hint("sign these files, or load a catalog that has them; "
		 "see \"digsig sign -h\"");
	return CMD_FAILED;
}

/* What stands in the way is a reason: it goes to stderr unless it is JSON. */
static int set_mode(const struct cmd_call *call, uint32_t mode, int strict)
{
	struct out reasons = { .file = stderr, .colors = call->out->colors };
	struct preflight preflight = {
		.out = call->out->json ? call->out : &reasons,
	};
	struct genl g;
	int err;

	if (kernel_open(&g))
		return CMD_FAILED;
	genl_request(&g, DIGSIG_CMD_MODE_SET, 0);
	genl_put_u32(&g, DIGSIG_A_MODE, mode);
	if (strict >= 0)
		genl_put_u8(&g, DIGSIG_A_STRICT, strict);
	err = genl_call(&g, take_failures, &preflight);
	genl_close(&g);
	return err ? end_preflight(&preflight) : CMD_OK;
}

static int take_mode(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[DIGSIG_A_MAX + 1];
	uint32_t *mode = data;
	int err;

	err = genl_parse(nlh, kernel_rules, DIGSIG_A_MAX, tb);
	if (!err)
		*mode = genl_get_number(tb[DIGSIG_A_MODE]);
	return err;
}

static int show_mode_only(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[DIGSIG_A_MAX + 1];
	struct out *o = data;
	int err;

	err = genl_parse(nlh, kernel_rules, DIGSIG_A_MAX, tb);
	if (err)
		return err;
	out_object_begin(o, NULL, OUT_BLOCK);
	show_mode(o, tb);
	out_object_end(o);
	return 0;
}

static int find_mode(const char *word)
{
	int mode;

	for (mode = 0; mode <= DIGSIG_MODE_MAX; mode++)
		if (!strcmp(word, digsig_mode_name(mode)))
			return mode;
	return -1;
}

/*
 * The words are few and mean much: they are not abbreviated. Returns NULL, or
 * what is wrong.
 */
static const char *read_word(const char *word, struct mode_change *change)
{
	bool strict = !strcmp(word, "strict");
	int mode = find_mode(word);

	if (strict || !strcmp(word, "nostrict")) {
		if (change->strict >= 0)
			return "one too many";
		change->strict = strict;
	} else if (mode >= 0) {
		if (change->mode >= 0)
			return "one too many";
		change->mode = mode;
	} else {
		return "there is no such mode";
	}
	return NULL;
}

static int mode(const struct cmd_call *call)
{
	struct mode_change change = { .mode = -1, .strict = -1 };
	const char *why;
	uint32_t now;
	int i;

	if (!call->argc)
		return kernel_status(show_mode_only, call->out) ?
		       CMD_FAILED : CMD_OK;
	for (i = 0; i < call->argc; i++) {
		why = read_word(call->argv[i], &change);
		if (why)
			return cmd_usage(call, "%s: %s", call->argv[i], why);
	}
	if (change.mode < 0) {
		if (kernel_status(take_mode, &now))
			return CMD_FAILED;
		change.mode = now;
	}
	return set_mode(call, change.mode, change.strict);
}

static void complete_mode(void)
{
	int i;

	for (i = 0; i <= DIGSIG_MODE_MAX; i++)
		puts(digsig_mode_name(i));
	puts("strict\nnostrict");
}

/* ---- digsig enforce ------------------------------------------------------------ */

struct enforce_opts {
	bool	strict;
};

static int enforce(const struct cmd_call *call)
{
	const struct enforce_opts *opts = call->opts;

	return set_mode(call, DIGSIG_MODE_ENFORCE, opts->strict ? 1 : -1);
}

static const struct cmd_opt enforce_options[] = {
	CMD_SWITCH(struct enforce_opts, strict, "strict", 0,
		   "switch strict mode on as well"),
	{}
};

const struct cmd kernel_mode_commands[] = {
	{
		.path = "status",
		.brief = "show what the kernel module does",
		.details =
"With -s also its counters since it was loaded.",
		.run = status,
	}, {
		.path = "mode", .args = "[off|log|enforce|locked] [strict|nostrict]",
		.brief = "show or change the mode",
		.details =
"  off      nothing is looked at\n"
"  log      what enforce would refuse is reported, and runs\n"
"  enforce  what is not verified does not run\n"
"  locked   like enforce, and neither mode nor module leave until reboot\n"
"\n"
"strict also refuses executable anonymous memory, tracing of verified programs\n"
"and writing to disks below verified files, unless the program's signature\n"
"allows it. The kernel refuses enforce and locked while programs run that\n"
"would be refused, and they are listed.",
		.max_args = 2,
		.run = mode,
		.complete = complete_mode,
	}, {
		.path = "enforce",
		.brief = "let nothing run that is not verified",
		.details =
"The same as \"digsig mode enforce\".",
		.options = enforce_options,
		.opts_size = sizeof(struct enforce_opts),
		.run = enforce,
	},
	{}
};
