// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grants: who may use a FIB without CAP_NET_RAW in its namespace.
 *
 * Asked when a socket is put into a FIB by our option or ioctl, and, because any
 * program may use SO_BINDTODEVICE, again of the owner of each socket that sends:
 * what leaves without a grant is dropped and counted. The owner is the user who
 * made the socket; whether he had the capability is known while the socket
 * has a file.
 *
 * Locking: writers hold grants_lock; readers are in an RCU read-side section.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include <net/sock.h>

#include "fib.h"

#define GRANTS_MAX	256

/**
 * struct mfib_grants - the grants of a FIB, replaced as a whole
 * @rcu: frees it
 * @count: how many
 * @grant: the grants
 */
struct mfib_grants {
	struct rcu_head		rcu;
	unsigned int		count;
	struct mfib_grant	grant[];
};

static DEFINE_MUTEX(grants_lock);

static struct mfib_grants *grants_get(const struct mfib_fib *fib)
{
	return rcu_dereference_protected(fib->grants,
					 lockdep_is_held(&grants_lock));
}

static int grant_find(const struct mfib_grants *g,
		      const struct mfib_grant *grant)
{
	unsigned int n;

	for (n = 0; g && n < g->count; n++)
		if (g->grant[n].group == grant->group &&
		    g->grant[n].id == grant->id)
			return n;
	return -1;
}

/* A copy with room for @count; takes over as many as there are. */
static struct mfib_grants *grants_copy(const struct mfib_grants *old,
				       unsigned int count)
{
	struct mfib_grants *g;

	g = kzalloc(struct_size(g, grant, count), GFP_KERNEL);
	if (!g)
		return NULL;
	g->count = count;
	if (old)
		memcpy(g->grant, old->grant,
		       min(count, old->count) * sizeof(g->grant[0]));
	return g;
}

static void grants_replace(struct mfib_fib *fib, struct mfib_grants *g)
{
	struct mfib_grants *old = grants_get(fib);

	rcu_assign_pointer(fib->grants, g);
	if (old)
		kfree_rcu(old, rcu);
}

static int grant_add(struct mfib_fib *fib, const struct mfib_grant *grant,
		     struct netlink_ext_ack *extack)
{
	struct mfib_grants *old = grants_get(fib);
	unsigned int count = old ? old->count : 0;
	struct mfib_grants *g;

	if (grant_find(old, grant) >= 0) {
		NL_SET_ERR_MSG(extack, "it has been granted already");
		return -EEXIST;
	}
	if (count >= GRANTS_MAX) {
		NL_SET_ERR_MSG(extack, "a FIB has room for 256 grants");
		return -ENOSPC;
	}
	g = grants_copy(old, count + 1);
	if (!g)
		return -ENOMEM;
	g->grant[count] = *grant;
	grants_replace(fib, g);
	return 0;
}

/**
 * mfib_grant_add() - let a user or group use a FIB
 * @fib: the FIB
 * @grant: who
 * @extack: where to say in words what is wrong
 *
 * Context: Process context. May sleep.
 * Return: 0, -EEXIST, -ENOSPC or -ENOMEM.
 */
int mfib_grant_add(struct mfib_fib *fib, const struct mfib_grant *grant,
		   struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&grants_lock);
	err = grant_add(fib, grant, extack);
	mutex_unlock(&grants_lock);
	return err;
}

static int grant_del(struct mfib_fib *fib, const struct mfib_grant *grant,
		     struct netlink_ext_ack *extack)
{
	struct mfib_grants *old = grants_get(fib);
	int n = grant_find(old, grant);
	struct mfib_grants *g;

	if (n < 0) {
		NL_SET_ERR_MSG(extack, "it has not been granted");
		return -ENOENT;
	}
	g = grants_copy(old, old->count - 1);
	if (!g)
		return -ENOMEM;
	if ((unsigned int)n < g->count)
		g->grant[n] = old->grant[old->count - 1];
	grants_replace(fib, g);
	return 0;
}

/**
 * mfib_grant_del() - take a grant back
 * @fib: the FIB
 * @grant: who
 * @extack: where to say in words what is wrong
 *
 * Context: Process context. May sleep.
 * Return: 0, -ENOENT or -ENOMEM.
 */
int mfib_grant_del(struct mfib_fib *fib, const struct mfib_grant *grant,
		   struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&grants_lock);
	err = grant_del(fib, grant, extack);
	mutex_unlock(&grants_lock);
	return err;
}

/**
 * mfib_grant_next() - the grants of a FIB, one by one
 * @fib: the FIB
 * @n: 0 at first; grows
 * @grant: filled in
 *
 * Context: Any.
 * Return: whether there was one more.
 */
bool mfib_grant_next(struct mfib_fib *fib, unsigned int *n,
		     struct mfib_grant *grant)
{
	const struct mfib_grants *g;
	bool more;

	rcu_read_lock();
	g = rcu_dereference(fib->grants);
	more = g && *n < g->count;
	if (more)
		*grant = g->grant[(*n)++];
	rcu_read_unlock();
	return more;
}

static bool in_group(const struct cred *cred, kgid_t gid)
{
	const struct group_info *groups = cred->group_info;
	int n;

	if (gid_eq(cred->fsgid, gid))
		return true;
	for (n = 0; n < groups->ngroups; n++)
		if (gid_eq(groups->gid[n], gid))
			return true;
	return false;
}

static bool cred_granted(const struct mfib_fib *fib, kuid_t uid,
			 const struct cred *cred)
{
	const struct mfib_grants *g = rcu_dereference(fib->grants);
	unsigned int n;

	for (n = 0; g && n < g->count; n++) {
		const struct mfib_grant *grant = &g->grant[n];

		if (!grant->group) {
			if (uid_eq(uid, KUIDT_INIT(grant->id)))
				return true;
		} else if (in_group(cred, KGIDT_INIT(grant->id))) {
			return true;
		}
	}
	return false;
}

/**
 * mfib_granted() - may the calling process use a FIB?
 * @fib: the FIB
 *
 * Context: Process context.
 */
bool mfib_granted(const struct mfib_fib *fib)
{
	bool ok;

	if (ns_capable(fib->mnet->net->user_ns, CAP_NET_RAW))
		return true;
	rcu_read_lock();
	ok = cred_granted(fib, current_fsuid(), current_cred());
	rcu_read_unlock();
	return ok;
}

/* Without asking LSMs, who could not sleep here. */
static bool cred_capable(const struct cred *cred, struct user_namespace *ns)
{
	return (cred->user_ns == ns || cred->user_ns == &init_user_ns) &&
	       cap_raised(cred->cap_effective, CAP_NET_RAW);
}

/**
 * mfib_granted_socket() - may the owner of a socket use a FIB?
 * @fib: the FIB
 * @sk: a full socket
 *
 * The kernel's own sockets, and those whose file has been closed while they
 * send the rest, may: they were asked when they began. Root in the initial
 * namespace is asked nothing.
 *
 * Context: RCU read-side section.
 */
bool mfib_granted_socket(const struct mfib_fib *fib, struct sock *sk)
{
	const struct file *file;
	struct socket *sock;
	kuid_t uid = sk->sk_uid;
	bool ok = true;

	if (uid_eq(uid, GLOBAL_ROOT_UID))
		return true;
	read_lock_bh(&sk->sk_callback_lock);
	sock = sk->sk_socket;
	file = sock ? sock->file : NULL;
	if (file)
		ok = cred_granted(fib, uid, file->f_cred) ||
		     cred_capable(file->f_cred, fib->mnet->net->user_ns);
	read_unlock_bh(&sk->sk_callback_lock);
	return ok;
}
