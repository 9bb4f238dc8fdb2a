/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Communication groups, as the other socket files call them. See group.c.
 */
#ifndef _TIPC_GROUP_H
#define _TIPC_GROUP_H

#include "sock.h"

unsigned int tipc_group_judge(struct tipc_sock *tsk, struct sk_buff *skb,
			      unsigned int verdict);
int tipc_group_send(struct socket *sock, struct msghdr *m, size_t dlen);
bool tipc_group_writable(const struct tipc_sock *tsk);
void tipc_group_put_member(struct msghdr *m, const struct sk_buff *skb);
int tipc_group_event_flags(const struct sk_buff *skb);
void tipc_group_was_read(struct tipc_sock *tsk, const struct sk_buff *skb);
int tipc_group_join(struct sock *sk, const struct tipc_group_req *req);
int tipc_group_leave(struct sock *sk);
u32 tipc_group_type(struct tipc_sock *tsk, u32 *instance);

/* group_proto.c: members on other nodes. */
void tipc_group_receive(struct tipc_sock *tsk, struct sk_buff *skb);
void tipc_group_protocol(struct tipc_sock *tsk, struct sk_buff *skb);

#endif /* _TIPC_GROUP_H */
