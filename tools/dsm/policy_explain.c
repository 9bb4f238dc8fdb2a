// SPDX-License-Identifier: GPL-2.0-only
/*
 * dsm policy explain: which rule decides, and what would change it.
 *
 * The question is four words, or a denial that was recorded. The answer is what
 * the policy of a file says, with the very code that the kernel has.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "names.h"
#include "record.h"
#include "source.h"
#include "words.h"

struct explain_opts {
	const char	*file;
	const char	*record;
	bool		last;
};

static const struct cmd_opt explain_options[] = {
	CMD_TEXT(struct explain_opts, file, "file", 'f', "POLICY",
		 "a text or image, instead of the policy in force"),
	CMD_TEXT(struct explain_opts, record, "record", 'r', "LINE",
		 "a line of a log or of \"dsm -j monitor\"; - reads it"),
	CMD_SWITCH(struct explain_opts, last, "last", 'l',
		   "the last denial in the kernel's log"),
	{}
};

/** struct question - what is to be explained */
struct question {
	const struct cmd_call	*call;
	const struct dsm_policy	*policy;
	const char		*text_file;	/* NULL if it is an image */
	struct dsm_access	access;
	const char		*reason;	/* of a record, or NULL */
	const char		*reason_text;
	struct record		record;
};

/* ---- the answer ------------------------------------------------------------------- */

static void show_question(struct out *o, const struct question *q, uint32_t perm)
{
	const struct dsm_access *a = &q->access;
	char sid[WORDS_MAX], nid[WORDS_MAX], tsid[WORDS_MAX];
	char perms[WORDS_MAX], text[4 * WORDS_MAX];

	snprintf(text, sizeof(text), "%s@%s -> %s : %s",
		 words_sid(q->policy, a->sid, sid),
		 words_nid(q->policy, a->nid, nid),
		 words_sid(q->policy, a->tsid, tsid),
		 words_perms(a->class, perm, perms));
	out_text(o, "access", "access", text);
}

static void show_verdict(struct out *o, uint32_t verdict)
{
	const char *word = verdict & DSM_PERMITTED ? "permissive" :
			   verdict & DSM_ALLOW ? "allowed" : "denied";

	out_color(o, verdict & DSM_PERMITTED ? OUT_NOTE :
		     verdict & DSM_ALLOW ? OUT_GOOD : OUT_BAD);
	out_text(o, "verdict", "verdict", word);
	out_bool(o, "reported", OUT_JSON_ONLY, verdict & DSM_AUDIT);
	out_bool(o, "answered", OUT_JSON_ONLY, verdict & DSM_ANSWER);
}

static void show_default(struct out *o, const struct question *q)
{
	const struct dsm_image_default *d;
	char text[160];

	d = &q->policy->head->standard[q->access.class];
	snprintf(text, sizeof(text),
		 "no rule mentions it; the default of class %s %s",
		 dsm_class_name(q->access.class),
		 le16_to_cpu(d->allow) & q->access.perms ? "allows it" :
							   "denies it");
	out_text(o, "rule", "because", text);
	out_bool(o, "default", OUT_JSON_ONLY, true);
}

static void show_rule(struct out *o, const struct question *q,
		      const struct dsm_image_rule *rule, uint32_t perm)
{
	uint32_t line = le32_to_cpu(rule->line);
	char words[WORDS_MAX], *text = NULL;

	out_text(o, "rule", "because",
		 words_rule(q->policy, rule, le16_to_cpu(rule->allow) & perm,
			    words));
	out_bool(o, "default", OUT_JSON_ONLY, false);
	out_number(o, "line", "line", line);
	if (q->text_file)
		text = source_line(q->text_file, line);
	if (text)
		out_text(o, "source", "source", text);
	free(text);
}

/* The narrowest statement that would allow it. */
static void show_remedy(struct out *o, const struct question *q, uint32_t perm)
{
	const struct dsm_access *a = &q->access;
	char sid[WORDS_MAX], nid[WORDS_MAX], tsid[WORDS_MAX];
	char perms[WORDS_MAX], text[4 * WORDS_MAX];

	snprintf(text, sizeof(text), "allow %s@%s -> %s : %s;",
		 words_sid(q->policy, a->sid, sid),
		 words_nid(q->policy, a->nid, nid),
		 words_sid(q->policy, a->tsid, tsid),
		 words_perms(a->class, perm, perms));
	out_text(o, "remedy", "to allow it", text);
}

static bool explain_perm(struct out *o, const struct question *q, uint32_t perm)
{
	struct dsm_access a = q->access;
	const struct dsm_image_rule *rule;
	uint32_t verdict;

	a.perms = perm;
	verdict = dsm_policy_check(q->policy, a.class, perm, a.sid, a.nid,
				   a.tsid);
	rule = dsm_policy_rule(q->policy, &a);
	out_object_begin(o, NULL, OUT_BLOCK);
	show_question(o, q, perm);
	show_verdict(o, verdict);
	if (rule)
		show_rule(o, q, rule, perm);
	else
		show_default(o, q);
	if (verdict & DSM_PERMITTED)
		out_text(o, "permissive", "let through",
			 q->policy->flags & DSM_POLICY_PERMISSIVE ?
			 "the policy is permissive" :
			 "sender or receiver is permissive");
	if (!(verdict & DSM_ALLOW) || verdict & DSM_PERMITTED)
		show_remedy(o, q, perm);
	out_object_end(o);
	return verdict & DSM_ALLOW;
}

