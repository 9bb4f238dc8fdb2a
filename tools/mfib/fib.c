// SPDX-License-Identifier: GPL-2.0-only
/*
 * mfib fib: FIBs, their limits and numbers, and to whom they are granted.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "kernel.h"
#include "words.h"

static const struct genl_rule table_rules[MFIB_TB_MAX + 1] = {
	[MFIB_TB_OWN] = { MNL_TYPE_U32, 0 },
	[MFIB_TB_KERNEL] = { MNL_TYPE_U32, 0 },
	[MFIB_TB_BYTES] = { MNL_TYPE_U64, 0 },
	[MFIB_TB_LARGE] = { MNL_TYPE_FLAG, 0 },
	[MFIB_TB_STEPS_MAX] = { MNL_TYPE_U32, 0 },
};

static const char *const count_names[__MFIB_C_MAX] = {
	[MFIB_C_LOOKUPS] = "lookups",
	[MFIB_C_MISSES] = "misses",
	[MFIB_C_FORWARDED] = "forwarded",
	[MFIB_C_DELIVERED] = "delivered",
	[MFIB_C_SENT] = "sent",
	[MFIB_C_KERNEL] = "kernel",
	[MFIB_C_NOROUTE] = "no-route",
	[MFIB_C_BLACKHOLE] = "blackhole",
	[MFIB_C_UNREACHABLE] = "unreachable",
	[MFIB_C_PROHIBIT] = "prohibit",
	[MFIB_C_DEAD] = "dead-next-hop",
	[MFIB_C_LOOP] = "table-loop",
	[MFIB_C_TTL] = "ttl",
	[MFIB_C_MTU] = "mtu",
	[MFIB_C_MARTIAN_SRC] = "martian-source",
	[MFIB_C_MARTIAN_DST] = "martian-destination",
	[MFIB_C_RPFILTER] = "reverse-path",
	[MFIB_C_FORWARD_OFF] = "forwarding-off",
	[MFIB_C_XFRM] = "xfrm-policy",
	[MFIB_C_NEIGH_QUOTA] = "neighbour-quota",
	[MFIB_C_GRANT] = "not-granted",
	[MFIB_C_HEADER] = "header",
	[MFIB_C_NOMEM] = "no-memory",
};

/* ---- showing ------------------------------------------------------------- */

/** struct shown - FIBs while they come */
struct shown {
	struct out	*o;
	bool		stats;
};

static int show_table(struct out *o, const char *name, const char *label,
		      const struct nlattr *nest, bool stats)
{
	const struct nlattr *tb[MFIB_TB_MAX + 1];
	int err;

	if (!nest)
		return 0;
	err = genl_parse_nest(nest, table_rules, MFIB_TB_MAX, tb);
	if (err)
		return err;
	out_object_begin(o, name, OUT_LINE);
	if (!o->json)
		out_text(o, "family", OUT_BARE, label);
	out_number(o, "routes", "routes", genl_get_number(tb[MFIB_TB_OWN]));
	out_number(o, "mirrored", "mirrored",
		   genl_get_number(tb[MFIB_TB_KERNEL]));
	if (stats || o->json) {
		out_number(o, "bytes", "bytes",
			   genl_get_number(tb[MFIB_TB_BYTES]));
		out_bool(o, "root", "root", tb[MFIB_TB_LARGE]);
		out_number(o, "steps_max", "steps-max",
			   genl_get_number(tb[MFIB_TB_STEPS_MAX]));
	}
	out_object_end(o);
	return 0;
}

/* Text leaves out reasons for which nothing was dropped. */
static void show_counts(struct out *o, const struct nlattr *nest)
{
	const struct nlattr *attr;
	unsigned int i;

	out_object_begin(o, "counters", OUT_LINE);
	mnl_attr_for_each_nested(attr, nest) {
		i = mnl_attr_get_type(attr) - 1;
		if (i >= __MFIB_C_MAX || !count_names[i] ||
		    mnl_attr_get_payload_len(attr) != 8)
			continue;
		if (o->json || i < MFIB_C_DROPS || mnl_attr_get_u64(attr))
			out_number(o, count_names[i], count_names[i],
				   mnl_attr_get_u64(attr));
	}
	out_object_end(o);
}

static void show_limit(struct out *o, const char *name, const char *label,
		       const struct nlattr *attr, uint64_t none)
{
	uint64_t limit = genl_get_number(attr);

	if (limit != none)
		out_number(o, name, label, limit);
}

