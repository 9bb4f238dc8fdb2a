// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking the label off a packet that comes in, before IP looks at it.
 *
 * An IPv4 header with an option costs: it is copied and its options are
 * compiled for each packet, and it keeps packets from being merged (GRO). So
 * the option of a TCP or UDP packet that is for this node is taken off when it
 * enters IP, or before, when packets are merged. The header moves up over the
 * place where the option was, the option goes where the MAC header began, and
 * skb->inner_protocol says that it is there:
 *
 *	before: | MAC header | IP header | option | TCP ...
 *	after:  | option | MAC header | IP header | TCP ...
 *
 * That field is for devices that send what is inside a tunnel; nobody reads it of
 * a packet on its way to a socket. (skb->secmark would have AppArmor look at each
 * packet.) Any value of ours that comes in, from a sender of this machine or with
 * the packet that was inside a tunnel, is wiped here. What was merged has come
 * here by code that could use the field; until here secmark says it, which nobody
 * sets for others. Everything else keeps its option where it is: what is forwarded,
 * fragments, AH and ESP, ICMP, other protocols; for those the kernel's own check is
 * stood in for (point.c).
 *
 * Two function pointers of the kernel are changed, under rtnl_lock, those of
 * IPv4 in the tables of receivers and of GRO. If the first is not found as it
 * should be, a netfilter hook does the same, later; if the second is not,
 * packets are not merged. Packets pass them in RCU read-side sections, so
 * synchronize_net() waits for all that are inside.
 */
#include <linux/etherdevice.h>
#include <linux/if_ether.h>
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <linux/static_call.h>
#include <net/gro.h>
#include <net/ip.h>
#include <net/net_namespace.h>

#include "compat.h"
#include "dsm.h"

#define MAC_MAX		40	/* a longer MAC header is not moved */

typedef int (*receive_t)(struct sk_buff *skb, struct net_device *dev,
			 struct packet_type *pt, struct net_device *orig_dev);
typedef void (*receive_list_t)(struct list_head *head, struct packet_type *pt,
			       struct net_device *orig_dev);

static int no_receive(struct sk_buff *skb, struct net_device *dev,
		      struct packet_type *pt, struct net_device *orig_dev)
{
	kfree_skb(skb);
	return NET_RX_DROP;
}

static void no_receive_list(struct list_head *head, struct packet_type *pt,
			    struct net_device *orig_dev)
{
}

static struct sk_buff *no_gro_receive(struct list_head *head,
				      struct sk_buff *skb)
{
	return NULL;
}

DEFINE_STATIC_CALL(dsm_next_receive, no_receive);
DEFINE_STATIC_CALL(dsm_next_receive_list, no_receive_list);
DEFINE_STATIC_CALL(dsm_next_gro, no_gro_receive);

static struct packet_type *ip_type;
static struct packet_offload *ip_offload;
static struct list_head *taps;		/* ptype_all */
static unsigned int attached;

/* ---- moving the option --------------------------------------------------------------- */

/*
 * The option alone, and what the padding to a multiple of 4 needs. Whether it is
 * well-formed, judge.c says.
 */
static bool option_alone(const struct iphdr *iph)
{
	unsigned int room = iph->ihl * 4 - sizeof(*iph);
	const u8 *opt = (const u8 *)(iph + 1);

	return room <= DSM_OPT_ROOM(DSM_OPT_MAX) &&
	       dsm_option_ours(opt, room) && DSM_OPT_ROOM(opt[1]) == room;
}

/* Is the packet for this node, as far as can be said before it is routed? */
static bool is_local(const struct net_device *dev, __be32 daddr)
{
	struct in_device *in_dev = __in_dev_get_rcu(dev);

	if (!in_dev)
		return false;
	if (ipv4_is_multicast(daddr))
		return !IN_DEV_MFORWARD(in_dev);
	return !IN_DEV_FORWARD(in_dev) ||
	       __ip_dev_find(dev_net(dev), daddr, false);
}

