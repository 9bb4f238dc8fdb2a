// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the data path adds to a next hop: the kernel's route objects, made once.
 *
 * The kernel sends a packet on by its dst_entry. One for each family is made
 * when a next hop is made or its device comes up, so that a packet costs a
 * lookup and two loads and no allocation. A FIB has two more of each family: for
 * what is delivered to this host, and for what ends in an ICMP error, which has
 * to leave from the right FIB.
 *
 * Locking: rt4 and rt6 are written under set->lock of the next hops (those of a
 * FIB: under RTNL) and read under RCU. The device notifier, under RTNL, takes
 * set->lock inside; nobody takes RTNL inside set->lock. When a device goes its
 * objects are taken out of sight, turned to the kernel's blackhole device and
 * released; the kernel frees them after a grace period.
 */
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "fib.h"

/* ---- making and dropping ---------------------------------------------------- */

static void drop4(struct rtable *rt)
{
	if (!rt)
		return;
	dst_dev_put(&rt->dst);
	dst_release(&rt->dst);
}

static void drop6(struct rt6_info *rt)
{
	if (!rt)
		return;
	dst_dev_put(&rt->dst);
	dst_release(&rt->dst);
}

static int mtu_set(struct dst_entry *dst, u32 mtu)
{
	struct dst_metrics *m;

	if (!mtu)
		return 0;
	m = kzalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return -ENOMEM;
	m->metrics[RTAX_MTU - 1] = mtu;
	/* The object gives this reference back when it is freed. */
	refcount_set(&m->refcnt, 1);
	dst_init_metrics(dst, m->metrics, true);
	dst->_metrics |= DST_METRICS_REFCOUNTED;
	return 0;
}

static bool device_noxfrm(struct net_device *dev)
{
	struct in_device *in_dev;
	bool noxfrm = false;

	rcu_read_lock();
	in_dev = __in_dev_get_rcu(dev);
	if (in_dev)
		noxfrm = IN_DEV_ORCONF(in_dev, NOXFRM);
	rcu_read_unlock();
	return noxfrm;
}

static void gateway4(struct rtable *rt, const struct mfib_nh_spec *spec)
{
	if (!spec->has_gw)
		return;
	rt->rt_uses_gateway = 1;
	if (spec->gw_family == MFIB_V4) {
		rt->rt_gw_family = AF_INET;
		mfib_key_bytes(MFIB_V4, &spec->gw, &rt->rt_gw4);
	} else {
		rt->rt_gw_family = AF_INET6;
		mfib_key_bytes(MFIB_V6, &spec->gw, &rt->rt_gw6);
	}
}

static struct rtable *make4(struct net_device *dev,
			    const struct mfib_nh_spec *spec)
{
	struct rtable *rt;

	rt = rt_dst_alloc(dev, 0, RTN_UNICAST, device_noxfrm(dev));
	if (!rt)
		return NULL;
	rt->rt_is_input = 1;
	rt->dst.input = mfib_forward4;
	gateway4(rt, spec);
	if (mtu_set(&rt->dst, spec->mtu)) {
		drop4(rt);
		return NULL;
	}
	return rt;
}

/* NULL also where the device cannot do IPv6. */
static struct rt6_info *make6(struct net_device *dev,
			      const struct mfib_nh_spec *spec)
{
	struct inet6_dev *idev = in6_dev_get(dev);
	struct rt6_info *rt;

	if (!idev)
		return NULL;
	rt = ip6_dst_alloc(dev_net(dev), dev, 0);
	if (!rt) {
		in6_dev_put(idev);
		return NULL;
	}
	rt->rt6i_idev = idev;
	rt->rt6i_flags = RTF_UP;
	rt->dst.input = mfib_forward6;
	rt->dst.output = ip6_output;
	if (spec->has_gw) {
		rt->rt6i_flags |= RTF_GATEWAY;
		mfib_key_bytes(MFIB_V6, &spec->gw, &rt->rt6i_gateway);
	}
	if (mtu_set(&rt->dst, spec->mtu)) {
		drop6(rt);
		return NULL;
	}
	return rt;
}

/* Makes what is missing. Caller holds set->lock. */
static int path_make(struct mfib_nh *nh, struct net_device *dev)
{
	const struct mfib_nh_spec *spec = &nh->spec;
	struct mfib_path *path = nh->priv;

	if (!rcu_access_pointer(path->rt4)) {
		struct rtable *rt = make4(dev, spec);

		if (!rt)
			return -ENOMEM;
		rcu_assign_pointer(path->rt4, rt);
	}
	if (!rcu_access_pointer(path->rt6) &&
	    (!spec->has_gw || spec->gw_family == MFIB_V6))
		rcu_assign_pointer(path->rt6, make6(dev, spec));
	return 0;
}

