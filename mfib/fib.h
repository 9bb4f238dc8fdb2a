/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FIBs: what there are in a network namespace, and what belongs to one.
 *
 * A FIB is a number, two tables of routes, and a network device "mfibN" that
 * stands for it: devices enslaved to it belong to the FIB, sockets bound to it
 * use the FIB, and it goes when the device goes.
 *
 * Locking: FIBs come and go under RTNL. Packets find them by their device or in
 * mnet->fibs, in an RCU read-side section. Whoever keeps one longer takes a
 * reference; a FIB whose device is gone is still good to look at, but nothing
 * can be added to it (mfib_fib_alive()). The last reference frees the tables in
 * a work item.
 */
#ifndef _MFIB_FIB_H
#define _MFIB_FIB_H

#include <linux/idr.h>
#include <linux/mfib_socket.h>
#include <linux/netdevice.h>
#include <linux/refcount.h>
#include <linux/skbuff.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>

#include "nexthop.h"
#include "rib.h"

struct mfib_grants;
struct mfib_mirror;
struct mfib_rules;
struct netlink_ext_ack;
struct nf_conn;
struct rt6_info;
struct rtable;

#define MFIB_KIND	"mfib"		/* of links */

/* How many there may be in a namespace unless the parameter says otherwise. */
#define MFIB_FIBS_MAX	8192

/** struct mfib_rules_made - which of the kernel's rules are ours; see kernel.c */
struct mfib_rules_made {
	bool l3mdev;
	bool stop;
	bool moved;
};

/**
 * struct mfib_net - what mfib has in one network namespace
 * @net: the namespace
 * @fibs: FIBs by number; changed under RTNL, read under RCU
 * @nfibs: how many. Under RTNL
 * @nexthops: shared by all FIBs
 * @rules: which FIB a packet belongs to whose device is in none; see select.c
 * @rule_users: FIBs that need the kernel's rules changed. Under RTNL
 * @rules_made: what was changed, by family. Under RTNL
 * @selecting: hooks of select.c are registered. Under its lock
 * @zoning: hooks of zone.c are registered. Under RTNL
 * @mirror: what was learnt from the kernel's tables; see mirror.c
 * @zones: conntrack zones in use; see zone.c
 * @unfreed: FIBs that are not freed yet
 * @wait: for the last of them
 */
struct mfib_net {
	struct net			*net;
	struct xarray			fibs;
	unsigned int			nfibs;
	struct mfib_nexthops		nexthops;
	struct mfib_rules __rcu		*rules;
	unsigned int			rule_users;
	struct mfib_rules_made		rules_made[MFIB_FAMILIES];
	bool				selecting;
	bool				zoning;
	struct mfib_mirror		*mirror;
	struct ida			zones;
	atomic_t			unfreed;
	wait_queue_head_t		wait;
};

/** struct mfib_counts - one per CPU and FIB */
struct mfib_counts {
	u64 c[__MFIB_C_MAX];
};

/**
 * struct mfib_fib - one FIB
 * @mnet: its namespace
 * @dev: its device, or NULL once that is gone. RTNL, RCU
 * @id: its number, that of the kernel table it mirrors
 * @ifindex: of @dev; stays
 * @zone: conntrack zone, 1 to 65535
 * @rib: routes, by family
 * @counts: what happened
 * @local4: destination of packets to this host
 * @error4: of packets that end in an ICMP error or in nothing
 * @local6: the same for IPv6
 * @error6: the same for IPv6
 * @neigh_quota: how many neighbour entries the FIB may have; 0 is no limit
 * @neighs: how many it has, about; see neigh.c
 * @neigh_counted: jiffies when they were counted
 * @grants: who may use it without CAP_NET_RAW; see grant.c
 * @ct: template that carries @zone, or NULL; see zone.c
 * @routes: adds the kernel's default routes; see kernel.c
 * @refs: references; the device has one until it is freed
 * @work: frees it
 */
