/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a message leaves this node's sockets: to a socket of the same node, or
 * to the links that lead to another.
 */
#ifndef _TIPC_NODE_H
#define _TIPC_NODE_H

#include <linux/types.h>

struct net;
struct sk_buff;

int tipc_node_xmit(struct net *net, struct sk_buff *skb, u32 node,
		   u32 selector);
bool tipc_node_is_up(struct net *net, u32 node);
int tipc_node_link_name(struct net *net, u32 bearer, u32 node, char *name,
			size_t len);
int tipc_node_identity(struct net *net, u32 node, char *id);

#endif /* _TIPC_NODE_H */
