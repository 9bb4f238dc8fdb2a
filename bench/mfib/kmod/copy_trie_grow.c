// SPDX-License-Identifier: GPL-2.0-only
/* The copy of trie_grow.c in mfib_bench. */
#include "../../../mfib/trie_grow.c"
