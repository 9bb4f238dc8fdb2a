/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables of commands of digsig, in the order of the groups in main.c.
 * Each ends with an empty entry and stands in the file that is named here.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "cmd.h"

/* On files, without a kernel module. */
extern const struct cmd keygen_commands[];	/* keygen.c */
extern const struct cmd sign_commands[];	/* sign.c */
extern const struct cmd strip_commands[];	/* strip.c */
extern const struct cmd verify_commands[];	/* verify.c */
extern const struct cmd show_commands[];	/* show.c */
extern const struct cmd catalog_commands[];	/* catalog.c */
extern const struct cmd revoke_commands[];	/* revoke.c */

#endif /* COMMANDS_H */
