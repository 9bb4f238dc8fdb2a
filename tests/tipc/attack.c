// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one user of sockets may not do to the rest of the node: fill memory by not
 * reading, keep files open without end, or make two calls meet in the middle.
 *
 * ROUNDS is how often the meetings are tried (default 200).
 */
// vm: timeout=120
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/tipc.h>

#include "kselftest_harness.h"

#define RCVBUF	65536	/* the kernel doubles it */

static int rounds(void)
{
	const char *value = getenv("ROUNDS");

	return value ? atoi(value) : 200;
}

static void set(int fd, int name, uint32_t value)
{
	setsockopt(fd, SOL_TIPC, name, &value, sizeof(value));
}

static uint32_t queued(int fd)
{
	socklen_t len = sizeof(uint32_t);
	uint32_t value = 0;

	getsockopt(fd, SOL_TIPC, TIPC_SOCK_RECVQ_USED, &value, &len);
	return value;
}

static int small_socket(int type)
{
	int fd = socket(AF_TIPC, type, 0), size = RCVBUF;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return fd;
}

static struct sockaddr_tipc service(uint32_t type, uint32_t lower,
				    uint32_t upper)
{
	return (struct sockaddr_tipc) {
		.family = AF_TIPC, .addrtype = TIPC_SERVICE_RANGE,
		.scope = TIPC_NODE_SCOPE,
		.addr.nameseq = { type, lower, upper },
	};
}

static int bind_to(int fd, uint32_t type, uint32_t lower, uint32_t upper)
{
	struct sockaddr_tipc sa = service(type, lower, upper);

	return bind(fd, (void *)&sa, sizeof(sa));
}

static int join(int fd, uint32_t group, uint32_t instance, uint32_t flags)
{
	struct tipc_group_req req = {
		group, instance, TIPC_NODE_SCOPE, flags
	};

	return setsockopt(fd, SOL_TIPC, TIPC_GROUP_JOIN, &req, sizeof(req));
}

FIXTURE(attack) {
	int unused;
};

FIXTURE_SETUP(attack)
{
	ASSERT_EQ(0, system("modprobe tipc"));
}

FIXTURE_TEARDOWN(attack)
{
}

/* ---- memory ---------------------------------------------------------------- */

TEST_F_TIMEOUT(attack, messages_that_come_back_have_a_limit, 100)
{
	struct sockaddr_tipc nobody = {
		.family = AF_TIPC, .addrtype = TIPC_SOCKET_ADDR,
		.addr.id = { 12345, 0 },
	};
	char data[1024] = {};
	int fd = small_socket(SOCK_RDM), i;

	set(fd, TIPC_DEST_DROPPABLE, 0);
	for (i = 0; i < 4000; i++)
		ASSERT_EQ((ssize_t)sizeof(data),
			  sendto(fd, data, sizeof(data), 0, (void *)&nobody,
				 sizeof(nobody)));
	EXPECT_LT(RCVBUF, queued(fd));
	EXPECT_GE(2 * RCVBUF << TIPC_CRITICAL_IMPORTANCE, queued(fd));
	close(fd);
}

TEST_F_TIMEOUT(attack, membership_events_have_a_limit, 100)
{
	char data[16];
	int fd = small_socket(SOCK_RDM), i, other;

	ASSERT_EQ(0, join(fd, 5000, 1, TIPC_GROUP_MEMBER_EVTS));
	for (i = 0; i < 1500; i++) {
		other = socket(AF_TIPC, SOCK_RDM, 0);
		ASSERT_EQ(0, join(other, 5000, 2, 0));
		close(other);
	}
	EXPECT_LT(RCVBUF, queued(fd));
	EXPECT_GE((2 * RCVBUF << TIPC_CRITICAL_IMPORTANCE) + 4096, queued(fd));
	/* That some are missing is said once. */
	EXPECT_EQ(-1, recv(fd, data, sizeof(data), MSG_DONTWAIT));
	EXPECT_EQ(ENOBUFS, errno);
	for (i = 0; !recv(fd, data, sizeof(data), MSG_DONTWAIT); i++)
		;
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_LT(100, i);
	EXPECT_EQ(0, queued(fd));
	close(fd);
}

static int flooded;
static atomic_bool flooding;

static void *flood(void *arg)
{
	struct sockaddr_tipc sa = service(5001, 1, 1);
	char *data = calloc(1, 66000);
	int fd = socket(AF_TIPC, SOCK_RDM, 0);
	unsigned int n = 0;

	sa.addrtype = TIPC_SERVICE_ADDR;
	sa.addr.name.domain = 0;
	while (flooding)
		sendto(fd, data, 1 + n++ * 7919 % 66000, 0, (void *)&sa,
		       sizeof(sa));
	close(fd);
	free(data);
	return NULL;
}

TEST_F_TIMEOUT(attack, several_senders_do_not_exceed_a_buffer, 100)
{
	pthread_t threads[4];
	uint32_t most = 0, now;
	char *data = malloc(66000);
	int i;

	flooded = small_socket(SOCK_RDM);
	ASSERT_EQ(0, bind_to(flooded, 5001, 1, 1));
	flooding = true;
	for (i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, flood, NULL);
	while (!queued(flooded))
		usleep(1000);
	for (i = 0; i < 2000; i++) {
		now = queued(flooded);
		most = now > most ? now : most;
		if (i % 4 == 0)
			recv(flooded, data, 66000, MSG_DONTWAIT);
		else if (i % 50 == 1)
			usleep(1000);
	}
	flooding = false;
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	EXPECT_LT(0, most);
	EXPECT_GE(2 * RCVBUF, most);
	while (recv(flooded, data, 66000, MSG_DONTWAIT) > 0)
		;
	EXPECT_EQ(0, queued(flooded));
	close(flooded);
	free(data);
}

