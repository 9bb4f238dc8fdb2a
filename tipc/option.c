// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options and ioctls of a socket. <linux/tipc.h> has their numbers, and
 * <linux/cgl_tipc.h> those that are ours.
 *
 * Locking: options are set under lock_sock(); who sends or receives reads them
 * without a lock, and either value will do.
 */
#include <linux/in.h>
#include <linux/net.h>
#include <linux/uaccess.h>
#include <net/sock.h>

#include <linux/cgl_tipc.h>

#include "group.h"
#include "sock.h"

static int set_importance(struct tipc_sock *tsk, u32 value)
{
	if (value > TIPC_CRITICAL_IMPORTANCE)
		return -EINVAL;
	tsk->importance = value;
	return 0;
}

static int set_number(struct tipc_sock *tsk, int name, u32 value)
{
	switch (name) {
	case TIPC_IMPORTANCE:
		return set_importance(tsk, value);
	case TIPC_SRC_DROPPABLE:
		if (tsk->sk.sk_type == SOCK_STREAM)
			return -ENOPROTOOPT;
		tsk->src_droppable = value;
		return 0;
	case TIPC_DEST_DROPPABLE:
		tsk->dest_droppable = value;
		return 0;
	case TIPC_CONN_TIMEOUT:
		tsk->conn_timeout_ms = value;
		return 0;
	case TIPC_NODELAY:
		/* Nothing is ever held back. */
		return 0;
	case TIPC_BIND_EXCLUSIVE:
		if (value > 1)
			return -EINVAL;
		tsk->exclusive = value;
		return 0;
	case TIPC_BIND_VISIBLE:
		if (value > 1)
			return -EINVAL;
		tsk->visible = value;
		return 0;
	case TIPC_GROUP_LAG:
		if (value > TIPC_LAG_EXPEL)
			return -EINVAL;
		tsk->lag = value;
		return 0;
	default:
		return -EINVAL;
	}
}

/* Options that take no argument. */
static int set_flag(struct tipc_sock *tsk, int name)
{
	switch (name) {
	case TIPC_MCAST_BROADCAST:
		tsk->bcast = true;
		tsk->rcast = false;
		return 0;
	case TIPC_MCAST_REPLICAST:
		tsk->rcast = true;
		tsk->bcast = false;
		return 0;
	case TIPC_GROUP_LEAVE:
		return tipc_group_leave(&tsk->sk);
	default:
		return -EINVAL;
	}
}

static int set_join(struct tipc_sock *tsk, sockptr_t value, unsigned int len)
{
	struct tipc_group_req req;

	if (len < sizeof(req))
		return -EINVAL;
	if (copy_from_sockptr(&req, value, sizeof(req)))
		return -EFAULT;
	return tipc_group_join(&tsk->sk, &req);
}

static int set_option(struct tipc_sock *tsk, int name, sockptr_t value,
		      unsigned int len)
{
	u32 number;

	if (name == TIPC_GROUP_JOIN)
		return set_join(tsk, value, len);
	if (!len)
		return set_flag(tsk, name);
	if (len < sizeof(number))
		return -EINVAL;
	if (copy_from_sockptr(&number, value, sizeof(number)))
		return -EFAULT;
	return set_number(tsk, name, number);
}

/**
 * tipc_setsockopt() - setsockopt()
 * @sock: socket
 * @level: SOL_TIPC; a stream also takes options of TCP, which do nothing
 * @name: one of the options
 * @value: its value
 * @len: bytes of it
 *
 * Context: Process context. May sleep.
 * Return: 0 or a negative error.
 */
int tipc_setsockopt(struct socket *sock, int level, int name, sockptr_t value,
		    unsigned int len)
{
	struct sock *sk = sock->sk;
	int err;

	if (level == IPPROTO_TCP && sk->sk_type == SOCK_STREAM)
		return 0;
	if (level != SOL_TIPC)
		return -ENOPROTOOPT;
	lock_sock(sk);
	err = set_option(tipc_sk(sk), name, value, len);
	release_sock(sk);
	return err;
}

