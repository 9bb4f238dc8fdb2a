// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending on what is for others.
 *
 * input.c has put a route object of ours on the packet and calls one of the two
 * functions here, which are also the input functions of those objects. They do
 * what a router owes to a packet: IPsec policies, the hop count, the size, the
 * FORWARD hook. An ICMP error is sent from the FIB
 * the packet came into, even when its route leads into another one: the
 * packet's device is that FIB's all the way.
 *
 * The FORWARD hook, where there is one, is told the device by which the packet
 * really came, so that rules for it need not know of FIBs.
 *
 * A packet that fits goes from here through the POSTROUTING hook to its neighbour:
 * the kernel's output function would only ask again what is known, its size and
 * whether there is IPsec. All others go by that function.
 *
 * Locking: all in softirq, in an RCU read-side section.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/inetdevice.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/skbuff.h>
#include <net/addrconf.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/neighbour.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "compat.h"
#include "fib.h"

/* The device a packet came by; its FIB's, if that has gone. */
static struct net_device *came_by(struct net *net, struct sk_buff *skb, int iif)
{
	struct net_device *dev = dev_get_by_index_rcu(net, iif);

	return dev ?: skb->dev;
}

/*
 * As the kernel has it for packets that are sent on. Of our own objects it is
 * known that they carry no path MTU; IPsec may have put another in their place.
 */
static unsigned int mtu4(const struct dst_entry *dst)
{
	unsigned int mtu;

	if (unlikely(dst->input != mfib_forward4))
		return ip_dst_mtu_maybe_forward(dst, true);
	mtu = dst_metric_raw(dst, RTAX_MTU);
	return mtu ?: min_t(unsigned int, READ_ONCE(dst->dev->mtu), IP_MAX_MTU);
}

/* Shall the packet not go on in this form at all? */
static bool unfit(struct sk_buff *skb)
{
	return skb->pkt_type != PACKET_HOST || skb->sk ||
	       skb_warn_if_lro(skb);
}

static bool fits(const struct sk_buff *skb, unsigned int mtu)
{
	return skb->len <= mtu ||
	       (skb_is_gso(skb) && skb_gso_validate_network_len(skb, mtu));
}

/* ---- IPv4 ------------------------------------------------------------------- */

/*
 * To the neighbour, with what the kernel's output function would count. A hook may
 * have made the packet longer, or IPsec another route: then all of that function
 * is needed, but for its hooks.
 */
static int neighbour4(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	struct rtable *rt = skb_rtable(skb);
	struct neighbour *n;
	bool v6gw = false;

	if (unlikely(rt->dst.input != mfib_forward4 ||
		     !fits(skb, mtu4(&rt->dst)))) {
		IPCB(skb)->flags |= IPSKB_REROUTED;
		return dst_output(net, sk, skb);
	}
	IP_UPD_PO_STATS(net, IPSTATS_MIB_OUT, skb->len);
	n = ip_neigh_for_gw(rt, skb, &v6gw);
	if (IS_ERR(n)) {
		kfree_skb(skb);
		return PTR_ERR(n);
	}
	return neigh_output(n, skb, v6gw);
}

/* Behind the FORWARD hook. There is room for the header of the link. */
static int finish4(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	struct dst_entry *dst = skb_dst(skb);
	struct net_device *in = skb->dev;

	skb_clear_tstamp(skb);
	if (unlikely(dst->input != mfib_forward4 || IPCB(skb)->frag_max_size))
		return dst_output(net, sk, skb);
	skb->dev = dst->dev;
	if (!rcu_access_pointer(net->nf.hooks_ipv4[NF_INET_POST_ROUTING]))
		return neighbour4(net, sk, skb);
	return NF_HOOK(NFPROTO_IPV4, NF_INET_POST_ROUTING, net, sk, skb, in,
		       skb->dev, neighbour4);
}

static void ttl4(struct mfib_fib *fib, struct sk_buff *skb)
{
	icmp_send(skb, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
	mfib_drop(fib, skb, MFIB_C_TTL);
}

static void tell4(struct mfib_fib *fib, struct sk_buff *skb, unsigned int mtu)
{
	icmp_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu));
	mfib_drop(fib, skb, MFIB_C_MTU);
}

/* Too big, and not to be cut: neither now nor, if it was put together, again. */
static bool too_big4(const struct sk_buff *skb, unsigned int mtu)
{
	if (fits(skb, mtu))
		return false;
	return (ip_hdr(skb)->frag_off & htons(IP_DF) && !skb->ignore_df) ||
	       IPCB(skb)->frag_max_size > mtu;
}

