// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random calls and a scribbled ring, from processes of a user without rights:
 * every ioctl with arguments that are nearly right, on descriptors of all kinds,
 * by two threads at once, while mappings and descriptors come and go.
 *
 * Nothing is expected but that the kernel has nothing to say, that what the
 * processes leave behind goes, and that another process's queue still works.
 * FUZZ_S is how many seconds (default 3), FUZZ_SEED the first seed; each process
 * that dies is followed by one with the next.
 */
// vm: timeout=90
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "queue.h"

#define QUEUES	3
#define FDS	24

static int queues[QUEUES], fds[FDS];
static uint32_t *maps[QUEUES];
static size_t sizes[QUEUES];
static uint64_t ids[64];
static uint64_t end;

static uint32_t rnd(uint32_t *seed, uint32_t limit)
{
	*seed = *seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(*seed >> 4) * limit >> 28);
}

/* Mostly small, sometimes anything. */
static uint64_t number(uint32_t *seed)
{
	switch (rnd(seed, 8)) {
	case 0:
		return (uint64_t)rnd(seed, 1u << 27) << rnd(seed, 40);
	case 1:
		return ~0ULL >> rnd(seed, 64);
	case 2:
		return 1ULL << rnd(seed, 64);
	default:
		return rnd(seed, 16);
	}
}

static int some_fd(uint32_t *seed)
{
	return rnd(seed, 30) ? fds[rnd(seed, FDS)] : (int)number(seed);
}

static void new_fd(uint32_t *seed, int i)
{
	struct itimerspec soon = { { 0, 3000000 }, { 0, 1000000 } };
	int pair[2], fd;
	sigset_t set;

	switch (rnd(seed, 11)) {
	case 0:
		fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
		timerfd_settime(fd, 0, &soon, NULL);
		break;
	case 1:
		sigemptyset(&set);
		sigaddset(&set, SIGRTMIN + 1);
		fd = signalfd(-1, &set, SFD_NONBLOCK);
		break;
	case 2:
		fd = epoll_create1(0);
		break;
	case 3:
		fd = inotify_init1(IN_NONBLOCK);
		break;
	case 4:
		fd = open("/tmp", O_RDONLY);
		break;
	case 5:
		fd = queues[rnd(seed, QUEUES)];
		break;
	case 6:
		if (pipe2(pair, O_NONBLOCK))
			return;
		dup2(pair[1], fds[(i + 1) % FDS]);
		close(pair[1]);
		fd = pair[0];
		break;
	case 7:
		if (socketpair(AF_UNIX, SOCK_NONBLOCK |
			       (rnd(seed, 2) ? SOCK_DGRAM : SOCK_STREAM), 0,
			       pair))
			return;
		dup2(pair[1], fds[(i + 1) % FDS]);
		close(pair[1]);
		fd = pair[0];
		break;
	case 8:
		fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		listen(fd, 5);
		break;
	default:
		fd = eventfd(0, EFD_NONBLOCK);
	}
	if (fd < 0)
		return;
	dup2(fd, fds[i]);
	if (fd != queues[0] && fd != queues[1] && fd != queues[2])
		close(fd);
}

static void setup(uint32_t *seed, int i)
{
	struct aem_setup setup = {
		.flags = rnd(seed, 4), .sources = 1 + rnd(seed, 200),
		.records = rnd(seed, 400), .bufs = rnd(seed, 9),
	};
	int fd;

	setup.buf_size = setup.bufs ? 64 * (1 + rnd(seed, 4)) : 0;
	if (!rnd(seed, 20))
		((uint32_t *)&setup)[rnd(seed, 6)] = number(seed);
	if (maps[i])
		munmap(maps[i], sizes[i]);
	maps[i] = NULL;
	fd = open(AEM_DEVICE, O_RDWR | O_CLOEXEC);
	dup2(fd, queues[i]);
	close(fd);
	/* Large ones take long to clear. */
	if (setup.sources > 100000 || setup.records > 100000 ||
	    setup.bufs > 1000 || ioctl(queues[i], AEM_IOC_SETUP, &setup))
		return;
	sizes[i] = setup.map_size;
	maps[i] = mmap(NULL, sizes[i], PROT_READ | PROT_WRITE, MAP_SHARED,
		       queues[i], rnd(seed, 20) ? 0 : 4096);
	if (maps[i] == MAP_FAILED)
		maps[i] = NULL;
}

