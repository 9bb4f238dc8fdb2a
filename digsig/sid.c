// SPDX-License-Identifier: GPL-2.0-only
/*
 * The security ID of a file, for other modules: see include/digsig_sid.h.
 */
#include <linux/export.h>
#include <linux/fs.h>

#include "digsig_sid.h"
#include "digsig.h"

/**
 * digsig_file_sid() - the security ID that a signature vouches for
 * @file: a file that is being executed, so that nobody writes to it
 *
 * Answers in every mode, off included. Reads the file if its verdict is not
 * known yet.
 *
 * Context: Process context. May sleep.
 * Return: the SID; 0 if the file is not verified or its signature has none.
 */
u32 digsig_file_sid(const struct file *file)
{
	struct digsig_verdict verdict;

	digsig_verify((struct file *)file, &verdict);
	return verdict.reason == DIGSIG_REASON_NONE ? verdict.sid : 0;
}
EXPORT_SYMBOL_GPL(digsig_file_sid);
