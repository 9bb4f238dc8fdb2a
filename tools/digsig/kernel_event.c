// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel refused: as it happens (digsig monitor), and the list of files
 * since the module was loaded (digsig denied).
 */
#include <errno.h>
#include <string.h>

#include "cmd.h"
#include "commands.h"
#include "digsig/policy.h"
#include "kernel.h"
#include "names.h"

static const struct genl_rule event_rules[DIGSIG_EV_MAX + 1] = {
	[DIGSIG_EV_REASON] = { MNL_TYPE_U32, 0 },
	[DIGSIG_EV_OP] = { MNL_TYPE_U32, 0 },
	[DIGSIG_EV_DENIED] = { MNL_TYPE_U8, 0 },
	[DIGSIG_EV_PATH] = { MNL_TYPE_NUL_STRING, 0 },
	[DIGSIG_EV_PID] = { MNL_TYPE_U32, 0 },
	[DIGSIG_EV_UID] = { MNL_TYPE_U32, 0 },
	[DIGSIG_EV_COMM] = { MNL_TYPE_NUL_STRING, 0 },
	[DIGSIG_EV_KEY_ID] = { MNL_TYPE_BINARY, DIGSIG_KEY_ID_LEN },
	[DIGSIG_EV_DIGEST] = { MNL_TYPE_BINARY, DIGSIG_DIGEST_LEN },
	[DIGSIG_EV_FLAGS] = { MNL_TYPE_U32, 0 },
	[DIGSIG_EV_SID] = { MNL_TYPE_U32, 0 },
	[DIGSIG_EV_TIME] = { MNL_TYPE_U64, 0 },
	[DIGSIG_EV_COUNT] = { MNL_TYPE_U64, 0 },
	[DIGSIG_EV_MODE] = { MNL_TYPE_U32, 0 },
	[DIGSIG_EV_LOST] = { MNL_TYPE_U64, 0 },
};

/**
 * kernel_event_parse() - read an event, a verdict, or a failure of pre-flight
 * @nest: DIGSIG_A_EVENT, DIGSIG_A_VERDICT or DIGSIG_A_FAILURE
 * @ev: filled in; points into @nest
 *
 * Return: 0 or -EBADMSG.
 */
int kernel_event_parse(const struct nlattr *nest, struct kernel_event *ev)
{
	const struct nlattr *tb[DIGSIG_EV_MAX + 1];
	int err;

	err = genl_parse_nest(nest, event_rules, DIGSIG_EV_MAX, tb);
	if (err)
		return err;
	*ev = (struct kernel_event){
		.reason = genl_get_number(tb[DIGSIG_EV_REASON]),
		.op = genl_get_number(tb[DIGSIG_EV_OP]),
		.denied = genl_get_number(tb[DIGSIG_EV_DENIED]),
		.path = genl_get_text(tb[DIGSIG_EV_PATH]),
		.comm = genl_get_text(tb[DIGSIG_EV_COMM]),
		.pid = genl_get_number(tb[DIGSIG_EV_PID]),
		.uid = genl_get_number(tb[DIGSIG_EV_UID]),
		.key_id = genl_get_bytes(tb[DIGSIG_EV_KEY_ID]),
		.digest = genl_get_bytes(tb[DIGSIG_EV_DIGEST]),
		.flags = genl_get_number(tb[DIGSIG_EV_FLAGS]),
		.sid = genl_get_number(tb[DIGSIG_EV_SID]),
		.time_ns = genl_get_number(tb[DIGSIG_EV_TIME]),
		.count = genl_get_number(tb[DIGSIG_EV_COUNT]),
		.mode = tb[DIGSIG_EV_MODE] ?
			(int)genl_get_number(tb[DIGSIG_EV_MODE]) : -1,
		.lost = genl_get_number(tb[DIGSIG_EV_LOST]),
	};
	return 0;
}

/* ---- digsig denied ----------------------------------------------------------- */

struct denied_walk {
	int	(*each)(const struct kernel_event *ev, void *data);
	void	*data;
};

static int take_denied(const struct nlmsghdr *nlh, void *data)
{
	const struct denied_walk *walk = data;
	const struct nlattr *attr;
	struct kernel_event ev;
	int ret;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != DIGSIG_A_EVENT)
			continue;
		ret = kernel_event_parse(attr, &ev);
		if (!ret && ev.lost)
			cmd_warning("the kernel has forgotten %llu files: too "
				    "many were refused",
				    (unsigned long long)ev.lost);
		if (!ret && (ev.path || ev.reason))
			ret = walk->each(&ev, walk->data);
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * kernel_denied() - go through what was refused since the module was loaded
 * @each: called once per file and reason; non-zero ends it
 * @data: for @each
 *
 * In log mode these are the files that would have been refused.
 *
 * Return: 0, a negative error, or what @each returned.
 */
int kernel_denied(int (*each)(const struct kernel_event *ev, void *data),
		  void *data)
{
	struct denied_walk walk = { .each = each, .data = data };

	return kernel_dump(DIGSIG_CMD_DENIED_GET, take_denied, &walk);
}

