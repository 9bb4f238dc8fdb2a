// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every kind of event of libaem, as a program uses them: registered, started,
 * delivered with its data, stopped, deleted; and what is refused.
 *
 * vm: timeout=60 cflags="-Itools/libaem build/libaem/libaem.a -pthread"
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <aem.h>

#include "kselftest_harness.h"

#define MS	1000000ULL

static const struct aem_opt started = { .flags = AEM_STARTED };
static const struct timespec none, soon = { 0, 100 * MS }, limit = { 20, 0 };

static void poke(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) != sizeof(one))
		abort();
}

FIXTURE(aem) {
	struct aem *a;
	struct aem_event v[64];
	int fd;
};

FIXTURE_SETUP(aem)
{
	ASSERT_EQ(0, system("modprobe aem"));
	self->a = aem_open(0, 0);
	ASSERT_NE(NULL, self->a) {
		TH_LOG("aem_open: %s", strerror(errno));
	}
	self->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

FIXTURE_TEARDOWN(aem)
{
	EXPECT_EQ(0, aem_close(self->a));
	close(self->fd);
}

TEST_F(aem, a_descriptor_is_an_edge_with_a_count)
{
	aem_ev ev = aem_fd(self->a, self->fd, POLLIN, NULL, self, &started);

	ASSERT_NE(NULL, ev);
	EXPECT_EQ(0, aem_wait(self->a, self->v, 64, &none));
	poke(self->fd);
	poke(self->fd);
	poke(self->fd);
	ASSERT_EQ(1, aem_wait(self->a, self->v, 64, &limit));
	EXPECT_EQ(ev, self->v[0].ev);
	EXPECT_EQ((void *)self, self->v[0].arg);
	EXPECT_EQ(AEM_FD, self->v[0].type);
	EXPECT_EQ(POLLIN, self->v[0].events & POLLIN);
	EXPECT_EQ(3, self->v[0].count);
	EXPECT_EQ(self->fd, self->v[0].fd);
	/* Still readable, but not once more. */
	EXPECT_EQ(0, aem_wait(self->a, self->v, 64, &none));
}

TEST_F(aem, a_level_comes_again_while_it_is_ready)
{
	uint64_t value;

	ASSERT_NE(NULL, aem_fd(self->a, self->fd, POLLIN | AEM_LEVEL, NULL,
			       NULL, &started));
	poke(self->fd);
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(1, aem_wait(self->a, self->v, 64, &limit));
	ASSERT_EQ(8, read(self->fd, &value, 8));
	/* What was on its way may still come. */
	aem_wait(self->a, self->v, 64, &none);
	EXPECT_EQ(0, aem_wait(self->a, self->v, 64, &soon));
}

TEST_F(aem, what_is_not_started_does_not_come)
{
	aem_ev ev = aem_fd(self->a, self->fd, POLLIN, NULL, NULL, NULL);

	ASSERT_NE(NULL, ev);
	poke(self->fd);
	EXPECT_EQ(0, aem_wait(self->a, self->v, 64, &none));
	ASSERT_EQ(0, aem_start(ev));
	/* It is ready when it is started. */
	EXPECT_EQ(1, aem_wait(self->a, self->v, 64, &limit));
	poke(self->fd);
	ASSERT_EQ(0, aem_stop(ev));
	EXPECT_EQ(0, aem_wait(self->a, self->v, 64, &none));
	ASSERT_EQ(0, aem_start(ev));
	EXPECT_EQ(1, aem_wait(self->a, self->v, 64, &limit));
	ASSERT_EQ(0, aem_del(ev));
	poke(self->fd);
	EXPECT_EQ(0, aem_wait(self->a, self->v, 64, &none));
	EXPECT_EQ(-1, aem_start(ev));
	EXPECT_EQ(ENOENT, errno);
}

TEST_F(aem, a_start_sees_what_a_stop_left_in_the_ring)
{
	aem_ev ev = aem_fd(self->a, self->fd, POLLIN, NULL, NULL, &started);

	ASSERT_NE(NULL, ev);
	poke(self->fd);
	ASSERT_EQ(0, aem_stop(ev));
	ASSERT_EQ(0, aem_start(ev));
	EXPECT_EQ(1, aem_wait(self->a, self->v, 64, &limit));
}

TEST_F(aem, a_oneshot_stops_itself)
{
	struct aem_opt opt = { .flags = AEM_STARTED | AEM_ONESHOT };
	aem_ev ev = aem_fd(self->a, self->fd, POLLIN, NULL, NULL, &opt);
	struct aem_info info;

	poke(self->fd);
	ASSERT_EQ(1, aem_wait(self->a, self->v, 64, &limit));
	poke(self->fd);
	EXPECT_EQ(0, aem_wait(self->a, self->v, 64, &none));
	ASSERT_EQ(0, aem_info(ev, &info));
	EXPECT_EQ(0, info.started);
	EXPECT_EQ(1, info.delivered);
	ASSERT_EQ(0, aem_start(ev));
	EXPECT_EQ(1, aem_wait(self->a, self->v, 64, &limit));
}

TEST_F(aem, a_closed_descriptor_says_so)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	int n;

	ASSERT_NE(NULL, aem_fd(self->a, fd, POLLIN, NULL, NULL, &started));
	close(fd);
	n = aem_wait(self->a, self->v, 64, &limit);
	ASSERT_EQ(1, n);
	EXPECT_EQ(POLLNVAL, self->v[0].events & POLLNVAL);
}

