// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages received on 100 busy sockets among IDLE idle ones.
 *
 * usage: recv epoll|uring|aem ROUNDS [IDLE]
 *
 * 64 bytes are written into each of 100 socket pairs ("produce"), then the
 * other ends are read and the bytes given to a handler ("consume"): by
 * epoll_wait() (level-triggered) and read(), by io_uring's multishot recv with
 * a ring of buffers and deferred task work, by aem_recv() with as many buffers.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <aem.h>

#include "../lib/count.h"
#include "uring.h"

#define BUSY	100
#define BYTES	64

static int pairs[BUSY][2];
static unsigned int idle;
static uint64_t bytes, messages;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void handle(const void *data, size_t len)
{
	if (len && *(const char *)data != 'x')
		die("data");
	bytes += len;
	messages++;
}

static int idle_socket(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair))
		die("socketpair");
	return pair[0];
}

/* ---- epoll -------------------------------------------------------------------- */

static int ep;

static void epoll_watch(int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e))
		die("epoll_ctl");
}

static void epoll_begin(void)
{
	ep = epoll_create1(0);
	for (int i = 0; i < BUSY; i++)
		epoll_watch(pairs[i][0]);
	for (unsigned int i = 0; i < idle; i++)
		epoll_watch(idle_socket());
}

static void epoll_consume(void)
{
	struct epoll_event e[BUSY];
	int n = epoll_wait(ep, e, BUSY, 0);
	char data[4096];
	ssize_t len;

	for (int i = 0; i < n; i++) {
		len = read(e[i].data.fd, data, sizeof(data));
		if (len < 0)
			die("read");
		handle(data, len);
	}
}

/* ---- io_uring ------------------------------------------------------------------- */

static void uring_watch_all(void)
{
	uring_begin();
	for (int i = 0; i < BUSY; i++)
		uring_receive(pairs[i][0], 0);
	for (unsigned int i = 0; i < idle; i++)
		uring_receive(idle_socket(), 0);
	io_uring_submit(&ring);
}

static void uring_consume(void)
{
	struct io_uring_cqe *cqe;
	unsigned int head, bid, n = 0;

	io_uring_get_events(&ring);
	io_uring_for_each_cqe(&ring, head, cqe) {
		if (cqe->res < 0) {
			errno = -cqe->res;
			die("recv");
		}
		bid = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
		handle(buffers[bid], cqe->res);
		uring_give(bid, n++);
	}
	io_uring_buf_ring_cq_advance(&ring, pool, n);
}

/* ---- aem ------------------------------------------------------------------------ */

static struct aem *aem;

static void on_recv(const struct aem_event *e)
{
	if (e->recv.error) {
		errno = e->recv.error;
		die("recv");
	}
	handle(e->recv.data, e->recv.len);
}

static void aem_begin(void)
{
	struct aem_opt opt = { .flags = AEM_STARTED };
	struct aem_size size = {
		.events = BUSY + idle + 1, .backlog = 2 * (BUSY + idle + 1),
		.buffers = URING_BUFFERS, .buffer_size = URING_BUFFER,
	};

	aem = aem_open_sized(&size, 0);
	if (!aem)
		die("aem_open");
	for (int i = 0; i < BUSY; i++)
		if (!aem_recv(aem, pairs[i][0], on_recv, NULL, &opt))
			die("aem_recv");
	for (unsigned int i = 0; i < idle; i++)
		if (!aem_recv(aem, idle_socket(), on_recv, NULL, &opt))
			die("aem_recv");
}

static void aem_consume(void)
{
	aem_dispatch(aem);
}

/* ---- counting ------------------------------------------------------------------- */

static char message[BYTES];
static uint64_t sample_consume[COUNT_MAX];

static void produce(void)
{
	for (int i = 0; i < BUSY; i++)
		if (write(pairs[i][1], message, BYTES) != BYTES)
			die("write");
}

static void measure(void (*consume)(void), unsigned int rounds)
{
	uint64_t began, between;

	for (unsigned int i = 0; i < 16; i++) {
		produce();
		consume();
	}
	for (unsigned int i = 0; i < rounds; i++) {
		bytes = 0;
		messages = 0;
		began = count_now();
		produce();
		between = count_now();
		consume();
		sample_consume[i] = count_now() - between;
		count_sample[i] = between - began;
		if (bytes != BUSY * BYTES || messages != BUSY) {
			fprintf(stderr, "recv: %llu messages, %llu bytes\n",
				(unsigned long long)messages,
				(unsigned long long)bytes);
			exit(1);
		}
	}
	count_print("produce", rounds);
	memcpy(count_sample, sample_consume, sizeof(count_sample));
	count_print("consume", rounds);
}

int main(int argc, char **argv)
{
	struct rlimit all = { 1 << 20, 1 << 20 };
	unsigned int rounds = argc > 2 ? count_rounds(argv[2]) : 0;
	const char *who = argc > 2 ? argv[1] : "";

	idle = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	setrlimit(RLIMIT_NOFILE, &all);
	memset(message, 'x', sizeof(message));
	for (int i = 0; i < BUSY; i++)
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
			       pairs[i]))
			die("socketpair");
	if (!strcmp(who, "epoll")) {
		epoll_begin();
		measure(epoll_consume, rounds);
	} else if (!strcmp(who, "uring")) {
		uring_watch_all();
		measure(uring_consume, rounds);
	} else if (!strcmp(who, "aem")) {
		aem_begin();
		measure(aem_consume, rounds);
	} else {
		fprintf(stderr, "usage: recv epoll|uring|aem ROUNDS [IDLE]\n");
		return 2;
	}
	return 0;
}
