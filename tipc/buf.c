// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages in packet buffers: made, filled from a user's memory, and turned
 * round when they cannot be delivered.
 *
 * A message of up to some KB is one piece of memory. A longer one has its
 * header in one piece and its data in pages, of an order that the allocator
 * has at hand, so that 66,000 bytes need no 128 KB of contiguous memory.
 *
 * No locks: a buffer has one owner, who passes it on.
 */
#include <linux/net.h>
#include <linux/skbuff.h>
#include <linux/uio.h>
#include <net/sock.h>

#include "sock.h"
#include "spare.h"

/* Pages of a long message come in pieces of up to this order. */
#define PAGE_ORDER_MAX	PAGE_ALLOC_COSTLY_ORDER

static struct sk_buff *alloc_paged(unsigned int hsize, unsigned int dlen,
				   gfp_t gfp)
{
	struct sk_buff *skb;
	int err;

	skb = alloc_skb_with_frags(TIPC_HEADROOM + hsize, dlen,
				   PAGE_ORDER_MAX, &err, gfp);
	if (!skb)
		return NULL;
	skb_reserve(skb, TIPC_HEADROOM);
	skb_put(skb, hsize);
	skb->data_len = dlen;
	skb->len += dlen;
	return skb;
}

/**
 * tipc_buf_alloc() - a buffer for one message
 * @hsize: bytes of its header
 * @dlen: bytes of its data
 * @room: bytes that may be appended later, in a message without pages
 * @gfp: how to allocate
 *
 * Context: As @gfp says.
 * Return: a buffer with @hsize + @dlen bytes of undefined content; NULL when
 * there is no memory.
 */
struct sk_buff *tipc_buf_alloc(unsigned int hsize, unsigned int dlen,
			       unsigned int room, gfp_t gfp)
{
	struct sk_buff *skb;

	if (hsize + dlen > TIPC_LINEAR_MAX) {
		skb = alloc_paged(hsize, dlen, gfp);
	} else {
		/* A link keeps it and sends a clone, which has its place here. */
		skb = alloc_skb_fclone(TIPC_HEADROOM + hsize +
				       max(dlen, room), gfp);
		if (skb) {
			skb_reserve(skb, TIPC_HEADROOM);
			skb_put(skb, hsize + dlen);
		}
	}
	if (skb)
		memset(TIPC_CB(skb), 0, sizeof(struct tipc_cb));
	return skb;
}

/*
 * The buffer was made for so many bytes: what copy_from_iter() does at every call
 * to find out how long it is can be spared.
 */
static int copy_data(struct sk_buff *skb, unsigned int hsize,
		     struct msghdr *m, unsigned int dlen)
{
	size_t copied;

	if (skb->data_len || unlikely(skb->len != hsize + dlen))
		return skb_copy_datagram_from_iter(skb, hsize, &m->msg_iter,
						   dlen);
	copied = _copy_from_iter(skb->data + hsize, dlen, &m->msg_iter);
	if (likely(copied == dlen))
		return 0;
	iov_iter_revert(&m->msg_iter, copied);
	return -EFAULT;
}

/**
 * tipc_buf_from_user() - a message with data that a user sends
 * @tsk: socket of the user
 * @head: its header; the size is filled in
 * @m: where the data is
 * @dlen: bytes of it
 * @room: as for tipc_buf_alloc()
 * @local: it stays on this node
 * @err: -ENOMEM, -EFAULT, or what is wrong with the control data, when there
 *	is no buffer
 *
 * Context: Process context. May sleep.
 * Return: the message, or NULL.
 */
