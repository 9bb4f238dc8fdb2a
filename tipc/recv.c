// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receiving: messages one by one (RDM, DGRAM, SEQPACKET) and as a stream.
 *
 * A reader of messages takes the first one off the queue under the state lock
 * and then owns it. A reader of a stream leaves it there until its last byte
 * is taken, so tsk->reading keeps other readers away; the sender may put more
 * bytes behind it meanwhile, and the reader sees as much as there was when it
 * looked.
 *
 * A message without data is nothing to read, except as an error or a
 * membership event: it is skipped.
 */
#include <linux/net.h>
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <linux/uio.h>
#include <net/sock.h>

#include "group.h"
#include "sock.h"

/* A quarter of the window is acknowledged at once. */
#define ACK_RATE	4

/** struct ack - blocks that are to be acknowledged, and to whom */
struct ack {
	u32 blocks;
	u32 port;
	u32 node;
};

/* With the state lock held: a message was read. */
static void count_read(struct tipc_sock *tsk, unsigned int size,
		       struct ack *ack)
{
	if (tipc_sk_state(&tsk->sk) != TIPC_SK_ESTABLISHED)
		return;
	tsk->rcv_unacked += tipc_msg_blocks(size);
	if (tsk->rcv_unacked < tsk->rcv_window / ACK_RATE)
		return;
	ack->blocks += tsk->rcv_unacked;
	ack->port = tsk->peer_port;
	ack->node = tsk->peer_node;
	tsk->rcv_unacked = 0;
}

static void send_ack(struct tipc_sock *tsk, const struct ack *ack)
{
	if (ack->blocks)
		tipc_conn_send_ack(tsk, ack->port, ack->node, ack->blocks);
}

/* With the state lock held: take a message off the queue. */
static void unlink_msg(struct tipc_sock *tsk, struct sk_buff *skb,
		       struct ack *ack)
{
	struct sock *sk = &tsk->sk;

	__skb_unlink(skb, &sk->sk_receive_queue);
	atomic_sub(skb->truesize, &sk->sk_rmem_alloc);
	if (!tipc_sk_connectionless(sk))
		count_read(tsk, tipc_msg_size(tipc_buf_msg(skb)), ack);
}

/* ---- waiting ------------------------------------------------------------- */

/* Why there is nothing to wait for. */
static int wait_error(struct sock *sk, long timeo)
{
	int err = sock_error(sk);

	if (err)
		return err;
	if (!timeo)
		return -EAGAIN;
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return -ENOTCONN;
	if (!tipc_sk_connectionless(sk) &&
	    tipc_sk_state(sk) == TIPC_SK_DISCONNECTING)
		return -ENOTCONN;
	if (signal_pending(current))
		return sock_intr_errno(timeo);
	return 0;
}

/* Is there a reason not to sleep? wait_error() says which. */
static bool settled(const struct sock *sk)
{
	return READ_ONCE(sk->sk_err) || (sk->sk_shutdown & RCV_SHUTDOWN) ||
	       (!tipc_sk_connectionless(sk) &&
		tipc_sk_state(sk) == TIPC_SK_DISCONNECTING);
}

/*
 * Sleep as the reader whom delivery wakes without a wait queue. Returns false,
 * without having slept, when something is queued or another task is that
 * reader.
 */
static bool sleep_as_reader(struct tipc_sock *tsk, long *timeo)
{
	bool ours;

	tipc_sk_lock(tsk);
	ours = !tsk->reader && skb_queue_empty(&tsk->sk.sk_receive_queue);
	if (ours) {
		tsk->reader = current;
		set_current_state(TASK_INTERRUPTIBLE);
	}
	tipc_sk_unlock(tsk);
	if (!ours)
		return false;
	if (!settled(&tsk->sk))
		*timeo = schedule_timeout(*timeo);
	__set_current_state(TASK_RUNNING);
	if (READ_ONCE(tsk->reader) == current) {
		tipc_sk_lock(tsk);
		if (tsk->reader == current)
			tsk->reader = NULL;
		tipc_sk_unlock(tsk);
	}
	return true;
}

