// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel's own tables and rules need so that a socket in a FIB asks for
 * nothing outside of it.
 *
 * Rules. The kernel asks its tables in the order of rules. With the first FIB of
 * a namespace, for each family:
 *
 *	1000	l3mdev			the table of the FIB, and
 *	1001	l3mdev unreachable	never another one
 *	32765	table local		moved from 0, where a local address of
 *					the host would hide the FIB's
 *
 * and the last FIB puts it back. Rule 1001 would also stop stock VRF devices,
 * some of which live without a default route: it is left out where there
 * are any. A rule that is there already is not ours and stays.
 *
 * Routes. The table of a FIB gets a default route to the FIB's device each time
 * that comes up, with the worst metric there is, so that what the kernel's table
 * does not know arrives in mfib_xmit(). No function that adds a route is
 * exported, so a work item asks for it as a program would, over a netlink
 * socket that it opens and closes.
 *
 * Locking: rules are changed under RTNL; the work item takes it by asking.
 */
#include <linux/fib_rules.h>
#include <linux/file.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/fib_rules.h>
#include <net/ipv6.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "fib.h"
#include "parts.h"

#define PREF_L3MDEV	1000
#define PREF_STOP	1001
#define PREF_LOCAL	32765

/* Of the default routes: any other is better. */
#define METRIC		0x7fffffff

/* ---- rules ------------------------------------------------------------------ */

/** struct rule - one of the rules above */
struct rule {
	u32	pref;
	u32	table;		/* or 0: l3mdev */
	u8	action;
};

static const struct rule rule_l3mdev = { PREF_L3MDEV, 0, FR_ACT_TO_TBL };
static const struct rule rule_stop = { PREF_STOP, 0, FR_ACT_UNREACHABLE };
static const struct rule rule_local = { PREF_LOCAL, RT_TABLE_LOCAL,
					FR_ACT_TO_TBL };
static const struct rule rule_local_first = { 0, RT_TABLE_LOCAL,
					      FR_ACT_TO_TBL };

static int rule_fill(struct sk_buff *skb, u8 family, const struct rule *r)
{
	struct fib_rule_hdr *frh;
	struct nlmsghdr *nlh;

	nlh = nlmsg_put(skb, 0, 0, 0, sizeof(*frh), 0);
	if (!nlh)
		return -EMSGSIZE;
	nlh->nlmsg_flags |= NLM_F_EXCL;
	frh = nlmsg_data(nlh);
	memset(frh, 0, sizeof(*frh));
	frh->family = family;
	frh->action = r->action;
	frh->table = r->table;
	if (nla_put_u8(skb, FRA_PROTOCOL, RTPROT_KERNEL) ||
	    nla_put_u32(skb, FRA_PRIORITY, r->pref) ||
	    (r->table ? nla_put_u32(skb, FRA_TABLE, r->table) :
			nla_put_u8(skb, FRA_L3MDEV, 1)))
		return -EMSGSIZE;
	nlmsg_end(skb, nlh);
	return 0;
}

