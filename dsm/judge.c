// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decision: may this packet reach this socket, may this message reach that
 * process?
 *
 * A packet's label is where receive.c put it or still in its header. The peer
 * table says what to make of a packet without one, and which labels its sender
 * may use; the policy says the rest. What cannot be judged is refused.
 *
 * Most packets are like the last one to the same socket, and get the answer
 * that is kept there. Everything is read from one policy, whose pointer is read
 * once.
 *
 * Locking: none but that of the kept verdict, which is tried and not waited
 * for. All of it runs in RCU read-side sections and in softirqs.
 */
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/sock.h>

#include "compat.h"
#include "current_comm.h"
#include "dsm.h"

/*
 * The NID of a peer of which the table has none. Rules that name no NID apply
 * to it.
 */
#define NID_UNKNOWN	0xffffffff

/**
 * struct judged - one question and what came of it
 * @a: the policy
 * @sk: the socket that would get it, or %NULL
 * @skb: the packet, or %NULL
 * @seen: its label
 * @access: what the policy was asked
 * @reason: enum dsm_reason
 * @flags: of dsm_policy_check()
 */
struct judged {
	const struct dsm_active *a;
	const struct sock	*sk;
	struct sk_buff		*skb;
	struct dsm_seen		seen;
	struct dsm_access	access;
	enum dsm_reason		reason;
	u32			flags;
};

/* ---- the label of a packet ------------------------------------------------------------ */

/* @seen is all zero. */
static enum dsm_reason seen_read(struct dsm_seen *seen,
				 const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	enum dsm_reason reason;

	if (dsm_marked(skb)) {
		seen->len = dsm_mark_bytes(skb);
		seen->data = skb_mac_header(skb) - seen->len;
	} else if (iph->ihl > 5) {
		seen->len = iph->ihl * 4 - sizeof(*iph);
		reason = dsm_option_find((const u8 *)(iph + 1), seen->len,
					 &seen->data);
		if (reason)
			return reason;
		if (seen->data)
			seen->len -= seen->data - (const u8 *)(iph + 1);
	}
	if (!seen->data) {
		seen->len = 0;
		return DSM_REASON_NONE;
	}
	if (seen->len == DSM_OPT_LEN &&
	    dsm_option_parse_short(seen->data, &seen->opt))
		return DSM_REASON_NONE;
	reason = dsm_option_parse(seen->data, seen->len, &seen->opt, NULL);
	seen->len = min_t(unsigned int, seen->len, DSM_OPT_ROOM(DSM_OPT_MAX));
	return reason;
}

/* ---- what the peer table says --------------------------------------------------------- */

/* The code, of which the addresses in the header are a part. */
static enum dsm_reason peer_code(struct judged *j,
				 const struct dsm_image_peer *peer)
{
	bool needed = (j->a->policy.flags & DSM_POLICY_NEED_CODE) ||
		      (peer->flags & DSM_PEER_NEED_CODE);
	const struct dsm_option *opt = &j->seen.opt;
	const struct iphdr *iph = ip_hdr(j->skb);
	struct dsm_coded coded = {
		.saddr = iph->saddr, .daddr = iph->daddr, .label = opt->label,
		.serial = opt->serial, .protocol = iph->protocol,
	};
	enum dsm_reason reason;

	if (!opt->has_code)
		return needed ? DSM_REASON_CODE_MISSING : DSM_REASON_NONE;
	reason = dsm_key_verify(&coded, opt->code);
	j->seen.verified = !reason;
	/* A node that this one has no key of, and need not have. */
	if (reason == DSM_REASON_CODE_EPOCH && !needed)
		return DSM_REASON_NONE;
	return reason;
}

static enum dsm_reason peer_label(struct judged *j,
				  const struct dsm_image_peer *peer)
{
	const struct dsm_option *opt = &j->seen.opt;
	const struct dsm_policy *p = &j->a->policy;

	if (peer->action == DSM_PEER_PLAIN)
		return DSM_REASON_PLAIN_PEER;
	if (peer->nid && le32_to_cpu(peer->nid) != opt->label.nid)
		return DSM_REASON_NID_SPOOFED;
	if ((p->flags & DSM_POLICY_NEED_SERIAL) &&
	    (!opt->has_serial || opt->serial < p->serial))
		return DSM_REASON_SERIAL_OLD;
	return peer_code(j, peer);
}

