// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bearers: Ethernet interfaces over which a node reaches others, and how it
 * finds them there.
 *
 * Packets of type 0x88ca come in through a packet handler of the interface and
 * go to node.c; discovery messages stay here. Each bearer says again and again
 * who this node is: often at first, then once a second while it is alone, then
 * once a minute. While the node has no address it says which one it would
 * like; if nobody objects a few times, it takes it.
 *
 * Locking: bearers are enabled, disabled and changed under RTNL, and found
 * under RTNL or RCU. A bearer is freed after its packet handler and its work
 * are gone and an RCU grace period is over.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "bearer.h"
#include "core.h"
#include "link.h"
#include "nodes.h"

#define MEDIA_NAME	"eth"
#define PRIORITY	TIPC_LINK_PRIO_DEFAULT
#define TRIAL_TRIES	4
#define TRIAL_MS	50
#define FAST_TRIES	5
#define FAST_MS		100
#define ALONE_MS	1000
#define SETTLED_MS	60000
#define MTU_MIN		1000

/*
 * Of every namespace, under RTNL: interfaces change before a namespace has
 * become a node, and after it was one.
 */
static LIST_HEAD(all_bearers);

/* ---- sending --------------------------------------------------------------- */

/**
 * tipc_bearer_xmit() - put a packet on the wire
 * @b: bearer
 * @skb: packet that begins with its message; taken over
 * @mac: to whom
 *
 * Context: Any but hard interrupts, in an RCU read-side section.
 */
void tipc_bearer_xmit(struct tipc_bearer *b, struct sk_buff *skb,
		      const u8 *mac)
{
	struct net_device *dev = b->dev;

	if (skb_cow_head(skb, LL_RESERVED_SPACE(dev))) {
		kfree_skb(skb);
		return;
	}
	skb_reset_network_header(skb);
	skb->dev = dev;
	skb->protocol = htons(ETH_P_TIPC);
	skb->priority = TC_PRIO_CONTROL;
	if (dev_hard_header(skb, dev, ETH_P_TIPC, mac, dev->dev_addr,
			    skb->len) < 0) {
		kfree_skb(skb);
		return;
	}
	dev_queue_xmit(skb);
}

static void say(struct tipc_bearer *b, unsigned int type, u32 domain,
		u32 suggested, const u8 *mac)
{
	struct tipc_net *tn = tipc_net(b->net);
	struct tipc_disc d = {
		.type = type,
		.node = type == TIPC_DISC_TRIAL ?
			tipc_nodes_trial(b->net) : READ_ONCE(tn->addr),
		.domain = domain,
		.net_id = READ_ONCE(tn->net_id),
		.random = tn->random,
		.caps = TIPC_OWN_CAPS,
		.hash = tn->random,
		.suggested = suggested,
	};
	struct sk_buff *skb = tipc_pkt_alloc(TIPC_DISC_SIZE);

	if (!skb)
		return;
	memcpy(d.mac, b->dev->dev_addr, TIPC_ETH_ALEN);
	memcpy(d.id, tn->node_id, TIPC_NODEID_LEN);
	tipc_disc_write(&d, skb->data);
	rcu_read_lock();
	tipc_bearer_xmit(b, skb, mac);
	rcu_read_unlock();
}

/* ---- discovery ------------------------------------------------------------- */

static unsigned int next_time_ms(struct tipc_bearer *b)
{
	if (!tipc_own_addr(b->net))
		return TRIAL_MS;
	if (b->tries < FAST_TRIES)
		return FAST_MS;
	return tipc_nodes_alone(b->net) ? ALONE_MS : SETTLED_MS;
}

