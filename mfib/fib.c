// SPDX-License-Identifier: GPL-2.0-only
/*
 * FIBs of a network namespace: finding, counting, making and freeing them.
 *
 * What a device is to its FIB is in device.c, what packets do with it in input.c
 * and output.c.
 *
 * Locking: see fib.h. mfib_fib_new() and mfib_fib_gone() run under RTNL. The
 * last reference queues a work item that runs after a grace period, so that
 * packets which came by the device may finish; it frees tables of any size with
 * rescheduling in between. The end of a namespace waits for its items.
 */
#include <linux/etherdevice.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/netns/generic.h>

#include "fib.h"
#include "netlink.h"
#include "parts.h"

static unsigned int max_fibs = MFIB_FIBS_MAX;
module_param(max_fibs, uint, 0444);
MODULE_PARM_DESC(max_fibs, "FIBs that a network namespace may have (default 8192)");

static unsigned int max_nexthops = 1u << 20;
module_param(max_nexthops, uint, 0444);
MODULE_PARM_DESC(max_nexthops, "Next hops that a network namespace may have (default 1048576)");

struct workqueue_struct *mfib_wq;
struct workqueue_struct *mfib_route_wq;
static struct workqueue_struct *free_wq;
static unsigned int mfib_net_id __read_mostly;

static const char *const count_names[__MFIB_C_MAX] = {
	[MFIB_C_LOOKUPS]	= "lookups",
	[MFIB_C_MISSES]		= "misses",
	[MFIB_C_FORWARDED]	= "forwarded",
	[MFIB_C_DELIVERED]	= "delivered",
	[MFIB_C_SENT]		= "sent",
	[MFIB_C_KERNEL]		= "kernel",
	[MFIB_C_NOROUTE]	= "no-route",
	[MFIB_C_BLACKHOLE]	= "blackhole",
	[MFIB_C_UNREACHABLE]	= "unreachable",
	[MFIB_C_PROHIBIT]	= "prohibit",
	[MFIB_C_DEAD]		= "dead-next-hop",
	[MFIB_C_LOOP]		= "table-loop",
	[MFIB_C_TTL]		= "ttl",
	[MFIB_C_MTU]		= "mtu",
	[MFIB_C_MARTIAN_SRC]	= "martian-source",
	[MFIB_C_MARTIAN_DST]	= "martian-destination",
	[MFIB_C_RPFILTER]	= "reverse-path",
	[MFIB_C_FORWARD_OFF]	= "forwarding-off",
	[MFIB_C_XFRM]		= "xfrm-policy",
	[MFIB_C_NEIGH_QUOTA]	= "neighbour-quota",
	[MFIB_C_GRANT]		= "not-granted",
	[MFIB_C_HEADER]		= "header",
	[MFIB_C_NOMEM]		= "no-memory",
};

/**
 * mfib_count_name() - what a counter is called
 * @c: enum mfib_count
 *
 * Return: the name, or NULL for a number without one.
 */
const char *mfib_count_name(unsigned int c)
{
	return c < __MFIB_C_MAX ? count_names[c] : NULL;
}

/**
 * mfib_net() - what mfib has in a network namespace
 * @net: the namespace
 *
 * Return: good as long as the namespace is, and the module loaded.
 */
struct mfib_net *mfib_net(const struct net *net)
{
	return net_generic(net, mfib_net_id);
}

/* ---- finding --------------------------------------------------------------- */

/**
 * mfib_fib_rcu() - a FIB by its number
 * @mnet: the namespace
 * @id: the number
 *
 * Context: RCU read-side section.
 * Return: the FIB, or NULL.
 */
struct mfib_fib *mfib_fib_rcu(const struct mfib_net *mnet, u32 id)
{
	return xa_load((struct xarray *)&mnet->fibs, id);
}

/**
 * mfib_fib_get() - a FIB by its number, to keep
 * @net: the namespace
 * @id: the number
 *
 * Context: Any.
 * Return: the FIB, for mfib_fib_put(), or NULL.
 */
struct mfib_fib *mfib_fib_get(struct net *net, u32 id)
{
	struct mfib_fib *fib;

