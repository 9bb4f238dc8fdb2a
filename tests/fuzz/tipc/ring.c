// SPDX-License-Identifier: GPL-2.0-only
/*
 * A ring of up to 40 nodes: records from any of them, nodes that come up, go down
 * and leave, in any order.
 *
 * An input is steps: a byte that says what happens, one that says to whom, and for
 * a record its length and its bytes. Where a bit says so its length, its members and
 * its generation are made right, so that it gets further. Whatever comes, the ring
 * is in order, no more members count than follow their node, and whoever is
 * watched by others is a member that a head says is up.
 */
#include "../fuzz.h"
#include "tipc/ring.h"

#define PEERS	40
#define OWN	0x01001005u

static struct tipc_ring ring;
static struct tipc_ring_peer peers[PEERS];

static void look(void)
{
	u8 out[TIPC_DOMAIN_SIZE(TIPC_DOMAIN_MAX)];
	struct tipc_ring_peer *p, *head = NULL;
	struct tipc_domain d;
	unsigned int n = 0, len;
	u32 far = 0;

	list_for_each_entry(p, &ring.peers, of_ring) {
		must(p->in && p->addr - ring.own > far);
		far = p->addr - ring.own;
		must(!p->head || (p->up && !p->local));
		must(p->applied <= p->domain.n &&
		     p->domain.n <= TIPC_DOMAIN_MAX);
		must(p->up || !(p->known || p->suspect || p->due));
		must(!p->up || p->head || p->local || head);
		if (p->head)
			head = p;
		len = tipc_ring_tell(p, out);
		must(!len || !tipc_domain_read(&d, ring.own, out, len));
		n++;
	}
	must(n == ring.n);
	must(ring.domain.n <= n && ring.domain.n < TIPC_DOMAIN_MAX);
}

/* Makes a record of a peer one that could be true. */
static void repair(struct tipc_ring_peer *p, u8 *data, size_t len)
{
	struct list_head *at = &p->of_ring;
	size_t i, n = (len - TIPC_DOMAIN_HEAD) / 4;
	u32 addr;

	data[0] = len >> 8;
	data[1] = len;
	data[2] = (p->domain.gen + 1) >> 8;
	data[3] = p->domain.gen + 1;
	data[6] = n >> 8;
	data[7] = n;
	for (i = 0; i < n; i++) {
		at = at->next;
		addr = at == &ring.peers ? ring.own :
		       container_of(at, struct tipc_ring_peer, of_ring)->addr;
		data[16 + 4 * i] = addr >> 24;
		data[17 + 4 * i] = addr >> 16;
		data[18 + 4 * i] = addr >> 8;
		data[19 + 4 * i] = addr;
	}
}

static size_t record(struct tipc_ring_peer *p, const uint8_t *data, size_t len,
		     bool good)
{
	size_t n;
	u8 *copy;

	if (!len)
		return 0;
	n = data[0];
	if (n > len - 1)
		n = len - 1;
	copy = malloc(n ? n : 1);
	memcpy(copy, data + 1, n);
	if (good && n >= TIPC_DOMAIN_HEAD && n % 4 == 0 && p->in)
		repair(p, copy, n);
	tipc_ring_hear(p, copy, n);
	free(copy);
	return n + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct tipc_ring_peer *p;
	size_t at = 0;
	unsigned int i;

	tipc_ring_init(&ring, 3, NULL);
	memset(peers, 0, sizeof(peers));
	for (i = 0; i < PEERS; i++)
		tipc_ring_attach(&ring, OWN, &peers[i],
				 OWN + (i < 20 ? i + 1 : i * 0x06543211u));
	while (at + 2 <= len) {
		unsigned int what = data[at], who = data[at + 1];

		at += 2;
		p = &peers[who % PEERS];
		switch (what & 7) {
		case 0:
			tipc_ring_up(p);
			break;
		case 1:
			for (i = 0; i < PEERS; i++)
				tipc_ring_up(&peers[i]);
			break;
		case 2:
			tipc_ring_down(p);
			break;
		case 3:
			tipc_ring_age(&ring, who % 4);
			break;
		case 4:
			tipc_ring_set_threshold(&ring, who);
			break;
		case 5:
			tipc_ring_duty(p);
			break;
		default:
			at += record(p, data + at, len - at, what & 8);
		}
		look();
	}
	for (i = 0; i < PEERS; i++)
		tipc_ring_detach(&peers[i]);
	must(!ring.n && list_empty(&ring.peers));
	return 0;
}
