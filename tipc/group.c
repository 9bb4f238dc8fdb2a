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
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/sock.h>

#include <linux/cgl_tipc.h>

#include "group.h"
#include "name_table.h"
#include "sock.h"

/* Kinds of membership events, in the last word of their header. */
enum { JOINED, LEFT, LAGS };

/* Members are found by the low bits of their random port. */
#define PORT_BITS	6

/**
 * struct tipc_group - the membership of a socket
 * @tsk: the socket
 * @sub: how it hears of the others
 * @publ: how others hear of it
 * @type: of the group
 * @instance: of this member
 * @flags: TIPC_GROUP_LOOPBACK, TIPC_GROUP_MEMBER_EVTS
 * @members: all that are known, this one too
 * @by_port: the same, by port
 * @wanted: a sender waits until this member has read
 * @blocked: this member has to wait before it sends
 * @rcu: freed after those who look at it
 */
struct tipc_group {
	struct tipc_sock	*tsk;
	struct tipc_sub		sub;
	struct tipc_publ	*publ;
	u32			type;
	u32			instance;
	u32			flags;
	struct list_head	members;
	struct hlist_head	by_port[1 << PORT_BITS];
	bool			wanted;
	bool			blocked;
	struct rcu_head		rcu;
};

/**
 * struct member - what a member knows of another
 * @of_group: among the members; the one that got an anycast goes to the end
 * @hash: among them by port
 * @port: its socket
 * @node: its node
 * @instance: its instance
 * @lags: it was reported to lag
 */
struct member {
	struct list_head	of_group;
	struct hlist_node	hash;
	u32			port;
	u32			node;
	u32			instance;
	bool			lags;
};

/* With the state lock held. */
static struct tipc_group *group_of(const struct tipc_sock *tsk)
{
	return rcu_dereference_protected(tsk->group,
			lockdep_is_held(&tsk->sk.sk_receive_queue.lock));
}

static struct hlist_head *bucket(struct tipc_group *grp, u32 port)
{
	return &grp->by_port[port & ((1 << PORT_BITS) - 1)];
}

static struct member *member_find(struct tipc_group *grp, u32 port, u32 node)
{
	struct net *net = sock_net(&grp->tsk->sk);
	struct member *m;

	hlist_for_each_entry(m, bucket(grp, port), hash)
		if (m->port == port && tipc_node_same(net, m->node, node))
			return m;
	return NULL;
}

/* ---- events -------------------------------------------------------------- */

