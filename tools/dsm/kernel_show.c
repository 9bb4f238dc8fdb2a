// SPDX-License-Identifier: GPL-2.0-only
/*
 * dsm status, ps, peers and exec: the running kernel.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "kernel.h"
#include "names.h"
#include "words.h"

/* ---- dsm status ------------------------------------------------------------------ */

static void show_reasons(struct out *o, const struct nlattr *nest)
{
	const struct nlattr *attr;

	out_object_begin(o, "refused", OUT_BLOCK);
	mnl_attr_for_each_nested(attr, nest) {
		const char *name = reason_name(mnl_attr_get_type(attr));

		/* People want to see what happened, not what did not. */
		if (o->json || genl_get_number(attr))
			out_number(o, name, name, genl_get_number(attr));
	}
	out_object_end(o);
}

static void show_stats(struct out *o, const struct nlattr *nest)
{
	const struct nlattr *attr, *refused = NULL;

	out_object_begin(o, "counters", OUT_BLOCK);
	mnl_attr_for_each_nested(attr, nest) {
		const char *name = stat_name(mnl_attr_get_type(attr));

		if (mnl_attr_get_type(attr) == DSM_ST_REASON)
			refused = attr;
		else if (name)
			out_number(o, name, name, genl_get_number(attr));
	}
	out_object_end(o);
	if (refused)
		show_reasons(o, refused);
}

/** struct status_call - what the handler needs */
struct status_call {
	struct out		*o;
	const struct dsm_policy	*names;
	bool			stats;
};

static void show_policy(struct out *o, const struct nlattr **tb)
{
	if (!tb[DSM_A_SERIAL]) {
		out_bool(o, "policy", "policy", false);
		return;
	}
	out_bool(o, "policy", OUT_JSON_ONLY, true);
	out_number(o, "serial", "serial", genl_get_number(tb[DSM_A_SERIAL]));
	out_hex(o, "digest", "digest", genl_get_bytes(tb[DSM_A_HASH]),
		DSM_IMAGE_DIGEST_LEN);
	out_number(o, "rules", "rules", genl_get_number(tb[DSM_A_RULES]));
	out_number(o, "peers", "peers", genl_get_number(tb[DSM_A_PEERS]));
	out_bool(o, "permissive", "permissive",
		 genl_get_number(tb[DSM_A_PERMISSIVE]));
	out_number(o, "generation", "generation",
		   genl_get_number(tb[DSM_A_GENERATION]));
}

static int show_status(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[DSM_A_MAX + 1];
	struct status_call *c = data;
	char word[WORDS_MAX];
	struct out *o = c->o;
	uint32_t nid;

	if (genl_parse(nlh, kernel_rules, DSM_A_MAX, tb))
		return -EBADMSG;
	nid = genl_get_number(tb[DSM_A_NID]);
	out_object_begin(o, NULL, OUT_BLOCK);
	out_text(o, "node", "node", nid ? words_nid(c->names, nid, word) :
		 "not set");
	out_number(o, "nid", "nid", nid);
	show_policy(o, tb);
	if (tb[DSM_A_PREPARED])
		out_number(o, "prepared", "prepared",
			   genl_get_number(tb[DSM_A_PREPARED]));
	out_text(o, "initial", "initial sid",
		 words_sid(c->names, genl_get_number(tb[DSM_A_SID]), word));
	out_text(o, "receive", "receive",
		 attach_name(genl_get_number(tb[DSM_A_RECEIVE])));
	out_text(o, "validate", "validate",
		 attach_name(genl_get_number(tb[DSM_A_VALIDATE])));
	out_text(o, "replies", "replies",
		 attach_name(genl_get_number(tb[DSM_A_REPLIES])));
	out_bool(o, "guard", "guard", genl_get_number(tb[DSM_A_GUARD]));
	if (tb[DSM_A_KEYS])
		out_number(o, "keys", "keys", genl_get_number(tb[DSM_A_KEYS]));
	if (tb[DSM_A_EPOCH])
		out_number(o, "epoch", "epoch in use",
			   genl_get_number(tb[DSM_A_EPOCH]));
	if (tb[DSM_A_STATS] && (c->stats || o->json))
		show_stats(o, tb[DSM_A_STATS]);
	out_object_end(o);
	return 0;
}

