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
 * ordered queue, so one at a time, and change everything else. What is told and
 * queued is in mirror_told.c.
 */
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <net/fib_notifier.h>
#include <net/ip_fib.h>
#include <net/nexthop.h>

#include "mirror.h"
#include "parts.h"
#include "trace.h"

/* ---- taking it over ---------------------------------------------------------- */

static void way_spec(struct mfib_nh_spec *spec, const struct mfib_item *it,
		     const struct mfib_way *way)
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

static int take_one(struct mfib_nexthops *set, const struct mfib_item *it,
		    const struct mfib_way *way, u32 *slot, const char **why)
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
static int take_members(struct mfib_nexthops *set, const struct mfib_item *it,
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

static int take_group(struct mfib_nexthops *set, const struct mfib_item *it,
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

static int take(struct mfib_nexthops *set, const struct mfib_item *it,
		u32 *slot, const char **why)
{
	if (it->type != MFIB_NH_UNICAST)
		return take_one(set, it, NULL, slot, why);
	if (it->nways == 1)
		return take_one(set, it, &it->ways[0], slot, why);
	return take_group(set, it, slot, why);
}

/* Takes the place of what the prefix had, whatever its metric was. */
static int put_in(struct mfib_rib *rib, const struct mfib_item *it,
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

static bool same_way(const struct mfib_nh_spec *spec,
		     const struct mfib_way *way)
{
	return spec->ifindex == way->ifindex && spec->has_gw == way->has_gw &&
	       (!way->has_gw || (spec->gw_family == way->gw_family &&
				 mfib_key_equal(&spec->gw, &way->gw)));
}

/* The item that puts the group in without one of its ways. NULL: no memory. */
static struct mfib_item *without(struct mfib_nexthops *set,
				 const struct mfib_nh *nh,
				 const struct mfib_item *it)
{
	const struct mfib_nh *member;
	struct mfib_item *rest;
	struct mfib_way *way;
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

static int take_out(struct mfib_rib *rib, const struct mfib_item *it,
		    const char **why)
{
	int err = mfib_rib_remove(rib, &it->prefix, MFIB_SOURCE_KERNEL,
				  MFIB_METRIC_ANY, why);

	return err == -ESRCH ? 0 : err;
}

/* One way of a route goes, and the route with the last of them. */
static int take_out_way(struct mfib_rib *rib, const struct mfib_item *it,
			const char **why)
{
	struct mfib_item *rest = NULL;
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

static int item_apply(struct mfib_fib *fib, const struct mfib_item *it,
		      const char **why)
{
	struct mfib_rib *rib = &fib->rib[it->family];

	if (it->event != FIB_EVENT_ENTRY_DEL)
		return put_in(rib, it, why);
	return it->single && it->type == MFIB_NH_UNICAST ?
	       take_out_way(rib, it, why) : take_out(rib, it, why);
}

static void item_do(struct mfib_mirror *m, const struct mfib_item *it)
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
		mfib_mirror_lost(m, RETRY_DELAY);
	else if (err && err != -ENODEV)
		pr_warn_ratelimited("mfib: FIB %u: a route of the kernel's table was not taken over (error %d): %s\n",
				    fib->id, err, why);
	mfib_fib_put(fib);
}

static struct mfib_item *item_take(struct mfib_mirror *m)
{
	struct mfib_item *it;

	spin_lock_irq(&m->lock);
	it = list_first_entry_or_null(&m->queue, struct mfib_item, list);
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
	struct mfib_item *it;

	while ((it = item_take(m))) {
		item_do(m, it);
		kfree(it);
		cond_resched();
	}
}

/* ---- reading everything anew -------------------------------------------------- */

static void queue_forget(struct mfib_mirror *m)
{
	struct mfib_item *it;

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
	unsigned long began = jiffies;

	unregister_fib_notifier(m->mnet->net, &m->fib_nb);
	queue_forget(m);
	WRITE_ONCE(m->stale, false);
	each_rib(m, mark);
	if (listen(m)) {
		mfib_mirror_lost(m, RETRY_DELAY);
		return;
	}
	mirror_work(&m->work);
	if (!READ_ONCE(m->stale))
		each_rib(m, sweep);
	WRITE_ONCE(m->took, jiffies - began);
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

	mfib_mirror_lost(m, 0);
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
	mfib_mirror_lost(fib->mnet->mirror, RESYNC_DELAY);
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
	m->fib_nb.notifier_call = mfib_mirror_fib_event;
	m->nh_nb.notifier_call = mfib_mirror_nh_event;
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
