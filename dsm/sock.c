// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose label a socket has, and what was last allowed to it.
 *
 * Every IPv4, IPv6 and AF_UNIX socket that was made since load is in a table,
 * and those that tasks had open then, or that were connections of TCP. A socket
 * that is not is nobody's, and is given nothing to read, unless the kernel made
 * it for itself.
 *
 * The last verdict is kept with the socket: the next packet with the same
 * addresses and the same option, under the same policy, gets the same answer
 * for a comparison of a few words. It is written under the entry's lock, which
 * nobody waits for, and read by sequence count.
 *
 * Locking: one lock for each group of buckets, taken with interrupts off, which
 * costs less than bottom halves, for changes. Readers are in an RCU read-side
 * section. An entry goes when the socket is freed, and its memory may be another
 * socket's at once.
 */
#include <linux/fdtable.h>
#include <linux/hash.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <net/inet_hashtables.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "dsm.h"

#define SOCK_LOCKS	64

static unsigned int sock_bits __read_mostly = 14;
module_param_named(socket_bits, sock_bits, uint, 0444);
MODULE_PARM_DESC(socket_bits, "Size of the table of sockets as a power of two (10 to 20, default 14)");

/* The table, and what makes a hash the number of a bucket. */
struct hlist_nulls_head *dsm_socks __read_mostly;
unsigned int dsm_sock_shift __read_mostly;
static struct kmem_cache *sock_cache __read_mostly;
static spinlock_t sock_locks[SOCK_LOCKS];
static atomic_long_t nsocks;

static spinlock_t *lock_of(unsigned int bucket)
{
	return &sock_locks[bucket % SOCK_LOCKS];
}

/**
 * dsm_sock_sid() - SID of a socket
 * @sk: which
 *
 * Context: Any context.
 * Return: its SID; 0 if it is not known and not the kernel's.
 */
u32 dsm_sock_sid(const struct sock *sk)
{
	const struct dsm_sock *ds;
	u32 sid = 0;

	rcu_read_lock_sched();
	ds = dsm_sock_find(sk);
	if (ds)
		sid = dsm_sid_of(ds->sid);
	else if (sk->sk_kern_sock)
		sid = dsm_sid_of(0);
	rcu_read_unlock_sched();
	return sid;
}

static u32 class_inet(int type, int protocol)
{
	switch (type) {
	case SOCK_STREAM:
		return protocol == IPPROTO_SCTP ? DSM_CLASS_SCTP :
						  DSM_CLASS_TCP;
	case SOCK_SEQPACKET:
		return DSM_CLASS_SCTP;
	case SOCK_DGRAM:
		if (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6)
			return DSM_CLASS_ICMP;
		return DSM_CLASS_UDP;
	}
	return DSM_CLASS_RAW;
}

/**
 * dsm_sock_class() - class of a socket
 * @family: AF_*
 * @type: SOCK_*
 * @protocol: IPPROTO_*, 0 for the family's default
 *
 * Return: enum dsm_class; DSM_CLASS_NONE for what dsm does not look at.
 */
u32 dsm_sock_class(int family, int type, int protocol)
{
	switch (family) {
	case AF_INET:
	case AF_INET6:
		return class_inet(type, protocol);
	case AF_UNIX:
		return type == SOCK_DGRAM ? DSM_CLASS_UNIX_DGRAM :
					    DSM_CLASS_UNIX_STREAM;
	case AF_PACKET:
		return DSM_CLASS_PACKET;
	}
	return DSM_CLASS_NONE;
}

static struct dsm_sock *sock_new(const struct sock *sk, u32 class, u32 sid,
				 gfp_t gfp)
{
	struct dsm_sock *ds = kmem_cache_alloc(sock_cache, gfp);

	if (!ds)
		return NULL;
	/* Without a generation the rest of the verdict is not looked at. */
	ds->verdict.generation = 0;
	ds->peer = (struct dsm_peer) {};
	ds->dest = 0;
	WRITE_ONCE(ds->sk, sk);
	ds->class = class;
	ds->sid = sid;
	seqcount_init(&ds->seq);
	spin_lock_init(&ds->lock);
	return ds;
}

static void sock_insert(struct dsm_sock *ds)
{
	unsigned int bucket = dsm_sock_bucket(ds->sk);
	unsigned long flags;

	spin_lock_irqsave(lock_of(bucket), flags);
	if (unlikely(dsm_sock_find_in(bucket, ds->sk))) {
		kmem_cache_free(sock_cache, ds);
	} else {
		hlist_nulls_add_head_rcu(&ds->node, &dsm_socks[bucket]);
		atomic_long_inc(&nsocks);
	}
	spin_unlock_irqrestore(lock_of(bucket), flags);
}

