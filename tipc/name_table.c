// SPDX-License-Identifier: GPL-2.0-only
/*
 * The name table: service types, their ranges, and who is bound to them.
 *
 * A table is a tree of services by type; a service has a tree of ranges and a
 * list of subscriptions; a range has the publications of exactly this range in
 * an array, those of this node first. So "the closest", "the next in turn" and
 * "all on this node" are all an index, or two. Remote publications are found
 * again by node, port and key, and of_node chains them by their node, so that
 * losing a node costs what that node had published.
 *
 * This file knows neither sockets nor links; it is built as an ordinary program
 * by tests/unit.
 *
 * Locking: who changes anything, and who dumps or subscribes, takes nt->lock,
 * for one publication at a time. Subscribers are told while it is held, so
 * events come in the order of the changes. Lookups take no lock: they hold the
 * RCU read lock and repeat what was disturbed, by nt->seq (the tree of
 * services) and service->seq (all of a service); lookups of many take the lock
 * when they were disturbed several times. What is taken out of the table is
 * freed after an RCU grace period.
 */
#include "name_table.h"

#define REMOTE_BITS	10
#define LOCKLESS_TRIES	3

/**
 * struct publ_vec - publications of a range that has had more than one
 * @max: for how many there is room
 * @rcu: readers see it for a while after it was replaced
 * @v: the publications, those of this node first
 */
struct publ_vec {
	u32			max;
	struct rcu_head		rcu;
	struct tipc_publ	*v[];
};

/**
 * struct tipc_service - a service type
 * @inode: in the tree of services; @lower and @upper are the type
 * @ranges: the ranges that somebody is bound to
 * @seq: odd while anything of @ranges or in them changes
 * @subs: subscriptions, the newest first
 * @npubl: publications
 * @nsub: subscriptions
 * @nexclusive: of the publications, those that allow no other
 * @stats: counters
 * @rcu: readers see it for a while after it was removed
 */
struct tipc_service {
	struct tipc_inode			inode;
	struct tipc_itree			ranges;
	seqcount_spinlock_t			seq;
	struct list_head			subs;
	u32					npubl;
	u32					nsub;
	u32					nexclusive;
	struct tipc_service_stats __percpu	*stats;
	struct rcu_head				rcu;
};

/**
 * struct tipc_range - a range that somebody is bound to
 * @inode: in the tree of ranges
 * @service: the service
 * @one: its publication, while @vec is NULL
 * @vec: its publications
 * @n: how many
 * @nlocal: how many of them are of this node
 * @turn: whose turn it is, among all
 * @local_turn: whose turn it is, among those of this node
 * @rcu: readers see it for a while after it was removed
 */
struct tipc_range {
	struct tipc_inode	inode;
	struct tipc_service	*service;
	struct tipc_publ	*one;
	struct publ_vec		*vec;
	u32			n;
	u32			nlocal;
	atomic_t		turn;
	atomic_t		local_turn;
	struct rcu_head		rcu;
};

#define inode_service(node)	container_of(node, struct tipc_service, inode)
#define inode_range(node)	container_of(node, struct tipc_range, inode)

/* ---- found numbers --------------------------------------------------------- */

/* Behind more than a few numbers stands a hash of them, twice as large. */
static u32 *dests_hash(const struct tipc_dests *d)
{
	return d->v + d->max;
}

/* The place of @value in the hash, or where it belongs. */
static u32 *dests_slot(const struct tipc_dests *d, u32 value)
{
	u32 mask = d->max * 2 - 1, i = value * 0x9e3779b1u;

	for (i ^= i >> 15;; i++) {
		u32 *slot = &dests_hash(d)[i & mask];

		if (!*slot || *slot == value)
			return slot;
	}
}

/* Room for @max numbers. */
static int dests_grow(struct tipc_dests *d, u32 max)
{
	struct tipc_dests old = *d;
	u32 i;

	if (max <= d->max)
		return 0;
	max = roundup_pow_of_two(max);
	d->v = kzalloc((size_t)max * 3 * sizeof(u32), GFP_ATOMIC | __GFP_NOWARN);
	if (!d->v) {
		*d = old;
		return -ENOMEM;
	}
	d->max = max;
	memcpy(d->v, old.v, d->n * sizeof(u32));
	for (i = 0; i < d->n; i++)
		*dests_slot(d, d->v[i]) = d->v[i];
	if (old.max > ARRAY_SIZE(old.few))
		kvfree(old.v);
	return 0;
}

