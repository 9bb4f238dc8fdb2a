// SPDX-License-Identifier: GPL-2.0-only
/*
 * digsig check: what would this kernel do with a file?
 */
#include <errno.h>

#include "cmd.h"
#include "commands.h"
#include "digsig/policy.h"
#include "kernel.h"
#include "names.h"

/**
 * struct question - one file that is asked about
 * @out: where the answer goes
 * @path: the file, as the user called it
 * @answered: the kernel gave a verdict
 * @verified: the verdict is that it may run
 */
struct question {
	struct out	*out;
	const char	*path;
	bool		answered;
	bool		verified;
};

static void show_verdict(struct out *o, const char *path,
			 const struct kernel_event *ev)
{
	bool verified = ev->reason == DIGSIG_REASON_NONE;
	const char *text = digsig_reason_text(ev->reason);

	out_object_begin(o, NULL, OUT_LINE);
	out_text(o, "path", OUT_JSON_ONLY, path);
	out_bool(o, "verified", OUT_JSON_ONLY, verified);
	out_text(o, "reason", OUT_JSON_ONLY, digsig_reason_name(ev->reason));
	out_text(o, "reason_text", OUT_JSON_ONLY, text);
	out_color(o, verified ? OUT_GOOD : OUT_BAD);
	out_phrase(o, "%s: %s", path, text);
	out_hex(o, "key_id", "key", ev->key_id, DIGSIG_KEY_ID_LEN);
	out_hex(o, "digest", OUT_JSON_ONLY, ev->digest, DIGSIG_DIGEST_LEN);
	names_show_flags(o, ev->flags);
	out_number(o, "sid", ev->sid ? "sid" : OUT_JSON_ONLY, ev->sid);
	out_object_end(o);
}

static int take_verdict(const struct nlmsghdr *nlh, void *data)
{
	struct question *q = data;
	const struct nlattr *attr;
	struct kernel_event ev;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != DIGSIG_A_VERDICT)
			continue;
		if (kernel_event_parse(attr, &ev))
			return -EBADMSG;
		q->answered = true;
		q->verified = ev.reason == DIGSIG_REASON_NONE;
		show_verdict(q->out, q->path, &ev);
	}
	return 0;
}

static int check_file(struct genl *g, const char *path, struct out *o)
{
	struct question q = { .out = o, .path = path };

	if (kernel_send_file(g, DIGSIG_CMD_CHECK, path, take_verdict, &q))
		return CMD_FAILED;
	if (!q.answered)
		return cmd_error("%s: the kernel gave no verdict", path);
	return q.verified ? CMD_OK : CMD_FAILED;
}

static int check(const struct cmd_call *call)
{
	return kernel_each_listed(call, check_file);
}

const struct cmd kernel_check_commands[] = {
	{
		.path = "check", .args = "FILE...",
		.brief = "ask the kernel what it thinks of FILEs",
		.details =
"Exits with 0 if all of them are verified, with 1 if one is not. The mode\n"
"does not matter. \"digsig verify\" answers without the kernel.",
		.min_args = 1, .max_args = CMD_MANY,
		.run = check,
	},
	{}
};
