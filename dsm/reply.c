// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel answers by itself: RST, the ACK of TIME_WAIT, ICMP errors,
 * echo replies.
 *
 * For all of these the kernel asks __ip_options_echo() which options the answer
 * shall have, and gives back those of the packet it answers. That would be the
 * peer's own label. Where a policy is in force we answer instead: our own
 * label, with the initial SID, if that peer is to get labels, and else nothing
 * of ours.
 *
 * An echo request has no socket that it could be judged for; it is judged here,
 * and an error keeps the kernel from answering.
 */
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/route.h>

#include "dsm.h"

/**
 * dsm_reply_wanted() - is this answer ours to label?
 * @skb: the packet that is answered
 *
 * Context: Any context but hard interrupts; in an ftrace callback.
 * Return: false if the kernel's own function shall do it.
 */
bool dsm_reply_wanted(struct sk_buff *skb)
{
	return rcu_access_pointer(dsm_active) &&
	       skb->protocol == htons(ETH_P_IP);
}

/* A request for this node that the kernel is about to answer. */
static bool is_request(const struct sk_buff *skb)
{
	const struct rtable *rt = skb_rtable(skb);

	if (ip_hdr(skb)->protocol != IPPROTO_ICMP || !rt ||
	    !(rt->rt_flags & RTCF_LOCAL))
		return false;
	return icmp_hdr(skb)->type == ICMP_ECHO ||
	       icmp_hdr(skb)->type == ICMP_TIMESTAMP ||
	       icmp_hdr(skb)->type == ICMP_EXT_ECHO;
}

/*
 * The kernel allocates as much for a SYN's options as there were in the SYN;
 * in all other cases there is room for 40 octets. What it allocated is replaced
 * before it is used (dsm_send_request()).
 */
static bool has_room(const struct sk_buff *skb, const struct ip_options *sopt,
		     unsigned int len)
{
	return ip_hdr(skb)->protocol != IPPROTO_TCP || !sopt->optlen ||
	       sopt->optlen >= len;
}

static void option_put(struct ip_options *dopt, const struct dsm_active *a)
{
	memcpy(dopt->__data, a->opt, a->opt_len);
	dopt->optlen = a->opt_len;
	dopt->cipso = sizeof(struct iphdr);
	dsm_stat_inc(DSM_ST_REPLIES);
}

/**
 * dsm_reply() - which options shall an answer have?
 * @net: not used
 * @dopt: gets them, with room for 40 octets behind it
 * @skb: the packet that is answered
 * @sopt: its options
 *
 * In the place of __ip_options_echo().
 *
 * Context: Softirq or process context. Does not sleep.
 * Return: 0, or -EACCES: there shall be no answer.
 */
int dsm_reply(struct net *net, struct ip_options *dopt, struct sk_buff *skb,
	      const struct ip_options *sopt)
{
	const struct dsm_image_peer *peer;
	const struct dsm_active *a;

	memset(dopt, 0, sizeof(*dopt));
	if (is_request(skb) && dsm_judge_echo(skb))
		return -EACCES;
	rcu_read_lock();
	a = rcu_dereference(dsm_active);
	peer = a ? dsm_policy_peer4(&a->policy, ip_hdr(skb)->saddr) : NULL;
	if (peer && peer->action >= DSM_PEER_LABEL &&
	    has_room(skb, sopt, a->opt_len))
		option_put(dopt, a);
	rcu_read_unlock();
	return 0;
}
