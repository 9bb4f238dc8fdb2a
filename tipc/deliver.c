// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delivery: a message meets its receiver, or goes back.
 *
 * Delivery runs in the context of who brings the message: the sender, when it
 * is on this node, or a link. It takes the state lock of the receiver and no
 * other. A message has one of three ends: it is queued, the socket has used it
 * up, or it is refused with one of TIPC_ERR_*, and then tipc_sk_reject() sends
 * back what its sender wants to see.
 */
#include <linux/net.h>
#include <linux/skbuff.h>
#include <net/sock.h>

#include "group.h"
#include "sock.h"
#include "trace.h"

/* What to do with a message: TIPC_ERR_* or one of these. */
#define QUEUE	TIPC_SK_QUEUE
#define DROP	TIPC_SK_DROP

/* More than the window of a connection allows never fits in this. */
#define CONN_RCVBUF_MIN	(4 << 20)

static bool from_peer(const struct tipc_sock *tsk, const struct tipc_msg *m)
{
	return tipc_msg_orig_port(m) == tsk->peer_port &&
	       tipc_node_same(sock_net(&tsk->sk), tipc_msg_orig_node(m),
			      tsk->peer_node);
}

/* A listener takes requests for connections. */
static unsigned int judge_listening(const struct tipc_msg *m)
{
	if (tipc_msg_error(m))
		return DROP;
	if (tipc_msg_type(m) != TIPC_TYPE_NAMED &&
	    tipc_msg_type(m) != TIPC_TYPE_DIRECT)
		return TIPC_ERR_NO_PORT;
	return QUEUE;
}

/* The answer to our request: the first message of the peer, or a refusal. */
static unsigned int judge_connecting(struct tipc_sock *tsk,
				     const struct tipc_msg *m)
{
	struct sock *sk = &tsk->sk;

	if (tipc_msg_error(m)) {
		if (tipc_msg_error(m) == TIPC_ERR_OVERLOAD &&
		    tipc_conn_retry(tsk))
			return DROP;
		tipc_conn_end(tsk, ECONNREFUSED);
		return QUEUE;
	}
	if (tipc_msg_type(m) != TIPC_TYPE_CONN)
		return TIPC_ERR_NO_PORT;
	tipc_conn_begin(tsk, tipc_msg_orig_port(m), tipc_msg_orig_node(m));
	if (tipc_msg_data_size(m))
		return QUEUE;
	sk->sk_state_change(sk);
	return DROP;
}

static unsigned int judge_established(struct tipc_sock *tsk,
				      const struct tipc_msg *m)
{
	if (tipc_msg_type(m) != TIPC_TYPE_CONN && !tipc_msg_error(m))
		return TIPC_ERR_NO_PORT;
	if (!from_peer(tsk, m))
		return TIPC_ERR_NO_PORT;
	if (tipc_msg_error(m))
		tipc_conn_end(tsk, 0);
	else
		tsk->probing = false;
	return QUEUE;
}

static unsigned int judge(struct tipc_sock *tsk, struct sk_buff *skb)
{
	const struct tipc_msg *m = tipc_buf_msg(skb);
	struct sock *sk = &tsk->sk;

	if (tsk->dead)
		return TIPC_ERR_NO_PORT;
	if (tipc_sk_connectionless(sk)) {
		if (tipc_msg_type(m) == TIPC_TYPE_CONN)
			return TIPC_ERR_NO_PORT;
		return QUEUE;
	}
	switch (tipc_sk_state(sk)) {
	case TIPC_SK_LISTEN:
		return judge_listening(m);
	case TIPC_SK_CONNECTING:
		return judge_connecting(tsk, m);
	case TIPC_SK_ESTABLISHED:
		return judge_established(tsk, m);
	default:
		return TIPC_ERR_NO_PORT;
	}
}

/* Bytes of memory that the queue may hold for a message to be added. */
static unsigned int queue_limit(const struct sock *sk, unsigned int importance)
{
	unsigned int rcvbuf = READ_ONCE(sk->sk_rcvbuf);

	if (!tipc_sk_connectionless(sk) &&
	    tipc_sk_state(sk) != TIPC_SK_LISTEN)
		return max_t(unsigned int, rcvbuf, CONN_RCVBUF_MIN);
	return min_t(u64, (u64)rcvbuf << importance, INT_MAX);
}

/**
 * tipc_sk_queue_full() - has a queue no room for a message?
 * @sk: socket
 * @importance: of the message
 * @truesize: memory that it takes
 *
 * Context: With the state lock held.
 * Return: whether it is full.
 */
bool tipc_sk_queue_full(const struct sock *sk, unsigned int importance,
			unsigned int truesize)
{
	return (u64)sk_rmem_alloc_get(sk) + truesize >
	       queue_limit(sk, importance);
}

/*
 * What is refused because the queue is full. Senders to a group have looked
 * before. The end of a connection is always told; what comes back to a sender who
 * does not read is dropped at the limit of critical messages.
 */
