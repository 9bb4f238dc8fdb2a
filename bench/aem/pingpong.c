// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waking a waiter and being woken, two threads on one CPU.
 *
 * usage: pingpong epoll|aem ROUNDS
 *
 * Each thread sleeps in epoll_wait() (edge-triggered) or aem_run() on an
 * eventfd of its own and writes to that of the other when it wakes up. A
 * sample is one round trip.
 */
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <aem.h>

#include "../lib/count.h"

static int fds[2];
static unsigned int rounds, done;
static uint64_t began;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void poke(int fd)
{
	const uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) != sizeof(one))
		die("write");
}

/* The first thread counts; true when it has enough. */
static int take_sample(void)
{
	uint64_t now = count_now();

	if (done)
		count_sample[done - 1] = now - began;
	began = now;
	return done++ == rounds;
}

static void *epoll_side(void *arg)
{
	int me = arg != NULL, ep = epoll_create1(0);
	struct epoll_event e = { .events = EPOLLIN | EPOLLET };

	if (epoll_ctl(ep, EPOLL_CTL_ADD, fds[me], &e))
		die("epoll_ctl");
	if (!me)
		poke(fds[1]);
	for (;;) {
		if (epoll_wait(ep, &e, 1, -1) != 1)
			die("epoll_wait");
		if (!me && take_sample())
			return NULL;
		poke(fds[!me]);
	}
}

static void on_poke(const struct aem_event *e)
{
	int me = e->arg != NULL;

	if (!me && take_sample()) {
		count_print("roundtrip", rounds);
		exit(0);
	}
	poke(fds[!me]);
}

static void *aem_side(void *arg)
{
	struct aem_opt opt = { .flags = AEM_STARTED };
	struct aem *a = aem_open(0, 0);
	int me = arg != NULL;

	if (!a || !aem_fd(a, fds[me], POLLIN, on_poke, arg, &opt))
		die("aem");
	if (!me)
		poke(fds[1]);
	aem_run(a);
	die("aem_run");
	return NULL;
}

int main(int argc, char **argv)
{
	void *(*side)(void *) = epoll_side;
	pthread_t thread;

	if (argc < 3) {
		fprintf(stderr, "usage: pingpong epoll|aem ROUNDS\n");
		return 2;
	}
	rounds = count_rounds(argv[2]);
	if (!strcmp(argv[1], "aem"))
		side = aem_side;
	fds[0] = eventfd(0, EFD_NONBLOCK);
	fds[1] = eventfd(0, EFD_NONBLOCK);
	pthread_create(&thread, NULL, side, &fds);
	side(NULL);
	count_print("roundtrip", rounds);
	return 0;
}