static bool may_move(const struct sk_buff *skb, const struct iphdr *iph,
		     const struct net_device *dev)
{
	if (iph->protocol != IPPROTO_TCP && iph->protocol != IPPROTO_UDP)
		return false;
	if (ip_is_fragment(iph) || !option_alone(iph))
		return false;
	if (!skb_mac_header_was_set(skb) ||
	    skb_network_offset(skb) != 0 ||
	    skb->network_header - skb->mac_header > MAC_MAX ||
	    skb->network_header < skb->mac_header)
		return false;
	return is_local(dev, iph->daddr);
}

/* The sum that a checksum is the complement of, without these octets. */
static __sum16 check_without(__sum16 check, const u8 *octets, unsigned int len)
{
	return csum_fold(csum_sub(~csum_unfold(check),
				  csum_partial(octets, len, 0)));
}

/*
 * The header as it is without the option. The checksum is corrected and not
 * computed, so that a header that was damaged stays so.
 */
static void header_shorten(struct iphdr *iph, unsigned int room)
{
	__be16 old = *(__be16 *)iph;
	__be16 len = iph->tot_len;

	iph->check = check_without(iph->check, (u8 *)(iph + 1), room);
	iph->ihl = 5;
	iph->tot_len = htons(ntohs(len) - room);
	csum_replace2(&iph->check, old, *(__be16 *)iph);
	csum_replace2(&iph->check, len, iph->tot_len);
}

static void header_lengthen(struct iphdr *iph, const u8 *opt,
			    unsigned int room)
{
	__be16 old = *(__be16 *)iph;
	__be16 len = iph->tot_len;

	iph->ihl = 5 + room / 4;
	iph->tot_len = htons(ntohs(len) + room);
	csum_replace2(&iph->check, old, *(__be16 *)iph);
	csum_replace2(&iph->check, len, iph->tot_len);
	iph->check = csum_fold(csum_add(~csum_unfold(iph->check),
					csum_partial(opt, room, 0)));
}

/* Where it is known that the option lies: while packets are merged, or after. */
enum stage {
	STAGE_GRO,
	STAGE_IP,
};

static __always_inline void mark_put(struct sk_buff *skb, enum stage stage,
				     unsigned int room)
{
	if (stage == STAGE_GRO)
		skb->secmark = DSM_MARK_GRO | room / 4;
	else
		skb->inner_protocol = (__force __be16)(DSM_MARK | room / 4);
}

/*
 * Move the option out; false without memory. The header is in the linear part
 * and may be shared with a clone, which then is copied.
 */
static bool option_move(struct sk_buff *skb, enum stage stage)
{
	unsigned int room = ip_hdr(skb)->ihl * 4 - sizeof(struct iphdr);
	unsigned int mac_len = skb->network_header - skb->mac_header;
	u8 opt[DSM_OPT_ROOM(DSM_OPT_MAX)];
	u8 *mac;

	if (skb_cow_head(skb, 0))
		return false;
	memcpy(opt, ip_hdr(skb) + 1, room);
	header_shorten(ip_hdr(skb), room);
	mac = skb_mac_header(skb);
	memmove(mac + room, mac, mac_len + sizeof(struct iphdr));
	memcpy(mac, opt, room);
	skb->mac_header += room;
	skb->network_header += room;
	__skb_pull(skb, room);
	mark_put(skb, stage, room);
	return true;
}

/* ---- the common case ------------------------------------------------------------------ */

/* The lengths that an option may have, and what it begins with, in one word. */
#define LEN_SERIAL	(DSM_OPT_LEN + 6)
#define LEN_CODE	(DSM_OPT_LEN + 2 + DSM_CODE_LEN)
#define HEAD(len)	cpu_to_le64(DSM_OPT_TYPE | (u64)(len) << 8 | \
				    0x10ULL << 16 | 0x10ULL << 32 | \
				    (u64)DSM_OPT_TAG << 48 | \
				    (u64)((len) - 6) << 56)

static __always_inline u64 word64(const u8 *p)
{
	return *(const u64 *)p;
}

/*
 * A checksum without the option; a damaged one stays damaged. The option's first
 * eight octets are known, and what the length and the first octet of the header
 * become less by. @len is a constant.
 */
