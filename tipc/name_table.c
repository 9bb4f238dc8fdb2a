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
 * Changes are here; lookups are in name_lookup.c, subscriptions in name_sub.c,
 * lists in name_dump.c. None of them knows sockets or links; they are built as
 * an ordinary program by tests/unit.
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
#include "service.h"

#define REMOTE_BITS	10

/* ---- services and ranges --------------------------------------------------- */

/**
 * tipc_service_get() - a service type, made if there is none
 * @nt: table
 * @type: the type
 *
 * Context: Any. nt->lock is held.
 * Return: the service, or NULL: there is no memory.
 */
struct tipc_service *tipc_service_get(struct tipc_nametbl *nt, u32 type)
{
	struct tipc_service *service = tipc_service_of(nt, type);

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

/**
 * tipc_service_put() - a service goes when nobody needs it
 * @nt: table
 * @service: the service; it stays while somebody is bound to it or subscribes
 *
 * Context: Any. nt->lock is held.
 */
void tipc_service_put(struct tipc_nametbl *nt, struct tipc_service *service)
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

static void range_place(struct tipc_range *range, u32 i, struct tipc_publ *p)
{
	p->pos = i;
	/* Who finds it finds what it says. */
	smp_store_release(tipc_range_slot(range, i), p);
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
	/* Who sees the array sees what is in it. */
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
		range_place(range, i, *tipc_range_slot(range, range->nlocal));
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
				    *tipc_range_slot(range, range->nlocal));
		hole = range->nlocal;
	}
	if (hole != range->n - 1)
		range_place(range, hole, *tipc_range_slot(range, range->n - 1));
	WRITE_ONCE(range->n, range->n - 1);
}

/* ---- events ---------------------------------------------------------------- */

static void service_report(struct tipc_service *service,
			   const struct tipc_publ *p, u32 event, bool edge)
{
	struct tipc_sub *sub, *next;

	list_for_each_entry_safe(sub, next, &service->subs, of_service)
		tipc_sub_report(sub, p, event, edge);
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
			struct tipc_publ *other = *tipc_range_slot(range, i);

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
	struct tipc_service *service = tipc_service_get(nt, p->type);
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
	tipc_service_put(nt, service);
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
		tipc_service_put(nt, service);
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
