// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sources that deliver data: connections that were accepted, bytes that were
 * received.
 *
 * They are descriptors as in fd.c, and are watched by its code; but what wakes
 * them does not post. It has aem_work_run() look at them, in the consumer's own
 * context, and there the connection is taken or the data are copied into a
 * buffer of the context, a record is written, and that is posted. With no free
 * record or buffer nothing is taken from the socket, which is how its peer gets
 * to wait; the source stays in ctx->relook meanwhile.
 *
 * All of it runs under ctx->lock. The ring of free buffers is read with the
 * kernel's own place in it; a number that is none is passed over, and a buffer
 * that the consumer gave back twice is his own loss.
 *
 * accept() asks the security modules before it takes a connection. That
 * function is not exported, but it is found, and asked when the connection has
 * been taken and nobody has seen it yet: where it says no, the connection is
 * closed. Without it there is no AEM_KIND_ACCEPT.
 */
#include <linux/file.h>
#include <linux/kprobes.h>
#include <linux/net.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/static_call.h>
#include <linux/uio.h>
#include <net/sock.h>

#include "aem.h"

/* How much is taken from one socket before the others have their turn. */
#define DATA_BUDGET	16
#define DATA_NONE	(~0u)

/* ---- buffers ------------------------------------------------------------- */

/* A free buffer, or DATA_NONE. It is taken by data_buf_take(). */
static u32 data_buf_peek(struct aem_ctx *ctx)
{
	u32 free, id;

	/* Pairs with the release of who gives back. */
	free = smp_load_acquire(&ctx->hdr->buf_tail) - ctx->buf_head;
	if (free > ctx->nbufs)
		return DATA_NONE;
	for (; free; free--, ctx->buf_head++) {
		id = READ_ONCE(ctx->bufids[ctx->buf_head & (ctx->nbufs - 1)]);
		if (id < ctx->nbufs)
			return id;
	}
	return DATA_NONE;
}

static void data_buf_take(struct aem_ctx *ctx)
{
	ctx->buf_head++;
}

/* ---- what is common ------------------------------------------------------ */

/* Of a source that has been added: data_add() has seen that it is one. */
static struct socket *data_socket(const struct aem_src *src)
{
	return src->fd.watched->file->private_data;
}

/* Tells the consumer. A source that happens once has done so. */
static __always_inline void data_record(struct aem_src *src, const void *rec,
					size_t len, u64 now)
{
	if (src->flags & AEM_F_ONESHOT)
		WRITE_ONCE(src->on, 0);
	aem_stream_put_one(src, rec, len, now);
	aem_post(src, (__force u64)EPOLLIN, 1);
}

/**
 * enum data_next - what to do with a socket
 * @DATA_MORE: take more
 * @DATA_FULL: there is no record or buffer: come back
 * @DATA_EMPTY: there is nothing more until it wakes
 */
enum data_next {
	DATA_MORE,
	DATA_FULL,
	DATA_EMPTY,
};

/* ---- receiving ----------------------------------------------------------- */

static __always_inline int data_recv_into(struct aem_src *src,
					  struct socket *sock, u32 buf)
{
	struct aem_ctx *ctx = src->ctx;
	struct kvec vec = {
		.iov_base = ctx->bufs + (size_t)buf * ctx->buf_size,
		.iov_len  = ctx->buf_size,
	};
	struct msghdr msg = {};
	int flags = MSG_DONTWAIT;

	/* Of a datagram that does not fit, its length. */
	if (sock->type == SOCK_DGRAM || sock->type == SOCK_RAW)
		flags |= MSG_TRUNC;
	iov_iter_kvec(&msg.msg_iter, ITER_DEST, &vec, 1, vec.iov_len);
	return sock_recvmsg(sock, &msg, flags);
}

/* Is it certain that something will wake us when there is more? */
static bool data_drained(const struct socket *sock, int len, u32 size)
{
	struct sock *sk = sock->sk;

	return len < size && skb_queue_empty_lockless(&sk->sk_receive_queue) &&
	       !(READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN) &&
	       !READ_ONCE(sk->sk_err);
}

static __always_inline enum data_next data_recv_one(struct aem_src *src,
						    struct socket *sock,
						    u64 now)
{
	struct aem_rec_recv rec;

	if (!aem_stream_room(src))
		return DATA_FULL;
	rec.buf = data_buf_peek(src->ctx);
	if (rec.buf == DATA_NONE)
		return DATA_FULL;
	rec.len = data_recv_into(src, sock, rec.buf);
	if (rec.len == -EAGAIN || rec.len == -EINTR)
		return DATA_EMPTY;
	if (rec.len < 0 || (!rec.len && sock->type != SOCK_DGRAM &&
			    sock->type != SOCK_RAW)) {
		rec.buf = DATA_NONE;
		WRITE_ONCE(src->on, 0);
	} else {
		data_buf_take(src->ctx);
	}
	data_record(src, &rec, sizeof(rec), now);
	return data_drained(sock, rec.len, src->ctx->buf_size) ? DATA_EMPTY :
								 DATA_MORE;
}

