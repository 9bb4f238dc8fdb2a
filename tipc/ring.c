// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring: who looks after whom among the nodes on a bearer.
 *
 * If each of n nodes looks after each other, there are n * (n - 1) of them that
 * ask all the time. So, if there are many, a node looks after those alone that
 * follow it in the ring of all addresses, its members, about the root of n; what
 * it sees of them it tells everybody, in a record. It need not look after whom
 * others tell it of: going round, the first node behind its own members becomes
 * a head, which is looked after, and whose members are not; the node behind
 * those is the next head; and so on. Each node chooses so for itself, from its
 * own place on, so heads die without anybody having to agree on others.
 *
 * Of the members in a record those count that follow its sender in our ring, up
 * to the first that does not: nobody can speak for nodes that are elsewhere. And
 * a member counts as looked after only while its head has a link to it.
 *
 * If a record, or the loss of its sender, says that a node may have gone, that node
 * is suspect: it is asked at once, and given up if it does not answer, so no
 * record can end a link. Who has not acknowledged our record is asked, too: a
 * node that takes no part is looked after by everybody.
 *
 * The order of the ring, the size of a domain and the records are those of the
 * kernel's own module; what is made of them here may be another thing.
 *
 * Pure: see pkt.h. Locking: a ring has a lock, which may be taken under the
 * owner's of a peer.
 */
#include "ring.h"

/* If so many say that a node has gone, less patience is needed. */
#define HASTE_REPORTS	4

static struct tipc_ring_peer *entry(struct list_head *at)
{
	return list_entry(at, struct tipc_ring_peer, of_ring);
}

/* The head of the list is this node's place. */
static u32 addr_at(const struct tipc_ring *r, struct list_head *at)
{
	return at == &r->peers ? r->own : entry(at)->addr;
}

static bool member_up(const struct tipc_domain *d, unsigned int i)
{
	return d->up >> i & 1;
}

/* ---- records --------------------------------------------------------------- */

/* The least number whose square is @n or more, as far as a domain can be. */
static unsigned int root(unsigned int n)
{
	unsigned int i = 0;

	while (i < TIPC_DOMAIN_MAX && i * i < n)
		i++;
	return i;
}

/* Those who follow this node, and whether they are there. Is it another? */
static bool make_domain(struct tipc_ring *r)
{
	unsigned int i, n = root(r->n + 1) - 1;
	struct tipc_domain *d = &r->domain;
	struct list_head *at = r->peers.next;
	bool other = d->n != n;
	u64 up = 0;

	for (i = 0; i < n; i++, at = at->next) {
		other |= d->members[i] != entry(at)->addr;
		d->members[i] = entry(at)->addr;
		up |= (u64)entry(at)->up << i;
	}
	other |= d->up != up;
	d->n = n;
	d->up = up;
	d->gen += other;
	return other;
}

/* How many members of its record follow it here, too? */
static void match(struct tipc_ring *r, struct tipc_ring_peer *p)
{
	struct list_head *at = p->of_ring.next;
	unsigned int i;

	for (i = 0; p->known && i < p->domain.n; i++, at = at->next)
		if (p->domain.members[i] != addr_at(r, at))
			break;
	p->applied = i;
}

/* Those before a place where the ring has changed. */
static void match_before(struct tipc_ring *r, struct list_head *at)
{
	unsigned int i;

	for (i = 0; i <= TIPC_DOMAIN_MAX && i <= r->n; i++, at = at->prev)
		if (at != &r->peers)
			match(r, entry(at));
}

/* ---- roles ----------------------------------------------------------------- */

static void assign_roles(struct tipc_ring *r)
{
	struct tipc_ring_peer *p, *head = NULL;
	unsigned int i = 0;
	bool covered;

	list_for_each_entry(p, &r->peers, of_ring) {
		if (!head)
			covered = i < r->domain.n;
		else
			covered = i < head->applied &&
				  member_up(&head->domain, i);
		p->local = covered && !head;
		p->head = !covered && p->up;
		i++;
		if (p->head) {
			head = p;
			i = 0;
		}
	}
	r->changes++;
}

