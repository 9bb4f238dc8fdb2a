// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every way in which a consumer can end, in every state in which it can be; and
 * what it runs into when it lives: limits of descriptors, signals and memory.
 *
 * The consumer has the only descriptor of one end of a socket pair, and its context
 * watches it. That the context has ended is seen at the other end: it is told
 * that the first is closed, which a source that was forgotten would prevent. The
 * test itself holds a descriptor of the context, got through a socket, to the end.
 */
// vm: timeout=120
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "queue.h"

static struct queue q;
static uint64_t user;
/* What is watched, the other end of it, and what says that a state is reached. */
static int watched, peer, talk[2];

/* ---- descriptors through a socket --------------------------------------------- */

static struct msghdr message(char *control, size_t len)
{
	static char c;
	static struct iovec iov = { .iov_base = &c, .iov_len = 1 };

	return (struct msghdr){
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = len,
	};
}

static int send_fd(int sock, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = {};
	struct msghdr msg = message(control, sizeof(control));
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(sock, &msg, 0) == 1 ? 0 : -1;
}

static int receive_fd(int sock)
{
	char control[CMSG_SPACE(sizeof(int))] = {};
	struct msghdr msg = message(control, sizeof(control));
	int fd = -1;

	if (recvmsg(sock, &msg, 0) == 1 && CMSG_FIRSTHDR(&msg))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

/* ---- states --------------------------------------------------------------------- */

/* Says what the other side needs to know: the state is reached. */
static void reached(void)
{
	if (send_fd(talk[1], q.fd) ||
	    write(talk[1], &user, sizeof(user)) != sizeof(user))
		_exit(90);
}

/* The other side may say when to go on. */
static void told(void)
{
	char c;

	if (read(talk[1], &c, 1) != 1)
		_exit(91);
}

static void (*end)(void);

static void end_here(void)
{
	reached();
	told();
	end();
}

static void idle(void)
{
	end_here();
}

static void flooded(void)
{
	int i;

	for (i = 0; i < 1000; i++)
		queue_fire(&q, user, i);
	end_here();
}

static void *ends_beside(void *unused)
{
	/* Until the other thread sleeps in the kernel. */
	while (!__atomic_load_n(&q.hdr->armed, __ATOMIC_ACQUIRE))
		usleep(1000);
	end_here();
	return unused;
}

static void waiting(void)
{
	struct taken t;
	pthread_t thread;

	pthread_create(&thread, NULL, ends_beside, NULL);
	for (;;)
		queue_next(&q, &t, LONG);
}

static void on_bell(int signo)
{
	(void)signo;
	end_here();
}

static void notify_me(void)
{
	struct aem_notify how = { .mode = AEM_NOTIFY_SIGNAL,
				  .signo = SIGRTMIN };

	signal(SIGRTMIN, on_bell);
	if (ioctl(q.fd, AEM_IOC_NOTIFY, &how))
		_exit(92);
	__atomic_fetch_or(&q.hdr->armed, AEM_ARM_ASYNC, __ATOMIC_SEQ_CST);
}

static void in_a_handler(void)
{
	notify_me();
	queue_fire(&q, user, 1);
	_exit(93);
}

static void with_the_signal_blocked(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	notify_me();
	queue_fire(&q, user, 1);
	end_here();
}

static void polled(void)
{
	struct epoll_event e = { .events = EPOLLIN };
	int ep = epoll_create1(0);

	if (epoll_ctl(ep, EPOLL_CTL_ADD, q.fd, &e))
		_exit(94);
	end_here();
}

static void with_buffers_out(void)
{
	struct aem_source src = {
		.cookie = 3, .kind = AEM_KIND_RECV, .fd = watched,
		.records = 4, .flags = AEM_F_START,
	};
	struct taken t;

	/* Sixteen messages for four records: the socket keeps the rest. */
	if (queue_add(&q, &src) || queue_next(&q, &t, LONG) != 1)
		_exit(95);
	end_here();
}

static const struct state {
	const char *name;
	void (*enter)(void);
} states[] = {
	{ "idle", idle },
	{ "flooded", flooded },
	{ "waiting", waiting },
	{ "in a handler", in_a_handler },
	{ "with the signal blocked", with_the_signal_blocked },
	{ "polled", polled },
	{ "with buffers out", with_buffers_out },
};

/* ---- ends ------------------------------------------------------------------------- */

static void by_exit(void)
{
	_exit(0);
}

static void by_kill(void)
{
	kill(getpid(), SIGKILL);
}

static void by_exec(void)
{
	/* The descriptor too goes through it. */
	fcntl(q.fd, F_SETFD, 0);
	fcntl(watched, F_SETFD, FD_CLOEXEC);
	execl("/bin/sleep", "sleep", "300", NULL);
	_exit(96);
}

/* The descriptor alone does not end it: the parent has one, and there is the mapping. */
static void by_close(void)
{
	close(q.fd);
	close(watched);
	munmap(q.hdr, q.hdr->map_size);
	for (;;)
		pause();
}

static void by_munmap(void)
{
	munmap(q.hdr, q.hdr->map_size);
	close(watched);
	for (;;)
		pause();
}

static void by_dup(void)
{
	int fd = dup(q.fd);

	dup2(STDERR_FILENO, q.fd);
	close(watched);
	/* By the other descriptor it is still the owner. */
	if (ioctl(fd, AEM_IOC_WAIT, 0) < 0)
		_exit(97);
	_exit(0);
}

/* A child has the descriptor and lives on. */
static void by_fork(void)
{
	if (!fork()) {
		fcntl(q.fd, F_SETFD, 0);
		close(watched);
		execl("/bin/sleep", "sleep", "300", NULL);
		_exit(98);
	}
	_exit(0);
}

static const struct {
	const char *name;
	void (*end)(void);
} ends[] = {
	{ "exit", by_exit },
	{ "kill -9", by_kill },
	{ "exec", by_exec },
	{ "close", by_close },
	{ "munmap", by_munmap },
	{ "dup", by_dup },
	{ "fork", by_fork },
};

static void consumer(const struct state *state)
{
	setpgid(0, 0);
	close(peer);
	close(talk[0]);
	if (queue_open(&q) ||
	    !queue_add_fd(&q, 1, watched, EPOLLIN, 0, 0))
		_exit(99);
	user = queue_add_user(&q, 2, AEM_F_ASYNC, 0);
	state->enter();
	_exit(100);
}

/*
 * 0 when the other end was told that nobody holds the watched one any more. What
 * it had sent may have been received or not.
 */
static int told_of_the_end(void)
{
	struct pollfd pfd = { .fd = peer, .events = POLLIN };
	char c;

	if (poll(&pfd, 1, 60000) != 1)
		return -1;
	return read(peer, &c, 1) && errno != ECONNRESET;
}

/* Sources end one after the other, that of the socket not last. */
static int dead(int fd, struct aem_fire *fire)
{
	uint64_t end = now_ns() + LONG;

	while (!ioctl(fd, AEM_IOC_FIRE, fire)) {
		if (now_ns() > end)
			return 0;
		usleep(1000);
	}
	return 1;
}

TEST(every_end_in_every_state)
{
	struct aem_fire fire = {};
	unsigned int i, j, k;
	int sv[2], held, status;
	pid_t pid;

	ASSERT_EQ(0, system("modprobe aem"));
	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		for (j = 0; j < sizeof(ends) / sizeof(ends[0]); j++) {
			ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
			ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM |
						SOCK_CLOEXEC, 0, talk));
			watched = sv[0];
			peer = sv[1];
			for (k = 0; k < 16; k++)
				ASSERT_EQ(1, send(peer, "x", 1, 0));
			end = ends[j].end;
			pid = fork();
			if (!pid)
				consumer(&states[i]);
			close(watched);
			close(talk[1]);
			held = receive_fd(talk[0]);
			ASSERT_LE(0, held);
			ASSERT_EQ(8, read(talk[0], &fire.id, 8));
			/* Whoever has it may fire. */
			EXPECT_EQ(0, ioctl(held, AEM_IOC_FIRE, &fire));
			ASSERT_EQ(1, write(talk[0], "g", 1));
			EXPECT_EQ(0, told_of_the_end()) {
				TH_LOG("%s, ended by %s", states[i].name,
				       ends[j].name);
			}
			/* And nobody can any more, or soon. */
			EXPECT_TRUE(dead(held, &fire)) {
				TH_LOG("%s, %s: it can still be fired",
				       states[i].name, ends[j].name);
			}
			close(held);
			kill(-pid, SIGKILL);
			EXPECT_EQ(pid, waitpid(pid, &status, 0));
			EXPECT_TRUE(WIFSIGNALED(status) ||
				    !WEXITSTATUS(status)) {
				TH_LOG("%s, %s: exit status %d",
				       states[i].name, ends[j].name,
				       WEXITSTATUS(status));
			}
			close(peer);
			close(talk[0]);
		}
	}
}

