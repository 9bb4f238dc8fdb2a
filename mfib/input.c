// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that come in by a device of a FIB: where do they go?
 *
 * The kernel calls mfib_rcv() behind the PREROUTING hook and before its own
 * routing. What is to be sent on is sent on from here; what it returns with a route
 * object goes where that says; what it returns without goes the kernel's own way,
 * which sees the FIB's device and its table and no other; what it does not return
 * is gone.
 *
 * The kernel's own way is for what it alone does well: multicast, broadcast,
 * link-local addresses, neighbour discovery, IP options and router alert. Its
 * table of the FIB sends what it does not know to the FIB's device, whose
 * transmit function asks our table (output.c), so that even then no other
 * table is asked.
 *
 * Locking: all in softirq, in an RCU read-side section.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/addrconf.h>
#include <net/dst_metadata.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "fib.h"
#include "trace.h"

/* From table to table, at most. */
#define TABLES_MAX	4

/* ---- looking up ------------------------------------------------------------- */

/*
 * One step: @nh is what a table says. 0 and @hop filled in, 1 and @hop->fib
 * changed when another table has to be asked, or the reason of a drop.
 */
static int route_step(struct mfib_hop *hop, struct mfib_nh *nh,
		      struct sk_buff *skb)
{
	if (unlikely(!nh)) {
		mfib_count(hop->fib, MFIB_C_MISSES);
		return MFIB_C_NOROUTE;
	}
	if (unlikely(nh->spec.type == MFIB_NH_GROUP))
		nh = mfib_nh_select(nh, skb_get_hash(skb));
	if (unlikely(!nh || READ_ONCE(nh->dead)))
		return MFIB_C_DEAD;
	hop->nh = nh;
	if (likely(nh->spec.type != MFIB_NH_TABLE))
		return 0;
	hop->fib = mfib_fib_rcu(hop->fib->mnet, nh->spec.table);
	return hop->fib ? 1 : MFIB_C_DEAD;
}

/**
 * mfib_route4() - where an IPv4 packet goes
 * @fib: the FIB it is in
 * @skb: the packet, for the hash of its flow
 * @daddr: its destination
 * @hop: next hop, and whose table named it; @hop->fib is valid on error, too
 *
 * Context: RCU read-side section, softirqs off.
 * Return: 0, or the reason why it goes nowhere.
 */
enum mfib_count mfib_route4(struct mfib_fib *fib, struct sk_buff *skb,
			    __be32 daddr, struct mfib_hop *hop)
{
	unsigned int n;
	int err;

	hop->fib = fib;
	for (n = 0; n < TABLES_MAX; n++) {
		mfib_count(hop->fib, MFIB_C_LOOKUPS);
		err = route_step(hop, mfib_rib_lookup4(&hop->fib->rib[MFIB_V4],
						       ntohl(daddr)), skb);
		if (likely(err != 1))
			goto out;
	}
	err = MFIB_C_LOOP;
out:
	if (!hop->fib)
		hop->fib = fib;
	return err;
}

static struct mfib_key key6(const struct in6_addr *addr)
{
	return (struct mfib_key){
		.hi = (u64)ntohl(addr->s6_addr32[0]) << 32 |
		      ntohl(addr->s6_addr32[1]),
		.lo = (u64)ntohl(addr->s6_addr32[2]) << 32 |
		      ntohl(addr->s6_addr32[3]),
	};
}

/**
 * mfib_route6() - where an IPv6 packet goes
 * @fib: the FIB it is in
 * @skb: the packet, for the hash of its flow
 * @daddr: its destination
 * @hop: next hop, and whose table named it; @hop->fib is valid on error, too
 *
 * Context: RCU read-side section, softirqs off.
 * Return: 0, or the reason why it goes nowhere.
 */
enum mfib_count mfib_route6(struct mfib_fib *fib, struct sk_buff *skb,
			    const struct in6_addr *daddr,
			    struct mfib_hop *hop)
{
	struct mfib_key key = key6(daddr);
	unsigned int n;
	int err;

