// SPDX-License-Identifier: GPL-2.0-only
/*
 * mfib route show, get and dump.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "commands.h"
#include "kernel.h"
#include "route_words.h"

static const struct genl_rule route_rules[MFIB_RT_MAX + 1] = {
	[MFIB_RT_DST] = { MNL_TYPE_BINARY, 0 },
	[MFIB_RT_LEN] = { MNL_TYPE_U8, 0 },
	[MFIB_RT_METRIC] = { MNL_TYPE_U32, 0 },
	[MFIB_RT_PROTOCOL] = { MNL_TYPE_U8, 0 },
	[MFIB_RT_NH_ID] = { MNL_TYPE_U32, 0 },
	[MFIB_RT_TYPE] = { MNL_TYPE_U8, 0 },
	[MFIB_RT_OIF] = { MNL_TYPE_U32, 0 },
	[MFIB_RT_TABLE] = { MNL_TYPE_U32, 0 },
	[MFIB_RT_FLAGS] = { MNL_TYPE_U32, 0 },
	[MFIB_RT_MTU] = { MNL_TYPE_U32, 0 },
	[MFIB_RT_SOURCE] = { MNL_TYPE_U8, 0 },
	[MFIB_RT_BEST] = { MNL_TYPE_FLAG, 0 },
};

static const struct genl_rule way_rules[MFIB_WAY_MAX + 1] = {
	[MFIB_WAY_NH_ID] = { MNL_TYPE_U32, 0 },
	[MFIB_WAY_OIF] = { MNL_TYPE_U32, 0 },
	[MFIB_WAY_WEIGHT] = { MNL_TYPE_U32, 0 },
	[MFIB_WAY_FLAGS] = { MNL_TYPE_U32, 0 },
};

static unsigned int size_of(const struct nlattr *attr)
{
	unsigned int size = mnl_attr_get_payload_len(attr);

	return size == 4 || size == 16 ? size : 0;
}

static void show_flags(struct out *o, uint32_t flags)
{
	if (flags & MFIB_F_ONLINK && !o->json)
		out_text(o, "flag", OUT_BARE, "onlink");
	if (flags & MFIB_F_DEAD && !o->json)
		out_text(o, "flag", OUT_BARE, "dead");
	if (!o->json)
		return;
	out_list_begin(o, "flags");
	if (flags & MFIB_F_ONLINK)
		out_text(o, NULL, OUT_BARE, "onlink");
	if (flags & MFIB_F_DEAD)
		out_text(o, NULL, OUT_BARE, "dead");
	out_list_end(o);
}

static void show_via(struct out *o, const struct nlattr *gateway,
		     const struct nlattr *oif)
{
	if (gateway && size_of(gateway))
		out_text(o, "gateway", "via",
			 address_text(mnl_attr_get_payload(gateway),
				      size_of(gateway)));
	if (oif)
		out_text(o, "dev", "dev", device_text(genl_get_number(oif)));
}

static int show_way(struct out *o, const struct nlattr *attr)
{
	const struct nlattr *tb[MFIB_WAY_MAX + 1];
	int err = genl_parse_nest(attr, way_rules, MFIB_WAY_MAX, tb);

	if (err)
		return err;
	if (o->json)
		out_object_begin(o, NULL, OUT_LINE);
	else
		out_text(o, "way", OUT_BARE, "nexthop");
	if (tb[MFIB_WAY_NH_ID])
		out_number(o, "id", "id", genl_get_number(tb[MFIB_WAY_NH_ID]));
	/* What an id stands for is not said twice where people read it. */
	if (o->json || !tb[MFIB_WAY_NH_ID])
		show_via(o, tb[MFIB_WAY_GATEWAY], tb[MFIB_WAY_OIF]);
	out_number(o, "weight", "weight",
		   genl_get_number(tb[MFIB_WAY_WEIGHT]));
	show_flags(o, genl_get_number(tb[MFIB_WAY_FLAGS]));
	if (o->json)
		out_object_end(o);
	return 0;
}

/**
 * ways_show() - show the ways of a route or a group
 * @o: where to; in an object
 * @ways: nest of them, or NULL
 *
 * Return: 0 or a negative error.
 */
int ways_show(struct out *o, const struct nlattr *ways)
{
	const struct nlattr *attr;
	int err = 0;

	if (!ways)
		return 0;
	if (o->json)
		out_list_begin(o, "nexthops");
	mnl_attr_for_each_nested(attr, ways) {
		err = show_way(o, attr);
		if (err)
			return err;
	}
	if (o->json)
		out_list_end(o);
	return err;
}

