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

#include <linux/mfib_socket.h>
#include <linux/netdevice.h>
#include <linux/refcount.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>

#include "nexthop.h"
#include "rib.h"

struct mfib_grants;
struct mfib_mirror;
struct mfib_rules;
struct netlink_ext_ack;
struct rt6_info;
struct rtable;

#define MFIB_KIND	"mfib"		/* of links */

/* How many there may be in a namespace unless the parameter says otherwise. */
#define MFIB_FIBS_MAX	8192

/**
 * struct mfib_net - what mfib has in one network namespace
 * @net: the namespace
 * @fibs: FIBs by number; changed under RTNL, read under RCU
 * @nfibs: how many. Under RTNL
 * @nexthops: shared by all FIBs
 * @rules: which FIB a packet belongs to whose device is in none; see select.c
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
 * @refs: references; the device has one
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
	struct rtable			*local4;
	struct rtable			*error4;
	struct rt6_info			*local6;
	struct rt6_info			*error6;
	u32				neigh_quota;
	atomic_t			neighs;
	unsigned long			neigh_counted;
	struct mfib_grants __rcu	*grants;
	refcount_t			refs;
	struct work_struct		work;
};

/** struct mfib_dev - private part of a device of the kind "mfib" */
struct mfib_dev {
	struct mfib_fib *fib;
};

/* ---- fib.c --------------------------------------------------------------- */

extern struct workqueue_struct *mfib_wq;	/* ordered */

struct mfib_net *mfib_net(const struct net *net);
struct mfib_fib *mfib_fib_rcu(const struct mfib_net *mnet, u32 id);
struct mfib_fib *mfib_fib_get(struct net *net, u32 id);
struct mfib_fib *mfib_fib_next(struct net *net, u32 *id);
void mfib_fib_put(struct mfib_fib *fib);
struct mfib_fib *mfib_fib_new(struct net *net, u32 id,
			      struct netlink_ext_ack *extack);
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

int mfib_path_init(void);
void mfib_path_exit(void);

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
		  struct netlink_ext_ack *extack);
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

/* ---- mirror.c: routes of the kernel's table ------------------------------- */

int mfib_mirror_resync(struct net *net);
bool mfib_mirror_stale(struct net *net);

/* ---- neigh.c --------------------------------------------------------------- */

void mfib_neigh_quota_set(struct mfib_fib *fib, u32 quota);
unsigned int mfib_neigh_count(struct mfib_fib *fib, unsigned int family);

#endif /* _MFIB_FIB_H */
