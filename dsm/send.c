// SPDX-License-Identifier: GPL-2.0-only
/*
 * Giving sockets their labels to send.
 *
 * A socket gets its label when it first connects or sends to a peer that is to
 * get one: an option in the place where the kernel keeps what setsockopt(
 * IP_OPTIONS) gives, and from where it copies it into each header, of TCP into
 * one per GSO packet. A connection that is being opened gets it in its request,
 * with the SID of the listening socket; SYN-ACK and accepted socket have it
 * from there.
 *
 * Once it has one a socket keeps it, for as long as there is a policy. Another
 * thread that sends or connects at the same time therefore never finds the
 * label gone; what such a socket sends to a peer that is not to get a label,
 * the guard takes it off from (guard.c).
 *
 * Locking: the option of a socket is changed under lock_sock() and read under
 * RCU by the kernel; an old one is freed after a grace period. Memory is
 * kmalloc()'s, and the kernel frees it with the socket, after this module has
 * gone, too.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/tcp.h>
#include <net/inet_connection_sock.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/request_sock.h>
#include <net/tcp.h>

#include "compat.h"
#include "dsm.h"

#define ROOM	DSM_OPT_ROOM(DSM_OPT_MAX)
#define SID_AT	10	/* where an option of dsm_option_build() has it */

static_assert(offsetof(struct dsm_block, data) ==
	      sizeof(struct ip_options_rcu));

/**
 * dsm_send_option() - the option that a sender puts into its headers
 * @a: the policy
 * @sid: of the sender
 * @data: gets the option, padded with zeroes; an authentication code is zero,
 *	and made when it is known between which addresses (guard.c)
 *
 * Return: its length with the padding, a multiple of 4.
 */
unsigned int dsm_send_option(const struct dsm_active *a, u32 sid,
			     u8 data[DSM_OPT_ROOM(DSM_OPT_MAX)])
{
	struct dsm_option opt = {
		.label		= { .sid = sid, .nid = READ_ONCE(dsm_nid) },
		.serial		= a->policy.serial,
		.has_serial	= a->policy.flags & DSM_POLICY_SEND_SERIAL,
		.has_code	= a->policy.flags & DSM_POLICY_SEND_CODE,
	};

	return DSM_OPT_ROOM(dsm_option_build(&opt, data));
}

static struct dsm_block *block_new(const struct dsm_active *a, u32 sid,
				   gfp_t gfp)
{
	bool sealed = a->policy.flags & DSM_POLICY_SEND_CODE;
	struct dsm_block *b;

	/* The compiler finds the cache for a size that is a constant. */
	b = sealed ? kmalloc(sizeof(*b), gfp) :
		     kmalloc(offsetof(struct dsm_block, seq), gfp);
	if (!b)
		return NULL;
	b->rcu.opt = (struct ip_options) {
		.faddr = DSM_BLOCK_MARK, .optlen = a->opt_len,
		.cipso = sizeof(struct iphdr),
	};
	/* The kernel's own, under the same policy, but for the SID. */
	memcpy(b->data, a->opt, sizeof(b->data));
	put_unaligned_be32(sid, b->data + SID_AT);
	b->peer = (struct dsm_peer) {};
	if (sealed) {
		seqcount_init(&b->seq);
		spin_lock_init(&b->lock);
		b->seal = (struct dsm_seal) {};
	}
	return b;
}

/**
 * dsm_send_attached() - the option that a socket sends
 * @sk: which
 * @opt: gets a copy of nothing but the place of the option; may be %NULL
 * @len: gets its length with padding; may be %NULL
 * @peer: gets who asked for this connection; may be %NULL
 *
 * Context: An RCU read-side section.
 * Return: true if it has one.
 */
bool dsm_send_attached(const struct sock *sk, const u8 **opt,
		       unsigned int *len, struct dsm_peer *peer)
{
	const struct dsm_block *b;

	b = dsm_block_of(rcu_dereference_check(inet_sk(sk)->inet_opt,
					       rcu_read_lock_any_held()));
	if (!b)
		return false;
	if (opt)
		*opt = b->data;
	if (len)
		*len = b->rcu.opt.optlen;
	if (peer)
		*peer = b->peer;
	return true;
}

static bool attached(const struct sock *sk)
{
	bool is;

	rcu_read_lock_sched();
	is = dsm_send_attached(sk, NULL, NULL, NULL);
	rcu_read_unlock_sched();
	return is;
}

