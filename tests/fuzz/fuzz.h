/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fuzz targets share. A target is one function that libFuzzer calls
 * with bytes; the sanitizers watch it, and must() what it finds out.
 */
#ifndef _TESTS_FUZZ_H
#define _TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Holds for every input, or the target has found something. */
#define must(condition)				\
	do {					\
		if (!(condition))		\
			abort();		\
	} while (0)

#endif /* _TESTS_FUZZ_H */
