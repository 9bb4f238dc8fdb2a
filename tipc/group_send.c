// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending to a communication group: to whom, when there is room, and what is
 * done about members who have none.
 *
 * The sender looks at the receive buffers of members of its own node, and at the
 * windows of members on others. A message to all is delivered here as clones of
 * one buffer, and sent as a copy to each other node with members.
 *
 * Locking: see member.h.
 */
#include <linux/list.h>
#include <linux/net.h>
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <net/sock.h>

#include <linux/cgl_tipc.h>

#include "group.h"
#include "member.h"
#include "name_table.h"
#include "sock.h"
#include "trace.h"

/**
 * struct target - who gets a message to a group
 * @kind: TIPC_TYPE_GRP_*
 * @instance: that it was sent to, 0 if to none
 * @blocks: that it counts for in the windows of members on other nodes
 * @all: all members on other nodes get it
 * @node: or this member on another node; 0 if none
 * @port: its socket
 * @ports: sockets of this node that get it
 */
struct target {
	u8			kind;
	u32			instance;
	int			blocks;
	bool			all;
	u32			node;
	u32			port;
	struct tipc_dests	ports;
};

/**
 * tipc_group_writable() - may a member send without waiting?
 * @tsk: socket
 *
 * Context: Any.
 * Return: whether it may; true for a socket that is in no group.
 */
bool tipc_group_writable(const struct tipc_sock *tsk)
{
	const struct tipc_group *grp;
	bool blocked;

	rcu_read_lock();
	grp = rcu_dereference(tsk->group);
	blocked = grp && READ_ONCE(grp->blocked);
	rcu_read_unlock();
	return !blocked;
}

static bool no_room(const struct sock *sk)
{
	return sk_rmem_alloc_get(sk) >= READ_ONCE(sk->sk_rcvbuf);
}

/* Is the buffer of a member full? If so, its reader will tell. */
static bool is_full(struct net *net, u32 port)
{
	struct tipc_group *grp;
	struct tipc_sock *tsk;
	bool full = false;

	rcu_read_lock();
	tsk = tipc_port_find(net, port);
	grp = tsk ? rcu_dereference(tsk->group) : NULL;
	if (grp && no_room(&tsk->sk)) {
		WRITE_ONCE(grp->wanted, true);
		/* Its reader looks at @wanted after it has made room. */
		smp_mb();
		full = no_room(&tsk->sk);
	}
	rcu_read_unlock();
	return full;
}

/* Tell the user, once, that a member lags. */
static void report_lag(struct tipc_sock *tsk, u32 port)
{
	struct tipc_group *grp;
	struct tipc_member *m;

	tipc_sk_lock(tsk);
	grp = tipc_group_of(tsk);
	m = grp ? tipc_member_find(grp, port, 0) : NULL;
	if (m && !m->lags) {
		m->lags = true;
		tipc_member_event(grp, m, TIPC_MEMBER_LAGS);
	}
	tipc_sk_unlock(tsk);
}

/* Is this one of those on other nodes that a message is for? */
static bool is_meant(const struct tipc_member *m, const struct target *to)
{
	if (!m->remote || !m->greeted)
		return false;
	return to->all || (to->port == m->port && to->node == m->node);
}

/*
 * Has it no window? Who was greeted and has not answered may only be bound to
 * the name: nobody waits for that. A member answers soon.
 */
static bool is_behind(const struct tipc_member *m, int blocks)
{
	return m->joined && m->window < blocks;
}

/* Has a member on another node no window for a message? */
static bool no_window(struct tipc_sock *tsk, const struct target *to)
{
	struct tipc_group *grp;
	struct tipc_member *m;
	bool full = false;

	if (!to->all && !to->node)
		return false;
	tipc_sk_lock(tsk);
	grp = tipc_group_of(tsk);
	if (grp)
		list_for_each_entry(m, &grp->members, of_group)
			full |= is_meant(m, to) && is_behind(m, to->blocks);
	tipc_sk_unlock(tsk);
	return full;
}

/*
 * A member on another node that lags cannot go without a single message, whose
 * number it would miss: it is told LEAVE, and gets nothing more.
 */
static void part_full(struct tipc_sock *tsk, struct target *to)
{
	struct net *net = sock_net(&tsk->sk);
	struct tipc_member *m, *next;
	struct sk_buff_head xmitq;
	struct tipc_group *grp;

	rcu_read_lock();
	grp = rcu_dereference(tsk->group);
	if (!grp)
		goto out;
	__skb_queue_head_init(&xmitq);
	spin_lock_bh(&grp->order);
	tipc_sk_lock(tsk);
	if (tipc_group_of(tsk) == grp) {
		list_for_each_entry_safe(m, next, &grp->members, of_group) {
			if (!is_meant(m, to) || !is_behind(m, to->blocks))
				continue;
			tipc_member_event(grp, m, TIPC_MEMBER_LAGS);
			tipc_member_part(grp, m, &xmitq);
			if (!to->all)
				to->node = 0;
		}
	}
	tipc_sk_unlock(tsk);
	tipc_group_xmit(net, &xmitq);
	spin_unlock_bh(&grp->order);
out:
	rcu_read_unlock();
}

