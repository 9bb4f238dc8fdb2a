// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routes over netlink: added, removed, asked for, listed, and told of.
 *
 * A message may carry many routes. Each is parsed, its next hop found or made,
 * and put into the table by itself; the first that is refused ends the message.
 * A list is sent many routes a message; between messages the table may change,
 * and routes that stay are listed once all the same.
 *
 * Locking: that of the tables and of the next hops. A dump holds a reference to
 * its FIB, and the lock of the table for one message at a time.
 */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "compat.h"
#include "netlink.h"

/**
 * struct wanted - a route of a request
 * @family: MFIB_V4 or MFIB_V6
 * @prefix: where to
 * @route: the route; @route.slot is a reference once there is one
 * @any_metric: the request names none
 */
struct wanted {
	u8			family;
	struct mfib_prefix	prefix;
	struct mfib_route	route;
	bool			any_metric;
};

/* ---- requests ------------------------------------------------------------ */

static int parse_prefix(struct nlattr **tb, struct wanted *w, const char **why)
{
	const struct nlattr *dst = tb[MFIB_RT_DST];
	struct mfib_key key;
	unsigned int len;

	if (!dst || !mfib_attr_address(dst, &w->family, &key)) {
		*why = "the destination has neither 4 nor 16 bytes";
		return -EINVAL;
	}
	len = tb[MFIB_RT_LEN] ? nla_get_u8(tb[MFIB_RT_LEN]) :
	      mfib_bits(w->family);
	if (len > mfib_bits(w->family)) {
		*why = "the prefix is longer than the address";
		return -EINVAL;
	}
	w->prefix.key = mfib_key_cut(key, len);
	w->prefix.len = len;
	if (!mfib_key_equal(&w->prefix.key, &key)) {
		*why = "the destination has bits behind its prefix";
		return -EINVAL;
	}
	w->any_metric = !tb[MFIB_RT_METRIC];
	w->route.metric = w->any_metric ? 0 : nla_get_u32(tb[MFIB_RT_METRIC]);
	w->route.protocol = tb[MFIB_RT_PROTOCOL] ?
		nla_get_u8(tb[MFIB_RT_PROTOCOL]) : RTPROT_STATIC;
	w->route.source = MFIB_SOURCE_OWN;
	return 0;
}

/* The gateway has the family of the route, or is one of IPv6 for IPv4. */
static int parse_gateway(const struct nlattr *attr, unsigned int family,
			 struct mfib_nh_spec *s, const char **why)
{
	s->has_gw = 1;
	if (mfib_attr_address(attr, &s->gw_family, &s->gw) &&
	    s->gw_family >= family)
		return 0;
	*why = "the gateway is of another family";
	return -EINVAL;
}

static int resolve(struct mfib_fib *fib, struct mfib_nh_spec *s,
		   const char **why)
{
	struct mfib_fib *other;

	switch (s->type) {
	case MFIB_NH_UNICAST:
		return mfib_path_resolve(fib, s, why);
	case MFIB_NH_TABLE:
		other = mfib_fib_get(fib->mnet->net, s->table);
		if (!other || other == fib) {
			*why = other ? "a route cannot lead into its own table" :
				       "the table it leads into is not there";
			if (other)
				mfib_fib_put(other);
			return other ? -ELOOP : -ENOENT;
		}
		mfib_fib_put(other);
		return 0;
	case MFIB_NH_BLACKHOLE:
	case MFIB_NH_UNREACHABLE:
	case MFIB_NH_PROHIBIT:
		return 0;
	default:
		*why = "such routes are only mirrored from the kernel's table";
		return -EINVAL;
	}
}

