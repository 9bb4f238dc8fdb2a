// SPDX-License-Identifier: GPL-2.0-only
/*
 * Multicast: one message to all sockets that are bound in a range.
 *
 * Other nodes get a copy each over their links (replicast), or all one by
 * broadcast. What few get is copied; a socket that has begun with one way keeps
 * to it for as long as it sends often, because messages on different ways may
 * overtake each other.
 *
 * The data is allocated and copied once. Each receiver gets a clone of the
 * buffer, which shares header and data and is never written to; who it is for
 * is in the clone's control block. So a receiver costs a clone and a place in
 * its queue, however many there are.
 */
#include <linux/net.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <net/sock.h>

#include "bcast_net.h"
#include "sock.h"

static void deliver_to(struct net *net, struct sk_buff *skb, u32 port)
{
	unsigned int err = TIPC_ERR_NO_PORT;
	struct tipc_sock *tsk;

	TIPC_CB(skb)->port = port;
	rcu_read_lock();
	tsk = tipc_port_find(net, port);
	if (likely(tsk))
		err = tipc_sk_deliver(tsk, skb);
	rcu_read_unlock();
	if (unlikely(err))
		tipc_sk_reject(net, skb, err);
}

/**
 * tipc_mcast_deliver() - give a message to many sockets of this node
 * @net: namespace
 * @skb: message; taken over
 * @ports: who gets it
 *
 * A receiver for whose clone there is no memory goes without.
 *
 * Context: Any but hard interrupts.
 */
void tipc_mcast_deliver(struct net *net, struct sk_buff *skb,
			const struct tipc_dests *ports)
{
	struct sk_buff *copy;
	u32 i;

	for (i = 0; i + 1 < ports->n; i++) {
		copy = skb_clone(skb, GFP_ATOMIC);
		if (unlikely(!copy)) {
			tipc_local_add(net, TIPC_LOCAL_DROPPED, 1);
			continue;
		}
		deliver_to(net, copy, ports->v[i]);
	}
	if (ports->n)
		deliver_to(net, skb, ports->v[i]);
	else
		kfree_skb(skb);
}

/* A copy for each other node, with its own header. */
static void replicate(struct net *net, const struct sk_buff *skb, u32 port,
		      const struct tipc_dests *nodes)
{
	struct sk_buff *copy;
	u32 i;

	for (i = 0; i < nodes->n; i++) {
		copy = pskb_copy((struct sk_buff *)skb, GFP_KERNEL);
		if (!copy) {
			tipc_local_add(net, TIPC_LOCAL_DROPPED, 1);
			continue;
		}
		tipc_msg_set_dest_node(tipc_buf_msg(copy), nodes->v[i]);
		tipc_node_xmit(net, copy, nodes->v[i], port);
	}
}

/* One for all, if all of them take part. */
static bool broadcast(struct net *net, const struct sk_buff *skb, u32 port,
		      const struct tipc_dests *nodes)
{
	struct sk_buff *copy;
	bool sent = false;

	rcu_read_lock();
	if (tipc_bcast_reaches(net, nodes)) {
		copy = pskb_copy((struct sk_buff *)skb, GFP_ATOMIC);
		if (copy)
			tipc_bcast_net_xmit(net, copy, port);
		else
			tipc_local_add(net, TIPC_LOCAL_DROPPED, 1);
		sent = true;
	}
	rcu_read_unlock();
	return sent;
}

/* Is one packet for all better than one for each of so many nodes? */
static bool wants_broadcast(struct tipc_sock *tsk, u32 nnodes)
{
	unsigned long now = jiffies;
	bool settled = time_before(now, READ_ONCE(tsk->mcast_until));

	WRITE_ONCE(tsk->mcast_until, now + TIPC_MCAST_KEEP_JIFFIES);
	/* A broadcast has no label, because not all need be ours. */
	if (tsk->dsm)
		return false;
	if (tsk->rcast || tsk->bcast)
		return tsk->bcast;
	if (!settled)
		WRITE_ONCE(tsk->mcast_bcast,
			   tipc_bcast_wanted(sock_net(&tsk->sk), nnodes));
	return READ_ONCE(tsk->mcast_bcast);
}

