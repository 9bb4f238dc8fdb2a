/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables of commands, by the file that has them. */
#ifndef AEM_COMMANDS_H
#define AEM_COMMANDS_H

#include "cmd.h"

extern const struct cmd show_commands[];
extern const struct cmd top_commands[];

#endif /* AEM_COMMANDS_H */
