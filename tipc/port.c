// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports: the sockets of a node by their number, and walks through them.
 *
 * A number is chosen at random, so that a message to a socket that is gone does
 * not reach one that was opened since. Numbers are looked up under RCU by
 * every message; entries are added and removed under the locks of the table
 * itself. One table per network namespace.
 */
#include <linux/net.h>
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "sock.h"

/** struct tipc_sk_table - the sockets of a node by port */
struct tipc_sk_table {
	/** @ht: of struct tipc_sock. */
	struct rhashtable ht;
};

/* The numbers are random: they are their own hash. */
static u32 port_hash(const void *data, u32 len, u32 seed)
{
	return *(const u32 *)data;
}

static const struct rhashtable_params port_params = {
	.hashfn = port_hash,
	.head_offset = offsetof(struct tipc_sock, port_node),
	.key_offset = offsetof(struct tipc_sock, port),
	.key_len = sizeof_field(struct tipc_sock, port),
	.min_size = 64,
	.automatic_shrinking = true,
};

/**
 * tipc_port_insert() - give a socket its number
 * @net: namespace
 * @tsk: socket without one
 *
 * Context: Process context. May sleep.
 * Return: 0; -EADDRINUSE when many random numbers in a row were taken;
 * -ENOMEM.
 */
int tipc_port_insert(struct net *net, struct tipc_sock *tsk)
{
	struct rhashtable *ht = &tipc_net(net)->socks->ht;
	unsigned int tries;
	int err = -EADDRINUSE;

	for (tries = 0; tries < 1000; tries++) {
		tsk->port = get_random_u32();
		if (!tsk->port)
			continue;
		err = rhashtable_lookup_insert_fast(ht, &tsk->port_node,
						    port_params);
		if (!err)
			return 0;
		if (err == -EBUSY)
			schedule_timeout_uninterruptible(1);
		else if (err != -EEXIST)
			break;
	}
	return err == -EEXIST ? -EADDRINUSE : err;
}

/**
 * tipc_port_remove() - nobody finds this socket any more
 * @net: namespace
 * @tsk: socket with a number
 *
 * Who has found it already may use it until the end of its RCU section.
 *
 * Context: Process context.
 */
void tipc_port_remove(struct net *net, struct tipc_sock *tsk)
{
	rhashtable_remove_fast(&tipc_net(net)->socks->ht, &tsk->port_node,
			       port_params);
}

/**
 * tipc_port_find() - the socket with a number
 * @net: namespace
 * @port: the number
 *
 * Context: In an RCU read-side section, as long as the result is used.
 * Return: the socket, or NULL.
 */
struct tipc_sock *tipc_port_find(struct net *net, u32 port)
{
	return rhashtable_lookup(&tipc_net(net)->socks->ht, &port,
				 port_params);
}

/**
 * tipc_sk_find() - the socket with a number, to keep
 * @net: namespace
 * @port: the number
 *
 * Context: Any.
 * Return: the socket, to be given back with sock_put(); or NULL.
 */
struct sock *tipc_sk_find(struct net *net, u32 port)
{
	struct tipc_sock *tsk;

	rcu_read_lock();
	tsk = tipc_port_find(net, port);
	if (tsk && !refcount_inc_not_zero(&tsk->sk.sk_refcnt))
		tsk = NULL;
	rcu_read_unlock();
	return tsk ? &tsk->sk : NULL;
}

/**
 * tipc_sk_walk_begin() - start a walk through the sockets of a node
 * @net: namespace
 * @walk: state of the walk; may be kept between the messages of a dump
 *
 * Context: Process context.
 */
void tipc_sk_walk_begin(struct net *net, struct tipc_sk_walk *walk)
{
	walk->sk = NULL;
	rhashtable_walk_enter(&tipc_net(net)->socks->ht, &walk->iter);
}

/**
 * tipc_sk_walk_next() - the next socket of a walk
 * @walk: state of the walk
 *
 * Sockets that come and go meanwhile may be missed; when the table grows, some
 * may be seen twice. The socket is held until the next call; the caller may
 * sleep and lock it.
 *
 * Context: Process context.
 * Return: a socket, NULL at the end.
 */
struct sock *tipc_sk_walk_next(struct tipc_sk_walk *walk)
{
	struct tipc_sock *tsk;

	if (walk->sk) {
		sock_put(walk->sk);
		walk->sk = NULL;
	}
	rhashtable_walk_start(&walk->iter);
	do {
		tsk = rhashtable_walk_next(&walk->iter);
	} while (tsk == ERR_PTR(-EAGAIN) ||
		 (tsk && !refcount_inc_not_zero(&tsk->sk.sk_refcnt)));
	if (tsk)
		walk->sk = &tsk->sk;
	rhashtable_walk_stop(&walk->iter);
	return walk->sk;
}

/**
 * tipc_sk_walk_end() - end a walk, early or at its end
 * @walk: state of the walk
 *
 * Context: Process context.
 */
void tipc_sk_walk_end(struct tipc_sk_walk *walk)
{
	if (walk->sk)
		sock_put(walk->sk);
	rhashtable_walk_exit(&walk->iter);
}

/**
 * tipc_sk_net_init() - the table of a new namespace
 * @net: namespace
 *
 * Context: Process context. May sleep.
 * Return: 0 or a negative error.
 */
int tipc_sk_net_init(struct net *net)
{
	struct tipc_sk_table *table = kzalloc(sizeof(*table), GFP_KERNEL);
	int err;

	if (!table)
		return -ENOMEM;
	err = rhashtable_init(&table->ht, &port_params);
	if (err) {
		kfree(table);
		return err;
	}
	tipc_net(net)->socks = table;
	return 0;
}

/**
 * tipc_sk_net_exit() - a namespace goes; its sockets are gone
 * @net: namespace
 *
 * Context: Process context. May sleep.
 */
void tipc_sk_net_exit(struct net *net)
{
	struct tipc_sk_table *table = tipc_net(net)->socks;

	rhashtable_destroy(&table->ht);
	kfree(table);
}