static int rule_change(struct net *net, u8 family, const struct rule *r,
		       bool add)
{
	struct sk_buff *skb;
	int err;

	skb = nlmsg_new(sizeof(struct fib_rule_hdr) +
			4 * nla_total_size(sizeof(u32)), GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	err = rule_fill(skb, family, r);
	/* Where the function looks for the namespace. */
	skb->sk = net->rtnl;
	if (!err)
		err = add ? fib_nl_newrule(skb, nlmsg_hdr(skb), NULL) :
			    fib_nl_delrule(skb, nlmsg_hdr(skb), NULL);
	nlmsg_free(skb);
	return err;
}

/* Adds a rule. *@added: it was not there. */
static int rule_add(struct net *net, u8 family, const struct rule *r,
		    bool *added)
{
	int err = rule_change(net, family, r, true);

	*added = !err;
	return err == -EEXIST ? 0 : err;
}

static bool foreign_master(struct net *net)
{
	struct net_device *dev;

	for_each_netdev(net, dev)
		if (netif_is_l3_master(dev) && !mfib_dev_fib(dev))
			return true;
	return false;
}

static void rules_del(struct net *net, u8 family, struct mfib_rules_made *made)
{
	bool added;

	if (made->moved) {
		rule_add(net, family, &rule_local_first, &added);
		rule_change(net, family, &rule_local, false);
	}
	if (made->stop)
		rule_change(net, family, &rule_stop, false);
	if (made->l3mdev && !foreign_master(net))
		rule_change(net, family, &rule_l3mdev, false);
	memset(made, 0, sizeof(*made));
}

static int rules_add(struct net *net, u8 family, struct mfib_rules_made *made)
{
	bool local;
	int err;

	err = rule_add(net, family, &rule_l3mdev, &made->l3mdev);
	if (err)
		return err;
	if (!foreign_master(net))
		err = rule_add(net, family, &rule_stop, &made->stop);
	if (!err)
		err = rule_add(net, family, &rule_local, &local);
	if (err) {
		rules_del(net, family, made);
		return err;
	}
	/* Not at its place: then somebody has moved it, and may keep it so. */
	made->moved = !rule_change(net, family, &rule_local_first, false);
	return 0;
}

static int rules_begin(struct mfib_net *mnet)
{
	struct net *net = mnet->net;
	int err;

	err = rules_add(net, AF_INET, &mnet->rules_made[MFIB_V4]);
	if (err || !ipv6_mod_enabled())
		return err;
	err = rules_add(net, AF_INET6, &mnet->rules_made[MFIB_V6]);
	if (err)
		rules_del(net, AF_INET, &mnet->rules_made[MFIB_V4]);
	return err;
}

/**
 * mfib_kernel_rules() - a FIB comes or goes
 * @net: its namespace
 * @add: it comes
 *
 * Context: Process context, RTNL. May sleep.
 * Return: 0, or a negative error when it cannot come.
 */
int mfib_kernel_rules(struct net *net, bool add)
{
	struct mfib_net *mnet = mfib_net(net);
	int err = 0;

	ASSERT_RTNL();
	if (add) {
		if (!mnet->rule_users)
			err = rules_begin(mnet);
		if (!err)
			mnet->rule_users++;
		return err;
	}
	if (--mnet->rule_users)
		return 0;
	rules_del(net, AF_INET, &mnet->rules_made[MFIB_V4]);
	if (ipv6_mod_enabled())
		rules_del(net, AF_INET6, &mnet->rules_made[MFIB_V6]);
	return 0;
}

/* ---- routes ------------------------------------------------------------------- */

/** struct request - a message that asks for a route, and its answer */
struct request {
	struct nlmsghdr	nlh;
	struct rtmsg	rtm;
	u8		attrs[64];
};

static void put(struct request *req, u16 type, const void *data, u16 len)
{
	struct nlattr *nla = (void *)req + NLMSG_ALIGN(req->nlh.nlmsg_len);

	nla->nla_type = type;
	nla->nla_len = nla_attr_size(len);
	memcpy(nla_data(nla), data, len);
	req->nlh.nlmsg_len = NLMSG_ALIGN(req->nlh.nlmsg_len) +
			     nla_total_size(len);
}

static void request_fill(struct request *req, struct mfib_fib *fib, u8 family)
{
	/* Never asked for, but with a gateway one neighbour entry does. */
	static const struct in6_addr gateway = { { { 0xfe, 0x80, [15] = 1 } } };
	const u32 metric = METRIC;

	memset(req, 0, sizeof(*req));
	req->nlh.nlmsg_len = NLMSG_LENGTH(sizeof(req->rtm));
	req->nlh.nlmsg_type = RTM_NEWROUTE;
	req->nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE |
			       NLM_F_EXCL;
	req->rtm.rtm_family = family;
	req->rtm.rtm_table = RT_TABLE_UNSPEC;
	req->rtm.rtm_protocol = RTPROT_KERNEL;
	req->rtm.rtm_type = RTN_UNICAST;
	req->rtm.rtm_scope = family == AF_INET ? RT_SCOPE_LINK :
						 RT_SCOPE_UNIVERSE;
	put(req, RTA_TABLE, &fib->id, sizeof(fib->id));
	put(req, RTA_OIF, &fib->ifindex, sizeof(fib->ifindex));
	put(req, RTA_PRIORITY, &metric, sizeof(metric));
	if (family == AF_INET6)
		put(req, RTA_GATEWAY, &gateway, sizeof(gateway));
}

/* Sends the message and reads the answer, which is there when sending returns. */
static int request_send(struct socket *sock, struct request *req)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct msghdr msg = { .msg_name = &kernel,
			      .msg_namelen = sizeof(kernel) };
	struct {
		struct nlmsghdr nlh;
		struct nlmsgerr err;
		u8 rest[256];
	} answer;
	struct kvec vec = { .iov_base = req, .iov_len = req->nlh.nlmsg_len };
	int len;

	len = kernel_sendmsg(sock, &msg, &vec, 1, vec.iov_len);
	if (len < 0)
		return len;
	memset(&msg, 0, sizeof(msg));
	vec.iov_base = &answer;
	vec.iov_len = sizeof(answer);
	len = kernel_recvmsg(sock, &msg, &vec, 1, vec.iov_len, MSG_DONTWAIT);
	if (len < 0)
		return len;
	if (len < (int)offsetof(typeof(answer), rest) ||
	    answer.nlh.nlmsg_type != NLMSG_ERROR)
		return -EBADMSG;
	return answer.err.error == -EEXIST ? 0 : answer.err.error;
}