/* To all that listen. */
static bool tell_all(struct tipc_ring *r)
{
	struct tipc_ring_peer *p;
	bool any = false;

	list_for_each_entry(p, &r->peers, of_ring)
		if (p->up && (r->active || p->synced)) {
			WRITE_ONCE(p->due, true);
			any = true;
		}
	return any;
}

/* After the ring has changed, or who is up. Is there something to tell? */
static bool update(struct tipc_ring *r)
{
	bool active = r->n + 1 > r->threshold, begins = active && !r->active;
	bool other = make_domain(r);

	WRITE_ONCE(r->active, active);
	assign_roles(r);
	return (other || begins) && tell_all(r);
}

static void report(struct tipc_ring *r, bool news)
{
	if (news && r->news)
		r->news(r);
}

/*
 * Whom @before, of which @applied members counted, said to be up, and who is no
 * longer said to be: they may have gone. Are there any?
 */
static bool suspect_lost(struct tipc_ring *r, struct tipc_ring_peer *p,
			 const struct tipc_domain *before, unsigned int applied)
{
	struct list_head *at = &p->of_ring;
	struct tipc_ring_peer *m;
	bool any = false;
	unsigned int i;

	for (i = 0; i < applied; i++) {
		at = at->next;
		if (at == &r->peers)
			continue;
		m = entry(at);
		/* Members of our own are asked all the time. */
		if (!m->up || m->local || !member_up(before, i) ||
		    (i < p->applied && member_up(&p->domain, i)))
			continue;
		WRITE_ONCE(m->suspect, true);
		WRITE_ONCE(m->due, true);
		any = true;
	}
	return any;
}

/* How many nodes that look after it say that it is not there? */
static unsigned int reports(struct tipc_ring *r, struct tipc_ring_peer *m)
{
	struct list_head *at = &m->of_ring;
	unsigned int i, n = 0;

	for (i = 0; i < TIPC_DOMAIN_MAX && i < r->n; i++) {
		at = at->prev;
		if (at != &r->peers && i < entry(at)->applied &&
		    !member_up(&entry(at)->domain, i))
			n++;
	}
	return n;
}

/* ---- nodes that come and go ------------------------------------------------ */

/**
 * tipc_ring_init() - make a ring without other nodes
 * @r: where
 * @threshold: with more than so many nodes it is used
 * @news: see struct tipc_ring
 *
 * Context: Any.
 */
void tipc_ring_init(struct tipc_ring *r, u32 threshold,
		    void (*news)(struct tipc_ring *r))
{
	memset(r, 0, sizeof(*r));
	spin_lock_init(&r->lock);
	INIT_LIST_HEAD(&r->peers);
	r->threshold = threshold;
	r->active = !threshold;
	r->news = news;
}

/**
 * tipc_ring_set_threshold() - change from how many nodes on the ring is used
 * @r: the ring
 * @threshold: with more than so many
 *
 * Context: Any but hard interrupts.
 */
void tipc_ring_set_threshold(struct tipc_ring *r, u32 threshold)
{
	spin_lock_bh(&r->lock);
	r->threshold = threshold;
	report(r, update(r));
	spin_unlock_bh(&r->lock);
}

static void insert(struct tipc_ring *r, struct tipc_ring_peer *p)
{
	struct tipc_ring_peer *other;
	struct list_head *before = &r->peers;

	list_for_each_entry(other, &r->peers, of_ring)
		if (other->addr - r->own > p->addr - r->own) {
			before = &other->of_ring;
			break;
		}
	list_add_tail(&p->of_ring, before);
	p->in = true;
	r->n++;
	match_before(r, &p->of_ring);
}

static void take_out(struct tipc_ring *r, struct tipc_ring_peer *p)
{
	struct list_head *prev = p->of_ring.prev;

	list_del_init(&p->of_ring);
	p->in = false;
	r->n--;
	match_before(r, prev);
}

