// SPDX-License-Identifier: GPL-2.0-only
/*
 * An event whose handler runs in another process.
 *
 * usage: capsule fork|aemfork|capsule ROUNDS
 *
 *	fork		epoll_wait(), fork(), the handler in the child
 *	aemfork		an event with AEM_FORK
 *	capsule		an event with AEM_CAPSULE
 *
 * A sample is from the event to the first instruction of the handler, which
 * writes the time into shared memory. The process has written to 4 MB of memory
 * before, as one that serves somebody has. It sleeps until the handler is done:
 * in wait(), or in aem_run() until the handler answers through an eventfd.
 */
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <aem.h>

#include "../lib/count.h"

static volatile uint64_t *arrived;
static struct aem *aem;
static int fd, ep, answer;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void on_event(const struct aem_event *e)
{
	const uint64_t one = 1;

	(void)e;
	*arrived = count_now();
	if (write(answer, &one, sizeof(one)) < 0)
		_exit(1);
}

static void on_answer(const struct aem_event *e)
{
	uint64_t value;

	if (read(e->fd, &value, sizeof(value)) == sizeof(value))
		aem_quit(aem);
}

static void begin(const char *way)
{
	struct aem_opt opt = { .flags = AEM_STARTED | AEM_NOCLDWAIT };
	struct epoll_event e = { .events = EPOLLIN | EPOLLET };

	fd = eventfd(0, EFD_NONBLOCK);
	answer = eventfd(0, EFD_NONBLOCK);
	if (!strcmp(way, "fork")) {
		ep = epoll_create1(0);
		if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e))
			die("epoll_ctl");
		return;
	}
	opt.flags |= strcmp(way, "capsule") ? AEM_FORK : AEM_CAPSULE;
	aem = aem_open(0, 0);
	if (!aem || !aem_fd(aem, fd, POLLIN, on_event, NULL, &opt))
		die("aem");
	opt.flags = AEM_STARTED;
	if (!aem_fd(aem, answer, POLLIN, on_answer, NULL, &opt))
		die("aem");
}

static void by_fork(void)
{
	struct epoll_event e;

	if (epoll_wait(ep, &e, 1, -1) != 1)
		die("epoll_wait");
	if (!fork()) {
		*arrived = count_now();
		_exit(0);
	}
	wait(NULL);
}

/* Until the child is gone, so that the next does not find it there. */
static void by_aem(void)
{
	struct timespec rest = { 0, 2000000 };

	if (aem_run(aem))
		die("aem_run");
	nanosleep(&rest, NULL);
	aem_dispatch(aem);
}

#define HEAP	(4 << 20)

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 2 ? count_rounds(argv[2]) : 0;
	const uint64_t one = 1;
	uint64_t began;

	if (!rounds) {
		fprintf(stderr, "usage: capsule fork|aemfork|capsule ROUNDS\n");
		return 2;
	}
	arrived = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(malloc(HEAP), 1, HEAP);
	begin(argv[1]);
	for (unsigned int i = 0; i < rounds; i++) {
		*arrived = 0;
		began = count_now();
		if (write(fd, &one, sizeof(one)) != sizeof(one))
			die("write");
		if (ep)
			by_fork();
		else
			by_aem();
		count_sample[i] = *arrived - began;
	}
	count_print(argv[1], rounds);
	return 0;
}
