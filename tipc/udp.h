/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bearers over UDP: udp.c has sockets and datagrams, udp_peers.c addresses and
 * who is at them.
 */
#ifndef _TIPC_UDP_H
#define _TIPC_UDP_H

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <linux/workqueue.h>
#include <net/ipv6.h>

#include "bearer.h"

/** struct tipc_udp_peer - somebody on the list */
struct tipc_udp_peer {
	/** @list: of the bearer. */
	struct list_head	list;
	/** @at: where it is. */
	struct tipc_maddr	at;
	/** @learned: it came by itself. */
	bool			learned;
	/** @rcu: readers see it for a while after it was taken off. */
	struct rcu_head		rcu;
};

/** struct tipc_udp - what a bearer over UDP has */
struct tipc_udp {
	/** @b: the bearer. */
	struct tipc_bearer	*b;
	/** @sock: where datagrams come and go. */
	struct socket		*sock;
	/** @ifindex: interface that has the local address. */
	int			ifindex;
	/** @mtu_given: the greatest packet was said, and does not follow that
	 * of the interface.
	 */
	bool			mtu_given;
	/** @group: by which all are reached; its port is that of all peers. */
	struct tipc_maddr	group;
	/** @lock: guards @peers and what follows. */
	spinlock_t		lock;
	/** @peers: by whom all are reached, if not by a group. */
	struct list_head	peers;
	/** @npeers: how many. */
	unsigned int		npeers;
	/** @nlearned: how many of them came by themselves. */
	unsigned int		nlearned;
	/** @close: closes the socket and frees all. */
	struct work_struct	close;
};

static inline bool tipc_udp_is_group(const struct tipc_maddr *at)
{
	return at->family == TIPC_UDP_IPV4 ?
	       ipv4_is_multicast(*(__be32 *)at->bytes) :
	       ipv6_addr_is_multicast((struct in6_addr *)at->bytes);
}

static inline __be32 tipc_udp_ipv4(const struct tipc_maddr *at)
{
	return *(const __be32 *)at->bytes;
}

static inline const struct in6_addr *tipc_udp_ipv6(const struct tipc_maddr *at)
{
	return (const struct in6_addr *)at->bytes;
}

static inline unsigned int tipc_udp_overhead(const struct tipc_maddr *at)
{
	return sizeof(struct udphdr) + (at->family == TIPC_UDP_IPV4 ?
	       sizeof(struct iphdr) : sizeof(struct ipv6hdr));
}

/* udp_peers.c */
int tipc_udp_read(const struct nlattr *attr, struct tipc_maddr *at,
		  u32 *scope_id, struct netlink_ext_ack *extack);
int tipc_udp_opts(struct nlattr **tb, const struct nlattr *opts,
		  struct netlink_ext_ack *extack);
int tipc_udp_peer_add(struct tipc_udp *ub, const struct tipc_maddr *at,
		      bool learned);
void tipc_udp_learn(struct tipc_bearer *b, const struct tipc_maddr *at);
void tipc_udp_peers_free(struct tipc_udp *ub);

#endif /* _TIPC_UDP_H */
