/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What AF_TIPC sockets of CGL Modules have beyond <linux/tipc.h>.
 *
 * Options of the level SOL_TIPC, each a __u32, to be set and read:
 *
 *	option			values		errors
 *	TIPC_BIND_EXCLUSIVE	0, 1		EINVAL
 *	TIPC_BIND_VISIBLE	0, 1		EINVAL
 *	TIPC_GROUP_LAG		TIPC_LAG_*	EINVAL
 *
 * TIPC_BIND_EXCLUSIVE: bindings that are made while it is 1 are the only ones
 * in their range. bind() fails with EADDRINUSE when a range overlaps one that
 * is bound exclusively, or is to be exclusive and overlaps any. The bindings of
 * one socket may overlap each other.
 *
 * TIPC_BIND_VISIBLE: a bind() of cluster scope while it is 1 returns when all nodes
 * that a link leads to know the name: what they send to it, multicasts too, comes
 * from then on. A node that is lost meanwhile is not waited for. When SO_SNDTIMEO
 * is over, bind() fails with EAGAIN; it does with EINTR as other calls do; then
 * nothing is bound. Nodes that run the kernel's own module count as any other.
 *
 * TIPC_GROUP_LAG: what a send to a communication group does about a member
 * whose receive buffer is full. The sender is told which member it was, by a
 * message without data that is received with MSG_OOB | MSG_ERRQUEUE, once until
 * that member has caught up. A member on another node cannot go without a single
 * message, because all members count messages: with TIPC_LAG_SKIP, too, it gets
 * nothing more from this sender, which it sees leave.
 */
#ifndef _UAPI_LINUX_CGL_TIPC_H
#define _UAPI_LINUX_CGL_TIPC_H

#include <linux/types.h>

#define TIPC_BIND_EXCLUSIVE	192	/* Default: 0 */
#define TIPC_BIND_VISIBLE	194	/* Default: 0 */
#define TIPC_GROUP_LAG		193	/* Default: TIPC_LAG_WAIT */

#define TIPC_LAG_WAIT		0	/* wait for the member; not reported */
#define TIPC_LAG_SKIP		1	/* the member goes without the message */
#define TIPC_LAG_EXPEL		2	/* the member has to leave the group; its
					 * next receive fails with ENOBUFS once
					 */

/*
 * Events of the source "tipc" of aem, with a struct tipc_aem_node. A listener
 * needs CAP_NET_ADMIN in the initial user namespace.
 */
#define TIPC_AEM_NODE_UP	0	/* the first link to a node is up */
#define TIPC_AEM_NODE_DOWN	1	/* the last link to a node is down */

/**
 * struct tipc_aem_node - which node it was
 * @netns: inode number of the network namespace that is the own node
 * @own: its address
 * @node: address of the node that came or went
 * @pad: 0
 * @id: identity of that node
 */
struct tipc_aem_node {
	__u32 netns;
	__u32 own;
	__u32 node;
	__u32 pad;
	__u8 id[16];
};

#endif /* _UAPI_LINUX_CGL_TIPC_H */
