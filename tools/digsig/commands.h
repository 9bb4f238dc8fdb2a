/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables of commands of digsig, in the order of the groups in main.c.
 * Each ends with an empty entry and stands in the file that is named here.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "cmd.h"

#endif /* COMMANDS_H */
