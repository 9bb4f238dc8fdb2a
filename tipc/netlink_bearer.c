// SPDX-License-Identifier: GPL-2.0-only
/*
 * What "TIPCv2" says of media and bearers, and how they are set.
 *
 * Locking: bearers under RTNL, or RCU to look at them.
 */
#include <linux/rtnetlink.h>
#include <linux/string.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "bearer.h"
#include "core.h"
#include "netlink.h"
#include "nodes.h"

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

/* ---- properties ------------------------------------------------------------ */

/**
 * tipc_nl_put_props() - properties of a medium, a bearer or a link
 * @skb: where to append them
 * @attr: the attribute that contains them
 * @prio: priority
 * @tol: tolerance in ms
 * @win: window
 * @mtu: greatest packet, 0 while the usual one is that of the interface;
 *	TIPC_NL_NO_MTU leaves it out
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE.
 */
int tipc_nl_put_props(struct sk_buff *skb, int attr, u32 prio, u32 tol, u32 win,
		      u32 mtu)
{
	struct nlattr *nest = nla_nest_start_noflag(skb, attr);

	if (!nest || nla_put_u32(skb, TIPC_NLA_PROP_PRIO, prio) ||
	    nla_put_u32(skb, TIPC_NLA_PROP_TOL, tol) ||
	    nla_put_u32(skb, TIPC_NLA_PROP_WIN, win) ||
	    (mtu != TIPC_NL_NO_MTU &&
	     nla_put_u32(skb, TIPC_NLA_PROP_MTU, mtu)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * tipc_nl_get_props() - the attributes in a nest of properties
 * @nest: the nest, or NULL: then there are none
 * @tb: by TIPC_NLA_PROP_*; filled in
 * @extack: where to say in words what is wrong
 *
 * Context: Any.
 * Return: 0, or a negative error.
 */
int tipc_nl_get_props(struct nlattr *nest, struct nlattr **tb,
		      struct netlink_ext_ack *extack)
{
	memset(tb, 0, (TIPC_NLA_PROP_MAX + 1) * sizeof(*tb));
	return nest ? nla_parse_nested_deprecated(tb, TIPC_NLA_PROP_MAX, nest,
						  prop_policy, extack) : 0;
}

/**
 * tipc_nl_read_props() - the properties in a nest
 * @nest: the nest, or NULL
 * @props: filled in; what is not said is -1 for the priority, else 0
 * @extack: where to say in words what is wrong
 *
 * Context: Any.
 * Return: 0, or a negative error.
 */
int tipc_nl_read_props(struct nlattr *nest, struct tipc_bearer_props *props,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *prop[TIPC_NLA_PROP_MAX + 1];
	int err;

	err = tipc_nl_get_props(nest, prop, extack);
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

/* ---- media ----------------------------------------------------------------- */

static int put_media(struct sk_buff *skb, void *arg)
{
	const struct tipc_media *m = arg;
	struct nlattr *nest = nla_nest_start_noflag(skb, TIPC_NLA_MEDIA);

	if (!nest || nla_put_string(skb, TIPC_NLA_MEDIA_NAME, m->name) ||
	    tipc_nl_put_props(skb, TIPC_NLA_MEDIA_PROP,
			      READ_ONCE(m->usual.priority),
			      READ_ONCE(m->usual.tolerance_ms),
			      READ_ONCE(m->usual.window),
			      m->set_mtu ? READ_ONCE(m->usual.mtu) :
					   TIPC_NL_NO_MTU))
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
		if (tipc_nl_dump_one(skb, cb, TIPC_NL_MEDIA_GET, put_media, m))
			break;
		cb->args[0]++;
	}
	return skb->len;
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
	err = tipc_nl_read_props(tb[TIPC_NLA_MEDIA_PROP], &props, info->extack);
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
	    tipc_nl_put_props(skb, TIPC_NLA_BEARER_PROP,
			      READ_ONCE(b->priority),
			      READ_ONCE(b->tolerance_ms), READ_ONCE(b->window),
			      b->media->set_mtu ? READ_ONCE(b->mtu) :
						  TIPC_NL_NO_MTU) ||
	    tipc_udp_put(skb, b))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Attributes and name of the bearer that a request is about. */
static int bearer_request(struct genl_info *info, struct nlattr **tb,
			  const char **name)
{
	int err = tipc_nl_nest(tb, TIPC_NLA_BEARER_MAX, info, TIPC_NLA_BEARER,
			       bearer_policy);

	return err ? err : tipc_nl_name(info, tb[TIPC_NLA_BEARER_NAME], name);
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
		if (b && tipc_nl_dump_one(skb, cb, TIPC_NL_BEARER_GET,
					  put_bearer, b))
			break;
	}
	rcu_read_unlock();
	return skb->len;
}

/* As above; iproute2 says what is too much when it means the usual. */
static int bearer_props(struct nlattr **tb, struct tipc_bearer_props *props,
			struct netlink_ext_ack *extack)
{
	int err = tipc_nl_read_props(tb[TIPC_NLA_BEARER_PROP], props, extack);

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
		while (!tipc_nl_dump_one(skb, cb, TIPC_NL_BEARER_GET,
					 put_remote, &r))
			r.n++;
	rcu_read_unlock();
	cb->args[1] = r.n;
	return err ? err : skb->len;
}
