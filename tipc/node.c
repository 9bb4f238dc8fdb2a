// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where messages leave the sockets of this node.
 *
 * A message to this node is delivered at once, in the context of its sender.
 * Other nodes are reached over links, see node_links.c; who sends to one that
 * is not linked to is told so.
 *
 * Locking: nodes are looked up under RCU; each has its own lock.
 */
#include <linux/errno.h>
#include <linux/skbuff.h>
#include <linux/string.h>

#include "core.h"
#include "node.h"
#include "nodes.h"
#include "sock.h"
#include "socket.h"

/**
 * tipc_node_xmit() - send a message to one socket
 * @net: namespace
 * @skb: complete message, the header linear; taken over
 * @node: node of the receiver; 0 is this one
 * @selector: messages with the same number stay in order; the socket that
 *	sends, which is told to wait when the link has enough to do
 *
 * Context: Any but hard interrupts, without the lock of a socket.
 * Return: 0, -EHOSTUNREACH when no link leads to @node, or -ENOMEM; on error
 * the message is freed.
 */
int tipc_node_xmit(struct net *net, struct sk_buff *skb, u32 node,
		   u32 selector)
{
	struct tipc_node *n;
	int err;

	if (likely(tipc_in_own_node(net, node))) {
		tipc_sk_rcv_local(net, skb);
		return 0;
	}
	rcu_read_lock();
	n = tipc_nodes_find(net, node);
	if (n && READ_ONCE(n->caps) & TIPC_CAP_SLICES) {
		skb = tipc_label_put(skb);
		err = skb ? tipc_nodes_xmit(n, skb, selector) : -ENOMEM;
	} else if (n) {
		err = tipc_nodes_xmit(n, skb, selector);
	} else {
		kfree_skb(skb);
		err = -EHOSTUNREACH;
	}
	rcu_read_unlock();
	if (err)
		tipc_local_add(net, TIPC_LOCAL_NO_NODE, 1);
	return err;
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
	struct tipc_node *n;
	bool up = true;

	if (tipc_in_own_node(net, node))
		return true;
	rcu_read_lock();
	n = tipc_nodes_find(net, node);
	up = n && READ_ONCE(n->up);
	rcu_read_unlock();
	return up;
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
	struct tipc_node *n;
	int err = -EADDRNOTAVAIL;

	rcu_read_lock();
	n = tipc_nodes_find(net, node);
	if (n && bearer < TIPC_TRUNK_LINKS &&
	    rcu_access_pointer(n->paths[bearer].bearer)) {
		tipc_node_link_str(n, bearer, name, len);
		err = 0;
	}
	rcu_read_unlock();
	return err;
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
	struct tipc_node *n;

	if (tipc_in_own_node(net, node)) {
		memcpy(id, tipc_net(net)->node_id, TIPC_NODEID_LEN);
		return 0;
	}
	rcu_read_lock();
	n = tipc_nodes_find(net, node);
	if (n)
		memcpy(id, n->id, TIPC_NODEID_LEN);
	rcu_read_unlock();
	return n ? 0 : -EADDRNOTAVAIL;
}
