// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting until other nodes know a name: bind() with TIPC_BIND_VISIBLE.
 *
 * Messages reach another node in order with the names that were published before
 * them. So who has published a name asks each node that is up a question and
 * waits for the answers: a message to port 0, which no node has, is returned
 * with the reason "no such port" by every node, also by the kernel's own module.
 * Its data says that it is one of ours.
 *
 * A node that is lost need not answer. One that is lost and found again between
 * two looks has lost the question, so who has not answered is asked again.
 *
 * Locking: tsk->askers and what is in them are guarded by the state lock of the
 * socket. Who waits is on his stack.
 */
#include <linux/list.h>
#include <linux/net.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <net/sock.h>

#include "core.h"
#include "node.h"
#include "nodes.h"
#include "sock.h"

#define LOOK_JIFFIES	(HZ / 10)
/* So many looks pass before a question is asked again. */
#define LOOKS_TO_ASK	10

#define QUESTION_MAGIC	0x42494e44

/**
 * struct question - what is in a message to port 0
 * @magic: QUESTION_MAGIC
 * @number: who asks
 */
struct question {
	__be32	magic;
	__be32	number;
};

/**
 * struct asker - somebody who waits
 * @of_sock: among others who wait at the socket
 * @number: tells it from others, earlier ones too
 * @nodes: who was asked; 0 for one who has answered
 * @left: how many have not
 */
struct asker {
	struct list_head	of_sock;
	u32			number;
	struct tipc_dests	nodes;
	u32			left;
};

/* All nodes that are told of names. */
static int find_nodes(struct net *net, struct tipc_dests *nodes)
{
	struct tipc_node *n;
	int err = 0;
	u32 at = 0;

	rcu_read_lock();
	while (!err && (n = tipc_nodes_from(net, &at))) {
		if (READ_ONCE(n->names))
			err = tipc_dests_add(nodes, n->addr);
		if (!++at)
			break;
	}
	rcu_read_unlock();
	return err;
}

/* A question for which there is no memory is asked again later. */
static void ask(struct tipc_sock *tsk, u32 number, u32 node)
{
	struct question q = { htonl(QUESTION_MAGIC), htonl(number) };
	struct net *net = sock_net(&tsk->sk);
	struct sk_buff *skb;
	struct tipc_msg *m;

	skb = tipc_buf_alloc(TIPC_HSIZE_DIRECT, sizeof(q), 0, GFP_KERNEL);
	if (!skb)
		return;
	m = tipc_buf_msg(skb);
	tipc_msg_init(m, TIPC_CRITICAL_IMPORTANCE, TIPC_TYPE_DIRECT,
		      TIPC_HSIZE_DIRECT, tipc_own_addr(net));
	tipc_msg_set_size(m, TIPC_HSIZE_DIRECT + sizeof(q));
	tipc_msg_set_orig_port(m, tsk->port);
	tipc_msg_set_dest_port(m, 0);
	tipc_msg_set_dest_node(m, node);
	skb_store_bits(skb, TIPC_HSIZE_DIRECT, &q, sizeof(q));
	tipc_node_xmit(net, skb, node, 0);
}

/* With the state lock held. */
static void answered(struct asker *b, u32 node)
{
	u32 i;

	for (i = 0; i < b->nodes.n; i++) {
		if (b->nodes.v[i] != node)
			continue;
		b->nodes.v[i] = 0;
		b->left--;
		return;
	}
}

/* Who is gone need not answer; who is not may be asked again. */
static void look(struct tipc_sock *tsk, struct asker *b, bool again)
{
	struct net *net = sock_net(&tsk->sk);
	u32 i, node;

	for (i = 0; i < b->nodes.n; i++) {
		node = READ_ONCE(b->nodes.v[i]);
		if (!node)
			continue;
		if (!tipc_node_is_up(net, node)) {
			tipc_sk_lock(tsk);
			answered(b, node);
			tipc_sk_unlock(tsk);
		} else if (again) {
			ask(tsk, b->number, node);
		}
	}
}

/* With lock_sock() held, which is released while it waits. */
static int wait_for_answers(struct sock *sk, struct asker *b)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	long timeo = sock_sndtimeo(sk, false), step, rest;
	unsigned int looks = 0;
	int err = 0;

	add_wait_queue(sk_sleep(sk), &wait);
	for (;;) {
		look(tipc_sk(sk), b, looks++ % LOOKS_TO_ASK == 0);
		if (!READ_ONCE(b->left))
			break;
		err = -EAGAIN;
		if (!timeo)
			break;
		err = sock_intr_errno(timeo);
		if (signal_pending(current))
			break;
		err = 0;
		release_sock(sk);
		step = min_t(long, timeo, LOOK_JIFFIES);
		rest = wait_woken(&wait, TASK_INTERRUPTIBLE, step);
		if (timeo != MAX_SCHEDULE_TIMEOUT)
			timeo -= step - rest;
		lock_sock(sk);
	}
	remove_wait_queue(sk_sleep(sk), &wait);
	return err;
}

/**
 * tipc_visible_wait() - wait until all nodes that are up know a socket's names
 * @sk: socket that has published something
 *
 * Context: Process context, with lock_sock() held; it is released meanwhile.
 * Return: 0; -EAGAIN when the time to send was over; what interrupted calls
 * return; -ENOMEM.
 */
int tipc_visible_wait(struct sock *sk)
{
	struct asker asker = { .number = get_random_u32() };
	struct tipc_sock *tsk = tipc_sk(sk);
	int err;

	if (!tipc_nodes_up(sock_net(sk)))
		return 0;
	tipc_dests_init(&asker.nodes);
	err = find_nodes(sock_net(sk), &asker.nodes);
	if (err)
		goto out;
	asker.left = asker.nodes.n;
	tipc_sk_lock(tsk);
	list_add(&asker.of_sock, &tsk->askers);
	tipc_sk_unlock(tsk);
	err = wait_for_answers(sk, &asker);
	tipc_sk_lock(tsk);
	list_del(&asker.of_sock);
	tipc_sk_unlock(tsk);
out:
	tipc_dests_free(&asker.nodes);
	return err;
}

/**
 * tipc_visible_answer() - is a message that came back an answer?
 * @tsk: receiver
 * @skb: message that was returned
 *
 * Context: Any but hard interrupts, without the state lock.
 * Return: whether it is, and no user has to see it.
 */
bool tipc_visible_answer(struct tipc_sock *tsk, const struct sk_buff *skb)
{
	const struct tipc_msg *m = tipc_buf_msg(skb);
	struct asker *b;
	struct question q;
	bool done = false;

	if (tipc_msg_orig_port(m) || tipc_msg_data_size(m) != sizeof(q) ||
	    tipc_msg_error(m) != TIPC_ERR_NO_PORT ||
	    skb_copy_bits(skb, tipc_msg_hsize(m), &q, sizeof(q)) ||
	    q.magic != htonl(QUESTION_MAGIC))
		return false;
	tipc_sk_lock(tsk);
	list_for_each_entry(b, &tsk->askers, of_sock) {
		if (b->number != ntohl(q.number))
			continue;
		answered(b, tipc_msg_orig_node(m));
		done = !b->left;
	}
	tipc_sk_unlock(tsk);
	if (done)
		tsk->sk.sk_state_change(&tsk->sk);
	return true;
}
