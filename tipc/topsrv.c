// SPDX-License-Identifier: GPL-2.0-only
/*
 * The topology service: a socket of the kernel that is bound to {1,1}.
 *
 * Whoever connects sends subscriptions and receives events. Each connection has
 * one work item, which reads, subscribes, writes and closes, so that there is
 * nothing to lock between these. Events arise elsewhere, under the lock of the
 * name table or in a timer; they are appended to a queue of the connection, in
 * their order, and the work is scheduled.
 *
 * An event is never lost silently. A subscriber that does not read until too
 * many have gathered, or for whom there is no memory, is disconnected.
 *
 * Locking: conn->lock guards the queue of events and is taken under the name
 * table's lock. The list of a connection's subscriptions belongs to its work.
 * srv->lock guards the list of connections. sk_callback_lock guards
 * sk_user_data, through which sockets find us.
 *
 * Lifetime: a connection is freed by its work, after its socket and its
 * subscriptions have been told to forget it. Who stops the service marks it as
 * stopping, schedules all and waits for the work queue.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/sockptr.h>
#include <linux/spinlock.h>
#include <linux/tipc.h>
#include <linux/timer.h>
#include <linux/uio.h>
#include <linux/workqueue.h>
#include <net/sock.h>

#include "core.h"
#include "name_table.h"
#include "socket.h"
#include "subscr.h"
#include "trace.h"

#define MAX_SUBSCRIPTIONS	65535
#define MAX_EVENTS		(4 * 65536)
/* Of all subscribers of a node; who has few waiting is not asked. */
#define MAX_EVENTS_ALL		(64 * 65536)
#define FEW_EVENTS		1024
#define BACKLOG			64
#define READ_BATCH		32

static struct workqueue_struct *topsrv_wq;

/**
 * struct tipc_topsrv - the service of one node
 * @net: its namespace
 * @listener: the socket
 * @accept_work: takes in connections
 * @lock: guards @conns
 * @conns: connections
 * @nsub: subscriptions of all connections
 * @nevents: events that wait, of all connections
 * @stopping: the node ends, close everything
 */
struct tipc_topsrv {
	struct net		*net;
	struct socket		*listener;
	struct work_struct	accept_work;
	spinlock_t		lock;
	struct list_head	conns;
	atomic_t		nsub;
	atomic_t		nevents;
	bool			stopping;
};

/**
 * struct conn - a connection
 * @srv: the service
 * @sock: its socket
 * @work: does everything
 * @of_srv: among the connections
 * @subs: subscriptions
 * @lock: guards what follows
 * @events: waiting to be sent, the oldest first
 * @nevents: how many
 * @expired: subscriptions are over and may go
 * @overrun: an event could not be queued: disconnect
 */
struct conn {
	struct tipc_topsrv	*srv;
	struct socket		*sock;
	struct work_struct	work;
	struct list_head	of_srv;
	struct list_head	subs;
	spinlock_t		lock;
	struct list_head	events;
	u32			nevents;
	bool			expired;
	bool			overrun;
};

/**
 * struct event - an event in the queue of a connection
 * @of_conn: in its place
 * @evt: as it is sent
 */
struct event {
	struct list_head	of_conn;
	struct tipc_event	evt;
};

/**
 * struct subscription - a subscription of a connection
 * @sub: what the name table knows of it
 * @conn: the connection
 * @of_conn: among those of the connection
 * @timer: its end
 * @expired: it has come; written under conn->lock
 * @req: as it came
 */
struct subscription {
	struct tipc_sub		sub;
	struct conn		*conn;
	struct list_head	of_conn;
	struct timer_list	timer;
	bool			expired;
	struct tipc_subscr_req	req;
};

/* ---- events ---------------------------------------------------------------- */

static bool too_many(const struct conn *conn)
{
	if (conn->nevents < FEW_EVENTS)
		return false;
	return conn->nevents >= MAX_EVENTS ||
	       atomic_read(&conn->srv->nevents) >= MAX_EVENTS_ALL;
}

/* Appends an empty event, or marks the connection. conn->lock is held. */
static struct event *event_append(struct conn *conn)
{
	struct event *event = NULL;

	lockdep_assert_held(&conn->lock);
	if (conn->overrun)
		return NULL;
	if (!too_many(conn))
		event = kmalloc(sizeof(*event), GFP_ATOMIC | __GFP_NOWARN);
	if (!event) {
		conn->overrun = true;
		return NULL;
	}
	list_add_tail(&event->of_conn, &conn->events);
	conn->nevents++;
	atomic_inc(&conn->srv->nevents);
	return event;
}

