// SPDX-License-Identifier: GPL-2.0-only
/*
 * A service that is found by its name, a client of it, and who watches it.
 *
 *	service serve [-c] TYPE LOWER UPPER	answers for a range of instances
 *	service ask [-c] TYPE INSTANCE TEXT	asks whoever has that instance
 *	service watch TYPE EVENTS		tells of what comes and goes
 *
 * Requests and answers are messages (SOCK_RDM), or go over a connection with -c
 * (SOCK_SEQPACKET). Nothing but <linux/tipc.h> is needed. service.py is the same
 * in Python; each understands the other.
 */
#include <errno.h>
#include <linux/tipc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int must(int ret, const char *what)
{
	if (ret < 0) {
		perror(what);
		exit(1);
	}
	return ret;
}

static unsigned int number(const char *text)
{
	return strtoul(text, NULL, 0);
}

static struct sockaddr_tipc name(unsigned int type, unsigned int instance)
{
	struct sockaddr_tipc sa = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_ADDR,
		.addr.name.name = { type, instance },
	};

	return sa;
}

/* ---- the service ------------------------------------------------------------ */

/* Which instance a message was sent to; 0 over a connection. */
static unsigned int asked(struct msghdr *msg)
{
	__u32 name[3] = { 0, 0, 0 };	/* type, lower, upper */
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_level == SOL_TIPC && c->cmsg_type == TIPC_DESTNAME)
			memcpy(name, CMSG_DATA(c), sizeof(name));
	return name[1];
}

/* Answers one request; false when a connection has ended. */
static bool answer(int fd)
{
	char text[1000], reply[1100], control[256];
	struct iovec iov = { text, sizeof(text) };
	struct sockaddr_tipc from;
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t len = recvmsg(fd, &msg, 0);

	if (len <= 0)
		return false;
	len = snprintf(reply, sizeof(reply), "C, process %d, for %u: %.*s",
		       (int)getpid(), asked(&msg), (int)len, text);
	/* Over a connection there is one peer, and no address is given. */
	return sendto(fd, reply, len, 0, msg.msg_namelen ?
		      (struct sockaddr *)&from : NULL, msg.msg_namelen) == len;
}

static _Noreturn void serve(bool connections, char **argv)
{
	struct sockaddr_tipc sa = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_RANGE,
		.scope = TIPC_CLUSTER_SCOPE,
		.addr.nameseq = { number(argv[0]), number(argv[1]),
				  number(argv[2]) },
	};
	int fd = must(socket(AF_TIPC, connections ? SOCK_SEQPACKET : SOCK_RDM,
			     0), "socket");
	int conn;

	must(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), "bind");
	while (!connections)
		answer(fd);
	must(listen(fd, 5), "listen");
	for (;;) {
		conn = must(accept(fd, NULL, NULL), "accept");
		while (answer(conn))
			;
		close(conn);
	}
}

/* ---- the client --------------------------------------------------------------- */

/* A message that nobody could take comes back, with the reason. */
static int bounced(struct msghdr *msg)
{
	static const char *const why[] = {
		"", "no such name", "no such port", "no such node", "overload",
		"connection was shut down",
	};
	struct cmsghdr *c;
	__u32 err[2] = { 0, 0 };	/* code, bytes */

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_TIPC)
			continue;
		if (c->cmsg_type == TIPC_ERRINFO) {
			memcpy(err, CMSG_DATA(c), sizeof(err));
			printf("returned, error %u: %s\n", err[0],
			       err[0] < 6 ? why[err[0]] : "?");
		} else if (c->cmsg_type == TIPC_RETDATA) {
			printf("returned, data: %.*s\n", (int)err[1],
			       (char *)CMSG_DATA(c));
		}
	}
	return 1;
}

static int ask(bool connection, char **argv)
{
	struct sockaddr_tipc sa = name(number(argv[0]), number(argv[1]));
	char text[1200], control[2000];
	struct iovec iov = { text, sizeof(text) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int fd, no = 0;
	ssize_t len;

	fd = must(socket(AF_TIPC, connection ? SOCK_SEQPACKET : SOCK_RDM, 0),
		  "socket");
	if (connection) {
		must(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), "connect");
		must(send(fd, argv[2], strlen(argv[2]), 0), "send");
	} else {
		/* What cannot be delivered is to come back. */
		must(setsockopt(fd, SOL_TIPC, TIPC_DEST_DROPPABLE, &no,
				sizeof(no)), "setsockopt");
		must(sendto(fd, argv[2], strlen(argv[2]), 0,
			    (struct sockaddr *)&sa, sizeof(sa)), "sendto");
	}
	len = must(recvmsg(fd, &msg, 0), "recvmsg");
	if (!len)
		return bounced(&msg);
	printf("%.*s\n", (int)len, text);
	return 0;
}

/* ---- who watches ---------------------------------------------------------------- */

static int watch(char **argv)
{
	struct sockaddr_tipc sa = name(TIPC_TOP_SRV, TIPC_TOP_SRV);
	struct tipc_subscr all = {
		.seq = { number(argv[0]), 0, ~0U },
		.timeout = TIPC_WAIT_FOREVER,
		.filter = TIPC_SUB_PORTS,
	};
	int fd = must(socket(AF_TIPC, SOCK_SEQPACKET, 0), "socket");
	unsigned int left = number(argv[1]);
	struct tipc_event e;

	must(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), "connect");
	must(send(fd, &all, sizeof(all), 0), "send");
	for (; left; left--) {
		if (must(recv(fd, &e, sizeof(e), 0), "recv") != sizeof(e))
			return 1;
		printf("C: %u to %u %s, port %u\n", e.found_lower,
		       e.found_upper, e.event == TIPC_PUBLISHED ?
		       "published" : "withdrawn", e.port.ref);
		fflush(stdout);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	bool connection = argc > 2 && !strcmp(argv[2], "-c");
	char **args = argv + 2 + connection;
	int nargs = argc - 2 - connection;

	if (!strcmp(verb, "serve") && nargs == 3)
		serve(connection, args);
	if (!strcmp(verb, "ask") && nargs == 3)
		return ask(connection, args);
	if (!strcmp(verb, "watch") && nargs == 2 && !connection)
		return watch(args);
	fprintf(stderr, "usage: service serve [-c] TYPE LOWER UPPER\n"
		"       service ask [-c] TYPE INSTANCE TEXT\n"
		"       service watch TYPE EVENTS\n");
	return 2;
}
