// SPDX-License-Identifier: GPL-2.0-only
/*
 * What "TIPCv2" says of media, bearers, links and other nodes, and how they are
 * set.
 *
 * Locking: bearers under RTNL, or RCU to look at them; of links copies are made
 * under their node's lock. Dumps of nodes go by address, so they can be resumed
 * wherever they were.
 */
#include <linux/rtnetlink.h>
#include <linux/string.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "bearer.h"
#include "core.h"
#include "netlink.h"
#include "nodes.h"

#define BCAST_LINK	"broadcast-link"
#define BCAST_WINDOW	50
#define BCAST_REPLICAST	2	/* as iproute2 and the kernel number it */

static const struct nla_policy prop_policy[TIPC_NLA_PROP_MAX + 1] = {
	[TIPC_NLA_PROP_PRIO]		= { .type = NLA_U32 },
	[TIPC_NLA_PROP_TOL]		= { .type = NLA_U32 },
	[TIPC_NLA_PROP_WIN]		= { .type = NLA_U32 },
	[TIPC_NLA_PROP_MTU]		= { .type = NLA_U32 },
	[TIPC_NLA_PROP_BROADCAST]	= { .type = NLA_U32 },
	[TIPC_NLA_PROP_BROADCAST_RATIO]	= { .type = NLA_U32 },
};

static const struct nla_policy media_policy[TIPC_NLA_MEDIA_MAX + 1] = {
	[TIPC_NLA_MEDIA_NAME]	= { .type = NLA_NUL_STRING,
				    .len = TIPC_MAX_MEDIA_NAME - 1 },
	[TIPC_NLA_MEDIA_PROP]	= { .type = NLA_NESTED },
};

static const struct nla_policy bearer_policy[TIPC_NLA_BEARER_MAX + 1] = {
	[TIPC_NLA_BEARER_NAME]	= { .type = NLA_NUL_STRING,
				    .len = TIPC_MAX_BEARER_NAME - 1 },
	[TIPC_NLA_BEARER_PROP]	= { .type = NLA_NESTED },
	[TIPC_NLA_BEARER_DOMAIN] = { .type = NLA_U32 },
	[TIPC_NLA_BEARER_UDP_OPTS] = { .type = NLA_NESTED },
};

static const struct nla_policy link_policy[TIPC_NLA_LINK_MAX + 1] = {
	[TIPC_NLA_LINK_NAME]	= { .type = NLA_NUL_STRING,
				    .len = TIPC_MAX_LINK_NAME - 1 },
	[TIPC_NLA_LINK_PROP]	= { .type = NLA_NESTED },
};

static const struct nla_policy net_policy[TIPC_NLA_NET_MAX + 1] = {
	[TIPC_NLA_NET_ADDR]		= { .type = NLA_U32 },
	[TIPC_NLA_NET_NODEID]		= { .type = NLA_U64 },
	[TIPC_NLA_NET_NODEID_W1]	= { .type = NLA_U64 },
};

/* Where the greatest packet is that of the interface, it is left out. */
#define NO_MTU	(~0u)