/* Sleep as one of many readers. */
static void sleep_in_queue(struct sock *sk, long *timeo)
{
	DEFINE_WAIT(wait);

	prepare_to_wait(sk_sleep(sk), &wait, TASK_INTERRUPTIBLE);
	if (skb_queue_empty_lockless(&sk->sk_receive_queue) && !settled(sk))
		*timeo = schedule_timeout(*timeo);
	finish_wait(sk_sleep(sk), &wait);
}

/* Without locks, or with tsk->reading. Returns 0 when the queue has something. */
static int wait_for_message(struct sock *sk, long *timeo)
{
	int err;

	while (skb_queue_empty_lockless(&sk->sk_receive_queue)) {
		err = wait_error(sk, *timeo);
		if (err)
			return err;
		if (!sleep_as_reader(tipc_sk(sk), timeo))
			sleep_in_queue(sk, timeo);
	}
	return 0;
}

static int may_read(struct sock *sk, bool nonblock)
{
	int err;

	if (unlikely(READ_ONCE(sk->sk_err))) {
		err = sock_error(sk);
		if (err)
			return err;
	}
	if (tipc_sk_connectionless(sk))
		return 0;
	switch (tipc_sk_state(sk)) {
	case TIPC_SK_OPEN:
		return -ENOTCONN;
	case TIPC_SK_LISTEN:
		return nonblock ? -EAGAIN : -ENOTCONN;
	default:
		return 0;
	}
}

/* ---- what comes with the data ---------------------------------------------- */

static void put_source(struct msghdr *m, const struct sk_buff *skb)
{
	DECLARE_SOCKADDR(struct sockaddr_tipc *, addr, m->msg_name);
	const struct tipc_msg *msg = tipc_buf_msg(skb);

	if (!addr)
		return;
	memset(addr, 0, sizeof(*addr));
	addr->family = AF_TIPC;
	addr->addrtype = TIPC_SOCKET_ADDR;
	addr->addr.id.ref = tipc_msg_orig_port(msg);
	addr->addr.id.node = tipc_msg_orig_node(msg);
	m->msg_namelen = sizeof(*addr);
	if (tipc_msg_is_group(msg))
		tipc_group_put_member(m, skb);
}

