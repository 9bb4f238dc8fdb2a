// SPDX-License-Identifier: GPL-2.0-only
/*
 * 64 timers that expire at the same moment, and their handlers.
 *
 * usage: timers spin|posix|timerfd|signal|upcall|sync ROUNDS
 *
 *	spin		no timers: what waiting alone costs
 *	posix		POSIX timers, a real-time signal each
 *	timerfd		timerfds in an epoll, read when they are ready
 *	signal		aem timers, AEM_ASYNC, by signal
 *	upcall		the same in a context with AEM_UPCALL
 *	sync		aem timers, aem_dispatch()
 *
 * They are set once, with a period. A sample is from before the common moment,
 * in a loop that looks at the clock and does nothing else, until the last of
 * the 64 handlers is done, minus the loop: what was spent outside of it. The
 * kernel's work for the next expiry is in it.
 */
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <aem.h>

#include "../lib/count.h"

#define TIMERS		64
#define PERIOD_NS	20000000ULL
/* A turn of the loop that takes longer than this was interrupted. */
#define TURN_MAX	100

static volatile uint64_t handled;
static uint64_t first_ns;
static struct aem *aem;
static int ep;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static struct itimerspec timing(void)
{
	return (struct itimerspec){
		.it_value = { first_ns / 1000000000, first_ns % 1000000000 },
		.it_interval = { 0, PERIOD_NS },
	};
}

/* ---- the ways ----------------------------------------------------------------- */

static void on_signal(int nr, siginfo_t *si, void *context)
{
	(void)nr;
	(void)context;
	handled += 1 + si->si_overrun;
}

static void begin_posix(void)
{
	struct sigaction sa = {
		.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART,
	};
	struct sigevent se = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1,
	};
	struct itimerspec its = timing();
	timer_t id;

	sigaction(SIGRTMIN + 1, &sa, NULL);
	for (int i = 0; i < TIMERS; i++)
		if (timer_create(CLOCK_MONOTONIC, &se, &id) ||
		    timer_settime(id, TIMER_ABSTIME, &its, NULL))
			die("timer");
}

static void begin_timerfd(void)
{
	struct itimerspec its = timing();
	struct epoll_event e = { .events = EPOLLIN };

	ep = epoll_create1(0);
	for (int i = 0; i < TIMERS; i++) {
		e.data.fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
		if (timerfd_settime(e.data.fd, TFD_TIMER_ABSTIME, &its, NULL) ||
		    epoll_ctl(ep, EPOLL_CTL_ADD, e.data.fd, &e))
			die("timerfd");
	}
}

static void on_event(const struct aem_event *e)
{
	handled += e->count;
}

static void begin_aem(unsigned int open_flags, uint32_t flags)
{
	struct aem_opt opt = { .flags = AEM_STARTED | flags };

	aem = aem_open(TIMERS, open_flags);
	if (!aem)
		die("aem_open");
	for (int i = 0; i < TIMERS; i++)
		if (!aem_timer(aem, first_ns, PERIOD_NS, 0, AEM_ABSTIME,
			       on_event, NULL, &opt))
			die("aem_timer");
}

/* ---- counting --------------------------------------------------------------------- */

/* The counter and the clock go at the same pace: how far they are apart. */
static uint64_t clock_ahead(void)
{
	uint64_t ns = now_ns();

	return ns - count_now();
}

/* Spends guest time; returns what of it was spent elsewhere. */
static uint64_t elsewhere_until(uint64_t end_ns)
{
	uint64_t end = end_ns - clock_ahead();
	uint64_t last = count_now(), now, sum = 0;

	do {
		now = count_now();
		if (now - last > TURN_MAX)
			sum += now - last;
		last = now;
	} while ((int64_t)(end - now) > 0);
	return sum;
}

static uint64_t one_sync(void)
{
	uint64_t began = count_now();

	aem_dispatch(aem);
	return count_now() - began;
}

static uint64_t one_timerfd(void)
{
	struct epoll_event v[TIMERS];
	uint64_t began, value;
	int n;

	began = count_now();
	n = epoll_wait(ep, v, TIMERS, 0);
	for (int i = 0; i < n; i++) {
		if (read(v[i].data.fd, &value, sizeof(value)) < 0)
			die("read");
		handled += value;
	}
	return count_now() - began;
}

int main(int argc, char **argv)
{
	const char *way = argc > 2 ? argv[1] : "";
	unsigned int rounds = argc > 2 ? count_rounds(argv[2]) : 0;
	uint64_t expiry;

	first_ns = now_ns() / 4000000 * 4000000 + 201000000;
	if (!strcmp(way, "posix"))
		begin_posix();
	else if (!strcmp(way, "timerfd"))
		begin_timerfd();
	else if (!strcmp(way, "signal") || !strcmp(way, "upcall"))
		begin_aem(*way == 'u' ? AEM_UPCALL : 0, AEM_ASYNC);
	else if (!strcmp(way, "sync"))
		begin_aem(0, 0);
	else if (strcmp(way, "spin"))
		return 2;
	for (unsigned int i = 0; i < rounds; i++) {
		expiry = first_ns + i * PERIOD_NS;
		handled = 0;
		elsewhere_until(expiry - 300000);
		count_sample[i] = elsewhere_until(expiry + 1200000);
		if (!strcmp(way, "timerfd"))
			count_sample[i] += one_timerfd();
		if (!strcmp(way, "sync"))
			count_sample[i] += one_sync();
		if (handled != TIMERS && strcmp(way, "spin")) {
			fprintf(stderr, "timers: %llu expirations\n",
				(unsigned long long)handled);
			return 1;
		}
	}
	count_print(way, rounds);
	return 0;
}