static void add(uint32_t *seed, int i)
{
	static const char * const pubs[] = { "digsig", "publish_open", "x-", "" };
	static const uint32_t flags[] = {
		0, AEM_F_LEVEL, AEM_F_ONESHOT, AEM_F_EXCLUSIVE, AEM_F_ASYNC,
		AEM_F_STAMP, AEM_F_RELATIVE, AEM_F_FOLLOW, AEM_F_CHILDREN,
		AEM_F_BOOST,
	};
	struct aem_source src[20] = {};
	struct aem_add adds = { .sources = (uintptr_t)src };
	unsigned int n = rnd(seed, 6) ? 1 : rnd(seed, 20), j;

	for (j = 0; j < n; j++) {
		src[j].cookie = 1 + rnd(seed, 100);
		src[j].kind = rnd(seed, __AEM_KIND_MAX + 1);
		src[j].flags = (rnd(seed, 4) ? AEM_F_START : 0) |
			       flags[rnd(seed, 10)];
		src[j].prio = rnd(seed, 50) ? rnd(seed, 8) : number(seed);
		src[j].events = 1 + rnd(seed, 15);
		src[j].fd = some_fd(seed);
		switch (src[j].kind) {
		case AEM_KIND_TIMER:
			src[j].events = 0;
			src[j].timer.first_ns = rnd(seed, 3000000);
			src[j].timer.period_ns = rnd(seed, 2) ? 0 :
						 50000 + rnd(seed, 3000000);
			src[j].timer.slack_ns = number(seed);
			break;
		case AEM_KIND_USER:
			src[j].events = 0;
			break;
		case AEM_KIND_ACCEPT:
		case AEM_KIND_RECV:
			src[j].events = 0;
			src[j].records = 1 << rnd(seed, 5);
			break;
		case AEM_KIND_PROC:
			src[j].fd = getpid();
			src[j].records = 1 << rnd(seed, 5);
			break;
		case AEM_KIND_PUB:
			strcpy(src[j].pub, pubs[rnd(seed, 4)]);
			src[j].records = 8;
			break;
		case AEM_KIND_NET:
			src[j].fd = rnd(seed, 2);
			src[j].records = 1 << rnd(seed, 5);
			break;
		case AEM_KIND_FILE:
			src[j].records = 1 << rnd(seed, 5);
			break;
		}
		if (!rnd(seed, 20))
			((uint32_t *)&src[j])[rnd(seed, sizeof(*src) / 4)] =
				number(seed);
	}
	adds.count = rnd(seed, 50) ? n : number(seed) % 100000;
	if (!rnd(seed, 50))
		adds.sources = number(seed);
	ioctl(queues[i], AEM_IOC_ADD, &adds);
	ids[rnd(seed, 64)] = src[0].id;
}

static void notify(uint32_t *seed, int i)
{
	struct aem_notify how = {
		.mode = rnd(seed, 2), .signo = SIGRTMIN + rnd(seed, 2),
		.tid = rnd(seed, 10) ? 0 : number(seed), .value = number(seed),
	};

	/* An upcall into nowhere is the process's end. */
	if (!rnd(seed, 200)) {
		how.mode = AEM_NOTIFY_UPCALL;
		how.entry = number(seed);
		how.zone = number(seed);
		how.popf = number(seed);
		how.redo = number(seed);
	}
	if (!rnd(seed, 20))
		((uint32_t *)&how)[rnd(seed, 3)] = number(seed);
	ioctl(queues[i], AEM_IOC_NOTIFY, &how);
}

static void control(uint32_t *seed, int i)
{
	struct aem_timer timer = { ids[rnd(seed, 64)], rnd(seed, 2) << 7, 0,
				   number(seed), number(seed), number(seed) };
	uint64_t some[8];
	struct aem_ctl ctl = {
		.op = rnd(seed, 5), .flags = !rnd(seed, 6),
		.ids = (uintptr_t)some, .count = rnd(seed, 8),
		.prio = rnd(seed, 9),
	};
	unsigned int j;

	for (j = 0; j < 8; j++)
		some[j] = rnd(seed, 5) ? ids[rnd(seed, 64)] : number(seed);
	ioctl(queues[i], AEM_IOC_CTL, &ctl);
	ioctl(queues[i], AEM_IOC_TIMER, &timer);
}

static void scribble(uint32_t *seed, int i)
{
	uint32_t *map = maps[i];
	size_t words = sizes[i] / 4;
	unsigned int j;

	for (j = 0; map && j < 64; j++)
		map[rnd(seed, 3) ? rnd(seed, 32) : rnd(seed, words)] =
			number(seed);
}

