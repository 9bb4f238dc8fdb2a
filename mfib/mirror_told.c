// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel tells of its tables, copied and queued for mirror.c.
 *
 * It tells in a place where nobody may sleep. A change becomes an item with all
 * that is needed of it, or, where there is no memory or no room for it, the order
 * to read everything anew.
 *
 * Locking: m->lock for the queue; what is told stays as it is meanwhile.
 */
#include <linux/inetdevice.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/fib_notifier.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ip_fib.h>
#include <net/nexthop.h>

#include "mirror.h"

static unsigned int mirror_queue = 1u << 20;
module_param(mirror_queue, uint, 0644);
MODULE_PARM_DESC(mirror_queue, "Changes of the kernel's tables that may wait to be taken over; when there are more, the tables are read anew (default 1048576)");

/**
 * mfib_mirror_lost() - something was not taken over: read everything anew
 * @m: the mirror
 * @delay: jiffies until then, at least; 0 if somebody will wait for it
 *
 * With thousands of FIBs a resync takes long, and each new FIB asks for one: then
 * they are some time apart.
 *
 * Context: Any.
 */
void mfib_mirror_lost(struct mfib_mirror *m, unsigned long delay)
{
	unsigned long rest = min(RESYNC_REST * READ_ONCE(m->took),
				 (unsigned long)RESYNC_REST_MAX);

	WRITE_ONCE(m->stale, true);
	if (delay && delay < rest)
		delay = rest;
	queue_delayed_work(mfib_wq, &m->resync, delay);
}

static struct mfib_item *item_new(struct mfib_mirror *m, unsigned int nways)
{
	struct mfib_item *it;

	it = kzalloc(struct_size(it, ways, nways), GFP_ATOMIC | __GFP_NOWARN);
	if (!it)
		mfib_mirror_lost(m, RESYNC_DELAY);
	return it;
}

static void item_queue(struct mfib_mirror *m, struct mfib_item *it)
{
	unsigned long flags;
	bool full;

	spin_lock_irqsave(&m->lock, flags);
	full = m->queued >= READ_ONCE(mirror_queue) && !m->dumping;
	if (!full) {
		list_add_tail(&it->list, &m->queue);
		m->queued++;
	}
	spin_unlock_irqrestore(&m->lock, flags);
	if (full) {
		kfree(it);
		mfib_mirror_lost(m, RESYNC_DELAY);
		return;
	}
	queue_work(mfib_wq, &m->work);
}

/* MFIB_NH_* of RTN_*, or -1. */
static int nh_type(unsigned int rtn)
{
	switch (rtn) {
	case RTN_UNICAST:
		return MFIB_NH_UNICAST;
	case RTN_LOCAL:
	case RTN_ANYCAST:
		return MFIB_NH_LOCAL;
	case RTN_BROADCAST:
		return MFIB_NH_BROADCAST;
	case RTN_MULTICAST:
		return MFIB_NH_MULTICAST;
	case RTN_BLACKHOLE:
		return MFIB_NH_BLACKHOLE;
	case RTN_UNREACHABLE:
	case RTN_THROW:
		return MFIB_NH_UNREACHABLE;
	case RTN_PROHIBIT:
		return MFIB_NH_PROHIBIT;
	default:
		return -1;
	}
}

/* Our own default route in the kernel's table; see kernel.c. */
static bool way_is_ours(const struct fib_nh_common *nhc)
{
	return nhc->nhc_dev && mfib_dev_fib(nhc->nhc_dev);
}

static void way_fill(struct mfib_way *way, const struct fib_nh_common *nhc)
{
	way->ifindex = nhc->nhc_oif;
	way->weight = clamp(nhc->nhc_weight, 1, 256);
	way->onlink = nhc->nhc_flags & RTNH_F_ONLINK;
	if (nhc->nhc_gw_family == AF_INET) {
		way->has_gw = 1;
		way->gw_family = MFIB_V4;
		way->gw = mfib_key_init(MFIB_V4, &nhc->nhc_gw.ipv4);
	} else if (nhc->nhc_gw_family == AF_INET6) {
		way->has_gw = 1;
		way->gw_family = MFIB_V6;
		way->gw = mfib_key_init(MFIB_V6, &nhc->nhc_gw.ipv6);
	}
}

static void item_way(struct mfib_item *it, const struct fib_nh_common *nhc)
{
	if (it->type != MFIB_NH_UNICAST)
		return;
	/* The kernel does encapsulations itself. */
	if (nhc->nhc_lwtstate)
		it->type = MFIB_NH_MULTICAST;
	else
		way_fill(&it->ways[it->nways++], nhc);
}

static bool fib_is_here(const struct mfib_mirror *m, u32 id)
{
	bool here;

	rcu_read_lock();
	here = mfib_fib_rcu(m->mnet, id);
	rcu_read_unlock();
	return here;
}

/*
 * A next-hop object of the kernel that drops is an object by the loopback device
 * to look at, and would lead out of the FIB.
 */
static int blackhole_type(int type, const struct nexthop *nh)
{
	if (type == MFIB_NH_UNICAST && nh && nexthop_is_blackhole(nh))
		return MFIB_NH_BLACKHOLE;
	return type;
}