/* Make a member leave. It learns that from its next call. */
static void expel(struct net *net, u32 port)
{
	struct sock *sk = tipc_sk_find(net, port);

	if (!sk)
		return;
	lock_sock(sk);
	if (!tipc_group_leave(sk)) {
		WRITE_ONCE(sk->sk_err, ENOBUFS);
		sk_error_report(sk);
	}
	release_sock(sk);
	sock_put(sk);
}

static bool any_full(struct tipc_sock *tsk, const struct tipc_dests *ports)
{
	struct net *net = sock_net(&tsk->sk);
	bool full = false;
	u32 i;

	for (i = 0; i < ports->n && !full; i++)
		full = is_full(net, ports->v[i]);
	return full;
}

/* Leave out, or expel, who has no room. */
static void drop_full(struct tipc_sock *tsk, struct tipc_dests *ports)
{
	struct net *net = sock_net(&tsk->sk);
	u32 i, n = 0;
	bool full;

	for (i = 0; i < ports->n; i++) {
		full = ports->v[i] != tsk->port && is_full(net, ports->v[i]);
		if (!full) {
			ports->v[n++] = ports->v[i];
			continue;
		}
		report_lag(tsk, ports->v[i]);
		if (tsk->lag == TIPC_LAG_EXPEL)
			expel(net, ports->v[i]);
	}
	ports->n = n;
}

static void set_blocked(struct tipc_sock *tsk, bool blocked)
{
	struct tipc_group *grp;

	rcu_read_lock();
	grp = rcu_dereference(tsk->group);
	if (grp)
		WRITE_ONCE(grp->blocked, blocked);
	rcu_read_unlock();
}

static bool any_behind(struct tipc_sock *tsk, const struct target *to)
{
	return any_full(tsk, &to->ports) || no_window(tsk, to);
}

/* Wait until all have room, or deal with those who have none. */
static int make_room(struct tipc_sock *tsk, struct target *to, long timeo)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	struct sock *sk = &tsk->sk;
	int err = 0;

	if (likely(!any_behind(tsk, to)))
		return 0;
	if (tsk->lag != TIPC_LAG_WAIT) {
		drop_full(tsk, &to->ports);
		part_full(tsk, to);
		return 0;
	}
	atomic64_inc(&tsk->stalls);
	trace_tipc_stall(sock_net(sk), tsk->port, TIPC_STALL_MEMBER);
	add_wait_queue(sk_sleep(sk), &wait);
	for (;;) {
		set_blocked(tsk, true);
		if (!any_behind(tsk, to)) {
			set_blocked(tsk, false);
			break;
		}
		err = -EAGAIN;
		if (!timeo)
			break;
		err = sock_intr_errno(timeo);
		if (signal_pending(current))
			break;
		timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, timeo);
		err = 0;
		if (!rcu_access_pointer(tsk->group)) {
			err = -EHOSTUNREACH;
			break;
		}
	}
	remove_wait_queue(sk_sleep(sk), &wait);
	return err;
}

static void aim_at(struct tipc_sock *tsk, const struct tipc_member *m,
		   struct target *to)
{
	if (m->remote) {
		to->node = m->node;
		to->port = m->port;
		to->ports.n = 0;
	} else {
		to->node = 0;
		to->ports.v[0] = m->port;
		to->ports.n = 1;
	}
}

static bool member_full(struct tipc_sock *tsk, const struct tipc_member *m,
			int blocks)
{
	return m->remote ? m->window < blocks :
			   is_full(sock_net(&tsk->sk), m->port);
}

/* The member that is to get an anycast; it is the last to get the next. */
static int anycast_to(struct tipc_sock *tsk, struct target *to)
{
	struct tipc_group *grp;
	struct tipc_member *m;
	int err = -EHOSTUNREACH;

	tipc_sk_lock(tsk);
	grp = tipc_group_of(tsk);
	list_for_each_entry(m, &grp->members, of_group) {
		if (m->instance != to->instance || !tipc_member_there(m))
			continue;
		if (!m->remote && m->port == tsk->port &&
		    !(grp->flags & TIPC_GROUP_LOOPBACK))
			continue;
		aim_at(tsk, m, to);
		err = 0;
		if (member_full(tsk, m, to->blocks))
			continue;
		list_move_tail(&m->of_group, &grp->members);
		break;
	}
	tipc_sk_unlock(tsk);
	return err;
}