/* What it said is worth nothing any more. Who has to be asked because of it? */
static bool forget_record(struct tipc_ring *r, struct tipc_ring_peer *p)
{
	unsigned int applied = p->applied;
	bool any;

	p->known = false;
	p->synced = false;
	p->applied = 0;
	p->acked = r->domain.gen - 1;
	any = suspect_lost(r, p, &p->domain, applied);
	memset(&p->domain, 0, sizeof(p->domain));
	return any;
}

static bool goes_down(struct tipc_ring *r, struct tipc_ring_peer *p)
{
	bool any = forget_record(r, p);

	p->up = false;
	p->suspect = false;
	WRITE_ONCE(p->due, false);
	p->age = 0;
	return any;
}

/**
 * tipc_ring_detach() - a node leaves its ring
 * @p: the node; in a ring or not
 *
 * Context: Any but hard interrupts, with the lock of the owner of @p.
 */
void tipc_ring_detach(struct tipc_ring_peer *p)
{
	struct tipc_ring *r = p->ring;
	bool news;

	if (!r)
		return;
	spin_lock_bh(&r->lock);
	if (p->in) {
		news = p->up && goes_down(r, p);
		take_out(r, p);
		report(r, update(r) || news);
	}
	spin_unlock_bh(&r->lock);
	p->ring = NULL;
}

/**
 * tipc_ring_attach() - a node may become part of a ring
 * @r: the ring
 * @own: address of this node
 * @p: the node; in no ring, or in this one, where it stays as it is
 * @addr: its address
 *
 * Context: Any but hard interrupts, with the lock of the owner of @p.
 */
void tipc_ring_attach(struct tipc_ring *r, u32 own, struct tipc_ring_peer *p,
		      u32 addr)
{
	if (p->ring == r)
		return;
	tipc_ring_detach(p);
	memset(p, 0, sizeof(*p));
	INIT_LIST_HEAD(&p->of_ring);
	p->addr = addr;
	p->ring = r;
	spin_lock_bh(&r->lock);
	/* A node has its address before it has peers, and for life. */
	r->own = own;
	spin_unlock_bh(&r->lock);
}

/**
 * tipc_ring_up() - a link to a node comes up
 * @p: the node, or NULL
 *
 * Context: Any but hard interrupts, with the lock of the owner of @p.
 */
void tipc_ring_up(struct tipc_ring_peer *p)
{
	struct tipc_ring *r = p ? p->ring : NULL;

	if (!r)
		return;
	spin_lock_bh(&r->lock);
	if (!p->in)
		insert(r, p);
	p->up = true;
	p->acked = r->domain.gen - 1;
	report(r, update(r));
	spin_unlock_bh(&r->lock);
}

/**
 * tipc_ring_down() - a link to a node is down
 * @p: the node, or NULL; nothing happens if it is down
 *
 * It keeps its place until tipc_ring_age() or tipc_ring_detach() takes it out.
 *
 * Context: Any but hard interrupts, with the lock of the owner of @p.
 */
void tipc_ring_down(struct tipc_ring_peer *p)
{
	struct tipc_ring *r = p ? p->ring : NULL;

	if (!r || !p->up)
		return;
	spin_lock_bh(&r->lock);
	goes_down(r, p);
	update(r);
	report(r, true);
	spin_unlock_bh(&r->lock);
}

/**
 * tipc_ring_age() - some time has passed
 * @r: the ring
 * @turns: nodes that were down as often as this leave the ring; 0 to only look
 *
 * Context: Any but hard interrupts.
 * Return: whether there are nodes that are down.
 */
bool tipc_ring_age(struct tipc_ring *r, unsigned int turns)
{
	struct tipc_ring_peer *p, *next;
	bool down = false, gone = false;

	spin_lock_bh(&r->lock);
	list_for_each_entry_safe(p, next, &r->peers, of_ring) {
		if (p->up)
			continue;
		if (!turns || ++p->age < turns) {
			down = true;
			continue;
		}
		take_out(r, p);
		gone = true;
	}
	if (gone)
		report(r, update(r));
	spin_unlock_bh(&r->lock);
	return down;
}

/* ---- told and heard -------------------------------------------------------- */

