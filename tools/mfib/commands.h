/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of the commands of mfib, by the file that has them. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "cmd.h"

extern const struct cmd fib_commands[];
extern const struct cmd grant_commands[];
extern const struct cmd link_commands[];
extern const struct cmd route_commands[];
extern const struct cmd route_show_commands[];
extern const struct cmd nexthop_commands[];
extern const struct cmd rule_commands[];
extern const struct cmd neigh_commands[];
extern const struct cmd exec_commands[];
extern const struct cmd monitor_commands[];
extern const struct cmd save_commands[];
extern const struct cmd restore_commands[];

#endif /* COMMANDS_H */
