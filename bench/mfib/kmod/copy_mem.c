// SPDX-License-Identifier: GPL-2.0-only
/* The copy of mem.c in mfib_bench. */
#define MFIB_CACHES "mfib_bench"
#include "../../../mfib/mem.c"