static int get_number(struct tipc_sock *tsk, int name, u32 *value)
{
	struct sock *sk = &tsk->sk;
	u32 instance;

	switch (name) {
	case TIPC_IMPORTANCE:
		*value = tsk->importance;
		return 0;
	case TIPC_SRC_DROPPABLE:
		*value = tsk->src_droppable;
		return 0;
	case TIPC_DEST_DROPPABLE:
		*value = tsk->dest_droppable;
		return 0;
	case TIPC_CONN_TIMEOUT:
		*value = tsk->conn_timeout_ms;
		return 0;
	case TIPC_NODE_RECVQ_DEPTH:
		*value = 0;
		return 0;
	case TIPC_SOCK_RECVQ_DEPTH:
		*value = skb_queue_len_lockless(&sk->sk_receive_queue);
		return 0;
	case TIPC_SOCK_RECVQ_USED:
		*value = sk_rmem_alloc_get(sk);
		return 0;
	case TIPC_BIND_EXCLUSIVE:
		*value = tsk->exclusive;
		return 0;
	case TIPC_BIND_VISIBLE:
		*value = tsk->visible;
		return 0;
	case TIPC_GROUP_LAG:
		*value = tsk->lag;
		return 0;
	case TIPC_GROUP_JOIN:
		*value = tipc_group_type(tsk, &instance);
		return 0;
	default:
		return -EINVAL;
	}
}

/**
 * tipc_getsockopt() - getsockopt()
 * @sock: socket
 * @level: SOL_TIPC; a stream also answers for TCP, with nothing
 * @name: one of the options
 * @uvalue: where the value goes
 * @ulen: room for it, and its size afterwards
 *
 * Context: Process context. May sleep.
 * Return: 0 or a negative error.
 */
int tipc_getsockopt(struct socket *sock, int level, int name,
		    char __user *uvalue, int __user *ulen)
{
	struct sock *sk = sock->sk;
	u32 value = 0;
	int len, err;

	if (level == IPPROTO_TCP && sk->sk_type == SOCK_STREAM)
		return put_user(0, ulen);
	if (level != SOL_TIPC)
		return -ENOPROTOOPT;
	if (get_user(len, ulen))
		return -EFAULT;
	lock_sock(sk);
	err = get_number(tipc_sk(sk), name, &value);
	release_sock(sk);
	if (err)
		return err;
	if (len < (int)sizeof(value))
		return -EINVAL;
	if (copy_to_user(uvalue, &value, sizeof(value)))
		return -EFAULT;
	return put_user((int)sizeof(value), ulen);
}

static int get_link_name(struct net *net, void __user *arg)
{
	struct tipc_sioc_ln_req req;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	if (tipc_node_link_name(net, req.bearer_id, req.peer, req.linkname,
				sizeof(req.linkname)))
		return -EADDRNOTAVAIL;
	return copy_to_user(arg, &req, sizeof(req)) ? -EFAULT : 0;
}

static int get_node_id(struct net *net, void __user *arg)
{
	struct tipc_sioc_nodeid_req req;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	if (tipc_node_identity(net, req.peer, req.node_id))
		return -EADDRNOTAVAIL;
	return copy_to_user(arg, &req, sizeof(req)) ? -EFAULT : 0;
}

/**
 * tipc_ioctl() - ioctl()
 * @sock: socket
 * @cmd: SIOCGETLINKNAME or SIOCGETNODEID
 * @arg: address of its request
 *
 * Context: Process context. May sleep.
 * Return: 0 or a negative error; -EADDRNOTAVAIL for an unknown node or link.
 */
int tipc_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg)
{
	struct net *net = sock_net(sock->sk);
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case SIOCGETLINKNAME:
		return get_link_name(net, uarg);
	case SIOCGETNODEID:
		return get_node_id(net, uarg);
	default:
		return -ENOIOCTLCMD;
	}
}
