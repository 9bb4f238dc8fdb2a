// SPDX-License-Identifier: GPL-2.0-only
/*
 * Discovery: how nodes find each other over a bearer.
 *
 * Each bearer says again and again who this node is: often at first, then once a
 * second while it is alone, then once a minute. While the node has no address it
 * says which one it would like; if nobody objects a few times, it takes it.
 *
 * Locking: none. A bearer's work is gone before the bearer is, and who brings a
 * message is in an RCU read-side section.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jiffies.h>
#include <linux/ratelimit.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

#include "bearer.h"
#include "core.h"
#include "link.h"
#include "nodes.h"

#define TRIAL_TRIES	4
#define TRIAL_MS	50
#define FAST_TRIES	5
#define FAST_MS		100
#define ALONE_MS	1000
#define STRANGERS_MS	10000
#define SETTLED_MS	60000
/* How many of both are looked at in a second. */
#define STRANGERS_PER_S	50
#define ANSWERS_PER_S	1000

static void say(struct tipc_bearer *b, unsigned int type, u32 domain,
		u32 suggested, const struct tipc_maddr *to)
{
	struct tipc_net *tn = tipc_net(b->net);
	struct tipc_disc d = {
		.type = type,
		.node = type == TIPC_DISC_TRIAL ?
			tipc_nodes_trial(b->net) : READ_ONCE(tn->addr),
		.domain = domain,
		.net_id = READ_ONCE(tn->net_id),
		.random = tn->random,
		.caps = TIPC_OWN_CAPS,
		.hash = tn->random,
		.suggested = suggested,
		.at = b->at,
	};
	struct sk_buff *skb = tipc_pkt_alloc(TIPC_DISC_SIZE);

	if (!skb)
		return;
	memcpy(d.id, tn->node_id, TIPC_NODEID_LEN);
	tipc_disc_write(&d, skb->data);
	rcu_read_lock();
	tipc_bearer_xmit_one(b, skb, to);
	rcu_read_unlock();
}

static void answer(struct tipc_bearer *b, unsigned int type, u32 domain,
		   u32 suggested, const struct tipc_maddr *to)
{
	if (__ratelimit(&b->answers))
		say(b, type, domain, suggested, to);
	else
		tipc_bearer_count(b, TIPC_BEARER_UNANSWERED, 1);
}

static unsigned int next_time_ms(struct tipc_bearer *b, bool strangers)
{
	if (!tipc_own_addr(b->net))
		return TRIAL_MS;
	if (b->tries < FAST_TRIES)
		return FAST_MS;
	if (!tipc_nodes_up(b->net))
		return ALONE_MS;
	return strangers ? STRANGERS_MS : SETTLED_MS;
}

static void repeat(struct work_struct *work)
{
	struct tipc_bearer *b = container_of(to_delayed_work(work),
					     struct tipc_bearer, disc);
	u32 trial = tipc_nodes_trial(b->net);
	bool strangers;

	if (!tipc_own_addr(b->net)) {
		if (b->tries < TRIAL_TRIES) {
			say(b, TIPC_DISC_TRIAL, b->domain, 0, NULL);
		} else {
			/* Nobody objected. */
			tipc_net_start(b->net, trial);
			b->tries = 0;
		}
	}
	if (tipc_own_addr(b->net))
		say(b, TIPC_DISC_REQUEST, b->domain, 0, NULL);
	b->tries++;
	strangers = tipc_nodes_forget_strangers(b->net);
	if (!READ_ONCE(b->dead))
		queue_delayed_work(system_wq, &b->disc, msecs_to_jiffies(
				   next_time_ms(b, strangers)));
}

/* Somebody has, or wants, the address that we have or want. */
static void collision(struct tipc_bearer *b, const struct tipc_disc *d)
{
	struct tipc_net *tn = tipc_net(b->net);
	char at[TIPC_MADDR_STR];

	if (d->type == TIPC_DISC_TRIAL) {
		answer(b, TIPC_DISC_TRIAL_FAIL, d->node,
		       tipc_nodes_free_addr(b->net, d->node + 1), &d->at);
		return;
	}
	tipc_bearer_count(b, TIPC_BEARER_DUP_ADDR, 1);
	tipc_maddr_to_str(&d->at, at, sizeof(at));
	net_warn_ratelimited("%s at %s has our address %08x; one of the nodes has to get another\n",
			     b->name, at, tn->addr);
}

