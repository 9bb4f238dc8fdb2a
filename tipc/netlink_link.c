// SPDX-License-Identifier: GPL-2.0-only
/*
 * What "TIPCv2" says of links, and how they are set.
 *
 * Locking: copies are made under the lock of their node. Dumps go by address of
 * the node, so they can be resumed wherever they were.
 */
#include <linux/string.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "bcast_net.h"
#include "bearer.h"
#include "core.h"
#include "netlink.h"
#include "nodes.h"

#define BCAST_LINK	"broadcast-link"

static const struct nla_policy link_policy[TIPC_NLA_LINK_MAX + 1] = {
	[TIPC_NLA_LINK_NAME]	= { .type = NLA_NUL_STRING,
				    .len = TIPC_MAX_LINK_NAME - 1 },
	[TIPC_NLA_LINK_PROP]	= { .type = NLA_NESTED },
};

/*
 * Where the counters of packets began: it is subtracted from the packets of the
 * link, and is 0 because both begin anew together. For the broadcast link the
 * packets stand in its place.
 */
static int put_stats(struct sk_buff *skb, const struct tipc_link_stats *s,
		     u32 rx_info, u32 tx_info)
{
	const u32 v[TIPC_NLA_STATS_MAX + 1] = {
		[TIPC_NLA_STATS_RX_INFO]	= rx_info,
		[TIPC_NLA_STATS_TX_INFO]	= tx_info,
		[TIPC_NLA_STATS_RX_FRAGMENTS]	= s->rx_fragments,
		[TIPC_NLA_STATS_RX_FRAGMENTED]	= s->rx_fragmented,
		[TIPC_NLA_STATS_RX_BUNDLES]	= s->rx_bundles,
		[TIPC_NLA_STATS_RX_BUNDLED]	= s->rx_bundled,
		[TIPC_NLA_STATS_TX_FRAGMENTS]	= s->tx_fragments,
		[TIPC_NLA_STATS_TX_FRAGMENTED]	= s->tx_fragmented,
		[TIPC_NLA_STATS_TX_BUNDLES]	= s->tx_bundles,
		[TIPC_NLA_STATS_TX_BUNDLED]	= s->tx_bundled,
		[TIPC_NLA_STATS_MSG_PROF_TOT]	= s->len_count ? : 1,
		[TIPC_NLA_STATS_MSG_LEN_CNT]	= s->len_count,
		[TIPC_NLA_STATS_MSG_LEN_TOT]	= s->len_total,
		[TIPC_NLA_STATS_MSG_LEN_P0]	= s->len_profile[0],
		[TIPC_NLA_STATS_MSG_LEN_P1]	= s->len_profile[1],
		[TIPC_NLA_STATS_MSG_LEN_P2]	= s->len_profile[2],
		[TIPC_NLA_STATS_MSG_LEN_P3]	= s->len_profile[3],
		[TIPC_NLA_STATS_MSG_LEN_P4]	= s->len_profile[4],
		[TIPC_NLA_STATS_MSG_LEN_P5]	= s->len_profile[5],
		[TIPC_NLA_STATS_MSG_LEN_P6]	= s->len_profile[6],
		[TIPC_NLA_STATS_RX_STATES]	= s->rx_states,
		[TIPC_NLA_STATS_RX_PROBES]	= s->rx_probes,
		[TIPC_NLA_STATS_RX_NACKS]	= s->rx_nacks,
		[TIPC_NLA_STATS_RX_DEFERRED]	= s->rx_deferred,
		[TIPC_NLA_STATS_TX_STATES]	= s->tx_states,
		[TIPC_NLA_STATS_TX_PROBES]	= s->tx_probes,
		[TIPC_NLA_STATS_TX_NACKS]	= s->tx_nacks,
		[TIPC_NLA_STATS_TX_ACKS]	= s->tx_acks,
		[TIPC_NLA_STATS_RETRANSMITTED]	= s->retransmitted,
		[TIPC_NLA_STATS_DUPLICATES]	= s->rx_duplicates,
		[TIPC_NLA_STATS_LINK_CONGS]	= s->congestions,
		[TIPC_NLA_STATS_MAX_QUEUE]	= s->max_queue,
	};
	struct nlattr *nest = nla_nest_start_noflag(skb, TIPC_NLA_LINK_STATS);
	int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = TIPC_NLA_STATS_RX_INFO; i <= TIPC_NLA_STATS_MAX; i++)
		if (nla_put_u32(skb, i, v[i]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/*
 * The broadcast link stands for what goes to many nodes at once, and is always
 * there. What is sent as a copy to each counts on the links to them.
 */
static int put_bcast_link(struct sk_buff *skb, void *arg)
{
	struct tipc_bcast_stats b;
	struct tipc_link_stats s = { };
	struct nlattr *link, *prop;
	u32 mode, percent;

	mode = tipc_bcast_mode(arg, &percent);
	tipc_bcast_stats(arg, &b);
	s.tx_fragments = b.tx_fragments;
	s.tx_fragmented = b.tx_fragmented;
	s.retransmitted = b.retransmitted;
	s.rx_nacks = b.rx_nacks;
	s.tx_nacks = b.tx_nacks;
	s.rx_deferred = b.rx_deferred;
	s.rx_duplicates = b.rx_duplicates;
	s.congestions = b.congestions;
	s.max_queue = b.max_queue;
	link = nla_nest_start_noflag(skb, TIPC_NLA_LINK);
	if (!link || nla_put_flag(skb, TIPC_NLA_LINK_UP) ||
	    nla_put_flag(skb, TIPC_NLA_LINK_BROADCAST) ||
	    nla_put_string(skb, TIPC_NLA_LINK_NAME, BCAST_LINK) ||
	    nla_put_u32(skb, TIPC_NLA_LINK_RX, b.rx_pkts) ||
	    nla_put_u32(skb, TIPC_NLA_LINK_TX, b.tx_pkts))
		return -EMSGSIZE;
	prop = nla_nest_start_noflag(skb, TIPC_NLA_LINK_PROP);
	if (!prop || nla_put_u32(skb, TIPC_NLA_PROP_WIN, TIPC_BCAST_WINDOW) ||
	    nla_put_u32(skb, TIPC_NLA_PROP_BROADCAST, mode) ||
	    nla_put_u32(skb, TIPC_NLA_PROP_BROADCAST_RATIO, percent))
		return -EMSGSIZE;
	nla_nest_end(skb, prop);
	if (put_stats(skb, &s, b.rx_pkts, b.tx_pkts))
		return -EMSGSIZE;
	nla_nest_end(skb, link);
	return 0;
}

/** struct link_ref - a link: its node, and the number of its bearer */
struct link_ref {
	struct tipc_node *n;
	unsigned int i;
};

static int put_link(struct sk_buff *skb, void *arg)
{
	const struct link_ref *ref = arg;
	struct tipc_node *n = ref->n;
	const struct tipc_link *l = &n->trunk.links[ref->i];
	char name[TIPC_MAX_LINK_NAME];
	struct nlattr *nest;
	int err = -EMSGSIZE;

	spin_lock_bh(&n->lock);
	tipc_node_link_str(n, ref->i, name, sizeof(name));
	nest = nla_nest_start_noflag(skb, TIPC_NLA_LINK);
	if (!nest || nla_put_string(skb, TIPC_NLA_LINK_NAME, name) ||
	    nla_put_u32(skb, TIPC_NLA_LINK_DEST,
			tipc_own_addr(n->net) & TIPC_ZONE_CLUSTER_MASK) ||
	    nla_put_u32(skb, TIPC_NLA_LINK_MTU, l->mtu) ||
	    nla_put_u32(skb, TIPC_NLA_LINK_RX, l->stats.rx_pkts) ||
	    nla_put_u32(skb, TIPC_NLA_LINK_TX, l->stats.tx_pkts))
		goto out;
	if (tipc_link_up(l) && nla_put_flag(skb, TIPC_NLA_LINK_UP))
		goto out;
	if (tipc_trunk_is_active(&n->trunk, ref->i) &&
	    nla_put_flag(skb, TIPC_NLA_LINK_ACTIVE))
		goto out;
	if (tipc_nl_put_props(skb, TIPC_NLA_LINK_PROP, l->priority,
			      l->tolerance_ms, l->window, TIPC_NL_NO_MTU) ||
	    put_stats(skb, &l->stats, 0, 0))
		goto out;
	nla_nest_end(skb, nest);
	err = 0;
out:
	spin_unlock_bh(&n->lock);
	return err;
}

static bool has_link(const struct tipc_node *n, unsigned int i)
{
	return READ_ONCE(n->trunk.links[i].state) != TIPC_LINK_UNUSED;
}

/* The link of this name. RCU read lock. */
static bool link_find(struct net *net, const char *wanted,
		      struct link_ref *ref)
{
	char name[TIPC_MAX_LINK_NAME];
	u32 at = 0;

	while ((ref->n = tipc_nodes_from(net, &at))) {
		for (ref->i = 0; ref->i < TIPC_TRUNK_LINKS; ref->i++) {
			tipc_node_link_str(ref->n, ref->i, name, sizeof(name));
			if (has_link(ref->n, ref->i) && !strcmp(name, wanted))
				return true;
		}
		if (!++at)
			break;
	}
	return false;
}

static int link_request(struct genl_info *info, struct nlattr **tb,
			const char **name)
{
	int err = tipc_nl_nest(tb, TIPC_NLA_LINK_MAX, info, TIPC_NLA_LINK,
			       link_policy);

	return err ? err : tipc_nl_name(info, tb[TIPC_NLA_LINK_NAME], name);
}

static int no_link(struct genl_info *info)
{
	NL_SET_ERR_MSG(info->extack, "no link has this name");
	return -EINVAL;
}

/** tipc_nl_link_get() - TIPC_NL_LINK_GET of one */
int tipc_nl_link_get(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TIPC_NLA_LINK_MAX + 1];
	struct link_ref ref;
	struct sk_buff *rep;
	const char *name;
	void *head;
	int err;

	err = link_request(info, tb, &name);
	if (err)
		return err;
	if (!strcmp(name, BCAST_LINK))
		return tipc_nl_reply(info, TIPC_NL_LINK_GET, put_bcast_link,
				     sock_net(skb->sk));
	rep = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!rep)
		return -ENOMEM;
	head = genlmsg_put_reply(rep, info, &tipc_genl_family, 0,
				 TIPC_NL_LINK_GET);
	rcu_read_lock();
	if (!link_find(sock_net(skb->sk), name, &ref))
		err = no_link(info);
	else
		err = head ? put_link(rep, &ref) : -EMSGSIZE;
	rcu_read_unlock();
	if (err) {
		nlmsg_free(rep);
		return err;
	}
	genlmsg_end(rep, head);
	return genlmsg_reply(rep, info);
}

