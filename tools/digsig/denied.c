// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel refused, as the files that a signature would help.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "denied.h"
#include "digsig/policy.h"
#include "kernel.h"

/**
 * struct paths - paths under collection
 * @list: allocated strings
 * @count: how many
 * @room: length of @list
 */
struct paths {
	char	**list;
	size_t	count;
	size_t	room;
};

/*
 * Would a signature be the answer? Not for what was changed after it was
 * signed, or was revoked: a person must look at that first.
 */
static bool signable(const struct kernel_event *ev)
{
	switch (ev->reason) {
	case DIGSIG_REASON_UNSIGNED:
	case DIGSIG_REASON_UNKNOWN_KEY:
	case DIGSIG_REASON_GENERATION:
	case DIGSIG_REASON_ALGORITHM:
		return true;
	default:
		return false;
	}
}

static int add_path(struct paths *paths, const char *path)
{
	size_t room;
	char **more;

	if (paths->count == paths->room) {
		room = 2 * paths->room + 64;
		more = realloc(paths->list, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		paths->list = more;
		paths->room = room;
	}
	paths->list[paths->count] = strdup(path);
	return paths->list[paths->count++] ? 0 : -ENOMEM;
}

static int take(const struct kernel_event *ev, void *data)
{
	if (!ev->path || ev->path[0] != '/')
		return 0;	/* a memfd has no file to sign */
	if (signable(ev))
		return add_path(data, ev->path);
	if (ev->reason == DIGSIG_REASON_BAD_SIGNATURE ||
	    ev->reason == DIGSIG_REASON_MALFORMED ||
	    ev->reason == DIGSIG_REASON_REVOKED_FILE)
		cmd_warning("%s: %s; not taken from the log", ev->path,
			    digsig_reason_text(ev->reason));
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A file that was refused for two reasons is in the list twice. */
static void drop_duplicates(struct paths *paths)
{
	size_t i, kept = 0;

	qsort(paths->list, paths->count, sizeof(*paths->list), compare);
	for (i = 0; i < paths->count; i++) {
		if (kept && !strcmp(paths->list[kept - 1], paths->list[i]))
			free(paths->list[i]);
		else
			paths->list[kept++] = paths->list[i];
	}
	paths->count = kept;
}

static void free_paths(struct paths *paths)
{
	size_t i;

	for (i = 0; i < paths->count; i++)
		free(paths->list[i]);
	free(paths->list);
}

/**
 * denied_paths() - ask the module for the files it refused since it was loaded
 * @paths: set to an allocated array of allocated strings; the caller frees both
 * @count: how many
 *
 * Only files that a signature would help: what has a bad one is told to the
 * user and left out.
 *
 * Return: 0, or a negative error after reporting it.
 */
int denied_paths(char ***paths, size_t *count)
{
	struct paths found = {};
	int err;

	err = kernel_denied(take, &found);
	if (err == -ENOMEM)
		cmd_error("out of memory");
	if (err) {
		free_paths(&found);
		return err;
	}
	if (found.count)
		drop_duplicates(&found);
	*paths = found.list;
	*count = found.count;
	return 0;
}