struct mfib_fib {
	struct mfib_net			*mnet;
	struct net_device __rcu		*dev;
	u32				id;
	int				ifindex;
	u16				zone;
	struct mfib_rib			rib[MFIB_FAMILIES];
	struct mfib_counts __percpu	*counts;
	struct rtable __rcu		*local4;
	struct rtable __rcu		*error4;
	struct rt6_info __rcu		*local6;
	struct rt6_info __rcu		*error6;
	u32				neigh_quota;
	atomic_t			neighs;
	unsigned long			neigh_counted;
	struct mfib_grants __rcu	*grants;
	struct nf_conn __rcu		*ct;
	struct work_struct		routes;
	refcount_t			refs;
	struct rcu_work			work;
};

/** struct mfib_dev - private part of a device of the kind "mfib" */
struct mfib_dev {
	struct mfib_fib *fib;
};

/* ---- fib.c --------------------------------------------------------------- */

extern struct workqueue_struct *mfib_wq;		/* ordered */
extern struct workqueue_struct *mfib_route_wq;	/* its items take RTNL */

struct mfib_net *mfib_net(const struct net *net);
struct mfib_fib *mfib_fib_rcu(const struct mfib_net *mnet, u32 id);
struct mfib_fib *mfib_fib_get(struct net *net, u32 id);
struct mfib_fib *mfib_fib_next(struct net *net, u32 *id);
void mfib_fib_put(struct mfib_fib *fib);
struct mfib_fib *mfib_fib_new(struct net *net, u32 id,
			      struct netlink_ext_ack *extack);
int mfib_fib_publish(struct mfib_fib *fib, struct net_device *dev);
void mfib_fib_gone(struct mfib_fib *fib);
void mfib_fib_counts(const struct mfib_fib *fib, struct mfib_counts *sum);
const char *mfib_count_name(unsigned int c);
int mfib_fibs_init(void);
void mfib_fibs_exit(void);

static inline bool mfib_fib_alive(const struct mfib_fib *fib)
{
	return rcu_access_pointer(fib->dev);
}

static inline void mfib_count(const struct mfib_fib *fib, enum mfib_count c)
{
	this_cpu_inc(fib->counts->c[c]);
}

/* ---- device.c ------------------------------------------------------------ */

int mfib_fib_add(struct net *net, u32 id, const char *name,
		 struct netlink_ext_ack *extack);
int mfib_fib_del(struct net *net, u32 id, bool force,
		 struct netlink_ext_ack *extack);
struct mfib_fib *mfib_dev_fib(const struct net_device *dev);
struct mfib_fib *mfib_slave_fib(const struct net_device *dev);
int mfib_link_set(struct net *net, u32 id, int ifindex,
		  struct netlink_ext_ack *extack);
int mfib_device_init(void);
void mfib_device_exit(void);

/* ---- path.c: what the data path adds to a next hop ----------------------- */

extern const struct mfib_nh_ops mfib_path_ops;

int mfib_path_resolve(struct mfib_fib *fib, struct mfib_nh_spec *spec,
		      const char **why);
void mfib_path_device(struct net_device *dev, unsigned long event);
int mfib_fib_paths_make(struct mfib_fib *fib, struct net_device *dev);
void mfib_fib_paths_drop(struct mfib_fib *fib);

/* ---- input.c, forward.c, output.c: packets -------------------------------- */

/** struct mfib_hop - where a packet goes */
struct mfib_hop {
	struct mfib_fib *fib;	/* the FIB whose table said so */
	struct mfib_nh	*nh;	/* of any type but a group and a table */
};

enum mfib_count mfib_route4(struct mfib_fib *fib, struct sk_buff *skb,
			    __be32 daddr, struct mfib_hop *hop);
enum mfib_count mfib_route6(struct mfib_fib *fib, struct sk_buff *skb,
			    const struct in6_addr *daddr,
			    struct mfib_hop *hop);
enum mfib_count mfib_refusal(const struct mfib_nh *nh);
struct sk_buff *mfib_rcv(struct net_device *master, struct sk_buff *skb,
			 u16 proto);
int mfib_send_on4(struct mfib_fib *fib, struct sk_buff *skb);
int mfib_send_on6(struct mfib_fib *fib, struct sk_buff *skb);
int mfib_forward4(struct sk_buff *skb);
int mfib_forward6(struct sk_buff *skb);
void mfib_error4(struct mfib_fib *fib, struct sk_buff *skb,
		 enum mfib_count why);
