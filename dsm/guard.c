// SPDX-License-Identifier: GPL-2.0-only
/*
 * What would shed or forge a label is refused, and what cannot be refused where
 * it is asked for is caught where it leaves.
 *
 * Refused: IP options of a process's own, by setsockopt() or with a message;
 * packet and XDP sockets and headers of its own making without CAP_NET_RAW in the
 * initial user namespace; protocols whose packets nothing here labels.
 *
 * The guard is a netfilter hook at the end of LOCAL_OUT. It costs each packet
 * something, so it is put in place, for a network namespace, when the first
 * socket there could send what it must not: one that has a label and sends to a
 * peer that is not to get one, a raw one with a header of its own, SCTP. It
 * takes the label off where it has to be off and drops what has no or another
 * label where it needs one; only what no process had the kernel send, as the
 * outside of a tunnel, may go without. Where labels are authenticated it puts
 * in the code, for which both addresses have to be known, and is in place in all
 * namespaces. The parameter "guard" puts it in place always.
 *
 * Locking: guard_lock for putting the hook in place; a namespace that goes takes
 * its hook along.
 */
#include <linux/capability.h>
#include <linux/ip.h>
#include <linux/mutex.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "compat.h"
#include "dsm.h"

static bool guard;
module_param(guard, bool, 0444);
MODULE_PARM_DESC(guard, "Look at every outgoing packet from the beginning (default N: only where a socket makes it necessary)");

static bool always;	/* written under pernet_ops_rwsem */
static unsigned int guard_net_id;
static DEFINE_MUTEX(guard_lock);
static unsigned int narmed;	/* under guard_lock */

/* ---- packets that leave --------------------------------------------------------------- */

static u8 *label_in(const struct iphdr *iph)
{
	const u8 *opt;

	if (iph->ihl <= 5 ||
	    dsm_option_find((const u8 *)(iph + 1), iph->ihl * 4 - sizeof(*iph),
			    &opt))
		return NULL;
	return (u8 *)opt;
}

/*
 * Take the option off; the checksum is made anew, as it was a moment before.
 * Only where it is the only one, as we put it there.
 */
static unsigned int take_off(struct sk_buff *skb)
{
	unsigned int room = ip_hdr(skb)->ihl * 4 - sizeof(struct iphdr);
	struct iphdr *iph;

	if (skb_cow_head(skb, 0))
		return NF_DROP;
	memmove(skb_network_header(skb) + room, skb_network_header(skb),
		sizeof(*iph));
	__skb_pull(skb, room);
	skb_reset_network_header(skb);
	iph = ip_hdr(skb);
	iph->ihl = 5;
	iph->tot_len = htons(skb->len > IP_MAX_MTU ? 0 : skb->len);
	ip_send_check(iph);
	memset(&IPCB(skb)->opt, 0, sizeof(IPCB(skb)->opt));
	dsm_stat_inc(DSM_ST_TAKEN_OFF);
	return NF_ACCEPT;
}

/* The same, but for the code, which may be there already? */
static bool label_same(const u8 *opt, const u8 *want)
{
	unsigned int at = dsm_option_code(want);

	return opt[1] == want[1] && !memcmp(opt, want, at ? at : want[1]);
}

/* Did no process ask for it? The kernel's own answers have labels, too. */
static bool is_kernels(const struct sock *sk)
{
	return !sk || sk->sk_kern_sock;
}

/*
 * What the kernel answers has the label of whoever it answers for, as reply.c
 * made it; without that, only the kernel's own is right.
 */
static bool label_of_kernel(const struct dsm_active *a, const u8 *opt)
{
	struct dsm_option said;

	if (dsm_point_replies() == DSM_ATTACH_NONE)
		return label_same(opt, a->opt);
	return opt[1] == a->opt[1] &&
	       !dsm_option_parse(opt, opt[1], &said, NULL) &&
	       said.label.nid == a->label.nid;
}

/*
 * Is it what the socket it comes from has to send, or the kernel's own answer?
 * What is attached to a socket may be that of the policy before, for a moment.
 */
static bool label_right(const struct dsm_active *a, const struct sock *sk,
			const u8 *opt)
{
	u8 want[DSM_OPT_ROOM(DSM_OPT_MAX)];
	const struct dsm_sock *ds;
	const u8 *attached;

	if (dsm_sock_is_ip(sk) &&
	    dsm_send_attached(sk, &attached, NULL, NULL) &&
	    label_same(opt, attached))
		return true;
	ds = is_kernels(sk) ? NULL : dsm_sock_find(sk);
	if (!ds)
		return label_of_kernel(a, opt);
	dsm_send_option(a, dsm_sid_of(ds->sid), want);
	return label_same(opt, want);
}

