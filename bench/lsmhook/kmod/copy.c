// SPDX-License-Identifier: GPL-2.0-only
/* The copy of lsmhook in lsmhook_bench. */
#include "../../../lib/lsmhook.c"
