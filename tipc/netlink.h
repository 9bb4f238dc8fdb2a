/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the generic netlink family "TIPCv2" share.
 */
#ifndef _TIPC_NETLINK_H
#define _TIPC_NETLINK_H

#include <linux/netlink.h>
#include <linux/tipc_netlink.h>
#include <net/genetlink.h>

struct tipc_bearer_props;
struct tipc_sk_info;

extern struct genl_family tipc_genl_family;

/* netlink.c */
int tipc_nl_nest(struct nlattr **tb, int max, const struct genl_info *info,
		 int attr, const struct nla_policy *policy);
int tipc_nl_name(const struct genl_info *info, const struct nlattr *attr,
		 const char **name);
void *tipc_nl_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd);
int tipc_nl_reply(struct genl_info *info, u8 cmd,
		  int (*fill)(struct sk_buff *skb, void *arg), void *arg);
int tipc_nl_dump_one(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		     int (*put)(struct sk_buff *skb, void *arg), void *arg);

/* netlink_sock.c: sockets, also for diag.c */
int tipc_nl_put_conn(struct sk_buff *skb, const struct tipc_sk_info *info);
int tipc_nl_put_group(struct sk_buff *skb, const struct tipc_sk_info *info);
int tipc_nl_sock_start(struct netlink_callback *cb);
int tipc_nl_sock_done(struct netlink_callback *cb);
int tipc_nl_sock_walk(struct sk_buff *skb, struct netlink_callback *cb,
		      int (*show)(struct sk_buff *skb,
				  struct netlink_callback *cb,
				  struct sock *sk));
int tipc_nl_sock_dump(struct sk_buff *skb, struct netlink_callback *cb);
int tipc_nl_publ_dump(struct sk_buff *skb, struct netlink_callback *cb);

/* netlink_bearer.c: media and bearers, and properties, also of links */

/* Where the greatest packet is that of the interface, it is left out. */
#define TIPC_NL_NO_MTU	(~0u)

int tipc_nl_put_props(struct sk_buff *skb, int attr, u32 prio, u32 tol, u32 win,
		      u32 mtu);
int tipc_nl_get_props(struct nlattr *nest, struct nlattr **tb,
		      struct netlink_ext_ack *extack);
int tipc_nl_read_props(struct nlattr *nest, struct tipc_bearer_props *props,
		       struct netlink_ext_ack *extack);
int tipc_nl_media_get(struct sk_buff *skb, struct genl_info *info);
int tipc_nl_media_dump(struct sk_buff *skb, struct netlink_callback *cb);
int tipc_nl_media_set(struct sk_buff *skb, struct genl_info *info);
int tipc_nl_bearer_get(struct sk_buff *skb, struct genl_info *info);
int tipc_nl_bearer_dump(struct sk_buff *skb, struct netlink_callback *cb);
int tipc_nl_bearer_enable(struct sk_buff *skb, struct genl_info *info);
int tipc_nl_bearer_disable(struct sk_buff *skb, struct genl_info *info);
int tipc_nl_bearer_set(struct sk_buff *skb, struct genl_info *info);
int tipc_nl_bearer_add(struct sk_buff *skb, struct genl_info *info);
int tipc_nl_remote_dump(struct sk_buff *skb, struct netlink_callback *cb);

/* netlink_link.c */
int tipc_nl_link_get(struct sk_buff *skb, struct genl_info *info);
int tipc_nl_link_dump(struct sk_buff *skb, struct netlink_callback *cb);
int tipc_nl_link_set(struct sk_buff *skb, struct genl_info *info);
int tipc_nl_link_reset_stats(struct sk_buff *skb, struct genl_info *info);

/* netlink_node.c: other nodes, and what is refused */
int tipc_nl_node_dump(struct sk_buff *skb, struct netlink_callback *cb);
int tipc_nl_peer_remove(struct sk_buff *skb, struct genl_info *info);
int tipc_nl_key_refuse(struct sk_buff *skb, struct genl_info *info);

/* netlink_mon.c: supervision of neighbours */
int tipc_nl_mon_get(struct sk_buff *skb, struct genl_info *info);
int tipc_nl_mon_dump(struct sk_buff *skb, struct netlink_callback *cb);
int tipc_nl_mon_set(struct sk_buff *skb, struct genl_info *info);
int tipc_nl_mon_peer_dump(struct sk_buff *skb, struct netlink_callback *cb);

#endif /* _TIPC_NETLINK_H */