static int status(const struct cmd_call *call)
{
	struct status_call c = { .o = call->out, .stats = call->stats };
	struct genl g = {};
	struct names n;
	int err;

	if (kernel_open(&g))
		return CMD_FAILED;
	names_open(&n);
	c.names = names_policy(&n);
	genl_request(&g, DSM_CMD_STATUS_GET, 0);
	err = genl_call(&g, show_status, &c);
	names_close(&n);
	genl_close(&g);
	return err ? CMD_FAILED : CMD_OK;
}

/* ---- dsm ps ------------------------------------------------------------------------ */

static int show_task(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[DSM_A_MAX + 1];
	struct status_call *c = data;
	char word[WORDS_MAX];
	uint32_t sid;

	if (genl_parse(nlh, kernel_rules, DSM_A_MAX, tb))
		return -EBADMSG;
	sid = genl_get_number(tb[DSM_A_SID]);
	out_object_begin(c->o, NULL, OUT_LINE);
	out_number(c->o, "pid", OUT_BARE, genl_get_number(tb[DSM_A_PID]));
	out_text(c->o, "name", OUT_BARE, words_sid(c->names, sid, word));
	out_number(c->o, "sid", "sid", sid);
	out_text(c->o, "comm", OUT_BARE, genl_get_text(tb[DSM_A_COMM]));
	out_object_end(c->o);
	return 0;
}

static int ps(const struct cmd_call *call)
{
	struct status_call c = { .o = call->out };
	struct names n;
	int err;

	names_open(&n);
	c.names = names_policy(&n);
	out_list_begin(call->out, NULL);
	err = kernel_dump(DSM_CMD_TASK_GET, show_task, &c);
	if (!err)
		out_list_end(call->out);
	names_close(&n);
	return err ? CMD_FAILED : CMD_OK;
}

/* ---- dsm peers --------------------------------------------------------------------- */

struct peer_call {
	struct out		*o;
	const struct dsm_policy	*names;
	const char		*address;
};

static int show_peer(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[DSM_A_MAX + 1];
	struct peer_call *c = data;
	uint32_t sid, nid;
	char word[WORDS_MAX];

	if (genl_parse(nlh, kernel_rules, DSM_A_MAX, tb))
		return -EBADMSG;
	sid = genl_get_number(tb[DSM_A_SID]);
	nid = genl_get_number(tb[DSM_A_NID]);
	out_object_begin(c->o, NULL, OUT_LINE);
	out_text(c->o, "address", OUT_BARE, c->address);
	out_text(c->o, "action", OUT_BARE,
		 words_action(genl_get_number(tb[DSM_A_MODE])));
	if (nid || c->o->json)
		out_text(c->o, "nid", "nid", words_nid(c->names, nid, word));
	if (sid || c->o->json)
		out_text(c->o, "sid", "sid", words_sid(c->names, sid, word));
	out_object_end(c->o);
	return 0;
}

static int peer_of(struct genl *g, struct peer_call *c)
{
	uint8_t addr[16];
	bool six = strchr(c->address, ':');

	if (inet_pton(six ? AF_INET6 : AF_INET, c->address, addr) != 1) {
		cmd_error("\"%s\" is not an address", c->address);
		return -EINVAL;
	}
	genl_request(g, DSM_CMD_PEER_GET, 0);
	genl_put(g, six ? DSM_A_ADDR6 : DSM_A_ADDR4, addr, six ? 16 : 4);
	g->subject = c->address;
	return genl_call(g, show_peer, c);
}

static void show_table(struct out *o, const struct dsm_policy *p)
{
	char prefix[WORDS_MAX], sid[WORDS_MAX], nid[WORDS_MAX];
	uint32_t i;

	for (i = 0; i < le32_to_cpu(p->head->peers); i++) {
		const struct dsm_image_peer *peer = &p->peer[i];

		out_object_begin(o, NULL, OUT_LINE);
		out_text(o, "address", OUT_BARE, words_prefix(peer, prefix));
		out_text(o, "action", OUT_BARE, words_action(peer->action));
		if (peer->nid || o->json)
			out_text(o, "nid", "nid",
				 words_nid(p, le32_to_cpu(peer->nid), nid));
		if (peer->sid || o->json)
			out_text(o, "sid", "sid",
				 words_sid(p, le32_to_cpu(peer->sid), sid));
		out_object_end(o);
	}
}