static int send4(struct mfib_fib *fib, struct sk_buff *skb)
{
	struct rtable *rt = skb_rtable(skb);
	struct net *net = dev_net(skb->dev);

	if (unlikely(skb_cow(skb, LL_RESERVED_SPACE(rt->dst.dev) +
			     rt->dst.header_len))) {
		mfib_drop(fib, skb, MFIB_C_NOMEM);
		return NET_RX_DROP;
	}
	ip_decrease_ttl(ip_hdr(skb));
	if (READ_ONCE(net->ipv4.sysctl_ip_fwd_update_priority))
		skb->priority = rt_tos2priority(ip_hdr(skb)->tos);
	mfib_count(fib, MFIB_C_FORWARDED);
	if (!rcu_access_pointer(net->nf.hooks_ipv4[NF_INET_FORWARD]))
		return finish4(net, NULL, skb);
	return NF_HOOK(NFPROTO_IPV4, NF_INET_FORWARD, net, NULL, skb,
		       came_by(net, skb, IPCB(skb)->iif), rt->dst.dev, finish4);
}

/**
 * mfib_send_on4() - send a packet on
 * @fib: the FIB that it came into
 * @skb: the packet, its device that of @fib, with a route object of ours
 *
 * Context: Softirqs off, RCU read-side section.
 * Return: as dst_input() does.
 */
int mfib_send_on4(struct mfib_fib *fib, struct sk_buff *skb)
{
	unsigned int mtu;

	if (unlikely(unfit(skb)))
		goto drop;
	if (!xfrm4_policy_check(NULL, XFRM_POLICY_FWD, skb))
		goto drop_xfrm;
	skb_forward_csum(skb);
	if (unlikely(ip_hdr(skb)->ttl <= 1)) {
		ttl4(fib, skb);
		return NET_RX_DROP;
	}
	if (!xfrm4_route_forward(skb))
		goto drop_xfrm;
	IPCB(skb)->flags |= IPSKB_FORWARDED;
	mtu = mtu4(skb_dst(skb));
	if (unlikely(too_big4(skb, mtu))) {
		tell4(fib, skb, mtu);
		return NET_RX_DROP;
	}
	return send4(fib, skb);

drop_xfrm:
	mfib_drop(fib, skb, MFIB_C_XFRM);
	return NET_RX_DROP;
drop:
	kfree_skb(skb);
	return NET_RX_DROP;
}

/**
 * mfib_forward4() - input function of our IPv4 routes
 * @skb: the packet, its device that of a FIB
 *
 * Context: Softirq, RCU read-side section.
 * Return: as dst_input() does.
 */
int mfib_forward4(struct sk_buff *skb)
{
	struct mfib_fib *fib = mfib_dev_fib(skb->dev);

	if (likely(fib))
		return mfib_send_on4(fib, skb);
	kfree_skb(skb);
	return NET_RX_DROP;
}

/* ---- IPv6 ------------------------------------------------------------------- */

static unsigned int mtu6(const struct dst_entry *dst)
{
	return max_t(unsigned int, IPV6_MIN_MTU,
		     ip6_dst_mtu_maybe_forward(dst, true));
}

/* As neighbour4(). */
static int neighbour6(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	struct rt6_info *rt = (struct rt6_info *)skb_dst(skb);
	struct neighbour *n;

	if (unlikely(rt->dst.input != mfib_forward6 ||
		     !fits(skb, mtu6(&rt->dst)))) {
		IP6CB(skb)->flags |= IP6SKB_REROUTED;
		return dst_output(net, sk, skb);
	}
	IP6_UPD_PO_STATS(net, rt->rt6i_idev, IPSTATS_MIB_OUT, skb->len);
	n = ip_neigh_gw6(skb->dev, rt6_nexthop(rt, &ipv6_hdr(skb)->daddr));
	if (IS_ERR(n)) {
		kfree_skb(skb);
		return PTR_ERR(n);
	}
	return neigh_output(n, skb, false);
}

/* Does nothing but hooks and the neighbour stand before the device? */
static bool straight6(const struct sk_buff *skb)
{
	const struct rt6_info *rt = (const struct rt6_info *)skb_dst(skb);

	return !IP6CB(skb)->frag_max_size && !skb->ignore_df &&
	       rt->dst.input == mfib_forward6 && rt->rt6i_idev &&
	       !READ_ONCE(rt->rt6i_idev->cnf.disable_ipv6);
}

static int finish6(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	struct net_device *in = skb->dev;

	skb_clear_tstamp(skb);
	if (unlikely(!straight6(skb)))
		return dst_output(net, sk, skb);
	skb->dev = skb_dst(skb)->dev;
	if (!rcu_access_pointer(net->nf.hooks_ipv6[NF_INET_POST_ROUTING]))
		return neighbour6(net, sk, skb);
	return NF_HOOK(NFPROTO_IPV6, NF_INET_POST_ROUTING, net, sk, skb, in,
		       skb->dev, neighbour6);
}

