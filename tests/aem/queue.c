// SPDX-License-Identifier: GPL-2.0-only
/*
 * The queue: descriptors, timers and user events, taken from the ring, waited
 * for, and found by poll().
 */
// vm: timeout=90
#include <linux/io_uring.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "queue.h"

FIXTURE(queue) {
	struct queue q;
	int ev;
};

FIXTURE_SETUP(queue)
{
	/* The module is not loaded before the first test that needs it. */
	ASSERT_EQ(0, system("modprobe aem"));
	ASSERT_EQ(0, queue_open(&self->q));
	self->ev = eventfd(0, EFD_NONBLOCK);
	ASSERT_GE(self->ev, 0);
}

FIXTURE_TEARDOWN(queue)
{
	close(self->ev);
	queue_close(&self->q);
}

static void notify(int ev)
{
	if (eventfd_write(ev, 1))
		abort();
}

static void drain(int ev)
{
	uint64_t value;

	if (read(ev, &value, sizeof(value)) != sizeof(value))
		abort();
}

TEST_F(queue, an_edge_is_taken_without_a_call)
{
	struct taken t;

	ASSERT_NE(0, queue_add_fd(&self->q, 7, self->ev, EPOLLIN, 0, 3));
	EXPECT_EQ(0, queue_take(&self->q, &t));
	notify(self->ev);
	ASSERT_EQ(1, queue_take(&self->q, &t));
	EXPECT_EQ(7, t.cookie);
	EXPECT_EQ(1, t.count);
	EXPECT_EQ(EPOLLIN, t.events);
	EXPECT_EQ(3, t.ring);
	EXPECT_EQ(0, queue_take(&self->q, &t));
}

TEST_F(queue, edges_that_are_not_taken_are_counted)
{
	struct taken t;
	int i;

	ASSERT_NE(0, queue_add_fd(&self->q, 1, self->ev, EPOLLIN, 0, 0));
	for (i = 0; i < 1000; i++)
		notify(self->ev);
	ASSERT_EQ(1, queue_take(&self->q, &t));
	EXPECT_EQ(1000, t.count);
	EXPECT_EQ(0, queue_take(&self->q, &t));
}

TEST_F(queue, what_is_ready_already_happens_at_the_start)
{
	struct taken t;

	notify(self->ev);
	ASSERT_NE(0, queue_add_fd(&self->q, 1, self->ev, EPOLLIN, 0, 0));
	EXPECT_EQ(1, queue_take(&self->q, &t));
}

TEST_F(queue, nothing_happens_before_the_start)
{
	struct aem_source src = {
		.cookie = 5, .kind = AEM_KIND_FD, .fd = self->ev,
		.events = EPOLLIN,
	};
	struct taken t;

	ASSERT_EQ(0, queue_add(&self->q, &src));
	notify(self->ev);
	EXPECT_EQ(0, queue_take(&self->q, &t));
	ASSERT_EQ(0, queue_ctl(&self->q, AEM_OP_START, src.id, 0));
	EXPECT_EQ(1, queue_take(&self->q, &t));
	ASSERT_EQ(0, queue_ctl(&self->q, AEM_OP_STOP, src.id, 0));
	notify(self->ev);
	EXPECT_EQ(0, queue_take(&self->q, &t));
	ASSERT_EQ(0, queue_ctl(&self->q, AEM_OP_START, src.id, 0));
	EXPECT_EQ(1, queue_take(&self->q, &t));
}

TEST_F(queue, level_comes_again_until_it_is_read)
{
	struct taken t;
	int i;

	ASSERT_NE(0, queue_add_fd(&self->q, 1, self->ev, EPOLLIN, AEM_F_LEVEL,
				  0));
	notify(self->ev);
	for (i = 0; i < 5; i++)
		ASSERT_EQ(1, queue_next(&self->q, &t, LONG));
	drain(self->ev);
	EXPECT_EQ(0, queue_next(&self->q, &t, SHORT));
	EXPECT_EQ(0, self->q.hdr->work);
	notify(self->ev);
	EXPECT_EQ(1, queue_next(&self->q, &t, LONG));
}

