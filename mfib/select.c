// SPDX-License-Identifier: GPL-2.0-only
/*
 * The FIB of a packet by other signs than the device it came by: rules for its
 * source, mark and device, and a classifier of another module.
 *
 * A PREROUTING hook gives the packet the FIB's device as its own; from there on
 * it is like any packet of that FIB. It runs twice: behind the raw tables and
 * before conntrack, so that the packet is tracked in the zone of its FIB, and
 * behind the mangle tables for those without a FIB, because many set marks
 * there; those are tracked in zone 0.
 *
 * A rule outvotes the device a packet came by, and the classifier outvotes both.
 * The rules are an array of at most MFIB_RULES_MAX in the order of their
 * preference. The hooks are registered in a namespace while it has rules, or
 * everywhere while there is a classifier: others pay nothing.
 *
 * Locking: rules and the classifier are changed under select_lock and read under
 * RCU. mnet->selecting is under select_lock.
 */
#include <linux/etherdevice.h>
#include <linux/inetdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>

#include "mfib.h"
#include "fib.h"
#include "parts.h"

/**
 * struct mfib_rules - rules of a namespace, replaced as a whole
 * @rcu: frees them
 * @count: how many
 * @rule: by preference
 */
struct mfib_rules {
	struct rcu_head		rcu;
	unsigned int		count;
	struct mfib_rule	rule[];
};

static DEFINE_MUTEX(select_lock);
static const struct mfib_classifier __rcu *classifier;

/* ---- packets ----------------------------------------------------------------- */

static bool rule_matches(const struct mfib_rule *r, const struct sk_buff *skb,
			 unsigned int family, const struct mfib_key *src)
{
	if (r->family != MFIB_ANY && r->family != family)
		return false;
	if ((skb->mark ^ r->mark) & r->mask)
		return false;
	if (r->ifindex && r->ifindex != (u32)skb->skb_iif)
		return false;
	return !r->src.len || mfib_prefix_has(&r->src, src);
}

static struct mfib_fib *by_rules(const struct mfib_net *mnet,
				 const struct sk_buff *skb, unsigned int family)
{
	const struct mfib_rules *rules = rcu_dereference(mnet->rules);
	struct mfib_fib *fib;
	struct mfib_key src;
	unsigned int n;

	if (!rules)
		return NULL;
	src = mfib_key_init(family, family == MFIB_V4 ?
			    (const void *)&ip_hdr(skb)->saddr :
			    (const void *)&ipv6_hdr(skb)->saddr);
	for (n = 0; n < rules->count; n++) {
		if (!rule_matches(&rules->rule[n], skb, family, &src))
			continue;
		fib = mfib_fib_rcu(mnet, rules->rule[n].fib);
		if (fib)
			return fib;
	}
	return NULL;
}

static struct mfib_fib *by_classifier(const struct mfib_net *mnet,
				      const struct sk_buff *skb,
				      unsigned int family)
{
	const struct mfib_classifier *c = rcu_dereference(classifier);
	u32 id;

	if (!c)
		return NULL;
	id = c->fib(mnet->net, skb, family == MFIB_V4 ? AF_INET : AF_INET6);
	return id ? mfib_fib_rcu(mnet, id) : NULL;
}

/* What belongs to one link stays with it. */
static bool of_the_link(const struct sk_buff *skb, unsigned int family)
{
	if (skb->pkt_type == PACKET_LOOPBACK)
		return true;
	if (family == MFIB_V4)
		return ipv4_is_multicast(ip_hdr(skb)->daddr) ||
		       ipv4_is_lbcast(ip_hdr(skb)->daddr);
	return ipv6_addr_type(&ipv6_hdr(skb)->daddr) &
	       (IPV6_ADDR_MULTICAST | IPV6_ADDR_LINKLOCAL);
}

static unsigned int choose(struct sk_buff *skb, const struct net *net,
			   unsigned int family)
{
	struct mfib_net *mnet = mfib_net(net);
	struct net_device *dev;
	struct mfib_fib *fib;

	if (of_the_link(skb, family) || netif_is_l3_master(skb->dev))
		return NF_ACCEPT;
	fib = by_classifier(mnet, skb, family);
	if (!fib)
		fib = by_rules(mnet, skb, family);
	if (!fib)
		return NF_ACCEPT;
	dev = rcu_dereference(fib->dev);
	/* A device that is down has no address to answer from. */
	if (!dev || !(dev->flags & IFF_UP)) {
		mfib_count(fib, MFIB_C_DEAD);
		return NF_DROP;
	}
	skb->dev = dev;
	return NF_ACCEPT;
}

static unsigned int choose4(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	return choose(skb, state->net, MFIB_V4);
}

static unsigned int choose6(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	return choose(skb, state->net, MFIB_V6);
}

