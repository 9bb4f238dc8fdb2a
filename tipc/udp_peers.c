// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bearers over UDP: addresses as user space has them, and the list of peers of
 * a bearer that has no group.
 *
 * A peer is put on the list by hand, or because it looked for us and a link to
 * it may be made; it is taken off by hand.
 *
 * Locking: the list is changed under @lock of the bearer and read under RCU.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netlink.h>
#include <linux/rculist.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/netlink.h>

#include "netlink.h"
#include "udp.h"

/* Peers on a list, and how many of them at most came by themselves. */
#define PEERS_MAX	1024
#define LEARNED_MAX	256

/* ---- addresses ------------------------------------------------------------- */

/**
 * tipc_udp_read() - an address as user space has it
 * @attr: a struct sockaddr_in or sockaddr_in6
 * @at: the address
 * @scope_id: interface of one that is local to a link, else 0
 * @extack: where to say in words what is wrong
 *
 * Context: Any.
 * Return: 0, or -EINVAL.
 */
int tipc_udp_read(const struct nlattr *attr, struct tipc_maddr *at,
		  u32 *scope_id, struct netlink_ext_ack *extack)
{
	const struct sockaddr_in6 *in6 = nla_data(attr);
	const struct sockaddr_in *in = nla_data(attr);
	int len = nla_len(attr);

	memset(at, 0, sizeof(*at));
	at->media = TIPC_MEDIA_UDP;
	*scope_id = 0;
	if (len >= sizeof(*in) && in->sin_family == AF_INET) {
		at->family = TIPC_UDP_IPV4;
		at->port = ntohs(in->sin_port);
		memcpy(at->bytes, &in->sin_addr, sizeof(in->sin_addr));
		return 0;
	}
	if (IS_ENABLED(CONFIG_IPV6) && len >= sizeof(*in6) &&
	    in6->sin6_family == AF_INET6) {
		at->family = TIPC_UDP_IPV6;
		at->port = ntohs(in6->sin6_port);
		memcpy(at->bytes, &in6->sin6_addr, sizeof(in6->sin6_addr));
		*scope_id = in6->sin6_scope_id;
		return 0;
	}
	NL_SET_ERR_MSG_ATTR(extack, attr, "neither an IPv4 nor an IPv6 address");
	return -EINVAL;
}

static int put_sockaddr(struct sk_buff *skb, int attr,
			const struct tipc_maddr *at)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };

	if (at->family == TIPC_UDP_IPV4) {
		in.sin_port = htons(at->port);
		in.sin_addr.s_addr = tipc_udp_ipv4(at);
		return nla_put(skb, attr, sizeof(in), &in);
	}
	in6.sin6_port = htons(at->port);
	in6.sin6_addr = *tipc_udp_ipv6(at);
	return nla_put(skb, attr, sizeof(in6), &in6);
}

/* ---- peers ----------------------------------------------------------------- */

static struct tipc_udp_peer *peer_find(struct tipc_udp *ub,
				  const struct tipc_maddr *at)
{
	struct tipc_udp_peer *p;

	list_for_each_entry(p, &ub->peers, list)
		if (tipc_maddr_equal(&p->at, at))
			return p;
	return NULL;
}

/**
 * tipc_udp_peer_add() - put a peer on the list, or find it there
 * @ub: of the bearer
 * @at: where the peer is
 * @learned: it came by itself
 *
 * Context: Any but hard interrupts.
 * Return: 0, -ENOSPC if the list is full, or -ENOMEM.
 */
int tipc_udp_peer_add(struct tipc_udp *ub, const struct tipc_maddr *at,
		      bool learned)
{
	struct tipc_udp_peer *p;
	int err = 0;

	spin_lock_bh(&ub->lock);
	p = peer_find(ub, at);
	if (p) {
		/* It was learned, and is wanted now. */
		if (p->learned && !learned) {
			p->learned = false;
			ub->nlearned--;
		}
		goto out;
	}
	err = -ENOSPC;
	if (ub->npeers >= PEERS_MAX ||
	    (learned && ub->nlearned >= LEARNED_MAX))
		goto out;
	err = -ENOMEM;
	p = kzalloc(sizeof(*p), GFP_ATOMIC);
	if (!p)
		goto out;
	p->at = *at;
	p->learned = learned;
	list_add_tail_rcu(&p->list, &ub->peers);
	ub->npeers++;
	ub->nlearned += learned;
	err = 0;
out:
	spin_unlock_bh(&ub->lock);
	return err;
}

/* Takes off the list whoever is at an address, whatever the port. */
static int peers_remove(struct tipc_udp *ub, const struct tipc_maddr *at)
{
	struct tipc_udp_peer *p, *next;
	int err = -ENOENT;

	spin_lock_bh(&ub->lock);
	list_for_each_entry_safe(p, next, &ub->peers, list) {
		if (!tipc_maddr_same_host(&p->at, at))
			continue;
		list_del_rcu(&p->list);
		ub->npeers--;
		ub->nlearned -= p->learned;
		kfree_rcu(p, rcu);
		err = 0;
	}
	spin_unlock_bh(&ub->lock);
	return err;
}

/**
 * tipc_udp_learn() - who looked for us is told of us from now on, too
 * @b: bearer
 * @at: from where
 *
 * Context: Softirq.
 */
void tipc_udp_learn(struct tipc_bearer *b, const struct tipc_maddr *at)
{
	struct tipc_udp *ub = b->priv;

	if (!tipc_udp_is_group(&ub->group))
		tipc_udp_peer_add(ub, at, true);
}

/* ---- options --------------------------------------------------------------- */