	hop->fib = fib;
	for (n = 0; n < TABLES_MAX; n++) {
		mfib_count(hop->fib, MFIB_C_LOOKUPS);
		err = route_step(hop, mfib_rib_lookup6(&hop->fib->rib[MFIB_V6],
						       &key), skb);
		if (likely(err != 1))
			goto out;
	}
	err = MFIB_C_LOOP;
out:
	if (!hop->fib)
		hop->fib = fib;
	return err;
}

/**
 * mfib_refusal() - why a route that is no way sends nothing
 * @nh: its next hop
 *
 * Return: the reason.
 */
enum mfib_count mfib_refusal(const struct mfib_nh *nh)
{
	switch (nh->spec.type) {
	case MFIB_NH_UNREACHABLE:
		return MFIB_C_UNREACHABLE;
	case MFIB_NH_PROHIBIT:
		return MFIB_C_PROHIBIT;
	case MFIB_NH_BLACKHOLE:
		return MFIB_C_BLACKHOLE;
	default:
		return MFIB_C_DEAD;
	}
}

/* ---- drops -------------------------------------------------------------------- */

/**
 * mfib_drop() - the end of a packet
 * @fib: where it is counted
 * @skb: the packet; freed
 * @why: the reason
 *
 * Context: RCU read-side section, softirqs off.
 */
void mfib_drop(struct mfib_fib *fib, struct sk_buff *skb, enum mfib_count why)
{
	mfib_count(fib, why);
	trace_mfib_drop(fib->id, skb, mfib_count_name(why));
	kfree_skb(skb);
}

static int icmp_code4(enum mfib_count why)
{
	switch (why) {
	case MFIB_C_NOROUTE:
		return ICMP_NET_UNREACH;
	case MFIB_C_PROHIBIT:
		return ICMP_PKT_FILTERED;
	case MFIB_C_UNREACHABLE:
	case MFIB_C_DEAD:
	case MFIB_C_LOOP:
	case MFIB_C_NEIGH_QUOTA:
		return ICMP_HOST_UNREACH;
	default:
		return -1;
	}
}

/**
 * mfib_error4() - the end of an IPv4 packet, of which the sender is told
 * @fib: the FIB it came into, from which the error leaves
 * @skb: the packet; freed
 * @why: the reason
 *
 * Context: RCU read-side section, softirqs off.
 */
void mfib_error4(struct mfib_fib *fib, struct sk_buff *skb, enum mfib_count why)
{
	struct rtable *rt = rcu_dereference(fib->error4);
	int code = icmp_code4(why);

	if (rt && code >= 0) {
		skb_dst_drop(skb);
		skb_dst_set_noref(skb, &rt->dst);
		icmp_send(skb, ICMP_DEST_UNREACH, code, 0);
	}
	mfib_drop(fib, skb, why);
}

static int icmp_code6(enum mfib_count why)
{
	switch (why) {
	case MFIB_C_NOROUTE:
		return ICMPV6_NOROUTE;
	case MFIB_C_PROHIBIT:
		return ICMPV6_ADM_PROHIBITED;
	case MFIB_C_UNREACHABLE:
	case MFIB_C_DEAD:
	case MFIB_C_LOOP:
	case MFIB_C_NEIGH_QUOTA:
		return ICMPV6_ADDR_UNREACH;
	default:
		return -1;
	}
}

/**
 * mfib_error6() - the end of an IPv6 packet, of which the sender is told
 * @fib: the FIB it came into, from which the error leaves
 * @skb: the packet; freed
 * @why: the reason
 *
 * Context: RCU read-side section, softirqs off.
 */
void mfib_error6(struct mfib_fib *fib, struct sk_buff *skb, enum mfib_count why)
{
	struct rt6_info *rt = rcu_dereference(fib->error6);
	int code = icmp_code6(why);

	if (rt && code >= 0) {
		skb_dst_drop(skb);
		skb_dst_set_noref(skb, &rt->dst);
		icmpv6_send(skb, ICMPV6_DEST_UNREACH, code, 0);
	}
	mfib_drop(fib, skb, why);
}

