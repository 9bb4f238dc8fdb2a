// SPDX-License-Identifier: GPL-2.0-only
/*
 * Users without rights, sandboxes and containers: what of aem they have, what they
 * have not, and that loading and unloading is refused or waits while they do.
 */
// vm: timeout=90
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "queue.h"

#define LISTENERS	"/sys/module/aem/parameters/max_listeners"

FIXTURE(confined) {
	int unused;
};

FIXTURE_SETUP(confined)
{
	ASSERT_EQ(0, system("modprobe aem"));
}

FIXTURE_TEARDOWN(confined)
{
}

/* What @function returns in a process of its own. */
static int in_child(int (*function)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(function());
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + status;
}

static int add(struct queue *q, struct aem_source src, uint64_t *id)
{
	int err;

	src.cookie = 1;
	src.flags |= AEM_F_START;
	err = queue_add(q, &src);
	if (id)
		*id = src.id;
	return err;
}

static const struct aem_source links = {
	.kind = AEM_KIND_NET, .events = AEM_NET_LINK, .records = 8,
};
static const struct aem_source everybody = {
	.kind = AEM_KIND_PROC, .events = AEM_PROC_FORK | AEM_PROC_EXIT,
	.records = 64,
};

/* ---- limits -------------------------------------------------------------- */

static int many_listeners(void)
{
	struct queue q;
	uint64_t id = 0;
	int i;

	if (setgid(65534) || setuid(65534) || queue_open(&q))
		return 1;
	for (i = 0; i < 8; i++)
		if (add(&q, links, &id))
			return 2;
	if (add(&q, links, NULL) != -EUSERS)
		return 3;
	/* What waits in a queue of its own is not limited by it. */
	if (!queue_add_user(&q, 1, 0, 0))
		return 4;
	if (queue_ctl(&q, AEM_OP_DEL, id, 0) || add(&q, links, NULL))
		return 5;
	return 0;
}

TEST_F(confined, a_user_has_a_limited_number_of_listeners)
{
	ASSERT_EQ(0, system("echo 8 > " LISTENERS));
	EXPECT_EQ(0, in_child(many_listeners));
	ASSERT_EQ(0, system("echo 1024 > " LISTENERS));
}

/* ---- seccomp ------------------------------------------------------------- */

static int filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 4, code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static volatile int rung;

static void on_bell(int signo)
{
	(void)signo;
	rung++;
}

/* Set up before, a sandbox without ioctl() has its events all the same. */
static int in_a_sandbox(void)
{
	struct aem_notify how = { .mode = AEM_NOTIFY_SIGNAL,
				  .signo = SIGRTMIN };
	int ev = eventfd(0, 0);
	struct taken t;
	struct queue q;

	signal(SIGRTMIN, on_bell);
	if (queue_open(&q) || ioctl(q.fd, AEM_IOC_NOTIFY, &how) ||
	    !queue_add_fd(&q, 7, ev, EPOLLIN, AEM_F_ASYNC, 0))
		return 1;
	if (filter())
		return 2;
	if (queue_wait(&q, 0) != -EACCES ||
	    queue_add_fd(&q, 8, ev, EPOLLIN, 0, 0))
		return 3;
	q.hdr->armed = AEM_ARM_ASYNC;
	if (eventfd_write(ev, 1) || rung != 1)
		return 4;
	return queue_take(&q, &t) == 1 && t.cookie == 7 ? 0 : 5;
}

TEST_F(confined, a_sandbox_without_ioctl_takes_its_events)
{
	EXPECT_EQ(0, in_child(in_a_sandbox));
}

/* ---- containers ---------------------------------------------------------- */

static int write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	int ok = fd >= 0 && write(fd, text, strlen(text)) > 0;

	close(fd);
	return !ok;
}

/* Root of a user namespace of its own, after having been nobody outside. */
static int contained(int more)
{
	if (setgid(65534) || setuid(65534) ||
	    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) ||
	    unshare(CLONE_NEWUSER | more))
		return 1;
	return write_to("/proc/self/setgroups", "deny") ||
	       write_to("/proc/self/uid_map", "0 65534 1") ||
	       write_to("/proc/self/gid_map", "0 65534 1") || getuid();
}