/* The maximum segment size of a connection follows from the header's length. */
static void segments_adjust(struct sock *sk, int more)
{
	struct inet_connection_sock *icsk = inet_csk(sk);

	if (!more || !cgl_inet_is_icsk(sk))
		return;
	icsk->icsk_ext_hdr_len += more;
	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN))
		return;
	icsk->icsk_sync_mss(sk, icsk->icsk_pmtu_cookie);
}

/* Put @b, or nothing, into the place of the socket's option. */
static void option_swap(struct sock *sk, struct dsm_block *b)
{
	struct inet_sock *inet = inet_sk(sk);
	struct ip_options_rcu *old;

	old = rcu_dereference_protected(inet->inet_opt,
					lockdep_sock_is_held(sk));
	rcu_assign_pointer(inet->inet_opt, b ? &b->rcu : NULL);
	segments_adjust(sk, (b ? b->rcu.opt.optlen : 0) -
			    (old ? old->opt.optlen : 0));
	if (old)
		kfree_rcu(old, rcu);
}

/* The same label as @b has, and so nothing to do? The socket is locked. */
static bool option_same(struct sock *sk, const struct dsm_block *b)
{
	const struct dsm_block *old;

	old = dsm_block_of(rcu_dereference_protected(inet_sk(sk)->inet_opt,
						 lockdep_sock_is_held(sk)));
	return old && old->rcu.opt.optlen == b->rcu.opt.optlen &&
	       !memcmp(old->data, b->data, ROOM);
}

static void option_set(struct sock *sk, struct dsm_block *b)
{
	const struct dsm_block *old;

	if (option_same(sk, b)) {
		kfree(b);
		return;
	}
	old = dsm_block_of(rcu_dereference_protected(inet_sk(sk)->inet_opt,
						 lockdep_sock_is_held(sk)));
	if (old)
		b->peer = old->peer;
	option_swap(sk, b);
	dsm_stat_inc(DSM_ST_ATTACHED);
}

static struct dsm_block *block_for(u32 sid)
{
	const struct dsm_active *a;
	struct dsm_block *b = NULL;

	rcu_read_lock_sched();
	a = rcu_dereference_sched(dsm_active);
	if (a)
		b = block_new(a, sid, GFP_ATOMIC);
	rcu_read_unlock_sched();
	return b;
}

static int attach(struct sock *sk, u32 sid)
{
	struct dsm_block *b;

	if (attached(sk))
		return 0;
	b = block_for(sid);
	if (!b)
		return -ENOMEM;
	lock_sock(sk);
	option_set(sk, b);
	release_sock(sk);
	return 0;
}

/* ---- where to? ----------------------------------------------------------------------------- */

/**
 * struct dest - where something goes
 * @family: AF_INET or AF_INET6; 0 if that is not said
 * @v4: for AF_INET
 * @v6: for AF_INET6
 */
struct dest {
	int		family;
	__be32		v4;
	struct in6_addr	v6;
};

/* An address of all zeroes means this host. */
static __be32 dest_v4(const struct sock *sk, __be32 addr)
{
	if (addr)
		return addr;
	addr = READ_ONCE(inet_sk(sk)->inet_saddr);
	return addr ? addr : htonl(INADDR_LOOPBACK);
}

static void dest_v6(struct dest *d, const struct sock *sk,
		    const struct in6_addr *addr)
{
	if (ipv6_addr_v4mapped(addr)) {
		d->family = AF_INET;
		d->v4 = dest_v4(sk, addr->s6_addr32[3]);
		return;
	}
	d->family = AF_INET6;
	d->v6 = *addr;
	if (ipv6_addr_any(addr))
		d->v6 = in6addr_loopback;
}

/*
 * An IPv4 socket takes an address without a family for its own when it sends;
 * to connect() it means to disconnect, and an IPv6 socket ignores it.
 */
static struct dest dest_of(const struct sock *sk, const struct sockaddr *addr,
			   int len, enum dsm_op op)
{
	const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)addr;
	const struct sockaddr_in *sin = (const struct sockaddr_in *)addr;
	int family = len >= sizeof(addr->sa_family) ? addr->sa_family : 0;
	struct dest d = {};

	if (!family && op == DSM_OP_SEND && sk->sk_family == AF_INET)
		family = AF_INET;
	if (family == AF_INET && len >= sizeof(*sin)) {
		d.family = AF_INET;
		d.v4 = dest_v4(sk, sin->sin_addr.s_addr);
	} else if (family == AF_INET6 && len >= SIN6_LEN_RFC2133) {
		dest_v6(&d, sk, &sin6->sin6_addr);
	}
	return d;
}

