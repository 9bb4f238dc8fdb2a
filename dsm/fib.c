// SPDX-License-Identifier: GPL-2.0-only
/*
 * The FIB of a packet by the SID of its sender, for mfib.
 *
 * A policy may give SIDs a FIB. When such a policy comes into force and mfib is
 * loaded, mfib asks here for each packet that comes in, before it is routed; it
 * stays loaded until a policy without FIBs follows, or none. A label that its
 * sender may not have chooses nothing.
 *
 * Locking: classify is changed under the lock of load.c. Packets are asked about
 * in RCU read-side sections, and mfib waits for those when it is told to stop.
 */
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/skbuff.h>

#include "dsm.h"
#include "mfib.h"

static typeof(mfib_classifier_set) *classify;

static u32 fib_of(struct net *net, const struct sk_buff *skb, u8 family)
{
	const struct dsm_active *a = rcu_dereference(dsm_active);
	u32 sid;

	if (!a || !a->policy.fibs)
		return 0;
	sid = dsm_judge_sender(a, skb);
	if (!sid)
		return 0;
	return dsm_policy_sid_flags(&a->policy, sid) >> DSM_SID_FIB_SHIFT;
}

static const struct mfib_classifier classifier = {
	.name	= "dsm",
	.fib	= fib_of,
};

static void classify_begin(void)
{
	int err;

	classify = symbol_get(mfib_classifier_set);
	if (!classify) {
		pr_warn("dsm: the policy names FIBs, and mfib is not loaded: load it, and the policy again\n");
		return;
	}
	err = classify(&classifier);
	if (!err)
		return;
	pr_warn("dsm: mfib does not take FIBs of SIDs (%d)\n", err);
	symbol_put(mfib_classifier_set);
	classify = NULL;
}

/**
 * dsm_fib_update() - the policy has changed
 * @p: the one in force, or %NULL
 *
 * Context: Process context, under the lock of load.c. May sleep. When it returns
 * and @p names no FIBs, mfib asks no more.
 */
void dsm_fib_update(const struct dsm_policy *p)
{
	bool wanted = p && p->fibs;

	if (wanted && !classify) {
		classify_begin();
	} else if (!wanted && classify) {
		classify(NULL);
		symbol_put(mfib_classifier_set);
		classify = NULL;
	}
}
