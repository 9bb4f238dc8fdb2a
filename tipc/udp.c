// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bearers over UDP, IPv4 or IPv6: one message in one datagram, port 6118 as a
 * rule. Datagrams that go to one node together go through IP as one, and those
 * that come together come as one: chain.c.
 *
 * All are reached by a multicast group, or one by one, as a list of peers, see
 * udp_peers.c. Datagrams are taken from the socket where they arrive: they never
 * wait in its buffer.
 *
 * Locking: as in bearer.c. A socket is closed by a work: to leave a group takes
 * RTNL, and who disables a bearer has it.
 */
#include <linux/if_ether.h>
#include <linux/igmp.h>
#include <linux/inetdevice.h>
#include <linux/netlink.h>
#include <linux/rculist.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/addrconf.h>
#include <net/gro.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/ipv6_stubs.h>
#include <net/netlink.h>
#include <net/route.h>
#include <net/udp_tunnel.h>

#include "bearer.h"
#include "chain.h"
#include "compat.h"
#include "link.h"
#include "netlink.h"
#include "nodes.h"
#include "slice.h"
#include "udp.h"

/* Room in front of a message: link layer, IPv6 and UDP. */
#define HEADROOM	(LL_MAX_HEADER + sizeof(struct ipv6hdr) + \
			 sizeof(struct udphdr))
/* Longest chain: one datagram to the IP layer, and to the interface. */
#define CHAIN_MAX	(TIPC_CHAIN_MAX - sizeof(struct ipv6hdr) - \
			 sizeof(struct udphdr))

static struct workqueue_struct *closing;

/* ---- sending --------------------------------------------------------------- */

/* What carries a packet to a peer, or packets to a group, as one. */
static bool takes_chains(const struct net_device *dev,
			 const struct tipc_maddr *to)
{
	return dev->features & NETIF_F_GSO && !tipc_udp_is_group(to);
}

/* Each packet with room for headers, and none larger than the wire takes. */
static void ready(struct tipc_udp *ub, struct sk_buff_head *q)
{
	unsigned int mtu = READ_ONCE(ub->b->mtu);
	struct sk_buff_head whole;
	struct sk_buff *skb;

	__skb_queue_head_init(&whole);
	skb_queue_splice_init(q, &whole);
	while ((skb = __skb_dequeue(&whole))) {
		if (skb->len > mtu) {
			/* Without memory it is as if it were lost. */
			tipc_slice(skb, mtu, q);
			consume_skb(skb);
		} else if (skb_cow_head(skb, HEADROOM)) {
			kfree_skb(skb);
		} else {
			__skb_queue_tail(q, skb);
		}
	}
}

/*
 * To IP and UDP a chain is what a tunnel carries: segmentation gives each packet
 * headers of its own. What the kernel would have to sum up for each, if this were
 * TCP in a tunnel, begins with the message.
 */
static void as_in_tunnel(struct sk_buff *skb)
{
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	skb_reset_transport_header(skb);
	skb_reset_inner_headers(skb);
	skb_set_inner_protocol(skb, htons(ETH_P_TIPC));
	skb->encapsulation = 1;
	skb_shinfo(skb)->gso_type |= SKB_GSO_UDP_TUNNEL_CSUM;
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_headroom(skb);
	skb->csum_offset = 0;
}

/* The next packet, or chain of packets, with room for headers; or NULL. */
static struct sk_buff *next_of(struct tipc_udp *ub, struct sk_buff_head *q,
			       bool chains)
{
	unsigned int mtu = READ_ONCE(ub->b->mtu);
	struct sk_buff *skb;

	while (!skb_queue_empty(q)) {
		skb = chains ? tipc_chain_next(q, mtu, CHAIN_MAX, HEADROOM) :
			       __skb_dequeue(q);
		if (!skb)
			continue;
		if (skb_is_gso(skb))
			as_in_tunnel(skb);
		if (!skb_cow_head(skb, HEADROOM))
			return skb;
		kfree_skb(skb);
	}
	return NULL;
}

