// SPDX-License-Identifier: GPL-2.0-only
/* The copy of nexthop.c in mfib_bench. */
#include "../../../mfib/nexthop.c"
