// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names on their way between nodes.
 *
 * A node that comes up is sent all names of this node, and from then on each
 * that is bound or unbound, over the link that carries data to it: so a name is
 * there before a message that mentions it. Names of a node go when it goes.
 *
 * Locking: names leave under the name table's lock, in the order of the table's
 * changes. n->names is set and read under it; the link's lock is taken inside.
 * Names of others arrive by the one that runs the node, see node_news.c.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/skbuff.h>
#include <net/net_namespace.h>

#include "core.h"
#include "name_table.h"
#include "nodes.h"

/* As it stands in a message. */
struct item {
	__be32 type;
	__be32 lower;
	__be32 upper;
	__be32 port;
	__be32 key;
};

static struct sk_buff *dist_new(struct tipc_node *n, unsigned int type,
				unsigned int nitems)
{
	unsigned int len = TIPC_HSIZE_INTERNAL + nitems * sizeof(struct item);
	struct sk_buff *skb = tipc_pkt_alloc(len);
	struct tipc_msg *m;

	if (!skb)
		return NULL;
	m = tipc_pkt_msg(skb);
	memset(m, 0, TIPC_HSIZE_INTERNAL);
	tipc_msg_init(m, TIPC_USER_NAME_DISTRIBUTOR, type,
		      TIPC_HSIZE_INTERNAL, tipc_own_addr(n->net));
	tipc_msg_set_size(m, len);
	tipc_msg_set_word(m, 6, tipc_own_addr(n->net));
	tipc_msg_set_word(m, 7, n->addr);
	return skb;
}

static void item_write(struct item *item, const struct tipc_publ *p)
{
	item->type = htonl(p->type);
	item->lower = htonl(p->lower);
	item->upper = htonl(p->upper);
	item->port = htonl(p->port);
	item->key = htonl(p->key);
}

static void tell_one(struct tipc_node *n, const struct tipc_publ *p,
		     unsigned int type)
{
	struct sk_buff *skb = dist_new(n, type, 1);

	if (!skb) {
		net_warn_ratelimited("no memory to tell %08x of a name\n",
				     n->addr);
		return;
	}
	item_write((struct item *)(skb->data + TIPC_HSIZE_INTERNAL), p);
	tipc_nodes_xmit(n, skb, 0);
}

/* Called with the table's lock held. */
static void tell_all(struct tipc_nametbl *nt, const struct tipc_publ *p,
		     unsigned int type)
{
	struct net *net = container_of(nt, struct tipc_net, names)->net;
	struct tipc_node *n;
	u32 at = 0;

	if (!tipc_nodes_up(net))
		return;
	rcu_read_lock();
	while ((n = tipc_nodes_from(net, &at))) {
		if (READ_ONCE(n->names))
			tell_one(n, p, type);
		if (!++at)
			break;
	}
	rcu_read_unlock();
}

static void published(struct tipc_nametbl *nt, const struct tipc_publ *p)
{
	tell_all(nt, p, TIPC_NAME_PUBLISH);
}

static void withdrawn(struct tipc_nametbl *nt, const struct tipc_publ *p)
{
	tell_all(nt, p, TIPC_NAME_WITHDRAW);
}

const struct tipc_nametbl_ops tipc_dist_ops = {
	.published = published,
	.withdrawn = withdrawn,
};

/* ---- all at once ----------------------------------------------------------- */

/**
 * struct bulk - the names that a node is sent when it comes up
 * @n: the node
 * @skb: message that is being filled
 * @left: room in it, in names
 */
struct bulk {
	struct tipc_node	*n;
	struct sk_buff		*skb;
	unsigned int		left;
};

static void bulk_send(struct bulk *bulk)
{
	struct tipc_msg *m;

	if (!bulk->skb)
		return;
	skb_trim(bulk->skb, bulk->skb->len - bulk->left * sizeof(struct item));
	m = tipc_pkt_msg(bulk->skb);
	tipc_msg_set_size(m, bulk->skb->len);
	tipc_nodes_xmit(bulk->n, bulk->skb, 0);
	bulk->skb = NULL;
}

/* Called for each own name, with the table's lock held; last with NULL. */
static void bulk_add(const struct tipc_publ *p, void *arg)
{
	struct bulk *bulk = arg;
	unsigned int room = tipc_trunk_mss(&bulk->n->trunk) -
			    TIPC_HSIZE_INTERNAL;

	if (!p) {
		bulk_send(bulk);
		WRITE_ONCE(bulk->n->names, true);
		return;
	}
	if (!bulk->skb) {
		bulk->left = room / sizeof(struct item);
		bulk->skb = dist_new(bulk->n, TIPC_NAME_PUBLISH, bulk->left);
		if (!bulk->skb)
			return;
	}
	item_write((struct item *)skb_tail_pointer(bulk->skb) - bulk->left, p);
	if (!--bulk->left)
		bulk_send(bulk);
}

/**
 * tipc_dist_begin() - a node is up: tell it our names, and who listens of it
 * @n: the node
 *
 * Context: Any but hard interrupts, in an RCU read-side section; by who runs
 * the node.
 */
void tipc_dist_begin(struct tipc_node *n)
{
	struct bulk bulk = { .n = n };

	tipc_publish_node(n, true);
	tipc_nametbl_own_walk(&tipc_net(n->net)->names, bulk_add, &bulk);
}

/**
 * tipc_dist_end() - a node is down: tell it no more, and who listens of it
 * @n: the node
 *
 * Context: Any but hard interrupts; by who runs the node.
 */
void tipc_dist_end(struct tipc_node *n)
{
	WRITE_ONCE(n->names, false);
	tipc_publish_node(n, false);
}

/* ---- names of others ------------------------------------------------------- */

static void learn(struct tipc_node *n, unsigned int type,
		  const struct item *item)
{
	struct tipc_nametbl *nt = &tipc_net(n->net)->names;
	struct tipc_service_range sr = {
		ntohl(item->type), ntohl(item->lower), ntohl(item->upper)
	};
	struct tipc_socket_addr from = { ntohl(item->port), n->addr };
	u32 key = ntohl(item->key);
	int err;

	if (type == TIPC_NAME_WITHDRAW) {
		if (tipc_nametbl_remove(nt, &sr, &from, key))
			n->npubls--;
		return;
	}
	/* Of the reserved types, only that the node itself is up. */
	if (sr.type < TIPC_RESERVED_TYPES && sr.type != TIPC_NODE_STATE)
		return;
	if (n->npubls >= TIPC_MAX_PUBL)
		err = -ENOSPC;
	else
		err = tipc_nametbl_insert(nt, &sr, TIPC_CLUSTER_SCOPE, &from,
					  key, &n->publs);
	if (!err)
		n->npubls++;
	else
		net_warn_ratelimited("name {%u,%u,%u} of %08x is not taken: error %d\n",
				     sr.type, sr.lower, sr.upper, n->addr, err);
}

/**
 * tipc_dist_rcv() - names of another node
 * @n: the node
 * @skb: message; taken over
 *
 * Context: Any but hard interrupts; by who runs the node.
 */
void tipc_dist_rcv(struct tipc_node *n, struct sk_buff *skb)
{
	unsigned int type = tipc_msg_type(tipc_pkt_msg(skb));
	unsigned int off = tipc_msg_hsize(tipc_pkt_msg(skb));
	struct item item;

	for (; off + sizeof(item) <= skb->len; off += sizeof(item))
		if (!skb_copy_bits(skb, off, &item, sizeof(item)))
			learn(n, type, &item);
	kfree_skb(skb);
}