static __always_inline __sum16 check_shortened(const struct iphdr *iph,
					       const unsigned int len)
{
	const unsigned int room = DSM_OPT_ROOM(len);
	const u32 *opt = (const u32 *)(iph + 1);
	u64 sum = (u16)~(__force u16)iph->check;
	u64 more = ~(__force u64)HEAD(len);

	sum += (u32)more;
	sum += more >> 32;
	more = ~word64((const u8 *)&opt[2]);
	sum += (u32)more;
	sum += more >> 32;
	sum += (u32)~opt[4];
	if (room >= 28) {
		sum += (u32)~opt[5];
		sum += (u32)~opt[6];
	}
	if (room >= 32)
		sum += (u32)~opt[7];
	if (room >= 36)
		sum += (u32)~opt[8];
	/* The first octet becomes 0x45; it is the low or the high half. */
	sum += (u16)~(__force u16)htons(room / 4 << 8);
	sum += (u16)~(__force u16)htons(room);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	return csum_fold((__force __wsum)(u32)sum);
}

/*
 * As option_move(), for Ethernet's header and an option that fills 20, 28, 32 or
 * 36 octets: those and the 34 before them change places, all of them in
 * registers at once. @len and @stage are constants.
 */
static __always_inline void option_move_short(struct sk_buff *skb,
					      const enum stage stage,
					      const unsigned int len)
{
	const unsigned int room = DSM_OPT_ROOM(len);
	struct iphdr *iph = (struct iphdr *)skb->data;
	u64 h0, h1, h2, h3, o0, o1, o2 = 0, o3 = 0;
	u8 *p = skb->data - ETH_HLEN;
	u32 last = 0;
	u16 h4;

	iph->check = check_shortened(iph, len);
	iph->tot_len = htons(ntohs(iph->tot_len) - room);
	*(u8 *)iph = 0x45;
	h0 = word64(p);
	h1 = word64(p + 8);
	h2 = word64(p + 16);
	h3 = word64(p + 24);
	h4 = *(u16 *)(p + 32);
	o0 = word64(p + 34);
	o1 = word64(p + 42);
	if (room >= 24)
		o2 = word64(p + 50);
	if (room >= 32)
		o3 = word64(p + 58);
	if (room & 4)
		last = *(u32 *)(p + 30 + room);
	*(u64 *)p = o0;
	*(u64 *)(p + 8) = o1;
	if (room >= 24)
		*(u64 *)(p + 16) = o2;
	if (room >= 32)
		*(u64 *)(p + 24) = o3;
	if (room & 4)
		*(u32 *)(p + room - 4) = last;
	*(u64 *)(p + room) = h0;
	*(u64 *)(p + room + 8) = h1;
	*(u64 *)(p + room + 16) = h2;
	*(u64 *)(p + room + 24) = h3;
	*(u16 *)(p + room + 32) = h4;
	skb->mac_header += room;
	skb->network_header += room;
	skb->data += room;
	skb->len -= room;
	mark_put(skb, stage, room);
}

/* As skb_header_cloned(), which becomes a call. */
static __always_inline bool header_cloned(const struct sk_buff *skb)
{
	unsigned int refs;

	if (!skb->cloned)
		return false;
	refs = atomic_read(&skb_shinfo(skb)->dataref);
	return (refs & SKB_DATAREF_MASK) - (refs >> SKB_DATAREF_SHIFT) != 1;
}

/* For this node, as the device alone says? */
static __always_inline bool is_local_surely(const struct net_device *dev,
					    __be32 daddr)
{
	struct in_device *in_dev = __in_dev_get_rcu(dev);

	return in_dev && !IN_DEV_FORWARD(in_dev) && !ipv4_is_multicast(daddr);
}

/* Directly before the data is Ethernet's header, and only that. */
static __always_inline bool is_ethernet(const struct sk_buff *skb)
{
	return skb->mac_len == ETH_HLEN &&
	       skb->head + skb->mac_header + ETH_HLEN == skb->data;
}

/*
 * Everything that makes a packet a common one but its address, the most telling
 * first. @len, of the option, and @stage are constants. A packet for another host
 * may only be forwarded before IP has it; IP drops it.
 */