static void xmit4(struct tipc_udp *ub, struct sk_buff_head *q,
		  const struct tipc_maddr *to)
{
	struct flowi4 fl = {
		.daddr = tipc_udp_ipv4(to),
		.saddr = tipc_udp_ipv4(&ub->b->at),
		.flowi4_proto = IPPROTO_UDP,
	};
	struct sk_buff *skb;
	struct rtable *rt;
	bool chains;

	if (tipc_udp_is_group(to))
		fl.flowi4_oif = ub->ifindex;
	rt = ip_route_output_key(ub->b->net, &fl);
	if (IS_ERR(rt)) {
		__skb_queue_purge(q);
		return;
	}
	chains = takes_chains(rt->dst.dev, to);
	if (!chains)
		ready(ub, q);
	while ((skb = next_of(ub, q, chains))) {
		dst_hold(&rt->dst);
		udp_tunnel_xmit_skb(rt, ub->sock->sk, skb, fl.saddr, fl.daddr,
				    0, ip4_dst_hoplimit(&rt->dst), 0,
				    htons(ub->b->at.port), htons(to->port),
				    false, false);
	}
	ip_rt_put(rt);
}

static void xmit6(struct tipc_udp *ub, struct sk_buff_head *q,
		  const struct tipc_maddr *to)
{
	struct flowi6 fl = {
		.daddr = *tipc_udp_ipv6(to),
		.saddr = *tipc_udp_ipv6(&ub->b->at),
		.flowi6_proto = IPPROTO_UDP,
	};
	struct dst_entry *dst;
	struct sk_buff *skb;
	bool chains;

	/* Peers on the link are where the local address is. */
	if (ipv6_addr_type(&fl.daddr) & (IPV6_ADDR_LINKLOCAL |
					 IPV6_ADDR_MULTICAST))
		fl.flowi6_oif = ub->ifindex;
	dst = ipv6_stub->ipv6_dst_lookup_flow(ub->b->net, ub->sock->sk, &fl,
					      NULL);
	if (IS_ERR(dst)) {
		__skb_queue_purge(q);
		return;
	}
	chains = takes_chains(dst->dev, to);
	if (!chains)
		ready(ub, q);
	while ((skb = next_of(ub, q, chains))) {
		dst_hold(dst);
		udp_tunnel6_xmit_skb(dst, ub->sock->sk, skb, NULL, &fl.saddr,
				     &fl.daddr, 0, ip6_dst_hoplimit(dst), 0,
				     htons(ub->b->at.port), htons(to->port),
				     false);
	}
	dst_release(dst);
}

static void xmit_to(struct tipc_udp *ub, struct sk_buff_head *q,
		    const struct tipc_maddr *to)
{
	/* The IP output of the kernel is not made to be interrupted by itself. */
	local_bh_disable();
	if (to->family == TIPC_UDP_IPV4)
		xmit4(ub, q, to);
	else
		xmit6(ub, q, to);
	local_bh_enable();
}

static void xmit_to_all(struct tipc_udp *ub, struct sk_buff_head *q)
{
	struct sk_buff_head copies;
	struct sk_buff *skb, *copy;
	struct tipc_udp_peer *p;

	/* Cut once, for all of them. */
	ready(ub, q);
	__skb_queue_head_init(&copies);
	list_for_each_entry_rcu(p, &ub->peers, list) {
		skb_queue_walk(q, skb) {
			copy = pskb_copy(skb, GFP_ATOMIC);
			if (copy)
				__skb_queue_tail(&copies, copy);
		}
		xmit_to(ub, &copies, &p->at);
	}
	__skb_queue_purge(q);
}

static void udp_xmit(struct tipc_bearer *b, struct sk_buff_head *q,
		     const struct tipc_maddr *to)
{
	struct tipc_udp *ub = b->priv;

	if (to)
		xmit_to(ub, q, to);
	else if (tipc_udp_is_group(&ub->group))
		xmit_to(ub, q, &ub->group);
	else
		xmit_to_all(ub, q);
}

/* ---- receiving ------------------------------------------------------------- */

