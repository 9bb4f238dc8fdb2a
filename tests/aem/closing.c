// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors that are closed while the queue watches them, in each way there is.
 */
// vm: timeout=90
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "queue.h"

FIXTURE(closing) {
	struct queue q;
	int ev;
};

FIXTURE_SETUP(closing)
{
	/* The module is not loaded before the first test that needs it. */
	ASSERT_EQ(0, system("modprobe aem"));
	ASSERT_EQ(0, queue_open(&self->q));
	self->ev = eventfd(0, EFD_NONBLOCK);
	ASSERT_GE(self->ev, 0);
}

FIXTURE_TEARDOWN(closing)
{
	close(self->ev);
	queue_close(&self->q);
}

TEST_F(closing, a_closed_descriptor_is_noticed)
{
	struct taken t;
	int fd = dup(self->ev), sv[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ASSERT_NE(0, queue_add_fd(&self->q, 1, sv[0], EPOLLIN, 0, 0));
	ASSERT_NE(0, queue_add_fd(&self->q, 2, fd, EPOLLIN, 0, 0));
	/* Another descriptor of the same file is still open. */
	close(fd);
	close(sv[0]);
	ASSERT_EQ(1, queue_next(&self->q, &t, LONG));
	EXPECT_EQ(1, t.cookie);
	EXPECT_EQ(AEM_EV_CLOSED, t.events);
	/* And now the other end is told. */
	EXPECT_EQ(0, read(sv[1], &t, 1));
	ASSERT_EQ(0, eventfd_write(self->ev, 1));
	ASSERT_EQ(1, queue_next(&self->q, &t, LONG));
	EXPECT_EQ(2, t.cookie);
	EXPECT_EQ(EPOLLIN, t.events);
}

static int close_it(int fd)
{
	return close(fd);
}

static int replace_it(int fd)
{
	return dup2(STDERR_FILENO, fd) == fd ? 0 : -1;
}

static int close_range_of_it(int fd)
{
	return close_range(fd, fd, 0);
}

/* The caller's next wait finds it, even if it does not wait at all. */
TEST_F(closing, a_descriptor_that_is_closed_is_noticed_at_once)
{
	int (*const ways[])(int fd) = {
		close_it, replace_it, close_range_of_it,
	};
	struct taken t;
	unsigned int i;
	int fd;

	for (i = 0; i < 3; i++) {
		fd = eventfd(0, EFD_CLOEXEC);
		ASSERT_NE(0, queue_add_fd(&self->q, 1, fd, EPOLLIN, 0, 0));
		ASSERT_NE(0, queue_add_fd(&self->q, 2, fd, EPOLLIN, 0, 0));
		ASSERT_EQ(0, ways[i](fd));
		ioctl(self->q.fd, AEM_IOC_WAIT, 0);
		ASSERT_EQ(1, queue_take(&self->q, &t));
		EXPECT_EQ(AEM_EV_CLOSED, t.events);
		ASSERT_EQ(1, queue_take(&self->q, &t));
		EXPECT_EQ(AEM_EV_CLOSED, t.events);
		EXPECT_EQ(0, queue_take(&self->q, &t));
	}
}

/* The others are found whichever of them goes first. */
TEST_F(closing, of_several_sources_of_a_file_any_may_go_first)
{
	struct aem_source off = { .cookie = 9, .kind = AEM_KIND_FD,
				  .events = EPOLLIN };
	int i, gone, fd;
	uint64_t id[3];
	struct taken t;

	for (gone = 0; gone < 8; gone++) {
		fd = eventfd(0, EFD_CLOEXEC);
		for (i = 0; i < 3; i++) {
			id[i] = queue_add_fd(&self->q, i + 1, fd, EPOLLIN, 0, 0);
			ASSERT_NE(0, id[i]);
		}
		/* The youngest was never started. */
		off.fd = fd;
		ASSERT_EQ(0, queue_add(&self->q, &off));
		for (i = 2; i >= 0; i--)
			if (gone & 1 << i)
				ASSERT_EQ(0, queue_ctl(&self->q, AEM_OP_DEL,
						       id[i], 0));
		close(fd);
		ioctl(self->q.fd, AEM_IOC_WAIT, 0);
		for (i = 0; i < 3; i++)
			if (!(gone & 1 << i))
				ASSERT_EQ(1, queue_take(&self->q, &t));
		ASSERT_LE(0, queue_ctl_all(&self->q, AEM_OP_DEL, 0));
		while (queue_take(&self->q, &t))
			;
	}
}

/* Neither of two processes closes a descriptor that the other has. */
TEST_F(closing, the_last_of_two_processes_closes)
{
	int pipefd[2], fd = eventfd(0, 0);
	struct taken t;
	pid_t pid;
	char c;

	ASSERT_EQ(0, pipe(pipefd));
	ASSERT_NE(0, queue_add_fd(&self->q, 1, fd, EPOLLIN, 0, 0));
	pid = fork();
	if (!pid) {
		close(pipefd[1]);
		_exit(read(pipefd[0], &c, 1));
	}
	close(fd);
	EXPECT_EQ(0, queue_next(&self->q, &t, SHORT));
	close(pipefd[1]);
	waitpid(pid, NULL, 0);
	ASSERT_EQ(1, queue_next(&self->q, &t, LONG));
	EXPECT_EQ(AEM_EV_CLOSED, t.events);
	close(pipefd[0]);
}

/* What only a message holds is closed by nobody, and noticed all the same. */
TEST_F(closing, a_descriptor_in_a_message_that_is_dropped)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {
		.head = { .cmsg_len = CMSG_LEN(sizeof(int)),
			  .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS },
	};
	struct iovec iov = { "x", 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int sv[2], fd = eventfd(0, 0);
	struct taken t;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ASSERT_NE(0, queue_add_fd(&self->q, 1, fd, EPOLLIN, 0, 0));
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	ASSERT_EQ(1, sendmsg(sv[0], &msg, 0));
	close(fd);
	EXPECT_EQ(0, queue_next(&self->q, &t, SHORT));
	close(sv[0]);
	close(sv[1]);
	ASSERT_EQ(1, queue_next(&self->q, &t, LONG));
	EXPECT_EQ(AEM_EV_CLOSED, t.events);
}

TEST_HARNESS_MAIN
