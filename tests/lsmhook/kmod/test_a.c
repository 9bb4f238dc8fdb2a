// SPDX-License-Identifier: GPL-2.0-only
/* lsmhook_test_a: see attach.h. */
#define OWNER "lsmhook_test_a"
#include "attach.h"
