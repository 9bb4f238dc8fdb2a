// SPDX-License-Identifier: GPL-2.0-only
/*
 * A consumer that scribbles, dies, forks, execs, closes and passes descriptors
 * on while events arrive; and one that does not look for a long time.
 *
 * FLOOD is how many events the first test floods (default 300,000).
 */
// vm: timeout=120
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "queue.h"

FIXTURE(attack) {
	struct queue q;
	int ev;
};

FIXTURE_SETUP(attack)
{
	ASSERT_EQ(0, system("modprobe aem"));
	ASSERT_EQ(0, queue_open(&self->q));
	self->ev = eventfd(0, EFD_NONBLOCK);
	ASSERT_GE(self->ev, 0);
}

FIXTURE_TEARDOWN(attack)
{
	close(self->ev);
	queue_close(&self->q);
}

static uint32_t seed = 12345;

static uint32_t rnd(uint32_t limit)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % limit;
}

static void notify(int ev)
{
	if (eventfd_write(ev, 1))
		abort();
}

static int add_some(struct queue *q, int ev, int n)
{
	static const uint32_t flags[] = {
		0, AEM_F_LEVEL, AEM_F_ONESHOT, AEM_F_EXCLUSIVE, AEM_F_ASYNC,
		AEM_F_ASYNC | AEM_F_LEVEL, AEM_F_STAMP,
	};
	struct aem_source src;
	int i;

	for (i = 0; i < n; i++) {
		src = (struct aem_source){
			.cookie = i + 1, .flags = AEM_F_START,
			.prio = rnd(AEM_PRIOS),
		};
		switch (rnd(5)) {
		case 0:
			src.kind = AEM_KIND_FD;
			src.fd = ev;
			src.events = EPOLLIN;
			src.flags |= flags[rnd(7)];
			break;
		case 1:
			src.kind = AEM_KIND_TIMER;
			src.flags |= AEM_F_RELATIVE;
			src.timer.first_ns = rnd(2000000);
			src.timer.period_ns = 100000 + rnd(2000000);
			break;
		case 2:
			src.kind = AEM_KIND_USER;
			break;
		case 3:
			src.kind = AEM_KIND_PROC;
			src.fd = getpid();
			src.events = 7;
			src.flags |= AEM_F_FOLLOW;
			src.records = 4;
			break;
		case 4:
			src.kind = AEM_KIND_NET;
			src.events = AEM_NET_LINK | AEM_NET_ROUTE;
			src.records = 4;
			break;
		}
		if (queue_add(q, &src))
			return 0;
	}
	return 1;
}

TEST_F_TIMEOUT(attack, a_flood_at_a_consumer_that_does_not_look, 600)
{
	const char *arg = getenv("FLOOD");
	uint64_t i, n = arg ? strtoull(arg, NULL, 0) : 300000, got = 0;
	int ev[16], j;
	struct taken t;

	for (j = 0; j < 16; j++) {
		ev[j] = eventfd(0, EFD_NONBLOCK);
		ASSERT_NE(0, queue_add_fd(&self->q, j + 1, ev[j], EPOLLIN, 0,
					  j % AEM_PRIOS));
	}
	for (i = 0; i < n; i++)
		notify(ev[i % 16]);
	for (j = 0; j < 16; j++) {
		ASSERT_EQ(1, queue_take(&self->q, &t));
		got += t.count;
	}
	EXPECT_EQ(n, got);
	EXPECT_EQ(0, queue_take(&self->q, &t));
}

static volatile int stop;
static uint64_t written[4];

static void *writer(void *arg)
{
	int *ev = arg;
	uint64_t n = 0;

	while (!stop) {
		notify(ev[0]);
		n++;
	}
	written[ev[1]] = n;
	return NULL;
}