static void dests_clear(struct tipc_dests *d)
{
	d->n = 0;
	if (d->v != d->few)
		memset(dests_hash(d), 0, d->max * 2 * sizeof(u32));
}

/**
 * tipc_dests_add() - add a number if it is not there
 * @d: the numbers
 * @value: not 0
 *
 * Context: Any.
 * Return: 0, or -ENOMEM.
 */
int tipc_dests_add(struct tipc_dests *d, u32 value)
{
	u32 *slot, i;

	if (d->v == d->few) {
		for (i = 0; i < d->n; i++)
			if (d->v[i] == value)
				return 0;
	}
	if (d->n == d->max && dests_grow(d, d->max * 2))
		return -ENOMEM;
	if (d->v != d->few) {
		slot = dests_slot(d, value);
		if (*slot)
			return 0;
		*slot = value;
	}
	d->v[d->n++] = value;
	return 0;
}

/* ---- services and ranges --------------------------------------------------- */

static struct tipc_service *service_of(struct tipc_nametbl *nt, u32 type)
{
	struct tipc_inode *node = tipc_itree_find(&nt->services, type, type);

	return node ? inode_service(node) : NULL;
}

/* Without the lock; for as long as the RCU read lock is held. */
static struct tipc_service *service_find(struct tipc_nametbl *nt, u32 type)
{
	struct tipc_service *service;
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&nt->seq);
		service = service_of(nt, type);
	} while (read_seqcount_retry(&nt->seq, seq));
	return service;
}

static struct tipc_service *service_get(struct tipc_nametbl *nt, u32 type)
{
	struct tipc_service *service = service_of(nt, type);

	if (service)
		return service;
	service = kzalloc(sizeof(*service), GFP_ATOMIC);
	if (!service)
		return NULL;
	service->stats = alloc_percpu_gfp(struct tipc_service_stats,
					  GFP_ATOMIC);
	if (!service->stats) {
		kfree(service);
		return NULL;
	}
	service->inode.lower = type;
	service->inode.upper = type;
	seqcount_spinlock_init(&service->seq, &nt->lock);
	INIT_LIST_HEAD(&service->subs);
	write_seqcount_begin(&nt->seq);
	tipc_itree_insert(&nt->services, &service->inode);
	write_seqcount_end(&nt->seq);
	return service;
}

static void service_free(struct rcu_head *head)
{
	struct tipc_service *service =
		container_of(head, struct tipc_service, rcu);

	free_percpu(service->stats);
	kfree(service);
}

/* A service goes when nobody is bound to it nor wants to know. */
static void service_put(struct tipc_nametbl *nt, struct tipc_service *service)
{
	if (service->npubl || service->nsub)
		return;
	write_seqcount_begin(&nt->seq);
	tipc_itree_remove(&nt->services, &service->inode);
	write_seqcount_end(&nt->seq);
	call_rcu(&service->rcu, service_free);
}

static struct tipc_range *range_find(struct tipc_service *service, u32 lower,
				     u32 upper)
{
	struct tipc_inode *node = tipc_itree_find(&service->ranges, lower,
						  upper);

	return node ? inode_range(node) : NULL;
}

static struct tipc_range *range_new(struct tipc_service *service, u32 lower,
				    u32 upper)
{
	struct tipc_range *range = kzalloc(sizeof(*range), GFP_ATOMIC);

	if (!range)
		return NULL;
	range->service = service;
	range->inode.lower = lower;
	range->inode.upper = upper;
	atomic_set(&range->turn, 0);
	atomic_set(&range->local_turn, 0);
	return range;
}

/* ---- the publications of a range ------------------------------------------- */

static struct tipc_publ **range_slot(struct tipc_range *range, u32 i)
{
	return range->vec ? &range->vec->v[i] : &range->one;
}