static int parse_spec(struct mfib_fib *fib, struct nlattr **tb,
		      const struct wanted *w, struct mfib_nh_spec *s,
		      const char **why)
{
	u8 family;
	int err;

	memset(s, 0, sizeof(*s));
	s->type = tb[MFIB_RT_TYPE] ? nla_get_u8(tb[MFIB_RT_TYPE]) :
		  tb[MFIB_RT_TABLE] ? MFIB_NH_TABLE : MFIB_NH_UNICAST;
	if (tb[MFIB_RT_OIF])
		s->ifindex = nla_get_u32(tb[MFIB_RT_OIF]);
	if (tb[MFIB_RT_TABLE])
		s->table = nla_get_u32(tb[MFIB_RT_TABLE]);
	if (tb[MFIB_RT_FLAGS] && nla_get_u32(tb[MFIB_RT_FLAGS]))
		s->flags = MFIB_NHF_ONLINK;
	if (tb[MFIB_RT_MTU])
		s->mtu = nla_get_u32(tb[MFIB_RT_MTU]);
	if (tb[MFIB_RT_GATEWAY]) {
		err = parse_gateway(tb[MFIB_RT_GATEWAY], w->family, s, why);
		if (err)
			return err;
	}
	if (tb[MFIB_RT_PREFSRC]) {
		s->has_src = 1;
		if (!mfib_attr_address(tb[MFIB_RT_PREFSRC], &family, &s->src) ||
		    family != w->family) {
			*why = "the source is of another family";
			return -EINVAL;
		}
	}
	if ((s->type == MFIB_NH_TABLE) != !!s->table) {
		*why = "a table is for routes into another table";
		return -EINVAL;
	}
	if (s->type != MFIB_NH_UNICAST && (s->has_gw || s->ifindex)) {
		*why = "a route of this type has neither a gateway nor a device";
		return -EINVAL;
	}
	return 0;
}

/* One way of a route with several, as a next hop of its own. */
static int take_way(struct mfib_fib *fib, const struct nlattr *attr,
		    const struct wanted *w, struct mfib_member *m,
		    struct netlink_ext_ack *extack, const char **why)
{
	struct mfib_nexthops *set = &fib->mnet->nexthops;
	struct nlattr *tb[MFIB_WAY_MAX + 1];
	struct mfib_nh_spec s = {};
	int err;

	err = nla_parse_nested(tb, MFIB_WAY_MAX, attr, mfib_way_policy, extack);
	if (err)
		return err;
	m->weight = tb[MFIB_WAY_WEIGHT] ? nla_get_u32(tb[MFIB_WAY_WEIGHT]) : 1;
	if (tb[MFIB_WAY_NH_ID])
		return mfib_nexthop_take_id(set,
					    nla_get_u32(tb[MFIB_WAY_NH_ID]),
					    &m->slot, why);
	if (tb[MFIB_WAY_OIF])
		s.ifindex = nla_get_u32(tb[MFIB_WAY_OIF]);
	if (tb[MFIB_WAY_FLAGS] && nla_get_u32(tb[MFIB_WAY_FLAGS]))
		s.flags = MFIB_NHF_ONLINK;
	if (tb[MFIB_WAY_GATEWAY]) {
		err = parse_gateway(tb[MFIB_WAY_GATEWAY], w->family, &s, why);
		if (err)
			return err;
	}
	err = mfib_path_resolve(fib, &s, why);
	if (err)
		return err;
	return mfib_nexthop_take(set, &s, NULL, 0, &m->slot, why);
}

/* noinline: the members would be on the stack of every route. */
static noinline int take_ways(struct mfib_fib *fib, const struct nlattr *ways,
			      const struct wanted *w, u32 *slot,
			      struct netlink_ext_ack *extack, const char **why)
{
	const struct mfib_nh_spec group = { .type = MFIB_NH_GROUP };
	struct mfib_nexthops *set = &fib->mnet->nexthops;
	struct mfib_member members[MFIB_MEMBERS_MAX];
	unsigned int count = 0;
	struct nlattr *way;
	int rem, err = 0;

	memset(members, 0, sizeof(members));
	nla_for_each_nested(way, ways, rem) {
		if (count == MFIB_MEMBERS_MAX) {
			*why = "a route has at most 64 ways";
			err = -EINVAL;
			break;
		}
		err = take_way(fib, way, w, &members[count], extack, why);
		if (err)
			break;
		count++;
	}
	if (!err)
		err = mfib_nexthop_take(set, &group, members, count, slot, why);
	while (err && count)
		mfib_nexthop_put(set, members[--count].slot);
	return err;
}