static void show_nexthop(struct out *o, const struct nlattr *const *tb)
{
	uint32_t flags = genl_get_number(tb[MFIB_RT_FLAGS]);

	if (tb[MFIB_RT_NH_ID])
		out_number(o, "nhid", "nhid",
			   genl_get_number(tb[MFIB_RT_NH_ID]));
	if (tb[MFIB_RT_TABLE])
		out_number(o, "lookup", "lookup",
			   genl_get_number(tb[MFIB_RT_TABLE]));
	if (o->json || !tb[MFIB_RT_NH_ID])
		show_via(o, tb[MFIB_RT_GATEWAY], tb[MFIB_RT_OIF]);
	if (tb[MFIB_RT_PREFSRC] && size_of(tb[MFIB_RT_PREFSRC]))
		out_text(o, "prefsrc", "src",
			 address_text(mnl_attr_get_payload(tb[MFIB_RT_PREFSRC]),
				      size_of(tb[MFIB_RT_PREFSRC])));
	if (tb[MFIB_RT_MTU])
		out_number(o, "mtu", "mtu", genl_get_number(tb[MFIB_RT_MTU]));
	show_flags(o, flags);
}

/**
 * route_show_nest() - show one route
 * @o: where to
 * @name: of the object, when it is a member of another
 * @nest: MFIB_A_ROUTE
 * @fib: number of its FIB
 * @with_fib: print it
 *
 * Return: 0 or a negative error.
 */
int route_show_nest(struct out *o, const char *name,
		    const struct nlattr *nest, uint32_t fib, bool with_fib)
{
	const struct nlattr *tb[MFIB_RT_MAX + 1];
	const char *dst = "?";
	unsigned int type;
	int err;

	err = genl_parse_nest(nest, route_rules, MFIB_RT_MAX, tb);
	if (err)
		return err;
	type = genl_get_number(tb[MFIB_RT_TYPE]);
	if (tb[MFIB_RT_DST] && size_of(tb[MFIB_RT_DST]))
		dst = prefix_text(mnl_attr_get_payload(tb[MFIB_RT_DST]),
				  size_of(tb[MFIB_RT_DST]),
				  genl_get_number(tb[MFIB_RT_LEN]));
	out_object_begin(o, name, OUT_LINE);
	if (o->json || (type != MFIB_TYPE_UNICAST && type < MFIB_TYPE_TABLE))
		out_text(o, "type", OUT_BARE, type <= MFIB_TYPE_MAX ?
			 type_names[type] : "unknown");
	out_color(o, OUT_NAME);
	out_text(o, "dst", OUT_BARE, dst);
	show_nexthop(o, tb);
	out_text(o, "protocol", "proto",
		 protocol_text(genl_get_number(tb[MFIB_RT_PROTOCOL])));
	if (o->json || tb[MFIB_RT_METRIC])
		out_number(o, "metric", "metric",
			   genl_get_number(tb[MFIB_RT_METRIC]));
	if (!tb[MFIB_RT_NH_ID] || o->json)
		err = ways_show(o, tb[MFIB_RT_WAYS]);
	if (with_fib)
		out_number(o, "fib", "fib", fib);
	if (genl_get_number(tb[MFIB_RT_SOURCE]) == MFIB_SRC_KERNEL)
		out_text(o, "source", OUT_BARE, "mirrored");
	else if (o->json)
		out_text(o, "source", OUT_BARE, "own");
	if (o->json)
		out_bool(o, "best", OUT_JSON_ONLY, tb[MFIB_RT_BEST]);
	else if (!tb[MFIB_RT_BEST] && !with_fib)
		out_text(o, "best", OUT_BARE, "unused");
	out_object_end(o);
	return err;
}

/**
 * route_is_own() - was a route put in by this interface?
 * @nest: MFIB_A_ROUTE
 */
bool route_is_own(const struct nlattr *nest)
{
	const struct nlattr *tb[MFIB_RT_MAX + 1];

	return !genl_parse_nest(nest, route_rules, MFIB_RT_MAX, tb) &&
	       genl_get_number(tb[MFIB_RT_SOURCE]) == MFIB_SRC_OWN;
}

/* ---- mfib route show ----------------------------------------------------- */

/**
 * struct listing - routes that are asked for, while they come
 * @o: where to
 * @each: called for each
 * @data: for @each
 * @fib: number of the FIB
 * @with_fib: print it
 * @exact: only this prefix, or NULL
 * @within: only what is inside of this prefix, or NULL
 */
struct listing {
	struct out		*o;
	int			(*each)(struct listing *l,
					const struct nlattr *nest);
	void			*data;
	uint32_t		fib;
	bool			with_fib;
	const struct prefix	*exact;
	const struct prefix	*within;
};