/* ---- files ----------------------------------------------------------------- */

static ssize_t send_file(int to, int fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {};
	char byte = 'x';
	struct iovec iov = { &byte, 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&m);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(to, &m, MSG_DONTWAIT);
}

/* Returns the file, -1 if there is none. */
static int receive_file(int from, int flags)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {};
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *cmsg;
	int fd = -1;

	if (recvmsg(from, &m, flags | MSG_DONTWAIT) < 0)
		return -1;
	cmsg = CMSG_FIRSTHDR(&m);
	if (cmsg && cmsg->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

/* What a user without rights can do; the exit status says which step failed. */
static int send_many(void)
{
	struct rlimit few = { 64, 64 };
	int pair[2], other[2], n, null = open("/dev/null", O_RDONLY);

	if (setrlimit(RLIMIT_NOFILE, &few) || setgid(65534) || setuid(65534))
		return 1;
	if (socketpair(AF_TIPC, SOCK_SEQPACKET, 0, pair) ||
	    socketpair(AF_TIPC, SOCK_RDM, 0, other))
		return 2;
	for (n = 0; send_file(pair[0], null) == 1; n++)
		;
	if (errno != ETOOMANYREFS || n != 65)
		return 3;
	if (send_file(other[0], null) != -1 || errno != ETOOMANYREFS)
		return 4;
	if (receive_file(pair[1], MSG_PEEK) < 0 ||
	    send_file(other[0], null) != -1)
		return 5;
	if (receive_file(pair[1], 0) < 0 || send_file(other[0], null) != 1)
		return 6;
	close(pair[0]);
	close(pair[1]);
	for (n = 0; n < 60; n++)
		if (send_file(other[0], null) != 1)
			return 7;
	return 0;
}

TEST_F_TIMEOUT(attack, files_on_their_way_count, 100)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(send_many());
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, WEXITSTATUS(status));
}

/* A queue in which lies what watches it; that the module goes shows the rest. */
TEST_F_TIMEOUT(attack, a_queue_that_could_hold_itself, 100)
{
	struct epoll_event event = { .events = EPOLLIN };
	int pair[2], ep = epoll_create1(0);

	ASSERT_EQ(0, socketpair(AF_TIPC, SOCK_RDM, 0, pair));
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, pair[0], &event));
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, pair[1], &event));
	ASSERT_EQ(1, send_file(pair[0], ep));
	ASSERT_EQ(1, send_file(pair[1], ep));
	EXPECT_EQ(-1, send_file(pair[0], pair[1]));
	EXPECT_EQ(EOPNOTSUPP, errno);
	close(ep);
	close(pair[0]);
	close(pair[1]);
}

/* ---- meetings -------------------------------------------------------------- */

static pthread_barrier_t together;
static int ends[2];

static void *peeks(void *arg)
{
	int fd, i, most = rounds();

	for (i = 0; i < most; i++) {
		pthread_barrier_wait(&together);
		while ((fd = receive_file(ends[1], MSG_PEEK)) >= 0)
			close(fd);
		pthread_barrier_wait(&together);
	}
	return NULL;
}

TEST_F_TIMEOUT(attack, files_taken_while_they_are_looked_at, 100)
{
	int i, j, fd, n, null = open("/dev/null", O_RDONLY), most = rounds();
	pthread_t thread;

	ASSERT_EQ(0, socketpair(AF_TIPC, SOCK_SEQPACKET, 0, ends));
	pthread_barrier_init(&together, NULL, 2);
	pthread_create(&thread, NULL, peeks, NULL);
	for (i = 0; i < most; i++) {
		for (j = 0; j < 10; j++)
			ASSERT_EQ(1, send_file(ends[0], null));
		pthread_barrier_wait(&together);
		for (n = 0; n < 10 && (fd = receive_file(ends[1], 0)) >= 0; n++)
			close(fd);
		EXPECT_EQ(10, n);
		pthread_barrier_wait(&together);
	}
	pthread_join(thread, NULL);
	close(ends[0]);
	close(ends[1]);
}

static void *reads(void *arg)
{
	char data[3000];

	pthread_barrier_wait(&together);
	while (recv(ends[1], data, sizeof(data), 0) > 0)
		;
	return NULL;
}

TEST_F_TIMEOUT(attack, a_stream_shut_down_while_it_is_read, 100)
{
	char *data = calloc(1, 66000);
	int i, j, most = rounds();
	pthread_t thread;

	pthread_barrier_init(&together, NULL, 2);
	for (i = 0; i < most; i++) {
		ASSERT_EQ(0, socketpair(AF_TIPC, SOCK_STREAM, 0, ends));
		for (j = 0; j < 4; j++)
			send(ends[0], data, 20000, MSG_DONTWAIT);
		pthread_create(&thread, NULL, reads, NULL);
		pthread_barrier_wait(&together);
		for (j = 0; j < i % 8 * 500; j++)
			__asm__ __volatile__("" ::: "memory");
		shutdown(ends[1], SHUT_RDWR);
		pthread_join(thread, NULL);
		EXPECT_EQ(0, queued(ends[1]));
		close(ends[0]);
		close(ends[1]);
	}
	free(data);
}

TEST_HARNESS_MAIN