/* Who sent it, into @j->access; false if nobody can have. */
static bool sender_find(struct judged *j, const struct dsm_image_peer *peer)
{
	const struct dsm_option *opt = &j->seen.opt;

	if (!peer || peer->action == DSM_PEER_DENY) {
		j->reason = DSM_REASON_PEER_DENIED;
		return false;
	}
	j->access.sid = opt->label.sid;
	j->access.nid = opt->label.nid;
	if (opt->label.sid) {
		j->reason = peer_label(j, peer);
		return !j->reason;
	}
	j->access.sid = le32_to_cpu(peer->sid);
	j->access.nid = peer->nid ? le32_to_cpu(peer->nid) : NID_UNKNOWN;
	if (peer->action != DSM_PEER_REQUIRE && j->access.sid)
		return true;
	j->reason = DSM_REASON_UNLABELLED;
	return false;
}

/* ---- telling ---------------------------------------------------------------------------- */

static void event_ports(struct dsm_event *ev, const struct sk_buff *skb)
{
	const __be16 *ports;
	__be16 space[2];

	if (ev->protocol != IPPROTO_TCP && ev->protocol != IPPROTO_UDP &&
	    ev->protocol != IPPROTO_SCTP)
		return;
	ports = skb_header_pointer(skb, skb_transport_offset(skb),
				   sizeof(space), space);
	if (!ports)
		return;
	ev->sport = ntohs(ports[0]);
	ev->dport = ntohs(ports[1]);
}

static void event_packet(struct dsm_event *ev, const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IPV6)) {
		ev->family = AF_INET6;
		ev->protocol = ipv6_hdr(skb)->nexthdr;
		ev->saddr = ipv6_hdr(skb)->saddr;
		ev->daddr = ipv6_hdr(skb)->daddr;
	} else {
		ev->family = AF_INET;
		ev->protocol = ip_hdr(skb)->protocol;
		ev->saddr.s6_addr32[0] = ip_hdr(skb)->saddr;
		ev->daddr.s6_addr32[0] = ip_hdr(skb)->daddr;
	}
	event_ports(ev, skb);
}

static void event_task(struct dsm_event *ev)
{
	ev->pid = task_tgid_nr(current);
	cgl_current_comm(ev->comm);
}

static void judged_report(const struct judged *j, enum dsm_op op, bool denied)
{
	struct dsm_event ev = {
		.op	= op,
		.reason	= j->reason,
		.denied	= denied,
		.report	= j->reason != DSM_REASON_RULE ||
			  (j->flags & DSM_AUDIT),
		.access	= j->access,
		.serial	= j->a ? j->a->policy.serial : 0,
	};

	if (j->skb)
		event_packet(&ev, j->skb);
	else
		event_task(&ev);
	dsm_event_report(&ev);
}

/*
 * ICMP type 3 code 13, unless the packet is ICMP itself. The options of the
 * answer are those that reply.c makes, not the packet's.
 */
static void answer(struct sk_buff *skb)
{
	struct ip_options none = {};

	if (skb->protocol != htons(ETH_P_IP) ||
	    ip_hdr(skb)->protocol == IPPROTO_ICMP || !skb_rtable(skb))
		return;
	__icmp_send(skb, ICMP_DEST_UNREACH, ICMP_PKT_FILTERED, 0, &none);
	dsm_stat_inc(DSM_ST_ANSWERED);
}

/* What becomes of a question whose answer is no, by whatever reason. */
static int judged_no(struct judged *j, enum dsm_op op)
{
	bool permissive = j->a && (j->a->policy.flags & DSM_POLICY_PERMISSIVE) &&
			  j->reason > DSM_REASON_OPTION_TWICE;

	judged_report(j, op, !permissive);
	if (permissive) {
		dsm_stat_inc(DSM_ST_PERMISSIVE);
		return 0;
	}
	if (j->skb && (j->flags & DSM_ANSWER))
		answer(j->skb);
	return -EACCES;
}

