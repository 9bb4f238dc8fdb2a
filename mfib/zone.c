// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conntrack zones: each FIB has its own, so that equal connections in two FIBs
 * are two connections.
 *
 * A packet of a FIB gets the FIB's template before conntrack sees it, as the CT
 * target gives one. A packet that this host sends by the device of a FIB is not
 * tracked then, but when output.c sends it out by the real device; so NAT rules
 * see that device, and see each packet once. What has a template or is not to be
 * tracked for other reasons is left alone.
 *
 * nf_conntrack is a module that may come later or never. Its functions are looked
 * up when it is there, and it stays from then on until we go. Where it is not
 * loaded no hook is registered.
 *
 * Locking: all but packets is under RTNL.
 */
#include <linux/module.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/rtnetlink.h>
#include <net/l3mdev.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include "fib.h"
#include "parts.h"

/* nf_ct_tmpl_alloc(), or NULL. Under RTNL. */
static struct nf_conn *(*tmpl_alloc)(struct net *net,
				    const struct nf_conntrack_zone *zone,
				    gfp_t flags);

/* ---- packets ------------------------------------------------------------------ */

static void zone_set(struct sk_buff *skb, struct mfib_fib *fib)
{
	struct nf_conn *ct = rcu_dereference(fib->ct);

	if (!ct || skb_nfct(skb) || skb->_nfct)
		return;
	nf_ct_set(skb, ct, IP_CT_NEW);
	refcount_inc(&ct->ct_general.use);
}

static unsigned int zone_in(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	struct mfib_fib *fib = mfib_slave_fib(skb->dev);

	if (fib)
		zone_set(skb, fib);
	return NF_ACCEPT;
}

static unsigned int zone_out(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	struct mfib_fib *fib = mfib_slave_fib(state->out);

	if (!fib)
		return NF_ACCEPT;
	if (!netif_is_l3_master(state->out))
		zone_set(skb, fib);
	else if (!skb->_nfct)
		nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
	return NF_ACCEPT;
}

static const struct nf_hook_ops hooks[] = {
	{ .hook = zone_in, .pf = NFPROTO_IPV4,
	  .hooknum = NF_INET_PRE_ROUTING, .priority = NF_IP_PRI_RAW + 2 },
	{ .hook = zone_out, .pf = NFPROTO_IPV4,
	  .hooknum = NF_INET_LOCAL_OUT, .priority = NF_IP_PRI_RAW + 2 },
	{ .hook = zone_in, .pf = NFPROTO_IPV6,
	  .hooknum = NF_INET_PRE_ROUTING, .priority = NF_IP6_PRI_RAW + 2 },
	{ .hook = zone_out, .pf = NFPROTO_IPV6,
	  .hooknum = NF_INET_LOCAL_OUT, .priority = NF_IP6_PRI_RAW + 2 },
};

/* ---- FIBs ----------------------------------------------------------------------- */

/**
 * mfib_zone_fib() - give a FIB its zone, if connections are tracked
 * @fib: the FIB
 *
 * Context: Process context, RTNL. May sleep.
 * Return: 0, or a negative error.
 */
int mfib_zone_fib(struct mfib_fib *fib)
{
	struct mfib_net *mnet = fib->mnet;
	struct nf_conntrack_zone zone;
	struct nf_conn *ct;
	int err;

	ASSERT_RTNL();
	if (!tmpl_alloc || rcu_access_pointer(fib->ct))
		return 0;
	nf_ct_zone_init(&zone, fib->zone, NF_CT_DEFAULT_ZONE_DIR, 0);
	ct = tmpl_alloc(mnet->net, &zone, GFP_KERNEL);
	if (!ct)
		return -ENOMEM;
	__set_bit(IPS_CONFIRMED_BIT, &ct->status);
	rcu_assign_pointer(fib->ct, ct);
	if (mnet->zoning)
		return 0;
	err = nf_register_net_hooks(mnet->net, hooks, ARRAY_SIZE(hooks));
	mnet->zoning = !err;
	return err;
}

/**
 * mfib_zone_put() - a FIB is freed, and no packet finds it
 * @fib: the FIB
 */
void mfib_zone_put(struct mfib_fib *fib)
{
	struct nf_conn *ct = rcu_dereference_protected(fib->ct, true);

	/* Not nf_ct_put(): that would make us need the module. */
	if (ct)
		nf_conntrack_put(&ct->ct_general);
}

/**
 * mfib_zone_net_exit() - a namespace ends
 * @mnet: the namespace
 */
void mfib_zone_net_exit(struct mfib_net *mnet)
{
	if (mnet->zoning)
		nf_unregister_net_hooks(mnet->net, hooks, ARRAY_SIZE(hooks));
	mnet->zoning = false;
}

/* ---- the module nf_conntrack ----------------------------------------------------- */

static void zones_of_net(struct mfib_net *mnet)
{
	struct mfib_fib *fib;
	unsigned long id;

	xa_for_each(&mnet->fibs, id, fib)
		if (mfib_zone_fib(fib))
			pr_warn("mfib: FIB %u: no conntrack zone: its connections may mix with those of others\n",
				fib->id);
}

/* Of all FIBs there are, when nf_conntrack has come. */
static void zones_begin(struct work_struct *work)
{
	struct net *net;

	rtnl_lock();
	if (!tmpl_alloc)
		tmpl_alloc = symbol_get(nf_ct_tmpl_alloc);
	if (tmpl_alloc) {
		down_read(&net_rwsem);
		for_each_net(net)
			zones_of_net(mfib_net(net));
		up_read(&net_rwsem);
	}
	rtnl_unlock();
}

static DECLARE_WORK(zones_work, zones_begin);

static int module_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	struct module *module = ptr;

	if (event == MODULE_STATE_LIVE && !strcmp(module->name, "nf_conntrack"))
		queue_work(mfib_route_wq, &zones_work);
	return NOTIFY_DONE;
}

static struct notifier_block module_notifier = {
	.notifier_call = module_event,
};

/**
 * mfib_zone_init() - find nf_conntrack, now or when it comes
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 */
int mfib_zone_init(void)
{
	int err = register_module_notifier(&module_notifier);

	if (!err)
		queue_work(mfib_route_wq, &zones_work);
	return err;
}

/**
 * mfib_zone_exit() - look for nf_conntrack no longer
 *
 * Context: Process context. May sleep.
 */
void mfib_zone_exit(void)
{
	unregister_module_notifier(&module_notifier);
	cancel_work_sync(&zones_work);
}

/**
 * mfib_zone_release() - let nf_conntrack go
 *
 * All FIBs are gone, and their templates with them.
 *
 * Context: Process context.
 */
void mfib_zone_release(void)
{
	if (tmpl_alloc)
		symbol_put(nf_ct_tmpl_alloc);
	tmpl_alloc = NULL;
}
