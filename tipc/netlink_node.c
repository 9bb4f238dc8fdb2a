// SPDX-License-Identifier: GPL-2.0-only
/*
 * What "TIPCv2" says of other nodes, and what it refuses in words: keys.
 *
 * Locking: nodes under RCU. A dump goes by address, so it can be resumed
 * wherever it was.
 */
#include <linux/string.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "core.h"
#include "netlink.h"
#include "nodes.h"

static const struct nla_policy net_policy[TIPC_NLA_NET_MAX + 1] = {
	[TIPC_NLA_NET_ADDR]		= { .type = NLA_U32 },
	[TIPC_NLA_NET_NODEID]		= { .type = NLA_U64 },
	[TIPC_NLA_NET_NODEID_W1]	= { .type = NLA_U64 },
};

static int put_peer(struct sk_buff *skb, void *arg)
{
	const struct tipc_node *n = arg;
	struct nlattr *nest = nla_nest_start_noflag(skb, TIPC_NLA_NODE);

	if (!nest || nla_put_u32(skb, TIPC_NLA_NODE_ADDR, n->addr) ||
	    (READ_ONCE(n->up) && nla_put_flag(skb, TIPC_NLA_NODE_UP)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * tipc_nl_node_dump() - TIPC_NL_NODE_GET
 * @skb: where
 * @cb: the dump; args[1] is the next address, args[2] that there is none
 *
 * Return: bytes in @skb; 0 at the end.
 */
int tipc_nl_node_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	u32 at = cb->args[1];
	struct tipc_node *n;

	rcu_read_lock();
	while (!cb->args[2]) {
		n = tipc_nodes_from(sock_net(skb->sk), &at);
		if (n && tipc_nl_dump_one(skb, cb, TIPC_NL_NODE_GET, put_peer,
					  n))
			break;
		cb->args[2] = !n || !++at;
		cb->args[1] = at;
	}
	rcu_read_unlock();
	return skb->len;
}

/** tipc_nl_peer_remove() - TIPC_NL_PEER_REMOVE */
int tipc_nl_peer_remove(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[TIPC_NLA_NET_MAX + 1];
	u8 id[TIPC_NODEID_LEN];
	bool by_id;
	u32 addr = 0;
	int err;

	err = tipc_nl_nest(tb, TIPC_NLA_NET_MAX, info, TIPC_NLA_NET,
			   net_policy);
	if (err)
		return err;
	by_id = tb[TIPC_NLA_NET_NODEID] && tb[TIPC_NLA_NET_NODEID_W1];
	if (by_id) {
		memcpy(id, nla_data(tb[TIPC_NLA_NET_NODEID]), sizeof(u64));
		memcpy(id + sizeof(u64), nla_data(tb[TIPC_NLA_NET_NODEID_W1]),
		       sizeof(u64));
	} else if (tb[TIPC_NLA_NET_ADDR]) {
		addr = nla_get_u32(tb[TIPC_NLA_NET_ADDR]);
	}
	err = tipc_nodes_remove(sock_net(skb->sk), addr, by_id ? id : NULL);
	if (err == -ENXIO)
		NL_SET_ERR_MSG(info->extack, "no such node is known");
	else if (err)
		NL_SET_ERR_MSG(info->extack, "the node is linked to");
	return err;
}

/** tipc_nl_key_refuse() - TIPC_NL_KEY_SET and TIPC_NL_KEY_FLUSH */
int tipc_nl_key_refuse(struct sk_buff *skb, struct genl_info *info)
{
	NL_SET_ERR_MSG(info->extack,
		       "messages between nodes are not encrypted by this module");
	return -EOPNOTSUPP;
}
