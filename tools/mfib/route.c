// SPDX-License-Identifier: GPL-2.0-only
/*
 * mfib route add, append, replace, change, del, flush.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "commands.h"
#include "kernel.h"
#include "route_words.h"

static int send_route(const struct cmd_call *call, uint8_t cmd, uint8_t how)
{
	struct route_spec r;
	struct genl *g;
	int err;

	err = route_parse(call->argv, &r);
	if (err == CMD_USAGE)
		return cmd_usage(call, "%s: the route makes no sense",
				 call->cmd->path);
	if (err)
		return err;
	g = kernel_open();
	if (!g)
		return CMD_FAILED;
	genl_request(g, cmd, 0);
	genl_put_u32(g, MFIB_A_FIB, r.fib);
	if (how)
		genl_put_u8(g, MFIB_A_HOW, how);
	if (!route_put(g, &r))
		g->overflow = true;
	return genl_call(g, NULL, NULL) ? CMD_FAILED : CMD_OK;
}

static int route_add(const struct cmd_call *call)
{
	return send_route(call, MFIB_CMD_ROUTE_NEW, MFIB_HOW_ADD);
}

static int route_replace(const struct cmd_call *call)
{
	return send_route(call, MFIB_CMD_ROUTE_NEW, MFIB_HOW_REPLACE);
}

static int route_change(const struct cmd_call *call)
{
	return send_route(call, MFIB_CMD_ROUTE_NEW, MFIB_HOW_CHANGE);
}

static int route_del(const struct cmd_call *call)
{
	return send_route(call, MFIB_CMD_ROUTE_DEL, 0);
}

/* ---- flush --------------------------------------------------------------- */

static int take_done(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[MFIB_A_MAX + 1];
	int err = genl_parse(nlh, kernel_rules, MFIB_A_MAX, tb);

	if (!err)
		*(uint64_t *)data = genl_get_number(tb[MFIB_A_DONE]);
	return err;
}

static int route_flush(const struct cmd_call *call)
{
	struct words w = { call->argv };
	uint64_t done = 0;
	uint32_t fib = 0;
	struct genl *g;

	if (!words_take(&w, "fib"))
		words_take(&w, "table");
	if (!words_left(&w) || word_fib(words_next(&w), &fib) ||
	    words_left(&w))
		return cmd_usage(call, "route flush: which FIB?");
	g = kernel_open();
	if (!g)
		return CMD_FAILED;
	genl_request(g, MFIB_CMD_ROUTE_FLUSH, 0);
	genl_put_u32(g, MFIB_A_FIB, fib);
	if (words_family)
		genl_put_u8(g, MFIB_A_FAMILY, words_family);
	if (genl_call(g, take_done, &done))
		return CMD_FAILED;
	if (call->stats || call->out->json) {
		out_object_begin(call->out, NULL, OUT_LINE);
		out_number(call->out, "flushed", "flushed", done);
		out_object_end(call->out);
	}
	return CMD_OK;
}

#define ROUTE_ARGS	"ROUTE fib FIB"

static const char route_details[] =
	"ROUTE  := [TYPE] PREFIX [WAY | nhid ID | lookup FIB | nexthop WAY [weight N]\n"
	"          [nexthop ...]] [metric N] [proto NAME] [src ADDRESS] [mtu N]\n"
	"TYPE   := unicast | blackhole | unreachable | prohibit\n"
	"WAY    := [via ADDRESS] [dev DEVICE] [onlink]\n"
	"PREFIX := ADDRESS[/LENGTH] | default\n"
	"\"lookup FIB\" looks the packet up in another FIB. Without \"dev\" the\n"
	"device is that of the route to the gateway.\n";

const struct cmd route_commands[] = {
	{ .path = "route add", .args = ROUTE_ARGS,
	  .brief = "add a route that is not there", .details = route_details,
	  .min_args = 1, .max_args = CMD_MANY, .run = route_add,
	  .complete = fib_complete },
	{ .path = "route replace", .args = ROUTE_ARGS,
	  .brief = "add a route, or change it", .details = route_details,
	  .min_args = 1, .max_args = CMD_MANY, .run = route_replace,
	  .complete = fib_complete },
	{ .path = "route change", .args = ROUTE_ARGS,
	  .brief = "change a route that is there", .details = route_details,
	  .min_args = 1, .max_args = CMD_MANY, .run = route_change,
	  .complete = fib_complete },
	{ .path = "route del", .args = "PREFIX [metric N] fib FIB",
	  .brief = "remove a route",
	  .details = "Without a metric, the best of the prefix that was added "
		     "here.\n",
	  .min_args = 1, .max_args = CMD_MANY, .run = route_del,
	  .complete = fib_complete },
	{ .path = "route flush", .args = "fib FIB",
	  .brief = "remove all routes that were added here",
	  .details = "-4 or -6: those of one family. Routes of the kernel's "
		     "table are not\ntouched.\n",
	  .min_args = 1, .max_args = 2, .run = route_flush,
	  .complete = fib_complete },
	{}
};