/* The next hop of a route, with a reference. */
static int take_nexthop(struct mfib_fib *fib, struct nlattr **tb,
			struct wanted *w, struct netlink_ext_ack *extack,
			const char **why)
{
	struct mfib_nexthops *set = &fib->mnet->nexthops;
	struct mfib_nh_spec s __uninitialized;
	int err;

	if (tb[MFIB_RT_NH_ID]) {
		if (tb[MFIB_RT_GATEWAY] || tb[MFIB_RT_OIF] || tb[MFIB_RT_WAYS] ||
		    tb[MFIB_RT_TYPE] || tb[MFIB_RT_TABLE]) {
			*why = "an id of a next hop says all about it";
			return -EINVAL;
		}
		return mfib_nexthop_take_id(set, nla_get_u32(tb[MFIB_RT_NH_ID]),
					    &w->route.slot, why);
	}
	if (tb[MFIB_RT_WAYS])
		return take_ways(fib, tb[MFIB_RT_WAYS], w, &w->route.slot,
				 extack, why);
	err = parse_spec(fib, tb, w, &s, why);
	if (err)
		return err;
	/* By a device alone: the device was looked at for the route before. */
	if (s.type == MFIB_NH_UNICAST && s.ifindex && !s.has_gw &&
	    mfib_nexthop_take_alive(set, &s, &w->route.slot))
		return 0;
	err = resolve(fib, &s, why);
	if (err)
		return err;
	return mfib_nexthop_take(set, &s, NULL, 0, &w->route.slot, why);
}

static int no_session(const char **why)
{
	*why = "this socket has no session for the table";
	return -EINVAL;
}

static int add_one(struct mfib_fib *fib, struct genl_info *info,
		   const struct mfib_request *r, const struct nlattr *attr,
		   const char **why)
{
	struct nlattr *tb[MFIB_RT_MAX + 1] __uninitialized;
	struct wanted w = {};
	int err;

	err = mfib_route_read(attr, tb, info->extack);
	if (err)
		return err;
	err = parse_prefix(tb, &w, why);
	if (!err)
		err = take_nexthop(fib, tb, &w, info->extack, why);
	if (err)
		return err;
	if (!r->aside)
		err = mfib_rib_insert(&fib->rib[w.family], &w.prefix, &w.route,
				      r->how, why);
	else if (mfib_session_owned(fib->mnet->net, fib->id, w.family,
				    info->snd_portid))
		err = mfib_rib_insert_next(&fib->rib[w.family], &w.prefix,
					   &w.route, r->how, why);
	else
		err = no_session(why);
	if (err)
		mfib_nexthop_put(&fib->mnet->nexthops, w.route.slot);
	return err;
}

static int del_one(struct mfib_fib *fib, struct genl_info *info,
		   const struct mfib_request *r, const struct nlattr *attr,
		   const char **why)
{
	struct nlattr *tb[MFIB_RT_MAX + 1] __uninitialized;
	struct wanted w = {};
	int err;

	err = mfib_route_read(attr, tb, info->extack);
	if (!err)
		err = parse_prefix(tb, &w, why);
	if (err)
		return err;
	return mfib_rib_remove(&fib->rib[w.family], &w.prefix, MFIB_SOURCE_OWN,
			       w.any_metric ? MFIB_METRIC_ANY : w.route.metric,
			       why);
}

