// SPDX-License-Identifier: GPL-2.0-only
/* The copy of lsmhook in lsmhook_test_b. */
#include "../../../lib/lsmhook.c"