/* The usual greatest packet is 0 while it is that of the interface, too. */
static int put_props(struct sk_buff *skb, int attr, u32 prio, u32 tol, u32 win,
		     u32 mtu)
{
	struct nlattr *nest = nla_nest_start_noflag(skb, attr);

	if (!nest || nla_put_u32(skb, TIPC_NLA_PROP_PRIO, prio) ||
	    nla_put_u32(skb, TIPC_NLA_PROP_TOL, tol) ||
	    nla_put_u32(skb, TIPC_NLA_PROP_WIN, win) ||
	    (mtu != NO_MTU && nla_put_u32(skb, TIPC_NLA_PROP_MTU, mtu)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int get_props(struct nlattr *nest, struct nlattr **tb,
		     struct netlink_ext_ack *extack)
{
	memset(tb, 0, (TIPC_NLA_PROP_MAX + 1) * sizeof(*tb));
	return nest ? nla_parse_nested_deprecated(tb, TIPC_NLA_PROP_MAX, nest,
						  prop_policy, extack) : 0;
}

static int dump_one(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		    int (*put)(struct sk_buff *skb, void *arg), void *arg)
{
	void *head = tipc_nl_put(skb, cb, cmd);

	if (!head)
		return -EMSGSIZE;
	if (put(skb, arg)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return 0;
}

/* ---- media ----------------------------------------------------------------- */

static int put_media(struct sk_buff *skb, void *arg)
{
	const struct tipc_media *m = arg;
	struct nlattr *nest = nla_nest_start_noflag(skb, TIPC_NLA_MEDIA);

	if (!nest || nla_put_string(skb, TIPC_NLA_MEDIA_NAME, m->name) ||
	    put_props(skb, TIPC_NLA_MEDIA_PROP, READ_ONCE(m->usual.priority),
		      READ_ONCE(m->usual.tolerance_ms),
		      READ_ONCE(m->usual.window),
		      m->set_mtu ? READ_ONCE(m->usual.mtu) : NO_MTU))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static struct tipc_media *media_request(struct genl_info *info,
					struct nlattr **tb)
{
	struct tipc_media *m;
	unsigned int i;
	int err;

	err = tipc_nl_nest(tb, TIPC_NLA_MEDIA_MAX, info, TIPC_NLA_MEDIA,
			   media_policy);
	if (err)
		return ERR_PTR(err);
	for (i = 0; tb[TIPC_NLA_MEDIA_NAME] && (m = tipc_media_get(i)); i++)
		if (!nla_strcmp(tb[TIPC_NLA_MEDIA_NAME], m->name))
			return m;
	NL_SET_ERR_MSG(info->extack, "Media not found");
	return ERR_PTR(-EINVAL);
}

/** tipc_nl_media_get() - TIPC_NL_MEDIA_GET of one */
int tipc_nl_media_get(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TIPC_NLA_MEDIA_MAX + 1];
	struct tipc_media *m = media_request(info, tb);

	return IS_ERR(m) ? PTR_ERR(m) :
	       tipc_nl_reply(info, TIPC_NL_MEDIA_GET, put_media, m);
}

/** tipc_nl_media_dump() - TIPC_NL_MEDIA_GET of all */
int tipc_nl_media_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct tipc_media *m;

	while ((m = tipc_media_get(cb->args[0]))) {
		if (dump_one(skb, cb, TIPC_NL_MEDIA_GET, put_media, m))
			break;
		cb->args[0]++;
	}
	return skb->len;
}

/* Properties of a nest; what is not said is -1 for the priority, and 0. */
static int read_props(struct nlattr *nest, struct tipc_bearer_props *props,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *prop[TIPC_NLA_PROP_MAX + 1];
	int err;

	err = get_props(nest, prop, extack);
	if (err)
		return err;
	props->priority = -1;
	if (prop[TIPC_NLA_PROP_PRIO])
		props->priority = min_t(u32, S32_MAX,
				nla_get_u32(prop[TIPC_NLA_PROP_PRIO]));
	if (prop[TIPC_NLA_PROP_TOL])
		props->tolerance_ms = nla_get_u32(prop[TIPC_NLA_PROP_TOL]);
	if (prop[TIPC_NLA_PROP_WIN])
		props->window = nla_get_u32(prop[TIPC_NLA_PROP_WIN]);
	if (prop[TIPC_NLA_PROP_MTU])
		props->mtu = nla_get_u32(prop[TIPC_NLA_PROP_MTU]);
	return 0;
}

static int no_mtu(struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG(extack, "the greatest packet is the interface's MTU");
	return -EOPNOTSUPP;
}

/** tipc_nl_media_set() - TIPC_NL_MEDIA_SET: for bearers that begin later */
int tipc_nl_media_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TIPC_NLA_MEDIA_MAX + 1];
	struct tipc_media *m = media_request(info, tb);
	struct tipc_bearer_props props = { };
	int err;

	if (IS_ERR(m))
		return PTR_ERR(m);
	/* Every namespace has the same media. */
	if (!netlink_capable(skb, CAP_NET_ADMIN)) {
		NL_SET_ERR_MSG(info->extack,
			       "media belong to all namespaces: CAP_NET_ADMIN of the host");
		return -EPERM;
	}
	err = read_props(tb[TIPC_NLA_MEDIA_PROP], &props, info->extack);
	if (!err)
		err = tipc_bearer_props_check(&props, info->extack);
	if (!err && props.mtu && !m->set_mtu)
		err = no_mtu(info->extack);
	if (err)
		return err;
	rtnl_lock();
	if (props.priority >= 0)
		WRITE_ONCE(m->usual.priority, props.priority);
	if (props.tolerance_ms)
		WRITE_ONCE(m->usual.tolerance_ms, props.tolerance_ms);
	if (props.window)
		WRITE_ONCE(m->usual.window, props.window);
	if (props.mtu)
		WRITE_ONCE(m->usual.mtu, props.mtu);
	rtnl_unlock();
	return 0;
}

/* ---- bearers --------------------------------------------------------------- */

static int put_bearer(struct sk_buff *skb, void *arg)
{
	const struct tipc_bearer *b = arg;
	struct nlattr *nest = nla_nest_start_noflag(skb, TIPC_NLA_BEARER);

	if (!nest || nla_put_string(skb, TIPC_NLA_BEARER_NAME, b->name) ||
	    put_props(skb, TIPC_NLA_BEARER_PROP, READ_ONCE(b->priority),
		      READ_ONCE(b->tolerance_ms), READ_ONCE(b->window),
		      b->media->set_mtu ? READ_ONCE(b->mtu) : NO_MTU) ||
	    tipc_udp_put(skb, b))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Attributes and name of the bearer that a request is about. */
static int bearer_request(struct genl_info *info, struct nlattr **tb,
			  const char **name)
{
	int err;

	err = tipc_nl_nest(tb, TIPC_NLA_BEARER_MAX, info, TIPC_NLA_BEARER,
			   bearer_policy);
	if (err)
		return err;
	if (!tb[TIPC_NLA_BEARER_NAME]) {
		NL_SET_ERR_MSG(info->extack, "the bearer has no name");
		return -EINVAL;
	}
	*name = nla_data(tb[TIPC_NLA_BEARER_NAME]);
	return 0;
}

static int no_bearer(struct genl_info *info)
{
	NL_SET_ERR_MSG(info->extack, "Bearer not found");
	return -EINVAL;
}

/** tipc_nl_bearer_get() - TIPC_NL_BEARER_GET of one */
int tipc_nl_bearer_get(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TIPC_NLA_BEARER_MAX + 1];
	struct tipc_bearer *b;
	const char *name;
	int err;

	err = bearer_request(info, tb, &name);
	if (err)
		return err;
	rtnl_lock();
	b = tipc_bearer_find(sock_net(skb->sk), name);
	err = b ? tipc_nl_reply(info, TIPC_NL_BEARER_GET, put_bearer, b) :
		  no_bearer(info);
	rtnl_unlock();
	return err;
}

/** tipc_nl_bearer_dump() - TIPC_NL_BEARER_GET of all */
int tipc_nl_bearer_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct tipc_bearer *b;

	rcu_read_lock();
	for (; cb->args[0] < TIPC_MAX_BEARERS; cb->args[0]++) {
		b = tipc_bearer_get(sock_net(skb->sk), cb->args[0]);
		if (b && dump_one(skb, cb, TIPC_NL_BEARER_GET, put_bearer, b))
			break;
	}
	rcu_read_unlock();
	return skb->len;
}