TEST_F(queue, oneshot_happens_once)
{
	struct taken t;
	uint64_t id;

	id = queue_add_fd(&self->q, 1, self->ev, EPOLLIN, AEM_F_ONESHOT, 0);
	ASSERT_NE(0, id);
	notify(self->ev);
	notify(self->ev);
	ASSERT_EQ(1, queue_take(&self->q, &t));
	EXPECT_EQ(1, t.count);
	notify(self->ev);
	EXPECT_EQ(0, queue_take(&self->q, &t));
	ASSERT_EQ(0, queue_ctl(&self->q, AEM_OP_START, id, 0));
	EXPECT_EQ(1, queue_take(&self->q, &t));
}

TEST_F(queue, exclusive_wakes_one_of_many)
{
	struct queue more[4];
	struct taken t;
	int i, got = 0;

	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, queue_open(&more[i]));
		ASSERT_NE(0, queue_add_fd(&more[i], 1, self->ev, EPOLLIN,
					  AEM_F_EXCLUSIVE, 0));
	}
	notify(self->ev);
	for (i = 0; i < 4; i++)
		got += queue_take(&more[i], &t);
	EXPECT_EQ(1, got);
	/* The next goes to another as long as the first is busy. */
	notify(self->ev);
	notify(self->ev);
	for (got = 0, i = 0; i < 4; i++)
		got += queue_take(&more[i], &t);
	EXPECT_EQ(2, got);
	for (i = 0; i < 4; i++)
		queue_close(&more[i]);
}

TEST_F(queue, a_socket_has_both_directions)
{
	struct taken t;
	int sv[2];
	char c;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ASSERT_NE(0, queue_add_fd(&self->q, 1, sv[0],
				  EPOLLIN | EPOLLOUT | EPOLLRDHUP, 0, 0));
	ASSERT_EQ(1, queue_take(&self->q, &t));
	EXPECT_EQ(EPOLLOUT, t.events);
	ASSERT_EQ(1, write(sv[1], "x", 1));
	ASSERT_EQ(1, queue_take(&self->q, &t));
	EXPECT_EQ(EPOLLIN, t.events & EPOLLIN);
	ASSERT_EQ(1, read(sv[0], &c, 1));
	close(sv[1]);
	ASSERT_EQ(1, queue_next(&self->q, &t, LONG));
	EXPECT_EQ(EPOLLHUP | EPOLLRDHUP, t.events & (EPOLLHUP | EPOLLRDHUP));
	close(sv[0]);
}

TEST_F(queue, a_pipe_open_both_ways_has_two_queues)
{
	struct taken t;
	const char *path = "/tmp/aem-queue-fifo";
	int fd;

	unlink(path);
	ASSERT_EQ(0, mkfifo(path, 0600));
	fd = open(path, O_RDWR | O_NONBLOCK);
	unlink(path);
	ASSERT_GE(fd, 0);
	ASSERT_NE(0, queue_add_fd(&self->q, 1, fd, EPOLLIN, 0, 0));
	EXPECT_EQ(0, queue_take(&self->q, &t));
	ASSERT_EQ(1, write(fd, "x", 1));
	EXPECT_EQ(1, queue_take(&self->q, &t));
	close(fd);
}

TEST_F(queue, a_signalfd_may_be_watched)
{
	struct taken t;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK);
	ASSERT_GE(fd, 0);
	ASSERT_NE(0, queue_add_fd(&self->q, 1, fd, EPOLLIN, 0, 0));
	raise(SIGUSR1);
	EXPECT_EQ(1, queue_next(&self->q, &t, LONG));
	close(fd);
}

