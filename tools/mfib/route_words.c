// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routes: from words to requests, in the language of ip route.
 */
#include <stdio.h>
#include <string.h>
#include <linux/mfib.h>

#include "cmd.h"
#include "kernel.h"
#include "route_words.h"

const char *const type_names[MFIB_TYPE_MAX + 1] = {
	[MFIB_TYPE_UNICAST] = "unicast",
	[MFIB_TYPE_LOCAL] = "local",
	[MFIB_TYPE_BROADCAST] = "broadcast",
	[MFIB_TYPE_MULTICAST] = "multicast",
	[MFIB_TYPE_BLACKHOLE] = "blackhole",
	[MFIB_TYPE_UNREACHABLE] = "unreachable",
	[MFIB_TYPE_PROHIBIT] = "prohibit",
	[MFIB_TYPE_TABLE] = "table",
	[MFIB_TYPE_GROUP] = "group",
};

/* Those of rtnetlink that have a name everywhere. */
static const struct {
	const char	*name;
	uint8_t		number;
} protocols[] = {
	{ "unspec", 0 }, { "redirect", 1 }, { "kernel", 2 }, { "boot", 3 },
	{ "static", 4 }, { "ra", 9 }, { "mrt", 10 }, { "zebra", 11 },
	{ "bird", 12 }, { "dnrouted", 13 }, { "xorp", 14 }, { "ntk", 15 },
	{ "dhcp", 16 }, { "keepalived", 18 }, { "babel", 42 }, { "bgp", 186 },
	{ "isis", 187 }, { "ospf", 188 }, { "rip", 189 }, { "eigrp", 192 },
};

/**
 * protocol_text() - the name of a routing protocol
 * @protocol: RTPROT_*
 *
 * Return: its name or number; good until the next call.
 */
const char *protocol_text(unsigned int protocol)
{
	static char number[8];
	unsigned int i;

	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (protocols[i].number == protocol)
			return protocols[i].name;
	snprintf(number, sizeof(number), "%u", protocol & 0xff);
	return number;
}

/**
 * protocol_number() - a routing protocol by its name
 * @text: name or number
 * @protocol: set to RTPROT_*
 *
 * Return: CMD_OK or CMD_USAGE.
 */
int protocol_number(const char *text, uint32_t *protocol)
{
	unsigned int i;

	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (!strcmp(protocols[i].name, text)) {
			*protocol = protocols[i].number;
			return CMD_OK;
		}
	}
	return word_number(text, "proto", 0, 255, protocol);
}

static bool take_type(struct words *w, uint8_t *type)
{
	unsigned int i;

	for (i = 0; i <= MFIB_TYPE_PROHIBIT; i++) {
		if (words_take(w, type_names[i])) {
			*type = i;
			return true;
		}
	}
	return false;
}

static int way_word(struct words *w, struct route_way *way, bool *taken)
{
	*taken = true;
	if (words_take(w, "via")) {
		/* ip writes the family before a gateway of another one. */
		if (!words_take(w, "inet"))
			words_take(w, "inet6");
		return words_address(w, "via", &way->gateway);
	}
	if (words_take(w, "dev"))
		return words_device(w, "dev", &way->ifindex);
	if (words_take(w, "onlink")) {
		way->onlink = true;
		return CMD_OK;
	}
	/* What "route show" prints is taken, too. */
	if (words_take(w, "dead"))
		return CMD_OK;
	*taken = false;
	return CMD_OK;
}

/**
 * way_parse() - read what follows "nexthop"
 * @w: the words; what it does not know is left
 * @way: filled in
 *
 * Return: CMD_OK, CMD_FAILED or CMD_USAGE.
 */
int way_parse(struct words *w, struct route_way *way)
{
	bool taken = true;
	int err = CMD_OK;

	memset(way, 0, sizeof(*way));
	way->weight = 1;
	while (!err && taken && words_left(w)) {
		if (words_take(w, "weight")) {
			err = words_number(w, "weight", 1, 256, &way->weight);
			continue;
		}
		if (words_take(w, "id")) {
			err = words_number(w, "id", 1, UINT32_MAX, &way->nh_id);
			continue;
		}
		err = way_word(w, way, &taken);
	}
	return err;
}

static int route_word(struct words *w, struct route_spec *r)
{
	const char *text;
	bool taken;
	int err;

	if (words_take(w, "fib") || words_take(w, "table")) {
		err = words_value(w, "fib", &text);
		return err ? err : word_fib(text, &r->fib);
	}
	if (words_take(w, "metric") || words_take(w, "preference")) {
		r->has_metric = true;
		return words_number(w, "metric", 0, UINT32_MAX - 1, &r->metric);
	}
	if (words_take(w, "proto") || words_take(w, "protocol")) {
		err = words_value(w, "proto", &text);
		return err ? err : protocol_number(text, &r->protocol);
	}
	if (words_take(w, "nhid"))
		return words_number(w, "nhid", 1, UINT32_MAX, &r->nh_id);
	if (words_take(w, "lookup")) {
		r->type = MFIB_TYPE_TABLE;
		err = words_value(w, "lookup", &text);
		return err ? err : word_fib(text, &r->table);
	}
	if (words_take(w, "mtu"))
		return words_number(w, "mtu", 68, 65535, &r->mtu);
	if (words_take(w, "src"))
		return words_address(w, "src", &r->src);
	if (words_take(w, "nexthop")) {
		if (r->nways == ROUTE_WAYS_MAX) {
			cmd_error("a route has at most %u ways",
				  ROUTE_WAYS_MAX);
			return CMD_USAGE;
		}
		return way_parse(w, &r->way[r->nways++]);
	}
	err = way_word(w, &r->way[0], &taken);
	return err || taken ? err : words_unknown(w);
}

