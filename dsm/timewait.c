// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose label a TCP connection had that is over.
 *
 * What the kernel still sends for one, an ACK from TIME_WAIT or an RST, has the
 * label of the socket that there was. It goes in here when the socket is freed,
 * since what the kernel keeps of it has no room for a label, and is good for
 * two minutes: longer than FIN_WAIT_2 and TIME_WAIT together are by default. A
 * socket that is shut down may leave its connection to TIME_WAIT and stay open; it
 * goes in here then, and is good for as long as it is open and still the one of
 * this connection. A row that is full loses its oldest, and those of open sockets
 * last. Only labels other than the initial one are kept: that is what an answer
 * has when nothing is found here.
 *
 * Locking: one lock for each group of rows, taken with interrupts off; nothing is
 * taken inside.
 */
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <net/inet_sock.h>
#include <net/net_namespace.h>

#include "dsm.h"

#define ROW_BITS	12
#define ROW_WAYS	4
#define LOCKS		64
#define TIME		(120 * HZ)

/**
 * struct over - a connection
 * @net: its namespace; only compared
 * @addrs: local and remote address
 * @ports: local and remote port
 * @sid: what the socket had; 0: not used
 * @since: jiffies when it was freed
 * @open: the socket, if it was not; followed only while it is in the table
 */
struct over {
	const struct net *net;
	u64	addrs;
	u32	ports;
	u32	sid;
	unsigned long since;
	const struct sock *open;
};

static struct over (*rows)[ROW_WAYS];
static spinlock_t locks[LOCKS];

static u64 addrs_of(__be32 local, __be32 remote)
{
	return (u64)(__force u32)local << 32 | (__force u32)remote;
}

static u32 ports_of(__be16 local, __be16 remote)
{
	return (u32)(__force u16)local << 16 | (__force u16)remote;
}

static unsigned int row_of(const struct over *o)
{
	return hash_64(o->addrs ^ ((u64)o->ports << 16 | o->ports),
		       ROW_BITS);
}

static bool same(const struct over *a, const struct over *b)
{
	return a->addrs == b->addrs && a->ports == b->ports &&
	       a->net == b->net;
}

static bool goes_before(const struct over *a, const struct over *b)
{
	if (!a->open != !b->open)
		return !a->open;
	return time_before(a->since, b->since);
}

/* The entry of the same connection, else a free one, else the oldest. */
static struct over *place_of(struct over row[ROW_WAYS], const struct over *o)
{
	struct over *place = &row[0];
	unsigned int i;

	for (i = 0; i < ROW_WAYS; i++) {
		if (!row[i].sid || same(&row[i], o))
			return &row[i];
		if (goes_before(&row[i], place))
			place = &row[i];
	}
	return place;
}

/**
 * dsm_timewait_keep() - a TCP socket is shut down or freed
 * @sk: which; its addresses and ports are still there
 * @sid: its label
 * @open: it is not freed
 *
 * Context: Any context but hard interrupts. Does not sleep.
 */
void dsm_timewait_keep(const struct sock *sk, u32 sid, bool open)
{
	const struct inet_sock *inet = inet_sk(sk);
	struct over o = {
		.net	= sock_net(sk),
		.addrs	= addrs_of(inet->inet_saddr, inet->inet_daddr),
		.ports	= ports_of(inet->inet_sport, inet->inet_dport),
		.sid	= sid,
		.since	= jiffies,
		.open	= open ? sk : NULL,
	};
	unsigned long flags;
	unsigned int row;

	if (!inet->inet_daddr || !inet->inet_dport)
		return;
	row = row_of(&o);
	spin_lock_irqsave(&locks[row % LOCKS], flags);
	*place_of(rows[row], &o) = o;
	spin_unlock_irqrestore(&locks[row % LOCKS], flags);
}

/*
 * The socket may have been freed long ago, and what is there now be of any kind.
 * If it is of TCP it may be freed meanwhile, and its memory be another TCP
 * socket's, but nothing else before the read-side section ends.
 */
static bool still_its(const struct over *o)
{
	const struct dsm_sock *ds = dsm_sock_find(o->open);
	const struct inet_sock *inet = inet_sk(o->open);

	return ds && ds->class == DSM_CLASS_TCP &&
	       sock_net(o->open) == o->net &&
	       o->addrs == addrs_of(inet->inet_saddr, inet->inet_daddr) &&
	       o->ports == ports_of(inet->inet_sport, inet->inet_dport);
}

static bool is_good(const struct over *o)
{
	return o->open ? still_its(o) :
			 time_before(jiffies, o->since + TIME);
}

/**
 * dsm_timewait_sid() - whose was this connection?
 * @net: where
 * @local: its address here
 * @remote: the other end's
 * @lport: its port here
 * @rport: the other end's
 *
 * Context: An RCU read-side section, but no hard interrupt. Does not sleep.
 * Return: the SID, or 0 if that is not known any more.
 */
u32 dsm_timewait_sid(const struct net *net, __be32 local, __be32 remote,
		     __be16 lport, __be16 rport)
{
	struct over o = {
		.net	= net,
		.addrs	= addrs_of(local, remote),
		.ports	= ports_of(lport, rport),
	};
	unsigned int row = row_of(&o), i;
	unsigned long flags;
	u32 sid = 0;

	spin_lock_irqsave(&locks[row % LOCKS], flags);
	for (i = 0; i < ROW_WAYS; i++)
		if (rows[row][i].sid && same(&rows[row][i], &o) &&
		    is_good(&rows[row][i]))
			sid = rows[row][i].sid;
	spin_unlock_irqrestore(&locks[row % LOCKS], flags);
	return sid;
}

/**
 * dsm_timewait_init() - make the table
 *
 * Return: 0, or -ENOMEM.
 */
int dsm_timewait_init(void)
{
	unsigned int i;

	for (i = 0; i < LOCKS; i++)
		spin_lock_init(&locks[i]);
	rows = kvcalloc(1 << ROW_BITS, sizeof(*rows), GFP_KERNEL);
	return rows ? 0 : -ENOMEM;
}

/**
 * dsm_timewait_exit() - forget them all
 *
 * Context: Process context, after the hooks are gone.
 */
void dsm_timewait_exit(void)
{
	kvfree(rows);
}