/* ---- limits ------------------------------------------------------------------------- */

static int listening(struct sockaddr_un *addr)
{
	socklen_t len = sizeof(addr->sun_family);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	if (bind(fd, (struct sockaddr *)addr, len) || listen(fd, 8))
		return -1;
	len = sizeof(*addr);
	return getsockname(fd, (struct sockaddr *)addr, &len) ? -1 : fd;
}

/* The connection stays in the queue, the source says why and is off. */
TEST(without_descriptors_to_accept_with)
{
	struct rlimit before, less;
	struct aem_rec_accept rec;
	struct sockaddr_un addr;
	struct aem_stream *s;
	struct taken t;
	int fd = listening(&addr), client = socket(AF_UNIX, SOCK_STREAM, 0);
	struct aem_source src = {
		.cookie = 1, .kind = AEM_KIND_ACCEPT, .fd = fd, .records = 4,
		.flags = AEM_F_START,
	};

	ASSERT_EQ(0, system("modprobe aem"));
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, queue_open(&q));
	ASSERT_EQ(0, queue_add(&q, &src));
	s = (struct aem_stream *)&q.records[src.stream];
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &before));
	less = before;
	less.rlim_cur = 3;
	ASSERT_EQ(0, connect(client, (struct sockaddr *)&addr,
			     offsetof(struct sockaddr_un, sun_path) + 6));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &less));
	ASSERT_EQ(1, queue_next(&q, &t, LONG));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &before));
	ASSERT_EQ(1, s->tail);
	memcpy(&rec, q.records[s->first].data, sizeof(rec));
	EXPECT_EQ(-EMFILE, rec.fd);
	s->head = s->tail;
	/* Started again, there it is. */
	ASSERT_EQ(0, queue_ctl(&q, AEM_OP_START, src.id, 0));
	ASSERT_EQ(1, queue_next(&q, &t, LONG));
	memcpy(&rec, q.records[s->first + 1].data, sizeof(rec));
	EXPECT_LE(0, rec.fd);
	close(rec.fd);
	close(client);
	close(fd);
	queue_close(&q);
}