static void range_place(struct tipc_range *range, u32 i, struct tipc_publ *p)
{
	p->pos = i;
	smp_store_release(range_slot(range, i), p);
}

/* Room for one more than there are. */
static int range_grow(struct tipc_range *range)
{
	struct publ_vec *vec, *old = range->vec;
	u32 max = old ? old->max : 1;

	if (range->n < max)
		return 0;
	max = max(max * 2, 4u);
	vec = kzalloc(sizeof(*vec) + (size_t)max * sizeof(vec->v[0]),
		      GFP_ATOMIC | __GFP_NOWARN);
	if (!vec)
		return -ENOMEM;
	vec->max = max;
	if (range->n)
		memcpy(vec->v, old ? old->v : &range->one,
		       range->n * sizeof(vec->v[0]));
	smp_store_release(&range->vec, vec);
	if (old)
		kfree_rcu(old, rcu);
	return 0;
}

/* Those of this node stay in front. */
static void range_add(struct tipc_range *range, struct tipc_publ *p)
{
	u32 i = range->n;

	if (p->local && range->nlocal < range->n) {
		range_place(range, i, *range_slot(range, range->nlocal));
		i = range->nlocal;
	}
	range_place(range, i, p);
	p->range = range;
	if (p->local)
		WRITE_ONCE(range->nlocal, range->nlocal + 1);
	/* Who sees the number sees the publications. */
	smp_store_release(&range->n, range->n + 1);
}

static void range_del(struct tipc_range *range, struct tipc_publ *p)
{
	u32 hole = p->pos;

	if (p->local) {
		WRITE_ONCE(range->nlocal, range->nlocal - 1);
		if (hole != range->nlocal)
			range_place(range, hole,
				    *range_slot(range, range->nlocal));
		hole = range->nlocal;
	}
	if (hole != range->n - 1)
		range_place(range, hole, *range_slot(range, range->n - 1));
	WRITE_ONCE(range->n, range->n - 1);
}

/*
 * Publication @i of a range, for readers without the lock: NULL if the range
 * was changed meanwhile, which the sequence count tells, too.
 */
static struct tipc_publ *range_peek(const struct tipc_range *range, u32 i)
{
	struct publ_vec *vec = READ_ONCE(range->vec);

	if (!vec)
		return i ? NULL : READ_ONCE(range->one);
	return i < vec->max ? READ_ONCE(vec->v[i]) : NULL;
}

/* ---- events ---------------------------------------------------------------- */

/* @edge: the first publication of its range, or the last one that goes. */
static void sub_report(struct tipc_sub *sub, const struct tipc_publ *p,
		       u32 event, bool edge)
{
	if (p->upper < sub->lower || p->lower > sub->upper)
		return;
	if (!edge && !(sub->filter & TIPC_SUB_PORTS))
		return;
	if (sub->filter & TIPC_SUB_NODE_SCOPE && p->scope != TIPC_NODE_SCOPE)
		return;
	if (sub->filter & TIPC_SUB_CLUSTER_SCOPE &&
	    p->scope == TIPC_NODE_SCOPE)
		return;
	sub->report(sub, event, p);
}

static void service_report(struct tipc_service *service,
			   const struct tipc_publ *p, u32 event, bool edge)
{
	struct tipc_sub *sub, *next;

	list_for_each_entry_safe(sub, next, &service->subs, of_service)
		sub_report(sub, p, event, edge);
}

/* ---- publications ---------------------------------------------------------- */

static struct hlist_head *remote_bucket(struct tipc_nametbl *nt, u32 node,
					u32 port, u32 key)
{
	return &nt->remote[hash_32(node ^ port ^ key, REMOTE_BITS)];
}

static struct tipc_publ *remote_find(struct tipc_nametbl *nt,
				     const struct tipc_service_range *sr,
				     const struct tipc_socket_addr *from,
				     u32 key)
{
	struct tipc_publ *p;

	hlist_for_each_entry(p, remote_bucket(nt, from->node, from->ref, key),
			     hash) {
		if (p->key == key && p->port == from->ref &&
		    p->node == from->node && p->type == sr->type &&
		    p->lower == sr->lower && p->upper == sr->upper)
			return p;
	}
	return NULL;
}

