// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sources that are a network: links, addresses, neighbours and routes of a
 * namespace.
 *
 * The notifiers of links, addresses and neighbours are there as long as the
 * module, and tell every source in network_list that is of their namespace.
 * Routes have a notifier per namespace; each source has its own.
 *
 * network_lock protects the list; it is read under RCU, in any context.
 */
#include <linux/etherdevice.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <net/addrconf.h>
#include <net/fib_notifier.h>
#include <net/if_inet6.h>
#include <net/ip6_fib.h>
#include <net/ip_fib.h>
#include <net/neighbour.h>
#include <net/netevent.h>
#include <net/net_namespace.h>

#include "aem.h"

static DEFINE_SPINLOCK(network_lock);
static LIST_HEAD(network_list);

/* ---- what happens -------------------------------------------------------- */

static void network_tell(struct net *net, const struct aem_rec_net *rec)
{
	struct aem_src *src;

	rcu_read_lock();
	list_for_each_entry_rcu(src, &network_list, net.node) {
		if (net_eq(src->net.net, net) && src->events & rec->what &&
		    (!src->net.ifindex || src->net.ifindex == rec->ifindex))
			aem_happen(src, rec->what, rec, sizeof(*rec), NULL, 0);
	}
	rcu_read_unlock();
}

static void network_name(struct aem_rec_net *rec, const struct net_device *dev)
{
	rec->ifindex = dev->ifindex;
	rec->flags = dev_get_flags(dev);
	/* Cut off if it is longer than the field. */
	strscpy_pad(rec->ifname, dev->name, sizeof(rec->ifname));
}

static int network_link_event(struct notifier_block *nb, unsigned long event,
			      void *info)
{
	const struct net_device *dev = netdev_notifier_info_to_dev(info);
	struct aem_rec_net rec = {
		.what	= AEM_NET_LINK,
		.event	= event,
	};

	if (list_empty(&network_list))
		return NOTIFY_DONE;
	network_name(&rec, dev);
	memcpy(rec.addr, dev->dev_addr, min_t(size_t, dev->addr_len, 16));
	network_tell(dev_net(dev), &rec);
	return NOTIFY_DONE;
}

static int network_inet_event(struct notifier_block *nb, unsigned long event,
			      void *info)
{
	const struct in_ifaddr *ifa = info;
	const struct net_device *dev = ifa->ifa_dev->dev;
	struct aem_rec_net rec = {
		.what	= AEM_NET_ADDR,
		.event	= event == NETDEV_UP,
		.family	= AF_INET,
		.prefix	= ifa->ifa_prefixlen,
	};

	network_name(&rec, dev);
	memcpy(rec.addr, &ifa->ifa_local, sizeof(ifa->ifa_local));
	network_tell(dev_net(dev), &rec);
	return NOTIFY_DONE;
}

static int network_inet6_event(struct notifier_block *nb, unsigned long event,
			       void *info)
{
	const struct inet6_ifaddr *ifa = info;
	const struct net_device *dev = ifa->idev->dev;
	struct aem_rec_net rec = {
		.what	= AEM_NET_ADDR,
		.event	= event == NETDEV_UP,
		.family	= AF_INET6,
		.prefix	= ifa->prefix_len,
	};

	network_name(&rec, dev);
	memcpy(rec.addr, &ifa->addr, sizeof(ifa->addr));
	network_tell(dev_net(dev), &rec);
	return NOTIFY_DONE;
}

static int network_neigh_event(struct notifier_block *nb, unsigned long event,
			       void *info)
{
	const struct neighbour *n = info;
	struct aem_rec_net rec = { .what = AEM_NET_NEIGH };

	if (event != NETEVENT_NEIGH_UPDATE)
		return NOTIFY_DONE;
	rec.event = READ_ONCE(n->nud_state);
	rec.family = n->tbl->family;
	network_name(&rec, n->dev);
	memcpy(rec.addr, n->primary_key, min_t(size_t, n->tbl->key_len, 16));
	network_tell(dev_net(n->dev), &rec);
	return NOTIFY_DONE;
}

/* ---- routes -------------------------------------------------------------- */

static void network_route4(struct aem_rec_net *rec,
			   const struct fib_notifier_info *info)
{
	const struct fib_entry_notifier_info *fen;
	__be32 dst;

	fen = container_of(info, struct fib_entry_notifier_info, info);
	dst = htonl(fen->dst);
	rec->prefix = fen->dst_len;
	memcpy(rec->addr, &dst, sizeof(dst));
}

static void network_route6(struct aem_rec_net *rec,
			   const struct fib_notifier_info *info)
{
	const struct fib6_entry_notifier_info *fen6;

	fen6 = container_of(info, struct fib6_entry_notifier_info, info);
	if (!fen6->rt)
		return;
	rec->prefix = fen6->rt->fib6_dst.plen;
	memcpy(rec->addr, &fen6->rt->fib6_dst.addr, 16);
}

