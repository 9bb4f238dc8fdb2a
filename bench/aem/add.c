// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watching 10,000 more descriptors: epoll_ctl() for each, or one call of aem.
 *
 * usage: add epoll|aem ROUNDS
 *
 * A sample is the registration of all 10,000, started, in a new epoll or
 * context each time.
 */
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <aem.h>

#include "../lib/count.h"

#define MANY	10000

static int fds[MANY];
static struct aem_fd_spec spec[MANY];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void nothing(const struct aem_event *e)
{
	(void)e;
}

static uint64_t epoll_add(void)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLET };
	int ep = epoll_create1(0);
	uint64_t began = count_now();

	for (int i = 0; i < MANY; i++) {
		e.data.fd = i;
		if (epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &e))
			die("epoll_ctl");
	}
	began = count_now() - began;
	close(ep);
	return began;
}

static uint64_t aem_add(void)
{
	struct aem_opt opt = { .flags = AEM_STARTED };
	struct aem *a = aem_open(MANY, 0);
	uint64_t began;

	if (!a)
		die("aem_open");
	began = count_now();
	if (aem_fd_many(a, spec, MANY, NULL, &opt) != MANY)
		die("aem_fd_many");
	began = count_now() - began;
	aem_close(a);
	return began;
}

int main(int argc, char **argv)
{
	struct rlimit all = { 1 << 20, 1 << 20 };
	unsigned int rounds = argc > 2 ? count_rounds(argv[2]) : 0;

	setrlimit(RLIMIT_NOFILE, &all);
	for (int i = 0; i < MANY; i++) {
		fds[i] = eventfd(0, EFD_NONBLOCK);
		spec[i] = (struct aem_fd_spec){ fds[i], POLLIN, nothing, NULL };
		if (fds[i] < 0)
			die("eventfd");
	}
	if (!rounds || (strcmp(argv[1], "epoll") && strcmp(argv[1], "aem"))) {
		fprintf(stderr, "usage: add epoll|aem ROUNDS\n");
		return 2;
	}
	for (unsigned int i = 0; i < rounds; i++)
		count_sample[i] = strcmp(argv[1], "aem") ? epoll_add() :
							   aem_add();
	count_print("add", rounds);
	return 0;
}