static void disc_work(struct work_struct *work)
{
	struct tipc_bearer *b = container_of(to_delayed_work(work),
					     struct tipc_bearer, disc);
	u32 trial = tipc_nodes_trial(b->net);

	if (!tipc_own_addr(b->net)) {
		if (b->tries < TRIAL_TRIES) {
			say(b, TIPC_DISC_TRIAL, b->domain, 0,
			    b->dev->broadcast);
		} else {
			/* Nobody objected. */
			tipc_net_start(b->net, trial);
			b->tries = 0;
		}
	}
	if (tipc_own_addr(b->net))
		say(b, TIPC_DISC_REQUEST, b->domain, 0, b->dev->broadcast);
	b->tries++;
	if (!READ_ONCE(b->dead))
		queue_delayed_work(system_wq, &b->disc,
				   msecs_to_jiffies(next_time_ms(b)));
}

/* Somebody has, or wants, the address that we have or want. */
static void collision(struct tipc_bearer *b, const struct tipc_disc *d)
{
	struct tipc_net *tn = tipc_net(b->net);

	if (d->type == TIPC_DISC_TRIAL) {
		say(b, TIPC_DISC_TRIAL_FAIL, d->node,
		    tipc_nodes_free_addr(b->net, d->node + 1), d->mac);
		return;
	}
	net_warn_ratelimited("%pM has our address %08x; one of the nodes has to get another\n",
			     d->mac, tn->addr);
}

/* While we have no address: what others say of the one we want. */
static void trial_answer(struct tipc_bearer *b, const struct tipc_disc *d)
{
	u32 trial = tipc_nodes_trial(b->net);

	if (d->type == TIPC_DISC_TRIAL_FAIL ? d->domain != trial :
	    d->node != trial)
		return;
	tipc_nodes_set_trial(b->net, d->type == TIPC_DISC_TRIAL_FAIL &&
			     d->suggested ? d->suggested :
			     tipc_nodes_free_addr(b->net, trial + 1));
	b->tries = 0;
}

static void discovered(struct tipc_bearer *b, const struct sk_buff *skb)
{
	struct tipc_net *tn = tipc_net(b->net);
	struct tipc_nametbl *nt = &tn->names;
	struct tipc_disc d;
	u32 own = READ_ONCE(tn->addr);

	if (tipc_disc_read(skb->data, skb->len, &d) ||
	    d.net_id != READ_ONCE(tn->net_id))
		return;
	/* Our own words, from another interface or a loop. */
	if (!memcmp(d.id, tn->node_id, TIPC_NODEID_LEN)) {
		if (d.random != (tn->random & 0x7fff))
			net_warn_ratelimited("%pM has our identity %s\n",
					     d.mac, tn->node_id_str);
		return;
	}
	if (!own) {
		trial_answer(b, &d);
		return;
	}
	if (d.node == own) {
		collision(b, &d);
		return;
	}
	if (d.type > TIPC_DISC_RESPONSE)
		return;
	if (!tipc_nametbl_in_scope(nt, d.domain, own) ||
	    !tipc_nametbl_in_scope(nt, b->domain, d.node))
		return;
	if (tipc_nodes_found(b->net, b, &d) && d.type == TIPC_DISC_REQUEST)
		say(b, TIPC_DISC_RESPONSE, d.node, 0, d.mac);
}

/* ---- receiving ------------------------------------------------------------- */

static int bearer_rcv(struct sk_buff *skb, struct net_device *dev,
		      struct packet_type *pt, struct net_device *orig_dev)
{
	struct tipc_bearer *b = container_of(pt, struct tipc_bearer, pt);
	unsigned int head;
	int size;

