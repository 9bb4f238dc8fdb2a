// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cost of a packet through a router: usage: forward ROUNDS SIZE
 *
 * The router is the network namespace "r"; one socket is in "c10", before it,
 * and one in "s10", behind it. A packet of UDP is sent, and when sendto() returns
 * it has gone through both links and the router and lies in the receiver's
 * queue: nothing waits and nothing sleeps. BURST packets are sent, then the
 * queue is emptied outside of the measured time. Prints "count ROUND NS", time for
 * one packet, which under icount is instructions.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BURST	100
#define SIZE_MAX_PACKET	1400

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int socket_in(const char *ns)
{
	char path[64];
	int fd, sock;

	snprintf(path, sizeof(path), "/run/netns/%s", ns);
	fd = open(path, O_RDONLY);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "%s", path);
	close(fd);
	sock = socket(AF_INET, SOCK_DGRAM, 0);
	if (sock < 0)
		err(1, "socket");
	return sock;
}

static int drain(int sock)
{
	char buf[SIZE_MAX_PACKET];
	int n = 0;

	while (recv(sock, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		n++;
	return n;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(5000) };
	int rounds = argc > 1 ? atoi(argv[1]) : 20;
	int size = argc > 2 ? atoi(argv[2]) : 64;
	char packet[SIZE_MAX_PACKET] = "";
	int tx, rx, r, n, got;
	long long t;

	inet_pton(AF_INET, "192.168.1.2", &to.sin_addr);
	rx = socket_in("s10");
	if (bind(rx, (struct sockaddr *)&to, sizeof(to)))
		err(1, "bind");
	tx = socket_in("c10");
	if (connect(tx, (struct sockaddr *)&to, sizeof(to)))
		err(1, "connect");
	for (r = -2; r < rounds; r++) {
		t = now();
		for (n = 0; n < BURST; n++)
			if (send(tx, packet, size, 0) != size)
				err(1, "send");
		t = now() - t;
		if (r < 0)
			sleep(1);
		got = drain(rx);
		if (r >= 0 && got != BURST)
			errx(1, "%d of %d packets arrived", got, BURST);
		if (r >= 0)
			printf("count %d %lld\n", r, t / BURST);
	}
	return 0;
}