/* Is this range, or part of it, somebody else's alone, or to be alone ours? */
static bool range_taken(struct tipc_service *service,
			const struct tipc_publ *p)
{
	struct tipc_inode *node;
	struct tipc_range *range;
	u32 i;

	if (!p->exclusive && !service->nexclusive)
		return false;
	for (node = tipc_itree_first(&service->ranges, p->lower, p->upper);
	     node; node = tipc_itree_next(node, p->lower, p->upper)) {
		range = inode_range(node);
		for (i = 0; i < range->n; i++) {
			struct tipc_publ *other = *range_slot(range, i);

			if (other->port == p->port && other->local)
				continue;
			if (p->exclusive || other->exclusive)
				return true;
		}
	}
	return false;
}

/* Puts a publication into its place, with all that is missing above it. */
static int publ_link(struct tipc_nametbl *nt, struct tipc_publ *p)
{
	struct tipc_service *service = service_get(nt, p->type);
	struct tipc_range *range, *fresh = NULL;
	int err = -ENOMEM;

	if (!service)
		return -ENOMEM;
	if (p->local && range_taken(service, p)) {
		err = -EADDRINUSE;
		goto err_service;
	}
	range = range_find(service, p->lower, p->upper);
	if (!range) {
		fresh = range_new(service, p->lower, p->upper);
		range = fresh;
	}
	if (!range)
		goto err_service;
	err = range_grow(range);
	if (err)
		goto err_service;
	write_seqcount_begin(&service->seq);
	range_add(range, p);
	if (fresh)
		tipc_itree_insert(&service->ranges, &fresh->inode);
	write_seqcount_end(&service->seq);
	service->npubl++;
	service->nexclusive += p->exclusive;
	nt->npubl++;
	nt->changes++;
	p->id = nt->next_id++;
	service_report(service, p, TIPC_PUBLISHED, range->n == 1);
	return 0;

err_service:
	kfree(fresh);
	service_put(nt, service);
	return err;
}

/* Takes a publication out, and frees it. */
static void publ_unlink(struct tipc_nametbl *nt, struct tipc_publ *p)
{
	struct tipc_range *range = p->range;
	struct tipc_service *service = range->service;

	write_seqcount_begin(&service->seq);
	range_del(range, p);
	if (!range->n)
		tipc_itree_remove(&service->ranges, &range->inode);
	write_seqcount_end(&service->seq);
	service->npubl--;
	service->nexclusive -= p->exclusive;
	nt->npubl--;
	nt->changes++;
	service_report(service, p, TIPC_WITHDRAWN, !range->n);
	if (!range->n) {
		if (range->vec)
			kfree_rcu(range->vec, rcu);
		kfree_rcu(range, rcu);
		service_put(nt, service);
	}
	list_del_init(&p->of_node);
	kfree_rcu(p, rcu);
}

static struct tipc_publ *publ_new(const struct tipc_service_range *sr,
				  u8 scope, u32 port, u32 key, gfp_t gfp)
{
	struct tipc_publ *p = kzalloc(sizeof(*p), gfp);

	if (!p)
		return NULL;
	p->type = sr->type;
	p->lower = sr->lower;
	p->upper = sr->upper;
	p->scope = scope;
	p->port = port;
	p->key = key;
	INIT_LIST_HEAD(&p->of_sock);
	INIT_LIST_HEAD(&p->of_node);
	return p;
}

static struct tipc_publ *publish(struct tipc_nametbl *nt,
				 const struct tipc_service_range *sr, u8 scope,
				 u32 port, u32 key, u32 flags, gfp_t gfp)
{
	struct tipc_publ *p;
	int err = -ENOSPC;

	if (sr->lower > sr->upper)
		return ERR_PTR(-EINVAL);
	p = publ_new(sr, scope, port, key, gfp);
	if (!p)
		return ERR_PTR(-ENOMEM);
	p->local = true;
	p->exclusive = flags & TIPC_PUBL_EXCLUSIVE;

	spin_lock_bh(&nt->lock);
	p->node = nt->own;
	if (nt->nlocal < TIPC_MAX_PUBL)
		err = publ_link(nt, p);
	if (!err) {
		nt->nlocal++;
		list_add_tail(&p->of_node, scope == TIPC_NODE_SCOPE ?
			      &nt->local_node : &nt->local_cluster);
		if (nt->ops && scope != TIPC_NODE_SCOPE)
			nt->ops->published(nt, p);
	}
	spin_unlock_bh(&nt->lock);
	if (!err)
		return p;
	kfree(p);
	return ERR_PTR(err);
}