/* Does something with each route of a request. */
static int each_route(struct sk_buff *skb, struct genl_info *info,
		      int (*one)(struct mfib_fib *fib, struct genl_info *info,
				 const struct mfib_request *r,
				 const struct nlattr *attr, const char **why))
{
	const char *why = NULL;
	struct mfib_request r;
	struct mfib_fib *fib;
	struct nlattr *attr;
	int rem, err;

	err = mfib_permitted(skb, info->extack);
	if (!err)
		err = mfib_request_read(info, &r);
	if (err)
		return err;
	fib = mfib_fib_of(info, r.fib);
	if (IS_ERR(fib))
		return PTR_ERR(fib);
	nla_for_each_attr(attr, r.routes, r.len, rem) {
		if (nla_type(attr) != MFIB_A_ROUTE)
			continue;
		if (attr != r.routes)
			cond_resched();
		err = one(fib, info, &r, attr, &why);
		if (err) {
			mfib_refuse(info->extack, attr, err, why);
			break;
		}
	}
	mfib_fib_put(fib);
	return err;
}

/**
 * mfib_nl_route_new() - MFIB_CMD_ROUTE_NEW
 * @skb: the request
 * @info: the same, parsed
 *
 * Return: 0 or a negative error.
 */
int mfib_nl_route_new(struct sk_buff *skb, struct genl_info *info)
{
	return each_route(skb, info, add_one);
}

/**
 * mfib_nl_route_del() - MFIB_CMD_ROUTE_DEL
 * @skb: the request
 * @info: the same, parsed
 *
 * Return: 0 or a negative error.
 */
int mfib_nl_route_del(struct sk_buff *skb, struct genl_info *info)
{
	return each_route(skb, info, del_one);
}

/**
 * mfib_nl_route_flush() - MFIB_CMD_ROUTE_FLUSH
 * @skb: the request
 * @info: the same, parsed
 *
 * Own routes, unless the request says otherwise: those of the kernel's table
 * would be there again after the next resync.
 *
 * Return: 0 or a negative error.
 */
int mfib_nl_route_flush(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *af = info->attrs[MFIB_A_FAMILY];
	const struct nlattr *src = info->attrs[MFIB_A_SOURCE];
	u8 source = src ? nla_get_u8(src) : MFIB_SOURCE_OWN;
	unsigned int count = 0;
	struct cgl_reply r;
	struct mfib_fib *fib;
	int err;

	err = mfib_permitted(skb, info->extack);
	if (err)
		return err;
	fib = mfib_attr_fib(info);
	if (IS_ERR(fib))
		return PTR_ERR(fib);
	if (!af || nla_get_u8(af) == AF_INET)
		count += mfib_rib_flush(&fib->rib[MFIB_V4], source);
	if (!af || nla_get_u8(af) == AF_INET6)
		count += mfib_rib_flush(&fib->rib[MFIB_V6], source);
	mfib_fib_put(fib);
	err = cgl_reply_new(&r, info, &mfib_family, NLMSG_GOODSIZE);
	if (err)
		return err;
	return cgl_reply_send(&r, info, nla_put_u32(r.skb, MFIB_A_DONE, count));
}

/* ---- answers ------------------------------------------------------------- */

static int put_spec(struct sk_buff *skb, unsigned int family,
		    const struct mfib_nh *nh)
{
	const struct mfib_nh_spec *s = &nh->spec;
	u32 flags = (s->flags & MFIB_NHF_ONLINK ? MFIB_F_ONLINK : 0) |
		    (READ_ONCE(nh->dead) ? MFIB_F_DEAD : 0);

	if ((s->id && nla_put_u32(skb, MFIB_RT_NH_ID, s->id)) ||
	    (s->type && nla_put_u8(skb, MFIB_RT_TYPE, s->type)) ||
	    (s->has_gw && mfib_put_address(skb, MFIB_RT_GATEWAY, s->gw_family,
					   &s->gw)) ||
	    (s->ifindex && nla_put_u32(skb, MFIB_RT_OIF, s->ifindex)) ||
	    (s->table && nla_put_u32(skb, MFIB_RT_TABLE, s->table)) ||
	    (s->has_src && mfib_put_address(skb, MFIB_RT_PREFSRC, family,
					    &s->src)) ||
	    (s->mtu && nla_put_u32(skb, MFIB_RT_MTU, s->mtu)) ||
	    (flags && nla_put_u32(skb, MFIB_RT_FLAGS, flags)))
		return -EMSGSIZE;
	return 0;
}

