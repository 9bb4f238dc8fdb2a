// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connection to dsm.ko.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "kernel.h"

static const char *const attr_names[DSM_A_MAX + 1] = {
	[DSM_A_FD] = "policy file",
	[DSM_A_SERIAL] = "serial",
	[DSM_A_NID] = "NID",
	[DSM_A_SID] = "SID",
	[DSM_A_PID] = "process",
	[DSM_A_CLASS] = "class",
	[DSM_A_PERMS] = "permissions",
	[DSM_A_SSID] = "sender's SID",
	[DSM_A_SNID] = "sender's NID",
	[DSM_A_TSID] = "receiver's SID",
	[DSM_A_EPOCH] = "epoch",
	[DSM_A_KEY] = "key",
	[DSM_A_DER] = "certificate",
};

static const struct genl_family family = {
	.name = DSM_GENL_NAME,
	.module = "dsm",
	.group = DSM_GENL_MCGRP,
	.attrs = attr_names,
	.attr_count = DSM_A_MAX + 1,
	.version = DSM_GENL_VERSION,
};

/* What the attributes of every answer look like. */
const struct genl_rule kernel_rules[DSM_A_MAX + 1] = {
	[DSM_A_SERIAL] = { MNL_TYPE_U32, 0 },
	[DSM_A_NID] = { MNL_TYPE_U32, 0 },
	[DSM_A_SID] = { MNL_TYPE_U32, 0 },
	[DSM_A_PID] = { MNL_TYPE_U32, 0 },
	[DSM_A_COMM] = { MNL_TYPE_NUL_STRING, 0 },
	[DSM_A_VERDICT] = { MNL_TYPE_U32, 0 },
	[DSM_A_MODE] = { MNL_TYPE_U32, 0 },
	[DSM_A_RULES] = { MNL_TYPE_U32, 0 },
	[DSM_A_PEERS] = { MNL_TYPE_U32, 0 },
	[DSM_A_HASH] = { MNL_TYPE_BINARY, DSM_IMAGE_DIGEST_LEN },
	[DSM_A_PERMISSIVE] = { MNL_TYPE_U8, 0 },
	[DSM_A_GENERATION] = { MNL_TYPE_U32, 0 },
	[DSM_A_RECEIVE] = { MNL_TYPE_U32, 0 },
	[DSM_A_VALIDATE] = { MNL_TYPE_U32, 0 },
	[DSM_A_REPLIES] = { MNL_TYPE_U32, 0 },
	[DSM_A_GUARD] = { MNL_TYPE_U8, 0 },
	[DSM_A_PREPARED] = { MNL_TYPE_U32, 0 },
	[DSM_A_STATS] = { MNL_TYPE_NESTED, 0 },
	[DSM_A_EVENT] = { MNL_TYPE_NESTED, 0 },
	[DSM_A_KEY_ID] = { MNL_TYPE_BINARY, 16 },
	[DSM_A_EPOCH] = { MNL_TYPE_U32, 0 },
	[DSM_A_KEYS] = { MNL_TYPE_U32, 0 },
};

/**
 * kernel_open() - connect to the module
 * @g: the connection; zeroed by the caller, who may have set @quiet
 *
 * Return: 0 or a negative error; on 0 the caller calls genl_close().
 */
int kernel_open(struct genl *g)
{
	return genl_open(g, &family);
}

/**
 * kernel_dump() - get one of the module's lists
 * @cmd: DSM_CMD_*_GET
 * @handler: for each message
 * @data: for @handler
 *
 * Return: 0, a negative error, or what @handler returned.
 */
int kernel_dump(uint8_t cmd, genl_handler handler, void *data)
{
	struct genl g = {};
	int err = kernel_open(&g);

	if (err)
		return err;
	genl_request(&g, cmd, NLM_F_DUMP);
	err = genl_dump(&g, handler, data);
	genl_close(&g);
	return err;
}

static int take_serial(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[DSM_A_MAX + 1];
	uint32_t *serial = data;
	int err = genl_parse(nlh, kernel_rules, DSM_A_MAX, tb);

	if (!err)
		*serial = genl_get_number(tb[DSM_A_SERIAL]);
	return err;
}

/**
 * kernel_send_policy() - give the module a policy
 * @g: the connection
 * @cmd: DSM_CMD_POLICY_LOAD or _PREPARE
 * @path: the image
 * @force: also when its serial is not higher
 * @serial: set to the serial the module has read
 *
 * The module gets the open file and not its name: what it reads is what was
 * opened here, whatever happens to the name meanwhile.
 *
 * Return: 0, or a negative error.
 */
int kernel_send_policy(struct genl *g, uint8_t cmd, const char *path,
		       bool force, uint32_t *serial)
{
	int fd, err;

	/* A FIFO must not make us wait; the module refuses it by its kind. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		err = -errno;
		if (!g->quiet)
			cmd_error("%s: %s", path, strerror(errno));
		return err;
	}
	genl_request(g, cmd, 0);
	genl_put_u32(g, DSM_A_FD, fd);
	if (force)
		genl_put(g, DSM_A_FORCE, NULL, 0);
	g->subject = path;
	err = genl_call(g, take_serial, serial);
	g->subject = NULL;
	close(fd);
	return err;
}

static int take_status(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[DSM_A_MAX + 1];
	struct kernel_status *st = data;
	int err = genl_parse(nlh, kernel_rules, DSM_A_MAX, tb);

	if (err)
		return err;
	st->nid = tb[DSM_A_NID] ? genl_get_number(tb[DSM_A_NID]) : 0;
	st->serial = tb[DSM_A_SERIAL] ? genl_get_number(tb[DSM_A_SERIAL]) : 0;
	st->prepared = tb[DSM_A_PREPARED] ?
		       genl_get_number(tb[DSM_A_PREPARED]) : 0;
	st->epoch = tb[DSM_A_EPOCH] ? genl_get_number(tb[DSM_A_EPOCH]) : 0;
	st->keys = tb[DSM_A_KEYS] ? genl_get_number(tb[DSM_A_KEYS]) : 0;
	if (tb[DSM_A_HASH])
		memcpy(st->hash, genl_get_bytes(tb[DSM_A_HASH]),
		       sizeof(st->hash));
	return 0;
}

/**
 * kernel_status() - which policy is in force
 * @g: the connection
 * @st: filled in
 *
 * Return: 0, or a negative error.
 */
int kernel_status(struct genl *g, struct kernel_status *st)
{
	memset(st, 0, sizeof(*st));
	genl_request(g, DSM_CMD_STATUS_GET, 0);
	return genl_call(g, take_status, st);
}