/**
 * tipc_nametbl_publish() - bind a socket of this node
 * @nt: table
 * @sr: to which service range
 * @scope: TIPC_CLUSTER_SCOPE or TIPC_NODE_SCOPE
 * @port: the socket
 * @key: what tells this binding from others of the socket
 * @flags: TIPC_PUBL_*
 *
 * When it returns, lookups on this node find the socket, and subscribers have
 * been told.
 *
 * Context: Process context. Takes and releases nt->lock. May sleep.
 * Return: the publication, until tipc_nametbl_withdraw(); or an error pointer.
 *
 * * -EINVAL - the range ends before it begins
 * * -ENOSPC - this node has TIPC_MAX_PUBL publications
 * * -EADDRINUSE - part of the range is bound exclusively by another socket, or
 *   bound by another although this one wants it exclusively
 * * -ENOMEM - no memory
 */
struct tipc_publ *tipc_nametbl_publish(struct tipc_nametbl *nt,
				       const struct tipc_service_range *sr,
				       u8 scope, u32 port, u32 key, u32 flags)
{
	return publish(nt, sr, scope, port, key, flags, GFP_KERNEL_ACCOUNT);
}

/**
 * tipc_nametbl_publish_atomic() - publish where nobody may sleep
 * @nt: table
 * @sr: the service range
 * @scope: TIPC_CLUSTER_SCOPE or TIPC_NODE_SCOPE
 * @port: the socket, or 0
 * @key: what tells this binding from others of the socket
 *
 * Context: Any but hard interrupts. Takes and releases nt->lock.
 * Return: as tipc_nametbl_publish().
 */
struct tipc_publ *
tipc_nametbl_publish_atomic(struct tipc_nametbl *nt,
			    const struct tipc_service_range *sr, u8 scope,
			    u32 port, u32 key)
{
	return publish(nt, sr, scope, port, key, 0, GFP_ATOMIC);
}

/**
 * tipc_nametbl_withdraw() - end a binding of a socket of this node
 * @nt: table
 * @publ: what tipc_nametbl_publish() returned; freed
 *
 * Context: Any but hard interrupts. Takes and releases nt->lock.
 */
void tipc_nametbl_withdraw(struct tipc_nametbl *nt, struct tipc_publ *publ)
{
	spin_lock_bh(&nt->lock);
	nt->nlocal--;
	if (nt->ops && publ->scope != TIPC_NODE_SCOPE)
		nt->ops->withdrawn(nt, publ);
	publ_unlink(nt, publ);
	spin_unlock_bh(&nt->lock);
}

/**
 * tipc_nametbl_insert() - learn of a binding on another node
 * @nt: table
 * @sr: the service range
 * @scope: its scope
 * @from: the socket and its node
 * @key: what tells the bindings of this socket apart
 * @of_node: the list of the node's publications
 *
 * Context: Any but hard interrupts. Takes and releases nt->lock.
 * Return: 0, or a negative error.
 *
 * * -EINVAL - the range ends before it begins, or the node is this one
 * * -EEXIST - it is known already
 * * -ENOSPC - the table holds as many remote publications as it may
 * * -ENOMEM - no memory
 */
int tipc_nametbl_insert(struct tipc_nametbl *nt,
			const struct tipc_service_range *sr, u8 scope,
			const struct tipc_socket_addr *from, u32 key,
			struct list_head *of_node)
{
	struct tipc_publ *p;
	int err = 0;

	if (sr->lower > sr->upper)
		return -EINVAL;
	p = publ_new(sr, scope, from->ref, key, GFP_ATOMIC);
	if (!p)
		return -ENOMEM;
	p->node = from->node;

