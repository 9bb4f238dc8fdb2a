// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sources with records: processes, files, networks, memory and publishers.
 */
// vm: timeout=90
#include <sched.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "queue.h"

FIXTURE(source) {
	struct queue q;
};

FIXTURE_SETUP(source)
{
	ASSERT_EQ(0, system("modprobe aem"));
	ASSERT_EQ(0, queue_open(&self->q));
}

FIXTURE_TEARDOWN(source)
{
	queue_close(&self->q);
}

static int add(struct queue *q, struct aem_source *src, uint32_t kind, int fd,
	       uint32_t events, uint32_t flags, uint32_t records)
{
	*src = (struct aem_source){
		.cookie = 1, .kind = kind, .fd = fd, .events = events,
		.flags = flags | AEM_F_START, .records = records,
	};
	return queue_add(q, src);
}

/* The next record of a source, with all its data; false if none comes. */
static int record(struct queue *q, const struct aem_source *src, void *data,
		  size_t size, uint32_t *len)
{
	struct aem_stream *s = (void *)&q->records[src->stream];
	struct aem_record *rec;
	uint8_t all[512];
	uint32_t at = 0;
	struct taken t;

	while (__atomic_load_n(&s->tail, __ATOMIC_ACQUIRE) == s->head) {
		if (queue_next(q, &t, LONG) != 1)
			return 0;
	}
	do {
		rec = &q->records[s->first + (s->head & s->mask)];
		memcpy(all + at, rec->data, sizeof(rec->data));
		at += sizeof(rec->data);
		*len = rec->len;
		__atomic_store_n(&s->head, s->head + 1, __ATOMIC_RELEASE);
	} while (rec->flags & AEM_REC_MORE);
	memcpy(data, all, *len < size ? *len : size);
	return 1;
}

static pid_t child_that_waits(int *go)
{
	int p[2];
	pid_t pid;
	char c;

	if (pipe(p))
		abort();
	pid = fork();
	if (!pid) {
		close(p[1]);
		if (read(p[0], &c, 1) < 0)
			_exit(1);
		if (!fork())
			_exit(5);
		wait(NULL);
		execl("/bin/sh", "sh", "-c", "exit 42", NULL);
		_exit(1);
	}
	close(p[0]);
	*go = p[1];
	return pid;
}

TEST_F(source, a_process_forks_execs_and_exits)
{
	struct aem_rec_proc rec;
	struct aem_source src;
	int go, status;
	uint32_t len;
	pid_t pid = child_that_waits(&go);

	ASSERT_EQ(0, add(&self->q, &src, AEM_KIND_PROC, pid,
			 AEM_PROC_FORK | AEM_PROC_EXEC | AEM_PROC_EXIT, 0, 16));
	close(go);
	ASSERT_TRUE(record(&self->q, &src, &rec, sizeof(rec), &len));
	EXPECT_EQ(sizeof(rec), len);
	EXPECT_EQ(AEM_PROC_FORK, rec.what);
	EXPECT_EQ(pid, rec.pid);
	EXPECT_LT(pid, rec.other);
	ASSERT_TRUE(record(&self->q, &src, &rec, sizeof(rec), &len));
	EXPECT_EQ(AEM_PROC_EXEC, rec.what);
	EXPECT_EQ(0, strcmp("sh", rec.comm));
	ASSERT_TRUE(record(&self->q, &src, &rec, sizeof(rec), &len));
	EXPECT_EQ(AEM_PROC_EXIT, rec.what);
	EXPECT_EQ(pid, rec.pid);
	EXPECT_EQ(42, WEXITSTATUS(rec.status));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(status, rec.status);
}

TEST_F(source, children_are_followed)
{
	int go, n = 0, exits = 0;
	struct aem_rec_proc rec;
	struct aem_source src;
	uint32_t len;
	pid_t pid = child_that_waits(&go);

	ASSERT_EQ(0, add(&self->q, &src, AEM_KIND_PROC, pid, AEM_PROC_EXIT,
			 AEM_F_FOLLOW, 16));
	close(go);
	for (n = 0; n < 2; n++) {
		ASSERT_TRUE(record(&self->q, &src, &rec, sizeof(rec), &len));
		exits += WEXITSTATUS(rec.status);
	}
	EXPECT_EQ(47, exits);
	waitpid(pid, NULL, 0);
}

TEST_F(source, a_killed_process_says_so)
{
	struct aem_rec_proc rec;
	struct aem_source src;
	uint32_t len;
	pid_t pid = fork();

	if (!pid) {
		pause();
		_exit(0);
	}
	ASSERT_EQ(0, add(&self->q, &src, AEM_KIND_PROC, pid, AEM_PROC_EXIT, 0,
			 1));
	kill(pid, SIGKILL);
	ASSERT_TRUE(record(&self->q, &src, &rec, sizeof(rec), &len));
	EXPECT_TRUE(WIFSIGNALED(rec.status));
	EXPECT_EQ(SIGKILL, WTERMSIG(rec.status));
	waitpid(pid, NULL, 0);
	EXPECT_EQ(-ESRCH, add(&self->q, &src, AEM_KIND_PROC, pid,
			      AEM_PROC_EXIT, 0, 1));
}

