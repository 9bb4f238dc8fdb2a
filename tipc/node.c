// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where messages leave the sockets of this node.
 *
 * A message to this node is delivered at once, in the context of its sender.
 * Other nodes are reached over links; there are none yet, so they are all
 * unreachable, and who sends to one is told so.
 */
#include <linux/errno.h>
#include <linux/skbuff.h>
#include <linux/string.h>

#include "core.h"
#include "node.h"
#include "socket.h"

/**
 * tipc_node_xmit() - send a message to one socket
 * @net: namespace
 * @skb: complete message, the header linear; taken over
 * @node: node of the receiver; 0 is this one
 * @selector: messages with the same number stay in order
 *
 * Context: Any but hard interrupts, without the lock of a socket.
 * Return: 0, or -EHOSTUNREACH when no link leads to @node; the message is
 * freed then.
 */
int tipc_node_xmit(struct net *net, struct sk_buff *skb, u32 node,
		   u32 selector)
{
	if (likely(tipc_in_own_node(net, node))) {
		tipc_sk_rcv_local(net, skb);
		return 0;
	}
	tipc_local_add(net, TIPC_LOCAL_NO_NODE, 1);
	kfree_skb(skb);
	return -EHOSTUNREACH;
}

/**
 * tipc_node_is_up() - can messages be sent to a node?
 * @net: namespace
 * @node: address; 0 is this node
 *
 * Context: Any.
 * Return: whether they can.
 */
bool tipc_node_is_up(struct net *net, u32 node)
{
	return tipc_in_own_node(net, node);
}

/**
 * tipc_node_link_name() - the name of a link to a node
 * @net: namespace
 * @bearer: number of the bearer it runs over
 * @node: address of the node
 * @name: where the name goes
 * @len: room for it
 *
 * Context: Any.
 * Return: 0, or -EADDRNOTAVAIL when there is no such link.
 */
int tipc_node_link_name(struct net *net, u32 bearer, u32 node, char *name,
			size_t len)
{
	return -EADDRNOTAVAIL;
}

/**
 * tipc_node_identity() - the identity of a node
 * @net: namespace
 * @node: its address; 0 is this node
 * @id: where its TIPC_NODEID_LEN bytes go
 *
 * Context: Any.
 * Return: 0, or -EADDRNOTAVAIL when the node is not known.
 */
int tipc_node_identity(struct net *net, u32 node, char *id)
{
	if (!tipc_in_own_node(net, node))
		return -EADDRNOTAVAIL;
	memcpy(id, tipc_net(net)->node_id, TIPC_NODEID_LEN);
	return 0;
}
