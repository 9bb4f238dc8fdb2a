// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files and credentials that travel with a message, between sockets of one node.
 *
 * SCM_RIGHTS passes open files, as over AF_UNIX. Sockets of AF_UNIX and AF_TIPC
 * and io_uring files are refused: a queue with its own socket in it would
 * never be freed, and so no queue of ours can hold what could hold it.
 *
 * SCM_CREDENTIALS: a receiver with SO_PASSCRED learns the process, user and
 * group of each sender on its node. A sender may state them, and only truly.
 *
 * What a message carries belongs to its buffer and is given up with it.
 *
 * Files that lie in queues are open and count in no process's limit: of those of
 * one user there may be as many as one process may have open.
 *
 * Locking: handover_lock, so that who takes the files of a message and who looks
 * at it to read it again do not meet; flight_lock for who has how many on their
 * way.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/hash.h>
#include <linux/list.h>
#include <linux/net.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <net/scm.h>
#include <net/sock.h>

#include "sock.h"

/**
 * struct tipc_scm - what a message carries besides its data
 * @files: open files, NULL if none
 * @counted: they are among those that their user has on the way
 * @pid: process that sent it
 * @uid: user it ran as
 * @gid: its group
 */
struct tipc_scm {
	struct scm_fp_list	*files;
	bool			counted;
	struct pid		*pid;
	kuid_t			uid;
	kgid_t			gid;
};

static DEFINE_MUTEX(handover_lock);

static void files_free(struct scm_fp_list *files)
{
	struct scm_cookie cookie = { .fp = files };

	if (files)
		__scm_destroy(&cookie);
}

/* ---- files on their way ---------------------------------------------------- */

#define FLIGHT_BITS	6

/**
 * struct flight - the files that a user has in queues
 * @hash: among those of other users
 * @user: who; there is one object for a user, which the files hold
 * @n: how many, not 0
 */
struct flight {
	struct hlist_node	hash;
	struct user_struct	*user;
	unsigned long		n;
};

static DEFINE_SPINLOCK(flight_lock);
static struct hlist_head flights[1 << FLIGHT_BITS];

static struct hlist_head *flight_bucket(const struct user_struct *user)
{
	return &flights[hash_ptr(user, FLIGHT_BITS)];
}

static struct flight *flight_find(const struct user_struct *user)
{
	struct flight *f;

	lockdep_assert_held(&flight_lock);
	hlist_for_each_entry(f, flight_bucket(user), hash)
		if (f->user == user)
			return f;
	return NULL;
}

/* The limit, and who is above it, are those of AF_UNIX. */
static bool flight_full(const struct user_struct *user)
{
	unsigned long n;
	struct flight *f;

	spin_lock_bh(&flight_lock);
	f = flight_find(user);
	n = f ? f->n : 0;
	spin_unlock_bh(&flight_lock);
	return n > rlimit(RLIMIT_NOFILE) && !capable(CAP_SYS_RESOURCE) &&
	       !capable(CAP_SYS_ADMIN);
}

static int flight_begin(struct tipc_scm *scm)
{
	struct user_struct *user = scm->files->user;
	struct flight *f, *fresh;

	if (flight_full(user))
		return -ETOOMANYREFS;
	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);
	if (!fresh)
		return -ENOMEM;
	fresh->user = user;
	spin_lock_bh(&flight_lock);
	f = flight_find(user);
	if (!f) {
		f = fresh;
		fresh = NULL;
		hlist_add_head(&f->hash, flight_bucket(user));
	}
	f->n += scm->files->count;
	spin_unlock_bh(&flight_lock);
	kfree(fresh);
	scm->counted = true;
	return 0;
}

static void flight_end(struct tipc_scm *scm)
{
	struct flight *f;

	if (!scm->counted)
		return;
	scm->counted = false;
	spin_lock_bh(&flight_lock);
	f = flight_find(scm->files->user);
	f->n -= scm->files->count;
	if (f->n)
		f = NULL;
	else
		hlist_del(&f->hash);
	spin_unlock_bh(&flight_lock);
	kfree(f);
}

/* ---- what a message carries ------------------------------------------------ */

static void scm_free(struct tipc_scm *scm)
{
	flight_end(scm);
	files_free(scm->files);
	put_pid(scm->pid);
	kfree(scm);
}

/* The buffer is freed. */
static void destruct(struct sk_buff *skb)
{
	if (TIPC_CB(skb)->scm)
		scm_free(TIPC_CB(skb)->scm);
	TIPC_CB(skb)->scm = NULL;
}

static struct tipc_scm *scm_new(gfp_t gfp)
{
	struct tipc_scm *scm = kzalloc(sizeof(*scm), gfp);

	if (!scm)
		return NULL;
	scm->pid = get_pid(task_tgid(current));
	current_uid_gid(&scm->uid, &scm->gid);
	return scm;
}

static void attach(struct sk_buff *skb, struct tipc_scm *scm)
{
	TIPC_CB(skb)->scm = scm;
	skb->destructor = destruct;
}

/* A file that could be, or hold, the socket in whose queue it would lie. */
static bool could_hold_itself(struct file *file)
{
	struct socket *sock = sock_from_file(file);

	if (sock)
		return sock->ops && (sock->ops->family == AF_UNIX ||
				     sock->ops->family == AF_TIPC);
	return !strcmp(file->f_path.dentry->d_name.name, "[io_uring]");
}

static int add_file(struct scm_fp_list *files, int fd)
{
	struct file *file = fget_raw(fd);

	if (!file)
		return -EBADF;
	if (could_hold_itself(file)) {
		fput(file);
		return -EOPNOTSUPP;
	}
	files->fp[files->count++] = file;
	return 0;
}