	rcu_read_lock();
	fib = mfib_fib_rcu(mfib_net(net), id);
	if (fib && !refcount_inc_not_zero(&fib->refs))
		fib = NULL;
	rcu_read_unlock();
	return fib;
}

/**
 * mfib_fib_next() - the FIBs in the order of their numbers
 * @net: the namespace
 * @id: the smallest number wanted; becomes that of the FIB found. For the next
 *	one add 1
 *
 * Context: Any.
 * Return: a FIB, for mfib_fib_put(), or NULL after the last one.
 */
struct mfib_fib *mfib_fib_next(struct net *net, u32 *id)
{
	struct xarray *fibs = &mfib_net(net)->fibs;
	unsigned long at = *id;
	struct mfib_fib *fib;

	rcu_read_lock();
	for (fib = xa_find(fibs, &at, U32_MAX, XA_PRESENT);
	     fib && !refcount_inc_not_zero(&fib->refs);)
		fib = xa_find_after(fibs, &at, U32_MAX, XA_PRESENT);
	rcu_read_unlock();
	*id = at;
	return fib;
}

/**
 * mfib_fib_counts() - what a FIB has counted
 * @fib: the FIB
 * @sum: of all CPUs
 *
 * Context: Any.
 */
void mfib_fib_counts(const struct mfib_fib *fib, struct mfib_counts *sum)
{
	unsigned int c;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu)
		for (c = 0; c < __MFIB_C_MAX; c++)
			sum->c[c] += READ_ONCE(per_cpu_ptr(fib->counts,
							   cpu)->c[c]);
}

/* ---- freeing --------------------------------------------------------------- */

static void fib_free(struct mfib_fib *fib)
{
	struct mfib_net *mnet = fib->mnet;

	mfib_rib_destroy(&fib->rib[MFIB_V6]);
	mfib_rib_destroy(&fib->rib[MFIB_V4]);
	mfib_zone_put(fib);
	if (fib->zone)
		ida_free(&mnet->zones, fib->zone);
	kfree(rcu_dereference_protected(fib->grants, true));
	free_percpu(fib->counts);
	kfree(fib);
	if (atomic_dec_and_test(&mnet->unfreed))
		wake_up(&mnet->wait);
}

static void fib_free_work(struct work_struct *work)
{
	fib_free(container_of(to_rcu_work(work), struct mfib_fib, work));
}

/**
 * mfib_fib_put() - end of a reference
 * @fib: the FIB
 *
 * Context: Any.
 */
void mfib_fib_put(struct mfib_fib *fib)
{
	if (refcount_dec_and_test(&fib->refs))
		queue_rcu_work(free_wq, &fib->work);
}

/* ---- making ---------------------------------------------------------------- */

/* The zone of a FIB has its number, if that fits and is not taken. */
static int zone_get(struct mfib_net *mnet, u32 id)
{
	int zone = -ENOSPC;

	if (id <= U16_MAX)
		zone = ida_alloc_range(&mnet->zones, id, id, GFP_KERNEL);
	if (zone == -ENOSPC)
		zone = ida_alloc_range(&mnet->zones, 1, U16_MAX, GFP_KERNEL);
	return zone;
}

static int ribs_init(struct mfib_fib *fib)
{
	int err;

	err = mfib_rib_init(&fib->rib[MFIB_V4], MFIB_V4, &fib->mnet->nexthops);
	if (err)
		return err;
	err = mfib_rib_init(&fib->rib[MFIB_V6], MFIB_V6, &fib->mnet->nexthops);
	if (err)
		mfib_rib_destroy(&fib->rib[MFIB_V4]);
	fib->rib[MFIB_V4].changed = mfib_netlink_changed;
	fib->rib[MFIB_V6].changed = mfib_netlink_changed;
	fib->rib[MFIB_V4].owner = fib;
	fib->rib[MFIB_V6].owner = fib;
	return err;
}

static struct mfib_fib *fib_alloc(struct mfib_net *mnet, u32 id)
{
	struct mfib_fib *fib;
	int err;

