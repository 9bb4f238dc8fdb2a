// SPDX-License-Identifier: GPL-2.0-only
/*
 * An HTTP server in one file that mixes both styles of libaem.
 *
 * usage: httpd [-p PORT] [-t SECONDS] [-i INTERVAL_US]
 *
 * Connections and requests are synchronous events: main() waits for them with
 * aem_wait() and answers in its own loop. Beside it, in the same thread, a
 * timer of the highest priority interrupts whatever main() does (AEM_ASYNC):
 * its handler notes how late it runs. GET /latency shows what it found,
 * anything else gets a short page.
 *
 * The kernel accepts the connections and receives the bytes; this program
 * calls neither accept() nor read(). A client that does not read its answers is
 * not read from until it does.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <aem.h>

#define CONNECTIONS	20000
#define REQUEST_MAX	4096
#define ANSWER_MAX	16384
#define BATCH		256

/**
 * struct conn - one connection
 * @fd: its socket
 * @in: its AEM_RECV event
 * @out: its POLLOUT event, stopped unless @unsent
 * @head: bytes of @request that are there
 * @unsent: bytes of @answer that the socket did not take yet
 * @request: what was received and not answered: the beginning of a request, or
 *	while @unsent more of them; 2 * REQUEST_MAX bytes, or NULL
 * @answer: what is to be sent, allocated while @unsent
 */
struct conn {
	int	fd;
	aem_ev	in;
	aem_ev	out;
	size_t	head;
	size_t	unsent;
	char	*request;
	char	*answer;
};

static struct aem *aem;
static unsigned long connections, requests;

/* ---- the timer, which interrupts the rest --------------------------------------- */

/* Lateness of the timer in powers of two: slot n is below 2^n us. */
static volatile unsigned long late[32];
static volatile unsigned long ticks, late_max_us;
static uint64_t tick_next_ns, tick_period_ns = 1000000;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* An AEM_ASYNC handler: nothing in it may allocate or print. */
static void on_tick(const struct aem_event *e)
{
	uint64_t now = now_ns(), late_us;
	unsigned int slot = 0;

	/* Since the last of the expirations that come with this event. */
	tick_next_ns += (e->count - 1) * tick_period_ns;
	late_us = now > tick_next_ns ? (now - tick_next_ns) / 1000 : 0;
	tick_next_ns += tick_period_ns;
	while (slot < 31 && late_us >> slot)
		slot++;
	late[slot]++;
	ticks++;
	if (late_us > late_max_us)
		late_max_us = late_us;
}

/* The lateness that @percent of the ticks did not exceed. */
static unsigned long late_us(double percent)
{
	unsigned long sum = 0, wanted = ticks * percent / 100;

	for (unsigned int i = 0; i < 32; i++) {
		sum += late[i];
		if (sum && sum >= wanted)
			return 1UL << i;
	}
	return 0;
}

/* ---- answering -------------------------------------------------------------------- */

static int page(char *to, const char *request)
{
	char body[256];
	int len;

	if (strncmp(request, "GET /latency ", 13))
		len = snprintf(body, sizeof(body), "Hello from libaem.\n");
	else
		len = snprintf(body, sizeof(body),
			       "{\"ticks\":%lu,\"p50_us\":%lu,\"p99_us\":%lu,"
			       "\"max_us\":%lu,\"connections\":%lu,"
			       "\"requests\":%lu}\n", ticks, late_us(50),
			       late_us(99), late_max_us, connections, requests);
	return sprintf(to, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
		       "Content-Length: %d\r\n\r\n%s", len, body);
}

static void hang_up(struct conn *c)
{
	aem_del(c->in);
	if (c->out)
		aem_del(c->out);
	close(c->fd);
	free(c->request);
	free(c->answer);
	free(c);
	connections--;
}

/* Keeps what the socket did not take, and reads no more until it did. */
static int keep(struct conn *c, const char *answer, size_t len)
{
	c->answer = malloc(len);
	if (!c->answer)
		return -1;
	memcpy(c->answer, answer, len);
	c->unsent = len;
	if (!c->out)
		c->out = aem_fd(aem, c->fd, POLLOUT, NULL, c, NULL);
	if (!c->out || aem_stop(c->in) || aem_start(c->out))
		return -1;
	return 0;
}

static int send_answer(struct conn *c, const char *answer, size_t len)
{
	ssize_t sent = send(c->fd, answer, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent < 0 && errno != EAGAIN)
		return -1;
	if (sent < 0)
		sent = 0;
	return (size_t)sent == len ? 0 : keep(c, answer + sent, len - sent);
}

/* Answers every complete request; returns the bytes it used, or -1. */
static ssize_t answer_all(struct conn *c, const char *data, size_t len)
{
	char answer[ANSWER_MAX];
	const char *end;
	size_t used = 0, fill = 0;

	while (fill < ANSWER_MAX - 512 &&
	       (end = memmem(data + used, len - used, "\r\n\r\n", 4))) {
		fill += page(answer + fill, data + used);
		used = end + 4 - data;
		requests++;
	}
	if (fill && send_answer(c, answer, fill))
		return -1;
	return used;
}

