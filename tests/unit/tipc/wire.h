/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two nodes in simulated time, with one to three links between them, each over a
 * wire that may lose, double, delay, damage and be cut; and messages whose
 * contents follow from their number, so that who gets them can say whether each
 * came once, whole and in order.
 */
#ifndef _TESTS_TIPC_WIRE_H
#define _TESTS_TIPC_WIRE_H

#include "../unit.h"
#include "tipc/trunk.h"

#define MTU	1500
#define NODES	2
#define WIRES	TIPC_TRUNK_LINKS
#define CAPS	(TIPC_CAP_STATE_SEQ | TIPC_CAP_GAP_ACK | TIPC_CAP_TUNNEL)

/* ---- wires ----------------------------------------------------------------- */

struct flying {
	struct flying *next;
	struct sk_buff *skb;
	u64 at;
	int to, wire;
};

struct wire {
	unsigned int loss, dup, reorder, damage;	/* per 1,000 */
	u64 delay;
	bool cut;
	unsigned int sent, kinds[16];
};

static struct tipc_trunk ends[NODES];
static struct wire wires[WIRES];
static struct flying *flying;
static unsigned int nwires = 1;
static u16 mtus[WIRES] = { MTU, MTU, MTU };
static u64 now = 1000000;
static u64 tick_at[NODES];
static unsigned int ups[NODES], downs[NODES];
static struct sk_buff_head got[NODES];

#define LINK(i)	(&ends[i].links[0])
#define FLOWS	4

static void fly(struct sk_buff *skb, int to, int w, u64 at)
{
	struct flying *f = malloc(sizeof(*f)), **p = &flying;

	*f = (struct flying) { NULL, skb, at, to, w };
	while (*p && (*p)->at <= at)
		p = &(*p)->next;
	f->next = *p;
	*p = f;
}

static void put_one(struct sk_buff *skb, int from, int i)
{
	struct wire *w = &wires[i];
	u64 at = now + w->delay;

	w->sent++;
	w->kinds[tipc_msg_user(tipc_pkt_msg(skb))]++;
	if (w->cut || random_below(1000) < w->loss) {
		kfree_skb(skb);
		return;
	}
	if (random_below(1000) < w->reorder)
		at += random_below(4 * w->delay + 1000);
	if (random_below(1000) < w->dup)
		fly(tipc_pkt_copy(skb), !from, i, at + random_below(5000));
	if (random_below(1000) < w->damage)
		skb->data[random_below(skb->len)] ^= 1 << random_below(8);
	fly(skb, !from, i, at);
}

/* What a node has to say goes on its way. */
static void put(int from)
{
	struct sk_buff *skb;
	unsigned int i;

	for (i = 0; i < nwires; i++)
		while ((skb = __skb_dequeue(&ends[from].xmitq[i])))
			put_one(skb, from, i);
	tick_at[from] = min(tick_at[from],
			    now + tipc_trunk_next_tick_us(&ends[from], now));
}

static void happened(int i, unsigned int ev)
{
	downs[i] += !!(ev & TIPC_LINK_EV_DOWN);
	ups[i] += !!(ev & TIPC_LINK_EV_UP);
}

/* What node_links.c does with a packet. */
static void arrive(int i, int w, struct sk_buff *skb)
{
	int size = tipc_msg_check(skb->data, skb->len, skb->len);

	if (size < 0) {
		kfree_skb(skb);
		return;
	}
	skb->len = size;
	happened(i, tipc_trunk_receive(&ends[i], w, skb, now, &got[i]));
	put(i);
}

/* Time goes on until the next thing happens. */
static void step(void)
{
	struct flying *f = flying;
	int i = tick_at[1] < tick_at[0];

	if (f && f->at <= tick_at[i]) {
		now = max(now, f->at);
		flying = f->next;
		arrive(f->to, f->wire, f->skb);
		free(f);
		return;
	}
	now = max(now, tick_at[i]);
	tick_at[i] = now + 10000000;
	happened(i, tipc_trunk_tick(&ends[i], now, &got[i]));
	put(i);
}

static void run_for(u64 us)
{
	u64 end = now + us;

	while (now < end)
		step();
}

static void start(unsigned int tolerance_ms)
{
	unsigned int i, w;

	for (i = 0; i < NODES; i++) {
		tipc_trunk_init(&ends[i]);
		for (w = 0; w < nwires; w++) {
			tipc_trunk_attach(&ends[i], w, 0x1001 + i, 0x1002 - i,
					  random_below(65536),
					  i ? "eth1" : "eth0", mtus[w], CAPS);
			ends[i].links[w].tolerance_ms = tolerance_ms;
		}
		__skb_queue_head_init(&got[i]);
		tick_at[i] = now + random_below(1000);
	}
}

