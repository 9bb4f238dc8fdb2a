// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signed lists in the kernel: catalogs, and the revocation list.
 */
#include <errno.h>
#include <fcntl.h>
#include <endian.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "commands.h"
#include "kernel.h"

static const struct genl_rule catalog_rules[DIGSIG_CAT_MAX + 1] = {
	[DIGSIG_CAT_NAME] = { MNL_TYPE_NUL_STRING, 0 },
	[DIGSIG_CAT_COUNT] = { MNL_TYPE_U32, 0 },
	[DIGSIG_CAT_GENERATION] = { MNL_TYPE_U32, 0 },
	[DIGSIG_CAT_KEY_ID] = { MNL_TYPE_BINARY, DIGSIG_KEY_ID_LEN },
	[DIGSIG_CAT_HITS] = { MNL_TYPE_U64, 0 },
};

static void show_catalog(struct out *o, const struct nlattr *const tb[])
{
	out_object_begin(o, NULL, OUT_LINE);
	out_color(o, OUT_NAME);
	out_text(o, "name", OUT_BARE, genl_get_text(tb[DIGSIG_CAT_NAME]));
	out_number(o, "entries", "entries",
		   genl_get_number(tb[DIGSIG_CAT_COUNT]));
	out_number(o, "generation", "generation",
		   genl_get_number(tb[DIGSIG_CAT_GENERATION]));
	out_number(o, "files", "files", genl_get_number(tb[DIGSIG_CAT_HITS]));
	out_hex(o, "key_id", "key", genl_get_bytes(tb[DIGSIG_CAT_KEY_ID]),
		DIGSIG_KEY_ID_LEN);
	out_object_end(o);
}

/**
 * struct catalog_walk - going through the catalogs in messages
 * @each: called for each catalog
 * @data: for @each
 */
struct catalog_walk {
	void	(*each)(const struct nlattr *const tb[], void *data);
	void	*data;
};

static int take_catalogs(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[DIGSIG_CAT_MAX + 1], *attr;
	const struct catalog_walk *walk = data;
	int err;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != DIGSIG_A_CATALOG)
			continue;
		err = genl_parse_nest(attr, catalog_rules, DIGSIG_CAT_MAX, tb);
		if (err)
			return err;
		walk->each(tb, walk->data);
	}
	return 0;
}

static void list_catalog(const struct nlattr *const tb[], void *data)
{
	show_catalog(data, tb);
}

static void count_catalog(const struct nlattr *const tb[], void *data)
{
	(void)tb;
	++*(unsigned int *)data;
}

static void print_name(const struct nlattr *const tb[], void *data)
{
	(void)data;
	if (tb[DIGSIG_CAT_NAME])
		puts(genl_get_text(tb[DIGSIG_CAT_NAME]));
}

/**
 * kernel_catalog_count() - count the catalogs in the kernel
 * @count: set to the number
 *
 * Return: 0 or a negative error.
 */
int kernel_catalog_count(unsigned int *count)
{
	struct catalog_walk walk = { .each = count_catalog, .data = count };

	*count = 0;
	return kernel_dump(DIGSIG_CMD_CATALOG_GET, take_catalogs, &walk);
}

/* ---- digsig catalog ------------------------------------------------------------ */

static int catalog_list(const struct cmd_call *call)
{
	struct catalog_walk walk = { .each = list_catalog, .data = call->out };

	out_list_begin(call->out, NULL);
	if (kernel_dump(DIGSIG_CMD_CATALOG_GET, take_catalogs, &walk))
		return CMD_FAILED;
	out_list_end(call->out);
	return CMD_OK;
}

/**
 * kernel_catalog_load() - load a catalog into the kernel
 * @g: the connection
 * @path: the signed catalog
 * @o: where it is shown, in a list
 *
 * Return: 0 or a negative error.
 */
int kernel_catalog_load(struct genl *g, const char *path, struct out *o)
{
	struct catalog_walk walk = { .each = list_catalog, .data = o };

	return kernel_send_file(g, DIGSIG_CMD_CATALOG_ADD, path, take_catalogs,
				&walk);
}

static int catalog_load(const struct cmd_call *call)
{
	return kernel_each_listed(call, kernel_catalog_load);
}

static int catalog_unload(const struct cmd_call *call)
{
	struct genl g;
	int ret = CMD_OK;
	int i;

	if (kernel_open(&g))
		return CMD_FAILED;
	for (i = 0; i < call->argc; i++) {
		genl_request(&g, DIGSIG_CMD_CATALOG_DEL, 0);
		genl_put_text(&g, DIGSIG_A_NAME, call->argv[i]);
		g.subject = call->argv[i];
		if (genl_call(&g, NULL, NULL))
			ret = CMD_FAILED;
	}
	genl_close(&g);
	return ret;
}

