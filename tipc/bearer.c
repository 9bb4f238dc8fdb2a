// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bearers: what a node reaches others over.
 *
 * A medium brings packets and takes them (eth.c, udp.c); here they are checked
 * and go to nodes.c, but for discovery messages, which go to discovery.c.
 *
 * Locking: bearers are enabled, disabled and changed under RTNL, and found
 * under RTNL or RCU. A bearer is freed after its medium has stopped bringing
 * packets, its work is gone and an RCU grace period is over.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "bearer.h"
#include "chain.h"
#include "core.h"
#include "link.h"
#include "nodes.h"
#include "slice.h"

static struct tipc_media *const media[] = {
	&tipc_eth_media,
	&tipc_udp_media,
};

/*
 * Of every namespace, under RTNL or RCU: interfaces change before a namespace
 * has become a node, and after it was one.
 */
static LIST_HEAD(all_bearers);
/* How often a bearer came or went; never 0. */
static atomic_t changes = ATOMIC_INIT(1);

static void bearers_changed(void)
{
	if (!atomic_inc_return(&changes))
		atomic_inc(&changes);
}

/* ---- addresses ------------------------------------------------------------- */

/**
 * tipc_maddr_to_str() - an address on a medium for people
 * @at: the address
 * @str: where to write it
 * @len: room there, at best TIPC_MADDR_STR
 *
 * Context: Any.
 */
void tipc_maddr_to_str(const struct tipc_maddr *at, char *str, size_t len)
{
	if (at->media == TIPC_MEDIA_ETH)
		snprintf(str, len, "%pM", at->bytes);
	else if (at->family == TIPC_UDP_IPV4)
		snprintf(str, len, "%pI4:%u", at->bytes, at->port);
	else
		snprintf(str, len, "[%pI6c]:%u", at->bytes, at->port);
}

/* ---- counters -------------------------------------------------------------- */

/**
 * tipc_bearer_read() - a counter of a bearer
 * @b: bearer
 * @what: which
 *
 * Context: Any.
 * Return: the sum over all processors.
 */
u64 tipc_bearer_read(const struct tipc_bearer *b, enum tipc_bearer_stat what)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(b->stats, cpu)->v[what];
	return sum;
}

/* Packets that were sent, or came, together. */
static void count_packets(struct tipc_bearer *b, enum tipc_bearer_stat pkts,
			  unsigned int n, u64 bytes)
{
	BUILD_BUG_ON(TIPC_BEARER_RX_BATCHES - TIPC_BEARER_RX_PKTS != 2);
	BUILD_BUG_ON(TIPC_BEARER_TX_BATCHES - TIPC_BEARER_TX_PKTS != 2);
	tipc_bearer_count(b, pkts, n);
	tipc_bearer_count(b, pkts + 1, bytes);
	tipc_bearer_count(b, pkts + 2, 1);
}

static void count_queue(struct tipc_bearer *b, enum tipc_bearer_stat pkts,
			const struct sk_buff_head *q)
{
	struct sk_buff *skb;
	u64 bytes = 0;

	skb_queue_walk(q, skb)
		bytes += skb->len;
	count_packets(b, pkts, skb_queue_len(q), bytes);
}

/* ---- sending --------------------------------------------------------------- */

/**
 * tipc_bearer_xmit() - put packets on the wire
 * @b: bearer
 * @q: packets that begin with their messages; empty on return
 * @to: to whom; to all if NULL
 *
 * Context: Any but hard interrupts, in an RCU read-side section.
 */
void tipc_bearer_xmit(struct tipc_bearer *b, struct sk_buff_head *q,
		      const struct tipc_maddr *to)
{
	count_queue(b, TIPC_BEARER_TX_PKTS, q);
	b->media->xmit(b, q, to);
}

/**
 * tipc_bearer_xmit_one() - put a packet on the wire
 * @b: bearer
 * @skb: packet that begins with its message; taken over
 * @to: to whom; to all if NULL
 *
 * Context: Any but hard interrupts, in an RCU read-side section.
 */