static void sender_of(const struct sk_buff *skb, struct tipc_maddr *from)
{
	memset(from, 0, sizeof(*from));
	from->media = TIPC_MEDIA_UDP;
	from->port = ntohs(udp_hdr(skb)->source);
	if (ip_hdr(skb)->version == 4) {
		from->family = TIPC_UDP_IPV4;
		memcpy(from->bytes, &ip_hdr(skb)->saddr, sizeof(__be32));
	} else {
		from->family = TIPC_UDP_IPV6;
		memcpy(from->bytes, &ipv6_hdr(skb)->saddr,
		       sizeof(struct in6_addr));
	}
}

static int udp_bearer_rcv(struct sock *sk, struct sk_buff *skb)
{
	struct tipc_udp *ub = rcu_dereference_sk_user_data(sk);
	struct tipc_maddr from;
	struct sk_buff_head q;

	/* Pairs with bearer_begin(). */
	if (!ub || smp_load_acquire(&ub->b->dead)) {
		kfree_skb(skb);
		return 0;
	}
	sender_of(skb, &from);
	__skb_pull(skb, sizeof(struct udphdr));
	/* It may stay with us for long: what it has of IP is not needed. */
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	skb_ext_reset(skb);
	if (!tipc_is_chain(skb)) {
		tipc_bearer_rcv_one(ub->b, skb, &from);
		return 0;
	}
	__skb_queue_head_init(&q);
	if (tipc_unchain(skb, &q))
		tipc_bearer_rcv(ub->b, &q, &from);
	consume_skb(skb);
	return 0;
}

/* Is a datagram that is being received for the local address? */
static bool is_ours(const struct tipc_udp *ub, const struct sk_buff *skb)
{
	const u8 *udp = skb->data + skb_gro_offset(skb) - sizeof(struct udphdr);
	const struct tipc_maddr *at = &ub->b->at;

	if (skb_headlen(skb) < skb_gro_offset(skb))
		return false;
	/* Here IP has options of neither kind, or what is there is no address. */
	if (at->family == TIPC_UDP_IPV4)
		return !memcmp(udp - sizeof(__be32), at->bytes, sizeof(__be32));
	return !memcmp(udp - sizeof(struct in6_addr), at->bytes,
		       sizeof(struct in6_addr));
}

/*
 * Datagrams of one node that an interface received together go on as one. Those
 * for a group, or for others, do not: others may have them, too.
 */
static struct sk_buff *gro_receive(struct sock *sk, struct list_head *head,
				   struct sk_buff *skb)
{
	const struct tipc_udp *ub = rcu_dereference_sk_user_data(sk);

	if (ub && is_ours(ub, skb))
		return tipc_chain_held(head, skb);
	NAPI_GRO_CB(skb)->flush = 1;
	return NULL;
}

static int gro_complete(struct sock *sk, struct sk_buff *skb, int nhoff)
{
	skb_set_inner_protocol(skb, htons(ETH_P_TIPC));
	skb_set_inner_mac_header(skb, nhoff);
	skb_set_inner_network_header(skb, nhoff);
	skb_set_inner_transport_header(skb, nhoff);
	tipc_chain_complete(skb);
	return 0;
}

/* ---- enabling and disabling ------------------------------------------------ */

/* The interface that has the local address. */
static struct net_device *device_of(struct net *net,
				    const struct tipc_maddr *at, u32 scope_id)
{
	struct net_device *dev = NULL;

	if (at->family == TIPC_UDP_IPV4)
		return __ip_dev_find(net, tipc_udp_ipv4(at), false);
	if (scope_id)
		dev = __dev_get_by_index(net, scope_id);
	return ipv6_dev_find(net, tipc_udp_ipv6(at), dev);
}

