// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts the instructions of messages between two processes of one node, or of
 * two nodes with a cable between them.
 *
 *	node rtt PROTOCOL SIZE ROUNDS	a message there and one back
 *	node msg PROTOCOL SIZE ROUNDS	one way, the reader reads as much at a time
 *	node mcast SOCKETS ROUNDS	one send to so many sockets, for each of them
 *	node flow PROTOCOL SIZE ROUNDS	ROUNDS messages one way: prints KB a second
 *	node gap COMMAND...	a message each millisecond, while commands are run
 *				one after the other, a second apart: prints the
 *				longest time in which none came, in microseconds
 *	node race ROUNDS	names that are published and asked to reply to at
 *				once: prints how many replies are lost
 *
 * PROTOCOL is rdm, seq, stream (TIPC), tcp, unixseq or unixstream. One line:
 * what, and the least and the median number of instructions of one message, of
 * ROUNDS batches. RDM requests go to a service address, its replies to the
 * sender's socket.
 *
 * With FAR in the environment the server's socket is in the network namespace
 * of that path, with the IPv4 address FAR_IP.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tipc.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../lib/count.h"

#define TYPE	4711
#define PORT	5001

static char buf[70000];
static const char *far_net, *far_ip;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int must(int ret, const char *what)
{
	if (ret < 0)
		die(what);
	return ret;
}

/* A socket in the other namespace, if there is one. */
static int far_socket(int family, int type)
{
	int here, there, fd;

	if (!far_net)
		return must(socket(family, type, 0), "socket");
	here = must(open("/proc/self/ns/net", O_RDONLY), "own namespace");
	there = must(open(far_net, O_RDONLY), far_net);
	must(setns(there, CLONE_NEWNET), "setns");
	fd = must(socket(family, type, 0), "socket");
	must(setns(here, CLONE_NEWNET), "setns");
	close(here);
	close(there);
	return fd;
}

static struct sockaddr_in inet(void)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = htons(PORT),
		.sin_addr.s_addr = far_ip ? inet_addr(far_ip) :
					    htonl(INADDR_LOOPBACK),
	};

	return in;
}

/* A name takes a while to get here. */
static void reach(int fd, const struct sockaddr_tipc *to)
{
	int tries = 1000;

	while (connect(fd, (const void *)to, sizeof(*to))) {
		if (!far_net || !--tries)
			die("connect");
		usleep(10000);
	}
}

static struct sockaddr_tipc service(unsigned int lower, unsigned int upper)
{
	struct sockaddr_tipc sa = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_RANGE,
		.scope = far_net ? TIPC_CLUSTER_SCOPE : TIPC_NODE_SCOPE,
		.addr.nameseq = { TYPE, lower, upper },
	};

	return sa;
}

static struct sockaddr_tipc name(unsigned int instance)
{
	struct sockaddr_tipc sa = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_ADDR,
		.addr.name.name = { TYPE, instance },
	};

	return sa;
}

/* ---- connections ----------------------------------------------------------- */

static int listener(const char *protocol)
{
	struct sockaddr_in in = inet();
	struct sockaddr_tipc sa = service(1, 1);
	int fd, one = 1;

	if (!strcmp(protocol, "tcp")) {
		fd = far_socket(AF_INET, SOCK_STREAM);
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		must(bind(fd, (void *)&in, sizeof(in)), "bind");
	} else {
		fd = far_socket(AF_TIPC, strcmp(protocol, "seq") ?
					 SOCK_STREAM : SOCK_SEQPACKET);
		must(bind(fd, (void *)&sa, sizeof(sa)), "bind");
	}
	must(listen(fd, 1), "listen");
	return fd;
}

static int client(const char *protocol)
{
	struct sockaddr_in in = inet();
	struct sockaddr_tipc sa = name(1);
	int fd, one = 1;

	if (!strcmp(protocol, "tcp")) {
		fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
		must(connect(fd, (void *)&in, sizeof(in)), "connect");
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		return fd;
	}
	fd = must(socket(AF_TIPC, strcmp(protocol, "seq") ? SOCK_STREAM :
			 SOCK_SEQPACKET, 0), "socket");
	reach(fd, &sa);
	return fd;
}

