// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events of the generic netlink family: what was refused, for who listens.
 *
 * Locking: none. Events are made where something was refused, in softirqs as well.
 */
#include <linux/socket.h>
#include <net/genetlink.h>
#include <net/netlink.h>

#include "dsm.h"
#include "netlink.h"

static int put_access(struct sk_buff *skb, const struct dsm_event *ev)
{
	const struct dsm_access *q = &ev->access;

	if (q->class && (nla_put_u32(skb, DSM_EV_CLASS, q->class) ||
			 nla_put_u32(skb, DSM_EV_PERMS, q->perms)))
		return -EMSGSIZE;
	if (nla_put_u32(skb, DSM_EV_SSID, q->sid) ||
	    nla_put_u32(skb, DSM_EV_SNID, q->nid) ||
	    nla_put_u32(skb, DSM_EV_TSID, q->tsid))
		return -EMSGSIZE;
	return 0;
}

static int put_packet(struct sk_buff *skb, const struct dsm_event *ev)
{
	int len = ev->family == AF_INET ? 4 : 16;

	if (!ev->family)
		return 0;
	if (nla_put_u8(skb, DSM_EV_PROTOCOL, ev->protocol) ||
	    nla_put(skb, DSM_EV_SADDR, len, &ev->saddr) ||
	    nla_put(skb, DSM_EV_DADDR, len, &ev->daddr))
		return -EMSGSIZE;
	if ((ev->sport || ev->dport) &&
	    (nla_put_u16(skb, DSM_EV_SPORT, ev->sport) ||
	     nla_put_u16(skb, DSM_EV_DPORT, ev->dport)))
		return -EMSGSIZE;
	return 0;
}

static int put_event(struct sk_buff *skb, const struct dsm_event *ev)
{
	struct nlattr *nest = nla_nest_start(skb, DSM_A_EVENT);
	u64 lost = dsm_stat_read(DSM_ST_EVENTS_LOST);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(skb, DSM_EV_OP, ev->op) ||
	    nla_put_u32(skb, DSM_EV_REASON, ev->reason) ||
	    nla_put_u8(skb, DSM_EV_DENIED, ev->denied) ||
	    nla_put_u32(skb, DSM_EV_SERIAL, ev->serial) ||
	    nla_put_u64_64bit(skb, DSM_EV_TIME, ev->time_ns, DSM_EV_PAD) ||
	    (lost && nla_put_u64_64bit(skb, DSM_EV_LOST, lost, DSM_EV_PAD)) ||
	    (ev->pid && (nla_put_u32(skb, DSM_EV_PID, ev->pid) ||
			 nla_put_string(skb, DSM_EV_COMM, ev->comm))) ||
	    put_access(skb, ev) || put_packet(skb, ev))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * dsm_netlink_listens() - does anybody want events?
 *
 * Context: Any context.
 * Return: true if somebody is in the group.
 */
bool dsm_netlink_listens(void)
{
	return genl_has_listeners(&dsm_family, &init_net, 0);
}

/**
 * dsm_netlink_event() - send an event to the group
 * @ev: the event
 *
 * Context: Any context but hard interrupts. Does not sleep.
 */
void dsm_netlink_event(const struct dsm_event *ev)
{
	struct sk_buff *skb = genlmsg_new(512, GFP_ATOMIC);
	void *head;

	if (!skb)
		goto lost;
	head = genlmsg_put(skb, 0, 0, &dsm_family, 0, DSM_CMD_EVENT);
	if (!head || put_event(skb, ev)) {
		nlmsg_free(skb);
		goto lost;
	}
	genlmsg_end(skb, head);
	if (genlmsg_multicast(&dsm_family, skb, 0, 0, GFP_ATOMIC) != -ENOBUFS)
		return;
lost:
	dsm_stat_inc(DSM_ST_EVENTS_LOST);
}
