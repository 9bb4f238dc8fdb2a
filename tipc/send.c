// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending: to an address (RDM, DGRAM), and over a connection (SEQPACKET,
 * STREAM).
 *
 * Sending takes no lock of the sender. What it reads of the socket is either
 * constant on a connection or an option, of which any value in time will do;
 * the window is an atomic counter. The receiver's state lock is taken at
 * delivery.
 *
 * Small writes to a stream of the same node do not become messages of their
 * own while the reader has not caught up: they are put behind the data of the
 * last one in the reader's queue.
 */
#include <linux/net.h>
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <linux/uio.h>
#include <net/sock.h>

#include "group.h"
#include "sock.h"
#include "trace.h"

/* A write of up to so many bytes may be appended to what the reader has. */
#define APPEND_MAX	512
/* Room that is left for that behind a small message of a stream. */
#define APPEND_ROOM	(SKB_WITH_OVERHEAD(4096) - TIPC_HSIZE_CONN)

/* ---- addresses ----------------------------------------------------------- */

static int resolve(struct tipc_sock *tsk, struct tipc_dest *dest, u32 domain)
{
	struct tipc_nametbl *names = &tipc_net(sock_net(&tsk->sk))->names;
	struct tipc_socket_addr to = { .node = domain };

	if (!tipc_nametbl_anycast(names, dest->sr.type, dest->sr.lower, &to))
		return -EHOSTUNREACH;
	dest->port = to.ref;
	dest->node = to.node;
	return 0;
}

/**
 * tipc_sk_dest() - what an address means
 * @tsk: socket that sends
 * @addr: the address
 * @len: bytes of it
 * @dest: filled in; a service address is looked up
 *
 * Scope and domain of real clients are often not initialised: the scope of an
 * address that is not a multicast is not looked at, and an unknown domain is
 * an unreachable one.
 *
 * Context: Process context.
 * Return: 0; -EINVAL for what is no address; -EHOSTUNREACH when nobody is
 * bound to the service.
 */
int tipc_sk_dest(struct tipc_sock *tsk, const struct sockaddr_tipc *addr,
		 int len, struct tipc_dest *dest)
{
	if (unlikely(len < (int)sizeof(*addr) || addr->family != AF_TIPC))
		return -EINVAL;
	switch (addr->addrtype) {
	case TIPC_SERVICE_ADDR:
		dest->kind = TIPC_TYPE_NAMED;
		dest->sr.type = addr->addr.name.name.type;
		dest->sr.lower = addr->addr.name.name.instance;
		dest->sr.upper = dest->sr.lower;
		return resolve(tsk, dest, addr->addr.name.domain);
	case TIPC_SOCKET_ADDR:
		dest->kind = TIPC_TYPE_DIRECT;
		dest->node = addr->addr.id.node;
		dest->port = addr->addr.id.ref;
		return 0;
	case TIPC_SERVICE_RANGE:
		if (addr->addr.nameseq.lower > addr->addr.nameseq.upper)
			return -EINVAL;
		dest->kind = TIPC_TYPE_MCAST;
		dest->scope = addr->scope;
		dest->sr = addr->addr.nameseq;
		return 0;
	default:
		return -EINVAL;
	}
}

/**
 * tipc_sk_header() - the header of a message to an address
 * @tsk: socket that sends
 * @dest: destination, from tipc_sk_dest()
 * @head: header to write; the size is that of the header alone
 *
 * Context: Any.
 */
void tipc_sk_header(struct tipc_sock *tsk, const struct tipc_dest *dest,
		    struct tipc_msg *head)
{
	u32 own = tipc_own_addr(sock_net(&tsk->sk));
	unsigned int hsize = TIPC_HSIZE_DIRECT;
	u32 lookup = 0, flags = 0;

