// SPDX-License-Identifier: GPL-2.0-only
/*
 * The LSM hooks: what the kernel asks, and which file answers.
 *
 * Nothing is decided here. Without a policy most of it ends at once; what keeps
 * the labels of tasks and sockets true works all the same, so that they are
 * right when the first policy comes.
 *
 * A hook sleeps only between lsmhook_enter() and lsmhook_exit(): unloading waits
 * for those.
 */
#include <linux/binfmts.h>
#include <linux/net.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <net/sock.h>

#include "compat.h"
#include "dsm.h"

static bool has_policy(void)
{
	return rcu_access_pointer(dsm_active);
}

static u32 class_of(const struct sock *sk)
{
	if (likely(sk && sk->sk_type == SOCK_STREAM &&
		   sk->sk_protocol == IPPROTO_TCP && dsm_sock_is_ip(sk)))
		return DSM_CLASS_TCP;
	return sk ? dsm_sock_class(sk->sk_family, sk->sk_type,
				   sk->sk_protocol) : DSM_CLASS_NONE;
}

/* ---- tasks ----------------------------------------------------------------------- */

static int dsm_task_alloc(struct task_struct *task, unsigned long clone_flags)
{
	int err;

	lsmhook_enter(&dsm_hooks);
	err = dsm_task_fork(task);
	lsmhook_exit(&dsm_hooks);
	return err;
}

static void dsm_task_free(struct task_struct *task)
{
	dsm_task_forget(task);
}

static int dsm_bprm_creds_for_exec(struct linux_binprm *bprm)
{
	bool changes = false;
	int err;

	if (!has_policy() && !dsm_task_count())
		return 0;
	lsmhook_enter(&dsm_hooks);
	err = dsm_task_exec_decide(bprm, &changes);
	lsmhook_exit(&dsm_hooks);
	if (changes)
		bprm->secureexec = 1;
	return err;
}

static void dsm_exec_committed(void)
{
	if (!dsm_task_exec_commit())
		return;
	lsmhook_enter(&dsm_hooks);
	dsm_descriptors_flush();
	lsmhook_exit(&dsm_hooks);
}

static void dsm_bprm_committing_creds(cgl_committing_bprm *bprm)
{
	dsm_exec_committed();
}

static int dsm_task_kill(struct task_struct *task, struct kernel_siginfo *info,
			 int sig, const struct cred *cred)
{
	return dsm_signal(task, info);
}

static int dsm_ptrace_access_check(struct task_struct *child, unsigned int mode)
{
	return dsm_ptrace(child, mode);
}

static int dsm_ptrace_traceme(struct task_struct *parent)
{
	return dsm_traceme(parent);
}

static int dsm_file_receive(struct file *file)
{
	return dsm_descriptor_receive(file);
}

/* ---- sockets ----------------------------------------------------------------------- */

/* What no guard is about. */
static bool is_tcp(int family, int type, int protocol)
{
	return (family == AF_INET || family == AF_INET6) &&
	       type == SOCK_STREAM && (!protocol || protocol == IPPROTO_TCP);
}

static int dsm_socket_create(int family, int type, int protocol, int kern)
{
	u32 class;
	int err;

	if (kern || !has_policy())
		return 0;
	if (is_tcp(family, type, protocol))
		return dsm_judge_self(DSM_OP_CREATE, DSM_CLASS_TCP,
				      DSM_PERM_CREATE);
	lsmhook_enter(&dsm_hooks);
	err = dsm_guard_create(family, type, protocol);
	lsmhook_exit(&dsm_hooks);
	class = dsm_sock_class(family, type, protocol);
	if (!err && class)
		err = dsm_judge_self(DSM_OP_CREATE, class, DSM_PERM_CREATE);
	return err;
}

