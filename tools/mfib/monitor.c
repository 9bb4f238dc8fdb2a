// SPDX-License-Identifier: GPL-2.0-only
/*
 * mfib monitor: what changes, as it changes.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "commands.h"
#include "kernel.h"
#include "words.h"

static const char *const event_names[MFIB_EVENT_MAX + 1] = {
	[MFIB_EVENT_ROUTE_ADDED] = "added",
	[MFIB_EVENT_ROUTE_REPLACED] = "replaced",
	[MFIB_EVENT_ROUTE_REMOVED] = "removed",
	[MFIB_EVENT_FLUSHED] = "flushed",
	[MFIB_EVENT_SWAPPED] = "swapped",
	[MFIB_EVENT_NEXTHOP] = "nexthop",
	[MFIB_EVENT_NEXTHOP_REMOVED] = "nexthop-removed",
};

/** struct watch - what is listened for */
struct watch {
	struct out	*o;
	uint32_t	fib;	/* or 0 for all */
};

static int take_event(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[MFIB_A_MAX + 1];
	struct watch *w = data;
	struct out *o = w->o;
	uint32_t event, fib;
	int err = genl_parse(nlh, kernel_rules, MFIB_A_MAX, tb);

	if (err)
		return err;
	event = genl_get_number(tb[MFIB_A_EVENT]);
	fib = genl_get_number(tb[MFIB_A_FIB]);
	if (w->fib && fib && w->fib != fib)
		return 0;
	out_object_begin(o, NULL, OUT_LINE);
	out_text(o, "event", OUT_BARE, event <= MFIB_EVENT_MAX &&
		 event_names[event] ? event_names[event] : "unknown");
	if (fib)
		out_number(o, "fib", "fib", fib);
	if (tb[MFIB_A_FAMILY])
		out_text(o, "family", OUT_BARE,
			 genl_get_number(tb[MFIB_A_FAMILY]) == AF_INET ?
			 "ipv4" : "ipv6");
	if (tb[MFIB_A_ROUTE])
		err = route_show_nest(o, "route", tb[MFIB_A_ROUTE], fib, true);
	else if (tb[MFIB_A_NEXTHOP])
		err = nexthop_show_nest(o, "nexthop", tb[MFIB_A_NEXTHOP]);
	out_object_end(o);
	fflush(o->file);
	return ferror(o->file) ? -1 : err;
}

static void stop(int signo)
{
	(void)signo;
}

static int monitor(const struct cmd_call *call)
{
	const struct sigaction sa = { .sa_handler = stop };
	struct words w = { call->argv };
	struct watch watch = { .o = call->out };
	struct genl *g;

	words_take(&w, "fib");
	if (words_left(&w) && word_fib(words_next(&w), &watch.fib))
		return CMD_USAGE;
	g = kernel_open();
	if (!g)
		return CMD_FAILED;
	/* Without SA_RESTART: the signal ends the waiting. */
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	return genl_listen(g, take_event, &watch) == -EINTR ? CMD_OK :
							      CMD_FAILED;
}

const struct cmd monitor_commands[] = {
	{ .path = "monitor", .args = "[fib FIB]",
	  .brief = "print what changes, until interrupted",
	  .details = "Routes that are added, replaced and removed, by whomever; "
		     "tables that are\nflushed or swapped; next hops.\n",
	  .max_args = 2, .run = monitor, .complete = fib_complete },
	{}
};
