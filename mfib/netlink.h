/* SPDX-License-Identifier: GPL-2.0-only */
/* What the netlink_*.c files tell each other. */
#ifndef _MFIB_NETLINK_H
#define _MFIB_NETLINK_H

#include <linux/mfib.h>
#include <net/genetlink.h>

#include "fib.h"
#include "genl_request.h"

/**
 * struct mfib_session - whose routes are being put aside
 * @node: in the table of all of them
 * @net: of the FIB
 * @fib: number of the FIB
 * @family: MFIB_V4 or MFIB_V6
 * @portid: socket that began it
 */
struct mfib_session {
	struct hlist_node	node;
	struct net		*net;
	u32			fib;
	u8			family;
	u32			portid;
};

extern struct genl_family mfib_family;

/* netlink.c */
bool mfib_event_wanted(struct net *net);
void mfib_event_send(struct net *net, struct sk_buff *skb);
void mfib_netlink_changed(struct mfib_rib *rib, enum mfib_change what,
			  const struct mfib_prefix *prefix,
			  const struct mfib_route *route);
int mfib_permitted(struct sk_buff *skb, struct netlink_ext_ack *extack);
struct mfib_fib *mfib_fib_of(struct genl_info *info, struct nlattr *attr);
struct mfib_fib *mfib_attr_fib(struct genl_info *info);
unsigned int mfib_how(const struct nlattr *attr);
unsigned int mfib_attr_how(const struct genl_info *info);
int mfib_refuse(struct netlink_ext_ack *extack, const struct nlattr *attr,
		int err, const char *why);

/* netlink_attrs.c */

/**
 * struct mfib_request - what a request says about all of its routes
 * @fib: attribute with the number of the FIB
 * @routes: the first attribute that is a route
 * @len: bytes of attributes from there on
 * @how: MFIB_INSERT_*
 * @aside: they are for the session of this socket
 */
struct mfib_request {
	struct nlattr	*fib;
	struct nlattr	*routes;
	int		len;
	unsigned int	how;
	bool		aside;
};

int mfib_request_read(struct genl_info *info, struct mfib_request *r);
int mfib_route_read(const struct nlattr *attr, struct nlattr **tb,
		    struct netlink_ext_ack *extack);

/* netlink_nexthop.c */
int mfib_put_nexthop(struct sk_buff *skb, struct mfib_nh *nh);
int mfib_put_ways(struct sk_buff *skb, int type, struct mfib_nh *nh);
int mfib_nl_nexthop_new(struct sk_buff *skb, struct genl_info *info);
int mfib_nl_nexthop_del(struct sk_buff *skb, struct genl_info *info);
int mfib_nl_nexthop_dump(struct sk_buff *skb, struct netlink_callback *cb);
int mfib_put_address(struct sk_buff *skb, int type, unsigned int family,
		     const struct mfib_key *key);
bool mfib_attr_address(const struct nlattr *attr, u8 *family,
		       struct mfib_key *key);
extern const struct nla_policy mfib_way_policy[MFIB_WAY_MAX + 1];

/* netlink_route.c */
int mfib_nl_route_new(struct sk_buff *skb, struct genl_info *info);
int mfib_nl_route_del(struct sk_buff *skb, struct genl_info *info);
int mfib_nl_route_get(struct sk_buff *skb, struct genl_info *info);
int mfib_nl_route_start(struct netlink_callback *cb);
int mfib_nl_route_dump(struct sk_buff *skb, struct netlink_callback *cb);
int mfib_nl_route_done(struct netlink_callback *cb);
int mfib_nl_route_flush(struct sk_buff *skb, struct genl_info *info);
int mfib_put_route(struct sk_buff *skb, const struct mfib_rib *rib,
		   const struct mfib_prefix *prefix,
		   const struct mfib_route *route, bool best);

/* netlink_rule.c */
int mfib_nl_rule_new(struct sk_buff *skb, struct genl_info *info);
int mfib_nl_rule_del(struct sk_buff *skb, struct genl_info *info);
int mfib_nl_rule_dump(struct sk_buff *skb, struct netlink_callback *cb);
int mfib_nl_grant_set(struct sk_buff *skb, struct genl_info *info);
int mfib_nl_grant_dump(struct sk_buff *skb, struct netlink_callback *cb);

/* netlink_session.c */
int mfib_nl_session_begin(struct sk_buff *skb, struct genl_info *info);
int mfib_nl_session_commit(struct sk_buff *skb, struct genl_info *info);
int mfib_nl_session_abort(struct sk_buff *skb, struct genl_info *info);
bool mfib_session_owned(struct net *net, u32 fib, unsigned int family,
			u32 portid);
int mfib_session_init(void);
void mfib_session_exit(void);

/* ---- publish.c ----------------------------------------------------------- */

void mfib_publish_route(const struct mfib_rib *rib, u8 event,
			const struct mfib_prefix *prefix,
			const struct mfib_route *route);
void mfib_publish_nexthop(const struct net *net, u8 event, u32 id);

#endif /* _MFIB_NETLINK_H */
