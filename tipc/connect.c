// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections: how they begin, what flows beside the data, how they end.
 *
 * A client sends a request (SYN) to a service, a socket, or to either with its
 * first data in it, and is connected when the first message of the accepted
 * socket arrives. Either end tells the other when it goes: by a message that
 * is marked as an error. An end that has heard nothing for an hour asks whether
 * the peer still lives, and gives up when no answer comes.
 *
 * The window counts blocks of 1 KB. The reader acknowledges what it has taken
 * when it is a quarter of the window, the sender stops when more is under way.
 *
 * Locking: as in sock.h. Functions marked so are called with the state lock
 * held; those that send are called without.
 */
#include <linux/net.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <linux/timer.h>
#include <net/sock.h>

#include "compat.h"
#include "sock.h"
#include "trace.h"

/**
 * tipc_node_same() - are two addresses of one node?
 * @net: namespace
 * @a: an address
 * @b: an address
 *
 * A socket may have learnt the address of its own node as 0, before the node
 * had one.
 *
 * Context: Any.
 * Return: whether they are.
 */
bool tipc_node_same(const struct net *net, u32 a, u32 b)
{
	return a == b || (tipc_in_own_node(net, a) && tipc_in_own_node(net, b));
}

/**
 * tipc_conn_header() - the header of data on a connection
 * @tsk: socket that is connected
 * @head: header to write, of TIPC_HSIZE_CONN bytes
 *
 * Context: Any.
 */
void tipc_conn_header(struct tipc_sock *tsk, struct tipc_msg *head)
{
	u32 flags = 0;

	if (tsk->src_droppable)
		flags |= TIPC_MSG_F_SRC_DROPPABLE;
	if (tsk->dest_droppable)
		flags |= TIPC_MSG_F_DEST_DROPPABLE;
	tipc_msg_set_word(head, 0, TIPC_MSG_VERSION << 29 |
				   tsk->importance << 25 |
				   (TIPC_HSIZE_CONN / 4) << 21 | flags |
				   TIPC_HSIZE_CONN);
	head->w[1] = 0;
	head->w[2] = 0;
	tipc_msg_set_prev_node(head, tipc_own_addr(sock_net(&tsk->sk)));
	tipc_msg_set_orig_port(head, tsk->port);
	tipc_msg_set_dest_port(head, tsk->peer_port);
}

/**
 * tipc_conn_begin() - a socket is connected
 * @tsk: socket
 * @peer_port: port of the other end
 * @peer_node: node of the other end
 *
 * Context: With the state lock held.
 */
void tipc_conn_begin(struct tipc_sock *tsk, u32 peer_port, u32 peer_node)
{
	struct sock *sk = &tsk->sk;

	kfree_skb(tsk->syn);
	tsk->syn = NULL;
	tsk->peer_port = peer_port;
	tsk->peer_node = peer_node;
	tsk->probing = false;
	tsk->rcv_unacked = 0;
	tsk->rcv_window = clamp(READ_ONCE(sk->sk_rcvbuf) / 4096, 8, 0xffff);
	atomic_set(&tsk->snd_unacked, 0);
	WRITE_ONCE(tsk->snd_window,
		   tipc_in_own_node(sock_net(sk), peer_node) ?
		   TIPC_CONN_WINDOW_LOCAL : TIPC_CONN_WINDOW);
	/* What a sender reads without the lock is there when it sees this. */
	smp_store_release(&sk->sk_state, TIPC_SK_ESTABLISHED);
	sk_reset_timer(sk, &sk->sk_timer, jiffies + TIPC_CONN_PROBE_JIFFIES);
	trace_tipc_connection(sock_net(sk), tsk->port, peer_port, peer_node,
			      true, 0);
}

/**
 * tipc_conn_end() - a socket is not connected any more, or never was
 * @tsk: socket
 * @err: what the next call says, 0 if nothing
 *
 * Wakes everybody who waits for the socket.
 *
 * Context: With the state lock held.
 */
void tipc_conn_end(struct tipc_sock *tsk, int err)
{
	struct sock *sk = &tsk->sk;

	kfree_skb(tsk->syn);
	tsk->syn = NULL;
	if (err)
		WRITE_ONCE(sk->sk_err, err);
	tipc_sk_set_state(sk, TIPC_SK_DISCONNECTING);
	sk_stop_timer(sk, &sk->sk_timer);
	tipc_sk_wake_reader(tsk);
	sk->sk_state_change(sk);
	trace_tipc_connection(sock_net(sk), tsk->port, tsk->peer_port,
			      tsk->peer_node, false, err);
}

/**
 * tipc_conn_retry() - the listener was overloaded: ask again, later
 * @tsk: socket that wants to be connected
 *
 * Context: With the state lock held.
 * Return: whether it will ask again.
 */
