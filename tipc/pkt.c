// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets: making, copying and joining them.
 *
 * In the module a packet is a sk_buff with room in front for the header of the
 * medium; joined packets hang in its list of fragments and nothing is copied.
 * In tests it is a piece of memory.
 */
#include "pkt.h"

#ifdef __KERNEL__
#include <linux/netdevice.h>

#define HEADROOM	ALIGN(LL_MAX_HEADER + 48, 16)

/**
 * tipc_pkt_alloc() - make a packet
 * @len: its length
 *
 * Context: Any.
 * Return: the packet, its data not set and linear; or NULL.
 */
struct sk_buff *tipc_pkt_alloc(unsigned int len)
{
	struct sk_buff *skb = alloc_skb(HEADROOM + len, GFP_ATOMIC);

	if (!skb)
		return NULL;
	skb_reserve(skb, HEADROOM);
	skb_put(skb, len);
	return skb;
}

/**
 * tipc_pkt_alloc_room() - make a packet that will grow
 * @len: its length
 * @room: how long it may become
 *
 * Context: Any.
 * Return: the packet, its data not set and linear; or NULL.
 */
struct sk_buff *tipc_pkt_alloc_room(unsigned int len, unsigned int room)
{
	struct sk_buff *skb = tipc_pkt_alloc(room);

	if (skb)
		skb_trim(skb, len);
	return skb;
}

/**
 * tipc_pkt_extend() - let a packet grow
 * @skb: packet of tipc_pkt_alloc_room() that nobody else has
 * @len: by how much; there is room
 *
 * Context: Any.
 * Return: where the new bytes are; they are not set.
 */
u8 *tipc_pkt_extend(struct sk_buff *skb, unsigned int len)
{
	return skb_put(skb, len);
}

/**
 * tipc_pkt_clone() - the same packet once more
 * @skb: the packet; neither may be written from now on
 *
 * Context: Any.
 * Return: the clone, or NULL.
 */
struct sk_buff *tipc_pkt_clone(struct sk_buff *skb)
{
	/* The room in front of it is the clone's: who keeps it needs none. */
	if (!skb_cloned(skb) && !skb->nohdr)
		__skb_header_release(skb);
	return skb_clone(skb, GFP_ATOMIC);
}

/**
 * tipc_pkt_copy() - a packet whose header may be written
 * @skb: the packet
 *
 * Context: Any.
 * Return: the copy, or NULL.
 */
struct sk_buff *tipc_pkt_copy(struct sk_buff *skb)
{
	return __pskb_copy(skb, HEADROOM, GFP_ATOMIC);
}

/**
 * tipc_pkt_wrap() - a copy of a packet with a header more
 * @skb: the packet
 * @len: bytes of the header
 *
 * Pages are shared, not copied.
 *
 * Context: Any.
 * Return: the copy, the bytes of the header not set; or NULL.
 */
struct sk_buff *tipc_pkt_wrap(struct sk_buff *skb, unsigned int len)
{
	struct sk_buff *copy = __pskb_copy(skb, HEADROOM + len, GFP_ATOMIC);

	if (copy)
		skb_push(copy, len);
	return copy;
}

/**
 * tipc_pkt_strip() - take a header off
 * @skb: packet; freed on error
 * @len: length of the header
 *
 * The header that follows becomes linear, as much of it as there is.
 *
 * Context: Any.
 * Return: the packet, or NULL: it is too short, or there is no memory.
 */
struct sk_buff *tipc_pkt_strip(struct sk_buff *skb, unsigned int len)
{
	unsigned int more = min_t(unsigned int, skb->len, len + TIPC_HSIZE_MAX);

	if (skb->len <= len || !pskb_may_pull(skb, more)) {
		kfree_skb(skb);
		return NULL;
	}
	skb_pull(skb, len);
	return skb;
}

/**
 * struct tail - the list of fragments of what packets are appended to, in its cb
 * @first: where the list begins; if it does not, the list is somebody else's
 * @last: where the next is appended
 */
struct tail {
	const struct sk_buff	*first;
	struct sk_buff		*last;
};

/**
 * tipc_pkt_append() - put a packet behind another
 * @to: what was made by tipc_pkt_strip(); nobody else has its list of fragments
 * @skb: what comes behind; taken over
 *
 * A list that @to came with is of a datagram that IP put together: it is copied.
 *
 * Context: Any.
 * Return: 0, or -ENOMEM.
 */
int tipc_pkt_append(struct sk_buff *to, struct sk_buff *skb)
{
	struct tail *tail = (struct tail *)to->cb;

	BUILD_BUG_ON(sizeof(*tail) > sizeof(to->cb));
	if (skb_has_frag_list(to) &&
	    skb_shinfo(to)->frag_list != tail->first && skb_linearize(to))
		goto err_free;
	if (skb_has_frag_list(to)) {
		tail->last->next = skb;
	} else {
		if (skb_unclone(to, GFP_ATOMIC))
			goto err_free;
		skb_shinfo(to)->frag_list = skb;
		tail->first = skb;
	}
	tail->last = skb;
	skb->next = NULL;
	to->len += skb->len;
	to->data_len += skb->len;
	to->truesize += skb->truesize;
	return 0;

err_free:
	kfree_skb(skb);
	return -ENOMEM;
}

#else

struct sk_buff *tipc_pkt_alloc(unsigned int len)
{
	struct sk_buff *skb = calloc(1, sizeof(*skb));

	if (!skb)
		return NULL;
	/* A header may be written whole. */
	skb->cap = max_t(unsigned int, len, 1);
	skb->data = malloc(skb->cap);
	skb->len = len;
	return skb;
}

struct sk_buff *tipc_pkt_alloc_room(unsigned int len, unsigned int room)
{
	struct sk_buff *skb = tipc_pkt_alloc(room);

	if (skb)
		skb->len = len;
	return skb;
}

u8 *tipc_pkt_extend(struct sk_buff *skb, unsigned int len)
{
	u8 *tail = skb->data + skb->len;

	if (skb->len + len > skb->cap)
		abort();
	skb->len += len;
	return tail;
}

struct sk_buff *tipc_pkt_copy(struct sk_buff *skb)
{
	struct sk_buff *copy = tipc_pkt_alloc(skb->len);

	if (copy)
		memcpy(copy->data, skb->data, skb->len);
	return copy;
}

struct sk_buff *tipc_pkt_clone(struct sk_buff *skb)
{
	return tipc_pkt_copy(skb);
}

struct sk_buff *tipc_pkt_wrap(struct sk_buff *skb, unsigned int len)
{
	struct sk_buff *copy = tipc_pkt_alloc(len + skb->len);

	if (copy)
		memcpy(copy->data + len, skb->data, skb->len);
	return copy;
}

struct sk_buff *tipc_pkt_strip(struct sk_buff *skb, unsigned int len)
{
	if (skb->len <= len) {
		kfree_skb(skb);
		return NULL;
	}
	skb->len -= len;
	memmove(skb->data, skb->data + len, skb->len);
	return skb;
}

int tipc_pkt_append(struct sk_buff *to, struct sk_buff *skb)
{
	u8 *more = realloc(to->data, to->len + skb->len);

	if (more) {
		to->data = more;
		memcpy(more + to->len, skb->data, skb->len);
		to->len += skb->len;
	}
	kfree_skb(skb);
	return more ? 0 : -ENOMEM;
}
#endif