void tipc_bearer_xmit_one(struct tipc_bearer *b, struct sk_buff *skb,
			  const struct tipc_maddr *to)
{
	struct sk_buff_head q;

	count_packets(b, TIPC_BEARER_TX_PKTS, 1, skb->len);
	if (b->media->xmit_one) {
		b->media->xmit_one(b, skb, to);
		return;
	}
	__skb_queue_head_init(&q);
	__skb_queue_tail(&q, skb);
	b->media->xmit(b, &q, to);
}

/* ---- receiving ------------------------------------------------------------- */

/* Makes the header linear and the packet as long as its message says. */
static bool pkt_check(struct sk_buff *skb)
{
	unsigned int head = min_t(unsigned int, skb->len, TIPC_HSIZE_MAX);
	int size;

	if (head < TIPC_HSIZE_CONN || !pskb_may_pull(skb, head))
		return false;
	size = tipc_msg_check(skb->data, skb_headlen(skb), skb->len);
	return size >= 0 && !pskb_trim(skb, size);
}

/* What is for a link goes on; everything else ends here. */
static bool is_for_link(struct tipc_bearer *b, struct sk_buff *skb)
{
	if (unlikely(!pkt_check(skb))) {
		tipc_bearer_count(b, TIPC_BEARER_BAD, 1);
		kfree_skb(skb);
		return false;
	}
	if (likely(tipc_msg_user(tipc_pkt_msg(skb)) != TIPC_USER_DISCOVERY))
		return true;
	tipc_discovery_came(b, skb);
	return false;
}

/**
 * tipc_bearer_rcv() - packets came
 * @b: bearer
 * @q: packets, nobody else's, that begin with what should be messages; empty
 *	on return
 * @from: from whom, as the medium says; its port may be any
 *
 * Context: Softirq, or softirqs are off, in an RCU read-side section.
 */
void tipc_bearer_rcv(struct tipc_bearer *b, struct sk_buff_head *q,
		     const struct tipc_maddr *from)
{
	struct sk_buff_head run;
	struct sk_buff *skb;
	u32 node = 0, prev;

	count_queue(b, TIPC_BEARER_RX_PKTS, q);
	__skb_queue_head_init(&run);
	while ((skb = __skb_dequeue(q))) {
		if (!is_for_link(b, skb))
			continue;
		prev = tipc_msg_prev_node(tipc_pkt_msg(skb));
		if (prev != node && !skb_queue_empty(&run))
			tipc_nodes_rcv(b->net, b, node, &run, from);
		node = prev;
		__skb_queue_tail(&run, skb);
	}
	if (!skb_queue_empty(&run))
		tipc_nodes_rcv(b->net, b, node, &run, from);
}

/**
 * tipc_bearer_rcv_one() - a packet came
 * @b: bearer
 * @skb: packet, nobody else's, that begins with what should be a message; taken
 *	over
 * @from: as for tipc_bearer_rcv()
 *
 * Context: Softirq, or softirqs are off, in an RCU read-side section.
 */
void tipc_bearer_rcv_one(struct tipc_bearer *b, struct sk_buff *skb,
			 const struct tipc_maddr *from)
{
	struct sk_buff_head q;

	count_packets(b, TIPC_BEARER_RX_PKTS, 1, skb->len);
	if (!is_for_link(b, skb))
		return;
	__skb_queue_head_init(&q);
	__skb_queue_tail(&q, skb);
	tipc_nodes_rcv(b->net, b, tipc_msg_prev_node(tipc_pkt_msg(skb)), &q,
		       from);
}

/* ---- the short cut --------------------------------------------------------- */

/**
 * tipc_bearer_changes() - how often a bearer of this host came or went
 *
 * Context: In an RCU read-side section: bearers that were found after this are
 * there as long as it says the same.
 * Return: a number that is not 0.
 */
int tipc_bearer_changes(void)
{
	return atomic_read_acquire(&changes);
}

/**
 * tipc_bearer_near() - is a node another namespace of this host?
 * @b: own bearer, over which it was found
 * @at: where it is there
 * @id: its identity
 * @random: by which it says that it is this very namespace
 *
 * Context: In an RCU read-side section.
 * Return: its bearer, or NULL.
 */