static unsigned int judge_room(struct tipc_sock *tsk, struct sk_buff *skb)
{
	const struct tipc_msg *m = tipc_buf_msg(skb);
	struct sock *sk = &tsk->sk;

	if (likely(!tipc_sk_queue_full(sk, tipc_msg_user(m), skb->truesize)))
		return QUEUE;
	if (tipc_msg_is_group(m) && TIPC_CB(skb)->local)
		return QUEUE;
	if (tipc_msg_error(m) &&
	    (!tipc_sk_connectionless(sk) ||
	     !tipc_sk_queue_full(sk, TIPC_CRITICAL_IMPORTANCE, skb->truesize)))
		return QUEUE;
	atomic_inc(&sk->sk_drops);
	if (tipc_msg_error(m))
		return DROP;
	tsk->stats.overloads++;
	return TIPC_ERR_OVERLOAD;
}

/* With the state lock held. */
static unsigned int enqueue(struct tipc_sock *tsk, struct sk_buff *skb)
{
	const struct tipc_msg *m = tipc_buf_msg(skb);
	struct sock *sk = &tsk->sk;
	unsigned int verdict = judge_room(tsk, skb);

	if (unlikely(verdict != QUEUE))
		return verdict;
	if (unlikely(tipc_msg_error(m)))
		tsk->stats.rejects++;
	tsk->stats.rx_msgs++;
	tsk->stats.rx_bytes += tipc_msg_data_size(m);
	atomic_add(skb->truesize, &sk->sk_rmem_alloc);
	__skb_queue_tail(&sk->sk_receive_queue, skb);
	return QUEUE;
}

/**
 * tipc_sk_wake_reader() - wake the task that sleeps in a read, if there is one
 * @tsk: socket
 *
 * The task cannot be freed while the RCU section lasts.
 *
 * Context: With the state lock held, in an RCU read-side section.
 */
void tipc_sk_wake_reader(struct tipc_sock *tsk)
{
	struct task_struct *reader = tsk->reader;

	if (reader) {
		tsk->reader = NULL;
		wake_up_process(reader);
	}
}

/**
 * tipc_sk_readable() - tell all others who wait for something to read
 * @sk: socket
 *
 * Context: Any but hard interrupts, in an RCU read-side section.
 */
void tipc_sk_readable(struct sock *sk)
{
	if (sk->sk_data_ready == tipc_sk(sk)->def_data_ready &&
	    !skwq_has_sleeper(rcu_dereference(sk->sk_wq)) &&
	    !sock_flag(sk, SOCK_FASYNC))
		return;
	sk->sk_data_ready(sk);
}

static unsigned int deliver_data(struct tipc_sock *tsk, struct sk_buff *skb)
{
	struct sock *sk = &tsk->sk;
	unsigned int verdict;

	if (unlikely(!tipc_label_allows(tsk, skb))) {
		tipc_local_add(sock_net(sk), TIPC_LOCAL_LABEL, 1);
		atomic_inc(&sk->sk_drops);
		return TIPC_ERR_NO_PORT;
	}
	if (unlikely(tipc_msg_error(tipc_buf_msg(skb))) &&
	    tipc_visible_answer(tsk, skb)) {
		kfree_skb(skb);
		return 0;
	}
	if (likely(TIPC_CB(skb)->local)) {
		tipc_scm_deliver(sk, skb);
	} else if (unlikely(tipc_msg_is_group(tipc_buf_msg(skb)))) {
		tipc_group_receive(tsk, skb);
		return 0;
	}
	tipc_sk_lock(tsk);
	verdict = judge(tsk, skb);
	if (unlikely(tipc_msg_is_group(tipc_buf_msg(skb)) ||
		     rcu_access_pointer(tsk->group)))
		verdict = tipc_group_judge(tsk, skb, verdict);
	if (likely(verdict == QUEUE))
		verdict = enqueue(tsk, skb);
	if (likely(verdict == QUEUE))
		tipc_sk_wake_reader(tsk);
	else if (verdict == DROP)
		tsk->stats.drops++;
	tipc_sk_unlock(tsk);

	if (likely(verdict == QUEUE)) {
		tipc_sk_readable(sk);
		return 0;
	}
	if (verdict != DROP)
		return verdict;
	kfree_skb(skb);
	return 0;
}

static unsigned int deliver_control(struct tipc_sock *tsk, struct sk_buff *skb)
{
	struct net *net = sock_net(&tsk->sk);
	struct sk_buff *reply = NULL;
	u32 node;

	if (!tipc_conn_control(tsk, skb, &reply))
		return TIPC_ERR_NO_PORT;
	kfree_skb(skb);
	if (reply) {
		node = tipc_msg_dest_node(tipc_buf_msg(reply));
		tipc_node_xmit(net, reply, node, tsk->port);
	}
	return 0;
}

/**
 * tipc_sk_deliver() - give a message to a socket
 * @tsk: receiver
 * @skb: message; taken over when the result is 0
 *
 * Context: Any, in an RCU read-side section that protects @tsk.
 * Return: 0, or one of TIPC_ERR_*.
 */
