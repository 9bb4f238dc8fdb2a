/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line of bsign, for people and scripts that know it.
 */
#ifndef _DIGSIG_BSIGN_H
#define _DIGSIG_BSIGN_H

#include "cmd.h"

/* Called by this name, the program is bsign_main(). */
#define BSIGN_NAME	"digsig-bsign"

int bsign_main(const struct cmd_program *prog, int argc, char **argv);

#endif /* _DIGSIG_BSIGN_H */