static volatile int bells;

static void count_bell(int signo)
{
	(void)signo;
	bells++;
}

/* Without room for a queued signal the bare one comes. */
TEST(without_signals_to_queue)
{
	struct aem_notify how = { .mode = AEM_NOTIFY_SIGNAL,
				  .signo = SIGRTMIN };
	struct rlimit none = {};
	struct taken t;

	ASSERT_EQ(0, system("modprobe aem"));
	ASSERT_EQ(0, queue_open(&q));
	user = queue_add_user(&q, 2, AEM_F_ASYNC, 0);
	signal(SIGRTMIN, count_bell);
	ASSERT_EQ(0, ioctl(q.fd, AEM_IOC_NOTIFY, &how));
	ASSERT_EQ(0, setrlimit(RLIMIT_SIGPENDING, &none));
	q.hdr->armed = AEM_ARM_ASYNC;
	ASSERT_EQ(0, queue_fire(&q, user, 1));
	EXPECT_EQ(1, bells);
	EXPECT_EQ(1, queue_take(&q, &t));
	queue_close(&q);
}

#define GROUP	"/tmp/aem-cgroup"

static long long charged(void)
{
	FILE *file = fopen(GROUP "/aem/memory.current", "r");
	long long bytes = -1;

	if (file && fscanf(file, "%lld", &bytes) != 1)
		bytes = -1;
	if (file)
		fclose(file);
	return bytes;
}

/* Charged for the pages and the sources, to the cgroup of who has them made. */
TEST(memory_is_charged_to_the_cgroup)
{
	struct aem_setup setup = { .sources = 1 << 16 };
	struct aem_source src = {
		.cookie = 1, .kind = AEM_KIND_USER, .flags = AEM_F_START,
	};
	long long before, pages, sources;
	FILE *file;
	int i;

	ASSERT_EQ(0, system("modprobe aem"));
	mkdir(GROUP, 0700);
	if (mount("cgroup2", GROUP, "cgroup2", 0, NULL))
		SKIP(return, "no cgroup2");
	file = fopen(GROUP "/cgroup.subtree_control", "w");
	fputs("+memory", file);
	if (fclose(file) || (mkdir(GROUP "/aem", 0700) && errno != EEXIST) ||
	    charged() < 0) {
		umount(GROUP);
		SKIP(return, "no memory controller");
	}
	file = fopen(GROUP "/aem/cgroup.procs", "w");
	fprintf(file, "%d", getpid());
	ASSERT_EQ(0, fclose(file));
	before = charged();
	ASSERT_EQ(0, queue_open_with(&q, setup));
	pages = charged() - before;
	EXPECT_LE((long long)q.hdr->map_size, pages);
	for (i = 0; i < 20000; i++)
		ASSERT_EQ(0, queue_add(&q, &src));
	sources = charged() - before - pages;
	EXPECT_LE(20000 * 150, sources);
	queue_close(&q);
	file = fopen(GROUP "/cgroup.procs", "w");
	fprintf(file, "%d", getpid());
	ASSERT_EQ(0, fclose(file));
	EXPECT_EQ(0, rmdir(GROUP "/aem"));
	umount(GROUP);
}

TEST_HARNESS_MAIN
