// SPDX-License-Identifier: GPL-2.0-only
/* The copy of trie_node.c in mfib_bench. */
#include "../../../mfib/trie_node.c"
