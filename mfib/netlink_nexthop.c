// SPDX-License-Identifier: GPL-2.0-only
/*
 * Next hops over netlink: making, removing and listing those with an id, and how
 * any of them looks in a message.
 *
 * Locking: the set's own lock; a dump holds it for one message at a time.
 */
#include <linux/netdevice.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "netlink.h"

/* Not const: 6.1 would not take it. */
static struct netlink_range_validation mtus = { .min = 68, .max = 65535 };

static const struct nla_policy nexthop_policy[MFIB_NH_A_MAX + 1] = {
	[MFIB_NH_A_ID]		= NLA_POLICY_MIN(NLA_U32, 1),
	[MFIB_NH_A_TYPE]	= NLA_POLICY_MAX(NLA_U8, MFIB_TYPE_MAX),
	[MFIB_NH_A_GATEWAY]	= NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[MFIB_NH_A_OIF]		= NLA_POLICY_MIN(NLA_U32, 1),
	[MFIB_NH_A_TABLE]	= NLA_POLICY_MIN(NLA_U32, 1),
	[MFIB_NH_A_FLAGS]	= NLA_POLICY_MASK(NLA_U32, MFIB_F_ONLINK),
	[MFIB_NH_A_WAYS]	= { .type = NLA_NESTED },
	[MFIB_NH_A_MTU]		= NLA_POLICY_FULL_RANGE(NLA_U32, &mtus),
	[MFIB_NH_A_FIB]		= NLA_POLICY_MIN(NLA_U32, 1),
};

/* Of the nests in MFIB_NH_A_WAYS and MFIB_RT_WAYS. */
const struct nla_policy mfib_way_policy[MFIB_WAY_MAX + 1] = {
	[MFIB_WAY_NH_ID]	= NLA_POLICY_MIN(NLA_U32, 1),
	[MFIB_WAY_GATEWAY]	= NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[MFIB_WAY_OIF]		= NLA_POLICY_MIN(NLA_U32, 1),
	[MFIB_WAY_WEIGHT]	= NLA_POLICY_RANGE(NLA_U32, 1, 256),
	[MFIB_WAY_FLAGS]	= NLA_POLICY_MASK(NLA_U32, MFIB_F_ONLINK),
};

/* ---- messages ------------------------------------------------------------ */

/**
 * mfib_attr_address() - the address in an attribute
 * @attr: the attribute, of 4 to 16 bytes
 * @family: set to MFIB_V4 or MFIB_V6
 * @key: filled in
 *
 * Return: false if it has neither length.
 */
bool mfib_attr_address(const struct nlattr *attr, u8 *family,
		       struct mfib_key *key)
{
	switch (nla_len(attr)) {
	case 4:
		*family = MFIB_V4;
		*key = mfib_key4(ntohl(nla_get_be32(attr)));
		return true;
	case 16:
		*family = MFIB_V6;
		*key = mfib_key_init(MFIB_V6, nla_data(attr));
		return true;
	default:
		return false;
	}
}

/**
 * mfib_put_address() - put an address into a message
 * @skb: the message
 * @type: of the attribute
 * @family: MFIB_V4 or MFIB_V6
 * @key: the address
 *
 * Return: 0 or -EMSGSIZE.
 */
int mfib_put_address(struct sk_buff *skb, int type, unsigned int family,
		     const struct mfib_key *key)
{
	u8 bytes[16];

	mfib_key_bytes(family, key, bytes);
	return nla_put(skb, type, family == MFIB_V4 ? 4 : 16, bytes);
}

static u32 flags_of(const struct mfib_nh *nh)
{
	u32 flags = nh->spec.flags & MFIB_NHF_ONLINK ? MFIB_F_ONLINK : 0;

	return READ_ONCE(nh->dead) ? flags | MFIB_F_DEAD : flags;
}

