// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handlers of libaem that run elsewhere than in the loop: interrupting the
 * thread, in the library's thread, in processes; and what protects from them.
 *
 * vm: timeout=90 cflags="-Itools/libaem build/libaem/libaem.a -pthread -lm"
 */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <aem.h>

#include "kselftest_harness.h"

#define MS	1000000ULL

static void poke(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) != sizeof(one))
		abort();
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* Computes until @*word is at least @want, or for 20 s. */
static bool spin(volatile uint64_t *word, uint64_t want)
{
	uint64_t end = now_ns() + 20000 * MS;

	while (*word < want && now_ns() < end)
		;
	return *word >= want;
}

/* Sleeps until @*word is at least @want, or for 20 s. */
static bool rest(volatile uint64_t *word, uint64_t want)
{
	for (int i = 0; *word < want && i < 20000; i++)
		usleep(1000);
	return *word >= want;
}

static volatile uint64_t handled, handlers, in_handler, overlaps;
static volatile pid_t handler_tid;

static void on_event(const struct aem_event *e)
{
	overlaps += in_handler++;
	handled += e->count;
	handlers++;
	handler_tid = syscall(SYS_gettid);
	in_handler--;
}

FIXTURE(async) {
	struct aem *a;
	int fd;
	bool skip;
};

FIXTURE_VARIANT(async) {
	unsigned int flags;
	int by;
};

FIXTURE_VARIANT_ADD(async, by_signal) {
	.flags = 0, .by = AEM_BY_SIGNAL,
};

FIXTURE_VARIANT_ADD(async, by_upcall) {
	.flags = AEM_UPCALL, .by = AEM_BY_UPCALL,
};

#define TRY()								\
	do {								\
		if (self->skip)						\
			SKIP(return, "not delivered that way here");	\
	} while (0)

static const struct aem_opt interrupt = { .flags = AEM_STARTED | AEM_ASYNC };

FIXTURE_SETUP(async)
{
	ASSERT_EQ(0, system("modprobe aem"));
	self->a = aem_open(0, variant->flags);
	ASSERT_NE(NULL, self->a) {
		TH_LOG("aem_open: %s", strerror(errno));
	}
	self->skip = aem_delivery(self->a) != variant->by;
	self->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	handled = handlers = overlaps = 0;
}

FIXTURE_TEARDOWN(async)
{
	EXPECT_EQ(0, aem_close(self->a));
	close(self->fd);
}

TEST_F(async, a_program_that_computes_is_interrupted)
{
	TRY();
	ASSERT_NE(NULL, aem_timer(self->a, 20 * MS, 10 * MS, 0, 0, on_event,
				  NULL, &interrupt));
	EXPECT_TRUE(spin(&handled, 10));
	EXPECT_EQ(gettid(), handler_tid);
}

TEST_F(async, an_event_of_its_own_making_interrupts_at_once)
{
	TRY();
	ASSERT_NE(NULL, aem_fd(self->a, self->fd, POLLIN, on_event, NULL,
			       &interrupt));
	for (int i = 1; i <= 1000; i++) {
		poke(self->fd);
		ASSERT_EQ(i, handled);
	}
	EXPECT_EQ(0, overlaps);
}

TEST_F(async, what_is_masked_comes_at_the_unmask)
{
	TRY();
	ASSERT_NE(NULL, aem_fd(self->a, self->fd, POLLIN, on_event, NULL,
			       &interrupt));
	ASSERT_EQ(0, aem_mask(self->a));
	ASSERT_EQ(0, aem_mask(self->a));
	poke(self->fd);
	poke(self->fd);
	EXPECT_EQ(0, handled);
	ASSERT_EQ(0, aem_unmask(self->a));
	EXPECT_EQ(0, handled);
	ASSERT_EQ(0, aem_unmask(self->a));
	EXPECT_EQ(2, handled);
	EXPECT_EQ(1, handlers);
	EXPECT_EQ(-1, aem_unmask(self->a));
	EXPECT_EQ(EINVAL, errno);
	poke(self->fd);
	EXPECT_EQ(3, handled);
}

