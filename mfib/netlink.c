// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family "mfib": <linux/mfib.h> has its commands.
 *
 * Here are the family, its policies, FIBs and their devices; the other
 * netlink_*.c files have routes, next hops, sessions, rules and grants. A request
 * is checked by the policy of its command, then for the right to ask; what is
 * left is to call the part of the module that knows. Every refusal has a
 * sentence in the extended ack.
 *
 * Locking: requests need none, the family works in parallel. A FIB is held by a
 * reference while a request is about it. Tables may still change when the family
 * goes, whose numbers another family may get: events_lock is held for reading
 * by who sends an event, and for writing to switch that off.
 */
#include <linux/capability.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rwsem.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "netlink.h"
#include "parts.h"

static DECLARE_RWSEM(events_lock);
static bool events_on;		/* written under events_lock */

/* ---- policies ------------------------------------------------------------ */

#define FIB_POLICY	NLA_POLICY_MIN(NLA_U32, 1)
/* Not const: 6.1 would not take it. */
static struct netlink_range_validation any_u64 = { .max = S64_MAX };

static int valid_family(const struct nlattr *attr,
			struct netlink_ext_ack *extack)
{
	u8 family = nla_get_u8(attr);

	if (family == AF_INET || family == AF_INET6)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "neither IPv4 nor IPv6");
	return -EAFNOSUPPORT;
}

#define FAMILY_POLICY	NLA_POLICY_VALIDATE_FN(NLA_U8, valid_family)

static const struct nla_policy fib_policy[] = {
	[MFIB_A_FIB]		= FIB_POLICY,
};

static const struct nla_policy fib_new_policy[] = {
	[MFIB_A_FIB]		= FIB_POLICY,
	[MFIB_A_NAME]		= { .type = NLA_NUL_STRING,
				    .len = IFNAMSIZ - 1 },
};

static const struct nla_policy fib_del_policy[] = {
	[MFIB_A_FIB]		= FIB_POLICY,
	[MFIB_A_FORCE]		= { .type = NLA_FLAG },
};

static const struct nla_policy fib_set_policy[] = {
	[MFIB_A_FIB]		= FIB_POLICY,
	[MFIB_A_MAX_ROUTES4]	= { .type = NLA_U32 },
	[MFIB_A_MAX_ROUTES6]	= { .type = NLA_U32 },
	[MFIB_A_MAX_BYTES]	= NLA_POLICY_FULL_RANGE(NLA_U64, &any_u64),
	[MFIB_A_NEIGH_QUOTA]	= { .type = NLA_U32 },
};