bool tipc_conn_retry(struct tipc_sock *tsk)
{
	struct sock *sk = &tsk->sk;
	u32 most = tsk->conn_timeout_ms / 4;
	u32 delay_ms;

	if (!tsk->syn)
		return false;
	delay_ms = 100 + (most ? get_random_u32() % most : 0);
	sk_reset_timer(sk, &sk->sk_timer, jiffies + msecs_to_jiffies(delay_ms));
	return true;
}

/* With the state lock held. The message to send when time has passed. */
static struct sk_buff *timer_message(struct tipc_sock *tsk)
{
	struct sock *sk = &tsk->sk;
	struct sk_buff *skb;

	switch (tipc_sk_state(sk)) {
	case TIPC_SK_CONNECTING:
		return tsk->syn ? pskb_copy(tsk->syn, GFP_ATOMIC) : NULL;
	case TIPC_SK_ESTABLISHED:
		break;
	default:
		return NULL;
	}
	if (tsk->probing) {
		tipc_conn_end(tsk, 0);
		return NULL;
	}
	tsk->probing = true;
	skb = tipc_buf_control(sock_net(sk), TIPC_USER_CONN_MANAGER,
			       TIPC_CONN_PROBE, TIPC_HSIZE_INTERNAL,
			       tsk->peer_node, tsk->peer_port, tsk->port,
			       GFP_ATOMIC);
	sk_reset_timer(sk, &sk->sk_timer,
		       jiffies + TIPC_CONN_REPLY_JIFFIES);
	return skb;
}

/**
 * tipc_conn_timer() - time has passed on a connection
 * @t: sk->sk_timer
 *
 * Asks a peer that was silent whether it is there, gives up one that has
 * not answered, and repeats a request that met an overloaded listener.
 *
 * Context: Timer.
 */
void tipc_conn_timer(struct timer_list *t)
{
	struct sock *sk = from_timer(sk, t, sk_timer);
	struct tipc_sock *tsk = tipc_sk(sk);
	struct sk_buff *skb;
	u32 node = 0;

	tipc_sk_lock(tsk);
	skb = timer_message(tsk);
	/* Answered at once when the peer is on this node. */
	if (skb)
		node = tipc_msg_dest_node(tipc_buf_msg(skb));
	tipc_sk_unlock(tsk);
	if (skb)
		tipc_node_xmit(sock_net(sk), skb, node, tsk->port);
	sock_put(sk);
}

/**
 * tipc_conn_send_ack() - tell the peer how much was read
 * @tsk: socket
 * @peer_port: port of the peer
 * @peer_node: its node
 * @blocks: blocks that were read since the last time
 *
 * When there is no memory nothing is sent, and the next ack must say more:
 * the blocks are counted again.
 *
 * Context: Process context, without the state lock.
 */
void tipc_conn_send_ack(struct tipc_sock *tsk, u32 peer_port, u32 peer_node,
			u32 blocks)
{
	struct net *net = sock_net(&tsk->sk);
	struct tipc_msg *m;
	struct sk_buff *skb;

	skb = tipc_buf_control(net, TIPC_USER_CONN_MANAGER, TIPC_CONN_ACK,
			       TIPC_HSIZE_INTERNAL, peer_node, peer_port,
			       tsk->port, GFP_KERNEL);
	if (!skb) {
		tipc_sk_lock(tsk);
		tsk->rcv_unacked += blocks;
		tipc_sk_unlock(tsk);
		return;
	}
	m = tipc_buf_msg(skb);
	tipc_msg_set_conn_acked(m, blocks);
	tipc_msg_set_conn_window(m, tsk->rcv_window);
	tipc_node_xmit(net, skb, peer_node, tsk->port);
}

/*
 * Returns whether the window was full and is not any more. A sender adds to
 * what is under way without a lock: what it has added before this counts as
 * full here, and what it adds later finds the room that was made.
 */
static bool take_ack(struct tipc_sock *tsk, const struct tipc_msg *m)
{
	u32 old_window = tsk->snd_window;
	u32 window = tipc_msg_conn_window(m);
	int acked = tipc_msg_conn_acked(m);
	int left;

	/* A peer that acknowledges more than it got gains nothing. */
	acked = min(acked, atomic_read(&tsk->snd_unacked));
	if (window)
		WRITE_ONCE(tsk->snd_window, window);
	left = atomic_sub_return(acked, &tsk->snd_unacked);
	return left + acked > (int)old_window &&
	       left <= (int)tsk->snd_window;
}

/* With the state lock held. */
static bool control(struct tipc_sock *tsk, const struct tipc_msg *m,
		    struct sk_buff **reply, bool *opened)
{
	struct sock *sk = &tsk->sk;

