// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same HTTP server on aem and on others: what a request costs.
 *
 * usage: http epoll|uring|libevent|libuv|aem ROUNDS [IDLE]
 *
 * On each of 100 connections a request is sent ("produce"), then the server has
 * its turn until all are answered ("consume"): it receives, looks for the end of
 * the request and answers. IDLE more connections say nothing. The client is the
 * same process; what it reads is not counted. Each server does what is usual with
 * its library: epoll level-triggered, read() and send(); io_uring a multishot recv
 * with a ring of buffers, deferred task work, and sends in one submission;
 * libevent events and libuv streams as they come; aem aem_recv() and send().
 */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <aem.h>

#include "../lib/count.h"
#include "uring.h"

#define BUSY	100
#define CONNS	20000

static const char request[] = "GET /index.html HTTP/1.1\r\nHost: localhost\r\n"
	"User-Agent: bench\r\nAccept: */*\r\n\r\n";
static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
	"Content-Length: 6\r\nConnection: keep-alive\r\n\r\nhello\n";
static const char not_found[] = "HTTP/1.1 404 Not Found\r\n"
	"Content-Length: 0\r\nConnection: keep-alive\r\n\r\n";

static int client[CONNS], server[CONNS];
static unsigned int conns, answered;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* What is to be answered; NULL if the request is not complete. */
static const char *serve(const char *data, size_t len, size_t *n)
{
	if (len < 4 || memcmp(data + len - 4, "\r\n\r\n", 4))
		return NULL;
	answered++;
	if (memcmp(data, "GET ", 4)) {
		*n = sizeof(not_found) - 1;
		return not_found;
	}
	*n = sizeof(answer) - 1;
	return answer;
}

static void serve_now(int fd, const char *data, size_t len)
{
	size_t n;
	const char *text = serve(data, len, &n);

	if (text && send(fd, text, n, MSG_NOSIGNAL) != (ssize_t)n)
		die("send");
}

/* ---- epoll -------------------------------------------------------------------- */

static int ep;

static void epoll_begin(void)
{
	ep = epoll_create1(0);
	for (unsigned int i = 0; i < conns; i++) {
		struct epoll_event e = { .events = EPOLLIN,
					 .data.fd = server[i] };

		if (epoll_ctl(ep, EPOLL_CTL_ADD, server[i], &e))
			die("epoll_ctl");
	}
}

static void epoll_turn(void)
{
	struct epoll_event e[BUSY];
	int n = epoll_wait(ep, e, BUSY, 0);
	char data[URING_BUFFER];
	ssize_t len;

	for (int i = 0; i < n; i++) {
		len = read(e[i].data.fd, data, sizeof(data));
		if (len <= 0)
			die("read");
		serve_now(e[i].data.fd, data, len);
	}
}

/* ---- io_uring ------------------------------------------------------------------- */

#define SENT	(1ULL << 32)

static void uring_watch_all(void)
{
	uring_begin();
	for (unsigned int i = 0; i < conns; i++)
		uring_receive(server[i], server[i]);
	io_uring_submit(&ring);
}

static void uring_received(struct io_uring_cqe *cqe)
{
	unsigned int bid = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
	struct io_uring_sqe *sqe;
	const char *text;
	size_t n;

	if (cqe->res <= 0)
		die("recv");
	text = serve(buffers[bid], cqe->res, &n);
	uring_give(bid, 0);
	io_uring_buf_ring_advance(pool, 1);
	if (!text)
		return;
	sqe = uring_sqe();
	io_uring_prep_send(sqe, cqe->user_data, text, n, MSG_NOSIGNAL);
	io_uring_sqe_set_data64(sqe, SENT);
}

static void uring_turn(void)
{
	struct io_uring_cqe *cqe;
	unsigned int head, n = 0;

	io_uring_submit_and_get_events(&ring);
	io_uring_for_each_cqe(&ring, head, cqe) {
		n++;
		if (!(cqe->user_data & SENT))
			uring_received(cqe);
		else if (cqe->res <= 0)
			die("send");
	}
	io_uring_cq_advance(&ring, n);
	io_uring_submit_and_get_events(&ring);
}

/* ---- libevent --------------------------------------------------------------------- */

static struct event_base *base;

static void event_read(evutil_socket_t fd, short what, void *arg)
{
	char data[URING_BUFFER];
	ssize_t len = read(fd, data, sizeof(data));

	(void)what;
	(void)arg;
	if (len <= 0)
		die("read");
	serve_now(fd, data, len);
}

static void libevent_begin(void)
{
	base = event_base_new();
	for (unsigned int i = 0; i < conns; i++) {
		struct event *ev = event_new(base, server[i],
					     EV_READ | EV_PERSIST, event_read,
					     NULL);

		if (!ev || event_add(ev, NULL))
			die("event_add");
	}
}

