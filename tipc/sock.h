/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is in a socket, for the socket files: port.c, socket.c, connect.c,
 * listen.c, send.c, recv.c, stream.c, option.c, mcast.c and group.c.
 *
 * Locking
 *
 * Three locks, taken in this order; two sockets' locks of one kind are never
 * held together.
 *
 *  - lock_sock(sk): who changes what the socket is: bindings, options, group,
 *    beginning and end of a connection. Sending to an address and receiving do
 *    not take it.
 *  - tsk->reading (mutex): one reader at a time goes through a stream. It may
 *    be held while lock_sock() is not, and the other way about.
 *  - sk->sk_receive_queue.lock, called the state lock, with BH disabled: the
 *    queue, sk->sk_state, the peer and the counters. Whoever delivers a message,
 *    in the context of its sender or of a link, takes this lock only, so no
 *    receiver can keep a sender waiting.
 *
 * A socket is found by its port under RCU and freed after a grace period
 * (SOCK_RCU_FREE), so who finds one needs no reference while in an RCU
 * read-side section. tsk->dead, under the state lock, says that it was closed:
 * nothing is queued from then on. sk_state may be read without the lock where
 * the answer may be old the moment after, as in poll().
 */
#ifndef _TIPC_SOCK_H
#define _TIPC_SOCK_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/rhashtable.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/tipc.h>
#include <net/sock.h>

#include <linux/dsm.h>

#include "core.h"
#include "msg.h"
#include "node.h"
#include "socket.h"

/* Time to accept a connection, and how often an idle one is looked after. */
#define TIPC_CONN_TIMEOUT_MS	8000
#define TIPC_CONN_PROBE_JIFFIES	(3600 * HZ)
/* How soon a peer that was asked must answer. */
#define TIPC_CONN_REPLY_JIFFIES	(HZ / 2)

/* How long a socket keeps to broadcasts or to copies, see mcast.c. */
#define TIPC_MCAST_KEEP_JIFFIES	(5 * HZ)

/* Blocks of 1 KB that may be under way before the peer says how many. */
#define TIPC_CONN_WINDOW	128
#define TIPC_CONN_WINDOW_LOCAL	512

/* In front of a message, for the header of a link's medium. */
#define TIPC_HEADROOM		ALIGN(LL_MAX_HEADER + 48, 16)
/* Up to this size a message is one piece of memory, above it has pages. */
#define TIPC_LINEAR_MAX		(SKB_WITH_OVERHEAD(4096) - TIPC_HEADROOM)

/* What is done with a message that is not refused with TIPC_ERR_*. */
#define TIPC_SK_QUEUE	0x100
#define TIPC_SK_DROP	0x101

struct dsm_label_if;
struct tipc_group;
struct tipc_scm;

/**
 * struct tipc_cb - what is known of a message besides its header, in skb->cb
 * @consumed: bytes of its data that a reader of a stream has taken
 * @local: it was sent from a socket of this node
 * @stash: where the buffer may be kept, counted from 1; see stash.c
 * @append: a later write of the sender may be put behind its data
 * @port: the receiver of this copy of a multicast, 0 otherwise
 * @instance: the sender's, in a group
 * @judged: it is from a task, and dsm is asked about it
 * @label: of that task
 * @scm: credentials and files that travel with it, NULL when there are none
 */
struct tipc_cb {
	u32			consumed;
	u8			stash;
	bool			local;
	bool			append;
	bool			judged;
	u32			port;
	u32			instance;
	struct dsm_label	label;
	struct tipc_scm		*scm;
};

#define TIPC_CB(skb)	((struct tipc_cb *)(skb)->cb)

