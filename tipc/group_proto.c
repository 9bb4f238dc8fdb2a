// SPDX-License-Identifier: GPL-2.0-only
/*
 * Members of a communication group on other nodes.
 *
 * Two members that learn of each other through the name table greet each other
 * with JOIN, which says how much the other may send (its window, in blocks of
 * 1 KB) and the number of the first message to all that it will get. Each
 * message to the group, to one or to all, carries the number of the next message
 * to all: so a receiver puts into one order what came by different ways. A
 * reader gives back window as it reads (ADV). Who leaves says LEAVE, with the
 * number after its last.
 *
 * Mainline members also ask for acknowledgement of single messages (ACK) and
 * take a large window back when others need it (RECLAIM, answered by REMIT).
 * This side does neither: all it sends goes over links, which keep the order,
 * and of its senders as many get a large window as the receive buffer has room
 * for, the others keep the small one.
 *
 * Locking: see member.h. Messages that have to be sent are collected and leave
 * after the state lock was released.
 */
#include <linux/net.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "group.h"
#include "member.h"

/* Blocks of the longest message: the small window. */
#define WINDOW_IDLE	65
#define WINDOW_ACTIVE	(12 * WINDOW_IDLE)
/* Messages of a member that may wait for one that is missing. */
#define DEFERRED_MAX	1024
/* Members that sent JOIN and whose name is not known yet. */
#define STRANGERS_MAX	256

static bool before(u16 a, u16 b)
{
	return (s16)(u16)(a - b) < 0;
}

static unsigned int blocks_of(const struct sk_buff *skb)
{
	return tipc_msg_blocks(tipc_msg_size(tipc_buf_msg(skb)));
}

/* ---- what is said ---------------------------------------------------------- */

static void tell(struct tipc_group *grp, struct tipc_member *m,
		 unsigned int type, unsigned int window,
		 struct sk_buff_head *xmitq)
{
	struct sk_buff *skb;
	struct tipc_msg *msg;

	skb = tipc_buf_control(sock_net(&grp->tsk->sk),
			       TIPC_USER_GROUP_PROTOCOL, type,
			       TIPC_HSIZE_INTERNAL, m->node, m->port,
			       grp->tsk->port, GFP_ATOMIC);
	if (!skb) {
		grp->tsk->stats.drops++;
		return;
	}
	msg = tipc_buf_msg(skb);
	tipc_msg_set_flag(msg, TIPC_MSG_F_DEST_DROPPABLE, true);
	tipc_msg_set_word(msg, 9, 0);
	switch (type) {
	case TIPC_GRP_JOIN:
		tipc_msg_set_grp_syncpt(msg, grp->snd_nxt);
		tipc_msg_set_grp_window(msg, window);
		m->granted += window;
		break;
	case TIPC_GRP_LEAVE:
		tipc_msg_set_grp_syncpt(msg, grp->snd_nxt);
		break;
	case TIPC_GRP_ADV:
		tipc_msg_set_grp_window(msg, window);
		m->granted += window;
		break;
	case TIPC_GRP_ACK:
		tipc_msg_set_grp_acked(msg, m->rcv_nxt);
		break;
	case TIPC_GRP_REMIT:
		tipc_msg_set_grp_remitted(msg, m->window);
		break;
	}
	__skb_queue_tail(xmitq, skb);
}

/**
 * tipc_group_xmit() - send what was collected
 * @net: namespace
 * @xmitq: messages; empty on return
 *
 * Context: Any but hard interrupts, without the state lock.
 */
void tipc_group_xmit(struct net *net, struct sk_buff_head *xmitq)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(xmitq)))
		tipc_node_xmit(net, skb,
			       tipc_msg_dest_node(tipc_buf_msg(skb)), 0);
}

/* ---- who comes and goes ---------------------------------------------------- */

/**
 * tipc_member_found() - the name of a member on another node was published
 * @grp: group
 * @publ: the name
 * @xmitq: what has to be sent is appended
 *
 * Context: With the order lock and the state lock held.
 */
void tipc_member_found(struct tipc_group *grp, const struct tipc_publ *publ,
		       struct sk_buff_head *xmitq)
{
	struct tipc_member *m;

