// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device that stands for a FIB: "ip link add mfib10 type mfib table 10".
 *
 * It is a layer 3 master device: the kernel asks it which table is to be used
 * for devices enslaved to it and sockets bound to it, and hands it packets at
 * two places, which are in input.c and output.c. It has no header, no queue and
 * no neighbours of its own, and its MTU is the smallest of its slaves, so that
 * sockets which only know the FIB make packets that fit.
 *
 * Locking: all of it runs under RTNL, but for what packets call.
 */
#include <linux/ctype.h>
#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/kstrtox.h>
#include <linux/mfib_link.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/ip.h>
#include <net/l3mdev.h>
#include <net/rtnetlink.h>

#include "compat.h"
#include "fib.h"
#include "parts.h"

#define DEFAULT_MTU	1500

static struct rtnl_link_ops link_ops;

static struct mfib_fib *dev_fib(const struct net_device *dev)
{
	return ((struct mfib_dev *)netdev_priv(dev))->fib;
}

/**
 * mfib_dev_fib() - the FIB a device stands for
 * @dev: any device
 *
 * Context: RTNL or RCU read-side section.
 * Return: the FIB, or NULL when the device is not of the kind "mfib".
 */
struct mfib_fib *mfib_dev_fib(const struct net_device *dev)
{
	return dev->rtnl_link_ops == &link_ops ? dev_fib(dev) : NULL;
}

/**
 * mfib_slave_fib() - the FIB a device belongs to
 * @dev: any device
 *
 * Context: RCU read-side section.
 * Return: the FIB that it is enslaved to or stands for, or NULL.
 */
struct mfib_fib *mfib_slave_fib(const struct net_device *dev)
{
	const struct net_device *master;

	if (!netif_is_l3_slave(dev) && !netif_is_l3_master(dev))
		return NULL;
	master = l3mdev_master_dev_rcu(dev);
	return master ? mfib_dev_fib(master) : NULL;
}

/* ---- what the kernel asks -------------------------------------------------- */

static u32 l3_fib_table(const struct net_device *dev)
{
	struct mfib_fib *fib = dev_fib(dev);

	return fib ? fib->id : 0;
}

static const struct l3mdev_ops l3_ops = {
	.l3mdev_fib_table	= l3_fib_table,
	.l3mdev_l3_rcv		= mfib_rcv,
	.l3mdev_l3_out		= mfib_out,
};

/* ---- slaves ---------------------------------------------------------------- */

static void mtu_update(struct net_device *dev)
{
	struct net_device *slave;
	struct list_head *iter;
	unsigned int mtu = 0;

	netdev_for_each_lower_dev(dev, slave, iter)
		if (!mtu || slave->mtu < mtu)
			mtu = slave->mtu;
	mtu = max_t(unsigned int, mtu ?: DEFAULT_MTU, IPV6_MIN_MTU);
	if (mtu != dev->mtu)
		dev_set_mtu(dev, mtu);
}

/* The kernel moves the routes of a device to its FIB's table when it comes up. */
static void cycle(struct net_device *dev, struct netlink_ext_ack *extack)
{
	unsigned int flags = dev->flags;

	if (!netif_running(dev))
		return;
	if (dev_change_flags(dev, flags & ~IFF_UP, extack) < 0 ||
	    dev_change_flags(dev, flags, extack) < 0)
		netdev_err(dev, "could not be taken down and up again: its addresses may still be in another table\n");
}

static int add_slave(struct net_device *dev, struct net_device *slave,
		     struct netlink_ext_ack *extack)
{
	int err;