/**
 * mfib_put_route() - put a route into a message
 * @skb: the message
 * @rib: its table
 * @prefix: where to
 * @route: the route
 * @best: it is the one of its prefix that is used
 *
 * Return: 0 or -EMSGSIZE, and the message is as it was.
 */
int mfib_put_route(struct sk_buff *skb, const struct mfib_rib *rib,
		   const struct mfib_prefix *prefix,
		   const struct mfib_route *route, bool best)
{
	struct nlattr *nest = nla_nest_start(skb, MFIB_A_ROUTE);
	struct mfib_nh *nh;
	int err;

	if (!nest)
		return -EMSGSIZE;
	err = mfib_put_address(skb, MFIB_RT_DST, rib->family, &prefix->key) ||
	      nla_put_u8(skb, MFIB_RT_LEN, prefix->len) ||
	      nla_put_u8(skb, MFIB_RT_PROTOCOL, route->protocol) ||
	      nla_put_u8(skb, MFIB_RT_SOURCE, route->source) ||
	      (route->metric &&
	       nla_put_u32(skb, MFIB_RT_METRIC, route->metric)) ||
	      (best && nla_put_flag(skb, MFIB_RT_BEST));
	rcu_read_lock();
	nh = mfib_nh_get(rib->set, route->slot);
	if (!err && nh)
		err = put_spec(skb, rib->family, nh) ||
		      mfib_put_ways(skb, MFIB_RT_WAYS, nh);
	rcu_read_unlock();
	if (err) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/*
 * With a hash, a route with several ways is shown as the one that is taken. The
 * group holds its ways.
 */
static void choose_way(struct mfib_rib *rib, struct mfib_route *route, u32 hash)
{
	struct mfib_nh *nh;

	rcu_read_lock();
	nh = mfib_nh_get(rib->set, route->slot);
	nh = nh ? mfib_nh_select(nh, hash) : NULL;
	if (nh)
		route->slot = nh->slot;
	rcu_read_unlock();
}

static int route_reply(struct genl_info *info, const struct mfib_fib *fib,
		       const struct mfib_rib *rib,
		       const struct mfib_prefix *prefix,
		       const struct mfib_route *route)
{
	struct cgl_reply r;
	int err;

	err = cgl_reply_new(&r, info, &mfib_family, NLMSG_GOODSIZE);
	if (err)
		return err;
	err = nla_put_u32(r.skb, MFIB_A_FIB, fib->id);
	if (!err)
		err = mfib_put_route(r.skb, rib, prefix, route, true);
	return cgl_reply_send(&r, info, err);
}

static int route_get(struct genl_info *info, struct mfib_fib *fib)
{
	const struct nlattr *addr = info->attrs[MFIB_A_ADDRESS];
	const struct nlattr *hash = info->attrs[MFIB_A_HASH];
	struct mfib_prefix prefix;
	struct mfib_route route;
	struct mfib_key key;
	u8 family;
	u32 slot;
	int err;

	if (!mfib_attr_address(addr, &family, &key))
		return mfib_refuse(info->extack, addr, -EINVAL,
				   "an address has 4 or 16 bytes");
	if (!mfib_rib_match(&fib->rib[family], &key, &prefix, &route))
		return mfib_refuse(info->extack, addr, -ENETUNREACH,
				   "the table has no route for this address");
	slot = route.slot;
	if (hash)
		choose_way(&fib->rib[family], &route, nla_get_u32(hash));
	err = route_reply(info, fib, &fib->rib[family], &prefix, &route);
	mfib_nexthop_put(&fib->mnet->nexthops, slot);
	return err;
}

/**
 * mfib_nl_route_get() - MFIB_CMD_ROUTE_GET, the route of an address
 * @skb: the request
 * @info: the same, parsed
 *
 * Return: 0 or a negative error.
 */
int mfib_nl_route_get(struct sk_buff *skb, struct genl_info *info)
{
	struct mfib_fib *fib;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, MFIB_A_ADDRESS))
		return mfib_refuse(info->extack, NULL, -EINVAL,
				   "the address is missing");
	fib = mfib_attr_fib(info);
	if (IS_ERR(fib))
		return PTR_ERR(fib);
	err = route_get(info, fib);
	mfib_fib_put(fib);
	return err;
}

