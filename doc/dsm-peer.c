// SPDX-License-Identifier: GPL-2.0-only
/*
 * An example: who is at the other end?
 *
 *	cc -o dsm-peer dsm-peer.c
 *	dsm-peer tcp PORT	says for each connection who asks for it
 *	dsm-peer udp PORT	says for each datagram who sent it
 *
 * Both answer with the peer's label, "SID@NID".
 */
#include <arpa/inet.h>
#include <linux/dsm.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int bound(int type, const char *port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(atoi(port)),
	};
	int fd = socket(AF_INET, type, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		perror(port);
		exit(1);
	}
	return fd;
}

static void tcp(const char *port)
{
	int listening = bound(SOCK_STREAM, port), fd;
	struct dsm_peer peer;
	socklen_t len;

	listen(listening, 16);
	while ((fd = accept(listening, NULL, NULL)) >= 0) {
		len = sizeof(peer);
		if (getsockopt(fd, IPPROTO_IP, DSM_SO_PEER, &peer, &len))
			perror("DSM_SO_PEER");
		else
			dprintf(fd, "%u@%u\n", peer.label.sid, peer.label.nid);
		close(fd);
	}
}

/* The label of one datagram; false if it had none. */
static int label_of(struct msghdr *msg, struct dsm_label *label)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVOPTS &&
		    !dsm_option_label(CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0),
				      label))
			return 1;
	return 0;
}

static void udp(const char *port)
{
	int fd = bound(SOCK_DGRAM, port), on = 1;
	char data[2048], control[256], line[64];
	struct iovec iov = { data, sizeof(data) };
	struct sockaddr_in from;
	struct dsm_label label;
	struct msghdr msg;

	setsockopt(fd, IPPROTO_IP, IP_RECVOPTS, &on, sizeof(on));
	for (;;) {
		msg = (struct msghdr) {
			.msg_name = &from, .msg_namelen = sizeof(from),
			.msg_iov = &iov, .msg_iovlen = 1,
			.msg_control = control, .msg_controllen = sizeof(control),
		};
		if (recvmsg(fd, &msg, 0) < 0)
			continue;
		if (label_of(&msg, &label))
			snprintf(line, sizeof(line), "%u@%u\n", label.sid,
				 label.nid);
		else
			strcpy(line, "no label\n");
		sendto(fd, line, strlen(line), 0, (struct sockaddr *)&from,
		       sizeof(from));
	}
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "tcp"))
		tcp(argv[2]);
	else if (argc == 3 && !strcmp(argv[1], "udp"))
		udp(argv[2]);
	fprintf(stderr, "usage: dsm-peer tcp|udp PORT\n");
	return 2;
}