	if (slave->flags & IFF_LOOPBACK) {
		NL_SET_ERR_MSG(extack, "the loopback device serves all FIBs");
		return -EOPNOTSUPP;
	}
	if (netif_is_l3_master(slave) || netdev_master_upper_dev_get(slave)) {
		NL_SET_ERR_MSG(extack,
			       "the device has a master or is one itself");
		return -EINVAL;
	}
	slave->priv_flags |= IFF_L3MDEV_SLAVE;
	err = netdev_master_upper_dev_link(slave, dev, NULL, NULL, extack);
	if (err) {
		slave->priv_flags &= ~IFF_L3MDEV_SLAVE;
		return err;
	}
	mfib_neigh_slave(slave, true);
	mtu_update(dev);
	cycle(slave, extack);
	return 0;
}

static void slave_leave(struct net_device *dev, struct net_device *slave)
{
	netdev_upper_dev_unlink(slave, dev);
	slave->priv_flags &= ~IFF_L3MDEV_SLAVE;
	mfib_neigh_slave(slave, false);
}

static int del_slave(struct net_device *dev, struct net_device *slave)
{
	slave_leave(dev, slave);
	mtu_update(dev);
	cycle(slave, NULL);
	return 0;
}

/* ---- the device ------------------------------------------------------------ */

static int dev_mtu(struct net_device *dev, int mtu)
{
	WRITE_ONCE(dev->mtu, mtu);
	return 0;
}

static const struct net_device_ops dev_ops = {
	.ndo_start_xmit		= mfib_xmit,
	.ndo_change_mtu		= dev_mtu,
	.ndo_get_stats64	= dev_get_tstats64,
	.ndo_add_slave		= add_slave,
	.ndo_del_slave		= del_slave,
};

static void drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, MFIB_KIND, sizeof(info->driver));
	strscpy(info->version, CGL_VERSION, sizeof(info->version));
}

static const struct ethtool_ops dev_ethtool_ops = {
	.get_drvinfo	= drvinfo,
	.get_link	= ethtool_op_get_link,
};

static void dev_setup(struct net_device *dev)
{
	dev->netdev_ops = &dev_ops;
	dev->l3mdev_ops = &l3_ops;
	dev->ethtool_ops = &dev_ethtool_ops;
	dev->needs_free_netdev = true;
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;

	/* One neighbour entry does for all that is sent by the device. */
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_NOARP | IFF_POINTOPOINT | IFF_MASTER;
	dev->mtu = DEFAULT_MTU;
	dev->min_mtu = IPV6_MIN_MTU;
	dev->max_mtu = IP_MAX_MTU;

	dev->priv_flags |= IFF_L3MDEV_MASTER | IFF_NO_QUEUE | IFF_NO_RX_HANDLER |
			   IFF_LIVE_ADDR_CHANGE;
	/* The transmit function tells the socket of a smaller path MTU. */
	netif_keep_dst(dev);
	cgl_dev_lltx_immutable(dev);
	dev->features |= NETIF_F_GSO_SOFTWARE | NETIF_F_RXCSUM |
			 NETIF_F_HW_CSUM | NETIF_F_SCTP_CRC | NETIF_F_SG |
			 NETIF_F_FRAGLIST | NETIF_F_HIGHDMA |
			 NETIF_F_VLAN_CHALLENGED;
	dev->hw_features = dev->features;
}

/* ---- links ----------------------------------------------------------------- */

static const struct nla_policy link_policy[IFLA_MFIB_MAX + 1] = {
	[IFLA_MFIB_TABLE]	= { .type = NLA_U32 },
	[IFLA_MFIB_NEIGH_QUOTA]	= { .type = NLA_U32 },
};

/* The number at the end of a name, or 0. */
static u32 name_id(const char *name)
{
	const char *p = name + strlen(name);
	u32 id;

	while (p > name && isdigit(p[-1]))
		p--;
	return *p && !kstrtou32(p, 10, &id) ? id : 0;
}

static u32 link_id(const struct net_device *dev, struct nlattr *data[])
{
	if (data && data[IFLA_MFIB_TABLE])
		return nla_get_u32(data[IFLA_MFIB_TABLE]);
	return name_id(dev->name);
}

/* The device is freed: nobody asks it for its FIB any more. */
static void dev_destroy(struct net_device *dev)
{
	mfib_fib_put(dev_fib(dev));
}