TEST_F(aem, many_descriptors_in_one_call)
{
	struct aem_fd_spec spec[200];
	aem_ev ev[200];

	for (int i = 0; i < 200; i++) {
		spec[i] = (struct aem_fd_spec){
			.fd = eventfd(0, EFD_CLOEXEC), .events = POLLIN,
			.arg = (void *)(uintptr_t)i,
		};
	}
	ASSERT_EQ(200, aem_fd_many(self->a, spec, 200, ev, &started));
	poke(spec[150].fd);
	ASSERT_EQ(1, aem_wait(self->a, self->v, 64, &limit));
	EXPECT_EQ(ev[150], self->v[0].ev);
	EXPECT_EQ(150, (uintptr_t)self->v[0].arg);
	EXPECT_EQ(0, aem_del_all(self->a));
	spec[100].fd = -1;
	EXPECT_EQ(100, aem_fd_many(self->a, spec, 200, ev, &started));
	EXPECT_EQ(EBADF, errno);
	for (int i = 0; i < 200; i++)
		close(spec[i].fd);
}

TEST_F(aem, the_highest_priority_comes_first)
{
	int fds[8];

	for (unsigned int i = 0; i < 8; i++) {
		struct aem_opt opt = { .flags = AEM_STARTED, .prio = i };

		fds[i] = eventfd(0, EFD_CLOEXEC);
		ASSERT_NE(NULL, aem_fd(self->a, fds[i], POLLIN, NULL, NULL,
				       &opt));
	}
	for (int i = 0; i < 8; i++)
		poke(fds[(i * 5 + 3) % 8]);
	ASSERT_EQ(8, aem_wait(self->a, self->v, 64, &limit));
	for (int i = 0; i < 8; i++) {
		EXPECT_EQ(7 - i, self->v[i].prio);
		close(fds[i]);
	}
}

static unsigned int lows_before_high, lows;
static int high_fd;

static void on_low(const struct aem_event *e)
{
	(void)e;
	if (++lows == 100)
		poke(high_fd);
}

static void on_high(const struct aem_event *e)
{
	(void)e;
	lows_before_high = lows;
}

TEST_F(aem, a_high_event_waits_for_one_handler_at_most)
{
	struct aem_opt high = { .flags = AEM_STARTED, .prio = 7 };
	int fds[900];

	high_fd = self->fd;
	ASSERT_NE(NULL, aem_fd(self->a, high_fd, POLLIN, on_high, NULL, &high));
	for (int i = 0; i < 900; i++) {
		fds[i] = eventfd(0, EFD_CLOEXEC);
		ASSERT_NE(NULL, aem_fd(self->a, fds[i], POLLIN, on_low, NULL,
				       &started));
		poke(fds[i]);
	}
	EXPECT_EQ(901, aem_dispatch(self->a));
	EXPECT_EQ(100, lows_before_high);
	for (int i = 0; i < 900; i++)
		close(fds[i]);
}

