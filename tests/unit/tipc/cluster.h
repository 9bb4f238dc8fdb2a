/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A cluster of up to 200 nodes in simulated time: each has a ring and a link to
 * each other, made of the same files as the module's. Nodes die, and wires between
 * groups of them are cut.
 */
#ifndef _TESTS_TIPC_CLUSTER_H
#define _TESTS_TIPC_CLUSTER_H

#include "../unit.h"
#include "tipc/link.h"

#define NODES_MAX	200
#define STEP_US		10000u
#define NEWS_US		50000u
#define TOLERANCE_US	(TIPC_TOL_DEFAULT_MS * 1000ull)
#define CAPS		(TIPC_CAP_STATE_SEQ | TIPC_CAP_GAP_ACK)

struct node {
	struct tipc_ring ring;
	u32 addr;
	bool dead, news;
	int group;
	u64 told;
	struct tipc_ring_peer peers[NODES_MAX];
	struct tipc_link links[NODES_MAX];
	u64 tick[NODES_MAX];
};

struct flying {
	struct flying *next;
	struct sk_buff *skb;
	int from, to;
};

static struct node *nodes;
static int count;
static u64 now = 1000000;
static struct flying *first, **last = &first;

static void got_news(struct tipc_ring *r)
{
	container_of(r, struct node, ring)->news = true;
}

/* What links have to say goes on its way. */
static void put(int from, int to, struct sk_buff_head *q)
{
	struct sk_buff *skb;
	struct flying *f;

	while ((skb = __skb_dequeue(q))) {
		f = malloc(sizeof(*f));
		*f = (struct flying) { NULL, skb, from, to };
		*last = f;
		last = &f->next;
	}
}

static void arrive(int from, int to, struct sk_buff *skb)
{
	struct node *n = &nodes[to];
	struct tipc_link *l = &n->links[from];
	struct sk_buff_head xmitq, inq;

	if (n->dead || nodes[from].dead || n->group != nodes[from].group) {
		kfree_skb(skb);
		return;
	}
	__skb_queue_head_init(&xmitq);
	__skb_queue_head_init(&inq);
	if (tipc_link_ends(l, tipc_pkt_msg(skb)))
		tipc_link_reset(l);
	tipc_link_receive(l, skb, now, &xmitq, &inq);
	__skb_queue_purge(&inq);
	put(to, from, &xmitq);
}

static void tick(int i, int peer)
{
	struct tipc_link *l = &nodes[i].links[peer];
	struct sk_buff_head q;

	__skb_queue_head_init(&q);
	if (tipc_link_tick(l, now, &q) & TIPC_LINK_EV_DOWN)
		tipc_link_reset(l);
	put(i, peer, &q);
	nodes[i].tick[peer] = now + tipc_link_next_tick_us(l, now);
}

/* What monitor.c does. */
static void tell_news(int i)
{
	struct node *n = &nodes[i];
	struct sk_buff_head q;
	int k;

	if (!n->news || now < n->told + NEWS_US)
		return;
	n->news = false;
	n->told = now;
	__skb_queue_head_init(&q);
	for (k = 0; k < count; k++)
		if (tipc_ring_due(&n->peers[k]) && tipc_link_up(&n->links[k])) {
			tipc_link_tell_state(&n->links[k], true, now, &q);
			put(i, k, &q);
		}
}

/* What was sent before this step arrives in it. */
static void step(void)
{
	struct flying *f, *rest = first;
	int i, k;

	now += STEP_US;
	first = NULL;
	last = &first;
	while ((f = rest)) {
		rest = f->next;
		arrive(f->from, f->to, f->skb);
		free(f);
	}
	for (i = 0; i < count; i++) {
		if (nodes[i].dead)
			continue;
		tell_news(i);
		for (k = 0; k < count; k++)
			if (k != i && nodes[i].tick[k] <= now)
				tick(i, k);
	}
}

static void run_for(u64 us)
{
	u64 end = now + us;

	while (now < end)
		step();
}

static int compare(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

/* Addresses anywhere, but in the order of the nodes' numbers. */
static void choose_addresses(void)
{
	u32 addrs[NODES_MAX];
	int i;

	for (i = 0; i < count; i++)
		addrs[i] = random_next() >> 32 | 1;
	qsort(addrs, count, sizeof(addrs[0]), compare);
	for (i = 0; i < count; i++)
		nodes[i].addr = i && addrs[i] <= nodes[i - 1].addr ?
				nodes[i - 1].addr + 1 : addrs[i];
}

static void begin(int i, int k)
{
	struct node *n = &nodes[i];

	tipc_link_init(&n->links[k], n->addr, nodes[k].addr,
		       random_below(65536), "eth0", 0, 1500);
	n->links[k].caps = CAPS;
	tipc_ring_attach(&n->ring, n->addr, &n->peers[k], nodes[k].addr);
	n->links[k].ring = &n->peers[k];
	n->tick[k] = now + random_below(100000);
}

static void start(int n, u32 threshold)
{
	int i, k;

	random_start();
	count = n;
	nodes = calloc(n, sizeof(*nodes));
	choose_addresses();
	for (i = 0; i < n; i++) {
		tipc_ring_init(&nodes[i].ring, threshold, got_news);
		for (k = 0; k < n; k++)
			if (k != i)
				begin(i, k);
	}
}

static void finish(void)
{
	struct flying *f;
	int i, k;

	while ((f = first)) {
		first = f->next;
		kfree_skb(f->skb);
		free(f);
	}
	for (i = 0; i < count; i++)
		for (k = 0; k < count; k++)
			if (k != i)
				tipc_link_exit(&nodes[i].links[k]);
	free(nodes);
}

static bool sees(int i, int k)
{
	return tipc_link_up(&nodes[i].links[k]);
}

/* Does everybody see those, and only those, that are there? */
static bool all_see(void)
{
	int i, k;

	for (i = 0; i < count; i++)
		for (k = 0; k < count && !nodes[i].dead; k++)
			if (k != i && sees(i, k) != (!nodes[k].dead &&
			    nodes[i].group == nodes[k].group))
				return false;
	return true;
}

/* How long until then; the limit if it takes longer. */
static u64 until_all_see(u64 limit_us)
{
	u64 begun = now;

	while (!all_see() && now < begun + limit_us)
		step();
	return now - begun;
}

/* How many links a node has to watch. */
static int watched(int i)
{
	int k, n = 0;

	for (k = 0; k < count; k++)
		n += k != i && sees(i, k) &&
		     tipc_ring_duty(&nodes[i].peers[k]);
	return n;
}

static int most_watched(void)
{
	int i, most = 0;

	for (i = 0; i < count; i++)
		if (!nodes[i].dead)
			most = max(most, watched(i));
	return most;
}

/* STATE messages that asked for an answer, of all nodes. */
static u64 probes(void)
{
	u64 n = 0;
	int i, k;

	for (i = 0; i < count; i++)
		for (k = 0; k < count; k++)
			n += nodes[i].links[k].stats.tx_probes;
	return n;
}

#endif /* _TESTS_TIPC_CLUSTER_H */