/**
 * tipc_ring_tell() - the record that a STATE message to a node contains
 * @p: the node, or NULL
 * @to: where to write it, room for TIPC_DOMAIN_SIZE(TIPC_DOMAIN_MAX)
 *
 * Context: Any but hard interrupts, with the lock of the owner of @p.
 * Return: bytes of it; 0 if there is none.
 */
unsigned int tipc_ring_tell(struct tipc_ring_peer *p, u8 *to)
{
	struct tipc_domain *d;
	struct tipc_ring *r;
	unsigned int len;

	if (!tipc_ring_speaks(p))
		return 0;
	r = p->ring;
	d = &r->domain;
	spin_lock_bh(&r->lock);
	WRITE_ONCE(p->due, false);
	d->ack = p->domain.gen;
	len = tipc_domain_write(d, p->acked == d->gen ? 0 : d->n, to);
	spin_unlock_bh(&r->lock);
	return len;
}

/* A record that is not older than the last. Is there somebody to ask? */
static bool take_record(struct tipc_ring *r, struct tipc_ring_peer *p,
			const struct tipc_domain *d)
{
	struct tipc_domain before = p->domain;
	unsigned int applied = p->applied;
	bool any;

	p->domain = *d;
	p->known = true;
	match(r, p);
	any = suspect_lost(r, p, &before, applied);
	/* Nobody is covered by who is no head. */
	if (p->head)
		assign_roles(r);
	return any;
}

static bool record_heard(struct tipc_ring *r, struct tipc_ring_peer *p,
			 const struct tipc_domain *d)
{
	s16 newer = d->gen - p->domain.gen;

	if (d->ack == r->domain.gen)
		p->acked = d->ack;
	if (!p->synced)
		newer = 1;
	p->synced = true;
	r->stale += newer < 0;
	return newer > 0 && take_record(r, p, d);
}

/**
 * tipc_ring_hear() - a STATE message came from a node
 * @p: the node, or NULL
 * @data: the record that it contains
 * @len: bytes of it, 0 if there is none
 *
 * Context: Any but hard interrupts, with the lock of the owner of @p.
 * Return: whether it was understood.
 */
bool tipc_ring_hear(struct tipc_ring_peer *p, const u8 *data, unsigned int len)
{
	struct tipc_ring *r = p ? p->ring : NULL;
	struct tipc_domain d;
	bool good = true;

	/* The usual case: no ring. */
	if (!r || (!len && !p->synced && !READ_ONCE(p->suspect)))
		return true;
	if (len)
		good = !tipc_domain_read(&d, p->addr, data, len);
	spin_lock_bh(&r->lock);
	if (!p->up)
		goto out;
	/* Whatever it says: it is there. */
	WRITE_ONCE(p->suspect, false);
	if (!good) {
		r->refused++;
	} else if (len) {
		report(r, record_heard(r, p, &d));
	} else if (p->synced) {
		/* It takes part no more. */
		report(r, forget_record(r, p));
		assign_roles(r);
	}
out:
	spin_unlock_bh(&r->lock);
	return good;
}

/**
 * tipc_ring_duty() - what has to be done about a node that is up
 * @p: the node, or NULL
 *
 * Context: Any but hard interrupts, with the lock of the owner of @p.
 * Return: TIPC_RING_* bits; 0 if others will say that it has gone.
 */
unsigned int tipc_ring_duty(struct tipc_ring_peer *p)
{
	unsigned int duty = 0;
	struct tipc_ring *r;

	if (!p || !p->ring || !READ_ONCE(p->ring->active))
		return TIPC_RING_WATCH;
	r = p->ring;
	spin_lock_bh(&r->lock);
	if (p->head || p->local)
		duty |= TIPC_RING_WATCH;
	if (p->suspect || p->acked != r->domain.gen)
		duty |= TIPC_RING_ASK;
	if (p->suspect && reports(r, p) >= HASTE_REPORTS)
		duty |= TIPC_RING_HASTE;
	spin_unlock_bh(&r->lock);
	return duty;
}
