// SPDX-License-Identifier: GPL-2.0-only
/*
 * mfib: many forwarding tables on one machine.
 *
 * The commands are in the other files, by what they are about. Here are the
 * options that ip has before its objects and the library does not: -4, -6,
 * -batch and -force.
 */
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "commands.h"
#include "dialect.h"
#include "kernel.h"
#include "words.h"

static const struct cmd_group groups[] = {
	{ "FIBs", fib_commands },
	{ "FIBs", grant_commands },
	{ "FIBs", link_commands },
	{ "FIBs", rule_commands },
	{ "Routes", route_commands },
	{ "Routes", route_show_commands },
	{ "Routes", nexthop_commands },
	{ "Routes", neigh_commands },
	{ "Programs, and the whole", exec_commands },
	{ "Programs, and the whole", monitor_commands },
	{ "Programs, and the whole", save_commands },
	{ "Programs, and the whole", restore_commands },
	{}
};

const struct cmd_program mfib_program = {
	.name = "mfib",
	.brief = "Many forwarding tables: a FIB for each network, interface "
		 "and socket. Before\nthe object: -4, -6, -batch FILE, -force.",
	.groups = groups,
};

/**
 * struct before - options before the object
 * @batch: file with commands, or NULL
 * @force: go on after an error
 */
struct before {
	const char	*batch;
	bool		force;
};

/* Takes our options out; those of the library stay. */
static int take_options(int argc, char **argv, struct before *b)
{
	int from, to = 1;

	for (from = 1; from < argc && argv[from][0] == '-'; from++) {
		const char *word = argv[from] + (argv[from][1] == '-');

		if (!strcmp(word, "-4"))
			words_family = AF_INET;
		else if (!strcmp(word, "-6"))
			words_family = AF_INET6;
		else if (!strcmp(word, "-force"))
			b->force = true;
		else if ((!strcmp(word, "-batch") || !strcmp(word, "-b")) &&
			 from + 1 < argc)
			b->batch = argv[++from];
		else
			argv[to++] = argv[from];
	}
	while (from < argc)
		argv[to++] = argv[from++];
	argv[to] = NULL;
	return to;
}

int main(int argc, char **argv)
{
	struct before b = {};
	int ret;

	if (argc > 1 && !strcmp(argv[1], "--complete"))
		return cmd_main(&mfib_program, argc, argv);
	dialect_translate(argv + 1);
	argc = take_options(argc, argv, &b);
	if (b.batch)
		ret = batch_run(&mfib_program, argv + 1, b.batch, b.force);
	else
		ret = cmd_main(&mfib_program, argc, argv);
	kernel_close();
	return ret;
}