	if (dest->kind != TIPC_TYPE_DIRECT) {
		hsize = dest->kind == TIPC_TYPE_MCAST ? TIPC_HSIZE_MCAST :
							TIPC_HSIZE_NAMED;
		lookup = TIPC_LOOKUP_CLUSTER << 19;
		tipc_msg_set_name_type(head, dest->sr.type);
		tipc_msg_set_name_lower(head, dest->sr.lower);
		tipc_msg_set_name_upper(head, dest->sr.upper);
	}
	if (tsk->src_droppable)
		flags |= TIPC_MSG_F_SRC_DROPPABLE;
	if (tsk->dest_droppable)
		flags |= TIPC_MSG_F_DEST_DROPPABLE;
	tipc_msg_set_word(head, 0, TIPC_MSG_VERSION << 29 |
				   tsk->importance << 25 | (hsize / 4) << 21 |
				   flags | hsize);
	tipc_msg_set_word(head, 1, (u32)dest->kind << 29 | lookup);
	head->w[2] = 0;
	tipc_msg_set_prev_node(head, own);
	tipc_msg_set_orig_port(head, tsk->port);
	tipc_msg_set_dest_port(head, dest->port);
	tipc_msg_set_orig_node_word(head, own);
	tipc_msg_set_dest_node(head, dest->node);
}

/* ---- waiting ------------------------------------------------------------- */

/* Why a sender must not go on; 0 if it may, or may wait. */
static int send_error(struct sock *sk)
{
	int err = 0;

	if (unlikely(READ_ONCE(sk->sk_err)))
		err = sock_error(sk);
	if (err || tipc_sk_connectionless(sk))
		return err;
	switch (tipc_sk_state(sk)) {
	case TIPC_SK_ESTABLISHED:
		return 0;
	case TIPC_SK_DISCONNECTING:
		return -EPIPE;
	default:
		return -ENOTCONN;
	}
}

static bool may_send(const struct tipc_sock *tsk)
{
	if (READ_ONCE(tsk->link_congested))
		return false;
	return tipc_sk_connectionless(&tsk->sk) || !tipc_sk_window_full(tsk);
}

/**
 * tipc_sk_wait_send() - wait until a socket may send
 * @sk: socket
 * @timeo: how long, in jiffies; what is left of it
 *
 * Context: Process context, without a lock of the socket. May sleep.
 * Return: 0; -EAGAIN when the time is over; -EPIPE, -ENOTCONN or an error of
 * the socket; what interrupted calls return.
 */
int tipc_sk_wait_send(struct sock *sk, long *timeo)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	struct tipc_sock *tsk = tipc_sk(sk);
	int err;

	atomic64_inc(&tsk->stalls);
	trace_tipc_stall(sock_net(sk), tsk->port,
			 READ_ONCE(tsk->link_congested) ? TIPC_STALL_LINK :
							  TIPC_STALL_READER);
	add_wait_queue(sk_sleep(sk), &wait);
	for (;;) {
		sk_set_bit(SOCKWQ_ASYNC_NOSPACE, sk);
		set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
		err = send_error(sk);
		if (err || may_send(tsk))
			break;
		err = -EAGAIN;
		if (!*timeo)
			break;
		err = sock_intr_errno(*timeo);
		if (signal_pending(current))
			break;
		*timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, *timeo);
	}
	remove_wait_queue(sk_sleep(sk), &wait);
	return err;
}

static inline int ready_to_send(struct sock *sk, long *timeo)
{
	int err = send_error(sk);

	if (unlikely(err))
		return err;
	if (likely(may_send(tipc_sk(sk))))
		return 0;
	return tipc_sk_wait_send(sk, timeo);
}

/* ---- to an address ------------------------------------------------------- */

static int send_to(struct sock *sk, struct msghdr *m, size_t dlen,
		   const struct tipc_dest *dest)
{
	struct tipc_sock *tsk = tipc_sk(sk);
	struct tipc_msg head;
	struct sk_buff *skb;
	int err;

	tipc_sk_header(tsk, dest, &head);
	skb = tipc_buf_from_user(tsk, &head, m, dlen, 0,
				 tipc_in_own_node(sock_net(sk), dest->node),
				 &err);
	if (unlikely(!skb))
		return err;
	err = tipc_node_xmit(sock_net(sk), skb, dest->node, tsk->port);
	if (unlikely(err))
		return err;
	tipc_sk_count_sent(tsk, dlen);
	return dlen;
}

