// SPDX-License-Identifier: GPL-2.0-only
/* This module's own copy of lsmhook, and its way to names of the kernel. */
#include "lsmhook.c"
#include "dsm.h"

/**
 * dsm_symbol() - address of a symbol of the kernel that is not exported
 * @name: of it
 *
 * Context: Process context. May sleep.
 * Return: the address, or %NULL if there is none of that name.
 */
void *dsm_symbol(const char *name)
{
	lsmhook_symbol_init();
	return lsmhook_symbol(name);
}
