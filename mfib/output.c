// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets of this host that leave by a FIB.
 *
 * A socket in a FIB is routed by the kernel's table of that FIB. Where this knows
 * the way, to a network on the link or by a mirrored route, the kernel shows us
 * the packet in mfib_out(), and our table decides in its stead. For all else
 * the table has a default route to the FIB's device, and the packet arrives in
 * mfib_xmit(), which looks up, puts our route object on it and sends it out anew.
 * So our table decides about each packet, once.
 *
 * Locking: in an RCU read-side section, softirqs off or in softirq.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/addrconf.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/route.h>

#include "compat.h"
#include "fib.h"
#include "trace.h"

/* Is the socket's user allowed to be here? SO_BINDTODEVICE asked nobody. */
static bool sender_ok(struct mfib_fib *fib, struct sk_buff *skb)
{
	struct sock *sk = skb_to_full_sk(skb);

	return !sk || mfib_granted_socket(fib, sk);
}

static bool too_big(const struct sk_buff *skb, unsigned int mtu)
{
	if (skb_is_gso(skb))
		return !skb_gso_validate_network_len(skb, mtu);
	return skb->len > mtu;
}

/*
 * Not delivered: the sender is told as if the link were gone. The route object
 * is that of the socket, so the error finds its way back.
 */
static void unsent(struct mfib_fib *fib, struct sk_buff *skb,
		   enum mfib_count why)
{
	if (why != MFIB_C_BLACKHOLE && why != MFIB_C_GRANT)
		dst_link_failure(skb);
	mfib_drop(fib, skb, why);
}

/* ---- to this host ------------------------------------------------------------ */

/* As the loopback device does, but within the FIB. */
static bool loop_back(const struct mfib_hop *hop, struct sk_buff *skb,
		      struct dst_entry *dst)
{
	struct net_device *dev = rcu_dereference(hop->fib->dev);

	if (!dev || !dst || !dst_hold_safe(dst))
		return false;
	skb_orphan(skb);
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	nf_reset_ct(skb);
	skb->dev = dev;
	skb->pkt_type = PACKET_LOOPBACK;
	skb->protocol = dst->ops->family == AF_INET ? htons(ETH_P_IP) :
						      htons(ETH_P_IPV6);
	skb_reset_mac_header(skb);
	skb_clear_tstamp(skb);
	dev_sw_netstats_rx_add(dev, skb->len);
	mfib_count(hop->fib, MFIB_C_DELIVERED);
	netif_rx(skb);
	return true;
}

/*
 * Puts our route object on a packet, with a reference: what sends packets of
 * this host goes on outside of the RCU read-side section that it was found in.
 * False when its device has just gone.
 */
static bool route_set(struct sk_buff *skb, struct dst_entry *dst)
{
	if (unlikely(!dst_hold_safe(dst)))
		return false;
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	return true;
}

/* ---- IPv4 --------------------------------------------------------------------- */

/* True when the packet is gone: it did not fit, and its sender was told. */
static bool mtu4(struct mfib_fib *fib, struct sk_buff *skb, unsigned int mtu)
{
	if (likely(!too_big(skb, mtu)) ||
	    !(ip_hdr(skb)->frag_off & htons(IP_DF)) || skb->ignore_df)
		return false;
	skb_dst_update_pmtu_no_confirm(skb, mtu);
	icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu));
	mfib_drop(fib, skb, MFIB_C_MTU);
	return true;
}

static int send4(struct mfib_fib *fib, struct sk_buff *skb, struct rtable *rt)
{
	struct net *net = fib->mnet->net;
	bool forwarded = IPCB(skb)->flags & IPSKB_FORWARDED;
	struct iphdr *iph = ip_hdr(skb);

	if (!route_set(skb, &rt->dst)) {
		unsent(fib, skb, MFIB_C_DEAD);
		return NET_XMIT_DROP;
	}
	/* Conntrack looked away when the packet went to the FIB's device. */
	nf_reset_ct(skb);
	if (!iph->saddr)
		iph->saddr = inet_select_addr(rt->dst.dev, rt_nexthop(rt, 0),
					      RT_SCOPE_UNIVERSE);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	mfib_count(fib, MFIB_C_SENT);
	if (!forwarded)
		return ip_local_out(net, skb->sk, skb);
	IPCB(skb)->flags |= IPSKB_FORWARDED;
	return dst_output(net, skb->sk, skb);
}

static int to_path4(struct mfib_fib *fib, struct sk_buff *skb,
		    const struct mfib_nh *nh)
{
	struct rtable *rt = mfib_path_rt4(nh);

	if (unlikely(!rt)) {
		unsent(fib, skb, MFIB_C_DEAD);
		return NET_XMIT_DROP;
	}
	if (unlikely(mtu4(fib, skb, dst_mtu(&rt->dst))))
		return NET_XMIT_DROP;
	return send4(fib, skb, rt);
}