/* Ask the policy. 0 or -EACCES, and in @j->flags whether it may be kept. */
static int judged_ask(struct judged *j, enum dsm_op op)
{
	const struct dsm_access *q = &j->access;

	j->flags = dsm_policy_check(&j->a->policy, q->class, q->perms, q->sid,
				    q->nid, q->tsid);
	if (likely((j->flags & (DSM_ALLOW | DSM_PERMITTED)) == DSM_ALLOW)) {
		if (unlikely(j->flags & DSM_AUDIT))
			judged_report(j, op, false);
		return 0;
	}
	j->reason = DSM_REASON_RULE;
	if (!(j->flags & DSM_ALLOW))
		return judged_no(j, op);
	judged_report(j, op, false);
	dsm_stat_inc(DSM_ST_PERMISSIVE);
	return 0;
}

/* ---- packets ------------------------------------------------------------------------------ */

static __always_inline u64 packet_addrs(const struct sk_buff *skb)
{
	return *(const u64 *)&ip_hdr(skb)->saddr;
}

/* Words at a time; lengths are multiples of 4. */
static __always_inline bool opt_equal(const u8 *a, const u8 *b, u32 len)
{
	u32 i;

	if (likely(len == DSM_OPT_LEN))
		return *(const u64 *)a == *(const u64 *)b &&
		       *(const u64 *)(a + 8) == *(const u64 *)(b + 8) &&
		       *(const u32 *)(a + 16) == *(const u32 *)(b + 16);
	for (i = 0; i + 8 <= len; i += 8)
		if (*(const u64 *)(a + i) != *(const u64 *)(b + i))
			return false;
	return i == len || *(const u32 *)(a + i) == *(const u32 *)(b + i);
}

/*
 * Was a packet like this one allowed to this socket by the policy of this
 * generation? Only of IPv4, without an option or with one that was taken off: the
 * first octet says so. Who writes takes the generation away before it begins and
 * gives it back last, so that a sequence that is odd all the time goes with none.
 */
static __always_inline bool verdict_kept(const struct dsm_sock *ds,
					 u32 generation,
					 const struct sk_buff *skb)
{
	unsigned int seq = raw_read_seqcount(&ds->seq);
	u16 mark = (__force u16)skb->inner_protocol;
	const struct dsm_verdict *v = &ds->verdict;
	unsigned int len;

	if (v->generation != generation)
		return false;
	/* The rest after the generation: the writer has them the other way round. */
	smp_rmb();
	if (v->addrs != packet_addrs(skb) || *(u8 *)ip_hdr(skb) != 0x45 ||
	    v->mark != mark)
		return false;
	if (mark >= DSM_MARK) {
		len = dsm_mark_bytes(skb);
		if (!opt_equal(v->opt, skb_mac_header(skb) - len, len))
			return false;
	}
	return !read_seqcount_retry(&ds->seq, seq);
}

static void peer_fill(struct dsm_peer *peer, const struct judged *j)
{
	peer->label.sid = j->access.sid;
	peer->label.nid = j->access.nid;
	peer->flags = (j->seen.data ? DSM_PEER_LABELLED : 0) |
		      (j->seen.verified ? DSM_PEER_CODED : 0);
	peer->serial = j->seen.opt.serial;
}

/* Keep a yes that says nothing more than yes; see verdict_kept(). */
static void verdict_keep(struct dsm_sock *ds, const struct judged *j)
{
	const struct dsm_seen *seen = &j->seen;
	struct dsm_verdict *v = &ds->verdict;

	if (!spin_trylock_bh(&ds->lock))
		return;
	WRITE_ONCE(v->generation, 0);
	/* Who sees an odd sequence sees no generation, see verdict_kept(). */
	smp_wmb();
	write_seqcount_begin(&ds->seq);
	peer_fill(&ds->peer, j);
	v->addrs = packet_addrs(j->skb);
	v->mark = (__force u16)j->skb->inner_protocol;
	if (seen->data && dsm_marked(j->skb))
		memcpy(v->opt, seen->data, seen->len);
	else if (seen->data)
		v->mark = DSM_MARK_NEVER;
	/* Or one that comes with all of the rest. */
	smp_wmb();
	WRITE_ONCE(v->generation,
		   j->flags == DSM_ALLOW ? j->a->generation : 0);
	write_seqcount_end(&ds->seq);
	spin_unlock_bh(&ds->lock);
}