/* Answers what can be answered, and keeps the rest. */
static int work_on(struct conn *c, const char *data, size_t len)
{
	ssize_t used;

	do {
		used = answer_all(c, data, len);
		if (used < 0)
			return -1;
		data += used;
		len -= used;
	} while (used && len && !c->unsent);
	if (len > REQUEST_MAX && !c->unsent)
		return -1;
	if (len && !c->request)
		c->request = malloc(2 * REQUEST_MAX);
	if (len && !c->request)
		return -1;
	if (len)
		memmove(c->request, data, len);
	c->head = len;
	return 0;
}

/* Bytes came. */
static int take(struct conn *c, const char *data, size_t len)
{
	if (!c->head)
		return work_on(c, data, len);
	/* It holds less than one request, or it would have been stopped. */
	if (c->head + len > 2 * REQUEST_MAX)
		return -1;
	memcpy(c->request + c->head, data, len);
	return work_on(c, c->request, c->head + len);
}

/* The socket takes bytes again. */
static int send_rest(struct conn *c)
{
	ssize_t sent = send(c->fd, c->answer, c->unsent,
			    MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent < 0)
		return errno == EAGAIN ? 0 : -1;
	c->unsent -= sent;
	if (c->unsent) {
		memmove(c->answer, c->answer + sent, c->unsent);
		return 0;
	}
	free(c->answer);
	c->answer = NULL;
	if (aem_stop(c->out) ||
	    (c->head && work_on(c, c->request, c->head)))
		return -1;
	return c->unsent ? 0 : aem_start(c->in);
}

/* ---- events ------------------------------------------------------------------------ */

static void connected(int fd)
{
	struct aem_opt opt = { .flags = AEM_STARTED };
	struct conn *c = calloc(1, sizeof(*c));
	int one = 1;

	if (c) {
		c->fd = fd;
		c->in = aem_recv(aem, fd, NULL, c, &opt);
	}
	if (!c || !c->in) {
		perror("httpd: connection refused");
		free(c);
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	connections++;
}

/* The synchronous half: a loop that looks like any other. */
static void serve(uint64_t until_ns)
{
	static struct aem_event v[BATCH];
	struct timespec second = { 1, 0 };
	struct conn *c;
	int n;

	while (now_ns() < until_ns) {
		n = aem_wait(aem, v, BATCH, &second);
		if (n < 0 && errno != EINTR) {
			perror("httpd: aem_wait");
			exit(1);
		}
		for (int i = 0; i < n; i++) {
			c = v[i].arg;
			if (v[i].type == AEM_ACCEPT && v[i].accept.fd >= 0)
				connected(v[i].accept.fd);
			else if (v[i].type == AEM_RECV &&
				 (!v[i].recv.data || take(c, v[i].recv.data,
							 v[i].recv.len)))
				hang_up(c);
			else if (v[i].type == AEM_FD && send_rest(c))
				hang_up(c);
		}
	}
}

static int listener(int port)
{
	struct sockaddr_in6 sa = {
		.sin6_family = AF_INET6, .sin6_port = htons(port),
		.sin6_addr = in6addr_any,
	};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (void *)&sa, sizeof(sa)) || listen(fd, 4096)) {
		perror("httpd: listen");
		exit(1);
	}
	return fd;
}

int main(int argc, char **argv)
{
	struct aem_opt now = { .flags = AEM_STARTED };
	struct aem_opt first = {
		.flags = AEM_STARTED | AEM_ASYNC, .prio = AEM_PRIO_MAX,
	};
	struct rlimit files = { CONNECTIONS + 100, CONNECTIONS + 100 };
	int option, port = 8080, seconds = 1 << 30;

	while ((option = getopt(argc, argv, "p:t:i:")) > 0) {
		if (option == 'p')
			port = atoi(optarg);
		else if (option == 't')
			seconds = atoi(optarg);
		else if (option == 'i')
			tick_period_ns = strtoull(optarg, NULL, 10) * 1000;
		else
			return 2;
	}
	setrlimit(RLIMIT_NOFILE, &files);
	aem = aem_open(2 * CONNECTIONS, 0);
	if (!aem) {
		perror("httpd: aem_open");
		return 1;
	}
	tick_next_ns = now_ns() + tick_period_ns;
	if (!aem_accept(aem, listener(port), SOCK_NONBLOCK | SOCK_CLOEXEC, NULL,
			NULL, &now) ||
	    !aem_timer(aem, tick_next_ns, tick_period_ns, 0, AEM_ABSTIME,
		       on_tick, NULL, &first)) {
		perror("httpd: register");
		return 1;
	}
	printf("serving on port %d\n", port);
	fflush(stdout);
	serve(now_ns() + seconds * 1000000000ULL);
	return aem_close(aem) ? 1 : 0;
}
