// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets of the family AF_TIPC: made, named, bound, polled and released.
 *
 * One table of operations for each of the three ways to use a socket. A socket
 * of a user holds the module until it is closed; one that belongs to the module
 * itself has the same table without an owner, so that it holds nothing.
 *
 * Locking is in sock.h.
 */
#include <linux/cred.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/pid.h>
#include <linux/poll.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "compat.h"
#include "group.h"
#include "sock.h"
#include "trace.h"

static struct proto tipc_proto;

/* The tables of operations, and copies of them without an owner. */
enum kind { DATAGRAM, PACKET, STREAM, NKINDS };
static const struct proto_ops ops[NKINDS];
static struct proto_ops kern_ops[NKINDS] __ro_after_init;

/* ---- making and releasing ---------------------------------------------------- */

/* After the last who could have found it. */
static void destruct(struct sock *sk)
{
	tipc_label_release(tipc_sk(sk));
	put_pid(tipc_sk(sk)->pid);
}

static int kind_of(int type)
{
	switch (type) {
	case SOCK_RDM:
	case SOCK_DGRAM:
		return DATAGRAM;
	case SOCK_SEQPACKET:
		return PACKET;
	case SOCK_STREAM:
		return STREAM;
	default:
		return -EPROTOTYPE;
	}
}

static void sk_init(struct net *net, struct sock *sk)
{
	struct tipc_sock *tsk = tipc_sk(sk);

	tsk->importance = TIPC_LOW_IMPORTANCE;
	tsk->src_droppable = sk->sk_type == SOCK_DGRAM;
	tsk->dest_droppable = tipc_sk_connectionless(sk);
	tsk->conn_timeout_ms = TIPC_CONN_TIMEOUT_MS;
	tsk->mcast_until = jiffies;
	tsk->pid = get_pid(task_tgid(current));
	mutex_init(&tsk->reading);
	INIT_LIST_HEAD(&tsk->publs);
	INIT_LIST_HEAD(&tsk->askers);
	timer_setup(&sk->sk_timer, tipc_conn_timer, 0);
	sk->sk_rcvbuf = READ_ONCE(tipc_net(net)->rcvbuf[1]);
	sk->sk_destruct = destruct;
	tsk->def_data_ready = sk->sk_data_ready;
	sock_set_flag(sk, SOCK_RCU_FREE);
	tipc_sk_set_state(sk, TIPC_SK_OPEN);
}

/**
 * tipc_sk_create() - socket()
 * @net: namespace
 * @sock: socket, of which the type is known
 * @protocol: must be 0
 * @kern: it belongs to the kernel
 *
 * Context: Process context. May sleep.
 * Return: 0 or a negative error.
 */
int tipc_sk_create(struct net *net, struct socket *sock, int protocol,
		   int kern)
{
	int kind = kind_of(sock->type);
	struct sock *sk;
	int err;

	if (protocol)
		return -EPROTONOSUPPORT;
	if (kind < 0)
		return kind;
	sk = sk_alloc(net, AF_TIPC, GFP_KERNEL, &tipc_proto, kern);
	if (!sk)
		return -ENOMEM;
	sock_init_data(sock, sk);
	sk_init(net, sk);
	err = tipc_port_insert(net, tipc_sk(sk));
	if (err) {
		sock_orphan(sk);
		sock_put(sk);
		sock->sk = NULL;
		return err;
	}
	if (!kern)
		tipc_label_socket(tipc_sk(sk));
	sock->ops = kern ? &kern_ops[kind] : &ops[kind];
	sock_prot_inuse_add(net, &tipc_proto, 1);
	return 0;
}

/**
 * tipc_sk_create_kern() - a socket for a service in the kernel
 * @net: namespace
 * @type: SOCK_SEQPACKET and so on
 * @sock: where it goes
 *
 * It holds neither the module nor the namespace.
 *
 * Context: Process context. May sleep.
 * Return: 0 or a negative error.
 */
int tipc_sk_create_kern(struct net *net, int type, struct socket **sock)
{
	return sock_create_kern(net, AF_TIPC, type, 0, sock);
}