TEST_F(queue, the_highest_priority_comes_first)
{
	uint64_t ids[64];
	struct taken t;
	int i, p;

	for (i = 0; i < 64; i++)
		ids[i] = queue_add_user(&self->q, i + 1, 0, i % AEM_PRIOS);
	for (i = 0; i < 64; i++)
		ASSERT_EQ(0, queue_fire(&self->q, ids[i], i));
	for (p = AEM_PRIOS - 1; p >= 0; p--) {
		for (i = p; i < 64; i += AEM_PRIOS) {
			ASSERT_EQ(1, queue_take(&self->q, &t));
			EXPECT_EQ(i + 1, t.cookie);
			EXPECT_EQ(i, t.value);
		}
	}
	EXPECT_EQ(0, queue_take(&self->q, &t));
}

TEST_F(queue, a_priority_can_be_changed)
{
	struct taken t;
	uint64_t a, b;

	a = queue_add_user(&self->q, 1, 0, 0);
	b = queue_add_user(&self->q, 2, 0, 1);
	ASSERT_EQ(0, queue_ctl(&self->q, AEM_OP_PRIO, a, 7));
	ASSERT_EQ(0, queue_fire(&self->q, b, 0));
	ASSERT_EQ(0, queue_fire(&self->q, a, 0));
	ASSERT_EQ(1, queue_take(&self->q, &t));
	EXPECT_EQ(1, t.cookie);
	EXPECT_EQ(7, t.ring);
	ASSERT_EQ(1, queue_take(&self->q, &t));
}

TEST_F(queue, all_sources_at_once)
{
	struct taken t;
	uint64_t id;
	int i;

	for (i = 0; i < 50; i++)
		id = queue_add_user(&self->q, i + 1, 0, 0);
	EXPECT_EQ(50, queue_ctl_all(&self->q, AEM_OP_STOP, 0));
	EXPECT_EQ(-ESHUTDOWN, queue_fire(&self->q, id, 0));
	EXPECT_EQ(50, queue_ctl_all(&self->q, AEM_OP_PRIO, 6));
	EXPECT_EQ(50, queue_ctl_all(&self->q, AEM_OP_START, 0));
	EXPECT_EQ(0, queue_fire(&self->q, id, 0));
	ASSERT_EQ(1, queue_take(&self->q, &t));
	EXPECT_EQ(6, t.ring);
	EXPECT_EQ(50, queue_ctl_all(&self->q, AEM_OP_DEL, 0));
	EXPECT_EQ(-ENOENT, queue_fire(&self->q, id, 0));
}

TEST_F(queue, a_deleted_source_is_not_confused_with_the_next)
{
	struct taken t;
	uint64_t id, old;
	int i;

	for (i = 0; i < 2000; i++) {
		old = queue_add_user(&self->q, 1000 + i, 0, i % AEM_PRIOS);
		ASSERT_NE(0, old);
		ASSERT_EQ(0, queue_fire(&self->q, old, 0));
		ASSERT_EQ(0, queue_ctl(&self->q, AEM_OP_DEL, old, 0));
		EXPECT_EQ(-ENOENT, queue_ctl(&self->q, AEM_OP_DEL, old, 0));
		id = queue_add_user(&self->q, 1, 0, 0);
		ASSERT_NE(0, id);
		ASSERT_EQ(0, queue_fire(&self->q, id, 0));
		ASSERT_EQ(1, queue_take(&self->q, &t));
		ASSERT_EQ(1, t.cookie);
		ASSERT_EQ(0, queue_take(&self->q, &t));
		ASSERT_EQ(0, queue_ctl(&self->q, AEM_OP_DEL, id, 0));
	}
}

TEST_F(queue, wait_returns_for_what_comes_later)
{
	struct taken t;
	pid_t child;
	uint64_t id;

	id = queue_add_user(&self->q, 9, 0, 2);
	EXPECT_EQ(0, queue_wait(&self->q, 0));
	EXPECT_EQ(0, queue_wait(&self->q, SHORT));
	child = fork();
	if (!child) {
		usleep(20000);
		_exit(queue_fire(&self->q, id, 4711) != 0);
	}
	EXPECT_EQ(1 << 2, queue_wait(&self->q, LONG));
	ASSERT_EQ(1, queue_take(&self->q, &t));
	EXPECT_EQ(4711, t.value);
	waitpid(child, NULL, 0);
}