TEST_F(async, both_styles_in_one_routine)
{
	struct aem_opt sync = { .flags = AEM_STARTED };
	struct timespec limit = { 20, 0 };
	struct aem_event v[8];
	int fd = eventfd(0, EFD_CLOEXEC), got = 0;

	TRY();
	ASSERT_NE(NULL, aem_fd(self->a, fd, POLLIN, NULL, NULL, &sync));
	ASSERT_NE(NULL, aem_timer(self->a, MS, 5 * MS, 0, 0, on_event, NULL,
				  &interrupt));
	while (got < 20) {
		poke(fd);
		ASSERT_EQ(1, aem_wait(self->a, v, 8, &limit));
		EXPECT_EQ(AEM_FD, v[0].type);
		got++;
	}
	/* Asleep in aem_wait() it is handled too. */
	handled = 0;
	limit = (struct timespec){ 0, 300 * MS };
	EXPECT_EQ(0, aem_wait(self->a, v, 8, &limit));
	EXPECT_LT(3, handled);
	close(fd);
}

static volatile uint64_t order[16], norder;

static void on_order(const struct aem_event *e)
{
	order[norder++] = e->prio;
}

TEST_F(async, the_highest_priority_interrupts_first)
{
	aem_ev ev[8];

	TRY();
	norder = 0;
	for (unsigned int i = 0; i < 8; i++) {
		struct aem_opt opt = interrupt;

		opt.prio = i;
		ev[i] = aem_user(self->a, on_order, NULL, &opt);
		ASSERT_NE(NULL, ev[i]);
	}
	aem_mask(self->a);
	for (int i = 0; i < 8; i++)
		ASSERT_EQ(0, aem_fire(ev[(i * 3) % 8], 0));
	aem_unmask(self->a);
	ASSERT_EQ(8, norder);
	for (int i = 0; i < 8; i++)
		EXPECT_EQ(7 - i, order[i]);
}

static void on_call_back(const struct aem_event *e)
{
	struct aem *a = e->arg;
	aem_ev ev = aem_user(a, on_event, NULL, &interrupt);

	/* It is delivered, and only then can it go. */
	if (ev && !aem_fire(ev, 1) && !aem_stop(ev) && !aem_start(ev) &&
	    !aem_set_prio(ev, 3) && !aem_del(ev))
		handlers++;
	errno = 77;
}

TEST_F(async, a_handler_calls_the_library)
{
	aem_ev ev = aem_user(self->a, on_call_back, self->a, &interrupt);

	TRY();
	ASSERT_NE(NULL, ev);
	errno = 5;
	for (int i = 1; i <= 300; i++) {
		ASSERT_EQ(0, aem_fire(ev, 0));
		ASSERT_EQ(i, handlers);
	}
	EXPECT_EQ(5, errno);
}

static void on_clobber(const struct aem_event *e)
{
	volatile double x = 1.0;
	char text[64];

	/* Uses what floating point and vector registers there are. */
	for (int i = 0; i < 8; i++)
		x = sqrt(x * 1.7 + i);
	memset(text, (int)x, sizeof(text));
	__asm__ volatile("" : : "r"(text) : "memory");
	handled += e->count;
}

TEST_F(async, the_state_of_the_program_survives)
{
	double sum = 0, want = 0, x;
	uint64_t hash = 1, hash_want = 1;
	bool same = true;

	TRY();
	ASSERT_NE(NULL, aem_timer(self->a, MS, MS, 0, 0, on_clobber, NULL,
				  &interrupt));
	for (int round = 0; round < 400 || handled < 50; round++) {
		x = 0.5 + round % 7;
		sum = want = 0;
		hash = hash_want = round;
		for (int i = 0; i < 2000; i++) {
			sum += x * i;
			hash = hash * 6364136223846793005ULL + i;
		}
		aem_mask(self->a);
		for (int i = 0; i < 2000; i++) {
			want += x * i;
			hash_want = hash_want * 6364136223846793005ULL + i;
		}
		aem_unmask(self->a);
		same &= sum == want && hash == hash_want;
		if (round > 100000)
			break;
	}
	EXPECT_TRUE(same);
	EXPECT_LT(10, handled);
}

