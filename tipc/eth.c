// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bearers that are Ethernet interfaces: packets of type 0x88ca.
 *
 * Packets come in through a packet handler of the interface and go to
 * bearer.c. Those that are sent together to one node go down as one: a chain, a
 * packet buffer that has nothing but the header of the Ethernet and a list of
 * the packets (as segmentation offload does it, SKB_GSO_FRAGLIST). A virtual
 * cable carries it to the other end as it is; for any other interface the
 * kernel asks gso_segment() here for the packets when it is the driver's turn.
 * On the way in, packets of one node that an interface receives together are
 * chained behind the first by gro_receive(). So what is paid for each packet is
 * paid once for many. A packet that is larger than those of the interface
 * (slice.h) is part of a chain as it is, until it has to be cut.
 *
 * An interface that goes, or gets another name, takes its bearer
 * along; one that changes its address, its greatest packet or its state has
 * its links begin anew.
 *
 * Locking: as in bearer.c.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/gro.h>

#include "bearer.h"
#include "link.h"
#include "nodes.h"
#include "slice.h"

/* Longest chain: what the kernel lets an interface have at once, and a tag. */
#define CHAIN_MAX	(GSO_LEGACY_MAX_SIZE - VLAN_ETH_HLEN)

/* ---- chains ---------------------------------------------------------------- */

/**
 * struct chain - what is going to be chained
 * @n: how many packets
 * @len: of how many bytes together
 * @mtu: greatest packet of the wire; what is greater is cut into slices
 * @segs: how many packets of the wire that makes
 */
struct chain {
	unsigned int	n;
	unsigned int	len;
	unsigned int	mtu;
	unsigned int	segs;
};

static bool is_chain(const struct sk_buff *skb)
{
	return skb_is_gso(skb) && skb_has_frag_list(skb) &&
	       skb_shinfo(skb)->gso_type & SKB_GSO_FRAGLIST;
}

/*
 * Takes the packets of a chain out of it, in order; what remains of @skb is the
 * head, empty or the first packet. A tap may have the chain, too: then the
 * packets are clones. False if there is no memory, and nothing has changed.
 */
