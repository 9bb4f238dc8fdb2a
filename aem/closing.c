// SPDX-License-Identifier: GPL-2.0-only
/*
 * Noticing at once that a watched descriptor is being closed.
 *
 * A file that is watched is held, so that close() does not end it and nothing
 * that is made for files that end is called. What close() calls for every
 * descriptor, whether the file ends or not, is locks_remove_posix(): ftrace
 * calls us there, in dup2(), in close_range() and in exit too. Most files are
 * sorted out by an empty bucket of the table in watched.c.
 *
 * At that point the descriptor still holds the file. So the sources are marked
 * in ctx->closing, the consumer is told to look before it next waits
 * (hdr->work), and the reaper of fd.c comes a tick later. Whoever looks decides
 * by the count of the file; to be marked means nothing.
 *
 * All sources that watch the file are found in its wait queue: one of them is
 * known to watched.c, which keeps it while we look. The lock of the queue keeps the
 * others. Order: bucket of watched.c, queue.
 *
 * Without ftrace, or while somebody has switched it off, the reaper finds closed
 * descriptors on its rounds.
 */
#include <linux/ftrace.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/string.h>

#include "compat.h"
#include "aem.h"

static bool closing_registered;

static void notrace closing_call(unsigned long ip, unsigned long parent,
				 struct ftrace_ops *ops,
				 struct ftrace_regs *fregs)
{
	struct file *file;

	file = (struct file *)ftrace_regs_get_argument(fregs, 0);
	/* Ours, and that of the descriptor. With more it is not the last. */
	if (file && file_count(file) <= 2)
		aem_watched_closing(file);
}

static struct ftrace_ops closing_ops = {
	.func = closing_call,
};

/**
 * aem_closing_init() - be called when descriptors are closed
 *
 * Context: Process context. May sleep.
 * Return: 0. What is missing then is said in the log.
 */
int aem_closing_init(void)
{
	unsigned char name[] = "locks_remove_posix";
	int err;

	err = ftrace_set_filter(&closing_ops, name, strlen(name), 1);
	if (!err)
		err = register_ftrace_function(&closing_ops);
	if (err) {
		ftrace_free_filter(&closing_ops);
		pr_notice("aem: ftrace refuses (%d): closed descriptors are noticed within two seconds, not at once\n",
			  err);
		return 0;
	}
	closing_registered = true;
	return 0;
}

/**
 * aem_closing_exit() - be called no more
 *
 * Context: Process context. May sleep: until nobody is in closing_call().
 */
void aem_closing_exit(void)
{
	if (!closing_registered)
		return;
	unregister_ftrace_function(&closing_ops);
	ftrace_free_filter(&closing_ops);
}
