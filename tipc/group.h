/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Communication groups, as the other socket files call them. There are none
 * yet: joining is refused.
 */
#ifndef _TIPC_GROUP_H
#define _TIPC_GROUP_H

#include "sock.h"

static inline unsigned int tipc_group_judge(struct tipc_sock *tsk,
					    struct sk_buff *skb,
					    unsigned int verdict)
{
	return TIPC_ERR_NO_PORT;
}

static inline void tipc_group_protocol_rcv(struct tipc_sock *tsk,
					   struct sk_buff *skb)
{
}

static inline int tipc_group_send(struct socket *sock, struct msghdr *m,
				  size_t dlen)
{
	return -EOPNOTSUPP;
}

static inline bool tipc_group_writable(const struct tipc_sock *tsk)
{
	return true;
}

static inline void tipc_group_put_member(struct msghdr *m,
					 const struct sk_buff *skb)
{
}

static inline int tipc_group_event_flags(const struct sk_buff *skb)
{
	return 0;
}

static inline void tipc_group_was_read(struct tipc_sock *tsk,
				       const struct sk_buff *skb)
{
}

static inline int tipc_group_join(struct sock *sk,
				  const struct tipc_group_req *req)
{
	return -EOPNOTSUPP;
}

static inline int tipc_group_leave(struct sock *sk)
{
	return -EINVAL;
}

static inline u32 tipc_group_type(struct tipc_sock *tsk, u32 *instance)
{
	*instance = 0;
	return 0;
}

#endif /* _TIPC_GROUP_H */