static __always_inline bool is_common(const struct sk_buff *skb,
				      const enum stage stage,
				      const unsigned int len)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;

	return skb_headlen(skb) >= sizeof(*iph) + DSM_OPT_ROOM(len) &&
	       skb->data[0] == (0x45 + DSM_OPT_ROOM(len) / 4) &&
	       *(const __le64 *)(iph + 1) == HEAD(len) &&
	       (iph->protocol == IPPROTO_TCP || iph->protocol == IPPROTO_UDP) &&
	       !ip_is_fragment(iph) && !skb->secmark && is_ethernet(skb) &&
	       (stage == STAGE_IP || skb->pkt_type != PACKET_OTHERHOST) &&
	       !skb_shared(skb) && !header_cloned(skb);
}

static __always_inline bool common_move(struct sk_buff *skb,
					const struct net_device *dev,
					const enum stage stage,
					const unsigned int len)
{
	if (!is_common(skb, stage, len) ||
	    !is_local(dev, ((const struct iphdr *)skb->data)->daddr))
		return false;
	option_move_short(skb, stage, len);
	return true;
}

/* With a serial, a code, or both. */
static __always_inline bool common_move_long(struct sk_buff *skb,
					     const struct net_device *dev,
					     const enum stage stage)
{
	switch (skb->data[0]) {
	case 0x45 + DSM_OPT_ROOM(LEN_CODE) / 4:
		return common_move(skb, dev, stage, LEN_CODE);
	case 0x45 + DSM_OPT_ROOM(LEN_SERIAL) / 4:
		return common_move(skb, dev, stage, LEN_SERIAL);
	case 0x45 + DSM_OPT_ROOM(DSM_OPT_MAX) / 4:
		return common_move(skb, dev, stage, DSM_OPT_MAX);
	}
	return false;
}

static noinline bool common_long_gro(struct sk_buff *skb,
				     const struct net_device *dev)
{
	return common_move_long(skb, dev, STAGE_GRO);
}

static noinline bool common_long_ip(struct sk_buff *skb,
				    const struct net_device *dev)
{
	return common_move_long(skb, dev, STAGE_IP);
}

/* Does what option_move() does if this is a common packet. */
static __always_inline bool common_try(struct sk_buff *skb,
				       const struct net_device *dev,
				       const enum stage stage)
{
	if (likely(skb_headlen(skb) && skb->data[0] ==
		   0x45 + DSM_OPT_LEN / 4))
		return common_move(skb, dev, stage, DSM_OPT_LEN);
	if (!skb_headlen(skb))
		return false;
	return stage == STAGE_GRO ? common_long_gro(skb, dev) :
				    common_long_ip(skb, dev);
}

/**
 * dsm_receive_restore() - put the label back into the header
 * @skb: a packet that is about to be queued to a UDP socket
 *
 * Only for a socket that asked for options by IP_RECVOPTS, to which the kernel
 * then hands the label, as it does for what was never taken off.
 *
 * Context: Softirq. Does not sleep.
 */
void dsm_receive_restore(struct sk_buff *skb)
{
	unsigned int room = dsm_mark_bytes(skb);
	unsigned int mac_len = skb->network_header - skb->mac_header;
	u8 opt[DSM_OPT_ROOM(DSM_OPT_MAX)];
	u8 *mac;

	if (skb_cow_head(skb, 0))
		return;
	mac = skb_mac_header(skb) - room;
	memcpy(opt, mac, room);
	memmove(mac, mac + room, mac_len + sizeof(struct iphdr));
	skb->mac_header -= room;
	skb->network_header -= room;
	memcpy(ip_hdr(skb) + 1, opt, room);
	header_lengthen(ip_hdr(skb), opt, room);
	memset(&IPCB(skb)->opt, 0, sizeof(IPCB(skb)->opt));
	IPCB(skb)->opt.optlen = room;
	IPCB(skb)->opt.cipso = sizeof(struct iphdr);
	skb->inner_protocol = 0;
}

