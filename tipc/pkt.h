/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets and queues of them, for pure files.
 *
 * In the module a packet is a sk_buff whose data begins with the header of a
 * message, which is linear. In tests and fuzzers it is a piece of memory; the
 * names are those of the kernel, and only what link.c needs is there.
 */
#ifndef _TIPC_PKT_H
#define _TIPC_PKT_H

#include "locks.h"
#include "msg.h"

#ifdef __KERNEL__
#include <linux/skbuff.h>

/* Bytes that may be read at data. */
#define tipc_pkt_linear(skb)	skb_headlen(skb)

/* spare.c */
void tipc_pkt_done(struct sk_buff *skb);
#else
#define tipc_pkt_linear(skb)	((skb)->len)

struct sk_buff {
	struct sk_buff *next, *prev;
	unsigned int len;
	unsigned int cap;
	u8 *data;
	char cb[48] __aligned(8);
};

struct sk_buff_head {
	struct sk_buff *next, *prev;
	unsigned int qlen;
};

#define skb_queue_len(q)	((q)->qlen)
#define skb_queue_empty(q)	(!(q)->qlen)
#define skb_peek(q)		((q)->qlen ? (q)->next : NULL)
#define skb_peek_tail(q)	((q)->qlen ? (q)->prev : NULL)
#define skb_queue_walk(q, skb) \
	for (skb = (q)->next; skb != (struct sk_buff *)(q); skb = skb->next)
#define skb_queue_walk_safe(q, skb, tmp) \
	for (skb = (q)->next, tmp = skb->next; \
	     skb != (struct sk_buff *)(q); skb = tmp, tmp = skb->next)

static inline void __skb_queue_head_init(struct sk_buff_head *q)
{
	q->next = (struct sk_buff *)q;
	q->prev = (struct sk_buff *)q;
	q->qlen = 0;
}

static inline void __skb_queue_before(struct sk_buff_head *q,
				      struct sk_buff *at, struct sk_buff *skb)
{
	skb->next = at;
	skb->prev = at->prev;
	at->prev->next = skb;
	at->prev = skb;
	q->qlen++;
}

static inline void __skb_queue_tail(struct sk_buff_head *q,
				    struct sk_buff *skb)
{
	__skb_queue_before(q, (struct sk_buff *)q, skb);
}

static inline void __skb_unlink(struct sk_buff *skb, struct sk_buff_head *q)
{
	skb->next->prev = skb->prev;
	skb->prev->next = skb->next;
	skb->next = NULL;
	skb->prev = NULL;
	q->qlen--;
}

static inline struct sk_buff *__skb_dequeue(struct sk_buff_head *q)
{
	struct sk_buff *skb = skb_peek(q);

	if (skb)
		__skb_unlink(skb, q);
	return skb;
}

static inline void kfree_skb(struct sk_buff *skb)
{
	if (skb)
		free(skb->data);
	free(skb);
}

#define tipc_pkt_done(skb)	kfree_skb(skb)

static inline void skb_queue_splice_tail_init(struct sk_buff_head *from,
					      struct sk_buff_head *to)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(from)))
		__skb_queue_tail(to, skb);
}

static inline void __skb_queue_purge(struct sk_buff_head *q)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(q)))
		kfree_skb(skb);
}

static inline int skb_copy_bits(const struct sk_buff *skb, int off, void *to,
				int len)
{
	if (off < 0 || len < 0 || (unsigned int)off + len > skb->len)
		return -EFAULT;
	memcpy(to, skb->data + off, len);
	return 0;
}
#endif

static inline struct tipc_msg *tipc_pkt_msg(const struct sk_buff *skb)
{
	return (struct tipc_msg *)skb->data;
}

/* pkt.c */
struct sk_buff *tipc_pkt_alloc(unsigned int len);
struct sk_buff *tipc_pkt_alloc_room(unsigned int len, unsigned int room);
u8 *tipc_pkt_extend(struct sk_buff *skb, unsigned int len);
struct sk_buff *tipc_pkt_clone(struct sk_buff *skb);
struct sk_buff *tipc_pkt_copy(struct sk_buff *skb);
struct sk_buff *tipc_pkt_wrap(struct sk_buff *skb, unsigned int len);
struct sk_buff *tipc_pkt_strip(struct sk_buff *skb, unsigned int len);
int tipc_pkt_append(struct sk_buff *to, struct sk_buff *skb);

#endif /* _TIPC_PKT_H */
