/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Broadcasts of a node: who takes part, and over which bearers they go. See
 * bcast_net.c.
 */
#ifndef _TIPC_BCAST_NET_H
#define _TIPC_BCAST_NET_H

#include "bcast.h"

struct net;
struct tipc_dests;
struct tipc_node;

int tipc_bcast_net_init(struct net *net);
void tipc_bcast_net_exit(struct net *net);
struct tipc_bcast *tipc_bcast_of(struct net *net);
void tipc_bcast_node_up(struct tipc_node *n);
void tipc_bcast_node_down(struct tipc_node *n);
void tipc_bcast_flush(struct net *net);
bool tipc_bcast_reaches(struct net *net, const struct tipc_dests *nodes);
void tipc_bcast_stats(struct net *net, struct tipc_bcast_stats *stats);
int tipc_bcast_net_xmit(struct net *net, struct sk_buff *skb, u32 port);

#endif /* _TIPC_BCAST_NET_H */