/* ---- entering IP ------------------------------------------------------------------------ */

/* The option of a fragment; none if there is none, or it is malformed. */
static struct dsm_option fragment_option(const struct iphdr *iph)
{
	unsigned int room = iph->ihl * 4 - sizeof(*iph);
	const u8 *opts = (const u8 *)(iph + 1), *found;
	struct dsm_option opt;

	if (!room || dsm_option_find(opts, room, &found) || !found ||
	    dsm_option_parse(found, room - (found - opts), &opt, NULL))
		memset(&opt, 0, sizeof(opt));
	return opt;
}

/* A fragment that does not go with those before it is dropped. */
static bool fragment_fits(struct sk_buff *skb, const struct iphdr *iph,
			  struct net_device *dev)
{
	struct dsm_option opt = fragment_option(iph);
	enum dsm_reason reason = DSM_REASON_NONE;

	if (!rcu_access_pointer(dsm_active) ||
	    ntohs(iph->tot_len) < iph->ihl * 4 ||
	    dsm_fragment_fits(dev_net(dev), iph, &opt, &reason))
		return true;
	dsm_reason_inc(reason);
	kfree_skb(skb);
	return false;
}

/*
 * A packet with options, a fragment, or one with a mark. Takes @skb, returns it
 * or NULL.
 */
static noinline struct sk_buff *receive_look(struct sk_buff *skb,
					     struct net_device *dev)
{
	const struct iphdr *iph;

	if ((skb->secmark & ~DSM_MARK_WORDS) == DSM_MARK_GRO) {
		mark_put(skb, STAGE_IP, (skb->secmark & DSM_MARK_WORDS) * 4);
		skb->secmark = 0;
		return skb;
	}
	if (dsm_marked(skb))
		skb->inner_protocol = 0;
	if (skb->pkt_type == PACKET_OTHERHOST || !pskb_may_pull(skb, sizeof(*iph)))
		return skb;
	iph = (const struct iphdr *)skb->data;
	if (iph->version != 4 || iph->ihl < 5)
		return skb;
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (!skb || !pskb_may_pull(skb, ip_hdr(skb)->ihl * 4))
		return skb;
	iph = ip_hdr(skb);
	if (ip_is_fragment(iph) && !fragment_fits(skb, iph, dev))
		return NULL;
	if (!dsm_option_ours((const u8 *)(iph + 1), iph->ihl * 4 - sizeof(*iph)))
		return skb;
	if (may_move(skb, iph, dev) && option_move(skb, STAGE_IP))
		dsm_stat_inc(DSM_ST_STRIPPED);
	else
		dsm_stat_inc(DSM_ST_RECEIVED);
	return skb;
}

/*
 * Nothing to be looked at, if the header is all there and says everything? Most
 * packets have no option and no mark, and are no fragments.
 */
static __always_inline bool is_plain_header(const struct sk_buff *skb)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;

	return likely(skb->data[0] == 0x45) && likely(!dsm_marked(skb)) &&
	       likely(!ip_is_fragment(iph));
}

static __always_inline bool is_plain(const struct sk_buff *skb)
{
	return likely(skb_headlen(skb) >= sizeof(struct iphdr)) &&
	       likely(!skb->secmark) && is_plain_header(skb);
}

static bool receive_common(struct sk_buff *skb, const struct net_device *dev)
{
	if (!common_try(skb, dev, STAGE_IP))
		return false;
	dsm_stat_inc(DSM_ST_STRIPPED);
	return true;
}

static noinline int receive_other(struct sk_buff *skb, struct net_device *dev,
				  struct packet_type *pt,
				  struct net_device *orig_dev)
{
	/* What was merged is not looked at twice. */
	if (!is_plain(skb) && (skb->secmark || !receive_common(skb, dev))) {
		skb = receive_look(skb, dev);
		if (!skb)
			return NET_RX_DROP;
	}
	return static_call(dsm_next_receive)(skb, dev, pt, orig_dev);
}

/*
 * The most common packet with a label. It and a plain one pass through functions
 * that call no other but at their end, so that few registers are saved.
 */