static int open_socket(struct tipc_udp *ub, struct netlink_ext_ack *extack)
{
	const struct tipc_maddr *at = &ub->b->at;
	bool group = tipc_udp_is_group(&ub->group);
	struct udp_tunnel_sock_cfg tunnel = {
		.sk_user_data = ub,
		.encap_type = 1,
		.encap_rcv = udp_bearer_rcv,
		.gro_receive = gro_receive,
		.gro_complete = gro_complete,
	};
	struct udp_port_cfg conf = {
		.family = at->family == TIPC_UDP_IPV4 ? AF_INET : AF_INET6,
		.local_udp_port = htons(at->port),
		.use_udp_checksums = true,
		.use_udp6_tx_checksums = true,
		.use_udp6_rx_checksums = true,
		.ipv6_v6only = true,
	};
	int err;

	/* What is sent to a group does not come to the local address. */
	if (!group && at->family == TIPC_UDP_IPV4)
		conf.local_ip.s_addr = tipc_udp_ipv4(at);
	else if (!group)
		conf.local_ip6 = *tipc_udp_ipv6(at);
	err = udp_sock_create(ub->b->net, &conf, &ub->sock);
	if (err) {
		NL_SET_ERR_MSG(extack, "the local address and port cannot be used");
		return err;
	}
	/* Before anything comes: it takes chains as they are. */
	cgl_udp_accept_chains(ub->sock->sk);
	setup_udp_tunnel_sock(ub->b->net, ub->sock, &tunnel);
	return 0;
}

static int join_group(struct tipc_udp *ub, struct netlink_ext_ack *extack)
{
	struct sock *sk = ub->sock->sk;
	struct ip_mreqn group = {
		.imr_multiaddr.s_addr = tipc_udp_ipv4(&ub->group),
		.imr_ifindex = ub->ifindex,
	};
	int err;

	if (ub->group.family == TIPC_UDP_IPV4) {
		err = ip_mc_join_group(sk, &group);
	} else {
		lock_sock(sk);
		err = ipv6_stub->ipv6_sock_mc_join(sk, ub->ifindex,
						   tipc_udp_ipv6(&ub->group));
		release_sock(sk);
	}
	if (err)
		NL_SET_ERR_MSG(extack, "the group cannot be joined");
	return err;
}

/* The addresses, and the interface that is behind them. */
static int read_opts(struct tipc_udp *ub, const struct nlattr *opts,
		     const struct tipc_bearer_props *props,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[TIPC_NLA_UDP_MAX + 1];
	struct tipc_bearer *b = ub->b;
	struct net_device *dev;
	u32 scope_id, remote_scope;
	unsigned int head;
	int err;

	err = tipc_udp_opts(tb, opts, extack);
	if (err)
		return err;
	if (!tb[TIPC_NLA_UDP_LOCAL]) {
		NL_SET_ERR_MSG(extack, "the local address is missing");
		return -EINVAL;
	}
	err = tipc_udp_read(tb[TIPC_NLA_UDP_LOCAL], &b->at, &scope_id, extack);
	if (!err)
		err = tipc_udp_read(tb[TIPC_NLA_UDP_REMOTE], &ub->group,
				    &remote_scope, extack);
	if (err)
		return err;
	if (b->at.family != ub->group.family || !b->at.port ||
	    !ub->group.port || tipc_udp_is_group(&b->at)) {
		NL_SET_ERR_MSG(extack,
			       "both addresses need a port and the same family, and the local one is a host's");
		return -EINVAL;
	}
	dev = device_of(b->net, &b->at, scope_id);
	if (!dev) {
		NL_SET_ERR_MSG(extack, "no interface has the local address");
		return -ENODEV;
	}
	head = tipc_udp_overhead(&b->at);
	ub->ifindex = dev->ifindex;
	ub->mtu_given = props->mtu || b->media->usual.mtu;
	b->mtu = props->mtu ? : b->media->usual.mtu ? :
		 min_t(unsigned int, dev->mtu, IP_MAX_MTU) - head;
	if (dev->mtu < TIPC_BEARER_MTU_MIN + head ||
	    b->mtu > IP_MAX_MTU - head) {
		NL_SET_ERR_MSG(extack, "its packets are too small or too large");
		return -EINVAL;
	}
	return 0;
}

static void close_work(struct work_struct *work)
{
	struct tipc_udp *ub = container_of(work, struct tipc_udp, close);

	udp_tunnel_sock_release(ub->sock);
	/* Who was receiving from it, or walking over the peers, no longer is. */
	synchronize_net();
	tipc_udp_peers_free(ub);
	tipc_bearer_free(ub->b);
	kfree(ub);
}

static int udp_enable(struct tipc_bearer *b, struct nlattr *opts,
		      const struct tipc_bearer_props *props,
		      struct netlink_ext_ack *extack)
{
	struct tipc_udp *ub = kzalloc(sizeof(*ub), GFP_KERNEL);
	int err;

