// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bearers that are Ethernet interfaces: packets of type 0x88ca.
 *
 * Packets come in through a packet handler of the interface and go to
 * bearer.c. Those that are sent together to one node go down as one, and those
 * that an interface receives together come as one: chain.c.
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
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>

#include "bearer.h"
#include "chain.h"
#include "link.h"
#include "nodes.h"
#include "slice.h"

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
	unsigned int max = min_t(unsigned int, TIPC_CHAIN_MAX,
				 READ_ONCE(b->dev->gso_max_size));
	unsigned int mtu = READ_ONCE(b->mtu);
	struct sk_buff *skb;

	if (!(b->dev->features & NETIF_F_GSO))
		xmit_cut(b->dev, q, mtu, mac);
	while (!skb_queue_empty(q)) {
		skb = tipc_chain_next(q, mtu, max, LL_RESERVED_SPACE(b->dev));
		if (skb)
			xmit_one(b->dev, skb, mac);
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

/* ---- receiving ------------------------------------------------------------- */

static int eth_rcv(struct sk_buff *skb, struct net_device *dev,
		   struct packet_type *pt, struct net_device *orig_dev)
{
	struct tipc_bearer *b = container_of(pt, struct tipc_bearer, pt);
	struct tipc_maddr from = { .media = TIPC_MEDIA_ETH };
	struct sk_buff_head q;

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
	if (likely(!tipc_is_chain(skb))) {
		tipc_bearer_rcv_one(b, skb, &from);
		return NET_RX_SUCCESS;
	}
	__skb_queue_head_init(&q);
	if (!tipc_unchain(skb, &q)) {
		kfree_skb(skb);
		return NET_RX_DROP;
	}
	consume_skb(skb);
	tipc_bearer_rcv(b, &q, &from);
	return NET_RX_SUCCESS;
}

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
	.sliced_max = TIPC_SLICED_MAX,
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
