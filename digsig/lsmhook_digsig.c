// SPDX-License-Identifier: GPL-2.0-only
/* This module's own copy of lsmhook. */
#include "lsmhook.c"