TEST_F(source, all_processes)
{
	struct aem_rec_proc rec;
	struct aem_source src;
	uint32_t len;
	pid_t pid;

	ASSERT_EQ(0, add(&self->q, &src, AEM_KIND_PROC, 0, AEM_PROC_EXIT, 0,
			 1024));
	pid = fork();
	if (!pid)
		_exit(9);
	do {
		ASSERT_TRUE(record(&self->q, &src, &rec, sizeof(rec), &len));
	} while (rec.pid != (uint32_t)pid);
	EXPECT_EQ(9, WEXITSTATUS(rec.status));
	waitpid(pid, NULL, 0);
}

TEST_F(source, other_peoples_processes_are_not_watched)
{
	struct aem_source src;
	int status;

	if (!fork()) {
		struct queue q;

		if (setgid(65534) || setuid(65534) || queue_open(&q) ||
		    add(&q, &src, AEM_KIND_PROC, 1, AEM_PROC_EXIT, 0, 1) !=
		    -EPERM ||
		    add(&q, &src, AEM_KIND_PROC, 0, AEM_PROC_EXIT, 0, 1) !=
		    -EPERM ||
		    add(&q, &src, AEM_KIND_PROC, getpid(), AEM_PROC_FORK, 0, 1))
			_exit(1);
		_exit(0);
	}
	wait(&status);
	EXPECT_EQ(0, status);
}

TEST_F(source, what_does_not_fit_is_counted)
{
	struct aem_source src;
	struct aem_stream *s;
	struct taken t;
	int i;

	ASSERT_EQ(0, add(&self->q, &src, AEM_KIND_PROC, getpid(),
			 AEM_PROC_FORK, 0, 4));
	for (i = 0; i < 10; i++) {
		if (!fork())
			_exit(0);
		wait(NULL);
	}
	ASSERT_EQ(1, queue_take(&self->q, &t));
	EXPECT_EQ(10, t.count);
	EXPECT_EQ(AEM_PROC_FORK | AEM_EV_LOST, t.events);
	s = (void *)&self->q.records[src.stream];
	EXPECT_EQ(4, s->tail - s->head);
	EXPECT_EQ(6, s->lost);
}

TEST_F(source, files_in_a_folder_by_name)
{
	char name[201], path[256], dir[] = "/tmp/aem-XXXXXX";
	struct {
		struct aem_rec_file rec;
		char name[256];
	} got;
	struct aem_source src;
	uint32_t len;
	int fd;

	ASSERT_NE(NULL, mkdtemp(dir));
	fd = open(dir, O_PATH);
	ASSERT_EQ(0, add(&self->q, &src, AEM_KIND_FILE, fd,
			 IN_CREATE | IN_MODIFY | IN_DELETE, AEM_F_CHILDREN,
			 64));
	close(fd);
	memset(name, 'n', sizeof(name));
	name[200] = 0;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	ASSERT_TRUE(record(&self->q, &src, &got, sizeof(got), &len));
	EXPECT_EQ(IN_CREATE, got.rec.mask);
	ASSERT_EQ(sizeof(got.rec) + 200, len);
	EXPECT_EQ(0, memcmp(name, got.rec.name, 200));
	ASSERT_EQ(1, write(fd, "x", 1));
	ASSERT_TRUE(record(&self->q, &src, &got, sizeof(got), &len));
	EXPECT_EQ(IN_MODIFY, got.rec.mask);
	close(fd);
	unlink(path);
	ASSERT_TRUE(record(&self->q, &src, &got, sizeof(got), &len));
	EXPECT_EQ(IN_DELETE, got.rec.mask);
	ASSERT_EQ(0, queue_ctl(&self->q, AEM_OP_DEL, src.id, 0));
	rmdir(dir);
}

TEST_F(source, a_file_that_may_not_be_read_is_not_watched)
{
	struct aem_source src;
	int status;

	if (!fork()) {
		struct queue q;
		int fd;

		if (setgid(65534) || setuid(65534) || queue_open(&q))
			_exit(1);
		fd = open("/etc/shadow", O_PATH);
		_exit(fd < 0 || add(&q, &src, AEM_KIND_FILE, fd, IN_MODIFY, 0,
				    1) != -EACCES);
	}
	wait(&status);
	EXPECT_EQ(0, status);
}

