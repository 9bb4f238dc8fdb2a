// SPDX-License-Identifier: GPL-2.0-only
/* The copy of trie.c in mfib_bench. */
#include "../../../mfib/trie.c"
