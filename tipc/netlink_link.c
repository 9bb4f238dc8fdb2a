// SPDX-License-Identifier: GPL-2.0-only
/*
 * What "TIPCv2" says of media, bearers, links and other nodes, on a node that
 * has none of them yet: the answers are true, and what would need a link to
 * another node is refused.
 *
 * Locking: none.
 */
#include <linux/string.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "core.h"
#include "netlink.h"

#define BCAST_LINK	"broadcast-link"
#define BCAST_WINDOW	50

static const struct nla_policy link_policy[TIPC_NLA_LINK_MAX + 1] = {
	[TIPC_NLA_LINK_NAME]	= { .type = NLA_STRING,
				    .len = TIPC_MAX_LINK_NAME },
	[TIPC_NLA_LINK_PROP]	= { .type = NLA_NESTED },
};

static int no_links(struct genl_info *info)
{
	NL_SET_ERR_MSG(info->extack,
		       "links to other nodes are not supported yet");
	return -EOPNOTSUPP;
}

/* ---- media and bearers ----------------------------------------------------- */

/** tipc_nl_media_get() - TIPC_NL_MEDIA_GET of one; there is none */
int tipc_nl_media_get(struct sk_buff *skb, struct genl_info *info)
{
	NL_SET_ERR_MSG(info->extack, "Media not found");
	return -EINVAL;
}

/** tipc_nl_media_dump() - TIPC_NL_MEDIA_GET of all; there is none */
int tipc_nl_media_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return 0;
}

/** tipc_nl_media_set() - TIPC_NL_MEDIA_SET */
int tipc_nl_media_set(struct sk_buff *skb, struct genl_info *info)
{
	return no_links(info);
}

/** tipc_nl_bearer_get() - TIPC_NL_BEARER_GET of one; there is none */
int tipc_nl_bearer_get(struct sk_buff *skb, struct genl_info *info)
{
	NL_SET_ERR_MSG(info->extack, "Bearer not found");
	return -EINVAL;
}

/** tipc_nl_bearer_dump() - TIPC_NL_BEARER_GET of all; there is none */
int tipc_nl_bearer_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return 0;
}

/** tipc_nl_bearer_enable() - TIPC_NL_BEARER_ENABLE */
int tipc_nl_bearer_enable(struct sk_buff *skb, struct genl_info *info)
{
	return no_links(info);
}

/** tipc_nl_bearer_disable() - TIPC_NL_BEARER_DISABLE */
int tipc_nl_bearer_disable(struct sk_buff *skb, struct genl_info *info)
{
	return tipc_nl_bearer_get(skb, info);
}

/** tipc_nl_bearer_set() - TIPC_NL_BEARER_SET */
int tipc_nl_bearer_set(struct sk_buff *skb, struct genl_info *info)
{
	return tipc_nl_bearer_get(skb, info);
}

/** tipc_nl_bearer_add() - TIPC_NL_BEARER_ADD */
int tipc_nl_bearer_add(struct sk_buff *skb, struct genl_info *info)
{
	return tipc_nl_bearer_get(skb, info);
}

/* ---- links ----------------------------------------------------------------- */

/*
 * The broadcast link stands for all that goes to many nodes at once. It is
 * always there, and without other nodes nothing went over it.
 */
static int put_bcast_link(struct sk_buff *skb)
{
	struct nlattr *link, *prop, *stats;
	int i;

	link = nla_nest_start_noflag(skb, TIPC_NLA_LINK);
	if (!link || nla_put_flag(skb, TIPC_NLA_LINK_UP) ||
	    nla_put_flag(skb, TIPC_NLA_LINK_BROADCAST) ||
	    nla_put_string(skb, TIPC_NLA_LINK_NAME, BCAST_LINK) ||
	    nla_put_u32(skb, TIPC_NLA_LINK_RX, 0) ||
	    nla_put_u32(skb, TIPC_NLA_LINK_TX, 0))
		return -EMSGSIZE;
	prop = nla_nest_start_noflag(skb, TIPC_NLA_LINK_PROP);
	if (!prop || nla_put_u32(skb, TIPC_NLA_PROP_WIN, BCAST_WINDOW))
		return -EMSGSIZE;
	nla_nest_end(skb, prop);
	stats = nla_nest_start_noflag(skb, TIPC_NLA_LINK_STATS);
	if (!stats)
		return -EMSGSIZE;
	for (i = TIPC_NLA_STATS_RX_INFO; i <= TIPC_NLA_STATS_MAX; i++)
		if (nla_put_u32(skb, i, 0))
			return -EMSGSIZE;
	nla_nest_end(skb, stats);
	nla_nest_end(skb, link);
	return 0;
}