/**
 * struct tipc_sock - a socket
 * @sk: must be first
 * @port: its number on the node, constant
 * @port_node: in the table of ports
 * @importance: of what it sends
 * @src_droppable: what it sends may be dropped when links are congested
 * @dest_droppable: what cannot be delivered is dropped, not returned
 * @exclusive: nobody else may bind where it is bound
 * @visible: bind() waits until other nodes know the name
 * @rcast: multicast always goes as a copy per node
 * @bcast: multicast always goes by broadcast
 * @mcast_bcast: what it multicasts goes by broadcast, unless @rcast or @bcast
 *	says otherwise
 * @mcast_until: until then, in jiffies
 * @lag: TIPC_LAG_*: what is done about slow members of its group
 * @conn_timeout_ms: time for connect()
 * @publs: its bindings, under lock_sock()
 * @npubl: number of them
 * @next_key: tells the next from the others
 * @askers: tasks in such a bind(); under the state lock
 * @dead: closed; under the state lock
 * @probing: the peer was asked whether it lives; under the state lock
 * @paired: made by socketpair(): knows its peer
 * @link_congested: a link it sent over has no room; cleared by the link
 * @peer_port: the other end; under the state lock
 * @peer_node: its node, 0 for this one
 * @conn_has_name: the connection was made to a service address
 * @conn_type: its type
 * @conn_instance: its instance
 * @snd_window: blocks that may be under way
 * @snd_unacked: blocks that are
 * @rcv_unacked: blocks read and not yet acknowledged; under the state lock
 * @rcv_window: blocks that the peer may send
 * @connected_addr: where a message without address goes (RDM and DGRAM)
 * @syn: the first message, kept while it may have to be sent again
 * @reading: one reader of a stream at a time
 * @reader: a task that sleeps until something is queued; under the state lock
 * @def_data_ready: what sk->sk_data_ready was at first
 * @group: its group, NULL when in none
 * @tx_msgs: messages sent
 * @tx_bytes: bytes in them
 * @stalls: times a sender waited
 * @stats: the other counters, under the state lock
 * @pid: process that created it
 * @dsm: functions of dsm, NULL without it; held while this is not NULL. Of a
 *	socket that may be closed meanwhile: under the state lock
 * @label: label of the socket, with @dsm
 */
struct tipc_sock {
	struct sock			sk;
	u32				port;
	struct rhash_head		port_node;
	u8				importance;
	bool				src_droppable;
	bool				dest_droppable;
	bool				exclusive;
	bool				visible;
	bool				rcast;
	bool				bcast;
	bool				mcast_bcast;
	unsigned long			mcast_until;
	u8				lag;
	u32				conn_timeout_ms;

	struct list_head		publs;
	u32				npubl;
	u32				next_key;
	struct list_head		askers;

	bool				dead;
	bool				probing;
	bool				paired;
	bool				link_congested;
	u32				peer_port;
	u32				peer_node;
	bool				conn_has_name;
	u32				conn_type;
	u32				conn_instance;
	u32				snd_window;
	atomic_t			snd_unacked;
	u32				rcv_unacked;
	u32				rcv_window;
	struct sockaddr_tipc		connected_addr;
	struct sk_buff			*syn;
	struct mutex			reading;
	struct task_struct		*reader;
	void				(*def_data_ready)(struct sock *sk);
	struct tipc_group __rcu		*group;

	atomic64_t			tx_msgs;
	atomic64_t			tx_bytes;
	atomic64_t			stalls;
	struct tipc_sk_stats		stats;
	struct pid			*pid;
	const struct dsm_label_if	*dsm;
	struct dsm_label		label;
};

static inline struct tipc_sock *tipc_sk(const struct sock *sk)
{
	return (struct tipc_sock *)sk;
}

static inline struct tipc_msg *tipc_buf_msg(const struct sk_buff *skb)
{
	return (struct tipc_msg *)skb->data;
}

static inline void tipc_sk_lock(struct tipc_sock *tsk)
{
	spin_lock_bh(&tsk->sk.sk_receive_queue.lock);
}

static inline void tipc_sk_unlock(struct tipc_sock *tsk)
{
	spin_unlock_bh(&tsk->sk.sk_receive_queue.lock);
}