/* Registers @dev and makes its FIB; on error neither is there. */
static int link_register(struct net *net, struct net_device *dev, u32 id,
			 struct netlink_ext_ack *extack)
{
	struct mfib_dev *priv = netdev_priv(dev);
	struct mfib_fib *fib;
	int err;

	fib = mfib_fib_new(net, id, extack);
	if (IS_ERR(fib))
		return PTR_ERR(fib);
	priv->fib = fib;
	err = mfib_kernel_rules(net, true);
	if (err) {
		NL_SET_ERR_MSG(extack,
			       "the rules of the kernel could not be changed");
		goto err_fib;
	}
	err = register_netdevice(dev);
	if (err)
		goto err_rules;
	err = mfib_fib_paths_make(fib, dev);
	if (!err)
		err = mfib_fib_publish(fib, dev);
	if (err)
		goto err_dev;
	dev->priv_destructor = dev_destroy;
	return 0;

err_dev:
	unregister_netdevice(dev);
	mfib_fib_paths_drop(fib);
err_rules:
	mfib_kernel_rules(net, false);
err_fib:
	priv->fib = NULL;
	mfib_fib_put(fib);
	return err;
}

static int newlink(struct net *src_net, struct net_device *dev,
		   struct nlattr *tb[], struct nlattr *data[],
		   struct netlink_ext_ack *extack)
{
	u32 id = link_id(dev, data);
	int err;

	if (!id) {
		NL_SET_ERR_MSG(extack,
			       "the number of the FIB is missing: give a table, or a name that ends in it");
		return -EINVAL;
	}
	err = link_register(dev_net(dev), dev, id, extack);
	if (!err && data && data[IFLA_MFIB_NEIGH_QUOTA])
		mfib_neigh_quota_set(dev_fib(dev),
				     nla_get_u32(data[IFLA_MFIB_NEIGH_QUOTA]));
	return err;
}

static int changelink(struct net_device *dev, struct nlattr *tb[],
		      struct nlattr *data[], struct netlink_ext_ack *extack)
{
	struct mfib_fib *fib = dev_fib(dev);

	if (data && data[IFLA_MFIB_TABLE] &&
	    nla_get_u32(data[IFLA_MFIB_TABLE]) != fib->id) {
		NL_SET_ERR_MSG(extack, "the number of a FIB cannot be changed");
		return -EOPNOTSUPP;
	}
	if (data && data[IFLA_MFIB_NEIGH_QUOTA])
		mfib_neigh_quota_set(fib,
				     nla_get_u32(data[IFLA_MFIB_NEIGH_QUOTA]));
	return 0;
}

static void dellink(struct net_device *dev, struct list_head *head)
{
	struct net_device *slave;
	struct list_head *iter;

	netdev_for_each_lower_dev(dev, slave, iter)
		del_slave(dev, slave);
	unregister_netdevice_queue(dev, head);
}

static size_t link_size(const struct net_device *dev)
{
	return 2 * nla_total_size(sizeof(u32));
}

static int link_fill(struct sk_buff *skb, const struct net_device *dev)
{
	struct mfib_fib *fib = dev_fib(dev);

	if (nla_put_u32(skb, IFLA_MFIB_TABLE, fib->id) ||
	    nla_put_u32(skb, IFLA_MFIB_NEIGH_QUOTA, fib->neigh_quota))
		return -EMSGSIZE;
	return 0;
}

static size_t slave_size(const struct net_device *dev,
			 const struct net_device *slave)
{
	return nla_total_size(sizeof(u32));
}

static int slave_fill(struct sk_buff *skb, const struct net_device *dev,
		      const struct net_device *slave)
{
	return nla_put_u32(skb, IFLA_MFIB_TABLE, dev_fib(dev)->id) ?
	       -EMSGSIZE : 0;
}