	m = tipc_member_find(grp, publ->port, publ->node);
	if (!m)
		m = tipc_member_new(grp, publ->port, publ->node);
	if (!m) {
		grp->tsk->stats.drops++;
		return;
	}
	grp->nstrangers -= m->remote && !m->published;
	m->remote = true;
	m->published = true;
	m->instance = publ->lower;
	if (!m->greeted) {
		m->greeted = true;
		tell(grp, m, TIPC_GRP_JOIN, WINDOW_IDLE, xmitq);
	}
	if (m->joined)
		tipc_member_event(grp, m, TIPC_MEMBER_JOINED);
}

/* Nothing more comes of it. */
static void gone(struct tipc_group *grp, struct tipc_member *m)
{
	if (m->published && m->joined)
		tipc_member_event(grp, m, TIPC_MEMBER_LEFT);
	tipc_member_free(grp, m);
}

/**
 * tipc_member_lost() - the name of a member on another node was withdrawn
 * @grp: group
 * @m: member; it may be freed
 *
 * Who said LEAVE goes when its last message has come, unless its node is lost.
 *
 * Context: With the state lock held.
 */
void tipc_member_lost(struct tipc_group *grp, struct tipc_member *m)
{
	if (m->leaving && tipc_node_is_up(sock_net(&grp->tsk->sk), m->node))
		return;
	gone(grp, m);
}

/**
 * tipc_member_part() - have nothing to do with a member any more
 * @grp: group
 * @m: member on another node; freed
 * @xmitq: what has to be sent is appended
 *
 * Context: With the order lock and the state lock held.
 */
void tipc_member_part(struct tipc_group *grp, struct tipc_member *m,
		      struct sk_buff_head *xmitq)
{
	if (m->greeted)
		tell(grp, m, TIPC_GRP_LEAVE, 0, xmitq);
	tipc_member_free(grp, m);
}

/**
 * tipc_members_part() - leave: tell all members on other nodes
 * @grp: group
 * @xmitq: what has to be sent is appended
 *
 * Context: With the order lock and the state lock held.
 */
void tipc_members_part(struct tipc_group *grp, struct sk_buff_head *xmitq)
{
	struct tipc_member *m, *next;

	list_for_each_entry_safe(m, next, &grp->members, of_group)
		if (m->remote)
			tipc_member_part(grp, m, xmitq);
}

/* ---- windows --------------------------------------------------------------- */

/* Who sends becomes active while there is room for that. */
static void give_back(struct tipc_group *grp, struct tipc_member *m,
		      unsigned int blocks, struct sk_buff_head *xmitq)
{
	unsigned int most = READ_ONCE(grp->tsk->sk.sk_rcvbuf) /
			    (WINDOW_ACTIVE * 1024);
	int full = WINDOW_IDLE;

	m->granted -= min_t(int, blocks, m->granted);
	if (!m->active && grp->nactive < max(most, 1u)) {
		m->active = true;
		grp->nactive++;
	}
	if (m->active)
		full = WINDOW_ACTIVE;
	if (m->granted < (m->active ? full * 3 / 4 : full) && !m->leaving)
		tell(grp, m, TIPC_GRP_ADV, full - m->granted, xmitq);
}

/**
 * tipc_member_read() - the user has read a message of a member
 * @grp: group
 * @skb: the message
 * @xmitq: what has to be sent is appended
 *
 * Context: With the state lock held.
 */
void tipc_member_read(struct tipc_group *grp, const struct sk_buff *skb,
		      struct sk_buff_head *xmitq)
{
	const struct tipc_msg *msg = tipc_buf_msg(skb);
	struct tipc_member *m;

	m = tipc_member_find(grp, tipc_msg_orig_port(msg),
			     tipc_msg_orig_node(msg));
	if (!m || !m->remote)
		return;
	m->queued -= min_t(int, blocks_of(skb), m->queued);
	give_back(grp, m, blocks_of(skb), xmitq);
}

/**
 * tipc_group_nodes() - the nodes that a message to all has to be sent to
 * @grp: group
 * @blocks: of the message; taken from the windows of the members there
 * @nodes: where to put them, each once
 *
 * Context: With the order lock and the state lock held.
 * Return: 0, or -ENOMEM: nothing was taken then.
 */
