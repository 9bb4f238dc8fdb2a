// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routes that others put into the kernel's table of a FIB: iproute2, FRR, BIRD and
 * the kernel itself. Each is taken over into our table, where it stands behind
 * our own routes.
 *
 * The kernel tells of a change in a place where nobody may sleep, while our
 * tables are changed by writers that do. So what is told is copied into an item
 * and queued, and a work item does it. When there is no memory for an item, or
 * the queue is as long as it may be, or a route could not be put in for want of
 * memory, the mirror is stale: then everything is read anew. The kernel
 * dumps all its routes to a notifier that registers; ours are marked before,
 * and what is still marked afterwards is no more.
 *
 * The kernel says nothing of routes when a next-hop object of its changes: then,
 * too, everything is read anew. It names only the best route of a prefix.
 *
 * What cannot be mirrored, because it depends on more than the destination (TOS,
 * a source prefix), is left out and counted. Routes with an encapsulation are
 * left to the kernel, and so are packets to them. "throw" has no meaning where
 * there is no next table: it is taken for unreachable.
 *
 * Locking: m->lock, a spinlock, protects the queue. The work items run on an
 * ordered queue, so one at a time, and change everything else.
 */
#include <linux/inetdevice.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/fib_notifier.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ip_fib.h>
#include <net/nexthop.h>

#include "fib.h"
#include "parts.h"
#include "trace.h"

static unsigned int mirror_queue = 1u << 20;
module_param(mirror_queue, uint, 0644);
MODULE_PARM_DESC(mirror_queue, "Changes of the kernel's tables that may wait to be taken over; when there are more, the tables are read anew (default 1048576)");

#define RESYNC_DELAY	(HZ / 10)
#define RETRY_DELAY	HZ

/** struct way - one next hop of a route */
struct way {
	u32		ifindex;
	u32		weight;
	u8		gw_family;
	u8		has_gw;
	u8		onlink;
	struct mfib_key	gw;
};

/**
 * struct item - a change that waits
 * @list: m->queue
 * @prefix: of the route
 * @fib: number of the FIB
 * @metric: of the route
 * @mtu: of the route, or 0
 * @family: MFIB_V4 or MFIB_V6
 * @type: enum mfib_nh_type
 * @protocol: RTPROT_*
 * @event: enum fib_event_type
 * @single: only this way of the route is removed
 * @nways: how many ways
 * @ways: to where
 */
struct item {
	struct list_head	list;
	struct mfib_prefix	prefix;
	u32			fib;
	u32			metric;
	u32			mtu;
	u8			family;
	u8			type;
	u8			protocol;
	u8			event;
	bool			single;
	u16			nways;
	struct way		ways[];
};

/**
 * struct mfib_mirror - of one namespace
 * @mnet: the namespace
 * @fib_nb: told of routes
 * @nh_nb: told of next-hop objects
 * @lock: protects the queue
 * @queue: changes that wait
 * @queued: how many. Under @lock
 * @dumping: the kernel is telling everything; there is no limit then
 * @stale: something was lost
 * @skipped: routes that cannot be mirrored
 * @work: takes over what is queued
 * @resync: reads everything anew
 * @gone: removes routes by devices that are no more
 */
struct mfib_mirror {
	struct mfib_net		*mnet;
	struct notifier_block	fib_nb;
	struct notifier_block	nh_nb;
	spinlock_t		lock;
	struct list_head	queue;
	unsigned int		queued;
	bool			dumping;
	bool			stale;
	atomic_t		skipped;
	struct work_struct	work;
	struct delayed_work	resync;
	struct work_struct	gone;
};

/* ---- what the kernel tells -------------------------------------------------- */

static void lost(struct mfib_mirror *m, unsigned long delay)
{
	WRITE_ONCE(m->stale, true);
	queue_delayed_work(mfib_wq, &m->resync, delay);
}

static struct item *item_new(struct mfib_mirror *m, unsigned int nways)
{
	struct item *it;

	it = kzalloc(struct_size(it, ways, nways), GFP_ATOMIC | __GFP_NOWARN);
	if (!it)
		lost(m, RESYNC_DELAY);
	return it;
}

static void item_queue(struct mfib_mirror *m, struct item *it)
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
		lost(m, RESYNC_DELAY);
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

static void way_fill(struct way *way, const struct fib_nh_common *nhc)
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

static void item_way(struct item *it, const struct fib_nh_common *nhc)
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
	struct item *it;

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

static void item_ways6(struct item *it, struct fib6_info *rt,
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
	struct item *it;

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

static int fib_event(struct notifier_block *nb, unsigned long event, void *ptr)
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

/* The kernel changes objects under routes that it then does not tell of. */
static int nh_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct mfib_mirror *m = container_of(nb, struct mfib_mirror, nh_nb);

	if (event == NEXTHOP_EVENT_REPLACE && m->mnet->nfibs)
		lost(m, RESYNC_DELAY);
	return NOTIFY_DONE;
}

