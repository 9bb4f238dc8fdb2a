// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts the instructions of messages between two processes of one node.
 *
 *	node rtt PROTOCOL SIZE ROUNDS	a message there and one back
 *	node msg PROTOCOL SIZE ROUNDS	one way, the reader reads as much at a time
 *	node mcast SOCKETS ROUNDS	one send to so many sockets, for each of them
 *
 * PROTOCOL is rdm, seq, stream (TIPC), tcp, unixseq or unixstream. One line:
 * what, and the least and the median number of instructions of one message, of
 * ROUNDS batches. RDM requests go to a service address, its replies to the
 * sender's socket.
 */
#include <arpa/inet.h>
#include <linux/tipc.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/count.h"

#define TYPE	4711
#define PORT	5001

static char buf[70000];

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

static struct sockaddr_tipc service(unsigned int lower, unsigned int upper)
{
	struct sockaddr_tipc sa = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_RANGE,
		.scope = TIPC_NODE_SCOPE,
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
	struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct sockaddr_tipc sa = service(1, 1);
	int fd, one = 1;

	if (!strcmp(protocol, "tcp")) {
		fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		must(bind(fd, (void *)&in, sizeof(in)), "bind");
	} else {
		fd = must(socket(AF_TIPC, strcmp(protocol, "seq") ?
				 SOCK_STREAM : SOCK_SEQPACKET, 0), "socket");
		must(bind(fd, (void *)&sa, sizeof(sa)), "bind");
	}
	must(listen(fd, 1), "listen");
	return fd;
}

static int client(const char *protocol)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
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
	must(connect(fd, (void *)&sa, sizeof(sa)), "connect");
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

	if (n == 0)
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
	int server = must(socket(AF_TIPC, SOCK_RDM, 0), "socket");
	int fd;

	must(bind(server, (void *)&sa, sizeof(sa)), "bind");
	*child = must(fork(), "fork");
	if (!*child)
		rdm_echo(server, 1);
	close(server);
	fd = must(socket(AF_TIPC, SOCK_RDM, 0), "socket");
	must(connect(fd, (void *)&to, sizeof(to)), "connect");
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

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	memset(buf, 'x', sizeof(buf));
	if (argc == 4 && !strcmp(argv[1], "mcast"))
		mcast(atoi(argv[2]), count_rounds(argv[3]));
	if (argc == 5 && !strcmp(argv[1], "rtt"))
		rtt(argv[2], atoi(argv[3]), count_rounds(argv[4]));
	if (argc == 5 && !strcmp(argv[1], "msg"))
		msg(argv[2], atoi(argv[3]), count_rounds(argv[4]));
	fprintf(stderr, "usage: node rtt|msg PROTOCOL SIZE ROUNDS\n"
		"       node mcast SOCKETS ROUNDS\n");
	return 2;
}