/* As above; iproute2 says what is too much when it means the usual. */
static int bearer_props(struct nlattr **tb, struct tipc_bearer_props *props,
			struct netlink_ext_ack *extack)
{
	int err = read_props(tb[TIPC_NLA_BEARER_PROP], props, extack);

	if (!err && props->priority == TIPC_LINK_PRIO_MAX + 1)
		props->priority = -1;
	return err;
}

/** tipc_nl_bearer_enable() - TIPC_NL_BEARER_ENABLE */
int tipc_nl_bearer_enable(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TIPC_NLA_BEARER_MAX + 1];
	struct tipc_bearer_props props = { };
	const char *name;
	int err;

	err = bearer_request(info, tb, &name);
	if (!err)
		err = bearer_props(tb, &props, info->extack);
	if (err)
		return err;
	if (tb[TIPC_NLA_BEARER_DOMAIN])
		props.domain = nla_get_u32(tb[TIPC_NLA_BEARER_DOMAIN]);
	rtnl_lock();
	err = tipc_bearer_enable(sock_net(skb->sk), name, &props,
				 tb[TIPC_NLA_BEARER_UDP_OPTS], info->extack);
	rtnl_unlock();
	return err;
}

/** tipc_nl_bearer_disable() - TIPC_NL_BEARER_DISABLE */
int tipc_nl_bearer_disable(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TIPC_NLA_BEARER_MAX + 1];
	const char *name;
	int err;

	err = bearer_request(info, tb, &name);
	if (err)
		return err;
	rtnl_lock();
	err = tipc_bearer_disable(sock_net(skb->sk), name, info->extack);
	rtnl_unlock();
	return err;
}