/**
 * tipc_send_datagram() - sendmsg() on SOCK_RDM and SOCK_DGRAM
 * @sock: socket
 * @m: message
 * @dlen: bytes of it
 *
 * Context: Process context. May sleep.
 * Return: @dlen or a negative error.
 */
int tipc_send_datagram(struct socket *sock, struct msghdr *m, size_t dlen)
{
	struct sock *sk = sock->sk;
	struct tipc_sock *tsk = tipc_sk(sk);
	const struct sockaddr_tipc *addr = m->msg_name;
	int len = m->msg_namelen;
	struct tipc_dest dest;
	long timeo;
	int err;

	if (unlikely(dlen > TIPC_MAX_USER_MSG_SIZE))
		return -EMSGSIZE;
	if (unlikely(rcu_access_pointer(tsk->group)))
		return tipc_group_send(sock, m, dlen);
	if (!addr || !len) {
		addr = &tsk->connected_addr;
		len = sizeof(*addr);
		if (addr->family != AF_TIPC)
			return -EDESTADDRREQ;
	}
	err = tipc_sk_dest(tsk, addr, len, &dest);
	if (unlikely(err))
		return err;
	timeo = sock_sndtimeo(sk, m->msg_flags & MSG_DONTWAIT);
	err = ready_to_send(sk, &timeo);
	if (unlikely(err))
		return err;
	if (dest.kind == TIPC_TYPE_MCAST)
		return tipc_send_mcast(sk, m, dlen, &dest);
	return send_to(sk, m, dlen, &dest);
}

/* ---- over a connection --------------------------------------------------- */

/*
 * The first message on a socket that is not connected is the request. The
 * caller waits until it is accepted, as long as a sender may wait; what comes
 * of it the next call on the socket says.
 */
static int send_implied(struct sock *sk, struct msghdr *m, size_t dlen)
{
	long timeo = sock_sndtimeo(sk, m->msg_flags & MSG_DONTWAIT);
	const struct sockaddr_tipc *addr = m->msg_name;
	struct tipc_dest dest;
	int err = -EISCONN;

	if (dlen > TIPC_MAX_USER_MSG_SIZE)
		return -EMSGSIZE;
	if (m->msg_namelen >= (int)sizeof(*addr) &&
	    addr->addrtype == TIPC_SERVICE_RANGE) {
		err = tipc_sk_dest(tipc_sk(sk), addr, m->msg_namelen, &dest);
		return err ? err : tipc_send_mcast(sk, m, dlen, &dest);
	}
	lock_sock(sk);
	if (tipc_sk_state(sk) == TIPC_SK_OPEN)
		err = tipc_send_syn(sk, m, dlen);
	if (!err && dlen && timeo)
		tipc_wait_connected(sk, &timeo);
	release_sock(sk);
	if (err)
		return err;
	tipc_sk_count_sent(tipc_sk(sk), dlen);
	return dlen;
}

static int send_connected(struct sock *sk, struct msghdr *m, size_t dlen,
			  unsigned int room)
{
	struct tipc_sock *tsk = tipc_sk(sk);
	u32 node = READ_ONCE(tsk->peer_node);
	struct tipc_msg head;
	struct sk_buff *skb;
	int blocks, err;

	tipc_conn_header(tsk, &head);
	skb = tipc_buf_from_user(tsk, &head, m, dlen, room,
				 tipc_in_own_node(sock_net(sk), node), &err);
	if (unlikely(!skb))
		return err;
	TIPC_CB(skb)->append = room;
	blocks = tipc_msg_blocks(TIPC_HSIZE_CONN + dlen);
	atomic_add(blocks, &tsk->snd_unacked);
	err = tipc_node_xmit(sock_net(sk), skb, node, tsk->port);
	if (unlikely(err)) {
		atomic_sub(blocks, &tsk->snd_unacked);
		return err;
	}
	tipc_sk_count_sent(tsk, dlen);
	return dlen;
}

