// SPDX-License-Identifier: GPL-2.0-only
/*
 * A node with three links: what comes over them, time that goes by, messages that
 * are sent, links that go, in any order.
 *
 * An input is steps: a byte that says what happens and, for a packet, its length
 * and its bytes. Addresses are put in, and where a bit says so the session and
 * the numbers that are expected, so that a packet gets further than a stranger's
 * would. Whatever comes, what comes out is messages, and no queue is longer than
 * it may be.
 */
#include "../fuzz.h"
#include "tipc/trunk.h"

#define OWN	0x1001
#define PEER	0x1002
#define CAPS	(TIPC_CAP_STATE_SEQ | TIPC_CAP_GAP_ACK | TIPC_CAP_TUNNEL)

enum {
	PACKET		= 0x00,
	PACKET_AS_IS	= 0x10,
	TIME		= 0x20,
	SEND		= 0x30,
	RESTART		= 0x40,
	DETACH		= 0x50,
	OPEN		= 0x60,
	STEPS		= 0x70,
};

static struct tipc_trunk trunk;
static struct sk_buff_head inq;
static uint64_t now;

static void open_link(unsigned int i)
{
	struct tipc_link *l = &trunk.links[i];

	if (tipc_link_up(l))
		return;
	tipc_trunk_attach(&trunk, i, OWN, PEER, 1, "eth0", i ? 9000 : 1500,
			  CAPS);
	l->peer_session = 7;
	l->peer_bearer_id = i;
	l->knows_peer = true;
	l->state = TIPC_LINK_ACTIVATING;
}

/* What came out is well formed, and what goes out is thrown away. */
static void look(void)
{
	struct sk_buff *skb;
	unsigned int i;

	while ((skb = __skb_dequeue(&inq))) {
		must(tipc_msg_check(skb->data, skb->len, skb->len) ==
		     (int)skb->len);
		kfree_skb(skb);
	}
	for (i = 0; i < TIPC_TRUNK_LINKS; i++) {
		while ((skb = __skb_dequeue(&trunk.xmitq[i]))) {
			must(tipc_msg_check(skb->data, skb->len, skb->len) ==
			     (int)skb->len);
			kfree_skb(skb);
		}
		must(skb_queue_len(&trunk.links[i].deferred) <=
		     TIPC_LINK_WIN_MAX);
		must(skb_queue_len(&trunk.over[i].deferred) <=
		     TIPC_LINK_WIN_MAX);
		must(skb_queue_len(&trunk.links[i].sent) <= TIPC_LINK_WIN_MAX);
	}
	must(!trunk.nesting);
	must((trunk.active[0] < 0) == !trunk.nup);
}

static void address(struct sk_buff *skb, unsigned int i, bool as_is)
{
	struct tipc_msg *m = tipc_pkt_msg(skb);
	struct tipc_link *l = &trunk.links[i];

	if (as_is || skb->len < TIPC_HSIZE_CONN)
		return;
	tipc_msg_set_prev_node(m, PEER);
	if (tipc_msg_user(m) != TIPC_USER_LINK_PROTOCOL) {
		tipc_msg_set_link_seq(m, l->rcv_nxt +
				      (tipc_msg_link_seq(m) & 3));
		tipc_msg_set_link_ack(m, l->snd_nxt - 1 -
				      (tipc_msg_link_ack(m) & 7));
		return;
	}
	if (skb->len < TIPC_HSIZE_INTERNAL)
		return;
	tipc_msg_set_dest_node(m, OWN);
	tipc_msg_set_field(m, 5, 16, 0xffff,
			   l->peer_session +
			   (tipc_msg_type(m) == TIPC_LINK_RESET_MSG));
	if (tipc_msg_type(m) == TIPC_LINK_STATE_MSG) {
		tipc_msg_set_link_seq(m, l->rcv_state);
		tipc_msg_set_link_ack(m, l->snd_nxt - 1 -
				      (tipc_msg_link_ack(m) & 7));
	}
}

static size_t packet(const uint8_t *data, size_t len, unsigned int i,
		     bool as_is)
{
	struct sk_buff *skb;
	size_t n;
	int size;

	if (len < 2)
		return len;
	n = data[0] | data[1] << 8;
	if (n > len - 2)
		n = len - 2;
	skb = tipc_pkt_alloc(n);
	memcpy(skb->data, data + 2, n);
	address(skb, i, as_is);
	size = tipc_msg_check(skb->data, skb->len, skb->len);
	if (size < 0) {
		kfree_skb(skb);
		return 2 + n;
	}
	skb->len = size;
	tipc_trunk_receive(&trunk, i, skb, now, &inq);
	return 2 + n;
}

static void send(unsigned int port)
{
	struct sk_buff *skb = tipc_pkt_alloc(TIPC_HSIZE_DIRECT + 37 * port);
	struct tipc_msg *m = tipc_pkt_msg(skb);

	memset(skb->data, 0, skb->len);
	tipc_msg_init(m, TIPC_LOW_IMPORTANCE, TIPC_TYPE_DIRECT,
		      TIPC_HSIZE_DIRECT, OWN);
	tipc_msg_set_size(m, skb->len);
	tipc_msg_set_orig_port(m, port);
	tipc_trunk_send(&trunk, skb, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	unsigned int i;

	tipc_trunk_init(&trunk);
	__skb_queue_head_init(&inq);
	now = 1000000;
	for (i = 0; i < 2; i++)
		open_link(i);
	while (len) {
		uint8_t op = *data++;

		len--;
		i = (op & 0xf) % TIPC_TRUNK_LINKS;
		switch (op % STEPS & 0xf0) {
		case PACKET:
		case PACKET_AS_IS: {
			size_t n = packet(data, len, i,
					  op % STEPS >= PACKET_AS_IS);

			data += n;
			len -= n;
			break;
		}
		case TIME:
			now += 1000u << (op & 0xf);
			tipc_trunk_tick(&trunk, now, &inq);
			must(tipc_trunk_next_tick_us(&trunk, now));
			break;
		case SEND:
			send(op & 0xf);
			break;
		case RESTART:
			tipc_trunk_restart(&trunk, i, 1500, now, &inq);
			break;
		case DETACH:
			tipc_trunk_detach(&trunk, i, now, &inq);
			break;
		case OPEN:
			open_link(i);
			break;
		}
		look();
	}
	tipc_trunk_exit(&trunk);
	__skb_queue_purge(&inq);
	return 0;
}
