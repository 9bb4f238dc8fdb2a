/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What digsig_lsm tells other modules: the security ID in a file's signature.
 *
 * Looked up at run time by symbol_get(digsig_file_sid), so that a module works
 * without digsig_lsm; between that and symbol_put() it cannot be unloaded.
 */
#ifndef _DIGSIG_SID_H
#define _DIGSIG_SID_H

#include <linux/types.h>

struct file;

u32 digsig_file_sid(const struct file *file);

#endif /* _DIGSIG_SID_H */