/* Refuse what was not read. What a stream has read in part is gone. */
static void refuse_unread(struct net *net, struct sk_buff_head *unread,
			  unsigned int err)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(unread))) {
		if (TIPC_CB(skb)->consumed ||
		    tipc_msg_type(tipc_buf_msg(skb)) == TIPC_TYPE_GRP_EVENT)
			kfree_skb(skb);
		else
			tipc_sk_reject(net, skb, err);
	}
}

/* Tell the peer that this end has gone. */
static void send_fin(struct tipc_sock *tsk, u32 port, u32 node,
		     unsigned int err)
{
	struct net *net = sock_net(&tsk->sk);
	struct sk_buff *skb;

	skb = tipc_buf_control(net, TIPC_CRITICAL_IMPORTANCE, TIPC_TYPE_CONN,
			       TIPC_HSIZE_DIRECT, node, port, tsk->port,
			       GFP_KERNEL | __GFP_NOFAIL);
	tipc_msg_set_error(tipc_buf_msg(skb), err);
	tipc_node_xmit(net, skb, node, tsk->port);
}

/* End the connection, if there is one, and empty the queue. */
static void disconnect(struct tipc_sock *tsk, unsigned int err, bool dead)
{
	struct sock *sk = &tsk->sk;
	struct sk_buff_head unread;
	bool connected;
	u32 port, node;

	__skb_queue_head_init(&unread);
	tipc_sk_lock(tsk);
	connected = tipc_sk_state(sk) == TIPC_SK_ESTABLISHED;
	port = tsk->peer_port;
	node = tsk->peer_node;
	skb_queue_splice_init(&sk->sk_receive_queue, &unread);
	atomic_set(&sk->sk_rmem_alloc, 0);
	tsk->dead |= dead;
	if (connected || tipc_sk_state(sk) == TIPC_SK_CONNECTING)
		tipc_conn_end(tsk, 0);
	tipc_sk_unlock(tsk);

	refuse_unread(sock_net(sk), &unread, err);
	if (connected && !tipc_sk_connectionless(sk))
		send_fin(tsk, port, node, err);
}

static void withdraw_all(struct tipc_sock *tsk)
{
	struct tipc_nametbl *names = &tipc_net(sock_net(&tsk->sk))->names;
	struct tipc_publ *publ, *next;

	list_for_each_entry_safe(publ, next, &tsk->publs, of_sock) {
		list_del(&publ->of_sock);
		trace_tipc_binding(sock_net(&tsk->sk), publ, false);
		tipc_nametbl_withdraw(names, publ);
		cond_resched();
	}
	tsk->npubl = 0;
}

static int release(struct socket *sock)
{
	struct sock *sk = sock->sk;
	struct tipc_sock *tsk;
	struct net *net;

	if (!sk)
		return 0;
	net = sock_net(sk);
	tsk = tipc_sk(sk);
	lock_sock(sk);
	sk->sk_shutdown = SHUTDOWN_MASK;
	tipc_group_leave(sk);
	withdraw_all(tsk);
	tipc_port_remove(net, tsk);
	disconnect(tsk, TIPC_ERR_NO_PORT, true);
	tipc_label_release(tsk);
	sk_stop_timer_sync(sk, &sk->sk_timer);
	release_sock(sk);
	sock_prot_inuse_add(net, &tipc_proto, -1);
	sock_orphan(sk);
	sock->sk = NULL;
	sock_put(sk);
	return 0;
}

/* ---- names --------------------------------------------------------------- */

/**
 * tipc_sk_addr_valid() - is this an address?
 * @addr: what a user gave
 * @len: bytes of it
 *
 * Context: Any.
 * Return: whether it has the form of one.
 */
bool tipc_sk_addr_valid(const struct sockaddr_tipc *addr, int len)
{
	if (len < (int)sizeof(*addr) || addr->family != AF_TIPC)
		return false;
	switch (addr->addrtype) {
	case TIPC_SERVICE_RANGE:
		return addr->addr.nameseq.lower <= addr->addr.nameseq.upper;
	case TIPC_SERVICE_ADDR:
	case TIPC_SOCKET_ADDR:
		return true;
	default:
		return false;
	}
}

