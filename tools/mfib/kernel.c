// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connection to mfib.ko.
 */
#include <string.h>

#include "cmd.h"
#include "kernel.h"

static const char *const attr_names[MFIB_A_MAX + 1] = {
	[MFIB_A_FIB] = "FIB",
	[MFIB_A_FAMILY] = "family",
	[MFIB_A_ROUTE] = "route",
	[MFIB_A_ADDRESS] = "address",
	[MFIB_A_HASH] = "hash",
	[MFIB_A_NEXTHOP] = "next hop",
	[MFIB_A_NH_ID] = "next hop",
	[MFIB_A_RULE] = "rule",
	[MFIB_A_UID] = "user",
	[MFIB_A_GID] = "group",
	[MFIB_A_IFINDEX] = "device",
	[MFIB_A_NAME] = "name",
};

static const struct genl_family family = {
	.name = MFIB_GENL_NAME,
	.module = "mfib",
	.group = MFIB_GENL_MCGRP,
	.attrs = attr_names,
	.attr_count = MFIB_A_MAX + 1,
	.version = MFIB_GENL_VERSION,
};

/* What the attributes of every answer look like. */
const struct genl_rule kernel_rules[MFIB_A_MAX + 1] = {
	[MFIB_A_FIB] = { MNL_TYPE_U32, 0 },
	[MFIB_A_FAMILY] = { MNL_TYPE_U8, 0 },
	[MFIB_A_ROUTE] = { MNL_TYPE_UNSPEC, 0 },
	[MFIB_A_DONE] = { MNL_TYPE_U32, 0 },
	[MFIB_A_UID] = { MNL_TYPE_U32, 0 },
	[MFIB_A_GID] = { MNL_TYPE_U32, 0 },
	[MFIB_A_EVENT] = { MNL_TYPE_U8, 0 },
	[MFIB_A_MAX_ROUTES4] = { MNL_TYPE_U32, 0 },
	[MFIB_A_MAX_ROUTES6] = { MNL_TYPE_U32, 0 },
	[MFIB_A_MAX_BYTES] = { MNL_TYPE_U64, 0 },
	[MFIB_A_NEIGH_QUOTA] = { MNL_TYPE_U32, 0 },
	[MFIB_A_NEIGHS] = { MNL_TYPE_U32, 0 },
	[MFIB_A_IFINDEX] = { MNL_TYPE_U32, 0 },
	[MFIB_A_NAME] = { MNL_TYPE_NUL_STRING, 0 },
};

static struct genl connection;
static bool connected;

/**
 * kernel_open() - the connection to the module
 *
 * Return: the connection, which stays open until kernel_close(); NULL on an
 * error.
 */
struct genl *kernel_open(void)
{
	if (connected)
		return &connection;
	memset(&connection, 0, sizeof(connection));
	if (genl_open(&connection, &family))
		return NULL;
	connected = true;
	return &connection;
}

/**
 * kernel_close() - end the connection, if there is one
 */
void kernel_close(void)
{
	if (connected)
		genl_close(&connection);
	connected = false;
}

/**
 * kernel_loaded() - is the module there? Prints nothing
 */
bool kernel_loaded(void)
{
	if (connected)
		return true;
	memset(&connection, 0, sizeof(connection));
	connection.quiet = true;
	connected = !genl_open(&connection, &family);
	connection.quiet = false;
	return connected;
}

/**
 * kernel_dump() - get a list that was asked for by genl_request()
 * @g: the connection
 * @handler: for each message, as it comes
 * @data: for @handler
 *
 * The lists of this module need not be read anew when they change meanwhile, and
 * a full table is too long to be kept until its end.
 *
 * Return: 0, a negative error, or what @handler returned.
 */
int kernel_dump(struct genl *g, genl_handler handler, void *data)
{
	return genl_call(g, handler, data);
}
