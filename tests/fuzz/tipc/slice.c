// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slices: packets in any number, each with its length in two bytes, as a
 * neighbour may send them.
 *
 * What comes out is a message, and none that only looks like one; nothing leaks.
 */
#include "../fuzz.h"
#include "tipc/slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct tipc_slices *slices = NULL;
	struct sk_buff *skb, *got;
	size_t n;
	int size;

	while (len > 2) {
		n = data[0] | data[1] << 8;
		data += 2;
		len -= 2;
		if (n > len)
			n = len;
		skb = tipc_pkt_alloc(n);
		memcpy(skb->data, data, n);
		data += n;
		len -= n;
		size = tipc_msg_check(skb->data, n, n);
		if (size < 0 || !tipc_is_slice(tipc_pkt_msg(skb))) {
			kfree_skb(skb);
			continue;
		}
		skb->len = size;
		got = tipc_slices_add(&slices, skb);
		if (!got)
			continue;
		must(tipc_msg_check(got->data, got->len, got->len) ==
		     (int)got->len);
		must(!tipc_is_slice(tipc_pkt_msg(got)));
		kfree_skb(got);
	}
	tipc_slices_purge(slices);
	return 0;
}
