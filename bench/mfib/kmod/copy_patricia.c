// SPDX-License-Identifier: GPL-2.0-only
/* The copy of patricia.c in mfib_bench. */
#include "../../../mfib/patricia.c"