static bool bits_equal(const uint8_t *a, const uint8_t *b, unsigned int bits)
{
	if (memcmp(a, b, bits / 8))
		return false;
	return !(bits % 8) || !((a[bits / 8] ^ b[bits / 8]) >> (8 - bits % 8));
}

static bool is_wanted(const struct listing *l, const struct nlattr *nest)
{
	const struct prefix *p = l->exact ? l->exact : l->within;
	const struct nlattr *tb[MFIB_RT_MAX + 1];
	unsigned int len;

	if (!p)
		return true;
	if (genl_parse_nest(nest, route_rules, MFIB_RT_MAX, tb) ||
	    !tb[MFIB_RT_DST] || size_of(tb[MFIB_RT_DST]) != p->addr.size)
		return false;
	len = genl_get_number(tb[MFIB_RT_LEN]);
	if (l->exact ? len != p->len : len < p->len)
		return false;
	return bits_equal(mnl_attr_get_payload(tb[MFIB_RT_DST]), p->addr.bytes,
			  p->len);
}

static int take_routes(const struct nlmsghdr *nlh, void *data)
{
	struct listing *l = data;
	const struct nlattr *attr;
	int err = 0;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != MFIB_A_ROUTE ||
		    !is_wanted(l, attr))
			continue;
		err = l->each(l, attr);
		if (err)
			break;
	}
	return err;
}

static int list_fib(struct listing *l)
{
	struct genl *g = kernel_open();

	if (!g)
		return CMD_FAILED;
	genl_request(g, MFIB_CMD_ROUTE_GET, NLM_F_DUMP);
	genl_put_u32(g, MFIB_A_FIB, l->fib);
	if (words_family)
		genl_put_u8(g, MFIB_A_FAMILY, words_family);
	return kernel_dump(g, take_routes, l) ? CMD_FAILED : CMD_OK;
}

static int show_one(struct listing *l, const struct nlattr *nest)
{
	return route_show_nest(l->o, NULL, nest, l->fib, l->with_fib);
}

static int parse_listing(const struct cmd_call *call, struct listing *l,
			 struct prefix *p)
{
	struct words w = { call->argv };

	while (words_left(&w)) {
		if (words_take(&w, "fib") || words_take(&w, "table")) {
			if (!words_left(&w) ||
			    word_fib(words_next(&w), &l->fib))
				return CMD_USAGE;
		} else if (words_take(&w, "exact")) {
			if (words_prefix(&w, "exact", p))
				return CMD_USAGE;
			l->exact = p;
		} else if (words_take(&w, "root") || !l->within) {
			if (words_prefix(&w, "root", p))
				return CMD_USAGE;
			l->within = p;
		} else {
			return words_unknown(&w);
		}
	}
	if (l->fib)
		return CMD_OK;
	return cmd_usage(call, "%s: which FIB?", call->cmd->path);
}

static int route_show(const struct cmd_call *call)
{
	struct listing l = { .o = call->out, .each = show_one };
	struct prefix p;
	int err = parse_listing(call, &l, &p);

	if (err)
		return err;
	out_list_begin(call->out, NULL);
	err = list_fib(&l);
	if (!err)
		out_list_end(call->out);
	return err;
}

/* ---- mfib route get ------------------------------------------------------ */

static int take_route(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[MFIB_A_MAX + 1];
	int err = genl_parse(nlh, kernel_rules, MFIB_A_MAX, tb);

	if (err || !tb[MFIB_A_ROUTE])
		return err;
	return route_show_nest(data, NULL, tb[MFIB_A_ROUTE],
			       genl_get_number(tb[MFIB_A_FIB]), true);
}

static int route_get(const struct cmd_call *call)
{
	struct words w = { call->argv };
	uint32_t fib = 0, hash = 0;
	struct address a;
	bool hashed = false;
	struct genl *g;

	if (word_address(words_next(&w), &a))
		return CMD_USAGE;
	while (words_left(&w)) {
		if (words_take(&w, "fib") || words_take(&w, "table")) {
			if (!words_left(&w) || word_fib(words_next(&w), &fib))
				return CMD_USAGE;
		} else if (words_take(&w, "hash")) {
			hashed = true;
			if (words_number(&w, "hash", 0, UINT32_MAX, &hash))
				return CMD_USAGE;
		} else {
			return words_unknown(&w);
		}
	}
	if (!fib)
		return cmd_usage(call, "route get: which FIB?");
	g = kernel_open();
	if (!g)
		return CMD_FAILED;
	genl_request(g, MFIB_CMD_ROUTE_GET, 0);
	genl_put_u32(g, MFIB_A_FIB, fib);
	genl_put(g, MFIB_A_ADDRESS, a.bytes, a.size);
	if (hashed)
		genl_put_u32(g, MFIB_A_HASH, hash);
	return genl_call(g, take_route, call->out) ? CMD_FAILED : CMD_OK;
}