static const struct nf_hook_ops hooks[] = {
	{ .hook = choose4, .pf = NFPROTO_IPV4,
	  .hooknum = NF_INET_PRE_ROUTING, .priority = NF_IP_PRI_RAW + 1 },
	{ .hook = choose4, .pf = NFPROTO_IPV4,
	  .hooknum = NF_INET_PRE_ROUTING, .priority = NF_IP_PRI_MANGLE + 1 },
	{ .hook = choose6, .pf = NFPROTO_IPV6,
	  .hooknum = NF_INET_PRE_ROUTING, .priority = NF_IP6_PRI_RAW + 1 },
	{ .hook = choose6, .pf = NFPROTO_IPV6,
	  .hooknum = NF_INET_PRE_ROUTING, .priority = NF_IP6_PRI_MANGLE + 1 },
};

/* Registers the hooks where they are needed, and nowhere else. */
static int hooks_update(struct mfib_net *mnet)
{
	bool want = rcu_access_pointer(mnet->rules) ||
		    rcu_access_pointer(classifier);
	int err = 0;

	lockdep_assert_held(&select_lock);
	if (want && !mnet->selecting)
		err = nf_register_net_hooks(mnet->net, hooks,
					    ARRAY_SIZE(hooks));
	else if (!want && mnet->selecting)
		nf_unregister_net_hooks(mnet->net, hooks, ARRAY_SIZE(hooks));
	if (!err)
		mnet->selecting = want;
	return err;
}

/* ---- rules -------------------------------------------------------------------- */

static struct mfib_rules *rules_get(const struct mfib_net *mnet)
{
	return rcu_dereference_protected(mnet->rules,
					 lockdep_is_held(&select_lock));
}

static struct mfib_rules *rules_alloc(unsigned int count)
{
	struct mfib_rules *rules;

	rules = kzalloc(struct_size(rules, rule, count), GFP_KERNEL);
	if (rules)
		rules->count = count;
	return rules;
}

/* Where a rule is, or would be. */
static unsigned int rule_place(const struct mfib_rules *rules, u32 pref)
{
	unsigned int n;

	for (n = 0; rules && n < rules->count; n++)
		if (rules->rule[n].pref >= pref)
			break;
	return n;
}

static bool rule_there(const struct mfib_rules *rules, unsigned int n, u32 pref)
{
	return rules && n < rules->count && rules->rule[n].pref == pref;
}

static int rules_replace(struct mfib_net *mnet, struct mfib_rules *rules)
{
	struct mfib_rules *old = rules_get(mnet);
	int err;

	rcu_assign_pointer(mnet->rules, rules);
	err = hooks_update(mnet);
	if (err) {
		rcu_assign_pointer(mnet->rules, old);
		kfree(rules);
		return err;
	}
	if (old)
		kfree_rcu(old, rcu);
	return 0;
}

/* Another rule in the place of number @n. */
static int rule_change(struct mfib_net *mnet, unsigned int n,
		       const struct mfib_rule *rule)
{
	struct mfib_rules *old = rules_get(mnet);
	struct mfib_rules *rules = rules_alloc(old->count);

	if (!rules)
		return -ENOMEM;
	memcpy(rules->rule, old->rule, old->count * sizeof(*rule));
	rules->rule[n] = *rule;
	return rules_replace(mnet, rules);
}

static int rule_add(struct mfib_net *mnet, const struct mfib_rule *rule,
		    unsigned int how, struct netlink_ext_ack *extack)
{
	struct mfib_rules *old = rules_get(mnet);
	unsigned int count = old ? old->count : 0;
	unsigned int n = rule_place(old, rule->pref);
	struct mfib_rules *rules;

	if (rule_there(old, n, rule->pref)) {
		if (how & MFIB_INSERT_REPLACE)
			return rule_change(mnet, n, rule);
		NL_SET_ERR_MSG(extack, "there is a rule of this preference");
		return -EEXIST;
	}
	if (!(how & MFIB_INSERT_CREATE)) {
		NL_SET_ERR_MSG(extack, "there is no rule of this preference");
		return -ENOENT;
	}
	if (count >= MFIB_RULES_MAX) {
		NL_SET_ERR_MSG(extack, "a namespace has room for 64 rules");
		return -ENOSPC;
	}
	rules = rules_alloc(count + 1);
	if (!rules)
		return -ENOMEM;
	if (old) {
		memcpy(rules->rule, old->rule, n * sizeof(*rule));
		memcpy(rules->rule + n + 1, old->rule + n,
		       (count - n) * sizeof(*rule));
	}
	rules->rule[n] = *rule;
	return rules_replace(mnet, rules);
}

/**
 * mfib_rule_add() - choose a FIB for some packets
 * @net: namespace
 * @rule: which packets, and which FIB; copied
 * @how: MFIB_INSERT_*
 * @extack: where to say in words what is wrong
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 *
 * * -EINVAL - the rule names no FIB, or a source without a family
 * * -EEXIST - there is a rule of this preference, and not MFIB_INSERT_REPLACE
 * * -ENOENT - there is none, and not MFIB_INSERT_CREATE
 * * -ENOSPC - there are MFIB_RULES_MAX
 */