TEST_F(source, a_network_is_that_of_its_namespace)
{
	struct aem_source links, routes, other;
	struct aem_rec_net rec;
	struct queue outside;
	struct taken t;
	uint32_t len;

	ASSERT_EQ(0, queue_open(&outside));
	ASSERT_EQ(0, add(&outside, &other, AEM_KIND_NET, 0,
			 AEM_NET_LINK | AEM_NET_ADDR | AEM_NET_ROUTE, 0, 64));
	while (queue_take(&outside, &t))
		;
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, add(&self->q, &links, AEM_KIND_NET, 0,
			 AEM_NET_LINK | AEM_NET_ADDR, 0, 64));
	ASSERT_EQ(0, add(&self->q, &routes, AEM_KIND_NET, 0, AEM_NET_ROUTE, 0,
			 64));
	ASSERT_EQ(0, system("ip link add aemx type dummy"));
	do {
		ASSERT_TRUE(record(&self->q, &links, &rec, sizeof(rec), &len));
		EXPECT_EQ(AEM_NET_LINK, rec.what);
	} while (strcmp(rec.ifname, "aemx"));
	ASSERT_EQ(0, system("ip addr add 192.0.2.1/24 dev aemx;"
			    "ip link set aemx up;"
			    "ip route add 198.51.100.0/24 dev aemx"));
	do {
		ASSERT_TRUE(record(&self->q, &links, &rec, sizeof(rec), &len));
	} while (rec.what != AEM_NET_ADDR || rec.family != AF_INET);
	EXPECT_EQ(1, rec.event);
	EXPECT_EQ(24, rec.prefix);
	EXPECT_EQ(0, memcmp(rec.addr, "\xc0\x00\x02\x01", 4));
	do {
		ASSERT_TRUE(record(&self->q, &routes, &rec, sizeof(rec), &len));
	} while (memcmp(rec.addr, "\xc6\x33\x64\x00", 4));
	EXPECT_EQ(24, rec.prefix);
	EXPECT_EQ(1, rec.event);
	EXPECT_EQ(0, queue_take(&outside, &t));
	EXPECT_EQ(-ENODEV, add(&self->q, &links, AEM_KIND_NET, 999999,
			       AEM_NET_LINK, 0, 1));
	queue_close(&outside);
}

TEST_F(source, reclaim_is_noticed)
{
	struct aem_source src;
	struct taken t;

	ASSERT_EQ(0, add(&self->q, &src, AEM_KIND_MEM, 0, AEM_MEM_RECLAIM, 0,
			 0));
	ASSERT_EQ(0, system("echo 2 > /proc/sys/vm/drop_caches"));
	EXPECT_EQ(1, queue_next(&self->q, &t, LONG));
	EXPECT_EQ(AEM_MEM_RECLAIM, t.events);
}

static int add_pub(struct queue *q, struct aem_source *src, const char *name,
		   uint32_t events)
{
	*src = (struct aem_source){
		.cookie = 1, .kind = AEM_KIND_PUB, .events = events,
		.flags = AEM_F_START, .records = 32,
	};
	memcpy(src->pub, name, strlen(name) + 1);
	return queue_add(q, src);
}

#define PUBLISH(e, n) system("echo " e " " n \
	" > /sys/module/aem_publish_test/parameters/event")

/* It starts a dozen programs, each of which takes seconds on a slow kernel. */
TEST_F_TIMEOUT(source, a_module_publishes, 300)
{
	struct {
		struct aem_rec_pub rec;
		uint8_t data[256];
	} got;
	struct aem_source src;
	struct taken t;
	uint32_t len, i;

	EXPECT_EQ(-ENOENT, add_pub(&self->q, &src, "publish_test", 0xff));
	ASSERT_EQ(0, system("modprobe aem_publish_test"));
	ASSERT_EQ(0, PUBLISH("3", "10"));
	EXPECT_EQ(-EINVAL, add_pub(&self->q, &src, "a-b", 1));
	EXPECT_EQ(-EINVAL, add_pub(&self->q, &src, "", 1));
	ASSERT_EQ(0, add_pub(&self->q, &src, "publish_test", 1 << 3));
	ASSERT_EQ(0, PUBLISH("3", "255"));
	ASSERT_EQ(0, PUBLISH("2", "10"));
	ASSERT_TRUE(record(&self->q, &src, &got, sizeof(got), &len));
	EXPECT_EQ(sizeof(got.rec) + 232, len);
	EXPECT_EQ(3, got.rec.event);
	for (i = 0; i < 232; i++)
		EXPECT_EQ(i, got.data[i]);
	ASSERT_EQ(1, queue_take(&self->q, &t));
	EXPECT_EQ(1, t.count);
	EXPECT_EQ(1 << 3, t.events);
	EXPECT_EQ(0, queue_take(&self->q, &t));
	/* The publisher is held as long as somebody listens, and no longer. */
	EXPECT_NE(0, system("rmmod aem_publish_test 2>/dev/null"));
	ASSERT_EQ(0, queue_ctl(&self->q, AEM_OP_DEL, src.id, 0));
	if (!fork()) {
		struct queue q;

		if (setgid(65534) || setuid(65534) || queue_open(&q))
			_exit(1);
		_exit(add_pub(&q, &src, "publish_test", 1) != -EPERM ||
		      add_pub(&q, &src, "publish_open", 1));
	}
	wait((int *)&len);
	EXPECT_EQ(0, len);
	/* The child's context ends in a work. */
	for (i = 0; i < 600 && system("rmmod aem_publish_test 2>/dev/null"); i++)
		usleep(100000);
	EXPECT_GT(600, i);
}

TEST_HARNESS_MAIN