/* What was refused before the policy's rules were asked. */
static int explain_reason(struct out *o, const struct question *q)
{
	out_list_begin(o, NULL);
	out_object_begin(o, NULL, OUT_BLOCK);
	out_text(o, "reason", "reason", q->reason);
	out_text(o, "reason_text", "because", q->reason_text);
	if (q->record.source[0])
		out_text(o, "source", "from", q->record.source);
	if (q->record.dest[0])
		out_text(o, "destination", "to", q->record.dest);
	out_text(o, "remedy", "rules",
		 "the rules were not asked; dsm(8) has a paragraph for each reason");
	out_object_end(o);
	out_list_end(o);
	return CMD_OK;
}

static int explain_access(struct out *o, const struct question *q)
{
	uint32_t bit;

	/* What comes from a plain peer may have no NID. */
	if (!q->access.class || !q->access.perms || !q->access.sid ||
	    !q->access.tsid)
		return cmd_error("not enough is known to ask the rules");
	out_list_begin(o, NULL);
	for (bit = 1; bit <= q->access.perms; bit <<= 1)
		if (q->access.perms & bit)
			explain_perm(o, q, bit);
	out_list_end(o);
	return CMD_OK;
}

/* ---- the question ------------------------------------------------------------------- */

static int take_class(struct question *q, const char *class, const char *perm)
{
	uint32_t i, bit;

	for (i = 1; i < __DSM_CLASS_MAX; i++)
		if (!strcmp(class, dsm_class_name(i)))
			q->access.class = i;
	if (!q->access.class)
		return cmd_usage(q->call, "there is no class \"%s\"", class);
	q->access.perms = dsm_class_perms(q->access.class);
	if (!perm)
		return CMD_OK;
	for (bit = 1; dsm_perm_name(bit); bit <<= 1)
		if (!strcmp(perm, dsm_perm_name(bit)))
			break;
	if (!(q->access.perms & bit))
		return cmd_usage(q->call, "class %s has no permission \"%s\"",
				 class, perm);
	q->access.perms = bit;
	return CMD_OK;
}

/* SENDER@NODE RECEIVER CLASS [PERMISSION] */
static int take_words(struct question *q)
{
	char *sender = q->call->argv[0], *at = strchr(sender, '@');
	int ret;

	if (q->call->argc < 3)
		return cmd_usage(q->call, "name SENDER@NODE, RECEIVER and CLASS");
	if (!at)
		return cmd_usage(q->call, "\"%s\" has no \"@NODE\"", sender);
	ret = take_class(q, q->call->argv[2], q->call->argv[3]);
	if (ret != CMD_OK)
		return ret;
	*at = '\0';
	if (names_find_sid(q->policy, sender, &q->access.sid) ||
	    names_find_nid(q->policy, at + 1, &q->access.nid) ||
	    names_find_sid(q->policy, q->call->argv[1], &q->access.tsid))
		return CMD_FAILED;
	return CMD_OK;
}

static void take_record(struct question *q, const struct record *r)
{
	q->access = r->access;
	q->record = *r;
	q->reason = q->record.reason;
	q->reason_text = r->text;
	if (r->serial && r->serial != q->policy->serial)
		cmd_warning("this was decided by the policy with serial %u, and is explained with serial %u",
			    r->serial, q->policy->serial);
}

static int take_line(struct question *q, const char *line)
{
	char text[8192] = "";
	struct record r;

	if (!strcmp(line, "-")) {
		if (!fgets(text, sizeof(text), stdin))
			return cmd_error("nothing to read");
		line = text;
	}
	if (!record_parse(&r, line))
		return cmd_error("this is no record of a denial");
	take_record(q, &r);
	return CMD_OK;
}

static int remember(const struct record *r, void *data)
{
	*(struct record *)data = *r;
	return 0;
}

static int take_last(struct question *q)
{
	struct record r = {};

	if (record_read_log(remember, &r))
		return CMD_FAILED;
	if (!r.op[0])
		return cmd_error("the kernel's log has no denial");
	take_record(q, &r);
	return CMD_OK;
}

static int take_question(struct question *q, const struct explain_opts *opts)
{
	if (opts->last)
		return take_last(q);
	if (opts->record)
		return take_line(q, opts->record);
	return take_words(q);
}

static int answer(struct question *q, const struct explain_opts *opts)
{
	int ret = take_question(q, opts);

	if (ret != CMD_OK)
		return ret;
	if (q->reason && strcmp(q->reason, "rule"))
		return explain_reason(q->call->out, q);
	return explain_access(q->call->out, q);
}

static int explain_file(struct question *q, const struct explain_opts *opts)
{
	struct source_opts how = { .quiet = true };
	struct image image;
	int ret = CMD_FAILED;

	if (!source_open(opts->file, &how, &image)) {
		q->policy = &image.policy;
		if (!source_is_image(opts->file))
			q->text_file = opts->file;
		ret = answer(q, opts);
	}
	image_close(&image);
	return ret;
}

static int explain(const struct cmd_call *call)
{
	const struct explain_opts *opts = call->opts;
	struct question q = { .call = call };
	struct names n;
	int ret;

	if (!opts->last && !opts->record && call->argc < 3)
		return cmd_usage(call,
				 "name SENDER@NODE, RECEIVER and CLASS, or a record");
	if (opts->file)
		return explain_file(&q, opts);
	names_open(&n);
	q.policy = names_policy(&n);
	if (q.policy)
		ret = answer(&q, opts);
	else
		ret = cmd_error("the file of the policy in force is not found; name it with -f");
	names_close(&n);
	return ret;
}

const struct cmd policy_explain_commands[] = {
	{
		.path = "policy explain",
		.args = "[SENDER@NODE RECEIVER CLASS [PERMISSION]]",
		.brief = "say which rule allows or denies something, and why",
		.details =
"Without a permission all of the class are explained. With --record or --last\n"
"the question is a denial that was recorded.",
		.max_args = 4,
		.options = explain_options,
		.opts_size = sizeof(struct explain_opts),
		.run = explain,
	},
	{}
};