static noinline int receive_labelled(struct sk_buff *skb,
				     struct net_device *dev,
				     struct packet_type *pt,
				     struct net_device *orig_dev)
{
	if (!is_common(skb, STAGE_IP, DSM_OPT_LEN) ||
	    !is_local_surely(dev, ((const struct iphdr *)skb->data)->daddr))
		return receive_other(skb, dev, pt, orig_dev);
	option_move_short(skb, STAGE_IP, DSM_OPT_LEN);
	dsm_stat_inc(DSM_ST_STRIPPED);
	return static_call(dsm_next_receive)(skb, dev, pt, orig_dev);
}

static int dsm_receive(struct sk_buff *skb, struct net_device *dev,
		       struct packet_type *pt, struct net_device *orig_dev)
{
	/*
	 * If all of it is in the linear part and still too short for a header, IP
	 * drops it; what is read of it here is then what happens to lie there.
	 */
	if (unlikely(skb->data_len | skb->secmark) || !is_plain_header(skb))
		return receive_labelled(skb, dev, pt, orig_dev);
	return static_call(dsm_next_receive)(skb, dev, pt, orig_dev);
}

static void dsm_receive_list(struct list_head *head, struct packet_type *pt,
			     struct net_device *orig_dev)
{
	struct sk_buff *skb, *next, *now;

	list_for_each_entry_safe(skb, next, head, list) {
		if (is_plain(skb) || receive_common(skb, skb->dev))
			continue;
		__list_del_entry(&skb->list);
		skb_mark_not_on_list(skb);
		now = receive_look(skb, skb->dev);
		if (now)
			list_add_tail(&now->list, &next->list);
	}
	static_call(dsm_next_receive_list)(head, pt, orig_dev);
}

static unsigned int receive_hook(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	unsigned int was = skb->network_header;

	if (is_plain(skb))
		return NF_ACCEPT;
	/* ip_rcv() made sure that the packet is not shared. */
	if (!receive_look(skb, state->in))
		return NF_STOLEN;
	if (skb->network_header != was)
		skb->transport_header = skb->network_header +
					sizeof(struct iphdr);
	return NF_ACCEPT;
}

/* ---- merging ------------------------------------------------------------------------------- */

static u64 gro_label_word(const struct sk_buff *skb, unsigned int i)
{
	return *(const u64 *)(skb_mac_header(skb) - 16 + i * 8);
}

/* Two packets that were merged until now: is their option the same? */
static bool gro_same(const struct sk_buff *a, const struct sk_buff *b)
{
	unsigned int room = (a->secmark & DSM_MARK_WORDS) * 4;

	if (a->secmark != b->secmark)
		return false;
	if (!room)
		return true;
	if (room == DSM_OPT_LEN)
		return gro_label_word(a, 0) == gro_label_word(b, 0) &&
		       gro_label_word(a, 1) == gro_label_word(b, 1);
	return !memcmp(skb_mac_header(a) - room, skb_mac_header(b) - room,
		       room);
}

/* Somebody looks at packets (tcpdump): they shall see labels. */
static bool gro_tapped(const struct sk_buff *skb)
{
	return !list_empty(&skb->dev->ptype_all) || !list_empty(taps);
}

static bool gro_move(struct sk_buff *skb)
{
	struct napi_gro_cb *cb = NAPI_GRO_CB(skb);
	const struct iphdr *iph = (const struct iphdr *)skb->data;

	if (gro_tapped(skb))
		return false;
	if (skb->secmark)
		return false;
	if (!common_try(skb, skb->dev, STAGE_GRO) &&
	    (skb_headlen(skb) < sizeof(*iph) || iph->version != 4 ||
	     iph->ihl <= 5 || skb_headlen(skb) < iph->ihl * 4 ||
	     !may_move(skb, iph, skb->dev) ||
	     !option_move(skb, STAGE_GRO)))
		return false;
	if (cb->frag0) {
		cb->frag0 = skb->data;
		cb->frag0_len = skb_headlen(skb);
	}
	return true;
}

static struct sk_buff *dsm_gro_receive(struct list_head *head,
				       struct sk_buff *skb)
{
	struct sk_buff *p;