unsigned int tipc_sk_deliver(struct tipc_sock *tsk, struct sk_buff *skb)
{
	const struct tipc_msg *m = tipc_buf_msg(skb);

	if (likely(tipc_msg_is_data(m)))
		return deliver_data(tsk, skb);
	if (tipc_msg_user(m) == TIPC_USER_CONN_MANAGER)
		return deliver_control(tsk, skb);
	if (tipc_msg_user(m) == TIPC_USER_GROUP_PROTOCOL)
		tipc_group_protocol(tsk, skb);
	else
		kfree_skb(skb);
	return 0;
}

/* The counter for each reason of a refusal. */
static void count_refusal(struct net *net, unsigned int err, bool returned)
{
	static const u8 counters[] = {
		[TIPC_ERR_NO_NAME] = TIPC_LOCAL_NO_NAME,
		[TIPC_ERR_NO_PORT] = TIPC_LOCAL_NO_PORT,
		[TIPC_ERR_NO_NODE] = TIPC_LOCAL_NO_NODE,
		[TIPC_ERR_OVERLOAD] = TIPC_LOCAL_OVERLOAD,
		[TIPC_CONN_SHUTDOWN] = TIPC_LOCAL_SHUTDOWN,
	};

	if (err < ARRAY_SIZE(counters))
		tipc_local_add(net, counters[err], 1);
	if (!returned)
		tipc_local_add(net, TIPC_LOCAL_DROPPED, 1);
}

/**
 * tipc_sk_reject() - refuse a message
 * @net: namespace
 * @skb: message; taken over
 * @err: why, one of TIPC_ERR_* or TIPC_CONN_SHUTDOWN
 *
 * Context: Any, without the lock of a socket.
 */
void tipc_sk_reject(struct net *net, struct sk_buff *skb, unsigned int err)
{
	trace_tipc_refused(net, tipc_buf_msg(skb), err);
	skb = tipc_buf_reject(net, skb, err);
	count_refusal(net, err, skb);
	if (skb)
		tipc_node_xmit(net, skb, tipc_msg_dest_node(tipc_buf_msg(skb)),
			       tipc_msg_orig_port(tipc_buf_msg(skb)));
}

/*
 * The socket that a service address was resolved to has gone meanwhile: another
 * one of this node will do, once. What came over a cable within this host may
 * be shared with its sender, who has not got the acknowledgement yet and may
 * send it again: the header is written in a copy then.
 */
static bool reroute(struct net *net, struct sk_buff *skb, unsigned int *err)
{
	struct tipc_socket_addr to = { .node = tipc_own_addr(net) };
	struct tipc_msg *m = tipc_buf_msg(skb);

	if (tipc_msg_type(m) != TIPC_TYPE_NAMED || tipc_msg_error(m) ||
	    !tipc_msg_is_data(m))
		return false;
	if (tipc_msg_reroutes(m))
		return false;
	if (!tipc_nametbl_anycast(&tipc_net(net)->names,
				  tipc_msg_name_type(m),
				  tipc_msg_name_instance(m), &to)) {
		*err = TIPC_ERR_NO_NAME;
		return false;
	}
	if (skb_ensure_writable(skb, tipc_msg_hsize(m)))
		return false;
	m = tipc_buf_msg(skb);
	tipc_msg_set_reroutes(m, 1);
	tipc_msg_set_dest_port(m, to.ref);
	return true;
}

/* In an RCU read-side section. */
static void rcv(struct net *net, struct sk_buff *skb)
{
	struct tipc_sock *tsk;
	unsigned int err;

	do {
		err = TIPC_ERR_NO_PORT;
		tsk = tipc_port_find(net,
				     tipc_msg_dest_port(tipc_buf_msg(skb)));
		if (likely(tsk))
			err = tipc_sk_deliver(tsk, skb);
	} while (unlikely(err == TIPC_ERR_NO_PORT) && reroute(net, skb, &err));
	if (unlikely(err))
		tipc_sk_reject(net, skb, err);
}

/**
 * tipc_sk_rcv() - receive a message for one socket from a link
 * @net: namespace
 * @skb: message that passed tipc_msg_check(), its header linear; taken over
 *
 * Context: Any but hard interrupts, in an RCU read-side section.
 */
void tipc_sk_rcv(struct net *net, struct sk_buff *skb)
{
	memset(TIPC_CB(skb), 0, sizeof(struct tipc_cb));
	if (unlikely(tipc_label_take(net, skb)))
		kfree_skb(skb);
	else
		rcv(net, skb);
}

/**
 * tipc_sk_rcv_local() - receive a message from a socket of this node
 * @net: namespace
 * @skb: message from tipc_buf_alloc(); taken over
 *
 * Context: Any but hard interrupts.
 */
void tipc_sk_rcv_local(struct net *net, struct sk_buff *skb)
{
	unsigned int bytes = tipc_msg_data_size(tipc_buf_msg(skb));

	TIPC_CB(skb)->local = true;
	tipc_local_add(net, TIPC_LOCAL_MSGS, 1);
	tipc_local_add(net, TIPC_LOCAL_BYTES, bytes);
	rcu_read_lock();
	rcv(net, skb);
	rcu_read_unlock();
}