static inline bool wants_connection(struct sock *sk, struct msghdr *m)
{
	return unlikely(m->msg_name) && tipc_sk_state(sk) == TIPC_SK_OPEN;
}

/**
 * tipc_send_packet() - sendmsg() on SOCK_SEQPACKET
 * @sock: socket
 * @m: message
 * @dlen: bytes of it
 *
 * Context: Process context. May sleep.
 * Return: @dlen or a negative error.
 */
int tipc_send_packet(struct socket *sock, struct msghdr *m, size_t dlen)
{
	struct sock *sk = sock->sk;
	long timeo = sock_sndtimeo(sk, m->msg_flags & MSG_DONTWAIT);
	int err;

	if (unlikely(dlen > TIPC_MAX_USER_MSG_SIZE))
		return -EMSGSIZE;
	if (wants_connection(sk, m))
		return send_implied(sk, m, dlen);
	err = ready_to_send(sk, &timeo);
	if (unlikely(err))
		return err;
	return send_connected(sk, m, dlen, 0);
}

/* May a write be put behind this message? With the reader's state lock held. */
static bool may_append(const struct tipc_sock *tsk, const struct tipc_sock *to,
		       const struct sk_buff *tail, size_t dlen)
{
	if (!tail || !TIPC_CB(tail)->append || skb_tailroom(tail) < dlen)
		return false;
	if (TIPC_CB(tail)->scm || to->dsm)
		return false;
	return !to->dead && tipc_sk_state(&to->sk) == TIPC_SK_ESTABLISHED &&
	       to->peer_port == tsk->port;
}

/* Returns the blocks by which the last message has grown, or -1. */
static int append_to(struct tipc_sock *tsk, struct tipc_sock *to,
		     const void *data, size_t dlen)
{
	struct sk_buff *tail = skb_peek_tail(&to->sk.sk_receive_queue);
	unsigned int size;

	if (!may_append(tsk, to, tail, dlen))
		return -1;
	size = tail->len;
	skb_put_data(tail, data, dlen);
	tipc_msg_set_size(tipc_buf_msg(tail), size + dlen);
	to->stats.rx_msgs++;
	to->stats.rx_bytes += dlen;
	return tipc_msg_blocks(size + dlen) - tipc_msg_blocks(size);
}

/*
 * Put a small write behind the last message that the reader has not read, if
 * the reader is on this node. Returns false, with nothing taken, if not.
 */
static bool stream_append(struct sock *sk, struct msghdr *m, size_t dlen,
			  int *err)
{
	struct tipc_sock *tsk = tipc_sk(sk);
	struct net *net = sock_net(sk);
	struct iov_iter before = m->msg_iter;
	u8 data[APPEND_MAX];
	struct tipc_sock *to;
	int blocks = -1;

	if (!copy_from_iter_full(data, dlen, &m->msg_iter)) {
		*err = -EFAULT;
		return true;
	}
	rcu_read_lock();
	to = tipc_port_find(net, tsk->peer_port);
	if (to && to->sk.sk_type == SOCK_STREAM) {
		tipc_sk_lock(to);
		blocks = append_to(tsk, to, data, dlen);
		if (blocks >= 0) {
			atomic_add(blocks, &tsk->snd_unacked);
			tipc_sk_wake_reader(to);
		}
		tipc_sk_unlock(to);
		if (blocks >= 0)
			tipc_sk_readable(&to->sk);
	}
	rcu_read_unlock();
	if (blocks < 0) {
		m->msg_iter = before;
		return false;
	}
	tipc_sk_count_sent(tsk, dlen);
	tipc_local_add(net, TIPC_LOCAL_BYTES, dlen);
	return true;
}

/* One piece of a stream, of up to a message. */
static int send_piece(struct sock *sk, struct msghdr *m, size_t dlen)
{
	struct tipc_sock *tsk = tipc_sk(sk);
	bool local = tipc_in_own_node(sock_net(sk), tsk->peer_node);
	unsigned int room = 0;
	int err = 0;

	if (local && dlen <= APPEND_MAX && !m->msg_controllen && !tsk->dsm) {
		if (dlen && stream_append(sk, m, dlen, &err))
			return err ? err : dlen;
		room = APPEND_ROOM;
	}
	return send_connected(sk, m, dlen, room);
}

