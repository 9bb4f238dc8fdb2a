// SPDX-License-Identifier: GPL-2.0-only
/*
 * Communication groups.
 *
 * A group is a service type, a member an instance of it. Who joins subscribes to
 * the type and then publishes itself, so that every member knows all others
 * through the name table, in one order. A message from a socket that is not
 * a member is dropped, and a message to a group reaches members only.
 *
 * Nothing that was sent to a group is lost on the way: a member whose receive
 * buffer is full makes the sender wait, or whatever TIPC_GROUP_LAG says. The
 * sender looks at the buffers of those it sends to; a reader who has emptied
 * half of a buffer for which somebody waits wakes all members.
 *
 * Locking: tsk->group is changed under lock_sock() and the state lock, and freed
 * after a grace period. The list of members and what is in it are guarded by
 * the state lock of the own socket, which the name table's reports take under
 * the table's lock; so the table is never called with a state lock held.
 */
#include <linux/list.h>
#include <linux/net.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "group.h"
#include "member.h"
#include "name_table.h"
#include "sock.h"
#include "trace.h"

static struct hlist_head *bucket(struct tipc_group *grp, u32 port)
{
	return &grp->by_port[port & ((1 << TIPC_MEMBER_BITS) - 1)];
}

/**
 * tipc_member_find() - a member by its socket
 * @grp: group
 * @port: the socket
 * @node: its node
 *
 * Context: With the state lock held.
 * Return: the member, or NULL.
 */
struct tipc_member *tipc_member_find(struct tipc_group *grp, u32 port,
				     u32 node)
{
	struct net *net = sock_net(&grp->tsk->sk);
	struct tipc_member *m;

	hlist_for_each_entry(m, bucket(grp, port), hash)
		if (m->port == port && tipc_node_same(net, m->node, node))
			return m;
	return NULL;
}

/* ---- events -------------------------------------------------------------- */

/*
 * An event that cannot be queued would be missed: the user, who can ask the name
 * table for all members, learns it from the next call.
 */
static void event_lost(struct tipc_sock *tsk)
{
	tsk->stats.drops++;
	atomic_inc(&tsk->sk.sk_drops);
	WRITE_ONCE(tsk->sk.sk_err, ENOBUFS);
	tipc_sk_wake_reader(tsk);
}

/* With the state lock held: tell the user about a member. */
static void put_event(struct tipc_group *grp, const struct tipc_member *m,
		      int what)
{
	struct tipc_sock *tsk = grp->tsk;
	struct sock *sk = &tsk->sk;
	struct sk_buff *skb = NULL;
	struct tipc_msg *msg;

	trace_tipc_member(sock_net(sk), tsk->port, grp->type, m->instance,
			  m->port, m->node, what);
	if (!tipc_sk_queue_full(sk, TIPC_CRITICAL_IMPORTANCE, 0))
		skb = tipc_buf_control(sock_net(sk), TIPC_CRITICAL_IMPORTANCE,
				       TIPC_TYPE_GRP_EVENT, TIPC_HSIZE_MCAST,
				       0, tsk->port, m->port, GFP_ATOMIC);
	if (!skb) {
		event_lost(tsk);
		return;
	}
	msg = tipc_buf_msg(skb);
	tipc_msg_set_orig_node_word(msg, m->node);
	tipc_msg_set_name_type(msg, grp->type);
	tipc_msg_set_word(msg, 10, what);
	TIPC_CB(skb)->instance = m->instance;
	atomic_add(skb->truesize, &sk->sk_rmem_alloc);
	__skb_queue_tail(&sk->sk_receive_queue, skb);
	tipc_sk_wake_reader(tsk);
}

/**
 * tipc_group_event_flags() - the flags that a membership event is received with
 * @skb: the event
 *
 * Context: Any.
 * Return: MSG_OOB, and MSG_EOR or MSG_ERRQUEUE.
 */
int tipc_group_event_flags(const struct sk_buff *skb)
{
	switch (tipc_msg_word(tipc_buf_msg(skb), 10)) {
	case TIPC_MEMBER_LEFT:
		return MSG_OOB | MSG_EOR;
	case TIPC_MEMBER_LAGS:
		return MSG_OOB | MSG_ERRQUEUE;
	default:
		return MSG_OOB;
	}
}

static bool wants_event(const struct tipc_group *grp,
			const struct tipc_publ *publ)
{
	if (!(grp->flags & TIPC_GROUP_MEMBER_EVTS))
		return false;
	return !publ->local || publ->port != grp->tsk->port ||
	       (grp->flags & TIPC_GROUP_LOOPBACK);
}

