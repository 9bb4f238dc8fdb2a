// SPDX-License-Identifier: GPL-2.0-only
/*
 * dsm: mandatory access control between the processes of a cluster.
 *
 * The commands are in the other files, by what they are about. Those in
 * kernel_*.c talk to the kernel module; the others work on files and need no
 * kernel.
 */
#include "cmd.h"
#include "commands.h"

static const struct cmd_group groups[] = {
	{ "Policies as files", policy_compile_commands },
	{ "Policies as files", policy_show_commands },
	{ "Policies as files", policy_sign_commands },
	{ "Policies as files", policy_diff_commands },
	{ "Policies as files", policy_explain_commands },
	{ "The cluster", push_commands },
	{ "The running kernel", kernel_policy_commands },
	{ "The running kernel", kernel_trust_commands },
	{ "The running kernel", kernel_keys_commands },
	{ "The running kernel", kernel_show_commands },
	{ "The running kernel", kernel_event_commands },
	{}
};

static const struct cmd_program dsm = {
	.name = "dsm",
	.brief = "Who may speak with whom in a cluster: write policies, load "
		 "them, see what they do.",
	.groups = groups,
};

int main(int argc, char **argv)
{
	return cmd_main(&dsm, argc, argv);
}
