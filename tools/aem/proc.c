// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading /proc/aem. Lines that begin with "#" are headings.
 *
 * AEM_PROC in the environment names another folder, for tests.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "proc.h"

#define LINE_SIZE	1024

static FILE *proc_open(const char *name)
{
	const char *folder = getenv("AEM_PROC");
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder ? folder : "/proc/aem",
		 name);
	file = fopen(path, "re");
	if (file)
		return file;
	cmd_error("%s: %s", path, strerror(errno));
	if (errno == ENOENT)
		cmd_hint("the module is not loaded: modprobe aem");
	return NULL;
}

/* Calls @take for each line. -1: told what is wrong. */
static int proc_lines(const char *name, int (*take)(const char *, void *),
		      void *data)
{
	FILE *file = proc_open(name);
	char line[LINE_SIZE];
	int ret = 0;

	if (!file)
		return -1;
	while (!ret && fgets(line, sizeof(line), file))
		if (line[0] != '#')
			ret = take(line, data);
	if (!ret && ferror(file)) {
		cmd_error("reading %s: %s", name, strerror(errno));
		ret = -1;
	}
	fclose(file);
	return ret;
}

static int not_understood(const char *line)
{
	cmd_error("the module says what this program does not understand: %s",
		  line);
	return -1;
}

/**
 * struct taker - who gets the lines
 * @context: or @source, or @histogram
 * @data: for the function
 */
struct taker {
	proc_context_fn		context;
	proc_source_fn		source;
	proc_histogram_fn	histogram;
	void			*data;
};

static int take_context(const char *line, void *data)
{
	const struct taker *taker = data;
	struct proc_context c;

	if (sscanf(line, "%" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32 " %"
		   SCNu32 " %" SCNx32 " %" SCNu32 " %" SCNu64 " %" SCNu64 " %"
		   SCNu64 " %23s %23s %23[^\n]", &c.id, &c.pid, &c.uid,
		   &c.sources, &c.capacity, &c.ready, &c.queued, &c.handled,
		   &c.waits, &c.bells, c.notify, c.state, c.comm) != 13)
		return not_understood(line);
	return taker->context(&c, taker->data);
}

static int take_source(const char *line, void *data)
{
	const struct taker *taker = data;
	struct proc_source s;

	if (sscanf(line, "%" SCNu32 " %" SCNu32 " %" SCNu32 " %23s %" SCNu32
		   " %23s %23s %" SCNx32 " %" SCNx32 " %" SCNu64 " %" SCNu64
		   " %" SCNu64, &s.context, &s.pid, &s.index, s.kind, &s.prio,
		   s.how, s.state, &s.events, &s.flags, &s.posted, &s.pending,
		   &s.lost) != 12)
		return not_understood(line);
	return taker->source(&s, taker->data);
}

static int take_histogram(const char *line, void *data)
{
	const struct taker *taker = data;
	struct proc_histogram h;
	int at = 0, used;

	if (sscanf(line, "%" SCNu32 " %23s%n", &h.context, h.what, &at) != 2)
		return not_understood(line);
	for (int i = 0; i < PROC_BUCKETS; i++, at += used)
		if (sscanf(line + at, " %" SCNu64 "%n", &h.bucket[i],
			   &used) != 1)
			return not_understood(line);
	return taker->histogram(&h, taker->data);
}

/**
 * proc_contexts() - every context
 * @fn: called for each
 * @data: for @fn
 *
 * Return: 0, what @fn returned, or -1: the user was told why.
 */
int proc_contexts(proc_context_fn fn, void *data)
{
	struct taker taker = { .context = fn, .data = data };

	return proc_lines("contexts", take_context, &taker);
}

/**
 * proc_sources() - every source that the caller may see
 * @fn: called for each
 * @data: for @fn
 *
 * Return: 0, what @fn returned, or -1: the user was told why.
 */
int proc_sources(proc_source_fn fn, void *data)
{
	struct taker taker = { .source = fn, .data = data };

	return proc_lines("sources", take_source, &taker);
}

/**
 * proc_histograms() - how late handlers were and how long they took
 * @fn: called for each context and each of the two
 * @data: for @fn
 *
 * Reading it makes the programs measure for a while.
 *
 * Return: 0, what @fn returned, or -1: the user was told why.
 */
int proc_histograms(proc_histogram_fn fn, void *data)
{
	struct taker taker = { .histogram = fn, .data = data };

	return proc_lines("latency", take_histogram, &taker);
}