static void send_to_nodes(struct tipc_sock *tsk, const struct sk_buff *skb,
			  const struct tipc_dests *nodes)
{
	struct net *net = sock_net(&tsk->sk);

	if (!nodes->n)
		return;
	if (wants_broadcast(tsk, nodes->n) &&
	    broadcast(net, skb, tsk->port, nodes))
		return;
	replicate(net, skb, tsk->port, nodes);
}

/**
 * tipc_send_mcast() - send to all that are bound in a range
 * @sk: socket that sends
 * @m: message
 * @dlen: bytes of it
 * @dest: the range, from tipc_sk_dest()
 *
 * Context: Process context. May sleep.
 * Return: @dlen; -EHOSTUNREACH if nobody is bound in the range; another
 * negative error.
 */
int tipc_send_mcast(struct sock *sk, struct msghdr *m, size_t dlen,
		    const struct tipc_dest *dest)
{
	struct tipc_sock *tsk = tipc_sk(sk);
	struct net *net = sock_net(sk);
	struct tipc_dest header_dest = *dest;
	struct tipc_dests ports, nodes;
	struct tipc_msg head;
	struct sk_buff *skb;
	int err;

	tipc_dests_init(&ports);
	tipc_dests_init(&nodes);
	err = tipc_nametbl_mcast_ports(&tipc_net(net)->names, &dest->sr,
				       TIPC_ANY_SCOPE, false, &ports);
	if (!err)
		err = tipc_nametbl_mcast_nodes(&tipc_net(net)->names, &dest->sr,
					       &nodes);
	if (!err && !ports.n && !nodes.n)
		err = -EHOSTUNREACH;
	if (err)
		goto out;
	header_dest.node = 0;
	header_dest.port = 0;
	tipc_sk_header(tsk, &header_dest, &head);
	skb = tipc_buf_from_user(tsk, &head, m, dlen, 0, false, &err);
	if (!skb)
		goto out;
	/* Its copies are clones: they carry data, and no more. */
	skb_orphan(skb);
	send_to_nodes(tsk, skb, &nodes);
	TIPC_CB(skb)->local = true;
	tipc_local_add(net, TIPC_LOCAL_MCASTS, 1);
	tipc_local_add(net, TIPC_LOCAL_MSGS, ports.n);
	tipc_local_add(net, TIPC_LOCAL_BYTES, (u64)ports.n * dlen);
	tipc_mcast_deliver(net, skb, &ports);
	tipc_sk_count_sent(tsk, dlen);
	err = dlen;
out:
	tipc_dests_free(&nodes);
	tipc_dests_free(&ports);
	return err;
}

/**
 * tipc_sk_rcv_mcast() - receive a multicast from a link
 * @net: namespace
 * @skb: message that passed tipc_msg_check(), its header linear; taken over
 *
 * Only bindings that other nodes can see are asked.
 *
 * Context: Any but hard interrupts.
 */
void tipc_sk_rcv_mcast(struct net *net, struct sk_buff *skb)
{
	const struct tipc_msg *m = tipc_buf_msg(skb);
	struct tipc_service_range sr = {
		.type = tipc_msg_name_type(m),
		.lower = tipc_msg_name_lower(m),
		.upper = tipc_msg_name_upper(m),
	};
	struct tipc_dests ports;

	memset(TIPC_CB(skb), 0, sizeof(struct tipc_cb));
	if (unlikely(tipc_label_take(net, skb))) {
		kfree_skb(skb);
		return;
	}
	m = tipc_buf_msg(skb);
	/* All members count it, whoever is meant. */
	if (tipc_msg_is_group(m)) {
		sr.lower = 0;
		sr.upper = ~0u;
	}
	tipc_dests_init(&ports);
	if (tipc_nametbl_mcast_ports(&tipc_net(net)->names, &sr,
				     TIPC_CLUSTER_SCOPE,
				     tipc_msg_is_group(m), &ports)) {
		kfree_skb(skb);
		return;
	}
	tipc_mcast_deliver(net, skb, &ports);
	tipc_dests_free(&ports);
}
