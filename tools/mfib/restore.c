// SPDX-License-Identifier: GPL-2.0-only
/*
 * mfib restore: put back what mfib save has printed.
 *
 * Routes go into sessions, hundreds in a request, and take the place of all own
 * routes of their table at once when the whole file has been read. A line that
 * is refused ends it, and the tables stay as they are. FIBs, grants, devices,
 * next hops and rules are made or changed as they are read, and what is not in the
 * file stays. Behind the devices, the kernel's routes by them are waited for:
 * gateways are looked for there.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "commands.h"
#include "kernel.h"
#include "route_words.h"

#define WORDS_MAX	512
#define PENDING_MAX	1024
#define PROGRESS_EVERY	50000

/**
 * struct restore - what is being read
 * @g: connection, whose closing ends the sessions
 * @session: tables that have one
 * @nsessions: how many
 * @fib: FIB of the request under construction
 * @family: of its routes
 * @line: lines of its routes, to name the one that is refused
 * @number: their numbers
 * @pending: how many
 * @links: devices were put into FIBs, and their routes may not be there yet
 * @routes: that were sent
 * @progress: say how far it is
 */
struct restore {
	struct genl	*g;
	struct {
		uint32_t fib;
		uint8_t	 family;
	}		*session;
	unsigned int	nsessions;
	uint32_t	fib;
	uint8_t		family;
	char		*line[PENDING_MAX];
	unsigned long	number[PENDING_MAX];
	unsigned int	pending;
	bool		links;
	unsigned long	routes;
	bool		progress;
};

static int session_call(struct restore *r, uint8_t cmd, uint32_t fib,
			uint8_t family)
{
	genl_request(r->g, cmd, 0);
	genl_put_u32(r->g, MFIB_A_FIB, fib);
	genl_put_u8(r->g, MFIB_A_FAMILY, family);
	return genl_call(r->g, NULL, NULL) ? CMD_FAILED : CMD_OK;
}

static int session_need(struct restore *r, uint32_t fib, uint8_t family)
{
	unsigned int i;
	void *more;

	for (i = r->nsessions; i-- > 0;)
		if (r->session[i].fib == fib && r->session[i].family == family)
			return CMD_OK;
	more = realloc(r->session, (r->nsessions + 1) * sizeof(*r->session));
	if (!more)
		return cmd_error("out of memory");
	r->session = more;
	if (session_call(r, MFIB_CMD_SESSION_BEGIN, fib, family))
		return CMD_FAILED;
	r->session[r->nsessions].fib = fib;
	r->session[r->nsessions++].family = family;
	return CMD_OK;
}

/* ---- routes -------------------------------------------------------------- */

static uint8_t family_of(const struct route_spec *spec)
{
	return spec->dst.addr.size == 4 ? AF_INET : AF_INET6;
}

static void request_begin(struct restore *r, const struct route_spec *spec)
{
	r->fib = spec->fib;
	r->family = family_of(spec);
	genl_request(r->g, MFIB_CMD_ROUTE_NEW, 0);
	genl_put_u32(r->g, MFIB_A_FIB, spec->fib);
	genl_put_u8(r->g, MFIB_A_HOW, MFIB_HOW_REPLACE);
	genl_put(r->g, MFIB_A_SESSION, "", 0);
}

static int parse_line(char *line, struct route_spec *spec)
{
	char *words[WORDS_MAX + 1];
	int count = batch_split(line, words, WORDS_MAX);

	return count < 3 ? CMD_USAGE : route_parse(words + 2, spec);
}

/* One by one, until the one is found that is refused: the kernel says why. */
static unsigned long find_refused(struct restore *r)
{
	struct route_spec spec;
	unsigned int i;

	for (i = 0; i < r->pending; i++) {
		if (parse_line(r->line[i], &spec))
			return r->number[i];
		request_begin(r, &spec);
		if (!route_put(r->g, &spec) || genl_call(r->g, NULL, NULL))
			return r->number[i];
	}
	return 0;
}

static int request_send(struct restore *r)
{
	unsigned long number = 0;
	int err = 0;

	if (!r->pending)
		return CMD_OK;
	r->g->quiet = true;
	err = genl_call(r->g, NULL, NULL);
	r->g->quiet = false;
	if (err)
		number = find_refused(r);
	if (err && number)
		cmd_error("line %lu is refused; nothing was changed", number);
	/* The second time it was taken. */
	if (err && !number)
		err = 0;
	r->routes += r->pending;
	if (r->progress && r->routes / PROGRESS_EVERY !=
	    (r->routes - r->pending) / PROGRESS_EVERY)
		fprintf(stderr, "%lu routes\n", r->routes);
	while (r->pending)
		free(r->line[--r->pending]);
	return err ? CMD_FAILED : CMD_OK;
}