/* Called by the name table, with its lock held. */
static void sub_report(struct tipc_sub *sub, u32 what,
		       const struct tipc_publ *p)
{
	struct subscription *s = container_of(sub, struct subscription, sub);
	struct tipc_socket_addr at = { p->port, READ_ONCE(p->node) };
	struct conn *conn = s->conn;
	struct event *event;

	spin_lock_bh(&conn->lock);
	event = s->expired ? NULL : event_append(conn);
	if (event)
		tipc_subscr_event(&s->req, what, p->lower, p->upper, &at,
				  &event->evt);
	spin_unlock_bh(&conn->lock);
	trace_tipc_topology_event(conn->srv->net, what, p, sub);
	queue_work(topsrv_wq, &conn->work);
}

static void sub_timeout(struct timer_list *timer)
{
	struct subscription *s = container_of(timer, struct subscription,
					      timer);
	struct conn *conn = s->conn;
	struct event *event;

	spin_lock_bh(&conn->lock);
	event = event_append(conn);
	if (event)
		tipc_subscr_timeout(&s->req, &event->evt);
	s->expired = true;
	conn->expired = true;
	spin_unlock_bh(&conn->lock);
	queue_work(topsrv_wq, &conn->work);
}

/* ---- subscriptions: from the connection's work only ------------------------- */

static void sub_end(struct subscription *s)
{
	struct tipc_topsrv *srv = s->conn->srv;

	tipc_nametbl_unsubscribe(&tipc_net(srv->net)->names, &s->sub);
	del_timer_sync(&s->timer);
	list_del(&s->of_conn);
	atomic_dec(&srv->nsub);
	kfree(s);
}

static int sub_begin(struct conn *conn, const struct tipc_subscr_req *req)
{
	struct tipc_topsrv *srv = conn->srv;
	struct subscription *s;
	int err;

	if (atomic_inc_return(&srv->nsub) > MAX_SUBSCRIPTIONS) {
		err = -ENOSPC;
		goto err_count;
	}
	err = -ENOMEM;
	s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);
	if (!s)
		goto err_count;
	s->conn = conn;
	s->req = *req;
	s->sub.type = req->type;
	s->sub.lower = req->lower;
	s->sub.upper = req->upper;
	s->sub.filter = req->filter;
	s->sub.report = sub_report;
	timer_setup(&s->timer, sub_timeout, 0);
	err = tipc_nametbl_subscribe(&tipc_net(srv->net)->names, &s->sub);
	if (err)
		goto err_free;
	list_add(&s->of_conn, &conn->subs);
	if (req->timeout != TIPC_WAIT_FOREVER)
		mod_timer(&s->timer, jiffies + msecs_to_jiffies(req->timeout));
	return 0;

err_free:
	kfree(s);
err_count:
	atomic_dec(&srv->nsub);
	return err;
}

static void sub_cancel(struct conn *conn, const struct tipc_subscr_req *req)
{
	struct subscription *s;

	list_for_each_entry(s, &conn->subs, of_conn) {
		if (tipc_subscr_same(&s->req, req)) {
			sub_end(s);
			return;
		}
	}
}

static void subs_reap(struct conn *conn)
{
	struct subscription *s, *next;
	bool expired;

	spin_lock_bh(&conn->lock);
	expired = conn->expired;
	conn->expired = false;
	spin_unlock_bh(&conn->lock);
	if (!expired)
		return;
	list_for_each_entry_safe(s, next, &conn->subs, of_conn)
		if (READ_ONCE(s->expired))
			sub_end(s);
}

/* ---- connections ----------------------------------------------------------- */

/* Reads a subscription; 0 if there is none, or an error: disconnect. */
static int conn_read(struct conn *conn)
{
	struct tipc_subscr_req req;
	struct tipc_subscr s;
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT };
	struct kvec iov = { .iov_base = &s, .iov_len = sizeof(s) };
	int err;

	err = kernel_recvmsg(conn->sock, &msg, &iov, 1, sizeof(s),
			     MSG_DONTWAIT);
	if (err == -EAGAIN)
		return 0;
	if (err < 0)
		return err;
	err = tipc_subscr_read(&s, err, &req);
	if (err)
		return err;
	if (req.cancel) {
		sub_cancel(conn, &req);
		return 1;
	}
	err = sub_begin(conn, &req);
	return err ? err : 1;
}

static struct event *event_first(struct conn *conn)
{
	struct event *event = NULL;

