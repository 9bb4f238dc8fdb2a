/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bearers: what a node reaches others over. See bearer.c; what is different
 * from medium to medium is in eth.c and udp.c.
 */
#ifndef _TIPC_BEARER_H
#define _TIPC_BEARER_H

#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <linux/ratelimit.h>
#include <linux/skbuff.h>
#include <linux/tipc.h>
#include <linux/workqueue.h>

#include "disc.h"
#include "ring.h"

/* Smallest greatest packet of a bearer. */
#define TIPC_BEARER_MTU_MIN	1000

/* Room for an address as text: an IPv6 address in brackets, and a port. */
#define TIPC_MADDR_STR		56

struct netlink_ext_ack;
struct nlattr;
struct tipc_bearer;

/* What is counted of a bearer: per CPU, never reset. */
enum tipc_bearer_stat {
	TIPC_BEARER_RX_PKTS,	/* packets received */
	TIPC_BEARER_RX_BYTES,
	TIPC_BEARER_RX_BATCHES,	/* how often; packets come several at a time */
	TIPC_BEARER_TX_PKTS,	/* packets sent, before any is cut */
	TIPC_BEARER_TX_BYTES,
	TIPC_BEARER_TX_BATCHES,
	TIPC_BEARER_HANDED,	/* packets that took the short cut */
	TIPC_BEARER_BAD,	/* received: no message, or no discovery message */
	TIPC_BEARER_OTHER_NET,	/* discovery messages of other clusters */
	TIPC_BEARER_DISC,	/* discovery messages of this cluster */
	TIPC_BEARER_DUP_ADDR,	/* they say: who else has our address */
	TIPC_BEARER_DUP_ID,	/* they say: who else has our identity */
	TIPC_BEARER_STRANGERS,	/* nodes that were not looked at: too many */
	TIPC_BEARER_UNANSWERED,	/* requests that were not answered: too many */
	TIPC_BEARER_NSTATS
};

/** struct tipc_bearer_stats - the counters of one CPU */
struct tipc_bearer_stats {
	/** @v: by enum tipc_bearer_stat; this_cpu_add() needs no lock. */
	u64	v[TIPC_BEARER_NSTATS];
};

/**
 * struct tipc_bearer_props - what a bearer is enabled with
 * @domain: who may be linked to
 * @priority: or -1 for the usual
 * @tolerance_ms: or 0 for the usual
 * @window: or 0 for the usual
 * @mtu: or 0 for the usual
 */
struct tipc_bearer_props {
	u32	domain;
	int	priority;
	u32	tolerance_ms;
	u32	window;
	u32	mtu;
};

/**
 * struct tipc_media - a medium
 * @name: what names of its bearers begin with, without the colon
 * @type: TIPC_MEDIA_*
 * @sliced_max: greatest packet of a link between nodes that slice
 * @usual: what bearers are enabled with if nothing else is said; no domain.
 *	Under RTNL
 * @enable: makes ready to send and receive; sets the bearer's at, and its mtu
 * @disable: nothing is received from now on, nor sent after a grace period.
 *	The bearer is freed by @free some time after that
 * @free: gives back what @enable took; ends with tipc_bearer_free()
 * @xmit: puts packets on the wire, in order; to all if there is no address
 * @xmit_one: the same for one packet; or NULL
 * @learn: somebody looked for us from an address and may be linked to; or NULL
 * @set_mtu: changes the greatest packet; or NULL. 0, or a negative error
 * @device: an interface changes, as NETDEV_* says; may end the bearer
 */
struct tipc_media {
	const char		*name;
	u8			type;
	u16			sliced_max;
	struct tipc_bearer_props usual;

	int (*enable)(struct tipc_bearer *b, struct nlattr *opts,
		      const struct tipc_bearer_props *props,
		      struct netlink_ext_ack *extack);
	void (*disable)(struct tipc_bearer *b);
	void (*free)(struct tipc_bearer *b);
	void (*xmit)(struct tipc_bearer *b, struct sk_buff_head *q,
		     const struct tipc_maddr *to);
	void (*xmit_one)(struct tipc_bearer *b, struct sk_buff *skb,
			 const struct tipc_maddr *to);
	void (*learn)(struct tipc_bearer *b, const struct tipc_maddr *at);
	int (*set_mtu)(struct tipc_bearer *b, unsigned int mtu);
	void (*device)(struct tipc_bearer *b, struct net_device *dev,
		       unsigned long event);
};

extern struct tipc_media tipc_eth_media;
extern struct tipc_media tipc_udp_media;

