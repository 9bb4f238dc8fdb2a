/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a member of a communication group knows of the others, for group.c and
 * for group_proto.c, which speaks with members on other nodes.
 *
 * Locking: a group's order lock is taken before the state lock of its socket.
 * What goes to members on other nodes is numbered and sent under it, so that it
 * is sent in the order of the numbers, and that a member that is just being
 * greeted misses none. The rest is guarded by the state lock.
 */
#ifndef _TIPC_MEMBER_H
#define _TIPC_MEMBER_H

#include <linux/list.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>

#include "name_table.h"
#include "sock.h"

/* Members are found by the low bits of their random port. */
#define TIPC_MEMBER_BITS	6

/* Kinds of membership events, in the last word of their header. */
enum { TIPC_MEMBER_JOINED, TIPC_MEMBER_LEFT, TIPC_MEMBER_LAGS };

/**
 * struct tipc_group - the membership of a socket
 * @tsk: the socket
 * @sub: how it hears of the others
 * @publ: how others hear of it
 * @type: of the group
 * @instance: of this member
 * @scope: of the group
 * @flags: TIPC_GROUP_LOOPBACK, TIPC_GROUP_MEMBER_EVTS
 * @order: see above
 * @members: all that are known, this one too
 * @by_port: the same, by port
 * @snd_nxt: number of the next message to all
 * @nactive: members with a large window
 * @nstrangers: members that sent JOIN and whose name is not known
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
	u8			scope;
	u32			flags;
	spinlock_t		order;
	struct list_head	members;
	struct hlist_head	by_port[1 << TIPC_MEMBER_BITS];
	u16			snd_nxt;
	unsigned int		nactive;
	unsigned int		nstrangers;
	bool			wanted;
	bool			blocked;
	struct rcu_head		rcu;
};

/**
 * struct tipc_member - what a member knows of another
 * @of_group: among the members; the one that got an anycast goes to the end
 * @hash: among them by port
 * @port: its socket
 * @node: its node
 * @instance: its instance
 * @lags: it was reported to lag
 * @remote: it is on another node; only then what follows is used
 * @published: its name is in the table
 * @greeted: it was sent JOIN: it has to be sent all messages to all
 * @joined: it sent JOIN: it can be sent to and heard of
 * @leaving: it sent LEAVE: it is gone after message number @last
 * @active: it has a large window
 * @last: see @leaving
 * @rcv_nxt: number of its next message to all
 * @window: blocks that may be sent to it
 * @granted: blocks that it may send, and that were not read
 * @queued: blocks of it that were not read
 * @deferred: its messages that came before their turn, in order
 */
struct tipc_member {
	struct list_head	of_group;
	struct hlist_node	hash;
	u32			port;
	u32			node;
	u32			instance;
	bool			lags;

	bool			remote;
	bool			published;
	bool			greeted;
	bool			joined;
	bool			leaving;
	bool			active;
	u16			last;
	u16			rcv_nxt;
	int			window;
	int			granted;
	int			queued;
	struct sk_buff_head	deferred;
};

/* With the state lock held. */
static inline struct tipc_group *tipc_group_of(const struct tipc_sock *tsk)
{
	return rcu_dereference_protected(tsk->group,
			lockdep_is_held(&tsk->sk.sk_receive_queue.lock));
}

/* Can it be sent to, is it seen? */
static inline bool tipc_member_there(const struct tipc_member *m)
{
	return !m->remote || (m->published && m->joined && !m->leaving);
}

/* group.c */
struct tipc_member *tipc_member_find(struct tipc_group *grp, u32 port,
				     u32 node);
struct tipc_member *tipc_member_new(struct tipc_group *grp, u32 port,
				    u32 node);
void tipc_member_free(struct tipc_group *grp, struct tipc_member *m);
void tipc_member_event(struct tipc_group *grp, const struct tipc_member *m,
		       int what);

/* group_proto.c */
void tipc_member_found(struct tipc_group *grp, const struct tipc_publ *publ,
		       struct sk_buff_head *xmitq);
void tipc_member_lost(struct tipc_group *grp, struct tipc_member *m);
void tipc_member_part(struct tipc_group *grp, struct tipc_member *m,
		      struct sk_buff_head *xmitq);
void tipc_members_part(struct tipc_group *grp, struct sk_buff_head *xmitq);
void tipc_member_read(struct tipc_group *grp, const struct sk_buff *skb,
		      struct sk_buff_head *xmitq);
int tipc_group_nodes(struct tipc_group *grp, unsigned int blocks,
		     struct tipc_dests *nodes);
void tipc_group_xmit(struct net *net, struct sk_buff_head *xmitq);

#endif /* _TIPC_MEMBER_H */