static int add_files(struct tipc_scm *scm, struct cmsghdr *cmsg)
{
	const int *fds = (const int *)CMSG_DATA(cmsg);
	size_t i, n = (cmsg->cmsg_len - sizeof(*cmsg)) / sizeof(int);
	int err = 0;

	if (!scm->files) {
		scm->files = kzalloc(sizeof(*scm->files), GFP_KERNEL_ACCOUNT);
		if (!scm->files)
			return -ENOMEM;
		scm->files->max = SCM_MAX_FD;
		scm->files->user = get_uid(current_user());
	}
	for (i = 0; i < n && !err; i++)
		err = scm->files->count < SCM_MAX_FD ?
		      add_file(scm->files, fds[i]) : -EINVAL;
	return err;
}

/* Only the truth may be said. */
static int check_credentials(const struct cmsghdr *cmsg)
{
	const struct cred *cred = current_cred();
	struct user_namespace *ns = current_user_ns();
	const struct ucred *said = (const void *)CMSG_DATA(cmsg);
	kuid_t uid;
	kgid_t gid;

	if (cmsg->cmsg_len != CMSG_LEN(sizeof(*said)))
		return -EINVAL;
	uid = make_kuid(ns, said->uid);
	gid = make_kgid(ns, said->gid);
	if (said->pid != task_tgid_vnr(current) ||
	    (!uid_eq(uid, cred->uid) && !uid_eq(uid, cred->euid)) ||
	    (!gid_eq(gid, cred->gid) && !gid_eq(gid, cred->egid)))
		return -EPERM;
	return 0;
}

static int parse(struct tipc_scm *scm, struct msghdr *m)
{
	struct cmsghdr *cmsg;
	int err = 0;

	for_each_cmsghdr(cmsg, m) {
		if (!CMSG_OK(m, cmsg))
			return -EINVAL;
		if (cmsg->cmsg_level != SOL_SOCKET)
			continue;
		if (cmsg->cmsg_type == SCM_RIGHTS)
			err = add_files(scm, cmsg);
		else if (cmsg->cmsg_type == SCM_CREDENTIALS)
			err = check_credentials(cmsg);
		else
			err = -EINVAL;
		if (err)
			return err;
	}
	return 0;
}

/**
 * tipc_scm_send() - take over what a user sends with a message
 * @m: the user's message
 * @skb: the message
 * @local: it stays on this node
 *
 * Context: Process context. May sleep.
 * Return: 0 or a negative error; the caller still owns @skb.
 */
int tipc_scm_send(struct msghdr *m, struct sk_buff *skb, bool local)
{
	struct tipc_scm *scm = scm_new(GFP_KERNEL);
	int err;

	if (!scm)
		return -ENOMEM;
	err = parse(scm, m);
	if (!err && scm->files && !local)
		err = -EOPNOTSUPP;
	if (!err && scm->files && scm->files->count)
		err = flight_begin(scm);
	if (err) {
		scm_free(scm);
		return err;
	}
	attach(skb, scm);
	return 0;
}

/**
 * tipc_scm_deliver() - the receiver may want to know who sent a message
 * @sk: receiver
 * @skb: message without credentials from the current task
 *
 * Context: Any but hard interrupts, in an RCU read-side section.
 */
void tipc_scm_deliver(struct sock *sk, struct sk_buff *skb)
{
	struct socket *sock = READ_ONCE(sk->sk_socket);
	struct tipc_scm *scm;

	if (likely(!sock || !test_bit(SOCK_PASSCRED, &sock->flags)))
		return;
	if (!in_task() || skb_cloned(skb) || TIPC_CB(skb)->scm)
		return;
	scm = scm_new(GFP_ATOMIC);
	if (scm)
		attach(skb, scm);
}

/* The files of a message, or a copy of them for who reads it again. */
static struct scm_fp_list *files_take(struct tipc_scm *scm, bool peek)
{
	struct scm_fp_list *files;

	mutex_lock(&handover_lock);
	if (peek) {
		files = scm_fp_dup(scm->files);
	} else {
		flight_end(scm);
		files = scm->files;
		scm->files = NULL;
	}
	mutex_unlock(&handover_lock);
	return files;
}

static int put_credentials(struct msghdr *m, const struct tipc_scm *scm)
{
	struct user_namespace *ns = current_user_ns();
	struct ucred cred = {
		.pid = pid_vnr(scm->pid),
		.uid = from_kuid_munged(ns, scm->uid),
		.gid = from_kgid_munged(ns, scm->gid),
	};

	return put_cmsg(m, SOL_SOCKET, SCM_CREDENTIALS, sizeof(cred), &cred);
}

/**
 * tipc_scm_recv() - give a reader what came with a message
 * @sk: receiver
 * @m: the reader's message
 * @skb: message with something; the files are handed over unless @peek
 * @peek: the message will be read again
 *
 * A reader without room for control data loses the files, and is told by
 * MSG_CTRUNC.
 *
 * Context: Process context. May sleep.
 * Return: 0 or a negative error.
 */
int tipc_scm_recv(struct sock *sk, struct msghdr *m, struct sk_buff *skb,
		  bool peek)
{
	struct tipc_scm *scm = TIPC_CB(skb)->scm;
	struct scm_cookie cookie = {};
	int err = 0;

	if (test_bit(SOCK_PASSCRED, &sk->sk_socket->flags) && m->msg_control)
		err = put_credentials(m, scm);
	if (err || !READ_ONCE(scm->files))
		return err;
	cookie.fp = files_take(scm, peek);
	if (!m->msg_control) {
		m->msg_flags |= MSG_CTRUNC;
		files_free(cookie.fp);
	} else if (cookie.fp) {
		scm_detach_fds(m, &cookie);
	}
	return 0;
}