void mfib_error6(struct mfib_fib *fib, struct sk_buff *skb,
		 enum mfib_count why);
void mfib_drop(struct mfib_fib *fib, struct sk_buff *skb, enum mfib_count why);
netdev_tx_t mfib_xmit(struct sk_buff *skb, struct net_device *dev);
struct sk_buff *mfib_out(struct net_device *master, struct sock *sk,
			 struct sk_buff *skb, u16 proto);

/** struct mfib_path - private part of a next hop; see path.c */
struct mfib_path {
	struct rtable __rcu	*rt4;
	struct rt6_info __rcu	*rt6;
};

/*
 * The route object of a next hop of the type MFIB_NH_UNICAST, or NULL when there is
 * none for this family now. RCU read side.
 */
static inline struct rtable *mfib_path_rt4(const struct mfib_nh *nh)
{
	return rcu_dereference(((struct mfib_path *)nh->priv)->rt4);
}

static inline struct rt6_info *mfib_path_rt6(const struct mfib_nh *nh)
{
	return rcu_dereference(((struct mfib_path *)nh->priv)->rt6);
}

/* ---- kernel.c: what the kernel's own tables and rules need ----------------- */

int mfib_kernel_rules(struct net *net, bool add);
void mfib_kernel_fib(struct mfib_fib *fib);
void mfib_kernel_routes(struct mfib_fib *fib);

/* ---- select.c: rules ----------------------------------------------------- */

#define MFIB_RULES_MAX	64
#define MFIB_ANY	0xff	/* either family */

/**
 * struct mfib_rule - packets that look so belong to a FIB
 * @pref: smaller ones are asked first; unique
 * @fib: the FIB; need not exist, then the rule is passed over
 * @family: MFIB_V4, MFIB_V6, or MFIB_ANY when @src.len is 0
 * @src: source of the packet; @src.len 0 for any
 * @mark: of the packet, under @mask
 * @mask: 0 for any mark
 * @ifindex: device it came in by, or 0 for any
 */
struct mfib_rule {
	u32			pref;
	u32			fib;
	u8			family;
	struct mfib_prefix	src;
	u32			mark;
	u32			mask;
	u32			ifindex;
};

int mfib_rule_add(struct net *net, const struct mfib_rule *rule,
		  unsigned int how, struct netlink_ext_ack *extack);
int mfib_rule_del(struct net *net, u32 pref, struct netlink_ext_ack *extack);
bool mfib_rule_next(struct net *net, u32 *pref, struct mfib_rule *rule);

/* ---- grant.c ------------------------------------------------------------- */

/**
 * struct mfib_grant - a user or group that may use a FIB without CAP_NET_RAW
 * @group: @id is a group
 * @id: in the initial user namespace
 */
struct mfib_grant {
	bool	group;
	u32	id;
};

int mfib_grant_add(struct mfib_fib *fib, const struct mfib_grant *grant,
		   struct netlink_ext_ack *extack);
int mfib_grant_del(struct mfib_fib *fib, const struct mfib_grant *grant,
		   struct netlink_ext_ack *extack);
bool mfib_grant_next(struct mfib_fib *fib, unsigned int *n,
		     struct mfib_grant *grant);
bool mfib_granted(const struct mfib_fib *fib);
bool mfib_granted_socket(const struct mfib_fib *fib, struct sock *sk);

/* ---- zone.c: connections of different FIBs do not mix ---------------------- */

int mfib_zone_fib(struct mfib_fib *fib);
void mfib_zone_put(struct mfib_fib *fib);

/* ---- mirror.c: routes of the kernel's table ------------------------------- */

int mfib_mirror_resync(struct net *net);
bool mfib_mirror_stale(struct net *net);
void mfib_mirror_fib(struct mfib_fib *fib);
void mfib_mirror_flush_gone(struct net *net);

/* ---- neigh.c --------------------------------------------------------------- */

void mfib_neigh_slave(struct net_device *slave, bool in);
void mfib_neigh_quota_set(struct mfib_fib *fib, u32 quota);
unsigned int mfib_neigh_count(struct mfib_fib *fib, unsigned int family);

#endif /* _MFIB_FIB_H */
