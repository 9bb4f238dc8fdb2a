// SPDX-License-Identifier: GPL-2.0-only
/*
 * dsm monitor and dsm denied: refusals as they happen, and those before.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "kernel.h"
#include "names.h"
#include "record.h"

static const struct genl_rule event_rules[DSM_EV_MAX + 1] = {
	[DSM_EV_OP] = { MNL_TYPE_U32, 0 },
	[DSM_EV_REASON] = { MNL_TYPE_U32, 0 },
	[DSM_EV_DENIED] = { MNL_TYPE_U8, 0 },
	[DSM_EV_CLASS] = { MNL_TYPE_U32, 0 },
	[DSM_EV_PERMS] = { MNL_TYPE_U32, 0 },
	[DSM_EV_SSID] = { MNL_TYPE_U32, 0 },
	[DSM_EV_SNID] = { MNL_TYPE_U32, 0 },
	[DSM_EV_TSID] = { MNL_TYPE_U32, 0 },
	[DSM_EV_SERIAL] = { MNL_TYPE_U32, 0 },
	[DSM_EV_PID] = { MNL_TYPE_U32, 0 },
	[DSM_EV_COMM] = { MNL_TYPE_NUL_STRING, 0 },
	[DSM_EV_PROTOCOL] = { MNL_TYPE_U8, 0 },
	[DSM_EV_SPORT] = { MNL_TYPE_U16, 0 },
	[DSM_EV_DPORT] = { MNL_TYPE_U16, 0 },
	[DSM_EV_TIME] = { MNL_TYPE_U64, 0 },
	[DSM_EV_LOST] = { MNL_TYPE_U64, 0 },
};

static void put_address(const struct nlattr *addr, const struct nlattr *port,
			char *text, size_t size)
{
	char host[INET6_ADDRSTRLEN] = "";
	bool six;

	text[0] = '\0';
	if (!addr)
		return;
	six = mnl_attr_get_payload_len(addr) == 16;
	if (!six && mnl_attr_get_payload_len(addr) != 4)
		return;
	inet_ntop(six ? AF_INET6 : AF_INET, mnl_attr_get_payload(addr), host,
		  sizeof(host));
	if (port && genl_get_number(port))
		snprintf(text, size, "%s%s%s:%u", six ? "[" : "", host,
			 six ? "]" : "", (unsigned int)genl_get_number(port));
	else
		snprintf(text, size, "%s", host);
}

static int take_record(const struct nlattr *nest, struct record *r)
{
	const struct nlattr *tb[DSM_EV_MAX + 1];
	uint32_t reason;

	if (genl_parse_nest(nest, event_rules, DSM_EV_MAX, tb))
		return -EBADMSG;
	memset(r, 0, sizeof(*r));
	reason = genl_get_number(tb[DSM_EV_REASON]);
	snprintf(r->op, sizeof(r->op), "%s",
		 op_name(genl_get_number(tb[DSM_EV_OP])));
	snprintf(r->reason, sizeof(r->reason), "%s", reason_name(reason));
	r->text = reason_text(reason);
	r->denied = genl_get_number(tb[DSM_EV_DENIED]);
	r->access.class = genl_get_number(tb[DSM_EV_CLASS]);
	r->access.perms = genl_get_number(tb[DSM_EV_PERMS]);
	r->access.sid = genl_get_number(tb[DSM_EV_SSID]);
	r->access.nid = genl_get_number(tb[DSM_EV_SNID]);
	r->access.tsid = genl_get_number(tb[DSM_EV_TSID]);
	r->serial = genl_get_number(tb[DSM_EV_SERIAL]);
	r->pid = genl_get_number(tb[DSM_EV_PID]);
	if (tb[DSM_EV_COMM])
		snprintf(r->comm, sizeof(r->comm), "%s",
			 genl_get_text(tb[DSM_EV_COMM]));
	r->protocol = genl_get_number(tb[DSM_EV_PROTOCOL]);
	put_address(tb[DSM_EV_SADDR], tb[DSM_EV_SPORT], r->source,
		    sizeof(r->source));
	put_address(tb[DSM_EV_DADDR], tb[DSM_EV_DPORT], r->dest,
		    sizeof(r->dest));
	r->time_ns = genl_get_number(tb[DSM_EV_TIME]);
	r->lost = genl_get_number(tb[DSM_EV_LOST]);
	return 0;
}

struct monitor_opts {
	uint32_t	count;
};

static const struct cmd_opt monitor_options[] = {
	CMD_NUMBER(struct monitor_opts, count, "count", 'n', "N",
		   "exit after N events"),
	{}
};

/** struct monitor - what the handler needs */
struct monitor {
	struct out	*out;
	struct names	names;
	uint32_t	left;
};

/* Each event is out before the next is waited for; it may be the last. */
static int take_event(const struct nlmsghdr *nlh, void *data)
{
	struct monitor *m = data;
	const struct nlattr *attr;
	struct record r;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != DSM_A_EVENT)
			continue;
		if (take_record(attr, &r))
			return -EBADMSG;
		record_show(m->out, names_policy(&m->names), &r);
		if (fflush(m->out->file))
			return -EIO;	/* cmd_main() says so */
		if (m->left && !--m->left)
			return 1;
	}
	return 0;
}

static int monitor(const struct cmd_call *call)
{
	const struct monitor_opts *opts = call->opts;
	struct monitor m = { .out = call->out, .left = opts->count };
	struct genl g = {};
	int ret;

	/* One event is one line: that is what reads a stream. */
	call->out->pretty = false;
	if (kernel_open(&g))
		return CMD_FAILED;
	names_open(&m.names);
	ret = genl_listen(&g, take_event, &m);
	names_close(&m.names);
	genl_close(&g);
	return ret == 1 ? CMD_OK : CMD_FAILED;
}

static int show_denied(const struct record *r, void *data)
{
	struct monitor *m = data;

	record_show(m->out, names_policy(&m->names), r);
	return 0;
}

static int denied(const struct cmd_call *call)
{
	struct monitor m = { .out = call->out };
	int err;

	names_open(&m.names);
	out_list_begin(call->out, NULL);
	err = record_read_log(show_denied, &m);
	out_list_end(call->out);
	names_close(&m.names);
	return err ? CMD_FAILED : CMD_OK;
}

const struct cmd kernel_event_commands[] = {
	{
		.path = "denied",
		.brief = "list refusals in the kernel's log",
		.details =
"They are limited to 50 in 5 seconds; \"dsm -s status\" has the counts of all.\n"
"\"dsm policy explain --last\" says why the last one was refused.",
		.run = denied,
	},
	{
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