static int put_way(struct sk_buff *skb, const struct mfib_nh *nh, u32 weight)
{
	struct nlattr *nest = nla_nest_start(skb, MFIB_WAY);

	if (!nest)
		return -EMSGSIZE;
	if ((nh->spec.id && nla_put_u32(skb, MFIB_WAY_NH_ID, nh->spec.id)) ||
	    (nh->spec.has_gw &&
	     mfib_put_address(skb, MFIB_WAY_GATEWAY, nh->spec.gw_family,
			      &nh->spec.gw)) ||
	    (nh->spec.ifindex &&
	     nla_put_u32(skb, MFIB_WAY_OIF, nh->spec.ifindex)) ||
	    nla_put_u32(skb, MFIB_WAY_WEIGHT, weight) ||
	    (flags_of(nh) && nla_put_u32(skb, MFIB_WAY_FLAGS, flags_of(nh))))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * mfib_put_ways() - put the ways of a group into a message
 * @skb: the message
 * @type: of the attribute
 * @nh: a next hop; nothing is put for what is not a group
 *
 * Context: RCU read-side section, or under the lock of the set.
 * Return: 0 or -EMSGSIZE.
 */
int mfib_put_ways(struct sk_buff *skb, int type, struct mfib_nh *nh)
{
	struct mfib_nh *way;
	struct nlattr *nest;
	unsigned int i;

	if (nh->spec.type != MFIB_NH_GROUP)
		return 0;
	nest = nla_nest_start(skb, type);
	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < nh->nmembers; i++) {
		way = mfib_nh_get(nh->set, nh->members[i].slot);
		if (way && put_way(skb, way, nh->members[i].weight))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * mfib_put_nexthop() - put a next hop into a message
 * @skb: the message
 * @nh: the next hop
 *
 * Context: RCU read-side section and under the lock of the set.
 * Return: 0 or -EMSGSIZE, and the message is as it was.
 */
int mfib_put_nexthop(struct sk_buff *skb, struct mfib_nh *nh)
{
	struct nlattr *nest = nla_nest_start(skb, MFIB_A_NEXTHOP);
	const struct mfib_nh_spec *s = &nh->spec;

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(skb, MFIB_NH_A_ID, s->id) ||
	    nla_put_u8(skb, MFIB_NH_A_TYPE, s->type) ||
	    (s->has_gw && mfib_put_address(skb, MFIB_NH_A_GATEWAY,
					   s->gw_family, &s->gw)) ||
	    (s->ifindex && nla_put_u32(skb, MFIB_NH_A_OIF, s->ifindex)) ||
	    (s->table && nla_put_u32(skb, MFIB_NH_A_TABLE, s->table)) ||
	    (s->mtu && nla_put_u32(skb, MFIB_NH_A_MTU, s->mtu)) ||
	    nla_put_u32(skb, MFIB_NH_A_FLAGS, flags_of(nh)) ||
	    nla_put_u32(skb, MFIB_NH_A_REFS, nh->refs) ||
	    mfib_put_ways(skb, MFIB_NH_A_WAYS, nh)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static void event(struct net *net, const struct mfib_nh_spec *spec, u8 what)
{
	struct mfib_nexthops *set = &mfib_net(net)->nexthops;
	struct mfib_nh *nh;
	struct sk_buff *skb;
	struct nlattr *nest;
	u32 slot = 0;
	void *head;
	int err;

	mfib_publish_nexthop(net, what, spec->id);
	if (!mfib_event_wanted(net))
		return;
	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return;
	head = genlmsg_put(skb, 0, 0, &mfib_family, 0, MFIB_CMD_EVENT);
	err = !head || nla_put_u8(skb, MFIB_A_EVENT, what);
	mutex_lock(&set->lock);
	rcu_read_lock();
	while (!err && (nh = mfib_nexthop_next(set, &slot)))
		if (nh->spec.id == spec->id)
			break;
	if (!err && nh && what == MFIB_EVENT_NEXTHOP) {
		err = mfib_put_nexthop(skb, nh);
	} else if (!err) {
		nest = nla_nest_start(skb, MFIB_A_NEXTHOP);
		err = !nest || nla_put_u32(skb, MFIB_NH_A_ID, spec->id);
		if (!err)
			nla_nest_end(skb, nest);
	}
	rcu_read_unlock();
	mutex_unlock(&set->lock);
	if (err) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, head);
	mfib_event_send(net, skb);
}

/* ---- making -------------------------------------------------------------- */

/* The members of a group, with a reference to each. */
static int take_ways(struct mfib_nexthops *set, const struct nlattr *ways,
		     struct mfib_member *members, unsigned int *count,
		     struct netlink_ext_ack *extack, const char **why)
{
	struct nlattr *tb[MFIB_WAY_MAX + 1], *way;
	int rem, err;

	nla_for_each_nested(way, ways, rem) {
		err = nla_parse_nested(tb, MFIB_WAY_MAX, way, mfib_way_policy,
				       extack);
		if (err)
			return err;
		if (!tb[MFIB_WAY_NH_ID] || tb[MFIB_WAY_GATEWAY] ||
		    tb[MFIB_WAY_OIF]) {
			*why = "a group is made of ids of next hops";
			return -EINVAL;
		}
		if (*count == MFIB_MEMBERS_MAX) {
			*why = "a group has at most 64 next hops";
			return -EINVAL;
		}
		err = mfib_nexthop_take_id(set, nla_get_u32(tb[MFIB_WAY_NH_ID]),
					   &members[*count].slot, why);
		if (err)
			return err;
		members[(*count)++].weight = tb[MFIB_WAY_WEIGHT] ?
			nla_get_u32(tb[MFIB_WAY_WEIGHT]) : 1;
	}
	return 0;
}

static int spec_from(struct net *net, struct nlattr **tb,
		     struct mfib_nh_spec *s, const char **why)
{
	struct mfib_fib *fib;
	int err;

	memset(s, 0, sizeof(*s));
	s->id = nla_get_u32(tb[MFIB_NH_A_ID]);
	s->type = tb[MFIB_NH_A_WAYS] ? MFIB_NH_GROUP :
		  tb[MFIB_NH_A_TYPE] ? nla_get_u8(tb[MFIB_NH_A_TYPE]) :
		  MFIB_NH_UNICAST;
	if (tb[MFIB_NH_A_FLAGS])
		s->flags = MFIB_NHF_ONLINK;
	if (tb[MFIB_NH_A_OIF])
		s->ifindex = nla_get_u32(tb[MFIB_NH_A_OIF]);
	if (tb[MFIB_NH_A_TABLE])
		s->table = nla_get_u32(tb[MFIB_NH_A_TABLE]);
	if (tb[MFIB_NH_A_MTU])
		s->mtu = nla_get_u32(tb[MFIB_NH_A_MTU]);
	if (tb[MFIB_NH_A_GATEWAY]) {
		s->has_gw = 1;
		if (!mfib_attr_address(tb[MFIB_NH_A_GATEWAY], &s->gw_family,
				       &s->gw)) {
			*why = "a gateway has 4 or 16 bytes";
			return -EINVAL;
		}
	}
	if (s->type == MFIB_NH_LOCAL || s->type == MFIB_NH_BROADCAST ||
	    s->type == MFIB_NH_MULTICAST) {
		*why = "such next hops are only mirrored from the kernel's table";
		return -EINVAL;
	}
	if ((s->type == MFIB_NH_TABLE) != !!s->table) {
		*why = "a table is for routes into another table";
		return -EINVAL;
	}
	if (s->type != MFIB_NH_UNICAST) {
		if (!s->has_gw && !s->ifindex)
			return 0;
		*why = "such a next hop has neither a gateway nor a device";
		return -EINVAL;
	}
	/* Without a FIB to look the gateway up in, its device must be named. */
	if (!tb[MFIB_NH_A_FIB]) {
		if (s->ifindex)
			return 0;
		*why = "the device is missing";
		return -EINVAL;
	}
	fib = mfib_fib_get(net, nla_get_u32(tb[MFIB_NH_A_FIB]));
	if (!fib) {
		*why = "there is no such FIB";
		return -ENOENT;
	}
	err = mfib_path_resolve(fib, s, why);
	mfib_fib_put(fib);
	return err;
}

static int nexthop_new(struct genl_info *info, struct nlattr **tb)
{
	struct mfib_nexthops *set = &mfib_net(genl_info_net(info))->nexthops;
	struct mfib_member members[MFIB_MEMBERS_MAX];
	unsigned int how = mfib_attr_how(info);
	struct mfib_nh_spec spec;
	const char *why = NULL;
	unsigned int count = 0;
	int err;

	err = spec_from(genl_info_net(info), tb, &spec, &why);
	if (!err && tb[MFIB_NH_A_WAYS])
		err = take_ways(set, tb[MFIB_NH_A_WAYS], members, &count,
				info->extack, &why);
	if (!err)
		err = mfib_nexthop_add(set, &spec, members, count,
				       how & MFIB_INSERT_CREATE,
				       how & MFIB_INSERT_REPLACE, &why);
	while (err && count)
		mfib_nexthop_put(set, members[--count].slot);
	if (err)
		return mfib_refuse(info->extack, info->attrs[MFIB_A_NEXTHOP],
				   err, why);
	event(genl_info_net(info), &spec, MFIB_EVENT_NEXTHOP);
	return 0;
}

/**
 * mfib_nl_nexthop_new() - MFIB_CMD_NEXTHOP_NEW
 * @skb: the request
 * @info: the same, parsed
 *
 * Return: 0 or a negative error.
 */
int mfib_nl_nexthop_new(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[MFIB_NH_A_MAX + 1];
	int err = mfib_permitted(skb, info->extack);

	if (err)
		return err;
	if (GENL_REQ_ATTR_CHECK(info, MFIB_A_NEXTHOP))
		return mfib_refuse(info->extack, NULL, -EINVAL,
				   "the next hop is missing");
	err = nla_parse_nested(tb, MFIB_NH_A_MAX, info->attrs[MFIB_A_NEXTHOP],
			       nexthop_policy, info->extack);
	if (err)
		return err;
	if (!tb[MFIB_NH_A_ID])
		return mfib_refuse(info->extack, info->attrs[MFIB_A_NEXTHOP],
				   -EINVAL, "the id of the next hop is missing");
	return nexthop_new(info, tb);
}

/**
 * mfib_nl_nexthop_del() - MFIB_CMD_NEXTHOP_DEL
 * @skb: the request
 * @info: the same, parsed
 *
 * Return: 0 or a negative error.
 */
int mfib_nl_nexthop_del(struct sk_buff *skb, struct genl_info *info)
{
	struct mfib_nexthops *set = &mfib_net(genl_info_net(info))->nexthops;
	struct mfib_nh_spec spec = {};
	const char *why = NULL;
	int err = mfib_permitted(skb, info->extack);

	if (err)
		return err;
	if (GENL_REQ_ATTR_CHECK(info, MFIB_A_NH_ID))
		return mfib_refuse(info->extack, NULL, -EINVAL,
				   "the id of the next hop is missing");
	spec.id = nla_get_u32(info->attrs[MFIB_A_NH_ID]);
	err = mfib_nexthop_del(set, spec.id, &why);
	if (err)
		return mfib_refuse(info->extack, info->attrs[MFIB_A_NH_ID], err,
				   why);
	event(genl_info_net(info), &spec, MFIB_EVENT_NEXTHOP_REMOVED);
	return 0;
}

/**
 * mfib_nl_nexthop_dump() - MFIB_CMD_NEXTHOP_GET, all with an id
 * @skb: the message to be filled
 * @cb: the dump; args[0] is the slot it has come to
 *
 * Return: the length, 0 at the end.
 */
int mfib_nl_nexthop_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct mfib_nexthops *set = &mfib_net(sock_net(skb->sk))->nexthops;
	u32 slot = cb->args[0];
	struct mfib_nh *nh;
	void *head;
	int err;

	mutex_lock(&set->lock);
	rcu_read_lock();
	while ((nh = mfib_nexthop_next(set, &slot))) {
		if (!nh->spec.id)
			continue;
		head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				   cb->nlh->nlmsg_seq, &mfib_family,
				   NLM_F_MULTI, MFIB_CMD_NEXTHOP_GET);
		err = head ? mfib_put_nexthop(skb, nh) : -EMSGSIZE;
		if (err) {
			if (head)
				genlmsg_cancel(skb, head);
			break;
		}
		genlmsg_end(skb, head);
		cb->args[0] = slot;
	}
	rcu_read_unlock();
	mutex_unlock(&set->lock);
	return skb->len;
}