	if (!ub)
		return -ENOMEM;
	ub->b = b;
	b->priv = ub;
	spin_lock_init(&ub->lock);
	INIT_LIST_HEAD(&ub->peers);
	INIT_WORK(&ub->close, close_work);
	err = read_opts(ub, opts, props, extack);
	if (!err)
		err = open_socket(ub, extack);
	if (err)
		goto err_free;
	err = tipc_udp_is_group(&ub->group) ? join_group(ub, extack) :
				     tipc_udp_peer_add(ub, &ub->group, false);
	if (err)
		goto err_close;
	return 0;

err_close:
	/* No group was joined, so RTNL is not taken. */
	udp_tunnel_sock_release(ub->sock);
	synchronize_net();
	tipc_udp_peers_free(ub);
err_free:
	kfree(ub);
	return err;
}

static void udp_disable(struct tipc_bearer *b)
{
	/* It is dead: who receives after this has seen that. */
	synchronize_net();
}

static void udp_free(struct tipc_bearer *b)
{
	struct tipc_udp *ub = b->priv;

	queue_work(closing, &ub->close);
}

static int udp_set_mtu(struct tipc_bearer *b, unsigned int mtu)
{
	struct tipc_udp *ub = b->priv;

	if (mtu > IP_MAX_MTU - tipc_udp_overhead(&b->at))
		return -EINVAL;
	ub->mtu_given = true;
	WRITE_ONCE(b->mtu, mtu);
	return 0;
}

/* An interface changes: that of the local address is what matters. */
static void udp_device(struct tipc_bearer *b, struct net_device *dev,
		       unsigned long event)
{
	struct tipc_udp *ub = b->priv;
	unsigned int mtu = min_t(unsigned int, dev->mtu, IP_MAX_MTU);

	if (dev->ifindex != ub->ifindex || dev_net(dev) != b->net)
		return;
	switch (event) {
	case NETDEV_UNREGISTER:
		tipc_bearer_end(b);
		break;
	case NETDEV_CHANGEMTU:
		if (mtu < TIPC_BEARER_MTU_MIN + tipc_udp_overhead(&b->at)) {
			tipc_bearer_end(b);
			break;
		}
		if (ub->mtu_given)
			break;
		WRITE_ONCE(b->mtu, mtu - tipc_udp_overhead(&b->at));
		tipc_nodes_bearer_reset(b->net, b);
		break;
	case NETDEV_GOING_DOWN:
		tipc_nodes_bearer_reset(b->net, b);
		break;
	case NETDEV_UP:
		tipc_bearer_changed(b);
		break;
	}
}

/** tipc_udp_media - UDP */
struct tipc_media tipc_udp_media = {
	.name = "udp",
	.type = TIPC_MEDIA_UDP,
	.sliced_max = CHAIN_MAX,
	.usual = {
		.priority = TIPC_LINK_PRIO_DEFAULT,
		.tolerance_ms = TIPC_TOL_DEFAULT_MS,
		.window = TIPC_LINK_WIN_DEFAULT,
	},
	.enable = udp_enable,
	.disable = udp_disable,
	.free = udp_free,
	.xmit = udp_xmit,
	.learn = tipc_udp_learn,
	.set_mtu = udp_set_mtu,
	.device = udp_device,
};

/**
 * tipc_udp_flush() - wait until sockets of bearers that are disabled are closed
 *
 * Context: Process context, RTNL is not held. May sleep.
 */
void tipc_udp_flush(void)
{
	flush_workqueue(closing);
}

/**
 * tipc_udp_register() - begin to use UDP
 *
 * Context: Process context. May sleep.
 * Return: 0, or -ENOMEM.
 */
int tipc_udp_register(void)
{
	closing = alloc_workqueue("tipc_udp", WQ_UNBOUND, 0);
	return closing ? 0 : -ENOMEM;
}

/**
 * tipc_udp_unregister() - undo tipc_udp_register()
 *
 * Context: Process context. May sleep.
 */
void tipc_udp_unregister(void)
{
	destroy_workqueue(closing);
}