static bool receiver_find(struct judged *j, const struct dsm_sock *ds)
{
	j->access.perms = DSM_PERM_RECEIVE;
	if (ds) {
		j->access.class = ds->class;
		j->access.tsid = dsm_sid_of(ds->sid);
		return true;
	}
	j->access.class = dsm_sock_class(j->sk->sk_family, j->sk->sk_type,
					 j->sk->sk_protocol);
	j->access.tsid = dsm_sid_of(0);
	if (j->sk->sk_kern_sock)
		return true;
	j->reason = DSM_REASON_NO_SOCKET_LABEL;
	return false;
}

static noinline int packet_judge(const struct dsm_active *a, struct sock *sk,
				 struct dsm_sock *ds, struct sk_buff *skb)
{
	struct judged j = { .a = a, .sk = sk, .skb = skb };
	int err;

	j.reason = seen_read(&j.seen, skb);
	if (j.reason || !receiver_find(&j, ds) ||
	    !sender_find(&j, dsm_policy_peer4(&a->policy, ip_hdr(skb)->saddr)))
		return judged_no(&j, DSM_OP_RECEIVE);
	err = judged_ask(&j, DSM_OP_RECEIVE);
	if (!err && ds)
		verdict_keep(ds, &j);
	return err;
}

/* IPv6 carries no labels: what arrives is judged by the table's default. */
static noinline int packet6_judge(const struct dsm_active *a, struct sock *sk,
				  struct dsm_sock *ds, struct sk_buff *skb)
{
	struct judged j = { .a = a, .sk = sk, .skb = skb };

	if (!receiver_find(&j, ds) ||
	    !sender_find(&j, dsm_policy_peer6(&a->policy,
					      ipv6_hdr(skb)->saddr.s6_addr)))
		return judged_no(&j, DSM_OP_RECEIVE);
	return judged_ask(&j, DSM_OP_RECEIVE);
}

static bool wants_options(const struct sock *sk)
{
	return cgl_inet_cmsg_flags(sk) & IP_CMSG_RECVOPTS;
}

static bool packet_kept(const struct dsm_sock *ds, const struct dsm_active *a,
			const struct sk_buff *skb)
{
	if (!ds || skb->protocol != htons(ETH_P_IP) ||
	    !verdict_kept(ds, a->generation, skb))
		return false;
	dsm_stat_inc(DSM_ST_CACHED);
	return true;
}

static int packet_ask(const struct dsm_active *a, struct sock *sk,
		      struct sk_buff *skb)
{
	struct dsm_sock *ds = dsm_sock_find(sk);
	int err;

	if (packet_kept(ds, a, skb))
		return 0;
	if (skb->protocol == htons(ETH_P_IPV6))
		err = packet6_judge(a, sk, ds, skb);
	else
		err = packet_judge(a, sk, ds, skb);
	if (!err)
		dsm_stat_inc(DSM_ST_ALLOWED);
	return err;
}

/* Not kept or not found at once, not IPv4, or more to do. */
static noinline int packet_look(struct sock *sk, struct sk_buff *skb)
{
	const struct dsm_active *a = rcu_dereference(dsm_active);
	int err;

	if (!a)
		return 0;
	err = packet_ask(a, sk, skb);
	if (!err && wants_options(sk) && dsm_marked(skb) &&
	    sk->sk_protocol == IPPROTO_UDP)
		dsm_receive_restore(skb);
	return err;
}

/* Copied, if the packet is like the last one that was allowed. */
static bool peer_kept(const struct dsm_sock *ds, const struct dsm_active *a,
		      const struct sk_buff *skb, struct dsm_peer *peer)
{
	unsigned int seq = raw_read_seqcount(&ds->seq);

	*peer = ds->peer;
	return verdict_kept(ds, a->generation, skb) &&
	       !read_seqcount_retry(&ds->seq, seq);
}

static noinline void peer_read(const struct dsm_active *a,
			       const struct sock *sk, struct sk_buff *skb,
			       struct dsm_peer *peer)
{
	struct judged j = { .a = a, .sk = sk, .skb = skb };

	memset(peer, 0, sizeof(*peer));
	if (seen_read(&j.seen, skb) ||
	    !sender_find(&j, dsm_policy_peer4(&a->policy, ip_hdr(skb)->saddr)))
		return;
	peer_fill(peer, &j);
}