static void poke(uint32_t *seed)
{
	struct aem_fire fire = { ids[rnd(seed, 64)], number(seed) };
	uint64_t one = 1;
	int fd = some_fd(seed);

	ioctl(queues[rnd(seed, QUEUES)], AEM_IOC_FIRE, &fire);
	if (write(fd, &one, sizeof(one)) < 0)
		send(fd, &one, sizeof(one), MSG_DONTWAIT | MSG_NOSIGNAL);
	if (!rnd(seed, 3) && read(fds[rnd(seed, FDS)], &one, 1) < 0)
		return;
}

static void child(uint32_t *seed)
{
	uint32_t its = *seed;
	pid_t pid = fork();

	if (!pid) {
		poke(&its);
		add(&its, 0);
		if (rnd(&its, 2))
			execl("/bin/true", "true", NULL);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void *calls(void *arg)
{
	uint32_t seed = (uintptr_t)arg;
	int i;

	while (now_ns() < end) {
		i = rnd(&seed, QUEUES);
		switch (rnd(&seed, 32)) {
		case 0:
			setup(&seed, i);
			break;
		case 1:
			new_fd(&seed, rnd(&seed, FDS));
			break;
		case 2:
			if (!rnd(&seed, 8))
				child(&seed);
			break;
		case 3:
			notify(&seed, i);
			break;
		case 4 ... 9:
			scribble(&seed, i);
			break;
		case 10 ... 13:
			control(&seed, i);
			break;
		case 14 ... 18:
			ioctl(queues[i], AEM_IOC_WAIT, rnd(&seed, 2) ? 0 :
			      (unsigned long)rnd(&seed, 2000000));
			break;
		case 19 ... 24:
			add(&seed, i);
			break;
		case 25:
			/* But for AEM_IOC_WAIT, which may be for ever. */
			ioctl(queues[i], _IOC(1 + rnd(&seed, 3), 'Q',
					      0x80 + rnd(&seed, 8),
					      rnd(&seed, 100)), number(&seed));
			break;
		default:
			poke(&seed);
		}
	}
	return NULL;
}

/* One process, until the time is over or it has shot itself. */
static void fuzz(uint32_t seed)
{
	struct rlimit few = { 256, 256 }, none = { 0, 0 };
	uint32_t mine = seed;
	pthread_t other;
	int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_NOFILE, &few);
	setrlimit(RLIMIT_CORE, &none);
	if (setgid(65534) || setuid(65534))
		_exit(1);
	signal(SIGRTMIN, SIG_IGN);
	signal(SIGRTMIN + 1, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < FDS; i++)
		fds[i] = 100 + i;
	for (i = 0; i < QUEUES; i++) {
		queues[i] = 90 + i;
		setup(&mine, i);
	}
	for (i = 0; i < FDS; i++)
		new_fd(&mine, i);
	pthread_create(&other, NULL, calls, (void *)(uintptr_t)(seed ^ 0x5555));
	calls((void *)(uintptr_t)seed);
	pthread_join(other, NULL);
	_exit(0);
}

static uint64_t environment(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 0) : otherwise;
}

/* Waits for a process; what still waits itself at the end is killed. */
static int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, WNOHANG) != pid) {
		if (now_ns() > end + SECOND)
			kill(pid, SIGKILL);
		usleep(10000);
	}
	return status;
}

FIXTURE(fuzz) {
	int unused;
};

FIXTURE_SETUP(fuzz)
{
}

FIXTURE_TEARDOWN(fuzz)
{
}

TEST_F_TIMEOUT(fuzz, random_calls_of_a_user_without_rights, 36000)
{
	uint32_t seed = environment("FUZZ_SEED", now_ns() & 0xffffff);
	struct queue q;
	struct taken t;
	int status, ev, n = 0;
	pid_t pid;

	ASSERT_EQ(0, system("modprobe aem"));
	ASSERT_EQ(0, queue_open(&q));
	ev = eventfd(0, EFD_NONBLOCK);
	ASSERT_NE(0, queue_add_fd(&q, 1, ev, EPOLLIN, 0, 0));
	end = now_ns() + environment("FUZZ_S", 3) * SECOND;
	printf("# seed %u\n", seed);
	fflush(stdout);
	while (now_ns() < end) {
		pid = fork();
		if (!pid)
			fuzz(seed + n);
		status = reap(pid);
		/* It may have jumped, or mapped and unmapped itself, to death. */
		if (WIFEXITED(status))
			ASSERT_EQ(0, WEXITSTATUS(status));
		n++;
	}
	printf("# %d processes\n", n);
	eventfd_write(ev, 1);
	/* The processes had the descriptor too. */
	ASSERT_EQ(1, queue_take(&q, &t));
	EXPECT_LE(1, t.count);
	queue_close(&q);
}

TEST_HARNESS_MAIN
