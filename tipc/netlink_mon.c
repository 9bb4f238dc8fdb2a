// SPDX-License-Identifier: GPL-2.0-only
/*
 * What "TIPCv2" says of the supervision of neighbours: "tipc link monitor".
 *
 * Up to a threshold of nodes on a bearer each is supervised by its own link, a
 * full mesh. With more of them nodes look after each other, as ring.c says; what
 * is shown of each node is whether it is up, whether it is looked after from
 * here, and what it said last of its own neighbours.
 *
 * Locking: bearers are looked at under RCU, and changed under RTNL. A ring is
 * shown under its lock, in parts.
 */
#include <linux/rtnetlink.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "bearer.h"
#include "core.h"
#include "netlink.h"

/* A cluster of the kernel's own module has no more nodes. */
#define THRESHOLD_MAX	4095

static const struct nla_policy mon_policy[TIPC_NLA_MON_MAX + 1] = {
	[TIPC_NLA_MON_ACTIVATION_THRESHOLD]	= { .type = NLA_U32 },
	[TIPC_NLA_MON_REF]			= { .type = NLA_U32 },
};

static int put_threshold(struct sk_buff *skb, void *arg)
{
	struct tipc_net *tn = arg;
	struct nlattr *nest = nla_nest_start_noflag(skb, TIPC_NLA_MON);

	if (!nest || nla_put_u32(skb, TIPC_NLA_MON_ACTIVATION_THRESHOLD,
				 READ_ONCE(tn->mon_threshold)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/** tipc_nl_mon_get() - TIPC_NL_MON_GET: from how many nodes on to monitor */
int tipc_nl_mon_get(struct sk_buff *skb, struct genl_info *info)
{
	return tipc_nl_reply(info, TIPC_NL_MON_GET, put_threshold,
			     tipc_net(sock_net(skb->sk)));
}

/** tipc_nl_mon_set() - TIPC_NL_MON_SET */
int tipc_nl_mon_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TIPC_NLA_MON_MAX + 1];
	u32 value;
	int err;

	err = tipc_nl_nest(tb, TIPC_NLA_MON_MAX, info, TIPC_NLA_MON,
			   mon_policy);
	if (err || !tb[TIPC_NLA_MON_ACTIVATION_THRESHOLD])
		return err;
	value = nla_get_u32(tb[TIPC_NLA_MON_ACTIVATION_THRESHOLD]);
	if (value > THRESHOLD_MAX) {
		NL_SET_ERR_MSG(info->extack, "a threshold is 0 to 4095");
		return -EINVAL;
	}
	rtnl_lock();
	tipc_monitor_set_threshold(sock_net(skb->sk), value);
	rtnl_unlock();
	return 0;
}

static int fill_monitor(struct sk_buff *skb, struct tipc_bearer *b)
{
	struct nlattr *nest = nla_nest_start_noflag(skb, TIPC_NLA_MON);
	const struct tipc_ring *r = &b->ring;

	/* This node is one of the cluster, too. */
	if (!nest || nla_put_u32(skb, TIPC_NLA_MON_REF, b->id) ||
	    (READ_ONCE(r->active) && nla_put_flag(skb, TIPC_NLA_MON_ACTIVE)) ||
	    nla_put_string(skb, TIPC_NLA_MON_BEARER_NAME, b->name) ||
	    nla_put_u32(skb, TIPC_NLA_MON_PEERCNT, READ_ONCE(r->n) + 1) ||
	    nla_put_u32(skb, TIPC_NLA_MON_LISTGEN, READ_ONCE(r->changes)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_monitor(struct sk_buff *skb, struct netlink_callback *cb,
		       struct tipc_bearer *b)
{
	void *head = tipc_nl_put(skb, cb, TIPC_NL_MON_GET);

	if (!head)
		return -EMSGSIZE;
	if (fill_monitor(skb, b)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return 0;
}

/** tipc_nl_mon_dump() - TIPC_NL_MON_GET of all bearers */
int tipc_nl_mon_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct tipc_bearer *b;

	rcu_read_lock();
	for (; cb->args[0] < TIPC_MAX_BEARERS; cb->args[0]++) {
		b = tipc_bearer_get(sock_net(skb->sk), cb->args[0]);
		if (b && put_monitor(skb, cb, b))
			break;
	}
	rcu_read_unlock();
	return skb->len;
}

/* What a node said last of those who follow it. */
static int put_domain(struct sk_buff *skb, const struct tipc_domain *d)
{
	return nla_put_u32(skb, TIPC_NLA_MON_PEER_DOMGEN, d->gen) ||
	       nla_put_u64_64bit(skb, TIPC_NLA_MON_PEER_UPMAP, d->up,
				 TIPC_NLA_MON_PEER_PAD) ||
	       nla_put(skb, TIPC_NLA_MON_PEER_MEMBERS,
		       d->n * sizeof(d->members[0]), d->members);
}

/**
 * struct shown - a node as it is shown
 * @addr: its address
 * @applied: how many members of @domain count
 * @up: there is a link to it
 * @head: it is looked after from here, and tells of its members
 * @local: it is looked after from here
 * @domain: its record, NULL if there is none
 */
struct shown {
	u32				addr;
	u32				applied;
	bool				up;
	bool				head;
	bool				local;
	const struct tipc_domain	*domain;
};

static int fill_peer(struct sk_buff *skb, const struct shown *s)
{
	struct nlattr *nest = nla_nest_start_noflag(skb, TIPC_NLA_MON_PEER);

	if (!nest || nla_put_u32(skb, TIPC_NLA_MON_PEER_ADDR, s->addr) ||
	    nla_put_u32(skb, TIPC_NLA_MON_PEER_APPLIED, s->applied) ||
	    (s->up && nla_put_flag(skb, TIPC_NLA_MON_PEER_UP)) ||
	    (s->head && nla_put_flag(skb, TIPC_NLA_MON_PEER_HEAD)) ||
	    (s->local && nla_put_flag(skb, TIPC_NLA_MON_PEER_LOCAL)) ||
	    (s->domain && put_domain(skb, s->domain)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_peer(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct shown *s)
{
	void *head = tipc_nl_put(skb, cb, TIPC_NL_MON_PEER_GET);

	if (!head)
		return -EMSGSIZE;
	if (fill_peer(skb, s)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return 0;
}

static int put_self(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct tipc_ring *r)
{
	struct shown s = {
		.addr = tipc_own_addr(sock_net(skb->sk)),
		.applied = r->domain.n,
		.up = true,
		.head = true,
		.domain = &r->domain,
	};

	return put_peer(skb, cb, &s);
}

/* Without a ring all are looked after from here, whoever tells of them. */
static int put_other(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct tipc_ring_peer *p)
{
	bool all = !p->ring->active && p->up && !p->local;
	struct shown s = {
		.addr = p->addr,
		.applied = p->applied,
		.up = p->up,
		.head = p->head || all,
		.local = p->local,
		.domain = p->known ? &p->domain : NULL,
	};

	return put_peer(skb, cb, &s);
}

/* Which bearer; -1 if the request does not say. */
static int mon_ref(struct netlink_callback *cb)
{
	struct nlattr *attrs[TIPC_NLA_MAX + 1], *tb[TIPC_NLA_MON_MAX + 1];

	if (genlmsg_parse_deprecated(cb->nlh, &tipc_genl_family, attrs,
				     TIPC_NLA_MAX, tipc_genl_family.policy,
				     cb->extack) ||
	    !attrs[TIPC_NLA_MON] ||
	    nla_parse_nested_deprecated(tb, TIPC_NLA_MON_MAX,
					attrs[TIPC_NLA_MON], mon_policy,
					cb->extack) ||
	    !tb[TIPC_NLA_MON_REF] ||
	    nla_get_u32(tb[TIPC_NLA_MON_REF]) >= TIPC_MAX_BEARERS)
		return -1;
	return nla_get_u32(tb[TIPC_NLA_MON_REF]);
}

/* What was shown of a ring, in the callback of its dump. */
enum {
	AT_FAR,		/* how far the last node was behind this one */
	AT_STATE,	/* 0: nothing was shown; 1: some; 2: all */
};

/* Nodes from where the dump is on; 2 if that was all. */
static int put_ring(struct sk_buff *skb, struct netlink_callback *cb,
		    struct tipc_ring *r)
{
	const struct tipc_ring_peer *p;
	int err = 0;

	spin_lock_bh(&r->lock);
	if (!cb->args[AT_STATE])
		err = put_self(skb, cb, r);
	if (!err)
		cb->args[AT_STATE] = 1;
	list_for_each_entry(p, &r->peers, of_ring) {
		if (err)
			break;
		if (p->addr - r->own <= (u32)cb->args[AT_FAR])
			continue;
		err = put_other(skb, cb, p);
		if (!err)
			cb->args[AT_FAR] = p->addr - r->own;
	}
	spin_unlock_bh(&r->lock);
	return err ? cb->args[AT_STATE] : 2;
}

/**
 * tipc_nl_mon_peer_dump() - TIPC_NL_MON_PEER_GET: this node, then its neighbours
 * on one bearer, in the order of the ring
 * @skb: message to fill
 * @cb: the dump
 *
 * Context: Process context.
 * Return: what a dump returns; -EINVAL if there is no such bearer.
 */
int tipc_nl_mon_peer_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct tipc_bearer *b;
	int ref = mon_ref(cb);

	if (ref < 0)
		return -EINVAL;
	if (cb->args[AT_STATE] == 2)
		return skb->len;
	rcu_read_lock();
	b = tipc_bearer_get(sock_net(skb->sk), ref);
	if (b)
		cb->args[AT_STATE] = put_ring(skb, cb, &b->ring);
	rcu_read_unlock();
	return b || cb->args[AT_STATE] ? skb->len : -EINVAL;
}