/* The links of one node; args[3] is the next. */
static int dump_links_of(struct sk_buff *skb, struct netlink_callback *cb,
			 struct tipc_node *n)
{
	struct link_ref ref = { .n = n };

	for (; cb->args[3] < TIPC_TRUNK_LINKS; cb->args[3]++) {
		ref.i = cb->args[3];
		if (has_link(n, ref.i) &&
		    tipc_nl_dump_one(skb, cb, TIPC_NL_LINK_GET, put_link,
				     &ref))
			return -EMSGSIZE;
	}
	cb->args[3] = 0;
	return 0;
}

static int dump_links(struct sk_buff *skb, struct netlink_callback *cb)
{
	u32 at = cb->args[1];
	struct tipc_node *n;

	rcu_read_lock();
	while (!cb->args[2]) {
		u32 wanted = at;

		n = tipc_nodes_from(sock_net(skb->sk), &at);
		/* One that was half told of may be gone. */
		if (at != wanted)
			cb->args[3] = 0;
		cb->args[1] = at;
		if (n && dump_links_of(skb, cb, n))
			break;
		cb->args[2] = !n || !++at;
		cb->args[1] = at;
	}
	rcu_read_unlock();
	return skb->len;
}

/** tipc_nl_link_dump() - TIPC_NL_LINK_GET of all */
int tipc_nl_link_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	if (!cb->args[0] &&
	    tipc_nl_dump_one(skb, cb, TIPC_NL_LINK_GET, put_bcast_link,
			     sock_net(skb->sk)))
		return -EMSGSIZE;
	cb->args[0] = 1;
	return dump_links(skb, cb);
}

