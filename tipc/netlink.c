// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family "TIPCv2" of <linux/tipc_netlink.h>: its commands,
 * and of them those for the node and for the name table.
 *
 * Programs send attributes without the flags that strict validation asks for,
 * and leave out what they do not know, so messages are read as leniently as the
 * kernel's own TIPC reads them. An attribute that <linux/tipc_netlink.h> does
 * not have is never sent: the tipc program of iproute2 stores what it gets by
 * number and does not look whether there is room.
 *
 * Locking: none of its own; each part of the module has its locks. A dump of
 * names keeps where it is and marks itself as interrupted when the table
 * changed meanwhile.
 */
#include <linux/module.h>
#include <linux/string.h>
#include <net/genetlink.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "core.h"
#include "name_table.h"
#include "netlink.h"

static const struct nla_policy family_policy[TIPC_NLA_MAX + 1] = {
	[TIPC_NLA_BEARER]	= { .type = NLA_NESTED },
	[TIPC_NLA_SOCK]		= { .type = NLA_NESTED },
	[TIPC_NLA_PUBL]		= { .type = NLA_NESTED },
	[TIPC_NLA_LINK]		= { .type = NLA_NESTED },
	[TIPC_NLA_MEDIA]	= { .type = NLA_NESTED },
	[TIPC_NLA_NODE]		= { .type = NLA_NESTED },
	[TIPC_NLA_NET]		= { .type = NLA_NESTED },
	[TIPC_NLA_NAME_TABLE]	= { .type = NLA_NESTED },
	[TIPC_NLA_MON]		= { .type = NLA_NESTED },
};

static const struct nla_policy net_policy[TIPC_NLA_NET_MAX + 1] = {
	[TIPC_NLA_NET_ID]		= { .type = NLA_U32 },
	[TIPC_NLA_NET_ADDR]		= { .type = NLA_U32 },
	[TIPC_NLA_NET_NODEID]		= { .type = NLA_U64 },
	[TIPC_NLA_NET_NODEID_W1]	= { .type = NLA_U64 },
	[TIPC_NLA_NET_ADDR_LEGACY]	= { .type = NLA_FLAG },
};

/* ---- messages -------------------------------------------------------------- */

/**
 * tipc_nl_nest() - read the nest that a request must have
 * @tb: where to put its attributes, @max + 1
 * @max: greatest attribute
 * @info: the request
 * @attr: which nest
 * @policy: of its attributes
 *
 * Context: Process context.
 * Return: 0, or -EINVAL; the extended ack says what is missing or wrong.
 */
int tipc_nl_nest(struct nlattr **tb, int max, const struct genl_info *info,
		 int attr, const struct nla_policy *policy)
{
	if (!info->attrs[attr]) {
		NL_SET_ERR_MSG(info->extack,
			       "the request does not say what it is about");
		return -EINVAL;
	}
	return nla_parse_nested_deprecated(tb, max, info->attrs[attr], policy,
					   info->extack);
}

/**
 * tipc_nl_name() - the name of what a request is about
 * @info: the request
 * @attr: attribute with the name, or NULL
 * @name: set to the name
 *
 * Context: Process context.
 * Return: 0, or -EINVAL if there is none.
 */
int tipc_nl_name(const struct genl_info *info, const struct nlattr *attr,
		 const char **name)
{
	if (!attr) {
		NL_SET_ERR_MSG(info->extack, "the name is missing");
		return -EINVAL;
	}
	*name = nla_data(attr);
	return 0;
}

/**
 * tipc_nl_put() - begin a message of a dump
 * @skb: where
 * @cb: the dump
 * @cmd: command of the message
 *
 * Context: Process context.
 * Return: for genlmsg_end() or genlmsg_cancel(); NULL if there is no room.
 */
void *tipc_nl_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &tipc_genl_family, NLM_F_MULTI, cmd);
}

/**
 * tipc_nl_reply() - answer a request with one message
 * @info: the request
 * @cmd: command of the message
 * @fill: puts the attributes in
 * @arg: for @fill
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 */
int tipc_nl_reply(struct genl_info *info, u8 cmd,
		  int (*fill)(struct sk_buff *skb, void *arg), void *arg)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	void *head;
	int err = -EMSGSIZE;

	if (!skb)
		return -ENOMEM;
	head = genlmsg_put_reply(skb, info, &tipc_genl_family, 0, cmd);
	if (head)
		err = fill(skb, arg);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, head);
	return genlmsg_reply(skb, info);
}

/**
 * tipc_nl_dump_one() - one message of a dump
 * @skb: where
 * @cb: the dump
 * @cmd: command of the message
 * @put: puts the attributes in
 * @arg: for @put
 *
 * Context: As @put says.
 * Return: 0, or -EMSGSIZE: it has to begin the next part.
 */