static unsigned int guard_look(const struct dsm_active *a, struct sk_buff *skb,
			       const struct sock *sk)
{
	const struct dsm_image_peer *peer;
	u8 *opt = label_in(ip_hdr(skb));

	peer = dsm_policy_peer4(&a->policy, ip_hdr(skb)->daddr);
	if (peer && peer->action >= DSM_PEER_LABEL) {
		if (opt && label_right(a, sk, opt)) {
			dsm_seal_put(a, sk, ip_hdr(skb), opt);
			return NF_ACCEPT;
		}
		if (!opt && is_kernels(sk))
			return NF_ACCEPT;
		if (a->policy.flags & DSM_POLICY_PERMISSIVE)
			return NF_ACCEPT;
		dsm_reason_inc(DSM_REASON_NOT_LABELLED);
		return NF_DROP;
	}
	return opt ? take_off(skb) : NF_ACCEPT;
}

/* Netfilter calls in an RCU read-side section. */
static unsigned int guard_hook(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	const struct dsm_active *a = rcu_dereference(dsm_active);
	const struct sock *sk;

	if (!a)
		return NF_ACCEPT;
	dsm_stat_inc(DSM_ST_GUARDED);
	sk = state->sk ? sk_to_full_sk(state->sk) : NULL;
	if (sk && !sk_fullsock(sk))
		sk = NULL;
	if (a->epoch && dsm_sock_is_ip(sk) &&
	    dsm_seal_again(a, sk, ip_hdr(skb)))
		return NF_ACCEPT;
	return guard_look(a, skb, sk);
}

static const struct nf_hook_ops guard_ops = {
	.hook		= guard_hook,
	.pf		= NFPROTO_IPV4,
	.hooknum	= NF_INET_LOCAL_OUT,
	.priority	= INT_MAX,
};

/**
 * dsm_guard_arm() - look at every packet that leaves a network namespace
 * @net: which; it exists for as long as this takes
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 */
int dsm_guard_arm(struct net *net)
{
	bool *armed = net_generic(net, guard_net_id);
	int err = 0;

	if (READ_ONCE(*armed))
		return 0;
	mutex_lock(&guard_lock);
	if (!*armed)
		err = nf_register_net_hook(net, &guard_ops);
	if (!err && !*armed) {
		WRITE_ONCE(*armed, true);
		narmed++;
	}
	mutex_unlock(&guard_lock);
	return err;
}

/**
 * dsm_guard_arm_all() - look at every packet that leaves any network namespace
 *
 * Those that come later, too.
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error; some namespaces have the guard then.
 */
int dsm_guard_arm_all(void)
{
	struct net *net;
	int err = 0;

	if (READ_ONCE(always))
		return 0;
	/* No namespace comes or goes meanwhile. */
	down_write(&pernet_ops_rwsem);
	for_each_net(net) {
		err = dsm_guard_arm(net);
		if (err)
			break;
	}
	WRITE_ONCE(always, !err);
	up_write(&pernet_ops_rwsem);
	return err;
}

static int __net_init guard_net_init(struct net *net)
{
	return guard || always ? dsm_guard_arm(net) : 0;
}

static void __net_exit guard_net_exit(struct net *net)
{
	bool *armed = net_generic(net, guard_net_id);

	mutex_lock(&guard_lock);
	if (*armed) {
		nf_unregister_net_hook(net, &guard_ops);
		*armed = false;
		narmed--;
	}
	mutex_unlock(&guard_lock);
}

static struct pernet_operations guard_net_ops = {
	.init	= guard_net_init,
	.exit	= guard_net_exit,
	.id	= &guard_net_id,
	.size	= sizeof(bool),
};

/**
 * dsm_guard_armed() - does a network namespace have the guard?
 *
 * Return: true if any has.
 */
bool dsm_guard_armed(void)
{
	return READ_ONCE(narmed);
}

/**
 * dsm_guard_wanted() - is a process to be kept from doing what it must not?
 *
 * Context: Any context but hard interrupts; in an ftrace callback.
 * Return: false without a policy, and if that is permissive.
 */
bool dsm_guard_wanted(void)
{
	const struct dsm_active *a;
	bool wanted;

	rcu_read_lock();
	a = rcu_dereference(dsm_active);
	wanted = a && !(a->policy.flags & DSM_POLICY_PERMISSIVE);
	rcu_read_unlock();
	return wanted;
}

/* ---- what a process asks for -------------------------------------------------------------- */

/**
 * dsm_guard_control() - control messages that come with a message
 * @sk: an IPv4 or IPv6 socket
 * @msg: the message, with control messages in the kernel's memory
 *
 * Options of its own would take the place of the label.
 *
 * Context: Process context. Does not sleep.
 * Return: 0, or -EACCES.
 */
