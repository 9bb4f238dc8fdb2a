// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of tables as events of aem, for programs that have one queue for
 * everything; <aem_source.h> says how the two modules meet. Nobody is waited for
 * and nothing is held here. Netlink tells the same to who listens there.
 */
#include <linux/capability.h>
#include <linux/mfib.h>
#include <linux/string.h>
#include <net/net_namespace.h>

#include "aem_source.h"
#include "netlink.h"

AEM_SOURCE(mfib, CAP_NET_ADMIN);

static_assert(sizeof(struct mfib_aem_event) <= AEM_SOURCE_DATA);
static_assert(MFIB_EVENT_MAX <= 14);

static void nexthop_fill(struct mfib_aem_event *out, const struct mfib_nh *nh)
{
	out->type = nh->spec.type;
	out->oif = nh->spec.ifindex;
	out->nexthop = nh->spec.id;
	if (!nh->spec.has_gw)
		return;
	out->gateway_family = nh->spec.gw_family == MFIB_V4 ? AF_INET :
							      AF_INET6;
	mfib_key_bytes(nh->spec.gw_family, &nh->spec.gw, out->gateway);
}

static void route_fill(struct mfib_aem_event *out, const struct mfib_rib *rib,
		       const struct mfib_prefix *prefix,
		       const struct mfib_route *route)
{
	const struct mfib_nh *nh;

	mfib_key_bytes(rib->family, &prefix->key, out->dst);
	out->len = prefix->len;
	out->metric = route->metric;
	out->source = route->source;
	out->protocol = route->protocol;
	rcu_read_lock();
	nh = mfib_nh_get(rib->set, route->slot);
	if (nh)
		nexthop_fill(out, nh);
	rcu_read_unlock();
}

/* noinline: what nobody wants is not cleared either. */
static noinline void publish(const struct mfib_rib *rib, u8 event,
			     const struct mfib_prefix *prefix,
			     const struct mfib_route *route)
{
	const struct mfib_fib *fib = rib->owner;
	struct mfib_aem_event out = {};

	out.netns_cookie = fib->mnet->net->net_cookie;
	out.fib = fib->id;
	out.family = rib->family == MFIB_V4 ? AF_INET : AF_INET6;
	if (prefix)
		route_fill(&out, rib, prefix, route);
	aem_source_publish(&aem_source_mfib, event, &out, sizeof(out));
}

/**
 * mfib_publish_route() - tell who listens by aem that a table has changed
 * @rib: the table; @rib->owner is its FIB
 * @event: enum mfib_event
 * @prefix: of the route, or NULL
 * @route: the route, or NULL
 *
 * Costs a look when nobody listens.
 *
 * Context: Process context, under rib->lock.
 */
void mfib_publish_route(const struct mfib_rib *rib, u8 event,
			const struct mfib_prefix *prefix,
			const struct mfib_route *route)
{
	if (aem_source_wanted(&aem_source_mfib))
		publish(rib, event, prefix, route);
}

/**
 * mfib_publish_nexthop() - tell who listens by aem of a next hop
 * @net: its namespace
 * @event: MFIB_EVENT_NEXTHOP or MFIB_EVENT_NEXTHOP_REMOVED
 * @id: its id
 *
 * Context: Process context.
 */
void mfib_publish_nexthop(const struct net *net, u8 event, u32 id)
{
	const struct mfib_aem_event out = {
		.netns_cookie = net->net_cookie,
		.nexthop = id,
	};

	aem_source_publish(&aem_source_mfib, event, &out, sizeof(out));
}