static void finish(void)
{
	struct flying *f;
	int i;

	while ((f = flying)) {
		flying = f->next;
		kfree_skb(f->skb);
		free(f);
	}
	for (i = 0; i < NODES; i++) {
		__skb_queue_purge(&got[i]);
		tipc_trunk_exit(&ends[i]);
	}
}

/* ---- messages -------------------------------------------------------------- */

/* In all, and of each flow: messages of one socket stay in order. */
static u32 sent_no[NODES], got_no[NODES];
static u32 sent_in[NODES][FLOWS], got_in[NODES][FLOWS];

static u8 byte_of(u32 n, unsigned int i)
{
	return n * 7 + i * 13 + (i >> 8);
}

/* The next message of a node; what it contains follows from its number. */
static int send_user(int i, unsigned int user, unsigned int flow,
		     unsigned int len)
{
	unsigned int hsize = user == TIPC_LOW_IMPORTANCE ? TIPC_HSIZE_DIRECT :
							   TIPC_HSIZE_INTERNAL;
	struct sk_buff *skb = tipc_pkt_alloc(hsize + len);
	struct tipc_msg *m = tipc_pkt_msg(skb);
	u32 n = sent_in[i][flow];
	unsigned int k;
	int err;

	tipc_msg_init(m, user, user == TIPC_LOW_IMPORTANCE ?
			       TIPC_TYPE_DIRECT : 0, hsize,
		      ends[i].links[0].own);
	tipc_msg_set_size(m, hsize + len);
	tipc_msg_set_orig_port(m, flow);
	tipc_msg_set_dest_port(m, n);
	for (k = 0; k < len; k++)
		skb->data[hsize + k] = byte_of(n, k);
	err = tipc_trunk_send(&ends[i], skb, now);
	if (err >= 0) {
		sent_no[i]++;
		sent_in[i][flow]++;
	}
	put(i);
	return err;
}

static int send_one(int i, unsigned int len)
{
	return send_user(i, TIPC_LOW_IMPORTANCE, random_below(FLOWS), len);
}

/* Are those that came the next of their flow, and whole? */
static bool check(int i)
{
	struct sk_buff *skb;
	unsigned int k, hsize;
	bool good = true;

	while ((skb = __skb_dequeue(&got[i]))) {
		struct tipc_msg *m = tipc_pkt_msg(skb);
		u32 *next = &got_in[i][tipc_msg_orig_port(m) % FLOWS];

		hsize = tipc_msg_hsize(m);
		good &= tipc_msg_dest_port(m) == *next &&
			tipc_msg_size(m) == skb->len;
		if (!good)
			printf("# flow %u: %u came, %u is next\n",
			       tipc_msg_orig_port(m), tipc_msg_dest_port(m),
			       *next);
		for (k = hsize; good && k < skb->len; k++)
			good &= skb->data[k] == byte_of(*next, k - hsize);
		++*next;
		got_no[i]++;
		kfree_skb(skb);
	}
	return good;
}

/* What is on its way is given up, by both. */
static void forget_messages(void)
{
	memcpy(got_no, (u32[]){ sent_no[1], sent_no[0] }, sizeof(got_no));
	memcpy(got_in[0], sent_in[1], sizeof(got_in[0]));
	memcpy(got_in[1], sent_in[0], sizeof(got_in[1]));
}

static unsigned int random_len(void)
{
	switch (random_below(8)) {
	case 0:
		return random_below(TIPC_MAX_USER_MSG_SIZE + 1);
	case 1:
		return MTU - TIPC_HSIZE_DIRECT - 1 + random_below(3);
	default:
		return random_below(200);
	}
}

/* Both ends send @n messages as fast as they may. */
static bool traffic(unsigned int n, u64 limit_us)
{
	u64 end = now + limit_us;
	u32 want[NODES] = { sent_no[0] + n, sent_no[1] + n };
	bool good = true;
	int i;

	while (good && now < end &&
	       (got_no[1] != want[0] || got_no[0] != want[1])) {
		for (i = 0; i < NODES; i++)
			while (sent_no[i] != want[i] && !tipc_trunk_congested(&ends[i]) &&
			       tipc_trunk_up(&ends[i]))
				if (send_one(i, random_len()) < 0)
					break;
		step();
		good = check(0) && check(1);
	}
	return good && got_no[1] == want[0] && got_no[0] == want[1];
}


#endif /* _TESTS_TIPC_WIRE_H */