	spin_lock_bh(&conn->lock);
	if (!list_empty(&conn->events))
		event = list_first_entry(&conn->events, struct event, of_conn);
	spin_unlock_bh(&conn->lock);
	return event;
}

static void event_sent(struct conn *conn, struct event *event)
{
	spin_lock_bh(&conn->lock);
	list_del(&event->of_conn);
	conn->nevents--;
	atomic_dec(&conn->srv->nevents);
	spin_unlock_bh(&conn->lock);
	kfree(event);
}

/* Sends an event; 0 if there is none, or no room for it. */
static int conn_write(struct conn *conn)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT };
	struct event *event = event_first(conn);
	struct kvec iov;
	int err;

	if (!event)
		return 0;
	iov.iov_base = &event->evt;
	iov.iov_len = sizeof(event->evt);
	err = kernel_sendmsg(conn->sock, &msg, &iov, 1, iov.iov_len);
	/* When there is room the socket schedules this work again. */
	if (err == -EAGAIN)
		return 0;
	if (err < 0)
		return err;
	event_sent(conn, event);
	return 1;
}

/* The socket forgets us: no more of its callbacks schedule anything. */
static void forget(struct socket *sock)
{
	struct sock *sk = sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_user_data = NULL;
	write_unlock_bh(&sk->sk_callback_lock);
}

/* Undoes own(): releasing a socket gives back references to the module. */
static void release(struct socket *sock)
{
	__module_get(sock->ops->owner);
	__module_get(sock->sk->sk_prot_creator->owner);
	sock_release(sock);
}

/* Ends a connection; from its work, whose item goes with it. */
static void conn_close(struct conn *conn)
{
	struct tipc_topsrv *srv = conn->srv;
	struct subscription *s, *next;
	struct event *event;

	if (READ_ONCE(conn->overrun))
		pr_warn_ratelimited("a subscriber does not read its events and is disconnected\n");
	spin_lock_bh(&srv->lock);
	list_del(&conn->of_srv);
	spin_unlock_bh(&srv->lock);
	forget(conn->sock);
	list_for_each_entry_safe(s, next, &conn->subs, of_conn)
		sub_end(s);
	/* Nobody is left who schedules it; somebody may have done so before. */
	cancel_work(&conn->work);
	while ((event = event_first(conn)))
		event_sent(conn, event);
	release(conn->sock);
	kfree(conn);
}

/* Sends what there is; 0 when all is sent or there is no room for more. */
static int conn_drain(struct conn *conn)
{
	int err;

	do {
		if (READ_ONCE(conn->overrun))
			return -ENOBUFS;
		err = conn_write(conn);
		cond_resched();
	} while (err > 0);
	return err;
}

static void conn_work(struct work_struct *work)
{
	struct conn *conn = container_of(work, struct conn, work);
	int i, got = 1;

	for (i = 0; i < READ_BATCH && got; i++) {
		if (READ_ONCE(conn->srv->stopping))
			goto close;
		got = conn_read(conn);
		if (got < 0 || conn_drain(conn) < 0)
			goto close;
		subs_reap(conn);
	}
	/* There may be more; others come first. */
	if (got)
		queue_work(topsrv_wq, &conn->work);
	return;

close:
	conn_close(conn);
}

/* ---- what sockets call ------------------------------------------------------ */

static void conn_ready(struct sock *sk)
{
	struct conn *conn;

	read_lock_bh(&sk->sk_callback_lock);
	conn = sk->sk_user_data;
	if (conn)
		queue_work(topsrv_wq, &conn->work);
	read_unlock_bh(&sk->sk_callback_lock);
}

static void listener_ready(struct sock *sk)
{
	struct tipc_topsrv *srv;

	read_lock_bh(&sk->sk_callback_lock);
	srv = sk->sk_user_data;
	if (srv)
		queue_work(topsrv_wq, &srv->accept_work);
	read_unlock_bh(&sk->sk_callback_lock);
}

/*
 * Sockets hold the module they belong to. Those of the module itself must not,
 * or it could never be unloaded.
 */
static void own(struct socket *sock, void *owner, void (*ready)(struct sock *))
{
	struct sock *sk = sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_user_data = owner;
	sk->sk_data_ready = ready;
	sk->sk_write_space = ready;
	sk->sk_state_change = ready;
	write_unlock_bh(&sk->sk_callback_lock);
	module_put(sock->ops->owner);
	module_put(sk->sk_prot_creator->owner);
}

