/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reasons on stderr, one line each, and the progress line that they interrupt.
 */
#ifndef _DIGSIG_REPORT_H
#define _DIGSIG_REPORT_H

#include <stdint.h>

void report_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void report_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

void progress_begin(const char *verb, uint64_t files, uint64_t bytes);
void progress_bytes(uint64_t bytes);
void progress_file(void);
void progress_end(void);

#endif /* _DIGSIG_REPORT_H */
