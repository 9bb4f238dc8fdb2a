/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * io_uring as a server uses it that wants to be fast: one issuer, deferred task
 * work, multishot receives into a ring of buffers. What the programs that receive
 * by it share.
 */
#ifndef BENCH_AEM_URING_H
#define BENCH_AEM_URING_H

#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define URING_BUFFER	4096
#define URING_BUFFERS	1024

static struct io_uring ring;
static struct io_uring_buf_ring *pool;
static char (*buffers)[URING_BUFFER];

static inline void uring_die(const char *what)
{
	perror(what);
	exit(1);
}

/* A place for a submission; those before it are submitted if there is none. */
static inline struct io_uring_sqe *uring_sqe(void)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	if (!sqe) {
		io_uring_submit(&ring);
		sqe = io_uring_get_sqe(&ring);
	}
	return sqe;
}

/* Gives a buffer back, when the pool is next advanced. */
static inline void uring_give(unsigned int bid, int offset)
{
	io_uring_buf_ring_add(pool, buffers[bid], URING_BUFFER, bid,
			      io_uring_buf_ring_mask(URING_BUFFERS), offset);
}

/* Everything that arrives on @fd, with @data; submitted by the caller. */
static inline void uring_receive(int fd, uint64_t data)
{
	struct io_uring_sqe *sqe = uring_sqe();

	io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = 0;
	io_uring_sqe_set_data64(sqe, data);
}

static inline void uring_begin(void)
{
	struct io_uring_params p = {
		.flags = IORING_SETUP_SINGLE_ISSUER |
			 IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE,
		.cq_entries = 4096,
	};
	struct io_uring_buf_reg reg = { .ring_entries = URING_BUFFERS };

	if (io_uring_queue_init_params(256, &ring, &p) < 0)
		uring_die("io_uring");
	buffers = aligned_alloc(4096, URING_BUFFERS * sizeof(*buffers));
	pool = aligned_alloc(4096, URING_BUFFERS * sizeof(struct io_uring_buf));
	memset(buffers, 0, URING_BUFFERS * sizeof(*buffers));
	reg.ring_addr = (uintptr_t)pool;
	if (io_uring_register_buf_ring(&ring, &reg, 0))
		uring_die("buffer ring");
	io_uring_buf_ring_init(pool);
	for (unsigned int i = 0; i < URING_BUFFERS; i++)
		uring_give(i, i);
	io_uring_buf_ring_advance(pool, URING_BUFFERS);
}

#endif /* BENCH_AEM_URING_H */
