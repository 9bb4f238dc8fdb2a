// SPDX-License-Identifier: GPL-2.0-only
/* lsmhook_test_b: see attach.h. */
#define OWNER "lsmhook_test_b"
#include "attach.h"