static int peers(const struct cmd_call *call)
{
	struct peer_call c = { .o = call->out };
	struct genl g = {};
	struct names n;
	int i, ret = CMD_OK;

	if (kernel_open(&g))
		return CMD_FAILED;
	names_open(&n);
	c.names = names_policy(&n);
	if (!call->argc && !c.names)
		ret = cmd_error("the file of the policy in force is not found; name addresses");
	out_list_begin(call->out, NULL);
	if (!call->argc && c.names)
		show_table(call->out, c.names);
	for (i = 0; i < call->argc; i++) {
		c.address = call->argv[i];
		if (peer_of(&g, &c))
			ret = CMD_FAILED;
	}
	out_list_end(call->out);
	names_close(&n);
	genl_close(&g);
	return ret;
}

/* ---- dsm exec, dsm set ----------------------------------------------------------------- */

struct exec_opts {
	const char	*sid;
};

static const struct cmd_opt exec_options[] = {
	CMD_TEXT(struct exec_opts, sid, "sid", 'S', "SID",
		 "name or number of the SID"),
	{}
};

static int send_sid(uint8_t cmd, uint32_t pid, uint32_t sid)
{
	struct genl g = {};
	int err;

	if (kernel_open(&g))
		return -EIO;
	genl_request(&g, cmd, 0);
	if (pid)
		genl_put_u32(&g, DSM_A_PID, pid);
	genl_put_u32(&g, DSM_A_SID, sid);
	err = genl_call(&g, NULL, NULL);
	genl_close(&g);
	return err;
}

static int exec_program(const struct cmd_call *call)
{
	const struct exec_opts *opts = call->opts;
	uint32_t sid;

	if (!opts->sid)
		return cmd_usage(call, "name the SID with --sid");
	if (names_sid(opts->sid, &sid) ||
	    send_sid(DSM_CMD_EXEC_SET, 0, sid))
		return CMD_FAILED;
	execvp(call->argv[0], call->argv);
	return cmd_error("%s: %s", call->argv[0], strerror(errno));
}

static int task_set(const struct cmd_call *call)
{
	unsigned long pid;
	uint32_t sid;
	char *end;

	pid = strtoul(call->argv[0], &end, 10);
	if (*end || !pid || pid > INT32_MAX)
		return cmd_usage(call, "\"%s\" is not a process",
				 call->argv[0]);
	if (names_sid(call->argv[1], &sid) ||
	    send_sid(DSM_CMD_TASK_SET, pid, sid))
		return CMD_FAILED;
	return CMD_OK;
}

const struct cmd kernel_show_commands[] = {
	{
		.path = "status",
		.brief = "say what is in force on this node",
		.details =
"With -s also the counters. \"receive\", \"validate\" and \"replies\" say how the\n"
"kernel is attached: \"netfilter\" and \"none\" are slower ways that are taken\n"
"when the better one is occupied.",
		.run = status,
	},
	{
		.path = "ps",
		.brief = "list tasks with their SIDs",
		.run = ps,
	},
	{
		.path = "peers", .args = "[ADDRESS...]",
		.brief = "say how this node speaks with others",
		.max_args = CMD_MANY,
		.run = peers,
	},
	{
		.path = "exec", .args = "COMMAND [ARGUMENT...]",
		.brief = "start a program with another SID",
		.details =
"Needs CAP_MAC_ADMIN. A transition of the policy does not change the SID given\n"
"here; later execs of the program are subject to them again.",
		.min_args = 1, .max_args = CMD_MANY,
		.flags = CMD_EXEC,
		.options = exec_options,
		.opts_size = sizeof(struct exec_opts),
		.run = exec_program,
	},
	{
		.path = "task set", .args = "PID SID",
		.brief = "give a running task another SID",
		.details = "Sockets that it has keep theirs.",
		.min_args = 2, .max_args = 2,
		.run = task_set,
	},
	{}
};