static int xmit4(struct mfib_fib *fib, struct sk_buff *skb)
{
	enum mfib_count why;
	struct mfib_hop hop;

	if (!pskb_may_pull(skb, sizeof(struct iphdr)) || !skb_dst(skb)) {
		mfib_drop(fib, skb, MFIB_C_HEADER);
		return NET_XMIT_DROP;
	}
	why = mfib_route4(fib, skb, ip_hdr(skb)->daddr, &hop);
	trace_mfib_route4(fib->id, skb, why ? NULL : hop.nh);
	if (!why && hop.nh->spec.type == MFIB_NH_UNICAST)
		return to_path4(fib, skb, hop.nh);
	if (!why && hop.nh->spec.type == MFIB_NH_LOCAL &&
	    loop_back(&hop, skb, (void *)rcu_dereference(hop.fib->local4)))
		return NET_XMIT_SUCCESS;
	unsent(fib, skb, why ?: mfib_refusal(hop.nh));
	return NET_XMIT_DROP;
}

/* ---- IPv6 --------------------------------------------------------------------- */

static bool mtu6(struct mfib_fib *fib, struct sk_buff *skb, unsigned int mtu)
{
	mtu = max_t(unsigned int, mtu, IPV6_MIN_MTU);
	if (likely(!too_big(skb, mtu)) || skb->ignore_df)
		return false;
	skb_dst_update_pmtu_no_confirm(skb, mtu);
	icmpv6_ndo_send(skb, ICMPV6_PKT_TOOBIG, 0, mtu);
	mfib_drop(fib, skb, MFIB_C_MTU);
	return true;
}

static int send6(struct mfib_fib *fib, struct sk_buff *skb,
		 struct rt6_info *rt)
{
	struct net *net = fib->mnet->net;
	bool forwarded = IP6CB(skb)->flags & IP6SKB_FORWARDED;

	if (!route_set(skb, &rt->dst)) {
		unsent(fib, skb, MFIB_C_DEAD);
		return NET_XMIT_DROP;
	}
	nf_reset_ct(skb);
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	mfib_count(fib, MFIB_C_SENT);
	if (!forwarded)
		return ip6_local_out(net, skb->sk, skb);
	IP6CB(skb)->flags |= IP6SKB_FORWARDED;
	return dst_output(net, skb->sk, skb);
}

static int to_path6(struct mfib_fib *fib, struct sk_buff *skb,
		    const struct mfib_nh *nh)
{
	struct rt6_info *rt = mfib_path_rt6(nh);

	if (unlikely(!rt)) {
		unsent(fib, skb, MFIB_C_DEAD);
		return NET_XMIT_DROP;
	}
	if (unlikely(mtu6(fib, skb, dst_mtu(&rt->dst))))
		return NET_XMIT_DROP;
	return send6(fib, skb, rt);
}

static int xmit6(struct mfib_fib *fib, struct sk_buff *skb)
{
	enum mfib_count why;
	struct mfib_hop hop;

	if (!pskb_may_pull(skb, sizeof(struct ipv6hdr)) || !skb_dst(skb)) {
		mfib_drop(fib, skb, MFIB_C_HEADER);
		return NET_XMIT_DROP;
	}
	why = mfib_route6(fib, skb, &ipv6_hdr(skb)->daddr, &hop);
	trace_mfib_route6(fib->id, skb, why ? NULL : hop.nh);
	if (!why && hop.nh->spec.type == MFIB_NH_UNICAST)
		return to_path6(fib, skb, hop.nh);
	if (!why && hop.nh->spec.type == MFIB_NH_LOCAL &&
	    loop_back(&hop, skb, (void *)rcu_dereference(hop.fib->local6)))
		return NET_XMIT_SUCCESS;
	unsent(fib, skb, why ?: mfib_refusal(hop.nh));
	return NET_XMIT_DROP;
}

/**
 * mfib_xmit() - transmit function of the device of a FIB
 * @skb: the packet; gone afterwards
 * @dev: the device
 *
 * Context: Softirqs off, RCU read-side section.
 * Return: as ndo_start_xmit() does.
 */
netdev_tx_t mfib_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct mfib_fib *fib = ((struct mfib_dev *)netdev_priv(dev))->fib;
	unsigned int len = skb->len;
	int err;

	if (unlikely(!sender_ok(fib, skb))) {
		unsent(fib, skb, MFIB_C_GRANT);
		return NET_XMIT_DROP;
	}
	switch (skb->protocol) {
	case htons(ETH_P_IP):
		err = xmit4(fib, skb);
		break;
	case htons(ETH_P_IPV6):
		err = xmit6(fib, skb);
		break;
	default:
		mfib_drop(fib, skb, MFIB_C_HEADER);
		err = NET_XMIT_DROP;
	}
	if (likely(!net_xmit_eval(err)))
		dev_sw_netstats_tx_add(dev, 1, len);
	else
		DEV_STATS_INC(dev, tx_dropped);
	return NETDEV_TX_OK;
}

