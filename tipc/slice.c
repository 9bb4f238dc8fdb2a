// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slices: a packet of a link on a wire whose packets are smaller.
 *
 * Two nodes that both can (TIPC_CAP_SLICES) have links whose packets are larger
 * than those of the wire: a message of 65,000 bytes is one packet, with one
 * number, one acknowledgement and one way through the kernel. It is cut as late
 * as possible, by who has to give it to a wire; a cable that is none, between
 * namespaces of one host, carries it whole.
 *
 * A slice is a fragment of 40 bytes and data. All slices of a packet have its
 * number on the link; word 4 says which slice it is, word 5 how many there are.
 * Slices may come in any order. What is there is kept when the packet is sent
 * again because one was lost, so that what was lost is all that has to arrive.
 *
 * Pure: see pkt.h. Locking: the caller's.
 */
#include "slice.h"

#define W5_TOTAL_MASK	0xffffu

/**
 * tipc_slice() - cut a packet
 * @skb: the packet; not changed
 * @mtu: greatest slice, header included
 * @q: the slices are appended
 *
 * Context: Any.
 * Return: 0; -EMSGSIZE if there would be too many; or -ENOMEM, and @q is as it
 * was.
 */
int tipc_slice(struct sk_buff *skb, unsigned int mtu, struct sk_buff_head *q)
{
	const struct tipc_msg *m = tipc_pkt_msg(skb);
	unsigned int room = mtu - TIPC_HSIZE_INTERNAL, off, len, n, total;
	struct sk_buff *part;
	struct tipc_msg *h;

	if (mtu <= TIPC_HSIZE_INTERNAL ||
	    skb->len > (u64)room * TIPC_SLICES_MAX)
		return -EMSGSIZE;
	total = (skb->len + room - 1) / room;
	for (off = 0, n = 0; off < skb->len; off += len, n++) {
		len = min_t(unsigned int, room, skb->len - off);
		part = tipc_pkt_alloc(TIPC_HSIZE_INTERNAL + len);
		if (!part || skb_copy_bits(skb, off, part->data +
					   TIPC_HSIZE_INTERNAL, len))
			goto err;
		h = tipc_pkt_msg(part);
		memset(h, 0, TIPC_HSIZE_INTERNAL);
		tipc_msg_init(h, TIPC_USER_FRAGMENT,
			      !n ? TIPC_FRAGMENT_FIRST : n + 1 < total ?
			      TIPC_FRAGMENT_NEXT : TIPC_FRAGMENT_LAST,
			      TIPC_HSIZE_INTERNAL, tipc_msg_prev_node(m));
		tipc_msg_set_size(h, TIPC_HSIZE_INTERNAL + len);
		tipc_msg_set_word(h, 2, tipc_msg_word(m, 2));
		tipc_msg_set_word(h, 3, tipc_msg_prev_node(m));
		tipc_msg_set_fragment_number(h, n + 1);
		tipc_msg_set_word(h, 5, TIPC_SLICE_MARK | total);
		tipc_msg_set_word(h, 6, tipc_msg_prev_node(m));
		__skb_queue_tail(q, part);
	}
	return 0;

err:
	kfree_skb(part);
	while (n--) {
		part = skb_peek_tail(q);
		__skb_unlink(part, q);
		kfree_skb(part);
	}
	return -ENOMEM;
}

static void slot_free(struct tipc_slice_slot *s)
{
	unsigned int i;

	for (i = 0; i < s->total; i++) {
		kfree_skb(s->part[i]);
		s->part[i] = NULL;
	}
	s->total = 0;
	s->have = 0;
}

/* The slot of a packet. If there is none, the oldest makes room. */
static struct tipc_slice_slot *slot_of(struct tipc_slices *slices, u16 seq,
				       u16 total)
{
	struct tipc_slice_slot *s, *best = &slices->slot[0];
	unsigned int i;

	for (i = 0; i < TIPC_SLICE_SLOTS; i++) {
		s = &slices->slot[i];
		if (s->total && s->seq == seq) {
			/* Cut in another way: what is there does not fit. */
			if (s->total == total)
				return s;
			best = s;
			break;
		}
		if (!s->total ? best->total : best->total &&
		    s->age - best->age > 1u << 31)
			best = s;
	}
	slot_free(best);
	best->seq = seq;
	best->total = total;
	best->age = ++slices->age;
	return best;
}

/* Puts the slices together; the slot is free afterwards. */
static struct sk_buff *slot_join(struct tipc_slice_slot *s)
{
	struct sk_buff *whole, *part;
	unsigned int i;

	whole = tipc_pkt_strip(s->part[0], TIPC_HSIZE_INTERNAL);
	s->part[0] = NULL;
	for (i = 1; i < s->total && whole; i++) {
		part = tipc_pkt_strip(s->part[i], TIPC_HSIZE_INTERNAL);
		s->part[i] = NULL;
		if (!part || tipc_pkt_append(whole, part)) {
			kfree_skb(whole);
			whole = NULL;
		}
	}
	slot_free(s);
	return whole;
}

/**
 * tipc_slices_add() - a slice came
 * @slices: where what came before is; made when it is needed
 * @skb: message that passed tipc_msg_check(), tipc_is_slice(); taken over
 *
 * Context: Any.
 * Return: the packet if this was what it lacked, checked as tipc_msg_check()
 * does it; else NULL.
 */
struct sk_buff *tipc_slices_add(struct tipc_slices **slices,
				struct sk_buff *skb)
{
	const struct tipc_msg *m = tipc_pkt_msg(skb);
	unsigned int n = tipc_msg_fragment_number(m) - 1;
	unsigned int total = tipc_msg_word(m, 5) & W5_TOTAL_MASK;
	u16 seq = tipc_msg_link_seq(m);
	u32 node = tipc_msg_prev_node(m);
	struct tipc_slice_slot *s;

	if (tipc_msg_hsize(m) != TIPC_HSIZE_INTERNAL || total < 2 ||
	    total > TIPC_SLICES_MAX || n >= total)
		goto drop;
	if (!*slices)
		*slices = kzalloc(sizeof(**slices), GFP_ATOMIC);
	if (!*slices)
		goto drop;
	s = slot_of(*slices, seq, total);
	if (s->part[n])
		goto drop;
	s->part[n] = skb;
	if (++s->have < total)
		return NULL;
	skb = slot_join(s);
	if (!skb)
		return NULL;
	m = tipc_pkt_msg(skb);
	if (tipc_msg_check(m, tipc_pkt_linear(skb), skb->len) ==
	    (int)skb->len && tipc_msg_link_seq(m) == seq &&
	    tipc_msg_prev_node(m) == node && !tipc_is_slice(m))
		return skb;
drop:
	kfree_skb(skb);
	return NULL;
}

/**
 * tipc_slices_purge() - forget what is not complete
 * @slices: of a link that begins anew, or NULL; freed
 *
 * Context: Any.
 */
void tipc_slices_purge(struct tipc_slices *slices)
{
	unsigned int i;

	for (i = 0; slices && i < TIPC_SLICE_SLOTS; i++)
		slot_free(&slices->slot[i]);
	kfree(slices);
}
