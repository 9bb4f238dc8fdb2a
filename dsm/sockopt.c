// SPDX-License-Identifier: GPL-2.0-only
/*
 * getsockopt() of a socket's labels: DSM_SO_PEER and DSM_SO_SELF, for IPv4 and
 * IPv6 sockets. <linux/dsm.h> says how programs ask.
 *
 * Netfilter's registry of socket options is the only one that a module can
 * enter; it holds the module while a call is inside.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/uaccess.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "dsm.h"

/* The last packet that was judged, else who asked for the connection. */
static bool peer_kept(const struct sock *sk, struct dsm_peer *peer)
{
	const struct dsm_sock *ds = dsm_sock_find(sk);
	unsigned int seq;

	if (ds) {
		do {
			seq = read_seqcount_begin(&ds->seq);
			*peer = ds->peer;
		} while (read_seqcount_retry(&ds->seq, seq));
	}
	if (!peer->label.sid)
		dsm_send_attached(sk, NULL, NULL, peer);
	return peer->label.sid;
}

/* A connection whose packets have no label: what the peer table says. */
static bool peer_by_table(const struct sock *sk, struct dsm_peer *peer)
{
	const struct dsm_active *a = rcu_dereference(dsm_active);
	const struct dsm_image_peer *p;

	if (!a || sk->sk_state != TCP_ESTABLISHED ||
	    ipv6_addr_v4mapped(&sk->sk_v6_daddr) != (sk->sk_family == AF_INET6))
		return false;
	p = dsm_policy_peer4(&a->policy, inet_sk(sk)->inet_daddr);
	if (!p || p->action == DSM_PEER_REQUIRE || !p->sid)
		return false;
	peer->label.sid = le32_to_cpu(p->sid);
	peer->label.nid = le32_to_cpu(p->nid);
	return true;
}

static int peer_get(const struct sock *sk, struct dsm_peer *peer)
{
	bool known;

	rcu_read_lock();
	known = peer_kept(sk, peer) || peer_by_table(sk, peer);
	rcu_read_unlock();
	return known ? 0 : -ENODATA;
}

static int self_get(const struct sock *sk, struct dsm_peer *peer)
{
	peer->label.sid = dsm_sock_sid(sk);
	peer->label.nid = READ_ONCE(dsm_nid);
	return peer->label.sid ? 0 : -ENODATA;
}

static int dsm_sockopt_get(struct sock *sk, int optname, void __user *user,
			   int *len)
{
	struct dsm_peer peer = {};
	int err;

	if (*len < (int)sizeof(peer))
		return -EINVAL;
	err = optname == DSM_SO_SELF ? self_get(sk, &peer) :
				       peer_get(sk, &peer);
	if (err)
		return err;
	*len = sizeof(peer);
	return copy_to_user(user, &peer, sizeof(peer)) ? -EFAULT : 0;
}

static struct nf_sockopt_ops sockopts[] = {
	{
		.pf		= PF_INET,
		.get_optmin	= DSM_SO_PEER,
		.get_optmax	= DSM_SO_SELF + 1,
		.get		= dsm_sockopt_get,
		.owner		= THIS_MODULE,
	}, {
		.pf		= PF_INET6,
		.get_optmin	= DSM_SO_PEER,
		.get_optmax	= DSM_SO_SELF + 1,
		.get		= dsm_sockopt_get,
		.owner		= THIS_MODULE,
	},
};

/**
 * dsm_sockopt_init() - have getsockopt() know our options
 *
 * Return: 0, or a negative error with nothing left behind.
 */
int dsm_sockopt_init(void)
{
	int err = nf_register_sockopt(&sockopts[0]);

	if (err)
		return err;
	err = nf_register_sockopt(&sockopts[1]);
	if (err)
		nf_unregister_sockopt(&sockopts[0]);
	return err;
}

/**
 * dsm_sockopt_exit() - have it forget them
 */
void dsm_sockopt_exit(void)
{
	nf_unregister_sockopt(&sockopts[1]);
	nf_unregister_sockopt(&sockopts[0]);
}
