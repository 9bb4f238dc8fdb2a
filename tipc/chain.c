// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chains: packets that go together.
 *
 * Packets that are sent to one node at once go through the kernel as one: a
 * packet buffer that has no data of its own and a list of the packets, as
 * segmentation offload does it (SKB_GSO_FRAGLIST). A virtual cable carries it to
 * the other end as it is. For any other interface the kernel asks gso_segment()
 * here for the packets when it is the driver's turn, and gives each what the chain
 * has in front of it: the header of the Ethernet, or with UDP also those of IP and
 * UDP, as for a tunnel whose inner packets are of type 0x88ca. A packet that is
 * larger than those of the wire (slice.h) is part of a chain as it is, until it has
 * to be cut.
 *
 * On the way in, packets of one node that an interface receives together are chained
 * behind the first. So what is paid for each packet is paid once for many.
 *
 * Whoever handles a chain between its ends may make it linear (a program of the
 * generic XDP gets it so) or a piece of its beginning. Messages say how long they
 * are, so what was a chain comes apart all the same.
 *
 * Locking: none; a packet belongs to who has it.
 */
#include <linux/if_ether.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/dst.h>
#include <net/gro.h>

#include "compat.h"
#include "chain.h"
#include "pkt.h"
#include "slice.h"

/* ---- making ---------------------------------------------------------------- */

/**
 * struct chain - what is going to be chained
 * @n: how many packets
 * @len: of how many bytes together
 * @segs: how many packets of the wire that makes
 */
struct chain {
	unsigned int	n;
	unsigned int	len;
	unsigned int	segs;
};

/* The first packets, as many as one chain takes. */
static void measure(const struct sk_buff_head *q, unsigned int mtu,
		    unsigned int max, struct chain *c)
{
	struct sk_buff *skb;

	c->n = 0;
	c->len = 0;
	c->segs = 0;
	skb_queue_walk(q, skb) {
		if (c->n && c->len + skb->len > max)
			break;
		c->len += skb->len;
		c->segs += DIV_ROUND_UP(skb->len, mtu);
		c->n++;
	}
}

/* Chains the first packets, as @c says. */
static struct sk_buff *join(struct sk_buff_head *q, const struct chain *c,
			    unsigned int room)
{
	struct sk_buff *skb = alloc_skb(room, GFP_ATOMIC), *part, **last;
	unsigned int i;

	if (!skb) {
		/* As if they were lost. */
		for (i = 0; i < c->n; i++)
			kfree_skb(__skb_dequeue(q));
		return NULL;
	}
	skb_reserve(skb, room);
	last = &skb_shinfo(skb)->frag_list;
	for (i = 0; i < c->n; i++) {
		part = __skb_dequeue(q);
		skb->truesize += part->truesize;
		*last = part;
		last = &part->next;
	}
	*last = NULL;
	skb->len = c->len;
	skb->data_len = c->len;
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	return skb;
}

/**
 * tipc_chain_next() - what to send next of a queue
 * @q: packets for one node, not empty; what is returned is taken off
 * @mtu: greatest packet of the wire; what is greater will be cut into slices
 * @max: longest chain
 * @room: for headers in front of a chain
 *
 * Context: Any.
 * Return: a packet as it was if there is nothing to chain and nothing to cut, with
 * whatever room it has; or a chain; or NULL: no memory, it is as if what was taken
 * off were lost.
 */
struct sk_buff *tipc_chain_next(struct sk_buff_head *q, unsigned int mtu,
				unsigned int max, unsigned int room)
{
	struct sk_buff *skb;
	struct chain c;

	measure(q, mtu, max, &c);
	if (c.segs == 1)
		return __skb_dequeue(q);
	skb = join(q, &c, room);
	if (!skb)
		return NULL;
	skb_shinfo(skb)->gso_type = SKB_GSO_FRAGLIST;
	skb_shinfo(skb)->gso_size = mtu;
	skb_shinfo(skb)->gso_segs = c.segs;
	return skb;
}

/* ---- taking apart ---------------------------------------------------------- */

/* Bytes of a chain before the packets in its list. */
static unsigned int own_len(const struct sk_buff *skb)
{
	unsigned int len = skb->len;
	struct sk_buff *part;

	skb_walk_frags(skb, part)
		len -= part->len;
	return len;
}

/* Are the packets in the list still those that were put there? */
static bool is_intact(const struct sk_buff *skb)
{
	unsigned int len;

	if (!skb_has_frag_list(skb))
		return false;
	if (skb->len == skb->data_len && !skb_shinfo(skb)->nr_frags)
		return true;
	/* Before them there is a packet, or a piece of the first. */
	len = own_len(skb);
	return skb_headlen(skb) >= TIPC_HSIZE_CONN &&
	       tipc_msg_size(tipc_pkt_msg(skb)) == len;
}