/* With the state lock held: tell the user about a member. */
static void put_event(struct tipc_group *grp, const struct member *m, int what)
{
	struct tipc_sock *tsk = grp->tsk;
	struct sock *sk = &tsk->sk;
	struct sk_buff *skb;
	struct tipc_msg *msg;

	skb = tipc_buf_control(sock_net(sk), TIPC_CRITICAL_IMPORTANCE,
			       TIPC_TYPE_GRP_EVENT, TIPC_HSIZE_MCAST, 0,
			       tsk->port, m->port, GFP_ATOMIC);
	if (!skb) {
		tsk->stats.drops++;
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
	case LEFT:
		return MSG_OOB | MSG_EOR;
	case LAGS:
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

/* With the state lock held. */
static void member_joined(struct tipc_group *grp, const struct tipc_publ *publ)
{
	struct member *m = kzalloc(sizeof(*m), GFP_ATOMIC);

	if (!m) {
		grp->tsk->stats.drops++;
		return;
	}
	m->port = publ->port;
	m->node = publ->node;
	m->instance = publ->lower;
	list_add_tail(&m->of_group, &grp->members);
	hlist_add_head(&m->hash, bucket(grp, m->port));
	if (wants_event(grp, publ))
		put_event(grp, m, JOINED);
}

static void member_left(struct tipc_group *grp, const struct tipc_publ *publ)
{
	struct member *m = member_find(grp, publ->port, publ->node);

	if (!m)
		return;
	list_del(&m->of_group);
	hlist_del(&m->hash);
	if (wants_event(grp, publ))
		put_event(grp, m, LEFT);
	kfree(m);
}

/* Called by the name table, with its lock held. */
static void report(struct tipc_sub *sub, u32 event,
		   const struct tipc_publ *publ)
{
	struct tipc_group *grp = container_of(sub, struct tipc_group, sub);
	struct tipc_sock *tsk = grp->tsk;

	tipc_sk_lock(tsk);
	if (event == TIPC_PUBLISHED)
		member_joined(grp, publ);
	else
		member_left(grp, publ);
	WRITE_ONCE(grp->blocked, false);
	tipc_sk_unlock(tsk);
	rcu_read_lock();
	tipc_sk_readable(&tsk->sk);
	rcu_read_unlock();
	tsk->sk.sk_write_space(&tsk->sk);
}

/* ---- join and leave -------------------------------------------------------- */

static void group_free(struct tipc_group *grp)
{
	struct member *m, *next;

	list_for_each_entry_safe(m, next, &grp->members, of_group)
		kfree(m);
	kfree_rcu(grp, rcu);
}

static void set_group(struct tipc_sock *tsk, struct tipc_group *grp)
{
	tipc_sk_lock(tsk);
	rcu_assign_pointer(tsk->group, grp);
	tipc_sk_unlock(tsk);
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
	INIT_LIST_HEAD(&grp->members);
	grp->sub.type = req->type;
	grp->sub.upper = ~0u;
	grp->sub.filter = TIPC_SUB_PORTS;
	if (req->scope == TIPC_NODE_SCOPE)
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
	u8 scope = req->scope == TIPC_NODE_SCOPE ? TIPC_NODE_SCOPE :
						   TIPC_CLUSTER_SCOPE;
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
	grp->publ = tipc_nametbl_publish(names, &sr, scope, tsk->port,
					 tsk->port + ++tsk->next_key, 0);
	if (IS_ERR(grp->publ)) {
		err = PTR_ERR(grp->publ);
		goto err_sub;
	}
	list_add(&grp->publ->of_sock, &tsk->publs);
	tsk->npubl++;
	return 0;

err_sub:
	tipc_nametbl_unsubscribe(names, &grp->sub);
err_group:
	set_group(tsk, NULL);
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
	set_group(tsk, NULL);
	list_del(&grp->publ->of_sock);
	tsk->npubl--;
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
	struct tipc_group *grp = group_of(tsk);
	struct member *m;

	if (!grp || !tipc_msg_is_group(msg) ||
	    tipc_msg_name_type(msg) != grp->type)
		return TIPC_SK_DROP;
	m = member_find(grp, tipc_msg_orig_port(msg),
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
	struct member *m;

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

/**
 * tipc_group_was_read() - the user has read a message
 * @tsk: member
 *
 * Context: Process context.
 */
void tipc_group_was_read(struct tipc_sock *tsk)
{
	struct sock *sk = &tsk->sk;
	struct tipc_group *grp;

	if (sk_rmem_alloc_get(sk) > READ_ONCE(sk->sk_rcvbuf) / 2)
		return;
	rcu_read_lock();
	grp = rcu_dereference(tsk->group);
	if (grp && READ_ONCE(grp->wanted)) {
		tipc_sk_lock(tsk);
		WRITE_ONCE(grp->wanted, false);
		/* It may have left meanwhile. */
		if (group_of(tsk) == grp)
			wake_members(grp);
		tipc_sk_unlock(tsk);
	}
	rcu_read_unlock();
}

/* ---- sending --------------------------------------------------------------- */

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
	struct member *m;

	tipc_sk_lock(tsk);
	grp = group_of(tsk);
	m = grp ? member_find(grp, port, 0) : NULL;
	if (m && !m->lags) {
		m->lags = true;
		put_event(grp, m, LAGS);
	}
	tipc_sk_unlock(tsk);
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

/* Wait until all have room, or deal with those who have none. */
static int make_room(struct tipc_sock *tsk, struct tipc_dests *ports,
		     long timeo)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	struct sock *sk = &tsk->sk;
	int err = 0;

	if (likely(!any_full(tsk, ports)))
		return 0;
	if (tsk->lag != TIPC_LAG_WAIT) {
		drop_full(tsk, ports);
		return 0;
	}
	atomic64_inc(&tsk->stalls);
	add_wait_queue(sk_sleep(sk), &wait);
	for (;;) {
		set_blocked(tsk, true);
		if (!any_full(tsk, ports)) {
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

/* The member that is to get an anycast; it is the last to get the next. */
static int anycast_to(struct tipc_sock *tsk, u32 instance,
		      struct tipc_dests *ports)
{
	struct tipc_group *grp;
	struct member *m;
	int err = -EHOSTUNREACH;

	tipc_sk_lock(tsk);
	grp = group_of(tsk);
	list_for_each_entry(m, &grp->members, of_group) {
		if (m->instance != instance)
			continue;
		if (m->port == tsk->port &&
		    !(grp->flags & TIPC_GROUP_LOOPBACK))
			continue;
		ports->v[0] = m->port;
		ports->n = 1;
		err = 0;
		if (is_full(sock_net(&tsk->sk), m->port))
			continue;
		list_move_tail(&m->of_group, &grp->members);
		break;
	}
	tipc_sk_unlock(tsk);
	return err;
}

static int unicast_to(struct tipc_sock *tsk, const struct tipc_socket_addr *id,
		      struct tipc_dests *ports)
{
	struct tipc_group *grp;
	int err = -EHOSTUNREACH;

	tipc_sk_lock(tsk);
	grp = group_of(tsk);
	if (member_find(grp, id->ref, id->node)) {
		ports->v[0] = id->ref;
		ports->n = 1;
		err = 0;
	}
	tipc_sk_unlock(tsk);
	return err;
}

/* All members, or those with one instance, but the sender if he wants no copy. */
static int multicast_to(struct tipc_sock *tsk, u32 lower, u32 upper,
			struct tipc_dests *ports)
{
	struct tipc_nametbl *names = &tipc_net(sock_net(&tsk->sk))->names;
	struct tipc_service_range sr = { .lower = lower, .upper = upper };
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
	return 0;
}

/* Who gets it, and which kind of message it is. */
static int destinations(struct tipc_sock *tsk,
			const struct sockaddr_tipc *addr, int len,
			struct tipc_dests *ports, u8 *kind, u32 *instance)
{
	int err;

	*kind = TIPC_TYPE_GRP_BCAST;
	*instance = 0;
	if (!addr || !len)
		return multicast_to(tsk, 0, ~0u, ports);
	if (!tipc_sk_addr_valid(addr, len))
		return -EINVAL;
	*kind = TIPC_TYPE_GRP_UCAST;
	switch (addr->addrtype) {
	case TIPC_SOCKET_ADDR:
		return unicast_to(tsk, &addr->addr.id, ports);
	case TIPC_SERVICE_ADDR:
		*instance = addr->addr.name.name.instance;
		return anycast_to(tsk, *instance, ports);
	default:
		*kind = TIPC_TYPE_GRP_MCAST;
		*instance = addr->addr.nameseq.lower;
		err = multicast_to(tsk, *instance, *instance, ports);
		return !err && !ports->n ? -EHOSTUNREACH : err;
	}
}

static void group_header(struct tipc_sock *tsk, u8 kind, u32 instance,
			 struct tipc_msg *head)
{
	struct tipc_group *grp;

	tipc_msg_init(head, tsk->importance, kind, TIPC_HSIZE_MCAST,
		      tipc_own_addr(sock_net(&tsk->sk)));
	tipc_msg_set_flag(head, TIPC_MSG_F_SRC_DROPPABLE |
				TIPC_MSG_F_DEST_DROPPABLE, true);
	tipc_msg_set_lookup(head, TIPC_LOOKUP_CLUSTER);
	tipc_msg_set_orig_port(head, tsk->port);
	rcu_read_lock();
	grp = rcu_dereference(tsk->group);
	tipc_msg_set_name_type(head, grp ? grp->type : 0);
	rcu_read_unlock();
	tipc_msg_set_name_instance(head, instance);
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
	struct net *net = sock_net(sk);
	struct tipc_dests ports;
	struct tipc_msg head;
	struct sk_buff *skb;
	u32 instance;
	int err;
	u8 kind;

	tipc_dests_init(&ports);
	lock_sock(sk);
	err = rcu_access_pointer(tsk->group) ?
	      destinations(tsk, m->msg_name, m->msg_namelen, &ports, &kind,
			   &instance) : -EHOSTUNREACH;
	release_sock(sk);
	if (!err)
		err = make_room(tsk, &ports, timeo);
	if (err)
		goto out;
	group_header(tsk, kind, instance, &head);
	skb = tipc_buf_from_user(tsk, &head, m, dlen, 0, false, &err);
	if (!skb)
		goto out;
	/* Its copies are clones: they carry data, and no more. */
	skb_orphan(skb);
	TIPC_CB(skb)->local = true;
	tipc_local_add(net, TIPC_LOCAL_MSGS, ports.n);
	tipc_local_add(net, TIPC_LOCAL_BYTES, (u64)ports.n * dlen);
	tipc_mcast_deliver(net, skb, &ports);
	tipc_sk_count_sent(tsk, dlen);
	err = dlen;
out:
	tipc_dests_free(&ports);
	return err;
}