/* ---- dumps --------------------------------------------------------------- */

/**
 * struct dump - where a list of routes has come to; at cb->args[0]
 * @fib: the FIB, with a reference
 * @family: the table that is being listed
 * @last: the one to end with
 * @at: the prefix
 * @nth: how many routes of it were sent
 */
struct dump {
	struct mfib_fib		*fib;
	unsigned int		family;
	unsigned int		last;
	struct mfib_prefix	at;
	unsigned int		nth;
};

/**
 * mfib_nl_route_start() - a list of routes begins
 * @cb: the dump
 *
 * Return: 0 or a negative error.
 */
int mfib_nl_route_start(struct netlink_callback *cb)
{
	struct nlattr **attrs = cgl_dump_attrs(cb);
	struct dump *d;

	if (!attrs[MFIB_A_FIB])
		return mfib_refuse(cb->extack, NULL, -EINVAL,
				   "the number of the FIB is missing");
	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return -ENOMEM;
	d->fib = mfib_fib_get(sock_net(cb->skb->sk),
			      nla_get_u32(attrs[MFIB_A_FIB]));
	if (!d->fib) {
		kfree(d);
		return mfib_refuse(cb->extack, attrs[MFIB_A_FIB], -ENOENT,
				   "there is no such FIB");
	}
	d->last = MFIB_V6;
	if (attrs[MFIB_A_FAMILY]) {
		d->family = nla_get_u8(attrs[MFIB_A_FAMILY]) == AF_INET ?
			    MFIB_V4 : MFIB_V6;
		d->last = d->family;
	}
	cb->args[0] = (long)d;
	return 0;
}

/* As many routes as fit. Returns true when the table is at its end. */
static bool dump_table(struct sk_buff *skb, struct dump *d)
{
	struct mfib_rib *rib = &d->fib->rib[d->family];
	struct mfib_prefix at;
	struct mfib_route route;
	unsigned int nth;
	bool more;

	mutex_lock(&rib->lock);
	for (;;) {
		at = d->at;
		nth = d->nth;
		more = mfib_rib_next(rib, &at, &nth, &route);
		if (!more || mfib_put_route(skb, rib, &at, &route, nth == 1))
			break;
		d->at = at;
		d->nth = nth;
	}
	mutex_unlock(&rib->lock);
	return !more;
}

/**
 * mfib_nl_route_dump() - MFIB_CMD_ROUTE_GET, all routes of a FIB
 * @skb: the message to be filled
 * @cb: the dump
 *
 * Return: the length, 0 at the end, or a negative error.
 */
int mfib_nl_route_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump *d = (struct dump *)cb->args[0];
	unsigned int empty;
	void *head;

	if (d->family > d->last)
		return 0;
	head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &mfib_family, NLM_F_MULTI, MFIB_CMD_ROUTE_GET);
	if (!head || nla_put_u32(skb, MFIB_A_FIB, d->fib->id))
		return -EMSGSIZE;
	empty = skb->len;
	while (d->family <= d->last && dump_table(skb, d)) {
		d->family++;
		memset(&d->at, 0, sizeof(d->at));
		d->nth = 0;
	}
	if (skb->len == empty) {
		genlmsg_cancel(skb, head);
		return d->family > d->last ? 0 : -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return skb->len;
}

/**
 * mfib_nl_route_done() - a list of routes ends
 * @cb: the dump
 *
 * Return: 0.
 */
int mfib_nl_route_done(struct netlink_callback *cb)
{
	struct dump *d = (struct dump *)cb->args[0];

	mfib_fib_put(d->fib);
	kfree(d);
	return 0;
}
