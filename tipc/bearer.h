/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bearers: the interfaces over which a node reaches others. See bearer.c.
 */
#ifndef _TIPC_BEARER_H
#define _TIPC_BEARER_H

#include <linux/netdevice.h>
#include <linux/tipc.h>
#include <linux/workqueue.h>

#include "disc.h"

struct netlink_ext_ack;

/**
 * struct tipc_bearer - an interface over which other nodes are reached
 * @of_all: among all bearers
 * @net: namespace
 * @dev: the interface, held
 * @tracker: of the reference
 * @name: "eth:" and the name of the interface
 * @id: number on this node
 * @priority: of links that begin from now on
 * @tolerance_ms: of links that begin from now on
 * @window: of links that begin from now on
 * @mtu: greatest packet
 * @domain: who may be linked to, as in discovery messages
 * @pt: how packets get here
 * @disc: says who we are, again and again
 * @tries: how often it has done so since the last change
 * @dead: it is being disabled; no more work
 *
 * Changed under RTNL; read under RCU.
 */
struct tipc_bearer {
	struct list_head	of_all;
	struct net		*net;
	struct net_device	*dev;
	netdevice_tracker	tracker;
	char			name[TIPC_MAX_BEARER_NAME];
	u8			id;
	u8			priority;
	u32			tolerance_ms;
	u16			window;
	u16			mtu;
	u32			domain;
	struct packet_type	pt;
	struct delayed_work	disc;
	unsigned int		tries;
	bool			dead;
};

/**
 * struct tipc_bearer_props - what a bearer is enabled with
 * @domain: who may be linked to
 * @priority: or -1 for the usual
 * @tolerance_ms: or 0 for the usual
 * @window: or 0 for the usual
 */
struct tipc_bearer_props {
	u32	domain;
	int	priority;
	u32	tolerance_ms;
	u32	window;
};

int tipc_bearer_props_check(const struct tipc_bearer_props *p,
			    struct netlink_ext_ack *extack);
int tipc_bearer_enable(struct net *net, const char *name,
		       const struct tipc_bearer_props *props,
		       struct netlink_ext_ack *extack);
int tipc_bearer_disable(struct net *net, const char *name,
			struct netlink_ext_ack *extack);
struct tipc_bearer *tipc_bearer_find(struct net *net, const char *name);
struct tipc_bearer *tipc_bearer_get(struct net *net, unsigned int id);
void tipc_bearer_xmit(struct tipc_bearer *b, struct sk_buff *skb,
		      const u8 *mac);
void tipc_bearer_net_exit(struct net *net);
int tipc_bearer_register(void);
void tipc_bearer_unregister(void);

#endif /* _TIPC_BEARER_H */
