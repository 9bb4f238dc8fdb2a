// SPDX-License-Identifier: GPL-2.0-only
/*
 * dsm keys: the keys by which this node's kernel authenticates labels. On nodes
 * with dsmd they are its business; these commands are for looking at them, for
 * nodes without it, and for having them before it runs.
 *
 * A key is never an argument, which all could read, but the contents of a file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "kernel.h"
#include "names.h"
#include "words.h"
#include "tools/dsmd/hex.h"
#include "tools/dsmd/keyfile.h"

static int parse_epoch(const struct cmd_call *call, const char *word,
		       uint32_t *epoch)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(word, &end, 0);
	if (errno || *end || word[0] == '-' || !n || n > UINT32_MAX)
		return cmd_usage(call, "\"%s\" is not an epoch", word);
	*epoch = n;
	return CMD_OK;
}

static int add_key(struct genl *g, const struct frame_key *key)
{
	genl_request(g, DSM_CMD_KEY_ADD, 0);
	genl_put_u32(g, DSM_A_NID, key->nid);
	genl_put_u32(g, DSM_A_EPOCH, key->epoch);
	genl_put(g, DSM_A_KEY, key->key, sizeof(key->key));
	return genl_call(g, NULL, NULL);
}

static int use_epoch(struct genl *g, uint32_t epoch)
{
	genl_request(g, DSM_CMD_KEY_USE, 0);
	genl_put_u32(g, DSM_A_EPOCH, epoch);
	return genl_call(g, NULL, NULL);
}

/* 32 hexadecimal digits. */
static int read_key(const char *path, struct frame_key *key)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char hex[40] = "", more[2];
	int got;

	if (!f)
		return cmd_error("%s: %s", path, strerror(errno));
	got = fscanf(f, "%39s %1s", hex, more);
	if (f != stdin)
		fclose(f);
	if (got == 1 && !hex_scan(hex, key->key, sizeof(key->key))) {
		explicit_bzero(hex, sizeof(hex));
		return CMD_OK;
	}
	explicit_bzero(hex, sizeof(hex));
	return cmd_error("%s: a key is 32 hexadecimal digits, and nothing else",
			 path);
}

static int keys_add(const struct cmd_call *call)
{
	struct frame_key key = {};
	struct genl g = {};
	int ret;

	if (names_nid(call->argv[0], &key.nid))
		return CMD_FAILED;
	ret = parse_epoch(call, call->argv[1], &key.epoch);
	if (ret == CMD_OK)
		ret = read_key(call->argv[2], &key);
	if (ret != CMD_OK)
		return ret;
	ret = CMD_FAILED;
	if (!kernel_open(&g)) {
		ret = add_key(&g, &key) ? CMD_FAILED : CMD_OK;
		genl_close(&g);
	}
	explicit_bzero(&key, sizeof(key));
	return ret;
}

static int keys_del(const struct cmd_call *call)
{
	uint32_t nid, epoch;
	struct genl g = {};
	int ret;

	if (names_nid(call->argv[0], &nid))
		return CMD_FAILED;
	ret = parse_epoch(call, call->argv[1], &epoch);
	if (ret != CMD_OK)
		return ret;
	if (kernel_open(&g))
		return CMD_FAILED;
	genl_request(&g, DSM_CMD_KEY_DEL, 0);
	genl_put_u32(&g, DSM_A_NID, nid);
	genl_put_u32(&g, DSM_A_EPOCH, epoch);
	ret = genl_call(&g, NULL, NULL);
	genl_close(&g);
	return ret ? CMD_FAILED : CMD_OK;
}

static int keys_use(const struct cmd_call *call)
{
	struct genl g = {};
	uint32_t epoch;
	int ret;

	ret = parse_epoch(call, call->argv[0], &epoch);
	if (ret != CMD_OK)
		return ret;
	if (kernel_open(&g))
		return CMD_FAILED;
	ret = use_epoch(&g, epoch);
	genl_close(&g);
	return ret ? CMD_FAILED : CMD_OK;
}

/* ---- dsm keys load ---------------------------------------------------------------- */

/* What the kernel has already is no error. */
static int give(struct genl *g, const struct keyfile *keys)
{
	uint32_t i;
	int err = 0;

	g->expected = -EEXIST;
	for (i = 0; i < keys->count && (!err || err == -EEXIST); i++)
		err = add_key(g, &keys->key[i]);
	if (err == -EEXIST)
		err = 0;
	if (!err && keys->epoch)
		err = use_epoch(g, keys->epoch);
	return err ? CMD_FAILED : CMD_OK;
}

static int keys_load(const struct cmd_call *call)
{
	struct keyfile keys;
	struct genl g = {};
	int ret = CMD_FAILED;

	if (keyfile_read(call->argv[0], &keys))
		return CMD_FAILED;
	if (!kernel_open(&g)) {
		g.subject = call->argv[0];
		ret = give(&g, &keys);
		genl_close(&g);
	}
	keyfile_free(&keys);
	return ret;
}

/* ---- dsm keys list ------------------------------------------------------------- */

/** struct list_call - what the handler needs */
struct list_call {
	struct out		*o;
	const struct dsm_policy	*names;
};

static int show_key(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[DSM_A_MAX + 1];
	struct list_call *c = data;
	char word[WORDS_MAX];
	uint32_t nid;

	if (genl_parse(nlh, kernel_rules, DSM_A_MAX, tb))
		return -EBADMSG;
	nid = genl_get_number(tb[DSM_A_NID]);
	out_object_begin(c->o, NULL, OUT_LINE);
	out_text(c->o, "node", OUT_BARE, words_nid(c->names, nid, word));
	out_number(c->o, "nid", "nid", nid);
	out_number(c->o, "epoch", "epoch", genl_get_number(tb[DSM_A_EPOCH]));
	out_object_end(c->o);
	return 0;
}

static int keys_list(const struct cmd_call *call)
{
	struct list_call c = { .o = call->out };
	struct names n;
	int err;

	names_open(&n);
	c.names = names_policy(&n);
	out_list_begin(call->out, NULL);
	err = kernel_dump(DSM_CMD_KEY_GET, show_key, &c);
	if (!err)
		out_list_end(call->out);
	names_close(&n);
	return err ? CMD_FAILED : CMD_OK;
}

const struct cmd kernel_keys_commands[] = {
	{
		.path = "keys add", .args = "NID EPOCH FILE",
		.brief = "give the kernel a node's key for authenticated labels",
		.details =
"FILE has 32 hexadecimal digits; \"-\" is standard input. Where dsmd runs, \"dsm\n"
"keys rotate\" makes and gives keys.",
		.min_args = 3, .max_args = 3,
		.run = keys_add,
	},
	{
		.path = "keys del", .args = "NID EPOCH",
		.brief = "have the kernel forget a key",
		.min_args = 2, .max_args = 2,
		.run = keys_del,
	},
	{
		.path = "keys use", .args = "EPOCH",
		.brief = "authenticate labels with this node's key of that epoch",
		.details =
"What comes in is checked with all keys of its node.",
		.min_args = 1, .max_args = 1,
		.run = keys_use,
	},
	{
		.path = "keys load", .args = "FILE",
		.brief = "give the kernel the keys that dsmd has kept",
		.details =
"FILE is /var/lib/dsm/keys, or one like it. Keys that are there stay.",
		.min_args = 1, .max_args = 1,
		.run = keys_load,
	},
	{
		.path = "keys list",
		.brief = "list nodes and epochs the kernel has keys of",
		.details = "The keys themselves are never shown.",
		.run = keys_list,
	},
	{}
};
