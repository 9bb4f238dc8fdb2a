/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sockets, as the rest of the module sees them: where received messages go, how
 * in-kernel services own sockets, and how sockets are listed.
 *
 * What is in a socket is in sock.h, which only the socket files include.
 */
#ifndef _TIPC_SOCKET_H
#define _TIPC_SOCKET_H

#include <linux/rhashtable.h>
#include <linux/types.h>
#include <linux/uidgid.h>

struct net;
struct sk_buff;
struct sock;
struct socket;
struct tipc_publ;

/* State of a socket, in sk->sk_state; the numbers are those ss(8) knows. */
#define TIPC_SK_OPEN		7	/* TCP_CLOSE */
#define TIPC_SK_LISTEN		10	/* TCP_LISTEN */
#define TIPC_SK_CONNECTING	2	/* TCP_SYN_SENT */
#define TIPC_SK_ESTABLISHED	1	/* TCP_ESTABLISHED */
#define TIPC_SK_DISCONNECTING	8	/* TCP_CLOSE_WAIT */

/** struct tipc_sk_stats - counters of one socket, never reset */
struct tipc_sk_stats {
	/** @tx_msgs: messages sent; one to many destinations counts once. */
	u64 tx_msgs;
	/** @tx_bytes: bytes of data in them. */
	u64 tx_bytes;
	/** @rx_msgs: messages that entered the receive queue. */
	u64 rx_msgs;
	/** @rx_bytes: bytes of data in them. */
	u64 rx_bytes;
	/** @overloads: messages refused because the receive queue was full. */
	u64 overloads;
	/** @drops: messages dropped for other reasons. */
	u64 drops;
	/** @rejects: messages of this socket that came back. */
	u64 rejects;
	/** @stalls: times a sender had to wait for a window or a link. */
	u64 stalls;
};

/** struct tipc_sk_info - what is said of one socket, a copy */
struct tipc_sk_info {
	/** @type: SOCK_RDM and so on. */
	u16 type;
	/** @state: one of TIPC_SK_*. */
	u8 state;
	/** @importance: of what it sends. */
	u8 importance;
	/** @port: its number, unique on the node. */
	u32 port;
	/** @peer_port: the other end, 0 when there is none. */
	u32 peer_port;
	/** @peer_node: node of the other end. */
	u32 peer_node;
	/** @conn_type: service type the connection was made to, 0 if none. */
	u32 conn_type;
	/** @conn_instance: its instance. */
	u32 conn_instance;
	/** @group_type: service type of its group, 0 when in none. */
	u32 group_type;
	/** @group_instance: its instance in the group. */
	u32 group_instance;
	/** @npubl: number of its bindings. */
	u32 npubl;
	/** @rcvq_len: messages that wait to be read. */
	u32 rcvq_len;
	/** @rcvq_used: memory they occupy. */
	u32 rcvq_used;
	/** @snd_unacked: blocks of 1 KB sent and not yet read by the peer. */
	u32 snd_unacked;
	/** @snd_window: most of them. */
	u32 snd_window;
	/** @congested: a sender has to wait. */
	bool congested;
	/** @pid: process that created it, in the initial pid name space. */
	pid_t pid;
	/** @uid: its owner. */
	kuid_t uid;
	/** @inode: of the socket, 0 when it is not open. */
	unsigned long inode;
	/** @stats: its counters. */
	struct tipc_sk_stats stats;
};

/**
 * struct tipc_sk_walk - a walk through the sockets of a node
 * @iter: private
 * @sk: private; the socket that is held
 */
struct tipc_sk_walk {
	struct rhashtable_iter iter;
	struct sock *sk;
};

/* Received messages. Each takes @skb over, in any context, BH on or off. */
void tipc_sk_rcv(struct net *net, struct sk_buff *skb);
void tipc_sk_rcv_local(struct net *net, struct sk_buff *skb);
void tipc_sk_rcv_mcast(struct net *net, struct sk_buff *skb);

/* Links: the peer is gone, and a congested link has room again. */
void tipc_sk_node_lost(struct net *net, u32 node);
void tipc_sk_link_congested(struct net *net, u32 port);
void tipc_sk_link_ready(struct net *net, u32 port);

/* In-kernel owners of sockets. */
int tipc_sk_create_kern(struct net *net, int type, struct socket **sock);
int tipc_sk_send_kern(struct sock *sk, const void *data, size_t len);

/* Lists. */
void tipc_sk_walk_begin(struct net *net, struct tipc_sk_walk *walk);
struct sock *tipc_sk_walk_next(struct tipc_sk_walk *walk);
void tipc_sk_walk_end(struct tipc_sk_walk *walk);
struct sock *tipc_sk_find(struct net *net, u32 port);
void tipc_sk_info(struct sock *sk, struct tipc_sk_info *info);
int tipc_sk_walk_publs(struct sock *sk, u32 *skip,
		       int (*show)(const struct tipc_publ *publ, void *arg),
		       void *arg);

/* Loading and unloading. */
int tipc_sk_net_init(struct net *net);
void tipc_sk_net_exit(struct net *net);
int tipc_socket_init(void);
void tipc_socket_exit(void);

#endif /* _TIPC_SOCKET_H */
