// SPDX-License-Identifier: GPL-2.0-only
/*
 * dsm policy push, dsm nodes, dsm keys: what an operator asks the daemons for.
 *
 * The configuration is that of dsmd, with the operator's certificate in place of
 * the node's: settings "cert" and "key" of the file, or -C and -k.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "source.h"
#include "tools/dsmd/conf.h"
#include "tools/dsmd/tls.h"

struct push_opts {
	const char	*config;
	const char	*cert;
	const char	*key;
	const char	*via;
	bool		all;
};

#define COMMON_OPTIONS							\
	CMD_TEXT(struct push_opts, config, "config", 'f', "FILE",	\
		 "configuration, instead of " CONF_DEFAULT),		\
	CMD_TEXT(struct push_opts, cert, "cert", 'C', "FILE",		\
		 "the operator's certificate"),				\
	CMD_TEXT(struct push_opts, key, "key", 'k', "FILE",		\
		 "its private key")

static const struct cmd_opt nodes_options[] = {
	COMMON_OPTIONS,
	{}
};

static const struct cmd_opt push_options[] = {
	COMMON_OPTIONS,
	CMD_TEXT(struct push_opts, via, "via", 'n', "NODE",
		 "the node that coordinates; otherwise the first that answers"),
	CMD_SWITCH(struct push_opts, all, "all", 'a',
		   "only if no node is away"),
	{}
};

/** struct operator - what is needed to speak with nodes */
struct operator {
	struct conf	conf;
	SSL_CTX		*ctx;
};

static int operator_open(struct operator *op, const struct push_opts *opts)
{
	const char *error;
	int err;

	op->ctx = NULL;
	/* A node that closes early must not end us without a word. */
	signal(SIGPIPE, SIG_IGN);
	err = conf_read(&op->conf, opts->config ? opts->config : CONF_DEFAULT);
	if (err)
		return err;
	if (opts->cert)
		snprintf(op->conf.cert, sizeof(op->conf.cert), "%s",
			 opts->cert);
	if (opts->key)
		snprintf(op->conf.key, sizeof(op->conf.key), "%s", opts->key);
	op->ctx = tls_context(&op->conf, false, &error);
	if (op->ctx)
		return 0;
	cmd_error("%s", error);
	return -1;
}

static void operator_close(struct operator *op)
{
	SSL_CTX_free(op->ctx);
	conf_free(&op->conf);
}

/* The wanted node, or this one, or else the first that answers. */
static int reach(struct operator *op, const char *via, struct tls *c)
{
	struct conf *conf = &op->conf;
	struct conf_node *first = conf->self, *n;
	unsigned int i;

	if (via) {
		first = conf_node_find(conf, via);
		if (!first)
			return cmd_error("no node is called \"%s\"", via);
	}
	c->fd = -1;
	if (first) {
		if (!tls_connect(c, op->ctx, first, conf->timeout_ms))
			return CMD_OK;
		tls_close(c);
		if (via)
			return cmd_error("%s: %s", via, c->error);
	}
	for (i = 0; i < conf->nodes; i++) {
		n = &conf->node[i];
		if (n == first)
			continue;
		if (!tls_connect(c, op->ctx, n, conf->timeout_ms))
			return CMD_OK;
		tls_close(c);
	}
	return cmd_error("no node answers: %s", c->error);
}

/* "name<TAB>state<TAB>why" for each node. */
static void show_table(struct out *o, char *text)
{
	char *line, *save, *state, *why;

	out_list_begin(o, "nodes");
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		state = strchr(line, '\t');
		why = state ? strchr(state + 1, '\t') : NULL;
		if (!why)
			continue;
		*state++ = '\0';
		*why++ = '\0';
		out_object_begin(o, NULL, OUT_LINE);
		out_text(o, "node", OUT_BARE, line);
		out_color(o, !strcmp(state, "committed") ? OUT_GOOD : OUT_NOTE);
		out_text(o, "state", OUT_BARE, state);
		if (*why)
			out_text(o, "reason", "reason", why);
		out_object_end(o);
	}
	out_list_end(o);
}

static int show_answer(const struct cmd_call *call, const struct tls *c,
		       struct frame *answer, const char *what)
{
	bool done = answer->head.type == FRAME_YES;
	struct out *o = call->out;

	if (!done && !strchr(answer->body, '\t'))
		return cmd_error("%s: %s", c->peer, answer->body);
	out_object_begin(o, NULL, OUT_BLOCK);
	out_text(o, "coordinator", "coordinator", c->peer);
	out_bool(o, "committed", OUT_JSON_ONLY, done);
	show_table(o, answer->body);
	out_object_end(o);
	return done ? CMD_OK : cmd_error("%s", what);
}

/*
 * What the coordinator may need: two phases, a connection in the first, and the
 * time of the image once more, for giving it to the others.
 */
static uint32_t patience(const struct operator *op,
			 const struct frame_head *head)
{
	return 4 * op->conf.timeout_ms + (head->body_len >> 10);
}