	if (skb_gro_offset(skb))
		goto next;
	if (skb_headlen(skb) && skb->data[0] != 0x45 &&
	    gro_move(skb))
		dsm_stat_inc(DSM_ST_STRIPPED_GRO);
	list_for_each_entry(p, head, list)
		if (NAPI_GRO_CB(p)->same_flow && !gro_same(p, skb))
			NAPI_GRO_CB(p)->same_flow = 0;
next:
	return static_call(dsm_next_gro)(head, skb);
}

/* ---- load and unload ------------------------------------------------------------------------- */

static const struct nf_hook_ops receive_ops = {
	.hook		= receive_hook,
	.pf		= NFPROTO_IPV4,
	.hooknum	= NF_INET_PRE_ROUTING,
	.priority	= INT_MIN,
};

static int __net_init receive_net_init(struct net *net)
{
	return nf_register_net_hook(net, &receive_ops);
}

static void __net_exit receive_net_exit(struct net *net)
{
	nf_unregister_net_hook(net, &receive_ops);
}

static struct pernet_operations receive_net_ops = {
	.init	= receive_net_init,
	.exit	= receive_net_exit,
};

/* The kernel's receiver is where it should be, and nobody else's is. */
static bool receive_find(void)
{
	void *func = dsm_symbol("ip_rcv");
	void *list_func = dsm_symbol("ip_list_rcv");

	ip_type = dsm_symbol("ip_packet_type");
	if (!ip_type || !func || !list_func)
		return false;
	if (ip_type->type != htons(ETH_P_IP) || ip_type->func != func ||
	    ip_type->list_func != list_func)
		return false;
	static_call_update(dsm_next_receive, ip_type->func);
	static_call_update(dsm_next_receive_list, ip_type->list_func);
	return true;
}

static bool gro_find(void)
{
	void *func = dsm_symbol("inet_gro_receive");

	ip_offload = cgl_ip_packet_offload(dsm_symbol);
	taps = cgl_ptype_all(dsm_symbol);
	if (!ip_offload || !taps || !func)
		return false;
	if (ip_offload->type != htons(ETH_P_IP) ||
	    ip_offload->callbacks.gro_receive != func)
		return false;
	static_call_update(dsm_next_gro, ip_offload->callbacks.gro_receive);
	return true;
}

/**
 * dsm_receive_attached() - where packets are looked at
 *
 * Return: enum dsm_attach.
 */
unsigned int dsm_receive_attached(void)
{
	return attached;
}

/**
 * dsm_receive_init() - begin to take labels off
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error with nothing left behind.
 */
int dsm_receive_init(void)
{
	int err;

	rtnl_lock();
	if (receive_find()) {
		WRITE_ONCE(ip_type->func, dsm_receive);
		WRITE_ONCE(ip_type->list_func, dsm_receive_list);
		attached = DSM_ATTACH_POINTER;
	}
	if (attached && gro_find())
		WRITE_ONCE(ip_offload->callbacks.gro_receive, dsm_gro_receive);
	else
		ip_offload = NULL;
	rtnl_unlock();
	if (attached)
		return 0;
	pr_warn("dsm: IPv4's receiver was not found, netfilter is used instead\n");
	err = register_pernet_subsys(&receive_net_ops);
	if (!err)
		attached = DSM_ATTACH_NETFILTER;
	return err;
}

/**
 * dsm_receive_exit() - leave labels where they are
 *
 * Context: Process context. May sleep. When it returns no packet is in here.
 */
void dsm_receive_exit(void)
{
	if (attached == DSM_ATTACH_NETFILTER) {
		unregister_pernet_subsys(&receive_net_ops);
		return;
	}
	rtnl_lock();
	if (ip_offload)
		WRITE_ONCE(ip_offload->callbacks.gro_receive,
			   static_call_query(dsm_next_gro));
	WRITE_ONCE(ip_type->list_func, static_call_query(dsm_next_receive_list));
	WRITE_ONCE(ip_type->func, static_call_query(dsm_next_receive));
	rtnl_unlock();
	synchronize_net();
}
