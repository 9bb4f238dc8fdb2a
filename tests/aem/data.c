// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections and received data come with the event, and who does not take them
 * makes the peer wait and loses nothing.
 */
// vm: timeout=90
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "queue.h"

FIXTURE(data) {
	struct queue q;
	int sv[2];
};

FIXTURE_SETUP(data)
{
	ASSERT_EQ(0, system("modprobe aem"));
	ASSERT_EQ(0, queue_open(&self->q));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, self->sv));
}

FIXTURE_TEARDOWN(data)
{
	close(self->sv[0]);
	close(self->sv[1]);
	queue_close(&self->q);
}

static int add(struct queue *q, struct aem_source *src, uint32_t kind, int fd,
	       uint32_t flags, uint32_t records)
{
	*src = (struct aem_source){
		.cookie = 1, .kind = kind, .fd = fd,
		.flags = flags | AEM_F_START, .records = records,
	};
	return queue_add(q, src);
}

/* The next record; false if none comes within @ns. */
static int record(struct queue *q, const struct aem_source *src, void *data,
		  size_t size, uint64_t ns)
{
	struct aem_stream *s = (void *)&q->records[src->stream];
	struct taken t;

	while (__atomic_load_n(&s->tail, __ATOMIC_ACQUIRE) == s->head) {
		if (queue_next(q, &t, ns) != 1)
			return 0;
	}
	memcpy(data, q->records[s->first + (s->head & s->mask)].data, size);
	__atomic_store_n(&s->head, s->head + 1, __ATOMIC_RELEASE);
	return 1;
}

static const uint8_t *buffer(struct queue *q, uint32_t buf)
{
	return (uint8_t *)q->hdr + q->hdr->buf_off + buf * q->hdr->buf_size;
}

static void give_back(struct queue *q, uint32_t buf)
{
	uint32_t *ids = (void *)q->hdr + q->hdr->bufid_off;
	uint32_t tail = q->hdr->buf_tail;

	ids[tail & (q->hdr->bufs - 1)] = buf;
	__atomic_store_n(&q->hdr->buf_tail, tail + 1, __ATOMIC_RELEASE);
}

TEST_F(data, bytes_come_with_the_event)
{
	struct aem_rec_recv rec;
	struct aem_source src;
	int i;

	ASSERT_EQ(0, add(&self->q, &src, AEM_KIND_RECV, self->sv[0], 0, 8));
	for (i = 0; i < 50; i++) {
		ASSERT_EQ(5, write(self->sv[1], "hello", 5));
		ASSERT_TRUE(record(&self->q, &src, &rec, sizeof(rec), LONG));
		ASSERT_EQ(5, rec.len);
		EXPECT_EQ(0, memcmp(buffer(&self->q, rec.buf), "hello", 5));
		give_back(&self->q, rec.buf);
	}
}

TEST_F(data, the_end_of_a_stream_comes_after_its_bytes)
{
	struct aem_rec_recv rec;
	struct aem_source src;

	ASSERT_EQ(4, write(self->sv[1], "last", 4));
	close(self->sv[1]);
	ASSERT_EQ(0, add(&self->q, &src, AEM_KIND_RECV, self->sv[0], 0, 8));
	ASSERT_TRUE(record(&self->q, &src, &rec, sizeof(rec), LONG));
	EXPECT_EQ(4, rec.len);
	ASSERT_TRUE(record(&self->q, &src, &rec, sizeof(rec), LONG));
	EXPECT_EQ(0, rec.len);
	EXPECT_EQ(~0u, rec.buf);
	EXPECT_FALSE(record(&self->q, &src, &rec, sizeof(rec), SHORT));
}

TEST_F(data, without_buffers_the_sender_waits)
{
	uint64_t sent = 0, got = 0, i;
	struct aem_rec_recv rec;
	struct aem_source src;
	uint8_t bytes[4096];
	ssize_t n;

	ASSERT_EQ(0, add(&self->q, &src, AEM_KIND_RECV, self->sv[0], 0, 32));
	fcntl(self->sv[1], F_SETFL, O_NONBLOCK);
	/* More than 16 buffers of 1024 and what the socket holds. */
	do {
		for (i = 0; i < sizeof(bytes); i++)
			bytes[i] = (sent + i) * 7;
		n = write(self->sv[1], bytes, sizeof(bytes));
		sent += n > 0 ? n : 0;
		queue_wait(&self->q, 0);
	} while (n > 0);
	ASSERT_EQ(EAGAIN, errno);
	ASSERT_GT(sent, 16 * 1024);
	while (got < sent) {
		ASSERT_TRUE(record(&self->q, &src, &rec, sizeof(rec), LONG));
		ASSERT_GT(rec.len, 0);
		for (i = 0; i < (uint64_t)rec.len; i++)
			ASSERT_EQ((uint8_t)((got + i) * 7),
				  buffer(&self->q, rec.buf)[i]);
		got += rec.len;
		give_back(&self->q, rec.buf);
	}
	EXPECT_FALSE(record(&self->q, &src, &rec, sizeof(rec), SHORT));
}

