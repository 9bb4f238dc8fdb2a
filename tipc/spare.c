// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers of messages that another node has got, kept for the next message to
 * another node.
 *
 * A link keeps a short message until it is acknowledged and sends a clone of
 * it. When the acknowledgement comes the clone has been freed as a rule, and the
 * buffer is as it was made: so it is not freed and made again, which with the
 * clearing of memory that kernels do is an eighth of what a short message
 * costs. What is left in it is never seen: as many bytes are sent as were
 * written. Each CPU keeps a few.
 *
 * Locking: none. A place is emptied and filled by one exchange on the own CPU.
 */
#include <linux/percpu.h>
#include <linux/skbuff.h>

#include "pkt.h"
#include "sock.h"
#include "spare.h"

/* Buffers that a CPU keeps, and how large they are. */
#define PLACES		8
#define CAPACITY	SKB_WITH_OVERHEAD(1024)

/** struct spares - the buffers that a CPU keeps */
struct spares {
	struct sk_buff *place[PLACES];
};

static DEFINE_PER_CPU(struct spares, spares);

static struct sk_buff *take(void)
{
	struct sk_buff *skb;
	unsigned int i;

	for (i = 0; i < PLACES; i++) {
		if (!this_cpu_read(spares.place[i]))
			continue;
		skb = this_cpu_xchg(spares.place[i], NULL);
		if (skb)
			return skb;
	}
	return NULL;
}

/**
 * tipc_spare_alloc() - a buffer for a message to another node
 * @hsize: bytes of its header
 * @dlen: bytes of its data
 *
 * Context: Process context. May sleep.
 * Return: a buffer with @hsize + @dlen bytes of undefined content; NULL when
 * there is none for this size, or no memory.
 */
struct sk_buff *tipc_spare_alloc(unsigned int hsize, unsigned int dlen)
{
	struct sk_buff *skb;

	if (TIPC_HEADROOM + hsize + dlen > CAPACITY)
		return NULL;
	skb = take();
	if (!skb)
		skb = alloc_skb_fclone(CAPACITY, GFP_KERNEL);
	if (!skb)
		return NULL;
	skb_reserve(skb, TIPC_HEADROOM);
	__skb_put(skb, hsize + dlen);
	memset(TIPC_CB(skb), 0, sizeof(struct tipc_cb));
	return skb;
}

/* Is it as it was made, and nobody else's, not even in part? */
static bool reusable(const struct sk_buff *skb)
{
	const struct sk_buff_fclones *both;

	if (skb->fclone != SKB_FCLONE_ORIG || skb_end_offset(skb) < CAPACITY ||
	    skb_end_offset(skb) >= 2 * CAPACITY)
		return false;
	both = container_of(skb, struct sk_buff_fclones, skb1);
	return refcount_read(&skb->users) == 1 &&
	       refcount_read(&both->fclone_ref) == 1 && !skb_cloned(skb) &&
	       !skb->data_len && !skb_shinfo(skb)->nr_frags &&
	       !skb_has_frag_list(skb) && !skb->destructor && !skb->sk;
}

/**
 * tipc_pkt_done() - the peer has a packet
 * @skb: the packet; taken over
 *
 * Context: Any but hard interrupts.
 */
void tipc_pkt_done(struct sk_buff *skb)
{
	unsigned int i;

	if (!reusable(skb))
		goto free;
	/* Whoever had the clone has done with it before we saw that. */
	smp_acquire__after_ctrl_dep();
	memset(skb_shinfo(skb), 0, offsetof(struct skb_shared_info, dataref));
	atomic_set(&skb_shinfo(skb)->dataref, 1);
	skb->cloned = 0;
	skb->nohdr = 0;
	skb->data = skb->head;
	skb_reset_tail_pointer(skb);
	skb->len = 0;
	for (i = 0; i < PLACES; i++) {
		if (this_cpu_read(spares.place[i]))
			continue;
		if (!this_cpu_cmpxchg(spares.place[i], NULL, skb))
			return;
	}
free:
	consume_skb(skb);
}

/**
 * tipc_spare_exit() - give up what the CPUs keep
 *
 * Context: Process context; no link is left.
 */
void tipc_spare_exit(void)
{
	unsigned int i;
	int cpu;

	for_each_possible_cpu(cpu)
		for (i = 0; i < PLACES; i++)
			kfree_skb(per_cpu_ptr(&spares, cpu)->place[i]);
}