static int bcast_set(struct net *net, struct nlattr **prop,
		     struct netlink_ext_ack *extack)
{
	const struct nlattr *mode = prop[TIPC_NLA_PROP_BROADCAST];
	const struct nlattr *ratio = prop[TIPC_NLA_PROP_BROADCAST_RATIO];

	if (!mode && !ratio) {
		NL_SET_ERR_MSG(extack,
			       "of the broadcast link only its mode is set");
		return -EOPNOTSUPP;
	}
	return tipc_bcast_set_mode(net, mode ? nla_get_u32(mode) : 0,
				   ratio ? nla_get_u32(ratio) : 0, extack);
}

/** tipc_nl_link_set() - TIPC_NL_LINK_SET */
int tipc_nl_link_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TIPC_NLA_LINK_MAX + 1];
	struct nlattr *prop[TIPC_NLA_PROP_MAX + 1];
	struct tipc_bearer_props props = { };
	struct link_ref ref;
	const char *name;
	int err;

	err = link_request(info, tb, &name);
	if (!err)
		err = tipc_nl_get_props(tb[TIPC_NLA_LINK_PROP], prop, info->extack);
	if (err)
		return err;
	if (!strcmp(name, BCAST_LINK))
		return bcast_set(sock_net(skb->sk), prop, info->extack);
	err = tipc_nl_read_props(tb[TIPC_NLA_LINK_PROP], &props, info->extack);
	if (err)
		return err;
	err = tipc_bearer_props_check(&props, info->extack);
	if (err)
		return err;
	rcu_read_lock();
	if (link_find(sock_net(skb->sk), name, &ref))
		tipc_nodes_set_link(ref.n, ref.i, &props);
	else
		err = no_link(info);
	rcu_read_unlock();
	return err;
}

/** tipc_nl_link_reset_stats() - TIPC_NL_LINK_RESET_STATS */
int tipc_nl_link_reset_stats(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TIPC_NLA_LINK_MAX + 1];
	struct tipc_link_stats *stats;
	struct link_ref ref;
	const char *name;
	int err;

	err = link_request(info, tb, &name);
	if (err)
		return err;
	if (!strcmp(name, BCAST_LINK)) {
		tipc_bcast_stats_reset(sock_net(skb->sk));
		return 0;
	}
	rcu_read_lock();
	if (link_find(sock_net(skb->sk), name, &ref)) {
		stats = &ref.n->trunk.links[ref.i].stats;
		spin_lock_bh(&ref.n->lock);
		memset(stats, 0, sizeof(*stats));
		spin_unlock_bh(&ref.n->lock);
	} else {
		err = no_link(info);
	}
	rcu_read_unlock();
	return err;
}
