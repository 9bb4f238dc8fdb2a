/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Next hops: where a route leads. Objects of their own, one set per network
 * namespace, which any number of routes of any number of tables share.
 *
 * A route stores the slot of its next hop and not the next hop. To change a
 * gateway is to put another object into the slot: one write, however many
 * routes lead there. A group is a next hop that names slots of others, with
 * weights. A next hop without an id (@id 0) was made for routes that name their
 * gateway themselves; equal ones are one object.
 *
 * Locking: writers hold set->lock, taken inside and after any table's lock.
 * Readers are in an RCU read-side section. An object does not change once it is
 * in its slot, but for @dead and what belongs to the data path (@priv). A slot
 * is used again when no reader can still have its number.
 */
#ifndef _MFIB_NEXTHOP_H
#define _MFIB_NEXTHOP_H

#include "key.h"

#ifdef __KERNEL__
#include <linux/llist.h>
#endif

#define MFIB_MEMBERS_MAX	64

/** enum mfib_nh_type - what becomes of a packet */
enum mfib_nh_type {
	MFIB_NH_UNICAST,	/* to a gateway, or on the link of @ifindex */
	MFIB_NH_LOCAL,		/* to this host: the kernel's own path */
	MFIB_NH_BROADCAST,	/* the kernel's own path */
	MFIB_NH_MULTICAST,	/* the kernel's own path */
	MFIB_NH_BLACKHOLE,	/* dropped without a word */
	MFIB_NH_UNREACHABLE,	/* ICMP host unreachable */
	MFIB_NH_PROHIBIT,	/* ICMP administratively prohibited */
	MFIB_NH_TABLE,		/* looked up again in the FIB @table */
	MFIB_NH_GROUP,		/* one of @members by the hash of the flow */
	__MFIB_NH_MAX
};

#define MFIB_NHF_ONLINK		0x1	/* the gateway is on the link, whatever the address */

/**
 * struct mfib_nh_spec - what a next hop is, compared as a whole
 * @id: chosen by the user, 0 for none
 * @type: enum mfib_nh_type
 * @gw_family: MFIB_V4 or MFIB_V6, if @has_gw
 * @has_gw: there is a gateway
 * @has_src: there is a preferred source address
 * @flags: MFIB_NHF_*
 * @ifindex: device, or 0
 * @table: the FIB of MFIB_NH_TABLE
 * @mtu: path MTU of the route, or 0
 * @fib: the FIB it may be used in, or 0 for any; mirrored ones belong to one
 * @gw: gateway
 * @src: preferred source address, family of the route
 */
struct mfib_nh_spec {
	u32		id;
	u8		type;
	u8		gw_family;
	u8		has_gw;
	u8		has_src;
	u32		flags;
	u32		ifindex;
	u32		table;
	u32		mtu;
	u32		fib;
	u32		pad;
	struct mfib_key	gw;
	struct mfib_key	src;
};

/**
 * struct mfib_member - one way of a group
 * @slot: of the next hop
 * @weight: 1 to 256
 * @upper: flows whose hash is at most this go here; ascending, the last is ~0
 */
struct mfib_member {
	u32 slot;
	u32 weight;
	u32 upper;
};

struct mfib_nexthops;

/**
 * struct mfib_nh - one next hop
 * @spec: what it is
 * @set: whose it is
 * @slot: its number, 1 or more: what tables store
 * @refs: routes and groups that lead here. Under set->lock
 * @user: the user made it by its id and holds it. Under set->lock
 * @dead: its device is gone or down, the data path skips it. READ_ONCE()
 * @hash_next: slot of the next in its bucket of the index, or 0
 * @gone_device: its device is no more. Under set->lock
 * @replaced: another object has the slot now. Under set->lock
 * @nmembers: of a group
 * @members: of a group
 * @priv: ops->priv_size bytes of the data path, aligned to 64, behind @members
 * @rcu: for call_rcu()
 * @gone: in index->gone, when no reader is left
 */
