/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module shows in /proc/aem, as structs.
 *
 * A line that does not have what is expected ends the reading with an error, so
 * that another version of the module cannot make this program print nonsense.
 */
#ifndef AEM_PROC_H
#define AEM_PROC_H

#include <stdbool.h>
#include <stdint.h>

#define PROC_BUCKETS	32
#define PROC_WORD	24

/**
 * struct proc_context - a line of /proc/aem/contexts
 * @id: number of the context
 * @pid: its process; 0 when it is not of this pid namespace
 * @uid: who pays for it
 * @sources: how many it has
 * @capacity: how many it could have
 * @ready: bitmap of rings that have something
 * @queued: how often a source was put into a ring
 * @handled: events that its program says it handled
 * @waits: how often its program slept
 * @bells: how often it was interrupted
 * @notify: how: "none", "signal", "upcall"
 * @state: "open", or what else the module says
 * @comm: name of the process
 */
struct proc_context {
	uint32_t	id;
	uint32_t	pid;
	uint32_t	uid;
	uint32_t	sources;
	uint32_t	capacity;
	uint32_t	ready;
	uint32_t	queued;
	uint64_t	handled;
	uint64_t	waits;
	uint64_t	bells;
	char		notify[PROC_WORD];
	char		state[PROC_WORD];
	char		comm[PROC_WORD];
};

/**
 * struct proc_source - a line of /proc/aem/sources
 * @context: number of its context
 * @pid: its process
 * @index: its place in the context
 * @kind: "fd", "timer" and so on
 * @prio: 0 to 7
 * @how: "sync" or "async"
 * @state: "on" or "off"
 * @events: what it watches for
 * @flags: AEM_F_*
 * @posted: how often it happened
 * @pending: how much of it was not taken yet
 * @lost: things that found no record
 */
struct proc_source {
	uint32_t	context;
	uint32_t	pid;
	uint32_t	index;
	char		kind[PROC_WORD];
	uint32_t	prio;
	char		how[PROC_WORD];
	char		state[PROC_WORD];
	uint32_t	events;
	uint32_t	flags;
	uint64_t	posted;
	uint64_t	pending;
	uint64_t	lost;
};

/**
 * struct proc_histogram - a line of /proc/aem/latency
 * @context: number of the context
 * @what: "latency": from the event to its handler; "run": in the handler
 * @bucket: counts of 2^n to 2^(n+1) ns
 */
struct proc_histogram {
	uint32_t	context;
	char		what[PROC_WORD];
	uint64_t	bucket[PROC_BUCKETS];
};

/* Called for each line; anything but 0 ends the reading and is returned. */
typedef int (*proc_context_fn)(const struct proc_context *c, void *data);
typedef int (*proc_source_fn)(const struct proc_source *s, void *data);
typedef int (*proc_histogram_fn)(const struct proc_histogram *h, void *data);

int proc_contexts(proc_context_fn fn, void *data);
int proc_sources(proc_source_fn fn, void *data);
int proc_histograms(proc_histogram_fn fn, void *data);

#endif /* AEM_PROC_H */