static void path_drop(struct mfib_nh *nh)
{
	struct mfib_path *path = nh->priv;

	drop4(unrcu_pointer(xchg(&path->rt4, NULL)));
	drop6(unrcu_pointer(xchg(&path->rt6, NULL)));
}

/* ---- what nexthop.c calls ---------------------------------------------------- */

static int path_setup(struct mfib_nh *nh, const char **why)
{
	struct mfib_net *mnet = nh->set->owner;
	struct net_device *dev;
	int err;

	if (nh->spec.type != MFIB_NH_UNICAST)
		return 0;
	dev = dev_get_by_index(mnet->net, nh->spec.ifindex);
	if (!dev) {
		*why = "there is no such device";
		return -ENODEV;
	}
	err = path_make(nh, dev);
	if (err)
		*why = "no memory for the route objects of the next hop";
	else if (!(dev->flags & IFF_UP))
		nh->dead = true;
	dev_put(dev);
	return err;
}

static void path_release(struct mfib_nh *nh)
{
	path_drop(nh);
}

const struct mfib_nh_ops mfib_path_ops = {
	.priv_size	= sizeof(struct mfib_path),
	.setup		= path_setup,
	.release	= path_release,
};

/* ---- devices ------------------------------------------------------------------ */

static void paths_of_device(struct mfib_nexthops *set, struct net_device *dev,
			    bool make)
{
	struct mfib_nh *nh;
	u32 slot = 0;

	mutex_lock(&set->lock);
	while ((nh = mfib_nexthop_next(set, &slot))) {
		cond_resched();
		if (nh->spec.type != MFIB_NH_UNICAST ||
		    nh->spec.ifindex != dev->ifindex)
			continue;
		if (make)
			path_make(nh, dev);
		else
			path_drop(nh);
	}
	mutex_unlock(&set->lock);
}

/**
 * mfib_path_device() - something has happened to a device
 * @dev: the device
 * @event: NETDEV_*
 *
 * Next hops by a device that is down are dead. When a device has gone, our
 * routes by it are removed a moment later, as the kernel removes its own.
 *
 * Context: Process context, RTNL. May sleep.
 */
void mfib_path_device(struct net_device *dev, unsigned long event)
{
	struct mfib_nexthops *set = &mfib_net(dev_net(dev))->nexthops;

	switch (event) {
	case NETDEV_UP:
		paths_of_device(set, dev, true);
		mfib_nexthops_device(set, dev->ifindex, false);
		break;
	case NETDEV_GOING_DOWN:
	case NETDEV_DOWN:
		mfib_nexthops_device(set, dev->ifindex, true);
		break;
	case NETDEV_UNREGISTER:
		if (mfib_nexthops_gone(set, dev->ifindex))
			mfib_mirror_flush_gone(dev_net(dev));
		paths_of_device(set, dev, false);
		break;
	}
}

/* ---- of a FIB ------------------------------------------------------------------ */

/* Only carries the device by which an ICMP error finds the FIB. */
static int error_input(struct sk_buff *skb)
{
	kfree_skb(skb);
	return NET_RX_DROP;
}

static int fib_make4(struct mfib_fib *fib, struct net_device *dev)
{
	struct rtable *rt;

	rt = rt_dst_alloc(dev, RTCF_LOCAL, RTN_LOCAL, false);
	if (!rt)
		return -ENOMEM;
	rt->rt_is_input = 1;
	rcu_assign_pointer(fib->local4, rt);
	rt = rt_dst_alloc(dev, 0, RTN_UNREACHABLE, false);
	if (!rt)
		return -ENOMEM;
	rt->rt_is_input = 1;
	rt->dst.input = error_input;
	rcu_assign_pointer(fib->error4, rt);
	return 0;
}

static struct rt6_info *fib_rt6(struct net_device *dev, u32 flags,
				int (*input)(struct sk_buff *skb))
{
	struct inet6_dev *idev = in6_dev_get(dev);
	struct rt6_info *rt;

	if (!idev)
		return NULL;
	rt = ip6_dst_alloc(dev_net(dev), dev, 0);
	if (!rt) {
		in6_dev_put(idev);
		return NULL;
	}
	rt->rt6i_idev = idev;
	rt->rt6i_flags = flags;
	rt->dst.input = input;
	rt->dst.output = ip6_output;
	return rt;
}

/**
 * mfib_fib_paths_make() - the route objects of a FIB
 * @fib: the FIB
 * @dev: its device
 *
 * A kernel that was booted without IPv6 gives none for it.
 *
 * Context: Process context, RTNL. May sleep.
 * Return: 0, or -ENOMEM; what is there then goes by mfib_fib_paths_drop().
 */