static int set_mtu(struct tipc_bearer *b, unsigned int mtu,
		   struct genl_info *info)
{
	int err;

	if (!b->media->set_mtu)
		return no_mtu(info->extack);
	err = b->media->set_mtu(b, mtu);
	if (err)
		NL_SET_ERR_MSG(info->extack, "no datagram is so large");
	else
		tipc_nodes_bearer_reset(b->net, b);
	return err;
}

/**
 * tipc_nl_bearer_set() - TIPC_NL_BEARER_SET: for links that begin later
 * @skb: request
 * @info: of it
 *
 * The greatest packet is for all links, which begin anew.
 *
 * Return: 0, or a negative error.
 */
int tipc_nl_bearer_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TIPC_NLA_BEARER_MAX + 1];
	struct tipc_bearer_props props = { };
	struct tipc_bearer *b;
	const char *name;
	int err;

	err = bearer_request(info, tb, &name);
	if (!err)
		err = bearer_props(tb, &props, info->extack);
	if (!err)
		err = tipc_bearer_props_check(&props, info->extack);
	if (err)
		return err;
	rtnl_lock();
	b = tipc_bearer_find(sock_net(skb->sk), name);
	err = !b ? no_bearer(info) : props.mtu ? set_mtu(b, props.mtu, info) :
						 0;
	if (!err) {
		if (props.priority >= 0)
			WRITE_ONCE(b->priority, props.priority);
		if (props.tolerance_ms)
			WRITE_ONCE(b->tolerance_ms, props.tolerance_ms);
		if (props.window)
			WRITE_ONCE(b->window, props.window);
	}
	rtnl_unlock();
	return err;
}

/** tipc_nl_bearer_add() - TIPC_NL_BEARER_ADD: peers of a UDP bearer */
int tipc_nl_bearer_add(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TIPC_NLA_BEARER_MAX + 1];
	struct tipc_bearer *b;
	const char *name;
	int err;

	err = bearer_request(info, tb, &name);
	if (err)
		return err;
	rtnl_lock();
	b = tipc_bearer_find(sock_net(skb->sk), name);
	err = b ? tipc_udp_peer(b, tb[TIPC_NLA_BEARER_UDP_OPTS],
				info->extack) : no_bearer(info);
	if (!err)
		tipc_bearer_changed(b);
	rtnl_unlock();
	return err;
}

/* A bearer that a dump is about, and its peer with the number args[1]. */
struct remote {
	const struct tipc_bearer *b;
	unsigned int n;
};

static int put_remote(struct sk_buff *skb, void *arg)
{
	struct remote *r = arg;

	return tipc_udp_put_peer(skb, r->b, r->n);
}