/* Its root is root of nothing outside. */
static int refused_there(void)
{
	struct aem_source boost = { .kind = AEM_KIND_USER,
				    .flags = AEM_F_BOOST };
	struct aem_source init = {
		.kind = AEM_KIND_PROC, .fd = 1, .events = AEM_PROC_EXIT,
		.records = 2,
	};
	struct aem_source storm = {
		.kind = AEM_KIND_TIMER, .flags = AEM_F_RELATIVE,
		.timer = { 1000, 1000, 0 },
	};
	struct queue q;

	if (contained(0))
		return 1;
	if (queue_open(&q))
		return 2;
	if (add(&q, everybody, NULL) != -EPERM)
		return 3;
	if (add(&q, init, NULL) != -EPERM)
		return 4;
	if (add(&q, boost, NULL) != -EPERM)
		return 5;
	if (add(&q, storm, NULL) != -EPERM)
		return 6;
	return 0;
}

TEST_F(confined, root_of_a_user_namespace_is_not_root)
{
	if (access("/proc/self/ns/user", F_OK))
		SKIP(return, "no user namespaces");
	EXPECT_EQ(0, in_child(refused_there));
}

static int fork_once(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	return waitpid(pid, NULL, 0) != pid;
}

/* In a pid namespace of its own it may see all, and all is what is there. */
static int sees_its_own(void)
{
	struct aem_rec_proc rec;
	struct aem_source src;
	struct aem_stream *s;
	struct queue q;
	uint32_t i;

	if (queue_open(&q))
		return 10;
	src = everybody;
	src.cookie = 1;
	src.flags = AEM_F_START;
	if (queue_add(&q, &src))
		return 11;
	/* Outside, our parent forks as well. */
	for (i = 0; i < 5; i++)
		if (fork_once() || usleep(20000))
			return 12;
	s = (struct aem_stream *)&q.records[src.stream];
	if (!s->tail)
		return 13;
	for (i = 0; i < s->tail; i++) {
		memcpy(&rec, q.records[s->first + i].data, sizeof(rec));
		if (!rec.pid || rec.pid > 20)
			return 14;
		if (rec.what == AEM_PROC_FORK && rec.pid != 1)
			return 15;
	}
	return s->tail == 10 ? 0 : 16;
}

static int forks_outside(void)
{
	int status, i;
	pid_t pid;

	if (contained(CLONE_NEWPID))
		return 1;
	pid = fork();
	if (!pid)
		_exit(sees_its_own());
	for (i = 0; i < 20; i++)
		if (kill(pid, 0) || usleep(5000))
			break;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 20;
}

TEST_F(confined, a_container_sees_its_own_processes)
{
	EXPECT_EQ(0, in_child(forks_outside));
}

static int its_own_links(void)
{
	struct ifreq req = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	struct aem_rec_net rec;
	struct aem_source src;
	struct aem_stream *s;
	struct taken t;
	struct queue q;

	if (contained(CLONE_NEWNET))
		return 1;
	if (queue_open(&q))
		return 2;
	src = links;
	src.cookie = 1;
	src.flags = AEM_F_START;
	if (queue_add(&q, &src))
		return 3;
	/* Its own loopback device, which it may set up. */
	if (ioctl(socket(AF_INET, SOCK_DGRAM, 0), SIOCSIFFLAGS, &req))
		return 4;
	if (queue_next(&q, &t, LONG) != 1)
		return 5;
	s = (struct aem_stream *)&q.records[src.stream];
	memcpy(&rec, q.records[s->first].data, sizeof(rec));
	return strcmp(rec.ifname, "lo") ? 6 : 0;
}

TEST_F(confined, a_container_sees_its_own_network)
{
	EXPECT_EQ(0, in_child(its_own_links));
}

/* ---- loading and unloading ----------------------------------------------- */

/* Opens, uses and leaves queues as fast as it can; there may be no device. */
static void comes_and_goes(void)
{
	struct queue q;
	int ev = eventfd(0, EFD_NONBLOCK);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		if (queue_open(&q)) {
			usleep(1000);
			continue;
		}
		queue_add_fd(&q, 1, ev, EPOLLIN, AEM_F_LEVEL, 0);
		add(&q, links, NULL);
		eventfd_write(ev, 1);
		queue_wait(&q, 0);
		queue_close(&q);
		usleep(500);
	}
}

TEST_F(confined, unloaded_while_processes_come_and_go)
{
	struct queue q;
	pid_t pid[2];
	int i, gone = 0;

	ASSERT_EQ(0, queue_open(&q));
	EXPECT_NE(0, system("rmmod aem 2> /dev/null"));
	queue_close(&q);
	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		if (!pid[i])
			comes_and_goes();
	}
	for (i = 0; i < 300 && gone < 2; i++) {
		gone += !system("rmmod aem 2> /dev/null");
		ASSERT_EQ(0, system("modprobe aem"));
		usleep(10000);
	}
	for (i = 0; i < 2; i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
	}
	EXPECT_EQ(2, gone);
	ASSERT_EQ(0, queue_open(&q));
	queue_close(&q);
}

TEST_HARNESS_MAIN