static void end_binding(struct tipc_sock *tsk, struct tipc_publ *publ)
{
	list_del(&publ->of_sock);
	tsk->npubl--;
	trace_tipc_binding(sock_net(&tsk->sk), publ, false);
	tipc_nametbl_withdraw(&tipc_net(sock_net(&tsk->sk))->names, publ);
}

/*
 * Nothing is bound when it fails. While it waits others may use the socket, and
 * end the binding.
 */
static int make_visible(struct tipc_sock *tsk, u32 key)
{
	int err = tipc_visible_wait(&tsk->sk);
	struct tipc_publ *publ;

	if (!err)
		return 0;
	list_for_each_entry(publ, &tsk->publs, of_sock) {
		if (publ->key != key)
			continue;
		end_binding(tsk, publ);
		break;
	}
	return err;
}

static int publish(struct tipc_sock *tsk, const struct tipc_service_range *sr,
		   u8 scope)
{
	struct tipc_nametbl *names = &tipc_net(sock_net(&tsk->sk))->names;
	struct tipc_publ *publ;

	if (tsk->paired || tipc_sk_state(&tsk->sk) == TIPC_SK_ESTABLISHED)
		return -EINVAL;
	publ = tipc_nametbl_publish(names, sr, scope, tsk->port,
				    tsk->port + ++tsk->next_key,
				    tsk->exclusive ? TIPC_PUBL_EXCLUSIVE : 0);
	/* Clients know a full table by the error that others give. */
	if (IS_ERR(publ))
		return PTR_ERR(publ) == -ENOSPC ? -EINVAL : PTR_ERR(publ);
	list_add(&publ->of_sock, &tsk->publs);
	tsk->npubl++;
	trace_tipc_binding(sock_net(&tsk->sk), publ, true);
	if (!tsk->visible || scope == TIPC_NODE_SCOPE)
		return 0;
	return make_visible(tsk, publ->key);
}

/* Nothing to withdraw is an error only of a socket that stays bound. */
static int withdraw(struct tipc_sock *tsk, const struct tipc_service_range *sr,
		    u8 scope)
{
	struct tipc_publ *publ;

	list_for_each_entry(publ, &tsk->publs, of_sock) {
		if (publ->scope != scope || publ->type != sr->type ||
		    publ->lower != sr->lower || publ->upper != sr->upper)
			continue;
		end_binding(tsk, publ);
		return 0;
	}
	return tsk->npubl ? -EINVAL : 0;
}

/* ZONE, 0 and what else clients leave there mean the cluster. */
static u8 scope_of(int scope)
{
	return scope == TIPC_NODE_SCOPE ? TIPC_NODE_SCOPE : TIPC_CLUSTER_SCOPE;
}

static int bind_locked(struct sock *sk, const struct sockaddr_tipc *addr,
		       int len)
{
	struct tipc_sock *tsk = tipc_sk(sk);
	struct tipc_service_range sr;

	if (rcu_access_pointer(tsk->group))
		return -EACCES;
	if (!len) {
		withdraw_all(tsk);
		return 0;
	}
	if (!tipc_sk_addr_valid(addr, len))
		return -EINVAL;
	if (addr->addrtype == TIPC_SOCKET_ADDR)
		return -EAFNOSUPPORT;
	sr = addr->addr.nameseq;
	if (addr->addrtype == TIPC_SERVICE_ADDR)
		sr.upper = sr.lower;
	if (sr.type < TIPC_RESERVED_TYPES && !sk->sk_kern_sock)
		return -EACCES;
	if (addr->scope >= 0)
		return publish(tsk, &sr, scope_of(addr->scope));
	return withdraw(tsk, &sr, scope_of(-addr->scope));
}

