// SPDX-License-Identifier: GPL-2.0-only
/*
 * mfib nexthop: next hops that many routes share, and groups of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "kernel.h"
#include "route_words.h"

static const struct genl_rule nexthop_rules[MFIB_NH_A_MAX + 1] = {
	[MFIB_NH_A_ID] = { MNL_TYPE_U32, 0 },
	[MFIB_NH_A_TYPE] = { MNL_TYPE_U8, 0 },
	[MFIB_NH_A_GATEWAY] = { MNL_TYPE_BINARY, 0 },
	[MFIB_NH_A_OIF] = { MNL_TYPE_U32, 0 },
	[MFIB_NH_A_TABLE] = { MNL_TYPE_U32, 0 },
	[MFIB_NH_A_FLAGS] = { MNL_TYPE_U32, 0 },
	[MFIB_NH_A_REFS] = { MNL_TYPE_U32, 0 },
	[MFIB_NH_A_MTU] = { MNL_TYPE_U32, 0 },
};

/** struct nexthop - as it was written */
struct nexthop {
	uint32_t		id;
	uint8_t			type;
	uint32_t		table;
	uint32_t		mtu;
	uint32_t		fib;
	struct route_way	way;
	struct route_way	member[ROUTE_WAYS_MAX];
	unsigned int		nmembers;
};

/* "1/2/3,4": ids with weights, as ip has them: 2,3 is id 2 with the weight 3. */
static int parse_group(char *text, struct nexthop *n)
{
	char *part, *save, *weight;

	for (part = strtok_r(text, "/", &save); part;
	     part = strtok_r(NULL, "/", &save)) {
		struct route_way *way = &n->member[n->nmembers];

		if (n->nmembers++ == ROUTE_WAYS_MAX) {
			cmd_error("a group has at most %u next hops",
				  ROUTE_WAYS_MAX);
			return CMD_USAGE;
		}
		memset(way, 0, sizeof(*way));
		way->weight = 1;
		weight = strchr(part, ',');
		if (weight)
			*weight++ = '\0';
		if (word_number(part, "group", 1, UINT32_MAX, &way->nh_id) ||
		    (weight && word_number(weight, "weight", 1, 256,
					   &way->weight)))
			return CMD_USAGE;
	}
	return CMD_OK;
}

static int nexthop_word(struct words *w, struct nexthop *n)
{
	const char *text;
	int err;

	if (words_take(w, "id"))
		return words_number(w, "id", 1, UINT32_MAX, &n->id);
	if (words_take(w, "via")) {
		if (!words_take(w, "inet"))
			words_take(w, "inet6");
		return words_address(w, "via", &n->way.gateway);
	}
	if (words_take(w, "dev"))
		return words_device(w, "dev", &n->way.ifindex);
	if (words_take(w, "mtu"))
		return words_number(w, "mtu", 68, 65535, &n->mtu);
	if (words_take(w, "fib") || words_take(w, "lookup")) {
		bool lookup = !strcmp(w->argv[-1], "lookup");

		err = words_value(w, "fib", &text);
		if (lookup)
			n->type = MFIB_TYPE_TABLE;
		return err ? err : word_fib(text, lookup ? &n->table : &n->fib);
	}
	if (words_take(w, "onlink")) {
		n->way.onlink = true;
		return CMD_OK;
	}
	/* What "nexthop show" prints is taken, too. */
	if (words_take(w, "dead"))
		return CMD_OK;
	if (words_take(w, "users"))
		return words_value(w, "users", &text);
	if (words_take(w, "group"))
		return words_left(w) ? parse_group(*w->argv++, n) : CMD_USAGE;
	for (n->type = MFIB_TYPE_BLACKHOLE; n->type <= MFIB_TYPE_PROHIBIT;
	     n->type++)
		if (words_take(w, type_names[n->type]))
			return CMD_OK;
	return words_unknown(w);
}

static bool put_members(struct genl *g, const struct nexthop *n)
{
	struct nlattr *nest;
	unsigned int i;

	nest = mnl_attr_nest_start(&g->head, MFIB_NH_A_WAYS);
	for (i = 0; i < n->nmembers; i++)
		if (!way_put(g, &n->member[i]))
			return false;
	mnl_attr_nest_end(&g->head, nest);
	return true;
}

