// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sessions over netlink: whose they are, and that they end with their socket.
 *
 * What a session builds is in the table itself (mfib_rib_begin()); here is only
 * who began it, by FIB and family: one socket may restore thousands of tables. A
 * program that dies, or closes its socket, leaves the table as it was.
 *
 * Locking: sessions_lock protects the hash table; it is taken outside of the
 * locks of tables.
 */
#include <linux/hashtable.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "netlink.h"

static DEFINE_MUTEX(sessions_lock);
static DEFINE_HASHTABLE(sessions, 10);

/* The namespace is left out: few have sessions at the same time. */
static u32 hash_of(u32 fib, unsigned int family)
{
	return fib * MFIB_FAMILIES + family;
}

static struct mfib_session *session_find(struct net *net, u32 fib,
					 unsigned int family)
{
	struct mfib_session *s;

	lockdep_assert_held(&sessions_lock);
	hash_for_each_possible(sessions, s, node, hash_of(fib, family))
		if (s->net == net && s->fib == fib && s->family == family)
			return s;
	return NULL;
}

/**
 * mfib_session_owned() - has this socket a session for a table?
 * @net: namespace of the FIB
 * @fib: number of the FIB
 * @family: MFIB_V4 or MFIB_V6
 * @portid: the socket
 *
 * Context: Process context. May sleep.
 */
bool mfib_session_owned(struct net *net, u32 fib, unsigned int family,
			u32 portid)
{
	struct mfib_session *s;
	bool owned;

	mutex_lock(&sessions_lock);
	s = session_find(net, fib, family);
	owned = s && s->portid == portid;
	mutex_unlock(&sessions_lock);
	return owned;
}

static void session_free(struct mfib_session *s)
{
	hash_del(&s->node);
	kfree(s);
}

/**
 * struct asked - what a command about a session names
 * @fib: the FIB, to be put
 * @family: MFIB_V4 or MFIB_V6
 */
struct asked {
	struct mfib_fib	*fib;
	unsigned int	family;
};

static int asked_for(struct sk_buff *skb, struct genl_info *info,
		     struct asked *a)
{
	int err = mfib_permitted(skb, info->extack);

	if (err)
		return err;
	if (GENL_REQ_ATTR_CHECK(info, MFIB_A_FAMILY))
		return mfib_refuse(info->extack, NULL, -EINVAL,
				   "the address family is missing");
	a->family = nla_get_u8(info->attrs[MFIB_A_FAMILY]) == AF_INET ?
		    MFIB_V4 : MFIB_V6;
	a->fib = mfib_attr_fib(info);
	return PTR_ERR_OR_ZERO(a->fib);
}

static int session_begin(struct genl_info *info, const struct asked *a)
{
	struct net *net = genl_info_net(info);
	struct mfib_session *s;
	const char *why = NULL;
	int err;

	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	err = mfib_rib_begin(&a->fib->rib[a->family], &why);
	if (err) {
		kfree(s);
		return mfib_refuse(info->extack, NULL, err, why);
	}
	/* One of a FIB that went, whose number is in use again. */
	if (session_find(net, a->fib->id, a->family))
		session_free(session_find(net, a->fib->id, a->family));
	s->net = net;
	s->fib = a->fib->id;
	s->family = a->family;
	s->portid = info->snd_portid;
	hash_add(sessions, &s->node, hash_of(s->fib, s->family));
	return 0;
}

static int session_end(struct genl_info *info, const struct asked *a,
		       bool commit)
{
	struct mfib_session *s;
	const char *why = NULL;
	int err = 0;

	s = session_find(genl_info_net(info), a->fib->id, a->family);
	if (!s || s->portid != info->snd_portid)
		return mfib_refuse(info->extack, NULL, -EINVAL,
				   "this socket has no session for the table");
	if (commit)
		err = mfib_rib_commit(&a->fib->rib[a->family], &why);
	else
		mfib_rib_abort(&a->fib->rib[a->family]);
	session_free(s);
	return err ? mfib_refuse(info->extack, NULL, err, why) : 0;
}

/**
 * mfib_nl_session_begin() - MFIB_CMD_SESSION_BEGIN
 * @skb: the request
 * @info: the same, parsed
 *
 * Return: 0 or a negative error.
 */
int mfib_nl_session_begin(struct sk_buff *skb, struct genl_info *info)
{
	struct asked a;
	int err = asked_for(skb, info, &a);

	if (err)
		return err;
	mutex_lock(&sessions_lock);
	err = session_begin(info, &a);
	mutex_unlock(&sessions_lock);
	mfib_fib_put(a.fib);
	return err;
}

static int finish(struct sk_buff *skb, struct genl_info *info, bool commit)
{
	struct asked a;
	int err = asked_for(skb, info, &a);

	if (err)
		return err;
	mutex_lock(&sessions_lock);
	err = session_end(info, &a, commit);
	mutex_unlock(&sessions_lock);
	mfib_fib_put(a.fib);
	return err;
}

/**
 * mfib_nl_session_commit() - MFIB_CMD_SESSION_COMMIT
 * @skb: the request
 * @info: the same, parsed
 *
 * Return: 0 or a negative error.
 */
int mfib_nl_session_commit(struct sk_buff *skb, struct genl_info *info)
{
	return finish(skb, info, true);
}

/**
 * mfib_nl_session_abort() - MFIB_CMD_SESSION_ABORT
 * @skb: the request
 * @info: the same, parsed
 *
 * Return: 0 or a negative error.
 */
int mfib_nl_session_abort(struct sk_buff *skb, struct genl_info *info)
{
	return finish(skb, info, false);
}

/* A socket was closed. Process context: the chain is a blocking one. */
static int socket_closed(struct notifier_block *nb, unsigned long event,
			 void *data)
{
	const struct netlink_notify *n = data;
	struct hlist_node *next;
	struct mfib_session *s;
	struct mfib_fib *fib;
	unsigned int i;

	if (event != NETLINK_URELEASE || n->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	mutex_lock(&sessions_lock);
	hash_for_each_safe(sessions, i, next, s, node) {
		if (s->portid != n->portid || s->net != n->net)
			continue;
		fib = mfib_fib_get(s->net, s->fib);
		if (fib) {
			mfib_rib_abort(&fib->rib[s->family]);
			mfib_fib_put(fib);
		}
		session_free(s);
	}
	mutex_unlock(&sessions_lock);
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = {
	.notifier_call = socket_closed,
};

/**
 * mfib_session_init() - begin to look after sessions
 *
 * Return: 0 or a negative error.
 */
int mfib_session_init(void)
{
	return netlink_register_notifier(&socket_notifier);
}

/**
 * mfib_session_exit() - stop looking after sessions
 *
 * Requests no longer come. Tables end what their sessions have built.
 *
 * Context: Process context. Waits for sockets that are being closed.
 */
void mfib_session_exit(void)
{
	struct hlist_node *next;
	struct mfib_session *s;
	unsigned int i;

	netlink_unregister_notifier(&socket_notifier);
	mutex_lock(&sessions_lock);
	hash_for_each_safe(sessions, i, next, s, node)
		session_free(s);
	mutex_unlock(&sessions_lock);
}