static void on_signal(int signo)
{
	(void)signo;
}

TEST_F(queue, wait_is_interrupted_by_a_signal)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct itimerspec in = { .it_value = { .tv_nsec = 20000000 },
				 .it_interval = { .tv_nsec = 20000000 } };
	timer_t timer;
	struct sigevent sev = { .sigev_notify = SIGEV_SIGNAL,
				.sigev_signo = SIGUSR1 };

	sigaction(SIGUSR1, &sa, NULL);
	ASSERT_EQ(0, timer_create(CLOCK_MONOTONIC, &sev, &timer));
	ASSERT_EQ(0, timer_settime(timer, 0, &in, NULL));
	EXPECT_EQ(-EINTR, queue_wait(&self->q, LONG));
	timer_delete(timer);
}

static void *waiter(void *arg)
{
	long got;

	do {
		got = queue_wait(arg, LONG);
	} while (got == -EBUSY);
	return (void *)got;
}

TEST_F(queue, one_thread_waits_at_a_time)
{
	uint64_t id = queue_add_user(&self->q, 1, 0, 0);
	pthread_t thread;
	void *ret;
	long got;

	pthread_create(&thread, NULL, waiter, &self->q);
	while ((got = queue_wait(&self->q, SECOND / 1000)) == 0)
		;
	EXPECT_EQ(-EBUSY, got);
	queue_fire(&self->q, id, 0);
	pthread_join(thread, &ret);
	EXPECT_EQ((void *)1, ret);
}

TEST_F(queue, unmapping_ends_it)
{
	pthread_t thread;
	void *ret;

	pthread_create(&thread, NULL, waiter, &self->q);
	while (queue_wait(&self->q, SECOND / 1000) == 0)
		;
	ASSERT_EQ(0, munmap(self->q.hdr, self->q.hdr->map_size));
	pthread_join(thread, &ret);
	EXPECT_EQ((void *)-ESHUTDOWN, ret);
	EXPECT_EQ(-ESHUTDOWN, queue_wait(&self->q, 0));
	ASSERT_EQ(0, queue_open(&self->q));
}

TEST_F(queue, poll_and_epoll_see_it)
{
	struct epoll_event in = { .events = EPOLLIN }, out;
	struct pollfd pfd = { .fd = self->q.fd, .events = POLLIN };
	int ep = epoll_create1(0);
	struct taken t;

	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->q.fd, &in));
	ASSERT_NE(0, queue_add_fd(&self->q, 1, self->ev, EPOLLIN, 0, 0));
	EXPECT_EQ(0, poll(&pfd, 1, 0));
	EXPECT_EQ(0, epoll_wait(ep, &out, 1, 0));
	notify(self->ev);
	EXPECT_EQ(1, poll(&pfd, 1, 60000));
	EXPECT_EQ(1, epoll_wait(ep, &out, 1, 60000));
	EXPECT_EQ(EPOLLIN, out.events);
	ASSERT_EQ(1, queue_take(&self->q, &t));
	EXPECT_EQ(0, queue_take(&self->q, &t));
	EXPECT_EQ(0, epoll_wait(ep, &out, 1, 0));
	notify(self->ev);
	EXPECT_EQ(1, epoll_wait(ep, &out, 1, 60000));
	close(ep);
}

/* ---- io_uring -------------------------------------------------------------- */

/**
 * struct uring - an io_uring by hand
 * @fd: the ring
 * @p: its sizes
 * @map: both of its queues
 * @sqe: the one submission
 */
struct uring {
	int fd;
	struct io_uring_params p;
	char *map;
	struct io_uring_sqe *sqe;
};

static int uring_open(struct uring *u)
{
	memset(u, 0, sizeof(*u));
	u->fd = syscall(SYS_io_uring_setup, 4, &u->p);
	if (u->fd < 0)
		return -errno;
	u->map = mmap(NULL, 16384, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_POPULATE, u->fd, IORING_OFF_SQ_RING);
	u->sqe = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_POPULATE, u->fd, IORING_OFF_SQES);
	return (void *)u->map == MAP_FAILED || (void *)u->sqe == MAP_FAILED;
}

