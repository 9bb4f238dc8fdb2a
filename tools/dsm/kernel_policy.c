// SPDX-License-Identifier: GPL-2.0-only
/*
 * dsm policy load and unload, dsm node: what the kernel is given.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "kernel.h"
#include "names.h"

struct load_opts {
	bool	force;
};

static const struct cmd_opt load_options[] = {
	CMD_SWITCH(struct load_opts, force, "force", 'F',
		   "also if a policy with a higher serial is in force"),
	{}
};

static int load(const struct cmd_call *call)
{
	const struct load_opts *opts = call->opts;
	uint32_t serial = 0;
	struct genl g = {};
	int err;

	if (kernel_open(&g))
		return CMD_FAILED;
	err = kernel_send_policy(&g, DSM_CMD_POLICY_LOAD, call->argv[0],
				 opts->force, &serial);
	genl_close(&g);
	if (err)
		return CMD_FAILED;
	names_keep(call->argv[0]);
	out_object_begin(call->out, NULL, OUT_LINE);
	out_text(call->out, "file", OUT_BARE, call->argv[0]);
	out_number(call->out, "serial", "serial", serial);
	out_object_end(call->out);
	return CMD_OK;
}

static int unload(const struct cmd_call *call)
{
	struct genl g = {};
	int err;

	(void)call;
	if (kernel_open(&g))
		return CMD_FAILED;
	genl_request(&g, DSM_CMD_POLICY_UNLOAD, 0);
	err = genl_call(&g, NULL, NULL);
	genl_close(&g);
	return err ? CMD_FAILED : CMD_OK;
}

static int node_set(const struct cmd_call *call)
{
	struct genl g = {};
	uint32_t nid;
	int err;

	if (names_nid(call->argv[0], &nid) || kernel_open(&g))
		return CMD_FAILED;
	genl_request(&g, DSM_CMD_NODE_SET, 0);
	genl_put_u32(&g, DSM_A_NID, nid);
	err = genl_call(&g, NULL, NULL);
	genl_close(&g);
	return err ? CMD_FAILED : CMD_OK;
}

const struct cmd kernel_policy_commands[] = {
	{
		.path = "policy load", .args = "IMAGE",
		.brief = "bring a policy into force on this node",
		.details =
"The kernel checks image, digest and signature, and switches at once: no packet\n"
"is judged by a mixture. An image whose serial is not higher than that of the\n"
"policy in force is refused.",
		.min_args = 1, .max_args = 1,
		.options = load_options,
		.opts_size = sizeof(struct load_opts),
		.run = load,
	},
	{
		.path = "policy unload",
		.brief = "judge nothing any more on this node",
		.run = unload,
	},
	{
		.path = "node set", .args = "NID",
		.brief = "say which node this is",
		.min_args = 1, .max_args = 1,
		.run = node_set,
	},
	{}
};
