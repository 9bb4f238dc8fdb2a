// SPDX-License-Identifier: GPL-2.0-only
/* The copy of rib_walk.c in mfib_bench. */
#include "../../../mfib/rib_walk.c"