static void uring_close(struct uring *u)
{
	munmap(u->map, 16384);
	munmap(u->sqe, 4096);
	close(u->fd);
}

static int uring_poll(struct uring *u, int fd, uint32_t multi)
{
	*u->sqe = (struct io_uring_sqe){
		.opcode = IORING_OP_POLL_ADD, .fd = fd, .len = multi,
		.poll32_events = EPOLLIN, .user_data = 7,
	};
	*(uint32_t *)(u->map + u->p.sq_off.array) = 0;
	++*(uint32_t *)(u->map + u->p.sq_off.tail);
	return syscall(SYS_io_uring_enter, u->fd, 1, 0, 0, NULL, 0);
}

/* Waits for @wait completions, and takes one if there is one. */
static int uring_next(struct uring *u, struct io_uring_cqe *cqe, int wait)
{
	uint32_t *head = (uint32_t *)(u->map + u->p.cq_off.head);
	uint32_t *tail = (uint32_t *)(u->map + u->p.cq_off.tail);

	syscall(SYS_io_uring_enter, u->fd, 0, wait, IORING_ENTER_GETEVENTS,
		NULL, 0);
	if (__atomic_load_n(tail, __ATOMIC_ACQUIRE) == *head)
		return 0;
	*cqe = ((struct io_uring_cqe *)(u->map + u->p.cq_off.cqes))[*head &
		*(uint32_t *)(u->map + u->p.cq_off.ring_mask)];
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return 1;
}

TEST_F(queue, io_uring_polls_it_once_and_again_and_again)
{
	struct io_uring_cqe cqe;
	struct uring u;
	struct taken t;
	int i;

	ASSERT_EQ(0, uring_open(&u));
	ASSERT_NE(0, queue_add_fd(&self->q, 1, self->ev, EPOLLIN, 0, 0));
	ASSERT_EQ(1, uring_poll(&u, self->q.fd, 0));
	EXPECT_EQ(0, uring_next(&u, &cqe, 0));
	notify(self->ev);
	ASSERT_EQ(1, uring_next(&u, &cqe, 1));
	EXPECT_EQ(EPOLLIN, cqe.res);
	EXPECT_EQ(0, cqe.flags & IORING_CQE_F_MORE);
	ASSERT_EQ(1, queue_take(&self->q, &t));
	EXPECT_EQ(0, queue_take(&self->q, &t));

	ASSERT_EQ(1, uring_poll(&u, self->q.fd, IORING_POLL_ADD_MULTI));
	EXPECT_EQ(0, uring_next(&u, &cqe, 0));
	for (i = 0; i < 3; i++) {
		notify(self->ev);
		ASSERT_EQ(1, uring_next(&u, &cqe, 1));
		EXPECT_EQ(EPOLLIN, cqe.res);
		EXPECT_NE(0, cqe.flags & IORING_CQE_F_MORE);
		ASSERT_EQ(1, queue_take(&self->q, &t));
		EXPECT_EQ(1, t.count);
		EXPECT_EQ(0, queue_take(&self->q, &t));
		EXPECT_EQ(0, uring_next(&u, &cqe, 0));
	}
	uring_close(&u);
}

/* The ring polls the queue and the queue watches the ring: it ends. */
TEST_F(queue, io_uring_and_a_queue_that_watch_each_other)
{
	struct io_uring_cqe cqe;
	struct queue other;
	struct taken t;
	struct uring u;
	int i;

	ASSERT_EQ(0, uring_open(&u));
	ASSERT_EQ(0, queue_open(&other));
	ASSERT_NE(0, queue_add_fd(&other, 1, u.fd, EPOLLIN, 0, 0));
	ASSERT_NE(0, queue_add_fd(&other, 2, self->ev, EPOLLIN, 0, 0));
	ASSERT_EQ(1, uring_poll(&u, other.fd, IORING_POLL_ADD_MULTI));
	for (i = 0; i < 3; i++) {
		notify(self->ev);
		ASSERT_EQ(1, queue_next(&other, &t, LONG));
		while (queue_take(&other, &t) || uring_next(&u, &cqe, 0))
			;
	}
	/* Closed, each holds the other, and neither is held by anybody else. */
	uring_close(&u);
	queue_close(&other);
}