static int dsm_socket_post_create(struct socket *sock, int family, int type,
				  int protocol, int kern)
{
	u32 class = class_of(sock->sk);
	u32 sid = kern ? 0 : dsm_task_sid(current);
	int err;

	if (!class)
		return 0;
	if (sid == READ_ONCE(dsm_initial_sid))
		sid = 0;
	lsmhook_enter(&dsm_hooks);
	err = dsm_sock_add(sock->sk, class, sid, GFP_KERNEL);
	lsmhook_exit(&dsm_hooks);
	return err;
}

static void dsm_sk_clone_security(const struct sock *sk, struct sock *newsk)
{
	dsm_sock_clone(sk, newsk);
}

static void dsm_sk_free_security(struct sock *sk)
{
	dsm_sock_forget(sk);
}

static int socket_self(struct socket *sock, enum dsm_op op, u32 perms)
{
	u32 class = class_of(sock->sk);

	if (likely(class == DSM_CLASS_TCP))
		return dsm_judge_self(op, DSM_CLASS_TCP, perms);
	if (!class || !(dsm_class_perms(class) & perms))
		return 0;
	return dsm_judge_self(op, class, perms);
}

static int dsm_socket_bind(struct socket *sock, struct sockaddr *address,
			   int addrlen)
{
	return has_policy() ? socket_self(sock, DSM_OP_CREATE, DSM_PERM_BIND) :
			      0;
}

static int dsm_socket_listen(struct socket *sock, int backlog)
{
	return has_policy() ? socket_self(sock, DSM_OP_CREATE, DSM_PERM_LISTEN) :
			      0;
}

static int dsm_socket_connect(struct socket *sock, struct sockaddr *address,
			      int addrlen)
{
	int err;

	if (!has_policy() || !dsm_sock_is_ip(sock->sk))
		return 0;
	err = socket_self(sock, DSM_OP_CONNECT, DSM_PERM_CONNECT);
	if (err)
		return err;
	lsmhook_enter(&dsm_hooks);
	err = dsm_send_to(sock->sk, address, addrlen, DSM_OP_CONNECT);
	lsmhook_exit(&dsm_hooks);
	return err;
}

static int dsm_socket_accept(struct socket *sock, struct socket *newsock)
{
	return has_policy() ? socket_self(sock, DSM_OP_CREATE, DSM_PERM_LISTEN) :
			      0;
}

static noinline int send_message(struct sock *sk, struct msghdr *msg)
{
	int err;

	lsmhook_enter(&dsm_hooks);
	err = dsm_send_message(sk, msg);
	lsmhook_exit(&dsm_hooks);
	return err;
}

static noinline int send_look(struct socket *sock, struct msghdr *msg)
{
	if (!has_policy() || !dsm_sock_is_ip(sock->sk))
		return 0;
	return send_message(sock->sk, msg);
}

/*
 * Was this destination looked at before, under this policy? It is only kept if
 * it is an IPv4 address, and not all zeroes.
 */
static __always_inline bool send_kept(const struct sock *sk,
				      const struct msghdr *msg)
{
	struct dsm_sock *ds;
	bool kept = false;
	u64 name, dest;

	if (msg->msg_controllen || msg->msg_namelen < sizeof(struct sockaddr_in))
		return false;
	/* Family, port, address. */
	name = *(const u64 *)msg->msg_name;
	if ((u16)name != AF_INET)
		return false;
	/* A read-side section too, and a shorter one for a module. */
	rcu_read_lock_sched();
	if (likely(dsm_sock_first(sk, &ds))) {
		dest = READ_ONCE(ds->dest);
		kept = dest >> 32 == name >> 32 &&
		       (u32)dest == READ_ONCE(dsm_generation);
	}
	rcu_read_unlock_sched();
	return kept;
}

/* Most messages have neither an address nor control messages. */
static int dsm_socket_sendmsg(struct socket *sock, struct msghdr *msg, int size)
{
	if (!msg->msg_name) {
		if (likely(!msg->msg_controllen))
			return 0;
	} else if (likely(send_kept(sock->sk, msg))) {
		return 0;
	}
	return send_look(sock, msg);
}