/** tipc_nl_remote_dump() - TIPC_NL_UDP_GET_REMOTEIP of a bearer */
int tipc_nl_remote_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr *attrs[TIPC_NLA_MAX + 1], *tb[TIPC_NLA_BEARER_MAX + 1];
	struct remote r = { .n = cb->args[1] };
	int err;

	if (genlmsg_parse_deprecated(cb->nlh, &tipc_genl_family, attrs,
				     TIPC_NLA_MAX, tipc_genl_family.policy,
				     NULL) ||
	    !attrs[TIPC_NLA_BEARER] ||
	    nla_parse_nested_deprecated(tb, TIPC_NLA_BEARER_MAX,
					attrs[TIPC_NLA_BEARER], bearer_policy,
					NULL) ||
	    !tb[TIPC_NLA_BEARER_NAME])
		return -EINVAL;
	err = 0;
	rcu_read_lock();
	r.b = tipc_bearer_find(sock_net(skb->sk),
			       nla_data(tb[TIPC_NLA_BEARER_NAME]));
	if (!r.b || r.b->media != &tipc_udp_media)
		err = -EINVAL;
	else
		while (!dump_one(skb, cb, TIPC_NL_BEARER_GET, put_remote, &r))
			r.n++;
	rcu_read_unlock();
	cb->args[1] = r.n;
	return err ? err : skb->len;
}

/* ---- links ----------------------------------------------------------------- */

/*
 * Where the counters of packets began is 0: it is subtracted from the packets
 * of the link, and both begin anew together.
 */