TEST_F(queue, event_queues_in_event_queues_are_refused)
{
	struct aem_source src = { .cookie = 1, .kind = AEM_KIND_FD,
				  .events = EPOLLIN };

	src.fd = self->q.fd;
	EXPECT_EQ(-ELOOP, queue_add(&self->q, &src));
	src.fd = epoll_create1(0);
	EXPECT_EQ(-ELOOP, queue_add(&self->q, &src));
	src.fd = open("/etc/passwd", O_RDONLY);
	EXPECT_EQ(-EPERM, queue_add(&self->q, &src));
	src.fd = 12345;
	EXPECT_EQ(-EBADF, queue_add(&self->q, &src));
}

static int add_timer(struct queue *q, struct aem_source *src, uint64_t cookie,
		     uint64_t first, uint64_t period, uint64_t slack,
		     uint32_t flags)
{
	*src = (struct aem_source){
		.cookie = cookie, .kind = AEM_KIND_TIMER,
		.flags = flags | AEM_F_START,
		.timer = { first, period, slack },
	};
	return queue_add(q, src);
}

TEST_F(queue, timers_come_in_their_order_and_not_early)
{
	/* All are added before the first is due. */
	uint64_t now = now_ns() + 2 * SECOND;
	struct aem_source src;
	struct taken t;
	int i;

	for (i = 0; i < 100; i++)
		ASSERT_EQ(0, add_timer(&self->q, &src, i + 1,
				       now + (100 - i) * 1000000ULL, 0, 0, 0));
	for (i = 99; i >= 0; i--) {
		ASSERT_EQ(1, queue_next(&self->q, &t, LONG));
		EXPECT_EQ(i + 1, t.cookie);
		EXPECT_EQ(now + (100 - i) * 1000000ULL, t.value);
		EXPECT_GE(now_ns(), t.value);
	}
	EXPECT_EQ(0, queue_next(&self->q, &t, SHORT));
}

TEST_F(queue, a_period_that_was_missed_is_counted)
{
	uint64_t start = now_ns(), count = 0, end;
	struct aem_source src;
	struct taken t;

	ASSERT_EQ(0, add_timer(&self->q, &src, 1, 1000000, 1000000, 0,
			       AEM_F_RELATIVE));
	usleep(50000);
	while (count < 200) {
		ASSERT_EQ(1, queue_next(&self->q, &t, LONG));
		count += t.count;
	}
	end = now_ns();
	EXPECT_GE((end - start) / 1000000, count);
	ASSERT_EQ(0, queue_ctl(&self->q, AEM_OP_STOP, src.id, 0));
	while (queue_take(&self->q, &t))
		;
	EXPECT_EQ(0, queue_next(&self->q, &t, SHORT));
}

TEST_F(queue, a_timer_can_be_set_anew)
{
	struct aem_timer set = { .flags = AEM_F_RELATIVE, .first_ns = 1000 };
	struct aem_source src;
	struct taken t;
	int i;

	ASSERT_EQ(0, add_timer(&self->q, &src, 1, 3600 * SECOND, 0, 0,
			       AEM_F_RELATIVE));
	EXPECT_EQ(0, queue_next(&self->q, &t, SHORT));
	set.id = src.id;
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, ioctl(self->q.fd, AEM_IOC_TIMER, &set));
		EXPECT_EQ(1, queue_next(&self->q, &t, LONG));
	}
}

static volatile sig_atomic_t rung;
static volatile uintptr_t rung_value;

static void on_bell(int signo, siginfo_t *info, void *ctx)
{
	(void)signo;
	(void)ctx;
	rung++;
	rung_value = (uintptr_t)info->si_value.sival_ptr;
}