/**
 * tipc_member_event() - tell the user about a member on another node
 * @grp: group
 * @m: member
 * @what: TIPC_MEMBER_*
 *
 * Context: With the state lock held.
 */
void tipc_member_event(struct tipc_group *grp, const struct tipc_member *m,
		       int what)
{
	if (grp->flags & TIPC_GROUP_MEMBER_EVTS || what == TIPC_MEMBER_LAGS)
		put_event(grp, m, what);
}

/**
 * tipc_member_new() - a member that was not known
 * @grp: group
 * @port: its socket
 * @node: its node
 *
 * Context: With the state lock held.
 * Return: the member, or NULL: there is no memory.
 */
struct tipc_member *tipc_member_new(struct tipc_group *grp, u32 port, u32 node)
{
	struct tipc_member *m = kzalloc(sizeof(*m), GFP_ATOMIC);

	if (!m)
		return NULL;
	m->port = port;
	m->node = node;
	__skb_queue_head_init(&m->deferred);
	list_add_tail(&m->of_group, &grp->members);
	hlist_add_head(&m->hash, bucket(grp, port));
	return m;
}

/**
 * tipc_member_free() - forget a member
 * @grp: group
 * @m: member
 *
 * Context: With the state lock held, or when nobody else has the group.
 */
void tipc_member_free(struct tipc_group *grp, struct tipc_member *m)
{
	list_del(&m->of_group);
	hlist_del(&m->hash);
	grp->nactive -= m->active;
	grp->nstrangers -= m->remote && !m->published;
	__skb_queue_purge(&m->deferred);
	kfree(m);
}

/* With the state lock held. */
static void member_joined(struct tipc_group *grp, const struct tipc_publ *publ)
{
	struct tipc_member *m = tipc_member_new(grp, publ->port, publ->node);

	if (!m) {
		grp->tsk->stats.drops++;
		return;
	}
	m->instance = publ->lower;
	if (wants_event(grp, publ))
		put_event(grp, m, TIPC_MEMBER_JOINED);
}

static void member_left(struct tipc_group *grp, const struct tipc_publ *publ)
{
	struct tipc_member *m = tipc_member_find(grp, publ->port, publ->node);

	if (!m)
		return;
	if (m->remote) {
		tipc_member_lost(grp, m);
		return;
	}
	if (wants_event(grp, publ))
		put_event(grp, m, TIPC_MEMBER_LEFT);
	tipc_member_free(grp, m);
}

/* Called by the name table, with its lock held. */
static void report(struct tipc_sub *sub, u32 event,
		   const struct tipc_publ *publ)
{
	struct tipc_group *grp = container_of(sub, struct tipc_group, sub);
	struct tipc_sock *tsk = grp->tsk;
	struct sk_buff_head xmitq;

	__skb_queue_head_init(&xmitq);
	spin_lock_bh(&grp->order);
	tipc_sk_lock(tsk);
	if (event == TIPC_WITHDRAWN)
		member_left(grp, publ);
	else if (publ->local)
		member_joined(grp, publ);
	else
		tipc_member_found(grp, publ, &xmitq);
	WRITE_ONCE(grp->blocked, false);
	tipc_sk_unlock(tsk);
	tipc_group_xmit(sock_net(&tsk->sk), &xmitq);
	spin_unlock_bh(&grp->order);
	rcu_read_lock();
	tipc_sk_readable(&tsk->sk);
	rcu_read_unlock();
	tsk->sk.sk_write_space(&tsk->sk);
}

/* ---- join and leave -------------------------------------------------------- */

static void group_free(struct tipc_group *grp)
{
	struct tipc_member *m, *next;

	list_for_each_entry_safe(m, next, &grp->members, of_group)
		tipc_member_free(grp, m);
	kfree_rcu(grp, rcu);
}

static void set_group(struct tipc_sock *tsk, struct tipc_group *grp)
{
	tipc_sk_lock(tsk);
	rcu_assign_pointer(tsk->group, grp);
	tipc_sk_unlock(tsk);
}

/*
 * Nobody gets anything from this member any more, nor brings it anything; those
 * on other nodes are told.
 */
static void cut_off(struct tipc_sock *tsk, struct tipc_group *grp)
{
	struct sk_buff_head xmitq;

	__skb_queue_head_init(&xmitq);
	spin_lock_bh(&grp->order);
	tipc_sk_lock(tsk);
	RCU_INIT_POINTER(tsk->group, NULL);
	tipc_members_part(grp, &xmitq);
	tipc_sk_unlock(tsk);
	tipc_group_xmit(sock_net(&tsk->sk), &xmitq);
	spin_unlock_bh(&grp->order);
}