/* ---- sources -------------------------------------------------------------------- */

/* A route into another table leads by no device of this FIB: any will do. */
static bool way_by(const struct mfib_nh *nh, const struct net_device *in)
{
	return nh->spec.type == MFIB_NH_TABLE ||
	       (nh->spec.type == MFIB_NH_UNICAST &&
		nh->spec.ifindex == in->ifindex);
}

/* Does a route lead by the device @in? Any way of a group will do. */
static bool leads_by(const struct mfib_nh *nh, const struct net_device *in)
{
	const struct mfib_nh *member;
	unsigned int n;

	if (nh->spec.type != MFIB_NH_GROUP)
		return way_by(nh, in);
	for (n = 0; n < nh->nmembers; n++) {
		member = mfib_nh_get(nh->set, nh->members[n].slot);
		if (member && way_by(member, in))
			return true;
	}
	return false;
}

/* Of route types, what a sender may have an address in. */
static bool source_type_ok(const struct mfib_nh *nh)
{
	return nh->spec.type == MFIB_NH_UNICAST ||
	       nh->spec.type == MFIB_NH_GROUP ||
	       nh->spec.type == MFIB_NH_TABLE;
}

/*
 * Martians, and the reverse path as the device's rp_filter wants it. An address
 * of this host is no sender on the wire, unless accept_local is set. @in is the
 * device the packet came by; it may be in no FIB, when a rule chose one.
 */
static enum mfib_count source_check4(struct mfib_fib *fib, struct sk_buff *skb,
				     struct net_device *in)
{
	struct in_device *in_dev = __in_dev_get_rcu(in);
	__be32 saddr = ip_hdr(skb)->saddr;
	const struct mfib_nh *nh;
	int rpf;

	if (unlikely(!in_dev))
		return MFIB_C_MARTIAN_SRC;
	if (ipv4_is_multicast(saddr) || ipv4_is_lbcast(saddr) ||
	    ipv4_is_zeronet(saddr) ||
	    (ipv4_is_loopback(saddr) && !IN_DEV_ROUTE_LOCALNET(in_dev)))
		return MFIB_C_MARTIAN_SRC;
	nh = mfib_rib_lookup4(&fib->rib[MFIB_V4], ntohl(saddr));
	rpf = secpath_exists(skb) ? 0 : IN_DEV_RPFILTER(in_dev);
	if (!nh)
		return rpf ? MFIB_C_RPFILTER : 0;
	if (likely(source_type_ok(nh))) {
		if (likely(rpf != 1) || leads_by(nh, in))
			return 0;
		return MFIB_C_RPFILTER;
	}
	if (nh->spec.type == MFIB_NH_LOCAL)
		return IN_DEV_ACCEPT_LOCAL(in_dev) ? 0 : MFIB_C_MARTIAN_SRC;
	if (nh->spec.type == MFIB_NH_BROADCAST ||
	    nh->spec.type == MFIB_NH_MULTICAST)
		return MFIB_C_MARTIAN_SRC;
	return rpf ? MFIB_C_RPFILTER : 0;
}

/* ---- IPv4 ------------------------------------------------------------------------ */

/* From here on the packet belongs to the FIB @fib, whichever device it came by. */
static void enter4(struct sk_buff *skb, struct net_device *dev)
{
	skb->dev = dev;
	skb->skb_iif = dev->ifindex;
	IPCB(skb)->flags |= IPSKB_L3SLAVE;
}

/* What the kernel does itself: see the top. */
static bool for_kernel4(const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);

	return iph->ihl > 5 || skb->pkt_type != PACKET_HOST ||
	       ipv4_is_multicast(iph->daddr) || ipv4_is_lbcast(iph->daddr);
}