static bool unchain(struct sk_buff *skb, struct sk_buff_head *q)
{
	struct skb_shared_info *shinfo;
	struct sk_buff *next, *part;

	/* The list becomes ours alone; its packets may still be others', too. */
	if (skb_unclone(skb, GFP_ATOMIC))
		return false;
	shinfo = skb_shinfo(skb);
	next = shinfo->frag_list;
	shinfo->frag_list = NULL;
	shinfo->gso_size = 0;
	shinfo->gso_segs = 0;
	shinfo->gso_type = 0;
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

/* ---- sending --------------------------------------------------------------- */

static inline bool put_header(struct net_device *dev, struct sk_buff *skb,
			      const u8 *mac)
{
	skb_reset_network_header(skb);
	/* From here on the kernel counts what each packet of a chain adds. */
	skb_reset_transport_header(skb);
	skb->dev = dev;
	skb->protocol = htons(ETH_P_TIPC);
	skb->priority = TC_PRIO_CONTROL;
	return dev_hard_header(skb, dev, ETH_P_TIPC, mac, dev->dev_addr,
			       skb->len) >= 0;
}

static inline void xmit_one(struct net_device *dev, struct sk_buff *skb,
			    const u8 *mac)
{
	if (skb_cow_head(skb, LL_RESERVED_SPACE(dev)) ||
	    !put_header(dev, skb, mac)) {
		kfree_skb(skb);
		return;
	}
	dev_queue_xmit(skb);
}

/* Chains the first packets, as @c says, and sends them. */
static void xmit_chain(struct net_device *dev, struct sk_buff_head *q,
		       const struct chain *c, const u8 *mac)
{
	unsigned int room = LL_RESERVED_SPACE(dev), i;
	struct sk_buff *skb = alloc_skb(room, GFP_ATOMIC), *part, **last;

	if (!skb) {
		/* As if they were lost. */
		for (i = 0; i < c->n; i++)
			kfree_skb(__skb_dequeue(q));
		return;
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
	skb_shinfo(skb)->gso_type = SKB_GSO_FRAGLIST;
	skb_shinfo(skb)->gso_size = c->mtu;
	skb_shinfo(skb)->gso_segs = c->segs;
	if (put_header(dev, skb, mac))
		dev_queue_xmit(skb);
	else
		kfree_skb(skb);
}

/* The first packets, as many as one chain takes. */
static void chain_of(const struct net_device *dev,
		     const struct sk_buff_head *q, struct chain *c)
{
	unsigned int max = min_t(unsigned int, CHAIN_MAX,
				 READ_ONCE(dev->gso_max_size));
	struct sk_buff *skb;

	c->n = 0;
	c->len = 0;
	c->segs = 0;
	skb_queue_walk(q, skb) {
		if (c->n && c->len + skb->len > max)
			break;
		c->len += skb->len;
		c->segs += DIV_ROUND_UP(skb->len, c->mtu);
		c->n++;
	}
}

/* One by one, and cut, for an interface whose owner wants it so. */
static void xmit_cut(struct net_device *dev, struct sk_buff_head *q,
		     unsigned int mtu, const u8 *mac)
{
	struct sk_buff_head parts;
	struct sk_buff *skb;

	__skb_queue_head_init(&parts);
	while ((skb = __skb_dequeue(q))) {
		if (skb->len <= mtu) {
			xmit_one(dev, skb, mac);
			continue;
		}
		/* Without memory it is as if it were lost. */
		tipc_slice(skb, mtu, &parts);
		consume_skb(skb);
		while ((skb = __skb_dequeue(&parts)))
			xmit_one(dev, skb, mac);
	}
}

static void eth_xmit(struct tipc_bearer *b, struct sk_buff_head *q,
		     const struct tipc_maddr *to)
{
	const u8 *mac = to ? to->bytes : b->dev->broadcast;
	struct chain c = { .mtu = READ_ONCE(b->mtu) };

	if (!(b->dev->features & NETIF_F_GSO))
		xmit_cut(b->dev, q, c.mtu, mac);
	while (!skb_queue_empty(q)) {
		chain_of(b->dev, q, &c);
		if (c.segs > 1)
			xmit_chain(b->dev, q, &c, mac);
		else
			xmit_one(b->dev, __skb_dequeue(q), mac);
	}
}

/* The usual case: nothing to chain, and nothing to cut. */
static void eth_xmit_one(struct tipc_bearer *b, struct sk_buff *skb,
			 const struct tipc_maddr *to)
{
	struct sk_buff_head q;

	if (likely(skb->len <= READ_ONCE(b->mtu))) {
		xmit_one(b->dev, skb, to ? to->bytes : b->dev->broadcast);
		return;
	}
	__skb_queue_head_init(&q);
	__skb_queue_tail(&q, skb);
	eth_xmit(b, &q, to);
}

/* Gives a packet of a chain the header of the chain. */
static bool unchained(struct sk_buff *part, const struct sk_buff *chain,
		      unsigned int mac_len)
{
	if (part == chain) {
		__skb_push(part, mac_len);
		return true;
	}
	if (skb_cow_head(part, LL_RESERVED_SPACE(chain->dev) + VLAN_HLEN))
		return false;
	skb_reset_network_header(part);
	skb_reset_transport_header(part);
	__skb_push(part, mac_len);
	memcpy(part->data, skb_mac_header(chain), mac_len);
	skb_reset_mac_header(part);
	part->mac_len = mac_len;
	part->dev = chain->dev;
	part->protocol = chain->protocol;
	part->priority = chain->priority;
	part->mark = chain->mark;
	part->queue_mapping = chain->queue_mapping;
	__vlan_hwaccel_copy_tag(part, chain);
	return true;
}

/*
 * The packets of a chain, for a driver that takes one at a time. Its data begins
 * behind the header of the Ethernet; theirs is to begin with it.
 */
static struct sk_buff *gso_segment(struct sk_buff *chain,
				   netdev_features_t features)
{
	unsigned int mac_len = chain->data - skb_mac_header(chain);
	unsigned int mtu = skb_shinfo(chain)->gso_size;
	struct sk_buff *first = NULL, *last = NULL, *part;
	struct sk_buff_head q, parts;

	if (!is_chain(chain))
		return ERR_PTR(-EINVAL);
	__skb_queue_head_init(&q);
	__skb_queue_head_init(&parts);
	if (!unchain(chain, &q))
		return ERR_PTR(-ENOMEM);
	/* Who asks gives its own reference back. */
	if (chain->len)
		__skb_queue_tail(&parts, skb_get(chain));
	while ((part = __skb_dequeue(&q))) {
		if (part->len <= mtu) {
			__skb_queue_tail(&parts, part);
			continue;
		}
		/* Without memory it is as if it were lost. */
		tipc_slice(part, mtu, &parts);
		consume_skb(part);
	}
	while ((part = __skb_dequeue(&parts))) {
		if (!unchained(part, chain, mac_len)) {
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

static int eth_rcv(struct sk_buff *skb, struct net_device *dev,
		   struct packet_type *pt, struct net_device *orig_dev)
{
	struct tipc_bearer *b = container_of(pt, struct tipc_bearer, pt);
	struct tipc_maddr from = { .media = TIPC_MEDIA_ETH };
	struct sk_buff_head q, parts;

	/*
	 * What is for others is not for us; what is ours to send is not, too.
	 * Pairs with bearer_begin().
	 */
	if (skb->pkt_type > PACKET_MULTICAST || smp_load_acquire(&b->dead)) {
		kfree_skb(skb);
		return NET_RX_DROP;
	}
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (!skb)
		return NET_RX_DROP;
	memcpy(from.bytes, eth_hdr(skb)->h_source, ETH_ALEN);
	if (likely(!is_chain(skb))) {
		tipc_bearer_rcv_one(b, skb, &from);
		return NET_RX_SUCCESS;
	}
	__skb_queue_head_init(&q);
	__skb_queue_head_init(&parts);
	if (!unchain(skb, &parts)) {
		kfree_skb(skb);
		return NET_RX_DROP;
	}
	if (skb->len)
		__skb_queue_tail(&q, skb);
	else
		consume_skb(skb);
	skb_queue_splice_tail(&parts, &q);
	tipc_bearer_rcv(b, &q, &from);
	return NET_RX_SUCCESS;
}

static const struct tipc_msg *gro_msg(const struct sk_buff *skb)
{
	return (const void *)(skb->data + skb_gro_offset(skb));
}

/* May a packet be chained, or be the head of a chain? */
static bool gro_takes(const struct sk_buff *skb)
{
	return !NAPI_GRO_CB(skb)->flush && !skb_cloned(skb) &&
	       !skb_has_frag_list(skb) &&
	       skb_headlen(skb) >= skb_gro_offset(skb) + TIPC_HSIZE_CONN;
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

/* Packets that came together from one node go on as one. */
static struct sk_buff *gro_receive(struct list_head *head, struct sk_buff *skb)
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
		if (held->len + skb_gro_len(skb) > CHAIN_MAX)
			return held;
		gro_chain(held, skb);
		return NULL;
	}
	return NULL;
}

static int gro_complete(struct sk_buff *skb, int nhoff)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);

	shinfo->gso_type |= SKB_GSO_FRAGLIST;
	/* Nothing in it has to be cut once more. */
	shinfo->gso_size = U16_MAX;
	shinfo->gso_segs = NAPI_GRO_CB(skb)->count;
	skb->ip_summed = CHECKSUM_UNNECESSARY;
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

/* ---- enabling and disabling ------------------------------------------------ */

static int device_check(const struct net_device *dev,
			struct netlink_ext_ack *extack)
{
	if (!dev) {
		NL_SET_ERR_MSG(extack, "no interface has this name");
		return -ENODEV;
	}
	if (dev->type != ARPHRD_ETHER || dev->addr_len != ETH_ALEN) {
		NL_SET_ERR_MSG(extack, "the interface is not an Ethernet");
		return -EINVAL;
	}
	if (dev->mtu < TIPC_BEARER_MTU_MIN) {
		NL_SET_ERR_MSG(extack, "its packets are too small");
		return -EINVAL;
	}
	return 0;
}

/* Takes over what the interface says of itself. */
static void follow(struct tipc_bearer *b)
{
	b->at.media = TIPC_MEDIA_ETH;
	memcpy(b->at.bytes, b->dev->dev_addr, ETH_ALEN);
	WRITE_ONCE(b->mtu, min_t(unsigned int, b->dev->mtu, ETH_MAX_MTU));
}

static int eth_enable(struct tipc_bearer *b, struct nlattr *opts,
		      const struct tipc_bearer_props *props,
		      struct netlink_ext_ack *extack)
{
	struct net_device *dev = __dev_get_by_name(b->net, b->if_name);
	int err;

	err = device_check(dev, extack);
	if (err)
		return err;
	if (opts || props->mtu) {
		NL_SET_ERR_MSG(extack, "only UDP bearers have such options");
		return -EINVAL;
	}
	b->dev = dev;
	follow(b);
	b->pt.type = htons(ETH_P_TIPC);
	b->pt.dev = dev;
	b->pt.func = eth_rcv;
	netdev_hold(dev, &b->tracker, GFP_KERNEL);
	dev_add_pack(&b->pt);
	return 0;
}

static void eth_disable(struct tipc_bearer *b)
{
	/* Waits until no packet is on its way through the handler. */
	dev_remove_pack(&b->pt);
}

static void eth_free(struct tipc_bearer *b)
{
	netdev_put(b->dev, &b->tracker);
	tipc_bearer_free(b);
}

static void eth_device(struct tipc_bearer *b, struct net_device *dev,
		       unsigned long event)
{
	if (b->dev != dev)
		return;
	switch (event) {
	case NETDEV_UNREGISTER:
	case NETDEV_CHANGENAME:
		tipc_bearer_end(b);
		break;
	case NETDEV_CHANGEMTU:
		if (dev->mtu < TIPC_BEARER_MTU_MIN) {
			tipc_bearer_end(b);
			break;
		}
		fallthrough;
	case NETDEV_CHANGEADDR:
		follow(b);
		tipc_nodes_bearer_reset(b->net, b);
		tipc_bearer_changed(b);
		break;
	case NETDEV_GOING_DOWN:
		tipc_nodes_bearer_reset(b->net, b);
		break;
	case NETDEV_CHANGE:
		/* Whoever had a second link goes on at once over that. */
		if (!netif_carrier_ok(dev)) {
			tipc_nodes_bearer_reset(b->net, b);
			break;
		}
		fallthrough;
	case NETDEV_UP:
		tipc_bearer_changed(b);
		break;
	}
}

/** tipc_eth_media - Ethernet */
struct tipc_media tipc_eth_media = {
	.name = "eth",
	.type = TIPC_MEDIA_ETH,
	.usual = {
		.priority = TIPC_LINK_PRIO_DEFAULT,
		.tolerance_ms = TIPC_TOL_DEFAULT_MS,
		.window = TIPC_LINK_WIN_DEFAULT,
	},
	.enable = eth_enable,
	.disable = eth_disable,
	.free = eth_free,
	.xmit = eth_xmit,
	.xmit_one = eth_xmit_one,
	.device = eth_device,
};

/**
 * tipc_eth_register() - begin to make chains
 *
 * Context: Process context. May sleep.
 */
void tipc_eth_register(void)
{
	dev_add_offload(&offload);
}

/**
 * tipc_eth_unregister() - undo tipc_eth_register()
 *
 * Context: Process context. May sleep.
 */
void tipc_eth_unregister(void)
{
	/* Waits until nobody is in it. */
	dev_remove_offload(&offload);
}
