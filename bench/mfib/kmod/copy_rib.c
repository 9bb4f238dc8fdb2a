// SPDX-License-Identifier: GPL-2.0-only
/* The copy of rib.c in mfib_bench. */
#include "../../../mfib/rib.c"