static bool data_recv(struct aem_src *src, u64 now)
{
	struct socket *sock = data_socket(src);
	unsigned int budget = DATA_BUDGET;
	enum data_next next;

	do {
		next = data_recv_one(src, sock, now);
	} while (next == DATA_MORE && --budget && READ_ONCE(src->on));
	return next != DATA_EMPTY && READ_ONCE(src->on);
}

/* ---- accepting ----------------------------------------------------------- */

static int data_no_security(struct socket *sock, struct socket *newsock)
{
	return -EOPNOTSUPP;
}

DEFINE_STATIC_CALL(aem_security_accept, data_no_security);

static bool data_can_accept;

/* A file for the connection; it takes the socket over, also when it fails. */
static struct file *data_accept_file(struct socket *sock,
				     struct socket *newsock,
				     struct aem_rec_accept *rec)
{
	struct sockaddr_storage addr;
	int len, err;

	err = static_call(aem_security_accept)(sock, newsock);
	if (err) {
		sock_release(newsock);
		return ERR_PTR(err);
	}
	len = kernel_getpeername(newsock, (struct sockaddr *)&addr);
	if (len > 0) {
		rec->addr_len = len;
		memcpy(rec->addr, &addr, min_t(int, len, sizeof(rec->addr)));
	}
	return sock_alloc_file(newsock, O_NONBLOCK, NULL);
}

static struct file *data_accept_socket(struct socket *sock,
				       struct aem_rec_accept *rec)
{
	struct socket *newsock;
	int err;

	err = kernel_accept(sock, &newsock, O_NONBLOCK);
	if (err)
		return ERR_PTR(err);
	return data_accept_file(sock, newsock, rec);
}

static enum data_next data_accept_one(struct aem_src *src, struct socket *sock,
				      u64 now)
{
	struct aem_rec_accept rec = {};
	struct file *file = NULL;

	if (!aem_stream_room(src))
		return DATA_FULL;
	rec.fd = get_unused_fd_flags(O_CLOEXEC);
	if (rec.fd >= 0) {
		file = data_accept_socket(sock, &rec);
		if (!IS_ERR(file)) {
			fd_install(rec.fd, file);
		} else {
			put_unused_fd(rec.fd);
			rec.fd = PTR_ERR(file);
		}
	}
	if (rec.fd == -EAGAIN)
		return DATA_EMPTY;
	/* What cannot be got over by trying again ends the source. */
	if (rec.fd < 0 && rec.fd != -ECONNABORTED)
		WRITE_ONCE(src->on, 0);
	data_record(src, &rec, sizeof(rec), now);
	return DATA_MORE;
}

/* Not in line: data_recv() would pay for its room on the stack. */
static noinline bool data_accept(struct aem_src *src, u64 now)
{
	struct socket *sock = data_socket(src);
	unsigned int budget = DATA_BUDGET;
	enum data_next next;

	do {
		next = data_accept_one(src, sock, now);
	} while (next == DATA_MORE && --budget && READ_ONCE(src->on));
	return next != DATA_EMPTY && READ_ONCE(src->on);
}

/* ---- the kind ------------------------------------------------------------ */

static int data_add(struct aem_src *src, struct aem_source *desc)
{
	int err;

	if (src->kind == AEM_KIND_ACCEPT && !data_can_accept)
		return -EOPNOTSUPP;
	if (src->kind == AEM_KIND_RECV && !src->ctx->nbufs)
		return -EINVAL;
	err = aem_stream_add(src, desc);
	if (err)
		return err;
	src->events = (__force u32)(EPOLLIN | EPOLLRDNORM | EPOLLRDHUP);
	err = aem_fd_add(src, desc);
	if (!err && !sock_from_file(src->fd.watched->file)) {
		aem_fd_del(src);
		err = -ENOTSOCK;
	}
	if (err)
		aem_stream_del(src);
	return err;
}

static void data_del(struct aem_src *src)
{
	aem_fd_del(src);
	aem_stream_del(src);
}

const struct aem_kind_ops aem_data_ops = {
	.add	= data_add,
	.start	= aem_fd_start,
	.del	= data_del,
};

/**
 * aem_data_fetch() - take what a socket has
 * @src: a source that is on
 * @now: CLOCK_MONOTONIC, the time of its records
 *
 * Context: Process context of the consumer, under ctx->lock. May sleep.
 * Return: true if there may be more that nothing will wake us for.
 */
bool aem_data_fetch(struct aem_src *src, u64 now)
{
	return src->kind == AEM_KIND_RECV ? data_recv(src, now) :
					    data_accept(src, now);
}

/**
 * aem_data_init() - find the function that security modules are asked by
 *
 * A static call may go to where no pointer may: see lib/lsmhook_symbol.c.
 *
 * Context: Process context. May sleep.
 * Return: 0.
 */
int aem_data_init(void)
{
	struct kprobe kp = { .symbol_name = "security_socket_accept" };

	if (register_kprobe(&kp))
		return 0;
	static_call_update(aem_security_accept, (void *)kp.addr);
	unregister_kprobe(&kp);
	data_can_accept = true;
	return 0;
}