static int show_fib(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[MFIB_A_MAX + 1];
	const struct shown *s = data;
	struct out *o = s->o;
	int err;

	err = genl_parse(nlh, kernel_rules, MFIB_A_MAX, tb);
	if (err)
		return err;
	out_object_begin(o, NULL, OUT_LINE);
	out_color(o, OUT_NAME);
	out_number(o, "fib", "fib", genl_get_number(tb[MFIB_A_FIB]));
	if (tb[MFIB_A_NAME])
		out_text(o, "dev", "dev", genl_get_text(tb[MFIB_A_NAME]));
	if (o->json)
		out_number(o, "ifindex", OUT_JSON_ONLY,
			   genl_get_number(tb[MFIB_A_IFINDEX]));
	err = show_table(o, "ipv4", "ipv4", tb[MFIB_A_TABLE4], s->stats);
	if (!err)
		err = show_table(o, "ipv6", "ipv6", tb[MFIB_A_TABLE6],
				 s->stats);
	if (err)
		return err;
	out_number(o, "neighbours", "neighbours",
		   genl_get_number(tb[MFIB_A_NEIGHS]));
	show_limit(o, "neigh_quota", "neigh-quota", tb[MFIB_A_NEIGH_QUOTA], 0);
	show_limit(o, "max_routes4", "max-routes4", tb[MFIB_A_MAX_ROUTES4],
		   UINT32_MAX);
	show_limit(o, "max_routes6", "max-routes6", tb[MFIB_A_MAX_ROUTES6],
		   UINT32_MAX);
	show_limit(o, "max_bytes", "max-bytes", tb[MFIB_A_MAX_BYTES],
		   UINT64_MAX);
	if (tb[MFIB_A_STALE])
		out_text(o, "state", OUT_BARE, "resyncing");
	if (tb[MFIB_A_COUNTS] && (s->stats || o->json))
		show_counts(o, tb[MFIB_A_COUNTS]);
	out_object_end(o);
	return 0;
}

static int fib_show(const struct cmd_call *call)
{
	struct shown s = { call->out, call->stats };
	struct genl *g;
	uint32_t fib;

	if (call->argc && word_fib(call->argv[0], &fib))
		return CMD_USAGE;
	g = kernel_open();
	if (!g)
		return CMD_FAILED;
	genl_request(g, MFIB_CMD_FIB_GET, call->argc ? 0 : NLM_F_DUMP);
	if (call->argc)
		genl_put_u32(g, MFIB_A_FIB, fib);
	out_list_begin(call->out, NULL);
	if (genl_call(g, show_fib, &s))
		return CMD_FAILED;
	out_list_end(call->out);
	return CMD_OK;
}

static int print_number(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[MFIB_A_MAX + 1];
	int err = genl_parse(nlh, kernel_rules, MFIB_A_MAX, tb);

	(void)data;
	if (!err)
		printf("%u\n", (uint32_t)genl_get_number(tb[MFIB_A_FIB]));
	return err;
}

/**
 * fib_complete() - print the numbers of the FIBs, for completion
 */
void fib_complete(void)
{
	struct genl *g;

	if (!kernel_loaded())
		return;
	g = kernel_open();
	genl_request(g, MFIB_CMD_FIB_GET, NLM_F_DUMP);
	g->quiet = true;
	genl_call(g, print_number, NULL);
}

static int take_device(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[MFIB_A_MAX + 1];
	int err = genl_parse(nlh, kernel_rules, MFIB_A_MAX, tb);

	if (!err)
		*(uint32_t *)data = genl_get_number(tb[MFIB_A_IFINDEX]);
	return err;
}

/**
 * fib_device() - the device of a FIB
 * @fib: its number
 * @ifindex: set to the number of the device
 *
 * Return: 0 or a negative error that was told to the user.
 */
int fib_device(uint32_t fib, uint32_t *ifindex)
{
	struct genl *g = kernel_open();
	int err;

	*ifindex = 0;
	if (!g)
		return -ENOENT;
	genl_request(g, MFIB_CMD_FIB_GET, 0);
	genl_put_u32(g, MFIB_A_FIB, fib);
	err = genl_call(g, take_device, ifindex);
	if (!err && !*ifindex) {
		cmd_error("FIB %u has no device any more", fib);
		err = -ENODEV;
	}
	return err;
}

/* ---- changing ------------------------------------------------------------ */

struct add_opts {
	const char *name;
};

static const struct cmd_opt add_options[] = {
	CMD_TEXT(struct add_opts, name, "name", 'n', "NAME",
		 "call its device NAME instead of \"mfib\" and the number"),
	{}
};

