// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lookups in the name table: one socket for a service address, all in a range.
 *
 * Pure. Locking: see name_table.c; lookups take no lock, unless they were
 * disturbed several times.
 */
#include "name_table.h"
#include "service.h"

#define LOCKLESS_TRIES	3

/* Without the lock; for as long as the RCU read lock is held. */
static struct tipc_service *service_find(struct tipc_nametbl *nt, u32 type)
{
	struct tipc_service *service;
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&nt->seq);
		service = tipc_service_of(nt, type);
	} while (read_seqcount_retry(&nt->seq, seq));
	return service;
}

/**
 * tipc_nametbl_in_scope() - does a lookup domain cover an address?
 * @nt: table
 * @domain: 0 for all, an address, or <Z.C.0> or <Z.0.0> where addresses are
 *	of that form
 * @addr: the address
 *
 * Context: Any.
 * Return: whether it does.
 */
bool tipc_nametbl_in_scope(const struct tipc_nametbl *nt, u32 domain, u32 addr)
{
	if (!domain || domain == addr)
		return true;
	if (!READ_ONCE(nt->legacy))
		return false;
	return domain == (addr & TIPC_ZONE_CLUSTER_MASK) ||
	       domain == (addr & TIPC_ZONE_MASK);
}

/* Whose turn it is among @n; nothing is written for one alone. */
static u32 take_turn(atomic_t *turn, u32 n)
{
	return n > 1 ? (u32)atomic_fetch_inc(turn) % n : 0;
}

/* One of a range: of this node, or of all. */
static struct tipc_publ *range_pick(struct tipc_range *range, bool local)
{
	/* Publications are read after the number, see range_add(). */
	u32 n = smp_load_acquire(&range->n);

	if (local)
		n = READ_ONCE(range->nlocal);
	if (!n)
		return NULL;
	return tipc_range_peek(range, take_turn(local ? &range->local_turn :
					   &range->turn, n));
}

/*
 * The first range with somebody in it that will do. In a table of <Z.C.N>
 * addresses the closest come first when no domain is given.
 */
static struct tipc_publ *service_pick(struct tipc_nametbl *nt,
				      struct tipc_service *service,
				      u32 instance, u32 domain)
{
	bool local = domain && domain == READ_ONCE(nt->own);
	bool closest = READ_ONCE(nt->legacy) && !domain;
	struct tipc_inode *node;
	struct tipc_range *range;
	struct tipc_publ *p;

	for (node = tipc_itree_first(&service->ranges, instance, instance);
	     node; node = tipc_itree_next(node, instance, instance)) {
		range = inode_range(node);
		if (local && !READ_ONCE(range->nlocal))
			continue;
		p = range_pick(range, local ||
			       (closest && READ_ONCE(range->nlocal)));
		if (p)
			return p;
	}
	return NULL;
}

/**
 * tipc_nametbl_anycast() - find one socket that is bound to a service address
 * @nt: table
 * @type: service type
 * @instance: instance
 * @to: on entry @node is the lookup domain; on return the socket and its node.
 *	The socket is 0 when another node has to look it up, which is @node
 *
 * Sockets bound to the same range are found in turn. Of several ranges with
 * this instance the one that begins first counts.
 *
 * Context: Any but hard interrupts. Takes no lock.
 * Return: whether there is one.
 */
bool tipc_nametbl_anycast(struct tipc_nametbl *nt, u32 type, u32 instance,
			  struct tipc_socket_addr *to)
{
	u32 domain = to->node, port = 0, node = 0;
	struct tipc_service *service;
	struct tipc_publ *p = NULL;
	unsigned int seq;

	to->ref = 0;
	if (!tipc_nametbl_in_scope(nt, domain, READ_ONCE(nt->own)))
		return true;
	rcu_read_lock();
	service = service_find(nt, type);
	if (service) {
		do {
			seq = read_seqcount_begin(&service->seq);
			p = service_pick(nt, service, instance, domain);
			if (p) {
				port = p->port;
				node = READ_ONCE(p->node);
			}
		} while (read_seqcount_retry(&service->seq, seq));
		if (p)
			this_cpu_inc(service->stats->msgs);
		else
			this_cpu_inc(service->stats->misses);
	}
	rcu_read_unlock();
	if (!p)
		return false;
	to->ref = port;
	to->node = node;
	return true;
}

/* What a lookup of many wants, see below. */
struct many {
	const struct tipc_service_range *sr;
	struct tipc_dests *out;
	bool nodes;
	bool exact;
	u8 scope;
};

static int range_collect(struct tipc_range *range, const struct many *m)
{
	/* Publications are read after the number, see range_add(). */
	u32 n = smp_load_acquire(&range->n);
	u32 i = READ_ONCE(range->nlocal);
	struct tipc_publ *p;
	int err;

	if (!m->nodes) {
		n = min(n, i);
		i = 0;
		err = tipc_dests_reserve(m->out, m->out->n + n);
		if (err)
			return err;
	}
	for (; i < n; i++) {
		p = tipc_range_peek(range, i);
		if (!p)
			break;
		if (!m->nodes && p->scope != m->scope &&
		    (m->exact || p->scope > m->scope))
			continue;
		err = tipc_dests_add(m->out, m->nodes ? READ_ONCE(p->node) :
					     p->port);
		if (err)
			return err;
	}
	return 0;
}