/**
 * route_parse() - read a route
 * @argv: [TYPE] PREFIX [via ADDRESS] [dev DEVICE] ... fib N
 * @r: filled in
 *
 * Return: CMD_OK, CMD_FAILED or CMD_USAGE.
 */
int route_parse(char **argv, struct route_spec *r)
{
	struct words w = { argv };
	int err;

	/* All but the ways, of which only those in use are looked at. */
	memset(r, 0, offsetof(struct route_spec, way));
	memset(&r->way[0], 0, sizeof(r->way[0]));
	r->nways = 0;
	take_type(&w, &r->type);
	words_take(&w, "to");
	err = words_prefix(&w, "route", &r->dst);
	while (!err && words_left(&w))
		err = route_word(&w, r);
	if (err)
		return err;
	/* "default via fe80::1" means that of IPv6. */
	if (!r->dst.len && r->dst.addr.size == 4 && !r->nways &&
	    r->way[0].gateway.size == 16 && !words_family &&
	    !strcmp(argv[0], "default"))
		r->dst.addr.size = 16;
	if (!r->fib) {
		cmd_error("which FIB? \"fib NUMBER\" is missing");
		return CMD_USAGE;
	}
	return CMD_OK;
}

/* ---- requests ------------------------------------------------------------ */

/**
 * way_put() - add one way to the nest of ways of a request
 * @g: the connection
 * @way: the way
 *
 * Return: false if it does not fit.
 */
bool way_put(struct genl *g, const struct route_way *way)
{
	struct nlattr *nest;

	nest = mnl_attr_nest_start_check(&g->head, sizeof(g->request),
					 MFIB_WAY);
	if (!nest)
		return false;
	if (way->nh_id)
		genl_put_u32(g, MFIB_WAY_NH_ID, way->nh_id);
	if (way->gateway.size)
		genl_put(g, MFIB_WAY_GATEWAY, way->gateway.bytes,
			 way->gateway.size);
	if (way->ifindex)
		genl_put_u32(g, MFIB_WAY_OIF, way->ifindex);
	genl_put_u32(g, MFIB_WAY_WEIGHT, way->weight);
	if (way->onlink)
		genl_put_u32(g, MFIB_WAY_FLAGS, MFIB_F_ONLINK);
	mnl_attr_nest_end(&g->head, nest);
	return !g->overflow;
}

static bool put_ways(struct genl *g, const struct route_spec *r)
{
	struct nlattr *nest;
	unsigned int i;

	nest = mnl_attr_nest_start_check(&g->head, sizeof(g->request),
					 MFIB_RT_WAYS);
	if (!nest)
		return false;
	for (i = 0; i < r->nways; i++)
		if (!way_put(g, &r->way[i]))
			return false;
	mnl_attr_nest_end(&g->head, nest);
	return true;
}

static void put_one_way(struct genl *g, const struct route_spec *r)
{
	const struct route_way *way = &r->way[0];

	if (way->gateway.size)
		genl_put(g, MFIB_RT_GATEWAY, way->gateway.bytes,
			 way->gateway.size);
	if (way->ifindex)
		genl_put_u32(g, MFIB_RT_OIF, way->ifindex);
	if (way->onlink)
		genl_put_u32(g, MFIB_RT_FLAGS, MFIB_F_ONLINK);
}

/**
 * route_put() - add a route to a request
 * @g: the connection
 * @r: the route
 *
 * Return: false if it does not fit, and the request is as it was.
 */
bool route_put(struct genl *g, const struct route_spec *r)
{
	struct nlattr *nest;

	nest = mnl_attr_nest_start_check(&g->head, sizeof(g->request),
					 MFIB_A_ROUTE);
	if (!nest)
		return false;
	genl_put(g, MFIB_RT_DST, r->dst.addr.bytes, r->dst.addr.size);
	genl_put_u8(g, MFIB_RT_LEN, r->dst.len);
	if (r->has_metric)
		genl_put_u32(g, MFIB_RT_METRIC, r->metric);
	if (r->protocol)
		genl_put_u8(g, MFIB_RT_PROTOCOL, r->protocol);
	if (r->nh_id)
		genl_put_u32(g, MFIB_RT_NH_ID, r->nh_id);
	if (r->type)
		genl_put_u8(g, MFIB_RT_TYPE, r->type);
	if (r->table)
		genl_put_u32(g, MFIB_RT_TABLE, r->table);
	if (r->src.size)
		genl_put(g, MFIB_RT_PREFSRC, r->src.bytes, r->src.size);
	if (r->mtu)
		genl_put_u32(g, MFIB_RT_MTU, r->mtu);
	if (r->nways ? put_ways(g, r) : (put_one_way(g, r), true)) {
		if (!g->overflow) {
			mnl_attr_nest_end(&g->head, nest);
			return true;
		}
	}
	g->overflow = false;
	mnl_attr_nest_cancel(&g->head, nest);
	return false;
}