TEST_F(attack, every_event_is_counted_while_threads_write)
{
	uint64_t end = now_ns() + SECOND, got = 0, want = 0;
	pthread_t threads[4];
	int ev[4][2], i;
	struct taken t;

	for (i = 0; i < 4; i++) {
		ev[i][0] = eventfd(0, EFD_NONBLOCK);
		ev[i][1] = i;
		ASSERT_NE(0, queue_add_fd(&self->q, i + 1, ev[i][0], EPOLLIN,
					  0, i));
		pthread_create(&threads[i], NULL, writer, ev[i]);
	}
	while (now_ns() < end) {
		if (queue_next(&self->q, &t, SHORT) == 1)
			got += t.count;
	}
	stop = 1;
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		want += written[i];
	}
	while (queue_take(&self->q, &t))
		got += t.count;
	EXPECT_EQ(want, got);
}

TEST_F(attack, scribbling_into_the_mapping)
{
	struct queue *q = &self->q;
	size_t words = q->hdr->map_size / 4;
	uint64_t end = now_ns() + 2 * SECOND;
	uint32_t *map = (void *)q->hdr;
	struct queue copy = *q;
	struct aem_header hdr = *q->hdr;
	struct aem_source src;
	int i;

	ASSERT_TRUE(add_some(q, self->ev, 100));
	src = (struct aem_source){
		.cookie = 1, .kind = AEM_KIND_PROC, .fd = getpid(),
		.events = 7, .records = 64, .flags = AEM_F_START,
	};
	queue_add(q, &src);
	copy.hdr = &hdr;
	while (now_ns() < end) {
		for (i = 0; i < 1000; i++)
			map[rnd(4) ? rnd(words) : rnd(64)] = rnd(2) ?
				rnd(~0u) : rnd(300);
		notify(self->ev);
		switch (rnd(8)) {
		case 0:
			add_some(&copy, self->ev, 1);
			break;
		case 1:
			queue_ctl(&copy, AEM_OP_DEL,
				  (uint64_t)rnd(200) << 32 | rnd(256), 0);
			break;
		case 2:
			queue_ctl_all(&copy, rnd(2) ? AEM_OP_START :
					     AEM_OP_STOP, 0);
			break;
		case 3:
			if (!fork())
				_exit(0);
			wait(NULL);
			break;
		default:
			queue_wait(&copy, 0);
		}
	}
	/* For the fixture. */
	*q->hdr = hdr;
	/* Another context works as if nothing had been. */
	{
		struct queue other;
		struct taken t;
		int ev = eventfd(0, EFD_NONBLOCK);

		ASSERT_EQ(0, queue_open(&other));
		ASSERT_NE(0, queue_add_fd(&other, 5, ev, EPOLLIN, 0, 0));
		notify(ev);
		ASSERT_EQ(1, queue_take(&other, &t));
		EXPECT_EQ(5, t.cookie);
		queue_close(&other);
	}
}

static void *waits(void *arg)
{
	struct taken t;

	while (!stop)
		queue_next(arg, &t, SHORT);
	return NULL;
}

/* A child in some state, which is then killed. */
static void victim(int ev, int how)
{
	struct queue q;
	pthread_t thread;
	uint64_t id;

	signal(SIGRTMIN, SIG_IGN);
	if (queue_open(&q) || !add_some(&q, ev, 100))
		_exit(1);
	id = queue_add_user(&q, 1, AEM_F_ASYNC, 0);
	switch (how) {
	case 0:
		queue_wait(&q, LONG);
		break;
	case 1:
		pthread_create(&thread, NULL, waits, &q);
		for (;;)
			queue_fire(&q, id, 1);
	case 2:
		for (;;) {
			add_some(&q, ev, 50);
			queue_ctl_all(&q, AEM_OP_DEL, 0);
		}
	case 3: {
		struct aem_notify how = { .mode = AEM_NOTIFY_SIGNAL,
					  .signo = SIGRTMIN };

		ioctl(q.fd, AEM_IOC_NOTIFY, &how);
		for (;;) {
			q.hdr->armed = 3;
			queue_fire(&q, id, 1);
		}
	}
	case 4:
		/* A child keeps the descriptor. */
		if (!fork()) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				queue_fire(&q, id, 1);
		}
		for (;;)
			queue_wait(&q, SHORT);
	case 5:
		usleep(1000);
		execl("/bin/sleep", "sleep", "100", NULL);
		_exit(1);
	case 6:
		munmap(q.hdr, q.hdr->map_size);
		pause();
		break;
	case 7: {
		struct aem_setup setup = { .sources = 1 << 20 };

		for (;;) {
			int fd = open(AEM_DEVICE, O_RDWR);

			ioctl(fd, AEM_IOC_SETUP, &setup);
			close(fd);
		}
	}
	}
	for (;;)
		queue_wait(&q, SHORT);
}