/**
 * struct tipc_bearer - what other nodes are reached over
 * @of_all: among all bearers
 * @net: namespace
 * @media: the medium
 * @dev: TIPC_MEDIA_ETH: the interface, held
 * @tracker: of the reference
 * @pt: TIPC_MEDIA_ETH: how packets get here
 * @priv: TIPC_MEDIA_UDP: what udp.c has
 * @name: medium, a colon and the interface or another name
 * @if_name: what stands behind the colon
 * @id: number on this node
 * @priority: of links that begin from now on
 * @tolerance_ms: of links that begin from now on
 * @window: of links that begin from now on
 * @mtu: greatest packet
 * @domain: who may be linked to, as in discovery messages
 * @at: where this node is on the medium
 * @stats: counters
 * @strangers: how often a node that nobody knew is looked at
 * @answers: how often a discovery message is answered
 * @disc: says who we are, again and again
 * @tries: how often it has done so since the last change
 * @ring: the nodes on it, and who looks after whom; see monitor.c
 * @monitor: says what is new of @ring
 * @monitored: when it last did so, in jiffies
 * @aged: when those who are down were last counted, in jiffies
 * @dead: it is not enabled yet, or being disabled: nothing is received
 *
 * Changed under RTNL; read under RCU.
 */
struct tipc_bearer {
	struct list_head	of_all;
	struct net		*net;
	struct tipc_media	*media;
	struct net_device	*dev;
	netdevice_tracker	tracker;
	struct packet_type	pt;
	void			*priv;
	char			name[TIPC_MAX_BEARER_NAME];
	const char		*if_name;
	u8			id;
	u8			priority;
	u32			tolerance_ms;
	u16			window;
	u16			mtu;
	u32			domain;
	struct tipc_maddr	at;
	struct tipc_bearer_stats __percpu *stats;
	struct ratelimit_state	strangers;
	struct ratelimit_state	answers;
	struct delayed_work	disc;
	unsigned int		tries;
	struct tipc_ring	ring;
	struct delayed_work	monitor;
	unsigned long		monitored;
	unsigned long		aged;
	bool			dead;
};

/**
 * tipc_bearer_count() - add to a counter of a bearer
 * @b: bearer
 * @what: which
 * @n: how much
 *
 * Context: Any.
 */
static inline void tipc_bearer_count(struct tipc_bearer *b,
				     enum tipc_bearer_stat what, u64 n)
{
	this_cpu_add(b->stats->v[what], n);
}

/* monitor.c */
void tipc_monitor_init(struct tipc_bearer *b);
void tipc_monitor_exit(struct tipc_bearer *b);
void tipc_monitor_set_threshold(struct net *net, u32 threshold);

/* discovery.c */
void tipc_discovery_init(struct tipc_bearer *b);
void tipc_discovery_came(struct tipc_bearer *b, struct sk_buff *skb);

/* bearer.c */
void tipc_maddr_to_str(const struct tipc_maddr *at, char *str, size_t len);
int tipc_bearer_props_check(const struct tipc_bearer_props *p,
			    struct netlink_ext_ack *extack);
int tipc_bearer_enable(struct net *net, const char *name,
		       const struct tipc_bearer_props *props,
		       struct nlattr *opts, struct netlink_ext_ack *extack);
int tipc_bearer_disable(struct net *net, const char *name,
			struct netlink_ext_ack *extack);
void tipc_bearer_end(struct tipc_bearer *b);
void tipc_bearer_free(struct tipc_bearer *b);
void tipc_bearer_changed(struct tipc_bearer *b);
struct tipc_bearer *tipc_bearer_find(struct net *net, const char *name);
struct tipc_bearer *tipc_bearer_get(struct net *net, unsigned int id);
u64 tipc_bearer_read(const struct tipc_bearer *b, enum tipc_bearer_stat what);
struct tipc_media *tipc_media_get(unsigned int i);
void tipc_bearer_xmit(struct tipc_bearer *b, struct sk_buff_head *q,
		      const struct tipc_maddr *to);
void tipc_bearer_xmit_one(struct tipc_bearer *b, struct sk_buff *skb,
			  const struct tipc_maddr *to);
void tipc_bearer_rcv(struct tipc_bearer *b, struct sk_buff_head *q,
		     const struct tipc_maddr *from);
void tipc_bearer_rcv_one(struct tipc_bearer *b, struct sk_buff *skb,
			 const struct tipc_maddr *from);
int tipc_bearer_changes(void);
struct tipc_bearer *tipc_bearer_near(const struct tipc_bearer *b,
				     const struct tipc_maddr *at, const u8 *id,
				     u16 random);
bool tipc_bearer_is_near(const struct tipc_bearer *b,
			 const struct tipc_bearer *near);
void tipc_bearer_hand_over(struct tipc_bearer *b, struct tipc_bearer *near,
			   struct sk_buff_head *q);
void tipc_bearer_net_exit(struct net *net);
int tipc_bearer_register(void);
void tipc_bearer_unregister(void);

/* udp_peers.c */
int tipc_udp_peer(struct tipc_bearer *b, const struct nlattr *opts,
		  struct netlink_ext_ack *extack);
int tipc_udp_put(struct sk_buff *skb, const struct tipc_bearer *b);
int tipc_udp_put_peer(struct sk_buff *skb, const struct tipc_bearer *b,
		      unsigned int n);

/* udp.c */
void tipc_udp_flush(void);
int tipc_udp_register(void);
void tipc_udp_unregister(void);

#endif /* _TIPC_BEARER_H */
