/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Broadcasts of a node: who takes part, and over which bearers they go. See
 * bcast_net.c.
 */
#ifndef _TIPC_BCAST_NET_H
#define _TIPC_BCAST_NET_H

#include "bcast.h"

/* When multicasts are broadcast; numbers as in TIPC_NLA_PROP_BROADCAST. */
enum tipc_bcast_mode {
	TIPC_BCAST_ALWAYS = 1,
	TIPC_BCAST_NEVER = 2,
	TIPC_BCAST_AUTO = 4,
};

struct net;
struct netlink_ext_ack;
struct tipc_dests;
struct tipc_node;

int tipc_bcast_net_init(struct net *net);
void tipc_bcast_net_exit(struct net *net);
struct tipc_bcast *tipc_bcast_of(struct net *net);
void tipc_bcast_node_up(struct tipc_node *n);
void tipc_bcast_node_down(struct tipc_node *n);
void tipc_bcast_flush(struct net *net);
bool tipc_bcast_reaches(struct net *net, const struct tipc_dests *nodes);
bool tipc_bcast_wanted(struct net *net, u32 nnodes);
int tipc_bcast_set_mode(struct net *net, u32 mode, u32 percent,
			struct netlink_ext_ack *extack);
u32 tipc_bcast_mode(struct net *net, u32 *percent);
void tipc_bcast_stats(struct net *net, struct tipc_bcast_stats *stats);
void tipc_bcast_stats_reset(struct net *net);
int tipc_bcast_net_xmit(struct net *net, struct sk_buff *skb, u32 port);

#endif /* _TIPC_BCAST_NET_H */