	spin_lock_bh(&nt->lock);
	if (from->node == nt->own || !from->node)
		err = -EINVAL;
	else if (nt->npubl - nt->nlocal >= TIPC_MAX_REMOTE_PUBL)
		err = -ENOSPC;
	else if (remote_find(nt, sr, from, key))
		err = -EEXIST;
	if (!err)
		err = publ_link(nt, p);
	if (!err) {
		hlist_add_head(&p->hash, remote_bucket(nt, p->node, p->port,
						       key));
		list_add_tail(&p->of_node, of_node);
	}
	spin_unlock_bh(&nt->lock);
	if (err)
		kfree(p);
	return err;
}

static void remote_unlink(struct tipc_nametbl *nt, struct tipc_publ *p)
{
	hlist_del_init(&p->hash);
	publ_unlink(nt, p);
}

/**
 * tipc_nametbl_remove() - a binding on another node is gone
 * @nt: table
 * @sr: the service range
 * @from: the socket and its node
 * @key: what tells the bindings of this socket apart
 *
 * Context: Any but hard interrupts. Takes and releases nt->lock.
 * Return: whether it was known.
 */
bool tipc_nametbl_remove(struct tipc_nametbl *nt,
			 const struct tipc_service_range *sr,
			 const struct tipc_socket_addr *from, u32 key)
{
	struct tipc_publ *p;

	spin_lock_bh(&nt->lock);
	p = remote_find(nt, sr, from, key);
	if (p)
		remote_unlink(nt, p);
	spin_unlock_bh(&nt->lock);
	return p;
}

/**
 * tipc_nametbl_purge() - a node is gone with all that was bound there
 * @nt: table
 * @of_node: the list of the node's publications; empty afterwards
 *
 * The lock is released between publications. Nobody adds to the list meanwhile.
 *
 * Context: Any but hard interrupts. Takes and releases nt->lock.
 * Return: how many there were.
 */
u32 tipc_nametbl_purge(struct tipc_nametbl *nt, struct list_head *of_node)
{
	bool more;
	u32 n = 0;

	do {
		spin_lock_bh(&nt->lock);
		more = !list_empty(of_node);
		if (more)
			remote_unlink(nt, list_first_entry(of_node,
							   struct tipc_publ,
							   of_node));
		spin_unlock_bh(&nt->lock);
		n += more;
	} while (more);
	return n;
}

/* ---- lookups --------------------------------------------------------------- */

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
	return range_peek(range, take_turn(local ? &range->local_turn :
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
		err = dests_grow(m->out, m->out->n + n);
		if (err)
			return err;
	}
	for (; i < n; i++) {
		p = range_peek(range, i);
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

	dests_clear(m->out);
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
	dests_clear(m->out);
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
	service = service_of(nt, sr->type);
	if (service)
		node = tipc_itree_first(&service->ranges, sr->lower, sr->upper);
	for (; node; node = tipc_itree_next(node, sr->lower, sr->upper))
		for (i = 0; i < inode_range(node)->n; i++)
			fn(*range_slot(inode_range(node), i), arg);
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

/* ---- subscriptions --------------------------------------------------------- */

/* Two lists in the order of publication become one. */
static struct tipc_publ *merge(struct tipc_publ *a, struct tipc_publ *b)
{
	struct tipc_publ *first = NULL, **end = &first;

	while (a && b) {
		struct tipc_publ **less = a->id < b->id ? &a : &b;

		*end = *less;
		end = &(*less)->sorted;
		*less = *end;
	}
	*end = a ? a : b;
	return first;
}

/* Sorted lists of 1, 2, 4 ... publications, as a binary number is counted up. */
struct pile {
	struct tipc_publ *list[32];
};

static void pile_add(struct pile *pile, struct tipc_publ *p)
{
	unsigned int i;

	p->sorted = NULL;
	for (i = 0; i < ARRAY_SIZE(pile->list) - 1 && pile->list[i]; i++) {
		p = merge(pile->list[i], p);
		pile->list[i] = NULL;
	}
	pile->list[i] = merge(pile->list[i], p);
}

static struct tipc_publ *pile_sorted(struct pile *pile)
{
	struct tipc_publ *all = NULL;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pile->list); i++)
		all = merge(all, pile->list[i]);
	return all;
}