	if (tsk->dead || tipc_sk_state(sk) != TIPC_SK_ESTABLISHED)
		return false;
	if (tipc_msg_orig_port(m) != tsk->peer_port ||
	    !tipc_node_same(sock_net(sk), tipc_msg_orig_node(m),
			    tsk->peer_node))
		return false;
	if (tipc_msg_error(m)) {
		tipc_conn_end(tsk, ECONNRESET);
		return true;
	}
	tsk->probing = false;
	if (tipc_msg_type(m) == TIPC_CONN_PROBE)
		*reply = tipc_buf_control(sock_net(sk), TIPC_USER_CONN_MANAGER,
					  TIPC_CONN_PROBE_REPLY,
					  TIPC_HSIZE_INTERNAL, tsk->peer_node,
					  tsk->peer_port, tsk->port,
					  GFP_ATOMIC);
	else if (tipc_msg_type(m) == TIPC_CONN_ACK)
		*opened = take_ack(tsk, m);
	return true;
}

/**
 * tipc_conn_control() - a message about a connection has come
 * @tsk: receiver
 * @skb: the message; stays the caller's
 * @reply: where to put the answer, if there is one; the caller sends it
 *
 * Context: Any, without the state lock.
 * Return: false if it is not about a connection of this socket.
 */
bool tipc_conn_control(struct tipc_sock *tsk, struct sk_buff *skb,
		       struct sk_buff **reply)
{
	struct sock *sk = &tsk->sk;
	bool opened = false, ours;

	tipc_sk_lock(tsk);
	ours = control(tsk, tipc_buf_msg(skb), reply, &opened);
	if (tipc_sk_state(sk) == TIPC_SK_ESTABLISHED)
		mod_timer_pending(&sk->sk_timer, jiffies +
				  TIPC_CONN_PROBE_JIFFIES);
	tipc_sk_unlock(tsk);
	if (opened)
		sk->sk_write_space(sk);
	return ours;
}

/* ---- connect() ----------------------------------------------------------- */

/* Keep a copy of the request while the listener may be overloaded. */
static int keep_syn(struct tipc_sock *tsk, struct sk_buff *skb)
{
	struct sk_buff *copy = pskb_copy(skb, GFP_KERNEL);

	if (!copy)
		return -ENOMEM;
	memset(TIPC_CB(copy), 0, sizeof(struct tipc_cb));
	tipc_sk_lock(tsk);
	tsk->syn = copy;
	tsk->conn_has_name = tipc_msg_type(tipc_buf_msg(skb)) ==
			     TIPC_TYPE_NAMED;
	if (tsk->conn_has_name) {
		tsk->conn_type = tipc_msg_name_type(tipc_buf_msg(skb));
		tsk->conn_instance = tipc_msg_name_instance(tipc_buf_msg(skb));
	}
	tipc_sk_set_state(&tsk->sk, TIPC_SK_CONNECTING);
	tipc_sk_unlock(tsk);
	return 0;
}

static void forget_syn(struct tipc_sock *tsk)
{
	tipc_sk_lock(tsk);
	kfree_skb(tsk->syn);
	tsk->syn = NULL;
	if (tipc_sk_state(&tsk->sk) == TIPC_SK_CONNECTING)
		tipc_sk_set_state(&tsk->sk, TIPC_SK_OPEN);
	tipc_sk_unlock(tsk);
}

/**
 * tipc_send_syn() - request a connection
 * @sk: socket that is open and not connected
 * @m: message whose address is the destination; @dlen bytes of data in it
 *	travel with the request
 * @dlen: bytes of data
 *
 * Context: Process context, with lock_sock() held. May sleep.
 * Return: 0 when the request is under way, or a negative error.
 */
int tipc_send_syn(struct sock *sk, struct msghdr *m, size_t dlen)
{
	struct tipc_sock *tsk = tipc_sk(sk);
	struct tipc_dest dest;
	struct tipc_msg head;
	struct sk_buff *skb;
	int err;

	if (tsk->npubl)
		return -EOPNOTSUPP;
	err = tipc_sk_dest(tsk, m->msg_name, m->msg_namelen, &dest);
	if (err)
		return err;
	if (dest.kind == TIPC_TYPE_MCAST)
		return -EINVAL;
	tipc_sk_header(tsk, &dest, &head);
	tipc_msg_set_flag(&head, TIPC_MSG_F_SYN, true);
	skb = tipc_buf_from_user(tsk, &head, m, dlen, 0, false, &err);
	if (!skb)
		return err;
	err = keep_syn(tsk, skb);
	if (err) {
		kfree_skb(skb);
		return err;
	}
	err = tipc_node_xmit(sock_net(sk), skb, dest.node, tsk->port);
	if (err)
		forget_syn(tsk);
	return err;
}