/**
 * dsm_judge_peer() - who sent this packet?
 * @a: the policy
 * @sk: the socket that it was allowed to
 * @skb: the packet
 * @peer: gets who; all zero if that cannot be said
 *
 * Context: An RCU read-side section, as IP delivers packets. Does not sleep.
 */
void dsm_judge_peer(const struct dsm_active *a, const struct sock *sk,
		    struct sk_buff *skb, struct dsm_peer *peer)
{
	const struct dsm_sock *ds = dsm_sock_find(sk);

	if (!ds || !peer_kept(ds, a, skb, peer))
		peer_read(a, sk, skb, peer);
}

/**
 * dsm_judge_sender() - whose is a packet that nobody here gets, or not yet?
 * @a: the policy
 * @skb: the packet; its network header is set
 *
 * Context: An RCU read-side section. Does not sleep.
 * Return: its SID, or 0 if it has a label that its sender may not use, or none.
 */
u32 dsm_judge_sender(const struct dsm_active *a, const struct sk_buff *skb)
{
	struct judged j = { .a = a, .skb = (struct sk_buff *)skb };
	const struct dsm_image_peer *peer;

	if (skb->protocol == htons(ETH_P_IPV6)) {
		peer = dsm_policy_peer6(&a->policy,
					ipv6_hdr(skb)->saddr.s6_addr);
	} else {
		if (seen_read(&j.seen, skb))
			return 0;
		peer = dsm_policy_peer4(&a->policy, ip_hdr(skb)->saddr);
	}
	return sender_find(&j, peer) ? j.access.sid : 0;
}

/**
 * dsm_judge_packet() - may this packet reach this socket?
 * @sk: a socket of any family; only IPv4 and IPv6 ones are judged
 * @skb: the packet; its network header is set if it is one of theirs
 *
 * The hook socket_sock_rcv_skb itself.
 *
 * A socket that asked for the options of what it gets (IP_RECVOPTS) has the
 * label put back into the header.
 *
 * Context: An RCU read-side section for sockets of IP, as it delivers packets;
 * others, such as netlink's, may have none. Does not sleep.
 * Return: 0, or -EACCES: it has to be dropped.
 */
int dsm_judge_packet(struct sock *sk, struct sk_buff *skb)
{
	struct dsm_sock *ds;

	if (unlikely(READ_ONCE(sk->sk_family) != AF_INET) &&
	    READ_ONCE(sk->sk_family) != AF_INET6)
		return 0;
	if (likely(dsm_sock_first(sk, &ds)) &&
	    likely(verdict_kept(ds, READ_ONCE(dsm_generation), skb)) &&
	    likely(!dsm_marked(skb) || !wants_options(sk))) {
		dsm_stat_inc(DSM_ST_CACHED);
		return 0;
	}
	return packet_look(sk, skb);
}

/**
 * dsm_judge_answered() - may the kernel answer this packet?
 * @skb: the packet, which no socket gets
 * @class: enum dsm_class
 * @tsid: whose label the answer would have; 0: that of the kernel
 *
 * Context: Softirq. Does not sleep.
 * Return: 0, or -EACCES.
 */
int dsm_judge_answered(struct sk_buff *skb, u32 class, u32 tsid)
{
	struct judged j = { .skb = skb };
	int err = 0;

	rcu_read_lock();
	j.a = rcu_dereference(dsm_active);
	if (!j.a)
		goto out;
	j.access.class = class;
	j.access.perms = DSM_PERM_RECEIVE;
	j.access.tsid = tsid ? tsid : j.a->label.sid;
	j.reason = seen_read(&j.seen, skb);
	if (j.reason || !sender_find(&j, dsm_policy_peer4(&j.a->policy,
							  ip_hdr(skb)->saddr)))
		err = judged_no(&j, DSM_OP_RECEIVE);
	else
		err = judged_ask(&j, DSM_OP_RECEIVE);
out:
	rcu_read_unlock();
	return err;
}

/* ---- what happens on this node -------------------------------------------------------------- */

/* Not simply allowed: ask once more, and tell. */
static noinline int local_judge(const struct dsm_active *a, enum dsm_op op,
				const struct dsm_access *access)
{
	struct judged j = { .a = a, .access = *access };

	return judged_ask(&j, op);
}