static int dsm_socket_setsockopt(struct socket *sock, int level, int optname)
{
	int err;

	if (!has_policy() || !dsm_sock_is_ip(sock->sk))
		return 0;
	err = socket_self(sock, DSM_OP_SETSOCKOPT, DSM_PERM_SETOPT);
	if (err)
		return err;
	lsmhook_enter(&dsm_hooks);
	err = dsm_guard_setsockopt(sock, level, optname);
	lsmhook_exit(&dsm_hooks);
	return err;
}

static int dsm_socket_shutdown(struct socket *sock, int how)
{
	if (has_policy() && sock->sk)
		dsm_sock_shut(sock->sk);
	return 0;
}

static int dsm_inet_conn_request(const struct sock *sk, struct sk_buff *skb,
				 struct request_sock *req)
{
	return dsm_send_request(sk, skb, req);
}

static int dsm_unix_stream_connect(struct sock *sock, struct sock *other,
				   struct sock *newsk)
{
	return dsm_unix_connect(sock, other, newsk);
}

static int dsm_unix_may_send(struct socket *sock, struct socket *other)
{
	return dsm_unix_send(sock->sk, other->sk);
}

/* ---- load and unload ------------------------------------------------------------------ */

/* What forgets comes before what remembers, and that before what asks. */
static const struct lsmhook hooks[] = {
	LSMHOOK(task_free, dsm_task_free),
	LSMHOOK(sk_free_security, dsm_sk_free_security),
	LSMHOOK(task_alloc, dsm_task_alloc),
	LSMHOOK(bprm_committing_creds, dsm_bprm_committing_creds),
	LSMHOOK(bprm_creds_for_exec, dsm_bprm_creds_for_exec),
	LSMHOOK(sk_clone_security, dsm_sk_clone_security),
	LSMHOOK(socket_post_create, dsm_socket_post_create),
	LSMHOOK(inet_conn_request, dsm_inet_conn_request),
	LSMHOOK(unix_stream_connect, dsm_unix_stream_connect),
	LSMHOOK(unix_may_send, dsm_unix_may_send),
	LSMHOOK(file_receive, dsm_file_receive),
	LSMHOOK(task_kill, dsm_task_kill),
	LSMHOOK(ptrace_access_check, dsm_ptrace_access_check),
	LSMHOOK(ptrace_traceme, dsm_ptrace_traceme),
	LSMHOOK(socket_create, dsm_socket_create),
	LSMHOOK(socket_bind, dsm_socket_bind),
	LSMHOOK(socket_listen, dsm_socket_listen),
	LSMHOOK(socket_connect, dsm_socket_connect),
	LSMHOOK(socket_accept, dsm_socket_accept),
	LSMHOOK(socket_sendmsg, dsm_socket_sendmsg),
	LSMHOOK(socket_setsockopt, dsm_socket_setsockopt),
	LSMHOOK(socket_shutdown, dsm_socket_shutdown),
	LSMHOOK(socket_sock_rcv_skb, dsm_judge_packet),
};

struct lsmhook_set dsm_hooks = LSMHOOK_SET("dsm", hooks);

/**
 * dsm_hooks_init() - have the kernel ask, and find what is there already
 *
 * Context: Process context, at load, when all that is asked is ready. May sleep.
 * Return: 0, or a negative error of lsmhook_attach(); nothing is attached then.
 */
int dsm_hooks_init(void)
{
	int err = lsmhook_attach(&dsm_hooks, LSMHOOK_ANY);

	if (!err)
		dsm_sock_scan();
	return err;
}

/**
 * dsm_hooks_exit() - have the kernel ask no more
 *
 * When it returns no task is inside a hook.
 *
 * Context: Process context, at unload. May sleep.
 */
void dsm_hooks_exit(void)
{
	lsmhook_detach(&dsm_hooks);
}
