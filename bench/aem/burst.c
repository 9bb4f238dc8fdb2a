// SPDX-License-Identifier: GPL-2.0-only
/*
 * A burst of 64 events and its consumption, by epoll, io_uring and aem.
 *
 * usage: burst bare|epoll|level|uring|defer|aem ROUNDS [IDLE]
 *
 * 64 eventfds are written to one after another ("produce"), then every event
 * is fetched and its handler called ("consume"). epoll is edge-triggered and
 * reads nothing, "level" is level-triggered and has to read; io_uring uses
 * multishot polls, with the default and with deferred task work. IDLE more
 * descriptors are watched and nothing happens to them. Nothing is read from
 * the eventfds otherwise: their counter grows, and each write is a new edge.
 */
#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <aem.h>

#include "../lib/count.h"

#define BURST	64

static int fds[BURST];
static uint64_t handled;
static unsigned int idle;

/* The handler: as little as a handler can do. */
static void handle(void *arg)
{
	handled += *(uint32_t *)arg;
}

static uint32_t weight[BURST];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int make_fd(void)
{
	int fd = eventfd(0, EFD_NONBLOCK);

	if (fd < 0)
		die("eventfd");
	return fd;
}

/* ---- epoll ------------------------------------------------------------------ */

static int ep = -1;
static bool level;

static void epoll_watch(int fd, void *arg)
{
	struct epoll_event e = {
		.events = level ? EPOLLIN : EPOLLIN | EPOLLET, .data.ptr = arg,
	};

	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e))
		die("epoll_ctl");
}

static void epoll_begin(void)
{
	ep = epoll_create1(0);
	for (int i = 0; i < BURST; i++)
		epoll_watch(fds[i], &weight[i]);
	for (unsigned int i = 0; i < idle; i++)
		epoll_watch(make_fd(), &weight[0]);
}

static void epoll_consume(void)
{
	struct epoll_event e[BURST];
	int n = epoll_wait(ep, e, BURST, 0);
	uint64_t value;

	for (int i = 0; i < n; i++) {
		if (level && read(fds[(uint32_t *)e[i].data.ptr - weight],
				  &value, sizeof(value)) < 0)
			die("read");
		handle(e[i].data.ptr);
	}
}

/* ---- io_uring --------------------------------------------------------------- */

static struct io_uring ring;
static bool defer;

static void uring_watch(int fd, void *arg)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	if (!sqe) {
		io_uring_submit(&ring);
		sqe = io_uring_get_sqe(&ring);
	}
	io_uring_prep_poll_multishot(sqe, fd, POLLIN | EPOLLET);
	io_uring_sqe_set_data(sqe, arg);
}

static void uring_begin(void)
{
	struct io_uring_params p = {
		.flags = IORING_SETUP_CQSIZE, .cq_entries = 4096,
	};
	int err;

	if (defer)
		p.flags |= IORING_SETUP_SINGLE_ISSUER |
			   IORING_SETUP_DEFER_TASKRUN;
	err = io_uring_queue_init_params(256, &ring, &p);
	if (err < 0) {
		errno = -err;
		die("io_uring");
	}
	for (int i = 0; i < BURST; i++)
		uring_watch(fds[i], &weight[i]);
	for (unsigned int i = 0; i < idle; i++)
		uring_watch(make_fd(), &weight[0]);
	io_uring_submit(&ring);
}

static void uring_consume(void)
{
	struct io_uring_cqe *cqe;
	unsigned int head, n = 0;

	if (defer)
		io_uring_get_events(&ring);
	io_uring_for_each_cqe(&ring, head, cqe) {
		handle(io_uring_cqe_get_data(cqe));
		n++;
	}
	io_uring_cq_advance(&ring, n);
}

/* ---- aem -------------------------------------------------------------------- */

static struct aem *aem;

static void aem_handle(const struct aem_event *e)
{
	handle(e->arg);
}

static void aem_begin(void)
{
	struct aem_opt opt = { .flags = AEM_STARTED };
	struct aem_fd_spec *spec = calloc(idle + 1, sizeof(*spec));

	aem = aem_open(idle + BURST + 1, 0);
	if (!aem)
		die("aem_open");
	for (int i = 0; i < BURST; i++)
		if (!aem_fd(aem, fds[i], POLLIN, aem_handle, &weight[i], &opt))
			die("aem_fd");
	for (unsigned int i = 0; i < idle; i++)
		spec[i] = (struct aem_fd_spec){ make_fd(), POLLIN, aem_handle,
						&weight[0] };
	if (idle && aem_fd_many(aem, spec, idle, NULL, &opt) != (int)idle)
		die("aem_fd_many");
	free(spec);
}

static void aem_consume(void)
{
	if (aem_dispatch(aem) < 0)
		die("aem_dispatch");
}

/* ---- counting --------------------------------------------------------------- */

static void nothing(void)
{
}

static void produce(void)
{
	const uint64_t one = 1;

	for (int i = 0; i < BURST; i++)
		if (write(fds[i], &one, sizeof(one)) != sizeof(one))
			die("write");
}

static uint64_t sample_consume[COUNT_MAX];

static void measure(void (*consume)(void), unsigned int rounds, bool loses)
{
	uint64_t began, between;

	for (unsigned int i = 0; i < 16; i++) {
		produce();
		consume();
	}
	handled = 0;
	for (unsigned int i = 0; i < rounds; i++) {
		began = count_now();
		produce();
		between = count_now();
		consume();
		sample_consume[i] = count_now() - between;
		count_sample[i] = between - began;
	}
	if (!loses && handled != (uint64_t)rounds * BURST) {
		fprintf(stderr, "burst: %llu events of %u\n",
			(unsigned long long)handled, rounds * BURST);
		exit(1);
	}
	count_print("produce", rounds);
	memcpy(count_sample, sample_consume, sizeof(count_sample));
	count_print("consume", rounds);
}

int main(int argc, char **argv)
{
	struct rlimit all = { 1 << 20, 1 << 20 };
	const char *who = argc > 2 ? argv[1] : "";
	unsigned int rounds = argc > 2 ? count_rounds(argv[2]) : 0;

	idle = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	setrlimit(RLIMIT_NOFILE, &all);
	for (int i = 0; i < BURST; i++) {
		weight[i] = 1;
		fds[i] = make_fd();
	}
	level = !strcmp(who, "level");
	defer = !strcmp(who, "defer");
	if (!strcmp(who, "bare")) {
		measure(nothing, rounds, true);
	} else if (!strcmp(who, "epoll") || level) {
		epoll_begin();
		measure(epoll_consume, rounds, false);
	} else if (!strcmp(who, "uring") || defer) {
		uring_begin();
		measure(uring_consume, rounds, false);
	} else if (!strcmp(who, "aem")) {
		aem_begin();
		measure(aem_consume, rounds, false);
	} else {
		fprintf(stderr, "usage: burst bare|epoll|level|uring|defer|aem "
			"ROUNDS [IDLE]\n");
		return 2;
	}
	return 0;
}
