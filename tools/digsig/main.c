// SPDX-License-Identifier: GPL-2.0-only
/*
 * digsig: sign programs, and let a kernel run no others.
 *
 * The commands are in the other files, by what they are about. Those in
 * kernel_*.c talk to the kernel module; the others work on files and need no
 * kernel.
 */
#include <string.h>

#include "bsign.h"
#include "cmd.h"
#include "commands.h"

static const struct cmd_group groups[] = {
	{ "Keys, files, and lists of files", keygen_commands },
	{ "Keys, files, and lists of files", sign_commands },
	{ "Keys, files, and lists of files", strip_commands },
	{ "Keys, files, and lists of files", verify_commands },
	{ "Keys, files, and lists of files", show_commands },
	{ "Keys, files, and lists of files", catalog_commands },
	{ "Keys, files, and lists of files", revoke_commands },
	{ "The running kernel", kernel_mode_commands },
	{ "The running kernel", kernel_check_commands },
	{ "The running kernel", kernel_event_commands },
	{ "What the kernel trusts", kernel_key_commands },
	{ "What the kernel trusts", kernel_list_commands },
	{ "What the kernel trusts", kernel_load_commands },
	{}
};

static const struct cmd_program digsig = {
	.name = "digsig",
	.brief = "Signed programs: make them, check them, let a kernel run "
		 "no others.",
	.groups = groups,
};

int main(int argc, char **argv)
{
	const char *slash = argc ? strrchr(argv[0], '/') : NULL;

	if (argc && !strcmp(slash ? slash + 1 : argv[0], BSIGN_NAME))
		return bsign_main(&digsig, argc, argv);
	return cmd_main(&digsig, argc, argv);
}