int mfib_rule_add(struct net *net, const struct mfib_rule *rule,
		  unsigned int how, struct netlink_ext_ack *extack)
{
	int err;

	if (!rule->fib) {
		NL_SET_ERR_MSG(extack, "the rule names no FIB");
		return -EINVAL;
	}
	if (rule->src.len && rule->family == MFIB_ANY) {
		NL_SET_ERR_MSG(extack, "a source has a family");
		return -EINVAL;
	}
	mutex_lock(&select_lock);
	err = rule_add(mfib_net(net), rule, how, extack);
	mutex_unlock(&select_lock);
	return err;
}

static int rule_del(struct mfib_net *mnet, u32 pref,
		    struct netlink_ext_ack *extack)
{
	struct mfib_rules *old = rules_get(mnet);
	unsigned int n = rule_place(old, pref);
	struct mfib_rules *rules = NULL;

	if (!rule_there(old, n, pref)) {
		NL_SET_ERR_MSG(extack, "there is no rule of this preference");
		return -ENOENT;
	}
	if (old->count > 1) {
		rules = rules_alloc(old->count - 1);
		if (!rules)
			return -ENOMEM;
		memcpy(rules->rule, old->rule, n * sizeof(old->rule[0]));
		memcpy(rules->rule + n, old->rule + n + 1,
		       (rules->count - n) * sizeof(old->rule[0]));
	}
	return rules_replace(mnet, rules);
}

/**
 * mfib_rule_del() - remove a rule
 * @net: namespace
 * @pref: its preference
 * @extack: where to say in words what is wrong
 *
 * Context: Process context. May sleep.
 * Return: 0, -ENOENT or -ENOMEM.
 */
int mfib_rule_del(struct net *net, u32 pref, struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&select_lock);
	err = rule_del(mfib_net(net), pref, extack);
	mutex_unlock(&select_lock);
	return err;
}

/**
 * mfib_rule_next() - the rules, one by one
 * @net: namespace
 * @pref: the smallest preference wanted; becomes that of the rule found. For
 *	the next one add 1
 * @rule: filled in
 *
 * Context: Process context.
 * Return: whether there was one more.
 */
bool mfib_rule_next(struct net *net, u32 *pref, struct mfib_rule *rule)
{
	const struct mfib_rules *rules;
	unsigned int n;
	bool more;

	rcu_read_lock();
	rules = rcu_dereference(mfib_net(net)->rules);
	n = rule_place(rules, *pref);
	more = rules && n < rules->count;
	if (more) {
		*rule = rules->rule[n];
		*pref = rule->pref;
	}
	rcu_read_unlock();
	return more;
}

/* ---- the classifier -------------------------------------------------------------- */

/* Caller holds select_lock. Where it fails, packets stay where they are. */
static int everywhere_update(void)
{
	struct net *net;
	int err = 0;

	down_read(&net_rwsem);
	for_each_net(net) {
		err = hooks_update(mfib_net(net));
		if (err)
			break;
	}
	up_read(&net_rwsem);
	return err;
}

/**
 * mfib_classifier_set() - let another module choose the FIB of packets
 * @c: the classifier, which stays valid until it is taken back; NULL takes it
 *	back, and returns when nobody is in it any more
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 *
 * * -EBUSY - there is one already
 */
int mfib_classifier_set(const struct mfib_classifier *c)
{
	int err;

	mutex_lock(&select_lock);
	if (c && rcu_access_pointer(classifier)) {
		mutex_unlock(&select_lock);
		return -EBUSY;
	}
	rcu_assign_pointer(classifier, c);
	err = everywhere_update();
	if (err && c) {
		RCU_INIT_POINTER(classifier, NULL);
		everywhere_update();
	}
	mutex_unlock(&select_lock);
	if (!c || err)
		synchronize_rcu();
	return err;
}
EXPORT_SYMBOL_GPL(mfib_classifier_set);

/* ---- namespaces -------------------------------------------------------------------- */

/**
 * mfib_select_net_init() - a namespace begins
 * @mnet: the namespace
 *
 * Return: 0, or a negative error.
 */
int mfib_select_net_init(struct mfib_net *mnet)
{
	int err;

	mutex_lock(&select_lock);
	err = hooks_update(mnet);
	mutex_unlock(&select_lock);
	return err;
}

/**
 * mfib_select_net_exit() - a namespace ends
 * @mnet: the namespace
 */
void mfib_select_net_exit(struct mfib_net *mnet)
{
	mutex_lock(&select_lock);
	if (mnet->selecting)
		nf_unregister_net_hooks(mnet->net, hooks, ARRAY_SIZE(hooks));
	mnet->selecting = false;
	kfree(rcu_dereference_protected(mnet->rules, true));
	RCU_INIT_POINTER(mnet->rules, NULL);
	mutex_unlock(&select_lock);
}