TEST_F(data, datagrams_keep_their_size)
{
	struct aem_rec_recv rec;
	struct aem_source src;
	static char big[3000];
	int sv[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, sv));
	ASSERT_EQ(0, add(&self->q, &src, AEM_KIND_RECV, sv[0], 0, 8));
	ASSERT_EQ(3, send(sv[1], "abc", 3, 0));
	ASSERT_EQ(0, send(sv[1], "", 0, 0));
	ASSERT_EQ(3000, send(sv[1], big, 3000, 0));
	ASSERT_TRUE(record(&self->q, &src, &rec, sizeof(rec), LONG));
	EXPECT_EQ(3, rec.len);
	ASSERT_TRUE(record(&self->q, &src, &rec, sizeof(rec), LONG));
	EXPECT_EQ(0, rec.len);
	EXPECT_NE(~0u, rec.buf);
	ASSERT_TRUE(record(&self->q, &src, &rec, sizeof(rec), LONG));
	EXPECT_EQ(3000, rec.len);
	EXPECT_FALSE(record(&self->q, &src, &rec, sizeof(rec), SHORT));
}

TEST_F(data, buffers_that_are_none_are_passed_over)
{
	uint32_t *ids = (void *)self->q.hdr + self->q.hdr->bufid_off;
	struct aem_rec_recv rec;
	struct aem_source src;
	uint32_t i;

	for (i = 0; i < self->q.hdr->bufs; i++)
		ids[i] = i == 5 ? 5 : 0x80000000u + i;
	ASSERT_EQ(0, add(&self->q, &src, AEM_KIND_RECV, self->sv[0], 0, 8));
	ASSERT_EQ(1, write(self->sv[1], "x", 1));
	ASSERT_TRUE(record(&self->q, &src, &rec, sizeof(rec), LONG));
	EXPECT_EQ(5, rec.buf);
	self->q.hdr->buf_tail = 0x7fffffff;
	ASSERT_EQ(1, write(self->sv[1], "x", 1));
	EXPECT_FALSE(record(&self->q, &src, &rec, sizeof(rec), SHORT));
}

TEST_F(data, connections_are_accepted)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(0x7f000001) }, peer;
	int lfd = socket(AF_INET, SOCK_STREAM, 0), fd[20], i, j;
	socklen_t len = sizeof(addr);
	struct aem_rec_accept rec;
	struct aem_source src;
	char c;

	if (system("ip link set lo up"))
		SKIP(return, "no lo");
	ASSERT_EQ(0, bind(lfd, (void *)&addr, sizeof(addr)));
	ASSERT_EQ(0, listen(lfd, 32));
	ASSERT_EQ(0, getsockname(lfd, (void *)&addr, &len));
	ASSERT_EQ(0, add(&self->q, &src, AEM_KIND_ACCEPT, lfd, 0, 4));
	/* More than there are records: the rest stays in the backlog. */
	for (i = 0; i < 20; i++) {
		fd[i] = socket(AF_INET, SOCK_STREAM, 0);
		ASSERT_EQ(0, connect(fd[i], (void *)&addr, sizeof(addr)));
	}
	for (i = 0; i < 20; i++) {
		ASSERT_TRUE(record(&self->q, &src, &rec, sizeof(rec), LONG));
		ASSERT_GE(rec.fd, 0);
		EXPECT_EQ(FD_CLOEXEC, fcntl(rec.fd, F_GETFD));
		EXPECT_NE(0, fcntl(rec.fd, F_GETFL) & O_NONBLOCK);
		EXPECT_EQ(sizeof(peer), rec.addr_len);
		/* On two CPUs the order need not be that of connect(). */
		for (j = 0; j < 20; j++) {
			len = sizeof(peer);
			ASSERT_EQ(0, getsockname(fd[j], (void *)&peer, &len));
			if (!memcmp(&peer, rec.addr, 8))
				break;
		}
		ASSERT_LT(j, 20);
		ASSERT_EQ(1, write(fd[j], "y", 1));
		fcntl(rec.fd, F_SETFL, 0);
		ASSERT_EQ(1, read(rec.fd, &c, 1));
		close(rec.fd);
	}
	EXPECT_FALSE(record(&self->q, &src, &rec, sizeof(rec), SHORT));
}

TEST_F(data, only_sockets)
{
	struct aem_source src;
	int p[2];

	ASSERT_EQ(0, pipe(p));
	EXPECT_EQ(-ENOTSOCK, add(&self->q, &src, AEM_KIND_RECV, p[0], 0, 8));
	EXPECT_EQ(-EINVAL, add(&self->q, &src, AEM_KIND_RECV, self->sv[0], 0,
			       7));
	EXPECT_EQ(-EINVAL, add(&self->q, &src, AEM_KIND_RECV, self->sv[0], 0,
			       0));
	EXPECT_EQ(-ENOSPC, add(&self->q, &src, AEM_KIND_RECV, self->sv[0], 0,
			       4096));
}

TEST_HARNESS_MAIN