/**
 * tipc_wait_connected() - wait for the answer to a request
 * @sk: socket that requested a connection
 * @timeo: how long, in jiffies; what is left of it
 *
 * Context: Process context, with lock_sock() held; it is released meanwhile.
 * Return: 0 when the socket is connected; -ETIMEDOUT, -ECONNREFUSED or
 * another error of the socket; what interrupted calls return.
 */
int tipc_wait_connected(struct sock *sk, long *timeo)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	int err = 0;

	add_wait_queue(sk_sleep(sk), &wait);
	while (tipc_sk_state(sk) == TIPC_SK_CONNECTING) {
		if (!*timeo) {
			err = -ETIMEDOUT;
			break;
		}
		if (signal_pending(current)) {
			err = sock_intr_errno(*timeo);
			break;
		}
		release_sock(sk);
		*timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, *timeo);
		lock_sock(sk);
	}
	remove_wait_queue(sk_sleep(sk), &wait);
	if (err)
		return err;
	err = sock_error(sk);
	if (err)
		return err;
	return tipc_sk_state(sk) == TIPC_SK_DISCONNECTING ? -ECONNREFUSED : 0;
}

/* RDM and DGRAM: where messages without an address go from now on. */
static int set_connected_addr(struct tipc_sock *tsk,
			      const struct sockaddr_tipc *addr, int len)
{
	if (addr->family == AF_UNSPEC) {
		memset(&tsk->connected_addr, 0, sizeof(tsk->connected_addr));
		return 0;
	}
	if (!tipc_sk_addr_valid(addr, len))
		return -EINVAL;
	memcpy(&tsk->connected_addr, addr, sizeof(*addr));
	return 0;
}

static int connect_stream(struct sock *sk, struct sockaddr_tipc *addr, int len,
			  int flags)
{
	long timeo = flags & O_NONBLOCK ? 0 :
		     msecs_to_jiffies(tipc_sk(sk)->conn_timeout_ms);
	struct msghdr m = { .msg_name = addr, .msg_namelen = len };
	int err;

	switch (tipc_sk_state(sk)) {
	case TIPC_SK_OPEN:
		iov_iter_kvec(&m.msg_iter, ITER_SOURCE, NULL, 0, 0);
		err = tipc_send_syn(sk, &m, 0);
		if (err)
			return err;
		if (!timeo)
			return -EINPROGRESS;
		break;
	case TIPC_SK_CONNECTING:
		if (!timeo)
			return -EALREADY;
		break;
	case TIPC_SK_ESTABLISHED:
		return -EISCONN;
	default:
		return -EINVAL;
	}
	return tipc_wait_connected(sk, &timeo);
}

/**
 * tipc_connect() - connect()
 * @sock: socket
 * @uaddr: where to
 * @len: bytes of it
 * @flags: O_NONBLOCK
 *
 * Context: Process context. May sleep.
 * Return: 0 or a negative error.
 */
int tipc_connect(struct socket *sock, struct sockaddr *uaddr, int len,
		 int flags)
{
	struct sockaddr_tipc *addr = (struct sockaddr_tipc *)uaddr;
	struct sock *sk = sock->sk;
	struct tipc_sock *tsk = tipc_sk(sk);
	int err;

	if (len < (int)sizeof(addr->family))
		return -EINVAL;
	lock_sock(sk);
	if (rcu_access_pointer(tsk->group))
		err = -EINVAL;
	else if (tipc_sk_connectionless(sk))
		err = set_connected_addr(tsk, addr, len);
	else if (!tipc_sk_addr_valid(addr, len))
		err = -EINVAL;
	else
		err = connect_stream(sk, addr, len, flags);
	release_sock(sk);
	return err;
}

/**
 * tipc_sk_node_lost() - a node is gone: so are the connections with it
 * @net: namespace
 * @node: address of the node
 *
 * Context: Process context. May sleep.
 */
void tipc_sk_node_lost(struct net *net, u32 node)
{
	struct tipc_sk_walk walk;
	struct tipc_sock *tsk;
	struct sock *sk;

	tipc_sk_walk_begin(net, &walk);
	while ((sk = tipc_sk_walk_next(&walk))) {
		tsk = tipc_sk(sk);
		tipc_sk_lock(tsk);
		if (tipc_sk_state(sk) == TIPC_SK_ESTABLISHED && !tsk->paired &&
		    tsk->peer_node == node)
			tipc_conn_end(tsk, ECONNRESET);
		tipc_sk_unlock(tsk);
		cond_resched();
	}
	tipc_sk_walk_end(&walk);
}