/* TIPC_ERRINFO and TIPC_RETDATA of a message that was returned. */
static int put_returned(struct msghdr *m, const struct sk_buff *skb)
{
	const struct tipc_msg *msg = tipc_buf_msg(skb);
	u32 info[2] = { tipc_msg_error(msg), tipc_msg_data_size(msg) };
	void *data;
	int err;

	err = put_cmsg(m, SOL_TIPC, TIPC_ERRINFO, sizeof(info), info);
	if (err || !info[1])
		return err;
	data = kmalloc(info[1], GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	err = skb_copy_bits(skb, tipc_msg_hsize(msg), data, info[1]);
	if (!err)
		err = put_cmsg(m, SOL_TIPC, TIPC_RETDATA, info[1], data);
	kfree(data);
	return err;
}

/* The service address or range that the sender used. */
static bool dest_name(struct tipc_sock *tsk, const struct tipc_msg *msg,
		      u32 *name)
{
	switch (tipc_msg_type(msg)) {
	case TIPC_TYPE_NAMED:
		name[0] = tipc_msg_name_type(msg);
		name[1] = tipc_msg_name_instance(msg);
		name[2] = name[1];
		return true;
	case TIPC_TYPE_MCAST:
		name[0] = tipc_msg_name_type(msg);
		name[1] = tipc_msg_name_lower(msg);
		name[2] = tipc_msg_name_upper(msg);
		return true;
	case TIPC_TYPE_CONN:
		name[0] = tsk->conn_type;
		name[1] = tsk->conn_instance;
		name[2] = tsk->conn_instance;
		return tsk->conn_has_name;
	default:
		return false;
	}
}

static int put_control_data(struct tipc_sock *tsk, struct msghdr *m,
			    const struct sk_buff *skb)
{
	const struct tipc_msg *msg = tipc_buf_msg(skb);
	u32 name[3];
	int err;

	if (unlikely(tipc_msg_error(msg))) {
		err = put_returned(m, skb);
		if (err || !tipc_msg_data_size(msg))
			return err;
	}
	if (!dest_name(tsk, msg, name))
		return 0;
	return put_cmsg(m, SOL_TIPC, TIPC_DESTNAME, sizeof(name), name);
}

static inline int put_control(struct tipc_sock *tsk, struct msghdr *m,
			      const struct sk_buff *skb)
{
	return likely(!m->msg_controllen) ? 0 : put_control_data(tsk, m, skb);
}

/*
 * A connection that broke is an error of the call when the caller asks for no
 * control data, and stays one.
 */
static bool is_reset(struct sock *sk, const struct msghdr *m,
		     const struct sk_buff *skb)
{
	unsigned int err = tipc_msg_error(tipc_buf_msg(skb));

	return unlikely(err) && err != TIPC_CONN_SHUTDOWN &&
	       !tipc_sk_connectionless(sk) && !m->msg_control;
}

/* Nothing in it that a reader would see. */
static bool is_empty(const struct tipc_msg *m)
{
	return !tipc_msg_data_size(m) && !tipc_msg_error(m) &&
	       tipc_msg_type(m) != TIPC_TYPE_GRP_EVENT;
}

/* ---- messages ------------------------------------------------------------ */

/*
 * The first message that is to be read, taken off the queue or, to peek, with a
 * reference; NULL if there is none. *err is set if the call is to fail.
 */
static struct sk_buff *take(struct sock *sk, struct msghdr *m, int flags,
			    struct ack *ack, int *err)
{
	struct tipc_sock *tsk = tipc_sk(sk);
	struct sk_buff *skb;

	*err = 0;
	if (skb_queue_empty_lockless(&sk->sk_receive_queue))
		return NULL;
	tipc_sk_lock(tsk);
	while ((skb = skb_peek(&sk->sk_receive_queue)) &&
	       unlikely(is_empty(tipc_buf_msg(skb)))) {
		unlink_msg(tsk, skb, ack);
		kfree_skb(skb);
	}
	if (skb && is_reset(sk, m, skb)) {
		*err = -ECONNRESET;
		skb = NULL;
	} else if (skb && (flags & MSG_PEEK)) {
		skb_get(skb);
	} else if (skb) {
		unlink_msg(tsk, skb, ack);
	}
	tipc_sk_unlock(tsk);
	return skb;
}

/*
 * Where all of it is in the one piece of memory whose length the buffer says, what
 * copy_to_iter() does at every call to find that out can be spared.
 */
static int copy_data(struct msghdr *m, const struct sk_buff *skb,
		     unsigned int off, size_t len)
{
	size_t copied;

	if (off + len > skb_headlen(skb))
		return skb_copy_datagram_msg(skb, off, m, len);
	copied = _copy_to_iter(skb->data + off, len, &m->msg_iter);
	if (likely(copied == len) || !iov_iter_count(&m->msg_iter))
		return 0;
	iov_iter_revert(&m->msg_iter, copied);
	return -EFAULT;
}

/* Returns the number of bytes that the caller is told of. */
static int copy_message(struct tipc_sock *tsk, struct msghdr *m,
			struct sk_buff *skb, size_t len, int flags)
{
	struct tipc_msg *msg = tipc_buf_msg(skb);
	size_t dlen = tipc_msg_data_size(msg);
	int err;

	put_source(m, skb);
	if (likely(!tipc_msg_error(msg)) &&
	    likely(tipc_msg_type(msg) != TIPC_TYPE_GRP_EVENT)) {
		if (unlikely(dlen > len)) {
			dlen = len;
			m->msg_flags |= MSG_TRUNC;
		}
		err = copy_data(m, skb, tipc_msg_hsize(msg), dlen);
		if (unlikely(err))
			return err;
	} else {
		dlen = 0;
		if (tipc_msg_type(msg) == TIPC_TYPE_GRP_EVENT)
			m->msg_flags |= tipc_group_event_flags(skb);
	}
	err = put_control(tsk, m, skb);
	if (unlikely(TIPC_CB(skb)->scm) && !err)
		err = tipc_scm_recv(&tsk->sk, m, skb, flags & MSG_PEEK);
	return unlikely(err) ? err : dlen;
}

/**
 * tipc_recvmsg() - recvmsg() on SOCK_RDM, SOCK_DGRAM and SOCK_SEQPACKET
 * @sock: socket
 * @m: where the message goes
 * @len: room for it
 * @flags: MSG_DONTWAIT, MSG_PEEK
 *
 * Context: Process context. May sleep.
 * Return: bytes of the message, up to @len; or a negative error.
 */
int tipc_recvmsg(struct socket *sock, struct msghdr *m, size_t len, int flags)
{
	struct sock *sk = sock->sk;
	struct tipc_sock *tsk = tipc_sk(sk);
	long timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	struct ack ack = {};
	struct sk_buff *skb;
	int err;

	if (unlikely(!len))
		return -EINVAL;
	err = may_read(sk, !timeo);
	if (unlikely(err))
		return err;
	while (!(skb = take(sk, m, flags, &ack, &err))) {
		if (err)
			goto out;
		err = wait_for_message(sk, &timeo);
		if (err)
			goto out;
	}
	err = copy_message(tsk, m, skb, len, flags);
	if (unlikely(rcu_access_pointer(tsk->group)) && !(flags & MSG_PEEK))
		tipc_group_was_read(tsk, skb);
	tipc_buf_free(skb);
out:
	send_ack(tsk, &ack);
	return err;
}

/* ---- streams ------------------------------------------------------------- */

/**
 * struct piece - what a reader of a stream sees of the first message
 * @skb: the message, which stays in the queue, with a reference; NULL if
 *	there is none
 * @offset: where the bytes begin
 * @bytes: how many there are
 */
struct piece {
	struct sk_buff *skb;
	unsigned int offset;
	unsigned int bytes;
};

static struct piece look(struct tipc_sock *tsk, struct ack *ack)
{
	struct sock *sk = &tsk->sk;
	struct piece piece = {};
	struct tipc_msg *msg;
	struct sk_buff *skb;

	tipc_sk_lock(tsk);
	while ((skb = skb_peek(&sk->sk_receive_queue)) &&
	       unlikely(is_empty(tipc_buf_msg(skb)))) {
		unlink_msg(tsk, skb, ack);
		kfree_skb(skb);
	}
	if (skb) {
		msg = tipc_buf_msg(skb);
		piece.skb = skb_get(skb);
		piece.offset = tipc_msg_hsize(msg) + TIPC_CB(skb)->consumed;
		piece.bytes = tipc_msg_size(msg) - piece.offset;
	}
	tipc_sk_unlock(tsk);
	return piece;
}

/*
 * Bytes were read. The message goes when there are no more behind them. What a
 * reader reads is the first in the queue, unless shutdown() has taken it out
 * meanwhile, and it is another's.
 */
static void advance(struct tipc_sock *tsk, struct sk_buff *skb,
		    unsigned int bytes, struct ack *ack)
{
	struct tipc_msg *msg = tipc_buf_msg(skb);
	bool done = false;

	tipc_sk_lock(tsk);
	TIPC_CB(skb)->consumed += bytes;
	if (tipc_msg_error(msg) ||
	    TIPC_CB(skb)->consumed >= tipc_msg_data_size(msg)) {
		done = skb_peek(&tsk->sk.sk_receive_queue) == skb;
		if (done)
			unlink_msg(tsk, skb, ack);
	}
	tipc_sk_unlock(tsk);
	if (done)
		consume_skb(skb);
}

/* The other end is gone: nothing but this fact is read. */
static int read_end(struct tipc_sock *tsk, struct msghdr *m,
		    struct sk_buff *skb, int flags, struct ack *ack)
{
	int err;

	if (is_reset(&tsk->sk, m, skb))
		return -ECONNRESET;
	put_source(m, skb);
	err = put_control(tsk, m, skb);
	if (!err && !(flags & MSG_PEEK))
		advance(tsk, skb, 0, ack);
	return err;
}

/* Bytes that must be there before the call returns. */
static size_t wanted(struct sock *sk, size_t len, int flags)
{
	if (flags & MSG_PEEK)
		return 1;
	return sock_rcvlowat(sk, flags & MSG_WAITALL, len);
}

/*
 * Read from one message. Returns the number of bytes, or a negative error; 0
 * when nothing more is to be read by this call.
 */
static int read_piece(struct tipc_sock *tsk, struct msghdr *m,
		      const struct piece *piece, size_t got, size_t len,
		      int flags, struct ack *ack)
{
	size_t copy = min_t(size_t, piece->bytes, len - got);
	int err;

	if (unlikely(tipc_msg_error(tipc_buf_msg(piece->skb))))
		return got ? 0 : read_end(tsk, m, piece->skb, flags, ack);
	/* What comes with a message begins a new call. */
	if (unlikely(TIPC_CB(piece->skb)->scm) && got)
		return 0;
	if (!got) {
		put_source(m, piece->skb);
		err = put_control(tsk, m, piece->skb);
		if (unlikely(TIPC_CB(piece->skb)->scm) && !err)
			err = tipc_scm_recv(&tsk->sk, m, piece->skb,
					    flags & MSG_PEEK);
		if (err)
			return err;
	}
	err = copy_data(m, piece->skb, piece->offset, copy);
	if (err)
		return err;
	if (!(flags & MSG_PEEK))
		advance(tsk, piece->skb, copy, ack);
	return copy;
}

static int read_stream(struct sock *sk, struct msghdr *m, size_t len,
		       int flags, struct ack *ack)
{
	long timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	size_t least = wanted(sk, len, flags);
	struct tipc_sock *tsk = tipc_sk(sk);
	struct piece piece;
	size_t got = 0;
	int ret = 0;

	while (got < len) {
		piece = look(tsk, ack);
		if (!piece.skb) {
			if (got >= least)
				break;
			ret = wait_for_message(sk, &timeo);
			if (ret)
				break;
			continue;
		}
		ret = read_piece(tsk, m, &piece, got, len, flags, ack);
		tipc_buf_free(piece.skb);
		if (ret <= 0)
			break;
		got += ret;
		if (flags & MSG_PEEK)
			break;
	}
	return got ? got : ret;
}

/**
 * tipc_recvstream() - recvmsg() on SOCK_STREAM
 * @sock: socket
 * @m: where the bytes go
 * @len: how many
 * @flags: MSG_DONTWAIT, MSG_PEEK, MSG_WAITALL
 *
 * Context: Process context. May sleep.
 * Return: bytes that were read, 0 at the end; or a negative error.
 */
int tipc_recvstream(struct socket *sock, struct msghdr *m, size_t len,
		    int flags)
{
	struct sock *sk = sock->sk;
	struct tipc_sock *tsk = tipc_sk(sk);
	struct ack ack = {};
	int ret;

	if (unlikely(!len))
		return -EINVAL;
	ret = may_read(sk, flags & MSG_DONTWAIT);
	if (unlikely(ret))
		return ret;
	if (flags & MSG_DONTWAIT) {
		if (!mutex_trylock(&tsk->reading))
			return -EAGAIN;
	} else if (mutex_lock_interruptible(&tsk->reading)) {
		return sock_intr_errno(sock_rcvtimeo(sk, false));
	}
	ret = read_stream(sk, m, len, flags, &ack);
	mutex_unlock(&tsk->reading);
	send_ack(tsk, &ack);
	return ret;
}