/* All of a range, or the oldest. */
static void range_pile(struct tipc_range *range, bool all, struct pile *pile)
{
	struct tipc_publ *p, *oldest = NULL;
	u32 i;

	for (i = 0; i < range->n; i++) {
		p = *range_slot(range, i);
		if (all)
			pile_add(pile, p);
		else if (!oldest || p->id < oldest->id)
			oldest = p;
	}
	if (oldest)
		pile_add(pile, oldest);
}

/* Tells a new subscription what there is, in the order in which it came. */
static void report_existing(struct tipc_service *service, struct tipc_sub *sub)
{
	struct pile pile = { };
	struct tipc_inode *node;
	struct tipc_publ *p;

	for (node = tipc_itree_first(&service->ranges, sub->lower, sub->upper);
	     node; node = tipc_itree_next(node, sub->lower, sub->upper))
		range_pile(inode_range(node), sub->filter & TIPC_SUB_PORTS,
			   &pile);
	for (p = pile_sorted(&pile); p; p = p->sorted)
		sub_report(sub, p, TIPC_PUBLISHED, true);
}

/**
 * tipc_nametbl_subscribe() - tell somebody of changes in a range
 * @nt: table
 * @sub: who, and of what; not copied
 *
 * Unless the filter says otherwise, @sub is told at once of what there is.
 *
 * Context: Any but hard interrupts. Takes and releases nt->lock.
 * Return: 0, or -ENOMEM.
 */
int tipc_nametbl_subscribe(struct tipc_nametbl *nt, struct tipc_sub *sub)
{
	struct tipc_service *service;
	int err = -ENOMEM;

	spin_lock_bh(&nt->lock);
	service = service_get(nt, sub->type);
	if (service) {
		list_add(&sub->of_service, &service->subs);
		service->nsub++;
		nt->nsub++;
		if (!(sub->filter & TIPC_SUB_NO_STATUS))
			report_existing(service, sub);
		err = 0;
	}
	spin_unlock_bh(&nt->lock);
	return err;
}

/**
 * tipc_nametbl_unsubscribe() - do not tell any more
 * @nt: table
 * @sub: what tipc_nametbl_subscribe() was given; the caller's again
 *
 * Context: Any but hard interrupts. Takes and releases nt->lock.
 */
void tipc_nametbl_unsubscribe(struct tipc_nametbl *nt, struct tipc_sub *sub)
{
	struct tipc_service *service;

	spin_lock_bh(&nt->lock);
	service = service_of(nt, sub->type);
	list_del_init(&sub->of_service);
	service->nsub--;
	nt->nsub--;
	service_put(nt, service);
	spin_unlock_bh(&nt->lock);
}

/* ---- lists ----------------------------------------------------------------- */

/* From @at on; false when @fn wants no more. */
static bool range_dump(struct tipc_range *range,
		       struct tipc_nametbl_cursor *at,
		       int (*fn)(const struct tipc_publ *publ, void *arg),
		       void *arg)
{
	if (range->inode.lower != at->lower || range->inode.upper != at->upper)
		at->pos = 0;
	at->lower = range->inode.lower;
	at->upper = range->inode.upper;
	for (; at->pos < range->n; at->pos++)
		if (fn(*range_slot(range, at->pos), arg))
			return false;
	return true;
}

static bool service_dump(struct tipc_service *service,
			 struct tipc_nametbl_cursor *at,
			 int (*fn)(const struct tipc_publ *publ, void *arg),
			 void *arg)
{
	struct tipc_inode *node;

	if (service->inode.lower != at->type) {
		at->type = service->inode.lower;
		at->lower = 0;
		at->upper = 0;
		at->pos = 0;
	}
	for (node = tipc_itree_from(&service->ranges, at->lower, at->upper);
	     node; node = tipc_itree_next(node, 0, ~0u))
		if (!range_dump(inode_range(node), at, fn, arg))
			return false;
	return true;
}