static int ask(const struct cmd_call *call, const struct frame_head *head,
	       const void *body, const char *refused)
{
	const struct push_opts *opts = call->opts;
	struct frame answer = {};
	struct operator op;
	struct tls c;
	int ret = CMD_FAILED;

	if (operator_open(&op, opts))
		goto out;
	ret = reach(&op, opts->via, &c);
	if (ret != CMD_OK)
		goto out;
	tls_patience(&c, patience(&op, head));
	if (tls_ask(&c, head, body, &answer)) {
		ret = cmd_error("%s: %s", c.peer, c.error);
		cmd_hint("\"dsm nodes\" shows what is in force");
	} else {
		ret = show_answer(call, &c, &answer, refused);
	}
	free(answer.body);
	tls_close(&c);
out:
	operator_close(&op);
	return ret;
}

static int push(const struct cmd_call *call)
{
	const struct push_opts *opts = call->opts;
	struct frame_head head = {
		.type = FRAME_PUSH,
		.flags = opts->all ? FRAME_FLAG_ALL : 0,
	};
	struct image image;
	int ret;

	if (image_open(&image, call->argv[0]))
		return CMD_FAILED;
	head.body_len = image.len;
	ret = ask(call, &head, image.data,
		  "the policy is in force nowhere that it was not before");
	image_close(&image);
	return ret;
}

static int rotate(const struct cmd_call *call)
{
	const struct push_opts *opts = call->opts;
	struct frame_head head = {
		.type = FRAME_ROTATE,
		.flags = opts->all ? FRAME_FLAG_ALL : 0,
	};

	return ask(call, &head, NULL, "the keys that were used are used on");
}

/* ---- dsm nodes ------------------------------------------------------------------ */

static void show_state(struct out *o, const struct frame *answer)
{
	const char *text = answer->body;

	if (!strncmp(text, "promised\t", 9))
		out_text(o, "state", OUT_BARE, "promised another");
	else if (!strncmp(text, "kernel\t", 7))
		out_text(o, "state", OUT_BARE, "not in the kernel");
	else
		out_text(o, "state", OUT_BARE, "ok");
}

static bool show_node(struct operator *op, const struct conf_node *node,
		      struct out *o)
{
	struct frame_head head = { .type = FRAME_STATUS };
	struct frame answer = {};
	struct tls c;
	bool good;

	good = !tls_connect(&c, op->ctx, node, op->conf.timeout_ms);
	tls_patience(&c, op->conf.timeout_ms);
	good = good && !tls_ask(&c, &head, NULL, &answer);
	out_object_begin(o, NULL, OUT_LINE);
	out_text(o, "node", OUT_BARE, node->name);
	if (!good) {
		out_text(o, "state", OUT_BARE, "away");
		out_text(o, "reason", "reason", c.error);
	} else if (answer.head.type != FRAME_YES) {
		good = false;
		out_text(o, "state", OUT_BARE, "refused");
		out_text(o, "reason", "reason", answer.body);
	} else {
		show_state(o, &answer);
		out_number(o, "serial", "serial", answer.head.serial);
		out_number(o, "epoch", "epoch", answer.head.epoch);
		out_hex(o, "digest", OUT_JSON_ONLY, answer.head.digest,
			DSM_IMAGE_DIGEST_LEN);
	}
	out_object_end(o);
	free(answer.body);
	tls_close(&c);
	return good;
}

static int nodes(const struct cmd_call *call)
{
	const struct push_opts *opts = call->opts;
	struct operator op;
	int ret = CMD_OK;
	unsigned int i;

	if (operator_open(&op, opts)) {
		operator_close(&op);
		return CMD_FAILED;
	}
	out_list_begin(call->out, NULL);
	for (i = 0; i < op.conf.nodes; i++)
		if (!show_node(&op, &op.conf.node[i], call->out))
			ret = CMD_FAILED;
	out_list_end(call->out);
	operator_close(&op);
	return ret;
}

const struct cmd push_commands[] = {
	{
		.path = "policy push", .args = "IMAGE",
		.brief = "bring a policy into force on all nodes, or on none",
		.details =
"One node coordinates: it asks all others whether they can take the policy. If\n"
"none refuses, and more than half of all agree, all that agreed switch. A node\n"
"that was away takes it when it is back.",
		.min_args = 1, .max_args = 1,
		.options = push_options,
		.opts_size = sizeof(struct push_opts),
		.run = push,
	},
	{
		.path = "nodes",
		.brief = "say what is in force on which node",
		.options = nodes_options,
		.opts_size = sizeof(struct push_opts),
		.run = nodes,
	},
	{
		.path = "keys rotate",
		.brief = "give all nodes new keys to authenticate labels with",
		.details =
"The keys of the epoch before stay valid until the next rotation. A node that is\n"
"away cannot check the labels of the others until it is back.",
		.options = push_options,
		.opts_size = sizeof(struct push_opts),
		.run = rotate,
	},
	{}
};