static const struct nla_policy link_policy[] = {
	[MFIB_A_FIB]		= { .type = NLA_U32 },
	[MFIB_A_IFINDEX]	= NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy route_get_policy[] = {
	[MFIB_A_FIB]		= FIB_POLICY,
	[MFIB_A_ADDRESS]	= NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[MFIB_A_HASH]		= { .type = NLA_U32 },
	[MFIB_A_FAMILY]		= FAMILY_POLICY,
};

static const struct nla_policy table_policy[] = {
	[MFIB_A_FIB]		= FIB_POLICY,
	[MFIB_A_FAMILY]		= FAMILY_POLICY,
	[MFIB_A_SOURCE]		= NLA_POLICY_MAX(NLA_U8, MFIB_SRC_KERNEL),
};

static const struct nla_policy nexthop_policy[] = {
	[MFIB_A_NEXTHOP]	= { .type = NLA_NESTED },
	[MFIB_A_NH_ID]		= NLA_POLICY_MIN(NLA_U32, 1),
	[MFIB_A_HOW]		= NLA_POLICY_MAX(NLA_U8, MFIB_HOW_MAX),
};

static const struct nla_policy no_policy[] = {
	[MFIB_A_UNSPEC]		= { .type = NLA_REJECT },
};

static const struct nla_policy rule_policy[] = {
	[MFIB_A_RULE]		= { .type = NLA_NESTED },
	[MFIB_A_HOW]		= NLA_POLICY_MAX(NLA_U8, MFIB_HOW_MAX),
};

static const struct nla_policy grant_policy[] = {
	[MFIB_A_FIB]		= FIB_POLICY,
	[MFIB_A_UID]		= { .type = NLA_U32 },
	[MFIB_A_GID]		= { .type = NLA_U32 },
	[MFIB_A_GRANTED]	= NLA_POLICY_MAX(NLA_U8, 1),
};

/* ---- requests and answers ------------------------------------------------ */

/**
 * mfib_permitted() - may the sender change something?
 * @skb: the request
 * @extack: where to say that he may not
 *
 * Asked of the sender's credentials and of those the socket was opened with.
 *
 * Return: 0 or -EPERM.
 */
int mfib_permitted(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	if (netlink_ns_capable(skb, sock_net(skb->sk)->user_ns, CAP_NET_ADMIN))
		return 0;
	NL_SET_ERR_MSG(extack,
		       "CAP_NET_ADMIN in the network namespace is needed");
	return -EPERM;
}

/**
 * mfib_refuse() - say in words why a request is refused
 * @extack: where to, or NULL
 * @attr: the attribute that is wrong, or NULL
 * @err: the negative error
 * @why: a sentence that stays where it is, or NULL if one has been said or
 *	there is none
 *
 * Return: @err.
 */
int mfib_refuse(struct netlink_ext_ack *extack, const struct nlattr *attr,
		int err, const char *why)
{
	if (!extack)
		return err;
	if (why)
		extack->_msg = why;
	if (attr)
		NL_SET_BAD_ATTR(extack, attr);
	return err;
}

/**
 * mfib_fib_of() - a FIB by its number
 * @info: a request
 * @attr: the number
 *
 * Return: the FIB, for mfib_fib_put(), or an error that has been explained.
 */
struct mfib_fib *mfib_fib_of(struct genl_info *info, struct nlattr *attr)
{
	struct mfib_fib *fib;

	fib = mfib_fib_get(genl_info_net(info), nla_get_u32(attr));
	if (fib && mfib_fib_alive(fib))
		return fib;
	if (fib)
		mfib_fib_put(fib);
	return ERR_PTR(mfib_refuse(info->extack, attr, -ENOENT,
				   "there is no such FIB"));
}

/**
 * mfib_attr_fib() - the FIB that a request is about
 * @info: the request
 *
 * Return: the FIB, for mfib_fib_put(), or an error that has been explained.
 */
struct mfib_fib *mfib_attr_fib(struct genl_info *info)
{
	if (GENL_REQ_ATTR_CHECK(info, MFIB_A_FIB))
		return ERR_PTR(mfib_refuse(info->extack, NULL, -EINVAL,
					   "the number of the FIB is missing"));
	return mfib_fib_of(info, info->attrs[MFIB_A_FIB]);
}

/**
 * mfib_how() - what a request does with what is there
 * @attr: MFIB_A_HOW, or NULL
 *
 * Return: MFIB_INSERT_*.
 */
unsigned int mfib_how(const struct nlattr *attr)
{
	switch (attr ? nla_get_u8(attr) : MFIB_HOW_ADD) {
	case MFIB_HOW_REPLACE:
		return MFIB_INSERT_CREATE | MFIB_INSERT_REPLACE;
	case MFIB_HOW_CHANGE:
		return MFIB_INSERT_REPLACE;
	default:
		return MFIB_INSERT_CREATE;
	}
}

/**
 * mfib_attr_how() - what a request does with what is there
 * @info: the request
 *
 * Return: MFIB_INSERT_*.
 */
unsigned int mfib_attr_how(const struct genl_info *info)
{
	return mfib_how(info->attrs[MFIB_A_HOW]);
}

/* ---- FIBs ---------------------------------------------------------------- */

static int put_counts(struct sk_buff *skb, const struct mfib_fib *fib)
{
	struct nlattr *nest = nla_nest_start(skb, MFIB_A_COUNTS);
	struct mfib_counts sum;
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	mfib_fib_counts(fib, &sum);
	for (i = 0; i < __MFIB_C_MAX; i++)
		if (nla_put_u64_64bit(skb, i + 1, sum.c[i], 0))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_table(struct sk_buff *skb, struct mfib_fib *fib,
		     unsigned int family)
{
	int type = family == MFIB_V4 ? MFIB_A_TABLE4 : MFIB_A_TABLE6;
	struct nlattr *nest = nla_nest_start(skb, type);
	struct mfib_rib_stats st;

	if (!nest)
		return -EMSGSIZE;
	mfib_rib_stats(&fib->rib[family], &st);
	if (nla_put_u32(skb, MFIB_TB_OWN, st.routes[MFIB_SOURCE_OWN]) ||
	    nla_put_u32(skb, MFIB_TB_KERNEL, st.routes[MFIB_SOURCE_KERNEL]) ||
	    nla_put_u64_64bit(skb, MFIB_TB_BYTES, st.bytes, MFIB_TB_PAD) ||
	    nla_put_u32(skb, MFIB_TB_STEPS_MAX, family == MFIB_V4 ?
			MFIB_STEPS_V4 : MFIB_STEPS_V6) ||
	    (st.large && nla_put_flag(skb, MFIB_TB_LARGE)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_link(struct sk_buff *skb, const struct mfib_fib *fib)
{
	const struct net_device *dev;
	int err = 0;

	rcu_read_lock();
	dev = rcu_dereference(fib->dev);
	if (dev)
		err = nla_put_u32(skb, MFIB_A_IFINDEX, dev->ifindex) ||
		      nla_put_string(skb, MFIB_A_NAME, dev->name);
	rcu_read_unlock();
	return err ? -EMSGSIZE : 0;
}

static int put_fib(struct sk_buff *skb, struct mfib_fib *fib)
{
	if (nla_put_u32(skb, MFIB_A_FIB, fib->id) ||
	    put_link(skb, fib) ||
	    nla_put_u32(skb, MFIB_A_MAX_ROUTES4,
			fib->rib[MFIB_V4].max_routes) ||
	    nla_put_u32(skb, MFIB_A_MAX_ROUTES6,
			fib->rib[MFIB_V6].max_routes) ||
	    nla_put_u64_64bit(skb, MFIB_A_MAX_BYTES,
			      fib->rib[MFIB_V4].max_bytes, MFIB_A_PAD) ||
	    nla_put_u32(skb, MFIB_A_NEIGH_QUOTA,
			READ_ONCE(fib->neigh_quota)) ||
	    nla_put_u32(skb, MFIB_A_NEIGHS, mfib_neigh_count(fib, MFIB_V4) +
			mfib_neigh_count(fib, MFIB_V6)) ||
	    put_table(skb, fib, MFIB_V4) || put_table(skb, fib, MFIB_V6) ||
	    (mfib_mirror_stale(fib->mnet->net) &&
	     nla_put_flag(skb, MFIB_A_STALE)))
		return -EMSGSIZE;
	return put_counts(skb, fib);
}

static int fib_new(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *name = info->attrs[MFIB_A_NAME];
	int err = mfib_permitted(skb, info->extack);

	if (err)
		return err;
	if (GENL_REQ_ATTR_CHECK(info, MFIB_A_FIB))
		return mfib_refuse(info->extack, NULL, -EINVAL,
				   "the number of the FIB is missing");
	return mfib_fib_add(genl_info_net(info),
			    nla_get_u32(info->attrs[MFIB_A_FIB]),
			    name ? nla_data(name) : NULL, info->extack);
}

static int fib_del(struct sk_buff *skb, struct genl_info *info)
{
	int err = mfib_permitted(skb, info->extack);

	if (err)
		return err;
	if (GENL_REQ_ATTR_CHECK(info, MFIB_A_FIB))
		return mfib_refuse(info->extack, NULL, -EINVAL,
				   "the number of the FIB is missing");
	return mfib_fib_del(genl_info_net(info),
			    nla_get_u32(info->attrs[MFIB_A_FIB]),
			    info->attrs[MFIB_A_FORCE], info->extack);
}

static void limit(struct mfib_rib *rib, const struct nlattr *routes,
		  const struct nlattr *bytes)
{
	if (routes || bytes)
		mfib_rib_limit(rib, routes ? nla_get_u32(routes) :
			       rib->max_routes, bytes ? nla_get_u64(bytes) :
			       rib->max_bytes);
}

static int fib_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr **a = info->attrs;
	struct mfib_fib *fib;
	int err;

	err = mfib_permitted(skb, info->extack);
	if (err)
		return err;
	fib = mfib_attr_fib(info);
	if (IS_ERR(fib))
		return PTR_ERR(fib);
	limit(&fib->rib[MFIB_V4], a[MFIB_A_MAX_ROUTES4], a[MFIB_A_MAX_BYTES]);
	limit(&fib->rib[MFIB_V6], a[MFIB_A_MAX_ROUTES6], a[MFIB_A_MAX_BYTES]);
	if (a[MFIB_A_NEIGH_QUOTA])
		mfib_neigh_quota_set(fib, nla_get_u32(a[MFIB_A_NEIGH_QUOTA]));
	mfib_fib_put(fib);
	return 0;
}

static int fib_get(struct sk_buff *skb, struct genl_info *info)
{
	struct mfib_fib *fib = mfib_attr_fib(info);
	struct cgl_reply r;
	int err;

	if (IS_ERR(fib))
		return PTR_ERR(fib);
	err = cgl_reply_new(&r, info, &mfib_family, NLMSG_GOODSIZE);
	if (!err)
		err = cgl_reply_send(&r, info, put_fib(r.skb, fib));
	mfib_fib_put(fib);
	return err;
}

static int fib_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct net *net = sock_net(skb->sk);
	u32 id = cb->args[0];
	struct mfib_fib *fib;
	void *head;
	int err;

	while (!cb->args[1] && (fib = mfib_fib_next(net, &id))) {
		head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				   cb->nlh->nlmsg_seq, &mfib_family,
				   NLM_F_MULTI, MFIB_CMD_FIB_GET);
		err = head ? put_fib(skb, fib) : -EMSGSIZE;
		mfib_fib_put(fib);
		if (err) {
			if (head)
				genlmsg_cancel(skb, head);
			break;
		}
		genlmsg_end(skb, head);
		cb->args[1] = id == U32_MAX;
		cb->args[0] = ++id;
	}
	return skb->len;
}

static int link_set(struct sk_buff *skb, struct genl_info *info)
{
	int err = mfib_permitted(skb, info->extack);

	if (err)
		return err;
	if (GENL_REQ_ATTR_CHECK(info, MFIB_A_FIB) ||
	    GENL_REQ_ATTR_CHECK(info, MFIB_A_IFINDEX))
		return mfib_refuse(info->extack, NULL, -EINVAL,
				   "the FIB or the device is missing");
	return mfib_link_set(genl_info_net(info),
			     nla_get_u32(info->attrs[MFIB_A_FIB]),
			     nla_get_u32(info->attrs[MFIB_A_IFINDEX]),
			     info->extack);
}

static int resync(struct sk_buff *skb, struct genl_info *info)
{
	int err = mfib_permitted(skb, info->extack);

	if (err)
		return err;
	err = mfib_mirror_resync(genl_info_net(info));
	if (!err)
		return 0;
	return mfib_refuse(info->extack, NULL, err,
			   "not all was taken over; it will be tried again");
}

/* ---- events -------------------------------------------------------------- */

/**
 * mfib_event_wanted() - does anybody listen to events?
 * @net: the namespace
 *
 * Context: Any.
 */
bool mfib_event_wanted(struct net *net)
{
	return READ_ONCE(events_on) && genl_has_listeners(&mfib_family, net, 0);
}

/**
 * mfib_event_send() - send an event to those who listen
 * @net: the namespace
 * @skb: the message, complete; it is freed
 *
 * Context: Process context. May sleep.
 */
void mfib_event_send(struct net *net, struct sk_buff *skb)
{
	down_read(&events_lock);
	if (events_on)
		genlmsg_multicast_netns(&mfib_family, net, skb, 0, 0,
					GFP_KERNEL);
	else
		nlmsg_free(skb);
	up_read(&events_lock);
}

static void events_switch(bool on)
{
	down_write(&events_lock);
	WRITE_ONCE(events_on, on);
	up_write(&events_lock);
}

static const u8 event_of[] = {
	[MFIB_CHANGE_ADDED]	= MFIB_EVENT_ROUTE_ADDED,
	[MFIB_CHANGE_REPLACED]	= MFIB_EVENT_ROUTE_REPLACED,
	[MFIB_CHANGE_REMOVED]	= MFIB_EVENT_ROUTE_REMOVED,
	[MFIB_CHANGE_FLUSHED]	= MFIB_EVENT_FLUSHED,
	[MFIB_CHANGE_SWAPPED]	= MFIB_EVENT_SWAPPED,
};

/**
 * mfib_netlink_changed() - tell the listeners what has changed in a table
 * @rib: the table; @rib->owner is its FIB
 * @what: what has happened
 * @prefix: of the route, or NULL
 * @route: the route, or NULL
 *
 * For rib->changed. Costs nothing but a look when nobody listens; a listener
 * whose socket is full is told by ENOBUFS that it has missed something.
 *
 * Context: Process context, under rib->lock. May sleep.
 */
void mfib_netlink_changed(struct mfib_rib *rib, enum mfib_change what,
			  const struct mfib_prefix *prefix,
			  const struct mfib_route *route)
{
	struct mfib_fib *fib = rib->owner;
	struct net *net = fib->mnet->net;
	struct sk_buff *skb;
	void *head;
	int err;

	mfib_publish_route(rib, event_of[what], prefix, route);
	if (!mfib_event_wanted(net))
		return;
	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return;
	head = genlmsg_put(skb, 0, 0, &mfib_family, 0, MFIB_CMD_EVENT);
	err = !head || nla_put_u8(skb, MFIB_A_EVENT, event_of[what]) ||
	      nla_put_u32(skb, MFIB_A_FIB, fib->id) ||
	      (prefix ? mfib_put_route(skb, rib, prefix, route, false) :
	       nla_put_u8(skb, MFIB_A_FAMILY, rib->family == MFIB_V4 ?
			  AF_INET : AF_INET6));
	if (err) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, head);
	mfib_event_send(net, skb);
}

/* ---- the family ---------------------------------------------------------- */

#define OP(name, the_policy, ...)					\
	{ .cmd = MFIB_CMD_##name, .policy = the_policy,			\
	  .maxattr = ARRAY_SIZE(the_policy) - 1, __VA_ARGS__ }

/*
 * The function reads the attributes, by a policy of its own. The kernel does not
 * where there is nothing to read up to, and refuses all where there is no policy.
 */
#define OP_UNREAD(name, ...)						\
	{ .cmd = MFIB_CMD_##name, .policy = no_policy, .maxattr = 0,	\
	  __VA_ARGS__ }

/* They are searched from the first. */
static const struct genl_ops ops[] = {
	OP_UNREAD(ROUTE_NEW, .doit = mfib_nl_route_new),
	OP_UNREAD(ROUTE_DEL, .doit = mfib_nl_route_del),
	OP(FIB_NEW, fib_new_policy, .doit = fib_new),
	OP(FIB_DEL, fib_del_policy, .doit = fib_del),
	OP(FIB_SET, fib_set_policy, .doit = fib_set),
	OP(FIB_GET, fib_policy, .doit = fib_get, .dumpit = fib_dump),
	OP(LINK_SET, link_policy, .doit = link_set),
	OP(ROUTE_GET, route_get_policy, .doit = mfib_nl_route_get,
	   .start = mfib_nl_route_start, .dumpit = mfib_nl_route_dump,
	   .done = mfib_nl_route_done),
	OP(ROUTE_FLUSH, table_policy, .doit = mfib_nl_route_flush),
	OP(SESSION_BEGIN, table_policy, .doit = mfib_nl_session_begin),
	OP(SESSION_COMMIT, table_policy, .doit = mfib_nl_session_commit),
	OP(SESSION_ABORT, table_policy, .doit = mfib_nl_session_abort),
	OP(NEXTHOP_NEW, nexthop_policy, .doit = mfib_nl_nexthop_new),
	OP(NEXTHOP_DEL, nexthop_policy, .doit = mfib_nl_nexthop_del),
	OP(NEXTHOP_GET, no_policy, .dumpit = mfib_nl_nexthop_dump),
	OP(RULE_NEW, rule_policy, .doit = mfib_nl_rule_new),
	OP(RULE_DEL, rule_policy, .doit = mfib_nl_rule_del),
	OP(RULE_GET, no_policy, .dumpit = mfib_nl_rule_dump),
	OP(GRANT_SET, grant_policy, .doit = mfib_nl_grant_set),
	OP(GRANT_GET, fib_policy, .dumpit = mfib_nl_grant_dump),
	OP(RESYNC, no_policy, .doit = resync),
};

static const struct genl_multicast_group groups[] = {
	{ .name = MFIB_GENL_MCGRP },
};

struct genl_family mfib_family __ro_after_init = {
	.name		= MFIB_GENL_NAME,
	.version	= MFIB_GENL_VERSION,
	.module		= THIS_MODULE,
	.netnsok	= true,
	.parallel_ops	= true,
	.ops		= ops,
	.n_ops		= ARRAY_SIZE(ops),
	.mcgrps		= groups,
	.n_mcgrps	= ARRAY_SIZE(groups),
};

/**
 * mfib_netlink_init() - register the family
 *
 * Context: Process context. May sleep.
 * Return: 0 or a negative error.
 */
int mfib_netlink_init(void)
{
	int err = mfib_session_init();

	if (err)
		return err;
	err = genl_register_family(&mfib_family);
	if (err)
		mfib_session_exit();
	else
		events_switch(true);
	return err;
}

/**
 * mfib_netlink_exit() - unregister the family
 *
 * Waits for requests that were begun; there are no dumps, each of which holds the
 * module. Changes of tables that come later are not told.
 *
 * Context: Process context. Sleeps.
 */
void mfib_netlink_exit(void)
{
	events_switch(false);
	genl_unregister_family(&mfib_family);
	mfib_session_exit();
}
