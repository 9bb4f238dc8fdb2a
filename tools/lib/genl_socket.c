// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netlink socket: open, send, receive answers of any size.
 *
 * Only messages of the kernel are taken; who else sends to the socket is not
 * listened to.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "genl.h"

#define RECEIVE_MIN	32768
/* An event stream must hold out while the reader is off the processor. */
#define SOCKET_BUFFER	(4 << 20)

static void set_option(struct genl *g, int option)
{
	int one = 1;

	/* An old kernel without it gives shorter errors, which still work. */
	mnl_socket_setsockopt(g->socket, option, &one, sizeof(one));
}

/**
 * genl_socket_open() - open the socket of a connection
 * @g: the connection
 *
 * Return: 0, or a negative error; nothing is printed.
 */
int genl_socket_open(struct genl *g)
{
	int size = SOCKET_BUFFER;
	int err;

	g->size = RECEIVE_MIN;
	g->answer = malloc(g->size);
	if (!g->answer)
		return -ENOMEM;
	g->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!g->socket || mnl_socket_bind(g->socket, 0, MNL_SOCKET_AUTOPID)) {
		err = -errno;
		if (g->socket)
			mnl_socket_close(g->socket);
		g->socket = NULL;
		free(g->answer);
		g->answer = NULL;
		return err;
	}
	set_option(g, NETLINK_EXT_ACK);
	set_option(g, NETLINK_CAP_ACK);
	/* The first needs rights, the second is cut to net.core.rmem_max. */
	if (setsockopt(mnl_socket_get_fd(g->socket), SOL_SOCKET,
		       SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(mnl_socket_get_fd(g->socket), SOL_SOCKET, SO_RCVBUF,
			   &size, sizeof(size));
	return 0;
}

/**
 * genl_socket_send() - send the request
 * @g: the connection
 *
 * Return: 0, or a negative error; nothing is printed.
 */
int genl_socket_send(struct genl *g)
{
	g->head.nlmsg_seq = ++g->seq;
	if (mnl_socket_sendto(g->socket, &g->head, g->head.nlmsg_len) < 0)
		return -errno;
	return 0;
}

/* Makes room for the message that comes next. */
static int make_room(struct genl *g)
{
	ssize_t len;
	char *more;

	len = recv(mnl_socket_get_fd(g->socket), NULL, 0, MSG_PEEK | MSG_TRUNC);
	if (len < 0)
		return -errno;
	len = MNL_ALIGN(len);	/* libmnl looks at the padding, too */
	if ((size_t)len <= g->size)
		return 0;
	more = realloc(g->answer, len);
	if (!more)
		return -ENOMEM;
	g->answer = more;
	g->size = len;
	return 0;
}

/**
 * genl_socket_receive() - receive what the kernel sends next
 * @g: the connection; the messages are in @g->answer then
 *
 * Return: the length of the messages in bytes, or a negative error: -EINTR on a
 * signal, -ENOBUFS when events were lost.
 */
ssize_t genl_socket_receive(struct genl *g)
{
	struct sockaddr_nl from;
	socklen_t from_len;
	ssize_t len;
	int err;

	do {
		err = make_room(g);
		if (err)
			return err;
		from_len = sizeof(from);
		len = recvfrom(mnl_socket_get_fd(g->socket), g->answer,
			       g->size, 0, (struct sockaddr *)&from, &from_len);
		if (len < 0)
			return -errno;
	} while (from_len != sizeof(from) || from.nl_pid);
	return len;
}