static int fib_add(const struct cmd_call *call)
{
	const struct add_opts *opts = call->opts;
	struct genl *g;
	uint32_t fib;

	if (word_fib(call->argv[0], &fib))
		return CMD_USAGE;
	g = kernel_open();
	if (!g)
		return CMD_FAILED;
	genl_request(g, MFIB_CMD_FIB_NEW, 0);
	genl_put_u32(g, MFIB_A_FIB, fib);
	if (opts->name)
		genl_put_text(g, MFIB_A_NAME, opts->name);
	return genl_call(g, NULL, NULL) ? CMD_FAILED : CMD_OK;
}

struct del_opts {
	bool force;
};

static const struct cmd_opt del_options[] = {
	CMD_SWITCH(struct del_opts, force, "force", 'f',
		   "also when devices are in it, which then leave it"),
	{}
};

static int fib_del(const struct cmd_call *call)
{
	const struct del_opts *opts = call->opts;
	struct genl *g;
	uint32_t fib;

	if (word_fib(call->argv[0], &fib))
		return CMD_USAGE;
	g = kernel_open();
	if (!g)
		return CMD_FAILED;
	genl_request(g, MFIB_CMD_FIB_DEL, 0);
	genl_put_u32(g, MFIB_A_FIB, fib);
	if (opts->force)
		genl_put(g, MFIB_A_FORCE, "", 0);
	return genl_call(g, NULL, NULL) ? CMD_FAILED : CMD_OK;
}

/* "N", or "none" for the value that means that there is no limit. */
static int limit_value(struct words *w, const char *what, uint32_t none,
		       uint32_t *value)
{
	if (words_take(w, "none")) {
		*value = none;
		return CMD_OK;
	}
	return words_number(w, what, 0, UINT32_MAX, value);
}

static int set_word(struct words *w, struct genl *g)
{
	const char *text;
	uint64_t bytes;
	uint32_t n;
	char *end;
	int err;

	if (words_take(w, "max-routes4")) {
		err = limit_value(w, "max-routes4", UINT32_MAX, &n);
		genl_put_u32(g, MFIB_A_MAX_ROUTES4, n);
		return err;
	}
	if (words_take(w, "max-routes6")) {
		err = limit_value(w, "max-routes6", UINT32_MAX, &n);
		genl_put_u32(g, MFIB_A_MAX_ROUTES6, n);
		return err;
	}
	if (words_take(w, "neigh-quota")) {
		err = limit_value(w, "neigh-quota", 0, &n);
		genl_put_u32(g, MFIB_A_NEIGH_QUOTA, n);
		return err;
	}
	if (words_take(w, "max-bytes")) {
		err = words_value(w, "max-bytes", &text);
		if (err)
			return err;
		bytes = strtoull(text, &end, 0);
		if (end == text || *end || *text == '-') {
			cmd_error("max-bytes: \"%s\" is not a number", text);
			return CMD_USAGE;
		}
		genl_put(g, MFIB_A_MAX_BYTES, &bytes, sizeof(bytes));
		return CMD_OK;
	}
	return words_unknown(w);
}

static int fib_set(const struct cmd_call *call)
{
	struct words w = { call->argv + 1 };
	struct genl *g;
	uint32_t fib;
	int err = CMD_OK;

	if (word_fib(call->argv[0], &fib))
		return CMD_USAGE;
	g = kernel_open();
	if (!g)
		return CMD_FAILED;
	genl_request(g, MFIB_CMD_FIB_SET, 0);
	genl_put_u32(g, MFIB_A_FIB, fib);
	while (!err && words_left(&w))
		err = set_word(&w, g);
	if (err)
		return err;
	return genl_call(g, NULL, NULL) ? CMD_FAILED : CMD_OK;
}

static int resync(const struct cmd_call *call)
{
	struct genl *g = kernel_open();

	(void)call;
	if (!g)
		return CMD_FAILED;
	genl_request(g, MFIB_CMD_RESYNC, 0);
	return genl_call(g, NULL, NULL) ? CMD_FAILED : CMD_OK;
}