TEST_F(aem, a_timer_expires_again_and_again)
{
	aem_ev ev = aem_timer(self->a, 10 * MS, 10 * MS, 0, 0, NULL, NULL,
			      &started);
	uint64_t sum = 0, due = 0;

	ASSERT_NE(NULL, ev);
	while (sum < 5) {
		ASSERT_EQ(1, aem_wait(self->a, self->v, 64, &limit));
		EXPECT_EQ(AEM_TIMER, self->v[0].type);
		EXPECT_LT(due, self->v[0].timer.due_ns);
		if (due) {
			EXPECT_EQ(0, (self->v[0].timer.due_ns - due) %
				  (10 * MS));
		}
		due = self->v[0].timer.due_ns;
		sum += self->v[0].count;
	}
	/* Set anew it comes once, and what was due before does not. */
	ASSERT_EQ(0, aem_set_timer(ev, 30 * MS, 0, 0));
	ASSERT_EQ(1, aem_wait(self->a, self->v, 64, &limit));
	EXPECT_LE(due + 20 * MS, self->v[0].timer.due_ns);
	EXPECT_EQ(0, aem_wait(self->a, self->v, 64, &soon));
}

static unsigned int turns;

static void on_turn(const struct aem_event *e)
{
	if (++turns == 3)
		aem_stop(e->ev);
}

TEST_F(aem, run_ends_with_the_last_keepalive)
{
	struct aem_opt opt = { .flags = AEM_STARTED | AEM_KEEPALIVE };

	ASSERT_NE(NULL, aem_timer(self->a, MS, MS, 0, 0, on_turn, NULL, &opt));
	ASSERT_NE(NULL, aem_fd(self->a, self->fd, POLLIN, on_turn, NULL,
			       &started));
	EXPECT_EQ(0, aem_run(self->a));
	EXPECT_EQ(3, turns);
}

TEST_F(aem, a_connection_comes_accepted)
{
	struct sockaddr_in sa = { .sin_family = AF_INET }, peer;
	socklen_t len = sizeof(sa);
	int lfd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int c = socket(AF_INET, SOCK_STREAM, 0);
	const struct sockaddr_in *got;

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ASSERT_EQ(0, bind(lfd, (void *)&sa, sizeof(sa)));
	ASSERT_EQ(0, listen(lfd, 16));
	getsockname(lfd, (void *)&sa, &len);
	ASSERT_NE(NULL, aem_accept(self->a, lfd, SOCK_NONBLOCK, NULL, NULL,
				   &started)) {
		TH_LOG("aem_accept: %s", strerror(errno));
	}
	ASSERT_EQ(0, connect(c, (void *)&sa, sizeof(sa)));
	getsockname(c, (void *)&peer, &len);
	ASSERT_EQ(1, aem_wait(self->a, self->v, 64, &limit));
	EXPECT_EQ(AEM_ACCEPT, self->v[0].type);
	EXPECT_EQ(lfd, self->v[0].fd);
	ASSERT_LE(0, self->v[0].accept.fd);
	EXPECT_EQ(O_NONBLOCK, fcntl(self->v[0].accept.fd, F_GETFL) &
		  O_NONBLOCK);
	got = (const void *)self->v[0].accept.addr;
	EXPECT_EQ(AF_INET, got->sin_family);
	EXPECT_EQ(peer.sin_port, got->sin_port);
	ASSERT_EQ(5, write(c, "hello", 5));
	close(self->v[0].accept.fd);
	close(c);
	close(lfd);
}

