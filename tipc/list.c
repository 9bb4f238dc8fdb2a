// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is told of a socket: for lists, a copy of what matters.
 */
#include <linux/net.h>
#include <linux/pid.h>
#include <linux/skbuff.h>
#include <net/sock.h>

#include "group.h"
#include "sock.h"

static void connection_info(struct tipc_sock *tsk, struct tipc_sk_info *info)
{
	if (info->state == TIPC_SK_ESTABLISHED || tsk->paired) {
		info->peer_port = tsk->peer_port;
		info->peer_node = tsk->peer_node;
	}
	if (tsk->conn_has_name) {
		info->conn_type = tsk->conn_type;
		info->conn_instance = tsk->conn_instance;
	}
	info->snd_unacked = atomic_read(&tsk->snd_unacked);
	info->snd_window = tsk->snd_window;
	info->congested = READ_ONCE(tsk->link_congested) ||
			  (info->state == TIPC_SK_ESTABLISHED &&
			   tipc_sk_window_full(tsk));
}

/**
 * tipc_sk_info() - describe a socket
 * @sk: socket
 * @info: where to
 *
 * Context: Process context.
 */
void tipc_sk_info(struct sock *sk, struct tipc_sk_info *info)
{
	struct tipc_sock *tsk = tipc_sk(sk);

	memset(info, 0, sizeof(*info));
	info->type = sk->sk_type;
	info->importance = tsk->importance;
	info->port = tsk->port;
	info->npubl = tsk->npubl;
	info->pid = pid_nr(tsk->pid);
	info->uid = sock_i_uid(sk);
	info->inode = sock_i_ino(sk);
	info->group_type = tipc_group_type(tsk, &info->group_instance);

	tipc_sk_lock(tsk);
	info->state = tipc_sk_state(sk);
	connection_info(tsk, info);
	info->rcvq_len = skb_queue_len(&sk->sk_receive_queue);
	info->rcvq_used = sk_rmem_alloc_get(sk);
	info->stats = tsk->stats;
	tipc_sk_unlock(tsk);
	info->stats.tx_msgs = atomic64_read(&tsk->tx_msgs);
	info->stats.tx_bytes = atomic64_read(&tsk->tx_bytes);
	info->stats.stalls = atomic64_read(&tsk->stalls);
}

/**
 * tipc_sk_walk_publs() - show the bindings of a socket
 * @sk: socket
 * @skip: how many were shown already; counts on
 * @show: called for each of the others; an error ends the walk and the
 *	binding counts as not shown
 * @arg: for @show
 *
 * Context: Process context, without lock_sock(). @show must not sleep long.
 * Return: 0 when all were shown, or what @show returned.
 */
int tipc_sk_walk_publs(struct sock *sk, u32 *skip,
		       int (*show)(const struct tipc_publ *publ, void *arg),
		       void *arg)
{
	struct tipc_sock *tsk = tipc_sk(sk);
	struct tipc_publ *publ;
	u32 n = 0;
	int err = 0;

	lock_sock(sk);
	list_for_each_entry(publ, &tsk->publs, of_sock) {
		if (n++ < *skip)
			continue;
		err = show(publ, arg);
		if (err)
			break;
		(*skip)++;
	}
	release_sock(sk);
	return err;
}