int tipc_group_nodes(struct tipc_group *grp, unsigned int blocks,
		     struct tipc_dests *nodes)
{
	struct tipc_member *m;

	list_for_each_entry(m, &grp->members, of_group)
		if (m->remote && m->greeted &&
		    tipc_dests_add(nodes, m->node))
			return -ENOMEM;
	list_for_each_entry(m, &grp->members, of_group)
		if (m->remote && m->greeted)
			m->window -= blocks;
	return 0;
}

/* ---- what is heard --------------------------------------------------------- */

static void put(struct tipc_sock *tsk, struct sk_buff *skb)
{
	tsk->stats.rx_msgs++;
	tsk->stats.rx_bytes += tipc_msg_data_size(tipc_buf_msg(skb));
	atomic_add(skb->truesize, &tsk->sk.sk_rmem_alloc);
	__skb_queue_tail(&tsk->sk.sk_receive_queue, skb);
	tipc_sk_wake_reader(tsk);
}

/*
 * Take in what is next in order. Returns whether the member is still there; a
 * member that leaves goes after its last message.
 */
static bool take_in(struct tipc_group *grp, struct tipc_member *m,
		    struct sk_buff_head *xmitq)
{
	struct tipc_msg *msg;
	struct sk_buff *skb;
	bool ours;

	while ((skb = skb_peek(&m->deferred))) {
		msg = tipc_buf_msg(skb);
		if (before(m->rcv_nxt, tipc_msg_grp_seqno(msg)))
			break;
		__skb_unlink(skb, &m->deferred);
		ours = tipc_msg_type(msg) != TIPC_TYPE_GRP_MCAST ||
		       tipc_msg_name_instance(msg) == grp->instance;
		if (tipc_msg_type(msg) != TIPC_TYPE_GRP_UCAST)
			m->rcv_nxt++;
		if (tipc_msg_type(msg) != TIPC_TYPE_GRP_UCAST &&
		    tipc_msg_grp_ack_required(msg))
			tell(grp, m, TIPC_GRP_ACK, 0, xmitq);
		TIPC_CB(skb)->instance = m->instance;
		if (ours) {
			put(grp->tsk, skb);
			continue;
		}
		m->queued -= min_t(int, blocks_of(skb), m->queued);
		give_back(grp, m, blocks_of(skb), xmitq);
		kfree_skb(skb);
	}
	if (!m->leaving || before(m->rcv_nxt, m->last))
		return true;
	gone(grp, m);
	return false;
}

/* A place behind all with the same number or a smaller one. */
static void sort_in(struct tipc_member *m, struct sk_buff *skb)
{
	u16 no = tipc_msg_grp_seqno(tipc_buf_msg(skb));
	bool to_one = tipc_msg_type(tipc_buf_msg(skb)) == TIPC_TYPE_GRP_UCAST;
	struct sk_buff *other;
	u16 other_no;

	skb_queue_reverse_walk(&m->deferred, other) {
		other_no = tipc_msg_grp_seqno(tipc_buf_msg(other));
		/* What went to one before number @no went to all carries it. */
		if (before(other_no, no) ||
		    (other_no == no && !(to_one &&
		     tipc_msg_type(tipc_buf_msg(other)) !=
		     TIPC_TYPE_GRP_UCAST)))
			break;
	}
	__skb_queue_after(&m->deferred, other, skb);
}

/**
 * tipc_group_receive() - a message of a member on another node came
 * @tsk: receiver
 * @skb: message to a group; taken over
 *
 * Context: Any but hard interrupts, in an RCU read-side section.
 */
