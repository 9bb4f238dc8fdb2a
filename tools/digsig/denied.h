/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel refused, or would have refused in log mode.
 */
#ifndef _DIGSIG_DENIED_H
#define _DIGSIG_DENIED_H

#include <stddef.h>

int denied_paths(char ***paths, size_t *count);

#endif /* _DIGSIG_DENIED_H */
