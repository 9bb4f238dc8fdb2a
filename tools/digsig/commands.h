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

/* The running kernel. */
extern const struct cmd kernel_mode_commands[];		/* kernel_mode.c */
extern const struct cmd kernel_event_commands[];	/* kernel_event.c */
extern const struct cmd kernel_check_commands[];	/* kernel_check.c */
extern const struct cmd kernel_key_commands[];		/* kernel_key.c */
extern const struct cmd kernel_list_commands[];		/* kernel_list.c */
extern const struct cmd kernel_load_commands[];		/* kernel_load.c */

#endif /* COMMANDS_H */
