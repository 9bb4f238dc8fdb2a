// SPDX-License-Identifier: GPL-2.0-only
/*
 * What "TIPCv2" says of the supervision of neighbours: "tipc link monitor".
 *
 * The kernel's own module supervises each neighbour by a link of its own, until
 * there are more of them than a threshold; then nodes look after each other in
 * overlapping rings. Here every link looks after itself, however many there are.
 * The threshold can be set and read, and is not used: what is shown of each bearer
 * is that its neighbours are a full mesh, supervised directly.
 *
 * Locking: bearers and nodes are looked at under RCU.
 */
#include <net/netlink.h>
#include <net/sock.h>

#include "bearer.h"
#include "core.h"
#include "netlink.h"
#include "nodes.h"

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
	WRITE_ONCE(tipc_net(sock_net(skb->sk))->mon_threshold, value);
	return 0;
}

/* The next neighbour on a bearer from @at on. */
static struct tipc_node *neighbour(const struct tipc_bearer *b, u32 *at)
{
	struct tipc_node *n;

	while ((n = tipc_nodes_from(b->net, at))) {
		if (rcu_access_pointer(n->paths[b->id].bearer) == b)
			return n;
		if (!++*at)
			break;
	}
	return NULL;
}

/* How many neighbours there are, and how often one has come. */
static void count(const struct tipc_bearer *b, u32 *peers, u32 *came)
{
	struct tipc_node *n;
	u32 at = 0;

	*peers = 0;
	*came = 0;
	while ((n = neighbour(b, &at))) {
		++*peers;
		*came += READ_ONCE(n->paths[b->id].told_ups);
		if (!++at)
			break;
	}
}

/* This node is one of the cluster, too. */
static int put_monitor(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct tipc_bearer *b)
{
	void *head = tipc_nl_put(skb, cb, TIPC_NL_MON_GET);
	struct nlattr *nest;
	u32 peers, came;

	if (!head)
		return -EMSGSIZE;
	count(b, &peers, &came);
	nest = nla_nest_start_noflag(skb, TIPC_NLA_MON);
	if (!nest || nla_put_u32(skb, TIPC_NLA_MON_REF, b->id) ||
	    nla_put_string(skb, TIPC_NLA_MON_BEARER_NAME, b->name) ||
	    nla_put_u32(skb, TIPC_NLA_MON_PEERCNT, peers + 1) ||
	    nla_put_u32(skb, TIPC_NLA_MON_LISTGEN, came)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
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

/* Of the node @n on bearer @id, or of this node if @n is NULL. */
static int put_peer(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct tipc_node *n, u32 id)
{
	u32 addr = n ? n->addr : tipc_own_addr(sock_net(skb->sk));
	bool up = !n || READ_ONCE(n->paths[id].told_up);
	void *head = tipc_nl_put(skb, cb, TIPC_NL_MON_PEER_GET);
	struct nlattr *nest;

	if (!head)
		return -EMSGSIZE;
	nest = nla_nest_start_noflag(skb, TIPC_NLA_MON_PEER);
	if (!nest || nla_put_u32(skb, TIPC_NLA_MON_PEER_ADDR, addr) ||
	    nla_put_u32(skb, TIPC_NLA_MON_PEER_APPLIED, 0) ||
	    (up && nla_put_flag(skb, TIPC_NLA_MON_PEER_UP)) ||
	    nla_put_flag(skb, n ? TIPC_NLA_MON_PEER_HEAD :
				  TIPC_NLA_MON_PEER_LOCAL)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, head);
	return 0;
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

/**
 * tipc_nl_mon_peer_dump() - TIPC_NL_MON_PEER_GET: this node, then its neighbours
 * on one bearer
 * @skb: message to fill
 * @cb: the dump; @args are the next address, and what was shown: 0 nothing, 1
 *	this node, 2 all
 *
 * Context: Process context.
 * Return: what a dump returns; -EINVAL if there is no such bearer.
 */
int tipc_nl_mon_peer_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	u32 at = cb->args[0];
	struct tipc_bearer *b;
	struct tipc_node *n;
	int ref = mon_ref(cb), err = 0;

	if (ref < 0)
		return -EINVAL;
	rcu_read_lock();
	b = tipc_bearer_get(sock_net(skb->sk), ref);
	if (!b && !cb->args[1])
		err = -EINVAL;
	if (!b || cb->args[1] == 2)
		goto out;
	if (!cb->args[1]) {
		err = put_peer(skb, cb, NULL, ref);
		if (err)
			goto out;
		cb->args[1] = 1;
	}
	while ((n = neighbour(b, &at))) {
		if (put_peer(skb, cb, n, ref))
			break;
		if (!++at) {
			n = NULL;
			break;
		}
	}
	if (!n)
		cb->args[1] = 2;
	cb->args[0] = at;
out:
	rcu_read_unlock();
	return err ? err : skb->len;
}