static void put_nexthop(struct genl *g, const struct nexthop *n)
{
	struct nlattr *nest = mnl_attr_nest_start(&g->head, MFIB_A_NEXTHOP);

	genl_put_u32(g, MFIB_NH_A_ID, n->id);
	if (n->type)
		genl_put_u8(g, MFIB_NH_A_TYPE, n->type);
	if (n->way.gateway.size)
		genl_put(g, MFIB_NH_A_GATEWAY, n->way.gateway.bytes,
			 n->way.gateway.size);
	if (n->way.ifindex)
		genl_put_u32(g, MFIB_NH_A_OIF, n->way.ifindex);
	if (n->way.onlink)
		genl_put_u32(g, MFIB_NH_A_FLAGS, MFIB_F_ONLINK);
	if (n->table)
		genl_put_u32(g, MFIB_NH_A_TABLE, n->table);
	if (n->mtu)
		genl_put_u32(g, MFIB_NH_A_MTU, n->mtu);
	if (n->fib)
		genl_put_u32(g, MFIB_NH_A_FIB, n->fib);
	if (n->nmembers && !put_members(g, n))
		g->overflow = true;
	mnl_attr_nest_end(&g->head, nest);
}

static int nexthop_send(const struct cmd_call *call, uint8_t how)
{
	struct words w = { call->argv };
	struct nexthop n = {};
	struct genl *g;
	int err = CMD_OK;

	while (!err && words_left(&w))
		err = nexthop_word(&w, &n);
	if (err == CMD_USAGE || (!err && !n.id))
		return cmd_usage(call, "%s: the next hop makes no sense",
				 call->cmd->path);
	if (err)
		return err;
	g = kernel_open();
	if (!g)
		return CMD_FAILED;
	genl_request(g, MFIB_CMD_NEXTHOP_NEW, 0);
	genl_put_u8(g, MFIB_A_HOW, how);
	put_nexthop(g, &n);
	return genl_call(g, NULL, NULL) ? CMD_FAILED : CMD_OK;
}

static int nexthop_add(const struct cmd_call *call)
{
	return nexthop_send(call, MFIB_HOW_ADD);
}

static int nexthop_replace(const struct cmd_call *call)
{
	return nexthop_send(call, MFIB_HOW_REPLACE);
}

static int nexthop_del(const struct cmd_call *call)
{
	struct words w = { call->argv };
	struct genl *g;
	uint32_t id;

	words_take(&w, "id");
	if (!words_left(&w) ||
	    word_number(words_next(&w), "id", 1, UINT32_MAX, &id))
		return cmd_usage(call, "nexthop del: which one?");
	g = kernel_open();
	if (!g)
		return CMD_FAILED;
	genl_request(g, MFIB_CMD_NEXTHOP_DEL, 0);
	genl_put_u32(g, MFIB_A_NH_ID, id);
	return genl_call(g, NULL, NULL) ? CMD_FAILED : CMD_OK;
}

/* ---- showing ------------------------------------------------------------- */

/* "group 1,2/5": what "nexthop add" takes. */
static void show_group(struct out *o, const struct nlattr *ways)
{
	const struct nlattr *attr, *field;
	uint32_t id, weight;
	char text[1024];
	int len = 0;

	mnl_attr_for_each_nested(attr, ways) {
		id = 0;
		weight = 1;
		mnl_attr_for_each_nested(field, attr) {
			if (mnl_attr_get_payload_len(field) != 4)
				continue;
			if (mnl_attr_get_type(field) == MFIB_WAY_NH_ID)
				id = mnl_attr_get_u32(field);
			else if (mnl_attr_get_type(field) == MFIB_WAY_WEIGHT)
				weight = mnl_attr_get_u32(field);
		}
		if (len < (int)sizeof(text) - 32)
			len += sprintf(text + len, "%s%u,%u", len ? "/" : "",
				       id, weight);
	}
	if (len)
		out_text(o, "group", "group", text);
}

/**
 * nexthop_show_nest() - show one next hop
 * @o: where to
 * @name: of the object, when it is a member of another
 * @nest: MFIB_A_NEXTHOP
 *
 * Return: 0 or a negative error.
 */