/* Copies what was a chain, message by message. */
static bool copy_messages(const struct sk_buff *skb, struct sk_buff_head *q)
{
	unsigned int off, size;
	struct sk_buff *part;
	struct tipc_msg m;

	for (off = 0; !skb_copy_bits(skb, off, &m, TIPC_HSIZE_CONN);
	     off += size) {
		size = tipc_msg_size(&m);
		if (size < TIPC_HSIZE_CONN || size > skb->len - off)
			break;
		part = tipc_pkt_alloc(size);
		if (!part || skb_copy_bits(skb, off, part->data, size)) {
			kfree_skb(part);
			return off;	/* what is missing is as if lost */
		}
		__skb_queue_tail(q, part);
	}
	return true;
}

/**
 * tipc_unchain() - take the packets out of a chain
 * @skb: what tipc_is_chain(), its data where the first message begins; still the
 *	caller's
 * @q: the packets are appended, in order; the first may be @skb itself, with a
 *	reference of its own
 *
 * A tap may have the chain, too: then the packets are clones.
 *
 * Context: Any.
 * Return: false if there is no memory, and nothing has changed.
 */
bool tipc_unchain(struct sk_buff *skb, struct sk_buff_head *q)
{
	struct skb_shared_info *shinfo;
	struct sk_buff *next, *part;

	if (!is_intact(skb))
		return copy_messages(skb, q);
	/* The list becomes ours alone; its packets may still be others', too. */
	if (skb_unclone(skb, GFP_ATOMIC))
		return false;
	shinfo = skb_shinfo(skb);
	next = shinfo->frag_list;
	shinfo->frag_list = NULL;
	shinfo->gso_size = 0;
	shinfo->gso_segs = 0;
	shinfo->gso_type = 0;
	if (skb_headlen(skb))
		__skb_queue_tail(q, skb_get(skb));
	while ((part = next)) {
		next = part->next;
		skb->len -= part->len;
		skb->data_len -= part->len;
		skb->truesize -= part->truesize;
		part = skb_share_check(part, GFP_ATOMIC);
		if (!part)
			continue;	/* as if it were lost */
		part->next = NULL;
		part->prev = NULL;
		__skb_queue_tail(q, part);
	}
	return true;
}

/* ---- for drivers that take one packet at a time ---------------------------- */

/*
 * The kernel asks for the sum over a datagram unless the interface makes it; what
 * is asked in vain is asked as the kernel does it, or more often.
 */
static bool wants_sum(const struct sk_buff *chain)
{
	return !(chain->dev->features & NETIF_F_HW_CSUM) ||
	       (skb_dst(chain) && dst_xfrm(skb_dst(chain))) ||
	       skb_sec_path(chain);
}

/*
 * Gives a packet of a chain all that the chain has: @len bytes in front of its data,
 * of which the last @mac_len are its own header. Nobody looks any more whether the
 * interface takes packets in pieces.
 */
static bool unchained(struct sk_buff *part, const struct sk_buff *chain,
		      unsigned int len, unsigned int mac_len,
		      netdev_features_t features)
{
	if (part == chain) {
		__skb_push(part, mac_len);
		return true;
	}
	if (skb_needs_linearize(part, features) && skb_linearize(part))
		return false;
	if (skb_cow_head(part, LL_RESERVED_SPACE(chain->dev) + len + VLAN_HLEN))
		return false;
	skb_dst_drop(part);
	nf_reset_ct(part);
	skb_ext_reset(part);
	skb_copy_header(part, chain);
	part->ip_summed = CHECKSUM_NONE;
	if (len != mac_len && wants_sum(chain)) {
		SKB_GSO_CB(part)->csum = skb_checksum(part, 0, part->len, 0);
		SKB_GSO_CB(part)->csum_start = skb_headroom(part);
	}
	skb_reset_network_header(part);
	skb_reset_transport_header(part);
	memcpy(part->data - len, skb_mac_header(chain) - (len - mac_len), len);
	__skb_push(part, mac_len);
	skb_reset_mac_header(part);
	part->mac_len = mac_len;
	return true;
}

/* Each packet of a chain, none larger than the wire takes. */
static bool cut(struct sk_buff *chain, struct sk_buff_head *parts)
{
	unsigned int mtu = skb_shinfo(chain)->gso_size;
	struct sk_buff_head q;
	struct sk_buff *part;

	__skb_queue_head_init(&q);
	if (!tipc_unchain(chain, &q))
		return false;
	while ((part = __skb_dequeue(&q))) {
		if (part->len <= mtu) {
			__skb_queue_tail(parts, part);
			continue;
		}
		/* Without memory it is as if it were lost. */
		tipc_slice(part, mtu, parts);
		consume_skb(part);
	}
	return true;
}

/*
 * The packets of a chain. Its data begins behind the header of the Ethernet, and
 * theirs is to begin with it; or, if it is in datagrams, theirs is to begin with the
 * message, and what is in front of it has to be there.
 */