TEST_F(attack, killed_in_every_state)
{
	struct taken t;
	pid_t pid;
	int how;

	for (how = 0; how < 8; how++) {
		pid = fork();
		if (!pid)
			victim(self->ev, how);
		usleep(30000 + rnd(50000));
		notify(self->ev);
		usleep(30000);
		kill(pid, SIGKILL);
		ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	}
	/* And we go on. */
	ASSERT_NE(0, queue_add_fd(&self->q, 1, self->ev, EPOLLIN, 0, 0));
	ASSERT_EQ(1, queue_take(&self->q, &t));
}

static int send_fd(int sock, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = {}, c = 0;
	struct iovec iov = { .iov_base = &c, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(sock, &msg, 0);
}

/*
 * The context's descriptor is under way in a socket that the context watches,
 * and nobody has either any more: a circle that only we can see. rmmod at the end
 * of the run tells whether it was broken.
 */
TEST_F(attack, a_descriptor_under_way_in_what_it_watches)
{
	struct queue q[2];
	int sv[2], i;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, queue_open(&q[i]));
		ASSERT_NE(0, queue_add_fd(&q[i], 1, sv[0], EPOLLIN, 0, 0));
		ASSERT_EQ(1, send_fd(sv[1], q[i].fd));
	}
	close(sv[0]);
	close(sv[1]);
	for (i = 0; i < 2; i++)
		queue_close(&q[i]);
}

TEST_F(attack, wrong_arguments)
{
	static const unsigned int cmds[] = {
		AEM_IOC_SETUP, AEM_IOC_NOTIFY, AEM_IOC_ADD, AEM_IOC_CTL,
		AEM_IOC_TIMER, AEM_IOC_FIRE, 0, ~0u, _IO('Q', 0x87),
	};
	struct aem_setup setup = { .sources = 1 };
	uint64_t noise[32];
	unsigned int i, j;
	int fd = open(AEM_DEVICE, O_RDWR);

	EXPECT_EQ(-1, ioctl(fd, AEM_IOC_WAIT, 0));
	EXPECT_EQ(ENXIO, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0));
	setup.flags = 1 << 5;
	EXPECT_EQ(-1, ioctl(fd, AEM_IOC_SETUP, &setup));
	EXPECT_EQ(EINVAL, errno);
	setup.flags = 0;
	setup.sources = ~0u;
	EXPECT_EQ(-1, ioctl(fd, AEM_IOC_SETUP, &setup));
	EXPECT_EQ(EINVAL, errno);
	setup.sources = 1;
	ASSERT_EQ(0, ioctl(fd, AEM_IOC_SETUP, &setup));
	EXPECT_EQ(-1, ioctl(fd, AEM_IOC_SETUP, &setup));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_EQ(-1, ioctl(fd, AEM_IOC_WAIT, 0));
	EXPECT_EQ(ENXIO, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0));
	for (i = 0; i < sizeof(cmds) / sizeof(cmds[0]); i++) {
		EXPECT_EQ(-1, ioctl(self->q.fd, cmds[i], 8));
		for (j = 0; j < 2000; j++) {
			uint32_t k;

			for (k = 0; k < 32; k++)
				noise[k] = rnd(3) ? rnd(16) :
					   (uint64_t)rnd(~0u) << rnd(40);
			if (cmds[i] != AEM_IOC_SETUP)
				ioctl(self->q.fd, cmds[i], noise);
		}
	}
	close(fd);
}

TEST_HARNESS_MAIN