struct mfib_nh {
	struct mfib_nh_spec	spec;
	struct mfib_nexthops	*set;
	u32			slot;
	u32			refs;
	u32			hash_next;
	bool			user;
	bool			dead;
	bool			gone_device;
	bool			replaced;
	u16			nmembers;
	void			*priv;
#ifdef __KERNEL__
	struct rcu_head		rcu;
	struct llist_node	gone;
#endif
	struct mfib_member	members[];
};

/**
 * struct mfib_nh_ops - what the data path adds to a next hop
 * @priv_size: bytes of its own for each next hop, zeroed
 * @setup: called in process context before readers see it; may be NULL. A
 *	negative error refuses the next hop, with a sentence in *@why
 * @release: called in process context when no new reader finds it; must only
 *	let go of devices. May be NULL
 * @destroy: called after a grace period, may be in softirq. May be NULL
 */
struct mfib_nh_ops {
	size_t	priv_size;
	int	(*setup)(struct mfib_nh *nh, const char **why);
	void	(*release)(struct mfib_nh *nh);
	void	(*destroy)(struct mfib_nh *nh);
};

/**
 * struct mfib_nh_slots - slots to objects, replaced as a whole when it grows
 * @count: number of slots
 * @nh: by slot; slot 0 is never used
 */
struct mfib_nh_slots {
	u32			count;
	struct mfib_nh __rcu	*nh[];
};

/**
 * struct mfib_nexthops - the next hops of a network namespace
 * @lock: of writers
 * @slots: RCU
 * @ops: of the data path, or NULL
 * @owner: the data path's pointer back, e.g. its struct net
 * @count: objects
 * @max: how many there may be
 * @seq: grows with each change, for dumps
 * @index: see nexthop_index.c
 */
struct mfib_nexthops {
	struct mutex			lock;
	struct mfib_nh_slots __rcu	*slots;
	const struct mfib_nh_ops	*ops;
	void				*owner;
	u32				count;
	u32				max;
	u32				seq;
	struct mfib_nh_index		*index;
};

/* The next hop in a slot, for a reader; NULL if it has just gone. */
static inline struct mfib_nh *mfib_nh_get(const struct mfib_nexthops *set,
					  u32 slot)
{
	const struct mfib_nh_slots *s = rcu_dereference(set->slots);

	return likely(slot < s->count) ? rcu_dereference(s->nh[slot]) : NULL;
}

struct mfib_nh *mfib_nh_select_member(const struct mfib_nh *nh, u32 hash);

/* The way of a flow: of a group, a member that lives, or NULL. RCU read side. */
static inline struct mfib_nh *mfib_nh_select(struct mfib_nh *nh, u32 hash)
{
	if (likely(nh->spec.type != MFIB_NH_GROUP))
		return nh;
	return mfib_nh_select_member(nh, hash);
}

int mfib_nexthops_init(struct mfib_nexthops *set, u32 max,
		       const struct mfib_nh_ops *ops, void *owner);
void mfib_nexthops_destroy(struct mfib_nexthops *set);
int mfib_nexthop_add(struct mfib_nexthops *set, const struct mfib_nh_spec *spec,
		     const struct mfib_member *members, unsigned int nmembers,
		     bool create, bool replace, const char **why);
int mfib_nexthop_del(struct mfib_nexthops *set, u32 id, const char **why);
int mfib_nexthop_take(struct mfib_nexthops *set,
		      const struct mfib_nh_spec *spec,
		      const struct mfib_member *members, unsigned int nmembers,
		      u32 *slot, const char **why);
bool mfib_nexthop_take_alive(struct mfib_nexthops *set,
			     const struct mfib_nh_spec *spec, u32 *slot);
int mfib_nexthop_take_id(struct mfib_nexthops *set, u32 id, u32 *slot,
			 const char **why);
void mfib_nexthop_hold(struct mfib_nexthops *set, u32 slot);
void mfib_nexthop_put(struct mfib_nexthops *set, u32 slot);
struct mfib_nh *mfib_nexthop_next(struct mfib_nexthops *set, u32 *slot);
unsigned int mfib_nexthops_device(struct mfib_nexthops *set, u32 ifindex,
				  bool dead);
unsigned int mfib_nexthops_gone(struct mfib_nexthops *set, u32 ifindex);

#endif /* _MFIB_NEXTHOP_H */
