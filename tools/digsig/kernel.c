// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connection to digsig_lsm.ko.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "kernel.h"

static const char *const attr_names[DIGSIG_A_MAX + 1] = {
	[DIGSIG_A_MODE] = "mode",
	[DIGSIG_A_STRICT] = "strict",
	[DIGSIG_A_FD] = "file",
	[DIGSIG_A_DER] = "key",
	[DIGSIG_A_KEY_ID] = "key id",
	[DIGSIG_A_NAME] = "name",
};

static const struct genl_family family = {
	.name = DIGSIG_GENL_NAME,
	.module = "digsig_lsm",
	.group = DIGSIG_GENL_MCGRP,
	.attrs = attr_names,
	.attr_count = DIGSIG_A_MAX + 1,
	.version = DIGSIG_GENL_VERSION,
};

/* What the attributes of every answer look like. */
const struct genl_rule kernel_rules[DIGSIG_A_MAX + 1] = {
	[DIGSIG_A_MODE] = { MNL_TYPE_U32, 0 },
	[DIGSIG_A_STRICT] = { MNL_TYPE_U8, 0 },
	[DIGSIG_A_NUMBER] = { MNL_TYPE_U64, 0 },
	[DIGSIG_A_REMOTE] = { MNL_TYPE_U8, 0 },
	[DIGSIG_A_ANCHORED] = { MNL_TYPE_FLAG, 0 },
	[DIGSIG_A_MIN_GENERATION] = { MNL_TYPE_U32, 0 },
	[DIGSIG_A_HASH_DRIVER] = { MNL_TYPE_NUL_STRING, 0 },
	[DIGSIG_A_FAILURES] = { MNL_TYPE_U32, 0 },
};

/**
 * kernel_open() - connect to the module
 * @g: the connection; zeroed here
 *
 * Return: 0 or a negative error; on 0 the caller calls genl_close().
 */
int kernel_open(struct genl *g)
{
	memset(g, 0, sizeof(*g));
	return genl_open(g, &family);
}

/**
 * kernel_status() - ask for the module's status
 * @handler: for the answer
 * @data: for @handler
 *
 * Return: 0, a negative error, or what @handler returned.
 */
int kernel_status(genl_handler handler, void *data)
{
	struct genl g;
	int err;

	err = kernel_open(&g);
	if (err)
		return err;
	genl_request(&g, DIGSIG_CMD_STATUS_GET, 0);
	err = genl_call(&g, handler, data);
	genl_close(&g);
	return err;
}

/**
 * kernel_each_listed() - do something with each argument, and list the answers
 * @call: with the arguments
 * @each: what is done; not 0 if it failed, which keeps no other from being done
 *
 * Return: %CMD_OK, or %CMD_FAILED if one failed.
 */
int kernel_each_listed(const struct cmd_call *call,
		       int (*each)(struct genl *g, const char *arg,
				   struct out *o))
{
	struct genl g;
	int ret = CMD_OK;
	int i;

	if (kernel_open(&g))
		return CMD_FAILED;
	out_list_begin(call->out, NULL);
	for (i = 0; i < call->argc; i++)
		if (each(&g, call->argv[i], call->out))
			ret = CMD_FAILED;
	out_list_end(call->out);
	genl_close(&g);
	return ret;
}

static int dump(struct genl *g, uint8_t cmd, genl_handler handler, void *data)
{
	int err = genl_open(g, &family);

	if (err)
		return err;
	genl_request(g, cmd, NLM_F_DUMP);
	err = genl_dump(g, handler, data);
	genl_close(g);
	return err;
}

/**
 * kernel_dump() - get one of the module's lists
 * @cmd: DIGSIG_CMD_*_GET
 * @handler: for each message
 * @data: for @handler
 *
 * Return: 0, a negative error, or what @handler returned.
 */
int kernel_dump(uint8_t cmd, genl_handler handler, void *data)
{
	struct genl g = {};

	return dump(&g, cmd, handler, data);
}

/**
 * kernel_dump_quietly() - get one of the module's lists, or nothing
 * @cmd: DIGSIG_CMD_*_GET
 * @handler: for each message
 * @data: for @handler
 *
 * For completion, where an error would be in the way.
 */
void kernel_dump_quietly(uint8_t cmd, genl_handler handler, void *data)
{
	struct genl g = { .quiet = true };

	dump(&g, cmd, handler, data);
}

/**
 * kernel_send_file() - give the module a file to read
 * @g: the connection
 * @cmd: a command whose only attribute is DIGSIG_A_FD
 * @path: the file
 * @handler: for the answer, or NULL
 * @data: for @handler
 *
 * The module gets the open file and not its name: what it reads is what was
 * opened here, whatever happens to the name meanwhile.
 *
 * Return: 0, a negative error, or what @handler returned.
 */
int kernel_send_file(struct genl *g, uint8_t cmd, const char *path,
		     genl_handler handler, void *data)
{
	int fd, err;

	/* A FIFO must not make us wait; the module refuses it by its kind. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		err = -errno;
		cmd_error("%s: %s", path, strerror(errno));
		return err;
	}
	genl_request(g, cmd, 0);
	genl_put_u32(g, DIGSIG_A_FD, fd);
	g->subject = path;
	err = genl_call(g, handler, data);
	g->subject = NULL;
	close(fd);
	return err;
}
