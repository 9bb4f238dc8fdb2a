// SPDX-License-Identifier: GPL-2.0-only
/* The copy of key.c in mfib_bench. */
#include "../../../mfib/key.c"