static struct tipc_group *group_new(struct tipc_sock *tsk,
				    const struct tipc_group_req *req)
{
	struct tipc_group *grp = kzalloc(sizeof(*grp), GFP_KERNEL_ACCOUNT);

	if (!grp)
		return NULL;
	grp->tsk = tsk;
	grp->type = req->type;
	grp->instance = req->instance;
	grp->flags = req->flags;
	grp->scope = req->scope == TIPC_NODE_SCOPE ? TIPC_NODE_SCOPE :
						     TIPC_CLUSTER_SCOPE;
	spin_lock_init(&grp->order);
	INIT_LIST_HEAD(&grp->members);
	grp->sub.type = req->type;
	grp->sub.upper = ~0u;
	grp->sub.filter = TIPC_SUB_PORTS;
	if (grp->scope == TIPC_NODE_SCOPE)
		grp->sub.filter |= TIPC_SUB_NODE_SCOPE;
	else
		grp->sub.filter |= TIPC_SUB_CLUSTER_SCOPE;
	grp->sub.report = report;
	return grp;
}

/**
 * tipc_group_join() - join a group
 * @sk: socket
 * @req: which one, and as whom
 *
 * Context: Process context, with lock_sock() held.
 * Return: 0 or a negative error.
 *
 * * -EOPNOTSUPP - not a socket of messages to addresses
 * * -EACCES - a reserved type, or in a group already
 * * -EINVAL - no such scope
 * * -ENOMEM - no memory
 */
int tipc_group_join(struct sock *sk, const struct tipc_group_req *req)
{
	struct tipc_nametbl *names = &tipc_net(sock_net(sk))->names;
	struct tipc_service_range sr = {
		.type = req->type,
		.lower = req->instance,
		.upper = req->instance,
	};
	struct tipc_sock *tsk = tipc_sk(sk);
	struct tipc_group *grp;
	int err;

	if (!tipc_sk_connectionless(sk))
		return -EOPNOTSUPP;
	if (req->type < TIPC_RESERVED_TYPES)
		return -EACCES;
	if (req->scope > TIPC_NODE_SCOPE)
		return -EINVAL;
	if (rcu_access_pointer(tsk->group))
		return -EACCES;
	grp = group_new(tsk, req);
	if (!grp)
		return -ENOMEM;
	set_group(tsk, grp);
	err = tipc_nametbl_subscribe(names, &grp->sub);
	if (err)
		goto err_group;
	grp->publ = tipc_nametbl_publish(names, &sr, grp->scope, tsk->port,
					 tsk->port + ++tsk->next_key, 0);
	if (IS_ERR(grp->publ)) {
		err = PTR_ERR(grp->publ);
		goto err_sub;
	}
	list_add(&grp->publ->of_sock, &tsk->publs);
	tsk->npubl++;
	trace_tipc_binding(sock_net(sk), grp->publ, true);
	return 0;

err_sub:
	tipc_nametbl_unsubscribe(names, &grp->sub);
err_group:
	cut_off(tsk, grp);
	group_free(grp);
	return err;
}

/**
 * tipc_group_leave() - leave the group
 * @sk: socket
 *
 * What was received before stays to be read.
 *
 * Context: Process context, with lock_sock() held.
 * Return: 0, or -EINVAL when it is in none.
 */
int tipc_group_leave(struct sock *sk)
{
	struct tipc_nametbl *names = &tipc_net(sock_net(sk))->names;
	struct tipc_sock *tsk = tipc_sk(sk);
	struct tipc_group *grp;

	grp = rcu_dereference_protected(tsk->group, sock_owned_by_user(sk));
	if (!grp)
		return -EINVAL;
	tipc_nametbl_unsubscribe(names, &grp->sub);
	cut_off(tsk, grp);
	list_del(&grp->publ->of_sock);
	tsk->npubl--;
	trace_tipc_binding(sock_net(sk), grp->publ, false);
	tipc_nametbl_withdraw(names, grp->publ);
	group_free(grp);
	sk->sk_write_space(sk);
	return 0;
}

/**
 * tipc_group_type() - which group a socket is in
 * @tsk: socket
 * @instance: its instance there
 *
 * Context: Any.
 * Return: the type of the group, 0 if it is in none.
 */
