// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers of messages that were read, kept for the next message.
 *
 * Making and freeing a buffer is a seventh of what a short message between
 * two processes costs, and clearing its pages a fifth of a long one, on
 * kernels that clear all memory they hand out. So each CPU keeps a few buffers
 * of each size. What is left in them is never seen: a reader gets as many
 * bytes as were written for it.
 *
 * Only messages between sockets of one node use them: nothing but the socket
 * code has touched these buffers, so there is nothing to undo. One that somebody
 * else still refers to is not kept.
 *
 * Locking: none. A place is emptied and filled by one exchange on the own CPU.
 */
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>

#include "sock.h"

/* Buffers of a size that a CPU keeps. */
#define PLACES		4
/* Pages of a long message: two pieces of this order. */
#define BIG_ORDER	3
#define BIG_PIECE	(PAGE_SIZE << BIG_ORDER)
#define BIG_PIECES	2
/* From here on a message is worth so many pages. */
#define BIG_MIN		BIG_PIECE

/* Bytes of header and data that fit in one of each size. */
static const u16 capacity[] = {
	SKB_WITH_OVERHEAD(512),
	SKB_WITH_OVERHEAD(1024),
	SKB_WITH_OVERHEAD(2048),
	SKB_WITH_OVERHEAD(4096),
};

#define BIG	ARRAY_SIZE(capacity)

/** struct stash - the buffers that a CPU keeps */
struct stash {
	struct sk_buff *place[BIG + 1][PLACES];
};

static DEFINE_PER_CPU(struct stash, stashes);

static unsigned int class_of(unsigned int bytes)
{
	unsigned int class;

	for (class = 0; class < BIG; class++)
		if (bytes <= capacity[class])
			break;
	return class;
}

static struct sk_buff *take(unsigned int class)
{
	struct sk_buff *skb;
	unsigned int i;

	for (i = 0; i < PLACES; i++) {
		if (!this_cpu_read(stashes.place[class][i]))
			continue;
		skb = this_cpu_xchg(stashes.place[class][i], NULL);
		if (skb)
			return skb;
	}
	return NULL;
}

/* ---- long messages --------------------------------------------------------- */

static struct sk_buff *big_alloc(gfp_t gfp)
{
	struct sk_buff *skb;
	struct page *page;
	unsigned int i;

	/* Room for the header and for what two pieces leave of 66,000 bytes. */
	skb = alloc_skb(capacity[1], gfp);
	if (!skb)
		return NULL;
	for (i = 0; i < BIG_PIECES; i++) {
		page = alloc_pages(gfp | __GFP_COMP | __GFP_NOWARN |
				   __GFP_NORETRY, BIG_ORDER);
		if (!page) {
			kfree_skb(skb);
			return NULL;
		}
		skb_fill_page_desc(skb, i, page, 0, 0);
		skb->truesize += BIG_PIECE;
	}
	return skb;
}

/* What does not fit in the pages is behind the header. */
static void big_layout(struct sk_buff *skb, unsigned int hsize,
		       unsigned int dlen)
{
	unsigned int paged = min_t(unsigned int, dlen,
				   BIG_PIECES * BIG_PIECE);
	unsigned int i, piece, rest = paged;

	skb_put(skb, hsize + dlen - paged);
	for (i = 0; i < BIG_PIECES; i++) {
		piece = min_t(unsigned int, rest, BIG_PIECE);
		skb_frag_size_set(&skb_shinfo(skb)->frags[i], piece);
		rest -= piece;
	}
	skb->data_len = paged;
	skb->len += paged;
}

/* ---- all sizes ------------------------------------------------------------- */

/**
 * tipc_stash_alloc() - a buffer for a message within this node
 * @hsize: bytes of its header
 * @dlen: bytes of its data
 * @room: bytes that may be appended later, in a message without pages
 *
 * Context: Process context. May sleep.
 * Return: a buffer with @hsize + @dlen bytes of undefined content; NULL when
 * there is none for this size, or no memory.
 */
struct sk_buff *tipc_stash_alloc(unsigned int hsize, unsigned int dlen,
				 unsigned int room)
{
	unsigned int class = class_of(hsize + max(dlen, room));
	struct sk_buff *skb;

	if (class == BIG && (dlen < BIG_MIN || room))
		return NULL;
	skb = take(class);
	if (!skb) {
		skb = class == BIG ? big_alloc(GFP_KERNEL) :
				     alloc_skb(capacity[class], GFP_KERNEL);
		if (!skb)
			return NULL;
	}
	if (class == BIG)
		big_layout(skb, hsize, dlen);
	else
		__skb_put(skb, hsize + dlen);
	memset(TIPC_CB(skb), 0, sizeof(struct tipc_cb));
	TIPC_CB(skb)->stash = class + 1;
	return skb;
}

static bool reusable(const struct sk_buff *skb)
{
	return refcount_read(&skb->users) == 1 && !skb_cloned(skb) &&
	       !skb->destructor && !skb_has_frag_list(skb);
}

/**
 * tipc_buf_free() - a message was read
 * @skb: the message; taken over
 *
 * Context: Any but hard interrupts.
 */
void tipc_buf_free(struct sk_buff *skb)
{
	unsigned int class = TIPC_CB(skb)->stash;
	unsigned int i;

	if (!class || unlikely(!reusable(skb)) || TIPC_CB(skb)->scm)
		goto free;
	class--;
	skb->data = skb->head;
	skb_reset_tail_pointer(skb);
	skb->len = 0;
	skb->data_len = 0;
	for (i = 0; i < PLACES; i++) {
		if (this_cpu_read(stashes.place[class][i]))
			continue;
		if (!this_cpu_cmpxchg(stashes.place[class][i], NULL, skb))
			return;
	}
free:
	consume_skb(skb);
}

/**
 * tipc_stash_exit() - give up what the CPUs keep
 *
 * Context: Process context; no socket is left.
 */
void tipc_stash_exit(void)
{
	struct stash *stash;
	unsigned int i, j;
	int cpu;

	for_each_possible_cpu(cpu) {
		stash = per_cpu_ptr(&stashes, cpu);
		for (i = 0; i <= BIG; i++)
			for (j = 0; j < PLACES; j++)
				kfree_skb(stash->place[i][j]);
	}
}