static struct rtnl_link_ops link_ops = {
	.kind			= MFIB_KIND,
	.priv_size		= sizeof(struct mfib_dev),
	.setup			= dev_setup,
	.maxtype		= IFLA_MFIB_MAX,
	.policy			= link_policy,
	.newlink		= newlink,
	.changelink		= changelink,
	.dellink		= dellink,
	.get_size		= link_size,
	.fill_info		= link_fill,
	.get_slave_size		= slave_size,
	.fill_slave_info	= slave_fill,
};

/* ---- the same for netlink.c ------------------------------------------------- */

static struct net_device *dev_new(struct net *net, u32 id, const char *name)
{
	char made[IFNAMSIZ];
	struct net_device *dev;

	snprintf(made, sizeof(made), "mfib%u", id);
	dev = alloc_netdev(sizeof(struct mfib_dev), name ?: made,
			   name ? NET_NAME_USER : NET_NAME_PREDICTABLE,
			   dev_setup);
	if (dev) {
		dev_net_set(dev, net);
		dev->rtnl_link_ops = &link_ops;
	}
	return dev;
}

static int fib_add(struct net *net, u32 id, const char *name,
		   struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	int err;

	dev = dev_new(net, id, name);
	if (!dev)
		return -ENOMEM;
	err = link_register(net, dev, id, extack);
	if (err) {
		free_netdev(dev);
		return err;
	}
	err = rtnl_configure_link(dev, NULL, 0, NULL);
	if (!err)
		err = dev_open(dev, extack);
	if (err)
		unregister_netdevice(dev);
	return err;
}

/**
 * mfib_fib_add() - make a FIB and its device, and set it up
 * @net: namespace
 * @id: number of the FIB
 * @name: of the device, or NULL for "mfib" and the number
 * @extack: where to say in words what is wrong
 *
 * Context: Process context. Takes RTNL. May sleep.
 * Return: 0, or a negative error.
 *
 * * -EINVAL - the number is that of a table of the kernel
 * * -EEXIST - there is such a FIB, or a device of the name
 * * -ENOSPC - the namespace has as many as it may
 */
int mfib_fib_add(struct net *net, u32 id, const char *name,
		 struct netlink_ext_ack *extack)
{
	int err;

	rtnl_lock();
	err = fib_add(net, id, name, extack);
	rtnl_unlock();
	return err;
}

static bool has_slaves(struct net_device *dev)
{
	struct net_device *slave;
	struct list_head *iter;

	netdev_for_each_lower_dev(dev, slave, iter)
		return true;
	return false;
}

static int fib_del(struct net *net, u32 id, bool force,
		   struct netlink_ext_ack *extack)
{
	struct mfib_fib *fib = xa_load(&mfib_net(net)->fibs, id);
	struct net_device *dev;
	LIST_HEAD(gone);

	dev = fib ? rtnl_dereference(fib->dev) : NULL;
	if (!dev) {
		NL_SET_ERR_MSG(extack, "there is no such FIB");
		return -ENOENT;
	}
	if (!force && has_slaves(dev)) {
		NL_SET_ERR_MSG(extack,
			       "devices are in the FIB; take them out, or force it");
		return -EBUSY;
	}
	dellink(dev, &gone);
	unregister_netdevice_many(&gone);
	return 0;
}

/**
 * mfib_fib_del() - remove a FIB and its device
 * @net: namespace
 * @id: number of the FIB
 * @force: also when devices are in it, which then leave it
 * @extack: where to say in words what is wrong
 *
 * Context: Process context. Takes RTNL. May sleep.
 * Return: 0, or a negative error.
 *
 * * -ENOENT - there is no such FIB
 * * -EBUSY - it is in use and @force is not set
 */
int mfib_fib_del(struct net *net, u32 id, bool force,
		 struct netlink_ext_ack *extack)
{
	int err;

	rtnl_lock();
	err = fib_del(net, id, force, extack);
	rtnl_unlock();
	return err;
}

