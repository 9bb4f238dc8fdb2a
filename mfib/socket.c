// SPDX-License-Identifier: GPL-2.0-only
/*
 * A FIB for a socket: by setsockopt() and by ioctl() of /dev/mfib.
 *
 * <linux/mfib_socket.h> has the interface. A socket in a FIB is bound to the
 * FIB's device, which is all that the kernel has to know: it keys ports,
 * listeners, fragments and routes by that. So accepted sockets and children
 * inherit it, and programs that use SO_BINDTODEVICE mean the same thing.
 *
 * Nothing keeps the separation if tcp_l3mdev_accept or its likes are set, which
 * let a socket outside all FIBs answer for them all: people are told once.
 *
 * Locking: the socket's own lock.
 */
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/netfilter.h>
#include <linux/sockptr.h>
#include <linux/uaccess.h>
#include <net/inet_hashtables.h>
#include <net/inet_sock.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "mfib.h"
#include "fib.h"
#include "parts.h"

/* ---- sockets ------------------------------------------------------------------- */

static void accept_warn(struct net *net)
{
	if (READ_ONCE(net->ipv4.sysctl_tcp_l3mdev_accept) ||
	    READ_ONCE(net->ipv4.sysctl_udp_l3mdev_accept))
		pr_warn_once("mfib: net.ipv4.tcp_l3mdev_accept or udp_l3mdev_accept is set: sockets outside all FIBs get packets of every FIB\n");
}

/* The device to be bound to, or a negative error. 0 is none. */
static int fib_ifindex(struct net *net, u32 id)
{
	struct net_device *dev;
	struct mfib_fib *fib;
	int ifindex = -ENOENT;

	if (!id)
		return 0;
	fib = mfib_fib_get(net, id);
	if (!fib)
		return -ENOENT;
	rcu_read_lock();
	dev = rcu_dereference(fib->dev);
	if (dev)
		ifindex = dev->ifindex;
	rcu_read_unlock();
	if (ifindex > 0 && !mfib_granted(fib))
		ifindex = -EACCES;
	mfib_fib_put(fib);
	return ifindex;
}

/*
 * A TCP port is taken within a FIB: it is given back and taken again, or
 * listen() would find it in the wrong place. On error all is as it was.
 */
static int port_move(struct sock *sk, int ifindex)
{
	unsigned short port = inet_sk(sk)->inet_num;
	int old = sk->sk_bound_dev_if;
	int err, got;

	inet_put_port(sk);
	err = sock_bindtoindex(sk, ifindex, false);
	got = sk->sk_prot->get_port(sk, port);
	if (!got)
		return err;
	WRITE_ONCE(sk->sk_bound_dev_if, old);
	sk_dst_reset(sk);
	if (sk->sk_prot->get_port(sk, port))
		pr_warn_ratelimited("mfib: port %u of a socket was lost to another\n",
				    port);
	return err ?: -EADDRINUSE;
}

static int socket_bind(struct sock *sk, int ifindex)
{
	int err = 0;

	lock_sock(sk);
	if (sk->sk_state != TCP_CLOSE && sk->sk_state != TCP_LISTEN)
		err = -EISCONN;
	else if (sk->sk_bound_dev_if == ifindex)
		err = 0;
	else if (sk->sk_protocol == IPPROTO_TCP && inet_sk(sk)->inet_num)
		err = port_move(sk, ifindex);
	else
		err = sock_bindtoindex(sk, ifindex, false);
	release_sock(sk);
	return err == -EPERM ? -EACCES : err;
}

static int socket_set(struct sock *sk, u32 id)
{
	struct net *net = sock_net(sk);
	int ifindex = fib_ifindex(net, id);

	/* It sends by sockets within, which would stay where they are. */
	if (sk->sk_protocol == IPPROTO_MPTCP)
		return -EOPNOTSUPP;
	if (ifindex < 0)
		return ifindex;
	accept_warn(net);
	return socket_bind(sk, ifindex);
}

static u32 socket_get(struct sock *sk)
{
	struct net_device *dev;
	struct mfib_fib *fib;
	u32 id = 0;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(sock_net(sk),
				   READ_ONCE(sk->sk_bound_dev_if));
	fib = dev ? mfib_slave_fib(dev) : NULL;
	if (fib)
		id = fib->id;
	rcu_read_unlock();
	return id;
}