struct sk_buff *tipc_buf_from_user(const struct tipc_sock *tsk,
				   const struct tipc_msg *head,
				   struct msghdr *m, unsigned int dlen,
				   unsigned int room, bool local, int *err)
{
	unsigned int hsize = tipc_msg_hsize(head);
	struct sk_buff *skb;

	skb = local ? tipc_stash_alloc(hsize, dlen, room) :
		      tipc_spare_alloc(hsize, dlen);
	if (!skb)
		skb = tipc_buf_alloc(hsize, dlen, room, GFP_KERNEL);
	if (!skb) {
		*err = -ENOMEM;
		return NULL;
	}
	/* The usual length, which needs no call. */
	if (likely(hsize == TIPC_HSIZE_CONN))
		memcpy(skb->data, head, TIPC_HSIZE_CONN);
	else
		memcpy(skb->data, head, hsize);
	tipc_msg_set_size(tipc_buf_msg(skb), hsize + dlen);
	*err = copy_data(skb, hsize, m, dlen);
	if (unlikely(m->msg_controllen) && !*err)
		*err = tipc_scm_send(m, skb, local);
	if (unlikely(*err)) {
		kfree_skb(skb);
		return NULL;
	}
	if (unlikely(tsk->dsm))
		__tipc_label_message(tsk, skb);
	TIPC_CB(skb)->judged = !tsk->sk.sk_kern_sock;
	return skb;
}

/**
 * tipc_buf_control() - a message without data, from the module itself
 * @net: namespace
 * @user: its user
 * @type: its type
 * @hsize: bytes of its header
 * @dest_node: node it goes to
 * @dest_port: port it goes to
 * @orig_port: port it comes from
 * @gfp: how to allocate
 *
 * Context: As @gfp says.
 * Return: the message, or NULL when there is no memory.
 */
struct sk_buff *tipc_buf_control(struct net *net, unsigned int user,
				 unsigned int type, unsigned int hsize,
				 u32 dest_node, u32 dest_port, u32 orig_port,
				 gfp_t gfp)
{
	struct sk_buff *skb = tipc_buf_alloc(hsize, 0, 0, gfp);
	struct tipc_msg *m;

	if (!skb)
		return NULL;
	m = tipc_buf_msg(skb);
	tipc_msg_init(m, user, type, hsize, tipc_own_addr(net));
	tipc_msg_set_orig_port(m, orig_port);
	tipc_msg_set_dest_port(m, dest_port);
	if (hsize > TIPC_HSIZE_CONN)
		tipc_msg_set_dest_node(m, dest_node);
	return skb;
}

/* Is this a message whose sender wants it back? */
static bool returns(const struct tipc_msg *m)
{
	if (tipc_msg_error(m))
		return false;
	if (tipc_msg_user(m) == TIPC_USER_CONN_MANAGER)
		return tipc_msg_type(m) == TIPC_CONN_PROBE;
	return tipc_msg_is_data(m) && !tipc_msg_is_group(m) &&
	       !tipc_msg_flag(m, TIPC_MSG_F_DEST_DROPPABLE);
}

/**
 * tipc_buf_reject() - turn a message round
 * @net: namespace
 * @skb: message that cannot be delivered; taken over
 * @err: why
 *
 * What its sender gets is the header, turned round, and the first 1024 bytes
 * of its data. Files that were passed with it are given up.
 *
 * Context: Any.
 * Return: the message to send; NULL if there is none, because its sender does
 * not want it, it had been returned already, or there was no memory.
 */
struct sk_buff *tipc_buf_reject(struct net *net, struct sk_buff *skb,
				unsigned int err)
{
	const struct tipc_msg *from = tipc_buf_msg(skb);
	struct sk_buff *reply;
	unsigned int data;
	struct tipc_msg head;

	if (!returns(from)) {
		kfree_skb(skb);
		return NULL;
	}
	data = min(tipc_msg_data_size(from), TIPC_MSG_RETURN_MAX);
	tipc_msg_reverse(&head, from, tipc_own_addr(net), err);
	if (TIPC_CB(skb)->port)
		tipc_msg_set_orig_port(&head, TIPC_CB(skb)->port);
	tipc_msg_set_size(&head, tipc_msg_hsize(&head) + data);
	reply = tipc_buf_alloc(tipc_msg_hsize(&head), data, 0, GFP_ATOMIC);
	if (reply) {
		memcpy(reply->data, &head, tipc_msg_hsize(&head));
		skb_copy_bits(skb, tipc_msg_hsize(from),
			      reply->data + tipc_msg_hsize(&head), data);
	}
	kfree_skb(skb);
	return reply;
}