TEST_F(async, calls_are_restarted_as_signals_restart_them)
{
	struct timespec ts = { 0, 100 * MS };
	int pipes[2], status;
	char c = 0;
	pid_t pid;

	TRY();
	ASSERT_EQ(0, pipe(pipes));
	ASSERT_NE(NULL, aem_timer(self->a, 10 * MS, 20 * MS, 0, 0, on_event,
				  NULL, &interrupt));
	pid = fork();
	if (!pid) {
		usleep(300000);
		_exit(write(pipes[1], "x", 1) != 1);
	}
	/* read() is, poll() and nanosleep() are not. */
	EXPECT_EQ(1, read(pipes[0], &c, 1));
	EXPECT_EQ('x', c);
	EXPECT_EQ(-1, nanosleep(&ts, NULL));
	EXPECT_EQ(EINTR, errno);
	EXPECT_EQ(-1, poll(NULL, 0, 1000));
	EXPECT_EQ(EINTR, errno);
	while (waitpid(pid, &status, 0) < 0)
		ASSERT_EQ(EINTR, errno);
	EXPECT_EQ(0, status);
	EXPECT_LT(5, handled);
}

struct flood {
	int fd;
	uint64_t writes;
	volatile bool end;
};

static void *flood(void *arg)
{
	struct flood *f = arg;

	while (!f->end) {
		poke(f->fd);
		f->writes++;
	}
	return NULL;
}

TEST_F(async, a_flood_is_counted_and_does_not_pile_up)
{
	struct flood f = { .fd = self->fd };
	struct rlimit stack = { 256 << 10, 256 << 10 };
	pthread_t thread;

	TRY();
	setrlimit(RLIMIT_STACK, &stack);
	ASSERT_NE(NULL, aem_fd(self->a, self->fd, POLLIN, on_event, NULL,
			       &interrupt));
	pthread_create(&thread, NULL, flood, &f);
	EXPECT_TRUE(spin(&handled, 20000));
	f.end = true;
	pthread_join(thread, NULL);
	EXPECT_TRUE(spin(&handled, f.writes));
	EXPECT_EQ(f.writes, handled);
	EXPECT_EQ(0, overlaps);
}

TEST_F(async, a_connection_of_data_interrupts)
{
	int pair[2];

	TRY();
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	ASSERT_NE(NULL, aem_recv(self->a, pair[0], on_event, NULL,
				 &interrupt));
	for (int i = 1; i <= 200; i++) {
		ASSERT_EQ(5, write(pair[1], "hello", 5));
		ASSERT_TRUE(spin(&handled, i));
	}
	close(pair[0]);
	close(pair[1]);
}

/* ---- the thread ------------------------------------------------------------------ */

FIXTURE(elsewhere) {
	struct aem *a;
	int fd;
};

FIXTURE_SETUP(elsewhere)
{
	ASSERT_EQ(0, system("modprobe aem"));
	self->a = aem_open(0, 0);
	ASSERT_NE(NULL, self->a);
	self->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	handled = handlers = 0;
}

FIXTURE_TEARDOWN(elsewhere)
{
	EXPECT_EQ(0, aem_close(self->a));
	close(self->fd);
}

static void on_allocate(const struct aem_event *e)
{
	for (int i = 0; i < 50; i++)
		free(malloc(1 + (handled * 37 + i) % 5000));
	on_event(e);
}

TEST_F(elsewhere, the_thread_may_allocate_while_the_program_does)
{
	struct aem_opt opt = { .flags = AEM_STARTED | AEM_THREAD };
	uint64_t end = now_ns() + 20000 * MS;

	ASSERT_NE(NULL, aem_timer(self->a, MS, MS, 0, 0, on_allocate, NULL,
				  &opt));
	while (handled < 100 && now_ns() < end)
		free(malloc(1 + random() % 5000));
	EXPECT_LE(100, handled);
	EXPECT_NE(gettid(), handler_tid);
}

static void on_stop_other(const struct aem_event *e)
{
	aem_ev *other = e->arg;

	if (!aem_stop(*other) && !aem_del(*other))
		handlers++;
}

