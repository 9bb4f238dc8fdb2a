// SPDX-License-Identifier: GPL-2.0-only
/*
 * Neighbours of a FIB: how many it has, and how many it may have.
 *
 * The kernel keys neighbour entries by device and address, and a device is in
 * one FIB, so entries of two FIBs never meet; programs list and change them as
 * they do for any device. What the kernel does not have is a share for each: its
 * limits are for all devices together, and one network can use them up.
 *
 * The kernel calls neigh_setup() of a device's parameters for each entry that is
 * about to be made, and gives up when that refuses. fib->neighs goes up there
 * and never down: when it reaches the quota the entries are counted anew, at
 * most ten times a second, so that the limit is exact and the way to it cheap.
 *
 * Locking: neigh_setup is set and cleared under RTNL. Refusing is done in any
 * context but under no lock of the tables.
 */
#include <linux/inetdevice.h>
#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/arp.h>
#include <net/ndisc.h>
#include <net/neighbour.h>

#include "fib.h"
#include "trace.h"

/** struct count - of entries, while they are counted */
struct count {
	const struct mfib_fib	*fib;
	unsigned int		n;
};

static void count_one(struct neighbour *n, void *cookie)
{
	struct count *c = cookie;

	/* Fixed routes of the FIB's own device need none; see kernel.c. */
	if (mfib_slave_fib(n->dev) == c->fib && !mfib_dev_fib(n->dev) &&
	    n->type != RTN_MULTICAST && n->type != RTN_BROADCAST)
		c->n++;
}

/**
 * mfib_neigh_count() - count the neighbour entries of a FIB
 * @fib: the FIB
 * @family: MFIB_V4 or MFIB_V6
 *
 * Looks at all entries of the kernel.
 *
 * Context: Any but hardirq; no lock of the neighbour tables held.
 * Return: how many.
 */
unsigned int mfib_neigh_count(struct mfib_fib *fib, unsigned int family)
{
	struct count c = { .fib = fib };

	rcu_read_lock();
	neigh_for_each(family == MFIB_V4 ? &arp_tbl : &nd_tbl,
		       count_one, &c);
	rcu_read_unlock();
	return c.n;
}

static bool quota_reached(struct mfib_fib *fib, u32 quota)
{
	unsigned long counted = READ_ONCE(fib->neigh_counted);
	unsigned int n;

	if ((u32)atomic_read(&fib->neighs) < quota)
		return false;
	if (time_before(jiffies, counted + HZ / 10))
		return true;
	WRITE_ONCE(fib->neigh_counted, jiffies);
	n = mfib_neigh_count(fib, MFIB_V4) + mfib_neigh_count(fib, MFIB_V6);
	atomic_set(&fib->neighs, n);
	return n >= quota;
}

/* An entry is about to be made. A negative error stops it. */
static int neigh_wanted(struct neighbour *n)
{
	struct mfib_fib *fib;
	int err = 0;
	u32 quota;

	rcu_read_lock();
	fib = mfib_slave_fib(n->dev);
	quota = fib ? READ_ONCE(fib->neigh_quota) : 0;
	if (quota && n->type != RTN_MULTICAST && n->type != RTN_BROADCAST) {
		if (quota_reached(fib, quota)) {
			mfib_count(fib, MFIB_C_NEIGH_QUOTA);
			err = -ENOBUFS;
		} else {
			atomic_inc(&fib->neighs);
		}
	}
	rcu_read_unlock();
	return err;
}

static void parms_set(struct neigh_parms *parms, bool in)
{
	if (in && !parms->neigh_setup)
		WRITE_ONCE(parms->neigh_setup, neigh_wanted);
	else if (!in && parms->neigh_setup == neigh_wanted)
		WRITE_ONCE(parms->neigh_setup, NULL);
}

/**
 * mfib_neigh_slave() - a device joins a FIB or leaves it
 * @slave: the device
 * @in: it joins
 *
 * A driver that has a function of its own there keeps it, and its device has no
 * quota: bonding does.
 *
 * Context: Process context, RTNL.
 */
void mfib_neigh_slave(struct net_device *slave, bool in)
{
	struct in_device *in4 = __in_dev_get_rtnl(slave);
	struct inet6_dev *in6 = __in6_dev_get(slave);

	ASSERT_RTNL();
	if (in4 && in4->arp_parms)
		parms_set(in4->arp_parms, in);
	if (in6 && in6->nd_parms)
		parms_set(in6->nd_parms, in);
}

/**
 * mfib_neigh_quota_set() - how many neighbour entries a FIB may have
 * @fib: the FIB
 * @quota: how many of both families together; 0 is no limit
 *
 * Entries that are there stay.
 *
 * Context: Any.
 */
void mfib_neigh_quota_set(struct mfib_fib *fib, u32 quota)
{
	WRITE_ONCE(fib->neigh_quota, quota);
	/* Count with the next entry. */
	WRITE_ONCE(fib->neigh_counted, jiffies - HZ);
	atomic_set(&fib->neighs, INT_MAX);
}