/**
 * tipc_nametbl_dump() - show the table, in pieces
 * @nt: table
 * @at: where to begin, and on return where to go on; all 0 at first
 * @fn: called for each publication, with the lock held. Not 0 means: no more
 *	for now, and not yet this one
 * @arg: for @fn
 *
 * Services are sorted by type, ranges by their lower, then their upper end.
 * nt->changes tells whether the table changed between two pieces.
 *
 * Context: Any but hard interrupts. Takes and releases nt->lock.
 */
void tipc_nametbl_dump(struct tipc_nametbl *nt,
		       struct tipc_nametbl_cursor *at,
		       int (*fn)(const struct tipc_publ *publ, void *arg),
		       void *arg)
{
	struct tipc_inode *node;

	spin_lock_bh(&nt->lock);
	node = tipc_itree_from(&nt->services, at->type, at->type);
	while (node && service_dump(inode_service(node), at, fn, arg))
		node = tipc_itree_next(node, 0, ~0u);
	at->done = !node;
	spin_unlock_bh(&nt->lock);
}

/**
 * tipc_nametbl_service_from() - the first service from a type on
 * @nt: table
 * @type: the type; on return that of the service
 * @npubl: its publications
 * @nsub: its subscriptions
 * @stats: its counters
 *
 * Context: Any but hard interrupts. Takes and releases nt->lock.
 * Return: whether there is one.
 */
bool tipc_nametbl_service_from(struct tipc_nametbl *nt, u32 *type, u32 *npubl,
			       u32 *nsub, struct tipc_service_stats *stats)
{
	const struct tipc_service_stats *part;
	struct tipc_service *service;
	struct tipc_inode *node;
	int cpu;

	spin_lock_bh(&nt->lock);
	node = tipc_itree_from(&nt->services, *type, *type);
	if (node) {
		service = inode_service(node);
		*type = node->lower;
		*npubl = service->npubl;
		*nsub = service->nsub;
		memset(stats, 0, sizeof(*stats));
		for_each_possible_cpu(cpu) {
			part = per_cpu_ptr(service->stats, cpu);
			stats->msgs += READ_ONCE(part->msgs);
			stats->mcasts += READ_ONCE(part->mcasts);
			stats->misses += READ_ONCE(part->misses);
		}
	}
	spin_unlock_bh(&nt->lock);
	return node;
}

/* ---- the table ------------------------------------------------------------- */

/**
 * tipc_nametbl_set_own() - this node has got its address
 * @nt: table
 * @addr: the address; also of what is published already
 *
 * Context: Any but hard interrupts. Takes and releases nt->lock.
 */
void tipc_nametbl_set_own(struct tipc_nametbl *nt, u32 addr)
{
	struct tipc_publ *p;

	spin_lock_bh(&nt->lock);
	WRITE_ONCE(nt->own, addr);
	list_for_each_entry(p, &nt->local_cluster, of_node)
		WRITE_ONCE(p->node, addr);
	list_for_each_entry(p, &nt->local_node, of_node)
		WRITE_ONCE(p->node, addr);
	nt->changes++;
	spin_unlock_bh(&nt->lock);
}

/**
 * tipc_nametbl_init() - make an empty table
 * @nt: where
 *
 * Context: Process context. May sleep.
 * Return: 0, or -ENOMEM.
 */
int tipc_nametbl_init(struct tipc_nametbl *nt)
{
	memset(nt, 0, sizeof(*nt));
	nt->remote = kcalloc(1 << REMOTE_BITS, sizeof(*nt->remote), GFP_KERNEL);
	if (!nt->remote)
		return -ENOMEM;
	spin_lock_init(&nt->lock);
	seqcount_spinlock_init(&nt->seq, &nt->lock);
	INIT_LIST_HEAD(&nt->local_cluster);
	INIT_LIST_HEAD(&nt->local_node);
	return 0;
}

/**
 * tipc_nametbl_exit() - end a table
 * @nt: it is empty: sockets are closed, nodes purged, subscriptions ended
 *
 * Context: Process context.
 */
void tipc_nametbl_exit(struct tipc_nametbl *nt)
{
	WARN_ON_ONCE(nt->npubl || nt->nsub || nt->services.root);
	kfree(nt->remote);
}