TEST_F(elsewhere, the_thread_stops_and_deletes_events_of_others)
{
	struct aem_opt sync = { .flags = AEM_STARTED };
	struct aem_opt opt = { .flags = AEM_STARTED | AEM_THREAD };
	struct timespec limit = { 0, 0 };
	struct aem_event v;
	aem_ev other = aem_fd(self->a, self->fd, POLLIN, NULL, NULL, &sync);
	aem_ev ev = aem_user(self->a, on_stop_other, &other, &opt);

	ASSERT_NE(NULL, ev);
	ASSERT_EQ(0, aem_fire(ev, 0));
	ASSERT_TRUE(rest(&handlers, 1));
	poke(self->fd);
	EXPECT_EQ(0, aem_wait(self->a, &v, 1, &limit));
}

static void on_quit(const struct aem_event *e)
{
	aem_quit(e->arg);
}

TEST_F(elsewhere, another_thread_ends_the_loop)
{
	struct aem_opt opt = { .flags = AEM_STARTED | AEM_THREAD };

	ASSERT_NE(NULL, aem_timer(self->a, 50 * MS, 0, 0, 0, on_quit, self->a,
				  &opt));
	EXPECT_EQ(0, aem_run(self->a));
}

/* ---- processes --------------------------------------------------------------------- */

static volatile uint64_t *shared;

static void on_shared(const struct aem_event *e)
{
	__atomic_fetch_add(&shared[0], e->count, __ATOMIC_SEQ_CST);
	shared[1] = getpid();
	__atomic_fetch_add(&shared[2], 1, __ATOMIC_SEQ_CST);
}

static void map_shared(void)
{
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* Dispatches until the shared count is at least @want. */
static bool dispatch_until(struct aem *a, uint64_t want)
{
	for (int i = 0; shared[0] < want && i < 20000; i++) {
		if (aem_dispatch(a) < 0)
			return false;
		usleep(1000);
	}
	return shared[0] >= want;
}

static bool child_left(void)
{
	siginfo_t info;

	return !waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT);
}

TEST_F(elsewhere, a_process_is_made_for_the_event)
{
	struct aem_opt opt = {
		.flags = AEM_STARTED | AEM_FORK | AEM_NOCLDWAIT,
	};

	map_shared();
	ASSERT_NE(NULL, aem_fd(self->a, self->fd, POLLIN, on_shared, NULL,
			       &opt));
	for (int i = 1; i <= 10; i++) {
		poke(self->fd);
		ASSERT_TRUE(dispatch_until(self->a, i));
	}
	EXPECT_NE(getpid(), shared[1]);
	/* The library has waited for them. */
	for (int i = 0; child_left() && i < 10000; i++) {
		aem_dispatch(self->a);
		usleep(1000);
	}
	EXPECT_FALSE(child_left());
}

TEST_F(elsewhere, without_nocldwait_the_program_waits)
{
	struct aem_opt opt = { .flags = AEM_STARTED | AEM_FORK };
	int status;

	map_shared();
	ASSERT_NE(NULL, aem_fd(self->a, self->fd, POLLIN, on_shared, NULL,
			       &opt));
	poke(self->fd);
	ASSERT_EQ(1, aem_dispatch(self->a));
	EXPECT_LT(0, wait(&status));
	EXPECT_EQ(0, status);
	EXPECT_EQ(1, shared[0]);
}

TEST_F(elsewhere, capsules_take_events_and_stay)
{
	struct aem_opt opt = {
		.flags = AEM_STARTED | AEM_CAPSULE, .capsules = 1,
	};
	aem_ev ev;
	pid_t first;

	map_shared();
	ev = aem_user(self->a, on_shared, NULL, &opt);
	ASSERT_NE(NULL, ev);
	aem_fire(ev, 0);
	ASSERT_TRUE(dispatch_until(self->a, 1));
	first = shared[1];
	EXPECT_NE(getpid(), first);
	for (int i = 2; i < 20; i++) {
		aem_fire(ev, 0);
		ASSERT_TRUE(dispatch_until(self->a, i));
		EXPECT_EQ(first, shared[1]);
	}
}

