// SPDX-License-Identifier: GPL-2.0-only
/*
 * What processes of one node do to each other: AF_UNIX, descriptors, signals,
 * ptrace.
 *
 * Sockets count with their own SID, which is that of the task that made them.
 * Within one SID nothing is asked: a policy speaks of what passes between SIDs.
 *
 * Of descriptors only sockets have a SID of their own; a socket of another SID
 * may be received, or kept when a program changes SID, if the policy allows its
 * SID to be used by the receiver.
 */
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/net.h>
#include <linux/ptrace.h>
#include <linux/sched/signal.h>
#include <net/sock.h>

#include "dsm.h"

static u32 unix_class(const struct sock *sk)
{
	return dsm_sock_class(AF_UNIX, sk->sk_type, 0);
}

static int unix_judge(enum dsm_op op, u32 perms, const struct sock *from,
		      const struct sock *to)
{
	u32 ssid = dsm_sid_of(dsm_sock_sid(from));
	u32 tsid = dsm_sid_of(dsm_sock_sid(to));

	if (ssid == tsid)
		return 0;
	return dsm_judge_local(op, unix_class(to), perms, ssid, tsid);
}

/**
 * dsm_unix_connect() - a stream socket connects to a listening one
 * @sock: who connects
 * @other: who listens
 * @newsk: the new end of @other, which gets its SID
 *
 * Both directions of the connection have to be allowed.
 *
 * Context: Process context, under the locks of AF_UNIX. Does not sleep.
 * Return: 0, or -EACCES.
 */
int dsm_unix_connect(struct sock *sock, struct sock *other, struct sock *newsk)
{
	int err;

	if (!rcu_access_pointer(dsm_active)) {
		dsm_sock_clone(other, newsk);
		return 0;
	}
	err = unix_judge(DSM_OP_UNIX_CONNECT,
			 DSM_PERM_CONNECT | DSM_PERM_RECEIVE, sock, other);
	if (!err)
		err = unix_judge(DSM_OP_UNIX_CONNECT, DSM_PERM_RECEIVE, other,
				 sock);
	if (!err)
		dsm_sock_clone(other, newsk);
	return err;
}

/**
 * dsm_unix_send() - a datagram goes from one socket to another
 * @from: who sends
 * @to: who receives
 *
 * Context: Process context, under the locks of AF_UNIX. Does not sleep.
 * Return: 0, or -EACCES.
 */
int dsm_unix_send(struct sock *from, struct sock *to)
{
	if (!rcu_access_pointer(dsm_active))
		return 0;
	return unix_judge(DSM_OP_UNIX_SEND, DSM_PERM_SEND | DSM_PERM_RECEIVE,
			  from, to);
}

/* ---- descriptors -------------------------------------------------------------------- */

static int descriptor_judge(const struct file *file)
{
	struct socket *sock = sock_from_file((struct file *)file);
	u32 ssid, tsid;

	if (!sock || !sock->sk ||
	    !dsm_sock_class(sock->sk->sk_family, sock->sk->sk_type,
			    sock->sk->sk_protocol))
		return 0;
	ssid = dsm_sid_of(dsm_sock_sid(sock->sk));
	tsid = dsm_task_sid(current);
	if (ssid == tsid)
		return 0;
	return dsm_judge_local(DSM_OP_DESCRIPTOR, DSM_CLASS_FD, DSM_PERM_USE,
			       ssid, tsid);
}

/**
 * dsm_descriptor_receive() - the current task is about to get a descriptor
 * @file: what it is of
 *
 * Context: Process context. Does not sleep.
 * Return: 0, or -EACCES.
 */
int dsm_descriptor_receive(struct file *file)
{
	if (!rcu_access_pointer(dsm_active))
		return 0;
	return descriptor_judge(file);
}

static int descriptor_refused(const void *unused, struct file *file,
			      unsigned int fd)
{
	return descriptor_judge(file) ? fd + 1 : 0;
}

/**
 * dsm_descriptors_flush() - close the sockets that a new SID must not keep
 *
 * In exec, when the task has its new SID and shares its descriptors with nobody.
 *
 * Context: Process context. May sleep.
 */
void dsm_descriptors_flush(void)
{
	int n = 0;

	if (!rcu_access_pointer(dsm_active))
		return;
	while ((n = iterate_fd(current->files, n, descriptor_refused, NULL)))
		close_fd(n - 1);
}

/* ---- signals, ptrace ------------------------------------------------------------------ */

static int task_judge(enum dsm_op op, u32 class, u32 perms, u32 ssid, u32 tsid)
{
	if (ssid == tsid)
		return 0;
	return dsm_judge_local(op, class, perms, ssid, tsid);
}

/**
 * dsm_signal() - the current task sends a signal
 * @task: to whom
 * @info: the signal, or how the kernel says that it sends it itself
 *
 * Context: Under RCU or spinlocks. Does not sleep.
 * Return: 0, or -EACCES.
 */
int dsm_signal(struct task_struct *task, const struct kernel_siginfo *info)
{
	if (!rcu_access_pointer(dsm_active) || info == SEND_SIG_PRIV ||
	    (info != SEND_SIG_NOINFO && SI_FROMKERNEL(info)))
		return 0;
	return task_judge(DSM_OP_SIGNAL, DSM_CLASS_SIGNAL, DSM_PERM_SEND,
			  dsm_task_sid(current), dsm_task_sid(task));
}

/**
 * dsm_ptrace() - the current task looks into another, or takes control of it
 * @child: the other
 * @mode: PTRACE_MODE_*
 *
 * Context: Under spinlocks. Does not sleep.
 * Return: 0, or -EACCES.
 */
int dsm_ptrace(struct task_struct *child, unsigned int mode)
{
	u32 perm = mode & PTRACE_MODE_READ ? DSM_PERM_READ : DSM_PERM_ATTACH;

	if (!rcu_access_pointer(dsm_active))
		return 0;
	return task_judge(DSM_OP_PTRACE, DSM_CLASS_PTRACE, perm,
			  dsm_task_sid(current), dsm_task_sid(child));
}

/**
 * dsm_traceme() - the current task offers itself to its parent
 * @parent: who would get control of it
 *
 * Context: Under spinlocks. Does not sleep.
 * Return: 0, or -EACCES.
 */
int dsm_traceme(struct task_struct *parent)
{
	if (!rcu_access_pointer(dsm_active))
		return 0;
	return task_judge(DSM_OP_PTRACE, DSM_CLASS_PTRACE, DSM_PERM_ATTACH,
			  dsm_task_sid(parent), dsm_task_sid(current));
}