/**
 * dsm_judge_from() - may a process do something to one of this node?
 * @op: what, for the report
 * @class: enum dsm_class
 * @perms: DSM_PERM_*
 * @from: who
 * @tsid: to whom
 *
 * Context: Any context but hard interrupts. Does not sleep.
 * Return: 0, or -EACCES.
 */
int dsm_judge_from(enum dsm_op op, u32 class, u32 perms,
		   const struct dsm_label *from, u32 tsid)
{
	struct dsm_access access = {
		.class = class, .perms = perms, .sid = from->sid,
		.nid = from->nid, .tsid = tsid,
	};
	const struct dsm_active *a;
	int err = 0;

	rcu_read_lock();
	a = rcu_dereference(dsm_active);
	if (a && dsm_policy_check(&a->policy, class, perms, from->sid,
				  from->nid, tsid) != DSM_ALLOW)
		err = local_judge(a, op, &access);
	rcu_read_unlock();
	return err;
}

/**
 * dsm_judge_local() - may one process of this node do something to another?
 * @op: what, for the report
 * @class: enum dsm_class
 * @perms: DSM_PERM_*
 * @ssid: who
 * @tsid: to whom
 *
 * Context: Any context but hard interrupts. Does not sleep.
 * Return: 0, or -EACCES.
 */
int dsm_judge_local(enum dsm_op op, u32 class, u32 perms, u32 ssid, u32 tsid)
{
	struct dsm_label from = { .sid = ssid, .nid = READ_ONCE(dsm_nid) };

	return dsm_judge_from(op, class, perms, &from, tsid);
}

/* Where a plain yes is kept: the SID, class and permissions are in the word. */
static u64 *self_place(const struct dsm_active *a, u64 asked)
{
	return (u64 *)&a->self[hash_64(asked, DSM_SELF_BITS)];
}

static noinline int self_ask(enum dsm_op op, u32 class, u32 perms, u32 sid)
{
	struct dsm_access access = {
		.class = class, .perms = perms, .sid = sid,
		.nid = READ_ONCE(dsm_nid), .tsid = sid,
	};
	u64 asked = (u64)sid << 32 | class << 16 | perms;
	const struct dsm_active *a;
	int err = 0;

	rcu_read_lock();
	a = rcu_dereference(dsm_active);
	if (a && dsm_policy_check(&a->policy, class, perms, sid, access.nid,
				  sid) == DSM_ALLOW)
		WRITE_ONCE(*self_place(a, asked), asked);
	else if (a)
		err = local_judge(a, op, &access);
	rcu_read_unlock();
	return err;
}

/**
 * dsm_judge_self() - may the current process do this at all?
 * @op: what, for the report
 * @class: enum dsm_class
 * @perms: DSM_PERM_*
 *
 * A yes that says nothing more is kept with the policy: whoever makes sockets
 * asks the same again and again.
 *
 * Context: Process context. Does not sleep.
 * Return: 0, or -EACCES.
 */
int dsm_judge_self(enum dsm_op op, u32 class, u32 perms)
{
	u32 sid = dsm_task_sid(current);
	const struct dsm_active *a;
	u64 asked = (u64)sid << 32 | class << 16 | perms;
	bool kept;

	rcu_read_lock_sched();
	a = rcu_dereference_sched(dsm_active);
	kept = !a || READ_ONCE(*self_place(a, asked)) == asked;
	rcu_read_unlock_sched();
	return kept ? 0 : self_ask(op, class, perms, sid);
}

/**
 * dsm_refuse() - something that no rule can allow
 * @op: what was tried
 * @reason: why not
 * @sk: the socket, or %NULL
 *
 * Context: Process context. Does not sleep.
 * Return: -EACCES; 0 in permissive mode or without a policy.
 */
int dsm_refuse(enum dsm_op op, enum dsm_reason reason, const struct sock *sk)
{
	struct judged j = { .sk = sk, .reason = reason };
	int err = 0;

	rcu_read_lock();
	j.a = rcu_dereference(dsm_active);
	if (j.a) {
		j.access.sid = dsm_task_sid(current);
		j.access.nid = READ_ONCE(dsm_nid);
		err = judged_no(&j, op);
	}
	rcu_read_unlock();
	return err;
}
