// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel answers by itself: RST, the ACK of TIME_WAIT, ICMP errors,
 * echo replies.
 *
 * For all of these the kernel asks __ip_options_echo() which options the answer
 * shall have, and gives back those of the packet it answers. That would be the
 * peer's own label. Where a policy is in force we answer instead: our own
 * label, if that peer is to get labels, and else nothing of ours. Its SID is
 * that of the TCP or UDP socket which the packet is for, be it one that listens,
 * or which it was for until a moment ago (timewait.c); else the initial one. That
 * is also what is said of a packet that was only to be forwarded.
 *
 * An echo request has no socket that it could be judged for, nor has what
 * arrives for a connection in TIME_WAIT; they are judged here, and an error
 * keeps the kernel from answering.
 */
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/inet_hashtables.h>
#include <net/inet_timewait_sock.h>
#include <net/ip.h>
#include <net/route.h>
#include <net/tcp.h>
#include <net/udp.h>

#include "compat.h"
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

/**
 * struct answer - who answers
 * @sid: its SID, 0 for the kernel itself
 * @over: the connection is over, so nobody has judged the packet yet
 */
struct answer {
	u32	sid;
	bool	over;
};

/* The label of a socket that was found; a reference to it is given back. */
static void answer_by(struct answer *who, struct sock *sk, bool refcounted)
{
	if (sk->sk_state == TCP_TIME_WAIT)
		who->over = true;
	else if (sk->sk_state == TCP_NEW_SYN_RECV)
		who->sid = dsm_sock_sid(inet_reqsk(sk)->rsk_listener);
	else
		who->sid = dsm_sock_sid(sk);
	if (refcounted)
		sock_gen_put(sk);
}

static struct answer answer_tcp(struct net *net, struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	struct answer who = {};
	const struct tcphdr *th;
	struct tcphdr space;
	bool refcounted;
	struct sock *sk;

	th = skb_header_pointer(skb, skb_network_offset(skb) + iph->ihl * 4,
				sizeof(space), &space);
	if (!th)
		return who;
	/* TCP may have moved what inet_sdif() would read. */
	sk = __inet_lookup(net, net->ipv4.tcp_death_row.hashinfo, skb,
			   __tcp_hdrlen(th), iph->saddr, th->source,
			   iph->daddr, th->dest, inet_iif(skb), 0,
			   &refcounted);
	if (sk)
		answer_by(&who, sk, refcounted);
	if (!who.sid)
		who.sid = dsm_timewait_sid(net, iph->daddr, iph->saddr,
					   th->dest, th->source);
	return who;
}

/* An ICMP error about a datagram that there is a socket for. */
static struct answer answer_udp(struct net *net, struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	const struct udphdr *uh;
	struct answer who = {};
	struct udphdr space;
	struct sock *sk;

	uh = skb_header_pointer(skb, skb_network_offset(skb) + iph->ihl * 4,
				sizeof(space), &space);
	if (!uh || iph->frag_off & htons(IP_OFFSET))
		return who;
	/* No reference is taken: UDP sockets are freed by RCU. */
	sk = __udp4_lib_lookup(net, iph->saddr, uh->source, iph->daddr,
			       uh->dest, inet_iif(skb), inet_sdif(skb),
			       cgl_udp_table(net), NULL);
	if (sk)
		who.sid = dsm_sock_sid(sk);
	return who;
}

/* A router's answer: no socket here has to do with it. */
static bool is_forwarded(const struct sk_buff *skb)
{
	const struct rtable *rt = skb_rtable(skb);

	return rt && !(rt->rt_flags & RTCF_LOCAL);
}

static void option_put(struct ip_options *dopt, const u8 *opt,
		       unsigned int len)
{
	memcpy(dopt->__data, opt, len);
	dopt->optlen = len;
	dopt->cipso = sizeof(struct iphdr);
	dsm_stat_inc(DSM_ST_REPLIES);
}

static void label_put(struct ip_options *dopt, const struct dsm_active *a,
		      u32 sid)
{
	u8 opt[DSM_OPT_ROOM(DSM_OPT_MAX)];
	unsigned int len;

	if (!sid || sid == a->label.sid) {
		option_put(dopt, a->opt, a->opt_len);
		return;
	}
	len = dsm_send_option(a, sid, opt);
	option_put(dopt, opt, len);
}

/* Whose answer it is; an error if there shall be none. */
static int answer_find(struct answer *who, struct net *net,
		       struct sk_buff *skb)
{
	*who = (struct answer) {};
	if (is_forwarded(skb))
		return 0;
	if (ip_hdr(skb)->protocol == IPPROTO_TCP)
		*who = answer_tcp(net, skb);
	else if (ip_hdr(skb)->protocol == IPPROTO_UDP)
		*who = answer_udp(net, skb);
	if (who->over && who->sid)
		return dsm_judge_answered(skb, DSM_CLASS_TCP, who->sid);
	return is_request(skb) ? dsm_judge_answered(skb, DSM_CLASS_ICMP, 0) : 0;
}

/**
 * dsm_reply() - which options shall an answer have?
 * @net: where
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
	struct answer who;
	int err;

	memset(dopt, 0, sizeof(*dopt));
	rcu_read_lock();
	err = answer_find(&who, net, skb);
	if (err)
		goto out;
	a = rcu_dereference(dsm_active);
	peer = a ? dsm_policy_peer4(&a->policy, ip_hdr(skb)->saddr) : NULL;
	if (peer && peer->action >= DSM_PEER_LABEL &&
	    has_room(skb, sopt, a->opt_len))
		label_put(dopt, a, who.sid);
out:
	rcu_read_unlock();
	return err;
}