struct tipc_bearer *tipc_bearer_near(const struct tipc_bearer *b,
				     const struct tipc_maddr *at, const u8 *id,
				     u16 random)
{
	struct tipc_bearer *near;
	struct tipc_net *tn;

	list_for_each_entry_rcu(near, &all_bearers, of_all) {
		tn = tipc_net(near->net);
		if (near->media == b->media && near->net != b->net &&
		    tipc_maddr_equal(&near->at, at) &&
		    (tn->random & 0x7fff) == random &&
		    !memcmp(tn->node_id, id, TIPC_NODEID_LEN))
			return near;
	}
	return NULL;
}

static bool carries(const struct tipc_bearer *b)
{
	/* Pairs with bearer_begin(). */
	return !smp_load_acquire(&b->dead) &&
	       (!b->dev || (netif_running(b->dev) && netif_carrier_ok(b->dev)));
}

/**
 * tipc_bearer_is_near() - may packets be handed over?
 * @b: own bearer
 * @near: that of a namespace of this host
 *
 * Only while both want it (sysctl short_cut), and while their interfaces would
 * carry packets: who pulls a cable wants the link to end.
 *
 * Context: In an RCU read-side section.
 * Return: whether they may.
 */
bool tipc_bearer_is_near(const struct tipc_bearer *b,
			 const struct tipc_bearer *near)
{
	return READ_ONCE(tipc_net(near->net)->short_cut) && carries(b) &&
	       carries(near);
}

/**
 * tipc_bearer_hand_over() - give packets to a namespace of this host
 * @b: own bearer
 * @near: bearer that tipc_bearer_is_near()
 * @q: packets that begin with their messages; empty on return
 *
 * Context: Any but hard interrupts, in an RCU read-side section.
 */
void tipc_bearer_hand_over(struct tipc_bearer *b, struct tipc_bearer *near,
			   struct sk_buff_head *q)
{
	tipc_bearer_count(b, TIPC_BEARER_HANDED, skb_queue_len(q));
	count_queue(b, TIPC_BEARER_TX_PKTS, q);
	/* As if they had come from an interface. */
	local_bh_disable();
	tipc_bearer_rcv(near, q, &b->at);
	local_bh_enable();
}

/* ---- enabling and disabling ------------------------------------------------ */

/**
 * tipc_media_get() - a medium by its number
 * @i: from 0 on
 *
 * Context: Any.
 * Return: the medium, or NULL: there are less.
 */
struct tipc_media *tipc_media_get(unsigned int i)
{
	return i < ARRAY_SIZE(media) ? media[i] : NULL;
}

/**
 * tipc_bearer_get() - a bearer by its number
 * @net: namespace
 * @id: the number, less than TIPC_MAX_BEARERS
 *
 * Context: RTNL is held, or the RCU read lock.
 * Return: the bearer, or NULL.
 */
struct tipc_bearer *tipc_bearer_get(struct net *net, unsigned int id)
{
	return rcu_dereference_rtnl(tipc_net(net)->bearers[id]);
}

/**
 * tipc_bearer_find() - a bearer by its name
 * @net: namespace
 * @name: as it was enabled with
 *
 * Context: RTNL is held, or the RCU read lock.
 * Return: the bearer, or NULL.
 */
struct tipc_bearer *tipc_bearer_find(struct net *net, const char *name)
{
	struct tipc_bearer *b;
	unsigned int i;

	for (i = 0; i < TIPC_MAX_BEARERS; i++) {
		b = tipc_bearer_get(net, i);
		if (b && !strcmp(b->name, name))
			return b;
	}
	return NULL;
}

static int free_slot(struct net *net)
{
	int i;

	for (i = 0; i < TIPC_MAX_BEARERS; i++)
		if (!tipc_bearer_get(net, i))
			return i;
	return -ENOSPC;
}

/**
 * tipc_bearer_props_check() - can a bearer or a link be like this?
 * @p: its properties
 * @extack: where to say in words what is wrong
 *
 * Context: Any.
 * Return: 0, or -EINVAL.
 */