static struct sk_buff *gso_segment(struct sk_buff *chain,
				   netdev_features_t features)
{
	unsigned int mac_len = chain->data - skb_mac_header(chain);
	unsigned int len = mac_len + skb_tnl_header_len(chain);
	struct sk_buff *first = NULL, *last = NULL, *part;
	struct sk_buff_head parts;

	if (!tipc_is_chain(chain))
		return ERR_PTR(-EINVAL);
	__skb_queue_head_init(&parts);
	if (!cut(chain, &parts))
		return ERR_PTR(-ENOMEM);
	while ((part = __skb_dequeue(&parts))) {
		if (!unchained(part, chain, len, mac_len, features)) {
			kfree_skb(part);
			continue;
		}
		if (last)
			last->next = part;
		else
			first = part;
		last = part;
	}
	if (!first)
		return ERR_PTR(-ENOMEM);
	/* Who walks over them finds the last by this. */
	first->prev = last;
	return first;
}

/* ---- receiving ------------------------------------------------------------- */

static const struct tipc_msg *gro_msg(const struct sk_buff *skb)
{
	return (const void *)(skb->data + skb_gro_offset(skb));
}

/*
 * May a packet be chained, or be the head of a chain? It has to be as long as its
 * message, or a chain that becomes linear could not be taken apart.
 */
static bool gro_takes(const struct sk_buff *skb)
{
	return !NAPI_GRO_CB(skb)->flush && !skb_cloned(skb) &&
	       !skb_has_frag_list(skb) &&
	       skb_headlen(skb) >= skb_gro_offset(skb) + TIPC_HSIZE_CONN &&
	       tipc_msg_size(gro_msg(skb)) == skb_gro_len(skb);
}

static void gro_chain(struct sk_buff *held, struct sk_buff *skb)
{
	skb_pull(skb, skb_gro_offset(skb));
	if (NAPI_GRO_CB(held)->last == held)
		skb_shinfo(held)->frag_list = skb;
	else
		NAPI_GRO_CB(held)->last->next = skb;
	NAPI_GRO_CB(held)->last = skb;
	NAPI_GRO_CB(held)->count++;
	held->len += skb->len;
	held->data_len += skb->len;
	held->truesize += skb->truesize;
	NAPI_GRO_CB(skb)->same_flow = 1;
}

/**
 * tipc_chain_held() - chain packets that an interface received together
 * @head: packets that are held, as for gro_receive()
 * @skb: packet whose message begins at skb_gro_offset()
 *
 * Context: Softirq, in an RCU read-side section.
 * Return: as for gro_receive().
 */
struct sk_buff *tipc_chain_held(struct list_head *head, struct sk_buff *skb)
{
	struct sk_buff *held;

	if (!gro_takes(skb)) {
		NAPI_GRO_CB(skb)->flush = 1;
		return NULL;
	}
	list_for_each_entry(held, head, list) {
		if (!NAPI_GRO_CB(held)->same_flow)
			continue;
		if (tipc_msg_prev_node(gro_msg(held)) !=
		    tipc_msg_prev_node(gro_msg(skb))) {
			NAPI_GRO_CB(held)->same_flow = 0;
			continue;
		}
		/* It goes on as it is, and this one begins the next. */
		if (held->len + skb_gro_len(skb) > TIPC_CHAIN_MAX)
			return held;
		gro_chain(held, skb);
		return NULL;
	}
	return NULL;
}

/**
 * tipc_chain_complete() - what was received together is complete
 * @skb: what tipc_chain_held() chained
 *
 * Context: Softirq, in an RCU read-side section.
 */
void tipc_chain_complete(struct sk_buff *skb)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);

	shinfo->gso_type |= SKB_GSO_FRAGLIST;
	/* Nothing in it has to be cut once more. */
	shinfo->gso_size = U16_MAX;
	shinfo->gso_segs = NAPI_GRO_CB(skb)->count;
	skb->ip_summed = CHECKSUM_UNNECESSARY;
}

/* An Ethernet makes short packets longer than their messages. */
static struct sk_buff *gro_receive(struct list_head *head, struct sk_buff *skb)
{
	unsigned int off = skb_gro_offset(skb), size;

	if (!NAPI_GRO_CB(skb)->flush &&
	    skb_headlen(skb) >= off + TIPC_HSIZE_CONN) {
		size = tipc_msg_size(gro_msg(skb));
		/* Without memory it is not chained. */
		if (size >= TIPC_HSIZE_CONN && pskb_trim(skb, off + size))
			NAPI_GRO_CB(skb)->flush = 1;
	}
	return tipc_chain_held(head, skb);
}

static int gro_complete(struct sk_buff *skb, int nhoff)
{
	tipc_chain_complete(skb);
	return 0;
}

static struct packet_offload offload = {
	.type = cpu_to_be16(ETH_P_TIPC),
	.callbacks = {
		.gso_segment = gso_segment,
		.gro_receive = gro_receive,
		.gro_complete = gro_complete,
	},
};

/**
 * tipc_chain_register() - begin to make chains
 *
 * Context: Process context. May sleep.
 */
void tipc_chain_register(void)
{
	dev_add_offload(&offload);
}

/**
 * tipc_chain_unregister() - undo tipc_chain_register()
 *
 * Context: Process context. May sleep.
 */
void tipc_chain_unregister(void)
{
	/* Waits until nobody is in it. */
	dev_remove_offload(&offload);
}