static struct sk_buff *to_path4(const struct mfib_hop *hop, struct sk_buff *skb,
				struct mfib_fib *fib, struct net_device *in)
{
	struct rtable *rt = mfib_path_rt4(hop->nh);
	struct in_device *in_dev = __in_dev_get_rcu(in);

	if (unlikely(!in_dev || !IN_DEV_FORWARD(in_dev))) {
		mfib_drop(fib, skb, MFIB_C_FORWARD_OFF);
		return NULL;
	}
	if (unlikely(!rt)) {
		mfib_error4(fib, skb, MFIB_C_DEAD);
		return NULL;
	}
	skb_dst_drop(skb);
	skb_dst_set_noref(skb, &rt->dst);
	mfib_send_on4(fib, skb);
	return NULL;
}

/* To this host, in the FIB whose table has the address. */
static struct sk_buff *to_host4(const struct mfib_hop *hop, struct sk_buff *skb,
				struct mfib_fib *fib)
{
	struct net_device *dev = rcu_dereference(hop->fib->dev);
	struct rtable *rt = rcu_dereference(hop->fib->local4);

	if (unlikely(!dev || !rt)) {
		mfib_drop(fib, skb, MFIB_C_DEAD);
		return NULL;
	}
	enter4(skb, dev);
	skb_dst_drop(skb);
	skb_dst_set_noref(skb, &rt->dst);
	mfib_count(hop->fib, MFIB_C_DELIVERED);
	return skb;
}

/*
 * The kernel tells us of its addresses a moment after it has them. In that
 * moment a packet to one of them finds no route of ours.
 */
static bool kernel_has4(struct mfib_fib *fib, __be32 daddr)
{
	return inet_addr_type_table(fib->mnet->net, daddr, fib->id) ==
	       RTN_LOCAL;
}

static struct sk_buff *route4(struct mfib_fib *fib, struct sk_buff *skb,
			      struct net_device *in)
{
	__be32 daddr = ip_hdr(skb)->daddr;
	enum mfib_count why;
	struct mfib_hop hop;

	why = mfib_route4(fib, skb, daddr, &hop);
	trace_mfib_route4(fib->id, skb, why ? NULL : hop.nh);
	if (unlikely(why)) {
		if (why == MFIB_C_NOROUTE && kernel_has4(fib, daddr))
			return skb;
		mfib_error4(fib, skb, why);
		return NULL;
	}
	switch (hop.nh->spec.type) {
	case MFIB_NH_UNICAST:
		return to_path4(&hop, skb, fib, in);
	case MFIB_NH_LOCAL:
		return to_host4(&hop, skb, fib);
	case MFIB_NH_BROADCAST:
	case MFIB_NH_MULTICAST:
		mfib_count(fib, MFIB_C_KERNEL);
		return skb;
	default:
		mfib_error4(fib, skb, mfib_refusal(hop.nh));
		return NULL;
	}
}

static struct sk_buff *rcv4(struct mfib_fib *fib, struct net_device *dev,
			    struct sk_buff *skb)
{
	__be32 daddr = ip_hdr(skb)->daddr;
	struct net_device *in = skb->dev;
	enum mfib_count why;

	enter4(skb, dev);
	/* Of this host, to this host: output.c has chosen the route. */
	if (skb->pkt_type == PACKET_LOOPBACK) {
		skb->pkt_type = PACKET_HOST;
		return skb;
	}
	dev_sw_netstats_rx_add(dev, skb->len);
	if (skb_valid_dst(skb))
		return skb;
	if (in == dev)
		in = dev_get_by_index_rcu(fib->mnet->net, IPCB(skb)->iif) ?: in;
	if (for_kernel4(skb)) {
		mfib_count(fib, MFIB_C_KERNEL);
		return skb;
	}
	why = source_check4(fib, skb, in);
	if (unlikely(why)) {
		mfib_drop(fib, skb, why);
		return NULL;
	}
	if (unlikely(ipv4_is_zeronet(daddr) || ipv4_is_loopback(daddr))) {
		mfib_drop(fib, skb, MFIB_C_MARTIAN_DST);
		return NULL;
	}
	return route4(fib, skb, in);
}