/* SOCK_RDM and SOCK_DGRAM: every message has its own destination. */
static inline bool tipc_sk_connectionless(const struct sock *sk)
{
	return sk->sk_type == SOCK_RDM || sk->sk_type == SOCK_DGRAM;
}

static inline int tipc_sk_state(const struct sock *sk)
{
	return READ_ONCE(sk->sk_state);
}

static inline void tipc_sk_set_state(struct sock *sk, int state)
{
	WRITE_ONCE(sk->sk_state, state);
}

/* A sender on a connection has to wait for the reader. */
static inline bool tipc_sk_window_full(const struct tipc_sock *tsk)
{
	return atomic_read(&tsk->snd_unacked) > READ_ONCE(tsk->snd_window);
}

static inline void tipc_sk_count_sent(struct tipc_sock *tsk, size_t dlen)
{
	atomic64_inc(&tsk->tx_msgs);
	atomic64_add(dlen, &tsk->tx_bytes);
}

/**
 * struct tipc_dest - where a message goes
 * @kind: TIPC_TYPE_NAMED, _DIRECT or _MCAST
 * @scope: scope of a multicast
 * @node: node of the receiver
 * @port: port of the receiver
 * @sr: service; lower and upper are the instance unless it is a multicast
 */
struct tipc_dest {
	u8				kind;
	u8				scope;
	u32				node;
	u32				port;
	struct tipc_service_range	sr;
};

/* port.c */
int tipc_port_insert(struct net *net, struct tipc_sock *tsk);
void tipc_port_remove(struct net *net, struct tipc_sock *tsk);
struct tipc_sock *tipc_port_find(struct net *net, u32 port);

/* buf.c */
struct sk_buff *tipc_buf_alloc(unsigned int hsize, unsigned int dlen,
			       unsigned int room, gfp_t gfp);
struct sk_buff *tipc_buf_from_user(const struct tipc_sock *tsk,
				   const struct tipc_msg *head,
				   struct msghdr *m, unsigned int dlen,
				   unsigned int room, bool local, int *err);
struct sk_buff *tipc_buf_control(struct net *net, unsigned int user,
				 unsigned int type, unsigned int hsize,
				 u32 dest_node, u32 dest_port, u32 orig_port,
				 gfp_t gfp);
struct sk_buff *tipc_buf_reject(struct net *net, struct sk_buff *skb,
				unsigned int err);

/* stash.c */
struct sk_buff *tipc_stash_alloc(unsigned int hsize, unsigned int dlen,
				 unsigned int room);
void tipc_buf_free(struct sk_buff *skb);
void tipc_stash_exit(void);

/* label.c */
int tipc_label_init(void);
void tipc_label_exit(void);
void tipc_label_socket(struct tipc_sock *tsk);
void tipc_label_release(struct tipc_sock *tsk);
void __tipc_label_message(const struct tipc_sock *tsk, struct sk_buff *skb);
bool __tipc_label_allows(struct tipc_sock *tsk, const struct sk_buff *skb);

struct sk_buff *__tipc_label_put(struct sk_buff *skb);
int __tipc_label_take(struct net *net, struct sk_buff *skb);

static inline bool tipc_label_allows(struct tipc_sock *tsk,
				     const struct sk_buff *skb)
{
	return likely(!READ_ONCE(tsk->dsm)) || __tipc_label_allows(tsk, skb);
}

/* A message is sent to another node of ours: see __tipc_label_put(). */
static inline struct sk_buff *tipc_label_put(struct sk_buff *skb)
{
	if (likely(TIPC_CB(skb)->label.sid == DSM_SID_NONE))
		return skb;
	return __tipc_label_put(skb);
}

/*
 * A message came from another node, and its control block is zero: see
 * __tipc_label_take().
 */