int tipc_bearer_props_check(const struct tipc_bearer_props *p,
			    struct netlink_ext_ack *extack)
{
	if (p->priority > TIPC_LINK_PRIO_MAX) {
		NL_SET_ERR_MSG(extack, "a priority is 0 to 31");
		return -EINVAL;
	}
	if (p->tolerance_ms && (p->tolerance_ms < TIPC_TOL_MIN_MS ||
				p->tolerance_ms > TIPC_TOL_MAX_MS)) {
		NL_SET_ERR_MSG(extack, "a tolerance is 10 to 30000 ms");
		return -EINVAL;
	}
	if (p->window && (p->window < TIPC_LINK_WIN_MIN ||
			  p->window > TIPC_LINK_WIN_MAX)) {
		NL_SET_ERR_MSG(extack, "a window is 16 to 8191 packets");
		return -EINVAL;
	}
	if (p->mtu && (p->mtu < TIPC_BEARER_MTU_MIN ||
		       p->mtu > TIPC_SLICED_MAX)) {
		NL_SET_ERR_MSG(extack, "a packet is 1000 to 65500 bytes");
		return -EINVAL;
	}
	return 0;
}

static struct tipc_media *media_of(const char *name)
{
	unsigned int i;
	size_t len;

	for (i = 0; i < ARRAY_SIZE(media); i++) {
		len = strlen(media[i]->name);
		if (!strncmp(name, media[i]->name, len) && name[len] == ':' &&
		    name[len + 1] && strlen(name + len + 1) < TIPC_MAX_IF_NAME)
			return media[i];
	}
	return NULL;
}

static struct tipc_bearer *bearer_new(struct net *net, struct tipc_media *m,
				      const char *name, int slot,
				      const struct tipc_bearer_props *props)
{
	struct tipc_bearer *b = kzalloc(sizeof(*b), GFP_KERNEL);

	if (!b)
		return NULL;
	b->stats = alloc_percpu(struct tipc_bearer_stats);
	if (!b->stats) {
		kfree(b);
		return NULL;
	}
	b->net = net;
	b->media = m;
	strscpy(b->name, name, sizeof(b->name));
	b->if_name = b->name + strlen(m->name) + 1;
	b->id = slot;
	b->domain = props->domain;
	b->priority = props->priority < 0 ? m->usual.priority :
					    props->priority;
	b->tolerance_ms = props->tolerance_ms ? : m->usual.tolerance_ms;
	b->window = props->window ? : m->usual.window;
	b->dead = true;
	tipc_discovery_init(b);
	tipc_monitor_init(b);
	return b;
}

/**
 * tipc_bearer_free() - the last of a bearer
 * @b: bearer that nobody can find or use any more
 *
 * Context: Process context.
 */
void tipc_bearer_free(struct tipc_bearer *b)
{
	free_percpu(b->stats);
	kfree(b);
}

/* An identity is made of where the node is when none was given. */
static int identify(struct tipc_bearer *b, struct netlink_ext_ack *extack)
{
	static_assert(sizeof(b->at.bytes) == TIPC_NODEID_LEN);

	/* Pairs with set_identity() in net.c. */
	if (smp_load_acquire(&tipc_net(b->net)->has_id))
		return 0;
	return tipc_net_set_identity(b->net, b->at.bytes, extack);
}

static void bearer_begin(struct tipc_bearer *b)
{
	rcu_assign_pointer(tipc_net(b->net)->bearers[b->id], b);
	list_add_tail_rcu(&b->of_all, &all_bearers);
	/* What is received from now on finds all that it needs. */
	smp_store_release(&b->dead, false);
	bearers_changed();
	queue_delayed_work(system_wq, &b->disc, 0);
	pr_info("bearer %s enabled, priority %u\n", b->name, b->priority);
}

/**
 * tipc_bearer_enable() - look for other nodes on a medium
 * @net: namespace
 * @name: the medium, a colon, and the interface or another name
 * @props: of the bearer
 * @opts: of a UDP bearer, or NULL
 * @extack: where to say in words what is wrong
 *
 * Context: Process context, RTNL is held. May sleep.
 * Return: 0, or a negative error.
 *
 * * -EOPNOTSUPP - no such medium
 * * -ENODEV - no such interface
 * * -EINVAL - not an Ethernet; no address of ours; enabled already; a property
 *   out of range
 * * -ENOSPC - there are TIPC_MAX_BEARERS
 * * -ENOMEM - no memory
 */
int tipc_bearer_enable(struct net *net, const char *name,
		       const struct tipc_bearer_props *props,
		       struct nlattr *opts, struct netlink_ext_ack *extack)
{
	struct tipc_media *m = media_of(name);
	struct tipc_bearer *b;
	int err, slot;

