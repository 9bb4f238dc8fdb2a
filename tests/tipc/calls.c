// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random calls on sockets of all kinds, from processes of a user without rights
 * in a namespace of their own: what programs do, with arguments that are nearly
 * right, by three threads at once on the same sockets.
 *
 * Nothing is expected but that the kernel has nothing to say, that what the
 * processes leave behind goes with them, and that sockets still work afterwards.
 * FUZZ_S is how many seconds (default 3), FUZZ_SEED the first seed.
 */
// vm: timeout=90
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/cgl_tipc.h>
#include <linux/tipc.h>

#include "kselftest_harness.h"

#define SECOND	1000000000ULL
#define FDS	16
#define TYPES	6

static int fds[FDS], pipes[2], file;
static uint64_t end;
static uint32_t ports[32];

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

static uint32_t rnd(uint32_t *seed, uint32_t limit)
{
	*seed = *seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(*seed >> 4) * limit >> 28);
}

/* Mostly small, sometimes anything. */
static uint32_t number(uint32_t *seed)
{
	switch (rnd(seed, 8)) {
	case 0:
		return rnd(seed, 1u << 27) << rnd(seed, 8);
	case 1:
		return ~0u >> rnd(seed, 32);
	default:
		return rnd(seed, 8);
	}
}

static int some(uint32_t *seed)
{
	return fds[rnd(seed, FDS)];
}

/* A few services, so that calls meet; 1 is the topology service. */
static uint32_t type(uint32_t *seed)
{
	return rnd(seed, 12) ? 1000 + rnd(seed, TYPES) :
	       rnd(seed, 2) ? 1 : number(seed);
}

static socklen_t address(uint32_t *seed, struct sockaddr_tipc *sa)
{
	memset(sa, 0, sizeof(*sa));
	sa->family = rnd(seed, 50) ? AF_TIPC : number(seed);
	sa->addrtype = rnd(seed, 50) ? 1 + rnd(seed, 3) : number(seed);
	sa->scope = rnd(seed, 4) ? 2 + (int)rnd(seed, 2) :
		    (int)number(seed) - 4;
	sa->addr.nameseq.type = type(seed);
	sa->addr.nameseq.lower = rnd(seed, 5);
	sa->addr.nameseq.upper = rnd(seed, 5);
	if (sa->addrtype == TIPC_SOCKET_ADDR && rnd(seed, 10)) {
		sa->addr.id.ref = ports[rnd(seed, 32)];
		sa->addr.id.node = 0;
	}
	return rnd(seed, 50) ? sizeof(*sa) : number(seed) % sizeof(*sa);
}

static void new_socket(uint32_t *seed)
{
	static const int kinds[] = {
		SOCK_RDM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM
	};
	int kind = kinds[rnd(seed, 4)] | SOCK_NONBLOCK, pair[2];
	struct sockaddr_tipc sa;
	socklen_t len = sizeof(sa);

	if (rnd(seed, 4)) {
		pair[0] = socket(AF_TIPC, kind, 0);
		if (pair[0] < 0)
			return;
	} else {
		if (socketpair(AF_TIPC, kind, 0, pair))
			return;
		dup2(pair[1], some(seed));
		close(pair[1]);
	}
	if (!getsockname(pair[0], (void *)&sa, &len))
		ports[rnd(seed, 32)] = sa.addr.id.ref;
	dup2(pair[0], some(seed));
	close(pair[0]);
}

static void option(uint32_t *seed)
{
	static const int names[] = {
		TIPC_IMPORTANCE, TIPC_SRC_DROPPABLE, TIPC_DEST_DROPPABLE,
		TIPC_CONN_TIMEOUT, TIPC_MCAST_BROADCAST, TIPC_MCAST_REPLICAST,
		TIPC_NODELAY, TIPC_BIND_EXCLUSIVE, TIPC_GROUP_LAG,
	};
	int fd = some(seed), name = names[rnd(seed, 9)];
	socklen_t len = rnd(seed, 4) ? 4 : rnd(seed, 40);
	uint32_t value[10] = { number(seed) };

	if (!rnd(seed, 20))
		name = number(seed);
	if (rnd(seed, 3))
		setsockopt(fd, SOL_TIPC, name, value, len);
	else
		getsockopt(fd, SOL_TIPC, 127 + rnd(seed, 70), value, &len);
	value[0] = 1 + rnd(seed, 1u << rnd(seed, 20));
	setsockopt(fd, SOL_SOCKET, rnd(seed, 2) ? SO_RCVBUF : SO_PASSCRED,
		   value, 4);
}