/* Returns -EAGAIN when it was disturbed. */
static int service_collect(struct tipc_service *service, const struct many *m)
{
	unsigned int seq = read_seqcount_begin(&service->seq);
	u32 lower = m->sr->lower, upper = m->sr->upper;
	struct tipc_inode *node;
	int err = 0;

	tipc_dests_clear(m->out);
	for (node = tipc_itree_first(&service->ranges, lower, upper);
	     node && !err; node = tipc_itree_next(node, lower, upper)) {
		err = range_collect(inode_range(node), m);
		if (read_seqcount_retry(&service->seq, seq))
			return -EAGAIN;
	}
	return read_seqcount_retry(&service->seq, seq) ? -EAGAIN : err;
}

static int lookup_many(struct tipc_nametbl *nt, const struct many *m)
{
	struct tipc_service *service;
	int err = 0, tries = LOCKLESS_TRIES;

	rcu_read_lock();
	service = service_find(nt, m->sr->type);
	tipc_dests_clear(m->out);
	if (service) {
		do {
			err = service_collect(service, m);
		} while (err == -EAGAIN && --tries);
		if (err == -EAGAIN) {
			spin_lock_bh(&nt->lock);
			err = service_collect(service, m);
			spin_unlock_bh(&nt->lock);
		}
		if (!m->nodes)
			this_cpu_inc(service->stats->mcasts);
	}
	rcu_read_unlock();
	return err;
}

/**
 * tipc_nametbl_mcast_ports() - all sockets of this node bound in a range
 * @nt: table
 * @sr: the range
 * @scope: bindings of this scope, and ...
 * @exact: ... if false, those of smaller numbers; TIPC_ANY_SCOPE is above all
 * @ports: where to put the sockets, each once; what it held is forgotten
 *
 * Context: Any but hard interrupts. Takes a lock only under many changes.
 * Return: 0, or -ENOMEM.
 */
int tipc_nametbl_mcast_ports(struct tipc_nametbl *nt,
			     const struct tipc_service_range *sr, u8 scope,
			     bool exact, struct tipc_dests *ports)
{
	struct many m = {
		.sr = sr, .out = ports, .scope = scope, .exact = exact,
	};

	return lookup_many(nt, &m);
}

/**
 * tipc_nametbl_mcast_nodes() - all other nodes with a binding in a range
 * @nt: table
 * @sr: the range
 * @nodes: where to put the nodes, each once; what it held is forgotten
 *
 * Context: Any but hard interrupts. Takes a lock only under many changes.
 * Return: 0, or -ENOMEM.
 */
int tipc_nametbl_mcast_nodes(struct tipc_nametbl *nt,
			     const struct tipc_service_range *sr,
			     struct tipc_dests *nodes)
{
	struct many m = { .sr = sr, .out = nodes, .nodes = true };

	return lookup_many(nt, &m);
}

/**
 * tipc_nametbl_walk() - show all publications that overlap a range
 * @nt: table
 * @sr: the range
 * @fn: called for each, with the lock held: it must not call the table
 * @arg: for @fn
 *
 * Context: Any but hard interrupts. Takes and releases nt->lock.
 */
void tipc_nametbl_walk(struct tipc_nametbl *nt,
		       const struct tipc_service_range *sr,
		       void (*fn)(const struct tipc_publ *publ, void *arg),
		       void *arg)
{
	struct tipc_service *service;
	struct tipc_inode *node = NULL;
	u32 i;

	spin_lock_bh(&nt->lock);
	service = tipc_service_of(nt, sr->type);
	if (service)
		node = tipc_itree_first(&service->ranges, sr->lower, sr->upper);
	for (; node; node = tipc_itree_next(node, sr->lower, sr->upper))
		for (i = 0; i < inode_range(node)->n; i++)
			fn(*tipc_range_slot(inode_range(node), i), arg);
	spin_unlock_bh(&nt->lock);
}

/**
 * tipc_nametbl_own_walk() - show what other nodes learn of this one
 * @nt: table
 * @fn: called for each publication of cluster scope in the order in which they
 *	were made, and at last with NULL; with the lock held: it must not call
 *	the table
 * @arg: for @fn
 *
 * Context: Any but hard interrupts. Takes and releases nt->lock.
 */
void tipc_nametbl_own_walk(struct tipc_nametbl *nt,
			   void (*fn)(const struct tipc_publ *publ, void *arg),
			   void *arg)
{
	struct tipc_publ *p;

	spin_lock_bh(&nt->lock);
	list_for_each_entry(p, &nt->local_cluster, of_node)
		fn(p, arg);
	fn(NULL, arg);
	spin_unlock_bh(&nt->lock);
}