TEST_F(queue, the_doorbell_rings_once_for_each_time_it_is_armed)
{
	struct sigaction sa = { .sa_sigaction = on_bell,
				.sa_flags = SA_SIGINFO };
	struct aem_notify how = { .mode = AEM_NOTIFY_SIGNAL,
				  .signo = SIGRTMIN + 3, .value = 0xabcdef };
	struct taken t;
	uint64_t id, sync;
	int i;

	sigaction(SIGRTMIN + 3, &sa, NULL);
	ASSERT_EQ(0, ioctl(self->q.fd, AEM_IOC_NOTIFY, &how));
	id = queue_add_user(&self->q, 1, AEM_F_ASYNC, 3);
	sync = queue_add_user(&self->q, 2, 0, 3);
	queue_fire(&self->q, id, 0);
	EXPECT_EQ(0, rung);
	ASSERT_EQ(1, queue_take(&self->q, &t));
	EXPECT_EQ(AEM_PRIOS + 3, t.ring);
	for (i = 1; i < 4; i++) {
		__atomic_fetch_or(&self->q.hdr->armed, AEM_ARM_ASYNC,
				  __ATOMIC_SEQ_CST);
		queue_fire(&self->q, sync, 0);
		EXPECT_EQ(i - 1, rung);
		queue_fire(&self->q, id, 0);
		queue_fire(&self->q, id, 0);
		EXPECT_EQ(i, rung);
		EXPECT_EQ(0xabcdef, rung_value);
		while (queue_take(&self->q, &t))
			;
	}
	/* Whoever waits is woken and not interrupted. */
	__atomic_fetch_or(&self->q.hdr->armed, AEM_ARM_ASYNC, __ATOMIC_SEQ_CST);
	if (!fork()) {
		usleep(20000);
		_exit(queue_fire(&self->q, id, 0));
	}
	EXPECT_EQ(1, queue_next(&self->q, &t, LONG));
	EXPECT_EQ(3, rung);
	wait(NULL);
}

TEST_F(queue, the_thread_is_boosted_while_a_high_event_waits)
{
	uint64_t id, end = now_ns() + LONG;
	int status;

	id = queue_add_user(&self->q, 1, AEM_F_BOOST, 7);
	ASSERT_NE(0, id);
	ASSERT_EQ(0, queue_fire(&self->q, id, 0));
	while (sched_getscheduler(0) != SCHED_FIFO && now_ns() < end)
		usleep(1000);
	EXPECT_EQ(SCHED_FIFO, sched_getscheduler(0));
	{
		struct taken t;

		EXPECT_EQ(1, queue_take(&self->q, &t));
		EXPECT_EQ(0, queue_next(&self->q, &t, SHORT));
	}
	EXPECT_EQ(SCHED_OTHER, sched_getscheduler(0));
	if (!fork()) {
		struct queue q;

		if (setgid(65534) || setuid(65534) || queue_open(&q))
			_exit(1);
		_exit(queue_add_user(&q, 1, AEM_F_BOOST, 7) != 0);
	}
	wait(&status);
	EXPECT_EQ(0, status);
}

TEST_F(queue, a_child_can_fire_and_nothing_else)
{
	uint64_t id = queue_add_user(&self->q, 1, 0, 0);
	struct aem_source src = { .cookie = 1, .kind = AEM_KIND_USER };
	struct taken t;
	int status;

	if (!fork()) {
		if (queue_add(&self->q, &src) != -EPERM ||
		    queue_ctl(&self->q, AEM_OP_DEL, id, 0) != -EPERM ||
		    queue_wait(&self->q, 0) != -EPERM ||
		    mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->q.fd, 0) !=
		    MAP_FAILED)
			_exit(1);
		_exit(queue_fire(&self->q, id, 5));
	}
	wait(&status);
	EXPECT_EQ(0, status);
	EXPECT_EQ(1, queue_take(&self->q, &t));
	EXPECT_EQ(5, t.value);
}

TEST_HARNESS_MAIN