static int bind(struct socket *sock, struct sockaddr *addr, int len)
{
	struct sock *sk = sock->sk;
	int err;

	lock_sock(sk);
	err = bind_locked(sk, (struct sockaddr_tipc *)addr, len);
	release_sock(sk);
	return err;
}

/*
 * @peer is 1 for getpeername(), and 2 for accept(), which takes a connection
 * even if it has ended meanwhile.
 */
static int get_name(struct socket *sock, struct sockaddr *uaddr, int peer)
{
	struct sockaddr_tipc *addr = (struct sockaddr_tipc *)uaddr;
	struct tipc_sock *tsk = tipc_sk(sock->sk);
	u32 own = tipc_own_addr(sock_net(sock->sk));

	memset(addr, 0, sizeof(*addr));
	addr->family = AF_TIPC;
	addr->addrtype = TIPC_SOCKET_ADDR;
	if (!peer) {
		addr->addr.id.ref = tsk->port;
		addr->addr.id.node = own;
		return sizeof(*addr);
	}
	if (!tsk->paired && tipc_sk_state(sock->sk) != TIPC_SK_ESTABLISHED &&
	    (peer != 2 || tipc_sk_state(sock->sk) != TIPC_SK_DISCONNECTING))
		return -ENOTCONN;
	addr->addr.id.ref = tsk->peer_port;
	addr->addr.id.node = tsk->peer_node ? tsk->peer_node : own;
	return sizeof(*addr);
}

static void pair_with(struct tipc_sock *tsk, struct tipc_sock *other)
{
	u32 own = tipc_own_addr(sock_net(&tsk->sk));

	tipc_sk_lock(tsk);
	if (tipc_sk_connectionless(&tsk->sk)) {
		tsk->paired = true;
		tsk->peer_port = other->port;
		tsk->peer_node = own;
		tsk->connected_addr.family = AF_TIPC;
		tsk->connected_addr.addrtype = TIPC_SOCKET_ADDR;
		tsk->connected_addr.addr.id.ref = other->port;
		tsk->connected_addr.addr.id.node = own;
	} else {
		tipc_conn_begin(tsk, other->port, own);
	}
	tipc_sk_unlock(tsk);
}

static int socketpair(struct socket *sock1, struct socket *sock2)
{
	pair_with(tipc_sk(sock1->sk), tipc_sk(sock2->sk));
	pair_with(tipc_sk(sock2->sk), tipc_sk(sock1->sk));
	sock1->state = SS_CONNECTED;
	sock2->state = SS_CONNECTED;
	return 0;
}

/* ---- poll and shutdown ------------------------------------------------------ */

static bool writable(const struct tipc_sock *tsk)
{
	return !READ_ONCE(tsk->link_congested);
}

static __poll_t poll(struct file *file, struct socket *sock,
		     poll_table *wait)
{
	struct sock *sk = sock->sk;
	struct tipc_sock *tsk = tipc_sk(sk);
	__poll_t mask = 0;
	bool readable;

	sock_poll_wait(file, sock, wait);
	readable = !skb_queue_empty_lockless(&sk->sk_receive_queue);
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		mask |= EPOLLRDHUP | EPOLLIN | EPOLLRDNORM;
	if (sk->sk_shutdown == SHUTDOWN_MASK)
		mask |= EPOLLHUP;
	switch (tipc_sk_state(sk)) {
	case TIPC_SK_ESTABLISHED:
		if (writable(tsk) && !tipc_sk_window_full(tsk))
			mask |= EPOLLOUT;
		break;
	case TIPC_SK_OPEN:
		if (writable(tsk) && tipc_group_writable(tsk))
			mask |= EPOLLOUT;
		/* It had to leave its group, or missed an event of it. */
		if (READ_ONCE(sk->sk_err))
			mask |= EPOLLERR;
		break;
	case TIPC_SK_DISCONNECTING:
		return EPOLLIN | EPOLLRDNORM | EPOLLHUP;
	}
	if (readable)
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}

/*
 * Only both directions together can be shut down. That is an error on a socket
 * that is not connected, and does wake its reader all the same.
 */