/* A struct sockaddr_storage, of which the rest may be missing. */
static const struct nla_policy udp_policy[TIPC_NLA_UDP_MAX + 1] = {
	[TIPC_NLA_UDP_LOCAL]	= { .type = NLA_BINARY,
				    .len = sizeof(struct sockaddr_storage) },
	[TIPC_NLA_UDP_REMOTE]	= { .type = NLA_BINARY,
				    .len = sizeof(struct sockaddr_storage) },
};

/**
 * tipc_udp_opts() - the attributes in the options of a bearer
 * @tb: by TIPC_NLA_UDP_*; filled in
 * @opts: TIPC_NLA_BEARER_UDP_OPTS, or NULL
 * @extack: where to say in words what is wrong
 *
 * Context: Any.
 * Return: 0, or a negative error: not even a remote address is there.
 */
int tipc_udp_opts(struct nlattr **tb, const struct nlattr *opts,
		  struct netlink_ext_ack *extack)
{
	int err;

	if (!opts) {
		NL_SET_ERR_MSG(extack, "a UDP bearer needs its addresses");
		return -EINVAL;
	}
	err = nla_parse_nested_deprecated(tb, TIPC_NLA_UDP_MAX, opts,
					  udp_policy, extack);
	if (err)
		return err;
	if (!tb[TIPC_NLA_UDP_REMOTE]) {
		NL_SET_ERR_MSG(extack, "the remote address is missing");
		return -EINVAL;
	}
	return 0;
}

/**
 * tipc_udp_peer() - put a peer on the list of a bearer, or take it off
 * @b: bearer
 * @opts: TIPC_NLA_BEARER_UDP_OPTS with the peer's address; port 0 takes off
 *	whoever is there
 * @extack: where to say in words what is wrong
 *
 * Context: Process context, RTNL is held.
 * Return: 0, or a negative error.
 *
 * * -EINVAL - no UDP bearer, or one with a group; or no address of a host
 * * -ENOENT - nobody on the list is there
 * * -ENOSPC - the list is full
 * * -ENOMEM - no memory
 */
int tipc_udp_peer(struct tipc_bearer *b, const struct nlattr *opts,
		  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[TIPC_NLA_UDP_MAX + 1];
	struct tipc_udp *ub = b->priv;
	struct tipc_maddr at;
	u32 scope_id;
	int err;

	if (b->media != &tipc_udp_media) {
		NL_SET_ERR_MSG(extack, "only UDP bearers have remote addresses");
		return -EINVAL;
	}
	err = tipc_udp_opts(tb, opts, extack);
	if (!err)
		err = tipc_udp_read(tb[TIPC_NLA_UDP_REMOTE], &at, &scope_id,
				    extack);
	if (err)
		return err;
	if (tipc_udp_is_group(&ub->group)) {
		NL_SET_ERR_MSG(extack, "the bearer reaches all by a group");
		return -EINVAL;
	}
	if (at.family != b->at.family || tipc_udp_is_group(&at)) {
		NL_SET_ERR_MSG(extack,
			       "a peer has an address of a host, of the family of the bearer");
		return -EINVAL;
	}
	err = at.port ? tipc_udp_peer_add(ub, &at, false) : peers_remove(ub, &at);
	if (err == -ENOENT)
		NL_SET_ERR_MSG(extack, "nobody on the list is there");
	else if (err == -ENOSPC)
		NL_SET_ERR_MSG(extack, "the list is full");
	return err;
}

/**
 * tipc_udp_put() - the addresses of a bearer, as netlink attributes
 * @skb: where to append TIPC_NLA_BEARER_UDP_OPTS
 * @b: bearer
 *
 * Context: RTNL is held, or the RCU read lock.
 * Return: 0, or -EMSGSIZE.
 */
int tipc_udp_put(struct sk_buff *skb, const struct tipc_bearer *b)
{
	struct tipc_udp *ub = b->priv;
	struct nlattr *nest;

	if (b->media != &tipc_udp_media)
		return 0;
	nest = nla_nest_start_noflag(skb, TIPC_NLA_BEARER_UDP_OPTS);
	if (!nest || put_sockaddr(skb, TIPC_NLA_UDP_LOCAL, &b->at) ||
	    put_sockaddr(skb, TIPC_NLA_UDP_REMOTE, &ub->group) ||
	    (!tipc_udp_is_group(&ub->group) &&
	     nla_put_flag(skb, TIPC_NLA_UDP_MULTI_REMOTEIP)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * tipc_udp_put_peer() - one peer on the list, as a netlink attribute
 * @skb: where to append TIPC_NLA_UDP_REMOTE
 * @b: bearer
 * @n: which, from 0 on
 *
 * Context: RTNL is held, or the RCU read lock.
 * Return: 0; -ENOENT if there are not so many; or -EMSGSIZE.
 */
int tipc_udp_put_peer(struct sk_buff *skb, const struct tipc_bearer *b,
		      unsigned int n)
{
	struct tipc_udp *ub = b->priv;
	struct tipc_udp_peer *p;

	if (b->media != &tipc_udp_media)
		return -ENOENT;
	list_for_each_entry_rcu(p, &ub->peers, list, lockdep_rtnl_is_held())
		if (!n--)
			return put_sockaddr(skb, TIPC_NLA_UDP_REMOTE, &p->at);
	return -ENOENT;
}

/**
 * tipc_udp_peers_free() - free the list
 * @ub: of a bearer that nobody uses any more
 *
 * Context: Any.
 */
void tipc_udp_peers_free(struct tipc_udp *ub)
{
	struct tipc_udp_peer *p, *next;

	list_for_each_entry_safe(p, next, &ub->peers, list)
		kfree(p);
}
