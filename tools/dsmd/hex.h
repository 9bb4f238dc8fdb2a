/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes as hexadecimal digits, in files.
 */
#ifndef DSMD_HEX_H
#define DSMD_HEX_H

#include <stdint.h>
#include <stdio.h>

void hex_print(FILE *f, const uint8_t *bytes, size_t len);
int hex_scan(const char *text, uint8_t *bytes, size_t len);

#endif /* DSMD_HEX_H */