static int fill_bcast_link(struct sk_buff *skb, void *arg)
{
	return put_bcast_link(skb);
}

/** tipc_nl_link_get() - TIPC_NL_LINK_GET of one */
int tipc_nl_link_get(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TIPC_NLA_LINK_MAX + 1];
	int err;

	err = tipc_nl_nest(tb, TIPC_NLA_LINK_MAX, info, TIPC_NLA_LINK,
			   link_policy);
	if (err)
		return err;
	if (!tb[TIPC_NLA_LINK_NAME] ||
	    nla_strcmp(tb[TIPC_NLA_LINK_NAME], BCAST_LINK)) {
		NL_SET_ERR_MSG(info->extack, "no link has this name");
		return -EINVAL;
	}
	return tipc_nl_reply(info, TIPC_NL_LINK_GET, fill_bcast_link, NULL);
}

/** tipc_nl_link_dump() - TIPC_NL_LINK_GET of all */
int tipc_nl_link_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	void *head;

	if (cb->args[0])
		return 0;
	head = tipc_nl_put(skb, cb, TIPC_NL_LINK_GET);
	if (!head || put_bcast_link(skb))
		return -EMSGSIZE;
	genlmsg_end(skb, head);
	cb->args[0] = 1;
	return skb->len;
}

/** tipc_nl_link_set() - TIPC_NL_LINK_SET */
int tipc_nl_link_set(struct sk_buff *skb, struct genl_info *info)
{
	return no_links(info);
}

/** tipc_nl_link_reset_stats() - TIPC_NL_LINK_RESET_STATS */
int tipc_nl_link_reset_stats(struct sk_buff *skb, struct genl_info *info)
{
	return no_links(info);
}

/* ---- other nodes ----------------------------------------------------------- */

/** tipc_nl_node_dump() - TIPC_NL_NODE_GET; there is none but this */
int tipc_nl_node_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return 0;
}

/** tipc_nl_peer_remove() - TIPC_NL_PEER_REMOVE */
int tipc_nl_peer_remove(struct sk_buff *skb, struct genl_info *info)
{
	NL_SET_ERR_MSG(info->extack, "no such node is known");
	return -ENXIO;
}

/** tipc_nl_mon_get() - TIPC_NL_MON_GET: from how many nodes on to monitor */
int tipc_nl_mon_get(struct sk_buff *skb, struct genl_info *info)
{
	return no_links(info);
}

/** tipc_nl_mon_dump() - TIPC_NL_MON_GET of all bearers; there is none */
int tipc_nl_mon_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return 0;
}

/** tipc_nl_mon_set() - TIPC_NL_MON_SET */
int tipc_nl_mon_set(struct sk_buff *skb, struct genl_info *info)
{
	return no_links(info);
}

/** tipc_nl_mon_peer_dump() - TIPC_NL_MON_PEER_GET of a bearer; there is none */
int tipc_nl_mon_peer_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return -EINVAL;
}

/** tipc_nl_key_refuse() - TIPC_NL_KEY_SET and TIPC_NL_KEY_FLUSH */
int tipc_nl_key_refuse(struct sk_buff *skb, struct genl_info *info)
{
	NL_SET_ERR_MSG(info->extack,
		       "messages between nodes are not encrypted by this module");
	return -EOPNOTSUPP;
}