	/* What is for others is not for us; what is ours to send is not, too. */
	if (skb->pkt_type > PACKET_MULTICAST || READ_ONCE(b->dead))
		goto drop;
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (!skb)
		return NET_RX_DROP;
	head = min_t(unsigned int, skb->len, TIPC_HSIZE_MAX);
	if (head < TIPC_HSIZE_CONN || !pskb_may_pull(skb, head))
		goto drop;
	size = tipc_msg_check(skb->data, skb_headlen(skb), skb->len);
	if (size < 0 || pskb_trim(skb, size))
		goto drop;
	if (tipc_msg_user(tipc_pkt_msg(skb)) == TIPC_USER_DISCOVERY) {
		if (pskb_may_pull(skb, min_t(unsigned int, skb->len,
					     TIPC_DISC_SIZE)))
			discovered(b, skb);
		kfree_skb(skb);
		return NET_RX_SUCCESS;
	}
	tipc_nodes_rcv(b->net, b, skb);
	return NET_RX_SUCCESS;

drop:
	kfree_skb(skb);
	return NET_RX_DROP;
}

/* ---- enabling and disabling ------------------------------------------------ */

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
 * @name: "eth:" and the interface
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

static struct net_device *find_device(struct net *net, const char *name,
				      struct netlink_ext_ack *extack)
{
	struct net_device *dev;

	if (strncmp(name, MEDIA_NAME ":", sizeof(MEDIA_NAME))) {
		NL_SET_ERR_MSG(extack,
			       "only Ethernet carries links: eth:INTERFACE");
		return ERR_PTR(-EOPNOTSUPP);
	}
	dev = __dev_get_by_name(net, name + sizeof(MEDIA_NAME));
	if (!dev) {
		NL_SET_ERR_MSG(extack, "no interface has this name");
		return ERR_PTR(-ENODEV);
	}
	if (dev->type != ARPHRD_ETHER || dev->addr_len != ETH_ALEN) {
		NL_SET_ERR_MSG(extack, "the interface is not an Ethernet");
		return ERR_PTR(-EINVAL);
	}
	if (dev->mtu < MTU_MIN) {
		NL_SET_ERR_MSG(extack, "its packets are too small");
		return ERR_PTR(-EINVAL);
	}
	return dev;
}

/* An identity is made of the interface's address where none was given. */
static int identify(struct net *net, struct net_device *dev,
		    struct netlink_ext_ack *extack)
{
	u8 id[TIPC_NODEID_LEN] = { };

	/* Pairs with set_identity() in net.c. */
	if (smp_load_acquire(&tipc_net(net)->has_id))
		return 0;
	memcpy(id, dev->dev_addr, ETH_ALEN);
	return tipc_net_set_identity(net, id, extack);
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
	return 0;
}

static struct tipc_bearer *bearer_new(struct net *net, struct net_device *dev,
				      const char *name, int slot,
				      const struct tipc_bearer_props *props)
{
	struct tipc_bearer *b = kzalloc(sizeof(*b), GFP_KERNEL);

	if (!b)
		return NULL;
	b->net = net;
	b->dev = dev;
	strscpy(b->name, name, sizeof(b->name));
	b->id = slot;
	b->domain = props->domain;
	b->priority = props->priority < 0 ? PRIORITY : props->priority;
	b->tolerance_ms = props->tolerance_ms ? props->tolerance_ms :
						TIPC_TOL_DEFAULT_MS;
	b->window = props->window ? props->window : TIPC_LINK_WIN_DEFAULT;
	b->mtu = min_t(unsigned int, dev->mtu, ETH_MAX_MTU);
	INIT_DELAYED_WORK(&b->disc, disc_work);
	b->pt.type = htons(ETH_P_TIPC);
	b->pt.dev = dev;
	b->pt.func = bearer_rcv;
	netdev_hold(dev, &b->tracker, GFP_KERNEL);
	return b;
}

/**
 * tipc_bearer_enable() - look for other nodes on an interface
 * @net: namespace
 * @name: "eth:" and the interface
 * @props: of the bearer
 * @extack: where to say in words what is wrong
 *
 * Context: Process context, RTNL is held. May sleep.
 * Return: 0, or a negative error.
 *
 * * -EOPNOTSUPP - not an Ethernet bearer
 * * -ENODEV - no such interface
 * * -EINVAL - not an Ethernet; enabled already; a property out of range
 * * -ENOSPC - there are TIPC_MAX_BEARERS
 * * -ENOMEM - no memory
 */