static void complete_name(void)
{
	struct catalog_walk walk = { .each = print_name };

	kernel_dump_quietly(DIGSIG_CMD_CATALOG_GET, take_catalogs, &walk);
}

/* ---- digsig revoke --------------------------------------------------------------- */

/**
 * struct revocations - what the kernel has of revocation lists
 * @number: of the list, 0 for none
 * @min_generation: in force
 */
struct revocations {
	uint64_t	number;
	uint32_t	min_generation;
};

static int take_revocations(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[DIGSIG_A_MAX + 1];
	struct revocations *revocations = data;
	int err;

	err = genl_parse(nlh, kernel_rules, DIGSIG_A_MAX, tb);
	if (err)
		return err;
	revocations->number = genl_get_number(tb[DIGSIG_A_NUMBER]);
	revocations->min_generation =
		genl_get_number(tb[DIGSIG_A_MIN_GENERATION]);
	return 0;
}

static int ask_revocations(struct genl *g, struct revocations *revocations)
{
	genl_request(g, DIGSIG_CMD_STATUS_GET, 0);
	return genl_call(g, take_revocations, revocations);
}

static int show_revocations(struct genl *g, struct out *o, const char *name)
{
	struct revocations revocations = {};
	int err = ask_revocations(g, &revocations);

	if (err)
		return err;
	out_object_begin(o, name, OUT_LINE);
	out_number(o, "number", "number", revocations.number);
	out_number(o, "min_generation", "generation",
		   revocations.min_generation);
	out_object_end(o);
	return 0;
}

/* The number a list says it has; the kernel alone checks that this is true. */
static uint64_t number_in_file(const char *path)
{
	struct digsig_revocation_header header;
	ssize_t got;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return 0;
	got = pread(fd, &header, sizeof(header), 0);
	close(fd);
	if (got != sizeof(header) ||
	    memcmp(header.magic, DIGSIG_REVOCATION_MAGIC, sizeof(header.magic)))
		return 0;
	return le64toh(header.number);
}

/**
 * kernel_revocations_load() - bring the kernel's revocation list up to date
 * @g: the connection
 * @path: the signed list
 * @o: where the number in force is shown, as "revocations" of an object
 *
 * A list that the kernel has already is no error, an older one is.
 *
 * Return: 0 or a negative error.
 */
int kernel_revocations_load(struct genl *g, const char *path, struct out *o)
{
	struct revocations now = {};
	int err;

	err = ask_revocations(g, &now);
	if (err)
		return err;
	if (!now.number || now.number != number_in_file(path))
		err = kernel_send_file(g, DIGSIG_CMD_REVOKE, path, NULL, NULL);
	return err ? err : show_revocations(g, o, "revocations");
}

static int revoke_load(const struct cmd_call *call)
{
	struct genl g;
	int err;

	if (kernel_open(&g))
		return CMD_FAILED;
	err = kernel_send_file(&g, DIGSIG_CMD_REVOKE, call->argv[0], NULL, NULL);
	if (!err)
		err = show_revocations(&g, call->out, NULL);
	genl_close(&g);
	return err ? CMD_FAILED : CMD_OK;
}

static int revoke_status(const struct cmd_call *call)
{
	struct genl g;
	int err;

	if (kernel_open(&g))
		return CMD_FAILED;
	err = show_revocations(&g, call->out, NULL);
	genl_close(&g);
	return err ? CMD_FAILED : CMD_OK;
}

const struct cmd kernel_list_commands[] = {
	{
		.path = "catalog list",
		.brief = "list the catalogs in the kernel",
		.details =
"entries: files it has. files: how many files were verified by it.",
		.flags = CMD_DEFAULT,
		.run = catalog_list,
	}, {
		.path = "catalog load", .args = "FILE...",
		.brief = "load signed catalogs into the kernel",
		.details =
"A catalog replaces the one of its name. The kernel must trust the key.",
		.min_args = 1, .max_args = CMD_MANY,
		.run = catalog_load,
	}, {
		.path = "catalog unload", .args = "NAME...",
		.brief = "take catalogs out of the kernel",
		.details =
"Files that were verified by them are judged again when they are used next.",
		.min_args = 1, .max_args = CMD_MANY,
		.run = catalog_unload,
		.complete = complete_name,
	}, {
		.path = "revoke load", .args = "FILE",
		.brief = "load a signed revocation list into the kernel",
		.details =
"It replaces the one before, and must have a higher number. It holds from the\n"
"moment this returns, also for files that were verified before.",
		.min_args = 1, .max_args = 1,
		.run = revoke_load,
	}, {
		.path = "revoke status",
		.brief = "show the number of the kernel's revocation list",
		.details =
"generation: files of a lower generation are refused. Number 0 means that no\n"
"list was loaded.",
		.run = revoke_status,
	},
	{}
};