/* ---- what the kernel has routed to a device of the FIB ------------------------ */

/* Bound to the very device: then no other will do. */
static bool bound_to(const struct sock *sk, int ifindex)
{
	return sk && sk_fullsock(sk) && sk->sk_bound_dev_if == ifindex;
}

/*
 * An IPsec policy has chosen the route object. What comes of the packet is
 * shown to us again, and routed then.
 */
static bool encrypts(const struct dst_entry *dst)
{
	return dst_xfrm(dst);
}

/* Mirrored from the kernel's table, which alone knows what to do. */
static bool for_kernel(const struct mfib_nh *nh)
{
	return nh->spec.type == MFIB_NH_MULTICAST ||
	       nh->spec.type == MFIB_NH_BROADCAST;
}

static struct sk_buff *out4(struct mfib_fib *fib, struct sock *sk,
			    struct sk_buff *skb)
{
	struct dst_entry *dst = skb_dst(skb);
	__be32 daddr = ip_hdr(skb)->daddr;
	enum mfib_count why;
	struct mfib_hop hop;
	struct rtable *rt;

	if (dst->input == mfib_forward4 || encrypts(dst) ||
	    ipv4_is_multicast(daddr) || ipv4_is_lbcast(daddr) ||
	    skb_rtable(skb)->rt_type == RTN_BROADCAST)
		return skb;
	why = mfib_route4(fib, skb, daddr, &hop);
	trace_mfib_route4(fib->id, skb, why ? NULL : hop.nh);
	/* The kernel knows its own addresses and links before we do. */
	if (why == MFIB_C_NOROUTE && !skb_rtable(skb)->rt_gw_family)
		return skb;
	if (!why && for_kernel(hop.nh))
		return skb;
	if (why || hop.nh->spec.type != MFIB_NH_UNICAST)
		goto refused;
	rt = mfib_path_rt4(hop.nh);
	if (rt && rt->dst.dev != dst->dev && bound_to(sk, dst->dev->ifindex))
		return skb;
	if (!rt || !route_set(skb, &rt->dst)) {
		why = MFIB_C_DEAD;
		goto refused;
	}
	mfib_count(fib, MFIB_C_SENT);
	return skb;

refused:
	unsent(fib, skb, why ?: mfib_refusal(hop.nh));
	return NULL;
}

static struct sk_buff *out6(struct mfib_fib *fib, struct sock *sk,
			    struct sk_buff *skb)
{
	const struct in6_addr *daddr = &ipv6_hdr(skb)->daddr;
	struct dst_entry *dst = skb_dst(skb);
	struct rt6_info *rt = (struct rt6_info *)dst;
	enum mfib_count why;
	struct mfib_hop hop;

	if (dst->input == mfib_forward6 || encrypts(dst) ||
	    ipv6_addr_type(daddr) & (IPV6_ADDR_MULTICAST | IPV6_ADDR_LINKLOCAL))
		return skb;
	why = mfib_route6(fib, skb, daddr, &hop);
	trace_mfib_route6(fib->id, skb, why ? NULL : hop.nh);
	if (why == MFIB_C_NOROUTE && !(rt->rt6i_flags & RTF_GATEWAY))
		return skb;
	if (!why && for_kernel(hop.nh))
		return skb;
	if (why || hop.nh->spec.type != MFIB_NH_UNICAST)
		goto refused;
	rt = mfib_path_rt6(hop.nh);
	if (rt && rt->dst.dev != dst->dev && bound_to(sk, dst->dev->ifindex))
		return skb;
	if (!rt || !route_set(skb, &rt->dst)) {
		why = MFIB_C_DEAD;
		goto refused;
	}
	mfib_count(fib, MFIB_C_SENT);
	return skb;

refused:
	unsent(fib, skb, why ?: mfib_refusal(hop.nh));
	return NULL;
}

/**
 * mfib_out() - the kernel has routed a packet of this host to a device of a FIB
 * @master: the device of the FIB
 * @sk: whose packet it is, or NULL
 * @skb: the packet
 * @proto: AF_INET or AF_INET6
 *
 * Context: RCU read-side section.
 * Return: the packet, or NULL if it was dropped.
 */
struct sk_buff *mfib_out(struct net_device *master, struct sock *sk,
			 struct sk_buff *skb, u16 proto)
{
	struct mfib_fib *fib = ((struct mfib_dev *)netdev_priv(master))->fib;

	if (unlikely(!fib))
		return skb;
	if (unlikely(!sender_ok(fib, skb))) {
		unsent(fib, skb, MFIB_C_GRANT);
		return NULL;
	}
	return proto == AF_INET ? out4(fib, sk, skb) : out6(fib, sk, skb);
}