int tipc_bearer_enable(struct net *net, const char *name,
		       const struct tipc_bearer_props *props,
		       struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	struct tipc_bearer *b;
	int err, slot;

	ASSERT_RTNL();
	err = tipc_bearer_props_check(props, extack);
	if (err)
		return err;
	if (tipc_bearer_find(net, name)) {
		NL_SET_ERR_MSG(extack, "Already enabled");
		return -EINVAL;
	}
	dev = find_device(net, name, extack);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	slot = free_slot(net);
	if (slot < 0) {
		NL_SET_ERR_MSG(extack, "there are as many as there can be");
		return slot;
	}
	err = identify(net, dev, extack);
	if (err)
		return err;
	b = bearer_new(net, dev, name, slot, props);
	if (!b)
		return -ENOMEM;
	rcu_assign_pointer(tipc_net(net)->bearers[slot], b);
	list_add_tail(&b->of_all, &all_bearers);
	dev_add_pack(&b->pt);
	queue_delayed_work(system_wq, &b->disc, 0);
	pr_info("bearer %s enabled, priority %u\n", b->name, b->priority);
	return 0;
}

static void bearer_end(struct tipc_bearer *b)
{
	ASSERT_RTNL();
	WRITE_ONCE(b->dead, true);
	list_del(&b->of_all);
	RCU_INIT_POINTER(tipc_net(b->net)->bearers[b->id], NULL);
	/* Waits until no packet is on its way through the handler. */
	dev_remove_pack(&b->pt);
	cancel_delayed_work_sync(&b->disc);
	tipc_nodes_bearer_gone(b->net, b);
	synchronize_net();
	netdev_put(b->dev, &b->tracker);
	pr_info("bearer %s disabled\n", b->name);
	kfree(b);
}

/**
 * tipc_bearer_disable() - leave an interface, and who is linked over it
 * @net: namespace
 * @name: "eth:" and the interface
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
	bearer_end(b);
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
			bearer_end(b);
	}
	rtnl_unlock();
}

/* ---- interfaces change ----------------------------------------------------- */

static struct tipc_bearer *bearer_of(struct net_device *dev)
{
	struct tipc_bearer *b;

	list_for_each_entry(b, &all_bearers, of_all)
		if (b->dev == dev)
			return b;
	return NULL;
}

static int device_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	struct tipc_bearer *b = bearer_of(netdev_notifier_info_to_dev(ptr));

	if (!b)
		return NOTIFY_DONE;
	switch (event) {
	case NETDEV_UNREGISTER:
	case NETDEV_CHANGENAME:
		bearer_end(b);
		break;
	case NETDEV_CHANGEMTU:
		if (b->dev->mtu < MTU_MIN) {
			bearer_end(b);
			break;
		}
		WRITE_ONCE(b->mtu, min_t(unsigned int, b->dev->mtu,
					 ETH_MAX_MTU));
		tipc_nodes_bearer_reset(b->net, b);
		break;
	case NETDEV_CHANGEADDR:
	case NETDEV_GOING_DOWN:
		tipc_nodes_bearer_reset(b->net, b);
		break;
	case NETDEV_UP:
	case NETDEV_CHANGE:
		/* Say soon who we are: it may be another wire. */
		b->tries = 0;
		mod_delayed_work(system_wq, &b->disc, 0);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call = device_event,
};

/**
 * tipc_bearer_register() - hear of changes of interfaces
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 */
int tipc_bearer_register(void)
{
	return register_netdevice_notifier(&notifier);
}

/**
 * tipc_bearer_unregister() - undo tipc_bearer_register()
 *
 * Context: Process context. May sleep.
 */
void tipc_bearer_unregister(void)
{
	unregister_netdevice_notifier(&notifier);
}