static int network_route_event(struct notifier_block *nb, unsigned long event,
			       void *ptr)
{
	struct aem_src *src = container_of(nb, struct aem_src, net.routes);
	const struct fib_notifier_info *info = ptr;
	struct aem_rec_net rec = {
		.what	= AEM_NET_ROUTE,
		.family	= info->family,
	};

	switch (event) {
	case FIB_EVENT_ENTRY_REPLACE:
	case FIB_EVENT_ENTRY_APPEND:
	case FIB_EVENT_ENTRY_ADD:
		rec.event = 1;
		break;
	case FIB_EVENT_ENTRY_DEL:
		break;
	default:
		return NOTIFY_DONE;
	}
	if (info->family == AF_INET)
		network_route4(&rec, info);
	else if (info->family == AF_INET6)
		network_route6(&rec, info);
	else
		return NOTIFY_DONE;
	rcu_read_lock();
	aem_happen(src, rec.what, &rec, sizeof(rec), NULL, 0);
	rcu_read_unlock();
	return NOTIFY_DONE;
}

/* ---- the kind ------------------------------------------------------------ */

static bool network_interface(struct net *net, int ifindex)
{
	bool found;

	rcu_read_lock();
	found = dev_get_by_index_rcu(net, ifindex);
	rcu_read_unlock();
	return found;
}

static int network_add(struct aem_src *src, struct aem_source *desc)
{
	struct net *net = current->nsproxy->net_ns;
	int err;

	if (desc->fd < 0)
		return -EINVAL;
	/* A route may have many interfaces. */
	if (desc->fd && desc->events & AEM_NET_ROUTE)
		return -EINVAL;
	if (desc->fd && !network_interface(net, desc->fd))
		return -ENODEV;
	err = aem_stream_add(src, desc);
	if (err)
		return err;
	src->net.net = net;
	src->net.ifindex = desc->fd;
	if (src->events & AEM_NET_ROUTE) {
		src->net.routes.notifier_call = network_route_event;
		/* Tells what there is already: the source is off. */
		err = register_fib_notifier(net, &src->net.routes, NULL, NULL);
		if (err) {
			src->net.net = NULL;
			aem_stream_del(src);
			return err;
		}
	}
	get_net(net);
	spin_lock(&network_lock);
	list_add_tail_rcu(&src->net.node, &network_list);
	spin_unlock(&network_lock);
	return 0;
}

static void network_del(struct aem_src *src)
{
	spin_lock(&network_lock);
	list_del_rcu(&src->net.node);
	spin_unlock(&network_lock);
	if (src->events & AEM_NET_ROUTE)
		unregister_fib_notifier(src->net.net, &src->net.routes);
	aem_happen_stop(src);
	aem_stream_del(src);
}

static void network_free(struct aem_src *src)
{
	if (src->net.net)
		put_net(src->net.net);
}

const struct aem_kind_ops aem_network_ops = {
	.add	= network_add,
	.stop	= aem_happen_stop,
	.del	= network_del,
	.free	= network_free,
};

static struct notifier_block network_link_nb = {
	.notifier_call = network_link_event,
};

static struct notifier_block network_inet_nb = {
	.notifier_call = network_inet_event,
};

static struct notifier_block network_inet6_nb = {
	.notifier_call = network_inet6_event,
};

static struct notifier_block network_neigh_nb = {
	.notifier_call = network_neigh_event,
};

/**
 * aem_network_init() - listen
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 */
int aem_network_init(void)
{
	int err;

	err = register_netdevice_notifier(&network_link_nb);
	if (err)
		return err;
	err = register_inetaddr_notifier(&network_inet_nb);
	if (err)
		goto err_link;
	err = register_inet6addr_notifier(&network_inet6_nb);
	if (err)
		goto err_inet;
	err = register_netevent_notifier(&network_neigh_nb);
	if (err)
		goto err_inet6;
	return 0;

err_inet6:
	unregister_inet6addr_notifier(&network_inet6_nb);
err_inet:
	unregister_inetaddr_notifier(&network_inet_nb);
err_link:
	unregister_netdevice_notifier(&network_link_nb);
	return err;
}

/**
 * aem_network_exit() - listen no more
 *
 * Context: Process context. May sleep.
 */
void aem_network_exit(void)
{
	unregister_netevent_notifier(&network_neigh_nb);
	unregister_inet6addr_notifier(&network_inet6_nb);
	unregister_inetaddr_notifier(&network_inet_nb);
	unregister_netdevice_notifier(&network_link_nb);
}