TEST_F(aem, bytes_come_received_and_then_the_end)
{
	int pair[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	ASSERT_NE(NULL, aem_recv(self->a, pair[0], NULL, NULL, &started)) {
		TH_LOG("aem_recv: %s", strerror(errno));
	}
	ASSERT_EQ(5, write(pair[1], "hello", 5));
	ASSERT_EQ(1, aem_wait(self->a, self->v, 64, &limit));
	EXPECT_EQ(AEM_RECV, self->v[0].type);
	ASSERT_EQ(5, self->v[0].recv.len);
	EXPECT_EQ(0, memcmp("hello", self->v[0].recv.data, 5));
	close(pair[1]);
	ASSERT_EQ(1, aem_wait(self->a, self->v, 64, &limit));
	EXPECT_EQ(0, self->v[0].recv.len);
	EXPECT_EQ(NULL, self->v[0].recv.data);
	EXPECT_EQ(0, self->v[0].recv.error);
	close(pair[0]);
}

TEST_F(aem, datagrams_keep_their_ends)
{
	char large[5000] = "large";
	int pair[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	ASSERT_NE(NULL, aem_recv(self->a, pair[0], NULL, NULL, &started));
	ASSERT_EQ(0, send(pair[1], "", 0, 0));
	ASSERT_EQ(1, aem_wait(self->a, self->v, 1, &limit));
	EXPECT_NE(NULL, self->v[0].recv.data);
	EXPECT_EQ(0, self->v[0].recv.len);
	ASSERT_EQ(3, send(pair[1], "two", 3, 0));
	ASSERT_EQ(1, aem_wait(self->a, self->v, 1, &limit));
	EXPECT_EQ(3, self->v[0].recv.len);
	ASSERT_EQ(5000, send(pair[1], large, 5000, 0));
	ASSERT_EQ(1, aem_wait(self->a, self->v, 1, &limit));
	EXPECT_EQ(4096, self->v[0].recv.len);
	EXPECT_EQ(EMSGSIZE, self->v[0].recv.error);
	EXPECT_EQ(0, strcmp("large", self->v[0].recv.data));
	close(pair[0]);
	close(pair[1]);
}

TEST_F(aem, a_loop_of_fire_stop_and_start_fills_nothing)
{
	aem_ev ev = aem_user(self->a, NULL, NULL, &started);

	for (int i = 0; i < 5000; i++) {
		ASSERT_EQ(0, aem_fire(ev, i));
		ASSERT_EQ(0, aem_stop(ev));
		ASSERT_EQ(0, aem_start(ev));
	}
	EXPECT_EQ(0, aem_wait(self->a, self->v, 64, &none));
	ASSERT_EQ(0, aem_fire(ev, 7));
	ASSERT_EQ(1, aem_wait(self->a, self->v, 64, &limit));
	EXPECT_EQ(1, self->v[0].count);
}

TEST_F(aem, a_stream_that_is_longer_than_all_buffers_comes_whole)
{
	static char out[1 << 20], in[1 << 20];
	size_t got = 0;
	int pair[2], n;
	pid_t pid;

	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = i * 7 + i / 4099;
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	ASSERT_NE(NULL, aem_recv(self->a, pair[0], NULL, NULL, &started));
	pid = fork();
	if (!pid) {
		close(pair[0]);
		for (size_t i = 0; i < sizeof(out); i += 16384)
			if (write(pair[1], out + i, 16384) != 16384)
				_exit(1);
		_exit(0);
	}
	close(pair[1]);
	while (got < sizeof(in)) {
		n = aem_wait(self->a, self->v, 64, &limit);
		ASSERT_LT(0, n);
		for (int i = 0; i < n; i++) {
			ASSERT_LT(0, self->v[i].recv.len);
			memcpy(in + got, self->v[i].recv.data,
			       self->v[i].recv.len);
			got += self->v[i].recv.len;
		}
	}
	EXPECT_EQ(0, memcmp(in, out, sizeof(in)));
	waitpid(pid, NULL, 0);
	close(pair[0]);
}

TEST_F(aem, a_stopped_receiver_keeps_what_it_has)
{
	aem_ev ev;
	int pair[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	ev = aem_recv(self->a, pair[0], NULL, NULL, &started);
	ASSERT_NE(NULL, ev);
	ASSERT_EQ(3, write(pair[1], "one", 3));
	ASSERT_EQ(0, aem_stop(ev));
	ASSERT_EQ(3, write(pair[1], "two", 3));
	EXPECT_EQ(0, aem_wait(self->a, self->v, 64, &none));
	ASSERT_EQ(0, aem_start(ev));
	ASSERT_LE(1, aem_wait(self->a, self->v, 64, &limit));
	EXPECT_EQ(0, memcmp("one", self->v[0].recv.data, 3));
	close(pair[0]);
	close(pair[1]);
}

TEST_F(aem, a_process_forks_executes_and_ends)
{
	uint32_t seen = 0;
	pid_t pid;
	int n;

	ASSERT_NE(NULL, aem_proc(self->a, getpid(), AEM_PROC_FORK |
				 AEM_PROC_EXEC | AEM_PROC_EXIT |
				 AEM_PROC_FOLLOW, NULL, NULL, &started)) {
		TH_LOG("aem_proc: %s", strerror(errno));
	}
	pid = fork();
	if (!pid) {
		execl("/bin/sh", "sh", "-c", "exit 3", NULL);
		_exit(1);
	}
	while (seen != (AEM_PROC_FORK | AEM_PROC_EXEC | AEM_PROC_EXIT)) {
		n = aem_wait(self->a, self->v, 64, &limit);
		ASSERT_LT(0, n);
		for (int i = 0; i < n; i++) {
			if (self->v[i].events == AEM_PROC_FORK &&
			    self->v[i].proc.pid == getpid()) {
				EXPECT_EQ(pid, self->v[i].proc.other);
			} else if (self->v[i].proc.pid != pid) {
				continue;
			}
			seen |= self->v[i].events;
			if (self->v[i].events != AEM_PROC_EXIT)
				continue;
			EXPECT_EQ(3, WEXITSTATUS(self->v[i].proc.status));
			EXPECT_STREQ("sh", self->v[i].proc.comm);
		}
	}
	waitpid(pid, NULL, 0);
}

TEST_F(aem, a_folder_says_what_changed_in_it)
{
	char folder[] = "/tmp/aem.XXXXXX", path[64];

	ASSERT_NE(NULL, mkdtemp(folder));
	ASSERT_NE(NULL, aem_file(self->a, folder, IN_CREATE | IN_DELETE, NULL,
				 NULL, &started)) {
		TH_LOG("aem_file: %s", strerror(errno));
	}
	snprintf(path, sizeof(path), "%s/a-name", folder);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	ASSERT_EQ(1, aem_wait(self->a, self->v, 1, &limit));
	EXPECT_EQ(IN_CREATE, self->v[0].events & IN_CREATE);
	EXPECT_STREQ("a-name", self->v[0].file.name);
	unlink(path);
	ASSERT_EQ(1, aem_wait(self->a, self->v, 1, &limit));
	EXPECT_EQ(IN_DELETE, self->v[0].events & IN_DELETE);
	EXPECT_STREQ("a-name", self->v[0].file.name);
	rmdir(folder);
	EXPECT_EQ(NULL, aem_file(self->a, folder, IN_CREATE, NULL, NULL, NULL));
	EXPECT_EQ(ENOENT, errno);
}

TEST_F(aem, a_link_goes_up)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int s = socket(AF_INET, SOCK_DGRAM, 0), n;
	bool seen = false;
	short flags;

	ASSERT_NE(NULL, aem_net(self->a, AEM_NET_LINK | AEM_NET_ADDR, 0, NULL,
				NULL, &started)) {
		TH_LOG("aem_net: %s", strerror(errno));
	}
	ASSERT_EQ(0, ioctl(s, SIOCGIFFLAGS, &ifr));
	flags = ifr.ifr_flags;
	ifr.ifr_flags = flags ^ IFF_UP;
	ASSERT_EQ(0, ioctl(s, SIOCSIFFLAGS, &ifr));
	ifr.ifr_flags = flags;
	ASSERT_EQ(0, ioctl(s, SIOCSIFFLAGS, &ifr));
	while (!seen) {
		n = aem_wait(self->a, self->v, 64, &limit);
		ASSERT_LT(0, n);
		for (int i = 0; i < n; i++)
			seen |= self->v[i].events == AEM_NET_LINK &&
				!strcmp(self->v[i].net.ifname, "lo");
	}
	close(s);
}

TEST_F(aem, pressure_can_be_watched)
{
	if (access("/proc/pressure/memory", W_OK))
		SKIP(return, "no pressure stall information here");
	EXPECT_NE(NULL, aem_pressure(self->a, 100000, 1000000, NULL, NULL,
				     &started)) {
		TH_LOG("aem_pressure: %s", strerror(errno));
	}
	EXPECT_EQ(0, aem_wait(self->a, self->v, 64, &none));
}

TEST_F(aem, a_user_event_brings_the_last_value)
{
	aem_ev ev = aem_user(self->a, NULL, NULL, &started);

	ASSERT_NE(NULL, ev);
	ASSERT_EQ(0, aem_fire(ev, 5));
	ASSERT_EQ(0, aem_fire(ev, 7));
	ASSERT_EQ(1, aem_wait(self->a, self->v, 64, &limit));
	EXPECT_EQ(AEM_USER, self->v[0].type);
	EXPECT_EQ(2, self->v[0].count);
	EXPECT_EQ(7, self->v[0].user.value);
}

TEST_F(aem, another_process_fires)
{
	aem_ev ev = aem_user(self->a, NULL, NULL, &started);
	pid_t pid = fork();
	int status;

	if (!pid) {
		/* What a child may do with a context, and what not. */
		if (aem_fire(ev, 1) || aem_start(ev) != -1 ||
		    errno != EOWNERDEAD)
			_exit(1);
		_exit(aem_fire_fd(aem_user_fd(ev), aem_user_id(ev), 9));
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(1, aem_wait(self->a, self->v, 64, &limit));
	EXPECT_EQ(2, self->v[0].count);
	EXPECT_EQ(9, self->v[0].user.value);
}

TEST_F(aem, the_descriptor_is_readable_for_others)
{
	struct epoll_event e = { .events = EPOLLIN };
	int ep = epoll_create1(0);

	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, aem_pollfd(self->a), &e));
	ASSERT_NE(NULL, aem_fd(self->a, self->fd, POLLIN, NULL, NULL,
			       &started));
	EXPECT_EQ(0, epoll_wait(ep, &e, 1, 0));
	poke(self->fd);
	EXPECT_EQ(1, epoll_wait(ep, &e, 1, 10000));
	EXPECT_EQ(1, aem_wait(self->a, self->v, 64, &none));
	EXPECT_EQ(0, epoll_wait(ep, &e, 1, 0));
	close(ep);
}

static int nested_errno[4];

static void on_nested(const struct aem_event *e)
{
	struct aem *a = e->arg;
	struct aem_event v;

	nested_errno[0] = aem_run(a) ? errno : 0;
	nested_errno[1] = aem_dispatch(a) < 0 ? errno : 0;
	nested_errno[2] = aem_wait(a, &v, 1, &none) < 0 ? errno : 0;
	nested_errno[3] = aem_close(a) ? errno : 0;
}

TEST_F(aem, a_loop_in_a_handler_is_refused)
{
	aem_ev ev = aem_user(self->a, on_nested, self->a, &started);

	aem_fire(ev, 0);
	EXPECT_EQ(1, aem_dispatch(self->a));
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(EDEADLK, nested_errno[i]);
}

static void on_delete_itself(const struct aem_event *e)
{
	aem_ev *other = e->arg;

	aem_del(*other);
	aem_del(e->ev);
}

TEST_F(aem, a_handler_deletes_itself_and_others)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	aem_ev other = NULL;

	ASSERT_NE(NULL, aem_fd(self->a, self->fd, POLLIN, on_delete_itself,
			       &other, &started));
	other = aem_fd(self->a, fd, POLLIN, on_high, NULL, &started);
	poke(self->fd);
	poke(fd);
	lows_before_high = 77;
	EXPECT_EQ(1, aem_dispatch(self->a));
	EXPECT_EQ(77, lows_before_high);
	close(fd);
}