/* Both ends of a connection, one in a child. Returns the own end. */
static int split(const char *protocol, pid_t *child)
{
	int fds[2], fd, l = -1, one = 1;
	int local = !strncmp(protocol, "unix", 4);

	if (local)
		must(socketpair(AF_UNIX, strcmp(protocol, "unixseq") ?
				SOCK_STREAM : SOCK_SEQPACKET, 0, fds), "pair");
	else
		l = listener(protocol);
	*child = must(fork(), "fork");
	if (local) {
		close(fds[!*child]);
		return fds[!!*child];
	}
	if (*child)
		return client(protocol);
	fd = must(accept(l, NULL, NULL), "accept");
	if (!strcmp(protocol, "tcp"))
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static void get(int fd, size_t size)
{
	ssize_t n = recv(fd, buf, size, MSG_WAITALL);

	if (n == 0 || (n < 0 && errno == ECONNRESET))
		exit(0);
	if (n != (ssize_t)size)
		die("recv");
}

static void put(int fd, size_t size)
{
	if (send(fd, buf, size, 0) != (ssize_t)size)
		die("send");
}

/* ---- RDM ------------------------------------------------------------------- */

static void rdm_echo(int fd, int back)
{
	struct sockaddr_tipc from[2];
	socklen_t len;
	ssize_t n;

	for (;;) {
		len = sizeof(from[0]);
		n = recvfrom(fd, buf, sizeof(buf), 0, (void *)from, &len);
		if (n <= 1)
			exit(n < 0);
		if (back && sendto(fd, buf, n, 0, (void *)from, len) != n)
			die("sendto");
	}
}

static int rdm(pid_t *child)
{
	struct sockaddr_tipc sa = service(1, 1), to = name(1);
	int server = far_socket(AF_TIPC, SOCK_RDM);
	int fd, tries = far_net ? 1000 : 0;

	must(bind(server, (void *)&sa, sizeof(sa)), "bind");
	*child = must(fork(), "fork");
	if (!*child)
		rdm_echo(server, 1);
	close(server);
	fd = must(socket(AF_TIPC, SOCK_RDM, 0), "socket");
	must(connect(fd, (void *)&to, sizeof(to)), "connect");
	/* It exists when it answers. */
	while (tries-- && (send(fd, buf, 64, 0) != 64 ||
			   recv(fd, buf, 64, 0) != 64))
		usleep(10000);
	return fd;
}

/* ---- questions ----------------------------------------------------------------- */

static void print(const char *what, unsigned int rounds)
{
	count_print(what, rounds);
	exit(0);
}

static void rtt(const char *protocol, size_t size, unsigned int rounds)
{
	int datagram = !strcmp(protocol, "rdm");
	unsigned int batch = 50, r, i;
	pid_t child;
	int fd = datagram ? rdm(&child) : split(protocol, &child);
	uint64_t begin;

	if (!child) {
		for (;;) {
			get(fd, size);
			put(fd, size);
		}
	}
	for (r = 0; r < rounds; r++) {
		begin = count_now();
		for (i = 0; i < batch; i++) {
			put(fd, size);
			get(fd, size);
		}
		count_sample[r] = (count_now() - begin) / batch;
	}
	if (datagram)
		put(fd, 1);
	close(fd);
	wait(NULL);
	print("rtt", rounds);
}

static void msg(const char *protocol, size_t size, unsigned int rounds)
{
	unsigned int batch = 2000, r, i;
	uint64_t begin;
	pid_t child;
	int fd = split(protocol, &child);

	if (!child) {
		for (;;) {
			for (i = 0; i < batch; i++)
				get(fd, size);
			put(fd, size);
		}
	}
	for (r = 0; r < rounds; r++) {
		begin = count_now();
		for (i = 0; i < batch; i++)
			put(fd, size);
		get(fd, size);
		count_sample[r] = (count_now() - begin) / batch;
	}
	close(fd);
	wait(NULL);
	print("msg", rounds);
}

static void mcast(unsigned int sockets, unsigned int rounds)
{
	struct rlimit files = { sockets + 64, sockets + 64 };
	struct sockaddr_tipc sa = service(1, 10);
	int *fds = calloc(sockets, sizeof(*fds));
	unsigned int r, i;
	uint64_t begin;
	int fd;

	must(setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
	fd = must(socket(AF_TIPC, SOCK_RDM, 0), "socket");
	for (i = 0; i < sockets; i++) {
		fds[i] = must(socket(AF_TIPC, SOCK_RDM, 0), "socket");
		must(bind(fds[i], (void *)&sa, sizeof(sa)), "bind");
	}
	sa = service(5, 5);
	for (r = 0; r < rounds; r++) {
		begin = count_now();
		if (sendto(fd, buf, 64, 0, (void *)&sa, sizeof(sa)) != 64)
			die("sendto");
		count_sample[r] = (count_now() - begin) / sockets;
		for (i = 0; i < sockets; i++)
			if (recv(fds[i], buf, 100, MSG_DONTWAIT) != 64)
				die("a receiver was left out");
	}
	print("mcast", rounds);
}

static void flow(const char *protocol, size_t size, unsigned int rounds)
{
	uint64_t begin, took, kb_s;
	unsigned int i;
	pid_t child;
	int fd = split(protocol, &child);

	if (!child) {
		for (;;) {
			for (i = 0; i < rounds; i++)
				get(fd, size);
			put(fd, 1);
		}
	}
	begin = count_now();
	for (i = 0; i < rounds; i++)
		put(fd, size);
	get(fd, 1);
	took = count_now() - begin;
	kb_s = (uint64_t)size * rounds * 1000000 / took;
	close(fd);
	wait(NULL);
	printf("count flow %llu %llu %u\n", (unsigned long long)kb_s,
	       (unsigned long long)kb_s, rounds);
	exit(0);
}

/* Numbered messages come, each once and in order; how long was none there? */
static void gap_watch(int fd)
{
	uint64_t last = 0, now, worst = 0;
	unsigned int n, wanted = 0;

	while (recv(fd, &n, sizeof(n), 0) == sizeof(n) && n != ~0u) {
		now = count_now();
		if (n != wanted++)
			die("a message was lost or doubled");
		if (last && now - last > worst)
			worst = now - last;
		last = now;
	}
	worst /= 1000;
	printf("count gap %llu %llu %u\n", (unsigned long long)worst,
	       (unsigned long long)worst, wanted);
	exit(0);
}

static void gap(unsigned int ncommands, char **commands)
{
	struct sockaddr_tipc sa = service(1, 1), to = name(1);
	int server = far_socket(AF_TIPC, SOCK_RDM), fd;
	struct timespec at;
	unsigned int n;

	must(bind(server, (void *)&sa, sizeof(sa)), "bind");
	if (!must(fork(), "fork"))
		gap_watch(server);
	close(server);
	fd = must(socket(AF_TIPC, SOCK_RDM, 0), "socket");
	reach(fd, &to);
	must(clock_gettime(CLOCK_MONOTONIC, &at), "clock");
	for (n = 0; n < 1000 * (ncommands + 1); n++) {
		at.tv_nsec += 1000000;
		if (at.tv_nsec >= 1000000000) {
			at.tv_nsec -= 1000000000;
			at.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
		if (send(fd, &n, sizeof(n), 0) != sizeof(n))
			die("send");
		if (n % 1000 == 999 && n / 1000 < ncommands &&
		    !must(fork(), "fork")) {
			execl("/bin/sh", "sh", "-c", commands[n / 1000], NULL);
			die("sh");
		}
	}
	n = ~0u;
	send(fd, &n, sizeof(n), 0);
	while (wait(NULL) > 0)
		;
	exit(0);
}

/* Replies to the instance that a request names. */
static void replier(int fd)
{
	struct sockaddr_tipc to = name(0);
	unsigned int instance;

	to.addr.name.name.type = TYPE + 1;
	while (recv(fd, &instance, sizeof(instance), 0) == sizeof(instance) &&
	       instance) {
		to.addr.name.name.instance = instance;
		sendto(fd, "here", 4, 0, (void *)&to, sizeof(to));
	}
	exit(0);
}

static void race(unsigned int rounds)
{
	struct sockaddr_tipc sa = service(1, 1), to = name(1);
	struct timeval patience = { .tv_usec = 100000 };
	int server = far_socket(AF_TIPC, SOCK_RDM), fd;
	unsigned int i, lost = 0;

	must(bind(server, (void *)&sa, sizeof(sa)), "bind");
	if (!must(fork(), "fork"))
		replier(server);
	close(server);
	/* The name of the server is here. */
	fd = must(socket(AF_TIPC, SOCK_RDM, 0), "socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	sleep(1);
	for (i = 1; i <= rounds; i++) {
		sa = service(i, i);
		sa.addr.nameseq.type = TYPE + 1;
		must(bind(fd, (void *)&sa, sizeof(sa)), "bind");
		if (sendto(fd, &i, sizeof(i), 0, (void *)&to, sizeof(to)) !=
		    sizeof(i))
			die("sendto");
		lost += recv(fd, buf, sizeof(buf), 0) != 4;
		sa.scope = -sa.scope;
		must(bind(fd, (void *)&sa, sizeof(sa)), "unbind");
	}
	i = 0;
	sendto(fd, &i, sizeof(i), 0, (void *)&to, sizeof(to));
	wait(NULL);
	printf("count race %u %u %u\n", lost, lost, rounds);
	exit(0);
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	memset(buf, 'x', sizeof(buf));
	far_net = getenv("FAR");
	far_ip = getenv("FAR_IP");
	if (argc > 2 && !strcmp(argv[1], "gap"))
		gap(argc - 2, argv + 2);
	if (argc == 5 && !strcmp(argv[1], "flow"))
		flow(argv[2], atoi(argv[3]), atoi(argv[4]));
	if (argc == 3 && !strcmp(argv[1], "race"))
		race(count_rounds(argv[2]));
	if (argc == 4 && !strcmp(argv[1], "mcast"))
		mcast(atoi(argv[2]), count_rounds(argv[3]));
	if (argc == 5 && !strcmp(argv[1], "rtt"))
		rtt(argv[2], atoi(argv[3]), count_rounds(argv[4]));
	if (argc == 5 && !strcmp(argv[1], "msg"))
		msg(argv[2], atoi(argv[3]), count_rounds(argv[4]));
	fprintf(stderr, "usage: node rtt|msg|flow PROTOCOL SIZE ROUNDS\n"
		"       node gap COMMAND...\n"
		"       node mcast SOCKETS ROUNDS\n"
		"       node race ROUNDS\n");
	return 2;
}
