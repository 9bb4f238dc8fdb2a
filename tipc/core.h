/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the module share: the node that a network namespace is, its
 * identity and address, its tables, and its counters.
 */
#ifndef _TIPC_CORE_H
#define _TIPC_CORE_H

#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/tipc.h>
#include <linux/types.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "name_table.h"

#define TIPC_NET_ID_DEFAULT	4711
#define TIPC_NET_ID_MAX		9999

/* Room for an identity as text: 16 characters, or 32 hex digits, and a 0. */
#define TIPC_NODE_ID_STR	33

/* Interfaces over which other nodes are reached. */
#define TIPC_MAX_BEARERS	3

/* From so many nodes on the kernel's own module monitors in rings. */
#define TIPC_MON_THRESHOLD	32

struct netlink_ext_ack;
struct tipc_bcast_net;
struct tipc_bearer;
struct tipc_nodes;
struct tipc_sk_table;
struct tipc_topsrv;
struct proc_dir_entry;
struct ctl_table_header;

/* Traffic between sockets of one node: what is counted, per CPU, never reset. */
enum tipc_local_stat {
	TIPC_LOCAL_MSGS,	/* messages that reached a socket */
	TIPC_LOCAL_BYTES,	/* bytes of data in them */
	TIPC_LOCAL_MCASTS,	/* multicasts sent; each copy counts as a message */
	TIPC_LOCAL_NO_NAME,	/* rejected: nobody is bound to the name */
	TIPC_LOCAL_NO_PORT,	/* rejected: no such socket */
	TIPC_LOCAL_NO_NODE,	/* rejected: no such node */
	TIPC_LOCAL_OVERLOAD,	/* rejected: the receiver's queue was full */
	TIPC_LOCAL_SHUTDOWN,	/* rejected: the connection is gone */
	TIPC_LOCAL_DROPPED,	/* dropped, as the sender or the receiver asked */
	TIPC_LOCAL_LABEL,	/* refused by a check of labels */
	TIPC_LOCAL_NSTATS
};

/** struct tipc_local_stats - the counters of one CPU */
struct tipc_local_stats {
	/** @v: by enum tipc_local_stat; this_cpu_add() needs no lock. */
	u64			v[TIPC_LOCAL_NSTATS];
};

/**
 * struct tipc_net - the node that a network namespace is
 * @net: the namespace
 * @addr: address of the node, 0 until it is in a cluster. Set once, under
 *	@lock; read without a lock
 * @legacy: @addr was given as <Z.C.N>, and "closest first" is the rule
 * @net_id: clusters with other numbers are not seen
 * @node_id: identity, 128 bits; constant once @has_id is set
 * @node_id_str: the same for people, empty while there is none
 * @has_id: there is an identity. Set once, under @lock, after @node_id
 * @random: tells this namespace from others
 * @lock: taken by who configures the node
 * @names: the name table
 * @socks: the sockets by number; socket.c
 * @nodes: the other nodes; node.c
 * @bcast: broadcasts to them; bcast_net.c
 * @bearers: interfaces over which they are reached, under RTNL; bearer.c
 * @topsrv: the topology service; topsrv.c
 * @node_state: publication of this node as one that is up; NULL if it has no
 *	address. Under @lock
 * @local: counters of local traffic
 * @rcvbuf: sysctl tipc_rmem: smallest, usual and greatest receive buffer
 * @short_cut: sysctl short_cut: not over interfaces where that can be
 * @mon_threshold: what "tipc link monitor" shows; netlink_mon.c
 * @sysctls: /proc/sys/net/tipc
 * @proc: /proc/net/tipc
 */
struct tipc_net {
	struct net			*net;
	u32				addr;
	bool				legacy;
	u32				net_id;
	u8				node_id[TIPC_NODEID_LEN];
	char				node_id_str[TIPC_NODE_ID_STR];
	bool				has_id;
	u32				random;
	struct mutex			lock;
	struct tipc_nametbl		names;
	struct tipc_sk_table		*socks;
	struct tipc_nodes		*nodes;
	struct tipc_bcast_net		*bcast;
	struct tipc_bearer __rcu	*bearers[TIPC_MAX_BEARERS];
	struct tipc_topsrv		*topsrv;
	struct tipc_publ		*node_state;
	struct tipc_local_stats __percpu *local;
	int				rcvbuf[3];
	int				short_cut;
	u32				mon_threshold;
	struct ctl_table_header		*sysctls;
	struct proc_dir_entry		*proc;
};

extern unsigned int tipc_net_generic;

/**
 * tipc_net() - the node of a network namespace
 * @net: the namespace
 *
 * Context: Any.
 * Return: the node; it lives as long as @net.
 */
static inline struct tipc_net *tipc_net(const struct net *net)
{
	return net_generic(net, tipc_net_generic);
}

/**
 * tipc_own_addr() - the address of this node
 * @net: its namespace
 *
 * Context: Any.
 * Return: the address; 0 while the node has none.
 */
static inline u32 tipc_own_addr(const struct net *net)
{
	return READ_ONCE(tipc_net(net)->addr);
}

/**
 * tipc_in_own_node() - is this an address of this node?
 * @net: its namespace
 * @node: an address; 0 is always this node
 *
 * Context: Any.
 * Return: whether it is.
 */
static inline bool tipc_in_own_node(const struct net *net, u32 node)
{
	return !node || node == tipc_own_addr(net);
}

/**
 * tipc_local_add() - count something of the local traffic
 * @net: where
 * @what: the counter
 * @n: how much
 *
 * Context: Any but hard interrupts.
 */
static inline void tipc_local_add(const struct net *net,
				  enum tipc_local_stat what, u64 n)
{
	this_cpu_add(tipc_net(net)->local->v[what], n);
}

/* net.c */
int tipc_net_set_identity(struct net *net, const u8 *id,
			  struct netlink_ext_ack *extack);
int tipc_net_set_addr(struct net *net, u32 addr,
		      struct netlink_ext_ack *extack);
int tipc_net_set_id(struct net *net, u32 net_id,
		    struct netlink_ext_ack *extack);
int tipc_net_start(struct net *net, u32 addr);
u32 tipc_node_id_hash(const u8 *id);
void tipc_node_id_to_str(const u8 *id, char *str);
u64 tipc_local_read(const struct net *net, enum tipc_local_stat what);
int tipc_net_register(void);
void tipc_net_unregister(void);

/* sysctl.c */
int tipc_sysctl_net_init(struct net *net);
void tipc_sysctl_net_exit(struct net *net);

/* topsrv.c: registered after the sockets, which it uses. */
int tipc_topsrv_register(void);
void tipc_topsrv_unregister(void);

/* proc.c */
int tipc_proc_net_init(struct net *net);
void tipc_proc_net_exit(struct net *net);

/* netlink.c, diag.c */
int tipc_netlink_register(void);
void tipc_netlink_unregister(void);
int tipc_diag_register(void);
void tipc_diag_unregister(void);

#endif /* _TIPC_CORE_H */
