// SPDX-License-Identifier: GPL-2.0-only
/* The copy of nexthop_index.c in mfib_bench. */
#include "../../../mfib/nexthop_index.c"