static void libevent_turn(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

/* ---- libuv ------------------------------------------------------------------------ */

static uv_loop_t loop;
static char uv_data[URING_BUFFER];

static void uv_room(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
	(void)handle;
	(void)size;
	*buf = uv_buf_init(uv_data, sizeof(uv_data));
}

static void uv_got(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
	const char *text;
	uv_buf_t out;
	size_t n;

	if (len <= 0)
		return;
	text = serve(buf->base, len, &n);
	if (!text)
		return;
	out = uv_buf_init((char *)text, n);
	if (uv_try_write(stream, &out, 1) != (int)n)
		die("uv_try_write");
}

static void libuv_begin(void)
{
	uv_tcp_t *tcp = calloc(conns, sizeof(*tcp));

	uv_loop_init(&loop);
	for (unsigned int i = 0; i < conns; i++)
		if (uv_tcp_init(&loop, &tcp[i]) ||
		    uv_tcp_open(&tcp[i], server[i]) ||
		    uv_read_start((uv_stream_t *)&tcp[i], uv_room, uv_got))
			die("uv_tcp");
}

static void libuv_turn(void)
{
	uv_run(&loop, UV_RUN_NOWAIT);
}

/* ---- aem ---------------------------------------------------------------------------- */

static struct aem *aem;

static void on_request(const struct aem_event *e)
{
	if (!e->recv.data)
		die("recv");
	serve_now(e->fd, e->recv.data, e->recv.len);
}

static void aem_begin(void)
{
	struct aem_opt opt = { .flags = AEM_STARTED };
	struct aem_size size = {
		.events = conns + 1, .backlog = 2 * (conns + 1),
		.buffers = URING_BUFFERS, .buffer_size = URING_BUFFER,
	};

	aem = aem_open_sized(&size, 0);
	if (!aem)
		die("aem_open");
	for (unsigned int i = 0; i < conns; i++)
		if (!aem_recv(aem, server[i], on_request, NULL, &opt))
			die("aem_recv");
}

static void aem_turn(void)
{
	aem_dispatch(aem);
}

/* ---- counting ------------------------------------------------------------------- */

static const struct way {
	const char *name;
	void (*begin)(void);
	void (*turn)(void);
} ways[] = {
	{ "epoll", epoll_begin, epoll_turn },
	{ "uring", uring_watch_all, uring_turn },
	{ "libevent", libevent_begin, libevent_turn },
	{ "libuv", libuv_begin, libuv_turn },
	{ "aem", aem_begin, aem_turn },
	{}
};

static void connect_all(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	socklen_t len = sizeof(addr);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(listener, 128) ||
	    getsockname(listener, (struct sockaddr *)&addr, &len))
		die("listen");
	for (unsigned int i = 0; i < conns; i++) {
		client[i] = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(client[i], (struct sockaddr *)&addr, sizeof(addr)))
			die("connect");
		server[i] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
		if (server[i] < 0)
			die("accept");
		setsockopt(client[i], IPPROTO_TCP, TCP_NODELAY, &one,
			   sizeof(one));
		setsockopt(server[i], IPPROTO_TCP, TCP_NODELAY, &one,
			   sizeof(one));
	}
}

static void ask(void)
{
	for (unsigned int i = 0; i < BUSY; i++)
		if (send(client[i], request, sizeof(request) - 1, 0) !=
		    sizeof(request) - 1)
			die("request");
}

static void read_answers(void)
{
	char data[URING_BUFFER];

	for (unsigned int i = 0; i < BUSY; i++)
		if (recv(client[i], data, sizeof(data), 0) !=
		    sizeof(answer) - 1)
			die("answer");
}

static void measure(const struct way *way, unsigned int rounds)
{
	uint64_t began;

	for (unsigned int i = 0; i < rounds + 16; i++) {
		answered = 0;
		ask();
		began = count_now();
		/* Some libraries take a part of what is there at a time. */
		for (unsigned int n = 0; n < BUSY && answered < BUSY; n++)
			way->turn();
		if (i >= 16)
			count_sample[i - 16] = count_now() - began;
		if (answered != BUSY) {
			fprintf(stderr, "http: %u requests answered\n",
				answered);
			exit(1);
		}
		read_answers();
	}
	count_print("consume", rounds);
}

int main(int argc, char **argv)
{
	struct rlimit all = { 1 << 20, 1 << 20 };
	unsigned int rounds = argc > 2 ? count_rounds(argv[2]) : 0;
	const struct way *way = ways;

	while (rounds && way->name && strcmp(way->name, argv[1]))
		way++;
	conns = BUSY + (argc > 3 ? strtoul(argv[3], NULL, 10) : 0);
	if (!rounds || !way->name || conns > CONNS) {
		fprintf(stderr, "usage: http epoll|uring|libevent|libuv|aem ROUNDS [IDLE]\n");
		return 2;
	}
	setrlimit(RLIMIT_NOFILE, &all);
	connect_all();
	way->begin();
	measure(way, rounds);
	return 0;
}
