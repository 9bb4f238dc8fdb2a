/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of what the signed formats only number. Reasons, operations and modes
 * have theirs from the module's own digsig/policy.c.
 */
#ifndef NAMES_H
#define NAMES_H

#include <stdint.h>

#include "out.h"

const char *names_alg(uint8_t alg);
void names_show_flags(struct out *o, uint32_t flags);

#endif /* NAMES_H */
