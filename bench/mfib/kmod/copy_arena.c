// SPDX-License-Identifier: GPL-2.0-only
/* The copy of arena.c in mfib_bench. */
#include "../../../mfib/arena.c"
