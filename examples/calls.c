// SPDX-License-Identifier: GPL-2.0-only
/*
 * 10,000 calls of a telephone exchange, a timer each.
 *
 * usage: calls [-n CALLS] [-t SECONDS]
 *
 * Every call that is set up has a guard timer: the other side has to answer
 * within the time that is random here. Most calls are answered before, which
 * stops the timer; then the call lasts for a while, which is the timer once
 * more; then it ends, and a new one takes its place. All timers of the program
 * together are one high-resolution timer of the kernel.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <aem.h>

#define MS	1000000ULL

/**
 * struct call - one call
 * @timer: its timer
 * @talking: it was answered, and the timer is its end
 * @due_ns: when the timer has to expire
 */
struct call {
	aem_ev		timer;
	int		talking;
	uint64_t	due_ns;
};

static struct aem *aem;
static int ncalls = 10000;
static unsigned long answered, given_up, ended, early;
static uint64_t worst_ns;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void set(struct call *c, uint64_t in_ns)
{
	c->due_ns = now_ns() + in_ns;
	if (aem_set_timer(c->timer, c->due_ns, 0, AEM_ABSTIME)) {
		perror("calls: aem_set_timer");
		exit(1);
	}
}

/* A new call: how long nobody may answer. */
static void ring(struct call *c)
{
	c->talking = 0;
	set(c, (100 + random() % 900) * MS);
}

static void on_time(const struct aem_event *e)
{
	struct call *c = e->arg;
	uint64_t now = now_ns();

	if (now < c->due_ns)
		early++;
	else if (now - c->due_ns > worst_ns)
		worst_ns = now - c->due_ns;
	if (c->talking)
		ended++;
	else
		given_up++;
	ring(c);
}

/* Somebody answers some of the calls, fifty times a second. */
static void on_answers(const struct aem_event *e)
{
	struct call *calls = e->arg;

	for (int i = 0; i < ncalls / 50; i++) {
		struct call *c = &calls[random() % ncalls];

		if (c->talking)
			continue;
		c->talking = 1;
		answered++;
		set(c, (200 + random() % 1800) * MS);
	}
}

static void on_end(const struct aem_event *e)
{
	(void)e;
	aem_quit(aem);
}

int main(int argc, char **argv)
{
	struct aem_opt opt = { .flags = AEM_STARTED };
	struct aem_opt oneshot = { .flags = AEM_ONESHOT };
	int option, seconds = 5;
	struct call *calls;

	while ((option = getopt(argc, argv, "n:t:")) > 0) {
		if (option == 'n')
			ncalls = atoi(optarg);
		else if (option == 't')
			seconds = atoi(optarg);
		else
			return 2;
	}
	calls = calloc(ncalls, sizeof(*calls));
	aem = aem_open(ncalls + 2, 0);
	if (!aem || !calls) {
		perror("calls: aem_open");
		return 1;
	}
	for (int i = 0; i < ncalls; i++) {
		calls[i].timer = aem_timer(aem, 1, 0, 100000, 0, on_time,
					   &calls[i], &oneshot);
		if (!calls[i].timer) {
			perror("calls: aem_timer");
			return 1;
		}
		ring(&calls[i]);
	}
	opt.prio = AEM_PRIO_MAX;
	if (!aem_timer(aem, 20 * MS, 20 * MS, 0, 0, on_answers, calls, &opt) ||
	    !aem_timer(aem, seconds * 1000 * MS, 0, 0, 0, on_end, NULL, &opt) ||
	    aem_run(aem) < 0) {
		perror("calls: aem_run");
		return 1;
	}
	printf("calls %d answered %lu ended %lu given_up %lu early %lu "
	       "worst_us %llu\n", ncalls, answered, ended, given_up, early,
	       (unsigned long long)worst_ns / 1000);
	aem_close(aem);
	free(calls);
	return early != 0;
}
