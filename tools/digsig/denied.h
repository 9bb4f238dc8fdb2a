/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel refused, or would have refused in log mode.
 */
#ifndef _DIGSIG_DENIED_H
#define _DIGSIG_DENIED_H

#include <stddef.h>

/**
 * denied_paths() - ask the module for the files it refused since it was loaded
 * @paths: set to an allocated array of allocated strings; the caller frees both
 * @count: how many
 *
 * Return: 0, or a negative error after reporting it.
 */
int denied_paths(char ***paths, size_t *count) __attribute__((weak));

#endif /* _DIGSIG_DENIED_H */