u32 tipc_group_type(struct tipc_sock *tsk, u32 *instance)
{
	const struct tipc_group *grp;
	u32 type = 0;

	*instance = 0;
	rcu_read_lock();
	grp = rcu_dereference(tsk->group);
	if (grp) {
		type = grp->type;
		*instance = grp->instance;
	}
	rcu_read_unlock();
	return type;
}

/* ---- receiving ----------------------------------------------------------- */

/**
 * tipc_group_judge() - may this message enter this socket's queue?
 * @tsk: receiver; it is in a group, or the message is for one
 * @skb: message
 * @verdict: what was decided so far
 *
 * Context: With the state lock held.
 * Return: @verdict for a message of another member; TIPC_SK_DROP otherwise.
 */
unsigned int tipc_group_judge(struct tipc_sock *tsk, struct sk_buff *skb,
			      unsigned int verdict)
{
	const struct tipc_msg *msg = tipc_buf_msg(skb);
	struct tipc_group *grp = tipc_group_of(tsk);
	struct tipc_member *m;

	if (!grp || !tipc_msg_is_group(msg) ||
	    tipc_msg_name_type(msg) != grp->type)
		return TIPC_SK_DROP;
	m = tipc_member_find(grp, tipc_msg_orig_port(msg),
			tipc_msg_orig_node(msg));
	if (!m)
		return TIPC_SK_DROP;
	TIPC_CB(skb)->instance = m->instance;
	return verdict;
}

/**
 * tipc_group_put_member() - say which member a message is from
 * @m: where the addresses go; the socket address is there, the second one
 *	is the member's service address
 * @skb: message
 *
 * Context: Process context.
 */
void tipc_group_put_member(struct msghdr *m, const struct sk_buff *skb)
{
	struct sockaddr_tipc *addr = m->msg_name;

	memset(&addr[1], 0, sizeof(addr[1]));
	addr[1].family = AF_TIPC;
	addr[1].addrtype = TIPC_SERVICE_ADDR;
	addr[1].addr.name.name.type = tipc_msg_name_type(tipc_buf_msg(skb));
	addr[1].addr.name.name.instance = TIPC_CB(skb)->instance;
	m->msg_namelen = 2 * sizeof(addr[0]);
}

static void wake_members(struct tipc_group *grp)
{
	struct net *net = sock_net(&grp->tsk->sk);
	struct tipc_group *other;
	struct tipc_sock *tsk;
	struct tipc_member *m;

	list_for_each_entry(m, &grp->members, of_group) {
		m->lags = false;
		tsk = tipc_in_own_node(net, m->node) ?
		      tipc_port_find(net, m->port) : NULL;
		other = tsk ? rcu_dereference(tsk->group) : NULL;
		if (!other)
			continue;
		WRITE_ONCE(other->blocked, false);
		tsk->sk.sk_write_space(&tsk->sk);
	}
}

/* Half of a buffer is free for which somebody on this node waits. */
static void make_way(struct tipc_sock *tsk, struct tipc_group *grp)
{
	struct sock *sk = &tsk->sk;

	if (sk_rmem_alloc_get(sk) > READ_ONCE(sk->sk_rcvbuf) / 2 ||
	    !READ_ONCE(grp->wanted))
		return;
	tipc_sk_lock(tsk);
	WRITE_ONCE(grp->wanted, false);
	/* It may have left meanwhile. */
	if (tipc_group_of(tsk) == grp)
		wake_members(grp);
	tipc_sk_unlock(tsk);
}

/**
 * tipc_group_was_read() - the user has read a message
 * @tsk: member
 * @skb: the message
 *
 * Context: Process context.
 */
void tipc_group_was_read(struct tipc_sock *tsk, const struct sk_buff *skb)
{
	bool remote = tipc_msg_type(tipc_buf_msg(skb)) != TIPC_TYPE_GRP_EVENT &&
		      !TIPC_CB(skb)->local;
	struct sk_buff_head xmitq;
	struct tipc_group *grp;

	__skb_queue_head_init(&xmitq);
	rcu_read_lock();
	grp = rcu_dereference(tsk->group);
	if (grp && remote) {
		tipc_sk_lock(tsk);
		if (tipc_group_of(tsk) == grp)
			tipc_member_read(grp, skb, &xmitq);
		tipc_sk_unlock(tsk);
	}
	if (grp)
		make_way(tsk, grp);
	rcu_read_unlock();
	tipc_group_xmit(sock_net(&tsk->sk), &xmitq);
}