TEST_F(aem, an_event_queue_in_itself_is_refused)
{
	EXPECT_EQ(NULL, aem_fd(self->a, aem_pollfd(self->a), POLLIN, NULL, NULL,
			       &started));
	EXPECT_EQ(ELOOP, errno);
}

TEST_F(aem, nonsense_is_refused)
{
	struct aem_opt opt = { .prio = 8 };

	EXPECT_EQ(NULL, aem_fd(self->a, self->fd, POLLIN, NULL, NULL, &opt));
	EXPECT_EQ(EINVAL, errno);
	opt = (struct aem_opt){ .flags = AEM_ASYNC | AEM_THREAD };
	EXPECT_EQ(NULL, aem_fd(self->a, self->fd, POLLIN, on_low, NULL, &opt));
	EXPECT_EQ(EINVAL, errno);
	opt = (struct aem_opt){ .flags = AEM_ASYNC };
	EXPECT_EQ(NULL, aem_fd(self->a, self->fd, POLLIN, NULL, NULL, &opt));
	EXPECT_EQ(EINVAL, errno);
	opt = (struct aem_opt){ .reserved = { 1 } };
	EXPECT_EQ(NULL, aem_fd(self->a, self->fd, POLLIN, on_low, NULL, &opt));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(NULL, aem_fd(self->a, -1, POLLIN, on_low, NULL, NULL));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(NULL, aem_fd(self->a, open("/proc/self/exe", O_RDONLY),
			       POLLIN, on_low, NULL, NULL));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(NULL, aem_module(self->a, "nobody", 1, on_low, NULL, NULL));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(NULL, aem_open(0, 1 << 20));
	EXPECT_EQ(EINVAL, errno);
}

static void *other_thread(void *arg)
{
	struct aem *a = arg;
	struct aem_event v;

	return (void *)(uintptr_t)(aem_wait(a, &v, 1, &none) < 0 &&
				   errno == EPERM && aem_mask(a) < 0 &&
				   errno == EPERM);
}

TEST_F(aem, events_are_the_owners)
{
	pthread_t thread;
	void *good;

	pthread_create(&thread, NULL, other_thread, self->a);
	pthread_join(thread, &good);
	EXPECT_NE(NULL, good);
}

TEST_HARNESS_MAIN