static int routes_ask(struct mfib_fib *fib, struct socket *sock)
{
	struct request req;
	int err;

	request_fill(&req, fib, AF_INET);
	err = request_send(sock, &req);
	if (err || !rcu_access_pointer(fib->local6))
		return err;
	request_fill(&req, fib, AF_INET6);
	return request_send(sock, &req);
}

static int routes_add(struct mfib_fib *fib)
{
	struct socket *sock;
	struct file *file;
	int err;

	err = sock_create_kern(fib->mnet->net, AF_NETLINK, SOCK_RAW,
			       NETLINK_ROUTE, &sock);
	if (err)
		return err;
	/* The file carries the credentials that netlink asks for: ours. */
	file = sock_alloc_file(sock, O_CLOEXEC, NULL);
	if (IS_ERR(file))
		return PTR_ERR(file);
	err = routes_ask(fib, sock);
	/* At once: a moment later the namespace may be gone. */
	__fput_sync(file);
	return err;
}

static void routes_work(struct work_struct *work)
{
	struct mfib_fib *fib = container_of(work, struct mfib_fib, routes);
	int err;

	err = mfib_fib_alive(fib) ? routes_add(fib) : 0;
	/* Gone or down again meanwhile: then it is not wanted. */
	if (err && err != -ENODEV && err != -ENETDOWN && mfib_fib_alive(fib))
		pr_warn("mfib: FIB %u: no default route to its device (error %d): its sockets reach only networks on the link; take the device down and up\n",
			fib->id, err);
	mfib_fib_put(fib);
}

/**
 * mfib_kernel_routes() - let the kernel's table of a FIB end at its device
 * @fib: the FIB; its device is up
 *
 * Context: Any. The routes are there a moment later.
 */
void mfib_kernel_routes(struct mfib_fib *fib)
{
	refcount_inc(&fib->refs);
	if (!queue_work(mfib_route_wq, &fib->routes))
		mfib_fib_put(fib);
}

/**
 * mfib_kernel_fib() - prepare a FIB for mfib_kernel_routes()
 * @fib: the FIB
 */
void mfib_kernel_fib(struct mfib_fib *fib)
{
	INIT_WORK(&fib->routes, routes_work);
}