static int link_set(struct net *net, u32 id, struct net_device *dev,
		    struct netlink_ext_ack *extack)
{
	struct net_device *old = netdev_master_upper_dev_get(dev);
	struct mfib_fib *fib = NULL;
	int err;

	if (id) {
		fib = xa_load(&mfib_net(net)->fibs, id);
		if (!fib) {
			NL_SET_ERR_MSG(extack, "there is no such FIB");
			return -ENOENT;
		}
	}
	if (old && !mfib_dev_fib(old)) {
		NL_SET_ERR_MSG(extack, "the device has another kind of master");
		return -EBUSY;
	}
	if (old && mfib_dev_fib(old) == fib)
		return 0;
	if (old) {
		err = del_slave(old, dev);
		if (err)
			return err;
	}
	return fib ? add_slave(rtnl_dereference(fib->dev), dev, extack) : 0;
}

/**
 * mfib_link_set() - put a device into a FIB, or out of the one it is in
 * @net: namespace
 * @id: number of the FIB, 0 for none
 * @ifindex: of the device
 * @extack: where to say in words what is wrong
 *
 * Context: Process context. Takes RTNL. May sleep.
 * Return: 0, or a negative error.
 *
 * * -ENODEV - there is no such device
 * * -ENOENT - there is no such FIB
 * * -EBUSY - the device has another kind of master
 */
int mfib_link_set(struct net *net, u32 id, int ifindex,
		  struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	int err = -ENODEV;

	rtnl_lock();
	dev = __dev_get_by_index(net, ifindex);
	if (dev)
		err = link_set(net, id, dev, extack);
	else
		NL_SET_ERR_MSG(extack, "there is no such device");
	rtnl_unlock();
	return err;
}

/* ---- what happens to devices ------------------------------------------------ */

/*
 * The FIB is not found any more; packets may still be in it. What was never
 * published is undone by link_register().
 */
static void dev_gone(struct net_device *dev)
{
	struct mfib_fib *fib = dev_fib(dev);

	if (!mfib_fib_alive(fib))
		return;
	mfib_fib_paths_drop(fib);
	mfib_kernel_rules(dev_net(dev), false);
	mfib_fib_gone(fib);
}

static void slave_event(struct net_device *slave, unsigned long event)
{
	struct net_device *master = netdev_master_upper_dev_get(slave);

	if (!master || !mfib_dev_fib(master))
		return;
	switch (event) {
	case NETDEV_UNREGISTER:
		slave_leave(master, slave);
		fallthrough;
	case NETDEV_CHANGEMTU:
		mtu_update(master);
		break;
	case NETDEV_UP:
		/* The kernel may have made the parameters only now. */
		mfib_neigh_slave(slave, true);
		break;
	}
}

static int dev_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct mfib_fib *fib = mfib_dev_fib(dev);

	mfib_path_device(dev, event);
	if (netif_is_l3_slave(dev))
		slave_event(dev, event);
	if (!fib)
		return NOTIFY_DONE;
	if (event == NETDEV_UP)
		mfib_kernel_routes(fib);
	if (event == NETDEV_UNREGISTER)
		dev_gone(dev);
	return NOTIFY_DONE;
}

static struct notifier_block dev_notifier = {
	.notifier_call = dev_event,
};

/**
 * mfib_device_init() - let links of the kind be made
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 */
int mfib_device_init(void)
{
	int err;

	err = register_netdevice_notifier(&dev_notifier);
	if (err)
		return err;
	err = rtnl_link_register(&link_ops);
	if (err)
		unregister_netdevice_notifier(&dev_notifier);
	return err;
}

/**
 * mfib_device_exit() - remove all links of the kind in all namespaces
 *
 * Returns when no packet is in a function of ours by way of a device.
 *
 * Context: Process context. May sleep.
 */
void mfib_device_exit(void)
{
	rtnl_link_unregister(&link_ops);
	unregister_netdevice_notifier(&dev_notifier);
	synchronize_net();
}

MODULE_ALIAS_RTNL_LINK(MFIB_KIND);