int mfib_fib_paths_make(struct mfib_fib *fib, struct net_device *dev)
{
	int err = fib_make4(fib, dev);

	if (err)
		return err;
	rcu_assign_pointer(fib->local6,
			   fib_rt6(dev, RTF_UP | RTF_LOCAL | RTF_NONEXTHOP,
				   ip6_input));
	rcu_assign_pointer(fib->error6,
			   fib_rt6(dev, RTF_UP | RTF_REJECT, error_input));
	return 0;
}

/**
 * mfib_fib_paths_drop() - let go of the route objects of a FIB
 * @fib: the FIB
 *
 * Context: Process context, RTNL.
 */
void mfib_fib_paths_drop(struct mfib_fib *fib)
{
	drop4(unrcu_pointer(xchg(&fib->local4, NULL)));
	drop4(unrcu_pointer(xchg(&fib->error4, NULL)));
	drop6(unrcu_pointer(xchg(&fib->local6, NULL)));
	drop6(unrcu_pointer(xchg(&fib->error6, NULL)));
}

/* ---- resolving ------------------------------------------------------------------ */

/* On the link of which device is a gateway? 0 if its route says another one. */
static u32 gateway_device(struct mfib_fib *fib, const struct mfib_nh_spec *spec)
{
	const struct mfib_nh *nh;
	u32 ifindex = 0;

	rcu_read_lock();
	if (spec->gw_family == MFIB_V4)
		nh = mfib_rib_lookup4(&fib->rib[MFIB_V4], spec->gw.hi >> 32);
	else
		nh = mfib_rib_lookup6(&fib->rib[MFIB_V6], &spec->gw);
	if (nh && nh->spec.type == MFIB_NH_UNICAST && !nh->spec.has_gw &&
	    (!spec->ifindex || nh->spec.ifindex == spec->ifindex))
		ifindex = nh->spec.ifindex;
	rcu_read_unlock();
	return ifindex;
}

/* fe80::/10 is on every link. */
static bool link_local(const struct mfib_nh_spec *spec)
{
	return spec->gw_family == MFIB_V6 && spec->gw.hi >> 54 == 0xfe80 >> 6;
}

static int device_check(struct mfib_fib *fib, u32 ifindex, const char **why)
{
	struct net_device *dev;
	int err = 0;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(fib->mnet->net, ifindex);
	if (!dev) {
		*why = "there is no such device";
		err = -ENODEV;
	} else if (!(dev->flags & IFF_UP)) {
		*why = "the device of the next hop is down";
		err = -ENETDOWN;
	} else if (mfib_dev_fib(dev)) {
		*why = "a FIB cannot be reached by its device: use a route into its table";
		err = -EINVAL;
	}
	rcu_read_unlock();
	return err;
}

/* Not one of no host or of many. */
static bool unicast(const struct mfib_nh_spec *spec)
{
	const u32 first = spec->gw.hi >> 32;

	if (spec->gw_family == MFIB_V4)
		return first >> 24 && first >> 28 != 0xe && first != U32_MAX;
	return first >> 24 != 0xff && (spec->gw.hi || spec->gw.lo);
}

/**
 * mfib_path_resolve() - find the device of a next hop, and look whether it does
 * @fib: FIB of the route
 * @spec: next hop of the type MFIB_NH_UNICAST; its @ifindex is filled in when
 *	it is 0
 * @why: what is wrong
 *
 * A gateway has to be on the link of its device, unless the next hop says
 * MFIB_NHF_ONLINK.
 *
 * Context: Process context.
 * Return: 0, or a negative error.
 *
 * * -EINVAL - neither gateway nor device, or the gateway is no single host
 * * -ENODEV - no such device
 * * -ENETDOWN - it is down
 * * -ENETUNREACH - the gateway is not on the link
 */
int mfib_path_resolve(struct mfib_fib *fib, struct mfib_nh_spec *spec,
		      const char **why)
{
	u32 ifindex;

	if (!spec->has_gw && !spec->ifindex) {
		*why = "a gateway or a device is needed";
		return -EINVAL;
	}
	if (spec->has_gw && !unicast(spec)) {
		*why = "the gateway is not the address of one host";
		return -EINVAL;
	}
	if (spec->has_gw && !(spec->ifindex && (link_local(spec) ||
						spec->flags & MFIB_NHF_ONLINK))) {
		ifindex = gateway_device(fib, spec);
		if (!ifindex) {
			*why = "the gateway is not on the link of a device of the FIB";
			return -ENETUNREACH;
		}
		spec->ifindex = ifindex;
	}
	return device_check(fib, spec->ifindex, why);
}
