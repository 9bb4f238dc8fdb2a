// SPDX-License-Identifier: GPL-2.0-only
/*
 * The record in a STATE message of what came behind gaps.
 *
 * The header of the message says how far the packets have come in order, and how
 * many are missing there. The record, behind the header, goes on from there: a
 * block says up to which number all packets have come, and how many are missing
 * behind that.
 *
 *	length:16  blocks of the link:8  blocks of broadcasts:8
 *	ack:16  gap:16		once for each block, those of broadcasts first
 *
 * Pure: see pkt.h. It locks nothing and keeps nothing.
 */
#include "link_gap.h"

static u16 get16(const u8 *at)
{
	return at[0] << 8 | at[1];
}

static void put16(u8 *at, u16 value)
{
	at[0] = value >> 8;
	at[1] = value;
}

/**
 * tipc_gap_read() - read the beginning of a record
 * @rec: where to put it; all 0 when there is none
 * @skb: message
 * @off: where in it the record begins
 *
 * Context: Any.
 * Return: 0, or -EBADMSG: there is none, or it contradicts itself.
 */
int tipc_gap_read(struct tipc_gap_record *rec, const struct sk_buff *skb,
		  unsigned int off)
{
	u8 head[4];

	memset(rec, 0, sizeof(*rec));
	if (skb->len < off + sizeof(head) ||
	    skb_copy_bits(skb, off, head, sizeof(head)))
		return -EBADMSG;
	if (get16(head) != TIPC_GAP_SIZE(head[2] + head[3]) ||
	    get16(head) > skb->len - off)
		return -EBADMSG;
	rec->len = get16(head);
	rec->nuc = head[2];
	rec->nbc = head[3];
	return 0;
}

/**
 * tipc_gap_get() - read one block of a record
 * @rec: what tipc_gap_read() found
 * @skb: message
 * @off: where in it the record begins
 * @i: which block
 * @b: where to put it
 *
 * Context: Any.
 * Return: 0, or -EBADMSG: there are fewer.
 */
int tipc_gap_get(const struct tipc_gap_record *rec, const struct sk_buff *skb,
		 unsigned int off, unsigned int i, struct tipc_gap_block *b)
{
	u8 raw[4];

	if (i >= (unsigned int)rec->nuc + rec->nbc ||
	    skb_copy_bits(skb, off + TIPC_GAP_SIZE(i), raw, sizeof(raw)))
		return -EBADMSG;
	b->ack = get16(raw);
	b->gap = get16(raw + 2);
	return 0;
}

/**
 * tipc_gap_blocks() - the blocks that tell of packets that wait
 * @deferred: packets that came before their turn, in order, none twice
 * @peer_next: number of the packet that the peer sends next, if it said so;
 *	one before those that wait says nothing
 * @b: room for TIPC_GAP_BLOCKS_MAX of them
 *
 * Context: Any.
 * Return: how many there are.
 */
unsigned int tipc_gap_blocks(const struct sk_buff_head *deferred,
			     u16 peer_next, struct tipc_gap_block *b)
{
	const struct sk_buff *skb;
	unsigned int n = 0;
	u16 seq, last;

	if (skb_queue_empty(deferred))
		return 0;
	last = tipc_msg_link_seq(tipc_pkt_msg(skb_peek(deferred)));
	skb_queue_walk(deferred, skb) {
		seq = tipc_msg_link_seq(tipc_pkt_msg(skb));
		if ((u16)(seq - last) > 1) {
			if (n == TIPC_GAP_BLOCKS_MAX - 1)
				break;
			b[n].ack = last;
			b[n++].gap = seq - last - 1;
		}
		last = seq;
	}
	b[n].ack = last;
	b[n].gap = 0;
	/* What the peer says it has sent behind the last. */
	if ((u16)(peer_next - 1 - last) < 0x2000 && n < TIPC_GAP_BLOCKS_MAX - 1)
		b[n].gap = peer_next - 1 - last;
	return n + 1;
}

/**
 * tipc_gap_write() - write a record
 * @to: where, room for TIPC_GAP_SIZE() of the blocks
 * @uc: blocks that tell of packets of the link
 * @nuc: how many
 * @bc: blocks that tell of broadcasts
 * @nbc: how many
 *
 * Context: Any.
 */
void tipc_gap_write(u8 *to, const struct tipc_gap_block *uc, unsigned int nuc,
		    const struct tipc_gap_block *bc, unsigned int nbc)
{
	unsigned int i;

	put16(to, TIPC_GAP_SIZE(nuc + nbc));
	to[2] = nuc;
	to[3] = nbc;
	for (i = 0; i < nuc + nbc; i++) {
		const struct tipc_gap_block *b = i < nbc ? &bc[i] :
							   &uc[i - nbc];

		put16(to + TIPC_GAP_SIZE(i), b->ack);
		put16(to + TIPC_GAP_SIZE(i) + 2, b->gap);
	}
}