int tipc_nl_dump_one(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		     int (*put)(struct sk_buff *skb, void *arg), void *arg)
{
	void *head = tipc_nl_put(skb, cb, cmd);

	if (!head)
		return -EMSGSIZE;
	if (put(skb, arg)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return 0;
}

/* ---- the node -------------------------------------------------------------- */

static int put_node(struct sk_buff *skb, struct tipc_net *tn)
{
	struct nlattr *nest = nla_nest_start_noflag(skb, TIPC_NLA_NET);
	u8 id[TIPC_NODEID_LEN] = { };

	if (!nest)
		return -EMSGSIZE;
	/* Pairs with set_identity(). */
	if (smp_load_acquire(&tn->has_id))
		memcpy(id, tn->node_id, sizeof(id));
	if (nla_put_u32(skb, TIPC_NLA_NET_ID, READ_ONCE(tn->net_id)) ||
	    nla_put(skb, TIPC_NLA_NET_NODEID, sizeof(u64), id) ||
	    nla_put(skb, TIPC_NLA_NET_NODEID_W1, sizeof(u64),
		    id + sizeof(u64)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int net_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	void *head;

	if (cb->args[0])
		return 0;
	head = tipc_nl_put(skb, cb, TIPC_NL_NET_GET);
	if (!head || put_node(skb, tipc_net(sock_net(skb->sk))))
		return -EMSGSIZE;
	genlmsg_end(skb, head);
	cb->args[0] = 1;
	return skb->len;
}

static int set_identity(struct net *net, struct nlattr **tb,
			struct netlink_ext_ack *extack)
{
	u8 id[TIPC_NODEID_LEN];

	if (!tb[TIPC_NLA_NET_NODEID_W1]) {
		NL_SET_ERR_MSG(extack, "half of the identity is missing");
		return -EINVAL;
	}
	memcpy(id, nla_data(tb[TIPC_NLA_NET_NODEID]), sizeof(u64));
	memcpy(id + sizeof(u64), nla_data(tb[TIPC_NLA_NET_NODEID_W1]),
	       sizeof(u64));
	return tipc_net_set_identity(net, id, extack);
}

static int net_set(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = sock_net(skb->sk);
	struct nlattr *tb[TIPC_NLA_NET_MAX + 1];
	int err;

	err = tipc_nl_nest(tb, TIPC_NLA_NET_MAX, info, TIPC_NLA_NET,
			   net_policy);
	if (!err && tb[TIPC_NLA_NET_ID])
		err = tipc_net_set_id(net, nla_get_u32(tb[TIPC_NLA_NET_ID]),
				      info->extack);
	if (!err && tb[TIPC_NLA_NET_ADDR])
		err = tipc_net_set_addr(net,
					nla_get_u32(tb[TIPC_NLA_NET_ADDR]),
					info->extack);
	if (!err && tb[TIPC_NLA_NET_NODEID])
		err = set_identity(net, tb, info->extack);
	return err;
}

static int fill_legacy(struct sk_buff *skb, void *arg)
{
	struct tipc_net *tn = arg;
	struct nlattr *nest = nla_nest_start(skb, TIPC_NLA_NET);

	if (!nest)
		return -EMSGSIZE;
	if (READ_ONCE(tn->legacy) &&
	    nla_put_flag(skb, TIPC_NLA_NET_ADDR_LEGACY))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int legacy_get(struct sk_buff *skb, struct genl_info *info)
{
	return tipc_nl_reply(info, TIPC_NL_ADDR_LEGACY_GET, fill_legacy,
			     tipc_net(sock_net(skb->sk)));
}

/* ---- the name table -------------------------------------------------------- */

/**
 * struct name_dump - a dump of the name table; must fit into cb->ctx
 * @at: how far it has come
 */
struct name_dump {
	struct tipc_nametbl_cursor at;
};

/** struct name_part - one message of such a dump */
struct name_part {
	/** @skb: the message */
	struct sk_buff *skb;
	/** @cb: the dump */
	struct netlink_callback *cb;
};

static int put_name(struct sk_buff *skb, const struct tipc_publ *p)
{
	struct nlattr *table, *publ;

	table = nla_nest_start_noflag(skb, TIPC_NLA_NAME_TABLE);
	if (!table)
		return -EMSGSIZE;
	publ = nla_nest_start_noflag(skb, TIPC_NLA_NAME_TABLE_PUBL);
	if (!publ || nla_put_u32(skb, TIPC_NLA_PUBL_TYPE, p->type) ||
	    nla_put_u32(skb, TIPC_NLA_PUBL_LOWER, p->lower) ||
	    nla_put_u32(skb, TIPC_NLA_PUBL_UPPER, p->upper) ||
	    nla_put_u32(skb, TIPC_NLA_PUBL_SCOPE, p->scope) ||
	    nla_put_u32(skb, TIPC_NLA_PUBL_NODE, p->node) ||
	    nla_put_u32(skb, TIPC_NLA_PUBL_REF, p->port) ||
	    nla_put_u32(skb, TIPC_NLA_PUBL_KEY, p->key))
		return -EMSGSIZE;
	nla_nest_end(skb, publ);
	nla_nest_end(skb, table);
	return 0;
}

/* Called with the table's lock held. */
static int name_show(const struct tipc_publ *p, void *arg)
{
	struct name_part *part = arg;
	void *head = tipc_nl_put(part->skb, part->cb, TIPC_NL_NAME_TABLE_GET);

	if (!head)
		return -EMSGSIZE;
	if (put_name(part->skb, p)) {
		genlmsg_cancel(part->skb, head);
		return -EMSGSIZE;
	}
	nl_dump_check_consistent(part->cb, nlmsg_hdr(part->skb));
	genlmsg_end(part->skb, head);
	return 0;
}

static int name_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct tipc_nametbl *nt = &tipc_net(sock_net(skb->sk))->names;
	struct name_dump *dump = (void *)cb->ctx;
	struct name_part part = { skb, cb };

	BUILD_BUG_ON(sizeof(*dump) > sizeof(cb->ctx));
	if (dump->at.done)
		return 0;
	/* 0 would mean that there is no generation. */
	cb->seq = READ_ONCE(nt->changes) | 1u << 31;
	tipc_nametbl_dump(nt, &dump->at, name_show, &part);
	return skb->len;
}

/* ---- the family ------------------------------------------------------------ */

#define LENIENT	(GENL_DONT_VALIDATE_STRICT | GENL_DONT_VALIDATE_DUMP)

/* Anybody may look. */
#define OP_GET(command, do_it, dump_it) \
	{ .cmd = command, .validate = LENIENT, .doit = do_it, .dumpit = dump_it }
/* To change something takes CAP_NET_ADMIN where the namespace belongs. */
#define OP_SET(command, do_it) \
	{ .cmd = command, .validate = LENIENT, .doit = do_it, \
	  .flags = GENL_UNS_ADMIN_PERM }

static const struct genl_ops ops[] = {
	OP_GET(TIPC_NL_NET_GET, NULL, net_dump),
	OP_SET(TIPC_NL_NET_SET, net_set),
	OP_GET(TIPC_NL_ADDR_LEGACY_GET, legacy_get, NULL),
	OP_GET(TIPC_NL_NAME_TABLE_GET, NULL, name_dump),
	{
		.cmd = TIPC_NL_SOCK_GET,
		.validate = LENIENT,
		.start = tipc_nl_sock_start,
		.dumpit = tipc_nl_sock_dump,
		.done = tipc_nl_sock_done,
	},
	OP_GET(TIPC_NL_PUBL_GET, NULL, tipc_nl_publ_dump),
	OP_GET(TIPC_NL_MEDIA_GET, tipc_nl_media_get, tipc_nl_media_dump),
	OP_SET(TIPC_NL_MEDIA_SET, tipc_nl_media_set),
	OP_GET(TIPC_NL_BEARER_GET, tipc_nl_bearer_get, tipc_nl_bearer_dump),
	OP_SET(TIPC_NL_BEARER_ENABLE, tipc_nl_bearer_enable),
	OP_SET(TIPC_NL_BEARER_DISABLE, tipc_nl_bearer_disable),
	OP_SET(TIPC_NL_BEARER_SET, tipc_nl_bearer_set),
	OP_SET(TIPC_NL_BEARER_ADD, tipc_nl_bearer_add),
	OP_GET(TIPC_NL_UDP_GET_REMOTEIP, NULL, tipc_nl_remote_dump),
	OP_GET(TIPC_NL_LINK_GET, tipc_nl_link_get, tipc_nl_link_dump),
	OP_SET(TIPC_NL_LINK_SET, tipc_nl_link_set),
	OP_SET(TIPC_NL_LINK_RESET_STATS, tipc_nl_link_reset_stats),
	OP_GET(TIPC_NL_NODE_GET, NULL, tipc_nl_node_dump),
	OP_SET(TIPC_NL_PEER_REMOVE, tipc_nl_peer_remove),
	OP_GET(TIPC_NL_MON_GET, tipc_nl_mon_get, tipc_nl_mon_dump),
	OP_SET(TIPC_NL_MON_SET, tipc_nl_mon_set),
	OP_GET(TIPC_NL_MON_PEER_GET, NULL, tipc_nl_mon_peer_dump),
	OP_SET(TIPC_NL_KEY_SET, tipc_nl_key_refuse),
	OP_SET(TIPC_NL_KEY_FLUSH, tipc_nl_key_refuse),
};

struct genl_family tipc_genl_family __ro_after_init = {
	.name		= TIPC_GENL_V2_NAME,
	.version	= TIPC_GENL_V2_VERSION,
	.maxattr	= TIPC_NLA_MAX,
	.policy		= family_policy,
	.netnsok	= true,
	.module		= THIS_MODULE,
	.ops		= ops,
	.n_ops		= ARRAY_SIZE(ops),
	.resv_start_op	= TIPC_NL_ADDR_LEGACY_GET + 1,
};

/**
 * tipc_netlink_register() - register the family
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 */
int __init tipc_netlink_register(void)
{
	return genl_register_family(&tipc_genl_family);
}

/**
 * tipc_netlink_unregister() - undo tipc_netlink_register()
 *
 * Context: Process context. May sleep.
 */
void tipc_netlink_unregister(void)
{
	genl_unregister_family(&tipc_genl_family);
}
