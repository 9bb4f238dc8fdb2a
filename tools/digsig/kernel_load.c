// SPDX-License-Identifier: GPL-2.0-only
/*
 * digsig load: give the kernel all that a folder has for it, at boot.
 *
 *	DIR/keys.d/		certificates and public keys, DER or PEM
 *	DIR/revocations		the signed revocation list
 *	DIR/catalogs.d/		signed catalogs
 *
 * in this order: a list is verified with the keys, and a catalog may be signed
 * with a key that the list revokes. What is bad is reported and the rest goes
 * in: one damaged catalog must not keep a machine from enforcing.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "commands.h"
#include "kernel.h"

#define DEFAULT_DIR	"/etc/digsig"

/* What editors and dpkg leave behind is not configuration. */
static int wanted(const struct dirent *entry)
{
	const char *name = entry->d_name;
	size_t len = strlen(name);

	return name[0] != '.' && name[len - 1] != '~' &&
	       !strstr(name, ".dpkg-");
}

typedef int (*load_one)(struct genl *g, const char *path, struct out *o);

/* Every file of a folder, in the order of their names. */
static int load_folder(struct genl *g, const char *dir, const char *sub,
		       load_one load, struct out *o)
{
	struct dirent **entries;
	char path[PATH_MAX];
	int ret = CMD_OK;
	int i, count;

	snprintf(path, sizeof(path), "%s/%s", dir, sub);
	count = scandir(path, &entries, wanted, alphasort);
	if (count < 0)
		return errno == ENOENT ? CMD_OK :
		       cmd_error("%s: %s", path, strerror(errno));
	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", dir, sub,
			 entries[i]->d_name);
		if (load(g, path, o))
			ret = CMD_FAILED;
		free(entries[i]);
	}
	free(entries);
	return ret;
}

static int load_revocations(struct genl *g, const char *dir, struct out *o)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/revocations", dir);
	if (access(path, F_OK) && errno == ENOENT)
		return CMD_OK;
	return kernel_revocations_load(g, path, o) ? CMD_FAILED : CMD_OK;
}

static int load_all(struct genl *g, const char *dir, struct out *o)
{
	int ret;

	out_object_begin(o, NULL, OUT_BLOCK);
	out_list_begin(o, "keys");
	g->expected = -EEXIST;	/* it is there from the last time */
	ret = load_folder(g, dir, "keys.d", kernel_keys_add, o);
	g->expected = 0;
	out_list_end(o);
	if (load_revocations(g, dir, o) != CMD_OK)
		ret = CMD_FAILED;
	out_list_begin(o, "catalogs");
	if (load_folder(g, dir, "catalogs.d", kernel_catalog_load, o) != CMD_OK)
		ret = CMD_FAILED;
	out_list_end(o);
	out_object_end(o);
	return ret;
}

static int load(const struct cmd_call *call)
{
	const char *dir = call->argc ? call->argv[0] : DEFAULT_DIR;
	struct genl g;
	int ret;

	if (access(dir, R_OK | X_OK))
		return cmd_error("%s: %s", dir, strerror(errno));
	if (kernel_open(&g))
		return CMD_FAILED;
	ret = load_all(&g, dir, call->out);
	genl_close(&g);
	return ret;
}

const struct cmd kernel_load_commands[] = {
	{
		.path = "load", .args = "[DIR]",
		.brief = "give the kernel all keys and lists in a folder",
		.details =
"In this order: keys from DIR/keys.d, the revocation list DIR/revocations,\n"
"catalogs from DIR/catalogs.d. DIR is " DEFAULT_DIR " if it is left out. What is\n"
"there already is no error. What is bad is reported, the rest is loaded, and\n"
"the exit status is 1. The mode stays as it is.",
		.max_args = 1,
		.run = load,
	},
	{}
};
