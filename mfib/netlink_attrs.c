// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes of requests about routes, which come by the million.
 *
 * The kernel's parser takes a hundred instructions an attribute. What is here
 * takes some twenty, knows what such requests mostly have, and refuses nothing: a
 * message in which anything is not as it should be, or that has rarer attributes,
 * is left to the kernel's parser and its policy, which says what is wrong. So
 * what is let pass here must be what the policy lets pass.
 */
#include <linux/string.h>
#include <net/netlink.h>

#include "netlink.h"

/* ---- of a message -------------------------------------------------------- */

static const struct nla_policy request_policy[MFIB_A_HOW + 1] = {
	[MFIB_A_FIB]		= { .type = NLA_U32 },
	[MFIB_A_ROUTE]		= { .type = NLA_NESTED },
	[MFIB_A_SESSION]	= { .type = NLA_FLAG },
	[MFIB_A_HOW]		= NLA_POLICY_MAX(NLA_U8, MFIB_HOW_MAX),
};

static bool request_quick(const struct genl_info *info, struct mfib_request *r,
			  struct nlattr **how)
{
	struct nlattr *attr;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		switch (attr->nla_type) {
		case MFIB_A_FIB:
			if (nla_len(attr) != sizeof(u32))
				return false;
			r->fib = attr;
			break;
		case MFIB_A_ROUTE | NLA_F_NESTED:
			if (r->routes)
				break;
			r->routes = attr;
			r->len = rem;
			break;
		case MFIB_A_HOW:
			if (nla_len(attr) != sizeof(u8) ||
			    nla_get_u8(attr) > MFIB_HOW_MAX)
				return false;
			*how = attr;
			break;
		default:
			return false;
		}
	}
	return rem <= 0 && r->fib && r->routes;
}

/* noinline: the table would be on the stack of every request. */
static noinline int request_slowly(struct genl_info *info,
				   struct mfib_request *r, struct nlattr **how)
{
	struct nlattr *tb[MFIB_A_HOW + 1];
	int err;

	err = nlmsg_parse(info->nlhdr, GENL_HDRLEN, tb, MFIB_A_HOW,
			  request_policy, info->extack);
	if (err)
		return err;
	if (NL_REQ_ATTR_CHECK(info->extack, NULL, tb, MFIB_A_ROUTE))
		return mfib_refuse(info->extack, NULL, -EINVAL,
				   "the route is missing");
	if (NL_REQ_ATTR_CHECK(info->extack, NULL, tb, MFIB_A_FIB))
		return mfib_refuse(info->extack, NULL, -EINVAL,
				   "the number of the FIB is missing");
	*how = tb[MFIB_A_HOW];
	r->fib = tb[MFIB_A_FIB];
	r->aside = tb[MFIB_A_SESSION];
	r->routes = nlmsg_attrdata(info->nlhdr, GENL_HDRLEN);
	r->len = nlmsg_attrlen(info->nlhdr, GENL_HDRLEN);
	return 0;
}

/**
 * mfib_request_read() - what a request says about all of its routes
 * @info: the request, of which the kernel has read nothing
 * @r: filled in; the attributes from @r->routes on that are not routes are to be
 *	passed over
 *
 * Return: 0, or a negative error that has been explained.
 */
int mfib_request_read(struct genl_info *info, struct mfib_request *r)
{
	struct nlattr *how = NULL;
	int err;

	*r = (struct mfib_request){};
	if (!request_quick(info, r, &how)) {
		err = request_slowly(info, r, &how);
		if (err)
			return err;
	}
	r->how = mfib_how(how);
	return 0;
}

/* ---- of a route ---------------------------------------------------------- */

static struct netlink_range_validation metrics = {
	.max = MFIB_METRIC_ANY - 1
};

/* Not const: 6.1 would not take it. */
static struct netlink_range_validation mtus = { .min = 68, .max = 65535 };

static const struct nla_policy route_policy[MFIB_RT_MAX + 1] = {
	/* Without ranges: parse_prefix() looks, and 0 is no device. */
	[MFIB_RT_DST]		= { .type = NLA_BINARY, .len = 16 },
	[MFIB_RT_LEN]		= { .type = NLA_U8 },
	[MFIB_RT_OIF]		= { .type = NLA_U32 },
	[MFIB_RT_METRIC]	= NLA_POLICY_FULL_RANGE(NLA_U32, &metrics),
	[MFIB_RT_PROTOCOL]	= { .type = NLA_U8 },
	[MFIB_RT_NH_ID]		= NLA_POLICY_MIN(NLA_U32, 1),
	[MFIB_RT_TYPE]		= NLA_POLICY_MAX(NLA_U8, MFIB_TYPE_TABLE),
	[MFIB_RT_GATEWAY]	= NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[MFIB_RT_TABLE]		= NLA_POLICY_MIN(NLA_U32, 1),
	[MFIB_RT_PREFSRC]	= NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[MFIB_RT_FLAGS]		= NLA_POLICY_MASK(NLA_U32, MFIB_F_ONLINK),
	[MFIB_RT_MTU]		= NLA_POLICY_FULL_RANGE(NLA_U32, &mtus),
	[MFIB_RT_WAYS]		= { .type = NLA_NESTED },
};

/* Those that the policy says nothing about but their length, by that. */
static bool route_quick(const struct nlattr *nest, struct nlattr **tb)
{
	const struct nlattr *attr;
	unsigned int len;
	int rem;

	memset(tb, 0, (MFIB_RT_MAX + 1) * sizeof(*tb));
	nla_for_each_nested(attr, nest, rem) {
		len = nla_len(attr);
		switch (attr->nla_type) {
		case MFIB_RT_DST:
		case MFIB_RT_GATEWAY:
			if (len != 4 && len != 16)
				return false;
			break;
		case MFIB_RT_LEN:
		case MFIB_RT_PROTOCOL:
			if (len != sizeof(u8))
				return false;
			break;
		case MFIB_RT_OIF:
			if (len != sizeof(u32))
				return false;
			break;
		case MFIB_RT_METRIC:
			if (len != sizeof(u32) ||
			    nla_get_u32(attr) == MFIB_METRIC_ANY)
				return false;
			break;
		case MFIB_RT_NH_ID:
			if (len != sizeof(u32) || !nla_get_u32(attr))
				return false;
			break;
		default:
			return false;
		}
		tb[attr->nla_type] = (struct nlattr *)attr;
	}
	return rem <= 0;
}

/**
 * mfib_route_read() - the attributes of a route
 * @attr: the route
 * @tb: MFIB_RT_MAX + 1 entries, filled in
 * @extack: told what is wrong
 *
 * Return: 0, or a negative error that has been explained.
 */
int mfib_route_read(const struct nlattr *attr, struct nlattr **tb,
		    struct netlink_ext_ack *extack)
{
	if (attr->nla_type & NLA_F_NESTED && route_quick(attr, tb))
		return 0;
	return nla_parse_nested(tb, MFIB_RT_MAX, attr, route_policy, extack);
}