static inline int tipc_label_take(struct net *net, struct sk_buff *skb)
{
	const struct tipc_msg *m = tipc_buf_msg(skb);

	if (unlikely(!tipc_msg_is_data(m)))
		return 0;
	TIPC_CB(skb)->judged = true;
	return likely(!tipc_msg_labelled(m)) ? 0 : __tipc_label_take(net, skb);
}

/* scm.c */
int tipc_scm_send(struct msghdr *m, struct sk_buff *skb, bool local);
void tipc_scm_deliver(struct sock *sk, struct sk_buff *skb);
int tipc_scm_recv(struct sock *sk, struct msghdr *m, struct sk_buff *skb,
		  bool peek);

/* deliver.c */
unsigned int tipc_sk_deliver(struct tipc_sock *tsk, struct sk_buff *skb);
bool tipc_sk_queue_full(const struct sock *sk, unsigned int importance,
			unsigned int truesize);
void tipc_sk_wake_reader(struct tipc_sock *tsk);
void tipc_sk_readable(struct sock *sk);
void tipc_sk_reject(struct net *net, struct sk_buff *skb, unsigned int err);

/* send.c */
int tipc_sk_dest(struct tipc_sock *tsk, const struct sockaddr_tipc *addr,
		 int len, struct tipc_dest *dest);
void tipc_sk_header(struct tipc_sock *tsk, const struct tipc_dest *dest,
		    struct tipc_msg *head);
int tipc_send_packet(struct socket *sock, struct msghdr *m, size_t dlen);
int tipc_send_stream(struct socket *sock, struct msghdr *m, size_t dlen);
int tipc_send_datagram(struct socket *sock, struct msghdr *m, size_t dlen);
int tipc_sk_wait_send(struct sock *sk, long *timeo);

/* mcast.c */
int tipc_send_mcast(struct sock *sk, struct msghdr *m, size_t dlen,
		    const struct tipc_dest *dest);

void tipc_mcast_deliver(struct net *net, struct sk_buff *skb,
			const struct tipc_dests *ports);

/* connect.c */
int tipc_connect(struct socket *sock, struct sockaddr *addr, int len,
		 int flags);
int tipc_send_syn(struct sock *sk, struct msghdr *m, size_t dlen);
int tipc_wait_connected(struct sock *sk, long *timeo);
void tipc_conn_begin(struct tipc_sock *tsk, u32 peer_port, u32 peer_node);
void tipc_conn_end(struct tipc_sock *tsk, int err);
bool tipc_conn_retry(struct tipc_sock *tsk);
void tipc_conn_timer(struct timer_list *t);
void tipc_conn_send_ack(struct tipc_sock *tsk, u32 peer_port, u32 peer_node,
			u32 blocks);
bool tipc_conn_control(struct tipc_sock *tsk, struct sk_buff *skb,
		       struct sk_buff **reply);
void tipc_conn_header(struct tipc_sock *tsk, struct tipc_msg *head);
bool tipc_node_same(const struct net *net, u32 a, u32 b);

/* visible.c */
int tipc_visible_wait(struct sock *sk);
bool tipc_visible_answer(struct tipc_sock *tsk, const struct sk_buff *skb);

/* listen.c */
int tipc_listen(struct socket *sock, int backlog);
int tipc_do_accept(struct socket *sock, struct socket *newsock, int flags,
		   bool kern);

/* recv.c */
int tipc_recvmsg(struct socket *sock, struct msghdr *m, size_t len, int flags);
int tipc_recvstream(struct socket *sock, struct msghdr *m, size_t len,
		    int flags);

/* option.c */
int tipc_setsockopt(struct socket *sock, int level, int name, sockptr_t value,
		    unsigned int len);
int tipc_getsockopt(struct socket *sock, int level, int name,
		    char __user *value, int __user *len);
int tipc_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg);

/* socket.c */
int tipc_sk_create(struct net *net, struct socket *sock, int protocol,
		   int kern);
bool tipc_sk_addr_valid(const struct sockaddr_tipc *addr, int len);

#endif /* _TIPC_SOCK_H */
