// SPDX-License-Identifier: GPL-2.0-only
/*
 * What "TIPCv2" and sock_diag say of sockets: lists of sockets, and of the
 * bindings of one.
 *
 * Locking: sockets are held while they are looked at, and what is said of one
 * is a copy that tipc_sk_info() makes. A dump keeps the socket that did not fit
 * into a message for the next.
 */
#include <linux/slab.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "core.h"
#include "name_table.h"
#include "netlink.h"
#include "socket.h"

/**
 * struct sock_dump - a dump of the sockets
 * @walk: where it is
 * @ended: there are no more
 */
struct sock_dump {
	struct tipc_sk_walk	walk;
	bool			ended;
};

/**
 * tipc_nl_put_conn() - say where a socket is connected to
 * @skb: message
 * @info: the socket, connected
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE.
 */
int tipc_nl_put_conn(struct sk_buff *skb, const struct tipc_sk_info *info)
{
	struct nlattr *nest = nla_nest_start_noflag(skb, TIPC_NLA_SOCK_CON);

	if (!nest || nla_put_u32(skb, TIPC_NLA_CON_NODE, info->peer_node) ||
	    nla_put_u32(skb, TIPC_NLA_CON_SOCK, info->peer_port))
		return -EMSGSIZE;
	if (info->conn_type &&
	    (nla_put_flag(skb, TIPC_NLA_CON_FLAG) ||
	     nla_put_u32(skb, TIPC_NLA_CON_TYPE, info->conn_type) ||
	     nla_put_u32(skb, TIPC_NLA_CON_INST, info->conn_instance)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * tipc_nl_put_group() - say which group a socket is in
 * @skb: message
 * @info: the socket; nothing is said if it is in none
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE.
 */
int tipc_nl_put_group(struct sk_buff *skb, const struct tipc_sk_info *info)
{
	struct nlattr *nest;

	if (!info->group_type)
		return 0;
	nest = nla_nest_start_noflag(skb, TIPC_NLA_SOCK_GROUP);
	if (!nest ||
	    nla_put_u32(skb, TIPC_NLA_SOCK_GROUP_ID, info->group_type) ||
	    nla_put_u32(skb, TIPC_NLA_SOCK_GROUP_INSTANCE,
			info->group_instance))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* ---- dumps of sockets ------------------------------------------------------ */

/**
 * tipc_nl_sock_start() - begin a dump of the sockets
 * @cb: the dump; @ctx is ours
 *
 * Context: Process context. May sleep.
 * Return: 0, or -ENOMEM.
 */
int tipc_nl_sock_start(struct netlink_callback *cb)
{
	struct sock_dump *dump = kzalloc(sizeof(*dump), GFP_KERNEL);

	if (!dump)
		return -ENOMEM;
	tipc_sk_walk_begin(sock_net(cb->skb->sk), &dump->walk);
	cb->args[0] = (long)dump;
	return 0;
}

/**
 * tipc_nl_sock_done() - end a dump of the sockets
 * @cb: the dump
 *
 * Context: Process context. May sleep.
 * Return: 0.
 */
int tipc_nl_sock_done(struct netlink_callback *cb)
{
	struct sock_dump *dump = (void *)cb->args[0];

	if (!dump)
		return 0;
	tipc_sk_walk_end(&dump->walk);
	kfree(dump);
	return 0;
}

/**
 * tipc_nl_sock_walk() - fill a message with sockets
 * @skb: the message
 * @cb: the dump
 * @show: puts in one; not 0 if there is no room
 *
 * Context: Process context. May sleep.
 * Return: what a dump returns.
 */
int tipc_nl_sock_walk(struct sk_buff *skb, struct netlink_callback *cb,
		      int (*show)(struct sk_buff *skb,
				  struct netlink_callback *cb,
				  struct sock *sk))
{
	struct sock_dump *dump = (void *)cb->args[0];
	struct sock *sk = dump->walk.sk;

	if (dump->ended)
		return 0;
	if (!sk)
		sk = tipc_sk_walk_next(&dump->walk);
	while (sk) {
		if (show(skb, cb, sk))
			return skb->len ? skb->len : -EMSGSIZE;
		sk = tipc_sk_walk_next(&dump->walk);
	}
	dump->ended = true;
	return skb->len;
}

static int put_sock(struct sk_buff *skb, struct netlink_callback *cb,
		    struct sock *sk)
{
	struct nlattr *nest = nla_nest_start_noflag(skb, TIPC_NLA_SOCK);
	struct tipc_sk_info info;

	tipc_sk_info(sk, &info);
	if (!nest || nla_put_u32(skb, TIPC_NLA_SOCK_REF, info.port) ||
	    nla_put_u32(skb, TIPC_NLA_SOCK_ADDR,
			tipc_own_addr(sock_net(sk))))
		return -EMSGSIZE;
	if (info.state == TIPC_SK_ESTABLISHED) {
		if (tipc_nl_put_conn(skb, &info))
			return -EMSGSIZE;
	} else if (info.npubl) {
		if (nla_put_flag(skb, TIPC_NLA_SOCK_HAS_PUBL))
			return -EMSGSIZE;
	}
	if (nla_put_u32(skb, TIPC_NLA_SOCK_TYPE, info.type) ||
	    nla_put_u32(skb, TIPC_NLA_SOCK_TIPC_STATE, info.state) ||
	    nla_put_u32(skb, TIPC_NLA_SOCK_INO, info.inode) ||
	    nla_put_u32(skb, TIPC_NLA_SOCK_UID,
			from_kuid_munged(sk_user_ns(NETLINK_CB(cb->skb).sk),
					 info.uid)) ||
	    tipc_nl_put_group(skb, &info))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int sock_show(struct sk_buff *skb, struct netlink_callback *cb,
		     struct sock *sk)
{
	void *head = tipc_nl_put(skb, cb, TIPC_NL_SOCK_GET);

	if (!head)
		return -EMSGSIZE;
	if (put_sock(skb, cb, sk)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return 0;
}

/**
 * tipc_nl_sock_dump() - TIPC_NL_SOCK_GET
 * @skb: message to fill
 * @cb: the dump
 *
 * Context: Process context. May sleep.
 * Return: what a dump returns.
 */
int tipc_nl_sock_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return tipc_nl_sock_walk(skb, cb, sock_show);
}

/* ---- bindings of a socket -------------------------------------------------- */

static const struct nla_policy sock_policy[TIPC_NLA_SOCK_MAX + 1] = {
	[TIPC_NLA_SOCK_REF]	= { .type = NLA_U32 },
};

/** struct publ_part - one message of a dump of bindings */
struct publ_part {
	/** @skb: the message */
	struct sk_buff *skb;
	/** @cb: the dump */
	struct netlink_callback *cb;
};

static int publ_show(const struct tipc_publ *p, void *arg)
{
	struct publ_part *part = arg;
	struct sk_buff *skb = part->skb;
	void *head = tipc_nl_put(skb, part->cb, TIPC_NL_PUBL_GET);
	struct nlattr *nest;

	if (!head)
		return -EMSGSIZE;
	nest = nla_nest_start_noflag(skb, TIPC_NLA_PUBL);
	if (!nest || nla_put_u32(skb, TIPC_NLA_PUBL_KEY, p->key) ||
	    nla_put_u32(skb, TIPC_NLA_PUBL_TYPE, p->type) ||
	    nla_put_u32(skb, TIPC_NLA_PUBL_LOWER, p->lower) ||
	    nla_put_u32(skb, TIPC_NLA_PUBL_UPPER, p->upper)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, head);
	return 0;
}

/* Which socket; 0 if the request does not say. */
static u32 publ_port(struct netlink_callback *cb)
{
	struct nlattr *attrs[TIPC_NLA_MAX + 1], *tb[TIPC_NLA_SOCK_MAX + 1];

	if (genlmsg_parse_deprecated(cb->nlh, &tipc_genl_family, attrs,
				     TIPC_NLA_MAX, tipc_genl_family.policy,
				     cb->extack) ||
	    !attrs[TIPC_NLA_SOCK] ||
	    nla_parse_nested_deprecated(tb, TIPC_NLA_SOCK_MAX,
					attrs[TIPC_NLA_SOCK], sock_policy,
					cb->extack) ||
	    !tb[TIPC_NLA_SOCK_REF])
		return 0;
	return nla_get_u32(tb[TIPC_NLA_SOCK_REF]);
}

/**
 * tipc_nl_publ_dump() - TIPC_NL_PUBL_GET: the bindings of one socket
 * @skb: message to fill
 * @cb: the dump; @args are the port, how many were shown, and the end
 *
 * Context: Process context. May sleep.
 * Return: what a dump returns; -EINVAL if there is no such socket.
 */
int tipc_nl_publ_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct publ_part part = { skb, cb };
	u32 skip = cb->args[1];
	struct sock *sk;
	int err;

	if (!cb->args[0])
		cb->args[0] = publ_port(cb);
	if (!cb->args[0])
		return -EINVAL;
	if (cb->args[2])
		return 0;
	sk = tipc_sk_find(sock_net(skb->sk), cb->args[0]);
	if (!sk)
		return -EINVAL;
	err = tipc_sk_walk_publs(sk, &skip, publ_show, &part);
	sock_put(sk);
	cb->args[1] = skip;
	cb->args[2] = !err;
	return skb->len;
}
