// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules and grants over netlink: which packets, and whose sockets, may be in a
 * FIB. select.c and grant.c have them; here they are read from messages and
 * put into them.
 */
#include <linux/cred.h>
#include <linux/uidgid.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "compat.h"
#include "netlink.h"

static const struct nla_policy rule_policy[MFIB_RU_MAX + 1] = {
	[MFIB_RU_PRIORITY]	= { .type = NLA_U32 },
	[MFIB_RU_FIB]		= NLA_POLICY_MIN(NLA_U32, 1),
	[MFIB_RU_IIF]		= NLA_POLICY_MIN(NLA_U32, 1),
	[MFIB_RU_SRC]		= NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[MFIB_RU_SRC_LEN]	= NLA_POLICY_MAX(NLA_U8, 128),
	[MFIB_RU_MARK]		= { .type = NLA_U32 },
	[MFIB_RU_MASK]		= { .type = NLA_U32 },
};

/* ---- rules --------------------------------------------------------------- */

static int rule_source(struct nlattr **tb, struct mfib_rule *rule,
		       const char **why)
{
	const struct nlattr *src = tb[MFIB_RU_SRC];
	struct mfib_key key;
	unsigned int len;

	rule->family = MFIB_ANY;
	if (!src) {
		if (!tb[MFIB_RU_SRC_LEN])
			return 0;
		*why = "the source is missing";
		return -EINVAL;
	}
	if (!mfib_attr_address(src, &rule->family, &key)) {
		*why = "a source has 4 or 16 bytes";
		return -EINVAL;
	}
	len = tb[MFIB_RU_SRC_LEN] ? nla_get_u8(tb[MFIB_RU_SRC_LEN]) :
	      mfib_bits(rule->family);
	if (mfib_prefix_init(&rule->src, rule->family, nla_data(src), len))
		return 0;
	*why = "the source has bits behind its prefix, or that is too long";
	return -EINVAL;
}

static int rule_from(struct nlattr **tb, struct mfib_rule *rule,
		     const char **why)
{
	memset(rule, 0, sizeof(*rule));
	if (!tb[MFIB_RU_PRIORITY] || !tb[MFIB_RU_FIB]) {
		*why = "a rule has a priority and a FIB";
		return -EINVAL;
	}
	rule->pref = nla_get_u32(tb[MFIB_RU_PRIORITY]);
	rule->fib = nla_get_u32(tb[MFIB_RU_FIB]);
	if (tb[MFIB_RU_IIF])
		rule->ifindex = nla_get_u32(tb[MFIB_RU_IIF]);
	if (tb[MFIB_RU_MARK]) {
		rule->mark = nla_get_u32(tb[MFIB_RU_MARK]);
		rule->mask = ~0u;
	}
	if (tb[MFIB_RU_MASK])
		rule->mask = nla_get_u32(tb[MFIB_RU_MASK]);
	if (rule->mark & ~rule->mask) {
		*why = "the mark has bits that are not in its mask";
		return -EINVAL;
	}
	return rule_source(tb, rule, why);
}

static int rule_parse(struct sk_buff *skb, struct genl_info *info,
		      struct nlattr **tb)
{
	int err = mfib_permitted(skb, info->extack);

	if (err)
		return err;
	if (GENL_REQ_ATTR_CHECK(info, MFIB_A_RULE))
		return mfib_refuse(info->extack, NULL, -EINVAL,
				   "the rule is missing");
	return nla_parse_nested(tb, MFIB_RU_MAX, info->attrs[MFIB_A_RULE],
				rule_policy, info->extack);
}

/**
 * mfib_nl_rule_new() - MFIB_CMD_RULE_NEW
 * @skb: the request
 * @info: the same, parsed
 *
 * Return: 0 or a negative error.
 */
int mfib_nl_rule_new(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[MFIB_RU_MAX + 1];
	struct mfib_rule rule;
	const char *why = NULL;
	int err = rule_parse(skb, info, tb);

	if (err)
		return err;
	err = rule_from(tb, &rule, &why);
	if (err)
		return mfib_refuse(info->extack, info->attrs[MFIB_A_RULE], err,
				   why);
	return mfib_rule_add(genl_info_net(info), &rule, mfib_attr_how(info),
			     info->extack);
}

/**
 * mfib_nl_rule_del() - MFIB_CMD_RULE_DEL
 * @skb: the request
 * @info: the same, parsed
 *
 * Return: 0 or a negative error.
 */
int mfib_nl_rule_del(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[MFIB_RU_MAX + 1];
	int err = rule_parse(skb, info, tb);

	if (err)
		return err;
	if (!tb[MFIB_RU_PRIORITY])
		return mfib_refuse(info->extack, info->attrs[MFIB_A_RULE],
				   -EINVAL, "the priority is missing");
	return mfib_rule_del(genl_info_net(info),
			     nla_get_u32(tb[MFIB_RU_PRIORITY]), info->extack);
}