static int shutdown(struct socket *sock, int how)
{
	struct sock *sk = sock->sk;
	int err = 0;

	if (how != SHUT_RDWR)
		return -EINVAL;
	lock_sock(sk);
	if (!tipc_sk_connectionless(sk) &&
	    tipc_sk_state(sk) != TIPC_SK_OPEN &&
	    tipc_sk_state(sk) != TIPC_SK_LISTEN)
		disconnect(tipc_sk(sk), TIPC_CONN_SHUTDOWN, false);
	tipc_sk_lock(tipc_sk(sk));
	sk->sk_shutdown = SHUTDOWN_MASK;
	tipc_sk_wake_reader(tipc_sk(sk));
	tipc_sk_unlock(tipc_sk(sk));
	if (tipc_sk_state(sk) != TIPC_SK_DISCONNECTING)
		err = -ENOTCONN;
	sk->sk_state_change(sk);
	release_sock(sk);
	return err;
}

/* ---- the family ---------------------------------------------------------- */

CGL_PROTO_ACCEPT(accept, tipc_do_accept)

#define COMMON_OPS \
	.owner		= THIS_MODULE, \
	.family		= AF_TIPC, \
	.release	= release, \
	.bind		= bind, \
	.connect	= tipc_connect, \
	.socketpair	= socketpair, \
	.getname	= get_name, \
	.poll		= poll, \
	.ioctl		= tipc_ioctl, \
	.shutdown	= shutdown, \
	.setsockopt	= tipc_setsockopt, \
	.getsockopt	= tipc_getsockopt, \
	.mmap		= sock_no_mmap, \
	CGL_PROTO_SENDPAGE

static const struct proto_ops ops[NKINDS] = {
	[DATAGRAM] = {
		COMMON_OPS
		.accept		= sock_no_accept,
		.listen		= sock_no_listen,
		.sendmsg	= tipc_send_datagram,
		.recvmsg	= tipc_recvmsg,
	},
	[PACKET] = {
		COMMON_OPS
		.accept		= accept,
		.listen		= tipc_listen,
		.sendmsg	= tipc_send_packet,
		.recvmsg	= tipc_recvmsg,
	},
	[STREAM] = {
		COMMON_OPS
		.accept		= accept,
		.listen		= tipc_listen,
		.sendmsg	= tipc_send_stream,
		.recvmsg	= tipc_recvstream,
	},
};

static const struct net_proto_family family = {
	.owner	= THIS_MODULE,
	.family	= AF_TIPC,
	.create	= tipc_sk_create,
};

/*
 * No owner: a socket that is being freed after its close holds nothing. What
 * users may copy is no part of a socket; that there is something keeps the
 * cache from being merged with another, under whose name it would survive us.
 */
static struct proto tipc_proto = {
	.name		= "TIPC",
	.obj_size	= sizeof(struct tipc_sock),
	.useroffset	= offsetof(struct tipc_sock, connected_addr),
	.usersize	= sizeof_field(struct tipc_sock, connected_addr),
};

/**
 * tipc_socket_init() - sockets can be made
 *
 * Context: Process context. May sleep.
 * Return: 0 or a negative error.
 */
int __init tipc_socket_init(void)
{
	int err, kind;

	for (kind = 0; kind < NKINDS; kind++) {
		kern_ops[kind] = ops[kind];
		kern_ops[kind].owner = NULL;
	}
	err = proto_register(&tipc_proto, 1);
	if (err)
		return err;
	err = sock_register(&family);
	if (err) {
		pr_err("tipc: AF_TIPC is taken: is the kernel's own tipc built in?\n");
		proto_unregister(&tipc_proto);
	}
	return err;
}

/**
 * tipc_socket_exit() - no more sockets
 *
 * All are closed. Waits for those that readers might still see.
 *
 * Context: Process context. May sleep.
 */
void tipc_socket_exit(void)
{
	sock_unregister(AF_TIPC);
	rcu_barrier();
	tipc_stash_exit();
	proto_unregister(&tipc_proto);
}