/**
 * struct way - how to speak with a destination
 * @known: there is a policy
 * @action: enum dsm_peer_action; DSM_PEER_DENY if the table does not have it
 * @sid: of whom what is plain reaches, or 0
 * @generation: of the policy
 */
struct way {
	bool	known;
	u32	action;
	u32	sid;
	u32	generation;
};

static struct way way_to(const struct dest *d)
{
	const struct dsm_image_peer *peer;
	const struct dsm_active *a;
	struct way w = { .action = DSM_PEER_DENY };

	rcu_read_lock_sched();
	a = rcu_dereference_sched(dsm_active);
	if (!a)
		goto out;
	w.known = true;
	w.generation = a->generation;
	peer = d->family == AF_INET ?
		dsm_policy_peer4(&a->policy, d->v4) :
		dsm_policy_peer6(&a->policy, d->v6.s6_addr);
	if (peer) {
		w.action = peer->action;
		w.sid = le32_to_cpu(peer->sid);
	}
out:
	rcu_read_unlock_sched();
	return w;
}

static int plain_to(struct sock *sk, const struct way *w, u32 class, u32 sid,
		    enum dsm_op op)
{
	int err = 0;

	if (w->sid)
		err = dsm_judge_local(op, class, DSM_PERM_SEND, sid, w->sid);
	if (!err && attached(sk))
		err = dsm_guard_arm(sock_net(sk));
	return err;
}

static int go_to(struct sock *sk, const struct dest *d, const struct way *w,
		 u32 class, u32 sid, enum dsm_op op)
{
	switch (w->action) {
	case DSM_PEER_PLAIN:
		return plain_to(sk, w, class, sid, op);
	case DSM_PEER_LABEL:
	case DSM_PEER_REQUIRE:
		if (d->family == AF_INET)
			return attach(sk, sid);
		return dsm_refuse(op, DSM_REASON_IPV6, sk);
	}
	return dsm_refuse(op, DSM_REASON_PEER_DENIED, sk);
}

static u64 dest_word(const struct dest *d, u32 generation)
{
	return (u64)(__force u32)d->v4 << 32 | generation;
}

/* Was this destination allowed to the socket by this policy? */
static bool dest_kept(const struct dsm_sock *ds, const struct dest *d)
{
	const struct dsm_active *a;
	bool kept;

	rcu_read_lock_sched();
	a = rcu_dereference_sched(dsm_active);
	kept = a && d->family == AF_INET &&
	       READ_ONCE(ds->dest) == dest_word(d, a->generation);
	rcu_read_unlock_sched();
	return kept;
}

/**
 * dsm_send_to() - a socket is about to connect or send to an address
 * @sk: an IPv4 or IPv6 socket, not locked
 * @addr: as the process gave it, in the kernel's memory
 * @len: of it
 * @op: DSM_OP_CONNECT or DSM_OP_SEND
 *
 * Gives the socket its label if that address is to get one.
 *
 * Context: Process context. May sleep.
 * Return: 0, or -EACCES, -ENOMEM.
 */
int dsm_send_to(struct sock *sk, const struct sockaddr *addr, int len,
		enum dsm_op op)
{
	struct dest d = dest_of(sk, addr, len, op);
	struct dsm_sock *ds;
	struct way w;
	int err;

	/* It stays for as long as the socket does. */
	rcu_read_lock_sched();
	ds = dsm_sock_find(sk);
	rcu_read_unlock_sched();
	if (!d.family || (ds && dest_kept(ds, &d)))
		return 0;
	w = way_to(&d);
	if (!w.known)
		return 0;
	if (!ds)
		return dsm_refuse(op, DSM_REASON_NO_SOCKET_LABEL, sk);
	err = go_to(sk, &d, &w, ds->class, dsm_sid_of(ds->sid), op);
	if (!err && d.family == AF_INET)
		WRITE_ONCE(ds->dest, dest_word(&d, w.generation));
	return err;
}

/**
 * dsm_send_message() - a socket is about to send
 * @sk: an IPv4 or IPv6 socket, not locked
 * @msg: the message, with the address and the control messages in the kernel's
 *	memory
 *
 * Without an address and without control messages there is nothing to do: the
 * socket is connected, and was looked at then.
 *
 * Context: Process context. May sleep.
 * Return: 0, or -EACCES, -EPERM, -ENOMEM.
 */