static int take_route(struct restore *r, const char *text, unsigned long number)
{
	struct route_spec spec;
	char *line = strdup(text), *kept = strdup(text);
	int err;

	if (!line || !kept) {
		free(line);
		free(kept);
		return cmd_error("out of memory");
	}
	err = parse_line(line, &spec);
	free(line);
	if (!err && r->pending &&
	    (spec.fib != r->fib || family_of(&spec) != r->family ||
	     r->pending == PENDING_MAX))
		err = request_send(r);
	if (!err && !r->pending) {
		err = session_need(r, spec.fib, family_of(&spec));
		request_begin(r, &spec);
	}
	if (!err && !route_put(r->g, &spec)) {
		err = request_send(r);
		request_begin(r, &spec);
		if (!err && !route_put(r->g, &spec))
			err = cmd_error("the route is too long");
	}
	if (err) {
		free(kept);
		return err;
	}
	r->line[r->pending] = kept;
	r->number[r->pending++] = number;
	return CMD_OK;
}

/* ---- all else ------------------------------------------------------------ */

static int take_nothing(const struct nlmsghdr *nlh, void *data)
{
	(void)nlh;
	(void)data;
	return 0;
}

/* The FIB may be there. All routes of it are to be those of the file. */
static int take_fib(struct restore *r, char *line, uint32_t fib)
{
	int err;

	genl_request(r->g, MFIB_CMD_FIB_GET, 0);
	genl_put_u32(r->g, MFIB_A_FIB, fib);
	r->g->expected = -ENOENT;
	err = genl_call(r->g, take_nothing, NULL);
	r->g->expected = 0;
	if (err == -ENOENT)
		err = batch_line(&mfib_program, NULL, line);
	if (!err)
		err = session_need(r, fib, AF_INET);
	if (!err)
		err = session_need(r, fib, AF_INET6);
	return err ? CMD_FAILED : CMD_OK;
}

/* Until the routes of the devices are taken over from the kernel's tables. */
static int links_wait(struct restore *r)
{
	if (!r->links)
		return CMD_OK;
	r->links = false;
	genl_request(r->g, MFIB_CMD_RESYNC, 0);
	return genl_call(r->g, NULL, NULL) ? CMD_FAILED : CMD_OK;
}

static int take_line(struct restore *r, char *line, unsigned long number)
{
	char object[16] = "", verb[16] = "", fib[32] = "";
	uint32_t id;
	int err;

	if (sscanf(line, "%15s %15s %31s", object, verb, fib) < 1 ||
	    *object == '#')
		return CMD_OK;
	if (strcmp(object, "link") && links_wait(r))
		return CMD_FAILED;
	if (!strcmp(object, "route") && !strcmp(verb, "add"))
		return take_route(r, line, number);
	err = request_send(r);
	if (err)
		return err;
	if (!strcmp(object, "fib") && !strcmp(verb, "add"))
		return word_fib(fib, &id) ? CMD_USAGE : take_fib(r, line, id);
	r->links |= !strcmp(object, "link");
	/* It may be there. */
	r->g->expected = strcmp(object, "grant") ? 0 : -EEXIST;
	err = batch_line(&mfib_program, NULL, line);
	r->g->expected = 0;
	return err;
}

static int commit_all(struct restore *r)
{
	unsigned int i;
	int err = CMD_OK;

	for (i = 0; !err && i < r->nsessions; i++)
		err = session_call(r, MFIB_CMD_SESSION_COMMIT,
				   r->session[i].fib, r->session[i].family);
	return err;
}

struct restore_opts {
	bool progress;
};

static const struct cmd_opt restore_options[] = {
	CMD_SWITCH(struct restore_opts, progress, "progress", 'P',
		   "say how far it is"),
	{}
};

static int restore_file(struct restore *r, FILE *file)
{
	unsigned long number = 0;
	char *line = NULL;
	size_t size = 0;
	int err = CMD_OK;

	while (!err && getline(&line, &size, file) > 0) {
		number++;
		line[strcspn(line, "\n")] = '\0';
		err = take_line(r, line, number);
		if (err)
			cmd_hint("line %lu was the last to be read", number);
	}
	free(line);
	if (!err)
		err = request_send(r);
	return err ? err : commit_all(r);
}

static int restore(const struct cmd_call *call)
{
	const struct restore_opts *opts = call->opts;
	const char *path = call->argc ? call->argv[0] : "-";
	struct restore *r = calloc(1, sizeof(*r));
	FILE *file;
	int err;

	if (!r)
		return cmd_error("out of memory");
	r->progress = opts->progress;
	file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	if (!file) {
		err = cmd_error("%s: %s", path, strerror(errno));
	} else {
		r->g = kernel_open();
		err = r->g ? restore_file(r, file) : CMD_FAILED;
		if (r->progress && !err)
			fprintf(stderr, "%lu routes in all\n", r->routes);
		/* Ends what sessions are left. */
		kernel_close();
	}
	if (file && file != stdin)
		fclose(file);
	while (r->pending)
		free(r->line[--r->pending]);
	free(r->session);
	free(r);
	return err;
}

const struct cmd restore_commands[] = {
	{ .path = "restore", .args = "[FILE]",
	  .brief = "put back what a file says, all routes at once",
	  .details = "FILE is what \"mfib save\" prints; without it, standard "
		     "input. The routes of\neach table change at once, when the "
		     "whole file has been taken. FIBs, grants,\ndevices, next "
		     "hops and rules are added or changed as they are read; what "
		     "is\nnot in the file stays.\n",
	  .max_args = 1, .options = restore_options,
	  .opts_size = sizeof(struct restore_opts), .run = restore },
	{}
};