static void told4(struct mfib_mirror *m, unsigned long event,
		  const struct fib_entry_notifier_info *info)
{
	unsigned int n, nways = fib_info_num_path(info->fi);
	struct fib_info *fi = info->fi;
	int type = blackhole_type(nh_type(info->type), info->fi->nh);
	__be32 dst = htonl(info->dst);
	struct mfib_item *it;

	if (!fib_is_here(m, info->tb_id))
		return;
	if (type < 0 || info->dscp) {
		atomic_inc(&m->skipped);
		return;
	}
	if (type == MFIB_NH_UNICAST && way_is_ours(fib_info_nhc(fi, 0)))
		return;
	nways = min_t(unsigned int, nways, MFIB_MEMBERS_MAX);
	it = item_new(m, nways);
	if (!it)
		return;
	it->fib = info->tb_id;
	it->family = MFIB_V4;
	it->event = event;
	it->type = type;
	it->protocol = fi->fib_protocol;
	it->metric = min_t(u32, fi->fib_priority, MFIB_METRIC_ANY - 1);
	it->mtu = fi->fib_mtu;
	mfib_prefix_init(&it->prefix, MFIB_V4, &dst, info->dst_len);
	for (n = 0; n < nways; n++)
		item_way(it, fib_info_nhc(fi, n));
	item_queue(m, it);
}

/* Routes to links say nothing that the kernel would ask us. */
static bool of_a_link(const struct in6_addr *addr)
{
	return ipv6_addr_type(addr) & (IPV6_ADDR_MULTICAST |
				       IPV6_ADDR_LINKLOCAL);
}

static unsigned int ways6(const struct fib6_info *rt)
{
	unsigned int n = rt->nh ? nexthop_num_path(rt->nh) :
				  1 + READ_ONCE(rt->fib6_nsiblings);

	return min_t(unsigned int, n, MFIB_MEMBERS_MAX);
}

static void item_ways6(struct mfib_item *it, struct fib6_info *rt,
		       unsigned int max)
{
	struct fib6_info *other;
	unsigned int n;

	if (rt->nh) {
		for (n = 0; n < max; n++)
			item_way(it, nexthop_fib_nhc(rt->nh, n));
		return;
	}
	item_way(it, &rt->fib6_nh->nh_common);
	if (it->single || !rt->fib6_nsiblings)
		return;
	list_for_each_entry(other, &rt->fib6_siblings, fib6_siblings) {
		if (it->nways >= max)
			break;
		item_way(it, &other->fib6_nh->nh_common);
	}
}

static struct fib_nh_common *first6(const struct fib6_info *rt)
{
	return rt->nh ? nexthop_fib_nhc(rt->nh, 0) :
			(struct fib_nh_common *)&rt->fib6_nh->nh_common;
}

static void told6(struct mfib_mirror *m, unsigned long event,
		  const struct fib6_entry_notifier_info *info)
{
	struct fib6_info *rt = info->rt;
	int type = blackhole_type(nh_type(rt->fib6_type), rt->nh);
	unsigned int nways = ways6(rt);
	struct mfib_item *it;

	if (!fib_is_here(m, rt->fib6_table->tb6_id) ||
	    of_a_link(&rt->fib6_dst.addr))
		return;
	if (type < 0 || rt->fib6_src.plen) {
		atomic_inc(&m->skipped);
		return;
	}
	if (type == MFIB_NH_UNICAST && way_is_ours(first6(rt)))
		return;
	it = item_new(m, nways);
	if (!it)
		return;
	it->fib = rt->fib6_table->tb6_id;
	it->family = MFIB_V6;
	it->event = event;
	it->type = type;
	it->protocol = rt->fib6_protocol;
	it->metric = min_t(u32, rt->fib6_metric, MFIB_METRIC_ANY - 1);
	it->mtu = rt->fib6_pmtu;
	it->single = event == FIB_EVENT_ENTRY_DEL && !info->nsiblings &&
		     !rt->nh;
	mfib_prefix_init(&it->prefix, MFIB_V6, &rt->fib6_dst.addr,
			 rt->fib6_dst.plen);
	item_ways6(it, rt, nways);
	item_queue(m, it);
}

/**
 * mfib_mirror_fib_event() - the kernel tells of a route
 * @nb: m->fib_nb
 * @event: enum fib_event_type
 * @ptr: of the family
 *
 * Context: RCU read-side section or under a lock of the tables. Does not sleep.
 * Return: NOTIFY_DONE.
 */
int mfib_mirror_fib_event(struct notifier_block *nb, unsigned long event,
			  void *ptr)
{
	struct mfib_mirror *m = container_of(nb, struct mfib_mirror, fib_nb);
	struct fib_notifier_info *info = ptr;

	if (event != FIB_EVENT_ENTRY_REPLACE &&
	    event != FIB_EVENT_ENTRY_APPEND && event != FIB_EVENT_ENTRY_DEL)
		return NOTIFY_DONE;
	if (info->family == AF_INET)
		told4(m, event, ptr);
	else if (info->family == AF_INET6)
		told6(m, event, ptr);
	return NOTIFY_DONE;
}

/**
 * mfib_mirror_nh_event() - the kernel tells of a next-hop object
 * @nb: m->nh_nb
 * @event: enum nexthop_event_type
 * @ptr: the object
 *
 * It changes objects under routes that it then does not tell of.
 *
 * Context: Process context, RTNL.
 * Return: NOTIFY_DONE.
 */
int mfib_mirror_nh_event(struct notifier_block *nb, unsigned long event,
			 void *ptr)
{
	struct mfib_mirror *m = container_of(nb, struct mfib_mirror, nh_nb);

	if (event == NEXTHOP_EVENT_REPLACE && m->mnet->nfibs)
		mfib_mirror_lost(m, RESYNC_DELAY);
	return NOTIFY_DONE;
}