	fib = kzalloc(sizeof(*fib), GFP_KERNEL);
	if (!fib)
		return ERR_PTR(-ENOMEM);
	fib->mnet = mnet;
	fib->id = id;
	refcount_set(&fib->refs, 1);
	INIT_RCU_WORK(&fib->work, fib_free_work);
	mfib_kernel_fib(fib);
	err = -ENOMEM;
	fib->counts = alloc_percpu(struct mfib_counts);
	if (!fib->counts)
		goto err_free;
	err = ribs_init(fib);
	if (err)
		goto err_counts;
	atomic_inc(&mnet->unfreed);
	return fib;

err_counts:
	free_percpu(fib->counts);
err_free:
	kfree(fib);
	return ERR_PTR(err);
}

static int fib_check(struct mfib_net *mnet, u32 id,
		     struct netlink_ext_ack *extack)
{
	if (!id || (id >= RT_TABLE_DEFAULT && id <= RT_TABLE_LOCAL)) {
		NL_SET_ERR_MSG(extack,
			       "this number belongs to a table of the kernel");
		return -EINVAL;
	}
	if (xa_load(&mnet->fibs, id)) {
		NL_SET_ERR_MSG(extack, "there is a FIB of this number");
		return -EEXIST;
	}
	if (mnet->nfibs >= max_fibs) {
		NL_SET_ERR_MSG(extack,
			       "as many FIBs as the parameter max_fibs allows");
		return -ENOSPC;
	}
	return 0;
}

/**
 * mfib_fib_new() - make a FIB, without its device
 * @net: its namespace
 * @id: its number
 * @extack: where to say in words what is wrong
 *
 * Nobody finds it before mfib_fib_publish().
 *
 * Context: Process context, RTNL. May sleep.
 * Return: the FIB, whose reference belongs to the device, or an error pointer.
 */
struct mfib_fib *mfib_fib_new(struct net *net, u32 id,
			      struct netlink_ext_ack *extack)
{
	struct mfib_net *mnet = mfib_net(net);
	struct mfib_fib *fib;
	int err;

	ASSERT_RTNL();
	err = fib_check(mnet, id, extack);
	if (err)
		return ERR_PTR(err);
	fib = fib_alloc(mnet, id);
	if (IS_ERR(fib))
		return fib;
	err = zone_get(mnet, id);
	if (err < 0) {
		NL_SET_ERR_MSG(extack, "no conntrack zone is free");
		mfib_fib_put(fib);
		return ERR_PTR(err);
	}
	fib->zone = err;
	return fib;
}

/**
 * mfib_fib_publish() - let packets and people find a FIB
 * @fib: the FIB
 * @dev: its device, registered
 *
 * Context: Process context, RTNL. May sleep.
 * Return: 0, or a negative error.
 */
int mfib_fib_publish(struct mfib_fib *fib, struct net_device *dev)
{
	struct mfib_net *mnet = fib->mnet;
	int err;

	ASSERT_RTNL();
	fib->ifindex = dev->ifindex;
	rcu_assign_pointer(fib->dev, dev);
	err = xa_insert(&mnet->fibs, fib->id, fib, GFP_KERNEL);
	if (err) {
		RCU_INIT_POINTER(fib->dev, NULL);
		return err;
	}
	mnet->nfibs++;
	if (mfib_zone_fib(fib))
		pr_warn("mfib: FIB %u: no conntrack zone: its connections may mix with those of others\n",
			fib->id);
	mfib_mirror_fib(fib);
	return 0;
}

/**
 * mfib_fib_gone() - the device of a FIB goes
 * @fib: the FIB; published or not
 *
 * The reference of the device is given back when that is freed.
 *
 * Context: Process context, RTNL. May sleep.
 */
void mfib_fib_gone(struct mfib_fib *fib)
{
	struct mfib_net *mnet = fib->mnet;

	ASSERT_RTNL();
	if (xa_cmpxchg(&mnet->fibs, fib->id, fib, NULL, GFP_KERNEL) == fib)
		mnet->nfibs--;
	RCU_INIT_POINTER(fib->dev, NULL);
}

