// SPDX-License-Identifier: GPL-2.0-only
/*
 * A handler in running code: one event each time, nobody waits for it.
 *
 * usage: async write|rtsig|sigio|signal|upcall|mask|sigprocmask|sync ROUNDS
 *
 *	write		a bare write to an eventfd
 *	rtsig		a real-time signal to the thread itself
 *	sigio		a byte into a pipe with F_SETSIG, its handler reads nothing
 *	signal		a write to an eventfd with an AEM_ASYNC event, by signal
 *	upcall		the same in a context with AEM_UPCALL
 *	mask		aem_mask() and aem_unmask()
 *	sigprocmask	a block and an unblock of signals
 *	sync		a write and an epoll_wait() (edge), the synchronous way
 *
 * A sample is from before the cause to after the handler.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <aem.h>

#include "../lib/count.h"

static const uint64_t one = 1;
static volatile uint64_t handled;
static int fd, pipes[2], ep;
static struct aem *aem;
static siginfo_t info;
static sigset_t set, old;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void on_signal(int nr, siginfo_t *si, void *context)
{
	(void)nr;
	(void)si;
	(void)context;
	handled++;
}

static void on_event(const struct aem_event *e)
{
	handled += e->count;
}

static void begin_signal(void)
{
	struct sigaction sa = {
		.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART,
	};

	sigaction(SIGRTMIN + 1, &sa, NULL);
	info.si_code = SI_QUEUE;
	if (pipe2(pipes, O_NONBLOCK))
		die("pipe2");
	fcntl(pipes[0], F_SETOWN, getpid());
	fcntl(pipes[0], F_SETSIG, SIGRTMIN + 1);
	fcntl(pipes[0], F_SETFL, O_NONBLOCK | O_ASYNC);
}

static void begin_aem(unsigned int flags, int by)
{
	struct aem_opt opt = { .flags = AEM_STARTED | AEM_ASYNC };

	aem = aem_open(0, flags);
	if (!aem || !aem_fd(aem, fd, POLLIN, on_event, NULL, &opt))
		die("aem");
	if (aem_delivery(aem) != by) {
		fprintf(stderr, "async: the kernel does not deliver that way\n");
		exit(1);
	}
}

static void do_write(void)
{
	if (write(fd, &one, sizeof(one)) != sizeof(one))
		die("write");
}

static void do_rtsig(void)
{
	syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGRTMIN + 1, &info);
}

static void do_sigio(void)
{
	if (write(pipes[1], &one, 1) != 1)
		die("write");
}

static void drain_pipe(void)
{
	char c;

	if (read(pipes[0], &c, 1) != 1)
		die("read");
}

static void do_mask(void)
{
	aem_mask(aem);
	aem_unmask(aem);
}

static void do_sigprocmask(void)
{
	sigprocmask(SIG_BLOCK, &set, &old);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static void do_sync(void)
{
	struct epoll_event e;

	do_write();
	if (epoll_wait(ep, &e, 1, 0) != 1)
		die("epoll_wait");
	handled++;
}

static void begin_sync(void)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLET };

	ep = epoll_create1(0);
	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e))
		die("epoll_ctl");
}

/**
 * struct way - one way to be measured
 * @name: of it
 * @run: what is counted
 * @after: what is not, or NULL
 * @counts: each run is one handler
 */
static const struct way {
	const char	*name;
	void		(*run)(void);
	void		(*after)(void);
	int		counts;
} ways[] = {
	{ "write", do_write, NULL, 0 },
	{ "rtsig", do_rtsig, NULL, 1 },
	{ "sigio", do_sigio, drain_pipe, 1 },
	{ "signal", do_write, NULL, 1 },
	{ "upcall", do_write, NULL, 1 },
	{ "mask", do_mask, NULL, 0 },
	{ "sigprocmask", do_sigprocmask, NULL, 0 },
	{ "sync", do_sync, NULL, 1 },
	{}
};

static void measure(const struct way *way, unsigned int rounds)
{
	uint64_t began;

	for (unsigned int i = 0; i < rounds + 16; i++) {
		handled = 0;
		began = count_now();
		way->run();
		began = count_now() - began;
		if (handled != (uint64_t)way->counts) {
			fprintf(stderr, "async: %llu handlers ran\n",
				(unsigned long long)handled);
			exit(1);
		}
		if (way->after)
			way->after();
		if (i >= 16)
			count_sample[i - 16] = began;
	}
	count_print(way->name, rounds);
}

int main(int argc, char **argv)
{
	const struct way *way = ways;

	while (argc > 2 && way->name && strcmp(way->name, argv[1]))
		way++;
	if (argc < 3 || !way->name) {
		fprintf(stderr, "usage: async WAY ROUNDS\n");
		return 2;
	}
	sigaddset(&set, SIGRTMIN + 1);
	fd = eventfd(0, EFD_NONBLOCK);
	begin_signal();
	if (!strcmp(way->name, "signal") || !strcmp(way->name, "mask"))
		begin_aem(0, AEM_BY_SIGNAL);
	if (!strcmp(way->name, "upcall"))
		begin_aem(AEM_UPCALL, AEM_BY_UPCALL);
	if (!strcmp(way->name, "sync"))
		begin_sync();
	measure(way, count_rounds(argv[2]));
	return 0;
}
