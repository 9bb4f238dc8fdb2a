// SPDX-License-Identifier: GPL-2.0-only
/*
 * aem: who waits for which events, how many come, and how late handlers are.
 *
 * The module shows its state in /proc/aem (proc.c reads it); this program only
 * looks.
 */
#include "cmd.h"
#include "commands.h"

static const struct cmd_group groups[] = {
	{ "Event queues", show_commands },
	{ "Event queues", top_commands },
	{}
};

static const struct cmd_program aem = {
	.name = "aem",
	.brief = "Event queues: who has them, and what comes.",
	.groups = groups,
};

int main(int argc, char **argv)
{
	return cmd_main(&aem, argc, argv);
}
