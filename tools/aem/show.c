// SPDX-License-Identifier: GPL-2.0-only
/*
 * "show": the contexts of all processes, or of one with its sources.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "proc.h"

/**
 * struct show - what is shown
 * @out: where
 * @pid: of this process, or 0 for all
 * @context: of this context
 * @found: contexts that were shown
 */
struct show {
	struct out	*out;
	uint32_t	pid;
	uint32_t	context;
	unsigned int	found;
};

static int show_source(const struct proc_source *s, void *data)
{
	const struct show *show = data;
	struct out *o = show->out;

	if (s->context != show->context)
		return 0;
	out_object_begin(o, NULL, OUT_LINE);
	out_number(o, "index", OUT_BARE, s->index);
	out_text(o, "kind", OUT_BARE, s->kind);
	out_number(o, "prio", "prio", s->prio);
	out_text(o, "how", OUT_BARE, s->how);
	out_text(o, "state", OUT_BARE, s->state);
	out_number(o, "events", OUT_JSON_ONLY, s->events);
	out_number(o, "flags", OUT_JSON_ONLY, s->flags);
	out_number(o, "posted", "posted", s->posted);
	out_number(o, "pending", "pending", s->pending);
	out_number(o, "lost", "lost", s->lost);
	out_object_end(o);
	return 0;
}

static int show_histogram(const struct proc_histogram *h, void *data)
{
	const struct show *show = data;
	struct out *o = show->out;

	if (h->context != show->context)
		return 0;
	out_list_begin(o, h->what);
	for (int i = 0; i < PROC_BUCKETS; i++) {
		if (!h->bucket[i])
			continue;
		out_object_begin(o, NULL, OUT_LINE);
		out_number(o, "from_ns", "from_ns", i ? 1ULL << i : 0);
		out_number(o, "count", "count", h->bucket[i]);
		out_object_end(o);
	}
	out_list_end(o);
	return 0;
}

static void show_head(struct out *o, const struct proc_context *c)
{
	out_number(o, "context", "context", c->id);
	out_number(o, "pid", "pid", c->pid);
	out_text(o, "comm", "comm", c->comm);
	out_number(o, "uid", "uid", c->uid);
	out_number(o, "sources", "sources", c->sources);
	out_number(o, "capacity", "of", c->capacity);
	out_number(o, "handled", "handled", c->handled);
	out_number(o, "waits", "waits", c->waits);
	out_number(o, "interrupts", "interrupts", c->bells);
	out_text(o, "notify", "by", c->notify);
	out_text(o, "state", OUT_JSON_ONLY, c->state);
}

static int show_context(const struct proc_context *c, void *data)
{
	struct show *show = data;
	struct out *o = show->out;
	int err = 0;

	if (show->pid && c->pid != show->pid)
		return 0;
	show->found++;
	show->context = c->id;
	out_object_begin(o, NULL, show->pid ? OUT_BLOCK : OUT_LINE);
	show_head(o, c);
	if (show->pid) {
		out_list_begin(o, "list");
		err = proc_sources(show_source, show);
		out_list_end(o);
		if (!err)
			err = proc_histograms(show_histogram, show);
	}
	out_object_end(o);
	return err;
}

static int show_run(const struct cmd_call *call)
{
	struct show show = { .out = call->out };
	char *end = NULL;
	int err;

	if (call->argc) {
		show.pid = strtoul(call->argv[0], &end, 10);
		if (!show.pid || *end)
			return cmd_usage(call, "%s: not a process id",
					 call->argv[0]);
	}
	out_list_begin(call->out, NULL);
	err = proc_contexts(show_context, &show);
	out_list_end(call->out);
	if (!err && show.pid && !show.found) {
		cmd_error("process %u has no event queue", show.pid);
		return CMD_FAILED;
	}
	return err ? CMD_FAILED : CMD_OK;
}

static int complete_pid(const struct proc_context *c, void *data)
{
	(void)data;
	if (c->pid)
		printf("%u\n", c->pid);
	return 0;
}

static void show_complete(void)
{
	if (freopen("/dev/null", "w", stderr))
		proc_contexts(complete_pid, NULL);
}

const struct cmd show_commands[] = {
	{
		.path = "show", .args = "[PID]",
		.brief = "contexts, or those of a process with their sources",
		.details =
"With PID also every source, and two histograms: how long events waited for\n"
"their handlers, and how long handlers ran. Looking makes the program measure\n"
"for a while, so look twice.",
		.max_args = 1, .run = show_run, .complete = show_complete,
	},
	{}
};