/* While we have no address: what others say of the one we want. */
static void trial_answer(struct tipc_bearer *b, const struct tipc_disc *d)
{
	u32 trial = tipc_nodes_trial(b->net);

	if (d->type == TIPC_DISC_TRIAL_FAIL ? d->domain != trial :
	    d->node != trial)
		return;
	tipc_nodes_set_trial(b->net, d->type == TIPC_DISC_TRIAL_FAIL &&
			     d->suggested ? d->suggested :
			     tipc_nodes_free_addr(b->net, trial + 1));
	b->tries = 0;
}

static void discovered(struct tipc_bearer *b, const struct sk_buff *skb)
{
	struct tipc_net *tn = tipc_net(b->net);
	struct tipc_nametbl *nt = &tn->names;
	struct tipc_disc d;
	u32 own = READ_ONCE(tn->addr);
	char at[TIPC_MADDR_STR];

	if (tipc_disc_read(skb->data, skb->len, &d) ||
	    d.at.media != b->media->type) {
		tipc_bearer_count(b, TIPC_BEARER_BAD, 1);
		return;
	}
	if (d.net_id != READ_ONCE(tn->net_id)) {
		tipc_bearer_count(b, TIPC_BEARER_OTHER_NET, 1);
		return;
	}
	/* Our own words, from another interface or a loop. */
	if (!memcmp(d.id, tn->node_id, TIPC_NODEID_LEN)) {
		if (d.random == (tn->random & 0x7fff))
			return;
		tipc_bearer_count(b, TIPC_BEARER_DUP_ID, 1);
		tipc_maddr_to_str(&d.at, at, sizeof(at));
		net_warn_ratelimited("%s at %s has our identity %s\n",
				     b->name, at, tn->node_id_str);
		return;
	}
	tipc_bearer_count(b, TIPC_BEARER_DISC, 1);
	if (!own) {
		trial_answer(b, &d);
		return;
	}
	if (d.node == own) {
		collision(b, &d);
		return;
	}
	if (d.type > TIPC_DISC_RESPONSE)
		return;
	if (!tipc_nametbl_in_scope(nt, d.domain, own) ||
	    !tipc_nametbl_in_scope(nt, b->domain, d.node))
		return;
	/* A flood of forged ones must not crowd out those that are known. */
	if (!tipc_nodes_find(b->net, d.node) && !__ratelimit(&b->strangers)) {
		tipc_bearer_count(b, TIPC_BEARER_STRANGERS, 1);
		net_warn_ratelimited("bearer %s: too many nodes that nobody knew\n",
				     b->name);
		return;
	}
	if (!tipc_nodes_found(b->net, b, &d))
		return;
	if (b->media->learn)
		b->media->learn(b, &d.at);
	if (d.type == TIPC_DISC_REQUEST)
		answer(b, TIPC_DISC_RESPONSE, d.node, 0, &d.at);
}

/**
 * tipc_discovery_came() - a discovery message came
 * @b: bearer
 * @skb: packet that is one by its header; taken over
 *
 * Context: Softirq, or softirqs are off, in an RCU read-side section.
 */
void tipc_discovery_came(struct tipc_bearer *b, struct sk_buff *skb)
{
	if (pskb_may_pull(skb, min_t(unsigned int, skb->len, TIPC_DISC_SIZE)))
		discovered(b, skb);
	kfree_skb(skb);
}

/**
 * tipc_discovery_init() - prepare to look for nodes over a bearer
 * @b: new bearer; @disc is to be queued when it is enabled
 *
 * Context: Any.
 */
void tipc_discovery_init(struct tipc_bearer *b)
{
	/* What is left out is counted; the log has its own lines. */
	ratelimit_state_init(&b->strangers, HZ, STRANGERS_PER_S);
	ratelimit_state_init(&b->answers, HZ, ANSWERS_PER_S);
	ratelimit_set_flags(&b->strangers, RATELIMIT_MSG_ON_RELEASE);
	ratelimit_set_flags(&b->answers, RATELIMIT_MSG_ON_RELEASE);
	INIT_DELAYED_WORK(&b->disc, repeat);
}