	ASSERT_RTNL();
	if (!m) {
		NL_SET_ERR_MSG(extack,
			       "links go over eth:INTERFACE or udp:NAME");
		return -EOPNOTSUPP;
	}
	err = tipc_bearer_props_check(props, extack);
	if (err)
		return err;
	if (tipc_bearer_find(net, name)) {
		NL_SET_ERR_MSG(extack, "Already enabled");
		return -EINVAL;
	}
	slot = free_slot(net);
	if (slot < 0) {
		NL_SET_ERR_MSG(extack, "there are as many as there can be");
		return slot;
	}
	b = bearer_new(net, m, name, slot, props);
	if (!b)
		return -ENOMEM;
	err = m->enable(b, opts, props, extack);
	if (err) {
		tipc_bearer_free(b);
		return err;
	}
	err = identify(b, extack);
	if (err) {
		m->disable(b);
		m->free(b);
		return err;
	}
	bearer_begin(b);
	return 0;
}

/**
 * tipc_bearer_end() - disable a bearer, and end the links over it
 * @b: the bearer; freed now or soon
 *
 * Context: Process context, RTNL is held. May sleep.
 */
void tipc_bearer_end(struct tipc_bearer *b)
{
	ASSERT_RTNL();
	WRITE_ONCE(b->dead, true);
	list_del_rcu(&b->of_all);
	bearers_changed();
	RCU_INIT_POINTER(tipc_net(b->net)->bearers[b->id], NULL);
	b->media->disable(b);
	cancel_delayed_work_sync(&b->disc);
	tipc_nodes_bearer_gone(b->net, b);
	tipc_monitor_exit(b);
	/* Who was sending over it, or looking at it, no longer is. */
	synchronize_net();
	pr_info("bearer %s disabled\n", b->name);
	b->media->free(b);
}

/**
 * tipc_bearer_changed() - say soon who we are: it may be another wire
 * @b: the bearer
 *
 * Context: Process context, RTNL is held.
 */
void tipc_bearer_changed(struct tipc_bearer *b)
{
	b->tries = 0;
	mod_delayed_work(system_wq, &b->disc, 0);
}

/**
 * tipc_bearer_disable() - disable a bearer by its name
 * @net: namespace
 * @name: as it was enabled with
 * @extack: where to say in words what is wrong
 *
 * Context: Process context, RTNL is held. May sleep.
 * Return: 0, or -EINVAL if it is not enabled.
 */
int tipc_bearer_disable(struct net *net, const char *name,
			struct netlink_ext_ack *extack)
{
	struct tipc_bearer *b = tipc_bearer_find(net, name);

	if (!b) {
		NL_SET_ERR_MSG(extack, "Bearer not found");
		return -EINVAL;
	}
	tipc_bearer_end(b);
	return 0;
}

/**
 * tipc_bearer_net_exit() - disable what is left when a namespace goes
 * @net: namespace
 *
 * Context: Process context. May sleep.
 */
void tipc_bearer_net_exit(struct net *net)
{
	struct tipc_bearer *b;
	unsigned int i;

	rtnl_lock();
	for (i = 0; i < TIPC_MAX_BEARERS; i++) {
		b = tipc_bearer_get(net, i);
		if (b)
			tipc_bearer_end(b);
	}
	rtnl_unlock();
	/* Sockets go before their namespace. */
	tipc_udp_flush();
}

/* ---- interfaces change ----------------------------------------------------- */

static int device_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct tipc_bearer *b, *next;

	list_for_each_entry_safe(b, next, &all_bearers, of_all)
		b->media->device(b, dev, event);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call = device_event,
};

/**
 * tipc_bearer_register() - begin to use the media
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 */
int tipc_bearer_register(void)
{
	int err = register_netdevice_notifier(&notifier);

	if (!err)
		tipc_chain_register();
	return err;
}

/**
 * tipc_bearer_unregister() - undo tipc_bearer_register()
 *
 * Context: Process context. May sleep.
 */
void tipc_bearer_unregister(void)
{
	tipc_chain_unregister();
	unregister_netdevice_notifier(&notifier);
}