static int conn_new(struct tipc_topsrv *srv, struct socket *sock)
{
	struct conn *conn = kzalloc(sizeof(*conn), GFP_KERNEL);

	if (!conn)
		return -ENOMEM;
	conn->srv = srv;
	conn->sock = sock;
	INIT_WORK(&conn->work, conn_work);
	INIT_LIST_HEAD(&conn->subs);
	INIT_LIST_HEAD(&conn->events);
	spin_lock_init(&conn->lock);
	spin_lock_bh(&srv->lock);
	list_add_tail(&conn->of_srv, &srv->conns);
	spin_unlock_bh(&srv->lock);
	own(sock, conn, conn_ready);
	/* Something may have come before we were told of it. */
	queue_work(topsrv_wq, &conn->work);
	return 0;
}

static void accept_work(struct work_struct *work)
{
	struct tipc_topsrv *srv = container_of(work, struct tipc_topsrv,
					       accept_work);
	struct socket *sock;

	while (!kernel_accept(srv->listener, &sock, O_NONBLOCK)) {
		if (conn_new(srv, sock))
			sock_release(sock);
		cond_resched();
	}
}

/* ---- namespaces ------------------------------------------------------------ */

static int listener_open(struct tipc_topsrv *srv)
{
	struct sockaddr_tipc sa = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_RANGE,
		.scope = TIPC_NODE_SCOPE,
		.addr.nameseq = { TIPC_TOP_SRV, TIPC_TOP_SRV, TIPC_TOP_SRV },
	};
	int err, importance = TIPC_CRITICAL_IMPORTANCE;
	struct socket *sock;

	err = tipc_sk_create_kern(srv->net, SOCK_SEQPACKET, &sock);
	if (err)
		return err;
	err = sock->ops->setsockopt(sock, SOL_TIPC, TIPC_IMPORTANCE,
				    KERNEL_SOCKPTR(&importance),
				    sizeof(importance));
	if (!err)
		err = kernel_bind(sock, (struct sockaddr *)&sa, sizeof(sa));
	if (!err)
		err = kernel_listen(sock, BACKLOG);
	if (err) {
		sock_release(sock);
		return err;
	}
	srv->listener = sock;
	own(sock, srv, listener_ready);
	queue_work(topsrv_wq, &srv->accept_work);
	return 0;
}

static int __net_init topsrv_start(struct net *net)
{
	struct tipc_topsrv *srv = kzalloc(sizeof(*srv), GFP_KERNEL);
	int err;

	if (!srv)
		return -ENOMEM;
	srv->net = net;
	INIT_WORK(&srv->accept_work, accept_work);
	INIT_LIST_HEAD(&srv->conns);
	spin_lock_init(&srv->lock);
	err = listener_open(srv);
	if (err) {
		kfree(srv);
		return err;
	}
	tipc_net(net)->topsrv = srv;
	return 0;
}

static void __net_exit topsrv_stop(struct net *net)
{
	struct tipc_topsrv *srv = tipc_net(net)->topsrv;
	struct conn *conn;

	forget(srv->listener);
	cancel_work_sync(&srv->accept_work);
	WRITE_ONCE(srv->stopping, true);
	spin_lock_bh(&srv->lock);
	list_for_each_entry(conn, &srv->conns, of_srv)
		queue_work(topsrv_wq, &conn->work);
	spin_unlock_bh(&srv->lock);
	/* Each connection closes itself. */
	flush_workqueue(topsrv_wq);
	WARN_ON_ONCE(!list_empty(&srv->conns));
	release(srv->listener);
	tipc_net(net)->topsrv = NULL;
	kfree(srv);
}

static struct pernet_operations topsrv_ops = {
	.init = topsrv_start,
	.exit = topsrv_stop,
};

/**
 * tipc_topsrv_register() - serve in every network namespace
 *
 * Context: Process context. May sleep. Sockets can be made.
 * Return: 0, or a negative error.
 */
int tipc_topsrv_register(void)
{
	int err;

	topsrv_wq = alloc_workqueue("tipc_topsrv", WQ_UNBOUND, 0);
	if (!topsrv_wq)
		return -ENOMEM;
	err = register_pernet_device(&topsrv_ops);
	if (err)
		destroy_workqueue(topsrv_wq);
	return err;
}

/**
 * tipc_topsrv_unregister() - undo tipc_topsrv_register()
 *
 * Context: Process context. May sleep.
 */
void tipc_topsrv_unregister(void)
{
	unregister_pernet_device(&topsrv_ops);
	destroy_workqueue(topsrv_wq);
}
