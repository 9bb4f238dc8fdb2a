// SPDX-License-Identifier: GPL-2.0-only
/*
 * sock_diag for AF_TIPC: what "ss --tipc" asks for.
 *
 * The messages are those of the kernel's own tipc_diag, which belongs to the
 * kernel's own tipc and cannot be loaded beside this module.
 *
 * Locking: none of its own; see netlink_sock.c.
 */
#include <linux/sock_diag.h>
#include <linux/tipc_sockets_diag.h>
#include <net/netlink.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "compat.h"
#include "core.h"
#include "netlink.h"
#include "socket.h"

static int put_stat(struct sk_buff *skb, struct sock *sk,
		    const struct tipc_sk_info *info)
{
	struct nlattr *nest = nla_nest_start_noflag(skb, TIPC_NLA_SOCK_STAT);

	if (!nest ||
	    nla_put_u32(skb, TIPC_NLA_SOCK_STAT_RCVQ, info->rcvq_len) ||
	    nla_put_u32(skb, TIPC_NLA_SOCK_STAT_SENDQ,
			skb_queue_len_lockless(&sk->sk_write_queue)))
		return -EMSGSIZE;
	if (info->congested &&
	    nla_put_flag(skb, info->snd_unacked > info->snd_window ?
			 TIPC_NLA_SOCK_STAT_CONN_CONG :
			 TIPC_NLA_SOCK_STAT_LINK_CONG))
		return -EMSGSIZE;
	if (nla_put_u32(skb, TIPC_NLA_SOCK_STAT_DROP,
			info->stats.drops + info->stats.overloads))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* sock_gen_cookie() is for the kernel alone; this is the same in two halves. */
static int put_cookie(struct sk_buff *skb, struct sock *sk)
{
	u32 half[2];

	sock_diag_save_cookie(sk, half);
	return nla_put_u64_64bit(skb, TIPC_NLA_SOCK_COOKIE,
				 (u64)half[1] << 32 | half[0],
				 TIPC_NLA_SOCK_PAD);
}

static int put_sock(struct sk_buff *skb, struct netlink_callback *cb,
		    struct sock *sk, const struct tipc_sk_info *info)
{
	struct user_namespace *ns = sk_user_ns(NETLINK_CB(cb->skb).sk);
	struct nlattr *nest = nla_nest_start_noflag(skb, TIPC_NLA_SOCK);

	if (!nest || nla_put_u32(skb, TIPC_NLA_SOCK_REF, info->port) ||
	    nla_put_u32(skb, TIPC_NLA_SOCK_ADDR, tipc_own_addr(sock_net(sk))))
		return -EMSGSIZE;
	if (info->state == TIPC_SK_ESTABLISHED) {
		if (tipc_nl_put_conn(skb, info))
			return -EMSGSIZE;
	} else if (info->npubl) {
		if (nla_put_flag(skb, TIPC_NLA_SOCK_HAS_PUBL))
			return -EMSGSIZE;
	}
	if (nla_put_u32(skb, TIPC_NLA_SOCK_TYPE, info->type) ||
	    nla_put_u32(skb, TIPC_NLA_SOCK_TIPC_STATE, info->state) ||
	    nla_put_u32(skb, TIPC_NLA_SOCK_INO, info->inode) ||
	    nla_put_u32(skb, TIPC_NLA_SOCK_UID,
			from_kuid_munged(ns, info->uid)) ||
	    put_cookie(skb, sk) ||
	    put_stat(skb, sk, info) || tipc_nl_put_group(skb, info))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int show(struct sk_buff *skb, struct netlink_callback *cb,
		struct sock *sk)
{
	const struct tipc_sock_diag_req *req = nlmsg_data(cb->nlh);
	struct tipc_sk_info info;
	struct nlmsghdr *head;

	tipc_sk_info(sk, &info);
	if (!(req->tidiag_states & (1 << info.state)))
		return 0;
	head = nlmsg_put_answer(skb, cb, SOCK_DIAG_BY_FAMILY, 0, NLM_F_MULTI);
	if (!head)
		return -EMSGSIZE;
	if (put_sock(skb, cb, sk, &info)) {
		nlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	nlmsg_end(skb, head);
	return 0;
}

static int dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return tipc_nl_sock_walk(skb, cb, show);
}

static int request(struct sk_buff *skb, struct nlmsghdr *h)
{
	struct netlink_dump_control control = {
		.start = tipc_nl_sock_start,
		.dump = dump,
		.done = tipc_nl_sock_done,
		.module = THIS_MODULE,
	};

	if (nlmsg_len(h) < sizeof(struct tipc_sock_diag_req))
		return -EINVAL;
	if (!(h->nlmsg_flags & NLM_F_DUMP))
		return -EOPNOTSUPP;
	return netlink_dump_start(sock_net(skb->sk)->diag_nlsk, skb, h,
				  &control);
}

static const struct sock_diag_handler handler = {
	CGL_SOCK_DIAG_OWNER
	.family = AF_TIPC,
	.dump = request,
};

/**
 * tipc_diag_register() - answer questions about AF_TIPC
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error: -EBUSY if another module does.
 */
int __init tipc_diag_register(void)
{
	return sock_diag_register(&handler);
}

/**
 * tipc_diag_unregister() - undo tipc_diag_register()
 *
 * Context: Process context. May sleep.
 */
void tipc_diag_unregister(void)
{
	sock_diag_unregister(&handler);
}
