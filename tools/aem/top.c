// SPDX-License-Identifier: GPL-2.0-only
/*
 * "top": the contexts by events a second, again and again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "proc.h"

#define TOP_MAX		256

/**
 * struct top_options - of the command line
 * @count: how often to look; 0 for ever, or once for JSON
 * @delay_ms: between two looks; 0 means 1000
 * @lines: contexts to show; 0 means 20
 */
struct top_options {
	uint32_t	count;
	uint32_t	delay_ms;
	uint32_t	lines;
};

/**
 * struct top_line - one context
 * @now: as it is
 * @before: handled at the last look
 * @rate: events a second since
 * @latency: how long events waited, since the last look
 * @latency_before: at the last look
 */
struct top_line {
	struct proc_context	now;
	uint64_t		before;
	uint64_t		rate;
	uint64_t		latency[PROC_BUCKETS];
	uint64_t		latency_before[PROC_BUCKETS];
};

/**
 * struct top - what is known
 * @line: the contexts
 * @old: those of the last look
 * @n: how many
 * @nold: how many
 */
struct top {
	struct top_line	line[TOP_MAX];
	struct top_line	old[TOP_MAX];
	unsigned int	n;
	unsigned int	nold;
};

static struct top_line *line_of(struct top_line *line, unsigned int n,
				uint32_t id)
{
	for (unsigned int i = 0; i < n; i++)
		if (line[i].now.id == id)
			return &line[i];
	return NULL;
}

static int take_context(const struct proc_context *c, void *data)
{
	struct top *top = data;
	struct top_line *old = line_of(top->old, top->nold, c->id), *line;

	if (top->n == TOP_MAX)
		return 0;
	line = &top->line[top->n++];
	memset(line, 0, sizeof(*line));
	line->now = *c;
	line->before = old ? old->now.handled : c->handled;
	return 0;
}

static int take_histogram(const struct proc_histogram *h, void *data)
{
	struct top *top = data;
	struct top_line *line = line_of(top->line, top->n, h->context);
	struct top_line *old = line_of(top->old, top->nold, h->context);

	if (!line || strcmp(h->what, "latency"))
		return 0;
	for (int i = 0; i < PROC_BUCKETS; i++) {
		line->latency_before[i] = h->bucket[i];
		line->latency[i] = h->bucket[i] -
				   (old ? old->latency_before[i] : 0);
	}
	return 0;
}

/* The upper end of the bucket that @percent of the events did not exceed. */
static uint64_t percentile(const uint64_t *bucket, unsigned int percent)
{
	uint64_t all = 0, sum = 0;

	for (int i = 0; i < PROC_BUCKETS; i++)
		all += bucket[i];
	for (int i = 0; all && i < PROC_BUCKETS; i++) {
		sum += bucket[i];
		if (sum * 100 >= all * percent)
			return 2ULL << i;
	}
	return 0;
}

static int by_rate(const void *a, const void *b)
{
	const struct top_line *x = a, *y = b;

	if (x->rate != y->rate)
		return x->rate < y->rate ? 1 : -1;
	return x->now.id < y->now.id ? -1 : 1;
}

static int look(struct top *top, uint64_t passed_ns)
{
	top->n = 0;
	if (proc_contexts(take_context, top) ||
	    proc_histograms(take_histogram, top))
		return -1;
	for (unsigned int i = 0; i < top->n; i++)
		top->line[i].rate = (double)(top->line[i].now.handled -
					     top->line[i].before) * 1e9 /
				    passed_ns;
	return 0;
}

static void show(struct out *o, struct top *top, unsigned int lines)
{
	qsort(top->line, top->n, sizeof(top->line[0]), by_rate);
	out_list_begin(o, NULL);
	for (unsigned int i = 0; i < top->n && i < lines; i++) {
		const struct top_line *line = &top->line[i];

		out_object_begin(o, NULL, OUT_LINE);
		out_number(o, "pid", OUT_BARE, line->now.pid);
		out_text(o, "comm", OUT_BARE, line->now.comm);
		out_number(o, "context", "context", line->now.id);
		out_number(o, "sources", "sources", line->now.sources);
		out_number(o, "rate", "events/s", line->rate);
		out_number(o, "handled", "handled", line->now.handled);
		out_number(o, "waits", "waits", line->now.waits);
		out_number(o, "interrupts", "interrupts", line->now.bells);
		out_number(o, "p50_ns", "p50_ns",
			   percentile(line->latency, 50));
		out_number(o, "p99_ns", "p99_ns",
			   percentile(line->latency, 99));
		out_object_end(o);
	}
	out_list_end(o);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static int top_run(const struct cmd_call *call)
{
	const struct top_options *opts = call->opts;
	uint32_t delay_ms = opts->delay_ms ? opts->delay_ms : 1000;
	uint32_t count = opts->count;
	static struct top top;
	uint64_t before = now_ns(), now;

	if (call->out->json) {
		if (count > 1)
			return cmd_usage(call, "JSON is one look");
		count = 1;
	}
	if (look(&top, 1))
		return CMD_FAILED;
	for (uint32_t i = 0; !count || i < count; i++) {
		memcpy(top.old, top.line, sizeof(top.old));
		top.nold = top.n;
		usleep(delay_ms * 1000ULL);
		now = now_ns();
		if (look(&top, now - before))
			return CMD_FAILED;
		before = now;
		if (!call->out->json && isatty(STDOUT_FILENO))
			fputs("\033[H\033[J", stdout);
		show(call->out, &top, opts->lines ? opts->lines : 20);
		fflush(stdout);
	}
	return CMD_OK;
}

static const struct cmd_opt top_opts[] = {
	CMD_NUMBER(struct top_options, count, "count", 'n', "N",
		   "look N times and end"),
	CMD_NUMBER(struct top_options, delay_ms, "delay", 'd', "MS",
		   "milliseconds between two looks, 1000 if not given"),
	CMD_NUMBER(struct top_options, lines, "lines", 'l', "N",
		   "show N contexts, 20 if not given"),
	{}
};

const struct cmd top_commands[] = {
	{
		.path = "top",
		.brief = "contexts by events a second",
		.details =
"p50_ns and p99_ns: how long events waited for their handlers since the last\n"
"look, as powers of two.",
		.options = top_opts, .opts_size = sizeof(struct top_options),
		.run = top_run,
	},
	{}
};