int nexthop_show_nest(struct out *o, const char *name,
		      const struct nlattr *nest)
{
	const struct nlattr *tb[MFIB_NH_A_MAX + 1];
	unsigned int type;
	int err = genl_parse_nest(nest, nexthop_rules, MFIB_NH_A_MAX, tb);

	if (err)
		return err;
	type = genl_get_number(tb[MFIB_NH_A_TYPE]);
	out_object_begin(o, name, OUT_LINE);
	out_color(o, OUT_NAME);
	out_number(o, "id", "id", genl_get_number(tb[MFIB_NH_A_ID]));
	if (o->json || (type != MFIB_TYPE_UNICAST && type < MFIB_TYPE_TABLE))
		out_text(o, "type", OUT_BARE, type <= MFIB_TYPE_MAX ?
			 type_names[type] : "unknown");
	if (tb[MFIB_NH_A_TABLE])
		out_number(o, "lookup", "lookup",
			   genl_get_number(tb[MFIB_NH_A_TABLE]));
	if (tb[MFIB_NH_A_GATEWAY] &&
	    (mnl_attr_get_payload_len(tb[MFIB_NH_A_GATEWAY]) == 4 ||
	     mnl_attr_get_payload_len(tb[MFIB_NH_A_GATEWAY]) == 16))
		out_text(o, "gateway", "via",
			 address_text(mnl_attr_get_payload(tb[MFIB_NH_A_GATEWAY]),
				      mnl_attr_get_payload_len(
					      tb[MFIB_NH_A_GATEWAY])));
	if (tb[MFIB_NH_A_OIF])
		out_text(o, "dev", "dev",
			 device_text(genl_get_number(tb[MFIB_NH_A_OIF])));
	if (tb[MFIB_NH_A_MTU])
		out_number(o, "mtu", "mtu", genl_get_number(tb[MFIB_NH_A_MTU]));
	if (genl_get_number(tb[MFIB_NH_A_FLAGS]) & MFIB_F_ONLINK)
		out_text(o, "onlink", OUT_BARE, "onlink");
	if (genl_get_number(tb[MFIB_NH_A_FLAGS]) & MFIB_F_DEAD)
		out_text(o, "state", OUT_BARE, "dead");
	if (tb[MFIB_NH_A_WAYS] && o->json)
		err = ways_show(o, tb[MFIB_NH_A_WAYS]);
	else if (tb[MFIB_NH_A_WAYS])
		show_group(o, tb[MFIB_NH_A_WAYS]);
	if (tb[MFIB_NH_A_REFS])
		out_number(o, "users", "users",
			   genl_get_number(tb[MFIB_NH_A_REFS]));
	out_object_end(o);
	return err;
}

static int take_nexthop(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;
	int err = 0;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN)
		if (!err && mnl_attr_get_type(attr) == MFIB_A_NEXTHOP)
			err = nexthop_show_nest(data, NULL, attr);
	return err;
}

static int nexthop_show(const struct cmd_call *call)
{
	struct genl *g = kernel_open();

	if (!g)
		return CMD_FAILED;
	genl_request(g, MFIB_CMD_NEXTHOP_GET, NLM_F_DUMP);
	out_list_begin(call->out, NULL);
	if (genl_call(g, take_nexthop, call->out))
		return CMD_FAILED;
	out_list_end(call->out);
	return CMD_OK;
}

static const char nexthop_details[] =
	"NEXTHOP := [via ADDRESS] dev DEVICE [onlink] [mtu N] |\n"
	"           via ADDRESS fib FIB | lookup FIB | group ID[,WEIGHT][/...] |\n"
	"           blackhole | unreachable | prohibit\n"
	"All routes by a next hop that is replaced lead to the new one at once.\n";

const struct cmd nexthop_commands[] = {
	{ .path = "nexthop add", .args = "id ID NEXTHOP",
	  .brief = "make a next hop that routes can name by its id",
	  .details = nexthop_details, .min_args = 3, .max_args = CMD_MANY,
	  .run = nexthop_add },
	{ .path = "nexthop replace", .args = "id ID NEXTHOP",
	  .brief = "make or change a next hop", .details = nexthop_details,
	  .min_args = 3, .max_args = CMD_MANY, .run = nexthop_replace },
	{ .path = "nexthop del", .args = "id ID",
	  .brief = "remove a next hop that no route uses",
	  .min_args = 1, .max_args = 2, .run = nexthop_del },
	{ .path = "nexthop show", .brief = "list next hops",
	  .flags = CMD_DEFAULT, .run = nexthop_show },
	{}
};