/* ---- taking it over ---------------------------------------------------------- */

static void way_spec(struct mfib_nh_spec *spec, const struct item *it,
		     const struct way *way)
{
	memset(spec, 0, sizeof(*spec));
	spec->type = MFIB_NH_UNICAST;
	spec->fib = it->fib;
	spec->ifindex = way->ifindex;
	spec->mtu = it->mtu;
	spec->flags = way->onlink ? MFIB_NHF_ONLINK : 0;
	spec->has_gw = way->has_gw;
	spec->gw_family = way->gw_family;
	spec->gw = way->gw;
}

static int take_one(struct mfib_nexthops *set, const struct item *it,
		    const struct way *way, u32 *slot, const char **why)
{
	struct mfib_nh_spec spec;

	if (way) {
		way_spec(&spec, it, way);
	} else {
		memset(&spec, 0, sizeof(spec));
		spec.type = it->type;
	}
	return mfib_nexthop_take(set, &spec, NULL, 0, slot, why);
}

/* A way whose device has gone meanwhile is left out. */
static int take_members(struct mfib_nexthops *set, const struct item *it,
			struct mfib_member *members, unsigned int *n,
			const char **why)
{
	unsigned int w;
	int err;

	for (w = 0; w < it->nways; w++) {
		err = take_one(set, it, &it->ways[w], &members[*n].slot, why);
		if (err == -ENODEV)
			continue;
		if (err)
			return err;
		members[(*n)++].weight = it->ways[w].weight;
	}
	return *n ? 0 : -ENODEV;
}

static int take_group(struct mfib_nexthops *set, const struct item *it,
		      u32 *slot, const char **why)
{
	struct mfib_nh_spec spec = { .type = MFIB_NH_GROUP, .fib = it->fib };
	struct mfib_member *members;
	unsigned int n = 0;
	int err;

	members = kcalloc(it->nways, sizeof(*members), GFP_KERNEL);
	if (!members)
		return -ENOMEM;
	err = take_members(set, it, members, &n, why);
	if (!err)
		err = mfib_nexthop_take(set, &spec, members, n, slot, why);
	while (err && n--)
		mfib_nexthop_put(set, members[n].slot);
	kfree(members);
	return err;
}

static int take(struct mfib_nexthops *set, const struct item *it, u32 *slot,
		const char **why)
{
	if (it->type != MFIB_NH_UNICAST)
		return take_one(set, it, NULL, slot, why);
	if (it->nways == 1)
		return take_one(set, it, &it->ways[0], slot, why);
	return take_group(set, it, slot, why);
}

/* Takes the place of what the prefix had, whatever its metric was. */
static int put_in(struct mfib_rib *rib, const struct item *it,
		  const char **why)
{
	struct mfib_route old, route = {
		.metric		= it->metric,
		.source		= MFIB_SOURCE_KERNEL,
		.protocol	= it->protocol,
	};
	bool had;
	int err;

	err = take(rib->set, it, &route.slot, why);
	if (err)
		return err;
	had = mfib_rib_exact(rib, &it->prefix, MFIB_SOURCE_KERNEL, &old);
	err = mfib_rib_insert(rib, &it->prefix, &route,
			      MFIB_INSERT_CREATE | MFIB_INSERT_REPLACE, why);
	if (had)
		mfib_nexthop_put(rib->set, old.slot);
	if (err) {
		mfib_nexthop_put(rib->set, route.slot);
		return err;
	}
	if (had && old.metric != route.metric)
		err = mfib_rib_remove(rib, &it->prefix, MFIB_SOURCE_KERNEL,
				      old.metric, why);
	return err;
}

static bool same_way(const struct mfib_nh_spec *spec, const struct way *way)
{
	return spec->ifindex == way->ifindex && spec->has_gw == way->has_gw &&
	       (!way->has_gw || (spec->gw_family == way->gw_family &&
				 mfib_key_equal(&spec->gw, &way->gw)));
}