void tipc_group_receive(struct tipc_sock *tsk, struct sk_buff *skb)
{
	const struct tipc_msg *msg = tipc_buf_msg(skb);
	struct net *net = sock_net(&tsk->sk);
	struct tipc_member *m = NULL;
	struct sk_buff_head xmitq;
	struct tipc_group *grp;

	__skb_queue_head_init(&xmitq);
	tipc_sk_lock(tsk);
	grp = tsk->dead ? NULL : tipc_group_of(tsk);
	if (grp && tipc_msg_name_type(msg) == grp->type &&
	    !tipc_msg_error(msg))
		m = tipc_member_find(grp, tipc_msg_orig_port(msg),
				     tipc_msg_orig_node(msg));
	/*
	 * Who sends far more than it may is not heard; somewhat more may be on
	 * its way before the window is known.
	 */
	if (!m || !m->remote || !m->published || !m->joined ||
	    before(tipc_msg_grp_seqno(msg), m->rcv_nxt) ||
	    m->queued + (int)blocks_of(skb) > m->granted + WINDOW_ACTIVE ||
	    skb_queue_len(&m->deferred) >= DEFERRED_MAX) {
		tsk->stats.drops++;
		tipc_sk_unlock(tsk);
		kfree_skb(skb);
		return;
	}
	m->queued += blocks_of(skb);
	sort_in(m, skb);
	take_in(grp, m, &xmitq);
	tipc_sk_unlock(tsk);
	tipc_sk_readable(&tsk->sk);
	tipc_group_xmit(net, &xmitq);
}

/* JOIN may come before the name. */
static struct tipc_member *stranger(struct tipc_group *grp, u32 port, u32 node)
{
	struct tipc_member *m = tipc_member_new(grp, port, node);

	if (m) {
		m->remote = true;
		grp->nstrangers++;
	}
	return m;
}

static void joined(struct tipc_group *grp, struct tipc_member *m,
		   const struct tipc_msg *msg)
{
	if (m->joined)
		return;
	m->joined = true;
	m->rcv_nxt = tipc_msg_grp_syncpt(msg);
	m->window += tipc_msg_grp_window(msg);
	if (m->published)
		tipc_member_event(grp, m, TIPC_MEMBER_JOINED);
}

static void heard(struct tipc_group *grp, struct tipc_member *m,
		  const struct tipc_msg *msg, struct sk_buff_head *xmitq)
{
	switch (tipc_msg_type(msg)) {
	case TIPC_GRP_JOIN:
		joined(grp, m, msg);
		break;
	case TIPC_GRP_LEAVE:
		m->leaving = true;
		m->last = tipc_msg_grp_syncpt(msg);
		take_in(grp, m, xmitq);
		break;
	case TIPC_GRP_ADV:
		m->window += tipc_msg_grp_window(msg);
		m->lags = false;
		break;
	case TIPC_GRP_RECLAIM:
		tell(grp, m, TIPC_GRP_REMIT, 0, xmitq);
		m->window = WINDOW_IDLE;
		break;
	}
}

/**
 * tipc_group_protocol() - a member on another node says something
 * @tsk: the socket it says it to
 * @skb: message of TIPC_USER_GROUP_PROTOCOL; taken over
 *
 * Context: Any but hard interrupts, in an RCU read-side section.
 */
void tipc_group_protocol(struct tipc_sock *tsk, struct sk_buff *skb)
{
	const struct tipc_msg *msg = tipc_buf_msg(skb);
	struct net *net = sock_net(&tsk->sk);
	u32 node = tipc_msg_orig_node(msg), port = tipc_msg_orig_port(msg);
	struct sk_buff_head xmitq;
	struct tipc_member *m = NULL;
	struct tipc_group *grp;

	__skb_queue_head_init(&xmitq);
	tipc_sk_lock(tsk);
	grp = tsk->dead ? NULL : tipc_group_of(tsk);
	if (grp && !tipc_in_own_node(net, node)) {
		m = tipc_member_find(grp, port, node);
		if (!m && tipc_msg_type(msg) == TIPC_GRP_JOIN &&
		    grp->nstrangers < STRANGERS_MAX)
			m = stranger(grp, port, node);
	}
	if (m) {
		heard(grp, m, msg, &xmitq);
		WRITE_ONCE(grp->blocked, false);
	}
	tipc_sk_unlock(tsk);
	kfree_skb(skb);
	if (!m)
		return;
	tipc_sk_readable(&tsk->sk);
	tsk->sk.sk_write_space(&tsk->sk);
	tipc_group_xmit(net, &xmitq);
}