/* ---- namespaces ------------------------------------------------------------ */

static int __net_init net_init(struct net *net)
{
	struct mfib_net *mnet = mfib_net(net);
	int err;

	mnet->net = net;
	xa_init(&mnet->fibs);
	ida_init(&mnet->zones);
	atomic_set(&mnet->unfreed, 0);
	init_waitqueue_head(&mnet->wait);
	err = mfib_nexthops_init(&mnet->nexthops, max_nexthops,
				 &mfib_path_ops, mnet);
	if (err)
		return err;
	err = mfib_select_net_init(mnet);
	if (err)
		goto err_nexthops;
	err = mfib_mirror_net_init(mnet);
	if (err)
		goto err_select;
	return 0;

err_select:
	mfib_select_net_exit(mnet);
err_nexthops:
	mfib_nexthops_destroy(&mnet->nexthops);
	return err;
}

static unsigned int pass(void *priv, struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	return NF_ACCEPT;
}

static const struct nf_hook_ops pass_hook = {
	.hook		= pass,
	.pf		= NFPROTO_IPV4,
	.hooknum	= NF_INET_FORWARD,
	.priority	= NF_IP_PRI_LAST,
};

/*
 * A packet that the FORWARD hook has queued for a program goes on in a function of
 * ours when the program says so, which may be after we have gone. When a hook is
 * unregistered the queues of the namespace are emptied.
 */
static void queues_empty(struct net *net)
{
	if (nf_register_net_hook(net, &pass_hook))
		pr_warn("mfib: no memory to take back packets that a program may have queued\n");
	else
		nf_unregister_net_hook(net, &pass_hook);
}

/*
 * The devices of the namespace are gone, and with them all FIBs; some may still
 * be on their way through free_wq.
 */
static void __net_exit net_exit(struct net *net)
{
	struct mfib_net *mnet = mfib_net(net);

	mfib_zone_net_exit(mnet);
	queues_empty(net);
	mfib_mirror_net_exit(mnet);
	mfib_select_net_exit(mnet);
	wait_event(mnet->wait, !atomic_read(&mnet->unfreed));
	/* Who has freed the last one may not have looked at mnet->wait yet. */
	flush_workqueue(free_wq);
	mfib_nexthops_destroy(&mnet->nexthops);
	ida_destroy(&mnet->zones);
	xa_destroy(&mnet->fibs);
}

static struct pernet_operations net_ops = {
	.init	= net_init,
	.exit	= net_exit,
	.id	= &mfib_net_id,
	.size	= sizeof(struct mfib_net),
};

/**
 * mfib_fibs_init() - namespaces and queues
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 */
int mfib_fibs_init(void)
{
	int err = -ENOMEM;

	mfib_wq = alloc_ordered_workqueue("mfib", WQ_MEM_RECLAIM);
	if (!mfib_wq)
		return err;
	free_wq = alloc_workqueue("mfib_free", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!free_wq)
		goto err_wq;
	mfib_route_wq = alloc_workqueue("mfib_route", WQ_UNBOUND, 0);
	if (!mfib_route_wq)
		goto err_free_wq;
	err = register_pernet_subsys(&net_ops);
	if (err)
		goto err_route_wq;
	return 0;

err_route_wq:
	destroy_workqueue(mfib_route_wq);
err_free_wq:
	destroy_workqueue(free_wq);
err_wq:
	destroy_workqueue(mfib_wq);
	return err;
}

/**
 * mfib_fibs_exit() - undo mfib_fibs_init()
 *
 * No FIB is left: their devices went before. Waits for those that are being
 * freed, in each namespace, and for callbacks of RCU that run our code.
 *
 * Context: Process context. May sleep.
 */
void mfib_fibs_exit(void)
{
	unregister_pernet_subsys(&net_ops);
	/* Who has taken a packet from a queue before may be in our function. */
	synchronize_net();
	rcu_barrier();
	destroy_workqueue(mfib_route_wq);
	destroy_workqueue(free_wq);
	destroy_workqueue(mfib_wq);
}
