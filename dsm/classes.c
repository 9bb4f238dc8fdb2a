// SPDX-License-Identifier: GPL-2.0-only
/*
 * Classes and permissions: their names, and which go together.
 *
 * The policy language, images, records and -j all use these words.
 */
#include "policy.h"

/**
 * struct class - a class
 * @name: one word
 * @perms: the permissions it has
 */
struct class {
	const char *name;
	u32	    perms;
};

static const struct class classes[] = {
	[DSM_CLASS_NONE]	= { "none", 0 },
	[DSM_CLASS_TCP]		= { "tcp", DSM_PERMS_STREAM },
	[DSM_CLASS_UDP]		= { "udp", DSM_PERMS_MESSAGE },
	[DSM_CLASS_RAW]		= { "raw", DSM_PERMS_MESSAGE },
	[DSM_CLASS_ICMP]	= { "icmp", DSM_PERMS_MESSAGE },
	[DSM_CLASS_SCTP]	= { "sctp", DSM_PERMS_STREAM },
	[DSM_CLASS_PACKET]	= { "packet", DSM_PERM_CREATE |
					      DSM_PERM_BIND |
					      DSM_PERM_SEND |
					      DSM_PERM_RECEIVE |
					      DSM_PERM_SETOPT },
	[DSM_CLASS_UNIX_STREAM]	= { "unix_stream", DSM_PERMS_STREAM },
	[DSM_CLASS_UNIX_DGRAM]	= { "unix_dgram", DSM_PERMS_MESSAGE },
	[DSM_CLASS_TIPC]	= { "tipc", DSM_PERMS_STREAM },
	[DSM_CLASS_FD]		= { "fd", DSM_PERM_USE },
	[DSM_CLASS_SIGNAL]	= { "signal", DSM_PERM_SEND },
	[DSM_CLASS_PTRACE]	= { "ptrace", DSM_PERM_READ |
					      DSM_PERM_ATTACH },
};

static_assert(ARRAY_SIZE(classes) == __DSM_CLASS_MAX,
	      "every class has a row");
static_assert(__DSM_CLASS_MAX <= DSM_CLASSES, "every class fits a header");

/* By bit number. */
static const char *const perms[] = {
	"create", "bind", "connect", "listen", "send", "receive", "setopt",
	"use", "read", "attach",
};

/**
 * dsm_class_perms() - which permissions a class has
 * @class: enum dsm_class
 *
 * Return: DSM_PERM_*; 0 for a number that is no class.
 */
u32 dsm_class_perms(u32 class)
{
	return class < ARRAY_SIZE(classes) ? classes[class].perms : 0;
}

/**
 * dsm_class_name() - one word for a class
 * @class: enum dsm_class
 *
 * Return: a string that is never freed; NULL for a number that is no class.
 */
const char *dsm_class_name(u32 class)
{
	return class < ARRAY_SIZE(classes) ? classes[class].name : NULL;
}

/**
 * dsm_perm_name() - one word for a permission
 * @perm: one bit of DSM_PERM_*
 *
 * Return: a string that is never freed; NULL for what is not one permission.
 */
const char *dsm_perm_name(u32 perm)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(perms); i++)
		if (perm == BIT(i))
			return perms[i];
	return NULL;
}