/* An ICMP error finds its FIB by the route object of the packet. */
static void icmp6(struct mfib_fib *fib, struct sk_buff *skb, u8 type, u8 code,
		  u32 info, enum mfib_count why)
{
	struct rt6_info *rt = rcu_dereference(fib->error6);

	if (rt) {
		skb_dst_drop(skb);
		skb_dst_set_noref(skb, &rt->dst);
		icmpv6_send(skb, type, code, info);
	}
	mfib_drop(fib, skb, why);
}

/* A packet from nowhere, or from a link, goes nowhere else. */
static bool source_ok6(struct mfib_fib *fib, struct sk_buff *skb)
{
	int type = ipv6_addr_type(&ipv6_hdr(skb)->saddr);

	if (likely(type != IPV6_ADDR_ANY &&
		   !(type & (IPV6_ADDR_MULTICAST | IPV6_ADDR_LOOPBACK |
			     IPV6_ADDR_LINKLOCAL))))
		return true;
	if (type & IPV6_ADDR_LINKLOCAL)
		icmp6(fib, skb, ICMPV6_DEST_UNREACH, ICMPV6_NOT_NEIGHBOUR, 0,
		      MFIB_C_MARTIAN_SRC);
	else
		mfib_drop(fib, skb, MFIB_C_MARTIAN_SRC);
	return false;
}

static bool too_big6(const struct sk_buff *skb, unsigned int mtu)
{
	if (IP6CB(skb)->frag_max_size && IP6CB(skb)->frag_max_size > mtu)
		return true;
	return !skb->ignore_df && !fits(skb, mtu);
}

static int send6(struct mfib_fib *fib, struct sk_buff *skb)
{
	struct dst_entry *dst = skb_dst(skb);
	struct net *net = dev_net(skb->dev);

	if (unlikely(skb_cow(skb, LL_RESERVED_SPACE(dst->dev) +
			     dst->header_len))) {
		mfib_drop(fib, skb, MFIB_C_NOMEM);
		return NET_RX_DROP;
	}
	ipv6_hdr(skb)->hop_limit--;
	mfib_count(fib, MFIB_C_FORWARDED);
	if (!rcu_access_pointer(net->nf.hooks_ipv6[NF_INET_FORWARD]))
		return finish6(net, NULL, skb);
	return NF_HOOK(NFPROTO_IPV6, NF_INET_FORWARD, net, NULL, skb,
		       came_by(net, skb, IP6CB(skb)->iif), dst->dev, finish6);
}

/**
 * mfib_send_on6() - send a packet on
 * @fib: the FIB that it came into
 * @skb: the packet, its device that of @fib, with a route object of ours
 *
 * Context: Softirqs off, RCU read-side section.
 * Return: as dst_input() does.
 */
int mfib_send_on6(struct mfib_fib *fib, struct sk_buff *skb)
{
	unsigned int mtu;

	if (unlikely(unfit(skb)))
		goto drop;
	if (!xfrm6_policy_check(NULL, XFRM_POLICY_FWD, skb))
		goto drop_xfrm;
	skb_forward_csum(skb);
	if (unlikely(ipv6_hdr(skb)->hop_limit <= 1)) {
		icmp6(fib, skb, ICMPV6_TIME_EXCEED, ICMPV6_EXC_HOPLIMIT, 0,
		      MFIB_C_TTL);
		return NET_RX_DROP;
	}
	if (!source_ok6(fib, skb))
		return NET_RX_DROP;
	if (!xfrm6_route_forward(skb))
		goto drop_xfrm;
	IP6CB(skb)->flags |= IP6SKB_FORWARDED;
	mtu = mtu6(skb_dst(skb));
	if (unlikely(too_big6(skb, mtu))) {
		icmp6(fib, skb, ICMPV6_PKT_TOOBIG, 0, mtu, MFIB_C_MTU);
		return NET_RX_DROP;
	}
	return send6(fib, skb);

drop_xfrm:
	mfib_drop(fib, skb, MFIB_C_XFRM);
	return NET_RX_DROP;
drop:
	kfree_skb(skb);
	return NET_RX_DROP;
}

/**
 * mfib_forward6() - input function of our IPv6 routes
 * @skb: the packet, its device that of a FIB
 *
 * Context: Softirq, RCU read-side section.
 * Return: as dst_input() does.
 */
int mfib_forward6(struct sk_buff *skb)
{
	struct mfib_fib *fib = mfib_dev_fib(skb->dev);

	if (likely(fib))
		return mfib_send_on6(fib, skb);
	kfree_skb(skb);
	return NET_RX_DROP;
}