int dsm_send_message(struct sock *sk, struct msghdr *msg)
{
	int err = 0;

	if (!rcu_access_pointer(dsm_active))
		return 0;
	if (msg->msg_controllen)
		err = dsm_guard_control(sk, msg);
	if (err || !msg->msg_name)
		return err;
	if (sk->sk_type == SOCK_STREAM && sk->sk_protocol == IPPROTO_TCP &&
	    !(msg->msg_flags & MSG_FASTOPEN))
		return 0;
	return dsm_send_to(sk, msg->msg_name, msg->msg_namelen, DSM_OP_SEND);
}

/* ---- connections that are asked for ------------------------------------------------------- */

static bool peer_gets_labels(const struct dsm_active *a, __be32 addr)
{
	const struct dsm_image_peer *peer = dsm_policy_peer4(&a->policy, addr);

	return peer && (peer->action == DSM_PEER_LABEL ||
			peer->action == DSM_PEER_REQUIRE);
}

static int request_option(const struct dsm_active *a, const struct sock *sk,
			  struct sk_buff *skb, struct inet_request_sock *ireq)
{
	struct ip_options_rcu *old;
	struct dsm_block *b = NULL;
	u32 sid = dsm_sock_sid(sk);
	struct dsm_peer peer;

	dsm_judge_peer(a, sk, skb, &peer);
	/* Labels are heard only of who gets some. */
	if ((peer.flags & DSM_PEER_LABELLED) ||
	    peer_gets_labels(a, ireq->ir_rmt_addr)) {
		b = sid ? block_new(a, sid, GFP_ATOMIC) : NULL;
		if (!b)
			return -ENOMEM;
		b->peer = peer;
	}
	old = (__force struct ip_options_rcu *)
		xchg((__force struct ip_options_rcu **)&ireq->ireq_opt,
		     b ? &b->rcu : NULL);
	if (old)
		kfree_rcu(old, rcu);
	return 0;
}

/**
 * dsm_send_request() - somebody asks for a connection
 * @sk: the listening socket
 * @skb: the packet that asks, or that answers a SYN cookie
 * @req: the request; what the kernel made of the packet's options is replaced
 *
 * Context: Softirq or process context. Does not sleep.
 * Return: 0, or -ENOMEM: the request is dropped.
 */
int dsm_send_request(const struct sock *sk, struct sk_buff *skb,
		     struct request_sock *req)
{
	const struct dsm_active *a;
	int err = 0;

	if (req->rsk_ops->family != AF_INET)
		return 0;
	rcu_read_lock_sched();
	a = rcu_dereference_sched(dsm_active);
	if (a)
		err = request_option(a, sk, skb, inet_rsk(req));
	rcu_read_unlock_sched();
	return err;
}

/* ---- after a change of policy --------------------------------------------------------------- */

/* What a socket's option has to be now. Locked. */
static void refresh_locked(struct sock *sk, u32 sid, bool wanted)
{
	struct dsm_block *b;

	if (!rcu_access_pointer(dsm_active)) {
		if (attached(sk))
			option_swap(sk, NULL);
		return;
	}
	if (!wanted && !attached(sk))
		return;
	b = block_for(sid);
	if (b)
		option_set(sk, b);
}

static void refresh(struct sock *sk)
{
	struct dest d = { .family = AF_INET };
	u32 sid = dsm_sock_sid(sk);
	bool wanted = false;
	struct way w;

	if (!sid)
		return;
	lock_sock(sk);
	d.v4 = inet_sk(sk)->inet_daddr;
	if (d.v4) {
		w = way_to(&d);
		wanted = w.known && w.action >= DSM_PEER_LABEL;
		if (w.known && w.action == DSM_PEER_PLAIN && attached(sk) &&
		    dsm_guard_arm(sock_net(sk)))
			pr_warn_ratelimited("dsm: no memory for the guard\n");
	}
	refresh_locked(sk, sid, wanted);
	release_sock(sk);
}

/**
 * dsm_send_refresh() - the policy has changed
 *
 * Labels of sockets are made to agree with it: those that are connected to a
 * peer that is to get labels now get one, serials become the new one, and
 * without a policy there are none.
 *
 * Context: Process context. May sleep.
 */
void dsm_send_refresh(void)
{
	dsm_sock_walk(refresh);
}