/* The item that puts the group in without one of its ways. NULL: no memory. */
static struct item *without(struct mfib_nexthops *set, const struct mfib_nh *nh,
			    const struct item *it)
{
	const struct mfib_nh *member;
	struct item *rest;
	struct way *way;
	unsigned int n;

	rest = kzalloc(struct_size(rest, ways, nh->nmembers), GFP_ATOMIC);
	if (!rest)
		return NULL;
	memcpy(rest, it, sizeof(*rest));
	rest->nways = 0;
	for (n = 0; n < nh->nmembers; n++) {
		member = mfib_nh_get(set, nh->members[n].slot);
		if (!member || same_way(&member->spec, &it->ways[0]))
			continue;
		way = &rest->ways[rest->nways++];
		way->ifindex = member->spec.ifindex;
		way->weight = nh->members[n].weight;
		way->onlink = !!(member->spec.flags & MFIB_NHF_ONLINK);
		way->has_gw = member->spec.has_gw;
		way->gw_family = member->spec.gw_family;
		way->gw = member->spec.gw;
	}
	return rest;
}

static int take_out(struct mfib_rib *rib, const struct item *it,
		    const char **why)
{
	int err = mfib_rib_remove(rib, &it->prefix, MFIB_SOURCE_KERNEL,
				  MFIB_METRIC_ANY, why);

	return err == -ESRCH ? 0 : err;
}

/* One way of a route goes, and the route with the last of them. */
static int take_out_way(struct mfib_rib *rib, const struct item *it,
			const char **why)
{
	struct item *rest = NULL;
	struct mfib_route route;
	struct mfib_nh *nh;
	bool group;
	int err;

	if (!mfib_rib_exact(rib, &it->prefix, MFIB_SOURCE_KERNEL, &route))
		return 0;
	rcu_read_lock();
	nh = mfib_nh_get(rib->set, route.slot);
	group = nh && nh->spec.type == MFIB_NH_GROUP;
	if (group)
		rest = without(rib->set, nh, it);
	rcu_read_unlock();
	mfib_nexthop_put(rib->set, route.slot);
	if (!group)
		return take_out(rib, it, why);
	if (!rest)
		return -ENOMEM;
	err = rest->nways ? put_in(rib, rest, why) : take_out(rib, it, why);
	kfree(rest);
	return err;
}

static int item_apply(struct mfib_fib *fib, const struct item *it,
		      const char **why)
{
	struct mfib_rib *rib = &fib->rib[it->family];

	if (it->event != FIB_EVENT_ENTRY_DEL)
		return put_in(rib, it, why);
	return it->single && it->type == MFIB_NH_UNICAST ?
	       take_out_way(rib, it, why) : take_out(rib, it, why);
}

static void item_do(struct mfib_mirror *m, const struct item *it)
{
	struct mfib_fib *fib = mfib_fib_get(m->mnet->net, it->fib);
	const char *why = "";
	int err;

	if (!fib)
		return;
	err = item_apply(fib, it, &why);
	trace_mfib_mirror(it->fib, it->family == MFIB_V4 ? AF_INET : AF_INET6,
			  it->event, it->prefix.len, err);
	/* The device has gone: the kernel tells that the route has, too. */
	if (err == -ENOMEM)
		lost(m, RETRY_DELAY);
	else if (err && err != -ENODEV)
		pr_warn_ratelimited("mfib: FIB %u: a route of the kernel's table was not taken over (error %d): %s\n",
				    fib->id, err, why);
	mfib_fib_put(fib);
}

static struct item *item_take(struct mfib_mirror *m)
{
	struct item *it;

	spin_lock_irq(&m->lock);
	it = list_first_entry_or_null(&m->queue, struct item, list);
	if (it) {
		list_del(&it->list);
		m->queued--;
	}
	spin_unlock_irq(&m->lock);
	return it;
}

static void mirror_work(struct work_struct *work)
{
	struct mfib_mirror *m = container_of(work, struct mfib_mirror, work);
	struct item *it;

	while ((it = item_take(m))) {
		item_do(m, it);
		kfree(it);
		cond_resched();
	}
}

/* ---- reading everything anew -------------------------------------------------- */

static void queue_forget(struct mfib_mirror *m)
{
	struct item *it;

	while ((it = item_take(m)))
		kfree(it);
}

/* The tables changed while they were dumped: the dump begins anew. */
static void dump_again(struct notifier_block *nb)
{
	queue_forget(container_of(nb, struct mfib_mirror, fib_nb));
}

static void each_rib(struct mfib_mirror *m, void (*f)(struct mfib_rib *rib))
{
	struct mfib_fib *fib;
	u32 id = 0;

	while ((fib = mfib_fib_next(m->mnet->net, &id))) {
		f(&fib->rib[MFIB_V4]);
		f(&fib->rib[MFIB_V6]);
		mfib_fib_put(fib);
		if (!++id)
			break;
		cond_resched();
	}
}

static void mark(struct mfib_rib *rib)
{
	mfib_rib_mark_stale(rib, MFIB_SOURCE_KERNEL);
}

static void sweep(struct mfib_rib *rib)
{
	mfib_rib_sweep_stale(rib, MFIB_SOURCE_KERNEL);
}

