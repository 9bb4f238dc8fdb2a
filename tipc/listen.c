// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listening, and accepting connections.
 *
 * Requests wait in the receive queue of the listener. Accepting one makes a new
 * socket and sends its first, empty message, which tells the client where its
 * peer is. What data came with the request is the first thing that the new
 * socket reads.
 *
 * Locking: lock_sock() of the listener, then that of the new socket.
 */
#include <linux/net.h>
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <net/sock.h>

#include "sock.h"

/**
 * tipc_listen() - listen()
 * @sock: socket
 * @backlog: not used; the receive buffer is the limit
 *
 * Context: Process context. May sleep.
 * Return: 0, or -EINVAL when the socket is not open and unconnected.
 */
int tipc_listen(struct socket *sock, int backlog)
{
	struct sock *sk = sock->sk;
	int err = -EINVAL;

	lock_sock(sk);
	if (tipc_sk_state(sk) == TIPC_SK_OPEN) {
		tipc_sk_set_state(sk, TIPC_SK_LISTEN);
		err = 0;
	}
	release_sock(sk);
	return err;
}

/* With lock_sock() held, which is released while waiting. */
static int wait_for_request(struct sock *sk, long timeo)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	int err = 0;

	add_wait_queue_exclusive(sk_sleep(sk), &wait);
	while (skb_queue_empty_lockless(&sk->sk_receive_queue)) {
		err = -EAGAIN;
		if (!timeo)
			break;
		err = sock_intr_errno(timeo);
		if (signal_pending(current))
			break;
		release_sock(sk);
		timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, timeo);
		lock_sock(sk);
		err = 0;
		if (tipc_sk_state(sk) != TIPC_SK_LISTEN) {
			err = -EINVAL;
			break;
		}
	}
	remove_wait_queue(sk_sleep(sk), &wait);
	return err;
}

static struct sk_buff *dequeue_request(struct tipc_sock *tsk)
{
	struct sk_buff *skb;

	tipc_sk_lock(tsk);
	skb = __skb_dequeue(&tsk->sk.sk_receive_queue);
	if (skb)
		atomic_sub(skb->truesize, &tsk->sk.sk_rmem_alloc);
	tipc_sk_unlock(tsk);
	return skb;
}

/* The new socket takes the request over. */
static void take_request(struct tipc_sock *tsk, struct sk_buff *skb)
{
	struct tipc_msg *m = tipc_buf_msg(skb);
	struct sock *sk = &tsk->sk;

	tsk->importance = tipc_msg_user(m);
	tipc_sk_lock(tsk);
	tsk->conn_has_name = tipc_msg_type(m) == TIPC_TYPE_NAMED;
	if (tsk->conn_has_name) {
		tsk->conn_type = tipc_msg_name_type(m);
		tsk->conn_instance = tipc_msg_name_instance(m);
	}
	tipc_conn_begin(tsk, tipc_msg_orig_port(m), tipc_msg_orig_node(m));
	if (tipc_msg_data_size(m)) {
		atomic_add(skb->truesize, &sk->sk_rmem_alloc);
		__skb_queue_tail(&sk->sk_receive_queue, skb);
		skb = NULL;
	}
	tipc_sk_unlock(tsk);
	kfree_skb(skb);
}

/* The first message of the new socket. */
static int greet(struct tipc_sock *tsk)
{
	struct net *net = sock_net(&tsk->sk);
	struct sk_buff *skb;

	skb = tipc_buf_alloc(TIPC_HSIZE_CONN, 0, 0, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	tipc_conn_header(tsk, tipc_buf_msg(skb));
	if (tsk->dsm) {
		__tipc_label_message(tsk, skb);
		TIPC_CB(skb)->judged = true;
	}
	return tipc_node_xmit(net, skb, tsk->peer_node, tsk->port);
}

/**
 * tipc_do_accept() - accept()
 * @sock: listener
 * @newsock: where the connection goes
 * @flags: O_NONBLOCK
 * @kern: the listener belongs to the kernel
 *
 * Context: Process context. May sleep.
 * Return: 0 or a negative error.
 */
int tipc_do_accept(struct socket *sock, struct socket *newsock, int flags,
		   bool kern)
{
	struct sock *sk = sock->sk;
	struct sk_buff *skb;
	int err = -EINVAL;

	lock_sock(sk);
	if (tipc_sk_state(sk) != TIPC_SK_LISTEN)
		goto out;
	do {
		err = wait_for_request(sk, sock_rcvtimeo(sk,
							 flags & O_NONBLOCK));
		if (err)
			goto out;
		skb = dequeue_request(tipc_sk(sk));
	} while (!skb);

	err = tipc_sk_create(sock_net(sk), newsock, 0, kern);
	if (err) {
		tipc_sk_reject(sock_net(sk), skb, TIPC_ERR_NO_PORT);
		goto out;
	}
	newsock->sk->sk_rcvbuf = sk->sk_rcvbuf;
	newsock->state = SS_CONNECTED;
	take_request(tipc_sk(newsock->sk), skb);
	err = greet(tipc_sk(newsock->sk));
out:
	release_sock(sk);
	return err;
}