int dsm_guard_control(const struct sock *sk, struct msghdr *msg)
{
	struct cmsghdr *cmsg;

	for_each_cmsghdr(cmsg, msg) {
		if (!CMSG_OK(msg, cmsg))
			break;
		if (cmsg->cmsg_level == SOL_IP && cmsg->cmsg_type == IP_RETOPTS)
			return dsm_refuse(DSM_OP_SEND, DSM_REASON_RETOPTS, sk);
	}
	return 0;
}

static bool may_forge(void)
{
	return ns_capable_noaudit(&init_user_ns, CAP_NET_RAW);
}

static int guard_header(struct socket *sock)
{
	int err = 0;

	if (!may_forge())
		err = dsm_refuse(DSM_OP_SETSOCKOPT, DSM_REASON_HEADER,
				 sock->sk);
	return err ? err : dsm_guard_arm(sock_net(sock->sk));
}

/**
 * dsm_guard_setsockopt() - a socket option is about to be set
 * @sock: which socket's
 * @level: of the option
 * @optname: the option
 *
 * Context: Process context. May sleep.
 * Return: 0, or -EACCES.
 */
int dsm_guard_setsockopt(struct socket *sock, int level, int optname)
{
	if (level != SOL_IP)
		return 0;
	switch (optname) {
	case IP_OPTIONS:
		return dsm_refuse(DSM_OP_SETSOCKOPT, DSM_REASON_IP_OPTIONS,
				  sock->sk);
	case IP_HDRINCL:
		return guard_header(sock);
	}
	return 0;
}

static bool protocol_known(int type, int protocol)
{
	switch (type) {
	case SOCK_STREAM:
		return !protocol || protocol == IPPROTO_TCP ||
		       protocol == IPPROTO_SCTP;
	case SOCK_DGRAM:
		return !protocol || protocol == IPPROTO_UDP ||
		       protocol == IPPROTO_UDPLITE ||
		       protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
	case SOCK_SEQPACKET:
		return !protocol || protocol == IPPROTO_SCTP;
	case SOCK_RAW:
		return true;
	}
	return false;
}

static int guard_create_ip(int type, int protocol)
{
	struct net *net = current->nsproxy->net_ns;

	if (!protocol_known(type, protocol))
		return dsm_refuse(DSM_OP_CREATE, DSM_REASON_PROTOCOL, NULL);
	if (type == SOCK_RAW && protocol == IPPROTO_RAW && !may_forge()) {
		int err = dsm_refuse(DSM_OP_CREATE, DSM_REASON_HEADER, NULL);

		if (err)
			return err;
	}
	if (protocol == IPPROTO_RAW || protocol == IPPROTO_SCTP ||
	    type == SOCK_SEQPACKET)
		return dsm_guard_arm(net);
	return 0;
}

/**
 * dsm_guard_create() - a process is about to make a socket
 * @family: AF_*
 * @type: SOCK_*
 * @protocol: IPPROTO_*
 *
 * Context: Process context. May sleep.
 * Return: 0, or -EACCES.
 */
int dsm_guard_create(int family, int type, int protocol)
{
	if (!rcu_access_pointer(dsm_active))
		return 0;
	switch (family) {
	case AF_INET:
	case AF_INET6:
		return guard_create_ip(type, protocol);
	case AF_UNIX:
	case AF_NETLINK:
	case AF_ALG:
	case AF_TIPC:
		return 0;
	case AF_PACKET:
	case AF_XDP:
		if (may_forge())
			return 0;
		return dsm_refuse(DSM_OP_CREATE, DSM_REASON_PACKET_SOCKET,
				  NULL);
	case AF_RDS:
	case AF_RXRPC:
	case AF_SMC:
		/* The kernel speaks IP for them, by sockets of its own. */
		return dsm_refuse(DSM_OP_CREATE, DSM_REASON_PROTOCOL, NULL);
	}
	/*
	 * Others send frames that nothing labels, as PPPoE does for everybody, or
	 * hold sockets of IP inside, as AF_KCM.
	 */
	if (may_forge())
		return 0;
	return dsm_refuse(DSM_OP_CREATE, DSM_REASON_PROTOCOL, NULL);
}

/**
 * dsm_guard_init() - know all network namespaces
 *
 * Return: 0, or a negative error with nothing left behind.
 */
int dsm_guard_init(void)
{
	return register_pernet_subsys(&guard_net_ops);
}

/**
 * dsm_guard_exit() - take the guard away
 *
 * Context: Process context. May sleep. When it returns no packet is in it.
 */
void dsm_guard_exit(void)
{
	unregister_pernet_subsys(&guard_net_ops);
}