static int unicast_to(struct tipc_sock *tsk, const struct tipc_socket_addr *id,
		      struct target *to)
{
	struct tipc_group *grp;
	struct tipc_member *m;
	int err = -EHOSTUNREACH;

	tipc_sk_lock(tsk);
	grp = tipc_group_of(tsk);
	m = tipc_member_find(grp, id->ref, id->node);
	if (m && tipc_member_there(m)) {
		aim_at(tsk, m, to);
		err = 0;
	}
	tipc_sk_unlock(tsk);
	return err;
}

/* Is there a member on another node, with this instance if not for all? */
static bool any_remote(struct tipc_sock *tsk, const struct target *to)
{
	struct tipc_group *grp;
	struct tipc_member *m;
	bool any = false;

	tipc_sk_lock(tsk);
	grp = tipc_group_of(tsk);
	list_for_each_entry(m, &grp->members, of_group)
		any |= m->remote && tipc_member_there(m) &&
		       (to->kind == TIPC_TYPE_GRP_BCAST ||
			m->instance == to->instance);
	tipc_sk_unlock(tsk);
	return any;
}

/*
 * All members, or those with one instance, but the sender if he wants no copy.
 * Those on other nodes sort out themselves whether they are meant, because all
 * of them count the message.
 */
static int multicast_to(struct tipc_sock *tsk, u32 lower, u32 upper,
			struct target *to)
{
	struct tipc_nametbl *names = &tipc_net(sock_net(&tsk->sk))->names;
	struct tipc_service_range sr = { .lower = lower, .upper = upper };
	struct tipc_dests *ports = &to->ports;
	struct tipc_group *grp;
	bool loopback;
	u32 i, n = 0;
	int err;

	rcu_read_lock();
	grp = rcu_dereference(tsk->group);
	sr.type = grp ? grp->type : 0;
	loopback = grp && (grp->flags & TIPC_GROUP_LOOPBACK);
	rcu_read_unlock();
	err = tipc_nametbl_mcast_ports(names, &sr, TIPC_ANY_SCOPE, false,
				       ports);
	if (err)
		return err;
	for (i = 0; i < ports->n; i++)
		if (loopback || ports->v[i] != tsk->port)
			ports->v[n++] = ports->v[i];
	ports->n = n;
	to->all = any_remote(tsk, to);
	return 0;
}

/* Who gets it, and which kind of message it is. */
static int destinations(struct tipc_sock *tsk,
			const struct sockaddr_tipc *addr, int len,
			struct target *to)
{
	int err;

	to->kind = TIPC_TYPE_GRP_BCAST;
	if (!addr || !len)
		return multicast_to(tsk, 0, ~0u, to);
	if (!tipc_sk_addr_valid(addr, len))
		return -EINVAL;
	to->kind = TIPC_TYPE_GRP_UCAST;
	switch (addr->addrtype) {
	case TIPC_SOCKET_ADDR:
		return unicast_to(tsk, &addr->addr.id, to);
	case TIPC_SERVICE_ADDR:
		to->instance = addr->addr.name.name.instance;
		return anycast_to(tsk, to);
	default:
		to->kind = TIPC_TYPE_GRP_MCAST;
		to->instance = addr->addr.nameseq.lower;
		err = multicast_to(tsk, to->instance, to->instance, to);
		return !err && !to->ports.n && !to->all ? -EHOSTUNREACH : err;
	}
}

static void group_header(struct tipc_sock *tsk, const struct target *to,
			 struct tipc_msg *head)
{
	struct tipc_group *grp;

	tipc_msg_init(head, tsk->importance, to->kind, TIPC_HSIZE_MCAST,
		      tipc_own_addr(sock_net(&tsk->sk)));
	tipc_msg_set_flag(head, TIPC_MSG_F_SRC_DROPPABLE |
				TIPC_MSG_F_DEST_DROPPABLE, true);
	tipc_msg_set_orig_port(head, tsk->port);
	rcu_read_lock();
	grp = rcu_dereference(tsk->group);
	tipc_msg_set_lookup(head, grp ? grp->scope : 0);
	tipc_msg_set_name_type(head, grp ? grp->type : 0);
	rcu_read_unlock();
	tipc_msg_set_name_instance(head, to->instance);
}

static int send_copy(struct tipc_sock *tsk, const struct sk_buff *skb,
		     u32 node, gfp_t gfp)
{
	struct sk_buff *copy = pskb_copy((struct sk_buff *)skb, gfp);

	if (!copy)
		return -ENOMEM;
	tipc_msg_set_dest_node(tipc_buf_msg(copy), node);
	return tipc_node_xmit(sock_net(&tsk->sk), copy, node, tsk->port);
}

/*
 * A copy for each node, all with one number; the order lock is held. Nodes for
 * which there was no memory stay in @nodes.
 */