static void group(uint32_t *seed)
{
	struct tipc_group_req req = {
		2000 + rnd(seed, 2), rnd(seed, 3), 2 + rnd(seed, 2),
		rnd(seed, 4),
	};

	if (rnd(seed, 4))
		setsockopt(some(seed), SOL_TIPC, TIPC_GROUP_JOIN, &req,
			   rnd(seed, 20) ? sizeof(req) : rnd(seed, 20));
	else
		setsockopt(some(seed), SOL_TIPC, TIPC_GROUP_LEAVE, NULL, 0);
}

static void send_some(uint32_t *seed)
{
	static char data[70000];
	union {
		char buf[CMSG_SPACE(8 * sizeof(int))];
		struct cmsghdr align;
	} control = {};
	struct tipc_subscr sub = {
		.seq = { type(seed), rnd(seed, 3), 2 + rnd(seed, 3) },
		.timeout = rnd(seed, 2) ? TIPC_WAIT_FOREVER : rnd(seed, 20),
		.filter = 1 + rnd(seed, 7),
	};
	struct sockaddr_tipc sa;
	struct iovec iov = {
		data, rnd(seed, 4) ? rnd(seed, 2000) : rnd(seed, 70000)
	};
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;

	if (!rnd(seed, 6)) {
		iov.iov_base = &sub;
		iov.iov_len = rnd(seed, 20) ? sizeof(sub) : rnd(seed, 40);
	}
	if (rnd(seed, 2)) {
		m.msg_name = &sa;
		m.msg_namelen = address(seed, &sa);
	}
	if (!rnd(seed, 4)) {
		m.msg_control = control.buf;
		m.msg_controllen = sizeof(control.buf);
		cmsg = CMSG_FIRSTHDR(&m);
		cmsg->cmsg_level = rnd(seed, 10) ? SOL_SOCKET : SOL_TIPC;
		cmsg->cmsg_type = 1 + rnd(seed, 3);
		cmsg->cmsg_len = CMSG_LEN(rnd(seed, 9) * sizeof(int));
		((int *)CMSG_DATA(cmsg))[0] = rnd(seed, 2) ? file : some(seed);
		((int *)CMSG_DATA(cmsg))[1] = pipes[0];
	}
	sendmsg(some(seed), &m, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void receive_some(uint32_t *seed)
{
	static const int flags[] = {
		0, MSG_PEEK, MSG_WAITALL, MSG_TRUNC, MSG_ERRQUEUE, MSG_OOB,
		MSG_CMSG_CLOEXEC,
	};
	char data[70000], control[600];
	struct sockaddr_tipc sa[2];
	struct iovec iov = { data, rnd(seed, 3) ? rnd(seed, sizeof(data)) :
			     rnd(seed, 3) };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_name = rnd(seed, 2) ? sa : NULL,
		.msg_namelen = rnd(seed, sizeof(sa) + 1),
		.msg_control = rnd(seed, 2) ? control : NULL,
		.msg_controllen = rnd(seed, sizeof(control)),
	};
	struct cmsghdr *cmsg;
	int fd;

	if (recvmsg(some(seed), &m, MSG_DONTWAIT | flags[rnd(seed, 7)]) < 0 ||
	    !m.msg_control)
		return;
	for (cmsg = CMSG_FIRSTHDR(&m); cmsg; cmsg = CMSG_NXTHDR(&m, cmsg))
		for (; cmsg->cmsg_level == SOL_SOCKET &&
		     cmsg->cmsg_type == SCM_RIGHTS &&
		     cmsg->cmsg_len >= CMSG_LEN(sizeof(int));
		     cmsg->cmsg_len -= sizeof(int)) {
			memcpy(&fd, CMSG_DATA(cmsg) + cmsg->cmsg_len -
			       CMSG_LEN(sizeof(int)), sizeof(fd));
			close(fd);
		}
}

static void move_some(uint32_t *seed)
{
	size_t len = 1 + rnd(seed, 9000);
	off_t at = 0;

	switch (rnd(seed, 3)) {
	case 0:
		splice(pipes[0], NULL, some(seed), NULL, len,
		       SPLICE_F_NONBLOCK);
		break;
	case 1:
		splice(some(seed), NULL, pipes[1], NULL, len,
		       SPLICE_F_NONBLOCK);
		break;
	default:
		sendfile(some(seed), file, &at, len);
	}
}

static void *calls(void *arg)
{
	uint32_t seed = (uintptr_t)arg;
	struct sockaddr_tipc sa[2];
	struct tipc_sioc_ln_req ln;
	struct pollfd p;
	socklen_t len;
	int fd;

	while (now_ns() < end) {
		len = address(&seed, sa);
		switch (rnd(&seed, 24)) {
		case 0:
		case 1:
			new_socket(&seed);
			break;
		case 2:
		case 3:
			bind(some(&seed), (void *)sa, rnd(&seed, 20) ? len : 0);
			break;
		case 4:
		case 5:
			connect(some(&seed), (void *)sa, len);
			break;
		case 6:
			listen(some(&seed), 3);
			break;
		case 7:
			fd = accept4(some(&seed), NULL, NULL, SOCK_NONBLOCK);
			if (fd >= 0) {
				dup2(fd, some(&seed));
				close(fd);
			}
			break;
		case 8:
			shutdown(some(&seed), rnd(&seed, 3));
			break;
		case 9:
			option(&seed);
			break;
		case 10:
			group(&seed);
			break;
		case 11:
			len = sizeof(sa);
			(rnd(&seed, 2) ? getpeername : getsockname)
				(some(&seed), (void *)sa, &len);
			p.fd = some(&seed);
			p.events = -1;
			poll(&p, 1, 0);
			break;
		case 12:
			ln.peer = rnd(&seed, 3);
			ln.bearer_id = number(&seed);
			ioctl(some(&seed), rnd(&seed, 2) ? SIOCGETLINKNAME :
			      SIOCGETNODEID, &ln);
			break;
		case 13:
			move_some(&seed);
			break;
		case 14 ... 18:
			receive_some(&seed);
			break;
		default:
			send_some(&seed);
		}
	}
	return NULL;
}

static void fuzz(uint32_t seed)
{
	struct rlimit few = { 200, 200 };
	pthread_t others[2];
	uint32_t mine = seed;
	int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_NOFILE, &few);
	if (seed & 1 && unshare(CLONE_NEWNET))
		_exit(1);
	if (setgid(65534) || setuid(65534))
		_exit(1);
	file = open("/proc/self/exe", O_RDONLY);
	if (pipe2(pipes, O_NONBLOCK) || write(pipes[1], fds, sizeof(fds)) < 0)
		_exit(1);
	for (i = 0; i < FDS; i++)
		fds[i] = 100 + i;
	for (i = 0; i < 2 * FDS; i++)
		new_socket(&mine);
	for (i = 0; i < 2; i++)
		pthread_create(&others[i], NULL, calls,
			       (void *)(uintptr_t)(seed ^ 0x5555 << i));
	calls((void *)(uintptr_t)seed);
	/* Who still waits at the end is killed with its sockets open. */
	if (seed & 2)
		_exit(0);
	for (i = 0; i < 2; i++)
		pthread_join(others[i], NULL);
	_exit(0);
}