static int put_rule(struct sk_buff *skb, const struct mfib_rule *rule)
{
	struct nlattr *nest = nla_nest_start(skb, MFIB_A_RULE);

	if (!nest ||
	    nla_put_u32(skb, MFIB_RU_PRIORITY, rule->pref) ||
	    nla_put_u32(skb, MFIB_RU_FIB, rule->fib) ||
	    (rule->ifindex && nla_put_u32(skb, MFIB_RU_IIF, rule->ifindex)) ||
	    (rule->family != MFIB_ANY &&
	     (mfib_put_address(skb, MFIB_RU_SRC, rule->family,
			       &rule->src.key) ||
	      nla_put_u8(skb, MFIB_RU_SRC_LEN, rule->src.len))) ||
	    (rule->mask && (nla_put_u32(skb, MFIB_RU_MARK, rule->mark) ||
			    nla_put_u32(skb, MFIB_RU_MASK, rule->mask))))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * mfib_nl_rule_dump() - MFIB_CMD_RULE_GET
 * @skb: the message to be filled
 * @cb: the dump; args[0] is the smallest priority to come, args[1] the end
 *
 * Return: the length, 0 at the end.
 */
int mfib_nl_rule_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct net *net = sock_net(skb->sk);
	struct mfib_rule rule;
	u32 pref = cb->args[0];
	void *head;

	while (!cb->args[1] && mfib_rule_next(net, &pref, &rule)) {
		head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				   cb->nlh->nlmsg_seq, &mfib_family,
				   NLM_F_MULTI, MFIB_CMD_RULE_GET);
		if (!head || put_rule(skb, &rule)) {
			if (head)
				genlmsg_cancel(skb, head);
			break;
		}
		genlmsg_end(skb, head);
		cb->args[1] = rule.pref == U32_MAX;
		pref = rule.pref + 1;
		cb->args[0] = pref;
	}
	return skb->len;
}

/* ---- grants -------------------------------------------------------------- */

static int grant_from(struct sk_buff *skb, struct genl_info *info,
		      struct mfib_grant *grant)
{
	struct user_namespace *ns = sk_user_ns(NETLINK_CB(skb).sk);
	const struct nlattr *uid = info->attrs[MFIB_A_UID];
	const struct nlattr *gid = info->attrs[MFIB_A_GID];
	kuid_t kuid = INVALID_UID;
	kgid_t kgid = INVALID_GID;

	if (!uid == !gid)
		return mfib_refuse(info->extack, NULL, -EINVAL,
				   "a grant is for a user or for a group");
	if (uid)
		kuid = make_kuid(ns, nla_get_u32(uid));
	else
		kgid = make_kgid(ns, nla_get_u32(gid));
	grant->group = gid;
	grant->id = gid ? __kgid_val(kgid) : __kuid_val(kuid);
	if (grant->id == (u32)-1)
		return mfib_refuse(info->extack, uid ? uid : gid, -EINVAL,
				   "your user namespace has no such user or group");
	return 0;
}

/**
 * mfib_nl_grant_set() - MFIB_CMD_GRANT_SET
 * @skb: the request
 * @info: the same, parsed
 *
 * Return: 0 or a negative error.
 */
int mfib_nl_grant_set(struct sk_buff *skb, struct genl_info *info)
{
	struct mfib_grant grant;
	struct mfib_fib *fib;
	int err;

	err = mfib_permitted(skb, info->extack);
	if (!err)
		err = grant_from(skb, info, &grant);
	if (err)
		return err;
	if (GENL_REQ_ATTR_CHECK(info, MFIB_A_GRANTED))
		return mfib_refuse(info->extack, NULL, -EINVAL,
				   "whether it is granted is missing");
	fib = mfib_attr_fib(info);
	if (IS_ERR(fib))
		return PTR_ERR(fib);
	if (nla_get_u8(info->attrs[MFIB_A_GRANTED]))
		err = mfib_grant_add(fib, &grant, info->extack);
	else
		err = mfib_grant_del(fib, &grant, info->extack);
	mfib_fib_put(fib);
	return err;
}

static int put_grant(struct sk_buff *skb, const struct mfib_fib *fib,
		     const struct mfib_grant *grant)
{
	struct user_namespace *ns = sk_user_ns(skb->sk);

	if (nla_put_u32(skb, MFIB_A_FIB, fib->id))
		return -EMSGSIZE;
	if (grant->group)
		return nla_put_u32(skb, MFIB_A_GID, from_kgid_munged(ns,
				   KGIDT_INIT(grant->id)));
	return nla_put_u32(skb, MFIB_A_UID,
			   from_kuid_munged(ns, KUIDT_INIT(grant->id)));
}

/**
 * mfib_nl_grant_dump() - MFIB_CMD_GRANT_GET
 * @skb: the message to be filled
 * @cb: the dump; args[0] is how many were sent
 *
 * Return: the length, 0 at the end, or a negative error.
 */
int mfib_nl_grant_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr *id = cgl_dump_attrs(cb)[MFIB_A_FIB];
	unsigned int n = cb->args[0];
	struct mfib_grant grant;
	struct mfib_fib *fib;
	void *head;

	if (!id)
		return mfib_refuse(cb->extack, NULL, -EINVAL,
				   "the number of the FIB is missing");
	fib = mfib_fib_get(sock_net(skb->sk), nla_get_u32(id));
	if (!fib)
		return mfib_refuse(cb->extack, id, -ENOENT,
				   "there is no such FIB");
	while (mfib_grant_next(fib, &n, &grant)) {
		head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				   cb->nlh->nlmsg_seq, &mfib_family,
				   NLM_F_MULTI, MFIB_CMD_GRANT_GET);
		if (!head || put_grant(skb, fib, &grant)) {
			if (head)
				genlmsg_cancel(skb, head);
			break;
		}
		genlmsg_end(skb, head);
		cb->args[0] = n;
	}
	mfib_fib_put(fib);
	return skb->len;
}