static void send_to_nodes(struct tipc_sock *tsk, const struct sk_buff *skb,
			  struct tipc_dests *nodes)
{
	u32 i, n = 0;

	for (i = 0; i < nodes->n; i++)
		if (send_copy(tsk, skb, nodes->v[i], GFP_ATOMIC) == -ENOMEM)
			nodes->v[n++] = nodes->v[i];
	nodes->n = n;
}

/*
 * The members there count the message and would wait for it for ever. When it
 * comes is the same to them: the number says where it belongs.
 */
static void send_when_possible(struct tipc_sock *tsk,
			       const struct sk_buff *skb,
			       const struct tipc_dests *nodes)
{
	u32 i;

	for (i = 0; i < nodes->n; i++)
		while (send_copy(tsk, skb, nodes->v[i],
				 GFP_KERNEL) == -ENOMEM &&
		       !fatal_signal_pending(current))
			schedule_timeout_uninterruptible(1);
}

/*
 * Numbers a message and sends it to members on other nodes. Returns 0, or
 * -ENOMEM: nobody gets it.
 */
static int send_remote(struct tipc_sock *tsk, struct sk_buff *skb,
		       const struct target *to)
{
	struct tipc_msg *msg = tipc_buf_msg(skb);
	struct tipc_dests nodes;
	struct tipc_group *grp;
	struct tipc_member *m;
	int err = 0;

	tipc_dests_init(&nodes);
	rcu_read_lock();
	grp = rcu_dereference(tsk->group);
	if (!grp)
		goto out;
	spin_lock_bh(&grp->order);
	tipc_sk_lock(tsk);
	if (tipc_group_of(tsk) == grp) {
		tipc_msg_set_word(msg, 10, 0);
		tipc_msg_set_grp_seqno(msg, grp->snd_nxt);
		m = to->all ? NULL : tipc_member_find(grp, to->port, to->node);
		if (m && !tipc_dests_add(&nodes, m->node)) {
			m->window -= to->blocks;
			tipc_msg_set_dest_port(msg, m->port);
		}
		if (to->all)
			err = tipc_group_nodes(grp, to->blocks, &nodes);
		if (to->all && !err)
			grp->snd_nxt++;
	}
	tipc_sk_unlock(tsk);
	if (!err)
		send_to_nodes(tsk, skb, &nodes);
	spin_unlock_bh(&grp->order);
out:
	rcu_read_unlock();
	if (!err)
		send_when_possible(tsk, skb, &nodes);
	tipc_dests_free(&nodes);
	return err;
}

/**
 * tipc_group_send() - send to members of the group
 * @sock: socket that is a member
 * @m: message: without an address to all; to a service range to all with its
 *	lower instance; to a service address to one of those with it; to a socket
 *	address to that one
 * @dlen: bytes of it
 *
 * Context: Process context. May sleep.
 * Return: @dlen; -EHOSTUNREACH when there is no such member; -EAGAIN when a
 * member's buffer is full and the sender must not wait; another error.
 */
int tipc_group_send(struct socket *sock, struct msghdr *m, size_t dlen)
{
	struct sock *sk = sock->sk;
	struct tipc_sock *tsk = tipc_sk(sk);
	long timeo = sock_sndtimeo(sk, m->msg_flags & MSG_DONTWAIT);
	struct target to = {
		.blocks = tipc_msg_blocks(TIPC_HSIZE_MCAST + dlen),
	};
	struct net *net = sock_net(sk);
	struct tipc_msg head;
	struct sk_buff *skb;
	int err;

	tipc_dests_init(&to.ports);
	lock_sock(sk);
	err = rcu_access_pointer(tsk->group) ?
	      destinations(tsk, m->msg_name, m->msg_namelen, &to) :
	      -EHOSTUNREACH;
	release_sock(sk);
	if (!err && READ_ONCE(tsk->link_congested))
		err = tipc_sk_wait_send(sk, &timeo);
	if (!err)
		err = make_room(tsk, &to, timeo);
	if (err)
		goto out;
	group_header(tsk, &to, &head);
	skb = tipc_buf_from_user(tsk, &head, m, dlen, 0, false, &err);
	if (!skb)
		goto out;
	/* Its copies are clones: they carry data, and no more. */
	skb_orphan(skb);
	if (to.all || to.node)
		err = send_remote(tsk, skb, &to);
	if (err) {
		kfree_skb(skb);
		goto out;
	}
	TIPC_CB(skb)->local = true;
	tipc_local_add(net, TIPC_LOCAL_MSGS, to.ports.n);
	tipc_local_add(net, TIPC_LOCAL_BYTES, (u64)to.ports.n * dlen);
	tipc_mcast_deliver(net, skb, &to.ports);
	tipc_sk_count_sent(tsk, dlen);
	err = dlen;
out:
	tipc_dests_free(&to.ports);
	return err;
}
