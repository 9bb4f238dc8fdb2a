/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chains: packets that go together. See chain.c.
 */
#ifndef _TIPC_CHAIN_H
#define _TIPC_CHAIN_H

#include <linux/if_vlan.h>
#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>

/* Longest chain: what the kernel lets an interface have at once, and a tag. */
#define TIPC_CHAIN_MAX	(GSO_LEGACY_MAX_SIZE - VLAN_ETH_HLEN)

/* Is a packet a chain, or was it one before somebody made it linear? */
static inline bool tipc_is_chain(const struct sk_buff *skb)
{
	return skb_is_gso(skb) && skb_shinfo(skb)->gso_type & SKB_GSO_FRAGLIST;
}

struct sk_buff *tipc_chain_next(struct sk_buff_head *q, unsigned int mtu,
				unsigned int max, unsigned int room);
bool tipc_unchain(struct sk_buff *skb, struct sk_buff_head *q);
struct sk_buff *tipc_chain_held(struct list_head *head, struct sk_buff *skb);
void tipc_chain_complete(struct sk_buff *skb);
void tipc_chain_register(void);
void tipc_chain_unregister(void);

#endif /* _TIPC_CHAIN_H */