/* What was allowed to a listening socket is allowed to its connection. */
static void verdict_copy(struct dsm_sock *to, const struct dsm_sock *from)
{
	unsigned int seq = raw_read_seqcount(&from->seq);

	to->verdict = from->verdict;
	if ((seq & 1) || read_seqcount_retry(&from->seq, seq))
		to->verdict.generation = 0;
}

/**
 * dsm_sock_add() - a socket came into being, or is found at load
 * @sk: which
 * @class: enum dsm_class
 * @sid: of it, or 0 for the initial SID
 * @gfp: how to allocate
 *
 * One that is known already stays as it is.
 *
 * Context: Any context but hard interrupts.
 * Return: 0, or -ENOMEM.
 */
int dsm_sock_add(const struct sock *sk, u32 class, u32 sid, gfp_t gfp)
{
	struct dsm_sock *ds = sock_new(sk, class, sid, gfp);

	if (!ds)
		return -ENOMEM;
	sock_insert(ds);
	return 0;
}

/**
 * dsm_sock_clone() - a connection comes off a listening socket
 * @from: the listening socket, or the one that is peeled off
 * @to: the new one
 *
 * Without memory the new socket stays unknown, and gets nothing to read.
 *
 * Context: Softirq or process context. Does not sleep.
 */
void dsm_sock_clone(const struct sock *from, const struct sock *to)
{
	const struct dsm_sock *ds;
	struct dsm_sock *new;

	rcu_read_lock_sched();
	ds = dsm_sock_find(from);
	if (ds) {
		new = sock_new(to, ds->class, ds->sid,
			       GFP_ATOMIC | __GFP_NOWARN);
		if (new) {
			verdict_copy(new, ds);
			sock_insert(new);
		} else {
			dsm_reason_inc(DSM_REASON_NO_MEMORY);
		}
	}
	rcu_read_unlock_sched();
}

/**
 * dsm_sock_shut() - a socket is shut down, and stays open
 * @sk: which
 *
 * Context: Process context.
 */
void dsm_sock_shut(const struct sock *sk)
{
	const struct dsm_sock *ds;

	rcu_read_lock_bh();
	ds = dsm_sock_find(sk);
	if (ds && ds->class == DSM_CLASS_TCP && ds->sid)
		dsm_timewait_keep(sk, ds->sid, true);
	rcu_read_unlock_bh();
}

/**
 * dsm_sock_forget() - a socket is freed
 * @sk: which
 *
 * Context: Any context but hard interrupts.
 */
void dsm_sock_forget(const struct sock *sk)
{
	unsigned int bucket = dsm_sock_bucket(sk);
	struct dsm_sock *ds;
	unsigned long flags;

	if (hlist_nulls_empty(&dsm_socks[bucket]))
		return;
	spin_lock_irqsave(lock_of(bucket), flags);
	ds = dsm_sock_find_in(bucket, sk);
	if (ds) {
		hlist_nulls_del_rcu(&ds->node);
		atomic_long_dec(&nsocks);
	}
	spin_unlock_irqrestore(lock_of(bucket), flags);
	if (!ds)
		return;
	if (ds->class == DSM_CLASS_TCP && ds->sid &&
	    rcu_access_pointer(dsm_active))
		dsm_timewait_keep(sk, ds->sid, false);
	kmem_cache_free(sock_cache, ds);
}

/* The next IP socket in a bucket after @skip of them, with a reference. */
static struct sock *sock_hold_nth(unsigned int bucket, unsigned int skip)
{
	struct hlist_nulls_node *n;
	struct sock *found = NULL;
	struct dsm_sock *ds;
	unsigned long flags;

	spin_lock_irqsave(lock_of(bucket), flags);
	hlist_nulls_for_each_entry(ds, n, &dsm_socks[bucket], node) {
		struct sock *sk = (struct sock *)ds->sk;

		if (ds->class >= DSM_CLASS_PACKET || skip-- > 0)
			continue;
		if (refcount_inc_not_zero(&sk->sk_refcnt)) {
			found = sk;
			break;
		}
		skip = 0;
	}
	spin_unlock_irqrestore(lock_of(bucket), flags);
	return found;
}

/**
 * dsm_sock_walk() - look at every IP socket
 * @look: called for each, with a reference held. May sleep
 *
 * Sockets that come meanwhile may be left out, those that go may shift others
 * out of sight: for work that is done again where it is missed.
 *
 * Context: Process context. May sleep.
 */
void dsm_sock_walk(void (*look)(struct sock *sk))
{
	unsigned int bucket, n;
	struct sock *sk;

	for (bucket = 0; bucket < 1U << sock_bits; bucket++) {
		for (n = 0; !hlist_nulls_empty(&dsm_socks[bucket]); n++) {
			sk = sock_hold_nth(bucket, n);
			if (!sk)
				break;
			look(sk);
			sock_put(sk);
		}
		cond_resched();
	}
}

