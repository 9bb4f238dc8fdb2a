/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints, of the system "tipc":
 *
 *	tipc_topology_event	a subscriber is told something
 *	tipc_refused		a message is refused, with the reason
 *	tipc_binding		a socket of this node is bound, or no longer
 *	tipc_connection		a connection begins, or ends
 *	tipc_stall		a sender has to wait, with the reason
 *	tipc_member		a member of a group is sent an event about another
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tipc

#if !defined(_TIPC_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TIPC_TRACE_H

#include <linux/tipc.h>
#include <linux/tracepoint.h>
#include <net/net_namespace.h>

#include "msg.h"
#include "name_table.h"

TRACE_EVENT(tipc_refused,
	TP_PROTO(const struct net *net, const struct tipc_msg *msg,
		 unsigned int reason),
	TP_ARGS(net, msg, reason),
	TP_STRUCT__entry(
		__field(u32, netns)
		__field(u32, reason)
		__field(u32, user)
		__field(u32, type)
		__field(u32, size)
		__field(u32, orig_node)
		__field(u32, orig_port)
		__field(u32, dest_port)
	),
	TP_fast_assign(
		__entry->netns = net->ns.inum;
		__entry->reason = reason;
		__entry->user = tipc_msg_user(msg);
		__entry->type = tipc_msg_type(msg);
		__entry->size = tipc_msg_data_size(msg);
		__entry->orig_node = tipc_msg_orig_node(msg);
		__entry->orig_port = tipc_msg_orig_port(msg);
		__entry->dest_port = tipc_msg_dest_port(msg);
	),
	TP_printk("netns=%u reason=%s user=%u type=%u size=%u from=%u@%08x to=%u",
		  __entry->netns,
		  __print_symbolic(__entry->reason,
				   { TIPC_ERR_NO_NAME, "no name" },
				   { TIPC_ERR_NO_PORT, "no port" },
				   { TIPC_ERR_NO_NODE, "no node" },
				   { TIPC_ERR_OVERLOAD, "overload" },
				   { TIPC_CONN_SHUTDOWN, "shutdown" }),
		  __entry->user, __entry->type, __entry->size,
		  __entry->orig_port, __entry->orig_node, __entry->dest_port)
);

TRACE_EVENT(tipc_topology_event,
	TP_PROTO(const struct net *net, u32 event, const struct tipc_publ *publ,
		 const struct tipc_sub *sub),
	TP_ARGS(net, event, publ, sub),
	TP_STRUCT__entry(
		__field(u32, netns)
		__field(u32, event)
		__field(u32, type)
		__field(u32, lower)
		__field(u32, upper)
		__field(u32, port)
		__field(u32, node)
		__field(u32, scope)
		__field(u32, sub_lower)
		__field(u32, sub_upper)
		__field(u32, filter)
	),
	TP_fast_assign(
		__entry->netns = net->ns.inum;
		__entry->event = event;
		__entry->type = publ->type;
		__entry->lower = publ->lower;
		__entry->upper = publ->upper;
		__entry->port = publ->port;
		__entry->node = publ->node;
		__entry->scope = publ->scope;
		__entry->sub_lower = sub->lower;
		__entry->sub_upper = sub->upper;
		__entry->filter = sub->filter;
	),
	TP_printk("netns=%u event=%s name={%u,%u,%u} socket=%u@%08x scope=%u subscription={%u,%u,%u} filter=0x%x",
		  __entry->netns,
		  __print_symbolic(__entry->event,
				   { TIPC_PUBLISHED, "published" },
				   { TIPC_WITHDRAWN, "withdrawn" }),
		  __entry->type, __entry->lower, __entry->upper,
		  __entry->port, __entry->node, __entry->scope,
		  __entry->type, __entry->sub_lower, __entry->sub_upper,
		  __entry->filter)
);

TRACE_EVENT(tipc_binding,
	TP_PROTO(const struct net *net, const struct tipc_publ *publ,
		 bool bound),
	TP_ARGS(net, publ, bound),
	TP_STRUCT__entry(
		__field(u32, netns)
		__field(u32, port)
		__field(u32, type)
		__field(u32, lower)
		__field(u32, upper)
		__field(u32, scope)
		__field(bool, bound)
	),
	TP_fast_assign(
		__entry->netns = net->ns.inum;
		__entry->port = publ->port;
		__entry->type = publ->type;
		__entry->lower = publ->lower;
		__entry->upper = publ->upper;
		__entry->scope = publ->scope;
		__entry->bound = bound;
	),
	TP_printk("netns=%u socket=%u %s name={%u,%u,%u} scope=%u",
		  __entry->netns, __entry->port,
		  __entry->bound ? "bound" : "withdrawn", __entry->type,
		  __entry->lower, __entry->upper, __entry->scope)
);

TRACE_EVENT(tipc_connection,
	TP_PROTO(const struct net *net, u32 port, u32 peer_port, u32 peer_node,
		 bool begins, int err),
	TP_ARGS(net, port, peer_port, peer_node, begins, err),
	TP_STRUCT__entry(
		__field(u32, netns)
		__field(u32, port)
		__field(u32, peer_port)
		__field(u32, peer_node)
		__field(bool, begins)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->netns = net->ns.inum;
		__entry->port = port;
		__entry->peer_port = peer_port;
		__entry->peer_node = peer_node;
		__entry->begins = begins;
		__entry->err = err;
	),
	TP_printk("netns=%u socket=%u %s peer=%u@%08x error=%d",
		  __entry->netns, __entry->port,
		  __entry->begins ? "begins" : "ends", __entry->peer_port,
		  __entry->peer_node, __entry->err)
);

/* What a sender waits for. */
#define TIPC_STALL_LINK		0
#define TIPC_STALL_READER	1
#define TIPC_STALL_MEMBER	2

TRACE_EVENT(tipc_stall,
	TP_PROTO(const struct net *net, u32 port, unsigned int what),
	TP_ARGS(net, port, what),
	TP_STRUCT__entry(
		__field(u32, netns)
		__field(u32, port)
		__field(u32, what)
	),
	TP_fast_assign(
		__entry->netns = net->ns.inum;
		__entry->port = port;
		__entry->what = what;
	),
	TP_printk("netns=%u socket=%u waits for a %s", __entry->netns,
		  __entry->port,
		  __print_symbolic(__entry->what,
				   { TIPC_STALL_LINK, "link" },
				   { TIPC_STALL_READER, "reader" },
				   { TIPC_STALL_MEMBER, "member" }))
);

TRACE_EVENT(tipc_member,
	TP_PROTO(const struct net *net, u32 port, u32 group, u32 instance,
		 u32 member_port, u32 member_node, int what),
	TP_ARGS(net, port, group, instance, member_port, member_node, what),
	TP_STRUCT__entry(
		__field(u32, netns)
		__field(u32, port)
		__field(u32, group)
		__field(u32, instance)
		__field(u32, member_port)
		__field(u32, member_node)
		__field(int, what)
	),
	TP_fast_assign(
		__entry->netns = net->ns.inum;
		__entry->port = port;
		__entry->group = group;
		__entry->instance = instance;
		__entry->member_port = member_port;
		__entry->member_node = member_node;
		__entry->what = what;
	),
	TP_printk("netns=%u socket=%u group=%u member %u %u@%08x %s",
		  __entry->netns, __entry->port, __entry->group,
		  __entry->instance, __entry->member_port,
		  __entry->member_node,
		  __print_symbolic(__entry->what, { 0, "joined" },
				   { 1, "left" }, { 2, "lags" }))
);

#endif /* _TIPC_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