/* ---- mfib route dump ----------------------------------------------------- */

#define DOT_DEPTH	130

/** struct dot - the prefixes above the one that comes next */
struct dot {
	struct prefix	above[DOT_DEPTH];
	unsigned int	depth;
};

static bool is_inside(const struct prefix *outer, const struct prefix *p)
{
	return outer->addr.size == p->addr.size && outer->len <= p->len &&
	       bits_equal(outer->addr.bytes, p->addr.bytes, outer->len);
}

static void dot_name(const struct prefix *p, FILE *f)
{
	fprintf(f, "\"%s/%u\"", address_text(p->addr.bytes, p->addr.size),
		p->len);
}

/* Routes come in order, so that what is above the next one is on the stack. */
static int dot_one(struct listing *l, const struct nlattr *nest)
{
	const struct nlattr *tb[MFIB_RT_MAX + 1];
	struct dot *d = l->data;
	struct prefix p = {};
	int err;

	err = genl_parse_nest(nest, route_rules, MFIB_RT_MAX, tb);
	if (err || !tb[MFIB_RT_DST] || !tb[MFIB_RT_BEST])
		return err;
	p.addr.size = size_of(tb[MFIB_RT_DST]);
	p.len = genl_get_number(tb[MFIB_RT_LEN]);
	memcpy(p.addr.bytes, mnl_attr_get_payload(tb[MFIB_RT_DST]),
	       p.addr.size);
	while (d->depth && !is_inside(&d->above[d->depth - 1], &p))
		d->depth--;
	fputs("  ", l->o->file);
	dot_name(&p, l->o->file);
	fprintf(l->o->file, " [label=\"%s/%u",
		address_text(p.addr.bytes, p.addr.size), p.len);
	if (tb[MFIB_RT_GATEWAY])
		fprintf(l->o->file, "\\nvia %s",
			address_text(mnl_attr_get_payload(tb[MFIB_RT_GATEWAY]),
				     size_of(tb[MFIB_RT_GATEWAY])));
	if (tb[MFIB_RT_OIF])
		fprintf(l->o->file, "\\n%s",
			device_text(genl_get_number(tb[MFIB_RT_OIF])));
	fputs("\"];\n", l->o->file);
	if (d->depth) {
		fputs("  ", l->o->file);
		dot_name(&d->above[d->depth - 1], l->o->file);
		fputs(" -> ", l->o->file);
		dot_name(&p, l->o->file);
		fputs(";\n", l->o->file);
	}
	if (d->depth < DOT_DEPTH)
		d->above[d->depth++] = p;
	return 0;
}

struct dump_opts {
	bool dot;
};

static const struct cmd_opt dump_options[] = {
	CMD_SWITCH(struct dump_opts, dot, "dot", 'd',
		   "print a graph for the program dot of Graphviz"),
	{}
};

static int route_dump(const struct cmd_call *call)
{
	const struct dump_opts *opts = call->opts;
	struct dot d = {};
	struct listing l = { .o = call->out, .each = dot_one, .data = &d };
	struct prefix p;
	int err;

	if (!opts->dot)
		return route_show(call);
	err = parse_listing(call, &l, &p);
	if (err)
		return err;
	fprintf(call->out->file, "digraph fib%u {\n  rankdir=LR;\n"
		"  node [shape=box, fontname=\"monospace\"];\n", l.fib);
	err = list_fib(&l);
	fputs("}\n", call->out->file);
	return err;
}

const struct cmd route_show_commands[] = {
	{ .path = "route show", .args = "[[root] PREFIX | exact PREFIX] fib FIB",
	  .brief = "list routes, in the order of their prefixes",
	  .details = "-4 or -6: of one family. \"mirrored\" are those that came "
		     "from the kernel's\ntable; \"unused\" those of a prefix "
		     "that has a better one.\n",
	  .flags = CMD_DEFAULT, .max_args = CMD_MANY, .run = route_show,
	  .complete = fib_complete },
	{ .path = "route get", .args = "ADDRESS [hash N] fib FIB",
	  .brief = "show the route that an address takes",
	  .details = "\"hash\" chooses among the ways of a route, as the hash of "
		     "a flow does.\n",
	  .min_args = 1, .max_args = CMD_MANY, .run = route_get,
	  .complete = fib_complete },
	{ .path = "route dump", .args = "[[root] PREFIX] fib FIB",
	  .brief = "list routes, or draw which are inside of which",
	  .max_args = CMD_MANY, .options = dump_options,
	  .opts_size = sizeof(struct dump_opts), .run = route_dump,
	  .complete = fib_complete },
	{}
};