/* ---- IPv6 ------------------------------------------------------------------------ */

static void enter6(struct sk_buff *skb, struct net_device *dev)
{
	skb->dev = dev;
	skb->skb_iif = dev->ifindex;
	IP6CB(skb)->flags |= IP6SKB_L3SLAVE;
}

/* Neighbour discovery is between a device and its link, whatever the FIB. */
static bool neighbour_discovery(const struct sk_buff *skb)
{
	const struct ipv6hdr *hdr = ipv6_hdr(skb);
	const struct icmp6hdr *icmp;
	struct icmp6hdr buf;

	if (hdr->nexthdr != IPPROTO_ICMPV6)
		return false;
	icmp = skb_header_pointer(skb, sizeof(*hdr), sizeof(buf), &buf);
	if (!icmp)
		return false;
	switch (icmp->icmp6_type) {
	case NDISC_ROUTER_SOLICITATION:
	case NDISC_ROUTER_ADVERTISEMENT:
	case NDISC_NEIGHBOUR_SOLICITATION:
	case NDISC_NEIGHBOUR_ADVERTISEMENT:
	case NDISC_REDIRECT:
		return true;
	}
	return false;
}

/* Addresses that mean something on one link only. */
static bool strict6(const struct in6_addr *addr)
{
	return ipv6_addr_type(addr) &
	       (IPV6_ADDR_MULTICAST | IPV6_ADDR_LINKLOCAL | IPV6_ADDR_LOOPBACK);
}

/* The kernel's route for the link the packet came by, then into the FIB. */
static struct sk_buff *to_link6(struct mfib_fib *fib, struct net_device *dev,
				struct sk_buff *skb)
{
	const struct ipv6hdr *hdr = ipv6_hdr(skb);
	struct net_device *in = skb->dev;
	struct flowi6 fl6 = {
		.flowi6_iif	= in->ifindex,
		.flowi6_mark	= skb->mark,
		.flowi6_proto	= hdr->nexthdr,
		.daddr		= hdr->daddr,
		.saddr		= hdr->saddr,
		.flowlabel	= ip6_flowinfo(hdr),
	};
	struct dst_entry *dst;

	mfib_count(fib, MFIB_C_KERNEL);
	skb_dst_drop(skb);
	dst = ip6_route_input_lookup(fib->mnet->net, in, &fl6, skb,
				     RT6_LOOKUP_F_HAS_SADDR |
				     RT6_LOOKUP_F_IFACE);
	skb_dst_set(skb, dst);
	enter6(skb, dev);
	return skb;
}

static enum mfib_count source_check6(struct mfib_fib *fib, struct sk_buff *skb)
{
	const struct in6_addr *saddr = &ipv6_hdr(skb)->saddr;
	const struct mfib_nh *nh;
	struct mfib_key key;

	if (ipv6_addr_is_multicast(saddr) || ipv6_addr_loopback(saddr))
		return MFIB_C_MARTIAN_SRC;
	key = key6(saddr);
	nh = mfib_rib_lookup6(&fib->rib[MFIB_V6], &key);
	if (unlikely(nh && nh->spec.type == MFIB_NH_LOCAL &&
		     !(ipv6_addr_type(saddr) & IPV6_ADDR_LINKLOCAL)))
		return MFIB_C_MARTIAN_SRC;
	return 0;
}

static struct sk_buff *to_path6(const struct mfib_hop *hop, struct sk_buff *skb,
				struct mfib_fib *fib)
{
	struct rt6_info *rt = mfib_path_rt6(hop->nh);

	if (unlikely(!READ_ONCE(fib->mnet->net->ipv6.devconf_all->forwarding))) {
		mfib_drop(fib, skb, MFIB_C_FORWARD_OFF);
		return NULL;
	}
	if (unlikely(!rt)) {
		mfib_error6(fib, skb, MFIB_C_DEAD);
		return NULL;
	}
	skb_dst_drop(skb);
	skb_dst_set_noref(skb, &rt->dst);
	mfib_send_on6(fib, skb);
	return NULL;
}