/* ---- what is there at load ------------------------------------------------------ */

static int scan_file(const void *unused, struct file *file, unsigned int fd)
{
	struct socket *sock = sock_from_file(file);
	const struct sock *sk = sock ? sock->sk : NULL;
	u32 class = sk ? dsm_sock_class(sk->sk_family, sk->sk_type,
					sk->sk_protocol) : DSM_CLASS_NONE;

	if (class)
		return dsm_sock_add(sk, class, 0, GFP_ATOMIC);
	return 0;
}

/* A socket that is hashed is freed later than it is unhashed, under this lock. */
static void scan_bucket(struct inet_hashinfo *hashinfo, unsigned int bucket)
{
	struct hlist_nulls_head *chain = &hashinfo->ehash[bucket].chain;
	spinlock_t *lock = inet_ehash_lockp(hashinfo, bucket);
	struct hlist_nulls_node *n;
	struct sock *sk;

	if (hlist_nulls_empty(chain))
		return;
	spin_lock_bh(lock);
	sk_nulls_for_each(sk, n, chain)
		if (sk_fullsock(sk) && sk->sk_protocol == IPPROTO_TCP)
			dsm_sock_add(sk, DSM_CLASS_TCP, 0, GFP_ATOMIC);
	spin_unlock_bh(lock);
}

/* Connections that nobody has open any more, or has accepted yet. */
static void scan_tcp(void)
{
	struct inet_hashinfo *hashinfo, *last = NULL;
	unsigned int bucket;
	struct net *net;

	down_read(&net_rwsem);
	for_each_net(net) {
		hashinfo = net->ipv4.tcp_death_row.hashinfo;
		/* Most namespaces share one table. */
		if (hashinfo == last)
			continue;
		last = hashinfo;
		for (bucket = 0; bucket <= hashinfo->ehash_mask; bucket++) {
			scan_bucket(hashinfo, bucket);
			cond_resched();
		}
	}
	up_read(&net_rwsem);
}

/**
 * dsm_sock_scan() - find the sockets that there are
 *
 * At load, when new ones are already seen by the hooks: those that tasks have
 * open, and TCP's connections. A socket that is on its way in a message is not
 * known, and is closed to its receiver, unless it is a connection of TCP.
 *
 * Context: Process context. May sleep.
 */
void dsm_sock_scan(void)
{
	struct task_struct *task;

	rcu_read_lock();
	for_each_process(task) {
		task_lock(task);
		if (task->files)
			iterate_fd(task->files, 0, scan_file, NULL);
		task_unlock(task);
	}
	rcu_read_unlock();
	scan_tcp();
}

/**
 * dsm_sock_count() - number of sockets that are known
 *
 * Return: that.
 */
u64 dsm_sock_count(void)
{
	return atomic_long_read(&nsocks);
}

/**
 * dsm_sock_init() - make the table
 *
 * Return: 0, or -ENOMEM.
 */
int dsm_sock_init(void)
{
	unsigned int i;

	sock_bits = clamp(sock_bits, 10U, 20U);
	dsm_sock_shift = 64 - sock_bits;
	for (i = 0; i < SOCK_LOCKS; i++)
		spin_lock_init(&sock_locks[i]);
	sock_cache = kmem_cache_create("dsm_sock", sizeof(struct dsm_sock), 0,
				       SLAB_TYPESAFE_BY_RCU, NULL);
	if (!sock_cache)
		return -ENOMEM;
	dsm_socks = kvmalloc_array(1UL << sock_bits, sizeof(*dsm_socks),
				   GFP_KERNEL);
	if (!dsm_socks) {
		kmem_cache_destroy(sock_cache);
		return -ENOMEM;
	}
	for (i = 0; i < 1U << sock_bits; i++)
		INIT_HLIST_NULLS_HEAD(&dsm_socks[i], i);
	return 0;
}

/**
 * dsm_sock_exit() - free all entries
 *
 * Context: Process context, after the hooks are gone.
 */
void dsm_sock_exit(void)
{
	struct hlist_nulls_node *n;
	struct dsm_sock *ds;
	unsigned int i;

	for (i = 0; i < 1U << sock_bits; i++)
		while (!hlist_nulls_empty(&dsm_socks[i])) {
			n = dsm_socks[i].first;
			ds = hlist_nulls_entry(n, struct dsm_sock, node);
			hlist_nulls_del_rcu(n);
			kmem_cache_free(sock_cache, ds);
		}
	kmem_cache_destroy(sock_cache);
	kvfree(dsm_socks);
}