/**
 * tipc_send_stream() - sendmsg() on SOCK_STREAM
 * @sock: socket
 * @m: message
 * @dlen: bytes of it, any number
 *
 * Context: Process context. May sleep.
 * Return: how many bytes were sent, or a negative error if none.
 */
int tipc_send_stream(struct socket *sock, struct msghdr *m, size_t dlen)
{
	struct sock *sk = sock->sk;
	long timeo = sock_sndtimeo(sk, m->msg_flags & MSG_DONTWAIT);
	size_t sent = 0, piece;
	int err;

	if (unlikely(dlen > INT_MAX))
		return -EMSGSIZE;
	if (wants_connection(sk, m))
		return send_implied(sk, m, dlen);
	do {
		err = ready_to_send(sk, &timeo);
		if (unlikely(err))
			break;
		piece = min_t(size_t, dlen - sent, TIPC_MAX_USER_MSG_SIZE);
		err = send_piece(sk, m, piece);
		if (unlikely(err < 0))
			break;
		sent += piece;
	} while (sent < dlen);
	return sent ? sent : err;
}

/**
 * tipc_sk_send_kern() - send on a connection of an in-kernel service
 * @sk: socket that is connected
 * @data: what to send
 * @len: bytes of it, up to some KB
 *
 * Context: Any but hard interrupts; does not sleep. No socket's lock is held.
 * Return: 0; -EAGAIN when the window is full, sk->sk_write_space() is called
 * when it is not any more; -ENOTCONN; -EPIPE; -ENOMEM.
 */
int tipc_sk_send_kern(struct sock *sk, const void *data, size_t len)
{
	struct tipc_sock *tsk = tipc_sk(sk);
	struct sk_buff *skb;
	struct tipc_msg *m;
	int err, blocks;

	err = send_error(sk);
	if (err)
		return err;
	if (!may_send(tsk))
		return -EAGAIN;
	skb = tipc_buf_alloc(TIPC_HSIZE_CONN, len, 0, GFP_ATOMIC);
	if (!skb)
		return -ENOMEM;
	m = tipc_buf_msg(skb);
	tipc_conn_header(tsk, m);
	tipc_msg_set_size(m, TIPC_HSIZE_CONN + len);
	skb_store_bits(skb, TIPC_HSIZE_CONN, data, len);
	blocks = tipc_msg_blocks(TIPC_HSIZE_CONN + len);
	atomic_add(blocks, &tsk->snd_unacked);
	err = tipc_node_xmit(sock_net(sk), skb, tsk->peer_node, tsk->port);
	if (err)
		atomic_sub(blocks, &tsk->snd_unacked);
	else
		tipc_sk_count_sent(tsk, len);
	return err;
}

/**
 * tipc_sk_link_congested() - a link that a socket uses has enough to do
 * @net: namespace
 * @port: socket that waits from now on, until tipc_sk_link_ready()
 *
 * Context: Any but hard interrupts.
 */
void tipc_sk_link_congested(struct net *net, u32 port)
{
	struct tipc_sock *tsk;

	rcu_read_lock();
	tsk = tipc_port_find(net, port);
	if (tsk)
		WRITE_ONCE(tsk->link_congested, true);
	rcu_read_unlock();
}

/**
 * tipc_sk_link_ready() - a link that was congested has room again
 * @net: namespace
 * @port: socket that waits for it
 *
 * Context: Any but hard interrupts.
 */
void tipc_sk_link_ready(struct net *net, u32 port)
{
	struct tipc_sock *tsk;

	rcu_read_lock();
	tsk = tipc_port_find(net, port);
	if (tsk) {
		WRITE_ONCE(tsk->link_congested, false);
		tsk->sk.sk_write_space(&tsk->sk);
	}
	rcu_read_unlock();
}