static void on_slow(const struct aem_event *e)
{
	usleep(50000);
	on_shared(e);
}

TEST_F(elsewhere, what_finds_no_capsule_waits_and_is_counted)
{
	struct aem_opt opt = {
		.flags = AEM_STARTED | AEM_CAPSULE, .capsules = 2,
	};
	struct aem_info info;
	aem_ev ev;

	map_shared();
	ev = aem_user(self->a, on_slow, NULL, &opt);
	ASSERT_NE(NULL, ev);
	for (int i = 0; i < 20; i++) {
		aem_fire(ev, 0);
		aem_dispatch(self->a);
	}
	ASSERT_EQ(0, aem_info(ev, &info));
	EXPECT_LT(0, info.waiting);
	EXPECT_TRUE(dispatch_until(self->a, 20));
	EXPECT_EQ(20, shared[0]);
	EXPECT_GT(20, shared[2]);
}

static void on_crash(const struct aem_event *e)
{
	on_shared(e);
	raise(SIGKILL);
}

TEST_F(elsewhere, a_capsule_that_dies_is_replaced)
{
	struct aem_opt opt = {
		.flags = AEM_STARTED | AEM_CAPSULE, .capsules = 2,
	};
	struct aem_info info;
	aem_ev ev;

	map_shared();
	ev = aem_user(self->a, on_crash, NULL, &opt);
	ASSERT_NE(NULL, ev);
	for (int i = 1; i <= 10; i++) {
		aem_fire(ev, 0);
		ASSERT_TRUE(dispatch_until(self->a, i));
	}
	for (int i = 0; i < 10000; i++) {
		aem_dispatch(self->a);
		ASSERT_EQ(0, aem_info(ev, &info));
		if (info.capsules == 2)
			break;
		usleep(1000);
	}
	EXPECT_EQ(2, info.capsules);
	ASSERT_EQ(0, aem_del(ev));
	EXPECT_EQ(-1, waitpid(-1, NULL, WNOHANG));
	EXPECT_EQ(ECHILD, errno);
}

TEST_F(elsewhere, capsules_end_with_their_parent)
{
	struct aem_opt opt = { .flags = AEM_STARTED | AEM_CAPSULE };
	int pipes[2];
	pid_t pid;
	char c;

	/* Every process that lives holds the writing end. */
	ASSERT_EQ(0, pipe(pipes));
	pid = fork();
	if (!pid) {
		struct aem *a = aem_open(0, 0);

		close(pipes[0]);
		if (!a || !aem_user(a, on_shared, NULL, &opt))
			_exit(1);
		raise(SIGKILL);
	}
	close(pipes[1]);
	EXPECT_EQ(0, read(pipes[0], &c, 1));
	waitpid(pid, NULL, 0);
	close(pipes[0]);
}

TEST_F(elsewhere, not_both_and_not_in_an_interrupt)
{
	struct aem_opt opt = { .flags = AEM_FORK | AEM_CAPSULE };

	EXPECT_EQ(NULL, aem_user(self->a, on_event, NULL, &opt));
	EXPECT_EQ(EINVAL, errno);
	opt.flags = AEM_ASYNC | AEM_FORK;
	EXPECT_EQ(NULL, aem_user(self->a, on_event, NULL, &opt));
	EXPECT_EQ(EINVAL, errno);
	opt.flags = AEM_NOCLDWAIT;
	EXPECT_EQ(NULL, aem_user(self->a, on_event, NULL, &opt));
	EXPECT_EQ(EINVAL, errno);
}

TEST(without_interrupts_there_are_none)
{
	struct aem *a;

	ASSERT_EQ(0, system("modprobe aem"));
	a = aem_open(0, AEM_SYNC_ONLY);
	ASSERT_NE(NULL, a);
	EXPECT_EQ(NULL, aem_user(a, on_event, NULL, &interrupt));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, aem_delivery(a));
	EXPECT_EQ(0, aem_mask(a));
	EXPECT_EQ(0, aem_unmask(a));
	EXPECT_EQ(0, aem_close(a));
}

TEST_HARNESS_MAIN