static struct sk_buff *to_host6(const struct mfib_hop *hop, struct sk_buff *skb,
				struct mfib_fib *fib)
{
	struct net_device *dev = rcu_dereference(hop->fib->dev);
	struct rt6_info *rt = rcu_dereference(hop->fib->local6);

	if (unlikely(!dev || !rt)) {
		mfib_drop(fib, skb, MFIB_C_DEAD);
		return NULL;
	}
	enter6(skb, dev);
	skb_dst_drop(skb);
	skb_dst_set_noref(skb, &rt->dst);
	mfib_count(hop->fib, MFIB_C_DELIVERED);
	return skb;
}

static bool kernel_has6(struct mfib_fib *fib, const struct in6_addr *daddr)
{
	return ipv6_chk_addr_and_flags(fib->mnet->net, daddr,
				       rcu_dereference(fib->dev), true, 0, 0);
}

static struct sk_buff *route6(struct mfib_fib *fib, struct sk_buff *skb)
{
	const struct in6_addr *daddr = &ipv6_hdr(skb)->daddr;
	enum mfib_count why;
	struct mfib_hop hop;

	why = mfib_route6(fib, skb, daddr, &hop);
	trace_mfib_route6(fib->id, skb, why ? NULL : hop.nh);
	if (unlikely(why)) {
		if (why == MFIB_C_NOROUTE && kernel_has6(fib, daddr))
			return skb;
		mfib_error6(fib, skb, why);
		return NULL;
	}
	switch (hop.nh->spec.type) {
	case MFIB_NH_UNICAST:
		return to_path6(&hop, skb, fib);
	case MFIB_NH_LOCAL:
		return to_host6(&hop, skb, fib);
	case MFIB_NH_BROADCAST:
	case MFIB_NH_MULTICAST:
		mfib_count(fib, MFIB_C_KERNEL);
		return skb;
	default:
		mfib_error6(fib, skb, mfib_refusal(hop.nh));
		return NULL;
	}
}

static struct sk_buff *rcv6(struct mfib_fib *fib, struct net_device *dev,
			    struct sk_buff *skb)
{
	enum mfib_count why;

	if (skb->pkt_type == PACKET_LOOPBACK) {
		enter6(skb, dev);
		skb->pkt_type = PACKET_HOST;
		return skb;
	}
	dev_sw_netstats_rx_add(dev, skb->len);
	if (neighbour_discovery(skb))
		return skb;
	if (skb_valid_dst(skb)) {
		enter6(skb, dev);
		return skb;
	}
	why = source_check6(fib, skb);
	if (unlikely(why)) {
		mfib_drop(fib, skb, why);
		return NULL;
	}
	if (strict6(&ipv6_hdr(skb)->daddr) || skb->pkt_type != PACKET_HOST)
		return to_link6(fib, dev, skb);
	enter6(skb, dev);
	if (unlikely(IP6CB(skb)->flags & IP6SKB_ROUTERALERT)) {
		mfib_count(fib, MFIB_C_KERNEL);
		return skb;
	}
	return route6(fib, skb);
}

/**
 * mfib_rcv() - a packet has come in by a device of a FIB
 * @master: the device of the FIB
 * @skb: the packet; @skb->dev is the device it came by, or @master itself
 * @proto: AF_INET or AF_INET6
 *
 * Context: Softirq, RCU read-side section.
 * Return: the packet, or NULL if it was dropped.
 */
struct sk_buff *mfib_rcv(struct net_device *master, struct sk_buff *skb,
			 u16 proto)
{
	struct mfib_fib *fib = ((struct mfib_dev *)netdev_priv(master))->fib;

	if (unlikely(!fib))
		return skb;
	return proto == AF_INET ? rcv4(fib, master, skb) :
				  rcv6(fib, master, skb);
}