static int listen(struct mfib_mirror *m)
{
	int err;

	m->dumping = true;
	err = register_fib_notifier(m->mnet->net, &m->fib_nb, dump_again, NULL);
	m->dumping = false;
	return err;
}

static void resync_work(struct work_struct *work)
{
	struct mfib_mirror *m = container_of(to_delayed_work(work),
					     struct mfib_mirror, resync);

	unregister_fib_notifier(m->mnet->net, &m->fib_nb);
	queue_forget(m);
	WRITE_ONCE(m->stale, false);
	each_rib(m, mark);
	if (listen(m)) {
		lost(m, RETRY_DELAY);
		return;
	}
	mirror_work(&m->work);
	if (!READ_ONCE(m->stale))
		each_rib(m, sweep);
}

static void flush_gone(struct mfib_rib *rib)
{
	mfib_rib_flush_gone(rib);
}

static void gone_work(struct work_struct *work)
{
	each_rib(container_of(work, struct mfib_mirror, gone), flush_gone);
}

/**
 * mfib_mirror_flush_gone() - remove own routes by devices that are no more
 * @net: namespace
 *
 * The kernel tells of its own ones.
 *
 * Context: Any. It is done a moment later.
 */
void mfib_mirror_flush_gone(struct net *net)
{
	struct mfib_mirror *m = mfib_net(net)->mirror;

	if (m)
		queue_work(mfib_wq, &m->gone);
}

/**
 * mfib_mirror_resync() - read the kernel's tables anew
 * @net: namespace
 *
 * Returns when all is taken over that was in the tables at the time of the call.
 *
 * Context: Process context. Sleeps.
 * Return: 0, or -EAGAIN: something was lost, and it will be tried again.
 */
int mfib_mirror_resync(struct net *net)
{
	struct mfib_mirror *m = mfib_net(net)->mirror;

	lost(m, 0);
	flush_delayed_work(&m->resync);
	flush_work(&m->work);
	return READ_ONCE(m->stale) ? -EAGAIN : 0;
}

/**
 * mfib_mirror_stale() - are changes of the kernel's tables missing?
 * @net: namespace
 *
 * Context: Any.
 * Return: whether a resync is due; what is in the queue does not count.
 */
bool mfib_mirror_stale(struct net *net)
{
	return READ_ONCE(mfib_net(net)->mirror->stale);
}

/**
 * mfib_mirror_fib() - a FIB has come: its kernel table may hold routes
 * @fib: the FIB, published
 *
 * Context: Any.
 */
void mfib_mirror_fib(struct mfib_fib *fib)
{
	lost(fib->mnet->mirror, RESYNC_DELAY);
}

/* ---- namespaces ----------------------------------------------------------------- */

/**
 * mfib_mirror_net_init() - listen in a namespace
 * @mnet: the namespace
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 */
int mfib_mirror_net_init(struct mfib_net *mnet)
{
	struct mfib_mirror *m;
	int err;

	m = kzalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return -ENOMEM;
	m->mnet = mnet;
	m->fib_nb.notifier_call = fib_event;
	m->nh_nb.notifier_call = nh_event;
	spin_lock_init(&m->lock);
	INIT_LIST_HEAD(&m->queue);
	INIT_WORK(&m->work, mirror_work);
	INIT_WORK(&m->gone, gone_work);
	INIT_DELAYED_WORK(&m->resync, resync_work);
	mnet->mirror = m;
	err = listen(m);
	if (err)
		goto err_free;
	err = register_nexthop_notifier(mnet->net, &m->nh_nb, NULL);
	if (err)
		goto err_fib;
	return 0;

err_fib:
	unregister_fib_notifier(mnet->net, &m->fib_nb);
	cancel_delayed_work_sync(&m->resync);
	cancel_work_sync(&m->work);
	queue_forget(m);
err_free:
	mnet->mirror = NULL;
	kfree(m);
	return err;
}

/**
 * mfib_mirror_net_exit() - a namespace ends
 * @mnet: the namespace
 *
 * Context: Process context. May sleep.
 */
void mfib_mirror_net_exit(struct mfib_net *mnet)
{
	struct mfib_mirror *m = mnet->mirror;

	unregister_nexthop_notifier(mnet->net, &m->nh_nb);
	/* Nobody queues a resync any more, but itself and the work. */
	unregister_fib_notifier(mnet->net, &m->fib_nb);
	cancel_work_sync(&m->gone);
	cancel_work_sync(&m->work);
	cancel_delayed_work_sync(&m->resync);
	unregister_fib_notifier(mnet->net, &m->fib_nb);
	cancel_work_sync(&m->work);
	queue_forget(m);
	mnet->mirror = NULL;
	kfree(m);
}