static uint64_t environment(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 0) : otherwise;
}

FIXTURE(calls) {
	int unused;
};

FIXTURE_SETUP(calls)
{
}

FIXTURE_TEARDOWN(calls)
{
}

TEST_F_TIMEOUT(calls, of_a_user_without_rights, 36000)
{
	uint32_t seed = environment("FUZZ_SEED", now_ns() & 0xffffff);
	uint64_t last = now_ns() + environment("FUZZ_S", 3) * SECOND;
	int status, pair[2], n = 0;
	char data[8];
	pid_t pid;

	ASSERT_EQ(0, system("modprobe tipc"));
	printf("# seed %u\n", seed);
	fflush(stdout);
	while (now_ns() < last) {
		end = now_ns() + SECOND;
		pid = fork();
		if (!pid)
			fuzz(seed + n);
		while (waitpid(pid, &status, WNOHANG) != pid) {
			if (now_ns() > end + SECOND)
				kill(pid, SIGKILL);
			usleep(5000);
		}
		if (WIFEXITED(status))
			ASSERT_EQ(0, WEXITSTATUS(status));
		n++;
	}
	printf("# %d processes\n", n);
	ASSERT_EQ(0, socketpair(AF_TIPC, SOCK_SEQPACKET, 0, pair));
	EXPECT_EQ(2, send(pair[0], "ok", 2, 0));
	EXPECT_EQ(2, recv(pair[1], data, sizeof(data), 0));
	close(pair[0]);
	close(pair[1]);
}

TEST_HARNESS_MAIN