static int put_stats(struct sk_buff *skb, const struct tipc_link_stats *s)
{
	const u32 v[TIPC_NLA_STATS_MAX + 1] = {
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
 * The broadcast link stands for all that goes to many nodes at once. It is
 * always there; each node is sent its own copy over its own link, so there is
 * nothing to count here.
 */
static int put_bcast_link(struct sk_buff *skb, void *arg)
{
	static const struct tipc_link_stats none;
	struct nlattr *link, *prop;

	link = nla_nest_start_noflag(skb, TIPC_NLA_LINK);
	if (!link || nla_put_flag(skb, TIPC_NLA_LINK_UP) ||
	    nla_put_flag(skb, TIPC_NLA_LINK_BROADCAST) ||
	    nla_put_string(skb, TIPC_NLA_LINK_NAME, BCAST_LINK) ||
	    nla_put_u32(skb, TIPC_NLA_LINK_RX, 0) ||
	    nla_put_u32(skb, TIPC_NLA_LINK_TX, 0))
		return -EMSGSIZE;
	prop = nla_nest_start_noflag(skb, TIPC_NLA_LINK_PROP);
	if (!prop || nla_put_u32(skb, TIPC_NLA_PROP_WIN, BCAST_WINDOW) ||
	    nla_put_u32(skb, TIPC_NLA_PROP_BROADCAST, BCAST_REPLICAST))
		return -EMSGSIZE;
	nla_nest_end(skb, prop);
	if (put_stats(skb, &none))
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
	if (put_props(skb, TIPC_NLA_LINK_PROP, l->priority, l->tolerance_ms,
		      l->window, NO_MTU) || put_stats(skb, &l->stats))
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
	int err;

	err = tipc_nl_nest(tb, TIPC_NLA_LINK_MAX, info, TIPC_NLA_LINK,
			   link_policy);
	if (err)
		return err;
	if (!tb[TIPC_NLA_LINK_NAME]) {
		NL_SET_ERR_MSG(info->extack, "the link has no name");
		return -EINVAL;
	}
	*name = nla_data(tb[TIPC_NLA_LINK_NAME]);
	return 0;
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
				     NULL);
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

/* One message for each node; args[1] is the next address, args[2] the end. */
static int dump_nodes(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		      int (*put)(struct sk_buff *skb, void *arg))
{
	u32 at = cb->args[1];
	struct tipc_node *n;

	rcu_read_lock();
	while (!cb->args[2]) {
		n = tipc_nodes_from(sock_net(skb->sk), &at);
		if (n && dump_one(skb, cb, cmd, put, n))
			break;
		cb->args[2] = !n || !++at;
		cb->args[1] = at;
	}
	rcu_read_unlock();
	return skb->len;
}

/* The links of one node; args[3] is the next. */
static int dump_links_of(struct sk_buff *skb, struct netlink_callback *cb,
			 struct tipc_node *n)
{
	struct link_ref ref = { .n = n };

	for (; cb->args[3] < TIPC_TRUNK_LINKS; cb->args[3]++) {
		ref.i = cb->args[3];
		if (has_link(n, ref.i) &&
		    dump_one(skb, cb, TIPC_NL_LINK_GET, put_link, &ref))
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
	    dump_one(skb, cb, TIPC_NL_LINK_GET, put_bcast_link, NULL))
		return -EMSGSIZE;
	cb->args[0] = 1;
	return dump_links(skb, cb);
}

static int bcast_set(struct nlattr **prop, struct netlink_ext_ack *extack)
{
	struct nlattr *mode = prop[TIPC_NLA_PROP_BROADCAST];

	if (mode && nla_get_u32(mode) == BCAST_REPLICAST)
		return 0;
	NL_SET_ERR_MSG(extack, "each node is sent its own copy: REPLICAST");
	return -EOPNOTSUPP;
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
		err = get_props(tb[TIPC_NLA_LINK_PROP], prop, info->extack);
	if (err)
		return err;
	if (!strcmp(name, BCAST_LINK))
		return bcast_set(prop, info->extack);
	err = read_props(tb[TIPC_NLA_LINK_PROP], &props, info->extack);
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
	if (err || !strcmp(name, BCAST_LINK))
		return err;
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

/* ---- other nodes ----------------------------------------------------------- */

static int put_peer(struct sk_buff *skb, void *arg)
{
	const struct tipc_node *n = arg;
	struct nlattr *nest = nla_nest_start_noflag(skb, TIPC_NLA_NODE);

	if (!nest || nla_put_u32(skb, TIPC_NLA_NODE_ADDR, n->addr) ||
	    (READ_ONCE(n->up) && nla_put_flag(skb, TIPC_NLA_NODE_UP)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/** tipc_nl_node_dump() - TIPC_NL_NODE_GET */
int tipc_nl_node_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_nodes(skb, cb, TIPC_NL_NODE_GET, put_peer);
}

/** tipc_nl_peer_remove() - TIPC_NL_PEER_REMOVE */
int tipc_nl_peer_remove(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TIPC_NLA_NET_MAX + 1];
	u8 id[TIPC_NODEID_LEN];
	bool by_id;
	u32 addr = 0;
	int err;

	err = tipc_nl_nest(tb, TIPC_NLA_NET_MAX, info, TIPC_NLA_NET,
			   net_policy);
	if (err)
		return err;
	by_id = tb[TIPC_NLA_NET_NODEID] && tb[TIPC_NLA_NET_NODEID_W1];
	if (by_id) {
		memcpy(id, nla_data(tb[TIPC_NLA_NET_NODEID]), sizeof(u64));
		memcpy(id + sizeof(u64), nla_data(tb[TIPC_NLA_NET_NODEID_W1]),
		       sizeof(u64));
	} else if (tb[TIPC_NLA_NET_ADDR]) {
		addr = nla_get_u32(tb[TIPC_NLA_NET_ADDR]);
	}
	err = tipc_nodes_remove(sock_net(skb->sk), addr, by_id ? id : NULL);
	if (err == -ENXIO)
		NL_SET_ERR_MSG(info->extack, "no such node is known");
	else if (err)
		NL_SET_ERR_MSG(info->extack, "the node is linked to");
	return err;
}

/** tipc_nl_key_refuse() - TIPC_NL_KEY_SET and TIPC_NL_KEY_FLUSH */
int tipc_nl_key_refuse(struct sk_buff *skb, struct genl_info *info)
{
	NL_SET_ERR_MSG(info->extack,
		       "messages between nodes are not encrypted by this module");
	return -EOPNOTSUPP;
}
