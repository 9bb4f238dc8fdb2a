// SPDX-License-Identifier: GPL-2.0-only
/*
 * One netlink message at a time. send() returns when the kernel has done all of the
 * work; the answer is read outside of the time. Under icount a nanosecond is an
 * instruction. What two looks at the clock take with nothing between them, 400
 * instructions where that is a system call, is taken off. Whatever goes wrong ends
 * the program.
 */
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/mfib.h>
#include "message.h"

struct message message;

/* Nanoseconds between two looks at the clock, at least. */
static long look_ns;

/**
 * message_die() - end the program
 * @what: what has failed; errno says why
 */
_Noreturn void message_die(const char *what)
{
	perror(what);
	exit(1);
}

/**
 * message_put() - add an attribute
 * @type: of the attribute
 * @data: its value
 * @len: bytes
 */
void message_put(int type, const void *data, int len)
{
	struct nlattr *a = (void *)((char *)&message.nlh +
				    NLMSG_ALIGN(message.nlh.nlmsg_len));

	if (message.nlh.nlmsg_len + len + 64 > MESSAGE_MAX)
		message_die("a message that is too long");
	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	memcpy((char *)a + NLA_HDRLEN, data, len);
	message.nlh.nlmsg_len = NLMSG_ALIGN(message.nlh.nlmsg_len) +
				NLA_ALIGN(a->nla_len);
}

/**
 * message_nest() - begin a nest
 * @type: of the attribute
 *
 * Return: the attribute, for message_nest_end().
 */
struct nlattr *message_nest(int type)
{
	struct nlattr *nest = (void *)((char *)&message.nlh +
				       NLMSG_ALIGN(message.nlh.nlmsg_len));

	message_put(type | NLA_F_NESTED, "", 0);
	return nest;
}

/**
 * message_nest_end() - end a nest
 * @nest: from message_nest()
 */
void message_nest_end(struct nlattr *nest)
{
	nest->nla_len = (char *)&message.nlh + message.nlh.nlmsg_len -
			(char *)nest;
}

/**
 * message_begin() - begin a message
 * @type: of the message
 * @flags: NLM_F_* besides those of a request that is to be acknowledged
 * @fixed: what stands before the attributes
 * @len: bytes of that
 */
void message_begin(int type, int flags, const void *fixed, int len)
{
	memset(&message.nlh, 0, sizeof(message.nlh) + NLMSG_ALIGN(len));
	message.nlh.nlmsg_len = NLMSG_HDRLEN + len;
	message.nlh.nlmsg_type = type;
	message.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	memcpy(message.body, fixed, len);
}

/**
 * message_genl() - begin a message to mfib
 * @cmd: MFIB_CMD_*
 */
void message_genl(int cmd)
{
	const struct genlmsghdr g = { .cmd = cmd, .version = 1 };

	message_begin(message.family, 0, &g, sizeof(g));
}

/**
 * message_find() - an attribute of the last answer of generic netlink
 * @nest: look in this one, or NULL
 * @type: of the attribute
 *
 * Return: the attribute, or NULL.
 */
const struct nlattr *message_find(const struct nlattr *nest, int type)
{
	const struct nlmsghdr *nlh = (void *)message.answer;
	const char *at = message.answer + NLMSG_HDRLEN + GENL_HDRLEN;
	const char *end = message.answer + nlh->nlmsg_len;
	const struct nlattr *attr;

	if (nest) {
		at = (const char *)(nest + 1);
		end = (const char *)nest + nest->nla_len;
	}
	for (; at < end; at += NLA_ALIGN(attr->nla_len)) {
		attr = (const void *)at;
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
	}
	return NULL;
}

static void message_send(void)
{
	if (send(message.sock, &message.nlh, message.nlh.nlmsg_len, 0) < 0)
		message_die("send");
}

/* 0 or the negative error that ends each answer. */
static int message_receive(void)
{
	static char answer[16384];
	const struct nlmsghdr *nlh = (void *)answer;

	for (;;) {
		if (recv(message.sock, answer, sizeof(answer), 0) < 0)
			message_die("recv");
		if (nlh->nlmsg_type == NLMSG_ERROR)
			break;
		memcpy(message.answer, answer, nlh->nlmsg_len);
	}
	return ((const struct nlmsgerr *)NLMSG_DATA(nlh))->error;
}

/**
 * message_try() - send the message and read the answer
 *
 * Return: 0, or a negative error when it was refused.
 */
int message_try(void)
{
	message_send();
	return message_receive();
}

static long since(const struct timespec *a)
{
	struct timespec b;

	clock_gettime(CLOCK_MONOTONIC, &b);
	return (b.tv_sec - a->tv_sec) * 1000000000L + b.tv_nsec - a->tv_nsec;
}

static void look_at_clock(void)
{
	struct timespec a;
	long ns;
	int i;

	for (i = 0; i < 1000; i++) {
		clock_gettime(CLOCK_MONOTONIC, &a);
		ns = since(&a);
		if (!i || ns < look_ns)
			look_ns = ns;
	}
}

/**
 * message_exchange() - send the message and read the answer
 *
 * Ends the program when the message is refused.
 *
 * Return: nanoseconds that send() took.
 */
long message_exchange(void)
{
	struct timespec a;
	long took;
	int err;

	clock_gettime(CLOCK_MONOTONIC, &a);
	message_send();
	took = since(&a) - look_ns;
	err = message_receive();
	if (err) {
		fprintf(stderr, "refused: %d\n", err);
		exit(1);
	}
	return took;
}

/**
 * message_open() - open the socket, and find mfib
 * @protocol: NETLINK_GENERIC for mfib, NETLINK_ROUTE for the kernel's routes
 */
void message_open(int protocol)
{
	const struct genlmsghdr g = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 };

	look_at_clock();
	message.sock = socket(AF_NETLINK, SOCK_RAW, protocol);
	if (message.sock < 0)
		message_die("socket");
	if (protocol != NETLINK_GENERIC)
		return;
	message_begin(GENL_ID_CTRL, 0, &g, sizeof(g));
	message_put(CTRL_ATTR_FAMILY_NAME, MFIB_GENL_NAME,
		    sizeof(MFIB_GENL_NAME));
	message_exchange();
	message.family = *(const __u16 *)(message_find(NULL,
						       CTRL_ATTR_FAMILY_ID) + 1);
}
