/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring: who looks after whom among the nodes on a bearer. See ring.c; what
 * the module does with it is in monitor.c.
 */
#ifndef _TIPC_RING_H
#define _TIPC_RING_H

#include "domain.h"
#include "locks.h"

/* What has to be done about a peer, as bits; 0 if others look after it. */
#define TIPC_RING_WATCH		0x1	/* it is ours to look after */
#define TIPC_RING_ASK		0x2	/* it owes an answer */
#define TIPC_RING_HASTE		0x4	/* and many say that it has gone */

/**
 * struct tipc_ring - the nodes on a bearer, in the order of their addresses
 * @lock: guards all of it and of its peers, but for what is said there
 * @own: address of this node
 * @peers: the others, in the order of the ring, from this node on
 * @n: how many others
 * @threshold: with more than so many nodes the ring is used
 * @active: it is; also read without the lock
 * @changes: how often anything changed in who looks after whom
 * @domain: the record of this node
 * @refused: records that make no sense
 * @stale: records of generations that were over
 * @news: called with the lock when peers are to be told or asked something,
 *	tipc_ring_due(), or are down; may be NULL
 */
struct tipc_ring {
	spinlock_t		lock;
	u32			own;
	struct list_head	peers;
	u32			n;
	u32			threshold;
	bool			active;
	u32			changes;
	struct tipc_domain	domain;
	u32			refused;
	u32			stale;
	void (*news)(struct tipc_ring *r);
};

/**
 * struct tipc_ring_peer - another node
 * @ring: which it may be in, NULL if none; under the lock of the owner
 * @of_ring: in its peers
 * @addr: its address
 * @in: it is in the ring: it was up once
 * @up: there is a link to it
 * @head: it is watched, and tells of its members
 * @local: it is a member of this node
 * @suspect: somebody who looked after it no longer says that it is there
 * @due: it is to be told or asked something; also read without the lock
 * @age: for how many turns of tipc_ring_age() it has been down
 * @known: @domain is what it has sent
 * @synced: it sends records; also read under the lock of the owner alone
 * @applied: how many members of @domain are those that follow it here
 * @acked: the generation of our record that it has
 * @domain: its last record
 */
struct tipc_ring_peer {
	struct tipc_ring	*ring;
	struct list_head	of_ring;
	u32			addr;
	bool			in;
	bool			up;
	bool			head;
	bool			local;
	bool			suspect;
	bool			due;
	u8			age;
	bool			known;
	bool			synced;
	u8			applied;
	u16			acked;
	struct tipc_domain	domain;
};

/**
 * tipc_ring_speaks() - are records sent to a peer?
 * @p: the peer, or NULL
 *
 * Whoever sends us records relies on ours, however few nodes we know.
 *
 * Context: Any, with the lock of the owner.
 * Return: whether they are.
 */
static inline bool tipc_ring_speaks(const struct tipc_ring_peer *p)
{
	return p && p->ring && (READ_ONCE(p->ring->active) || p->synced);
}

/**
 * tipc_ring_due() - is there something to say to a peer?
 * @p: the peer
 *
 * Context: Any, also without a lock.
 * Return: whether there is.
 */
static inline bool tipc_ring_due(const struct tipc_ring_peer *p)
{
	return READ_ONCE(p->due);
}

void tipc_ring_init(struct tipc_ring *r, u32 threshold,
		    void (*news)(struct tipc_ring *r));
void tipc_ring_set_threshold(struct tipc_ring *r, u32 threshold);
bool tipc_ring_age(struct tipc_ring *r, unsigned int turns);

void tipc_ring_attach(struct tipc_ring *r, u32 own, struct tipc_ring_peer *p,
		      u32 addr);
void tipc_ring_detach(struct tipc_ring_peer *p);

/* For links. @p may be NULL: then the peer is always ours to look after. */
void tipc_ring_up(struct tipc_ring_peer *p);
void tipc_ring_down(struct tipc_ring_peer *p);
unsigned int tipc_ring_tell(struct tipc_ring_peer *p, u8 *to);
bool tipc_ring_hear(struct tipc_ring_peer *p, const u8 *data,
		    unsigned int len);
unsigned int tipc_ring_duty(struct tipc_ring_peer *p);

#endif /* _TIPC_RING_H */