static void show_reason(struct out *o, const struct kernel_event *ev)
{
	const char *text = digsig_reason_text(ev->reason);

	out_text(o, "path", OUT_JSON_ONLY, ev->path);
	out_text(o, "reason", OUT_JSON_ONLY, digsig_reason_name(ev->reason));
	out_text(o, "reason_text", OUT_JSON_ONLY, text);
	out_phrase(o, "%s: %s", ev->path ? ev->path : "(no file)", text);
}

static void show_task(struct out *o, const struct kernel_event *ev)
{
	if (!ev->pid) {		/* nobody in particular */
		out_text(o, "pid", "pid", NULL);
		out_text(o, "uid", "uid", NULL);
		out_text(o, "comm", "comm", NULL);
		return;
	}
	out_number(o, "pid", "pid", ev->pid);
	out_number(o, "uid", "uid", ev->uid);
	out_text(o, "comm", "comm", ev->comm);
}

static void show_origin(struct out *o, const struct kernel_event *ev)
{
	out_hex(o, "key_id", "key", ev->key_id, DIGSIG_KEY_ID_LEN);
	out_hex(o, "digest", OUT_JSON_ONLY, ev->digest, DIGSIG_DIGEST_LEN);
}

static int show_denied(const struct kernel_event *ev, void *data)
{
	struct out *o = data;

	out_object_begin(o, NULL, OUT_LINE);
	show_reason(o, ev);
	out_bool(o, "denied", OUT_JSON_ONLY, ev->denied);
	out_phrase(o, "%s", ev->denied ? "(refused)" : "(reported)");
	out_text(o, "op", "op", digsig_op_name(ev->op));
	out_number(o, "count", "count", ev->count);
	show_task(o, ev);
	out_time(o, "time", OUT_JSON_ONLY, ev->time_ns);
	show_origin(o, ev);
	out_object_end(o);
	return 0;
}

static int denied(const struct cmd_call *call)
{
	int err;

	out_list_begin(call->out, NULL);
	err = kernel_denied(show_denied, call->out);
	if (err)
		return CMD_FAILED;
	out_list_end(call->out);
	return CMD_OK;
}

/* ---- digsig monitor ---------------------------------------------------------- */

struct monitor_opts {
	uint32_t	count;
};

struct monitor {
	struct out	*out;
	uint32_t	left;
};

static const char *event_kind(const struct kernel_event *ev)
{
	if (ev->mode >= 0)
		return "mode";
	return ev->denied ? "refused" : "reported";
}

static void show_event(struct out *o, const struct kernel_event *ev)
{
	bool change = ev->mode >= 0;

	out_object_begin(o, NULL, OUT_LINE);
	out_time(o, "time", OUT_BARE, ev->time_ns);
	out_color(o, change ? OUT_NOTE : ev->denied ? OUT_BAD : OUT_NAME);
	out_text(o, "event", OUT_BARE, event_kind(ev));
	out_text(o, "mode", OUT_BARE,
		 change ? digsig_mode_name(ev->mode) : NULL);
	out_text(o, "op", OUT_BARE, change ? NULL : digsig_op_name(ev->op));
	if (change) {
		out_text(o, "path", OUT_BARE, NULL);
		out_text(o, "reason", OUT_BARE, NULL);
		out_text(o, "reason_text", OUT_BARE, NULL);
	} else {
		show_reason(o, ev);
	}
	show_task(o, ev);
	show_origin(o, ev);
	out_number(o, "lost", ev->lost ? "lost" : OUT_JSON_ONLY, ev->lost);
	out_object_end(o);
}

/* Each event is out before the next is waited for; it may be the last. */
static int take_event(const struct nlmsghdr *nlh, void *data)
{
	struct monitor *monitor = data;
	struct kernel_event ev;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != DIGSIG_A_EVENT)
			continue;
		if (kernel_event_parse(attr, &ev))
			return -EBADMSG;
		show_event(monitor->out, &ev);
		if (fflush(monitor->out->file))
			return -EIO;	/* cmd_main() says so */
		if (monitor->left && !--monitor->left)
			return 1;
	}
	return 0;
}

static int monitor(const struct cmd_call *call)
{
	const struct monitor_opts *opts = call->opts;
	struct monitor state = { .out = call->out, .left = opts->count };
	struct genl g;
	int ret;

	/* One event is one line: that is what reads a stream. */
	call->out->pretty = false;
	if (kernel_open(&g))
		return CMD_FAILED;
	ret = genl_listen(&g, take_event, &state);
	genl_close(&g);
	return ret == 1 ? CMD_OK : CMD_FAILED;
}

static const struct cmd_opt monitor_options[] = {
	CMD_NUMBER(struct monitor_opts, count, "count", 'n', "N",
		   "exit after N events"),
	{}
};

const struct cmd kernel_event_commands[] = {
	{
		.path = "denied",
		.brief = "list the files that were refused",
		.details =
"One line per file and reason since the module was loaded. In log mode they\n"
"are the files that would have been refused: \"digsig sign --from-log\" signs\n"
"them.",
		.run = denied,
	}, {
		.path = "monitor",
		.brief = "print refusals as they happen",
		.details =
"One line per event, with -j one JSON object per line. Runs until it is\n"
"interrupted.",
		.options = monitor_options,
		.opts_size = sizeof(struct monitor_opts),
		.run = monitor,
	},
	{}
};