/**
 * mfib_socket_set() - put a socket into a FIB, for other modules
 * @sk: a socket of IPv4 or IPv6, not connected
 * @fib: the FIB, or 0 for none
 *
 * The rights of the calling process are looked at as setsockopt() does.
 *
 * Context: Process context. Locks the socket. May sleep.
 * Return: 0, or a negative error as in <linux/mfib_socket.h>.
 */
int mfib_socket_set(struct sock *sk, u32 fib)
{
	return socket_set(sk, fib);
}
EXPORT_SYMBOL_GPL(mfib_socket_set);

/* ---- options -------------------------------------------------------------------- */

static int opt_set(struct sock *sk, int opt, sockptr_t arg, unsigned int len)
{
	u32 id;

	if (len != sizeof(id))
		return -EINVAL;
	if (copy_from_sockptr(&id, arg, sizeof(id)))
		return -EFAULT;
	return socket_set(sk, id);
}

static int opt_get(struct sock *sk, int opt, void __user *user, int *len)
{
	u32 id = socket_get(sk);

	if (*len < (int)sizeof(id))
		return -EINVAL;
	*len = sizeof(id);
	return copy_to_user(user, &id, sizeof(id)) ? -EFAULT : 0;
}

#define OPTS(family)						\
{								\
	.pf		= (family),				\
	.set_optmin	= MFIB_SO_FIB,				\
	.set_optmax	= MFIB_SO_FIB + 1,			\
	.set		= opt_set,				\
	.get_optmin	= MFIB_SO_FIB,				\
	.get_optmax	= MFIB_SO_FIB + 1,			\
	.get		= opt_get,				\
	.owner		= THIS_MODULE,				\
}

static struct nf_sockopt_ops opts4 = OPTS(PF_INET);
static struct nf_sockopt_ops opts6 = OPTS(PF_INET6);

/* ---- the device ------------------------------------------------------------------ */

static int socket_ioctl(struct socket *sock, unsigned int cmd,
			struct mfib_socket *req)
{
	struct sock *sk = sock->sk;

	if (sk->sk_family != AF_INET && sk->sk_family != AF_INET6)
		return -EAFNOSUPPORT;
	if (cmd == MFIB_IOC_SOCKET_SET)
		return socket_set(sk, req->fib);
	req->fib = socket_get(sk);
	return 0;
}

static long mfib_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct mfib_socket __user *user = (void __user *)arg;
	struct mfib_socket req;
	struct socket *sock;
	int err;

	if (cmd != MFIB_IOC_SOCKET_SET && cmd != MFIB_IOC_SOCKET_GET)
		return -ENOTTY;
	if (copy_from_user(&req, user, sizeof(req)))
		return -EFAULT;
	sock = sockfd_lookup(req.fd, &err);
	if (!sock)
		return err;
	err = socket_ioctl(sock, cmd, &req);
	sockfd_put(sock);
	if (!err && cmd == MFIB_IOC_SOCKET_GET &&
	    copy_to_user(user, &req, sizeof(req)))
		err = -EFAULT;
	return err;
}

static const struct file_operations dev_fops = {
	.owner		= THIS_MODULE,
	.unlocked_ioctl	= mfib_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.llseek		= noop_llseek,
};

/* Rights are asked when a FIB is chosen: anybody may open it. */
static struct miscdevice dev = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "mfib",
	.mode	= 0666,
	.fops	= &dev_fops,
};

/**
 * mfib_socket_init() - the option for both families, and the device
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 */
int mfib_socket_init(void)
{
	int err;

	err = nf_register_sockopt(&opts4);
	if (err)
		return err;
	err = nf_register_sockopt(&opts6);
	if (err)
		goto err_opts4;
	err = misc_register(&dev);
	if (err)
		goto err_opts6;
	return 0;

err_opts6:
	nf_unregister_sockopt(&opts6);
err_opts4:
	nf_unregister_sockopt(&opts4);
	return err;
}

/**
 * mfib_socket_exit() - undo mfib_socket_init()
 *
 * Sockets that are bound to the device of a FIB keep its number when it goes.
 *
 * Context: Process context. May sleep.
 */
void mfib_socket_exit(void)
{
	misc_deregister(&dev);
	nf_unregister_sockopt(&opts6);
	nf_unregister_sockopt(&opts4);
}