const struct cmd fib_commands[] = {
	{ .path = "fib add", .args = "FIB", .brief = "make a FIB and its device",
	  .details = "FIB is a number, 1 or more: also that of the kernel's "
		     "table whose routes\nit takes over.\n",
	  .min_args = 1, .max_args = 1, .options = add_options,
	  .opts_size = sizeof(struct add_opts), .run = fib_add },
	{ .path = "fib del", .args = "FIB",
	  .brief = "remove a FIB, its device and its routes",
	  .min_args = 1, .max_args = 1, .options = del_options,
	  .opts_size = sizeof(struct del_opts), .run = fib_del,
	  .complete = fib_complete },
	{ .path = "fib show", .args = "[FIB]",
	  .brief = "list FIBs, with -s their memory and counters",
	  .flags = CMD_DEFAULT, .max_args = 1, .run = fib_show,
	  .complete = fib_complete },
	{ .path = "fib set", .args = "FIB LIMIT...",
	  .brief = "limit what a FIB may hold",
	  .details = "LIMIT := max-routes4 N | max-routes6 N | max-bytes N | "
		     "neigh-quota N\nN may be \"none\". What is there already "
		     "stays.\n",
	  .min_args = 3, .max_args = CMD_MANY, .run = fib_set,
	  .complete = fib_complete },
	{ .path = "fib resync",
	  .brief = "read the kernel's tables anew", .run = resync },
	{}
};

/* ---- grants -------------------------------------------------------------- */

/* A user by name or number, or a group by %name or %number. */
static int who(const char *text, uint16_t *attr, uint32_t *id)
{
	struct passwd *pw;
	struct group *gr;

	*attr = *text == '%' ? MFIB_A_GID : MFIB_A_UID;
	if (*text == '%') {
		gr = getgrnam(++text);
		if (gr) {
			*id = gr->gr_gid;
			return CMD_OK;
		}
	} else {
		pw = getpwnam(text);
		if (pw) {
			*id = pw->pw_uid;
			return CMD_OK;
		}
	}
	if (*text >= '0' && *text <= '9')
		return word_number(text, "user", 0, UINT32_MAX - 1, id);
	return cmd_error("there is no %s \"%s\"", *attr == MFIB_A_GID ?
			 "group" : "user", text);
}

static int grant_set(const struct cmd_call *call, bool granted)
{
	struct genl *g;
	uint32_t fib, id;
	uint16_t attr;
	int err;

	if (word_fib(call->argv[0], &fib))
		return CMD_USAGE;
	err = who(call->argv[1], &attr, &id);
	if (err)
		return err;
	g = kernel_open();
	if (!g)
		return CMD_FAILED;
	genl_request(g, MFIB_CMD_GRANT_SET, 0);
	genl_put_u32(g, MFIB_A_FIB, fib);
	genl_put_u32(g, attr, id);
	genl_put_u8(g, MFIB_A_GRANTED, granted);
	err = genl_call(g, NULL, NULL);
	return err && err != g->expected ? CMD_FAILED : CMD_OK;
}

static int grant_add(const struct cmd_call *call)
{
	return grant_set(call, true);
}

static int grant_del(const struct cmd_call *call)
{
	return grant_set(call, false);
}

static int show_grant(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[MFIB_A_MAX + 1];
	struct out *o = data;
	int err = genl_parse(nlh, kernel_rules, MFIB_A_MAX, tb);

	if (err)
		return err;
	out_object_begin(o, NULL, OUT_LINE);
	out_number(o, "fib", "fib", genl_get_number(tb[MFIB_A_FIB]));
	if (tb[MFIB_A_UID])
		out_number(o, "uid", "uid", genl_get_number(tb[MFIB_A_UID]));
	if (tb[MFIB_A_GID])
		out_number(o, "gid", "gid", genl_get_number(tb[MFIB_A_GID]));
	out_object_end(o);
	return 0;
}

static int grant_show(const struct cmd_call *call)
{
	struct genl *g;
	uint32_t fib;

	if (word_fib(call->argv[0], &fib))
		return CMD_USAGE;
	g = kernel_open();
	if (!g)
		return CMD_FAILED;
	genl_request(g, MFIB_CMD_GRANT_GET, NLM_F_DUMP);
	genl_put_u32(g, MFIB_A_FIB, fib);
	out_list_begin(call->out, NULL);
	if (genl_call(g, show_grant, call->out))
		return CMD_FAILED;
	out_list_end(call->out);
	return CMD_OK;
}

const struct cmd grant_commands[] = {
	{ .path = "grant add", .args = "FIB WHO",
	  .brief = "let a user or a group use a FIB without CAP_NET_RAW",
	  .details = "WHO := USER | UID | %GROUP | %GID\n",
	  .min_args = 2, .max_args = 2, .run = grant_add,
	  .complete = fib_complete },
	{ .path = "grant del", .args = "FIB WHO",
	  .brief = "take that back", .min_args = 2, .max_args = 2,
	  .run = grant_del, .complete = fib_complete },
	{ .path = "grant show", .args = "FIB",
	  .brief = "list who may use a FIB", .flags = CMD_DEFAULT,
	  .min_args = 1, .max_args = 1, .run = grant_show,
	  .complete = fib_complete },
	{}
};
